//! The formats, over their tables: what is written of a small district, and a
//! failing case of every rule.

use super::format::{Column, File, From};
use super::*;
use homeroom_store::Entry;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Date;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A roster in memory.
#[derive(Clone)]
struct District(Vec<Record>);

impl Source for District {
    fn each(&mut self, kind: Kind, sink: &mut dyn FnMut(&Record) -> Result<(), Error>) -> Result<(), Error> {
        let mut records: Vec<&Record> = self.0.iter().filter(|record| record.kind() == kind).collect();
        records.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
        records.into_iter().try_for_each(sink)
    }
}

impl District {
    fn edit(&mut self, kind: Kind, mut change: impl FnMut(&mut Record)) {
        self.0.iter_mut().filter(|record| record.kind() == kind).for_each(&mut change);
    }

    fn one(&mut self, id: &str) -> &mut Record {
        self.0.iter_mut().find(|record| record.sourced_id == id).unwrap()
    }

    fn remove(&mut self, id: &str) {
        self.0.retain(|record| record.sourced_id != id);
    }
}

fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    values.iter().for_each(|(field, value)| record.push(*field, value));
    record
}

fn person(id: &str, given: &str, role: &str, org: &str) -> Record {
    let mut user = record(
        Kind::User,
        id,
        &[
            (at!(User.enabledUser), "true"),
            (at!(User.username), id),
            (at!(User.givenName), given),
            (at!(User.familyName), "O'Hara, Jr."),
        ],
    );
    user.push(at!(User.email), &format!("{id}@mail.example"));
    user.push_row(at!(User.roles), held(role, org));
    user
}

fn held(role: &str, org: &str) -> Record {
    let mut row = record(Kind::Role, &format!("r-{role}"), &[(at!(Role.role), role), (at!(Role.org), org)]);
    row.push(at!(Role.roleType), "primary");
    row
}

/// One school with a class, a student with a mother, a teacher.
fn district() -> District {
    let mut student = person("s1", "Zoë", "student", "sc");
    student.push(at!(User.grades), "09");
    student.push(at!(User.agents), "p1");
    student.push_pair(at!(User.metadata), "iep", "true");
    student.push_pair(at!(User.metadata), "programs", "\"504, freeLunch\"");
    student.push_pair(at!(User.metadata), "other", "\"iep\"");
    let mut parent = person("p1", "Ida", "parent", "sc");
    parent.push(at!(User.phone), "+12065550100");
    let mut demographics = record(Kind::Demographics, "s1", &[(at!(Demographics.birthDate), "2012-03-04")]);
    demographics.push(at!(Demographics.sex), "female");
    demographics.push(at!(Demographics.asian), "true");
    demographics.push(at!(Demographics.white), "true");
    let enrollment = |id: &str, user: &str, role: &str| {
        let fields = [at!(Enrollment.class), at!(Enrollment.user), at!(Enrollment.role), at!(Enrollment.school)];
        let values: Vec<(u8, &str)> = fields.into_iter().zip(["cl", user, role, "sc"]).collect();
        record(Kind::Enrollment, id, &values)
    };
    District(vec![
        record(Kind::Org, "di", &[(at!(Org.name), "Alder Valley"), (at!(Org.type), "district")]),
        record(Kind::Org, "sc", &[(at!(Org.name), "Brook School"), (at!(Org.type), "school"), (at!(Org.parent), "di")]),
        record(
            Kind::AcademicSession,
            "t1",
            &[
                (at!(AcademicSession.title), "Fall"),
                (at!(AcademicSession.type), "term"),
                (at!(AcademicSession.startDate), "2026-08-24"),
                (at!(AcademicSession.endDate), "2027-01-16"),
                (at!(AcademicSession.schoolYear), "2027"),
            ],
        ),
        record(
            Kind::Course,
            "co",
            &[
                (at!(Course.title), "Art"),
                (at!(Course.courseCode), "ART"),
                (at!(Course.subjects), "Art"),
                (at!(Course.grades), "09"),
                (at!(Course.org), "sc"),
                (at!(Course.schoolYear), "t1"),
            ],
        ),
        record(
            Kind::Class,
            "cl",
            &[
                (at!(Class.title), "Art 1, blue"),
                (at!(Class.course), "co"),
                (at!(Class.school), "sc"),
                (at!(Class.terms), "t1"),
            ],
        ),
        student,
        parent,
        person("t", "=Tom", "teacher", "sc"),
        demographics,
        enrollment("e1", "s1", "student"),
        enrollment("e2", "t", "teacher"),
    ])
}

