//! What a query asks for, after its text was understood.

use crate::model::{Entity, Field, Kind, Slot, Type};
use crate::time::{Date, Timestamp};

/// How the clauses of a filter are joined; the standard knows one kind a filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the words of the grammar")]
pub enum Logical {
    And,
    Or,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the predicates of the grammar")]
pub enum Predicate {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Predicate {
    /// As the grammar writes it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Predicate::Equal => "=",
            Predicate::NotEqual => "!=",
            Predicate::Less => "<",
            Predicate::LessOrEqual => "<=",
            Predicate::Greater => ">",
            Predicate::GreaterOrEqual => ">=",
            Predicate::Contains => "~",
        }
    }

    /// Whether it asks for an order.
    pub const fn is_order(self) -> bool {
        matches!(self, Predicate::Less | Predicate::LessOrEqual | Predicate::Greater | Predicate::GreaterOrEqual)
    }
}

/// A filter: clauses joined by one operator.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    /// How they are joined; without meaning for a single clause.
    pub logical: Logical,
    /// At least one clause.
    pub clauses: Vec<Clause>,
}

/// One comparison of a filter.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    /// What is compared.
    pub path: Path,
    /// How.
    pub predicate: Predicate,
    /// With what.
    pub literal: Literal,
}

/// What a clause or a sort speaks of.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Path {
    /// The kind of the records that are asked.
    pub kind: Kind,
    /// The member of the class.
    pub slot: Slot,
    /// What of the member.
    pub part: Part,
}

/// What a path means within a member.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Part {
    /// The value itself; of a reference its sourcedId.
    Value,
    /// The `type` of a reference: the same word for every value.
    RefType,
    /// The left side of pairs: `userIds.type`.
    Left,
    /// The right side of pairs: `userIds.identifier`.
    Right,
    /// A member of metadata, by its whole name.
    Metadata(String),
    /// A field of nested rows: `roles.role`, `roles.org.sourcedId`.
    Row(u8),
    /// The `type` of a reference in nested rows: `roles.org.type`.
    RowRefType(u8),
}

/// The right side of a clause, as the type of the path wants it.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// Text in NFC; for [`Predicate::Contains`] its Unicode lower case. An
    /// identifier (sourcedId or reference) is kept byte for byte.
    Text(String),
    /// The items of a list, each as in `Text`.
    List(Vec<String>),
    /// A day.
    Date(Date),
    /// An instant.
    Timestamp(Timestamp),
    /// A number.
    Number(f64),
}

/// The order of a collection.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Sort {
    /// What is compared; equal values are ordered by sourcedId, ascending.
    pub path: Path,
    /// From the greatest to the least; records without the value come first.
    pub descending: bool,
}

impl Path {
    /// The entity that is asked.
    pub fn entity(&self) -> &'static Entity {
        self.kind.entity()
    }

    /// The field of the member.
    pub fn field(&self) -> &'static Field {
        self.entity().field(self.slot)
    }

    /// The field whose values are compared: the member, or a field of its rows.
    pub fn leaf(&self) -> &'static Field {
        match (&self.part, self.field().ty) {
            (Part::Row(i) | Part::RowRefType(i), Type::Rows(kind)) => &kind.entity().fields[*i as usize],
            _ => self.field(),
        }
    }

    /// Whether values of the path are identifiers, compared byte for byte.
    pub fn is_identifier(&self) -> bool {
        matches!(self.part, Part::Value | Part::Row(_))
            && matches!(self.leaf().ty, Type::SourcedId | Type::Ref(..) | Type::Through(_) | Type::ProfileRef)
    }
}
