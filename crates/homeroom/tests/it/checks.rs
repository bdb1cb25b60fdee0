//! Whether a database agrees with itself, as the command tells it.

use super::desk::Desk;
use homeroom_store::DatabaseUrl;
use serde_json::json;

/// Changes a column of one person behind the store's back.
fn damage(url: &DatabaseUrl) {
    let sql = "UPDATE users SET \"familyName\" = 'X' WHERE rid = 7";
    match url {
        DatabaseUrl::Sqlite(path) => {
            rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap();
        }
        DatabaseUrl::Postgres(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            // Policies show no row to whoever has not said for whom it works.
            let said = "SELECT set_config('homeroom.tenant', id::text, true) FROM tenants WHERE name = 'default'";
            client.batch_execute(&format!("BEGIN; {said}")).unwrap();
            assert_eq!(client.execute(sql, &[]).unwrap(), 1);
            client.batch_execute("COMMIT").unwrap();
        }
    }
}

#[test]
fn a_database_in_use_agrees_and_a_damaged_one_is_told() {
    let desk = Desk::new();
    desk.district("first", 200, 0);
    desk.district("second", 200, 9);
    desk.json(0, "import first --yes");
    desk.json(0, "tenant add north");
    desk.json(0, "import first --yes --tenant north");
    desk.json(0, "app add bounded --school S01 --role student");
    desk.json(0, "import second --yes --max-removed 100");
    desk.json(0, "runs undo 2");
    let sound = desk.json(0, "database check");
    assert_eq!(sound["sound"], true, "{sound}");
    let tenants = sound["tenants"].as_array().unwrap();
    assert_eq!(tenants.iter().map(|one| &one["tenant"]).collect::<Vec<_>>(), ["default", "north"]);
    assert!(tenants.iter().all(|one| one["records"].as_u64() > Some(200) && one["faults"] == 0), "{sound}");
    assert!(tenants[0]["earlier"].as_u64() > Some(0), "{sound}");

    damage(&desk.database.url());
    let ran = desk.run("database check");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("familyName says something else than the record"), "{}", ran.stdout);
    assert!(ran.stdout.contains("restore the last good backup"), "{}", ran.stdout);
    let told = desk.json(1, "database check --only");
    assert_eq!(told["tenants"].as_array().unwrap().len(), 1);
    assert_eq!((&told["sound"], &told["tenants"][0]["faults"]), (&false.into(), &1.into()), "{told}");
    desk.json(0, "database check --only --tenant north");
}

#[test]
fn tables_are_told_to_be_up_to_date() {
    let desk = Desk::new();
    desk.district("first", 200, 0);
    desk.json(0, "import first --yes");
    desk.json(0, "app add reader");
    for (line, done) in [("database migrate --dry-run", false), ("database migrate", true)] {
        let told = desk.json(0, line);
        assert_eq!(told["done"], done, "{told}");
        let tables = told["tables"].as_array().unwrap();
        assert!(!tables.is_empty() && tables.iter().all(|one| one["pending"] == json!([])), "{told}");
        assert!(tables[0]["before"].as_str().unwrap().starts_with('V'), "{told}");
    }
}
