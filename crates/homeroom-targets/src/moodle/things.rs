//! Things that have a number in Moodle: each made, or made what it shall be; and
//! of them the places, which are categories and courses.

use super::batch::{After, CREATE_CATEGORIES, CREATE_COURSES, Call, Engine, Task, UPDATE_CATEGORIES, UPDATE_COURSES};
use super::scene::Scene;
use super::told::{Did, State, Stop, Told, What};
use super::wish::{ENDED, Value, Wish};
use hashbrown::HashMap;

/// What is to be done for a thing that has a number.
pub(super) struct Thing<'a> {
    pub(super) what: What,
    pub(super) key: &'a str,
    pub(super) wish: &'a Wish,
}

impl Engine<'_> {
    /// The task that makes a thing, or makes it what it shall be; whether it is
    /// new. None if nothing is to be done.
    pub(super) fn settle_thing(&mut self, thing: &Thing<'_>) -> Result<Option<(Task, bool)>, Stop> {
        let Thing { what, key, wish } = *thing;
        if self.left.contains(&(what.number(), key.to_owned())) {
            return Ok(None);
        }
        let digest = wish.digest();
        let known = self.ledger.known(what.number(), key);
        let (sent, number, state, told) = match known {
            Some(known) if known.digest == digest => return Ok(None),
            Some(known) => {
                let before = if known.digest == ENDED { Vec::new() } else { self.ledger.parts(what.number(), key)? };
                let changed = wish.changed(&before);
                let told = Told::new(Did::Updated, what, key).fields(changed.names());
                let adopted = known.state == State::Adopted.number();
                (changed, known.number, if adopted { State::Adopted } else { State::Ours }, told)
            }
            None => (wish.clone(), 0, State::Ours, Told::new(Did::Created, what, key)),
        };
        let Some(mut fields) = self.fields(&sent) else {
            self.tell(&Told::new(Did::Skipped, what, key).why("what it stands in could not be made"));
            return Ok(None);
        };
        if known.is_some() {
            fields.insert(0, ("id", number.to_string()));
        }
        let after = After::Keep(state, digest, wish.parts());
        Ok(Some((Task { what, key: key.to_owned(), number, fields, after, told }, known.is_none())))
    }

    fn settle_things(&mut self, things: &[Thing<'_>], create: &Call, update: &Call) -> Result<(), Stop> {
        let (mut new, mut old) = (Vec::new(), Vec::new());
        for thing in things {
            match self.settle_thing(thing)? {
                Some((task, true)) => new.push(task),
                Some((task, false)) => old.push(task),
                None => {}
            }
        }
        self.run(create, new)?;
        self.run(update, old)
    }
}

/// Categories, those above first, and courses.
pub(super) fn places(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    // One call for each level of the tree.
    let mut level: HashMap<&str, usize> = HashMap::new();
    let mut levels: Vec<Vec<Thing<'_>>> = Vec::new();
    for place in &scene.categories {
        let above = place.wish.0.iter().find_map(|(_, value)| match value {
            Value::Of(What::Category, key) => level.get(key.as_str()).copied(),
            _ => None,
        });
        let at = above.map_or(0, |above| above + 1);
        level.insert(&place.key, at);
        levels.resize_with(levels.len().max(at + 1), Vec::new);
        levels[at].push(Thing { what: What::Category, key: &place.key, wish: &place.wish });
    }
    for things in &levels {
        engine.settle_things(things, &CREATE_CATEGORIES, &UPDATE_CATEGORIES)?;
    }
    let courses: Vec<_> =
        scene.courses.iter().map(|course| Thing { what: What::Course, key: &course.key, wish: &course.wish }).collect();
    engine.settle_things(&courses, &CREATE_COURSES, &UPDATE_COURSES)
}
