//! The filter: every predicate, and values of every kind.

use super::super::Step;
use super::super::call::{Call, encoded};
use super::super::look::{Look, Stop, id, reference};
use super::super::names::{ID, MODIFIED, STATUS, member, route};
use super::CORE;
use oneroster::model::{Kind, Role, Version};
use serde_json::Value;

/// How many records are looked through for values of a kind.
const LOOKED: u64 = 500;

/// `=` and `!=` part a collection in two.
pub(super) fn equal(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let total = look.count(&all)?;
        let Some(value) = middle(look, &all)? else { continue };
        let same = all.clone().filter("sourcedId='{}'", &value);
        let found = look.page(&same)?.ids();
        look.holds(&same, found == [value.as_str()], "not exactly the record of that sourcedId");
        let other = all.filter("sourcedId!='{}'", &value);
        let count = look.count(&other)?;
        look.holds(&other, count + 1 == total, "not all the other records");
    }
    Ok(())
}

/// `<`, `<=`, `>` and `>=` part a collection at one place.
pub(super) fn order(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let total = look.count(&all)?;
        let Some(value) = middle(look, &all)? else { continue };
        let mut count = |predicate: &str| look.count(&all.clone().filter(&format!("{ID}{predicate}'{{}}'"), &value));
        let (below, up_to, above, from) = (count("<")?, count("<=")?, count(">")?, count(">=")?);
        let call = all.filter("sourcedId>='{}'", &value);
        look.holds(&call, below + from == total, "< and >= together are not all records");
        look.holds(&call, up_to + above == total, "<= and > together are not all records");
        look.holds(&call, up_to == below + 1, "<= does not hold one record more than <");
    }
    Ok(())
}

/// The identifier of a record from the middle of the first page.
fn middle(look: &mut Look<'_, '_>, all: &Call) -> Step<Option<String>> {
    let ids = look.page(&all.clone().with("limit", 50))?.ids();
    Ok(ids.get(ids.len() / 2).cloned())
}

/// The order of times, by the stamps of the records.
pub(super) fn times(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let Some(first) = look.page(&all.clone().with("limit", 1))?.records.into_iter().next() else { continue };
        let stamp = first[MODIFIED].as_str().unwrap_or_default().to_owned();
        for (predicate, holds) in PREDICATES {
            let call = all.clone().with("limit", 50).filter(&format!("{MODIFIED}{predicate}'{{}}'"), &stamp);
            let page = look.page(&call)?;
            let fits = |record: &Value| record[MODIFIED].as_str().is_some_and(|at| holds(at, &stamp));
            look.holds(&call, page.records.iter().all(fits), "a record whose dateLastModified does not fit");
            let own = holds(&stamp, &stamp);
            let both = all.clone().filter(&format!("{MODIFIED}{predicate}'{stamp}' AND {ID}='{{}}'"), id(&first));
            let there = !look.page(&both)?.records.is_empty();
            look.holds(&both, there == own, "the record with that very time is on the wrong side");
        }
    }
    Ok(())
}

/// A predicate, and when it holds of two stamps in the standard's form.
type Predicate = (&'static str, fn(&str, &str) -> bool);

const PREDICATES: [Predicate; 6] = [
    ("=", |a, b| a == b),
    ("!=", |a, b| a != b),
    (">", |a, b| a > b),
    (">=", |a, b| a >= b),
    ("<", |a, b| a < b),
    ("<=", |a, b| a <= b),
];

/// `~` looks into a text.
pub(super) fn contains(look: &mut Look<'_, '_>) -> Step {
    for (kind, name) in texts() {
        let all = look.all(kind)?;
        let page = look.page(&all.clone().with("limit", 20))?;
        let long = |text: &str| text.chars().count() >= 4;
        let record = page.records.iter().find(|r| r[name].as_str().is_some_and(long));
        let Some((record, text)) = record.and_then(|r| Some((r, r[name].as_str()?))) else { continue };
        let part: String = text.chars().skip(1).take(2).collect();
        let call = all.clone().with("limit", LOOKED).filter(&format!("{name}~'{{}}'"), &part);
        let found = look.page(&call)?;
        let lower = part.to_lowercase();
        let fits = |r: &Value| r[name].as_str().is_some_and(|text| text.to_lowercase().contains(&lower));
        look.holds(&call, found.records.iter().all(fits), "a record that does not contain the text");
        let call = all.filter(&format!("{name}~'{{}}' AND {ID}='{}'", id(record).replace('\'', "''")), &part);
        let there = !look.page(&call)?.records.is_empty();
        look.holds(&call, there, "a record that contains the text is missing");
    }
    Ok(())
}

/// AND and OR.
pub(super) fn logic(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let ids = look.page(&all.clone().with("limit", 2))?.ids();
        let [one, two] = ids.as_slice() else { continue };
        let two = two.replace('\'', "''");
        let either = all.clone().filter(&format!("{ID}='{{}}' OR {ID}='{two}'"), one);
        let found = look.page(&either)?.ids();
        look.holds(&either, found.len() == 2, "not both records");
        let both = all.clone().filter(&format!("{ID}='{{}}' AND {ID}='{two}'"), one);
        let found = look.page(&both)?.ids();
        look.holds(&both, found.is_empty(), "a record that cannot be both");
        let same = all.filter(&format!("{ID}='{{}}' AND {STATUS}='active'"), one);
        let found = look.page(&same)?.ids();
        look.holds(&same, found == [one.as_str()], "not the record that is both");
    }
    Ok(())
}

