//! Every rule that is looked at has a package that breaks it.

use crate::memory::{Memory, NOW, listed};
use oneroster::csv::{Package, Zip};
use oneroster::model::{Edition, Kind};
use oneroster::validate::{Check, Code, Judgement, Options, RULES, Severity};
use std::collections::BTreeSet;

/// Edits of the 1.2 sample: the rule, whether by the letter, and what is
/// replaced in which file.
type Case = (Code, bool, &'static [(&'static str, &'static str, &'static str)]);

use Code::*;

/// Makes changes of the demographics.
const DELTA: (&str, &str, &str) = ("manifest.csv", "file.demographics,bulk", "file.demographics,delta");

const CASES: &[Case] = &[
    (P6, false, &[("manifest.csv", "propertyName,value", "property,value")]),
    (P7, false, &[("manifest.csv", "file.users,bulk", "file.users,bulk\r\nfile.users,bulk")]),
    (P8, false, &[("manifest.csv", "manifest.version,1.0", "manifest.version,3")]),
    (P9, false, &[("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.10")]),
    (P10, false, &[("manifest.csv", "file.users,bulk", "file.users,all")]),
    (P11, false, &[("manifest.csv", "manifest.version,1.0", "manifest.version,1.0\r\nsource.contact,x")]),
    (P13, false, &[("manifest.csv", "file.users,bulk", "file.users,absent")]),
    (T2, false, &[("orgs.csv", "sourcedId", "\r\nsourcedId")]),
    (T3, false, &[("orgs.csv", "name,type", "label,type")]),
    (T4, false, &[("orgs.csv", "identifier,", "name,")]),
    (T5, false, &[("orgs.csv", "parentSourcedId", "parentSourcedId,colour")]),
    (T6, false, &[("orgs.csv", "sourcedId,status", "metadata.x,sourcedId,status")]),
    (T8, false, &[("orgs.csv", "AV-020,org-d1", "AV-020,org-d1,x")]),
    (T9, true, &[("orgs.csv", "Birch", "Birch \"B\"")]),
    (T10, true, &[("orgs.csv", "Birch Elementary", "\"Birch\nElementary\"")]),
    (V1, false, &[("users.csv", "Ada,Okafor", "Ada,")]),
    (V2, true, &[("users.csv", "usr-g1,,,", "usr g1,,,")]),
    (V3, false, &[("academicSessions.csv", "schoolYear,2026-08-17", "schoolYear,2026-02-30")]),
    (V5, false, &[("academicSessions.csv", "ay-2027,2027\r\nt2", "ay-2027,27\r\nt2")]),
    (V6, false, &[("users.csv", "usr-t1,,,true", "usr-t1,,,maybe")]),
    (V7, false, &[("orgs.csv", "Elementary School,school", "Elementary School,college")]),
    (V9, false, &[("results.csv", "18.5", "18;5")]),
    (V13, false, &[("lineItemLearningObjectiveIds.csv", "urn:uuid:3f1d", "urn:3f1d")]),
    (V15, false, &[("categories.csv", "Homework,40", "Homework,140")]),
    (V8, true, &[("classes.csv", "\"1,4\"", "\"1,,4\"")]),
    (V10, true, &[("users.csv", "{ldap:aokafor}", "ldap:aokafor")]),
    (V11, false, &[("courses.csv", "\"03009,03159\"", "03009")]),
    (V12, true, &[("courses.csv", "Mathematics,02034", "Mathematics,")]),
    (V16, false, &[("users.csv", "l.brandt@alder.example", "l.brandt")]),
    (L1, true, &[("orgs.csv", "org-s1,,,", "org-s1,active,,")]),
    (L3, false, &[("orgs.csv", "org-s1,,,", "org-s1,deleted,,")]),
    (V4, false, &[DELTA, ("demographics.csv", "usr-s1,,", "usr-s1,active,2026-09-01T00:00:00")]),
    (L2, false, &[DELTA]),
    (L4, false, &[DELTA, ("demographics.csv", "usr-s1,,", "usr-s1,active,2036-09-01T00:00:00.000Z")]),
    (
        L7,
        false,
        &[
            ("manifest.csv", "file.userProfiles,bulk", "file.userProfiles,delta"),
            ("userProfiles.csv", "up-s3,,", "up-s3,tobedeleted,2026-09-01T00:00:00.000Z"),
        ],
    ),
    (R1, true, &[("orgs.csv", "org-s2,,,Cedar", "org-s1,,,Cedar")]),
    (R2, false, &[("enrollments.csv", "cls-alg1,org-s2,usr-s3", "cls-alg1,org-s2,usr-zz")]),
    (R4, false, &[("demographics.csv", "usr-s4,", "usr-s9,")]),
    (R5, false, &[("enrollments.csv", "e03,", "E02,")]),
    (R6, false, &[("users.csv", ",,usr-g1,04,,alder:usr-s1", ",,usr-s1,04,,alder:usr-s1")]),
    (R7, false, &[("orgs.csv", "AV-000,", "AV-000,org-s1")]),
    (S1, false, &[("classes.csv", "Room 4,org-s1", "Room 4,org-d1")]),
    (S2, false, &[("enrollments.csv", "e09,,,cls-alg1,org-s2", "e09,,,cls-alg1,org-d1")]),
    (S3, false, &[("courses.csv", "crs-alg1,,,ay-2027", "crs-alg1,,,t1-2027")]),
    (S4, false, &[("roles.csv", "usr-p1,secondary,counselor", "usr-p1,primary,counselor")]),
    (S5, false, &[("users.csv", "alder:usr-s1,,,,org-s1", "alder:usr-s1,,,,org-s2")]),
    (S6, false, &[("roles.csv", "org-s2,up-t2", "org-s2,up-s3")]),
    (S7, false, &[("roles.csv", "rol-08,,,usr-t3", "rol-08,,,usr-t2")]),
    (S8, false, &[("roles.csv", "usr-t3,primary", "usr-t3,secondary")]),
    (S9, false, &[("enrollments.csv", "e09,,,cls-alg1,org-s2", "e09,,,cls-alg1,org-s1")]),
    (S10, false, &[("enrollments.csv", "e02,,,cls-hr4,org-s1,usr-s1", "e02,,,cls-hr4,org-s1,usr-s4")]),
    (
        S11,
        false,
        &[("enrollments.csv", "usr-s4,student,,2026-08-17,2026-12-19", "usr-s4,teacher,,2026-08-17,2026-12-19")],
    ),
    (S12, false, &[("enrollments.csv", "usr-t2,teacher,false", "usr-t2,teacher,true")]),
    (
        S13,
        false,
        &[("enrollments.csv", "usr-s3,student,,2026-08-17,2026-12-19", "usr-s3,student,,2025-08-17,2026-12-19")],
    ),
    (S14, false, &[("roles.csv", "usr-s1,primary,student,2026-08-17", "usr-s1,primary,student,2028-08-17")]),
    (S15, false, &[("enrollments.csv", "e03,,,cls-hr4,org-s1,usr-s2", "e03,,,cls-hr4,org-s1,usr-s1")]),
    (S16, false, &[("academicSessions.csv", "semester,2026-08-17,2026-12-19", "semester,2026-12-19,2026-08-17")]),
    (S17, false, &[("academicSessions.csv", "2026-10-17,t1-2027", "2027-10-17,t1-2027")]),
    (S18, false, &[("academicSessions.csv", "ay-2027,,,2026-2027,schoolYear", "ay-2027,,,2026-2027,gradingPeriod")]),
    (S19, false, &[("academicSessions.csv", "2027-06-12,,2027", "2027-06-12,,2026")]),
    (S20, false, &[("classes.csv", "org-s2,t1-2027", "org-s2,ay-2027")]),
    (S23, false, &[("orgs.csv", "School District,district", "School District,department")]),
    (S24, false, &[("orgs.csv", "AV-020,org-d1", "AV-020,")]),
    (S25, false, &[("users.csv", "true,leo.nguyen,", "true,Mia.Novak,")]),
    (S26, false, &[("users.csv", "leo.nguyen@student", "mia.novak@student")]),
    (S29, false, &[("demographics.csv", "usr-s4,", "usr-t1,")]),
    (S31, false, &[]),
    (S32, false, &[("users.csv", "true,leo.nguyen,", "true,leo@x.example,")]),
    (G1, false, &[("lineItems.csv", "0.0,20.0", "30.0,20.0")]),
    (G2, false, &[("results.csv", "fully graded,18.5", "fully graded,28.5")]),
    (G3, false, &[("results.csv", "well set out\",,cls-alg1", "well set out\",,cls-sci")]),
    (G4, false, &[("results.csv", "res-1,,,li-1,usr-s3", "res-1,,,li-1,usr-s1")]),
    (G5, false, &[("lineItems.csv", "cat-hw,gp1-2027", "cat-hw,ay-2027")]),
    (G6, false, &[("lineItems.csv", "0.0,20.0,org-s2", "0.0,20.0,org-s1")]),
    (G7, false, &[("scoreScales.csv", "{A:94}", "A=94")]),
    (G8, false, &[("lineItems.csv", "2026-09-07,2026-09-14", "2026-09-14,2026-09-07")]),
    (G9, false, &[("results.csv", "res-2,,,li-1,usr-s4", "res-2,,,li-1,usr-s3")]),
    (G10, false, &[("results.csv", "res-1,,,li-1,usr-s3", "res-1,,,li-1,usr-t2")]),
    (G11, false, &[("results.csv", "fully graded,18.5", "fully graded,")]),
    (G12, false, &[("results.csv", "2026-11-04,,A-", "2026-11-04,,E")]),
    (G13, false, &[("results.csv", "cls-alg1,false,false,false,false", "cls-alg1,false,false,false,true")]),
    (G14, false, &[("scoreScales.csv", "crs-sci,cls-sci", "crs-alg1,cls-sci")]),
    (X1, false, &[("userResources.csv", "usr-s3,org-s2", "usr-s3,org-s1")]),
    (X2, false, &[("userResources.csv", "usr-s3,org-s2,cls-alg1", "usr-s1,org-s2,cls-alg1")]),
    (X3, false, &[("userResources.csv", "usr-t2,org-s2,cls-alg1,rsc-1", "usr-t2,org-s2,cls-alg1,rsc-2")]),
    (X4, false, &[("userResources.csv", "urs-2,,,usr-t2", "urs-2,,,usr-s3")]),
    (X5, false, &[("resources.csv", "SCI-LAB-2", "ALG-9780000000001")]),
    (D5, false, &[("manifest.csv", "file.users,bulk", "file.users,Bulk ")]),
    (D6, false, &[("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.2.1")]),
    (D12, false, &[("orgs.csv", "\r\n", "\r")]),
    (D13, false, &[("orgs.csv", "Birch Elementary", "\"Birch\nElementary\"")]),
    (D14, false, &[("orgs.csv", "Birch", "Birch \"B\"")]),
    (D15, false, &[("orgs.csv", "Birch", "\"Birch")]),
    (D17, false, &[("orgs.csv", "AV-020,org-d1\r\n", "AV-020,org-d1\r\n,,,,,,\r\n\u{1a}")]),
    (D18, false, &[("orgs.csv", "AV-020,org-d1", "AV-020,org-d1,,")]),
    (D19, false, &[("orgs.csv", "AV-020,org-d1", "AV-020")]),
    (D20, false, &[("orgs.csv", "parentSourcedId", "Parent")]),
    (
        D21,
        false,
        &[("orgs.csv", ",status,dateLastModified,", ",status,,"), ("orgs.csv", ",status,,", ",status,metadata.x,")],
    ),
    (D22, false, &[("orgs.csv", "org-s1,,,", "org-s1,,2026-09-01,")]),
    (D23, false, &[("users.csv", "usr-t1,,,true", "usr-t1,inactive,,true")]),
    (D24, false, &[("users.csv", "usr-t1,,,true", "usr-t1,,,TRUE")]),
    (D26, false, &[("orgs.csv", "School,school", "School,school ")]),
    (D27, false, &[("classes.csv", "\"t1-2027,t2-2027\",,,1", "\"t1-2027, t2-2027\",,,1")]),
    (D28, false, &[("academicSessions.csv", "schoolYear,2026-08-17", "schoolYear,8/17/2026")]),
    (D29, false, &[DELTA, ("demographics.csv", "usr-s1,,", "usr-s1,active,2026-09-01T00:00:00Z")]),
    (D36, false, &[("orgs.csv", "org-s2,", "org-s1,,,Birch Elementary School,school,AV-010,org-d1\r\norg-s2,")]),
    (D36c, false, &[("enrollments.csv", "e03,", "e02,")]),
    (D48, false, &[("users.csv", "{ldap:aokafor}", "{aokafor}")]),
    (D53, false, &[("users.csv", "Okafor", "Oka\0for")]),
    (D56, false, &[("academicSessions.csv", "2027-06-12,,2027", "2027-06-12,,2026-2027")]),
    (D58, false, &[("users.csv", "usr-g1,,,", "usr g1,,,")]),
    (D59, false, &[("manifest.csv", "file.roles,", "file.roles*,")]),
    (D60, false, &[("users.csv", "pronouns", "pronouns,resourceSourcedIds")]),
    (
        S21,
        false,
        &[
            (
                "academicSessions.csv",
                "t1-2027,,,",
                "ay-2028,,,2027-2028,schoolYear,2027-08-17,2028-06-12,,2028\r\nt1-2027,,,",
            ),
            ("courses.csv", "crs-alg1,,,ay-2027", "crs-alg1,,,ay-2028"),
        ],
    ),
    (S22, false, &[("courses.csv", "ALG1,\"09,10\",org-s2", "ALG1,\"09,10\",org-s1")]),
    (S27, false, &[("users.csv", "{state:000124}", "{state:000123}")]),
    (S28, false, &[("users.csv", ",,usr-g1,04,,alder:usr-s1", ",,usr-t1,04,,alder:usr-s1")]),
    (S30, false, &[("enrollments.csv", "e01,,,cls-hr4,org-s1,usr-t1,teacher,true,2026-08-17,2027-06-12\r\n", "")]),
    (D11, false, &[("users.csv", "Petra,Novák", "Petra,NovÃ¡k")]),
    (D16, false, &[("orgs.csv", ",", ";")]),
    (D23, false, &[("users.csv", "usr-t3,,,true", "usr-t3,inactive,,true")]),
    (D25, false, &[("users.csv", "usr-t1,,,true", "usr-t1,,,Y")]),
    (D30, false, &[("classes.csv", "cls-sci", "0123"), ("enrollments.csv", "cls-sci", "123")]),
    (D31, false, &[("classes.csv", "cls-sci", "1.23457E+11")]),
    (D32, false, &[("classes.csv", "\"1,4\"", "4-Jan")]),
    (D33, false, &[("users.csv", "+15550100", "N/A")]),
    (D34, false, &[("classes.csv", "cls-sci", "123"), ("enrollments.csv", "cls-sci", "123.0")]),
    (D35, false, &[("classes.csv", "cls-sci", "cls–sci")]),
    (D37, false, &[("users.csv", "leo.nguyen@student", "mia.novak@student")]),
    (D38, false, &[("users.csv", "true,leo.nguyen,", "true,mia.novak,")]),
    (D41, false, &[("enrollments.csv", "cls-alg1,org-s2,usr-s3", "cls-alg1,org-s2,usr-zz")]),
    (
        D42,
        false,
        &[("enrollments.csv", "usr-s3,student,,2026-08-17,2026-12-19", "usr-s3,student,,2026-08-17,2026-08-20")],
    ),
    (D43, false, &[("users.csv", "Leo,Nguyen,,000124", "Leo,Nguyen,,000123")]),
    (D44, false, &[("classes.csv", "Room 4,org-s1", "Room 4,org-d1")]),
    (D45, false, &[("classes.csv", "org-s2,t1-2027", "org-s2,t9-2027")]),
    (D46, false, &[("enrollments.csv", "e03,,,cls-hr4,org-s1,usr-s2", "e03,,,cls-hr4,org-s1,usr-s1")]),
    (D49, false, &[("users.csv", "l.brandt@alder.example", "l.brandt@alder.example;lb@alder.example")]),
    (D50, false, &[("users.csv", "04,,alder:usr-s2", "04,secret,alder:usr-s2")]),
    (D51, false, &[("users.csv", "Ada,Okafor", "ADA,Okafor")]),
    (
        D52,
        false,
        &[("users.csv", "true,mia.novak,", "true,zoë,"), ("users.csv", "true,leo.nguyen,", "true,zoe\u{308},")],
    ),
    (D54, false, &[("orgs.csv", "Birch Elementary", "=Birch")]),
    (D55, false, &[("users.csv", "Rosa,Castro", "Vacant,Teacher")]),
    (D57, false, &[("academicSessions.csv", "2026-08-17,2026-10-17", "2026-08-17,2026-10-16")]),
    (
        H2,
        false,
        &[("users.csv", "Leo,Nguyen", "Mia,Novák"), ("demographics.csv", "usr-s2,,,2016-05-20", "usr-s2,,,2016-11-02")],
    ),
    (
        H3,
        false,
        &[(
            "roles.csv",
            "usr-s4,primary,student,2026-08-17,2027-06-12,org-s2",
            "usr-s4,primary,student,2026-08-17,2027-06-12,org-d1",
        )],
    ),
];

