//! Output plans, compiled once per address that callers know us by.

use hashbrown::HashMap;
use oneroster::grant::Cover;
use oneroster::json::{Bases, Plan};
use oneroster::model::{Kind, MODEL, Slot, Version};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The plans for one address.
pub(super) struct Address {
    /// Scheme, host and port, and whatever path stands before `/ims`.
    pub(super) prefix: Box<str>,
    bases: [Bases; 2],
    /// Where every member is shown.
    open: Plans,
    /// The others, by what they show.
    covered: RwLock<HashMap<Cover, Arc<Plans>>>,
}

/// By version and kind; those that show all members there are.
struct Plans(Vec<OnceLock<Arc<Plan>>>);

/// More covers than this are compiled again: so many applications with a cover
/// of their own are seldom awake at once.
const MOST_COVERS: usize = 256;

impl Address {
    fn new(prefix: &str) -> Address {
        Address {
            prefix: prefix.into(),
            bases: Version::ALL.map(|version| Bases::new(version, prefix)),
            open: Plans::new(),
            covered: RwLock::default(),
        }
    }

    /// The plan of a kind under a cover; with a selection it is compiled anew.
    pub(super) fn plan(&self, kind: Kind, version: Version, selection: Option<&[Slot]>, cover: &Cover) -> Arc<Plan> {
        let bases = &self.bases[version as usize];
        let make = || Arc::new(Plan::covered(kind, version, bases, selection, cover));
        if selection.is_some() {
            return make();
        }
        if cover.hidden.is_empty() {
            return self.open.get(kind, version, make);
        }
        self.plans(cover).get(kind, version, make)
    }

    fn plans(&self, cover: &Cover) -> Arc<Plans> {
        if let Some(plans) = self.covered.read().unwrap_or_else(PoisonError::into_inner).get(cover) {
            return plans.clone();
        }
        let mut covered = self.covered.write().unwrap_or_else(PoisonError::into_inner);
        if covered.len() >= MOST_COVERS {
            covered.clear();
        }
        covered.entry(cover.clone()).or_insert_with(|| Arc::new(Plans::new())).clone()
    }
}

impl Plans {
    fn new() -> Plans {
        Plans((0..MODEL.len() * Version::ALL.len()).map(|_| OnceLock::new()).collect())
    }

    fn get(&self, kind: Kind, version: Version, make: impl Fn() -> Arc<Plan>) -> Arc<Plan> {
        let at = version as usize * MODEL.len() + kind as usize;
        self.0.get(at).map_or_else(&make, |plan| plan.get_or_init(&make).clone())
    }
}

/// The addresses of late; whoever sends made-up hosts gets made-up links, but
/// no memory of ours.
pub(super) struct Addresses {
    public: Option<Arc<Address>>,
    recent: RwLock<HashMap<String, Arc<Address>>>,
}

/// More are forgotten and made again: each district and school has its own.
const MOST_RECENT: usize = 256;

impl Addresses {
    pub(super) fn new(public_url: Option<&str>) -> Addresses {
        Addresses { public: public_url.map(|url| Arc::new(Address::new(url))), recent: RwLock::default() }
    }

    /// The address that is configured.
    pub(super) fn public(&self) -> Option<&str> {
        self.public.as_ref().map(|address| &*address.prefix)
    }

    /// The address of a request: what is configured, else what its sender
    /// wrote; with what stood before the path.
    pub(super) fn of(&self, scheme: &str, host: Option<&str>, otherwise: &str, below: &str) -> Arc<Address> {
        let prefix = match &self.public {
            Some(public) if below.is_empty() => return public.clone(),
            Some(public) => [&public.prefix, below].concat(),
            None => [scheme, "://", host.filter(|host| is_host(host)).unwrap_or(otherwise), below].concat(),
        };
        if let Some(known) = self.recent.read().unwrap_or_else(PoisonError::into_inner).get(&prefix) {
            return known.clone();
        }
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST_RECENT {
            recent.clear();
        }
        recent.entry_ref(&prefix).or_insert_with(|| Arc::new(Address::new(&prefix))).clone()
    }
}

fn is_host(host: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    (1..=255).contains(&host.len()) && host.bytes().all(fits)
}
