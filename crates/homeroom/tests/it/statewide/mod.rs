//! All districts that let an application in, read as one provider.

mod moving;
mod signed;
pub mod stage;

use super::tenants::token;
use proptest::prelude::*;
use serde_json::{Value, json};
use stage::{DISTRICTS, State, id, records, same, told};
use std::collections::BTreeSet;
use std::fs;
use ureq::http::Method;

const COLLECTIONS: [&str; 16] = [
    "rostering/v1p2/users",
    "rostering/v1p2/students",
    "rostering/v1p2/orgs",
    "rostering/v1p2/schools",
    "rostering/v1p2/classes",
    "rostering/v1p2/enrollments",
    "rostering/v1p2/academicSessions",
    "rostering/v1p2/demographics",
    "gradebook/v1p2/lineItems",
    "gradebook/v1p2/results",
    "gradebook/v1p2/categories",
    "resources/v1p2/resources",
    "v1p1/users",
    "v1p1/teachers",
    "v1p1/classes",
    "v1p1/results",
];

/// Queries that every collection answers; those in which the order of the
/// districts is that of their names.
const CHAINED: [&str; 5] = [
    "limit=37",
    "limit=10000",
    "limit=23&filter=status='tobedeleted'",
    "limit=50&orderBy=asc",
    "limit=40&fields=sourcedId,status",
];
/// Those with an order of their own.
const MERGED: [&str; 2] = ["limit=29&sort=status", "limit=31&sort=dateLastModified"];

const GRANTS: [&str; 6] = [
    "",
    "",
    "--school {school}",
    "--hide user.email --hide user.phone",
    "--mask user.familyName --role student",
    "nothing",
];

proptest! {
    // A case takes a second; `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig {
        cases: 1,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    /// Whatever each district grants, all together give what each gives.
    #[test]
    fn all_together_give_what_each_gives(
        rounds in proptest::collection::vec(
            (
                proptest::collection::vec(prop::sample::select(&GRANTS[..]), 3),
                proptest::collection::vec(prop::sample::select(&COLLECTIONS[..]), 4),
            ),
            std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).map_or(2, |n: usize| n.div_ceil(64)),
        )
    ) {
        let state = State::new();
        for (grants, collections) in rounds {
            for (district, grant) in DISTRICTS.iter().zip(&grants) {
                state.grant(district, grant);
            }
            if grants.iter().all(|grant| *grant == "nothing") {
                prop_assert_eq!(state.get("/all/ims/oneroster/rostering/v1p2/users").status, 403);
                continue;
            }
            for path in collections {
                for query in CHAINED {
                    let what = format!("{grants:?} {path}?{query}");
                    let each = state.each(path, query);
                    let all = state.pull("/all", path, query).unwrap_or_else(|answer| panic!("{what}: {}", answer.text));
                    same(&all, &each, &what);
                }
                for query in MERGED {
                    let what = format!("{grants:?} {path}?{query}");
                    let mut each = state.each(path, query);
                    let mut all = state.pull("/all", path, query).unwrap_or_else(|answer| panic!("{what}: {}", answer.text));
                    let by = query.rsplit_once('=').unwrap().1;
                    prop_assert!(all.is_sorted_by_key(|record| record[by].as_str().unwrap().to_owned()), "{}", what);
                    each.sort_by(|a, b| id(a).cmp(id(b)));
                    all.sort_by(|a, b| id(a).cmp(id(b)));
                    same(&all, &each, &what);
                }
            }
        }
    }
}

/// The rest is about one installation, which is made once.
#[test]
fn districts_are_read_as_one_provider() {
    let state = State::new();
    orders_go_through_all(&state);
    offsets_do_as_well(&state);
    records_are_found_by_what_they_are_called(&state);
    filters_speak_of_what_is_shown(&state);
    what_one_hides(&state);
    some_districts_alone(&state);
    it_is_offered(&state);
    numbers_know_districts(&state);
    it_conforms(&state);
    writes_go_to_one(&state);
    moving::districts_go(&state);
    given_is_on_record(state);
}

