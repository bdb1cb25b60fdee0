//! Packages on a real SFTP server.

use super::desk::Desk;
use super::doorman::{Asks, Doorman};
use super::sshd::Sshd;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What stands in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Writes a district to the server, as of some minutes ago.
fn drop_off(desk: &Desk, server: &Sshd, name: &str, day: u32, minutes: u64) {
    desk.district(name, 100, day);
    let to = server.files().join(name);
    fs::copy(desk.path(name), &to).unwrap();
    fs::remove_file(desk.path(name)).unwrap();
    age(&to, minutes);
}

fn age(path: &Path, minutes: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60 * minutes)).unwrap();
}

#[test]
fn nothing_is_said_to_a_server_that_is_not_known() {
    let (desk, server) = (Desk::new(), Sshd::new());
    let line = format!("source add sis --kind csv --url {} --secret-file {}", server.url(""), server.key("mine"));
    desk.json(0, &line);
    let first = desk.run("source pull sis --yes");
    let print = server.fingerprint("host");
    assert_eq!(first.status, 1);
    assert!(first.stderr.contains(&print) && first.stderr.contains("host-key="), "{first:?}");
    assert!(!server.log().contains("Accepted") && !server.log().contains("Failed"), "{}", server.log());
    // Another one's key is not taken for it.
    desk.json(0, &format!("source edit sis --set host-key={}", server.fingerprint("stranger")));
    let other = desk.run("source pull sis --yes");
    assert!(other.status == 1 && other.stderr.contains("another key than the one that is set"), "{other:?}");
    assert!(!server.log().contains("Accepted"));
    // Any key of the server may be the one that is set.
    for name in ["host", "host-rsa"] {
        desk.json(0, &format!("source edit sis --set host-key={}", server.fingerprint(name)));
        assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing", "{name}: {}", server.log());
    }
    desk.json(0, &format!("source edit sis --secret-file {}", server.key("stranger")));
    let refused = desk.run("source pull sis --yes");
    assert!(refused.status == 1 && refused.stderr.contains("does not take our key"), "{refused:?}");
    let kept = desk.run("source list --json").stdout + &desk.run("audit --json").stdout;
    assert!(!kept.contains("PRIVATE KEY"), "{kept}");
}

/// A source over the server, known to both sides.
fn source(desk: &Desk, server: &Sshd, name: &str, more: &str) {
    let (url, key, print) = (server.url(name), server.key("mine"), server.fingerprint("host"));
    desk.json(0, &format!("source add sis --kind csv --url {url} --secret-file {key} --set host-key={print} {more}"));
}

#[test]
fn the_newest_package_of_a_drop_folder_wins() {
    let (desk, server) = (Desk::new(), Sshd::new());
    source(&desk, &server, "", "--set settle=1min --set archive=done");
    let files = server.files();
    drop_off(&desk, &server, "b.zip", 0, 30);
    drop_off(&desk, &server, "a.zip", 1, 20);
    fs::write(files.join("c.zip.part"), "PK half").unwrap();
    let looked = desk.json(0, "source test sis");
    assert_eq!(looked["state"], "planned");
    assert_eq!(names(&files), ["a.zip", "b.zip", "c.zip.part"]);
    let first = desk.json(0, "source pull sis --yes");
    assert_eq!((first["packages"].as_u64(), first["state"].as_str()), (Some(1), Some("applied")), "{first}");
    assert!(first["notes"].to_string().contains("b.zip is superseded by a.zip"), "{first}");
    assert_eq!((names(&files.join("done")), names(&files).len()), (vec!["a.zip".into(), "b.zip".into()], 2));
    // One that cannot be read goes aside, and the one before it is taken.
    drop_off(&desk, &server, "a.zip", 2, 10);
    fs::write(files.join("z.zip"), "PK nothing").unwrap();
    age(&files.join("z.zip"), 5);
    let second = desk.json(2, "source pull sis --yes");
    assert_eq!((second["packages"].as_u64(), second["state"].as_str()), (Some(2), Some("applied")), "{second}");
    assert_eq!(names(&files.join("failed")), ["z.zip"]);
    assert_eq!(names(&files.join("done")), ["1-a.zip", "a.zip", "b.zip"]);
    // What is still being written is left, and what comes of it is not taken half.
    drop_off(&desk, &server, "d.zip", 3, 0);
    let left = desk.json(0, "source pull sis --yes");
    assert_eq!(left["state"], "nothing");
    assert!(left["notes"][0].as_str().unwrap().contains("a moment ago"), "{left}");
    // Nothing of people stays here.
    assert_eq!(names(&desk.path("homeroom.db-sources").join("sis")), Vec::<String>::new());
}

