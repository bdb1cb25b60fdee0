//! Rows of people, their roles and their demographics: what each says of one
//! person, and what no two people may share.

use super::{Roster, ends_first};
use crate::at;
use crate::csv::Row;
use crate::csv::cell;
use crate::model::Kind;
use crate::record::id_digest;
use crate::validate::names;
use crate::validate::remarks::Remarks;
use crate::validate::rules::{Code, Severity};
use crate::validate::tables::{Ids, NONE, put};
use crate::validate::tally::Tally;
use crate::validate::values::Values;
use crate::validate::words::{OWN_ROLE, PRIMARY, STUDENT, role_bit};
use hashbrown::HashSet;

/// What a person leaves.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct User {
    pub roles: u32,
    pub primary_org: u32,
    pub has_primary: bool,
    pub enabled: bool,
    pub enrolled: bool,
    /// The first of the person's orgs, most often the only one; here, so that
    /// an enrollment need not look further.
    pub first_org: u32,
}

/// Where the texts of a person stand in their file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    given: Option<usize>,
    family: Option<usize>,
    username: Option<usize>,
    email: Option<usize>,
    identifier: Option<usize>,
    master: Option<usize>,
}

impl Columns {
    fn of(remarks: &Remarks<'_>) -> Columns {
        Columns {
            given: remarks.column(at!(User.givenName)),
            family: remarks.column(at!(User.familyName)),
            username: remarks.column(at!(User.username)),
            email: remarks.column(at!(User.email)),
            identifier: remarks.column(at!(User.identifier)),
            master: remarks.column(at!(User.userMasterIdentifier)),
        }
    }
}

impl Roster {
    /// Looks at a person; whether it is a placeholder to be left out.
    pub(super) fn user(
        &mut self,
        values: &Values,
        row: &Row<'_>,
        number: u32,
        tally: &mut Tally,
        remarks: &mut Remarks<'_>,
    ) -> bool {
        let columns = *self.columns.get_or_insert_with(|| Columns::of(remarks));
        let cell = |at: Option<usize>| at.map_or("", |at| cell::key(row.cell(at), false));
        let names = [cell(columns.given), cell(columns.family)];
        if names::is_placeholder(names) {
            let column = remarks.column(at!(User.familyName));
            if self.skips_placeholders {
                remarks.put(Code::D55, Severity::Repaired, column, "", 2);
                return true;
            }
            remarks.add(Code::D55, column, "");
        } else if names::is_shouted(names) {
            tally.add(Code::D51, remarks.column(at!(User.familyName)), remarks.line);
        }
        let role = values.word(at!(User.role));
        let user = User {
            roles: role_bit(role),
            primary_org: values.target(at!(User.primaryOrg)),
            has_primary: false,
            enabled: values.flag(at!(User.enabledUser)) != Some(false),
            enrolled: false,
            first_org: NONE,
        };
        put(&mut self.users, number, user, User { roles: 0, primary_org: NONE, ..user });
        put(&mut self.names, number, names::name_digest(names), 0);
        self.members.extend(values.list(at!(User.orgs)).map(|org| (number, org)));
        self.agents.extend(values.list(at!(User.agents)).map(|agent| (number, agent)));
        self.unique(row, columns, tally, remarks);
        false
    }

    /// What one person has alone: username, e-mail, identifiers (S25 to S27,
    /// D37, D38, D43, D52).
    fn unique(&mut self, row: &Row<'_>, columns: Columns, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        let of = |at: Option<usize>| (at, at.map_or("", |at| cell::key(row.cell(at), false)));
        let (name_at, name) = of(columns.username);
        let (email_at, email) = of(columns.email);
        let (id_at, identifier) = of(columns.identifier);
        let (master_at, master) = of(columns.master);
        let written = !name.is_ascii() && !self.written.insert(id_digest(&name.to_lowercase()));
        if repeated(&mut self.usernames, name) {
            if name.is_ascii() || written {
                remarks.add(Code::S25, name_at, name);
                tally.add(Code::D38, name_at, remarks.line);
            } else {
                remarks.add(Code::D52, name_at, name);
            }
        }
        if repeated(&mut self.emails, email) {
            remarks.add(Code::S26, email_at, email);
            tally.add(Code::D37, email_at, remarks.line);
        }
        if repeated(&mut self.identifiers, identifier) {
            remarks.add(Code::D43, id_at, identifier);
        }
        if repeated(&mut self.masters, master) {
            remarks.add(Code::S27, master_at, master);
        }
        if name.contains('@') && !email.is_empty() && !name.eq_ignore_ascii_case(email) {
            remarks.add(Code::S32, name_at, name);
        }
    }

    pub(super) fn role(&mut self, values: &Values, remarks: &mut Remarks<'_>) {
        let [user, org] = [at!(Role.user), at!(Role.org)].map(|field| values.target(field));
        let profile = values.target(at!(Role.userProfile));
        if self.profiles.get(profile as usize).is_some_and(|&owner| owner != user && user != NONE) {
            remarks.about(Code::S6, at!(Role.userProfile), "");
            return;
        }
        let days = (values.day(at!(Role.beginDate)), values.day(at!(Role.endDate)));
        if ends_first(days) {
            remarks.about(Code::S14, at!(Role.endDate), "");
        }
        let primary = values.word(at!(Role.roleType)) == PRIMARY;
        // Records that only the store knows have no number.
        let known = user != NONE && org != NONE;
        if primary && known && !self.primaries.insert(u64::from(user) << 32 | u64::from(org)) {
            remarks.about(Code::S4, at!(Role.roleType), "");
        }
        if let Some(person) = self.users.get_mut(user as usize) {
            person.roles |= role_bit(values.word(at!(Role.role)));
            person.has_primary |= primary;
            self.members.push((user, org));
        }
    }

    pub(super) fn demographics(&mut self, ids: &[Ids], values: &Values, remarks: &mut Remarks<'_>) {
        let number = ids[Kind::User as usize].find(remarks.id);
        let day = values.day(at!(Demographics.birthDate));
        let name = number.and_then(|n| self.names.get(n as usize));
        if let (Some(number), Some(name), Some(day)) = (number, name, day) {
            // An odd constant spreads the few days over all digests.
            let mixed = name ^ (day.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.births.push((mixed, number));
        }
        let user = number.and_then(|n| self.users.get(n as usize));
        if user.is_some_and(|u| u.roles != 0 && u.roles & (STUDENT | OWN_ROLE) == 0) {
            remarks.add(Code::S29, None, "");
        }
    }
}

/// Whether a text was there already, whatever its case and its encoding.
fn repeated(seen: &mut HashSet<u64>, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    !seen.insert(names::digest(text))
}
