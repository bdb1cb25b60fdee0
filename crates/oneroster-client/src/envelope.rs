//! What stands around the records of an answer, in every shape that occurs.
//!
//! A page is kept as the bytes that came, with the place of each record in
//! them; records are read one by one, so a page costs little more than itself.

use crate::error::{Error, ErrorKind};
use crate::failure::{Failure, Shape as Form};
use crate::findings::Findings;
use crate::habit::Habit;
use bytes::Bytes;
use oneroster::model::{Route, Shape};
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// An answer, and where its records lie in it.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    bytes: Bytes,
    records: Vec<Range<u32>>,
}

impl Envelope {
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The text of a record.
    pub fn record(&self, i: usize) -> Option<&str> {
        let range = self.records.get(i)?;
        std::str::from_utf8(self.bytes.get(range.start as usize..range.end as usize)?).ok()
    }

    /// All records, as they came.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|i| self.record(i))
    }

    /// Reads an answer of a route; `empty` says that none is expected, as its
    /// total is 0.
    pub fn read(bytes: Bytes, route: &Route, empty: bool, findings: &Findings) -> Result<Envelope, Error> {
        let bytes = if bytes.starts_with(MARK) {
            findings.note(Habit::ByteOrderMark);
            bytes.slice(MARK.len()..)
        } else {
            bytes
        };
        if empty && bytes.iter().all(u8::is_ascii_whitespace) {
            findings.note_kind(Habit::EmptyAnswer, route.kind);
            return Ok(Envelope { bytes, records: Vec::new() });
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Error::new(ErrorKind::NotOneRoster, "The provider's answer is not in UTF-8."))?;
        let raws = raws(text, route, empty, findings)?;
        let begin = text.as_ptr() as usize;
        let place = |raw: &&RawValue| {
            let start = raw.get().as_ptr() as usize - begin;
            // Answers are smaller than 4 GiB: the wire sees to it.
            start as u32..(start + raw.get().len()) as u32
        };
        let records = raws.iter().map(place).collect();
        Ok(Envelope { bytes, records })
    }
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn raws<'a>(text: &'a str, route: &Route, empty: bool, findings: &Findings) -> Result<Vec<&'a RawValue>, Error> {
    if text.trim_start().starts_with('[') {
        findings.note_kind(Habit::BareList, route.kind);
        return parse(text);
    }
    // What most providers send, read once.
    if let Some(records) = route.response_key().and_then(|key| Alone(key).read(text)) {
        return Ok(records);
    }
    let members: Members<'a> = parse(text)?;
    judge(&members, route, findings)?;
    let Some(raw) = chosen(&members, route, findings) else {
        if empty {
            findings.note_kind(Habit::EmptyAnswer, route.kind);
            return Ok(Vec::new());
        }
        let key = route.response_key().unwrap_or_default();
        let message = format!("The provider's answer has no {key} in it; check the URL and the version.");
        return Err(Error::new(ErrorKind::NotOneRoster, message));
    };
    match raw.get().as_bytes().first() {
        Some(b'[') => parse(raw.get()),
        Some(b'n') => {
            findings.note_kind(Habit::NullCollection, route.kind);
            Ok(Vec::new())
        }
        // A collection of one, as converters from XML write it, or a single record.
        _ => Ok(vec![raw]),
    }
}

/// An object with an array in it and nothing else, by the name of its member.
struct Alone<'k>(&'k str);

impl Alone<'_> {
    fn read(self, text: &str) -> Option<Vec<&RawValue>> {
        let mut json = serde_json::Deserializer::from_str(text);
        let records = (&mut json).deserialize_map(self).ok()?;
        json.end().ok().map(|()| records)
    }
}

impl<'de> Visitor<'de> for Alone<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {} alone", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let other = || A::Error::custom("it has other members");
        if map.next_key::<String>()?.is_none_or(|key| key != self.0) {
            return Err(other());
        }
        let records = map.next_value()?;
        match map.next_key::<IgnoredAny>()? {
            None => Ok(records),
            Some(_) => Err(other()),
        }
    }
}

/// Reads JSON; what is none is an answer that was cut, or a page for people.
fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let failure = Failure::read(text.get(..text.len().min(4096)).unwrap_or_default().as_bytes());
        if failure.shape == Form::Html {
            let said = failure.text.map(|title| format!(" ({title})")).unwrap_or_default();
            let message = format!("The provider answers with a web page{said}; check the URL.");
            return Error::new(ErrorKind::NotOneRoster, message);
        }
        let how = if error.is_eof() { "ends early" } else { "is no JSON that can be read" };
        Error::new(
            ErrorKind::Broken,
            format!("The provider's answer {how}, at byte {} of {}.", error.column(), text.len()),
        )
    })
}

/// Status info beside the data: a failure in spite of status 200 is one (rest.md T44).
fn judge(members: &Members<'_>, route: &Route, findings: &Findings) -> Result<(), Error> {
    let info = |name: &&String| {
        name.to_ascii_lowercase().contains("statusinfo") || *name == "errors" || name.starts_with("imsx_")
    };
    if !members.keys().any(|name| info(&name)) {
        return Ok(());
    }
    let object = members.iter().filter(|(name, _)| info(name));
    let object = object.filter_map(|(name, raw)| Some((name.clone(), serde_json::from_str::<Value>(raw.get()).ok()?)));
    let Some(said) = Failure::beside(&object.collect()) else { return Ok(()) };
    if said.is_failure() {
        return Err(Error::of_status(200, said, None).with_kind(ErrorKind::Server));
    }
    let warning = said.severity.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("warning"));
    let habit = if warning { Habit::WarningBeside } else { Habit::StatusInSuccess };
    let member = said.minor.filter(|_| warning).unwrap_or_default();
    findings.of(habit, Some(route.kind), &member, None);
    Ok(())
}

