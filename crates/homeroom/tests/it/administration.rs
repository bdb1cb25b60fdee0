//! `/api/v1` over HTTP, as scripts use it.

use super::desk::{Desk, Served};
use serde_json::{Value, json};
use std::process::Command;

/// A district's desk with a server, and an application that administers it.
pub struct Office {
    pub desk: Desk,
    served: Served,
    token: String,
    pub document: Value,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    location: String,
    pub body: Value,
}

impl Office {
    pub fn new() -> Office {
        Office::of(Desk::new(), "default")
    }

    /// That of a district of a desk.
    pub fn of(desk: Desk, tenant: &str) -> Office {
        let served = desk.serve();
        let scopes = "--scope admin.readonly --scope admin.runs --scope admin.apps --scope admin.config";
        let app = desk.json(0, &format!("app add admin --tenant {tenant} {scopes}"));
        let mut office = Office { desk, served, token: String::new(), document: Value::Null };
        office.token = office.token_of(&app);
        let url = format!("{}/openapi.json?service=admin", office.served.base);
        let output = Command::new("curl").args(["-s", &url]).output().unwrap();
        office.document = serde_json::from_slice(&output.stdout).unwrap();
        office
    }

    /// Where the server is, and a token that it takes.
    pub fn way_in(&self) -> [&str; 2] {
        [&self.served.base, &self.token]
    }

    fn token_of(&self, app: &Value) -> String {
        let text = |member: &str| app[member].as_str().unwrap().to_owned();
        let user = format!("{}:{}", text("client_id"), text("client_secret"));
        let url = format!("{}/oauth/token", self.served.base);
        let output = Command::new("curl")
            .args(["-s", "-u", &user, "-d", "grant_type=client_credentials", &url])
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn curl(&self, method: &str, path: &str, more: &[&str]) -> Answer {
        self.curl_with(&self.token, method, path, more)
    }

    fn curl_with(&self, token: &str, method: &str, path: &str, more: &[&str]) -> Answer {
        let output = Command::new("curl")
            .args(["-s", "-X", method, "-H", &format!("Authorization: Bearer {token}")])
            .args(["-w", "\n%{http_code} %header{location}"])
            .args(more)
            .arg(format!("{}/api/v1{path}", self.served.base))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (body, last) = text.rsplit_once('\n').unwrap();
        let (status, location) = last.split_once(' ').unwrap();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
        Answer { status: status.parse().unwrap(), location: location.to_owned(), body }
    }

    /// Calls, and holds the answer against the document.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let answer = if body.is_empty() {
            self.curl(method, path, &[])
        } else {
            self.curl(method, path, &["-H", "Content-Type: application/json", "-d", body])
        };
        self.documented(method, path, &answer);
        answer
    }

    /// Sends a package, and holds the answer against the document.
    #[track_caller]
    pub fn send(&self, package: &str, query: &str) -> Answer {
        let data = format!("@{}", self.desk.path(package).display());
        let path = format!("/packages?name={package}&{query}");
        let answer = self.curl("POST", &path, &["-H", "Content-Type: application/zip", "--data-binary", &data]);
        self.documented("POST", &path, &answer);
        answer
    }

    #[track_caller]
    fn documented(&self, method: &str, path: &str, answer: &Answer) {
        let paths = self.document["paths"].as_object().unwrap();
        let given: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
        let fits = |wanted: &str| {
            let wanted: Vec<&str> = wanted.split('/').collect();
            wanted.len() == given.len() && wanted.iter().zip(&given).all(|(w, g)| w.starts_with('{') || w == g)
        };
        let Some((_, item)) = paths.iter().find(|(wanted, _)| fits(wanted)) else { return };
        let operation = &item[method.to_ascii_lowercase()];
        let status = answer.status.to_string();
        assert!(operation["responses"][&status].is_object(), "{method} {path}: {answer:?}");
        let schema = &operation["responses"][&status]["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert_eq!(answer.body, Value::Null);
            return;
        }
        let mut components = self.document["components"].clone();
        nullable(&mut components);
        let whole = json!({ "allOf": [schema], "components": components });
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7).should_validate_formats(true);
        let faults: Vec<String> =
            options.build(&whole).unwrap().iter_errors(&answer.body).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{method} {path}: {faults:?} in {answer:?}");
    }
}

