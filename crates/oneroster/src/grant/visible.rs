//! Which records are visible under given bounds: the definition, evaluated on
//! records. A store's statements must come to the same.

use super::redact::{BY_USE, demanded, redact, users};
use super::{Bounds, Profile, TermLimit};
use crate::at;
use crate::compat::downgrade_role;
use crate::model::vocabulary::USER_ROLE;
use crate::model::{Kind, Version};
use crate::query::normal;
use crate::record::{Record, Status};
use crate::time::Date;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Roles of people who are visible only as agents of a visible student.
pub const GUARDIANS: [&str; 3] = ["guardian", "parent", "relative"];
/// The role of those whose agents are visible.
pub const STUDENT: &str = "student";

/// The words of roles that pass the limit of the bounds, none if all do. A word
/// that only 1.1 has stands for those of 1.2 that become it.
pub fn role_words(bounds: &Bounds) -> BTreeSet<&str> {
    let mut words: BTreeSet<&str> = bounds.roles.iter().map(String::as_str).collect();
    let stands_for = |old: &str| !USER_ROLE.allows(Version::V1P2, old) && bounds.roles.contains(old);
    for word in USER_ROLE.words(Version::V1P2).filter(|word| downgrade_role(word).is_some_and(stands_for)) {
        words.insert(word);
    }
    words
}

/// The records that are visible under some bounds on a day.
#[derive(Debug, Default)]
pub struct Visible {
    open: bool,
    all: HashSet<(Kind, String)>,
    /// Organisations of which only the name and the place are shown.
    bare: HashSet<String>,
    /// What is made of records.
    profile: Option<Profile>,
}

impl Visible {
    /// Of a roster's records: those of files of their own, nested rows among
    /// them as records, too. Tombstones are never visible.
    pub fn of(bounds: &Bounds, today: Date, records: &[Record]) -> Visible {
        let live = records.iter().filter(|record| record.status == Status::Active);
        let look = Look::new(bounds, today, live);
        let mut visible = Visible { open: bounds.sees_all(), profile: bounds.profile.clone(), ..Visible::default() };
        if visible.open {
            visible.all.extend(look.records.keys().map(|(kind, id)| (*kind, (*id).to_owned())));
            return visible;
        }
        let full = look.full_orgs();
        let classes = look.classes(&full);
        let bare = look.bare_orgs(&full, &classes);
        visible.bare.extend(bare.iter().map(|id| (*id).to_owned()));
        visible.add(Kind::Org, full.iter().chain(&bare).copied());
        visible.add(Kind::AcademicSession, look.sessions(&classes));
        visible.add(Kind::Course, classes.iter().filter_map(|class| look.named(Kind::Class, class, at!(Class.course))));
        look.people(&full, &classes, &mut visible);
        visible.add(Kind::Class, classes.into_iter());
        for kind in Kind::all().filter(|kind| !CORE.contains(kind)) {
            let used = look.used(kind, &visible);
            let is_used = |record: &&Record| used.as_ref().is_none_or(|used| used.contains(id(record)));
            let found: Vec<&str> = look.of(kind).filter(|r| visible.holds(r)).filter(is_used).map(id).collect();
            visible.add(kind, found.into_iter());
        }
        visible
    }

    fn add<'r>(&mut self, kind: Kind, ids: impl Iterator<Item = &'r str>) {
        self.all.extend(ids.map(|id| (kind, id.to_owned())));
    }

    /// Whether all that a record must name is visible.
    fn holds(&self, record: &Record) -> bool {
        if record.kind() == Kind::Demographics {
            return self.has(Kind::User, &record.sourced_id);
        }
        demanded(record.kind()).all(|(field, kind)| record.get(field).is_none_or(|id| self.has(kind, id)))
    }

    /// Whether a record is visible.
    pub fn has(&self, kind: Kind, sourced_id: &str) -> bool {
        self.all.contains(&(kind, sourced_id.to_owned()))
    }

    /// What is shown of a record; `None` if it is invisible.
    pub fn show(&self, record: &Record) -> Option<Record> {
        let kind = record.kind();
        if !self.has(kind, &record.sourced_id) {
            return None;
        }
        let bare = kind == Kind::Org && self.bare.contains(&record.sourced_id);
        let left = if self.open { None } else { redact(record, &|kind, id| self.has(kind, id), bare) };
        let left = left.unwrap_or_else(|| record.clone());
        let made = self.profile.as_ref().and_then(|profile| profile.made(&left));
        Some(made.unwrap_or(left))
    }
}

