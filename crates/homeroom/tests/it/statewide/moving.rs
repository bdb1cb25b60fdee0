//! What becomes of a list while its districts change.

use super::stage::{DISTRICTS, State, id, records, same};
use serde_json::Value;
use std::collections::BTreeSet;

const USERS: &str = "rostering/v1p2/users";
/// One order in which the districts follow one another, and one of all of them.
const ORDERS: [&str; 2] = ["limit=20", "limit=20&sort=familyName"];

/// What is left of a list from a page on, by its links.
fn rest(state: &State, mut next: Option<String>) -> Vec<Value> {
    let mut all = Vec::new();
    while let Some(at) = next {
        let page = state.get(&at);
        assert_eq!(page.status, 200, "{at}: {}", page.text);
        all.extend(records(&page.body()));
        next = page.next().map(str::to_owned);
    }
    all
}

/// A list in the middle of which something happens.
fn interrupted(state: &State, query: &str, happens: impl FnOnce()) -> Vec<Value> {
    let first = state.get(&format!("/all/ims/oneroster/{USERS}?{query}"));
    let mut all = records(&first.body());
    happens();
    all.extend(rest(state, first.next().map(str::to_owned)));
    all
}

/// The same by offsets alone.
fn interrupted_by_offset(state: &State, query: &str, happens: impl FnOnce()) -> Vec<Value> {
    let page =
        |offset: usize| records(&state.get(&format!("/all/ims/oneroster/{USERS}?{query}&offset={offset}")).body());
    let mut all = page(0);
    happens();
    loop {
        let more = page(all.len());
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// A district that withdraws, is suspended or comes back is so at once, also in
/// the middle of a list.
pub fn districts_go(state: &State) {
    for (goes, comes) in
        [("app withdraw LMS --tenant", "app authorize LMS --tenant"), ("tenant suspend", "tenant resume")]
    {
        for query in ORDERS {
            let first = state.get(&format!("/all/ims/oneroster/{USERS}?{query}"));
            let mut all = records(&first.body());
            state.desk.json(0, &format!("{goes} north"));
            let left = rest(state, first.next().map(str::to_owned));
            assert!(left.iter().all(|user| !id(user).starts_with("north.")), "{goes} {query}");
            all.extend(left);
            whole_are(state, &all, &["north-east", "south"], &format!("{goes} {query}"));
            let one = format!("/all/ims/oneroster/{USERS}/north.{}", id(&all[0]).split_once('.').unwrap().1);
            assert_eq!(state.get(&one).status, 404);
            state.desk.json(0, &format!("{comes} north"));
        }
    }
}

/// These districts are in a list with all their people, each once.
fn whole_are(state: &State, all: &[Value], districts: &[&str], what: &str) {
    for district in districts {
        let own = state.pull(&format!("/t/{district}"), USERS, "limit=1000").ok().unwrap();
        let here: Vec<&str> = all.iter().map(id).filter(|id| id.starts_with(&format!("{district}."))).collect();
        assert_eq!(here.len(), own.len(), "{what} {district}");
        assert_eq!(here.iter().collect::<BTreeSet<_>>().len(), own.len(), "{what} {district}");
    }
}

#[test]
fn a_list_is_of_the_moment_in_which_it_was_begun() {
    let state = State::new();
    for district in DISTRICTS {
        state.desk.json(0, &format!("runs guards --rollover 2000-01-01..2999-12-31 --tenant {district}"));
    }
    let mut day = 20;
    let mut import = || {
        // One that is being read, and one whose turn comes later.
        state.desk.json(0, &format!("generate day{day} --students 100 --seed 7 --day {day} --gradebook"));
        for district in ["north-east", "south"] {
            let run = state.desk.json(0, &format!("import day{day} --yes --tenant {district}"));
            assert!(run["published"].is_string(), "{run}");
        }
        day += 20;
    };
    for query in ORDERS {
        let before = state.pull("/all", USERS, query).ok().unwrap();
        same(&interrupted(&state, query, &mut import), &before, query);
        let between = state.pull("/all", USERS, query).ok().unwrap();
        assert_ne!(between, before, "{query}");
        same(&interrupted_by_offset(&state, query, &mut import), &between, &format!("{query} by offset"));
        assert_ne!(state.pull("/all", USERS, query).ok().unwrap(), between, "{query}");
    }
}

#[test]
fn districts_come_and_end_in_the_middle_of_a_list() {
    let state = State::new();
    let add = |district: &str| {
        state.desk.json(0, &format!("tenant add {district}"));
        state.desk.json(0, &format!("import first --yes --tenant {district}"));
        state.desk.json(0, &format!("app authorize LMS --tenant {district}"));
    };
    for (query, district) in ORDERS.into_iter().zip(["west", "east"]) {
        // What was not there when the list was begun is in the next one.
        let all = interrupted(&state, query, || add(district));
        assert!(all.iter().all(|user| !id(user).starts_with(&format!("{district}."))), "{query}");
        whole_are(&state, &all, &DISTRICTS, query);
        whole_are(&state, &state.pull("/all", USERS, query).ok().unwrap(), &[district], query);
        // What is removed is so at once.
        let removed = format!("tenant remove {district} --yes");
        let all = interrupted_by_offset(&state, query, || drop(state.desk.json(0, &removed)));
        whole_are(&state, &all, &DISTRICTS, &removed);
        let left = state.pull("/all", USERS, query).ok().unwrap();
        assert!(left.iter().all(|user| !id(user).starts_with(&format!("{district}."))), "{removed}");
    }
}
