//! Every operation of the standard as a row.

use super::entity::{Kind, Service};
use super::version::{Span, Version};

/// The HTTP method of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the words of HTTP")]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

/// What an operation takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Shape {
    /// Gives records under the plural key, in pages.
    Collection,
    /// Gives one record under the singular key.
    Single,
    /// Takes one record under the singular key.
    Put,
    /// Takes records under the plural key, gives pairs of identifiers.
    Post,
    /// Takes and gives no body.
    Delete,
}

/// The two roles that views select by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Role {
    /// `student`
    Student,
    /// `teacher`
    Teacher,
}

impl Role {
    /// The word of the vocabulary.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Student => "student",
            Role::Teacher => "teacher",
        }
    }
}

/// One condition of a view; `usize` is the position of the path parameter that
/// it speaks of. The rules of a route must all hold (rest.md 1.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum View {
    /// The field `type` is this word.
    Typed(&'static str),
    /// The person holds this role in some organisation.
    Holds(Role),
    /// This reference, or an item of this list of references, names the parameter.
    Refers(&'static str, usize),
    /// The person has a live enrollment of this role in the class.
    EnrolledIn(usize, Role),
    /// The person holds this role at the school, or is enrolled there with it.
    AtSchool(usize, Role),
    /// The class has a live enrollment of the person, of this role if one is given.
    ClassOf(usize, Option<Role>),
    /// The course is owned by the school, or a class there is an instance of it.
    CourseAt(usize),
    /// The session is used by a class of the school.
    SessionAt(usize),
    /// The session lies below the other one, directly or through others.
    Below(usize),
    /// The resource is attached to the record by rows of this kind.
    Attached(Kind, usize),
    /// The result belongs to a line item of the class.
    GradedIn(usize),
    /// The category is used by a line item of the class; while it has none of
    /// any category, every category is offered to it.
    UsedIn(usize),
}

/// A record that the path names before the last segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parent {
    /// The name of the parameter in the path.
    pub name: &'static str,
    /// What it names.
    pub kind: Kind,
    /// What must hold of it, else it counts as unknown.
    pub view: Option<View>,
}

/// Which scopes open an operation; any one of them is enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the scope lists below say it")]
pub enum Access {
    RosterCore,
    Roster,
    Demographics,
    ResourceCore,
    Resource,
    GradebookCore,
    Gradebook,
    CreatePut,
    CreatePost,
    Delete,
    Assessment,
    AssessmentPut,
    AssessmentDelete,
}

impl Access {
    /// The short names of the scopes, of which any one is enough.
    pub const fn scopes(self, version: Version) -> &'static [&'static str] {
        match (self, version) {
            (Access::RosterCore, _) => &["roster-core.readonly", "roster.readonly"],
            (Access::Roster, _) => &["roster.readonly"],
            (Access::Demographics, _) => &["roster-demographics.readonly"],
            (Access::ResourceCore, Version::V1P2) => &["resource-core.readonly", "resource.readonly"],
            (Access::Resource | Access::ResourceCore, _) => &["resource.readonly"],
            (Access::GradebookCore, Version::V1P2) => &["gradebook-core.readonly", "gradebook.readonly"],
            (Access::Gradebook | Access::GradebookCore, _) => &["gradebook.readonly"],
            (Access::CreatePut, _) => &["gradebook.createput"],
            (Access::CreatePost, _) => &["gradebook.createpost"],
            (Access::Delete, _) => &["gradebook.delete"],
            (Access::Assessment, _) => &["assessment.readonly"],
            (Access::AssessmentPut, _) => &["assessment.createput"],
            (Access::AssessmentDelete, _) => &["assessment.delete"],
        }
    }
}

/// The full URI of a scope: `https://purl.imsglobal.org/spec/or/v1p2/scope/...`.
pub fn scope_uri(version: Version, scope: &str) -> String {
    format!("https://purl.imsglobal.org/spec/or/{}/scope/{scope}", version.segment())
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The service whose base path it stands under.
    pub service: Service,
    /// Its method.
    pub method: Method,
    /// Its path below the base path, parameters in braces.
    pub path: &'static str,
    /// Its name in the standard's documents.
    pub operation: &'static str,
    /// The kind it gives or takes.
    pub kind: Kind,
    /// What it takes and gives.
    pub shape: Shape,
    /// The parameters before the record itself.
    pub parents: &'static [Parent],
    /// What it selects.
    pub views: &'static [View],
    /// Which scopes open it.
    pub access: Access,
    /// The versions in which it is offered.
    pub versions: Span,
    /// Those of them whose standard lacks it: there it is an addition of ours,
    /// which consumers ask for.
    pub added: Span,
}

