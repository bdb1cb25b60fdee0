//! Apple School Manager: six files, all of them every time.
//!
//! A person has one row: who works at a school is staff, also if they learn
//! there; who only learns is a student.

use super::format::Effect::{LeftOut, Warned};
use super::format::From::{Id, Made, Many, Mapped, Own};
use super::format::{Check, Each, File, Format, Presence, col};
use super::input::Input;
use super::known::live_until;
use super::map::{Map, Other};
use super::row::Style;
use super::settings::Setting;
use oneroster::at;
use oneroster::model::Kind;
use std::collections::BTreeSet;

/// Apple School Manager.
pub static FORMAT: Format = Format {
    kind: "apple",
    label: "Apple School Manager",
    sources: &[
        "support.apple.com/guide/apple-school-manager: axm46d50f6bf (upload by SFTP)",
        "support.apple.com/guide/apple-school-manager: tes26e20e320 (templates)",
    ],
    files: &[LOCATIONS, STUDENTS, STAFF, COURSES, CLASSES, ROSTERS],
    settings: &[
        Setting {
            key: "federated",
            values: &["no", "yes"],
            usual: "no",
            doc: "whether accounts come of another directory: then everyone needs an e-mail address",
        },
        Setting {
            key: "password_policy",
            values: &["", "4", "6", "8"],
            usual: "",
            doc: "the passcode of students: 4 or 6 digits, or 8 signs",
        },
        super::settings::APP,
        super::settings::MOST_REMOVED,
    ],
    style: Style::Backslash,
    absence_removes: true,
};

/// The roles that make a person staff. Parents have no place here.
const STAFF_ROLES: Map = Map {
    name: "staff",
    rows: &[
        ("teacher", "staff"),
        ("aide", "staff"),
        ("principal", "staff"),
        ("counselor", "staff"),
        ("proctor", "staff"),
        ("administrator", "staff"),
        ("siteAdministrator", "staff"),
        ("districtAdministrator", "staff"),
        ("systemAdministrator", "staff"),
    ],
    other: Other::Silent,
};
/// What Apple shows as the grade is free text.
const GRADES: Map = Map { name: "grades", rows: &[], other: Other::Same };

const NAME: &str = "give the person a name in the student information system";
const PLACE: &str = "give the person a role at a school that is sent";
const SAME_ADDRESS: &str = "two people share an address, and Apple takes one account for it: give each their own";

/// Apple's guide asks it of every identifier. Whether all else is refused is not known, so it is sent.
const PLAIN: Check = Check {
    code: "form",
    holds: |text, _| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
    says: "an identifier holds other signs than letters, digits and hyphens, which Apple asks for",
    next: "if Apple refuses the upload, have the student information system give another sourcedId",
    effect: Warned,
};
const IDENTIFIER: &[Check] = &[PLAIN];
const STAFF_ID: &[Check] = &[PLAIN, BOTH];
const BOTH: Check = Check {
    code: "both",
    holds: |_, input| !input.known.holds(&input.record.sourced_id, "student"),
    says: "a person works and learns at a school; Apple knows one of it, so they are sent as staff and not as a student",
    next: "nothing, if that is right; else end the role that is over",
    effect: Warned,
};

const LOCATIONS: File = File {
    name: "locations.csv",
    of: Kind::Org,
    each: Each::Record,
    when: |input| is_location(input, &input.record.sourced_id),
    columns: &[
        col("location_id", Id).checked(IDENTIFIER),
        col("location_name", Own(at!(Org.name))).required("give the school a name"),
    ],
    key: 1,
    presence: Presence::Demanded,
    gone: None,
};

const STUDENTS: File = File {
    name: "students.csv",
    of: Kind::User,
    each: Each::Record,
    when: |input| !is_staff(input) && is_student(input),
    columns: &[
        col("person_id", Id).checked(IDENTIFIER),
        col("person_number", Own(at!(User.identifier))),
        col("first_name", Own(at!(User.givenName))).required(NAME),
        col("middle_name", Own(at!(User.middleName))),
        col("last_name", Own(at!(User.familyName))).required(NAME),
        col("grade_level", Mapped(&GRADES, &super::format::From::First(at!(User.grades)))),
        col("email_address", Made(address)).checked(FEDERATED).unique(Warned, SAME_ADDRESS),
        col("sis_username", Own(at!(User.username))),
        col("password_policy", Made(|input| Some(input.settings.get("password_policy").to_owned()))),
        col("location_id", Many(locations)).required(PLACE).naming("locations.csv", LeftOut).up_to(999),
    ],
    key: 1,
    presence: Presence::Always,
    gone: None,
};