#[test]
fn changes_are_taken_with_those_before_them() {
    let (desk, server) = (Desk::new(), Sshd::new());
    source(&desk, &server, "", "--set settle=0s");
    drop_off(&desk, &server, "0.zip", 0, 50);
    drop_off(&desk, &server, "1.zip", 0, 40);
    for (name, id, minutes) in [("2.zip", "late-1", 30), ("3.zip", "late-2", 20)] {
        delta(&desk, &server.files().join(name), id);
        age(&server.files().join(name), minutes);
    }
    let pulled = desk.json(0, "source pull sis --yes");
    assert_eq!((pulled["packages"].as_u64(), pulled["state"].as_str()), (Some(3), Some("applied")), "{pulled}");
    assert_eq!(names(&server.files().join("archive")), ["0.zip", "1.zip", "2.zip", "3.zip"]);
    for id in ["late-1", "late-2"] {
        assert!(desk.run("get schools --json").stdout.contains(id), "{id}");
    }
}

/// Writes a package that tells of one more school.
fn delta(desk: &Desk, to: &Path, id: &str) {
    desk.district("base", 100, 0);
    desk.edit("base", "manifest.csv", |manifest| {
        for row in &mut manifest.rows {
            if row[0].starts_with("file.") {
                row[1] = if row[0] == "file.orgs" { "delta".into() } else { "absent".into() };
            }
        }
    });
    desk.edit("base", "orgs.csv", |orgs| {
        let kind = orgs.column("type");
        orgs.rows.retain(|row| row[kind] == "school");
        orgs.rows.truncate(1);
        orgs.rows[0][0] = id.into();
        for (name, value) in [("status", "active"), ("dateLastModified", "2026-08-20T00:00:00.000Z")] {
            *orgs.cell(id, name) = value.into();
        }
    });
    let mut zip = zip::ZipWriter::new(fs::File::create(to).unwrap());
    for name in ["manifest.csv", "orgs.csv"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(desk.path("base").join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    fs::remove_dir_all(desk.path("base")).unwrap();
}

#[test]
fn a_file_or_a_set_of_files_stays_where_it_is() {
    let (desk, server) = (Desk::new(), Sshd::new());
    drop_off(&desk, &server, "day.zip", 0, 5);
    source(&desk, &server, "day.zip", "--set settle=0s");
    let state = |line: &str| -> Value { desk.json(0, line)["state"].clone() };
    assert_eq!(state("source pull sis --yes"), "applied");
    assert_eq!(state("source pull sis --yes"), "nothing");
    drop_off(&desk, &server, "day.zip", 9, 4);
    assert_eq!(state("source pull sis --yes"), "applied");
    assert_eq!(names(&server.files()), ["day.zip"]);
    desk.district("set", 100, 12);
    fs::rename(desk.path("set"), server.files().join("set")).unwrap();
    desk.json(0, &format!("source edit sis --url {}", server.url("set")));
    assert_eq!(state("source pull sis --yes"), "applied");
    assert_eq!(state("source pull sis --yes"), "nothing");
    desk.json(0, &format!("source edit sis --url {}", server.url("nowhere")));
    let missing = desk.run("source pull sis --yes");
    assert!(missing.status == 2 && missing.stderr.contains("there is nothing at"), "{missing:?}");
}

#[test]
fn a_password_lets_in_as_a_key_does() {
    for asks in [Asks::Outright, Asks::ByQuestion] {
        let (desk, server) = (Desk::new(), Doorman::new(asks, "c0rrect horse"));
        fs::write(desk.path("wrong"), "battery staple\n").unwrap();
        fs::write(desk.path("right"), "c0rrect horse\n").unwrap();
        desk.district("day.zip", 100, 0);
        fs::rename(desk.path("day.zip"), server.files().join("day.zip")).unwrap();
        let line = format!("source add sis --kind csv --url {} --set settle=0s --secret-file", server.url(""));
        desk.json(0, &format!("{line} wrong"));
        // A password goes to nobody who is not known.
        let unknown = desk.run("source pull sis --yes");
        assert!(unknown.status == 1 && unknown.stderr.contains(&server.fingerprint()), "{asks:?}: {unknown:?}");
        assert!(server.tried().is_empty(), "{asks:?}");
        desk.json(0, &format!("source edit sis --set host-key={}", server.fingerprint()));
        let refused = desk.run("source pull sis --yes");
        assert!(refused.status == 1 && refused.stderr.contains("does not take our password"), "{asks:?}: {refused:?}");
        assert_eq!(server.tried(), [false], "{asks:?}");
        desk.json(0, "source edit sis --secret-file right");
        let pulled = desk.json(0, "source pull sis --yes");
        assert_eq!(pulled["state"], "applied", "{asks:?}: {pulled}");
        // A connection is made for each errand.
        let tried = server.tried();
        assert!(!tried.is_empty() && tried.iter().all(|right| *right), "{asks:?}: {tried:?}");
        assert_eq!(names(&server.files().join("archive")), ["day.zip"], "{asks:?}");
        let kept = desk.run("source list --json").stdout + &desk.run("audit --json").stdout;
        assert!(!kept.contains("horse") && !kept.contains("staple"), "{kept}");
    }
}
