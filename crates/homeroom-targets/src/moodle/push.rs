//! A push: one version of the roster compared with the ledger, and what differs
//! sent to Moodle, in the order in which one thing needs another.

use super::batch::{
    ASSIGN, After, CREATE_CATEGORIES, CREATE_COURSES, CREATE_USERS, Call, Engine, Task, UPDATE_CATEGORIES,
    UPDATE_COURSES, UPDATE_USERS,
};
use super::check::{arrives_whole, check};
use super::keys::{held, join};
use super::scene::Scene;
use super::settings::{Schools, Settings};
use super::told::{Did, State, Stop, Tally, Told, What};
use super::wire::Moodle;
use super::wish::{ENDED, UNKNOWN, Wish};
use super::{before, enrol, groups, people, recover, remove};
use crate::ledger::Ledger;
use hashbrown::{HashMap, HashSet};
use homeroom_store::access::Outside;
use homeroom_store::{Export, Roster, Which};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};
use serde_json::Value;

/// What is to be pushed, where, and how.
pub struct Job<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The name of the target, under which its ledger stands.
    pub target: &'a str,
    /// The Moodle.
    pub moodle: &'a Moodle,
    /// What is set for it.
    pub settings: &'a Settings,
    /// Whether nothing is written, there or here.
    pub dry: bool,
    /// Share of accounts or enrolments that may be ended, if not as set.
    pub max_removed: Option<f64>,
    /// The version of the roster.
    pub version: Version,
    /// What was taken over after this instant, in milliseconds, is given back when
    /// pushes are taken back.
    pub since: i64,
    /// The day it is at the district.
    pub today: Date,
    /// Chance for passwords.
    pub outside: &'a dyn Outside,
}

/// Which version of a roster is pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// The last one.
    Last,
    /// That of an earlier push, to take later ones back.
    Earlier(Timestamp),
    /// None at all: what was made is ended.
    Nothing,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("target", &self.target).field("dry", &self.dry).finish_non_exhaustive()
    }
}

/// What came of a push.
#[derive(Debug)]
pub struct Outcome {
    /// The version that was pushed; none if the roster is empty or no school is
    /// chosen.
    pub at: Option<Timestamp>,
    /// The schools, by sourcedId.
    pub schools: Vec<String>,
    /// What became of all.
    pub tally: Tally,
    /// How many calls were made, and how many of them wrote.
    pub calls: (u64, u64),
}

/// Fewer endings than this never hold a push.
const FEW: u64 = 10;

/// Pushes a roster to a Moodle; every thing that is touched or skipped is told.
///
/// # Errors
/// Why it stopped, or was held. What Moodle acknowledged until then is in the
/// ledger.
pub fn push(job: &Job<'_>, told: &mut dyn FnMut(&Told)) -> Result<Outcome, Stop> {
    let settings = job.settings;
    let begun = job.moodle.calls();
    if settings.schools == Schools::Named(Vec::new()) {
        return Ok(Outcome { at: None, schools: Vec::new(), tally: Tally::default(), calls: (0, 0) });
    }
    let checked = check(job.moodle, settings)?;
    if let Some(stop) = checked.to_enable() {
        return Err(stop);
    }
    arrives_whole(job.moodle, settings, checked.own)?;
    let earlier = match job.version {
        Version::Earlier(at) => Some(at),
        _ => None,
    };
    let mut export = job.roster.export(earlier)?;
    let mut skipped = Vec::new();
    let mut scene = match job.version {
        Version::Nothing => Scene::default(),
        _ => Scene::read(&mut export, settings, job.today, &mut |told| skipped.push(told))?,
    };
    let ledger = Ledger::open(job.roster, job.target, job.dry)?;
    let (dry, own, tally) = (job.dry, checked.own, Tally::default());
    let mut engine = Engine {
        moodle: job.moodle,
        settings,
        ledger,
        dry,
        own,
        tally,
        told,
        made: HashSet::new(),
        left: HashSet::new(),
        seen: false,
    };
    for told in skipped {
        engine.tell(&told);
    }
    recover::recover(&mut engine, &scene)?;
    people::claims(&mut scene, &|id| engine.ledger.known(What::User.number(), id).is_some());
    want(&mut engine, &scene);
    let mut given_back = Vec::new();
    if job.version != Version::Last {
        spare(&mut engine)?;
        given_back = before::since(&engine, job.since)?;
        engine.left.extend(given_back.iter().map(|entry| (entry.kind, entry.key.clone())));
    }
    guard(&engine, job.max_removed.unwrap_or(settings.max_removed))?;
    places(&mut engine, &scene)?;
    users(&mut engine, &mut export, &scene, job.outside)?;
    // No version is held while the rest goes on: all of it is in the scene.
    drop(export);
    groups::groups(&mut engine, &scene)?;
    groups::cohorts(&mut engine, &scene)?;
    enrol::enrol(&mut engine, &scene)?;
    groups::members(&mut engine, &scene)?;
    contexts(&mut engine, &scene)?;
    remove::remove(&mut engine, &scene)?;
    before::give_back(&mut engine, &given_back)?;
    engine.ledger.flush()?;
    let ended = job.moodle.calls();
    let calls = (ended.0 - begun.0, ended.1 - begun.1);
    Ok(Outcome { at: scene.at, schools: scene.schools, tally: engine.tally, calls })
}

