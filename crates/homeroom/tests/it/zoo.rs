//! The demonstration in disguise: every animal is pulled from by the client
//! library, and shows the same district.

use super::desk::Desk;
use oneroster::model::Kind;
use oneroster::oauth1::Hash;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster_client::vendor::{Trait, VENDORS, Vendor, Way};
use oneroster_client::{Ask, Client, Config, Credentials, OAuth2, Scopes, Wait, World};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// An animal, which ends with the test.
pub struct Animal {
    child: Child,
    hello: Value,
}

impl Drop for Animal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Animal {
    pub fn start(desk: &Desk, more: &str) -> Animal {
        Animal::heard(desk, more, Stdio::null())
    }

    /// The same, with a place for its log.
    pub fn heard(desk: &Desk, more: &str, log: Stdio) -> Animal {
        let line = format!("demo --students 100 --listen 127.0.0.1:0 --database sqlite:zoo.db --json {more}");
        let mut child = desk.command(&line).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let hello = serde_json::from_str(&first).unwrap_or_else(|e| panic!("{e}: {first:?}"));
        Animal { child, hello }
    }

    pub fn text(&self, name: &str) -> String {
        self.hello[name].as_str().unwrap_or_else(|| panic!("{name} of {}", self.hello)).to_owned()
    }

    /// Its address for consumers.
    pub fn base(&self) -> String {
        let name = if self.hello["base_url"].is_string() { "base_url" } else { "url" };
        self.text(name)
    }

    fn client(&self, vendor: &'static Vendor, page: u32) -> Client {
        let secret = SecretString::from(self.text("client_secret"));
        let credentials = match vendor.ways[0] {
            Way::Bearer => Credentials::Bearer(self.text("bearer").into()),
            Way::OAuth1 => Credentials::OAuth1 { key: self.text("client_id"), secret, hash: Hash::default() },
            _ => Credentials::OAuth2(OAuth2 {
                client_id: self.text("client_id"),
                secret,
                token_url: Some(self.text("token_url")),
                scopes: Scopes::default(),
                extra: vendor.token_members(),
            }),
        };
        let config = Config::new(&self.text("base_url")).unwrap().vendor(vendor).edition(vendor.editions[0]);
        let config = config.credentials(credentials).page_size(page).allow_clear_text(true).world(Arc::new(Quick));
        Client::new(config.patience(8, Duration::from_secs(5))).unwrap()
    }
}

/// The machine's world, in which nobody waits.
struct Quick;

impl World for Quick {
    fn now(&self) -> Timestamp {
        oneroster_client::System.now()
    }

    fn sleep(&self, _: Duration) -> Wait {
        Box::pin(std::future::ready(()))
    }

    fn nonce(&self) -> String {
        oneroster_client::System.nonce()
    }
}

fn pull(client: &Client, kind: Kind) -> Vec<Record> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { client.records(Ask::all(kind)).unwrap().all().await }).unwrap()
}

fn ids(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(|record| record.sourced_id.clone()).collect()
}

const KINDS: [Kind; 5] = [Kind::Org, Kind::AcademicSession, Kind::Class, Kind::User, Kind::Enrollment];

fn guardian(record: &Record) -> bool {
    use oneroster::at;
    let role = record.get(at!(User.role));
    let held = record.rows(at!(User.roles)).filter_map(|row| row.get(at!(Role.role)));
    role.into_iter().chain(held).any(|word| oneroster::grant::GUARDIANS.contains(&word))
}

