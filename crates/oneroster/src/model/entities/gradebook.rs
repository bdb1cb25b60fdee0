//! Gradebook and assessment results: what is graded, how, and the scores.

use crate::model::entity::{Entity, Kind, METADATA, Place, Service};
use crate::model::field::Type::{Bool, Date, DateTime, Number, Pairs, Ref, Rows, Through, Word};
use crate::model::field::{CellForm, Field, field, text};
use crate::model::version::Span;
use crate::model::vocabulary::{OBJECTIVE_SOURCE, SCORE_STATUS};

const V1P2: Span = Span::V1P2;

pub static CATEGORY: Entity = Entity {
    kind: Kind::Category,
    name: "category",
    plural: "categories",
    class: "Category",
    service: Service::Gradebook,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A kind of graded work, such as homework.",
    fields: &[
        text("title", "Display name of the category.").required(),
        field("weight", Number, "Share of the category in the final score.").only(V1P2).cell(CellForm::Integer),
        METADATA,
    ],
};

pub static SCORE_SCALE: Entity = Entity {
    kind: Kind::ScoreScale,
    name: "scoreScale",
    plural: "scoreScales",
    class: "ScoreScale",
    service: Service::Gradebook,
    place: Place::Class,
    json: V1P2,
    csv: V1P2,
    doc: "A mapping between scores, such as percentages and letters.",
    fields: &[
        text("title", "Display name of the scale.").only(V1P2).required(),
        text("type", "Kind of scale, as free text.").only(V1P2).required(),
        field("org", Ref(Kind::Org, &[]), "Organisation that uses it.")
            .column("orgSourcedId")
            .only(V1P2)
            .required()
            .json(Span::NONE)
            .json_required(Span::NONE),
        field("course", Ref(Kind::Course, &[]), "Course that uses it.")
            .column("courseSourcedId")
            .only(V1P2)
            .csv_required(V1P2),
        field("class", Ref(Kind::Class, &[]), "Class that uses it.")
            .column("classSourcedId")
            .only(V1P2)
            .required()
            .indexed(),
        field("scoreScaleValue", Pairs("itemValueLHS", "itemValueRHS"), "The mapping; the left side is the reference.")
            .many()
            .only(V1P2)
            .required(),
        METADATA.json(V1P2),
    ],
};

pub static LINE_ITEM: Entity = Entity {
    kind: Kind::LineItem,
    name: "lineItem",
    plural: "lineItems",
    class: "LineItem",
    service: Service::Gradebook,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A column of the gradebook: an assignment, a test.",
    fields: &[
        text("title", "Display name of the assignment.").required(),
        text("description", "Longer description."),
        field("assignDate", DateTime, "When it was handed out.").required().cell(CellForm::Day),
        field("dueDate", DateTime, "When it is due.").required().cell(CellForm::Day),
        field("class", Ref(Kind::Class, &[]), "The class.").column("classSourcedId").required().indexed(),
        field("category", Ref(Kind::Category, &[]), "The category.").column("categorySourcedId").required(),
        field("gradingPeriod", Ref(Kind::AcademicSession, &["gradingPeriod"]), "Grading period it counts in.")
            .column("gradingPeriodSourcedId")
            .csv(Span::V1P1)
            .csv_required(Span::V1P1)
            .json_required(Span::V1P1),
        field(
            "academicSession",
            Ref(Kind::AcademicSession, &["gradingPeriod", "term", "semester"]),
            "Session it counts in.",
        )
        .column("academicSessionSourcedId")
        .only(V1P2)
        .csv_required(V1P2),
        field("resultValueMin", Number, "Lowest score.").json_required(Span::V1P1).csv_required(Span::V1P1),
        field("resultValueMax", Number, "Highest regular score; extra credit may exceed it.")
            .json_required(Span::V1P1)
            .csv_required(Span::V1P1),
        field("school", Ref(Kind::Org, &["school"]), "School of the class.")
            .column("schoolSourcedId")
            .only(V1P2)
            .required()
            .indexed(),
        scale(Kind::LineItemScoreScale),
        objectives(Kind::LineItemLearningObjectiveId),
        METADATA,
    ],
};