/// The files as texts.
#[derive(Default)]
struct Written(BTreeMap<String, String>, String);

impl Out for Written {
    fn begin(&mut self, name: &str) -> Result<(), Error> {
        name.clone_into(&mut self.1);
        assert!(self.0.insert(name.to_owned(), String::new()).is_none(), "{name} twice");
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.0.get_mut(&self.1).unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    }
}

fn settings(format: &Format, set: &[(&str, &str)]) -> Settings {
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::of(format, set).unwrap()
}

const TODAY: &str = "2026-09-01";

fn run(format: &'static Format, set: &[(&str, &str)], district: &District, sent: &mut Sent<'_>) -> (Report, Written) {
    let mut out = Written::default();
    let settings = settings(format, set);
    let today = Date::parse(TODAY).unwrap();
    let report = write(format, &settings, today, &mut district.clone(), sent, &mut out).unwrap();
    (report, out)
}

fn once(kind: &str, set: &[(&str, &str)], district: &District) -> (Report, Written) {
    run(format(kind).unwrap(), set, district, &mut Sent::nothing())
}

/// What is set for everything to be sent.
fn everything(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "sds" => &[
            ("domain", "example.org"),
            ("guardians", "yes"),
            ("demographics", "yes"),
            ("flags", "iep, programs"),
            ("map.subjects.ART", "20"),
        ],
        "apple" => &[("federated", "yes"), ("password_policy", "6")],
        _ => &[("guardians", "yes")],
    }
}

fn shown(written: &Written) -> String {
    let files = written.0.iter().map(|(name, text)| format!("{name}\n{}", text.replace("\r\n", "\n")));
    files.collect::<Vec<_>>().join("")
}

#[test]
fn school_data_sync_gets_its_files() {
    let (report, written) = once("sds", everything("sds"), &district());
    assert_eq!((report.found.len(), &report.holds), (0, &vec![]), "{report:?}");
    assert!(written.0.values().all(|text| text.lines().count() == text.matches("\r\n").count()));
    let wanted = "\
academicSessions.csv
sourcedId,title,type,schoolYear,startDate,endDate
t1,Fall,term,2027,2026-08-24,2027-01-16
classes.csv
sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId
cl,sc,\"Art 1, blue\",t1,co
courses.csv
sourcedId,orgSourcedId,title,code,schoolYearSourcedId,subject,grade
co,sc,Art,ART,t1,20,9
demographics.csv
userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes
s1,female,2012-03-04,,,,,\"asian,white\"
enrollments.csv
classSourcedId,userSourcedId,role
cl,s1,student
cl,t,teacher
orgs.csv
sourcedId,name,type,parentSourcedId
di,Alder Valley,district,
sc,Brook School,school,di
relationships.csv
userSourcedId,relationshipUserSourcedId,relationshipRole
s1,p1,parent
roles.csv
userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate
s1,sc,student,,9,TRUE,,
t,sc,teacher,,,TRUE,,
userFlags.csv
userSourcedId,flag
s1,iep
s1,504
s1,freeLunch
users.csv
sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms
p1,p1@mail.example,Ida,\"O'Hara, Jr.\",,,p1@mail.example,+12065550100,
s1,s1@example.org,Zoë,\"O'Hara, Jr.\",,s1@example.org,s1@mail.example,,
t,t@example.org,=Tom,\"O'Hara, Jr.\",,t@example.org,t@mail.example,,
";
    assert_eq!(shown(&written), wanted);
    // Guardians and demographics are asked for, or not sent.
    let (_, fewer) = once("sds", &[], &district());
    assert!(!fewer.0.contains_key("relationships.csv") && !fewer.0.contains_key("demographics.csv"));
    assert!(!fewer.0["users.csv"].contains("p1"), "{}", fewer.0["users.csv"]);
}

