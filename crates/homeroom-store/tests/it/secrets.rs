//! Secrets that overlap and end, and tokens that are given back.

use crate::access::{House, new, token};
use crate::district::Engine;
use homeroom_store::access::{Access, App, Claim, Grant, NewApp, Revocation, Rotation, TOKEN_LIFETIME};
use secrecy::{ExposeSecret, SecretString};

on_both_engines!(
    two_secrets_are_good_for_a_while,
    a_secret_ends_and_its_tokens_with_it,
    a_token_is_given_back_by_its_application_only,
);

fn opens(access: &Access, app: &App, secret: &SecretString) -> bool {
    let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
    matches!(access.issue(&[claim], None).unwrap(), Grant::Token { .. })
}

const HOUR: i64 = 3_600_000;

fn two_secrets_are_good_for_a_while(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, first) = access.add("me", &new("LMS")).unwrap();
    let keep = |hours: i64| Rotation { keep_old: Some(hours * HOUR), ..Rotation::default() };
    let (_, second) = access.rotate_with("me", "LMS", keep(2)).unwrap();
    let old = token(&access, &app, &first);
    assert!(opens(&access, &app, &first) && opens(&access, &app, &second));
    // A third one does not make the first one good for longer.
    house.clock.forward(3600);
    let (_, third) = access.rotate_with("me", "LMS", keep(24)).unwrap();
    house.clock.forward(3599);
    let late = token(&access, &app, &first);
    assert!(access.verify(&late).unwrap().is_some());
    house.clock.forward(1);
    assert_eq!((access.verify(&old).unwrap(), access.verify(&late).unwrap()), (None, None), "they end with the secret");
    assert!(!opens(&access, &app, &first) && opens(&access, &app, &second) && opens(&access, &app, &third));
    let (_, fourth) = access.rotate("me", "LMS").unwrap();
    for (secret, good) in [(&first, false), (&second, false), (&third, false), (&fourth, true)] {
        assert_eq!(opens(&access, &app, secret), good);
    }
    let said = &access.audited().unwrap()[1].detail;
    assert!(said.contains("good until") && !said.contains(third.expose_secret()), "{said}");
}

fn a_secret_ends_and_its_tokens_with_it(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &NewApp { secret_for: Some(2 * HOUR), ..new("LMS") }).unwrap();
    let claim = || Claim { client_id: &app.client_id, secret: secret.expose_secret() };
    house.clock.forward(3600 + 1800);
    let Grant::Token { token, seconds, .. } = access.issue(&[claim()], None).unwrap() else { panic!() };
    assert_eq!(seconds, TOKEN_LIFETIME / 2);
    house.clock.forward(1799);
    assert!(access.verify(token.expose_secret()).unwrap().is_some());
    house.clock.forward(1);
    assert_eq!(access.verify(token.expose_secret()).unwrap(), None);
    assert!(matches!(access.issue(&[claim()], None).unwrap(), Grant::UnknownClient));
    let (_, next) = access.rotate("me", "LMS").unwrap();
    assert!(opens(&access, &app, &next));
}

fn a_token_is_given_back_by_its_application_only(engine: Engine) {
    let house = House::apart(engine);
    let (server, other) = (house.open(), house.open());
    let (app, secret) = server.add("me", &new("LMS")).unwrap();
    let (thief, its) = server.add("me", &new("thief")).unwrap();
    let [one, two] = [(); 2].map(|()| token(&server, &app, &secret));
    assert!(other.verify(&one).unwrap().is_some());
    let claim = |app: &App, secret: &SecretString, token: &str| {
        server.revoke(&[Claim { client_id: &app.client_id, secret: secret.expose_secret() }], token).unwrap()
    };
    assert_eq!(claim(&app, &its, &one), Revocation::UnknownClient);
    // RFC 7009, 2.1 and 2.2: neither another's token nor an unknown one tells anything.
    assert_eq!(claim(&thief, &its, &one), Revocation::Done);
    assert_eq!(claim(&app, &secret, "no token"), Revocation::Done);
    assert!(server.verify(&one).unwrap().is_some() && other.verify(&one).unwrap().is_some());
    assert_eq!(claim(&app, &secret, &one), Revocation::Done);
    assert_eq!((server.verify(&one).unwrap(), other.verify(&one).unwrap()), (None, None));
    assert!(server.verify(&two).unwrap().is_some());
}
