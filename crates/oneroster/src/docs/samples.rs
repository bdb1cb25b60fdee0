//! What stands in the texts of examples.

use crate::at;
use crate::model::Kind;

macro_rules! samples {
    ($($kind:ident . $field:ident = $text:literal),* $(,)?) => {
        static SAMPLES: &[(Kind, u8, &str)] = &[$((Kind::$kind, at!($kind.$field), $text)),*];
    };
}

samples! {
    Org.name = "North High School",
    Org.identifier = "NHS-01",
    Org.type = "school",
    AcademicSession.title = "Autumn 2026",
    AcademicSession.type = "term",
    AcademicSession.endDate = "2027-01-30",
    Course.title = "Algebra I",
    Course.courseCode = "ALG1",
    Course.grades = "09",
    Course.subjects = "Mathematics",
    Course.subjectCodes = "02052",
    Class.title = "Algebra I, section 3",
    Class.grades = "09",
    Class.classCode = "ALG1-3",
    Class.classType = "scheduled",
    Class.location = "Room 204",
    Class.subjects = "Mathematics",
    Class.subjectCodes = "02052",
    Class.periods = "2",
    User.role = "student",
    User.username = "ana.quist",
    User.userIds = "badge",
    User.givenName = "Ana",
    User.familyName = "Quist",
    User.middleName = "Maria",
    User.identifier = "S-10442",
    User.email = "ana.quist@example.org",
    User.sms = "+1-555-0107",
    User.phone = "+1-555-0108",
    User.grades = "09",
    User.userMasterIdentifier = "mid-77120",
    User.preferredFirstName = "Anni",
    User.preferredMiddleName = "M.",
    User.preferredLastName = "Quist",
    User.pronouns = "she/her",
    UserProfile.profileType = "LMS account",
    UserProfile.vendorId = "acme",
    UserProfile.applicationId = "lms",
    UserProfile.description = "Main sign-in to the LMS",
    UserProfile.type = "username",
    UserProfile.username = "aquist",
    Role.role = "student",
    Role.endDate = "2027-06-30",
    Demographics.birthDate = "2012-04-09",
    Demographics.sex = "female",
    Demographics.countryOfBirthCode = "US",
    Demographics.stateOfBirthAbbreviation = "NY",
    Demographics.cityOfBirth = "Albany",
    Demographics.publicSchoolResidenceStatus = "01652",
    Enrollment.role = "student",
    Enrollment.endDate = "2027-01-30",
    Resource.vendorResourceId = "978-0-00-000000-2",
    Resource.title = "Algebra I, the book",
    Resource.vendorId = "acme",
    Resource.applicationId = "reader",
    Category.title = "Homework",
    ScoreScale.title = "Letters",
    ScoreScale.type = "letter",
    ScoreScale.scoreScaleValue = "90-100",
    LineItem.title = "Homework 1",
    LineItem.description = "Exercises 1 to 9 of chapter 2",
    LineItem.assignDate = "2026-09-07T00:00:00.000Z",
    LineItem.dueDate = "2026-09-14T00:00:00.000Z",
    Result.scoreStatus = "fully graded",
    Result.scoreDate = "2026-09-15",
    Result.comment = "Well done",
    Result.textScore = "A-",
    LineItemLearningObjectiveId.learningObjectiveId = "b2c0a7c4-8f0e-4d5e-9d6b-0c7a1a5f2e11",
    ResultLearningObjectiveId.learningObjectiveId = "b2c0a7c4-8f0e-4d5e-9d6b-0c7a1a5f2e11",
    ResultLearningObjectiveId.textScore = "mastered",
    AssessmentLineItem.title = "State test, mathematics",
    AssessmentLineItem.description = "Spring round, grade 9",
    AssessmentResult.scoreStatus = "fully graded",
    AssessmentResult.scoreDate = "2026-05-20",
    AssessmentResult.textScore = "proficient",
    AssessmentResult.comment = "Extended time",
}

/// The text that a member of an example has.
pub(super) fn sample(kind: Kind, field: &str) -> Option<&'static str> {
    let fields = kind.entity().fields;
    let named = |at: u8| fields.get(usize::from(at)).is_some_and(|f| f.name == field);
    SAMPLES.iter().find(|(k, at, _)| *k == kind && named(*at)).map(|(_, _, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Privacy, Type};

    #[test]
    fn every_text_has_a_sample() {
        for kind in Kind::all() {
            let texts = kind.entity().fields.iter().filter(|f| !f.json.is_empty());
            for field in texts.filter(|f| f.privacy != Privacy::Secret) {
                if matches!(field.ty, Type::Text | Type::Pairs(..)) {
                    assert!(sample(kind, field.name).is_some(), "{}.{}", kind.entity().class, field.name);
                }
            }
        }
    }
}
