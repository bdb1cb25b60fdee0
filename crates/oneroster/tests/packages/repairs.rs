//! Repairs from end to end: what is imported is what was judged.

use crate::memory::{Memory, NOW, found, listed};
use crate::rewritten;
use oneroster::csv::Package;
use oneroster::model::Kind;
use oneroster::record::id_digest;
use oneroster::validate::{CONSENTS, Code, Judgement, Options, Severity};
use std::sync::Arc;

fn consenting(codes: &[Code]) -> Options {
    Options { consent: codes.to_vec(), ..Options::careful(NOW) }
}

/// The rows of a file as they are imported, below the header.
fn imported(files: &Memory, options: &Options, kind: Kind) -> (Judgement, Vec<String>) {
    let judgement = files.judge(options).unwrap();
    let rows = rewritten(files, &judgement, kind).lines().skip(1).map(str::to_owned).collect();
    (judgement, rows)
}

fn errors(judgement: &Judgement) -> u64 {
    judgement.report.count(Severity::Error)
}

fn row<'a>(rows: &'a [String], id: &str) -> &'a str {
    rows.iter().find(|row| row.starts_with(&format!("{id},"))).map_or("", String::as_str)
}

#[test]
fn files_of_spreadsheets_are_imported_as_the_standard_writes_them() {
    let plain = imported(&Memory::sample("v1p2"), &Options::careful(NOW), Kind::User).1;
    let text = String::from_utf8(Memory::sample("v1p2").0["users.csv"].clone()).unwrap();
    let tabs = text
        .replace(',', "\t")
        .replace("{ldap:jmoreau}\t", "{ldap:jmoreau},")
        .replace("usr-s1\tusr-s3", "usr-s1,usr-s3");
    let units = |text: &str| std::iter::once(0xFEFF).chain(text.encode_utf16()).collect::<Vec<u16>>();
    let forms: [(Vec<u8>, &[Code]); 5] = [
        (tabs.clone().into_bytes(), &[Code::D16]),
        (units(&tabs).into_iter().flat_map(u16::to_le_bytes).collect(), &[Code::D9, Code::D16]),
        (units(&text).into_iter().flat_map(u16::to_be_bytes).collect(), &[Code::D9]),
        (text.replace("\r\n", "\r").into_bytes(), &[Code::D12]),
        (text.replacen("\r\n", "\r", 4).replacen("\r\n", "\n", 3).into_bytes(), &[Code::D12]),
    ];
    for (bytes, codes) in forms {
        let mut files = Memory::sample("v1p2");
        files.0.insert("users.csv".to_owned(), bytes);
        let (judgement, rows) = imported(&files, &Options::careful(NOW), Kind::User);
        assert_eq!((errors(&judgement), &rows), (0, &plain), "{codes:?}\n{}", listed(&judgement));
        for code in codes {
            assert!(found(&judgement).contains(&(*code, Severity::Repaired)), "{code:?}");
        }
        assert!(errors(&files.judge(&Options::strict(NOW)).unwrap()) > 0, "{codes:?}");
    }
}

#[test]
fn a_package_that_went_through_a_spreadsheet_whole_is_read() {
    let mut files = Memory::sample("v1p1");
    let plain = imported(&files, &Options::careful(NOW), Kind::Org).1;
    for name in ["manifest.csv", "orgs.csv"] {
        files.edit(name, |text| text.replace(',', ";"));
    }
    let (judgement, rows) = imported(&files, &Options::careful(NOW), Kind::Org);
    assert_eq!((errors(&judgement), &rows), (0, &plain), "{}", listed(&judgement));
    assert_eq!(judgement.report.findings().filter(|f| f.code == Code::D16).count(), 2);
    assert!(files.judge(&Options::strict(NOW)).unwrap().unusable);
    files.0.remove("manifest.csv");
    let told = files.judge(&Options::careful(NOW)).unwrap();
    assert!(listed(&told).contains("--assume 1.1 --consent D3"), "{}", listed(&told));
}

#[test]
fn windows_1252_is_read_by_consent_and_each_changed_row_listed() {
    let mut files = Memory::sample("v1p2");
    let bytes: Vec<u8> = String::from_utf8(files.0["users.csv"].clone())
        .unwrap()
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    files.0.insert("users.csv".to_owned(), bytes);
    let refused = files.judge(&Options::careful(NOW)).unwrap();
    let finding = refused.report.findings().find(|f| f.code == Code::D10).unwrap();
    assert!(finding.hint.contains("--consent D10"), "{finding:?}");
    let (judgement, rows) = imported(&files, &consenting(&[Code::D10]), Kind::User);
    assert_eq!(errors(&judgement), 0, "{}", listed(&judgement));
    let changed: Vec<_> = judgement.report.findings().filter(|f| f.code == Code::D10).map(|f| f.sourced_id).collect();
    assert_eq!(changed, ["usr-s1", "usr-s3", "usr-g1"].map(Some));
    assert!(row(&rows, "usr-s3").contains("Zoë,Novák"), "{rows:?}");
}