#[test]
fn apple_school_manager_gets_its_files() {
    let mut two = district();
    let mut school = two.one("sc").clone();
    school.sourced_id = "sc2".into();
    two.0.push(school);
    two.one("s1").push_row(at!(User.roles), held("student", "sc2"));
    let (report, written) = once("apple", everything("apple"), &two);
    assert_eq!((report.found.len(), &report.holds), (0, &vec![]), "{report:?}");
    let commas = ",".repeat(14);
    let names: Vec<String> = (2..=15).map(|at| format!(",instructor_id_{at}")).collect();
    let wanted = format!(
        "\
classes.csv
class_id,class_number,course_id,instructor_id{},location_id
cl,\"Art 1, blue\",co,t{commas},sc
courses.csv
course_id,course_number,course_name,location_id
co,ART,Art,sc
locations.csv
location_id,location_name
di,\"Alder Valley\"
sc,\"Brook School\"
sc2,\"Brook School\"
rosters.csv
roster_id,class_id,student_id
e1,cl,s1
staff.csv
person_id,person_number,first_name,middle_name,last_name,email_address,sis_username,location_id
t,,=Tom,,\"O'Hara, Jr.\",t@mail.example,t,sc
students.csv
person_id,person_number,first_name,middle_name,last_name,grade_level,email_address,sis_username,password_policy,location_id,location_id_2
s1,,Zoë,,\"O'Hara, Jr.\",09,s1@mail.example,s1,6,sc,sc2
",
        names.concat()
    );
    assert_eq!(shown(&written), wanted);
    assert!(written.0.values().all(|text| !text.contains('\r')));
}

#[test]
fn canvas_gets_its_files() {
    let (report, written) = once("canvas", everything("canvas"), &district());
    assert_eq!((report.found.len(), &report.holds), (0, &vec![]), "{report:?}");
    let wanted = "\
accounts.csv
account_id,parent_account_id,name,status
di,,Alder Valley,active
sc,di,Brook School,active
courses.csv
course_id,short_name,long_name,account_id,term_id,status
cl,\"Art 1, blue\",\"Art 1, blue\",sc,t1,active
enrollments.csv
section_id,user_id,role,status
cl,s1,student,active
cl,t,teacher,active
sections.csv
section_id,course_id,name,status
cl,cl,\"Art 1, blue\",active
terms.csv
term_id,name,status,start_date,end_date
t1,Fall,active,2026-08-24T00:00:00Z,2027-01-16T00:00:00Z
user_observers.csv
observer_id,student_id,status
p1,s1,active
users.csv
user_id,login_id,first_name,last_name,email,status
p1,p1,Ida,\"O'Hara, Jr.\",p1@mail.example,active
s1,s1,Zoë,\"O'Hara, Jr.\",s1@mail.example,active
t,t,=Tom,\"O'Hara, Jr.\",t@mail.example,active
";
    assert_eq!(shown(&written), wanted);
    let mut blocked = district();
    blocked.one("s1").set(at!(User.enabledUser), "false");
    let ended = blocked.0.iter_mut().find(|record| record.sourced_id == "e1").unwrap();
    ended.set(at!(Enrollment.endDate), "2026-08-30");
    let (_, written) = once("canvas", &[], &blocked);
    assert!(written.0["users.csv"].contains("s1@mail.example,suspended"));
    assert!(written.0["enrollments.csv"].contains("cl,s1,student,completed"));
}

