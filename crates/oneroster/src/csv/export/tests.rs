//! What becomes of records that a package cannot carry as they are.

use super::*;
use crate::at;
use crate::record::{Record, Status};
use crate::time::Timestamp;
use proptest::prelude::*;

/// A record of a kind.
fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    values.iter().for_each(|(field, value)| record.push(*field, value));
    record
}

/// A package of records, as its exporter writes it.
struct Written {
    rows: Vec<(Kind, String)>,
    losses: Vec<Loss>,
}

impl Written {
    /// The rows of a file.
    fn of(&self, kind: Kind) -> Vec<&str> {
        self.rows.iter().filter(|(k, _)| *k == kind).map(|(_, row)| row.trim_end()).collect()
    }

    /// File, count and beginning of each loss.
    fn lost(&self) -> Vec<(&str, u64, &str)> {
        self.losses.iter().map(|l| (l.file, l.count, l.message.split([' ', ':']).next().unwrap())).collect()
    }
}

fn settings(version: Version, mode: Mode) -> Settings {
    Settings { version, mode, kinds: kinds(version).collect(), passwords: false }
}

fn write(settings: Settings, records: &[Record]) -> Written {
    let mut export = Export::new(settings.clone());
    let mut rows = Vec::new();
    for record in records {
        with_row(record, |row| export.scale_if_wanted(record.kind(), row));
    }
    for kind in settings.kinds {
        let of_kind: Vec<&Record> = records.iter().filter(|r| r.kind() == kind).collect();
        let mut names = BTreeSet::new();
        loop {
            let mut pass = Vec::new();
            export.begin(kind, &names);
            for record in &of_kind {
                let mut out = Vec::new();
                let outcome = with_row(record, |row| {
                    metadata_names(kind, row.packed, &mut names);
                    export.row(row, &mut out)
                });
                match outcome {
                    Outcome::Written => pass.push((kind, String::from_utf8(out).unwrap())),
                    Outcome::LeftOut => assert!(out.is_empty()),
                    Outcome::NewName => pass.clear(),
                }
            }
            if pass.len() + lost_rows(&export, kind) >= of_kind.len() && export.end(kind) {
                rows.extend(pass);
                break;
            }
        }
    }
    Written { rows, losses: export.losses() }
}

/// How many rows of a kind the losses say are left out.
fn lost_rows(export: &Export, kind: Kind) -> usize {
    let of = |loss: &&Loss| loss.file == kind.entity().plural && loss.message.ends_with("the rows are left out.");
    export.losses().iter().filter(of).map(|loss| loss.count as usize).sum()
}

impl Export {
    fn scale_if_wanted(&mut self, kind: Kind, row: &Row<'_>) {
        if self.wants_to_learn().any(|k| k == kind) {
            self.learn(kind, row);
        }
    }
}

