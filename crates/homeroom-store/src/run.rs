//! Runs: every intake of a package and every undo, as it is kept.

use crate::intake::{Cell, Plan};
use crate::work::{Work, number, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The states of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// Its records are being fetched.
    Pulling,
    /// Its package is being judged and compared.
    Planning,
    /// Compared and shown, waiting for consent.
    Planned,
    /// A guard stopped it.
    Held,
    /// It is being written.
    Applying,
    /// Written.
    Applied,
    /// Refused whole, or by a person.
    Rejected,
    /// A newer package of the same source came before anybody approved it.
    Superseded,
    /// Written, and taken back by a later run.
    Undone,
    /// Broken off by an error.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: [RunState; 11] = [
        RunState::Queued,
        RunState::Pulling,
        RunState::Planning,
        RunState::Planned,
        RunState::Held,
        RunState::Applying,
        RunState::Applied,
        RunState::Rejected,
        RunState::Superseded,
        RunState::Undone,
        RunState::Failed,
    ];

    /// The word of the contract.
    pub const fn word(self) -> &'static str {
        match self {
            RunState::Queued => "queued",
            RunState::Pulling => "pulling",
            RunState::Planning => "planning",
            RunState::Planned => "planned",
            RunState::Held => "held",
            RunState::Applying => "applying",
            RunState::Applied => "applied",
            RunState::Rejected => "rejected",
            RunState::Superseded => "superseded",
            RunState::Undone => "undone",
            RunState::Failed => "failed",
        }
    }

    /// Whether a person may still approve it.
    pub const fn waits(self) -> bool {
        matches!(self, RunState::Planned | RunState::Held)
    }

    fn from_word(word: &str) -> Option<RunState> {
        RunState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What a run does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// It brings a package.
    #[default]
    Import,
    /// It takes an earlier run back.
    Undo,
    /// It makes one of people that were two.
    Merge,
    /// It makes two of a person again.
    Part,
    /// It makes what several sources send anew, by another precedence.
    Settle,
}

impl Deed {
    fn from_word(word: &str) -> Deed {
        let all = [Deed::Undo, Deed::Merge, Deed::Part, Deed::Settle];
        all.into_iter().find(|deed| deed.word() == word).unwrap_or_default()
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Deed::Import => "import",
            Deed::Undo => "undo",
            Deed::Merge => "merge",
            Deed::Part => "part",
            Deed::Settle => "settle",
        }
    }
}

/// How many records of a kind a run moves at one school.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Shift {
    /// New records, and tombstones that return.
    pub added: u64,
    /// Records whose content differs.
    pub changed: u64,
    /// Records that go.
    pub removed: u64,
}

/// What a run means for each school: by the school's sourcedId, then by the
/// base name of the file. A person counts at each of their schools.
pub type Schools = BTreeMap<String, BTreeMap<String, Shift>>;

/// What is kept of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number, if it has one already.
    pub id: Option<i64>,
    /// What it does.
    pub deed: Deed,
    /// The run that it takes back.
    pub undoes: Option<i64>,
    /// The number of the source.
    pub source: u32,
    /// How it stands.
    pub state: RunState,
    /// Why it did not end as applied, in a sentence.
    pub reason: Option<String>,
    /// Every guard that held it, a sentence each.
    pub guards: Vec<String>,
    /// The name of the package, without its folder.
    pub package: String,
    /// A digest of the package's bytes.
    pub digest: String,
    /// The package's version of OneRoster.
    pub oneroster: String,
    /// When the package was made, if it says so.
    pub dated: Option<Timestamp>,
    /// What was asked for, as a JSON object of the caller's.
    pub request: String,
    /// When it began.
    pub started: Timestamp,
    /// When its plan was known.
    pub planned: Option<Timestamp>,
    /// When it was approved, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The instant at which its changes became visible.
    pub published: Option<Timestamp>,
    /// What it changed or would have changed.
    pub plan: Plan,
    /// The same for each school.
    pub schools: Schools,
    /// A digest of the changes, to tell whether a plan is still the same.
    pub changes: Option<String>,
    /// How many findings of each severity, as a JSON object.
    pub findings: String,
    /// What was done to the records before they were compared, as a JSON list
    /// of the caller's.
    pub effects: String,
}

