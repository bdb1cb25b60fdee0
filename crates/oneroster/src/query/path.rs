//! Names of fields, from their text and back to it (rest.md 3.4).

use super::ast::{Part, Path};
use crate::grant::Cover;
use crate::model::{Entity, Field, Kind, Place, Slot, Type, Version};
use std::fmt;

/// The member of a reference that names the record.
const ID: &str = "sourcedId";
/// The member of a reference that says what kind it names.
const TYPE: &str = "type";

/// What a name of a filter or an order means.
pub(super) enum Named {
    /// Values that can be compared.
    Path(Path),
    /// A member that has no value of its own, only members.
    Open(&'static Field),
    /// Nothing in this class.
    Unknown,
}

/// Reads `familyName`, `school.sourcedId`, `roles.org.type`, `metadata.x.y`.
/// What a cover does not show is not there.
pub(super) fn resolve(name: &str, kind: Kind, version: Version, cover: &Cover) -> Named {
    let (head, rest) = match name.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (name, None),
    };
    let Some((slot, field)) = kind.entity().member(head, version) else { return Named::Unknown };
    if !cover.answers(kind, slot) {
        return Named::Unknown;
    }
    let part = match (field.ty, rest) {
        (Type::Metadata, Some(key)) if !key.is_empty() => Some(Part::Metadata(key.to_owned())),
        (Type::Metadata, _) => return Named::Open(field),
        (Type::Rows(_) | Type::Pairs(..), None) => return Named::Open(field),
        (Type::Ref(..) | Type::Through(_), None | Some(ID)) => Some(Part::Value),
        (Type::Ref(..) | Type::Through(_), Some(TYPE)) => Some(Part::RefType),
        (Type::Pairs(left, _), Some(rest)) if rest == left => Some(Part::Left),
        (Type::Pairs(_, right), Some(rest)) if rest == right => Some(Part::Right),
        (Type::Rows(rows), Some(rest)) => match row_part(rest, rows, version, cover) {
            None if opens(rest, rows, version, cover) => return Named::Open(field),
            part => part,
        },
        (_, None) => Some(Part::Value),
        _ => None,
    };
    part.map_or(Named::Unknown, |part| Named::Path(Path { kind, slot, part }))
}

/// Reads what stands behind the name of nested rows.
fn row_part(name: &str, rows: Kind, version: Version, cover: &Cover) -> Option<Part> {
    let entity = rows.entity();
    shown(rows, version, cover).find_map(|(i, field)| {
        let rest = strip(name, &row_name(entity, field))?;
        match (field.ty, rest) {
            (Type::Metadata | Type::Rows(_) | Type::Pairs(..), _) => None,
            (Type::Ref(..), None | Some(ID)) => Some(Part::Row(i)),
            (Type::Ref(..), Some(TYPE)) => Some(Part::RowRefType(i)),
            (_, None) => Some(Part::Row(i)),
            _ => None,
        }
    })
}

/// Whether a name is that of an array of objects within nested rows.
fn opens(name: &str, rows: Kind, version: Version, cover: &Cover) -> bool {
    shown(rows, version, cover).any(|(_, field)| field.within == Some(name))
}

/// The fields of nested rows that can be asked for.
fn shown(rows: Kind, version: Version, cover: &Cover) -> impl Iterator<Item = (u8, &'static Field)> {
    let fields = rows.entity().fields.iter().zip(0u8..).map(|(field, i)| (i, field));
    fields.filter(move |(i, field)| field.in_json(version) && cover.answers(rows, Slot::Own(*i)))
}

/// `name` without `prefix` and the dot behind it; `Some(None)` if they are equal.
fn strip<'a>(name: &'a str, prefix: &str) -> Option<Option<&'a str>> {
    let rest = name.strip_prefix(prefix)?;
    if rest.is_empty() { Some(None) } else { rest.strip_prefix('.').map(Some) }
}

/// The name of a field of nested rows, with the array it stands in. An array
/// with one member only is a plain list: the member has no name of its own.
fn row_name(entity: &Entity, field: &Field) -> String {
    match field.within {
        None => field.name.to_owned(),
        Some(array) if entity.fields.iter().filter(|f| f.within == Some(array)).count() == 1 => array.to_owned(),
        Some(array) => format!("{array}.{}", field.name),
    }
}

impl Path {
    /// The path that a filter of a version names so; `None` if it has none of
    /// that name, or one that has only members.
    pub fn named(name: &str, kind: Kind, version: Version) -> Option<Path> {
        match resolve(name, kind, version, &Cover::default()) {
            Named::Path(path) => Some(path),
            Named::Open(_) | Named::Unknown => None,
        }
    }

    /// The word of the `type` of the references that the path speaks of.
    pub fn reference_type(&self) -> Option<&'static str> {
        match self.leaf().ty {
            Type::Ref(kind, _) => Some(kind.entity().name),
            Type::Through(link) => link_target(link).map(|kind| kind.entity().name),
            _ => None,
        }
    }

    /// Whether every record has any number of values of the path.
    pub fn is_many(&self) -> bool {
        self.field().many
    }
}

/// The kind of record that rows of a link kind point at: what they must name
/// beside the record they belong to.
fn link_target(link: Kind) -> Option<Kind> {
    let entity = link.entity();
    let Place::Link(parent) = entity.place else { return None };
    entity.fields.iter().filter(|f| !f.csv_required.is_empty()).find_map(|f| match f.ty {
        Type::Ref(kind, _) if kind != parent => Some(kind),
        _ => None,
    })
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, leaf) = (self.field(), self.leaf());
        f.write_str(field.name)?;
        match (&self.part, field.ty) {
            (Part::Value, Type::Ref(..) | Type::Through(_)) => write!(f, ".{ID}"),
            (Part::RefType, _) => write!(f, ".{TYPE}"),
            (Part::Left, Type::Pairs(side, _)) | (Part::Right, Type::Pairs(_, side)) => write!(f, ".{side}"),
            (Part::Metadata(key), _) => write!(f, ".{key}"),
            (Part::Row(_), Type::Rows(rows)) => {
                write!(f, ".{}", row_name(rows.entity(), leaf))?;
                if matches!(leaf.ty, Type::Ref(..)) { write!(f, ".{ID}") } else { Ok(()) }
            }
            (Part::RowRefType(_), Type::Rows(rows)) => write!(f, ".{}.{TYPE}", row_name(rows.entity(), leaf)),
            _ => Ok(()),
        }
    }
}

/// The path of a member that stands in every record.
pub(super) fn common(kind: Kind, slot: Slot) -> Path {
    Path { kind, slot, part: Part::Value }
}
