//! Every kind of rule at work, what is refused, and schools and days held to
//! what a grant of the same makes visible.

use super::*;
use crate::at;
use crate::grant::{Bounds, TermLimit, Visible};
use crate::model::Kind;
use crate::prefix::Prefix;
use crate::record::Record;
use crate::time::Date;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    values.iter().for_each(|(field, value)| record.push(*field, value));
    record
}

fn user(id: &str, given: &str, family: &str) -> Record {
    record(Kind::User, id, &[(at!(User.givenName), given), (at!(User.familyName), family)])
}

fn rules(rules: Value) -> Result<Cleanser, RuleError> {
    Cleanser::new(&serde_json::from_value::<Vec<Given>>(rules).unwrap())
}

/// What is left of records, and the codes that were met, by rule.
fn cleansed(rules: &mut Cleanser, records: &[Record], stored: &[Record]) -> (Vec<Record>, Vec<(usize, String)>) {
    let find = |kind: Kind, id: &str| stored.iter().find(|r| r.kind() == kind && r.sourced_id == id).cloned();
    let (mut left, mut met) = (Vec::new(), Vec::new());
    if rules.looks_ahead() {
        for record in records {
            rules.survey(&mut record.clone(), false, &find);
        }
        rules.surveyed(&find, &mut |_, _| {});
    }
    for record in records {
        let mut record = record.clone();
        let stays = rules.take(&mut record, &find, &mut |one| met.push((one.rule, one.code.label().to_owned())));
        left.extend(stays.then_some(record));
    }
    (left, met)
}

/// What one rule makes of one person's field.
fn made(rule: Value, field: u8, person: &Record) -> (Option<String>, Vec<String>) {
    let (left, met) = cleansed(&mut rules(json!([rule])).unwrap(), std::slice::from_ref(person), &[]);
    (left[0].get(field).map(str::to_owned), met.into_iter().map(|(_, code)| code).collect())
}

