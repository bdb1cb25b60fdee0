//! Microsoft School Data Sync, its CSV form v2.1.
//!
//! The standard has no flags of people (`userFlags.csv`), and Microsoft a list of
//! subjects of its own: both are sent as far as a district says where they are and
//! what they are called there, and never guessed.

use super::format::Effect::{Blank, LeftOut, Warned};
use super::format::From::{Agent, First, Id, List, Made, Mapped, Own, Role};
use super::format::{Check, Each, File, Format, From, Presence, col};
use super::input::Input;
use super::known::live_until;
use super::map::{Map, Other};
use super::row::Style;
use super::settings::Setting;
use oneroster::at;
use oneroster::model::Kind;

/// Microsoft School Data Sync, CSV v2.1.
pub static FORMAT: Format = Format {
    kind: "sds",
    label: "School Data Sync",
    sources: &[
        "learn.microsoft.com: SDS v2.1 CSV file format, its enumerations, and validation rules and descriptions",
        "github.com/OfficeDev/O365-EDU-Tools: CSV Samples, SDS v2.1",
    ],
    files: &[ORGS, USERS, ROLES, SESSIONS, COURSES, CLASSES, ENROLLMENTS, DEMOGRAPHICS, RELATIONSHIPS, FLAGS],
    settings: &[
        Setting {
            key: "domain",
            values: &[],
            usual: "",
            doc: "what stands behind the @ of usernames that have none, such as example.org",
        },
        Setting {
            key: "guardians",
            values: &["no", "yes"],
            usual: "no",
            doc: "whether parents and guardians are sent, with their addresses",
        },
        Setting { key: "demographics", values: &["no", "yes"], usual: "no", doc: "whether demographics are sent" },
        Setting { key: "passwords", values: &["no", "yes"], usual: "no", doc: "whether passwords are sent" },
        Setting {
            key: "flags",
            values: &[],
            usual: "",
            doc: "members of the metadata of people that hold flags, such as iep,504 or programs; nothing: none are sent",
        },
        super::settings::APP,
        super::settings::MOST_REMOVED,
    ],
    style: Style::Rfc,
    absence_removes: true,
};

const ORG_TYPES: Map = Map {
    name: "orgs",
    rows: &[
        ("school", "school"),
        ("district", "district"),
        ("department", "department"),
        ("local", "local"),
        ("state", "state"),
        ("national", "national"),
    ],
    other: Other::Unknown,
};
const SESSION_TYPES: Map = Map {
    name: "sessions",
    rows: &[
        ("schoolYear", "schoolYear"),
        ("semester", "semester"),
        ("term", "term"),
        ("gradingPeriod", "gradingPeriod"),
    ],
    other: Other::Unknown,
};
/// Students and teachers by their own words; who else works at a school by the
/// nearest word of the list. Parents are no roles here but relationships.
const ROLE_WORDS: Map = Map {
    name: "roles",
    rows: &[
        ("student", "student"),
        ("teacher", "teacher"),
        ("aide", "teacherAssistant"),
        ("principal", "principal"),
        ("counselor", "staff"),
        ("proctor", "staff"),
        ("administrator", "staff"),
        ("siteAdministrator", "staff"),
        ("districtAdministrator", "staff"),
        ("systemAdministrator", "staff"),
        ("parent", ""),
        ("guardian", ""),
        ("relative", ""),
    ],
    other: Other::Silent,
};
const ENROLLMENT_ROLES: Map = Map {
    name: "enrollments",
    rows: &[("student", "student"), ("teacher", "teacher"), ("aide", "teacherAssistant")],
    other: Other::Silent,
};
const GRADES: Map = Map {
    name: "grades",
    rows: &[
        ("IT", "it"),
        ("PR", "pr"),
        ("PK", "pk"),
        ("TK", "tk"),
        ("KG", "kg"),
        ("K", "kg"),
        ("01", "1"),
        ("02", "2"),
        ("03", "3"),
        ("04", "4"),
        ("05", "5"),
        ("06", "6"),
        ("07", "7"),
        ("08", "8"),
        ("09", "9"),
        ("10", "10"),
        ("11", "11"),
        ("12", "12"),
        ("13", "13"),
        ("PS", "ps"),
        ("UG", "ug"),
        ("Other", "other"),
    ],
    other: Other::Unknown,
};
const SEX: Map = Map {
    name: "sex",
    rows: &[("male", "male"), ("female", "female"), ("unspecified", "notSelected"), ("other", "notSelected")],
    other: Other::Unknown,
};

