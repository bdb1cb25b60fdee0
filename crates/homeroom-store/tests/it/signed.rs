//! Signed requests over real databases: whose they are, and each of them once.

use crate::access::{House, new};
use crate::district::Engine;
use homeroom_store::access::{Access, App, Edit, NewApp, Rotation, Signature};
use oneroster::oauth1::{Address, Credentials, Hash, Message, Signed, Stamp, sign};
use secrecy::{ExposeSecret, SecretString};

on_both_engines!(
    a_signed_request_is_of_its_application_once,
    a_request_is_good_for_a_while,
    a_restart_takes_nothing_twice,
    a_change_counts_from_the_next_request_on,
    only_who_may_sign_is_known,
);

const NOW: i64 = 1_700_000_000;

/// The address of every request of these tests.
fn address() -> Address<'static> {
    Address::split("https://sis.example.org/ims/oneroster/v1p1/users?limit=1").unwrap()
}

pub fn ask(access: &Access, app: &App, secret: &SecretString, nonce: &str, timestamp: i64) -> Signature {
    let (address, credentials) = (address(), Credentials { key: &app.client_id, secret: secret.expose_secret() });
    let message = Message { method: "GET", query: address.query, form: None };
    let header = sign(&message, &address, &credentials, Hash::Sha256, Stamp { nonce, timestamp });
    let signed = Signed::read(&message, Some(&header)).unwrap().unwrap();
    access.signature(&signed, &[address]).unwrap()
}

pub fn signer(access: &Access) -> (App, SecretString) {
    access.add("me", &NewApp { signs: true, ..new("signer") }).unwrap()
}

#[track_caller]
pub fn good(signature: Signature) {
    assert!(
        matches!(&signature, Signature::Good(caller, fit) if &*caller.app == "signer" && fit.is_standard()),
        "{signature:?}"
    );
}

fn a_signed_request_is_of_its_application_once(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, secret) = signer(&access);
    for nonce in ["a", "b", "n\u{e9}'\"\0".trim_end_matches('\0')] {
        good(ask(&access, &app, &secret, nonce, NOW));
        assert_eq!(ask(&access, &app, &secret, nonce, NOW), Signature::Replayed);
    }
    // The same nonce of another second, or of another application, is another.
    good(ask(&access, &app, &secret, "a", NOW + 1));
    let (other, its) = access.add("me", &NewApp { signs: true, ..new("other") }).unwrap();
    assert!(matches!(ask(&access, &other, &its, "a", NOW), Signature::Good(..)));
    assert_eq!(ask(&access, &other, &secret, "c", NOW), Signature::Wrong);
    // What was signed wrong takes no nonce.
    good(ask(&access, &app, &secret, "c", NOW));
    // Many threads: one of them has it.
    let taken = std::thread::scope(|scope| {
        let ask = |_| scope.spawn(|| matches!(ask(&access, &app, &secret, "race", NOW), Signature::Good(..)));
        let threads: Vec<_> = (0..4).map(ask).collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>()
    });
    assert_eq!(taken, 1);
}

fn a_request_is_good_for_a_while(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, secret) = signer(&access);
    house.clock.forward(1000);
    for (timestamp, timely) in [(NOW + 400, true), (NOW + 399, false), (NOW + 1300, true), (NOW + 1301, false)] {
        match ask(&access, &app, &secret, "a", timestamp) {
            Signature::Untimely => assert!(!timely, "{timestamp}"),
            given => {
                assert!(timely, "{timestamp}");
                good(given);
            }
        }
    }
    // However long it takes until the memory is tidied, nothing is taken twice.
    for step in 0..1000 {
        if step % 50 == 0 {
            assert_ne!(ask(&access, &app, &secret, "a", NOW + 1300), Signature::Wrong);
            assert!(!matches!(ask(&access, &app, &secret, "a", NOW + 1300), Signature::Good(..)), "after {step} s");
        }
        house.clock.forward(1);
        if step % 100 == 0 {
            good(ask(&access, &app, &secret, "b", NOW + 1000 + step));
        }
    }
}

fn a_restart_takes_nothing_twice(engine: Engine) {
    let house = House::apart(engine);
    let first = house.open();
    let (app, secret) = signer(&first);
    house.clock.forward(10);
    let asked = [("a", NOW + 5), ("b", NOW + 10), ("c", NOW + 200)];
    for (nonce, timestamp) in asked {
        good(ask(&first, &app, &secret, nonce, timestamp));
    }
    // At once, so that part of it is from after the start.
    let second = house.open();
    for (nonce, timestamp) in asked {
        let given = ask(&second, &app, &secret, nonce, timestamp);
        assert!(matches!(given, Signature::Replayed | Signature::Untimely), "{nonce}: {given:?}");
    }
    good(ask(&second, &app, &secret, "fresh", NOW + 201));
    // And again a little later, from what both have left.
    house.clock.forward(1);
    let third = house.open();
    for (nonce, timestamp) in asked.into_iter().chain([("fresh", NOW + 201)]) {
        assert!(!matches!(ask(&third, &app, &secret, nonce, timestamp), Signature::Good(..)), "{nonce}");
    }
    good(ask(&third, &app, &secret, "later", NOW + 202));
    // Who comes new is not held up by who was there.
    first.remove("me", "signer").unwrap();
    let (again, its) = signer(&first);
    good(ask(&house.open(), &again, &its, "a", NOW + 11));
}

fn a_change_counts_from_the_next_request_on(engine: Engine) {
    let house = House::apart(engine);
    let (server, command) = (house.open(), house.open());
    let (app, secret) = signer(&command);
    good(ask(&server, &app, &secret, "1", NOW));
    let (_, next) =
        command.rotate_with("me", "signer", Rotation { keep_old: Some(60_000), ..Rotation::default() }).unwrap();
    good(ask(&server, &app, &secret, "2", NOW));
    good(ask(&server, &app, &next, "3", NOW));
    house.clock.forward(60);
    assert_eq!(ask(&server, &app, &secret, "4", NOW + 60), Signature::Wrong);
    good(ask(&server, &app, &next, "5", NOW + 60));
    let disable = |disabled| Edit { disabled: Some(disabled), ..Edit::default() };
    command.edit("me", "signer", disable(true)).unwrap();
    assert_eq!(ask(&server, &app, &next, "6", NOW + 60), Signature::Wrong);
    command.edit("me", "signer", disable(false)).unwrap();
    good(ask(&server, &app, &next, "7", NOW + 60));
    let (tokens_only, last) =
        command.rotate_with("me", "signer", Rotation { signs: Some(false), ..Rotation::default() }).unwrap();
    assert!(!tokens_only.signs);
    assert_eq!(ask(&server, &app, &last, "8", NOW + 60), Signature::Wrong);
}

fn only_who_may_sign_is_known(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &new("asks for tokens")).unwrap();
    assert_eq!(ask(&access, &app, &secret, "1", NOW), Signature::Wrong);
    let nobody = App { client_id: "nobody".into(), ..app.clone() };
    assert_eq!(ask(&access, &nobody, &secret, "1", NOW), Signature::Wrong);
    let (app, secret) =
        access.rotate_with("me", "asks for tokens", Rotation { signs: Some(true), ..Rotation::default() }).unwrap();
    assert!(app.signs);
    assert!(matches!(ask(&access, &app, &secret, "1", NOW), Signature::Good(..)));
    let elsewhere = House::new(engine);
    assert_eq!(ask(&elsewhere.open(), &app, &secret, "2", NOW), Signature::Wrong, "another district");
}