#[test]
fn every_kind_of_value_rule_does_what_it_says_and_tells_it() {
    let mut zoe = user("u1", "  ZOË ", "O'BRIEN");
    zoe.push(at!(User.grades), "KG");
    zoe.push(at!(User.grades), "K");
    zoe.push(at!(User.phone), "(555) 01-23");
    let name = at!(User.givenName);
    let cases: Vec<(Value, u8, Option<&str>, &[&str])> = vec![
        (json!({ "do": "trim", "fields": ["user.givenName"] }), name, Some("ZOË"), &["C1"]),
        (json!({ "do": "trim", "fields": ["user.familyName"] }), at!(User.familyName), Some("O'BRIEN"), &[]),
        (
            json!({ "do": "case", "to": "title", "fields": ["user.familyName"] }),
            at!(User.familyName),
            Some("O'Brien"),
            &["C2"],
        ),
        (
            json!({ "do": "case", "to": "lower", "fields": ["user.givenName"], "when": "familyName='Else'" }),
            name,
            Some("  ZOË "),
            &[],
        ),
        (
            json!({ "do": "replace", "find": "[^0-9]", "with": "", "fields": ["user.phone"] }),
            at!(User.phone),
            Some("5550123"),
            &["C3"],
        ),
        (
            json!({ "do": "pattern", "pattern": "{givenName.1}{familyName}@x.org", "fields": ["user.email"] }),
            at!(User.email),
            Some("zobrien@x.org"),
            &["C4"],
        ),
        (
            json!({ "do": "pattern", "pattern": "{middleName}", "fields": ["user.email"] }),
            at!(User.email),
            None,
            &["C11"],
        ),
        (
            json!({ "do": "map", "words": { "K": "KG" }, "fields": ["user.grades"] }),
            at!(User.grades),
            Some("KG"),
            &["C5"],
        ),
        (
            json!({ "do": "map", "words": { "1": "01" }, "fields": ["user.grades"] }),
            at!(User.grades),
            Some("KG"),
            &["C13"],
        ),
        (
            json!({ "do": "map", "words": { "1": "01" }, "otherwise": "blank", "fields": ["user.grades"] }),
            at!(User.grades),
            None,
            &["C5"],
        ),
        (
            json!({ "do": "set", "to": "", "fields": ["user.phone"], "when": "givenName~'zo'" }),
            at!(User.phone),
            None,
            &["C6"],
        ),
    ];
    for (rule, field, wanted, codes) in cases {
        let (value, met) = made(rule.clone(), field, &zoe);
        assert_eq!(
            (value.as_deref(), met.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
            (wanted, codes),
            "{rule}"
        );
    }
    let org = record(Kind::Org, "o1", &[(at!(Org.name), "OAK ES")]);
    let rename = json!([{ "do": "rename", "records": "orgs", "words": { "o1": "Oak School" } }]);
    let (left, met) = cleansed(&mut rules(rename).unwrap(), &[org], &[]);
    assert_eq!((left[0].get(at!(Org.name)), met), (Some("Oak School"), vec![(0, "C6".to_owned())]));
}

#[test]
fn what_the_standard_wants_is_never_emptied() {
    let person = user("u1", "Ann", "Lee");
    let emptied = json!({ "do": "replace", "find": ".", "with": "", "fields": ["user.givenName"] });
    assert_eq!(made(emptied, at!(User.givenName), &person), (Some("Ann".into()), vec!["C11".into()]));
}

#[test]
fn rules_that_cannot_be_followed_are_refused_with_what_would_be_right() {
    let bad = [
        (json!({ "do": "polish", "fields": ["user.email"] }), "`do` is one of trim, case"),
        (json!({ "do": "case", "fields": ["user.email"] }), "case wants to"),
        (json!({ "do": "trim", "fields": ["user.email"], "to": "x" }), "trim has no to; it takes fields, when"),
        (json!({ "do": "trim", "fields": ["user.emial"] }), "no field \"emial\""),
        (json!({ "do": "trim", "fields": ["user.password"] }), "secret"),
        (json!({ "do": "trim", "fields": ["user.email", "org.name"] }), "one kind of record"),
        (json!({ "do": "trim", "fields": ["class.school"] }), "is no text"),
        (json!({ "do": "set", "fields": ["user.agents"], "to": "x" }), "names other records"),
        (json!({ "do": "set", "fields": ["org.type"], "to": "castle" }), "cannot stand in type"),
        (json!({ "do": "set", "fields": ["user.givenName"], "to": "" }), "wants this field filled"),
        (json!({ "do": "trim", "fields": ["user.email"], "when": "email" }), "when: "),
        (json!({ "do": "replace", "fields": ["user.email"], "find": "(", "with": "" }), "no regular expression"),
        (json!({ "do": "pattern", "fields": ["user.email"], "pattern": "{shoe}" }), "no field shoe"),
        (json!({ "do": "pattern", "fields": ["user.email"], "pattern": "{email}" }), "cannot be part"),
        (json!({ "do": "pattern", "fields": ["user.email"], "pattern": "{givenName.x}" }), "number of letters"),
        (json!({ "do": "pattern", "fields": ["user.email"], "pattern": "{givenName" }), "has no }"),
        (json!({ "do": "leave-out", "records": "pets", "when": "name='x'" }), "no records \"pets\""),
        (json!({ "do": "rename", "records": "users", "words": { "a": "b" } }), "are renamed"),
        (json!({ "do": "days", "days": "soon" }), "a first and a last day"),
    ];
    for (rule, wanted) in bad {
        let error = rules(json!([{ "do": "trim", "fields": ["user.email"] }, rule.clone()])).unwrap_err();
        assert!(error.number == 2 && error.message.contains(wanted), "{rule}: {error}");
    }
    let twice =
        json!([{ "do": "days", "days": "2026-08-01..2027-06-30" }, { "do": "days", "days": "2026-08-01..2027-06-30" }]);
    assert!(rules(twice).unwrap_err().to_string().contains("stands once"));
    // What is each one's own is known too late for another such value to be made of it.
    let by = |field: &str, pattern: &str, unique: &str| json!({ "do": "pattern", "fields": [field], "pattern": pattern, "unique": unique });
    let name = by("user.username", "{familyName}", "number");
    for between in [None, Some(by("user.identifier", "{username}-1", ""))] {
        let made_of = if between.is_some() { "{identifier}@x.org" } else { "{username}@x.org" };
        let all = |unique: &str| {
            let last = by("user.email", made_of, unique);
            Value::Array([Some(name.clone()), between.clone(), Some(last)].into_iter().flatten().collect())
        };
        let error = rules(all("number")).unwrap_err().to_string();
        assert!(error.contains("each one's own by rule 1") && error.contains("leave unique out"), "{error}");
        assert!(rules(all("")).is_ok());
    }
}

#[test]
fn every_row_of_the_table_has_a_rule_that_it_takes() {
    for kind in RULE_KINDS {
        let mut all: Vec<&str> = [kind.must, kind.may].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), kind.must.len() + kind.may.len(), "{}", kind.word);
        assert!(kind.doc.ends_with('.') && !kind.must.is_empty(), "{}", kind.word);
    }
}

