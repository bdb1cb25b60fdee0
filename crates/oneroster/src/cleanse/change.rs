//! What a rule does to the values of one record.

use super::compile::{Case, How, Part, Pattern, Rule, is_wanted, may_stand};
use super::plain::{plain, title, trimmed};
use crate::record::Record;
use crate::validate::Code;

/// What came of a rule on a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Done {
    /// Nothing had to be done.
    Nothing,
    /// A field has another value now.
    Changed(u8),
    /// It could not be done, for the reason of this code.
    Failed(u8, Code),
}

/// Follows a rule on a record that it is about.
pub(super) fn change(rule: &Rule, record: &mut Record) -> Done {
    let mut done = Done::Nothing;
    for &field in &rule.fields {
        match one(rule, field, record) {
            Done::Nothing => {}
            changed if done == Done::Nothing || matches!(done, Done::Failed(..)) => done = changed,
            _ => {}
        }
    }
    done
}

fn one(rule: &Rule, field: u8, record: &mut Record) -> Done {
    let Some(known) = record.kind().entity().fields.get(usize::from(field)) else { return Done::Nothing };
    let before: Vec<String> = record.list(field).map(str::to_owned).collect();
    let mut unknown = false;
    let after: Vec<String> = match &rule.how {
        How::Set(to) => Some(to.clone()).filter(|to| !to.is_empty()).into_iter().collect(),
        How::Rename(names) => match names.get(&record.sourced_id) {
            Some(name) => vec![name.clone()],
            None => return Done::Nothing,
        },
        How::Pattern(_) => return Done::Nothing,
        how => {
            let mut after: Vec<String> = Vec::with_capacity(before.len());
            for value in before.iter().map(|value| of_value(how, value, &mut unknown)) {
                // Two words may become one; a list has it once.
                let again = before.len() > 1 && after.contains(&value);
                if !value.is_empty() && !again {
                    after.push(value);
                }
            }
            after
        }
    };
    if after == before {
        return if unknown { Done::Failed(field, Code::C13) } else { Done::Nothing };
    }
    if (after.is_empty() && is_wanted(known)) || !after.iter().all(|value| may_stand(known, value)) {
        return Done::Failed(field, Code::C11);
    }
    record.set(field, "");
    after.iter().for_each(|value| record.push(field, value));
    Done::Changed(field)
}

fn of_value(how: &How, value: &str, unknown: &mut bool) -> String {
    match how {
        How::Trim => trimmed(value),
        How::Case(Case::Lower) => value.to_lowercase(),
        How::Case(Case::Upper) => value.to_uppercase(),
        How::Case(Case::Title) => title(value),
        How::Replace(find, with) => find.replace_all(value, with.as_str()).into_owned(),
        How::Map { words, blank } => match words.get(value) {
            Some(word) => word.clone(),
            None if words.values().any(|word| word == value) => value.to_owned(),
            None if *blank => String::new(),
            None => {
                *unknown = true;
                value.to_owned()
            }
        },
        _ => value.to_owned(),
    }
}

/// What a pattern makes of a record; none if something of it is missing.
pub(super) fn filled(pattern: &Pattern, record: &Record) -> Option<String> {
    let mut value = String::new();
    for part in &pattern.parts {
        match part {
            Part::Text(text) => value.push_str(text),
            Part::Id(prefix) => {
                let id = record.sourced_id.as_str();
                value.push_str(prefix.off(record.kind(), id).unwrap_or(id));
            }
            Part::Field(field, many) => {
                let text = record.get(*field)?;
                let text = if pattern.any_letters { text.to_owned() } else { plain(text).to_lowercase() };
                let text: String = text.chars().take(many.unwrap_or(usize::MAX)).collect();
                if text.is_empty() {
                    return None;
                }
                value.push_str(&text);
            }
        }
    }
    (!value.is_empty()).then_some(value)
}
