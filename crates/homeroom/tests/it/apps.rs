//! The commands, as processes.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn run(&self, line: &str) -> Output {
        self.run_with(line, &[])
    }

    fn run_with(&self, line: &str, environment: &[(&str, &str)]) -> Output {
        self.command(line, environment).output().unwrap()
    }

    fn command(&self, line: &str, environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homeroom"));
        for name in ["HOMEROOM_DATABASE", "HOMEROOM_KEY", "HOMEROOM_KEY_FILE", "HOMEROOM_PUBLIC_URL", "HOMEROOM_LOG"] {
            command.env_remove(name);
        }
        command.args(line.split(' ')).envs(environment.iter().copied()).current_dir(self.0.path());
        command
    }

    /// The one JSON document on standard output, and the exit status.
    #[track_caller]
    fn json(&self, line: &str) -> (Value, i32) {
        document(&self.run(&format!("{line} --json")))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

#[track_caller]
fn document(output: &Output) -> (Value, i32) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text:?} {output:?}"));
    (value, output.status.code().unwrap())
}

#[test]
fn an_application_goes_through_its_life() {
    let desk = Desk::new();
    let (added, status) = desk.json("app add LMS");
    assert_eq!(status, 0);
    let members: Vec<_> = added.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["app", "client_id", "client_secret", "token_url", "scopes"]);
    assert_eq!(added["app"], "LMS");
    assert_eq!(added["token_url"], "http://127.0.0.1:8080/oauth/token");
    assert_eq!(added["scopes"], json!(["roster-core.readonly", "roster.readonly"]));
    let unreserved =
        |text: &Value| text.as_str().unwrap().bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    assert!(unreserved(&added["client_id"]) && unreserved(&added["client_secret"]));

    let (shown, _) = desk.json("app show LMS");
    assert_eq!((&shown["tombstones"], &shown["disabled"]), (&json!("filtered"), &Value::Null));
    assert!(!shown.to_string().contains(added["client_secret"].as_str().unwrap()));
    let (edited, _) = desk.json("app edit LMS --tombstones always --scope roster.readonly --scope gradebook.readonly");
    assert_eq!(edited["scopes"], json!(["roster.readonly", "gradebook.readonly"]));
    assert_eq!(edited["tombstones"], "always");
    let (disabled, _) = desk.json("app edit LMS --disable");
    assert!(disabled["disabled"].is_string() && disabled["tombstones"] == "always");
    assert_eq!(desk.json("app edit LMS --enable").0["disabled"], Value::Null);

    let (rotated, _) = desk.json("app rotate LMS --public-url https://r.example.org/");
    assert_eq!(rotated["client_id"], added["client_id"]);
    assert_ne!(rotated["client_secret"], added["client_secret"]);
    assert_eq!(rotated["token_url"], "https://r.example.org/oauth/token");
    assert_eq!(desk.json("app list").0["apps"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json("app remove LMS"), (json!({ "app": "LMS", "removed": true }), 0));
    assert_eq!(desk.json("app list"), (json!({ "apps": [] }), 0));
}

#[test]
fn a_grant_is_given_changed_copied_and_told() {
    let desk = Desk::new();
    let added =
        desk.run("app add LMS --school s1 --school s2 --grade 06 --role student --term current --hide user.email");
    assert_eq!(added.status.code(), Some(0));
    let said = String::from_utf8(added.stderr).unwrap();
    assert!(said.contains("warning: the roster knows no school s1, s2: "), "{said}");
    let shown = desk.json("app show LMS").0;
    let grant = json!({
        "schools": ["s1", "s2"], "classes": [], "grades": ["06"], "roles": ["student"], "terms": ["current"],
        "entities": [], "hidden": ["user.email"], "masked": [],
        "profile": null, "profile_set": [],
    });
    assert_eq!(shown["grant"], grant);
    let told = String::from_utf8(desk.run("app show LMS").stdout).unwrap();
    assert!(told.contains("sees        the schools s1 and s2, with departments\n"), "{told}");
    assert!(told.contains("\n            without user.email\n"), "{told}");
    let edited = desk.json("app edit LMS --school all --mask user.familyName --entity users").0;
    assert_eq!((&edited["grant"]["schools"], &edited["grant"]["grades"]), (&json!([]), &json!(["06"])));
    assert_eq!(edited["grant"]["masked"], json!(["user.familyName"]));
    let (copied, status) = desk.json("app copy LMS LMS2");
    assert_eq!((status, copied["app"].as_str()), (0, Some("LMS2")));
    assert_eq!(desk.json("app show LMS2").0["grant"], edited["grant"]);
    assert_eq!(desk.json("app copy nobody x").1, 1);
    for (line, wanted) in [
        ("app edit LMS --hide user.familyName", "--mask user.familyName"),
        ("app edit LMS --hide user.emial", "is user.email meant"),
        ("app edit LMS --mask user.role", ""),
    ] {
        let (failed, status) = desk.json(line);
        assert_eq!((failed["error"]["code"].as_str(), status), (Some("usage"), 2), "{line}");
        assert!(failed["error"]["hint"].as_str().unwrap_or_default().contains(wanted), "{failed}");
    }
    assert_eq!(desk.json("app show LMS").0["grant"], edited["grant"]);
}

