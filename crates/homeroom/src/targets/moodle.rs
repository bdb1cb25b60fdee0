//! A Moodle as a target.

use super::history::{self, Pushed};
use super::{Adopt, At, Ended, Given, Key, Kind, Push};
use crate::output::{Failure, Status};
use homeroom_targets::moodle::{
    By, Did, Job, KEYS, Moodle as Client, Outcome, Settings, State, Tally, Told, Verified, Version, What, adopt, check,
    push, verify, words,
};
use oneroster::time::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// So many doubts are shown for people.
const SHOWN: usize = 20;

/// The kind.
pub(super) struct Moodle;

impl Kind for Moodle {
    fn name(&self) -> &'static str {
        "moodle"
    }

    fn about(&self) -> &'static str {
        "a Moodle, through its web services"
    }

    fn keys(&self) -> Vec<Key> {
        let role = Key {
            name: "role.WORD",
            default: "student=5, teacher=3",
            about: "Role of Moodle, by number or short name, for one of OneRoster; none: not mapped",
        };
        KEYS.iter().map(|key| Key { name: key.name, default: key.default, about: key.about }).chain([role]).collect()
    }

    fn secret(&self, _: &Given) -> Option<&'static str> {
        Some("the token of the web services")
    }

    fn check(&self, given: &Given) -> Result<(), Failure> {
        settings(given).map(drop)
    }

    fn test(&self, at: &At<'_>) -> Result<Ended, Failure> {
        let settings = settings(&at.given)?;
        let client = client(at, &settings)?;
        let checked = check(&client, &settings)?;
        let missing: Vec<&str> = checked.missing.iter().map(|function| function.name).collect();
        let mut text = format!("{}: Moodle {}, as {}\n", checked.site, checked.release, checked.account);
        for function in &checked.missing {
            let _ = writeln!(text, "missing: {} ({}); needs {}", function.name, function.about, function.capabilities);
        }
        if !missing.is_empty() {
            text.push_str(
                "Add these to the external service of the token: Site administration > Server > Web services.\n",
            );
        }
        for advice in &checked.advice {
            let _ = writeln!(text, "note: {advice}");
        }
        if missing.is_empty() {
            text.push_str("Everything that is needed may be called.\n");
        }
        let document = json!({
            "target": at.target.name,
            "site": checked.site,
            "release": checked.release,
            "account": checked.account,
            "missing": missing,
            "notes": checked.advice,
        });
        let status = if missing.is_empty() { Status::Done } else { Status::NotDone };
        Ok(Ended { document, text, status, pushed: None })
    }

    fn push(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure> {
        let settings = settings(&at.given)?;
        let client = client(at, &settings)?;
        let mut job = job(at, &settings, &client, how.dry_run);
        job.max_removed = how.max_removed;
        let mut courses = BTreeMap::new();
        let counts = at.roster.ledger_counts(&at.target.name)?;
        // What was taken over and not written yet is as others made it.
        let adopted = |(_, state, _): &(i64, i64, i64)| *state == State::Adopted.number();
        let first = at.target.pushed.is_none() && counts.iter().all(adopted);
        let outcome = push(&job, &mut |told: &Told| {
            (how.lines)(&told.line());
            count(&mut courses, told);
        });
        if client.calls().1 > 0 {
            let version = outcome.as_ref().ok().and_then(|outcome| outcome.at);
            history::remember(at.roster, &at.target.name, Pushed::of(at.now, &at.given, version), first)?;
        }
        let outcome = outcome?;
        if outcome.schools.is_empty() {
            return Ok(nothing(at, how.dry_run));
        }
        let state = if how.dry_run { "planned" } else { "pushed" };
        Ok(Ended { pushed: outcome.at.filter(|_| !how.dry_run), ..ended(at, state, &outcome, &courses) })
    }

    fn verify(&self, at: &At<'_>, resend: bool, yes: &mut dyn FnMut(&Ended) -> bool) -> Result<(Ended, bool), Failure> {
        let settings = settings(&at.given)?;
        let client = client(at, &settings)?;
        let job = job(at, &settings, &client, false);
        let (found, repaired) = verify(&job, resend, &mut |found| yes(&verified(at, found)))?;
        Ok((verified(at, &found), repaired))
    }

    fn undo(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure> {
        let (last, before) = history::last(at.target)?;
        let now = settings(&at.given)?;
        let mut then = if before.version.is_some() { settings(&before.settings)? } else { now.clone() };
        if then.url != now.url || settings(&last.settings)?.url != now.url {
            return Err(Failure::refused("the last push went to another site than the one that is set now")
                .hint("set its url again with: homeroom target edit NAME --url URL"));
        }
        (then.batch, then.variables) = (now.batch, now.variables);
        let client = client(at, &now)?;
        let mut job = job(at, &then, &client, how.dry_run);
        job.version = before.version.map_or(Version::Nothing, |version| Version::Earlier(Timestamp(version)));
        job.since = before.version.map_or(i64::MIN, |_| before.at);
        job.today = Timestamp(before.at).date_in(&then.zone);
        job.max_removed = Some(100.0);
        let mut courses = BTreeMap::new();
        let outcome = push(&job, &mut |told: &Told| {
            (how.lines)(&told.line());
            count(&mut courses, told);
        })?;
        if !how.dry_run {
            history::forget(at.roster, &at.target.name)?;
        }
        let state = if how.dry_run { "planned" } else { "undone" };
        let mut ended = ended(at, state, &outcome, &courses);
        let back = match before.version {
            Some(version) => format!("back to the version of {}", Timestamp(version)),
            None => "back to before the first push; what was made is suspended or hidden, and stays there".to_owned(),
        };
        let _ = writeln!(
            ended.text,
            "The push of {} {}: {back}.",
            Timestamp(last.at),
            if how.dry_run { "would be taken back" } else { "is taken back" }
        );
        if !how.dry_run {
            ended.text.push_str("The target follows no change until it is pushed by hand.\n");
        }
        ended.document["undone"] = json!(Timestamp(last.at).to_string());
        Ok(ended)
    }

    fn adopt(&self, at: &At<'_>, how: &Adopt) -> Result<Ended, Failure> {
        let settings = settings(&at.given)?;
        let client = client(at, &settings)?;
        if let Some(from) = how.from.as_deref().filter(|from| *from != "enrol_oneroster") {
            let message = format!("{from:?} is nothing whose work can be taken over");
            return Err(Failure::usage(message).hint("--from enrol_oneroster takes over what Moodle's own plugin made"));
        }
        let field = |word: &String| {
            let known = By::ALL.into_iter().find(|by| by.field() == word);
            known.ok_or_else(|| Failure::usage(format!("--by takes idnumber, username and email, not {word:?}")))
        };
        let mut by = how.by.iter().map(field).collect::<Result<Vec<By>, Failure>>()?;
        // What the plugin makes has the sourcedId as its idnumber.
        if by.is_empty() {
            by.push(By::IdNumber);
        }
        let adoption = adopt(&job(at, &settings, &client, how.dry_run), &by)?;
        let counts: Map<String, Value> = What::ALL
            .into_iter()
            .filter_map(|what| Some((what.name().to_owned(), json!(adoption.adopted.get(&what)?))))
            .collect();
        let would = if how.dry_run { "would be taken over" } else { "taken over" };
        let mut text = String::new();
        for (name, count) in &counts {
            let _ = writeln!(text, "{count} {} {would}", name.replace('_', " "));
        }
        if counts.is_empty() {
            text.push_str("Nothing was found that could be taken over.\n");
        }
        for (what, id, why) in adoption.doubts.iter().take(SHOWN) {
            let _ = writeln!(text, "in doubt: {} {id}: {why}", what.one());
        }
        if adoption.doubts.len() > SHOWN {
            let _ = writeln!(text, "and {} more in doubt; --json lists all", adoption.doubts.len() - SHOWN);
        }
        let doubt =
            |(what, id, why): &(What, String, String)| json!({ "what": what.one(), "sourced_id": id, "why": why });
        let doubts: Vec<Value> = adoption.doubts.iter().map(doubt).collect();
        let document = json!({ "target": at.target.name, "dry_run": how.dry_run, "adopted": counts, "doubts": doubts });
        Ok(Ended { document, text, status: Status::Done, pushed: None })
    }

    fn stays(&self, at: &At<'_>) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        for (kind, state, count) in at.roster.ledger_counts(&at.target.name)? {
            let Some(what) = What::of(kind) else { continue };
            let how = match state {
                state if state == State::Adopted.number() => "that were adopted",
                state if state == State::Ours.number() => "that were made",
                state if state == State::RoleOnly.number() => "of which the role was given",
                _ => continue,
            };
            lines.push(format!("{count} {} {how}", what.name().replace('_', " ")));
        }
        Ok(lines)
    }
}