/// Rules whose packages are not edits of text.
fn others() -> Vec<(Code, Memory, Options)> {
    let careful = Options::careful(NOW);
    let with = |change: &dyn Fn(&mut Memory)| {
        let mut files = Memory::sample("v1p2");
        change(&mut files);
        files
    };
    let in_folder = |files: &mut Memory| {
        files.0 = std::mem::take(&mut files.0).into_iter().map(|(n, b)| (format!("export/{n}"), b)).collect();
    };
    let renamed = |files: &mut Memory| {
        let bytes = files.0.remove("users.csv").unwrap();
        files.0.insert("users .csv".to_owned(), bytes);
    };
    let absent = |files: &mut Memory, name: &str| {
        files.0.remove(&format!("{name}.csv"));
        files.edit("manifest.csv", |text| text.replace(&format!("file.{name},bulk"), &format!("file.{name},absent")));
    };
    let unnamed = |files: &mut Memory| {
        files.0.remove("demographics.csv");
        files.edit("manifest.csv", |text| text.replace("file.demographics,bulk\r\n", ""));
    };
    let consented = Options { assume: Some(Edition::V1P2), consent: vec![D3], ..careful.clone() };
    let v1p1 = |from: &str, to: &str| {
        let mut files = Memory::sample("v1p1");
        files.edit("users.csv", |text| text.replace(from, to));
        files
    };
    let castro = "usr-t3,,,true,org-s1,aide,r.castro,,Rosa,Castro,,E-1005,r.castro@alder.example,,,,,,\r\n";
    let twice = |change: &dyn Fn(&str) -> String| v1p1(castro, &(castro.to_owned() + &change(castro)));
    let utf16 = with(&|f| {
        let text = String::from_utf8(f.0["orgs.csv"].clone()).unwrap();
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        f.0.insert("orgs.csv".to_owned(), units.flat_map(u16::to_le_bytes).collect());
    });
    let nothing = with(&|f| {
        f.0.retain(|name, _| name == "manifest.csv");
        f.edit("manifest.csv", |text| text.replace(",bulk", ",absent"));
    });
    let long = with(&|f| f.edit("orgs.csv", |text| text.replace("Birch", &"Birch ".repeat(60))));
    let latin = with(&|f| f.0.get_mut("orgs.csv").unwrap().extend(b"\r\nx,,,Z\xE9,school,,"));
    let header_only = with(&|f| f.edit("demographics.csv", |text| text.lines().next().unwrap().to_owned()));
    let old = |file: &str, from: &str, to: &str| {
        let mut files = Memory::sample("v1p0");
        files.edit(file, |text| text.replace(from, to));
        files
    };
    let mut six = Memory::sample("v1p0");
    six.0.remove("demographics.csv");
    vec![
        (P15, six, careful.clone()),
        (U1, old("courses.csv", "4,org-s1", "4,"), careful.clone()),
        (U2, Memory::sample("v1p0"), Options::strict(NOW)),
        (U3, old("enrollments.csv", "administrator", "aide"), careful.clone()),
        (P2, with(&in_folder), Options::strict(NOW)),
        (P3, with(&|f| drop(f.0.insert("Users.csv".to_owned(), Vec::new()))), careful.clone()),
        (P4, with(&|f| drop(f.0.insert("readme.txt".to_owned(), Vec::new()))), careful.clone()),
        (P5, with(&|f| drop(f.0.remove("manifest.csv"))), careful.clone()),
        (P12, with(&|f| drop(f.0.remove("users.csv"))), careful.clone()),
        (P14, with(&|f| absent(f, "courses")), careful.clone()),
        (P16, with(&|f| absent(f, "roles")), careful.clone()),
        (R3, with(&|f| absent(f, "userProfiles")), careful.clone()),
        (T1, latin.clone(), Options::strict(NOW)),
        (D10, latin, careful.clone()),
        (D9, utf16, careful.clone()),
        (P17, nothing, careful.clone()),
        (D36b, twice(&|row| row.replace("org-s1", "org-s2")), careful.clone()),
        (D47, twice(&|row| row.replace("aide", "parent")), careful.clone()),
        (T7, header_only, careful.clone()),
        (V14, long, careful.clone()),
        (V17, v1p1(",usr-g1,09,", ",usr-g1,K9,"), careful.clone()),
        (D1, with(&in_folder), careful.clone()),
        (D3, with(&|f| drop(f.0.remove("manifest.csv"))), consented),
        (D4, with(&unnamed), careful.clone()),
        (D7, with(&renamed), careful),
    ]
}