#[test]
fn every_animal_shows_the_same_district() {
    let desk = Desk::new();
    let own = Animal::start(&desk, "--chaos --chaos-seed 3");
    // Ourselves, with faults: what is pulled must be whole all the same.
    let generic = own.client(Vendor::generic(), 40);
    let wanted: Vec<Vec<Record>> = KINDS.iter().map(|kind| pull(&generic, *kind)).collect();
    drop(own);
    assert!(wanted.iter().all(|records| !records.is_empty()) && wanted[3].iter().any(guardian));
    for name in ["infinite-campus", "powerschool", "aeries", "classlink", "skyward", "sims", "oneroster-1.0"] {
        let vendor = Vendor::named(name).unwrap();
        let animal = Animal::start(&desk, &format!("--as {name}"));
        let client = animal.client(vendor, 50);
        for (kind, wanted) in KINDS.iter().zip(&wanted) {
            let department = |record: &Record| {
                record.kind() == Kind::Org && record.get(oneroster::at!(Org.type)) == Some("department")
            };
            let hidden = |record: &&Record| {
                (vendor.does(Trait::NoGuardians) && guardian(record))
                    || (vendor.does(Trait::OldForms) && department(record))
            };
            let wanted: Vec<Record> = wanted.iter().filter(|record| !hidden(record)).cloned().collect();
            assert_eq!(ids(&pull(&client, *kind)), ids(&wanted), "{name} {kind:?}");
        }
    }
}

fn status(animal: &Animal, path: &str, token: &str) -> (u16, ureq::http::HeaderMap, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", animal.text("base_url")) };
    let mut answer = agent.get(url).header("authorization", format!("Bearer {token}")).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), answer.headers().clone(), body)
}

