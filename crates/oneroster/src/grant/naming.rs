//! How identifiers are told to a caller, and what is meant by those that it
//! sends: spelled for URLs, or behind the name of their district, or both.
//!
//! What several districts call alike has one identifier each so, and each leads
//! back to one record of one district.

use super::spelled::{NOBODY, map, speaks_of_ids, spell, spelled_as, unspell_filter};
use crate::query::{Clause, Filter, Literal, Logical, Predicate};
use crate::record::Record;
use std::borrow::Cow;

/// Stands between the name of a district and an identifier: no name of one has
/// it, and it stands in a URL as it is.
const BETWEEN: char = '.';

/// A way to tell identifiers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Naming {
    /// What stands before each; nothing where all are of one district.
    before: String,
    spelled: bool,
}

/// A filter asks for a part of identifiers that begins within what stands
/// before them: what is left of it, behind that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Across {
    /// With what the identifiers themselves would have to begin.
    pub rest: String,
}

impl Naming {
    /// Identifiers as they are, or spelled.
    pub fn new(spelled: bool) -> Naming {
        Naming { before: String::new(), spelled }
    }

    /// The same behind the name of a district, which has letters, digits and
    /// hyphens alone.
    pub fn of_district(district: &str, spelled: bool) -> Naming {
        Naming { before: format!("{district}{BETWEEN}"), spelled }
    }

    /// The name that stands before an identifier, if one does.
    pub fn district(text: &str) -> Option<&str> {
        text.split_once(BETWEEN).map(|(district, _)| district)
    }

    /// What stands before every identifier. In the order of these texts the
    /// identifiers of districts follow one another.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Whether identifiers are told as they are.
    pub fn is_plain(&self) -> bool {
        self.before.is_empty() && !self.spelled
    }

    /// How an identifier is told.
    pub fn shown<'a>(&self, id: &'a str) -> Cow<'a, str> {
        let spelled = if self.spelled { spell(id) } else { Cow::Borrowed(id) };
        if self.before.is_empty() || id.is_empty() {
            return spelled;
        }
        Cow::Owned([&self.before, &*spelled].concat())
    }

    /// The identifier that is told so; `None` if none is.
    pub fn meant(&self, text: &str) -> Option<String> {
        let behind = text.strip_prefix(self.before.as_str()).filter(|id| self.before.is_empty() || !id.is_empty())?;
        if self.spelled { spelled_as(behind) } else { Some(behind.to_owned()) }
    }

    /// A record with its identifier, and those it names, as they are told.
    pub fn show(&self, record: &Record) -> Record {
        let shown = map(record, true, &|id| Some(self.shown(id).into_owned()));
        shown.unwrap_or_else(|_| Record::new(record.kind()))
    }

    /// A record whose identifiers are told so, with those that are meant.
    ///
    /// # Errors
    /// The member that holds what is no such identifier.
    pub fn mean(&self, record: &Record) -> Result<Record, &'static str> {
        // A record that has no identifier yet is told none.
        map(record, true, &|text| if text.is_empty() { Some(String::new()) } else { self.meant(text) })
    }

    /// A filter that speaks of identifiers as they are told, of those that are
    /// meant.
    ///
    /// # Errors
    /// [`Across`], which cannot be said of the identifiers themselves.
    pub fn mean_filter(&self, filter: &Filter) -> Result<Filter, Across> {
        let mut filter = filter.clone();
        if !self.before.is_empty() {
            for clause in filter.clauses.iter_mut().filter(|clause| speaks_of_ids(&clause.path)) {
                self.behind(clause)?;
            }
        }
        if self.spelled {
            unspell_filter(&mut filter);
        }
        Ok(filter)
    }

    /// Whether no record can match a filter that was made so.
    pub fn is_hopeless(filter: &Filter) -> bool {
        match filter.logical {
            Logical::And => filter.clauses.iter().any(is_hopeless),
            Logical::Or => filter.clauses.iter().all(is_hopeless),
        }
    }

    /// Takes what stands before identifiers out of a clause.
    fn behind(&self, clause: &mut Clause) -> Result<(), Across> {
        let before = self.before.as_str();
        let Literal::Text(text) = &mut clause.literal else { return Ok(()) };
        if clause.predicate == Predicate::Contains {
            *text = part(before, text)?;
        } else if let Some(id) = text.strip_prefix(before) {
            *text = id.to_owned();
        } else if clause.predicate.is_order() {
            // All identifiers stand on one side of it.
            let greater = before > text.as_str();
            let wanted = matches!(clause.predicate, Predicate::Greater | Predicate::GreaterOrEqual);
            clause.predicate = if greater == wanted { Predicate::GreaterOrEqual } else { Predicate::Less };
            text.clear();
        } else {
            NOBODY.clone_into(text);
        }
        Ok(())
    }
}

/// What a part of `before` and an identifier asks of the identifier.
fn part(before: &str, text: &str) -> Result<String, Across> {
    if before.contains(text) {
        return Ok(String::new());
    }
    // Only the end of `before` has what stands between.
    let straddles = text.split_once(BETWEEN).filter(|(district, rest)| {
        !rest.is_empty() && before.strip_suffix(BETWEEN).is_some_and(|name| name.ends_with(district))
    });
    match straddles {
        Some((_, rest)) => Err(Across { rest: rest.to_owned() }),
        None => Ok(text.to_owned()),
    }
}