/// Subjects by their code, or their name where a course has none. Of Microsoft's own
/// list no more than two words are public by example, so that a district says its own.
const SUBJECTS: Map = Map { name: "subjects", rows: &[], other: Other::Silent };
/// Those that the samples of Microsoft have.
const FLAG_WORDS: Map =
    Map { name: "flags", rows: &[("iep", "iep"), ("504", "504"), ("freeLunch", "freeLunch")], other: Other::Unknown };

const USERNAME: &[Check] = &[GUARDIAN, DOMAIN, SIGNS];
const GUARDIAN: Check = Check {
    code: "guardian",
    holds: |_, input| {
        let named = [at!(User.givenName), at!(User.familyName)].iter().all(|f| input.own(*f).is_some());
        is_sent(input) || (named && input.own(at!(User.email)).is_some_and(is_address))
    },
    says: "a guardian has no first name, family name or e-mail address; all three are demanded",
    next: "complete the guardian in the student information system, or do without: --set guardians=no",
    effect: LeftOut,
};
const DOMAIN: Check = Check {
    code: "domain",
    holds: |text, _| text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()),
    says: "the username has no domain, by which School Data Sync finds the account",
    next: "set the domain of the accounts: --set domain=example.org",
    effect: LeftOut,
};
/// Of what the names of accounts may be made, beside letters and digits.
/// Source: learn.microsoft.com, "Prepare for directory synchronization to Microsoft 365", userPrincipalName.
const SIGNS_OF_NAMES: &str = "'.-_!#^~";
const SIGNS: Check = Check {
    code: "signs",
    holds: |text, input| {
        let legal = |part: &str, most: usize| {
            part.len() <= most && part.chars().all(|c| c.is_ascii_alphanumeric() || SIGNS_OF_NAMES.contains(c))
        };
        let is_account = |(name, domain): (&str, &str)| legal(name, 64) && legal(domain, 48) && !name.ends_with('.');
        !is_sent(input) || text.split_once('@').is_none_or(is_account)
    },
    says: "the username is none that an account of Microsoft can have, so that none will be found",
    next: "give the person a username of at most 64 of a-z, 0-9 and . - _ ' ! # ^ ~, and a domain of at most 48",
    effect: Warned,
};
const ADDRESS: &[Check] = &[Check {
    code: "form",
    holds: |text, _| is_address(text),
    says: "an e-mail address has not the form of one",
    next: "mend it in the student information system, or do without it",
    effect: Blank,
}];
const NUMBER: &[Check] = &[Check {
    code: "form",
    holds: |text, _| {
        let digits = text.strip_prefix('+').unwrap_or_default();
        (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    },
    says: "a telephone number is not in the international form, such as +12065550100",
    next: "write it so in the student information system, or do without it",
    effect: Blank,
}];
const LATER: &[Check] = &[Check {
    code: "order",
    holds: |text, input| input.own(at!(AcademicSession.startDate)).is_some_and(|start| start < text),
    says: "a session ends before it begins",
    next: "mend its days in the student information system",
    effect: LeftOut,
}];

const TITLE: &str = "give it a name in the student information system";

const ORGS: File = File {
    name: "orgs.csv",
    of: Kind::Org,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("sourcedId", Id),
        col("name", Own(at!(Org.name))).required(TITLE),
        col("type", Mapped(&ORG_TYPES, &Own(at!(Org.type)))).required("give the organisation a type"),
        col("parentSourcedId", Own(at!(Org.parent))).naming("orgs.csv", Blank),
    ],
    key: 1,
    presence: Presence::Demanded,
    gone: None,
};

const USERS: File = File {
    name: "users.csv",
    of: Kind::User,
    each: Each::Record,
    when: |input| is_sent(input) || is_guardian(input),
    columns: &[
        col("sourcedId", Id),
        col("username", Made(username))
            .required("give the person a username or an e-mail address in the student information system")
            .checked(USERNAME)
            .unique(Warned, "two people would share an account: give each a username of their own"),
        col("givenName", Own(at!(User.givenName))),
        col("familyName", Own(at!(User.familyName))),
        col("password", Made(password)),
        col("activeDirectoryMatchId", Made(match_id)),
        col("email", Own(at!(User.email))).checked(ADDRESS),
        col("phone", Own(at!(User.phone))).checked(NUMBER),
        col("sms", Own(at!(User.sms))).checked(NUMBER),
    ],
    key: 1,
    presence: Presence::Demanded,
    gone: None,
};

