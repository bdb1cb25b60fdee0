//! Secrets that overlap and end, and tokens that are given back.

use crate::access::{House, new, token};
use crate::district::Engine;
use homeroom_store::ErrorKind;
use homeroom_store::access::{
    Access, App, Claim, EVERY_TENANT, Edit, Grant, NewApp, NewIssuer, Revocation, Rotation, TOKEN_LIFETIME,
};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};

on_both_engines!(
    two_secrets_are_good_for_a_while,
    a_secret_ends_and_its_tokens_with_it,
    a_token_is_given_back_by_its_application_only,
    an_issuer_vouches_for_an_application_and_its_people,
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

fn an_issuer_vouches_for_an_application_and_its_people(engine: Engine) {
    let house = House::apart(engine);
    let access = house.open();
    let (app, _) = access.add("me", &new("LMS")).unwrap();
    let issuer = |name: &str, app: &str| NewIssuer {
        name: name.into(),
        url: "https://idp.example".into(),
        audience: "homeroom".into(),
        app: app.into(),
        user_claim: Some("sub".into()),
        user_member: "email".into(),
    };
    let added = access.add_issuer("me", &issuer("school login", "LMS")).unwrap();
    assert_eq!((&*added.app, added.client_id.as_str()), ("LMS", app.client_id.as_str()));
    let refused = |name, app| access.add_issuer("me", &issuer(name, app)).unwrap_err().kind();
    assert_eq!(refused("school login", "LMS"), ErrorKind::Refused);
    assert_eq!(refused("other", "nobody"), ErrorKind::NotFound);
    assert_eq!(refused(" ", "LMS"), ErrorKind::Refused);
    assert_eq!(access.issuers().unwrap(), std::slice::from_ref(&added));
    assert_eq!(access.within(EVERY_TENANT).issuers().unwrap(), std::slice::from_ref(&added));
    let call = |person| access.vouched(&added, None, person, Timestamp(1)).unwrap();
    let (all, one) = (call(None).unwrap(), call(Some("t-1")).unwrap());
    assert_eq!(
        (all.scopes, all.bounds.person.as_deref(), one.bounds.person.as_deref()),
        (app.scopes, None, Some("t-1"))
    );
    assert_ne!(all.id, one.id);
    access.edit("me", "LMS", Edit { disabled: Some(true), ..Edit::default() }).unwrap();
    assert_eq!(call(None), None);
    house.clock.forward(1);
    access.remove_issuer("me", "school login").unwrap();
    assert_eq!(access.remove_issuer("me", "school login").unwrap_err().kind(), ErrorKind::NotFound);
    let lines = access.audited().unwrap();
    assert_eq!(lines[0].action, "issuer remove");
    // What is gone is told by the line that took it away, as by the one that brought it.
    let added = lines.iter().find(|line| line.action == "issuer add").unwrap();
    assert_eq!(lines[0].detail, format!("before: {}", added.detail));
    // An issuer ends with its application.
    access.add_issuer("me", &issuer("school login", "LMS")).unwrap();
    access.remove("me", "LMS").unwrap();
    assert_eq!(access.issuers().unwrap(), []);
}
