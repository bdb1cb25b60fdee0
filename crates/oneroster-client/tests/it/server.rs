//! A server that answers as a test says, faults of the connection among it,
//! and a world whose time passes only by waiting.

use oneroster::time::Timestamp;
use oneroster_client::{Client, Config, Edition, Wait, World};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query as they stand in the request line.
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Asked {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// A parameter of the query, as it was sent.
    pub fn query(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub fn number(&self, name: &str) -> usize {
        self.query(name).map_or(0, |text| text.parse().unwrap())
    }

    pub fn authorization(&self) -> &str {
        self.headers.get("authorization").map_or("", String::as_str)
    }
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Only so many bytes of the body are sent before the connection ends.
    pub cut: Option<usize>,
    /// Nothing is sent at all.
    pub dropped: bool,
    /// Nothing is sent before this opens.
    pub gate: Option<Arc<tokio::sync::Semaphore>>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Reply {
        Reply { status, body: body.into(), ..Reply::default() }
    }

    pub fn ok(body: impl Into<String>) -> Reply {
        Reply::new(200, body)
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// A server on a port of its own, until it is dropped.
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn new(answer: impl FnMut(&Asked) -> Reply + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Mutex::new(answer));
        let log = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, log) = (shared.clone(), log.clone());
                tokio::spawn(async move {
                    let mut stream = stream;
                    while let Some(request) = read(&mut stream).await {
                        log.lock().unwrap().push(request.clone());
                        let reply = (shared.lock().unwrap())(&request);
                        if write(&mut stream, &reply).await.is_none() {
                            break;
                        }
                    }
                });
            }
        });
        Server { url, asked, task }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Paths and queries that were asked so far.
    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }

    pub fn config(&self) -> (Config, Arc<Clockwork>) {
        let world = Arc::new(Clockwork::default());
        let config = Config::new(&self.url).unwrap().edition(Edition::V1P1).page_size(100).world(world.clone());
        (config, world)
    }

    pub fn client(&self) -> Client {
        Client::new(self.config().0).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let headers: HashMap<String, String> =
        lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
    let length: usize = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => body.extend_from_slice(&buffer[..n]),
        }
    }
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    Some(Asked { method, target, headers, body: String::from_utf8(body).unwrap() })
}

/// Writes an answer; `None` if the connection is to end.
async fn write(stream: &mut TcpStream, reply: &Reply) -> Option<()> {
    if let Some(gate) = &reply.gate {
        gate.acquire().await.unwrap().forget();
    }
    if reply.dropped {
        return None;
    }
    let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    let sent = reply.cut.unwrap_or(reply.body.len());
    stream.write_all(&reply.body.as_bytes()[..sent]).await.ok()?;
    stream.flush().await.ok()?;
    reply.cut.is_none().then_some(())
}

/// A world whose time passes only by waiting.
#[derive(Default)]
pub struct Clockwork {
    state: Mutex<(i64, Vec<Duration>, u64)>,
}

/// When tests begin, in milliseconds since 1970.
const BEGIN: i64 = 1_700_000_000_000;

impl Clockwork {
    pub fn pass(&self, seconds: i64) {
        self.state.lock().unwrap().0 += seconds * 1000;
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.state.lock().unwrap().1.clone()
    }
}

impl World for Clockwork {
    fn now(&self) -> Timestamp {
        Timestamp(BEGIN + self.state.lock().unwrap().0)
    }

    fn sleep(&self, time: Duration) -> Wait {
        let mut state = self.state.lock().unwrap();
        state.0 += i64::try_from(time.as_millis()).unwrap();
        state.1.push(time);
        Box::pin(async {})
    }

    fn nonce(&self) -> String {
        let mut state = self.state.lock().unwrap();
        state.2 += 1;
        format!("nonce{}", state.2)
    }
}

/// Organisations with these numbers, as a collection.
pub fn orgs(numbers: impl IntoIterator<Item = usize>) -> String {
    let org = |n| format!(r#"{{"sourcedId":"o{n}","status":"active","name":"School {n}","type":"school"}}"#);
    format!(r#"{{"orgs":[{}]}}"#, numbers.into_iter().map(org).collect::<Vec<_>>().join(","))
}

/// Runs a test on one thread.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}
