//! Exports of packages that had something wrong with them. It is the packages
//! that differ here, not the engines: SQLite alone has to do with it.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Makes a mutation of csv.md section 8 of the 1.2 sample; false if it is one
/// of names or of patterns, which a folder of files cannot tell.
fn mutate(desk: &Desk, mutation: &Value) -> bool {
    let regex = mutation["edits"].as_array().unwrap().iter().any(|edit| edit["regex"] == true);
    if regex || mutation.get("rename").is_some() || mutation.get("prefix").is_some() {
        return false;
    }
    desk.sample("v1p2");
    let folder = desk.path("v1p2");
    let names = |key: &str| -> Vec<String> {
        let list = mutation[key].as_array().cloned().unwrap_or_default();
        list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let (remove, keep) = (names("remove"), names("keep"));
    for file in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if remove.contains(&name) || !(keep.is_empty() || keep.contains(&name)) {
            fs::remove_file(file.path()).unwrap();
        }
    }
    for edit in mutation["edits"].as_array().unwrap() {
        let text = |key: &str| edit[key].as_str().unwrap();
        let path = folder.join(text("file"));
        let content = String::from_utf8(fs::read(&path).unwrap()).unwrap();
        fs::write(path, content.replace(text("find"), text("with"))).unwrap();
    }
    for (name, text) in mutation["add"].as_object().into_iter().flatten() {
        fs::write(folder.join(name), text.as_str().unwrap()).unwrap();
    }
    true
}

#[test]
fn whatever_was_wrong_with_a_package_its_export_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oneroster/tests/fixtures/v1p2-mutations.json");
    let mutations: Vec<Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut exported = 0;
    for mutation in &mutations {
        let desk = Desk::new();
        if !mutate(&desk, mutation) || desk.run("import v1p2 --yes --max-rejected 100").status != 0 {
            continue;
        }
        for version in Version::ALL {
            // The export judges itself; what is empty is not exported.
            let ran = desk.run(&format!("export out --oneroster {version} --json"));
            let empty = ran.stdout.contains("the roster is empty");
            assert!(ran.status == 0 || empty, "{} to {version}: {ran:?}", mutation["id"]);
        }
        exported += 1;
    }
    assert!(exported > 50, "{exported}");
}
