//! Pages under a school-bounded grant with hidden fields against unbounded ones.

use super::ground::{Ground, SCOPES, VERSIONS};
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::Load;
use crate::homeroom::{Client, Server};
use crate::say;
use anyhow::Context as _;
use std::time::Instant;

/// What the applications are not shown.
const HIDDEN: [&str; 4] = ["user.phone", "user.sms", "user.middleName", "enrollment.primary"];

/// So many schools are granted: one, some, and all.
const SCHOOLS: [(&str, usize); 3] = [("one school", 1), ("ten schools", 10), ("every school", usize::MAX)];

const LISTS: [&str; 3] = ["users", "enrollments", "classes"];

const HOW: &[&str] = &[
    "One connection by wrk; the figure is the time within which half of the answers came, limit=100. Each application \
     has a token of its own and four fields hidden; all of them read the same database.",
    "Deep is nine tenths into what the application sees, by offset; it is compared with the first page of the same \
     application.",
    "The view is made by the first request of an application; what that took is shown, by another client.",
];

/// An application with a grant.
struct Reader {
    what: &'static str,
    client: Client,
}

/// A page as one application asks for it, and the place of what it is held to.
struct Asked {
    what: String,
    urls: [String; 1],
    reader: usize,
    against: Option<(&'static str, usize, f64)>,
}

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let database = ground.filled("grants", &[0])?;
    let server = ground.program.serve(&database)?;
    let app = ground.program.app(&database, "all", SCOPES)?;
    let mut readers = vec![Reader { what: "unbounded", client: Client::of(server.url(), &app)? }];
    let schools = schools(&readers[0].client)?;
    let mut rows = Vec::new();
    for (what, most) in SCHOOLS {
        let granted = schools.iter().take(most);
        let mut words: Vec<&str> = granted.flat_map(|school| ["--school", school]).collect();
        words.extend(HIDDEN.iter().flat_map(|field| ["--hide", field]));
        let app = ground.program.granted(&database, what, SCOPES, &words)?;
        let client = Client::of(server.url(), &app)?;
        let start = Instant::now();
        client.get(&format!("{}/orgs?limit=1", VERSIONS[1].1))?.ok()?;
        let took = Samples(vec![start.elapsed().as_secs_f64() * 1000.0]);
        rows.push(Row::new(format!("{what}: the view is made"), "ms", took));
        readers.push(Reader { what, client });
    }
    let asked = asked(&server, &readers)?;
    rows.extend(measured(ground, &readers, &asked)?);
    Ok(ground.section("Bounded grants", HOW, rows))
}

/// The sourcedIds of all schools.
fn schools(client: &Client) -> anyhow::Result<Vec<String>> {
    let body = client.get(&format!("{}/schools?limit=10000", VERSIONS[1].1))?.ok()?.json()?;
    let list = body["orgs"].as_array().context("the page holds no orgs")?;
    Ok(list.iter().filter_map(|org| org["sourcedId"].as_str()).map(str::to_owned).collect())
}

/// First and deep pages of every list for every reader; those of the unbounded
/// one come first.
fn asked(server: &Server, readers: &[Reader]) -> anyhow::Result<Vec<Asked>> {
    let mut all: Vec<Asked> = Vec::new();
    for (version, base) in VERSIONS {
        for list in LISTS {
            let plain = all.len();
            for (reader, Reader { what, client }) in readers.iter().enumerate() {
                let path = format!("{base}/{list}?limit=100");
                let total = client.get(&path)?.ok()?.total.context("no X-Total-Count")?;
                let first = all.len();
                let against = (reader > 0).then_some(("the unbounded page", plain, 2.0));
                let urls = [format!("{}{path}", server.url())];
                all.push(Asked { what: format!("{version} {list}, {what}"), urls, reader, against });
                let deep = total * 9 / 10;
                if reader > 0 && total > 1_000 {
                    let urls = [format!("{}{path}&offset={deep}", server.url())];
                    let what = format!("{version} {list}, {what}, deep: offset {deep}");
                    all.push(Asked { what, urls, reader, against: Some(("its first page", first, 1.2)) });
                }
            }
        }
    }
    Ok(all)
}

/// Every page in every round, and each by what it is held to in the same round.
fn measured(ground: &Ground, readers: &[Reader], asked: &[Asked]) -> anyhow::Result<Vec<Row>> {
    let mut seen = vec![Samples::default(); asked.len()];
    for round in ground.rounds() {
        for turn in 0..asked.len() {
            let at = (turn + round as usize) % asked.len();
            let (page, seconds) = (&asked[at], ground.seconds.div_ceil(2));
            let token = readers[page.reader].client.token();
            let load = Load { urls: &page.urls, token, connections: 1, seconds };
            seen[at].0.push(load.run(&ground.folder).with_context(|| page.what.clone())?.p50);
        }
    }
    say::error("bounded pages are done");
    let row = |(at, page): (usize, &Asked)| {
        let row = Row::new(&page.what, "ms", seen[at].clone());
        match page.against {
            Some((name, other, bar)) => row.against(name, &seen[other]).at_most(bar),
            None => row,
        }
    };
    Ok(asked.iter().enumerate().map(row).collect())
}
