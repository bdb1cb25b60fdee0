//! Taking over what is in Moodle already. Nothing is written there; the next
//! push makes it what the roster says.

use super::batch::Engine;
use super::check::check;
use super::job::Job;
use super::recover;
use super::scene::Scene;
use super::told::{State, Stop, Tally, What};
use super::wish::{UNKNOWN, Value as Wanted, Wish};
use super::{before, names, people, shorts};
use crate::ledger::Ledger;
use hashbrown::{HashMap, HashSet};
use homeroom_store::{Entry, Which};
use oneroster::model::Kind;
use oneroster::record::Record;
use serde_json::Value;

/// By what people are known again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum By {
    /// The sourcedId is their idnumber.
    IdNumber,
    /// They have the username that they would get.
    Username,
    /// They have the e-mail address.
    Email,
}

impl By {
    /// Every one, the surest first.
    pub const ALL: [By; 3] = [By::IdNumber, By::Username, By::Email];

    /// The field of Moodle.
    pub fn field(self) -> &'static str {
        match self {
            By::IdNumber => "idnumber",
            By::Username => "username",
            By::Email => "email",
        }
    }
}

/// What was taken over, and what is in doubt.
#[derive(Debug, Default)]
pub struct Adoption {
    /// When it was, in milliseconds.
    pub at: i64,
    /// How many of each kind were taken over.
    pub adopted: HashMap<What, u64>,
    /// What was found and not taken over: what, which, and why.
    pub doubts: Vec<(What, String, String)>,
}

/// Takes over what is in Moodle of what the roster asks for.
///
/// # Errors
/// As a push.
pub fn adopt(job: &Job<'_>, by: &[By]) -> Result<Adoption, Stop> {
    let checked = check(job.moodle, job.settings)?;
    if let Some(stop) = checked.to_enable() {
        return Err(stop);
    }
    let mut export = job.roster.export(None)?;
    let mut scene = Scene::read(&mut export, job.settings, job.today, &mut |_| {})?;
    let ledger = Ledger::open(job.roster, job.target, job.dry)?;
    let mut nobody = |_: &super::told::Told| {};
    let mut engine = Engine {
        moodle: job.moodle,
        settings: job.settings,
        ledger,
        dry: job.dry,
        own: checked.own,
        tally: Tally::default(),
        told: &mut nobody,
        made: HashSet::new(),
        left: HashSet::new(),
        clashes: None,
        newcomers: None,
        seen: false,
    };
    recover::recover(&mut engine, &scene)?;
    shorts::settle(&mut scene, &engine.ledger.entries(What::Course.number())?);
    let mut adoption = Adoption { at: job.outside.now().0, ..Adoption::default() };
    let categories = all(recover::ask(job.moodle, super::functions::CATEGORIES, &[])?);
    let wanted = scene.categories.iter().map(|place| (place.key.as_str(), &place.wish));
    take(&mut engine, &mut adoption, What::Category, wanted, &categories);
    let courses = recover::courses(job.moodle, "", "")?;
    let wanted = scene.courses.iter().map(|course| (course.key.as_str(), &course.wish));
    take(&mut engine, &mut adoption, What::Course, wanted, &courses);
    if !scene.cohorts.is_empty() {
        let cohorts = recover::cohorts(job.moodle)?;
        let wanted = scene.cohorts.iter().map(|place| (place.key.as_str(), &place.wish));
        take(&mut engine, &mut adoption, What::Cohort, wanted, &cohorts);
    }
    groups(&mut engine, &mut adoption, &scene)?;
    let mut some = Vec::new();
    let mut stopped = Ok(());
    export.rows(Kind::User, Which::Live, None, &mut |row| {
        let Some(person) = scene.person(row.sourced_id).map(|at| &scene.people[at as usize]) else { return true };
        if engine.ledger.known(What::User.number(), row.sourced_id).is_some() {
            return true;
        }
        if let Some(user) = Record::unpack(Kind::User, row.sourced_id, row.packed)
            && let Ok(wish) = people::wish(&user, person, job.settings)
        {
            some.push((person.id.to_string(), wish));
        }
        if some.len() >= job.settings.batch {
            stopped = users(&mut engine, &mut adoption, &std::mem::take(&mut some), by);
        }
        stopped.is_ok()
    })?;
    stopped?;
    users(&mut engine, &mut adoption, &some, by)?;
    engine.ledger.flush()?;
    Ok(adoption)
}

fn all(value: Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all,
        _ => Vec::new(),
    }
}

fn groups(engine: &mut Engine<'_>, adoption: &mut Adoption, scene: &Scene) -> Result<(), Stop> {
    for (place, course) in scene.courses.iter().enumerate() {
        let here = || scene.groups.iter().filter(|group| group.course as usize == place);
        let Some(number) = engine.number(What::Course, &course.key).filter(|number| *number > 0) else { continue };
        if here().next().is_some() {
            let there = recover::groups(engine.moodle, number)?;
            take(engine, adoption, What::Group, here().map(|group| (group.key.as_str(), &group.wish)), &there);
        }
    }
    Ok(())
}

