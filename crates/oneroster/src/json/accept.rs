//! One object of a caller who writes, made a record that may be stored (rest.md 7).
//!
//! The form is read leniently by [`decode`](super::decode); what it
//! says must hold: mandatory members, words of vocabularies, the identifier.
//! Whether the records that it names are there is the store's to say.

use super::check::is_allowed;
use super::decode::{DecodeError, Deviation, Note, decode};
use crate::at;
use crate::model::{Entity, Field, Kind, LONGEST_ID, MODEL, Type, Version};
use crate::record::Record;
use serde_json::Value;

/// Why an object cannot be stored.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{member}: {text}")]
pub struct Unacceptable {
    /// The member at fault: `learningObjectiveSet.source`.
    pub member: String,
    /// What is wrong with it, and what belongs there; no value of the object.
    pub text: String,
}

impl Unacceptable {
    /// A fault of a member.
    pub fn new(member: impl Into<String>, text: impl Into<String>) -> Unacceptable {
        Unacceptable { member: member.into(), text: text.into() }
    }
}

/// What the path of a request says of the object in its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// Its identifier.
    pub sourced_id: Option<&'a str>,
    /// The records it belongs to, each with its kind; they fill the references
    /// that it lacks, and it may not name others.
    pub parents: &'a [(Kind, &'a str)],
}

/// Members that the standard demands and callers leave out: the store has them
/// from elsewhere (rest.md T14, T15).
const FILLED: [(Kind, u8, Version); 3] = [
    (Kind::LineItem, at!(LineItem.category), Version::V1P1),
    (Kind::LineItem, at!(LineItem.gradingPeriod), Version::V1P1),
    (Kind::LineItem, at!(LineItem.school), Version::V1P2),
];

/// Reads one object of a kind as a caller of `version` sends it to be stored.
/// What the caller says of `dateLastModified` is passed over; members that 1.1
/// does not have become metadata.
///
/// # Errors
/// If a member cannot be read, is missing, or may not be as it is.
pub fn accept(kind: Kind, version: Version, value: &Value, given: Given<'_>) -> Result<Record, Unacceptable> {
    let decoded = decode(kind, version, value).map_err(unread)?;
    let unknown: Vec<String> =
        decoded.notes.iter().filter(|n| n.what == Deviation::Unknown).map(|n| n.path.clone()).collect();
    for note in decoded.notes.iter().filter(|note| note.what == Deviation::ReferenceType) {
        of_another_kind(&note.path, value)?;
    }
    // Read from elsewhere, such a reference is none; here nobody could mean that.
    let blank = |note: &&Note| note.what == Deviation::Empty && note.path.ends_with(".sourcedId");
    if let Some(note) = decoded.notes.iter().find(blank) {
        let text = "The sourcedId of the record that is meant is needed there; leave the member out if none is meant.";
        return Err(Unacceptable::new(note.path.clone(), text));
    }
    let mut record = decoded.record;
    record.modified = None;
    settle_unknown(&mut record, version, value, &unknown)?;
    settle_id(&mut record, given.sourced_id)?;
    for (parent, id) in given.parents {
        belong(&mut record, *parent, id)?;
    }
    words(&mut record, version)?;
    demanded(&record, version)?;
    nested(&record, version)?;
    Ok(record)
}

/// A reference may call what it names by a word of the caller's (`student`), but
/// not by the name of another class: whoever does so means another record.
fn of_another_kind(path: &str, value: &Value) -> Result<(), Unacceptable> {
    let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    let word = value.pointer(&pointer).and_then(|reference| reference.get("type")).and_then(Value::as_str);
    match word.and_then(|word| MODEL.iter().find(|entity| entity.name == word)) {
        None => Ok(()),
        Some(other) => {
            let text = format!("A record of another class is needed there than {}.", other.class);
            Err(Unacceptable::new(format!("{path}.type"), text))
        }
    }
}

fn unread(error: DecodeError) -> Unacceptable {
    let member = if error.path.is_empty() { "body".to_owned() } else { error.path };
    Unacceptable::new(member, format!("{} is needed there.", error.wanted))
}

