//! What a finding says, where that depends on the column it is about. What it says
//! everywhere else stands in the table of rules.

use super::rules::Code;
use crate::csv::Plan;
use crate::csv::cell::Form;
use crate::model::Kind;

/// A sentence for a finding about a column, from what the model says of it.
pub(super) fn describe(code: Code, column: Option<usize>, plan: &Plan, variant: u8) -> String {
    if (code, variant) == (Code::D30, 2) {
        return "Identifiers lacked leading zeros, which were put before them.".to_owned();
    }
    let Some(column) = column.and_then(|c| plan.columns.get(c)) else { return code.rule().sentence.to_owned() };
    let name = &column.name;
    let target = match column.form {
        Form::Ref(kind) | Form::Refs(kind) => kind.entity().file_name(),
        _ => Kind::User.entity().file_name(),
    };
    match (code, column.form, variant) {
        (Code::V1, _, 1) => format!("{name} is blank; the row deletes its record, so that does no harm."),
        (Code::V4, ..) => {
            format!(
                "{name} is not a time that can be read; times are written YYYY-MM-DDTHH:MM:SS.sssZ, with their zone."
            )
        }
        (Code::L2, ..) => format!("{name} is blank; in a delta file every row needs it."),
        (Code::L7, ..) => format!("{name} names a record of {target} that the package deletes."),
        (Code::D36, _, 1) => {
            "The record stands in the file more than once; the row with the latest time was kept.".to_owned()
        }
        (Code::V1, _, 2) => format!("{name} is blank; OneRoster 1.0 wants it in every record."),
        (Code::U1, ..) => format!("{name} is blank; the record was given to the org at the top."),
        (Code::U2, Form::Pairs, _) => {
            format!("{name} does not say of which system it is; the type unknown was written.")
        }
        (Code::U2, ..) => format!("{name} was written in the codes of OneRoster 1.1."),
        (Code::U3, _, 1) => format!("{name} is left out; the file is taken as the whole state."),
        (Code::U3, _, 2) => "An aide was taken for a further teacher of the class, by consent.".to_owned(),
        (Code::V1, ..) => format!("{name} is blank; every record needs it."),
        (Code::V2, ..) | (Code::D58, _, 0) => {
            format!("{name} is no identifier: 1 to 255 letters, digits and . - _ / @ are allowed.")
        }
        (Code::V3, _, 2) => {
            format!("{name} could be read as two days, and no date in the column shows which number is the month.")
        }
        (Code::V3, ..) => format!("{name} is not a day that can be read; days are written YYYY-MM-DD."),
        (Code::V5, ..) => format!("{name} is not the four-digit year in which the school year ends."),
        (Code::V6, ..) => format!("{name} is neither true nor false."),
        (Code::V7, Form::Word(words) | Form::Words(words), _) => {
            let list: Vec<&str> = words.words(plan.version).collect();
            let own = if words.open.has(plan.version) { ", or a word of your own that begins with ext:" } else { "" };
            format!("{name} must be one of {}{own}.", list.join(", "))
        }
        (Code::V8, ..) => format!("{name} has an empty item."),
        (Code::V9, Form::Integer, _) => format!("{name} is not a whole number; digits only, without a unit."),
        (Code::V9, ..) => format!("{name} is not a decimal number; digits and a point, without a unit."),
        (Code::G7, ..) => format!("{name} is not written as {{left:right}} items."),
        (Code::V13, _, 1) => format!("{name} is a UUID URN in capital letters."),
        (Code::V10, ..) => format!("{name} is not written as {{type:id}} items."),
        (Code::V14, ..) => format!("{name} is longer than 255 characters."),
        (Code::T10 | Code::D13, ..) => format!("{name} holds a line break."),
        (Code::L3, ..) => format!("{name} is neither active nor tobedeleted."),
        (Code::R2 | Code::R4, _, 0) => format!("{name} names a record that is not in {target}."),
        (Code::R2, _, 2) => format!("{name} names material that is not in {target}; it is left out."),
        (Code::R2 | Code::R4, ..) => format!("{name} names a record of {target} that was rejected."),
        (Code::R3, _, 1) => {
            format!(
                "{name} names a record of {target}, which is not in the package; an import looks into what is stored."
            )
        }
        (Code::R3, ..) => format!("{name} is filled, but {target} is not in the package, or cannot be used."),
        (Code::D25, _, 1) => format!("{name} is a word that cannot be read; the cell was left blank."),
        (Code::D28, _, 1) => format!("{name} is the day number of a spreadsheet, which is read by consent only."),
        (Code::D33, _, 1) => format!("{name} holds a word that stands for no value; every record needs one."),
        (Code::D30, _, 1) => format!("{name} names no record of {target}; with zeros added or removed it would."),
        (Code::D31, ..) => format!("{name} was turned into a number by a spreadsheet; its digits are lost."),
        (Code::D34, ..) => format!("{name} names no record of {target}; with or without .0 at its end it would."),
        (Code::D55, _, 1) => "The row was left out with the placeholder that it is about.".to_owned(),
        (Code::D55, _, 2) => "The row of a placeholder was left out, by consent.".to_owned(),
        (Code::D58, _, 1) => format!("{name} is kept as it is, by consent; exports write it with other characters."),
        (Code::D11 | Code::D24 | Code::D25 | Code::D30 | Code::D32 | Code::D33 | Code::D35 | Code::D49, ..) => {
            format!("{name}: {}", code.rule().sentence)
        }
        (Code::D26 | Code::D27 | Code::D28 | Code::D48 | Code::D53 | Code::D56, ..) => {
            format!("{name}: {}", code.rule().sentence)
        }
        _ => code.rule().sentence.to_owned(),
    }
}