#[test]
fn canvas_has_more_where_it_is_wanted() {
    let mut named = district();
    named.one("s1").set(at!(User.identifier), "77");
    named.one("s1").set(at!(User.preferredFirstName), "Zo");
    named.0.iter_mut().find(|record| record.sourced_id == "e1").unwrap().set(at!(Enrollment.endDate), "2026-08-30");
    let set = &[
        ("integration_id", "identifier"),
        ("authentication", "saml"),
        ("names", "preferred"),
        ("days", "own"),
        ("ended", "inactive"),
    ];
    let book = Book::default();
    let written = book.push("canvas", set, &named).1;
    let users = &written.0["users.csv"];
    assert!(users.starts_with(
        "user_id,login_id,first_name,last_name,email,status,integration_id,authentication_provider_id,short_name"
    ));
    assert!(
        users.contains("s1@mail.example,active,77,saml,\"Zo O'Hara, Jr.\"\r\n")
            && users.contains("t@mail.example,active,,saml,\r\n"),
        "{users}"
    );
    assert!(written.0["courses.csv"].contains(",sc,t1,active,2026-08-24T00:00:00Z,2027-01-16T00:00:00Z"));
    assert!(written.0["enrollments.csv"].contains("cl,s1,student,inactive"));
    // Who is gone is told with the columns of the day, whatever they were.
    let mut later = named.clone();
    later.remove("s1");
    later.0.retain(|record| record.get(at!(Enrollment.user)) != Some("s1") || record.kind() != Kind::Enrollment);
    let told = book.push("canvas", &[("names", "preferred")], &later).1;
    assert!(told.0["users.csv"].contains("s1@mail.example,deleted,\r\n"), "{}", told.0["users.csv"]);
}

#[test]
fn subjects_and_flags_are_sent_as_a_district_calls_them() {
    let (_, written) = once("sds", &[("domain", "example.org")], &district());
    assert!(!written.0.contains_key("userFlags.csv") && written.0["courses.csv"].contains("co,sc,Art,ART,t1,,9"));
    let set =
        &[("domain", "example.org"), ("flags", "programs"), ("map.flags.504", "plan504"), ("map.flags.freeLunch", "")];
    let (report, written) = once("sds", set, &district());
    assert_eq!((written.0["userFlags.csv"].as_str(), report.found.len()), ("userSourcedId,flag\r\ns1,plan504\r\n", 0));
}

#[test]
fn the_files_of_microsofts_sample_have_these_columns() {
    // The headers of the sample set of School Data Sync v2.1, which cannot be copied here.
    let sample = [
        ("academicSessions.csv", "sourcedId,title,type,schoolYear,startDate,endDate"),
        ("classes.csv", "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId"),
        ("courses.csv", "sourcedId,orgSourcedId,title,code,schoolYearSourcedId,subject,grade"),
        ("demographics.csv", "userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes"),
        ("enrollments.csv", "classSourcedId,userSourcedId,role"),
        ("orgs.csv", "sourcedId,name,type,parentSourcedId"),
        ("relationships.csv", "userSourcedId,relationshipUserSourcedId,relationshipRole"),
        ("roles.csv", "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate"),
        ("userFlags.csv", "userSourcedId,flag"),
        ("users.csv", "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms"),
    ];
    let sds = format("sds").unwrap();
    let mut ours: Vec<(&str, String)> = sds
        .files
        .iter()
        .map(|file| (file.name, file.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",")))
        .collect();
    ours.sort_unstable();
    let ours: Vec<(&str, &str)> = ours.iter().map(|(name, header)| (*name, header.as_str())).collect();
    assert_eq!(ours, sample);
}

/// Takes a value out of every record that a column is filled of.
fn without(district: &mut District, file: &File, from: &From) -> bool {
    match from {
        From::Id => district.edit(file.of, |record| record.sourced_id.clear()),
        From::Own(field) | From::First(field) => district.edit(file.of, |record| record.set(*field, "")),
        From::Role(field) => roles(district, |role| role.set(*field, "")),
        From::Mapped(_, from) => return without(district, file, from),
        _ => return false,
    }
    true
}

