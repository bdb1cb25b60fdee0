//! What is told of the way from 1.2 back to 1.1 (csv.md 6.4).

use super::Context;
use super::known::digest;
use super::loss::Reason;
use crate::at;
use crate::compat::{self, GRADING_PERIOD, ScaleValues};
use crate::json::Row;
use crate::model::{Kind, Version};
use crate::record::{Packed, Record};
use hashbrown::HashMap;

/// The types of organisations and sessions, by digest of their identifiers:
/// they decide what 1.1 can say of people and line items.
#[derive(Default, Debug)]
pub(super) struct Types {
    orgs: HashMap<u64, String>,
    sessions: HashMap<u64, Session>,
}

/// What of a session decides which grading period stands for it.
#[derive(Debug)]
struct Session {
    id: String,
    ty: String,
    /// A digest of the identifier of the one around it.
    parent: Option<u64>,
    start: String,
    end: String,
}

/// Trees of sessions are shallow; a chain is not followed further.
const DEEPEST: usize = 16;

impl Types {
    /// Whether a session is known to be no grading period.
    fn is_no_period(&self, session: &str) -> bool {
        self.sessions.get(&digest(session.as_bytes())).is_some_and(|session| session.ty != GRADING_PERIOD)
    }

    /// The grading period inside a session in which a day lies, if there is just
    /// one.
    fn period(&self, session: &str, day: &str) -> Option<&str> {
        let around = digest(session.as_bytes());
        let mut found = self.sessions.values().filter(|period| {
            period.ty == GRADING_PERIOD
                && (period.start.as_str()..period.end.as_str()).contains(&day)
                && self.lies_in(period, around)
        });
        found.next().filter(|_| found.next().is_none()).map(|period| period.id.as_str())
    }

    fn lies_in(&self, session: &Session, around: u64) -> bool {
        let mut parent = session.parent;
        for _ in 0..DEEPEST {
            match parent {
                None => return false,
                Some(digest) if digest == around => return true,
                Some(digest) => parent = self.sessions.get(&digest).and_then(|session| session.parent),
            }
        }
        false
    }
}

/// Score scales and what is linked to them, by digests of identifiers.
#[derive(Default, Debug)]
pub(super) struct Scales {
    values: HashMap<u64, ScaleValues>,
    links: HashMap<u64, u64>,
}

impl Scales {
    /// Takes a scale, or the link of a line item or result to one.
    pub fn learn(&mut self, kind: Kind, row: &Row<'_>) {
        let Some(record) = Record::unpack(kind, row.sourced_id, row.packed) else { return };
        let (from, to) = match kind {
            Kind::LineItemScoreScale => (at!(LineItemScoreScale.lineItem), at!(LineItemScoreScale.scoreScale)),
            Kind::ResultScoreScale => (at!(ResultScoreScale.result), at!(ResultScoreScale.scoreScale)),
            _ => {
                self.values.insert(digest(row.sourced_id.as_bytes()), ScaleValues::of(&record));
                return;
            }
        };
        if let (Some(from), Some(to)) = (record.get(from), record.get(to)) {
            // Of several scales the first one counts.
            self.links.entry(digest(from.as_bytes())).or_insert_with(|| digest(to.as_bytes()));
        }
    }

    fn of(&self, sourced_id: &str) -> Option<&ScaleValues> {
        self.values.get(self.links.get(&digest(sourced_id.as_bytes()))?)
    }
}

/// How 1.1 tells of the main organisation of a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MainOrg {
    /// By the stored order of the orgs.
    Told,
    /// By putting it first.
    First,
    /// Not at all.
    Lost,
}

impl Context {
    /// Says what 1.1 or 1.2 wants of a line item or a result in its own terms.
    pub(super) fn settle_grading(&mut self, record: &mut Record) {
        let kind = record.kind();
        let (own, item) = match kind {
            Kind::LineItem => (self.scales.of(&record.sourced_id), None),
            _ => {
                (self.scales.of(&record.sourced_id), record.get(at!(Result.lineItem)).and_then(|id| self.scales.of(id)))
            }
        };
        let from_scale = match (kind, self.settings.version) {
            (Kind::LineItem, Version::V1P1) => compat::downgrade_line_item(record, own),
            (Kind::Result, Version::V1P1) => compat::downgrade_result(record, own.or(item)),
            (Kind::LineItem, Version::V1P2) => {
                compat::settle_session(record);
                return;
            }
            _ => return,
        };
        for field in from_scale {
            self.losses.add(kind, Reason::FromScale(field));
        }
        if kind == Kind::LineItem {
            self.settle_period(record);
        }
    }

