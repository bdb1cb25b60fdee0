//! What went wrong, as each version's answers say it (rest.md 4).

use super::text::string;
use crate::model::{Service, Version};
use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum ProblemKind {
    /// A parameter, a header or the bytes of a body cannot be understood.
    InvalidData,
    /// The filter names a field that the class has not.
    InvalidFilterField,
    /// `fields=` names a field that the class has not (an error in 1.2 only).
    InvalidSelectionField,
    /// `fields=` names nothing.
    BlankSelectionField,
    /// No, bad or expired credentials.
    Unauthorized,
    /// Good credentials that do not open this.
    Forbidden,
    /// There is nothing behind the path.
    UnknownObject,
    /// The path does not take the method; the answer wants an `Allow` header.
    MethodNotAllowed,
    /// The caller was too slow.
    Timeout,
    /// The record is not as the caller's condition wants it.
    PreconditionFailed,
    /// The body is larger than what is accepted.
    TooLarge,
    /// The body is of a type that is not accepted.
    UnsupportedMedia,
    /// The body was understood and is wrong in meaning.
    Unprocessable,
    /// A rule forbids the deletion.
    DeleteFailure,
    /// The caller asks too often; the answer wants a `Retry-After` header.
    TooManyRequests,
    /// A failure of our own.
    Internal,
    /// The operation is of the standard but not offered.
    NotImplemented,
    /// Try again later; the answer wants a `Retry-After` header.
    Busy,
}

/// What a kind of problem is in answers: the one place where it is decided.
struct Facts {
    http: u16,
    major: &'static str,
    /// The minor code of 1.1; it has none for failures of our own.
    minor_1_1: Option<&'static str>,
    minor_1_2: &'static str,
}

const fn facts(http: u16, minor_1_1: Option<&'static str>, minor_1_2: &'static str) -> Facts {
    Facts { http, major: "failure", minor_1_1, minor_1_2 }
}

const fn unsupported(http: u16, service: Service) -> Facts {
    let minor_1_2 = if matches!(service, Service::Resources) { "unsupported" } else { "invaliddata" };
    Facts { http, major: "unsupported", minor_1_1: Some("invalid data"), minor_1_2 }
}

impl ProblemKind {
    /// Every kind, for tests and documents that go over all of them.
    pub const ALL: [ProblemKind; 18] = {
        use ProblemKind::*;
        [
            InvalidData,
            InvalidFilterField,
            InvalidSelectionField,
            BlankSelectionField,
            Unauthorized,
            Forbidden,
            UnknownObject,
            MethodNotAllowed,
            Timeout,
            PreconditionFailed,
            TooLarge,
            UnsupportedMedia,
            Unprocessable,
            DeleteFailure,
            TooManyRequests,
            Internal,
            NotImplemented,
            Busy,
        ]
    };

    const fn facts(self, service: Service) -> Facts {
        match self {
            ProblemKind::InvalidData => facts(400, Some("invalid data"), "invaliddata"),
            ProblemKind::InvalidFilterField => facts(400, Some("invalid_filter_field"), "invalid_filter_field"),
            ProblemKind::InvalidSelectionField => {
                facts(400, Some("invalid_selection_field"), "invalid_selection_field")
            }
            ProblemKind::BlankSelectionField => {
                facts(400, Some("invalid_blank_selection_field"), "invalid_selection_field")
            }
            ProblemKind::Unauthorized => facts(401, Some("unauthorized"), "unauthorisedrequest"),
            ProblemKind::Forbidden => facts(403, Some("forbidden"), "forbidden"),
            ProblemKind::UnknownObject => facts(404, Some("unknown object"), "unknownobject"),
            ProblemKind::MethodNotAllowed => unsupported(405, service),
            ProblemKind::Timeout => facts(408, Some("server_busy"), "server_busy"),
            ProblemKind::PreconditionFailed => facts(412, Some("invalid data"), "invaliddata"),
            ProblemKind::TooLarge => facts(413, Some("invalid data"), "invaliddata"),
            ProblemKind::UnsupportedMedia => facts(415, Some("invalid data"), "invaliddata"),
            ProblemKind::Unprocessable => facts(422, Some("invalid data"), "invaliddata"),
            ProblemKind::DeleteFailure => match service {
                Service::Gradebook | Service::Assessment => facts(422, Some("invalid data"), "deletefailure"),
                Service::Rostering | Service::Resources => facts(422, Some("invalid data"), "invaliddata"),
            },
            ProblemKind::TooManyRequests => facts(429, Some("server_busy"), "server_busy"),
            ProblemKind::Internal => facts(500, None, "internal_server_error"),
            ProblemKind::NotImplemented => unsupported(501, service),
            ProblemKind::Busy => facts(503, Some("server_busy"), "server_busy"),
        }
    }

