//! Random districts that change from day to day, and random bounds.

use crate::district::record;
use oneroster::at;
use oneroster::grant::{Bounds, Profile, TermLimit};
use oneroster::model::{Kind, Place};
use oneroster::record::Record;
use oneroster::time::Date;

/// Numbers in no order that a seed decides.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most
    }

    /// Once in so many.
    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// How many records of each kind have an identifier.
const MANY: [(Kind, usize); 23] = [
    (Kind::Org, 7),
    (Kind::AcademicSession, 7),
    (Kind::Course, 4),
    (Kind::Class, 7),
    (Kind::User, 14),
    (Kind::UserProfile, 4),
    (Kind::Role, 20),
    (Kind::Demographics, 8),
    (Kind::Enrollment, 24),
    (Kind::Resource, 3),
    (Kind::ClassResource, 4),
    (Kind::CourseResource, 3),
    (Kind::UserResource, 4),
    (Kind::Category, 3),
    (Kind::ScoreScale, 3),
    (Kind::LineItem, 6),
    (Kind::Result, 12),
    (Kind::LineItemScoreScale, 3),
    (Kind::ResultScoreScale, 3),
    (Kind::LineItemLearningObjectiveId, 3),
    (Kind::ResultLearningObjectiveId, 3),
    // Packages have no files of them.
    (Kind::AssessmentLineItem, 0),
    (Kind::AssessmentResult, 0),
];

/// The identifier of a record; some are not plain letters.
pub fn id(kind: Kind, number: usize) -> String {
    // Demographics have the identifier of their person.
    let kind = if kind == Kind::Demographics { Kind::User } else { kind };
    let name = kind.entity().name;
    match number % 5 {
        3 => format!("É-{name}-{number}"),
        4 => format!("{name}'{number}"),
        _ => format!("{name}-{number}"),
    }
}

fn any(kind: Kind, dice: &mut Dice) -> String {
    let (_, many) = MANY[kind as usize];
    id(kind, dice.below(many))
}

/// A district; every reference names a record that is there.
pub fn district(dice: &mut Dice) -> Vec<Record> {
    let all = MANY.iter().flat_map(|(kind, many)| (0..*many).map(move |number| (*kind, number)));
    all.map(|(kind, number)| one(kind, number, dice)).collect()
}

/// The same on another day: some records are gone, some are other ones.
pub fn next_day(dice: &mut Dice, today: &[Record]) -> Vec<Record> {
    let mut next = Vec::new();
    for (kind, many) in MANY {
        for number in 0..many {
            let known = today.iter().find(|r| r.kind() == kind && r.sourced_id == id(kind, number));
            match known {
                Some(_) if dice.one_in(14) => {}
                Some(_) if dice.one_in(8) => next.push(one(kind, number, dice)),
                Some(record) => next.push(record.clone()),
                None if dice.one_in(2) => next.push(one(kind, number, dice)),
                None => {}
            }
        }
    }
    next
}

fn one(kind: Kind, number: usize, dice: &mut Dice) -> Record {
    let mut made = record(kind, &id(kind, number), &[]);
    for (position, field) in kind.entity().fields.iter().enumerate() {
        let position = position as u8;
        if field.csv.is_empty() {
            if field.name == "metadata" && dice.one_in(2) {
                made.push_pair(position, "k", &format!("\"{}\"", dice.pick(&["a", "É", "b"])));
            }
            continue;
        }
        let by_roles = kind == Kind::User && [at!(User.orgs), at!(User.role)].contains(&position);
        let wanted = !field.csv_required.is_empty() || !field.json_required.is_empty();
        if by_roles || (!wanted && dice.one_in(3)) {
            continue;
        }
        for _ in 0..if field.many { 1 + dice.below(2) } else { 1 } {
            if let Some(value) = value(kind, field, number, dice) {
                made.push(position, &value);
            }
        }
    }
    made
}

