//! Who is asked.

use super::store::{Store, at_once};
use super::told::{Told, finding};
use crate::output::Failure;
use oneroster::json::Row;
use oneroster::model::Version;
use oneroster_client::clever::Clever;
use oneroster_client::get::{Answer, District, Far, Provider as _, Request, get};
use oneroster_client::{Config, detect};
use tokio::runtime::{Builder, Runtime};

/// Whoever answers a query.
#[derive(Debug)]
pub enum Asked {
    /// Our own roster.
    Store(Box<Store>),
    /// A provider over HTTP.
    Far(Runtime, Box<Far>),
    /// A district at Clever.
    Clever(Runtime, Box<District>),
}

impl Asked {
    /// A provider, in the version that is set or else found out.
    ///
    /// # Errors
    /// If it cannot be reached, or refuses the credentials.
    pub fn far(config: Config) -> Result<Asked, Failure> {
        let runtime = runtime()?;
        let client = runtime.block_on(detect(config)).map_err(Told::from)?;
        Ok(Asked::Far(runtime, Box::new(Far::new(client))))
    }

    /// A district at Clever.
    ///
    /// # Errors
    /// If the system gives no runtime.
    pub fn clever(client: Clever) -> Result<Asked, Failure> {
        Ok(Asked::Clever(runtime()?, Box::new(District::new(client))))
    }

    /// The version that it is asked in.
    pub fn version(&self) -> Version {
        match self {
            Asked::Store(store) => store.version(),
            Asked::Far(_, far) => far.version(),
            Asked::Clever(_, district) => district.version(),
        }
    }

    /// What stands before the standard's own paths in its addresses: of our own
    /// roster no server is known, and nothing of Clever has an address of OneRoster.
    pub fn prefix(&self) -> String {
        match self {
            Asked::Store(_) | Asked::Clever(..) => String::new(),
            Asked::Far(_, far) => far.client().address().origin(),
        }
    }

    /// What was odd about it, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let (doubts, findings): (Vec<&str>, _) = match self {
            Asked::Store(_) => return Vec::new(),
            Asked::Far(_, far) => (far.doubts().collect(), far.client().findings().list()),
            Asked::Clever(_, district) => (Vec::new(), district.client().findings().list()),
        };
        doubts.into_iter().map(str::to_owned).chain(findings.iter().map(finding)).collect()
    }

    /// Gives what is asked for to `sink`.
    ///
    /// # Errors
    /// If it cannot be read, and what the sink says.
    pub fn get(
        &mut self,
        request: &Request,
        sink: &mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
    ) -> Result<Answer, Failure> {
        let mut sink = |row: &Row<'_>| sink(row).map_err(Told::from);
        let answer: Result<Answer, Told> = match self {
            Asked::Store(store) => at_once(get(&mut **store, request, &mut sink)),
            Asked::Far(runtime, far) => runtime.block_on(get(&mut **far, request, &mut sink)),
            Asked::Clever(runtime, district) => runtime.block_on(get(&mut **district, request, &mut sink)),
        };
        Ok(answer?)
    }
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
