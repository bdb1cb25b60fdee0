//! What holds an import, and what a data manager does about it.

use super::desk::Desk;
use super::packages::Table;
use oneroster::model::Version;

/// Takes two of five rows out of a file.
fn thin(table: &mut Table) {
    let mut at = 0;
    table.rows.retain(|_| {
        at += 1;
        at % 5 > 1
    });
}

#[test]
fn a_great_loss_is_held_until_it_is_allowed() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let all = desk.table("d", "enrollments.csv").rows.len();
    desk.edit("d", "enrollments.csv", thin);
    let left = desk.table("d", "enrollments.csv").rows.len();
    let held = desk.json(1, "import d --yes");
    assert_eq!((&held["state"], &held["plan"]["enrollments"]["removed"]), (&"held".into(), &(all - left).into()));
    let human = desk.run("import d --yes");
    assert_eq!(human.status, 1);
    let share = format!("{} of {all} enrollments (40 %) would be removed", all - left);
    assert!(human.stdout.contains(&share) && human.stdout.contains("--max-removed 4"), "{}", human.stdout);
    assert_eq!(human.stdout.lines().count(), 1, "{}", human.stdout);
    let served = desk.serve();
    assert_eq!(served.total("enrollments"), all);
    assert_eq!(desk.json(1, "import d --yes --max-removed 30")["state"], "held");
    assert_eq!(desk.json(0, "import d --yes --max-removed 50")["state"], "applied");
    assert_eq!(served.total("enrollments"), left);
    let gone = served.pull(Version::V1P2, "enrollments", "limit=500&filter=status%3D%27tobedeleted%27");
    assert_eq!(gone.len(), all - left);
}

#[test]
fn records_of_another_source_are_never_taken_over() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes --source north");
    let held = desk.json(1, "import d --yes --source south");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.contains("\"north\"") && reason.contains("--source"), "{reason}");
    assert_eq!(held["state"], "held");
    // A source of its own beside it removes nothing of the other.
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes --source south");
    let served = desk.serve();
    let users = |package| desk.table(package, "users.csv").rows.len();
    assert_eq!(served.total("users"), users("d") + users("v1p2"));
    let again = desk.json(0, "import d --yes --source north");
    assert!(again["published"].is_null(), "{again}");
}

#[test]
fn many_rejected_rows_are_held_and_few_are_not() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let rows = desk.table("d", "enrollments.csv").rows.len();
    let spoil = |bad: usize| {
        desk.edit("d", "enrollments.csv", |table| {
            let role = table.column("role");
            table.rows.iter_mut().take(bad).for_each(|row| row[role] = "ghost".into());
        });
    };
    spoil(rows / 25);
    let few = desk.json(0, "import d --yes");
    assert_eq!(few["plan"]["enrollments"]["rejected"], rows / 25);
    assert_eq!(few["plan"]["enrollments"]["added"], rows - rows / 25);
    // What was rejected stays as it was stored: here not at all, later as it is.
    spoil(rows / 10);
    let held = desk.json(1, "import d --yes");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.contains("rows of enrollments.csv") && reason.contains("homeroom validate d"), "{reason}");
    assert_eq!(held["plan"]["enrollments"]["removed"], 0);
    let served = desk.serve();
    assert_eq!(served.total("enrollments"), rows - rows / 25);
    // Who looked and wants the good rows all the same can have them.
    let allowed = desk.json(0, "import d --yes --max-rejected 20");
    assert_eq!(
        (&allowed["state"], &allowed["plan"]["enrollments"]["rejected"]),
        (&"applied".into(), &(rows / 10).into())
    );
    assert_eq!(served.total("enrollments"), rows - rows / 25);
}

