//! Grades of a Moodle, read as results of mapped line items, and on their way
//! home like those of applications.

use super::desk::Desk;
use super::moodle::{Item, Moodle, TOKEN};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// 2026-09-21T12:53:20Z, in seconds.
const DAY: i64 = 1_790_000_000;

/// A district that was carried to a Moodle, with the number of a course there,
/// its class, and two of its students.
struct Ground {
    desk: Desk,
    moodle: Moodle,
    course: i64,
    class: String,
    students: Vec<(i64, String)>,
}

fn ground(settings: &str) -> Ground {
    let (moodle, desk) = (Moodle::new(), Desk::new());
    desk.district("d", 120, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    let school = orgs.rows.iter().find(|row| row[kind] == "school").unwrap()[id].clone();
    fs::write(desk.path("token"), format!("{TOKEN}\n")).unwrap();
    let url = moodle.url();
    desk.json(0, &format!("target add lms --kind moodle --url {url} --token-file token --school {school} {settings}"));
    desk.json(0, "target push lms");
    let enrollments = desk.table("d", "enrollments.csv");
    let [class, user, role] = ["classSourcedId", "userSourcedId", "role"].map(|name| enrollments.column(name));
    let (course, class, students) = {
        let inner = moodle.inner();
        let site = &inner.site;
        let taught =
            |of: &str| site.course(of).or_else(|| site.courses.iter().find(|(id, _)| **id > 1).map(|(id, c)| (*id, c)));
        let first = enrollments
            .rows
            .iter()
            .find(|row| {
                row[role] == "student"
                    && site.user(&row[user]).is_some()
                    && (site.course(&row[class]).is_some() || site.group(&row[class]).is_some())
            })
            .unwrap();
        let named = first[class].clone();
        let course = site.group(&named).map_or_else(|| taught(&named).unwrap().0, |group| group.course);
        let of_class = enrollments.rows.iter().filter(|row| row[class] == named && row[role] == "student");
        let students = of_class.filter_map(|row| Some((site.user(&row[user])?.0, row[user].clone()))).collect();
        (course, named, students)
    };
    Ground { desk, moodle, course, class, students }
}

impl Ground {
    /// Lets something be graded.
    fn item(&self, id: i64, name: &str, kind: &'static str, grades: &[(usize, f64, Option<i64>)]) {
        let grades: BTreeMap<_, _> =
            grades.iter().map(|(at, grade, on)| (self.students[*at].0, (*grade, *on))).collect();
        let (course, name, most) = (self.course, name.to_owned(), 20.0);
        self.moodle.inner().site.items.insert(id, Item { course, name, kind, most, grades });
    }

    fn results(&self) -> Vec<Value> {
        let _ = fs::remove_dir_all(self.desk.path("out"));
        self.desk.json(0, "export out --oneroster 1.2");
        if !self.desk.path("out/results.csv").exists() {
            return Vec::new();
        }
        let table = self.desk.table("out", "results.csv");
        let [student, score, on] = ["studentSourcedId", "score", "scoreDate"].map(|name| table.column(name));
        let mut all: Vec<Value> =
            table.rows.iter().map(|row| json!([row[student], row[score].parse::<f64>().unwrap(), row[on]])).collect();
        all.sort_by_key(Value::to_string);
        all
    }

    fn told(&self, student: usize, score: f64, on: &str) -> Value {
        json!([self.students[student].1, score, on])
    }
}

fn moved(document: &Value, of: &str) -> [u64; 3] {
    ["added", "changed", "removed"].map(|word| document["plan"][of][word].as_u64().unwrap_or_default())
}

#[test]
fn grades_become_results_of_the_classes() {
    let ground = ground("--set grades=yes");
    let desk = &ground.desk;
    ground.item(71, "Essay <b>", "mod", &[(0, 17.5, Some(DAY)), (1, 12.0, None)]);
    ground.item(72, "", "course", &[(0, 87.5, None)]);
    ground.item(73, "Oral", "manual", &[]);
    let dry = desk.json(0, "grades pull --target lms --dry-run");
    assert_eq!(
        (dry["state"].as_str(), &dry["run"], ground.results()),
        (Some("planned"), &Value::Null, Vec::new()),
        "{dry}"
    );
    let first = desk.json(0, "grades pull --target lms --yes");
    assert_eq!((first["state"].as_str(), first["source"].as_str()), (Some("applied"), Some("lms-grades")), "{first}");
    assert_eq!(
        (moved(&first, "categories"), moved(&first, "lineItems"), moved(&first, "results")),
        ([1, 0, 0], [2, 0, 0], [2, 0, 0])
    );
    assert_eq!(first["findings"]["error"], 0, "{first}");
    let today = ground.results().iter().find(|row| row[0] == ground.students[1].1.as_str()).unwrap()[2].clone();
    let mut wanted = vec![ground.told(0, 17.5, "2026-09-21"), ground.told(1, 12.0, today.as_str().unwrap())];
    wanted.sort_by_key(Value::to_string);
    assert_eq!(ground.results(), wanted);
    let items = desk.table("out", "lineItems.csv");
    let [title, class, most] = ["title", "classSourcedId", "resultValueMax"].map(|name| items.column(name));
    assert!(
        items.rows.iter().all(|row| row[class] == ground.class && row[most].parse::<f64>() == Ok(20.0)),
        "{:?}",
        items.rows
    );
    assert!(items.rows.iter().any(|row| row[title] == "Essay <b>"));
    // What has not changed writes nothing, not even a run.
    let again = desk.json(0, "grades pull --target lms --yes");
    assert_eq!((again["state"].as_str(), &again["run"]), (Some("nothing"), &Value::Null), "{again}");
    // A grade is another one, one is taken back, and a run of it can be taken back, too.
    ground.item(71, "Essay <b>", "mod", &[(0, 18.0, Some(DAY))]);
    let second = desk.json(0, "grades pull --target lms --yes");
    assert_eq!(
        (moved(&second, "results"), ground.results()),
        ([0, 1, 1], vec![ground.told(0, 18.0, "2026-09-21")]),
        "{second}"
    );
    desk.json(0, &format!("runs undo {}", second["run"]));
    assert_eq!(ground.results(), wanted);
    // A course that cannot be read loses nothing.
    ground.moodle.inner().site.blind.insert(ground.course);
    let blind = desk.json(0, "grades pull --target lms --yes");
    assert!(blind["notes"].to_string().contains("could not be read, and loses nothing"), "{blind}");
    assert_eq!(ground.results(), wanted);
}

#[test]
fn what_moodle_does_not_tell_is_not_gone() {
    let ground = ground("--set grades=yes");
    let desk = &ground.desk;
    ground.item(71, "Essay", "mod", &[(0, 17.5, Some(DAY)), (1, 12.0, Some(DAY))]);
    desk.json(0, "grades pull --target lms --yes");
    let both = ground.results();
    assert_eq!(both.len(), 2);
    let shut = |student: usize| {
        let of = (ground.course, ground.students[student].0);
        ground.moodle.inner().site.enrolments.get_mut(&of).unwrap().suspended = true;
    };
    // Of whoever may not go in any more it tells nothing; of the others it does.
    shut(0);
    let none = desk.json(0, "grades pull --target lms --yes");
    assert_eq!((none["state"].as_str(), ground.results()), (Some("nothing"), both), "{none}");
    ground.item(71, "Essay", "mod", &[(0, 17.5, Some(DAY))]);
    let one = desk.json(0, "grades pull --target lms --yes");
    assert_eq!((moved(&one, "results"), moved(&one, "lineItems")), ([0, 0, 1], [0, 0, 0]), "{one}");
    let left = vec![ground.told(0, 17.5, "2026-09-21")];
    assert_eq!(ground.results(), left);
    // Nor does it name what was graded where nobody may go in.
    (1..ground.students.len()).for_each(shut);
    desk.json(0, "grades pull --target lms --yes");
    assert_eq!(ground.results(), left);
    // A column that a course does not show is told, and loses nothing.
    ground.moodle.inner().site.enrolments.values_mut().for_each(|one| one.suspended = false);
    ground.moodle.inner().site.rangeless.insert(ground.course);
    let told = desk.json(0, "grades pull --target lms --yes");
    assert!(told["notes"].to_string().contains("User report"), "{told}");
    assert_eq!(ground.results(), left);
    // What is gone is gone, and so is all of whoever left the roster.
    ground.moodle.inner().site.rangeless.clear();
    ground.moodle.inner().site.items.clear();
    desk.json(0, "grades pull --target lms --yes");
    assert_eq!(ground.results(), Vec::<Value>::new());
}

#[test]
fn totals_and_percent_are_as_the_settings_say_in_shared_courses_too() {
    let ground = ground("--set grades=yes --set courses=course --set grade-items=total --set grade-as=percent");
    ground.item(71, "Essay", "mod", &[(0, 17.5, Some(DAY))]);
    ground.item(72, "", "course", &[(0, 15.0, Some(DAY))]);
    let first = ground.desk.json(0, "grades pull --target lms --yes");
    assert_eq!((first["state"].as_str(), moved(&first, "results")), (Some("applied"), [1, 0, 0]), "{first}");
    assert_eq!(ground.results(), [ground.told(0, 75.0, "2026-09-21")]);
    let items = ground.desk.table("out", "lineItems.csv");
    let [class, most, title] = ["classSourcedId", "resultValueMax", "title"].map(|name| items.column(name));
    let own = items.rows.iter().find(|row| row[class] == ground.class).unwrap();
    assert_eq!((own[most].parse::<f64>(), own[title].as_str()), (Ok(100.0), "Course total"));
}

#[test]
fn they_are_read_only_if_that_is_set_and_go_home_if_there_is_one() {
    let ground = ground("");
    let desk = &ground.desk;
    ground.item(71, "Essay", "mod", &[(0, 17.5, Some(DAY))]);
    let told = desk.json(1, "grades pull --target lms");
    assert!(told["error"]["hint"].as_str().unwrap().contains("grades=yes"), "{told}");
    assert_eq!(desk.json(1, "grades pull --target other")["error"]["code"], "not_found");
    assert!(
        desk.json(2, "target edit lms --set grades-every=1s")["error"]["message"].as_str().unwrap().contains("5min")
    );
    desk.json(0, "target edit lms --set grades=yes");
    // Without a yes it waits, as any run.
    let waits = desk.json(1, "grades pull --target lms");
    assert_eq!(waits["state"], "planned", "{waits}");
    desk.json(0, "source add sis --kind oneroster --url http://127.0.0.1:9 --set grades=home");
    let done = desk.json(0, "grades pull --target lms --yes");
    assert_eq!(done["state"], "applied", "{done}");
    let list = desk.json(0, "grades list");
    let mut kinds: Vec<(&str, &str)> = list["grades"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["author"].as_str().unwrap()))
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [("category", "lms-grades"), ("lineItem", "lms-grades"), ("result", "lms-grades")]);
    assert_eq!(list["standing"]["waiting"], 3);
    // Another look that brings nothing queues nothing; the home is not there, and they wait.
    desk.json(0, "grades pull --target lms --yes");
    let pushed = desk.json(1, "grades push");
    assert_eq!((pushed["there"].as_u64(), pushed["waiting"].as_u64()), (Some(0), Some(3)), "{pushed}");
}
