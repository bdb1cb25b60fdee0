//! Resources: learning material and what it is attached to.

use crate::model::entity::{Entity, Kind, METADATA, Place, Service};
use crate::model::field::Type::{Ref, Word};
use crate::model::field::{Field, field, text};
use crate::model::version::Span;
use crate::model::vocabulary::{IMPORTANCE, RESOURCE_ROLE};

pub static RESOURCE: Entity = Entity {
    kind: Kind::Resource,
    name: "resource",
    plural: "resources",
    class: "Resource",
    service: Service::Resources,
    place: Place::Class,
    json: Span::ALL,
    csv: Span::ALL,
    doc: "A piece of learning material that a vendor provides.",
    fields: &[
        text("vendorResourceId", "Identifier given by the vendor, such as an ISBN.").required(),
        text("title", "Display name of the material."),
        field("roles", Word(&RESOURCE_ROLE), "Roles that should get it.").many(),
        field("importance", Word(&IMPORTANCE), "Main or side material."),
        text("vendorId", "Identifier of the vendor."),
        text("applicationId", "Identifier of the vendor's application."),
        METADATA,
    ],
};

/// A column of a link file: no JSON member of its own.
const fn link(name: &'static str, column: &'static str, target: Kind, csv: Span, doc: &'static str) -> Field {
    field(name, Ref(target, &[]), doc).column(column).json(Span::NONE).csv(csv)
}

const fn label(csv: Span) -> Field {
    text("title", "Label of the link, for people.").json(Span::NONE).csv(csv)
}

pub static CLASS_RESOURCE: Entity = Entity {
    kind: Kind::ClassResource,
    name: "classResource",
    plural: "classResources",
    class: "ClassResource",
    service: Service::Resources,
    place: Place::Link(Kind::Class),
    json: Span::NONE,
    csv: Span::ALL,
    doc: "Material attached to a class.",
    fields: &[
        label(Span::ALL),
        link("class", "classSourcedId", Kind::Class, Span::ALL, "The class.").required().indexed(),
        link("resource", "resourceSourcedId", Kind::Resource, Span::ALL, "The material.").required(),
        METADATA.json(Span::NONE),
    ],
};

pub static COURSE_RESOURCE: Entity = Entity {
    kind: Kind::CourseResource,
    name: "courseResource",
    plural: "courseResources",
    class: "CourseResource",
    service: Service::Resources,
    place: Place::Link(Kind::Course),
    json: Span::NONE,
    csv: Span::ALL,
    doc: "Material attached to a course.",
    fields: &[
        label(Span::ALL),
        link("course", "courseSourcedId", Kind::Course, Span::ALL, "The course.").required().indexed(),
        link("resource", "resourceSourcedId", Kind::Resource, Span::ALL, "The material.").required(),
        METADATA.json(Span::NONE),
    ],
};

pub static USER_RESOURCE: Entity = Entity {
    kind: Kind::UserResource,
    name: "userResource",
    plural: "userResources",
    class: "UserResource",
    service: Service::Resources,
    place: Place::Link(Kind::User),
    json: Span::NONE,
    csv: Span::V1P2,
    doc: "Material given to a person, perhaps within an organisation or class.",
    fields: &[
        link("user", "userSourcedId", Kind::User, Span::V1P2, "The person.").required().indexed(),
        link("org", "orgSourcedId", Kind::Org, Span::V1P2, "Organisation the grant is limited to."),
        link("class", "classSourcedId", Kind::Class, Span::V1P2, "Class the grant is limited to."),
        link("resource", "resourceSourcedId", Kind::Resource, Span::V1P2, "The material.").required(),
        METADATA.json(Span::NONE),
    ],
};
