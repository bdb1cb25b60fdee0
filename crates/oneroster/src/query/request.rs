//! The query string of a request, as a whole (rest.md 3.1, 3.3, 3.5, 3.6).

use super::ast::{Filter, Path, Sort};
use super::error::{QueryError, QueryErrorKind};
use super::params::Given;
use super::parse::parse_covered;
use super::path::{Named, common, resolve};
use crate::grant::Cover;
use crate::model::{Kind, Route, Slot, Type, Version};
use std::borrow::Cow;

/// How many records a page has if the caller does not say.
pub const DEFAULT_LIMIT: u32 = 100;
/// The most records of a page; consumers ask for as many (rest.md 3.1).
pub const MOST_LIMIT: u32 = 10_000;

/// What a request asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// How many records at most, from 1 to [`MOST_LIMIT`].
    pub limit: u32,
    /// How many records are passed over.
    pub offset: u64,
    /// Which records.
    pub filter: Option<Filter>,
    /// In which order; without it by sourcedId.
    pub sort: Option<Sort>,
    /// Which members, in the order asked for; without it all.
    pub fields: Option<Vec<Slot>>,
    /// Where a list goes on that was begun by an earlier request.
    pub cursor: Option<String>,
    /// What was wrong but does not stop the request; version 1.1 reports it
    /// beside the data.
    pub warnings: Vec<QueryError>,
    /// Whether the filter speaks of `status` or `dateLastModified`, and so
    /// shows deleted records (rest.md 3.7).
    pub names_tombstones: bool,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            limit: DEFAULT_LIMIT,
            offset: 0,
            filter: None,
            sort: None,
            fields: None,
            cursor: None,
            warnings: Vec::new(),
            names_tombstones: false,
        }
    }
}

impl Query {
    /// Reads the query string of a request for a route, as it came: not
    /// decoded, without the question mark. Parameters that the route does not
    /// take are ignored.
    ///
    /// # Errors
    /// Whatever rest.md answers with 400 in that version.
    pub fn parse(raw_query: Option<&str>, route: &Route, version: Version) -> Result<Query, QueryError> {
        Query::parse_covered(raw_query, route, version, &Cover::default())
    }

    /// The same for a caller who does not see every member: what is hidden is
    /// unknown, and what is masked cannot be asked for.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse_covered(
        raw_query: Option<&str>,
        route: &Route,
        version: Version,
        cover: &Cover,
    ) -> Result<Query, QueryError> {
        let given = Given::read(raw_query.unwrap_or_default(), route)?;
        let kind = route.kind;
        let mut query = Query::default();
        if let Some(text) = &given.limit {
            let limit = whole(text, "limit", 1)?;
            query.limit = u32::try_from(limit).map_or(MOST_LIMIT, |limit| limit.min(MOST_LIMIT));
        }
        if let Some(text) = &given.offset {
            query.offset = whole(text, "offset", 0)?;
        }
        if let Some(text) = &given.filter {
            query.filter = parse_covered(text, kind, version, cover)?;
        }
        // Only the filter is read yet.
        let names_tombstones = query.paths().any(|path| matches!(path.slot, Slot::Status | Slot::Modified));
        query.names_tombstones = names_tombstones;
        query.read_sort(&given, kind, version, cover)?;
        query.read_fields(&given, kind, version, cover)?;
        query.cursor = given.cursor.filter(|cursor| !cursor.is_empty()).map(Cow::into_owned);
        Ok(query)
    }

    /// What the filter and the order speak of: a caller must be allowed to
    /// see all of it, or the answer tells what the page hides.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let clauses = self.filter.iter().flat_map(|filter| &filter.clauses).map(|clause| &clause.path);
        clauses.chain(self.sort.iter().map(|sort| &sort.path))
    }

    fn read_sort(&mut self, given: &Given<'_>, kind: Kind, version: Version, cover: &Cover) -> Result<(), QueryError> {
        let descending = match given.order_by.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(QueryError::invalid("orderBy", "The order is asc or desc.", 0)),
        };
        // Some callers send a list; the standard knows one field.
        let name = given.sort.as_deref().and_then(|list| list.split(',').next()).map_or("", str::trim);
        let path = match name {
            "" if given.order_by.is_none() => return Ok(()),
            "" => common(kind, Slot::SourcedId),
            name => match sort_path(name, kind, version, cover) {
                Some(path) => path,
                None => {
                    let error = QueryErrorKind::UnknownSortField(name.to_owned());
                    self.warnings.push(QueryError::new("sort", error, 0));
                    return Ok(());
                }
            },
        };
        self.sort = Some(Sort { path, descending });
        Ok(())
    }

    fn read_fields(
        &mut self,
        given: &Given<'_>,
        kind: Kind,
        version: Version,
        cover: &Cover,
    ) -> Result<(), QueryError> {
        if given.fields.is_empty() {
            return Ok(());
        }
        let (mut slots, mut unknown) = (Vec::new(), Vec::new());
        for list in &given.fields {
            for (position, name) in items(list) {
                match selected(name, kind, version, cover) {
                    Some(slot) if slots.contains(&slot) => {}
                    Some(slot) => slots.push(slot),
                    None => {
                        let error = QueryErrorKind::UnknownSelectionField(name.to_owned());
                        unknown.push(QueryError::new("fields", error, position));
                    }
                }
            }
        }
        match (unknown.is_empty(), version) {
            (true, _) if slots.is_empty() => Err(QueryError::new("fields", QueryErrorKind::BlankSelection, 0)),
            (true, _) => {
                self.fields = Some(slots);
                Ok(())
            }
            // 1.1 shows everything and warns.
            (false, Version::V1P1) => {
                self.warnings.append(&mut unknown);
                Ok(())
            }
            (false, Version::V1P2) => Err(unknown.swap_remove(0)),
        }
    }
}

