//! Rows of the model, found by their names when this is compiled.

use oneroster::model::{Kind, ROUTES, Route, same};

/// The name of a JSON member: `member!(User.email)`.
macro_rules! member {
    ($kind:ident . $field:ident) => {
        oneroster::model::Kind::$kind.entity().fields[oneroster::at!($kind.$field) as usize].name
    };
}
pub(super) use member;

/// `sourcedId`, `status` and `dateLastModified`, which every record has.
pub(super) const ID: &str = oneroster::model::COMMON[0].name;
pub(super) const STATUS: &str = oneroster::model::COMMON[1].name;
pub(super) const MODIFIED: &str = oneroster::model::COMMON[2].name;

/// The row of an operation; a compile error if there is none of that name.
#[expect(clippy::panic, reason = "evaluated when this is compiled")]
pub(super) const fn operation(name: &str) -> &'static Route {
    let mut i = 0;
    while i < ROUTES.len() {
        if same(ROUTES[i].operation, name) {
            return &ROUTES[i];
        }
        i += 1;
    }
    panic!("no such operation")
}

/// The row of an operation: `route!(getAllUsers)`.
macro_rules! route {
    ($name:ident) => {
        const { $crate::conformance::names::operation(stringify!($name)) }
    };
}
pub(super) use route;

/// The collection that holds all records of a kind.
pub(super) fn collection(kind: Kind) -> Option<&'static Route> {
    let plain = |route: &&Route| {
        route.kind == kind
            && route.shape == oneroster::model::Shape::Collection
            && route.parents.is_empty()
            && route.views.is_empty()
    };
    ROUTES.iter().find(plain)
}

/// The documents of discovery: their service, and both names of each (rest.md D1).
pub(super) const DOCUMENTS: [(oneroster::model::Service, &str, &str); 3] = [
    (
        oneroster::model::Service::Rostering,
        "onerosterv1p2rostersservice_openapi3_v1p0.json",
        "imsorv1p2_rostering_openapi3_v1p0.json",
    ),
    (
        oneroster::model::Service::Gradebook,
        "onerosterv1p2gradebookservice_openapi3_v1p0.json",
        "imsorv1p2_gradebook_openapi3_v1p0.json",
    ),
    (
        oneroster::model::Service::Resources,
        "onerosterv1p2resourcesservice_openapi3_v1p0.json",
        "imsorv1p2_resources_openapi3_v1p0.json",
    ),
];
