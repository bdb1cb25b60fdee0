//! Rostering: organisations, sessions, courses, classes, people, enrollments.

use crate::model::entity::{Entity, Kind, METADATA, Place, Service};
use crate::model::field::Type::{Bool, Date, Pairs, ProfileRef, Ref, Rows, SourcedId, Through, Word, Year};
use crate::model::field::{Field, field, text};
use crate::model::version::Span;
use crate::model::vocabulary::{CLASS_TYPE, ENROLLMENT_ROLE, ORG_TYPE, ROLE_TYPE, SESSION_TYPE, SEX, USER_ROLE};

const SCHOOL: &[&str] = &["school"];
const SCHOOL_YEAR: &[&str] = &["schoolYear"];

pub static ORG: Entity = Entity {
    kind: Kind::Org,
    name: "org",
    plural: "orgs",
    class: "Org",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A school, a district, a department or another organisation, in a tree.",
    fields: &[
        text("name", "Display name of the organisation.").required(),
        field("type", Word(&ORG_TYPE), "Kind of organisation.").required().indexed(),
        text("identifier", "Identifier for people, such as an NCES or state number.").json_required(Span::V1P2),
        field("parent", Ref(Kind::Org, &[]), "The organisation above this one.").column("parentSourcedId").indexed(),
        field("children", Ref(Kind::Org, &[]), "The organisations below; derived from their parents.")
            .many()
            .csv(Span::NONE),
        METADATA,
    ],
};

pub static ACADEMIC_SESSION: Entity = Entity {
    kind: Kind::AcademicSession,
    name: "academicSession",
    plural: "academicSessions",
    class: "AcademicSession",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A school year, semester, term or grading period, in a tree.",
    fields: &[
        text("title", "Display name of the session.").required(),
        field("type", Word(&SESSION_TYPE), "Kind of session.").required().indexed(),
        field("startDate", Date, "First day of the session.").required(),
        field("endDate", Date, "Day after the last day of the session.").required(),
        field("parent", Ref(Kind::AcademicSession, &[]), "The session around this one.")
            .column("parentSourcedId")
            .indexed(),
        field("children", Ref(Kind::AcademicSession, &[]), "The sessions inside; derived from their parents.")
            .many()
            .csv(Span::NONE),
        field("schoolYear", Year, "Calendar year in which the school year ends.").required(),
        METADATA,
    ],
};

pub static COURSE: Entity = Entity {
    kind: Kind::Course,
    name: "course",
    plural: "courses",
    class: "Course",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "What is taught; classes are its instances.",
    fields: &[
        field("schoolYear", Ref(Kind::AcademicSession, SCHOOL_YEAR), "School year that the course belongs to.")
            .column("schoolYearSourcedId"),
        text("title", "Name of the course.").required(),
        text("courseCode", "Course code for people.").json_required(Span::ALL),
        text("grades", "Grade levels the course is for.").many(),
        field("org", Ref(Kind::Org, &[]), "School or district that owns the course.")
            .column("orgSourcedId")
            .csv_required(Span::ALL)
            .indexed(),
        text("subjects", "Names of the subjects.").many(),
        text("subjectCodes", "Codes of the subjects, in the same order.").many(),
        field("resources", Through(Kind::CourseResource), "Learning material of the course.").many().csv(Span::NONE),
        METADATA,
    ],
};

pub static CLASS: Entity = Entity {
    kind: Kind::Class,
    name: "class",
    plural: "classes",
    class: "Class",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A section: the people who meet for a course at a school in some sessions.",
    fields: &[
        text("title", "Name of the class.").required(),
        text("grades", "Grade levels in the class.").many(),
        field("course", Ref(Kind::Course, &[]), "Course that the class is an instance of.")
            .column("courseSourcedId")
            .required()
            .indexed(),
        text("classCode", "Section code for people."),
        field("classType", Word(&CLASS_TYPE), "Homeroom or timetabled section.").csv_required(Span::ALL),
        text("location", "Room or place."),
        field("school", Ref(Kind::Org, SCHOOL), "School that runs the class.")
            .column("schoolSourcedId")
            .required()
            .indexed(),
        field("terms", Ref(Kind::AcademicSession, &[]), "Sessions in which the class runs; at least one.")
            .many()
            .column("termSourcedIds")
            .required(),
        text("subjects", "Names of the subjects.").many(),
        text("subjectCodes", "Codes of the subjects, in the same order.").many(),
        text("periods", "Slots of the timetable.").many(),
        field("resources", Through(Kind::ClassResource), "Learning material of the class.").many().csv(Span::NONE),
        METADATA,
    ],
};

