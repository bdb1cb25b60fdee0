//! Pages that are asked in one way to the server and back, on what was seen
//! before: nobody is shown what stands no more, and no district another's.

use crate::access::{House, new, token};
use crate::district::{Bench, Engine, read, small};
use crate::server::{self, Database};
use homeroom_store::access::Edit;
use homeroom_store::{DatabaseUrl, ErrorKind, Found, Read, Roster};
use oneroster::grant::Bounds;
use oneroster::model::{Kind, Version};
use oneroster::time::{Date, Timestamp};

/// A process of its own, that the server knows by a name.
fn node(database: &Database, name: &str) -> Bench {
    Bench::at(DatabaseUrl::parse(&format!("{}&application_name={name}", database.text())).unwrap(), "default")
}

/// What the server was last asked by a process, connection by connection.
fn asked(name: &str) -> Vec<String> {
    let sql = "SELECT query FROM pg_stat_activity WHERE application_name = $1";
    server::connect().query(sql, &[&name]).unwrap().iter().map(|row| row.get(0)).collect()
}

/// Whether it was last asked for a page and nothing else.
fn in_one_way(name: &str) -> bool {
    asked(name).iter().all(|query| query.contains("UNION ALL"))
}

#[test]
fn a_page_is_one_statement_and_what_stands_now() {
    let database = Database::new();
    let (mut writer, reader) = (node(&database, "writer-1"), node(&database, "reader-1"));
    let users = read(Kind::User, Version::V1P2);
    let few = Read { limit: 3, ..users.clone() };
    writer.import("file", &small(10));
    for left in [10, 9, 8] {
        writer.import("file", &small(left));
        // The first one learns how the roster stands; whoever asks on is answered at once.
        for _ in 0..2 {
            assert_eq!(reader.ids(&users).0.len(), left + 2);
        }
        assert!(in_one_way("reader-1"), "{:?}", asked("reader-1"));
        // Where it ended is kept for other nodes, apart from it.
        let (_, page) = reader.ids(&few);
        assert_eq!(reader.ids(&Read { cursor: page.next.as_deref(), ..few.clone() }).0.len(), 3);
        assert!(in_one_way("reader-1"));
        assert_eq!(reader.roster.one(&users, "u001", &mut |_| ()).unwrap(), Found::Yes);
        assert_eq!(reader.roster.one(&users, "nobody", &mut |_| ()).unwrap(), Found::No);
        assert!(in_one_way("reader-1"));
        // What needs more than a statement is asked as before.
        assert_eq!(reader.ids(&read(Kind::Org, Version::V1P2)).0.len(), 2);
        assert_eq!(asked("reader-1"), ["COMMIT"]);
    }
    // A cursor of a node that knows of a later version is one of ours.
    writer.import("file", &small(9));
    let (_, page) = writer.ids(&few);
    assert_eq!(reader.ids(&Read { cursor: page.next.as_deref(), ..few.clone() }).1.total, 11);
    writer.import("file", &small(8));
    // A page that gives nothing makes sure of its total, too.
    let beyond = Read { offset: 50, ..users.clone() };
    assert_eq!(reader.ids(&beyond).1.total, 10);
    writer.import("file", &small(7));
    assert_eq!(reader.ids(&beyond).1.total, 9);
}

#[test]
fn a_jump_is_one_statement_too_and_goes_on_where_another_node_ended() {
    let database = Database::new();
    let (mut writer, one) = (node(&database, "writer-6"), node(&database, "reader-6"));
    let other = node(&database, "reader-7");
    let ask = |offset| Read { limit: 6, offset, ..read(Kind::User, Version::V1P2) };
    writer.import("file", &small(10));
    let (whole, _) = writer.ids(&Read { limit: 100, ..ask(0) });
    assert_eq!(whole.len(), 12);
    for _ in 0..2 {
        let (ids, page) = one.ids(&ask(6));
        assert_eq!((&ids[..], page.next), (&whole[6..], None));
    }
    assert!(in_one_way("reader-6"), "{:?}", asked("reader-6"));
    // One node gives the first page; then somebody leaves, and the other knows of it.
    assert_eq!(one.ids(&ask(0)).0, whole[..6]);
    writer.import("file", &small(9));
    for _ in 0..2 {
        assert_eq!(other.ids(&Read { caller: 2, ..ask(6) }).1.total, 11);
    }
    let (ids, page) = other.ids(&ask(6));
    assert_eq!((&ids[..], page.total), (&whole[6..], 12), "one version to its end");
    assert!(in_one_way("reader-7"), "{:?}", asked("reader-7"));
    // A node that has just started knows nothing and asks for it all.
    let (ids, page) = node(&database, "reader-8").ids(&ask(6));
    assert_eq!((&ids[..], page.total), (&whole[6..], 12));
}

