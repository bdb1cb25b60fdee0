//! `homeroom target`: where the roster is carried to.

use super::app::as_seen;
use super::ask;
use super::setting::{Setting, who};
use crate::output::{Failure, Status};
use crate::system::System;
use crate::targets::common::{self, State};
use crate::targets::{self, Adopt, At, Ended, Given, KINDS, Kind, Push, given};
use homeroom_store::access::Audit;
use homeroom_store::{Roster, Target as Stored, Turn};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the roster is carried to: Moodle, and sets of files
#[derive(Debug, clap::Subcommand)]
pub(super) enum Target {
    /// Add a target; nothing is carried there before a push
    Add {
        /// What people call it: letters, digits, - and _
        #[arg(value_parser = name)]
        name: String,
        /// What it is
        #[arg(long, value_parser = KINDS.iter().map(|kind| kind.name()).collect::<Vec<_>>())]
        kind: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// Change what is set for a target
    Edit {
        /// Its name
        name: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// List the targets
    List,
    /// Show what is set for a target, and what may be
    Show {
        /// Its name
        name: String,
    },
    /// Try the way to a target, and say what is missing; nothing is written
    Test {
        /// Its name
        name: String,
    },
    /// Carry the roster there: only what differs from the last push is sent
    Push {
        /// Its name
        name: String,
        /// Show what would be done, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write a line for each person and thing: created, updated (which
        /// fields), skipped (why)
        #[arg(short, long)]
        verbose: bool,
        /// Share of accounts or enrolments that may be ended, in percent, before
        /// the push is held
        #[arg(long, value_name = "PERCENT", value_parser = crate::intake::words::percent)]
        max_removed: Option<f64>,
        /// Ask the target what is there of what was sent, and say what differs; on
        /// a terminal you are asked whether it is to be repaired by a push. Ends
        /// with 1 if something differs and was not repaired
        #[arg(long, conflicts_with = "dry_run")]
        verify: bool,
        /// Repair what differs without asking
        #[arg(long, requires = "verify")]
        yes: bool,
    },
    /// Take the last push back: what it made is suspended or hidden, what it
    /// changed is as before. Without --yes the plan is shown and, on a terminal,
    /// you are asked
    Undo {
        /// Its name
        name: String,
        /// Show what would be done, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Take it back without asking
        #[arg(long)]
        yes: bool,
        /// Write a line for each person and thing
        #[arg(short, long)]
        verbose: bool,
    },
    /// Take over what is there already: it is known again by its identifiers
    Adopt {
        /// Its name
        name: String,
        /// By what people are known again: idnumber, username, email
        #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
        by: Vec<String>,
        /// What made it: enrol_oneroster, Moodle's own plugin
        #[arg(long, value_name = "WHAT")]
        from: Option<String>,
        /// Show what would be taken over, and keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a target here, and say what stays there
    Remove {
        /// Its name
        name: String,
    },
}

/// What is set.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Address of the target; short for --set url=URL
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A school by its sourcedId, or all; may be repeated; short for --set schools=ID,ID
    #[arg(long = "school", value_name = "ID")]
    schools: Vec<String>,
    /// A role there for one of OneRoster, such as parent=9 or aide=none; may be
    /// repeated; short for --set role.WORD=ROLE
    #[arg(long = "role", value_name = "WORD=ROLE", value_parser = pair)]
    roles: Vec<(String, String)>,
    /// Any setting; may be repeated; `homeroom target show` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A file with the secret of the target, a token, a password or a private key; or set HOMEROOM_TARGET_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file with the secret by which outcomes are signed that go to notify-url
    #[arg(long, value_name = "FILE")]
    notify_secret_file: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

fn name(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let good = !text.is_empty() && text.len() <= 64 && text.bytes().all(fits);
    good.then(|| text.to_owned())
        .ok_or_else(|| "a name has letters, digits, - and _, and at most 64 of them".to_owned())
}

impl Flags {
    /// Puts what was said into what is set.
    fn put(&self, given: &mut Given) {
        let mut put = |key: &str, value: &str| drop(given.insert(key.to_owned(), value.to_owned()));
        self.set.iter().for_each(|(key, value)| put(key, value));
        self.roles.iter().for_each(|(word, role)| put(&format!("role.{word}"), role));
        if let Some(url) = &self.url {
            put("url", url);
        }
        if !self.schools.is_empty() {
            put("schools", &self.schools.join(","));
        }
    }

    /// The secret of the webhook, sealed.
    fn hook(&self, setting: &Setting, name: &str) -> Result<Option<String>, Failure> {
        let Some(path) = &self.notify_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::usage("the file of --notify-secret-file is empty"));
        }
        let access = setting.access(&setting.database()?)?;
        targets::hook::seal(&access, name, &SecretString::from(text), &System).map(Some)
    }

    fn secret(&self) -> Result<Option<SecretString>, Failure> {
        let text = match &self.token_file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?,
            None => std::env::var("HOMEROOM_TARGET_TOKEN").unwrap_or_default(),
        };
        match text.trim() {
            "" if self.token_file.is_some() => Err(Failure::usage("the file of --token-file is empty")),
            "" => Ok(None),
            text => Ok(Some(SecretString::from(text))),
        }
    }
}

