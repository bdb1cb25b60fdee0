//! The program as people run it: a folder, commands in it, and a server.

use super::engine::Database;
use oneroster::model::{Service, Version};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own with a database, and the program.
pub struct Desk {
    folder: TempDir,
    pub database: Database,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A running server with an application that may read everything.
pub struct Served {
    pub child: Child,
    pub base: String,
    /// What it said when it began.
    pub hello: Value,
    pub agent: ureq::Agent,
    app: Value,
    pub token: String,
}

/// One page of a collection.
#[derive(Debug)]
pub struct Page {
    pub records: Vec<Value>,
    pub total: usize,
    pub next: Option<String>,
}

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path());
        Desk { folder, database }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of the files in the folder.
    pub fn files(&self) -> Vec<String> {
        let all = fs::read_dir(self.folder.path()).unwrap();
        all.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// A command line, its words parted by spaces, to be run in the folder.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homeroom"));
        command.current_dir(self.folder.path()).args(line.split_whitespace()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOMEROOM_")) {
            command.env_remove(name);
        }
        command.env("COLUMNS", "100");
        self.database.tell(&mut command);
        command
    }

    /// Starts a command without waiting for it.
    pub fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn run(&self, line: &str) -> Ran {
        let output = self.command(line).output().unwrap();
        Ran {
            status: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that is sent Ctrl-C once it listens and `now` says so.
    pub fn interrupt(&self, line: &str, mut now: impl FnMut(Instant) -> bool) -> Ran {
        let mut child = self.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        let start = Instant::now();
        let mut heard = false;
        while !heard && child.try_wait().unwrap().is_none() {
            heard = listens(&child);
        }
        until(&mut child, || now(start));
        // It may have ended at this very moment.
        let _ = kill_process(id, Signal::INT);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let status = child.wait().unwrap().code().expect("it ends by itself");
        Ran { status, stdout: String::new(), stderr }
    }

    /// Runs a command that must end with this status and one document.
    #[track_caller]
    pub fn json(&self, status: i32, line: &str) -> Value {
        let ran = self.run(&format!("{line} --json"));
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        ran.document()
    }

    /// Writes the district of so many students on a day, into a folder or zip.
    pub fn district(&self, name: &str, students: u32, day: u32) {
        self.json(0, &format!("generate {name} --students {students} --seed 7 --day {day}"));
    }

    /// Serves the database for an application of these scopes.
    pub fn serve_for(&self, name: &str, scopes: &str, flags: &str) -> Served {
        let known = self.run(&format!("app rotate {name} --json"));
        let scopes: String = scopes.split_whitespace().map(|scope| format!(" --scope {scope}")).collect();
        let app = if known.status == 0 { known.document() } else { self.json(0, &format!("app add {name}{scopes}")) };
        Served::start_for(self.command(&format!("serve {flags} --rate off --json")), Some(app))
    }

    /// Serves the database, with an application and a token.
    pub fn serve(&self) -> Served {
        self.serve_by("--listen 127.0.0.1:0")
    }

    /// The same with other flags.
    pub fn serve_by(&self, flags: &str) -> Served {
        let scopes = "--scope roster-core.readonly --scope roster.readonly --scope roster-demographics.readonly";
        let known = self.run("app rotate reader --json");
        let app = if known.status == 0 { known.document() } else { self.json(0, &format!("app add reader {scopes}")) };
        Served::start_for(self.command(&format!("serve {flags} --rate off --json")), Some(app))
    }
}

impl Ran {
    /// The one document on standard output.
    #[track_caller]
    pub fn document(&self) -> Value {
        let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&self.stdout).into_iter().collect();
        match documents {
            Ok(all) if all.len() == 1 => all.into_iter().next().unwrap(),
            other => panic!("not one document: {other:?} of {self:?}"),
        }
    }
}

impl Served {
    /// Starts a server that names its own application.
    pub fn start(command: Command) -> Served {
        Served::start_for(command, None)
    }

    /// Starts a server for an application that is there.
    pub fn start_for(mut command: Command, app: Option<Value>) -> Served {
        command.stderr(Stdio::null());
        Served::spawn(command, app)
    }

    /// The same; its log goes where the command says.
    pub fn start_logged(command: Command, app: Value) -> Served {
        Served::spawn(command, Some(app))
    }

