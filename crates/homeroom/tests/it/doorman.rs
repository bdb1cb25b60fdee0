//! An SSH server that lets people in by a password, as servers of vendors do: at
//! once, or as the answer to a question. Debian's own would want an account of the
//! machine for that; behind the door its SFTP is at work all the same.

use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Pair;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixStream};
use tokio::runtime::Runtime;

/// Where Debian puts it.
const SFTP: &str = "/usr/lib/openssh/sftp-server";
/// Who is let in.
pub const USER: &str = "homeroom";

/// How a password is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// As it is sent.
    Outright,
    /// Only as the answer to a question.
    ByQuestion,
}

/// The server, until the test ends.
pub struct Doorman {
    folder: TempDir,
    port: u16,
    tried: Arc<Mutex<Vec<bool>>>,
    _runtime: Runtime,
}

impl Doorman {
    /// Starts one that knows a password.
    pub fn new(asks: Asks, password: &'static str) -> Doorman {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("host");
        let mut keygen = Command::new("ssh-keygen");
        assert!(keygen.args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&key).status().unwrap().success());
        std::fs::create_dir(folder.path().join("files")).unwrap();
        let none = Duration::ZERO;
        let config = Arc::new(Config {
            keys: vec![russh::keys::load_secret_key(&key, None).unwrap()],
            methods: MethodSet::from(&[MethodKind::Password, MethodKind::KeyboardInteractive][..]),
            auth_rejection_time: none,
            auth_rejection_time_initial: Some(none),
            ..Config::default()
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let tried = Arc::<Mutex<Vec<bool>>>::default();
        let heard = tried.clone();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let guest = Guest { asks, password, tried: heard.clone(), channel: None };
                let config = config.clone();
                tokio::spawn(async move {
                    if let Ok(session) = run_stream(config, client, guest).await {
                        let _ = session.await;
                    }
                });
            }
        });
        Doorman { folder, port, tried, _runtime: runtime }
    }

    /// Where its files lie.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// The address of something there.
    pub fn url(&self, name: &str) -> String {
        format!("sftp://{USER}@127.0.0.1:{}{}", self.port, self.files().join(name).display())
    }

    /// The fingerprint of its key, as ssh-keygen tells it.
    pub fn fingerprint(&self) -> String {
        let told = Command::new("ssh-keygen").args(["-l", "-f"]).arg(self.folder.path().join("host")).output().unwrap();
        String::from_utf8(told.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Which passwords were tried, and whether each was the right one.
    pub fn tried(&self) -> Vec<bool> {
        std::mem::take(&mut self.tried.lock().unwrap())
    }
}

/// Somebody at the door.
struct Guest {
    asks: Asks,
    password: &'static str,
    tried: Arc<Mutex<Vec<bool>>>,
    channel: Option<Channel<Msg>>,
}

impl Guest {
    fn judge(&self, user: &str, password: &[u8]) -> Auth {
        let right = user == USER && password == self.password.as_bytes();
        self.tried.lock().unwrap().push(right);
        if right { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Guest {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        if self.asks == Asks::Outright {
            return Ok(self.judge(user, password.as_bytes()));
        }
        let methods = MethodSet::from(&[MethodKind::KeyboardInteractive][..]);
        Ok(Auth::Reject { proceed_with_methods: Some(methods), partial_success: false })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        if self.asks == Asks::Outright {
            return Ok(Auth::reject());
        }
        Ok(match response {
            None => Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            },
            Some(mut answers) => self.judge(user, &answers.next().unwrap_or_default()),
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channel = Some(channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(channel) = self.channel.take().filter(|_| name == "sftp") else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let (ours, theirs) = Pair::pair()?;
        ours.set_nonblocking(true)?;
        let stdin = Stdio::from(OwnedFd::from(theirs.try_clone()?));
        let mut served = Command::new(SFTP).stdin(stdin).stdout(OwnedFd::from(theirs)).spawn()?;
        tokio::spawn(async move {
            let mut ours = UnixStream::from_std(ours).unwrap();
            // Whoever hangs up has what they wanted.
            let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut ours).await;
            drop(ours);
            let _ = served.wait();
        });
        Ok(())
    }
}
