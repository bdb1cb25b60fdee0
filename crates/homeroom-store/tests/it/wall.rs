//! The second wall between districts: what a statement sees that forgot its
//! tenant, or names another one. The role of these tests is an ordinary one and
//! owns the tables, as a program's does.

use crate::district::{Bench, Engine, small};
use crate::server::{self, Database};
use homeroom_store::{ErrorKind, Roster, Tenants};
use oneroster::time::Timestamp;
use postgres::{Client, NoTls};

/// Every table that has the number of a district, and whether it is held.
const TABLES: &str = "SELECT c.relname::text, c.relrowsecurity AND c.relforcerowsecurity \
                      AND (SELECT count(*) = 1 FROM pg_policy AS p WHERE p.polrelid = c.oid) \
                      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant' \
                      AND a.atttypid = 'bigint'::regtype WHERE c.relkind = 'r' AND c.relnamespace = \
                      'public'::regnamespace ORDER BY 1";

fn tables(client: &mut Client) -> Vec<(String, bool)> {
    client.query(TABLES, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Whether a role is held by policies; those who are not prove nothing.
fn is_ordinary(client: &mut Client) -> bool {
    let sql = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user";
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn every_table_of_districts_is_held_to_the_tenant_that_was_said() {
    let [mut one, mut other] = [Bench::new(Engine::Postgres), Bench::new(Engine::Postgres)];
    one.import("file", &small(5));
    other.import("file", &small(7));
    other.import("file", &small(6));
    let mut plain = Client::connect(server::text(), NoTls).unwrap();
    assert!(is_ordinary(&mut plain));
    let tables = tables(&mut plain);
    assert!(tables.len() > 60 && tables.iter().all(|(_, held)| *held), "{tables:?}");
    let number = |bench: &Bench| -> i64 {
        let sql = "SELECT id FROM tenants WHERE name = $1";
        server::connect().query_one(sql, &[&bench.place().1]).unwrap().get(0)
    };
    let (one, other) = (number(&one), number(&other));
    let mut behind = server::connect();
    let mut seen = 0;
    for (table, _) in &tables {
        let all = format!("SELECT count(*), count(*) FILTER (WHERE tenant = {other}) FROM \"{table}\"");
        let count = |client: &mut Client| -> (i64, i64) {
            let row = client.query_one(&all, &[]).unwrap();
            (row.get(0), row.get(1))
        };
        // Whoever says nothing sees nothing.
        assert_eq!(count(&mut plain), (0, 0), "{table}");
        let there = count(&mut behind).1;
        let as_tenant = |tenant: i64, client: &mut Client| {
            client.batch_execute(&format!("BEGIN; SET LOCAL homeroom.tenant = '{tenant}'")).unwrap();
        };
        as_tenant(other, &mut plain);
        assert_eq!(count(&mut plain), (there, there), "{table}: its own rows alone");
        plain.batch_execute("COMMIT").unwrap();
        as_tenant(one, &mut plain);
        assert_eq!(count(&mut plain).1, 0, "{table}: none of another one, though they are asked for");
        let changed = plain.execute(&format!("UPDATE \"{table}\" SET tenant = tenant WHERE tenant = {other}"), &[]);
        assert_eq!(changed.unwrap(), 0, "{table}");
        let removed = plain.execute(&format!("DELETE FROM \"{table}\" WHERE tenant = {other}"), &[]);
        assert_eq!(removed.unwrap(), 0, "{table}");
        plain.batch_execute("COMMIT").unwrap();
        seen += usize::from(there > 0);
    }
    assert!(seen > 10, "the districts have rows: in {seen} tables");
    // Nor is a row written into another one.
    plain.batch_execute(&format!("BEGIN; SET LOCAL homeroom.tenant = '{one}'")).unwrap();
    let foreign = format!("INSERT INTO authors (tenant, id, name) VALUES ({other}, 99, 'x')");
    assert_eq!(plain.execute(&foreign, &[]).unwrap_err().code().unwrap().code(), "42501");
}

#[test]
fn a_table_that_a_later_migration_adds_is_held_too() {
    let database = Database::new();
    drop(Roster::open(&database.url()).unwrap());
    let mut plain = Client::connect(&database.text(), NoTls).unwrap();
    plain.batch_execute("CREATE TABLE later (tenant bigint NOT NULL, word text)").unwrap();
    plain.batch_execute("INSERT INTO later VALUES (1, 'a'), (2, 'b')").unwrap();
    drop(Roster::open(&database.url()).unwrap());
    assert!(tables(&mut plain).contains(&("later".to_owned(), true)));
    let left: i64 = plain.query_one("SELECT count(*) FROM later", &[]).unwrap().get(0);
    assert_eq!(left, 0);
}

#[test]
fn the_first_load_leaves_the_wall_as_it_was() {
    let database = Database::new();
    let roster = Roster::open(&database.url()).unwrap();
    let number = roster.source("file").unwrap();
    let mut plain = Client::connect(&database.text(), NoTls).unwrap();
    for _ in 0..2 {
        let (intake, load) = roster.first_load(number, Timestamp(5)).unwrap().unwrap();
        drop(intake);
        drop(load.end(None));
        assert!(tables(&mut plain).iter().all(|(_, held)| *held));
    }
}

/// One that another process removed, and one of the same name that came after.
#[test]
fn a_removed_district_is_not_there_for_whoever_had_it_open() {
    let database = Database::new();
    let url = database.url();
    let rosters = Tenants::of(&url);
    rosters.add("north").unwrap();
    let open = homeroom_store::Rosters::new(url.clone(), "default", Roster::open(&url).unwrap());
    let north = open.get("north").unwrap();
    north.source("file").unwrap();
    rosters.remove("north").unwrap();
    assert_eq!(north.published().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(north.source("file").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(north.runs(1).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(north.is_gone() && open.opened("north").is_none());
    assert_eq!(open.get("north").unwrap_err().kind(), ErrorKind::NotFound);
    rosters.add("north").unwrap();
    assert_eq!(open.get("north").unwrap().published().unwrap().at, None);
    assert!(north.is_gone(), "numbers are not given twice");
}
