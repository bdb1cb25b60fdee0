//! People in one line, counted in requests.

use super::server::{Asked, Reply, Server, run};
use oneroster::model::{Kind, ROUTES, Shape, Version};
use oneroster::query::{matches, parse_filter};
use oneroster_client::{Client, Found, Habit};
use serde_json::{Value, json};

/// What a server makes of filters.
#[derive(Clone, Copy, PartialEq)]
enum Filters {
    Work,
    Ignored,
    Refused,
}

fn reference(id: &str) -> Value {
    json!({ "sourcedId": id })
}

/// Two schools, a course, four classes of which two share a title, ten students.
fn roster() -> Vec<(Kind, Value)> {
    let mut all = Vec::new();
    for (id, name) in [("s1", "North High"), ("s2", "South High")] {
        all.push((Kind::Org, json!({"sourcedId": id, "status": "active", "name": name, "type": "school"})));
    }
    all.push((
        Kind::Course,
        json!({"sourcedId": "co", "status": "active", "title": "English", "org": reference("s1")}),
    ));
    for (id, title, school, course) in [
        ("c1", "ELA 6", "s1", "co"),
        ("c2", " ela 6 ", "s2", "co"),
        ("c3", "ELA 60", "s1", "co"),
        ("c4", "Art", "s1", "x"),
    ] {
        all.push((
            Kind::Class,
            json!({"sourcedId": id, "status": "active", "title": title, "location": "Room 7", "school": reference(school), "course": reference(course)}),
        ));
    }
    for n in 0..10 {
        all.push((
            Kind::User,
            json!({"sourcedId": format!("u{n}"), "status": "active", "givenName": "A", "familyName": format!("F{n}"),
                   "role": "student", "orgs": [reference("s1")]}),
        ));
        // Students go to one class each, the first of them to two.
        let class = format!("c{}", 1 + n % 4);
        let classes = if n == 0 { vec!["c1".to_owned(), "c2".to_owned()] } else { vec![class] };
        for class in classes {
            all.push((
                Kind::Enrollment,
                json!({"sourcedId": format!("e{n}{class}"), "status": "active", "role": "student",
                       "class": reference(&class), "user": reference(&format!("u{n}"))}),
            ));
        }
    }
    all
}

