//! Organisations: the chosen schools, and the categories of their tree.

use super::{Place, Scene, records};
use crate::moodle::names::title;
use crate::moodle::settings::{Schools, Settings};
use crate::moodle::told::{Stop, What};
use crate::moodle::wish::Wish;
use homeroom_store::Export;
use oneroster::at;
use oneroster::model::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of organisation that is a school.
const SCHOOL: &str = "school";
/// The longest name of a category.
const NAME: usize = 255;

struct Org {
    name: String,
    kind: String,
    parent: Option<String>,
}

/// The organisations of a roster.
pub(super) struct Orgs(BTreeMap<String, Org>);

pub(super) fn read(export: &mut Export) -> Result<Orgs, Stop> {
    let mut all = BTreeMap::new();
    records(export, Kind::Org, &mut |record| {
        let text = |field| record.get(field).unwrap_or_default().to_owned();
        let parent = record.get(at!(Org.parent)).map(str::to_owned);
        let org = Org { name: text(at!(Org.name)), kind: text(at!(Org.type)), parent };
        all.insert(record.sourced_id.clone(), org);
    })?;
    Ok(Orgs(all))
}

/// The key of the category of an organisation.
pub(super) fn category(org: &str) -> String {
    org.to_owned()
}

impl Orgs {
    /// The chosen schools. One that is gone is no reason to suspend its people.
    pub(super) fn chosen(&self, settings: &Settings) -> Result<Vec<String>, Stop> {
        let schools = || self.0.iter().filter(|(_, org)| org.kind == SCHOOL);
        let Schools::Named(named) = &settings.schools else { return Ok(schools().map(|(id, _)| id.clone()).collect()) };
        for id in named {
            let hint = || {
                let some: Vec<_> = schools().take(10).map(|(id, org)| format!("{id} ({})", org.name)).collect();
                format!("choose others with: homeroom target edit NAME --school ID; schools are {}", some.join(", "))
            };
            match self.0.get(id) {
                None => return Err(Stop::new(format!("the chosen school {id:?} is not in the roster"), hint())),
                Some(org) if org.kind != SCHOOL => {
                    return Err(Stop::new(format!("{id:?} is no school but a {}", org.kind), hint()));
                }
                Some(_) => {}
            }
        }
        let all: BTreeSet<&String> = named.iter().collect();
        Ok(all.into_iter().cloned().collect())
    }

    /// The categories of the chosen schools and of all above them.
    pub(super) fn categories(&self, scene: &mut Scene, settings: &Settings) {
        let mut seen = BTreeSet::new();
        for school in &scene.schools {
            let mut chain = vec![school.as_str()];
            // A tree may be a circle in a bad roster.
            while let Some(above) = chain.last().and_then(|id| self.0.get(*id)?.parent.as_deref()) {
                if chain.contains(&above) || !self.0.contains_key(above) {
                    break;
                }
                chain.push(above);
            }
            for (place, id) in chain.iter().enumerate().rev() {
                if !seen.insert((*id).to_owned()) {
                    continue;
                }
                let name = title(self.0.get(*id).map_or("", |org| &org.name), NAME);
                let name = if name.is_empty() { (*id).to_owned() } else { name };
                let wish = Wish::default().text("name", name).text("idnumber", *id);
                let wish = match chain.get(place + 1) {
                    Some(above) => wish.of("parent", What::Category, &category(above)),
                    None => wish.number("parent", settings.root),
                };
                scene.categories.push(Place { key: category(id), wish });
            }
        }
    }

    /// The name of an organisation.
    pub(super) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, |org| &org.name)
    }
}
