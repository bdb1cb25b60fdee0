//! The words in which a format is written down.

use super::input::Input;
use super::map::Map;
use super::row::Style;
use super::settings::{Setting, Settings};
use oneroster::model::Kind;

/// A set of files as one system takes it in.
#[derive(Debug)]
pub struct Format {
    /// The word for it: the kind of a target.
    pub kind: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Who says what is written here.
    pub sources: &'static [&'static str],
    /// The files, those that others refer to first.
    pub files: &'static [File],
    /// What can be set.
    pub settings: &'static [Setting],
    /// How cells and rows are written.
    pub style: Style,
    /// Whether the system takes what a set lacks for gone: then a set must not
    /// lose a file, or many rows, unseen.
    pub absence_removes: bool,
}

/// One file of a set.
#[derive(Debug)]
pub struct File {
    /// Its name; case matters.
    pub name: &'static str,
    /// The records that its rows come from.
    pub of: Kind,
    /// What of a record is a row.
    pub each: Each,
    /// Whether a row is for this file at all; what is not is left out silently.
    pub when: fn(&Input<'_>) -> bool,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// How many of the first columns together tell a row from others.
    pub key: usize,
    /// When the file is there.
    pub presence: Presence,
    /// What says that a row is gone; without it, absence says so, or nothing.
    pub gone: Option<Gone>,
}

/// What says that a row is gone.
#[derive(Clone, Copy, Debug)]
pub struct Gone {
    /// The column.
    pub column: &'static str,
    /// Its word.
    pub word: &'static str,
    /// Another word, if the first cell names no row of this file any more.
    pub orphan: Option<(&'static str, &'static str)>,
}

/// What of a record is a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Each {
    /// The record itself.
    Record,
    /// Each live role of a person.
    Role,
    /// Each person that a person is related to.
    Agent,
    /// Each item of each member of the metadata of a person.
    Member,
}

/// When a file is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// Always, and it must have rows: an empty one would do harm.
    Demanded,
    /// Always, with rows or without.
    Always,
    /// If this setting is `yes`, with rows or without.
    If(&'static str),
    /// If anything is said for this setting, with rows or without.
    Said(&'static str),
}

/// One column of a file.
#[derive(Debug)]
pub struct Column {
    /// Its header; case matters.
    pub name: &'static str,
    /// Where its value comes from.
    pub from: From,
    /// What to do where there is none; without it the cell may be empty.
    pub required: Option<&'static str>,
    /// What must hold of a value.
    pub checks: &'static [Check],
    /// The file of which a value must name a row, and what becomes of a row
    /// that names none.
    pub names: Option<(&'static str, Effect)>,
    /// What becomes of a row whose value another row has, and what to do.
    pub unique: Option<(Effect, &'static str)>,
    /// For several values: how many columns there may be of it, numbered from
    /// the second on, and whether all of them are always there.
    pub most: Option<(usize, bool)>,
    /// The setting without which it is not there; such columns come last.
    pub only: Option<&'static str>,
}

/// Where a value comes from.
#[derive(Debug)]
pub enum From {
    /// The sourcedId of the record.
    Id,
    /// A field of the record.
    Own(u8),
    /// The items of a list, with commas between.
    List(u8),
    /// The first item of a list.
    First(u8),
    /// A field of the role.
    Role(u8),
    /// The related person.
    Agent,
    /// Always this.
    Word(&'static str),
    /// Nothing: the roster has no such thing.
    Blank,
    /// What the system calls it.
    Mapped(&'static Map, &'static From),
    /// Something made of several things.
    Made(fn(&Input<'_>) -> Option<String>),
    /// Several values.
    Many(fn(&Input<'_>) -> Vec<String>),
}

/// Something that must hold of a value.
#[derive(Debug)]
pub struct Check {
    /// A short word for it.
    pub code: &'static str,
    /// Whether it holds.
    pub holds: fn(&str, &Input<'_>) -> bool,
    /// What is wrong where it does not.
    pub says: &'static str,
    /// What to do next.
    pub next: &'static str,
    /// What becomes of it.
    pub effect: Effect,
}

/// What becomes of a row or a value that the system would refuse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
    /// The row is left out, and whatever names it.
    LeftOut,
    /// The cell is left empty.
    Blank,
    /// It is sent as it is; somebody ought to look.
    Warned,
}

impl Effect {
    /// For documents.
    pub const fn word(self) -> &'static str {
        match self {
            Effect::LeftOut => "left out",
            Effect::Blank => "cell left empty",
            Effect::Warned => "warning",
        }
    }

    /// For people: what becomes of so many.
    pub const fn of(self, count: u64) -> &'static str {
        match (self, count) {
            (Effect::LeftOut, 1) => "row is left out",
            (Effect::LeftOut, _) => "rows are left out",
            (Effect::Blank, 1) => "cell is left empty",
            (Effect::Blank, _) => "cells are left empty",
            (Effect::Warned, 1) => "row is sent as it is, and wants a look",
            (Effect::Warned, _) => "rows are sent as they are, and want a look",
        }
    }
}

/// A column whose cells may be empty.
pub(super) const fn col(name: &'static str, from: From) -> Column {
    Column { name, from, required: None, checks: &[], names: None, unique: None, most: None, only: None }
}

impl Column {
    /// Every row must have a value; what to do where there is none.
    pub(super) const fn required(mut self, next: &'static str) -> Column {
        self.required = Some(next);
        self
    }

    /// What must hold of a value.
    pub(super) const fn checked(mut self, checks: &'static [Check]) -> Column {
        self.checks = checks;
        self
    }

    /// A value names a row of a file.
    pub(super) const fn naming(mut self, file: &'static str, effect: Effect) -> Column {
        self.names = Some((file, effect));
        self
    }

    /// No two rows have the same value.
    pub(super) const fn unique(mut self, effect: Effect, next: &'static str) -> Column {
        self.unique = Some((effect, next));
        self
    }

    /// It is there if something is set for this.
    pub(super) const fn only(mut self, setting: &'static str) -> Column {
        self.only = Some(setting);
        self
    }

    /// There may be several of it, as many as are needed.
    pub(super) const fn up_to(mut self, most: usize) -> Column {
        self.most = Some((most, false));
        self
    }

    /// There are always so many of it.
    pub(super) const fn times(mut self, most: usize) -> Column {
        self.most = Some((most, true));
        self
    }
}

impl File {
    /// The columns that are there with these settings.
    pub(super) fn shown(&'static self, settings: &Settings) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.only.is_none_or(|setting| settings.is_set(setting)))
    }
}

impl Format {
    /// Every code that a finding of this format may have.
    pub fn codes(&self) -> Vec<String> {
        let mut codes = Vec::new();
        for file in self.files {
            for column in file.columns {
                codes.extend(column.words().map(|word| self.code(file, column, word)));
            }
        }
        codes
    }

    pub(super) fn code(&self, file: &File, column: &Column, word: &str) -> String {
        format!("{}.{}.{}.{word}", self.kind, file.name.trim_end_matches(".csv"), column.name)
    }
}

impl Column {
    /// The last words of the codes of what may be wrong with it.
    fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        let mapped = matches!(self.from, From::Mapped(map, _) if map.may_fail());
        let own = [
            (self.required.is_some(), "required"),
            (mapped, "unmapped"),
            (self.names.is_some(), "unknown"),
            (self.unique.is_some(), "repeated"),
            (self.most.is_some(), "many"),
        ];
        own.into_iter().filter(|(there, _)| *there).map(|(_, word)| word).chain(self.checks.iter().map(|c| c.code))
    }
}