fn token(animal: &Animal, more: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let (id, secret) = (animal.text("client_id"), animal.text("client_secret"));
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{more}");
    let request = agent.post(animal.text("token_url")).header("content-type", "application/x-www-form-urlencoded");
    let mut answer = request.send(&body).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    (answer.status().as_u16(), body["access_token"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn an_animal_behaves_as_its_row_says() {
    let desk = Desk::new();
    let aeries = Animal::start(&desk, "--as aeries");
    assert_eq!(token(&aeries, "").0, 400, "scopes are demanded");
    let scope = "&scope=https://purl.imsglobal.org/spec/or/v1p1/scope/roster.readonly";
    let (_, bearer) = token(&aeries, scope);
    let schools: Value = serde_json::from_str(&status(&aeries, "/v1p1/schools?limit=1", &bearer).2).unwrap();
    let school = schools["orgs"][0]["sourcedId"].as_str().unwrap().to_owned();
    assert_eq!(status(&aeries, &format!("/v1p1/schools/{school}/classes"), &bearer).0, 404, "no nested reads");
    let one: Value = serde_json::from_str(&status(&aeries, &format!("/v1p1/orgs/{school}"), &bearer).2).unwrap();
    assert_eq!((&one["school"]["sourcedId"], &one["org"]), (&school.into(), &Value::Null));
    assert_eq!(status(&aeries, "/rostering/v1p2/users", &bearer).0, 404, "1.1 alone");
    assert!(aeries.hello["not_played"].to_string().contains("YearlyIdentifiers"));
    drop(aeries);

    let powerschool = Animal::start(&desk, "--as powerschool");
    assert!(powerschool.text("base_url").ends_with("/ws/ims/oneroster"));
    assert!(powerschool.text("token_url").ends_with("/oauth/access_token"));
    let (_, bearer) = token(&powerschool, "");
    let (code, headers, body) = status(&powerschool, "/v1p1/enrollments?limit=5000", &bearer);
    assert_eq!((code, headers.get("link")), (200, None));
    let page: Value = serde_json::from_str(&body).unwrap();
    assert!(page["enrollments"].as_array().unwrap().len() <= 1000);
    assert!(page["enrollments"][0]["user"]["href"].as_str().unwrap().contains("/ws/ims/oneroster/"));
    drop(powerschool);

    let classlink = Animal::start(&desk, "--as classlink");
    assert_eq!(classlink.hello["token_url"], Value::Null);
    let (code, headers, body) = status(&classlink, "/v1p1/students?limit=5", &classlink.text("bearer"));
    assert_eq!((code, headers.get("x-perm-rev").is_some()), (200, true));
    assert!(body.contains("\"password\""));
    drop(classlink);

    let campus = Animal::start(&desk, "--as infinite-campus");
    let (_, bearer) = token(&campus, "");
    let root = campus.text("base_url").replace("/ims/oneroster", "/learningdata/v1");
    assert_eq!(status(&campus, &format!("{root}/schools?limit=1"), &bearer).0, 200, "it still has 1.0");
    drop(campus);

    for vendor in VENDORS.iter().filter(|vendor| vendor.editions.is_empty()) {
        assert_eq!(desk.json(2, &format!("demo --as {}", vendor.name))["error"]["code"], "usage");
    }
    assert_eq!(desk.json(2, "demo --chaos-seed 4")["error"]["code"], "usage");
}

#[test]
fn a_provider_of_1_0_has_its_own_paths_names_and_forms() {
    let desk = Desk::new();
    // It gives no tokens; one that was given before is good all the same.
    let plain = Animal::start(&desk, "--oauth1 --scopes all");
    let bearer = plain_token(&plain);
    drop(plain);
    let animal = Animal::start(&desk, "--as oneroster-1.0");
    let base = animal.text("base_url");
    assert!(base.ends_with("/learningdata/v1") && animal.hello["token_url"].is_null(), "{}", animal.hello);
    let page = |path: &str| -> (u16, ureq::http::HeaderMap, Value) {
        let (code, headers, body) = status(&animal, path, &bearer);
        (code, headers, serde_json::from_str(&body).unwrap_or_default())
    };
    for path in ["/categories", "/classes/x/lineItems", "/resources", "/unheard-of"] {
        assert_eq!(page(path).0, 404, "{path}: 1.0 has rostering alone");
    }
    let other = base.replace("/learningdata/v1", "/ims/oneroster/v1p1/orgs");
    assert_eq!(page(&other).0, 404, "nothing newer is there");

    let (_, headers, orgs) = page("/orgs?limit=2");
    let links = headers["link"].to_str().unwrap();
    assert!(links.contains("/learningdata/v1/orgs?") && !links.contains("/ims/"), "{links}");
    // The next page asks for the same, however often it is followed.
    let next = links.split(['<', '>']).nth(1).unwrap().to_owned();
    let (code, headers, _) = page(&next);
    let again = headers["link"].to_str().unwrap();
    assert_eq!((code, again.split(',').next().unwrap().matches("department").count()), (200, 1), "{again}");
    let all = page("/orgs?limit=1000").2;
    let words = |list: &Value, name: &str| -> BTreeSet<String> {
        list.as_array().unwrap().iter().filter_map(|one| one[name].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(words(&all["orgs"], "type"), ["local", "school"].map(str::to_owned).into(), "{orgs}");
    let few = page("/orgs?filter=type%3D%27school%27&limit=1000").2;
    assert_eq!(words(&few["orgs"], "type"), [String::from("school")].into());

    let class = page("/classes?limit=1").2["classes"][0].clone();
    assert!(class["grade"].is_string() && class["grades"].is_null() && class["periods"].is_null(), "{class}");
    assert!(class["course"]["href"].as_str().unwrap().starts_with(&base), "{class}");
    let user = page("/students?limit=1").2["users"][0].clone();
    assert!(["enabledUser", "grades", "middleName", "userIds"].iter().all(|name| user[*name].is_null()), "{user}");
    let id = user["sourcedId"].as_str().unwrap();
    assert_eq!(page(&format!("/users/{id}")).2["user"], user);
    let users = page("/users?limit=10000").2;
    assert_eq!(words(&users["users"], "status"), ["active", "inactive"].map(str::to_owned).into());
    let session = page("/terms?limit=1").2["academicSessions"][0].clone();
    assert!(session["schoolYear"].is_null() && session["endDate"].is_string(), "{session}");
    let person = page("/demographics?limit=1").2["demographics"][0].clone();
    assert!(person["birthdate"].is_string() && person["birthDate"].is_null(), "{person}");
    assert!(["Male", "Female"].contains(&person["sex"].as_str().unwrap()), "{person}");
}

/// A token of the provider without disguise.
fn plain_token(animal: &Animal) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let (id, secret) = (animal.text("client_id"), animal.text("client_secret"));
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = agent.post(format!("{}/oauth/token", animal.text("url")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let text = request.send(&body).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["access_token"].as_str().unwrap().to_owned()
}
