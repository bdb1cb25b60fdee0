//! A query string, split and decoded (rest.md 3.5).

use super::error::QueryError;
use crate::model::{Route, Shape};
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The parameters of a request that its route takes, decoded.
#[derive(Default)]
pub(super) struct Given<'a> {
    pub limit: Option<Cow<'a, str>>,
    pub offset: Option<Cow<'a, str>>,
    pub filter: Option<Cow<'a, str>>,
    pub sort: Option<Cow<'a, str>>,
    pub order_by: Option<Cow<'a, str>>,
    pub cursor: Option<Cow<'a, str>>,
    pub fields: Vec<Cow<'a, str>>,
}

impl<'a> Given<'a> {
    /// Splits a query string and keeps what the route takes.
    pub fn read(raw: &'a str, route: &Route) -> Result<Given<'a>, QueryError> {
        let mut given = Given::default();
        for (name, value) in raw.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
            let Some(name) = decode(name) else { continue };
            if let Some(name) = taken(&name, route) {
                given.put(name, value)?;
            }
        }
        Ok(given)
    }

    fn put(&mut self, name: &'static str, value: &'a str) -> Result<(), QueryError> {
        let Some(value) = decode(value) else {
            return Err(QueryError::invalid(name, "The value is not text in UTF-8.", 0));
        };
        if let Some(position) = value.find('\0') {
            return Err(QueryError::invalid(name, "A control character cannot stand in a query.", position));
        }
        let place = match name {
            "limit" => &mut self.limit,
            "offset" => &mut self.offset,
            "filter" => &mut self.filter,
            "sort" => &mut self.sort,
            "orderBy" => &mut self.order_by,
            "cursor" => &mut self.cursor,
            _ => {
                self.fields.push(value);
                return Ok(());
            }
        };
        if place.replace(value).is_some() {
            return Err(QueryError::invalid(name, "The parameter is given twice.", 0));
        }
        Ok(())
    }
}

/// The parameter of a route that a name is, if it is one.
fn taken(name: &str, route: &Route) -> Option<&'static str> {
    let cursor = (route.shape == Shape::Collection).then_some(&CURSOR);
    route.query().iter().chain(cursor).find(|known| **known == name).copied()
}

/// The parameter that continues a list; ours, not the standard's.
pub(super) const CURSOR: &str = "cursor";

/// Decodes a name or a value: `+` and `%20` are both a space. `None` if it is
/// not UTF-8.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['+', '%']) {
        return Some(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(Cow::Owned(decoded.into_owned()))
}