pub static USER: Entity = Entity {
    kind: Kind::User,
    name: "user",
    plural: "users",
    class: "User",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A person: student, teacher, guardian, aide, administrator and so on.",
    fields: &[
        field("enabledUser", Bool, "False blocks sign-in while the record stays active.").required(),
        field("orgs", Ref(Kind::Org, &[]), "Organisations of the person; in 1.2 derived from the roles.")
            .many()
            .column("orgSourcedIds")
            .only(Span::V1P1)
            .required(),
        field("role", Word(&USER_ROLE), "The one role of the person; in 1.2 derived from the roles.")
            .only(Span::V1P1)
            .required()
            .indexed(),
        text("username", "Sign-in name.").json_required(Span::V1P1).csv_required(Span::ALL).personal().indexed(),
        field("userIds", Pairs("type", "identifier"), "Identifiers in other systems.").many().personal(),
        text("givenName", "First name.").required().personal(),
        text("familyName", "Last name.").required().personal().indexed(),
        text("middleName", "Middle names, separated by spaces.").personal(),
        text("identifier", "Local identifier, such as a student number.").personal().indexed(),
        text("email", "E-mail address.").sensitive().indexed(),
        text("sms", "Number for text messages.").sensitive(),
        text("phone", "Telephone number.").sensitive(),
        field("agents", Ref(Kind::User, &[]), "Related people: guardians of a student, or the students of one.")
            .many()
            .column("agentSourcedIds")
            .personal(),
        text("grades", "Grade levels of a student.").many(),
        text("password", "Initial password; left out unless asked for.").secret(),
        text("userMasterIdentifier", "One identifier of the person for all systems.").only(Span::V1P2).personal(),
        text("preferredFirstName", "First name the person goes by.")
            .column("preferredGivenName")
            .only(Span::V1P2)
            .personal(),
        text("preferredMiddleName", "Middle name the person goes by.").only(Span::V1P2).personal(),
        text("preferredLastName", "Last name the person goes by.")
            .column("preferredFamilyName")
            .only(Span::V1P2)
            .personal(),
        field("primaryOrg", Ref(Kind::Org, &[]), "Main organisation of the person.")
            .column("primaryOrgSourcedId")
            .only(Span::V1P2),
        text("pronouns", "Pronouns, as free text.").only(Span::V1P2).sensitive(),
        field("roles", Rows(Kind::Role), "What the person is, and where; at least one.")
            .many()
            .only(Span::V1P2)
            .csv(Span::NONE)
            .json_required(Span::V1P2),
        field("userProfiles", Rows(Kind::UserProfile), "Accounts of the person in other systems.")
            .many()
            .only(Span::V1P2)
            .csv(Span::NONE),
        field("resources", Through(Kind::UserResource), "Learning material of the person.")
            .many()
            .only(Span::V1P2)
            .csv(Span::NONE),
        METADATA,
    ],
};

pub static USER_PROFILE: Entity = Entity {
    kind: Kind::UserProfile,
    name: "userProfile",
    plural: "userProfiles",
    class: "UserProfile",
    service: Service::Rostering,
    place: Place::Nested(Kind::User),
    json: Span::V1P2,
    csv: Span::V1P2,
    doc: "An account of a person in another system.",
    fields: &[
        field("user", Ref(Kind::User, &[]), "Person the account belongs to.")
            .column("userSourcedId")
            .csv(Span::V1P2)
            .required()
            .json(Span::NONE)
            .json_required(Span::NONE)
            .indexed(),
        field("profileId", SourcedId, "URI of the account, made from the row's sourcedId.")
            .json(Span::V1P2)
            .csv(Span::NONE)
            .json_required(Span::V1P2),
        text("profileType", "Kind of account, for people.").only(Span::V1P2).required(),
        text("vendorId", "Vendor of the system.").only(Span::V1P2).required(),
        text("applicationId", "Application of the vendor.").only(Span::V1P2),
        text("description", "What the account is for; holds no secrets.").only(Span::V1P2),
        CREDENTIAL_TYPE,
        text("username", "Account name.").only(Span::V1P2).required().within("credentials").sensitive(),
        text("password", "Password of the account.").only(Span::V1P2).within("credentials").secret(),
        METADATA.json(Span::NONE),
    ],
};

