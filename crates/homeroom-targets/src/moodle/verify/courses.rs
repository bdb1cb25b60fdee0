//! Who is in the courses, groups and cohorts, compared with the ledger.

use super::super::enrol::{asking, enrolled, roles};
use super::super::functions::{ENROLLED, MEMBERS};
use super::super::keys::{hangs_on, three, two};
use super::super::recover::{ask, list};
use super::super::told::{State, Stop, What};
use super::super::wish::ENDED;
use super::{Case, Look, is_ours};
use hashbrown::{HashMap, HashSet};
use homeroom_store::Entry;
use serde_json::Value;

impl Look<'_> {
    /// Who is in the courses, with which role, and in which groups.
    pub(super) fn enrolments(&mut self) -> Result<(), Stop> {
        let mut by_course: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in self.ledger.entries(What::Enrolment.number())? {
            if entry.state != State::Theirs.number()
                && let Some((course, ..)) = three(&entry.key)
            {
                by_course.entry(course.to_owned()).or_default().push(entry);
            }
        }
        let members = self.ledger.entries(What::GroupMember.number())?;
        self.hanging(What::GroupMember, &members);
        let mut courses: Vec<_> = by_course.into_iter().collect();
        courses.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (course, entries) in courses {
            self.hanging(What::Enrolment, &entries);
            if let Some(number) = self.number(What::Course, &course).filter(|_| self.stands(&course)) {
                self.course(&course, number, &entries, &members)?;
            }
        }
        Ok(())
    }

    /// One course: who is in it, and who of them may not go in.
    fn course(&mut self, course: &str, number: i64, entries: &[Entry], members: &[Entry]) -> Result<(), Stop> {
        let here: Vec<&str> = self.groups_of(course);
        let fields = if here.is_empty() { "id,roles" } else { "id,roles,groups" };
        let all = enrolled(self.job.moodle, number, fields)?;
        let shut = [("onlysuspended", "1"), ("userfields", "id")];
        let shut = list(ask(self.job.moodle, ENROLLED, &asking(number, &shut))?);
        let shut: HashSet<i64> = shut.iter().filter_map(|user| user["id"].as_i64()).collect();
        let all: HashMap<i64, &Value> = all.iter().filter_map(|user| Some((user["id"].as_i64()?, user))).collect();
        let groups: HashSet<String> = here.into_iter().map(str::to_owned).collect();
        for entry in entries {
            let Some((_, person, role)) = three(&entry.key) else { continue };
            let Some(user) = self.number(What::User, person).filter(|_| !self.is_gone(What::User, person)) else {
                continue;
            };
            self.looked(What::Enrolment);
            let case = Case { what: What::Enrolment, id: person, within: Some(course), entry };
            match all.get(&user) {
                None if entry.digest == ENDED => {}
                None => self.gone(&case),
                Some(_) if entry.digest == ENDED => {
                    if !shut.contains(&user) {
                        self.changed(&case, vec!["suspend"], Vec::new());
                    }
                }
                Some(there) if !roles(there).contains(&role) && !is_ours(entry) => {
                    // The role alone was ours: it is given again.
                    self.ledger.strike(entry.kind, &entry.key);
                    self.tell(&case, vec!["role"]);
                }
                Some(there) if !roles(there).contains(&role) => self.changed(&case, vec!["role"], Vec::new()),
                Some(_) if shut.contains(&user) && is_ours(entry) && self.is_open(course, person, role) => {
                    self.changed(&case, vec!["suspend"], Vec::new());
                }
                Some(_) => {}
            }
        }
        for entry in members {
            let Some((group, person)) = two(&entry.key).filter(|(group, _)| groups.contains(*group)) else { continue };
            let numbers = (self.number(What::Group, group), self.number(What::User, person));
            let (Some(group_number), Some(user)) = numbers else { continue };
            if self.is_gone(What::Group, group) || self.is_gone(What::User, person) {
                continue;
            }
            self.looked(What::GroupMember);
            let inside = all.get(&user).and_then(|there| there["groups"].as_array());
            if !inside.into_iter().flatten().any(|one| one["id"].as_i64() == Some(group_number)) {
                self.gone(&Case { what: What::GroupMember, id: person, within: Some(group), entry });
            }
        }
        Ok(())
    }

    /// The groups of a course.
    fn groups_of(&self, course: &str) -> Vec<&str> {
        let scene = &self.scene;
        let here = scene.groups.iter().filter(|group| scene.courses[group.course as usize].key == course);
        here.map(|group| group.key.as_str()).collect()
    }

    /// Whether somebody may go into a course at this moment, as far as we said.
    fn is_open(&self, course: &str, person: &str, role: i64) -> bool {
        let scene = &self.scene;
        let (Some(person), Some(course)) =
            (scene.person(person), scene.courses.iter().zip(0..).find(|(one, _)| one.key == course).map(|(_, at)| at))
        else {
            return false;
        };
        let from = scene.ties.partition_point(|tie| (tie.course, tie.person) < (course, person));
        let mut ties = scene.ties[from..].iter().take_while(|tie| (tie.course, tie.person) == (course, person));
        let now = self.job.outside.now().0.div_euclid(1000);
        ties.any(|tie| tie.role == role && tie.start <= now && (tie.end == 0 || now < tie.end))
    }

    pub(super) fn cohort_members(&mut self, can: bool) -> Result<(), Stop> {
        let mut entries = self.ledger.entries(What::CohortMember.number())?;
        entries.retain(is_ours);
        self.hanging(What::CohortMember, &entries);
        if entries.is_empty() {
            return Ok(());
        }
        if !can {
            self.found.unseen.push(What::CohortMember);
            return Ok(());
        }
        // Moodle refuses the whole question if one of them is gone.
        let mut cohorts = self.ledger.entries(What::Cohort.number())?;
        cohorts.retain(|cohort| cohort.number > 0 && !self.is_gone(What::Cohort, &cohort.key));
        let numbers: Vec<i64> = cohorts.iter().map(|cohort| cohort.number).collect();
        let mut inside: HashSet<(i64, i64)> = HashSet::new();
        for some in numbers.chunks(self.job.settings.batch.max(1)) {
            let asked = some.iter().enumerate().map(|(at, number)| (format!("cohortids[{at}]"), number.to_string()));
            for cohort in list(ask(self.job.moodle, MEMBERS, &asked.collect::<Vec<_>>())?) {
                let users = cohort["userids"].as_array().into_iter().flatten().filter_map(Value::as_i64);
                inside.extend(users.filter_map(|user| Some((cohort["cohortid"].as_i64()?, user))));
            }
        }
        for entry in &entries {
            let Some((cohort, person)) = two(&entry.key) else { continue };
            let numbers = (self.number(What::Cohort, cohort), self.number(What::User, person));
            let (Some(number), Some(user)) = numbers else { continue };
            if self.is_gone(What::Cohort, cohort) || self.is_gone(What::User, person) {
                continue;
            }
            self.looked(What::CohortMember);
            if !inside.contains(&(number, user)) {
                self.gone(&Case { what: What::CohortMember, id: person, within: Some(cohort), entry });
            }
        }
        Ok(())
    }

    fn is_gone(&self, what: What, key: &str) -> bool {
        self.gone.contains(&(what, key.to_owned()))
    }

    /// Strikes what hung on something that is gone.
    pub(super) fn hanging(&mut self, what: What, entries: &[Entry]) {
        if self.gone.is_empty() {
            return;
        }
        for entry in entries {
            let of = hangs_on(what, &entry.key);
            if of.is_some_and(|(kind, within, person)| self.is_gone(kind, within) || self.is_gone(What::User, person)) {
                self.ledger.strike(entry.kind, &entry.key);
            }
        }
    }
}
