//! A source that is fetched: its settings, its credentials, its room on the disk.

use super::schedule::Schedule;
use super::settings::{self, Kind, SERVICES, find};
use super::state::State;
use crate::days;
use crate::intake::words;
use crate::output::Failure;
use crate::sftp;
use homeroom_store::access::{Access, Outside};
use homeroom_store::{DatabaseUrl, Feed, Roster};
use jiff::tz::TimeZone;
use oneroster::prefix::Prefix;
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The longest name of a source.
const LONGEST: usize = 64;
/// The secret by which a source is reached.
pub const SECRET: &str = "secret";
/// The secret by which what is told of it is signed.
pub const NOTIFY_SECRET: &str = "notify-secret";

/// A source that is fetched.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is fetched from.
    pub kind: Kind,
    /// As it is kept.
    pub feed: Feed,
    /// The time zone of its district.
    pub district: TimeZone,
}

impl Source {
    /// A new source.
    ///
    /// # Errors
    /// `usage` if the name or a setting will not do.
    pub fn new(name: &str, kind: Kind, given: &[(String, String)], created: Timestamp) -> Result<Source, Failure> {
        check_name(name)?;
        let feed = Feed {
            name: name.to_owned(),
            kind: kind.word().to_owned(),
            settings: BTreeMap::new(),
            sealed: None,
            state: "{}".to_owned(),
            created,
        };
        let mut source = Source { kind, feed, district: TimeZone::UTC };
        source.set(given)?;
        Ok(source)
    }

    /// One that is kept, of a district with a time zone.
    ///
    /// # Errors
    /// `refused` if a later version of this program kept it.
    pub fn of(feed: Feed, district: TimeZone) -> Result<Source, Failure> {
        let kind = Kind::from_word(&feed.kind).ok_or_else(|| {
            Failure::refused(format!("the source {} is of a kind that this version does not know", feed.name))
        })?;
        Ok(Source { kind, feed, district })
    }

    /// The source of a name.
    ///
    /// # Errors
    /// `not_found`.
    pub fn open(roster: &Roster, name: &str) -> Result<Source, Failure> {
        let feeds = roster.feeds()?;
        let names: Vec<String> = feeds.iter().map(|feed| feed.name.clone()).collect();
        match feeds.into_iter().find(|feed| feed.name == name) {
            Some(feed) => Source::of(feed, days::zone(roster)?),
            None => Err(Failure {
                code: "not_found",
                message: format!("there is no source {name:?} that is fetched"),
                hint: Some(match names.is_empty() {
                    true => "add one with: homeroom source add".to_owned(),
                    false => format!("there is {}", names.join(", ")),
                }),
                status: 1,
            }),
        }
    }

    /// Takes settings; an empty value takes one away.
    ///
    /// # Errors
    /// `usage` if a name or a value will not do, or they do not fit together.
    pub fn set(&mut self, given: &[(String, String)]) -> Result<(), Failure> {
        for (key, value) in given {
            let setting = find(self.kind, key).map_err(Failure::usage)?;
            if value.is_empty() {
                self.feed.settings.remove(key);
                continue;
            }
            setting.check(value).map_err(Failure::usage)?;
            self.feed.settings.insert(key.clone(), value.clone());
        }
        self.fits().map_err(|told| Failure::usage(told).hint("see what can be set with: homeroom source add --help"))
    }

    fn fits(&self) -> Result<(), String> {
        let (path, url) = (self.text("path"), self.text("url"));
        match (self.kind, path, url) {
            (Kind::Csv, None, None) => return Err("a csv source wants a path or a url".to_owned()),
            (Kind::Csv, Some(_), Some(_)) => return Err("give a path or a url, not both".to_owned()),
            (Kind::Oneroster, _, None) => return Err("a oneroster source wants a url".to_owned()),
            _ => {}
        }
        for key in ["url", "token-url", "notify-url"] {
            let plain = self.text(key).filter(|url| url.starts_with("http://"));
            if plain.is_some_and(|url| !is_near(url)) && !self.flag("insecure") {
                return Err(format!(
                    "{key}: plain http shows everything on the way; write https, or set insecure=true"
                ));
            }
        }
        if let Some(url) = url.filter(|url| sftp::Address::is_meant(url) && self.kind == Kind::Csv) {
            sftp::Address::parse(url).map_err(|told| format!("url: {told}"))?;
        }
        if self.kind == Kind::Oneroster && !self.list("services").any(|service| service == SERVICES[0]) {
            return Err(format!("services: {} comes along, for what else is fetched names its records", SERVICES[0]));
        }
        if self.kind != Kind::Csv && url.is_some_and(|url| url.starts_with("sftp:")) {
            return Err("url: a provider is reached by https".to_owned());
        }
        Ok(())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.feed.name
    }

