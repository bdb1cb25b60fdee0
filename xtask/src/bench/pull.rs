//! A full pull of all enrollments, parsed by a client.

use super::ground::{Ground, Served, VERSIONS};
use super::measure::memory;
use super::report::{Row, Section};
use super::stats::Samples;
use crate::say;
use anyhow::Context as _;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

const HOW: &[&str] = &[
    "Our client follows the links with limit=1000 over one connection, and parses every record into typed fields \
     on a second thread while the next page is fetched.",
    "S as in Import, taken in the same rounds.",
    "Memory is the server's before the first pull and after each: proportional share (PSS), mapped pages of the \
     database file among it.",
];

/// An enrollment as a client would hold it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "what a client would read")]
struct Enrollment<'a> {
    #[serde(borrow)]
    sourced_id: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    date_last_modified: Cow<'a, str>,
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    user: Reference<'a>,
    #[serde(borrow)]
    class: Reference<'a>,
    #[serde(borrow)]
    school: Reference<'a>,
    primary: Option<Cow<'a, str>>,
    begin_date: Option<Cow<'a, str>>,
    end_date: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "what a client would read")]
struct Reference<'a> {
    #[serde(borrow)]
    href: Cow<'a, str>,
    #[serde(borrow)]
    sourced_id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    enrollments: Vec<Enrollment<'a>>,
}

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let package = ground.package(0)?;
    let database = ground.filled("pull", &[0])?;
    let served = ground.serve(&database)?;
    let mut share = Samples(vec![memory(served.server.id())?.share]);
    let (mut baseline, mut records) = (Samples::default(), 0);
    let mut pulls = [Samples::default(), Samples::default()];
    for _ in ground.rounds() {
        baseline.0.push(ground.baseline(&package)?.0.wall);
        for ((version, base), times) in VERSIONS.iter().zip(&mut pulls) {
            let start = Instant::now();
            records = pull(&served, base)?;
            times.0.push(start.elapsed().as_secs_f64());
            share.0.push(memory(served.server.id())?.share);
            say::error(format_args!("{version}: {records} records"));
        }
    }
    let mut rows = vec![Row::new("S: wall", "s", baseline.clone())];
    for ((version, _), times) in VERSIONS.iter().zip(&pulls) {
        let what = format!("{version}: all {records} enrollments");
        let rate = Samples(times.0.iter().map(|time| records as f64 / time).collect());
        rows.push(Row::new(format!("{what}: wall"), "s", times.clone()).against("S", &baseline).at_most(0.75));
        rows.push(Row::new(format!("{what}: records"), "/s", rate));
    }
    let before = Samples(share.0.iter().take(1).copied().collect());
    let after = Samples(share.0.iter().skip(1).copied().collect());
    rows.push(Row::new("server's memory before", "MiB (PSS)", before));
    rows.push(Row::new("server's memory after each pull", "MiB (PSS)", after).at_most(128.0));
    Ok(ground.section("Full pull", HOW, rows))
}

/// Pulls and parses everything; gives the number of records, which must be what
/// the server promised.
pub(super) fn pull(served: &Served, base: &str) -> anyhow::Result<usize> {
    let (sender, receiver) = mpsc::sync_channel(2);
    let parser = std::thread::spawn(move || parse_all(&receiver));
    let mut promised = None;
    let mut url = Some(served.url(&format!("{base}/enrollments?limit=1000")));
    while let Some(page) = url {
        let answer = served.client.get(&page)?.ok()?;
        promised = promised.or(answer.total);
        url = answer.next;
        anyhow::ensure!(sender.send(answer.body).is_ok(), "the parser stopped");
    }
    drop(sender);
    let parsed = parser.join().map_err(|_| anyhow::anyhow!("the parser failed"))??;
    let promised = usize::try_from(promised.context("no X-Total-Count")?)?;
    anyhow::ensure!(parsed == promised, "{parsed} records came, {promised} were promised");
    Ok(parsed)
}

fn parse_all(pages: &Receiver<Vec<u8>>) -> anyhow::Result<usize> {
    let mut records = 0;
    for page in pages {
        records += serde_json::from_slice::<Page<'_>>(&page)?.enrollments.len();
    }
    Ok(records)
}
