//! Grades on their way to their home: what is queued, in which order, what is
//! noted of it, and what comes back.

use crate::district::{Bench, Engine, START, record, run, small};
use homeroom_store::gradebook::{Task, Verdict, When, Write};
use homeroom_store::{Feed, Forward, Forwards, Sent, Stand};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;

on_both_engines!(
    what_applications_write_is_queued_once_parents_first,
    a_later_write_waits_though_the_earlier_one_has_come_there,
    another_home_gets_everything_and_no_home_nothing,
    what_comes_back_stays_of_who_wrote_it,
    grades_of_a_run_are_queued_if_its_source_is_one_of_those,
    what_is_forgotten_is_not_sent,
);

fn home(bench: &Bench, name: &str, is_home: bool) {
    let mut settings = std::collections::BTreeMap::from([("url".to_owned(), "https://\"grades\":\"home\"".to_owned())]);
    if is_home {
        settings.insert("grades".to_owned(), "home".to_owned());
    }
    let (kind, state) = ("oneroster".to_owned(), "{}".to_owned());
    let feed = Feed { name: name.to_owned(), kind, settings, sealed: None, state, created: Timestamp(1) };
    bench.roster.keep_feed(&feed).unwrap();
}

fn write(bench: &Bench, task: Task) -> Verdict {
    let (author, version, now) = ("lms".into(), Version::V1P2, Timestamp(START));
    bench
        .roster
        .write(Write { author, version, now, task, when: When::Always, unseen: Vec::new(), view: None })
        .unwrap()
}

fn put(bench: &Bench, record: Record) {
    write(bench, Task::Put(Box::new(record))).unwrap();
}

fn delete(bench: &Bench, kind: Kind, id: &str) {
    write(bench, Task::Delete { kind, sourced_id: id.into() }).unwrap();
}

fn category(title: &str) -> Record {
    record(Kind::Category, "k1", &[(at!(Category.title), title)])
}

fn line_item() -> Record {
    let values = [
        (at!(LineItem.title), "Essay"),
        (at!(LineItem.assignDate), "2026-09-14T07:00:00.000Z"),
        (at!(LineItem.dueDate), "2026-09-18T00:00:00.000Z"),
        (at!(LineItem.class), "c1"),
        (at!(LineItem.category), "k1"),
        (at!(LineItem.resultValueMin), "0"),
        (at!(LineItem.resultValueMax), "100"),
    ];
    record(Kind::LineItem, "i1", &values)
}

fn result(score: &str) -> Record {
    let values = [
        (at!(Result.lineItem), "i1"),
        (at!(Result.student), "u000"),
        (at!(Result.scoreStatus), "fully graded"),
        (at!(Result.score), score),
        (at!(Result.scoreDate), "2026-09-19"),
    ];
    record(Kind::Result, "r1", &values)
}

fn district(engine: Engine) -> Bench {
    let mut bench = Bench::new(engine);
    bench.import("sis", &small(3));
    bench
}

fn graded(bench: &Bench) {
    put(bench, category("Essays"));
    put(bench, line_item());
    put(bench, result("85"));
}

fn due(bench: &Bench) -> Vec<(String, bool)> {
    let rows = bench.roster.forwards_due(Timestamp(i64::MAX), 100).unwrap();
    rows.into_iter().map(|row| (row.sourced_id, row.gone)).collect()
}

fn one(bench: &Bench, id: &str) -> Forward {
    let which = Forwards { sourced_id: Some(id), ..Forwards::default() };
    bench.roster.forwards(&which, 9).unwrap().pop().unwrap()
}

fn ids(all: &[(&str, bool)]) -> Vec<(String, bool)> {
    all.iter().map(|(id, gone)| ((*id).to_owned(), *gone)).collect()
}

