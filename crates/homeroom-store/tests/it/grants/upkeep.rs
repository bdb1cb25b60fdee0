//! Views follow whatever is done with a roster.

use super::expected::{day, given};
use crate::district::{Bench, Engine, person, read, small, with};
use homeroom_store::{ErrorKind, Found, Read, Tombstones, ViewId};
use oneroster::at;
use oneroster::grant::{Bounds, Profile};
use oneroster::model::{Kind, Slot, Version};
use oneroster::query::{Part, Path, Sort, parse_filter};
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;

on_both_engines!(
    a_forgotten_person_leaves_no_trace_in_views,
    the_history_of_views_ends_with_that_of_the_roster,
    a_view_that_was_made_before_the_roster_fills_with_it,
    a_view_that_is_taken_away_is_made_anew,
    open_bounds_need_no_view_but_keep_the_one_there_is,
    what_a_profile_makes_is_read_filtered_sorted_and_told_as_a_change,
    what_left_with_a_profile_is_found_by_what_it_was_shown_with,
);

const NOW: Timestamp = Timestamp(7);

fn bounds(roles: &[&str]) -> Bounds {
    Bounds { roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..Bounds::default() }
}

fn view(bench: &Bench, bounds: &Bounds) -> ViewId {
    bench.roster.view("app", bounds, NOW, day()).unwrap().unwrap()
}

fn users(bench: &Bench, view: ViewId, tombstones: Tombstones) -> Vec<Record> {
    given(&bench.roster, &Read { view: Some(view), tombstones, ..read(Kind::User, Version::V1P2) })
}

fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.sourced_id.as_str()).collect()
}

/// Students, two of whom name a guardian and an aide as agents.
fn district() -> Vec<Record> {
    let mut all = small(3);
    person(&mut all, "mum", "guardian", "c1");
    person(&mut all, "aid", "aide", "c1");
    for student in ["u000", "u001"] {
        let user = all.iter_mut().find(|r| r.kind() == Kind::User && r.sourced_id == student).unwrap();
        user.push(at!(User.agents), "mum");
        user.push(at!(User.agents), "aid");
    }
    all
}

fn a_forgotten_person_leaves_no_trace_in_views(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &district());
    let app = bounds(&["student", "guardian"]);
    let seen = view(&bench, &app);
    assert_eq!(ids(&users(&bench, seen, Tombstones::Hidden)), ["u000", "u001", "u002", "mum"]);
    // One student leaves, and goes on as a tombstone that names the guardian.
    let gone = without("u001", &district());
    bench.import("file", &gone);
    let ask = Read { view: Some(seen), limit: 1, ..read(Kind::User, Version::V1P2) };
    let cursor = bench.roster.page(&ask, &mut |_| ()).unwrap().unwrap().next.unwrap();
    bench.roster.forget("mum", Timestamp(9)).unwrap();
    let all = users(&bench, seen, Tombstones::Shown);
    for record in &all {
        assert_eq!(record.list(at!(User.agents)).count(), 0, "{record:?}");
    }
    let mum = all.iter().find(|record| record.sourced_id == "mum").unwrap();
    assert_eq!((mum.status, mum.get(at!(User.familyName))), (Status::ToBeDeleted, None));
    let old = Read { cursor: Some(&cursor), ..ask };
    assert_eq!(bench.roster.page(&old, &mut |_| ()).unwrap_err().kind(), ErrorKind::Cursor);
}

/// A district without a person and what names them.
fn without(id: &str, all: &[Record]) -> Vec<Record> {
    let own = [id.to_owned(), format!("r-{id}"), format!("e-{id}")];
    all.iter().filter(|record| !own.contains(&record.sourced_id)).cloned().collect()
}

fn the_history_of_views_ends_with_that_of_the_roster(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &district());
    let seen = view(&bench, &bounds(&["student"]));
    let gone = without("u001", &district());
    let left = bench.import("file", &gone).0.published.unwrap();
    assert_eq!(users(&bench, seen, Tombstones::Shown).len(), 3);
    bench.roster.end_history(left).unwrap();
    assert_eq!(ids(&users(&bench, seen, Tombstones::Shown)), ["u000", "u002"]);
    assert_eq!(ids(&users(&bench, seen, Tombstones::Hidden)), ["u000", "u002"]);
}

fn a_view_that_was_made_before_the_roster_fills_with_it(engine: Engine) {
    let mut bench = Bench::new(engine);
    let app = bounds(&["teacher"]);
    let seen = view(&bench, &app);
    assert!(users(&bench, seen, Tombstones::Hidden).is_empty());
    bench.import("file", &district());
    assert_eq!(ids(&users(&bench, seen, Tombstones::Hidden)), ["t1", "t2"]);
    // Another process comes to the same view.
    assert_eq!(bench.again().view("app", &app, NOW, day()).unwrap(), Some(seen));
}

fn a_view_that_is_taken_away_is_made_anew(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &district());
    let app = bounds(&["teacher"]);
    let seen = view(&bench, &app);
    // One for a school and one for a person go with it, and no other application's.
    let school = Bounds { schools: ["s1".to_owned()].into(), ..Bounds::default() };
    for more in ["app/s/s1", "app/p/t1", "app2"] {
        bench.roster.view(more, &school, NOW, day()).unwrap().unwrap();
    }
    assert_eq!(bench.again().remove_views("app").unwrap(), 3);
    assert_eq!(bench.again().remove_views("app").unwrap(), 0);
    let ask = Read { view: Some(seen), ..read(Kind::User, Version::V1P2) };
    assert_eq!(bench.roster.page(&ask, &mut |_| ()).unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(bench.roster.one(&ask, "t1", &mut |_| ()).unwrap(), Found::No);
    let anew = view(&bench, &app);
    assert_ne!(anew, seen, "numbers are never given again");
    assert_eq!(ids(&users(&bench, anew, Tombstones::Hidden)), ["t1", "t2"]);
    assert_eq!(bench.roster.remove_views("app2").unwrap(), 1);
}

