//! What a database URL says to us and not to the server.
//!
//! These parameters stand beside those of the server, are read here, and are
//! taken out before the driver sees the URL.

use crate::{Error, ErrorKind, Result};
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// How connections are made and used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// So many connections are open at most for short work, in one process.
    pub connections: usize,
    /// How long a statement that answers a request may take.
    pub timeout: Duration,
    /// Whether a pooler stands before the server that gives a connection for
    /// one transaction: nothing that a session remembers can be relied upon.
    pub pooled: bool,
    /// A replica to read from.
    pub replica: Option<String>,
}

/// A server allows a hundred by default, and there may be several nodes.
const CONNECTIONS: usize = 32;
/// Fewer would let work wait for its own next step.
const FEWEST: usize = 4;
/// A page takes milliseconds; a count over a whole district a second or two.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Default for Options {
    fn default() -> Options {
        Options { connections: CONNECTIONS, timeout: TIMEOUT, pooled: false, replica: None }
    }
}

/// Parts a URL into what the driver reads and what is said to us.
///
/// # Errors
/// `Unusable` if a value is none that there is.
pub fn part(url: &str) -> Result<(String, Options)> {
    let mut options = Options::default();
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), options)) };
    let mut others: Vec<String> = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        match name {
            "pool_size" => {
                let size = value.parse().ok().filter(|size| *size >= FEWEST);
                options.connections = size.ok_or_else(|| wrong(name, &format!("a number, {FEWEST} or more")))?;
            }
            "read_timeout" => {
                let seconds = value.parse().ok().filter(|seconds| (1..=86_400).contains(seconds));
                options.timeout = Duration::from_secs(seconds.ok_or_else(|| wrong(name, "a number of seconds"))?);
            }
            "pool_mode" => match &*value {
                "session" => options.pooled = false,
                "transaction" => options.pooled = true,
                _ => return Err(wrong(name, "session or transaction")),
            },
            "read_database" => options.replica = Some(value.into_owned()),
            // The driver takes several hosts one by one.
            "host" => others.extend(pair.trim_start_matches("host=").split(',').map(|host| format!("host={host}"))),
            _ => others.push(pair.to_owned()),
        }
    }
    let query = others.join("&");
    Ok((if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") }, options))
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::new(ErrorKind::Unusable, format!("{name} of the database URL wants {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_taken_out_and_the_others_stay() {
        let url = "postgres://me@a,b/db?sslmode=require&pool_size=8&pool_mode=transaction&read_timeout=5\
                   &target_session_attrs=read-write&read_database=postgres%3A%2F%2Fme%40c%2Fdb%3Fsslmode%3Drequire";
        let (driver, options) = part(url).unwrap();
        assert_eq!(driver, "postgres://me@a,b/db?sslmode=require&target_session_attrs=read-write");
        assert_eq!((options.connections, options.timeout.as_secs(), options.pooled), (8, 5, true));
        assert_eq!(options.replica.as_deref(), Some("postgres://me@c/db?sslmode=require"));
        assert_eq!(part("postgres://me@/db?host=/a,/b").unwrap().0, "postgres://me@/db?host=/a&host=/b");
        assert_eq!(part("postgres://me@a/db?pool_size=9").unwrap().0, "postgres://me@a/db");
        assert_eq!(part("postgres://me@a/db").unwrap().1, Options::default());
        for bad in ["pool_size=3", "pool_size=many", "read_timeout=0", "pool_mode=statement"] {
            assert_eq!(part(&format!("postgres://me@a/db?{bad}")).unwrap_err().kind(), ErrorKind::Unusable, "{bad}");
        }
    }
}
