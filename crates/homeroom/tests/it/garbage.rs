//! What is no package at all: exit status 2, a sentence and what to do, and
//! nothing is made.

use super::desk::Desk;
use std::fs;
use std::path::Path;

/// Holds a package to be refused, by the check and by the import.
#[track_caller]
fn assert_refused(desk: &Desk, package: &str, flags: &str) {
    for line in [format!("validate {package} {flags}"), format!("import {package} --yes {flags}")] {
        let ran = desk.run(&line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("panicked") && said.len() > 40, "{line}: {said}");
        let document = desk.json(2, &line);
        let reason = ["reason", "error", "findings"].iter().any(|member| !document[member].is_null());
        assert!(reason, "{document}");
    }
}

#[test]
fn what_is_no_archive_is_refused() {
    let desk = Desk::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/package");
    for name in ["absolute-path", "parent-path", "drive-path", "cut-in-data", "cut-in-directory", "no-zip", "nested"] {
        assert_refused(&desk, &corpus.join(format!("{name}.zip")).display().to_string(), "");
    }
    for (name, bytes) in [("roster.pdf", &b"%PDF-1.7"[..]), ("users.csv", b"sourcedId\r\n1\r\n"), ("none.zip", b"")] {
        fs::write(desk.path(name), bytes).unwrap();
        assert_refused(&desk, name, "");
    }
}

#[test]
fn a_file_that_is_no_table_spoils_its_package() {
    let desk = Desk::new();
    desk.sample("v1p2");
    let orgs = desk.path("v1p2/orgs.csv");
    let sound = fs::read_to_string(&orgs).unwrap();
    let header = sound.lines().next().unwrap().to_owned() + "\r\n";
    let utf16: Vec<u8> = "\u{feff}".chars().chain(sound.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    for (bytes, flags) in [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), ""),
        (vec![0; 10_000], ""),
        ([header.as_bytes(), &vec![b'x'; 100 << 20]].concat(), ""),
        (["sourcedId", &",x".repeat(1_000_000)].concat().into_bytes(), ""),
        ([&header, "1,", &",".repeat(1_000_000)].concat().into_bytes(), ""),
        (utf16.clone(), "--strict"),
    ] {
        fs::write(&orgs, bytes).unwrap();
        assert_refused(&desk, "v1p2", flags);
        let told = desk.run(&format!("validate v1p2 {flags}")).stdout;
        assert!(
            told.contains("nothing of it can be imported") && told.contains("First: orgs.csv cannot be read"),
            "{told}"
        );
    }
    let applied =
        desk.json(0, "runs list")["runs"].as_array().unwrap().iter().filter(|r| r["state"] != "rejected").count();
    assert_eq!(applied, 0);
    // What a spreadsheet makes of a file can be read, and is.
    fs::write(&orgs, utf16).unwrap();
    assert_eq!(desk.json(0, "import v1p2 --yes")["state"], "applied");
}
