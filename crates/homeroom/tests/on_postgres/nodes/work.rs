//! What goes on while nodes die, and what is held against it.

use super::super::desk::Desk;
use super::chance::Chance;
use super::judge::{self, Score};
use super::stage::Front;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const READ: &str = "--scope roster-core.readonly --scope roster.readonly";
const WRITE: &str = "--scope gradebook.readonly --scope gradebook.createput --scope gradebook.delete";
const ROSTER: &str = "/ims/oneroster/rostering/v1p2";
const GRADES: &str = "/ims/oneroster/gradebook/v1p2";
/// From package to package so many days pass.
const STEP: u32 = 4;
/// Results are written for somebody who is there on all of them; a campaign that
/// comes to the end begins with the last one again.
const LAST: u32 = 250;
/// So many results are written over again and again.
const RESULTS: u64 = 12;
/// The answers that begin after a grant was withdrawn and are looked at: every
/// node gives some.
const LOOKS: usize = 7;

/// What others are at comes to its end within this time.
const LONGEST: Duration = Duration::from_secs(120);

/// A part that somebody plays, as long as the last argument says.
pub type Role = fn(&Play<'_>, &Front, Chance, &dyn Fn() -> bool) -> Told;

/// All of them; each by a thread of its own.
pub const ROLES: [Role; 6] = [pull, pull, grade, import, fetch, withdraw];

/// What everybody starts from.
pub struct Play<'d> {
    desk: &'d Desk,
    reader: Value,
    writer: Value,
    guest: Value,
    class: String,
    student: String,
    /// The day of the package that was imported last, or begun to be.
    day: AtomicU32,
}

/// What somebody did.
#[derive(Default)]
pub struct Told {
    pulls: usize,
    imports: usize,
    fetches: usize,
    broken_off: usize,
    withdrawals: usize,
    acknowledged: usize,
    unknown: usize,
    /// What was written of each result.
    scores: BTreeMap<String, Score>,
}

impl Told {
    pub fn add(mut self, other: Told) -> Told {
        self.pulls += other.pulls;
        self.imports += other.imports;
        self.fetches += other.fetches;
        self.broken_off += other.broken_off;
        self.withdrawals += other.withdrawals;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.scores.extend(other.scores);
        self
    }

    /// Whether everything was tried at least once.
    pub fn is_something(&self) -> bool {
        [self.pulls, self.imports, self.fetches, self.withdrawals, self.acknowledged].iter().all(|count| *count > 0)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told { pulls, imports, fetches, broken_off, withdrawals, acknowledged, unknown, .. } = self;
        write!(
            f,
            "{pulls} full pulls, {acknowledged} writes acknowledged and {unknown} unanswered, {imports} imports and \
             {fetches} packages fetched ({broken_off} commands killed), {withdrawals} withdrawals"
        )
    }
}

