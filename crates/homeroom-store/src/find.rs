//! A person or class by anything that people know of it.
//!
//! Both tables are read row by row: what people type may be in any of ten
//! fields, in any case, and they do it seldom.

use crate::Result;
use crate::intake::Cell;
use crate::schema::columns;
use crate::work::{Work, bytes, text, whole};
use oneroster::at;
use oneroster::model::{Kind, Type};
use oneroster::query::folded;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    whole: String,
    words: Vec<String>,
}

/// A record of the roster.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The record; its status says whether it is a tombstone.
    pub record: Record,
    /// The number of the source that owns it.
    pub owner: u32,
    /// When it last changed, or went.
    pub published: Timestamp,
    /// The run that did it, if that is still kept.
    pub run: Option<i64>,
}

impl Wanted {
    /// The kinds that are looked through.
    pub const KINDS: [Kind; 2] = [Kind::User, Kind::Class];

    /// What a text means, in any case and whatever space is around it; `None`
    /// if there is nothing in it.
    pub fn new(text: &str) -> Option<Wanted> {
        let whole = folded(text.trim());
        let words = whole.split([' ', ',', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        (!whole.is_empty()).then_some(Wanted { whole, words })
    }

    /// Whether a record is meant: an identifier of it is the text, or its name
    /// has every word of it.
    pub fn is(&self, record: &Record) -> bool {
        let (ids, names): (&[u8], &[u8]) = match record.kind() {
            Kind::User => (
                &[at!(User.username), at!(User.email), at!(User.identifier), at!(User.userMasterIdentifier)],
                &[
                    at!(User.givenName),
                    at!(User.middleName),
                    at!(User.familyName),
                    at!(User.preferredFirstName),
                    at!(User.preferredMiddleName),
                    at!(User.preferredLastName),
                ],
            ),
            Kind::Class => (&[at!(Class.classCode)], &[at!(Class.title)]),
            _ => (&[], &[]),
        };
        let others = || record.kind() == Kind::User && record.pairs(at!(User.userIds)).any(|(_, id)| self.id(id));
        self.id(&record.sourced_id)
            || ids.iter().filter_map(|field| record.get(*field)).any(|id| self.id(id))
            || others()
            || self.named(names.iter().filter_map(|field| record.get(*field)))
    }

    /// Whether an identifier is the text.
    pub fn id(&self, id: &str) -> bool {
        let id = id.trim();
        // Lower case may be longer or shorter than upper case, but not by much.
        id.len() <= 2 * self.whole.len() + 4 && folded(id) == self.whole
    }

    fn named<'a>(&self, names: impl Iterator<Item = &'a str>) -> bool {
        let all = names.map(folded).collect::<Vec<_>>().join(" ");
        let has = |word: &String| all.split([' ', ',', '\t']).any(|other| other == word);
        !self.words.is_empty() && self.words.iter().all(has)
    }
}

/// The records that are meant, at most so many; with their true number.
pub(crate) fn find(work: &mut Work<'_>, wanted: &Wanted, most: usize) -> Result<(u64, Vec<Stored>)> {
    let (mut count, mut found) = (0, Vec::new());
    for kind in Wanted::KINDS {
        each(work, kind, "t.rid > 0", &[], &mut |stored| {
            if wanted.is(&stored.record) {
                count += 1;
                if found.len() < most {
                    found.push(stored);
                }
            }
        })?;
    }
    for stored in &mut found {
        stored.run = published_by(work, stored.published)?;
    }
    Ok((count, found))
}

/// One record by its identifier; a tombstone, too.
pub(crate) fn one(work: &mut Work<'_>, kind: Kind, sourced_id: &str) -> Result<Option<Stored>> {
    let mut found = None;
    each(work, kind, "t.\"sourcedId\" = ?1", &[Cell::Text(sourced_id)], &mut |stored| found = Some(stored))?;
    if let Some(stored) = &mut found {
        stored.run = published_by(work, stored.published)?;
    }
    Ok(found)
}

/// The records that name a record in a field of theirs, and those that stand
/// under its identifier in another file.
pub(crate) fn around(work: &mut Work<'_>, kind: Kind, sourced_id: &str, sink: &mut dyn FnMut(Stored)) -> Result<()> {
    let own = work.own("o");
    let rid = format!("SELECT rid FROM \"{}\" AS o WHERE {own} o.\"sourcedId\" = ?1", kind.entity().plural);
    let Some(rid) = work.number(&rid, &[Cell::Text(sourced_id)])? else { return Ok(()) };
    if kind == Kind::User {
        each(work, Kind::Demographics, "t.\"sourcedId\" = ?1", &[Cell::Text(sourced_id)], sink)?;
    }
    for other in Kind::all() {
        for column in columns(other) {
            let field = other.entity().fields.get(usize::from(column.field));
            if field.is_some_and(|f| !f.many && matches!(f.ty, Type::Ref(target, _) if target == kind)) {
                each(work, other, &format!("t.\"{}\" = ?1", column.name), &[Cell::Whole(rid)], sink)?;
            }
        }
    }
    Ok(())
}

/// The run that was published at an instant.
fn published_by(work: &mut Work<'_>, published: Timestamp) -> Result<Option<i64>> {
    let sql = format!("SELECT id FROM runs WHERE {} published = ?1", work.own("runs"));
    work.number(&sql, &[Cell::Whole(published.0)])
}

fn each(work: &mut Work<'_>, kind: Kind, which: &str, values: &[Cell<'_>], sink: &mut dyn FnMut(Stored)) -> Result<()> {
    let (table, own) = (kind.entity().plural, work.own("t"));
    let sql = format!(
        "SELECT t.\"sourcedId\", t.status, t.owner, t.published, t.packed FROM \"{table}\" AS t WHERE {own} {which}"
    );
    work.query(&sql, values, &mut |row| {
        let id = text(row, 0)?.unwrap_or_default();
        if let Some(mut record) = Record::unpack(kind, id, bytes(row, 4)?) {
            record.status = if whole(row, 1)? == 0 { Status::Active } else { Status::ToBeDeleted };
            let owner = u32::try_from(whole(row, 2)?).unwrap_or_default();
            sink(Stored { record, owner, published: Timestamp(whole(row, 3)?), run: None });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_meant_by_what_is_known_of_them() {
        let mut person = Record::new(Kind::User);
        person.sourced_id.push_str("U-1");
        for (field, value) in [
            (at!(User.givenName), "Zoë Ann"),
            (at!(User.familyName), "O'Brien"),
            (at!(User.username), "zoe.ob"),
            (at!(User.email), "Zoe@Example.org"),
            (at!(User.grades), "09"),
        ] {
            person.push(field, value);
        }
        person.push_pair(at!(User.userIds), "state", "S77");
        for text in ["u-1", " ZOË ", "o'brien, zoë", "Ann O'BRIEN", "ZOE.OB", "zoe@example.ORG", "s77"] {
            assert!(Wanted::new(text).unwrap().is(&person), "{text}");
        }
        for text in ["u", "zo", "09", "state", "zoë smith", "@example.org"] {
            assert!(!Wanted::new(text).unwrap().is(&person), "{text}");
        }
        assert!(Wanted::new("  \t").is_none());
    }
}