impl Route {
    /// The JSON key of the answer's data, if it has any.
    pub fn response_key(&self) -> Option<&'static str> {
        match self.shape {
            Shape::Collection => Some(self.kind.entity().plural),
            Shape::Single => Some(self.kind.entity().name),
            Shape::Post => Some("sourcedIdPairs"),
            Shape::Put | Shape::Delete => None,
        }
    }

    /// The JSON key of the request's data, if it takes any.
    pub fn request_key(&self) -> Option<&'static str> {
        match self.shape {
            Shape::Put => Some(self.kind.entity().name),
            Shape::Post => Some(self.kind.entity().plural),
            _ => None,
        }
    }

    /// The query parameters it takes.
    pub fn query(&self) -> &'static [&'static str] {
        match self.shape {
            Shape::Collection => &["limit", "offset", "sort", "orderBy", "filter", "fields"],
            Shape::Single => &["fields"],
            _ => &[],
        }
    }

    /// The statuses of success that the standard lists.
    pub fn success(&self, version: Version) -> &'static [u16] {
        match (self.shape, version) {
            (Shape::Collection | Shape::Single, _) => &[200],
            (Shape::Put, Version::V1P1) => &[200, 201],
            (Shape::Put | Shape::Post, _) => &[201],
            (Shape::Delete, _) => &[204],
        }
    }

    /// The statuses of failure that the standard lists.
    pub fn errors(&self, version: Version) -> Vec<u16> {
        let read = matches!(self.shape, Shape::Collection | Shape::Single);
        let v1p1 = version == Version::V1P1;
        // 1.2 forgot 404 for nested reads of rostering, yet lists it for
        // every read of resources and for the nested ones of the gradebook.
        let unknown = match self.shape {
            Shape::Collection if v1p1 => !self.parents.is_empty(),
            Shape::Collection => match self.service {
                Service::Rostering => false,
                Service::Resources => true,
                Service::Gradebook | Service::Assessment => !self.parents.is_empty(),
            },
            _ => true,
        };
        let listed = [
            (400, read || v1p1),
            (401, true),
            (403, true),
            (404, unknown),
            (422, !(read && v1p1)),
            (429, true),
            (500, true),
        ];
        listed.into_iter().filter(|(_, there)| *there).map(|(status, _)| status).collect()
    }
}

const fn parent(name: &'static str, kind: Kind) -> Parent {
    Parent { name, kind, view: None }
}
const SCHOOL: Parent = Parent { name: "schoolSourcedId", kind: Kind::Org, view: Some(View::Typed("school")) };
const CLASS: Parent = parent("classSourcedId", Kind::Class);
const COURSE: Parent = parent("courseSourcedId", Kind::Course);
// Any session resolves: classes may list semesters and school years as terms.
const TERM: Parent = parent("termSourcedId", Kind::AcademicSession);
const SESSION: Parent = parent("academicSessionSourcedId", Kind::AcademicSession);
const USER: Parent = parent("userSourcedId", Kind::User);
const STUDENT: Parent = Parent { name: "studentSourcedId", kind: Kind::User, view: Some(View::Holds(Role::Student)) };
const TEACHER: Parent = Parent { name: "teacherSourcedId", kind: Kind::User, view: Some(View::Holds(Role::Teacher)) };
const LINE_ITEM: Parent = parent("lineItemSourcedId", Kind::LineItem);

const fn route(
    access: Access,
    method: Method,
    path: &'static str,
    operation: &'static str,
    kind: Kind,
    shape: Shape,
) -> Route {
    let service = match access {
        Access::RosterCore | Access::Roster | Access::Demographics => Service::Rostering,
        Access::ResourceCore | Access::Resource => Service::Resources,
        Access::Assessment | Access::AssessmentPut | Access::AssessmentDelete => Service::Assessment,
        _ => Service::Gradebook,
    };
    Route {
        service,
        method,
        path,
        operation,
        kind,
        shape,
        parents: &[],
        views: &[],
        access,
        versions: Span::ALL,
        added: Span::NONE,
    }
}

