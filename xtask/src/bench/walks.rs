//! Deep, filtered, sorted and selected pages against plain ones.

use super::ground::{Ground, Served, VERSIONS};
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::Load;
use crate::homeroom::encoded;
use crate::say;
use anyhow::Context as _;
use std::path::Path;
use std::time::Instant;

/// How many pages one walk has.
const PAGES: u64 = 200;

/// Where the deep walks begin, if there are as many records.
const DEEP: u64 = 1_000_000;

/// A number of URLs that are asked for in turn, and which of the walks before
/// it is the plain one.
struct Walk {
    what: String,
    urls: Vec<String>,
    plain: usize,
    bar: Option<f64>,
}

const HOW: &[&str] = &[
    "One connection by wrk; the figure is the time within which half of the answers came, limit=100. The database \
     was served after a first day and the day after it.",
    "A walk is 200 pages that follow each other, asked for in turn: by offset from the first record, by offset from the deep \
     one, by the links that the server gave for the same places.",
    "Cold: a server just started is asked for scattered pages, each for the first time, by a client that costs more \
     than wrk; its plain page is asked for by the same client.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let database = ground.filled("walks", &[0, 1])?;
    let (mut rows, mut place) = (Vec::new(), 0);
    {
        let served = ground.serve(&database)?;
        for (version, base) in VERSIONS {
            place = deep(&served, &format!("{base}/enrollments?limit=100"))?;
            let walks = walks(&served, version, base, place)?;
            rows.extend(walked(ground, &served, &walks)?);
        }
    }
    let mut how: Vec<String> = HOW.iter().map(|&sentence| sentence.to_owned()).collect();
    rows.extend(cold(ground, &database, place)?);
    how.push(format!("The deep place is offset {place}."));
    Ok(ground.section("Deep, filtered and sorted pages", HOW, rows))
}

/// The walks of one version. The first and the second are plain.
fn walks(served: &Served, version: &str, base: &str, deep: u64) -> anyhow::Result<Vec<Walk>> {
    let users = format!("{base}/users?limit=100");
    let enrollments = format!("{base}/enrollments?limit=100");
    let began = first_instant(served, base)?;
    let changed = encoded(&format!("dateLastModified>'{began}'"));
    let page = |offset: u64| served.url(&format!("{enrollments}&offset={offset}"));
    let offsets = |from: u64| (0..PAGES).map(|i| page(from + 100 * i)).collect();
    let (near_links, far_links) = (links(served, &enrollments, 0)?, links(served, &enrollments, deep)?);
    let walk = |what: &str, urls: Vec<String>, plain, bar| Walk { what: format!("{version} {what}"), urls, plain, bar };
    let one = |query: String| vec![served.url(&query)];
    Ok(vec![
        walk("users, plain", one(users.clone()), 0, None),
        walk("enrollments, plain: by offset from the first", offsets(0), 1, None),
        walk("enrollments by link from the first", near_links, 1, None),
        walk("enrollments by link, deep", far_links, 1, Some(1.2)),
        walk("enrollments by offset, deep", offsets(deep), 1, Some(1.2)),
        walk(
            "enrollments of teachers",
            one(format!("{enrollments}&filter={}", encoded("role='teacher'"))),
            1,
            Some(2.0),
        ),
        walk("enrollments changed since", one(format!("{enrollments}&filter={changed}")), 1, Some(2.0)),
        walk("users changed since", one(format!("{users}&filter={changed}")), 0, Some(2.0)),
        walk("users by family name", one(format!("{users}&sort=familyName")), 0, Some(2.0)),
        walk("users by change", one(format!("{users}&sort=dateLastModified&orderBy=desc")), 0, Some(2.0)),
        walk("users, three fields", one(format!("{users}&fields=sourcedId,givenName,familyName")), 0, None),
    ])
}

