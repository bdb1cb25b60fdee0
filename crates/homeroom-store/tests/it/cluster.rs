//! Clusters of Debian's PostgreSQL that tests may kill: a primary, and a replica
//! that follows it.

#![allow(dead_code, reason = "each binary of tests uses some of it")]

use super::script;
use std::process::{Child, Stdio};

const HELP: &str = "the tests need PostgreSQL: install it (apt-get install postgresql)";

/// Makes a cluster and starts it; it is stopped and removed when the standard
/// input ends.
const PRIMARY: &str = r#"
set -e
dir=$(mktemp -d /tmp/homeroom-pg-XXXXXX)
trap '"$1/pg_ctl" -D "$dir/data" -m immediate stop >&2 || true; rm -rf "$dir"' EXIT
"$1/initdb" -D "$dir/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 >&2
"$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off -c wal_level=replica \
  -c max_connections=100 -c autovacuum=off" start >&2
echo "$dir"
cat >/dev/null
"#;

/// The same with a copy of another one, `$2`, which it follows from then on.
const REPLICA: &str = r#"
set -e
dir=$(mktemp -d /tmp/homeroom-pg-XXXXXX)
trap '"$1/pg_ctl" -D "$dir/data" -m immediate stop >&2 || true; rm -rf "$dir"' EXIT
"$1/pg_basebackup" -D "$dir/data" -h "$2" -U postgres -X stream -c fast -R >&2
chmod 700 "$dir/data"
"$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off -c autovacuum=off" start >&2
echo "$dir"
cat >/dev/null
"#;

/// A cluster of its own.
pub struct Cluster {
    child: Child,
    folder: String,
}

impl Cluster {
    pub fn primary() -> Cluster {
        Cluster::start(PRIMARY, "")
    }

    /// One that follows another.
    pub fn replica_of(primary: &Cluster) -> Cluster {
        Cluster::start(REPLICA, &primary.folder)
    }

    fn start(script: &str, other: &str) -> Cluster {
        let (child, folder) = script::start(script, &[script::tools(HELP).as_os_str(), other.as_ref()], HELP);
        Cluster { child, folder }
    }

    /// What its socket stands in, as a host.
    pub fn host(&self) -> &str {
        &self.folder
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@/postgres?host={}", self.folder)
    }

    pub fn connect(&self) -> postgres::Client {
        postgres::Client::connect(&self.url(), postgres::NoTls).unwrap()
    }

    /// Commits wait for the replica from now on.
    pub fn wait_for_replicas(&self) {
        let mut client = self.connect();
        client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
        let sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        while client.query_one(sql, &[]).unwrap().get::<_, i64>(0) == 0 {
            std::thread::yield_now();
        }
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&self) {
        self.control("-m immediate stop");
    }

    /// Makes a replica a primary.
    pub fn promote(&self) {
        self.control("-w promote");
    }

    fn control(&self, what: &str) {
        let line = format!("{}/pg_ctl -D {}/data {what}", script::tools(HELP).display(), self.folder);
        let done = script::shell().args(["-c", &line]).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{line}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
