//! Clever's own interface, version 3, read as if it were OneRoster.
//!
//! Clever has no filters, pages by the identifier of the last record and names
//! things otherwise; a table says what becomes of its members. Its
//! identifiers are kept as they are.
//!
//! ```no_run
//! # async fn f() -> Result<(), oneroster_client::Error> {
//! use oneroster_client::clever::{Clever, URL};
//! use oneroster_client::{Config, Credentials};
//!
//! let config = Config::new(URL)?.credentials(Credentials::Bearer("district token".into()));
//! let found = Clever::new(config)?.students().in_section("ELA 6").get().await?;
//! println!("{} students", found.people.len());
//! # Ok(())
//! # }
//! ```

mod map;
mod people;

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::findings::Findings;
use crate::habit::Habit;
use crate::wire::{Answer, Request, Wire};
use hashbrown::HashSet;
use oneroster::model::{Kind, Role};
use oneroster::record::Record;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use url::Url;

pub use people::CleverPeople;

/// Where Clever is.
pub const URL: &str = "https://api.clever.com";

/// The path of the version that is spoken.
const BASE: &str = "/v3.0";

/// The most records of a page (dev.clever.com/docs/paging-and-limits).
const LARGEST: u32 = 10_000;

/// A client of one district at Clever.
#[derive(Clone)]
pub struct Clever {
    inner: Arc<Inner>,
}

struct Inner {
    wire: Wire,
    base: Url,
    size: u32,
    findings: Findings,
}

impl Clever {
    /// A client; nothing is sent yet. The credentials are a district's token.
    ///
    /// # Errors
    /// If the settings do not fit together.
    pub fn new(config: Config) -> Result<Clever, Error> {
        config.check()?;
        let findings = Findings::default();
        let wire = Wire::new(&config, &findings)?;
        let broken = |_| Error::new(ErrorKind::Config, "The URL of Clever cannot be used.");
        let base = Url::parse(&format!("{}{BASE}", config.address.origin())).map_err(broken)?;
        let size = config.page_size.unwrap_or(config.vendor.page_size).get().min(LARGEST);
        Ok(Clever { inner: Arc::new(Inner { wire, base, size, findings }) })
    }

    /// What was seen to be otherwise, so far.
    pub fn findings(&self) -> &Findings {
        &self.inner.findings
    }

    /// The records of a kind: organisations (schools; districts by
    /// [`Clever::districts`]), terms, courses, classes, people, and the
    /// enrollments that the sections name.
    ///
    /// # Errors
    /// If Clever has nothing of the kind.
    pub fn records(&self, kind: Kind) -> Result<CleverRecords, Error> {
        Ok(self.of_path(path_of(kind)?, None, kind))
    }

    /// The districts; a token is of one.
    pub fn districts(&self) -> CleverRecords {
        self.of_path("districts", None, Kind::Org)
    }

    /// What a read gives, by its path: a collection, or one object.
    pub(crate) fn of_path(&self, path: &str, role: Option<Role>, kind: Kind) -> CleverRecords {
        let mut next = self.inner.base.clone();
        next.set_path(&format!("{BASE}/{path}"));
        next.query_pairs_mut().append_pair("limit", &self.inner.size.to_string());
        if let Some(role) = role {
            next.query_pairs_mut().append_pair("role", role.word());
        }
        CleverRecords { clever: self.clone(), kind, next: Some(next), waiting: VecDeque::new(), seen: HashSet::new() }
    }
}

impl std::fmt::Debug for Clever {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clever").field("base", &self.inner.base.as_str()).finish_non_exhaustive()
    }
}

/// The collection in which Clever has a kind; that of schools for organisations.
///
/// # Errors
/// If Clever has nothing of the kind.
pub(crate) fn path_of(kind: Kind) -> Result<&'static str, Error> {
    match kind {
        Kind::Org => Ok("schools"),
        Kind::AcademicSession => Ok("terms"),
        Kind::Course => Ok("courses"),
        Kind::Class | Kind::Enrollment => Ok("sections"),
        Kind::User => Ok("users"),
        _ => Err(Error::new(ErrorKind::NotOffered, format!("Clever has no {}.", kind.entity().plural))),
    }
}

/// Records as they come; one page is in memory.
pub struct CleverRecords {
    clever: Clever,
    kind: Kind,
    next: Option<Url>,
    waiting: VecDeque<Record>,
    seen: HashSet<String>,
}

impl CleverRecords {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// If Clever fails for good, or its pages lead in a circle.
    pub async fn next(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if let Some(record) = self.waiting.pop_front() {
                return Ok(Some(record));
            }
            let Some(url) = self.next.take() else { return Ok(None) };
            if !self.seen.insert(url.to_string()) {
                return Err(Error::new(ErrorKind::Loop, "Clever's pages lead in a circle."));
            }
            self.page(url).await?;
        }
    }

    /// All that is left, in memory.
    ///
    /// # Errors
    /// As [`CleverRecords::next`].
    pub async fn all(mut self) -> Result<Vec<Record>, Error> {
        let mut all = Vec::new();
        while let Some(record) = self.next().await? {
            all.push(record);
        }
        Ok(all)
    }

    async fn page(&mut self, url: Url) -> Result<(), Error> {
        let inner = &self.clever.inner;
        let request = Request::get(url, "clever");
        let page: Value = inner.wire.read(&request, read).await?;
        let items = match &page["data"] {
            Value::Array(items) => items.as_slice(),
            one @ Value::Object(_) => std::slice::from_ref(one),
            _ => return Err(Error::new(ErrorKind::NotOneRoster, "Clever's answer has no data in it; check the URL.")),
        };
        for item in items {
            let object = item.get("data").unwrap_or(item);
            let records = map::records(self.kind, object, &inner.findings);
            if records.is_empty() && self.kind != Kind::Enrollment {
                inner.findings.note_kind(Habit::RecordUnreadable, self.kind);
            }
            self.waiting.extend(records);
        }
        // An empty page may name a next one, which is empty, too.
        if !items.is_empty() {
            self.next = following(&page, &inner.base)?;
        }
        Ok(())
    }
}

fn read(answer: Answer) -> Result<Value, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| Error::new(ErrorKind::Broken, "Clever's answer ends early."))
}

/// The next page; its address is a path, and stays on the server in any case.
fn following(page: &Value, base: &Url) -> Result<Option<Url>, Error> {
    let links = page["links"].as_array().into_iter().flatten();
    let Some(uri) = links.filter(|link| link["rel"] == "next").find_map(|link| link["uri"].as_str()) else {
        return Ok(None);
    };
    let foreign = || Error::new(ErrorKind::ForeignLink, "Clever's link to the next page names another server.");
    let url = base.join(uri).map_err(|_| foreign())?;
    if crate::address::same_server(&url, base) { Ok(Some(url)) } else { Err(foreign()) }
}