/// Puts a value into every record that a column is filled of.
fn with(district: &mut District, file: &File, from: &From, value: &str) -> bool {
    match from {
        From::Own(field) | From::First(field) => district.edit(file.of, |record| record.set(*field, value)),
        From::Role(field) => roles(district, |role| role.set(*field, value)),
        From::Mapped(_, from) => return with(district, file, from, value),
        _ => return false,
    }
    true
}

fn roles(district: &mut District, mut change: impl FnMut(&mut Record)) {
    district.edit(Kind::User, |user| {
        let mut rows: Vec<Record> = user.rows(at!(User.roles)).cloned().collect();
        user.drop_rows();
        for mut row in rows.drain(..) {
            change(&mut row);
            user.push_row(at!(User.roles), row);
        }
    });
}

/// Spoils a district so that a rule speaks up, in the way of all rules of its
/// sort; false if this one wants a way of its own.
fn spoiled(district: &mut District, file: &File, column: &Column, word: &str) -> bool {
    match word {
        "required" => without(district, file, &column.from),
        "unmapped" => with(district, file, &column.from, "ext:odd"),
        "unknown" => with(district, file, &column.from, "nowhere"),
        _ => false,
    }
}

/// The rules that want a way of their own.
fn spoiled_so(district: &mut District, code: &str) -> bool {
    let by_user = |district: &mut District, field: u8, value: &str| {
        district.edit(Kind::User, |user| user.set(field, value));
        true
    };
    match code {
        "sds.users.username.required" => {
            by_user(district, at!(User.email), "") && by_user(district, at!(User.username), "")
        }
        "sds.users.username.signs" => by_user(district, at!(User.username), "zoë b@x.test"),
        "sds.users.email.form" => by_user(district, at!(User.email), "zoe at home"),
        "sds.users.username.domain" => by_user(district, at!(User.username), "zoe@"),
        "sds.users.username.guardian" => by_user(district, at!(User.givenName), ""),
        "sds.users.username.repeated" | "canvas.users.login_id.repeated" => {
            by_user(district, at!(User.username), "the@same")
        }
        "sds.users.phone.form" => by_user(district, at!(User.phone), "206-555-0100"),
        "sds.users.sms.form" => by_user(district, at!(User.sms), "+0123"),
        "sds.academicSessions.endDate.order" => {
            district.one("t1").set(at!(AcademicSession.endDate), "2026-08-24");
            true
        }
        "sds.roles.userSourcedId.unknown" | "sds.demographics.userSourcedId.unknown" => {
            by_user(district, at!(User.username), "zoe@")
        }
        "sds.relationships.userSourcedId.unknown" => by_user(district, at!(User.username), "zoe@"),
        "sds.userFlags.userSourcedId.unknown" => by_user(district, at!(User.username), "zoe@"),
        "sds.userFlags.flag.unmapped" => {
            district.one("s1").push_pair(at!(User.metadata), "programs", "\"ext:odd\"");
            true
        }
        "sds.roles.grade.unmapped" => by_user(district, at!(User.grades), "ext:odd"),
        "sds.relationships.relationshipUserSourcedId.unknown" | "canvas.user_observers.observer_id.unknown" => {
            district.one("s1").push(at!(User.agents), "nowhere");
            true
        }
        "canvas.user_observers.student_id.unknown" | "canvas.users.login_id.required" => {
            by_user(district, at!(User.username), "")
        }
        "canvas.sections.course_id.unknown" => {
            district.one("cl").set(at!(Class.title), "");
            true
        }
        "apple.students.email_address.address" | "apple.staff.email_address.address" => {
            by_user(district, at!(User.email), "")
        }
        _ if code.starts_with("apple.") && code.ends_with("_id.form") => {
            district.0.iter_mut().for_each(|record| record.sourced_id.push('_'));
            true
        }
        "apple.students.email_address.repeated" | "apple.staff.email_address.repeated" => {
            let mut twin = district.one(if code.contains("staff") { "t" } else { "s1" }).clone();
            twin.sourced_id.push('x');
            district.0.push(twin);
            true
        }
        "apple.students.location_id.required" | "apple.staff.location_id.required" => {
            roles(district, |role| role.set(at!(Role.org), "nowhere"));
            true
        }
        "apple.students.location_id.unknown" | "apple.staff.location_id.unknown" => {
            district.one("sc").set(at!(Org.name), "");
            true
        }
        "apple.students.location_id.many" | "apple.staff.location_id.many" => {
            for at in 0..1_000 {
                let id = format!("more{at}");
                district.0.push(record(Kind::Org, &id, &[(at!(Org.name), "More"), (at!(Org.type), "school")]));
                district.one("s1").push_row(at!(User.roles), held("student", &id));
                district.one("t").push_row(at!(User.roles), held("teacher", &id));
            }
            true
        }
        "apple.staff.person_id.both" => {
            district.one("t").push_row(at!(User.roles), held("student", "sc"));
            true
        }
        "apple.courses.location_id.required" => {
            district.remove("cl");
            district.one("co").set(at!(Course.org), "");
            true
        }
        "apple.courses.location_id.unknown" => {
            district.one("sc").set(at!(Org.name), "");
            true
        }
        "apple.classes.instructor_id.unknown" => {
            district.one("e2").set(at!(Enrollment.user), "nobody");
            true
        }
        "apple.classes.instructor_id.many" => {
            for at in 0..20 {
                let mut one = district.one("e2").clone();
                one.set(at!(Enrollment.user), &format!("t{at}"));
                district.0.push(one);
            }
            true
        }
        _ => false,
    }
}

