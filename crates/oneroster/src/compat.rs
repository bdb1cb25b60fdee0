//! Where versions 1.1 and 1.2 mean different things: the one role and the orgs
//! of a person against a list of roles, and words that 1.1 has not (csv.md 6.3
//! and 6.4, rest.md 2.3).
//!
//! The law: what [`upgrade_user`] made of a 1.1 person, [`derive_v1p1`] makes
//! the same person of again, the orgs in stored order.

use crate::at;
use crate::model::vocabulary::USER_ROLE;
use crate::model::{Entity, Field, Kind, LONGEST_ID, Type, Version};
use crate::record::{Record, Status};
use xxhash_rust::xxh3::xxh3_128;

/// The one word of 1.1 for every kind of administrator.
const ADMINISTRATOR: &str = "administrator";
/// The kinds of administrator in 1.2, by the type of their organisation.
const ADMINISTRATORS: [(&str, &str); 2] = [("district", "districtAdministrator"), ("school", "siteAdministrator")];
/// The administrator of any other organisation.
const OTHER_ADMINISTRATOR: &str = "systemAdministrator";

/// Roles of 1.2 that have a near one in 1.1; the one of least rights if in doubt.
const NEAREST: [(&str, &str); 5] = [
    ("districtAdministrator", ADMINISTRATOR),
    ("siteAdministrator", ADMINISTRATOR),
    ("systemAdministrator", ADMINISTRATOR),
    ("principal", ADMINISTRATOR),
    ("counselor", "aide"),
];

/// Which of several roles stands for a person in 1.1, the first one first.
const PRECEDENCE: [&str; 8] =
    ["student", "teacher", ADMINISTRATOR, "aide", "proctor", "parent", "guardian", "relative"];

/// The word of a main role.
pub const PRIMARY: &str = "primary";
/// The type of the sessions in which 1.1 wants work to be due.
pub const GRADING_PERIOD: &str = "gradingPeriod";

/// Turns the role and the orgs of a 1.1 person into 1.2 roles, which are added
/// to `roles`, and guesses the main organisation (csv.md 6.3).
///
/// Every role is primary at its organisation. An administrator's kind follows
/// the type of the organisation, which `org_type` tells. The identifiers of
/// the roles are made of those of the person and the organisation and the 1.1
/// role, so they are the same at every run; status and time are the person's.
pub fn upgrade_user<'a>(user: &mut Record, org_type: &dyn Fn(&str) -> Option<&'a str>, roles: &mut Vec<Record>) {
    let mut orgs: Vec<&str> = Vec::new();
    for org in user.list(at!(User.orgs)) {
        if !orgs.contains(&org) {
            orgs.push(org);
        }
    }
    if let Some(word) = user.get(at!(User.role)) {
        roles.extend(orgs.iter().map(|org| role(user, org, word, org_type(org))));
    }
    let main = orgs.iter().find(|org| org_type(org) == Some("school")).or(orgs.first()).map(|org| (*org).to_owned());
    if let (Some(main), None) = (main, user.get(at!(User.primaryOrg))) {
        user.set(at!(User.primaryOrg), &main);
    }
}

fn role(user: &Record, org: &str, word: &str, org_type: Option<&str>) -> Record {
    let mut role = Record::new(Kind::Role);
    role.sourced_id = role_id(&user.sourced_id, org, word);
    role.status = user.status;
    role.modified = user.modified;
    role.push(at!(Role.user), &user.sourced_id);
    role.push(at!(Role.roleType), PRIMARY);
    role.push(at!(Role.role), upgrade_role(word, org_type));
    role.push(at!(Role.org), org);
    role
}

fn role_id(user: &str, org: &str, word: &str) -> String {
    made_id("role", &format!("{user}.{org}.{word}"))
}

/// An identifier that is made of others: of their digest, if it would be too long.
fn made_id(word: &str, of: &str) -> String {
    let id = format!("{word}.{of}");
    if id.len() <= LONGEST_ID { id } else { format!("{word}.{:032x}", xxh3_128(id.as_bytes())) }
}

