//! CSV files: columns in order, obligations, types, vocabularies, references.

use crate::{Differences, csv_tables, decided, sorted, texts};
use oneroster::csv::Target;
use oneroster::csv::v1p0::{self, Need, Translation};
use oneroster::model::{CellForm, Field, Kind, Privacy, Slot, Type, Version, vocabulary};
use serde_json::Value;

fn required(slot: Slot, field: &Field, version: Version) -> &'static str {
    match slot {
        Slot::Status | Slot::Modified => "delta",
        _ if field.csv_required.has(version) => "yes",
        _ => "no",
    }
}

fn ty(field: &Field) -> &'static str {
    match (field.ty, field.many, field.cell) {
        (Type::SourcedId, ..) => "guid",
        (Type::Ref(..), true, _) => "guidRefList",
        (Type::Ref(..) | Type::ProfileRef, ..) => "guidRef",
        (Type::Word(_), true, _) => "enumList",
        (Type::Word(_), ..) => "enum",
        (Type::Bool, ..) => "boolean",
        (Type::Date, ..) | (Type::DateTime, _, CellForm::Day) => "date",
        (Type::DateTime, ..) => "dateTime",
        (Type::Year, ..) => "year",
        (Type::Number, _, CellForm::Integer) => "integer",
        (Type::Number, ..) => "float",
        (Type::Pairs(..), ..) => "pairList",
        (Type::Text, true, _) => "stringList",
        (Type::Text, ..) => "string",
        (Type::Rows(_) | Type::Through(_) | Type::Metadata, ..) => "no column",
    }
}

fn words(field: &Field, version: Version) -> (String, bool) {
    let of = |v: &vocabulary::Vocabulary| (sorted(v.words(version).collect()).join("|"), v.open.has(version));
    match field.ty {
        Type::Word(v) => of(v),
        Type::Bool => of(&vocabulary::BOOLEAN),
        _ => (String::new(), false),
    }
}

fn compare(subject: &str, row: &Value, slot: Slot, field: &Field, version: Version, found: &mut Differences) {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    // Identifiers from outside are texts of no form of their own.
    let wanted = if text("type") == "id" { "string" } else { text("type") };
    found.compare(subject, "type", wanted, ty(field));
    found.compare(subject, "required", text("required"), required(slot, field, version));
    let (words, open) = words(field, version);
    found.compare(subject, "words", sorted(texts(&row["enum"])).join("|"), words);
    found.compare(subject, "extensible", row["ext"].as_bool().unwrap_or(false), open);
    found.compare(subject, "target", text("ref"), field.target().map(|k| k.entity().file_name()).unwrap_or_default());
    let types = if let Type::Ref(_, types) = field.ty { types.join("|") } else { String::new() };
    found.compare(subject, "target type", texts(&row["refType"]).join("|"), types);
    let secret = row["secret"].as_bool().unwrap_or(false);
    found.compare(subject, "secret", secret, field.privacy == Privacy::Secret);
}

#[test]
fn every_file_is_as_the_standard_says() {
    let tables = csv_tables();
    let mut found = Differences::default();
    for version in Version::ALL {
        let files = tables[version.label()].as_object().expect("files");
        for kind in Kind::all() {
            let file = kind.entity().file_name();
            assert_eq!(files.contains_key(&file), kind.entity().csv.has(version), "{version} {file}");
        }
        for (file, rows) in files.iter().filter(|(file, _)| *file != "manifest.csv") {
            let kind = Kind::from_plural(file.trim_end_matches(".csv")).expect(file);
            let columns: Vec<_> = kind.entity().columns(version).collect();
            let rows = rows.as_array().expect("columns");
            let wanted: Vec<_> = rows.iter().map(|row| row["column"].as_str().expect("a header")).collect();
            let got: Vec<_> = columns.iter().map(|(_, field)| field.column).collect();
            assert_eq!(got, wanted, "{version} {file}: headers in order");
            for (row, (slot, field)) in rows.iter().zip(columns) {
                compare(&format!("{version} {file} {}", field.column), row, slot, field, version, &mut found);
            }
        }
    }
    found.are(decided::FILES);
}

#[test]
fn every_file_of_1_0_is_as_the_standard_says() {
    let tables = csv_tables();
    let files = tables["1.0"].as_object().expect("files");
    assert_eq!(files.len(), v1p0::KINDS.len());
    for kind in v1p0::KINDS {
        let file = kind.entity().file_name();
        let rows = files[&file].as_array().expect("columns");
        let columns = v1p0::columns(kind);
        let names: Vec<&str> = columns.iter().map(|column| column.column(kind)).collect();
        let wanted: Vec<&str> = rows.iter().map(|row| row["column"].as_str().expect("a header")).collect();
        assert_eq!(names, wanted, "{file}: headers in order");
        for (row, column) in rows.iter().zip(columns) {
            let subject = format!("{file} {}", column.column(kind));
            let doubted = row["doubt"].as_bool().unwrap_or(false);
            match (column.needed(kind), row["required"].as_str().expect("yes or no")) {
                (Need::Yes, "yes") | (Need::No, "no") => {}
                (Need::Doubtful, "yes") => assert!(doubted, "{subject}"),
                (need, required) => panic!("{subject}: {need:?} for {required}"),
            }
            if let Target::Slot(slot) = column.target() {
                old_cell(&subject, row, slot, kind, column.translation);
            }
        }
    }
}

/// Type, target and words of a column of 1.0, as they are once it is translated.
fn old_cell(subject: &str, row: &Value, slot: Slot, kind: Kind, translation: Translation) {
    let field = kind.entity().field(slot);
    let wanted = row["type"].as_str().expect("a type");
    let (got, target) = (ty(field), field.target().map(|k| k.entity().file_name()).unwrap_or_default());
    match (slot, translation) {
        (Slot::SourcedId, _) => assert!(["guid", "guidRef"].contains(&wanted), "{subject}"),
        (Slot::Modified, _) => assert_eq!(wanted, "date", "{subject}"),
        (_, Translation::Grades | Translation::UserId) => {
            assert_eq!(
                (wanted, got),
                ("string", if translation == Translation::Grades { "stringList" } else { "pairList" })
            );
        }
        _ => assert_eq!((wanted, row["ref"].as_str().unwrap_or_default()), (got, &*target), "{subject}"),
    }
    if let Type::Word(vocabulary) = field.ty
        && slot != Slot::Status
    {
        let lost = if kind == Kind::Enrollment { &v1p0::LOST_ROLES[..] } else { &[] };
        for word in texts(&row["enum"]) {
            let cell = v1p0::translate(translation, word);
            assert!(vocabulary.allows(Version::V1P1, &cell) || lost.contains(&word), "{subject}: {word}");
        }
    }
}
