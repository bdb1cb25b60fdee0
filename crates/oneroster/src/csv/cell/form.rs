//! How the cells of each column are read.

use crate::csv::lenient::DateRule;
use crate::model::{CellForm, Field, Kind, Slot, Type, Vocabulary};

/// How the cells of a column are read.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Not at all.
    Skip,
    /// `sourcedId`.
    Id,
    /// `status`.
    Status,
    /// `dateLastModified`.
    Modified,
    /// A text.
    Text,
    /// The name of a person or an org, which may be any word.
    Name,
    /// A code for people, which spreadsheets may take for a date.
    Code,
    /// A text that is neither kept nor shown.
    Secret,
    /// `true` or `false`.
    Bool,
    /// A day.
    Date(DateRule),
    /// Four digits.
    Year,
    /// Digits and a sign.
    Integer,
    /// A decimal number.
    Number,
    /// A word of a vocabulary.
    Word(&'static Vocabulary),
    /// A `sourcedId` of another record.
    Ref(Kind),
    /// Several texts.
    Texts,
    /// Several codes for people, which spreadsheets may take for dates.
    Codes,
    /// Several grade levels of the list of 1.1.
    Grades,
    /// Several words.
    Words(&'static Vocabulary),
    /// Several `sourcedId`s of other records.
    Refs(Kind),
    /// `{left:right}` items.
    Pairs,
    /// A text of the deployment's own.
    Metadata,
}

impl Form {
    /// The form of a field's cells.
    pub fn of(slot: Slot, field: &Field) -> Form {
        match (slot, field.ty, field.many) {
            (Slot::SourcedId, ..) => Form::Id,
            (Slot::Status, ..) => Form::Status,
            (Slot::Modified, ..) => Form::Modified,
            (_, Type::Bool, _) => Form::Bool,
            (_, Type::Date, _) => Form::Date(DateRule::default()),
            (_, Type::DateTime, _) if field.cell == CellForm::Day => Form::Date(DateRule::default()),
            (_, Type::Year, _) => Form::Year,
            (_, Type::Number, _) if field.cell == CellForm::Integer => Form::Integer,
            (_, Type::Number, _) => Form::Number,
            (_, Type::Word(words), false) => Form::Word(words),
            (_, Type::Word(words), true) => Form::Words(words),
            (_, Type::Ref(kind, _), false) => Form::Ref(kind),
            (_, Type::Ref(kind, _), true) => Form::Refs(kind),
            (_, Type::ProfileRef, _) => Form::Ref(Kind::UserProfile),
            (_, Type::Pairs(..), _) => Form::Pairs,
            (_, Type::Metadata, _) => Form::Metadata,
            (_, _, true) => Form::Texts,
            _ => Form::Text,
        }
    }

    /// Whether the value is words for people, in which a line break may become
    /// a space.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Form::Text | Form::Name | Form::Texts | Form::Metadata)
    }

    /// Whether a cell holds several items, parted by commas.
    #[inline]
    pub fn is_list(self) -> bool {
        matches!(self, Form::Texts | Form::Codes | Form::Grades | Form::Words(_) | Form::Refs(_))
    }

    /// Whether a word such as NULL may be what it says: in names, and in what
    /// deployments add.
    pub(super) fn takes_any_word(self) -> bool {
        matches!(self, Form::Name | Form::Metadata | Form::Id | Form::Skip | Form::Secret)
    }
}
