//! What holds a run for people to look at.
//!
//! A guard is about much: a loss, or rejected rows, of ten records or fewer
//! pass with their findings, however small the package.

use super::Request;
use super::limits::{Limits, MAX_REJECTED};
use super::show::look;
use homeroom_store::gradebook::Owner;
use homeroom_store::intake::{Collision, Plan, Tally};
use homeroom_store::{Rekeyed, Review, Run};
use oneroster::model::Kind;

/// So many records of a kind never hold a run.
const FEW: u64 = 10;

/// What a run is held by, next to its plan.
pub struct Guards<'a> {
    /// What was asked for.
    pub request: &'a Request,
    /// How much may move.
    pub limits: &'a Limits,
    /// A file that has rows, of which nothing can be taken.
    pub broken: Option<Kind>,
    /// Kinds that the source has records of and the package has no file of.
    pub missing: Vec<Kind>,
    /// An earlier run that brought this package or a newer one, and whether it
    /// was this one.
    pub older: Option<(&'a Run, bool)>,
    /// A record of the package that another source owns, and its name.
    pub foreign: Option<(&'a Collision, Option<Owner>)>,
    /// How many such records there are.
    pub collided: u64,
    /// How many rows were rejected because the identifier was another person's.
    pub reused: usize,
    /// What a second look found; none of a first load.
    pub review: Option<&'a Review>,
    /// Schools that fall below what they keep at least, the greatest fall first.
    pub falls: Vec<Fall>,
}

/// A school that would fall below what it keeps at least.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fall {
    /// Its name, or else its sourcedId.
    pub school: String,
    /// Of which kind.
    pub kind: Kind,
    /// How many it has.
    pub before: u64,
    /// How many it would have.
    pub after: u64,
}

