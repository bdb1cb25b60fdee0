//! What is shipped beside the program is understood by whom it is for.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{need, place};
use std::process::Command;

#[test]
fn systemd_understands_the_unit() {
    let unit = std::fs::read_to_string(place::root().join("packaging/homeroom.service")).unwrap();
    // It is not installed here, and whether it would start is another question.
    let unit = unit.replace("/usr/bin/homeroom", "/usr/bin/true");
    assert!(unit.contains("ExecStart=/usr/bin/true serve "), "{unit}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("homeroom.service");
    std::fs::write(&file, unit).unwrap();
    let mut command = Command::new(need::program("systemd-analyze").unwrap());
    let verified = command.args(["verify", "--man=no"]).arg(&file).env("LC_ALL", "C").output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("homeroom.service"), "{said}");
}