#[test]
fn failures_are_one_document_and_the_agreed_status() {
    let desk = Desk::new();
    desk.json("app add LMS");
    let cases = [
        ("app add LMS", "refused", 1),
        ("app show nobody", "not_found", 1),
        ("app remove nobody", "not_found", 1),
        ("app add other --scope roster.everything", "usage", 2),
        ("app add", "usage", 2),
        ("nothing", "usage", 2),
        ("app list --tenant north", "usage", 2),
        ("app list --config no-such-file", "unreadable", 2),
        ("app list --database mysql:x", "usage", 2),
        ("app list --database sqlite:no/such/folder.db", "unusable", 2),
        ("serve --listen 0.0.0.0:0", "usage", 2),
        ("serve --listen nowhere", "usage", 2),
        ("serve --tls-cert c --tls-key k", "usage", 2),
        ("serve --tls-cert c", "usage", 2),
        ("serve --trust-proxy nobody", "usage", 2),
        ("serve --public-url example.org", "usage", 2),
    ];
    for (line, code, status) in cases {
        let (said, given) = desk.json(line);
        assert_eq!((said["error"]["code"].as_str(), given), (Some(code), status), "{line}: {said}");
        assert_eq!(said.as_object().unwrap().len(), 1);
        assert!(!said["error"]["message"].as_str().unwrap().is_empty());
    }
    let spoken = desk.run("app show nobody");
    assert!(spoken.stdout.is_empty());
    assert!(String::from_utf8(spoken.stderr).unwrap().starts_with("error: there is no application"));
}

#[test]
fn an_application_that_signs_is_told_what_it_needs() {
    let desk = Desk::new();
    let (added, status) =
        desk.json("app add Moodle --oauth1 --secret-expires 90d --rate 20 --public-url https://r.example.org");
    assert_eq!(status, 0);
    let oauth1 = &added["oauth1"];
    assert_eq!(oauth1["consumer_key"], added["client_id"]);
    assert_eq!(oauth1["consumer_secret"], added["client_secret"]);
    assert_eq!(oauth1["base_url"], "https://r.example.org/ims/oneroster/v1p1");
    assert_eq!(oauth1["signature_methods"], json!(["HMAC-SHA256", "HMAC-SHA1"]));
    let (shown, _) = desk.json("app show Moodle");
    assert_eq!((&shown["oauth1"], &shown["rate"]), (&json!(true), &json!(20)));
    // It stays what it is until it is told otherwise.
    assert!(desk.json("app rotate Moodle --keep-old 24h").0["oauth1"].is_object());
    let (tokens, _) = desk.json("app rotate Moodle --oauth2");
    assert!(tokens["oauth1"].is_null() && tokens["client_secret"].is_string());
    assert_eq!(desk.json("app edit Moodle --rate default").0["rate"], Value::Null);
    assert!(desk.json("app rotate Moodle --oauth1").0["oauth1"].is_object());
    for usage in ["app add x --secret-expires soon", "app rotate Moodle --oauth1 --oauth2", "app edit Moodle --rate 0"]
    {
        assert_eq!(desk.json(usage).1, 2, "{usage}");
    }
}

