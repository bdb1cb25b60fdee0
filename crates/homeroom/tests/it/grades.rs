//! Grades on their way home: an application writes them here, and they come to
//! another server, whatever happens in between.

use super::conformance::proxy::{Plant, Proxy};
use super::desk::{Desk, Served, until};
use super::packages::Table;
use oneroster::model::{Kind, Place, Service, Version};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};

const READ: &str = "roster-core.readonly roster.readonly roster-demographics.readonly gradebook.readonly \
                    gradebook-core.readonly resource.readonly resource-core.readonly assessment.readonly";
const WRITE: &str = "gradebook.createput gradebook.delete assessment.createput assessment.delete";

/// Here, where an application writes; and the home of grades, behind a proxy.
struct Way {
    proxy: Proxy,
    home: Desk,
    at_home: Served,
    here: Desk,
    class: String,
    students: Vec<String>,
    version: Version,
}

impl Way {
    fn new(version: Version, oauth1: bool) -> Way {
        Way::by(version, oauth1, |home, here| {
            for desk in [home, here] {
                desk.district("day0", 100, 0);
                desk.json(0, "import day0 --yes --source sis");
            }
        })
    }

    fn by(version: Version, oauth1: bool, begin: fn(&Desk, &Desk)) -> Way {
        let (home, here) = (Desk::new(), Desk::new());
        begin(&home, &here);
        let proxy = Proxy::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        proxy.lead(SocketAddr::from(([127, 0, 0, 1], port)));
        let flags = format!("--listen 127.0.0.1:{port} --public-url http://{}", proxy.address);
        let at_home = home.serve_for("homeroom", &format!("{READ} {WRITE}"), &flags);
        let way = Way { proxy, at_home, here, class: String::new(), students: Vec::new(), version, home };
        way.name_home(oauth1);
        let member = |record: &Value| record["user"]["sourcedId"].as_str().unwrap().to_owned();
        let enrolled = way.at_home.pull(Version::V1P2, "enrollments", "filter=role%3D%27student%27&limit=1000");
        let class = enrolled[0]["class"]["sourcedId"].as_str().unwrap().to_owned();
        let students = enrolled.iter().filter(|one| one["class"]["sourcedId"] == class.as_str()).map(member).collect();
        Way { class, students, ..way }
    }

    /// Names the server as a source, and as the home of grades.
    fn name_home(&self, oauth1: bool) {
        let (auth, kind) = if oauth1 { ("--set auth=oauth1", "--oauth1") } else { ("", "") };
        let scopes: String =
            format!("{READ} {WRITE}").split_whitespace().map(|scope| format!(" --scope {scope}")).collect();
        let app = self.home.json(0, &format!("app add district {kind}{scopes}"));
        fs::write(self.here.path("secret"), app["client_secret"].as_str().unwrap()).unwrap();
        let (base, id) = (format!("http://{}", self.proxy.address), app["client_id"].as_str().unwrap());
        let edition = if self.version == Version::V1P1 { "1.1" } else { "1.2" };
        let line = format!(
            "source add sis --kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id} \
             --secret-file secret --set oneroster={edition} {auth} --set grades=home"
        );
        let added = self.here.json(0, &line);
        assert_eq!(added["settings"]["grades"], "home");
    }

    fn serve(&self, flags: &str) -> Served {
        self.here.serve_for("lms", &format!("{READ} {WRITE}"), &format!("--listen 127.0.0.1:0 {flags}"))
    }

    fn address(served: &Served, path: &str) -> String {
        format!("{}{}/{path}", served.base, Service::Gradebook.base_path(Version::V1P2))
    }

    /// Puts a record here; the status, unless the server is gone.
    fn put(&self, lms: &Served, path: &str, body: &Value) -> Option<u16> {
        lms.put(&Way::address(lms, path), body)
    }

