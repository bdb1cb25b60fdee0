//! Results that applications write: how many a second, what readers notice, and
//! whether an import of the next day stands in the way.

use super::busy::paced;
use super::ground::{Ground, Served, VERSIONS};
use super::measure::measured;
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::Load;
use crate::homeroom::Client;
use crate::process::{self, Running};
use crate::{need, say};
use anyhow::Context as _;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Connections that write at the same time.
const CLIENTS: u32 = 64;
/// Rows of the baseline.
const INSERTS: usize = 1_500;
/// Where the gradebook of 1.2 is.
const GRADEBOOK: &str = "/ims/oneroster/gradebook/v1p2";
const SCOPES: &[&str] = &["roster-core.readonly", "roster.readonly", "gradebook.readonly", "gradebook.createput"];

const HOW: &[&str] = &[
    "64 connections put new results, one after the other on each, by wrk; every 201 is given after the result is on the disk. The \
     baseline is sqlite3 inserting rows of the same size into a table with the same indexes, one transaction each (WAL, \
     synchronous=FULL), on the same disk.",
    "Meanwhile a reader asks for `users?limit=100` 200 times a second, as in the section on imports; idle is the same \
     before the writers begin.",
    "During an import of the next day, 8 connections each put 25 results a second; what is not answered by 201 failed.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    // A day after the other: an older package would be held.
    let days = (1..=ground.rounds).map(|day| ground.package(day)).collect::<anyhow::Result<Vec<_>>>()?;
    let database = ground.filled("writes", &[0])?;
    let app = ground.program.app(&database, "bench", SCOPES)?;
    let server = ground.program.serve(&database)?;
    let client = Client::of(server.url(), &app)?;
    let served = Served { server, app, client };
    let body = grade(&served)?;
    let (mut single, mut rate, mut idle, mut busy) =
        (Samples::default(), Samples::default(), Samples::default(), Samples::default());
    let (mut half, mut most, mut failed, mut during) =
        (Samples::default(), Samples::default(), Samples::default(), Samples::default());
    for (round, day) in ground.rounds().zip(&days) {
        single.0.push(baseline(ground)?);
        let seconds = Duration::from_secs(ground.seconds.into());
        idle.0.push(while_read(&served, || pause(seconds))?.0);
        let script = script(&served, &body, round);
        let load = Load {
            urls: &[served.url(GRADEBOOK)],
            token: served.token(),
            connections: CLIENTS,
            seconds: ground.seconds,
        };
        let (reads, seen) = while_read(&served, || load.run_script(&ground.folder, &script))?;
        busy.0.push(reads);
        rate.0.push(seen.rate);
        half.0.push(seen.p50);
        most.0.push(seen.p99);
        let (all, bad) = during_import(ground, &served, &body, (&database, day), round)?;
        during.0.push(all);
        failed.0.push(bad);
    }
    let rows = vec![
        Row::new("one transaction per insert, sqlite3", "/s", single.clone()),
        Row::new("64 clients put results, durable", "/s", rate).against("one by one", &single).at_least(5.0),
        Row::new("a put, half within", "ms", half),
        Row::new("a put, 99% within", "ms", most),
        Row::new("reads, 99% within, idle", "ms", idle.clone()),
        Row::new("reads, 99% within, 64 clients writing", "ms", busy).against("idle", &idle).at_most(3.0),
        Row::new("results put during a next-day import", "", during),
        Row::new("of these failed", "", failed).at_most(0.0),
    ];
    Ok(ground.section("Results written by applications", HOW, rows))
}