    /// The HTTP status.
    pub const fn http(self) -> u16 {
        self.facts(Service::Rostering).http
    }

    /// The major code: `failure`, or `unsupported`.
    pub const fn major(self) -> &'static str {
        self.facts(Service::Rostering).major
    }

    /// The minor code, from the vocabulary of the version and the service.
    pub const fn minor(self, version: Version, service: Service) -> Option<&'static str> {
        match version {
            Version::V1P1 => self.facts(service).minor_1_1,
            Version::V1P2 => Some(self.facts(service).minor_1_2),
        }
    }
}

/// One failed request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What kind of thing went wrong.
    pub kind: ProblemKind,
    /// What is wrong and what to do, for people; for unknown fields it names
    /// the field. Nothing internal.
    pub description: String,
    /// The operation in the standard's documents, where one was reached.
    pub operation: Option<&'static str>,
}

impl Problem {
    /// A problem outside any operation.
    pub fn new(kind: ProblemKind, description: impl Into<String>) -> Problem {
        Problem { kind, description: description.into(), operation: None }
    }

    /// The same, within an operation.
    #[must_use]
    pub fn within(mut self, operation: &'static str) -> Problem {
        self.operation = Some(operation);
        self
    }

    /// The HTTP status.
    pub const fn http(&self) -> u16 {
        self.kind.http()
    }

    /// The body: in 1.1 an object with `statusInfoSet`, in 1.2 the bare status
    /// info. Absent members are left out.
    pub fn body(&self, version: Version, service: Service) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let minor = self.kind.minor(version, service);
        match version {
            Version::V1P1 => {
                out.extend_from_slice(b"{\"statusInfoSet\":[");
                let codes = [self.kind.major(), "error"];
                write_entry(codes, minor, &self.description, self.operation, &mut out);
                out.extend_from_slice(b"]}");
            }
            Version::V1P2 => {
                member(b'{', "imsx_codeMajor", self.kind.major(), &mut out);
                member(b',', "imsx_severity", "error", &mut out);
                member(b',', "imsx_description", &self.description, &mut out);
                if let Some(minor) = minor {
                    out.extend_from_slice(b",\"imsx_CodeMinor\":{\"imsx_codeMinorField\":[");
                    member(b'{', "imsx_codeMinorFieldName", "TargetEndSystem", &mut out);
                    member(b',', "imsx_codeMinorFieldValue", minor, &mut out);
                    out.extend_from_slice(b"}]}");
                }
                out.push(b'}');
            }
        }
        out
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

impl std::error::Error for Problem {}

/// What kind of thing was passed over in a 1.1 request that was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum WarningKind {
    /// `sort` names an unknown field; the default order was used.
    InvalidSortField,
    /// `fields=` names an unknown field; every member is shown.
    InvalidSelectionField,
}

/// A warning beside the data of a 1.1 answer (rest.md 3.6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// What was passed over.
    pub kind: WarningKind,
    /// The name that is unknown.
    pub field: String,
    /// The operation in the standard's documents.
    pub operation: Option<&'static str>,
}

/// Appends `"statusInfoSet":[...]`.
pub(super) fn write_warnings(warnings: &[Warning], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"statusInfoSet\":[");
    for (i, warning) in warnings.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        let minor = match warning.kind {
            WarningKind::InvalidSortField => "invalid_sort_field",
            WarningKind::InvalidSelectionField => "invalid_selection_field",
        };
        write_entry(["success", "warning"], Some(minor), &warning.field, warning.operation, out);
    }
    out.push(b']');
}

fn write_entry(
    [major, severity]: [&str; 2],
    minor: Option<&str>,
    description: &str,
    operation: Option<&str>,
    out: &mut Vec<u8>,
) {
    member(b'{', "imsx_codeMajor", major, out);
    member(b',', "imsx_severity", severity, out);
    member(b',', "imsx_codeMinor", minor.unwrap_or_default(), out);
    member(b',', "imsx_description", description, out);
    member(b',', "imsx_operationRefIdentifier", operation.unwrap_or_default(), out);
    out.push(b'}');
}

/// Appends a member of status info; an empty one is left out.
fn member(before: u8, name: &str, value: &str, out: &mut Vec<u8>) {
    if !value.is_empty() {
        out.push(before);
        string(name, out);
        out.push(b':');
        string(value, out);
    }
}
