//! `cargo xtask test`: what the tests need, the tests, and the totals.

use crate::postgres::Cluster;
use crate::{need, place, process, say};
use std::process::Command;

/// Where the tests find the cluster.
const POSTGRES: &str = "HOMEROOM_TEST_POSTGRES";

/// Installs or starts what is needed and runs every test there is.
pub fn run() -> anyhow::Result<()> {
    need::ensure(need::TEST)?;
    let cluster = Cluster::start()?;
    let mut command = Command::new(place::cargo());
    command.args(["test", "--workspace", "--no-fail-fast"]).current_dir(place::root()).env(POSTGRES, cluster.url());
    let (passed, totals) = told(&mut command)?;
    drop(cluster);
    say::line(totals.judge(passed)?);
    Ok(())
}

/// The test of the campaign.
const CAMPAIGN: &str = "nodes::nodes_that_are_killed_lose_nothing_and_do_nothing_twice";

/// The test that kills nodes, for longer than it is worth in every run.
pub fn campaign(minutes: u64, seed: Option<u64>) -> anyhow::Result<()> {
    need::ensure(need::TEST)?;
    let cluster = Cluster::start()?;
    let mut command = Command::new(place::cargo());
    command.args(["test", "--package", "homeroom", "--test", "on_postgres", "--", CAMPAIGN, "--exact", "--nocapture"]);
    command.current_dir(place::root()).env(POSTGRES, cluster.url());
    command.env("HOMEROOM_CAMPAIGN_SECONDS", (minutes * 60).to_string());
    if let Some(seed) = seed {
        command.env("HOMEROOM_CAMPAIGN_SEED", seed.to_string());
    }
    let (passed, totals) = told(&mut command)?;
    drop(cluster);
    anyhow::ensure!(passed && totals.passed == 1, "the campaign failed; its seed stands above");
    Ok(())
}

/// Runs tests, tells what they say, and adds it up; whether they ended well.
fn told(command: &mut Command) -> anyhow::Result<(bool, Totals)> {
    let mut totals = Totals::default();
    let status = process::lines(command, |line| {
        say::line(line);
        totals.read(line);
    })?;
    Ok((status.success(), totals))
}

/// What the lines `test result: ...` add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    suites: u32,
    passed: u32,
    failed: u32,
    ignored: u32,
    filtered: u32,
}

impl Totals {
    fn read(&mut self, line: &str) {
        let Some(rest) = line.trim().strip_prefix("test result: ") else { return };
        self.suites += 1;
        for part in rest.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u32>), words.next()) else { continue };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                "filtered" => self.filtered += count,
                _ => {}
            }
        }
    }

    /// What is said of them; an error unless every test ran and passed.
    fn judge(&self, ended_well: bool) -> anyhow::Result<String> {
        let Totals { suites, passed, failed, ignored, filtered } = self;
        let skipped = ignored + filtered;
        let text = format!("{passed} passed, {failed} failed, {skipped} skipped, in {suites} suites");
        if !ended_well || *failed > 0 {
            anyhow::bail!("tests failed: {text}");
        }
        anyhow::ensure!(skipped == 0, "no check passes by being skipped: {text}");
        anyhow::ensure!(*passed > 0, "no test ran: {text}");
        Ok(format!("all tests passed: {text}"))
    }
}

#[cfg(test)]
mod checks {
    use super::*;

    const LINE: &str = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.13s";

    #[test]
    fn results_add_up() {
        let mut totals = Totals::default();
        totals.read("running 12 tests");
        totals.read(LINE);
        totals.read("test result: FAILED. 1 passed; 2 failed; 3 ignored; 0 measured; 4 filtered out; finished in 1s");
        assert_eq!(totals, Totals { suites: 2, passed: 13, failed: 2, ignored: 3, filtered: 4 });
    }

    #[test]
    fn nothing_passes_by_not_running() {
        let mut totals = Totals::default();
        assert!(totals.judge(true).is_err());
        totals.read(LINE);
        assert!(totals.judge(true).is_ok());
        assert!(totals.judge(false).is_err());
        totals.ignored = 1;
        assert!(totals.judge(true).is_err());
    }
}
