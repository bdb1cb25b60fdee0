//! Tables as a fold over the model.
//!
//! Every kind has a table of one shape: a row id, what the store knows of the
//! record, the packed record itself, and beside it a typed column for every
//! field that can be filtered or sorted by. The columns serve queries; what a
//! reader sees is rendered from the packed record alone.

mod ddl;

pub use ddl::{Dialect, drop_index, index_statements, indexed_columns, schema};

use oneroster::model::{Entity, Field, Kind, Place, Privacy, Type};
use std::sync::LazyLock;

/// What a column holds, and in which form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// Text in NFC.
    Text,
    /// The row id of the record that a reference names.
    RowId(Kind),
    /// Days since 1970-01-01.
    Day,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant,
    /// A number.
    Number,
    /// Texts in NFC, each between separators.
    Texts,
    /// sourcedIds, byte for byte, each between separators.
    Ids,
    /// The left sides of pairs, as `Texts`.
    Left,
    /// The right sides of pairs, as `Texts`.
    Right,
    /// A JSON object.
    Metadata,
}

/// Stands around every item of a list column; cannot be part of one.
pub const SEPARATOR: char = '\u{1f}';

/// A column that serves queries.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The field it is made from.
    pub field: u8,
    /// What it holds.
    pub content: Content,
    /// Whether it has an index.
    pub indexed: bool,
}

/// The columns every table begins with.
pub const FIXED: [&str; 8] = ["rid", "sourcedId", "owner", "status", "published", "sourceModified", "digest", "packed"];

/// Those of them that the writer fills itself.
pub const RID: &str = FIXED[0];
/// Whether a row is live.
pub const STATUS: &str = FIXED[3];
/// When it became visible.
pub const PUBLISHED: &str = FIXED[4];

/// The column before them on PostgreSQL, where one database serves many
/// tenants: it leads every key.
pub const TENANT: &str = "tenant";

/// The columns every table ends with: lower case of texts that ASCII rules
/// would not lower rightly, as a JSON object by column, and whether the record
/// has no 1.1 form.
pub const DERIVED: [&str; 2] = ["folded", "only1p2"];

/// The words of a person's live roles, as a list column.
pub const HELD_ROLES: &str = "heldRoles";

/// Rows that stand in a record only, as a JSON object by member: no file lists
/// them, so they have no table of their own.
pub const CARRIED: &str = "carried";

/// The fields of a kind whose rows stand in the record only.
pub fn carried(kind: Kind) -> impl Iterator<Item = (u8, &'static Field, Kind)> {
    kind.entity().fields.iter().zip(0u8..).filter_map(move |(field, place)| match field.ty {
        Type::Rows(rows) if rows.entity().place != Place::Nested(kind) => Some((place, field, rows)),
        _ => None,
    })
}

/// The last column of a history table: the version that replaced the row.
pub const UNTIL: &str = "until";

/// The query columns of a kind, in the order of its fields.
pub fn columns(kind: Kind) -> &'static [Column] {
    static COLUMNS: LazyLock<Vec<Vec<Column>>> =
        LazyLock::new(|| Kind::all().map(|kind| fold(kind.entity())).collect());
    &COLUMNS[kind as usize]
}

/// The query column of a field, if it has one of its own.
pub fn column(kind: Kind, field: u8) -> Option<&'static Column> {
    columns(kind).iter().find(|c| c.field == field)
}

/// The name of the table of earlier rows.
pub fn history(entity: &Entity) -> String {
    format!("{}_history", entity.plural)
}

/// Every column of a kind's table, in order.
pub fn all_columns(kind: Kind) -> Vec<&'static str> {
    let own = columns(kind).iter().map(|c| c.name.as_str());
    let held = (kind == Kind::User).then_some(HELD_ROLES);
    let carried = carried(kind).next().map(|_| CARRIED);
    FIXED.into_iter().chain(own).chain(DERIVED).chain(held).chain(carried).collect()
}

fn fold(entity: &'static Entity) -> Vec<Column> {
    let mut columns = Vec::new();
    for (position, field) in entity.fields.iter().enumerate() {
        // A secret has no column: a filter would be a way to guess it.
        if field.privacy == Privacy::Secret {
            continue;
        }
        let mut add = |name: &str, content| {
            columns.push(Column { name: name.into(), field: position as u8, content, indexed: field.indexed });
        };
        match (field.ty, field.many) {
            // `children` is derived from the children's own parents.
            (Type::Ref(..), true) if field.name == "children" => {}
            (Type::Ref(..), true) => add(field.name, Content::Ids),
            (Type::Ref(kind, _), false) => add(field.name, Content::RowId(kind)),
            (Type::ProfileRef, _) => add(field.name, Content::RowId(Kind::UserProfile)),
            (Type::Pairs(left, right), _) => {
                add(&format!("{}.{left}", field.name), Content::Left);
                add(&format!("{}.{right}", field.name), Content::Right);
            }
            (Type::Metadata, _) => add(field.name, Content::Metadata),
            (Type::Rows(_) | Type::Through(_) | Type::SourcedId, _) => {}
            (_, true) => add(field.name, Content::Texts),
            (Type::Date, _) => add(field.name, Content::Day),
            (Type::DateTime, _) => add(field.name, Content::Instant),
            (Type::Number, _) => add(field.name, Content::Number),
            (Type::Text | Type::Bool | Type::Year | Type::Word(_), _) => add(field.name, Content::Text),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::ddl::tests::ordered_indexes;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_field_takes_the_name_of_a_column_of_the_store() {
        for kind in Kind::all() {
            let names = all_columns(kind);
            assert!(!names.contains(&TENANT), "{kind:?}");
            let distinct: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
            assert_eq!(distinct.len(), names.len(), "{kind:?}");
        }
    }

    #[test]
    fn the_committed_migrations_are_folds_over_the_model() {
        let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for (wanted, file) in [
            (schema(Dialect::Sqlite), "sqlite/V1__roster.sql"),
            (schema(Dialect::Postgres), "postgres/V1__roster.sql"),
            (ordered_indexes(), "postgres/V48__ordered.sql"),
        ] {
            let found = std::fs::read_to_string(migrations.join(file)).unwrap();
            // Comments are ours.
            let found: String =
                found.lines().filter(|line| !line.starts_with("--")).map(|l| l.to_owned() + "\n").collect();
            assert!(wanted == found, "{file} is stale:\n{wanted}");
        }
    }
}
