//! Clever's own interface (shapes of dev.clever.com/reference/schema).

use super::server::{Asked, Reply, Server, run};
use oneroster::at;
use oneroster::model::Kind;
use oneroster_client::clever::{Clever, CleverPeople};
use oneroster_client::{Credentials, ErrorKind, Habit};
use serde_json::{Value, json};

fn page(objects: Vec<Value>, next: Option<&str>) -> Reply {
    let data: Vec<Value> = objects.into_iter().map(|object| json!({ "data": object, "uri": "/v3.0/x" })).collect();
    let mut links = vec![json!({"rel": "self", "uri": "/v3.0/x"})];
    links.extend(next.map(|uri| json!({"rel": "next", "uri": uri})));
    Reply::ok(json!({ "data": data, "links": links }).to_string())
}

fn student(id: &str, grade: &str) -> Value {
    json!({
        "id": id, "district": "d", "last_modified": "2026-08-20T16:04:05.123Z", "email": format!("{id}@x.org"),
        "name": {"first": "Zoë", "middle": "", "last": "Okafor"},
        "roles": {"student": {"school": "s1", "schools": ["s1", "s2"], "sis_id": "77", "state_id": "S-1", "grade": grade,
                              "student_number": "4711", "credentials": {"district_username": "zoe.o"}}},
    })
}

fn section(id: &str, name: &str, school: &str) -> Value {
    json!({"id": id, "name": name, "school": school, "course": "co1", "term_id": "t1", "section_number": "12", "grade": "6",
           "subject": "english/language arts", "period": "3", "teacher": "p1", "teachers": ["p1", "p2"], "students": ["u1", "u2"]})
}

fn answer(asked: &Asked) -> Reply {
    assert_eq!(asked.authorization(), "Bearer token");
    match (asked.path(), asked.query("starting_after")) {
        ("/v3.0/sections", None) => {
            page(vec![section("c1", "ELA 6", "s1")], Some("/v3.0/sections?limit=1000&starting_after=c1"))
        }
        ("/v3.0/sections", Some("c1")) => {
            page(vec![section("c2", "ela 6 ", "s2")], Some("/v3.0/sections?limit=1000&starting_after=c2"))
        }
        // Links are given when there is nothing behind them, too.
        ("/v3.0/sections", _) => page(vec![], Some("/v3.0/sections?limit=1000&starting_after=c3")),
        ("/v3.0/schools", _) => page(
            vec![
                json!({"id": "s1", "name": "North High", "district": "d", "school_number": "9"}),
                json!({"id": "s2", "name": "South", "district": "d"}),
            ],
            None,
        ),
        ("/v3.0/districts", _) => page(vec![json!({"id": "d", "name": "District"})], None),
        ("/v3.0/courses", _) => {
            page(vec![json!({"id": "co1", "name": "English", "number": "E6", "district": "d"})], None)
        }
        ("/v3.0/terms", _) => {
            page(vec![json!({"id": "t1", "name": "Fall", "start_date": "2026-08-24", "end_date": "2026-12-18"})], None)
        }
        ("/v3.0/sections/c1", _) => Reply::ok(json!({ "data": section("c1", "ELA 6", "s1") }).to_string()),
        ("/v3.0/schools/s2/courses", _) => {
            page(vec![json!({"id": "co1", "name": "English", "number": "E6", "district": "d"})], None)
        }
        ("/v3.0/courses/co1/sections", _) => {
            page(vec![section("c1", "ELA 6", "s1"), section("c2", "ela 6 ", "s2")], None)
        }
        ("/v3.0/sections/c1/users", _) if asked.query("role").is_none() => {
            let all = ["u1", "u2", "p1", "p2"];
            page(all.iter().map(|id| student(id, "6")).collect(), None)
        }
        ("/v3.0/sections/c1/users", _) => page(vec![student("u1", "6"), student("u2", "Kindergarten")], None),
        ("/v3.0/sections/c2/users", _) => page(vec![student("u1", "6")], None),
        ("/v3.0/users", _) => page(
            vec![json!({"id": "p1", "district": "d", "email": "no address", "name": {"first": "A", "last": "B"},
                        "roles": {"teacher": {"schools": ["s1"], "sis_id": "9"}, "staff": {"schools": ["s1"]}, "district_admin": {}}})],
            None,
        ),
        _ => Reply::new(404, ""),
    }
}

async fn clever() -> (Server, Clever) {
    let server = Server::new(answer).await;
    let config = server.config().0.credentials(Credentials::Bearer("token".into()));
    let clever = Clever::new(config.page_size(1000)).unwrap();
    (server, clever)
}

