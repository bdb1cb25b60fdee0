//! The staff of a school: posts, and who holds them.
//!
//! A post is a place in the school's plan; it outlasts the people in it. Who
//! holds it on a day follows from the last day on which it was filled anew.

use super::calendar::Year;
use super::curriculum::{Subject, slots};
use super::days::Story;
use super::rng::{Key, Stream};
use super::schools::{District, Level, School};
use super::timetable::{Section, Shape};

/// How often a post is filled anew on a day, in 100,000.
const HIRES: u32 = 60;
/// How often staff change names on a day, in 100,000.
const RENAMED: u32 = 40;
/// How many classes in a hundred have a second teacher.
const CO_TAUGHT: u32 = 7;
/// The school of the district's own staff, which is none.
const DISTRICT_OFFICE: u32 = u32::MAX;
/// The desk of the district's own staff; schools from this number on have the next one.
const OFFICE_DESK: u32 = 511;

/// What a post is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Job {
    /// Teaches a subject; homeroom teachers teach most of them.
    Teacher(Subject),
    /// Takes the classes that are opened during the year.
    Relief,
    /// Leads the school.
    Principal,
    /// Runs its office.
    Office,
    /// Counsels students.
    Counselor,
    /// Helps in class.
    Aide,
    /// Leads the district.
    Superintendent,
    /// Keeps the district's systems.
    Technician,
}

impl Job {
    /// The word of the 1.2 vocabulary for it.
    pub const fn role(self) -> &'static str {
        match self {
            Job::Teacher(_) | Job::Relief => "teacher",
            Job::Principal => "principal",
            Job::Office => "siteAdministrator",
            Job::Counselor => "counselor",
            Job::Aide => "aide",
            Job::Superintendent => "districtAdministrator",
            Job::Technician => "systemAdministrator",
        }
    }
}

/// A post: a school, a number in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Post {
    /// The school's index.
    pub school: u32,
    /// Its number in the school's plan.
    pub number: u32,
}

impl Post {
    /// The number under which the staff of the school is counted.
    const fn desk(self) -> u32 {
        match self.school {
            DISTRICT_OFFICE => OFFICE_DESK,
            school if school < OFFICE_DESK => school,
            school => school + 1,
        }
    }
}

/// The person in a post.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The post by which the person was hired.
    pub post: Post,
    /// The day of hiring; 0 for those who were there before.
    pub hired: u32,
    /// How often the name has changed.
    pub renames: u32,
    /// How often the school gave new identifiers since.
    pub rekeys: u32,
    /// The draws of the person's facts.
    pub key: Key,
}

impl Holder {
    /// Who holds a post on the story's day.
    pub fn of(district: &District, story: &Story<'_>, post: Post) -> Holder {
        let root = district.key(Stream::Staff).with(post.desk().into()).with(post.number.into());
        let mut renames = 0;
        let mut hired = 0;
        for day in (1..=story.day).rev() {
            let draw = root.with(day.into());
            if !story.is_quiet(day) && draw.chance(HIRES) {
                hired = day;
                break;
            }
            renames += u32::from(draw.with(1).chance(RENAMED));
        }
        let rekeys = story.migrations(post.school, hired);
        Holder { post, hired, renames, rekeys, key: root.with(1 << 40 | u64::from(hired)) }
    }

    /// A number that no other member of the staff ever has.
    pub const fn number(&self) -> u64 {
        let desk = self.post.desk() as u64;
        // Nine bits are enough for all but a few districts; what is above them goes above the days.
        (desk >> 9) << 32 | (self.hired as u64) << 18 | (desk & 0x1FF) << 9 | self.post.number as u64
    }
}

/// The posts of one school.
pub struct Plan {
    school: u32,
    level: Level,
    shape: Shape,
    /// Where the posts of each subject begin; the last entry ends them.
    starts: [u32; Subject::ALL.len() + 1],
    jobs: Vec<Job>,
    /// Where the last post of the arts is shared with the school before.
    borrowed: Option<(u32, Post)>,
}