    fn spawn(mut command: Command, app: Option<Value>) -> Served {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let hello: Value = serde_json::from_str(&line).unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let base = hello["url"].as_str().unwrap().to_owned();
        let app = app.unwrap_or_else(|| hello.clone());
        let mut served = Served { child, base, hello, agent: config.into(), app, token: String::new() };
        served.token = served.new_token();
        served
    }

    /// Ends the server, which finishes what it has begun.
    pub fn stop(mut self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    /// The client id and the secret of the application.
    pub fn credentials(&self) -> [&str; 2] {
        ["client_id", "client_secret"].map(|member| self.app[member].as_str().unwrap())
    }

    /// Asks for a token, as an application does.
    pub fn new_token(&self) -> String {
        let text = |member: &str| self.app[member].as_str().unwrap().to_owned();
        let form = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", text("client_id")),
            ("client_secret", text("client_secret")),
        ];
        let mut answer = self.agent.post(format!("{}/oauth/token", self.base)).send_form(form).unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let body: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// The address of a collection or record, with its query.
    pub fn address(&self, version: Version, path: &str) -> String {
        format!("{}{}/{path}", self.base, Service::Rostering.base_path(version))
    }

    /// What an address answers, which must be 200.
    #[track_caller]
    pub fn get(&self, address: &str) -> (ureq::http::HeaderMap, Value) {
        let request = self.agent.get(address).header("authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().unwrap();
        let body = answer.body_mut().with_config().limit(1 << 28).read_to_string().unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{address}: {body}");
        (answer.headers().clone(), serde_json::from_str(&body).unwrap())
    }

    /// The status of an answer.
    pub fn status(&self, address: &str) -> u16 {
        let request = self.agent.get(address).header("authorization", format!("Bearer {}", self.token));
        request.call().unwrap().status().as_u16()
    }

    /// Puts a record; the status, unless the server is gone.
    pub fn put(&self, address: &str, body: &Value) -> Option<u16> {
        let request = self.agent.put(address).header("authorization", format!("Bearer {}", self.token));
        let answer = request.header("content-type", "application/json").send(body.to_string());
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// The status of an address, and what it answers.
    pub fn ask(&self, method: &str, address: &str) -> (u16, String) {
        let request = ureq::http::Request::builder().method(method).uri(address);
        let request = request.header("authorization", format!("Bearer {}", self.token)).body(()).unwrap();
        let mut answer = self.agent.run(request).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// What an address answers as text.
    #[track_caller]
    pub fn text(&self, address: &str) -> String {
        let request = self.agent.get(address).header("authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{address}");
        answer.body_mut().read_to_string().unwrap()
    }

    #[track_caller]
    pub fn page(&self, collection: &str, address: &str) -> Page {
        let (headers, mut body) = self.get(address);
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let links = header("link").unwrap_or_default();
        let next = links.split(", <").find(|link| link.ends_with("rel=\"next\""));
        let next = next.map(|link| link.trim_start_matches('<').split('>').next().unwrap().to_owned());
        let Value::Array(records) = body[collection].take() else { panic!("no {collection}: {body}") };
        Page { records, total: header("x-total-count").unwrap().parse().unwrap(), next }
    }

    /// Every record of a collection that a query gives, by `next` links.
    #[track_caller]
    pub fn pull(&self, version: Version, collection: &str, query: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut address = Some(self.address(version, &format!("{collection}?{query}")));
        let mut total = None;
        while let Some(at) = address {
            let page = self.page(collection, &at);
            assert_eq!(*total.get_or_insert(page.total), page.total, "one version to its end");
            all.extend(page.records);
            address = page.next;
        }
        assert_eq!(Some(all.len()), total, "{collection}?{query}");
        all
    }

    /// How many records a collection has.
    #[track_caller]
    pub fn total(&self, collection: &str) -> usize {
        self.page(collection, &self.address(Version::V1P2, &format!("{collection}?limit=1"))).total
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // If it has ended already there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until something is so, or the child has ended.
pub fn until(child: &mut Child, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && !so() {
        assert!(Instant::now() < deadline, "it never came to pass");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Whether a process listens for Ctrl-C already.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim).unwrap_or_default();
    u64::from_str_radix(caught, 16).is_ok_and(|set| set & (1 << (Signal::INT.as_raw() - 1)) != 0)
}

/// How large a file is; 0 if there is none.
pub fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}
