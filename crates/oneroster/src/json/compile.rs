//! From the model to compiled members: keys, hrefs and forms, once per plan.

use super::members::{Form, Member, Members, Shape};
use super::plan::Bases;
use super::rows::{Array, Rows};
use super::target::{inner_array, is_children, is_row_id, row_members, target};
use super::text::string;
use crate::grant::Cover;
use crate::model::{Entity, Field, Kind, Privacy, Slot, Type, Version};

/// What a plan is compiled for.
pub(super) struct Compiler<'a> {
    pub version: Version,
    pub bases: &'a Bases,
    /// What is not shown of nested rows.
    pub cover: &'a Cover,
}

impl Compiler<'_> {
    /// The members of a class, those that `chosen` names.
    pub fn class(&self, entity: &'static Entity, chosen: &dyn Fn(Slot) -> bool) -> Members {
        let members = entity.members(self.version).filter_map(|(slot, field)| match slot {
            Slot::Own(i) if chosen(slot) && !is_children(entity, field) => Some((i, field)),
            _ => None,
        });
        self.members(entity, members)
    }

    /// The derived list of children, if the class has one and `chosen` names it.
    pub fn children(&self, entity: &'static Entity, chosen: &dyn Fn(Slot) -> bool) -> Option<Member> {
        let mut members = entity.members(self.version);
        members.find(|(slot, f)| is_children(entity, f) && chosen(*slot)).map(|(_, f)| self.member(f))
    }

    fn members(&self, entity: &Entity, shown: impl Iterator<Item = (u8, &'static Field)>) -> Members {
        let skip = Member { key: Box::default(), shape: Shape::Skip };
        let mut members = Members { by_field: vec![skip; entity.fields.len()], withheld: Vec::new() };
        for (i, field) in shown {
            let member = self.member(field);
            if field.privacy == Privacy::Secret {
                members.withheld.push((usize::from(i), member));
            } else {
                members.by_field[usize::from(i)] = member;
            }
        }
        members
    }

    fn member(&self, field: &Field) -> Member {
        let mut key = key(field.name);
        let shape = match field.ty {
            Type::Metadata => {
                key.extend_from_slice(b"{\"");
                Shape::Metadata
            }
            Type::Pairs(left, right) => {
                let open = [b"{", &name(left)[..], b":\""].concat();
                key.push(b'[');
                key.extend_from_slice(&open);
                Shape::Pairs {
                    next: [b",", &open[..]].concat().into(),
                    middle: [b"\",", &name(right)[..], b":\""].concat().into(),
                }
            }
            Type::Rows(kind) => Shape::Rows(Box::new(self.rows(kind))),
            _ => {
                let (open, form) = self.form(field);
                if field.many {
                    key.push(b'[');
                }
                key.extend_from_slice(&open);
                match field.many {
                    true => Shape::Many { next: [b",", &open[..]].concat().into(), form },
                    false => Shape::One(form),
                }
            }
        };
        Member { key: key.into(), shape }
    }

    /// What stands before one value of a field, and the form of the value.
    fn form(&self, field: &Field) -> (Vec<u8>, Form) {
        let text = b"\"".to_vec();
        if let Some(kind) = target(field) {
            let open = [b"{\"href\":\"", self.bases.collection(kind)].concat();
            let close = [b"\",\"type\":", &name(kind.entity().name)[..], b"}"].concat();
            return (open, Form::Reference(close.into()));
        }
        match field.ty {
            // A word that the version lacks is left out where the class allows it.
            Type::Word(words) if !field.json_required.has(self.version) => (text, Form::Word(words, self.version)),
            Type::DateTime => (text, Form::Instant),
            Type::Number => (Vec::new(), Form::Number),
            Type::ProfileRef => (text, Form::Profile),
            _ => (text, Form::Text),
        }
    }

    fn rows(&self, kind: Kind) -> Rows {
        let entity = kind.entity();
        let told = |(i, _): &(u8, &'static Field)| !self.cover.hides(kind, Slot::Own(*i));
        let shown = || row_members(kind, self.version).filter(told);
        let id = shown().find(|(_, f)| is_row_id(f)).map(|(_, f)| {
            let mut key = key(f.name);
            key.push(b'"');
            key.into()
        });
        let head = self.members(entity, shown().filter(|(_, f)| f.within.is_none() && !is_row_id(f)));
        let array = inner_array(kind, self.version).map(|(name, plain)| {
            let mut element = self.members(entity, shown().filter(|(_, f)| f.within == Some(name)));
            if plain {
                element.bare();
            }
            Array { key: key(name).into(), plain, element }
        });
        Rows { id, head, array }
    }
}

impl Members {
    /// Takes the names away: members become elements of an array of values.
    fn bare(&mut self) {
        for member in &mut self.by_field {
            member.key = match member.shape {
                Shape::One(Form::Number) => Box::from(*b","),
                _ => Box::from(*b",\""),
            };
        }
    }
}

/// A member's name in quotes.
fn name(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    string(name, &mut out);
    out
}

/// `,"name":`
pub(super) fn key(member: &str) -> Vec<u8> {
    [b",", &name(member)[..], b":"].concat()
}
