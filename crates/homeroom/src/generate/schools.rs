//! The district and its schools.
//!
//! Every grade of the district has the same number of seats. A school owns a
//! range of them in each of its grades, so that a seat says which schools its
//! holder goes through from kindergarten to grade 12, and promotion moves
//! nobody within a list.

use super::rng::{Key, Shuffle, Stream};

/// Grades from kindergarten to 12.
pub const GRADES: u32 = 13;

/// Seats for a hundred students: the rest stands empty, and newcomers find it.
const SEATS_PER_HUNDRED: u32 = 103;

/// Kinds of schools.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Kindergarten to grade 5.
    Elementary,
    /// Grades 6 to 8.
    Middle,
    /// Grades 9 to 12.
    High,
}

impl Level {
    /// Every level, youngest first.
    pub const ALL: [Level; 3] = [Level::Elementary, Level::Middle, Level::High];

    /// The grades, kindergarten being 0.
    pub const fn grades(self) -> std::ops::Range<u32> {
        match self {
            Level::Elementary => 0..6,
            Level::Middle => 6..9,
            Level::High => 9..13,
        }
    }

    /// The level that teaches a grade.
    pub const fn of_grade(grade: u32) -> Level {
        match grade {
            0..6 => Level::Elementary,
            6..9 => Level::Middle,
            _ => Level::High,
        }
    }

    /// The beginning of sourcedIds of the level.
    pub const fn code(self) -> &'static str {
        match self {
            Level::Elementary => "el",
            Level::Middle => "ms",
            Level::High => "hs",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Level::Elementary => "Elementary School",
            Level::Middle => "Middle School",
            Level::High => "High School",
        }
    }

    /// How many seats a grade of a usual school has.
    const fn usual(self) -> u32 {
        match self {
            Level::Elementary => 80,
            Level::Middle => 240,
            Level::High => 400,
        }
    }
}

/// The code of a grade: `KG`, `01` to `12`.
pub fn grade_code(grade: u32) -> &'static str {
    const CODES: [&str; GRADES as usize] =
        ["KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
    CODES[(grade as usize).min(CODES.len() - 1)]
}

/// One school.
#[derive(Clone, Debug)]
pub struct School {
    /// Its place in the district's list.
    pub index: u32,
    /// What it teaches.
    pub level: Level,
    /// The first of its seats in each of its grades.
    pub first: u32,
    /// How many seats each of its grades has.
    pub seats: u32,
    /// Its sourcedId.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl School {
    /// Seats in all grades.
    pub fn capacity(&self) -> u32 {
        self.seats * self.level.grades().len() as u32
    }
}

/// The district: what does not change from day to day.
pub struct District {
    /// The seed of everything.
    pub seed: u64,
    /// Students on day 0.
    pub students: u32,
    /// Seats in each grade.
    pub seats: u32,
    /// Every school, by level.
    pub schools: Vec<School>,
}

impl District {
    /// The sourcedId of the district itself.
    pub const ID: &'static str = "district";

    /// Lays out the schools for so many students.
    pub fn new(seed: u64, students: u32) -> District {
        let seats = (students * SEATS_PER_HUNDRED).div_ceil(100 * GRADES);
        let mut schools = Vec::new();
        for level in Level::ALL {
            open(seed, seats, level, &mut schools);
        }
        District { seed, students, seats, schools }
    }

    /// The draws of a stream.
    pub fn key(&self, stream: Stream) -> Key {
        Key::root(self.seed, stream)
    }

    /// The school that a seat of a grade belongs to.
    pub fn school_of(&self, grade: u32, seat: u32) -> &School {
        let level = Level::of_grade(grade);
        let after = self.schools.partition_point(|s| (s.level, s.first) <= (level, seat));
        &self.schools[after.saturating_sub(1)]
    }
}

/// Opens the schools of a level, sizes differing by up to two fifths.
fn open(seed: u64, seats: u32, level: Level, schools: &mut Vec<School>) {
    let count = ((seats + level.usual() / 2) / level.usual()).max(1);
    let key = Key::root(seed, Stream::Layout).with(level as u64);
    let border = |k: u32| {
        let even = seats * k / count;
        let slack = seats / count / 5;
        if k == 0 || k == count { even } else { even - slack + key.with(k.into()).below(2 * slack + 1) }
    };
    let names = Shuffle::new(key, (FIRST.len() * SECOND.len()) as u32);
    for k in 0..count {
        let name = names.at(k) as usize;
        let (first, second) = (FIRST[name % FIRST.len()], SECOND[name / FIRST.len()]);
        schools.push(School {
            index: schools.len() as u32,
            level,
            first: border(k),
            seats: border(k + 1) - border(k),
            id: format!("{}-{:03}", level.code(), k + 1),
            name: format!("{first}{second} {}", level.title()),
        });
    }
}

const FIRST: [&str; 24] = [
    "Cedar",
    "Lincoln",
    "Peña",
    "Maple",
    "O'Keeffe",
    "River",
    "Chávez",
    "St. John's",
    "North",
    "Sequoyah",
    "Juniper",
    "Curie",
    "Müller",
    "Sunrise",
    "Eagle",
    "Garfield",
    "Willow",
    "Harriet Tubman",
    "Lakeview",
    "Żeromski",
    "Aspen",
    "Mandela",
    "Birch",
    "Kaʻiulani",
];

const SECOND: [&str; 13] = [
    "",
    " Grove",
    " Heights",
    " Park",
    " Valley",
    " Creek",
    " Ridge",
    " Meadows",
    "-Washington",
    " Hill",
    " Springs",
    " Bend",
    ", Upper Campus,",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seat_of_every_grade_has_one_school() {
        for students in [100, 1_000, 5_000, 200_000, 500_000] {
            let district = District::new(3, students);
            for level in Level::ALL {
                let schools: Vec<&School> = district.schools.iter().filter(|s| s.level == level).collect();
                assert_eq!(schools.iter().map(|s| s.seats).sum::<u32>(), district.seats);
                for school in schools {
                    let grade = level.grades().start;
                    for seat in [school.first, school.first + school.seats - 1] {
                        assert_eq!(district.school_of(grade, seat).index, school.index);
                    }
                }
            }
            assert!(district.seats * GRADES >= students);
        }
    }
}
