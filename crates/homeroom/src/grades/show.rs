//! Grades on their way, shown.

use homeroom_store::{Forward, Forwards, Roster, Stand, Standing};
use oneroster::model::Kind;
use oneroster::time::Timestamp;
use serde_json::{Map, Value, json};

/// One record, as documents show it.
pub fn one(row: &Forward) -> Value {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let next = (row.stand == Stand::Waiting && row.due.0 > 0).then_some(row.due);
    json!({
        "kind": row.kind.entity().name,
        "sourced_id": row.sourced_id,
        "author": row.author,
        "deleted": row.gone,
        "state": row.stand.word(),
        "written": row.version.to_string(),
        "sent": instant(row.sent),
        "arrived": instant(row.arrived),
        "tried": instant(row.tried),
        "tries": row.tries,
        "next": instant(next),
        "status": row.status,
        "said": row.said,
    })
}

/// How all of them stand.
pub fn standing(all: &[Standing]) -> Value {
    let count = |stand: Stand| all.iter().find(|standing| standing.stand == stand).map_or(0, |standing| standing.count);
    let mut counts: Map<String, Value> =
        Stand::ALL.into_iter().map(|stand| (stand.word().to_owned(), json!(count(stand)))).collect();
    let oldest =
        all.iter().find(|standing| standing.stand == Stand::Waiting).map(|standing| standing.since.to_string());
    counts.insert("oldest_waiting".to_owned(), json!(oldest));
    Value::Object(counts)
}

/// The document of those that are wanted, and the rows.
///
/// # Errors
/// As the store says.
pub fn document(roster: &Roster, which: &Forwards<'_>, most: i64) -> homeroom_store::Result<(Value, Vec<Forward>)> {
    let rows = roster.forwards(which, most)?;
    let document = json!({
        "home": roster.grades_home()?,
        "standing": standing(&roster.forwards_standing()?),
        "grades": rows.iter().map(one).collect::<Vec<_>>(),
    });
    Ok((document, rows))
}

/// One record for people, in a line.
pub fn line(row: &Forward) -> String {
    let Forward { kind, sourced_id, author, .. } = row;
    let what = if row.gone { "deletion of " } else { "" };
    let mut line = format!("{:<8}  {what}{} {sourced_id}, by {author}", row.stand.word(), kind.entity().name);
    if let Some(said) = &row.said {
        line.push_str(&format!(": {said}"));
    }
    if row.stand == Stand::Waiting && row.tries > 0 {
        line.push_str(&format!(" (tried {} times, next {})", row.tries, row.due));
    }
    line.push('\n');
    line
}

/// The kind of a word, in the singular or plural, if grades of it are forwarded.
pub fn kind(word: &str) -> Option<Kind> {
    let named = |kind: &Kind| [kind.entity().name, kind.entity().plural].contains(&word);
    Kind::all().find(|kind| named(kind) && super::home::put(*kind, oneroster::model::Version::V1P2).is_some())
}
