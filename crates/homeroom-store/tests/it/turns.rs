//! Turns that are lost: whoever had one writes nothing under it any more.

use crate::district::{Bench, Engine, START, run, seen, small};
use crate::server;
use homeroom_store::{DatabaseUrl, ErrorKind, Turn};
use oneroster::time::Timestamp;

on_both_engines!(a_turn_is_one_process_s);

fn a_turn_is_one_process_s(engine: Engine) {
    let bench = Bench::new(engine);
    let (url, tenant) = bench.place();
    let turn = Turn::take(url, tenant).unwrap().unwrap();
    assert!(Turn::take(url, tenant).unwrap().is_none());
    assert!(Turn::take_of(url, tenant, "grades").unwrap().is_some());
    // Whoever has it writes.
    let under = bench.roster.under(&turn);
    assert!(under.source("file").is_ok());
    under.set("x", "y", Some("1")).unwrap();
    drop(turn);
    assert!(Turn::take(url, tenant).unwrap().is_some());
}

#[test]
fn a_holder_that_was_cut_off_cannot_write() {
    let mut bench = Bench::new(Engine::Postgres);
    bench.import("file", &small(5));
    let (_, tenant) = bench.place();
    let url = DatabaseUrl::parse(&format!("{}&application_name=lost-{tenant}", server::text())).unwrap();
    let turn = Turn::take(&url, tenant).unwrap().unwrap();
    let under = bench.roster.under(&turn);
    let number = under.source("file").unwrap();
    let compared = bench.compare(number, &small(4));
    let late = run(number, &compared);
    // Its connection is cut; nobody has told it.
    let end = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1";
    let cut: i64 = server::connect().query_one(end, &[&format!("lost-{tenant}")]).unwrap().get(0);
    assert!(cut > 0);
    // As long as nobody has taken the turn, nothing is lost.
    under.set("x", "y", Some("1")).unwrap();
    let other = Turn::take(bench.place().0, tenant).unwrap().unwrap();
    let before = seen(&bench);
    for refused in [
        under.apply(compared, &late, Timestamp(START + 60_000)).map(drop),
        under.keep_run(&late).map(drop),
        under.set("x", "y", Some("2")),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        assert!(error.to_string().contains("turn was lost") || error.to_string().contains("held the turn"), "{error}");
    }
    assert_eq!(seen(&bench), before);
    // The one that has it now does the same work, once.
    let now = bench.roster.under(&other);
    let compared = bench.compare(number, &small(4));
    let again = run(number, &compared);
    now.apply(compared, &again, Timestamp(START + 60_000)).unwrap();
    assert_ne!(seen(&bench), before);
}
