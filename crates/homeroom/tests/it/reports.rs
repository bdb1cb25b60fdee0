//! The reports of a package with one of many faults, in every form.

use super::desk::Desk;

/// Lays a package with one of many faults into the folder.
pub fn broken(desk: &Desk) {
    desk.sample("v1p2");
    desk.edit("v1p2", "users.csv", |users| {
        *users.cell("usr-s1", "enabledUser") = "perhaps".into();
        *users.cell("usr-s2", "givenName") = String::new();
        *users.cell("usr-t1", "enabledUser") = "TRUE".into();
        *users.cell("usr-t2", "username") = "j.moreau".into();
    });
    desk.edit("v1p2", "enrollments.csv", |rows| {
        *rows.cell("e12", "userSourcedId") = "usr-x".into();
        *rows.cell("e13", "beginDate") = "2026-02-30".into();
        *rows.cell("e10", "status") = "active".into();
    });
    desk.edit("v1p2", "courses.csv", |courses| courses.drop_column("subjectCodes"));
}

/// The page without the time at which it was written.
fn timeless(page: &str) -> String {
    let (before, rest) = page.split_once("<time>").unwrap();
    let (_, after) = rest.split_once("</time>").unwrap();
    format!("{before}<time>now</time>{after}")
}

#[test]
fn a_report_reads_the_same_every_time() {
    let desk = Desk::new();
    broken(&desk);
    for form in ["table", "csv", "json", "html"] {
        let ran = desk.run(&format!("validate v1p2 --format {form} --show-values"));
        assert_eq!((ran.status, ran.stderr.as_str()), (1, ""), "{form}");
        match form {
            "json" => insta::assert_json_snapshot!("broken-json", ran.document()),
            "html" => {
                let page = timeless(&ran.stdout);
                let style = page.find("<style>").unwrap()..page.find("</style>").unwrap();
                let script = page.find("<script>").unwrap()..page.find("</script>").unwrap();
                // These are files of their own.
                let page = [&page[..style.start], &page[style.end..script.start], &page[script.end..]].concat();
                let page = page.lines().filter(|line| !line.contains("Content-Security-Policy")).collect::<Vec<_>>();
                insta::assert_snapshot!("broken-html", page.join("\n"));
            }
            _ => insta::assert_snapshot!(format!("broken-{form}"), ran.stdout),
        }
    }
    insta::assert_snapshot!("broken-strict", desk.run("validate v1p2 --strict").stdout);
    std::fs::remove_file(desk.path("v1p2/manifest.csv")).unwrap();
    insta::assert_snapshot!("broken-unusable", desk.run("validate v1p2").stdout);
}

#[test]
fn a_clean_package_is_told_to_be_so() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    insta::assert_snapshot!("clean", desk.run("validate d").stdout);
}

#[test]
fn values_are_in_no_report_unless_they_are_wanted() {
    let desk = Desk::new();
    broken(&desk);
    for form in ["table", "csv", "json", "html"] {
        for values in [false, true] {
            let flag = if values { " --show-values" } else { "" };
            let told = desk.run(&format!("validate v1p2 --format {form}{flag}")).stdout;
            for value in ["perhaps", "2026-02-30", "j.moreau"] {
                assert_eq!(told.contains(value), values, "{value} in {form}{flag}");
            }
        }
    }
    for values in [false, true] {
        let flag = if values { " --show-values" } else { "" };
        let ran = desk.run(&format!("import v1p2 --dry-run{flag}"));
        assert_eq!((ran.status, ran.stderr.contains("perhaps")), (0, values), "{ran:?}");
        let document = desk.json(0, &format!("import v1p2 --dry-run{flag}"));
        assert_eq!(document.to_string().contains("perhaps"), values);
    }
}

#[test]
fn a_report_goes_to_a_file_as_it_is() {
    let desk = Desk::new();
    broken(&desk);
    for form in ["table", "csv", "json", "html"] {
        let told = desk.run(&format!("validate v1p2 --format {form}")).stdout;
        let filed = desk.run(&format!("validate v1p2 --format {form} --output report"));
        assert_eq!((filed.status, filed.stdout.as_str()), (1, ""));
        let report = std::fs::read_to_string(desk.path("report")).unwrap();
        if form == "html" {
            assert_eq!(timeless(&report), timeless(&told));
        } else {
            assert_eq!(report, told);
        }
    }
    let nowhere = desk.run("validate v1p2 --output no/such/folder/report.txt");
    assert_eq!((nowhere.status, nowhere.stdout.as_str()), (2, ""));
    assert!(nowhere.stderr.starts_with("error: no/such/folder/report.txt cannot be written: "), "{nowhere:?}");
}
