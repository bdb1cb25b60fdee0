//! Queries in one line, on a provider over HTTP: the same answers as of our own
//! store, and few requests.

use super::desk::{Desk, Ran, Served};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Requests on their way to a server, by their lines; a filter may be refused.
struct Counter {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Counter {
    fn before(base: &str, refuses: bool) -> Counter {
        let refused = |line: &str| line.contains("filter=");
        Counter::with(base, move |line| if refuses && refused(line) { None } else { Some(line.to_owned()) })
    }

    /// A server that takes filters of a collection and gives everything.
    fn passing_over(base: &str, of: &'static str) -> Counter {
        Counter::with(base, move |line| match line.split_once("filter=") {
            Some((before, after)) if before.contains(&format!("/{of}?")) => {
                let rest = after.trim_start_matches(|c| c != '&' && c != ' ');
                Some(format!("{}{rest}", before.trim_end_matches(['&', '?'])))
            }
            _ => Some(line.to_owned()),
        })
    }

    /// What becomes of each request line; none is refused.
    fn with(base: &str, becomes: impl Fn(&str) -> Option<String> + Clone + Send + 'static) -> Counter {
        let server: SocketAddr = base.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = lines.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (heard, becomes) = (heard.clone(), becomes.clone());
                std::thread::spawn(move || one(client, server, &heard, &becomes));
            }
        });
        Counter { address, lines }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// One request of a connection; the next one wants another connection.
fn one(
    mut client: TcpStream,
    server: SocketAddr,
    heard: &Mutex<Vec<String>>,
    becomes: &dyn Fn(&str) -> Option<String>,
) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8(head).unwrap();
    let line = text.lines().next().unwrap().to_owned();
    let length = text.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).unwrap();
    let sent = becomes(&line);
    let rest = text.split_once("\r\n").unwrap().1.to_owned();
    heard.lock().unwrap().push(line);
    let Some(sent) = sent else {
        let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return drop(client.write_all(answer.as_bytes()));
    };
    let mut there = TcpStream::connect(server).unwrap();
    let own = client.local_addr().unwrap().to_string();
    let named: Vec<&str> =
        rest.lines().filter(|l| !l.to_lowercase().starts_with("connection:") && !l.is_empty()).collect();
    let head = format!("{sent}\r\n{}\r\nconnection: close\r\n\r\n", named.join("\r\n"));
    there.write_all(head.as_bytes()).unwrap();
    there.write_all(&body).unwrap();
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).unwrap();
    let _ = (own, client.write_all(&answer), client.shutdown(Shutdown::Both));
}

/// A district, served, and who may read it.
struct Far {
    desk: Desk,
    served: Served,
    id: String,
}

impl Far {
    fn new() -> Far {
        let desk = Desk::new();
        desk.district("d", 300, 0);
        desk.json(0, "import d --yes");
        let scopes = "--scope roster-core.readonly --scope roster.readonly --scope roster-demographics.readonly";
        let app: Value = desk.json(0, &format!("app add getter {scopes}"));
        std::fs::write(desk.path("secret"), app["client_secret"].as_str().unwrap()).unwrap();
        let served = desk.serve();
        Far { id: app["client_id"].as_str().unwrap().to_owned(), desk, served }
    }