/// Whether no record can match a clause that was made so.
fn is_hopeless(clause: &Clause) -> bool {
    match (&clause.literal, clause.predicate) {
        (Literal::Text(text), Predicate::Equal) => text == NOBODY,
        (Literal::Text(text), Predicate::Less) => text.is_empty() && speaks_of_ids(&clause.path),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at;
    use crate::model::{Kind, Version};
    use crate::query::{matches, parse_filter};
    use proptest::prelude::*;

    fn enrollment(id: &str, class: &str) -> Record {
        let mut record = Record::new(Kind::Enrollment);
        record.sourced_id.push_str(id);
        record.push(at!(Enrollment.class), class);
        record.push(at!(Enrollment.role), "student");
        record
    }

    fn filter(text: &str) -> Filter {
        parse_filter(text, Kind::Enrollment, Version::V1P2).unwrap().unwrap()
    }

    #[test]
    fn the_name_of_the_district_stands_before_identifiers() {
        let (plain, spelled) = (Naming::of_district("north", false), Naming::of_district("north", true));
        assert_eq!((&*plain.shown("a b"), &*spelled.shown("a b")), ("north.a b", "north.a_x20b"));
        assert_eq!((&*plain.shown(""), &*Naming::new(false).shown("x")), ("", "x"));
        assert_eq!(plain.meant("north.a.b").as_deref(), Some("a.b"));
        assert_eq!(spelled.meant("north.a_x20b").as_deref(), Some("a b"));
        for odd in ["south.a", "north", "north.", "northern.a", "a"] {
            assert_eq!(plain.meant(odd), None, "{odd}");
        }
        assert_eq!(spelled.meant("north.a b"), None);
        assert_eq!(Naming::district("north.a.b"), Some("north"));
        let record = enrollment("e", "c");
        let shown = plain.show(&record);
        assert_eq!((shown.sourced_id.as_str(), shown.get(at!(Enrollment.class))), ("north.e", Some("north.c")));
        assert_eq!(plain.mean(&shown), Ok(record.clone()));
        assert_eq!(plain.mean(&enrollment("", "north.c")), Ok(enrollment("", "c")));
        assert_eq!(Naming::of_district("south", false).mean(&shown), Err("sourcedId"));
    }

    #[test]
    fn what_cannot_be_asked_of_a_district_is_known() {
        let north = Naming::of_district("north", false);
        for none in ["sourcedId='south.1'", "sourcedId<'north'", "sourcedId>'north/' AND role='student'", "class='1'"] {
            assert!(Naming::is_hopeless(&north.mean_filter(&filter(none)).unwrap()), "{none}");
        }
        for some in ["sourcedId='south.1' OR role='student'", "sourcedId!='south.1'", "sourcedId~'south.1'"] {
            assert!(!Naming::is_hopeless(&north.mean_filter(&filter(some)).unwrap()), "{some}");
        }
        assert_eq!(north.mean_filter(&filter("class~'TH.A'")), Err(Across { rest: "a".into() }));
    }

    proptest! {
        /// A filter means of the records themselves what it says of those shown.
        #[test]
        fn filters_hold_of_what_is_shown(
            district in "[a-c]{1,2}(-[a-c])?",
            ids in proptest::collection::vec("[a-c][a-c.-]{0,2}", 2),
            texts in proptest::collection::vec(("[a-c.-]{0,5}", "[ac]{1,2}(-b)?[.]?[a-c.]{0,2}"), 2),
            predicates in proptest::collection::vec(prop::sample::select(&["=", "!=", "<", "<=", ">", ">=", "~"][..]), 2),
            either in any::<[bool; 2]>(),
            or in any::<bool>(),
            spelled in any::<bool>(),
        ) {
            let naming = Naming::of_district(&district, spelled);
            let record = enrollment(&ids[0], &ids[1]);
            let value = |at: usize| if either[at] { &texts[at].0 } else { &texts[at].1 };
            let text = format!(
                "sourcedId{}'{}' {} class{}'{}'",
                predicates[0], value(0), if or { "OR" } else { "AND" }, predicates[1], value(1)
            );
            let asked = filter(&text);
            let wanted = matches(&asked, &naming.show(&record));
            match naming.mean_filter(&asked) {
                Ok(meant) => {
                    prop_assert_eq!(matches(&meant, &record), wanted, "{}", text);
                    prop_assert!(!wanted || !Naming::is_hopeless(&meant), "{}", text);
                }
                Err(across) => {
                    let rest = format!(".{}", across.rest);
                    prop_assert!(text.contains(&rest) && text.contains('~'), "{}", text);
                }
            }
        }

        #[test]
        fn what_is_shown_leads_back(district in "[a-z0-9-]{1,9}", id in "\\PC{1,9}", spelled in any::<bool>()) {
            let naming = Naming::of_district(&district, spelled);
            let shown = naming.shown(&id).into_owned();
            prop_assert_eq!(Naming::district(&shown), Some(&*district));
            prop_assert_eq!(naming.meant(&shown), Some(id));
        }
    }
}
