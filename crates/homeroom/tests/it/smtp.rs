//! A mail server as far as one message after the other is taken, in the open or
//! under TLS; it remembers what it was given.

use base64::Engine as _;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// A message: what was said before it, and the text.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Who we said that we are, opened.
    pub login: Option<String>,
    pub to: Vec<String>,
    pub text: String,
}

#[derive(Default)]
struct Talk {
    taken: Vec<Taken>,
    /// How many messages are refused for now before one is taken.
    busy: usize,
}

/// The server, until the test ends.
pub struct Smtp {
    pub address: SocketAddr,
    talk: Arc<Mutex<Talk>>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Smtp {
    /// One that speaks in the open, or under TLS from the beginning; so many
    /// messages are refused for now.
    pub fn new(tls: Option<Arc<rustls::ServerConfig>>, busy: usize) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let talk = Arc::new(Mutex::new(Talk { taken: Vec::new(), busy }));
        let shared = talk.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let stream: Box<dyn Stream> = match &tls {
                    Some(tls) => {
                        let session = rustls::ServerConnection::new(tls.clone()).unwrap();
                        Box::new(rustls::StreamOwned::new(session, stream))
                    }
                    None => Box::new(stream),
                };
                // Whoever called may hang up in the middle.
                let _ = serve(&mut BufReader::new(stream), &shared);
            }
        });
        Smtp { address, talk }
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.talk.lock().unwrap().taken.clone()
    }
}

fn serve(stream: &mut BufReader<Box<dyn Stream>>, talk: &Mutex<Talk>) -> std::io::Result<()> {
    let say = |stream: &mut BufReader<Box<dyn Stream>>, text: &str| {
        stream.get_mut().write_all(text.as_bytes())?;
        stream.get_mut().flush()
    };
    say(stream, "220 mail.example.org\r\n")?;
    let (mut login, mut to) = (None, Vec::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-mail.example.org\r\n250 AUTH PLAIN\r\n",
            "AUTH" => {
                let opened =
                    base64::engine::general_purpose::STANDARD.decode(line.split(' ').nth(2).unwrap_or_default());
                login = Some(String::from_utf8(opened.unwrap()).unwrap().replace('\0', " ").trim().to_owned());
                "235 welcome\r\n"
            }
            "MAIL" if std::mem::take(&mut talk.lock().unwrap().busy) > 0 => "451 later\r\n",
            "MAIL" => "250 good\r\n",
            "RCPT" => {
                to.push(line.trim_start_matches("RCPT TO:").trim_matches(['<', '>']).to_owned());
                "250 good\r\n"
            }
            "DATA" => {
                say(stream, "354 go on\r\n")?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text)? == 0 {
                        return Ok(());
                    }
                }
                talk.lock().unwrap().taken.push(Taken { login: login.clone(), to: std::mem::take(&mut to), text });
                "250 taken\r\n"
            }
            "QUIT" => return say(stream, "221 bye\r\n"),
            _ => "250 good\r\n",
        };
        say(stream, answer)?;
    }
}