impl Target {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let roster = setting.roster()?;
        match self {
            Target::Add { name, kind, flags } => add(setting, &roster, name, targets::kind(kind)?, flags),
            Target::Edit { name, flags } => edit(setting, &roster, name, flags),
            Target::List => list(setting, &roster),
            Target::Show { name } => show(setting, &roster, &stored(&roster, name)?),
            Target::Test { name } => at(setting, &roster, name, true, |kind, at| {
                let ended = kind.test(at)?;
                setting.output.result(&ended.document, &ended.text)?;
                Ok(ended.status)
            }),
            Target::Push { name, dry_run, verbose, max_removed, verify: asked, yes } => {
                let how = (*dry_run, *verbose, *max_removed);
                at(setting, &roster, name, true, |kind, at| match asked {
                    true => verify(setting, &roster, kind, at, (*yes, *verbose, *max_removed)),
                    false => push(setting, &roster, kind, at, how),
                })
            }
            Target::Undo { name, dry_run, yes, verbose } => at(setting, &roster, name, true, |kind, at| {
                undo(setting, &roster, kind, at, (*dry_run, *yes, *verbose))
            }),
            Target::Adopt { name, by, from, dry_run } => {
                let how = Adopt { dry_run: *dry_run, by: by.clone(), from: from.clone() };
                at(setting, &roster, name, true, |kind, at| adopt(setting, kind, at, &how))
            }
            Target::Remove { name } => remove(setting, &roster, name),
        }
    }
}

fn stored(roster: &Roster, name: &str) -> Result<Stored, Failure> {
    roster.target(name)?.ok_or_else(|| {
        let message = format!("there is no target {name:?}");
        Failure {
            code: "not_found",
            message,
            hint: Some("see those that are with: homeroom target list".into()),
            status: 1,
        }
    })
}

/// Does something with a target, and with its secret if that is wanted.
fn at<T>(
    setting: &Setting,
    roster: &Roster,
    name: &str,
    opened: bool,
    act: impl FnOnce(&dyn Kind, &At<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let target = stored(roster, name)?;
    let secret = if target.sealed.is_empty() || !opened {
        None
    } else {
        let access = setting.access(&setting.database()?)?;
        let opened = access.key().unseal(&Stored::context(setting.tenant(), name), &target.sealed)?;
        Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned()))
    };
    let (kind, given, now) = (targets::kind(&target.kind)?, given(&target)?, setting.now());
    let zone = common::zone(roster, &given)?;
    let given = common::own(kind, &given, &zone);
    let sees = |app: &str| as_seen(setting, roster, app).map(|(_, seen)| seen);
    let output = setting.output;
    let at = At { roster, target: &target, given, zone, secret, sees: &sees, now, outside: &System, output };
    act(kind, &at)
}