/// The member that holds the records: that of the class, of its other number,
/// of the path, or the only one that holds records at all.
fn chosen<'a>(members: &Members<'a>, route: &Route, findings: &Findings) -> Option<&'a RawValue> {
    let key = route.response_key()?;
    if let Some(raw) = members.get(key) {
        return Some(raw);
    }
    let entity = route.kind.entity();
    let of_path = route.path.rsplit('/').find(|segment| !segment.starts_with('{')).unwrap_or(key);
    let singular = of_path.strip_suffix('s').unwrap_or(of_path);
    let names = [entity.plural, entity.name, of_path, singular];
    let same = |name: &str| members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let wanted = |raw: &RawValue| match raw.get().as_bytes().first() {
        Some(b'[') => route.shape == Shape::Collection,
        Some(b'{') => route.shape == Shape::Single,
        _ => false,
    };
    let only = || {
        let mut holding = members.iter().filter(|(_, raw)| wanted(raw));
        holding.next().filter(|_| holding.next().is_none())
    };
    let bare = || route.shape == Shape::Single && members.contains_key("sourcedId");
    let (name, raw) = names.into_iter().find_map(same).or_else(|| if bare() { None } else { only() })?;
    findings.of(Habit::OtherKey, Some(route.kind), name, None);
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::model::ROUTES;

    fn read(operation: &str, body: &str) -> Result<(Vec<String>, Vec<Habit>), Error> {
        let route = ROUTES.iter().find(|r| r.operation == operation).unwrap();
        let findings = Findings::default();
        let envelope = Envelope::read(Bytes::copy_from_slice(body.as_bytes()), route, false, &findings)?;
        let habits = findings.list().into_iter().map(|finding| finding.habit).collect();
        Ok((envelope.texts().map(str::to_owned).collect(), habits))
    }

    #[test]
    fn records_are_found_in_every_shape() {
        let cases = [
            ("getAllUsers", r#"{"users":[{"a":1}, {"b":2}]}"#, vec![r#"{"a":1}"#, r#"{"b":2}"#], vec![]),
            ("getAllTerms", r#"{"terms":[{}]}"#, vec!["{}"], vec![Habit::OtherKey]),
            ("getAllStudents", r#"{"students":[{}]}"#, vec!["{}"], vec![Habit::OtherKey]),
            ("getSchool", r#"{"school":{"x":1}}"#, vec![r#"{"x":1}"#], vec![Habit::OtherKey]),
            ("getAllUsers", r#"{"Users":[{}]}"#, vec!["{}"], vec![Habit::OtherKey]),
            ("getAllUsers", r#"{"data":[{}],"count":1}"#, vec!["{}"], vec![Habit::OtherKey]),
            ("getAllUsers", "[{}]", vec!["{}"], vec![Habit::BareList]),
            ("getAllUsers", "\u{feff}{\"users\":[]}", vec![], vec![Habit::ByteOrderMark]),
            ("getAllUsers", r#"{"users":null}"#, vec![], vec![Habit::NullCollection]),
            ("getAllUsers", r#"{"users":{"a":1}}"#, vec![r#"{"a":1}"#], vec![]),
            (
                "getAllUsers",
                r#"{"users":[{}],"statusInfoSet":[{"imsx_codeMajor":"success","imsx_severity":"warning","imsx_codeMinor":"invalid_sort_field"}]}"#,
                vec!["{}"],
                vec![Habit::WarningBeside],
            ),
            (
                "getAllUsers",
                r#"{"imsx_statusInfo":{"imsx_codeMajor":"success","imsx_severity":"status"},"users":[{}]}"#,
                vec!["{}"],
                vec![Habit::StatusInSuccess],
            ),
        ];
        for (operation, body, records, habits) in cases {
            let read = read(operation, body).unwrap_or_else(|e| panic!("{body}: {e}"));
            assert_eq!(read, (records.into_iter().map(str::to_owned).collect(), habits), "{body}");
        }
    }

    #[test]
    fn what_is_none_is_never_taken_for_empty() {
        let cases = [
            ("{}", ErrorKind::NotOneRoster),
            (r#"{"message":"hello"}"#, ErrorKind::NotOneRoster),
            (r#"{"a":[],"b":[]}"#, ErrorKind::NotOneRoster),
            ("<html><title>Sign in</title></html>", ErrorKind::NotOneRoster),
            ("", ErrorKind::Broken),
            (r#"{"users":[{"a":1},{"b""#, ErrorKind::Broken),
            (r#"{"statusInfoSet":[{"imsx_codeMajor":"failure"}],"users":[]}"#, ErrorKind::Server),
        ];
        for (body, kind) in cases {
            assert_eq!(read("getAllUsers", body).unwrap_err().kind(), kind, "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80), json in r#"[\[\]{}:,"a-c1 ]{0,60}"#) {
            let route = &ROUTES[0];
            for bytes in [Bytes::from(bytes), Bytes::from(json)] {
                if let Ok(envelope) = Envelope::read(bytes, route, false, &Findings::default()) {
                    proptest::prop_assert_eq!(envelope.texts().count(), envelope.len());
                }
            }
        }
    }
}
