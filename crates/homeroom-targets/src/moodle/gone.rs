//! What another hand deleted in Moodle: forgotten with all that hung on it, so
//! that the next push makes the whole of it anew.

use super::batch::{Engine, Task};
use super::keys::{HANGING, hangs_on};
use super::recover;
use super::told::{Stop, What};
use super::wish::{Value, holds};

/// Moodle's words for an account that is not there, or is deleted.
const ACCOUNT: [&str; 2] = ["invaliduserid", "usernotupdateddeleted"];
/// Its word for a course that is not there, and for other things that are not.
const RECORD: &str = "invalidrecord";

impl Engine<'_> {
    /// Whether a warning says that a thing is gone.
    pub(super) fn is_gone(&self, task: &Task, code: &str) -> Result<bool, Stop> {
        match task.what {
            What::User => Ok(ACCOUNT.contains(&code)),
            What::Course if code == RECORD => {
                Ok(recover::courses(self.moodle, "id", &task.number.to_string())?.is_empty())
            }
            _ => Ok(false),
        }
    }

    /// Strikes a thing that is gone, and what hung on it.
    pub(super) fn forget(&mut self, what: What, key: &str) -> Result<(), Stop> {
        let mut gone = vec![(what, key.to_owned())];
        if what == What::Course {
            let course = Value::Of(what, key.to_owned());
            let groups = self.ledger.entries(What::Group.number())?.into_iter();
            let here = groups.filter(|group| holds(&group.parts, "courseid", &course));
            gone.extend(here.map(|group| (What::Group, group.key)));
        }
        let is_gone = |what: What, key: &str| gone.iter().any(|one| (one.0, one.1.as_str()) == (what, key));
        for hanging in HANGING {
            for entry in self.ledger.entries(hanging.number())? {
                let of = hangs_on(hanging, &entry.key);
                if of.is_some_and(|(kind, within, person)| is_gone(kind, within) || is_gone(What::User, person)) {
                    self.ledger.strike(entry.kind, &entry.key);
                }
            }
        }
        gone.iter().for_each(|(what, key)| self.ledger.strike(what.number(), key));
        Ok(())
    }
}
