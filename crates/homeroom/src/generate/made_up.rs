//! Records that every made-up district has, whatever its size: the documents of the
//! API refer to them, so that what they show as a body can be sent as it stands.

use oneroster::model::Kind;

/// A student with a class, what is graded in it, and what that refers to; of the
/// district of the usual seed, with its gradebook and screenings.
const RECORDS: [(Kind, &str); 11] = [
    (Kind::Org, "el-001"),
    (Kind::AcademicSession, "sy-2027-t1-g"),
    (Kind::Course, "el-KG-mat-1"),
    (Kind::Class, "0a2ec1ef-bafa-89e8-9274-dfedd386139d"),
    (Kind::User, "47a3c294-2d1f-8916-9efa-57781cb8f299"),
    (Kind::Enrollment, "21f2020c-28ce-8ca6-977c-42256ae1ead1"),
    (Kind::Category, "cat-test"),
    (Kind::ScoreScale, "e598bcf2-3d32-8137-98ee-dfc7b099b9ca"),
    (Kind::LineItem, "3cf6eb82-e5cd-8237-bfeb-35ff77b266b5"),
    (Kind::Result, "c31238ed-2819-8981-899a-95dcdec37536"),
    (Kind::AssessmentLineItem, "screening-KG"),
];

/// The identifier of a record of a kind.
pub fn made_up(kind: Kind) -> Option<&'static str> {
    RECORDS.iter().find(|(of, _)| *of == kind).map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Options, generate, screenings};
    use crate::intake::beside;
    use oneroster::model::Edition;

    #[test]
    fn every_district_has_them() {
        let folder = tempfile::tempdir().unwrap();
        for students in [100, 700, 1_000] {
            let out = folder.path().join(students.to_string());
            let options = Options { edition: Edition::V1P2, students, seed: 1, day: 0, gradebook: true };
            generate(&options, &out).unwrap();
            screenings(&options, &out).unwrap();
            let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
            let text = |kind: Kind| read(&kind.entity().file_name());
            for (kind, id) in RECORDS {
                let there = match kind.entity().csv.is_empty() {
                    true => read(&beside::name(kind)).contains(&format!("{{\"sourcedId\":\"{id}\",")),
                    false => text(kind).contains(&format!("\n{id},")),
                };
                assert!(there, "{students}: {kind:?} {id}");
            }
            // They belong together.
            let row = |kind: Kind| {
                let start = format!("{},", made_up(kind).unwrap());
                text(kind).lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
            };
            let names = |kind: Kind, others: &[Kind]| {
                let row = row(kind);
                others.iter().all(|other| row.contains(made_up(*other).unwrap()))
            };
            assert!(names(Kind::Result, &[Kind::LineItem, Kind::User, Kind::Class]));
            assert!(names(Kind::LineItem, &[Kind::Class, Kind::Category, Kind::AcademicSession, Kind::Org]));
            assert!(names(Kind::ScoreScale, &[Kind::Class, Kind::Course, Kind::Org]));
            assert!(names(Kind::Enrollment, &[Kind::Class, Kind::User, Kind::Org]));
            let scores = read(&beside::name(Kind::AssessmentResult));
            let both = [Kind::AssessmentLineItem, Kind::User].map(|kind| made_up(kind).unwrap());
            assert!(scores.lines().any(|line| both.iter().all(|id| line.contains(id))));
        }
    }
}