    /// The value of a setting, or the usual one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.feed.settings.get(key).map(String::as_str).or_else(|| settings::usual(key))
    }

    /// Whether something is set.
    pub fn flag(&self, key: &str) -> bool {
        self.text(key) == Some("true")
    }

    /// A time, in milliseconds.
    pub fn time(&self, key: &str) -> i64 {
        self.text(key).and_then(|text| settings::time(text).ok()).unwrap_or_default()
    }

    /// A list, parted by commas.
    pub fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        self.text(key).into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty())
    }

    /// What stands before its identifiers.
    pub fn prefix(&self) -> Prefix {
        let except = self.text("prefix-except").and_then(|text| settings::kinds(text).ok()).unwrap_or_default();
        Prefix::new(self.text("prefix").unwrap_or_default(), except)
    }

    /// Its time zone: its own, or that of its district.
    pub fn zone(&self) -> TimeZone {
        self.text("timezone").and_then(|text| words::zone(text).ok()).unwrap_or_else(|| self.district.clone())
    }

    /// Its schedule, if it has one.
    ///
    /// # Errors
    /// `refused` if it cannot be read any more.
    pub fn schedule(&self) -> Result<Option<Schedule>, Failure> {
        let Some(expression) = self.text("schedule") else { return Ok(None) };
        Schedule::new(expression, self.zone(), self.text("pause")).map(Some).map_err(Failure::refused)
    }

    /// Whether it is time to fetch it.
    ///
    /// # Errors
    /// As [`Source::schedule`].
    pub fn is_due(&self, now: Timestamp) -> Result<bool, Failure> {
        let heeded = State::of(&self.feed).heeded.map_or(self.feed.created, Timestamp);
        Ok(self.schedule()?.is_some_and(|schedule| schedule.is_due(heeded, now)))
    }

    /// Forgets how far it has come: what is fetched next is another roster.
    pub fn begin_afresh(&mut self) {
        let afresh = State::of(&self.feed).begun_afresh();
        self.feed.state = serde_json::to_string(&afresh).unwrap_or_else(|_| "{}".to_owned());
    }

    /// As documents show it; of secrets, only that there are some.
    pub fn document(&self) -> Value {
        let state = State::of(&self.feed);
        let instant = |at: i64| Timestamp(at).to_string();
        let heeded = state.heeded.map_or(self.feed.created, Timestamp);
        let next = self.schedule().ok().flatten().and_then(|schedule| schedule.due(heeded));
        let last = state
            .last
            .map(|last| json!({ "at": instant(last.at), "run": last.run, "came": last.came, "said": last.said }));
        json!({
            "source": self.name(),
            "kind": self.kind.word(),
            "settings": self.feed.settings,
            "secret": self.feed.sealed.is_some(),
            "created": self.feed.created.to_string(),
            "last": last,
            "good": state.good.map(instant),
            "failures": state.failures,
            "next": next.map(|at| at.to_string()),
        })
    }

    /// Seals credentials; those that are not given stay as they are.
    ///
    /// # Errors
    /// `key` if what is there cannot be opened.
    pub fn seal(
        &mut self,
        access: &Access,
        given: &[(&'static str, SecretString)],
        outside: &dyn Outside,
    ) -> Result<(), Failure> {
        if given.is_empty() {
            return Ok(());
        }
        let mut all = self.opened(access)?;
        for (name, secret) in given {
            all.insert((*name).to_owned(), secret.expose_secret().to_owned());
        }
        let text = SecretString::from(serde_json::to_string(&all).map_err(std::io::Error::other)?);
        let sealed = access.key().seal(&self.context(access), text.expose_secret().as_bytes(), outside)?;
        self.feed.sealed = Some(sealed);
        Ok(())
    }

    /// One of its credentials.
    ///
    /// # Errors
    /// `key` if it was sealed with another installation key.
    pub fn secret(&self, access: &Access, name: &str) -> Result<Option<SecretString>, Failure> {
        Ok(self.opened(access)?.remove(name).map(SecretString::from))
    }

    fn opened(&self, access: &Access) -> Result<BTreeMap<String, String>, Failure> {
        let Some(sealed) = &self.feed.sealed else { return Ok(BTreeMap::new()) };
        let bytes = access.key().unseal(&self.context(access), sealed)?;
        serde_json::from_slice(bytes.expose_secret())
            .map_err(|_| Failure::refused("the credentials of the source cannot be read; give them again"))
    }

    fn context(&self, access: &Access) -> String {
        context(access.tenant(), self.name())
    }
}

/// What the credentials of a source belong to, so that they cannot be moved
/// elsewhere.
pub(crate) fn context(tenant: &str, name: &str) -> String {
    format!("credentials of the source {name} of {tenant}")
}

/// Whether an address is of this machine.
pub(crate) fn is_near(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Names stand in the names of files.
fn check_name(name: &str) -> Result<(), Failure> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with(['-', '.']) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{name:?} cannot name a source that is fetched: a name has 1 to {LONGEST} letters, digits, hyphens, dots and \
         underscores, and begins with none of these signs"
    )))
}

