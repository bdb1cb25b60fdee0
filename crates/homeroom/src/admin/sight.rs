//! What is said of what an application sees, by flags or in JSON, and the grant
//! that it makes of the one that was there.

use crate::output::Failure;
use oneroster::grant::{Bounds, Cover, Member, MemberError, Profile, ProfileError, TermLimit};
use oneroster::model::vocabulary::USER_ROLE;
use oneroster::model::{Entity, MODEL, Place, Version, is_extension};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What takes a limit away.
const ALL: &str = "all";
/// What empties a list of fields.
const NONE: &str = "none";
/// Most names that are named as probably meant.
const NAMED: usize = 3;
/// How much alike two names must be, from 0 to 1.
const ALIKE: f64 = 0.8;

const HEADING: &str = "What it sees (each may be repeated, and replaces its list)";

/// What an application sees; what is left out stays as it was, and an empty
/// list sets no limit.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sight {
    /// Only this school, by sourcedId, with its departments, classes and people;
    /// `all` takes the limit away
    #[arg(long = "school", value_name = "ID", help_heading = HEADING)]
    schools: Option<Vec<String>>,
    /// Only this class, by sourcedId, and who is in it; `all` takes the limit away
    #[arg(long = "class", value_name = "ID", help_heading = HEADING)]
    classes: Option<Vec<String>>,
    /// Only classes of this grade, as the roster writes it; `all` takes the limit away
    #[arg(long = "grade", value_name = "GRADE", help_heading = HEADING)]
    grades: Option<Vec<String>>,
    /// Only people in this role, such as student; `all` takes the limit away
    #[arg(long = "role", value_name = "ROLE", help_heading = HEADING)]
    roles: Option<Vec<String>>,
    /// Only classes of this time: current, two days such as
    /// 2026-08-01..2027-06-30, or a session by sourcedId; `all` takes the limit away
    #[arg(long = "term", value_name = "TERM", help_heading = HEADING)]
    terms: Option<Vec<String>>,
    /// Only records of this kind, such as users or enrollments; `all` takes the
    /// limit away
    #[arg(long = "entity", value_name = "KIND", help_heading = HEADING)]
    entities: Option<Vec<String>>,
    /// Leave this field out, such as user.email; `none` shows all again
    #[arg(long = "hide", value_name = "FIELD", help_heading = HEADING)]
    hidden: Option<Vec<String>>,
    /// Show a stand-in for this field, the same one every time, such as for
    /// user.familyName; dates keep their year; `none` shows all as they are
    #[arg(long = "mask", value_name = "FIELD", help_heading = HEADING)]
    masked: Option<Vec<String>>,
    /// Make of the records what a well-known consumer needs: moodle-plugin,
    /// google-classroom or sds; `none` shows them as they are
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    profile: Option<String>,
    /// Something of the profile otherwise, such as identifier=sourcedId
    #[arg(long = "profile-set", value_name = "KEY=VALUE", help_heading = HEADING)]
    profile_set: Option<Vec<String>>,
}

impl Sight {
    /// Whether any flag says which records.
    pub fn bounds(&self) -> bool {
        let lists = [&self.schools, &self.classes, &self.grades, &self.roles, &self.terms];
        lists.into_iter().any(|list| list.is_some())
    }

    /// Whether any flag says what is shown of them.
    pub fn cover(&self) -> bool {
        [&self.entities, &self.hidden, &self.masked].into_iter().any(|list| list.is_some())
    }

    /// The profile, if anything is said of it: `Some(None)` takes it away.
    ///
    /// # Errors
    /// `usage` if there is none of that name, or no such setting.
    pub fn profile(&self, before: Option<&Profile>) -> Result<Option<Option<Profile>>, Failure> {
        let usage = |e: ProfileError| Failure::usage(e.to_string());
        let mut profile = match self.profile.as_deref() {
            None if self.profile_set.is_none() => return Ok(None),
            None => before.cloned(),
            Some(NONE) => None,
            Some(name) => Some(Profile::named(name).map_err(usage)?),
        };
        for set in self.profile_set.iter().flatten() {
            let Some((key, value)) = set.split_once('=') else {
                return Err(Failure::usage(format!(
                    "{set:?} sets nothing: write KEY=VALUE, such as identifier=sourcedId"
                )));
            };
            let known = profile.take().ok_or_else(|| {
                Failure::usage("there is no profile to set anything of").hint("name one with --profile")
            })?;
            profile = Some(known.with(key, value).map_err(usage)?);
        }
        Ok(Some(profile))
    }

