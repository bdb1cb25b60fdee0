//! Which files must come together in a bulk package (csv.md 1.7).

use crate::csv::manifest::kinds;
use crate::model::{Kind, Version};

/// The kinds that the rows of a kind cannot be without, each with what it
/// needs in turn, in the order of [`Kind`]; the kind itself is not among them.
pub fn closure(kind: Kind, version: Version) -> Vec<Kind> {
    let mut all = vec![kind];
    let mut at = 0;
    while let Some(kind) = all.get(at).copied() {
        at += 1;
        for needed in needs(kind, version) {
            if !all.contains(&needed) {
                all.push(needed);
            }
        }
    }
    all.retain(|k| *k != kind);
    all.sort();
    all
}

/// What each of some kinds needs and is not among them.
pub fn lacking(chosen: &[Kind], version: Version) -> Vec<(Kind, Vec<Kind>)> {
    let mut lacking = Vec::new();
    for &kind in chosen {
        let missing: Vec<Kind> = closure(kind, version).into_iter().filter(|k| !chosen.contains(k)).collect();
        if !missing.is_empty() {
            lacking.push((kind, missing));
        }
    }
    lacking
}

fn needs(kind: Kind, version: Version) -> impl Iterator<Item = Kind> {
    let demanded = kind.entity().fields.iter().filter(move |f| f.in_csv(version) && f.csv_required.has(version));
    // Demographics share the person's identifier; a person is nothing without a role.
    let also = match kind {
        Kind::Demographics => Some(Kind::User),
        Kind::User if kinds(version).any(|k| k == Kind::Role) => Some(Kind::Role),
        _ => None,
    };
    demanded.filter_map(crate::model::Field::target).chain(also)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::kinds;

    /// The tables of csv.md 1.7.
    const V1P2: &[(&str, &str)] = &[
        ("classes", "academicSessions courses orgs"),
        ("classResources", "academicSessions classes courses orgs resources"),
        ("courses", "orgs"),
        ("courseResources", "courses orgs resources"),
        ("demographics", "orgs roles users"),
        ("enrollments", "academicSessions classes courses orgs roles users"),
        ("lineItemLearningObjectiveIds", "academicSessions categories classes courses lineItems orgs"),
        ("lineItems", "academicSessions categories classes courses orgs"),
        ("lineItemScoreScales", "academicSessions categories classes courses lineItems orgs scoreScales"),
        ("results", "academicSessions categories classes courses lineItems orgs roles users"),
        ("roles", "orgs users"),
        ("scoreScales", "academicSessions classes courses orgs"),
        ("userProfiles", "orgs roles users"),
        ("userResources", "orgs resources roles users"),
        ("users", "orgs roles"),
        ("orgs", ""),
    ];
    const V1P1: &[(&str, &str)] = &[
        ("demographics", "orgs users"),
        ("enrollments", "academicSessions classes courses orgs users"),
        ("results", "academicSessions categories classes courses lineItems orgs users"),
        ("users", "orgs"),
    ];

    #[test]
    fn files_need_what_the_standard_lists() {
        for (version, table) in [(Version::V1P2, V1P2), (Version::V1P1, V1P1)] {
            for (file, wanted) in table {
                let kind = Kind::from_plural(file).unwrap();
                let mut found: Vec<&str> = closure(kind, version).iter().map(|k| k.entity().plural).collect();
                found.sort_by_key(|name| name.to_lowercase());
                assert_eq!(found.join(" "), *wanted, "{file} in {version}");
            }
            let all: Vec<Kind> = kinds(version).collect();
            assert!(lacking(&all, version).is_empty());
        }
        assert_eq!(lacking(&[Kind::Org, Kind::Course, Kind::Role], Version::V1P2), [(Kind::Role, vec![Kind::User])]);
    }

    #[test]
    fn references_point_to_kinds_that_are_written_before() {
        for kind in Kind::all().filter(|k| !k.entity().csv.is_empty()) {
            let own = kind.entity().fields.iter().filter(|f| !f.csv.is_empty());
            for target in own.filter_map(crate::model::Field::target) {
                assert!(target <= kind, "{kind:?} names {target:?}");
            }
        }
    }
}
