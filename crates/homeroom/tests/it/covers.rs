//! What an application is shown of the records it sees: hidden members are not
//! there, in any way of asking; masked ones are stand-ins; kinds that were not
//! granted are refused.

use super::district::{graded, import};
use super::house::{Answer, House, collections, reads};
use homeroom_store::Roster;
use homeroom_store::access::Edit;
use oneroster::grant::{Cover, Member};
use oneroster::json::check::check;
use oneroster::model::{Kind, Place, Privacy, Type, Version};
use oneroster::time::Timestamp;
use serde_json::Value;
use std::collections::HashSet;

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;

fn filled() -> (House, String) {
    let house = House::new();
    let roster = Roster::open(&house.url()).unwrap();
    import(&roster, &graded(6), Timestamp(START));
    let token = house.token();
    (house, token)
}

fn cover(house: &House, json: &str) {
    set(house, serde_json::from_str(json).unwrap());
}

fn set(house: &House, cover: Cover) {
    let edit = Edit { cover: Some(cover), ..Edit::default() };
    house.another_process().edit("test", "everything", edit).unwrap();
}

fn base(kind: Kind, version: Version) -> String {
    format!("{}/{}", kind.entity().service.base_path(version), kind.entity().plural)
}

/// The names of every member in a record, with those of nested ones that are
/// not in a hidden one.
fn names(kind: Kind, record: &Value, hidden: &HashSet<String>) -> HashSet<String> {
    let mut found = HashSet::new();
    for (name, value) in record.as_object().unwrap() {
        let member = format!("{}.{name}", kind.entity().name);
        if found.replace(member.clone()).is_some() || hidden.contains(&member) {
            continue;
        }
        let field = kind.entity().fields.iter().find(|field| field.name == name);
        if let Some(Type::Rows(rows)) = field.map(|field| field.ty) {
            for row in value.as_array().unwrap() {
                found.extend(names(rows, row, hidden));
                for inner in row.as_object().unwrap().values().filter_map(Value::as_array).flatten() {
                    found.extend(inner.as_object().into_iter().flat_map(|_| names(rows, inner, hidden)));
                }
            }
        }
    }
    found
}

#[test]
fn what_is_hidden_is_nowhere_and_cannot_be_asked_for() {
    let (house, token) = filled();
    let hidden: Vec<Member> = Member::all().filter(|member| !member.is_mandatory()).collect();
    assert!(hidden.len() > 80);
    let texts: HashSet<String> = hidden.iter().map(Member::to_string).collect();
    let open: Vec<Answer> = collections().map(|(route, version)| house.get(&path_of(route, version), &token)).collect();
    set(&house, Cover { hidden: hidden.iter().copied().collect(), ..Cover::default() });
    let (mut seen, mut left) = (HashSet::new(), 0);
    for ((route, version), open) in collections().zip(open) {
        if route.path.contains('{') {
            continue;
        }
        let key = route.kind.entity().plural;
        let now = house.get(&path_of(route, version), &token);
        assert_eq!((now.status, now.header("x-total-count")), (200, open.header("x-total-count")));
        let (now, open) = (now.json(), open.json());
        for (now, open) in now[key].as_array().unwrap().iter().zip(open[key].as_array().unwrap()) {
            let (now_has, open_has) = (names(route.kind, now, &texts), names(route.kind, open, &texts));
            assert!(now_has.is_disjoint(&texts), "{} {version}: {now}", route.operation);
            assert_eq!(now_has, open_has.difference(&texts).cloned().collect(), "{} {version}", route.operation);
            assert_eq!(check(route.kind, version, now, false), [""; 0], "{} {version}: {now}", route.operation);
            seen.extend(open_has.intersection(&texts).cloned());
            left += now_has.len();
        }
    }
    // The data have members to hide, and others.
    assert!(seen.len() > 15 && left > 200, "{seen:?} {left}");
    for member in hidden {
        refuses(&house, &token, member);
    }
}

fn path_of(route: &oneroster::model::Route, version: Version) -> String {
    format!("{}{}", route.service.base_path(version), route.path)
}

/// A hidden member is answered like one that never was.
fn refuses(house: &House, token: &str, member: Member) {
    let entity = member.kind.entity();
    let (top, name) = match entity.place {
        Place::Class => (member.kind, entity.field(member.slot).name.to_owned()),
        Place::Nested(parent) => {
            let nests = parent.entity().fields.iter().find(|f| matches!(f.ty, Type::Rows(kind) if kind == member.kind));
            (parent, format!("{}.{}", nests.unwrap().name, entity.field(member.slot).name))
        }
        Place::Link(_) => return,
    };
    for version in Version::ALL {
        if !top.entity().json.has(version) || entity.field(member.slot).privacy == Privacy::Secret {
            continue;
        }
        let ask = |query: String| house.get(&format!("{}?{query}", base(top, version)), token);
        // Letter for letter as long, so that positions agree.
        let other = "x".repeat(name.len());
        let same = |hidden: Answer, unknown: Answer| {
            let quoted = [("'", "'"), ("_description\":\"", "\"")];
            let spelled = quoted.iter().fold(hidden.body, |body, (before, after)| {
                body.replace(&format!("{before}{name}{after}"), &format!("{before}{other}{after}"))
            });
            assert_eq!((hidden.status, spelled), (unknown.status, unknown.body), "{member} {version}");
        };
        let filter = |name: &str| ask(format!("limit=1&filter={name}%3D'1'"));
        assert_eq!(filter(&name).status, 400, "{member} {version}");
        same(filter(&name), filter(&other));
        same(ask(format!("limit=1&sort={name}")), ask(format!("limit=1&sort={other}")));
        same(ask(format!("limit=1&fields=sourcedId,{name}")), ask(format!("limit=1&fields=sourcedId,{other}")));
    }
}