#[test]
fn a_file_that_cannot_be_used_is_held_and_removes_nothing() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    desk.edit("d", "demographics.csv", |table| table.header[0] = "id".into());
    let rows = desk.table("d", "demographics.csv").rows.len();
    let held = desk.json(1, "import d --yes");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.starts_with("demographics.csv") && reason.contains("homeroom validate d"), "{reason}");
    assert!(held["plan"].get("demographics").is_none(), "{held}");
    // Who takes the rest loses nothing of it.
    assert_eq!(desk.json(0, "import d --yes --max-rejected 100")["state"], "applied");
    let served = desk.serve();
    assert_eq!(served.total("demographics"), rows);
    // A file without any row holds nothing: it says nothing.
    desk.edit("d", "demographics.csv", |table| table.rows.clear());
    assert_eq!(desk.json(0, "import d --yes")["state"], "applied");
    assert_eq!(served.total("demographics"), rows);
}

#[test]
fn what_is_right_in_a_small_package_with_errors_is_served() {
    let desk = Desk::new();
    desk.sample("v1p1");
    desk.edit("v1p1", "classes.csv", |classes| {
        let course = classes.column("courseSourcedId");
        classes.rows.iter_mut().for_each(|row| row[course].clear());
    });
    desk.edit("v1p1", "enrollments.csv", |table| table.rows.truncate(10));
    let applied = desk.json(0, "import v1p1 --yes");
    assert_eq!((&applied["state"], &applied["plan"]["classes"]["rejected"]), (&"applied".into(), &4.into()));
    assert_eq!(applied["plan"]["enrollments"]["rejected"], 10);
    let served = desk.serve();
    assert_eq!(["users", "orgs", "classes"].map(|collection| served.total(collection)), [10, 3, 0]);
}

/// A rejected 1.1 person keeps the roles that were made of the person's row.
#[test]
fn a_rejected_row_leaves_what_is_stored_of_it() {
    for version in ["v1p1", "v1p2"] {
        let desk = Desk::new();
        desk.sample(version);
        desk.json(0, &format!("import {version} --yes"));
        desk.edit(version, "users.csv", |users| *users.cell("usr-t2", "enabledUser") = "perhaps".into());
        let dry = desk.json(0, &format!("import {version} --dry-run"));
        for (entity, tally) in dry["plan"].as_object().unwrap() {
            for change in ["added", "changed", "removed"] {
                assert_eq!(tally[change], 0, "{version} {entity} {change}: {}", dry["plan"]);
            }
        }
    }
}

#[test]
fn a_loss_at_one_school_is_held_though_the_whole_loses_little() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let (mut school, mut rows) = (String::new(), 0);
    desk.edit("d", "enrollments.csv", |table| {
        let at = table.column("schoolSourcedId");
        school = table.rows[0][at].clone();
        rows = table.rows.iter().filter(|row| row[at] == school).count();
        let mut left = rows / 5;
        table.rows.retain(|row| {
            row[at] != school || left == 0 || {
                left -= 1;
                false
            }
        });
    });
    let all = desk.table("d", "enrollments.csv").rows.len() + rows / 5;
    assert!(rows / 5 > 10 && (rows / 5) * 10 < all, "{rows} of {all}");
    let held = desk.json(1, "import d --yes");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.starts_with(&format!("{} of {rows} enrollments of the school {school}", rows / 5)), "{reason}");
    assert_eq!(desk.json(0, "import d --yes --max-removed 25")["state"], "applied");
}

#[test]
fn a_school_that_is_gone_is_held_by_its_name() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let mut orgs = desk.table("d", "orgs.csv");
    let classes = desk.table("d", "classes.csv");
    let school = classes.rows[0][classes.column("schoolSourcedId")].clone();
    let name = orgs.cell(&school, "name").clone();
    let without = |file: &str, column: &str| {
        desk.edit("d", file, |table| {
            let at = table.column(column);
            table.rows.retain(|row| row[at] != school);
        });
    };
    without("orgs.csv", "sourcedId");
    without("classes.csv", "schoolSourcedId");
    without("enrollments.csv", "schoolSourcedId");
    without("roles.csv", "orgSourcedId");
    desk.edit("d", "users.csv", |users| {
        let at = users.column("primaryOrgSourcedId");
        users.rows.iter_mut().filter(|row| row[at] == school).for_each(|row| row[at].clear());
    });
    let held = desk.json(1, "import d --yes --max-removed 100 --max-rejected 100");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.starts_with(&format!("the school \"{name}\" would be removed")), "{reason}");
}