    fn item(&self, lms: &Served) {
        let category = json!({ "category": { "sourcedId": "essays", "title": "Essays" } });
        assert_eq!(self.put(lms, "categories/essays", &category), Some(201));
        let item = json!({ "lineItem": {
            "sourcedId": "essay-1", "title": "On bees", "assignDate": "2026-09-14T07:00:00.000Z",
            "dueDate": "2026-09-18T00:00:00.000Z", "class": { "sourcedId": self.class },
            "school": { "sourcedId": self.school() },
            "category": { "sourcedId": "essays" }, "resultValueMin": 0, "resultValueMax": 100,
        } });
        assert_eq!(self.put(lms, "lineItems/essay-1", &item), Some(201));
    }

    fn school(&self) -> String {
        let classes = self.at_home.pull(Version::V1P2, "classes", "limit=1000");
        let class = classes.iter().find(|class| class["sourcedId"] == self.class.as_str()).unwrap();
        class["school"]["sourcedId"].as_str().unwrap().to_owned()
    }

    /// Puts the score of a student.
    fn score(&self, lms: &Served, student: usize, score: u32) -> Option<u16> {
        let id = format!("r-{student}");
        let result = json!({ "result": {
            "sourcedId": id, "lineItem": { "sourcedId": "essay-1" }, "student": { "sourcedId": self.students[student] },
            "scoreStatus": "fully graded", "score": score, "scoreDate": "2026-09-19",
        } });
        self.put(lms, &format!("results/{id}"), &result)
    }

    /// The score of a student at home, if there is one.
    fn at_home(&self, student: usize) -> Option<f64> {
        let (status, body) = self.at_home.ask("GET", &Way::address(&self.at_home, &format!("results/r-{student}")));
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        (status == 200 && body["result"]["status"] == "active").then(|| body["result"]["score"].as_f64().unwrap())
    }

    /// How many wait, are there, and are refused.
    fn standing(&self) -> [u64; 3] {
        let standing = &self.here.json(0, "grades list")["standing"];
        ["waiting", "there", "refused"].map(|word| standing[word].as_u64().unwrap())
    }
}

/// What was written at home, in order.
fn noting(proxy: &Proxy) {
    proxy.plant(Plant::Failing(|asked, _, noted| {
        if asked.method != "GET" && !asked.is("/token") {
            noted.push(format!("{} {}", asked.method, asked.path().rsplit('/').next().unwrap()));
        }
        true
    }));
}

fn goes_home(version: Version, oauth1: bool) {
    let way = Way::new(version, oauth1);
    let lms = way.serve("--no-schedules");
    noting(&way.proxy);
    way.item(&lms);
    assert_eq!(way.score(&lms, 0, 70), Some(201));
    assert_eq!(way.score(&lms, 1, 85), Some(201));
    assert_eq!(way.score(&lms, 0, 71), Some(200));
    assert_eq!((way.standing(), way.at_home(0)), ([4, 0, 0], None));
    let pushed = way.here.json(0, "grades push");
    assert_eq!((pushed["there"].as_u64(), pushed["home"].as_str()), (Some(4), Some("sis")), "{pushed}");
    // One write of each, the last one, parents first.
    assert_eq!(way.proxy.noted(), ["PUT essays", "PUT essay-1", "PUT r-1", "PUT r-0"]);
    assert_eq!((way.at_home(0), way.at_home(1), way.standing()), (Some(71.0), Some(85.0), [0, 4, 0]));
    assert_eq!(way.here.json(0, "grades push")["there"], 0);
    // A deletion goes there, too; again and again the same.
    assert_eq!(lms.ask("DELETE", &Way::address(&lms, "results/r-1")).0, 204);
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    assert_eq!((way.at_home(1), way.standing()), (None, [0, 4, 0]));
    // The home is gone: what is written waits, and says why.
    way.proxy.plant(Plant::Failing(|_, _, _| false));
    way.score(&lms, 0, 72);
    let pushed = way.here.json(1, "grades push");
    assert_eq!((pushed["there"].as_u64(), pushed["waiting"].as_u64()), (Some(0), Some(1)), "{pushed}");
    assert!(pushed["stopped"].is_string());
    let waits = way.here.json(0, "grades list --waiting");
    assert_eq!(
        (waits["grades"][0]["sourced_id"].as_str(), waits["grades"][0]["tries"].as_u64()),
        (Some("r-0"), Some(1))
    );
    noting(&way.proxy);
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    assert_eq!(way.at_home(0), Some(72.0));
}

