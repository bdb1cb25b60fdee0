//! Who might be one: people of several sources who are alike.
//!
//! Nobody becomes one with another on a doubt: what they are known by must be
//! theirs alone, neither their names nor their birth dates may speak against it,
//! and it must be set which source is right about people.

use crate::output::Failure;
use homeroom_store::intake::Merge;
use homeroom_store::precedence::Precedence;
use homeroom_store::{Roster, Somebody};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::query::folded;
use oneroster::record::Record;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The scope and the key of the setting.
pub const SCOPE: &str = "people";
/// What people are known by, parted by commas.
pub const KEY: &str = "match";

/// What people are known by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Likeness {
    /// The value of a field.
    Field(u8),
    /// The identifier of a type in another system.
    Other(String),
}

/// The fields that may tell who somebody is.
const TELLING: [u8; 4] = [at!(User.identifier), at!(User.email), at!(User.username), at!(User.userMasterIdentifier)];

impl Likeness {
    /// Reads a word: a field of people, or `userIds:TYPE`.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn of(word: &str) -> Result<Likeness, String> {
        let fields = Kind::User.entity().fields;
        let name = |at: &u8| fields.get(usize::from(*at)).map(|field| field.name);
        if let Some(field) = TELLING.iter().find(|at| name(at) == Some(word)) {
            return Ok(Likeness::Field(*field));
        }
        let ids = name(&at!(User.userIds)).unwrap_or_default();
        match word.split_once(':') {
            Some((list, ty)) if list == ids && !ty.is_empty() => Ok(Likeness::Other(ty.to_owned())),
            _ => {
                let names: Vec<&str> = TELLING.iter().filter_map(name).collect();
                Err(format!("{word:?} tells nobody apart; people are known by {} or {ids}:TYPE", names.join(", ")))
            }
        }
    }

    /// What a person is known by.
    fn key(&self, person: &Record) -> Option<String> {
        let value = match self {
            Likeness::Field(field) => person.get(*field)?,
            Likeness::Other(ty) => person.pairs(at!(User.userIds)).find(|(left, _)| left == ty)?.1,
        };
        Some(folded(value.trim())).filter(|value| !value.is_empty())
    }

    /// How it is called.
    pub fn word(&self) -> String {
        let name = |at: u8| Kind::User.entity().fields.get(usize::from(at)).map_or("", |field| field.name);
        match self {
            Likeness::Field(at) => name(*at).to_owned(),
            Likeness::Other(ty) => format!("{}:{ty}", name(at!(User.userIds))),
        }
    }
}

/// What the district has set.
///
/// # Errors
/// As the store says, `refused` if it cannot be read any more.
pub fn likenesses(roster: &Roster) -> Result<Vec<Likeness>, Failure> {
    let set = roster.settings(SCOPE)?.into_iter().find(|set| set.scope == SCOPE && set.key == KEY);
    let Some(set) = set else { return Ok(Vec::new()) };
    set.value.split(',').map(|word| Likeness::of(word.trim())).collect::<Result<_, _>>().map_err(Failure::refused)
}

/// People who are alike, though they may not be made one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Doubt {
    /// Their identifiers.
    pub people: Vec<String>,
    /// By what they are alike.
    pub by: String,
    /// Why they stay two.
    pub why: String,
}

/// Who is alike.
#[derive(Default, Debug)]
pub struct Found {
    /// Who can become one.
    pub pairs: Vec<Merge>,
    /// By what each pair is alike.
    pub by: Vec<String>,
    /// Who stays as they are.
    pub doubts: Vec<Doubt>,
}

/// What is to be known of a person to tell whether they are another one.
struct One {
    id: String,
    owner: u32,
    names: [String; 2],
    born: Option<String>,
    keys: Vec<Option<String>>,
}

impl One {
    fn of(somebody: &Somebody, by: &[Likeness]) -> One {
        let person = &somebody.record;
        One {
            id: person.sourced_id.clone(),
            owner: somebody.owner,
            names: [at!(User.givenName), at!(User.familyName)]
                .map(|field| folded(person.get(field).unwrap_or_default().trim())),
            born: somebody.born.clone(),
            keys: by.iter().map(|one| one.key(person)).collect(),
        }
    }
}