#[test]
fn a_view_that_was_narrowed_is_not_read_as_it_was() {
    let database = Database::new();
    let (mut one, other) = (node(&database, "writer-2"), node(&database, "reader-2"));
    one.import("file", &small(6));
    let (now, today) = (Timestamp(crate::district::START + 60_000), Date::parse("2026-09-01").unwrap());
    let wide = Bounds { schools: ["s".to_owned()].into(), ..Bounds::default() };
    let view = other.roster.view("app", &wide, now, today).unwrap();
    let users = Read { view, ..read(Kind::User, Version::V1P2) };
    for _ in 0..2 {
        assert_eq!(other.ids(&users).0.len(), 8);
    }
    assert!(in_one_way("reader-2"), "{:?}", asked("reader-2"));
    let narrow = Bounds { schools: ["nowhere".to_owned()].into(), ..Bounds::default() };
    one.roster.view("app", &narrow, Timestamp(now.0 + 1), today).unwrap();
    for _ in 0..2 {
        assert_eq!(other.ids(&users).0, Vec::<String>::new());
    }
}

#[test]
fn what_is_believed_of_an_application_is_made_sure_of() {
    let house = House::new(Engine::Postgres);
    let (node, command) = (house.open(), house.open());
    let mut bench = Bench::new(Engine::Postgres);
    bench.import("file", &small(4));
    let users = read(Kind::User, Version::V1P2);
    let (app, secret) = command.add("me", &new("LMS")).unwrap();
    let token = token(&node, &app, &secret);
    assert!(node.believed(&token).is_none(), "nobody was seen with it");
    // Others use the same applications' table meanwhile: then it is looked at again.
    let believed = || loop {
        node.verify(&token).unwrap().unwrap();
        let (caller, belief) = node.believed(&token).unwrap();
        assert_eq!(caller.app, app.name);
        match bench.roster.page_believing(&users, belief, &mut |_| ()) {
            Ok(page) => break (belief, page.unwrap()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Stale),
        }
    };
    assert_eq!(believed().1.given, 6);
    let (belief, page) = believed();
    assert_eq!(page.given, 6);
    command.edit("me", "LMS", Edit { disabled: Some(true), ..Edit::default() }).unwrap();
    let stale = |result: homeroom_store::Result<()>| assert_eq!(result.unwrap_err().kind(), ErrorKind::Stale);
    let mut none = |_: &oneroster::json::Row<'_>| panic!("nothing is given");
    stale(bench.roster.page_believing(&users, belief, &mut none).map(drop));
    stale(bench.roster.one_believing(&users, "u001", belief, &mut none).map(drop));
    // Neither by a page of several statements, nor by one that gives nothing.
    stale(bench.roster.page_believing(&read(Kind::Org, Version::V1P2), belief, &mut none).map(drop));
    stale(bench.roster.page_believing(&Read { offset: 50, ..users.clone() }, belief, &mut none).map(drop));
    assert_eq!(node.verify(&token).unwrap(), None);
}

#[test]
fn a_connection_of_one_district_shows_nothing_of_it_to_another() {
    let database = Database::new();
    let url = DatabaseUrl::parse(&format!("{}&application_name=both", database.text())).unwrap();
    let mut districts = ["north", "south"].map(|name| Bench::at(url.clone(), name));
    districts[0].import("file", &small(4));
    districts[1].import("file", &small(7));
    let users = read(Kind::User, Version::V1P2);
    for _ in 0..3 {
        for (district, people) in districts.iter().zip([6, 9]) {
            assert_eq!(district.ids(&users).0.len(), people);
        }
    }
    assert_eq!(asked("both").len(), 1, "they take turns on one connection");
    // Whoever asks for no district is shown none, whosever the session was.
    let third = Roster::open_tenant(&url, "west").unwrap();
    assert_eq!(third.page(&users, &mut |_| panic!("of another one")).unwrap().unwrap().total, 0);
    assert_eq!(districts[0].ids(&users).0.len(), 6);
}

#[test]
fn a_broken_connection_is_made_anew_under_a_page() {
    let name = server::tenant();
    let url = DatabaseUrl::parse(&format!("{}&application_name={name}", server::text())).unwrap();
    let mut bench = Bench::at(url, &name);
    bench.import("file", &small(5));
    let users = read(Kind::User, Version::V1P2);
    for _ in 0..2 {
        assert_eq!(bench.ids(&users).0.len(), 7);
        let end = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1";
        assert_eq!(server::connect().query_one(end, &[&name]).unwrap().get::<_, i64>(0), 1);
        assert_eq!(bench.ids(&users).0.len(), 7);
    }
}
