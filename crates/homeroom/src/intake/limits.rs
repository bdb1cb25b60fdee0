//! How much a run may move before it is held, as the district has set it.

use crate::output::Failure;
use homeroom_store::Roster;
use jiff::civil::Date;
use oneroster::model::Kind;
use std::collections::HashMap;

/// The share of a kind that may be removed, in percent.
pub const MAX_REMOVED: f64 = 10.0;
/// The share of a kind that may be changed, in percent.
pub const MAX_CHANGED: f64 = 75.0;
/// The share of a kind that may be rejected, in percent.
pub const MAX_REJECTED: f64 = 5.0;

/// What can be set; the words are the flags of the command.
pub const REMOVED: &str = "max-removed";
/// The same of changes.
pub const CHANGED: &str = "max-changed";
/// Days between which no share is looked at.
pub const ROLLOVER: &str = "rollover";

/// How many records of a kind a school keeps at least.
pub const FLOOR: &str = "floor";
/// The kinds that have a floor; people are counted by their roles at a school.
pub const FLOORED: [Kind; 3] = [Kind::User, Kind::Class, Kind::Enrollment];

/// The key of the floor of one school, or of every school.
pub fn floor_key(school: Option<&str>) -> String {
    school.map_or_else(|| FLOOR.to_owned(), |school| format!("{FLOOR}:{school}"))
}

/// How much a school keeps at least.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Floor {
    /// So many records.
    Many(u64),
    /// So much of what it has, in percent.
    Share(f64),
}

impl Floor {
    /// Reads `20` or `60%`.
    pub fn read(text: &str) -> Option<Floor> {
        match text.strip_suffix('%') {
            Some(share) => share.trim().parse().ok().filter(|share| (0.0..=100.0).contains(share)).map(Floor::Share),
            None => text.parse().ok().map(Floor::Many),
        }
    }

    /// Whether a school falls below it.
    pub fn is_crossed(self, before: u64, after: u64) -> bool {
        after < before
            && match self {
                Floor::Many(many) => after < many,
                Floor::Share(share) => (after as f64) * 100.0 < (before as f64) * share,
            }
    }
}

/// Stands for every entity or every source in a scope.
const ALL: &str = "*";

/// The scope of a setting of one entity, of one source, of both or of neither.
pub fn scope(entity: Option<Kind>, source: Option<&str>) -> String {
    let entity = entity.map_or(ALL, |kind| kind.entity().plural);
    format!("guard:{entity}:{}", source.unwrap_or(ALL))
}

/// What a scope is of: the word of an entity and the name of a source.
pub fn parts(scope: &str) -> Option<(Option<&str>, Option<&str>)> {
    let (entity, source) = scope.strip_prefix("guard:")?.split_once(':')?;
    let some = |word: &'_ str| word != ALL;
    Some((Some(entity).filter(|word| some(word)), Some(source).filter(|word| some(word))))
}

/// Days from one to another, both within: `2026-06-15..2026-09-15`.
pub fn window(text: &str) -> Option<(Date, Date)> {
    let (from, to) = text.split_once("..")?;
    let (from, to): (Date, Date) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from <= to).then_some((from, to))
}

/// The limits of one source on one day.
#[derive(Debug, Default)]
pub struct Limits {
    set: HashMap<(String, String), String>,
    source: String,
    /// What the command itself allows.
    allowed: Option<f64>,
    rollover: bool,
    /// Whether records are renamed, by which all of them change.
    pub renaming: bool,
}

impl Limits {
    /// Reads the settings of a source; `allowed` is the share that the command
    /// itself lets go.
    pub fn read(roster: &Roster, source: &str, allowed: Option<f64>, today: Date) -> Result<Limits, Failure> {
        let set = roster.settings("guard:")?.into_iter().map(|set| ((set.scope, set.key), set.value)).collect();
        let mut limits = Limits { set, source: source.to_owned(), allowed, rollover: false, renaming: false };
        let within = |text: &str| window(text).is_some_and(|(from, to)| from <= today && today <= to);
        limits.rollover = limits.setting(None, ROLLOVER).is_some_and(within);
        Ok(limits)
    }

    /// The usual limits, with so much that may be removed.
    #[cfg(test)]
    pub fn allowing(removed: f64) -> Limits {
        Limits { allowed: Some(removed), ..Limits::default() }
    }

    /// The share of a kind that may be removed.
    pub fn removed(&self, kind: Kind) -> f64 {
        self.allowed.unwrap_or_else(|| self.share(kind, REMOVED, MAX_REMOVED))
    }