fn what_applications_write_is_queued_once_parents_first(engine: Engine) {
    let bench = district(engine);
    put(&bench, category("Before there is a home"));
    home(&bench, "other", false);
    assert_eq!(bench.roster.begin_forwards().unwrap(), None);
    home(&bench, "sis", true);
    assert_eq!(bench.roster.begin_forwards().unwrap().as_deref(), Some("sis"));
    assert_eq!(due(&bench), []);
    assert_eq!(bench.roster.forward_owned().unwrap(), 1);
    put(&bench, line_item());
    put(&bench, result("80"));
    put(&bench, result("85"));
    // The category comes last, and goes first; what has not changed is no write.
    put(&bench, category("Essays"));
    put(&bench, category("Essays"));
    assert_eq!(due(&bench), ids(&[("k1", false), ("i1", false), ("r1", false)]));
    assert_eq!(bench.roster.forward_owned().unwrap(), 0);
    let row = one(&bench, "r1");
    assert_eq!((row.author.as_str(), row.stand, row.sent), ("lms", Stand::Waiting, None));
    // Deletions go after that, the other way round; scores go with their line item.
    delete(&bench, Kind::LineItem, "i1");
    delete(&bench, Kind::Category, "k1");
    assert_eq!(due(&bench), ids(&[("r1", true), ("i1", true), ("k1", true)]));
}

fn a_later_write_waits_though_the_earlier_one_has_come_there(engine: Engine) {
    let bench = district(engine);
    home(&bench, "sis", true);
    graded(&bench);
    let now = Timestamp(START + 7);
    let taken = one(&bench, "r1");
    put(&bench, result("90"));
    assert!(!bench.roster.note_forward(&taken, now, &Sent::There).unwrap());
    let row = one(&bench, "r1");
    assert_eq!((row.stand, row.sent, row.arrived), (Stand::Waiting, Some(taken.version), Some(now)));
    assert!(!bench.roster.note_forward(&taken, now, &Sent::Refused(Some(422), "no".into())).unwrap());
    let later = Timestamp(START + 1000);
    assert!(bench.roster.note_forward(&row, now, &Sent::Again(later, Some(503), "busy".into())).unwrap());
    assert_eq!(bench.roster.forwards_due(now, 9).unwrap().len(), 2);
    let row = one(&bench, "r1");
    assert_eq!((row.tries, row.due, row.status, row.said.as_deref()), (1, later, Some(503), Some("busy")));
    assert!(bench.roster.note_forward(&row, now, &Sent::Refused(Some(422), "score above maximum".into())).unwrap());
    let refused = Forwards { stand: Some(Stand::Refused), ..Forwards::default() };
    assert_eq!(bench.again().forwards(&refused, 9).unwrap()[0].said.as_deref(), Some("score above maximum"));
    let standing: Vec<_> =
        bench.roster.forwards_standing().unwrap().iter().map(|standing| (standing.stand, standing.count)).collect();
    assert_eq!(standing, [(Stand::Waiting, 2), (Stand::Refused, 1)]);
    assert_eq!(bench.roster.retry_forwards(&refused).unwrap(), 1);
    assert_eq!((one(&bench, "r1").stand, one(&bench, "r1").tries), (Stand::Waiting, 0));
    let row = one(&bench, "r1");
    assert!(bench.roster.note_forward(&row, now, &Sent::There).unwrap());
    let row = one(&bench, "r1");
    assert_eq!((row.stand, row.said, row.sent), (Stand::There, None, Some(row.version)));
    // What is there is not sent again because somebody asks for another try.
    assert_eq!(bench.roster.retry_forwards(&Forwards { sourced_id: Some("r1"), ..Forwards::default() }).unwrap(), 0);
}

fn another_home_gets_everything_and_no_home_nothing(engine: Engine) {
    let bench = district(engine);
    home(&bench, "sis", true);
    bench.roster.begin_forwards().unwrap();
    graded(&bench);
    for id in ["k1", "i1", "r1"] {
        bench.roster.note_forward(&one(&bench, id), Timestamp(START), &Sent::There).unwrap();
    }
    home(&bench, "sis", false);
    put(&bench, result("70"));
    assert_eq!((due(&bench), bench.roster.begin_forwards().unwrap()), (Vec::new(), None));
    // The same one again: what was written meanwhile is missing there until it is asked for.
    home(&bench, "sis", true);
    bench.roster.begin_forwards().unwrap();
    assert_eq!((due(&bench).len(), bench.roster.forward_owned().unwrap()), (0, 1));
    home(&bench, "sis", false);
    home(&bench, "new", true);
    assert_eq!(bench.roster.begin_forwards().unwrap().as_deref(), Some("new"));
    assert_eq!(due(&bench), ids(&[("k1", false), ("i1", false), ("r1", false)]));
    assert_eq!(one(&bench, "k1").sent, None);
}

