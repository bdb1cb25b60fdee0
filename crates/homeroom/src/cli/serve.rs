//! `homeroom serve`: the roster as a OneRoster provider.

use super::setting::Setting;
use crate::grades::Beside;
use crate::output::{Failure, Status};
use crate::provider::{Hosts, Options, Server, Spans, Tls, public_url};
use crate::sync::clockwork::{Clockwork, Works};
use crate::system::System;
use crate::telemetry::{self, LogFormat};
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Roster, Rosters};
use ipnet::IpNet;
use oneroster::model::{Service, Version};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::Level;

/// Where and how a server listens.
#[derive(Debug, clap::Args)]
pub(super) struct Listening {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,

    /// The address by which applications know this server, if it is another one:
    /// https://roster.example.org
    #[arg(long, env = "HOMEROOM_PUBLIC_URL", hide_env_values = true, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,

    /// Serve plain HTTP to other machines, too: only where a proxy speaks TLS
    /// for us, or in a closed network
    #[arg(long)]
    insecure_http: bool,

    /// The form of the log on standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    log_format: LogFormat,

    /// How much to log: error, warn, info or debug
    #[arg(long, env = "HOMEROOM_LOG", hide_env_values = true, value_name = "LEVEL", default_value = "info")]
    log_level: Level,
}

/// Serve the roster as a OneRoster 1.1 and 1.2 provider
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    listening: Listening,

    /// Speak TLS with this certificate, in PEM form, followed by those that
    /// vouch for it; read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Tell of every request to a collector of OpenTelemetry, by OTLP over HTTP:
    /// http://127.0.0.1:4318
    #[arg(long, env = "HOMEROOM_OTLP", hide_env_values = true, value_name = "URL", value_parser = public_url)]
    otlp: Option<String>,

    /// Believe the proxies of this network when they say for whom they ask
    /// (Forwarded, X-Forwarded-For, -Proto, -Host, -Port); may be repeated
    #[arg(long, value_name = "CIDR", value_parser = network)]
    trust_proxy: Vec<IpNet>,

    /// A host name is that of a district: roster.north.example.org=north; or, by
    /// *.example.org, the first label is the district's name; may be repeated. A
    /// path below /t/ says more
    #[arg(long, value_name = "HOST=TENANT", value_parser = host)]
    tenant_host: Vec<String>,

    /// Fetch no sources by their schedules, and let no targets follow: another
    /// process does
    #[arg(long)]
    no_schedules: bool,

    /// Read pages from a replica of the database wherever it has what is asked for
    #[arg(long, env = "HOMEROOM_READ_DATABASE", hide_env_values = true, value_name = "URL")]
    read_database: Option<String>,

    /// How many connections to the PostgreSQL server this process opens at most for
    /// short work [default: 32]
    #[arg(long, env = "HOMEROOM_DATABASE_CONNECTIONS", hide_env_values = true, value_name = "N")]
    database_connections: Option<String>,

    /// How long, in seconds, a statement that answers a request may take on the
    /// PostgreSQL server [default: 30]
    #[arg(long, env = "HOMEROOM_DATABASE_TIMEOUT", hide_env_values = true, value_name = "SECONDS")]
    database_timeout: Option<String>,

    /// How many requests a second each application may make, four times as many
    /// at once; off for any number; `app edit --rate` is for one of them
    #[arg(long, value_name = "N", default_value = "500", value_parser = rate)]
    rate: u32,
}

/// A number of requests a second; 0 for any.
fn rate(text: &str) -> Result<u32, String> {
    let number = if text == "off" { Ok(0) } else { text.parse() };
    number.map_err(|_| "write a number of requests a second, or off".to_owned())
}

/// The name of a host, as [`Hosts::add`] takes it.
fn host(text: &str) -> Result<String, String> {
    Hosts::default().add(text).map(|()| text.to_owned()).map_err(str::to_owned)
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| one()).map_err(|_| "write a network such as 10.0.0.0/8 or one address".to_owned())
}

