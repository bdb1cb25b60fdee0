//! Where the databases of these tests are: on a server.

use super::server;
use homeroom_store::DatabaseUrl;
use homeroom_store::access::{Key, KeySource};
use std::path::Path;
use std::process::Command;

/// The database of one test.
pub struct Database(server::Database);

/// PostgreSQL needs the installation key given.
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

impl Database {
    pub fn new(_: &Path) -> Database {
        Database(server::Database::new())
    }

    pub fn url(&self) -> DatabaseUrl {
        self.0.url()
    }

    pub fn key(&self) -> KeySource {
        KeySource::Given(Key::parse(KEY).unwrap())
    }

    /// Tells a command of it.
    pub fn tell(&self, command: &mut Command) {
        command.env("HOMEROOM_DATABASE", self.0.text()).env("HOMEROOM_KEY", KEY);
        // No folder stands beside it for what is fetched; this one is the desk's.
        command.env("HOMEROOM_SOURCES", "fetched");
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.its_name()
    }

    /// Its URL.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// A connection of a superuser to it, for a look behind the program.
    pub fn connect(&self) -> postgres::Client {
        postgres::Client::connect(&server::admin(&self.0.text()), postgres::NoTls).unwrap()
    }
}
