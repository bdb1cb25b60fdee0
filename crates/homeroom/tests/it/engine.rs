//! Where the databases of these tests are: in SQLite files.

use homeroom_store::DatabaseUrl;
use homeroom_store::access::KeySource;
use std::path::Path;
use std::process::Command;

/// The database of one test.
pub struct Database(DatabaseUrl);

impl Database {
    /// In a folder, where the program looks for it by itself.
    pub fn new(folder: &Path) -> Database {
        Database(DatabaseUrl::Sqlite(folder.join("homeroom.db")))
    }

    pub fn url(&self) -> DatabaseUrl {
        self.0.clone()
    }

    pub fn key(&self) -> KeySource {
        KeySource::Beside(self.0.beside("key").unwrap())
    }

    /// Tells a command of it.
    pub fn tell(&self, _: &mut Command) {}
}