/// Every walk in every round, and each by the plain one of its round.
fn walked(ground: &Ground, served: &Served, walks: &[Walk]) -> anyhow::Result<Vec<Row>> {
    let mut seen = vec![Samples::default(); walks.len()];
    for round in ground.rounds() {
        for turn in 0..walks.len() {
            let at = (turn + round as usize) % walks.len();
            let seconds = ground.seconds.div_ceil(2);
            let load = Load { urls: &walks[at].urls, token: served.token(), connections: 1, seconds };
            let p50 = load.run(&ground.folder).with_context(|| walks[at].what.clone())?.p50;
            seen[at].0.push(p50);
        }
    }
    let row = |(at, walk): (usize, &Walk)| {
        let row = Row::new(&walk.what, "ms", seen[at].clone());
        if walk.plain == at {
            return row;
        }
        let row = row.against("the plain page", &seen[walk.plain]);
        match walk.bar {
            Some(bar) => row.at_most(bar),
            None => row,
        }
    };
    Ok(walks.iter().enumerate().map(row).collect())
}

/// Where the deep walks begin: far enough from the end for all of their pages.
pub(super) fn deep(served: &Served, collection: &str) -> anyhow::Result<u64> {
    let total = served.client.get(collection)?.ok()?.total.context("no X-Total-Count")?;
    let room = total.checked_sub(PAGES * 100).context("too few enrollments: give more --students")?;
    Ok(DEEP.min(room / 100 * 100))
}

/// The pages that the server's own links lead to from an offset on, which is
/// reached by links, too.
pub(super) fn links(served: &Served, collection: &str, from: u64) -> anyhow::Result<Vec<String>> {
    const LARGE: u64 = 10_000;
    let base = collection.split_once('?').map_or(collection, |(path, _)| path);
    let follow = |url: &str| served.client.get(url)?.ok()?.next.context("the links ended early");
    let mut url = served.url(&format!("{base}?limit={LARGE}"));
    for _ in 0..from / LARGE {
        url = follow(&url)?;
    }
    url = url.replace(&format!("limit={LARGE}"), "limit=100");
    let mut urls = vec![url];
    while (urls.len() as u64) < PAGES + from % LARGE / 100 {
        let next = follow(urls.last().map_or("", String::as_str))?;
        urls.push(next);
    }
    Ok(urls.split_off(usize::try_from(from % LARGE / 100)?))
}

/// The instant of the first run, which all that did not change since carries.
fn first_instant(served: &Served, base: &str) -> anyhow::Result<String> {
    let body = served.client.get(&format!("{base}/users?limit=1&sort=dateLastModified"))?.ok()?.json()?;
    body["users"][0]["dateLastModified"].as_str().map(str::to_owned).context("no user has a dateLastModified")
}

/// Pages that nobody asked for before, of a server just started.
fn cold(ground: &Ground, database: &Path, place: u64) -> anyhow::Result<Vec<Row>> {
    let base = VERSIONS[1].1;
    let enrollments = format!("{base}/enrollments?limit=100");
    let students = format!("{enrollments}&filter={}", encoded("role='student'"));
    let (mut first, mut plain, mut jumps, mut filtered) =
        (Samples::default(), Samples::default(), Samples::default(), Samples::default());
    for round in ground.rounds() {
        let served = ground.serve_to(database, &format!("cold-{round}"))?;
        let time = |url: &str| -> anyhow::Result<f64> {
            let start = Instant::now();
            served.client.get(url)?.ok()?;
            Ok(start.elapsed().as_secs_f64() * 1000.0)
        };
        // The token and the connection are warm, the pages are not.
        served.client.get(&format!("{base}/orgs?limit=1"))?.ok()?;
        first.0.push(time(&format!("{enrollments}&offset={place}"))?);
        // A step without a common factor scatters the places over the deep half.
        let scattered = (1..64u64).map(|i| place / 2 + i * 37 % 64 * (place / 2) / 64 + i);
        let times: anyhow::Result<Vec<f64>> =
            scattered.map(|offset| time(&format!("{enrollments}&offset={offset}"))).collect();
        jumps.0.extend(Samples(times?).median());
        let times: anyhow::Result<Vec<f64>> = (0..64).map(|_| time(&enrollments)).collect();
        plain.0.extend(Samples(times?).median());
        filtered.0.push(time(&format!("{students}&offset={}", place / 2))?);
    }
    say::error("cold pages are done");
    let rows = vec![
        Row::new("cold client: plain page", "ms", plain.clone()),
        Row::new("cold client: jumps into the unfiltered list", "ms", jumps)
            .against("the plain page", &plain)
            .at_most(1.2),
        Row::new("cold client: the very first jump after the start", "ms", first),
        Row::new("cold client: first jump into a filtered list", "ms", filtered),
    ];
    Ok(rows)
}
