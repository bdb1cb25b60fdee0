//! Which operation a path and a method mean: a fold over ROUTES.

use hashbrown::HashMap;
use homeroom_store::access::ScopeSet;
use http::Method;
use oneroster::grant::Naming;
use oneroster::model::{self, Parent, ROUTES, Route, Service, Shape, Version};
use percent_encoding::percent_decode_str;

/// An operation as it is served in one version.
#[derive(Debug)]
pub(super) struct Operation {
    /// Its row.
    pub(super) route: &'static Route,
    /// The version.
    pub(super) version: Version,
    /// Any one of these scopes opens it.
    pub(super) opening: ScopeSet,
}

/// What the paths below one base path are.
struct Base {
    path: &'static str,
    version: Version,
    service: Service,
    /// By the first segment, which is a word in every route.
    entries: HashMap<&'static str, Vec<Entry>>,
}

/// One path with its operations.
struct Entry {
    /// The words; `None` where an identifier stands.
    segments: Vec<Option<&'static str>>,
    operations: Vec<Operation>,
    allow: String,
}

/// Every path of the standard that is known here.
pub(super) struct Paths {
    bases: Vec<Base>,
}

/// Where below a base path a request went: whose shapes errors have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) version: Version,
    pub(super) service: Service,
}

/// The identifiers of a path, percent-decoded once.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    /// Those of the records that the path names before the last one.
    pub(super) parents: Vec<(&'static Parent, String)>,
    /// That of the record itself, if it is one.
    pub(super) own: Option<String>,
}

impl Ids {
    /// Those that are meant by a caller who is told them so; `None` if one is no
    /// such identifier.
    pub(super) fn meant(&self, naming: &Naming) -> Option<Ids> {
        let parents = self.parents.iter().map(|(parent, id)| Some((*parent, naming.meant(id)?)));
        let own = match &self.own {
            Some(id) => Some(naming.meant(id)?),
            None => None,
        };
        Some(Ids { parents: parents.collect::<Option<_>>()?, own })
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&str> {
        self.parents.first().map(|(_, id)| id).or(self.own.as_ref()).map(String::as_str)
    }
}

/// What a path and a method mean.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// This operation; without identifiers if those cannot be read as text.
    Operation(&'a Operation, Option<Ids>),
    /// A path of the standard that does not take the method.
    Method { place: Place, allow: &'a str },
    /// Nothing, below a base path.
    Unknown(Place),
    /// Not below any base path.
    Elsewhere,
}

impl Operation {
    pub(super) fn place(&self) -> Place {
        Place { version: self.version, service: self.route.service }
    }
}

impl Paths {
    pub(super) fn new() -> Paths {
        let mut bases: Vec<Base> = Vec::new();
        for (route, version) in ROUTES.iter().flat_map(|r| Version::ALL.map(|v| (r, v))) {
            if !route.versions.has(version) {
                continue;
            }
            let path = route.service.base_path(version);
            let at = bases.iter().position(|base| base.path == path).unwrap_or_else(|| {
                bases.push(Base { path, version, service: route.service, entries: HashMap::new() });
                bases.len() - 1
            });
            bases[at].add(Operation { route, version, opening: ScopeSet::opening(route, version) });
        }
        Paths { bases }
    }

    /// Finds what a path means, as it came in the request line.
    pub(super) fn find(&self, method: &Method, path: &str) -> Target<'_> {
        let below =
            |base: &'_ Base| path.strip_prefix(base.path).filter(|r| r.is_empty() || r.starts_with('/')).map(str::len);
        let Some((base, rest)) =
            self.bases.iter().find_map(|base| below(base).map(|n| (base, &path[path.len() - n..])))
        else {
            return Target::Elsewhere;
        };
        let place = Place { version: base.version, service: base.service };
        // Some clients put a slash before the query (rest.md T48).
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let Some(entry) = base.entry(rest) else { return Target::Unknown(place) };
        match entry.operations.iter().find(|operation| takes(operation.route.method, method)) {
            Some(operation) => Target::Operation(operation, entry.ids(operation.route, rest)),
            None => Target::Method { place: entry.place(place), allow: &entry.allow },
        }
    }
}

impl Base {
    fn add(&mut self, operation: Operation) {
        let word = |segment: &'static str| (!segment.starts_with('{')).then_some(segment);
        let segments: Vec<_> = operation.route.path.split('/').skip(1).map(word).collect();
        let first = segments.first().copied().flatten().unwrap_or_default();
        let entries = self.entries.entry(first).or_default();
        let at = entries.iter().position(|entry| entry.segments == segments).unwrap_or_else(|| {
            entries.push(Entry { segments, operations: Vec::new(), allow: String::new() });
            entries.len() - 1
        });
        entries[at].add(operation);
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let first = path.strip_prefix('/')?.split('/').next()?;
        self.entries.get(first)?.iter().find(|entry| entry.fits(path))
    }
}

impl Entry {
    fn add(&mut self, operation: Operation) {
        let words: &[&str] = match operation.route.method {
            model::Method::Get => &["GET", "HEAD"],
            model::Method::Put => &["PUT"],
            model::Method::Post => &["POST"],
            model::Method::Delete => &["DELETE"],
        };
        for word in words {
            if !self.allow.is_empty() {
                self.allow.push_str(", ");
            }
            self.allow.push_str(word);
        }
        self.operations.push(operation);
    }

