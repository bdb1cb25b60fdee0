//! Who has seen a person's data: found again in the history of the roster.

use crate::output::Failure;
use hashbrown::HashMap;
use homeroom_store::access::Access;
use homeroom_store::{Disclosure, ErrorKind, Read, Roster, Tombstones, ViewId};
use oneroster::grant::Member;
use oneroster::model::{Kind, ROUTES, Route, Slot, Version};
use oneroster::query::Query;
use oneroster::time::Timestamp;
use std::collections::BTreeSet;

/// One answer in which an application was given records of a person.
#[derive(Debug)]
pub struct Sight {
    /// The answer.
    pub disclosure: Disclosure,
    /// The operation.
    pub route: &'static Route,
    /// What was shown of the records.
    pub members: Members,
    /// The identifiers of the person's records in it.
    pub records: Vec<String>,
}

/// What was shown of records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Members {
    /// The names of the members, in the order of the class.
    pub shown: Vec<&'static str>,
    /// Those of them that had a stand-in.
    pub masked: Vec<&'static str>,
    /// Whether it was all that the version has.
    pub all: bool,
}

/// What is known of a person's data.
#[derive(Debug, Default)]
pub struct Seen {
    /// The answers, the oldest first.
    pub sights: Vec<Sight>,
    /// How many answers of such kinds are too old to tell who was in them, or
    /// were given to an application that is gone.
    pub untold: u64,
}

/// Answers in which records of a person were given. The record may lag a second
/// behind.
///
/// # Errors
/// If the database cannot be read.
pub fn of_person(roster: &Roster, access: &Access, person: &str) -> Result<Seen, Failure> {
    let records = Records::of(roster, person)?;
    let horizon = roster.horizon()?.unwrap_or(Timestamp(0));
    let mut seen = Seen::default();
    let mut questions: HashMap<*const homeroom_store::Asked, Option<Question>> = HashMap::new();
    let mut all = Vec::new();
    access.disclosures(&mut |disclosure| {
        all.push(disclosure);
        Ok(())
    })?;
    for disclosure in all {
        let asked = &disclosure.asked;
        let question = questions.entry(std::sync::Arc::as_ptr(asked)).or_insert_with(|| Question::of(asked));
        let Some(question) = question else { continue };
        let Some(theirs) = records.0.get(&question.route.kind) else { continue };
        if disclosure.own.is_none() && disclosure.shown.version < horizon.0 {
            seen.untold += 1;
            continue;
        }
        let Some(records) = question.met(roster, &disclosure, theirs)? else {
            seen.untold += 1;
            continue;
        };
        if !records.is_empty() {
            let (route, members) = (question.route, question.members.clone());
            seen.sights.push(Sight { disclosure, route, members, records });
        }
    }
    Ok(seen)
}

/// Records of a person by kind: row ids and identifiers.
struct Records(HashMap<Kind, Vec<(i64, String)>>);

impl Records {
    fn of(roster: &Roster, person: &str) -> Result<Records, Failure> {
        let mut records: HashMap<Kind, Vec<(i64, String)>> = HashMap::new();
        for (kind, rid, id) in roster.records_of(person)? {
            records.entry(kind).or_default().push((rid, id));
        }
        Ok(Records(records))
    }
}

/// A request, read again.
pub struct Question {
    /// The operation.
    pub route: &'static Route,
    version: Version,
    parents: Vec<(&'static oneroster::model::Parent, String)>,
    query: Query,
    tombstones: Tombstones,
    view: Option<ViewId>,
    /// What it was shown.
    pub members: Members,
}

impl Question {
    /// Reads what was asked; `None` if this program no longer knows it.
    pub fn of(asked: &homeroom_store::Asked) -> Option<Question> {
        let version = Version::ALL.into_iter().find(|version| version.to_string() == asked.version)?;
        let route = ROUTES.iter().find(|r| r.operation == asked.operation && r.versions.has(version))?;
        let mut query = Query::parse_covered(Some(&asked.query), route, version, &asked.cover).ok()?;
        query.filter = match &query.filter {
            Some(filter) => Some(asked.naming().mean_filter(filter).ok()?),
            None => None,
        };
        let shown = asked.tombstones || query.names_tombstones;
        Some(Question {
            members: Members::of(route.kind, version, query.fields.as_deref(), &asked.cover),
            parents: route.parents.iter().zip(asked.parents.iter().cloned()).collect(),
            tombstones: if shown { Tombstones::Shown } else { Tombstones::Hidden },
            view: asked.view,
            route,
            version,
            query,
        })
    }

    fn read(&self) -> Read<'_> {
        Read {
            version: self.version,
            kind: self.route.kind,
            parents: &self.parents,
            views: self.route.views,
            filter: self.query.filter.as_ref(),
            tombstones: self.tombstones,
            sort: self.query.sort.as_ref(),
            limit: 0,
            offset: 0,
            cursor: None,
            caller: 0,
            view: self.view,
        }
    }

    /// Which of some records were in an answer; `None` if it was given under a
    /// grant that is not kept any more.
    fn met(
        &self,
        roster: &Roster,
        answer: &Disclosure,
        records: &[(i64, String)],
    ) -> Result<Option<Vec<String>>, Failure> {
        if let Some(own) = &answer.own {
            return Ok(Some(records.iter().map(|(_, id)| id).filter(|id| *id == own).cloned().collect()));
        }
        let mut met = Vec::new();
        for (rid, id) in records {
            let around = answer.shown.after.zip(answer.shown.upto);
            let within = around.is_none_or(|(after, upto)| after < *rid && *rid <= upto);
            if !within {
                continue;
            }
            match roster.was_shown(&self.read(), &answer.shown, id) {
                Ok(shown) => met.extend(shown.then(|| id.clone())),
                Err(error) if error.kind() == ErrorKind::Busy && self.view.is_some() => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(met))
    }
}

impl Members {
    fn of(kind: Kind, version: Version, selection: Option<&[Slot]>, cover: &oneroster::grant::Cover) -> Members {
        let all: Vec<(Slot, &'static str)> =
            kind.entity().members(version).map(|(slot, field)| (slot, field.name)).collect();
        let chosen = |slot: Slot| selection.is_none_or(|s| s.contains(&slot)) && !cover.hides(kind, slot);
        let masked: BTreeSet<Member> = cover.masked.iter().copied().collect();
        let shown: Vec<(Slot, &'static str)> = all.iter().copied().filter(|(slot, _)| chosen(*slot)).collect();
        Members {
            all: shown.len() == all.len(),
            masked: shown
                .iter()
                .filter(|(slot, _)| masked.contains(&Member { kind, slot: *slot }))
                .map(|m| m.1)
                .collect(),
            shown: shown.into_iter().map(|m| m.1).collect(),
        }
    }
}
