//! Reads of a replica that lags, and what nobody is shown because of it.

use crate::cluster::Cluster;
use crate::district::{Bench, START, read, record, small};
use homeroom_store::gradebook::{Task, When, Write};
use homeroom_store::{DatabaseUrl, Read, Roster};
use oneroster::at;
use oneroster::grant::Bounds;
use oneroster::model::{Kind, Version};
use oneroster::time::{Date, Timestamp};

/// Where a read went, told by what each server counts of its own: reads of a
/// table of the roster.
fn scans(cluster: &Cluster) -> i64 {
    let mut client = cluster.connect();
    let sql = "SELECT coalesce(sum(seq_scan + idx_scan), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'users'";
    client.query_one(sql, &[]).unwrap().get(0)
}

struct Pair {
    primary: Cluster,
    replica: Cluster,
    url: DatabaseUrl,
}

impl Pair {
    fn new() -> Pair {
        let primary = Cluster::primary();
        let replica = Cluster::replica_of(&primary);
        let url = DatabaseUrl::parse(&primary.url()).unwrap().with("read_database", &replica.url()).unwrap();
        Pair { primary, replica, url }
    }

    fn pause(&self) {
        self.replica.connect().batch_execute("SELECT pg_wal_replay_pause()").unwrap();
        let sql = "SELECT pg_get_wal_replay_pause_state()";
        while self.replica.connect().query_one(sql, &[]).unwrap().get::<_, String>(0) != "paused" {
            std::thread::yield_now();
        }
    }

    /// Lets it go on, and waits until it has everything.
    fn catch_up(&self) {
        let mut replica = self.replica.connect();
        replica.batch_execute("SELECT CASE WHEN pg_is_wal_replay_paused() THEN pg_wal_replay_resume() END").unwrap();
        let end: String = self.primary.connect().query_one("SELECT pg_current_wal_lsn()::text", &[]).unwrap().get(0);
        let sql = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn";
        while !replica.query_one(sql, &[&end]).unwrap().get::<_, bool>(0) {
            std::thread::yield_now();
        }
    }

    /// How many reads of people the replica answers while something is done.
    fn by_the_replica(&self, act: impl FnOnce()) -> i64 {
        let flush = |client: &mut postgres::Client| {
            client.batch_execute("SELECT pg_stat_force_next_flush()").unwrap();
        };
        flush(&mut self.replica.connect());
        let before = scans(&self.replica);
        act();
        // What a session counted is told when it ends.
        let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'homeroom'";
        self.replica.connect().execute(end, &[]).unwrap();
        scans(&self.replica) - before
    }
}

fn people(roster: &Roster, ask: &Read<'_>) -> Vec<String> {
    let mut ids = Vec::new();
    roster.page(ask, &mut |row| ids.push(row.sourced_id.to_owned())).unwrap().unwrap();
    ids
}

#[test]
fn nobody_is_shown_less_than_stands_because_a_replica_lags() {
    let pair = Pair::new();
    let mut bench = Bench::at(pair.url.clone(), "default");
    bench.import("file", &small(10));
    pair.catch_up();
    let users = read(Kind::User, Version::V1P2);
    let all = people(&bench.roster, &users);
    assert!(pair.by_the_replica(|| assert_eq!(people(&bench.roster, &users), all)) > 0, "the replica answers");

    // Someone goes while the replica stands still.
    pair.pause();
    bench.import("file", &small(9));
    let fewer = people(&bench.roster, &users);
    assert_eq!(fewer.len() + 1, all.len());
    assert_eq!(pair.by_the_replica(|| assert_eq!(people(&bench.roster, &users), fewer)), 0, "the primary answers");
    pair.catch_up();
    assert!(pair.by_the_replica(|| assert_eq!(people(&bench.roster, &users), fewer)) > 0);

    // Grades do not hold up those who read people; a smaller view does.
    pair.pause();
    let category = record(Kind::Category, "cat", &[(at!(Category.title), "Quizzes")]);
    let task = Task::Put(Box::new(category));
    let (author, version, now) = ("lms".into(), Version::V1P2, Timestamp(START + 60_000));
    let write = Write { author, version, now, task, when: When::Always, unseen: Vec::new(), view: None };
    assert!(bench.roster.write(write).unwrap().is_ok());
    assert!(pair.by_the_replica(|| assert_eq!(people(&bench.roster, &users), fewer)) > 0);
    let categories = read(Kind::Category, Version::V1P2);
    assert_eq!(people(&bench.roster, &categories), ["cat"], "what was written is seen at once");
    pair.catch_up();
    let today = Date::parse("2026-09-01").unwrap();
    let wide = Bounds { schools: ["s".to_owned()].into(), ..Bounds::default() };
    let view = bench.roster.view("app", &wide, now, today).unwrap();
    pair.catch_up();
    let seen = Read { view, ..users.clone() };
    let before = people(&bench.roster, &seen);
    assert!(!before.is_empty());
    pair.pause();
    let nothing = Bounds { schools: ["nowhere".to_owned()].into(), ..Bounds::default() };
    let view = bench.roster.view("app", &nothing, Timestamp(now.0 + 1), today).unwrap();
    let seen = Read { view, ..users.clone() };
    assert_eq!(people(&bench.roster, &seen), Vec::<String>::new(), "what was withdrawn is not given");
    pair.catch_up();

    // One that is gone is done without.
    pair.replica.kill();
    assert_eq!(people(&bench.roster, &users), fewer);
}
