//! Packages of other editions of the standard, and such as spreadsheets spoiled:
//! what becomes of them from the file to the export.

use super::desk::Desk;
use serde_json::json;

/// Puts the column of 2022 into users.csv in place of userResources.csv, filled for
/// one person.
fn of_2022(desk: &Desk, cell: &str) {
    let file = desk.path("v1p2").join("userResources.csv");
    if file.exists() {
        std::fs::remove_file(file).unwrap();
        desk.edit("v1p2", "manifest.csv", |manifest| {
            let at = manifest.rows.iter().position(|row| row[0] == "file.userResources").unwrap();
            manifest.rows[at][1] = "absent".into();
        });
    }
    desk.edit("v1p2", "users.csv", |users| {
        let at = match users.header.iter().position(|name| name == "resourceSourcedIds") {
            Some(at) => at,
            None => {
                let at = users.column("preferredGivenName");
                users.header.insert(at, "resourceSourcedIds".into());
                users.rows.iter_mut().for_each(|row| row.insert(at, String::new()));
                at
            }
        };
        users.rows.iter_mut().filter(|row| row[0] == "usr-s3").for_each(|row| row[at] = cell.into());
    });
}

/// The rows of a file of an export.
fn exported(desk: &Desk, file: &str) -> Vec<Vec<String>> {
    let _ = std::fs::remove_dir_all(desk.path("out"));
    desk.json(0, "export out");
    if desk.path("out").join(file).exists() { desk.table("out", file).rows } else { Vec::new() }
}

#[test]
fn material_in_the_rows_of_people_becomes_rows_of_its_own() {
    let desk = Desk::new();
    desk.sample("v1p2");
    of_2022(&desk, "rsc-1,rsc-2,rsc-9");
    let first = desk.json(0, "import v1p2 --yes");
    assert_eq!(
        (&first["findings"]["error"], &first["plan"]["userResources"]["added"]),
        (&json!(0), &json!(2)),
        "{first}"
    );
    let links = exported(&desk, "userResources.csv");
    let wanted = ["rsc-1", "rsc-2"].map(|resource| {
        [&format!("resource.usr-s3.{resource}"), "", "", "usr-s3", "", "", resource].map(str::to_owned).to_vec()
    });
    assert_eq!(links, wanted);
    let again = desk.json(0, "import v1p2 --yes");
    assert_eq!(again["plan"]["userResources"], json!({"added":0,"changed":0,"removed":0,"unchanged":2,"rejected":0}));
    assert!(again["published"].is_null(), "{again}");
    of_2022(&desk, "rsc-2");
    let fewer = desk.json(0, "import v1p2 --yes");
    assert_eq!(fewer["plan"]["userResources"]["removed"], 1);
    assert_eq!(exported(&desk, "userResources.csv"), wanted[1..]);
}

#[test]
fn identifiers_that_lost_their_zeros_keep_their_records() {
    let desk = Desk::new();
    desk.sample("v1p2");
    let files: Vec<_> = std::fs::read_dir(desk.path("v1p2")).unwrap().map(|file| file.unwrap().path()).collect();
    let replace = |from: &str, to: &str| {
        for file in &files {
            let text = std::fs::read_to_string(file).unwrap();
            std::fs::write(file, text.replace(from, to)).unwrap();
        }
    };
    replace("usr-s3", "0012345");
    desk.json(0, "import v1p2 --yes");
    // Somebody opened the files and saved them.
    replace("0012345", "12345");
    replace("alder:12345", "alder:0012345");
    let spoiled = desk.json(0, "import v1p2 --dry-run");
    assert_eq!(spoiled["plan"]["users"]["added"], 1, "{spoiled}");
    let padded = desk.json(0, "import v1p2 --yes --pad users=7");
    assert!(padded["published"].is_null() && padded["findings"]["error"] == 0, "{padded}");
    assert!(padded["findings"]["repaired"].as_u64().unwrap() > 0);
    // A run that waits is judged alike when it is approved, and what it kept is
    // found, and forgotten.
    replace("Zoë", "Chloë");
    let planned = desk.json(1, "import v1p2 --pad users=7");
    let approved = desk.json(0, &format!("runs approve {}", planned["run"]));
    assert_eq!((&approved["state"], &approved["plan"]["users"]["changed"]), (&json!("applied"), &json!(1)));
    let found = desk.json(0, "find 0012345");
    assert_eq!(found["matches"][0]["rows"][0]["file"], "users.csv", "{found}");
    desk.json(0, "forget --user 0012345 --yes");
    let bare = desk.json(0, "find 0012345")["matches"][0].clone();
    assert_eq!((&bare["name"], &bare["rows"]), (&json!(""), &json!([])), "{bare}");
    let kept = desk.path(&format!("homeroom.db-runs/{}/package/users.csv", planned["run"]));
    let users = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(!users.is_empty() && !users.contains("12345"), "{users}");
    let error = desk.json(2, "import v1p2 --pad people=7")["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("people"), "{error}");
}

#[test]
fn aides_of_1_0_are_further_teachers_by_consent() {
    let desk = Desk::new();
    desk.sample("v1p0");
    desk.edit("v1p0", "enrollments.csv", |table| {
        let role = table.column("role");
        table.rows.iter_mut().filter(|row| row[0] == "e05").for_each(|row| row[role] = "aide".into());
    });
    let left_out = desk.json(0, "import v1p0 --yes");
    assert_eq!(left_out["findings"]["warning"].as_u64().unwrap(), 1, "{left_out}");
    let of_e05 = |rows: Vec<Vec<String>>| rows.into_iter().find(|row| row[0] == "e05");
    assert_eq!(of_e05(exported(&desk, "enrollments.csv")), None);
    let taken = desk.json(0, "import v1p0 --yes --consent U3");
    assert_eq!(taken["plan"]["enrollments"]["added"], 1, "{taken}");
    let row = of_e05(exported(&desk, "enrollments.csv")).unwrap();
    assert!(row.contains(&"teacher".to_owned()) && row.contains(&"false".to_owned()), "{row:?}");
}
