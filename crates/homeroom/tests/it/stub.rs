//! A server that answers as a test says, in turn, and remembers what it was asked.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// How much of the body goes out before the connection ends.
    sent: usize,
}

impl Reply {
    pub fn ok(body: &[u8]) -> Reply {
        Reply { status: 200, headers: Vec::new(), body: body.to_vec(), sent: body.len() }
    }

    pub fn status(status: u16) -> Reply {
        Reply { status, ..Reply::ok(b"") }
    }

    /// Half of a body, after which the connection is gone.
    pub fn cut(body: &[u8]) -> Reply {
        Reply { sent: body.len() / 2, ..Reply::ok(body) }
    }

    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What it has yet to answer, and what it was asked: the head of each request in
/// lower case names, and its body.
#[derive(Default)]
struct Talk {
    replies: VecDeque<Reply>,
    asked: Vec<String>,
}

/// The server, until the test ends.
pub struct Stub {
    address: SocketAddr,
    talk: Arc<Mutex<Talk>>,
}

impl Stub {
    pub fn new() -> Stub {
        Stub::by(|_| Reply::status(418))
    }

    /// One that answers by the request, where nothing else is to be answered.
    pub fn by(answer: impl Fn(&str) -> Reply + Send + 'static) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let talk = Arc::<Mutex<Talk>>::default();
        let shared = talk.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let asked = request(&mut reader);
                let reply = {
                    let mut talk = shared.lock().unwrap();
                    let reply = talk.replies.pop_front().unwrap_or_else(|| answer(&asked));
                    talk.asked.push(asked);
                    reply
                };
                let mut head = format!("HTTP/1.1 {} Whatever\r\nConnection: close\r\n", reply.status);
                for (name, value) in &reply.headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
                // Whoever asked may have gone.
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(&reply.body[..reply.sent]);
            }
        });
        Stub { address, talk }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it answers next; what it was asked before is forgotten.
    pub fn answer(&self, replies: Vec<Reply>) {
        *self.talk.lock().unwrap() = Talk { replies: replies.into(), asked: Vec::new() };
    }

    pub fn asked(&self) -> Vec<String> {
        self.talk.lock().unwrap().asked.clone()
    }
}

fn request(reader: &mut impl std::io::BufRead) -> String {
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        let line = match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => line,
        };
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_ok() {
        text.push_str(&String::from_utf8_lossy(&body));
    }
    text
}

/// Holds a message to a webhook to its signature: of the second that it names and its body.
pub fn assert_signed(head: &str, body: &str, secret: &[u8]) {
    let signature = head.lines().find_map(|line| line.strip_prefix("homeroom-signature: ")).unwrap();
    let (seconds, hex) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let wanted: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, wanted);
}
