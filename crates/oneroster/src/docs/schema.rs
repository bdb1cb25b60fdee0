//! Classes as schemas, under the names of the standard's own documents.

use super::example::example;
use super::status;
use crate::json::target::{inner_array, is_row_id, row_members, target};
use crate::model::vocabulary::{BOOLEAN, OBJECTIVE_SOURCE};
use crate::model::{Field, Kind, Type, Version, Vocabulary};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The schemas that a document needs, each written when it is first named.
pub(super) struct Schemas {
    version: Version,
    named: BTreeMap<String, Value>,
}

/// Names in the standard's documents that do not follow from the class.
const ODD_NAMES: [(&str, &str); 3] = [
    ("AcademicSessionGUIDRef", "AcadSessionGUIDRef"),
    ("CategorySet", "CategoriesSet"),
    ("LearningObjectiveResult", "LearningObjectiveResults"),
];

/// Elements to which a deployment may add members of its own.
const OPEN_ELEMENTS: [&str; 1] = ["credentials"];

/// The form of a word that a deployment adds to an open vocabulary.
const EXTENSION: &str = r"(ext:)[a-zA-Z0-9\.\-_]+";
/// The form of an issuer of learning objectives; the standard's own documents
/// put a slash in front by a slip (rest.md D10).
const ISSUER: &str = "^(?!case$)(?!unknown$)[a-z0-9]+$";

impl Schemas {
    pub(super) fn new(version: Version) -> Schemas {
        Schemas { version, named: BTreeMap::new() }
    }