pub static RESULT: Entity = Entity {
    kind: Kind::Result,
    name: "result",
    plural: "results",
    class: "Result",
    service: Service::Gradebook,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "The score of a student for a line item.",
    fields: &[
        field("lineItem", Ref(Kind::LineItem, &[]), "Line item that is graded.")
            .column("lineItemSourcedId")
            .required()
            .indexed(),
        field("student", Ref(Kind::User, &[]), "Person who is graded.").column("studentSourcedId").required().indexed(),
        field("scoreStatus", Word(&SCORE_STATUS), "State of the score.").required(),
        field("score", Number, "Score as a number.").json_required(Span::V1P1).csv_required(Span::V1P1).sensitive(),
        field("scoreDate", Date, "Day of the score.").required(),
        text("comment", "Comment on the score.").sensitive(),
        text("textScore", "Score that is not a number.").only(V1P2).sensitive(),
        field("class", Ref(Kind::Class, &[]), "Class of the line item.").column("classSourcedId").only(V1P2),
        field("inProgress", Bool, "Assigned, work not yet expected.").only(V1P2),
        field("incomplete", Bool, "Handed in but judged incomplete.").only(V1P2),
        field("late", Bool, "Past due, or handed in late.").only(V1P2),
        field("missing", Bool, "Not handed in.").only(V1P2),
        scale(Kind::ResultScoreScale),
        objectives(Kind::ResultLearningObjectiveId),
        METADATA,
    ],
};

/// The scale of a record that CSV links by a file of its own.
const fn scale(link: Kind) -> Field {
    field("scoreScale", Through(link), "Scale of the scores.").only(V1P2).csv(Span::NONE)
}

/// The objectives of a record that CSV lists in a file of its own.
const fn objectives(rows: Kind) -> Field {
    field("learningObjectiveSet", Rows(rows), "Learning objectives, grouped by who issued them.")
        .many()
        .only(V1P2)
        .csv(Span::NONE)
}

/// A column of a link file: no JSON member of its own.
const fn link(name: &'static str, column: &'static str, target: Kind, doc: &'static str) -> Field {
    field(name, Ref(target, &[]), doc).column(column).only(V1P2).required().json(Span::NONE).json_required(Span::NONE)
}

const LABEL: Field = text("title", "Label of the link, for people.").json(Span::NONE).csv(V1P2);

pub static LINE_ITEM_SCORE_SCALE: Entity = Entity {
    kind: Kind::LineItemScoreScale,
    name: "lineItemScoreScale",
    plural: "lineItemScoreScales",
    class: "LineItemScoreScale",
    service: Service::Gradebook,
    place: Place::Link(Kind::LineItem),
    json: Span::NONE,
    csv: V1P2,
    doc: "The scale of a line item.",
    fields: &[
        LABEL,
        link("lineItem", "lineItemSourcedId", Kind::LineItem, "The line item.").indexed(),
        link("scoreScale", "scoreScaleSourcedId", Kind::ScoreScale, "The scale."),
        METADATA.json(Span::NONE),
    ],
};

pub static RESULT_SCORE_SCALE: Entity = Entity {
    kind: Kind::ResultScoreScale,
    name: "resultScoreScale",
    plural: "resultScoreScales",
    class: "ResultScoreScale",
    service: Service::Gradebook,
    place: Place::Link(Kind::Result),
    json: Span::NONE,
    csv: V1P2,
    doc: "The scale of a result.",
    fields: &[
        LABEL,
        link("result", "resultSourcedId", Kind::Result, "The result.").indexed(),
        link("scoreScale", "scoreScaleSourcedId", Kind::ScoreScale, "The scale."),
        METADATA.json(Span::NONE),
    ],
};

pub static LINE_ITEM_LEARNING_OBJECTIVE_ID: Entity = Entity {
    kind: Kind::LineItemLearningObjectiveId,
    name: "learningObjectiveSet",
    plural: "lineItemLearningObjectiveIds",
    class: "LearningObjectiveSet",
    service: Service::Gradebook,
    place: Place::Nested(Kind::LineItem),
    json: V1P2,
    csv: V1P2,
    doc: "A learning objective that a line item is aligned with.",
    fields: &[
        link("lineItem", "lineItemSourcedId", Kind::LineItem, "The line item.").indexed(),
        field("source", Word(&OBJECTIVE_SOURCE), "Who issued the identifier.").only(V1P2).required(),
        text("learningObjectiveId", "Identifier of the objective; a UUID when the source is case.")
            .only(V1P2)
            .required()
            .within("learningObjectiveIds"),
        METADATA.json(Span::NONE),
    ],
};

