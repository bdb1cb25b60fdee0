//! Clever, asked by its own interface; what it gives becomes a package.
//!
//! Clever has no totals and no changes since an instant: everything is asked for
//! each time. Its pages go by the last identifier, so that none is skipped. A
//! package of whole files is made if every record could be read and none came
//! twice; else one of changes, which removes nothing.

use super::files::Errand;
use super::rest::told;
use super::source::{Source, private, private_file};
use super::state::Package as Mark;
use super::{Carrier, Parcel};
use crate::intake::digest;
use crate::intake::fetched::Met;
use crate::interrupt;
use crate::output::Failure;
use hashbrown::HashSet;
use oneroster::at;
use oneroster::csv::export::{Export, Settings};
use oneroster::csv::write::manifest;
use oneroster::csv::{MANIFEST, Mode};
use oneroster::json::Row;
use oneroster::model::{Kind, Version};
use oneroster::record::{Record, Status, id_digest};
use oneroster::time::Timestamp;
use oneroster_client::clever::{Clever as Client, CleverRecords, URL};
use oneroster_client::{Config, Credentials, Habit};
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// What Clever has, parents first; roles are written with their people.
const ASKED: [Kind; 6] = [Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User, Kind::Enrollment];

/// Brings what a district has at Clever.
pub struct Clever<'a> {
    errand: Errand<'a>,
    asked: bool,
    notes: Vec<String>,
}

/// A package in the making.
struct Packing<'a> {
    folder: &'a Path,
    mode: Mode,
    at: Timestamp,
    /// Why what is missing may be there all the same.
    doubts: Vec<String>,
    /// What was seen to be otherwise than Clever says.
    met: Vec<Met>,
}

/// A file of it.
struct Rows {
    export: Export,
    file: BufWriter<File>,
    bytes: Vec<u8>,
    packed: Vec<u8>,
    seen: HashSet<u64>,
    twice: u64,
}

impl<'a> Clever<'a> {
    /// Prepares to ask.
    pub fn new(errand: Errand<'a>) -> Clever<'a> {
        Clever { errand, asked: false, notes: Vec::new() }
    }

    fn fetch(&mut self) -> Result<Option<Parcel>, Failure> {
        let path = self.errand.room.at("package");
        let mut packing =
            Packing { folder: &path, mode: Mode::Bulk, at: self.errand.now, doubts: Vec::new(), met: Vec::new() };
        let (source, secret) = (self.errand.source, self.errand.secret.as_ref());
        packing.write(&client(source, secret)?)?;
        if !packing.doubts.is_empty() {
            let doubts = packing.doubts.join("; ");
            self.notes.push(format!("nothing is removed by this fetch, for it is not proven whole: {doubts}"));
            // Changes are written otherwise, and this is seldom.
            (packing.mode, packing.doubts) = (Mode::Delta, Vec::new());
            packing.write(&client(source, secret)?)?;
        }
        let digest = Some(digest::digest(&path)?);
        if !self.errand.again && digest == self.errand.mark.digest {
            fs::remove_dir_all(&path)?;
            return Ok(None);
        }
        // The instant makes it another package than one of the same content from
        // another day: that would look like an old one.
        packing.finish(source.name())?;
        Ok(Some(Parcel {
            asked: Some(self.errand.now),
            path: path.clone(),
            mark: Mark { digest, ..Mark::default() },
            checkpoint: None,
            stale: false,
            met: packing.met,
        }))
    }
}

/// What talks to Clever for a source.
///
/// # Errors
/// `refused` without a token, `usage` if an address cannot be used.
pub fn client(source: &Source, secret: Option<&SecretString>) -> Result<Client, Failure> {
    let mut config = Config::new(source.text("url").unwrap_or(URL)).map_err(|error| told(&error))?;
    // Where plain http is spoken was looked at when it was set.
    config = config.allow_clear_text(true);
    if let Some(size) = source.text("page").and_then(|text| text.parse().ok()) {
        config = config.page_size(size);
    }
    let tries = source.text("tries").and_then(|text| text.parse().ok()).unwrap_or(1);
    config = config.patience(tries, Duration::from_millis(u64::try_from(source.time("patience")).unwrap_or_default()));
    let Some(token) = secret else {
        return Err(Failure::refused("Clever wants the token of the district")
            .hint(format!("give it with: homeroom source edit {} --secret-file FILE", source.name())));
    };
    Client::new(config.credentials(Credentials::Bearer(token.clone()))).map_err(|error| told(&error))
}

impl Packing<'_> {
    /// Reads everything, and writes a file of each kind.
    fn write(&mut self, client: &Client) -> Result<(), Failure> {
        if self.folder.exists() {
            fs::remove_dir_all(self.folder)?;
        }
        private(self.folder)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut roles = self.rows(Kind::Role)?;
        for kind in ASKED {
            let mut rows = self.rows(kind)?;
            let mut readings = vec![client.records(kind).map_err(|error| told(&error))?];
            if kind == Kind::Org {
                readings.insert(0, client.districts());
            }
            for mut reading in readings {
                while let Some(record) = next(&runtime, &mut reading, kind)? {
                    rows.add(&record, self.at)?;
                    if kind == Kind::User {
                        record.rows(at!(User.roles)).try_for_each(|role| roles.add(role, self.at))?;
                    }
                }
            }
            self.end(rows)?;
        }
        self.end(roles)?;
        self.met = client.findings().list().into_iter().map(Met::of).collect();
        let unreadable = client.findings().count(Habit::RecordUnreadable);
        if unreadable > 0 {
            self.doubts.push(format!("{unreadable} records could not be read"));
        }
        Ok(())
    }