    /// The grant that was there, with every list replaced that was given.
    ///
    /// # Errors
    /// `usage` if a flag names nothing there is, or what the standard demands.
    pub fn applied(&self, before: Bounds, before_cover: Cover) -> Result<(Bounds, Cover), Failure> {
        let bounds = Bounds {
            schools: list("school", self.schools.as_deref(), ALL, before.schools, id)?,
            classes: list("class", self.classes.as_deref(), ALL, before.classes, id)?,
            grades: list("grade", self.grades.as_deref(), ALL, before.grades, id)?,
            roles: list("role", self.roles.as_deref(), ALL, before.roles, role)?,
            terms: list("term", self.terms.as_deref(), ALL, before.terms, term)?,
            profile: self.profile(before.profile.as_ref())?.unwrap_or(before.profile),
            person: before.person,
        };
        let entities = list("entity", self.entities.as_deref(), ALL, before_cover.entities, entity)?;
        let mut hidden = list("hide", self.hidden.as_deref(), NONE, before_cover.hidden, hide)?;
        let mut masked = list("mask", self.masked.as_deref(), NONE, before_cover.masked, mask)?;
        if let Some(both) = hidden.intersection(&masked).next()
            && self.hidden.is_some()
            && self.masked.is_some()
        {
            return Err(Failure::usage(format!("{both} is to be hidden and masked; choose one of them")));
        }
        // What is said last counts.
        if self.masked.is_none() {
            masked.retain(|member| !hidden.contains(member));
        } else {
            hidden.retain(|member| !masked.contains(member));
        }
        Ok((bounds, Cover { entities, hidden, masked }))
    }
}

fn list<T: Ord>(
    flag: &str,
    given: Option<&[String]>,
    open: &str,
    before: BTreeSet<T>,
    read: impl Fn(&str) -> Result<T, Failure>,
) -> Result<BTreeSet<T>, Failure> {
    let Some(given) = given else { return Ok(before) };
    match given.iter().position(|text| text == open) {
        Some(_) if given.len() == 1 => Ok(BTreeSet::new()),
        Some(_) => Err(Failure::usage(format!("--{flag} {open} stands alone; another --{flag} contradicts it"))),
        None => given.iter().map(|text| read(text)).collect(),
    }
}

fn id(text: &str) -> Result<String, Failure> {
    if text.trim().is_empty() || text.contains('\0') {
        return Err(Failure::usage("an identifier or a grade is not empty"));
    }
    Ok(text.to_owned())
}

fn role(text: &str) -> Result<String, Failure> {
    if USER_ROLE.words.iter().any(|word| word.text == text) || is_extension(text) {
        return Ok(text.to_owned());
    }
    let words = || USER_ROLE.words.iter().map(|word| word.text.to_owned());
    Err(Failure::usage(format!("there is no role {text:?}")).hint(meant(text, words(), || {
        let all: Vec<String> = words().collect();
        format!("the roles are {}, and a district's own, beginning with ext:", all.join(", "))
    })))
}

fn term(text: &str) -> Result<TermLimit, Failure> {
    text.parse().map_err(|e: oneroster::grant::TermLimitError| Failure::usage(e.to_string()))
}

fn entity(text: &str) -> Result<String, Failure> {
    let known = || collections().map(|entity| entity.plural.to_owned());
    if let Some(entity) = collections().find(|entity| entity.plural == text || entity.name == text) {
        return Ok(entity.plural.to_owned());
    }
    Err(Failure::usage(format!("there are no records of the kind {text:?}"))
        .hint(meant(text, known(), || format!("the kinds are {}", known().collect::<Vec<_>>().join(", ")))))
}

fn collections() -> impl Iterator<Item = &'static Entity> {
    let shown = |entity: &&Entity| entity.place == Place::Class && Version::ALL.into_iter().any(|v| entity.json.has(v));
    MODEL.iter().copied().filter(shown)
}

fn hide(text: &str) -> Result<Member, Failure> {
    let member = member(text)?;
    if !member.is_mandatory() {
        return Ok(member);
    }
    let failure = Failure::usage(format!("{member} cannot be hidden: the standard demands it of every record"));
    Err(failure.hint(if member.can_be_masked() {
        format!("show a stand-in for it with --mask {member}")
    } else {
        format!("leave the records out altogether: --entity names the kinds that {} is not among", {
            member.kind.entity().plural
        })
    }))
}

fn mask(text: &str) -> Result<Member, Failure> {
    let member = member(text)?;
    if member.can_be_masked() {
        return Ok(member);
    }
    let failure = Failure::usage(format!("there is no stand-in for {member}: only texts and dates have one"));
    Err(if member.is_mandatory() { failure } else { failure.hint(format!("leave it out with --hide {member}")) })
}

