//! What providers say of a failure, in every shape that occurs (rest.md 4.1,
//! 4.2, D2, D3).

use serde_json::{Map, Value};

/// The longest text that is kept, in characters.
const LONGEST: usize = 300;

/// The form in which a failure was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Shape {
    /// `{"statusInfoSet":[{...}]}`, as 1.1 has it.
    Set,
    /// The same with an object in place of the list.
    SetObject,
    /// The bare status info of 1.2.
    Bare,
    /// Status info of 1.2 within `imsx_StatusInfo`, in any case.
    Wrapped,
    /// `codeMajor`, `severity`, `codeMinor`, `description`.
    Flat,
    /// A list `errors`.
    Errors,
    /// `error` and `error_description`, as OAuth has it.
    OAuth,
    /// Some other JSON; a member such as `message` was taken.
    Json,
    /// A page for people.
    Html,
    /// Plain text.
    Text,
    /// Nothing.
    Empty,
}

/// What a provider said of a failure, or of a success with a warning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The form in which it was told.
    pub shape: Shape,
    /// `failure`, `unsupported`, `success`.
    pub major: Option<String>,
    /// `error`, `warning`, `status`.
    pub severity: Option<String>,
    /// The minor code: `invalid_filter_field`; of OAuth the error: `invalid_client`.
    pub minor: Option<String>,
    /// What it said to people; shortened.
    pub text: Option<String>,
}

impl Failure {
    /// Reads the body of an answer.
    pub fn read(body: &[u8]) -> Failure {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Failure::said(Shape::Empty, None);
        }
        match serde_json::from_str::<Value>(text) {
            Ok(value) => Failure::of_json(&value),
            Err(_) if text.starts_with('<') => Failure::said(Shape::Html, title(text)),
            Err(_) => Failure::said(Shape::Text, short(text)),
        }
    }

    /// Reads status info beside or instead of data; `None` if there is none.
    pub(crate) fn beside(object: &Map<String, Value>) -> Option<Failure> {
        of_object(object)
    }

    fn of_json(value: &Value) -> Failure {
        match value {
            Value::Object(object) => of_object(object).unwrap_or_else(|| {
                let said = ["message", "Message", "error", "detail", "title", "description"];
                let text = said.iter().find_map(|name| object.get(*name)).and_then(text_of);
                Failure::said(Shape::Json, text)
            }),
            Value::Array(items) => {
                let first = items.iter().find_map(Value::as_object);
                first.and_then(of_object).unwrap_or_else(|| Failure::said(Shape::Json, None))
            }
            other => Failure::said(Shape::Json, text_of(other)),
        }
    }

    fn said(shape: Shape, text: Option<String>) -> Failure {
        Failure { shape, major: None, severity: None, minor: None, text }
    }

    /// Whether it says that the call failed, whatever the status was.
    pub fn is_failure(&self) -> bool {
        let is = |said: &Option<String>, word: &str| said.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(word));
        is(&self.major, "failure") || is(&self.major, "unsupported")
    }

    /// Minor code and text in one line.
    pub fn summary(&self) -> Option<String> {
        match (&self.minor, &self.text) {
            (Some(minor), Some(text)) if minor != text => Some(format!("{minor}: {text}")),
            (Some(one), _) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }
}

fn of_object(object: &Map<String, Value>) -> Option<Failure> {
    let named = |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    for (name, list, one) in [
        ("statusInfoSet", Shape::Set, Shape::SetObject),
        ("imsx_statusInfo", Shape::Wrapped, Shape::Wrapped),
        ("statusInfo", Shape::Wrapped, Shape::Wrapped),
        ("errors", Shape::Errors, Shape::Errors),
    ] {
        match named(name) {
            Some(Value::Array(items)) => {
                let first = items.iter().find_map(Value::as_object);
                let texts = || Failure::said(list, items.iter().find_map(text_of));
                return Some(first.map_or_else(texts, |o| info(list, o)));
            }
            Some(Value::Object(inner)) => return Some(info(one, inner)),
            _ => {}
        }
    }
    if named("imsx_codeMajor").is_some() {
        return Some(info(Shape::Bare, object));
    }
    if named("codeMajor").is_some() {
        return Some(info(Shape::Flat, object));
    }
    let error = object.get("error")?.as_str()?;
    let text = object.get("error_description").and_then(text_of);
    Some(Failure { minor: short(error), ..Failure::said(Shape::OAuth, text) })
}

