//! Whether what was sent still stands: a Moodle is asked what is there, and that
//! is compared with the ledger. The ledger keeps digests of what was sent, so a
//! field that another hand changed is named without anybody's name being known.
//!
//! To repair is to strike from the ledger what is gone, and to forget of the rest
//! what differs: the next push makes it as it shall be. Roles of guardians and of
//! staff, and days of enrolments, cannot be read by any function of Moodle's: they
//! can be sent again, which changes nothing where they stand.

mod courses;

use super::check::check;
use super::functions::{CATEGORIES, MEMBERS};
use super::job::Job;
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
    /// What a repair sends again because it cannot be read, and how many.
    pub again: BTreeMap<What, u64>,
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

/// The fields of a kind that are compared.
pub(super) fn fields(what: What) -> &'static [&'static str] {
    FIELDS.iter().find(|(of, _)| *of == what).map_or(&[], |(_, fields)| fields)
}

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
/// was, is given. With `resend` that push also sends what cannot be asked for.
///
/// # Errors
/// As a push.
pub fn verify(
    job: &Job<'_>,
    resend: bool,
    repair: &mut dyn FnMut(&Verified) -> bool,
) -> Result<(Verified, bool), Stop> {
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
    if resend {
        look.again()?;
    }
    let Look { mut found, mut ledger, .. } = look;
    found.calls = job.moodle.calls().0 - begun;
    // What is not flushed was never noted.
    let repaired = (!found.differs.is_empty() || !found.again.is_empty()) && repair(&found);
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

    /// Forgets what was sent of what cannot be read, where it stands yet.
    fn again(&mut self) -> Result<(), Stop> {
        for what in [What::Enrolment, What::Guardian, What::Staff] {
            for entry in self.ledger.entries(what.number())? {
                let stands = self.ledger.known(entry.kind, &entry.key).is_some_and(|known| known.digest != ENDED);
                if stands && is_ours(&entry) {
                    self.ledger.keep(Entry { digest: UNKNOWN, ..entry });
                    *self.found.again.entry(what).or_default() += 1;
                }
            }
        }
        Ok(())
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
                    all.extend(recover::courses_of(moodle, some)?);
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
        let fields = fields(case.what);
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
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.to_owned()),
        _ => None,
    }
}
