//! Clients that others wrote, in Python, before our server: each in the version
//! that `tests/clients` pins, by the hashes of its files.
//!
//! A place of their own is made under the target directory by Python's venv and
//! pip. What cannot be had fails the test.

use super::administration::Office;
use super::conformance::ground::Ground;
use homeroom_store::access::Edit;
use oneroster::grant::Cover;
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

/// What is missing, and what to do about it.
const HELP: &str = "the clients of others need Python 3.11 or newer with venv: apt-get install python3-venv";

/// The Python that has the clients.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let files = ["build.txt", "requirements.txt", "newer.txt"].map(|name| Path::new(CLIENTS).join(name));
    let pinned: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    let tag = xxhash_rust::xxh3::xxh3_64(&pinned);
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("clients-{tag:016x}"));
    fs::create_dir_all(&place).unwrap();
    // Another process may be at it.
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let (venv, done) = (place.join("venv"), place.join("done"));
    let python = venv.join("bin/python");
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), HELP);
        let [build, usual, newer] = &files;
        pip(&python, &["--no-deps"], build);
        pip(&python, &["--no-build-isolation"], usual);
        pip(&python, &["--no-deps", "--ignore-requires-python"], newer);
        fs::write(done, "").unwrap();
    }
    python
});

fn pip(python: &Path, options: &[&str], file: &Path) {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check", "--require-hashes"]);
    run(pip.args(options).arg("-r").arg(file), "the clients of others cannot be downloaded");
}