fn seal(setting: &Setting, name: &str, secret: Option<&SecretString>) -> Result<Vec<u8>, Failure> {
    let Some(secret) = secret else { return Ok(Vec::new()) };
    let access = setting.access(&setting.database()?)?;
    let context = Stored::context(setting.tenant(), name);
    Ok(access.key().seal(&context, secret.expose_secret().as_bytes(), &System)?)
}

fn note(setting: &Setting, action: &str, name: &str, detail: &str) -> Result<(), Failure> {
    let audit = Audit::open(&setting.database()?, setting.tenant(), Arc::new(System))?;
    Ok(audit.note(&who(), action, &format!("target {name}"), detail)?)
}

fn add(setting: &Setting, roster: &Roster, name: &str, kind: &dyn Kind, flags: &Flags) -> Result<Status, Failure> {
    let mut given = Given::new();
    flags.put(&mut given);
    common::check(kind, &given)?;
    let secret = flags.secret()?;
    if let (Some(what), None) = (kind.secret(&given), &secret) {
        let hint = "give --token-file FILE, or set HOMEROOM_TARGET_TOKEN";
        return Err(Failure::usage(format!("{what} is missing")).hint(hint));
    }
    let secret = secret.filter(|_| kind.secret(&given).is_some());
    let target = Stored {
        name: name.to_owned(),
        kind: kind.name().to_owned(),
        settings: json!(given).to_string(),
        sealed: seal(setting, name, secret.as_ref())?,
        created: setting.now(),
        pushed: None,
        state: "{}".to_owned(),
    };
    let hook = flags.hook(setting, name)?;
    roster.add_target(&target)?;
    if hook.is_some() {
        State { hook, ..State::default() }.keep(roster, name)?;
    }
    note(setting, "target add", name, &target.settings)?;
    let text = format!("{name} is added; try it with: homeroom target test {name}");
    setting.output.result(&document(roster, &target)?, &text)?;
    Ok(Status::Done)
}

fn edit(setting: &Setting, roster: &Roster, name: &str, flags: &Flags) -> Result<Status, Failure> {
    let before = stored(roster, name)?;
    let kind = targets::kind(&before.kind)?;
    let mut given = given(&before)?;
    flags.put(&mut given);
    common::check(kind, &given)?;
    let secret = flags.secret()?.filter(|_| kind.secret(&given).is_some() && flags.token_file.is_some());
    let sealed = if secret.is_some() { seal(setting, name, secret.as_ref())? } else { before.sealed.clone() };
    let another = if secret.is_some() { "; another secret" } else { "" };
    let target = Stored { settings: json!(given).to_string(), sealed, ..before.clone() };
    let hook = flags.hook(setting, name)?;
    roster.edit_target(&target)?;
    if hook.is_some() {
        State { hook, ..State::of(&before) }.keep(roster, name)?;
    }
    note(setting, "target edit", name, &format!("{}{another}; before: {}", target.settings, before.settings))?;
    setting.output.result(&document(roster, &target)?, &format!("{name} is changed; the next push follows."))?;
    Ok(Status::Done)
}

fn list(setting: &Setting, roster: &Roster) -> Result<Status, Failure> {
    let all = roster.targets()?;
    let documents = all.iter().map(|target| document(roster, target)).collect::<Result<Vec<Value>, Failure>>()?;
    let mut text = String::new();
    for (target, document) in all.iter().zip(&documents) {
        let pushed = target.pushed.map_or("never pushed".to_owned(), |at| format!("last pushed: version of {at}"));
        let said = |member: &str, before: &str| document[member].as_str().map(|text| format!("; {before} {text}"));
        let next = said("next", "next").filter(|_| target.pushed.is_some()).unwrap_or_default();
        let last = document["last"]["came"].as_str().filter(|came| *came != "pushed");
        let last = last.map(|came| format!("; the last push {came}")).unwrap_or_default();
        let _ = writeln!(text, "{}  {}; {pushed}{last}{next}", target.name, target.kind);
    }
    if all.is_empty() {
        let kinds: Vec<String> = KINDS.iter().map(|kind| format!("{} ({})", kind.name(), kind.about())).collect();
        let _ = writeln!(text, "There are no targets; `homeroom target add` makes one: {}.", kinds.join(", "));
    }
    setting.output.result(&json!({ "targets": documents }), &text)?;
    Ok(Status::Done)
}

