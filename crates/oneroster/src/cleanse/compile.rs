//! From what is written down to rules that can be followed.

use super::given::Given;
use super::table::{Does, RULE_KINDS, RuleKind};
use crate::at;
use crate::grant::{Member, TermLimit};
use crate::model::{Field, Kind, Privacy, Slot, Type, Version, is_extension};
use crate::prefix::Prefix;
use crate::query::{Filter, parse_filter};
use crate::time::Date;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

/// How large a compiled expression may be, in bytes.
const LARGEST: usize = 1 << 20;
/// The longest value that a rule makes.
pub(super) const LONGEST: usize = 1_000;

/// A rule that cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("rule {number}: {message}")]
pub struct RuleError {
    /// Which rule, the first being 1.
    pub number: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A rule that can be followed.
#[derive(Debug)]
pub(super) struct Rule {
    pub kind: &'static RuleKind,
    /// The kind of the records that it is about; none of schools and days.
    pub of: Option<Kind>,
    /// The fields that it is about.
    pub fields: Vec<u8>,
    pub when: Option<Filter>,
    pub how: How,
}

/// What is done to a value, or to a record.
#[derive(Debug)]
pub(super) enum How {
    Trim,
    Case(Case),
    Replace(Regex, String),
    Pattern(Pattern),
    Map { words: BTreeMap<String, String>, blank: bool },
    Set(String),
    Rename(BTreeMap<String, String>),
    LeaveOut,
    Schools(BTreeSet<String>),
    Days(Date, Date),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    Lower,
    Upper,
    Title,
}

/// What a value is made of.
#[derive(Debug)]
pub(super) struct Pattern {
    pub parts: Vec<Part>,
    pub only_blank: bool,
    pub any_letters: bool,
    pub unique: Option<Unique>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Unique {
    Number,
    Report,
}

#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    /// A field, and how many of its letters.
    Field(u8, Option<usize>),
    /// The sourcedId, as the source has it: without this.
    Id(Prefix),
}

/// Compiles rules, the first one that is wrong being told.
pub(super) fn compile(all: &[Given]) -> Result<Vec<Rule>, RuleError> {
    let error = |at: usize, message| RuleError { number: at + 1, message };
    for (at, given) in all.iter().enumerate() {
        let word = given.kind.as_str();
        let once = RULE_KINDS.iter().any(|kind| kind.word == word && matches!(kind.does, Does::Schools | Does::Days));
        if once && all[..at].iter().any(|earlier| earlier.kind == given.kind) {
            return Err(error(at, format!("{word} stands once among the rules of a source")));
        }
    }
    let rules = all.iter().enumerate().map(|(at, given)| rule(given).map_err(|message| error(at, message)));
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    in_time(&rules).map_err(|(at, message)| error(at, message))?;
    Ok(rules)
}

/// What is each one's own is decided once everybody was seen: too late for another
/// value that is made of it and is to be each one's own, too.
fn in_time(rules: &[Rule]) -> Result<(), (usize, String)> {
    let mut late: Vec<(Option<Kind>, u8, usize)> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let (How::Pattern(pattern), Some(field)) = (&rule.how, rule.fields.first()) else { continue };
        let made_of = |part: &Part, of: u8| matches!(part, Part::Field(field, _) if *field == of);
        let of = late.iter().find(|(kind, of, _)| *kind == rule.of && pattern.parts.iter().any(|p| made_of(p, *of)));
        match of {
            Some((Some(kind), of, by)) if pattern.unique.is_some() => {
                let name = kind.entity().fields.get(usize::from(*of)).map_or("", |field| field.name);
                let message = format!(
                    "{name} becomes each one's own by rule {}, and what is made of the whole of it is so by itself: leave unique out",
                    by + 1
                );
                return Err((at, message));
            }
            None if pattern.unique.is_none() => {}
            _ => late.push((rule.of, *field, of.map_or(at, |(.., by)| *by))),
        }
    }
    Ok(())
}

