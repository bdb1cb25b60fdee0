//! What is set for a Moodle: a table of keys, and what they come to.

use super::roles;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// One setting of a target.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is unless something else is said.
    pub default: &'static str,
    /// What may be said; empty if any text may.
    pub takes: &'static [&'static str],
    /// What it means.
    pub about: &'static str,
}

const fn key(name: &'static str, default: &'static str, takes: &'static [&'static str], about: &'static str) -> Key {
    Key { name, default, takes, about }
}

/// Every setting of a Moodle, but for `role.WORD`.
pub const KEYS: &[Key] = &[
    key("url", "", &[], "Address of the site, as people open it"),
    key("schools", "", &[], "sourcedIds of the schools, with commas between; all: every school"),
    key(
        "people",
        "mapped",
        &["mapped", "all"],
        "Who gets an account: people with a mapped role, or all of the schools",
    ),
    key("username", "username", &["username", "identifier", "email", "sourcedId"], "What the username is made of"),
    key("illegal-usernames", "skip", &["skip", "replace"], "What becomes of usernames that Moodle does not take"),
    key("missing-email", "noemail.invalid", &[], "Domain of stand-ins for people without an e-mail address; or skip"),
    key("shared-email", "replace", &["replace", "keep", "skip"], "What becomes of an address that several people have"),
    key("preferred-names", "no", &["no", "yes"], "Whether the first name people go by is taken, where there is one"),
    key("auth", "manual", &[], "Authentication method of new accounts, such as manual, oauth2 or saml2"),
    key(
        "password",
        "random",
        &["random", "sis", "mail", "none"],
        "Password of new accounts: one nobody knows, the SIS's, one that Moodle mails, or none",
    ),
    key(
        "courses",
        "class",
        &["class", "course"],
        "What a Moodle course is: a class, or all classes of a course in a school",
    ),
    key("shortname", "id", &["id", "code"], "Short name of a course: its sourcedId, or its code"),
    key("categories", "school", &["school", "course"], "Categories by school, or by school and course"),
    key("category", "0", &[], "Number of the category below which all others stand; 0: the top"),
    key(
        "cohorts",
        "none",
        &["none", "school", "grade", "both"],
        "Cohorts of students by school, by grade of a school, or both",
    ),
    key(
        "ended",
        "suspend",
        &["suspend", "unenrol"],
        "What becomes of an enrolment that ceased; unenrol loses its groups",
    ),
    key("leavers", "suspend", &["suspend", "keep"], "What becomes of the account of a person who left"),
    key("old-courses", "hide", &["hide", "keep"], "What becomes of a course whose class is gone"),
    key("timezone", "", &[], "Time zone in which days of the roster begin and end; without it, the district's"),
    key(
        "max-removed",
        "10",
        &[],
        "Share of accounts or enrolments that may be ended at once, in percent, before a push is held",
    ),
    key("grades", "no", &["no", "yes"], "Whether grades are read: homeroom grades pull"),
    key("grade-items", "items", &["items", "total"], "Which grades: each grade item, or the total of the course"),
    key("grade-as", "points", &["points", "percent"], "What scores are: points as Moodle has them, or percent"),
    key("grades-every", "never", &[], "How often serve reads them, such as 24h; never: only by hand"),
    key("batch", "100", &[], "Most records of a call"),
    key(
        "variables",
        "900",
        &[],
        "Most variables of a call: below PHP's max_input_vars of the site, which cuts in silence",
    ),
    key("insecure-http", "no", &["no", "yes"], "Whether the token may go over plain http to another machine"),
];

/// What the classes of one course become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Courses {
    Class,
    Course,
}

/// What becomes of a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Password {
    Random,
    Sis,
    Mail,
    None,
}

/// Which schools are carried over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Schools {
    /// Every school of the roster.
    All,
    /// These.
    Named(Vec<String>),
}