    fn get(&self, base: &str, words: &[&str]) -> Ran {
        let token = format!("{base}/oauth/token");
        let who = ["--url", base, "--token-url", &token, "--client-id", &self.id, "--secret-file", "secret"];
        let output = self.desk.command("get").args(words).args(who).output().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn own(&self, words: &[&str]) -> Ran {
        let output = self.desk.command("get").args(words).output().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn class(&self) -> (String, String, String) {
        let classes = self.desk.table("d", "classes.csv");
        let row = classes.rows.iter().find(|row| row[classes.column("classType")] == "scheduled").unwrap();
        (row[0].clone(), row[classes.column("title")].clone(), row[classes.column("courseSourcedId")].clone())
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_provider_gives_what_our_own_store_gives() {
    let far = Far::new();
    let (id, title, course) = far.class();
    let school = far.desk.table("d", "classes.csv");
    let school = school.rows[0][school.column("schoolSourcedId")].clone();
    let asks: &[&[&str]] = &[
        &["students", "--class", &title],
        &["users", "--class", &id],
        &["teachers", "--course", &course],
        &["classes", "--school", &school],
        &["users", "--school", &school],
        &["demographics", "--class", &id],
        &["sessions", "--class", &id],
        &["schools"],
        &["enrollments", "--class", &id, "--filter", "role='teacher'"],
    ];
    for version in ["1.1", "1.2"] {
        for ask in asks {
            let words = [ask, &["--format", "csv", "--oneroster", version][..]].concat();
            let (here, there) = (far.own(&words), far.get(&far.served.base, &words));
            assert_eq!(there.status, 0, "{words:?}: {there:?}");
            assert!(here.stdout.lines().count() > 1, "{words:?}");
            assert_eq!(sorted(&here.stdout), sorted(&there.stdout), "{words:?}");
        }
    }
    let found = far.get(&far.served.base, &["students", "--class", &title, "--json"]);
    assert!(found.document()["found"].as_u64().unwrap() > 0);
    assert!(found.stderr.contains("students found"), "{found:?}");
}

#[test]
fn the_students_of_a_class_by_name_take_three_requests() {
    let far = Far::new();
    let (_, title, _) = far.class();
    let counter = Counter::before(&far.served.base, false);
    let words = ["students", "--class", &title.to_uppercase(), "--oneroster", "1.2", "--json"];
    let found = far.get(&counter.url(), &words);
    assert_eq!(found.status, 0, "{found:?}");
    let lines = counter.take();
    assert!(lines.iter().filter(|line| line.contains("/classes?")).all(|line| line.contains("filter=")), "{lines:?}");
    // The token, the class by its name, and its students.
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[test]
fn those_of_several_classes_of_one_name_take_no_more() {
    let far = Far::new();
    let classes = far.desk.table("d", "classes.csv");
    // The eight classes of a grade.
    let many = classes.rows.iter().filter(|row| row[classes.column("grades")] == "03").count();
    let words = ["students", "--class", "03", "--match", "grades", "--oneroster", "1.2", "--format", "csv"];
    let counter = Counter::before(&far.served.base, false);
    let (there, here) = (far.get(&counter.url(), &words), far.own(&words));
    assert_eq!(there.status, 0, "{there:?}");
    assert_eq!(sorted(&there.stdout), sorted(&here.stdout));
    assert!(many > 3 && there.stdout.lines().count() > many, "{there:?}");
    // The token, the classes, their enrollments, and whom these name.
    let lines = counter.take();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[1..].iter().all(|line| line.contains("filter=")), "{lines:#?}");
    // One that passes over what it does not know is asked class by class.
    let counter = Counter::passing_over(&far.served.base, "enrollments");
    assert_eq!(sorted(&far.get(&counter.url(), &words).stdout), sorted(&here.stdout));
    assert_eq!(counter.take().len(), 3 + many);
}

#[test]
fn a_provider_without_filters_is_looked_through() {
    let far = Far::new();
    let (_, title, _) = far.class();
    let counter = Counter::before(&far.served.base, true);
    let words = ["students", "--class", &title, "--oneroster", "1.1", "--json"];
    let (here, there) = (far.own(&["students", "--class", &title, "--json"]), far.get(&counter.url(), &words));
    assert_eq!(there.status, 0, "{there:?}");
    assert_eq!(here.document()["found"], there.document()["found"]);
    assert!(there.stderr.contains("A filter was refused"), "{there:?}");
    let unknown = far.get(&far.served.base, &["students", "--class", "nowhere", "--oneroster", "1.1", "--json"]);
    assert!(unknown.status == 0 && unknown.stderr.contains("no class \"nowhere\""), "{unknown:?}");
}

#[test]
fn what_goes_wrong_far_away_is_said() {
    let far = Far::new();
    std::fs::write(far.desk.path("wrong"), "not the secret").unwrap();
    let ask = |words: &[&str]| {
        let output = far.desk.command("get students").args(words).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let base = far.served.base.as_str();
    let (status, said) = ask(&["--url", base, "--client-id", &far.id, "--secret-file", "wrong", "--oneroster", "1.2"]);
    assert!(status == 1 && said.contains("check --client-id"), "{status} {said}");
    assert!(!said.contains("not the secret"));
    let (status, said) = ask(&["--url", base, "--client-id", &far.id, "--secret-file", "none"]);
    assert!(status == 2 && said.contains("cannot be read"), "{said}");
    let (status, said) = ask(&["--url", base, "--client-id", &far.id]);
    assert!(status == 2 && said.contains("HOMEROOM_CLIENT_SECRET"), "{said}");
    let (status, said) = ask(&["--url", "http://sis.example.org", "--client-id", &far.id, "--secret-file", "wrong"]);
    assert!(status == 2, "{said}");
    let signed = ["--url", base, "--client-id", "x", "--secret-file", "wrong", "--oauth1", "--oneroster", "1.2"];
    let (status, said) = ask(&signed);
    assert!(status == 2 && said.contains("1.1 only"), "{said}");
    let (status, _) = ask(&["--client-id", "x"]);
    assert_eq!(status, 2);
}

#[test]
fn signed_requests_are_understood_too() {
    let far = Far::new();
    let app = far.desk.json(0, "app add signer --oauth1 --scope roster-core.readonly --scope roster.readonly");
    std::fs::write(far.desk.path("key"), app["client_secret"].as_str().unwrap()).unwrap();
    let (id, _, _) = far.class();
    let line = format!(
        "get students --class {id} --url {} --client-id {} --secret-file key --oauth1 --json",
        far.served.base,
        app["client_id"].as_str().unwrap()
    );
    let (there, here) = (far.desk.run(&line), far.own(&["students", "--class", &id, "--json"]));
    assert_eq!(there.status, 0, "{there:?}");
    assert_eq!(here.document()["found"], there.document()["found"]);
}

#[test]
fn a_source_that_is_fetched_may_be_asked_too() {
    let far = Desk::new();
    far.district("d", 100, 0);
    far.json(0, "import d --yes");
    let served = far.serve();
    let near = Desk::new();
    let [id, secret] = served.credentials();
    std::fs::write(near.path("secret"), secret).unwrap();
    let base = &served.base;
    near.json(
        0,
        &format!(
            "source add sis --kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id} --secret-file secret"
        ),
    );
    let asked = near.run("get students --source sis --fields sourcedId --json");
    let own = far.run("get students --fields sourcedId --json");
    assert!(asked.status == 0 && !asked.stdout.is_empty(), "{asked:?}");
    assert_eq!(asked.stdout, own.stdout);
    // Nothing came into the roster by it.
    assert_eq!(near.json(0, "runs list")["runs"], serde_json::json!([]));
    near.json(0, "source add files --kind csv --set path=x");
    for (line, told) in [("files", "no provider"), ("none", "no source")] {
        let ran = near.run(&format!("get students --source {line}"));
        assert!(ran.status == 1 && ran.stderr.contains(told), "{ran:?}");
    }
}
