//! What a thing in Moodle shall be like: its fields, and digests of them.

use super::told::What;
use xxhash_rust::xxh3::xxh3_64;

/// The value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// A text, or a number as a text.
    Text(String),
    /// The number of another thing, which may not be there yet.
    Of(What, String),
}

/// Fields in the order in which Moodle is told them.
#[derive(Clone, Default, Debug)]
pub(super) struct Wish(pub(super) Vec<(&'static str, Value)>);

impl Wish {
    pub(super) fn text(mut self, name: &'static str, value: impl Into<String>) -> Wish {
        self.0.push((name, Value::Text(value.into())));
        self
    }

    pub(super) fn number(self, name: &'static str, value: i64) -> Wish {
        self.text(name, value.to_string())
    }

    pub(super) fn of(mut self, name: &'static str, what: What, key: &str) -> Wish {
        self.0.push((name, Value::Of(what, key.to_owned())));
        self
    }

    /// A digest of all fields; never one of those that mean something else.
    pub(super) fn digest(&self) -> i64 {
        let mut bytes = Vec::new();
        for (name, value) in &self.0 {
            bytes.extend_from_slice(&part(name, value));
        }
        match xxh3_64(&bytes).cast_signed() {
            UNKNOWN | ENDED => 1,
            digest => digest,
        }
    }

    /// A digest of each field.
    pub(super) fn parts(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(name, value)| part(name, value)).collect()
    }

    /// The fields that are not what they were; all if that is not known.
    pub(super) fn changed(&self, before: &[u8]) -> Wish {
        let known: Vec<&[u8]> = before.chunks(8).collect();
        let is_new = |field: &&(&'static str, Value)| !known.contains(&part(field.0, &field.1).as_slice());
        let changed: Vec<_> = self.0.iter().filter(is_new).cloned().collect();
        Wish(if changed.is_empty() { self.0.clone() } else { changed })
    }

    /// Whether a field is not what it was.
    pub(super) fn is_new(&self, name: &str, before: &[u8]) -> bool {
        self.0.iter().any(|field| field.0 == name && !holds(before, name, &field.1))
    }

    /// Another text in the place of a field.
    pub(super) fn put(&mut self, name: &str, value: String) {
        for field in self.0.iter_mut().filter(|field| field.0 == name) {
            field.1 = Value::Text(value.clone());
        }
    }

    /// These fields alone.
    pub(super) fn only(&self, names: &[&str]) -> Wish {
        Wish(self.0.iter().filter(|field| names.contains(&field.0)).cloned().collect())
    }

    /// The same without a field.
    pub(super) fn without(mut self, name: &str) -> Wish {
        self.0.retain(|field| field.0 != name);
        self
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|field| field.0).collect()
    }
}

/// The digest of what was taken over or found again: whatever is wanted differs.
pub(super) const UNKNOWN: i64 = 0;
/// The digest of what was ended: suspended or hidden.
pub(super) const ENDED: i64 = -1;

/// Whether a field had this value when digests of its parts were kept.
pub(super) fn holds(parts: &[u8], name: &str, value: &Value) -> bool {
    let wanted = part(name, value);
    parts.chunks(wanted.len()).any(|one| one == wanted)
}

/// The digest of a field.
pub(super) fn part(name: &str, value: &Value) -> [u8; 8] {
    let text = match value {
        Value::Text(text) => format!("{name}\u{1f}{text}"),
        Value::Of(what, key) => format!("{name}\u{1f}\u{1f}{}\u{1f}{key}", *what as i64),
    };
    xxh3_64(text.as_bytes()).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann(email: &str) -> Wish {
        Wish::default().text("firstname", "Ann").text("email", email).of("parent", What::Category, "s1")
    }

    #[test]
    fn what_changed_is_named() {
        let (before, after) = (ann("a@x.y"), ann("b@x.y"));
        assert_eq!(before.digest(), ann("a@x.y").digest());
        assert_ne!(before.digest(), after.digest());
        assert_eq!(after.changed(&before.parts()).names(), ["email"]);
        assert_eq!(after.changed(&[]).names(), ["firstname", "email", "parent"]);
        assert_eq!(after.without("email").names(), ["firstname", "parent"]);
    }
}
