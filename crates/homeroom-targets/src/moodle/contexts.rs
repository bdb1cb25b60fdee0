//! Roles outside courses: of agents in the contexts of their students, and of
//! staff in categories.

use super::batch::{ASSIGN, After, Engine, Task};
use super::keys::held;
use super::scene::Scene;
use super::told::{Did, State, Stop, Told, What};
use super::wish::UNKNOWN;

/// Roles of agents in the contexts of their students, and of staff in
/// categories. Giving one that is there already changes nothing.
pub(super) fn contexts(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let person = |at: u32| &*scene.people[at as usize].id;
    let kin = scene.kin.iter().map(|(student, agent, role)| (What::Guardian, person(*student), person(*agent), *role));
    let staff = scene.staff.iter().map(|(somebody, place, role)| {
        (What::Staff, scene.categories[*place as usize].key.as_str(), person(*somebody), *role)
    });
    let mut tasks = Vec::new();
    for (what, within, somebody, role) in kin.chain(staff) {
        let key = held(within, somebody, role);
        let known = engine.ledger.known(what.number(), &key);
        // What cannot be read there may be wanted once more.
        if known.is_some_and(|known| known.digest != UNKNOWN) {
            continue;
        }
        let (place, level) = if what == What::Guardian { (What::User, "user") } else { (What::Category, "coursecat") };
        let numbers = (engine.number(place, within), engine.number(What::User, somebody));
        let told = |did| Told::new(did, what, somebody).within(within);
        let (Some(at), Some(user)) = numbers else {
            engine.tell(&told(Did::Skipped).why("one of the two has no account"));
            continue;
        };
        let number = |name: &'static str, value: i64| (name, value.to_string());
        let level = ("contextlevel", level.to_owned());
        let fields = vec![number("roleid", role), number("userid", user), level, number("instanceid", at)];
        let after = After::Keep(State::Ours, 1, Vec::new());
        let did = if known.is_some() { Did::Updated } else { Did::Created };
        tasks.push(Task { what, key, number: 0, fields, after, told: told(did) });
    }
    engine.run(&ASSIGN, tasks)
}
