//! An OpenAPI 3 document: its operations, and the schemas of their answers.

use anyhow::Context as _;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// How many complaints about one answer are kept.
const MOST: usize = 5;

/// A document, with the validators that were needed so far.
#[derive(Debug)]
pub struct Document {
    components: Value,
    /// Every GET operation.
    pub operations: Vec<Operation>,
    validators: HashMap<(String, Form), Validator>,
}

/// One GET operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in the document.
    pub id: String,
    /// The path, with parameters in braces.
    pub path: String,
    /// The schema of each status, by the words of the document (`200`, `default`).
    answers: BTreeMap<String, Value>,
    /// Headers that a 200 declares.
    pub headers: Vec<String>,
}

/// How much of an object an answer must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// All that is required.
    Whole,
    /// Any part, as `fields` selects.
    Part,
}

impl Operation {
    /// Whether it gives a list.
    pub fn is_collection(&self) -> bool {
        !self.path.ends_with('}')
    }
}

impl Document {
    /// Reads a document.
    pub fn read(yaml: &str) -> anyhow::Result<Document> {
        let document: Value = serde_saphyr::from_str(yaml).context("not YAML")?;
        let paths = document["paths"].as_object().context("the document has no paths")?;
        let operations: anyhow::Result<Vec<_>> =
            paths.iter().filter_map(|(path, item)| Some(operation(path, item.get("get")?))).collect();
        let mut components = document["components"].clone();
        spell_out(&mut components);
        Ok(Document { components, operations: operations?, validators: HashMap::new() })
    }

    /// What is wrong with the body of an answer to `operation` with this status.
    pub fn complaints(
        &mut self,
        operation: &Operation,
        status: u16,
        form: Form,
        body: &Value,
    ) -> anyhow::Result<Vec<String>> {
        let Some(schema) = operation.answers.get(&status.to_string()).or_else(|| operation.answers.get("default"))
        else {
            return Ok(vec![format!("the document knows no status {status} here")]);
        };
        let validator = self.validator(schema, form)?;
        let complaint = |error: jsonschema::ValidationError<'_>| {
            let text: String = error.to_string().chars().take(200).collect();
            format!("{}: {text}", error.instance_path())
        };
        Ok(validator.iter_errors(body).take(MOST).map(complaint).collect())
    }

    fn validator(&mut self, schema: &Value, form: Form) -> anyhow::Result<&Validator> {
        let key = (schema.to_string(), form);
        if !self.validators.contains_key(&key) {
            let mut components = self.components.clone();
            if form == Form::Part {
                require_nothing(&mut components);
            }
            // What OpenAPI 3.0 calls a schema is a dialect of draft 5; draft 7
            // reads what these documents use of it in the same way.
            let whole = json!({ "allOf": [schema], "components": components });
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
            let validator = options.should_validate_formats(true).build(&whole);
            let validator = validator.map_err(|error| anyhow::anyhow!("schema {schema}: {error}"))?;
            self.validators.insert(key.clone(), validator);
        }
        self.validators.get(&key).context("just made")
    }
}

fn operation(path: &str, get: &Value) -> anyhow::Result<Operation> {
    let id = get["operationId"].as_str().with_context(|| format!("GET {path} has no name"))?;
    let answers = get["responses"].as_object().with_context(|| format!("{id} has no responses"))?;
    let schema =
        |(status, answer): (&String, &Value)| (status.clone(), answer["content"]["application/json"]["schema"].clone());
    let headers = answers.get("200").and_then(|answer| answer["headers"].as_object());
    Ok(Operation {
        id: id.to_owned(),
        path: path.to_owned(),
        answers: answers.iter().map(schema).filter(|(_, schema)| schema.is_object()).collect(),
        headers: headers.into_iter().flat_map(Map::keys).cloned().collect(),
    })
}