fn text<'a>(wish: &'a Wish, field: &str) -> &'a str {
    wish.0.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| match value {
        Wanted::Text(text) => text,
        Wanted::Of(..) => "",
    })
}

impl Engine<'_> {
    fn take_over(&mut self, adoption: &mut Adoption, what: What, key: &str, there: &Value) -> Result<(), Stop> {
        let (kind, state, number) = (what.number(), State::Adopted.number(), there["id"].as_i64().unwrap_or_default());
        let (key, digest, parts) = (key.to_owned(), UNKNOWN, Vec::new());
        let before = before::kept(what, there, adoption.at);
        self.ledger.keep(Entry { kind, key, number, state, digest, parts, before });
        *adoption.adopted.entry(what).or_default() += 1;
        Ok(self.ledger.flush()?)
    }
}

/// Takes over things whose idnumber is that of one of ours.
fn take<'a>(
    engine: &mut Engine<'_>,
    adoption: &mut Adoption,
    what: What,
    wanted: impl Iterator<Item = (&'a str, &'a Wish)>,
    there: &[Value],
) {
    let mut by_id: HashMap<&str, Vec<&Value>> = HashMap::new();
    let mut by_short: HashMap<String, &Value> = HashMap::new();
    for one in there {
        let word = |name: &str| one[name].as_str().unwrap_or_default();
        by_id.entry(word("idnumber")).or_default().push(one);
        by_short.insert(word("shortname").to_lowercase(), one);
    }
    for (key, wish) in wanted {
        if engine.ledger.known(what.number(), key).is_some() {
            continue;
        }
        let doubt = |why: String| (what, key.to_owned(), why);
        match by_id.get(text(wish, "idnumber")).map(Vec::as_slice) {
            Some([one]) => {
                let taken = engine.take_over(adoption, what, key, one);
                if let Err(stop) = taken {
                    adoption.doubts.push(doubt(stop.message));
                }
            }
            Some(several) => adoption.doubts.push(doubt(format!("{} have this idnumber", several.len()))),
            None => {
                let short = text(wish, "shortname").to_lowercase();
                if let Some(one) = by_short.get(&short).filter(|_| !short.is_empty()) {
                    let why = format!("number {} has its short name, and another idnumber", one["id"]);
                    adoption.doubts.push(doubt(why));
                }
            }
        }
    }
}

/// Takes over accounts: the surest sign first, and none in doubt.
fn users(engine: &mut Engine<'_>, adoption: &mut Adoption, some: &[(String, Wish)], by: &[By]) -> Result<(), Stop> {
    let mut left: Vec<&(String, Wish)> = some.iter().collect();
    for sign in By::ALL.into_iter().filter(|_| !some.is_empty()) {
        let field = sign.field();
        let values: Vec<&str> = left.iter().map(|(_, wish)| text(wish, field)).collect();
        if values.is_empty() {
            break;
        }
        let found = recover::users(engine.moodle, field, &values)?;
        let mut next = Vec::new();
        for one in left {
            let (id, wish) = one;
            let same = |user: &&Value| user[field].as_str().unwrap_or_default().eq_ignore_ascii_case(text(wish, field));
            let fitting: Vec<&Value> = found.iter().filter(same).collect();
            match fitting.as_slice() {
                [] => next.push(one),
                [user] => match doubt(engine, user, wish, sign, by) {
                    None => engine.take_over(adoption, What::User, id, user)?,
                    Some(why) => adoption.doubts.push((What::User, id.clone(), why)),
                },
                several => {
                    let why = format!("{} accounts have this {field}", several.len());
                    adoption.doubts.push((What::User, id.clone(), why));
                }
            }
        }
        left = next;
    }
    Ok(())
}

/// Why an account is perhaps not that of the person.
fn doubt(engine: &Engine<'_>, user: &Value, wish: &Wish, sign: By, by: &[By]) -> Option<String> {
    let word = |name: &str| user[name].as_str().unwrap_or_default();
    let number = user["id"].as_i64().unwrap_or_default();
    let field = sign.field();
    if number == engine.own {
        return Some("it is the account of the token, which is never written".to_owned());
    }
    if sign != By::IdNumber && !word("idnumber").is_empty() && word("idnumber") != text(wish, "idnumber") {
        return Some(format!("account {number} has this {field}, but another idnumber"));
    }
    let same = |name: &str| names::name(word(name)).to_lowercase() == text(wish, name).to_lowercase();
    if !same("lastname") && !same("firstname") {
        return Some(format!("account {number} has this {field}, but another first and last name"));
    }
    (!by.contains(&sign)).then(|| format!("account {number} has this {field}; adopt it with --by {field}"))
}