#[test]
fn grades_go_home_by_1_2() {
    goes_home(Version::V1P2, false);
}

#[test]
fn grades_go_home_by_1_1() {
    goes_home(Version::V1P1, false);
}

#[test]
fn grades_go_home_by_signed_requests() {
    goes_home(Version::V1P1, true);
}

#[test]
fn what_the_home_refuses_is_kept_with_its_words() {
    let way = Way::new(Version::V1P2, false);
    let lms = way.serve("--no-schedules");
    way.item(&lms);
    way.score(&lms, 0, 70);
    way.score(&lms, 1, 170);
    way.proxy.plant(Plant::Failing(|asked, given, _| {
        if asked.method == "PUT" && asked.is("/results/r-1") {
            given.answer(
                422,
                r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_description":"the score is above the maximum",
                    "imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"TargetEndSystem",
                    "imsx_codeMinorFieldValue":"invaliddata"}]}}"#,
            );
        }
        true
    }));
    let pushed = way.here.json(1, "grades push");
    assert_eq!((pushed["there"].as_u64(), pushed["refused"].as_u64()), (Some(3), Some(1)), "{pushed}");
    let refused = way.here.json(0, "grades list --refused");
    let row = &refused["grades"][0];
    assert_eq!((row["sourced_id"].as_str(), row["author"].as_str()), (Some("r-1"), Some("lms")));
    assert_eq!((row["status"].as_u64(), refused["grades"].as_array().unwrap().len()), (Some(422), 1));
    assert!(row["said"].as_str().unwrap().contains("the score is above the maximum"), "{row}");
    // It is not sent again by itself.
    assert_eq!(way.here.json(0, "grades push")["refused"], 0);
    assert_eq!(way.standing(), [0, 3, 1]);
    // Whoever asks over HTTP sees the same, and may let it be sent again.
    let desk =
        way.here.serve_for("desk", "admin.readonly admin.runs metrics.readonly", "--listen 127.0.0.1:0 --no-schedules");
    let ask = |method: &str, path: &str| desk.ask(method, &format!("{}{path}", desk.base));
    let (status, body) = ask("GET", "/api/v1/grades?state=refused");
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()), (200, refused));
    assert_eq!(ask("GET", "/api/v1/grades?state=lost").0, 400);
    let (_, metrics) = ask("GET", "/metrics");
    assert!(metrics.contains("homeroom_grades{tenant=\"default\",state=\"refused\"} 1\n"), "{metrics}");
    way.proxy.plant(Plant::Sound);
    assert_eq!(way.here.json(1, "grades retry r-2")["error"]["code"], "not_found");
    assert_eq!(ask("POST", "/api/v1/grades/r-2/retry").0, 404);
    assert_eq!(ask("POST", "/api/v1/grades/r-1/retry"), (200, "{\"waiting\":1}".to_owned()));
    let noted = way.here.json(0, "audit --last 1")["audit"][0].clone();
    let [who, action, subject] = ["who", "action", "subject"].map(|name| noted[name].as_str().unwrap().to_owned());
    assert_eq!([&*who, &*action, &*subject], ["application desk", "grades retry", "r-1"]);
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    assert_eq!(way.at_home(1), Some(170.0));
    // A parent that fails keeps what names it waiting, and nothing else.
    way.proxy.plant(Plant::Failing(|asked, given, _| {
        if asked.method == "PUT" && asked.is("/categories/essays") {
            given.answer(500, "{}");
        }
        true
    }));
    let category = json!({ "category": { "sourcedId": "essays", "title": "All essays" } });
    way.put(&lms, "categories/essays", &category);
    way.score(&lms, 0, 60);
    let pushed = way.here.json(1, "grades push");
    assert_eq!((pushed["there"].as_u64(), pushed["waiting"].as_u64()), (Some(1), Some(1)), "{pushed}");
    assert_eq!(way.at_home(0), Some(60.0));
}

