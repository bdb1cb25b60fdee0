//! Whether records that lie beside the files of a package may be taken: what they
//! must say, and whether what they name is there.

use super::beside::{self, Beside};
use crate::output::Failure;
use homeroom_store::intake::Intake;
use oneroster::model::{Field, Kind, Version};
use oneroster::record::{Record, Status, id_digest};
use oneroster::validate::Code;
use std::collections::{HashMap, HashSet};

/// Digests of identifiers, by kind.
type Digests = HashMap<Kind, HashSet<u64>>;

/// What was taken of a package, as far as records beside its files may name it.
#[derive(Default)]
pub struct Taken {
    wanted: HashSet<Kind>,
    here: Digests,
    gone: Digests,
}

/// Why a record is not taken, or a reference of it.
pub struct Lack {
    /// The rule.
    pub code: Code,
    /// The field.
    pub field: u8,
    /// Whether the record can do without.
    pub optional: bool,
    /// In words.
    pub message: String,
}

impl Taken {
    /// Nothing yet, of a package with this beside its files.
    pub fn of(beside: &Beside) -> Taken {
        let fields = beside.modes().flat_map(|(kind, _)| kind.entity().fields);
        Taken { wanted: fields.filter_map(Field::target).collect(), ..Taken::default() }
    }

    /// Notes a record that was taken.
    pub fn note(&mut self, record: &Record) {
        if self.wanted.contains(&record.kind()) {
            let of = if record.status == Status::Active { &mut self.here } else { &mut self.gone };
            of.entry(record.kind()).or_default().insert(id_digest(&record.sourced_id));
        }
    }

    /// Whether a record is there: in the package or, if that holds changes only, in
    /// the roster.
    fn has(&self, kind: Kind, id: &str, changes: bool, intake: &Intake) -> Result<bool, Failure> {
        let digest = id_digest(id);
        let among = |all: &Digests| all.get(&kind).is_some_and(|all| all.contains(&digest));
        if among(&self.here) {
            return Ok(true);
        }
        Ok(changes && !among(&self.gone) && intake.stored(kind, id)?.is_some())
    }

    /// What a live record lacks, one thing after the other.
    pub fn lacks(&self, record: &Record, changes: bool, intake: &Intake) -> Result<Vec<Lack>, Failure> {
        let mut lacks = Vec::new();
        for (field, at) in record.kind().entity().fields.iter().zip(0u8..) {
            let optional = !field.json_required.has(Version::V1P2);
            let Some(value) = record.get(at) else {
                if !optional {
                    let message = format!("{} is mandatory, and missing.", field.name);
                    lacks.push(Lack { code: Code::V1, field: at, optional, message });
                }
                continue;
            };
            let Some(target) = field.target() else { continue };
            if !self.has(target, value, changes, intake)? {
                let rest = if optional { "; the reference is left out" } else { "" };
                let message = format!("{} names a record of {} that is not there{rest}.", field.name, place(target));
                lacks.push(Lack { code: Code::R2, field: at, optional, message });
            }
        }
        Ok(lacks)
    }
}

fn place(kind: Kind) -> String {
    if kind.entity().csv.is_empty() { beside::name(kind) } else { kind.entity().file_name() }
}
