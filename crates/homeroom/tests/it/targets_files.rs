//! Sets of files as targets, from outside: what a made-up district becomes.

use super::desk::Desk;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

fn district(students: u32) -> Desk {
    let desk = Desk::new();
    desk.district("d", students, 0);
    // What has ended is not sent, and the clock goes on.
    desk.edit("d", "enrollments.csv", |table| {
        let end = table.column("endDate");
        table.rows.iter_mut().for_each(|row| row[end].clear());
    });
    desk.json(0, "import d --yes");
    desk
}

/// The files of a folder.
fn files(desk: &Desk, folder: &str) -> BTreeMap<String, String> {
    let all = fs::read_dir(desk.path(folder)).unwrap().map(|file| file.unwrap().path());
    let text = |path: &std::path::Path| fs::read_to_string(path).unwrap();
    all.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), text(&path))).collect()
}

/// Each file by its first rows and how many there are, and what was found.
fn shape(desk: &Desk, folder: &str, pushed: &Value) -> String {
    let mut text = String::new();
    for (name, file) in files(desk, folder) {
        let lines: Vec<&str> = file.lines().collect();
        text.push_str(&format!("{name}: {} rows\n", lines.len() - 1));
        lines.iter().take(3).for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    for found in pushed["found"].as_array().unwrap() {
        text.push_str(&format!("{} {}\n", found["count"], found["code"].as_str().unwrap()));
    }
    text
}

#[test]
fn a_district_becomes_the_set_of_each_system() {
    let desk = district(100);
    for (kind, set) in [
        ("sds", "--set domain=example.org --set guardians=yes --set demographics=yes"),
        ("apple", "--set password_policy=4"),
        ("canvas", "--set guardians=yes"),
    ] {
        desk.json(0, &format!("target add {kind} --kind {kind} --set out={kind} {set}"));
        let tested = desk.json(0, &format!("target test {kind}"));
        assert!(!desk.path(kind).exists(), "a test writes nothing");
        let pushed = desk.json(0, &format!("target push {kind}"));
        assert_eq!(tested["found"], pushed["found"]);
        // The same on either engine.
        insta::with_settings!({ prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("target_{kind}"), shape(&desk, kind, &pushed));
        });
        let before = files(&desk, kind);
        desk.json(0, &format!("target push {kind}"));
        assert_eq!(before, files(&desk, kind), "{kind}: the same bytes again");
        // Every key names something: the rows of each file that are counted are there.
        for file in pushed["files"].as_array().unwrap() {
            let rows = before[file["file"].as_str().unwrap()].lines().count() - 1;
            assert_eq!(file["rows"], rows);
        }
    }
}

#[test]
fn canvas_is_told_of_who_left_between_two_days() {
    let desk = district(200);
    desk.json(0, "target add lms --kind canvas --set out=canvas.zip --set max_removed=50");
    let first = desk.json(0, "target push lms");
    assert!(desk.path("canvas.zip").exists() && first["files"].as_array().unwrap().iter().all(|f| f["gone"] == 0));
    desk.edit("d", "enrollments.csv", |table| drop(table.rows.remove(0)));
    desk.json(0, "import d --yes --max-removed 100");
    let looked = desk.json(0, "target push lms --dry-run");
    let second = desk.json(0, "target push lms");
    assert_eq!(looked["files"], second["files"], "a look ahead counts the same and notes nothing");
    let gone: BTreeMap<&str, &Value> =
        second["files"].as_array().unwrap().iter().map(|f| (f["file"].as_str().unwrap(), &f["gone"])).collect();
    assert_eq!((gone["enrollments.csv"], gone["users.csv"]), (&json!(1), &json!(0)));
    assert_eq!(desk.json(0, "target list")["targets"][0]["pushed"], second["published"]);
}

#[test]
fn what_would_be_refused_is_named_with_the_next_step() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.edit("v1p2", "users.csv", |table| *table.cell("usr-s1", "email") = String::new());
    desk.json(0, "import v1p2 --yes");
    desk.json(0, "target add asm --kind apple --set out=asm --set federated=yes");
    let tested = desk.json(0, "target test asm");
    let found = tested["found"].as_array().unwrap();
    let missing = found.iter().find(|one| one["code"] == "apple.students.email_address.address").expect("one");
    assert!(missing["records"].to_string().contains("usr-s1") && missing["hint"].as_str().unwrap().contains("address"));
    let told = desk.run("target push asm -v");
    assert!(told.stdout.contains("usr-s1") && told.stdout.contains("Next: "), "{told:?}");
    // Identifiers, and nothing else of a person.
    assert!(!told.stdout.contains("Moreau"), "{told:?}");
}