const ROLES: File = File {
    name: "roles.csv",
    of: Kind::User,
    each: Each::Role,
    when: |input| role_word(input).is_some(),
    columns: &[
        col("userSourcedId", Id).naming("users.csv", LeftOut),
        col("orgSourcedId", Role(at!(Role.org)))
            .required("say at which organisation the role is held")
            .naming("orgs.csv", LeftOut),
        col("role", Mapped(&ROLE_WORDS, &Role(at!(Role.role)))),
        col("sessionSourcedId", From::Blank),
        col("grade", Mapped(&GRADES, &Made(grade_of_student))),
        col("isPrimary", Made(is_primary)),
        col("roleStartDate", Role(at!(Role.beginDate))),
        col("roleEndDate", Role(at!(Role.endDate))),
    ],
    key: 3,
    presence: Presence::Demanded,
    gone: None,
};

const SESSIONS: File = File {
    name: "academicSessions.csv",
    of: Kind::AcademicSession,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("sourcedId", Id),
        col("title", Own(at!(AcademicSession.title))).required(TITLE),
        col("type", Mapped(&SESSION_TYPES, &Own(at!(AcademicSession.type)))).required("give the session a type"),
        col("schoolYear", Own(at!(AcademicSession.schoolYear))).required("say in which year the school year ends"),
        col("startDate", Own(at!(AcademicSession.startDate))).required("give the session its first day"),
        col("endDate", Own(at!(AcademicSession.endDate))).required("give the session its last day").checked(LATER),
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
        col("sourcedId", Id),
        col("orgSourcedId", Own(at!(Course.org)))
            .required("say which school has the course")
            .naming("orgs.csv", LeftOut),
        col("title", Own(at!(Course.title))).required(TITLE),
        col("code", Own(at!(Course.courseCode))),
        col("schoolYearSourcedId", Own(at!(Course.schoolYear))).naming("academicSessions.csv", Blank),
        col("subject", Mapped(&SUBJECTS, &Made(subject))),
        col("grade", Mapped(&GRADES, &First(at!(Course.grades)))),
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
        col("sourcedId", Id),
        col("orgSourcedId", Own(at!(Class.school)))
            .required("say which school has the class")
            .naming("orgs.csv", LeftOut),
        col("title", Own(at!(Class.title))).required(TITLE),
        col("sessionSourcedIds", List(at!(Class.terms))),
        col("courseSourcedId", Own(at!(Class.course))).naming("courses.csv", Blank),
    ],
    key: 1,
    presence: Presence::Demanded,
    gone: None,
};

const ENROLLMENTS: File = File {
    name: "enrollments.csv",
    of: Kind::Enrollment,
    each: Each::Record,
    // School Data Sync knows no days of an enrollment: it is there or it is not.
    when: |input| {
        let word = input.value(&Mapped(&ENROLLMENT_ROLES, &Own(at!(Enrollment.role))));
        word != super::input::Value::None && live_until(input.own(at!(Enrollment.endDate)), input.today)
    },
    columns: &[
        col("classSourcedId", Own(at!(Enrollment.class))).required("say of which class").naming("classes.csv", LeftOut),
        col("userSourcedId", Own(at!(Enrollment.user))).required("say of whom").naming("users.csv", LeftOut),
        col("role", Mapped(&ENROLLMENT_ROLES, &Own(at!(Enrollment.role)))),
    ],
    key: 3,
    presence: Presence::Demanded,
    gone: None,
};

const DEMOGRAPHICS: File = File {
    name: "demographics.csv",
    of: Kind::Demographics,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("userSourcedId", Id).naming("users.csv", LeftOut),
        col("sex", Mapped(&SEX, &Own(at!(Demographics.sex)))),
        col("birthDate", Own(at!(Demographics.birthDate))),
        col("birthCity", Own(at!(Demographics.cityOfBirth))),
        col("birthState", Own(at!(Demographics.stateOfBirthAbbreviation))),
        col("birthCountry", Own(at!(Demographics.countryOfBirthCode))),
        col("ethnicityCodes", Made(|input| flags(input, &[at!(Demographics.hispanicOrLatinoEthnicity)]))),
        col("raceCodes", Made(|input| flags(input, RACES))),
    ],
    key: 1,
    presence: Presence::If("demographics"),
    gone: None,
};

const FLAGS: File = File {
    name: "userFlags.csv",
    of: Kind::User,
    each: Each::Member,
    when: |input| is_sent(input) && flag(input).is_some(),
    columns: &[col("userSourcedId", Id).naming("users.csv", LeftOut), col("flag", Mapped(&FLAG_WORDS, &Made(flag)))],
    key: 2,
    presence: Presence::Said("flags"),
    gone: None,
};

const RELATIONSHIPS: File = File {
    name: "relationships.csv",
    of: Kind::User,
    each: Each::Agent,
    when: |input| input.known.holds(&input.record.sourced_id, "student"),
    columns: &[
        col("userSourcedId", Id).naming("users.csv", LeftOut),
        col("relationshipUserSourcedId", Agent).naming("users.csv", LeftOut),
        col("relationshipRole", Made(relation)),
    ],
    key: 2,
    presence: Presence::If("guardians"),
    gone: None,
};

