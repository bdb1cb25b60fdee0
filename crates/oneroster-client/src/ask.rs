//! What is asked of a provider: one operation of the table, its parameters,
//! its query.

use crate::address::Address;
use crate::error::{Error, ErrorKind};
use oneroster::json::RESERVED;
use oneroster::model::{COMMON, Edition, Kind, ROUTES, Role, Route, Shape, View};
use oneroster::time::Timestamp;
use percent_encoding::utf8_percent_encode;
use url::Url;

/// One question: which records, and what of them.
///
/// ```
/// use oneroster::model::Kind;
/// use oneroster_client::{Ask, equal};
///
/// let all = Ask::all(Kind::Enrollment);
/// let few = Ask::operation("getStudentsForClass")?.below(["class-1"]).fields(["sourcedId", "email"]);
/// let one = Ask::all(Kind::User).filter(equal("familyName", "O'Brien"));
/// # let _ = (all, few, one);
/// # Ok::<(), oneroster_client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ask {
    pub(crate) route: &'static Route,
    pub(crate) ids: Vec<String>,
    pub(crate) filter: Option<String>,
    pub(crate) sort: Option<(String, bool)>,
    pub(crate) fields: Vec<String>,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u64,
}

impl Ask {
    /// An operation of the table.
    pub fn route(route: &'static Route) -> Ask {
        Ask { route, ids: Vec::new(), filter: None, sort: None, fields: Vec::new(), limit: None, offset: 0 }
    }

    /// An operation by its name in the standard's documents: `getAllUsers`.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn operation(name: &str) -> Result<Ask, Error> {
        let unknown = || Error::new(ErrorKind::Config, format!("OneRoster has no operation {name}."));
        ROUTES.iter().find(|route| route.operation == name).map(Ask::route).ok_or_else(unknown)
    }

    /// All records of a kind that has a collection of its own; of one that is
    /// nested in others, the collection of those.
    pub fn all(kind: Kind) -> Ask {
        let whole = |kind: Kind| {
            ROUTES.iter().find(|route| {
                route.kind == kind
                    && route.shape == Shape::Collection
                    && route.parents.is_empty()
                    && route.views.is_empty()
            })
        };
        let route = whole(kind).or_else(|| kind.entity().parent_kind().and_then(whole));
        // Every class has a collection; the tests over the table say so.
        Ask::route(route.unwrap_or(&ROUTES[0]))
    }

    /// All people who hold a role.
    pub fn people(role: Role) -> Ask {
        let of_role = |route: &&Route| {
            route.shape == Shape::Collection && route.parents.is_empty() && route.views == [View::Holds(role)]
        };
        ROUTES.iter().find(of_role).map_or_else(|| Ask::all(Kind::User), Ask::route)
    }

    /// The records that the path names, in its order; of a single record its
    /// own identifier is the last.
    #[must_use]
    pub fn below<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Ask {
        self.ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Which records, in the filter language of OneRoster; see [`equal`] and [`compare`].
    #[must_use]
    pub fn filter(mut self, filter: impl Into<String>) -> Ask {
        self.filter = Some(filter.into()).filter(|filter| !filter.is_empty());
        self
    }

    /// Those that changed at that instant or later, deleted ones among them.
    #[must_use]
    pub fn changed_since(self, instant: Timestamp) -> Ask {
        self.filter(compare("dateLastModified", ">=", &instant.to_string()))
    }

    /// The record that changed last, with nothing but its identifier and when.
    #[must_use]
    pub fn latest(self) -> Ask {
        let [id, _, modified] = &COMMON;
        self.sorted(modified.name, true).fields([id.name, modified.name]).limit(1)
    }

    /// In the order of a member.
    #[must_use]
    pub fn sorted(mut self, member: impl Into<String>, descending: bool) -> Ask {
        self.sort = Some((member.into(), descending));
        self
    }

    /// With these members only.
    #[must_use]
    pub fn fields<S: Into<String>>(mut self, members: impl IntoIterator<Item = S>) -> Ask {
        self.fields = members.into_iter().map(Into::into).collect();
        self
    }

    /// How many records a page is asked to have.
    #[must_use]
    pub fn limit(mut self, records: u32) -> Ask {
        self.limit = Some(records.max(1));
        self
    }

    /// How many records are passed over.
    #[must_use]
    pub fn offset(mut self, records: u64) -> Ask {
        self.offset = records;
        self
    }

    /// The kind of the records that come.
    pub fn kind(&self) -> Kind {
        self.route.kind
    }

    /// The operation.
    pub fn operation_row(&self) -> &'static Route {
        self.route
    }

    /// The URL without its query.
    pub(crate) fn path(&self, address: &Address, edition: Edition) -> Result<Url, Error> {
        let route = self.route;
        if !route.versions.has(edition.version()) {
            let message = format!("OneRoster {edition} has no operation {}.", route.operation);
            return Err(Error::new(ErrorKind::NotOffered, message));
        }
        let mut text = address.base(edition, route.service);
        let mut ids = self.ids.iter();
        let short = || {
            let message = format!("The operation {} needs more identifiers than were given.", route.operation);
            Error::new(ErrorKind::Config, message)
        };
        for segment in route.path.split('/').skip(1) {
            text.push('/');
            if segment.starts_with('{') {
                let id = ids.next().filter(|id| !id.is_empty()).ok_or_else(short)?;
                // In a URL they mean another path, in whatever writing.
                if id == "." || id == ".." {
                    return Err(Error::new(ErrorKind::Config, "The identifiers . and .. cannot stand in a URL."));
                }
                text.extend(utf8_percent_encode(id, RESERVED));
            } else {
                text.push_str(segment);
            }
        }
        Url::parse(&text).map_err(|_| Error::new(ErrorKind::Config, "The URL of the provider cannot be used."))
    }

    /// The URL of one page; `page` is its size and offset.
    pub(crate) fn page(&self, path: &Url, page: Option<(u32, u64)>) -> Url {
        let mut pairs = Vec::new();
        if let Some((limit, offset)) = page {
            pairs.push(("limit", limit.to_string()));
            pairs.push(("offset", offset.to_string()));
        }
        if let Some((member, descending)) = &self.sort {
            pairs.push(("sort", member.clone()));
            pairs.push(("orderBy", if *descending { "desc" } else { "asc" }.to_owned()));
        }
        if let Some(filter) = &self.filter {
            pairs.push(("filter", filter.clone()));
        }
        if !self.fields.is_empty() {
            pairs.push(("fields", self.fields.join(",")));
        }
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED))).collect();
        let mut url = path.clone();
        url.set_query(Some(query.join("&")).as_deref().filter(|query| !query.is_empty()));
        url
    }
}