/// Says of everything in the ledger whether the roster asks for it.
fn want(engine: &mut Engine<'_>, scene: &Scene) {
    let ledger = &mut engine.ledger;
    let person = |at: u32| &*scene.people[at as usize].id;
    scene.categories.iter().for_each(|place| ledger.want(What::Category.number(), &place.key));
    scene.courses.iter().for_each(|course| ledger.want(What::Course.number(), &course.key));
    scene.people.iter().for_each(|person| ledger.want(What::User.number(), &person.id));
    scene.groups.iter().for_each(|group| ledger.want(What::Group.number(), &group.key));
    scene.cohorts.iter().for_each(|cohort| ledger.want(What::Cohort.number(), &cohort.key));
    for tie in &scene.ties {
        let key = held(&scene.courses[tie.course as usize].key, person(tie.person), tie.role);
        ledger.want(What::Enrolment.number(), &key);
        if let Some(group) = tie.group {
            let key = join(&[&scene.groups[group as usize].key, person(tie.person)]);
            ledger.want(What::GroupMember.number(), &key);
        }
    }
    for (cohort, member) in &scene.members {
        let key = join(&[&scene.cohorts[*cohort as usize].key, person(*member)]);
        ledger.want(What::CohortMember.number(), &key);
    }
    for (student, agent, role) in &scene.kin {
        ledger.want(What::Guardian.number(), &held(person(*student), person(*agent), *role));
    }
    for (somebody, place, role) in &scene.staff {
        let key = held(&scene.categories[*place as usize].key, person(*somebody), *role);
        ledger.want(What::Staff.number(), &key);
    }
}

/// Taking a push back ends what we made, and leaves what others made: it may
/// have been taken over since.
fn spare(engine: &mut Engine<'_>) -> Result<(), Stop> {
    for entry in engine.ledger.in_state(State::Adopted.number())? {
        engine.ledger.want(entry.kind, &entry.key);
    }
    Ok(())
}

/// Holds a push that would end many: a short roster is no reason to.
fn guard(engine: &Engine<'_>, most: f64) -> Result<(), Stop> {
    let counts = engine.ledger_counts()?;
    for (ending, (of, word)) in
        remove::endings(engine)?.into_iter().zip([(counts[0], "accounts"), (counts[1], "enrolments")])
    {
        #[expect(clippy::cast_precision_loss, reason = "a share of people")]
        let share = ending as f64 * 100.0 / of.max(1) as f64;
        if ending > FEW && share > most {
            let message = format!(
                "held: {ending} of {of} {word} would be suspended or removed ({share:.0} %, more than {most} %)"
            );
            let hint =
                "look at it with: homeroom target push NAME --dry-run; if it is right, push with --max-removed 100";
            return Err(Stop { held: true, ..Stop::new(message, hint) });
        }
    }
    Ok(())
}

/// What is to be done for a thing that has a number.
struct Thing<'a> {
    what: What,
    key: &'a str,
    wish: &'a Wish,
}

