//! A OneRoster provider, asked over REST; what it gives becomes a package.
//!
//! `plan` says what is asked, `fetch` reads it page by page into spools,
//! `package` makes files of them. A fetch that broke off goes on
//! with the page after the last one that came.

mod fetch;
mod package;
mod plan;
mod seen;
mod spool;

use super::files::Errand;
use super::source::{Source, private};
use super::state::{Package as Mark, State};
use super::{Carrier, Checkpoint, Parcel};
use crate::intake::fetched::Met;
use crate::output::Failure;
use fetch::Fetch;
use oneroster::at;
use oneroster::model::{Kind, Service, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster_client::{Ask, Client, Config, Credentials, Edition, Error, OAuth2, ProbeReport, Scopes, Vendor};
use package::Packing;
use plan::Plan;
pub(crate) use plan::asks;
use secrecy::SecretString;
use spool::Spool;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the questions of a fetch are kept.
const PLAN: &str = "plan.json";
/// The folder of what is read page by page.
const FETCH: &str = "fetch";
/// What stands for an organisation in what a vendor's tokens need.
const ORGANISATION: &str = "{organisation}";
/// The folder of what is made of it.
const PACKAGES: &str = "packages";

/// Brings what a provider gives.
pub struct Provider<'a> {
    errand: Errand<'a>,
    version: Version,
    asked: bool,
    notes: Vec<String>,
    met: Vec<Met>,
    /// The classes that score scales are of.
    classes: HashMap<String, Record>,
}