/// 1.1 tolerates members of the caller's own; 1.2 closes its classes but for
/// `metadata` (rest.md 2.1). What stands in a reference beside its sourcedId
/// is not of the record.
fn settle_unknown(
    record: &mut Record,
    version: Version,
    value: &Value,
    unknown: &[String],
) -> Result<(), Unacceptable> {
    let entity = record.kind().entity();
    for path in unknown {
        let head = path.split(['.', '[']).next().unwrap_or(path);
        // A name may hold a dot itself.
        let own = value.get(path).filter(|_| entity.member(path, version).is_none());
        let of_reference = |(_, field): (_, &Field)| super::target::target(field).is_some();
        if own.is_none() && entity.member(head, version).is_some_and(of_reference) {
            continue;
        }
        let metadata = entity.metadata().filter(|_| version == Version::V1P1);
        let (Some(field), Some(kept)) = (metadata, own) else {
            let class = entity.class;
            let text = format!("{class} {version} has no such member; members of your own belong into metadata.");
            return Err(Unacceptable::new(path.clone(), text));
        };
        let taken = record.pairs(field).any(|(name, _)| name == path);
        if !taken && !kept.is_null() && kept != "" {
            record.push_pair(field, path, &kept.to_string());
        }
    }
    Ok(())
}

fn settle_id(record: &mut Record, path: Option<&str>) -> Result<(), Unacceptable> {
    if let Some(id) = path {
        if record.sourced_id.is_empty() {
            record.sourced_id.push_str(id);
        } else if record.sourced_id != id {
            return Err(Unacceptable::new("sourcedId", "It differs from the one in the path."));
        }
    }
    let id = &record.sourced_id;
    if id.is_empty() {
        return Err(Unacceptable::new("sourcedId", "It is mandatory; any text that no other record has will do."));
    }
    if id.chars().count() > LONGEST_ID || id.chars().any(char::is_control) {
        return Err(Unacceptable::new("sourcedId", "It may have 255 characters, none of them a control character."));
    }
    Ok(())
}

/// Fills or compares the reference by which a record names what the path did.
fn belong(record: &mut Record, parent: Kind, id: &str) -> Result<(), Unacceptable> {
    let fields = record.kind().entity().fields;
    let Some(at) = fields.iter().position(|f| !f.many && f.target() == Some(parent)) else { return Ok(()) };
    match record.get(at as u8) {
        None => record.push(at as u8, id),
        Some(named) if named == id => {}
        Some(_) => {
            return Err(Unacceptable::new(fields[at].name, "It names another record than the path."));
        }
    }
    Ok(())
}

/// Words as the vocabulary writes them; of its own words the case may differ.
fn words(record: &mut Record, version: Version) -> Result<(), Unacceptable> {
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        let Type::Word(vocabulary) = field.ty else { continue };
        let Some(word) = record.get(at) else { continue };
        if vocabulary.allows(version, word) {
            continue;
        }
        let Some(meant) = vocabulary.words(version).find(|known| known.eq_ignore_ascii_case(word)) else {
            let known: Vec<&str> = vocabulary.words(version).collect();
            return Err(Unacceptable::new(
                field.name,
                format!("One of these words is needed there: {}.", known.join(", ")),
            ));
        };
        record.set(at, meant);
    }
    Ok(())
}

fn demanded(record: &Record, version: Version) -> Result<(), Unacceptable> {
    let entity = record.kind().entity();
    for (at, field) in (0u8..).zip(entity.fields) {
        let filled = FILLED.contains(&(entity.kind, at, version));
        if !field.json_required.has(version) || !field.in_json(version) || filled || record.get(at).is_some() {
            continue;
        }
        return Err(missing(field.name, entity, version));
    }
    Ok(())
}

fn missing(member: &str, entity: &Entity, version: Version) -> Unacceptable {
    Unacceptable::new(member, format!("It is mandatory in {} {version}.", entity.class))
}

