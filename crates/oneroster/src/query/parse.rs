//! Filters: text to meaning (rest.md 3.4).

use super::ast::{Clause, Filter};
use super::error::{QueryError, QueryErrorKind};
use super::literal::{literal, unsuitable};
use super::path::{Named, resolve};
use super::scan::{RawClause, scan};
use crate::grant::Cover;
use crate::model::{Kind, Type, Version};

/// The name of the parameter.
const FILTER: &str = "filter";

/// Reads a filter on records of a kind, as a version of the standard names
/// their members. The text is already percent-decoded. A blank one is `None`.
///
/// # Errors
/// [`QueryErrorKind::UnknownFilterField`] if the class of that version has no
/// such member, [`QueryErrorKind::InvalidData`] for whatever else cannot be
/// meant; both tell the byte of `text` where it goes wrong.
pub fn parse_filter(text: &str, kind: Kind, version: Version) -> Result<Option<Filter>, QueryError> {
    parse_covered(text, kind, version, &Cover::default())
}

/// The same for a caller who does not see every member.
pub(super) fn parse_covered(
    text: &str,
    kind: Kind,
    version: Version,
    cover: &Cover,
) -> Result<Option<Filter>, QueryError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let (logical, raw) = scan(text)?;
    let clauses = raw.into_iter().map(|raw| clause(raw, kind, version, cover)).collect::<Result<_, _>>()?;
    Ok(Some(Filter { logical, clauses }))
}

fn clause(raw: RawClause<'_>, kind: Kind, version: Version, cover: &Cover) -> Result<Clause, QueryError> {
    let path = match resolve(raw.field, kind, version, cover) {
        Named::Path(path) => path,
        Named::Open(field) => return Err(QueryError::invalid(FILTER, wants_member(&field.ty), raw.field_at)),
        Named::Unknown => {
            let kind = QueryErrorKind::UnknownFilterField(raw.field.to_owned());
            return Err(QueryError::new(FILTER, kind, raw.field_at));
        }
    };
    if let Some(sentence) = unsuitable(&path, raw.predicate) {
        return Err(QueryError::invalid(FILTER, sentence, raw.predicate_at));
    }
    let literal = literal(&path, raw.predicate, raw.value)
        .map_err(|sentence| QueryError::invalid(FILTER, sentence, raw.value_at))?;
    Ok(Clause { path, predicate: raw.predicate, literal })
}

