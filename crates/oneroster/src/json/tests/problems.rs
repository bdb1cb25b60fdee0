//! Every kind of problem, in every version and service.

use super::*;
use crate::model::Service;

/// The minor codes that a version and service know.
fn vocabulary(fixture: &Value, version: Version, service: Service) -> Vec<String> {
    let name = match service {
        Service::Rostering => "rostering",
        Service::Resources => "resources",
        Service::Gradebook | Service::Assessment => "gradebook",
    };
    let words = match version {
        // rest.md 4.1.
        Version::V1P1 => {
            return [
                "unknown object",
                "invalid data",
                "unauthorized",
                "invalid_sort_field",
                "invalid_filter_field",
                "invalid_selection_field",
                "invalid_blank_selection_field",
                "forbidden",
                "server_busy",
            ]
            .map(str::to_owned)
            .to_vec();
        }
        Version::V1P2 => &fixture["codeMinorByService12"][name],
    };
    words.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
}

#[test]
fn minor_codes_are_of_the_vocabulary_of_their_service() {
    let fixture = fixture();
    for version in Version::ALL {
        for service in Service::ALL {
            let words = vocabulary(&fixture, version, service);
            for kind in ProblemKind::ALL {
                match kind.minor(version, service) {
                    Some(minor) => {
                        assert!(words.iter().any(|w| w == minor), "{kind:?} {version} {service:?}: {minor}");
                    }
                    None => assert_eq!((kind, version), (ProblemKind::Internal, Version::V1P1)),
                }
            }
        }
    }
}

#[test]
fn bodies_have_the_members_of_their_version() {
    for service in Service::ALL {
        for kind in ProblemKind::ALL {
            let problem = Problem::new(kind, "shoe\"Size").within("getAllUsers");
            let old: Value = serde_json::from_slice(&problem.body(Version::V1P1, service)).unwrap();
            let entry = &old["statusInfoSet"][0];
            assert_eq!(old.as_object().unwrap().len(), 1);
            assert_eq!(entry["imsx_codeMajor"], kind.major());
            assert_eq!(entry["imsx_severity"], "error");
            assert_eq!(entry.get("imsx_codeMinor").and_then(Value::as_str), kind.minor(Version::V1P1, service));
            assert_eq!(entry["imsx_description"], "shoe\"Size");
            assert_eq!(entry["imsx_operationRefIdentifier"], "getAllUsers");

            let new: Value = serde_json::from_slice(&problem.body(Version::V1P2, service)).unwrap();
            let minor = &new["imsx_CodeMinor"]["imsx_codeMinorField"][0];
            let names: Vec<_> = new.as_object().unwrap().keys().collect();
            assert_eq!(names, ["imsx_codeMajor", "imsx_severity", "imsx_description", "imsx_CodeMinor"]);
            assert_eq!(minor["imsx_codeMinorFieldName"], "TargetEndSystem");
            assert_eq!(minor["imsx_codeMinorFieldValue"].as_str(), kind.minor(Version::V1P2, service));
        }
    }
}

#[test]
fn bodies_are_those_of_the_examples() {
    let fixture = fixture();
    let cases = [
        (Version::V1P1, "StatusInfo", "shoeSize"),
        (Version::V1P2, "imsx_StatusInfo", "Field 'shoeSize' is not defined for users"),
    ];
    for (version, class, description) in cases {
        let problem = Problem::new(ProblemKind::InvalidFilterField, description).within("getAllUsers");
        let body: Value = serde_json::from_slice(&problem.body(version, Service::Rostering)).unwrap();
        assert_eq!(body, fixture["examples"][version.label()][class], "{version}");
    }
}

#[test]
fn statuses_and_codes_are_those_of_the_tables() {
    let gradebook = |kind: ProblemKind| kind.minor(Version::V1P2, Service::Gradebook);
    let resources = |kind: ProblemKind| kind.minor(Version::V1P2, Service::Resources);
    let rostering = |kind: ProblemKind| kind.minor(Version::V1P2, Service::Rostering);
    assert_eq!(rostering(ProblemKind::BlankSelectionField), Some("invalid_selection_field"));
    assert_eq!(gradebook(ProblemKind::DeleteFailure), Some("deletefailure"));
    assert_eq!(resources(ProblemKind::DeleteFailure), Some("invaliddata"));
    assert_eq!(resources(ProblemKind::MethodNotAllowed), Some("unsupported"));
    assert_eq!(rostering(ProblemKind::MethodNotAllowed), Some("invaliddata"));
    assert_eq!(ProblemKind::MethodNotAllowed.major(), "unsupported");
    let statuses = ProblemKind::ALL.map(ProblemKind::http);
    assert_eq!(statuses, [400, 400, 400, 400, 401, 403, 404, 405, 408, 412, 413, 415, 422, 422, 429, 500, 501, 503]);
}