/// Where a source may keep what it fetches.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    /// Without a folder that stays, what was fetched goes with the process.
    _passing: Option<tempfile::TempDir>,
}

impl Room {
    /// Makes the room of a source: beside an SQLite database, else in the folder
    /// that was named, else one that passes.
    ///
    /// # Errors
    /// `internal` if it cannot be made.
    pub fn of(database: &DatabaseUrl, tenant: &str, name: &str, named: Option<PathBuf>) -> Result<Room, Failure> {
        let (path, passing) = match Room::all(database, tenant, named) {
            Some(path) => (path.join(name), None),
            None => {
                let folder = tempfile::Builder::new().prefix("homeroom-source-").tempdir()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        private(&path)?;
        Ok(Room { path, _passing: passing })
    }

    /// Leaves nothing there: what a fetch left that broke off holds people.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn clear(self) -> std::io::Result<()> {
        std::fs::remove_dir_all(self.path)
    }

    /// The folder of all rooms of a district, if they stay anywhere.
    pub fn all(database: &DatabaseUrl, tenant: &str, named: Option<PathBuf>) -> Option<PathBuf> {
        let beside = database.of_tenant(tenant).beside("sources");
        beside.or_else(|| named.map(|named| named.join(tenant)))
    }

    /// The path of something in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Makes a folder that nobody else may look into.
pub(crate) fn private(path: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file that nobody else may look into.
pub(crate) fn private_file(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(kind: Kind, given: &[(&str, &str)]) -> Result<Source, Failure> {
        let given: Vec<_> = given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Source::new("north", kind, &given, Timestamp(0))
    }

    #[test]
    fn settings_must_fit_together() {
        type Pairs = &'static [(&'static str, &'static str)];
        let bad: [(Kind, Pairs, &str); 7] = [
            (Kind::Oneroster, &[("url", "https://x/"), ("services", "gradebook")], "rostering comes along"),
            (Kind::Csv, &[], "wants a path or a url"),
            (Kind::Csv, &[("path", "x"), ("url", "https://x/y")], "not both"),
            (Kind::Oneroster, &[], "wants a url"),
            (Kind::Oneroster, &[("url", "http://sis.example/")], "plain http"),
            (Kind::Oneroster, &[("url", "sftp://a@b/c")], "reached by https"),
            (Kind::Csv, &[("path", "x"), ("page", "7")], "no setting \"page\""),
        ];
        for (kind, given, wanted) in bad {
            let failure = set(kind, given).unwrap_err();
            assert!(failure.message.contains(wanted) && failure.status == 2, "{failure}");
        }
        assert!(set(Kind::Oneroster, &[("url", "http://127.0.0.1:1/")]).is_ok());
        assert!(set(Kind::Oneroster, &[("url", "http://sis.example/"), ("insecure", "true")]).is_ok());
        let mut source = set(Kind::Csv, &[("path", "x"), ("settle", "1h")]).unwrap();
        assert_eq!(source.time("settle"), 3_600_000);
        source.set(&[("settle".into(), String::new())]).unwrap();
        assert_eq!(source.time("settle"), 30_000);
    }

    #[test]
    fn names_fit_files() {
        for bad in ["", "..", ".x", "-x", "a/b", "a b", "é", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(["north", "North_1.2", "a"].iter().all(|good| check_name(good).is_ok()));
        assert!(is_near("http://localhost:80/x") && is_near("http://[::1]:9/") && !is_near("http://127.0.0.1.evil/"));
    }
}
