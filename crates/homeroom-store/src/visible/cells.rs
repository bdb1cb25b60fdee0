//! The columns of a record of which something is left out.

use crate::schema::{Content, DERIVED, HELD_ROLES, SEPARATOR, columns};
use oneroster::at;
use oneroster::compat::shown_in;
use oneroster::grant::{demanded, makes_any};
use oneroster::model::{Kind, Type, Version};
use oneroster::query::{folded, normal};
use oneroster::record::Record;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// A column whose value may be another one for what is left of a record.
#[derive(Debug)]
pub(crate) struct Override {
    /// Its name.
    pub name: &'static str,
    /// Whether it holds a number.
    pub whole: bool,
    /// Whether a profile makes it anew, and it is otherwise the record's own.
    pub made: bool,
    /// The field it is made from; none for what the store derives.
    field: Option<u8>,
}

/// The columns of a kind that leaving something out may change; none if nothing
/// is ever left out of its records.
pub(crate) fn overrides(kind: Kind) -> &'static [Override] {
    static ALL: LazyLock<Vec<Vec<Override>>> = LazyLock::new(|| Kind::all().map(fold).collect());
    &ALL[kind as usize]
}

fn fold(kind: Kind) -> Vec<Override> {
    let fields = kind.entity().fields;
    let must = |field: u8| demanded(kind).any(|(known, _)| known == field);
    let mut all = Vec::new();
    for column in columns(kind) {
        let bare = kind == Kind::Org && column.content == Content::Metadata;
        let role = kind == Kind::User && column.field == at!(User.role);
        let mut made = false;
        let whole = match column.content {
            Content::Text if makes_any(kind, column.field) => {
                made = true;
                false
            }
            Content::RowId(_) if !must(column.field) => true,
            Content::Ids => false,
            _ if bare || role => false,
            _ => continue,
        };
        all.push(Override { name: &column.name, whole, made, field: Some(column.field) });
    }
    let inside = fields.iter().any(|field| matches!(field.ty, Type::Through(_)));
    if !all.is_empty() || inside {
        let own = |name, whole| Override { name, whole, made: false, field: None };
        all.extend([own(DERIVED[0], false), own(DERIVED[1], true)]);
        all.extend((kind == Kind::User).then(|| own(HELD_ROLES, false)));
    }
    all
}

/// What the columns hold for what is left of a record, as a JSON object, from
/// their values for the whole of it.
pub(super) fn cells(left: &Record, whole: &Map<String, Value>) -> String {
    let kind = left.kind();
    let mut cells = Map::new();
    let mut lower = lower(whole);
    for over in overrides(kind) {
        let Some(field) = over.field else { continue };
        let value = match kind.entity().fields.get(usize::from(field)).map(|field| (field.ty, field.many)) {
            _ if over.made => left.get(field).map(|text| Value::from(normal(text))).unwrap_or_default(),
            Some((Type::Ref(..), true)) => list(left.list(field)),
            Some((Type::Word(_), _)) => left.get(field).map(Value::from).unwrap_or_default(),
            _ if left.get(field).is_none() => Value::Null,
            _ => whole.get(over.name).cloned().unwrap_or_default(),
        };
        if over.made && (value.is_null() || whole.get(over.name) == Some(&value)) {
            continue;
        }
        lower.retain(|column, _| column != over.name && !(value.is_null() && of_member(column, over.name)));
        if let Some(text) = value.as_str().filter(|text| !over.whole && !text.is_ascii() && !text.starts_with('{')) {
            let parts: Vec<String> = text.split(SEPARATOR).map(folded).collect();
            lower.insert(over.name.to_owned(), parts.join("\u{1f}").into());
        }
        cells.insert(over.name.to_owned(), value);
    }
    let lower = if lower.is_empty() { Value::Null } else { Value::Object(lower).to_string().into() };
    cells.insert(DERIVED[0].to_owned(), lower);
    let in_question = kind.entity().json.has(Version::V1P1) && !shown_in(left, Version::V1P1);
    cells.insert(DERIVED[1].to_owned(), if in_question { 1.into() } else { Value::Null });
    if kind == Kind::User {
        let mut words: Vec<&str> = Vec::new();
        for word in left.rows(at!(User.roles)).filter_map(|role| role.get(at!(Role.role))) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        cells.insert(HELD_ROLES.to_owned(), list(words.into_iter()));
    }
    Value::Object(cells).to_string()
}

/// The lower case that is kept of the whole record.
fn lower(whole: &Map<String, Value>) -> Map<String, Value> {
    let text = whole.get(DERIVED[0]).and_then(Value::as_str);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether the lower case of a column is that of a member of a map.
fn of_member(column: &str, map: &str) -> bool {
    column.strip_prefix(map).is_some_and(|rest| rest.starts_with('.'))
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    let mut text = String::new();
    for item in items {
        if text.is_empty() {
            text.push(SEPARATOR);
        }
        text.push_str(item);
        text.push(SEPARATOR);
    }
    if text.is_empty() { Value::Null } else { text.into() }
}

/// The same columns without the items of a list.
pub(super) fn without(cells: &str, kind: Kind, field: u8) -> String {
    let mut cells: Map<String, Value> = serde_json::from_str(cells).unwrap_or_default();
    let mut lower = lower(&cells);
    for column in columns(kind).iter().filter(|column| column.field == field) {
        cells.insert(column.name.clone(), Value::Null);
        lower.remove(&column.name);
    }
    let lower = if lower.is_empty() { Value::Null } else { Value::Object(lower).to_string().into() };
    cells.insert(DERIVED[0].to_owned(), lower);
    Value::Object(cells).to_string()
}
