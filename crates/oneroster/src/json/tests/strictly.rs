//! The reading without a tree gives what the lenient one gives, or nothing.

use super::super::decode::decode;
use super::super::strict::Strict;
use super::decoding::any_json;
use super::examples::examples;
use super::identity::any_class_and_record;
use super::*;
use proptest::prelude::*;

/// Reads a text both ways; whether it was read strictly.
fn both(kind: Kind, version: Version, text: &str) -> bool {
    let mut record = Record::new(Kind::Org);
    let strict = Strict::new(kind, version).read(text, &mut record);
    let lenient = serde_json::from_str::<Value>(text).ok().and_then(|value| decode(kind, version, &value).ok());
    let plain = lenient.as_ref().is_some_and(|decoded| decoded.notes.is_empty());
    assert_eq!(strict, plain, "{kind:?} {version}: {text}");
    if let Some(decoded) = lenient.filter(|_| strict) {
        assert_eq!(
            (&record, record.modified),
            (&decoded.record, decoded.record.modified),
            "{kind:?} {version}: {text}"
        );
    }
    strict
}

/// Puts another value somewhere into one.
fn spoil(value: &mut Value, path: &[usize], with: Value) {
    let (Some((first, rest)), Some(count)) = (path.split_first(), children(value)) else {
        *value = with;
        return;
    };
    let at = first % count;
    let inner = match value {
        Value::Array(items) => items.get_mut(at),
        Value::Object(members) => members.values_mut().nth(at),
        _ => None,
    };
    if let Some(inner) = inner {
        spoil(inner, rest, with);
    }
}

fn children(value: &Value) -> Option<usize> {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    (count > 0).then_some(count)
}

#[test]
fn every_example_of_the_standard_is_read_strictly() {
    for (version, kind, example) in examples() {
        assert!(both(kind, version, &example.to_string()), "{kind:?} {version}");
    }
}

#[test]
fn what_is_said_twice_is_not_to_the_letter() {
    let strict = Strict::new(Kind::Org, Version::V1P2);
    let read = |text: &str| strict.read(text, &mut Record::new(Kind::Org));
    assert!(read(r#"{"sourcedId":"a","parent":{"sourcedId":"b"}}"#));
    for text in [
        r#"{"sourcedId":"a","sourcedId":"b"}"#,
        r#"{"sourcedId":"a","parent":{"sourcedId":"b","sourcedId":"b"}}"#,
        r#"{"sourcedId":"a","metadata":{"x":1,"x":2}}"#,
        r#"{"sourcedId":"a"} {}"#,
        r#"{"sourcedId":"a""#,
        "[]",
        "",
    ] {
        assert!(!read(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_strictly((kind, version, mut given) in any_class_and_record()) {
        let text = write(&plan(kind, version, None).with_secrets(), &mut given, &["child".to_owned()]);
        prop_assert!(both(kind, version, &text));
    }

    #[test]
    fn what_was_spoiled_is_read_alike((kind, version, mut given) in any_class_and_record(), path in proptest::collection::vec(0usize..40, 1..6), with in any_json()) {
        let mut value = render(&plan(kind, version, None).with_secrets(), &mut given);
        spoil(&mut value, &path, with);
        both(kind, version, &value.to_string());
    }

    #[test]
    fn any_value_is_read_alike(value in any_json(), class in any::<proptest::sample::Index>()) {
        let kinds: Vec<Kind> = Kind::all().collect();
        let kind = kinds[class.index(kinds.len())];
        for version in Version::ALL {
            both(kind, version, &value.to_string());
        }
    }
}
