//! Which of several sources is right about a record that they all send.
//!
//! The order of the sources is set for all entities, for one, or for one field
//! of one: settings of the scope [`SCOPE`], their keys `*`, `users` or
//! `users.email`, their values names of sources, the authority first. What comes
//! of several claims depends on the claims and the order alone, never on when
//! they came.

use crate::Result;
use crate::settings;
use crate::work::{Work, text, whole};
use hashbrown::HashMap;
use oneroster::model::{Kind, MODEL, Type};
use oneroster::record::Record;

/// The scope of the settings.
pub const SCOPE: &str = "precedence";
/// The key of all entities.
pub const ALL: &str = "*";

/// Of what an order is: of an entity, or of a field of one; of all without.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Matter {
    /// The entity.
    pub kind: Option<Kind>,
    /// The field of it.
    pub field: Option<u8>,
}

impl Matter {
    /// Reads a key; `None` if there is no such entity or field.
    pub fn of(key: &str) -> Option<Matter> {
        if key == ALL {
            return Some(Matter { kind: None, field: None });
        }
        let (entity, field) = key.split_once('.').map_or((key, None), |(entity, field)| (entity, Some(field)));
        let entity = MODEL.iter().find(|row| row.plural == entity)?;
        let field = match field {
            Some(name) => Some(entity.fields.iter().position(|row| row.name == name && is_said(row.ty))? as u8),
            None => None,
        };
        Some(Matter { kind: Some(entity.kind), field })
    }
}

/// Whether a source says a value itself; rows inside are records of their own.
fn is_said(ty: Type) -> bool {
    !matches!(ty, Type::Rows(_) | Type::Through(_))
}

/// The orders of a district, by the numbers of the sources.
#[derive(Clone, Default, Debug)]
pub struct Precedence(HashMap<(Option<Kind>, Option<u8>), Vec<u32>>);

/// What one source says of a record.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The source.
    pub source: u32,
    /// The identifier under which it sends the record.
    pub name: String,
    /// The record by itself, under the identifier that it has with us.
    pub record: Record,
}

/// Reads the orders; names that are no sources yet are passed over.
pub(crate) fn read(work: &mut Work<'_>) -> Result<Precedence> {
    let set = settings::within(work, SCOPE)?;
    let orders: Vec<(String, String)> =
        set.into_iter().filter(|set| set.scope == SCOPE).map(|set| (set.key, set.value)).collect();
    of(work, &orders)
}

/// Reads orders as they are set: a key and names each.
pub(crate) fn of(work: &mut Work<'_>, orders: &[(String, String)]) -> Result<Precedence> {
    if orders.is_empty() {
        return Ok(Precedence::default());
    }
    let numbers: HashMap<String, u32> = sources(work)?.into_iter().map(|(number, name)| (name, number)).collect();
    let orders = orders.iter().filter_map(|(key, names)| {
        let matter = Matter::of(key)?;
        let order = names.split(',').filter_map(|name| numbers.get(name.trim()).copied());
        Some(((matter.kind, matter.field), order.collect()))
    });
    Ok(Precedence(orders.collect()))
}

/// The sources that have sent anything, by number.
pub(crate) fn sources(work: &mut Work<'_>) -> Result<Vec<(u32, String)>> {
    let mut all = Vec::new();
    let sql = format!("SELECT id, name FROM sources WHERE {} id > 0 ORDER BY id", work.own("sources"));
    work.query(&sql, &[], &mut |row| {
        let number = u32::try_from(whole(row, 0)?).unwrap_or_default();
        all.push((number, text(row, 1)?.unwrap_or_default().to_owned()));
        Ok(())
    })?;
    Ok(all)
}

