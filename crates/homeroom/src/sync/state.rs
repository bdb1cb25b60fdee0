//! How far a source has come, as it is kept.

use crate::output::Failure;
use homeroom_store::{Feed, Roster};
use oneroster::time::Timestamp;
use oneroster_client::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a source has come.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct State {
    /// When its schedule was heeded last.
    pub heeded: Option<i64>,
    /// What the last fetch came to.
    pub last: Option<Last>,
    /// When one ended well last: applied, or nothing new.
    pub good: Option<i64>,
    /// How many have failed since.
    pub failures: u32,
    /// The package that was taken last, by what its server or its bytes say.
    pub package: Package,
    /// The last whole fetch of a provider that was applied.
    pub full: Option<i64>,
    /// The greatest instant of change seen of each collection, by its name, in
    /// what was applied.
    pub seen: BTreeMap<String, i64>,
    /// What was found out about a provider.
    pub profile: Option<Profile>,
}

/// What a fetch came to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Last {
    /// When.
    pub at: i64,
    /// Its run, if there was one.
    pub run: Option<i64>,
    /// A word: `applied`, `held`, `failed`, `nothing` and so on.
    pub came: String,
    /// The same in a sentence.
    pub said: String,
}

/// The package that was taken last.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct Package {
    /// The entity tag that its server gave.
    pub etag: Option<String>,
    /// The time of change that its server gave, as it wrote it.
    pub modified: Option<String>,
    /// A digest of its bytes.
    pub digest: Option<String>,
}

impl State {
    /// Reads what is kept. What cannot be read begins afresh: it costs a fetch.
    pub fn of(feed: &Feed) -> State {
        serde_json::from_str(&feed.state).unwrap_or_default()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// As the store says.
    pub fn keep(&self, roster: &Roster, name: &str) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(std::io::Error::other)?;
        // One that was removed meanwhile wants no state.
        roster.keep_feed_state(name, &text)?;
        Ok(())
    }

    /// Notes what a fetch came to.
    pub fn ended(&mut self, at: Timestamp, run: Option<i64>, came: &str, said: &str) {
        self.last = Some(Last { at: at.0, run, came: came.to_owned(), said: said.to_owned() });
        match came {
            "applied" | "nothing" => {
                self.good = Some(at.0);
                self.failures = 0;
            }
            "failed" | "rejected" => self.failures = self.failures.saturating_add(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_until_one_ends_well() {
        let mut state = State::default();
        for (came, failures, good) in [
            ("failed", 1, None),
            ("rejected", 2, None),
            ("held", 2, None),
            ("nothing", 0, Some(4)),
            ("failed", 1, Some(4)),
        ] {
            let at = Timestamp(state.last.as_ref().map_or(1, |last| last.at + 1));
            state.ended(at, None, came, "so");
            assert_eq!((state.failures, state.good), (failures, good), "{came}");
        }
        let feed = |state: &str| Feed {
            name: "n".into(),
            kind: "csv".into(),
            settings: BTreeMap::new(),
            sealed: None,
            state: state.into(),
            created: Timestamp(0),
        };
        assert_eq!(State::of(&feed(&serde_json::to_string(&state).unwrap())), state);
        assert_eq!(State::of(&feed("{}")), State::default());
        assert_eq!(State::of(&feed("nonsense")), State::default());
    }
}
