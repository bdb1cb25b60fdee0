//! In which order a column writes days (csv.md D28), found by one look at the
//! whole file when the first day could be read two ways.

use super::look::Source;
use super::look::again;
use crate::csv::cell::Form;
use crate::csv::{DateOrder, Plan};

/// What each column proves: the order of the days that can be read only one
/// way, if they agree. A file that cannot be read to its end proves nothing;
/// the reading itself will say so.
#[cold]
pub(super) fn orders(source: &Source<'_>, plan: &Plan) -> Vec<DateOrder> {
    let mut shown = vec![(false, false); plan.columns.len()];
    let days: Vec<usize> = (0..shown.len()).filter(|&at| matches!(plan.columns[at].form, Form::Date(_))).collect();
    let done = again(source, |_, row| {
        for &at in &days {
            match DateOrder::of(row.cell(at).trim()) {
                DateOrder::DayFirst => shown[at].0 = true,
                DateOrder::MonthFirst => shown[at].1 = true,
                DateOrder::Open => {}
            }
        }
    });
    let order = |shown| match shown {
        (true, false) => DateOrder::DayFirst,
        (false, true) => DateOrder::MonthFirst,
        _ => DateOrder::Open,
    };
    match done {
        Ok(()) => shown.into_iter().map(order).collect(),
        Err(_) => vec![DateOrder::Open; plan.columns.len()],
    }
}
