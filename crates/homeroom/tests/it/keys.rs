//! `homeroom key rotate`, as it is typed.

use super::desk::Desk;
use super::stub::Stub;
use serde_json::json;
use std::fs;

#[test]
fn sources_and_targets_open_with_the_next_key() {
    let (provider, desk, stub) = (Desk::new(), Desk::new(), Stub::new());
    provider.district("day", 100, 0);
    provider.json(0, "import day --yes");
    let served = provider.serve();
    let (base, [id, secret]) = (&served.base, served.credentials());
    fs::write(desk.path("secret"), secret).unwrap();
    let source = format!("--kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id}");
    desk.json(0, &format!("source add sis {source} --secret-file secret"));
    desk.json(
        0,
        &format!(
            "target add copy --kind oneroster --set out=copy --set notify-url={}/told --notify-secret-file secret",
            stub.url()
        ),
    );
    desk.json(0, "app add signer --oauth1");
    let key = || fs::read_to_string(desk.path("homeroom.db-key")).unwrap();
    let before = key();
    let done = desk.json(0, "key rotate");
    assert_eq!(done["sealed"], json!({ "applications": 1, "sources": 1, "targets": 1 }), "{done}");
    assert_ne!(key(), before);
    assert_eq!(fs::read_to_string(desk.path("homeroom.db-key-former")).unwrap(), before);
    desk.json(0, "source pull sis --yes");
    desk.json(0, "target push copy");
    desk.json(0, "target show copy");

    // The former key is not written over: a backup may need it.
    let told = desk.json(1, "key rotate");
    assert!(told["error"]["message"].as_str().unwrap().contains("homeroom.db-key-former"), "{told}");
    fs::remove_file(desk.path("homeroom.db-key-former")).unwrap();

    // One that was broken off between the secrets goes on with the same key.
    let next = "2".repeat(64);
    fs::write(desk.path("homeroom.db-key-next"), &next).unwrap();
    let said = desk.run("key rotate");
    assert!(said.status == 0 && said.stderr.contains("homeroom.db-key-next"), "{said:?}");
    assert_eq!(key(), next);
    desk.json(0, "source pull sis --yes");
}

#[test]
fn a_key_that_is_given_gets_a_file_for_the_next_one() {
    let desk = Desk::new();
    let given = |key: &str, line: &str| {
        let output = desk.command(line).env("HOMEROOM_KEY", key).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let first = "1".repeat(64);
    assert_eq!(given(&first, "app add reader").0, 0);
    let (status, said) = given(&first, "key rotate");
    assert!(status == 2 && said.contains("--to FILE"), "{status} {said}");
    for (held, wanted) in [(&first[..], "in use"), ("rubbish", "does not hold an installation key")] {
        fs::write(desk.path("next"), held).unwrap();
        let (status, said) = given(&first, "key rotate --to next");
        assert!(status != 0 && said.contains(wanted), "{status} {said}");
        assert_eq!(given(&first, "app list").0, 0, "nothing has changed");
    }
    fs::remove_file(desk.path("next")).unwrap();
    assert_eq!(given(&first, "key rotate --to next").0, 0);
    let next = fs::read_to_string(desk.path("next")).unwrap();
    assert_eq!(given(&first, "app list").0, 1);
    assert_eq!(given(next.trim(), "app list").0, 0);
}