#[test]
fn the_order_of_days_is_that_of_the_whole_column() {
    let dated = |days: [&str; 3]| {
        Memory::edited(&[
            ("enrollments.csv", "usr-t1,teacher,true,2026-08-17", &format!("usr-t1,teacher,true,{}", days[0])),
            ("enrollments.csv", "usr-p1,administrator,,2026-08-17", &format!("usr-p1,administrator,,{}", days[1])),
            ("enrollments.csv", "usr-t2,teacher,false,2026-08-17", &format!("usr-t2,teacher,false,{}", days[2])),
        ])
    };
    let begin = |rows: &[String]| row(rows, "e01").split(',').nth(8).map(str::to_owned);
    let cases = [
        (["9/10/2026", "9/24/2026", "2026-08-17"], Some("2026-09-10")),
        (["9/10/2026", "24/9/2026", "2026-08-17"], Some("2026-10-09")),
        (["09.10.2026", "24.09.2026", "2026-08-17"], Some("2026-10-09")),
        (["9/10/2026", "24/9/2026", "9/24/2026"], None),
        (["9/10/2026", "2026-08-17", "2026-08-17"], None),
        (["9/10/26", "9/24/2026", "2026-08-17"], None),
    ];
    for (days, wanted) in cases {
        let (judgement, rows) = imported(&dated(days), &Options::careful(NOW), Kind::Enrollment);
        assert_eq!(begin(&rows).as_deref(), wanted, "{days:?}\n{}", listed(&judgement));
        let rejected = judgement.report.findings().filter(|f| f.severity == Severity::Error);
        let rejected: Vec<_> = rejected.map(|f| (f.code, f.sourced_id)).collect();
        let both = [(Code::V3, Some("e01")), (Code::V3, Some("e04"))];
        let expected = if wanted.is_none() { &both[..] } else { &[] };
        assert_eq!(rejected, expected, "{days:?}\n{}", listed(&judgement));
    }
    let serial = dated(["46251", "2026-08-17", "2026-08-17"]);
    let (judgement, rows) = imported(&serial, &Options::careful(NOW), Kind::Enrollment);
    assert_eq!((begin(&rows), found(&judgement).contains(&(Code::D28, Severity::Error))), (None, true));
    let (judgement, rows) = imported(&serial, &consenting(&[Code::D28]), Kind::Enrollment);
    assert_eq!((begin(&rows).as_deref(), errors(&judgement)), (Some("2026-08-17"), 0));
}

#[test]
fn words_that_cannot_be_read_leave_optional_cells_blank() {
    let files = Memory::edited(&[
        ("demographics.csv", "2016-11-02,female,,,,,true", "2016-11-02,unknown,,,,,maybe"),
        ("demographics.csv", "2016-05-20,male,", "2016-05-20,F,N"),
        ("users.csv", "+15550100", "#N/A"),
        ("users.csv", "Rosa,Castro", "Rosa,Null"),
        ("classes.csv", "ALG1-3", "3-Jan"),
        ("classes.csv", "\"1,4\"", "4-Jan"),
    ]);
    let (judgement, rows) = imported(&files, &Options::careful(NOW), Kind::Demographics);
    assert_eq!(errors(&judgement), 0, "{}", listed(&judgement));
    assert!(row(&rows, "usr-s1").contains(",2016-11-02,,,,,,,,false"), "{rows:?}");
    assert!(row(&rows, "usr-s2").contains(",2016-05-20,female,false,true"), "{rows:?}");
    let seen = found(&judgement);
    for wanted in [
        (Code::D25, Severity::Warning),
        (Code::D25, Severity::Repaired),
        (Code::D32, Severity::Warning),
        (Code::D33, Severity::Repaired),
    ] {
        assert!(seen.contains(&wanted), "{wanted:?}\n{}", listed(&judgement));
    }
    let users = imported(&files, &Options::careful(NOW), Kind::User).1;
    assert!(row(&users, "usr-t3").contains("Rosa,Null") && !users.concat().contains("#N/A"), "{users:?}");
    let classes = imported(&files, &Options::careful(NOW), Kind::Class).1;
    assert!(!classes.concat().contains("Jan"), "{classes:?}");
    let required = Memory::edited(&[("classes.csv", "Homeroom 4-A", "NULL")]);
    let (judgement, rows) = imported(&required, &Options::careful(NOW), Kind::Class);
    assert!(found(&judgement).contains(&(Code::D33, Severity::Error)) && row(&rows, "cls-hr4").is_empty());
}