fn settings(given: &Given) -> Result<Settings, Failure> {
    Settings::parse(given).map_err(|why| {
        let roles: Vec<_> = words().collect();
        Failure::usage(why).hint(format!("see homeroom target add --help; roles of OneRoster are {}", roles.join(", ")))
    })
}

fn client(at: &At<'_>, settings: &Settings) -> Result<Client, Failure> {
    let secret = at.secret.clone().ok_or_else(|| {
        Failure::usage("the target has no token").hint("give one with: homeroom target edit NAME --token-file FILE")
    })?;
    Ok(Client::new(&settings.url, secret))
}

fn job<'a>(at: &'a At<'a>, settings: &'a Settings, moodle: &'a Client, dry: bool) -> Job<'a> {
    Job {
        roster: at.roster,
        target: &at.target.name,
        moodle,
        settings,
        dry,
        max_removed: None,
        version: Version::Last,
        since: i64::MAX,
        today: at.now.date_in(&settings.zone),
        outside: at.outside,
    }
}

/// Counts what became of enrolments, course by course.
fn count(courses: &mut BTreeMap<String, Tally>, told: &Told) {
    if let (What::Enrolment, Some(course)) = (told.what, &told.within) {
        *courses.entry(course.clone()).or_default().0.entry((told.what, told.did)).or_default() += 1;
    }
}

