//! Classes of a school and who sits in which, grade by grade.
//!
//! Students of a grade are dealt into rotations, and each rotation goes through
//! the periods in an order of its own; so no student and no teacher is ever
//! asked to be in two places. Where rotations are large they fall into blocks,
//! mixed anew in every line.

use super::calendar::{Term, Year};
use super::curriculum::{Course, Slot, offers, slots};
use super::days::Story;
use super::rng::{Key, Shuffle, Stream};
use super::schools::{District, Level, School};

/// Periods of a day.
const PERIODS: u32 = 7;
/// Students for whom a class is opened.
const CLASS_SIZE: u32 = 27;
/// How often a pair of seats changes classes on a day, in 100,000.
const CLASS_CHANGES: u32 = 600;
/// Merges fall on every 30th day, from this one.
const MERGE_DAY: u32 = 15;
/// Splits likewise.
const SPLIT_DAY: u32 = 25;
const UPHEAVAL_EVERY: u32 = 30;
/// Draws for a merge or split before the day passes without.
const ATTEMPTS: u64 = 40;

/// How a school's grades are cut into sections.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Seats of a grade.
    pub seats: u32,
    /// Groups that go through the day together in time.
    pub rotations: u32,
    /// Classes of a rotation in one line.
    pub blocks: u32,
}

impl Shape {
    /// The shape of every grade of a school.
    pub fn of(school: &School) -> Shape {
        let seats = school.seats;
        let rooms = seats.div_ceil(CLASS_SIZE).max(1);
        let rotations = if school.level == Level::Elementary { rooms } else { rooms.min(PERIODS) };
        Shape { seats, rotations, blocks: rooms.div_ceil(rotations) }
    }

    /// Sections of a grade in one line.
    pub fn sections(self) -> u32 {
        self.rotations * self.blocks
    }

    /// The course of a section; `None` for homerooms, whose course is the school's.
    pub fn course(self, grade: u32, slot: u32, section: u32) -> Option<Course> {
        let place = slots(Level::of_grade(grade))[slot as usize];
        if slot == 0 {
            return None;
        }
        let choices = offers(grade, place.subject).len() as u32;
        Some(Course { grade, slot, offer: (section % self.rotations + place.line) % choices })
    }

    /// The period in which a section meets, from 1.
    pub fn period(self, level: Level, grade: u32, section: u32, line: u32) -> u32 {
        let running = (grade - level.grades().start) * self.sections() + section;
        (running + line) % PERIODS + 1
    }
}

/// A merge or a split.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Upheaval {
    /// When.
    pub day: u32,
    /// Where.
    pub school: u32,
    /// In which grade.
    pub grade: u32,
    /// In which place of the timetable.
    pub slot: u32,
    /// The section that is merged away or split.
    pub section: u32,
    /// The section that takes the students in; `None` for a split.
    pub into: Option<u32>,
}

/// The merges and splits of the school year up to the story's day.
pub fn upheavals(district: &District, story: &Story<'_>, year: Year) -> Vec<Upheaval> {
    let mut found: Vec<Upheaval> = Vec::new();
    for day in year.first_day() + 1..=story.day {
        let merges = day % UPHEAVAL_EVERY == MERGE_DAY;
        if story.is_quiet(day) || !(merges || day % UPHEAVAL_EVERY == SPLIT_DAY) {
            continue;
        }
        let key = district.key(Stream::Upheaval).with(day.into());
        let drawn = (0..ATTEMPTS).filter_map(|i| draw(district, key.with(i), day, year, merges));
        let touches = |a: &Upheaval, b: &Upheaval| (a.school, a.grade, a.slot) == (b.school, b.grade, b.slot);
        found.extend(drawn.filter(|u| !found.iter().any(|f| touches(f, u))).take(1).collect::<Vec<_>>());
    }
    found
}

fn draw(district: &District, key: Key, day: u32, year: Year, merges: bool) -> Option<Upheaval> {
    let school = &district.schools[key.with(1).below(district.schools.len() as u32) as usize];
    let (shape, grades) = (Shape::of(school), school.level.grades());
    let grade = grades.start + key.with(2).below(grades.len() as u32);
    let places = slots(school.level);
    let slot = 1 + key.with(3).below(places.len() as u32 - 1);
    let section = key.with(4).below(shape.sections());
    if !is_open(places[slot as usize], year, day) {
        return None;
    }
    let step = if shape.blocks > 1 { shape.rotations } else { 1 };
    let into = merges.then_some((section + step) % shape.sections());
    let fits = into.is_none_or(|into| {
        let same_time = shape.blocks > 1 || school.level == Level::Elementary;
        into != section && same_time && shape.course(grade, slot, section) == shape.course(grade, slot, into)
    });
    fits.then_some(Upheaval { day, school: school.index, grade, slot, section, into })
}

/// Whether the class of a place goes on after a day.
fn is_open(place: Slot, year: Year, day: u32) -> bool {
    place.term != Term::First || super::calendar::date_of(day) < year.span(Term::First).1
}

