//! What is made of members: of the record alone, and always the same.

use super::Profile;
use crate::at;
use crate::model::Kind;
use crate::record::Record;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A member that is made.
#[derive(Debug)]
pub struct Make {
    /// Of records of this kind.
    pub kind: Kind,
    /// The field.
    pub field: u8,
    /// How.
    pub how: How,
    /// For people.
    pub doc: &'static str,
    /// Who says that it is needed.
    pub source: &'static str,
}

/// How a member is made. All of these are made of people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// A name to sign in with in lower-case letters, digits, `.`, `_`, `@` and
    /// `-`, from the member that a setting names, else from the sourcedId;
    /// another setting says whose name ends in a code.
    SignIn(&'static str, &'static str),
    /// Where there is none, an e-mail address that reaches nobody, at the
    /// domain that a setting names.
    Address(&'static str),
    /// The e-mail address, where the name has no domain and there is one.
    Domain,
}

/// The longest name, in letters.
const LONGEST: usize = 100;
/// The longest local part of an address (RFC 5321).
const LONGEST_LOCAL: usize = 64;
/// Digits of the code that tells two names apart that became alike: 30 bits.
const CODE: usize = 6;
/// Crockford's digits, in lower case: none is taken for another one.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Codes stand where letters were lost.
pub(super) const NEEDED: &str = "needed";
/// Codes stand everywhere.
pub(super) const ALL: &str = "all";
/// The setting that means the sourcedId.
pub(super) const SOURCED_ID: &str = "sourcedId";

impl Make {
    /// The value for a record; `None` leaves it.
    pub(super) fn value(&self, profile: &Profile, record: &Record) -> Option<String> {
        let id = &record.sourced_id;
        match self.how {
            How::SignIn(setting, apart) => {
                let apart = profile.value(apart) == ALL;
                let fields = record.kind().entity().fields.iter().zip(0u8..);
                let chosen = fields.filter(|(field, _)| field.name == profile.value(setting)).map(|(_, at)| at).next();
                let given = chosen.and_then(|at| record.get(at)).filter(|name| !name.trim().is_empty());
                Some(match given {
                    // A letter's case is none of a name that people type.
                    Some(name) => legal(&name.to_lowercase(), id, LONGEST, apart, |c| "._@-".contains(c)),
                    None => legal(id, id, LONGEST, apart, |c| "._@-".contains(c)),
                })
            }
            How::Address(setting) => {
                let none = record.get(self.field).is_none_or(|value| value.trim().is_empty());
                let local = || legal(id, id, LONGEST_LOCAL, false, |c| "_-".contains(c));
                none.then(|| format!("{}@{}", local(), profile.value(setting)))
            }
            How::Domain => {
                let has = record.get(self.field).is_some_and(|name| name.contains('@'));
                if has { None } else { record.get(at!(User.email)).map(str::to_owned) }
            }
        }
    }
}