impl<'d> Play<'d> {
    pub fn new(desk: &'d Desk) -> Play<'d> {
        for day in [0, LAST] {
            desk.district(&format!("day{day}"), 100, day);
        }
        // What changes from day to day is not to be held up here.
        desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
        desk.json(0, "import day0 --yes");
        let app = |name: &str, scopes: &str| desk.json(0, &format!("app add {name} {scopes}"));
        let (reader, writer) = (app("reader", READ), app("writer", &format!("{READ} {WRITE}")));
        let guest = app("guest", READ);
        let folder = desk.path("incoming");
        std::fs::create_dir(&folder).unwrap();
        let source = format!("--kind csv --set settle=0s --set prefix=x- --set path={}", folder.display());
        desk.json(0, &format!("source add sis {source}"));
        scheduled(desk);
        let (class, student) = stays(desk);
        Play { desk, reader, writer, guest, class, student, day: AtomicU32::new(0) }
    }

    /// Runs a command, which may be killed; whether it ended by itself, and well.
    fn command(&self, line: &str, chance: &mut Chance) -> Option<bool> {
        let kill = (chance.below(3) == 0).then(|| Duration::from_millis(chance.below(1_500)));
        ended(self.desk.start(line), kill)
    }

    /// What must hold when all is quiet again.
    pub fn settle(&self, front: &Front, told: &Told) {
        let token = front.token(&self.writer);
        for (id, written) in &told.scores {
            let answer = front.read(&format!("{GRADES}/results/{id}"), &token);
            assert!(matches!(answer.status, 200 | 404), "{id} answers {answer:?}");
            let score = answer.body["result"]["score"].as_f64().map(|score| score as u64);
            holds(id, written.stands(score));
        }
        // The last package once more, undisturbed: then there is nothing to do.
        let line = format!("import day{} --yes", self.day.load(Ordering::Relaxed));
        undisturbed(self.desk, &line);
        assert!(undisturbed(self.desk, &line)["published"].is_null());
        // Whichever nodes fetched it by its schedule, and were killed meanwhile.
        undisturbed(self.desk, "source pull clock --yes");
        holds("the schedule", judge::once(0, moved(self, "clock")));
        self.desk.json(0, "database check");
    }
}

/// What a command says when nobody else is at the same: nodes fetch by their
/// schedule meanwhile, and whoever comes second is told so. What it holds is
/// let through: on some days many students come under other identifiers.
fn undisturbed(desk: &Desk, line: &str) -> Value {
    let start = Instant::now();
    loop {
        let ran = desk.run(&format!("{line} --json"));
        if ran.status == 0 {
            return ran.document();
        }
        let told = if ran.status == 1 { ran.document() } else { Value::Null };
        if told["state"] == "held" {
            return undisturbed(desk, &format!("runs approve {}", told["run"]));
        }
        assert!(told["error"]["code"] == "busy" && start.elapsed() < LONGEST, "{line}: {ran:?}");
    }
}

/// Lets through what is held of a source, if anything is.
fn let_through(play: &Play<'_>, source: &str) -> bool {
    let runs = play.desk.json(0, "runs list");
    let mut runs = runs["runs"].as_array().unwrap().iter();
    let held = runs.find(|run| run["source"] == source && run["state"] == "held");
    if let Some(run) = held {
        undisturbed(play.desk, &format!("runs approve {}", run["run"]));
    }
    held.is_some()
}

/// What is judged must be so.
#[track_caller]
fn holds(what: &str, judged: Result<(), String>) {
    if let Err(wrong) = judged {
        panic!("{what}: {wrong}");
    }
}

/// A source that is due at once, and every minute, for every node.
fn scheduled(desk: &Desk) {
    std::fs::create_dir(desk.path("clock")).unwrap();
    for file in std::fs::read_dir(desk.path("day0")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), desk.path("clock").join(file.file_name())).unwrap();
    }
    let mut command = desk.command("source add clock --kind csv --set settle=0s --set prefix=y-");
    let path = format!("path={}", desk.path("clock").display());
    let added = command.args(["--set", &path, "--set", "schedule=* * * * *"]).output().unwrap();
    assert!(added.status.success(), "{added:?}");
    desk.database.connect().execute("UPDATE feeds SET created = 0 WHERE name = 'clock'", &[]).unwrap();
}

/// Waits for the end of a command, or kills it after a while; `None` if so.
fn ended(mut child: Child, kill: Option<Duration>) -> Option<bool> {
    let start = Instant::now();
    if let Some(kill) = kill {
        let (_never, wait) = channel::<()>();
        while start.elapsed() < kill {
            if let Some(status) = child.try_wait().unwrap() {
                return Some(status.success());
            }
            let _ = wait.recv_timeout(Duration::from_millis(5));
        }
        // It may have ended at this very moment.
        let _ = child.kill();
        let status = child.wait().unwrap();
        return status.code().map(|code| code == 0);
    }
    Some(child.wait().unwrap().success())
}