    fn fits(&self, path: &str) -> bool {
        let mut given = path.split('/').skip(1);
        let fits = |wanted: &Option<&str>| {
            given.next().is_some_and(|segment| wanted.map_or(!segment.is_empty(), |word| word == segment))
        };
        self.segments.iter().all(fits) && given.next().is_none()
    }

    fn ids(&self, route: &'static Route, path: &str) -> Option<Ids> {
        let mut ids = Ids::default();
        let given = path.split('/').skip(1).zip(&self.segments).filter(|(_, wanted)| wanted.is_none());
        let mut parents = route.parents.iter();
        for (segment, _) in given {
            let id = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
            match parents.next() {
                Some(parent) => ids.parents.push((parent, id)),
                None => ids.own = Some(id),
            }
        }
        Some(ids)
    }

    fn place(&self, otherwise: Place) -> Place {
        self.operations.first().map_or(otherwise, Operation::place)
    }
}

fn takes(offered: model::Method, asked: &Method) -> bool {
    match offered {
        model::Method::Get => asked == Method::GET || asked == Method::HEAD,
        model::Method::Put => asked == Method::PUT,
        model::Method::Post => asked == Method::POST,
        model::Method::Delete => asked == Method::DELETE,
    }
}

/// Whether a route gives records, of one kind or another.
pub(super) fn reads(route: &Route) -> bool {
    matches!(route.shape, Shape::Collection | Shape::Single)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn method(route: &Route) -> Method {
        match route.method {
            model::Method::Get => Method::GET,
            model::Method::Put => Method::PUT,
            model::Method::Post => Method::POST,
            model::Method::Delete => Method::DELETE,
        }
    }

    /// The path of a route, an identifier of its own in every brace.
    fn filled(route: &Route) -> (String, Vec<String>) {
        let mut ids = Vec::new();
        let fill = |segment: &str| {
            if !segment.starts_with('{') {
                return segment.to_owned();
            }
            ids.push(format!("a/b {} \u{fc}", ids.len()));
            format!("a%2Fb%20{}%20%C3%BC", ids.len() - 1)
        };
        let path = route.path.split('/').map(fill).collect::<Vec<_>>().join("/");
        (path, ids)
    }

    #[test]
    fn every_route_of_both_versions_is_found() {
        let paths = Paths::new();
        let mut found = [0, 0];
        for (route, version) in ROUTES.iter().flat_map(|r| Version::ALL.map(|v| (r, v))) {
            if !route.versions.has(version) {
                continue;
            }
            let (path, wanted) = filled(route);
            for slash in ["", "/"] {
                let path = format!("{}{path}{slash}", route.service.base_path(version));
                let Target::Operation(operation, Some(ids)) = paths.find(&method(route), &path) else {
                    panic!("{path} is not found");
                };
                assert_eq!((operation.route.operation, operation.version), (route.operation, version));
                let given: Vec<_> = ids.parents.iter().map(|(_, id)| id.clone()).chain(ids.own).collect();
                assert_eq!(given, wanted, "{path}");
                let parents: Vec<_> = ids.parents.iter().map(|(parent, _)| parent.name).collect();
                assert_eq!(parents, route.parents.iter().map(|p| p.name).collect::<Vec<_>>());
            }
            found[version as usize] += 1;
        }
        // 1.1 with the one that we add.
        assert_eq!(found, [62, 81]);
    }

    #[test]
    fn methods_and_paths_that_are_not_offered_are_told_apart() {
        let paths = Paths::new();
        let base = "/ims/oneroster/rostering/v1p2";
        let place = Place { version: Version::V1P2, service: Service::Rostering };
        for (method, path) in [(Method::POST, "/users"), (Method::DELETE, "/users/1"), (Method::OPTIONS, "/orgs/")] {
            let Target::Method { place: at, allow } = paths.find(&method, &format!("{base}{path}")) else { panic!() };
            assert_eq!((at, allow), (place, "GET, HEAD"));
        }
        let line_item = "/ims/oneroster/gradebook/v1p2/lineItems/1";
        let Target::Method { allow, .. } = paths.find(&Method::PATCH, line_item) else { panic!() };
        assert_eq!(allow, "GET, HEAD, DELETE, PUT");
        for path in
            ["", "/", "//", "/user", "/Users", "/users//", "/users//classes", "/users/1/2", "/users/1/classes/2"]
        {
            assert!(
                matches!(paths.find(&Method::GET, &format!("{base}{path}")), Target::Unknown(p) if p == place),
                "{path}"
            );
        }
        for path in ["/", "", "/ims", "/ims/oneroster/rostering/v1p2x/users", "/ims/oneroster/v1p3/users"] {
            assert!(matches!(paths.find(&Method::GET, path), Target::Elsewhere), "{path}");
        }
        // An identifier that is no text is well addressed, but there is none.
        let target = paths.find(&Method::GET, &format!("{base}/users/%FF"));
        assert!(matches!(target, Target::Operation(_, None)));
    }

    proptest! {
        #[test]
        fn any_path_is_found_or_not(path in "(/ims/oneroster/(v1p1|rostering/v1p2))?[/%a-zA-Z0-9é]*") {
            let _ = Paths::new().find(&Method::GET, &path);
        }
    }
}
