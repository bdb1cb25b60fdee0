//! A Moodle, kept in step with a roster through its web services.
//!
//! [`Settings`] say what is wanted of it; [`scene`] reads one version of the
//! roster into what it asks for; [`push`](push()) compares that with the ledger
//! and sends what differs, batch by batch; [`verify`](verify()) asks whether what
//! was sent still stands there; [`adopt`](adopt()) takes over what is there
//! already; [`check`](check()) says what is missing. What a real Moodle does is
//! measured, and told where it matters.

mod accounts;
mod adopt;
mod batch;
mod before;
mod check;
mod clashes;
mod contexts;
mod enrol;
mod functions;
mod gone;
mod grades;
mod groups;
mod job;
mod keys;
mod names;
mod people;
mod push;
mod recover;
mod remove;
mod roles;
pub mod scene;
mod settings;
mod shorts;
mod things;
mod told;
mod untold;
mod verify;
mod wire;
mod wish;

pub use adopt::{Adoption, By, adopt};
pub use check::{Checked, check};
pub use functions::{FUNCTIONS, Function};
pub use grades::{Graded, grades, is_grade_of};
pub use job::{Job, Outcome, Version};
pub use push::push;
pub use roles::{Context, MOODLE_ROLES, context, words};
pub use settings::{KEYS, Key, Settings};
pub use told::{Did, State, Stop, Tally, Told, What};
pub use untold::Untold;
pub use verify::{Differs, Verified, verify};
pub use wire::{Moodle, Wrong};
