//! JSON classes: members, types, multiplicities, vocabularies, references.

use crate::{Differences, decided, rest_model, sorted, texts};
use oneroster::model::{Entity, Field, Kind, Place, Service, Slot, Type, Version, vocabulary};
use serde_json::Value;
use std::collections::BTreeSet;

/// A member as the standard or the table tells it.
#[derive(Clone, Default)]
struct Member {
    shape: String,
    multiplicity: String,
    words: Vec<String>,
    open: bool,
    target: String,
}

fn standard(row: &Value) -> Member {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let item = &row["items"];
    let one = if item.is_object() { item } else { row };
    let class = text(&one["ref"]);
    let shape = match (text(&one["type"]).as_str(), text(&one["format"]).as_str()) {
        ("object", _) if class.ends_with("GUIDRef") => "reference".to_owned(),
        ("object", _) => class,
        ("number", _) | (_, "float") => "number".to_owned(),
        (ty, "") => ty.to_owned(),
        (ty, format) => format!("{ty}:{format}"),
    };
    Member {
        shape,
        multiplicity: text(&row["multiplicity"]),
        words: sorted(texts(&one["enum"])).into_iter().map(str::to_owned).collect(),
        open: one["extensible"].as_bool().unwrap_or(false),
        target: text(&one["refTarget"]),
    }
}

fn table(field: &Field, version: Version) -> Member {
    let words =
        |v: &vocabulary::Vocabulary| sorted(v.words(version).collect()).into_iter().map(str::to_owned).collect();
    let mut member = Member { shape: "string".into(), multiplicity: multiplicity(field, version), ..Member::default() };
    match field.ty {
        Type::Text | Type::SourcedId | Type::Year => {}
        Type::Bool => member.words = words(&vocabulary::BOOLEAN),
        Type::Date => member.shape = "string:date".into(),
        Type::DateTime => member.shape = "string:date-time".into(),
        Type::Number => member.shape = "number".into(),
        Type::Word(v) => (member.words, member.open) = (words(v), v.open.has(version)),
        Type::Ref(kind, _) => (member.shape, member.target) = ("reference".into(), kind.entity().name.into()),
        Type::Through(link) => (member.shape, member.target) = ("reference".into(), link_target(link).into()),
        Type::ProfileRef => member.shape = "string:uri".into(),
        Type::Pairs(..) => member.shape = pair_class(field).into(),
        Type::Rows(kind) => member.shape = kind.entity().class.into(),
        Type::Metadata => member.shape = "Metadata".into(),
    }
    member
}

fn multiplicity(field: &Field, version: Version) -> String {
    match (field.many, field.json_required.has(version)) {
        (true, true) => "1..*",
        (true, false) => "0..*",
        (false, true) => "1",
        (false, false) => "0..1",
    }
    .to_owned()
}

/// What a link row names beside the record it belongs to: its last reference.
fn link_target(link: Kind) -> &'static str {
    let target = link.entity().fields.iter().rev().find_map(Field::target);
    target.expect("a link names something").entity().name
}

fn pair_class(field: &Field) -> &'static str {
    if field.name == "userIds" { "UserId" } else { "ScoreScaleValue" }
}

/// The members of a class by name, arrays of nested objects among them.
fn members(entity: &'static Entity, version: Version) -> Vec<(String, Member)> {
    let own = entity.place == Place::Class;
    let mut all: Vec<(String, Member)> = Vec::new();
    for (slot, field) in entity.members(version) {
        if !own && !matches!(slot, Slot::Own(_)) {
            continue;
        }
        match field.within {
            None => all.push((field.name.to_owned(), table(field, version))),
            Some(array) if all.iter().any(|(name, _)| name == array) => {}
            Some(array) => {
                let shape = array_class(entity, array).unwrap_or("string").to_owned();
                // A row always fills one element.
                all.push((array.to_owned(), Member { shape, multiplicity: "1..*".into(), ..Member::default() }));
            }
        }
    }
    all
}

/// The class of the objects of an array; none if its items are plain texts.
fn array_class(entity: &Entity, array: &str) -> Option<&'static str> {
    match (entity.kind, array) {
        (Kind::UserProfile, "credentials") => Some("Credential"),
        (Kind::ResultLearningObjectiveId, "learningObjectiveResults") => Some("LearningObjectiveResults"),
        _ => None,
    }
}