/// Turns the material that a person's own row lists, as in the 2022 text of 1.2,
/// into rows of their own (csv.md D60); identifiers are made as those of roles.
pub fn resource_links(user: &mut Record) -> Vec<Record> {
    let mut resources: Vec<&str> = Vec::new();
    for resource in user.list(at!(User.resources)) {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    let links = resources.iter().map(|resource| {
        let mut link = Record::new(Kind::UserResource);
        link.sourced_id = made_id("resource", &format!("{}.{resource}", user.sourced_id));
        link.status = user.status;
        link.modified = user.modified;
        link.push(at!(UserResource.user), &user.sourced_id);
        link.push(at!(UserResource.resource), resource);
        link
    });
    let links = links.collect();
    user.set(at!(User.resources), "");
    links
}

/// The identifier of a role that [`upgrade_user`] made, for the same person and
/// organisation under other identifiers; `None` if it was not made so, or its
/// identifier no longer tells.
pub fn renamed_role(id: &str, (user, org): (&str, &str), (new_user, new_org): (&str, &str)) -> Option<String> {
    let word = id.strip_prefix("role.")?.strip_prefix(user)?.strip_prefix('.')?.strip_prefix(org)?.strip_prefix('.')?;
    Some(role_id(new_user, new_org, word))
}

/// The role of 1.2 that a role of 1.1 becomes in an organisation of a type.
pub fn upgrade_role<'w>(word: &'w str, org_type: Option<&str>) -> &'w str {
    if word != ADMINISTRATOR {
        return word;
    }
    let known = ADMINISTRATORS.iter().find(|(ty, _)| Some(*ty) == org_type);
    known.map_or(OTHER_ADMINISTRATOR, |(_, word)| word)
}

/// Brings a line item of 1.1 up to the stored form (csv.md 6.3): its session is
/// the grading period, its school that of its class, which the caller knows.
pub fn upgrade_line_item(item: &mut Record, school: Option<&str>) {
    if let Some(period) = item.get(at!(LineItem.gradingPeriod)).map(str::to_owned) {
        item.set(at!(LineItem.academicSession), &period);
    }
    if let (Some(school), None) = (school, item.get(at!(LineItem.school))) {
        item.set(at!(LineItem.school), school);
    }
}

/// Names the session of a line item of 1.2 as its grading period, too, if it is of
/// that type (csv.md 6.1): in JSON that is a member of its own.
pub fn name_grading_period(item: &mut Record, session_type: Option<&str>) {
    let is_one = session_type == Some(GRADING_PERIOD);
    let session = item.get(at!(LineItem.academicSession)).filter(|_| is_one).map(str::to_owned);
    item.set(at!(LineItem.gradingPeriod), session.as_deref().unwrap_or_default());
}

/// Writes what 1.1 says of a person, `role` and `orgs`, from the live nested
/// roles (csv.md 6.4).
///
/// The orgs are those of the roles in stored order, without repeats; without
/// roles the main organisation. The role is the primary one in the main
/// organisation, else the first primary one, else the first by rank; a role
/// that 1.1 has no word for leaves the person without one, and so without a
/// 1.1 form (see [`shown_in`]). A deleted person whose roles are gone, too,
/// keeps what was written last, so that 1.1 readers learn of the deletion.
pub fn derive_v1p1(user: &mut Record) {
    let live: Vec<&Record> = user.rows(at!(User.roles)).filter(|row| row.status == Status::Active).collect();
    if live.is_empty() && user.status == Status::ToBeDeleted {
        return;
    }
    let mut orgs: Vec<String> = Vec::new();
    for org in live.iter().filter_map(|row| row.get(at!(Role.org))) {
        if !orgs.iter().any(|known| known == org) {
            orgs.push(org.to_owned());
        }
    }
    if orgs.is_empty() {
        orgs.extend(user.get(at!(User.primaryOrg)).map(str::to_owned));
    }
    let role = standing(&live, user.get(at!(User.primaryOrg))).map(str::to_owned);
    user.set(at!(User.role), role.as_deref().unwrap_or_default());
    user.set(at!(User.orgs), "");
    for org in &orgs {
        user.push(at!(User.orgs), org);
    }
}