const fn list(access: Access, path: &'static str, operation: &'static str, kind: Kind) -> Route {
    route(access, Method::Get, path, operation, kind, Shape::Collection)
}
const fn one(access: Access, path: &'static str, operation: &'static str, kind: Kind) -> Route {
    route(access, Method::Get, path, operation, kind, Shape::Single)
}
const fn put(access: Access, path: &'static str, operation: &'static str, kind: Kind) -> Route {
    route(access, Method::Put, path, operation, kind, Shape::Put)
}
const fn post(path: &'static str, operation: &'static str, kind: Kind) -> Route {
    route(Access::CreatePost, Method::Post, path, operation, kind, Shape::Post).only(Span::V1P2)
}
const fn delete(access: Access, path: &'static str, operation: &'static str, kind: Kind) -> Route {
    route(access, Method::Delete, path, operation, kind, Shape::Delete)
}

impl Route {
    const fn below(mut self, parents: &'static [Parent]) -> Route {
        self.parents = parents;
        self
    }
    const fn view(mut self, views: &'static [View]) -> Route {
        self.views = views;
        self
    }
    const fn only(mut self, versions: Span) -> Route {
        self.versions = versions;
        self
    }
    const fn added(mut self, versions: Span) -> Route {
        self.added = versions;
        self
    }
}

use Access::{
    Assessment, AssessmentDelete, AssessmentPut, CreatePut, Delete, Demographics, Gradebook, GradebookCore, Resource,
    ResourceCore, Roster, RosterCore,
};
use Role::{Student, Teacher};
use View::{
    AtSchool, Attached, Below, ClassOf, CourseAt, EnrolledIn, GradedIn, Holds, Refers, SessionAt, Typed, UsedIn,
};

