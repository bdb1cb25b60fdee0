//! Who is in which class, when, and in which row: what an enrollment leaves.

use super::long::Long;
use super::tables::NONE;
use crate::time::Date;

/// An enrollment: person, class and role in one number, its row, its days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enrolled {
    pub key: u64,
    pub row: u32,
    pub begin: i16,
    pub end: i16,
}

impl Enrolled {
    /// By its own key and its days; whoever has none begins before any day or
    /// ends after it.
    pub fn new(key: u64, row: u32, (begin, end): (Option<Date>, Option<Date>)) -> Enrolled {
        Enrolled { key, row, begin: short(begin, i16::MIN), end: short(end, i16::MAX) }
    }
}

/// Days since 2000, in the range that two bytes have; `none` if there is none.
fn short(day: Option<Date>, none: i16) -> i16 {
    day.map_or(none, |d| (d.0 - 10_957).clamp(i32::from(i16::MIN) + 1, i32::from(i16::MAX) - 1) as i16)
}

/// An enrollment as it is kept, at the place of its row; of a row that leaves
/// none, nobody's.
#[derive(Clone, Copy, Debug)]
struct Kept {
    user: u32,
    /// Class and role.
    place: u32,
    begin: i16,
    end: i16,
}

const NOBODY: Kept = Kept { user: NONE, place: NONE, begin: 0, end: 0 };

impl Kept {
    fn key(self) -> Option<u64> {
        (self.user != NONE).then(|| u64::from(self.user) << 32 | u64::from(self.place))
    }
}

/// The enrollments of a file: twelve bytes for each row.
#[derive(Default, Debug)]
pub(super) struct Enrollments(Long<Kept>);

impl Enrollments {
    /// Notes what a row says; rows come in their order.
    pub fn put(&mut self, (user, class, role): (u32, u32, u8), row: u32, days: (Option<Date>, Option<Date>)) {
        while self.0.len() < row as usize {
            self.0.push(NOBODY);
        }
        let Enrolled { begin, end, .. } = Enrolled::new(0, row, days);
        self.0.push(Kept { user, place: class << 4 | u32::from(role.min(15)), begin, end });
    }

    /// Those of one person, class and role that there are several of, next to each
    /// other in the order of their beginning, and some others.
    pub fn meeting(&self) -> Vec<Enrolled> {
        let met = self.0.meeting(|kept| kept.key()).into_iter();
        let mut met: Vec<Enrolled> = met.filter_map(|(row, kept)| entry(row, kept)).collect();
        met.sort_unstable_by_key(|e| (e.key, e.begin, e.row));
        met
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Enrolled> + '_ {
        (0u32..).zip(self.0.iter()).filter_map(|(row, kept)| entry(row, kept))
    }
}

fn entry(row: u32, kept: Kept) -> Option<Enrolled> {
    Some(Enrolled { key: kept.key()?, row, begin: kept.begin, end: kept.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_one_person_and_class_stand_together() {
        let mut all = Enrollments::default();
        let day = |day: i32| (Some(Date(10_957 + day)), None);
        for (row, (user, class, role), begin) in
            [(0, (1, 7, 0), 30), (2, (2, 7, 0), 0), (3, (1, 7, 1), 0), (7, (1, 7, 0), 10)]
        {
            all.put((user, class, role), row, day(begin));
        }
        assert_eq!(all.iter().map(|e| e.row).collect::<Vec<_>>(), [0, 2, 3, 7]);
        let twice: Vec<(u32, i16)> =
            all.meeting().iter().filter(|e| e.key == 1 << 32 | 7 << 4).map(|e| (e.row, e.begin)).collect();
        assert_eq!(twice, [(7, 10), (0, 30)]);
        assert_eq!(size_of::<Kept>(), 12);
    }
}