    /// 1.1 wants a grading period where 1.2 takes any session: the one inside it
    /// in which the work is due.
    fn settle_period(&mut self, item: &mut Record) {
        let field = at!(LineItem.gradingPeriod);
        let Some(session) = item.get(field).filter(|session| self.types.is_no_period(session)) else { return };
        // A day begins every time.
        let due = item.get(at!(LineItem.dueDate)).and_then(|due| due.get(..10)).unwrap_or_default();
        let period = self.types.period(session, due).map(str::to_owned);
        self.losses.add(item.kind(), if period.is_some() { Reason::Period(field) } else { Reason::NoPeriod(field) });
        if let Some(period) = period {
            item.set(field, &period);
        }
    }

    /// Whether a value without a column says only what an import of the package
    /// would say again; `record` is all of the record.
    pub(super) fn is_derived(&self, kind: Kind, field: u8, record: Packed<'_>) -> bool {
        (kind, field) == (Kind::User, at!(User.primaryOrg)) && self.main_org(record) != MainOrg::Lost
    }

    /// What the orgs of a 1.1 person tell of the main one: an import takes the
    /// first school among them, else the first of all (csv.md 6.3).
    fn main_org(&self, user: Packed<'_>) -> MainOrg {
        let of = |field: u8| user.filter(move |v| v.field() == Some(field)).map(|v| v.bytes());
        let is_school = |org: &&[u8]| self.types.orgs.get(&digest(org)).is_some_and(|ty| ty == "school");
        let orgs = || of(at!(User.orgs));
        let Some(main) = of(at!(User.primaryOrg)).next() else { return MainOrg::Told };
        if orgs().find(is_school).or_else(|| orgs().next()) == Some(main) {
            MainOrg::Told
        } else if orgs().any(|org| org == main) && (is_school(&main) || !orgs().any(|org| is_school(&org))) {
            MainOrg::First
        } else {
            MainOrg::Lost
        }
    }

    /// The org that is to stand first among those of a 1.1 person, where the
    /// stored order would tell of another main one (csv.md 6.5).
    pub(super) fn first_org<'a>(&self, user: Packed<'a>) -> Option<&'a [u8]> {
        let mut main = user.filter(|v| v.field() == Some(at!(User.primaryOrg))).map(|v| v.bytes());
        main.next().filter(|_| self.main_org(user) == MainOrg::First)
    }

    /// Counts what 1.1 does not say of a role; `user` is all of the person.
    pub(super) fn roles_lost(&mut self, role: Packed<'_>, user: Packed<'_>) {
        let text = |packed: Packed<'_>, field: u8| {
            { packed }.find(|v| v.field() == Some(field)).and_then(|v| v.text().map(str::to_owned))
        };
        let (Some(word), shown) = (text(role, at!(Role.role)), text(user, at!(User.role))) else { return };
        let org = text(role, at!(Role.org)).unwrap_or_default();
        let org_type = self.types.orgs.get(&digest(org.as_bytes())).map(String::as_str);
        let mut lost = |reason| self.losses.add(Kind::Role, reason);
        if text(role, at!(Role.beginDate)).is_some() || text(role, at!(Role.endDate)).is_some() {
            lost(Reason::RoleDates);
        }
        if text(role, at!(Role.roleType)).as_deref() != Some(compat::PRIMARY) {
            lost(Reason::RoleType);
        }
        match compat::downgrade_role(&word) {
            Some(old) if shown.as_deref() == Some(old) => {
                if compat::upgrade_role(old, org_type) != word {
                    lost(Reason::RoleKind);
                }
            }
            _ => lost(Reason::FurtherRole),
        }
    }

    /// Keeps what decides how 1.1 tells of others: the types of organisations, and
    /// sessions.
    pub(super) fn learn_type(&mut self, kind: Kind, row: &Row<'_>) {
        if self.settings.version != Version::V1P1 {
            return;
        }
        let digest_of = |id: &str| digest(id.as_bytes());
        let values = || Packed::new(row.packed).into_iter().flatten();
        let text = |field| values().find(|v| v.field() == Some(field)).and_then(|v| v.text().map(str::to_owned));
        match kind {
            Kind::Org => {
                if let Some(ty) = text(at!(Org.type)) {
                    self.types.orgs.insert(digest_of(row.sourced_id), ty);
                }
            }
            Kind::AcademicSession => {
                let session = Session {
                    id: row.sourced_id.to_owned(),
                    ty: text(at!(AcademicSession.type)).unwrap_or_default(),
                    parent: text(at!(AcademicSession.parent)).as_deref().map(digest_of),
                    start: text(at!(AcademicSession.startDate)).unwrap_or_default(),
                    end: text(at!(AcademicSession.endDate)).unwrap_or_default(),
                };
                self.types.sessions.insert(digest_of(row.sourced_id), session);
            }
            _ => {}
        }
    }
}
