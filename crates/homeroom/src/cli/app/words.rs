//! What an application sees, for people and for scripts.

use super::known;
use crate::cli::Setting;
use crate::output::Failure;
use oneroster::grant::{Bounds, Cover, TermLimit};
use oneroster::model::Slot;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

/// The names of schools, as far as the roster knows them.
pub(super) struct Names(HashMap<String, String>);

impl Names {
    pub(super) fn of(setting: &Setting) -> Result<Names, Failure> {
        Ok(Names(known::roster(setting)?.map(|roster| roster.org_names()).transpose()?.unwrap_or_default()))
    }

    fn org(&self, id: &String) -> String {
        self.0.get(id).map_or_else(|| id.clone(), |name| format!("{name} ({id})"))
    }
}

/// The grant in sentences.
pub(super) fn lines(bounds: &Bounds, cover: &Cover, names: &Names) -> Vec<String> {
    let mut lines = vec![places(bounds, names)];
    lines.extend(classes(bounds));
    if !bounds.roles.is_empty() {
        lines.push(format!("people in the role {} only", either(&bounds.roles)));
    }
    if !cover.entities.is_empty() {
        lines.push(format!("no other records than {}", all(&cover.entities)));
    }
    if !cover.hidden.is_empty() {
        lines.push(format!("without {}", all(&cover.hidden)));
    }
    if !cover.masked.is_empty() {
        lines.push(format!("with stand-ins for {}", all(&cover.masked)));
    }
    if let Some(profile) = &bounds.profile {
        lines.push(format!("as {} needs it: the profile {profile}", profile.known().doc));
        let made =
            profile.known().makes.iter().map(|make| (make, make.kind.entity().field(Slot::Own(make.field)).name));
        lines.extend(made.map(|(make, name)| format!("  {}.{name}: {}", make.kind.entity().name, make.doc)));
    }
    lines
}

fn places(bounds: &Bounds, names: &Names) -> String {
    let schools: BTreeSet<String> = bounds.schools.iter().map(|id| names.org(id)).collect();
    let classes = match bounds.classes.len() {
        0 => None,
        1 => Some(format!("the class {}", all(&bounds.classes))),
        _ => Some(format!("the classes {}", all(&bounds.classes))),
    };
    match (schools.len(), classes) {
        (0, None) if bounds.sees_all() => "all schools, classes and people of the district".to_owned(),
        (0, None) => "all schools of the district".to_owned(),
        (0, Some(classes)) => format!("{classes} and who is in them"),
        (n, classes) => {
            let schools = format!("the school{} {}, with departments", if n == 1 { "" } else { "s" }, all(&schools));
            classes.map_or_else(|| schools.clone(), |classes| format!("{schools}; of their classes only {classes}"))
        }
    }
}

fn classes(bounds: &Bounds) -> Option<String> {
    let time = |term: &TermLimit| match term {
        TermLimit::Current => "run today".to_owned(),
        TermLimit::Days(..) => format!("run within {term}"),
        TermLimit::Session(id) => format!("run in the session {id}"),
    };
    let terms: BTreeSet<String> = bounds.terms.iter().map(time).collect();
    match (bounds.grades.is_empty(), terms.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("classes that {} only", either(&terms))),
        (false, true) => Some(format!("classes of grade {} only", either(&bounds.grades))),
        (false, false) => Some(format!("classes of grade {} that {} only", either(&bounds.grades), either(&terms))),
    }
}

fn all<T: Display>(items: &BTreeSet<T>) -> String {
    joined(items, "and")
}

fn either<T: Display>(items: &BTreeSet<T>) -> String {
    joined(items, "or")
}

fn joined<T: Display>(items: &BTreeSet<T>, word: &str) -> String {
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    match texts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str, cover: &str) -> Vec<String> {
        let names = Names([("s1".to_owned(), "North".to_owned())].into());
        lines(&serde_json::from_str(json).unwrap(), &serde_json::from_str(cover).unwrap(), &names)
    }

    #[test]
    fn grants_are_told_in_words() {
        assert_eq!(told("{}", "{}"), ["all schools, classes and people of the district"]);
        assert_eq!(
            told(r#"{"schools":["s1","s2"],"grades":["06"],"roles":["student","teacher"],"terms":["current"]}"#, "{}"),
            [
                "the schools North (s1) and s2, with departments",
                "classes of grade 06 that run today only",
                "people in the role student or teacher only",
            ]
        );
        assert_eq!(
            told(
                r#"{"classes":["c1","c2"],"terms":["2026-08-01..2026-12-31","t1"]}"#,
                r#"{"entities":["users"],"hidden":["user.email"],"masked":["user.familyName"]}"#
            ),
            [
                "the classes c1 and c2 and who is in them",
                "classes that run in the session t1 or run within 2026-08-01..2026-12-31 only",
                "no other records than users",
                "without user.email",
                "with stand-ins for user.familyName",
            ]
        );
    }
}
