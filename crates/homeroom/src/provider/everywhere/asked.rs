//! What is asked of several districts, each of which shows what it likes.

use super::District;
use crate::provider::answer::Refusal;
use crate::provider::operations::{misasked, without};
use crate::provider::paths::Operation;
use oneroster::grant::{Cover, Member};
use oneroster::json::ProblemKind;
use oneroster::query::{Query, QueryError, QueryErrorKind};
use std::collections::BTreeSet;

/// Reads a query for some districts. What none of them shows is not there; what
/// some show may be selected, but a filter and an order must be answered by all:
/// what one does not show would leave its records out, or tell of them.
pub(super) fn query(raw: Option<&str>, operation: &Operation, all: &[District]) -> Result<Query, Box<Refusal>> {
    let covers: BTreeSet<&Cover> = all.iter().map(|there| &there.caller.cover).collect();
    let common = common(&covers);
    let parse = |raw, cover| Query::parse_covered(raw, operation.route, operation.version, cover);
    let mut query = parse(raw, &common).map_err(|e| misasked(&e))?;
    if covers.len() < 2 {
        return Ok(query);
    }
    let raw = without(raw.unwrap_or_default(), &["fields"]);
    for cover in covers {
        let own = parse(Some(&raw), cover).map_err(|e| unshown(&e, cover, all))?;
        if query.sort.is_some() && own.sort.is_none() {
            query.sort = None;
            let sorts = |e: &QueryError| matches!(e.kind(), QueryErrorKind::UnknownSortField(_));
            query.warnings.extend(own.warnings.into_iter().filter(sorts));
        }
    }
    Ok(query)
}

/// What is said of a filter that a district cannot be asked.
fn unshown(error: &QueryError, cover: &Cover, all: &[District]) -> Box<Refusal> {
    let those = all.iter().filter(|there| there.caller.cover == *cover).filter_map(|there| there.name.as_deref());
    let text = format!(
        "{error} Some districts do not show it ({}): ask the others alone by the parameter district.",
        those.collect::<Vec<_>>().join(", ")
    );
    Refusal::new(ProblemKind::InvalidFilterField, text)
}

/// What all of them hide, and mask.
fn common(covers: &BTreeSet<&Cover>) -> Cover {
    let all = |of: fn(&Cover) -> &BTreeSet<Member>| -> BTreeSet<Member> {
        let first = covers.first().map(|cover| of(cover)).into_iter().flatten();
        first.filter(|member| covers.iter().all(|cover| of(cover).contains(member))).copied().collect()
    };
    Cover { entities: BTreeSet::new(), hidden: all(|cover| &cover.hidden), masked: all(|cover| &cover.masked) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_hide_is_hidden() {
        let cover = |json: &str| serde_json::from_str::<Cover>(json).unwrap();
        let (a, b) = (cover(r#"{"hidden":["user.email","user.phone"]}"#), cover(r#"{"hidden":["user.email"]}"#));
        assert_eq!(common(&[&a, &b].into()), b);
        assert_eq!(common(&[&a, &Cover::default()].into()), Cover::default());
        assert_eq!(common(&[&a].into()), a);
    }
}
