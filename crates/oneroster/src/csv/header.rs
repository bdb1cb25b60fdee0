//! The header of a file, resolved once to a plan: which cell is which field.
//!
//! Rules T3 to T6 and the repairs D18, D20, D21 and D60 of csv.md live here.
//! Other names for a column are a fold over the model, whose JSON names are
//! what exporters borrow; only the names of 1.0 are written down.

use super::cell::Form;
use super::dialect::Dialect;
use super::padding::Padding;
use super::v1p0::{self, Need, Old, Translation};
use crate::model::{Edition, Field, Kind, Slot, Version};
use crate::validate::{Code, Severity};

/// What a column of a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A column of the standard.
    Slot(Slot),
    /// A `metadata.` column; its name is the column's without the prefix.
    Metadata,
    /// The material of a person, as the 2022 text of 1.2 wrote it (csv.md D60).
    Resources,
    /// Not part of the record.
    Ignored,
}

/// One column of a file.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in the header, as it stands in the file.
    pub name: String,
    /// What it is.
    pub target: Target,
    /// How its cells are read.
    pub form: Form,
    /// Whether its cells must be filled.
    pub required: bool,
    /// Whether a blank cell is worth a warning (1.0 only).
    pub wanted: bool,
    /// How its cells become those of 1.1 (1.0 only).
    pub translation: Translation,
}

/// How the cells of a file become a record.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The kind of record.
    pub kind: Kind,
    /// The version of the package.
    pub version: Version,
    /// Whether the file is of 1.0, whose rows are brought into the form of 1.1.
    pub old: bool,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Columns of the standard that the file does not have: what is stored of
    /// these fields stays (csv.md D21).
    pub missing: Vec<Slot>,
    /// How the text of the file is written.
    pub dialect: Dialect,
    /// How wide the identifiers of its columns are made.
    pub padding: Padding,
}

/// Something to say about a header.
#[derive(Debug)]
pub struct HeaderNote {
    /// The rule.
    pub code: Code,
    /// How bad it is in this run.
    pub severity: Severity,
    /// The column, by its position, if it is about one.
    pub column: Option<u16>,
    /// What is wrong.
    pub message: String,
}

/// The prefix of columns that the standard leaves to deployments.
pub const METADATA_PREFIX: &str = "metadata.";

/// Names that 1.0 used: kind, name there, name now.
const OLD_NAMES: &[(Option<Kind>, &str, &str)] = &[
    (None, "grade", "grades"),
    (None, "termSourcedId", "termSourcedIds"),
    (Some(Kind::User), "userId", "userIds"),
    (Some(Kind::Course), "schoolYearId", "schoolYearSourcedId"),
    (Some(Kind::Demographics), "userSourcedId", "sourcedId"),
];

/// The column of the 2022 text of 1.2 that 1.2.1 removed.
pub(super) const RESOURCE_IDS: &str = "resourceSourcedIds";

impl Plan {
    /// The prefix-free name of a metadata column.
    pub fn metadata_name(&self, column: usize) -> &str {
        self.columns.get(column).and_then(|c| c.name.trim().strip_prefix(METADATA_PREFIX)).unwrap_or_default()
    }

    /// Whether people's material stands in their own rows (csv.md D60).
    pub fn lists_resources(&self) -> bool {
        self.columns.iter().any(|column| column.target == Target::Resources)
    }

    /// Passes over people's material, which another file tells.
    pub(crate) fn pass_over_resources(&mut self) {
        for column in self.columns.iter_mut().filter(|column| column.target == Target::Resources) {
            (column.target, column.form) = (Target::Ignored, Form::Skip);
        }
    }

    /// The position in the file of a field's column.
    pub fn position(&self, slot: Slot) -> Option<usize> {
        self.columns.iter().position(|c| c.target == Target::Slot(slot))
    }

