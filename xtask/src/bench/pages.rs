//! Pages against nginx serving a file of the same bytes.

use super::ground::{Ground, Served, VERSIONS};
use super::measure::memory;
use super::nginx::Nginx;
use super::report::{Row, Section};
use super::stats::Samples;
use super::walks;
use super::wrk::{Load, Seen};
use crate::homeroom::Answer;
use crate::say;
use std::fs;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// A page that is compared.
struct Page {
    what: &'static str,
    query: &'static str,
    /// Whether it lies deep in its list.
    deep: bool,
    /// The share of nginx's rate to reach at few and at many connections; a page
    /// without them is only shown, at few.
    bars: Option<[f64; 2]>,
    /// Whether its 99th percentile has a bar.
    slow: bool,
}

impl Page {
    const fn shown(what: &'static str, query: &'static str) -> Page {
        Page { what, query, deep: false, bars: None, slow: false }
    }
}

const PAGES: &[Page] = &[
    Page { bars: Some([0.45, 0.35]), slow: true, ..Page::shown("users limit=100", "/users?limit=100") },
    Page { bars: Some([0.35, 0.35]), ..Page::shown("enrollments limit=5000", "/enrollments?limit=5000") },
    Page { deep: true, ..Page::shown("enrollments limit=100, deep", "/enrollments?limit=100") },
    Page::shown("teachers' enrollments limit=100", "/enrollments?limit=100&filter=role%3D%27teacher%27"),
    Page::shown("users limit=100, three fields", "/users?limit=100&fields=sourcedId,givenName,familyName"),
];

const CONNECTIONS: [u32; 2] = [2, 32];

const HOW: &[&str] = &[
    "wrk, one thread, a bearer token on every request of ours; nginx 2 workers, `sendfile on`, `tcp_nopush off` (on, \
     it stalls on pages of this size), no access log, connections kept. Ours logs as it does by default, into a file.",
    "nginx serves the very bytes that our page had; both run on the machine that also runs wrk.",
    "Memory is sampled ten times a second while 32 connections read pages all over users and enrollments: the \
     process's proportional share (PSS), which counts the mapped pages of the database file, and what is its own.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let database = ground.filled("pages", &[0])?;
    let served = ground.serve(&database)?;
    let nginx = Nginx::start(&ground.folder)?;
    let mut rows = Vec::new();
    for (version, base) in VERSIONS {
        for (number, page) in PAGES.iter().enumerate() {
            let mut query = format!("{base}{}", page.query);
            if page.deep {
                query = format!("{query}&offset={}", walks::deep(&served, &query)?);
            }
            let subject = Subject { page, label: format!("{version} {}", page.what), url: served.url(&query) };
            rows.extend(subject.compare(ground, &served, &nginx, &format!("{version}-{number}.json"))?);
        }
    }
    rows.extend(memory_rows(ground, &served)?);
    Ok(ground.section("Pages", HOW, rows))
}

/// One page as it is asked for.
struct Subject<'a> {
    page: &'a Page,
    label: String,
    url: String,
}

impl Subject<'_> {
    /// Compares it with nginx serving its bytes as `file`.
    fn compare(&self, ground: &Ground, served: &Served, nginx: &Nginx, file: &str) -> anyhow::Result<Vec<Row>> {
        let answer = served.client.get(&self.url)?.ok()?;
        let records = records(&answer)?;
        fs::write(ground.folder.join("files").join(file), &answer.body)?;
        let label = format!("{} ({} KB, {records} records)", self.label, answer.body.len() / 1000);
        let mut rows = Vec::new();
        for (at, connections) in CONNECTIONS.into_iter().enumerate() {
            let bar = self.page.bars.map(|bars| bars[at]);
            if at > 0 && bar.is_none() {
                continue;
            }
            let label = format!("{label}, {connections} connections");
            say::error(&label);
            let pair = Pair { ours: [self.url.clone()], theirs: [nginx.url(file)], connections };
            let (ours, theirs) = pair.alternated(ground, served.token())?;
            rows.extend(compared(&label, [&ours, &theirs], records, bar, self.page.slow));
        }
        Ok(rows)
    }
}

/// One page of ours and one of nginx.
struct Pair {
    ours: [String; 1],
    theirs: [String; 1],
    connections: u32,
}