/// A text of lower-case letters, digits and some more characters. If anything
/// is lost on the way, or if all are to be told `apart`, a code made of the
/// identifier tells it from others that come to the same.
fn legal(text: &str, id: &str, longest: usize, apart: bool, more: fn(char) -> bool) -> String {
    let fits = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || more(*c);
    let room = longest - CODE - 1;
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let kept: String = plain.filter(fits).take(longest).collect();
    if kept == text && !apart {
        return kept;
    }
    let digest = Sha256::digest(id.as_bytes());
    let code: String = digest.iter().take(CODE).map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect();
    if kept == text && kept.ends_with(&code) {
        return kept;
    }
    let short: String = kept.chars().take(room).collect();
    let joint = if short.is_empty() { "" } else { "-" };
    [short.as_str(), joint, &code].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, values: &[(u8, &str)]) -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str(id);
        values.iter().for_each(|(field, value)| user.push(*field, value));
        user
    }

    fn made(profile: &str, user: &Record) -> Record {
        Profile::named(profile).unwrap().made(user).unwrap_or_else(|| user.clone())
    }

    #[test]
    fn moodle_gets_a_name_that_it_takes() {
        let name = |id: &str, username: &str| {
            let user = person(id, &[(at!(User.username), username), (at!(User.identifier), "4711")]);
            made("moodle-plugin", &user).get(at!(User.identifier)).unwrap().to_owned()
        };
        assert_eq!(name("1", "ann.lee@school.example"), "ann.lee@school.example");
        assert_eq!(name("1", "Ann.Lee"), "ann.lee");
        let zoe = name("1", "Zoë Müller");
        assert!(zoe.starts_with("zoemuller-") && zoe.len() == 16, "{zoe}");
        assert_ne!(zoe, name("2", "Zoë Müller"), "two who come to the same");
        let long = name("3", &"x".repeat(300));
        assert_eq!(long.len(), LONGEST);
        assert!(name("4", "王").len() == CODE, "nothing is left but the code");
        for odd in ["", " ", "ǅ", "\u{0}", "İ", "a b", "ß", "A\u{301}"] {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b);
            let name = name("5", odd);
            assert!(!name.is_empty() && name.bytes().all(fits), "{odd:?}: {name}");
        }
    }

    #[test]
    fn without_the_chosen_member_the_sourced_id_stands_in_and_stays_unique() {
        let of = |id: &str| made("moodle-plugin", &person(id, &[])).get(at!(User.identifier)).unwrap().to_owned();
        assert_eq!(of("u-1"), "u-1");
        assert_ne!(of("A1"), of("a1"), "identifiers differ by their case");
        let set = Profile::named("moodle-plugin").unwrap().with("identifier", "email").unwrap();
        let user = person("u", &[(at!(User.email), "Ann@School.example")]);
        assert_eq!(set.made(&user).unwrap().get(at!(User.identifier)), Some("ann@school.example"));
    }

    #[test]
    fn a_code_tells_all_names_apart_if_asked() {
        let apart = Profile::named("moodle-plugin").unwrap().with("told-apart", "all").unwrap();
        let of = |profile: &Profile, id: &str| {
            let user = person(id, &[(at!(User.username), "twin"), (at!(User.identifier), "twin")]);
            profile.made(&user).unwrap()
        };
        let names = ["1", "2"].map(|id| of(&apart, id).get(at!(User.identifier)).unwrap().to_owned());
        assert!(names.iter().all(|name| name.starts_with("twin-") && name.len() == 11), "{names:?}");
        assert_ne!(names[0], names[1]);
        // Its own work is left as it is.
        let own = apart.with("identifier", "identifier").unwrap();
        assert!(own.made(&of(&own, "1")).is_none_or(|again| again == of(&own, "1")));
    }

    #[test]
    fn an_address_is_made_only_where_there_is_none() {
        let moodle = |values: &[(u8, &str)]| made("moodle-plugin", &person("G{1}", values));
        assert_eq!(moodle(&[(at!(User.email), "Ann@x.example")]).get(at!(User.email)), Some("Ann@x.example"));
        let email = moodle(&[]).get(at!(User.email)).unwrap().to_owned();
        assert!(email.starts_with("g1-") && email.ends_with("@nobody.invalid"), "{email}");
    }

    #[test]
    fn school_data_sync_gets_names_with_a_domain() {
        let name = |values: &[(u8, &str)]| made("sds", &person("u", values)).get(at!(User.username)).map(str::to_owned);
        let email = (at!(User.email), "ann@x.example");
        assert_eq!(name(&[(at!(User.username), "ann"), email]).as_deref(), Some("ann@x.example"));
        assert_eq!(name(&[(at!(User.username), "a@y.example"), email]).as_deref(), Some("a@y.example"));
        assert_eq!(name(&[(at!(User.username), "ann")]).as_deref(), Some("ann"));
        assert_eq!(name(&[]), None);
    }

    #[test]
    fn what_was_made_is_made_no_more() {
        for known in super::super::PROFILES {
            let profile = Profile::named(known.name).unwrap();
            for user in [person("u", &[]), person("Ü", &[(at!(User.email), "Ä@b.example")])] {
                let once = made(known.name, &user);
                assert_eq!(
                    profile.made(&once).unwrap_or_else(|| once.clone()).get(at!(User.email)),
                    once.get(at!(User.email))
                );
            }
        }
    }
}
