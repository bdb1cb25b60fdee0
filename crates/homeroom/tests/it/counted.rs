//! Counts for reports, over several districts and as of an earlier day.

use super::desk::Desk;
use serde_json::Value;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.district("first", 300, 0);
    desk.district("second", 300, 1);
    desk.json(0, "import first --yes");
    desk.json(0, "tenant add north");
    desk.json(0, "import second --yes --tenant north");
    desk
}

fn lines(told: &Value, deep: usize) -> Vec<&Value> {
    let all = told["counts"].as_array().unwrap().iter();
    all.filter(|line| line["by"].as_object().unwrap().len() == deep).collect()
}

#[test]
fn students_are_counted_once_in_every_line() {
    let desk = desk();
    let told = desk.json(0, "report counts --by district,school,grade --least 0");
    let students = |tenant: &str| desk.json(0, &format!("get students --tenant {tenant}"))["found"].as_u64().unwrap();
    let districts = lines(&told, 1);
    for (line, tenant) in districts.iter().zip(["default", "north"]) {
        assert_eq!(line["by"]["district"], tenant);
        assert_eq!(line["count"].as_u64().unwrap(), students(tenant), "{line}");
    }
    let sum = |deep| lines(&told, deep).iter().map(|line| line["count"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(lines(&told, 0)[0]["count"].as_u64().unwrap(), sum(1));
    // Whoever is in two schools is counted in each, and once in their district.
    assert!(sum(2) >= sum(1) && sum(3) >= sum(2));
    assert!(lines(&told, 3).iter().all(|line| line["by"]["school"]["sourcedId"].is_string()), "{told}");
}

#[test]
fn small_numbers_are_withheld_and_said_to_be() {
    let desk = desk();
    let ran = desk.run("report counts --by school,grade,sex --least 40");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("school") && ran.stdout.contains("  *\n"), "{}", ran.stdout);
    assert!(ran.stderr.contains("* is withheld: a number below 40"), "{}", ran.stderr);
    let told = desk.json(0, "report counts --by school,grade,sex --least 40");
    let shown = told["counts"].as_array().unwrap().iter().filter_map(|line| line["count"].as_u64());
    assert!(shown.min().unwrap() >= 40, "{told}");
    let csv = desk.run("report counts --by school --of classes --format csv");
    assert!(csv.stdout.starts_with("school,classes\r\nall,"), "{}", csv.stdout);
}

#[test]
fn an_earlier_day_is_counted_as_it_was() {
    let desk = desk();
    let before = desk.json(0, "report counts --by school --least 0");
    let at = before["as_of"]["default"].as_str().unwrap().to_owned();
    desk.json(0, "import second --yes --max-removed 100");
    let of_then = desk.json(0, &format!("report counts --by school --least 0 --as-of {at}"));
    assert_eq!(of_then["counts"], before["counts"]);
    let never = desk.json(1, "report counts --by district --as-of 2001-01-01");
    assert!(never["error"]["message"].as_str().unwrap().starts_with("default: the history"), "{never}");
}

#[test]
fn a_district_that_joined_later_had_nobody_before() {
    let desk = Desk::new();
    desk.district("first", 100, 0);
    desk.json(0, "import first --yes");
    let before = desk.json(0, "report counts --by district,school --least 0");
    let at = before["as_of"]["default"].as_str().unwrap().to_owned();
    for tenant in ["empty", "north"] {
        desk.json(0, &format!("tenant add {tenant}"));
    }
    desk.json(0, "import first --yes --tenant north");
    let then = desk.json(0, &format!("report counts --by district,school --least 0 --as-of {at}"));
    assert_eq!(then["counts"], before["counts"]);
    assert_eq!((&then["as_of"]["default"], &then["as_of"]["north"]), (&at.clone().into(), &Value::Null));
    let told = desk.run(&format!("report counts --by district --as-of {at}"));
    assert!(told.stderr.contains("Nothing had come in yet of empty, north."), "{}", told.stderr);
    // Asked of that one alone, it is said.
    desk.json(1, &format!("report counts --by school --as-of {at} --tenant north"));
}

#[test]
fn what_cannot_be_counted_is_said() {
    let desk = desk();
    let wrong = desk.json(2, "report counts --by shoe");
    assert!(wrong["error"]["message"].as_str().unwrap().contains("nothing is counted by shoe"), "{wrong}");
    let unfit = desk.json(2, "report counts --by sex --of classes");
    assert_eq!(unfit["error"]["message"], "classes are not counted by sex");
    let by_course = desk.json(0, "report counts --by course,term,role --of enrollments --least 0");
    assert!(lines(&by_course, 3).len() > 4, "{by_course}");
}