fn orders_go_through_all(state: &State) {
    let users = "rostering/v1p2/users";
    for (query, by) in [("sort=familyName", "familyName"), ("sort=email", "email"), ("sort=middleName", "middleName")] {
        for (direction, descending) in [("asc", false), ("desc", true)] {
            let query = format!("limit=17&{query}&orderBy={direction}");
            let mut each = state.each(users, &query);
            each.sort_by(|a, b| {
                let value = |record: &Value| record[by].as_str().map(str::to_owned);
                let order = match (value(a), value(b)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    (a, b) => b.is_some().cmp(&a.is_some()),
                };
                let order = if descending { order.reverse() } else { order };
                order.then_with(|| id(a).cmp(id(b)))
            });
            same(&state.pull("/all", users, &query).ok().unwrap(), &each, &query);
        }
    }
    // By identifiers districts follow one another, in either direction.
    for (order, descending) in [("asc", false), ("desc", true)] {
        let query = format!("limit=41&sort=sourcedId&orderBy={order}");
        let mut each = state.each(users, &query);
        each.sort_by(|a, b| if descending { id(b).cmp(id(a)) } else { id(a).cmp(id(b)) });
        same(&state.pull("/all", users, &query).ok().unwrap(), &each, &query);
    }
    // By what refers to another record, too.
    let enrollments = "rostering/v1p2/enrollments";
    let all = state.pull("/all", enrollments, "limit=97&sort=user").ok().unwrap();
    assert!(all.is_sorted_by_key(|e| e["user"]["sourcedId"].as_str().unwrap().to_owned()));
    let ids = |records: &[Value]| records.iter().map(|record| id(record).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&all), ids(&state.each(enrollments, "limit=1000")));
}

fn offsets_do_as_well(state: &State) {
    let users = "rostering/v1p2/users";
    for query in ["orderBy=asc", "sort=familyName", "filter=status='active'"] {
        let whole = state.pull("/all", users, &format!("{query}&limit=10000")).ok().unwrap();
        same(&state.pull_by_offset("/all", users, query, 41), &whole, query);
        // Cold, at any place: asked by another token, without what is remembered.
        let other = token(&state.served, "", &state.app).1["access_token"].as_str().unwrap().to_owned();
        for offset in [1, 60, whole.len() - 1, whole.len(), whole.len() + 7] {
            let address = format!("{}/all/ims/oneroster/{users}?{query}&limit=5&offset={offset}", state.served.base);
            let request = state.served.agent.get(&address).header("authorization", format!("Bearer {other}"));
            let mut answer = request.call().unwrap();
            let body: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
            let wanted: Vec<Value> = whole.iter().skip(offset).take(5).cloned().collect();
            same(&records(&body), &wanted, &format!("{query} at {offset}"));
            assert_eq!(answer.headers()["x-total-count"].to_str().unwrap(), whole.len().to_string());
        }
    }
}

