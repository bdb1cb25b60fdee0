//! Profiles: what a well-known consumer needs of a roster, as data.
//!
//! A profile says which scopes such an application asks for, what is made of
//! members of the records it is shown, and what would stop it. What is made is
//! made of the record alone, so that a record says the same in every page,
//! filter, order and delta.

mod known;
mod make;
mod needs;

pub use known::{Known, PROFILES, Setting};
pub use make::{How, Make};
pub use needs::{Need, Preflight, Rule, Stopped};

use crate::model::Kind;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A profile as a grant holds it: its name, and what is set of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Profile {
    name: Name,
    /// What is set otherwise than usual.
    set: BTreeMap<Name, String>,
}

/// A name of the table.
type Name = &'static str;

/// A profile on its way in and out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    set: BTreeMap<String, String>,
}

/// What names no profile, or no setting of one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProfileError {
    /// No such profile.
    #[error("there is no profile {0:?}; there are {1}")]
    Name(String, String),
    /// No such setting.
    #[error("the profile {0} has no setting {1:?}; {2}")]
    Setting(&'static str, String, String),
    /// No such value of a setting.
    #[error("{0:?} is no {1}; {2}")]
    Value(String, &'static str, String),
}

impl Profile {
    /// The profile of a name, with the usual settings.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(name: &str) -> Result<Profile, ProfileError> {
        let known = PROFILES.iter().find(|known| known.name == name).ok_or_else(|| {
            let all: Vec<&str> = PROFILES.iter().map(|known| known.name).collect();
            ProfileError::Name(name.to_owned(), all.join(", "))
        })?;
        Ok(Profile { name: known.name, set: BTreeMap::new() })
    }

    /// The same with one thing set.
    ///
    /// # Errors
    /// If there is no such setting, or it takes no such value.
    pub fn with(mut self, key: &str, value: &str) -> Result<Profile, ProfileError> {
        let known = self.known();
        let setting = known.settings.iter().find(|setting| setting.name == key).ok_or_else(|| {
            let all: Vec<&str> = known.settings.iter().map(|setting| setting.name).collect();
            let told = if all.is_empty() { "it has none".to_owned() } else { format!("it has {}", all.join(", ")) };
            ProfileError::Setting(known.name, key.to_owned(), told)
        })?;
        setting.accepts.check(value).map_err(|told| ProfileError::Value(value.to_owned(), setting.name, told))?;
        if value == setting.usual {
            self.set.remove(setting.name);
        } else {
            self.set.insert(setting.name, value.to_owned());
        }
        Ok(self)
    }

    /// Its row in the table.
    pub fn known(&self) -> &'static Known {
        // Only names of the table come in.
        PROFILES.iter().find(|known| known.name == self.name).unwrap_or(&known::NOTHING)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is set otherwise than usual, in order.
    pub fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.set.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// The value of a setting.
    fn value(&self, key: &str) -> &str {
        let usual = || self.known().settings.iter().find(|setting| setting.name == key).map(|setting| setting.usual);
        self.set.get(key).map(String::as_str).or_else(usual).unwrap_or_default()
    }

    /// Whether it makes anything of records of a kind.
    pub fn makes(&self, kind: Kind) -> bool {
        self.known().makes.iter().any(|make| make.kind == kind)
    }

    /// Whether it shows identifiers spelled so that they stand in a URL.
    pub fn spells_ids(&self) -> bool {
        self.known().spells.is_some_and(|setting| self.value(setting) == known::SPELLED)
    }

    /// What it makes of a record; `None` if it stays as it is.
    pub fn made(&self, record: &Record) -> Option<Record> {
        let kind = record.kind();
        let mut made: Option<Record> = None;
        for make in self.known().makes.iter().filter(|make| make.kind == kind) {
            let Some(value) = make.value(self, record) else { continue };
            if record.get(make.field) != Some(value.as_str()) {
                made.get_or_insert_with(|| record.clone()).set(make.field, &value);
            }
        }
        made
    }
}

/// Whether any profile makes something of a field.
pub fn makes_any(kind: Kind, field: u8) -> bool {
    PROFILES.iter().flat_map(|known| known.makes).any(|make| make.kind == kind && make.field == field)
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        let set: Vec<String> = self.set().map(|(key, value)| format!("{key} {value}")).collect();
        if set.is_empty() { Ok(()) } else { write!(f, " ({})", set.join(", ")) }
    }
}

impl TryFrom<Written> for Profile {
    type Error = ProfileError;

    fn try_from(written: Written) -> Result<Profile, ProfileError> {
        let profile = Profile::named(&written.name)?;
        written.set.iter().try_fold(profile, |profile, (key, value)| profile.with(key, value))
    }
}

impl From<Profile> for Written {
    fn from(profile: Profile) -> Written {
        let set = profile.set().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Written { name: profile.name.to_owned(), set }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_its_text() {
        for known in PROFILES {
            let profile = Profile::named(known.name).unwrap();
            let json = serde_json::to_string(&profile).unwrap();
            assert_eq!(json, format!("{{\"name\":\"{}\"}}", known.name));
            assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
            for setting in known.settings {
                assert_eq!(profile.clone().with(setting.name, setting.usual).unwrap(), profile, "{}", setting.name);
            }
        }
        let other = Profile::named("moodle-plugin").unwrap().with("identifier", "sourcedId").unwrap();
        let json = serde_json::to_string(&other).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), other);
        assert_eq!(other.to_string(), "moodle-plugin (identifier sourcedId)");
    }

    #[test]
    fn what_is_no_profile_says_what_there_is() {
        let told = |result: Result<Profile, ProfileError>| result.unwrap_err().to_string();
        assert!(told(Profile::named("moodle")).contains("moodle-plugin, google-classroom"));
        let moodle = || Profile::named("moodle-plugin").unwrap();
        assert!(told(moodle().with("identifer", "x")).contains("it has identifier"));
        assert!(told(moodle().with("identifier", "shoeSize")).contains("username"));
        assert!(told(moodle().with("email-domain", "no domain")).contains("school.example"));
        assert!(serde_json::from_str::<Profile>(r#"{"name":"moodle-plugin","set":{"x":"y"}}"#).is_err());
    }
}
