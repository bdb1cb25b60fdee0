//! The program itself, as the chores run it: built, fed, served and asked.

use crate::process::Running;
use crate::{place, process};
use anyhow::Context as _;
use rustix::process::Signal;
use serde_json::Value;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

/// What would change the program's behaviour from outside.
const SETTINGS: &[&str] =
    &["HOMEROOM_DATABASE", "HOMEROOM_KEY", "HOMEROOM_KEY_FILE", "HOMEROOM_PUBLIC_URL", "HOMEROOM_LOG"];

/// How the installation key is given.
const KEY: &str = "HOMEROOM_KEY";

/// The built program.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
}

/// The credentials of an application.
#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub secret: String,
}

/// Where a database is.
pub trait Located {
    /// As every command is told it.
    fn url(&self) -> OsString;

    /// Where a server of it writes its log.
    fn log(&self) -> PathBuf;

    /// The installation key, if no file can hold it beside the database.
    fn key(&self) -> Option<&str> {
        None
    }
}

impl Located for Path {
    fn url(&self) -> OsString {
        let mut url = OsString::from("sqlite:");
        url.push(self);
        url
    }

    fn log(&self) -> PathBuf {
        let mut log = self.as_os_str().to_owned();
        log.push(".serve.log");
        log.into()
    }
}

impl Located for PathBuf {
    fn url(&self) -> OsString {
        self.as_path().url()
    }

    fn log(&self) -> PathBuf {
        self.as_path().log()
    }
}

impl Program {
    /// Builds it and tells where it lies.
    pub fn build(release: bool) -> anyhow::Result<Program> {
        Program::build_with(release, &[])
    }

    /// The same with features that are not the usual ones.
    pub fn build_with(release: bool, features: &[&str]) -> anyhow::Result<Program> {
        let mut cargo = Command::new(place::cargo());
        cargo.args(["build", "--package", "homeroom", "--bin", "homeroom"]).current_dir(place::root());
        if release {
            cargo.arg("--release");
        }
        if !features.is_empty() {
            cargo.args(["--features", &features.join(",")]);
        }
        process::run(&mut cargo)?;
        let folder = if release { "release" } else { "debug" };
        Ok(Program::at(place::target().join(folder).join("homeroom")))
    }

    /// One that lies somewhere.
    pub fn at(path: PathBuf) -> Program {
        Program { path }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command of it, untouched by the caller's own settings.
    fn command(&self, arguments: &[OsString]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments);
        without_settings(&mut command);
        command
    }

    /// Writes the package of a district into the folder `out`, whole or not at all.
    pub fn generate(&self, out: &Path, students: u32, day: u32) -> anyhow::Result<()> {
        let unfinished = out.with_extension("unfinished");
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)?;
        }
        let mut command = self.command(&["generate".into(), unfinished.clone().into()]);
        let (students, day) = (students.to_string(), day.to_string());
        command.args(["--students", &students, "--seed", "7", "--day", &day]);
        process::run(&mut command)?;
        std::fs::rename(&unfinished, out).with_context(|| format!("{} was not written", out.display()))
    }

    /// The arguments of an import that asks nothing.
    pub fn import_arguments(database: &(impl Located + ?Sized), package: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["import".into(), package.into(), "--yes".into()];
        words.extend(common(database));
        words
    }

    /// The arguments of a judgement of a package that lists every finding.
    pub fn validate_arguments(database: &Path, package: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["validate".into(), package.into()];
        words.extend(common(database));
        words
    }

    /// The arguments of an export of the whole roster.
    pub fn export_arguments(database: &Path, out: &Path, check: bool) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["export".into(), out.into()];
        words.extend((!check).then(|| "--no-check".into()));
        words.extend(common(database));
        words
    }

    /// A command of some words that works on a database, to be completed.
    pub fn at_database(&self, words: &[&str], database: &(impl Located + ?Sized)) -> Command {
        let words: Vec<OsString> = words.iter().map(Into::into).chain(common(database)).collect();
        self.keyed(&words, database)
    }

    /// A command on a database, given the key of it.
    fn keyed(&self, words: &[OsString], database: &(impl Located + ?Sized)) -> Command {
        let mut command = self.command(words);
        if let Some(key) = database.key() {
            command.env(KEY, key);
        }
        command
    }

    /// A command that imports a package and asks nothing.
    pub fn importing(&self, database: &(impl Located + ?Sized), package: &Path) -> Command {
        self.keyed(&Program::import_arguments(database, package), database)
    }

    /// Imports a package.
    pub fn import(&self, database: &(impl Located + ?Sized), package: &Path) -> anyhow::Result<Value> {
        applied(&process::output(&mut self.importing(database, package))?)
    }

    /// Adds an application with these scopes, or with the usual ones.
    pub fn app(&self, database: &(impl Located + ?Sized), name: &str, scopes: &[&str]) -> anyhow::Result<App> {
        self.granted(database, name, scopes, &[])
    }

    /// The same under a grant that further words bound.
    pub fn granted(
        &self,
        database: &(impl Located + ?Sized),
        name: &str,
        scopes: &[&str],
        grant: &[&str],
    ) -> anyhow::Result<App> {
        let mut words: Vec<OsString> = vec!["app".into(), "add".into(), name.into()];
        words.extend(scopes.iter().flat_map(|scope| ["--scope".into(), scope.into()]));
        words.extend(grant.iter().map(Into::into));
        words.extend(common(database));
        let answer: Value = serde_json::from_str(&process::output(&mut self.keyed(&words, database))?)?;
        let text = |key: &str| {
            answer[key].as_str().map(str::to_owned).with_context(|| format!("`app add --json` gave no {key}"))
        };
        Ok(App { id: text("client_id")?, secret: text("client_secret")? })
    }

    /// Serves a database on a free loopback port.
    pub fn serve(&self, database: &(impl Located + ?Sized)) -> anyhow::Result<Server> {
        let mut words: Vec<OsString> =
            vec!["serve".into(), "--listen".into(), "127.0.0.1:0".into(), "--rate".into(), "off".into()];
        words.extend(common(database));
        let mut command = self.keyed(&words, database);
        command.stdout(Stdio::piped()).stderr(File::create(database.log())?);
        let mut running = Running::start(&mut command, Signal::TERM)?;
        // The document is one line or several; it ends where it is whole.
        let mut output = BufReader::new(running.output()?);
        let mut text = String::new();
        loop {
            if output.read_line(&mut text)? == 0 {
                running.still()?;
                anyhow::bail!("`serve --json` did not say where it serves: {text}");
            }
            let Ok(answer) = serde_json::from_str::<Value>(&text) else { continue };
            let url = answer["url"].as_str().map(str::to_owned);
            let url = url.with_context(|| format!("`serve --json` said: {text}"))?;
            return Ok(Server { running, url, _output: output });
        }
    }
}