impl<'a> Provider<'a> {
    /// Prepares to ask.
    ///
    pub fn new(errand: Errand<'a>) -> Provider<'a> {
        let version = version(errand.source);
        Provider { errand, version, asked: false, notes: Vec::new(), met: Vec::new(), classes: HashMap::new() }
    }

    /// The folder of the spools. One of a fetch that broke off is used if its
    /// answers still fit the questions.
    fn folder(&self, fetch: &Fetch, mut plan: Plan) -> Result<(PathBuf, Plan), Failure> {
        let folder = self.errand.room.at(FETCH);
        let kept = fs::read(folder.join(PLAN)).ok().and_then(|text| serde_json::from_slice::<Plan>(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.goes_on(&plan, self.errand.source, self.errand.now)) {
            return Ok((folder, kept));
        }
        if plan::in_order(self.errand.source) {
            // Collections are read one after the other, and a change between two of
            // them may be seen by half. What is later than this is asked for again.
            let latest = fetch.latest(plan::asked(self.errand.source, self.version))?;
            plan.mark = Some(latest.map_or(0, |at| at.0));
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        private(&folder)?;
        let text = serde_json::to_vec(&plan).map_err(std::io::Error::other)?;
        fs::write(folder.join(PLAN), text)?;
        Ok((folder, plan))
    }

    /// Reads every collection, and makes files of each while others are read: as
    /// of a package that is whole, if it may become one.
    fn fetched(&mut self, fetch: &Fetch, folder: &Path, plan: &Plan, into: &Path) -> Result<Vec<Spool>, Failure> {
        let kinds = plan::asked(self.errand.source, self.version);
        let mut spools = kinds.map(|kind| Spool::open(folder, kind)).collect::<std::io::Result<Vec<_>>>()?;
        for spool in spools.iter().filter(|spool| spool.reached.bytes > 0 && !spool.reached.ended) {
            let (name, records) = (spool.kind().entity().plural, spool.reached.records);
            self.notes.push(format!("{name} go on after {records} records of an earlier fetch"));
        }
        let services = self.services();
        let packing = self.packing(plan, plan.full, &services);
        // What scales are of may come after them.
        let late = |spool: &Spool| spool.kind() == Kind::ScoreScale;
        fetch.all(&mut spools, plan, &|spool| if late(spool) { Ok(()) } else { packing.files(spool, into) })?;
        for spool in &spools {
            if let Some(why) = &spool.reached.left_out {
                self.notes.push(format!("{} are left out: {why}", spool.kind().entity().plural));
            }
        }
        self.classes = classes(fetch, &spools)?;
        let packing = self.packing(plan, plan.full, &services);
        spools.iter().filter(|spool| late(spool)).try_for_each(|spool| packing.files(spool, into))?;
        self.met = met(fetch, &spools);
        Ok(spools)
    }

    /// The services that are asked for.
    fn services(&self) -> Vec<Service> {
        Service::ALL.into_iter().filter(|service| plan::asks(self.errand.source, *service)).collect()
    }

    fn packing<'p>(&'p self, plan: &'p Plan, whole: bool, services: &'p [Service]) -> Packing<'p> {
        let (name, classes) = (self.errand.source.name(), &self.classes);
        // The intake puts the prefix of the source before its identifiers.
        Packing { name, version: self.version, plan, whole, services, classes }
    }

    fn parcel(
        &mut self,
        folder: &Path,
        plan: &Plan,
        spools: &[Spool],
        path: PathBuf,
    ) -> Result<Option<Parcel>, Failure> {
        let doubts: Vec<String> = spools.iter().flat_map(doubts).collect();
        if !plan.full && spools.iter().all(|spool| spool.reached.records == 0) {
            self.forget(folder);
            self.forget(&self.errand.room.at(PACKAGES));
            return Ok(None);
        }
        let whole = plan.full && doubts.is_empty();
        let services = self.services();
        let packing = self.packing(plan, whole, &services);
        if plan.full && !whole {
            // They were written as if nothing were missing.
            for spool in spools {
                packing.files(spool, &path)?;
            }
        }
        packing.finish(spools, &path)?;
        if plan.full && !whole {
            self.notes
                .push(format!("nothing is removed by this fetch, for it is not proven whole: {}", doubts.join("; ")));
        }
        let seen = spools.iter().filter_map(|spool| seen(spool, plan)).collect();
        let checkpoint = Checkpoint { full: plan.full.then_some(plan.begun), seen };
        let known = State::of(&self.errand.source.feed).seen;
        let news = |spool: &Spool| spool.reached.greatest > known.get(spool.kind().entity().plural).copied();
        let stale = !plan.full && !spools.iter().any(news);
        let asked = Some(Timestamp(plan.begun));
        let (checkpoint, met) = (Some(checkpoint), std::mem::take(&mut self.met));
        Ok(Some(Parcel { path, asked, mark: Mark::default(), checkpoint, stale, met }))
    }

    fn forget(&mut self, folder: &Path) {
        if let Err(error) = fs::remove_dir_all(folder) {
            self.notes.push(format!("what was fetched cannot be removed: {error}"));
        }
    }
}

/// The classes that score scales are of: those that came, and others by asking.
fn classes(fetch: &Fetch, spools: &[Spool]) -> Result<HashMap<String, Record>, Failure> {
    let each = |kind: Kind, sink: &mut dyn FnMut(Record)| match spools.iter().find(|spool| spool.kind() == kind) {
        None => Ok(()),
        Some(spool) => spool.read(&mut |row| {
            Record::unpack(kind, row.sourced_id, row.packed).into_iter().for_each(&mut *sink);
            true
        }),
    };
    let mut wanted: HashSet<String> = HashSet::new();
    each(Kind::ScoreScale, &mut |scale| wanted.extend(scale.get(at!(ScoreScale.class)).map(str::to_owned)))?;
    let mut classes = HashMap::new();
    if !wanted.is_empty() {
        each(Kind::Class, &mut |class| {
            if wanted.remove(&class.sourced_id) {
                classes.insert(class.sourced_id.clone(), class);
            }
        })?;
    }
    for id in wanted {
        classes.extend(fetch.one(Kind::Class, &id)?.map(|class| (id, class)));
    }
    Ok(classes)
}

/// What was found: in the records of each collection, over all the processes
/// that read it, and besides.
fn met(fetch: &Fetch, spools: &[Spool]) -> Vec<Met> {
    let of_spools = spools.iter().flat_map(|spool| spool.reached.met.iter().cloned());
    let besides = fetch.client.findings().list().into_iter();
    let besides = besides.filter(|finding| !spools.iter().any(|spool| Some(spool.kind()) == finding.kind));
    of_spools.chain(besides.map(Met::of)).collect()
}

/// How far the changes of a collection are known, if they are known whole.
fn seen(spool: &Spool, plan: &Plan) -> Option<(String, i64)> {
    let (reached, name) = (&spool.reached, spool.kind().entity().plural);
    if reached.left_out.is_some() || (!plan.full && !reached.doubts.is_empty()) {
        return None;
    }
    if let Some(mark) = plan.mark {
        return Some((name.to_owned(), mark));
    }
    // Without any record, changes are asked for from the beginning of this fetch
    // on. A clock that is ahead must not make us miss what comes next.
    let latest = reached.greatest.unwrap_or(plan.begun).min(plan.begun);
    Some((name.to_owned(), latest))
}

/// Why what a collection lacks may be there all the same.
fn doubts(spool: &Spool) -> impl Iterator<Item = String> + '_ {
    let name = spool.kind().entity().plural;
    spool.reached.doubts.iter().map(move |doubt| format!("{name}: {doubt}"))
}

