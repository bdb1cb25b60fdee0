//! A push: one version of the roster compared with the ledger, and what differs
//! sent to Moodle, in the order in which one thing needs another.

use super::batch::Engine;
use super::check::{arrives_whole, check};
use super::job::{Job, Outcome, Version};
use super::keys::{held, join};
use super::scene::Scene;
use super::settings::Schools;
use super::told::{State, Stop, Tally, Told, What};
use super::wish::ENDED;
use super::{accounts, before, contexts, enrol, groups, people, recover, remove, shorts, things};
use crate::ledger::Ledger;
use hashbrown::HashSet;

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
        clashes: None,
        newcomers: None,
        seen: false,
    };
    for told in skipped {
        engine.tell(&told);
    }
    recover::recover(&mut engine, &scene)?;
    people::claims(&mut scene, &|id| engine.ledger.known(What::User.number(), id).is_some());
    shorts::settle(&mut scene, &engine.ledger.entries(What::Course.number())?);
    want(&mut engine, &scene);
    let mut given_back = Vec::new();
    if job.version != Version::Last {
        spare(&mut engine)?;
        given_back = before::since(&engine, job.since)?;
        engine.left.extend(given_back.iter().map(|entry| (entry.kind, entry.key.clone())));
    }
    guard(&engine, job.max_removed.unwrap_or(settings.max_removed))?;
    things::places(&mut engine, &scene)?;
    accounts::accounts(&mut engine, &mut export, &scene, job.outside)?;
    // No version is held while the rest goes on: all of it is in the scene.
    drop(export);
    groups::groups(&mut engine, &scene)?;
    groups::cohorts(&mut engine, &scene)?;
    enrol::enrol(&mut engine, &scene)?;
    groups::members(&mut engine, &scene)?;
    contexts::contexts(&mut engine, &scene)?;
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
    let standing = |what: What| engine.ledger.count(what.number(), ENDED);
    let counts = [standing(What::User)?, standing(What::Enrolment)?];
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
