//! What a Moodle lets a token do, and what is missing.

use super::functions::{FIND_COURSES, FUNCTIONS, Function, SITE_INFO};
use super::recover;
use super::settings::Settings;
use super::told::Stop;
use super::wire::Moodle;
use std::collections::BTreeSet;

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The name of the site.
    pub site: String,
    /// Its release, as Moodle says it.
    pub release: String,
    /// The account of the token.
    pub account: String,
    /// The number of that account.
    pub own: i64,
    /// The functions that the service of the token has.
    pub offered: BTreeSet<String>,
    /// Those that it lacks.
    pub missing: Vec<&'static Function>,
    /// What is well to know.
    pub advice: Vec<String>,
}

/// Asks a Moodle who we are and what we may do.
///
/// # Errors
/// If it cannot be reached, or refuses the token.
pub fn check(moodle: &Moodle, settings: &Settings) -> Result<Checked, Stop> {
    let info = recover::ask(moodle, SITE_INFO, &[])?;
    let word = |name: &str| info[name].as_str().unwrap_or_default().to_owned();
    let functions = info["functions"].as_array().into_iter().flatten();
    let offered: BTreeSet<String> =
        functions.filter_map(|function| Some(function["name"].as_str()?.to_owned())).collect();
    let needed = FUNCTIONS.iter().filter(|function| (function.needed)(settings));
    let missing: Vec<&Function> = needed.filter(|function| !offered.contains(function.name)).collect();
    let own = info["userid"].as_i64().ok_or_else(|| {
        Stop::new(
            "this is no answer of a Moodle: it does not say whose the token is",
            "check url; it is the address of the site itself",
        )
    })?;
    let mut advice = Vec::new();
    if info["userissiteadmin"].as_bool() == Some(true) {
        advice.push(
            "the token is of a site administrator; an account with the capabilities of docs/moodle.md is safer".into(),
        );
    }
    let version = word("version").get(..8).and_then(|version| version.parse::<u32>().ok());
    // 4.4 is of April 2024, and its branch begins with 20240422.
    if version.is_some_and(|version| version >= 20_240_422) {
        advice.push(
            "since Moodle 4.4 manual enrolments send a welcome mail: set enrol_manual/sendcoursewelcomemessage to No before \
             the first push"
                .into(),
        );
    }
    if version.is_some_and(|version| version < 20_201_109) {
        advice.push("this is tried with Moodle 4.3 to 5.1; a Moodle before 3.10 may answer otherwise".into());
    }
    // Every Moodle has its own front page as course 1.
    let missing_reads = missing.iter().any(|function| function.name == FIND_COURSES);
    if !missing_reads && recover::courses(moodle, "id", "1")?.is_empty() {
        advice.push(
            "the token cannot see courses: give its role moodle/course:view and moodle/course:viewhiddencourses".into(),
        );
    }
    let (site, release, account) = (word("sitename"), word("release"), word("username"));
    Ok(Checked { site, release, account, own, offered, missing, advice })
}

/// Looks whether calls arrive whole. PHP cuts what has too many variables, and
/// of most calls the answer does not tell: so a question is asked whose last
/// variable alone has an answer, the own account.
pub(super) fn arrives_whole(moodle: &Moodle, settings: &Settings, own: i64) -> Result<(), Stop> {
    let own = own.to_string();
    let mut ids = vec!["0"; settings.variables];
    ids.push(&own);
    if !recover::users(moodle, "id", &ids)?.is_empty() || recover::users(moodle, "id", &[&own])?.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Moodle does not take calls of {} variables: it would do a part of each, and say nothing",
        settings.variables
    );
    let hint =
        "raise PHP's max_input_vars on the site, or stay below it with: homeroom target edit NAME --set variables=500";
    Err(Stop::new(message, hint))
}

impl Checked {
    /// What to enable, in words; `None` if nothing is missing.
    pub fn to_enable(&self) -> Option<Stop> {
        if self.missing.is_empty() {
            return None;
        }
        let names: Vec<String> =
            self.missing.iter().map(|function| format!("{} ({})", function.name, function.about)).collect();
        let message =
            format!("the external service of the token lacks {} of its functions: {}", names.len(), names.join(", "));
        let hint = "in Moodle, under Site administration > Server > Web services > External services, choose Functions of \
                    the service and add them; docs/moodle.md lists all, with the capabilities they need";
        Some(Stop::new(message, hint))
    }
}
