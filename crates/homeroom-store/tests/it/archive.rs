//! What is kept of a run beside the database's rows.

use crate::district::{Bench, Engine};
use crate::server;
use homeroom_store::Archive;
use std::fs;
use std::io::Read as _;
use std::path::Path;

on_both_engines!(
    a_package_is_kept_as_it_is_and_forgotten_on_its_own,
    findings_are_kept_whatever_their_size,
    half_a_package_is_none,
);

fn found(archive: &Archive, run: i64) -> Option<String> {
    let mut text = String::new();
    archive.findings(run).unwrap()?.read_to_string(&mut text).unwrap();
    Some(text)
}

fn a_package_is_kept_as_it_is_and_forgotten_on_its_own(engine: Engine) {
    let bench = Bench::new(engine);
    let archive = bench.roster.archive();
    let folder = tempfile::tempdir().unwrap();
    // Larger than a piece, and not a multiple of one.
    let bytes: Vec<u8> = (0..2_500_000u32).map(|n| (n % 251) as u8).collect();
    let zip = folder.path().join("d.zip");
    fs::write(&zip, &bytes).unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("users.csv"), "sourcedId\n").unwrap();
    fs::write(files.join("empty.csv"), "").unwrap();
    archive.keep(1, &zip).unwrap();
    archive.keep(2, &files).unwrap();
    archive.keep_mapping(2, &files.join("users.csv")).unwrap();
    archive.keep_findings(1, &mut |out| writeln!(out, "one")).unwrap();
    let opened = archive.open(1).unwrap().unwrap();
    assert!(fs::read(opened.path()).unwrap() == bytes);
    let opened = archive.open(2).unwrap().unwrap();
    assert_eq!(fs::read_to_string(opened.path().join("users.csv")).unwrap(), "sourcedId\n");
    assert_eq!(fs::read_dir(opened.path()).unwrap().count(), 2);
    private(opened.path(), engine);
    let mapping = archive.mapping(2).unwrap().unwrap();
    assert_eq!(fs::read_to_string(mapping.path()).unwrap(), "sourcedId\n");
    assert!(archive.mapping(1).unwrap().is_none() && archive.open(3).unwrap().is_none());
    archive.forget_package(1).unwrap();
    assert!(archive.open(1).unwrap().is_none());
    assert_eq!(found(&archive, 1).as_deref(), Some("one\n"));
    archive.forget(1).unwrap();
    archive.forget(1).unwrap();
    assert_eq!(found(&archive, 1), None);
    assert!(archive.open(2).unwrap().is_some());
}

/// Nobody else may look into what lies beside the database.
#[cfg(unix)]
fn private(package: &Path, engine: Engine) {
    use std::os::unix::fs::PermissionsExt as _;
    if engine == Engine::Sqlite {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&package.join("users.csv")), 0o600);
        assert!(package.ancestors().take(3).all(|folder| mode(folder) == 0o700));
    }
}

#[cfg(not(unix))]
fn private(_: &Path, _: Engine) {}

fn findings_are_kept_whatever_their_size(engine: Engine) {
    let bench = Bench::new(engine);
    let archive = bench.roster.archive();
    assert_eq!(found(&archive, 1), None);
    let line = "x".repeat(99);
    archive.keep_findings(1, &mut |out| (0..30_000).try_for_each(|_| writeln!(out, "{line}"))).unwrap();
    assert_eq!(found(&archive, 1).unwrap().len(), 3_000_000);
    // An approval finds anew, and nothing of before stays.
    archive.keep_findings(1, &mut |_| Ok(())).unwrap();
    assert_eq!(found(&archive, 1).as_deref(), Some(""));
}

fn half_a_package_is_none(engine: Engine) {
    let bench = Bench::new(engine);
    let archive = bench.roster.archive();
    assert!(archive.keep(1, Path::new("/nowhere/d.zip")).is_err());
    assert!(archive.open(1).unwrap().is_none());
}

/// Only there are they in a table.
#[test]
fn packed_pieces_and_those_of_earlier_programs_are_read_on_postgresql() {
    let bench = Bench::new(Engine::Postgres);
    let (archive, tenant) = (bench.roster.archive(), bench.place().1.to_owned());
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..100_000).map(|n| format!("e{n},active,2026-11-23,c{},u{n},student\n", n % 900)).collect();
    fs::write(folder.path().join("enrollments.csv"), &rows).unwrap();
    archive.keep(1, folder.path()).unwrap();
    let size = "SELECT sum(octet_length(bytes)), count(*) FROM run_files AS f JOIN tenants AS t ON t.id = f.tenant \
                WHERE t.name = $1";
    let row = server::connect().query_one(size, &[&tenant]).unwrap();
    let (size, pieces): (i64, i64) = (row.get(0), row.get(1));
    assert!(pieces > 2 && size as usize * 5 < rows.len(), "{size} bytes of {} in {pieces} pieces", rows.len());
    let kept = |archive: &Archive| fs::read_to_string(archive.open(1).unwrap().unwrap().path().join("enrollments.csv"));
    assert!(kept(&archive).unwrap() == rows);
    bench.behind("UPDATE run_files SET zstd = 0, bytes = 'as it was' WHERE {own} part = 0");
    let earlier = kept(&archive).unwrap();
    assert!(earlier.starts_with("as it was") && rows.ends_with(&earlier["as it was".len()..]));
    bench.behind("UPDATE run_files SET zstd = 1 WHERE {own} part = 0");
    let told = archive.open(1).unwrap_err().to_string();
    assert!(told.contains("cannot be read"), "{told}");
}