const STAFF: File = File {
    name: "staff.csv",
    of: Kind::User,
    each: Each::Record,
    when: is_staff,
    columns: &[
        col("person_id", Id).checked(STAFF_ID),
        col("person_number", Own(at!(User.identifier))),
        col("first_name", Own(at!(User.givenName))).required(NAME),
        col("middle_name", Own(at!(User.middleName))),
        col("last_name", Own(at!(User.familyName))).required(NAME),
        col("email_address", Made(address)).checked(FEDERATED).unique(Warned, SAME_ADDRESS),
        col("sis_username", Own(at!(User.username))),
        col("location_id", Many(locations)).required(PLACE).naming("locations.csv", LeftOut).up_to(999),
    ],
    key: 1,
    presence: Presence::Always,
    gone: None,
};

const COURSES: File = File {
    name: "courses.csv",
    of: Kind::Course,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("course_id", Id).checked(IDENTIFIER),
        col("course_number", Own(at!(Course.courseCode))),
        col("course_name", Own(at!(Course.title))),
        col("location_id", Made(course_location))
            .required("say which school has the course, or give it a class")
            .naming("locations.csv", LeftOut),
    ],
    key: 1,
    presence: Presence::Always,
    gone: None,
};

const CLASSES: File = File {
    name: "classes.csv",
    of: Kind::Class,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("class_id", Id).checked(IDENTIFIER),
        col("class_number", Made(class_number)),
        col("course_id", Own(at!(Class.course)))
            .required("say of which course the class is")
            .naming("courses.csv", LeftOut),
        col("instructor_id", Many(instructors)).naming("staff.csv", super::format::Effect::Blank).times(15),
        col("location_id", Own(at!(Class.school)))
            .required("say which school has the class")
            .naming("locations.csv", LeftOut),
    ],
    key: 1,
    presence: Presence::Always,
    gone: None,
};

const ROSTERS: File = File {
    name: "rosters.csv",
    of: Kind::Enrollment,
    each: Each::Record,
    when: |input| {
        let student = input.own(at!(Enrollment.role)) == Some("student");
        student && live_until(input.own(at!(Enrollment.endDate)), input.today)
    },
    columns: &[
        col("roster_id", Id).checked(IDENTIFIER),
        col("class_id", Own(at!(Enrollment.class))).required("say of which class").naming("classes.csv", LeftOut),
        col("student_id", Own(at!(Enrollment.user))).required("say of whom").naming("students.csv", LeftOut),
    ],
    key: 1,
    presence: Presence::Always,
    gone: None,
};

const FEDERATED: &[Check] = &[Check {
    code: "address",
    holds: |text, _| text != NO_ADDRESS,
    says: "a person has no e-mail address, which accounts of another directory demand",
    next: "give the person an address, or say that accounts are Apple's own: --set federated=no",
    effect: LeftOut,
}];
/// Stands for a missing address until it is judged; never written.
const NO_ADDRESS: &str = "\u{0}";

fn address(input: &Input<'_>) -> Option<String> {
    let none = || input.settings.is("federated").then(|| NO_ADDRESS.to_owned());
    input.own(at!(User.email)).map(str::to_owned).or_else(none)
}

/// Schools and districts are places; departments and the like are none.
fn is_location(input: &Input<'_>, org: &str) -> bool {
    matches!(input.known.org_type(org), Some("school" | "district"))
}

fn is_staff(input: &Input<'_>) -> bool {
    let staff = |role: &str| STAFF_ROLES.look(role, input.settings) == super::map::Mapped::To("staff".to_owned());
    input.roles().filter_map(|role| role.get(at!(Role.role))).any(staff)
}

fn is_student(input: &Input<'_>) -> bool {
    input.roles().any(|role| role.get(at!(Role.role)) == Some("student"))
}

/// Where a person is, the main place first.
fn locations(input: &Input<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let main =
        |primary: bool| input.roles().filter(move |role| (role.get(at!(Role.roleType)) == Some("primary")) == primary);
    let orgs = main(true).chain(main(false)).filter_map(|role| role.get(at!(Role.org)));
    orgs.filter(|org| is_location(input, org) && seen.insert(*org)).map(str::to_owned).collect()
}

/// The school that has a course, or else one at which it is taught.
fn course_location(input: &Input<'_>) -> Option<String> {
    let own = input.own(at!(Course.org)).filter(|org| is_location(input, org));
    own.or_else(|| input.known.taught_at(&input.record.sourced_id)).map(str::to_owned)
}

fn class_number(input: &Input<'_>) -> Option<String> {
    input.own(at!(Class.classCode)).or_else(|| input.own(at!(Class.title))).map(str::to_owned)
}

fn instructors(input: &Input<'_>) -> Vec<String> {
    input.known.teachers(&input.record.sourced_id).to_vec()
}