#[test]
fn every_rule_has_a_case_that_fails() {
    for format in FORMATS {
        for (file, column) in format.files.iter().flat_map(|file| file.columns.iter().map(move |c| (file, c))) {
            let prefix = format!("{}.{}.{}.", format.kind, file.name.trim_end_matches(".csv"), column.name);
            for code in format.codes().into_iter().filter(|code| code.starts_with(&prefix)) {
                let word = code.rsplit('.').next().unwrap();
                let mut bad = district();
                assert!(spoiled_so(&mut bad, &code) || spoiled(&mut bad, file, column, word), "no case of {code}");
                let set: Vec<(&str, &str)> =
                    everything(format.kind).iter().copied().filter(|(key, _)| *key != "domain").collect();
                let (report, written) = once(format.kind, &set, &bad);
                let told = report.found.get(&code);
                let told = told.unwrap_or_else(|| panic!("{code} said nothing: {:?}", report.found.keys()));
                assert!(told.count > 0 && !told.says.is_empty() && !told.next.is_empty(), "{code}");
                assert!(!told.first.is_empty(), "{code}");
                assert!(!shown(&written).contains('\0'), "{code}");
            }
        }
    }
}

#[test]
fn a_student_and_a_teacher_of_one_address_are_told() {
    let mut district = district();
    let address = district.one("t").get(at!(User.email)).unwrap().to_uppercase();
    district.one("s1").set(at!(User.email), &address);
    let (report, _) = once("apple", &[], &district);
    assert!(report.found.contains_key("apple.staff.email_address.repeated"), "{:?}", report.found.keys());
}

#[test]
fn what_names_a_record_that_is_left_out_is_left_out_too() {
    let mut bad = district();
    bad.one("s1").set(at!(User.givenName), "");
    let (report, written) = once("apple", &[], &bad);
    assert!(!shown(&written).contains("s1"), "{}", shown(&written));
    assert_eq!(report.found["apple.students.first_name.required"].count, 1);
    let roster = &report.found["apple.rosters.student_id.unknown"];
    assert_eq!((roster.count, roster.first[0].about.as_deref()), (1, Some("s1")));
    assert_eq!(report.left_out(), 2);
}

