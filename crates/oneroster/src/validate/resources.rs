//! Rules of csv.md 5.8: resources and what they are attached to.

use super::gradebook::Look;
use super::reading::Reading;
use super::remarks::Remarks;
use super::roster::Roster;
use super::rules::Code;
use super::tables::{NONE, put};
use super::values::Values;
use super::words::{OWN_ROLE, word};
use crate::at;
use crate::csv::Row;
use crate::model::Kind;
use crate::model::vocabulary::{ENROLLMENT_ROLE, RESOURCE_ROLE, USER_ROLE};
use crate::record::id_digest;
use hashbrown::HashSet;

/// The bit of a resource's words for roles that are the deployment's own.
pub(super) const OWN_WORDS: u32 = 1 << 31;
/// What counts as an administrator where a resource names its roles.
const ADMINISTRATORS: [&str; 5] =
    ["administrator", "principal", "districtAdministrator", "siteAdministrator", "systemAdministrator"];

/// What the rows of the files of resources leave.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// The roles a resource is for, as bits of their vocabulary; 0 is anyone.
    roles: Vec<u32>,
    /// Digests of what was assigned to what.
    assigned: HashSet<u64>,
    /// Digests of the identifiers that vendors gave.
    vendors: HashSet<u64>,
}

impl Resources {
    /// Looks at a row whose cells are good by themselves.
    pub fn row(&mut self, look: &Look<'_>, reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>) {
        let values = &reading.values;
        let of = |field: u8| values.target(field);
        let assigned = match reading.kind {
            Kind::Resource => return self.resource(look, values, row, remarks),
            Kind::ClassResource => [of(at!(ClassResource.class)), NONE, NONE, of(at!(ClassResource.resource))],
            Kind::CourseResource => [of(at!(CourseResource.course)), NONE, NONE, of(at!(CourseResource.resource))],
            Kind::UserResource => {
                self.user_resource(look, values, remarks);
                let field = [at!(UserResource.user), at!(UserResource.org), at!(UserResource.class)].map(of);
                [field[0], field[1], field[2], of(at!(UserResource.resource))]
            }
            _ => return,
        };
        let known = assigned[0] != NONE && assigned[3] != NONE;
        if known && !self.assigned.insert(digest(reading.kind, assigned)) {
            remarks.add(Code::X4, None, "");
        }
    }

    fn resource(&mut self, look: &Look<'_>, values: &Values, row: &Row<'_>, remarks: &mut Remarks<'_>) {
        put(&mut self.roles, look.place.1.unwrap_or(NONE), values.word_bits, 0);
        let [vendor, id] =
            [at!(Resource.vendorId), at!(Resource.vendorResourceId)].map(|field| remarks.text(row, field));
        if !self.vendors.insert(id_digest(&format!("{vendor}\u{1f}{id}"))) {
            remarks.about(Code::X5, at!(Resource.vendorResourceId), id);
        }
    }

    fn user_resource(&self, look: &Look<'_>, values: &Values, remarks: &mut Remarks<'_>) {
        let of = |field: u8| values.target(field);
        let (user, org, class) = (of(at!(UserResource.user)), of(at!(UserResource.org)), of(at!(UserResource.class)));
        let school = look.roster.classes.get(class as usize).map_or(NONE, |class| class.school);
        if school != NONE && org != NONE && school != org {
            remarks.about(Code::X1, at!(UserResource.org), "");
        }
        if class != NONE && look.enrollments && user != NONE && !look.roster.is_enrolled(user, class) {
            remarks.about(Code::X2, at!(UserResource.class), "");
        }
        let wanted = self.roles.get(of(at!(UserResource.resource)) as usize).copied().unwrap_or(0);
        let held = held(look.roster, user);
        if wanted != 0 && held != 0 && wanted & (held | OWN_WORDS) == 0 {
            remarks.about(Code::X3, at!(UserResource.resource), "");
        }
    }
}

fn digest(kind: Kind, assigned: [u32; 4]) -> u64 {
    let mut bytes = [kind as u8; 17];
    for (to, number) in bytes[1..].chunks_mut(4).zip(assigned) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

/// The roles a person has, as bits of the words that resources use.
fn held(roster: &Roster, user: u32) -> u32 {
    let roles = roster.users.get(user as usize).map_or(0, |user| user.roles);
    let classes = roster.enrolled_roles.get(user as usize).copied().unwrap_or(0);
    let mut held = 0;
    for (at, own) in RESOURCE_ROLE.words.iter().enumerate() {
        let named = |text: &str| text == own.text || (own.text == "administrator" && ADMINISTRATORS.contains(&text));
        let by_role = USER_ROLE.words.iter().enumerate().any(|(n, w)| roles & 1 << n != 0 && named(w.text));
        let by_class =
            ENROLLMENT_ROLE.words.iter().enumerate().any(|(n, w)| classes & 1 << n != 0 && w.text == own.text);
        held |= u32::from(by_role || by_class) << at;
    }
    // A role of the deployment's own may be any of them.
    if roles & OWN_ROLE != 0 { u32::MAX } else { held }
}

/// The bit of a word in the list of a resource's roles.
pub(super) fn role_bit(text: &str) -> u32 {
    RESOURCE_ROLE.words.iter().position(|w| w.text == text).map_or(OWN_WORDS, |at| 1 << at)
}

const _: () = assert!(word(&RESOURCE_ROLE, "teacher") < 31, "the words fit beside the bit of the own ones");
