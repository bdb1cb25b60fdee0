//! Another installation key: what was kept under the former one goes on.

use crate::access::{House, new, token};
use crate::district::Engine;
use crate::signed::{ask, good, signer};
use homeroom_store::ErrorKind;
use homeroom_store::access::{Access, Key, KeySource, again, former_key, next_key};
use oneroster::at;
use oneroster::grant::Cover;
use oneroster::model::Kind;
use oneroster::record::Record;
use std::fs;

on_both_engines!(what_was_kept_goes_on_under_another_key);

fn key(digit: &str) -> Key {
    Key::parse(&digit.repeat(64)).unwrap()
}

/// The family name that an application is shown for somebody.
fn stand_in(access: &Access) -> String {
    let cover: Cover = serde_json::from_str(r#"{"masked":["user.familyName"]}"#).unwrap();
    let mut person = Record::new(Kind::User);
    person.sourced_id.push_str("4711");
    person.push(at!(User.familyName), "Smith");
    let shown = access.mask("default", "LMS").unwrap().covered(&person, &cover);
    shown.get(at!(User.familyName)).unwrap().to_string()
}

fn what_was_kept_goes_on_under_another_key(engine: Engine) {
    let house = House::apart(engine);
    let before = house.open();
    let (app, secret) = before.add("me", &new("LMS")).unwrap();
    let old_token = token(&before, &app, &secret);
    let (signs, sealed) = signer(&before);
    before.forgot("me", "4711", "").unwrap();
    let named = stand_in(&before);

    // Once and once more: what was carried over is carried on.
    let mut access = before;
    for digit in ["2", "3"] {
        assert_eq!(access.take_key("me", &key(digit)).unwrap(), 1);
        let former = house.open_with(house.source());
        assert_eq!(former.unwrap_err().kind(), ErrorKind::Key);
        access = house.open_with(KeySource::Given(key(digit))).unwrap().0;
        let caller = access.verify(&old_token).unwrap().unwrap();
        assert_eq!(&*caller.app, "LMS");
        token(&access, &app, &secret);
        // What was signed before a restart is not taken after it.
        house.clock.forward(400);
        good(ask(&access, &signs, &sealed, digit, access.now().0 / 1000));
        let people = access.forgotten().unwrap();
        assert!(people.has("4711") && !people.has("4712"));
        assert_eq!(stand_in(&access), named);
        // What is new is as good as what is old.
        let (next, its) = access.add("me", &new(&format!("app {digit}"))).unwrap();
        token(&access, &next, &its);
    }
    let lines = access.audited().unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "key rotate").count(), 2);
}

#[test]
fn files_that_were_not_changed_yet_are() {
    let house = House::new(Engine::Sqlite);
    let access = house.open();
    let path = house.url().beside("key").unwrap();
    let (former, taken) = (fs::read(&path).unwrap(), format!("{}\n", "2".repeat(64)));
    fs::write(next_key(&path), &taken).unwrap();
    // As long as it is not taken, it only lies there.
    house.open();
    assert_eq!(fs::read(&path).unwrap(), former);
    access.take_key("me", &Key::read(&next_key(&path)).unwrap()).unwrap();
    house.open();
    assert_eq!(fs::read(&path).unwrap(), taken.as_bytes());
    assert_eq!(fs::read(former_key(&path)).unwrap(), former);
    assert!(!next_key(&path).exists());
}

#[test]
fn what_is_sealed_already_is_left() {
    let house = House::new(Engine::Sqlite);
    let outside = house.clock.as_ref();
    let sealed = key("1").seal("a source", b"hush", outside).unwrap();
    let anew = again(&key("1"), &key("2"), "a source", &sealed, outside).unwrap().unwrap();
    assert!(key("2").unseal("a source", &anew).is_ok());
    assert_eq!(again(&key("1"), &key("2"), "a source", &anew, outside).unwrap(), None);
    assert_eq!(again(&key("3"), &key("2"), "a source", &sealed, outside).unwrap_err().kind(), ErrorKind::Key);
}
