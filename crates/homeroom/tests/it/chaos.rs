//! Every fault of the zoo by itself: a fetch through it ends with the roster that
//! there is, once into nothing and once more over it.

use super::desk::Desk;
use super::zoo::Animal;
use super::zoo_sources::{differences, exported, fetch, unsaid};
use oneroster_client::vendor::Vendor;
use std::fs::{self, File};

/// A fault by its word, and whether a fetch of what is known may be held by it.
const FAULTS: &[(&str, bool)] = &[
    ("429", false),
    ("500", false),
    ("expired", false),
    ("cut", false),
    ("repeated", true),
    ("shrunk", true),
    ("slow", false),
];

#[test]
fn no_fault_by_itself_costs_a_record() {
    let keeper = Desk::new();
    drop(Animal::start(&keeper, ""));
    let theirs = exported(&keeper, "--database sqlite:zoo.db", "1.2");
    let told = keeper.json(2, "demo --chaos --chaos-only none")["error"]["message"].as_str().unwrap().to_owned();
    assert!(FAULTS.iter().all(|(word, _)| told.contains(word)), "{told}");
    for (fault, may_hold) in FAULTS {
        let desk = Desk::new();
        let log = keeper.path(&format!("{fault}.log"));
        let faults = format!("--chaos --chaos-seed 5 --chaos-only {fault}");
        let animal = Animal::heard(&keeper, &faults, File::create(&log).unwrap().into());
        let met = || fs::read_to_string(&log).unwrap().matches("a fault is given").count();
        let (version, _) = fetch(&desk, &animal, Vendor::generic(), "--set page=200 --set tries=8");
        assert_eq!(version, "1.2");
        let first = met();
        assert!(first > 0, "{fault} was not met");
        assert_eq!(differences(&theirs, &exported(&desk, "", version)), unsaid("generic"), "{fault}");
        // Fetched once more, nothing goes; at worst it waits for somebody to look.
        let again = desk.run("source pull sis --yes --full --json");
        assert!(again.status == 0 || (*may_hold && again.status == 1), "{fault}: {again:?}");
        assert!(met() > first, "{fault} was not met again");
        assert_eq!(differences(&theirs, &exported(&desk, "", version)), unsaid("generic"), "{fault}, again");
    }
}
