//! How many calls it takes: the bars of the design.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::Moodle;
use oneroster::at;
use oneroster::model::Kind;

const STUDENTS: usize = 1_000;

#[test]
fn writing_calls_are_records_by_batch_and_a_constant() {
    let (moodle, mut district) = (Moodle::new(), District::with("", STUDENTS));
    let bench = Bench::new(&moodle, &district).set("courses", "course").set("cohorts", "school");
    bench.push();
    let asked = moodle.writes();
    let records: usize = asked.iter().map(|asked| asked.records).sum();
    // Accounts, enrolments, members of groups and cohorts.
    assert!(records >= 4 * STUDENTS, "{records}");
    let functions: std::collections::BTreeSet<_> = asked.iter().map(|asked| asked.function.as_str()).collect();
    // One call of each function may not be full, and one of each level of the tree.
    assert!(asked.len() <= records / 100 + functions.len() + 3, "{} calls for {records}: {functions:?}", asked.len());
    assert!(asked.iter().all(|asked| asked.variables <= 910), "PHP would cut them");
    assert_eq!(bench.writes(), 0);
    for number in 0..STUDENTS / 100 {
        district.get(Kind::User, &format!("u{:04}", number * 7)).set(at!(User.familyName), "Changed");
    }
    bench.import(&district);
    assert_eq!(bench.writes(), 1, "ten of a thousand fit in one call");
}