/// The 1.1 word of the role that stands for a person.
fn standing<'r>(roles: &[&'r Record], main: Option<&str>) -> Option<&'r str> {
    let field = &Kind::Role.entity().fields[usize::from(at!(Role.role))];
    let word = |row: &&'r Record| row.get(at!(Role.role));
    let primary = || roles.iter().filter(|row| row.get(at!(Role.roleType)) == Some(PRIMARY));
    let rank = |row: &&&'r Record| {
        let old = word(row).and_then(|word| downgrade_word(field, word));
        PRECEDENCE.iter().position(|known| Some(*known) == old).unwrap_or(PRECEDENCE.len())
    };
    let chosen = main
        .and_then(|main| primary().find(|row| row.get(at!(Role.org)) == Some(main)))
        .or_else(|| primary().next())
        .or_else(|| roles.iter().min_by_key(rank))?;
    downgrade_word(field, word(chosen)?)
}

/// The form of a field's value in 1.1: itself, or the nearest word of the
/// vocabulary; `None` if 1.1 has none, as for words of a deployment's own.
pub fn downgrade_word<'w>(field: &Field, word: &'w str) -> Option<&'w str> {
    let Type::Word(vocabulary) = field.ty else { return Some(word) };
    if vocabulary.allows(Version::V1P1, word) {
        return Some(word);
    }
    let near = NEAREST.iter().find(|(new, _)| *new == word).filter(|_| std::ptr::eq(vocabulary, &USER_ROLE));
    near.map(|(_, old)| *old)
}

/// The role of 1.1 that is nearest to a role of 1.2.
pub fn downgrade_role(word: &str) -> Option<&str> {
    downgrade_word(&Kind::Role.entity().fields[usize::from(at!(Role.role))], word)
}

/// What a score scale says in numbers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ScaleValues {
    /// The pairs as they stand: a score and what it stands for.
    pairs: Vec<(String, String)>,
}

impl ScaleValues {
    /// The values of a score scale.
    pub fn of(scale: &Record) -> ScaleValues {
        let pairs = scale.pairs(at!(ScoreScale.scoreScaleValue));
        ScaleValues { pairs: pairs.map(|(left, right)| (left.to_owned(), right.to_owned())).collect() }
    }

    /// The number that a text score stands for, on whichever side it is.
    fn number(&self, text: &str) -> Option<&str> {
        self.pairs.iter().find_map(|(left, right)| match text {
            _ if left == text && is_number(right) => Some(right.as_str()),
            _ if right == text && is_number(left) => Some(left.as_str()),
            _ => None,
        })
    }

