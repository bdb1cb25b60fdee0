//! Reads and token requests while an import runs, against the same when none does.

use super::ground::{Ground, Served, VERSIONS};
use super::report::{Row, Section};
use super::stats::Samples;
use crate::homeroom::Client;
use crate::process::{self, Running};
use crate::say;
use anyhow::Context as _;
use rustix::process::Signal;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often each of the two clients asks.
const PACE: Duration = Duration::from_millis(5);

const HOW: &[&str] = &[
    "Two clients, one of `users?limit=100` (1.2) and one of `POST /oauth/token`, each ask 200 times a second on \
     one connection, and late answers delay none of those that follow: the time counts from when a request was due.",
    "Idle lasts as long as a load; then the same while `homeroom import` runs. The figure is the time within which 99 of 100 \
     answers came.",
    "Next day: into a district of the day before. First: into an empty database that is served.",
];

/// What one kind of import did to the answers, round by round: idle and busy.
#[derive(Debug, Default)]
struct Times {
    reads: [Samples; 2],
    tokens: [Samples; 2],
    seconds: Samples,
}

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let packages = [ground.package(0)?, ground.package(1)?];
    let (mut next, mut first) = (Times::default(), Times::default());
    for _ in ground.rounds() {
        // A district of its own each time: a package of the day before would be held.
        let database = ground.filled("busy", &[0])?;
        let served = ground.serve(&database)?;
        next.round(ground, &served, &database, &packages[1])?;
    }
    for _ in ground.rounds() {
        let database = ground.database("busy-first")?;
        let served = ground.serve(&database)?;
        first.round(ground, &served, &database, &packages[0])?;
    }
    let mut rows = next.rows("next day");
    rows.extend(first.rows("first"));
    Ok(ground.section("While an import runs", HOW, rows))
}

impl Times {
    fn round(&mut self, ground: &Ground, served: &Served, database: &Path, package: &Path) -> anyhow::Result<()> {
        let seconds = Duration::from_secs(ground.seconds.into());
        let idle = under_load(served, || {
            let start = Instant::now();
            while start.elapsed() < seconds {
                process::go_on()?;
                thread::sleep(PACE);
            }
            Ok(())
        })?;
        let start = Instant::now();
        let busy = under_load(served, || {
            let mut import = ground.import(database, package);
            let status = Running::start(import.stdout(Stdio::null()).stderr(Stdio::null()), Signal::TERM)?.wait()?;
            anyhow::ensure!(status.success(), "the import failed ({status})");
            Ok(())
        })?;
        self.seconds.0.push(start.elapsed().as_secs_f64());
        for (at, [reads, tokens]) in [idle, busy].into_iter().enumerate() {
            self.reads[at].0.push(reads.percentile(0.99).context("no read was answered")?);
            self.tokens[at].0.push(tokens.percentile(0.99).context("no token was given")?);
        }
        say::error(format_args!("the import took {:.1} s", start.elapsed().as_secs_f64()));
        Ok(())
    }

    fn rows(&self, name: &str) -> Vec<Row> {
        let mut rows = vec![Row::new(format!("{name}: import, wall"), "s", self.seconds.clone())];
        for (what, [idle, busy]) in [("reads", &self.reads), ("tokens", &self.tokens)] {
            rows.push(Row::new(format!("{name}: {what}, 99% within, idle"), "ms", idle.clone()));
            let busy = Row::new(format!("{name}: {what}, 99% within, importing"), "ms", busy.clone());
            rows.push(busy.against("idle", idle).at_most(3.0));
        }
        rows
    }
}

/// Does something while both clients ask; gives the milliseconds of all answers.
fn under_load(served: &Served, act: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<[Samples; 2]> {
    let stop = AtomicBool::new(false);
    let path = format!("{}/users?limit=100", VERSIONS[1].1);
    let reader = Client::with_token(served.server.url(), served.token().unwrap_or_default());
    let taker = Client::new(served.server.url());
    thread::scope(|scope| {
        let reads = scope.spawn(|| paced(&stop, || reader.get(&path)?.ok().map(drop)));
        let tokens = scope.spawn(|| paced(&stop, || taker.take_token(&served.app).map(drop)));
        let acted = act();
        stop.store(true, Ordering::Relaxed);
        let joined = [reads.join(), tokens.join()];
        acted?;
        let [reads, tokens] = joined.map(|result| result.unwrap_or_else(|_| Err(anyhow::anyhow!("a client failed"))));
        Ok([reads?, tokens?])
    })
}

/// Asks at the pace until told to stop. A request that is late because the one
/// before it was slow counts from when it was due; one that is late because we
/// slept too long, from when it was sent.
pub(super) fn paced(stop: &AtomicBool, mut ask: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Samples> {
    // The connection is not what is measured.
    ask()?;
    let mut times = Samples::default();
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let early = due.saturating_duration_since(Instant::now());
        let start = if early.is_zero() {
            due
        } else {
            thread::sleep(early);
            Instant::now()
        };
        ask()?;
        times.0.push(start.elapsed().as_secs_f64() * 1000.0);
        due += PACE;
    }
    Ok(times)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn a_slow_answer_delays_those_that_were_due() {
        let stop = AtomicBool::new(false);
        let mut asked = 0;
        let times = paced(&stop, || {
            asked += 1;
            if asked == 2 {
                let start = Instant::now();
                while start.elapsed() < PACE * 4 {
                    thread::yield_now();
                }
            }
            stop.store(asked == 3, Ordering::Relaxed);
            Ok(())
        });
        let times = times.unwrap().0;
        let [slow, after] = times.as_slice() else { unreachable!() };
        assert!(*slow >= 20.0 && *after >= 15.0, "{slow} {after}");
    }

    #[test]
    fn a_failure_ends_the_load() {
        assert!(paced(&AtomicBool::new(false), || anyhow::bail!("refused")).is_err());
    }
}
