//! Judging packages: the rule table, the checks, and the report.

mod cells;
mod columns;
mod dialect;
mod ends;
mod figures;
mod gradebook;
mod judge;
mod judgement;
mod judging;
mod known;
mod lifecycle;
mod links;
mod look;
mod options;
mod people;
mod repeats;
mod report;
mod resources;
mod roster;
mod row;
mod rules;
mod semantics;
mod suspect;
mod tables;
mod tally;
mod targets;
mod texts;
mod upgrade;

pub use figures::{ColumnFigures, Figures, FileFigures, Found, SchoolFigures};
pub use judge::{MAX_COLUMNS, judge, judge_against, judge_telling};
pub use judgement::{FileJudgement, FileState, Judgement, Opened, Progress, Told, Verdict};
pub use known::{Known, KnownRecord};
pub use options::Options;
pub use report::{Finding, MAX_KEPT, Place, Report};
pub use rules::{CONSENTS, Check, Code, RULES, Rule, Severity};
pub use tables::Bits;