/// A class, and a student of it, that the first package has and the last.
fn stays(desk: &Desk) -> (String, String) {
    let rows = |day: u32, file: &str| -> BTreeSet<Vec<String>> {
        let text = std::fs::read_to_string(desk.path(&format!("day{day}")).join(file)).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let place = |name: &str| header.iter().position(|column| column.trim_matches('"') == name).unwrap();
        let places = [place("classSourcedId"), place("userSourcedId"), place("role")];
        lines.map(|row| places.iter().map(|at| row[*at].trim_matches('"').to_owned()).collect()).collect()
    };
    let mut all = rows(0, "enrollments.csv");
    let there = rows(LAST, "enrollments.csv");
    all.retain(|row| there.contains(row));
    let row = all.into_iter().find(|row| row[2] == "student").unwrap();
    (row[0].clone(), row[1].clone())
}

/// Reads all people, page by page, each page from another node: one version to
/// its end, nobody twice and nobody left out.
fn pull(play: &Play<'_>, front: &Front, _: Chance, go_on: &dyn Fn() -> bool) -> Told {
    let token = front.token(&play.reader);
    let mut told = Told::default();
    while go_on() {
        let mut next = Some(format!("{ROSTER}/users?limit=25"));
        let mut pull = judge::Pull::default();
        while let Some(address) = next {
            let page = front.read(&address, &token);
            assert_eq!(page.status, 200, "{address}: {page:?}");
            let users = page.body["users"].as_array().unwrap();
            let ids = users.iter().map(|user| user["sourcedId"].as_str().unwrap().to_owned());
            holds(&address, pull.page(page.total, ids));
            next = page.next;
        }
        holds("a pull", pull.end());
        told.pulls += 1;
    }
    told
}

/// Writes results over and over; what is acknowledged stands.
fn grade(play: &Play<'_>, front: &Front, mut chance: Chance, go_on: &dyn Fn() -> bool) -> Told {
    let token = front.token(&play.writer);
    let of = |id: &str| json!({ "sourcedId": id });
    let item = json!({ "lineItem": {
        "sourcedId": "li-nodes", "title": "Quiz", "assignDate": "2026-09-14T07:00:00.000Z",
        "dueDate": "2026-09-18T00:00:00.000Z", "class": of(&play.class), "school": of(&school(play, front, &token)),
        "category": of("cat-nodes"), "resultValueMin": 0, "resultValueMax": 1_000_000
    } });
    let category = json!({ "category": { "sourcedId": "cat-nodes", "title": "Quizzes" } });
    until_done(front, &format!("{GRADES}/categories/cat-nodes"), &token, &category);
    until_done(front, &format!("{GRADES}/lineItems/li-nodes"), &token, &item);
    let mut told = Told::default();
    let mut score = 0;
    while go_on() {
        score += 1;
        let id = format!("res-nodes-{}", chance.below(RESULTS));
        let body = json!({ "result": {
            "sourcedId": id, "lineItem": of("li-nodes"), "student": of(&play.student), "score": score,
            "scoreStatus": "fully graded", "scoreDate": "2026-09-19"
        } });
        let answer = front.ask("PUT", &format!("{GRADES}/results/{id}"), &token, Some(&body));
        let written = told.scores.entry(id).or_default();
        match answer {
            Some(answer) if answer.status < 300 => {
                written.acknowledged(score);
                told.acknowledged += 1;
            }
            Some(answer) if answer.status < 500 => panic!("{answer:?}"),
            _ => {
                written.unanswered(score);
                told.unknown += 1;
            }
        }
    }
    told
}

fn school(play: &Play<'_>, front: &Front, token: &str) -> String {
    let class = front.read(&format!("{ROSTER}/classes/{}", play.class), token);
    class.body["class"]["school"]["sourcedId"].as_str().unwrap().to_owned()
}

/// Puts a record until it is there.
fn until_done(front: &Front, address: &str, token: &str, body: &Value) {
    loop {
        match front.ask("PUT", address, token, Some(body)) {
            Some(answer) if answer.status < 300 => return,
            Some(answer) if answer.status < 500 => panic!("{address}: {answer:?}"),
            _ => {}
        }
    }
}

