//! Debian's pgbouncer in front of the server of the tests, which gives a
//! connection for the length of a transaction.

use super::script;
use postgres::Config;
use postgres::config::Host;
use std::process::Child;

const HELP: &str = "the tests need pgbouncer: install it (apt-get install pgbouncer)";

/// It is stopped and removed when the standard input ends.
const POOLER: &str = r#"
set -e
dir=$(mktemp -d /tmp/homeroom-pooler-XXXXXX)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/ini" <<INI
[databases]
* = $1
[pgbouncer]
listen_addr =
unix_socket_dir = $dir
auth_type = any
pool_mode = transaction
default_pool_size = $2
max_client_conn = 500
INI
PATH=$PATH:/usr/sbin pgbouncer -q "$dir/ini" &
while [ ! -S "$dir/.s.PGSQL.6432" ]; do kill -0 $!; sleep 0.02; done
echo "$dir"
cat >/dev/null
kill $!
wait
"#;

/// A pooler; it ends when this is dropped.
pub struct Pooler {
    child: Child,
    folder: String,
}

impl Pooler {
    /// One with so few connections to the server of a URL that they are shared.
    pub fn before(url: &str, size: u32) -> Pooler {
        let config: Config = url.parse().unwrap();
        let host = match &config.get_hosts()[0] {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        let port = config.get_ports().first().map_or(String::new(), |port| format!(" port={port}"));
        let server = format!("host={host}{port} user={}", config.get_user().unwrap());
        let size = size.to_string();
        let (child, folder) = script::start(POOLER, &[server.as_ref(), size.as_ref()], HELP);
        Pooler { child, folder }
    }

    /// The URL of a database through it, for a process of this name.
    pub fn url(&self, database: &str, name: &str) -> String {
        format!(
            "postgres://postgres@/{database}?host={}&port=6432&application_name={name}&pool_mode=transaction",
            self.folder
        )
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
