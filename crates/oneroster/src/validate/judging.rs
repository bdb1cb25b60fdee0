//! The state of a run: what every file leaves for the files after it.

use super::figures::{self, Counting};
use super::gradebook::Gradebook;
use super::judgement::FileState;
use super::known::Store;
use super::long::Long;
use super::options::Options;
use super::report::{Place, Report};
use super::resources::Resources;
use super::roster::Roster;
use super::rules::{Code, Severity};
use super::tables::{Bits, Ids, NONE};
use super::tally::Tally;
use crate::csv::cell::{Cells, Cleaner, Form, Repairs};
use crate::csv::{Column, DateOrder, Derived, Dialect, Edition, Mode, Package, Plan, Target};
use crate::model::{Entity, Kind, MODEL, Privacy, Slot, Type, Version};
use crate::record::id_digest;
use crate::time::Date;
use hashbrown::{HashMap, HashSet};

/// Most fields that a kind may have.
pub(super) const FIELDS: usize = 32;

/// What the run knows while it goes from file to file.
pub(super) struct Judging<'a> {
    pub options: &'a Options,
    pub version: Version,
    pub report: Report,
    pub ids: Vec<Ids>,
    pub states: [Option<FileState>; MODEL.len()],
    pub roster: Roster,
    pub gradebook: Gradebook,
    pub resources: Resources,
    /// The mode of each kind's file, if it was sent.
    pub modes: [Option<Mode>; MODEL.len()],
    pub figures: Counting,
    pub package: &'a Package,
    pub tally: Tally,
    /// Whether the package is of 1.0.
    pub old: bool,
    /// Whether people's material stands in their own rows.
    pub resources_in_users: bool,
    /// What its records lack.
    pub derived: Derived,
    /// Digests of the identifiers that delta files speak of.
    pub told: HashMap<Kind, HashSet<u64>>,
    /// Records that delta files take away.
    pub gone: Vec<Gone>,
    /// What is stored, for changes.
    pub store: Store<'a>,
    /// Why the package is of no use: a file of it is no table at all.
    pub unreadable: Option<String>,
}

impl<'a> Judging<'a> {
    /// A run that has read nothing yet.
    pub fn new(
        options: &'a Options,
        edition: Edition,
        report: Report,
        store: Store<'a>,
        package: &'a Package,
    ) -> Judging<'a> {
        Judging {
            options,
            version: edition.version(),
            report,
            ids: MODEL.iter().map(|_| Ids::default()).collect(),
            states: [None; MODEL.len()],
            roster: Roster::new(options),
            package,
            tally: Tally::default(),
            figures: Counting::default(),
            gradebook: Gradebook::default(),
            resources: Resources::default(),
            modes: [None; MODEL.len()],
            old: edition == Edition::V1P0,
            resources_in_users: false,
            derived: Derived::default(),
            told: HashMap::new(),
            gone: Vec::new(),
            store,
            unreadable: None,
        }
    }

    /// Notes that a file is no table at all, and why.
    pub fn no_table(&mut self, kind: Kind, why: &str) {
        let name = kind.entity().file_name();
        self.unreadable.get_or_insert_with(|| {
            format!("{name} cannot be read as a table: {why}. Export the package again, and look into the file.")
        });
    }

    /// The edition of the package.
    pub fn edition(&self) -> Edition {
        if self.old { Edition::V1P0 } else { self.version.into() }
    }

    /// Whether a kind's file is in the package.
    pub fn sent(&self, kind: Kind) -> bool {
        self.modes[kind as usize].is_some()
    }

    /// Whether files of the package refer to records of a kind.
    pub fn referred(&self, kind: Kind) -> bool {
        let refers = |e: &&Entity| e.fields.iter().any(|f| f.in_csv(self.version) && f.target() == Some(kind));
        (kind == Kind::Resource && self.resources_in_users)
            || MODEL
                .iter()
                .any(|e| self.sent(e.kind) && (refers(e) || (kind, e.kind) == (Kind::User, Kind::Demographics)))
    }
}

/// A record that a row of a delta file takes away.
#[derive(Debug)]
pub(super) struct Gone {
    pub kind: Kind,
    pub file: u8,
    pub line: u32,
    pub id: Box<str>,
}

