//! Applications and tokens, over real databases.

use crate::district::Engine;
use crate::server;
use homeroom_store::access::{
    Access, App, Claim, Edit, Grant, Key, KeyOrigin, KeySource, NewApp, Outside, ScopeSet, TOKEN_LIFETIME,
    TombstonePolicy,
};
use homeroom_store::{DatabaseUrl, ErrorKind};
use oneroster::grant::{Bounds, Cover};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

on_both_engines!(
    a_secret_gets_a_token_and_the_token_is_known,
    wrong_claims_and_scopes_get_nothing,
    a_token_ends_after_its_hour,
    another_process_ends_tokens_at_once,
    narrowed_scopes_narrow_tokens,
    a_grant_is_kept_with_its_history_and_follows_at_once,
    names_are_taken_once_and_changes_are_on_record,
    many_processes_may_open_at_once,
);

/// A clock that stands until it is moved, and chance that can be repeated.
pub struct Clock {
    now: AtomicI64,
    dice: AtomicU64,
}

impl Clock {
    fn new() -> Clock {
        // Client ids are unique in a database, so no two clocks throw the same.
        static NEXT: AtomicU64 = AtomicU64::new(7);
        let dice = NEXT.fetch_add(1 << 32, Ordering::SeqCst);
        Clock { now: AtomicI64::new(1_700_000_000_000), dice: AtomicU64::new(dice) }
    }

    pub fn forward(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Outside for Clock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        for byte in bytes {
            let state = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            *byte = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()[0];
        }
        Ok(())
    }
}

pub struct House {
    engine: Engine,
    folder: tempfile::TempDir,
    tenant: String,
    pub clock: Arc<Clock>,
    /// On PostgreSQL, where the clock of one test shall not end what another
    /// one still needs.
    apart: Option<server::Database>,
}

impl House {
    pub fn new(engine: Engine) -> House {
        let tenant = if engine == Engine::Sqlite { "default".to_owned() } else { server::tenant() };
        House { engine, folder: tempfile::tempdir().unwrap(), tenant, clock: Arc::new(Clock::new()), apart: None }
    }

    /// With a database of its own, for a test in which more than an hour goes by.
    pub fn apart(engine: Engine) -> House {
        let apart = (engine == Engine::Postgres).then(server::Database::new);
        House { apart, ..House::new(engine) }
    }

    /// The size of a file of the house with its log of writes, in bytes.
    pub fn bytes(&self, name: &str) -> u64 {
        let size = |name: &str| std::fs::metadata(self.folder.path().join(name)).map_or(0, |file| file.len());
        size(name) + size(&format!("{name}-wal"))
    }

    pub fn url(&self) -> DatabaseUrl {
        match self.engine {
            Engine::Sqlite => DatabaseUrl::Sqlite(self.folder.path().join("homeroom.db")),
            Engine::Postgres => self.apart.as_ref().map_or_else(server::url, server::Database::url),
        }
    }

    /// PostgreSQL needs its key given; that of the tests is one.
    pub fn source(&self) -> KeySource {
        match self.url().beside("key") {
            Some(path) => KeySource::Beside(path),
            None => KeySource::Given(Key::parse(&"1".repeat(64)).unwrap()),
        }
    }

    pub fn open(&self) -> Access {
        self.open_with(self.source()).unwrap().0
    }

    pub fn open_with(&self, source: KeySource) -> homeroom_store::Result<(Access, KeyOrigin)> {
        Access::open(&self.url(), &self.tenant, source, self.clock.clone())
    }
}

pub fn new(name: &str) -> NewApp {
    NewApp::new(name, ScopeSet::default_grant())
}

