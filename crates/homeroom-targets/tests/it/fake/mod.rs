//! A Moodle for tests: web services over HTTP, with a site in memory.
//!
//! Its answers have the shapes that a real Moodle 4.3 gave; its rules are those
//! that were measured there: a call is done whole or not at all, errors come
//! with status 200, `max_input_vars` cuts in silence, people who may not be seen
//! are missing.

mod calls;
mod site;

pub use site::{Enrolment, Item, Site, User};

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a call is answered with, if not by the site.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Functions that the service of the token lacks.
    pub lacking: Vec<&'static str>,
    /// After so many writing calls the connection is cut: the next one is done,
    /// and its answer never comes.
    pub cut_after: Option<usize>,
    /// Whether each enrolment sends a mail that fails after it is made.
    pub mail_fails: bool,
    /// Whether the token may not see people.
    pub blind: bool,
    /// Whether the token sees nobody in courses whose groups are separate.
    pub apart: bool,
    /// Whether idnumbers are found in any case, as in MariaDB.
    pub any_case: bool,
    /// Whether several accounts may have one address (`allowaccountssameemail`).
    pub same_emails: bool,
    /// PHP's limit of variables.
    pub max_input_vars: Option<usize>,
    /// What every call is answered with instead.
    pub answer: Option<(u16, &'static str)>,
}

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub function: String,
    pub variables: usize,
    pub records: usize,
}

#[derive(Default)]
pub struct Inner {
    pub site: Site,
    pub faults: Faults,
    pub asked: Vec<Asked>,
}

/// A running Moodle.
pub struct Moodle {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

impl Moodle {
    pub fn new() -> Moodle {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner { site: Site::new(), ..Inner::default() }));
        let shared = inner.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client may connect and say nothing yet, while another one does; what is said is answered one
                // by one.
                let shared = shared.clone();
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Moodle { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// The writing calls since the last time.
    pub fn writes(&self) -> Vec<Asked> {
        let asked = std::mem::take(&mut self.inner().asked);
        asked.into_iter().filter(|asked| writes(&asked.function)).collect()
    }
}

pub fn writes(function: &str) -> bool {
    !function.contains("_get_")
}

fn serve(stream: &TcpStream, shared: &Mutex<Inner>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    let first = line.clone();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    assert!(!first.contains(TOKEN), "the token is in the address: {first}");
    let Some((status, answer)) = answered(&first, &body, &mut shared.lock().unwrap()) else { return Ok(()) };
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

/// What is answered; nothing if the connection is cut.
fn answered(first: &str, body: &[u8], inner: &mut Inner) -> Option<(u16, String)> {
    if !first.starts_with("POST /webservice/rest/server.php HTTP/1.1") {
        return Some((404, "<html>".to_owned()));
    }
    let variables: Vec<(String, String)> =
        form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let count = variables.len();
    let most = inner.faults.max_input_vars.unwrap_or(1000);
    let arguments = nested(variables.into_iter().take(most));
    let function = arguments["wsfunction"].as_str().unwrap_or_default().to_owned();
    let records = arguments.as_object().into_iter().flatten().filter_map(|(_, value)| Some(value.as_object()?.len()));
    let records = records.sum();
    inner.asked.push(Asked { function: function.clone(), variables: count, records });
    if let Some((status, text)) = inner.faults.answer {
        return Some((status, text.to_owned()));
    }
    if arguments["moodlewsrestformat"] != "json" || arguments["moodlewssettingraw"] != "1" {
        return Some((200, "<?xml version=\"1.0\"?>".to_owned()));
    }
    let outcome = if arguments["wstoken"] != TOKEN {
        Err(fault("moodle_exception", "invalidtoken", "Invalid token - token not found"))
    } else if inner.faults.lacking.contains(&function.as_str()) {
        Err(fault("webservice_access_exception", "accessexception", "Access control exception"))
    } else {
        let before = inner.site.clone();
        let done = calls::call(&mut inner.site, &inner.faults, &function, &arguments);
        // A refused call leaves nothing, but for mails that are sent at the end.
        match done {
            Err(fault) if fault["errorcode"] != calls::UNSENT => {
                inner.site = before;
                Err(fault)
            }
            done => done,
        }
    };
    let written = inner.asked.iter().filter(|asked| writes(&asked.function)).count();
    if writes(&function) && inner.faults.cut_after.is_some_and(|after| written > after) {
        return None;
    }
    Some((200, outcome.unwrap_or_else(|fault| fault).to_string()))
}

pub fn fault(exception: &str, code: &str, message: &str) -> Value {
    json!({ "exception": exception, "errorcode": code, "message": message })
}

/// Variables as PHP nests them: `users[0][username]`.
fn nested(variables: impl Iterator<Item = (String, String)>) -> Value {
    let mut root = Map::new();
    for (name, value) in variables {
        let mut parts = name.split(['[', ']']).filter(|part| !part.is_empty()).peekable();
        let mut at = &mut root;
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                at.insert(part.to_owned(), Value::String(value.clone()));
                break;
            }
            let next = at.entry(part.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            at = next.as_object_mut().unwrap();
        }
    }
    Value::Object(root)
}
