//! Canvas, its SIS import format.
//!
//! A class is a course with one section of the same identifier. What is gone
//! is told row by row, from what we sent the last time; a batch, which deletes
//! whatever it lacks, is never asked for. A course that is gone is concluded
//! rather than deleted, so that students keep what they did in it.

use super::format::Effect::{Blank, LeftOut};
use super::format::From::{Agent, First, Id, Made, Mapped, Own, Word};
use super::format::{Each, File, Format, From, Gone, Presence, col};
use super::input::Input;
use super::known::live_until;
use super::map::{Map, Mapped as Looked, Other};
use super::row::Style;
use super::settings::Setting;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::time::Date;

/// Canvas, SIS import.
pub static FORMAT: Format = Format {
    kind: "canvas",
    label: "Canvas",
    sources: &["github.com/instructure/canvas-lms: doc/api/sis_csv.md"],
    files: &[ACCOUNTS, TERMS, USERS, COURSES, SECTIONS, ENROLLMENTS, OBSERVERS],
    settings: &[
        Setting {
            key: "login",
            values: &["username", "email"],
            usual: "username",
            doc: "by what people sign in: their username, or their e-mail address",
        },
        Setting {
            key: "guardians",
            values: &["no", "yes"],
            usual: "no",
            doc: "whether parents and guardians are sent, as observers of their students",
        },
        Setting {
            key: "integration_id",
            values: &["no", "identifier", "sourcedId"],
            usual: "no",
            doc: "what is sent as the second identifier of people: their identifier, or their sourcedId",
        },
        Setting {
            key: "authentication",
            values: &[],
            usual: "",
            doc: "how people sign in: the number or type of an authentication provider of Canvas, such as saml or google",
        },
        Setting {
            key: "names",
            values: &["official", "preferred"],
            usual: "official",
            doc: "what people are shown as: their official names, or the first name they go by",
        },
        Setting {
            key: "days",
            values: &["term", "own"],
            usual: "term",
            doc: "when a course is open: as its term says, or by days of its own, of all sessions of the class",
        },
        Setting {
            key: "ended",
            values: &["completed", "inactive", "deleted"],
            usual: "completed",
            doc: "what becomes of an enrollment that has ended",
        },
        super::settings::APP,
        super::settings::MOST_REMOVED,
    ],
    style: Style::Rfc,
    absence_removes: false,
};

const ROLES: Map = Map {
    name: "enrollments",
    rows: &[("student", "student"), ("teacher", "teacher"), ("aide", "ta"), ("proctor", "ta")],
    other: Other::Silent,
};

const TITLE: &str = "give it a name in the student information system";
const ACTIVE: From = Word("active");
const STATUS: Option<Gone> = Some(Gone { column: "status", word: "deleted", orphan: None });

const ACCOUNTS: File = File {
    name: "accounts.csv",
    of: Kind::Org,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("account_id", Id),
        col("parent_account_id", Own(at!(Org.parent))).naming("accounts.csv", Blank),
        col("name", Own(at!(Org.name))).required(TITLE),
        col("status", ACTIVE),
    ],
    key: 1,
    presence: Presence::Always,
    gone: STATUS,
};

const TERMS: File = File {
    name: "terms.csv",
    of: Kind::AcademicSession,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("term_id", Id),
        col("name", Own(at!(AcademicSession.title))).required(TITLE),
        col("status", ACTIVE),
        col("start_date", Made(|input| midnight(input, at!(AcademicSession.startDate)))),
        col("end_date", Made(|input| midnight(input, at!(AcademicSession.endDate)))),
    ],
    key: 1,
    presence: Presence::Always,
    gone: STATUS,
};

const USERS: File = File {
    name: "users.csv",
    of: Kind::User,
    each: Each::Record,
    when: |input| is_member(input) || is_observer(input),
    columns: &[
        col("user_id", Id),
        col("login_id", Made(login))
            .required("give the person a username, or say that people sign in by address: --set login=email")
            .unique(LeftOut, "two people cannot sign in by one name: give each their own"),
        col("first_name", Own(at!(User.givenName))),
        col("last_name", Own(at!(User.familyName))),
        col("email", Own(at!(User.email))),
        col("status", Made(standing)),
        col("integration_id", Made(integration)).only("integration_id"),
        col("authentication_provider_id", Made(authentication)).only("authentication"),
        col("short_name", Made(shown)).only("names"),
    ],
    key: 1,
    presence: Presence::Demanded,
    gone: STATUS,
};

const COURSES: File = File {
    name: "courses.csv",
    of: Kind::Class,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("course_id", Id),
        col("short_name", Made(short_name)),
        col("long_name", Own(at!(Class.title))).required(TITLE),
        col("account_id", Own(at!(Class.school))).naming("accounts.csv", Blank),
        col("term_id", First(at!(Class.terms))).naming("terms.csv", Blank),
        col("status", ACTIVE),
        col("start_date", Made(|input| own_day(input, |days| days.0))).only("days"),
        col("end_date", Made(|input| own_day(input, |days| days.1))).only("days"),
    ],
    key: 1,
    presence: Presence::Always,
    gone: Some(Gone { column: "status", word: "completed", orphan: None }),
};

