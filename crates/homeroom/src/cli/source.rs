//! `homeroom source`: where records are fetched, and fetching them.

mod precedence;
mod show;

use super::planned::Planned;
use super::setting::{Setting, who};
use super::turn::Wait;
use crate::grades::home;
use crate::interrupt;
use crate::output::{Failure, Status};
use crate::sync::rest::look;
use crate::sync::settings::{IDENTITY, Kind, SETTINGS};
use crate::sync::source::{NOTIFY_SECRET, Room, SECRET};
use crate::sync::state::State;
use crate::sync::{Came, Follow, Pulled, Puller, Source as Fetched, Wanted, fetching};
use crate::system::System;
use homeroom_store::access::Access;
use secrecy::SecretString;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where records are fetched, how and when: add, edit, list, show, test, pull,
/// precedence, remove
#[derive(Debug, clap::Subcommand)]
pub(super) enum Source {
    /// Add a source: a OneRoster provider, Clever, or packages in a folder or at an address
    #[command(after_long_help = settings())]
    Add {
        /// Its name, under which it owns its records
        name: String,
        /// What it is fetched from
        #[arg(long, value_parser = kind, value_name = "KIND")]
        kind: Kind,
        #[command(flatten)]
        given: Given,
    },
    /// Change settings of a source, or its secret
    #[command(after_long_help = settings())]
    Edit {
        /// Its name
        name: String,
        #[command(flatten)]
        given: Given,
    },
    /// List the sources
    List,
    /// Show a source: its settings, what the last fetch came to, when the next is due
    Show {
        /// Its name
        name: String,
    },
    /// Look whether a source can be reached and read, and what a provider can do;
    /// no record is written
    Test {
        /// Its name
        name: String,
    },
    /// Fetch a source now, and import what came
    ///
    /// Without --yes the plan is shown and, on a terminal, you are asked. What is
    /// there already and has not changed is not taken again. Ends with exit status
    /// 0 if it was applied or there was nothing new, 1 if it waits or could not be
    /// fetched, 2 if a package was rejected.
    Pull(Pull),
    /// Show which of several sources is right about what they all send, or set it
    ///
    /// A record that several sources send is made of what all of them say: of each
    /// field the first source of its order is heard that says something. Without
    /// an order that names both, a record belongs to the source that sent it first,
    /// and a run that brings it from another one is held.
    Precedence(precedence::Precedence),
    /// Fetch a source no more; its records stay in the roster
    Remove {
        /// Its name
        name: String,
    },
}

/// What is said of a source.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// Where it is; the same as --set url=URL
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where it gives tokens; the same as --set token-url=URL
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// By which name it knows us; the same as --set client-id=ID
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A file with its secret: of OAuth, a token, a password, a private key. It
    /// is kept sealed with the installation key
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// A file with the secret by which what is told of fetches is signed
    #[arg(long, value_name = "FILE")]
    notify_secret_file: Option<PathBuf>,
    /// A setting; an empty value takes it away; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Pull {
    /// Its name
    name: String,
    /// Fetch everything, be it known already or not
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    planned: Planned,
    #[command(flatten)]
    wait: Wait,
}

fn kind(text: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.map(Kind::word).join(", ");
    Kind::from_word(text).ok_or_else(|| format!("the kinds are {}", known()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| "write KEY=VALUE".to_owned())?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Every setting, for help.
fn settings() -> String {
    let mut text = "Settings:\n".to_owned();
    for setting in SETTINGS {
        let kinds: Vec<&str> = setting.kinds.iter().map(|kind| kind.word()).collect();
        let usual = if setting.usual.is_empty() { String::new() } else { format!(" [default: {}]", setting.usual) };
        let only = if kinds.len() == Kind::ALL.len() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        text.push_str(&format!("  {:<12} {}{only}{usual}\n", setting.key, setting.doc));
    }
    text
}

impl Given {
    fn pairs(&self) -> Vec<(String, String)> {
        let named = [("url", &self.url), ("token-url", &self.token_url), ("client-id", &self.client_id)];
        let named = named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        named.chain(self.set.iter().cloned()).collect()
    }

    fn secrets(&self) -> Result<Vec<(&'static str, SecretString)>, Failure> {
        let files = [(SECRET, &self.secret_file), (NOTIFY_SECRET, &self.notify_secret_file)];
        let given = files.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)));
        given.map(|(name, path)| Ok((name, secret(path)?))).collect()
    }
}

