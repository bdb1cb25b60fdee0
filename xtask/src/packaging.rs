//! What is shipped beside the program is understood by whom it is for.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{need, place};
use std::path::{Path, PathBuf};
use std::process::Command;

fn packaged(name: &str) -> String {
    std::fs::read_to_string(place::root().join("packaging").join(name)).unwrap()
}

#[test]
fn systemd_understands_the_unit() {
    // It is not installed here, and whether it would start is another question.
    let unit = packaged("homeroom.service").replace("/usr/bin/homeroom", "/usr/bin/true");
    assert!(unit.contains("ExecStart=/usr/bin/true serve "), "{unit}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("homeroom.service");
    std::fs::write(&file, unit).unwrap();
    let mut command = Command::new(need::program("systemd-analyze").unwrap());
    let verified = command.args(["verify", "--man=no"]).arg(&file).env("LC_ALL", "C").output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("homeroom.service"), "{said}");
}

/// What hadolint has against a container file.
fn complaints(hadolint: &Path, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Containerfile");
    std::fs::write(&file, text).unwrap();
    let judged = Command::new(hadolint).arg("--no-color").arg(&file).output().unwrap();
    let said = [judged.stdout, judged.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(judged.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn hadolint_has_nothing_against_the_container_file() {
    let (hadolint, text) = (hadolint(), packaged("Containerfile"));
    assert_eq!(complaints(&hadolint, &text), "");
    // It does look.
    for (good, bad, says) in [
        ("USER 10001", "USER root", "DL3002"),
        ("WORKDIR /var/lib/homeroom", "WORKDIR homeroom", "DL3000"),
        ("--from=build", "--from=other", "DL3022"),
        ("ENTRYPOINT [", "ENTRYPIONT [", "unexpected"),
    ] {
        assert!(text.contains(good), "{good}");
        let said = complaints(&hadolint, &text.replace(good, bad));
        assert!(said.contains(says), "{bad}: {said}");
    }
}

/// It comes by pip, into a place of its own.
fn hadolint() -> PathBuf {
    let place = place::target().join("tests/hadolint-2.15.1");
    let (program, done) = (place.join("bin/hadolint"), place.join("done"));
    if !done.exists() {
        let made = Command::new(need::program("python3").unwrap()).args(["-m", "venv", "--clear"]).arg(&place).output();
        assert!(made.as_ref().unwrap().status.success(), "{made:?}");
        let mut pip = Command::new(place.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check"]);
        let file = place::root().join("xtask/hadolint.txt");
        let brought = pip.args(["--require-hashes", "--no-deps", "-r"]).arg(file).output();
        assert!(brought.as_ref().unwrap().status.success(), "hadolint cannot be downloaded: {brought:?}");
        std::fs::write(done, "").unwrap();
    }
    program
}

#[test]
fn the_container_is_built_by_the_toolchain_of_the_workspace() {
    let manifest = std::fs::read_to_string(place::root().join("Cargo.toml")).unwrap();
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let wanted = format!("library/rust:{}-", wanted.trim_matches('"'));
    assert!(packaged("Containerfile").contains(&wanted), "{wanted}");
}