#[test]
fn a_source_that_takes_no_grades_is_no_home() {
    let way = Way::new(Version::V1P2, false);
    let twice = way.here.json(1, "source add other --kind oneroster --url http://127.0.0.1:9 --set grades=home");
    assert!(twice["error"]["message"].as_str().unwrap().contains("sis is the home of grades already"), "{twice}");
    way.here.json(0, "source edit sis --set grades=");
    assert!(way.here.json(1, "grades push")["error"]["hint"].as_str().unwrap().contains("grades=home"));
    // One that gives leave to read only.
    let reader = way.home.json(0, "app add reader --scope gradebook.readonly");
    fs::write(way.here.path("secret"), reader["client_secret"].as_str().unwrap()).unwrap();
    let id = reader["client_id"].as_str().unwrap();
    let told = way.here.json(1, &format!("source edit sis --client-id {id} --secret-file secret --set grades=home"));
    assert!(told["error"]["message"].as_str().unwrap().contains("cannot be the home of grades"), "{told}");
}

#[test]
fn a_server_carries_grades_by_itself_and_loses_none_when_it_is_killed() {
    let way = Way::new(Version::V1P2, false);
    let students = way.students.len().min(12);
    let lms = way.serve("");
    way.item(&lms);
    let mut lms = Some(lms);
    let mut wanted = vec![0; students];
    for round in 1..=4 {
        let mut served = lms.take().unwrap_or_else(|| way.serve(""));
        for (student, wanted) in wanted.iter_mut().enumerate() {
            let score = round * 10 + u32::try_from(student).unwrap();
            if way.score(&served, student, score).is_some_and(|status| status < 300) {
                *wanted = score;
            }
        }
        // Killed while some are there and others wait; the last time it lives on.
        until(&mut served.child, || way.standing()[0] < 8);
        if round < 4 {
            served.child.kill().unwrap();
            served.child.wait().unwrap();
        } else {
            lms = Some(served);
        }
    }
    let mut served = lms.unwrap();
    until(&mut served.child, || way.standing()[0] == 0);
    let there: Vec<Option<f64>> = (0..students).map(|student| way.at_home(student)).collect();
    assert_eq!(there, wanted.iter().map(|score| Some(f64::from(*score))).collect::<Vec<_>>());
    assert_eq!(way.standing(), [0, students as u64 + 2, 0]);
}

/// A district with a gradebook and with material, at the home alone.
fn rich(home: &Desk, _: &Desk) {
    home.json(0, "generate day0 --students 100 --seed 7 --gradebook");
    let folder = home.path("day0");
    let first = |file: &str, at: usize| Table::read(&folder.join(format!("{file}.csv"))).rows[at][0].clone();
    let (class, course, user) = (first("classes", 0), first("courses", 0), first("users", 3));
    let (item, scale, result) = (first("lineItems", 0), first("scoreScales", 0), first("results", 0));
    let head = "sourcedId,status,dateLastModified";
    let files = [
        (
            "resources",
            format!(
                "{head},vendorResourceId,title,roles,importance,vendorId,applicationId\r\nm1,,,978-3,\"Bees, and more\",,primary,,\r\nm2,,,978-4,Wasps,,,,\r\n"
            ),
        ),
        (
            "classResources",
            format!("{head},title,classSourcedId,resourceSourcedId\r\ncm1,,,,{class},m1\r\ncm2,,,,{class},m2\r\n"),
        ),
        ("courseResources", format!("{head},title,courseSourcedId,resourceSourcedId\r\nom1,,,,{course},m1\r\n")),
        (
            "userResources",
            format!("{head},userSourcedId,orgSourcedId,classSourcedId,resourceSourcedId\r\num1,,,{user},,,m2\r\n"),
        ),
        (
            "lineItemScoreScales",
            format!("{head},title,lineItemSourcedId,scoreScaleSourcedId\r\nls1,,,,{item},{scale}\r\n"),
        ),
        (
            "lineItemLearningObjectiveIds",
            format!("{head},lineItemSourcedId,source,learningObjectiveId\r\nlo1,,,{item},unknown,bees-1\r\n"),
        ),
        (
            "resultLearningObjectiveIds",
            format!(
                "{head},resultSourcedId,source,learningObjectiveId,score,textScore\r\nro1,,,{result},unknown,bees-1,3.0,\r\n"
            ),
        ),
    ];
    let mut manifest = fs::read_to_string(folder.join("manifest.csv")).unwrap();
    for (name, text) in files {
        fs::write(folder.join(format!("{name}.csv")), text).unwrap();
        manifest = manifest.replace(&format!("file.{name},absent"), &format!("file.{name},bulk"));
    }
    fs::write(folder.join("manifest.csv"), manifest).unwrap();
    let done = home.json(0, "import day0 --yes --source sis");
    assert_eq!(done["findings"]["error"], 0, "{done}");
}