fn rule(given: &Given) -> Result<Rule, String> {
    let kinds = || RULE_KINDS.iter().map(|kind| kind.word).collect::<Vec<_>>().join(", ");
    let kind = RULE_KINDS.iter().find(|kind| kind.word == given.kind);
    let kind = kind.ok_or_else(|| format!("there is no kind {:?}; `do` is one of {}", given.kind, kinds()))?;
    if let Some(missing) = kind.must.iter().find(|must| !given.members().any(|member| member == **must)) {
        return Err(format!("{} wants {missing}", kind.word));
    }
    if let Some(other) = given.members().find(|member| !kind.must.contains(member) && !kind.may.contains(member)) {
        return Err(format!("{} has no {other}; it takes {}", kind.word, [kind.must, kind.may].concat().join(", ")));
    }
    let (of, fields) = about(kind, given)?;
    let when = match (given.when.is_empty(), of) {
        (false, Some(of)) => parse_filter(&given.when, of, Version::V1P2).map_err(|error| format!("when: {error}"))?,
        _ => None,
    };
    let how = how(kind, given, of, &fields)?;
    Ok(Rule { kind, of, fields, when, how })
}

/// The records and fields that a rule is about.
fn about(kind: &RuleKind, given: &Given) -> Result<(Option<Kind>, Vec<u8>), String> {
    if !given.records.is_empty() {
        let of = Kind::from_plural(&given.records);
        let of =
            of.ok_or_else(|| format!("there are no records {:?}; write users, classes and so on", given.records))?;
        return Ok((Some(of), named(kind, of)?));
    }
    let (mut of, mut fields) = (None, Vec::new());
    for text in &given.fields {
        let Member { kind: class, slot } = Member::from_str(text).map_err(|error| error.to_string())?;
        if of.is_some_and(|of| of != class) {
            return Err("the fields of one rule belong to one kind of record; write a rule for each".to_owned());
        }
        let Slot::Own(field) = slot else { return Err(format!("{text} cannot be changed by a rule")) };
        fits(kind, class, field).map_err(|told| format!("{text} {told}"))?;
        of = Some(class);
        fields.push(field);
    }
    if kind.does == Does::Pattern && fields.len() > 1 {
        return Err("a pattern makes one field".to_owned());
    }
    Ok((of, fields))
}

/// The field that holds the name of a record, of a rule about names.
fn named(kind: &RuleKind, of: Kind) -> Result<Vec<u8>, String> {
    if kind.does != Does::Rename {
        return Ok(Vec::new());
    }
    match of {
        Kind::Org => Ok(vec![at!(Org.name)]),
        Kind::Class => Ok(vec![at!(Class.title)]),
        Kind::Course => Ok(vec![at!(Course.title)]),
        Kind::AcademicSession => Ok(vec![at!(AcademicSession.title)]),
        _ => Err("only orgs, classes, courses and academicSessions are renamed".to_owned()),
    }
}

/// Whether a kind of rule can do anything to a field.
fn fits(kind: &RuleKind, class: Kind, field: u8) -> Result<(), &'static str> {
    let Some(known) = class.entity().fields.get(usize::from(field)) else { return Err("is not known") };
    let text = matches!(known.ty, Type::Text);
    let plain = matches!(known.ty, Type::Word(_) | Type::Bool | Type::Date | Type::Year | Type::Number);
    match kind.does {
        _ if known.privacy == Privacy::Secret => Err("is a secret, which no rule touches"),
        Does::Map | Does::Set if plain => Ok(()),
        Does::Pattern if known.many => Err("is a list"),
        _ if text => Ok(()),
        Does::Map | Does::Set => Err("names other records, or has a form of its own, and no rule changes it"),
        _ => Err("is no text"),
    }
}

