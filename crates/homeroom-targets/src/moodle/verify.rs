//! Whether what was sent still stands: a Moodle is asked what is there, and that
//! is compared with the ledger. The ledger keeps digests of what was sent, so a
//! field that another hand changed is named without anybody's name being known.
//!
//! To repair is to strike from the ledger what is gone, and to forget of the rest
//! what differs: the next push makes it as it shall be. Roles of guardians and of
//! staff cannot be read by any function of Moodle's.

use super::check::check;
use super::enrol::{asking, roles};
use super::functions::{CATEGORIES, ENROLLED, MEMBERS};
use super::keys::{three, two};
use super::push::Job;
use super::recover::{self, ask, list};
use super::scene::Scene;
use super::told::{State, Stop, What};
use super::wish::{ENDED, UNKNOWN, Value as Wanted, holds, part};
use crate::ledger::Ledger;
use hashbrown::{HashMap, HashSet};
use homeroom_store::Entry;
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that is not as it was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Differs {
    /// What it is.
    pub what: What,
    /// The sourcedId of the person, class, course or school.
    pub id: String,
    /// The course, group or cohort that it is in.
    pub within: Option<String>,
    /// What of it differs; nothing if it is gone.
    pub fields: Vec<&'static str>,
}

impl Differs {
    /// Whether it is gone.
    pub fn is_gone(&self) -> bool {
        self.fields.is_empty()
    }

    /// As people read it.
    pub fn line(&self) -> String {
        let within = self.within.as_ref().map(|within| format!(" in {within}")).unwrap_or_default();
        let how = if self.is_gone() { "gone".to_owned() } else { format!("changed: {}", self.fields.join(", ")) };
        format!("{} {}{within} is {how}", self.what.one(), self.id)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Verified {
    /// How many of each kind were looked at.
    pub looked: BTreeMap<What, u64>,
    /// What differs.
    pub differs: Vec<Differs>,
    /// Kinds that cannot be read, of which there are some in the ledger.
    pub unseen: Vec<What>,
    /// How many calls were made.
    pub calls: u64,
}

/// The fields that are compared; answers name them as calls do.
const FIELDS: &[(What, &[&str])] = &[
    (What::Category, &["name", "idnumber", "parent"]),
    (What::Course, &["fullname", "shortname", "idnumber", "categoryid", "startdate", "enddate", "visible"]),
    (What::User, &["username", "firstname", "lastname", "email", "idnumber", "suspended"]),
    (What::Group, &["name", "idnumber"]),
    (What::Cohort, &["name", "idnumber"]),
];

/// What ends a thing: the field, and its value then.
fn ending(what: What) -> Option<(&'static str, &'static str)> {
    match what {
        What::Course => Some(("visible", "0")),
        What::User => Some(("suspended", "1")),
        _ => None,
    }
}

/// Asks a Moodle what is there of what was sent. If `repair` says so of what
/// differs, the ledger is made ready, so that the next push mends it; whether it
/// was, is given.
///
/// # Errors
/// As a push.
pub fn verify(job: &Job<'_>, repair: &mut dyn FnMut(&Verified) -> bool) -> Result<(Verified, bool), Stop> {
    let begun = job.moodle.calls().0;
    let checked = check(job.moodle, job.settings)?;
    if let Some(stop) = checked.to_enable() {
        return Err(stop);
    }
    let mut export = job.roster.export(None)?;
    let scene = Scene::read(&mut export, job.settings, job.today, &mut |_| {})?;
    drop(export);
    let ledger = Ledger::open(job.roster, job.target, false)?;
    let mut look = Look { job, scene, ledger, found: Verified::default(), gone: HashSet::new() };
    for what in [What::Category, What::Course, What::User, What::Group, What::Cohort] {
        look.things(what)?;
    }
    look.enrolments()?;
    look.cohort_members(checked.offered.contains(MEMBERS))?;
    for what in [What::Guardian, What::Staff] {
        let some = look.ledger.entries(what.number())?;
        if !some.is_empty() {
            look.found.unseen.push(what);
        }
        look.hanging(what, &some);
    }
    let Look { mut found, mut ledger, .. } = look;
    found.calls = job.moodle.calls().0 - begun;
    // What is not flushed was never noted.
    let repaired = !found.differs.is_empty() && repair(&found);
    if repaired {
        ledger.flush()?;
    }
    Ok((found, repaired))
}

struct Look<'a> {
    job: &'a Job<'a>,
    scene: Scene,
    ledger: Ledger<'a>,
    found: Verified,
    /// What is gone: what hangs on it is gone with it, and not told.
    gone: HashSet<(What, String)>,
}

/// Whether an entry is of something that we look after.
fn is_ours(entry: &Entry) -> bool {
    [State::Ours.number(), State::Adopted.number()].contains(&entry.state)
}

/// Something that differs, and where it stands in the ledger.
struct Case<'a> {
    what: What,
    id: &'a str,
    within: Option<&'a str>,
    entry: &'a Entry,
}

