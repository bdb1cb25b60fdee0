//! What applications were given, kept and ended on both engines.

use crate::access::House;
use crate::district::Engine;
use homeroom_store::access::Access;
use homeroom_store::{Asked, Disclosure, Shown};
use oneroster::grant::{Bounds, Cover};
use oneroster::time::Timestamp;

on_both_engines!(answers_are_kept_forgotten_and_ended);

fn asked(operation: &str, parents: &[&str], query: &str) -> Asked {
    Asked {
        operation: operation.to_owned(),
        version: "1.2".to_owned(),
        parents: parents.iter().map(|id| (*id).to_owned()).collect(),
        query: query.to_owned(),
        tombstones: false,
        view: None,
        bounds: Bounds::default(),
        cover: Cover::default(),
        district: None,
    }
}

fn all(access: &Access) -> Vec<Disclosure> {
    let mut all = Vec::new();
    access
        .disclosures(&mut |one| {
            all.push(one);
            Ok(())
        })
        .unwrap();
    all
}

fn answers_are_kept_forgotten_and_ended(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let page = Shown { version: 9, skipped: 100, given: 50, after: Some(7), upto: None };
    let one = Shown { given: 1, ..Shown::default() };
    let users = asked("getAllUsers", &[], "filter=email%3D'ada%40x.org'&fields=email");
    access.disclose("moodle", &users, None, page).unwrap();
    access.disclose("moodle", &users, None, page).unwrap();
    access.disclose("lms", &asked("getUser", &[], ""), Some("u-1"), one).unwrap();
    access.disclose("lms", &asked("getClassesForStudent", &["u-1"], "limit=5"), None, page).unwrap();
    access.settle_disclosures().unwrap();
    let kept = all(&access);
    assert_eq!(kept.len(), 4);
    assert_eq!((&*kept[0].app, &*kept[0].asked, kept[0].shown, &kept[0].own), ("moodle", &users, page, &None));
    assert_eq!(kept[1], kept[0]);
    assert_eq!((&*kept[2].app, kept[2].own.as_deref(), kept[2].shown), ("lms", Some("u-1"), one));
    // Another district's are its own.
    let other = House::new(engine);
    assert!(all(&other.open()).is_empty());

    access.forget_disclosures("u-1", &["u-1", "ada@x.org"]).unwrap();
    let left = all(&access);
    assert_eq!(left.len(), 4, "what was given stays counted");
    let told = format!("{left:?}");
    assert!(!told.contains("u-1") && !told.contains("ada"), "{told}");

    house.clock.forward(60);
    access.disclose("moodle", &users, None, page).unwrap();
    access.settle_disclosures().unwrap();
    let before = Timestamp(kept[0].at.0 + 1);
    assert_eq!(access.end_disclosures(before).unwrap(), 4);
    assert_eq!(all(&access).len(), 1);
}

#[test]
fn an_answer_takes_few_bytes() {
    const ANSWERS: u32 = 20_000;
    let house = House::new(Engine::Sqlite);
    let access = house.open();
    let size = || house.bytes("homeroom.db-access");
    let before = size();
    for n in 0..ANSWERS {
        let shown = Shown { version: 1_800_000_000_000, skipped: 100 * u64::from(n), given: 100, ..Shown::default() };
        // A nightly pull: a page here, a record by its identifier there.
        let id = format!("{n:08x}-1111-4222-8333-444455556666");
        let (asked, own) = if n % 2 == 0 { ("getAllUsers", None) } else { ("getUser", Some(id.as_str())) };
        access.disclose("moodle", &asked_of(asked), own, shown).unwrap();
    }
    access.settle_disclosures().unwrap();
    access.end_disclosures(Timestamp(0)).unwrap();
    let each = (size() - before) / u64::from(ANSWERS);
    assert!(each > 0 && each <= 200, "{each} bytes an answer");
}

fn asked_of(operation: &str) -> Asked {
    asked(operation, &[], "")
}
