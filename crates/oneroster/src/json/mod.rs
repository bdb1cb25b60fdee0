//! JSON: records to objects of a version, and back.

mod row;

pub use row::Row;