#[test]
fn a_person_once_per_school_is_imported_with_all_orgs() {
    let with = |old: &str, change: &dyn Fn(&str) -> String| {
        let mut files = Memory::sample("v1p1");
        files.edit("users.csv", |text| {
            let row = text.lines().find(|line| line.starts_with(old)).unwrap().to_owned() + "\r\n";
            text.replace(&row, &(row.clone() + &change(&row)))
        });
        files
    };
    let again = with("usr-s2,", &|row| row.replace("org-s1", "org-s2"));
    let (judgement, rows) = imported(&again, &Options::careful(NOW), Kind::User);
    assert!(row(&rows, "usr-s2").starts_with("usr-s2,,,true,\"org-s1,org-s2\",student"), "{rows:?}");
    let users = judgement.file(Kind::User).unwrap();
    assert_eq!((errors(&judgement), users.rows, users.accepted()), (0, 11, 10), "{}", listed(&judgement));
    // One row names an org that is not there: it gives nothing.
    let bad = with("usr-s2,", &|row| row.replace("org-s1", "org-zz"));
    let rows = imported(&bad, &Options::careful(NOW), Kind::User).1;
    assert!(row(&rows, "usr-s2").starts_with("usr-s2,,,true,org-s1,student"), "{rows:?}");
    let other = with("usr-s2,", &|row| row.replace("student,leo", "parent,leo"));
    let (judgement, rows) = imported(&other, &Options::careful(NOW), Kind::User);
    assert!(found(&judgement).contains(&(Code::D47, Severity::Error)) && row(&rows, "usr-s2").is_empty());
}

#[test]
fn an_inactive_person_stays_without_sign_in_and_other_records_go() {
    let files = Memory::edited(&[
        ("users.csv", "usr-t3,,,true", "usr-t3,Inactive,,true"),
        ("enrollments.csv", "e14,,,", "e14,inactive,,"),
    ]);
    let (judgement, users) = imported(&files, &Options::careful(NOW), Kind::User);
    assert!(row(&users, "usr-t3").starts_with("usr-t3,,,false,"), "{users:?}");
    assert!(row(&imported(&files, &Options::careful(NOW), Kind::Enrollment).1, "e14").is_empty());
    assert_eq!(errors(&judgement), 0, "{}", listed(&judgement));
}

#[test]
fn passwords_are_left_out_and_never_shown() {
    let files = Memory::edited(&[("users.csv", "04,,alder:usr-s2", "04,swordfish,alder:usr-s2")]);
    for strict in [false, true] {
        let options = Options { strict, values: true, ..Options::careful(NOW) };
        let (judgement, rows) = imported(&files, &options, Kind::User);
        assert!(!rows.concat().contains("swordfish") && !listed(&judgement).contains("swordfish"));
        let said = judgement.report.findings().filter(|f| f.code == Code::D50).count();
        assert_eq!((said, errors(&judgement)), (1, 0), "{}", listed(&judgement));
    }
    let kept = Options { values: true, ..consenting(&[Code::D50]) };
    let (judgement, rows) = imported(&files, &kept, Kind::User);
    assert!(row(&rows, "usr-s2").contains(",swordfish,") && !listed(&judgement).contains("swordfish"));
}

#[test]
fn placeholder_people_are_left_out_by_consent_with_what_is_about_them() {
    let files = Memory::edited(&[("users.csv", "Jules,Moreau", "Vacant,Teacher")]);
    let (judgement, rows) = imported(&files, &Options::careful(NOW), Kind::User);
    assert_eq!((errors(&judgement), rows.len()), (0, 10), "{}", listed(&judgement));
    let options = consenting(&[Code::D55]);
    let (judgement, rows) = imported(&files, &options, Kind::User);
    assert_eq!((errors(&judgement), rows.len()), (0, 9), "{}", listed(&judgement));
    for kind in [Kind::Enrollment, Kind::Role] {
        let rows = imported(&files, &options, kind).1.concat();
        assert!(!rows.contains("usr-t1"), "{rows}");
    }
    assert!(!judgement.file(Kind::User).unwrap().keeps_stored("usr-t1"), "it counts as not there");
}

