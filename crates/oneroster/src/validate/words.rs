//! Words of vocabularies as rules ask for them: by their positions, found when
//! this is compiled, and sets of them as bits.

use crate::csv::cell::OWN_WORD;
use crate::model::vocabulary::{ENROLLMENT_ROLE, ORG_TYPE, ROLE_TYPE, SESSION_TYPE, USER_ROLE};
use crate::model::{Vocabulary, same};

/// The position of a word in its vocabulary.
pub(super) const fn word(vocabulary: &Vocabulary, text: &str) -> u8 {
    let mut i = 0;
    while !same(vocabulary.words[i].text, text) {
        i += 1;
    }
    i as u8
}

/// Types of orgs.
pub(super) const SCHOOL: u8 = word(&ORG_TYPE, "school");
pub(super) const DEPARTMENT: u8 = word(&ORG_TYPE, "department");
pub(super) const DISTRICT: u8 = word(&ORG_TYPE, "district");

/// Types of sessions.
pub(super) const SCHOOL_YEAR: u8 = word(&SESSION_TYPE, "schoolYear");
pub(super) const GRADING_PERIOD: u8 = word(&SESSION_TYPE, "gradingPeriod");

/// The type of a main role.
pub(super) const PRIMARY: u8 = word(&ROLE_TYPE, "primary");

/// Roles in classes.
pub(super) const ENROLLED_STUDENT: u8 = word(&ENROLLMENT_ROLE, "student");
pub(super) const ENROLLED_TEACHER: u8 = word(&ENROLLMENT_ROLE, "teacher");

const fn bit(text: &str) -> u32 {
    1 << word(&USER_ROLE, text)
}

/// The bit of roles of the deployment's own.
pub(super) const OWN_ROLE: u32 = 1 << 31;
/// The bit of students.
pub(super) const STUDENT: u32 = bit("student");
/// The bits of people who may teach a class.
pub(super) const TEACHING: u32 = bit("teacher")
    | bit("aide")
    | bit("proctor")
    | bit("counselor")
    | bit("principal")
    | bit("administrator")
    | bit("districtAdministrator")
    | bit("siteAdministrator")
    | bit("systemAdministrator");
/// The bits of people who guard a student.
pub(super) const GUARDING: u32 = bit("parent") | bit("guardian") | bit("relative") | OWN_ROLE;
/// The bits of people who belong to a school: students and teachers.
pub(super) const OF_SCHOOLS: u32 = STUDENT | bit("teacher");

/// The bit of a person's role by its position; none for what is no word.
pub(super) fn role_bit(word: u8) -> u32 {
    match word {
        OWN_WORD => OWN_ROLE,
        word if word < 31 => 1 << word,
        _ => 0,
    }
}