impl Engine<'_> {
    /// How many accounts and enrolments stand.
    fn ledger_counts(&self) -> Result<[u64; 2], Stop> {
        Ok([self.ledger.count(What::User.number(), ENDED)?, self.ledger.count(What::Enrolment.number(), ENDED)?])
    }

    /// The task that makes a thing, or makes it what it shall be; whether it is
    /// new. None if nothing is to be done.
    fn settle_thing(&mut self, thing: &Thing<'_>) -> Result<Option<(Task, bool)>, Stop> {
        let Thing { what, key, wish } = *thing;
        if self.left.contains(&(what.number(), key.to_owned())) {
            return Ok(None);
        }
        let digest = wish.digest();
        let known = self.ledger.known(what.number(), key);
        let (sent, number, state, told) = match known {
            Some(known) if known.digest == digest => return Ok(None),
            Some(known) => {
                let before = if known.digest == ENDED { Vec::new() } else { self.ledger.parts(what.number(), key)? };
                let changed = wish.changed(&before);
                let told = Told::new(Did::Updated, what, key).fields(changed.names());
                let adopted = known.state == State::Adopted.number();
                (changed, known.number, if adopted { State::Adopted } else { State::Ours }, told)
            }
            None => (wish.clone(), 0, State::Ours, Told::new(Did::Created, what, key)),
        };
        let Some(mut fields) = self.fields(&sent) else {
            self.tell(&Told::new(Did::Skipped, what, key).why("what it stands in could not be made"));
            return Ok(None);
        };
        if known.is_some() {
            fields.insert(0, ("id", number.to_string()));
        }
        let after = After::Keep(state, digest, wish.parts());
        Ok(Some((Task { what, key: key.to_owned(), number, fields, after, told }, known.is_none())))
    }

    fn settle_things(&mut self, things: &[Thing<'_>], create: &Call, update: &Call) -> Result<(), Stop> {
        let (mut new, mut old) = (Vec::new(), Vec::new());
        for thing in things {
            match self.settle_thing(thing)? {
                Some((task, true)) => new.push(task),
                Some((task, false)) => old.push(task),
                None => {}
            }
        }
        self.run(create, new)?;
        self.run(update, old)
    }
}

/// Categories, those above first, and courses.
fn places(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    // One call for each level of the tree.
    let mut level: HashMap<&str, usize> = HashMap::new();
    let mut levels: Vec<Vec<Thing<'_>>> = Vec::new();
    for place in &scene.categories {
        let above = place.wish.0.iter().find_map(|(_, value)| match value {
            super::wish::Value::Of(What::Category, key) => level.get(key.as_str()).copied(),
            _ => None,
        });
        let at = above.map_or(0, |above| above + 1);
        level.insert(&place.key, at);
        levels.resize_with(levels.len().max(at + 1), Vec::new);
        levels[at].push(Thing { what: What::Category, key: &place.key, wish: &place.wish });
    }
    for things in &levels {
        engine.settle_things(things, &CREATE_CATEGORIES, &UPDATE_CATEGORIES)?;
    }
    let courses: Vec<_> =
        scene.courses.iter().map(|course| Thing { what: What::Course, key: &course.key, wish: &course.wish }).collect();
    engine.settle_things(&courses, &CREATE_COURSES, &UPDATE_COURSES)
}

/// Accounts, while the people are read once more.
fn users(engine: &mut Engine<'_>, export: &mut Export, scene: &Scene, outside: &dyn Outside) -> Result<(), Stop> {
    let (mut new, mut old) = (Vec::new(), Vec::new());
    let mut stopped = Ok(());
    export.rows(Kind::User, Which::Live, None, &mut |row| {
        let Some(person) = scene.person(row.sourced_id).map(|at| &scene.people[at as usize]) else { return true };
        let Some(user) = Record::unpack(Kind::User, row.sourced_id, row.packed) else { return true };
        stopped = user_task(engine, &user, person, outside).and_then(|task| {
            match task {
                Some((task, true)) => new.push(task),
                Some((task, false)) => old.push(task),
                None => {}
            }
            if new.len() >= engine.settings.batch {
                create_users(engine, std::mem::take(&mut new))?;
            }
            if old.len() >= engine.settings.batch {
                engine.run(&UPDATE_USERS, std::mem::take(&mut old))?;
            }
            Ok(())
        });
        stopped.is_ok()
    })?;
    stopped?;
    create_users(engine, new)?;
    engine.run(&UPDATE_USERS, old)
}