#[test]
fn a_sign_in_name_is_ones_own_and_stays() {
    let rule = json!([{ "do": "pattern", "fields": ["user.username"], "pattern": "{givenName.1}{familyName}", "unique": "number" }]);
    let people = [user("c", "Jo", "Doe"), user("a", "Jim", "Doe"), user("b", "Ann", "Lee")];
    let names = |stored: &[Record]| -> Vec<String> {
        let (left, _) = cleansed(&mut rules(rule.clone()).unwrap(), &people, stored);
        left.iter().map(|one| one.get(at!(User.username)).unwrap().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["jdoe2", "jdoe", "alee"]);
    assert_eq!(names(&[record(Kind::User, "c", &[(at!(User.username), "jdoe")])]), ["jdoe", "jdoe2", "alee"]);
}

#[test]
fn a_field_is_ones_own_whatever_rule_makes_it() {
    let by = |first: &str, when: &str| json!({ "do": "pattern", "fields": ["user.username"], "pattern": first, "unique": "number", "when": when });
    let rule = json!([by("{givenName.1}{familyName}", "givenName~'j'"), by("{familyName}", "givenName='Ann'")]);
    let people = [user("a", "Jim", "Doe"), user("b", "Ann", "JDoe")];
    let (left, _) = cleansed(&mut rules(rule).unwrap(), &people, &[]);
    assert_eq!([0, 1].map(|at| left[at].get(at!(User.username))), [Some("jdoe"), Some("jdoe2")]);
    // Who is meant by two has what the last one makes, or the first if that one keeps what is there.
    for (more, wanted) in [(json!({}), "doe"), (json!({ "only-blank": true }), "jdoe")] {
        let mut second = by("{familyName}", "givenName~'j'");
        second.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let rule = json!([by("{givenName.1}{familyName}", "givenName~'j'"), second]);
        let (left, _) = cleansed(&mut rules(rule).unwrap(), &people[..1], &[]);
        assert_eq!(left[0].get(at!(User.username)), Some(wanted));
    }
}

#[test]
fn a_name_of_somebody_whom_changes_do_not_speak_of_is_taken() {
    let rule = json!([{ "do": "pattern", "fields": ["user.username"], "pattern": "{familyName}", "unique": "number" }]);
    let stored = [record(Kind::User, "a", &[(at!(User.username), "doe")])];
    let find = |kind: Kind, id: &str| stored.iter().find(|r| r.kind() == kind && r.sourced_id == id).cloned();
    for (changes, wanted) in [(true, "doe2"), (false, "doe")] {
        let (mut rules, mut new) = (rules(rule.clone()).unwrap(), user("b", "Jo", "Doe"));
        rules.survey(&mut new.clone(), changes, &find);
        rules.surveyed(&find, &mut |_, sink| stored.iter().for_each(&mut *sink));
        rules.take(&mut new, &find, &mut |_| {});
        assert_eq!(new.get(at!(User.username)), Some(wanted));
    }
}

#[test]
fn rules_name_records_as_their_source_does() {
    let given = json!([
        { "do": "rename", "records": "orgs", "words": { "o1": "Oak" } },
        { "do": "set", "fields": ["user.middleName"], "to": "X", "when": "sourcedId='u1' OR agents.sourcedId='u1'" },
        { "do": "pattern", "fields": ["user.identifier"], "pattern": "no-{sourcedId}", "when": "sourcedId!='u2'" },
        { "do": "leave-out", "records": "classes", "when": "school.sourcedId='o2'" },
        { "do": "leave-out", "records": "users", "when": "roles.org.sourcedId='o2'" },
    ]);
    let given: Vec<Given> = serde_json::from_value(given).unwrap();
    let org = |id: &str| record(Kind::Org, id, &[(at!(Org.name), "Elm")]);
    let class = |id: &str, school: &str| record(Kind::Class, id, &[(at!(Class.school), school)]);
    let role =
        |id: &str, user: &str, org: &str| record(Kind::Role, id, &[(at!(Role.user), user), (at!(Role.org), org)]);
    let mut second = user("u2", "B", "B");
    second.push(at!(User.agents), "u1");
    let all = [
        org("o1"),
        org("o2"),
        class("c1", "o1"),
        class("c2", "o2"),
        role("r3", "u3", "o2"),
        user("u1", "A", "A"),
        second,
        user("u3", "C", "C"),
    ];
    let (bare, _) = cleansed(&mut Cleanser::new(&given).unwrap(), &all, &[]);
    assert_eq!(bare.iter().map(|one| one.sourced_id.as_str()).collect::<Vec<_>>(), ["o1", "o2", "c1", "u1", "u2"]);
    assert_eq!(bare[0].get(at!(Org.name)), Some("Oak"));
    assert_eq!([3, 4].map(|at| bare[at].get(at!(User.middleName))), [Some("X"), Some("X")]);
    assert_eq!([3, 4].map(|at| bare[at].get(at!(User.identifier))), [Some("no-u1"), None]);
    // With a prefix it is the same, but for the prefix.
    for prefix in [Prefix::new("n-", []), Prefix::new("n-", [Kind::Org])] {
        let on = |mut one: Record| prefix.apply(&mut one).map(|()| one).unwrap();
        let mut rules = Cleanser::before(&given, prefix.clone()).unwrap();
        let (left, _) = cleansed(&mut rules, &all.clone().map(on), &[]);
        assert_eq!(left, bare.iter().cloned().map(on).collect::<Vec<_>>(), "{prefix:?}");
    }
    // What is not there is told as it was named.
    let schools = vec![Given { kind: "schools".into(), schools: vec!["o9".into()], ..Given::default() }];
    let mut rules = Cleanser::before(&schools, Prefix::new("n-", [])).unwrap();
    let told = rules.surveyed(&|_, _| None, &mut |_, _| {});
    assert!(told[0].1.contains("school o9 is"), "{told:?}");
}

#[test]
fn what_is_left_out_takes_along_what_hangs_on_it() {
    let rule = json!([{ "do": "leave-out", "records": "users", "when": "roles.role='proctor'" }]);
    let role = |id, user, word| {
        record(Kind::Role, id, &[(at!(Role.user), user), (at!(Role.role), word), (at!(Role.org), "o")])
    };
    let mut child = user("child", "A", "B");
    child.push(at!(User.agents), "out");
    child.push(at!(User.agents), "in");
    let row = |id, user| record(Kind::Enrollment, id, &[(at!(Enrollment.user), user), (at!(Enrollment.class), "c")]);
    let records = [
        role("r1", "out", "proctor"),
        role("r2", "in", "teacher"),
        user("out", "X", "Y"),
        user("in", "V", "W"),
        child,
        record(Kind::Demographics, "out", &[]),
        row("e1", "out"),
        row("e2", "in"),
    ];
    let (left, met) = cleansed(&mut rules(rule).unwrap(), &records, &[]);
    let ids: Vec<&str> = left.iter().map(|one| one.sourced_id.as_str()).collect();
    assert_eq!(ids, ["r2", "in", "child", "e2"]);
    assert_eq!(left[2].list(at!(User.agents)).collect::<Vec<_>>(), ["in"]);
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    met.into_iter().for_each(|(_, code)| *codes.entry(code).or_default() += 1);
    assert_eq!(codes, BTreeMap::from([("C7".into(), 1), ("C10".into(), 3), ("C15".into(), 1)]));
}

/// A small district of any shape, parents first.
fn district() -> impl Strategy<Value = Vec<Record>> {
    let one = |many: usize| 0..many;
    let classes = proptest::collection::vec((one(4), one(3), one(3)), 0..6);
    let roles = proptest::collection::vec((one(6), one(4), one(3)), 0..10);
    let rows = proptest::collection::vec((one(6), one(6)), 0..10);
    let agents = proptest::collection::vec((one(6), one(6)), 0..5);
    (classes, roles, rows, agents).prop_map(|(classes, roles, rows, agents)| {
        let org = |at: usize| format!("o{at}");
        let mut all = Vec::new();
        for at in 0..4 {
            let parent = if at == 0 { String::new() } else { org(if at == 3 { 2 } else { 0 }) };
            let mut one = record(Kind::Org, &org(at), &[(at!(Org.type), "school")]);
            one.set(at!(Org.parent), &parent);
            all.push(one);
        }
        for (at, (first, end)) in
            [("2025-08-01", "2026-06-01"), ("2026-08-01", "2027-01-01"), ("2027-01-01", "2027-06-01")]
                .into_iter()
                .enumerate()
        {
            let days = [(at!(AcademicSession.startDate), first), (at!(AcademicSession.endDate), end)];
            all.push(record(Kind::AcademicSession, &format!("t{at}"), &days));
        }
        all.push(record(Kind::Course, "co", &[]));
        for (at, (school, term, other)) in classes.iter().enumerate() {
            let mut class = record(
                Kind::Class,
                &format!("c{at}"),
                &[(at!(Class.course), "co"), (at!(Class.school), &org(*school))],
            );
            class.push(at!(Class.terms), &format!("t{term}"));
            if other != term {
                class.push(at!(Class.terms), &format!("t{other}"));
            }
            all.push(class);
        }
        for (at, (person, school, word)) in roles.iter().enumerate() {
            let word = ["student", "teacher", "guardian"][*word];
            let values = [
                (at!(Role.user), format!("u{person}")),
                (at!(Role.org), org(*school)),
                (at!(Role.role), word.to_owned()),
            ];
            let values: Vec<(u8, &str)> = values.iter().map(|(field, value)| (*field, value.as_str())).collect();
            all.push(record(Kind::Role, &format!("r{at}"), &values));
        }
        for person in 0..6 {
            let mut one = record(Kind::User, &format!("u{person}"), &[]);
            agents
                .iter()
                .filter(|(of, agent)| *of == person && agent != of)
                .for_each(|(_, agent)| one.push(at!(User.agents), &format!("u{agent}")));
            all.push(one);
        }
        for (at, (person, class)) in rows.iter().enumerate().filter(|(_, (_, class))| *class < classes.len()) {
            let school = org(classes[*class].0);
            let values = [
                (at!(Enrollment.user), format!("u{person}")),
                (at!(Enrollment.class), format!("c{class}")),
                (at!(Enrollment.school), school),
            ];
            let values: Vec<(u8, &str)> = values.iter().map(|(field, value)| (*field, value.as_str())).collect();
            all.push(record(Kind::Enrollment, &format!("e{at}"), &values));
        }
        all
    })
}

proptest! {
    #[test]
    fn chosen_schools_and_days_leave_what_a_grant_of_them_shows(all in district(), schools in proptest::collection::btree_set(0usize..4, 1..3), days: bool) {
        let schools: BTreeSet<String> = schools.into_iter().map(|at| format!("o{at}")).collect();
        let mut given = vec![json!({ "do": "schools", "schools": schools })];
        let mut bounds = Bounds { schools, ..Bounds::default() };
        if days {
            given.push(json!({ "do": "days", "days": "2026-09-01..2026-12-01" }));
            let (from, to) = (Date::parse("2026-09-01").unwrap(), Date::parse("2026-12-01").unwrap());
            bounds.terms = [TermLimit::Days(from, to)].into();
        }
        let (left, _) = cleansed(&mut rules(Value::Array(given)).unwrap(), &all, &[]);
        let visible = Visible::of(&bounds, Date(0), &all);
        let kinds = [Kind::Org, Kind::Class, Kind::User, Kind::Enrollment];
        for kind in kinds {
            let here: BTreeSet<&str> = left.iter().filter(|r| r.kind() == kind).map(|r| r.sourced_id.as_str()).collect();
            let there: BTreeSet<&str> = all.iter().filter(|r| r.kind() == kind && visible.has(kind, &r.sourced_id)).map(|r| r.sourced_id.as_str()).collect();
            prop_assert_eq!(here, there, "{:?}", kind);
        }
        // Whoever stays keeps every role at a school that stays.
        for role in all.iter().filter(|one| one.kind() == Kind::Role) {
            let names = |field, kind| role.get(field).is_some_and(|id| visible.has(kind, id));
            let stays = names(at!(Role.user), Kind::User) && names(at!(Role.org), Kind::Org);
            prop_assert_eq!(left.contains(role), stays, "{}", role.sourced_id);
        }
        for one in left.iter().filter(|one| one.kind() == Kind::User) {
            for agent in one.list(at!(User.agents)) {
                prop_assert!(visible.has(Kind::User, agent));
            }
        }
    }
}