fn show(setting: &Setting, roster: &Roster, target: &Stored) -> Result<Status, Failure> {
    let (kind, given) = (targets::kind(&target.kind)?, given(target)?);
    let mut text = format!("{}: {}\n", target.name, kind.about());
    for key in common::keys(kind) {
        let value = given.get(key.name).map_or(key.default, String::as_str);
        let mark = if given.contains_key(key.name) { "*" } else { " " };
        let _ = writeln!(text, "{mark} {} = {value}    {}", key.name, key.about);
    }
    let others = given.iter().filter(|(name, _)| common::keys(kind).iter().all(|key| key.name != name.as_str()));
    for (name, value) in others {
        let _ = writeln!(text, "* {name} = {value}");
    }
    setting.output.result(&document(roster, target)?, &text)?;
    Ok(Status::Done)
}

/// A target without its secret.
fn document(roster: &Roster, target: &Stored) -> Result<Value, Failure> {
    let next = common::due(roster, target, target.created)?.and_then(|(_, next)| next);
    let last = State::of(target)
        .last
        .map(|last| json!({ "at": Timestamp(last.at).to_string(), "came": last.came, "said": last.said }));
    Ok(json!({
        "target": target.name,
        "kind": target.kind,
        "settings": given(target)?,
        "has_secret": !target.sealed.is_empty(),
        "created": target.created.to_string(),
        "pushed": target.pushed.map(|at| at.to_string()),
        "last": last,
        "next": next.map(|at| at.to_string()),
    }))
}

/// Only one writes to a target at a time.
fn turn(setting: &Setting, name: &str) -> Result<Turn, Failure> {
    Turn::take_of(&setting.database()?, setting.tenant(), &format!("target-{name}"))?.ok_or_else(|| {
        let message = format!("another push to {name} is under way");
        Failure { code: "busy", message, hint: Some("try again when it has ended".to_owned()), status: 1 }
    })
}