/// One class of a grade.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its place in the timetable.
    pub slot: u32,
    /// Its number; a class that was split off has that of the class it left.
    pub number: u32,
    /// Whether it was split off, and when.
    pub split: Option<u32>,
}

/// The timetable of one grade of a school on a day.
pub struct Timetable {
    /// How the grade is cut.
    pub shape: Shape,
    places: &'static [Slot],
    cells: Vec<Cell>,
    upheavals: Vec<Upheaval>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    section: u16,
    since: u16,
}

impl Timetable {
    /// The timetable of a grade on the story's day.
    pub fn new(
        district: &District,
        story: &Story<'_>,
        year: Year,
        school: &School,
        grade: u32,
        all: &[Upheaval],
    ) -> Self {
        let upheavals = all.iter().filter(|u| u.school == school.index && u.grade == grade).copied().collect();
        let shape = Shape::of(school);
        let places = slots(school.level);
        let cells = vec![Cell::default(); places.len() * shape.seats as usize];
        let mut table = Timetable { shape, places, cells, upheavals };
        let key = district.key(Stream::Class).with(school.index.into()).with(grade.into()).with(year.fall as u64);
        table.deal(key);
        for day in year.first_day() + 1..=story.day {
            if !story.is_quiet(day) {
                table.change(key.with(day.into()), year, day);
            }
        }
        table
    }

    fn deal(&mut self, key: Key) {
        let Shape { seats, rotations, blocks } = self.shape;
        for slot in 0..self.places.len() as u32 {
            for rotation in 0..rotations {
                let members = (seats - rotation).div_ceil(rotations);
                let mixed = Shuffle::new(key.with(slot.into()).with(rotation.into()), members);
                for i in 0..members {
                    let block = if blocks == 1 { 0 } else { mixed.at(i) * blocks / members };
                    let cell = self.cell_mut(slot, i * rotations + rotation);
                    cell.section = (block * rotations + rotation) as u16;
                }
            }
        }
    }

    /// Changes classes of pairs of seats. Among blocks one line is changed; in
    /// a grade without blocks, where another class is at another time, all are.
    fn change(&mut self, key: Key, year: Year, day: u32) {
        let Shape { seats, rotations, blocks } = self.shape;
        let step = if blocks > 1 { rotations } else { 1 };
        let open: Vec<u32> =
            (0..self.places.len() as u32).filter(|&s| is_open(self.places[s as usize], year, day)).collect();
        for group in 0..step {
            let members = (seats - group).div_ceil(step);
            let mirror = key.with(group.into()).below(members);
            for i in 0..members {
                let partner = if mirror >= i { mirror - i } else { mirror + members - i };
                let draw = Key(super::rng::mix(key.0 ^ u64::from(group << 24 | i)));
                if partner <= i || !draw.chance(CLASS_CHANGES) {
                    continue;
                }
                let pair = (i * step + group, partner * step + group);
                let one = draw.with(1).pick(&open);
                for &slot in open.iter().filter(|&&s| blocks == 1 || s == one) {
                    self.trade(slot, pair, day);
                }
            }
        }
    }

    fn trade(&mut self, slot: u32, (a, b): (u32, u32), day: u32) {
        let (left, right) = (*self.cell_mut(slot, a), *self.cell_mut(slot, b));
        if left.section != right.section {
            *self.cell_mut(slot, a) = Cell { section: right.section, since: day as u16 };
            *self.cell_mut(slot, b) = Cell { section: left.section, since: day as u16 };
        }
    }

    fn cell_mut(&mut self, slot: u32, seat: u32) -> &mut Cell {
        &mut self.cells[(slot * self.shape.seats + seat) as usize]
    }

    /// The class of a seat in a place of the timetable, and since when; 0 for
    /// the beginning. Seats count from the school's first.
    pub fn class_of(&self, slot: u32, seat: u32) -> (Section, u32) {
        let Cell { section, since } = self.cells[(slot * self.shape.seats + seat) as usize];
        let (number, since) = (u32::from(section), u32::from(since));
        let Some(u) = self.upheavals.iter().find(|u| u.slot == slot && u.section == number) else {
            return (Section { slot, number, split: None }, since);
        };
        match u.into {
            Some(into) => (Section { slot, number: into, split: None }, since.max(u.day)),
            None if (seat / self.shape.rotations).is_multiple_of(2) => (Section { slot, number, split: None }, since),
            None => (Section { slot, number, split: Some(u.day) }, since.max(u.day)),
        }
    }

    /// Every class of the grade, place by place.
    pub fn sections(&self) -> impl Iterator<Item = Section> + '_ {
        (0..self.places.len() as u32).flat_map(move |slot| {
            let here = move || self.upheavals.iter().filter(move |u| u.slot == slot);
            let gone = move |number: u32| here().any(|u| u.into.is_some() && u.section == number);
            let kept = (0..self.shape.sections()).filter(move |&n| !gone(n));
            let kept = kept.map(move |number| Section { slot, number, split: None });
            let split = here().filter(|u| u.into.is_none());
            kept.chain(split.map(move |u| Section { slot, number: u.section, split: Some(u.day) }))
        })
    }
}