/// The values of one row, by the position of their field.
pub(super) struct Values {
    pub refs: [u32; FIELDS],
    pub days: [Option<Date>; FIELDS],
    pub words: [u8; FIELDS],
    pub flags: [Option<bool>; FIELDS],
    pub items: [u16; FIELDS],
    /// References of lists: field, record.
    pub lists: Vec<(u8, u32)>,
    /// The words of a list, as bits; no kind has two such lists.
    pub word_bits: u32,
    /// Digests of the left sides of pairs, of kinds that others look them up in.
    pub lefts: Vec<u64>,
}

/// No word.
pub(super) const NO_WORD: u8 = 254;

impl Values {
    pub fn new() -> Values {
        Values {
            refs: [NONE; FIELDS],
            days: [None; FIELDS],
            words: [NO_WORD; FIELDS],
            flags: [None; FIELDS],
            items: [0; FIELDS],
            lists: Vec::new(),
            word_bits: 0,
            lefts: Vec::new(),
        }
    }

    #[inline]
    pub fn clear(&mut self) {
        self.refs = [NONE; FIELDS];
        self.days = [None; FIELDS];
        self.words = [NO_WORD; FIELDS];
        self.flags = [None; FIELDS];
        self.items = [0; FIELDS];
        self.lists.clear();
        self.word_bits = 0;
        self.lefts.clear();
    }

    /// The records of a list.
    pub fn list(&self, field: u8) -> impl Iterator<Item = u32> + '_ {
        self.lists.iter().filter(move |(f, _)| *f == field).map(|(_, r)| *r)
    }
}

/// A reference to a record of the same file, which may come later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub from: u32,
    pub to: u32,
    pub column: u16,
}

/// The last text of a reference column and what it resolved to; exports are
/// mostly in the order of one of them.
#[derive(Default)]
pub(super) struct Memo {
    pub text: String,
    pub found: Option<u32>,
}

/// The reading of one file.
pub(super) struct Reading {
    pub kind: Kind,
    /// Whether the file holds changes.
    pub delta: bool,
    pub file: u8,
    pub rows: u32,
    pub rejected: Bits,
    pub skipped: Bits,
    pub rejected_ids: HashSet<u64>,
    pub unidentified: u64,
    /// Digests of identifiers that no one refers to.
    pub digests: Long<u64>,
    /// Digests of identifiers without case, where that differs, with the row.
    pub folded: Vec<(u64, u32)>,
    /// Digests of identifiers that seem to be there more than once.
    pub suspects: HashSet<u64>,
    pub pending: Vec<Pending>,
    pub values: Values,
    pub cleaner: Cleaner,
    pub cells: Cells,
    pub memos: Vec<Memo>,
    pub id_column: usize,
    pub status_columns: [Option<usize>; 2],
    pub keeps_ids: bool,
    /// How many rows fill each column, of those whose cells could be told apart.
    pub filled: Vec<u64>,
    pub whole: u64,
    pub name_column: usize,
    /// The file, to be read again.
    pub entry: String,
    pub dialect: Dialect,
    /// In which order each column writes days, once that was asked.
    pub orders: Vec<DateOrder>,
    /// The orgs of people who stood in several rows, by the row that was kept.
    pub merged: HashMap<u32, String>,
    pub user_column: usize,
    /// Whether line ends of the file were remarked on already.
    pub line_ends_said: bool,
    /// Columns of which something was said that is said once, as bits.
    pub said: u64,
    /// Whether the rest of the file cannot be trusted.
    pub broken: bool,
    /// The field that names the record in which a row is shown.
    parent: Option<(Kind, u8)>,
    /// The row of the last one that was named so.
    parent_row: u32,
    /// Whether the rows come in the order of the rows of those records.
    pub in_order: bool,
}

impl Reading {
    pub fn new(judging: &Judging<'_>, file: u8, plan: &Plan, entry: &str) -> Reading {
        let memos = plan.columns.iter().map(|_| Memo::default()).collect();
        Reading {
            kind: plan.kind,
            delta: judging.modes[plan.kind as usize] == Some(Mode::Delta),
            file,
            rows: 0,
            rejected: Bits::default(),
            skipped: Bits::default(),
            rejected_ids: HashSet::new(),
            unidentified: 0,
            digests: Long::default(),
            folded: Vec::new(),
            suspects: HashSet::new(),
            pending: Vec::new(),
            values: Values::new(),
            cleaner: Cleaner::new(judging.options.strict),
            cells: Cells::new(judging.version, judging.options.strict),
            memos,
            id_column: plan.position(Slot::SourcedId).unwrap_or(usize::MAX),
            status_columns: [plan.position(Slot::Status), plan.position(Slot::Modified)],
            keeps_ids: judging.referred(plan.kind),
            filled: vec![0; plan.columns.len()],
            whole: 0,
            name_column: figures::name_column(plan),
            entry: entry.to_owned(),
            dialect: plan.dialect,
            orders: Vec::new(),
            merged: HashMap::new(),
            user_column: figures::user_column(plan),
            line_ends_said: false,
            said: 0,
            broken: false,
            parent: plan.kind.entity().parent_kind().zip(plan.kind.entity().parent_field()),
            parent_row: 0,
            in_order: true,
        }
    }