/// Carries, and writes or keeps a line for each thing if that is wanted.
fn carried(
    at: &At<'_>,
    (dry_run, verbose, max_removed): (bool, bool, Option<f64>),
    act: impl FnOnce(&mut Push<'_>) -> Result<Ended, Failure>,
) -> Result<Ended, Failure> {
    let mut kept = Vec::new();
    let mut out = anstream::stdout().lock();
    let mut lines = |line: &str| match (verbose, at.output.json) {
        (false, _) => {}
        (true, true) => kept.push(line.to_owned()),
        // Whoever closed the pipe has seen enough.
        (true, false) => drop(writeln!(out, "{line}")),
    };
    let ended = act(&mut Push { dry_run, max_removed, lines: &mut lines });
    drop(out);
    let mut ended = ended?;
    if verbose && at.output.json {
        ended.document["lines"] = json!(kept);
    }
    Ok(ended)
}

fn push(
    setting: &Setting,
    roster: &Roster,
    kind: &dyn Kind,
    at: &At<'_>,
    how: (bool, bool, Option<f64>),
) -> Result<Status, Failure> {
    let _turn = turn(setting, &at.target.name)?;
    let ended = pushed(setting, roster, kind, at, how)?;
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}

/// Pushes, and notes what came of it.
fn pushed(
    setting: &Setting,
    roster: &Roster,
    kind: &dyn Kind,
    at: &At<'_>,
    how: (bool, bool, Option<f64>),
) -> Result<Ended, Failure> {
    let ended = carried(at, how, |how| kind.push(at, how));
    if !how.0 {
        targets::note(roster, at.target, &ended, at.now)?;
    }
    let ended = ended?;
    if ended.pushed.is_some() {
        note(setting, "target push", &at.target.name, &ended.document["plan"].to_string())?;
    }
    Ok(ended)
}

/// Asks what is there, and mends it by a push if that is wanted.
fn verify(
    setting: &Setting,
    roster: &Roster,
    kind: &dyn Kind,
    at: &At<'_>,
    (yes, verbose, max_removed): (bool, bool, Option<f64>),
) -> Result<Status, Failure> {
    let _turn = turn(setting, &at.target.name)?;
    let mut shown = false;
    let (found, repaired) = kind.verify(at, &mut |found| {
        shown = !yes;
        if shown {
            setting.output.note(found.text.trim_end());
        }
        yes || ask::yes("Repair this by a push?")
    })?;
    if !repaired {
        let text = if shown && !setting.output.json { "Nothing was repaired; --yes does it.\n" } else { &found.text };
        setting.output.result(&found.document, text)?;
        return Ok(found.status);
    }
    let differs = found.document["differs"].as_array().map_or(0, Vec::len);
    note(setting, "target verify", &at.target.name, &format!("{differs} differ; repaired"))?;
    let ended = pushed(setting, roster, kind, at, (false, verbose, max_removed))?;
    let document = json!({ "verified": found.document, "push": ended.document });
    let before = if shown { "" } else { &found.text };
    setting.output.result(&document, &format!("{before}Repaired by a push:\n{}", ended.text))?;
    Ok(ended.status)
}

/// Takes the last push back, once its plan was seen.
fn undo(
    setting: &Setting,
    roster: &Roster,
    kind: &dyn Kind,
    at: &At<'_>,
    (dry_run, yes, verbose): (bool, bool, bool),
) -> Result<Status, Failure> {
    let _turn = turn(setting, &at.target.name)?;
    if !yes || dry_run {
        let ended = carried(at, (true, verbose && dry_run, None), |how| kind.undo(at, how))?;
        if dry_run {
            setting.output.result(&ended.document, &ended.text)?;
            return Ok(Status::Done);
        }
        setting.output.note(ended.text.trim_end());
        if !ask::yes("Take it back?") {
            let text = "Nothing was taken back; --yes does it.\n";
            setting.output.result(&ended.document, text)?;
            return Ok(Status::NotDone);
        }
    }
    let ended = carried(at, (false, verbose, None), |how| kind.undo(at, how));
    targets::note(roster, at.target, &ended, at.now)?;
    let ended = ended?;
    let detail = format!("the push of {}: {}", ended.document["undone"], ended.document["plan"]);
    note(setting, "target undo", &at.target.name, &detail)?;
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}

fn adopt(setting: &Setting, kind: &dyn Kind, at: &At<'_>, how: &Adopt) -> Result<Status, Failure> {
    let _turn = turn(setting, &at.target.name)?;
    let ended = kind.adopt(at, how)?;
    if !how.dry_run {
        note(setting, "target adopt", &at.target.name, &ended.document["adopted"].to_string())?;
    }
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}

fn remove(setting: &Setting, roster: &Roster, name: &str) -> Result<Status, Failure> {
    let _turn = turn(setting, name)?;
    let before = stored(roster, name)?;
    let stays = at(setting, roster, name, false, |kind, at| kind.stays(at))?;
    roster.remove_target(name)?;
    let secret = if before.sealed.is_empty() { "" } else { " and a secret" };
    let stay = if stays.is_empty() { String::new() } else { format!("stays there: {}; ", stays.join(", ")) };
    note(setting, "target remove", name, &format!("{stay}before: {} {}{secret}", before.kind, before.settings))?;
    let mut text = format!("{name} is removed here; nothing was changed there.\n");
    if !stays.is_empty() {
        let _ = writeln!(text, "These stay as they are, and nobody follows them any more:");
        for line in &stays {
            let _ = writeln!(text, "  {line}");
        }
    }
    setting.output.result(&json!({ "target": name, "removed": true, "stays": stays }), &text)?;
    Ok(Status::Done)
}