/// Answers by the definition of the standard.
fn answer(asked: &Asked, filters: Filters, nested: bool) -> Reply {
    let all = roster();
    let path = asked.path().strip_prefix("/ims/oneroster/v1p1/").unwrap();
    let segments: Vec<&str> = path.split('/').collect();
    let of = |kind: Kind| all.iter().filter(move |(k, _)| *k == kind).map(|(_, value)| value.clone());
    let enrolled = |class: &str, user: &Value| {
        of(Kind::Enrollment).any(|e| e["class"]["sourcedId"] == class && e["user"]["sourcedId"] == user["sourcedId"])
    };
    let (kind, mut found): (Kind, Vec<Value>) = match segments.as_slice() {
        ["users", id] => {
            let user = of(Kind::User).find(|user| user["sourcedId"] == *id);
            return user.map_or_else(|| Reply::new(404, ""), |user| Reply::ok(json!({ "user": user }).to_string()));
        }
        [_, _, _] if !nested => return Reply::new(404, ""),
        ["classes", id, "students"] => (Kind::User, of(Kind::User).filter(|user| enrolled(id, user)).collect()),
        ["schools", "s1", "students"] => (Kind::User, of(Kind::User).collect()),
        ["courses", id, "classes"] => {
            (Kind::Class, of(Kind::Class).filter(|c| c["course"]["sourcedId"] == *id).collect())
        }
        ["schools", id, "classes"] => {
            (Kind::Class, of(Kind::Class).filter(|c| c["school"]["sourcedId"] == *id).collect())
        }
        ["schools", id, "courses"] => {
            let taught = |course: &Value| {
                of(Kind::Class)
                    .any(|c| c["school"]["sourcedId"] == *id && c["course"]["sourcedId"] == course["sourcedId"])
            };
            (Kind::Course, of(Kind::Course).filter(taught).collect())
        }
        [_, _, _] => (Kind::User, Vec::new()),
        [plural] => {
            let plain = |r: &&oneroster::model::Route| r.shape == Shape::Collection && r.path == format!("/{plural}");
            let kind = ROUTES.iter().find(plain).unwrap().kind;
            (kind, of(kind).collect())
        }
        _ => return Reply::new(404, ""),
    };
    if let Some(filter) = asked.query("filter") {
        if filters == Filters::Refused {
            return Reply::new(400, r#"{"codeMajor":"failure","codeMinor":"invalid_filter_field"}"#);
        }
        let text = percent_encoding::percent_decode_str(filter).decode_utf8().unwrap();
        let filter = parse_filter(&text, kind, Version::V1P1).unwrap().unwrap();
        let read = |value: &Value| oneroster::json::decode::decode(kind, Version::V1P1, value).unwrap().record;
        found.retain(|value| filters == Filters::Ignored || matches(&filter, &read(value)));
    }
    let total = found.len().to_string();
    Reply::ok(json!({ kind.entity().plural: found }).to_string()).with("X-Total-Count", total)
}

async fn server(filters: Filters, nested: bool) -> (Server, Client) {
    let server = Server::new(move |asked| answer(asked, filters, nested)).await;
    let client = server.client();
    (server, client)
}

/// What may be handed to another thread.
fn sendable<F: Future + Send>(work: F) -> F {
    work
}

fn ids(found: &Found) -> Vec<&str> {
    found.people.iter().map(|person| person.sourced_id.as_str()).collect()
}

#[test]
fn the_students_of_one_class_cost_two_requests() {
    run(async {
        let (server, client) = server(Filters::Work, true).await;
        let found = sendable(client.students().in_class("Art").get()).await.unwrap();
        assert_eq!((ids(&found), &found.doubts[..]), (vec!["u3", "u7"], &[][..]));
        assert_eq!(server.asked().len(), 2, "{:?}", server.targets());
        assert!(client.findings().list().iter().all(|f| f.habit == Habit::UnknownMember || f.habit == Habit::NoLink));
    });
}

#[test]
fn several_groups_of_one_name_are_all_used_and_nobody_comes_twice() {
    run(async {
        let (_server, client) = server(Filters::Work, true).await;
        let found = client.students().in_class(" ELA 6").get().await.unwrap();
        assert_eq!(ids(&found), ["u0", "u4", "u8", "u1", "u5", "u9"]);
        let found = client.students().in_class("ela 6").at_school("south high").get().await.unwrap();
        assert_eq!(ids(&found), ["u0", "u1", "u5", "u9"]);
        let found = client.students().of_course("English").get().await.unwrap();
        assert_eq!(found.people.len(), 8);
        let found = client.students().of_course("co").at_school("s2").most(2).get().await.unwrap();
        assert_eq!(ids(&found), ["u0", "u1"]);
        let found =
            client.students().in_class("room 7").matching(["location"]).filter("familyName='F3'").get().await.unwrap();
        assert_eq!(ids(&found), ["u3"]);
        let found = client.students().at_school("s1").get().await.unwrap();
        assert_eq!(found.people.len(), 10);
    });
}

#[test]
fn people_of_several_classes_take_three_requests() {
    run(async {
        let (server, client) = server(Filters::Work, true).await;
        let found = client.students().in_class("room 7").matching(["location"]).get().await.unwrap();
        assert_eq!(found.people.len(), 10);
        // The four classes, their enrollments, and whom these name.
        assert_eq!(server.asked().len(), 3, "{:?}", server.targets());
        assert!(server.targets().iter().all(|target| target.contains("filter=")));
    });
}

#[test]
fn who_passes_over_filters_is_asked_class_by_class() {
    run(async {
        let (server, client) = server(Filters::Ignored, true).await;
        let found = client.students().of_course("English").get().await.unwrap();
        assert_eq!(found.people.len(), 8);
        // The course, its classes, all enrollments in vain, and each class.
        assert_eq!(server.asked().len(), 6, "{:?}", server.targets());
    });
}

#[test]
fn what_there_is_not_is_told_and_finds_nobody() {
    run(async {
        let (_server, client) = server(Filters::Work, true).await;
        let found = client.students().in_class("Latin").in_class("Art").get().await.unwrap();
        assert_eq!((found.people.len(), found.unknown), (2, vec!["class called Latin".to_owned()]));
        let found = client.students().at_school("West High").get().await.unwrap();
        assert_eq!((found.people.len(), found.unknown.len()), (0, 1));
    });
}

#[test]
fn filters_that_do_not_work_are_found_out_and_change_nothing() {
    for (filters, habit) in [(Filters::Ignored, Habit::FilterIgnored), (Filters::Refused, Habit::FilterRefused)] {
        run(async {
            let (_server, client) = server(filters, true).await;
            let found = client.students().in_class("Art").get().await.unwrap();
            assert_eq!(ids(&found), ["u3", "u7"]);
            assert_eq!(client.findings().count(habit), 1);
        });
    }
}

#[test]
fn without_nested_reads_enrollments_tell_who_is_in_a_class() {
    for filters in [Filters::Work, Filters::Ignored] {
        run(async {
            let (_server, client) = server(filters, false).await;
            let found = client.students().in_class("Art").get().await.unwrap();
            assert_eq!(ids(&found), ["u3", "u7"]);
            let found = client.students().of_course("English").at_school("s2").get().await.unwrap();
            assert_eq!(ids(&found), ["u0", "u1", "u5", "u9"]);
            // It is found out once.
            assert_eq!(client.findings().count(Habit::NestedReadMissing), 1);
        });
    }
}

#[test]
fn who_may_have_nested_reads_is_asked_for_one_first() {
    run(async {
        // Nothing is known of either. Whoever has such reads is asked twice; whoever
        // has none is found out by one request, and not a second time.
        for (nested, wanted) in [(true, [2, 2]), (false, [4, 3])] {
            let (server, client) = server(Filters::Work, nested).await;
            for wanted in wanted {
                let before = server.asked().len();
                client.students().in_class("Art").get().await.unwrap();
                assert_eq!(server.asked().len() - before, wanted, "{:?}", server.targets());
            }
        }
    });
}

#[test]
fn who_is_known_to_have_no_nested_reads_is_asked_three_times() {
    run(async {
        let (server, client) = server(Filters::Work, false).await;
        let asked = |client: &Client| client.students().in_class("Art").get();
        // The class, the read below it that there is not, its enrollments, and whom these name.
        assert_eq!(ids(&asked(&client).await.unwrap()), ["u3", "u7"]);
        assert_eq!(server.asked().len(), 4, "{:?}", server.targets());
        // This client knows it now, another one by the profile of the provider.
        let profile = serde_json::from_str(r#"{"lacking":["read /classes/{classSourcedId}/students"]}"#).unwrap();
        let told = Client::new(server.config().0.profile(&profile)).unwrap();
        for (client, wanted) in [(&client, 7), (&told, 10)] {
            assert_eq!(ids(&asked(client).await.unwrap()), ["u3", "u7"]);
            assert_eq!(server.asked().len(), wanted, "{:?}", server.targets());
        }
        assert!(server.targets().iter().all(|target| target.contains("filter=") || target.contains("/c4/")));
    });
}
