//! Synthetic districts: `homeroom generate`.
//!
//! A district is a function of its seed, its size and a day. Every person,
//! class and enrollment is derived from a path of numbers (see `rng`), so
//! nothing but the school at hand is ever in memory, two runs give the same
//! bytes, and the package of a later day tells the next part of the same story.

mod calendar;
mod classes;
mod curriculum;
mod days;
mod families;
mod frame;
mod gradebook;
mod made_up;
mod names;
mod people;
mod persons;
mod rng;
mod rows;
mod schools;
mod screenings;
mod staff;
mod timetable;

#[cfg(test)]
mod tests;

pub use made_up::made_up;
pub use screenings::screenings;

use crate::export::out;
use oneroster::model::{Edition, Version};
use std::ops::RangeInclusive;
use std::path::Path;

/// How many students a district may have.
pub const STUDENTS: RangeInclusive<u32> = 100..=500_000;
/// The days that a district can be asked for.
pub const DAYS: RangeInclusive<u32> = 0..=calendar::LAST_DAY;

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The edition of the package.
    pub edition: Edition,
    /// Students on day 0; see [`STUDENTS`].
    pub students: u32,
    /// What tells this district from others of its size.
    pub seed: u64,
    /// Days since 2026-09-01; see [`DAYS`].
    pub day: u32,
    /// Whether a few classes have a gradebook; 1.0 has none.
    pub gradebook: bool,
}

impl Options {
    /// The version whose words the package has.
    fn version(&self) -> Version {
        self.edition.version()
    }

    /// Whether the package is of 1.0, which knows less.
    fn is_old(&self) -> bool {
        self.edition == Edition::V1P0
    }
}

/// Writes a district's package to a zip archive or a folder, and gives the
/// rows of each file, by base name, in the order of writing.
///
/// # Errors
/// If the options are out of range or the place cannot be written. Then
/// nothing is left there.
pub fn generate(options: &Options, out: &Path) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let (students, day) = (options.students, options.day);
    anyhow::ensure!(
        STUDENTS.contains(&students),
        "a district of {students} students cannot be made: ask for {} to {}",
        STUDENTS.start(),
        STUDENTS.end()
    );
    anyhow::ensure!(DAYS.contains(&day), "day {day} cannot be told: ask for {} to {}", DAYS.start(), DAYS.end());
    let district = schools::District::new(options.seed, students);
    let story = days::Story::new(&district, day);
    let year = calendar::Year::on(day);
    let mut package = out::Package::create(out)?;
    frame::sessions(year, options, &mut package)?;
    frame::orgs(&district, options, &mut package)?;
    frame::courses(&district, year, options, &mut package)?;
    classes::classes(&district, &story, options, &mut package)?;
    persons::users(&district, &story, options, &mut package)?;
    persons::profiles(&district, &story, options, &mut package)?;
    persons::roles(&district, &story, options, &mut package)?;
    persons::demographics(&district, &story, options, &mut package)?;
    classes::enrollments(&district, &story, options, &mut package)?;
    if options.gradebook && !options.is_old() {
        gradebook::gradebook(&district, &story, options, &mut package)?;
    }
    // 1.0 has no manifest.
    let manifest = (!options.is_old()).then(|| frame::manifest(options, package.rows()));
    package.finish(manifest.as_deref())
}