/// Imports one day after the other; some imports are killed.
fn import(play: &Play<'_>, _: &Front, mut chance: Chance, go_on: &dyn Fn() -> bool) -> Told {
    let mut told = Told::default();
    while go_on() {
        let day = (play.day.load(Ordering::Relaxed) + STEP).min(LAST);
        play.desk.district(&format!("day{day}"), 100, day);
        play.day.store(day, Ordering::Relaxed);
        match play.command(&format!("import day{day} --yes"), &mut chance) {
            Some(done) => {
                assert!(done || let_through(play, "file"), "day {day}: {}", play.desk.json(0, "runs list"));
                told.imports += 1;
            }
            None => told.broken_off += 1,
        }
    }
    told
}

/// Lets three processes fetch the same package at once, some of which are
/// killed: it comes in once.
fn fetch(play: &Play<'_>, _: &Front, mut chance: Chance, go_on: &dyn Fn() -> bool) -> Told {
    let mut told = Told::default();
    let (mut known, mut before) = (moved(play, "sis"), Vec::new());
    for day in (0..LAST).step_by(STEP as usize) {
        if !go_on() {
            break;
        }
        let (next, package) = (format!("next{day}"), play.desk.path("incoming"));
        play.desk.district(&next, 100, day);
        // In some weeks nothing happens.
        let now = content(&play.desk.path(&next));
        if now == before {
            continue;
        }
        before = now;
        for file in std::fs::read_dir(play.desk.path(&next)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), package.join(file.file_name())).unwrap();
        }
        let line = "source pull sis --yes";
        let children: Vec<Child> = (0..3).map(|_| play.desk.start(line)).collect();
        for child in children {
            let kill = (chance.below(3) == 0).then(|| Duration::from_millis(chance.below(1_000)));
            told.broken_off += usize::from(ended(child, kill).is_none());
        }
        // Whatever became of those: undisturbed, it is in afterwards.
        undisturbed(play.desk, line);
        let_through(play, "sis");
        let now = moved(play, "sis");
        holds(&format!("day {day}"), judge::once(known, now));
        known = now;
        told.fetches += 1;
    }
    told
}

/// What the files of a package hold, but for the day that it is of.
fn content(package: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(package).unwrap().map(|file| file.unwrap().path());
    let read =
        |file: PathBuf| (file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&file).unwrap());
    let mut all: Vec<_> = files.map(read).filter(|(name, _)| name != "manifest.csv").collect();
    all.sort();
    all
}

/// How many runs of a source changed the roster.
fn moved(play: &Play<'_>, source: &str) -> usize {
    let mut client = play.desk.database.connect();
    let sql = "SELECT count(*) FROM runs AS r JOIN sources AS s ON s.tenant = r.tenant AND s.id = r.source \
               WHERE s.name = $1 AND r.published IS NOT NULL";
    usize::try_from(client.query_one(sql, &[&source]).unwrap().get::<_, i64>(0)).unwrap()
}

/// Withdraws what an application may read: no request that begins when that is
/// done is answered, by whichever node.
fn withdraw(play: &Play<'_>, front: &Front, _: Chance, go_on: &dyn Fn() -> bool) -> Told {
    let token = front.token(&play.guest);
    let mut told = Told::default();
    while go_on() {
        play.desk.json(0, "app withdraw guest");
        for _ in 0..LOOKS {
            let answer = front.read(&format!("{ROSTER}/users?limit=1"), &token);
            holds("a guest", judge::granted(false, answer.status));
        }
        play.desk.json(0, "app authorize guest");
        for _ in 0..LOOKS {
            let answer = front.read(&format!("{ROSTER}/users?limit=1"), &token);
            holds("a guest", judge::granted(true, answer.status));
        }
        told.withdrawals += 1;
    }
    told
}
