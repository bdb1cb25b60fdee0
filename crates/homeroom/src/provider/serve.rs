//! Listening, connections, and the end of both.

use super::State;
use super::documents::Documents;
use super::layers::{RequestIds, service};
use super::lenient::Lenient;
use super::paths::Paths;
use super::plans::Addresses;
use super::pool::Pool;
use homeroom_store::Roster;
use homeroom_store::access::{Access, Outside};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// How long a caller may take to send its headers, or to say nothing at all.
const HEADERS_WITHIN: Duration = Duration::from_secs(60);
/// The most headers of a request, and their size in bytes with the path.
const MOST_HEADERS: usize = 100;
const LARGEST_HEADERS: usize = 64 << 10;
/// How long answers may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(50);

/// A server that has its port and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    ids: RequestIds,
}

impl Server {
    /// Takes the port; 0 takes any that is free. `public_url` is what callers
    /// know the server by; without it, it is what their Host header says.
    /// `flags` is what the page for people adds to commands, to meet the same
    /// database.
    ///
    /// # Errors
    /// As the system says: the port is in use, or may not be used.
    pub async fn bind(
        listen: SocketAddr,
        public_url: Option<&str>,
        flags: &str,
        roster: Roster,
        access: Access,
        outside: &dyn Outside,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let mut beginning = [0; 4];
        outside.fill(&mut beginning)?;
        let state = State {
            roster,
            access,
            paths: Paths::new(),
            addresses: Addresses::new(public_url),
            documents: Documents::default(),
            pool: Pool::default(),
            host: address.to_string(),
            flags: flags.to_owned(),
        };
        Ok(Server { listener, address, state: Arc::new(state), ids: RequestIds::new(u32::from_be_bytes(beginning)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is done, then finishes what it has begun.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let service = service(self.state, self.ids);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_headers(MOST_HEADERS)
            .max_header_size(LARGEST_HEADERS);
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let stream = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let stream = match stream {
                Ok((stream, _)) => stream,
                Err(e) => {
                    tracing::warn!("a connection could not be accepted: {e}");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            ready(&stream);
            let connection =
                http.serve_connection(TokioIo::new(Lenient::new(stream)), TowerToHyperService::new(service.clone()));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // Callers hang up as they like; that is no news.
                let _ = connection.await;
            });
        }
        drop(self.listener);
        if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
            tracing::warn!("some answers were cut off at the end");
        }
    }
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