fn records_are_found_by_what_they_are_called(state: &State) {
    let base = "/all/ims/oneroster";
    for (path, collection) in
        [("rostering/v1p2/users", "user"), ("v1p1/classes", "class"), ("gradebook/v1p2/results", "result")]
    {
        let own = &state.pull("/t/south", path, "limit=1000").ok().unwrap()[3];
        let one = state.get(&format!("{base}/{path}/south.{}", id(own)));
        assert_eq!((one.status, &one.body()[collection]), (200, &told(own.clone(), "south")));
        let tag = one.header("etag").to_owned();
        assert!(!tag.is_empty());
        // An unknown district, one that lets nobody in, and an unknown record.
        let unknown = state.get(&format!("{base}/{path}/south.nobody"));
        assert_eq!(unknown.status, 404);
        for other in [
            "nowhere.nobody".to_owned(),
            format!("default.{}", id(own)),
            id(own).to_owned(),
            ".".into(),
            "south.".into(),
        ] {
            let answer = state.get(&format!("{base}/{path}/{other}"));
            assert_eq!((answer.status, &answer.text), (404, &unknown.text), "{other}");
        }
    }
    // What hangs on a record of a district is of that district.
    let school = &state.schools[0];
    let path = format!("rostering/v1p2/schools/north.{school}/classes");
    let each = state.pull("/t/north", &path.replace("north.", ""), "limit=1000").ok().unwrap();
    let each: Vec<Value> = each.into_iter().map(|class| told(class, "north")).collect();
    same(&state.pull("/all", &path, "limit=3").ok().unwrap(), &each, &path);
    let (class, base) = (id(&each[0]), "/all/ims/oneroster/rostering/v1p2");
    let students = state.get(&format!("{base}/schools/north.{school}/classes/{class}/students"));
    assert_eq!(students.status, 200, "{}", students.text);
    let mixed = state.get(&format!("{base}/schools/south.{school}/classes/{class}/students"));
    assert_eq!(mixed.status, 404, "{}", mixed.text);
    // What is asked wrong is wrong whichever district is meant.
    for district in ["north", "nowhere"] {
        let wrong = state.get(&format!("{base}/schools/{district}.{school}/classes?filter=shoeSize='9'"));
        assert_eq!(wrong.status, 400, "{district}");
    }
}

fn filters_speak_of_what_is_shown(state: &State) {
    let enrollment = &state.pull("/t/north", "rostering/v1p2/enrollments", "limit=1000").ok().unwrap()[5];
    let (own, user) = (id(enrollment), enrollment["user"]["sourcedId"].as_str().unwrap());
    let ids = |filter: &str| -> Vec<String> {
        let filter = filter.replace('=', "%3D").replace(' ', "%20").replace('>', "%3E").replace('<', "%3C");
        let all = state.pull("/all", "rostering/v1p2/enrollments", &format!("limit=900&filter={filter}"));
        let all = all.unwrap_or_else(|answer| panic!("{filter}: {}", answer.text));
        all.iter().map(|record| id(record).to_owned()).collect()
    };
    assert_eq!(ids(&format!("sourcedId='north.{own}'")), [format!("north.{own}")]);
    assert_eq!(ids(&format!("sourcedId='{own}'")), [""; 0]);
    assert_eq!(ids(&format!("sourcedId='nowhere.{own}'")), [""; 0]);
    let theirs = ids(&format!("user.sourcedId='south.{user}'"));
    assert!(!theirs.is_empty() && theirs.iter().all(|id| id.starts_with("south.")));
    let all = ids("role!='nobody'").len();
    assert_eq!(ids(&format!("sourcedId!='north.{own}'")).len(), all - 1);
    let south = ids("sourcedId>='south.' AND sourcedId<'south/'");
    assert!(!south.is_empty() && south.iter().all(|id| id.starts_with("south.")));
    assert_eq!(ids(&format!("sourcedId='north.{own}' OR sourcedId='south.{own}'")).len(), 2);
    assert!(ids(&format!("sourcedId~'{}'", own.to_uppercase())).len() >= 3);
    let across =
        state.get(&format!("/all/ims/oneroster/rostering/v1p2/enrollments?filter=sourcedId~'th.{}'", &own[..2]));
    assert!(across.status == 400 && across.text.contains("parameter district"), "{}", across.text);
}

fn what_one_hides(state: &State) {
    state.grant("south", "--hide user.email");
    let path = "/all/ims/oneroster/rostering/v1p2/users";
    let refused = state.get(&format!("{path}?filter=email!='x'"));
    assert!(refused.status == 400 && refused.text.contains("south"), "{}", refused.text);
    assert_eq!(state.get(&format!("{path}?filter=email!='x'&district=north,north-east")).status, 200);
    // Who shows it, shows it; in an order that one does not answer there is none.
    let all = state.pull("/all", "rostering/v1p2/users", "limit=80&fields=sourcedId,email").ok().unwrap();
    assert!(all.iter().all(|user| id(user).starts_with("south.") == user["email"].is_null()));
    let plain = state.pull("/all", "rostering/v1p2/users", "limit=80").ok().unwrap();
    same(&state.pull("/all", "rostering/v1p2/users", "limit=80&sort=email").ok().unwrap(), &plain, "sort=email");
    state.grant("south", "");
}

