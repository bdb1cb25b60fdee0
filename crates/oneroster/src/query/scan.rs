//! The grammar of filters: text to clauses, before their fields are known
//! (rest.md 3.4).

use super::ast::{Logical, Predicate};
use super::error::QueryError;

/// The longest chain that is read. The standard promises one operator only.
const MOST_CLAUSES: usize = 500;

/// A clause as it was written.
#[derive(Debug)]
pub(super) struct RawClause<'a> {
    pub field: &'a str,
    pub field_at: usize,
    pub predicate: Predicate,
    pub predicate_at: usize,
    pub value: String,
    pub value_at: usize,
}

/// The clauses of a filter and what joins them.
pub(super) type Raw<'a> = (Logical, Vec<RawClause<'a>>);

/// Splits a filter that is not blank.
///
/// Apostrophes inside a value are doubled. If the text cannot be read so, it
/// is read again with single ones allowed, as many senders write them.
pub(super) fn scan(text: &str) -> Result<Raw<'_>, QueryError> {
    if let Some(position) = text.find(['\0', '\u{1f}']) {
        return Err(invalid("A control character cannot stand in a filter.", position));
    }
    Scanner { text, at: 0, lenient: false }
        .filter()
        .or_else(|strict| Scanner { text, at: 0, lenient: true }.filter().map_err(|e| worst(strict, e)))
}

/// Of the two readings of a text, the error of the one that came further.
fn worst(strict: QueryError, lenient: QueryError) -> QueryError {
    if strict.position() > lenient.position() { strict } else { lenient }
}

fn invalid(sentence: &str, position: usize) -> QueryError {
    QueryError::invalid("filter", sentence, position)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    lenient: bool,
}

impl<'a> Scanner<'a> {
    fn filter(mut self) -> Result<Raw<'a>, QueryError> {
        let mut logical = None;
        let mut clauses = vec![self.clause()?];
        while !self.rest().trim().is_empty() {
            let at = self.at + (self.rest().len() - self.rest().trim_start().len());
            let (next, length) = operator(self.rest()).ok_or_else(|| {
                invalid("After a value only ' AND ' or ' OR ' can follow; double an apostrophe inside a value.", at)
            })?;
            if *logical.get_or_insert(next) != next {
                return Err(invalid("AND and OR cannot be mixed in one filter; ask in two requests.", at));
            }
            if clauses.len() == MOST_CLAUSES {
                return Err(invalid("The filter has too many clauses; ask in several requests.", at));
            }
            self.at += length;
            clauses.push(self.clause()?);
        }
        Ok((logical.unwrap_or(Logical::And), clauses))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn clause(&mut self) -> Result<RawClause<'a>, QueryError> {
        let rest = self.rest();
        let start = self.at + (rest.len() - rest.trim_start().len());
        let (offset, predicate) = find_predicate(rest).ok_or_else(|| {
            invalid("A clause has a field, one of = != > >= < <= ~, and a value in single quotes.", start)
        })?;
        let field = rest[..offset].trim();
        if field.is_empty() {
            return Err(invalid("A field is missing before the predicate.", self.at + offset));
        }
        let predicate_at = self.at + offset;
        self.at = predicate_at + predicate.symbol().len();
        self.at += self.rest().len() - self.rest().trim_start().len();
        if !self.rest().starts_with('\'') {
            return Err(invalid("A value stands in straight single quotes.", self.at));
        }
        self.at += 1;
        let value_at = self.at;
        let value = self.value(value_at)?;
        Ok(RawClause { field, field_at: start, predicate, predicate_at, value, value_at })
    }

    /// Reads a value up to and with its closing quote.
    fn value(&mut self, start: usize) -> Result<String, QueryError> {
        let (mut value, mut single) = (String::new(), false);
        loop {
            let Some(quote) = self.rest().find('\'') else {
                return Err(invalid("The closing quote of a value is missing.", start));
            };
            value.push_str(&self.rest()[..quote]);
            self.at += quote + 1;
            let after = self.rest();
            if after.starts_with('\'') && !(self.lenient && after[1..].trim().is_empty()) {
                self.at += 1;
            } else if after.trim().is_empty() || operator(after).is_some() {
                break;
            } else if self.lenient {
                single = true;
            } else {
                return Err(invalid("Only ' AND ' or ' OR ' can follow a value.", self.at));
            }
            value.push('\'');
        }
        // A value that looks like a further clause was hardly meant as one.
        if single && ["='", ">'", "<'", "~'"].iter().any(|sign| value.contains(sign)) {
            return Err(invalid(
                "It is not clear where the value ends: join clauses by ' AND ' or ' OR ', double an apostrophe inside a value.",
                start,
            ));
        }
        Ok(value)
    }
}

/// The operator at the start of a text, and the length of it with its spaces.
fn operator(text: &str) -> Option<(Logical, usize)> {
    let word = text.trim_start_matches(' ');
    if word.len() == text.len() {
        return None;
    }
    let (logical, rest) = match word.strip_prefix("AND") {
        Some(rest) => (Logical::And, rest),
        None => (Logical::Or, word.strip_prefix("OR")?),
    };
    let clause = rest.trim_start_matches(' ');
    (clause.len() < rest.len()).then(|| (logical, text.len() - clause.len()))
}

/// The first predicate of a text and where it stands, the longest one there.
fn find_predicate(text: &str) -> Option<(usize, Predicate)> {
    use Predicate::{Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    const LONGEST_FIRST: [Predicate; 7] = [NotEqual, GreaterOrEqual, LessOrEqual, Equal, Greater, Less, Contains];
    text.char_indices().find_map(|(i, _)| {
        LONGEST_FIRST.into_iter().find(|p| text[i..].starts_with(p.symbol())).map(|predicate| (i, predicate))
    })
}