impl Guards<'_> {
    /// Why a plan must be looked at before it is applied, a sentence each, the
    /// one that explains most first.
    pub fn hold(&self, plan: &Plan) -> Vec<String> {
        let all = [
            self.of_another(),
            self.older().filter(|_| !plan.is_nothing()),
            self.rekeyed(),
            self.reused(),
            self.missing(),
            self.gone(),
            self.removes(plan),
            self.school_loses(),
            self.falls(),
            self.changes(plan),
            self.broken(),
            self.rejects(plan),
        ];
        all.into_iter().flatten().collect()
    }

    fn of_another(&self) -> Option<String> {
        let (example, owner) = self.foreign.as_ref()?;
        let file = example.kind.entity().file_name();
        let remedy = match owner {
            Some(Owner::Application(_)) => "take them out of this package, or have the application delete its own",
            _ => {
                "give this package the same --source, say which of the two is right with homeroom source precedence, \
                  or take the records out of one of them"
            }
        };
        let owner = owner.as_ref().map_or_else(|| "somebody else".to_owned(), |owner| format!("the {owner}"));
        Some(format!("{} records belong to {owner} already, some of them in {file}; {remedy}", self.collided))
    }

    fn older(&self) -> Option<String> {
        let (run, same) = self.older?;
        let id = run.id.unwrap_or_default();
        Some(if same {
            format!(
                "this is the package of run {id} again, and newer ones were imported after it; import the newest one"
            )
        } else {
            format!("the package was made before that of run {id}, which was imported already; import the newest one")
        })
    }

    /// csv.md D40, and of D30 what no reference shows.
    fn rekeyed(&self) -> Option<String> {
        let rekeyed = &self.review?.rekeyed;
        let kind = rekeyed.last()?.kind;
        let of_kind = || rekeyed.iter().filter(|one| one.kind == kind);
        let many = of_kind().count();
        let (names, plural) = (of_kind().filter_map(Rekeyed::without_zeros), kind.entity().plural);
        let (shorter, width) = names.fold((0, 0), |(count, width), digits| (count + 1, digits.max(width)));
        if shorter * 2 > many {
            return Some(format!(
                "{many} {plural} that would be removed come back without the leading zeros of their identifiers, as \
                 spreadsheets leave them; have identifiers exported as text, or import the package with --pad \
                 {plural}={width}"
            ));
        }
        Some(format!(
            "{many} {} that would be removed come back under other identifiers, so their history and grades would be \
             lost; ask whether the system that made the package was changed",
            plural
        ))
    }

    /// csv.md D39.
    fn reused(&self) -> Option<String> {
        let many = self.reused;
        let ask = "ask for new identifiers for new people, or take them as they are with --consent D39";
        match many {
            0 => None,
            1 => Some(format!(
                "1 person has another name and another birth date than before, so the identifier seems to have been \
                 given to somebody else; {ask}"
            )),
            many => Some(format!(
                "{many} people have another name and another birth date than before, so their identifiers seem to \
                 have been given to somebody else; {ask}"
            )),
        }
    }

    fn missing(&self) -> Option<String> {
        let names: Vec<String> = self.missing.iter().map(|kind| kind.entity().file_name()).collect();
        let (verb, they) = if names.len() == 1 { ("is", "it") } else { ("are", "they") };
        (!names.is_empty()).then(|| {
            format!(
                "{} {verb} not in the package, though {they} came before; ask for a complete package, or keep what is \
                 stored of {} as it is by approving this one",
                names.join(" and "),
                if names.len() == 1 { "it" } else { "them" }
            )
        })
    }

    fn gone(&self) -> Option<String> {
        let gone = &self.review?.gone;
        let first = gone.first()?;
        let name = if first.name.is_empty() { &first.school } else { &first.name };
        Some(match gone.len() {
            1 => format!("the school \"{name}\" would be removed with everything in it; ask whether it was closed"),
            many => format!("{many} schools would be removed, \"{name}\" among them; ask whether they were closed"),
        })
    }

    fn removes(&self, plan: &Plan) -> Option<String> {
        let over = |kind, tally: &Tally| much(tally.removed, tally.before(), self.limits.removed(kind));
        let (kind, tally) = plan.kinds().filter(|(kind, t)| over(*kind, t)).max_by_key(|(_, t)| t.removed)?;
        let (removed, of) = (tally.removed, tally.before());
        Some(format!(
            "{removed} of {of} {} ({}) would be removed; if the package is complete, import it again with \
             --max-removed {}",
            kind.entity().plural,
            percent(removed, of),
            enough(removed, of)
        ))
    }

    fn school_loses(&self) -> Option<String> {
        let loss = self.review?.losses.first()?;
        Some(format!(
            "{} of {} {} of the school {} ({}) would be removed; if the package is complete, import it again with \
             --max-removed {}",
            loss.removed,
            loss.of,
            loss.kind.entity().plural,
            loss.school,
            percent(loss.removed, loss.of),
            enough(loss.removed, loss.of)
        ))
    }

    fn falls(&self) -> Option<String> {
        let fall = self.falls.first()?;
        let others = match self.falls.len() - 1 {
            0 => String::new(),
            1 => ", and one more falls so".to_owned(),
            many => format!(", and {many} more fall so"),
        };
        Some(format!(
            "the school {} would have {} {} instead of {}, less than its floor{others}; ask whether the export of the \
             school was complete",
            fall.school,
            fall.after,
            if fall.kind == Kind::User { "people" } else { fall.kind.entity().plural },
            fall.before
        ))
    }

    fn changes(&self, plan: &Plan) -> Option<String> {
        let over = |kind, tally: &Tally| much(tally.changed, tally.before(), self.limits.changed(kind));
        let (kind, tally) = plan.kinds().filter(|(kind, t)| over(*kind, t)).max_by_key(|(_, t)| t.changed)?;
        Some(format!(
            "{} of {} {} ({}) would be changed; look at some of them before you approve",
            tally.changed,
            tally.before(),
            kind.entity().plural,
            percent(tally.changed, tally.before())
        ))
    }

    /// A file of which nothing can be taken counts as rejected to the last row.
    fn broken(&self) -> Option<String> {
        let kind = self.broken?;
        (self.most_rejected() < 100.0).then(|| {
            format!(
                "{} is rejected whole; see why with: {}; to import the other files all the same, add --max-rejected 100",
                kind.entity().file_name(),
                look(self.request)
            )
        })
    }

    fn most_rejected(&self) -> f64 {
        self.request.max_rejected.unwrap_or(MAX_REJECTED)
    }

    fn rejects(&self, plan: &Plan) -> Option<String> {
        let most = self.most_rejected();
        let (kind, rejected, rows) = plan
            .kinds()
            .map(|(kind, tally)| (kind, tally.rejected, tally.added + tally.changed + tally.unchanged + tally.rejected))
            .filter(|(_, rejected, rows)| much(*rejected, *rows, most))
            .max_by_key(|(_, rejected, rows)| enough(*rejected, *rows))?;
        Some(format!(
            "{rejected} of {rows} rows of {} ({}) were rejected, more than {most} %; see why with: {}; to import the \
             good rows all the same, add --max-rejected {}",
            kind.entity().file_name(),
            percent(rejected, rows),
            look(self.request),
            enough(rejected, rows)
        ))
    }
}

