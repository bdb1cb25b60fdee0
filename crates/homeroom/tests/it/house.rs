//! A district with a server, and a way to ask it.

use super::engine::Database;
use homeroom::provider::{Options, Server};
use homeroom::system::System;
use homeroom::telemetry::{self, LogFormat};
use homeroom_store::access::{Access, App, NewApp, ScopeSet};
use homeroom_store::{DatabaseUrl, Roster};
use oneroster::model::{Method, ROUTES, Route, Service, Shape, Version};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A district in a folder of its own, served until it is dropped.
pub struct House {
    pub access: Access,
    pub address: SocketAddr,
    agent: ureq::Agent,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    // Fields end in their order, and this is what the others stand on.
    database: Database,
    folder: TempDir,
}

/// An application with its secret.
pub struct Holder {
    pub app: App,
    pub secret: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl House {
    pub fn new() -> House {
        House::with(Options::default())
    }

    pub fn known_as(public_url: &str) -> House {
        House::with(Options { public_url: Some(public_url.to_owned()), ..Options::default() })
    }

    pub fn with(options: Options) -> House {
        LazyLock::force(&LOG);
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path());
        let access = open(&database);
        let roster = Roster::open(&database.url()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (told, address) = std::sync::mpsc::channel();
        let of_server = access.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let listen = SocketAddr::from(([127, 0, 0, 1], 0));
                let server = Server::bind(listen, options, roster, of_server, &System).await.unwrap();
                told.send(server.address()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
        });
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let address = address.recv().unwrap();
        let (stop, server) = (Some(stop), Some(server));
        House { access, address, agent: config.into(), stop, server, database, folder }
    }

    /// Runs a command over the same database, in the folder of the district; it
    /// must end with this status and one document.
    #[track_caller]
    pub fn run(&self, status: i32, line: &str) -> Value {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_homeroom"));
        command.current_dir(self.folder.path()).args(line.split_whitespace()).arg("--json");
        command.stdin(std::process::Stdio::null());
        self.database.tell(&mut command);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{line}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// The same roster, as another process has it.
    pub fn roster(&self) -> Roster {
        Roster::open(&self.url()).unwrap()
    }

    pub fn url(&self) -> DatabaseUrl {
        self.database.url()
    }

    /// The same applications, as another process has them.
    pub fn another_process(&self) -> Access {
        open(&self.database)
    }

    pub fn app(&self, name: &str, scopes: &str) -> Holder {
        let scopes = ScopeSet::parse(scopes);
        let (app, secret) = self.access.add("test", &NewApp::new(name, scopes)).unwrap();
        Holder { app, secret: secret.expose_secret().to_owned() }
    }

    /// A token that opens everything.
    pub fn token(&self) -> String {
        self.token_of(&self.app("everything", &ScopeSet::all_names().join(" ")))
    }

    pub fn token_of(&self, holder: &Holder) -> String {
        let body =
            format!("grant_type=client_credentials&client_id={}&client_secret={}", holder.app.client_id, holder.secret);
        let answer = self.send("POST", "/oauth/token", &[FORM], &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], "")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let uri = format!("http://{}{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body.to_owned()).unwrap())
        };
        let mut answer = answer.unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    /// Sends bytes as they are and reads until the server hangs up.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.server.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

fn open(database: &Database) -> Access {
    Access::open(&database.url(), "default", database.key(), Arc::new(System)).unwrap().0
}

pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks that this is a failure in the shapes of a version.
    #[track_caller]
    pub fn fails(&self, version: Version, status: u16, minor: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = self.json();
        let (info, code) = match version {
            Version::V1P1 => {
                assert_eq!(body.as_object().unwrap().len(), 1, "no collection: {self:?}");
                let set = body["statusInfoSet"].as_array().expect("statusInfoSet");
                assert_eq!(set.len(), 1);
                (set[0].clone(), set[0]["imsx_codeMinor"].as_str().unwrap_or_default().to_owned())
            }
            Version::V1P2 => {
                let pair = &body["imsx_CodeMinor"]["imsx_codeMinorField"][0];
                assert_eq!(pair["imsx_codeMinorFieldName"], "TargetEndSystem");
                (body.clone(), pair["imsx_codeMinorFieldValue"].as_str().unwrap_or_default().to_owned())
            }
        };
        let unsupported = matches!(status, 405 | 501);
        assert_eq!(info["imsx_codeMajor"], if unsupported { "unsupported" } else { "failure" });
        assert_eq!(info["imsx_severity"], "error");
        assert_eq!(code, minor, "{self:?}");
        let text = info["imsx_description"].as_str().unwrap();
        assert!(!text.is_empty());
        for internal in ["sqlite", "rusqlite", "panick", ".rs", "SELECT", "Error {"] {
            assert!(!text.contains(internal), "{text}");
        }
    }
}

/// Every operation of both versions.
pub fn operations() -> impl Iterator<Item = (&'static Route, Version)> {
    let both = ROUTES.iter().flat_map(|route| Version::ALL.map(|version| (route, version)));
    both.filter(|(route, version)| route.versions.has(*version))
}

/// Those that give records.
pub fn reads() -> impl Iterator<Item = (&'static Route, Version)> {
    operations().filter(|(route, _)| route.method == Method::Get)
}

/// Those that change records.
pub fn writes() -> impl Iterator<Item = (&'static Route, Version)> {
    operations().filter(|(route, _)| route.method != Method::Get)
}

/// Every rostering operation of both versions: 41 each.
pub fn rostering() -> impl Iterator<Item = (&'static Route, Version)> {
    operations().filter(|(route, _)| route.service == Service::Rostering)
}

pub fn collections() -> impl Iterator<Item = (&'static Route, Version)> {
    reads().filter(|(route, _)| route.shape == Shape::Collection)
}

/// The path of an operation with an identifier in every brace.
pub fn path(route: &Route, version: Version) -> String {
    let fill = |segment: &'static str| if segment.starts_with('{') { "no-such-id" } else { segment };
    let path: Vec<_> = route.path.split('/').map(fill).collect();
    format!("{}{}", route.service.base_path(version), path.join("/"))
}

pub fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Put => "PUT",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

/// The minor codes that the versions do not share a spelling of.
pub fn minor(version: Version, v1p1: &'static str, v1p2: &'static str) -> &'static str {
    if version == Version::V1P1 { v1p1 } else { v1p2 }
}

/// Everything that this process logged, as JSON lines.
pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(LogFormat::Json, tracing::Level::TRACE, move || writer.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