    /// Resolves a header. The plan is `None` where the file cannot be read by
    /// it; the notes say why.
    pub fn resolve(
        kind: Kind,
        edition: impl Into<Edition>,
        header: &[&str],
        strict: bool,
    ) -> (Option<Plan>, Vec<HeaderNote>) {
        let edition = edition.into();
        let (version, old) = (edition.version(), edition == Edition::V1P0);
        let standard = if old { old_columns(kind) } else { columns(kind, version) };
        let mut resolver = Resolver { kind, version, old, strict, standard, notes: Vec::new() };
        let targets = resolver.targets(header);
        resolver.blank_and_repeated(header);
        resolver.order(header, &targets);
        let missing = resolver.missing(&targets);
        let fatal = resolver.notes.iter().any(|n| matches!(n.code, Code::T4) || (n.code == Code::T3 && !strict))
            || missing.contains(&Slot::SourcedId);
        let columns = header.iter().zip(&targets).map(|(name, &target)| resolver.column(name, target)).collect();
        let plan =
            Plan { kind, version, old, columns, missing, dialect: Dialect::default(), padding: Padding::default() };
        ((!fatal).then_some(plan), resolver.notes)
    }
}

/// A column that the standard has.
struct Standard {
    target: Target,
    column: &'static str,
    /// Other names that exporters give it.
    aliases: [&'static str; 2],
    form: Form,
    need: Need,
    translation: Translation,
}

fn columns(kind: Kind, version: Version) -> Vec<Standard> {
    let column = |(slot, field): (Slot, &'static Field)| Standard {
        target: Target::Slot(slot),
        column: field.column,
        aliases: [field.column, field.name],
        form: Form::of(slot, field),
        need: if field.csv_required.has(version) { Need::Yes } else { Need::No },
        translation: Translation::Same,
    };
    kind.entity().columns(version).map(column).collect()
}

fn old_columns(kind: Kind) -> Vec<Standard> {
    let column = |old: &Old| {
        let field = if let Target::Slot(slot) = old.target() { Some((slot, kind.entity().field(slot))) } else { None };
        Standard {
            target: old.target(),
            column: old.column(kind),
            aliases: field.map_or([""; 2], |(_, field)| [field.column, field.name]),
            form: field.map_or(Form::Metadata, |(slot, field)| Form::of(slot, field)),
            need: old.needed(kind),
            translation: old.translation,
        }
    };
    v1p0::columns(kind).iter().map(column).collect()
}

struct Resolver {
    kind: Kind,
    version: Version,
    old: bool,
    strict: bool,
    standard: Vec<Standard>,
    notes: Vec<HeaderNote>,
}

impl Resolver {
    fn note(&mut self, code: Code, column: Option<usize>, message: String) {
        let rule = code.rule();
        if let Some(severity) = if self.strict { rule.strict } else { rule.careful } {
            self.notes.push(HeaderNote { code, severity, column: column.map(|c| c as u16), message });
        }
    }

    fn targets(&mut self, header: &[&str]) -> Vec<Target> {
        let mut targets: Vec<Target> = header.iter().map(|name| self.exact(name)).collect();
        if !self.strict {
            for at in 0..header.len() {
                if targets[at] == Target::Ignored {
                    targets[at] = self.lenient(at, header, &targets);
                }
            }
        }
        let rest = header.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        for (at, &name) in header.iter().enumerate() {
            if targets[at] != Target::Ignored || name.trim().is_empty() {
                continue;
            }
            if (self.kind, self.version, name) == (Kind::User, Version::V1P2, RESOURCE_IDS) {
                let code = if self.strict { Code::T3 } else { Code::D60 };
                self.note(code, Some(at), Code::D60.rule().sentence.to_owned());
                if !self.strict {
                    targets[at] = Target::Resources;
                }
            } else {
                self.note(Code::T5, Some(at), "The column is not part of the standard and is not imported.".to_owned());
            }
        }
        if rest < header.len() && !self.strict {
            let message = "The header ends in blank names; these columns are not imported.".to_owned();
            self.note(Code::D18, Some(rest), message);
        }
        targets
    }