/// The rows of the files of a roster's export. Rows that REST shows inside others
/// have no identifiers there, and enrollments always say whether they are primary.
fn exported(desk: &Desk) -> BTreeMap<String, Vec<Vec<String>>> {
    let folder = desk.path("exported");
    let _ = fs::remove_dir_all(&folder);
    desk.json(0, "export exported --oneroster 1.2");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut all = BTreeMap::new();
    for name in names.filter(|name| name != "manifest.csv") {
        let table = Table::read(&folder.join(&name));
        let kind = Kind::all().find(|kind| kind.entity().file_name() == name).unwrap();
        let inside = kind.entity().place != Place::Class && kind != Kind::UserProfile;
        let mut rows = table.rows.clone();
        for row in &mut rows {
            if inside {
                row[0].clear();
            }
            if kind == Kind::Enrollment && row[table.column("primary")].is_empty() {
                row[table.column("primary")] = "false".to_owned();
            }
        }
        rows.push(table.header);
        rows.sort();
        all.insert(name, rows);
    }
    all
}

#[test]
fn the_whole_of_a_provider_comes_and_what_was_sent_comes_back() {
    let way = Way::by(Version::V1P2, false, rich);
    way.here.json(0, "source edit sis --set services=rostering,resources,gradebook --set page=200");
    let first = way.here.json(0, "source pull sis --yes");
    assert_eq!((first["state"].as_str(), &first["findings"]["error"]), (Some("applied"), &json!(0)), "{first}");
    let (theirs, ours) = (exported(&way.home), exported(&way.here));
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
    assert!(theirs.len() > 18, "{:?}", theirs.keys());
    for (name, rows) in &theirs {
        assert!(*rows == ours[name], "{name}: {:?}", rows.iter().zip(&ours[name]).find(|(a, b)| a != b));
    }
    // What an application writes goes there, and comes back as the same record.
    let lms = way.serve("--no-schedules");
    way.item(&lms);
    way.score(&lms, 0, 70);
    way.score(&lms, 1, 80);
    assert_eq!(way.here.json(0, "grades push")["there"], 4);
    let plan = |document: &Value, of: &str| {
        ["added", "changed", "removed"].map(|word| document["plan"][of][word].as_u64().unwrap_or_default())
    };
    let back = way.here.json(0, "source pull sis --yes --full");
    assert_eq!(
        (back["state"].as_str(), back["plan"]["results"]["unchanged"].as_u64()),
        (Some("applied"), Some(602)),
        "{back}"
    );
    assert!(["categories", "lineItems", "results"].iter().all(|of| plan(&back, of) == [0; 3]), "{back}");
    // A teacher corrects one at home, and grades another one there.
    let result = |student: usize, score: u32, id: &str| {
        json!({ "result": {
        "sourcedId": id, "lineItem": { "sourcedId": "essay-1" }, "student": { "sourcedId": way.students[student] },
        "scoreStatus": "fully graded", "score": score, "scoreDate": "2026-09-20",
    } })
    };
    let at_home = |id: &str, body: &Value| way.at_home.put(&Way::address(&way.at_home, &format!("results/{id}")), body);
    assert_eq!(at_home("r-0", &result(0, 75, "r-0")), Some(200));
    assert_eq!(at_home("theirs", &result(2, 90, "theirs")), Some(201));
    // Meanwhile the application writes the other one once more.
    way.score(&lms, 1, 81);
    let back = way.here.json(0, "source pull sis --yes");
    assert_eq!((back["state"].as_str(), plan(&back, "results")), (Some("applied"), [1, 1, 0]), "{back}");
    let here = |id: &str| {
        let (_, body) = lms.ask("GET", &Way::address(&lms, &format!("results/{id}")));
        serde_json::from_str::<Value>(&body).unwrap()["result"]["score"].as_f64()
    };
    assert_eq!(["r-0", "r-1", "theirs"].map(here), [Some(75.0), Some(81.0), Some(90.0)]);
    // Only that goes there now: nothing that came from there is sent back.
    noting(&way.proxy);
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    assert_eq!((way.proxy.noted(), way.at_home(1)), (vec!["PUT r-1".to_owned()], Some(81.0)));
    // What came from home is the home's alone; what the application wrote it may change.
    assert_eq!(way.put(&lms, "results/theirs", &result(2, 1, "theirs")), Some(403));
    assert_eq!(way.score(&lms, 0, 76), Some(200));
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    assert_eq!(way.at_home(0), Some(76.0));
    // The home takes one away: here it stays with the application that wrote it.
    assert_eq!(way.at_home.ask("DELETE", &Way::address(&way.at_home, "results/r-1")).0, 204);
    let back = way.here.json(0, "source pull sis --yes --full");
    assert_eq!((plan(&back, "results"), here("r-1")), ([0, 0, 0], Some(81.0)), "{back}");
}

