//! The rows of the model, one file a service.

mod gradebook;
mod resources;
mod rostering;

use super::entity::Entity;

/// Every entity, at the position of its [`Kind`](super::Kind).
pub static MODEL: [&Entity; 23] = [
    &rostering::ORG,
    &rostering::ACADEMIC_SESSION,
    &rostering::COURSE,
    &rostering::CLASS,
    &rostering::USER,
    &rostering::USER_PROFILE,
    &rostering::ROLE,
    &rostering::DEMOGRAPHICS,
    &rostering::ENROLLMENT,
    &resources::RESOURCE,
    &resources::CLASS_RESOURCE,
    &resources::COURSE_RESOURCE,
    &resources::USER_RESOURCE,
    &gradebook::CATEGORY,
    &gradebook::SCORE_SCALE,
    &gradebook::LINE_ITEM,
    &gradebook::RESULT,
    &gradebook::LINE_ITEM_SCORE_SCALE,
    &gradebook::RESULT_SCORE_SCALE,
    &gradebook::LINE_ITEM_LEARNING_OBJECTIVE_ID,
    &gradebook::RESULT_LEARNING_OBJECTIVE_ID,
    &gradebook::ASSESSMENT_LINE_ITEM,
    &gradebook::ASSESSMENT_RESULT,
];

/// The row of a kind, in a `const`.
pub const fn entity_of(kind: super::Kind) -> &'static Entity {
    MODEL[kind as usize]
}

/// The lint over the table: rows at their kind, names unique, docs written.
const _: () = {
    let mut i = 0;
    while i < MODEL.len() {
        let entity = MODEL[i];
        assert!(entity.kind as usize == i, "a row of MODEL stands at another kind's position");
        assert!(!entity.doc.is_empty(), "every entity says what it is");
        let mut a = 0;
        while a < entity.fields.len() {
            assert!(!entity.fields[a].doc.is_empty(), "every field says what it is");
            let mut b = a + 1;
            while b < entity.fields.len() {
                assert!(!super::same(entity.fields[a].name, entity.fields[b].name), "a field is named twice");
                b += 1;
            }
            a += 1;
        }
        i += 1;
    }
};
