//! The primary is killed and its replica promoted, while an application writes.

use super::cluster::Cluster;
use super::desk::{Desk, Served, until};
use oneroster::model::Version;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Whatever it takes, it does not take longer; by hand it is told in docs/operations.md.
const LONGEST: Duration = Duration::from_secs(30);
const WRITE: &str = "--scope roster-core.readonly --scope gradebook.readonly --scope gradebook.createput";

/// Answers by their status, and the longest time in which none was good.
#[derive(Default, Debug)]
struct Seen {
    statuses: BTreeMap<u16, u32>,
    silent: Duration,
    good: Vec<u32>,
}

/// Asks again and again until told to stop.
fn again(stop: &AtomicBool, mut ask: impl FnMut(u32) -> u16) -> Seen {
    let (mut seen, mut last) = (Seen::default(), Instant::now());
    for n in 0.. {
        let status = ask(n);
        *seen.statuses.entry(status).or_default() += 1;
        if status < 300 {
            seen.silent = seen.silent.max(last.elapsed());
            last = Instant::now();
            seen.good.push(n);
        }
        // One more good answer than was asked for, so that all is well again.
        if stop.load(Ordering::Relaxed) && status < 300 {
            break;
        }
        assert!(last.elapsed() < LONGEST, "no good answer came any more: {seen:?}");
    }
    seen
}

fn wait(time: Duration) {
    let (_never, wait) = channel::<()>();
    assert_eq!(wait.recv_timeout(time), Err(RecvTimeoutError::Timeout));
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures of docs/operations.md")]
fn a_promoted_replica_goes_on_with_all_that_was_acknowledged() {
    let desk = Desk::new();
    let primary = Cluster::primary();
    let replica = Cluster::replica_of(&primary);
    primary.wait_for_replicas();
    let url = whichever(&primary, &replica);
    desk.district("d", 100, 0);
    desk.json(0, &format!("import d --yes --database {url}"));
    let app = desk.json(0, &format!("app add lms {WRITE} --database {url}"));
    let line = format!("serve --listen 127.0.0.1:0 --rate off --json --database {url}");
    let served = Served::start_for(desk.command(&line), Some(app));
    let users = served.address(Version::V1P2, "users?limit=5");
    let stop = AtomicBool::new(false);
    let (writes, reads) = std::thread::scope(|scope| {
        let writes = scope.spawn(|| {
            again(&stop, |n| {
                let body = json!({ "category": { "sourcedId": format!("cat-{n}"), "title": format!("Week {n}") } });
                let address = format!("{}/ims/oneroster/gradebook/v1p2/categories/cat-{n}", served.base);
                served.put(&address, &body).expect("the server lives")
            })
        });
        let reads = scope.spawn(|| again(&stop, |_| served.status(&users)));
        wait(Duration::from_secs(1));
        primary.kill();
        // Somebody, or something, has to notice first.
        wait(Duration::from_secs(1));
        replica.promote();
        wait(Duration::from_secs(2));
        stop.store(true, Ordering::Relaxed);
        (writes.join().unwrap(), reads.join().unwrap())
    });
    println!("writes: {:?}, reads: {:?}", (&writes.statuses, writes.silent), (&reads.statuses, reads.silent));
    for seen in [&writes, &reads] {
        let others: Vec<_> = seen.statuses.keys().filter(|status| **status >= 300 && **status != 503).collect();
        assert!(others.is_empty(), "only 503, to come again: {seen:?}");
        assert!(seen.statuses.contains_key(&503) && seen.silent < LONGEST, "{seen:?}");
    }
    let sql = "SELECT \"sourcedId\" FROM categories WHERE status = 0";
    let there: Vec<String> = replica.connect().query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    for n in &writes.good {
        assert!(there.contains(&format!("cat-{n}")), "cat-{n} was acknowledged and is gone");
    }
    desk.json(0, &format!("database check --database {url}"));
}

/// The URL of whichever of two is the primary.
fn whichever(one: &Cluster, other: &Cluster) -> String {
    let hosts = format!("{},{}", one.host(), other.host());
    format!("postgres://postgres@/postgres?host={hosts}&target_session_attrs=read-write&connect_timeout=2")
}

/// How many people there are, and since when.
fn roster(cluster: &Cluster) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM users WHERE status = 0), coalesce((SELECT max(published) FROM state), 0)";
    let row = cluster.connect().query_one(sql, &[]).unwrap();
    (row.get(0), row.get(1))
}

#[test]
fn an_import_under_which_the_primary_dies_leaves_nothing_and_can_be_done_again() {
    let desk = Desk::new();
    let days = ["first", "next"];
    desk.district(days[0], 100, 0);
    desk.district(days[1], 100, 3);
    let mut primary = Cluster::primary();
    desk.json(0, &format!("database migrate --database {}", primary.url()));
    for day in days {
        let replica = Cluster::replica_of(&primary);
        primary.wait_for_replicas();
        let url = whichever(&primary, &replica);
        let before = roster(&primary);
        // An import writes its totals last: there it has written everything else.
        let mut holder = primary.connect();
        holder.batch_execute("BEGIN; LOCK TABLE counts IN SHARE MODE").unwrap();
        let mut import = desk.start(&format!("import {day} --yes --database {url}"));
        let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'counts'::regclass AND NOT granted)";
        let mut eye = primary.connect();
        until(&mut import, || eye.query_one(waits, &[]).unwrap().get(0));
        primary.kill();
        replica.promote();
        assert_eq!(import.wait().unwrap().code(), Some(1), "{day}: it says that it was not done");
        assert_eq!(roster(&replica), before, "{day}: nothing of it is there");
        desk.json(0, &format!("database check --database {url}"));
        let done = desk.json(0, &format!("import {day} --yes --database {url}"));
        assert_eq!(done["state"], "applied", "{day}: {done}");
        assert!(roster(&replica).1 > before.1, "{day}");
        desk.json(0, &format!("database check --database {url}"));
        primary = replica;
    }
}
