//! The figures of a package, held to counts taken from its files by another way.

use super::memory::{Memory, NOW};
use oneroster::model::Service;
use oneroster::validate::{Figures, FileJudgement, FileState, Options, SchoolFigures};

/// The rows of a file, their cells; read without the scanner.
fn rows(files: &Memory, name: &str) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(&files.0[name]).unwrap();
    let mut rows = Vec::new();
    for line in text.lines() {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        rows.push(cells);
    }
    rows
}

#[test]
fn fill_rates_are_those_of_the_files() {
    for version in ["v1p1", "v1p2"] {
        let files = Memory::sample(version);
        let judgement = files.judge(&Options::careful(NOW)).unwrap();
        let judged: Vec<_> = judgement.files.iter().filter(|f| f.state == FileState::Judged).collect();
        for file in judged {
            let name = file.kind.entity().file_name();
            let figures = judgement.figures.files.iter().find(|f| f.file == name).unwrap();
            let mut rows = rows(&files, &name).into_iter();
            let header = rows.next().unwrap();
            let rows: Vec<_> = rows.collect();
            let expected: Vec<(String, u64)> = header
                .into_iter()
                .enumerate()
                .map(|(at, column)| (column, rows.iter().filter(|row| !row[at].is_empty()).count() as u64))
                .collect();
            let counted: Vec<_> = figures.columns.iter().map(|c| (c.name.clone(), c.filled)).collect();
            assert_eq!((counted, figures.rows), (expected, rows.len() as u64), "{version} {name}");
        }
    }
}

#[test]
fn blanks_in_disguise_and_torn_rows_fill_nothing() {
    let mut files = Memory::sample("v1p1");
    files.edit("orgs.csv", |text| {
        let mut rows = text.lines().map(str::to_owned).collect::<Vec<_>>();
        rows.push("x-1,,,Blank,school,  ,".to_owned());
        rows.push("x-2,,,Torn".to_owned());
        rows.join("\n") + "\n"
    });
    let before = Memory::sample("v1p1").judge(&Options::careful(NOW)).unwrap();
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    let identifiers = |figures: &Figures| {
        let orgs = figures.files.iter().find(|f| f.file == "orgs.csv").unwrap();
        (orgs.rows, orgs.columns.iter().find(|c| c.name == "identifier").unwrap().filled)
    };
    let (rows, filled) = identifiers(&before.figures);
    assert_eq!(identifiers(&judgement.figures), (rows + 1, filled));
}

fn school<'a>(figures: &'a Figures, id: &str) -> &'a SchoolFigures {
    figures.schools.iter().find(|school| school.sourced_id == id).unwrap()
}

#[test]
fn schools_have_the_same_in_both_versions() {
    for version in ["v1p1", "v1p2"] {
        let files = Memory::sample(version);
        let figures = files.judge(&Options::careful(NOW)).unwrap().figures;
        assert_eq!(figures.elsewhere[0], 0);
        let [birch, cedar] = ["org-s1", "org-s2"].map(|id| school(&figures, id));
        assert_eq!((birch.name.as_str(), birch.kind), ("Birch Elementary School", "school"));
        for school in [birch, cedar] {
            let naming =
                |name: &str, at: usize| rows(&files, name).iter().filter(|r| r[at] == school.sourced_id).count();
            let header = rows(&files, "classes.csv")[0].clone();
            let at = header.iter().position(|h| h == "schoolSourcedId").unwrap();
            assert_eq!(school.classes, naming("classes.csv", at) as u64);
            let header = rows(&files, "enrollments.csv")[0].clone();
            let at = header.iter().position(|h| h == "schoolSourcedId").unwrap();
            assert_eq!(school.enrollments, naming("enrollments.csv", at) as u64);
        }
        let people = |s: &SchoolFigures| (s.students, s.teachers);
        assert_eq!((people(birch), people(cedar)), ((2, 2), (2, 1)), "{version}");
    }
}

#[test]
fn findings_count_for_the_school_that_the_row_names() {
    let edits = [
        ("enrollments.csv", "e02,,,cls-hr4,org-s1,usr-s1,student", "e02,,,cls-hr4,org-s1,nobody,student"),
        ("users.csv", "usr-t1,,,true,", "usr-t1,,,TRUE,"),
        ("userProfiles.csv", "usr-s3", "nobody"),
    ];
    let judgement = Memory::edited(&edits).judge(&Options::careful(NOW)).unwrap();
    let figures = &judgement.figures;
    let birch = school(figures, "org-s1");
    // The enrollment, and the role of the teacher is known by then.
    assert_eq!((birch.rejected, birch.findings[0], birch.findings[2]), (1, 1, 1), "{birch:?}");
    let all: [u64; 4] = std::array::from_fn(|at| figures.schools.iter().map(|s| s.findings[at]).sum::<u64>());
    let sums: [u64; 4] = std::array::from_fn(|at| all[at] + figures.elsewhere[at]);
    assert_eq!(&sums, judgement.report.found());
    let named = |name: &str| figures.files.iter().find(|f| f.file == name).unwrap().findings;
    assert_eq!((named("enrollments.csv")[0], named("users.csv")[2]), (1, 1));
}

#[test]
fn a_rejected_person_is_where_their_role_is() {
    // An aide; a student, and with them the parent who names the student.
    for (user, alone) in [("usr-t3", true), ("usr-s1", false)] {
        let (good, bad) = (format!("{user},,,true,"), format!("{user},,,perhaps,"));
        let judgement = Memory::edited(&[("users.csv", &good, &bad)]).judge(&Options::careful(NOW)).unwrap();
        let figures = &judgement.figures;
        // Of results and resources the school is not looked for.
        let of = |roster: bool| {
            let here = |file: &&FileJudgement| (file.kind.entity().service == Service::Rostering) == roster;
            judgement.files.iter().filter(here).map(|file| file.rejected).sum::<u64>()
        };
        assert_eq!(figures.elsewhere[0] > 0, of(false) > 0, "{user}");
        let rejected: u64 = figures.schools.iter().map(|school| school.rejected).sum();
        assert_eq!(rejected, of(true), "{user}");
        assert_eq!(school(figures, "org-s1").rejected == rejected, alone, "{user}");
    }
}