fn value(kind: Kind, field: &oneroster::model::Field, number: usize, dice: &mut Dice) -> Option<String> {
    use oneroster::model::Type;
    let roles = ["student", "student", "student", "teacher", "guardian", "parent", "aide", "principal", "ext:coach"];
    Some(match field.ty {
        // Trees grow downwards, but for a branch that stands alone.
        Type::Ref(target, _) if target == kind && field.name == "parent" => match number {
            0 => return None,
            _ if dice.one_in(8) => return None,
            _ => id(kind, dice.below(number)),
        },
        // Of several scales, only the first is shown.
        Type::Ref(target @ (Kind::LineItem | Kind::Result), _) if matches!(kind.entity().place, Place::Link(_)) => {
            id(target, number)
        }
        // A nested row never goes over to another record.
        Type::Ref(target, _) if kind.entity().place == Place::Nested(target) => {
            id(target, number % MANY[target as usize].1)
        }
        Type::Ref(target, _) => any(target, dice),
        Type::ProfileRef => any(Kind::UserProfile, dice),
        Type::Word(_) if kind == Kind::Role && field.name == "role" => dice.pick(&roles).to_owned(),
        Type::Word(_) if kind == Kind::Role => dice.pick(&["primary", "secondary"]).to_owned(),
        Type::Word(_) if kind == Kind::Enrollment => dice.pick(&["student", "student", "teacher"]).to_owned(),
        Type::Word(words) => words.words(oneroster::model::Version::V1P2).next()?.to_owned(),
        Type::Date if field.name == "startDate" => dice.pick(&["2026-01-01", "2026-08-01"]).to_owned(),
        Type::Date if field.name == "endDate" => dice.pick(&["2026-08-01", "2027-01-01"]).to_owned(),
        Type::Date => "2026-09-01".to_owned(),
        Type::DateTime => "2026-09-01T00:00:00.000Z".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Year => "2027".to_owned(),
        Type::Number => dice.pick(&["1", "2.5"]).to_owned(),
        Type::Text if field.name == "grades" => dice.pick(&["09", "10", "É"]).to_owned(),
        Type::Text => dice.pick(&["a", "B", "Zoë"]).to_owned(),
        _ => return None,
    })
}

/// Bounds with one to three limits, and perhaps a profile.
pub fn bounds(dice: &mut Dice) -> Bounds {
    let mut bounds = Bounds::default();
    while bounds.sees_all() {
        for _ in 0..1 + dice.below(3) {
            limit(&mut bounds, dice);
        }
    }
    bounds
}

fn limit(bounds: &mut Bounds, dice: &mut Dice) {
    match dice.below(8) {
        0 | 1 => {
            bounds.schools.insert(any(Kind::Org, dice));
        }
        2 => bounds.classes.extend([any(Kind::Class, dice), any(Kind::Class, dice)]),
        3 => {
            bounds.grades.insert(dice.pick(&["09", "E\u{301}"]).to_owned());
        }
        4 => {
            let words = ["student", "teacher", "guardian", "administrator", "ext:coach"];
            bounds.roles.extend([dice.pick(&words).to_owned(), dice.pick(&words).to_owned()]);
        }
        5 => {
            let day = |text| Date::parse(text).unwrap();
            bounds.terms.insert(match dice.below(3) {
                0 => TermLimit::Current,
                1 => TermLimit::Days(day("2026-07-31"), day("2026-07-31")),
                _ => TermLimit::Session(any(Kind::AcademicSession, dice)),
            });
        }
        6 => bounds.person = Some(any(Kind::User, dice)),
        _ => {
            let profile = Profile::named(dice.pick(&["moodle-plugin", "sds"])).unwrap();
            let by_id = |profile: Profile| profile.with("identifier", "sourcedId").unwrap();
            let other = profile.name() == "moodle-plugin" && dice.one_in(2);
            bounds.profile = Some(if other { by_id(profile) } else { profile });
        }
    }
}