#[test]
fn only_what_an_application_may_see_is_sent() {
    let desk = district(200);
    let orgs = desk.table("d", "orgs.csv");
    let kind = orgs.column("type");
    let school = orgs.rows.iter().find(|row| row[kind] == "school").unwrap()[0].clone();
    desk.json(0, &format!("app add one --school {school}"));
    desk.json(0, "target add all --kind canvas --set out=all");
    desk.json(0, "target add one --kind canvas --set out=one --set app=one");
    let rows = |name: &str| {
        let pushed = desk.json(0, &format!("target push {name}"));
        let users = pushed["files"].as_array().unwrap().iter().find(|f| f["file"] == "users.csv").unwrap().clone();
        users["rows"].as_u64().unwrap()
    };
    let (all, one) = (rows("all"), rows("one"));
    assert!(one > 0 && one < all, "{one} of {all}");
    assert!(files(&desk, "one")["courses.csv"].lines().skip(1).all(|line| line.contains(&format!(",{school},"))));
}

/// A collection that an application could not ask for does not reach it as a file.
#[test]
fn only_what_the_scopes_of_an_application_open_is_sent() {
    let desk = district(200);
    desk.json(0, "app add one");
    desk.json(0, "target add one --kind oneroster --set out=one --set app=one");
    let sent = || {
        desk.json(0, "target push one");
        let names: Vec<String> = files(&desk, "one").into_keys().collect();
        ["users.csv", "roles.csv", "demographics.csv"].map(|file| names.iter().any(|name| name == file))
    };
    assert_eq!(sent(), [true, true, false]);
    let scopes = "--scope roster.readonly --scope roster-demographics.readonly";
    desk.json(0, &format!("app edit one {scopes}"));
    assert_eq!(sent(), [true, true, true]);
    desk.json(0, "export d-one --app one");
    assert!(desk.path("d-one/demographics.csv").exists());
    desk.json(0, "app edit one --scope gradebook.delete");
    assert_eq!(sent(), [false; 3]);
}

/// Who reads one system's identifiers in files and over HTTP meets them in one
/// spelling.
#[test]
fn identifiers_are_spelled_for_an_application_that_is_shown_them_so() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let old = desk.table("d", "courses.csv").rows[0][0].clone();
    for file in ["courses.csv", "classes.csv"] {
        desk.edit("d", file, |table| {
            for cell in table.rows.iter_mut().flatten().filter(|cell| **cell == old) {
                *cell = "Ü 1".to_owned();
            }
        });
    }
    desk.json(0, "import d --yes --consent D58");
    desk.json(0, "app add plugin --profile moodle-plugin");
    desk.json(0, "app add plain");
    for name in ["plugin", "plain"] {
        desk.json(
            0,
            &format!("target add {name} --kind sds --set out={name} --set domain=example.org --set app={name}"),
        );
        desk.json(0, &format!("target push {name}"));
    }
    let [plugin, plain] = ["plugin", "plain"].map(|name| files(&desk, name));
    assert!(plain["courses.csv"].contains("Ü 1,") && !plain["courses.csv"].contains("_xC3"));
    assert!(!plugin.values().any(|file| file.contains("Ü 1")), "{:?}", plugin["courses.csv"]);
    for file in ["courses.csv", "classes.csv"] {
        let spelled = |set: &BTreeMap<String, String>, id: &str| set[file].matches(id).count();
        assert_eq!(spelled(&plugin, "_xC3_x9C_x201"), spelled(&plain, "Ü 1"), "{file}");
        assert!(spelled(&plain, "Ü 1") > 0, "{file}");
    }
}

#[test]
fn a_package_of_oneroster_is_a_target_too() {
    let desk = district(100);
    for version in ["1.1", "1.2"] {
        let name = if version == "1.1" { "old" } else { "new" };
        desk.json(0, &format!("target add {name} --kind oneroster --set out={name}.zip --set oneroster={version}"));
        let looked = desk.json(0, &format!("target push {name} --dry-run"));
        assert!(!desk.path(&format!("{name}.zip")).exists());
        let pushed = desk.json(0, &format!("target push {name}"));
        assert_eq!(looked["files"], pushed["files"]);
        desk.json(0, &format!("export again.zip --oneroster {version}"));
        assert_eq!(fs::read(desk.path(&format!("{name}.zip"))).unwrap(), fs::read(desk.path("again.zip")).unwrap());
    }
}

#[test]
fn settings_are_checked_when_they_are_made() {
    let desk = district(100);
    for (line, said) in [
        ("target add x --kind sds", "where the files go"),
        ("target add x --kind sds --set out=x --set guardian=yes", "guardians"),
        ("target add x --kind apple --set out=x --set password_policy=5", "4 or 6 or 8"),
        ("target add x --kind canvas --set out=x --set map.grades.01=1", "map.enrollments.WORD"),
        ("target add x --kind oneroster --set out=x --set oneroster=2.0", "1.1 or 1.2"),
    ] {
        let ran = desk.run(line);
        assert!(ran.status == 2 && ran.stderr.contains(said), "{line}: {ran:?}");
    }
    fs::create_dir(desk.path("mine")).unwrap();
    fs::write(desk.path("mine/thesis.txt"), "years").unwrap();
    desk.json(0, "target add y --kind sds --set out=mine --set domain=example.org");
    let kept = desk.run("target push y");
    assert!(kept.status == 2 && kept.stderr.contains("no part of the set"), "{kept:?}");
    assert_eq!(fs::read_to_string(desk.path("mine/thesis.txt")).unwrap(), "years");
}