/// Whether a value may stand in a field: what is written out keeps the standard.
pub(super) fn may_stand(field: &Field, value: &str) -> bool {
    match field.ty {
        Type::Text => value.len() <= LONGEST && !value.chars().any(char::is_control),
        Type::Word(words) => words.allows(Version::V1P2, value) || is_extension(value),
        Type::Bool => matches!(value, "true" | "false"),
        Type::Date => Date::parse(value).is_some(),
        Type::Year => value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()),
        Type::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

/// Whether some version wants a field filled.
pub(super) fn is_wanted(field: &Field) -> bool {
    !field.csv_required.is_empty() || !field.json_required.is_empty()
}

fn how(kind: &RuleKind, given: &Given, of: Option<Kind>, fields: &[u8]) -> Result<How, String> {
    let all = of.map_or(&[][..], |of| of.entity().fields);
    let known = || fields.iter().filter_map(|field| all.get(usize::from(*field)));
    let good = |value: &str| match known().find(|field| !value.is_empty() && !may_stand(field, value)) {
        Some(field) => Err(format!("{value:?} cannot stand in {}", field.name)),
        None if value.is_empty() && known().any(is_wanted) => Err("the standard wants this field filled".to_owned()),
        None => Ok(()),
    };
    let to = given.to.as_deref().unwrap_or_default();
    Ok(match kind.does {
        Does::Trim => How::Trim,
        Does::Case => How::Case(match to {
            "lower" => Case::Lower,
            "upper" => Case::Upper,
            "title" => Case::Title,
            _ => return Err("to is lower, upper or title".to_owned()),
        }),
        Does::Replace => {
            let found = RegexBuilder::new(&given.find).size_limit(LARGEST).build();
            let found = found.map_err(|error| format!("find is no regular expression: {}", last_line(&error)))?;
            How::Replace(found, given.with.clone().unwrap_or_default())
        }
        Does::Pattern => How::Pattern(pattern(given, of, fields)?),
        Does::Map => {
            given.words.values().try_for_each(|value| good(value))?;
            let blank = match given.otherwise.as_str() {
                "" | "keep" => false,
                "blank" => good("").map(|()| true)?,
                _ => return Err("otherwise is keep or blank".to_owned()),
            };
            How::Map { words: given.words.clone(), blank }
        }
        Does::Set => good(to).map(|()| How::Set(to.to_owned()))?,
        Does::Rename => {
            given.words.values().try_for_each(|value| good(value))?;
            How::Rename(given.words.clone())
        }
        Does::LeaveOut => How::LeaveOut,
        Does::Schools => How::Schools(given.schools.iter().cloned().collect()),
        Does::Days => match given.days.parse() {
            Ok(TermLimit::Days(from, to)) => How::Days(from, to),
            _ => return Err("days are a first and a last day, such as 2026-08-01..2027-06-30".to_owned()),
        },
    })
}

/// What is wrong with an expression stands on the last line of what is said.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn pattern(given: &Given, of: Option<Kind>, fields: &[u8]) -> Result<Pattern, String> {
    let entity = of.unwrap_or(Kind::User).entity();
    let mut parts = Vec::new();
    let mut rest = given.pattern.as_str();
    while !rest.is_empty() {
        let (text, after) = rest.split_once('{').unwrap_or((rest, ""));
        if text.contains('}') {
            return Err("a } in the pattern has no {".to_owned());
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        if text.len() == rest.len() {
            break;
        }
        let (inner, after) = after.split_once('}').ok_or("a { in the pattern has no }")?;
        let (name, many) = match inner.split_once('.') {
            Some((name, many)) => {
                let many = many.parse().ok().filter(|many| (1..=100).contains(many));
                (name, Some(many.ok_or_else(|| format!("{{{inner}}}: write a number of letters after the point"))?))
            }
            None => (inner, None),
        };
        parts.push(if name == "sourcedId" { Part::Id(Prefix::default()) } else { part(entity, name, many, fields)? });
        rest = after;
    }
    let unique = match given.unique.as_str() {
        "" => None,
        "number" => Some(Unique::Number),
        "report" => Some(Unique::Report),
        _ => return Err("unique is number or report".to_owned()),
    };
    Ok(Pattern { parts, only_blank: given.only_blank, any_letters: given.any_letters, unique })
}

fn part(entity: &'static crate::model::Entity, name: &str, many: Option<usize>, made: &[u8]) -> Result<Part, String> {
    let found = entity.fields.iter().zip(0u8..).find(|(field, _)| field.name == name);
    let (field, at) = found.ok_or_else(|| format!("{} has no field {name}", entity.name))?;
    let plain = matches!(field.ty, Type::Text | Type::Word(_) | Type::Date | Type::Year | Type::Number);
    if !plain || field.many || field.privacy == Privacy::Secret || made.contains(&at) {
        return Err(format!("{name} cannot be part of a pattern here"));
    }
    Ok(Part::Field(at, many))
}