impl Carrier for Provider<'_> {
    fn next(&mut self) -> Result<Option<Parcel>, Failure> {
        if std::mem::replace(&mut self.asked, true) {
            return Ok(None);
        }
        let state = State::of(&self.errand.source.feed);
        let wanted = Plan::new(self.errand.source, &state, self.errand.again, self.version, self.errand.now);
        let fetch = signed_in(self.errand.source, self.errand.secret.as_ref())?;
        let (folder, plan) = self.folder(&fetch, wanted)?;
        let packages = self.errand.room.at(PACKAGES);
        if packages.exists() {
            fs::remove_dir_all(&packages)?;
        }
        let path = self.packing(&plan, plan.full, &[]).folder(&packages)?;
        let spools = self.fetched(&fetch, &folder, &plan, &path)?;
        self.parcel(&folder, &plan, &spools, path)
    }

    fn done(&mut self, parcel: Parcel, _: bool) -> Result<(), Failure> {
        self.leave(parcel);
        Ok(())
    }

    fn leave(&mut self, _: Parcel) {
        // The run keeps a copy; what was fetched holds people.
        for name in [PACKAGES, FETCH] {
            self.forget(&self.errand.room.at(name));
        }
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

impl std::fmt::Debug for Provider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("source", &self.errand.source.name()).finish_non_exhaustive()
    }
}

/// Finds out what the provider of a source can do, in about a minute.
///
/// # Errors
/// If it cannot be reached, or refuses the credentials.
pub fn look(source: &Source, secret: Option<&SecretString>) -> Result<ProbeReport, Failure> {
    signed_in(source, secret)?.probe()
}

/// What a source speaks.
fn edition(source: &Source) -> Edition {
    source.text("oneroster").and_then(Edition::from_label_or_segment).unwrap_or(Edition::V1P2)
}

/// The version that a source is read in.
pub(crate) fn version(source: &Source) -> Version {
    edition(source).version()
}

/// The scopes of everything that is asked for.
fn fitting(source: &Source, version: Version) -> Vec<String> {
    let kinds: Vec<_> = plan::asked(source, version).collect();
    let mut scopes: Vec<String> = Vec::new();
    for kind in kinds {
        let route = Ask::all(kind).operation_row();
        for scope in route.access.scopes(version).iter().map(|scope| (*scope).to_owned()) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
    }
    scopes
}

