//! People as the files show them: students, guardians and staff.

use super::days::Occupant;
use super::days::Story;
use super::families::{Family, student_number};
use super::names::{Culture, folded};
use super::rng::{Key, Stream, Uuid};
use super::schools::{District, School};
use super::staff::{Holder, Job, Plan, Post, office};
use super::timetable::Shape;
use oneroster::time::Date;

/// The role words that no job has.
pub const STUDENT: &str = "student";
const GUARDIANS: [&str; 4] = ["parent", "parent", "guardian", "relative"];

/// Students get numbers of ten digits, spread by this factor.
const SPREAD: u128 = 1_618_033_989;
const TEN_DIGITS: u128 = 10_000_000_000;

/// What a person is to the district.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Learns, in a grade, from 0.
    Student {
        /// The grade, kindergarten being 0.
        grade: u32,
        /// The autumn in which the cohort enters kindergarten.
        cohort: i32,
    },
    /// Looks after students.
    Guardian,
    /// Works here.
    Staff(Job),
}

/// One role: where, since when.
#[derive(Clone, Debug)]
pub struct Office {
    /// The organisation's sourcedId.
    pub org: String,
    /// The day since which it is held; 0 for always.
    pub since: u32,
}

/// One person on one day.
#[derive(Clone, Debug)]
pub struct Person {
    /// The sourcedId.
    pub id: Uuid,
    /// The draws of the person's facts.
    pub key: Key,
    /// What the person is.
    pub part: Part,
    /// The one role word of 1.2.
    pub role: &'static str,
    /// Where the person is that, the main place first.
    pub offices: Vec<Office>,
    /// Related people.
    pub agents: Vec<Uuid>,
    /// Where the family comes from.
    pub culture: &'static Culture,
    family: Key,
    renames: u32,
    number: u64,
}

impl Person {
    /// Whether the given name is a woman's.
    pub fn is_female(&self) -> bool {
        self.key.with(1).chance(50_000)
    }

    /// The given name.
    pub fn given(&self) -> &'static str {
        self.culture.given(self.key.with(2), self.is_female())
    }

    /// The middle name of some.
    pub fn middle(&self) -> Option<&'static str> {
        let name = self.culture.given(self.key.with(4), self.is_female());
        (self.key.with(3).chance(35_000) && name != self.given()).then_some(name)
    }

    /// The given name that some go by.
    pub fn preferred(&self) -> Option<&'static str> {
        let name = self.culture.given(self.key.with(22), self.is_female());
        (self.key.with(21).chance(6_000) && name != self.given()).then_some(name)
    }

    /// The family name, which some change: for another, or for both with a hyphen.
    pub fn family(&self) -> String {
        let born = self.culture.family(self.family);
        if self.renames == 0 {
            return born;
        }
        let draw = self.key.with(500 + u64::from(self.renames));
        let new = Culture::of(draw).family(draw);
        let bare = !born.contains(['-', ',']) && !new.contains(['-', ',']);
        if bare && new != born && draw.with(9).chance(50_000) { format!("{born}-{new}") } else { new }
    }

    /// The sign-in name, which stays when the name changes.
    pub fn username(&self) -> String {
        let given = folded(self.given(), "x");
        let family: String = folded(&self.culture.family(self.family), "user").chars().take(12).collect();
        match self.part {
            Part::Student { .. } => format!("{}{family}{}", &given[..1], self.number),
            Part::Guardian => format!("p.{}{family}{}", &given[..1], self.number),
            Part::Staff(_) => format!("{given}.{family}.{}", self.number),
        }
    }

    /// The local identifier: ten digits, zeros in front among them.
    pub fn identifier(&self) -> String {
        match self.part {
            Part::Student { .. } => format!("{:010}", u128::from(self.number) * SPREAD % TEN_DIGITS),
            Part::Guardian => String::new(),
            Part::Staff(_) => format!("{:08}", self.number),
        }
    }

    /// A telephone number from the range that is nobody's.
    pub fn phone(&self, which: u64) -> String {
        let draw = self.key.with(40 + which);
        format!("({}) 555-01{:02}", 202 + draw.below(700), draw.with(1).below(100))
    }

    /// The date of birth of a student; some are a year older than the rest.
    pub fn birth(&self) -> Option<Date> {
        let Part::Student { cohort, .. } = self.part else { return None };
        let late = i32::from(self.key.with(5).chance(3_000));
        Date::from_ymd(cohort - 6 - late, 9, 2).map(|first| first.plus(self.key.with(6).below(365) as i32))
    }

    /// Whether the person has an account in another system.
    pub fn has_profile(&self) -> bool {
        match self.part {
            Part::Staff(Job::Superintendent | Job::Principal) => true,
            Part::Staff(_) => self.key.with(7).chance(25_000),
            _ => false,
        }
    }

    /// The sourcedId of that account's row.
    pub fn profile_id(&self) -> Uuid {
        self.key.with(900).uuid()
    }

    /// The sourcedId of a row of roles.
    pub fn role_id(&self, office: &Office) -> Uuid {
        self.key.with(901).text(self.id.as_str()).text(&office.org).uuid()
    }
}

