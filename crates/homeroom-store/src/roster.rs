//! The roster of a district.

use crate::archive::Archive;
use crate::changes::{self, Moved};
use crate::check::{self, Checked, Fault};
use crate::claims::{self, Merges};
use crate::configure::{self, Act, Configured};
use crate::export::Export;
use crate::find::{self, Stored, Wanted};
use crate::first_load::FirstLoad;
use crate::forget::{self, Forgotten};
use crate::forwards::{self, Forward, Sent, Standing};
use crate::gradebook::{self, Desk, Log, Owner, Verdict, Write};
use crate::intake::{Compared, Intake, Merge, Plan, Recorded};
use crate::people::{self, Somebody};
use crate::precedence::{self, Precedence};
use crate::reader::Reader;
use crate::rekey::{self, Rename, Renamed, Renames};
use crate::retention;
use crate::review::{self, Review};
use crate::run::{self, Run, Written};
use crate::settings::{self, Set};
use crate::sources::{self, Feed};
use crate::targets::{self, Entry, Target};
use crate::tenants::DEFAULT_TENANT;
use crate::undo::{self, TakenBack};
use crate::visible::{self, ViewId};
use crate::writer::Writer;
use crate::{DatabaseUrl, Error, ErrorKind, Found, Page, Published, Read, Result, Shown};
use crate::{postgres, sqlite};
use oneroster::grant::Bounds;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};
use std::sync::Arc;

/// The roster of a district: open once, share freely between threads.
///
/// Every call blocks. On PostgreSQL it also may not be made on a thread that
/// drives an asynchronous runtime; [`Roster::is_quick`] never says so there.
#[derive(Clone, Debug)]
pub struct Roster(Engine, Desk);

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(Arc<Reader<sqlite::Pool>>),
    Postgres(Arc<Reader<postgres::Pool>>),
}

/// The same call, whichever the engine.
macro_rules! on {
    ($roster:expr, $reader:ident => $call:expr) => {
        match &$roster.0 {
            Engine::Sqlite($reader) => $call,
            Engine::Postgres($reader) => $call,
        }
    };
}

impl Roster {
    /// Opens the roster of a database's only or default tenant, creating or
    /// migrating it as needed.
    ///
    /// # Errors
    /// `Unusable` if the database cannot be used, `Busy` if a first import
    /// holds it.
    pub fn open(url: &DatabaseUrl) -> Result<Roster> {
        Roster::open_tenant(url, DEFAULT_TENANT)
    }