impl Plan {
    /// The plan of a school.
    pub fn new(district: &District, school: &School) -> Plan {
        let mut plan = Plan::alone(school);
        if school.index % 2 == 1 {
            let lender = Plan::alone(&district.schools[school.index as usize - 1]);
            let lent = Post { school: lender.school, number: lender.last_of_arts() };
            plan.borrowed = Some((plan.last_of_arts(), lent));
        }
        plan
    }

    fn alone(school: &School) -> Plan {
        let (shape, level) = (Shape::of(school), school.level);
        let sections = shape.sections() * level.grades().len() as u32;
        let mut starts = [0; Subject::ALL.len() + 1];
        let mut jobs = Vec::new();
        for subject in Subject::ALL {
            let count = match (level, subject) {
                (Level::Elementary, Subject::Homeroom) => sections,
                (Level::Elementary, s) if by_homeroom(s) => 0,
                (_, Subject::Homeroom) => 0,
                (_, s) if slots(level).iter().any(|p| p.subject == s) => load(sections - 1) + 1,
                _ => 0,
            };
            jobs.extend((0..count).map(|_| Job::Teacher(subject)));
            starts[subject as usize + 1] = jobs.len() as u32;
        }
        let people = school.capacity();
        let counselors = if level == Level::Elementary { 0 } else { 1 + people / 350 };
        jobs.extend([Job::Relief, Job::Principal]);
        jobs.extend((0..people / 500).map(|_| Job::Office));
        jobs.extend((0..counselors).map(|_| Job::Counselor));
        jobs.extend((0..1 + people / 90).map(|_| Job::Aide));
        Plan { school: school.index, level, shape, starts, jobs, borrowed: None }
    }

    fn last_of_arts(&self) -> u32 {
        self.starts[Subject::Arts as usize + 1] - 1
    }

    /// How many posts are teachers' with classes of their own.
    fn teachers(&self) -> u32 {
        self.starts[Subject::ALL.len()]
    }

    /// Every post whose holder belongs to this school first, with its job.
    pub fn own(&self) -> impl Iterator<Item = (Post, Job)> + '_ {
        let borrowed = self.borrowed.map(|(number, _)| number);
        let posts = self.jobs.iter().enumerate().map(|(n, &job)| (n as u32, job));
        posts
            .filter(move |(n, _)| Some(*n) != borrowed)
            .map(|(number, job)| (Post { school: self.school, number }, job))
    }

    /// Whether the next school shares the holder of a post.
    pub fn is_lent(&self, district: &District, number: u32) -> bool {
        let next = self.school + 1;
        next % 2 == 1 && (next as usize) < district.schools.len() && number == self.last_of_arts()
    }

    /// Whether the holder of a post heads the department of its subject.
    pub fn heads(&self, number: u32) -> Option<Subject> {
        let Job::Teacher(subject) = *self.jobs.get(number as usize)? else { return None };
        (self.level == Level::High && self.starts[subject as usize] == number).then_some(subject)
    }

    /// The subjects that have a department.
    pub fn departments(&self) -> impl Iterator<Item = Subject> + '_ {
        let here = |s: &Subject| self.starts[*s as usize] < self.starts[*s as usize + 1];
        Subject::ALL.into_iter().filter(move |s| self.level == Level::High && here(s))
    }

    /// The posts that teach a class, the lead teacher's first.
    pub fn teachers_of(&self, grade: u32, section: Section) -> (Post, Option<Post>) {
        let lead = self.lead(grade, section);
        let draw = Key(u64::from(self.school) << 40)
            .with(u64::from(grade) << 16 | u64::from(section.slot))
            .with(section.number.into());
        let helper = (lead + 1) % self.teachers().max(1);
        let shared = section.split.is_none() && draw.below(100) < CO_TAUGHT && helper != lead;
        (self.post(lead), shared.then(|| self.post(helper)).filter(|p| *p != self.post(lead)))
    }

    fn lead(&self, grade: u32, section: Section) -> u32 {
        if section.split.is_some() {
            return self.teachers();
        }
        let running = (grade - self.level.grades().start) * self.shape.sections() + section.number;
        let subject = slots(self.level)[section.slot as usize].subject;
        match (self.level, subject) {
            (Level::Elementary, s) if by_homeroom(s) => running,
            (_, Subject::Homeroom) => running % self.teachers().max(1),
            (_, s) => self.starts[s as usize] + load(running),
        }
    }

    fn post(&self, number: u32) -> Post {
        match self.borrowed {
            Some((here, lent)) if here == number => lent,
            _ => Post { school: self.school, number },
        }
    }
}