/// Every operation of both versions: 61 of 1.1, 81 of 1.2, and what we add to them.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    list(RosterCore, "/academicSessions", "getAllAcademicSessions", Kind::AcademicSession),
    one(RosterCore, "/academicSessions/{sourcedId}", "getAcademicSession", Kind::AcademicSession),
    list(RosterCore, "/classes", "getAllClasses", Kind::Class),
    list(Roster, "/classes/{classSourcedId}/students", "getStudentsForClass", Kind::User)
        .below(&[CLASS]).view(&[EnrolledIn(0, Student)]),
    list(Roster, "/classes/{classSourcedId}/teachers", "getTeachersForClass", Kind::User)
        .below(&[CLASS]).view(&[EnrolledIn(0, Teacher)]),
    one(RosterCore, "/classes/{sourcedId}", "getClass", Kind::Class),
    list(RosterCore, "/courses", "getAllCourses", Kind::Course),
    list(Roster, "/courses/{courseSourcedId}/classes", "getClassesForCourse", Kind::Class)
        .below(&[COURSE]).view(&[Refers("course", 0)]),
    one(RosterCore, "/courses/{sourcedId}", "getCourse", Kind::Course),
    list(Demographics, "/demographics", "getAllDemographics", Kind::Demographics),
    one(Demographics, "/demographics/{sourcedId}", "getDemographics", Kind::Demographics),
    list(RosterCore, "/enrollments", "getAllEnrollments", Kind::Enrollment),
    one(RosterCore, "/enrollments/{sourcedId}", "getEnrollment", Kind::Enrollment),
    list(RosterCore, "/gradingPeriods", "getAllGradingPeriods", Kind::AcademicSession).view(&[Typed("gradingPeriod")]),
    one(RosterCore, "/gradingPeriods/{sourcedId}", "getGradingPeriod", Kind::AcademicSession)
        .view(&[Typed("gradingPeriod")]),
    list(RosterCore, "/orgs", "getAllOrgs", Kind::Org),
    one(RosterCore, "/orgs/{sourcedId}", "getOrg", Kind::Org),
    list(RosterCore, "/schools", "getAllSchools", Kind::Org).view(&[Typed("school")]),
    list(Roster, "/schools/{schoolSourcedId}/classes", "getClassesForSchool", Kind::Class)
        .below(&[SCHOOL]).view(&[Refers("school", 0)]),
    list(Roster, "/schools/{schoolSourcedId}/classes/{classSourcedId}/enrollments", "getEnrollmentsForClassInSchool", Kind::Enrollment)
        .below(&[SCHOOL, CLASS]).view(&[Refers("school", 0), Refers("class", 1)]),
    list(Roster, "/schools/{schoolSourcedId}/classes/{classSourcedId}/students", "getStudentsForClassInSchool", Kind::User)
        .below(&[SCHOOL, CLASS]).view(&[EnrolledIn(1, Student)]),
    list(Roster, "/schools/{schoolSourcedId}/classes/{classSourcedId}/teachers", "getTeachersForClassInSchool", Kind::User)
        .below(&[SCHOOL, CLASS]).view(&[EnrolledIn(1, Teacher)]),
    list(Roster, "/schools/{schoolSourcedId}/courses", "getCoursesForSchool", Kind::Course)
        .below(&[SCHOOL]).view(&[CourseAt(0)]),
    list(Roster, "/schools/{schoolSourcedId}/enrollments", "getEnrollmentsForSchool", Kind::Enrollment)
        .below(&[SCHOOL]).view(&[Refers("school", 0)]),
    list(Roster, "/schools/{schoolSourcedId}/students", "getStudentsForSchool", Kind::User)
        .below(&[SCHOOL]).view(&[AtSchool(0, Student)]),
    list(Roster, "/schools/{schoolSourcedId}/teachers", "getTeachersForSchool", Kind::User)
        .below(&[SCHOOL]).view(&[AtSchool(0, Teacher)]),
    list(Roster, "/schools/{schoolSourcedId}/terms", "getTermsForSchool", Kind::AcademicSession)
        .below(&[SCHOOL]).view(&[Typed("term"), SessionAt(0)]),
    one(RosterCore, "/schools/{sourcedId}", "getSchool", Kind::Org).view(&[Typed("school")]),
    list(RosterCore, "/students", "getAllStudents", Kind::User).view(&[Holds(Student)]),
    one(RosterCore, "/students/{sourcedId}", "getStudent", Kind::User).view(&[Holds(Student)]),
    list(Roster, "/students/{studentSourcedId}/classes", "getClassesForStudent", Kind::Class)
        .below(&[STUDENT]).view(&[ClassOf(0, Some(Student))]),
    list(RosterCore, "/teachers", "getAllTeachers", Kind::User).view(&[Holds(Teacher)]),
    one(RosterCore, "/teachers/{sourcedId}", "getTeacher", Kind::User).view(&[Holds(Teacher)]),
    list(Roster, "/teachers/{teacherSourcedId}/classes", "getClassesForTeacher", Kind::Class)
        .below(&[TEACHER]).view(&[ClassOf(0, Some(Teacher))]),
    list(RosterCore, "/terms", "getAllTerms", Kind::AcademicSession).view(&[Typed("term")]),
    one(RosterCore, "/terms/{sourcedId}", "getTerm", Kind::AcademicSession).view(&[Typed("term")]),
    list(Roster, "/terms/{termSourcedId}/classes", "getClassesForTerm", Kind::Class)
        .below(&[TERM]).view(&[Refers("terms", 0)]),
    list(Roster, "/terms/{termSourcedId}/gradingPeriods", "getGradingPeriodsForTerm", Kind::AcademicSession)
        .below(&[TERM]).view(&[Typed("gradingPeriod"), Below(0)]),
    list(RosterCore, "/users", "getAllUsers", Kind::User),
    one(RosterCore, "/users/{sourcedId}", "getUser", Kind::User),
    list(Roster, "/users/{userSourcedId}/classes", "getClassesForUser", Kind::Class)
        .below(&[USER]).view(&[ClassOf(0, None)]),

    list(GradebookCore, "/categories", "getAllCategories", Kind::Category),
    one(GradebookCore, "/categories/{sourcedId}", "getCategory", Kind::Category),
    delete(Delete, "/categories/{sourcedId}", "deleteCategory", Kind::Category),
    put(CreatePut, "/categories/{sourcedId}", "putCategory", Kind::Category),
    post("/classes/{classSourcedId}/academicSessions/{academicSessionSourcedId}/results", "postResultsForAcademicSessionForClass", Kind::Result)
        .below(&[CLASS, SESSION]),
    list(Gradebook, "/classes/{classSourcedId}/categories", "getCategoriesForClass", Kind::Category)
        .below(&[CLASS]).view(&[UsedIn(0)]).added(Span::V1P1),
    list(Gradebook, "/classes/{classSourcedId}/lineItems", "getLineItemsForClass", Kind::LineItem)
        .below(&[CLASS]).view(&[Refers("class", 0)]),
    post("/classes/{classSourcedId}/lineItems", "postLineItemsForClass", Kind::LineItem).below(&[CLASS]),
    list(Gradebook, "/classes/{classSourcedId}/lineItems/{lineItemSourcedId}/results", "getResultsForLineItemForClass", Kind::Result)
        .below(&[CLASS, LINE_ITEM]).view(&[Refers("lineItem", 1), GradedIn(0)]),
    list(Gradebook, "/classes/{classSourcedId}/results", "getResultsForClass", Kind::Result)
        .below(&[CLASS]).view(&[GradedIn(0)]),
    list(Gradebook, "/classes/{classSourcedId}/scoreScales", "getScoreScalesForClass", Kind::ScoreScale)
        .below(&[CLASS]).view(&[Refers("class", 0)]).only(Span::V1P2),
    list(Gradebook, "/classes/{classSourcedId}/students/{studentSourcedId}/results", "getResultsForStudentForClass", Kind::Result)
        .below(&[CLASS, STUDENT]).view(&[GradedIn(0), Refers("student", 1)]),
    list(GradebookCore, "/lineItems", "getAllLineItems", Kind::LineItem),
    post("/lineItems/{lineItemSourcedId}/results", "postResultsForLineItem", Kind::Result).below(&[LINE_ITEM]),
    one(GradebookCore, "/lineItems/{sourcedId}", "getLineItem", Kind::LineItem),
    delete(Delete, "/lineItems/{sourcedId}", "deleteLineItem", Kind::LineItem),
    put(CreatePut, "/lineItems/{sourcedId}", "putLineItem", Kind::LineItem),
    list(GradebookCore, "/results", "getAllResults", Kind::Result),
    one(GradebookCore, "/results/{sourcedId}", "getResult", Kind::Result),
    delete(Delete, "/results/{sourcedId}", "deleteResult", Kind::Result),
    put(CreatePut, "/results/{sourcedId}", "putResult", Kind::Result),
    post("/schools/{schoolSourcedId}/lineItems", "postLineItemsForSchool", Kind::LineItem).below(&[SCHOOL]),
    list(Gradebook, "/schools/{schoolSourcedId}/scoreScales", "getScoreScalesForSchool", Kind::ScoreScale)
        .below(&[SCHOOL]).view(&[Refers("org", 0)]).only(Span::V1P2),
    list(GradebookCore, "/scoreScales", "getAllScoreScales", Kind::ScoreScale).only(Span::V1P2),
    one(GradebookCore, "/scoreScales/{sourcedId}", "getScoreScale", Kind::ScoreScale).only(Span::V1P2),
    delete(Delete, "/scoreScales/{sourcedId}", "deleteScoreScale", Kind::ScoreScale).only(Span::V1P2),
    put(CreatePut, "/scoreScales/{sourcedId}", "putScoreScale", Kind::ScoreScale).only(Span::V1P2),

    list(Assessment, "/assessmentLineItems", "getAllAssessmentLineItems", Kind::AssessmentLineItem).only(Span::V1P2),
    one(Assessment, "/assessmentLineItems/{sourcedId}", "getAssessmentLineItem", Kind::AssessmentLineItem).only(Span::V1P2),
    delete(AssessmentDelete, "/assessmentLineItems/{sourcedId}", "deleteAssessmentLineItem", Kind::AssessmentLineItem).only(Span::V1P2),
    put(AssessmentPut, "/assessmentLineItems/{sourcedId}", "putAssessmentLineItem", Kind::AssessmentLineItem).only(Span::V1P2),
    list(Assessment, "/assessmentResults", "getAllAssessmentResults", Kind::AssessmentResult).only(Span::V1P2),
    one(Assessment, "/assessmentResults/{sourcedId}", "getAssessmentResult", Kind::AssessmentResult).only(Span::V1P2),
    delete(AssessmentDelete, "/assessmentResults/{sourcedId}", "deleteAssessmentResult", Kind::AssessmentResult).only(Span::V1P2),
    put(AssessmentPut, "/assessmentResults/{sourcedId}", "putAssessmentResult", Kind::AssessmentResult).only(Span::V1P2),

    list(Resource, "/classes/{classSourcedId}/resources", "getResourcesForClass", Kind::Resource)
        .below(&[CLASS]).view(&[Attached(Kind::ClassResource, 0)]),
    list(Resource, "/courses/{courseSourcedId}/resources", "getResourcesForCourse", Kind::Resource)
        .below(&[COURSE]).view(&[Attached(Kind::CourseResource, 0)]),
    list(ResourceCore, "/resources", "getAllResources", Kind::Resource),
    one(ResourceCore, "/resources/{sourcedId}", "getResource", Kind::Resource),
    list(Resource, "/users/{userSourcedId}/resources", "getResourcesForUser", Kind::Resource)
        .below(&[USER]).view(&[Attached(Kind::UserResource, 0)]).only(Span::V1P2),
];