impl Serve {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let tls = self.tls()?;
        let listen = self.listening.address(tls.is_some())?;
        let setting = &self.reached(setting)?;
        let database = setting.database()?;
        let access = setting.access_for_all(&database)?;
        let roster = setting.roster()?;
        let rosters = Some(Arc::new(Rosters::new(database.clone(), setting.tenant(), roster.clone())));
        let mail = setting.mail()?;
        let works = self.works(setting, &database, &access, rosters.as_ref()).map(|works| Works { mail, ..works });
        let _grades = works.clone().map(Beside::start).transpose()?;
        let _clockwork = works.map(Clockwork::start).transpose()?;
        let (trusted_proxies, rate) = (self.trust_proxy.clone(), NonZeroU32::new(self.rate));
        let database = Some(database);
        let spans = self.otlp.as_deref().map(Spans::to).transpose();
        let spans = spans.map_err(|e| Failure::usage(format!("--otlp: {e}")))?.map(Arc::new);
        let mut hosts = Hosts::default();
        for host in &self.tenant_host {
            hosts.add(host).map_err(Failure::usage)?;
        }
        let options = Options { tls, trusted_proxies, hosts, rate, rosters, database, spans, ..Options::default() };
        self.listening.serve(setting, listen, House { access, roster, options }, |base| {
            let text = format!(
                "Homeroom serves {base}/ (OneRoster 1.1 and 1.2).\nToken URL: {base}/oauth/token\nStop with Ctrl-C."
            );
            (urls(base), text)
        })
    }

    /// The setting with what is said of connections to the database.
    fn reached(&self, setting: &Setting) -> Result<Setting, Failure> {
        let said = [
            ("read_database", &self.read_database),
            ("pool_size", &self.database_connections),
            ("read_timeout", &self.database_timeout),
        ];
        said.iter().try_fold(setting.clone(), |setting, (name, value)| match value {
            Some(value) => setting.reached_by(name, value),
            None => Ok(setting),
        })
    }

    /// What fetches sources by their schedules, unless another process is to.
    fn works(
        &self,
        setting: &Setting,
        database: &DatabaseUrl,
        access: &Access,
        rosters: Option<&Arc<Rosters>>,
    ) -> Option<Works> {
        let (database, access, room) = (database.clone(), access.clone(), setting.room());
        let rosters = rosters.filter(|_| !self.no_schedules)?.clone();
        Some(Works { database, rosters, access, room, mail: None })
    }

    fn tls(&self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        let hint = "--tls-cert wants the certificate and those that vouch for it, --tls-key its private key, both in \
                    PEM form, as a certificate authority or certbot gives them";
        Tls::load(certificate, key).map(Some).map_err(|e| Failure::usage(e.to_string()).hint(hint))
    }
}

/// What is served.
pub(super) struct House {
    pub(super) access: Access,
    pub(super) roster: Roster,
    /// All but the public address.
    pub(super) options: Options,
}

impl Listening {
    /// The address, if what is spoken may be spoken there.
    pub(super) fn address(&self, tls: bool) -> Result<SocketAddr, Failure> {
        let bad = || {
            Failure::usage(format!("{:?} is not an address and a port to listen on", self.listen))
                .hint("write for example --listen 127.0.0.1:8080")
        };
        let address = self.listen.to_socket_addrs().ok().and_then(|mut all| all.next()).ok_or_else(bad)?;
        if !address.ip().is_loopback() && !tls && !self.insecure_http {
            let message =
                format!("{address} can be reached from other machines, and plain HTTP shows them every token");
            let hint = "speak TLS by --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that does, \
                        or say --insecure-http if that is meant";
            return Err(Failure::usage(message).hint(hint));
        }
        Ok(address)
    }

    /// Takes the port, says what `hello` says of the base URL, and serves until
    /// the process is told to stop.
    pub(super) fn serve(
        &self,
        setting: &Setting,
        listen: SocketAddr,
        house: House,
        hello: impl FnOnce(&str) -> (Value, String),
    ) -> Result<Status, Failure> {
        telemetry::start(self.log_format, self.log_level);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(64).build()?;
        runtime.block_on(async {
            let scheme = if house.options.tls.is_some() { "https" } else { "http" };
            let options = Options { public_url: self.public_url.clone(), ..house.options };
            let bound = Server::bind(listen, options, house.roster, house.access, &System).await;
            let server = bound.map_err(|e| not_bound(listen, &e))?;
            let base = self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", server.address()));
            let stop = stopped()?;
            let (document, text) = hello(&base);
            setting.output.result(&document, &text)?;
            server.run(stop).await;
            Ok(Status::Done)
        })
    }
}

fn not_bound(listen: SocketAddr, error: &std::io::Error) -> Failure {
    let port = listen.port();
    if error.kind() == std::io::ErrorKind::AddrInUse {
        let other = SocketAddr::new(listen.ip(), port.checked_add(1).unwrap_or(8080));
        return Failure {
            code: "port_in_use",
            ..Failure::refused(format!("port {port} is in use by another program"))
        }
        .hint(format!("stop the other program, or choose another port: --listen {other}"));
    }
    Failure::refused(format!("{listen} cannot be listened on: {error}")).hint("choose another one with --listen")
}

/// Listens for the signals that ask the process to end; what is given is done
/// when one came. They are caught from this call on, not from the first poll.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Done when the process is asked to end.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// What is served where, for scripts.
pub(super) fn urls(base: &str) -> Value {
    let of = |version| format!("{base}{}", Service::Rostering.base_path(version));
    json!({
        "url": base,
        "token_url": format!("{base}/oauth/token"),
        "oneroster": { "1.1": of(Version::V1P1), "1.2": of(Version::V1P2) },
    })
}