const SECTIONS: File = File {
    name: "sections.csv",
    of: Kind::Class,
    each: Each::Record,
    when: |_| true,
    columns: &[
        col("section_id", Id),
        col("course_id", Id).naming("courses.csv", LeftOut),
        col("name", Own(at!(Class.title))).required(TITLE),
        col("status", ACTIVE),
    ],
    key: 1,
    presence: Presence::Always,
    // A section whose course is concluded stays with it.
    gone: None,
};

const ENROLLMENTS: File = File {
    name: "enrollments.csv",
    of: Kind::Enrollment,
    each: Each::Record,
    when: |input| {
        matches!(ROLES.look(input.own(at!(Enrollment.role)).unwrap_or_default(), input.settings), Looked::To(_))
    },
    columns: &[
        col("section_id", Own(at!(Enrollment.class))).required("say of which class").naming("sections.csv", LeftOut),
        col("user_id", Own(at!(Enrollment.user))).required("say of whom").naming("users.csv", LeftOut),
        col("role", Mapped(&ROLES, &Own(at!(Enrollment.role)))),
        col("status", Made(course_of_it)),
    ],
    key: 3,
    presence: Presence::Always,
    // Of a class that is gone the students keep what they did; who only left it does not see it any more.
    gone: Some(Gone { column: "status", word: "deleted", orphan: Some(("sections.csv", "completed")) }),
};

const OBSERVERS: File = File {
    name: "user_observers.csv",
    of: Kind::User,
    each: Each::Agent,
    when: |input| input.known.holds(&input.record.sourced_id, "student"),
    columns: &[
        col("observer_id", Agent).naming("users.csv", LeftOut),
        col("student_id", Id).naming("users.csv", LeftOut),
        col("status", ACTIVE),
    ],
    key: 2,
    presence: Presence::If("guardians"),
    gone: STATUS,
};

/// Days are told as instants: the day after the last one begins where it ends.
fn midnight(input: &Input<'_>, field: u8) -> Option<String> {
    let day = Date::parse(input.own(field)?)?;
    Some(format!("{day}T00:00:00Z"))
}

/// Whether a person holds any role but that of a parent or guardian.
fn is_member(input: &Input<'_>) -> bool {
    let related = oneroster::grant::GUARDIANS;
    input.roles().filter_map(|role| role.get(at!(Role.role))).any(|role| !related.contains(&role))
}

fn is_observer(input: &Input<'_>) -> bool {
    input.settings.is("guardians") && input.known.is_relative(&input.record.sourced_id)
}

fn login(input: &Input<'_>) -> Option<String> {
    let field = if input.settings.get("login") == "email" { at!(User.email) } else { at!(User.username) };
    input.own(field).map(str::to_owned)
}

/// Who may not sign in is suspended; nothing of theirs is lost.
fn standing(input: &Input<'_>) -> Option<String> {
    let blocked = input.own(at!(User.enabledUser)) == Some("false");
    Some(if blocked { "suspended" } else { "active" }.to_owned())
}

fn short_name(input: &Input<'_>) -> Option<String> {
    input.own(at!(Class.classCode)).or_else(|| input.own(at!(Class.title))).map(str::to_owned)
}

/// An enrollment that has ended is concluded, unless something else is set.
fn course_of_it(input: &Input<'_>) -> Option<String> {
    let live = live_until(input.own(at!(Enrollment.endDate)), input.today);
    Some(if live { "active" } else { input.settings.get("ended") }.to_owned())
}

fn integration(input: &Input<'_>) -> Option<String> {
    match input.settings.get("integration_id") {
        "identifier" => input.own(at!(User.identifier)).map(str::to_owned),
        "sourcedId" => Some(input.record.sourced_id.clone()),
        _ => None,
    }
}

fn authentication(input: &Input<'_>) -> Option<String> {
    Some(input.settings.get("authentication").to_owned())
}

/// What a person is shown as; Canvas makes it of the names where nothing is said.
fn shown(input: &Input<'_>) -> Option<String> {
    let first = input.own(at!(User.preferredFirstName))?;
    let last = input.own(at!(User.preferredLastName)).or_else(|| input.own(at!(User.familyName)));
    Some([Some(first), last].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// A day of the sessions of a class, as terms tell theirs.
fn own_day(input: &Input<'_>, which: for<'a> fn((&'a str, &'a str)) -> &'a str) -> Option<String> {
    let days = input.known.days(input.record.list(at!(Class.terms)))?;
    Some(format!("{}T00:00:00Z", Date::parse(which(days))?))
}