fn open_bounds_need_no_view_but_keep_the_one_there_is(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &district());
    let open = Bounds::default();
    assert_eq!(bench.roster.view("app", &open, NOW, day()).unwrap(), None);
    let seen = view(&bench, &bounds(&["teacher"]));
    let wide = view(&bench, &open);
    assert_eq!(wide, seen);
    // Who polls learns of all that came with it.
    let all = users(&bench, wide, Tombstones::Hidden);
    let at = bench.roster.published_in(wide).unwrap().at;
    let fresh: Vec<Record> = all.iter().filter(|record| record.modified == at).cloned().collect();
    assert_eq!((all.len(), ids(&fresh)), (7, vec!["u000", "u001", "u002", "mum", "aid"]));
    bench.import("file", &small(2));
    assert_eq!(ids(&users(&bench, wide, Tombstones::Hidden)), ["u000", "u001", "t1", "t2"]);
    assert_eq!(users(&bench, wide, Tombstones::Shown).len(), 7);
}

fn what_a_profile_makes_is_read_filtered_sorted_and_told_as_a_change(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut all = district();
    let named = |all: &mut Vec<Record>, id: &str, name: &str| {
        let user = all.iter_mut().find(|r| r.kind() == Kind::User && r.sourced_id == id).unwrap();
        user.set(at!(User.username), name);
    };
    for (id, name) in [("u000", "Zed"), ("u001", "É Bo"), ("u002", "amy"), ("t1", "Kim"), ("t2", "lou")] {
        named(&mut all, id, name);
    }
    bench.import("file", &all);
    let moodle = |key: &str, value: &str| {
        let profile = Profile::named("moodle-plugin").unwrap().with(key, value).unwrap();
        Bounds { profile: Some(profile), ..Bounds::default() }
    };
    let seen = view(&bench, &moodle("identifier", "username"));
    let found = |bench: &Bench, seen: ViewId, filter: &str, descending: bool| {
        let filter = parse_filter(filter, Kind::User, Version::V1P1).unwrap();
        let path = Path { kind: Kind::User, slot: Slot::Own(at!(User.identifier)), part: Part::Value };
        let sort = Sort { path, descending };
        let ask = Read { view: Some(seen), ..read(Kind::User, Version::V1P1) };
        given(&bench.roster, &with(&ask, filter.as_ref(), Some(&sort)))
    };
    let people = found(&bench, seen, "", false);
    let identifiers: Vec<&str> = people.iter().filter_map(|user| user.get(at!(User.identifier))).collect();
    assert!(identifiers.is_sorted() && identifiers.len() == 7, "{identifiers:?}");
    assert!(people.iter().all(|user| user.get(at!(User.email)).unwrap().ends_with("@nobody.invalid")));
    let bo = people.iter().find(|user| user.sourced_id == "u001").unwrap().get(at!(User.identifier)).unwrap();
    // A filter finds what is shown, and not what is stored.
    for filter in [format!("identifier='{bo}'"), format!("identifier~'{}'", &bo[1..])] {
        assert_eq!(ids(&found(&bench, seen, &filter, false)), ["u001"], "{filter}");
    }
    assert_eq!(ids(&found(&bench, seen, "email='u000@nobody.invalid'", true)), ["u000"]);
    assert_eq!(ids(&found(&bench, seen, "username='Zed'", true)), ["u000"]);
    // A person who changes is made anew; another setting is a change of all.
    named(&mut all, "u002", "Bea");
    bench.import("file", &all);
    assert_eq!(ids(&found(&bench, seen, "identifier='bea'", false)), ["u002"]);
    let before = bench.roster.published_in(seen).unwrap().at.unwrap();
    let seen = view(&bench, &moodle("email-domain", "x.example"));
    assert_eq!(found(&bench, seen, "email~'x.example'", false).len(), 7);
    assert!(users(&bench, seen, Tombstones::Hidden).iter().all(|user| user.modified > Some(before)));
    // Without the profile everything is as it is again.
    let seen = view(&bench, &Bounds::default());
    assert_eq!(found(&bench, seen, "email~'x.example'", false).len(), 0);
    assert_eq!(ids(&found(&bench, seen, "username='Bea'", false)), ["u002"]);
}

fn what_left_with_a_profile_is_found_by_what_it_was_shown_with(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &district());
    let profile = Some(Profile::named("moodle-plugin").unwrap());
    view(&bench, &Bounds { profile, ..bounds(&["student", "teacher"]) });
    let seen = view(&bench, &bounds(&["student"]));
    let filter = parse_filter("email~'nobody.invalid'", Kind::User, Version::V1P2).unwrap();
    for roster in [&bench.roster, &bench.again()] {
        let ask = Read { view: Some(seen), tombstones: Tombstones::Shown, ..read(Kind::User, Version::V1P2) };
        let found = given(roster, &with(&ask, filter.as_ref(), None));
        assert_eq!(ids(&found), ["t1", "t2"]);
        assert!(found.iter().all(|user| user.get(at!(User.email)).unwrap().ends_with("@nobody.invalid")));
    }
}
