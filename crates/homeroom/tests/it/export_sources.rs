//! What one source sends, taken out again as it came.

use super::desk::Desk;

#[test]
fn a_source_gets_its_own_records_back_without_its_prefix() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "source add hs --kind csv --set path=d --set settle=0s --set prefix=hs- --set prefix-except=orgs");
    assert_eq!(desk.json(0, "source pull hs --yes")["state"], "applied");
    // Another source has records beside it.
    let other = Desk::new();
    other.district("e", 100, 0);
    other.json(0, "import e --yes");
    other.json(0, &format!("export {} --oneroster 1.2", desk.path("e").display()));
    let whole = desk.serve().total("users");
    desk.json(0, "source add ms --kind csv --set path=e --set settle=0s --set prefix=ms-");
    assert_eq!(desk.json(0, "source pull ms --yes")["state"], "applied");
    assert_eq!(desk.serve().total("users"), 2 * whole);
    // Alone, and as it was before there was another.
    let exported = desk.json(0, "export out --source hs");
    assert_eq!(exported["files"]["users"]["rows"], whole, "{exported}");
    let plain = Desk::new();
    plain.json(0, &format!("import {} --yes", desk.path("d").display()));
    plain.json(0, "export out");
    for file in ["users.csv", "orgs.csv", "classes.csv", "enrollments.csv", "demographics.csv"] {
        let (ours, theirs) = (desk.table("out", file), plain.table("out", file));
        let modified = ours.header.iter().position(|name| name == "dateLastModified");
        let rows = |rows: &[Vec<String>]| {
            let mut rows = rows.to_vec();
            rows.iter_mut().for_each(|row| modified.iter().for_each(|at| row[*at].clear()));
            rows
        };
        assert_eq!(ours.header, theirs.header, "{file}");
        assert_eq!(rows(&ours.rows), rows(&theirs.rows), "{file}");
    }
    assert_eq!(desk.json(0, "validate out")["summary"]["error"], 0);
    let unknown = desk.json(2, "export o2 --source nobody")["error"].take();
    assert!(unknown["hint"].as_str().unwrap().contains("hs, ms"), "{unknown}");
}
