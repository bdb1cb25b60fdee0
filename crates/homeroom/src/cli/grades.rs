//! `homeroom grades`: what applications wrote, on its way to the home of grades.

use super::Setting;
use super::setting::who;
use crate::grades::{Post, show};
use crate::output::{Failure, Status};
use homeroom_store::{Forwards, Stand};
use serde_json::json;

/// So many are listed unless more are asked for.
const LISTED: u32 = 50;

/// Grades on their way to their home: list, push, retry
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

impl Grades {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Grades::List { refused, waiting, id, last } => list(setting, (*refused, *waiting), id.as_deref(), *last),
            Grades::Push { all } => push(setting, *all),
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
