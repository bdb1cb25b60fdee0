//! Who sits where on a day: the story of the seats, day by day.
//!
//! A cohort is everybody who entered kindergarten in one autumn. Each day some
//! pairs of its seats change places (a transfer, as the seats mostly belong to
//! different schools), some holders leave and some empty seats are taken. Each
//! of these is drawn from the day and the seat alone, so one seat's story can
//! be read backward, and one student's forward, without anybody else's.

use super::calendar::{FIRST_FALL, Year, date_of, fall_of};
use super::rng::{Key, Shuffle, Stream, mix};
use super::schools::{District, GRADES};

/// How often a day brings it, in 100,000: to a seat in the middle of the year.
const LEAVES: u32 = 120;
/// To an empty seat; balances [`LEAVES`] at the usual share of empty seats.
const ARRIVES: u32 = 4_000;
/// To a seat, whoever holds it.
const RENAMED: u32 = 100;
/// To a pair of seats.
const SWAPS: u32 = 150;
/// Every so many days one school's system changes all its identifiers.
const MIGRATION_EVERY: u32 = 150;
/// The first such day.
const FIRST_MIGRATION: u32 = 100;

/// Somebody in a seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occupant {
    /// The autumn in which the cohort enters kindergarten.
    pub cohort: i32,
    /// The seat in which the person first sat.
    pub origin: u32,
    /// The day of arrival; 0 for those who were there when the cohort began.
    pub joined: u32,
    /// The seat on the day asked for.
    pub seat: u32,
    /// Since when the person has that seat; 0 for the beginning.
    pub since: u32,
    /// How often the name has changed.
    pub renames: u32,
    /// How often a school gave the person a new identifier.
    pub rekeys: u32,
}

/// What a day does to a seat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Nothing,
    Leave,
    Arrive,
    Rename,
}

/// The days up to the one asked for.
pub struct Story<'a> {
    district: &'a District,
    /// The day asked for.
    pub day: u32,
    days: Vec<Day>,
    seating: Shuffle,
}

#[derive(Clone, Copy)]
struct Day {
    key: u64,
    quiet: bool,
    migrates: Option<u32>,
}

