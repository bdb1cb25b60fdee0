//! Queries: filters, orders, fields and pages, from their text to what they mean.

mod ast;

pub use ast::{Clause, Filter, Literal, Logical, Part, Path, Predicate, Sort};