/// The members of one status info, with or without the prefix.
fn info(shape: Shape, object: &Map<String, Value>) -> Failure {
    let get = |name: &str| {
        let same = |key: &str| key.trim_start_matches("imsx_").eq_ignore_ascii_case(name);
        object.iter().find(|(key, _)| same(key)).map(|(_, value)| value)
    };
    let text = |name: &str| get(name).and_then(text_of);
    let minor = get("codeMinor").and_then(|value| match value {
        Value::Object(inner) => inner.values().find_map(minor_pair),
        other => text_of(other),
    });
    Failure {
        shape,
        major: text("codeMajor"),
        severity: text("severity"),
        minor: minor.or_else(|| text("code")),
        text: text("description").or_else(|| text("message")).or_else(|| text("detail")),
    }
}

/// The value of `imsx_codeMinorField`: a list of pairs, or one of them.
fn minor_pair(value: &Value) -> Option<String> {
    let pair = value.as_array().map_or(Some(value), |list| list.first())?;
    text_of(pair.get("imsx_codeMinorFieldValue").unwrap_or(pair))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => short(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The title of a page, or its first heading.
fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    ["title", "h1"].iter().find_map(|tag| {
        let start = lower.find(&format!("<{tag}"))?;
        let start = start + html.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(&format!("</{tag}"))?;
        short(html.get(start..end)?)
    })
}

/// One line without control characters, shortened; `None` if nothing is left.
fn short(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line = words.join(" ");
    let mut end = line.char_indices().map(|(i, _)| i).skip(LONGEST);
    match end.next() {
        _ if line.is_empty() => None,
        Some(end) => Some(format!("{} …", line.get(..end).unwrap_or_default())),
        None => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Shape, Option<String>, Option<String>) {
        let failure = Failure::read(body.as_bytes());
        (failure.shape, failure.minor, failure.text)
    }

    #[test]
    fn every_shape_of_the_field_is_read() {
        // rest.md C11: the shapes of 4.1, 4.2, D2 and D3.
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (
                r#"{"statusInfoSet":[{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_codeMinor":"unknown object","imsx_description":"x"}]}"#,
                (Shape::Set, some("unknown object"), some("x")),
            ),
            (
                r#"{"statusInfoSet":{"imsx_codeMajor":"failure","imsx_codeMinor":"forbidden"}}"#,
                (Shape::SetObject, some("forbidden"), None),
            ),
            (
                r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_description":"no","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"TargetEndSystem","imsx_codeMinorFieldValue":"invaliddata"}]}}"#,
                (Shape::Bare, some("invaliddata"), some("no")),
            ),
            (
                r#"{"imsx_StatusInfo":{"imsx_codeMajor":"failure","imsx_CodeMinor":{"imsx_codeMinorField":{"imsx_codeMinorFieldValue":"server_busy"}}}}"#,
                (Shape::Wrapped, some("server_busy"), None),
            ),
            (
                r#"{"imsx_codeMajor":"failure","imsx_codeMinor":"unauthorisedrequest"}"#,
                (Shape::Bare, some("unauthorisedrequest"), None),
            ),
            (
                r#"{"codeMajor":"failure","severity":"error","codeMinor":"unknown object","description":"gone"}"#,
                (Shape::Flat, some("unknown object"), some("gone")),
            ),
            (r#"{"errors":[{"code":"E7","message":"bad filter"}]}"#, (Shape::Errors, some("E7"), some("bad filter"))),
            (r#"{"errors":["bad filter"]}"#, (Shape::Errors, None, some("bad filter"))),
            (
                r#"{"error":"invalid_client","error_description":"unknown client"}"#,
                (Shape::OAuth, some("invalid_client"), some("unknown client")),
            ),
            (r#"{"message":"Rate exceeded"}"#, (Shape::Json, None, some("Rate exceeded"))),
            (r#""just words""#, (Shape::Json, None, some("just words"))),
            (
                "<html><head><title>502 Bad\n Gateway</title></head></html>",
                (Shape::Html, None, some("502 Bad Gateway")),
            ),
            ("<h1>Down</h1>", (Shape::Html, None, some("Down"))),
            ("Too many requests\r\n", (Shape::Text, None, some("Too many requests"))),
            ("  ", (Shape::Empty, None, None)),
        ];
        for (body, wanted) in cases {
            assert_eq!(read(body), wanted, "{body}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let (_, _, text) = read(&"ä ".repeat(1000));
        assert_eq!(text.unwrap().chars().count(), LONGEST + 2);
    }

    proptest::proptest! {
        #[test]
        fn any_body_is_read(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), html in "<[a-z ]{0,5}(title|h1)?[^a]{0,20}") {
            let _ = (Failure::read(&body), Failure::read(html.as_bytes()));
        }
    }
}
