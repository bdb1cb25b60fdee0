//! Families: which students are siblings, and who their guardians are.
//!
//! Siblings had the same seat number in different cohorts when these began.
//! Five cohorts in a row at one seat number form a street, which a draw cuts
//! into families; so the siblings of a student, and the children of a
//! guardian, are found without looking through anybody else.

use super::days::{Occupant, Story};
use super::rng::{Key, Stream};
use super::schools::District;

/// Cohorts of a street.
const STREET: i32 = 5;

/// How a street falls into families, and how often out of a hundred: for each
/// of its cohorts the first cohort of the same family.
const PATTERNS: [(u32, [i32; STREET as usize]); 4] =
    [(10, [0, 1, 0, 1, 0]), (35, [0, 1, 0, 1, 4]), (30, [0, 1, 2, 3, 4]), (25, [0, 1, 2, 0, 2])];

/// The students of one family who were there when their cohorts began, or a
/// newcomer alone.
#[derive(Clone, Debug)]
pub struct Family {
    /// The draws of what the family shares.
    pub key: Key,
    /// Number of the family, never used twice.
    pub number: u64,
    members: Vec<(i32, u32)>,
    newcomer: Option<Occupant>,
}

impl Family {
    /// The family of a student.
    pub fn of(district: &District, student: &Occupant) -> Family {
        let root = district.key(Stream::Family);
        let (cohort, origin) = (student.cohort, student.origin);
        if student.joined > 0 {
            let key = root.with(origin.into()).with(cohort as u64).with(student.joined.into());
            let number = student_number(district, cohort, origin, student.joined);
            return Family { key, number, members: Vec::new(), newcomer: Some(*student) };
        }
        let offset = root.with(origin.into()).below(STREET as u32) as i32;
        let (street, house) = ((cohort + offset) / STREET, (cohort + offset) % STREET);
        let key = root.with(origin.into()).with(street as u64);
        let mut draw = key.below(100);
        let cut = PATTERNS.iter().find(|(share, _)| draw.checked_sub(*share).map(|rest| draw = rest).is_none());
        let pattern = cut.unwrap_or(&PATTERNS[0]).1;
        let first = pattern[house as usize];
        let members = (0..STREET).filter(|&h| pattern[h as usize] == first);
        let members: Vec<(i32, u32)> = members.map(|h| (street * STREET + h - offset, origin)).collect();
        let number = student_number(district, members[0].0, origin, 0);
        Family { key: key.with(1 << 20 | first as u64), number, members, newcomer: None }
    }

    /// The members who are at school on the story's day, oldest first, given
    /// one of them who is.
    pub fn present(&self, story: &Story<'_>, known: &Occupant) -> Vec<Occupant> {
        if let Some(newcomer) = self.newcomer {
            return vec![newcomer];
        }
        let found = self.members.iter().filter_map(|&(cohort, origin)| {
            if cohort == known.cohort { Some(*known) } else { story.whereabouts(cohort, origin) }
        });
        found.collect()
    }

    /// How many guardians have a record: none, one or two.
    pub fn guardians(&self) -> u32 {
        // Newcomers have no siblings here, so that their guardians weigh more.
        let (none, one) = if self.newcomer.is_some() { (45, 95) } else { (30, 90) };
        let draw = self.key.with(2).below(100);
        u32::from(draw >= none) + u32::from(draw >= one)
    }

    /// The draws of a guardian.
    pub fn guardian(&self, n: u32) -> Key {
        self.key.with(100 + u64::from(n))
    }
}

/// A number that no other student ever has.
pub fn student_number(district: &District, cohort: i32, origin: u32, joined: u32) -> u64 {
    let cohort = (cohort - 1_990) as u64;
    (u64::from(joined) << 6 | cohort) * u64::from(district.seats) + u64::from(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_agree_on_their_family() {
        let district = District::new(2, 1_000);
        let story = Story::new(&district, 50);
        let mut siblings = 0;
        for cohort in (0..13).map(|g| story.cohort(g)) {
            for student in (0..district.seats).filter_map(|seat| story.occupant(cohort, seat)) {
                let family = Family::of(&district, &student);
                let present = family.present(&story, &student);
                assert!(present.contains(&student));
                for other in &present {
                    assert_eq!(Family::of(&district, other).key, family.key);
                }
                siblings += usize::from(present.len() > 1);
            }
        }
        assert!(siblings > 300, "{siblings}");
    }
}
