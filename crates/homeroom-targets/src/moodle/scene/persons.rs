//! The people who get accounts: those of the chosen schools, and the agents of
//! their students.

use super::courses::Enrolled;
use super::orgs::{Orgs, category};
use super::{Person, Place, Scene, holds, records};
use crate::moodle::names::title;
use crate::moodle::people;
use crate::moodle::roles::{Context, context};
use crate::moodle::settings::Settings;
use crate::moodle::told::Stop;
use crate::moodle::wish::Wish;
use hashbrown::{HashMap, HashSet};
use homeroom_store::Export;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use oneroster::time::Date;
use std::collections::BTreeMap;

/// The word of those whose agents are looked at.
const STUDENT: &str = "student";
/// The longest name of a cohort.
const NAME: usize = 254;

struct Reading<'a> {
    settings: &'a Settings,
    orgs: &'a Orgs,
    today: Date,
    enrolled: HashSet<u64>,
    students: HashSet<u64>,
    /// People who may be agents, with their roles in a student's context.
    kin: HashMap<u64, (Person, Vec<i64>)>,
    /// Those of them who have an account anyway.
    kin_here: HashMap<u64, Vec<i64>>,
    /// Who names whom as an agent.
    links: Vec<(u64, u64)>,
    schools: HashSet<String>,
    categories: BTreeMap<String, u32>,
    cohorts: BTreeMap<String, u32>,
}

pub(super) fn read(
    export: &mut Export,
    scene: &mut Scene,
    orgs: &Orgs,
    settings: &Settings,
    today: Date,
    enrolled: &[Enrolled],
) -> Result<(), Stop> {
    let places = scene.categories.iter().zip(0..).map(|(place, at)| (place.key.clone(), at));
    let mut reading = Reading {
        settings,
        orgs,
        today,
        enrolled: enrolled.iter().map(|one| one.user).collect(),
        students: HashSet::new(),
        kin: HashMap::new(),
        kin_here: HashMap::new(),
        links: Vec::new(),
        schools: scene.schools.iter().cloned().collect(),
        categories: places.collect(),
        cohorts: BTreeMap::new(),
    };
    records(export, Kind::User, &mut |record| reading.person(&record, scene))?;
    reading.agents(scene);
    Ok(())
}

impl Reading<'_> {
    fn person(&mut self, user: &Record, scene: &mut Scene) {
        let hash = id_digest(&user.sourced_id);
        let (mut here, mut mapped, mut student) = (false, self.enrolled.contains(&hash), false);
        let (mut kin, mut staff, mut schools) = (Vec::new(), Vec::new(), Vec::new());
        for role in user.rows(at!(User.roles)).filter(|role| holds(role, self.today)) {
            let (word, org) =
                (role.get(at!(Role.role)).unwrap_or_default(), role.get(at!(Role.org)).unwrap_or_default());
            let number = self.settings.role(word);
            let of = context(word);
            if let (Some(number), Some(Context::Student)) = (number, of) {
                kin.push(number);
            }
            let chosen = self.schools.contains(org);
            here |= chosen;
            // Agents have an account for the sake of their students only.
            mapped |= chosen && number.is_some() && of != Some(Context::Student);
            if chosen && word == STUDENT {
                student = true;
                schools.push(org.to_owned());
            }
            if let (Some(number), Some(Context::Category)) = (number, of)
                && let Some(place) = self.categories.get(&category(org))
            {
                // Whoever has a role above the schools has it in all of them.
                (mapped, here) = (true, true);
                staff.push((*place, number));
            }
        }
        let enrolled = self.enrolled.contains(&hash);
        let wanted = mapped || (self.settings.everybody && here);
        if !wanted && kin.is_empty() {
            return;
        }
        if student || enrolled || !kin.is_empty() {
            self.links.extend(user.list(at!(User.agents)).map(|agent| (hash, id_digest(agent))));
        }
        if student || enrolled {
            self.students.insert(hash);
        }
        let person = people::person(user, self.settings);
        if !wanted {
            self.kin.insert(hash, (person, kin));
            return;
        }
        if !kin.is_empty() {
            self.kin_here.insert(hash, kin);
        }
        let at = add(scene, hash, person);
        scene.staff.extend(staff.into_iter().map(|(place, role)| (at, place, role)));
        for school in schools {
            self.cohort(scene, at, &school, user);
        }
    }

    /// Puts a student into the cohorts of a school and of its grades.
    fn cohort(&mut self, scene: &mut Scene, person: u32, school: &str, user: &Record) {
        let name = self.orgs.name(school);
        let mut wanted = Vec::new();
        if self.settings.cohorts_by_school {
            wanted.push((school.to_owned(), name.to_owned()));
        }
        if self.settings.cohorts_by_grade {
            let grades = user.list(at!(User.grades)).filter(|grade| !grade.trim().is_empty());
            wanted.extend(
                grades.map(|grade| (format!("{school}@{}", grade.trim()), format!("{name}: {}", grade.trim()))),
            );
        }
        for (key, name) in wanted {
            let next = u32::try_from(scene.cohorts.len()).unwrap_or(u32::MAX);
            let at = *self.cohorts.entry(key.clone()).or_insert(next);
            if at == next {
                let wish = Wish::default().text("name", title(&name, NAME)).text("idnumber", &key);
                scene.cohorts.push(Place { key, wish });
            }
            scene.members.push((at, person));
        }
    }

    /// Joins students and agents, whichever of the two names the other.
    fn agents(&mut self, scene: &mut Scene) {
        let mut pairs = Vec::new();
        for (one, other) in &self.links {
            for (student, agent) in [(*one, *other), (*other, *one)] {
                let roles = self.kin.get(&agent).map(|(_, roles)| roles).or_else(|| self.kin_here.get(&agent));
                if self.students.contains(&student)
                    && let Some(roles) = roles
                {
                    pairs.extend(roles.iter().map(|role| (student, agent, *role)));
                }
            }
        }
        for (student, agent, role) in pairs {
            let known = scene.person_at.get(&agent).copied();
            let agent = known.or_else(|| self.kin.remove(&agent).map(|(person, _)| add(scene, agent, person)));
            if let (Some(student), Some(agent)) = (scene.person_at.get(&student).copied(), agent) {
                scene.kin.push((student, agent, role));
            }
        }
        for all in [&mut scene.kin, &mut scene.staff] {
            all.sort_unstable();
            all.dedup();
        }
        scene.members.sort_unstable();
        scene.members.dedup();
    }
}

fn add(scene: &mut Scene, hash: u64, person: Person) -> u32 {
    let at = u32::try_from(scene.people.len()).unwrap_or(u32::MAX);
    scene.people.push(person);
    scene.person_at.insert(hash, at);
    at
}
