//! Sets of OAuth scopes, as small as a number.

use oneroster::model::{ROUTES, Route, Version, scope_uri};
use std::sync::LazyLock;

/// A scope of the standard in a version that knows it, or one of our own, whose
/// name is all of it.
struct Scope {
    version: Option<Version>,
    name: &'static str,
    uri: String,
}

/// The scopes of our own: what they open is no roster.
const OWN: [&str; 5] = ["admin.readonly", "admin.runs", "admin.apps", "admin.config", "metrics.readonly"];

/// The scopes of both versions, in the order in which ROUTES first names them,
/// each name's versions side by side; the position is the bit in a set.
static SCOPES: LazyLock<Vec<Scope>> = LazyLock::new(|| {
    let both = || ROUTES.iter().flat_map(|route| Version::ALL.map(|version| (route, version)));
    let offered = || both().filter(|(route, version)| route.versions.has(*version));
    let mut names: Vec<&'static str> = Vec::new();
    for name in offered().flat_map(|(route, version)| route.access.scopes(version)) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let knows = |version, name| offered().any(|(r, v)| v == version && r.access.scopes(v).contains(&name));
    let pairs = names.iter().flat_map(|name| Version::ALL.map(|version| (version, *name)));
    let own = OWN.map(|name| Scope { version: None, name, uri: name.to_owned() });
    pairs
        .filter(|(version, name)| knows(*version, *name))
        .map(|(version, name)| Scope { version: Some(version), name, uri: scope_uri(version, name) })
        .chain(own)
        .collect()
});

/// A set of scopes of both versions: the full URIs that a token carries.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ScopeSet(u64);

impl ScopeSet {
    /// What an application gets that asks for nothing in particular.
    pub fn default_grant() -> ScopeSet {
        ScopeSet::parse("roster-core.readonly roster.readonly")
    }

    /// Every scope there is.
    pub(super) fn all() -> ScopeSet {
        ScopeSet::of(|_| true)
    }

    /// The short names of every scope of the standard.
    pub fn all_names() -> Vec<&'static str> {
        ScopeSet::of(|scope| scope.version.is_some()).names()
    }

    /// The names of the scopes of our own.
    pub fn own_names() -> &'static [&'static str] {
        &OWN
    }

    /// What of the set is of our own.
    pub fn own(self) -> ScopeSet {
        self.intersection(ScopeSet::of(|scope| scope.version.is_none()))
    }

    /// Whether all of the set is in the other one.
    pub fn is_within(self, other: ScopeSet) -> bool {
        self.intersection(other) == self
    }

    /// A scope by its short name, in every version that knows it; empty if
    /// none does.
    pub fn named(name: &str) -> ScopeSet {
        ScopeSet::of(|scope| scope.name == name)
    }

    /// What a list of short names and full URIs, separated by spaces, names;
    /// what is unknown is left out.
    pub fn parse(text: &str) -> ScopeSet {
        text.split_ascii_whitespace().fold(ScopeSet::default(), |set, word| {
            set.union(ScopeSet::of(|scope| scope.name == word || scope.uri == word))
        })
    }

    /// The scopes of which any one opens a route.
    pub fn opening(route: &Route, version: Version) -> ScopeSet {
        let names = route.access.scopes(version);
        ScopeSet::of(|scope| scope.version == Some(version) && names.contains(&scope.name))
    }

    /// What is in either set.
    pub fn union(self, other: ScopeSet) -> ScopeSet {
        ScopeSet(self.0 | other.0)
    }

    /// What is in both sets.
    pub fn intersection(self, other: ScopeSet) -> ScopeSet {
        ScopeSet(self.0 & other.0)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The short names, each once.
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.scopes().map(|scope| scope.name).collect();
        names.dedup();
        names
    }

    /// The full URIs.
    pub fn uris(self) -> impl Iterator<Item = &'static str> {
        self.scopes().map(|scope| scope.uri.as_str())
    }

    /// The full URIs, separated by spaces.
    pub fn to_uris(self) -> String {
        self.uris().collect::<Vec<_>>().join(" ")
    }

    fn scopes(self) -> impl Iterator<Item = &'static Scope> {
        SCOPES.iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, scope)| scope)
    }

    fn of(wanted: impl Fn(&Scope) -> bool) -> ScopeSet {
        let bits = SCOPES.iter().enumerate().filter(|(_, scope)| wanted(scope));
        ScopeSet(bits.fold(0, |set, (bit, _)| set | (1 << bit)))
    }
}

impl std::fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.uris()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_are_those_of_the_standard() {
        // rest.md 5.3: 7 of 1.1, 13 of 1.2.
        assert_eq!(SCOPES.iter().filter(|s| s.version == Some(Version::V1P1)).count(), 7);
        assert_eq!(SCOPES.iter().filter(|s| s.version == Some(Version::V1P2)).count(), 13);
        assert_eq!(ScopeSet::all_names().len(), 13);
        assert!(SCOPES.len() <= 64);
    }

    #[test]
    fn scopes_of_our_own_stand_apart() {
        let own = ScopeSet::parse("admin.runs metrics.readonly");
        let all = own.union(ScopeSet::default_grant());
        assert_eq!((all.own(), own.to_uris()), (own, "admin.runs metrics.readonly".to_owned()));
        assert!(own.is_within(all) && !all.is_within(own));
        assert!(ScopeSet::default_grant().own().is_empty());
    }

    #[test]
    fn every_scope_survives_its_names() {
        for name in ScopeSet::all_names().iter().chain(ScopeSet::own_names()).copied() {
            let set = ScopeSet::named(name);
            assert_eq!(set.names(), [name]);
            assert_eq!(ScopeSet::parse(&set.to_uris()), set);
            assert_eq!(ScopeSet::parse(name), set);
        }
        for scope in SCOPES.iter() {
            assert_eq!(ScopeSet::parse(&scope.uri).uris().collect::<Vec<_>>(), [&scope.uri]);
        }
        assert!(ScopeSet::parse("nothing https://purl.imsglobal.org/spec/or/v1p9/scope/roster.readonly").is_empty());
    }

    #[test]
    fn any_scope_of_a_route_opens_it_in_its_version_only() {
        for (route, version) in ROUTES.iter().flat_map(|r| Version::ALL.map(|v| (r, v))) {
            if !route.versions.has(version) {
                continue;
            }
            let opening = ScopeSet::opening(route, version);
            let wanted: Vec<_> = route.access.scopes(version).iter().map(|s| scope_uri(version, s)).collect();
            let mut given: Vec<_> = opening.uris().map(str::to_owned).collect();
            given.sort();
            let mut sorted = wanted.clone();
            sorted.sort();
            assert_eq!(given, sorted, "{} {version}", route.operation);
        }
    }
}