impl<'a> Story<'a> {
    /// The story of a district up to a day.
    pub fn new(district: &'a District, day: u32) -> Story<'a> {
        let root = district.key(Stream::Day);
        let upheaval = district.key(Stream::Upheaval);
        let days = (0..=day).map(|t| Day {
            key: root.with(t.into()).0,
            quiet: Year::on(t).is_quiet(t),
            migrates: (t >= FIRST_MIGRATION && (t - FIRST_MIGRATION).is_multiple_of(MIGRATION_EVERY))
                .then(|| upheaval.with(t.into()).below(district.schools.len() as u32)),
        });
        let seating = Shuffle::new(district.key(Stream::Seating), district.seats * GRADES);
        Story { district, day, days: days.collect(), seating }
    }

    /// Whether people move on a day.
    pub fn is_quiet(&self, day: u32) -> bool {
        self.days[day as usize].quiet
    }

    /// How often a school's identifiers changed after `since`, up to the day asked for.
    pub fn migrations(&self, school: u32, since: u32) -> u32 {
        let after = self.days.iter().skip(since as usize + 1);
        after.filter(|d| d.migrates == Some(school)).count() as u32
    }

    /// The grade of a cohort on the day asked for, while it is in school.
    pub fn grade(&self, cohort: i32) -> Option<u32> {
        u32::try_from(fall_of(self.day) - cohort).ok().filter(|&g| g < GRADES)
    }

    /// The cohort that is in a grade on the day asked for.
    pub fn cohort(&self, grade: u32) -> i32 {
        fall_of(self.day) - grade as i32
    }

    /// Who holds a seat on the day asked for.
    pub fn occupant(&self, cohort: i32, seat: u32) -> Option<Occupant> {
        let mut at = seat;
        let (mut since, mut renames, mut rekeys) = (0, 0, 0);
        let mut arrival = None;
        for t in (entry(cohort) + 1..=self.day).rev() {
            rekeys += self.rekeys(cohort, at, t);
            match self.event(cohort, at, t) {
                Event::Leave => return arrival,
                Event::Arrive => {
                    let since = if since == 0 { t } else { since };
                    arrival = Some(Occupant { cohort, origin: at, joined: t, seat, since, renames, rekeys });
                }
                Event::Rename => renames += 1,
                Event::Nothing => {}
            }
            if let Some(partner) = self.swap(cohort, at, t) {
                at = partner;
                since = if since == 0 { t } else { since };
            }
        }
        if !self.is_taken(cohort, at) {
            return arrival;
        }
        Some(Occupant { cohort, origin: at, joined: 0, seat, since, renames, rekeys })
    }

    /// Where somebody sits who was there when the cohort began, unless gone.
    pub fn whereabouts(&self, cohort: i32, origin: u32) -> Option<Occupant> {
        self.grade(cohort)?;
        if !self.is_taken(cohort, origin) {
            return None;
        }
        let mut person = Occupant { cohort, origin, joined: 0, seat: origin, since: 0, renames: 0, rekeys: 0 };
        for t in entry(cohort) + 1..=self.day {
            if let Some(partner) = self.swap(cohort, person.seat, t) {
                (person.seat, person.since) = (partner, t);
            }
            match self.event(cohort, person.seat, t) {
                Event::Leave => return None,
                Event::Rename => person.renames += 1,
                Event::Arrive | Event::Nothing => {}
            }
            person.rekeys += self.rekeys(cohort, person.seat, t);
        }
        Some(person)
    }

    fn event(&self, cohort: i32, seat: u32, t: u32) -> Event {
        let day = &self.days[t as usize];
        let key = Key(mix(day.key ^ ((cohort as u64) << 32 | u64::from(seat))));
        let draw = key.below(100_000);
        match draw {
            _ if draw < RENAMED => Event::Rename,
            _ if day.quiet => Event::Nothing,
            _ if draw < RENAMED + LEAVES => Event::Leave,
            _ if draw < RENAMED + LEAVES + ARRIVES => Event::Arrive,
            _ => Event::Nothing,
        }
    }

    /// The seat that this one changed places with. The day's pairs are a
    /// reflection, so both see the same.
    fn swap(&self, cohort: i32, seat: u32, t: u32) -> Option<u32> {
        let (day, n) = (&self.days[t as usize], self.district.seats);
        if day.quiet {
            return None;
        }
        let mirror = Key(mix(day.key ^ (cohort as u64))).below(n);
        let partner = if mirror >= seat { mirror - seat } else { mirror + n - seat };
        let pair = (cohort as u64) << 32 | 1 << 31 | u64::from(seat.min(partner));
        (partner != seat && Key(mix(day.key ^ pair)).chance(SWAPS)).then_some(partner)
    }

    /// Whether a seat is taken when its cohort begins.
    fn is_taken(&self, cohort: i32, seat: u32) -> bool {
        let all = self.district.seats * GRADES;
        if cohort <= FIRST_FALL {
            let place = seat * GRADES + (FIRST_FALL - cohort) as u32;
            return self.seating.at(place) < self.district.students;
        }
        let key = self.district.key(Stream::Seating).with(cohort as u64).with(seat.into());
        key.below(all) < self.district.students
    }

    fn rekeys(&self, cohort: i32, seat: u32, t: u32) -> u32 {
        let Some(school) = self.days[t as usize].migrates else { return 0 };
        let grade = (fall_of(t) - cohort).clamp(0, GRADES as i32 - 1) as u32;
        u32::from(self.district.school_of(grade, seat).index == school)
    }
}

/// The day on which a cohort is there for the first time.
fn entry(cohort: i32) -> u32 {
    Year::new(cohort.max(FIRST_FALL)).first_day()
}

/// The later of a term's first day and the day of a move, as a date; `None`
/// if the term was over by then.
pub fn begin(year: Year, term: super::calendar::Term, since: u32) -> Option<oneroster::time::Date> {
    let (start, end) = year.span(term);
    let begin = if since == 0 { start } else { start.max(date_of(since)) };
    (begin < end).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backward_and_forward_tell_the_same_story() {
        let district = District::new(11, 1_000);
        for day in [0, 1, 40, 120, 302, 320, 700] {
            let story = Story::new(&district, day);
            let mut found = 0;
            for grade in 0..GRADES {
                let cohort = story.cohort(grade);
                for seat in 0..district.seats {
                    match story.occupant(cohort, seat) {
                        Some(person) if person.joined == 0 => {
                            assert_eq!(story.whereabouts(cohort, person.origin), Some(person));
                            found += 1;
                        }
                        Some(person) => assert!(person.joined <= day && person.since >= person.joined),
                        None => {}
                    }
                }
                let forward = (0..district.seats).filter_map(|s| story.whereabouts(cohort, s)).count();
                let backward = (0..district.seats).filter_map(|s| story.occupant(cohort, s));
                assert_eq!(forward, backward.filter(|p| p.joined == 0).count(), "day {day}, grade {grade}");
            }
            assert!(day > 0 || found == 1_000);
        }
    }

    #[test]
    fn nobody_sits_twice() {
        let district = District::new(5, 2_000);
        let story = Story::new(&district, 200);
        let cohort = story.cohort(4);
        let people = (0..district.seats).filter_map(|s| story.occupant(cohort, s));
        let mut ids: Vec<(u32, u32)> = people.map(|p| (p.origin, p.joined)).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
