//! Cleansing: what a district has done to the records of a source before they
//! are compared with what is stored. Rules are data, never code.
//!
//! A rule is written down as a [`Given`]; [`RULE_KINDS`] says what each kind
//! takes. A [`Cleanser`] is made of them: it changes values record by record,
//! and leaves records out together with what hangs on them. Conditions are
//! filters of the standard's own grammar.

mod change;
mod choose;
mod cleanser;
mod compile;
mod given;
mod naming;
mod plain;
mod table;
mod unique;

pub use cleanser::{Cleanser, Met, Others, Sink, Stored};
pub use compile::RuleError;
pub use given::Given;
pub use table::{RULE_KINDS, RuleKind};

#[cfg(test)]
mod tests;