impl Run {
    /// A run of a source that begins.
    pub fn begun(source: u32, started: Timestamp) -> Run {
        Run {
            id: None,
            deed: Deed::Import,
            undoes: None,
            source,
            state: RunState::Planning,
            reason: None,
            guards: Vec::new(),
            package: String::new(),
            digest: String::new(),
            oneroster: String::new(),
            dated: None,
            request: "{}".into(),
            started,
            planned: None,
            approved: None,
            finished: None,
            published: None,
            plan: Plan::default(),
            schools: Schools::new(),
            changes: None,
            findings: "{}".into(),
            effects: "[]".into(),
        }
    }
}

/// What came of writing a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its number.
    pub run: i64,
    /// The instant of its publication; none if nothing was changed.
    pub published: Option<Timestamp>,
}

/// The columns of a run, as [`read`] takes them.
const COLUMNS: &str = "id, deed, undoes, source, state, reason, package, digest, oneroster, dated, request, started, \
                       planned, approved, approver, finished, published, plan, schools, changes, findings, guards, \
                       effects";

/// Keeps a run as it stands: a new one, or one that has its number. To be
/// called within a transaction. What its coming means for other runs is kept
/// with it.
pub(crate) fn keep(work: &mut Work<'_>, run: &Run, published: Option<i64>) -> Result<i64> {
    let id = match run.id {
        Some(id) => id,
        None => work.next_run()?,
    };
    let (plan, schools, guards) = (json(&run.plan)?, json(&run.schools)?, json(&run.guards)?);
    let instant = |at: Option<Timestamp>| at.map_or(Cell::Null, |at| Cell::Whole(at.0));
    let (approved, approver) = run.approved.as_ref().map_or((None, None), |(at, who)| (Some(*at), Some(who.as_str())));
    let values = [
        Cell::Whole(id),
        Cell::Text(run.deed.word()),
        run.undoes.map_or(Cell::Null, Cell::Whole),
        Cell::Whole(run.source.into()),
        Cell::Text(run.state.word()),
        run.reason.as_deref().map_or(Cell::Null, Cell::Text),
        Cell::Text(&run.package),
        Cell::Text(&run.digest),
        Cell::Text(&run.oneroster),
        instant(run.dated),
        Cell::Text(&run.request),
        Cell::Whole(run.started.0),
        instant(run.planned),
        instant(approved),
        approver.map_or(Cell::Null, Cell::Text),
        instant(run.finished),
        published.map_or(Cell::Null, Cell::Whole),
        Cell::Text(&plan),
        Cell::Text(&schools),
        run.changes.as_deref().map_or(Cell::Null, Cell::Text),
        Cell::Text(&run.findings),
        Cell::Text(&guards),
        Cell::Text(&run.effects),
    ];
    let (column, value) = work.first();
    let marks: Vec<String> = (1..=values.len()).map(|i| format!("?{i}")).collect();
    let sets: Vec<String> = COLUMNS.split(", ").skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO runs ({column}{COLUMNS}) VALUES ({value}{}) ON CONFLICT ({column}id) DO UPDATE SET {}",
        marks.join(", "),
        sets.join(", ")
    );
    work.execute(&sql, &values)?;
    tell_others(work, run, id)?;
    Ok(id)
}

/// A newer package supersedes those of its source that still wait; what is
/// taken back is undone, and what took it back before holds no longer.
fn tell_others(work: &mut Work<'_>, run: &Run, id: i64) -> Result<()> {
    let own = work.own("runs");
    if run.deed == Deed::Import && matches!(run.state, RunState::Planned | RunState::Held | RunState::Applied) {
        let sql = format!(
            "UPDATE runs SET state = 'superseded', reason = ?1 \
             WHERE {own} source = ?2 AND id < ?3 AND state IN ('planned', 'held')"
        );
        let reason = format!("run {id} brought a newer package of the same source");
        work.execute(&sql, &[Cell::Text(&reason), Cell::Whole(run.source.into()), Cell::Whole(id)])?;
    }
    if let (RunState::Applied, Some(undone)) = (run.state, run.undoes) {
        let sql = format!("UPDATE runs SET state = 'undone', reason = ?1 WHERE {own} id = ?2");
        work.execute(&sql, &[Cell::Text(&format!("run {id} took it back")), Cell::Whole(undone)])?;
        // To take an undo back is to bring back what it took.
        let sql = format!(
            "UPDATE runs SET state = 'applied', reason = NULL WHERE {own} state = 'undone' \
             AND id = (SELECT undoes FROM runs WHERE {own} id = ?1)"
        );
        work.execute(&sql, &[Cell::Whole(undone)])?;
    }
    Ok(())
}

