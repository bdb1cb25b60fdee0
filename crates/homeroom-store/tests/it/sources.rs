//! What is known of sources that are fetched.

use crate::district::{Bench, Engine};
use homeroom_store::{Feed, Turn};
use oneroster::time::Timestamp;

on_both_engines!(a_source_is_kept_changed_and_forgotten, one_process_at_a_time_has_a_turn_of_each_kind);

fn feed(name: &str) -> Feed {
    Feed {
        name: name.to_owned(),
        kind: "csv".to_owned(),
        settings: [("path".to_owned(), "/srv/Zoë's".to_owned())].into(),
        sealed: None,
        state: "{}".to_owned(),
        created: Timestamp(7),
    }
}

fn a_source_is_kept_changed_and_forgotten(engine: Engine) {
    let bench = Bench::new(engine);
    let (mut north, south) = (feed("north"), feed("south"));
    bench.roster.keep_feed(&south).unwrap();
    bench.roster.keep_feed(&north).unwrap();
    assert_eq!(bench.roster.feeds().unwrap(), [north.clone(), south.clone()]);
    north.sealed = Some(vec![0, 255, 7]);
    north.settings.insert("schedule".to_owned(), "0 2 * * *".to_owned());
    bench.roster.keep_feed(&Feed { created: Timestamp(9), ..north.clone() }).unwrap();
    assert!(bench.roster.keep_feed_state("north", "{\"seen\":1}").unwrap());
    assert!(!bench.roster.keep_feed_state("west", "{}").unwrap());
    north.state = "{\"seen\":1}".to_owned();
    // What came first says when it was added.
    assert_eq!(bench.again().feeds().unwrap(), [north, south]);
    assert!(bench.roster.remove_feed("south").unwrap());
    assert!(!bench.roster.remove_feed("south").unwrap());
    assert_eq!(bench.roster.feeds().unwrap().len(), 1);
}

fn one_process_at_a_time_has_a_turn_of_each_kind(engine: Engine) {
    let bench = Bench::new(engine);
    let (url, tenant) = bench.place();
    let held = Turn::take_of(url, tenant, "pull-north").unwrap().unwrap();
    assert!(Turn::take_of(url, tenant, "pull-north").unwrap().is_none());
    assert!(Turn::take_of(url, tenant, "pull-south").unwrap().is_some());
    assert!(Turn::take(url, tenant).unwrap().is_some());
    drop(held);
    assert!(Turn::take_of(url, tenant, "pull-north").unwrap().is_some());
}