/// The names of a comma-separated list and where they stand in it.
fn items(list: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    list.split(',').filter_map(move |item| {
        let start = next + (item.len() - item.trim_start().len());
        next += item.len() + 1;
        let name = item.trim();
        (!name.is_empty()).then_some((start, name))
    })
}

fn sort_path(name: &str, kind: Kind, version: Version, cover: &Cover) -> Option<Path> {
    match resolve(name, kind, version, cover) {
        Named::Path(path) => Some(path),
        Named::Open(_) | Named::Unknown => None,
    }
}

/// The member that a name selects: itself, or all of metadata by one of its own.
fn selected(name: &str, kind: Kind, version: Version, cover: &Cover) -> Option<Slot> {
    let head = name.split_once('.').map_or(name, |(head, _)| head);
    let (slot, field) = kind.entity().member(head, version).filter(|(slot, _)| !cover.hides(kind, *slot))?;
    (head == name || matches!(field.ty, Type::Metadata)).then_some(slot)
}

/// Reads a whole number in plain digits that a store can count with.
fn whole(text: &str, parameter: &'static str, least: u64) -> Result<u64, QueryError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse::<u64>().ok() } else { None };
    number.filter(|n| (least..=i64::MAX as u64).contains(n)).ok_or_else(|| {
        QueryError::invalid(parameter, format!("A whole number of at least {least}, in plain digits, is wanted."), 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at;
    use crate::model::ROUTES;
    use crate::query::Part;
    use proptest::prelude::*;

    const V1P1: Version = Version::V1P1;
    const V1P2: Version = Version::V1P2;

    fn route(operation: &str) -> &'static Route {
        ROUTES.iter().find(|r| r.operation == operation).expect(operation)
    }

    fn users(raw: &str, version: Version) -> Result<Query, QueryError> {
        Query::parse(Some(raw), route("getAllUsers"), version)
    }

    fn good(raw: &str) -> Query {
        users(raw, V1P2).unwrap_or_else(|e| panic!("{raw}: {e}"))
    }

    #[test]
    fn nothing_asked_is_the_first_hundred() {
        let query = Query::parse(None, route("getAllUsers"), V1P1).unwrap();
        assert_eq!((query.limit, query.offset, query), (100, 0, Query::default()));
        assert_eq!(good("&&=&x&unknown=%FF&Limit=abc&filter="), Query::default());
    }

    #[test]
    fn limits_are_whole_numbers_and_clamped() {
        for (raw, limit, offset) in [
            ("limit=1", 1, 0),
            ("limit=10000&offset=5", 10_000, 5),
            ("limit=1000000", 10_000, 0),
            ("limit=9223372036854775807", 10_000, 0),
            ("%6Cimit=007&offset=0", 7, 0),
        ] {
            let query = good(raw);
            assert_eq!((query.limit, query.offset), (limit, offset), "{raw}");
        }
        // T50
        for raw in [
            "limit=abc",
            "limit=-1",
            "limit=0",
            "limit=1e3",
            "limit=9223372036854775808",
            "limit=1&limit=2",
            "limit=",
            "limit",
            "limit=+5",
            "limit=5.0",
            "limit=0x10",
            "limit=\u{0661}",
            "offset=-1",
            "offset=abc",
            "offset=",
            "offset=1&offset=1",
            "offset=99999999999999999999999",
            "orderBy=ASC",
            "orderBy=",
            "orderBy=asc&orderBy=asc",
            "sort=a&sort=a",
            "filter=a&filter=a",
            "filter=%FF",
            "fields=%C3",
            "limit=%00",
            "cursor=a&cursor=b",
            "filter=familyName='a%00'",
            "sort=%00",
        ] {
            for version in Version::ALL {
                let error = users(raw, version).expect_err(raw);
                assert!(matches!(error.kind(), QueryErrorKind::InvalidData(_)), "{raw}: {error:?}");
            }
        }
        assert_eq!(users("limit=abc", V1P1).unwrap_err().parameter(), "limit");
    }

    #[test]
    fn filters_come_raw_or_encoded() {
        let wanted = good("filter=familyName%3D%27O%27%27Brien%20x%27%20AND%20dateLastModified%3E%272026-08-01%27");
        for raw in [
            "filter=familyName='O''Brien+x'+AND+dateLastModified>'2026-08-01'",
            "filter=familyName='O''Brien x' AND dateLastModified>'2026-08-01'",
            "limit=100&filter=familyName=%27O'Brien%20x'%20AND%20dateLastModified%3e'2026-08-01'&offset=0",
            "filter=familyName='O''Brien%20x'+AND+dateLastModified>'2026-08-01T00:00:00+00:00'",
        ] {
            assert_eq!(good(raw), wanted, "{raw}");
        }
        assert!(wanted.names_tombstones);
        assert!(good("filter=status='active'").names_tombstones);
        assert!(!good("filter=familyName='status'").names_tombstones);
        assert!(!good("sort=dateLastModified").names_tombstones, "an order asks for nothing");
        let paths = good("filter=email='a' OR phone='b'&sort=birth.x,y&orderBy=asc");
        assert_eq!(paths.paths().map(ToString::to_string).collect::<Vec<_>>(), ["email", "phone"]);
        assert_eq!(good("sort=email").paths().count(), 1);
        assert_eq!(good("filter=familyName~'%C3%A9%25'"), good("filter=familyName~'é%'"));
        // T53, in both versions.
        for version in Version::ALL {
            let error = users("filter=shoeSize='9'", version).unwrap_err();
            assert_eq!(error.kind(), &QueryErrorKind::UnknownFilterField("shoeSize".into()));
        }
    }

    fn sort(raw: &str) -> Option<(String, bool)> {
        good(raw).sort.map(|sort| (sort.path.to_string(), sort.descending))
    }

    #[test]
    fn orders_are_found() {
        let some = |name: &str, descending| Some((name.to_owned(), descending));
        // T37 among them.
        assert_eq!(sort("sort=sourcedId&orderBy=desc"), some("sourcedId", true));
        assert_eq!(sort("sort=familyName"), some("familyName", false));
        assert_eq!(sort("sort=%20familyName%20,givenName&orderBy=asc"), some("familyName", false));
        assert_eq!(sort("orderBy=desc"), some("sourcedId", true));
        assert_eq!(sort("orderBy=asc"), some("sourcedId", false));
        assert_eq!(sort("sort="), None);
        assert_eq!(sort("sort=primaryOrg"), some("primaryOrg.sourcedId", false));
        assert_eq!(sort("sort=roles.org.sourcedId"), some("roles.org.sourcedId", false));
        assert_eq!(sort("sort=metadata.x.y"), some("metadata.x.y", false));
        for name in ["shoeSize", "roles", "userIds", "metadata"] {
            for version in Version::ALL {
                let query = users(&format!("sort={name}&orderBy=desc"), version).unwrap();
                assert_eq!(query.sort, None, "{name}");
                assert_eq!(query.warnings[0].kind(), &QueryErrorKind::UnknownSortField(name.into()));
            }
        }
    }

    #[test]
    fn members_are_selected() {
        let slot = |field| Slot::Own(field);
        // T38 among them.
        let cases: &[(&str, &[Slot])] = &[
            ("fields=sourcedId,email", &[Slot::SourcedId, slot(at!(User.email))]),
            ("fields=email&fields=sourcedId", &[slot(at!(User.email)), Slot::SourcedId]),
            ("fields=%20email%20,,email,+status", &[slot(at!(User.email)), Slot::Status]),
            ("fields=metadata.x.y,metadata", &[slot(at!(User.metadata))]),
            ("fields=dateLastModified,roles", &[Slot::Modified, slot(at!(User.roles))]),
        ];
        for (raw, slots) in cases {
            assert_eq!(good(raw).fields.as_deref(), Some(*slots), "{raw}");
        }
        for raw in ["fields=", "fields", "fields=%20", "fields=,", "fields=&fields="] {
            for version in Version::ALL {
                assert_eq!(users(raw, version).unwrap_err().kind(), &QueryErrorKind::BlankSelection, "{raw}");
            }
        }
        // T54
        for name in ["shoeSize", "primaryOrg.sourcedId", "Email"] {
            let raw = format!("fields=sourcedId,{name}");
            let wanted = QueryErrorKind::UnknownSelectionField(name.into());
            let refused = users(&raw, V1P2).unwrap_err();
            assert_eq!((refused.kind(), refused.position()), (&wanted, 10), "{raw}");
            let warned = users(&raw, V1P1).unwrap();
            assert_eq!((warned.fields, warned.warnings[0].kind()), (None, &wanted), "{raw}");
        }
        assert!(users("fields=role", V1P1).unwrap().warnings.is_empty());
        assert!(users("fields=role", V1P2).is_err());
    }

    #[test]
    fn what_is_not_shown_is_not_there() {
        let cover = |json: &str| serde_json::from_str::<Cover>(json).unwrap();
        let covered =
            cover(r#"{"hidden":["user.email","user.metadata","role.beginDate"],"masked":["user.familyName"]}"#);
        let all = route("getAllUsers");
        for version in Version::ALL {
            for (hidden, unknown) in [
                ("filter=email='a'", "filter=emaix='a'"),
                ("filter=status='active' AND email~'a'", "filter=status='active' AND emaix~'a'"),
                ("filter=metadata.x='a'", "filter=metadatx.x='a'"),
                ("filter=metadata='a'", "filter=metadatx='a'"),
                ("filter=roles.beginDate>'2026-01-01'", "filter=roles.beginDatx>'2026-01-01'"),
                ("filter=familyName='a'", "filter=familyNamx='a'"),
                ("sort=email", "sort=emaix"),
                ("sort=familyName&orderBy=desc", "sort=familyNamx&orderBy=desc"),
                ("fields=sourcedId,email", "fields=sourcedId,emaix"),
                ("fields=metadata.x", "fields=metadatx.x"),
            ] {
                let said = |raw: &str| {
                    let parsed = Query::parse_covered(Some(raw), all, version, &covered);
                    let text = |e: &QueryError| (e.to_string(), e.position(), e.parameter());
                    let told = parsed.map(|q| (q.sort, q.fields, q.warnings.iter().map(text).collect::<Vec<_>>()));
                    format!("{:?}", told.map_err(|e| text(&e)))
                };
                let spelled = said(hidden).replace("email", "emaix").replace("metadata", "metadatx");
                let spelled = spelled.replace("familyName", "familyNamx").replace("beginDate", "beginDatx");
                assert_eq!(spelled, said(unknown), "{hidden} {version}");
            }
            // What is masked is shown, and may be selected.
            assert!(Query::parse_covered(Some("fields=familyName"), all, version, &covered).unwrap().fields.is_some());
            assert!(Query::parse_covered(Some("filter=givenName='a'"), all, version, &covered).is_ok());
        }
        assert!(Query::parse_covered(Some("filter=roles.role='student'"), all, V1P2, &covered).is_ok());
    }

    #[test]
    fn a_route_reads_what_it_takes() {
        let one = Query::parse(Some("limit=abc&filter=x&cursor=c&fields=email"), route("getUser"), V1P2).unwrap();
        assert_eq!(one, Query { fields: Some(vec![Slot::Own(at!(User.email))]), ..Query::default() });
        let put = Query::parse(Some("fields=shoeSize"), route("putResult"), V1P2).unwrap();
        assert_eq!(put, Query::default());
        assert_eq!(good("cursor=ab%2Bc").cursor.as_deref(), Some("ab+c"));
        assert_eq!(good("cursor=").cursor, None);
        let terms = Query::parse(Some("filter=title~'é'"), route("getAllTerms"), V1P1).unwrap();
        assert_eq!(terms.filter.unwrap().clauses[0].path.part, Part::Value);
    }

    proptest! {
        #[test]
        fn any_query_string_is_read_or_refused(
            raw in prop_oneof!["\\PC{0,80}", "((limit|offset|sort|orderBy|filter|fields|cursor)=[-a-zA-Z0-9%'=~é<>!+,. ]{0,20}&?){0,4}"],
            version in prop::sample::select(&Version::ALL[..]),
        ) {
            for route in ROUTES.iter().filter(|r| r.versions.has(version)) {
                let _ = Query::parse(Some(&raw), route, version);
            }
        }
    }
}