/// Looks who is alike.
///
/// # Errors
/// As the store says.
pub fn look(roster: &Roster, by: &[Likeness]) -> Result<Found, Failure> {
    let (precedence, apart) = (roster.precedence()?, roster.apart()?);
    let names: HashMap<u32, String> = roster.sources()?.into_iter().collect();
    let mut all: Vec<One> = Vec::new();
    roster.everybody(&mut |somebody| all.push(One::of(&somebody, by)))?;
    let mut found = Found::default();
    let mut partner: BTreeMap<String, (String, String, u32)> = BTreeMap::new();
    let mut doubts: HashSet<Doubt> = HashSet::new();
    for (at, likeness) in by.iter().enumerate() {
        for group in groups(&all, &|one| one.keys.get(at).cloned().flatten()) {
            let alike = Alike { group: &group, precedence: &precedence, apart: &apart, names: &names };
            match alike.pairs() {
                Ok(pairs) => {
                    for (keep, other) in pairs {
                        let known = partner.get(&other.id);
                        if known.is_some_and(|(known, ..)| *known != keep.id) {
                            let why = "they are alike to different people by different identifiers".to_owned();
                            doubts.insert(alike.doubt(likeness, why));
                            partner.insert(other.id.clone(), (String::new(), String::new(), 0));
                        } else {
                            partner.insert(other.id.clone(), (keep.id.clone(), likeness.word(), other.owner));
                        }
                    }
                }
                Err(Some(why)) => drop(doubts.insert(alike.doubt(likeness, why))),
                Err(None) => {}
            }
        }
    }
    // Who stands for another one does not go themselves.
    let going: HashSet<String> = partner.keys().cloned().collect();
    partner.retain(|_, (keep, ..)| !keep.is_empty() && !going.contains(keep));
    let doubted: HashSet<&String> = doubts.iter().flat_map(|doubt| &doubt.people).collect();
    for (other, (keep, word, owner)) in partner {
        if doubted.contains(&other) || doubted.contains(&keep) {
            continue;
        }
        let label = names.get(&owner).cloned().unwrap_or_default();
        found.pairs.push(Merge { keep, other, label });
        found.by.push(word);
    }
    let paired: HashSet<&String> = found.pairs.iter().flat_map(|pair| [&pair.keep, &pair.other]).collect();
    for group in groups(&all, &|one| Some(format!("{}\n{}\n{}", one.names[0], one.names[1], one.born.as_ref()?))) {
        let strangers = group.iter().any(|one| !paired.contains(&one.id));
        let alike = Alike { group: &group, precedence: &precedence, apart: &apart, names: &names };
        if strangers && !alike.are_apart() && !doubts.iter().any(|doubt| doubt.people == alike.ids()) {
            let (people, by) = (alike.ids(), "name and birth date".to_owned());
            let why = "name and birth date alone do not tell who somebody is".to_owned();
            found.doubts.push(Doubt { people, by, why });
        }
    }
    found.doubts.extend(doubts);
    found.doubts.sort();
    Ok(found)
}

/// Those of the same key, two or more.
fn groups<'a>(all: &'a [One], key: &dyn Fn(&One) -> Option<String>) -> Vec<Vec<&'a One>> {
    let mut by_key: BTreeMap<String, Vec<&One>> = BTreeMap::new();
    for one in all {
        if let Some(key) = key(one) {
            by_key.entry(key).or_default().push(one);
        }
    }
    by_key.into_values().filter(|group| group.len() > 1).collect()
}

/// Some who are alike.
struct Alike<'a> {
    group: &'a [&'a One],
    precedence: &'a Precedence,
    apart: &'a hashbrown::HashSet<(String, String)>,
    names: &'a HashMap<u32, String>,
}

