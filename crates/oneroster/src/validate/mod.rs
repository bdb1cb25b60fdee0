//! Judging packages: the rule table, the checks, and the report.

mod options;
mod report;
mod rules;

pub use options::Options;
pub use report::{Finding, MAX_KEPT, Place, Report};
pub use rules::{Check, Code, RULES, Rule, Severity};
