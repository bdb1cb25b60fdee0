//! All districts as one provider, by nodes that take turns and die.

use super::nodes::stage::Stage;
use super::statewide::stage::{Reader, State, id, same};
use serde_json::Value;

const USERS: &str = "rostering/v1p2/users";

/// Records as any address tells them.
fn anywhere(records: Vec<Value>, base: &str) -> Vec<Value> {
    let one = |record: Value| serde_json::from_str(&record.to_string().replace(base, "")).unwrap();
    records.into_iter().map(one).collect()
}

#[test]
fn nodes_that_take_turns_give_one_list_of_all_districts() {
    let state = State::new();
    let stage = Stage::new(&state.desk, 3, "--rate off");
    let all = Reader { base: stage.front.base.clone(), agent: state.agent.clone(), bearer: state.bearer.clone() };
    let pull = |by: &Reader, query: &str| {
        let pulled = by.pull("/all", USERS, query).unwrap_or_else(|answer| panic!("{query}: {}", answer.text));
        anywhere(pulled, &by.base)
    };
    for query in ["limit=23", "limit=29&sort=familyName", "limit=31&filter=status='active'"] {
        let wanted = pull(&state, query);
        same(&pull(&all, query), &wanted, query);
        let path = query.split_once('&').map_or("", |(_, rest)| rest);
        let by_offset = anywhere(all.pull_by_offset("/all", USERS, path, 23), &all.base);
        same(&by_offset, &wanted, &format!("{query} by offset"));
    }
    // A node dies, and a district changes, between one page and the next.
    for (node, query) in ["limit=40", "limit=40&sort=familyName"].into_iter().enumerate() {
        let wanted = pull(&state, query);
        let mut next = Some(format!("/all/ims/oneroster/{USERS}?{query}"));
        let mut given = Vec::new();
        while let Some(address) = next {
            let page = stage.front.read(&address, &all.bearer);
            assert_eq!(page.status, 200, "{page:?}");
            if given.is_empty() {
                stage.kill(node);
                let import = format!("import later --yes --tenant {}", ["north-east", "north"][node]);
                assert!(state.desk.json(0, &import)["published"].is_string());
            }
            given.extend(page.body["users"].as_array().unwrap().clone());
            next = page.next;
        }
        same(&anywhere(given, &all.base), &wanted, query);
        stage.start(node);
    }
    // Whoever withdraws is gone from every node with the next request.
    state.desk.json(0, "app withdraw LMS --tenant south");
    for _ in 0..6 {
        let page = stage.front.read(&format!("/all/ims/oneroster/{USERS}?limit=5000"), &all.bearer);
        let users = page.body["users"].as_array().unwrap();
        assert!(!users.is_empty() && users.iter().all(|user| !id(user).starts_with("south.")));
    }
}