#[test]
fn a_port_in_use_is_said_with_the_next_step() {
    let desk = Desk::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (said, status) = desk.json(&format!("serve --listen {}", taken.local_addr().unwrap()));
    assert_eq!((&said["error"]["code"], status), (&json!("port_in_use"), 1));
    assert!(said["error"]["hint"].as_str().unwrap().contains("--listen 127.0.0.1:"));
}

#[test]
fn the_key_is_announced_and_a_wrong_one_stops_everything() {
    let desk = Desk::new();
    let first = desk.run("app list");
    assert!(String::from_utf8(first.stderr).unwrap().contains("homeroom.db-key"));
    assert!(desk.path().join("homeroom.db-access").exists());
    assert!(desk.run("app list").stderr.is_empty(), "announced once");
    let (wrong, other) = ("ab".repeat(32), desk.path().join("other-key"));
    std::fs::write(&other, "cd".repeat(32)).unwrap();
    let other = other.to_str().unwrap();
    for line in ["app list --json", "serve --listen 127.0.0.1:0 --json"] {
        for environment in [("HOMEROOM_KEY", wrong.as_str()), ("HOMEROOM_KEY_FILE", other), ("HOMEROOM_KEY", "short")] {
            let (said, status) = document(&desk.run_with(line, &[environment]));
            assert_eq!((&said["error"]["code"], status), (&json!("key"), 1), "{line} {environment:?}");
        }
    }
    let both = [("HOMEROOM_KEY", wrong.as_str()), ("HOMEROOM_KEY_FILE", other)];
    assert_eq!(document(&desk.run_with("app list --json", &both)).1, 2);
    let right = std::fs::read_to_string(desk.path().join("homeroom.db-key")).unwrap();
    assert_eq!(document(&desk.run_with("app list --json", &[("HOMEROOM_KEY", &right)])).1, 0);
    std::fs::remove_file(desk.path().join("homeroom.db-key")).unwrap();
    assert_eq!(document(&desk.run("app list --json")).1, 1);
}

#[test]
fn help_and_version_end_well() {
    let desk = Desk::new();
    for line in ["--help", "--version", "app --help", "serve --help", "demo --help"] {
        let output = desk.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(!output.stdout.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn serve_says_where_and_ends_when_it_is_told_to() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new();
    for signal in ["-TERM", "-INT"] {
        let mut command = desk.command("serve --listen 127.0.0.1:0 --json --log-format json", &[]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let url = said["url"].as_str().unwrap();
        assert_eq!(said["oneroster"]["1.2"], format!("{url}/ims/oneroster/rostering/v1p2"));
        let body = ureq::get(format!("{url}/healthz")).call().unwrap().body_mut().read_to_string().unwrap();
        assert_eq!(body, "{\"status\":\"ok\"}");
        assert!(Command::new("kill").args([signal, &server.id().to_string()]).status().unwrap().success());
        let ended = server.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        let log = String::from_utf8(ended.stderr).unwrap();
        assert!(log.lines().any(|line| line.contains("\"route\":\"/healthz\"")), "{log}");
    }
}

/// A server as a process, which ends when it is dropped.
struct Running {
    child: std::process::Child,
    said: Value,
}

impl Running {
    fn start(desk: &Desk, line: &str) -> Running {
        use std::io::{BufRead, BufReader};
        let mut child = desk.command(line, &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Running { child, said: serde_json::from_str(&line).unwrap() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn the_demonstration_prints_lines_that_work_when_pasted() {
    let desk = Desk::new();
    let line = "demo --listen 127.0.0.1:0 --students 100 --json --log-level error";
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let demo = Running::start(&desk, line);
        secrets.push(demo.said["client_secret"].clone());
        let lines: Vec<_> = demo.said["try"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        let pasted = Command::new("sh").args(["-c", &lines.join("\n")]).output().unwrap();
        let students: Value = serde_json::from_slice(&pasted.stdout).unwrap_or_else(|e| panic!("{e}: {pasted:?}"));
        assert_eq!(students["users"].as_array().map(Vec::len), Some(3));
    }
    assert_eq!(secrets[0], secrets[1], "a second start uses what is there");
    assert!(desk.path().join("homeroom-demo.db").exists() && !desk.path().join("homeroom-demo.db-demo.zip").exists());
}