/// Rows inside the record: learning objectives.
fn nested(record: &Record, version: Version) -> Result<(), Unacceptable> {
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        let Type::Rows(kind) = field.ty else { continue };
        for row in record.rows(at) {
            for (i, inner) in (0u8..).zip(kind.entity().fields).filter(|(_, inner)| inner.in_json(version)) {
                let array = inner.within.map_or(String::new(), |array| format!("{array}."));
                let member = || format!("{}.{array}{}", field.name, inner.name);
                match (row.get(i), inner.ty) {
                    (None, _) if inner.json_required.has(version) => {
                        return Err(missing(&member(), kind.entity(), version));
                    }
                    (Some(word), Type::Word(words)) if !is_allowed(words, version, word) => {
                        let text = "case, unknown, or a word of lower-case letters and digits is needed there.";
                        return Err(Unacceptable::new(member(), text));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const V1P1: Version = Version::V1P1;
    const V1P2: Version = Version::V1P2;

    fn refused(kind: Kind, version: Version, value: &Value, given: Given<'_>) -> String {
        accept(kind, version, value, given).unwrap_err().member
    }

    fn result() -> Value {
        json!({
            "lineItem": { "sourcedId": "li" }, "student": { "sourcedId": "u" },
            "scoreStatus": "fully graded", "score": 80, "scoreDate": "2026-09-19T10:00:00Z", "comment": ""
        })
    }

    fn with(mut object: Value, name: &str, value: Value) -> Value {
        object[name] = value;
        object
    }

    #[test]
    fn the_bodies_of_a_known_consumer_are_taken() {
        // rest.md T14, T15, T19, D22, D23
        let path = Given { sourced_id: Some("r1"), ..Given::default() };
        let taken = accept(Kind::Result, V1P2, &result(), path).unwrap();
        assert_eq!((taken.sourced_id.as_str(), taken.get(at!(Result.scoreDate))), ("r1", Some("2026-09-19")));
        assert_eq!((taken.get(at!(Result.comment)), taken.get(at!(Result.score))), (None, Some("80")));
        let item = json!({
            "sourcedId": "li", "title": "Quiz", "description": "", "resultValueMin": 0, "resultValueMax": 100,
            "assignDate": "2026-09-14T07:00:00Z", "dueDate": "2026-09-18T21:59:59+02:00", "class": { "sourcedId": "c" }
        });
        let taken = accept(Kind::LineItem, V1P1, &item, Given::default()).unwrap();
        assert_eq!(taken.get(at!(LineItem.dueDate)), Some("2026-09-18T19:59:59.000Z"));
        assert_eq!(refused(Kind::LineItem, V1P2, &item, Given::default()), "category");
        let item = with(item, "category", json!({ "sourcedId": "ca" }));
        assert!(accept(Kind::LineItem, V1P2, &item, Given::default()).is_ok());
    }

    #[test]
    fn every_mandatory_member_is_missed_by_name() {
        let kinds = [
            Kind::Category,
            Kind::LineItem,
            Kind::Result,
            Kind::ScoreScale,
            Kind::AssessmentLineItem,
            Kind::AssessmentResult,
        ];
        for (kind, version) in kinds.iter().flat_map(|kind| Version::ALL.map(|version| (*kind, version))) {
            if !kind.entity().json.has(version) {
                continue;
            }
            let whole = example(kind, version);
            let path = Given { sourced_id: Some("x"), ..Given::default() };
            assert_eq!(accept(kind, version, &whole, path).map(drop), Ok(()), "{kind:?} {version}");
            for (at, field) in (0u8..).zip(kind.entity().fields) {
                if field.json_required.has(version) && !FILLED.contains(&(kind, at, version)) {
                    let mut less = whole.clone();
                    less.as_object_mut().unwrap().remove(field.name);
                    assert_eq!(refused(kind, version, &less, path), field.name, "{kind:?} {version}");
                }
            }
        }
    }

    /// What is mandatory of a kind, by the table.
    fn example(kind: Kind, version: Version) -> Value {
        let mut object = json!({});
        for field in kind.entity().fields.iter().filter(|field| field.json_required.has(version)) {
            object[field.name] = match field.ty {
                Type::Ref(..) => json!({ "sourcedId": "x" }),
                Type::Number => json!(1.5),
                Type::Date => json!("2026-09-19"),
                Type::DateTime => json!("2026-09-19T10:00:00.000Z"),
                Type::Word(words) => json!(words.words(version).next()),
                Type::Pairs(left, right) => json!([{ left: "1", right: "A" }]),
                _ => json!("text"),
            };
        }
        object
    }

    #[test]
    fn what_may_not_be_is_named() {
        let path = Given { sourced_id: Some("r1"), ..Given::default() };
        let cases = [
            ("score", json!("80"), "score"),
            ("scoreStatus", json!("graded"), "scoreStatus"),
            ("scoreDate", json!("soon"), "scoreDate"),
            ("student", json!("u"), "student"),
            ("student", json!({ "href": "x" }), "student.sourcedId"),
            ("student", json!({ "sourcedId": "" }), "student.sourcedId"),
            ("scoreScale", json!({ "sourcedId": "" }), "scoreScale.sourcedId"),
            ("sourcedId", json!("r2"), "sourcedId"),
            ("status", json!("gone"), "status"),
            ("late", json!("maybe"), "late"),
            ("shoeSize", json!(46), "shoeSize"),
            (
                "learningObjectiveSet",
                json!([{ "source": "case" }]),
                "learningObjectiveSet.learningObjectiveResults.learningObjectiveId",
            ),
            (
                "learningObjectiveSet",
                json!([{ "source": "Ca se", "learningObjectiveResults": [{ "learningObjectiveId": "x" }] }]),
                "learningObjectiveSet.source",
            ),
        ];
        for (name, value, member) in cases {
            assert_eq!(refused(Kind::Result, V1P2, &with(result(), name, value), path), member);
        }
        assert_eq!(refused(Kind::Result, V1P2, &json!([]), path), "body");
        let reference = |of: Value| with(result(), "lineItem", of);
        for version in [V1P1, V1P2] {
            let other = reference(json!({ "sourcedId": "li", "type": "category" }));
            assert_eq!(refused(Kind::Result, version, &other, path), "lineItem.type");
            assert_eq!(
                refused(Kind::Result, version, &reference(json!({ "type": "lineItem" })), path),
                "lineItem.sourcedId"
            );
        }
        let student = with(result(), "student", json!({ "sourcedId": "u", "type": "student" }));
        assert!(accept(Kind::Result, V1P2, &student, path).is_ok(), "a word of the caller's");
        let long = "x".repeat(256);
        assert_eq!(refused(Kind::Result, V1P2, &result(), Given { sourced_id: Some(&long), ..path }), "sourcedId");
        assert_eq!(refused(Kind::Result, V1P2, &result(), Given::default()), "sourcedId");
        assert_eq!(refused(Kind::Result, V1P1, &with(result(), "scoreStatus", json!("ext:late")), path), "scoreStatus");
        let open = accept(Kind::Result, V1P2, &with(result(), "scoreStatus", json!("ext:late")), path).unwrap();
        assert_eq!(open.get(at!(Result.scoreStatus)), Some("ext:late"));
        let shout = accept(Kind::Result, V1P2, &with(result(), "scoreStatus", json!("EXEMPT")), path).unwrap();
        assert_eq!(shout.get(at!(Result.scoreStatus)), Some("exempt"));
    }

    #[test]
    fn members_that_1_1_lacks_become_metadata() {
        let path = Given { sourced_id: Some("r1"), ..Given::default() };
        let body =
            with(with(with(result(), "late", json!("true")), "shoe.size", json!({ "eu": 46 })), "empty", json!(""));
        let taken = accept(Kind::Result, V1P1, &body, path).unwrap();
        let metadata: Vec<_> = taken.pairs(at!(Result.metadata)).collect();
        assert_eq!(metadata, [("late", "\"true\""), ("shoe.size", "{\"eu\":46}")]);
        assert_eq!(taken.get(at!(Result.late)), None);
        // What stands in a reference is nobody's.
        let body = with(result(), "student", json!({ "sourcedId": "u", "name": "Zoë" }));
        assert!(accept(Kind::Result, V1P2, &body, path).is_ok());
    }

    #[test]
    fn the_path_fills_and_forbids_references() {
        let of = |parents| Given { sourced_id: None, parents };
        let body = with(result(), "sourcedId", json!("tmp-1"));
        assert!(accept(Kind::Result, V1P2, &body, of(&[(Kind::LineItem, "li")])).is_ok());
        assert_eq!(refused(Kind::Result, V1P2, &body, of(&[(Kind::LineItem, "other")])), "lineItem");
        let filled =
            accept(Kind::Result, V1P2, &body, of(&[(Kind::Class, "c"), (Kind::AcademicSession, "t")])).unwrap();
        assert_eq!(filled.get(at!(Result.class)), Some("c"));
    }
}
