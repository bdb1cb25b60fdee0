//! The end of a district, which others on the same server do not notice.

use crate::district::{Engine, read, small};
use crate::server;
use homeroom_store::{DatabaseUrl, ErrorKind, Roster, Run, RunState, Tenants};
use oneroster::grant::Bounds;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};

on_both_engines!(a_district_that_is_removed_leaves_nothing_and_takes_nothing_else);

fn fill(roster: &Roster, records: &[Record]) {
    let source = roster.source("file").unwrap();
    let (mut intake, load) = roster.first_load(source, Timestamp(1)).unwrap().unwrap();
    for kind in homeroom_store::intake::order() {
        intake.begin(kind, 0, Box::new(|_| false)).unwrap();
        for record in records.iter().filter(|record| record.kind() == kind) {
            intake.push(&mut record.clone()).unwrap();
        }
        intake.end(kind).unwrap();
    }
    drop(intake.finish().unwrap());
    load.end(Some(Run { state: RunState::Applied, ..Run::begun(source, Timestamp(1)) })).unwrap();
    let bounds = Bounds { roles: ["teacher".to_owned()].into(), ..Bounds::default() };
    roster.view("app", &bounds, Timestamp(2), Date(0)).unwrap().unwrap();
}

fn people(roster: &Roster) -> u64 {
    roster.page(&read(Kind::User, Version::V1P2), &mut |_| ()).unwrap().unwrap().total
}

fn a_district_that_is_removed_leaves_nothing_and_takes_nothing_else(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let (url, names) = match engine {
        Engine::Sqlite => (DatabaseUrl::Sqlite(folder.path().join("r.db")), ["north".to_owned(), "north-2".to_owned()]),
        Engine::Postgres => (server::url(), [server::tenant(), server::tenant()]),
    };
    let tenants = Tenants::of(&url);
    let open = |name: &String| Roster::open_tenant(&url, name).unwrap();
    for name in &names {
        if engine == Engine::Sqlite {
            tenants.add(name).unwrap();
        }
        fill(&open(name), &small(3));
    }
    assert_eq!(tenants.remove("default").unwrap_err().kind(), ErrorKind::Refused);
    tenants.remove(&names[0]).unwrap();
    assert!(!tenants.has(&names[0]).unwrap() && tenants.has(&names[1]).unwrap());
    assert_eq!(tenants.remove(&names[0]).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(people(&open(&names[1])), 5);
    let again = open(&names[0]);
    assert_eq!((people(&again), again.runs(10).unwrap().len()), (0, 0), "a new one begins with nothing");
    assert_eq!(again.remove_views("app").unwrap(), 0);
}