fn secret(path: &Path) -> Result<SecretString, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::usage(format!("the secret in {} is empty", path.display())));
    }
    Ok(SecretString::from(text))
}

impl Source {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Source::Add { name, kind, given } => add(setting, name, *kind, given),
            Source::Edit { name, given } => edit(setting, name, given),
            Source::List => show::list(setting),
            Source::Show { name } => show::one(setting, name),
            Source::Test { name } => test(setting, name),
            Source::Pull(pull) => pull.run(setting),
            Source::Precedence(precedence) => precedence.run(setting),
            Source::Remove { name } => remove(setting, name),
        }
    }
}

fn add(setting: &Setting, name: &str, kind: Kind, given: &Given) -> Result<Status, Failure> {
    let mut source = Fetched::new(name, kind, &given.pairs(), setting.now())?;
    let secrets = given.secrets()?;
    let roster = setting.roster()?;
    if roster.feeds()?.iter().any(|feed| feed.name == name) {
        return Err(Failure::refused(format!("there is a source {name} already"))
            .hint(format!("change it with: homeroom source edit {name}")));
    }
    let access = setting.access(&setting.database()?)?;
    source.seal(&access, &secrets, &System)?;
    home::check(&roster, &source, source.secret(&access, SECRET)?.as_ref())?;
    roster.keep_feed(&source.feed)?;
    note(&access, "source add", name, &said(kind.word(), given, &secrets))?;
    let text = format!(
        "The source {name} is there. Look at it with: homeroom source test {name}\nThen fetch it with: homeroom source pull {name}"
    );
    setting.output.result(&source.document(), &text)?;
    Ok(Status::Done)
}

fn edit(setting: &Setting, name: &str, given: &Given) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    let mut source = Fetched::open(&roster, name)?;
    let secrets = given.secrets()?;
    let access = setting.access(&setting.database()?)?;
    let before = source.feed.settings.clone();
    source.set(&given.pairs())?;
    source.seal(&access, &secrets, &System)?;
    if IDENTITY.iter().any(|key| before.get(*key) != source.feed.settings.get(*key)) {
        source.begin_afresh();
    }
    home::check(&roster, &source, source.secret(&access, SECRET)?.as_ref())?;
    roster.keep_feed(&source.feed)?;
    let before: Vec<String> = before.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let detail = format!("{}; before: {}", said("", given, &secrets), before.join(" "));
    note(&access, "source edit", name, &detail)?;
    setting.output.result(&source.document(), &show::text(&source))?;
    Ok(Status::Done)
}

