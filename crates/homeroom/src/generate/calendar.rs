//! School years: their sessions, and which day of the story falls where.

use oneroster::time::Date;

/// The day before anything has moved: 2026-09-01.
const DAY_ZERO: Date = Date(20_697);

/// The year in whose autumn the first school year begins.
pub const FIRST_FALL: i32 = 2026;

/// The last day that can be asked for: ten years.
pub const LAST_DAY: u32 = 3_650;

/// Moves stop this many days before the end of school, so that nobody joins a
/// class that is over.
const QUIET_DAYS: i32 = 7;

/// The date of a day of the story.
pub fn date_of(day: u32) -> Date {
    DAY_ZERO.plus(day as i32)
}

/// The autumn of the school year in force: years roll over on July 1st.
pub fn fall_of(day: u32) -> i32 {
    let (year, month, _) = date_of(day).ymd();
    if month >= 7 { year } else { year - 1 }
}

/// The sessions in which a class runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Term {
    /// The whole year, as three trimesters.
    Trimesters,
    /// The whole year, as two semesters.
    Semesters,
    /// The first semester.
    First,
    /// The second semester.
    Second,
}

/// One school year.
#[derive(Clone, Copy, Debug)]
pub struct Year {
    /// The calendar year of its autumn.
    pub fall: i32,
    start: Date,
    middle: Date,
    end: Date,
}

/// A row of academicSessions.
pub struct Session {
    /// Its sourcedId.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its type, a word of the vocabulary.
    pub ty: &'static str,
    /// First day.
    pub start: Date,
    /// Day after the last day.
    pub end: Date,
    /// The session around it.
    pub parent: Option<String>,
}

impl Year {
    /// The school year that begins in the autumn of `fall`.
    pub fn new(fall: i32) -> Year {
        let monday = |year, month, day| {
            let date = Date::from_ymd(year, month, day).unwrap_or(DAY_ZERO);
            date.plus((7 - (date.0 + 3).rem_euclid(7)) % 7)
        };
        let end = monday(fall + 1, 6, 14).plus(5);
        Year { fall, start: monday(fall, 8, 25), middle: monday(fall + 1, 1, 20), end }
    }

    /// The school year in force on a day.
    pub fn on(day: u32) -> Year {
        Year::new(fall_of(day))
    }

    /// The first day of the story on which this year is in force.
    pub fn first_day(self) -> u32 {
        let july = Date::from_ymd(self.fall, 7, 1).unwrap_or(DAY_ZERO);
        u32::try_from(july.0 - DAY_ZERO.0).unwrap_or(0)
    }

    /// Whether nobody moves on a day of this year, school being nearly or quite over.
    pub fn is_quiet(self, day: u32) -> bool {
        date_of(day) >= self.end.plus(-QUIET_DAYS)
    }

    /// First day and day after the last day of a term.
    pub fn span(self, term: Term) -> (Date, Date) {
        match term {
            Term::Trimesters | Term::Semesters => (self.start, self.end),
            Term::First => (self.start, self.middle),
            Term::Second => (self.middle, self.end),
        }
    }

    /// The `schoolYear` of all its sessions: the calendar year in which it ends.
    pub fn number(self) -> i32 {
        self.fall + 1
    }

    /// The sourcedId of the school year.
    pub fn id(self) -> String {
        format!("sy-{}", self.number())
    }

    /// The sourcedIds of a term's sessions, as a list cell.
    pub fn term_ids(self, term: Term) -> String {
        let id = self.id();
        match term {
            Term::Trimesters => format!("{id}-t1,{id}-t2,{id}-t3"),
            Term::Semesters => format!("{id}-s1,{id}-s2"),
            Term::First => format!("{id}-s1"),
            Term::Second => format!("{id}-s2"),
        }
    }

    /// Every session of the year, parents first.
    pub fn sessions(self) -> Vec<Session> {
        let id = self.id();
        let label = format!("{}-{}", self.fall, self.number());
        let (start, middle, end) = (self.start, self.middle, self.end);
        let session = |suffix: &str, title: &str, ty, start, end, parent: Option<&str>| Session {
            id: format!("{id}{suffix}"),
            title: format!("{title} {label}"),
            ty,
            start,
            end,
            parent: parent.map(|p| format!("{id}{p}")),
        };
        let (first, second) = (start.plus(70), middle.plus(70));
        let (winter, spring) = (start.plus(84), start.plus(189));
        vec![
            session("", "School Year", "schoolYear", start, end, None),
            session("-s1", "Fall Semester", "semester", start, middle, Some("")),
            session("-s2", "Spring Semester", "semester", middle, end, Some("")),
            session("-t1", "Trimester 1", "term", start, winter, Some("")),
            session("-t2", "Trimester 2", "term", winter, spring, Some("")),
            session("-t3", "Trimester 3", "term", spring, end, Some("")),
            session("-q1", "Quarter 1", "gradingPeriod", start, first, Some("-s1")),
            session("-q2", "Quarter 2", "gradingPeriod", first, middle, Some("-s1")),
            session("-q3", "Quarter 3", "gradingPeriod", middle, second, Some("-s2")),
            session("-q4", "Quarter 4", "gradingPeriod", second, end, Some("-s2")),
            session("-t1-g", "Report Card 1", "gradingPeriod", start, winter, Some("-t1")),
            session("-t2-g", "Report Card 2", "gradingPeriod", winter, spring, Some("-t2")),
            session("-t3-g", "Report Card 3", "gradingPeriod", spring, end, Some("-t3")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_begins_in_school_and_rolls_over_in_july() {
        assert_eq!(date_of(0).to_string(), "2026-09-01");
        assert_eq!(date_of(302).to_string(), "2027-06-30");
        assert_eq!((fall_of(0), fall_of(302), fall_of(303)), (2026, 2026, 2027));
        assert_eq!((Year::new(2026).first_day(), Year::new(2027).first_day()), (0, 303));
        assert!(Year::new(2026).start <= date_of(0));
    }

    #[test]
    fn sessions_lie_inside_their_parents() {
        for fall in FIRST_FALL..FIRST_FALL + 11 {
            let sessions = Year::new(fall).sessions();
            assert_eq!(sessions[0].end.ymd().0, Year::new(fall).number());
            for session in &sessions {
                assert!(session.start < session.end, "{}", session.id);
                let Some(parent) = &session.parent else { continue };
                let parent = sessions.iter().find(|s| &s.id == parent).unwrap();
                assert!(parent.start <= session.start && session.end <= parent.end, "{}", session.id);
            }
        }
    }
}
