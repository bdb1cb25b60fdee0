//! What is said of a record in each way of counting.

use super::dimension::From;
use super::tally::{Key, Value};
use super::{Ask, Subject};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Names and links that are not in the counted records themselves, by digests of
/// identifiers.
pub(super) struct Facts<'a> {
    district: Value,
    ask: &'a Ask,
    named: HashMap<(Kind, u64), Value>,
    /// The course and the terms of each class.
    classes: HashMap<u64, (u64, Vec<u64>)>,
    /// What is said of each person's demographics, in the order of `ask.by`.
    demographics: HashMap<u64, Vec<Value>>,
    /// Texts that stand in many places, once.
    words: HashMap<String, Arc<str>>,
}

/// A school and a role, where a record has those.
type Post = (Option<Value>, Option<Value>);

impl<'a> Facts<'a> {
    pub(super) fn new(district: &str, ask: &'a Ask) -> Facts<'a> {
        let district = Value { text: district.into(), id: None };
        Facts {
            district,
            ask,
            named: HashMap::new(),
            classes: HashMap::new(),
            demographics: HashMap::new(),
            words: HashMap::new(),
        }
    }

    /// The kinds that must be learnt before records are counted.
    pub(super) fn wants(&self) -> Vec<Kind> {
        let mut wanted = Vec::new();
        for dimension in &self.ask.by {
            wanted.extend(match dimension.from {
                From::School => Some(Kind::Org),
                From::Course => Some(Kind::Course),
                From::Class => Some(Kind::Class),
                From::Term => Some(Kind::AcademicSession),
                From::Demographics(_) => Some(Kind::Demographics),
                From::Tenant | From::Role | From::Own(_) => None,
            });
        }
        let through_class = wanted.iter().any(|kind| [Kind::Course, Kind::AcademicSession].contains(kind));
        if through_class && self.ask.of == Subject::Enrollments && !wanted.contains(&Kind::Class) {
            wanted.push(Kind::Class);
        }
        wanted
    }

    /// Keeps what a record says for others.
    pub(super) fn learn(&mut self, record: &Record) {
        let (kind, digest) = (record.kind(), id_digest(&record.sourced_id));
        if kind == Kind::Demographics {
            let fields = self.ask.by.iter().filter_map(|dimension| match dimension.from {
                From::Demographics(field) => Some(field),
                _ => None,
            });
            let said = fields.map(|field| value(&mut self.words, record.get(field))).collect();
            self.demographics.insert(digest, said);
            return;
        }
        let name = match kind {
            Kind::Org => record.get(at!(Org.name)),
            Kind::Course => record.get(at!(Course.title)),
            Kind::Class => record.get(at!(Class.title)),
            _ => record.get(at!(AcademicSession.title)),
        };
        let id = Some(record.sourced_id.as_str().into());
        self.named.insert((kind, digest), Value { text: name.unwrap_or_default().into(), id });
        if kind == Kind::Class {
            let course = record.get(at!(Class.course)).map_or(0, id_digest);
            self.classes.insert(digest, (course, record.list(at!(Class.terms)).map(id_digest).collect()));
        }
    }

    /// Under what a record is counted, each once; nothing if it is not counted.
    pub(super) fn keys(&mut self, record: &Record) -> BTreeSet<Key> {
        let mut keys = BTreeSet::new();
        for post in self.posts(record) {
            let mut some = vec![Vec::with_capacity(self.ask.by.len())];
            let mut of_demographics = 0;
            for dimension in &self.ask.by {
                let values = self.values(record, &post, dimension.from, &mut of_demographics);
                some = some
                    .into_iter()
                    .flat_map(|key: Key| values.iter().map(move |value| [key.clone(), vec![value.clone()]].concat()))
                    .collect();
            }
            keys.extend(some);
        }
        keys
    }

    /// The schools and roles in which a record counts.
    fn posts(&mut self, record: &Record) -> Vec<Post> {
        let school = |facts: &Facts<'_>, id: Option<&str>| Some(facts.name(Kind::Org, id.map_or(0, id_digest)));
        match record.kind() {
            Kind::User => {
                let mut posts = Vec::new();
                for row in record.rows(at!(User.roles)) {
                    let role = row.get(at!(Role.role));
                    if self.ask.of.role().is_none_or(|wanted| role == Some(wanted)) {
                        let role = value(&mut self.words, role);
                        posts.push((school(self, row.get(at!(Role.org))), Some(role)));
                    }
                }
                posts
            }
            Kind::Enrollment => {
                let role = value(&mut self.words, record.get(at!(Enrollment.role)));
                vec![(school(self, record.get(at!(Enrollment.school))), Some(role))]
            }
            _ => vec![(school(self, record.get(at!(Class.school))), None)],
        }
    }

    fn values(&mut self, record: &Record, post: &Post, from: From, of_demographics: &mut usize) -> Vec<Value> {
        let one = |value: Option<Value>| vec![value.unwrap_or_default()];
        match from {
            From::Tenant => one(Some(self.district.clone())),
            From::School => one(post.0.clone()),
            From::Role => one(post.1.clone()),
            From::Class => one(Some(self.name(Kind::Class, class(record)))),
            From::Course => {
                let course = match record.kind() {
                    Kind::Class => record.get(at!(Class.course)).map_or(0, id_digest),
                    _ => self.classes.get(&class(record)).map_or(0, |(course, _)| *course),
                };
                one(Some(self.name(Kind::Course, course)))
            }
            From::Term => {
                let terms = match record.kind() {
                    Kind::Class => record.list(at!(Class.terms)).map(id_digest).collect(),
                    _ => self.classes.get(&class(record)).map_or_else(Vec::new, |(_, terms)| terms.clone()),
                };
                let named = terms.into_iter().map(|term| self.name(Kind::AcademicSession, term));
                some(named.collect())
            }
            From::Own(name) => {
                let fields = record.kind().entity().fields;
                let place = (0_u8..).zip(fields).find(|(_, field)| field.name == name).map(|(place, _)| place);
                let words = &mut self.words;
                some(place.map_or_else(Vec::new, |at| record.list(at).map(|text| value(words, Some(text))).collect()))
            }
            From::Demographics(_) => {
                let said = self.demographics.get(&id_digest(&record.sourced_id));
                let value = said.and_then(|said| said.get(*of_demographics)).cloned();
                *of_demographics += 1;
                one(value)
            }
        }
    }

    fn name(&self, kind: Kind, digest: u64) -> Value {
        self.named.get(&(kind, digest)).cloned().unwrap_or_default()
    }
}

/// The class of an enrollment.
fn class(record: &Record) -> u64 {
    record.get(at!(Enrollment.class)).map_or(0, id_digest)
}

/// Nothing said is a value, too: nobody is left out.
fn some(values: Vec<Value>) -> Vec<Value> {
    if values.is_empty() { vec![Value::default()] } else { values }
}

fn value(words: &mut HashMap<String, Arc<str>>, text: Option<&str>) -> Value {
    let text = text.unwrap_or_default();
    if let Some(known) = words.get(text) {
        return Value { text: known.clone(), id: None };
    }
    let kept: Arc<str> = text.into();
    words.insert(text.to_owned(), kept.clone());
    Value { text: kept, id: None }
}