fn compare(subject: &str, rows: &Value, table: &[(String, Member)], found: &mut Differences) {
    let rows: Vec<_> = rows.as_array().expect(subject).iter().collect();
    let name = |row: &Value| row["field"].as_str().expect("a name").to_owned();
    for row in &rows {
        let (member, wanted) = (format!("{subject}.{}", name(row)), standard(row));
        let Some((_, got)) = table.iter().find(|(known, _)| *known == name(row)) else {
            found.compare(&member, "exists", "yes", "no");
            continue;
        };
        found.compare(&member, "type", &wanted.shape, &got.shape);
        found.compare(&member, "multiplicity", &wanted.multiplicity, &got.multiplicity);
        found.compare(&member, "words", wanted.words.join("|"), got.words.join("|"));
        found.compare(&member, "extensible", wanted.open, got.open);
        found.compare(&member, "target", &wanted.target, &got.target);
    }
    for (known, _) in table.iter().filter(|(known, _)| !rows.iter().any(|row| name(row) == *known)) {
        found.compare(&format!("{subject}.{known}"), "exists", "no", "yes");
    }
}

/// The objects of arrays within nested classes, and of pairs.
fn inner(class: &str, version: Version) -> Option<Vec<(String, Member)>> {
    let array = |kind: Kind, array| {
        let fields = kind.entity().fields.iter().filter(|f| f.within == Some(array));
        fields.map(|f| (f.name.to_owned(), table(f, version))).collect()
    };
    let pair = |kind: Kind, name| {
        let Type::Pairs(left, right) = kind.entity().fields[usize::from(kind.entity().at(name))].ty else {
            panic!("{name} holds pairs")
        };
        let side = Member { shape: "string".into(), multiplicity: "1".into(), ..Member::default() };
        vec![(left.to_owned(), side.clone()), (right.to_owned(), side)]
    };
    Some(match class {
        "Credential" => array(Kind::UserProfile, "credentials"),
        "LearningObjectiveResults" => array(Kind::ResultLearningObjectiveId, "learningObjectiveResults"),
        "UserId" => pair(Kind::User, "userIds"),
        "ScoreScaleValue" => pair(Kind::ScoreScale, "scoreScaleValue"),
        _ => return None,
    })
}

/// Envelopes, references and status info: not rows of the table, but what they
/// say of names must agree with it.
fn other(subject: &str, class: &str, rows: &Value, version: Version, found: &mut Differences) -> bool {
    if ["Metadata", "StatusInfo", "StatusInfoSet", "GUIDPair", "GUIDPairSet"].contains(&class)
        || class.starts_with("imsx_")
    {
        return true;
    }
    if class.ends_with("GUIDRef") {
        let names = texts(&rows[2]["enum"]);
        assert!(!names.is_empty(), "{subject} fixes its type");
        let known = |name: &str| Kind::all().any(|k| k.entity().name == name && k.entity().json.has(version));
        names.iter().filter(|name| !known(name)).for_each(|name| found.compare(subject, "target", name, ""));
        return true;
    }
    let entity = Kind::all().map(Kind::entity).find(|e| Some(e.class) == rows[0]["ref"].as_str());
    let Some(entity) = entity else { return false };
    let single = class.starts_with("Single");
    let key = if single { entity.name } else { entity.plural };
    found.compare(subject, "key", rows[0]["field"].as_str().unwrap_or_default(), key);
    single || class.ends_with("Set")
}

#[test]
fn every_class_is_as_the_standard_says() {
    let model = rest_model();
    let mut found = Differences::default();
    for version in Version::ALL {
        let mut seen = BTreeSet::new();
        for (class, rows) in model["classes"][version.label()].as_object().expect("classes") {
            let subject = format!("{version} {class}");
            let mut entities = Kind::all().map(Kind::entity).filter(|e| e.class == class && e.json.has(version));
            if let Some(entity) = entities.next() {
                seen.insert(entity.kind);
                compare(&subject, rows, &members(entity, version), &mut found);
            } else if let Some(table) = inner(class, version) {
                compare(&subject, rows, &table, &mut found);
            } else {
                assert!(other(&subject, class, rows, version, &mut found), "{subject} is not known");
            }
        }
        let shown: BTreeSet<Kind> = Kind::all().filter(|k| k.entity().json.has(version)).collect();
        assert_eq!(seen, shown, "{version}: kinds that JSON shows");
    }
    found.are(decided::CLASSES);
}

#[test]
fn every_class_belongs_to_the_service_of_its_routes() {
    for route in oneroster::model::ROUTES {
        let entity = route.kind.entity();
        // The resources service is the only one that others' paths lead into.
        assert_eq!(entity.service, route.service, "{}", route.operation);
        assert!(Service::ALL.contains(&entity.service));
    }
}