/// The options of every command.
fn common(database: &(impl Located + ?Sized)) -> [OsString; 3] {
    ["--json".into(), "--database".into(), database.url()]
}

/// Takes the caller's settings of the program away.
pub fn without_settings(command: &mut Command) {
    for setting in SETTINGS {
        command.env_remove(setting);
    }
}

/// What `import --json` said, if the run was applied without a row rejected.
pub fn applied(answer: &str) -> anyhow::Result<Value> {
    let answer: Value = serde_json::from_str(answer).with_context(|| format!("`import --json` gave: {answer}"))?;
    let whole = answer["findings"]["error"].as_u64().unwrap_or(0) == 0;
    anyhow::ensure!(answer["state"] == "applied" && whole, "the import was not applied whole: {answer}");
    Ok(answer)
}

/// A running server; stopped on drop.
#[derive(Debug)]
pub struct Server {
    running: Running,
    url: String,
    // Closing it would fail what the server prints later.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }
}

/// An HTTP client that keeps its connection.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The header `X-Total-Count`.
    pub total: Option<u64>,
    /// The URL of the next page.
    pub next: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("the answer is not JSON")
    }

    /// Itself, if the request was granted.
    pub fn ok(self) -> anyhow::Result<Answer> {
        let text = || String::from_utf8_lossy(&self.body).chars().take(300).collect::<String>();
        anyhow::ensure!(self.status == 200, "answer {}: {}", self.status, text());
        Ok(self)
    }
}

impl Client {
    /// A client without a token.
    pub fn new(base: &str) -> Client {
        let config = ureq::Agent::config_builder();
        let config = config.http_status_as_error(false).timeout_global(Some(Duration::from_secs(120)));
        Client { agent: config.build().new_agent(), base: base.to_owned(), token: None }
    }

    /// A client with a connection and a token of its own.
    pub fn with_token(base: &str, token: &str) -> Client {
        Client { token: Some(token.to_owned()), ..Client::new(base) }
    }

    /// A client that has taken a token for all that the application was granted.
    pub fn of(base: &str, app: &App) -> anyhow::Result<Client> {
        let client = Client::new(base);
        let token = client.take_token(app)?;
        Ok(Client { token: Some(token), ..client })
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Asks for a path with its query, or for a whole URL.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        process::go_on()?;
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = self.agent.get(&url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        answer(request.call()).with_context(|| format!("GET {url}"))
    }

    /// Puts a record; gives the status.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<u16> {
        Ok(self.send("PUT", path, body)?.status)
    }

    /// Sends a body, or none, by a method.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Answer> {
        process::go_on()?;
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = if body.is_null() {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.header("Content-Type", "application/json").body(body.to_string())?)
        };
        answer(sent).with_context(|| format!("{method} {url}"))
    }

    /// Takes a token.
    pub fn take_token(&self, app: &App) -> anyhow::Result<String> {
        let url = format!("{}/oauth/token", self.base);
        let request = self.agent.post(&url).content_type("application/x-www-form-urlencoded");
        let App { id, secret } = app;
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let answer = answer(request.send(form)).context("POST /oauth/token")?.ok()?;
        answer.json()?["access_token"].as_str().map(str::to_owned).context("the answer holds no access_token")
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> anyhow::Result<Answer> {
    let mut response = result?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let total = header("x-total-count").and_then(|text| text.parse().ok());
    let next = header("link").and_then(next_of);
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
    Ok(Answer { status, total, next, body })
}

/// The URL of the relation `next` of a `Link` header.
fn next_of(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let (url, after) = rest.get(start + 1..)?.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        if after.get(..end)?.contains("rel=\"next\"") {
            return Some(url.to_owned());
        }
        rest = after.get(end..)?;
    }
    None
}

/// A value of a query, percent-encoded.
pub fn encoded(value: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let header = r#"<http://x/u?a=1,2>; rel="first", <http://x/u?offset=3>; rel="next", <http://x/l>; rel="last""#;
        assert_eq!(next_of(header).as_deref(), Some("http://x/u?offset=3"));
        assert_eq!(next_of(r#"<http://x/next>; rel="prev""#), None);
    }

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encoded("role='é'"), "role%3D%27%C3%A9%27");
    }

    #[test]
    fn an_import_counts_only_if_applied_whole() {
        assert!(applied(r#"{"state":"applied","findings":{"error":0}}"#).is_ok());
        assert!(applied(r#"{"state":"applied","findings":{"error":1}}"#).is_err());
        assert!(applied(r#"{"state":"held","findings":{"error":0}}"#).is_err());
        assert!(applied("").is_err());
    }
}
