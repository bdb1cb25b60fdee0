//! What is taught: the places of a timetable, and the courses that fill them.

use super::calendar::Term;
use super::schools::{Level, grade_code};
use Subject::{Arts, English, Homeroom, Language, Math, Music, Pe, Science, Social};
use Term::{First, Second, Semesters, Trimesters};

/// A subject, and the department that teaches it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// The group a day begins with; has no department.
    Homeroom,
    /// The language of the country.
    English,
    /// Mathematics.
    Math,
    /// Natural sciences.
    Science,
    /// History, geography, government.
    Social,
    /// Other languages.
    Language,
    /// Visual arts; bands and theatre beyond elementary school.
    Arts,
    /// Music.
    Music,
    /// Physical education and health.
    Pe,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Subject; 9] = [Homeroom, English, Math, Science, Social, Language, Arts, Music, Pe];

    /// The subject as part of a sourcedId.
    pub const fn code(self) -> &'static str {
        ["hr", "eng", "mat", "sci", "soc", "lan", "art", "mus", "pe"][self as usize]
    }

    /// The name of the subject; no comma, for it is an item of a list.
    pub const fn name(self) -> &'static str {
        [
            "Homeroom",
            "English Language Arts",
            "Mathematics",
            "Science",
            "Social Studies",
            "World Languages",
            "Visual Arts",
            "Music",
            "Physical and Health Education",
        ][self as usize]
    }

    /// A five-digit code in the manner of SCED.
    pub const fn sced(self) -> &'static str {
        ["22106", "01001", "02001", "03001", "04001", "24001", "05154", "05101", "08001"][self as usize]
    }
}

/// One place of a timetable: every student has one class in it.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// What is taught.
    pub subject: Subject,
    /// When.
    pub term: Term,
    /// The line of the timetable: lines of one student never fall together.
    /// The two semesters of a line share it.
    pub line: u32,
}

const fn slot(subject: Subject, term: Term, line: u32) -> Slot {
    Slot { subject, term, line }
}

/// The places of a level's timetable; homeroom is the first.
pub const fn slots(level: Level) -> &'static [Slot] {
    match level {
        Level::Elementary => {
            const {
                &[
                    slot(Homeroom, Trimesters, 0),
                    slot(English, Trimesters, 1),
                    slot(Math, Trimesters, 2),
                    slot(Science, Trimesters, 3),
                    slot(Social, Trimesters, 4),
                    slot(Arts, Trimesters, 5),
                    slot(Music, Trimesters, 6),
                    slot(Pe, Trimesters, 7),
                ]
            }
        }
        Level::Middle => {
            const {
                &[
                    slot(Homeroom, Semesters, 0),
                    slot(English, Semesters, 1),
                    slot(Math, Semesters, 2),
                    slot(Science, Semesters, 3),
                    slot(Social, Semesters, 4),
                    slot(Language, Semesters, 5),
                    slot(Arts, First, 6),
                    slot(Arts, Second, 6),
                    slot(Pe, First, 7),
                    slot(Pe, Second, 7),
                ]
            }
        }
        Level::High => {
            const {
                &[
                    slot(Homeroom, Semesters, 0),
                    slot(English, Semesters, 1),
                    slot(Math, Semesters, 2),
                    slot(Science, First, 3),
                    slot(Science, Second, 3),
                    slot(Social, First, 4),
                    slot(Social, Second, 4),
                    slot(Language, First, 5),
                    slot(Language, Second, 5),
                    slot(Arts, First, 6),
                    slot(Arts, Second, 6),
                    slot(Pe, First, 7),
                    slot(Pe, Second, 7),
                ]
            }
        }
    }
}

/// What a place offers a grade: courses among which its sections are shared.
pub fn offers(grade: u32, subject: Subject) -> &'static [&'static str] {
    match Level::of_grade(grade) {
        Level::Elementary => match subject {
            English => &["Reading and Writing"],
            Math => &["Mathematics"],
            Science => &["Science"],
            Social => &["Social Studies"],
            Arts => &["Art"],
            Music => &["Music"],
            _ => &["Physical Education"],
        },
        Level::Middle => match subject {
            English => &["Language Arts", "Language Arts, Honors"],
            Math => &["Mathematics", "Mathematics, Accelerated"],
            Science => &["Integrated Science"],
            Social => &["World History"],
            Language => &["Español", "Français", "Deutsch"],
            Arts => &["Studio Art", "Band", "Théâtre"],
            _ => &["Physical Education"],
        },
        Level::High => high(grade - Level::High.grades().start, subject),
    }
}

fn high(year: u32, subject: Subject) -> &'static [&'static str] {
    match (subject, year) {
        (English, 0) => &["English 9", "English 9 Honors"],
        (English, 1) => &["English 10", "English 10 Honors"],
        (English, 2) => &["American Literature", "AP English Language"],
        (English, _) => &["World Literature", "AP English Literature"],
        (Math, 0) => &["Algebra I", "Geometry"],
        (Math, 1) => &["Geometry", "Algebra II"],
        (Math, 2) => &["Algebra II", "Precalculus"],
        (Math, _) => &["Statistics", "Precalculus", "AP Calculus AB"],
        (Science, 0) => &["Biology", "Biology, Honors"],
        (Science, 1) => &["Chemistry", "Earth Science"],
        (Science, 2) => &["Physics", "Environmental Science"],
        (Science, _) => &["Anatomy", "AP Physics", "Marine Science"],
        (Social, 0) => &["World Geography"],
        (Social, 1) => &["World History", "AP World History"],
        (Social, 2) => &["U.S. History", "AP U.S. History"],
        (Social, _) => &["Government & Economics", "AP Government"],
        (Language, 0 | 1) => &["Español I", "Français I", "中文 I"],
        (Language, _) => &["Español III", "Français III", "中文 III"],
        (Arts, _) => &["Drawing", "Jazz Band", "Theatre \"Black Box\" Workshop"],
        _ => &["Physical Education", "Health"],
    }
}

/// One course of the district.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Course {
    /// Its grade.
    pub grade: u32,
    /// Its place in the timetable of its level.
    pub slot: u32,
    /// Which of the place's offers.
    pub offer: u32,
}

impl Course {
    /// The place of the timetable.
    pub fn place(self) -> Slot {
        slots(Level::of_grade(self.grade))[self.slot as usize]
    }

    /// `a` or `b` where the course takes half a year.
    fn half(self) -> &'static str {
        match self.place().term {
            First => "a",
            Second => "b",
            Trimesters | Semesters => "",
        }
    }

    /// The sourcedId.
    pub fn id(self) -> String {
        let (level, subject) = (Level::of_grade(self.grade), self.place().subject);
        format!("{}-{}-{}{}-{}", level.code(), grade_code(self.grade), subject.code(), self.half(), self.offer + 1)
    }

    /// The code for people: `MAT09-1A`.
    pub fn code(self) -> String {
        let code =
            format!("{}{}-{}{}", self.place().subject.code(), grade_code(self.grade), self.offer + 1, self.half());
        code.to_uppercase()
    }

    /// The title.
    pub fn title(self) -> String {
        let title = offers(self.grade, self.place().subject)[self.offer as usize];
        let half = match self.half() {
            "" => String::new(),
            half => format!(" {}", half.to_uppercase()),
        };
        match Level::of_grade(self.grade) {
            Level::Elementary if self.grade == 0 => format!("Kindergarten {title}"),
            Level::Elementary => format!("Grade {} {title}", self.grade),
            Level::Middle => format!("{title} {}{half}", self.grade),
            Level::High => format!("{title}{half}"),
        }
    }
}