#[test]
fn what_was_sent_to_a_home_with_a_prefix_comes_back_as_what_it_was() {
    let way = Way::by(Version::V1P2, false, rich);
    way.here.json(0, "source edit sis --set services=rostering,gradebook --set prefix=n- --set prefix-except=orgs");
    let first = way.here.json(0, "source pull sis --yes");
    assert_eq!((first["state"].as_str(), &first["findings"]["error"]), (Some("applied"), &json!(0)), "{first}");
    let lms = way.serve("--no-schedules");
    let (class, student) = (format!("n-{}", way.class), format!("n-{}", way.students[0]));
    let reference = |id: &str| json!({ "sourcedId": id });
    // An application gives what it writes identifiers of its own, one of them with
    // what stands before those of the source.
    let category = json!({ "category": { "sourcedId": "essays", "title": "Essays" } });
    assert_eq!(way.put(&lms, "categories/essays", &category), Some(201));
    let item = json!({ "lineItem": {
        "sourcedId": "n-essay", "title": "On bees", "assignDate": "2026-09-14T00:00:00.000Z",
        "dueDate": "2026-09-18T00:00:00.000Z", "class": reference(&class), "school": reference(&way.school()),
        "category": reference("essays"), "resultValueMin": 0, "resultValueMax": 100,
    } });
    assert_eq!(way.put(&lms, "lineItems/n-essay", &item), Some(201));
    let result = |score: u32| {
        json!({ "result": { "sourcedId": "r-0", "lineItem": reference("n-essay"), "student": reference(&student),
            "scoreStatus": "fully graded", "score": score, "scoreDate": "2026-09-19" } })
    };
    assert_eq!(way.put(&lms, "results/r-0", &result(70)), Some(201));
    assert_eq!(way.here.json(0, "grades push")["there"], 3);
    let (status, there) = way.at_home.ask("GET", &Way::address(&way.at_home, "results/r-0"));
    let there: Value = serde_json::from_str(&there).unwrap();
    let named = ["lineItem", "student"].map(|member| there["result"][member]["sourcedId"].as_str().unwrap());
    assert_eq!((status, named), (200, ["essay", way.students[0].as_str()]));
    // Whole and by changes it comes back as the same records.
    let moved = |document: &Value| {
        let of =
            |of: &str| ["added", "changed", "removed"].map(|word| document["plan"][of][word].as_u64().unwrap_or(0));
        ["categories", "lineItems", "results"].map(of)
    };
    for more in ["--full", ""] {
        let back = way.here.json(0, &format!("source pull sis --yes {more}"));
        assert!(moved(&back) == [[0; 3]; 3] && back["findings"]["error"].as_u64().unwrap_or(0) == 0, "{back}");
    }
    // What is corrected at home is taken over, and the home's own stays the home's.
    let at_home = |id: &str, score: u32| {
        let body = json!({ "result": { "sourcedId": id, "lineItem": reference("essay"),
            "student": reference(&way.students[if id == "r-0" { 0 } else { 1 }]),
            "scoreStatus": "fully graded", "score": score, "scoreDate": "2026-09-20" } });
        way.at_home.put(&Way::address(&way.at_home, &format!("results/{id}")), &body)
    };
    assert_eq!((at_home("r-0", 75), at_home("theirs", 90)), (Some(200), Some(201)));
    let back = way.here.json(0, "source pull sis --yes");
    assert_eq!((back["state"].as_str(), moved(&back)[2]), (Some("applied"), [1, 1, 0]), "{back}");
    let here = |id: &str| {
        let (_, body) = lms.ask("GET", &Way::address(&lms, &format!("results/{id}")));
        let body: Value = serde_json::from_str(&body).unwrap();
        (body["result"]["lineItem"]["sourcedId"].clone(), body["result"]["score"].as_f64())
    };
    assert_eq!(here("r-0"), ("n-essay".into(), Some(75.0)));
    assert_eq!(here("n-theirs"), ("n-essay".into(), Some(90.0)));
    assert_eq!(way.here.json(0, "grades push")["there"], 0);
}

