//! What a comparison plans, and what applying it leaves.

use crate::district::{Bench, Engine, START, read, record, run, small, viewed};
use homeroom_store::intake::Tally;
use homeroom_store::{Found, Tombstones};
use oneroster::at;
use oneroster::model::{Kind, Role, Version, View};
use oneroster::query::parse_filter;
use oneroster::record::{Record, Status};

on_both_engines!(
    the_same_package_twice_changes_nothing,
    a_change_of_a_role_is_a_change_of_the_person,
    who_leaves_becomes_a_tombstone_and_may_return,
    a_second_owner_of_an_identifier_is_a_collision,
    an_outdated_comparison_is_refused,
    published_moves_on_even_if_the_clock_steps_back,
    views_select_what_the_reference_says,
);

fn the_same_package_twice_changes_nothing(engine: Engine) {
    let mut bench = Bench::new(engine);
    let district = small(10);
    let (first, plan) = bench.import("file", &district);
    assert!(first.published.is_some());
    assert_eq!(plan.kinds().map(|(_, t)| t.added).sum::<u64>(), district.len() as u64);
    let (second, plan) = bench.import("file", &district);
    assert_eq!(second.published, None);
    assert!(plan.is_nothing(), "{plan:?}");
    assert_eq!(second.run, first.run + 1);
}

fn a_change_of_a_role_is_a_change_of_the_person(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(10);
    bench.import("file", &district);
    let role = district.iter_mut().find(|r| r.kind() == Kind::Role && r.sourced_id == "r-u003").unwrap();
    role.set(at!(Role.role), "aide");
    let (written, plan) = bench.import("file", &district);
    let changed: Vec<_> = plan.kinds().filter(|(_, t)| !t.is_nothing()).map(|(k, t)| (k, t.changed)).collect();
    assert_eq!(changed, [(Kind::User, 1), (Kind::Role, 1)]);

    let since = format!("dateLastModified>='{}'", written.published.unwrap());
    let filter = parse_filter(&since, Kind::User, Version::V1P2).unwrap();
    let mut ask = read(Kind::User, Version::V1P2);
    ask.filter = filter.as_ref();
    ask.tombstones = Tombstones::Shown;
    let mut seen = Vec::new();
    bench
        .roster
        .page(&ask, &mut |row| {
            let user = Record::unpack(Kind::User, row.sourced_id, row.packed).unwrap();
            seen.push((user.sourced_id.clone(), user.get(at!(User.role)).map(str::to_owned)));
        })
        .unwrap()
        .unwrap();
    assert_eq!(seen, [("u003".to_owned(), Some("aide".to_owned()))]);
}

fn who_leaves_becomes_a_tombstone_and_may_return(engine: Engine) {
    let mut bench = Bench::new(engine);
    let district = small(10);
    bench.import("file", &district);
    let without: Vec<Record> = district.iter().filter(|r| !r.sourced_id.ends_with("u003")).cloned().collect();
    let (_, plan) = bench.import("file", &without);
    let gone: Vec<_> = plan.kinds().filter(|(_, t)| t.removed > 0).map(|(k, _)| k).collect();
    assert_eq!(gone, [Kind::User, Kind::Role, Kind::Enrollment]);

    let users = read(Kind::User, Version::V1P1);
    let (ids, page) = bench.ids(&users);
    assert!(!ids.contains(&"u003".to_owned()));
    assert_eq!(page.total, 11);
    let mut found = None;
    let one = bench.roster.one(&users, "u003", &mut |row| found = Some(row.status)).unwrap();
    assert_eq!((one, found), (Found::Yes, Some(Status::ToBeDeleted)));

    let (_, plan) = bench.import("file", &district);
    let back = plan.kinds().find(|(k, _)| *k == Kind::User).unwrap().1;
    assert_eq!(back, Tally { added: 1, unchanged: 11, ..Tally::default() });
    assert_eq!(bench.ids(&users).1.total, 12);
}

fn a_second_owner_of_an_identifier_is_a_collision(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(3));
    let other = bench.roster.source("other").unwrap();
    let compared = bench.compare(other, &[record(Kind::Org, "s", &[(at!(Org.name), "Mine")])]);
    assert_eq!(compared.collided, 1);
    assert_eq!(compared.collisions[0].sourced_id, "s");
    assert!(compared.plan.is_nothing());
}

fn an_outdated_comparison_is_refused(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(3);
    bench.import("file", &district);
    let number = bench.roster.source("file").unwrap();
    let old = bench.compare(number, &district[1..]);
    district[0].set(at!(Org.name), "New name");
    bench.import("file", &district);
    let kept = run(number, &old);
    let error = bench.roster.apply(old, &kept, oneroster::time::Timestamp(START)).unwrap_err();
    assert_eq!(error.kind(), homeroom_store::ErrorKind::Busy);
}

fn published_moves_on_even_if_the_clock_steps_back(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(3);
    let (first, _) = bench.import("file", &district);
    district[0].set(at!(Org.name), "New name");
    let number = bench.roster.source("file").unwrap();
    let compared = bench.compare(number, &district);
    let kept = run(number, &compared);
    let written = bench.roster.apply(compared, &kept, oneroster::time::Timestamp(5)).unwrap();
    assert!(written.published > first.published);
}

fn views_select_what_the_reference_says(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(6));
    for version in Version::ALL {
        let users = read(Kind::User, version);
        let students = bench.ids(&viewed(&users, &[View::Holds(Role::Student)])).0;
        assert_eq!(students, ["u000", "u001", "u002", "u003", "u004", "u005"], "{version}");
        let class = oneroster::model::ROUTES.iter().find(|r| r.operation == "getStudentsForClass").unwrap();
        let parents = [(&class.parents[0], "c1".to_owned())];
        let mut ask = viewed(&users, class.views);
        ask.parents = &parents;
        assert_eq!(bench.ids(&ask).0, ["u000", "u002", "u004"]);
        let unknown = [(&class.parents[0], "nowhere".to_owned())];
        ask.parents = &unknown;
        assert_eq!(bench.roster.page(&ask, &mut |_| ()).unwrap(), None);
    }
}