    /// The least and the greatest number of the scale, as they are written:
    /// those of the right sides, else those of the left ones.
    fn ends(&self) -> Option<(&str, &str)> {
        let numbers = |side: fn(&(String, String)) -> &String| -> Vec<&str> {
            let whole = |text: &&str| is_number(text);
            let sides = self.pairs.iter().map(side);
            // A range has two ends: 80-93.
            sides
                .flat_map(|text| {
                    if is_number(text) {
                        [text, ""]
                    } else {
                        text.split_once('-').map_or(["", ""], |(a, b)| [a.trim(), b.trim()])
                    }
                })
                .filter(whole)
                .collect()
        };
        let mut found = numbers(|(_, right)| right);
        if found.is_empty() {
            found = numbers(|(left, _)| left);
        }
        let value = |text: &&&str| text.parse::<f64>().unwrap_or_default();
        let least = found.iter().min_by(|a, b| value(a).total_cmp(&value(b)))?;
        let greatest = found.iter().max_by(|a, b| value(a).total_cmp(&value(b)))?;
        Some((least, greatest))
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Lets a line item count in the session that 1.2 writes: the one it names, or
/// else its grading period.
pub fn settle_session(item: &mut Record) {
    fill(item, at!(LineItem.academicSession), at!(LineItem.gradingPeriod));
}

/// Says of a line item what 1.1 wants of it (csv.md 6.4): the session as its
/// grading period, and bounds from its scale where it has none. Its school is
/// that of the class. Gives the fields that were filled from the scale.
pub fn downgrade_line_item(item: &mut Record, scale: Option<&ScaleValues>) -> Vec<u8> {
    fill(item, at!(LineItem.gradingPeriod), at!(LineItem.academicSession));
    item.set(at!(LineItem.academicSession), "");
    item.set(at!(LineItem.school), "");
    let Some((least, greatest)) = scale.and_then(ScaleValues::ends) else { return Vec::new() };
    let mut filled = Vec::new();
    for (field, end) in [(at!(LineItem.resultValueMin), least), (at!(LineItem.resultValueMax), greatest)] {
        if item.get(field).is_none() {
            item.push(field, end);
            filled.push(field);
        }
    }
    filled
}

/// Says of a result what 1.1 wants of it: a text score as the number that the
/// scale gives it. Its class is that of the line item. Gives the fields that
/// were filled from the scale.
pub fn downgrade_result(result: &mut Record, scale: Option<&ScaleValues>) -> Vec<u8> {
    result.set(at!(Result.class), "");
    let text = result.get(at!(Result.textScore)).filter(|_| result.get(at!(Result.score)).is_none());
    let Some(number) = text.and_then(|text| scale?.number(text)).map(str::to_owned) else { return Vec::new() };
    result.set(at!(Result.textScore), "");
    result.push(at!(Result.score), &number);
    vec![at!(Result.score)]
}

/// Fills a field that has no value with that of another one.
fn fill(record: &mut Record, field: u8, from: u8) {
    let value = record.get(from).filter(|_| record.get(field).is_none()).map(str::to_owned);
    if let Some(value) = value {
        record.push(field, &value);
    }
}

/// Whether a record can be shown in a version at all.
///
/// 1.1 cannot show a record without a 1.1 form of a word that it demands, nor a
/// person without role or orgs, nor a score or line item without the numbers it
/// demands. A deleted record may lack what it demands.
pub fn shown_in(record: &Record, version: Version) -> bool {
    let entity: &'static Entity = record.kind().entity();
    let demanded = |f: &Field| f.json_required.has(Version::V1P1) && f.in_json(Version::V1P1);
    entity.json.has(version)
        && (version != Version::V1P1
            || entity.fields.iter().zip(0u8..).filter(|(f, _)| demanded(f)).all(|(f, i)| has_old_form(record, i, f)))
}

fn has_old_form(record: &Record, position: u8, field: &Field) -> bool {
    let Some(value) = record.get(position) else {
        let only_old = !field.in_json(Version::V1P2);
        return record.status == Status::ToBeDeleted || !(only_old || matches!(field.ty, Type::Word(_) | Type::Number));
    };
    downgrade_word(field, value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::SEX;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    fn person(role: &str, orgs: &[&str]) -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str("u1");
        user.set(at!(User.role), role);
        orgs.iter().for_each(|org| user.push(at!(User.orgs), org));
        user
    }

    fn types(org: &str) -> Option<&'static str> {
        match org.as_bytes().first()? {
            b'd' => Some("district"),
            b's' => Some("school"),
            b'x' => Some("ext:campus"),
            _ => None,
        }
    }

    fn upgraded(user: &mut Record) -> Vec<Record> {
        let mut roles = Vec::new();
        upgrade_user(user, &types, &mut roles);
        roles
    }

    #[test]
    fn a_role_is_made_for_every_org() {
        let mut user = person("administrator", &["d1", "s1", "x1", "q1", "s1"]);
        user.status = Status::ToBeDeleted;
        let made: Vec<_> = upgraded(&mut user)
            .iter()
            .map(|r| {
                assert_eq!((r.kind(), r.status, r.get(at!(Role.user))), (Kind::Role, user.status, Some("u1")));
                assert_eq!(r.get(at!(Role.roleType)), Some("primary"));
                let get = |field| r.get(field).unwrap_or_default().to_owned();
                (r.sourced_id.clone(), get(at!(Role.role)), get(at!(Role.org)))
            })
            .collect();
        let wanted = [
            ("role.u1.d1.administrator", "districtAdministrator", "d1"),
            ("role.u1.s1.administrator", "siteAdministrator", "s1"),
            ("role.u1.x1.administrator", "systemAdministrator", "x1"),
            ("role.u1.q1.administrator", "systemAdministrator", "q1"),
        ];
        assert_eq!(made, wanted.map(|(id, role, org)| (id.into(), role.into(), org.into())));
        assert_eq!(user.get(at!(User.primaryOrg)), Some("s1"), "the first school");
    }

    #[test]
    fn the_main_org_is_guessed_but_never_overwritten() {
        for (orgs, main) in [(&["d1", "d2"][..], Some("d1")), (&["d1"], Some("d1")), (&[], None)] {
            let mut user = person("student", orgs);
            assert_eq!(upgraded(&mut user).len(), orgs.len());
            assert_eq!(user.get(at!(User.primaryOrg)), main);
        }
        let mut user = person("student", &["s1"]);
        user.push(at!(User.primaryOrg), "d9");
        upgraded(&mut user);
        assert_eq!(user.get(at!(User.primaryOrg)), Some("d9"));
        let mut none = person("", &["s1"]);
        assert!(upgraded(&mut none).is_empty(), "no role, no roles");
    }

    #[test]
    fn long_identifiers_are_hashed() {
        let long = "o".repeat(250);
        let mut user = person("student", &[&long]);
        let id = upgraded(&mut user)[0].sourced_id.clone();
        assert_eq!((id.len(), &id[..5]), (37, "role."));
        assert_eq!(upgraded(&mut person("student", &[&long]))[0].sourced_id, id, "the same at every run");
    }

    fn with_roles(roles: &[(&str, &str, &str)], main: Option<&str>) -> Record {
        let mut user = person("", &[]);
        user.set(at!(User.primaryOrg), main.unwrap_or_default());
        for (kind, word, org) in roles {
            let mut role = Record::new(Kind::Role);
            role.push(at!(Role.roleType), kind);
            role.push(at!(Role.role), word);
            role.push(at!(Role.org), org);
            user.push_row(at!(User.roles), role);
        }
        user
    }

    #[test]
    fn one_role_stands_for_a_person() {
        type Case<'a> = (&'a [(&'a str, &'a str, &'a str)], Option<&'a str>, Option<&'a str>, &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            (&[("primary", "teacher", "a"), ("primary", "aide", "b")], Some("b"), Some("aide"), &["a", "b"]),
            (&[("secondary", "student", "b"), ("primary", "aide", "a")], Some("b"), Some("aide"), &["b", "a"]),
            (&[("secondary", "parent", "a"), ("secondary", "teacher", "a")], None, Some("teacher"), &["a"]),
            (&[("secondary", "ext:x", "a"), ("secondary", "relative", "a")], None, Some("relative"), &["a"]),
            (&[("primary", "principal", "a")], None, Some("administrator"), &["a"]),
            (&[("primary", "counselor", "a")], None, Some("aide"), &["a"]),
            (&[("primary", "ext:coach", "a"), ("secondary", "teacher", "a")], None, None, &["a"]),
            (&[], Some("m"), None, &["m"]),
            (&[], None, None, &[]),
        ];
        for (roles, main, role, orgs) in cases {
            let mut user = with_roles(roles, *main);
            derive_v1p1(&mut user);
            assert_eq!(user.get(at!(User.role)), *role, "{roles:?}");
            assert_eq!(user.list(at!(User.orgs)).collect::<Vec<_>>(), *orgs, "{roles:?}");
            assert_eq!(shown_in(&user, Version::V1P1), role.is_some() && !orgs.is_empty(), "{roles:?}");
            assert!(shown_in(&user, Version::V1P2));
        }
    }

    #[test]
    fn the_dead_roles_of_the_living_count_for_nothing() {
        let mut user = person("teacher", &["a"]);
        let mut role = Record::new(Kind::Role);
        role.status = Status::ToBeDeleted;
        role.push(at!(Role.role), "teacher");
        role.push(at!(Role.org), "a");
        user.push_row(at!(User.roles), role);
        user.status = Status::ToBeDeleted;
        derive_v1p1(&mut user);
        assert_eq!((user.get(at!(User.role)), shown_in(&user, Version::V1P1)), (Some("teacher"), true));
        user.status = Status::Active;
        derive_v1p1(&mut user);
        assert_eq!((user.get(at!(User.role)), shown_in(&user, Version::V1P1)), (None, false));
    }

    #[test]
    fn words_have_a_form_in_the_old_version_or_none() {
        let field = |kind: Kind, name| &kind.entity().fields[usize::from(kind.entity().at(name))];
        for word in SEX.words(Version::V1P2) {
            let old = downgrade_word(field(Kind::Demographics, "sex"), word);
            assert_eq!(old, ["male", "female"].contains(&word).then_some(word));
        }
        let role = field(Kind::Role, "role");
        for word in USER_ROLE.words(Version::V1P2) {
            let old = downgrade_word(role, word).unwrap_or_else(|| panic!("{word} has no 1.1 form"));
            assert!(USER_ROLE.allows(Version::V1P1, old) && PRECEDENCE.contains(&old), "{word} became {old}");
        }
        assert_eq!(downgrade_word(role, "ext:coach"), None);
        assert_eq!(downgrade_word(field(Kind::Enrollment, "role"), "principal"), None);
        assert_eq!(downgrade_word(field(Kind::User, "givenName"), "ext:coach"), Some("ext:coach"));
    }

    #[test]
    fn a_word_that_is_demanded_decides_whether_a_record_is_shown() {
        let cases = [
            (Kind::Org, "type", Some("school"), true),
            (Kind::Org, "type", Some("ext:campus"), false),
            (Kind::AcademicSession, "type", Some("ext:trimester"), false),
            (Kind::Enrollment, "role", Some("ext:observer"), false),
            (Kind::Enrollment, "role", None, false),
            (Kind::Class, "classType", Some("ext:lab"), true),
            (Kind::Demographics, "sex", Some("other"), true),
            (Kind::ScoreScale, "type", Some("letters"), false),
        ];
        for (kind, name, word, shown) in cases {
            let mut record = Record::new(kind);
            record.set(kind.entity().at(name), word.unwrap_or_default());
            assert_eq!(shown_in(&record, Version::V1P1), shown, "{kind:?} {word:?}");
            assert!(shown_in(&record, Version::V1P2));
            record.status = Status::ToBeDeleted;
            assert_eq!(shown_in(&record, Version::V1P1), shown || word.is_none(), "{kind:?} {word:?}, deleted");
        }
        assert!(!shown_in(&Record::new(Kind::Role), Version::V1P1), "1.1 has no roles");
    }

    #[test]
    fn scores_need_their_numbers_in_the_old_version() {
        let mut result = Record::new(Kind::Result);
        result.push(at!(Result.scoreStatus), "fully graded");
        assert!(!shown_in(&result, Version::V1P1));
        result.push(at!(Result.score), "12.5");
        assert!(shown_in(&result, Version::V1P1));
    }

    fn letters() -> ScaleValues {
        let mut scale = Record::new(Kind::ScoreScale);
        for (letter, number) in [("A+", "100"), ("A", "94"), ("B", "80-93"), ("F", "0-59")] {
            scale.push_pair(at!(ScoreScale.scoreScaleValue), letter, number);
        }
        ScaleValues::of(&scale)
    }

    #[test]
    fn a_line_item_takes_its_bounds_from_its_scale() {
        let mut item = Record::new(Kind::LineItem);
        item.push(at!(LineItem.academicSession), "t1");
        item.push(at!(LineItem.resultValueMax), "50");
        item.push(at!(LineItem.school), "s1");
        let mut bare = item.clone();
        assert_eq!(downgrade_line_item(&mut item, Some(&letters())), [at!(LineItem.resultValueMin)]);
        assert_eq!(item.get(at!(LineItem.gradingPeriod)), Some("t1"));
        assert_eq!(
            (item.get(at!(LineItem.resultValueMin)), item.get(at!(LineItem.resultValueMax))),
            (Some("0"), Some("50"))
        );
        assert!(shown_in(&item, Version::V1P1));
        assert!(downgrade_line_item(&mut bare, None).is_empty() && !shown_in(&bare, Version::V1P1));
        settle_session(&mut item);
        assert_eq!(item.get(at!(LineItem.academicSession)), Some("t1"), "the way back");
    }

    #[test]
    fn a_text_score_becomes_the_number_of_its_scale_or_none() {
        for (text, number) in [("A", Some("94")), ("94", None), ("B", None), ("excellent", None)] {
            let mut result = Record::new(Kind::Result);
            result.push(at!(Result.textScore), text);
            downgrade_result(&mut result, Some(&letters()));
            assert_eq!(result.get(at!(Result.score)), number, "{text}");
        }
        let mut result = Record::new(Kind::Result);
        result.push(at!(Result.score), "7");
        result.push(at!(Result.textScore), "A");
        assert!(downgrade_result(&mut result, Some(&letters())).is_empty());
        assert_eq!(result.get(at!(Result.score)), Some("7"), "a number is never replaced");
    }

    proptest! {
        #[test]
        fn downgrading_undoes_upgrading(
            word in prop::sample::select(USER_ROLE.words(Version::V1P1).collect::<Vec<_>>()),
            orgs in prop::collection::hash_map("[a-z]{1,3}", prop::sample::select(
                &[None, Some("school"), Some("district"), Some("state"), Some("ext:x")][..]), 1..6),
            name in "\\PC{1,10}",
            deleted in any::<bool>(),
        ) {
            let kinds: HashMap<String, Option<&str>> = orgs;
            let mut user = Record::new(Kind::User);
            user.sourced_id.push_str("u1");
            user.status = if deleted { Status::ToBeDeleted } else { Status::Active };
            user.push(at!(User.familyName), &name);
            user.push(at!(User.role), word);
            kinds.keys().for_each(|org| user.push(at!(User.orgs), org));
            let original = user.clone();
            let mut roles = Vec::new();
            upgrade_user(&mut user, &|org| kinds.get(org).copied().flatten(), &mut roles);

            let ids: HashSet<_> = roles.iter().map(|r| r.sourced_id.clone()).collect();
            prop_assert_eq!(ids.len(), kinds.len());
            for role in roles {
                prop_assert!(USER_ROLE.allows(Version::V1P2, role.get(at!(Role.role)).unwrap_or_default()));
                user.push_row(at!(User.roles), role);
            }
            derive_v1p1(&mut user);
            // What only 1.2 shows falls away.
            user.set(at!(User.primaryOrg), "");
            prop_assert_eq!(user.list(at!(User.orgs)).collect::<Vec<_>>(), original.list(at!(User.orgs)).collect::<Vec<_>>());
            prop_assert_eq!(user.digest(), original.clone().digest());
            prop_assert!(shown_in(&user, Version::V1P1));
        }
    }
}
