//! The output plan: packed records to JSON objects of a version.
//!
//! A plan is compiled from the model once for a kind, a version, a host and a
//! selection of members; after that a record is one walk over its packed
//! values, copying them behind keys that were made beforehand.

use super::compile::{Compiler, key};
use super::defaults::{DEFAULTS, Default, From};
use super::members::{Member, Members, Shape, write_list};
use super::row::Row;
use super::text::{string, text};
use crate::grant::Cover;
use crate::model::{COMMON, Kind, Service, Slot, Version};
use crate::record::{Packed, Status, needs_escape};

/// Where references point: the base of every service below one host.
#[derive(Clone, Debug)]
pub struct Bases {
    services: [String; 4],
    collections: Vec<Box<[u8]>>,
}

impl Bases {
    /// The base paths of `version` below `prefix`, which is the scheme, the host
    /// and whatever path stands before the standard's own:
    /// `https://sis.example.org/t/north`.
    pub fn new(version: Version, prefix: &str) -> Bases {
        let prefix = prefix.trim_end_matches('/');
        let services = Service::ALL.map(|s| format!("{prefix}{}", s.base_path(version)));
        let collection = |kind: Kind| {
            let entity = kind.entity();
            let mut out = Vec::new();
            string(&format!("{}/{}/", services[entity.service as usize], entity.plural), &mut out);
            out[1..out.len() - 1].into()
        };
        Bases { collections: Kind::all().map(collection).collect(), services }
    }

    /// The absolute base of a service, without a slash at the end:
    /// `https://sis.example.org/ims/oneroster/rostering/v1p2`.
    pub fn service(&self, service: Service) -> &str {
        &self.services[service as usize]
    }

    /// The URL of a kind's collection with a slash at the end, as it stands in
    /// a JSON string.
    pub(super) fn collection(&self, kind: Kind) -> &[u8] {
        &self.collections[kind as usize]
    }
}

/// How records of one kind become objects of one version.
#[derive(Clone, Debug)]
pub struct Plan {
    sourced_id: Option<Box<[u8]>>,
    /// Key and word, for a live record and for a deleted one.
    status: Option<[Box<[u8]>; 2]>,
    modified: Option<Box<[u8]>>,
    members: Members,
    children: Option<Member>,
    defaults: Vec<&'static Default>,
    /// Fields that no default may show, as bits.
    untold: u64,
}

impl Plan {
    /// Compiles the plan. `selection` is what `fields=` names; without it every
    /// member of the class is shown. Secret members are not shown in either
    /// case: see [`Plan::with_secrets`]. Members of another version, if the
    /// selection names any, are not shown.
    pub fn new(kind: Kind, version: Version, bases: &Bases, selection: Option<&[Slot]>) -> Plan {
        Plan::covered(kind, version, bases, selection, &Cover::default())
    }

    /// The same for a caller who does not see every member: hidden ones are not
    /// shown, here or in nested rows, nor told by what stands in for another
    /// member. What is masked is not this plan's business: see
    /// [`Mask`](crate::grant::Mask).
    pub fn covered(kind: Kind, version: Version, bases: &Bases, selection: Option<&[Slot]>, cover: &Cover) -> Plan {
        let entity = kind.entity();
        let chosen = |slot: Slot| selection.is_none_or(|s| s.contains(&slot)) && !cover.hides(kind, slot);
        let opened = |slot: Slot, after: &str| -> Option<Box<[u8]>> {
            chosen(slot).then(|| [&key(entity.field(slot).name)[..], after.as_bytes()].concat().into())
        };
        let compiler = Compiler { version, bases, cover };
        let members = compiler.class(entity, &chosen);
        let shown = |d: &&Default| {
            let member = &members.by_field[usize::from(d.field)];
            d.kind == kind && d.versions.has(version) && !matches!(member.shape, Shape::Skip)
        };
        let status = [Status::Active, Status::ToBeDeleted];
        Plan {
            sourced_id: opened(Slot::SourcedId, "\""),
            status: chosen(Slot::Status)
                .then(|| status.map(|s| [&key(COMMON[1].name)[..], b"\"", s.word().as_bytes(), b"\""].concat().into())),
            modified: opened(Slot::Modified, "\""),
            children: compiler.children(entity, &chosen),
            defaults: DEFAULTS.iter().filter(|d| d.kind == kind).filter(shown).collect(),
            untold: entity
                .fields
                .iter()
                .zip(0u8..)
                .fold(0, |bits, (_, i)| bits | u64::from(cover.hides(kind, Slot::Own(i))) << i),
            members,
        }
    }

    /// Shows secret members (passwords), too.
    #[must_use]
    pub fn with_secrets(mut self) -> Plan {
        self.members.reveal();
        self
    }

    /// Appends the record as one object.
    ///
    /// `row.packed` must be what [`Record::pack`](crate::record::Record::pack)
    /// wrote. Other bytes are safe, but what they give is not: values up to the
    /// first that cannot be read are written as they stand, and of another form
    /// than ours only the common members and defaults are.
    pub fn write(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        self.common(row, out);
        let seen = Packed::new(row.packed).map_or(0, |values| self.members.write(values, out));
        if let Some(Member { key, shape: Shape::Many { next, form } }) = &self.children
            && !row.children.is_empty()
        {
            let ids = row.children.iter().map(|id| (id.as_bytes(), needs_escape(id.as_bytes())));
            write_list(key, next, form, ids, out);
        }
        for default in &self.defaults {
            if seen & 1 << default.field == 0 {
                self.default(default, row, out);
            }
        }
        // Every member came with a comma in front; the first one's place is
        // that of the brace.
        match out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    fn common(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        if let Some(key) = &self.sourced_id {
            let id = row.sourced_id.as_bytes();
            out.extend_from_slice(key);
            text(id, needs_escape(id), out);
            out.push(b'"');
        }
        if let Some([active, deleted]) = &self.status {
            out.extend_from_slice(if row.status == Status::Active { active } else { deleted });
        }
        if let Some(key) = &self.modified {
            out.extend_from_slice(key);
            row.published.write(out);
            out.push(b'"');
        }
    }

    fn default(&self, default: &Default, row: &Row<'_>, out: &mut Vec<u8>) {
        let member = &self.members.by_field[usize::from(default.field)];
        let Shape::One(form) = &member.shape else { return };
        for from in default.from {
            let written = match from {
                From::SourcedId => {
                    let id = row.sourced_id.as_bytes();
                    form.write(&member.key, id, needs_escape(id), out)
                }
                From::Word(word) => form.write(&member.key, word.as_bytes(), false, out),
                From::Field(field) if self.untold & 1 << field != 0 => false,
                From::Field(field) => {
                    let mut values = Packed::new(row.packed).into_iter().flatten();
                    values
                        .find(|v| v.field() == Some(*field))
                        .is_some_and(|v| form.write(&member.key, v.bytes(), v.escape(), out))
                }
            };
            if written {
                return;
            }
        }
    }
}