/// What is set for a Moodle.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as KEYS says")]
pub struct Settings {
    pub url: String,
    pub schools: Schools,
    pub everybody: bool,
    pub username: String,
    pub replace_usernames: bool,
    pub missing_email: Option<String>,
    pub shared_email: String,
    pub preferred_names: bool,
    pub auth: String,
    pub password: Password,
    pub courses: Courses,
    pub short_codes: bool,
    pub by_course: bool,
    pub root: i64,
    pub cohorts_by_school: bool,
    pub cohorts_by_grade: bool,
    pub unenrol: bool,
    pub suspend_leavers: bool,
    pub hide_courses: bool,
    pub zone: TimeZone,
    pub max_removed: f64,
    pub grades: bool,
    pub totals: bool,
    pub percent: bool,
    /// How often grades are read, in milliseconds; none: by hand only.
    pub grades_every: Option<i64>,
    pub batch: usize,
    pub variables: usize,
    /// Roles of OneRoster by their word, to numbers of Moodle's.
    pub roles: BTreeMap<String, i64>,
}

impl Settings {
    /// Reads what was set; keys that were not are as usual.
    ///
    /// # Errors
    /// A sentence about the first that cannot be.
    pub fn parse(given: &BTreeMap<String, String>) -> Result<Settings, String> {
        for (name, value) in given {
            known(name, value)?;
        }
        let word = |name: &str| -> &str {
            let usual = || KEYS.iter().find(|key| key.name == name).map_or("", |key| key.default);
            given.get(name).map_or_else(usual, String::as_str)
        };
        let whole = |name: &str, least: i64| -> Result<i64, String> {
            let value = word(name).parse().ok().filter(|number| *number >= least);
            value.ok_or_else(|| format!("{name} is a whole number from {least}, not {:?}", word(name)))
        };
        let url = word("url").trim_end_matches('/').to_owned();
        super::wire::safe(&url, word("insecure-http") == "yes")?;
        let share = word("max-removed").parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
        let zone =
            if matches!(word("timezone"), "" | "UTC") { Ok(TimeZone::UTC) } else { TimeZone::get(word("timezone")) };
        let zone =
            zone.map_err(|_| format!("there is no time zone {:?}; write one such as Europe/Berlin", word("timezone")))?;
        let schools = match word("schools") {
            "all" => Schools::All,
            list => {
                Schools::Named(list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(String::from).collect())
            }
        };
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Settings {
            url,
            schools,
            everybody: word("people") == "all",
            username: word("username").to_owned(),
            replace_usernames: word("illegal-usernames") == "replace",
            missing_email: Some(word("missing-email").to_lowercase()).filter(|domain| domain != "skip"),
            shared_email: word("shared-email").to_owned(),
            preferred_names: word("preferred-names") == "yes",
            auth: word("auth").to_owned(),
            password: match word("password") {
                "sis" => Password::Sis,
                "mail" => Password::Mail,
                "none" => Password::None,
                _ => Password::Random,
            },
            courses: if word("courses") == "course" { Courses::Course } else { Courses::Class },
            short_codes: word("shortname") == "code",
            by_course: word("categories") == "course",
            root: whole("category", 0)?,
            cohorts_by_school: ["school", "both"].contains(&word("cohorts")),
            cohorts_by_grade: ["grade", "both"].contains(&word("cohorts")),
            unenrol: word("ended") == "unenrol",
            suspend_leavers: word("leavers") == "suspend",
            hide_courses: word("old-courses") == "hide",
            zone,
            max_removed: share.ok_or("max-removed is a share in percent, from 0 to 100")?,
            grades: word("grades") == "yes",
            totals: word("grade-items") == "total",
            percent: word("grade-as") == "percent",
            grades_every: every(word("grades-every"))?,
            batch: size(whole("batch", 1)?),
            variables: size(whole("variables", 20)?),
            roles: roles_of(given)?,
        })
    }

    /// The role of Moodle for a word, if it is mapped.
    pub fn role(&self, word: &str) -> Option<i64> {
        self.roles.get(word).copied()
    }

    /// Whether any role of this context is mapped.
    pub fn maps(&self, context: roles::Context) -> bool {
        self.roles.keys().any(|word| roles::context(word) == Some(context))
    }
}

/// The shortest time between two readings, and the longest, in minutes.
const OFTEN: (i64, i64) = (5, 60 * 24 * 365);

