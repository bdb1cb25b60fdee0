//! A throw-away PostgreSQL cluster on a loopback port.

use crate::homeroom::Located;
use crate::process::Running;
use crate::{need, process};
use anyhow::Context as _;
use rustix::process::Signal;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The user of the cluster, and its database.
const USER: &str = "homeroom";

/// An installation key for databases that live as long as a chore.
pub const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// Nothing of it is worth keeping, so nothing waits for the disk. The C locale
/// compares text by code point.
const PASSING: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// Everything is kept as by default, in memory as its manual advises for a machine that others use, too.
const LASTING: &[&str] = &["shared_buffers=2GB", "maintenance_work_mem=512MB", "max_wal_size=8GB"];

const SETTINGS: &[&str] = &["listen_addresses=127.0.0.1", "max_connections=200", "log_min_messages=fatal"];

/// A running cluster; stopped and removed on drop.
#[derive(Debug)]
pub struct Cluster {
    // Fields drop in their order: the server ends before its files go.
    server: Running,
    folder: TempDir,
    port: u16,
}

/// One of its databases, for the program.
#[derive(Debug)]
pub struct Database {
    pub url: String,
    /// Where what serves it writes its log.
    pub log: PathBuf,
}

impl Located for Database {
    fn url(&self) -> OsString {
        self.url.clone().into()
    }

    fn log(&self) -> PathBuf {
        self.log.clone()
    }

    fn key(&self) -> Option<&str> {
        Some(KEY)
    }
}

impl Cluster {
    /// Makes and starts one, and waits until it answers.
    pub fn start() -> anyhow::Result<Cluster> {
        Cluster::with(PASSING, TempDir::with_prefix("homeroom-postgres-")?)
    }

    /// The same with everything kept as an installation has it, in a folder below
    /// this one, which every user must be able to enter.
    pub fn lasting(folder: &Path) -> anyhow::Result<Cluster> {
        Cluster::with(LASTING, TempDir::with_prefix_in("postgres-", folder)?)
    }

    fn with(settings: &[&str], folder: TempDir) -> anyhow::Result<Cluster> {
        let user = user()?;
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let data = folder.path().join("data");
        let mut initdb = as_user("initdb", user, folder.path())?;
        initdb.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER, "--pgdata"]);
        process::output(initdb.arg(&data)).context("PostgreSQL's initdb")?;

        let port = free_port()?;
        let mut postgres = as_user("postgres", user, folder.path())?;
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        postgres.args(SETTINGS.iter().chain(settings).flat_map(|setting| ["-c", setting]));
        postgres.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
        let server = Running::start(&mut postgres, Signal::QUIT)?;
        let mut cluster = Cluster { server, folder, port };
        cluster.answers()?;
        Ok(cluster)
    }

    /// Its URL, of a user who may do everything. It has no TLS to offer.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The same of another of its databases.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// The URL of a database by the Unix socket.
    pub fn local_url_of(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{folder}:{}/{database}?sslmode=disable", self.port)
    }

    /// A database of this name that belongs to an ordinary role of the same name;
    /// what serves it writes its log into a folder.
    pub fn ordinary(&self, name: &str, folder: &Path) -> anyhow::Result<Database> {
        for words in [
            format!("CREATE ROLE \"{name}\" LOGIN NOSUPERUSER NOBYPASSRLS"),
            format!("CREATE DATABASE \"{name}\" OWNER \"{name}\""),
        ] {
            let mut psql = Command::new(need::program("psql")?);
            psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &self.url(), "-c", &words]);
            process::output(&mut psql)?;
        }
        let url = self.url_of(name).replacen(USER, name, 1);
        Ok(Database { url, log: folder.join(format!("{name}.postgres.serve.log")) })
    }

    /// The process id of its postmaster.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    fn answers(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let port = self.port.to_string();
        while start.elapsed() < START {
            self.server.still()?;
            let mut ask = Command::new(need::program("pg_isready")?);
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port, "-U", USER, "-d", "postgres"]);
            if ask.status()?.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("PostgreSQL did not answer within {} s", START.as_secs())
    }
}

/// One of PostgreSQL's programs, run as `user` if root runs us.
fn as_user(program: &str, user: Option<(u32, u32)>, folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(need::program(program)?);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    // What it says goes to standard error, and its output is of no interest.
    command.current_dir(folder).stdout(Stdio::null());
    Ok(command)
}

/// PostgreSQL refuses to run as root, who therefore runs it as the user that
/// Debian's package made.
fn user() -> anyhow::Result<Option<(u32, u32)>> {
    if !need::is_root() {
        return Ok(None);
    }
    let number = |flag| -> anyhow::Result<u32> {
        let text = process::output(Command::new("id").args([flag, "postgres"]))?;
        text.trim().parse().context("the user postgres")
    };
    Ok(Some((number("-u")?, number("-g")?)))
}

/// A loopback port that nobody listened on a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
