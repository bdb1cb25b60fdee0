//! The kinds of rules, a row each.

use crate::validate::Code;

/// What a kind of rule does to a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Does {
    /// It changes values of fields.
    Trim,
    Case,
    Replace,
    Pattern,
    Map,
    Set,
    Rename,
    /// It leaves records out, and what hangs on them.
    LeaveOut,
    Schools,
    Days,
}

/// One kind of rule.
#[derive(Debug)]
pub struct RuleKind {
    /// Its word.
    pub word: &'static str,
    /// The code of its findings.
    pub code: Code,
    /// The members that it must have.
    pub must: &'static [&'static str],
    /// The members that it may have besides.
    pub may: &'static [&'static str],
    /// What it does, in one sentence.
    pub doc: &'static str,
    pub(super) does: Does,
}

const fn row(
    word: &'static str,
    does: Does,
    code: Code,
    must: &'static [&'static str],
    may: &'static [&'static str],
    doc: &'static str,
) -> RuleKind {
    RuleKind { word, code, must, may, doc, does }
}

/// Every kind of rule.
pub static RULE_KINDS: &[RuleKind] = &[
    row(
        "trim",
        Does::Trim,
        Code::C1,
        &["fields"],
        &["when"],
        "Removes spaces around values, and makes one of several inside.",
    ),
    row(
        "case",
        Does::Case,
        Code::C2,
        &["fields", "to"],
        &["when"],
        "Writes values in `lower` or `upper` case; `title` writes those that are all in one case with capitals.",
    ),
    row(
        "replace",
        Does::Replace,
        Code::C3,
        &["fields", "find", "with"],
        &["when"],
        "Replaces every match of a regular expression; `$1` stands for its first group.",
    ),
    row(
        "pattern",
        Does::Pattern,
        Code::C4,
        &["fields", "pattern"],
        &["when", "only-blank", "any-letters", "unique"],
        "Makes a value of other fields: `{givenName.1}{familyName}@district.org`; `.1` takes the first letter only.",
    ),
    row(
        "map",
        Does::Map,
        Code::C5,
        &["fields", "words"],
        &["when", "otherwise"],
        "Puts one word in the place of another: grade codes, subjects, roles.",
    ),
    row("set", Does::Set, Code::C6, &["fields", "to"], &["when"], "Sets a value; an empty one takes it away."),
    row(
        "rename",
        Does::Rename,
        Code::C6,
        &["records", "words"],
        &[],
        "Gives organisations, classes, courses or sessions another name, by their sourcedIds.",
    ),
    row(
        "leave-out",
        Does::LeaveOut,
        Code::C7,
        &["records", "when"],
        &[],
        "Leaves records out that match a filter, and what hangs on them.",
    ),
    row(
        "schools",
        Does::Schools,
        Code::C8,
        &["schools"],
        &[],
        "Takes these schools only, with what is below them: their classes, and the people who belong to them.",
    ),
    row(
        "days",
        Does::Days,
        Code::C9,
        &["days"],
        &[],
        "Takes only sessions that have a day between two, and the classes that lie in them.",
    ),
];
