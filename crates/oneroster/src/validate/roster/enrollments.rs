//! Rows of enrollments: who is in which class, when, and as what.

use super::{Roster, ends_first};
use crate::at;
use crate::csv::cell::OWN_WORD;
use crate::model::Kind;
use crate::validate::enrolled::Enrolled;
use crate::validate::remarks::Remarks;
use crate::validate::rules::Code;
use crate::validate::tables::NONE;
use crate::validate::tally::Tally;
use crate::validate::values::Values;
use crate::validate::words::{ENROLLED_STUDENT, ENROLLED_TEACHER, OWN_ROLE, STUDENT, TEACHING};

impl Roster {
    pub(super) fn enrollment(&mut self, values: &Values, ordinal: u32, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        let [class, school, user] =
            [at!(Enrollment.class), at!(Enrollment.school), at!(Enrollment.user)].map(|field| values.target(field));
        self.type_of_org(values, (Kind::Enrollment, at!(Enrollment.school), Code::S2), tally, remarks);
        let [begin, end] = [at!(Enrollment.beginDate), at!(Enrollment.endDate)].map(|f| values.day(f));
        if let Some(of) = self.classes.get(class as usize) {
            if of.school != school && of.school != NONE && school != NONE {
                remarks.about(Code::S9, at!(Enrollment.school), "");
            }
            let early = begin.zip(of.start).is_some_and(|(begin, start)| begin < start);
            let late = end.zip(of.end).is_some_and(|(end, last)| end > last);
            if early || late {
                let date = if early { at!(Enrollment.beginDate) } else { at!(Enrollment.endDate) };
                remarks.about(Code::S13, date, "");
            }
        }
        if ends_first((begin, end)) {
            remarks.about(Code::S14, at!(Enrollment.endDate), "");
        }
        if end.is_some_and(|end| end <= self.today) {
            tally.add(Code::D42, remarks.column(at!(Enrollment.endDate)), remarks.line);
        }
        let role = values.word(at!(Enrollment.role));
        self.person(user, school, role, remarks);
        self.mark(user, class, role);
        if values.flag(at!(Enrollment.primary)) == Some(true) {
            if role == ENROLLED_TEACHER && class != NONE {
                self.leads.push(Enrolled::new(u64::from(class), ordinal, (begin, end)));
            } else if role != OWN_WORD && role != ENROLLED_TEACHER {
                remarks.about(Code::S12, at!(Enrollment.primary), "");
            }
        }
        if user != NONE && class != NONE {
            self.enrolled.put((user, class, role), ordinal, (begin, end));
        }
    }

    /// Notes who is enrolled and which classes have a teacher (S30).
    #[inline]
    fn mark(&mut self, user: u32, class: u32, role: u8) {
        if let Some(person) = self.users.get_mut(user as usize).filter(|p| !p.enrolled) {
            person.enrolled = true;
        }
        if role == ENROLLED_TEACHER
            && let Some(class) = self.classes.get_mut(class as usize)
        {
            class.taught = true;
        }
    }

    /// S10, S11 and S31: the person of an enrollment.
    fn person(&self, user: u32, school: u32, role: u8, remarks: &mut Remarks<'_>) {
        let Some(person) = self.users.get(user as usize) else { return };
        if !person.enabled {
            remarks.about(Code::S31, at!(Enrollment.user), "");
        }
        if self.member_starts.is_empty() {
            return;
        }
        if person.first_org != school && !self.belongs(user, school) {
            remarks.about(Code::S10, at!(Enrollment.user), "");
        }
        let fitting = match role {
            ENROLLED_STUDENT => STUDENT,
            ENROLLED_TEACHER => TEACHING,
            _ => return,
        };
        if person.roles & (fitting | OWN_ROLE) == 0 {
            remarks.about(Code::S11, at!(Enrollment.role), "");
        }
    }

    /// Keeps who is in which class for the files of results and resources.
    pub fn keep_enrolled(&mut self, stands: impl Fn(u32) -> bool) {
        for entry in self.enrolled.iter().filter(|entry| stands(entry.row)) {
            self.in_class.push(entry.key >> 4);
            let (user, role) = ((entry.key >> 32) as u32, (entry.key & 15) as u32);
            if self.enrolled_roles.len() <= user as usize {
                self.enrolled_roles.resize(user as usize + 1, 0);
            }
            self.enrolled_roles[user as usize] |= 1 << role;
        }
        self.in_class.sort_unstable();
        self.in_class.dedup();
    }

    /// Whether a person is enrolled in a class, once that is kept.
    pub fn is_enrolled(&self, user: u32, class: u32) -> bool {
        let unknown = user == NONE || class == NONE;
        unknown || self.in_class.binary_search(&(u64::from(user) << 28 | u64::from(class))).is_ok()
    }
}