    /// All of them, by name.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.named.into_iter().collect()
    }

    /// Keeps a schema that knows no kind.
    pub(super) fn keep(&mut self, name: &str, schema: Value) {
        self.named.insert(name.into(), schema);
    }

    /// The envelope of a page.
    pub(super) fn set(&mut self, kind: Kind) -> Value {
        self.named(&format!("{}Set", kind.entity().class), |schemas| {
            let items = schemas.class(kind);
            let list = json!({ "type": "array", "minItems": 0, "items": items });
            schemas.envelope(kind.entity().plural, list, false)
        })
    }

    /// The envelope of one record.
    pub(super) fn single(&mut self, kind: Kind) -> Value {
        self.named(&format!("Single{}", kind.entity().class), |schemas| {
            let class = schemas.class(kind);
            schemas.envelope(kind.entity().name, class, true)
        })
    }

    /// What a POST is answered with.
    pub(super) fn pairs(&mut self) -> Value {
        self.named("GUIDPairSet", |schemas| {
            let pair = schemas.strings("GUIDPair", ["suppliedSourcedId", "allocatedSourcedId"]);
            let list = json!({ "type": "array", "minItems": 0, "items": pair });
            closed(Map::from_iter([("sourcedIdPairs".to_owned(), list)]), &[])
        })
    }

    /// Status info, as errors carry it and warnings of 1.1.
    pub(super) fn status_info(&mut self) -> Value {
        link(status::SCHEMA)
    }

    fn envelope(&mut self, key: &str, data: Value, required: bool) -> Value {
        let mut members = Map::from_iter([(key.to_owned(), data)]);
        if self.version == Version::V1P1 {
            // Warnings stand beside the data (rest.md 4.1).
            let entry = link(status::ENTRY);
            members.insert("statusInfoSet".into(), json!({ "type": "array", "items": entry }));
        }
        closed(members, if required { std::slice::from_ref(&key) } else { &[] })
    }

    fn named(&mut self, name: &str, make: impl FnOnce(&mut Schemas) -> Value) -> Value {
        let odd = ODD_NAMES.iter().find(|(rule, _)| *rule == name);
        let name = format!("{}DType", odd.map_or(name, |(_, odd)| odd));
        if !self.named.contains_key(&name) {
            // Known before it is made, as classes refer to each other.
            self.named.insert(name.clone(), Value::Null);
            let schema = make(self);
            self.named.insert(name.clone(), schema);
        }
        link(&name)
    }

    fn class(&mut self, kind: Kind) -> Value {
        let entity = kind.entity();
        self.named(entity.class, |schemas| {
            let fields: Vec<&Field> = entity.members(schemas.version).map(|(_, field)| field).collect();
            let mut schema = schemas.object(&fields);
            schema["description"] = entity.doc.into();
            schema["example"] = example(kind, schemas.version);
            schemas.shut(&mut schema);
            schema
        })
    }

    /// The element of nested rows.
    fn row(&mut self, kind: Kind) -> Value {
        let entity = kind.entity();
        self.named(entity.class, |schemas| {
            let version = schemas.version;
            let fields = |array: Option<&str>| -> Vec<&'static Field> {
                row_members(kind, version).map(|(_, field)| field).filter(|field| field.within == array).collect()
            };
            let mut schema = schemas.object(&fields(None));
            schema["description"] = entity.doc.into();
            if let Some((name, plain)) = inner_array(kind, version) {
                // Sets are nothing without their items; accounts may lack credentials.
                let least = u8::from(kind != Kind::UserProfile);
                let items = schemas.element(name, &fields(Some(name)), plain);
                schema["properties"][name] = json!({ "type": "array", "minItems": least, "items": items });
                if let (1, Some(required)) = (least, schema["required"].as_array_mut()) {
                    required.push(name.into());
                }
            }
            schemas.shut(&mut schema);
            schema
        })
    }

    fn element(&mut self, array: &str, fields: &[&'static Field], plain: bool) -> Value {
        match fields.first() {
            Some(field) if plain => self.value(field),
            _ => self.named(&singular(array), |schemas| {
                let mut schema = schemas.object(fields);
                schema["additionalProperties"] = OPEN_ELEMENTS.contains(&array).into();
                schema
            }),
        }
    }

    fn object(&mut self, fields: &[&Field]) -> Value {
        let required = fields.iter().filter(|field| field.json_required.has(self.version));
        let required: Vec<&str> = required.map(|field| field.name).collect();
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.name.to_owned(), self.member(field))).collect();
        let mut schema = json!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// 1.2 allows no member that it does not name.
    fn shut(&self, schema: &mut Value) {
        if self.version == Version::V1P2 {
            schema["additionalProperties"] = false.into();
        }
    }

    fn member(&mut self, field: &Field) -> Value {
        let value = self.value(field);
        let mut schema = if field.many {
            let least = u8::from(field.json_required.has(self.version));
            json!({ "type": "array", "minItems": least, "items": value })
        } else {
            value
        };
        // Beside a reference nothing else is read.
        if schema.get("$ref").is_none() {
            schema["description"] = field.doc.into();
        }
        schema
    }

    fn value(&mut self, field: &Field) -> Value {
        if let Some(kind) = target(field) {
            return self.reference(kind);
        }
        match field.ty {
            Type::Pairs(left, right) => self.strings(&singular(field.name), [left, right]),
            Type::Rows(kind) => self.row(kind),
            Type::Metadata => {
                self.named("Metadata", |_| json!({ "type": "object", "properties": {}, "additionalProperties": true }))
            }
            Type::Bool => self.words(&BOOLEAN),
            Type::Word(words) => self.words(words),
            Type::Date => json!({ "type": "string", "format": "date" }),
            Type::DateTime => json!({ "type": "string", "format": "date-time" }),
            Type::Number => json!({ "type": "number", "format": "float" }),
            Type::ProfileRef => json!({ "type": "string", "format": "uri" }),
            Type::SourcedId if is_row_id(field) => json!({ "type": "string", "format": "uri" }),
            _ => json!({ "type": "string" }),
        }
    }

    fn words(&self, words: &'static Vocabulary) -> Value {
        let listed: Vec<&str> = words.words(self.version).collect();
        let listed = json!({ "type": "string", "enum": listed });
        if !words.open.has(self.version) {
            return listed;
        }
        let pattern = if std::ptr::eq(words, &OBJECTIVE_SOURCE) { ISSUER } else { EXTENSION };
        json!({ "anyOf": [listed, { "type": "string", "pattern": pattern }] })
    }

    fn reference(&mut self, kind: Kind) -> Value {
        let entity = kind.entity();
        self.named(&format!("{}GUIDRef", entity.class), |_| {
            let members = json!({
                "href": { "type": "string", "format": "uri" },
                "sourcedId": { "type": "string" },
                "type": { "type": "string", "enum": [entity.name] },
            });
            closed(members.as_object().cloned().unwrap_or_default(), &["href", "sourcedId", "type"])
        })
    }

    fn strings(&mut self, name: &str, members: [&str; 2]) -> Value {
        self.named(name, |_| {
            let text = |name: &str| (name.to_owned(), json!({ "type": "string" }));
            closed(members.into_iter().map(text).collect(), &members)
        })
    }
}

/// An object of these members only.
pub(super) fn closed(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// A reference to a schema of the document.
pub(super) fn link(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `userIds` as the name of a class: `UserId`.
fn singular(list: &str) -> String {
    let one = list.strip_suffix('s').unwrap_or(list);
    let (initial, rest) = one.split_at(one.len().min(1));
    format!("{}{rest}", initial.to_ascii_uppercase())
}