pub fn token(access: &Access, app: &App, secret: &SecretString) -> String {
    let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
    match access.issue(&[claim], None).unwrap() {
        Grant::Token { token, .. } => token.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn a_secret_gets_a_token_and_the_token_is_known(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    assert!(secret.expose_secret().len() * 4 >= 256);
    assert!(secret.expose_secret().bytes().chain(app.client_id.bytes()).all(|b| b.is_ascii_alphanumeric()));
    let first = token(&access, &app, &secret);
    let second = token(&access, &app, &secret);
    assert_ne!(first, second);
    for token in [&first, &second] {
        let caller = access.verify(token).unwrap().unwrap();
        assert_eq!((&*caller.app, caller.scopes), ("LMS", ScopeSet::default_grant()));
    }
    assert_eq!(access.verify("something else").unwrap(), None);
    let ids = [&first, &second].map(|t| access.verify(t).unwrap().unwrap().id);
    assert_ne!(ids[0], ids[1]);
}

fn wrong_claims_and_scopes_get_nothing(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    let secret = secret.expose_secret();
    for (client_id, secret) in [("nobody", secret), (&*app.client_id, "guess"), (&*app.client_id, ""), ("", "")] {
        assert!(matches!(access.issue(&[Claim { client_id, secret }], None).unwrap(), Grant::UnknownClient));
    }
    let claim = || Claim { client_id: &app.client_id, secret };
    let asked = ScopeSet::parse("gradebook.readonly");
    assert!(matches!(access.issue(&[claim()], Some(asked)).unwrap(), Grant::NoScope));
    let asked = ScopeSet::parse("gradebook.readonly roster.readonly");
    let Grant::Token { scopes, .. } = access.issue(&[claim()], Some(asked)).unwrap() else { panic!() };
    assert_eq!(scopes.names(), ["roster.readonly"]);
}

fn a_token_ends_after_its_hour(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    let [seen, unseen] = [(); 2].map(|()| token(&access, &app, &secret));
    house.clock.forward(i64::from(TOKEN_LIFETIME) - 1);
    assert!(access.verify(&seen).unwrap().is_some());
    house.clock.forward(1);
    assert_eq!(access.verify(&seen).unwrap(), None);
    assert_eq!(access.verify(&unseen).unwrap(), None);
}

fn another_process_ends_tokens_at_once(engine: Engine) {
    let house = House::new(engine);
    let (server, command) = (house.open(), house.open());
    type End = fn(&Access);
    let ends: [(&str, End); 3] = [
        ("rotate", |a| drop(a.rotate("me", "LMS").unwrap())),
        ("disable", |a| drop(a.edit("me", "LMS", Edit { disabled: Some(true), ..Edit::default() }).unwrap())),
        ("remove", |a| a.remove("me", "LMS").unwrap()),
    ];
    for (what, end) in ends {
        let (app, secret) = command.add("me", &new("LMS")).unwrap();
        let token = token(&server, &app, &secret);
        assert!(server.verify(&token).unwrap().is_some());
        assert!(server.verify(&token).unwrap().is_some());
        end(&command);
        assert_eq!(server.verify(&token).unwrap(), None, "{what}");
        let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
        assert!(matches!(server.issue(&[claim], None).unwrap(), Grant::UnknownClient), "{what}");
        drop(command.remove("me", "LMS"));
    }
}

fn narrowed_scopes_narrow_tokens(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    let token = token(&access, &app, &secret);
    assert_eq!(access.verify(&token).unwrap().unwrap().scopes, ScopeSet::default_grant());
    let narrow = ScopeSet::named("roster-core.readonly");
    access.edit("me", "LMS", Edit { scopes: Some(narrow), ..Edit::default() }).unwrap();
    assert_eq!(access.verify(&token).unwrap().unwrap().scopes, narrow);
}

fn a_grant_is_kept_with_its_history_and_follows_at_once(engine: Engine) {
    let house = House::new(engine);
    let (server, command) = (house.open(), house.open());
    let bounds: Bounds = serde_json::from_str(r#"{"schools":["s1","s 2"],"terms":["current"]}"#).unwrap();
    let cover: Cover = serde_json::from_str(r#"{"hidden":["user.email"],"masked":["user.familyName"]}"#).unwrap();
    let new = NewApp { bounds: bounds.clone(), cover: cover.clone(), ..new("LMS") };
    let (app, secret) = command.add("ada", &new).unwrap();
    assert_eq!((&app.bounds, &app.cover), (&bounds, &cover));
    assert_eq!(command.apps().unwrap(), std::slice::from_ref(&app));
    let token = token(&server, &app, &secret);
    let caller = server.verify(&token).unwrap().unwrap();
    assert_eq!((&caller.bounds, &caller.cover), (&bounds, &cover));
    house.clock.forward(1);
    let edited = command.edit("ben", "LMS", Edit { bounds: Some(Bounds::default()), ..Edit::default() }).unwrap();
    assert_eq!((edited.bounds.is_open(), &edited.cover), (true, &cover));
    let caller = server.verify(&token).unwrap().unwrap();
    assert_eq!((caller.bounds.is_open(), &caller.cover), (true, &cover));
    let lines = command.audited().unwrap();
    let shown = r#"shown {"hidden":["user.email"],"masked":["user.familyName"]}"#;
    let scopes = "scopes roster-core.readonly roster.readonly; tombstones filtered";
    let before = format!(r#"{scopes}; sees {{"schools":["s 2","s1"],"terms":["current"]}}; {shown}"#);
    assert_eq!(lines[1].detail, before);
    assert_eq!(lines[0].detail, format!("{scopes}; {shown}; before: {before}"));
}

fn names_are_taken_once_and_changes_are_on_record(engine: Engine) {
    let house = House::new(engine);
    let access = house.open();
    let (app, _) = access.add("ada", &new("LMS")).unwrap();
    let refused = |new: &NewApp| access.add("ada", new).unwrap_err().kind();
    assert_eq!(refused(&new("LMS")), ErrorKind::Refused);
    assert_eq!(refused(&new(" ")), ErrorKind::Refused);
    assert_eq!(refused(&new("a\nb")), ErrorKind::Refused);
    assert_eq!(refused(&NewApp { scopes: ScopeSet::default(), ..new("other") }), ErrorKind::Refused);
    assert_eq!(access.apps().unwrap(), std::slice::from_ref(&app));
    house.clock.forward(1);
    let edit = Edit { tombstones: Some(TombstonePolicy::Always), ..Edit::default() };
    assert_eq!(access.edit("ben", "LMS", edit).unwrap().tombstones, TombstonePolicy::Always);
    house.clock.forward(1);
    let (same, _) = access.rotate("cleo", "LMS").unwrap();
    assert_eq!(same.client_id, app.client_id);
    house.clock.forward(1);
    access.remove("dora", "LMS").unwrap();
    let lines = access.audited().unwrap();
    let said: Vec<_> = lines.iter().map(|l| (l.who.as_str(), l.action.as_str(), l.subject.as_str())).collect();
    let wanted = [("dora", "app remove"), ("cleo", "app rotate"), ("ben", "app edit"), ("ada", "app add")];
    assert_eq!(said, wanted.map(|(who, action)| (who, action, "LMS")));
    // What is gone is told by the line that took it away.
    let state = "scopes roster-core.readonly roster.readonly; tombstones always";
    assert_eq!(lines[0].detail, format!("before: {state}"));
    assert!(lines[2].detail.starts_with(&format!("{state}; before: ")), "{:?}", lines[2]);
    for kind in [
        access.app("LMS").unwrap_err(),
        access.rotate("me", "LMS").unwrap_err(),
        access.remove("me", "LMS").unwrap_err(),
        access.edit("me", "LMS", Edit::default()).unwrap_err(),
    ] {
        assert_eq!(kind.kind(), ErrorKind::NotFound);
    }
}

#[test]
fn nothing_on_disk_is_a_secret_or_a_token() {
    let house = House::new(Engine::Sqlite);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    let token = token(&access, &app, &secret);
    drop(access);
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for hidden in [secret.expose_secret(), &token] {
            assert!(!bytes.windows(hidden.len()).any(|w| w == hidden.as_bytes()));
        }
    }
}

#[test]
fn the_key_is_made_once_and_no_other_is_taken() {
    let house = House::new(Engine::Sqlite);
    let open = |source| house.open_with(source);
    let path = house.url().beside("key").unwrap();
    assert_eq!(open(house.source()).unwrap().1, KeyOrigin::Made(path.clone()));
    assert_eq!(open(house.source()).unwrap().1, KeyOrigin::Found(path.clone()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(open(KeySource::Given(Key::read(&path).unwrap())).unwrap().1, KeyOrigin::Given);
    let wrong = KeySource::Given(Key::parse(&"5".repeat(64)).unwrap());
    assert_eq!(open(wrong).unwrap_err().kind(), ErrorKind::Key);
    std::fs::write(&path, "6".repeat(64)).unwrap();
    assert_eq!(open(house.source()).unwrap_err().kind(), ErrorKind::Key);
    std::fs::write(&path, "not a key").unwrap();
    assert_eq!(open(house.source()).unwrap_err().kind(), ErrorKind::Key);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(open(house.source()).unwrap_err().kind(), ErrorKind::Key);
    assert!(!path.exists(), "no new key is made over an old database");
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let house = House::new(Engine::Sqlite);
    let url = DatabaseUrl::Sqlite(house.folder.path().join("no/such/homeroom.db"));
    let error = Access::open(&url, "default", house.source(), house.clock.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unusable);
}

fn many_processes_may_open_at_once(engine: Engine) {
    let house = House::new(engine);
    std::thread::scope(|scope| {
        let open = |_| scope.spawn(|| house.open());
        let threads: Vec<_> = (0..4).map(open).collect();
        for (i, thread) in threads.into_iter().enumerate() {
            thread.join().unwrap().add("me", &new(&format!("app {i}"))).unwrap();
        }
    });
    assert_eq!(house.open().apps().unwrap().len(), 4);
}

#[test]
fn a_server_takes_no_other_key() {
    let house = House::new(Engine::Postgres);
    assert_eq!(house.open_with(house.source()).unwrap().1, KeyOrigin::Given);
    let wrong = KeySource::Given(Key::parse(&"5".repeat(64)).unwrap());
    assert_eq!(house.open_with(wrong).unwrap_err().kind(), ErrorKind::Key);
}

#[test]
fn a_server_holds_no_secret_and_no_token() {
    let house = House::new(Engine::Postgres);
    let access = house.open();
    let (app, secret) = access.add("me", &new("LMS")).unwrap();
    let token = token(&access, &app, &secret);
    let everything =
        "SELECT app::text FROM app UNION SELECT token::text FROM token UNION SELECT audit::text FROM audit";
    let rows = server::connect().query(everything, &[]).unwrap();
    assert!(rows.len() >= 3);
    for row in rows {
        let text: String = row.get(0);
        assert!(!text.contains(secret.expose_secret()) && !text.contains(&token));
    }
}

#[test]
fn a_tenant_knows_neither_applications_nor_tokens_of_another() {
    let [one, other] = [House::new(Engine::Postgres), House::new(Engine::Postgres)].map(|house| house.open());
    let (app, secret) = one.add("me", &new("LMS")).unwrap();
    let token = token(&one, &app, &secret);
    assert!(other.apps().unwrap().is_empty() && other.audited().unwrap().is_empty());
    assert_eq!(other.verify(&token).unwrap(), None);
    let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
    assert!(matches!(other.issue(&[claim], None).unwrap(), Grant::UnknownClient));
    other.add("me", &new("LMS")).unwrap();
}