    /// Whether a row is neither rejected nor skipped.
    pub fn stands(&self, row: u32) -> bool {
        !self.rejected.has(row) && !self.skipped.has(row)
    }

    /// Notes where the record stands in which a good row is shown.
    #[inline]
    pub fn follow(&mut self, ids: &[Ids]) {
        let Some((kind, field)) = self.parent.filter(|_| self.in_order) else { return };
        let number = self.values.refs[usize::from(field)];
        let row = if number == NONE { None } else { Some(ids[kind as usize].row(number).0) };
        self.in_order = row.is_some_and(|row| row >= self.parent_row);
        self.parent_row = row.unwrap_or(0);
    }

    /// Takes a row for rejected.
    pub fn reject(&mut self, row: u32, id: &str) {
        self.rejected.insert(row);
        if id.is_empty() {
            self.unidentified += 1;
        } else {
            self.rejected_ids.insert(id_digest(id));
        }
    }
}

/// Adds findings about one row.
pub(super) struct Remarks<'a> {
    pub report: &'a mut Report,
    pub plan: &'a Plan,
    pub file: u8,
    pub line: u32,
    pub id: &'a str,
    pub rejected: bool,
}

impl Remarks<'_> {
    fn place(&self, column: Option<usize>) -> Place {
        Place { file: Some(self.file), line: self.line, column: column.map(|c| c as u16) }
    }

    /// Adds a finding by its rule.
    pub fn add(&mut self, code: Code, column: Option<usize>, raw: &str) {
        self.add_variant(code, column, raw, 0);
    }

    /// Adds a finding by its rule, of which there are several sentences.
    #[cold]
    pub fn add_variant(&mut self, code: Code, column: Option<usize>, raw: &str, variant: u8) {
        let Some(severity) = self.report.severity(code) else { return };
        self.put(code, severity, column, raw, variant);
    }

    /// Adds a finding of a severity.
    #[cold]
    pub fn put(&mut self, code: Code, severity: Severity, column: Option<usize>, raw: &str, variant: u8) {
        let (plan, place) = (self.plan, self.place(column));
        self.report.put(code, severity, place, self.id, variant, || describe(code, column, plan, variant));
        let secret = column.and_then(|c| privacy(plan, plan.columns.get(c)?)) == Some(Privacy::Secret);
        if column.is_some() && !secret {
            self.report.with_value(raw);
        }
        self.rejected |= severity == Severity::Error;
    }

    /// Adds the repairs of a cell.
    #[cold]
    pub fn repairs(&mut self, repairs: Repairs, column: usize, raw: &str) {
        for code in repairs.codes() {
            self.put(code, Severity::Repaired, Some(column), raw, 0);
        }
    }
}

fn privacy(plan: &Plan, column: &Column) -> Option<Privacy> {
    match column.target {
        Target::Slot(slot) => Some(plan.kind.entity().field(slot).privacy),
        _ => None,
    }
}

/// A sentence for a finding about a column, from what the model says of it.
fn describe(code: Code, column: Option<usize>, plan: &Plan, variant: u8) -> String {
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

/// Whether the references of a field are to records of the same file.
pub(super) fn is_self(kind: Kind, form: Form) -> bool {
    matches!(form, Form::Ref(k) | Form::Refs(k) if k == kind)
}

/// The position of a column's field.
pub(super) fn own(column: &Column) -> Option<u8> {
    match column.target {
        Target::Slot(Slot::Own(field)) => Some(field),
        _ => None,
    }
}

const _: () = {
    let mut i = 0;
    while i < MODEL.len() {
        assert!(MODEL[i].fields.len() <= FIELDS, "a kind has more fields than Values has room for");
        i += 1;
    }
};

/// The types that the target of a field must have, if it is restricted.
pub(super) fn wanted_types(kind: Kind, field: u8) -> &'static [&'static str] {
    match kind.entity().fields[field as usize].ty {
        Type::Ref(_, types) => types,
        _ => &[],
    }
}
