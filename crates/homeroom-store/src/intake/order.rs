//! In which order kinds are taken, and which of them are shown inside others.

use oneroster::model::{Kind, Type};
use std::sync::LazyLock;

/// The kinds in the order of an intake: what a kind refers to before it, and rows
/// that are shown inside a record before that record.
pub fn order() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for kind in Kind::all() {
        place(kind, &mut kinds);
    }
    kinds
}

fn place(kind: Kind, kinds: &mut Vec<Kind>) {
    if let Some((parent, _)) = shown_in(kind) {
        return place(parent, kinds);
    }
    if kinds.contains(&kind) {
        return;
    }
    let inside = inside(kind);
    for of in inside.iter().chain([&kind]) {
        for target in of.entity().fields.iter().filter_map(oneroster::model::Field::target) {
            if target != kind && !inside.contains(&target) {
                place(target, kinds);
            }
        }
    }
    kinds.extend(inside);
    kinds.push(kind);
}

/// What a kind is to others; asked for every record, so it is folded once.
struct Nesting {
    shown_in: Option<(Kind, u8)>,
    inside: Vec<Kind>,
}

static NESTING: LazyLock<Vec<Nesting>> = LazyLock::new(|| {
    let shown = |kind: Kind| {
        let parent = kind.entity().parent_kind()?;
        let shows = |ty| matches!(ty, Type::Rows(rows) | Type::Through(rows) if rows == kind);
        let member = parent.entity().fields.iter().position(|f| shows(f.ty))?;
        Some((parent, member as u8))
    };
    let inside = |of: Kind| Kind::all().filter(|row| shown(*row).is_some_and(|(parent, _)| parent == of)).collect();
    Kind::all().map(|kind| Nesting { shown_in: shown(kind), inside: inside(kind) }).collect()
});

/// The member of a parent that shows rows of a kind, or what they link to,
/// with the parent's kind.
pub fn shown_in(kind: Kind) -> Option<(Kind, u8)> {
    NESTING.get(kind as usize)?.shown_in
}

/// The kinds whose rows are shown inside records of a kind.
pub fn inside(kind: Kind) -> &'static [Kind] {
    NESTING.get(kind as usize).map_or(&[], |nesting| &nesting.inside)
}

/// The field by which a row of a link names what it links to: the last of its
/// references; `None` if its rows are shown themselves.
pub fn link_target(kind: Kind) -> Option<u8> {
    let (parent, member) = shown_in(kind)?;
    if !matches!(parent.entity().fields.get(usize::from(member))?.ty, Type::Through(_)) {
        return None;
    }
    kind.entity().fields.iter().rposition(|f| f.target().is_some()).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_once_after_what_it_refers_to() {
        let order = order();
        let at = |kind: Kind| order.iter().position(|k| *k == kind).unwrap();
        assert_eq!(order.len(), Kind::all().count());
        for kind in Kind::all() {
            if let Some((parent, _)) = shown_in(kind) {
                let between = &order[at(kind)..at(parent)];
                assert!(between.iter().all(|k| shown_in(*k).is_some_and(|(p, _)| p == parent)), "{kind:?}");
            }
            // References of nested rows are written with the record they are in.
            let written = shown_in(kind).map_or(at(kind), |(parent, _)| at(parent));
            for target in kind.entity().fields.iter().filter_map(|f| f.target()) {
                assert!(at(target) <= written, "{kind:?} refers to {target:?}");
            }
        }
    }

    #[test]
    fn links_lead_to_what_they_link() {
        let links: Vec<(Kind, &str)> = Kind::all()
            .filter_map(|kind| Some((kind, kind.entity().fields[usize::from(link_target(kind)?)].name)))
            .collect();
        let wanted = [
            (Kind::ClassResource, "resource"),
            (Kind::CourseResource, "resource"),
            (Kind::UserResource, "resource"),
            (Kind::LineItemScoreScale, "scoreScale"),
            (Kind::ResultScoreScale, "scoreScale"),
        ];
        assert_eq!(links, wanted);
    }
}
