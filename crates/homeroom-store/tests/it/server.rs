//! A PostgreSQL database for the tests.
//!
//! `HOMEROOM_TEST_POSTGRES` names a server, by the URL of a superuser. Without
//! it, a throw-away cluster is made of Debian's binaries; it ends with this
//! process, however that ends. Every test has a tenant of its own in the same
//! database, so each also proves that tenants do not see each other; and what
//! is tested works as an ordinary role, whom policies hold.

use super::script;
use homeroom_store::DatabaseUrl;
use postgres::{Client, Config, NoTls};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

/// What is missing, and what to do about it.
const HELP: &str = "the tests need PostgreSQL: install it (apt-get install postgresql), \
                    or set HOMEROOM_TEST_POSTGRES to the URL of a superuser";

/// The cluster is stopped and removed when the standard input ends.
const CLUSTER: &str = r#"
set -e
dir=$(mktemp -d /tmp/homeroom-pg-XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$1/initdb" -D "$dir/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 >&2
"$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c max_connections=200 -c autovacuum=off" start >&2
echo "$dir"
cat >/dev/null
"$1/pg_ctl" -D "$dir/data" -m immediate stop >&2
"#;

struct Server {
    /// Of the role that owns the databases, and may do nothing else.
    url: String,
    /// Of a superuser.
    admin: String,
    /// While it is connected, no other run takes the database for a stale one.
    _guard: Mutex<Client>,
    _cluster: Option<Mutex<Child>>,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let (url, cluster) = match std::env::var("HOMEROOM_TEST_POSTGRES") {
        Ok(url) => (url, None),
        Err(_) => start(),
    };
    let mut config: Config = url.parse().expect("HOMEROOM_TEST_POSTGRES is a postgres:// URL");
    let mut admin = config.connect(NoTls).unwrap_or_else(|error| panic!("{HELP}: {error}"));
    let stale = "SELECT datname FROM pg_database d WHERE datname LIKE 'homeroom_test_%' \
                 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)";
    for row in admin.query(stale, &[]).unwrap() {
        // Another run may be quicker.
        let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS \"{}\"", row.get::<_, &str>(0)));
    }
    let name = own();
    admin.batch_execute(ROLE).unwrap();
    create(&mut admin, &name);
    let guard = config.dbname(&name).connect(NoTls).unwrap();
    let (base, query) =
        url.split_once('?').map_or((&url[..], String::new()), |(base, query)| (base, format!("&{query}")));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let base = base[authority..].find('/').map_or(base, |at| &base[..authority + at]);
    let host = &base[base.rfind('@').map_or(authority, |at| at + 1)..];
    Server {
        url: format!("postgres://{OWNER}:{OWNER}@{host}/{name}?connect_timeout=10{query}"),
        admin: format!("{base}/{name}?connect_timeout=10{query}"),
        _guard: Mutex::new(guard),
        _cluster: cluster.map(Mutex::new),
    }
});

/// The role that owns the databases.
const OWNER: &str = "homeroom_tests";

/// Makes that role; another run may be quicker.
const ROLE: &str = "DO $$ BEGIN CREATE ROLE homeroom_tests LOGIN PASSWORD 'homeroom_tests'; \
                    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// Makes a database in which texts compare by the rules of a language, so that
/// one compared without our collation is found out.
fn create(client: &mut Client, name: &str) {
    let make = format!("CREATE DATABASE {name} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0");
    client.batch_execute(&format!("{make} LOCALE_PROVIDER icu ICU_LOCALE 'en'")).unwrap();
}

fn start() -> (String, Option<Child>) {
    let (child, folder) = script::start(CLUSTER, &[script::tools(HELP).as_os_str()], HELP);
    (format!("postgres://postgres@/postgres?host={folder}"), Some(child))
}

/// The URL of the database of this run.
pub fn text() -> &'static str {
    &SERVER.url
}

/// The database of this run.
pub fn url() -> DatabaseUrl {
    DatabaseUrl::parse(text()).unwrap()
}

/// The URL of another database of the server.
pub fn url_of(name: &str) -> String {
    SERVER.url.replace(&own(), name)
}

/// The same URL of a superuser, whom no policy holds.
pub fn admin(text: &str) -> String {
    let database = |url: &str| url[..url.find('?').unwrap_or(url.len())].rsplit('/').next().unwrap().to_owned();
    SERVER.admin.replace(&database(&SERVER.admin), &database(text))
}

/// A connection of a superuser to the database of this run, for a look behind
/// the store.
pub fn connect() -> Client {
    Client::connect(&admin(text()), NoTls).unwrap()
}

/// A database of its own, dropped at the end.
pub struct Database(String);

impl Database {
    /// As those of the tests are.
    pub fn new() -> Database {
        let name = Database::name();
        create(&mut connect(), &name);
        Database(name)
    }

    /// As `how` says.
    pub fn like(how: &str) -> Database {
        let name = Database::name();
        connect().batch_execute(&format!("CREATE DATABASE {name} OWNER {OWNER} {how} TEMPLATE template0")).unwrap();
        Database(name)
    }

    fn name() -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        format!("{}_{}", own(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub fn text(&self) -> String {
        url_of(&self.0)
    }

    pub fn its_name(&self) -> &str {
        &self.0
    }

    pub fn url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.text()).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = connect().batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.0));
        if !std::thread::panicking() {
            dropped.unwrap();
        }
    }
}

/// The name of a tenant that nobody has.
pub fn tenant() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("tenant-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn own() -> String {
    format!("homeroom_test_{}", std::process::id())
}