/// What to say of a member that has only members.
fn wants_member(ty: &Type) -> String {
    match ty {
        Type::Pairs(left, right) => format!("Name a member of it, behind a dot: {left} or {right}."),
        _ => "Name a member of it, behind a dot.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Slot;
    use crate::query::{Literal, Logical, Part, Predicate};
    use crate::time::{Date, Timestamp};
    use proptest::prelude::*;

    const V1P1: Version = Version::V1P1;
    const V1P2: Version = Version::V1P2;

    fn user(text: &str) -> Result<Filter, QueryError> {
        parse_filter(text, Kind::User, V1P2).map(|filter| filter.expect("not blank"))
    }

    fn values(text: &str) -> Vec<String> {
        let filter = user(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        filter.clauses.iter().map(|c| c.literal.to_string().replace("''", "'")).collect()
    }

    #[test]
    fn blank_is_no_filter() {
        for text in ["", " ", "  \t"] {
            assert_eq!(parse_filter(text, Kind::User, V1P1), Ok(None));
        }
    }

    #[test]
    fn quotes_are_respected() {
        let cases: &[(&str, &[&str])] = &[
            ("familyName='jones'", &["jones"]),
            ("familyName = 'jones' ", &["jones"]),
            ("familyName='O''Brien'", &["O'Brien"]),
            ("familyName='O'Brien'", &["O'Brien"]),
            ("familyName='O'Brien' AND givenName='D'Arcy'", &["O'Brien", "D'Arcy"]),
            ("familyName=''", &[""]),
            ("familyName='' OR givenName='x'", &["", "x"]),
            ("familyName=''''", &["'"]),
            ("familyName='''", &["'"]),
            ("familyName='O''", &["O'"]),
            ("familyName='rock ''n'' roll'", &["rock 'n' roll"]),
            ("familyName='a AND b=c' AND givenName='>= <'", &["a AND b=c", ">= <"]),
            ("familyName='it''s'' AND givenName='", &["it's' AND givenName="]),
            ("familyName='100%_\\'", &["100%_\\"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(values(text), *wanted, "{text}");
        }
    }

    #[test]
    fn the_longest_predicate_is_read() {
        let cases = [
            ("familyName!='a'", Predicate::NotEqual),
            ("familyName>='a'", Predicate::GreaterOrEqual),
            ("familyName<='a'", Predicate::LessOrEqual),
            ("familyName='a'", Predicate::Equal),
            ("familyName>'a'", Predicate::Greater),
            ("familyName<'a'", Predicate::Less),
            ("familyName~'a'", Predicate::Contains),
        ];
        for (text, predicate) in cases {
            assert_eq!(user(text).unwrap().clauses[0].predicate, predicate, "{text}");
        }
    }

    #[test]
    fn chains_have_one_operator() {
        let filter = user("status='active' OR familyName='a' OR familyName='b'").unwrap();
        assert_eq!((filter.logical, filter.clauses.len()), (Logical::Or, 3));
        let error = user("status='active' AND familyName='a' OR familyName='b'").unwrap_err();
        assert!(matches!(error.kind(), QueryErrorKind::InvalidData(s) if s.contains("mixed")), "{error}");
        assert_eq!(error.position(), 35);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let cases = [
            ("familyName", 0),
            ("familyName=jones", 11),
            ("familyName='jones", 12),
            ("='jones'", 0),
            ("status='active' AND", 15),
            ("status='active' AND ='x'", 20),
            ("familyName='a' and givenName='b'", 14),
            ("familyName='a' && givenName='b'", 14),
            ("familyName='O'' AND givenName='x'", 31),
            ("familyName=\u{2019}jones\u{2019}", 11),
            ("familyName='a\0b'", 13),
            ("dateLastModified>'yesterday'", 18),
            ("dateLastModified~'2026'", 16),
            ("status>'active'", 6),
            ("enabledUser<='true'", 11),
            ("grades>'09'", 6),
            ("agents.sourcedId>'x'", 16),
            ("userIds.identifier>='x'", 18),
            ("roles.role>'x'", 10),
            ("userIds='x'", 0),
            ("roles='x'", 0),
            ("metadata='x'", 0),
            ("userProfiles.credentials='x'", 0),
        ];
        for (text, position) in cases {
            let error = user(text).expect_err(text);
            assert!(matches!(error.kind(), QueryErrorKind::InvalidData(_)), "{text}: {error:?}");
            assert_eq!(error.position(), position, "{text}: {error}");
        }
    }

    #[test]
    fn objectives_of_assessments_are_searched_as_those_of_line_items_are() {
        for (kind, inner) in [
            (Kind::AssessmentLineItem, "learningObjectiveIds"),
            (Kind::AssessmentResult, "learningObjectiveResults.learningObjectiveId"),
        ] {
            for path in ["source", inner] {
                let text = format!("status='active' AND learningObjectiveSet.{path}='case'");
                assert!(parse_filter(&text, kind, V1P2).is_ok(), "{text}");
            }
            let open = parse_filter("learningObjectiveSet='case'", kind, V1P2).unwrap_err();
            assert!(matches!(open.kind(), QueryErrorKind::InvalidData(_)), "{open}");
            let unknown = parse_filter("learningObjectiveSet.x='case'", kind, V1P2).unwrap_err();
            assert!(matches!(unknown.kind(), QueryErrorKind::UnknownFilterField(_)), "{unknown}");
        }
    }

    #[test]
    fn unknown_fields_are_named() {
        let cases = [
            ("shoeSize='9'", "shoeSize"),
            ("status='active' AND org.sourcedId='x'", "org.sourcedId"),
            ("Status='active'", "Status"),
            ("agents.href='x'", "agents.href"),
            ("roles.user='x'", "roles.user"),
            ("roles.sourcedId='x'", "roles.sourcedId"),
            ("userProfiles.username='x'", "userProfiles.username"),
            ("username.x='x'", "username.x"),
            ("role='teacher'", "role"),
        ];
        for (text, name) in cases {
            let error = user(text).expect_err(text);
            assert_eq!(error.kind(), &QueryErrorKind::UnknownFilterField(name.into()), "{text}");
            assert!(error.to_string().contains(name));
        }
        assert!(parse_filter("roles.role='teacher'", Kind::User, V1P1).is_err(), "1.1 has no roles");
        assert!(parse_filter("role='teacher'", Kind::User, V1P1).is_ok(), "1.1 has one role");
        // T40: a class has a school but no org.
        let t40 = "org.sourcedId='x' AND dateLastModified<='2026-07-01T12:00:00.000Z'";
        assert!(matches!(
            parse_filter(t40, Kind::Class, V1P1).unwrap_err().kind(),
            QueryErrorKind::UnknownFilterField(name) if name == "org.sourcedId"
        ));
        assert!(parse_filter(t40, Kind::Course, V1P1).is_ok());
    }

    fn part(text: &str, kind: Kind, version: Version) -> (Part, &'static str) {
        let filter = parse_filter(text, kind, version).unwrap_or_else(|e| panic!("{text}: {e}")).expect("not blank");
        let path = filter.clauses[0].path.clone();
        (path.part.clone(), path.leaf().name)
    }

    #[test]
    fn nested_members_are_found() {
        use Kind::{Class, Enrollment, LineItem, Result, User};
        let role = |name| Part::Row(Kind::Role.entity().at(name));
        let profile = |name| Part::Row(Kind::UserProfile.entity().at(name));
        let cases = [
            ("school.sourcedId='x'", Class, Part::Value, "school"),
            ("class='x'", Enrollment, Part::Value, "class"),
            ("school.type='org'", Class, Part::RefType, "school"),
            ("terms.sourcedId='x'", Class, Part::Value, "terms"),
            ("resources.sourcedId='x'", Class, Part::Value, "resources"),
            ("resources.type='resource'", Class, Part::RefType, "resources"),
            ("scoreScale.type='scoreScale'", LineItem, Part::RefType, "scoreScale"),
            ("agents.sourcedId='x'", User, Part::Value, "agents"),
            ("userIds.identifier='x'", User, Part::Right, "userIds"),
            ("userIds.type='x'", User, Part::Left, "userIds"),
            ("roles.role='teacher'", User, role("role"), "role"),
            ("roles.org='x'", User, role("org"), "org"),
            ("roles.org.sourcedId='x'", User, role("org"), "org"),
            ("roles.org.type='org'", User, Part::RowRefType(Kind::Role.entity().at("org")), "org"),
            ("roles.beginDate>='2026-08-01'", User, role("beginDate"), "beginDate"),
            ("roles.userProfile='urn:oneroster:userProfile:p1'", User, role("userProfile"), "userProfile"),
            ("userProfiles.profileId='x'", User, profile("profileId"), "profileId"),
            ("userProfiles.credentials.username='x'", User, profile("username"), "username"),
            ("metadata.x.y='z'", User, Part::Metadata("x.y".into()), "metadata"),
            ("metadata.acme calendar/Ö'-(1)='z'", User, Part::Metadata("acme calendar/Ö'-(1)".into()), "metadata"),
            ("learningObjectiveSet.source='case'", LineItem, Part::Row(1), "source"),
            ("learningObjectiveSet.learningObjectiveIds='x'", LineItem, Part::Row(2), "learningObjectiveId"),
            (
                "learningObjectiveSet.learningObjectiveResults.score>'1'",
                Result,
                Part::Row(Kind::ResultLearningObjectiveId.entity().at("score")),
                "score",
            ),
        ];
        for (text, kind, wanted, leaf) in cases {
            assert_eq!(part(text, kind, V1P2), (wanted, leaf), "{text}");
        }
        assert_eq!(part("orgs.sourcedId='x'", User, V1P1), (Part::Value, "orgs"));
    }

    fn literal_of(text: &str, kind: Kind) -> Literal {
        parse_filter(text, kind, V1P2).unwrap_or_else(|e| panic!("{text}: {e}")).unwrap().clauses.remove(0).literal
    }

    #[test]
    fn literals_have_the_type_of_the_field() {
        let text = |s: &str| Literal::Text(s.into());
        let list = |items: &[&str]| Literal::List(items.iter().map(|s| (*s).into()).collect());
        let instant = |s: &str| Literal::Timestamp(Timestamp::parse(s).unwrap());
        let midnight = instant("2026-08-01T00:00:00Z");
        let cases = [
            ("dateLastModified>'2026-08-01'", Kind::User, midnight.clone()),
            ("dateLastModified>'2026-08-01T02:00:00+02:00'", Kind::User, midnight.clone()),
            ("dateLastModified>'2026-08-01T02:00:00 02:00'", Kind::User, midnight),
            ("dueDate<'2026-08-01T00:00:00.120Z'", Kind::LineItem, instant("2026-08-01T00:00:00.120Z")),
            ("endDate<'2026-08-01'", Kind::Enrollment, Literal::Date(Date::parse("2026-08-01").unwrap())),
            ("score>='-12.50'", Kind::Result, Literal::Number(-12.5)),
            ("score='1e2'", Kind::Result, Literal::Number(100.0)),
            ("grades='09, 10,,'", Kind::User, list(&["09", "10"])),
            ("grades~'KG,Ö'", Kind::User, list(&["kg", "ö"])),
            ("grades=''", Kind::User, list(&[""])),
            ("roles='Teacher,aide'", Kind::Resource, list(&["Teacher", "aide"])),
            ("familyName='a, b'", Kind::User, text("a, b")),
            ("familyName='E\u{301}'", Kind::User, text("É")),
            ("familyName~'E\u{301}COLE'", Kind::User, text("école")),
            ("sourcedId='E\u{301}'", Kind::User, text("E\u{301}")),
            ("sourcedId~'E\u{301}'", Kind::User, text("e\u{301}")),
            ("status='gone'", Kind::User, text("gone")),
            ("enabledUser='TRUE'", Kind::User, text("TRUE")),
            ("schoolYear>'2026'", Kind::AcademicSession, text("2026")),
            ("userIds.identifier='a,b'", Kind::User, text("a,b")),
            ("roles.userProfile='urn:oneroster:userProfile:p1'", Kind::User, text("p1")),
            ("metadata.k>'5'", Kind::User, text("5")),
        ];
        for (filter, kind, wanted) in cases {
            assert_eq!(literal_of(filter, kind), wanted, "{filter}");
        }
    }

    #[test]
    fn literals_of_a_wrong_kind_are_refused() {
        let cases = [
            ("endDate<'2026-08-01T00:00:00.000Z'", Kind::Enrollment),
            ("endDate<'2026-02-30'", Kind::Enrollment),
            ("score='high'", Kind::Result),
            ("score='NaN'", Kind::Result),
            ("score='1e999'", Kind::Result),
            ("score=''", Kind::Result),
            ("score~'1'", Kind::Result),
            ("birthDate~'2010'", Kind::Demographics),
            ("dateLastModified>''", Kind::User),
            ("dateLastModified>'-000001-01-01T00:00:00Z'", Kind::User),
        ];
        for (filter, kind) in cases {
            let error = parse_filter(filter, kind, V1P2).expect_err(filter);
            assert!(matches!(error.kind(), QueryErrorKind::InvalidData(_)), "{filter}");
        }
    }

    #[test]
    fn every_member_of_every_class_can_be_asked() {
        for version in Version::ALL {
            for kind in Kind::all() {
                for (slot, field) in kind.entity().members(version) {
                    let (suffix, value) = match field.ty {
                        Type::Date | Type::DateTime => ("", "2026-08-01".to_owned()),
                        Type::Number => ("", "1".to_owned()),
                        Type::Pairs(left, _) => (left, "x".to_owned()),
                        Type::Rows(rows) => {
                            let inner = rows.entity().fields.iter().find(|f| f.in_json(version) && f.within.is_none());
                            (inner.expect("a member").name, "x".to_owned())
                        }
                        Type::Metadata => ("x", "x".to_owned()),
                        _ => ("", "x".to_owned()),
                    };
                    let dot = if suffix.is_empty() { "" } else { "." };
                    let text = format!("{}{dot}{suffix}='{value}'", field.name);
                    let filter = parse_filter(&text, kind, version).unwrap_or_else(|e| panic!("{text}: {e}")).unwrap();
                    assert_eq!(filter.clauses[0].path.slot, slot, "{text}");
                    assert_eq!(parse_filter(&filter.to_string(), kind, version), Ok(Some(filter)), "{text}");
                }
            }
        }
        assert_eq!(user("sourcedId='x'").unwrap().clauses[0].path.slot, Slot::SourcedId);
    }

    const FIELDS: &[&str] = &[
        "familyName",
        "status",
        "sourcedId",
        "dateLastModified",
        "grades",
        "agents",
        "userIds.type",
        "roles.role",
        "roles.org.sourcedId",
        "roles.org.type",
        "roles.beginDate",
        "metadata.a.b",
        "metadata.x' AND y",
        "userProfiles.credentials.username",
        "enabledUser",
        "primaryOrg.sourcedId",
    ];

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}", version in prop::sample::select(&Version::ALL[..])) {
            for kind in Kind::all() {
                let _ = parse_filter(&text, kind, version);
            }
        }

        #[test]
        fn anything_like_a_filter_is_read_or_refused(
            text in "(familyName|grades|metadata\\.é|status)(=|!=|~|>=)'[a'= é,~ANDO]{0,12}'( AND | OR | and )?.{0,12}"
        ) {
            let _ = parse_filter(&text, Kind::User, V1P2);
        }

        #[test]
        fn a_printed_filter_is_the_same_filter(
            clauses in prop::collection::vec(
                (prop::sample::select(FIELDS), prop::sample::select(&["=", "!=", "<", "<=", ">", ">=", "~"][..]),
                 prop_oneof!["\\PC{0,12}", "['AND OR=é,]{0,10}", "2026-0[1-9]-1[0-9]", "20[0-9]{2}-01-01T00:00:00Z"]),
                1..5),
            or in any::<bool>(),
        ) {
            let text: Vec<String> =
                clauses.iter().map(|(f, p, v)| format!("{f}{p}'{}'", v.replace('\'', "''"))).collect();
            let text = text.join(if or { " OR " } else { " AND " });
            if let Ok(Some(filter)) = parse_filter(&text, Kind::User, V1P2) {
                // A single clause has no operator to print.
                let again = parse_filter(&filter.to_string(), Kind::User, V1P2);
                prop_assert_eq!(again, Ok(Some(filter)));
            }
        }
    }
}