fn with_row<T>(record: &Record, then: impl FnOnce(&Row<'_>) -> T) -> T {
    let mut packed = Vec::new();
    record.clone().pack(&mut packed);
    let (sourced_id, status) = (record.sourced_id.as_str(), record.status);
    then(&Row { sourced_id, status, published: Timestamp(0), packed: &packed, children: &[] })
}

fn school() -> Record {
    record(Kind::Org, "s1", &[(at!(Org.name), "North"), (at!(Org.type), "school")])
}

fn person(id: &str) -> Record {
    record(
        Kind::User,
        id,
        &[
            (at!(User.enabledUser), "true"),
            (at!(User.orgs), "s1"),
            (at!(User.role), "student"),
            (at!(User.username), id),
            (at!(User.givenName), "Ada"),
            (at!(User.familyName), "Lovelace"),
        ],
    )
}

fn role(id: &str, user: &str, word: &str) -> Record {
    record(
        Kind::Role,
        id,
        &[(at!(Role.user), user), (at!(Role.roleType), "primary"), (at!(Role.role), word), (at!(Role.org), "s1")],
    )
}

#[test]
fn a_row_is_written_from_left_to_right() {
    let mut user = person("u1");
    user.set(at!(User.familyName), "Byron, \"Ada\"\r\nKing");
    user.push(at!(User.grades), "09");
    user.push(at!(User.grades), "10, or so");
    user.push_pair(at!(User.userIds), "ldap", "ada");
    user.push_pair(at!(User.userIds), "url", "http://x");
    user.push(at!(User.password), "secret");
    user.push_pair(at!(User.metadata), "shoe", "\"38\"");
    user.push_pair(at!(User.metadata), "a\\b", "\"\\u0041\\\"\"");
    let written = write(settings(Version::V1P2, Mode::Bulk), &[school(), user.clone()]);
    let wanted = "u1,,,true,u1,{ldap:ada},Ada,\"Byron, \"\"Ada\"\" King\",,,,,,,\"09,10  or so\",,,,,,,,\"A\"\"\",38";
    assert_eq!(written.of(Kind::User), [wanted]);
    assert_eq!(
        written.lost(),
        [("users", 1, "userIds"), ("users", 1, "password"), ("users", 1, "Line"), ("users", 1, "Commas")]
    );
    let with = Settings { passwords: true, ..settings(Version::V1P2, Mode::Bulk) };
    let written = write(with, &[school(), user]);
    assert!(written.of(Kind::User)[0].contains(",secret,"));
}

#[test]
fn rows_without_what_they_refer_to_are_left_out_and_so_are_their_own() {
    let mut child = school();
    child.sourced_id = "s2".into();
    child.push(at!(Org.parent), "gone");
    let (mut ada, mut bob) = (person("ada"), person("bob"));
    ada.push(at!(User.agents), "bob");
    ada.push(at!(User.agents), "nobody");
    // Who has no username cannot be written.
    bob.set(at!(User.username), "");
    let demographics = record(Kind::Demographics, "bob", &[(at!(Demographics.sex), "male")]);
    let roles = [role("r1", "ada", "student"), role("r2", "bob", "parent")];
    let records = [school(), child, ada, bob, roles[0].clone(), roles[1].clone(), demographics];
    let written = write(settings(Version::V1P2, Mode::Bulk), &records);
    assert_eq!(written.of(Kind::Org), ["s1,,,North,school,,", "s2,,,North,school,,"]);
    assert_eq!(written.of(Kind::User).len(), 1);
    assert!(!written.of(Kind::User)[0].contains("bob"));
    assert_eq!(written.of(Kind::Role).len(), 1);
    let lost = written.lost();
    let wanted = [
        ("orgs", 1, "parentSourcedId"),
        ("users", 1, "username"),
        ("users", 2, "agentSourcedIds"),
        ("roles", 1, "userSourcedId"),
        ("demographics", 1, "sourcedId"),
    ];
    assert_eq!(lost, wanted);
    // The receiver of changes knows what they refer to.
    let written = write(settings(Version::V1P2, Mode::Delta), &records[1..2]);
    assert_eq!(written.of(Kind::Org), ["s2,active,1970-01-01T00:00:00.000Z,North,school,,gone"]);
}

#[test]
fn a_row_that_is_left_out_leaves_nothing_in_the_next() {
    let mut nameless = school();
    nameless.set(at!(Org.name), "");
    nameless.push_pair(at!(Org.metadata), "own", "\"of the first\"");
    let mut second = school();
    second.sourced_id = "s2".into();
    let written = write(settings(Version::V1P2, Mode::Bulk), &[nameless, second]);
    assert_eq!(written.of(Kind::Org), ["s2,,,North,school,,,"]);
    assert_eq!(written.lost(), [("orgs", 1, "name")]);
}

#[test]
fn a_tombstone_says_so() {
    let mut gone = school();
    gone.status = Status::ToBeDeleted;
    let written = write(settings(Version::V1P2, Mode::Delta), &[gone]);
    assert_eq!(written.of(Kind::Org), ["s1,tobedeleted,1970-01-01T00:00:00.000Z,North,school,,"]);
}

#[test]
fn a_tombstone_of_who_was_forgotten_says_that_alone() {
    let mut gone = Record::new(Kind::Org);
    gone.sourced_id.push_str("s1");
    gone.status = Status::ToBeDeleted;
    // What follows is asked for its name again.
    let mut nameless = school();
    nameless.sourced_id = "s2".into();
    nameless.set(at!(Org.name), "");
    let written = write(settings(Version::V1P2, Mode::Delta), &[gone, nameless]);
    assert_eq!(written.of(Kind::Org), ["s1,tobedeleted,1970-01-01T00:00:00.000Z,,,,"]);
    assert_eq!(written.lost(), [("orgs", 1, "name")]);
}

#[test]
fn odd_identifiers_are_escaped_wherever_they_stand() {
    let mut org = school();
    org.sourced_id = "north school".into();
    let mut user = person("u 1");
    user.set(at!(User.primaryOrg), "north school");
    let written = write(settings(Version::V1P2, Mode::Bulk), &[org, user]);
    assert_eq!(written.of(Kind::Org), ["north_x20school,,,North,school,,"]);
    let rows = written.of(Kind::User);
    assert!(rows[0].starts_with("u_x201,") && rows[0].contains(",north_x20school,"), "{rows:?}");
    assert_eq!(written.lost(), [("orgs", 1, "Identifiers"), ("users", 1, "Identifiers")]);
}

#[test]
fn what_1_1_cannot_say_is_counted() {
    let mut campus = school();
    campus.sourced_id = "x1".into();
    campus.set(at!(Org.type), "ext:campus");
    let mut head = person("head");
    head.set(at!(User.role), "administrator");
    head.push(at!(User.primaryOrg), "s1");
    head.push(at!(User.pronouns), "they");
    let mut second = role("r2", "head", "teacher");
    second.set(at!(Role.roleType), "secondary");
    second.push(at!(Role.beginDate), "2026-08-01");
    for role in [role("r1", "head", "principal"), second] {
        head.push_row(at!(User.roles), role);
    }
    let mut ghost = person("ghost");
    ghost.set(at!(User.role), "");
    let sex = record(Kind::Demographics, "head", &[(at!(Demographics.sex), "other")]);
    let of_ghost = record(Kind::Demographics, "ghost", &[]);
    let written = write(settings(Version::V1P1, Mode::Bulk), &[school(), campus, head, ghost, sex, of_ghost]);
    assert_eq!(written.of(Kind::Org).len(), 1);
    assert_eq!(written.of(Kind::Demographics), ["head,,,,,,,,,,,,,,,"]);
    let wanted = [
        ("orgs", 1, "type"),
        ("users", 1, "role"),
        ("users", 1, "OneRoster"),
        ("roles", 1, "OneRoster"),
        ("roles", 1, "OneRoster"),
        ("roles", 1, "OneRoster"),
        ("roles", 1, "OneRoster"),
        ("demographics", 1, "sourcedId"),
        ("demographics", 1, "sex"),
    ];
    assert_eq!(written.lost(), wanted);
}

#[test]
fn what_an_upgrade_made_is_no_loss() {
    let mut user = person("u1");
    user.set(at!(User.role), "administrator");
    let original = write(settings(Version::V1P1, Mode::Bulk), &[school(), user.clone()]);
    let mut roles = Vec::new();
    crate::compat::upgrade_user(&mut user, &|_| Some("school"), &mut roles);
    roles.into_iter().for_each(|role| user.push_row(at!(User.roles), role));
    crate::compat::derive_v1p1(&mut user);
    let back = write(settings(Version::V1P1, Mode::Bulk), &[school(), user]);
    assert_eq!((back.losses, back.rows), (vec![], original.rows));
}

/// Line items and results of 1.1 as they come, and as 1.2 keeps them.
#[test]
fn line_items_and_results_come_back_to_1_1() {
    let session = record(
        Kind::AcademicSession,
        "gp1",
        &[
            (at!(AcademicSession.title), "Q1"),
            (at!(AcademicSession.type), "term"),
            (at!(AcademicSession.startDate), "2026-08-01"),
            (at!(AcademicSession.endDate), "2026-10-01"),
            (at!(AcademicSession.schoolYear), "2027"),
        ],
    );
    let course = record(Kind::Course, "co", &[(at!(Course.title), "Algebra"), (at!(Course.org), "s1")]);
    let class = record(
        Kind::Class,
        "c1",
        &[
            (at!(Class.title), "Algebra 1"),
            (at!(Class.course), "co"),
            (at!(Class.classType), "scheduled"),
            (at!(Class.school), "s1"),
            (at!(Class.terms), "gp1"),
        ],
    );
    let category = record(Kind::Category, "ca", &[(at!(Category.title), "Tests"), (at!(Category.weight), "40.5")]);
    let item = |id: &str, more: &[(u8, &str)]| {
        let mut item = record(
            Kind::LineItem,
            id,
            &[
                (at!(LineItem.title), "Test"),
                (at!(LineItem.assignDate), "2026-09-01T00:00:00.000Z"),
                (at!(LineItem.dueDate), "2026-09-08"),
                (at!(LineItem.class), "c1"),
                (at!(LineItem.category), "ca"),
            ],
        );
        more.iter().for_each(|(field, value)| item.push(*field, value));
        item
    };
    let bounds = [(at!(LineItem.resultValueMin), "0.0"), (at!(LineItem.resultValueMax), "20")];
    let old = item("li", &[&[(at!(LineItem.gradingPeriod), "gp1")], &bounds[..]].concat());
    let new =
        item("li", &[&[(at!(LineItem.academicSession), "gp1"), (at!(LineItem.school), "s1")], &bounds[..]].concat());
    let scaled = item("sc", &[(at!(LineItem.academicSession), "gp1"), (at!(LineItem.school), "s1")]);
    let result = |id: &str, item: &str, field: u8, score: &str| {
        record(
            Kind::Result,
            id,
            &[
                (at!(Result.lineItem), item),
                (at!(Result.student), "u1"),
                (at!(Result.scoreStatus), "fully graded"),
                (field, score),
                (at!(Result.scoreDate), "2026-09-08"),
            ],
        )
    };
    let mut scale = record(Kind::ScoreScale, "letters", &[]);
    scale.push_pair(at!(ScoreScale.scoreScaleValue), "A", "100");
    scale.push_pair(at!(ScoreScale.scoreScaleValue), "F", "0-59");
    let link = record(
        Kind::LineItemScoreScale,
        "l1",
        &[(at!(LineItemScoreScale.lineItem), "sc"), (at!(LineItemScoreScale.scoreScale), "letters")],
    );
    let base = [school(), session, course, class, person("u1"), category];
    let write_with = |more: &[Record]| write(settings(Version::V1P1, Mode::Bulk), &[&base[..], more].concat());
    let row = "li,,,Test,,2026-09-01,2026-09-08,c1,ca,gp1,0.0,20";
    let first = write_with(&[old, result("r1", "li", at!(Result.score), "20.0")]);
    assert_eq!(first.of(Kind::LineItem), [row]);
    assert_eq!(first.of(Kind::Result), ["r1,,,li,u1,fully graded,20.0,2026-09-08,"]);
    let wanted = [("categories", 1, "OneRoster"), ("lineItems", 1, "gradingPeriodSourcedId")];
    assert_eq!(first.lost(), wanted);
    let graded = result("r2", "sc", at!(Result.textScore), "A");
    let ungraded = result("r3", "sc", at!(Result.textScore), "F");
    let second = write_with(&[new, scaled, graded, ungraded, scale, link]);
    assert_eq!(second.of(Kind::LineItem), [row, "sc,,,Test,,2026-09-01,2026-09-08,c1,ca,gp1,0,100"]);
    assert_eq!(second.of(Kind::Result), ["r2,,,sc,u1,fully graded,100,2026-09-08,"]);
    let wanted = [
        ("categories", 1, "OneRoster"),
        ("lineItems", 1, "resultValueMin"),
        ("lineItems", 1, "resultValueMax"),
        ("lineItems", 2, "gradingPeriodSourcedId"),
        ("results", 1, "score"),
        ("results", 1, "score"),
    ];
    assert_eq!(second.lost(), wanted, "{:?}", second.losses);
}

proptest! {
    #[test]
    fn whatever_is_stored_gives_a_whole_row_or_none(
        which: prop::sample::Index,
        version in prop::sample::select(&Version::ALL[..]),
        mode in prop::sample::select(&[Mode::Bulk, Mode::Delta][..]),
        id in ".{0,12}",
        values in proptest::collection::vec((any::<u8>(), "[ -~\\PC\n\r\t]{0,15}"), 0..30),
    ) {
        let entity = which.get(&kinds(version).collect::<Vec<_>>()).entity();
        let mut record = record(entity.kind, &id, &[]);
        for (field, text) in &values {
            let field = field % entity.fields.len() as u8;
            // Pairs and metadata come in twos; half of one is as odd as the rest.
            record.push(field, text);
        }
        let mut names = BTreeSet::new();
        let mut export = Export::new(Settings { passwords: true, ..settings(version, mode) });
        let (mut head, mut out) = (Vec::new(), Vec::new());
        let outcome = with_row(&record, |row| {
            metadata_names(entity.kind, row.packed, &mut names);
            export.begin(entity.kind, &names);
            export.header(&mut head);
            export.row(row, &mut out)
        });
        prop_assert_eq!(outcome == Outcome::Written, !out.is_empty());
        let text = [head, out].concat();
        let mut scanner = crate::csv::Scanner::new(&text[..]);
        let width = scanner.next_row().unwrap().unwrap().len();
        if let Some(row) = scanner.next_row().unwrap() {
            let plain = crate::csv::Faults::CONTROL;
            prop_assert!(row.faults.is_empty() || row.faults == plain, "{:?}", row.faults);
            prop_assert_eq!(row.len(), width);
            prop_assert!(crate::model::is_sourced_id(row.cell(0)));
        }
        prop_assert!(scanner.next_row().unwrap().is_none());
    }
}

#[test]
fn subjects_and_codes_that_do_not_pair_are_left_out_of_the_row() {
    let course = |id: &str, names: &[&str], codes: &[&str]| {
        let mut course = record(Kind::Course, id, &[(at!(Course.title), "Algebra"), (at!(Course.org), "s1")]);
        names.iter().for_each(|name| course.push(at!(Course.subjects), name));
        codes.iter().for_each(|code| course.push(at!(Course.subjectCodes), code));
        course
    };
    let records = [
        school(),
        course("c1", &["Mathematics"], &["02034"]),
        course("c2", &["Mathematics"], &[]),
        course("c3", &["Mathematics", "Science"], &["02034"]),
    ];
    for version in Version::ALL {
        let written = write(settings(version, Mode::Bulk), &records);
        let rows = written.of(Kind::Course);
        assert_eq!(rows.len(), 3);
        assert!(rows[0].ends_with("Mathematics,02034"), "{rows:?}");
        assert!(rows[1].ends_with("s1,,") && rows[2].ends_with("s1,,"), "{rows:?}");
        assert_eq!(written.lost(), [("courses", 2, "subjects"), ("courses", 1, "subjectCodes")]);
    }
}

#[test]
fn the_grading_period_in_which_work_is_due_stands_for_its_term() {
    let session = |id: &str, ty: &str, parent: &str, days: [&str; 2]| {
        let mut session = record(
            Kind::AcademicSession,
            id,
            &[
                (at!(AcademicSession.title), id),
                (at!(AcademicSession.type), ty),
                (at!(AcademicSession.startDate), days[0]),
                (at!(AcademicSession.endDate), days[1]),
                (at!(AcademicSession.schoolYear), "2027"),
            ],
        );
        session.set(at!(AcademicSession.parent), parent);
        session
    };
    let sessions = [
        session("y", "schoolYear", "", ["2026-08-01", "2027-07-01"]),
        session("t", "term", "y", ["2026-08-01", "2027-01-01"]),
        session("g1", "gradingPeriod", "t", ["2026-08-01", "2026-10-01"]),
        session("g2", "gradingPeriod", "t", ["2026-10-01", "2027-01-01"]),
        session("other", "gradingPeriod", "y", ["2026-08-01", "2027-07-01"]),
    ];
    let item = |id: &str, session: &str, due: &str| {
        record(
            Kind::LineItem,
            id,
            &[
                (at!(LineItem.title), id),
                (at!(LineItem.assignDate), "2026-09-01T00:00:00.000Z"),
                (at!(LineItem.dueDate), due),
                (at!(LineItem.class), "c1"),
                (at!(LineItem.category), "ca"),
                (at!(LineItem.academicSession), session),
                (at!(LineItem.resultValueMin), "0"),
                (at!(LineItem.resultValueMax), "20"),
            ],
        )
    };
    let items = [
        item("a", "t", "2026-09-30T00:00:00.000Z"),
        item("b", "t", "2026-10-01T00:00:00.000Z"),
        item("late", "t", "2027-02-01T00:00:00.000Z"),
        item("two", "y", "2026-09-30T00:00:00.000Z"),
        item("own", "g2", "2026-09-30T00:00:00.000Z"),
    ];
    // Of changes, the sessions need not be among them.
    let mut export = Export::new(Settings { kinds: vec![Kind::LineItem], ..settings(Version::V1P1, Mode::Delta) });
    sessions.iter().for_each(|session| with_row(session, |row| export.scale_if_wanted(Kind::AcademicSession, row)));
    export.begin(Kind::LineItem, &BTreeSet::new());
    let mut out = Vec::new();
    for item in &items {
        assert_eq!(with_row(item, |row| export.row(row, &mut out)), Outcome::Written);
    }
    let text = String::from_utf8(out).unwrap();
    let periods: Vec<&str> = text.lines().map(|row| row.split(',').nth(9).unwrap()).collect();
    assert_eq!(periods, ["g1", "g2", "t", "y", "g2"], "{text}");
    let lost: Vec<(u64, bool)> =
        export.losses().iter().map(|loss| (loss.count, loss.message.ends_with("in which the work is due."))).collect();
    assert_eq!(lost, [(2, true), (2, false)], "{:?}", export.losses());
}