impl<'a> Alike<'a> {
    fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.group.iter().map(|one| one.id.clone()).collect();
        ids.sort();
        ids
    }

    fn doubt(&self, likeness: &Likeness, why: String) -> Doubt {
        Doubt { people: self.ids(), by: likeness.word(), why }
    }

    /// Whether somebody said that some of them are two.
    fn are_apart(&self) -> bool {
        let ids = self.ids();
        let two = |(at, one): (usize, &String)| {
            ids.iter().skip(at + 1).any(|other| self.apart.contains(&(one.clone(), other.clone())))
        };
        ids.iter().enumerate().any(two)
    }

    fn source(&self, owner: u32) -> &str {
        self.names.get(&owner).map_or("another source", String::as_str)
    }

    /// Who becomes one with whom: who stands, and who stands no more. Else why
    /// not, or nothing if somebody said that they are two.
    fn pairs(&self) -> Result<Vec<(&'a One, &'a One)>, Option<String>> {
        if self.are_apart() {
            return Err(None);
        }
        let mut group = self.group.to_vec();
        for (at, one) in group.iter().enumerate() {
            for other in group.iter().skip(at + 1) {
                if let Some(why) = self.against(one, other) {
                    return Err(Some(why));
                }
            }
        }
        group.sort_by(|one, other| match self.precedence.before(Kind::User, one.owner, other.owner) {
            Some(true) => std::cmp::Ordering::Less,
            Some(false) => std::cmp::Ordering::Greater,
            None => std::cmp::Ordering::Equal,
        });
        let (keep, others) = group.split_first().ok_or(None)?;
        Ok(others.iter().map(|other| (*keep, *other)).collect())
    }

    /// What speaks against two being one.
    fn against(&self, one: &One, other: &One) -> Option<String> {
        if one.owner == other.owner {
            return Some(format!("all of them come from {}; it should send them once", self.source(one.owner)));
        }
        if one.names[0] != other.names[0] && one.names[1] != other.names[1] {
            return Some("neither their given nor their family names are the same".to_owned());
        }
        if let (Some(a), Some(b)) = (&one.born, &other.born)
            && a != b
        {
            return Some("their birth dates differ".to_owned());
        }
        if self.precedence.before(Kind::User, one.owner, other.owner).is_none() {
            let (a, b) = (self.source(one.owner), self.source(other.owner));
            return Some(format!(
                "it is not set who is right about people, {a} or {b}; say so with: homeroom source precedence \
                 users={a},{b}"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_store::precedence::Matter;

    fn one(id: &str, owner: u32, names: [&str; 2], born: Option<&str>) -> One {
        One { id: id.into(), owner, names: names.map(folded), born: born.map(str::to_owned), keys: Vec::new() }
    }

    #[test]
    fn words_name_what_tells_people_apart() {
        assert_eq!(Likeness::of("email"), Ok(Likeness::Field(at!(User.email))));
        assert_eq!(Likeness::of("userIds:LDAP").map(|one| one.word()), Ok("userIds:LDAP".to_owned()));
        for bad in ["", "givenName", "userIds", "userIds:", "phone"] {
            assert!(Likeness::of(bad).unwrap_err().contains("known by identifier, email"), "{bad}");
        }
    }

    #[test]
    fn nobody_becomes_one_with_another_on_a_doubt() {
        let precedence = Precedence::new([(Matter::of("users").unwrap(), vec![1, 2, 3])]);
        let names: HashMap<u32, String> = [(1, "sis".into()), (2, "hr".into()), (4, "lib".into())].into();
        let apart = hashbrown::HashSet::from([("a".to_owned(), "z".to_owned())]);
        let pairs = |group: &[&One]| {
            let alike = Alike { group, precedence: &precedence, apart: &apart, names: &names };
            alike.pairs().map(|pairs| pairs.iter().map(|(a, b)| format!("{}<{}", a.id, b.id)).collect::<Vec<_>>())
        };
        let ada = one("a", 1, ["Ada", "King"], Some("1815-12-10"));
        let hr = one("h", 2, ["ada", "Lovelace"], None);
        assert_eq!(pairs(&[&hr, &ada]).unwrap(), ["a<h"]);
        let lib = one("l", 3, ["Ada", "King"], None);
        assert_eq!(pairs(&[&lib, &hr, &ada]).unwrap(), ["a<h", "a<l"]);
        let doubts = [
            (one("b", 1, ["Ada", "King"], None), "come from sis"),
            (one("h", 2, ["Augusta", "Byron"], None), "given nor their family names"),
            (one("h", 2, ["Ada", "King"], Some("1816-12-10")), "birth dates differ"),
            (one("l", 4, ["Ada", "King"], None), "not set who is right about people, sis or lib"),
        ];
        for (other, why) in doubts {
            let told = pairs(&[&ada, &other]).unwrap_err().unwrap();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(pairs(&[&ada, &one("z", 2, ["Ada", "King"], None)]), Err(None));
    }
}