#[test]
fn words_can_be_mapped_by_settings() {
    let mut odd = district();
    odd.one("s1").set(at!(User.grades), "ext:odd");
    odd.one("t").drop_rows();
    odd.one("t").push_row(at!(User.roles), held("ext:nurse", "sc"));
    let (_, written) = once("sds", &[("map.grades.ext:odd", "ug"), ("map.roles.ext:nurse", "staff")], &odd);
    assert!(written.0["roles.csv"].contains("s1,sc,student,,ug,") && written.0["roles.csv"].contains("t,sc,staff,"));
    // A word set to nothing is not mapped.
    let (_, written) = once("sds", &[("map.roles.teacher", "")], &district());
    assert!(!written.0["users.csv"].contains("Tom") && !written.0["roles.csv"].contains("t,sc"));
    let refused = |key: &str, value: &str| {
        Settings::of(format("sds").unwrap(), [(key.to_owned(), value.to_owned())].into()).unwrap_err()
    };
    assert!(refused("map.colours.red", "x").contains("map.grades.WORD"));
    assert!(refused("guardian", "yes").contains("guardians"));
    assert!(refused("guardians", "perhaps").contains("no or yes"));
    assert!(refused("max_removed", "many").contains("percent"));
}

/// What was sent, kept in memory.
#[derive(Default)]
struct Book(RefCell<BTreeMap<(i64, String), Entry>>);

impl Ledger for Book {
    fn each(&self, sink: &mut dyn FnMut(Entry)) -> Result<(), Error> {
        self.0.borrow().values().cloned().for_each(sink);
        Ok(())
    }
    fn keep(&self, entries: Vec<Entry>) -> Result<(), Error> {
        self.0.borrow_mut().extend(entries.into_iter().map(|entry| ((entry.kind, entry.key.clone()), entry)));
        Ok(())
    }
}

impl Book {
    fn push(&self, kind: &str, set: &[(&str, &str)], district: &District) -> (Report, Written) {
        let mut sent = Sent::of(self).unwrap();
        let done = run(format(kind).unwrap(), set, district, &mut sent);
        if done.0.holds.is_empty() {
            sent.announce().unwrap();
            sent.done().unwrap();
        }
        done
    }
}

#[test]
fn canvas_is_told_of_what_is_gone_from_what_was_sent() {
    let (book, set) = (Book::default(), everything("canvas"));
    let (_, first) = book.push("canvas", set, &district());
    let (report, second) = book.push("canvas", set, &district());
    assert_eq!(shown(&first), shown(&second));
    assert!(report.files.iter().all(|(_, _, gone)| *gone == 0), "{report:?}");
    let mut later = district();
    later.remove("e1");
    later.one("s1").set(at!(User.agents), "");
    let (report, told) = book.push("canvas", set, &later);
    assert!(told.0["enrollments.csv"].contains("cl,s1,student,deleted"));
    assert!(told.0["user_observers.csv"].contains("p1,s1,deleted") && !told.0["user_observers.csv"].contains("active"));
    // Who is no longer anyone's guardian is not sent any more.
    assert!(told.0["users.csv"].contains("p1@mail.example,deleted"));
    assert_eq!(report.files.iter().map(|(_, _, gone)| gone).sum::<u64>(), 3);
    // A set may get lost: it is said again, and not for ever.
    for _ in 0..4 {
        assert!(book.push("canvas", set, &later).1.0["enrollments.csv"].contains("deleted"));
    }
    assert!(!book.push("canvas", set, &later).1.0["enrollments.csv"].contains("deleted"));
    // Who comes again is there again, and can go again.
    let (_, again) = book.push("canvas", set, &district());
    assert!(again.0["enrollments.csv"].contains("cl,s1,student,active"));
    assert!(book.push("canvas", set, &later).1.0["enrollments.csv"].contains("cl,s1,student,deleted"));
}