    /// Opens the roster of a tenant, made if its name is new; whether there is
    /// such a tenant, [`Tenants`](crate::Tenants) says.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub fn open_tenant(url: &DatabaseUrl, tenant: &str) -> Result<Roster> {
        let engine = match url.of_tenant(tenant) {
            DatabaseUrl::Sqlite(path) => {
                drop(sqlite::make(&path)?);
                Engine::Sqlite(Arc::new(Reader::new(sqlite::Pool::new(path))))
            }
            DatabaseUrl::Postgres(url) => Engine::Postgres(Arc::new(Reader::new(postgres::Pool::open(&url, tenant)?))),
        };
        Ok(Roster(engine, Desk::default()))
    }

    /// The roster of another tenant of the same database, over the same
    /// connections where there are such.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub(crate) fn sibling(&self, url: &DatabaseUrl, tenant: &str) -> Result<Roster> {
        match &self.0 {
            Engine::Sqlite(_) => Roster::open_tenant(url, tenant),
            Engine::Postgres(reader) => {
                let pool = reader.engine().of_tenant(tenant)?;
                Ok(Roster(Engine::Postgres(Arc::new(Reader::new(pool))), Desk::default()))
            }
        }
    }

    /// Gives the records of one page to `sink`, in order; `None` if a record
    /// that the path names is unknown or outside its view.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page(&self, read: &Read<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        on!(self, reader => reader.page(read, sink))
    }

    /// Gives the records of one page of an earlier version to `sink`, in order,
    /// as they were visible then; its total means nothing. The cursor of the page
    /// leads to the next one of that version.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page_at(&self, read: &Read<'_>, version: Timestamp, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Page> {
        on!(self, reader => reader.page_at(read, version.0, sink))
    }

    /// How many records such pages have in all.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn count_at(&self, read: &Read<'_>, version: Timestamp) -> Result<u64> {
        on!(self, reader => reader.count_at(read, version.0))
    }

    /// From when on it is known what a view showed.
    ///
    /// # Errors
    /// `Busy` if the view is gone, `Internal`.
    pub fn seen_since(&self, view: ViewId) -> Result<Timestamp> {
        let since = on!(self, reader => reader.engine().look(|work| visible::since(work, view))?);
        let gone = || Error::new(ErrorKind::Busy, "the grant of this application is being changed; ask again");
        since.map(Timestamp).ok_or_else(gone)
    }

    /// Gives one record of the request's view to `sink`; tombstones too.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn one(&self, read: &Read<'_>, sourced_id: &str, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Found> {
        on!(self, reader => reader.one(read, sourced_id, sink))
    }

    /// Whether a request is answered by a few look-ups, so that it may be made
    /// on a thread that serves others, too.
    pub fn is_quick(&self, read: &Read<'_>) -> bool {
        on!(self, reader => reader.is_quick(read))
    }

    /// The same of one record.
    pub fn one_is_quick(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_))
    }

    /// Finds or makes the view of a name, with what some bounds make visible on a
    /// day: the view of an application, or of one for a person. Other bounds than
    /// those of the last call are a version of their own, in which what is no
    /// longer visible is marked as deleted, and so is another day if the bounds
    /// depend on it. `None` if the bounds are open and there is no view: then
    /// everything is seen.
    ///
    /// Called for every request: if nothing changed, nothing is asked of the
    /// database.
    ///
    /// # Errors
    /// `Busy` if a load holds the roster, `Internal`.
    pub fn view(&self, name: &str, bounds: &Bounds, now: Timestamp, today: Date) -> Result<Option<ViewId>> {
        on!(self, reader => reader.view(name, bounds, (now, today)))
    }

    /// Makes the view of a name if there is none, with all records: of an
    /// application that saw everything so far, before its grant is bounded, so
    /// that what it sees no more becomes a tombstone.
    ///
    /// # Errors
    /// `Busy` if a load holds the roster, `Internal`.
    pub fn see_all(&self, name: &str, now: Timestamp, today: Date) -> Result<()> {
        on!(self, reader => {
            reader.forget_views(name);
            reader.engine().change(|work| visible::see_all(work, name, (now, today)))
        })
    }

    /// The view of a name, if it is known without asking the database, and as
    /// [`Roster::view`] gives it.
    pub fn known_view(&self, name: &str, bounds: &Bounds, today: Date) -> Option<Option<ViewId>> {
        on!(self, reader => reader.known_view(name, bounds, today))
    }

    /// How the roster stands for who sees it in a view.
    ///
    /// # Errors
    /// `Busy` if the view is gone, `Internal`.
    pub fn published_in(&self, view: ViewId) -> Result<Published> {
        on!(self, reader => reader.published_in(view))
    }

    /// Takes the views of an application away that is no more: that of its
    /// client id, and those whose names go on after it with a `/`. Gives how many
    /// there were.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn remove_views(&self, client_id: &str) -> Result<usize> {
        on!(self, reader => {
            reader.forget_views(client_id);
            reader.engine().change(|work| visible::remove(work, client_id))
        })
    }

    /// How the roster stands.
    ///
    /// # Errors
    /// `Internal`.
    pub fn published(&self) -> Result<Published> {
        on!(self, reader => reader.published())
    }

    /// The number of a source, made if its name is new.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source(&self, name: &str) -> Result<u32> {
        on!(self, reader => reader.engine().source(name))
    }

    /// The name of a source.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source_name(&self, id: u32) -> Result<Option<String>> {
        on!(self, reader => reader.engine().source_name(id))
    }

    /// Holds one version still, to export it: the one that stands now, or the
    /// one that stood at an instant.
    ///
    /// # Errors
    /// `Refused` if the history does not reach back so far, `Busy`, `Internal`.
    pub fn export(&self, as_of: Option<Timestamp>) -> Result<Export> {
        let source = on!(self, reader => reader.engine().whole()?);
        Export::new(source, as_of)
    }

    /// Begins to compare a package with what is stored. `deletions` says
    /// whether what the package lacks is removed.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn compare(&self, source: u32, deletions: bool) -> Result<Intake> {
        let (stored, stage) = on!(self, reader => (reader.engine().snapshot()?, reader.engine().stage()?));
        let mut intake = Intake::new(stored, source, deletions, stage)?;
        // Looked at after the snapshot: what is written in between counts as not
        // yet forwarded.
        intake.expect_back(on!(self, reader => reader.engine().look(|work| forwards::back(work, source)))?);
        Ok(intake)
    }

    /// The roster as it stands, to judge a package of changes by.
    pub fn known(&self) -> Recorded {
        let roster = self.clone();
        Recorded::new(Box::new(move || on!(roster, reader => reader.engine().snapshot())))
    }

    /// The same with the roster as if a mapping had been applied to it already;
    /// what comes of it is to be completed before it is applied.
    ///
    /// # Errors
    /// `Refused` if the mapping cannot be applied, and as [`Roster::compare`].
    pub fn compare_renamed(&self, source: u32, deletions: bool, mapping: &[Rename]) -> Result<(Intake, Arc<Renames>)> {
        on!(self, reader => {
            let engine = reader.engine();
            let renames = Arc::new(engine.look(|work| rekey::look(work, mapping, source))?);
            let stored = Box::new(Renamed { stored: engine.snapshot()?, renames: renames.clone() });
            Ok((Intake::new(stored, source, deletions, engine.stage()?)?, renames))
        })
    }

    /// Adds to what such a comparison came to the records that name what is
    /// renamed and of which the package did not speak.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn complete(&self, compared: Compared, renames: &Renames) -> Result<Compared> {
        on!(self, reader => {
            let stage = reader.engine().stage()?;
            reader.engine().look(|work| rekey::complete(work, compared, renames, stage))
        })
    }

    /// Makes one of two people: what the first of each pair, who stands, and all
    /// that names the second become. What comes of it is applied like a package.
    ///
    /// # Errors
    /// `Refused` if one of them is not there, or is in two pairs; `Busy`.
    pub fn merge(&self, pairs: &[Merge]) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let naming = engine.look(|work| people::naming(work, pairs))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.merge(pairs, &naming)
        })
    }

    /// Makes two of one person again, by the identifier that stands no more.
    ///
    /// # Errors
    /// `Refused` if it stands by itself, `Busy`.
    pub fn part(&self, other: &str) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let moved = engine.look(|work| people::moved(work, other))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.part(other, &moved)
        })
    }

    /// Makes every record that several sources send anew, by another precedence:
    /// the orders of [`precedence::SCOPE`], a key and names each.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn resettle(&self, orders: &[(String, String)]) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let precedence = engine.look(|work| precedence::of(work, orders))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.again(precedence)
        })
    }

    /// The names of the sources that have sent anything, by number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn sources(&self) -> Result<Vec<(u32, String)>> {
        on!(self, reader => reader.engine().look(precedence::sources))
    }

    /// The identifiers that stand for other ones.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn merges(&self) -> Result<Merges> {
        on!(self, reader => reader.engine().look(claims::merges))
    }

    /// Which of several sources is right.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn precedence(&self) -> Result<Precedence> {
        on!(self, reader => reader.engine().look(precedence::read))
    }

    /// Says of two people whether they are two, whatever they have in common.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_apart(&self, one: &str, other: &str, are: bool) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| claims::keep_apart(work, (one, other), are)))
    }

    /// Who was said to be two, the lesser identifier first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn apart(&self) -> Result<hashbrown::HashSet<(String, String)>> {
        on!(self, reader => reader.engine().look(claims::apart))
    }

    /// Gives every live record that a source owns.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owned(&self, source: u32, sink: &mut dyn FnMut(&Record)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| people::owned(work, source, sink)))
    }

    /// Gives every live person, with who owns the record and the birth date.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn everybody(&self, sink: &mut dyn FnMut(Somebody)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| people::everybody(work, sink)))
    }

    /// The roster of a tenant, which is opened when it is asked first.
    pub fn known_in(url: DatabaseUrl, tenant: String) -> Recorded {
        Recorded::new(Box::new(move || {
            let roster = Roster::open_tenant(&url, &tenant)?;
            on!(roster, reader => reader.engine().snapshot())
        }))
    }

    /// Writes what a comparison came to, in one transaction with its run.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile: compare again.
    pub fn apply(&self, compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
        on!(self, reader => reader.engine().apply(compared, run, now))
    }

    /// Writes what an application asks, together with others who ask at this
    /// moment. What came of it is told once it is on the disk: `then` is called
    /// by the thread that writes, with `Busy` if another writer held the roster
    /// for too long, or `Internal`.
    pub fn submit(&self, write: Write, then: Box<dyn FnOnce(Result<Verdict>) + Send>) {
        if !self.1.add(write, then) {
            return;
        }
        let roster = self.clone();
        let attend = move || {
            let transact: gradebook::Transact<'_> =
                &|held, patience, work| on!(roster, reader => reader.engine().group(held, patience, work));
            roster.1.attend(transact);
        };
        if let Err(error) = std::thread::Builder::new().name("gradebook".into()).spawn(attend) {
            self.1.unattended(&error);
        }
    }

    /// The same, waiting for what came of it.
    ///
    /// # Errors
    /// `Busy` if another writer held the roster for too long, `Internal`.
    pub fn write(&self, write: Write) -> Result<Verdict> {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.submit(write, Box::new(move |verdict| drop(tell.send(verdict))));
        told.recv().map_err(|error| Error::caused(ErrorKind::Internal, "the writing thread has ended", error))?
    }

    /// To whom a record with this owner belongs; `None` if that is not known.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owner(&self, id: u32) -> Result<Option<Owner>> {
        on!(self, reader => reader.engine().look(|work| gradebook::owner(work, id)))
    }

    /// The records of the gradebook that have an identifier, and who wrote them.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn gradebook_logs(&self, sourced_id: &str) -> Result<Vec<Log>> {
        on!(self, reader => reader.engine().look(|work| gradebook::logs(work, sourced_id)))
    }

    /// Begins to load an empty roster, writing while the package is read;
    /// `None` if it is not empty. The load holds the write lock to its end.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn first_load(&self, source: u32, now: Timestamp) -> Result<Option<(Intake, FirstLoad)>> {
        // What is stored is nothing; looking at it later would wait for the load.
        let empty = Box::new(Nothing);
        let begun = on!(self, reader => reader.engine().first_load(now)?);
        let Some((stage, load)) = begun else { return Ok(None) };
        Ok(Some((Intake::new(empty, source, true, stage)?, load)))
    }

    /// Keeps a run that wrote nothing; gives its number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_run(&self, run: &Run) -> Result<i64> {
        on!(self, reader => reader.engine().keep_run(run))
    }

    /// Takes a second look at what a comparison came to; `most` is the share of
    /// a kind, in percent, that a school may lose.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile: compare again.
    pub fn review(&self, compared: &mut Compared, source: u32, most: &dyn Fn(Kind) -> f64) -> Result<Review> {
        on!(self, reader => reader.engine().look(|work| review::review(work, compared, source, most)))
    }

    /// How many live roles, classes, courses or enrollments a source has at a
    /// school.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn at_school(&self, kind: Kind, school: &str, source: u32) -> Result<u64> {
        on!(self, reader => reader.engine().look(|work| review::at_school(work, kind, school, source)))
    }

    /// Gives the records that a written run moved, by the instant of its
    /// publication, before and after; what has left the history is not among
    /// them.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn changes(&self, published: Timestamp, sink: &mut dyn FnMut(Moved<'_>)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::written(work, published.0, sink)))
    }

    /// Gives the records that a comparison would move, before and after.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn staged_changes(&self, compared: &mut Compared, sink: &mut dyn FnMut(Moved<'_>)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::staged(work, compared, sink)))
    }

    /// Compares the roster with how it was before a run that was published at
    /// an instant; `plan` is what that run counted. What comes of it is applied
    /// like a package. `force` takes along what cannot stand without what goes.
    ///
    /// # Errors
    /// `Refused` if what the run replaced is not kept any more, `Busy`.
    pub fn take_back(&self, published: Timestamp, plan: &Plan, force: bool) -> Result<TakenBack> {
        on!(self, reader => {
            let stage = reader.engine().stage()?;
            reader.engine().look(|work| undo::take_back(work, stage, published.0, plan, force))
        })
    }

    /// Looks at every row, total and instant of one version, and gives what does
    /// not follow from the records to `faults`.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn check(&self, faults: &mut dyn FnMut(Fault)) -> Result<Checked> {
        on!(self, reader => reader.engine().look(|work| check::check(work, faults)))
    }

    /// The names of organisations, by their identifiers.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn org_names(&self) -> Result<std::collections::HashMap<String, String>> {
        on!(self, reader => reader.engine().look(|work| changes::names(work, Kind::Org)))
    }

    /// Whether a source owns any live record of a kind.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owns(&self, kind: Kind, source: u32) -> Result<bool> {
        on!(self, reader => reader.engine().look(|work| review::owns(work, kind, source)))
    }

    /// A run by its number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn run(&self, id: i64) -> Result<Option<Run>> {
        on!(self, reader => reader.engine().look(|work| run::one(work, id)))
    }

    /// The latest runs, the last one first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn runs(&self, most: i64) -> Result<Vec<Run>> {
        on!(self, reader => reader.engine().look(|work| run::latest(work, most)))
    }

    /// The latest imports of a source on which the roster stands, the last one
    /// first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn applied(&self, source: u32, most: i64) -> Result<Vec<Run>> {
        on!(self, reader => reader.engine().look(|work| run::applied(work, source, most)))
    }

    /// The people and classes that are meant, at most so many, tombstones too;
    /// with their true number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn find(&self, wanted: &Wanted, most: usize) -> Result<(u64, Vec<Stored>)> {
        on!(self, reader => reader.engine().look(|work| find::find(work, wanted, most)))
    }

    /// One record, even if it is a tombstone.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn stored(&self, kind: Kind, sourced_id: &str) -> Result<Option<Stored>> {
        on!(self, reader => reader.engine().look(|work| find::one(work, kind, sourced_id)))
    }

    /// Gives the records that name a record, tombstones too, and those that
    /// stand under its identifier in another file.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn around(&self, kind: Kind, sourced_id: &str, sink: &mut dyn FnMut(Stored)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| find::around(work, kind, sourced_id, sink)))
    }

    /// Every record of a person with its row id and its identifier, the person's
    /// own first; none if there is no such person.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn records_of(&self, person: &str) -> Result<Vec<(Kind, i64, String)>> {
        on!(self, reader => reader.engine().look(|work| forget::records(work, person)))
    }

    /// Whether a record was on a page that was given earlier, as far as the
    /// history reaches: `shown` is what the page said of itself, and `read`
    /// what was asked.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn was_shown(&self, read: &Read<'_>, shown: &Shown, sourced_id: &str) -> Result<bool> {
        on!(self, reader => reader.was_shown(read, shown, sourced_id))
    }

    /// From when on the history is whole, if some of it was ended.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn horizon(&self) -> Result<Option<Timestamp>> {
        Ok(on!(self, reader => reader.engine().look(retention::horizon))?.map(Timestamp))
    }

    /// Takes a person out of the roster and its history; bare tombstones are
    /// left. Packages and findings are in the archive.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forget(&self, person: &str, now: Timestamp) -> Result<Forgotten> {
        let done = on!(self, reader => reader.engine().change(|work| forget::forget(work, person, now))?);
        if let Engine::Sqlite(reader) = &self.0 {
            sqlite::scrub(reader.engine().path())?;
        }
        Ok(done)
    }

    /// Gives the identifiers of the people that came, or changed, with the
    /// version of an instant.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn people_of(&self, published: Timestamp, sink: &mut dyn FnMut(&str)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::people(work, published.0, sink)))
    }

    /// Ends what is older than an instant: earlier rows, tombstones, and runs but
    /// for the last import of each source. Packages and findings are in the
    /// archive.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn end_history(&self, until: Timestamp) -> Result<retention::Ended> {
        on!(self, reader => reader.engine().change(|work| retention::end(work, until)))
    }

    /// Ends, as failed, the runs that died with their process; to be called by
    /// who has the turn. Gives their numbers.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn break_off(&self, now: Timestamp) -> Result<Vec<i64>> {
        on!(self, reader => reader.engine().change(|work| run::break_off(work, now)))
    }

    /// The sources that are fetched, by name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn feeds(&self) -> Result<Vec<Feed>> {
        on!(self, reader => reader.engine().look(sources::all))
    }

    /// Keeps what is known of a source that is fetched: a new one, or one that
    /// is there.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_feed(&self, feed: &Feed) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| sources::keep(work, feed)))
    }

    /// Keeps how far a source has come; whether there is one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_feed_state(&self, name: &str, state: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| sources::keep_state(work, name, state)))
    }

    /// Forgets where a source is fetched; its records stay. Whether there was
    /// one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn remove_feed(&self, name: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| sources::remove(work, name)))
    }

    /// The source that is the home of grades, if there is one.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn grades_home(&self) -> Result<Option<String>> {
        on!(self, reader => reader.engine().look(forwards::home))
    }

    /// Begins to send grades to their home: which that is. What another home had
    /// is to be sent to this one.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn begin_forwards(&self) -> Result<Option<String>> {
        // Seldom is it another one, and to look costs nobody a turn.
        match on!(self, reader => reader.engine().look(forwards::known_home))? {
            Some((home, true)) => Ok(Some(home)),
            None => Ok(None),
            Some(_) => on!(self, reader => reader.engine().change(forwards::begin)),
        }
    }

    /// Notes when the home of grades was asked for what it has: what came there
    /// later is not judged by its answer.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn asked_grades_home(&self, at: Timestamp) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| forwards::asked(work, at)))
    }

    /// Says whether the grades of a source are forwarded, as those of
    /// applications are.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forward_grades_of(&self, source: &str, forwarded: bool) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| forwards::set_from(work, source, forwarded)))
    }

    /// Grades on their way or there, the latest write first, at most so many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards(&self, which: &forwards::Which<'_>, most: i64) -> Result<Vec<Forward>> {
        on!(self, reader => reader.engine().look(|work| forwards::all(work, which, most)))
    }

    /// How many grades stand in which way.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards_standing(&self) -> Result<Vec<Standing>> {
        on!(self, reader => reader.engine().look(forwards::counts))
    }

    /// Grades to be sent at an instant, in their order, at most so many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards_due(&self, now: Timestamp, most: i64) -> Result<Vec<Forward>> {
        on!(self, reader => reader.engine().look(|work| forwards::due(work, now, most)))
    }

    /// Notes what came of sending one; false if a later write of it waits, or it
    /// is no more.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn note_forward(&self, of: &Forward, now: Timestamp, sent: &Sent) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| forwards::note(work, of, now, sent)))
    }

    /// Lets grades be sent again that were refused, or were to be tried later;
    /// how many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn retry_forwards(&self, which: &forwards::Which<'_>) -> Result<u64> {
        on!(self, reader => reader.engine().change(|work| forwards::retry(work, which)))
    }

    /// Queues what applications own and what was never queued, such as from
    /// before there was a home of grades; how many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forward_owned(&self) -> Result<u64> {
        on!(self, reader => reader.engine().change(forwards::queue_owned))
    }

    /// The packages and findings of runs.
    pub fn archive(&self) -> Archive {
        on!(self, reader => reader.engine().archive())
    }

    /// The settings whose scope begins with a text.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn settings(&self, scope: &str) -> Result<Vec<Set>> {
        on!(self, reader => reader.engine().look(|work| settings::within(work, scope)))
    }

    /// Sets a value, or takes it away.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn set(&self, scope: &str, key: &str, value: Option<&str>) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| settings::set(work, scope, key, value)))
    }

    /// Makes several settings in one step, and keeps the document that they
    /// came from; its number.
    ///
    /// # Errors
    /// `Refused` if a target is there already or is not, `Busy`, `Internal`.
    pub fn configure(&self, acts: &[Act], kept: &Configured) -> Result<i64> {
        on!(self, reader => reader.engine().change(|work| configure::configure(work, acts, kept)))
    }

    /// Keeps the document of a configuration: all that was set when it was done.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_configuration(&self, id: i64, document: &str) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| configure::document(work, id, document)))
    }

    /// The configurations that were applied, the latest first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn configured(&self, most: i64) -> Result<Vec<Configured>> {
        on!(self, reader => reader.engine().look(|work| configure::configured(work, most)))
    }

    /// The targets by their names.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn targets(&self) -> Result<Vec<Target>> {
        on!(self, reader => reader.engine().look(|work| targets::targets(work, None)))
    }

    /// A target by its name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn target(&self, name: &str) -> Result<Option<Target>> {
        Ok(on!(self, reader => reader.engine().look(|work| targets::targets(work, Some(name))))?.pop())
    }

    /// Adds a target.
    ///
    /// # Errors
    /// `Refused` if the name is taken, `Busy`, `Internal`.
    pub fn add_target(&self, target: &Target) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::add(work, target)))
    }

    /// Gives a target other settings, another secret or another last version.
    ///
    /// # Errors
    /// `Refused` if there is none of its name, `Busy`, `Internal`.
    pub fn edit_target(&self, target: &Target) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::edit(work, target)))
    }

    /// Keeps how far a target has come; whether there is one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_target_state(&self, name: &str, state: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| targets::keep_state(work, name, state)))
    }

    /// Takes a target away with its ledger; what was made there stays.
    ///
    /// # Errors
    /// `Refused` if there is none of that name, `Busy`, `Internal`.
    pub fn remove_target(&self, name: &str) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::remove(work, name)))
    }

    /// Gives every entry of the ledger of a target to the sink, in the order of
    /// kind and key.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger(&self, target: &str, sink: &mut dyn FnMut(Entry)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| targets::entries(work, target, sink)))
    }

    /// One entry of the ledger of a target.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger_entry(&self, target: &str, kind: i64, key: &str) -> Result<Option<Entry>> {
        on!(self, reader => reader.engine().look(|work| targets::entry(work, target, kind, key)))
    }

    /// How many entries the ledger of a target has of each kind and state.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger_counts(&self, target: &str) -> Result<Vec<(i64, i64, i64)>> {
        on!(self, reader => reader.engine().look(|work| targets::counts(work, target)))
    }

    /// Writes entries into the ledger of a target, and strikes others by kind and
    /// key, as one change.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn write_ledger(&self, target: &str, keep: &[Entry], strike: &[(i64, String)]) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::write(work, target, keep, strike)))
    }
}

/// An empty roster, as a comparison sees it.
struct Nothing;

impl crate::intake::Stored for Nothing {
    fn version(&self) -> i64 {
        0
    }
    fn rows(&self, _: Kind) -> Result<crate::intake::StoredRows> {
        Ok(crate::intake::StoredRows::new())
    }
    fn packed(&self, _: Kind, _: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(Vec::new())
    }
    fn find(&self, _: oneroster::model::Kind, _: &str) -> Result<Option<(crate::intake::StoredRow, Option<i64>)>> {
        Ok(None)
    }
    fn children(&self, _: oneroster::model::Kind, _: i64) -> Result<Vec<crate::intake::StoredChild>> {
        Ok(Vec::new())
    }
    fn referrers(&self, _: oneroster::model::Kind, _: &str, _: i64, _: &mut dyn FnMut(&str) -> bool) -> Result<bool> {
        Ok(false)
    }
    fn modified(&self, _: oneroster::model::Kind, _: i64) -> Result<Option<i64>> {
        Ok(None)
    }
    fn live(&self, _: oneroster::model::Kind) -> Result<u64> {
        Ok(0)
    }
    fn last_rid(&self, _: oneroster::model::Kind) -> Result<i64> {
        Ok(0)
    }
}
