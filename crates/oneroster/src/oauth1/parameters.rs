//! The parameters of a request, from its header, its query and its body.

use percent_encoding::percent_decode;
use std::borrow::Cow;

/// A name and a value, decoded; bytes, since nobody says that they are text.
#[derive(Clone, Debug)]
pub(super) struct Parameter<'a> {
    pub(super) name: Cow<'a, [u8]>,
    pub(super) value: Cow<'a, [u8]>,
    /// The pair as it stands in the query.
    pub(super) sent: Option<&'a str>,
}

impl<'a> Parameter<'a> {
    pub(super) fn new(name: &'a str, value: &'a str) -> Parameter<'a> {
        Parameter { name: name.as_bytes().into(), value: value.as_bytes().into(), sent: None }
    }

    /// Whether it is one of the protocol's own.
    pub(super) fn is_oauth(&self) -> bool {
        self.name.starts_with(b"oauth_")
    }
}

/// Those of a query.
pub(super) fn of_query(query: &str) -> impl Iterator<Item = Parameter<'_>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| Parameter { sent: Some(pair), ..of_pair(pair.as_bytes()) })
}

/// Those of a form.
pub(super) fn of_form(form: &[u8]) -> impl Iterator<Item = Parameter<'_>> {
    form.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).map(of_pair)
}

fn of_pair(pair: &[u8]) -> Parameter<'_> {
    let (name, value) = match pair.iter().position(|b| *b == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &[][..]),
    };
    Parameter { name: decoded(name), value: decoded(value), sent: None }
}

/// `+` and `%20` are both a space.
fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'+') {
        return percent_decode(bytes).into();
    }
    let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    Cow::Owned(percent_decode(&spaced).collect())
}

/// The parameters of an `Authorization` header of the scheme `OAuth`, without
/// the realm; `None` if the scheme is another one or the header cannot be read.
pub(super) fn of_header(header: &str) -> Option<Vec<Parameter<'_>>> {
    const SCHEME: usize = "OAuth".len();
    let scheme = header.get(..SCHEME).filter(|scheme| scheme.eq_ignore_ascii_case("OAuth"))?;
    let rest = &header[scheme.len()..];
    // ClassLink's client for .NET puts a comma behind the scheme.
    if !rest.starts_with([' ', '\t', ',']) && !rest.is_empty() {
        return None;
    }
    let mut parameters = Vec::new();
    let mut rest = rest.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        let name = name.trim();
        if !name.eq_ignore_ascii_case("realm") {
            let (name, value) = (percent_decode(name.as_bytes()), percent_decode(value.trim().as_bytes()));
            parameters.push(Parameter { name: name.into(), value: value.into(), sent: None });
        }
        let next = after.trim_start();
        if !next.is_empty() && !next.starts_with(',') {
            return None;
        }
        rest = next.trim_start_matches([' ', '\t', ',']);
    }
    Some(parameters)
}
