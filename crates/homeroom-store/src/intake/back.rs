//! Records that come back: applications wrote them, they were forwarded to this
//! source as the home of grades, and now it gives them with its own.
//!
//! They stay records of whoever wrote them. While a write waits, or is refused,
//! what is stored stays. Once the home has the last write, what it says is its
//! word on it: values that it states and that are other ones are taken over,
//! those that it does not state stay. Nothing that is taken over is sent back.

use super::{Action, Intake};
use crate::Result;
use crate::forwards::Back;
use crate::gradebook::inside_rows;
use oneroster::model::{CellForm, Field, Type};
use oneroster::record::{Record, Status, id_digest};

/// So many characters of an instant are its day.
const DAY: usize = 10;

impl Intake {
    /// Tells what was forwarded to the source of this package.
    pub(crate) fn expect_back(&mut self, back: Option<Back>) {
        self.back = back;
    }

    /// Takes a record that comes back; false if it is none.
    pub(super) fn comes_back(&mut self, record: &Record) -> Result<bool> {
        let key = (record.kind(), id_digest(&record.sourced_id));
        let Some(settled) = self.back.as_ref().and_then(|back| back.get(&key)).copied() else { return Ok(false) };
        let (kind, id) = (record.kind(), record.sourced_id.as_str());
        let Some(row) = self.row(kind, id)?.filter(|row| row.source != self.source) else { return Ok(false) };
        // It was deleted there by us, and the home has made it anew: it is its own now.
        if !row.live && settled {
            return Ok(false);
        }
        self.see(kind, id)?;
        drop(self.nested.take(id));
        if record.status == Status::ToBeDeleted {
            return Ok(true);
        }
        let found = if settled { self.stored.packed(kind, &[row.rid])? } else { Vec::new() };
        let stored = found.first().and_then(|(_, packed)| Record::unpack(kind, id, packed));
        match stored.and_then(|stored| told(stored, record)) {
            None => self.plan.of(kind).unchanged += 1,
            Some(mut record) => {
                self.plan.of(kind).changed += 1;
                let (_, digest) = inside_rows(&mut record);
                self.stage(&mut record, digest, Action::Change, (row.rid, row.source), 0)?;
            }
        }
        Ok(true)
    }
}

/// A stored record with what its home says of it; `None` if that is the same.
fn told(mut stored: Record, said: &Record) -> Option<Record> {
    let mut differs = false;
    for (at, field) in (0u8..).zip(said.kind().entity().fields) {
        match field.ty {
            // Rows and links have no order and no identifiers that could be compared.
            Type::Rows(_) | Type::Through(_) => {}
            Type::Metadata | Type::Pairs(..) => differs |= pairs(&mut stored, said, (at, field)),
            _ => {
                let news: Vec<&str> = said.list(at).collect();
                let same = news.len() == stored.list(at).count()
                    && news.iter().zip(stored.list(at)).all(|(a, b)| agree(field, a, b));
                if !news.is_empty() && !same {
                    differs = true;
                    stored.set(at, "");
                    news.iter().for_each(|value| stored.push(at, value));
                }
            }
        }
    }
    stored.modified = said.modified;
    differs.then_some(stored)
}

/// Takes pairs over: of an open map those that are named, of a scale all.
fn pairs(stored: &mut Record, said: &Record, (at, field): (u8, &Field)) -> bool {
    let owned = |record: &Record| -> Vec<(String, String)> {
        record.pairs(at).map(|(left, right)| (left.to_owned(), right.to_owned())).collect()
    };
    let (news, mut known) = (owned(said), owned(stored));
    if news.is_empty() {
        return false;
    }
    let before = known.clone();
    if matches!(field.ty, Type::Metadata) {
        known.retain(|(name, _)| !news.iter().any(|(other, _)| other == name));
        known.extend(news);
        // The order of an open map says nothing.
        let sorted = |mut pairs: Vec<(String, String)>| {
            pairs.sort();
            pairs
        };
        if sorted(known.clone()) == sorted(before) {
            return false;
        }
    } else if known == news {
        return false;
    } else {
        known = news;
    }
    stored.set(at, "");
    known.iter().for_each(|(left, right)| stored.push_pair(at, left, right));
    true
}

/// Whether two values mean the same, as far as a cell of a file can say it.
fn agree(field: &Field, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match field.ty {
        Type::Number => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) if field.cell == CellForm::Integer => (a - b).abs() < 1.0,
            (Ok(a), Ok(b)) => a.to_bits() == b.to_bits() || (a - b).abs() < 1e-9,
            _ => false,
        },
        Type::Date | Type::DateTime => a.get(..DAY) == b.get(..DAY),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::at;
    use oneroster::model::Kind;

    fn result(values: &[(u8, &str)]) -> Record {
        let mut record = Record::new(Kind::Result);
        record.sourced_id.push_str("r1");
        values.iter().for_each(|(at, value)| record.push(*at, value));
        record
    }

    #[test]
    fn what_a_home_does_not_state_stays_and_what_it_states_otherwise_is_taken_over() {
        let ours = || {
            let (score, day) = ((at!(Result.score), "85.0"), (at!(Result.scoreDate), "2026-09-19"));
            result(&[score, day, (at!(Result.comment), "well done"), (at!(Result.late), "true")])
        };
        // Numbers and days in another writing, and members that it does not keep.
        assert!(told(ours(), &result(&[(at!(Result.score), "85"), (at!(Result.scoreDate), "2026-09-19")])).is_none());
        assert!(told(ours(), &result(&[])).is_none());
        let news = told(ours(), &result(&[(at!(Result.score), "90"), (at!(Result.late), "true")])).unwrap();
        assert_eq!((news.get(at!(Result.score)), news.get(at!(Result.comment))), (Some("90"), Some("well done")));
        let mut said = result(&[]);
        said.push_pair(at!(Result.metadata), "a", "1");
        let news = told(ours(), &said).unwrap();
        assert_eq!(news.pairs(at!(Result.metadata)).collect::<Vec<_>>(), [("a", "1")]);
        assert!(told(news, &said).is_none());
    }
}