const CREDENTIAL_TYPE: Field =
    text("type", "Kind of credential.").column("credentialType").only(Span::V1P2).required().within("credentials");

pub static ROLE: Entity = Entity {
    kind: Kind::Role,
    name: "role",
    plural: "roles",
    class: "Role",
    service: Service::Rostering,
    place: Place::Nested(Kind::User),
    json: Span::V1P2,
    csv: Span::V1P2,
    doc: "What a person is in an organisation, and for how long.",
    fields: &[
        field("user", Ref(Kind::User, &[]), "Person who holds the role.")
            .column("userSourcedId")
            .csv(Span::V1P2)
            .required()
            .json(Span::NONE)
            .json_required(Span::NONE)
            .indexed(),
        field("roleType", Word(&ROLE_TYPE), "Main or further role in that organisation.").only(Span::V1P2).required(),
        field("role", Word(&USER_ROLE), "The role.").only(Span::V1P2).required(),
        field("beginDate", Date, "First day of the role.").only(Span::V1P2),
        field("endDate", Date, "Day after the last day of the role.").only(Span::V1P2),
        field("org", Ref(Kind::Org, &[]), "Organisation in which the role is held.")
            .column("orgSourcedId")
            .only(Span::V1P2)
            .required()
            .indexed(),
        field("userProfile", ProfileRef, "Account used in this role.").column("userProfileSourcedId").only(Span::V1P2),
        METADATA.json(Span::NONE),
    ],
};

pub static DEMOGRAPHICS: Entity = Entity {
    kind: Kind::Demographics,
    name: "demographics",
    plural: "demographics",
    class: "Demographics",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "Birth, sex, ethnicity and residence of a person; shares the person's sourcedId.",
    fields: &[
        field("birthDate", Date, "Date of birth.").sensitive(),
        field("sex", Word(&SEX), "Recorded sex.").sensitive(),
        flag("americanIndianOrAlaskaNative", "American Indian or Alaska Native."),
        flag("asian", "Asian."),
        flag("blackOrAfricanAmerican", "Black or African American."),
        flag("nativeHawaiianOrOtherPacificIslander", "Native Hawaiian or other Pacific Islander."),
        flag("white", "White."),
        flag("demographicRaceTwoOrMoreRaces", "Two or more races."),
        flag("hispanicOrLatinoEthnicity", "Hispanic or Latino."),
        text("countryOfBirthCode", "Code of the country of birth.").sensitive(),
        text("stateOfBirthAbbreviation", "Code of the state of birth.").sensitive(),
        text("cityOfBirth", "City of birth.").sensitive(),
        text("publicSchoolResidenceStatus", "Code of the residence relative to the school boundary.").sensitive(),
        METADATA,
    ],
};

const fn flag(name: &'static str, doc: &'static str) -> Field {
    field(name, Bool, doc).sensitive()
}

pub static ENROLLMENT: Entity = Entity {
    kind: Kind::Enrollment,
    name: "enrollment",
    plural: "enrollments",
    class: "Enrollment",
    service: Service::Rostering,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A person in a class, with the role and the days.",
    fields: &[
        field("class", Ref(Kind::Class, &[]), "The class.").column("classSourcedId").required().indexed(),
        field("school", Ref(Kind::Org, SCHOOL), "School of the class.").column("schoolSourcedId").required().indexed(),
        field("user", Ref(Kind::User, &[]), "The person.").column("userSourcedId").required().indexed(),
        field("role", Word(&ENROLLMENT_ROLE), "What the person is in the class.").required().indexed(),
        field("primary", Bool, "Whether a teacher is the lead teacher."),
        field("beginDate", Date, "First day in the class."),
        field("endDate", Date, "Day after the last day in the class."),
        METADATA,
    ],
};