/// What stands in quotes is data.
pub(super) fn quotes(look: &mut Look<'_, '_>) -> Step {
    for text in ["x AND status=active", "a=b OR c>d", "100% ~ _", "#1 & more"] {
        let call = Call::new(route!(getAllOrgs), &[]).filter(&format!("{}='{text}'", member!(Org.name)), "");
        let found = look.page(&call)?;
        look.holds(&call, found.records.is_empty(), "a record, although none has that name");
    }
    let call = Call::new(route!(getAllOrgs), &[]).filter(&format!("{}!='x AND y'", member!(Org.name)), "");
    let found = look.page(&call)?;
    look.holds(&call, !found.records.is_empty(), "no record, although none has that name");
    Ok(())
}

/// Members whose values are free text.
fn texts() -> [(Kind, &'static str); 5] {
    [
        (Kind::Org, member!(Org.name)),
        (Kind::Course, member!(Course.title)),
        (Kind::Class, member!(Class.title)),
        (Kind::User, member!(User.givenName)),
        (Kind::User, member!(User.familyName)),
    ]
}

/// A kind of text, and how to know it.
type Odd = (&'static str, fn(char) -> bool);

/// Values with spaces, apostrophes and letters beyond ASCII.
pub(super) fn odd_values(look: &mut Look<'_, '_>) -> Step {
    let kinds: [Odd; 3] = [("Zoë Ünbekannt", |c| c == ' '), ("Zoë", |c| !c.is_ascii()), ("O'Nobody", |c| c == '\'')];
    let mut left: Vec<Odd> = kinds.to_vec();
    for (kind, name) in texts() {
        let all = look.all(kind)?;
        let page = look.page(&all.clone().with("limit", LOOKED))?;
        let mut next = Vec::new();
        for odd in left {
            let has = |r: &&Value| r[name].as_str().is_some_and(|text| text.contains(odd.1));
            let Some(record) = page.records.iter().find(has) else {
                next.push(odd);
                continue;
            };
            let value = record[name].as_str().unwrap_or_default();
            let call = all.clone().with("limit", LOOKED).filter(&format!("{name}='{{}}'"), value);
            let found = look.page(&call)?;
            look.holds(&call, found.ids().iter().any(|i| i == id(record)), "the record with that value is missing");
            look.holds(&call, found.records.iter().all(|r| r[name] == value), "a record with another value");
        }
        left = next;
    }
    // Where no record has such a value, the filter must be understood at least.
    for (value, _) in left {
        let call = Call::new(route!(getAllUsers), &[]).filter(&format!("{}='{{}}'", member!(User.familyName)), value);
        look.page(&call)?;
    }
    Ok(())
}

/// A space may come as `+` and as `%20`.
pub(super) fn spaces(look: &mut Look<'_, '_>) -> Step {
    for (kind, name) in texts() {
        let all = look.all(kind)?;
        let page = look.page(&all.clone().with("limit", LOOKED))?;
        let spaced = |text: &str| text.contains(' ') && !text.contains('+');
        let value = page.records.iter().filter_map(|r| r[name].as_str()).find(|text| spaced(text));
        let Some(value) = value else { continue };
        let clause = format!("{name}='{}'", value.replace('\'', "''"));
        let plus = all
            .clone()
            .pair(format!("filter={}", encoded(&clause).replace("%20", "+")), format!("filter={name}='…+…'"));
        let (with, without) = (look.count(&plus)?, look.count(&all.filter(&format!("{name}='{{}}'"), value))?);
        look.holds(&plus, with == without && with > 0, "other records than with %20");
    }
    Ok(())
}

/// Members of members, also through lists.
pub(super) fn nested(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let school =
        Call::new(route!(getAllClasses), &[]).with("limit", LOOKED).filter("school.sourcedId='{}'", &room.school);
    let page = look.page(&school)?;
    let fits = |r: &Value| reference(r, member!(Class.school)) == room.school;
    look.holds(&school, !page.records.is_empty() && page.records.iter().all(fits), "not the classes of that school");
    let term = Call::new(route!(getAllClasses), &[]).with("limit", LOOKED).filter("terms.sourcedId='{}'", &room.term);
    let fits =
        |r: &Value| r[member!(Class.terms)].as_array().is_some_and(|terms| terms.iter().any(|t| id(t) == room.term));
    let page = look.page(&term)?;
    look.holds(&term, !page.records.is_empty() && page.records.iter().all(fits), "not the classes of that term");
    let role = match look.version {
        Version::V1P1 => member!(User.role).to_owned(),
        Version::V1P2 => format!("{}.{}", member!(User.roles), member!(Role.role)),
    };
    let teachers = Call::new(route!(getAllUsers), &[])
        .with("limit", LOOKED)
        .filter(&format!("{role}='{}'", Role::Teacher.word()), "");
    let page = look.page(&teachers)?;
    let word = Role::Teacher.word();
    let holds =
        |roles: &Value| roles.as_array().is_some_and(|roles| roles.iter().any(|r| r[member!(Role.role)] == word));
    let teaches = |r: &Value| r[member!(User.role)] == word || holds(&r[member!(User.roles)]);
    look.holds(&teachers, !page.records.is_empty() && page.records.iter().all(teaches), "not the teachers");
    Ok(())
}

/// Lists: `=` asks for all the items, `~` for any.
pub(super) fn lists(look: &mut Look<'_, '_>) -> Step {
    let lists = [
        (Kind::Course, member!(Course.grades)),
        (Kind::Class, member!(Class.grades)),
        (Kind::User, member!(User.grades)),
    ];
    let mut tried = false;
    for (kind, name) in lists {
        let all = look.all(kind)?;
        let page = look.page(&all.clone().with("limit", LOOKED))?;
        let item = page.records.iter().find_map(|r| r[name][0].as_str().filter(|text| !text.contains(',')));
        let Some(item) = item else { continue };
        tried = true;
        let has = |r: &Value| r[name].as_array().is_some_and(|items| items.iter().any(|i| i == item));
        for predicate in ["=", "~"] {
            let other = if predicate == "~" { ",no-such-grade" } else { "" };
            let call = all.clone().with("limit", LOOKED).filter(&format!("{name}{predicate}'{{}}{other}'"), item);
            let found = look.page(&call)?;
            look.holds(
                &call,
                !found.records.is_empty() && found.records.iter().all(has),
                "not the records whose list holds the item",
            );
        }
        let call = all.filter(&format!("{name}='{{}},no-such-grade'"), item);
        let found = look.page(&call)?;
        look.holds(&call, found.records.is_empty(), "a record that lacks one of the items");
    }
    if tried { Ok(()) } else { Err(Stop::NotTried("no record has grades".to_owned())) }
}

/// A word that the vocabulary lacks matches nothing, and is no error.
pub(super) fn unknown_words(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let call = look.all(*kind)?.filter("status='gone'", "");
        let page = look.page(&call)?;
        look.holds(&call, page.records.is_empty(), "records of a status that does not exist");
    }
    Ok(())
}

/// An empty filter is none.
pub(super) fn empty(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let plain = look.all(*kind)?.with("limit", 5);
        let call = plain.clone().with("filter", "");
        let (with, without) = (look.page(&call)?.ids(), look.page(&plain)?.ids());
        look.holds(&call, with == without, "other records than without a filter");
    }
    Ok(())
}
