//! A roster, a target, and a push.

use crate::district::District;
use crate::fake::{Moodle, TOKEN};
use homeroom_store::access::Outside;
use homeroom_store::intake::{Intake, order};
use homeroom_store::{DatabaseUrl, Roster, Run, RunState};
use homeroom_targets::moodle::{
    Adoption, By, Did, Graded, Job, Moodle as Client, Outcome, Settings, Stop, Told, Verified, Version, What, adopt,
    grades, push, verify,
};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};
use secrecy::SecretString;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;

pub struct Bench {
    pub roster: Roster,
    pub given: BTreeMap<String, String>,
    token: String,
    clock: Cell<i64>,
    version: Cell<Version>,
    _folder: tempfile::TempDir,
}

/// Time that stands, and chance that counts.
struct Chance;

impl Outside for Chance {
    fn now(&self) -> Timestamp {
        Timestamp(START)
    }

    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        bytes.fill(0x5a);
        Ok(())
    }
}

/// What was told.
pub type Lines = Vec<Told>;

impl Bench {
    /// A target at a fake Moodle, for the first school of a district.
    pub fn new(moodle: &Moodle, district: &District) -> Bench {
        Bench::at(&moodle.url(), TOKEN, district)
    }

    pub fn at(url: &str, token: &str, district: &District) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let url_of = DatabaseUrl::Sqlite(folder.path().join("roster.db"));
        let roster = Roster::open(&url_of).unwrap();
        let given = [("url", url.to_owned()), ("schools", district.id("s1"))];
        let given = given.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let bench = Bench {
            roster,
            given,
            token: token.to_owned(),
            clock: Cell::new(START),
            version: Cell::new(Version::Last),
            _folder: folder,
        };
        bench.import(district);
        bench
    }

    pub fn set(mut self, key: &str, value: &str) -> Bench {
        self.given.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The district as it is now, as one package.
    pub fn import(&self, district: &District) {
        self.clock.set(self.clock.get() + 1000);
        let now = Timestamp(self.clock.get());
        let source = self.roster.source("sis").unwrap();
        let mut intake = self.roster.compare(source, true).unwrap();
        fill(&mut intake, district);
        let compared = intake.finish().unwrap();
        let run = Run { state: RunState::Applied, plan: compared.plan.clone(), ..Run::begun(source, now) };
        self.roster.apply(compared, &run, now).unwrap();
    }

    fn with<T>(&self, dry: bool, most: Option<f64>, act: impl FnOnce(&Job<'_>) -> T) -> T {
        let settings = Settings::parse(&self.given).unwrap();
        let client = Client::new(&settings.url, SecretString::from(self.token.clone()));
        let today = Date::parse("2026-11-22").unwrap();
        let (roster, settings, moodle) = (&self.roster, &settings, &client);
        let version = self.version.get();
        let since = if version == Version::Nothing { i64::MIN } else { i64::MAX };
        let (target, max_removed, outside) = ("lms", most, &Chance);
        act(&Job { roster, target, moodle, settings, dry, max_removed, version, since, today, outside })
    }

    pub fn try_push(&self, dry: bool, most: Option<f64>) -> (Result<Outcome, Stop>, Lines) {
        let mut lines = Vec::new();
        let outcome = self.with(dry, most, |job| push(job, &mut |told| lines.push(told.clone())));
        (outcome, lines)
    }

    /// Pushes; gives what was told.
    #[track_caller]
    pub fn push(&self) -> (Outcome, Lines) {
        let (outcome, lines) = self.try_push(false, Some(100.0));
        (outcome.unwrap_or_else(|stop| panic!("{stop}: {}", stop.hint)), lines)
    }

    /// Asks what is there; what differs is to be mended or not.
    pub fn verify(&self, repair: bool) -> Verified {
        self.with(false, None, |job| verify(job, false, &mut |_| repair)).unwrap().0
    }

    /// The same, and what cannot be asked for is to be sent again.
    pub fn verify_again(&self) -> Verified {
        self.with(false, None, |job| verify(job, true, &mut |_| true)).unwrap().0
    }

    /// The same, if it may go wrong; all would be mended.
    pub fn try_verify(&self) -> Result<Verified, Stop> {
        self.with(false, None, |job| verify(job, false, &mut |_| true)).map(|(found, _)| found)
    }

    /// Takes back what came after a version of the roster.
    #[track_caller]
    pub fn back(&self, version: Version) -> Lines {
        self.version.set(version);
        let lines = self.push().1;
        self.version.set(Version::Last);
        lines
    }

    pub fn adopt(&self, by: &[By]) -> Adoption {
        self.with(false, None, |job| adopt(job, by)).unwrap()
    }

    /// Reads grades; `known` are the results that were read before.
    pub fn grades(&self, known: &[Record]) -> Result<Graded, Stop> {
        let before = |id: &str| known.iter().find(|record| record.sourced_id == id).cloned();
        self.with(true, None, |job| grades(job, &before))
    }

    /// How many calls wrote.
    #[track_caller]
    pub fn writes(&self) -> u64 {
        self.push().0.calls.1
    }
}

fn fill(intake: &mut Intake, district: &District) {
    let kinds: BTreeSet<Kind> = district.records.iter().map(oneroster::record::Record::kind).collect();
    for kind in order() {
        if !kinds.contains(&kind) {
            intake.absent(kind).unwrap();
            continue;
        }
        intake.begin(kind, 0, Box::new(|_| false)).unwrap();
        for record in district.records.iter().filter(|record| record.kind() == kind) {
            intake.push(&mut record.clone()).unwrap();
        }
        intake.end(kind).unwrap();
    }
}

/// The lines about one thing.
pub fn about<'a>(lines: &'a [Told], what: What, id: &str) -> Vec<&'a Told> {
    lines.iter().filter(|told| told.what == what && told.id == id).collect()
}

/// How many lines say this.
pub fn count(lines: &[Told], what: What, did: Did) -> usize {
    lines.iter().filter(|told| told.what == what && told.did == did).count()
}