/// A student's sourcedId, and the draws it comes from.
pub fn student_id(district: &District, student: &Occupant) -> Uuid {
    student_key(district, student).with(1_000 + u64::from(student.rekeys)).uuid()
}

fn student_key(district: &District, student: &Occupant) -> Key {
    let root = district.key(Stream::Student);
    root.with(student.cohort as u64).with(student.origin.into()).with(student.joined.into())
}

/// The sourcedId of somebody of the staff.
pub fn staff_id(holder: &Holder) -> Uuid {
    holder.key.with(1_000 + u64::from(holder.rekeys)).uuid()
}

/// Of whom to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Everybody.
    All,
    /// Students alone.
    Students,
    /// Staff alone.
    Staff,
}

/// What is told of each person; it may end the telling.
pub type Tell<'t> = &'t mut dyn FnMut(&Person) -> anyhow::Result<()>;

/// Tells of people, school by school: students, each followed by the guardians
/// who are named with the oldest child at school; then the staff.
pub fn people(district: &District, story: &Story<'_>, who: Who, tell: Tell<'_>) -> anyhow::Result<()> {
    for school in &district.schools {
        if who != Who::Staff {
            students(district, story, school, who, tell)?;
        }
        if who != Who::Students {
            let plan = Plan::new(district, school);
            for (post, job) in plan.own() {
                tell(&employee(district, story, post, job, offices(district, school, &plan, post)))?;
            }
        }
    }
    for (post, job) in office(district).filter(|_| who != Who::Students) {
        tell(&employee(district, story, post, job, vec![District::ID.to_owned()]))?;
    }
    Ok(())
}

/// Where the holder of a school's post works: there, at the next school if it
/// is shared, and in the department that he or she heads.
fn offices(district: &District, school: &School, plan: &Plan, post: Post) -> Vec<String> {
    let mut orgs = vec![school.id.clone()];
    if plan.is_lent(district, post.number) {
        orgs.push(district.schools[school.index as usize + 1].id.clone());
    }
    if let Some(subject) = plan.heads(post.number) {
        orgs.push(format!("{}-{}", school.id, subject.code()));
    }
    orgs
}

fn students(district: &District, story: &Story<'_>, school: &School, who: Who, tell: Tell<'_>) -> anyhow::Result<()> {
    for grade in school.level.grades() {
        let seats = school.first..school.first + Shape::of(school).seats;
        for occupant in seats.filter_map(|seat| story.occupant(story.cohort(grade), seat)) {
            let family = Family::of(district, &occupant);
            tell(&student(district, &family, school, grade, &occupant))?;
            if family.guardians() == 0 || who == Who::Students {
                continue;
            }
            let present = family.present(story, &occupant);
            if present.first() == Some(&occupant) {
                for n in 0..family.guardians() {
                    tell(&guardian(district, story, &family, &present, n))?;
                }
            }
        }
    }
    Ok(())
}

fn student(district: &District, family: &Family, school: &School, grade: u32, it: &Occupant) -> Person {
    let culture = Culture::of(family.key);
    Person {
        id: student_id(district, it),
        key: student_key(district, it),
        part: Part::Student { grade, cohort: it.cohort },
        role: STUDENT,
        offices: vec![Office { org: school.id.clone(), since: it.joined }],
        agents: (0..family.guardians()).map(|n| family.guardian(n).uuid()).collect(),
        culture,
        family: family.key.with(3),
        renames: it.renames,
        number: student_number(district, it.cohort, it.origin, it.joined),
    }
}

fn guardian(district: &District, story: &Story<'_>, family: &Family, children: &[Occupant], n: u32) -> Person {
    let key = family.guardian(n);
    let mut offices: Vec<Office> = Vec::new();
    for child in children {
        let grade = story.grade(child.cohort).unwrap_or(0);
        let org = &district.school_of(grade, child.seat).id;
        if !offices.iter().any(|o| o.org == *org) {
            offices.push(Office { org: org.clone(), since: 0 });
        }
    }
    Person {
        id: key.uuid(),
        key,
        part: Part::Guardian,
        role: key.with(8).pick(&GUARDIANS),
        offices,
        agents: children.iter().map(|child| student_id(district, child)).collect(),
        culture: Culture::of(family.key),
        // Some guardians have a name of their own.
        family: if key.with(10).chance(20_000) { key } else { family.key.with(3) },
        renames: 0,
        number: family.number * 2 + u64::from(n),
    }
}

fn employee(district: &District, story: &Story<'_>, post: Post, job: Job, orgs: Vec<String>) -> Person {
    let holder = Holder::of(district, story, post);
    Person {
        id: staff_id(&holder),
        key: holder.key,
        part: Part::Staff(job),
        role: job.role(),
        offices: orgs.into_iter().map(|org| Office { org, since: holder.hired }).collect(),
        agents: Vec::new(),
        culture: Culture::of(holder.key),
        family: holder.key.with(3),
        renames: holder.renames,
        number: holder.number(),
    }
}
