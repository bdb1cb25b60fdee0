//! Sets of files carried to a real SFTP server.

use super::desk::Desk;
use super::doorman::{Asks, Doorman};
use super::sshd::Sshd;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    all.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn sets_of_files_arrive_at_a_server_whole() {
    let (desk, server) = (Desk::new(), Sshd::new());
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let missing = desk.run(&format!("target add far --kind canvas --set out={}", server.url("")));
    assert!(missing.status == 2 && missing.stderr.contains("private key of the SFTP server"), "{missing:?}");
    let key = server.key("mine");
    for (kind, place) in [("canvas", "set"), ("canvas", "set.zip"), ("oneroster", "copy"), ("oneroster", "copy.zip")] {
        let name = place.replace('.', "-");
        let url = server.url(place);
        desk.json(0, &format!("target add {name} --kind {kind} --set out={url} --token-file {key}"));
        desk.json(0, &format!("target add here-{name} --kind {kind} --set out={place}"));
        let first = desk.run(&format!("target test {name}"));
        assert!(first.status == 1 && first.stderr.contains(&server.fingerprint("host")), "{first:?}");
        desk.json(0, &format!("target edit {name} --set host-key={}", server.fingerprint("host")));
        if !place.ends_with("zip") {
            let none = desk.run(&format!("target push {name}"));
            assert!(none.status == 1 && none.stderr.contains(place), "{none:?}");
            fs::create_dir(server.files().join(place)).unwrap();
            // Files of others are left alone; those of an earlier set go.
            fs::write(server.files().join(place).join("thesis.txt"), "years").unwrap();
            let stale = if kind == "canvas" { "user_observers.csv" } else { "demographics.csv.part" };
            fs::write(server.files().join(place).join(stale), "old").unwrap();
        }
        desk.json(0, &format!("target test {name}"));
        for _ in 0..2 {
            desk.json(0, &format!("target push {name}"));
            desk.json(0, &format!("target push here-{name}"));
            let (there, here) = (server.files().join(place), desk.path(place));
            if place.ends_with("zip") {
                assert_eq!(fs::read(there).unwrap(), fs::read(here).unwrap(), "{place}");
            } else {
                let mut there = files(&there);
                assert_eq!(there.remove("thesis.txt").as_deref(), Some(b"years".as_slice()));
                assert_eq!(there, files(&here), "{place}");
            }
        }
    }
    let left = files(&server.files().join("set")).into_keys().filter(|name| name.ends_with(".part"));
    assert_eq!(left.count(), 0);
    let kept = desk.run("target list --json").stdout + &desk.run("audit --json").stdout;
    assert!(!kept.contains("PRIVATE KEY"), "{kept}");
}

#[test]
fn a_password_lets_a_set_in_as_a_key_does() {
    for asks in [Asks::Outright, Asks::ByQuestion] {
        let (desk, server) = (Desk::new(), Doorman::new(asks, "c0rrect horse"));
        desk.district("d", 100, 0);
        desk.json(0, "import d --yes");
        fs::write(desk.path("wrong"), "battery staple\n").unwrap();
        fs::write(desk.path("right"), "c0rrect horse\n").unwrap();
        fs::create_dir(server.files().join("set")).unwrap();
        desk.json(0, &format!("target add far --kind canvas --set out={} --token-file wrong", server.url("set")));
        desk.json(0, "target add here --kind canvas --set out=set");
        // A password goes to nobody who is not known.
        for line in ["target test far", "target push far"] {
            let unknown = desk.run(line);
            assert!(unknown.status == 1 && unknown.stderr.contains(&server.fingerprint()), "{asks:?}: {unknown:?}");
        }
        assert!(server.tried().is_empty(), "{asks:?}");
        desk.json(0, &format!("target edit far --set host-key={}", server.fingerprint()));
        for line in ["target test far", "target push far"] {
            let refused = desk.run(line);
            assert!(refused.status == 1 && refused.stderr.contains("does not take our password"), "{refused:?}");
            assert_eq!(server.tried(), [false], "{asks:?}: {line}");
        }
        assert!(files(&server.files().join("set")).is_empty(), "{asks:?}: nothing of people goes before");
        desk.json(0, "target edit far --token-file right");
        for line in ["target test far", "target push far", "target push here"] {
            desk.json(0, line);
        }
        let tried = server.tried();
        assert!(!tried.is_empty() && tried.iter().all(|right| *right), "{asks:?}: {tried:?}");
        let (there, here) = (files(&server.files().join("set")), files(&desk.path("set")));
        assert!(!there.is_empty() && there == here, "{asks:?}: {:?} {:?}", there.keys(), here.keys());
        let kept = desk.run("target list --json").stdout + &desk.run("audit --json").stdout;
        assert!(!kept.contains("horse") && !kept.contains("staple"), "{kept}");
    }
}
