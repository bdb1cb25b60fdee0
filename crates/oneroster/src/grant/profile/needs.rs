//! What would stop a consumer, found before it asks.

use super::Profile;
use crate::at;
use crate::model::{Kind, Type, is_extension};
use crate::query::folded;
use crate::record::Record;
use hashbrown::HashMap;

/// Something that a consumer needs of every record of a kind.
#[derive(Debug)]
pub struct Need {
    /// The kind.
    pub kind: Kind,
    /// What must hold.
    pub rule: Rule,
    /// Only of people in one of these roles; of all if it is empty.
    pub of: &'static [&'static str],
    /// What is wrong where it does not hold.
    pub told: &'static str,
    /// What to do then.
    pub next: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// What must hold of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The sourcedId stands in a URL as it is.
    UrlSafe,
    /// The field has a value.
    Given(u8),
    /// No other record has its value, whatever the case.
    Unique(u8),
    /// Its value has no more characters.
    Longest(u8, usize),
    /// Its value is a word of the standard.
    Known(u8),
    /// Its value has a domain.
    Domain(u8),
}

/// A record that would stop a consumer.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// What it needs and has not got: the position in the profile.
    pub need: usize,
    /// The record.
    pub sourced_id: String,
}

/// Looks at all records that a consumer is shown, one after the other.
#[derive(Debug)]
pub struct Preflight {
    needs: &'static [Need],
    /// Whether identifiers are shown in another spelling.
    spelled: bool,
    /// By need, the values that must be unique, with who had them first; taken
    /// away when it is told.
    seen: HashMap<(usize, String), Option<String>>,
    stopped: Vec<Stopped>,
}

impl Preflight {
    /// For a profile.
    pub fn new(profile: &Profile) -> Preflight {
        let (needs, spelled) = (profile.known().needs, profile.spells_ids());
        Preflight { needs, spelled, seen: HashMap::new(), stopped: Vec::new() }
    }

    /// Looks at a record as it is shown.
    pub fn look(&mut self, record: &Record) {
        for (need, one) in self.needs.iter().enumerate().filter(|(_, one)| one.kind == record.kind()) {
            if !one.of.is_empty() && !record.rows(at!(User.roles)).any(|role| holds(role, one.of)) {
                continue;
            }
            if one.rule == Rule::UrlSafe && self.spelled {
                continue;
            }
            if let Rule::Unique(field) = one.rule {
                self.once(need, record, field);
            } else if !one.rule.holds(record) {
                self.stopped.push(Stopped { need, sourced_id: record.sourced_id.clone() });
            }
        }
    }

    fn once(&mut self, need: usize, record: &Record, field: u8) {
        let Some(value) = record.get(field) else { return };
        let own = &record.sourced_id;
        match self.seen.get_mut(&(need, folded(value))) {
            None => drop(self.seen.insert((need, folded(value)), Some(own.clone()))),
            Some(first) => {
                let both = first.take().into_iter().chain([own.clone()]);
                self.stopped.extend(both.map(|sourced_id| Stopped { need, sourced_id }));
            }
        }
    }

    /// Who would stop it, and by what: in the order of the needs.
    pub fn end(self) -> Vec<(&'static Need, Vec<String>)> {
        let mut all: Vec<(&'static Need, Vec<String>)> = self.needs.iter().map(|need| (need, Vec::new())).collect();
        for one in self.stopped {
            if let Some((_, ids)) = all.get_mut(one.need) {
                ids.push(one.sourced_id);
            }
        }
        all.retain(|(_, ids)| !ids.is_empty());
        all
    }
}

fn holds(role: &Record, words: &[&str]) -> bool {
    role.get(at!(Role.role)).is_some_and(|word| words.contains(&word))
}

impl Rule {
    /// The field that it is about, if it is not the sourcedId.
    pub fn field(self) -> Option<u8> {
        match self {
            Rule::UrlSafe => None,
            Rule::Given(field)
            | Rule::Unique(field)
            | Rule::Longest(field, _)
            | Rule::Known(field)
            | Rule::Domain(field) => Some(field),
        }
    }

