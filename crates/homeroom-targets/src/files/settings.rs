//! What was set for a target.

use std::collections::BTreeMap;

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// The values that it takes; none if it takes any text.
    pub values: &'static [&'static str],
    /// What holds if nothing is set.
    pub usual: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

/// Of any format: whose eyes it is seen with.
pub(super) const APP: Setting =
    Setting { key: "app", values: &[], usual: "", doc: "an application: only what it may see is sent" };
/// Of any format: how much may be gone at once.
pub(super) const MOST_REMOVED: Setting = Setting {
    key: "max_removed",
    values: &[],
    usual: "10",
    doc: "how many rows of a file, in percent, may be gone since the last time",
};

/// What was set, by name; words of a mapping table by `map.TABLE.WORD`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    set: BTreeMap<String, String>,
    known: Vec<(&'static str, &'static str)>,
}

/// Before the name of a mapping table.
const MAP: &str = "map.";

impl Settings {
    /// What was set for a format.
    ///
    /// # Errors
    /// A sentence if a name or a value is none of the format's.
    pub fn of(format: &super::Format, set: BTreeMap<String, String>) -> Result<Settings, String> {
        for (key, value) in &set {
            if let Some(word) = key.strip_prefix(MAP) {
                let maps = super::format::Format::maps(format);
                if !maps
                    .iter()
                    .any(|map| word.split_once('.').is_some_and(|(name, word)| name == *map && !word.is_empty()))
                {
                    let all: Vec<String> = maps.iter().map(|map| format!("{MAP}{map}.WORD")).collect();
                    return Err(format!("{key} names no table of {}; these are: {}", format.label, all.join(", ")));
                }
                continue;
            }
            let Some(known) = format.settings.iter().find(|known| known.key == key) else {
                let keys: Vec<&str> = format.settings.iter().map(|known| known.key).collect();
                return Err(format!("{} has no setting {key:?}; it has {}", format.label, keys.join(", ")));
            };
            if known.key == MOST_REMOVED.key && value.parse::<f64>().is_err() {
                return Err(format!("{key} is a number of percent, such as 25, not {value:?}"));
            }
            if !known.values.is_empty() && !known.values.contains(&value.as_str()) {
                return Err(format!("{key} is {}, not {value:?}", known.values.join(" or ")));
            }
        }
        Ok(Settings { set, known: format.settings.iter().map(|known| (known.key, known.usual)).collect() })
    }

    /// A setting, or what usually holds.
    pub fn get(&self, key: &str) -> &str {
        let usual = || self.known.iter().find(|(known, _)| *known == key).map_or("", |(_, usual)| *usual);
        self.set.get(key).map_or_else(usual, String::as_str)
    }

    /// Whether something else was set than what usually holds.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.known.iter().any(|(known, usual)| *known == key && self.get(key).trim() != *usual)
    }

    /// Whether something was switched on.
    pub fn is(&self, key: &str) -> bool {
        self.get(key) == "yes"
    }

    /// What was set for a word of a table.
    pub(super) fn mapped(&self, table: &str, word: &str) -> Option<&str> {
        let key = format!("{MAP}{table}.{word}");
        let found = self.set.iter().find(|(known, _)| known.eq_ignore_ascii_case(&key));
        found.map(|(_, to)| to.as_str())
    }
}

impl super::Format {
    /// The names of its mapping tables.
    pub fn maps(&self) -> Vec<&'static str> {
        let columns = self.files.iter().flat_map(|file| file.columns);
        let mut names: Vec<&'static str> = columns
            .filter_map(|column| match column.from {
                super::format::From::Mapped(map, _) => Some(map.name),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