#[test]
fn what_is_masked_is_a_stand_in_that_stays() {
    let (house, token) = filled();
    let masked = r#"["user.familyName","user.email","user.identifier","class.title"]"#;
    cover(&house, &format!(r#"{{"masked":{masked}}}"#));
    for version in Version::ALL {
        let users = house.get(&base(Kind::User, version), &token).json();
        let users = users["users"].as_array().unwrap();
        for user in users {
            assert_eq!(check(Kind::User, version, user, false), [""; 0], "{user}");
            assert_eq!(user["givenName"], "Zoë");
            assert!(user["familyName"].as_str().unwrap().starts_with("Name-"), "{user}");
            assert!(user["email"].as_str().unwrap().ends_with("@masked.invalid"), "{user}");
        }
        for member in ["familyName", "email", "identifier"] {
            let all: HashSet<&str> = users.iter().map(|user| user[member].as_str().unwrap()).collect();
            assert_eq!(all.len(), users.len(), "{member}: people who share a name are not known by it");
        }
        // The same at every request, in both versions, alone and nested.
        let one = house.get(&format!("{}/u000", base(Kind::User, version)), &token).json()["user"].clone();
        assert_eq!(Some(&one), users.iter().find(|user| user["sourcedId"] == "u000"));
        let other = if version == Version::V1P1 { Version::V1P2 } else { Version::V1P1 };
        let there = house.get(&format!("{}/u000", base(Kind::User, other)), &token).json()["user"].clone();
        assert_eq!(one["familyName"], there["familyName"]);
        let selected = house.get(&format!("{}/u000?fields=familyName", base(Kind::User, version)), &token).json();
        assert_eq!(selected["user"], serde_json::json!({ "familyName": one["familyName"] }));
        // A filter on a masked member would tell it, name by name.
        for query in ["filter=familyName%3D'O''Brien'", "filter=familyName~'o'"] {
            house.get(&format!("{}?{query}", base(Kind::User, version)), &token).fails(
                version,
                400,
                "invalid_filter_field",
            );
        }
        let class = house.get(&format!("{}/c1", base(Kind::Class, version)), &token).json();
        assert!(class["class"]["title"].as_str().unwrap().starts_with("Title-"), "{class}");
    }
    // Another application has other stand-ins.
    let other = house.app("other", "roster.readonly");
    let edit =
        Edit { cover: Some(serde_json::from_str(r#"{"masked":["user.familyName"]}"#).unwrap()), ..Edit::default() };
    house.another_process().edit("test", "other", edit).unwrap();
    let path = format!("{}/u000?fields=familyName", base(Kind::User, Version::V1P2));
    assert_ne!(house.get(&path, &token).body, house.get(&path, &house.token_of(&other)).body);
}

#[test]
fn nothing_that_stands_in_for_another_member_tells_what_is_hidden() {
    let (house, token) = filled();
    let roster = Roster::open(&house.url()).unwrap();
    let mut records = graded(6);
    for record in records.iter_mut().filter(|record| record.kind() == Kind::User) {
        record.set(oneroster::at!(User.username), "");
        record.set(oneroster::at!(User.identifier), "secret-number");
    }
    import(&roster, &records, Timestamp(START + 86_400_000));
    let path = format!("{}/u000", base(Kind::User, Version::V1P1));
    assert_eq!(house.get(&path, &token).json()["user"]["username"], "secret-number");
    cover(&house, r#"{"hidden":["user.identifier"]}"#);
    assert_eq!(house.get(&path, &token).json()["user"]["username"], "u000");
    cover(&house, r#"{"masked":["user.identifier"]}"#);
    assert!(!house.get(&path, &token).body.contains("secret-number"));
}

#[test]
fn kinds_that_were_not_granted_are_refused_in_a_sentence() {
    let (house, token) = filled();
    cover(&house, r#"{"entities":["users","enrollments"]}"#);
    let granted = [Kind::User, Kind::Enrollment];
    for (route, version) in reads() {
        let filled = route.path.split('/').map(|segment| if segment.starts_with('{') { "u000" } else { segment });
        let path = format!("{}{}", route.service.base_path(version), filled.collect::<Vec<_>>().join("/"));
        let answer = house.get(&path, &token);
        if granted.contains(&route.kind) {
            assert_ne!(answer.status, 403, "{path}");
        } else {
            answer.fails(version, 403, "forbidden");
            let wanted = format!("This application was not granted {}.", route.kind.entity().plural);
            assert!(answer.body.contains(&wanted), "{answer:?}");
        }
    }
}
