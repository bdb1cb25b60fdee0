//! From a request to the shape of its statement and the values bound to it.

use crate::schema::SEPARATOR;
use crate::sql::{ClauseShape, Goal, Key, Order, Shape, Wrap};
use crate::{Read, Tombstones};
use oneroster::model::Slot;
use oneroster::query::{Clause, Filter, Literal, Logical, Part, Predicate, Sort};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use xxhash_rust::xxh3::Xxh3;

/// A request, planned.
#[derive(Debug)]
pub struct Planned {
    /// The shape of its page from the start.
    pub shape: Shape,
    /// A digest of the request without its place, for cursors and caches.
    pub request: u64,
}

impl Planned {
    /// Whether it asks for all live records in the store's own order.
    pub fn is_plain(&self, read: &Read<'_>) -> bool {
        self.shape.order == Order::Row
            && self.shape.clauses.is_empty()
            && self.shape.views.is_empty()
            && read.tombstones == Tombstones::Hidden
    }
}

/// Plans a request.
pub fn plan(read: &Read<'_>) -> Planned {
    let clauses = read.filter.map_or(&[][..], |filter| &filter.clauses);
    let shape = Shape {
        goal: Goal::Page,
        version: read.version,
        kind: read.kind,
        views: read.views.to_vec(),
        logical: read.filter.map_or(Logical::And, |filter| filter.logical),
        clauses: clauses.iter().map(clause_shape).collect(),
        tombstones: read.tombstones == Tombstones::Shown,
        order: order(read),
        key: Key::Start,
        bounded: read.view.is_some(),
        made: read.view.is_some_and(|view| view.1),
        past: false,
        skip: false,
        limit: None,
    };
    let mut hasher = Xxh3::new();
    shape.hash(&mut hasher);
    read.view.hash(&mut hasher);
    for (_, id) in read.parents {
        id.hash(&mut hasher);
    }
    for clause in clauses {
        hash_literal(&clause.literal, &mut hasher);
    }
    Planned { shape, request: hasher.finish() }
}

fn clause_shape(clause: &Clause) -> ClauseShape {
    let items = match &clause.literal {
        Literal::List(items) => Some(items.len()),
        _ => None,
    };
    ClauseShape { path: clause.path.clone(), predicate: clause.predicate, items }
}

fn order(read: &Read<'_>) -> Order {
    match read.sort {
        Some(Sort { path, descending }) if path.slot == Slot::SourcedId => Order::SourcedId { descending: *descending },
        Some(Sort { path, descending }) if path.slot == Slot::Modified => Order::Published { descending: *descending },
        Some(Sort { path, descending }) => Order::Member { path: path.clone(), descending: *descending },
        // What changed since a time lies together in the order of change.
        None if read.filter.is_some_and(asks_since) && read.views.is_empty() => Order::Published { descending: false },
        None => Order::Row,
    }
}

fn asks_since(filter: &Filter) -> bool {
    let since = |clause: &Clause| {
        clause.path.slot == Slot::Modified
            && clause.path.part == Part::Value
            && matches!(clause.predicate, Predicate::Greater | Predicate::GreaterOrEqual | Predicate::Equal)
    };
    let all = filter.logical == Logical::And || filter.clauses.len() == 1;
    all && filter.clauses.iter().any(since)
}

fn hash_literal(literal: &Literal, hasher: &mut Xxh3) {
    match literal {
        Literal::Text(text) => text.hash(hasher),
        Literal::List(items) => items.hash(hasher),
        Literal::Date(date) => date.hash(hasher),
        Literal::Timestamp(instant) => instant.hash(hasher),
        Literal::Number(number) => number.to_bits().hash(hasher),
    }
}

/// A value that is bound to a statement.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    Null,
    Whole(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

/// Drivers log what they are given; texts may be of a person.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Value::Null => "Null",
            Value::Whole(_) => "Whole(..)",
            Value::Real(_) => "Real(..)",
            Value::Text(_) => "Text(..)",
        })
    }
}

impl Value<'_> {
    /// An item of a list column.
    pub fn item(text: &str) -> Value<'static> {
        Value::Text(format!("{SEPARATOR}{text}{SEPARATOR}").into())
    }

    /// A literal, or one item of it, as it is bound.
    pub fn literal(literal: &Literal, item: Option<usize>, wrap: Wrap) -> Option<Value<'static>> {
        let text = match (literal, item) {
            (Literal::List(items), Some(item)) => items.get(item)?,
            (Literal::Text(text), _) => text,
            (Literal::Date(date), _) => return Some(Value::Whole(i64::from(date.0))),
            (Literal::Timestamp(instant), _) => return Some(Value::Whole(instant.0)),
            (Literal::Number(number), _) => return Some(Value::Real(*number)),
            (Literal::List(_), None) => return None,
        };
        Some(match wrap {
            Wrap::Plain => Value::Text(text.clone().into()),
            Wrap::Item => Value::item(text),
            Wrap::Status => Value::Whole(match text.as_str() {
                "active" => 0,
                "tobedeleted" => 1,
                _ => -1,
            }),
        })
    }
}
