//! A real SSH server: Debian's, on a port of its own, with its files in a folder.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where Debian puts it.
const SSHD: &str = "/usr/sbin/sshd";
/// Where it wants a folder to stand in before anybody is known, if root starts it.
const EMPTY: &str = "/run/sshd";
/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server, until the test ends.
pub struct Sshd {
    server: Child,
    folder: TempDir,
    port: u16,
}

impl Sshd {
    /// Starts one that lets us in by a key.
    pub fn new() -> Sshd {
        assert!(
            Path::new(SSHD).exists(),
            "sshd is missing; run cargo xtask test, or: apt-get install -y openssh-server"
        );
        if rustix::process::geteuid().is_root() {
            fs::create_dir_all(EMPTY).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for (name, kind) in [("host", "ed25519"), ("host-rsa", "rsa"), ("mine", "ed25519"), ("stranger", "ecdsa")] {
            let mut keygen = Command::new("ssh-keygen");
            let made = keygen.args(["-q", "-N", "", "-t", kind, "-f", &at(name)]).status().unwrap();
            assert!(made.success());
        }
        fs::create_dir(folder.path().join("files")).unwrap();
        fs::copy(folder.path().join("mine.pub"), folder.path().join("known")).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             Subsystem sftp internal-sftp\nForceCommand internal-sftp\n",
            at("host"),
            at("host-rsa"),
            at("known")
        );
        fs::write(folder.path().join("config"), config).unwrap();
        let mut command = Command::new(SSHD);
        command.args(["-D", "-e", "-f", &at("config")]).stdout(Stdio::null());
        let server = command.stderr(fs::File::create(folder.path().join("log")).unwrap()).spawn().unwrap();
        let sshd = Sshd { server, folder, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "sshd does not answer: {}", sshd.log());
        }
        sshd
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where its files lie.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// The address of something there.
    pub fn url(&self, name: &str) -> String {
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        format!("sftp://{}@127.0.0.1:{}{}", user.trim(), self.port, self.files().join(name).display())
    }

    /// The file with a private key: `mine`, or `stranger`, whom the server does not know.
    pub fn key(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The fingerprint of one of its keys, as ssh-keygen tells it.
    pub fn fingerprint(&self, name: &str) -> String {
        let told = Command::new("ssh-keygen").args(["-l", "-f", &self.key(name)]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        told.split_whitespace().nth(1).unwrap().to_owned()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // If it has ended already there is nothing left to do.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
