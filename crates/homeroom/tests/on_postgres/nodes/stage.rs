//! Nodes of one database, with Debian's haproxy before them.

use super::super::desk::Desk;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const HELP: &str = "the tests need haproxy: install it (apt-get install haproxy)";
/// What takes longer than this will not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node, and where it listens whenever it lives.
struct Node {
    port: u16,
    flags: String,
    alive: Mutex<Option<(Child, BufReader<ChildStdout>)>>,
}

/// Nodes, and what stands before them.
pub struct Stage<'d> {
    desk: &'d Desk,
    nodes: Vec<Node>,
    proxy: Child,
    pub front: Front,
}

/// Where everybody asks: at any node, whichever comes next.
#[derive(Clone)]
pub struct Front {
    pub base: String,
    pub agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub total: Option<usize>,
    pub next: Option<String>,
    pub body: Value,
}

/// A port that nobody listened on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl<'d> Stage<'d> {
    /// So many nodes that are served with these flags, and a proxy that sends
    /// each request to another one.
    pub fn new(desk: &'d Desk, count: usize, flags: &str) -> Stage<'d> {
        let front = Front::at(free_port());
        let nodes: Vec<Node> = (0..count)
            .map(|_| {
                let port = free_port();
                let flags = format!(
                    "serve --listen 127.0.0.1:{port} --public-url {} --trust-proxy 127.0.0.1 --json {flags}",
                    front.base
                );
                Node { port, flags, alive: Mutex::default() }
            })
            .collect();
        nodes.iter().for_each(|node| node.start(desk));
        let proxy = proxy(desk, &front, &nodes);
        Stage { desk, nodes, proxy, front }
    }

    pub fn kill(&self, node: usize) {
        if let Some((mut child, _)) = self.nodes[node].alive.lock().unwrap().take() {
            // SIGKILL: it can do nothing more.
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn start(&self, node: usize) {
        self.nodes[node].start(self.desk);
    }

    /// Ends a node as systemd does: it finishes what it has begun.
    pub fn stop(&self, node: usize) {
        if let Some((mut child, _)) = self.nodes[node].alive.lock().unwrap().take() {
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            assert!(child.wait().unwrap().success());
        }
    }

    /// A node itself, past the proxy.
    pub fn node(&self, node: usize) -> Front {
        Front::at(self.nodes[node].port)
    }
}

impl Node {
    fn start(&self, desk: &Desk) {
        let mut alive = self.alive.lock().unwrap();
        if alive.is_some() {
            return;
        }
        let mut child = desk.command(&self.flags).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut hello = String::new();
        output.read_line(&mut hello).unwrap();
        assert!(hello.contains("token_url"), "a node did not start: {hello}");
        *alive = Some((child, output));
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.kill(node));
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// Each request to the next node; one that does not listen is passed over, and
/// nothing that was sent is sent again.
fn proxy(desk: &Desk, front: &Front, nodes: &[Node]) -> Child {
    let mut text = String::from(
        "global\n  maxconn 500\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 60s\n  timeout server 60s\n  \
         retries 3\n  option redispatch 1\n  retry-on conn-failure\n",
    );
    let address = front.base.trim_start_matches("http://");
    writeln!(text, "frontend f\n  bind {address}\n  default_backend nodes\nbackend nodes\n  balance roundrobin")
        .unwrap();
    writeln!(text, "  option httpchk GET /readyz\n  default-server check inter 250ms fall 2 rise 1").unwrap();
    for node in nodes {
        writeln!(text, "  server n{0} 127.0.0.1:{0}", node.port).unwrap();
    }
    let file = desk.path("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", "exec haproxy -db -f \"$0\""]).arg(&file).env("PATH", path);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(HELP);
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "{HELP}");
        std::thread::yield_now();
    }
    child
}

impl Front {
    fn at(port: u16) -> Front {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(PATIENCE)).build().into();
        Front { base: format!("http://127.0.0.1:{port}"), agent }
    }

    /// Asks once; nothing if no answer came.
    pub fn ask(&self, method: &str, address: &str, token: &str, body: Option<&Value>) -> Option<Answer> {
        let address = if address.starts_with('/') { format!("{}{address}", self.base) } else { address.to_owned() };
        let request = ureq::http::Request::builder().method(method).uri(address);
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = match body {
            None => self.agent.run(request.body(()).unwrap()),
            Some(body) => {
                self.agent.run(request.header("content-type", "application/json").body(body.to_string()).unwrap())
            }
        };
        let mut answer = answer.ok()?;
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (total, links) = (header("x-total-count").map(|text| text.parse().unwrap()), header("link"));
        let next = links
            .unwrap_or_default()
            .split(", <")
            .find(|link| link.ends_with("rel=\"next\""))
            .map(|link| link.trim_start_matches('<').split('>').next().unwrap().to_owned());
        let status = answer.status().as_u16();
        // A node that dies in the middle of an answer has given none.
        let text = answer.body_mut().with_config().limit(1 << 26).read_to_string().ok()?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::Null) };
        Some(Answer { status, total, next, body })
    }

    /// Asks until there is an answer that does not tell to come again.
    #[track_caller]
    pub fn read(&self, address: &str, token: &str) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.ask("GET", address, token, None) {
                Some(answer) if answer.status < 500 => return answer,
                other => assert!(Instant::now() < deadline, "{address}: {other:?}"),
            }
            std::thread::yield_now();
        }
    }

    /// A token of an application.
    pub fn token(&self, app: &Value) -> String {
        let deadline = Instant::now() + PATIENCE;
        let text = |member: &str| app[member].as_str().unwrap().to_owned();
        let form: HashMap<&str, String> = HashMap::from([
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", text("client_id")),
            ("client_secret", text("client_secret")),
        ]);
        loop {
            let answer = self.agent.post(format!("{}/oauth/token", self.base)).send_form(form.clone());
            if let Ok(mut answer) = answer
                && answer.status().as_u16() == 200
                && let Ok(text) = answer.body_mut().read_to_string()
            {
                let body: Value = serde_json::from_str(&text).unwrap();
                return body["access_token"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "no token");
            std::thread::yield_now();
        }
    }
}