fn some_districts_alone(state: &State) {
    let path = "rostering/v1p2/classes";
    let some = state.pull("/all", path, "limit=9&district=south&district=north").ok().unwrap();
    let each: Vec<Value> = state.each(path, "limit=1000");
    let wanted: Vec<Value> = each.into_iter().filter(|class| !id(class).starts_with("north-east.")).collect();
    same(&some, &wanted, "two of three");
    for bad in ["nowhere", "default", "", "north,", "NORTH"] {
        let answer = state.get(&format!("/all/ims/oneroster/{path}?district={bad}"));
        assert!(answer.status == 400 && answer.text.contains("district"), "{bad}: {}", answer.text);
    }
    let other = state.get(&format!("/all/ims/oneroster/{path}/south.{}?district=north", &id(&some[0])[6..]));
    assert_eq!(other.status, 404);
}

fn it_is_offered(state: &State) {
    let base = format!("{}/all", state.served.base);
    let document = state.get("/all/openapi.json?service=rostering").body();
    assert!(document["servers"][0]["url"].as_str().unwrap().starts_with(&base), "{}", document["servers"]);
    for path in ["/.well-known/oauth-authorization-server/all", "/all/.well-known/oauth-authorization-server"] {
        assert_eq!(state.get(path).body()["token_endpoint"], format!("{base}/oauth/token"), "{path}");
    }
    // Without a prefix it is named; what is of one district is not there.
    assert!(state.get("/ims/oneroster/v1p1/users").text.contains("/all"));
    assert_eq!(state.get("/all/metrics").status, 403);
    assert_eq!(state.get("/all/api/v1/runs").status, 403);
    let shown = state.desk.json(0, "app show LMS --tenant south");
    assert_eq!(shown["paths"], json!(["/t/south", "/all"]));
    let text = state.desk.run("app show LMS --tenant south").stdout;
    assert!(text.contains("/t/south") && text.contains("/all"), "{text}");
}

/// Numbers know the districts that an answer is of, and those that a refusal was
/// to be of, as long as there are such.
fn numbers_know_districts(state: &State) {
    for district in ["south", "nowhere"] {
        let guess = json!({ "client_id": "x", "client_secret": "y" });
        assert_eq!(token(&state.served, &format!("/t/{district}"), &guess).0, 401);
        let address = format!("{}/t/{district}/ims/oneroster/v1p1/users", state.served.base);
        assert_eq!(state.served.agent.get(&address).call().unwrap().status().as_u16(), 401);
    }
    let text = state.served.text(&format!("{}/metrics", state.served.base));
    let told = |line: &str| text.lines().any(|other| other.starts_with(line));
    for line in [
        "homeroom_refused_total{why=\"credentials\",tenant=\"south\"} 1",
        "homeroom_refused_total{why=\"credentials\",tenant=\"\"} 1",
        "homeroom_refused_total{why=\"token\",tenant=\"south\"} 1",
        "homeroom_rows_total{route=\"/ims/oneroster/rostering/v1p2/users\",app=\"LMS\",tenant=\"north-east\"} ",
        "homeroom_seconds_total{tenant=\"*\"} ",
    ] {
        assert!(told(line), "{line}\n{text}");
    }
    assert!(!text.contains("nowhere"));
}