/// The official documents list `true` and `false` bare in the vocabularies of members of
/// `type: string`, where YAML reads booleans and no answer could be right: what is meant is their text.
pub fn spell_out(schema: &mut Value) {
    let text = schema.get("type").is_some_and(|kind| kind == "string");
    match schema {
        Value::Object(members) => {
            if let Some(words) = members.get_mut("enum").and_then(Value::as_array_mut).filter(|_| text) {
                for word in words.iter_mut().filter(|word| !word.is_string()) {
                    *word = word.to_string().into();
                }
            }
            members.values_mut().for_each(spell_out);
        }
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        _ => {}
    }
}

/// Takes every `required` list away. A member of that name would be an object
/// in a schema, never a list.
fn require_nothing(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|key, value| key != "required" || !value.is_array());
            members.values_mut().for_each(require_nothing);
        }
        Value::Array(items) => items.iter_mut().for_each(require_nothing),
        _ => {}
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    const TINY: &str = r##"
openapi: '3.0.0'
paths:
    /things:
        get:
            operationId: getThings
            responses:
                "200":
                    headers:
                        "X-Total-Count":
                            schema: {type: integer}
                    content:
                        application/json:
                            schema:
                                $ref: "#/components/schemas/Set"
                default:
                    content:
                        application/json:
                            schema: {type: object, required: [code]}
    /things/{sourcedId}:
        put: {}
components:
    schemas:
        Set:
            type: object
            properties:
                things: {type: array, items: {$ref: "#/components/schemas/Thing"}}
            additionalProperties: false
        Thing:
            type: object
            required: [sourcedId, status]
            properties:
                sourcedId: {type: string}
                day: {type: string, format: date}
                enabled: {type: string, enum: [true, false]}
                status:
                    anyOf:
                        - type: string
                          enum: [active]
                        - type: string
                          pattern: "(ext:)[a-z]+"
"##;

    fn complaints(status: u16, form: Form, body: &Value) -> Vec<String> {
        let mut document = Document::read(TINY).unwrap();
        let operation = document.operations.first().unwrap().clone();
        document.complaints(&operation, status, form, body).unwrap()
    }

    #[test]
    fn operations_are_read() {
        let document = Document::read(TINY).unwrap();
        let [things] = document.operations.as_slice() else { unreachable!() };
        assert_eq!((things.id.as_str(), things.path.as_str()), ("getThings", "/things"));
        assert_eq!(things.headers, ["X-Total-Count"]);
        assert!(things.is_collection());
        assert!(Document::read("openapi: 3").is_err());
    }

    #[test]
    fn bodies_are_held_to_their_schema() {
        let good = json!({"things": [{"sourcedId": "1", "status": "active", "day": "2026-08-31", "enabled": "true"}]});
        assert!(complaints(200, Form::Whole, &good).is_empty());
        let bad = [
            json!({"things": [{"sourcedId": "1"}]}),
            json!({"things": [{"sourcedId": 1, "status": "active"}]}),
            json!({"things": [{"sourcedId": "1", "status": "gone"}]}),
            json!({"things": [{"sourcedId": "1", "status": "active", "day": "31.8.2026"}]}),
            json!({"things": [{"sourcedId": "1", "status": "active", "enabled": true}]}),
            json!({"things": [{"sourcedId": "1", "status": "active", "enabled": "yes"}]}),
            json!({"other": []}),
        ];
        for body in bad {
            assert!(!complaints(200, Form::Whole, &body).is_empty(), "{body}");
        }
        assert!(complaints(200, Form::Whole, &json!({"things": [{"sourcedId": "1", "status": "ext:a"}]})).is_empty());
    }

    #[test]
    fn a_part_may_lack_what_is_required_but_not_be_wrong() {
        assert!(complaints(200, Form::Part, &json!({"things": [{"sourcedId": "1"}]})).is_empty());
        assert!(!complaints(200, Form::Part, &json!({"things": [{"sourcedId": 1}]})).is_empty());
    }

    #[test]
    fn other_statuses_fall_back_to_the_default() {
        assert!(complaints(404, Form::Whole, &json!({"code": 1})).is_empty());
        assert!(!complaints(404, Form::Whole, &json!({})).is_empty());
    }
}
