//! Listening, connections, and the end of both.

use super::State;
use super::below::Hosts;
use super::documents::Documents;
use super::guesses::Guesses;
use super::issuers::Issuers;
use super::layers::{RequestIds, service};
use super::lenient::Lenient;
use super::metrics::Metrics;
use super::paths::Paths;
use super::plans::Addresses;
use super::pool::Pool;
use super::proxy::{Peer, Proxies};
use super::rate::Limits;
use super::spans::Spans;
use super::tls::{self, Tls};
use super::together;
use super::zoo::Disguise;
use axum::body::Body;
use homeroom_store::access::{Access, Outside};
use homeroom_store::{DatabaseUrl, Roster, Rosters};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt, service_fn};

/// How long a caller may take to send its headers, or to say nothing at all.
const HEADERS_WITHIN: Duration = Duration::from_secs(60);
/// How long a caller may take to agree on how to speak TLS.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// The most headers of a request, and their size in bytes with the path.
const MOST_HEADERS: usize = 100;
const LARGEST_HEADERS: usize = 64 << 10;
/// How long answers may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(50);

/// What a server is beside its roster and its applications.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What callers know the server by; without it, it is what their requests
    /// say.
    pub public_url: Option<String>,
    /// What the page for people adds to commands, to meet the same database.
    pub flags: String,
    /// The certificate; without one, plain HTTP is spoken.
    pub tls: Option<Tls>,
    /// The networks of proxies that are believed when they say for whom they
    /// ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Names of hosts, each of a district.
    pub hosts: Hosts,
    /// How many requests a second an application may make that has no limit of
    /// its own; four times as many at once.
    pub rate: Option<NonZeroU32>,
    /// The rosters of every tenant, if there may be more than the one that is
    /// given.
    pub rosters: Option<Arc<Rosters>>,
    /// Where requests are told of as spans, if anywhere.
    pub spans: Option<Arc<Spans>>,
    /// Where roster and applications lie, to be administered over HTTP.
    pub database: Option<DatabaseUrl>,
    /// As whom it serves, to test consumers; without it, as itself.
    pub disguise: Option<Arc<Disguise>>,
}

/// A server that has its port and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    ids: RequestIds,
    tls: Option<Tls>,
}

impl Server {
    /// Takes the port; 0 takes any that is free.
    ///
    /// # Errors
    /// As the system says: the port is in use, or may not be used.
    pub async fn bind(
        listen: SocketAddr,
        options: Options,
        roster: Roster,
        access: Access,
        outside: &dyn Outside,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let mut beginning = [0; 4];
        outside.fill(&mut beginning)?;
        let hurry = Arc::new(Notify::new());
        let others = (!access.is_quick()).then(|| hurry.clone());
        let state = State {
            roster,
            rosters: options.rosters,
            access,
            paths: Paths::new(),
            documents: Documents::default(),
            metrics: Metrics::default(),
            spans: options.spans,
            addresses: Addresses::new(options.public_url.as_deref()),
            pool: Pool::default(),
            proxies: Proxies::new(options.trusted_proxies),
            hosts: options.hosts.of_server(options.public_url.is_some()),
            limits: Limits::new(options.rate, hurry.clone()),
            guesses: Guesses::new(others),
            hurry,
            database: options.database,
            zones: Arc::default(),
            disguise: options.disguise,
            issuers: Issuers::new(),
            host: address.to_string(),
            flags: options.flags,
        };
        let (state, ids) = (Arc::new(state), RequestIds::new(u32::from_be_bytes(beginning)));
        Ok(Server { listener, address, state, ids, tls: options.tls })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is done, then finishes what it has begun.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let access = self.state.access.clone();
        let together = tokio::spawn(together::keep(self.state.clone()));
        let service = service(self.state, self.ids);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_headers(MOST_HEADERS)
            .max_header_size(LARGEST_HEADERS);
        let acceptor = self.tls.as_ref().map(|tls| TlsAcceptor::from(tls.config.clone()));
        let watch = self.tls.map(|tls| tokio::spawn(tls::watch(tls)));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!("a connection could not be accepted: {e}");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            ready(&stream);
            let peer = Peer { address, tls: acceptor.is_some() };
            let (http, service, watcher) = (http.clone(), service.clone(), graceful.watcher());
            // Callers hang up as they like, and some do not speak TLS; that is
            // no news.
            match acceptor.clone() {
                None => drop(tokio::spawn(converse(http, stream, peer, service, watcher))),
                Some(acceptor) => drop(tokio::spawn(async move {
                    let agreed = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        converse(http, stream, peer, service, watcher).await;
                    }
                })),
            }
        }
        drop(self.listener);
        if let Some(watch) = watch {
            watch.abort();
        }
        together.abort();
        if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
            tracing::warn!("some answers were cut off at the end");
        }
        let settled = tokio::task::spawn_blocking(move || access.settle_disclosures()).await;
        if !matches!(settled, Ok(Ok(()))) {
            tracing::error!("what applications were given last could not be put on record");
        }
    }
}

/// Answers what comes over one connection.
async fn converse<S>(
    http: http1::Builder,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    service: S,
    watcher: Watcher,
) where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.clone().oneshot(request)
    });
    let connection = http.serve_connection(TokioIo::new(Lenient::new(stream)), TowerToHyperService::new(service));
    let _ = watcher.watch(connection).await;
}

fn ready(stream: &TcpStream) {
    // A small answer must not wait for a large one to fill its packet.
    if let Err(e) = stream.set_nodelay(true) {
        tracing::debug!("a connection takes no options: {e}");
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Reads the address that callers know the server by: scheme, host, perhaps a
/// port and a path, and no slash at the end.
///
/// # Errors
/// A sentence for people.
pub fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err("write the whole address, for example https://roster.example.org".into());
    };
    let host = rest.split('/').next().unwrap_or_default();
    let fits = |b: u8| b.is_ascii_graphic() && !b"?#&'\"<>\\^`{|}@".contains(&b);
    if host.is_empty() || !rest.bytes().all(fits) {
        return Err("write scheme, host and perhaps a path only, for example https://example.org/roster".into());
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_read() {
        assert_eq!(public_url("https://a.example/"), Ok("https://a.example".into()));
        assert_eq!(public_url("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".into()));
        assert_eq!(public_url("https://a.example/x/y//"), Ok("https://a.example/x/y".into()));
        for bad in ["", "a.example", "ftp://a", "https://", "https://u@a", "https://a?b", "https://a b", "https:///x"] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }
}
