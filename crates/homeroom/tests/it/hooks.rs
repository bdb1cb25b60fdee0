//! What a push that ran by itself came to, told to a webhook.

use super::desk::{Desk, until};
use super::stub::{Reply, Stub, assert_signed};
use serde_json::Value;
use std::fs;

#[test]
fn the_outcome_of_a_push_is_told_and_signed() {
    let (desk, stub) = (Desk::new(), Stub::new());
    desk.district("day", 100, 0);
    desk.json(0, "import day --yes");
    fs::write(desk.path("hook"), "s3cret\n").unwrap();
    let line = "target add copy --kind oneroster --set out=copy --set notify=all --notify-secret-file hook --set";
    let plain = desk.json(2, &format!("{line} notify-url=http://hooks.example.org"));
    assert!(plain["error"]["message"].as_str().unwrap().contains("plain http"), "{plain}");
    desk.json(0, &format!("{line} notify-url={}/told", stub.url()));
    desk.json(0, "target push copy");
    let mut command = desk.command("target edit copy --set");
    assert!(command.arg("schedule=* * * * * *").status().unwrap().success());
    assert!(stub.asked().is_empty(), "what is done by hand is seen by whoever does it");
    // The first call fails, and the same is told again.
    stub.answer(vec![Reply::status(500), Reply::status(204)]);
    let mut served = desk.serve();
    until(&mut served.child, || stub.asked().len() >= 2);
    served.stop();
    let asked = stub.asked();
    let (head, body) = asked[1].split_at(asked[1].find('{').unwrap());
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&told["target"], &told["state"], &told["tenant"]),
        (&"copy".into(), &"pushed".into(), &"default".into())
    );
    assert_signed(head, body, b"s3cret");
    // The secret is nowhere to be read.
    for name in desk.files().into_iter().filter(|name| name != "hook" && !desk.path(name).is_dir()) {
        let bytes = fs::read(desk.path(&name)).unwrap();
        assert!(!bytes.windows(6).any(|some| some == b"s3cret"), "{name} holds the secret");
    }
}

#[test]
fn the_secret_of_a_webhook_is_named_in_a_document_by_where_it_is() {
    let (desk, stub) = (Desk::new(), Stub::new());
    desk.district("day", 100, 0);
    desk.json(0, "import day --yes");
    fs::write(desk.path("hook"), "s3cret\n").unwrap();
    let document = |secrets: &str| {
        let settings =
            format!("{{out: copy, notify: all, notify-url: '{}/told', schedule: '* * * * * *'}}", stub.url());
        let text = format!("homeroom: 1\ntargets: {{copy: {{kind: oneroster, settings: {settings}, {secrets}}}}}\n");
        fs::write(desk.path("all.yaml"), text).unwrap();
    };
    document("secrets: {notify-secret: {file: nowhere}}");
    desk.json(2, "config apply all.yaml");
    document("secrets: {hush: {file: hook}}");
    assert!(desk.json(2, "config apply all.yaml")["error"]["message"].as_str().unwrap().contains("notify-secret"));
    document("secrets: {notify-secret: {file: hook}}");
    let made = desk.json(0, "config apply all.yaml");
    assert!(!made.to_string().contains("s3cret"), "{made}");
    assert!(desk.json(0, "config apply all.yaml")["configuration"].is_null());
    desk.json(0, "target push copy");
    fs::write(desk.path("hook"), "an0ther\n").unwrap();
    let changed = desk.json(0, "config apply all.yaml");
    assert_eq!(changed["changes"][0]["members"][0]["member"], "notify-secret", "{changed}");
    assert!(!desk.run("config export").stdout.contains("an0ther"));
    // What the target has come to is kept beside it.
    let pushed = desk.json(0, "target show copy")["pushed"].clone();
    assert!(pushed.is_string());
    stub.answer(vec![Reply::status(204)]);
    let mut served = desk.serve();
    until(&mut served.child, || !stub.asked().is_empty());
    served.stop();
    let asked = stub.asked();
    let (head, body) = asked[0].split_at(asked[0].find('{').unwrap());
    assert_signed(head, body, b"an0ther");
}