impl Pair {
    /// What wrk saw of ours and of theirs, each round in the other order.
    fn alternated(&self, ground: &Ground, token: Option<&str>) -> anyhow::Result<(Vec<Seen>, Vec<Seen>)> {
        let (connections, seconds) = (self.connections, ground.seconds);
        let ours = Load { urls: &self.ours, token, connections, seconds };
        let theirs = Load { urls: &self.theirs, token: None, connections, seconds };
        let (mut seen, mut seen_theirs) = (Vec::new(), Vec::new());
        for round in ground.rounds() {
            if round % 2 == 0 {
                seen.push(ours.run(&ground.folder)?);
            }
            seen_theirs.push(theirs.run(&ground.folder)?);
            if round % 2 == 1 {
                seen.push(ours.run(&ground.folder)?);
            }
        }
        Ok((seen, seen_theirs))
    }
}

/// The rows of one comparison: the rates, and the slowest hundredth.
fn compared(label: &str, seen: [&[Seen]; 2], records: usize, bar: Option<f64>, slow: bool) -> [Row; 4] {
    let [ours, theirs] = seen;
    let of = |seen: &[Seen], figure: fn(&Seen) -> f64| Samples(seen.iter().map(figure).collect());
    let row = |what: &str, unit, figure: fn(&Seen) -> f64| {
        Row::new(format!("{label}: {what}"), unit, of(ours, figure)).against("nginx", &of(theirs, figure))
    };
    let rate = row("requests", "/s", |seen| seen.rate);
    let slowest = row("99% within", "ms", |seen| seen.p99);
    let each = Samples(ours.iter().map(|seen| seen.rate * records as f64).collect());
    [
        match bar {
            Some(bar) => rate.at_least(bar),
            None => rate,
        },
        Row::new(format!("{label}: records"), "/s", each),
        row("half within", "ms", |seen| seen.p50),
        if slow { slowest.at_most(3.0) } else { slowest },
    ]
}

/// The records of a page.
fn records(answer: &Answer) -> anyhow::Result<usize> {
    let body = answer.json()?;
    let list = body.as_object().and_then(|members| members.values().find_map(|member| member.as_array()));
    list.map(Vec::len).ok_or_else(|| anyhow::anyhow!("the page holds no list"))
}

/// The server's memory while many read all over its data.
fn memory_rows(ground: &Ground, served: &Served) -> anyhow::Result<[Row; 2]> {
    say::error("memory at 32 connections");
    let urls = scattered(served)?;
    let load = Load { urls: &urls, token: served.token(), connections: 32, seconds: ground.seconds };
    let id = served.server.id();
    let (done, wait) = mpsc::channel::<()>();
    let sampler = std::thread::spawn(move || {
        let (mut share, mut own) = (Samples::default(), Samples::default());
        while let Err(RecvTimeoutError::Timeout) = wait.recv_timeout(Duration::from_millis(100)) {
            if let Ok(memory) = memory(id) {
                share.0.push(memory.share);
                own.0.push(memory.own);
            }
        }
        (share, own)
    });
    let seen = load.run(&ground.folder);
    drop(done);
    let (share, own) = sampler.join().map_err(|_| anyhow::anyhow!("the sampler failed"))?;
    seen?;
    let greatest = |samples: &Samples| Samples(samples.spread().map(|(_, greatest)| greatest).into_iter().collect());
    Ok([
        Row::new("server's memory at 32 connections, greatest", "MiB (PSS)", greatest(&share)).at_most(128.0),
        Row::new("of it its own, greatest", "MiB", greatest(&own)),
    ])
}

/// Pages of both versions all over users and enrollments.
fn scattered(served: &Served) -> anyhow::Result<Vec<String>> {
    let mut urls = Vec::new();
    for (_, base) in VERSIONS {
        for (list, limit) in [("users", 100), ("enrollments", 100), ("enrollments", 1000)] {
            let total = served.client.get(&format!("{base}/{list}?limit=1"))?.ok()?.total.unwrap_or(0);
            urls.extend((0..32).map(|i| served.url(&format!("{base}/{list}?limit={limit}&offset={}", total * i / 32))));
        }
    }
    // So that neighbours are not of one list.
    let step = 37;
    Ok((0..urls.len()).filter_map(|i| urls.get(i * step % urls.len()).cloned()).collect())
}