/// Signs in to the provider of a source: for all that is asked for, or, if that
/// is refused and nothing else was set, for as much as there is.
fn signed_in(source: &Source, secret: Option<&SecretString>) -> Result<Fetch, Failure> {
    let named = |text: &str| vec![Scopes::Named(text.split_whitespace().map(str::to_owned).collect())];
    let usual = || vec![Scopes::Named(fitting(source, version(source))), Scopes::default(), Scopes::Unnamed];
    let mut tries = source.text("scopes").map_or_else(usual, named).into_iter();
    loop {
        let Some(scopes) = tries.next() else { return Err(Failure::refused("no way to sign in is set")) };
        let at_once = source.text("at-once").and_then(|text| text.parse().ok()).unwrap_or(1);
        let fetch = Fetch::new(client(source, secret, scopes)?, at_once)?;
        match fetch.sign_in() {
            // Only what was asked for may be asked for otherwise: a wrong secret
            // stays wrong, and is counted as a guess.
            Err(failure) if failure.message.contains("scope") && tries.len() > 0 => {}
            Err(failure) => return Err(failure),
            Ok(()) => return Ok(fetch),
        }
    }
}

/// What talks to the provider of a source.
fn client(source: &Source, secret: Option<&SecretString>, scopes: Scopes) -> Result<Client, Failure> {
    Client::new(config(source, secret, scopes)?).map_err(|error| told(&error))
}

/// How to talk to the provider of a source.
pub(crate) fn config(source: &Source, secret: Option<&SecretString>, scopes: Scopes) -> Result<Config, Failure> {
    let mut config = Config::new(source.text("url").unwrap_or_default()).map_err(|error| told(&error))?;
    // Where plain http is spoken was looked at when it was set.
    config = config.allow_clear_text(true);
    config = config.edition(edition(source));
    if let Some(vendor) = source.text("vendor").and_then(Vendor::named) {
        config = config.vendor(vendor);
    }
    if let Some(profile) = &State::of(&source.feed).profile {
        config = config.profile(profile);
    }
    if let Some(size) = source.text("page").and_then(|text| text.parse().ok()) {
        config = config.page_size(size);
    }
    if let Some(rate) = source.text("rate").and_then(|text| text.parse().ok()) {
        config = config.rate(rate);
    }
    let tries = source.text("tries").and_then(|text| text.parse().ok()).unwrap_or(1);
    let longest = Duration::from_millis(u64::try_from(source.time("patience")).unwrap_or_default());
    config = config.patience(tries, longest);
    let id = source.text("client-id").unwrap_or_default();
    Ok(match (source.text("auth"), secret) {
        (_, None) => config.credentials(Credentials::None),
        (Some("bearer"), Some(token)) => config.credentials(Credentials::Bearer(token.clone())),
        (Some("oauth1"), Some(secret)) => config.oauth1(id, secret.clone()),
        (_, Some(secret)) => config.credentials(Credentials::OAuth2(OAuth2 {
            client_id: id.to_owned(),
            secret: secret.clone(),
            token_url: source.text("token-url").map(str::to_owned),
            scopes,
            extra: token_members(source)?,
        })),
    })
}

/// What a token request needs besides: what the vendor's says of an organisation is
/// to be filled in.
fn token_members(source: &Source) -> Result<Vec<(String, String)>, Failure> {
    let Some(vendor) = source.text("vendor").and_then(Vendor::named) else { return Ok(Vec::new()) };
    let filled = |(name, value): (String, String)| match source.text("organisation") {
        Some(organisation) => Ok((name, value.replace(ORGANISATION, organisation))),
        None if value.contains(ORGANISATION) => {
            let told = format!("tokens of {} are for one organisation, and it is not set which", vendor.label);
            let hint = format!("homeroom source edit {} --set organisation=NUMBER", source.name());
            Err(Failure::refused(told).hint(hint))
        }
        None => Ok((name, value)),
    };
    vendor.token_members().into_iter().map(filled).collect()
}

/// Why a provider could not be asked, in our form.
pub(crate) fn told(error: &Error) -> Failure {
    let message = error.to_string();
    Failure::refused(message.trim_end_matches('.')).hint("look at it with: homeroom source test")
}
