//! Nodes that are killed at random while the roster is read, written, imported
//! and withdrawn; and what must hold all the while.
//!
//! Some thirty seconds of it are a test; `cargo xtask campaign` goes on for as
//! long as it is told, from a seed that it is given or prints.

mod chance;
mod judge;
pub mod stage;
mod work;

use super::desk::Desk;
use chance::Chance;
use stage::Stage;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use work::{Play, Told};

/// How long the short form goes on.
const SHORT: Duration = Duration::from_secs(30);
/// How many nodes there are.
const NODES: usize = 3;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

#[test]
#[expect(clippy::print_stdout, reason = "the seed, by which it happens again")]
fn nodes_that_are_killed_lose_nothing_and_do_nothing_twice() {
    let seed = number("HOMEROOM_CAMPAIGN_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let length = number("HOMEROOM_CAMPAIGN_SECONDS").map_or(SHORT, Duration::from_secs);
    // Shown if the test fails, and by a campaign.
    println!("seed {seed}, {} s", length.as_secs());
    let desk = Desk::new();
    let play = Play::new(&desk);
    let stage = Stage::new(&desk, NODES, "--rate off --database-connections 8");
    let (tell, told) = channel();
    let kills = std::thread::scope(|scope| {
        let mut ends = Vec::new();
        for (part, role) in work::ROLES.iter().enumerate() {
            let (end, ended) = channel::<()>();
            ends.push(end);
            let (play, front, tell) = (&play, stage.front.clone(), tell.clone());
            let chance = Chance::new(seed ^ (part as u64 + 1) << 32);
            scope.spawn(move || {
                let go_on = || !matches!(ended.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected));
                tell.send(role(play, &front, chance, &go_on)).unwrap();
            });
        }
        let kills = havoc(&stage, Chance::new(seed), length);
        drop(ends);
        kills
    });
    drop(tell);
    let all = told.into_iter().fold(Told::default(), Told::add);
    play.settle(&stage.front, &all);
    println!("{kills} nodes killed; {all}");
    assert!(kills > 2 && all.is_something(), "{kills} {all}");
}

/// Kills one node after the other, and starts it again; how many.
fn havoc(stage: &Stage<'_>, mut chance: Chance, length: Duration) -> u32 {
    let (_never, wait) = channel::<()>();
    let mut pause = |most: u64| {
        let time = Duration::from_millis(chance.below(most));
        assert_eq!(wait.recv_timeout(time), Err(RecvTimeoutError::Timeout));
        chance.below(NODES as u64) as usize
    };
    let (start, mut kills) = (Instant::now(), 0);
    while start.elapsed() < length {
        let node = pause(1_500);
        stage.kill(node);
        pause(700);
        stage.start(node);
        kills += 1;
    }
    kills
}
