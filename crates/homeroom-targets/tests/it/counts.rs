//! How many calls it takes: the bars of the design.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::Moodle;
use oneroster::at;
use oneroster::model::Kind;

#[test]
fn writing_calls_are_records_by_batch_and_a_constant() {
    takes_few_calls(1_000);
}

#[test]
fn so_they_are_for_ten_thousand_people() {
    takes_few_calls(10_000);
}

/// The constant is the same however many there are.
fn takes_few_calls(students: usize) {
    let (moodle, mut district) = (Moodle::new(), District::with("", students));
    let bench = Bench::new(&moodle, &district).set("courses", "course").set("cohorts", "school");
    bench.push();
    let asked = moodle.writes();
    let records: usize = asked.iter().map(|asked| asked.records).sum();
    // Accounts, enrolments, members of groups and cohorts.
    assert!(records >= 4 * students, "{records}");
    let functions: std::collections::BTreeSet<_> = asked.iter().map(|asked| asked.function.as_str()).collect();
    // One call of each function may not be full, and one of each level of the tree.
    assert!(asked.len() <= records / 100 + functions.len() + 3, "{} calls for {records}: {functions:?}", asked.len());
    assert!(asked.iter().all(|asked| asked.variables <= 910), "PHP would cut them");
    assert_eq!(bench.writes(), 0);
    for number in 0..students / 100 {
        district.get(Kind::User, &format!("u{:04}", number * 7)).set(at!(User.familyName), "Changed");
    }
    bench.import(&district);
    assert_eq!(bench.writes(), 1.max(students as u64 / 10_000), "one of a hundred: calls in proportion");
}
