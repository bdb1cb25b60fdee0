//! Output plans, compiled once per address that callers know us by.

use oneroster::json::{Bases, Plan};
use oneroster::model::{Kind, MODEL, Slot, Version};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The plans for one address.
pub(super) struct Address {
    /// Scheme, host and port, and whatever path stands before `/ims`.
    pub(super) prefix: Box<str>,
    bases: [Bases; 2],
    /// By version and kind; those that show all members.
    plans: Vec<OnceLock<Arc<Plan>>>,
}

impl Address {
    fn new(prefix: &str) -> Address {
        Address {
            prefix: prefix.into(),
            bases: Version::ALL.map(|version| Bases::new(version, prefix)),
            plans: (0..MODEL.len() * Version::ALL.len()).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The plan of a kind; with a selection it is compiled anew.
    pub(super) fn plan(&self, kind: Kind, version: Version, selection: Option<&[Slot]>) -> Arc<Plan> {
        let make = |selection| Arc::new(Plan::new(kind, version, &self.bases[version as usize], selection));
        if selection.is_some() {
            return make(selection);
        }
        let at = version as usize * MODEL.len() + kind as usize;
        self.plans.get(at).map_or_else(|| make(None), |plan| plan.get_or_init(|| make(None)).clone())
    }
}

/// The addresses of late; whoever sends made-up hosts gets made-up links, but
/// no memory of ours.
pub(super) struct Addresses {
    public: Option<Arc<Address>>,
    recent: RwLock<Vec<Arc<Address>>>,
}

const MOST_RECENT: usize = 8;

impl Addresses {
    pub(super) fn new(public_url: Option<&str>) -> Addresses {
        Addresses { public: public_url.map(|url| Arc::new(Address::new(url))), recent: RwLock::default() }
    }

    /// The address of a request: what is configured, else what its sender wrote.
    pub(super) fn of(&self, scheme: &str, host: Option<&str>, otherwise: &str) -> Arc<Address> {
        if let Some(public) = &self.public {
            return public.clone();
        }
        let host = host.filter(|host| is_host(host)).unwrap_or(otherwise);
        let fits = |address: &&Arc<Address>| address.prefix.split_once("://") == Some((scheme, host));
        if let Some(known) = self.recent.read().unwrap_or_else(PoisonError::into_inner).iter().find(fits) {
            return known.clone();
        }
        let address = Arc::new(Address::new(&format!("{scheme}://{host}")));
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST_RECENT {
            recent.remove(0);
        }
        recent.push(address.clone());
        address
    }
}

fn is_host(host: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    (1..=255).contains(&host.len()) && host.bytes().all(fits)
}