pub static RESULT_LEARNING_OBJECTIVE_ID: Entity = Entity {
    kind: Kind::ResultLearningObjectiveId,
    name: "learningObjectiveScoreSet",
    plural: "resultLearningObjectiveIds",
    class: "LearningObjectiveScoreSet",
    service: Service::Gradebook,
    place: Place::Nested(Kind::Result),
    json: V1P2,
    csv: V1P2,
    doc: "How well a result masters a learning objective.",
    fields: &[
        link("result", "resultSourcedId", Kind::Result, "The result.").indexed(),
        field("source", Word(&OBJECTIVE_SOURCE), "Who issued the identifier.").only(V1P2).required(),
        mastery("learningObjectiveId", Type::Text, "Identifier of the objective; a UUID when the source is case.")
            .required(),
        mastery("score", Number, "Mastery as a number.").sensitive(),
        mastery("textScore", Type::Text, "Mastery as text.").sensitive(),
        METADATA.json(Span::NONE),
    ],
};

use crate::model::field::Type;

const fn mastery(name: &'static str, ty: Type, doc: &'static str) -> Field {
    field(name, ty, doc).only(V1P2).within("learningObjectiveResults")
}

pub static ASSESSMENT_LINE_ITEM: Entity = Entity {
    kind: Kind::AssessmentLineItem,
    name: "assessmentLineItem",
    plural: "assessmentLineItems",
    class: "AssessmentLineItem",
    service: Service::Assessment,
    place: Place::Class,
    json: V1P2,
    csv: Span::NONE,
    doc: "A test outside the gradebook, or a part of one.",
    fields: &[
        rest(text("title", "Display name of the test.")).json_required(V1P2),
        rest(text("description", "Longer description.")),
        rest(field("class", Ref(Kind::Class, &[]), "The class, if any.")),
        rest(field("parentAssessmentLineItem", Ref(Kind::AssessmentLineItem, &[]), "The test it is a part of.")),
        rest(field("scoreScale", Ref(Kind::ScoreScale, &[]), "Scale of the scores.")),
        rest(field("resultValueMin", Number, "Lowest score.")),
        rest(field("resultValueMax", Number, "Highest score.")),
        objectives(Kind::LineItemLearningObjectiveId),
        METADATA.json(V1P2),
    ],
};

pub static ASSESSMENT_RESULT: Entity = Entity {
    kind: Kind::AssessmentResult,
    name: "assessmentResult",
    plural: "assessmentResults",
    class: "AssessmentResult",
    service: Service::Assessment,
    place: Place::Class,
    json: V1P2,
    csv: Span::NONE,
    doc: "The score of a person in a test.",
    fields: &[
        rest(field("assessmentLineItem", Ref(Kind::AssessmentLineItem, &[]), "Test that is graded."))
            .json_required(V1P2)
            .indexed(),
        rest(field("student", Ref(Kind::User, &[]), "Person who is graded.")).json_required(V1P2).indexed(),
        rest(field("score", Number, "Score as a number.")).sensitive(),
        rest(text("textScore", "Score that is not a number.")).sensitive(),
        rest(field("scoreDate", Date, "Day of the score.")).json_required(V1P2),
        rest(field("scoreScale", Ref(Kind::ScoreScale, &[]), "Scale of the scores.")),
        rest(field("scorePercentile", Number, "Percentile rank.")).sensitive(),
        rest(field("scoreStatus", Word(&SCORE_STATUS), "State of the score.")).json_required(V1P2),
        rest(text("comment", "Comment on the score.")).sensitive(),
        objectives(Kind::ResultLearningObjectiveId),
        rest(field("inProgress", Bool, "Assigned, work not yet expected.")),
        rest(field("incomplete", Bool, "Handed in but judged incomplete.")),
        rest(field("late", Bool, "Past due, or handed in late.")),
        rest(field("missing", Bool, "Not handed in.")),
        METADATA.json(V1P2),
    ],
};

/// A field that only the REST interface of 1.2 has.
const fn rest(field: Field) -> Field {
    field.json(V1P2).csv(Span::NONE)
}
