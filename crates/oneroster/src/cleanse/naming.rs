//! Rules speak of the identifiers of their source, and see records that have its
//! prefix already.

use super::compile::{How, Part, Rule};
use crate::json::target;
use crate::model::{Kind, Type};
use crate::prefix::Prefix;
use crate::query::{Literal, Part as Within, Path, Predicate};

/// Puts a prefix before every identifier that a rule names.
pub(super) fn named(rule: &mut Rule, prefix: &Prefix) {
    if prefix.is_empty() {
        return;
    }
    let on = |kind: Kind, id: &str| prefix.on(kind, id).into_owned();
    match (&mut rule.how, rule.of) {
        (How::Schools(schools), _) => *schools = schools.iter().map(|id| on(Kind::Org, id)).collect(),
        (How::Rename(names), Some(kind)) => {
            *names = std::mem::take(names).into_iter().map(|(id, name)| (on(kind, &id), name)).collect();
        }
        (How::Pattern(pattern), _) => {
            for part in &mut pattern.parts {
                if let Part::Id(before) = part {
                    before.clone_from(prefix);
                }
            }
        }
        _ => {}
    }
    for clause in rule.when.iter_mut().flat_map(|when| &mut when.clauses) {
        // What is looked for within an identifier stands behind its prefix, too.
        let Some(kind) = identified(&clause.path).filter(|_| clause.predicate != Predicate::Contains) else { continue };
        match &mut clause.literal {
            Literal::Text(id) => *id = on(kind, id),
            Literal::List(ids) => ids.iter_mut().for_each(|id| *id = on(kind, id)),
            _ => {}
        }
    }
}

/// The kind of the records whose identifiers a path gives, if it gives any.
fn identified(path: &Path) -> Option<Kind> {
    let field = path.leaf();
    match (&path.part, field.ty) {
        (Within::Value, Type::SourcedId) => Some(path.kind),
        (Within::Value | Within::Row(_), _) => target(field).or(field.target()),
        _ => None,
    }
}
