//! Where a provider is, from whatever people have: a host, a base path, the
//! base of a service, the URL of a collection.

use crate::error::{Error, ErrorKind};
use oneroster::model::{Edition, Service};
use url::Url;

/// What stands before the version in the paths of the standard.
const STANDARD: &str = "/ims/oneroster";

/// The root of a provider: what stands before the version in its URLs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    root: Url,
    /// The edition that the URL spoke of.
    edition: Option<Edition>,
    /// Whether the URL said more than the host.
    explicit: bool,
}

impl Address {
    /// Reads a URL in any form that people have it. Without a scheme it is
    /// https, on this machine itself http; a query is dropped; what follows the version is dropped.
    ///
    /// # Errors
    /// If it is no URL of a web server, or holds a user name.
    pub fn parse(text: &str) -> Result<Address, Error> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let wrong =
            |why: &str| Error::new(ErrorKind::Config, format!("The URL of the provider cannot be used: {why}."));
        let mut url = Url::parse(&whole).map_err(|_| wrong("write it as https://sis.example.org/ims/oneroster"))?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(wrong("it must begin with https:// and name a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a user name or password; give credentials apart from it"));
        }
        // Nobody has a certificate for this machine itself.
        if !text.contains("://") && is_here(&url) {
            url = Url::parse(&format!("http://{text}")).unwrap_or(url);
        }
        url.set_query(None);
        url.set_fragment(None);
        let segments: Vec<&str> = url.path().split('/').filter(|s| !s.is_empty()).collect();
        let (kept, edition) = root_of(&segments);
        let explicit = kept > 0 || edition.is_some();
        let path = format!("/{}", segments[..kept].join("/"));
        url.set_path(&path);
        Ok(Address { root: url, edition, explicit })
    }

    /// The edition that the URL spoke of, if it did.
    pub fn edition(&self) -> Option<Edition> {
        self.edition
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> String {
        self.root.origin().ascii_serialization()
    }

    /// The host.
    pub fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    /// Whether it is this machine itself.
    pub(crate) fn is_near(&self) -> bool {
        is_here(&self.root)
    }

    /// Whether what is sent there can be read on the way.
    pub(crate) fn is_clear(&self) -> bool {
        is_clear(&self.root)
    }

    /// What stands in the path right before the standard's own words: some
    /// vendors put the name of the application there.
    pub(crate) fn application(&self) -> Option<&str> {
        let root = self.root.path().trim_end_matches('/').strip_suffix(STANDARD)?;
        root.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// Scheme, host and what stands before the standard's own path.
    pub(crate) fn prefix(&self) -> String {
        let root = self.root.path().trim_end_matches('/');
        format!("{}{}", self.origin(), root.strip_suffix(STANDARD).unwrap_or(root))
    }

    /// Puts the path of a vendor where people gave only a host.
    #[must_use]
    pub(crate) fn with_root(mut self, root: &str) -> Address {
        if !self.explicit {
            self.root.set_path(root);
        }
        self
    }

    /// The base of a service, without a slash at the end.
    pub fn base(&self, edition: Edition, service: Service) -> String {
        let root = self.root.path().trim_end_matches('/');
        // A host alone, or a path that does not name the standard: its own
        // path is put behind.
        let named = self.edition.is_some() || root.split('/').any(|s| s.eq_ignore_ascii_case("oneroster"));
        let root = match (edition, named) {
            (Edition::V1P0, _) => root.strip_suffix(STANDARD).unwrap_or(root).to_owned(),
            (_, true) => root.to_owned(),
            (_, false) => format!("{root}{STANDARD}"),
        };
        let path = edition.base_path(service);
        let below = path.strip_prefix(STANDARD).unwrap_or(path);
        format!("{}{root}{below}", self.origin())
    }
}

/// How many segments belong to the root, and the edition that the URL names.
fn root_of(segments: &[&str]) -> (usize, Option<Edition>) {
    let is = |i: usize, word: &str| segments.get(i).is_some_and(|s| s.eq_ignore_ascii_case(word));
    let named = |segment: &&str| Edition::ALL.into_iter().find(|e| segment.eq_ignore_ascii_case(e.segment()));
    // The standard's own words; some vendors name the version before them, too.
    if let Some(i) = (1..segments.len()).rev().find(|i| is(i - 1, "ims") && is(*i, "oneroster")) {
        let behind = segments[i + 1..].iter().find_map(named);
        return (i + 1, behind.or_else(|| segments[..i].iter().find_map(named)));
    }
    let old: Vec<&str> = Edition::V1P0.base_path(Service::Rostering).split('/').skip(1).collect();
    if let Some(i) = (0..segments.len()).find(|i| segments[*i..].starts_with(&old)) {
        return (i, Some(Edition::V1P0));
    }
    let version = (0..segments.len()).rev().find_map(|i| Some((i, named(&segments[i])?)));
    if let Some((i, edition)) = version {
        let service = edition == Edition::V1P2 && i > 0 && is_service(segments[i - 1]);
        return (if service { i - 1 } else { i }, Some(edition));
    }
    let standard = (0..segments.len()).rev().find(|i| is(*i, "oneroster"));
    (standard.map_or(segments.len(), |i| i + 1), None)
}

fn is_service(segment: &str) -> bool {
    let version = Edition::V1P2.version();
    Service::ALL.into_iter().any(|service| service.base_path(version).split('/').any(|s| s == segment && s != "ims"))
}

/// Whether what is sent to a URL can be read on the way: plain HTTP to another machine.
pub(crate) fn is_clear(url: &Url) -> bool {
    url.scheme() != "https" && !is_here(url)
}

/// Whether a URL is of this machine itself.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether two URLs are of the same server.
pub(crate) fn same_server(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_people_have_leads_to_the_same_base() {
        for text in [
            "sis.example.org",
            " https://sis.example.org/ ",
            "https://sis.example.org/ims/oneroster",
            "https://sis.example.org/ims/oneroster/",
            "https://sis.example.org/ims/oneroster/v1p1",
            "https://sis.example.org/ims/oneroster/v1p1/users?limit=10#x",
            "https://sis.example.org/ims/oneroster/v1p2",
            "https://sis.example.org/ims/oneroster/rostering/v1p2/",
            "https://sis.example.org/ims/oneroster/gradebook/v1p2/lineItems",
        ] {
            let address = Address::parse(text).unwrap();
            let base = |edition, service| address.base(edition, service);
            assert_eq!(base(Edition::V1P1, Service::Gradebook), "https://sis.example.org/ims/oneroster/v1p1", "{text}");
            assert_eq!(
                base(Edition::V1P2, Service::Rostering),
                "https://sis.example.org/ims/oneroster/rostering/v1p2",
                "{text}"
            );
            assert_eq!(base(Edition::V1P0, Service::Rostering), "https://sis.example.org/learningdata/v1", "{text}");
        }
    }

    #[test]
    fn what_a_url_says_of_path_and_edition_is_kept() {
        let cases = [
            (
                "https://x.org:8443/api/ims/oneroster/v1p1",
                Some(Edition::V1P1),
                "https://x.org:8443/api/ims/oneroster/v1p1",
            ),
            ("http://x.org/t/north", None, "http://x.org/t/north/ims/oneroster/v1p1"),
            ("https://x.org/campus/oneroster/app/v1p1", Some(Edition::V1P1), "https://x.org/campus/oneroster/app/v1p1"),
            (
                "https://x.org/campus/api/oneroster/v1p2/app/ims/oneroster",
                Some(Edition::V1P2),
                "https://x.org/campus/api/oneroster/v1p2/app/ims/oneroster/v1p1",
            ),
            ("https://x.org/odd/v1p1/orgs", Some(Edition::V1P1), "https://x.org/odd/v1p1"),
        ];
        for (text, edition, base) in cases {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.edition(), edition, "{text}");
            assert_eq!(address.base(Edition::V1P1, Service::Rostering), base, "{text}");
        }
        assert_eq!(Address::parse("localhost:8080").unwrap().origin(), "http://localhost:8080");
        let old = Address::parse("https://x.org/campus/learningdata/v1/students").unwrap();
        assert_eq!(old.edition(), Some(Edition::V1P0));
        assert_eq!(old.base(Edition::V1P0, Service::Rostering), "https://x.org/campus/learningdata/v1");
    }

    #[test]
    fn a_vendors_path_fills_a_bare_host_only() {
        let bare = Address::parse("x.org").unwrap().with_root("/api/ims/oneroster");
        assert_eq!(bare.base(Edition::V1P1, Service::Rostering), "https://x.org/api/ims/oneroster/v1p1");
        let given = Address::parse("x.org/my/ims/oneroster").unwrap().with_root("/api/ims/oneroster");
        assert_eq!(given.base(Edition::V1P1, Service::Rostering), "https://x.org/my/ims/oneroster/v1p1");
    }

    #[test]
    fn what_is_no_provider_is_refused() {
        for text in ["", "ftp://x.org", "https://", "https://user:pw@x.org", "not a host"] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }

    #[test]
    fn clear_text_is_told_from_this_machine() {
        let clear = |text: &str| is_clear(&Url::parse(text).unwrap());
        assert!(clear("http://sis.example.org/") && clear("http://10.0.0.1/"));
        for near in ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]/", "https://sis.example.org/"] {
            assert!(!clear(near), "{near}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_provider_or_none(text in "(https?://)?[a-z./:@?#\\[\\]v12p]{0,40}") {
            if let Ok(address) = Address::parse(&text) {
                proptest::prop_assert!(Url::parse(&address.base(Edition::V1P2, Service::Rostering)).is_ok());
            }
        }
    }
}