/// What the audit keeps of what was said: never a secret.
fn said(kind: &str, given: &Given, secrets: &[(&'static str, SecretString)]) -> String {
    let mut parts: Vec<String> = Some(kind).filter(|kind| !kind.is_empty()).map(str::to_owned).into_iter().collect();
    parts.extend(given.pairs().into_iter().map(|(key, value)| format!("{key}={value}")));
    parts.extend(secrets.iter().map(|(name, _)| format!("{name} given")));
    parts.join(" ")
}

/// What the audit keeps of a source that is no more. Of secrets it says which
/// there were; of some that cannot be opened, that there were any.
fn was(source: &Fetched, access: &Access) -> String {
    let settings = source.feed.settings.iter().map(|(key, value)| format!("{key}={value}"));
    let given =
        [SECRET, NOTIFY_SECRET].into_iter().filter(|name| source.secret(access, name).is_ok_and(|s| s.is_some()));
    let mut secrets: Vec<String> = given.map(|name| format!("{name} given")).collect();
    if secrets.is_empty() && source.feed.sealed.is_some() {
        secrets.push("secrets given".to_owned());
    }
    [source.kind.word().to_owned()].into_iter().chain(settings).chain(secrets).collect::<Vec<_>>().join(" ")
}

fn note(access: &Access, action: &str, name: &str, detail: &str) -> Result<(), Failure> {
    Ok(access.audit().note(&who(), action, name, detail)?)
}

fn remove(setting: &Setting, name: &str) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    let source = Fetched::open(&roster, name)?;
    let access = setting.access(&setting.database()?)?;
    roster.remove_feed(source.name())?;
    let database = setting.database()?;
    // A fetch that is under way clears up after itself.
    if let Some(_turn) = fetching(&database, setting.tenant(), name)? {
        Room::of(&database, setting.tenant(), name, setting.room())?.clear()?;
    }
    note(&access, "source remove", name, &format!("before: {}", was(&source, &access)))?;
    let text = format!(
        "{name} is fetched no more. Its records stay in the roster, and packages can still be imported as theirs: homeroom import PACKAGE --source {name}"
    );
    setting.output.result(&json!({ "source": name, "removed": true }), &text)?;
    Ok(Status::Done)
}

/// A provider is asked what it can do, and that is kept with the source; of
/// packages, one is looked at whole.
fn test(setting: &Setting, name: &str) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    let source = Fetched::open(&roster, name)?;
    if source.kind != Kind::Oneroster {
        let (planned, wait) = (Planned::dry(), Wait::default());
        let pull = Pull { name: name.to_owned(), full: true, planned, wait };
        return pull.run(setting);
    }
    let access = setting.access(&setting.database()?)?;
    let report = look(&source, source.secret(&access, SECRET)?.as_ref())?;
    let mut state = State::of(&source.feed);
    state.profile = Some(report.profile());
    state.keep(&roster, name)?;
    setting.output.result(&show::probed(name, &report), &report.words().join("\n"))?;
    Ok(if report.collections.iter().any(|one| one.failure.is_none()) { Status::Done } else { Status::NotDone })
}

impl Pull {
    fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        let (roster, access) = (setting.roster()?, setting.access(&database)?);
        let source = Fetched::open(&roster, &self.name)?;
        crate::system::step_back();
        interrupt::mind(setting.output)?;
        let puller = Puller {
            database: &database,
            roster: &roster,
            access: &access,
            name: &self.planned.who(),
            who: &who(),
            room: setting.room(),
            patience: self.wait.patience(),
            clock: &|| setting.now(),
        };
        let mut watcher = self.planned.watcher(setting.output);
        let wanted = Wanted::by_hand(self.full, self.planned.dry_run, self.planned.max_removed);
        let done = puller.pull(&source, wanted, &mut watcher);
        watcher.progress.clear();
        let pulled = done.map_err(interrupt::cause)?;
        for note in &pulled.notes {
            setting.output.note(&format!("note: {note}"));
        }
        setting.output.result(&show::pulled(&self.name, &pulled), &show::pulled_text(&pulled, self.planned.dry_run))?;
        if pulled.moved() != [0; 3] {
            let follow = Follow { database: &database, roster: &roster, access: &access, who: &who() };
            follow.all(&mut |target, done, said| {
                let how = if done { "followed" } else { "could not follow" };
                setting.output.note(&format!("target {target} {how}: {said}"));
            })?;
        }
        Ok(self.status(&pulled))
    }

    /// The worst that a package came to.
    fn status(&self, pulled: &Pulled) -> Status {
        let of = |came: &Came| match came {
            Came::Failed(_) => Status::Refused,
            Came::Run(ended) => self.planned.status(ended.state),
        };
        let waits = pulled.waits.map(|_| Status::NotDone);
        let all: Vec<Status> = pulled.came.iter().map(of).chain(waits).collect();
        let worst = [Status::Refused, Status::NotDone].into_iter().find(|status| all.contains(status));
        worst.unwrap_or(Status::Done)
    }
}