#[test]
fn records_are_those_of_oneroster() {
    run(async {
        let (_server, clever) = clever().await;
        let of = async |kind: Kind| clever.records(kind).unwrap().all().await.unwrap();
        let schools = of(Kind::Org).await;
        assert_eq!(
            (schools[0].get(at!(Org.name)), schools[0].get(at!(Org.type))),
            (Some("North High"), Some("school"))
        );
        assert_eq!(schools[0].get(at!(Org.parent)), Some("d"));
        assert_eq!(clever.districts().all().await.unwrap()[0].get(at!(Org.type)), Some("district"));
        let terms = of(Kind::AcademicSession).await;
        assert_eq!(
            (terms[0].get(at!(AcademicSession.schoolYear)), terms[0].get(at!(AcademicSession.endDate))),
            (Some("2027"), Some("2026-12-18"))
        );
        let classes = of(Kind::Class).await;
        assert_eq!(classes.iter().map(|class| class.sourced_id.as_str()).collect::<Vec<_>>(), ["c1", "c2"]);
        assert_eq!((classes[0].get(at!(Class.grades)), classes[0].get(at!(Class.terms))), (Some("06"), Some("t1")));
        let enrollments = of(Kind::Enrollment).await;
        assert_eq!(enrollments.len(), 8);
        let lead = enrollments.iter().find(|e| e.sourced_id == "c1.p1.teacher").unwrap();
        assert_eq!((lead.get(at!(Enrollment.primary)), lead.get(at!(Enrollment.school))), (Some("true"), Some("s1")));
        let people = of(Kind::User).await;
        let roles: Vec<_> = people[0]
            .rows(at!(User.roles))
            .map(|r| (r.get(at!(Role.role)).unwrap(), r.get(at!(Role.org)).unwrap()))
            .collect();
        assert_eq!(roles, [("teacher", "s1"), ("siteAdministrator", "s1"), ("districtAdministrator", "d")]);
        assert_eq!(people[0].get(at!(User.email)), None);
        assert_eq!(clever.findings().count(Habit::MemberLeftOut), 1);
        assert_eq!(clever.records(Kind::Result).err().unwrap().kind(), ErrorKind::NotOffered);
    });
}

#[test]
fn people_of_sections_courses_and_schools_come_in_one_line() {
    run(async {
        let (server, clever) = clever().await;
        let found = sendable(clever.students().in_section("ELA 6").get()).await.unwrap();
        let ids: Vec<&str> = found.people.iter().map(|person| person.sourced_id.as_str()).collect();
        assert_eq!(ids, ["u1", "u2"]);
        let zoe = &found.people[0];
        assert_eq!((zoe.get(at!(User.username)), zoe.get(at!(User.identifier))), (Some("zoe.o"), Some("4711")));
        assert_eq!(zoe.pairs(at!(User.userIds)).collect::<Vec<_>>(), [("sis_id", "77"), ("state_id", "S-1")]);
        assert_eq!((zoe.get(at!(User.grades)), found.people[1].get(at!(User.grades))), (Some("06"), Some("KG")));
        assert_eq!(zoe.rows(at!(User.roles)).count(), 2);
        assert!(server.targets().iter().any(|target| target == "/v3.0/sections/c1/users?limit=1000&role=student"));
        let found = clever.students().of_course("english").at_school("South").get().await.unwrap();
        assert_eq!(found.people.len(), 1);
        let found = clever.students().in_section("12").matching(["classCode"]).most(1).get().await.unwrap();
        assert_eq!(found.people.len(), 1);
        let found = clever.students().in_section("Latin").get().await.unwrap();
        assert_eq!((found.people.len(), found.unknown), (0, vec!["section called Latin".to_owned()]));
    });
}

#[test]
fn no_collection_is_read_but_the_one_that_a_name_is_looked_up_in() {
    run(async {
        let asked = async |people: fn(&Clever) -> CleverPeople| {
            let (server, clever) = clever().await;
            let found = people(&clever).get().await.unwrap();
            let paths = server.targets().into_iter();
            let paths: Vec<String> =
                paths.map(|one| one["/v3.0/".len()..].split('?').next().unwrap().to_owned()).collect();
            (found.people.len(), paths.join(" "))
        };
        // The sections come in three pages.
        let sections = "sections sections sections";
        let (found, paths) = asked(|clever| clever.students().in_section("ELA 6")).await;
        assert_eq!((found, paths), (2, format!("{sections} sections/c1/users sections/c2/users")));
        let (found, paths) = asked(|clever| clever.students().of_course("English")).await;
        assert_eq!((found, paths), (2, "courses courses/co1/sections sections/c1/users sections/c2/users".to_owned()));
        // Whoever is enrolled, whatever the role.
        let (found, paths) = asked(|clever| clever.users().in_section("c1")).await;
        assert_eq!((found, paths), (4, format!("{sections} sections/c1 sections/c1/users")));
    });
}

/// What may be handed to another thread.
fn sendable<F: Future + Send>(work: F) -> F {
    work
}

#[test]
fn pages_stay_on_the_server_and_come_to_an_end() {
    for (next, kind) in
        [("https://evil.example.org/v3.0/users", ErrorKind::ForeignLink), ("/v3.0/users?limit=1000", ErrorKind::Loop)]
    {
        run(async {
            let server = Server::new(move |_| page(vec![student("u1", "6")], Some(next))).await;
            let config = server.config().0.credentials(Credentials::Bearer("token".into())).page_size(1000);
            let error = Clever::new(config).unwrap().users().get().await.unwrap_err();
            assert_eq!(error.kind(), kind);
        });
    }
}
