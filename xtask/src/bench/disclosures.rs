//! What the log of disclosures costs: pages of the program as it is against those
//! of a build that puts nothing on record.

use super::ground::{Ground, Served, VERSIONS};
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::{Load, Seen};
use crate::homeroom::Program;
use crate::say;
use std::fs;
use std::path::Path;

/// A page of a hundred records.
const PAGE: &str = "/users?limit=100";

const HOW: &[&str] = &[
    "wrk, one thread, `users?limit=100` of 1.2 by a bearer token. The neighbour is the same program built with the feature \
     `undisclosed`, which exists for this measurement only and puts nothing on record; each serves a copy of its own of the same \
     database, and both run all the time.",
    "At 2 connections the time of half of the answers is compared, at 64 the rate. On the disk: what the database of the log grew by \
     in all loads, by the answers given.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let silent = Ground { program: unrecorded(ground)?, folder: ground.folder.clone(), ..*ground };
    let database = ground.filled("disclosures", &[0])?;
    let twin = ground.copy(&database, "undisclosed")?;
    let (open, secret) = (ground.serve(&database)?, silent.serve(&twin)?);
    let log = database.with_extension("db-access");
    let before = kept(&log)?;
    let (mut rows, mut answers) = (Vec::new(), 0.0);
    for connections in [2, 64] {
        say::error(format_args!("{connections} connections"));
        let [recorded, unrecorded] = alternated(ground, [&open, &secret], connections)?;
        answers += recorded.iter().map(|seen| seen.rate * f64::from(ground.seconds)).sum::<f64>();
        let of = |seen: &[Seen], figure: fn(&Seen) -> f64| Samples(seen.iter().map(figure).collect());
        let row = |what: &str, unit, figure: fn(&Seen) -> f64| {
            let label = format!("on record, {connections} connections: {what}");
            Row::new(label, unit, of(&recorded, figure)).against("off the record", &of(&unrecorded, figure))
        };
        let (rate, half) = (row("requests", "/s", |seen| seen.rate), row("half within", "ms", |seen| seen.p50));
        match connections {
            2 => rows.extend([rate, half.at_most(1.05)]),
            _ => rows.extend([rate.at_least(0.95), half]),
        }
    }
    drop((open, secret));
    let grown = (kept(&log)? - before) / answers;
    rows.push(Row::new("on the disk, of an answer", "bytes", Samples(vec![grown])).at_most(200.0));
    Ok(ground.section("The log of disclosures", HOW, rows))
}

/// What wrk saw of either server, each round in the other order.
fn alternated(ground: &Ground, servers: [&Served; 2], connections: u32) -> anyhow::Result<[Vec<Seen>; 2]> {
    let mut seen = [Vec::new(), Vec::new()];
    for round in ground.rounds() {
        for turn in [round % 2, 1 - round % 2] {
            let served = servers[turn as usize];
            let urls = [served.url(&format!("{}{PAGE}", VERSIONS[1].1))];
            let load = Load { urls: &urls, token: served.token(), connections, seconds: ground.seconds };
            seen[turn as usize].push(load.run(&ground.folder)?);
        }
    }
    Ok(seen)
}

/// The program built without the log, as a file of its own; the usual one is
/// there again afterwards.
fn unrecorded(ground: &Ground) -> anyhow::Result<Program> {
    let built = Program::build_with(true, &["undisclosed"])?;
    let path = ground.folder.join("homeroom-undisclosed");
    fs::copy(built.path(), &path)?;
    Program::build(true)?;
    Ok(Program::at(path))
}

/// The bytes of a database, of what is not in its file yet, too.
fn kept(database: &Path) -> anyhow::Result<f64> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let wal = database.with_extension("db-access-wal");
    Ok((size(database) + size(&wal)) as f64)
}
