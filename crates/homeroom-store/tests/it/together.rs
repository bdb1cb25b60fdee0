//! What several nodes count together.

use crate::access::House;
use crate::district::Engine;
use homeroom_store::access::{Access, Guessed, Heard, Spent, Tag, Told};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const ONE: Tag = [1; 16];
const OTHER: Tag = [2; 16];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tell(node: &Access, told: &Told) -> Heard {
    node.count_together(told).unwrap().unwrap()
}

/// How long it takes to work off what was asked, after a node let somebody ask
/// so much, since so long ago.
fn spend(node: &Access, what: Tag, took: Duration, ago: Duration) -> Duration {
    let heard = tell(node, &Told { spent: vec![Spent { what, took, ago }], ..Told::default() });
    assert_eq!(heard.spent.len(), 1);
    assert_eq!(heard.spent[0].0, what);
    heard.spent[0].1
}

#[track_caller]
fn about(told: Duration, wanted: Duration) {
    // It grows less while the test goes on.
    assert!(told <= wanted && told + seconds(2) > wanted, "{told:?} for {wanted:?}");
}

#[test]
fn what_is_asked_of_one_node_is_heard_of_by_the_others() {
    let house = House::apart(Engine::Postgres);
    let (one, other) = (house.open(), house.open());
    about(spend(&one, ONE, seconds(10), Duration::ZERO), seconds(10));
    about(spend(&other, ONE, seconds(5), Duration::ZERO), seconds(15));
    about(spend(&one, OTHER, seconds(5), Duration::ZERO), seconds(5));
    // Nobody asked for a while: what came since then began where it came.
    about(spend(&one, [3; 16], seconds(10), seconds(7)), seconds(3));
    about(spend(&one, [4; 16], seconds(1), seconds(7)), Duration::ZERO);
    // But what is left to work off is not forgiven.
    about(spend(&other, ONE, seconds(5), seconds(3)), seconds(20));
    // A clock that was set back keeps nobody out for long.
    about(spend(&one, OTHER, seconds(100_000), Duration::ZERO), seconds(100_005));
    about(spend(&one, OTHER, seconds(1), Duration::ZERO), seconds(61));
}

#[test]
fn wrong_secrets_are_heard_of_everywhere() {
    let house = House::apart(Engine::Postgres);
    let (one, other) = (house.open(), house.open());
    let told = |since, guessed: &[(Tag, u32, bool)]| {
        let guessed = guessed.iter().map(|&(what, wrong, afresh)| Guessed { what, wrong, afresh }).collect();
        Told { guessed, since, forget_after: HOUR, ..Told::default() }
    };
    let wrong = |heard: &Heard| {
        let mut all: Vec<(Tag, u32)> = heard.guessed.iter().map(|(what, wrong, _)| (*what, *wrong)).collect();
        all.sort_unstable();
        all
    };
    let heard = tell(&one, &told(0, &[(ONE, 3, false)]));
    assert_eq!(wrong(&heard), [(ONE, 3)]);
    assert!(heard.at > 0);
    // Who only listens hears, too.
    assert_eq!(wrong(&tell(&other, &told(0, &[]))), [(ONE, 3)]);
    assert_eq!(wrong(&tell(&other, &told(0, &[(ONE, 2, false), (OTHER, 1, false)]))), [(ONE, 5), (OTHER, 1)]);
    let again = tell(&one, &told(heard.at, &[]));
    assert_eq!(wrong(&again), [(ONE, 5), (OTHER, 1)]);
    assert!(again.guessed.iter().all(|(_, _, ago)| *ago < seconds(60)));
    // A right one, and one wrong one after it.
    assert_eq!(wrong(&tell(&one, &told(again.at, &[(ONE, 1, true), (OTHER, 0, true)]))), [(ONE, 1), (OTHER, 0)]);
    assert_eq!(wrong(&tell(&other, &told(heard.at, &[]))), [(ONE, 1), (OTHER, 0)]);
    // What was heard of is not told for ever.
    assert_eq!(wrong(&tell(&other, &told(again.at + 3_600_000_000, &[]))), []);
    // All are forgotten some time.
    let late = Told { forget_after: Duration::ZERO, ..told(0, &[(ONE, 1, false)]) };
    assert_eq!(wrong(&tell(&one, &late))[0], (ONE, 1));
}

#[test]
fn old_rows_go() {
    let house = House::apart(Engine::Postgres);
    let node = house.open();
    let told = |n: u8| Told {
        spent: vec![Spent { what: [n; 16], took: Duration::ZERO, ago: seconds(1) }],
        guessed: vec![Guessed { what: [n; 16], wrong: 1, afresh: false }],
        ..Told::default()
    };
    (0..200).for_each(|n| drop(tell(&node, &told(n))));
    let left = tell(&node, &Told { forget_after: HOUR, ..Told::default() });
    assert!(left.guessed.len() < 200, "{}", left.guessed.len());
}

#[test]
fn one_process_counts_by_itself() {
    let house = House::new(Engine::Sqlite);
    assert_eq!(house.open().count_together(&Told::default()).unwrap(), None);
}