/// Whether a part is more than a few, and more than its share of the whole.
fn much(part: u64, whole: u64, most: f64) -> bool {
    part > FEW && part as f64 * 100.0 > whole as f64 * most
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.0} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// The least whole share, in percent, that lets this pass.
fn enough(part: u64, whole: u64) -> u64 {
    (part * 100).div_ceil(whole.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_store::{Gone, Loss};
    use oneroster::model::Edition;
    use oneroster::time::Timestamp;
    use oneroster::validate::Options;

    fn request(max_rejected: f64) -> Request {
        Request {
            package: "my package".into(),
            source: "file".into(),
            dry_run: false,
            max_removed: None,
            max_rejected: Some(max_rejected),
            rekey: None,
            nested_whole: false,
            met: Vec::new(),
            who: "test".into(),
            options: Options { assume: Some(Edition::V1P1), ..Options::careful(Timestamp(0)) },
        }
    }

    fn all(tally: Tally, max_removed: f64, max_rejected: f64, review: Option<&Review>) -> Vec<String> {
        let mut plan = Plan::default();
        *plan.of(Kind::Enrollment) = tally;
        let limits = Limits::allowing(max_removed);
        let guards = Guards {
            request: &request(max_rejected),
            limits: &limits,
            broken: None,
            missing: Vec::new(),
            older: None,
            foreign: None,
            collided: 0,
            reused: review.map_or(0, |review| review.reused.len()),
            review,
            falls: Vec::new(),
        };
        guards.hold(&plan)
    }

    fn held(tally: Tally, max_removed: f64, max_rejected: f64) -> Option<String> {
        all(tally, max_removed, max_rejected, None).into_iter().next()
    }

    #[test]
    fn a_great_loss_holds_and_says_how_to_go_on() {
        let lost = Tally { removed: 400, unchanged: 600, ..Tally::default() };
        let reason = held(lost, 10.0, 5.0).expect("held");
        assert!(reason.starts_with("400 of 1000 enrollments (40 %) would be removed"), "{reason}");
        assert!(reason.ends_with("--max-removed 40"), "{reason}");
        assert_eq!(held(lost, 40.0, 5.0), None);
    }

    #[test]
    fn a_loss_wants_more_than_a_tenth_and_more_than_ten() {
        let lost = |removed, unchanged| held(Tally { removed, unchanged, ..Tally::default() }, 10.0, 5.0);
        assert_eq!((lost(10, 0), lost(11, 99)), (None, None));
        assert!(lost(12, 99).is_some());
    }

    #[test]
    fn many_changes_hold_whatever_may_be_removed() {
        let moved = |changed, unchanged| held(Tally { changed, unchanged, ..Tally::default() }, 100.0, 5.0);
        assert_eq!((moved(75, 25), moved(10, 0)), (None, None));
        let reason = moved(76, 24).expect("held");
        assert!(reason.starts_with("76 of 100 enrollments (76 %) would be changed"), "{reason}");
    }

    #[test]
    fn a_second_look_holds_in_words() {
        let gone = Gone { school: "s1".into(), name: "Oak".into() };
        let loss = Loss { school: "s1".into(), kind: Kind::Class, removed: 11, of: 20 };
        let review =
            Review { losses: vec![loss], gone: vec![gone], reused: vec!["a".into(), "b".into()], ..Review::default() };
        let reasons = all(Tally::default(), 10.0, 5.0, Some(&review));
        assert_eq!(reasons.len(), 3, "{reasons:?}");
        assert!(reasons[0].starts_with("2 people have another name"), "{reasons:?}");
        assert!(reasons[1].starts_with("the school \"Oak\" would be removed"), "{reasons:?}");
        assert!(reasons[2].starts_with("11 of 20 classes of the school s1 (55 %)"), "{reasons:?}");
    }

    #[test]
    fn identifiers_without_their_zeros_are_told_from_new_ones() {
        let one = |old: &str, new: &str| Rekeyed { kind: Kind::User, old: old.into(), new: new.into() };
        let told = |rekeyed: Vec<Rekeyed>| {
            let review = Review { rekeyed, ..Review::default() };
            all(Tally::default(), 10.0, 5.0, Some(&review)).remove(0)
        };
        let lost = told(vec![one("00123", "123"), one("00045", "45"), one("x", "y")]);
        assert!(lost.starts_with("3 users") && lost.ends_with("--pad users=5"), "{lost}");
        for other in [one("0123", "1234"), one("123", "0123"), one("0x1", "x1")] {
            assert!(told(vec![other]).contains("under other identifiers"));
        }
    }

    #[test]
    fn many_rejected_rows_hold_and_say_how_to_look() {
        let bad = Tally { added: 188, rejected: 12, ..Tally::default() };
        let reason = held(bad, 10.0, 5.0).expect("held");
        assert!(reason.starts_with("12 of 200 rows of enrollments.csv (6 %) were rejected"), "{reason}");
        assert!(reason.contains("homeroom validate \"my package\" --assume 1.1;"), "{reason}");
        assert!(reason.ends_with("--max-rejected 6"), "{reason}");
        assert_eq!(held(bad, 10.0, 6.0), None);
        assert_eq!(held(Tally { added: 190, rejected: 10, ..Tally::default() }, 10.0, 5.0), None);
        assert_eq!(held(Tally { rejected: 10, ..Tally::default() }, 10.0, 5.0), None);
    }
}