#[test]
fn a_package_older_than_the_last_is_held() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let pack = |month: u8, title: &str| {
        desk.edit("d", "courses.csv", |courses| {
            let at = courses.column("title");
            courses.rows[0][at] = title.into();
        });
        let name = format!("d{month}.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(desk.path(&name)).unwrap());
        let made = zip::DateTime::from_date_and_time(2026, month, 1, 0, 0, 0).unwrap();
        let options = zip::write::SimpleFileOptions::default().last_modified_time(made);
        for file in std::fs::read_dir(desk.path("d")).unwrap().map(Result::unwrap) {
            zip.start_file(file.file_name().into_string().unwrap(), options).unwrap();
            std::io::Write::write_all(&mut zip, &std::fs::read(file.path()).unwrap()).unwrap();
        }
        zip.finish().unwrap();
        name
    };
    let [january, february, march] = [(1, "One"), (2, "Two"), (3, "Three")].map(|(month, title)| pack(month, title));
    desk.json(0, &format!("import {january} --yes"));
    desk.json(0, &format!("import {march} --yes"));
    for (package, says) in [(&february, "made before that of run 2"), (&january, "the package of run 1 again")] {
        let held = desk.json(1, &format!("import {package} --yes"));
        assert!(held["reason"].as_str().unwrap().contains(says), "{held}");
    }
    // The last one again is no old one.
    assert_eq!(desk.json(0, &format!("import {march} --yes"))["state"], "applied");
    // What was taken back does not count.
    desk.json(0, "runs undo 2");
    assert_eq!(desk.json(0, &format!("import {february} --yes"))["state"], "applied");
}

#[test]
fn an_identifier_that_is_given_to_somebody_else_is_held() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let id = desk.table("d", "demographics.csv").rows[0][0].clone();
    let put = |file: &str, column: &str, value: &str| {
        desk.edit("d", file, |table| *table.cell(&id, column) = value.into());
    };
    // Somebody marries, somebody's birthday is corrected: no new person.
    put("users.csv", "familyName", "Quux");
    desk.json(0, "import d --yes");
    put("demographics.csv", "birthDate", "2001-02-03");
    desk.json(0, "import d --yes");
    put("users.csv", "familyName", "Xyzzy");
    put("users.csv", "givenName", "Zebulon");
    put("demographics.csv", "birthDate", "2003-04-05");
    let held = desk.json(1, "import d --yes");
    assert!(held["reason"].as_str().unwrap().starts_with("1 person has another name"), "{held}");
    // The row is rejected with what depends on it; the rest waits for a yes.
    assert_eq!(held["plan"]["users"]["rejected"], 1);
    let run = held["run"].as_i64().unwrap();
    let changes = desk.json(0, &format!("runs show {run} --changes"))["changes"].clone();
    assert_eq!(changes.as_array().unwrap().len(), 0, "{changes}");
    let approved = desk.json(0, &format!("runs approve {run}"));
    assert_eq!((&approved["state"], &approved["plan"]), (&"applied".into(), &held["plan"]));
    let named = |user: &str| desk.json(0, &format!("get users --filter sourcedId='{user}'"))["users"][0].clone();
    assert_eq!(named(&id)["familyName"], "Quux");
    // It is said where, and can be taken all the same.
    let findings = desk.json(1, "import d --yes");
    assert_eq!(findings["findings"]["error"], held["findings"]["error"]);
    let taken = desk.json(0, "import d --yes --consent D39");
    assert_eq!((&taken["state"], &taken["plan"]["users"]["changed"]), (&"applied".into(), &1.into()));
    assert_eq!(named(&id)["familyName"], "Xyzzy");
}