fn it_conforms(state: &State) {
    fs::write(state.desk.path("secret"), state.app["client_secret"].as_str().unwrap()).unwrap();
    let (base, client) = (format!("{}/all", state.served.base), state.app["client_id"].as_str().unwrap());
    let line =
        format!("conformance --url {base} --token-url {base}/oauth/token --client-id {client} --secret-file secret");
    let report = state.desk.json(0, &line);
    assert_eq!((&report["conforms"], &report["summary"]["failed"]), (&json!(true), &json!(0)), "{report}");
    assert!(report["summary"]["passed"].as_u64() > Some(100), "{}", report["summary"]);
}

fn writes_go_to_one(state: &State) {
    let put = |path: &str, body: &Value| {
        state.send(Method::PUT, &format!("/all/ims/oneroster/gradebook/v1p2/{path}"), &body.to_string())
    };
    let category = |id: &str| json!({ "category": { "sourcedId": id, "title": "Quiz" } });
    let made = put("categories/south.quiz", &category("south.quiz"));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(state.get("/t/south/ims/oneroster/gradebook/v1p2/categories/quiz").status, 200);
    assert_eq!(state.get("/t/north/ims/oneroster/gradebook/v1p2/categories/quiz").status, 404);
    assert_eq!(
        state.get("/all/ims/oneroster/gradebook/v1p2/categories/south.quiz").body()["category"]["sourcedId"],
        "south.quiz"
    );
    for nowhere in ["quiz", "nowhere.quiz", "default.quiz"] {
        assert_eq!(put(&format!("categories/{nowhere}"), &category(nowhere)).status, 404, "{nowhere}");
    }
    let mut item =
        state.get("/all/ims/oneroster/gradebook/v1p2/lineItems?limit=1&district=south").body()["lineItems"][0].take();
    item["category"] = json!({ "sourcedId": "north.quiz", "type": "category", "href": "https://x.example" });
    item["sourcedId"] = "south.new".into();
    let mixed = put("lineItems/south.new", &json!({ "lineItem": item }));
    assert!(mixed.status == 422 && mixed.text.contains("category"), "{} {}", mixed.status, mixed.text);
    item["category"]["sourcedId"] = "south.quiz".into();
    let made = put("lineItems/south.new", &json!({ "lineItem": item }));
    assert_eq!(made.status, 201, "{}", made.text);
    let set = json!({ "lineItems": [item] });
    let class = item["class"]["sourcedId"].as_str().unwrap();
    let posted = state.send(
        Method::POST,
        &format!("/all/ims/oneroster/gradebook/v1p2/classes/{class}/lineItems"),
        &set.to_string(),
    );
    let pair = &posted.body()["sourcedIdPairs"][0];
    assert_eq!((posted.status, &pair["suppliedSourcedId"]), (201, &json!("south.new")), "{}", posted.text);
    let new = pair["allocatedSourcedId"].as_str().unwrap();
    assert_eq!(state.get(&format!("/all/ims/oneroster/gradebook/v1p2/lineItems/{new}")).status, 200);
    assert_eq!(
        state.send(Method::DELETE, &format!("/all/ims/oneroster/gradebook/v1p2/lineItems/{new}"), "").status,
        204
    );
}

fn given_is_on_record(state: State) {
    // A person is on the first page of one order, and not of another.
    let sorted = "/all/ims/oneroster/rostering/v1p2/users?limit=4&sort=familyName&district=south";
    let page = records(&state.get(sorted).body());
    let person = id(&page[3]).trim_start_matches("south.").to_owned();
    let by_id = format!("/all/ims/oneroster/rostering/v1p2/users?filter=sourcedId%3D'south.{person}'");
    assert_eq!(records(&state.get(&by_id).body()).len(), 1);
    let State { desk, served, .. } = state;
    served.stop();
    let told = desk.json(0, &format!("disclosures --user {person} --tenant south")).to_string();
    assert!(told.contains("sort=familyName") && told.contains(&format!("south.{person}")), "{told}");
    let other = desk.json(0, &format!("disclosures --user {person} --tenant north")).to_string();
    assert!(!other.contains("district=south") && !other.contains(&format!("south.{person}")), "{other}");
    desk.json(0, "database check");
}