#[test]
fn keys_of_any_signs_are_kept_by_consent() {
    let mut files = Memory::edited(&[("enrollments.csv", "e14,", "e#14,")]);
    for name in files.0.keys().cloned().collect::<Vec<_>>() {
        files.edit(&name, |text| text.replace("cls-sci", "Science & 1:2"));
    }
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    let hint = judgement.report.findings().find(|f| f.code == Code::D58).unwrap().hint;
    assert!(hint.contains("--consent D58") && errors(&judgement) > 0);
    let (judgement, rows) = imported(&files, &consenting(&[Code::D58]), Kind::Enrollment);
    let said = judgement.report.findings().filter(|f| f.code == Code::D58).count();
    assert_eq!((errors(&judgement), rows.len(), said), (0, 14, 2), "{}", listed(&judgement));
    assert!(row(&rows, "e_x2314").contains(",Science_x20_x26_x201_x3A2,org-s2,usr-p1,"), "{rows:?}");
    let strict = Options { strict: true, ..consenting(&[Code::D58]) };
    assert!(found(&files.judge(&strict).unwrap()).contains(&(Code::V2, Severity::Error)));
}

#[test]
fn a_quote_left_open_spoils_the_rest_of_its_file_wherever_the_next_one_stands() {
    for text in ["\"Birch Elementary School", "\"Birch, Elementary"] {
        let files = Memory::edited(&[
            ("orgs.csv", "Birch Elementary School", text),
            ("orgs.csv", "Cedar High", "\"Cedar\" High"),
        ]);
        let judgement = files.judge(&Options::careful(NOW)).unwrap();
        assert!(found(&judgement).contains(&(Code::D15, Severity::Error)), "{}", listed(&judgement));
        assert_eq!(judgement.file(Kind::Org).unwrap().accepted(), 0);
    }
}

#[test]
fn a_rejected_person_takes_along_who_names_them_as_agent() {
    // The letter of R2: every item of a list resolves, also of an optional one.
    let files = Memory::edited(&[("users.csv", "Petra,Novák", "Petra,")]);
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    let users = judgement.file(Kind::User).unwrap();
    for id in ["usr-g1", "usr-s1", "usr-s3"] {
        assert!(users.keeps_stored(id), "{id}");
    }
    assert_eq!((users.rejected, users.accepted()), (3, 7), "{}", listed(&judgement));
    assert!(judgement.file(Kind::Enrollment).unwrap().keeps_stored("e02"));
}

#[test]
fn a_package_of_1_1_without_orgs_is_refused_whole() {
    let mut files = Memory::sample("v1p1");
    files.0.remove("orgs.csv");
    let missing = files.judge(&Options::careful(NOW)).unwrap();
    assert!(
        found(&missing).contains(&(Code::P12, Severity::Error))
            && missing.verdict != oneroster::validate::Verdict::Accepted
    );
    files.edit("manifest.csv", |text| text.replace("file.orgs,bulk", "file.orgs,absent"));
    let absent = files.judge(&Options::careful(NOW)).unwrap();
    assert!(
        found(&absent).contains(&(Code::P14, Severity::Error))
            && absent.verdict != oneroster::validate::Verdict::Accepted
    );
    let mut package = Package::new(files);
    assert!(oneroster::csv::records(&mut package, &absent, Kind::User).unwrap().is_none());
}

#[test]
fn what_needs_consent_says_by_which_option() {
    for code in CONSENTS {
        let hint = code.rule().hint;
        let named = format!("--consent {}", code.label());
        assert!(
            hint.contains(&named) || (code == Code::D3 && Code::P5.rule().hint.contains(&named)),
            "{code:?}: {hint}"
        );
    }
    assert!(Code::P5.rule().hint.contains("--assume") && Code::D29.rule().hint.contains("--timezone"));
}

/// The 1.2 sample with numbers for a student and a teacher, whose zeros are lost
/// everywhere, or everywhere but in users.csv.
fn without_zeros(users_too: bool) -> Memory {
    let mut files = Memory::sample("v1p2");
    for name in files.0.keys().cloned().collect::<Vec<_>>() {
        let whole = name == "users.csv" && !users_too;
        let [student, teacher] = if whole { ["00777", "00088"] } else { ["777", "88"] };
        files.edit(&name, |text| text.replace("usr-s3", student).replace("usr-t1", teacher));
    }
    files
}