impl Precedence {
    /// Of orders by the numbers of the sources.
    pub fn new(orders: impl IntoIterator<Item = (Matter, Vec<u32>)>) -> Precedence {
        Precedence(orders.into_iter().map(|(matter, order)| ((matter.kind, matter.field), order)).collect())
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The order of an entity. What belongs to a record goes by the order of
    /// that record, unless it has its own.
    fn order(&self, kind: Kind) -> &[u32] {
        let above = match kind {
            Kind::Demographics => Some(Kind::User),
            kind => kind.entity().parent_kind(),
        };
        let orders = [Some(kind), above, None].map(|kind| self.0.get(&(kind, None)));
        orders.into_iter().flatten().next().map_or(&[], Vec::as_slice)
    }

    /// Whether the order of an entity names every one of these sources.
    pub fn covers(&self, kind: Kind, sources: &[u32]) -> bool {
        let order = self.order(kind);
        sources.iter().all(|source| order.contains(source))
    }

    /// The place of a source in an order; after all if it is not in it.
    fn place(order: &[u32], source: u32) -> usize {
        order.iter().position(|one| *one == source).unwrap_or(order.len())
    }

    /// Which of two sources comes first for an entity, if that is set.
    pub fn before(&self, kind: Kind, one: u32, other: u32) -> Option<bool> {
        let order = self.order(kind);
        let covered = one != other && self.covers(kind, &[one, other]);
        covered.then(|| Self::place(order, one) < Self::place(order, other))
    }

    /// What comes of the claims to a record, and whose it is; `None` of none.
    ///
    /// Of each field the first source that says something is heard. Identifiers
    /// in other systems and metadata are joined.
    pub fn combine(&self, kind: Kind, id: &str, claims: &[Claim]) -> Option<(u32, Record)> {
        let usual = self.order(kind);
        let ranked = |order: &[u32]| -> Vec<&Claim> {
            let mut all: Vec<&Claim> = claims.iter().collect();
            // Whom no order names come after, those under the record's own
            // identifier first.
            all.sort_by_key(|claim| {
                let at = |order: &[u32]| Self::place(order, claim.source);
                (at(order), at(usual), claim.name != id, claim.source, claim.name.clone())
            });
            all
        };
        let first = ranked(usual);
        let owner = first.first()?;
        let mut record = Record::new(kind);
        record.sourced_id.push_str(id);
        record.modified = owner.record.modified;
        for (at, field) in (0u8..).zip(kind.entity().fields) {
            let own = self.0.get(&(Some(kind), Some(at)));
            let order = own.map_or_else(|| first.clone(), |order| ranked(order));
            match field.ty {
                Type::Rows(_) | Type::Through(_) => {}
                Type::Pairs(..) => join(&mut record, at, &order, true),
                Type::Metadata => join(&mut record, at, &order, false),
                _ => {
                    let says = order.iter().find(|claim| claim.record.get(at).is_some());
                    says.into_iter().flat_map(|claim| claim.record.list(at)).for_each(|value| record.push(at, value));
                }
            }
        }
        Some((owner.source, record))
    }
}

/// Joins pairs: `both` tells whether one is the same only if both sides are.
fn join(record: &mut Record, at: u8, claims: &[&Claim], both: bool) {
    for claim in claims {
        for (left, right) in claim.record.pairs(at) {
            let known = record.pairs(at).any(|(l, r)| l == left && (!both || r == right));
            if !known {
                record.push_pair(at, left, right);
            }
        }
    }
}

/// A record without what is shown in it or made of that: what its source says
/// of it itself.
pub(crate) fn bare(record: &Record) -> Record {
    use oneroster::at;
    let mut bare = record.clone();
    bare.drop_rows();
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        if matches!(field.ty, Type::Through(_)) {
            bare.set(at, "");
        }
    }
    if record.kind() == Kind::User {
        bare.set(at!(User.role), "");
        bare.set(at!(User.orgs), "");
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::at;
    use proptest::prelude::*;

    fn order(key: &str, sources: &[u32]) -> (Matter, Vec<u32>) {
        (Matter::of(key).unwrap(), sources.to_vec())
    }

    fn claim(source: u32, values: &[(u8, &str)]) -> Claim {
        let mut record = Record::new(Kind::User);
        record.sourced_id.push('u');
        values.iter().for_each(|(field, value)| record.push(*field, value));
        Claim { source, name: "u".into(), record }
    }

    #[test]
    fn keys_name_entities_and_what_they_say() {
        assert!(Matter::of("*").is_some_and(|matter| matter.kind.is_none()));
        assert_eq!(Matter::of("users.email").and_then(|matter| matter.field), Some(at!(User.email)));
        for bad in ["", "user", "users.", "users.roles", "users.nothing", "people"] {
            assert_eq!(Matter::of(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_field_is_of_its_authority_and_the_record_of_that_of_the_entity() {
        let precedence = Precedence::new([order("users", &[1, 2]), order("users.email", &[2, 1])]);
        let sis = claim(1, &[(at!(User.givenName), "Ada"), (at!(User.email), "ada@sis")]);
        let hr = claim(2, &[(at!(User.givenName), "Augusta"), (at!(User.email), "ada@hr"), (at!(User.phone), "7")]);
        let (owner, both) = precedence.combine(Kind::User, "u", &[hr.clone(), sis.clone()]).unwrap();
        let values = [at!(User.givenName), at!(User.email), at!(User.phone)].map(|at| both.get(at).unwrap().to_owned());
        assert_eq!((owner, values), (1, ["Ada", "ada@hr", "7"].map(str::to_owned)));
        // What the authority no longer says, the other one is asked for.
        let (owner, rest) = precedence.combine(Kind::User, "u", &[hr]).unwrap();
        assert_eq!((owner, rest.get(at!(User.givenName))), (2, Some("Augusta")));
        assert_eq!(precedence.combine(Kind::User, "u", &[]).map(|(owner, _)| owner), None);
    }

    #[test]
    fn what_belongs_to_a_record_goes_by_its_order() {
        let precedence = Precedence::new([order("users", &[1, 2]), order("*", &[2, 1])]);
        assert_eq!(precedence.before(Kind::Role, 1, 2), Some(true));
        assert_eq!(precedence.before(Kind::Demographics, 1, 2), Some(true));
        assert_eq!(precedence.before(Kind::Org, 1, 2), Some(false));
        assert_eq!(precedence.before(Kind::Org, 1, 3), None);
        assert!(!Precedence::default().covers(Kind::User, &[1]));
    }

    proptest! {
        #[test]
        fn it_matters_not_in_which_order_they_came(
            said in proptest::collection::vec((1u32..4, "[a-c]?", "[a-c]?", "[a-c]?"), 1..6),
            shuffled in any::<proptest::sample::Index>(),
        ) {
            let precedence = Precedence::new([order("users", &[3, 1]), order("users.email", &[1, 2, 3])]);
            let mut claims: Vec<Claim> = Vec::new();
            for (at, (source, name, email, id)) in said.iter().enumerate() {
                let mut one = claim(*source, &[]);
                one.name = format!("n{at}");
                one.record.set(at!(User.givenName), name);
                one.record.set(at!(User.email), email);
                one.record.push_pair(at!(User.userIds), "sis", id);
                claims.push(one);
            }
            let first = precedence.combine(Kind::User, "u", &claims).unwrap();
            let length = claims.len();
            claims.rotate_left(shuffled.index(length));
            claims.reverse();
            let second = precedence.combine(Kind::User, "u", &claims).unwrap();
            prop_assert_eq!(first, second);
        }
    }
}
