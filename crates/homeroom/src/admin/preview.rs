//! What an application would see, before it asks.

use super::apps;
use crate::days;
use crate::export::{AsSeen, Seen};
use crate::output::Failure;
use homeroom_store::access::{Access, App, ScopeSet};
use homeroom_store::{Roster, Which};
use oneroster::at;
use oneroster::grant::{Bounds, Cover, Need, Preflight, spell, spell_record};
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Entity, Kind, MODEL, Method, Place, ROUTES, Route, Slot, Type, Version};
use oneroster::record::Record;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

/// So many people are named.
const NAMED: usize = 20;
/// Where references of the examples point.
const NOWHERE: &str = "https://roster.example.org";

/// What an application sees, looked through.
pub struct Preview {
    app: App,
    counts: Vec<(&'static str, u64)>,
    schools: BTreeMap<String, School>,
    examples: Vec<Example>,
    left_out: BTreeSet<String>,
    stopped: Vec<(&'static Need, Vec<String>)>,
}

#[derive(Default)]
struct School {
    name: String,
    counts: BTreeMap<&'static str, u64>,
}

/// The first record of a kind, and what is not in it or not as it is.
struct Example {
    entity: &'static Entity,
    record: Value,
    hidden: Vec<&'static str>,
    masked: Vec<&'static str>,
}

/// What an application sees of its roster now.
///
/// # Errors
/// As the store says.
pub fn as_seen(access: &Access, roster: &Roster, app: &App) -> Result<AsSeen, Failure> {
    let now = access.now();
    let today = days::today(roster, &app.bounds, now)?;
    let view = roster.view(&app.client_id, &app.bounds, now, today)?;
    let mask = access.mask(&app.tenant, &app.client_id)?;
    Ok(AsSeen { view, cover: opened(app), mask, spelled: app.bounds.spells_ids() })
}

/// What its grant shows it of the collections that its scopes open: it could ask for
/// no other.
fn opened(app: &App) -> Cover {
    let opens =
        |route: &Route, version| ScopeSet::opening(route, version).intersection(app.scopes) != ScopeSet::default();
    let reads = ROUTES.iter().filter(|route| route.method == Method::Get && app.cover.opens(route.kind));
    let reads = reads.filter(|route| Version::ALL.into_iter().any(|version| opens(route, version)));
    let mut entities: BTreeSet<String> = reads.map(|route| route.kind.entity().plural.to_owned()).collect();
    if entities.is_empty() {
        // No name at all would set no limit.
        entities.insert(String::new());
    }
    Cover { entities, ..app.cover.clone() }
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview").field("app", &self.app.name).finish_non_exhaustive()
    }
}

impl Preview {
    /// Looks through everything that an application sees.
    ///
    /// # Errors
    /// As the store says.
    pub fn of(roster: &Roster, app: App, sight: &AsSeen) -> Result<Preview, Failure> {
        // Who looks after the roster knows records by their own identifiers.
        let seen = Seen::new(roster, &AsSeen { spelled: false, ..sight.clone() })?;
        let mut preview = Preview {
            app,
            counts: Vec::new(),
            schools: BTreeMap::new(),
            examples: Vec::new(),
            left_out: BTreeSet::new(),
            stopped: Vec::new(),
        };
        let mut preflight = preview.app.bounds.profile.as_ref().map(Preflight::new);
        let bases = Bases::new(Version::V1P2, NOWHERE);
        let (mut people, mut classes) = (HashSet::new(), HashSet::new());
        for entity in MODEL.iter().copied().filter(|e| e.place == Place::Class && e.json.has(Version::V1P2)) {
            let count = seen.count(entity.kind)?;
            if count == 0 {
                continue;
            }
            preview.counts.push((entity.plural, count));
            let plan = Plan::covered(entity.kind, Version::V1P2, &bases, None, &sight.cover);
            let mut first = None;
            seen.rows(entity.kind, None, &mut |row| {
                first.get_or_insert_with(|| example(entity, sight, &plan, row));
                if let Some(record) = Record::unpack(entity.kind, row.sourced_id, row.packed) {
                    preview.add(&record);
                    preflight.iter_mut().for_each(|preflight| preflight.look(&record));
                }
                match entity.kind {
                    Kind::User => drop(people.insert(row.sourced_id.to_owned())),
                    Kind::Class => drop(classes.insert(row.sourced_id.to_owned())),
                    _ => {}
                }
                true
            })?;
            preview.examples.extend(first.flatten());
        }
        preview.stopped = preflight.map(Preflight::end).unwrap_or_default();
        if !preview.app.bounds.sees_all() {
            preview.left_out = left_out(roster, &preview.app.bounds, &people, &classes)?;
        }
        Ok(preview)
    }