/// Rules that no package of this table breaks, and why.
const ELSEWHERE: &[(Code, &str)] = &[
    (P1, "a test of its own below: such a package is not judged at all"),
    (D2, "a test of its own below: such a package is not judged at all"),
    (D8, "accepted without a word; a test of its own below"),
    (L5, "only a store can break it; its test is beside the changes"),
    (L6, "only a store can break it; its test is beside the changes"),
];

/// The severity that a rule was found with.
fn severities(judgement: &Judgement, code: Code) -> Vec<Severity> {
    judgement.report.counts().filter(|(found, ..)| *found == code).map(|(_, severity, _)| severity).collect()
}

#[test]
fn every_rule_that_is_looked_at_has_a_package_that_breaks_it() {
    let edited = CASES.iter().map(|(code, strict, edits)| {
        let options = if *strict { Options::strict(NOW) } else { Options::careful(NOW) };
        (*code, Memory::edited(edits), options)
    });
    let mut broken: BTreeSet<Code> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    let mut wrong = Vec::new();
    for (code, files, options) in edited.chain(others()) {
        let judgement = files.judge(&options).unwrap();
        broken.insert(code);
        let wanted = if options.strict { code.rule().strict } else { code.rule().careful };
        let found = severities(&judgement, code);
        if wanted.is_none_or(|severity| !found.contains(&severity)) {
            wrong.push(format!("{code:?}: wanted {wanted:?}, found {found:?}\n{}", listed(&judgement)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let now: BTreeSet<Code> = RULES.iter().filter(|r| r.check == Check::Now).map(|r| r.code).collect();
    assert_eq!(broken, now, "the table and the fixtures name the same rules");
}

/// What a sound package says in a careful run, beside the files that are left
/// out: what is worth knowing of the samples.
#[test]
fn a_rule_is_broken_by_the_edit_and_not_by_the_sample() {
    for (code, strict, edits) in CASES.iter().filter(|(_, _, edits)| !edits.is_empty()) {
        let options = if *strict { Options::strict(NOW) } else { Options::careful(NOW) };
        let sound = Memory::sample("v1p2").judge(&options).unwrap();
        assert!(severities(&sound, *code).is_empty(), "{code:?} {edits:?}");
    }
}

#[test]
fn archives_that_are_not_judged_name_their_rule() {
    let code = |bytes: Vec<u8>| Zip::from_bytes(bytes).map(Package::new).err().and_then(|e| e.code());
    assert_eq!(code(b"PK\x03\x04 cut off".to_vec()), Some(P1));
    let nested = Memory::of(&[("export.zip", "PK")]);
    assert_eq!(nested.judge(&Options::careful(NOW)).unwrap_err().code(), Some(D2));
}

#[test]
fn a_byte_order_mark_says_nothing() {
    for options in [Options::careful(NOW), Options::strict(NOW)] {
        let marked = Memory::edited(&[("orgs.csv", "sourcedId,status", "\u{feff}sourcedId,status")]);
        let said: Vec<_> = marked.judge(&options).unwrap().report.counts().collect();
        assert_eq!(said, Memory::sample("v1p2").judge(&options).unwrap().report.counts().collect::<Vec<_>>());
    }
}

#[test]
fn rows_in_the_order_of_the_records_they_are_shown_in_are_told() {
    let in_order = |change: &dyn Fn(&str) -> Option<String>| {
        let mut files = Memory::sample("v1p2");
        files.edit("roles.csv", |text| text.lines().filter_map(|line| Some(change(line)? + "\n")).collect());
        let judgement = files.judge(&Options::careful(NOW)).unwrap();
        judgement.file(Kind::Role).unwrap().in_order
    };
    let last = |line: &str| line.starts_with("rol-15,");
    assert!(!in_order(&|line| Some(line.to_owned())), "the person of the last role has an earlier one");
    assert!(in_order(&|line| (!last(line)).then(|| line.to_owned())));
    // A row that is rejected is not taken.
    assert!(in_order(&|line| Some(if last(line) { line.replace("usr-p1", "usr-none") } else { line.to_owned() })));
}
