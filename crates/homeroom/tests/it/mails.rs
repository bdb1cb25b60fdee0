//! Letters to people, taken by a mail server.

use super::desk::{Desk, until};
use super::smtp::Smtp;
use homeroom::mail::{Letter, Mail, MailSettings, Safety};
use oneroster::time::Timestamp;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration file that names a mail server.
fn config(path: &Path, port: u16, more: &str) {
    let text = format!("mail:\n  host: 127.0.0.1\n  port: {port}\n  from: Homeroom <roster@example.org>\n{more}");
    fs::write(path, text).unwrap();
}

#[test]
fn people_are_told_what_failed_and_what_to_do_next_and_once() {
    let (desk, mail) = (Desk::new(), Smtp::new(None, 1));
    fs::write(desk.path("secret"), "s3cret\n").unwrap();
    config(&desk.path("homeroom.yaml"), mail.address.port(), "  tls: none\n  user: me\n  secret-file: secret\n");
    let line = "source add sis --kind csv --set path=nowhere --set mail-to=a@example.org,b@example.org --set";
    assert!(desk.command(line).arg("schedule=* * * * * *").status().unwrap().success());
    let mut served = desk.serve_by("--listen 127.0.0.1:0 --config homeroom.yaml");
    // It fails again and again, and one letter says so.
    until(&mut served.child, || desk.json(0, "source show sis")["failures"].as_u64() >= Some(2));
    until(&mut served.child, || !mail.taken().is_empty());
    served.stop();
    let taken = mail.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].to, ["a@example.org", "b@example.org"]);
    assert_eq!(taken[0].login.as_deref(), Some("me s3cret"));
    for said in ["Subject: Homeroom: source sis of default: failed", "homeroom source test sis", "From: Homeroom"] {
        assert!(taken[0].text.contains(said), "{said}: {}", taken[0].text);
    }
}

#[test]
fn a_fetch_that_waits_is_told_with_its_run_and_without_people() {
    let (desk, mail) = (Desk::new(), Smtp::new(None, 0));
    desk.district("day", 100, 0);
    config(&desk.path("homeroom.yaml"), mail.address.port(), "  tls: none\n");
    let line = "source add sis --kind csv --set path=day --set settle=0s --set approve=never --set mail-to=a@example.org \
                --set";
    assert!(desk.command(line).arg("schedule=* * * * * *").status().unwrap().success());
    let mut served = desk.serve_by("--listen 127.0.0.1:0 --config homeroom.yaml");
    until(&mut served.child, || !mail.taken().is_empty());
    served.stop();
    let text = mail.taken()[0].text.replace("=\r\n", "");
    let run = desk.json(0, "runs list")["runs"][0]["run"].clone();
    assert!(text.contains(&format!("homeroom runs approve {run}")) && text.contains("planned"), "{text}");
    let users = desk.table("day", "users.csv");
    let (family, id) = (users.column("familyName"), users.column("sourcedId"));
    assert!(users.rows.iter().all(|row| !text.contains(&row[family]) && !text.contains(&row[id])), "{text}");
}

#[test]
fn a_target_that_cannot_be_pushed_is_told() {
    let (desk, mail) = (Desk::new(), Smtp::new(None, 0));
    desk.district("day", 100, 0);
    desk.json(0, "import day --yes");
    desk.json(0, "target add copy --kind oneroster --set out=copy --set mail-to=a@example.org --set notify=all");
    desk.json(0, "target push copy");
    let mut command = desk.command("target edit copy --set");
    assert!(command.arg("schedule=* * * * * *").status().unwrap().success());
    let listed = desk.json(0, "target list")["targets"][0].clone();
    assert!(listed["next"].is_string() && listed["last"]["came"] == "pushed", "{listed}");
    config(&desk.path("homeroom.yaml"), mail.address.port(), "  tls: none\n");
    let mut served = desk.serve_by("--listen 127.0.0.1:0 --config homeroom.yaml");
    // It is pushed by its time, though nothing has changed.
    until(&mut served.child, || !mail.taken().is_empty());
    assert!(mail.taken()[0].text.contains("target copy of default: pushed"), "{:?}", mail.taken());
    desk.json(0, "target edit copy --set app=nobody");
    let failed = || mail.taken().iter().any(|one| one.text.contains("homeroom target test copy"));
    until(&mut served.child, failed);
    assert_eq!(desk.json(0, "target show copy")["last"]["came"], "failed");
    served.stop();
}

#[test]
fn a_mail_server_is_spoken_with_under_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let server = Smtp::new(Some(Arc::new(tls)), 0);
    let known = folder.path().join("ca.pem");
    fs::write(&known, made.cert.pem()).unwrap();
    let letter = Letter {
        to: "a@example.org".to_owned(),
        subject: "Grüße".to_owned(),
        text: "So.\n".to_owned(),
        at: Timestamp(0),
    };
    let send = |ca_file: Option<PathBuf>| {
        let settings = MailSettings {
            host: "127.0.0.1".to_owned(),
            port: Some(server.address.port()),
            tls: Safety::Tls,
            from: "Homeroom <roster@example.org>".to_owned(),
            user: None,
            secret_file: None,
            ca_file,
        };
        Mail::new(&settings).unwrap().send(&letter)
    };
    // Whoever cannot prove itself gets nothing.
    assert!(send(None).unwrap_err().contains("127.0.0.1"));
    assert!(server.taken().is_empty());
    send(Some(known)).unwrap();
    assert_eq!((server.taken().len(), &server.taken()[0].to), (1, &vec!["a@example.org".to_owned()]));
}

#[test]
fn a_configuration_that_cannot_be_meant_is_told() {
    let desk = Desk::new();
    for (text, said) in [
        ("mail:\n  host: x\n", "from"),
        ("mail:\n  host: x\n  from: nobody\n", "no address"),
        ("mail:\n  host: x\n  from: a@b.org\n  user: me\n  secret-file: none\n", "cannot be read"),
        ("mail: [", "homeroom.yaml: line "),
    ] {
        fs::write(desk.path("homeroom.yaml"), text).unwrap();
        let ran = desk.run("serve --listen 127.0.0.1:0 --config homeroom.yaml --json");
        assert!(ran.status == 2 && ran.stdout.contains(said), "{text}: {ran:?}");
    }
    let bad = desk.json(2, "source add x --kind csv --set path=a --set mail-to=nobody");
    assert!(bad["error"]["message"].as_str().unwrap().contains("no address"), "{bad}");
    assert_eq!(desk.json(0, "source list")["sources"], json!([]));
}