/// Compares what a home gives, as its run would.
fn comes(bench: &mut Bench, records: &[Record]) -> homeroom_store::intake::Compared {
    let number = bench.roster.source("sis").unwrap();
    let all: Vec<Record> = small(3).into_iter().chain(records.iter().cloned()).collect();
    bench.compare(number, &all)
}

fn what_comes_back_stays_of_who_wrote_it(engine: Engine) {
    let mut bench = district(engine);
    home(&bench, "sis", true);
    bench.roster.begin_forwards().unwrap();
    graded(&bench);
    // While it waits, what the home has of it is an earlier word.
    let tally = |compared: &homeroom_store::intake::Compared| {
        compared.plan.kinds().find(|(kind, _)| *kind == Kind::Result).map(|(_, tally)| (tally.changed, tally.unchanged))
    };
    let compared = comes(&mut bench, &[category("Essays"), line_item(), result("10")]);
    assert_eq!((compared.collided, tally(&compared)), (0, Some((0, 1))));
    for id in ["k1", "i1", "r1"] {
        bench.roster.note_forward(&one(&bench, id), Timestamp(START + 5), &Sent::There).unwrap();
    }
    // What was asked before it came there, too.
    bench.roster.asked_grades_home(Timestamp(START + 4)).unwrap();
    let compared = comes(&mut bench, &[category("Essays"), line_item(), result("10")]);
    assert_eq!((compared.collided, tally(&compared)), (0, Some((0, 1))));
    bench.roster.asked_grades_home(Timestamp(START + 6)).unwrap();
    let compared = comes(&mut bench, &[category("Essays"), line_item(), result("85.0")]);
    assert_eq!((compared.collided, tally(&compared)), (0, Some((0, 1))));
    // A teacher changed it at home: that is taken over, and is not sent back.
    let compared = comes(&mut bench, &[category("Essays"), line_item(), result("88")]);
    assert_eq!((compared.collided, tally(&compared)), (0, Some((1, 0))));
    let number = bench.roster.source("sis").unwrap();
    let run = run(number, &compared);
    bench.roster.apply(compared, &run, Timestamp(START + 9)).unwrap();
    let stored = bench.roster.stored(Kind::Result, "r1").unwrap().unwrap();
    assert_eq!(stored.record.get(at!(Result.score)), Some("88"));
    assert_eq!(bench.roster.owner(stored.owner).unwrap().unwrap().to_string(), "application \"lms\"");
    assert_eq!(due(&bench), []);
    // What the home lacks is not gone here.
    let compared = comes(&mut bench, &[]);
    assert_eq!(compared.plan.kinds().map(|(_, tally)| tally.removed).sum::<u64>(), 0);
    // The application may change it again.
    put(&bench, result("99"));
    assert_eq!(due(&bench), ids(&[("r1", false)]));
}

fn grades_of_a_run_are_queued_if_its_source_is_one_of_those(engine: Engine) {
    let mut bench = district(engine);
    home(&bench, "sis", true);
    bench.import("moodle", &[category("Moodle")]);
    assert_eq!(due(&bench), []);
    bench.roster.forward_grades_of("moodle", true).unwrap();
    bench.import("moodle", &[category("Moodle's")]);
    assert_eq!(due(&bench), ids(&[("k1", false)]));
    assert_eq!(one(&bench, "k1").author, "moodle");
    let before = one(&bench, "k1").version;
    bench.roster.forward_grades_of("moodle", false).unwrap();
    bench.import("moodle", &[category("Other")]);
    assert_eq!(one(&bench, "k1").version, before);
}

fn what_is_forgotten_is_not_sent(engine: Engine) {
    let bench = district(engine);
    home(&bench, "sis", true);
    graded(&bench);
    bench.roster.forget("u000", Timestamp(START + 3)).unwrap();
    assert_eq!(due(&bench), ids(&[("k1", false), ("i1", false)]));
}