/// The kinds that bounds speak of; others follow from what they name.
const CORE: [Kind; 6] = [Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User, Kind::Role];

fn id(record: &Record) -> &str {
    &record.sourced_id
}

/// The live records, by kind and identifier, and the bounds they are seen by.
struct Look<'r> {
    bounds: &'r Bounds,
    words: BTreeSet<&'r str>,
    today: Date,
    records: HashMap<(Kind, &'r str), &'r Record>,
}

type Ids<'r> = HashSet<&'r str>;

impl<'r> Look<'r> {
    fn new(bounds: &'r Bounds, today: Date, live: impl Iterator<Item = &'r Record>) -> Look<'r> {
        let records = live.map(|record| ((record.kind(), id(record)), record)).collect();
        Look { bounds, words: role_words(bounds), today, records }
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &'r Record> + '_ {
        self.records.values().copied().filter(move |record| record.kind() == kind)
    }

    fn get(&self, kind: Kind, sourced_id: &str) -> Option<&'r Record> {
        self.records.get(&(kind, sourced_id)).copied()
    }

    /// Of a kind whose records are visible by what names them, those that are;
    /// whatever names one must be visible but for that.
    fn used(&self, kind: Kind, visible: &Visible) -> Option<Ids<'r>> {
        let (_, alone) = BY_USE.into_iter().find(|(known, _)| *known == kind)?;
        let (mut named, mut used) = (Ids::new(), Ids::new());
        for (user, field) in users(kind) {
            for record in self.of(user) {
                let Some(target) = record.get(field) else { continue };
                named.insert(target);
                let mut others = demanded(user).filter(|(other, _)| *other != field);
                if others.all(|(other, kind)| record.get(other).is_none_or(|id| visible.has(kind, id))) {
                    used.insert(target);
                }
            }
        }
        if alone {
            used.extend(self.of(kind).map(id).filter(|id| !named.contains(id)));
        }
        Some(used)
    }

    /// The live record that a field of another one names.
    fn named(&self, kind: Kind, sourced_id: &str, field: u8) -> Option<&'r str> {
        let target = kind.entity().fields.get(usize::from(field))?.target()?;
        self.get(target, self.get(kind, sourced_id)?.get(field)?).map(id)
    }

    /// Adds what lies below some records of a tree.
    fn below(&self, kind: Kind, parent: u8, from: Ids<'r>) -> Ids<'r> {
        let mut all = from;
        loop {
            let more: Vec<&str> = self
                .of(kind)
                .filter(|record| !all.contains(id(record)) && record.get(parent).is_some_and(|up| all.contains(up)))
                .map(id)
                .collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// Adds what stands above some records of a tree.
    fn above(&self, kind: Kind, parent: u8, from: Ids<'r>) -> Ids<'r> {
        let mut all = from.clone();
        for mut here in from {
            while let Some(up) = self.named(kind, here, parent) {
                if !all.insert(up) {
                    break;
                }
                here = up;
            }
        }
        all
    }

    /// Granted organisations, and what lies below them.
    fn full_orgs(&self) -> Ids<'r> {
        let Bounds { schools, classes, person, .. } = self.bounds;
        if !schools.is_empty() {
            let granted = schools.iter().filter_map(|school| self.get(Kind::Org, school)).map(id).collect();
            return self.below(Kind::Org, at!(Org.parent), granted);
        }
        let none = !classes.is_empty() || person.is_some();
        if none { Ids::new() } else { self.of(Kind::Org).map(id).collect() }
    }

    fn classes(&self, full: &Ids<'r>) -> Ids<'r> {
        self.of(Kind::Class).filter(|class| self.passes(class, full)).map(id).collect()
    }

    fn passes(&self, class: &Record, full: &Ids<'_>) -> bool {
        let Bounds { schools, classes, grades, person, .. } = self.bounds;
        let school = |school: &str| match schools.is_empty() {
            true => self.get(Kind::Org, school).is_some(),
            false => full.contains(school),
        };
        let wanted: HashSet<String> = grades.iter().map(|grade| normal(grade)).collect();
        class.get(at!(Class.school)).is_none_or(school)
            && class.get(at!(Class.course)).is_none_or(|course| self.get(Kind::Course, course).is_some())
            && (classes.is_empty() || classes.contains(id(class)))
            && (grades.is_empty() || class.list(at!(Class.grades)).any(|grade| wanted.contains(&normal(grade))))
            && self.passes_terms(class)
            && person.as_ref().is_none_or(|person| self.attends(person, id(class)))
    }

    fn passes_terms(&self, class: &Record) -> bool {
        let limits = &self.bounds.terms;
        let mut sessions = class.list(at!(Class.terms)).filter_map(|term| self.get(Kind::AcademicSession, term));
        if class.get(at!(Class.terms)).is_none() {
            return limits.is_empty();
        }
        if limits.is_empty() {
            return sessions.next().is_some();
        }
        sessions.any(|session| limits.iter().any(|limit| self.within(session, limit)))
    }

    fn within(&self, session: &'r Record, limit: &TermLimit) -> bool {
        let day = |field| session.get(field).and_then(Date::parse);
        let (first, end) = (day(at!(AcademicSession.startDate)), day(at!(AcademicSession.endDate)));
        // The end is the day after the last one.
        let meets = |from: Date, to: Date| first.is_some_and(|day| day <= to) && end.is_some_and(|day| day > from);
        match limit {
            TermLimit::Current => meets(self.today, self.today),
            TermLimit::Days(from, to) => meets(*from, *to),
            TermLimit::Session(top) => {
                let up = Ids::from([id(session)]);
                self.above(Kind::AcademicSession, at!(AcademicSession.parent), up).contains(top.as_str())
            }
        }
    }

    fn attends(&self, person: &str, class: &str) -> bool {
        self.get(Kind::User, person).is_some()
            && self.of(Kind::Enrollment).any(|row| {
                row.get(at!(Enrollment.class)) == Some(class) && row.get(at!(Enrollment.user)) == Some(person)
            })
    }

    /// What stands above granted organisations, and the schools of classes that
    /// are visible by themselves.
    fn bare_orgs(&self, full: &Ids<'r>, classes: &Ids<'r>) -> Ids<'r> {
        let schools = classes.iter().filter_map(|class| self.named(Kind::Class, class, at!(Class.school)));
        let from = full.iter().copied().chain(schools).collect();
        let mut all = self.above(Kind::Org, at!(Org.parent), from);
        all.retain(|org| !full.contains(org));
        all
    }

    /// The sessions of visible classes, what lies below them, and what is above.
    fn sessions(&self, classes: &Ids<'r>) -> impl Iterator<Item = &'r str> {
        let (kind, parent) = (Kind::AcademicSession, at!(AcademicSession.parent));
        let terms = classes.iter().filter_map(|class| self.get(Kind::Class, class));
        let used = terms.flat_map(|class| class.list(at!(Class.terms))).filter_map(|term| self.get(kind, term));
        let below = self.below(kind, parent, used.map(id).collect());
        self.above(kind, parent, below).into_iter()
    }

    /// People, and the entries of their roles that remain.
    fn people(&self, full: &Ids<'r>, classes: &Ids<'r>, visible: &mut Visible) {
        let enrolled: Ids<'r> = self
            .of(Kind::Enrollment)
            .filter(|row| row.get(at!(Enrollment.class)).is_some_and(|class| classes.contains(class)))
            .filter_map(|row| row.get(at!(Enrollment.user)))
            .collect();
        let entries: Vec<Entry<'r>> = self.of(Kind::Role).filter_map(|row| self.entry(row, visible)).collect();
        let (guardians, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| GUARDIANS.contains(&entry.word));
        let by_role = self.bounds.person.is_none();
        let at_school = others.iter().filter(|entry| by_role && full.contains(entry.org)).map(|entry| entry.user);
        let reasons: Ids<'r> = enrolled.into_iter().chain(at_school).collect();
        let seen: Vec<&Entry<'r>> = others.iter().filter(|entry| reasons.contains(entry.user)).collect();
        let students = seen.iter().filter(|entry| entry.word == STUDENT);
        let students = students.filter_map(|entry| self.get(Kind::User, entry.user));
        let agents: Ids<'r> = students.flat_map(|student| student.list(at!(User.agents))).collect();
        let close = guardians.iter().filter(|entry| agents.contains(entry.user));
        for entry in seen.into_iter().chain(close) {
            visible.add(Kind::User, [entry.user].into_iter());
            visible.add(Kind::Role, [entry.id].into_iter());
        }
    }

    /// A role of a live person at a visible organisation that passes the limit.
    fn entry(&self, row: &'r Record, visible: &Visible) -> Option<Entry<'r>> {
        let (user, org) = (row.get(at!(Role.user))?, row.get(at!(Role.org))?);
        let word = row.get(at!(Role.role))?;
        let passes = self.words.is_empty() || self.words.contains(word);
        let stands = self.get(Kind::User, user).is_some() && visible.has(Kind::Org, org);
        (passes && stands).then_some(Entry { id: id(row), user, word, org })
    }
}

/// An entry of `roles` that remains.
struct Entry<'r> {
    id: &'r str,
    user: &'r str,
    word: &'r str,
    org: &'r str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
        let mut record = Record::new(kind);
        record.sourced_id.push_str(id);
        values.iter().for_each(|(field, value)| record.push(*field, value));
        record
    }

    fn org(id: &str, parent: &str) -> Record {
        let mut org = record(Kind::Org, id, &[(at!(Org.name), id), (at!(Org.type), "school")]);
        org.set(at!(Org.parent), parent);
        org
    }

    fn session(id: &str, parent: &str, first: &str, end: &str) -> Record {
        let days = [(at!(AcademicSession.startDate), first), (at!(AcademicSession.endDate), end)];
        let mut session = record(Kind::AcademicSession, id, &days);
        session.set(at!(AcademicSession.parent), parent);
        session
    }

    fn class(id: &str, school: &str, term: &str, grade: &str) -> Record {
        let values = [
            (at!(Class.course), if school == "north" { "algebra" } else { "art" }),
            (at!(Class.school), school),
            (at!(Class.terms), term),
            (at!(Class.grades), grade),
        ];
        record(Kind::Class, id, &values)
    }

    /// A person with one role, and perhaps in a class.
    fn person(all: &mut Vec<Record>, id: &str, role: &str, org: &str, class: &str) {
        all.push(record(Kind::User, id, &[]));
        let role_id = format!("{id}@{org}");
        let values = [(at!(Role.user), id), (at!(Role.role), role), (at!(Role.org), org)];
        all.push(record(Kind::Role, &role_id, &values));
        if !class.is_empty() {
            let school = [(at!(Enrollment.school), org)];
            let values = [(at!(Enrollment.user), id), (at!(Enrollment.class), class)];
            all.push(record(Kind::Enrollment, &format!("{id}:{class}"), &[&values[..], &school].concat()));
        }
    }

    /// Two schools of a district, one of them with a department.
    fn district() -> Vec<Record> {
        let mut all = vec![
            org("state", ""),
            org("district", "state"),
            org("north", "district"),
            org("music", "north"),
            org("south", "district"),
            session("year", "", "2026-08-01", "2027-07-01"),
            session("autumn", "year", "2026-08-01", "2027-01-01"),
            session("october", "autumn", "2026-10-01", "2026-11-01"),
            session("spring", "year", "2027-01-01", "2027-07-01"),
            record(Kind::Course, "algebra", &[]),
            record(Kind::Course, "art", &[]),
            class("n1", "north", "autumn", "09"),
            class("n2", "north", "spring", "10"),
            class("s1", "south", "autumn", "09"),
        ];
        person(&mut all, "ann", "student", "north", "n1");
        person(&mut all, "bob", "student", "south", "s1");
        person(&mut all, "tea", "teacher", "north", "n1");
        person(&mut all, "vis", "teacher", "south", "n2");
        person(&mut all, "mum", "parent", "north", "");
        person(&mut all, "dad", "parent", "north", "");
        person(&mut all, "chief", "districtAdministrator", "district", "");
        person(&mut all, "cello", "aide", "music", "");
        let ann = all.iter_mut().find(|record| record.sourced_id == "ann").unwrap();
        ann.push(at!(User.agents), "mum");
        all.push(record(Kind::Demographics, "ann", &[]));
        all.push(record(Kind::Demographics, "bob", &[]));
        all
    }

    fn parse(text: &str) -> Bounds {
        serde_json::from_str(text).unwrap()
    }

    fn seen(visible: &Visible, kind: Kind) -> Vec<&str> {
        let mut ids: Vec<&str> = visible.all.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    fn of(bounds: &str) -> Visible {
        Visible::of(&parse(bounds), Date::parse("2026-10-10").unwrap(), &district())
    }

    fn check(bounds: &str, wanted: &[(Kind, &[&str])]) {
        let visible = of(bounds);
        for (kind, ids) in wanted {
            assert_eq!(seen(&visible, *kind), *ids, "{kind:?} under {bounds}");
        }
    }

    #[test]
    fn a_school_is_seen_with_what_is_below_and_barely_what_is_above() {
        check(
            r#"{"schools":["north"]}"#,
            &[
                (Kind::Org, &["district", "music", "north", "state"]),
                (Kind::Class, &["n1", "n2"]),
                (Kind::Course, &["algebra"]),
                (Kind::AcademicSession, &["autumn", "october", "spring", "year"]),
                // vis teaches here, but holds no role here: roles are mandatory.
                (Kind::User, &["ann", "cello", "mum", "tea"]),
                (Kind::Role, &["ann@north", "cello@music", "mum@north", "tea@north"]),
                (Kind::Demographics, &["ann"]),
                (Kind::Enrollment, &["ann:n1", "tea:n1"]),
            ],
        );
        let visible = of(r#"{"schools":["north"]}"#);
        assert_eq!(visible.bare, ["district", "state"].map(str::to_owned).into());
    }

    #[test]
    fn a_class_is_seen_with_who_is_in_it_and_barely_its_school() {
        check(
            r#"{"classes":["s1"]}"#,
            &[
                (Kind::Org, &["district", "south", "state"]),
                (Kind::Class, &["s1"]),
                (Kind::Course, &["art"]),
                (Kind::AcademicSession, &["autumn", "october", "year"]),
                (Kind::User, &["bob"]),
                (Kind::Enrollment, &["bob:s1"]),
            ],
        );
        assert!(of(r#"{"classes":["s1"]}"#).bare.contains("south"));
        // Within the granted schools only.
        check(r#"{"classes":["s1"],"schools":["north"]}"#, &[(Kind::Class, &[]), (Kind::Enrollment, &[])]);
    }

    #[test]
    fn grades_and_terms_choose_among_classes() {
        check(r#"{"grades":["10"]}"#, &[(Kind::Class, &["n2"]), (Kind::Course, &["algebra"])]);
        check(r#"{"terms":["current"]}"#, &[(Kind::Class, &["n1", "s1"])]);
        check(r#"{"terms":["2027-01-01..2027-01-01"]}"#, &[(Kind::Class, &["n2"])]);
        check(r#"{"terms":["2026-12-31..2026-12-31"]}"#, &[(Kind::Class, &["n1", "s1"])]);
        check(r#"{"terms":["year"]}"#, &[(Kind::Class, &["n1", "n2", "s1"])]);
        check(r#"{"terms":["spring"]}"#, &[(Kind::Class, &["n2"])]);
        check(r#"{"terms":["october"]}"#, &[(Kind::Class, &[])]);
    }

    #[test]
    fn roles_choose_among_people_and_guardians_come_with_their_students() {
        check(r#"{"roles":["teacher"]}"#, &[(Kind::User, &["tea", "vis"])]);
        check(r#"{"roles":["parent"]}"#, &[(Kind::User, &[])]);
        check(r#"{"roles":["parent","student"]}"#, &[(Kind::User, &["ann", "bob", "mum"])]);
        check(r#"{"roles":["administrator"]}"#, &[(Kind::User, &["chief"])]);
        check(r#"{"roles":["student"]}"#, &[(Kind::Org, &["district", "music", "north", "south", "state"])]);
        // Without the role of guardians, no agent is named.
        let visible = of(r#"{"roles":["student"]}"#);
        let ann = district().into_iter().find(|record| record.sourced_id == "ann").unwrap();
        assert_eq!(visible.show(&ann).unwrap().get(at!(User.agents)), None);
    }

    #[test]
    fn a_person_sees_the_classes_they_are_in() {
        check(
            r#"{"person":"tea"}"#,
            &[
                (Kind::Class, &["n1"]),
                (Kind::User, &["ann", "mum", "tea"]),
                (Kind::Org, &["district", "north", "state"]),
            ],
        );
        check(r#"{"person":"nobody"}"#, &[(Kind::Class, &[]), (Kind::Org, &[]), (Kind::User, &[])]);
    }

    #[test]
    fn open_bounds_show_everything_that_lives() {
        let mut all = district();
        all[0].status = Status::ToBeDeleted;
        let visible = Visible::of(&Bounds::default(), Date(0), &all);
        assert_eq!(visible.all.len(), all.len() - 1);
        assert_eq!(visible.show(&all[0]), None);
        // The record above is gone, and is named as everywhere.
        assert_eq!(visible.show(&all[1]).as_ref(), Some(&all[1]));
    }
}
