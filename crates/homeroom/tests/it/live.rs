//! Applications go on reading while an import runs, and never see half of it.

use super::desk::{Desk, Served, until};
use oneroster::model::Version;

const READ: [&str; 2] = ["users", "enrollments"];

fn totals(served: &Served) -> [usize; 2] {
    READ.map(|collection| served.total(collection))
}

/// Imports while applications ask; gives the totals they saw.
fn import_while_read(desk: &Desk, served: &mut Served, line: &str) -> Vec<[usize; 2]> {
    let mut seen = vec![totals(served)];
    let mut child = desk.start(line);
    until(&mut child, || {
        served.token = served.new_token();
        let now = totals(served);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
        false
    });
    assert!(child.wait().unwrap().success());
    seen.push(totals(served));
    seen.dedup();
    seen
}

/// What may be seen in a row: the old, perhaps the new between two questions,
/// the new.
fn assert_old_then_new(seen: &[[usize; 2]]) {
    let (old, new) = (seen[0], seen[seen.len() - 1]);
    assert_ne!((old[0], old[1]), (new[0], new[1]));
    let between = [old[0], new[1]];
    assert!(seen.len() <= 3 && seen[1..seen.len() - 1].iter().all(|pair| *pair == between), "{seen:?}");
}

#[test]
fn reads_and_tokens_go_on_while_a_later_package_is_imported() {
    let desk = Desk::new();
    desk.district("june", 1_000, 302);
    desk.district("july", 1_000, 303);
    desk.json(0, "import june --yes");
    desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
    let mut served = desk.serve();
    let address = served.address(Version::V1P1, "enrollments?limit=200");
    let first = served.page("enrollments", &address);
    let seen = import_while_read(&desk, &mut served, "import july --yes");
    assert_old_then_new(&seen);
    // A pull that began before goes on with what it began with, to its end.
    let (mut pulled, mut next) = (first.records.len(), first.next);
    while let Some(address) = next {
        let page = served.page("enrollments", &address);
        assert_eq!(page.total, first.total);
        pulled += page.records.len();
        next = page.next;
    }
    assert_eq!((pulled, pulled), (first.total, seen[0][1]));
}

#[test]
fn an_empty_roster_is_served_until_the_first_package_is_in() {
    let desk = Desk::new();
    desk.district("d", 500, 0);
    let mut served = desk.serve();
    let seen = import_while_read(&desk, &mut served, "import d --yes");
    assert_eq!(seen[0], [0, 0]);
    assert_old_then_new(&seen);
}
