//! Roles of OneRoster, and where Moodle has them.

use oneroster::model::vocabulary::{ENROLLMENT_ROLE, USER_ROLE, is_extension};

/// Where in Moodle somebody has a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// In the courses in which they are enrolled.
    Course,
    /// In the context of each student whose agent they are.
    Student,
    /// In the category of the school where they hold it.
    Category,
}

/// The words of people who have their role in a student's context.
const KIN: [&str; 3] = ["guardian", "parent", "relative"];
/// Words of people that Moodle's own plugin takes for roles in courses, beside
/// those of enrollments.
const IN_COURSES: [&str; 1] = ["aide"];

/// Roles of a Moodle as it is installed, by their short names.
/// Source: Moodle's `lib/db/install.php`, `create_role` in that order; a site
/// may have others, which are given by number.
pub const MOODLE_ROLES: [(&str, i64); 5] =
    [("manager", 1), ("coursecreator", 2), ("editingteacher", 3), ("teacher", 4), ("student", 5)];

/// What is mapped unless something else is said.
/// Source: the defaults of `enrol_oneroster`, where all others are not mapped.
pub(super) const DEFAULTS: [(&str, i64); 2] = [("student", 5), ("teacher", 3)];

/// Every word of the standard for what a person is, each once.
pub fn words() -> impl Iterator<Item = &'static str> {
    let more = ENROLLMENT_ROLE.words.iter().filter(|word| USER_ROLE.words.iter().all(|own| own.text != word.text));
    USER_ROLE.words.iter().chain(more).map(|word| word.text)
}

/// Where the role of a word is had; `None` if it is no word.
pub fn context(word: &str) -> Option<Context> {
    if KIN.contains(&word) {
        return Some(Context::Student);
    }
    if ENROLLMENT_ROLE.words.iter().any(|known| known.text == word) || IN_COURSES.contains(&word) || is_extension(word)
    {
        return Some(Context::Course);
    }
    words().any(|known| known == word).then_some(Context::Category)
}

/// The number of a role by its number or its short name.
pub(super) fn number(text: &str) -> Option<i64> {
    let named = MOODLE_ROLES.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    named.or_else(|| text.parse().ok().filter(|number| *number > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_place() {
        for word in words() {
            assert!(context(word).is_some(), "{word}");
        }
        assert!(KIN.iter().chain(&IN_COURSES).all(|word| words().any(|known| known == *word)));
        assert_eq!(context("teacher"), Some(Context::Course));
        assert_eq!(context("parent"), Some(Context::Student));
        assert_eq!(context("principal"), Some(Context::Category));
        assert_eq!(context("ext:coach"), Some(Context::Course));
        assert_eq!(context("pupil"), None);
        assert_eq!(
            (number("editingteacher"), number("9"), number("0"), number("head")),
            (Some(3), Some(9), None, None)
        );
    }
}
