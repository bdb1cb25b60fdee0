//! A roster that agrees with itself, and each way in which it may not.

use crate::district::{Bench, Engine, START, person, small};
use homeroom_store::{Damage, Fault};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::time::Timestamp;

on_both_engines!(what_was_imported_agrees, every_damage_is_found);

fn faults(bench: &Bench) -> Vec<Fault> {
    let mut all = Vec::new();
    bench.roster.check(&mut |fault| all.push(fault)).unwrap();
    all
}

/// Three days: people come, change and go, and one is forgotten.
fn what_was_imported_agrees(engine: Engine) {
    let mut bench = Bench::new(engine);
    assert_eq!(faults(&bench), []);
    let mut district = small(6);
    person(&mut district, "u900", "student", "c1");
    bench.import("file", &district);
    district.retain(|one| !one.sourced_id.ends_with("u001"));
    bench.import("file", &district);
    for one in &mut district {
        if one.kind() == Kind::User {
            one.set(at!(User.givenName), "Zoë");
        }
    }
    person(&mut district, "u901", "teacher", "c2");
    bench.import("file", &district);
    assert_eq!(faults(&bench), []);
    bench.roster.forget("u002", Timestamp(START + 9_000)).unwrap();
    assert_eq!(faults(&bench), []);
    let checked = bench.roster.check(&mut |_| ()).unwrap();
    assert!(checked.records > 20 && checked.earlier > 5, "{checked:?}");
}

type Case = (&'static str, &'static str, fn(&Damage) -> bool);

/// The table in which it shows, a statement behind the store's back, and what it makes wrong.
const DAMAGES: [Case; 9] = [
    (
        "users",
        "UPDATE users SET \"givenName\" = 'X' WHERE {own} \"sourcedId\" = 'u003'",
        |d| matches!(d, Damage::Column(name) if name == "givenName"),
    ),
    ("users", "UPDATE users SET digest = 7 WHERE {own} \"sourcedId\" = 'u003'", |d| *d == Damage::Digest),
    ("classes", "UPDATE classes SET packed = substr(packed, 2) WHERE {own} \"sourcedId\" = 'c1'", |d| {
        *d == Damage::Record
    }),
    (
        "users",
        "DELETE FROM users WHERE {own} \"sourcedId\" = 'u003'",
        |d| matches!(d, Damage::Total { what: "live", stored, counted } if *stored == counted + 1),
    ),
    (
        "enrollments",
        "DELETE FROM users WHERE {own} \"sourcedId\" = 'u003'",
        |d| matches!(d, Damage::Reference(name) if name == "user"),
    ),
    (
        "enrollments",
        "UPDATE enrollments SET class = 999 WHERE {own} \"sourcedId\" = 'e-u003'",
        |d| matches!(d, Damage::Column(name) if name == "class"),
    ),
    ("orgs", "UPDATE orgs SET published = published + 1000000 WHERE {own} rid > 0", |d| *d == Damage::Ahead),
    ("users_history", "UPDATE users_history SET until = until - 1 WHERE {own} rid > 0", |d| *d == Damage::Gap),
    ("courses", "UPDATE counts SET dead = 5 WHERE {own} kind = 'courses'", |d| {
        *d == Damage::Total { what: "dead", stored: 5, counted: 0 }
    }),
];

fn every_damage_is_found(engine: Engine) {
    for (table, sql, is) in DAMAGES {
        let mut bench = Bench::new(engine);
        let mut district = small(4);
        bench.import("file", &district);
        district.iter_mut().filter(|one| one.kind() == Kind::User).for_each(|one| one.set(at!(User.givenName), "Zoë"));
        bench.import("file", &district);
        assert_eq!(faults(&bench), []);
        bench.behind(sql);
        let found = faults(&bench);
        assert!(found.iter().any(|fault| fault.table == table && is(&fault.damage)), "{sql}: {found:?}");
    }
}