    /// Whether it holds of a record, whatever others there are.
    fn holds(self, record: &Record) -> bool {
        match self {
            Rule::UrlSafe => record.sourced_id.bytes().all(|b| b.is_ascii_graphic() && !b"/?#%\"<>\\^`|".contains(&b)),
            Rule::Given(field) => record.get(field).is_some_and(|value| !value.trim().is_empty()),
            Rule::Unique(_) => true,
            Rule::Longest(field, most) => record.get(field).is_none_or(|value| value.chars().count() <= most),
            Rule::Known(field) => {
                let ty = record.kind().entity().fields.get(usize::from(field)).map(|field| field.ty);
                let word = matches!(ty, Some(Type::Word(_)));
                record.get(field).is_none_or(|value| !word || !is_extension(value))
            }
            Rule::Domain(field) => {
                let parts = record.get(field).and_then(|value| value.split_once('@'));
                parts.is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, role: &str, values: &[(u8, &str)]) -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str(id);
        values.iter().for_each(|(field, value)| user.push(*field, value));
        let mut row = Record::new(Kind::Role);
        row.push(at!(Role.role), role);
        user.push_row(at!(User.roles), row);
        user
    }

    fn stopped(profile: &str, records: &[Record]) -> Vec<(&'static str, Vec<String>)> {
        stopped_by(&Profile::named(profile).unwrap(), records)
    }

    fn stopped_by(profile: &Profile, records: &[Record]) -> Vec<(&'static str, Vec<String>)> {
        let mut preflight = Preflight::new(profile);
        records.iter().for_each(|record| preflight.look(record));
        preflight.end().into_iter().map(|(need, ids)| (need.told, ids)).collect()
    }

    #[test]
    fn every_need_can_fail_and_can_hold() {
        let email = |value| (at!(User.email), value);
        let google = [
            person("a", "teacher", &[email("a@x.example")]),
            person("b", "teacher", &[]),
            person("c", "student", &[]),
            person("d", "student", &[email("A@X.example")]),
            person("e", "parent", &[]),
        ];
        let told = stopped("google-classroom", &google);
        let ids: Vec<Vec<&str>> = told.iter().map(|(_, ids)| ids.iter().map(String::as_str).collect()).collect();
        assert_eq!(ids, [vec!["b"], vec!["c"], vec!["a", "d"]], "{told:?}");
        let name = |value| (at!(User.username), value);
        let sds = [
            person("a", "student", &[name("a@x.example")]),
            person("b", "student", &[name("b")]),
            person("c", "guardian", &[]),
            person("d", "aide", &[]),
        ];
        let told = stopped("sds", &sds);
        assert_eq!(told.iter().flat_map(|(_, ids)| ids).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn moodle_is_stopped_by_what_its_plugin_cannot_take() {
        let fine = [(at!(User.email), "a@x.example"), (at!(User.identifier), "ann")];
        let mut org = Record::new(Kind::Org);
        org.sourced_id.push('o');
        org.push(at!(Org.type), "ext:annex");
        let records = [
            person("a", "student", &fine),
            person("a b", "student", &fine[..1]),
            person(
                "{A-1}:x",
                "student",
                &[fine[0], (at!(User.identifier), "bob"), (at!(User.givenName), &"x".repeat(101))],
            ),
            person("ü", "student", &[fine[0], (at!(User.identifier), "bob")]),
            org,
        ];
        let own = Profile::named("moodle-plugin").unwrap().with("sourced-ids", "own").unwrap();
        let told: Vec<Vec<String>> = stopped_by(&own, &records).into_iter().map(|(_, ids)| ids).collect();
        let wanted: [&[&str]; 5] = [&["a b", "ü"], &["{A-1}:x", "ü"], &["a b"], &["{A-1}:x"], &["o"]];
        assert_eq!(told, wanted);
        // Identifiers that are spelled for it stop nothing.
        let spelled = stopped("moodle-plugin", &records);
        assert_eq!(spelled.len(), wanted.len() - 1);
        assert!(spelled.iter().all(|(told, _)| !told.contains("sourcedId")), "{spelled:?}");
    }
}
