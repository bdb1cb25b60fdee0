//! The text of telling statements, in both dialects.

use super::{Goal, Key, Shape};
use crate::plan::plan;
use crate::schema::Dialect;
use crate::{Read, Tombstones};
use oneroster::model::{Kind, ROUTES, Version, View};
use oneroster::query::{Part, Path, Sort, parse_filter};

/// A shape of users by filter, view and order.
fn shape(kind: Kind, filter: &str, views: &'static [View], sort: Option<&Sort>) -> Shape {
    let filter = parse_filter(filter, kind, Version::V1P2).unwrap();
    let read = Read {
        version: Version::V1P2,
        kind,
        parents: &[],
        views,
        filter: filter.as_ref(),
        view: None,
        tombstones: Tombstones::Hidden,
        sort,
        limit: 100,
        offset: 0,
        cursor: None,
        caller: 0,
    };
    plan(&read).shape
}

fn views(operation: &str) -> &'static [View] {
    ROUTES.iter().find(|route| route.operation == operation).unwrap().views
}

fn by(kind: Kind, field: &str, part: Part, descending: bool) -> Sort {
    let field = kind.entity().fields.iter().position(|f| f.name == field).unwrap() as u8;
    Sort { path: Path { kind, slot: oneroster::model::Slot::Own(field), part }, descending }
}

/// Both texts, each clause on a line, and what is bound.
fn both(shape: &Shape) -> String {
    let told = [Dialect::Sqlite, Dialect::Postgres].map(|dialect| {
        let mut statement = shape.statement(dialect);
        for word in [" FROM ", " WHERE ", " AND ", " OR ", " ORDER BY ", " LIMIT ", " UNION "] {
            statement.sql = statement.sql.replace(word, &format!("\n {word}"));
        }
        let bound: Vec<String> = statement.binds.iter().map(|bind| format!("{bind:?}")).collect();
        format!("-- {dialect:?}\n{}\n-- {}", statement.sql, bound.join(", "))
    });
    told.join("\n\n").replace("  ", " ")
}

macro_rules! holds {
    ($name:ident, $shape:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(both(&$shape));
        }
    };
}

holds!(a_page_of_a_collection, Shape { key: Key::After, ..shape(Kind::User, "", &[], None) });
holds!(a_page_of_a_usual_length, Shape { key: Key::After, limit: Some(100), ..shape(Kind::User, "", &[], None) });
holds!(a_cold_jump, Shape { key: Key::After, skip: true, ..shape(Kind::Enrollment, "", &[], None) });
holds!(one_record, Shape { goal: Goal::One, ..shape(Kind::Class, "", &[], None) });
holds!(the_number_of_an_earlier_version, Shape { goal: Goal::Count, past: true, ..shape(Kind::Org, "", &[], None) });
holds!(
    records_changed_since,
    Shape { key: Key::After, tombstones: true, ..shape(Kind::User, "dateLastModified>='2026-09-01'", &[], None) }
);
holds!(
    texts_numbers_and_words,
    shape(Kind::User, "familyName~'o''b' AND enabledUser='true' AND status!='tobedeleted'", &[], None)
);
holds!(nested_rows, shape(Kind::User, "roles.role='student' OR roles.org.sourcedId='s'", &[], None));
holds!(references_and_metadata, shape(Kind::Class, "course.sourcedId='c' AND metadata.k~'x'", &[], None));
holds!(students_of_a_school, shape(Kind::User, "", views("getStudentsForSchool"), None));
holds!(terms_of_a_school, shape(Kind::AcademicSession, "", views("getTermsForSchool"), None));
holds!(
    an_order_with_missing_values,
    Shape { key: Key::After, ..shape(Kind::User, "", &[], Some(&by(Kind::User, "middleName", Part::Value, true))) }
);
holds!(an_order_by_reference, shape(Kind::Class, "", &[], Some(&by(Kind::Class, "course", Part::Value, false))));

/// Statements of an export, as [`both`] tells them.
fn exported(records: super::Records) -> String {
    let told = [(Dialect::Sqlite, None), (Dialect::Postgres, Some(7))].map(|(dialect, tenant)| {
        let records = super::Records { tenant, ..records };
        let texts = [records.rows(Some(1_000), dialect), records.count(dialect)];
        let texts = texts.map(|(sql, values)| {
            let sql = [" FROM ", " WHERE ", " AND ", " LIMIT ", " UNION "]
                .iter()
                .fold(sql, |sql, word| sql.replace(word, &format!("\n {}", word.trim_start())));
            format!("{sql}\n-- {values:?}")
        });
        format!("-- {dialect:?}\n{}", texts.join("\n"))
    });
    told.join("\n\n")
}

#[test]
fn all_records_as_of_an_instant() {
    let records = super::Records { kind: Kind::User, tenant: None, as_of: Some(20), since: None, owner: None };
    insta::assert_snapshot!(exported(records));
}

#[test]
fn all_changes_since_an_instant() {
    let records = super::Records { kind: Kind::User, tenant: None, as_of: None, since: Some(10), owner: None };
    insta::assert_snapshot!(exported(records));
}

/// The same shape for a caller who sees a view.
fn seen(shape: Shape) -> Shape {
    Shape { bounded: true, ..shape }
}

holds!(a_page_of_a_view, Shape { key: Key::After, ..seen(shape(Kind::User, "", &[], None)) });
holds!(a_record_of_a_view, Shape { goal: Goal::One, ..seen(shape(Kind::Class, "", &[], None)) });
holds!(
    changes_in_a_view,
    Shape {
        key: Key::After,
        tombstones: true,
        ..seen(shape(Kind::Enrollment, "dateLastModified>='2026-09-01'", &[], None))
    }
);
holds!(an_earlier_version_of_a_view, Shape { past: true, ..seen(shape(Kind::Org, "parent.sourcedId='d'", &[], None)) });
holds!(students_of_a_school_in_a_view, seen(shape(Kind::User, "", views("getStudentsForSchool"), None)));
