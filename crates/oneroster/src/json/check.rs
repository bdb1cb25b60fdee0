//! Objects held against the model: is this what the class of a version allows?
//!
//! For tests and conformance runs, over what a provider wrote. It is the
//! strict counterpart of [`decode`](super::decode::decode): nothing is
//! tolerated that rest.md 2 does not allow on output.

use super::target::{inner_array, is_row_id, row_members, target};
use super::uri::segment;
use crate::model::vocabulary::OBJECTIVE_SOURCE;
use crate::model::{Field, Kind, Type, Version, Vocabulary};
use crate::time::{Date, Timestamp};
use serde_json::{Map, Value};

/// Checks one object; returns a sentence for each fault, none if it conforms.
/// With `partial` (an answer to `fields=`) mandatory members may be missing.
pub fn check(kind: Kind, version: Version, value: &Value, partial: bool) -> Vec<String> {
    let mut checker = Checker { version, path: kind.entity().name.to_owned(), faults: Vec::new() };
    if let Some(object) = checker.object(value) {
        let fields: Vec<&Field> = kind.entity().members(version).map(|(_, f)| f).collect();
        checker.members(object, &fields, None, partial);
    }
    checker.faults
}

struct Checker {
    version: Version,
    path: String,
    faults: Vec<String>,
}

impl Checker {
    fn fault(&mut self, what: impl AsRef<str>) {
        self.faults.push(format!("{}: {}", self.path, what.as_ref()));
    }

    fn at(&mut self, step: &str, look: impl FnOnce(&mut Checker)) {
        let length = self.path.len();
        self.path.push_str(step);
        look(self);
        self.path.truncate(length);
    }

    fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let object = value.as_object().filter(|o| !o.is_empty() || self.path.find('.').is_none());
        if object.is_none() {
            self.fault("not an object with members");
        }
        object
    }

    /// Checks that there are only these members and all that are mandatory;
    /// `array` is one that is checked elsewhere.
    fn members(&mut self, object: &Map<String, Value>, fields: &[&Field], array: Option<&str>, partial: bool) {
        for (name, value) in object.iter().filter(|(name, _)| Some(name.as_str()) != array) {
            self.at(&format!(".{name}"), |c| match fields.iter().find(|f| f.name == name) {
                Some(field) => c.member(field, value),
                None => c.fault(format!("no member of the class in {}", c.version)),
            });
        }
        let missing = |f: &&&Field| f.json_required.has(self.version) && !object.contains_key(f.name);
        let missing: Vec<&str> = fields.iter().filter(missing).map(|f| f.name).collect();
        for name in missing {
            if !partial {
                self.at(&format!(".{name}"), |c| c.fault("mandatory and missing"));
            }
        }
    }

    fn member(&mut self, field: &Field, value: &Value) {
        match field.ty {
            Type::Metadata => {
                self.object(value);
            }
            _ if field.many => self.list(value, |c, item| c.item(field, item)),
            _ => self.item(field, value),
        }
    }

    fn list(&mut self, value: &Value, mut look: impl FnMut(&mut Checker, &Value)) {
        match value.as_array() {
            None => self.fault("not an array"),
            Some(items) if items.is_empty() => self.fault("an empty array, which should be left out"),
            Some(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.at(&format!("[{i}]"), |c| look(c, item));
                }
            }
        }
    }

    fn item(&mut self, field: &Field, value: &Value) {
        if let Some(kind) = target(field) {
            return self.reference(kind, value);
        }
        match field.ty {
            Type::Pairs(left, right) => self.strings(value, &[left, right]),
            Type::Rows(kind) => self.row(kind, value),
            Type::Number if value.is_number() => {}
            Type::Number => self.fault("not a number"),
            _ => self.text(field, value),
        }
    }

    fn text(&mut self, field: &Field, value: &Value) {
        let Some(text) = value.as_str() else { return self.fault("not a string") };
        let year = |t: &str| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit());
        let fault = match field.ty {
            _ if text.is_empty() => "an empty string, which should be left out",
            Type::Bool if !["true", "false"].contains(&text) => "neither \"true\" nor \"false\"",
            Type::Date if Date::parse(text).is_none() => "not a date as YYYY-MM-DD",
            Type::DateTime if Timestamp::parse(text).is_none_or(|t| t.to_string() != text) => {
                "not a date-time as YYYY-MM-DDTHH:MM:SS.sssZ"
            }
            Type::Year if !year(text) => "not a year of four digits",
            Type::Word(words) if !is_allowed(words, self.version, text) => "not a word of the vocabulary",
            Type::ProfileRef if !is_uri(text) => "not a URI",
            Type::SourcedId if is_row_id(field) && !is_uri(text) => "not a URI",
            _ => return,
        };
        self.fault(fault);
    }

    /// Checks an object that has exactly these members, each a string.
    fn strings(&mut self, value: &Value, names: &[&str]) {
        let Some(object) = self.object(value) else { return };
        for name in names {
            if object.get(*name).and_then(Value::as_str).is_none_or(str::is_empty) {
                self.fault(format!("without a string {name}"));
            }
        }
        for name in object.keys().filter(|n| !names.contains(&n.as_str())) {
            self.fault(format!("{name} does not belong here"));
        }
    }

    fn reference(&mut self, kind: Kind, value: &Value) {
        let before = self.faults.len();
        self.strings(value, &["href", "sourcedId", "type"]);
        if self.faults.len() > before {
            return;
        }
        let entity = kind.entity();
        if value["type"] != entity.name {
            self.fault(format!("a reference of another type than {}", entity.name));
        }
        let id = value["sourcedId"].as_str().unwrap_or_default();
        let mut end = format!("{}/{}/", entity.service.base_path(self.version), entity.plural).into_bytes();
        segment(id.as_bytes(), &mut end);
        let href = value["href"].as_str().unwrap_or_default();
        if !is_uri(href) || !href.contains("://") || !href.as_bytes().ends_with(&end) {
            self.fault(format!("an href that does not lead to the record in {}", entity.plural));
        }
    }

    fn row(&mut self, kind: Kind, value: &Value) {
        let Some(object) = self.object(value) else { return };
        let version = self.version;
        let inner = inner_array(kind, version);
        let fields_in = |array: Option<&str>| -> Vec<&Field> {
            row_members(kind, version).map(|(_, f)| f).filter(|f| f.within == array).collect()
        };
        self.members(object, &fields_in(None), inner.map(|(name, _)| name), false);
        let Some((name, plain)) = inner else { return };
        let fields = fields_in(Some(name));
        self.at(&format!(".{name}"), |c| match object.get(name) {
            // Sets are nothing without their items; accounts may lack credentials.
            None if kind == Kind::UserProfile => {}
            None => c.fault("mandatory and missing"),
            Some(value) => c.list(value, |c, element| match (plain, fields.first()) {
                (true, Some(field)) => c.item(field, element),
                _ => {
                    if let Some(object) = c.object(element) {
                        c.members(object, &fields, None, false);
                    }
                }
            }),
        });
    }
}

/// Whether a text is an absolute URI, by its characters.
fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b))
}

pub(super) fn is_allowed(words: &'static Vocabulary, version: Version, text: &str) -> bool {
    // Besides the two words any local token of this form (rest.md D10).
    let local =
        std::ptr::eq(words, &OBJECTIVE_SOURCE) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    local || words.allows(version, text)
}