fn run(command: &mut Command, help: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{help}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{help}:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Collections of rostering, as the clients and as paths name them.
const COLLECTIONS: [(&str, &str); 12] = [
    ("users", "users"),
    ("students", "students"),
    ("teachers", "teachers"),
    ("orgs", "orgs"),
    ("schools", "schools"),
    ("classes", "classes"),
    ("courses", "courses"),
    ("enrollments", "enrollments"),
    ("academic_sessions", "academicSessions"),
    ("terms", "terms"),
    ("grading_periods", "gradingPeriods"),
    ("demographics", "demographics"),
];

/// A served district, and what the clients are told of it.
struct Told {
    ground: Ground,
    told: Value,
}

impl Told {
    fn new() -> Told {
        let ground = Ground::new();
        let token = ground.house.token_of(&ground.holder);
        let get = |path: &str| ground.house.get(&format!("/ims/oneroster/v1p1/{path}"), &token);
        let total =
            |path: &str| get(&format!("{path}?limit=1")).header("x-total-count").unwrap().parse::<u64>().unwrap();
        let totals: Map<String, Value> =
            COLLECTIONS.iter().map(|(name, path)| ((*name).to_owned(), total(path).into())).collect();
        let one = |path: String, key: &str| get(&path).json()[key].take();
        let id = |record: &Value| record["sourcedId"].as_str().unwrap().to_owned();
        let enrollments = get("enrollments?limit=1&filter=role='student'").json();
        let enrollment = &enrollments["enrollments"][0];
        let mut class = one(format!("classes/{}", id(&enrollment["class"])), "class");
        let students = one(format!("classes/{}/students?limit=1000", id(&class)), "users");
        class["students"] = students.as_array().unwrap().iter().map(id).collect();
        let told = json!({
            "base": format!("http://{}", ground.address),
            "client_id": &*ground.holder.app.client_id,
            "client_secret": ground.holder.secret,
            "key": &*ground.signer.app.client_id,
            "secret": ground.signer.secret,
            "totals": totals,
            "school": one(format!("schools/{}", id(&class["school"])), "org"),
            "course": one(format!("courses/{}", id(&class["course"])), "course"),
            "student": one(format!("users/{}", id(&enrollment["user"])), "user"),
            "class": class,
        });
        Told { ground, told }
    }

    fn python(&self, script: &str) -> String {
        let mut command = Command::new(&*PYTHON);
        command.arg("-B").arg(Path::new(CLIENTS).join(script)).env("HOMEROOM_GROUND", self.told.to_string());
        // What speaks to this machine alone goes through no proxy.
        run(command.env("NO_PROXY", "*"), script)
    }
}

#[test]
fn the_connector_of_classlink_reads_by_signed_requests() {
    let said = Told::new().python("classlink.py");
    assert!(said.contains("ok a wrong secret is refused with 401"), "{said}");
}

#[test]
fn the_client_of_strongmind_reads_1_1() {
    let said = Told::new().python("strongmind.py");
    assert!(said.contains("ok an unknown user"), "{said}");
}

#[test]
fn the_client_of_timeback_reads_1_2() {
    let told = Told::new();
    // It takes no other grades than the numbers of its own list (docs/QUIRKS.md).
    let hidden = ["user.grades", "class.grades", "course.grades"].map(|name| name.parse().unwrap());
    let cover = Cover { hidden: hidden.into_iter().collect(), ..Cover::default() };
    let edit = Edit { cover: Some(cover), ..Edit::default() };
    told.ground.house.another_process().edit("test", "conformance", edit).unwrap();
    let said = told.python("timeback.py");
    assert!(said.contains("ok the students of the class"), "{said}");
}

/// What schemathesis looks at. It is not asked whether every body and query
/// that a schema allows is taken, nor whether all others are refused: a schema
/// can say neither the grammar of filters nor which records there are, and we
/// read more leniently than we write (docs/QUIRKS.md).
const PROMISES: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,missing_required_header,unsupported_method,\
    allow_header_conformance,ignored_auth";

/// Holds what is served of the standard to one of the documents that are served with it.
fn promised(query: &str) {
    let ground = Ground::new();
    let edit = Edit { rate: Some(Some(0)), ..Edit::default() };
    ground.house.another_process().edit("test", "conformance", edit).unwrap();
    let token = ground.house.token_of(&ground.holder);
    kept(&format!("http://{}", ground.address), &token, query, &[]);
}

/// Holds what is served at an address to a document of it, but for some operations.
fn kept(base: &str, token: &str, query: &str, but: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(&*PYTHON);
    command.args(["-m", "schemathesis.cli", "run", &format!("{base}/openapi.json?{query}")]);
    command.args(["--header", &format!("Authorization: Bearer {token}"), "--checks", PROMISES]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "2", "--seed", "1", "--no-shrink"]);
    command.args(["--generation-database", "none", "--continue-on-failure", "--no-color"]);
    command.args(but.iter().flat_map(|operation| ["--exclude-operation-id", operation]));
    let said = run(command.current_dir(folder.path()).env("NO_PROXY", "*"), query);
    for phase in ["Coverage", "Fuzzing"] {
        assert!(said.contains(&format!("✅  {phase}")), "{said}");
    }
    assert!(!said.contains("❌"), "{said}");
}

#[test]
fn schemathesis_finds_the_rostering_of_1_2_as_documented() {
    promised("service=rostering&version=1.2");
}

#[test]
fn schemathesis_finds_the_gradebook_of_1_2_as_documented() {
    promised("service=gradebook&version=1.2");
}

#[test]
fn schemathesis_finds_the_resources_of_1_2_as_documented() {
    promised("service=resources&version=1.2");
}

#[test]
fn schemathesis_finds_1_1_as_documented() {
    promised("version=1.1");
}

#[test]
fn schemathesis_finds_the_administration_as_documented() {
    let office = Office::new();
    office.desk.district("d", 100, 0);
    office.desk.json(0, "import d --yes");
    let [base, token] = office.way_in();
    // It makes no zips; a document that is applied whole may take away who asks; and what is
    // asked while a run is at work is answered with 503, which it takes for a fault.
    let but = ["sendPackage", "applyConfiguration", "approveRun", "undoRun"];
    kept(base, token, "service=admin", &but);
}