/// Whether the homeroom teacher of an elementary school teaches it.
const fn by_homeroom(subject: Subject) -> bool {
    matches!(subject, Subject::Homeroom | Subject::English | Subject::Math | Subject::Science | Subject::Social)
}

/// The post for the `running`th section: loads of five and six by turns.
const fn load(running: u32) -> u32 {
    running / 11 * 2 + if running % 11 < 5 { 0 } else { 1 }
}

/// The posts of the district's own office, with their jobs.
pub fn office(district: &District) -> impl Iterator<Item = (Post, Job)> {
    let technicians = 1 + district.students / 20_000;
    let jobs = std::iter::once(Job::Superintendent).chain((0..technicians).map(|_| Job::Technician));
    jobs.enumerate().map(|(n, job)| (Post { school: DISTRICT_OFFICE, number: n as u32 }, job))
}

/// The day since which somebody hired on `hired` teaches in a year.
pub fn since(year: Year, hired: u32) -> u32 {
    if hired <= year.first_day() { 0 } else { hired }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn loads_are_five_or_six() {
        let mut loads = BTreeMap::new();
        (0..110).for_each(|m| *loads.entry(load(m)).or_insert(0) += 1);
        assert_eq!(loads.values().copied().collect::<BTreeSet<i32>>(), BTreeSet::from([5, 6]));
    }

    #[test]
    fn no_two_members_of_the_staff_have_one_number() {
        for students in [1_000, 500_000] {
            let district = District::new(9, students);
            let plans = district.schools.iter().map(|school| Plan::new(&district, school));
            let posts: Vec<Post> =
                plans.flat_map(|plan| plan.own().collect::<Vec<_>>()).map(|(post, _)| post).collect();
            let office = office(&district).map(|(post, _)| post);
            let (mut desks, mut numbers) = (BTreeSet::new(), BTreeSet::new());
            for post in posts.into_iter().chain(office) {
                assert!(desks.insert((post.desk(), post.number)), "{post:?}");
                for hired in [0, 1, 3, 400] {
                    let holder = Holder { post, hired, renames: 0, rekeys: 0, key: Key(0) };
                    assert!(numbers.insert(holder.number()), "{holder:?}");
                }
            }
        }
    }

    #[test]
    fn no_lead_teacher_is_asked_to_be_in_two_places() {
        for students in [100, 1_000, 20_000] {
            let district = District::new(9, students);
            for school in &district.schools {
                let (plan, shape) = (Plan::new(&district, school), Shape::of(school));
                let mut taken = BTreeSet::new();
                for grade in school.level.grades() {
                    for (slot, place) in slots(school.level).iter().enumerate().skip(1) {
                        for number in 0..shape.sections() {
                            let section = Section { slot: slot as u32, number, split: None };
                            let post = plan.teachers_of(grade, section).0;
                            let period = shape.period(school.level, grade, number, place.line);
                            let half = u8::from(place.term == super::super::calendar::Term::Second);
                            assert!(taken.insert((post.school, post.number, period, half)), "{} {grade}", school.id);
                        }
                    }
                }
            }
        }
    }
}
