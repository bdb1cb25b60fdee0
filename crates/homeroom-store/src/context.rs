//! What the placeholders of a statement stand for in one request.

use crate::paging::KeyValue;
use crate::plan::Value;
use crate::sql::{Bind, Statement, Wrap};
use crate::{Error, ErrorKind, Read, Result};
use oneroster::query::{Part, Path};

/// A request and its place, as statements take values from them.
pub struct Context<'a> {
    /// The tenant, where one database serves many.
    pub tenant: i64,
    /// The request.
    pub read: &'a Read<'a>,
    /// The row ids of the records that its path names.
    pub parents: &'a [i64],
    /// The values of the record that the page begins after.
    pub key: &'a [KeyValue],
    /// The version that is read.
    pub version: i64,
    /// How many rows are passed over.
    pub skip: u64,
    /// How many rows are given at most.
    pub limit: u64,
    /// The one record that is asked for.
    pub sourced_id: &'a str,
}

impl<'a> Context<'a> {
    /// The values of a statement, in the order of its placeholders.
    pub fn values(&self, statement: &'a Statement) -> Result<Vec<Value<'a>>> {
        statement.binds.iter().map(|bind| self.value(bind)).collect()
    }

    fn value(&self, bind: &'a Bind) -> Result<Value<'a>> {
        let lost = || Error::new(ErrorKind::Internal, "a statement asks for a value that the request has not");
        Ok(match bind {
            Bind::Text(text) => Value::Text(text.into()),
            Bind::View => Value::Whole(self.read.view.ok_or_else(lost)?.0),
            Bind::Tenant => Value::Whole(self.tenant),
            Bind::Parent(place) => Value::Whole(*self.parents.get(*place).ok_or_else(lost)?),
            Bind::ParentItem(place) => Value::item(&self.read.parents.get(*place).ok_or_else(lost)?.1),
            Bind::SourcedId => Value::Text(self.sourced_id.into()),
            Bind::Literal { clause, item, wrap } => self.literal(*clause, *item, *wrap).ok_or_else(lost)?,
            Bind::MetadataName(clause) => self.metadata_name(*clause).ok_or_else(lost)?,
            Bind::Key(place) => match self.key.get(*place).ok_or_else(lost)? {
                KeyValue::Missing => Value::Null,
                KeyValue::Whole(number) => Value::Whole(*number),
                KeyValue::Real(number) => Value::Real(*number),
                KeyValue::Text(text) => Value::Text(text.into()),
            },
            Bind::Version => Value::Whole(self.version),
            Bind::Limit => Value::Whole(i64::try_from(self.limit).unwrap_or(i64::MAX)),
            Bind::Skip => Value::Whole(i64::try_from(self.skip).unwrap_or(i64::MAX)),
        })
    }

    fn literal(&self, clause: usize, item: Option<usize>, wrap: Wrap) -> Option<Value<'static>> {
        let literal = &self.read.filter?.clauses.get(clause)?.literal;
        Value::literal(literal, item, wrap)
    }

    fn metadata_name(&self, clause: Option<usize>) -> Option<Value<'a>> {
        let path: &Path = match clause {
            Some(clause) => &self.read.filter?.clauses.get(clause)?.path,
            None => &self.read.sort?.path,
        };
        match &path.part {
            Part::Metadata(name) => Some(Value::Text(name.into())),
            _ => None,
        }
    }
}