/// The codes of Microsoft are the names of the standard.
const RACES: &[u8] = &[
    at!(Demographics.americanIndianOrAlaskaNative),
    at!(Demographics.asian),
    at!(Demographics.blackOrAfricanAmerican),
    at!(Demographics.nativeHawaiianOrOtherPacificIslander),
    at!(Demographics.white),
    at!(Demographics.demographicRaceTwoOrMoreRaces),
];

fn flags(input: &Input<'_>, fields: &[u8]) -> Option<String> {
    let entity = Kind::Demographics.entity();
    let set = fields.iter().filter(|field| input.own(**field) == Some("true"));
    let names: Vec<&str> = set.filter_map(|field| entity.fields.get(usize::from(*field))).map(|f| f.name).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// Whether a text has the form of an address.
fn is_address(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@,;<>()".contains(c));
    text.split_once('@').is_some_and(|(name, domain)| sound(name) && sound(domain))
}

/// The role of a row, or of none.
fn role_word(input: &Input<'_>) -> Option<()> {
    let role = input.role()?.get(at!(Role.role))?;
    match ROLE_WORDS.look(role, input.settings) {
        super::map::Mapped::To(word) if !word.is_empty() => Some(()),
        _ => None,
    }
}

/// Whether a person holds a role that is sent.
fn is_sent(input: &Input<'_>) -> bool {
    let sent = |role: &str| match ROLE_WORDS.look(role, input.settings) {
        super::map::Mapped::To(word) => !word.is_empty(),
        _ => false,
    };
    input.roles().filter_map(|role| role.get(at!(Role.role))).any(sent)
}

/// Whether a person is sent as the guardian of a student.
fn is_guardian(input: &Input<'_>) -> bool {
    input.settings.is("guardians") && input.known.is_relative(&input.record.sourced_id)
}

fn username(input: &Input<'_>) -> Option<String> {
    let (own, domain) = (input.own(at!(User.username)), input.settings.get("domain"));
    match own {
        Some(name) if name.contains('@') => Some(name.to_owned()),
        // Guardians sign in by an address of their own, not by an account of the school.
        _ if !is_sent(input) => input.own(at!(User.email)).map(str::to_owned),
        Some(name) if !domain.is_empty() => Some(format!("{name}@{domain}")),
        name => input.own(at!(User.email)).or(name).map(str::to_owned),
    }
}

fn password(input: &Input<'_>) -> Option<String> {
    let wanted = input.settings.is("passwords") && is_sent(input);
    input.own(at!(User.password)).filter(|_| wanted).map(str::to_owned)
}

/// Who has an account of the school is matched by it.
fn match_id(input: &Input<'_>) -> Option<String> {
    username(input).filter(|_| is_sent(input))
}

fn grade_of_student(input: &Input<'_>) -> Option<String> {
    let student = input.role()?.get(at!(Role.role)) == Some("student");
    input.record.list(at!(User.grades)).find(|grade| student && !grade.is_empty()).map(str::to_owned)
}

fn is_primary(input: &Input<'_>) -> Option<String> {
    let primary = input.role()?.get(at!(Role.roleType)) == Some("primary");
    Some(if primary { "TRUE" } else { "FALSE" }.to_owned())
}

/// The word of a course that a district has said what Microsoft calls it.
fn subject(input: &Input<'_>) -> Option<String> {
    let words = input.record.list(at!(Course.subjectCodes)).chain(input.record.list(at!(Course.subjects)));
    let mut known = words.filter(|word| matches!(SUBJECTS.look(word, input.settings), super::map::Mapped::To(_)));
    known.next().map(str::to_owned)
}

/// The flag of a member of metadata: its name if the value says yes, else the value.
fn flag(input: &Input<'_>) -> Option<String> {
    let super::input::Part::Member(name, item) = input.part else { return None };
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(item));
    let named = input.settings.get("flags").split(',').any(|wanted| wanted.trim() == name);
    let word = if is(&["true", "yes", "y", "1"]) { name } else { item };
    let said = named && !is(&["false", "no", "n", "0"]);
    // What a district does not want told there is no fault.
    (said && FLAG_WORDS.look(word, input.settings) != super::map::Mapped::Silent).then(|| word.to_owned())
}

fn relation(input: &Input<'_>) -> Option<String> {
    let super::input::Part::Agent(agent) = input.part else { return None };
    let words = ["parent", "guardian", "relative"];
    let held = words.into_iter().find(|word| input.known.holds(agent, word));
    Some(held.unwrap_or("other").to_owned())
}
