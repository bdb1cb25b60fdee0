//! What a signature costs: pages asked for by signed requests against the same
//! by a bearer token.

use super::ground::{Ground, Served, VERSIONS};
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::{Seen, each};
use crate::homeroom::App;
use crate::say;
use anyhow::Context as _;
use oneroster::oauth1::{Address, Credentials, Hash, Message, Stamp, sign};

/// A page of a hundred records.
const PAGE: &str = "/users?limit=100";
/// So many requests are signed beforehand for each second of a load; more are
/// not asked for.
const SIGNED: u32 = 25_000;

const HOW: &[&str] = &[
    "wrk, one thread, `users?limit=100` of 1.1. Every request has a header of its own, written beforehand into a file: signed with \
     HMAC-SHA256 and a nonce of its own, or the same bearer token each time, so that both cost the client the same.",
    "At 2 connections the time of half of the answers is compared, at 64 the rate. The server verifies, and takes every nonce once.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let database = ground.filled("auth", &[0])?;
    let served = ground.serve(&database)?;
    let signer = ground.program.granted(&database, "signer", &["roster-core.readonly"], &["--oauth1"])?;
    let url = served.url(&format!("{}{PAGE}", VERSIONS[0].1));
    let mut rows = Vec::new();
    for connections in [2, 64] {
        say::error(format_args!("{connections} connections"));
        let [signed, bearer] = alternated(ground, &served, &signer, &url, connections)?;
        let of = |seen: &[Seen], figure: fn(&Seen) -> f64| Samples(seen.iter().map(figure).collect());
        let row = |what: &str, unit, figure: fn(&Seen) -> f64| {
            let label = format!("signed, {connections} connections: {what}");
            Row::new(label, unit, of(&signed, figure)).against("a bearer token", &of(&bearer, figure))
        };
        let (rate, half) = (row("requests", "/s", |seen| seen.rate), row("half within", "ms", |seen| seen.p50));
        if connections == 2 {
            rows.extend([rate, half.at_most(1.10)]);
        } else {
            rows.extend([rate.at_least(0.90), half]);
        }
        rows.push(row("99% within", "ms", |seen| seen.p99));
    }
    Ok(ground.section("Signed requests", HOW, rows))
}

/// What wrk saw of signed requests and of others, each round in the other order.
fn alternated(
    ground: &Ground,
    served: &Served,
    signer: &App,
    url: &str,
    connections: u32,
) -> anyhow::Result<[Vec<Seen>; 2]> {
    let bearer = format!("Bearer {}", served.token().unwrap_or_default());
    let [mut seen, mut seen_bearer] = [Vec::new(), Vec::new()];
    let mut load = |signed: bool, round: u32| -> anyhow::Result<()> {
        let headers = if signed { headers(signer, url, round, ground.seconds)? } else { vec![bearer.clone()] };
        let saw = each(&ground.folder, url, &headers, connections, ground.seconds)?;
        if signed {
            seen.push(saw)
        } else {
            seen_bearer.push(saw)
        }
        Ok(())
    };
    for round in ground.rounds() {
        load(round % 2 == 0, round)?;
        load(round % 2 == 1, round)?;
    }
    Ok([seen, seen_bearer])
}

/// Headers for a load, no two of them alike.
fn headers(signer: &App, url: &str, round: u32, seconds: u32) -> anyhow::Result<Vec<String>> {
    let address = Address::split(url).context("an address")?;
    let message = Message { method: "GET", query: address.query, form: None };
    let credentials = Credentials { key: &signer.id, secret: &signer.secret };
    let timestamp = jiff::Timestamp::now().as_second();
    let header = |number: u32| {
        let nonce = format!("{round}-{timestamp}-{number}");
        sign(&message, &address, &credentials, Hash::Sha256, Stamp { nonce: &nonce, timestamp })
    };
    Ok((0..seconds * SIGNED).map(header).collect())
}
