//! What the members of a class speak of, read off the model.

use crate::model::{Entity, Field, Kind, Slot, Type, Version};

/// The kind that references of a field point at; of a [`Type::Through`] the
/// one that its link rows name beside the record they belong to.
pub(crate) fn target(field: &Field) -> Option<Kind> {
    match field.ty {
        Type::Ref(kind, _) => Some(kind),
        Type::Through(link) => {
            let parent = link.entity().parent_kind();
            link.entity().fields.iter().find_map(|f| match f.ty {
                Type::Ref(kind, _) if Some(kind) != parent && !f.csv_required.is_empty() => Some(kind),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Whether a field is the list of the records whose parent is this one:
/// references to the own kind that no file holds.
pub(super) fn is_children(entity: &Entity, field: &Field) -> bool {
    field.many && field.csv.is_empty() && matches!(field.ty, Type::Ref(kind, _) if kind == entity.kind)
}

/// Whether a member of nested rows is made from the sourcedId of the row.
pub(crate) fn is_row_id(field: &Field) -> bool {
    matches!(field.ty, Type::SourcedId) && field.csv.is_empty()
}

/// The members that a nested row of a version shows, by position; the common
/// ones of top-level classes are none of them.
pub(crate) fn row_members(kind: Kind, version: Version) -> impl Iterator<Item = (u8, &'static Field)> {
    kind.entity().members(version).filter_map(|(slot, field)| match slot {
        Slot::Own(i) => Some((i, field)),
        _ => None,
    })
}

/// The array below a nested row, and whether its elements are plain values:
/// they are when the model names one field in it only.
pub(crate) fn inner_array(kind: Kind, version: Version) -> Option<(&'static str, bool)> {
    let mut names = row_members(kind, version).filter_map(|(_, f)| f.within);
    let name = names.next()?;
    Some((name, names.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_what_they_link() {
        let wanted = [
            (Kind::Course, "resources", Kind::Resource),
            (Kind::Class, "resources", Kind::Resource),
            (Kind::User, "resources", Kind::Resource),
            (Kind::LineItem, "scoreScale", Kind::ScoreScale),
            (Kind::Result, "scoreScale", Kind::ScoreScale),
        ];
        for (kind, name, to) in wanted {
            let (_, field) = kind.entity().member(name, Version::V1P2).unwrap();
            assert_eq!(target(field), Some(to), "{kind:?}.{name}");
        }
    }

    #[test]
    fn children_are_those_of_the_trees() {
        let with_children: Vec<Kind> =
            Kind::all().filter(|k| k.entity().fields.iter().any(|f| is_children(k.entity(), f))).collect();
        assert_eq!(with_children, [Kind::Org, Kind::AcademicSession]);
    }

    #[test]
    fn inner_arrays_are_told_apart() {
        let arrays: Vec<_> = Kind::all().filter_map(|k| inner_array(k, Version::V1P2)).collect();
        assert_eq!(
            arrays,
            [("credentials", false), ("learningObjectiveIds", true), ("learningObjectiveResults", false)]
        );
    }
}
