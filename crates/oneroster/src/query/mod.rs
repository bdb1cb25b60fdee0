//! Queries: filters, orders, fields and pages, from their text to what they mean.

mod ast;
mod error;
mod eval;
mod fold;
mod links;
mod literal;
mod params;
mod parse;
mod path;
mod print;
mod request;
mod scan;

pub use ast::{Clause, Filter, Literal, Logical, Part, Path, Predicate, Sort};
pub use error::{QueryError, QueryErrorKind};
pub use eval::{compare, matches, values};
pub use fold::{folded, normal};
pub use links::{Pages, link_header};
pub use literal::PROFILE_URI;
pub use parse::parse_filter;
pub use request::{DEFAULT_LIMIT, MOST_LIMIT, Query};
