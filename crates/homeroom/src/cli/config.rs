//! `homeroom config`: how the process is set up, and everything that is set of a
//! district as one document.

mod process;

use super::setting::{Setting, who};
use crate::admin::config::{Change, Configurer, Document, brief, read, write};
use crate::admin::{clear, turn};
use crate::output::{Failure, Status, whole_file};
use crate::people::settle;
use crate::system::System;
use homeroom_store::Roster;
use homeroom_store::access::Access;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another command that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many configurations are listed unless more are asked for.
const LISTED: i64 = 20;

/// How this process is set up, and all that is set of a district: show, check,
/// export, plan, apply, history
#[derive(Debug, clap::Subcommand)]
pub(super) enum Config {
    /// Show how this process is set up, and where each value comes from; secrets
    /// are never shown
    Show,
    /// Check it: whether the database can be used, and the installation key fits
    Check,
    /// Write all that is set of the district as one document: its time zone,
    /// guards, retention, cleansing, sources and which of them is right, targets,
    /// applications, those of other districts, issuers; no secrets
    Export {
        /// The file to write; without it, standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show what a document would change, and change nothing
    Plan {
        /// The document, in YAML or JSON; - reads standard input
        file: PathBuf,
        /// Remove what the sections of the document do not name, too
        #[arg(long)]
        prune: bool,
    },
    /// Apply a document in one step
    ///
    /// What it names is whole: a setting that it leaves out is as usual afterwards.
    /// What it does not name stays, unless --prune is given; a section that is not
    /// there is left alone. Secrets stay as they are, or are named by file or
    /// variable. Applied again, there is nothing to do.
    Apply {
        /// The document, in YAML or JSON; - reads standard input
        file: PathBuf,
        /// Remove what the sections of the document do not name, too
        #[arg(long)]
        prune: bool,
        /// Where applications reach the server, for the addresses that new ones
        /// are told
        #[arg(
            long,
            env = "HOMEROOM_PUBLIC_URL",
            hide_env_values = true,
            value_name = "URL",
            default_value = "http://127.0.0.1:8080"
        )]
        public_url: String,
    },
    /// Show what was applied, when and by whom
    History {
        /// How many
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        last: i64,
        /// Show all that was set after one of them, by its number
        #[arg(long, value_name = "NUMBER")]
        show: Option<i64>,
    },
}

impl Config {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Config::Show => process::show(setting),
            Config::Check => process::check(setting),
            Config::Export { output } => export(setting, output.as_deref()),
            Config::Plan { file, prune } => plan(setting, &given(file)?, *prune),
            Config::Apply { file, prune, public_url } => apply(setting, &given(file)?, *prune, public_url),
            Config::History { last, show } => history(setting, *last, *show),
        }
    }
}

/// The document of a file.
fn given(file: &Path) -> Result<Document, Failure> {
    let mut text = String::new();
    let read_in = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_string(&mut text).map(drop),
        false => std::fs::read_to_string(file).map(|all| text = all),
    };
    read_in.map_err(|error| Failure::unreadable(format!("{} cannot be read: {error}", file.display())))?;
    read(&text).map_err(|failure| Failure { message: format!("{}: {}", file.display(), failure.message), ..failure })
}

/// Acts as the person who types.
fn act<T>(
    setting: &Setting,
    access: Option<&Access>,
    base: &str,
    act: impl FnOnce(&Configurer<'_>, &Roster) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let roster = setting.roster()?;
    let rosters = |tenant: Option<&str>| setting.rosters(tenant);
    let configurer = Configurer {
        roster: &roster,
        access,
        who: &who(),
        by: None,
        rosters: &rosters,
        outside: &System,
        now: setting.now(),
        secrets: true,
        base,
        settle: &|orders| {
            let _turn = turn(&setting.database()?, setting.tenant(), PATIENCE, &mut || {})?;
            clear(&roster, setting.now())?;
            setting.office(&roster, |office| settle(office, orders))
        },
    };
    act(&configurer, &roster)
}

fn export(setting: &Setting, output: Option<&Path>) -> Result<Status, Failure> {
    let access = setting.access_if_any()?;
    let document = act(setting, access.as_ref(), "", |by, _| by.export())?;
    let text = write(&document)?;
    if let Some(path) = output {
        whole_file(path, |out| Ok(out.write_all(text.as_bytes())?))?;
        let done = format!("Written to {}; it holds no secrets.", path.display());
        setting.output.result(&json!({ "written": path.display().to_string() }), &done)?;
        return Ok(Status::Done);
    }
    setting.output.result(&json!(document), &text)?;
    Ok(Status::Done)
}

fn lines(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("{}\n", change.line())).collect()
}

fn documents(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(Change::document).collect()
}

fn plan(setting: &Setting, document: &Document, prune: bool) -> Result<Status, Failure> {
    let access = setting.access_if_any()?;
    let planned = act(setting, access.as_ref(), "", |by, _| by.plan(document, prune))?;
    let text = match planned.changes.as_slice() {
        [] => "There is nothing to do.".to_owned(),
        changes => format!("{}\nNothing was changed. Do it with: homeroom config apply FILE", lines(changes)),
    };
    setting.output.result(&json!({ "changes": documents(&planned.changes) }), &text)?;
    Ok(Status::Done)
}

fn apply(setting: &Setting, document: &Document, prune: bool, url: &str) -> Result<Status, Failure> {
    let access = setting.access(&setting.database()?)?;
    let base = url.trim_end_matches('/');
    let applied = act(setting, Some(&access), base, |by, _| by.apply(by.plan(document, prune)?))?;
    let Some(id) = applied.id else {
        setting.output.result(&json!({ "configuration": null, "changes": [] }), "There is nothing to do.")?;
        return Ok(Status::Done);
    };
    let mut text = format!("{}\nConfiguration {id} is applied.", lines(&applied.changes));
    for made in &applied.made {
        let part = |name: &str| made[name].as_str().unwrap_or_default();
        text.push_str(&format!(
            "\nThe application {} is new. Its secret is shown this one time:\n  client id      {}\n  client secret  {}\n  token URL      {}",
            part("app"), part("client_id"), part("client_secret"), part("token_url")
        ));
    }
    let document = json!({ "configuration": id, "changes": documents(&applied.changes), "made": applied.made });
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

fn history(setting: &Setting, last: i64, show: Option<i64>) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    if let Some(id) = show {
        let all = roster.configured(i64::MAX)?;
        let kept = all.into_iter().find(|kept| kept.id == id).ok_or_else(|| Failure {
            code: "not_found",
            message: format!("there is no configuration {id}"),
            hint: Some("see what was applied with: homeroom config history".to_owned()),
            status: 1,
        })?;
        let mut document = brief(&kept);
        document["document"] = json!(kept.document);
        setting.output.result(&document, &kept.document)?;
        return Ok(Status::Done);
    }
    let all = roster.configured(last)?;
    let mut text = String::new();
    for kept in &all {
        let changes: Vec<Value> = serde_json::from_str(&kept.changes).unwrap_or_default();
        text.push_str(&format!("{:>5}  {}  {}  {} changes\n", kept.id, kept.at, kept.who, changes.len()));
    }
    if all.is_empty() {
        text = "Nothing was applied as a whole yet.".to_owned();
    }
    setting.output.result(&json!({ "history": all.iter().map(brief).collect::<Vec<_>>() }), &text)?;
    Ok(Status::Done)
}
