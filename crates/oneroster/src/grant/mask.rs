//! Stand-ins for values that an application is not to know.
//!
//! A stand-in depends on the key, the record, the member and the value: it is
//! the same at every request, tells a changed value from an unchanged one, and
//! tells nothing of who shares a value. Nobody without the key can make it or
//! trace it back.

use super::Cover;
use crate::at;
use crate::model::{Kind, Slot, Type};
use crate::record::Record;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Makes stand-ins under one key.
#[derive(Clone)]
pub struct Mask(Hmac<Sha256>);

/// Digits of a code that is read by people.
const SHORT: usize = 7;
/// Digits of a code that must differ from every other one: 80 bits.
const LONG: usize = 16;
/// Crockford's digits: none is taken for another one.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// A domain that can never receive anything (RFC 2606).
const NOWHERE: &str = "masked.invalid";

/// What a stand-in looks like.
#[derive(Clone, Copy)]
enum Look {
    /// A word and a short code: `Name-7F3K2QM`.
    Text,
    /// A long code.
    Identifier,
    /// An address that looks like one.
    Email,
    /// A number that no telephone has.
    Phone,
    /// January 1st of its year, with what follows the day.
    Day(&'static str),
}

/// The texts that are more than text to applications.
static LOOKS: [(Kind, u8, Look); 10] = [
    (Kind::User, at!(User.email), Look::Email),
    (Kind::User, at!(User.sms), Look::Phone),
    (Kind::User, at!(User.phone), Look::Phone),
    (Kind::User, at!(User.username), Look::Identifier),
    (Kind::User, at!(User.identifier), Look::Identifier),
    (Kind::User, at!(User.userMasterIdentifier), Look::Identifier),
    (Kind::Org, at!(Org.identifier), Look::Identifier),
    (Kind::Course, at!(Course.courseCode), Look::Identifier),
    (Kind::Class, at!(Class.classCode), Look::Identifier),
    (Kind::UserProfile, at!(UserProfile.username), Look::Identifier),
];

impl Mask {
    /// With a key that belongs to one application.
    pub fn new(key: &[u8; 32]) -> Mask {
        // HMAC takes a key of any length, so a block of it is always made.
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        Mask(Hmac::new(&block.into()))
    }

    /// The record as a cover shows it: hidden values gone, stand-ins for masked
    /// ones.
    pub fn covered(&self, record: &Record, cover: &Cover) -> Record {
        self.part(record, cover, &record.sourced_id)
    }

    /// The same of a row that stands in a record, apart from it; `owner` is the
    /// sourcedId of that record.
    pub fn covered_row(&self, row: &Record, cover: &Cover, owner: &str) -> Record {
        self.part(row, cover, owner)
    }

    fn part(&self, record: &Record, cover: &Cover, owner: &str) -> Record {
        let kind = record.kind();
        let mut shown = Record::new(kind);
        shown.sourced_id.push_str(&record.sourced_id);
        (shown.status, shown.modified) = (record.status, record.modified);
        for (field, position) in kind.entity().fields.iter().zip(0u8..) {
            let slot = Slot::Own(position);
            if cover.hides(kind, slot) {
                continue;
            }
            if let Type::Rows(_) = field.ty {
                for row in record.rows(position) {
                    shown.push_row(position, self.part(row, cover, owner));
                }
                continue;
            }
            let masked = cover.masks(kind, slot);
            for (i, value) in record.list(position).enumerate() {
                // Of pairs, the right side is the value.
                if masked && (i % 2 == 1 || !matches!(field.ty, Type::Pairs(..))) {
                    let place = Place { kind, position, owner, row: &record.sourced_id };
                    shown.push(position, &self.stand_in(&place, value));
                } else {
                    shown.push(position, value);
                }
            }
        }
        shown
    }

    fn stand_in(&self, place: &Place<'_>, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        let code = |digits: usize| self.code(place, value, digits);
        match place.look() {
            Look::Text => format!("{}-{}", place.word(), code(SHORT)),
            Look::Identifier => code(LONG),
            Look::Email => format!("{}@{NOWHERE}", code(LONG).to_lowercase()),
            Look::Phone => {
                let digits = code(LONG).bytes().fold(0_u64, |n, b| n.wrapping_mul(31).wrapping_add(u64::from(b)));
                format!("+999{:011}", digits % 100_000_000_000)
            }
            Look::Day(rest) => {
                let year = value.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()));
                year.map_or_else(String::new, |year| format!("{year}-01-01{rest}"))
            }
        }
    }

    fn code(&self, place: &Place<'_>, value: &str, digits: usize) -> String {
        let mut mac = self.0.clone();
        let field = place.kind.entity().fields[usize::from(place.position)].name;
        for part in [place.kind.entity().name, field, place.owner, place.row, value] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        let bit = |at: usize| (bytes[at / 8] >> (at % 8)) & 1;
        let digit = |i: usize| (0..5).fold(0, |n, b| n << 1 | usize::from(bit(5 * i + b)));
        (0..digits).map(|i| char::from(DIGITS[digit(i)])).collect()
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(...)")
    }
}

