//! The records of a judged package, into a comparison.

use super::Step;
use crate::output::Failure;
use homeroom_store::intake::{Intake, order};
use oneroster::csv::{Package, records};
use oneroster::model::{Kind, Service, Slot, Type, Version};
use oneroster::record::Record;
use oneroster::validate::{FileState, Judgement};
use oneroster::{at, compat};
use std::collections::{HashMap, HashSet};

/// So many records pass between two steps that are told.
const STEP: u64 = 5_000;

/// Feeds every accepted record of the package to a comparison.
pub fn feed(
    package: &mut Package,
    judgement: &Judgement,
    intake: &mut Intake,
    step: &mut dyn FnMut(Step),
) -> Result<(), Failure> {
    let of = judgement.files.iter().map(|file| file.accepted()).sum();
    let mut feed = Feed { done: 0, of, org_types: HashMap::new(), upgraded: Vec::new() };
    let read = |kind| judgement.file(kind).filter(|file| file.state == FileState::Judged);
    for kind in order(Service::Rostering) {
        // In 1.1 the roles of a person stand in the person's own row.
        let within_users = kind == Kind::Role && judgement.version == Some(Version::V1P1);
        let speaks = if within_users { read(Kind::User) } else { read(kind) };
        let Some(file) = speaks else {
            intake.absent(kind)?;
            continue;
        };
        let keep: HashSet<u64> = if within_users { HashSet::new() } else { file.rejected_ids().collect() };
        let rejected = if within_users { 0 } else { file.rejected };
        // A rejected row without an identifier may be anyone's: absence then
        // proves nothing.
        let all = file.unidentified > 0;
        intake.begin(kind, rejected, Box::new(move |digest| all || keep.contains(&digest)))?;
        if let Some(plan) = file.plan.as_ref().filter(|_| !within_users) {
            let own = plan.missing.iter().filter_map(|slot| match slot {
                Slot::Own(field) => Some(*field),
                _ => None,
            });
            intake.unspoken(kind, own.collect());
        }
        if !within_users {
            feed.file(package, judgement, kind, intake, step)?;
        }
        intake.end(kind)?;
    }
    Ok(())
}

struct Feed {
    done: u64,
    of: u64,
    /// The types of orgs, which decide what a 1.1 administrator becomes.
    org_types: HashMap<String, String>,
    upgraded: Vec<Record>,
}

impl Feed {
    fn file(
        &mut self,
        package: &mut Package,
        judgement: &Judgement,
        kind: Kind,
        intake: &mut Intake,
        step: &mut dyn FnMut(Step),
    ) -> Result<(), Failure> {
        let old = judgement.version == Some(Version::V1P1);
        let Some(mut rows) = records(package, judgement, kind)? else { return Ok(()) };
        let mut record = Record::new(kind);
        while rows.next(&mut record)?.is_some() {
            if old && kind == Kind::Org {
                let word = record.get(at!(Org.type)).unwrap_or_default().to_owned();
                self.org_types.insert(record.sourced_id.clone(), word);
            }
            if old && kind == Kind::User {
                self.upgrade(&mut record, intake)?;
            }
            intake.push(&mut record)?;
            self.done += 1;
            if self.done.is_multiple_of(STEP) {
                step(Step { doing: "comparing", done: self.done, of: self.of });
            }
        }
        Ok(())
    }

    fn upgrade(&mut self, user: &mut Record, intake: &mut Intake) -> Result<(), Failure> {
        debug_assert!(matches!(Kind::User.entity().fields[usize::from(at!(User.roles))].ty, Type::Rows(Kind::Role)));
        let types = &self.org_types;
        compat::upgrade_user(user, &|org| types.get(org).map(String::as_str), &mut self.upgraded);
        for role in &mut self.upgraded {
            intake.push(role)?;
        }
        self.upgraded.clear();
        Ok(())
    }
}