    fn exact(&self, name: &str) -> Target {
        if name.len() > METADATA_PREFIX.len() && name.starts_with(METADATA_PREFIX) {
            return Target::Metadata;
        }
        self.standard.iter().find(|s| s.column == name).map_or(Target::Ignored, |s| s.target)
    }

    /// Recognises a column by another case, by the name that REST gives it, or
    /// by the one that 1.0 did (csv.md D20).
    fn lenient(&mut self, at: usize, header: &[&str], taken: &[Target]) -> Target {
        let name = header[at].trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}' || c == '\u{a0}');
        let old = OLD_NAMES
            .iter()
            .find(|(kind, old, _)| kind.is_none_or(|k| k == self.kind) && old.eq_ignore_ascii_case(name))
            .map(|(_, _, new)| *new);
        let by = |wanted: &str, of: fn(&Standard) -> &str| {
            let found = self.standard.iter().find(|s| of(s).eq_ignore_ascii_case(wanted));
            found.map(|s| (s.target, s.column))
        };
        let found = by(name, |s| s.column)
            .or_else(|| by(name, |s| s.aliases[0]))
            .or_else(|| by(name, |s| s.aliases[1]))
            .or_else(|| by(old?, |s| s.column));
        let Some((target, column)) = found.filter(|_| !name.is_empty()) else { return Target::Ignored };
        if taken.contains(&target) && target != Target::Metadata {
            self.note(
                Code::T4,
                Some(at),
                format!("Two columns claim to be {column}; it cannot be told which is meant."),
            );
            return Target::Ignored;
        }
        self.note(Code::D20, Some(at), format!("The column was read as {column}."));
        target
    }

    fn blank_and_repeated(&mut self, header: &[&str]) {
        let filled = header.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let asked = if self.strict { header.len() } else { filled };
        for at in 0..asked {
            if header[at].trim().is_empty() {
                self.note(Code::T4, Some(at), format!("Column {} of the header has no name.", at + 1));
            } else if header[..at].contains(&header[at]) {
                self.note(Code::T4, Some(at), "The column is in the header twice.".to_owned());
            }
        }
    }

    fn order(&mut self, header: &[&str], targets: &[Target]) {
        let place = |target: &Target| match target {
            Target::Slot(_) => self.standard.iter().position(|s| s.target == *target),
            _ => None,
        };
        let repeated = self.notes.iter().any(|n| n.code == Code::T4);
        if !repeated && !targets.iter().filter_map(place).is_sorted() {
            let code = if self.strict { Code::T3 } else { Code::D20 };
            self.note(code, None, "The columns stand in another order than the standard's.".to_owned());
        }
        // In 1.0 the standard itself puts them between its columns.
        let last = targets.iter().rposition(|t| matches!(t, Target::Slot(_))).filter(|_| !self.old).unwrap_or(0);
        for at in (0..last).filter(|&at| targets[at] == Target::Metadata) {
            let message = format!("{} stands before columns of the standard.", header[at]);
            self.note(Code::T6, Some(at), message);
        }
    }

    fn missing(&mut self, targets: &[Target]) -> Vec<Slot> {
        let mut missing = Vec::new();
        let mut lacking = Vec::new();
        for standard in &self.standard {
            let Target::Slot(slot) = standard.target else { continue };
            if !targets.contains(&standard.target) {
                missing.push(slot);
                lacking.push((standard.column, standard.need));
            }
        }
        for (column, need) in lacking {
            if self.strict {
                self.note(Code::T3, None, format!("The column {column} is missing."));
            } else if need == Need::Yes {
                self.note(Code::T3, None, format!("The column {column} is missing; every record needs it."));
            } else {
                self.note(Code::D21, None, format!("The column {column} is missing; what is stored of it stays."));
            }
        }
        missing
    }

