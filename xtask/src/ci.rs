//! Everything that must hold before a change is merged.

use crate::{generated, place, process, say, tests};
use std::process::Command;
use std::time::{Duration, Instant};

/// One step: what it is called, and what it does.
type Step = (&'static str, fn() -> anyhow::Result<()>);

const STEPS: &[Step] = &[
    ("fmt", || cargo(&["fmt", "--all", "--", "--check"], None)),
    ("clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], None)),
    ("doc", || cargo(&["doc", "--workspace", "--no-deps"], Some(("RUSTDOCFLAGS", "-D warnings")))),
    ("gen --check", generated::check),
    ("test", tests::run),
];

/// Runs the steps in their order, up to the first that fails.
pub fn run() -> anyhow::Result<()> {
    let mut taken: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        say::line(format_args!("== {name}"));
        let start = Instant::now();
        step().map_err(|error| error.context(format!("{name} failed after {:.1} s", start.elapsed().as_secs_f64())))?;
        taken.push((name, start.elapsed()));
    }
    say::line("== all steps passed");
    for (name, time) in taken {
        say::line(format_args!("{:>8.1} s  {name}", time.as_secs_f64()));
    }
    Ok(())
}

fn cargo(arguments: &[&str], variable: Option<(&str, &str)>) -> anyhow::Result<()> {
    let mut command = Command::new(place::cargo());
    command.args(arguments).envs(variable).current_dir(place::root());
    process::run(&mut command)
}
