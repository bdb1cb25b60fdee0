//! The one table: entities, fields, vocabularies, versions and routes.
//!
//! A row here is the only place where a field is written down. CSV columns,
//! JSON shapes, SQL tables, filters, validation and documents are folds over
//! it. Nothing in this module reads, writes or allocates.

mod edition;
mod entities;
mod entity;
mod field;
mod route;
mod sourced_id;
mod version;
pub mod vocabulary;

pub use edition::Edition;
pub use entities::MODEL;
pub use entity::{COMMON, Entity, Kind, METADATA, Place, Service, Slot, same};
pub use field::{CellForm, Field, Privacy, Type};
pub use route::{Access, Method, Parent, ROUTES, Role, Route, Shape, View, scope_uri};
pub use sourced_id::{LONGEST_ID, is_id_byte, is_sourced_id};
pub use version::{Span, Version};
pub use vocabulary::{Vocabulary, is_extension};

impl Kind {
    /// Every kind, parents before children.
    pub fn all() -> impl DoubleEndedIterator<Item = Kind> {
        MODEL.iter().map(|e| e.kind)
    }

    /// The row of the model.
    pub fn entity(self) -> &'static Entity {
        MODEL[self as usize]
    }

    /// The kind whose collections, file and table have this name.
    pub fn from_plural(plural: &str) -> Option<Kind> {
        MODEL.iter().find(|e| e.plural == plural).map(|e| e.kind)
    }
}

/// The position of a field, checked at compile time: `at!(User.givenName)`.
#[macro_export]
macro_rules! at {
    ($kind:ident . $field:ident) => {
        const { $crate::model::field_position($crate::model::Kind::$kind, stringify!($field)) }
    };
}

#[doc(hidden)]
pub const fn field_position(kind: Kind, name: &str) -> u8 {
    entities::entity_of(kind).at(name)
}
