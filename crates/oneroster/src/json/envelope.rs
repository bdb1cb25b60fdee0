//! What stands around the objects of an answer.
//!
//! A collection is written as it is read: [`open_collection`], objects with a
//! [`separator`] between them, [`close_collection`]. The data stand first, and
//! warnings, which only 1.1 has, after them (rest.md 2.1, 4.1).

use super::status::{Warning, write_warnings};
use super::text::string;
use crate::model::Version;

/// Begins a collection: `{"users":[`. `key` is the plural name of the kind.
pub fn open_collection(key: &str, out: &mut Vec<u8>) {
    open_single(key, out);
    out.push(b'[');
}

/// Stands between two objects of a collection.
pub fn separator(out: &mut Vec<u8>) {
    out.push(b',');
}

/// Ends a collection, with warnings if the version can carry them.
pub fn close_collection(version: Version, warnings: &[Warning], out: &mut Vec<u8>) {
    out.push(b']');
    close_single(version, warnings, out);
}

/// Begins an answer of one object: `{"user":`. `key` is the kind's own name.
pub fn open_single(key: &str, out: &mut Vec<u8>) {
    out.push(b'{');
    string(key, out);
    out.push(b':');
}

/// Ends an answer of one object, with warnings if the version can carry them.
pub fn close_single(version: Version, warnings: &[Warning], out: &mut Vec<u8>) {
    if version == Version::V1P1 && !warnings.is_empty() {
        out.push(b',');
        write_warnings(warnings, out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::super::status::WarningKind;
    use super::*;

    fn collection(version: Version, warnings: &[Warning]) -> String {
        let mut out = Vec::new();
        open_collection("users", &mut out);
        out.extend_from_slice(b"{}");
        separator(&mut out);
        out.extend_from_slice(b"{}");
        close_collection(version, warnings, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn warnings_follow_the_data_and_only_in_1_1() {
        let warning =
            Warning { kind: WarningKind::InvalidSortField, field: "shoeSize".into(), operation: Some("getAllUsers") };
        assert_eq!(collection(Version::V1P1, &[]), r#"{"users":[{},{}]}"#);
        assert_eq!(collection(Version::V1P2, std::slice::from_ref(&warning)), r#"{"users":[{},{}]}"#);
        assert_eq!(
            collection(Version::V1P1, &[warning]),
            concat!(
                r#"{"users":[{},{}],"statusInfoSet":[{"imsx_codeMajor":"success","imsx_severity":"warning","#,
                r#""imsx_codeMinor":"invalid_sort_field","imsx_description":"shoeSize","#,
                r#""imsx_operationRefIdentifier":"getAllUsers"}]}"#
            )
        );
    }

    #[test]
    fn a_single_answer_is_one_member() {
        let mut out = Vec::new();
        open_single("user", &mut out);
        out.extend_from_slice(b"{}");
        close_single(Version::V1P2, &[], &mut out);
        assert_eq!(out, br#"{"user":{}}"#);
    }
}