    fn rows(&self, kind: Kind) -> io::Result<Rows> {
        let (version, mode) = (Version::V1P2, self.mode);
        let mut export = Export::to_be_judged(Settings { version, mode, kinds: vec![kind], passwords: true });
        export.begin(kind, &BTreeSet::new());
        let mut file = BufWriter::with_capacity(1 << 18, private_file(&self.folder.join(kind.entity().file_name()))?);
        let mut bytes = Vec::new();
        export.header(&mut bytes);
        file.write_all(&bytes)?;
        Ok(Rows { export, file, bytes, packed: Vec::new(), seen: HashSet::new(), twice: 0 })
    }

    fn end(&mut self, mut rows: Rows) -> io::Result<()> {
        if rows.twice > 0 {
            self.doubts.push(format!("{} records came twice", rows.twice));
        }
        rows.file.flush()
    }

    fn finish(&self, name: &str) -> io::Result<()> {
        let modes: Vec<(Kind, Mode)> = ASKED.into_iter().chain([Kind::Role]).map(|kind| (kind, self.mode)).collect();
        let text = manifest(Version::V1P2, &modes, Some((name, &self.at.to_string())));
        private_file(&self.folder.join(MANIFEST))?.write_all(text.as_bytes())
    }
}

impl Rows {
    fn add(&mut self, record: &Record, at: Timestamp) -> io::Result<()> {
        if !self.seen.insert(id_digest(&record.sourced_id)) {
            self.twice += 1;
            return Ok(());
        }
        self.packed.clear();
        record.clone().pack(&mut self.packed);
        self.bytes.clear();
        let row = Row {
            sourced_id: &record.sourced_id,
            status: Status::Active,
            published: record.modified.unwrap_or(at),
            packed: &self.packed,
            children: &[],
        };
        // What has no row is missing, and no more.
        self.export.row(&row, &mut self.bytes);
        self.file.write_all(&self.bytes)
    }
}

fn next(runtime: &Runtime, reading: &mut CleverRecords, kind: Kind) -> Result<Option<Record>, Failure> {
    interrupt::go_on()?;
    runtime.block_on(reading.next()).map_err(|error| {
        let failure = told(&error);
        Failure { message: format!("{}: {}", kind.entity().plural, failure.message), ..failure }
    })
}

impl Carrier for Clever<'_> {
    fn next(&mut self) -> Result<Option<Parcel>, Failure> {
        if std::mem::replace(&mut self.asked, true) {
            return Ok(None);
        }
        self.fetch().map_err(interrupt::cause)
    }

    fn done(&mut self, parcel: Parcel, _: bool) -> Result<(), Failure> {
        // The run keeps a copy; what was fetched holds people.
        Ok(fs::remove_dir_all(parcel.path)?)
    }

    fn leave(&mut self, parcel: Parcel) {
        // The next fetch writes over what cannot be removed.
        let _ = fs::remove_dir_all(parcel.path);
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

impl std::fmt::Debug for Clever<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clever").field("source", &self.errand.source.name()).finish_non_exhaustive()
    }
}
