//! All districts at once, by requests that are signed (OAuth 1.0a).

use super::stage::{Answer, State, id, records, same};
use oneroster::oauth1::{Address, Credentials, Hash, Message, Stamp, sign};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use ureq::http::{Method, Request};

const USERS: &str = "/all/ims/oneroster/v1p1/users";

/// What signs for an address of this server.
fn header(state: &State, app: &Value, method: &Method, target: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let url = format!("{}{target}", state.base);
    let address = Address::split(&url).unwrap();
    let message = Message { method: method.as_str(), query: address.query, form: None };
    let text = |member: &str| app[member].as_str().unwrap();
    let credentials = Credentials { key: text("client_id"), secret: text("client_secret") };
    // A second ahead of us: never of before the start, however quick a test is.
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64 + 1;
    let nonce = format!("statewide{}", NEXT.fetch_add(1, Ordering::Relaxed));
    sign(&message, &address, &credentials, Hash::Sha256, Stamp { nonce: &nonce, timestamp })
}

fn send(state: &State, method: &Method, target: &str, header: Option<&str>, body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{}{target}", state.base));
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    let request = request.header("content-type", "application/json").body(body.to_owned()).unwrap();
    let mut answer = state.agent.run(request).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
}

/// Asks for what it signs.
fn get(state: &State, app: &Value, target: &str) -> Answer {
    send(state, &Method::GET, target, Some(&header(state, app, &Method::GET, target)), "")
}

fn target_of(state: &State, address: &str) -> String {
    address.strip_prefix(&state.base).unwrap().to_owned()
}

#[track_caller]
fn refused(answer: &Answer, scheme: &str) {
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert!(answer.header("www-authenticate").starts_with(scheme), "{}", answer.text);
}

#[test]
fn signed_requests_read_all_districts() {
    let state = State::new();
    let scopes = "--scope roster.readonly --scope gradebook.readonly --scope gradebook.createput";
    let app = state.desk.json(0, &format!("app add signer --tenant north --oauth1 {scopes}"));
    state.desk.json(0, &format!("app authorize signer --tenant south {scopes}"));
    lists_go_on_by_signed_links(&state, &app);
    a_signature_is_of_one_address_and_good_once(&state, &app);
    one_record_is_read_and_written(&state, &app);
    let ids = |answer: Answer| {
        let all = records(&answer.body());
        all.iter().map(|user| id(user).split_once('.').unwrap().0.to_owned()).collect::<Vec<_>>()
    };
    // A district that withdraws is gone with the next request; then nothing is left.
    state.desk.json(0, "app withdraw signer --tenant south");
    let left = ids(get(&state, &app, &format!("{USERS}?limit=5000")));
    assert!(!left.is_empty() && left.iter().all(|district| district == "north"));
    state.desk.json(0, "app withdraw signer --tenant north");
    assert_eq!(get(&state, &app, USERS).status, 403);
}

fn lists_go_on_by_signed_links(state: &State, app: &Value) {
    for query in ["limit=17", "limit=19&sort=familyName", "limit=50&filter=role%3D'student'"] {
        let wanted = state.pull("/all", "v1p1/users", &format!("{query}&district=north,south")).ok().unwrap();
        assert!(!wanted.is_empty());
        let mut next = Some(format!("{USERS}?{query}"));
        let mut all = Vec::new();
        while let Some(target) = next {
            let page = get(state, app, &target);
            assert_eq!(page.status, 200, "{target}: {}", page.text);
            all.extend(records(&page.body()));
            next = page.next().map(|next| target_of(state, next));
        }
        same(&all, &wanted, query);
    }
    // What is signed in the query is not carried on.
    let target = format!("{USERS}?limit=30");
    let signature = header(state, app, &Method::GET, &target);
    let pairs = signature.strip_prefix("OAuth ").unwrap().split(',').map(|pair| pair.trim().replace('"', ""));
    let page = send(state, &Method::GET, &format!("{target}&{}", pairs.collect::<Vec<_>>().join("&")), None, "");
    assert_eq!(page.status, 200, "{}", page.text);
    let next = target_of(state, page.next().unwrap());
    assert!(!next.contains("oauth_"), "{next}");
    assert_eq!(get(state, app, &next).status, 200);
}

fn a_signature_is_of_one_address_and_good_once(state: &State, app: &Value) {
    let signed = header(state, app, &Method::GET, USERS);
    assert_eq!(send(state, &Method::GET, USERS, Some(&signed), "").status, 200);
    refused(&send(state, &Method::GET, USERS, Some(&signed), ""), "OAuth");
    // It opens neither more nor less than what was signed.
    for (signed, sent) in [
        ("/ims/oneroster/v1p1/users", USERS),
        ("/t/north/ims/oneroster/v1p1/users", USERS),
        (USERS, "/t/north/ims/oneroster/v1p1/users"),
    ] {
        let signed = header(state, app, &Method::GET, signed);
        refused(&send(state, &Method::GET, sent, Some(&signed), ""), "OAuth");
        assert_eq!(get(state, app, USERS).status, 200);
    }
    // 1.2 knows tokens only.
    refused(&get(state, app, "/all/ims/oneroster/rostering/v1p2/users"), "Bearer");
}

fn one_record_is_read_and_written(state: &State, app: &Value) {
    let user = records(&get(state, app, &format!("{USERS}?limit=1&district=south")).body()).remove(0);
    let one = get(state, app, &format!("{USERS}/{}", id(&user)));
    assert_eq!(one.body()["user"], user);
    // A district that did not let it in is none.
    let other = id(&user).replace("south.", "north-east.");
    assert_eq!(get(state, app, &format!("{USERS}/{other}")).status, 404);
    let target = "/all/ims/oneroster/v1p1/categories/south.signed";
    let body = json!({ "category": { "sourcedId": "south.signed", "title": "Quiz" } }).to_string();
    let signed = header(state, app, &Method::PUT, target);
    let put = send(state, &Method::PUT, target, Some(&signed), &body);
    assert_eq!(put.status, 201, "{}", put.text);
    assert_eq!(get(state, app, target).body()["category"]["sourcedId"], "south.signed");
    refused(&send(state, &Method::PUT, target, Some(&signed), &body), "OAuth");
}