fn user_task(
    engine: &mut Engine<'_>,
    user: &Record,
    person: &super::scene::Person,
    outside: &dyn Outside,
) -> Result<Option<(Task, bool)>, Stop> {
    let told = |did| Told::new(did, What::User, &person.id);
    let known = engine.ledger.known(What::User.number(), &person.id);
    let wish = match people::wish(user, person, engine.settings) {
        Ok(wish) => wish,
        Err(why) => {
            engine.tell(&told(Did::Skipped).why(why));
            return Ok(None);
        }
    };
    match known {
        None if !person.enabled => {
            engine
                .tell(&told(Did::Skipped).why("may not sign in (enabledUser is false), and has no account to suspend"));
            return Ok(None);
        }
        Some(known) if known.number == engine.own && !engine.dry => {
            engine.tell(&told(Did::Skipped).why("has the account of the token, which is never written"));
            return Ok(None);
        }
        _ => {}
    }
    let thing = Thing { what: What::User, key: &person.id, wish: &wish };
    let Some((mut task, new)) = engine.settle_thing(&thing)? else { return Ok(None) };
    if new {
        let mut chance = [0; 16];
        outside
            .fill(&mut chance)
            .map_err(|error| Stop::new(format!("the system gives no chance: {error}"), "try again"))?;
        // Moodle creates nobody suspended.
        task.fields.retain(|(name, _)| *name != "suspended");
        task.fields.extend(engine.fields(&people::credentials(user, engine.settings, &chance)).unwrap_or_default());
    }
    Ok(Some((task, new)))
}

/// Makes accounts, but for people who have one that we did not make.
fn create_users(engine: &mut Engine<'_>, tasks: Vec<Task>) -> Result<(), Stop> {
    let mut there: HashMap<&'static str, HashSet<String>> = HashMap::new();
    for field in ["idnumber", "username", "email"] {
        let values: Vec<&str> = tasks.iter().map(|task| value(task, field)).collect();
        if values.is_empty() {
            return Ok(());
        }
        let found = recover::users(engine.moodle, field, &values)?;
        let text = |user: &Value| user[field].as_str().unwrap_or_default().to_lowercase();
        there.insert(field, found.iter().map(text).collect());
    }
    let mut new = Vec::with_capacity(tasks.len());
    for task in tasks {
        let same = |field: &&str| there[*field].contains(&value(&task, field).to_lowercase());
        match ["idnumber", "username", "email"].iter().find(|field| same(field)) {
            None => new.push(task),
            Some(field) => {
                let why = format!(
                    "an account with this {field} is in Moodle already; take it over with: homeroom target adopt"
                );
                engine.tell(&Told::new(Did::Skipped, What::User, &task.key).why(why));
            }
        }
    }
    let first = new.first().map(|task| task.key.clone());
    engine.run(&CREATE_USERS, new)?;
    // Who may not see people takes them for missing, and would make them again.
    if let Some(first) = first.filter(|_| !engine.dry && !engine.seen)
        && engine.number(What::User, &first).is_some()
    {
        if recover::users(engine.moodle, "idnumber", &[&first])?.is_empty() {
            let message = "the token cannot see the accounts that it made";
            let hint = "give the role of its account moodle/user:viewdetails, moodle/user:viewalldetails and \
                        moodle/site:viewuseridentity, and push again";
            return Err(Stop::new(message, hint));
        }
        engine.seen = true;
    }
    Ok(())
}

fn value<'a>(task: &'a Task, field: &str) -> &'a str {
    task.fields.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value.as_str())
}

/// Roles of agents in the contexts of their students, and of staff in
/// categories. Giving one that is there already changes nothing.
fn contexts(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let person = |at: u32| &*scene.people[at as usize].id;
    let kin = scene.kin.iter().map(|(student, agent, role)| (What::Guardian, person(*student), person(*agent), *role));
    let staff = scene.staff.iter().map(|(somebody, place, role)| {
        (What::Staff, scene.categories[*place as usize].key.as_str(), person(*somebody), *role)
    });
    let mut tasks = Vec::new();
    for (what, within, somebody, role) in kin.chain(staff) {
        let key = held(within, somebody, role);
        let known = engine.ledger.known(what.number(), &key);
        // What cannot be read there may be wanted once more.
        if known.is_some_and(|known| known.digest != UNKNOWN) {
            continue;
        }
        let (place, level) = if what == What::Guardian { (What::User, "user") } else { (What::Category, "coursecat") };
        let numbers = (engine.number(place, within), engine.number(What::User, somebody));
        let told = |did| Told::new(did, what, somebody).within(within);
        let (Some(at), Some(user)) = numbers else {
            engine.tell(&told(Did::Skipped).why("one of the two has no account"));
            continue;
        };
        let number = |name: &'static str, value: i64| (name, value.to_string());
        let level = ("contextlevel", level.to_owned());
        let fields = vec![number("roleid", role), number("userid", user), level, number("instanceid", at)];
        let after = After::Keep(State::Ours, 1, Vec::new());
        let did = if known.is_some() { Did::Updated } else { Did::Created };
        tasks.push(Task { what, key, number: 0, fields, after, told: told(did) });
    }
    engine.run(&ASSIGN, tasks)
}
