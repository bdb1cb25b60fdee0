//! What is long is not held in memory: the server waits until we have taken what
//! it sent.

use crate::district::{Bench, read, record};
use crate::server::{self, Database};
use homeroom_store::{DatabaseUrl, Which};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;

/// More than sockets and buffers hold: 20 MB.
const COURSES: usize = 10_000;

fn courses() -> Vec<Record> {
    let title = "x".repeat(1_000);
    let mut all = vec![record(Kind::Org, "s", &[(at!(Org.name), "School"), (at!(Org.type), "school")])];
    let course = |n| record(Kind::Course, &format!("co{n:05}"), &[(at!(Course.title), &title), (at!(Course.org), "s")]);
    all.extend((0..COURSES).map(course));
    all
}

/// Waits until the server waits for one of our sessions to take more.
fn waits(name: &str) {
    let sql =
        "SELECT coalesce(wait_event, '') FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%courses%'";
    let mut eye = server::connect();
    loop {
        let waits: Vec<String> = eye.query(sql, &[&name]).unwrap().iter().map(|row| row.get(0)).collect();
        // A session that waits to be asked has sent all, and we hold it.
        assert!(!waits.is_empty() && !waits.iter().all(|wait| wait == "ClientRead"), "{waits:?}");
        if waits.iter().any(|wait| wait == "ClientWrite") {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_server_waits_for_who_reads_a_long_collection() {
    let (database, name) = (Database::new(), "streams");
    let url = DatabaseUrl::parse(&format!("{}&application_name={name}", database.text())).unwrap();
    let mut bench = Bench::at(url, "default");
    bench.import("file", &courses());
    let mut export = bench.roster.export(None).unwrap();
    let mut rows = 0;
    let taken = export.rows(Kind::Course, Which::Live, None, &mut |_| {
        if rows == 0 {
            // Some thousands were asked for, and the others are still there.
            let sql =
                "SELECT query FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle in transaction'";
            let asked: Vec<String> =
                server::connect().query(sql, &[&name]).unwrap().iter().map(|row| row.get(0)).collect();
            assert!(asked.iter().any(|query| query.starts_with("FETCH FORWARD 5000 ")), "{asked:?}");
        }
        rows += 1;
        true
    });
    taken.unwrap();
    assert_eq!(rows, COURSES);
    // Whoever has enough ends it.
    export.rows(Kind::Course, Which::Live, None, &mut |_| false).unwrap();
    assert_eq!(export.count(Kind::Course, Which::Live).unwrap(), COURSES as u64);
    drop(export);
    let mut rows = 0;
    let page = bench.roster.page(&read(Kind::Course, Version::V1P2), &mut |_| {
        if rows == 0 {
            waits(name);
        }
        rows += 1;
    });
    assert_eq!((rows, page.unwrap().unwrap().given as usize), (COURSES, COURSES));
}
