//! A server between the runner and our own, which plants one fault.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A request on its way to our server.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer on its way back.
#[derive(Clone, Debug)]
pub struct Given {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What is wrong with the server.
#[derive(Clone, Copy)]
pub enum Plant {
    /// Nothing.
    Sound,
    /// Requests arrive changed.
    Asking(fn(&mut Asked)),
    /// Answers leave changed.
    Giving(fn(&Asked, &mut Given)),
    /// Answers leave changed, but for tokens.
    Data(fn(&Asked, &mut Given)),
    /// Answers leave changed by what was seen before.
    Minding(fn(&Asked, &mut Given, &mut Vec<String>)),
    /// The same, or no answer at all where it says so; nothing is packed.
    Failing(fn(&Asked, &mut Given, &mut Vec<String>) -> bool),
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn is(&self, path: &str) -> bool {
        self.path().ends_with(path)
    }

    pub fn says(&self, part: &str) -> bool {
        self.query().contains(part)
    }

    pub fn form(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn swap(&mut self, from: &str, to: &str) {
        self.target = self.target.replace(from, to);
    }

    /// Leaves out a header.
    pub fn forget(&mut self, name: &str) {
        self.headers.retain(|(n, _)| n != name);
    }

    /// Changes words of the body.
    pub fn write(&mut self, from: &str, to: &str) {
        self.body = self.form().replace(from, to).into_bytes();
    }

    /// Leaves out a parameter.
    pub fn drop(&mut self, name: &str) {
        let kept: Vec<&str> = self.query().split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        self.target = format!("{}?{}", self.path(), kept.join("&"));
    }
}

impl Given {
    pub fn drop(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    pub fn header(&mut self, name: &str) -> Option<&mut String> {
        self.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Another answer altogether.
    pub fn answer(&mut self, status: u16, body: &str) {
        self.status = status;
        self.body = body.as_bytes().to_vec();
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn swap(&mut self, from: &str, to: &str) {
        self.body = self.text().replace(from, to).into_bytes();
    }

    /// Changes the body, if it is JSON.
    pub fn json(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut value) = serde_json::from_slice(&self.body) {
            change(&mut value);
            self.body = value.to_string().into_bytes();
        }
    }

    /// Changes the list of a collection.
    pub fn list(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        self.json(|body| {
            if let Some(list) = body.as_object_mut().and_then(|o| o.values_mut().find_map(Value::as_array_mut)) {
                change(list);
            }
        });
    }

    /// Changes the one record.
    pub fn record(&mut self, change: impl FnOnce(&mut Value)) {
        self.json(|body| {
            if let Some(record) = body.as_object_mut().and_then(|o| o.values_mut().find(|v| v.is_object())) {
                change(record);
            }
        });
    }
}

/// The server; ends on drop.
pub struct Proxy {
    pub address: SocketAddr,
    place: Arc<Place>,
    thread: Option<JoinHandle<()>>,
}

struct Place {
    plant: Mutex<(Plant, Vec<String>)>,
    behind: Mutex<Option<SocketAddr>>,
    agent: ureq::Agent,
    over: AtomicBool,
}

impl Proxy {
    pub fn new() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let plant = Mutex::new((Plant::Sound, Vec::new()));
        let place =
            Arc::new(Place { plant, behind: Mutex::new(None), agent: config.into(), over: AtomicBool::new(false) });
        let of_thread = Arc::clone(&place);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if of_thread.over.load(Ordering::Relaxed) {
                    return;
                }
                let place = Arc::clone(&of_thread);
                std::thread::spawn(move || place.serve(stream));
            }
        });
        Proxy { address, place, thread: Some(thread) }
    }

    /// Leads to a server.
    pub fn lead(&self, behind: SocketAddr) {
        *self.place.behind.lock().unwrap() = Some(behind);
    }

    /// Plants a fault in place of the one before, and forgets what was seen.
    pub fn plant(&self, plant: Plant) {
        *self.place.plant.lock().unwrap() = (plant, Vec::new());
    }

    /// What was noted of what was seen.
    pub fn noted(&self) -> Vec<String> {
        self.place.plant.lock().unwrap().1.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.place.over.store(true, Ordering::Relaxed);
        // One more connection, so that the listener looks up.
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Place {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        while let Some(mut asked) = read(&mut reader) {
            let plant = self.plant.lock().unwrap().0;
            match plant {
                Plant::Asking(change) => change(&mut asked),
                Plant::Failing(_) => asked.headers.retain(|(name, _)| name != "accept-encoding"),
                _ => {}
            }
            let mut given = self.pass(&asked);
            match plant {
                Plant::Giving(change) => change(&asked, &mut given),
                Plant::Data(change) if !asked.is("/oauth/token") => change(&asked, &mut given),
                Plant::Minding(change) => change(&asked, &mut given, &mut self.plant.lock().unwrap().1),
                Plant::Failing(change) => {
                    if !change(&asked, &mut given, &mut self.plant.lock().unwrap().1) {
                        return;
                    }
                }
                Plant::Sound | Plant::Asking(_) | Plant::Data(_) => {}
            }
            if write(&mut stream, &asked, &given).is_err() {
                return;
            }
        }
    }

    fn pass(&self, asked: &Asked) -> Given {
        let behind = self.behind.lock().unwrap().unwrap();
        let uri = format!("http://{behind}{}", asked.target);
        let mut request = ureq::http::Request::builder().method(asked.method.as_str()).uri(uri);
        let hop = ["host", "connection", "content-length", "transfer-encoding"];
        for (name, value) in asked.headers.iter().filter(|(name, _)| !hop.contains(&name.as_str())) {
            request = request.header(name, value);
        }
        let answer = if asked.body.is_empty() || asked.method == "GET" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(&asked.body[..]).unwrap())
        };
        let mut answer = answer.unwrap();
        let headers = answer.headers().iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
        let headers = headers.filter(|(name, _)| !hop.contains(&name.as_str())).collect();
        let status = answer.status().as_u16();
        Given { status, headers, body: answer.body_mut().with_config().limit(1 << 28).read_to_vec().unwrap() }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // What forces a body onto a GET may come in pieces.
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = pieces(reader)?;
    }
    Some(Asked { method, target, headers, body })
}

fn pieces(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut piece = vec![0; size + 2];
        reader.read_exact(&mut piece).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&piece[..size]);
    }
}

fn write(stream: &mut TcpStream, asked: &Asked, given: &Given) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\n", given.status);
    for (name, value) in &given.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if given.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", given.body.len()));
    }
    head.push_str("\r\n");
    // In one piece: two small ones would wait for each other.
    let mut bytes = head.into_bytes();
    if asked.method != "HEAD" && given.status != 204 {
        bytes.extend_from_slice(&given.body);
    }
    stream.write_all(&bytes)
}