/// A time such as 24h, in milliseconds.
fn every(text: &str) -> Result<Option<i64>, String> {
    if text == "never" {
        return Ok(None);
    }
    let told = || format!("grades-every is a time from {}min such as 1h or 24h, or never; not {text:?}", OFTEN.0);
    let span: jiff::Span = text.parse().map_err(|_| told())?;
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| told())?;
    let fits = (OFTEN.0..=OFTEN.1).contains(&time.as_mins());
    fits.then(|| i64::try_from(time.as_millis()).ok()).flatten().map(Some).ok_or_else(told)
}

/// Looks whether a setting may be this.
fn known(name: &str, value: &str) -> Result<(), String> {
    if let Some(word) = name.strip_prefix("role.") {
        return roles::context(word).map(drop).ok_or_else(|| {
            let all: Vec<_> = roles::words().collect();
            format!("{word:?} is no role of OneRoster; they are {}, or a word that begins with ext:", all.join(", "))
        });
    }
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let all: Vec<_> = KEYS.iter().map(|key| key.name).collect();
        return Err(format!("a Moodle has no setting {name:?}; it has {} and role.WORD", all.join(", ")));
    };
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    match name {
        _ if !key.takes.is_empty() && !key.takes.contains(&value) => {
            Err(format!("{name} is one of {}, not {value:?}", key.takes.join(", ")))
        }
        "auth" | "missing-email" if value.is_empty() || !plain(value) => {
            Err(format!("{name} is a plain word, not {value:?}: {}", key.about))
        }
        _ => Ok(()),
    }
}

fn roles_of(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, i64>, String> {
    let mut all: BTreeMap<String, i64> =
        roles::DEFAULTS.iter().map(|(word, number)| ((*word).to_owned(), *number)).collect();
    for (name, value) in given {
        let Some(word) = name.strip_prefix("role.") else { continue };
        if value == "none" {
            all.remove(word);
            continue;
        }
        let number = roles::number(value).ok_or_else(|| {
            let names: Vec<_> = roles::MOODLE_ROLES.iter().map(|(name, _)| *name).collect();
            format!(
                "{name} is the number of a role in Moodle (it stands in the address of its page under Define roles), \
                 one of {}, or none; not {value:?}",
                names.join(", ")
            )
        })?;
        all.insert(word.to_owned(), number);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(given: &[(&str, &str)]) -> Result<Settings, String> {
        let mut all = BTreeMap::from([("url".to_owned(), "https://moodle.example.org/".to_owned())]);
        all.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Settings::parse(&all)
    }

    #[test]
    fn the_usual_settings_are_those_of_moodles_plugin() {
        let usual = parsed(&[]).unwrap();
        assert_eq!(usual.schools, Schools::Named(Vec::new()));
        assert_eq!(usual.roles, BTreeMap::from([("student".to_owned(), 5), ("teacher".to_owned(), 3)]));
        assert_eq!((usual.url.as_str(), usual.password), ("https://moodle.example.org", Password::Random));
        assert!(usual.suspend_leavers && usual.hide_courses && !usual.unenrol);
    }

    #[test]
    fn what_cannot_be_is_told() {
        for (name, value, part) in [
            ("colour", "red", "no setting"),
            ("courses", "both", "class, course"),
            ("role.pupil", "5", "no role of OneRoster"),
            ("role.parent", "head", "Define roles"),
            ("timezone", "Mars/Olympus", "no time zone"),
            ("category", "-1", "from 0"),
            ("max-removed", "101", "percent"),
            ("grade-as", "letters", "points, percent"),
            ("grades-every", "1min", "from 5min"),
            ("auth", "a b", "plain word"),
            ("url", "ftp://x", "https://"),
            ("url", "http://moodle.example.org", "insecure-http"),
        ] {
            let why = parsed(&[(name, value)]).unwrap_err();
            assert!(why.contains(part), "{name}={value}: {why}");
        }
        let roles = parsed(&[("role.parent", "9"), ("role.teacher", "none"), ("role.aide", "teacher")]).unwrap().roles;
        assert_eq!(
            roles.into_iter().collect::<Vec<_>>(),
            [("aide".into(), 4), ("parent".into(), 9), ("student".into(), 5)]
        );
    }
}
