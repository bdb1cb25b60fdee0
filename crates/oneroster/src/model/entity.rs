//! The entities of OneRoster, in the order in which they can be loaded.

use super::field::{Field, Type, field};
use super::version::{Span, Version};
use super::vocabulary::STATUS as STATUS_WORDS;

/// Every kind of record, parents before children.
///
/// Rows of link files are kinds, too: they have a `sourcedId`, a status and an
/// owner of their own, and JSON nests them in the record they belong to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each kind is described by its row of MODEL")]
pub enum Kind {
    Org,
    AcademicSession,
    Course,
    Class,
    User,
    UserProfile,
    Role,
    Demographics,
    Enrollment,
    Resource,
    ClassResource,
    CourseResource,
    UserResource,
    Category,
    ScoreScale,
    LineItem,
    Result,
    LineItemScoreScale,
    ResultScoreScale,
    LineItemLearningObjectiveId,
    ResultLearningObjectiveId,
    AssessmentLineItem,
    AssessmentResult,
}

/// The part of the standard that an entity or an operation belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Service {
    /// People, classes and who is in them.
    Rostering,
    /// Learning material.
    Resources,
    /// Line items, results and score scales.
    Gradebook,
    /// The assessment results profile, served beside the gradebook.
    Assessment,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 4] = [Service::Rostering, Service::Resources, Service::Gradebook, Service::Assessment];

    /// The base path of the service in a version, without a slash at the end.
    pub const fn base_path(self, version: Version) -> &'static str {
        match (version, self) {
            (Version::V1P1, _) => "/ims/oneroster/v1p1",
            (_, Service::Rostering) => "/ims/oneroster/rostering/v1p2",
            (_, Service::Resources) => "/ims/oneroster/resources/v1p2",
            (_, Service::Gradebook | Service::Assessment) => "/ims/oneroster/gradebook/v1p2",
        }
    }
}

/// Where JSON shows the records of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// As a class with collections of its own.
    Class,
    /// As elements of a member of that class.
    Nested(Kind),
    /// Not at all: a link, seen as references from a record of that class.
    Link(Kind),
}

/// One entity of the standard.
#[derive(Debug)]
pub struct Entity {
    /// Which one.
    pub kind: Kind,
    /// The JSON key of one record, and the `type` of a reference to it.
    pub name: &'static str,
    /// The JSON key of a collection, the segment of its path, the base name of
    /// its CSV file, the name of its table.
    pub plural: &'static str,
    /// The class in the standard's own documents.
    pub class: &'static str,
    /// The service it belongs to.
    pub service: Service,
    /// Where JSON shows it.
    pub place: Place,
    /// Versions whose JSON has it.
    pub json: Span,
    /// Versions whose CSV has a file of it.
    pub csv: Span,
    /// Its own fields in the order of the CSV columns; [`COMMON`] stand before.
    pub fields: &'static [Field],
    /// One sentence for documents and help.
    pub doc: &'static str,
}

/// What every record has, in the order of the CSV columns.
pub static COMMON: [Field; 3] = [
    field("sourcedId", Type::SourcedId, "Identifier of the record in its source system; unique per provider and kind.")
        .required(),
    field("status", Type::Word(&STATUS_WORDS), "Whether the record is live; says nothing of a person's standing.")
        .json_required(Span::ALL),
    field("dateLastModified", Type::DateTime, "When the record last changed, in UTC.").json_required(Span::ALL),
];

/// The open map at the end of every record.
pub const METADATA: Field =
    field("metadata", Type::Metadata, "Further members of the deployment's own, by name.").csv(Span::NONE);

/// A place in a record: one of the common members, or a field of the entity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Slot {
    /// `sourcedId`.
    SourcedId,
    /// `status`.
    Status,
    /// `dateLastModified`.
    Modified,
    /// A field of the entity, by position.
    Own(u8),
}

impl Entity {
    /// The position of a field of the entity's own.
    ///
    /// # Panics
    /// If there is none of that name; in a `const` that is a compile error.
    #[expect(clippy::panic, reason = "evaluated at compile time by at!")]
    pub const fn at(&self, name: &str) -> u8 {
        let mut i = 0;
        while i < self.fields.len() {
            if same(self.fields[i].name, name) {
                return i as u8;
            }
            i += 1;
        }
        panic!("no such field in this entity")
    }

    /// The slot and the field of a JSON member of a version.
    pub fn member(&'static self, name: &str, version: Version) -> Option<(Slot, &'static Field)> {
        self.members(version).find(|(_, f)| f.name == name)
    }

    /// The JSON members of a version: the common ones, then the entity's own.
    pub fn members(&'static self, version: Version) -> impl Iterator<Item = (Slot, &'static Field)> {
        let common = [Slot::SourcedId, Slot::Status, Slot::Modified].into_iter().zip(&COMMON);
        let own = self.fields.iter().enumerate().map(|(i, f)| (Slot::Own(i as u8), f));
        common.chain(own).filter(move |(_, f)| f.in_json(version))
    }

    /// The CSV columns of a version, in order.
    pub fn columns(&'static self, version: Version) -> impl Iterator<Item = (Slot, &'static Field)> {
        let common = [Slot::SourcedId, Slot::Status, Slot::Modified].into_iter().zip(&COMMON);
        let own = self.fields.iter().enumerate().map(|(i, f)| (Slot::Own(i as u8), f));
        common.chain(own).filter(move |(_, f)| f.in_csv(version))
    }

    /// The field of a slot.
    pub fn field(&'static self, slot: Slot) -> &'static Field {
        match slot {
            Slot::SourcedId => &COMMON[0],
            Slot::Status => &COMMON[1],
            Slot::Modified => &COMMON[2],
            Slot::Own(i) => &self.fields[i as usize],
        }
    }

    /// The position of the metadata map, if the kind carries one.
    pub fn metadata(&self) -> Option<u8> {
        self.fields.iter().position(|f| matches!(f.ty, Type::Metadata)).map(|i| i as u8)
    }

    /// The kind that a nested or linking row belongs to.
    pub const fn parent_kind(&self) -> Option<Kind> {
        match self.place {
            Place::Class => None,
            Place::Nested(kind) | Place::Link(kind) => Some(kind),
        }
    }

    /// The field by which a nested or linking row names the record it belongs to.
    pub fn parent_field(&self) -> Option<u8> {
        let parent = self.parent_kind()?;
        self.fields.iter().position(|f| matches!(f.ty, Type::Ref(k, _) if k == parent)).map(|i| i as u8)
    }

    /// The file of the kind in a package: `users.csv`.
    pub fn file_name(&self) -> String {
        format!("{}.csv", self.plural)
    }
}

/// Compares two strings in a `const`.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
