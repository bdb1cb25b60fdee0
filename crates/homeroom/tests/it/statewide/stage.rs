//! Several districts that are read as one, and somebody who reads them.

use super::super::desk::{Desk, Served};
use super::super::tenants::token;
use serde_json::Value;
use std::ops::Deref;
use ureq::http::{HeaderMap, Method, Request};

pub const SCOPES: &str = "--scope roster-core.readonly --scope roster.readonly --scope roster-demographics.readonly \
                      --scope resource.readonly --scope gradebook.readonly --scope gradebook.createput \
                      --scope gradebook.createpost --scope gradebook.delete";

/// Three districts that share every identifier, and an application of the first;
/// in the order of what stands before identifiers.
pub const DISTRICTS: [&str; 3] = ["north-east", "north", "south"];

pub struct State {
    pub desk: Desk,
    pub served: Served,
    pub app: Value,
    pub reader: Reader,
    /// The identifiers of two schools.
    pub schools: [String; 2],
}

/// Somebody who asks, and where.
pub struct Reader {
    pub base: String,
    pub agent: ureq::Agent,
    pub bearer: String,
}

impl Deref for State {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn next(&self) -> Option<&str> {
        let next = self.header("link").split(", <").find(|link| link.ends_with("rel=\"next\""))?;
        next.trim_start_matches('<').split('>').next()
    }
}

impl State {
    pub fn new() -> State {
        let desk = Desk::new();
        for (name, day) in [("first", 0), ("later", 9)] {
            desk.json(0, &format!("generate {name} --students 100 --seed 7 --day {day} --gradebook"));
        }
        for district in DISTRICTS {
            desk.json(0, &format!("tenant add {district}"));
            desk.json(0, &format!("import first --yes --tenant {district}"));
        }
        // One of them has tombstones.
        desk.json(0, "import later --yes --tenant south");
        let orgs = desk.table("first", "orgs.csv");
        let kind = orgs.column("type");
        let mut schools = orgs.rows.iter().filter(|row| row[kind] == "school").map(|row| row[0].clone());
        let schools = [schools.next().unwrap(), schools.next().unwrap_or_default()];
        let app = desk.json(0, &format!("app add LMS --tenant north {SCOPES}"));
        for district in ["north-east", "south"] {
            desk.json(0, &format!("app authorize LMS --tenant {district} {SCOPES}"));
        }
        let served = desk.serve_for("watcher", "metrics.readonly", "--listen 127.0.0.1:0");
        let bearer = token(&served, "/all", &app).1["access_token"].as_str().unwrap().to_owned();
        let reader = Reader { base: served.base.clone(), agent: served.agent.clone(), bearer };
        State { desk, served, app, reader, schools }
    }

    /// Lets a district grant this and nothing else.
    pub fn grant(&self, district: &str, grant: &str) {
        if grant == "nothing" {
            self.desk.json(0, &format!("app withdraw LMS --tenant {district}"));
            return;
        }
        let grant = grant.replace("{school}", &self.schools[0]);
        let open = "--school all --role all --hide none --mask none";
        for line in [format!("authorize LMS {SCOPES}"), format!("edit LMS {open}"), format!("edit LMS {grant}")] {
            self.desk.json(0, &format!("app {line} --tenant {district}"));
        }
    }
}

impl Reader {
    pub fn send(&self, method: Method, address: &str, body: &str) -> Answer {
        let address = if address.starts_with('/') { format!("{}{address}", self.base) } else { address.to_owned() };
        let request = Request::builder().method(method).uri(&address);
        let request = request.header("authorization", format!("Bearer {}", self.bearer));
        let request = request.header("content-type", "application/json").body(body.to_owned()).unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let text = answer.body_mut().with_config().limit(1 << 28).read_to_string().unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
    }

    pub fn get(&self, address: &str) -> Answer {
        self.send(Method::GET, address, "")
    }

    /// All records of a collection by its links, or why there are none.
    pub fn pull(&self, prefix: &str, path: &str, query: &str) -> Result<Vec<Value>, Box<Answer>> {
        let mut address = Some(format!("{prefix}/ims/oneroster/{path}?{query}"));
        let (mut all, mut total) = (Vec::new(), None);
        while let Some(at) = address {
            let answer = self.get(&at);
            if answer.status != 200 {
                return Err(answer.into());
            }
            let told = answer.header("x-total-count").to_owned();
            assert_eq!(*total.get_or_insert(told.clone()), told, "one version to its end: {at}");
            all.extend(records(&answer.body()));
            address = answer.next().map(str::to_owned);
        }
        assert_eq!(total, Some(all.len().to_string()), "{prefix} {path} {query}");
        Ok(all)
    }

    /// The same by offsets alone.
    pub fn pull_by_offset(&self, prefix: &str, path: &str, query: &str, limit: usize) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let offset = all.len();
            let page = self.get(&format!("{prefix}/ims/oneroster/{path}?{query}&limit={limit}&offset={offset}"));
            let (given, total) = (records(&page.body()), page.header("x-total-count").parse::<usize>().unwrap());
            all.extend(given);
            if all.len() >= total {
                return all;
            }
            assert!(all.len() > offset, "{path} {query} {offset} {total}");
        }
    }

    /// What each district gives by itself, as it is told in one.
    pub fn each(&self, path: &str, query: &str) -> Vec<Value> {
        let of = |district: &&str| {
            let records = self.pull(&format!("/t/{district}"), path, query).unwrap_or_default();
            records.into_iter().map(|record| told(record, district)).collect::<Vec<_>>()
        };
        DISTRICTS.iter().flat_map(of).collect()
    }
}

pub fn records(body: &Value) -> Vec<Value> {
    let members = body.as_object().unwrap();
    members.values().find_map(Value::as_array).cloned().unwrap_or_default()
}

/// A record of a district, with the district's name before every identifier.
pub fn told(mut value: Value, district: &str) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                *member = match (name.as_str(), &*member) {
                    ("sourcedId", Value::String(id)) => format!("{district}.{id}").into(),
                    ("href", Value::String(href)) => {
                        let (place, id) = href.rsplit_once('/').unwrap();
                        format!("{}/{district}.{id}", place.replace(&format!("/t/{district}/"), "/all/")).into()
                    }
                    _ => told(member.take(), district),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = told(item.take(), district)),
        _ => {}
    }
    value
}

pub fn id(record: &Value) -> &str {
    record["sourcedId"].as_str().unwrap()
}

#[track_caller]
pub fn same(all: &[Value], each: &[Value], what: &str) {
    assert_eq!(all.len(), each.len(), "{what}");
    for (at, (here, there)) in all.iter().zip(each).enumerate() {
        assert_eq!(here, there, "{what}: record {at}");
    }
}