#[test]
fn lost_zeros_are_put_back_where_a_width_is_said() {
    let padded = Options { pad: vec![(Kind::User, 5)], ..Options::careful(NOW) };
    let suspected = without_zeros(false).judge(&Options::careful(NOW)).unwrap();
    assert!(found(&suspected).contains(&(Code::D30, Severity::Error)), "{}", listed(&suspected));
    for users_too in [true, false] {
        let files = without_zeros(users_too);
        for kind in [Kind::User, Kind::Role, Kind::Enrollment, Kind::Demographics, Kind::UserResource, Kind::Result] {
            let (judgement, rows) = imported(&files, &padded, kind);
            assert_eq!(errors(&judgement), 0, "{}", listed(&judgement));
            assert!(found(&judgement).contains(&(Code::D30, Severity::Repaired)));
            // Other columns hold the numbers, too, and stay.
            let rows = rows
                .join("\n")
                .replace("00777", "usr-s3")
                .replace("00088", "usr-t1")
                .replace("alder:777", "alder:usr-s3")
                .replace("alder:88", "alder:usr-t1");
            let (_, plain) = imported(&Memory::sample("v1p2"), &Options::careful(NOW), kind);
            assert_eq!(rows, plain.join("\n"), "{kind:?}");
        }
        let strict = Options { strict: true, ..padded.clone() };
        let judged = files.judge(&strict).unwrap();
        assert!(judged.report.findings().all(|f| f.code != Code::D30), "the letter pads nothing");
    }
}

#[test]
fn the_row_of_a_passed_on_identifier_is_rejected_with_what_depends_on_it() {
    let reused = Arc::new([id_digest("usr-s3")].into());
    let options = Options { reused, ..Options::careful(NOW) };
    let (judgement, users) = imported(&Memory::sample("v1p2"), &options, Kind::User);
    assert!(row(&users, "usr-s3").is_empty() && !row(&users, "usr-s4").is_empty(), "{users:?}");
    let finding = judgement.report.findings().find(|f| f.code == Code::D39).unwrap();
    assert_eq!((finding.sourced_id, finding.file), (Some("usr-s3"), Some("users.csv")));
    let (_, enrollments) = imported(&Memory::sample("v1p2"), &options, Kind::Enrollment);
    assert!(enrollments.iter().all(|row| !row.contains("usr-s3")), "{enrollments:?}");
}

/// The 1.2 sample with the users.csv of 2022, and without userResources.csv.
fn of_2022(cell: &str) -> Memory {
    let mut files = Memory::sample("v1p2");
    files.0.remove("userResources.csv");
    files.edit("manifest.csv", |text| text.replace("file.userResources,bulk", "file.userResources,absent"));
    add_column(&mut files, cell);
    files
}

/// Puts resourceSourcedIds behind userMasterIdentifier, filled for one person.
fn add_column(files: &mut Memory, cell: &str) {
    files.edit("users.csv", |text| {
        let at = text.lines().next().unwrap().split(',').position(|name| name == "preferredGivenName").unwrap();
        let mut scanner = oneroster::csv::Scanner::new(text.as_bytes());
        let mut out = String::new();
        while let Some(row) = scanner.next_row().unwrap() {
            let mut cells: Vec<String> = row.cells().map(str::to_owned).collect();
            let own = match row.cell(0) {
                "sourcedId" => "resourceSourcedIds",
                "usr-s3" => cell,
                _ => "",
            };
            cells.insert(at, own.to_owned());
            let quoted = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>();
            out += &(quoted.join(",") + "\r\n");
        }
        out
    });
}

#[test]
fn the_column_of_2022_is_read_and_material_that_is_not_there_said() {
    let judged = of_2022("rsc-1, rsc-2").judge(&Options::careful(NOW)).unwrap();
    assert_eq!(errors(&judged), 0, "{}", listed(&judged));
    for wanted in [(Code::D60, Severity::Repaired), (Code::D27, Severity::Repaired)] {
        assert!(found(&judged).contains(&wanted), "{}", listed(&judged));
    }
    assert!(judged.file(Kind::User).unwrap().plan.as_ref().unwrap().lists_resources());
    let judged = of_2022("rsc-1,rsc-9").judge(&Options::careful(NOW)).unwrap();
    let lost = judged.report.findings().find(|f| f.code == Code::R2).unwrap();
    assert_eq!((lost.severity, lost.sourced_id, errors(&judged)), (Severity::Warning, Some("usr-s3"), 0));
    // Beside a file of its own the column says nothing.
    let mut both = Memory::sample("v1p2");
    add_column(&mut both, "rsc-9");
    let judged = both.judge(&Options::careful(NOW)).unwrap();
    assert_eq!(errors(&judged), 0, "{}", listed(&judged));
    assert!(
        listed(&judged).contains("userResources.csv tells") && !listed(&judged).contains("R2"),
        "{}",
        listed(&judged)
    );
    assert!(!judged.file(Kind::User).unwrap().plan.as_ref().unwrap().lists_resources());
    assert!(of_2022("rsc-1").judge(&Options::strict(NOW)).unwrap().report.count(Severity::Error) > 0);
}
