//! The two promises of paging, with an import between every two pages.

use crate::district::{Bench, Engine, person, read, small, with};
use homeroom_store::{ErrorKind, Read, Roster};
use oneroster::at;
use oneroster::model::Slot;
use oneroster::model::{Kind, Role, Version, View};
use oneroster::query::{Part, Path, Sort, parse_filter};
use oneroster::record::Record;

on_both_engines!(
    a_pull_by_cursor_reads_one_version,
    a_pull_by_offsets_neither_skips_nor_repeats,
    so_do_views_filters_and_orders,
    another_caller_of_the_same_offset_is_not_confused,
    a_cold_jump_finds_its_place,
    a_cursor_of_another_request_is_refused,
);

/// Pulls everything in pages of three; `between` is called after each page
/// with its number. Gives the ids in order, and the totals that were said.
fn pull(
    bench: &mut Bench,
    ask: &Read<'_>,
    by_cursor: bool,
    between: &mut dyn FnMut(&mut Bench, usize),
) -> (Vec<String>, Vec<u64>) {
    let (mut ids, mut totals, mut cursor, mut offset) = (Vec::new(), Vec::new(), None::<String>, 0u64);
    for number in 0.. {
        let page_ask = Read { limit: 3, offset, cursor: cursor.as_deref(), ..ask.clone() };
        let (some, page) = bench.ids(&page_ask);
        totals.push(page.total);
        offset += some.len() as u64;
        let done = some.len() < 3;
        ids.extend(some);
        if by_cursor {
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        } else if done {
            break;
        }
        between(bench, number);
    }
    (ids, totals)
}

/// After page n: someone already read leaves, someone ahead leaves, someone
/// joins, someone ahead changes.
fn days(district: &[Record], number: usize) -> Vec<Record> {
    let gone: Vec<String> = (0..=number).flat_map(|n| [format!("u{n:03}"), format!("u{:03}", 39 - n)]).collect();
    let stays = |r: &&Record| !gone.iter().any(|id| r.sourced_id == *id || r.sourced_id.ends_with(&format!("-{id}")));
    let mut next: Vec<Record> = district.iter().filter(stays).cloned().collect();
    for n in 0..=number {
        person(&mut next, &format!("n{n:03}"), "student", "c1");
    }
    for user in next.iter_mut().filter(|r| r.sourced_id == format!("u{:03}", 20 + number % 5)) {
        if user.kind() == Kind::User {
            user.set(at!(User.givenName), &format!("Changed {number}"));
        }
    }
    next
}

fn check(engine: Engine, ask: &Read<'_>, by_cursor: bool) {
    let mut bench = Bench::new(engine);
    let district = small(40);
    bench.import("file", &district);
    let whole = bench.ids(ask).0;
    assert!(whole.len() > 12, "the pull has several pages");
    let (ids, totals) = pull(&mut bench, ask, by_cursor, &mut |bench, number| {
        if number < 8 {
            bench.import("file", &days(&district, number));
        }
    });
    assert_eq!(ids, whole, "one version is read to its end");
    assert!(totals.iter().all(|total| *total == whole.len() as u64), "{totals:?}");
}

fn a_pull_by_cursor_reads_one_version(engine: Engine) {
    check(engine, &read(Kind::User, Version::V1P2), true);
    check(engine, &read(Kind::Enrollment, Version::V1P1), true);
}

fn a_pull_by_offsets_neither_skips_nor_repeats(engine: Engine) {
    check(engine, &read(Kind::User, Version::V1P2), false);
    check(engine, &read(Kind::Enrollment, Version::V1P1), false);
}

fn so_do_views_filters_and_orders(engine: Engine) {
    let users = read(Kind::User, Version::V1P2);
    let sort = Sort {
        path: Path { kind: Kind::User, slot: Slot::Own(at!(User.familyName)), part: Part::Value },
        descending: true,
    };
    let by_id = Sort { path: Path { kind: Kind::User, slot: Slot::SourcedId, part: Part::Value }, descending: false };
    let latest = Sort { path: Path { kind: Kind::User, slot: Slot::Modified, part: Part::Value }, descending: true };
    let role = parse_filter("roles.role='student'", Kind::User, Version::V1P2).unwrap();
    let name = parse_filter("givenName~'a'", Kind::User, Version::V1P2).unwrap();
    let since = parse_filter("dateLastModified>='2026-01-01'", Kind::User, Version::V1P2).unwrap();
    for by_cursor in [true, false] {
        check(engine, &with(&users, None, Some(&sort)), by_cursor);
        check(engine, &with(&users, role.as_ref(), Some(&by_id)), by_cursor);
        check(engine, &with(&users, None, Some(&latest)), by_cursor);
        check(engine, &with(&users, name.as_ref(), None), by_cursor);
        check(engine, &with(&users, since.as_ref(), None), by_cursor);
        check(engine, &Read { views: &[View::Holds(Role::Student)], ..users.clone() }, by_cursor);
        let class = oneroster::model::ROUTES.iter().find(|r| r.operation == "getStudentsForSchool").unwrap();
        let parents = [(&class.parents[0], "s".to_owned())];
        check(engine, &Read { views: class.views, parents: &parents, ..users.clone() }, by_cursor);
    }
}

fn another_caller_of_the_same_offset_is_not_confused(engine: Engine) {
    let mut bench = Bench::new(engine);
    let district = small(10);
    bench.import("file", &district);
    let ask = Read { limit: 3, ..read(Kind::User, Version::V1P2) };
    bench.ids(&ask);
    let without: Vec<Record> = district.iter().filter(|r| !r.sourced_id.ends_with("u000")).cloned().collect();
    bench.import("file", &without);
    let mine = bench.ids(&Read { offset: 3, ..ask.clone() }).0;
    let other = bench.ids(&Read { offset: 3, caller: 2, ..ask.clone() }).0;
    assert_eq!(mine, ["u003", "u004", "u005"]);
    assert_eq!(other, ["u004", "u005", "u006"]);
}

fn a_cold_jump_finds_its_place(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(2_600));
    let ask = read(Kind::User, Version::V1P2);
    let all = bench.ids(&ask).0;
    for offset in [1, 999, 1_000, 1_001, 2_599, 2_602, 5_000] {
        let some = bench.ids(&Read { offset: offset as u64, limit: 2, caller: offset as u64, ..ask.clone() });
        let wanted: Vec<String> = all.iter().skip(offset).take(2).cloned().collect();
        assert_eq!(some.0, wanted, "offset {offset}");
        assert_eq!(some.1.total, all.len() as u64);
    }
}

fn a_cursor_of_another_request_is_refused(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(10));
    let ask = Read { limit: 3, ..read(Kind::User, Version::V1P2) };
    let next = bench.ids(&ask).1.next.unwrap();
    let refused = |roster: &Roster, ask: &Read<'_>| roster.page(ask, &mut |_| ()).unwrap_err().kind();
    let classes = Read { cursor: Some(&next), ..read(Kind::Class, Version::V1P2) };
    assert_eq!(refused(&bench.roster, &classes), ErrorKind::Cursor);
    let nonsense = Read { cursor: Some("xyz"), ..ask.clone() };
    assert_eq!(refused(&bench.roster, &nonsense), ErrorKind::Cursor);
}
