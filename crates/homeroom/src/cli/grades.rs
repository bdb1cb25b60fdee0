//! `homeroom grades`: what applications wrote, on its way to the home of grades.

use super::Setting;
use super::planned::Planned;
use super::setting::who;
use super::turn::Wait;
use crate::admin::runs::ended as ended_document;
use crate::grades::moodle::{Reader, source_of};
use crate::grades::{Post, show};
use crate::intake::sentence;
use crate::interrupt;
use crate::output::{Failure, Status};
use crate::sync::Wanted;
use homeroom_store::{Forwards, Stand};
use serde_json::{Value, json};

/// So many are listed unless more are asked for.
const LISTED: u32 = 50;

/// Grades on their way to their home: list, push, pull, retry
#[derive(Debug, clap::Subcommand)]
pub(super) enum Grades {
    /// List what applications wrote and how it stands with the home of grades,
    /// the latest first
    List {
        /// Only what the home does not take
        #[arg(long, conflicts_with = "waiting")]
        refused: bool,
        /// Only what has still to go there
        #[arg(long)]
        waiting: bool,
        /// Only records of this sourcedId
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// How many
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        last: u32,
    },
    /// Carry what waits to the home of grades now; `homeroom serve` does so by
    /// itself
    Push {
        /// Also what applications wrote before there was a home of grades
        #[arg(long)]
        all: bool,
    },
    /// Read the grades of a Moodle into the roster, as line items and results of
    /// its classes
    ///
    /// Without --yes the plan is shown and, on a terminal, you are asked. They go to
    /// the home of grades, if there is one. Ends with exit status 0 if it was applied
    /// or there was nothing new, 1 if it waits, 2 if it was rejected.
    Pull(Pull),
    /// Let the home be asked again to take what it refused
    Retry {
        /// The sourcedId of a record
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Everything that it refused
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Pull {
    /// The target: a Moodle with grades=yes
    #[arg(long, value_name = "NAME")]
    target: String,
    #[command(flatten)]
    planned: Planned,
    #[command(flatten)]
    wait: Wait,
}

impl Grades {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Grades::List { refused, waiting, id, last } => list(setting, (*refused, *waiting), id.as_deref(), *last),
            Grades::Push { all } => push(setting, *all),
            Grades::Pull(pull) => pull.run(setting),
            Grades::Retry { id, .. } => retry(setting, id.as_deref()),
        }
    }
}

fn list(setting: &Setting, (refused, waiting): (bool, bool), id: Option<&str>, last: u32) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    let stand = refused.then_some(Stand::Refused).or(waiting.then_some(Stand::Waiting));
    let which = Forwards { stand, sourced_id: id, ..Forwards::default() };
    let (document, rows) = show::document(&roster, &which, last.into())?;
    let mut text = match document["home"].as_str() {
        Some(home) => format!("Grades go to {home}.\n"),
        None => {
            "No source is the home of grades; name one with: homeroom source edit NAME --set grades=home\n".to_owned()
        }
    };
    let of = |stand: Stand| document["standing"][stand.word()].as_u64().unwrap_or_default();
    text.push_str(&format!(
        "{} are there, {} wait, {} are refused.\n",
        of(Stand::There),
        of(Stand::Waiting),
        of(Stand::Refused)
    ));
    rows.iter().for_each(|row| text.push_str(&show::line(row)));
    if of(Stand::Refused) > 0 {
        text.push_str("Once the reason is gone, send refused ones again with: homeroom grades retry ID, or --all\n");
    }
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

fn push(setting: &Setting, all: bool) -> Result<Status, Failure> {
    let database = setting.database()?;
    let (roster, access) = (setting.roster()?, setting.access(&database)?);
    if roster.grades_home()?.is_none() {
        return Err(Failure::refused("no source is the home of grades")
            .hint("name one with: homeroom source edit NAME --set grades=home"));
    }
    let queued = if all { roster.forward_owned()? } else { 0 };
    // Whoever asks now does not want to wait.
    roster.retry_forwards(&Forwards { stand: Some(Stand::Waiting), ..Forwards::default() })?;
    let carried = Post { database: &database, roster: &roster, access: &access }.carry()?;
    let mut text = format!(
        "{} have come there, {} were refused, {} wait for another try.\n",
        carried.there, carried.refused, carried.waiting
    );
    if let Some(why) = &carried.stopped {
        text.push_str(&format!("The home does not answer: {why}\n"));
    }
    if carried.refused > 0 {
        text.push_str("See why with: homeroom grades list --refused\n");
    }
    let document = json!({
        "home": carried.home,
        "queued": queued,
        "there": carried.there,
        "refused": carried.refused,
        "waiting": carried.waiting,
        "stopped": carried.stopped,
    });
    setting.output.result(&document, &text)?;
    let done = carried.refused + carried.waiting == 0;
    Ok(if done { Status::Done } else { Status::NotDone })
}

fn retry(setting: &Setting, id: Option<&str>) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    let which = Forwards { stand: Some(Stand::Refused), sourced_id: id, ..Forwards::default() };
    let count = roster.retry_forwards(&which)?;
    if count == 0 {
        let told = id.map_or("nothing is refused".to_owned(), |id| format!("nothing of the sourcedId {id} is refused"));
        return Err(
            Failure { code: "not_found", ..Failure::refused(told) }.hint("see with: homeroom grades list --refused")
        );
    }
    let access = setting.access(&setting.database()?)?;
    access.audit().note(&who(), "grades retry", id.unwrap_or("all"), &format!("{count} records"))?;
    let text = format!("{count} are sent again; do it at once with: homeroom grades push");
    setting.output.result(&json!({ "waiting": count }), &text)?;
    Ok(Status::Done)
}

impl Pull {
    fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        let (roster, access) = (setting.roster()?, setting.access(&database)?);
        let target = roster.target(&self.target)?.ok_or_else(|| {
            let told = format!("there is no target {:?}", self.target);
            Failure { code: "not_found", ..Failure::refused(told) }
                .hint("see those that are with: homeroom target list")
        })?;
        crate::system::step_back();
        interrupt::mind(setting.output)?;
        let reader = Reader {
            database: &database,
            roster: &roster,
            access: &access,
            name: &self.planned.who(),
            who: &who(),
            patience: self.wait.patience(),
            clock: &|| setting.now(),
        };
        let mut watcher = self.planned.watcher(setting.output);
        let wanted = Wanted::by_hand(true, self.planned.dry_run, self.planned.max_removed);
        let done = reader.pull(&target, wanted, &mut watcher);
        watcher.progress.clear();
        let read = done.map_err(interrupt::cause)?;
        for note in &read.notes {
            setting.output.note(&format!("note: {note}"));
        }
        let (mut document, text) = match &read.ended {
            None => (json!({ "run": Value::Null, "state": "nothing" }), "There is nothing new.".to_owned()),
            Some(ended) => (ended_document(ended), sentence(ended, self.planned.dry_run)),
        };
        document["target"] = json!(self.target);
        document["source"] = json!(source_of(&self.target));
        document["courses"] = json!(read.courses);
        document["notes"] = json!(read.notes);
        setting.output.result(&document, &text)?;
        Ok(read.ended.map_or(Status::Done, |ended| self.planned.status(ended.state)))
    }
}
