//! The store behind a pooler that gives a connection for one transaction.

use crate::district::{Bench, START, read, record, run, seen, small};
use crate::pooler::Pooler;
use crate::server::Database;
use homeroom_store::gradebook::{Task, When, Write};
use homeroom_store::{DatabaseUrl, Read, Roster, Turn};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::time::Timestamp;

fn put(id: &str) -> Write {
    let category = record(Kind::Category, id, &[(at!(Category.title), id)]);
    let task = Task::Put(Box::new(category));
    let author = "lms".into();
    Write {
        author,
        version: Version::V1P2,
        now: Timestamp(START),
        task,
        when: When::Always,
        unseen: vec![],
        view: None,
    }
}

#[test]
fn several_processes_share_the_connections_of_a_pooler() {
    let database = Database::new();
    // Fewer connections than there are threads, so that each is everybody's.
    let pooler = Pooler::before(&database.text(), 6);
    let url = |name: &str| DatabaseUrl::parse(&pooler.url(database.its_name(), name)).unwrap();
    let mut bench = Bench::at(url("one"), "default");
    bench.import("file", &small(30));
    let others: Vec<Roster> = ["two", "three"].iter().map(|name| Roster::open(&url(name)).unwrap()).collect();
    let users = Read { limit: 7, ..read(Kind::User, Version::V1P2) };
    std::thread::scope(|scope| {
        for (node, roster) in others.iter().chain([&bench.roster]).enumerate() {
            for thread in 0..4 {
                let users = &users;
                scope.spawn(move || {
                    for round in 0..10 {
                        let mut rows = 0;
                        roster.page(users, &mut |_| rows += 1).unwrap();
                        assert_eq!(rows, 7);
                        let id = format!("cat-{node}-{thread}-{round}");
                        assert!(roster.write(put(&id)).unwrap().is_ok());
                    }
                });
            }
        }
    });
    // A later package is compared, and applied, while others read.
    let (_, mut plan) = bench.import("file", &small(25));
    assert_eq!(plan.of(Kind::User).removed, 5);
    let direct = Bench::at(database.url(), "default");
    assert_eq!(seen(&bench), seen(&direct));
    let kept = seen(&direct).keys().filter(|(kind, _)| *kind == Kind::Category).count();
    assert_eq!(kept, 120, "nothing that was answered is missing");
}

#[test]
fn a_turn_through_a_pooler_is_everybodys() {
    let (database, tenant) = (Database::new(), "north");
    let pooler = Pooler::before(&database.text(), 6);
    let url = |process: &str| DatabaseUrl::parse(&pooler.url(database.its_name(), process)).unwrap();
    let turn = Turn::take(&url("one"), tenant).unwrap().unwrap();
    for other in [url("one"), url("two"), database.url()] {
        assert!(Turn::take(&other, tenant).unwrap().is_none(), "{other}");
        assert!(Turn::take_of(&other, tenant, "grades").unwrap().is_some(), "another one is free");
    }
    // Its holder goes on to write while its connections come and go.
    let bench = Bench::at(url("one"), tenant);
    let under = bench.roster.under(&turn);
    let number = under.source("file").unwrap();
    let compared = bench.compare(number, &small(3));
    let kept = run(number, &compared);
    under.apply(compared, &kept, Timestamp(START)).unwrap();
    drop(turn);
    assert!(Turn::take(&url("two"), tenant).unwrap().is_some());
}
