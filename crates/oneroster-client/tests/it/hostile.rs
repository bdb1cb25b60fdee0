//! A provider that does its worst between two pages: what a reading calls whole
//! is whole, and every reading comes to an end.

use super::server::{Asked, Reply, Server, run};
use oneroster::model::Kind;
use oneroster_client::{Ask, Client};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// More requests than any reading of these collections needs.
const MOST: usize = 300;

/// What is done to one answer, or before it.
#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    Fail,
    Cut,
    Hang,
    /// The first page in place of the one that was asked for.
    Repeat,
    /// Records of the page are left out.
    Shorten(usize),
    /// The total is another one, for this page.
    OtherTotal(usize),
    NoTotal,
    /// The link leads back to the beginning, or past some records.
    LinkBack,
    LinkBeyond(usize),
    /// A page without records that names a next one.
    Empty,
    /// A record is gone from now on, or a new one there: only one of them, for a
    /// provider that does both at once and keeps its total is found out by nobody.
    Move(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Nothing),
        1 => Just(Act::Fail),
        1 => Just(Act::Cut),
        1 => Just(Act::Hang),
        1 => Just(Act::Repeat),
        1 => (1usize..9).prop_map(Act::Shorten),
        1 => (0usize..400).prop_map(Act::OtherTotal),
        1 => Just(Act::NoTotal),
        1 => Just(Act::LinkBack),
        1 => (1usize..9).prop_map(Act::LinkBeyond),
        1 => Just(Act::Empty),
        2 => (0usize..400).prop_map(Act::Move),
    ]
}

/// A collection, what becomes of it, and what of it was there all the time.
struct Hostile {
    ids: Vec<String>,
    throughout: BTreeSet<String>,
    acts: std::vec::IntoIter<Act>,
    cap: usize,
    links: bool,
    shrinks: bool,
    asked: usize,
}

impl Hostile {
    fn moves(&mut self, at: usize) {
        if self.shrinks && !self.ids.is_empty() {
            let gone = self.ids.remove(at % self.ids.len());
            self.throughout.remove(&gone);
        } else if !self.shrinks {
            let at = at % (self.ids.len() + 1);
            self.ids.insert(at, format!("new-{}", self.asked));
        }
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        self.asked += 1;
        if self.asked > MOST {
            return Reply::new(403, "");
        }
        let act = self.acts.next().unwrap_or(Act::Nothing);
        if let Act::Move(at) = act {
            self.moves(at);
        }
        let offset = asked.number("offset").min(self.ids.len());
        let behind = (offset + asked.number("limit").min(self.cap)).min(self.ids.len());
        let mut page = self.ids[offset..behind].to_vec();
        match act {
            Act::Repeat => page = self.ids[..self.cap.min(self.ids.len())].to_vec(),
            Act::Shorten(by) => page.truncate(page.len().saturating_sub(by)),
            Act::Empty => page.clear(),
            _ => {}
        }
        let records: Vec<String> = page
            .iter()
            .map(|id| {
                format!(r#"{{"sourcedId":"{id}","status":"active","dateLastModified":"2026-08-14T06:30:05.120Z"}}"#)
            })
            .collect();
        let body = format!(r#"{{"orgs":[{}]}}"#, records.join(","));
        let mut reply = match act {
            Act::Fail => return Reply::new(500, ""),
            Act::Cut => Reply { cut: Some(body.len() / 2), ..Reply::ok(body) },
            Act::Hang => Reply { dropped: true, ..Reply::default() },
            _ => Reply::ok(body),
        };
        match act {
            Act::NoTotal => {}
            // On the first page it would be a lie that nothing stands against.
            Act::OtherTotal(total) if self.asked > 1 => reply = reply.with("X-Total-Count", total.to_string()),
            _ => reply = reply.with("X-Total-Count", self.ids.len().to_string()),
        }
        let link = match act {
            Act::LinkBack => Some(0),
            Act::LinkBeyond(by) => Some(behind + by),
            Act::Empty => Some(behind),
            _ => (self.links && behind < self.ids.len()).then_some(behind),
        };
        if let Some(to) = link {
            let host = &asked.headers["host"];
            reply = reply
                .with("Link", format!("<http://{host}/ims/oneroster/v1p1/orgs?limit=100&offset={to}>; rel=\"next\""));
        }
        reply
    }
}

/// What came, if the reading calls it whole.
async fn whole(client: &Client) -> Option<BTreeSet<String>> {
    let mut pages = client.pages(Ask::all(Kind::Org)).ok()?;
    let (mut ids, mut twice) = (BTreeSet::new(), 0);
    while let Some(page) = pages.next().await.ok()? {
        for record in page.records() {
            twice += u64::from(!ids.insert(record.ok()?.sourced_id));
        }
    }
    pages.confirm().await.ok()?;
    pages.ending(twice).is_whole().then_some(ids)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_is_called_whole_lacks_nothing(
        (all, cap) in (0usize..300, 20usize..120),
        (links, shrinks) in (any::<bool>(), any::<bool>()),
        acts in proptest::collection::vec(act(), 0..12),
    ) {
        run(async {
            let ids: Vec<String> = (0..all).map(|number| format!("org-{number}")).collect();
            let throughout = ids.iter().cloned().collect();
            let hostile = Hostile { ids, throughout, acts: acts.clone().into_iter(), cap, links, shrinks, asked: 0 };
            let hostile = Arc::new(Mutex::new(hostile));
            let shared = hostile.clone();
            let server = Server::new(move |asked| shared.lock().unwrap().answer(asked)).await;
            let config = server.config().0.patience(20, Duration::from_secs(60));
            let came = whole(&Client::new(config).unwrap()).await;
            let hostile = hostile.lock().unwrap();
            assert!(hostile.asked <= MOST, "it comes to no end: {acts:?}");
            if let Some(came) = came {
                let lost: Vec<&String> = hostile.throughout.difference(&came).collect();
                assert!(lost.is_empty(), "{lost:?} of {all} by {cap}, links {links}: {acts:?}");
            } else if acts.is_empty() {
                panic!("nothing was done to it: {all} by {cap}, links {links}");
            }
        });
    }
}