/// A district at the home alone.
fn theirs(home: &Desk, _: &Desk) {
    home.district("day0", 100, 0);
    home.json(0, "import day0 --yes --source sis");
}

/// An object of a server without what differs from one to the other.
fn plain(served: &Served, path: &str) -> Value {
    fn bare(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| name != "href" && name != "dateLastModified");
                members.values_mut().for_each(bare);
            }
            Value::Array(values) => values.iter_mut().for_each(bare),
            _ => {}
        }
    }
    let (status, body) = served.ask("GET", &Way::address(served, path));
    let mut value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200, "{path}: {value}");
    bare(&mut value);
    value
}

#[test]
fn tests_outside_the_gradebook_come_though_no_file_has_them() {
    let way = Way::by(Version::V1P2, false, theirs);
    way.here.json(0, "source edit sis --set services=rostering,assessment");
    let reference = |id: &str| json!({ "sourcedId": id });
    let at_home = |path: &str, body: &Value| way.at_home.put(&Way::address(&way.at_home, path), body);
    let test = json!({ "assessmentLineItem": { "sourcedId": "state", "title": "State maths, \"A\"",
        "class": reference(&way.class), "resultValueMin": 0, "resultValueMax": 10.5, "metadata": { "form": 7 },
        "learningObjectiveSet": [{ "source": "unknown", "learningObjectiveIds": ["bees-1", "bees-2"] }] } });
    let part = json!({ "assessmentLineItem": { "sourcedId": "part", "title": "Algebra",
        "parentAssessmentLineItem": reference("state") } });
    let result = |id: &str, student: usize, score: f64| {
        json!({ "assessmentResult": { "sourcedId": id, "assessmentLineItem": reference("part"),
            "student": reference(&way.students[student]), "score": score, "scorePercentile": 80,
            "scoreDate": "2026-09-19", "scoreStatus": "fully graded", "comment": "well\ndone",
            "learningObjectiveSet": [{ "source": "unknown",
                "learningObjectiveResults": [{ "learningObjectiveId": "bees-1", "score": 3 }] }] } })
    };
    for (path, body) in [("assessmentLineItems/state", &test), ("assessmentLineItems/part", &part)] {
        assert_eq!(at_home(path, body), Some(201), "{path}");
    }
    for (at, id) in ["a-0", "a-1"].into_iter().enumerate() {
        assert_eq!(at_home(&format!("assessmentResults/{id}"), &result(id, at, 7.5)), Some(201));
    }
    let pull = |flags: &str| way.here.json(0, &format!("source pull sis --yes {flags}"));
    let moved = |document: &Value| {
        ["assessmentLineItems", "assessmentResults"].map(|of| {
            let of = &document["plan"][of];
            ["added", "changed", "removed"].map(|word| of[word].as_u64().unwrap_or_default())
        })
    };
    let first = pull("");
    assert_eq!((first["state"].as_str(), moved(&first)), (Some("applied"), [[2, 0, 0], [2, 0, 0]]), "{first}");
    assert_eq!(first["findings"]["error"], 0, "{first}");
    let lms = way.serve("--no-schedules");
    let same = |path: &str| assert_eq!(plain(&lms, path), plain(&way.at_home, path), "{path}");
    ["assessmentLineItems/state", "assessmentLineItems/part", "assessmentResults/a-0"].into_iter().for_each(same);
    // Nothing has changed, and then one has.
    assert_eq!(moved(&pull("--full")), [[0; 3]; 2]);
    assert_eq!(at_home("assessmentResults/a-0", &result("a-0", 0, 8.25)), Some(200));
    assert_eq!(moved(&pull("")), [[0; 3], [0, 1, 0]]);
    same("assessmentResults/a-0");
    // What an application writes here goes there, and is the same when it comes back.
    assert_eq!(way.put(&lms, "assessmentResults/own", &result("own", 2, 6.0)), Some(201));
    assert_eq!(way.here.json(0, "grades push")["there"], 1);
    same("assessmentResults/own");
    assert_eq!(moved(&pull("--full")), [[0; 3]; 2]);
    // What is gone there goes here, if all was read.
    assert_eq!(way.at_home.ask("DELETE", &Way::address(&way.at_home, "assessmentResults/a-1")).0, 204);
    assert_eq!(moved(&pull("--full")), [[0; 3], [0, 0, 1]]);
    // A run that waits brings the same when it is approved, and one can be taken back.
    assert_eq!(at_home("assessmentResults/a-0", &result("a-0", 0, 9.0)), Some(200));
    let planned = way.here.json(1, "source pull sis");
    assert_eq!((planned["state"].as_str(), moved(&planned)[1]), (Some("planned"), [0, 1, 0]), "{planned}");
    let run = planned["run"].as_i64().unwrap();
    assert_eq!(way.here.json(0, &format!("runs approve {run}"))["state"], "applied");
    same("assessmentResults/a-0");
    assert_eq!(way.here.json(0, &format!("runs undo {run}"))["state"], "applied");
    let score = |id: &str| plain(&lms, &format!("assessmentResults/{id}"))["assessmentResult"]["score"].as_f64();
    assert_eq!(score("a-0"), Some(8.25));
    // Without what they name they are not taken, and what is stored stays.
    way.here.json(0, "source edit sis --set leave-out=assessmentLineItems");
    let alone = pull("");
    assert_eq!((moved(&alone), &alone["plan"]["assessmentResults"]["rejected"]), ([[0; 3]; 2], &json!(2)), "{alone}");
    assert!(alone["findings"]["error"].as_u64() >= Some(1), "{alone}");
    assert_eq!(score("a-0"), Some(8.25));
    let shown = way.here.json(0, &format!("runs show {} --findings", alone["run"]));
    let findings = shown["all_findings"].as_array().unwrap();
    let lines = findings.iter().filter(|finding| finding.to_string().contains("assessmentResults.jsonl")).count();
    assert_eq!(lines, 2);
    way.here.json(0, "database check");
}
