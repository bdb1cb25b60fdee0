//! What a member shows when the record holds nothing for it.
//!
//! Sources often lack what a class demands or what consumers rely on. These
//! values are made on output and never stored, so they move no date.

use crate::at;
use crate::model::{Kind, Span};

/// Where a default comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum From {
    /// The record's own identifier.
    SourcedId,
    /// Another field of the record, if it has a value.
    Field(u8),
    /// Always the same word.
    Word(&'static str),
}

/// One default: which member, in which versions, from what (the first that
/// gives a value).
#[derive(Debug)]
pub(super) struct Default {
    pub kind: Kind,
    pub field: u8,
    pub versions: Span,
    pub from: &'static [From],
}

const fn default(kind: Kind, field: u8, versions: Span, from: &'static [From]) -> Default {
    Default { kind, field, versions, from }
}

/// Every default, with its source.
pub(super) static DEFAULTS: [Default; 6] = [
    // rest.md D21: 1.2 demands the identifier, CSV and 1.1 do not.
    default(Kind::Org, at!(Org.identifier), Span::V1P2, &[From::SourcedId]),
    // rest.md D11, csv.md 6.1: always emitted, from the title.
    default(Kind::Course, at!(Course.courseCode), Span::ALL, &[From::Field(at!(Course.title)), From::SourcedId]),
    // rest.md D11, csv.md 6.1: always emitted.
    default(Kind::Class, at!(Class.classType), Span::ALL, &[From::Word("scheduled")]),
    // csv.md 6.1: consumers demand it though the standard does not.
    default(Kind::Enrollment, at!(Enrollment.primary), Span::ALL, &[From::Word("false")]),
    // csv.md 6.4: 1.1 demands a grading period; a session of another type keeps
    // its place.
    default(Kind::LineItem, at!(LineItem.gradingPeriod), Span::V1P1, &[From::Field(at!(LineItem.academicSession))]),
    // 1.1 demands a user name, 1.2 does not (rest.md 2.4).
    default(Kind::User, at!(User.username), Span::V1P1, &[From::Field(at!(User.identifier)), From::SourcedId]),
];