fn pause(time: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < time {
        process::go_on()?;
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// A line item to be graded, and the body of a result of it.
fn grade(served: &Served) -> anyhow::Result<Value> {
    let rostering = VERSIONS[1].1;
    let first = |path: &str, key: &str| -> anyhow::Result<Value> {
        let body = served.client.get(&format!("{rostering}/{path}"))?.ok()?.json()?;
        body[key].get(0).cloned().with_context(|| format!("no {key}"))
    };
    let class = first("classes?limit=1", "classes")?;
    let id = class["sourcedId"].as_str().context("a class has an identifier")?;
    let student = first(&format!("classes/{}/students?limit=1", crate::homeroom::encoded(id)), "users")?;
    let of = |record: &Value| json!({ "sourcedId": record["sourcedId"] });
    let put = |path: &str, body: &Value| -> anyhow::Result<()> {
        let status = served.client.put(&format!("{GRADEBOOK}/{path}"), body)?;
        anyhow::ensure!([200, 201].contains(&status), "PUT {path}: {status}");
        Ok(())
    };
    put("categories/bench", &json!({ "category": { "title": "Tests" } }))?;
    let item = json!({ "lineItem": {
        "title": "Quiz", "assignDate": "2026-09-14T07:00:00Z", "dueDate": "2026-09-18T21:59:59Z", "class": of(&class),
        "school": { "sourcedId": class["school"]["sourcedId"] }, "category": { "sourcedId": "bench" },
        "resultValueMin": 0, "resultValueMax": 100
    }});
    put("lineItems/bench", &item)?;
    Ok(json!({ "result": {
        "lineItem": { "sourcedId": "bench" }, "student": of(&student), "scoreStatus": "fully graded", "score": 80,
        "scoreDate": "2026-09-19", "comment": "Well argued, but for the last third of it."
    }}))
}

/// A script that puts a new result with every request.
fn script(served: &Served, body: &Value, round: u32) -> String {
    let token = served.token().unwrap_or_default();
    let begun = jiff::Timestamp::now().as_millisecond();
    format!(
        "wrk.method = 'PUT'\nwrk.body = [==[{body}]==]\nwrk.headers['Content-Type'] = 'application/json'\n\
         wrk.headers['Authorization'] = 'Bearer {token}'\nlocal i = 0\n\
         function request() i = i + 1; return wrk.format(nil, '{GRADEBOOK}/results/b{begun}-{round}-' .. i) end\n"
    )
}

/// Inserts a second, one transaction each.
fn baseline(ground: &Ground) -> anyhow::Result<f64> {
    let database = ground.database("inserts")?;
    let file = ground.folder.join("inserts.sql");
    let mut sql = String::from(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;\n\
         CREATE TABLE results (rid INTEGER PRIMARY KEY, sourcedId TEXT UNIQUE, published INTEGER, lineItem INTEGER, \
         student INTEGER, packed BLOB);\nCREATE INDEX a ON results (lineItem); CREATE INDEX b ON results (student);\n\
         CREATE INDEX c ON results (published, rid);\n",
    );
    for number in 0..INSERTS {
        // Writing to a string does not fail.
        let _ = writeln!(sql, "INSERT INTO results VALUES (NULL, 'b-{number}', {number}, 1, 1, zeroblob(120));");
    }
    std::fs::write(&file, sql)?;
    let mut sqlite = Command::new(need::program("sqlite3")?);
    sqlite.args(["-batch", "-bail"]).arg(&database).arg(format!(".read '{}'", file.display()));
    let (taken, _) = measured(&sqlite, &ground.folder)?;
    Ok(INSERTS as f64 / taken.wall)
}

/// Does something while a reader asks; gives the milliseconds within which 99 of
/// 100 answers came.
fn while_read<T>(served: &Served, act: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let stop = AtomicBool::new(false);
    let path = format!("{}/users?limit=100", VERSIONS[1].1);
    let reader = Client::with_token(served.server.url(), served.token().unwrap_or_default());
    thread::scope(|scope| {
        let reads = scope.spawn(|| paced(&stop, || reader.get(&path)?.ok().map(drop)));
        let acted = act();
        stop.store(true, Ordering::Relaxed);
        let reads = reads.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a client failed")));
        Ok((reads?.percentile(0.99).context("no read was answered")?, acted?))
    })
}

/// Imports a package while results are put; gives how many, and how many failed.
fn during_import(
    ground: &Ground,
    served: &Served,
    body: &Value,
    (database, package): (&Path, &Path),
    round: u32,
) -> anyhow::Result<(f64, f64)> {
    let stop = AtomicBool::new(false);
    let begun = jiff::Timestamp::now().as_millisecond();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let stop = &stop;
                scope.spawn(move || -> anyhow::Result<(f64, f64)> {
                    let client = Client::with_token(served.server.url(), served.token().unwrap_or_default());
                    let (mut all, mut failed) = (0.0, 0.0);
                    while !stop.load(Ordering::Relaxed) {
                        let path = format!("{GRADEBOOK}/results/i{begun}-{round}-{writer}-{all}");
                        failed += f64::from(u8::from(client.put(&path, body)? != 201));
                        all += 1.0;
                        thread::sleep(Duration::from_millis(40));
                    }
                    Ok((all, failed))
                })
            })
            .collect();
        let mut import = ground.import(database, package);
        let status = Running::start(import.stdout(Stdio::null()).stderr(Stdio::null()), Signal::TERM)?.wait()?;
        stop.store(true, Ordering::Relaxed);
        let (mut all, mut failed) = (0.0, 0.0);
        for writer in writers {
            let (put, bad) = writer.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a client failed")))?;
            all += put;
            failed += bad;
        }
        anyhow::ensure!(status.success(), "the import failed ({status})");
        say::error(format_args!("{all} results during the import, {failed} failed"));
        Ok((all, failed))
    })
}
