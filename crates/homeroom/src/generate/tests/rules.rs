//! A package held against the rules of csv.md 5.6.

use super::package::{Cells, Roster, items};
use oneroster::model::Version;
use std::collections::{HashMap, HashSet};

/// The rules of csv.md 5.6 that the model does not say.
pub(super) fn check_semantics(roster: &Roster, version: Version) {
    check_sessions(roster);
    check_people(roster, version);
    check_classes(roster);
    check_enrollments(roster);
}

/// S16 to S19, S23, S24.
fn check_sessions(roster: &Roster) {
    let rank = |order: &[&str], ty: &str| order.iter().position(|t| *t == ty).unwrap();
    let sessions = &roster["academicSessions"];
    for row in sessions.values() {
        assert!(row["startDate"] < row["endDate"]);
        let Some(parent) = sessions.get(&row["parentSourcedId"]) else {
            assert_eq!(row["type"], "schoolYear");
            assert_eq!(row["schoolYear"], row["endDate"][..4]);
            continue;
        };
        let order = ["schoolYear", "semester", "term", "gradingPeriod"];
        assert!(rank(&order, &parent["type"]) < rank(&order, &row["type"]));
        assert!(parent["startDate"] <= row["startDate"] && row["endDate"] <= parent["endDate"]);
        assert_eq!(parent["schoolYear"], row["schoolYear"]);
    }
    let orgs = &roster["orgs"];
    assert_eq!(orgs.values().filter(|o| o["parentSourcedId"].is_empty()).count(), 1);
    for row in orgs.values().filter(|o| !o["parentSourcedId"].is_empty()) {
        let order = ["district", "school", "department"];
        assert!(rank(&order, &orgs[&row["parentSourcedId"]]["type"]) < rank(&order, &row["type"]));
    }
}

/// The roles of each person: word and org.
fn roles(roster: &Roster, version: Version) -> HashMap<&str, Vec<(&str, &str)>> {
    let mut found: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    if version == Version::V1P1 {
        for (id, user) in &roster["users"] {
            found.insert(id, items(&user["orgSourcedIds"]).map(|org| (&*user["role"], org)).collect());
        }
    } else {
        for row in roster["roles"].values() {
            found.entry(&row["userSourcedId"]).or_default().push((&row["role"], &row["orgSourcedId"]));
        }
    }
    found
}

/// S4 to S8, S10, S11, S25 to S29, S31, S32.
fn check_people(roster: &Roster, version: Version) {
    let (users, held) = (&roster["users"], roles(roster, version));
    let mut once = HashSet::new();
    for (id, user) in users {
        let mine = &held[&**id];
        assert!(once.insert(("username", user["username"].to_lowercase())), "{id}");
        for pair in items(&user["userIds"]) {
            assert!(once.insert(("id", pair.to_owned())));
        }
        assert!(once.insert(("email", user["email"].to_lowercase())) && user["email"].contains('@'));
        assert!(!user["username"].contains('@'));
        assert!(user["identifier"].is_empty() || once.insert(("identifier", user["identifier"].clone())));
        let is = |word: &str| mine.iter().any(|(role, _)| *role == word);
        assert_eq!(roster["demographics"].contains_key(id), is("student"));
        assert_eq!(user["grades"].is_empty(), !is("student"));
        for agent in items(&user["agentSourcedIds"]) {
            assert!(items(&users[agent]["agentSourcedIds"]).any(|back| back == id), "{agent} does not mirror {id}");
            let kind = held[agent][0].0;
            assert_eq!(is("student"), matches!(kind, "parent" | "guardian" | "relative"));
        }
        assert!(mine.iter().map(|(_, org)| org).collect::<HashSet<_>>().len() == mine.len());
        if version == Version::V1P2 {
            assert_eq!(mine.iter().filter(|(_, org)| *org == user["primaryOrgSourcedId"]).count(), 1);
        }
    }
    let Some(rows) = roster.get("roles") else { return };
    let mains: Vec<&String> =
        rows.values().filter(|r| r["roleType"] == "primary").map(|r| &r["userSourcedId"]).collect();
    assert_eq!((mains.len(), mains.iter().collect::<HashSet<_>>().len()), (users.len(), users.len()));
    for row in rows.values().filter(|r| !r["userProfileSourcedId"].is_empty()) {
        assert_eq!(roster["userProfiles"][&row["userProfileSourcedId"]]["userSourcedId"], row["userSourcedId"]);
    }
}

/// S3, S20 to S22, the lists of subjects.
fn check_classes(roster: &Roster) {
    let (courses, sessions) = (&roster["courses"], &roster["academicSessions"]);
    let mut taught = HashSet::new();
    for class in roster["classes"].values() {
        let course = &courses[&class["courseSourcedId"]];
        taught.insert(&class["courseSourcedId"]);
        assert_eq!(items(&class["subjects"]).count(), items(&class["subjectCodes"]).count());
        for term in items(&class["termSourcedIds"]) {
            assert_ne!(sessions[term]["type"], "schoolYear");
            assert_eq!(sessions[term]["parentSourcedId"], course["schoolYearSourcedId"]);
        }
        let parent = &roster["orgs"][&class["schoolSourcedId"]]["parentSourcedId"];
        assert!(course["orgSourcedId"] == class["schoolSourcedId"] || course["orgSourcedId"] == *parent);
    }
    assert_eq!(taught.len(), courses.len(), "a course without a class");
}

/// S9 to S15, S30, S31.
fn check_enrollments(roster: &Roster) {
    let (mut lead, mut pairs, mut placed) = (HashSet::new(), HashSet::new(), HashSet::new());
    for row in roster["enrollments"].values() {
        let class = &roster["classes"][&row["classSourcedId"]];
        let user = &roster["users"][&row["userSourcedId"]];
        assert_eq!(row["schoolSourcedId"], class["schoolSourcedId"]);
        assert_eq!(user["enabledUser"], "true");
        let terms: Vec<&Cells> = items(&class["termSourcedIds"]).map(|t| &roster["academicSessions"][t]).collect();
        let first = terms.iter().map(|t| &t["startDate"]).min().unwrap();
        let last = terms.iter().map(|t| &t["endDate"]).max().unwrap();
        assert!(*first <= row["beginDate"] && row["beginDate"] < row["endDate"] && row["endDate"] <= *last);
        assert!(pairs.insert((&row["classSourcedId"], &row["userSourcedId"])));
        placed.insert(&row["userSourcedId"]);
        assert_eq!(row["role"] == "student", row["primary"].is_empty());
        assert!(row["primary"] != "true" || lead.insert(&row["classSourcedId"]), "two lead teachers");
        // The tests' own district: everybody in a class belongs to its school.
        let here = |org: &str| org == row["schoolSourcedId"];
        let belongs = match roster.get("roles") {
            None => items(&user["orgSourcedIds"]).any(here) && user["role"] == row["role"],
            Some(_) => true,
        };
        assert!(belongs);
    }
    assert_eq!(lead.len(), roster["classes"].len(), "a class without a teacher");
    let grades = roster["users"].iter().filter(|(_, u)| !u["grades"].is_empty());
    for (id, _) in grades {
        assert!(placed.contains(id), "a student in no class");
    }
    let Some(rows) = roster.get("roles") else { return };
    let held: HashSet<_> = rows.values().map(|r| (&r["userSourcedId"], &r["orgSourcedId"], &r["role"])).collect();
    for row in roster["enrollments"].values() {
        assert!(held.contains(&(&row["userSourcedId"], &row["schoolSourcedId"], &row["role"])));
    }
}
