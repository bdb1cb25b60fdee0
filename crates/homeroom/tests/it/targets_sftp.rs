//! Sets of files carried to a real SFTP server.

use super::desk::Desk;
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
