//! What is known of vendors, as a table: where they serve, how one signs in,
//! what they bear, and what they do otherwise than the standard says.
//!
//! Each fact names its source and says whether it is proven by a public
//! document or public code that talks to the vendor, or assumed. A consumer
//! reads the table to reckon with a vendor; a provider for tests reads it to
//! behave like one.

mod table;

use crate::habit::Standing;
use oneroster::model::Edition;
use std::num::{NonZeroU32, NonZeroUsize};

pub use table::VENDORS;

/// Stands in a token path for the name of the application in the base path.
pub(crate) const APPLICATION: &str = "{application}";

/// A way of signing in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Way {
    /// OAuth 2.0, credentials in the header.
    OAuth2,
    /// OAuth 2.0, credentials in the body.
    OAuth2Body,
    /// OAuth 1.0a.
    OAuth1,
    /// A token that was given once and for all.
    Bearer,
}

/// Something that a vendor's server does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Trait {
    /// No `X-Total-Count`.
    NoTotal,
    /// No `Link`.
    NoLink,
    /// Links and hrefs without scheme and host.
    RelativeLinks,
    /// Hrefs that name another server.
    ForeignHrefs,
    /// No more records in a page than this.
    PageCap(u32),
    /// No nested reads: `/schools/{id}/classes` and the like.
    NoNestedReads,
    /// `school` where the class has `org`.
    SchoolForOrg,
    /// JSON booleans for `"true"` and `"false"`.
    JsonBooleans,
    /// `TRUE` and `FALSE`.
    CapitalBooleans,
    /// Years as numbers.
    NumberYears,
    /// Filters on this member are ignored.
    FilterIgnored(&'static str),
    /// A sort by a list is ignored.
    ListSortIgnored,
    /// No token without naming scopes.
    ScopesNeeded,
    /// The token answer names no scope.
    ScopeUnsaid,
    /// The token URL cannot be derived from the base URL.
    TokenUrlApart,
    /// The token request needs this further member.
    TokenMember(&'static str, &'static str),
    /// A header tells the revision of permissions.
    PermissionRevision(&'static str),
    /// `/students` may hold teachers.
    MixedViews,
    /// Passwords come with people.
    PasswordsSent,
    /// People without a sign-in name are left out of 1.1.
    NamelessPeopleLeftOut,
    /// Only the school year under way is shown.
    ActiveYearOnly,
    /// Results are given by class only.
    ResultsByClassOnly,
    /// No guardians.
    NoGuardians,
    /// Identifiers of staff begin with this.
    StaffPrefix(&'static str),
    /// Organisations are called by this word, which is not of the vocabulary.
    OrgType(&'static str),
    /// No categories by class.
    NoCategoriesByClass,
    /// No creation or change of categories.
    NoCategoryWrites,
    /// Identifiers change with the school year.
    YearlyIdentifiers,
    /// Paging goes by the identifier of the last record.
    PagesByKey,
    /// Every change is later than all that could be read before it, whatever the
    /// clock says, and what changed at one instant is seen at once: what was read
    /// need not be asked for again.
    ChangesInOrder,
    /// It is no OneRoster, but an interface of its own.
    OwnInterface,
    /// Records have the names and forms of 1.0.
    OldForms,
}

/// A fact about a vendor.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// What its server does.
    pub what: Trait,
    /// Where it is told of.
    pub source: &'static str,
    /// How sure it is.
    pub standing: Standing,
}

/// One vendor.
#[derive(Debug)]
pub struct Vendor {
    /// Its name in settings: `infinite-campus`.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Ends of host names that are its own.
    pub hosts: &'static [&'static str],
    /// The editions it offers, the best one first.
    pub editions: &'static [Edition],
    /// What stands before the version in its URLs, where a host alone is given.
    pub root: Option<&'static str>,
    /// Where it gives tokens, on the server of the base URL; `{application}`
    /// stands for the name before `ims` in the base path.
    pub token_path: Option<&'static str>,
    /// How one signs in, the usual way first.
    pub ways: &'static [Way],
    /// Where its way in is told of, and how sure that is.
    pub way_source: (&'static str, Standing),
    /// How long its tokens live, in seconds, where that is known.
    pub token_lifetime: Option<u32>,
    /// How many records a page is asked to have.
    pub page_size: NonZeroU32,
    /// How many requests it bears at once.
    pub concurrency: NonZeroUsize,
    /// What its server does otherwise.
    pub facts: &'static [Fact],
}

impl Vendor {
    /// What its token requests need besides, by name and value.
    pub fn token_members(&'static self) -> Vec<(String, String)> {
        let members = self.facts.iter().filter_map(|fact| match fact.what {
            Trait::TokenMember(name, value) => Some((name.to_owned(), value.to_owned())),
            _ => None,
        });
        members.collect()
    }

    /// Any other vendor: the standard's own ways.
    pub fn generic() -> &'static Vendor {
        &VENDORS[0]
    }

    /// The vendor of a name.
    pub fn named(name: &str) -> Option<&'static Vendor> {
        VENDORS.iter().find(|vendor| vendor.name.eq_ignore_ascii_case(name))
    }

    /// The vendor whose host this is, as far as the table knows.
    pub fn of_host(host: &str) -> Option<&'static Vendor> {
        let host = host.to_ascii_lowercase();
        let own = |end: &str| host == end || host.strip_suffix(end).is_some_and(|before| before.ends_with('.'));
        VENDORS.iter().find(|vendor| vendor.hosts.iter().any(|end| own(end)))
    }

    /// Whether its server does something.
    pub fn does(&self, what: Trait) -> bool {
        self.facts.iter().any(|fact| fact.what == what)
    }

    /// The most records that a page of it has, where that is known.
    pub fn page_cap(&self) -> Option<u32> {
        self.facts.iter().find_map(|fact| match fact.what {
            Trait::PageCap(most) => Some(most),
            _ => None,
        })
    }

    pub(crate) fn credentials_in_body(&self) -> bool {
        self.ways.first() == Some(&Way::OAuth2Body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_fact_has_a_source() {
        for (i, vendor) in VENDORS.iter().enumerate() {
            assert!(VENDORS[..i].iter().all(|other| other.name != vendor.name), "{}", vendor.name);
            assert!(!vendor.editions.is_empty() || vendor.does(Trait::OwnInterface), "{}", vendor.name);
            assert!(!vendor.ways.is_empty() && !vendor.way_source.0.is_empty(), "{}", vendor.name);
            assert!(vendor.facts.iter().all(|fact| !fact.source.is_empty()), "{}", vendor.name);
            assert_eq!(Vendor::named(vendor.name).map(|found| found.name), Some(vendor.name));
            assert!(vendor.page_cap().is_none_or(|cap| vendor.page_size.get() <= cap), "{}", vendor.name);
        }
        assert_eq!(Vendor::generic().name, "generic");
    }

    #[test]
    fn hosts_lead_to_their_vendor() {
        let name = |host: &str| Vendor::of_host(host).map(|vendor| vendor.name);
        assert_eq!(name("partnertest.InfiniteCampus.org"), Some("infinite-campus"));
        assert_eq!(name("oneroster-proxy.classlink.io"), Some("classlink"));
        assert_eq!(name("notinfinitecampus.org.example.com"), None);
        assert_eq!(name("evilinfinitecampus.org"), None);
    }
}