/// A clause that asks for a value: `familyName='O''Brien'`.
pub fn equal(member: &str, value: &str) -> String {
    compare(member, "=", value)
}

/// A clause with any predicate of the grammar: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`.
pub fn compare(member: &str, predicate: &str, value: &str) -> String {
    format!("{member}{predicate}'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::model::Place;

    fn url(ask: &Ask) -> String {
        let address = Address::parse("https://sis.example.org").unwrap();
        ask.page(&ask.path(&address, Edition::V1P1).unwrap(), Some((100, 0))).to_string()
    }

    #[test]
    fn every_class_has_a_collection() {
        for kind in Kind::all().filter(|kind| kind.entity().place == Place::Class) {
            assert_eq!(Ask::all(kind).kind(), kind);
        }
        assert_eq!(Ask::all(Kind::Role).kind(), Kind::User);
        assert_eq!(Ask::people(Role::Teacher).route.operation, "getAllTeachers");
    }

    #[test]
    fn values_and_identifiers_are_encoded() {
        // rest.md C15
        let ask = Ask::all(Kind::User).filter(equal("givenName", "Colin Ro'bert"));
        assert_eq!(
            url(&ask),
            "https://sis.example.org/ims/oneroster/v1p1/users?limit=100&offset=0&filter=givenName%3D%27Colin%20Ro%27%27bert%27"
        );
        // rest.md C16
        let ask = Ask::operation("getStudentsForClass").unwrap().below(["a/b c=ë"]);
        assert_eq!(
            url(&ask),
            "https://sis.example.org/ims/oneroster/v1p1/classes/a%2Fb%20c%3D%C3%AB/students?limit=100&offset=0"
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let address = Address::parse("https://sis.example.org").unwrap();
        let kind = |ask: Ask, edition| ask.path(&address, edition).unwrap_err().kind();
        let class = || Ask::operation("getClass").unwrap();
        assert_eq!(kind(class(), Edition::V1P2), ErrorKind::Config);
        assert_eq!(kind(class().below([""]), Edition::V1P2), ErrorKind::Config);
        assert_eq!(kind(Ask::all(Kind::ScoreScale), Edition::V1P1), ErrorKind::NotOffered);
        assert_eq!(Ask::operation("getNothing").unwrap_err().kind(), ErrorKind::Config);
        assert_eq!(kind(class().below([".."]), Edition::V1P1), ErrorKind::Config);
    }
}