/// Where a value stands.
struct Place<'a> {
    kind: Kind,
    position: u8,
    /// The record that the application sees.
    owner: &'a str,
    /// The record or nested row that holds it.
    row: &'a str,
}

impl Place<'_> {
    fn look(&self) -> Look {
        match self.kind.entity().fields[usize::from(self.position)].ty {
            Type::Date => Look::Day(""),
            Type::DateTime => Look::Day("T00:00:00.000Z"),
            Type::Pairs(..) => Look::Identifier,
            _ => {
                let own = |(kind, position, _): &&(Kind, u8, Look)| (*kind, *position) == (self.kind, self.position);
                LOOKS.iter().find(own).map_or(Look::Text, |(_, _, look)| *look)
            }
        }
    }

    /// The last word of the member's name: `Name` of `familyName`.
    fn word(&self) -> String {
        let name = self.kind.entity().fields[usize::from(self.position)].name;
        let last = name.rfind(|c: char| c.is_ascii_uppercase()).map_or(name, |at| &name[at..]);
        let mut letters = last.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Member;
    use std::collections::{BTreeSet, HashSet};

    fn person(id: &str) -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str(id);
        for (field, value) in [
            (at!(User.givenName), "Zoë"),
            (at!(User.familyName), "Smith"),
            (at!(User.email), "zoe@school.test"),
            (at!(User.phone), "555-0100"),
            (at!(User.identifier), "17"),
            (at!(User.middleName), "Q"),
        ] {
            user.push(field, value);
        }
        user.push_pair(at!(User.userIds), "sis", "4711");
        let mut role = Record::new(Kind::Role);
        role.sourced_id.push('r');
        role.push(at!(Role.role), "student");
        role.push(at!(Role.beginDate), "2026-08-17");
        user.push_row(at!(User.roles), role);
        user
    }

    fn cover(hidden: &[&str], masked: &[&str]) -> Cover {
        let members = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Cover { entities: BTreeSet::new(), hidden: members(hidden), masked: members(masked) }
    }

    #[test]
    fn stand_ins_keep_the_type_and_tell_nothing() {
        let masked =
            ["user.familyName", "user.email", "user.phone", "user.identifier", "user.userIds", "role.beginDate"];
        let cover = cover(&["user.middleName"], &masked);
        let mask = Mask::new(&[1; 32]);
        let shown = mask.covered(&person("u"), &cover);
        let name = shown.get(at!(User.familyName)).unwrap();
        assert!(name.starts_with("Name-") && name.len() == 12, "{name}");
        let email = shown.get(at!(User.email)).unwrap();
        assert!(email.ends_with("@masked.invalid") && email.len() == 31, "{email}");
        let phone = shown.get(at!(User.phone)).unwrap();
        assert!(phone.starts_with("+999") && phone.len() == 15 && phone[1..].bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(shown.get(at!(User.identifier)).unwrap().len(), LONG);
        let (kind, id) = shown.pairs(at!(User.userIds)).next().unwrap();
        assert_eq!((kind, id.len()), ("sis", LONG));
        assert_eq!((shown.get(at!(User.givenName)), shown.get(at!(User.middleName))), (Some("Zoë"), None));
        let role = shown.rows(at!(User.roles)).next().unwrap();
        assert_eq!((role.get(at!(Role.beginDate)), role.get(at!(Role.role))), (Some("2026-01-01"), Some("student")));
    }

    #[test]
    fn a_stand_in_stays_and_is_one_of_its_kind() {
        let cover = cover(&[], &["user.familyName", "user.identifier"]);
        let name =
            |mask: &Mask, id: &str| mask.covered(&person(id), &cover).get(at!(User.familyName)).unwrap().to_owned();
        let (mask, other) = (Mask::new(&[1; 32]), Mask::new(&[2; 32]));
        assert_eq!(name(&mask, "u"), name(&mask, "u"));
        // People who share a name are not known by it.
        assert_ne!(name(&mask, "u"), name(&mask, "v"));
        assert_ne!(name(&mask, "u"), name(&other, "u"));
        let ids: HashSet<String> = (0..2000)
            .map(|i| mask.covered(&person(&i.to_string()), &cover).get(at!(User.identifier)).unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 2000);
    }

    #[test]
    fn every_member_that_can_be_masked_is() {
        for member in Member::all().filter(|member| member.can_be_masked()) {
            let Slot::Own(position) = member.slot else { panic!("{member}") };
            let mut record = Record::new(member.kind);
            record.sourced_id.push('x');
            for value in ["2026-05-04T10:11:12.000Z", "2026-05-04T10:11:12.000Z"] {
                record.push(position, value);
            }
            let cover = Cover { masked: [member].into(), ..Cover::default() };
            let shown = Mask::new(&[1; 32]).covered(&record, &cover);
            assert_ne!(shown, record, "{member}");
            assert_eq!(shown.list(position).count(), 2, "{member}");
            assert!(shown.list(position).all(|value| !value.is_empty()), "{member}");
        }
    }
}
