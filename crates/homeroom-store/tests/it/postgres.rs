//! What only a server can do to us.

use crate::district::{Bench, Engine, START, read, record, run, small};
use crate::server::{self, Database};
use homeroom_store::{DatabaseUrl, ErrorKind, Feed, Found, Read, Roster, Target, Tenants};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;

fn total(roster: &Roster, kind: Kind) -> u64 {
    roster.page(&read(kind, Version::V1P2), &mut |_| ()).unwrap().unwrap().total
}

#[test]
fn tenants_of_one_database_do_not_see_each_other() {
    let [mut one, mut other] = [Bench::new(Engine::Postgres), Bench::new(Engine::Postgres)];
    one.import("file", &small(5));
    assert_eq!(total(&other.roster, Kind::User), 0);
    let users = read(Kind::User, Version::V1P2);
    assert_eq!(other.roster.one(&users, "u001", &mut |_| ()).unwrap(), Found::No);
    other.import("file", &small(3));
    // The same identifiers, and changes of one that leave the other alone.
    one.import("file", &small(4));
    assert_eq!((total(&one.roster, Kind::User), total(&other.roster, Kind::User)), (6, 5));
    // Each counts its own sources.
    let second = one.roster.source("second").unwrap();
    assert_eq!(other.roster.source_name(second).unwrap(), None);
    assert_eq!(other.roster.source("another").unwrap(), second);
    assert_eq!(one.roster.source_name(second).unwrap().as_deref(), Some("second"));
}

#[test]
fn two_processes_may_open_a_new_database_at_once() {
    let database = Database::new();
    let url = database.url();
    let rosters = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Roster::open(&url).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let numbers: Vec<u32> = rosters.iter().map(|roster| roster.source("file").unwrap()).collect();
    assert!(numbers.iter().all(|number| *number == numbers[0]), "one tenant, one source: {numbers:?}");
}