fn nothing(at: &At<'_>, dry: bool) -> Ended {
    let text = "No school is chosen, so nothing was pushed; choose some with: homeroom target edit NAME --school ID\n";
    let document = json!({ "target": at.target.name, "state": "nothing", "reason": "no school is chosen" });
    let status = if dry { Status::Done } else { Status::NotDone };
    Ended { document, text: text.to_owned(), status, pushed: None }
}

fn ended(at: &At<'_>, state: &str, outcome: &Outcome, courses: &BTreeMap<String, Tally>) -> Ended {
    let mut text = String::new();
    if state == "planned" {
        for (course, tally) in courses {
            let _ = writeln!(text, "course {course}: {}", sums(tally, What::Enrolment));
        }
        text.push_str("It would be:\n");
    }
    let mut plan = Map::new();
    for what in What::ALL {
        let counts = counts(&outcome.tally, what);
        if !counts.is_empty() {
            let _ = writeln!(text, "{}: {}", what.name().replace('_', " "), sums(&outcome.tally, what));
            plan.insert(what.name().to_owned(), Value::Object(counts));
        }
    }
    if plan.is_empty() {
        text.push_str("Nothing has changed since the last push.\n");
    }
    let refused = outcome.tally.sum(Did::Refused);
    if refused > 0 {
        let _ = writeln!(text, "Moodle refused {refused}; -v says which and why.");
    }
    let of_course =
        |(course, tally): (&String, &Tally)| (course.clone(), Value::Object(counts(tally, What::Enrolment)));
    let document = json!({
        "target": at.target.name,
        "state": state,
        "version": outcome.at.map(|at| at.to_string()),
        "schools": outcome.schools,
        "plan": plan,
        "courses": courses.iter().map(of_course).collect::<Map<_, _>>(),
        "calls": { "all": outcome.calls.0, "writing": outcome.calls.1 },
    });
    Ended { document, text, status: Status::Done, pushed: None }
}

/// What was found at the target, and how it differs.
fn verified(at: &At<'_>, found: &Verified) -> Ended {
    let mut text = String::new();
    for differs in found.differs.iter().take(SHOWN) {
        let _ = writeln!(text, "{}", differs.line());
    }
    if found.differs.len() > SHOWN {
        let _ = writeln!(text, "and {} more; --json lists all", found.differs.len() - SHOWN);
    }
    for (what, looked) in &found.looked {
        let differ = found.differs.iter().filter(|differs| differs.what == *what).count();
        let word = if differ == 0 { "as they were sent".to_owned() } else { format!("{differ} differ") };
        let _ = writeln!(text, "{}: {looked} looked at, {word}", what.name().replace('_', " "));
    }
    let unseen: Vec<&str> = found.unseen.iter().map(|what| what.name()).collect();
    if !unseen.is_empty() {
        let names = unseen.join(", ").replace('_', " ");
        let _ = writeln!(text, "not looked at, for it cannot be read there: {names}");
    }
    for (what, count) in &found.again {
        let _ = writeln!(
            text,
            "{}: {count} to be sent again, for it cannot be asked whether they stand",
            what.name().replace('_', " ")
        );
    }
    let again: Map<String, Value> =
        found.again.iter().map(|(what, count)| (what.name().to_owned(), json!(count))).collect();
    let differs: Vec<Value> = found
        .differs
        .iter()
        .map(|one| {
            let how = if one.is_gone() { "gone" } else { "changed" };
            json!({ "what": one.what.one(), "sourced_id": one.id, "within": one.within, "how": how, "fields": one.fields })
        })
        .collect();
    let looked: Map<String, Value> =
        found.looked.iter().map(|(what, count)| (what.name().to_owned(), json!(count))).collect();
    let status = if differs.is_empty() { Status::Done } else { Status::NotDone };
    let document = json!({
        "target": at.target.name,
        "state": if differs.is_empty() { "as sent" } else { "differs" },
        "looked": looked,
        "differs": differs,
        "unseen": unseen,
        "again": again,
        "calls": { "all": found.calls, "writing": 0 },
    });
    Ended { document, text, status, pushed: None }
}

fn counts(tally: &Tally, what: What) -> Map<String, Value> {
    let counted = Did::ALL.into_iter().map(|did| (did, tally.of(what, did))).filter(|(_, count)| *count > 0);
    counted.map(|(did, count)| (did.word().to_owned(), json!(count))).collect()
}

fn sums(tally: &Tally, what: What) -> String {
    let counts: Vec<String> = counts(tally, what).iter().map(|(word, count)| format!("{count} {word}")).collect();
    counts.join(", ")
}
