//! A district at Clever, asked as if it were a provider of OneRoster.
//!
//! Clever selects nothing, but has reads below schools, courses and sections.
//! Those are used where a question names such a record; names are looked up in
//! whole collections. What was read is kept, and looked through here.

mod reads;

use super::provider::{Next, Provider, Question, row};
use crate::clever::Clever;
use crate::error::{Error, ErrorKind};
use oneroster::at;
use oneroster::model::{Kind, Role, Version, View};
use oneroster::query::matches;
use oneroster::record::{Record, id_digest};
use reads::{Read, Way, way, whole};
use std::collections::{HashMap, HashSet};

/// So many records at most are asked for one by one.
const FEW: usize = 4;

/// A district.
pub struct District {
    client: Clever,
    kept: HashMap<Read, Vec<Record>>,
    asked: Option<Underway>,
    lent: Record,
    packed: Vec<u8>,
}

/// A question that is being answered.
struct Underway {
    question: Question,
    /// What answers it, once that is read; then which record is looked at next.
    reads: Option<Vec<Read>>,
    at: (usize, usize),
    /// Who was given already, if several reads may name one record.
    given: HashSet<u64>,
}

impl District {
    /// The district of a client.
    pub fn new(client: Clever) -> District {
        District { client, kept: HashMap::new(), asked: None, lent: Record::new(Kind::Org), packed: Vec::new() }
    }

    /// Its client, whose findings say what was odd.
    pub fn client(&self) -> &Clever {
        &self.client
    }

    /// Asks for what a read gives, if that was not done before; false if there is
    /// no such read.
    async fn keep(&mut self, read: &Read) -> Result<bool, Error> {
        if !self.kept.contains_key(read) {
            let records = self.client.of_path(&read.path, read.role, read.kind).all().await;
            match records {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                records => self.kept.insert(read.clone(), records?),
            };
        }
        Ok(true)
    }

    /// The records of a read that is kept.
    fn records(&self, read: &Read) -> &[Record] {
        self.kept.get(read).map_or(&[], Vec::as_slice)
    }

    /// Reads what answers a question; none if there is no such read.
    async fn read(&mut self, question: &Question) -> Result<Option<Vec<Read>>, Error> {
        let all = whole(question.route)?;
        let known = |reads: &[Read]| reads.iter().all(|read| self.kept.contains_key(read));
        let reads = match way(question)? {
            None => return Ok(None),
            Some(Way::Below(read)) => {
                // All people of a record answer for those of a role.
                let wider = Read { role: None, ..read.clone() };
                let read = if self.kept.contains_key(&wider) { wider } else { read };
                return Ok(self.keep(&read).await?.then(|| vec![read]));
            }
            Some(_) if known(&all) => all,
            Some(Way::Whole(reads)) => reads,
            Some(Way::Each(reads)) => reads,
            Some(Way::At(school)) if self.is_school(&school)? => {
                let people = Read::below(Kind::Org, &school, Kind::User)?;
                if self.keep(&people).await? { vec![people] } else { all }
            }
            Some(Way::At(_)) => all,
            // Which organisations are schools is not known before they are read.
            Some(Way::ById(_)) if all.len() > 1 => all,
            Some(Way::ById(ids)) => match self.by_id(question.route.kind, &ids).await? {
                Some(reads) => reads,
                None => all,
            },
        };
        for read in &reads {
            // A record that there is not has nothing to give.
            self.keep(read).await?;
        }
        Ok(Some(reads))
    }

    fn is_school(&self, id: &str) -> Result<bool, Error> {
        Ok(self.records(&Read::all(Kind::Org)?).iter().any(|org| org.sourced_id == id))
    }

    /// The reads that give the records of some identifiers, where that is less than
    /// all of them: people by the sections that named them, few others one by one.
    async fn by_id(&mut self, kind: Kind, ids: &[String]) -> Result<Option<Vec<Read>>, Error> {
        if kind == Kind::User
            && let Some(reads) = self.in_sections(ids)?
        {
            for read in &reads {
                self.keep(read).await?;
            }
            let people = reads.iter().flat_map(|read| self.records(read));
            let there: HashSet<&str> = people.map(|person| person.sourced_id.as_str()).collect();
            if ids.iter().all(|id| there.contains(id.as_str())) {
                return Ok(Some(reads));
            }
        }
        if ids.len() > FEW {
            return Ok(None);
        }
        ids.iter().map(|id| Read::one(kind, id)).collect::<Result<_, _>>().map(Some)
    }

    /// The people of the sections that were read for their enrollments, as few as
    /// name everyone who is asked for; none if somebody is in none of them.
    fn in_sections(&self, ids: &[String]) -> Result<Option<Vec<Read>>, Error> {
        let mut left: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let (mut reads, all) = (Vec::new(), Read::all(Kind::Enrollment)?);
        let mut sections: Vec<&Read> = self.kept.keys().filter(|read| read.kind == all.kind && **read != all).collect();
        sections.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        for section in sections {
            let enrollments = self.records(section);
            let before = left.len();
            for user in enrollments.iter().filter_map(|one| one.get(at!(Enrollment.user))) {
                left.remove(user);
            }
            if let Some(class) = enrollments.first().and_then(|one| one.get(at!(Enrollment.class)))
                && left.len() < before
            {
                reads.push(Read::below(Kind::Class, class, Kind::User)?);
            }
        }
        Ok(left.is_empty().then_some(reads))
    }
}

impl Provider for District {
    type Error = Error;

    fn version(&self) -> Version {
        Version::V1P2
    }

    fn ask(&mut self, question: Question) {
        self.asked = Some(Underway { question, reads: None, at: (0, 0), given: HashSet::new() });
    }

    async fn next(&mut self) -> Result<Next<'_>, Error> {
        let Some(mut under) = self.asked.take() else { return Ok(Next::End) };
        let reads = match under.reads.take() {
            Some(reads) => reads,
            None => match self.read(&under.question).await? {
                Some(reads) => reads,
                None => return Ok(Next::Unanswered),
            },
        };
        while let Some(read) = reads.get(under.at.0) {
            let Some(record) = self.records(read).get(under.at.1) else {
                under.at = (under.at.0 + 1, 0);
                continue;
            };
            under.at.1 += 1;
            if is_meant(&under.question, record)
                && (reads.len() == 1 || under.given.insert(id_digest(&record.sourced_id)))
            {
                self.lent = record.clone();
                self.asked = Some(Underway { reads: Some(reads), ..under });
                return Ok(Next::Row(row(&mut self.lent, &mut self.packed)));
            }
        }
        Ok(Next::End)
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

fn is_meant(question: &Question, record: &Record) -> bool {
    question.route.views.iter().all(|view| shows(*view, record))
        && question.filter.as_ref().is_none_or(|filter| matches(filter, record))
}

/// Whether a record is of a collection, as far as the record itself tells it.
fn shows(view: View, record: &Record) -> bool {
    let holds = |role: Role| record.rows(at!(User.roles)).any(|held| held.get(at!(Role.role)) == Some(role.word()));
    match view {
        View::Typed(word) if record.kind() == Kind::Org => record.get(at!(Org.type)) == Some(word),
        View::Typed(word) => record.get(at!(AcademicSession.type)) == Some(word),
        View::Holds(role) | View::EnrolledIn(_, role) | View::AtSchool(_, role) => holds(role),
        // These speak of the record above alone.
        _ => true,
    }
}

impl std::fmt::Debug for District {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("District").finish_non_exhaustive()
    }
}
