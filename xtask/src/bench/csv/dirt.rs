//! A clean file made dirty: faults of many kinds, the same ones each time.

use super::table::{Table, cells, is_required, row_like};
use oneroster::model::{Field, Kind, Type};

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A word in the other case.
    WrongCase,
    /// A date as the United States write it.
    UsDate,
    /// White space at the end.
    TrailingSpace,
    /// A reference to a record that is nowhere.
    Dangling,
    /// A day that the calendar does not have.
    BadDate,
    /// Nothing where something is required.
    Blank,
}

impl Fault {
    pub const ALL: [Fault; 6] =
        [Fault::WrongCase, Fault::UsDate, Fault::TrailingSpace, Fault::Dangling, Fault::BadDate, Fault::Blank];

    /// The cell with this fault, if it can have it.
    fn put(self, field: &Field, cell: &str) -> Option<String> {
        if cell.is_empty() || cell.contains('"') || field.many {
            return None;
        }
        let is_date = matches!(field.ty, Type::Date) && cell.len() == 10;
        match self {
            Fault::WrongCase => {
                let upper = cell.to_ascii_uppercase();
                (matches!(field.ty, Type::Word(_) | Type::Bool) && upper != cell).then_some(upper)
            }
            Fault::UsDate if is_date => Some(format!("{}/{}/{}", cell.get(5..7)?, cell.get(8..)?, cell.get(..4)?)),
            Fault::BadDate if is_date => Some(format!("{}-02-30", cell.get(..4)?)),
            Fault::UsDate | Fault::BadDate => None,
            Fault::TrailingSpace => Some(format!("{cell} ")),
            Fault::Dangling => matches!(field.ty, Type::Ref(..)).then(|| format!("nowhere-{cell}")),
            Fault::Blank => is_required(field).then(String::new),
        }
    }
}

/// A file with faults.
#[derive(Debug)]
pub struct Dirty {
    pub text: String,
    /// How many cells are faulty.
    pub faults: usize,
}

/// The file with one faulty cell in each of so many rows, evenly spread, the
/// kinds of fault in turn; and after the last row so many rows once more.
pub fn dirty(kind: Kind, text: &str, faults: usize, repeated: usize) -> anyhow::Result<Dirty> {
    let table = Table::of(text)?;
    let fields = table.fields(kind);
    let mut rows: Vec<String> = table.rows.iter().map(|&row| row.to_owned()).collect();
    let mut put = 0;
    for (nth, at) in spread(rows.len(), faults).enumerate() {
        if let Some(row) = rows.get_mut(at)
            && let Some(faulty) = with_fault(row, &fields, nth)
        {
            *row = faulty;
            put += 1;
        }
    }
    let again: Vec<String> = spread(rows.len(), repeated).filter_map(|at| rows.get(at).cloned()).collect();
    rows.extend(again);
    Ok(Dirty { text: format!("{}{}", table.header, rows.concat()), faults: put })
}

/// So many places among so many, evenly apart.
fn spread(rows: usize, places: usize) -> impl Iterator<Item = usize> {
    let places = places.min(rows);
    (0..places).map(move |nth| nth * rows / places)
}

/// The row with the `nth` fault, or the first after it that the row can have.
fn with_fault(row: &str, fields: &[Option<&'static Field>], nth: usize) -> Option<String> {
    let all = Fault::ALL.iter().cycle().skip(nth % Fault::ALL.len()).take(Fault::ALL.len());
    let cells = cells(row);
    for fault in all {
        // The first column stays: another sourcedId would be another record.
        let put = |(at, (cell, field)): (usize, (&&str, &Option<&'static Field>))| {
            Some((at, fault.put((*field)?, cell)?)).filter(|_| at > 0)
        };
        let able: Vec<(usize, String)> = cells.iter().zip(fields).enumerate().filter_map(put).collect();
        let turn = (nth / Fault::ALL.len()).checked_rem(able.len());
        if let Some((at, faulty)) = turn.and_then(|turn| able.get(turn)) {
            let mut cells = cells;
            *cells.get_mut(*at)? = faulty.as_str();
            return Some(row_like(row, &cells));
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;
    use std::collections::BTreeSet;

    fn clean(rows: usize) -> String {
        let mut text = String::from(
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\r\n",
        );
        for row in 0..rows {
            text.push_str(&format!("e{row},,,c{row},s1,u{row},student,true,2026-08-31,2027-06-19\r\n"));
        }
        text
    }

    #[test]
    fn the_same_faults_each_time_and_as_many_as_asked_for() {
        let clean = clean(1_000);
        let one = dirty(Kind::Enrollment, &clean, 120, 0).unwrap();
        assert_eq!(one.text, dirty(Kind::Enrollment, &clean, 120, 0).unwrap().text);
        assert_eq!(one.faults, 120);
        let (before, after) = (Table::of(&clean).unwrap(), Table::of(&one.text).unwrap());
        assert_eq!((before.header, before.rows.len()), (after.header, after.rows.len()));
        let mut others = 0;
        for (before, after) in before.rows.iter().zip(&after.rows) {
            let (before, after) = (cells(before), cells(after));
            assert_eq!((before.len(), before[0]), (after.len(), after[0]));
            others += before.iter().zip(&after).filter(|(before, after)| before != after).count();
        }
        assert_eq!(others, 120);
    }

    #[test]
    fn every_kind_of_fault_is_there() {
        let text = dirty(Kind::Enrollment, &clean(600), 600, 0).unwrap().text;
        let wanted = ["STUDENT", "TRUE", "08/31/2026", "06/19/2027", "student ", "nowhere-s1", "2026-02-30", ",,true,"];
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted}");
        }
    }

    #[test]
    fn rows_repeat_only_if_asked_to() {
        let ids = |text: &str| {
            let table = Table::of(text).unwrap();
            let ids: BTreeSet<String> = table.rows.iter().map(|row| cells(row)[0].to_owned()).collect();
            (table.rows.len(), ids.len())
        };
        assert_eq!(ids(&dirty(Kind::Enrollment, &clean(300), 30, 0).unwrap().text), (300, 300));
        assert_eq!(ids(&dirty(Kind::Enrollment, &clean(300), 30, 50).unwrap().text), (350, 300));
    }

    #[test]
    fn a_short_file_has_a_fault_a_row_at_most() {
        assert_eq!(dirty(Kind::Enrollment, &clean(4), 50, 0).unwrap().faults, 4);
        assert_eq!(dirty(Kind::Enrollment, &clean(0), 50, 5).unwrap().faults, 0);
    }
}