fn member(text: &str) -> Result<Member, Failure> {
    text.parse().map_err(|error: MemberError| {
        let members = || Member::all().map(|member| member.to_string());
        let hint = meant(text, members(), || match text.split_once('.') {
            Some((class, _)) if members().any(|m| m.split_once('.').is_some_and(|(known, _)| known == class)) => {
                let of = members().filter(|m| m.split_once('.').is_some_and(|(known, _)| known == class));
                format!("its fields are {}", of.collect::<Vec<_>>().join(", "))
            }
            _ => "write the kind and the field, such as user.email".to_owned(),
        });
        Failure::usage(error.to_string()).hint(hint)
    })
}

/// The names that were probably meant, else what `otherwise` says.
fn meant(text: &str, names: impl Iterator<Item = String>, otherwise: impl Fn() -> String) -> String {
    let folded = text.to_lowercase();
    // A field may be right and its kind wrong; that all begin alike tells nothing.
    let own = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let alike = |name: &String| {
        let known = name.to_lowercase();
        let same = folded.split_once('.').map(|(kind, _)| kind) == known.split_once('.').map(|(kind, _)| kind);
        strsim::jaro_winkler(&own(&folded), &own(&known)) - if same { 0.0 } else { 0.05 }
    };
    let mut near: Vec<(f64, String)> = names.map(|name| (alike(&name), name)).collect();
    near.retain(|(alike, _)| *alike >= ALIKE);
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let near: Vec<String> = near.into_iter().take(NAMED).map(|(_, name)| name).collect();
    if near.is_empty() { otherwise() } else { format!("is {} meant?", near.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Sight {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            flags: Sight,
        }
        <Line as clap::Parser>::try_parse_from(["x"].into_iter().chain(line.split_ascii_whitespace())).unwrap().flags
    }

    fn applied(line: &str) -> Result<(Bounds, Cover), Failure> {
        flags(line).applied(Bounds::default(), Cover::default())
    }

    #[test]
    fn flags_replace_lists_and_leave_the_others() {
        let (bounds, cover) =
            applied("--school a --school b --term current --hide user.email --mask user.phone").unwrap();
        let (next, shown) = flags("--school c --hide user.sms").applied(bounds.clone(), cover.clone()).unwrap();
        assert_eq!(next.schools, BTreeSet::from(["c".to_owned()]));
        assert_eq!((next.terms, &shown.masked), (bounds.terms.clone(), &cover.masked));
        assert_eq!(shown.hidden, BTreeSet::from(["user.sms".parse().unwrap()]));
        let (open, clear) = flags("--school all --term all --hide none --mask none").applied(bounds, cover).unwrap();
        assert!(open.is_open() && clear.is_open());
    }

    #[test]
    fn what_is_hidden_is_masked_no_more() {
        let (bounds, cover) = applied("--mask user.email").unwrap();
        let (bounds, cover) = flags("--hide user.email").applied(bounds, cover).unwrap();
        assert!(cover.masked.is_empty() && cover.hidden.len() == 1);
        let (_, cover) = flags("--mask user.email").applied(bounds, cover).unwrap();
        assert!(cover.masked.len() == 1 && cover.hidden.is_empty());
    }

    #[test]
    fn what_cannot_be_is_said_with_the_next_step() {
        let said = [
            ("--hide user.familyName", "--mask user.familyName"),
            ("--hide user.enabledUser", "--entity"),
            ("--mask user.role", "only texts and dates"),
            ("--mask user.agents", "--hide user.agents"),
            ("--hide user.emial", "is user.email"),
            ("--hide usr.email", "is user.email"),
            ("--hide email", "user.email"),
            ("--hide user.zzz", "user.username"),
            ("--hide everything", "user.email"),
            ("--role studnet", "is student meant"),
            ("--entity student", "users"),
            ("--entity user --entity enrolments", "is enrollments"),
            ("--term 2026-08-01..", "2026-08-01..2027-06-30"),
            ("--school all --school x", "contradicts"),
            ("--hide user.email --mask user.email", "choose one"),
        ];
        for (line, wanted) in said {
            let failure = applied(line).unwrap_err();
            assert_eq!((failure.code, failure.status), ("usage", 2), "{line}");
            let told = format!("{}; {}", failure.message, failure.hint.unwrap_or_default());
            assert!(told.contains(wanted), "{line}: {told}");
        }
        assert!(applied("--role ext:nurse --entity user").unwrap().1.entities.contains("users"));
    }
}