#[test]
fn a_leaver_is_told_to_canvas_before_whoever_gets_their_login() {
    let book = Book::default();
    book.push("canvas", &[], &district());
    let mut later = district();
    later.remove("s1");
    later.remove("e1");
    let mut heir = person("a0", "Ada", "student", "sc");
    heir.set(at!(User.username), "s1");
    later.0.push(heir);
    let (report, told) = book.push("canvas", &[], &later);
    let users = &told.0["users.csv"];
    let at = |part: &str| users.find(part).unwrap_or_else(|| panic!("no {part}: {users}"));
    assert!(at("s1,s1,") < at("a0,s1,") && users.matches("deleted").count() == 1, "{users}");
    let gone = report.files.iter().find(|(name, ..)| *name == "users.csv").map(|(_, rows, gone)| (*rows, *gone));
    assert_eq!(gone, Some((3, 1)));
    // Somebody whose row is left out is told as gone, too, and as ever once.
    later.one("a0").set(at!(User.username), "");
    let (_, told) = book.push("canvas", &[], &later);
    assert_eq!(told.0["users.csv"].matches("deleted").count(), 2);
}

#[test]
fn of_a_class_that_is_gone_students_keep_what_they_did() {
    let book = Book::default();
    book.push("canvas", &[], &district());
    let mut later = district();
    for id in ["cl", "e1", "e2"] {
        later.remove(id);
    }
    let (_, told) = book.push("canvas", &[], &later);
    assert!(told.0["courses.csv"].contains("cl,\"Art 1, blue\",\"Art 1, blue\",sc,t1,completed"));
    assert!(told.0["enrollments.csv"].contains("cl,s1,student,completed"), "{}", told.0["enrollments.csv"]);
    assert!(!told.0["sections.csv"].contains("cl"));
}

#[test]
fn a_set_that_would_do_harm_is_held() {
    let mut many = district();
    for at in 0..40 {
        many.0.push(person(&format!("x{at:02}"), "Xi", "student", "sc"));
    }
    let book = Book::default();
    assert_eq!(book.push("apple", &[], &many).0.holds, [] as [String; 0]);
    let (report, _) = book.push("apple", &[], &district());
    assert!(report.holds[0].starts_with("students.csv would have 1 rows where 41 were sent last"), "{report:?}");
    assert_eq!(book.push("apple", &[("max_removed", "98")], &district()).0.holds, [] as [String; 0]);
    // A file that is no longer sent takes everything in it away.
    let book = Book::default();
    book.push("sds", everything("sds"), &district());
    let (report, _) = book.push("sds", &[("domain", "example.org")], &district());
    assert!(report.holds.iter().any(|hold| hold.contains("relationships.csv was sent before")), "{report:?}");
    // An empty one, too.
    let mut nobody = district();
    nobody.edit(Kind::User, Record::drop_rows);
    let (report, _) = once("sds", &[], &nobody);
    assert!(report.holds.iter().any(|hold| hold.starts_with("users.csv would have no rows")), "{report:?}");
}

#[test]
fn the_same_roster_gives_the_same_bytes() {
    for format in FORMATS {
        let mut mixed = district();
        mixed.0.reverse();
        let one = once(format.kind, everything(format.kind), &district()).1;
        assert_eq!(shown(&one), shown(&once(format.kind, everything(format.kind), &mixed).1), "{}", format.kind);
    }
}

#[test]
fn every_table_is_whole() {
    for format in FORMATS {
        assert!(!format.sources.is_empty() && !format.label.is_empty());
        let mut codes = format.codes();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count, "{}: a code stands for one rule", format.kind);
        for file in format.files {
            assert!(file.key >= 1 && file.key <= file.columns.len(), "{}", file.name);
            for column in file.columns {
                let known = |name: &str| format.files.iter().any(|file| file.name == name);
                assert!(column.names.is_none_or(|(name, _)| known(name)), "{}.{}", file.name, column.name);
            }
            let first = file.columns.iter().position(|column| column.only.is_some()).unwrap_or(file.columns.len());
            assert!(
                file.key <= first && file.columns[first..].iter().all(|column| column.only.is_some()),
                "{}",
                file.name
            );
            if let Some(gone) = file.gone {
                assert!(file.columns.iter().any(|column| column.name == gone.column), "{}", file.name);
                assert!(file.columns.iter().all(|column| column.most.is_none()), "{}", file.name);
            }
        }
    }
}