    fn column(&self, name: &str, target: Target) -> Column {
        let standard = match target {
            Target::Slot(_) => self.standard.iter().find(|s| s.target == target),
            _ => None,
        };
        let name = name.to_owned();
        match standard {
            Some(s) => Column {
                name,
                target,
                form: s.form,
                required: s.need == Need::Yes,
                wanted: s.need == Need::Doubtful,
                translation: s.translation,
            },
            None => {
                let form = match target {
                    Target::Metadata => Form::Metadata,
                    Target::Resources => Form::Refs(Kind::Resource),
                    _ => Form::Skip,
                };
                let translation = Translation::Same;
                Column { name, target, form, required: false, wanted: false, translation }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: Kind, version: Version) -> Vec<&'static str> {
        kind.entity().columns(version).map(|(_, f)| f.column).collect()
    }

    fn codes(notes: &[HeaderNote]) -> Vec<Code> {
        notes.iter().map(|n| n.code).collect()
    }

    #[test]
    fn the_header_of_the_standard_needs_no_word() {
        for version in Version::ALL {
            for kind in Kind::all().filter(|k| k.entity().csv.has(version)) {
                let (plan, notes) = Plan::resolve(kind, version, &names(kind, version), true);
                assert!(notes.is_empty() && plan.is_some_and(|p| p.missing.is_empty()), "{kind:?} {version}");
            }
        }
    }

    #[test]
    fn other_names_are_recognised_with_care_only() {
        let cases = [
            (Kind::Org, "parentSourcedId", "parent"),
            (Kind::Class, "termSourcedIds", "termSourcedId"),
            (Kind::Class, "courseSourcedId", "course"),
            (Kind::Course, "schoolYearSourcedId", "schoolYear"),
            (Kind::User, "userIds", "userId"),
            (Kind::User, "agentSourcedIds", "agents"),
            (Kind::Demographics, "sourcedId", "userSourcedId"),
            (Kind::Demographics, "birthDate", "birthdate"),
            (Kind::Org, "sourcedId", " SOURCEDID"),
        ];
        for (kind, column, written) in cases {
            let mut header = names(kind, Version::V1P1);
            let at = header.iter().position(|&n| n == column).unwrap();
            header[at] = written;
            let (plan, notes) = Plan::resolve(kind, Version::V1P1, &header, false);
            assert_eq!(codes(&notes), [Code::D20], "{written}");
            assert!(plan.unwrap().missing.is_empty(), "{written}");
            let (_, notes) = Plan::resolve(kind, Version::V1P1, &header, true);
            assert!(codes(&notes).contains(&Code::T3), "{written}");
        }
    }

    #[test]
    fn each_fault_of_a_header_has_its_rule() {
        let base = names(Kind::Org, Version::V1P2);
        let with = |extra: &[&'static str]| [base.clone(), extra.to_vec()].concat();
        let cases: [(Vec<&str>, &[Code], bool); 8] = [
            (with(&["colour"]), &[Code::T5], true),
            (with(&["metadata.colour"]), &[], true),
            (with(&["", ""]), &[Code::D18], true),
            (with(&["", "metadata.x"]), &[Code::T4], false),
            (with(&["name"]), &[Code::T4], false),
            (with(&["parent"]), &[Code::T4, Code::T5], false),
            ([&["metadata.a"], &base[..]].concat(), &[Code::T6], true),
            (base[..base.len() - 1].to_vec(), &[Code::D21], true),
        ];
        for (header, wanted, readable) in cases {
            let (plan, notes) = Plan::resolve(Kind::Org, Version::V1P2, &header, false);
            assert_eq!((codes(&notes).as_slice(), plan.is_some()), (wanted, readable), "{header:?}");
        }
        let (plan, notes) = Plan::resolve(Kind::Org, Version::V1P2, &["sourcedId", "type"], false);
        assert!(codes(&notes).contains(&Code::T3) && plan.is_none(), "a required column is missing");
    }
}