    /// Counts a record at the schools that it is of.
    fn add(&mut self, record: &Record) {
        let kind = record.kind();
        let plural = kind.entity().plural;
        match kind {
            Kind::Org if record.get(at!(Org.type)) == Some("school") => {
                let name = record.get(at!(Org.name)).unwrap_or_default();
                self.schools.entry(record.sourced_id.clone()).or_default().name = name.to_owned();
            }
            Kind::Class | Kind::Enrollment => {
                let school = if kind == Kind::Class { at!(Class.school) } else { at!(Enrollment.school) };
                self.count(record.get(school), plural);
            }
            Kind::User => {
                let orgs: BTreeSet<&str> =
                    record.rows(at!(User.roles)).filter_map(|role| role.get(at!(Role.org))).collect();
                for org in orgs {
                    self.count(Some(org), plural);
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, org: Option<&str>, plural: &'static str) {
        // Orgs come first, so that every school is known by now.
        if let Some(school) = org.and_then(|org| self.schools.get_mut(org)) {
            *school.counts.entry(plural).or_default() += 1;
        }
    }

    /// For scripts.
    pub fn document(&self) -> Value {
        let counts: Map<String, Value> =
            self.counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        let schools = self
            .schools
            .iter()
            .map(|(id, school)| json!({ "school": id, "name": school.name, "counts": school.counts }));
        let examples = self.examples.iter().map(|one| {
            json!({ "entity": one.entity.plural, "record": one.record, "hidden": one.hidden, "masked": one.masked })
        });
        json!({
            "app": &*self.app.name,
            "grant": apps::document(&self.app)["grant"],
            "scopes": self.app.scopes.names(),
            "counts": counts,
            "schools": schools.collect::<Vec<_>>(),
            "examples": examples.collect::<Vec<_>>(),
            "profile": self.app.bounds.profile.as_ref().map(|profile| json!({
                "name": profile.name(),
                "advice": profile.known().advice,
                "stopped": self.stopped.iter().map(stopped).collect::<Vec<_>>(),
            })),
            "left_out": { "count": self.left_out.len(), "users": self.left_out.iter().take(NAMED).collect::<Vec<_>>() },
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("{} sees, as far as its scopes open it:\n", self.app.name);
        for (name, count) in &self.counts {
            let _ = writeln!(text, "{count:>10} {name}");
        }
        if self.counts.is_empty() {
            text.push_str("nothing\n");
        }
        for (id, school) in &self.schools {
            let counts: Vec<String> = school.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
            let counts = if counts.is_empty() { "nothing but its name".to_owned() } else { counts.join(", ") };
            let _ = writeln!(text, "\n{} ({id}): {counts}", school.name);
        }
        for one in &self.examples {
            let _ = writeln!(text, "\nThe first of {}:", one.entity.plural);
            for (name, value) in one.record.as_object().into_iter().flatten() {
                let mark = if one.masked.contains(&name.as_str()) { "  (a stand-in)" } else { "" };
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let _ = writeln!(text, "  {name:20} {value}{mark}");
            }
            for name in &one.hidden {
                let _ = writeln!(text, "  {name:20} (hidden)");
            }
        }
        self.tell_profile(&mut text);
        if !self.left_out.is_empty() {
            let names: Vec<&str> = self.left_out.iter().take(NAMED).map(String::as_str).collect();
            let more = if self.left_out.len() > NAMED { ", ..." } else { "" };
            let _ = writeln!(
                text,
                "\n{} people are in classes that it sees, and are left out, for they have no role at a school that it \
                 sees: {}{more}\nGive them a role there in the student information system.",
                self.left_out.len(),
                names.join(", ")
            );
        }
        text
    }
}

impl Preview {
    fn tell_profile(&self, text: &mut String) {
        let Some(profile) = &self.app.bounds.profile else { return };
        let known = profile.known();
        let _ = writeln!(text, "\nFor {}:", known.doc);
        for (need, ids) in &self.stopped {
            let named: Vec<&str> = ids.iter().take(NAMED).map(String::as_str).collect();
            let more = if ids.len() > NAMED { ", ... (all of them with --json)" } else { "" };
            let plural = need.kind.entity().plural;
            let _ = writeln!(text, "{:>10} {plural}: {}: {}{more}", ids.len(), need.told, named.join(", "));
            let _ = writeln!(text, "{:>10} {}", "", need.next.replace("NAME", &self.app.name));
        }
        if self.stopped.is_empty() {
            text.push_str("nothing in what it sees would stop it\n");
        }
        for advice in known.advice {
            let _ = writeln!(text, "Mind: {advice}");
        }
    }
}

/// Records that would stop the consumer, all of them.
fn stopped((need, ids): &(&'static Need, Vec<String>)) -> Value {
    let entity = need.kind.entity();
    json!({
        "entity": entity.plural,
        "member": need.rule.field().map_or("sourcedId", |field| entity.field(Slot::Own(field)).name),
        "reason": need.told,
        "next": need.next,
        "source": need.source,
        "count": ids.len(),
        "records": ids,
    })
}

fn example(entity: &'static Entity, sight: &AsSeen, plan: &Plan, row: &Row<'_>) -> Option<Example> {
    let mut out = Vec::new();
    if sight.spelled {
        let mut spelled = spell_record(&Record::unpack(entity.kind, row.sourced_id, row.packed)?);
        let children: Vec<String> = row.children.iter().map(|id| spell(id).into_owned()).collect();
        let mut packed = Vec::new();
        spelled.pack(&mut packed);
        let sourced_id = spelled.sourced_id.as_str();
        plan.write(&Row { sourced_id, packed: &packed, children: &children, ..*row }, &mut out);
    } else {
        plan.write(row, &mut out);
    }
    let named = |shown: &dyn Fn(Kind, Slot) -> bool| -> Vec<&'static str> {
        entity.members(Version::V1P2).filter(|(slot, _)| shown(entity.kind, *slot)).map(|(_, f)| f.name).collect()
    };
    // What is nested is told by its names, too.
    let nested = |shown: &dyn Fn(Kind, Slot) -> bool| -> Vec<&'static str> {
        let rows = entity.fields.iter().filter_map(|f| if let Type::Rows(kind) = f.ty { Some(kind) } else { None });
        rows.flat_map(|kind| kind.entity().members(Version::V1P2).map(move |(slot, f)| (kind, slot, f.name)))
            .filter(|(kind, slot, _)| shown(*kind, *slot))
            .map(|(.., name)| name)
            .collect()
    };
    let hides = |kind: Kind, slot: Slot| sight.cover.hides(kind, slot);
    let masks = |kind: Kind, slot: Slot| sight.cover.masks(kind, slot);
    Some(Example {
        entity,
        record: serde_json::from_slice(&out).ok()?,
        hidden: [named(&hides), nested(&hides)].concat(),
        masked: [named(&masks), nested(&masks)].concat(),
    })
}

/// People who are enrolled in classes that are seen, hold a role that the grant
/// does not rule out, and are not seen: for want of a role at a school that is.
fn left_out(
    roster: &Roster,
    bounds: &Bounds,
    people: &HashSet<String>,
    classes: &HashSet<String>,
) -> Result<BTreeSet<String>, Failure> {
    let mut whole = roster.export(None)?;
    let mut missing = BTreeSet::new();
    whole.rows(Kind::Enrollment, Which::Live, None, &mut |row| {
        if let Some(record) = Record::unpack(Kind::Enrollment, row.sourced_id, row.packed)
            && record.get(at!(Enrollment.class)).is_some_and(|class| classes.contains(class))
            && let Some(user) = record.get(at!(Enrollment.user)).filter(|user| !people.contains(*user))
        {
            missing.insert(user.to_owned());
        }
        true
    })?;
    let meant = |id: &str| -> Result<bool, Failure> {
        let Some(stored) = roster.stored(Kind::User, id)? else { return Ok(false) };
        let words = |record: &Record| {
            record
                .rows(at!(User.roles))
                .filter_map(|role| role.get(at!(Role.role)).map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let roles = words(&stored.record);
        Ok(bounds.roles.is_empty() || roles.is_empty() || roles.iter().any(|role| bounds.roles.contains(role)))
    };
    let mut left = BTreeSet::new();
    for id in missing {
        if meant(&id)? {
            left.insert(id);
        }
    }
    Ok(left)
}
