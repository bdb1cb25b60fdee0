//! Chores of the project: `cargo xtask help` lists them.

fn main() {
    // placeholder replaced when the chores land
    if std::env::args().nth(1).as_deref() == Some("gen") {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/homeroom-store/migrations");
        for (dialect, folder) in
            [(homeroom_store::Dialect::Sqlite, "sqlite"), (homeroom_store::Dialect::Postgres, "postgres")]
        {
            let _ = std::fs::write(root.join(folder).join("V1__roster.sql"), homeroom_store::schema(dialect));
        }
    }
}