    /// The share of a kind that may be changed.
    pub fn changed(&self, kind: Kind) -> f64 {
        if self.renaming { 100.0 } else { self.share(kind, CHANGED, MAX_CHANGED) }
    }

    /// Whether any floor is set.
    pub fn has_floors(&self) -> bool {
        self.set.keys().any(|(_, key)| key == FLOOR || key.starts_with("floor:"))
    }

    /// How much of a kind a school keeps at least: what is said of the school
    /// counts before what is said of every one. While a year turns over, no share
    /// is looked at.
    pub fn floor(&self, kind: Kind, school: &str) -> Option<Floor> {
        let said = |key: String| self.setting(Some(kind), &key).and_then(Floor::read);
        let floor = said(floor_key(Some(school))).or_else(|| said(floor_key(None)))?;
        Some(floor).filter(|floor| !(self.rollover && matches!(floor, Floor::Share(_))))
    }

    fn share(&self, kind: Kind, key: &str, usual: f64) -> f64 {
        if self.rollover {
            return 100.0;
        }
        self.setting(Some(kind), key).and_then(|text| text.parse().ok()).unwrap_or(usual)
    }

    /// The setting that is said most closely: of both, of the source, of the
    /// entity, of all.
    fn setting(&self, kind: Option<Kind>, key: &str) -> Option<&str> {
        let source = Some(self.source.as_str());
        [(kind, source), (None, source), (kind, None), (None, None)]
            .into_iter()
            .find_map(|(kind, source)| self.set.get(&(scope(kind, source), key.to_owned())))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(set: &[(Option<Kind>, Option<&str>, &str)]) -> Limits {
        let set = set.iter().map(|(kind, source, value)| ((scope(*kind, *source), REMOVED.into()), (*value).into()));
        Limits { set: set.collect(), source: "north".into(), ..Limits::default() }
    }

    #[test]
    fn the_closest_setting_counts() {
        assert_eq!(limits(&[]).removed(Kind::User), 10.0);
        let all = [
            (None, None, "20"),
            (Some(Kind::User), None, "30"),
            (None, Some("north"), "40"),
            (Some(Kind::User), Some("north"), "50"),
            (Some(Kind::User), Some("south"), "60"),
        ];
        assert_eq!(limits(&all[..1]).removed(Kind::User), 20.0);
        assert_eq!(limits(&all[..2]).removed(Kind::User), 30.0);
        assert_eq!(limits(&all[..3]).removed(Kind::User), 40.0);
        assert_eq!(limits(&all).removed(Kind::User), 50.0);
        assert_eq!(limits(&all).removed(Kind::Class), 40.0);
        let allowed = Limits { allowed: Some(5.0), ..limits(&all) };
        assert_eq!(allowed.removed(Kind::User), 5.0);
    }

    #[test]
    fn floors_are_crossed_from_above() {
        let crossed = |text, before, after| Floor::read(text).unwrap().is_crossed(before, after);
        assert!(crossed("20", 30, 19) && !crossed("20", 30, 20) && crossed("20", 15, 14) && !crossed("20", 15, 15));
        assert!(crossed("60%", 100, 59) && !crossed("60%", 100, 60) && !crossed("60%", 0, 0) && !crossed("60%", 5, 9));
        assert!(["", "x", "-1", "101%", "%", "1.5"].iter().all(|bad| Floor::read(bad).is_none()));
        let mut limits = limits(&[]);
        limits.set.insert((scope(None, None), floor_key(None)), "50%".into());
        limits.set.insert((scope(Some(Kind::User), None), floor_key(Some("oak"))), "7".into());
        assert_eq!(limits.floor(Kind::User, "oak"), Some(Floor::Many(7)));
        assert_eq!(limits.floor(Kind::User, "elm"), Some(Floor::Share(50.0)));
        limits.rollover = true;
        assert_eq!((limits.floor(Kind::User, "elm"), limits.floor(Kind::User, "oak")), (None, Some(Floor::Many(7))));
    }

    #[test]
    fn scopes_and_windows_are_read_as_written() {
        for (kind, source) in
            [(None, None), (Some(Kind::User), Some("a:b")), (None, Some("x")), (Some(Kind::Org), None)]
        {
            let text = scope(kind, source);
            assert_eq!(parts(&text), Some((kind.map(|kind| kind.entity().plural), source)));
        }
        assert!(window("2026-06-15..2026-09-15").is_some());
        for bad in ["", "2026-06-15", "2026-09-15..2026-06-15", "a..b", "2026-02-30..2026-03-01"] {
            assert_eq!(window(bad), None, "{bad}");
        }
    }
}
