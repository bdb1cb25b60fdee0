//! What stands before the identifiers of a source, so that those of several
//! sources are told apart, and may be taken away again.

use crate::model::{Kind, Type};
use crate::record::Record;
use std::borrow::Cow;

/// The longest sourcedId.
const LONGEST: usize = 255;

/// A text before the identifiers of a source and all that name them.
///
/// Some kinds may go without: what two sources both send, such as the district,
/// is one record only under one identifier. What stands under the identifier of
/// another record (demographics, under that of their person) goes with it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Prefix {
    text: String,
    except: Vec<Kind>,
}

/// An identifier that would be longer than the standard allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TooLong {
    /// The identifier without the prefix.
    pub sourced_id: String,
}

impl Prefix {
    /// A prefix of all kinds but some. An empty one does nothing.
    pub fn new(text: &str, except: impl IntoIterator<Item = Kind>) -> Prefix {
        Prefix { text: text.to_owned(), except: except.into_iter().collect() }
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether identifiers of a kind get it.
    pub fn is_for(&self, kind: Kind) -> bool {
        let of = if kind == Kind::Demographics { Kind::User } else { kind };
        !self.text.is_empty() && !self.except.contains(&of)
    }

    /// An identifier of the source, as it is with us.
    pub fn on<'a>(&self, kind: Kind, id: &'a str) -> Cow<'a, str> {
        if id.is_empty() || !self.is_for(kind) {
            return Cow::Borrowed(id);
        }
        Cow::Owned(format!("{}{id}", self.text))
    }

    /// One of ours, as the source knows it; `None` if it cannot be the source's.
    pub fn off<'a>(&self, kind: Kind, id: &'a str) -> Option<&'a str> {
        if self.is_for(kind) { id.strip_prefix(self.text.as_str()).filter(|id| !id.is_empty()) } else { Some(id) }
    }

    /// Puts it before the identifier of a record of the source, and of all that
    /// the record names.
    ///
    /// # Errors
    /// [`TooLong`]; the record is then to be left.
    pub fn apply(&self, record: &mut Record) -> Result<(), TooLong> {
        self.apply_but(record, &|_, _| false)
    }

    /// The same, but for what `ours` says of a kind and an identifier that it is a
    /// record of ours, which the source has from us.
    ///
    /// # Errors
    /// As [`Prefix::apply`].
    pub fn apply_but(&self, record: &mut Record, ours: &dyn Fn(Kind, &str) -> bool) -> Result<(), TooLong> {
        if self.text.is_empty() {
            return Ok(());
        }
        each(record, &mut |kind, id| {
            if ours(kind, id) {
                return Ok(id.to_owned());
            }
            let on = self.on(kind, id);
            if on.len() > LONGEST { Err(TooLong { sourced_id: id.to_owned() }) } else { Ok(on.into_owned()) }
        })
    }

    /// Takes it away again: the record as the source knows it. What does not
    /// have it is not the source's, and named as it stands.
    pub fn strip(&self, record: &mut Record) {
        if self.text.is_empty() {
            return;
        }
        let off = |kind: Kind, id: &str| Ok::<_, std::convert::Infallible>(self.off(kind, id).unwrap_or(id).to_owned());
        match each(record, &mut |kind, id| off(kind, id)) {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
}

/// Gives a record's identifier another form, and every identifier that it names.
///
/// # Errors
/// As `name` says.
pub fn each<E>(record: &mut Record, name: &mut dyn FnMut(Kind, &str) -> Result<String, E>) -> Result<(), E> {
    if !record.sourced_id.is_empty() {
        record.sourced_id = name(record.kind(), &record.sourced_id)?;
    }
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        let target = match field.ty {
            // What a link leads to stands last among its references.
            Type::Through(link) => link.entity().fields.iter().filter_map(|field| field.target()).next_back(),
            Type::Rows(_) => {
                record.each_row(at, &mut |row| each(row, name))?;
                None
            }
            _ => field.target(),
        };
        let Some(target) = target.filter(|_| record.get(at).is_some()) else { continue };
        let named: Vec<String> = record.list(at).map(|id| name(target, id)).collect::<Result<_, E>>()?;
        record.set(at, "");
        named.iter().for_each(|id| record.push(at, id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at;
    use crate::model::MODEL;
    use proptest::prelude::*;

    /// A record of any kind with a value in every field, and rows inside.
    fn full(kind: Kind, ids: &[String]) -> Record {
        let mut ids = ids.iter().cycle();
        let mut record = Record::new(kind);
        record.sourced_id.push_str(ids.next().unwrap());
        for (at, field) in (0u8..).zip(kind.entity().fields) {
            match field.ty {
                Type::Rows(inner) => {
                    let mut row = Record::new(inner);
                    row.sourced_id.push_str(ids.next().unwrap());
                    row.push(0, ids.next().unwrap());
                    record.push_row(at, row);
                }
                Type::Pairs(..) | Type::Metadata => record.push_pair(at, "left", "right"),
                _ if field.many => (0..3).for_each(|_| record.push(at, ids.next().unwrap())),
                _ => record.push(at, ids.next().unwrap()),
            }
        }
        record
    }

    proptest! {
        #[test]
        fn what_is_put_before_is_taken_away_again(
            ids in proptest::collection::vec("[a-zA-Z0-9._/@-]{1,20}", 1..8),
            text in "[a-z-]{0,5}",
            kind in 0..MODEL.len(),
            except in proptest::collection::vec(0..MODEL.len(), 0..4),
        ) {
            let prefix = Prefix::new(&text, except.iter().map(|at| MODEL[*at].kind));
            let before = full(MODEL[kind].kind, &ids);
            let mut record = before.clone();
            prop_assert_eq!(prefix.apply(&mut record), Ok(()));
            prop_assert!(prefix.is_for(record.kind()) == (record.sourced_id != before.sourced_id));
            prefix.strip(&mut record);
            prop_assert_eq!(record, before);
        }
    }

    #[test]
    fn it_stands_before_identifiers_and_nothing_else() {
        let prefix = Prefix::new("n-", [Kind::Org]);
        let mut class = Record::new(Kind::Class);
        class.sourced_id.push('c');
        for (field, value) in [
            (at!(Class.title), "t1"),
            (at!(Class.course), "co"),
            (at!(Class.school), "s"),
            (at!(Class.terms), "t1"),
            (at!(Class.terms), "t2"),
        ] {
            class.push(field, value);
        }
        prefix.apply(&mut class).unwrap();
        assert_eq!((class.sourced_id.as_str(), class.get(at!(Class.title))), ("n-c", Some("t1")));
        assert_eq!([class.get(at!(Class.course)), class.get(at!(Class.school))], [Some("n-co"), Some("s")]);
        assert_eq!(class.list(at!(Class.terms)).collect::<Vec<_>>(), ["n-t1", "n-t2"]);
        // What the source has from us keeps the name that it has here.
        let mut back = Record::new(Kind::Result);
        back.sourced_id.push_str("r1");
        back.push(at!(Result.lineItem), "i1");
        back.push(at!(Result.student), "u1");
        prefix.apply_but(&mut back, &|kind, id| (kind, id) == (Kind::LineItem, "i1")).unwrap();
        let named = [back.get(at!(Result.lineItem)), back.get(at!(Result.student))];
        assert_eq!((back.sourced_id.as_str(), named), ("n-r1", [Some("i1"), Some("n-u1")]));
        // What is not the source's keeps its name.
        assert_eq!((prefix.off(Kind::User, "m-1"), prefix.off(Kind::Org, "m-1")), (None, Some("m-1")));
        assert_eq!(Prefix::new("n-", [Kind::User]).on(Kind::Demographics, "u"), "u");
        let mut long = Record::new(Kind::User);
        long.sourced_id = "x".repeat(254);
        assert!(prefix.apply(&mut long).is_err());
    }
}