/// The columns where what a run meant for each school is not asked for.
fn without_schools() -> String {
    COLUMNS.replace(" schools,", " '{}',")
}

/// One run.
pub(crate) fn one(work: &mut Work<'_>, id: i64) -> Result<Option<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE {} id = ?1", work.own("runs"));
    Ok(some(work, &sql, &[Cell::Whole(id)])?.pop())
}

/// The latest runs, the last one first, without their schools.
pub(crate) fn latest(work: &mut Work<'_>, most: i64) -> Result<Vec<Run>> {
    let (columns, own) = (without_schools(), work.own("runs"));
    let sql = format!("SELECT {columns} FROM runs WHERE {own} id > 0 ORDER BY id DESC LIMIT ?1");
    some(work, &sql, &[Cell::Whole(most)])
}

/// The runs of a source whose packages the roster stands on, the last first,
/// without their schools. If what a package brought was taken back, it does not
/// count that it came again without changing anything.
pub(crate) fn applied(work: &mut Work<'_>, source: u32, most: i64) -> Result<Vec<Run>> {
    let sql = format!(
        "SELECT {} FROM runs WHERE {} source = ?1 AND deed = 'import' AND state = 'applied' \
         AND (published IS NOT NULL OR NOT EXISTS (SELECT 1 FROM runs AS u WHERE {} u.source = ?1 \
         AND u.state = 'undone' AND u.digest = runs.digest)) ORDER BY id DESC LIMIT ?2",
        without_schools(),
        work.own("runs"),
        work.own("u")
    );
    some(work, &sql, &[Cell::Whole(source.into()), Cell::Whole(most)])
}

/// Ends runs that nobody is at any more; to be called by who has the turn.
pub(crate) fn break_off(work: &mut Work<'_>, now: Timestamp) -> Result<Vec<i64>> {
    let own = work.own("runs");
    let mut lost = Vec::new();
    let open = "state IN ('queued', 'pulling', 'planning', 'applying')";
    work.query(&format!("SELECT id FROM runs WHERE {own} {open}"), &[], &mut |row| {
        lost.push(whole(row, 0)?);
        Ok(())
    })?;
    if !lost.is_empty() {
        let reason = "it was broken off before its end; the roster stayed as it was";
        let sql = format!("UPDATE runs SET state = 'failed', reason = ?1, finished = ?2 WHERE {own} {open}");
        work.execute(&sql, &[Cell::Text(reason), Cell::Whole(now.0)])?;
    }
    Ok(lost)
}

fn some(work: &mut Work<'_>, sql: &str, values: &[Cell<'_>]) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    work.query(sql, values, &mut |row| {
        runs.push(read(row)?);
        Ok(())
    })?;
    Ok(runs)
}

fn read(row: &[Cell<'_>]) -> Result<Run> {
    let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
    let instant = |place| Ok::<_, Error>(number(row, place)?.map(Timestamp));
    let strange = || Error::new(ErrorKind::Unusable, "a run was kept by a later version of this program");
    let approver = text(row, 14)?.map(str::to_owned);
    Ok(Run {
        id: number(row, 0)?,
        deed: Deed::from_word(&word(1)?),
        undoes: number(row, 2)?,
        source: u32::try_from(whole(row, 3)?).map_err(|_| strange())?,
        state: RunState::from_word(&word(4)?).ok_or_else(strange)?,
        reason: text(row, 5)?.map(str::to_owned),
        package: word(6)?,
        digest: word(7)?,
        oneroster: word(8)?,
        dated: instant(9)?,
        request: word(10)?,
        started: Timestamp(whole(row, 11)?),
        planned: instant(12)?,
        approved: instant(13)?.zip(approver),
        finished: instant(15)?,
        published: instant(16)?,
        plan: serde_json::from_str(&word(17)?).map_err(|_| strange())?,
        schools: serde_json::from_str(&word(18)?).map_err(|_| strange())?,
        changes: text(row, 19)?.map(str::to_owned),
        findings: word(20)?,
        guards: serde_json::from_str(&word(21)?).map_err(|_| strange())?,
        effects: word(22)?,
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::caused(ErrorKind::Internal, "the plan cannot be written", e))
}