#[test]
fn reads_go_on_while_the_first_load_of_all_holds_the_tables() {
    let database = Database::new();
    let roster = Roster::open(&database.url()).unwrap();
    let indexes = || -> Vec<String> {
        let mut client = postgres::Client::connect(&database.text(), postgres::NoTls).unwrap();
        let rows = client.query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1", &[]);
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let before = indexes();
    let number = roster.source("file").unwrap();
    for wanted in [false, true] {
        let (mut intake, load) = roster.first_load(number, Timestamp(5)).unwrap().unwrap();
        intake.begin(Kind::Org, 0, Box::new(|_| false)).unwrap();
        for n in 0..5_000 {
            intake.push(&mut record(Kind::Org, &format!("o{n}"), &[(at!(Org.name), "School")])).unwrap();
        }
        // Another process reads, and is told of nothing yet.
        let other = Roster::open(&database.url()).unwrap();
        assert_eq!(total(&other, Kind::Org), 0);
        let orgs = read(Kind::Org, Version::V1P2);
        assert_eq!(other.one(&orgs, "o1", &mut |_| ()).unwrap(), Found::No);
        intake.end(Kind::Org).unwrap();
        let compared = intake.finish().unwrap();
        load.end(wanted.then(|| run(number, &compared))).unwrap();
        assert_eq!(total(&other, Kind::Org), if wanted { 5_000 } else { 0 });
        assert_eq!(indexes(), before);
    }
}

#[test]
fn reads_go_on_while_a_later_run_is_compared_and_written() {
    let mut bench = Bench::new(Engine::Postgres);
    let mut district = small(40);
    bench.import("file", &district);
    let number = bench.roster.source("file").unwrap();
    let begun = bench.roster.compare(number, true).unwrap();
    district.retain(|r| r.sourced_id != "u003");
    bench.import("file", &district);
    assert_eq!(total(&bench.again(), Kind::User), 41);
    // What was begun before compares with the version of its beginning.
    let compared = begun.finish().unwrap();
    let late = run(number, &compared);
    assert_eq!(bench.roster.apply(compared, &late, Timestamp(5)).unwrap_err().kind(), ErrorKind::Busy);
}

#[test]
fn a_broken_connection_is_made_anew() {
    let name = server::tenant();
    let url = DatabaseUrl::parse(&format!("{}&application_name={name}", server::text())).unwrap();
    let roster = Roster::open_tenant(&url, &name).unwrap();
    assert_eq!(total(&roster, Kind::User), 0);
    let end = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1";
    let ended: i64 = server::connect().query_one(end, &[&name]).unwrap().get(0);
    assert_eq!(ended, 1);
    assert_eq!(total(&roster, Kind::User), 0);
}

#[test]
fn a_load_that_is_killed_leaves_nothing() {
    let name = server::tenant();
    let url = DatabaseUrl::parse(&format!("{}&application_name={name}", server::text())).unwrap();
    let roster = Roster::open_tenant(&url, &name).unwrap();
    let number = roster.source("file").unwrap();
    let (mut intake, load) = roster.first_load(number, Timestamp(5)).unwrap().unwrap();
    intake.begin(Kind::Org, 0, Box::new(|_| false)).unwrap();
    for n in 0..20_000 {
        intake.push(&mut record(Kind::Org, &format!("o{n}"), &[(at!(Org.name), "School")])).unwrap();
    }
    intake.end(Kind::Org).unwrap();
    let end = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1";
    server::connect().query_one(end, &[&name]).unwrap();
    // Either side may be the first to notice.
    if let Ok(compared) = intake.finish() {
        assert!(load.end(Some(run(number, &compared))).is_err());
    } else {
        assert!(load.end(None).is_ok_and(|written| written.is_none()));
    }
    assert_eq!((total(&roster, Kind::Org), roster.published().unwrap().at), (0, None));
    assert!(roster.first_load(number, Timestamp(5)).unwrap().is_some());
}

#[test]
fn the_character_that_postgresql_cannot_hold_is_refused_or_found_nowhere() {
    let mut bench = Bench::new(Engine::Postgres);
    let district = small(3);
    bench.import("file", &district);
    let number = bench.roster.source("file").unwrap();
    let in_metadata = |record: &mut Record| record.push_pair(at!(Org.metadata), "k", "\"a\\u0000\"");
    let in_name = |record: &mut Record| record.set(at!(Org.name), "a\0b");
    for spoil in [&in_metadata as &dyn Fn(&mut Record), &in_name] {
        let mut spoilt = district.clone();
        spoil(&mut spoilt[0]);
        let compared = bench.compare(number, &spoilt);
        let kept = run(number, &compared);
        let refused = bench.roster.apply(compared, &kept, Timestamp(5)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
    }
    let users = read(Kind::User, Version::V1P2);
    assert_eq!(bench.roster.one(&users, "u00\0", &mut |_| ()).unwrap(), Found::No);
}

#[test]
fn tables_of_a_later_program_are_used_as_long_as_it_only_added() {
    let database = Database::new();
    let url = database.url();
    let bench = Bench::at(url.clone(), "default");
    let behind = |sql: &str| {
        postgres::Client::connect(&database.text(), postgres::NoTls).unwrap().batch_execute(sql).unwrap();
    };
    // As a later program would: what it adds has its wall, and ours goes on.
    behind(
        "CREATE TABLE later (tenant bigint); ALTER TABLE later ENABLE ROW LEVEL SECURITY; \
         ALTER TABLE later FORCE ROW LEVEL SECURITY; ALTER TABLE users ADD COLUMN later bigint; \
         ALTER TABLE users_history ADD COLUMN later bigint; \
         INSERT INTO refinery_schema_history VALUES (999, 'later', '2026-11-22T00:00:00Z', '1')",
    );
    drop(bench);
    let mut bench = Bench::at(url.clone(), "default");
    bench.import("file", &small(5));
    bench.import("file", &small(4));
    assert_eq!(total(&bench.roster, Kind::User), 6);
    let tables = homeroom_store::migrations(&url).unwrap().remove(0);
    assert_eq!((tables.unknown, tables.compatible), (vec!["V999__later".to_owned()], true));
    behind("UPDATE compatible SET since = 999");
    drop(bench);
    let error = Roster::open(&url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unusable);
    assert!(error.to_string().contains("V999__later"), "{error}");
}

#[test]
fn a_request_that_takes_too_long_is_ended_and_an_import_goes_on() {
    let database = Database::new();
    for more in ["", "&pool_mode=transaction"] {
        let url = DatabaseUrl::parse(&format!("{}&read_timeout=1{more}", database.text())).unwrap();
        let mut bench = Bench::at(url.clone(), "default");
        bench.import("file", &small(5));
        let reader = Roster::open_tenant(&url, "default").unwrap();
        let mut other = postgres::Client::connect(&server::admin(&database.text()), postgres::NoTls).unwrap();
        let mut holds = other.transaction().unwrap();
        holds.batch_execute("LOCK TABLE enrollments IN ACCESS EXCLUSIVE MODE").unwrap();
        std::thread::scope(|scope| {
            let import = scope.spawn(|| bench.import("file", &small(4)));
            let error = reader.page(&read(Kind::Enrollment, Version::V1P2), &mut |_| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Busy);
            assert!(error.to_string().contains("took too long"), "{error}");
            holds.rollback().unwrap();
            import.join().unwrap();
        });
        assert_eq!(total(&reader, Kind::User), 6);
        bench.import("file", &small(5));
    }
}

#[test]
fn what_cannot_be_used_is_said() {
    let latin = Database::like("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'");
    let error = Roster::open(&latin.url()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unusable);
    assert!(error.to_string().contains("UTF8"), "{error}");

    let missing = DatabaseUrl::parse(&server::url_of("homeroom_test_nowhere")).unwrap();
    let error = Roster::open(&missing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unusable);
    assert!(error.to_string().contains("no such PostgreSQL database"), "{error}");

    let nobody = DatabaseUrl::parse("postgres://me:s3cret@127.0.0.1:1/x").unwrap();
    let error = Roster::open(&nobody).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unusable);
    assert!(!format!("{error:?} {nobody:?} {nobody}").contains("s3cret"));
}

#[test]
fn whoever_counts_offsets_is_given_one_version_by_whichever_node() {
    let database = Database::new();
    let node = |name: &str| {
        let url = format!("{}&application_name={name}", database.text());
        Bench::at(DatabaseUrl::parse(&url).unwrap(), "default")
    };
    let mut nodes = [node("one"), node("two"), node("three")];
    nodes[0].import("file", &small(30));
    let ask = |offset| Read { limit: 7, offset, ..read(Kind::User, Version::V1P2) };
    let (whole, _) = nodes[0].ids(&Read { limit: 100, ..ask(0) });
    let mut pulled = Vec::new();
    for round in 0.. {
        let (ids, page) = nodes[round % 3].ids(&ask(pulled.len() as u64));
        assert_eq!(page.total, whole.len() as u64, "one version to its end");
        pulled.extend(ids);
        if page.next.is_none() {
            break;
        }
        // Meanwhile people leave, from the front.
        let district: Vec<Record> =
            small(30).into_iter().filter(|record| !whole[..round + 1].contains(&record.sourced_id)).collect();
        nodes[1].import("file", &district);
    }
    assert_eq!(pulled, whole);
    // Another caller is given what stands.
    let (_, page) = nodes[2].ids(&Read { caller: 2, ..ask(7) });
    assert!(page.total < whole.len() as u64);
    nodes.iter().for_each(Bench::unchecked);
}

#[test]
fn more_readers_than_connections_wait_for_each_other() {
    let mut bench = Bench::new(Engine::Postgres);
    bench.import("file", &small(20));
    let ask = Read { limit: 5, ..read(Kind::User, Version::V1P2) };
    std::thread::scope(|scope| {
        for _ in 0..48 {
            scope.spawn(|| assert_eq!(bench.ids(&ask).0.len(), 5));
        }
    });
}

/// What docs/scale.md says of a database that is distributed by district: every
/// key of a table that has its number holds it, and nothing points out of it.
#[test]
fn every_key_and_reference_of_a_district_holds_its_number() {
    let database = Database::new();
    let _roster = Roster::open(&database.url()).unwrap();
    let mut client = postgres::Client::connect(&database.text(), postgres::NoTls).unwrap();
    let tenant = "pg_attribute AS a WHERE a.attname = 'tenant' AND a.atttypid = 'bigint'::regtype AND a.attrelid";
    let keys = format!(
        "SELECT i.indexrelid::regclass::text FROM pg_index AS i, {tenant} = i.indrelid AND i.indisunique \
         AND NOT a.attnum = ANY (i.indkey)"
    );
    let references = format!(
        "SELECT c.conname::text FROM pg_constraint AS c, {tenant} = c.conrelid AND c.contype = 'f' \
         AND NOT a.attnum = ANY (c.conkey)"
    );
    let tables = format!("SELECT c.relname::text FROM pg_class AS c, {tenant} = c.oid AND c.relkind = 'r'");
    let mut named =
        |sql: &str| -> Vec<String> { client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect() };
    assert_eq!((named(&keys), named(&references)), (Vec::new(), Vec::new()));
    assert!(named(&tables).len() > 50, "the tables of records, of runs and of views have it");
}

#[test]
fn districts_for_which_something_is_done_are_told_at_once() {
    let database = Database::new();
    let url = database.url();
    let tenants = Tenants::of(&url);
    for name in ["idle", "fetched", "carried"] {
        tenants.add(name).unwrap();
    }
    assert_eq!(tenants.busy().unwrap(), [""; 0]);
    let feed = Feed {
        name: "sis".into(),
        kind: "csv".into(),
        settings: [].into(),
        sealed: None,
        state: "{}".into(),
        created: Timestamp(START),
    };
    Roster::open_tenant(&url, "fetched").unwrap().keep_feed(&feed).unwrap();
    assert_eq!(tenants.busy().unwrap(), ["fetched"]);
    let target = Target {
        name: "out".into(),
        kind: "sds".into(),
        settings: "{}".into(),
        sealed: Vec::new(),
        created: Timestamp(START),
        pushed: None,
        state: "{}".into(),
    };
    Roster::open_tenant(&url, "carried").unwrap().add_target(&target).unwrap();
    assert_eq!(tenants.busy().unwrap(), ["fetched", "carried"]);
    assert_eq!(tenants.with_home_of_grades().unwrap(), [""; 0]);
    let home = Feed { settings: [("grades".to_owned(), "home".to_owned())].into(), ..feed };
    Roster::open_tenant(&url, "fetched").unwrap().keep_feed(&home).unwrap();
    assert_eq!(tenants.with_home_of_grades().unwrap(), ["fetched"]);
    // Whoever asked sees nothing of them afterwards.
    assert_eq!(Roster::open_tenant(&url, "idle").unwrap().feeds().unwrap(), []);
}