impl Look<'_> {
    /// Tells that something is gone.
    fn gone(&mut self, case: &Case<'_>) {
        self.gone.insert((case.what, case.entry.key.clone()));
        self.ledger.strike(case.entry.kind, &case.entry.key);
        self.tell(case, Vec::new());
    }

    /// Tells that something is another. What is as it was sent is not sent again.
    fn changed(&mut self, case: &Case<'_>, fields: Vec<&'static str>, same: Vec<u8>) {
        self.ledger.keep(Entry { digest: UNKNOWN, parts: same, ..case.entry.clone() });
        self.tell(case, fields);
    }

    fn tell(&mut self, case: &Case<'_>, fields: Vec<&'static str>) {
        let (id, within) = (case.id.to_owned(), case.within.map(str::to_owned));
        self.found.differs.push(Differs { what: case.what, id, within, fields });
    }

    fn looked(&mut self, what: What) {
        *self.found.looked.entry(what).or_default() += 1;
    }

    fn number(&self, what: What, key: &str) -> Option<i64> {
        self.ledger.known(what.number(), key).map(|known| known.number)
    }

    /// Categories, courses, accounts, groups and cohorts.
    fn things(&mut self, what: What) -> Result<(), Stop> {
        let mut entries = self.ledger.entries(what.number())?;
        entries.retain(|entry| is_ours(entry) && entry.number > 0);
        if entries.is_empty() {
            return Ok(());
        }
        if what == What::Group {
            // Those of courses that go on.
            let here: HashSet<&str> = self.scene.groups.iter().map(|group| group.key.as_str()).collect();
            entries.retain(|entry| here.contains(entry.key.as_str()));
        }
        let there = self.there(what, &entries)?;
        if there.is_empty() && entries.len() > FEW {
            return Err(nothing_seen(what, entries.len()));
        }
        let above: HashMap<i64, String> =
            self.ledger.entries(What::Category.number())?.into_iter().map(|place| (place.number, place.key)).collect();
        for entry in &entries {
            self.looked(what);
            let case = Case { what, id: &entry.key, within: None, entry };
            match there.get(&entry.number) {
                Some(value) if !is_left_over(what, value) => self.thing(&case, value, &above),
                _ => self.gone(&case),
            }
        }
        Ok(())
    }

    /// What is there of a kind, by number.
    fn there(&self, what: What, entries: &[Entry]) -> Result<HashMap<i64, Value>, Stop> {
        let moodle = self.job.moodle;
        let mut all = Vec::new();
        let numbers: Vec<String> = entries.iter().map(|entry| entry.number.to_string()).collect();
        let some = numbers.chunks(self.job.settings.batch.max(1));
        match what {
            What::Category => all = list(ask(moodle, CATEGORIES, &[])?),
            What::Cohort => all = recover::cohorts(moodle)?,
            What::Course => {
                for some in some {
                    all.extend(recover::courses(moodle, "ids", &some.join(","))?);
                }
            }
            What::User => {
                for some in some {
                    let some: Vec<&str> = some.iter().map(String::as_str).collect();
                    all.extend(recover::users(moodle, "id", &some)?);
                }
            }
            _ => {
                for course in self.scene.courses.iter().filter(|course| self.stands(&course.key)) {
                    let Some(number) = self.number(What::Course, &course.key) else { continue };
                    all.extend(recover::groups(moodle, number)?);
                }
            }
        }
        Ok(all.into_iter().filter_map(|one| Some((one["id"].as_i64()?, one))).collect())
    }

    /// Whether a course is there and was not ended.
    fn stands(&self, course: &str) -> bool {
        let known = self.ledger.known(What::Course.number(), course);
        known.is_some_and(|known| known.number > 0 && known.digest != ENDED)
            && !self.gone.contains(&(What::Course, course.to_owned()))
    }

    /// Compares one thing, field by field.
    fn thing(&mut self, case: &Case<'_>, there: &Value, above: &HashMap<i64, String>) {
        let entry = case.entry;
        if entry.digest == ENDED {
            let Some((field, value)) = ending(case.what) else { return };
            if plain(&there[field]).is_some_and(|now| now != value) {
                self.changed(case, vec![field], Vec::new());
            }
            return;
        }
        let fields = FIELDS.iter().find(|(what, _)| *what == case.what).map_or(&[][..], |(_, fields)| fields);
        if entry.parts.is_empty() {
            return;
        }
        let (mut other, mut same) = (Vec::new(), Vec::new());
        for field in fields {
            let Some(text) = plain(&there[*field]) else { continue };
            let place = text.parse().ok().and_then(|number: i64| above.get(&number));
            let place = place.map(|key| Wanted::Of(What::Category, key.clone()));
            let values = place.into_iter().chain([Wanted::Text(text)]);
            match values.into_iter().find(|value| holds(&entry.parts, field, value)) {
                Some(value) => same.extend_from_slice(&part(field, &value)),
                None => other.push(*field),
            }
        }
        if !other.is_empty() {
            // Of groups and cohorts all is sent anew, and by the parts it is known where they stand.
            let whole = matches!(case.what, What::Group | What::Cohort);
            self.changed(case, other, if whole { entry.parts.clone() } else { same });
        }
    }

    /// Who is in the courses, with which role, and in which groups.
    fn enrolments(&mut self) -> Result<(), Stop> {
        let mut by_course: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in self.ledger.entries(What::Enrolment.number())? {
            if entry.state != State::Theirs.number()
                && let Some((course, ..)) = three(&entry.key)
            {
                by_course.entry(course.to_owned()).or_default().push(entry);
            }
        }
        let members = self.ledger.entries(What::GroupMember.number())?;
        self.hanging(What::GroupMember, &members);
        let mut courses: Vec<_> = by_course.into_iter().collect();
        courses.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (course, entries) in courses {
            self.hanging(What::Enrolment, &entries);
            if let Some(number) = self.number(What::Course, &course).filter(|_| self.stands(&course)) {
                self.course(&course, number, &entries, &members)?;
            }
        }
        Ok(())
    }

    /// One course: who is in it, and who of them may not go in.
    fn course(&mut self, course: &str, number: i64, entries: &[Entry], members: &[Entry]) -> Result<(), Stop> {
        let here: Vec<&str> = self.groups_of(course);
        let fields = if here.is_empty() { "id,roles" } else { "id,roles,groups" };
        let all = list(ask(self.job.moodle, ENROLLED, &asking(number, &[("userfields", fields)]))?);
        let shut = [("onlysuspended", "1"), ("userfields", "id")];
        let shut = list(ask(self.job.moodle, ENROLLED, &asking(number, &shut))?);
        let shut: HashSet<i64> = shut.iter().filter_map(|user| user["id"].as_i64()).collect();
        let all: HashMap<i64, &Value> = all.iter().filter_map(|user| Some((user["id"].as_i64()?, user))).collect();
        let groups: HashSet<String> = here.into_iter().map(str::to_owned).collect();
        for entry in entries {
            let Some((_, person, role)) = three(&entry.key) else { continue };
            let Some(user) = self.number(What::User, person).filter(|_| !self.is_gone(What::User, person)) else {
                continue;
            };
            self.looked(What::Enrolment);
            let case = Case { what: What::Enrolment, id: person, within: Some(course), entry };
            match all.get(&user) {
                None if entry.digest == ENDED => {}
                None => self.gone(&case),
                Some(_) if entry.digest == ENDED => {
                    if !shut.contains(&user) {
                        self.changed(&case, vec!["suspend"], Vec::new());
                    }
                }
                Some(there) if !roles(there).contains(&role) && !is_ours(entry) => {
                    // The role alone was ours: it is given again.
                    self.ledger.strike(entry.kind, &entry.key);
                    self.tell(&case, vec!["role"]);
                }
                Some(there) if !roles(there).contains(&role) => self.changed(&case, vec!["role"], Vec::new()),
                Some(_) if shut.contains(&user) && is_ours(entry) && self.is_open(course, person, role) => {
                    self.changed(&case, vec!["suspend"], Vec::new());
                }
                Some(_) => {}
            }
        }
        for entry in members {
            let Some((group, person)) = two(&entry.key).filter(|(group, _)| groups.contains(*group)) else { continue };
            let numbers = (self.number(What::Group, group), self.number(What::User, person));
            let (Some(group_number), Some(user)) = numbers else { continue };
            if self.is_gone(What::Group, group) || self.is_gone(What::User, person) {
                continue;
            }
            self.looked(What::GroupMember);
            let inside = all.get(&user).and_then(|there| there["groups"].as_array());
            if !inside.into_iter().flatten().any(|one| one["id"].as_i64() == Some(group_number)) {
                self.gone(&Case { what: What::GroupMember, id: person, within: Some(group), entry });
            }
        }
        Ok(())
    }

    /// The groups of a course.
    fn groups_of(&self, course: &str) -> Vec<&str> {
        let scene = &self.scene;
        let here = scene.groups.iter().filter(|group| scene.courses[group.course as usize].key == course);
        here.map(|group| group.key.as_str()).collect()
    }

    /// Whether somebody may go into a course at this moment, as far as we said.
    fn is_open(&self, course: &str, person: &str, role: i64) -> bool {
        let scene = &self.scene;
        let (Some(person), Some(course)) =
            (scene.person(person), scene.courses.iter().zip(0..).find(|(one, _)| one.key == course).map(|(_, at)| at))
        else {
            return false;
        };
        let from = scene.ties.partition_point(|tie| (tie.course, tie.person) < (course, person));
        let mut ties = scene.ties[from..].iter().take_while(|tie| (tie.course, tie.person) == (course, person));
        let now = self.job.outside.now().0.div_euclid(1000);
        ties.any(|tie| tie.role == role && tie.start <= now && (tie.end == 0 || now < tie.end))
    }

    fn cohort_members(&mut self, can: bool) -> Result<(), Stop> {
        let entries = self.ledger.entries(What::CohortMember.number())?;
        self.hanging(What::CohortMember, &entries);
        if entries.is_empty() {
            return Ok(());
        }
        if !can {
            self.found.unseen.push(What::CohortMember);
            return Ok(());
        }
        let cohorts = self.ledger.entries(What::Cohort.number())?;
        let numbers: Vec<i64> = cohorts.iter().map(|cohort| cohort.number).filter(|number| *number > 0).collect();
        let mut inside: HashSet<(i64, i64)> = HashSet::new();
        for some in numbers.chunks(self.job.settings.batch.max(1)) {
            let asked = some.iter().enumerate().map(|(at, number)| (format!("cohortids[{at}]"), number.to_string()));
            for cohort in list(ask(self.job.moodle, MEMBERS, &asked.collect::<Vec<_>>())?) {
                let users = cohort["userids"].as_array().into_iter().flatten().filter_map(Value::as_i64);
                inside.extend(users.filter_map(|user| Some((cohort["cohortid"].as_i64()?, user))));
            }
        }
        for entry in &entries {
            let Some((cohort, person)) = two(&entry.key) else { continue };
            let numbers = (self.number(What::Cohort, cohort), self.number(What::User, person));
            let (Some(number), Some(user)) = numbers else { continue };
            if self.is_gone(What::Cohort, cohort) || self.is_gone(What::User, person) {
                continue;
            }
            self.looked(What::CohortMember);
            if !inside.contains(&(number, user)) {
                self.gone(&Case { what: What::CohortMember, id: person, within: Some(cohort), entry });
            }
        }
        Ok(())
    }

    fn is_gone(&self, what: What, key: &str) -> bool {
        self.gone.contains(&(what, key.to_owned()))
    }

    /// Strikes what hung on something that is gone.
    fn hanging(&mut self, what: What, entries: &[Entry]) {
        if self.gone.is_empty() {
            return;
        }
        for entry in entries {
            let of = match what {
                What::GroupMember => two(&entry.key).map(|(group, person)| (What::Group, group, person)),
                What::CohortMember => two(&entry.key).map(|(cohort, person)| (What::Cohort, cohort, person)),
                What::Enrolment => three(&entry.key).map(|(course, person, _)| (What::Course, course, person)),
                What::Guardian => three(&entry.key).map(|(student, agent, _)| (What::User, student, agent)),
                _ => three(&entry.key).map(|(place, person, _)| (What::Category, place, person)),
            };
            if of.is_some_and(|(kind, within, person)| self.is_gone(kind, within) || self.is_gone(What::User, person)) {
                self.ledger.strike(entry.kind, &entry.key);
            }
        }
    }
}

/// More than this of a kind are not gone all at once: they cannot be seen.
const FEW: usize = 10;

fn nothing_seen(what: What, count: usize) -> Stop {
    let message = format!("none of the {count} {} that stand in the ledger can be seen", what.name().replace('_', " "));
    let hint = "if the site is the same, give the role of the token's account the capabilities of docs/moodle.md; if it \
                was made anew, remove the target here and add it again";
    Stop::new(message, hint)
}

/// A deleted account is told by its number all the same: it has lost its idnumber,
/// and its username has become its address and the time.
fn is_left_over(what: What, there: &Value) -> bool {
    let word = |name: &str| there[name].as_str().unwrap_or_default();
    let stamped = word("username")
        .rsplit_once('.')
        .is_some_and(|(name, time)| name.contains('@') && time.len() >= 10 && time.bytes().all(|b| b.is_ascii_digit()));
    what == What::User && word("idnumber").is_empty() && stamped
}

/// A value as it is sent; `None` if the answer does not tell it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.to_owned()),
        _ => None,
    }
}