/// `nullable` as JSON Schema says it.
fn nullable(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(nullable);
            if members.remove("nullable") == Some(Value::Bool(true)) {
                let kind = members["type"].clone();
                members.insert("type".into(), json!([kind, "null"]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(nullable),
        _ => {}
    }
}

#[test]
fn a_district_comes_in_is_approved_read_and_undone() {
    let office = Office::new();
    office.desk.district("day0.zip", 100, 0);

    let dry = office.send("day0.zip", "dry_run=true");
    assert_eq!((dry.status, &dry.body["state"], &dry.body["run"]), (200, &"planned".into(), &Value::Null));
    let sent = office.send("day0.zip", "source=sis");
    assert_eq!((sent.status, &sent.body["state"]), (201, &"planned".into()), "{sent:?}");
    let run = sent.body["run"].as_i64().unwrap();
    assert!(sent.location.ends_with(&format!("/api/v1/runs/{run}")), "{sent:?}");
    assert_eq!(office.served.total("users"), 0, "nothing is written without a yes");

    let approved = office.call("POST", &format!("/runs/{run}/approve"), "");
    assert_eq!((approved.status, &approved.body["state"]), (200, &"applied".into()), "{approved:?}");
    assert!(office.served.total("users") > 100);
    let again = office.call("POST", &format!("/runs/{run}/approve"), "");
    assert_eq!((again.status, &again.body["error"]["code"]), (409, &"refused".into()));

    let shown = office.call("GET", &format!("/runs/{run}"), "");
    assert_eq!((&shown.body["source"], &shown.body["package"]), (&"sis".into(), &"day0.zip".into()));
    assert_eq!(shown.body["approved_by"], "application admin");
    assert_eq!(office.call("GET", &format!("/runs/{run}/findings?last=3"), "").status, 200);
    assert_eq!(office.call("GET", "/runs?last=1", "").body["runs"].as_array().unwrap().len(), 1);

    let undone = office.call("POST", &format!("/runs/{run}/undo"), "");
    assert_eq!((undone.status, &undone.body["undoes"]), (200, &run.into()), "{undone:?}");
    assert_eq!(office.served.total("users"), 0);
    assert_eq!(office.call("POST", &format!("/runs/{run}/reject"), "").status, 409);

    let audit = office.call("GET", "/audit", "").body;
    let acts: Vec<(&str, &str, &str)> = audit["audit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| ["who", "action", "subject"].map(|name| line[name].as_str().unwrap()).into())
        .filter(|(_, action, _): &(&str, &str, &str)| !action.starts_with("app"))
        .collect();
    let (who, subject) = ("application admin", format!("run {run}"));
    assert_eq!(
        acts,
        [(who, "runs undo", &*subject), (who, "runs approve", &*subject), (who, "import", &*subject)],
        "{audit}"
    );
    let approval = audit["audit"].as_array().unwrap().iter().find(|line| line["action"] == "runs approve").unwrap();
    let detail = approval["detail"].as_str().unwrap();
    assert!(detail.starts_with("applied +") && detail.contains("; before: planned +"), "{detail}");
}

#[test]
fn commands_are_in_the_same_audit() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let run = desk.json(1, "import d")["run"].as_i64().unwrap();
    desk.json(0, &format!("runs reject {run}"));
    desk.json(0, "runs guards --max-removed 20");
    desk.json(0, "runs guards --max-removed default");
    desk.json(0, "runs retention --history-days 100");
    desk.json(0, "import d --yes");
    let audit = desk.json(0, "audit");
    let lines: Vec<[&str; 3]> = audit["audit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| ["action", "subject", "detail"].map(|name| line[name].as_str().unwrap()))
        .rev()
        .collect();
    assert!(audit["audit"][0]["who"].as_str().unwrap().starts_with("command line: "));
    let actions: Vec<&str> = lines.iter().map(|[action, ..]| *action).collect();
    assert_eq!(actions, ["import", "runs reject", "runs guards", "runs guards", "runs retention", "import"]);
    assert!(lines[1][2].starts_with("rejected; before: planned +"), "{lines:?}");
    assert_eq!((lines[2][2], lines[3][2]), ("20; before: default", "default; before: 20"));
    assert_eq!(lines[4][2], "100; before: default");
    assert!(lines[5][2].starts_with("applied +") && lines[5][2].ends_with("source file"), "{lines:?}");
}

#[test]
fn what_is_set_is_read_as_one_document() {
    let office = Office::new();
    let shown = office.call("GET", "/config", "");
    office.documented("GET", "/config", &shown);
    assert!(shown.body["apps"].as_object().unwrap().len() == 2 && shown.body["sources"] == serde_json::json!({}));
    let history = office.call("GET", "/config/history", "");
    office.documented("GET", "/config/history", &history);
    assert_eq!(history.body["history"], serde_json::json!([]));
}

#[test]
fn a_document_is_compared_and_applied_within_ones_own_rights() {
    let office = Office::new();
    let document = r#"{"homeroom":1,"district":{"timezone":"America/Chicago"},"retention":{"history-days":800},"people":{"match":["email"]},
        "targets":{"lms":{"kind":"moodle","settings":{"url":"https://moodle.example.org"}}}}"#;
    // A token cannot be named over the network, so there is no target without one yet.
    let refused = office.call("POST", "/config/plan", document);
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &"usage".into()), "{refused:?}");
    let document = r#"{"homeroom":1,"district":{"timezone":"America/Chicago"},"retention":{"history-days":800},"people":{"match":["email"]},
        "apps":{"lms":{"scopes":["roster.readonly"]}}}"#;
    let planned = office.call("POST", "/config/plan", document);
    assert_eq!((planned.status, planned.body["changes"].as_array().unwrap().len()), (200, 4), "{planned:?}");
    let applied = office.call("POST", "/config/apply", document);
    assert_eq!((&applied.body["configuration"], &applied.body["changes"]), (&1.into(), &planned.body["changes"]));
    assert_eq!(applied.body["made"][0]["app"], "lms");
    assert_eq!(office.call("POST", "/config/apply", document).body["configuration"], Value::Null);
    let shown = office.call("GET", "/config", "").body;
    assert_eq!((&shown["retention"]["history-days"], &shown["people"]["match"]), (&800.into(), &json!(["email"])));
    let audit = office.desk.run("audit").stdout;
    assert!(audit.contains("config apply  configuration 1") && audit.contains("application admin"), "{audit}");
    // Nothing of the machine is named, and no secret goes elsewhere.
    std::fs::write(office.desk.path("token"), "t0p").unwrap();
    office.desk.json(0, "target add lms --kind moodle --url https://moodle.example.org --token-file token");
    office.desk.json(0, "target add sds --kind sds --set out=/srv/sds");
    for (part, status) in [
        (r#""sources":{"sis":{"kind":"csv","settings":{"path":"/etc"}}}"#, 409),
        (r#""targets":{"sds":{"kind":"sds","settings":{"out":"/srv/other"}}}"#, 409),
        (r#""targets":{"lms":{"kind":"moodle","settings":{"url":"https://elsewhere.example.org"}}}"#, 409),
        (
            r#""targets":{"lms":{"kind":"moodle","settings":{"url":"https://moodle.example.org"},"secret":{"file":"/etc/passwd"}}}"#,
            400,
        ),
        (r#""targets":{"lms":{"kind":"moodle","settings":{"url":"https://moodle.example.org","batch":"50"}}}"#, 200),
        (r#""colours":{}"#, 400),
    ] {
        let answer = office.call("POST", "/config/apply", &format!("{{\"homeroom\":1,{part}}}"));
        assert_eq!(answer.status, status, "{part}: {answer:?}");
    }
    // Who may read is changed by whoever may change that, and nobody gives more than they have.
    let keeper = office.desk.json(0, "app add keeper --scope admin.config");
    let token = office.token_of(&keeper);
    let send = |token: &str, body: &str| office.curl_with(token, "POST", "/config/apply", &["-d", body]).status;
    assert_eq!(send(&token, r#"{"homeroom":1,"apps":{"lms":{"scopes":["roster-core.readonly"]}}}"#), 403);
    assert_eq!(send(&token, r#"{"homeroom":1,"district":{"timezone":"UTC"}}"#), 200);
    assert_eq!(send(&office.token, r#"{"homeroom":1,"apps":{"more":{"scopes":["metrics.readonly"]}}}"#), 403);
}

#[test]
fn applications_are_administered_within_ones_own_rights() {
    let office = Office::new();
    let new =
        r#"{"app":"lms","scopes":["roster.readonly"],"grant":{"schools":["org-1"],"hidden":["user.email"]},"rate":5}"#;
    let added = office.call("POST", "/apps", new);
    assert_eq!(added.status, 201, "{added:?}");
    assert!(added.location.ends_with("/api/v1/apps/lms"));
    assert_eq!(office.call("POST", "/apps", new).status, 409, "the name is taken");
    assert!(!office.token_of(&added.body).is_empty());

    let edited = office.call("PATCH", "/apps/lms", r#"{"grant":{"schools":[],"roles":["student"]},"rate":null}"#);
    assert_eq!(edited.status, 200, "{edited:?}");
    let grant = &edited.body["grant"];
    assert_eq!(
        (&grant["schools"], &grant["roles"], &grant["hidden"]),
        (&json!([]), &json!(["student"]), &json!(["user.email"]))
    );
    assert_eq!(edited.body["rate"], Value::Null);
    let mut shown = office.call("GET", "/apps/lms", "").body;
    assert_eq!(shown, office.desk.json(0, "app show lms"), "as the command says it");
    assert_eq!(shown.as_object_mut().unwrap().remove("secrets"), Some(json!([{ "expires": null }])));
    assert_eq!(edited.body, shown);

    let rotated = office.call("POST", "/apps/lms/rotate", "");
    assert_ne!(rotated.body["client_secret"], added.body["client_secret"]);
    for (body, status) in [
        (r#"{"scopes":["roster.everything"]}"#, 400),
        (r#"{"grant":{"hidden":["user.familyName"]}}"#, 400),
        (r#"{"unknown":1}"#, 400),
        ("{", 400),
        (r#"{"scopes":["metrics.readonly"]}"#, 403),
    ] {
        assert_eq!(office.call("PATCH", "/apps/lms", body).status, status, "{body}");
    }
    assert_eq!(office.call("DELETE", "/apps/lms", "").status, 204);
    assert_eq!(office.call("DELETE", "/apps/lms", "").status, 404);

    // Whoever may do less cannot take over an application that may do more.
    let small = office.desk.json(0, "app add small --scope admin.apps");
    let token = office.token_of(&small);
    let refused = office.curl_with(&token, "POST", "/apps/admin/rotate", &[]);
    assert_eq!((refused.status, &refused.body["error"]["code"]), (403, &"forbidden".into()));
    assert_eq!(office.curl_with(&token, "GET", "/runs", &[]).status, 403);
    assert_eq!(office.curl_with("nonsense", "GET", "/runs", &[]).status, 401);
    assert_eq!(office.curl_with(&office.served.token, "GET", "/runs", &[]).status, 403, "a reader administers nothing");
}

#[test]
fn what_cannot_be_is_said_and_how_to_do_it() {
    let office = Office::new();
    std::fs::write(office.desk.path("no.zip"), "sourcedId,status").unwrap();
    let refused = office.send("no.zip", "");
    assert_eq!((refused.status, &refused.body["error"]["code"]), (422, &"unreadable".into()));
    assert!(refused.body["error"]["hint"].as_str().unwrap().contains("--data-binary"));
    std::fs::write(office.desk.path("bad.zip"), "PKno zip at all").unwrap();
    assert_eq!(office.send("bad.zip", "").status, 422);
    assert_eq!(office.send("bad.zip", "colour=red").status, 400);
    assert_eq!(office.send("bad.zip", "max_removed=200").status, 400);
    let away = office.curl("POST", "/packages?name=../x.zip", &["--data-binary", "PK"]);
    assert_eq!(away.status, 400, "{away:?}");
    assert_eq!(office.call("GET", "/runs/7", "").status, 404);
    assert_eq!(office.call("GET", "/runs/seven", "").status, 400);
    let method = office.curl("DELETE", "/runs", &[]);
    assert_eq!((method.status, &method.body["error"]["code"]), (405, &"method_not_allowed".into()));
    assert_eq!(office.curl("GET", "/nothing", &[]).status, 404);
}

#[test]
fn a_second_import_is_told_to_come_again() {
    let office = Office::new();
    office.desk.district("d.zip", 100, 0);
    let database = office.desk.database.url();
    let turn = homeroom_store::Turn::take(&database, "default").unwrap().unwrap();
    let busy = office.send("d.zip", "wait=0");
    assert!(matches!(busy.status, 202 | 503), "{busy:?}");
    drop(turn);
    assert_eq!(office.send("d.zip", "yes=true").body["state"], "applied");
}

#[test]
fn what_commands_do_with_applications_is_done_over_http() {
    let office = Office::new();
    office.desk.district("d", 100, 0);
    office.desk.json(0, "import d --yes");
    let added = office.call("POST", "/apps", r#"{"app":"moodle","grant":{"profile":"moodle-plugin"}}"#);
    assert_eq!((added.status, &added.body["scopes"]), (201, &json!(["roster-core.readonly", "roster.readonly"])));
    let copied = office.call("POST", "/apps/moodle/copy?to=again", "");
    assert_eq!((copied.status, copied.body["app"].as_str()), (201, Some("again")));
    assert_eq!(office.call("POST", "/apps/moodle/copy", "").status, 400);
    assert_eq!(office.call("POST", "/apps/moodle/copy?to=again", "").status, 409);
    let preview = office.call("GET", "/apps/again/preview", "");
    assert_eq!((preview.status, &preview.body["profile"]["name"]), (200, &json!("moodle-plugin")));
    assert!(preview.body["counts"]["users"].as_u64().unwrap() > 100);
    // The old secret goes on for a while, and both ends are told.
    let old = office.token_of(&copied.body);
    let rotated = office.call("POST", "/apps/again/rotate?keep_old=3600&secret_expires=86400", "");
    assert_eq!(rotated.status, 200);
    assert_eq!(office.call("POST", "/apps/again/rotate?keep_old=soon", "").status, 400);
    let shown = office.call("GET", "/apps/again", "").body;
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 2, "{shown}");
    assert!(office.desk.run("app show again").stdout.matches("good until").count() == 2);
    let users = format!("{}/ims/oneroster/v1p1/users?limit=1", office.served.base);
    let status = |token: &str| {
        let bearer = format!("Authorization: Bearer {token}");
        let told = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", &bearer, &users];
        String::from_utf8(Command::new("curl").args(told).output().unwrap().stdout).unwrap()
    };
    assert_eq!((status(&old), status(&office.token_of(&rotated.body))), ("200".to_owned(), "200".to_owned()));
    // Withdrawn is refused at once; authorized again is let.
    assert!(office.call("POST", "/apps/again/withdraw", "").body["withdrawn"].is_string());
    assert_eq!(status(&old), "403");
    assert_eq!(office.call("POST", "/apps/again/authorize", "{}").status, 200);
    assert_eq!(status(&old), "200");
    assert_eq!(office.call("POST", "/apps/again/authorize", r#"{"rate":5}"#).status, 400);
    assert_eq!(office.call("POST", "/apps/nobody/authorize", "{}").status, 400);
    assert_eq!(office.call("POST", "/apps/nobody/authorize", r#"{"scopes":["roster.readonly"]}"#).status, 404);
}

#[test]
fn disclosures_and_issuers_are_told_over_http() {
    let office = Office::new();
    office.desk.district("d", 100, 0);
    office.desk.json(0, "import d --yes");
    let person = office.served.pull(oneroster::model::Version::V1P2, "users", "limit=1000")[0]["sourcedId"].clone();
    let person = person.as_str().unwrap();
    let given = |path: &str| {
        let begun = std::time::Instant::now();
        loop {
            let answer = office.call("GET", path, "");
            assert_eq!(answer.status, 200, "{answer:?}");
            if !answer.body["disclosures"].as_array().unwrap().is_empty() {
                return answer.body;
            }
            assert!(begun.elapsed().as_secs() < 30, "nothing came on record");
        }
    };
    assert_eq!(given("/apps/reader/disclosures")["disclosures"][0]["app"], "reader");
    assert!(given(&format!("/people/{person}/disclosures"))["disclosures"][0]["members"].is_array());
    assert_eq!(office.call("GET", "/people/nobody/disclosures", "").status, 404);
    let issuer = |url: &str, field: &str| {
        let user = json!({ "claim": "sub", "field": field });
        json!({ "issuer": "sso", "url": url, "audience": "homeroom", "app": "reader", "user": user }).to_string()
    };
    let good = issuer("https://login.example.org", "username");
    assert_eq!(office.call("POST", "/issuers", &good).status, 201);
    assert_eq!(office.call("POST", "/issuers", &good).status, 409);
    for bad in [issuer("http://login.example.org", "username"), issuer("https://login.example.org", "shoe")] {
        assert_eq!(office.call("POST", "/issuers", &bad).status, 400, "{bad}");
    }
    assert_eq!(office.call("GET", "/issuers", "").body["issuers"][0]["user"]["field"], "username");
    assert_eq!(office.call("DELETE", "/issuers/sso", "").status, 204);
    assert_eq!(office.call("DELETE", "/issuers/sso", "").status, 404);
}
