//! The files about people: users, userProfiles, roles, demographics.

use super::Options;
use super::calendar::date_of;
use super::days::Story;
use super::out::Package;
use super::people::{Office, Part, Person, Who, people};
use super::rng::Key;
use super::rows::{Row, Sheet};
use super::schools::{District, grade_code};
use oneroster::at;
use oneroster::model::{Kind, Version};

const STUDENT_MAIL: &str = "students.riverbend.example";
const STAFF_MAIL: &str = "riverbend.example";
const FAMILY_MAIL: &str = "mail.example";

/// Writes users.csv.
pub fn users(district: &District, story: &Story<'_>, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::User, options, &["homeLanguage"]);
    people(district, story, Who::All, &mut |person| {
        let username = person.username();
        let id = person.id;
        // Guardians may be kept from signing in; nobody in a class is.
        let blocked = matches!(person.part, Part::Guardian) && person.key.with(20).chance(4_000);
        let row = sheet.row(id.as_str()).set(at!(User.enabledUser), !blocked);
        let row = row.inactive(blocked);
        let orgs = person.offices.iter().filter(|o| !(options.is_old() && is_department(person, o)));
        let row = row.list(at!(User.orgs), orgs.map(|o| &o.org));
        let row = row.text(at!(User.role), word(person.role, Version::V1P1));
        let row = row.text(at!(User.username), &username);
        let row = names(row, person);
        let row = contact(row, person, &username);
        let row = row.list(at!(User.agents), person.agents.iter().map(|id| id.as_str()));
        let row = row.text(at!(User.primaryOrg), person.offices.first().map_or("", |o| &o.org));
        let row = match person.part {
            Part::Student { grade, .. } => row.text(at!(User.grades), grade_code(grade)),
            _ => row,
        };
        let language = if matches!(person.part, Part::Staff(_)) { "" } else { person.culture.language };
        row.metadata(0, language).end()
    })?;
    sheet.finish()
}

/// Whether an office is in a department of another one's school.
fn is_department(person: &Person, office: &Office) -> bool {
    person.offices.iter().any(|o| office.org.strip_prefix(o.org.as_str()).is_some_and(|rest| rest.starts_with('-')))
}

fn names<'s, 'a>(row: Row<'s, 'a>, person: &Person) -> Row<'s, 'a> {
    let row = row.text(at!(User.givenName), person.given()).text(at!(User.familyName), &person.family());
    let row = row.text(at!(User.middleName), person.middle().unwrap_or_default());
    let row = row.text(at!(User.preferredFirstName), person.preferred().unwrap_or_default());
    let pronouns = match person.key.with(23).below(60) {
        0 => "they/them",
        1..4 if person.is_female() => "she/her",
        1..4 => "he/him",
        _ => "",
    };
    row.text(at!(User.pronouns), pronouns)
}

fn contact<'s, 'a>(row: Row<'s, 'a>, person: &Person, username: &str) -> Row<'s, 'a> {
    let identifier = person.identifier();
    let row = row.text(at!(User.identifier), &identifier);
    match person.part {
        Part::Student { .. } => row
            .set(at!(User.userIds), format_args!("{{ldap:{username}}},{{state:{identifier}}}"))
            .set(at!(User.email), format_args!("{username}@{STUDENT_MAIL}"))
            .text(at!(User.userMasterIdentifier), person.key.with(24).uuid().as_str()),
        Part::Staff(_) => row
            .set(at!(User.userIds), format_args!("{{ldap:{username}}}"))
            .set(at!(User.email), format_args!("{username}@{STAFF_MAIL}"))
            .text(at!(User.phone), &person.phone(0))
            .text(at!(User.userMasterIdentifier), person.key.with(24).uuid().as_str()),
        Part::Guardian => {
            let mobile = person.phone(1);
            let row = row.text(at!(User.sms), if person.key.with(25).chance(70_000) { &mobile } else { "" });
            let row = row.text(at!(User.phone), &person.phone(0));
            row.set(at!(User.email), format_args!("{username}@{FAMILY_MAIL}"))
        }
    }
}

/// A role word in a version: 1.1 knows fewer kinds of administrators, and no
/// counselors (csv.md 6.4).
fn word(role: &'static str, version: Version) -> &'static str {
    match role {
        _ if version != Version::V1P1 => role,
        "principal" | "siteAdministrator" | "districtAdministrator" | "systemAdministrator" => "administrator",
        "counselor" => "aide",
        _ => role,
    }
}

/// Writes roles.csv, where the version has it: the main place of a person
/// first. A second place is held as a further role.
pub fn roles(district: &District, story: &Story<'_>, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    if !Kind::Role.entity().csv.has(options.version()) {
        return Ok(());
    }
    let mut sheet = Sheet::new(package, Kind::Role, options, &[]);
    people(district, story, Who::All, &mut |person| {
        for (n, office) in person.offices.iter().enumerate() {
            let Office { org, since } = office;
            let row = sheet.row(person.role_id(office).as_str()).text(at!(Role.user), person.id.as_str());
            let row = row.text(at!(Role.roleType), if n == 0 { "primary" } else { "secondary" });
            let row = row.text(at!(Role.role), word(person.role, options.version())).text(at!(Role.org), org);
            let row = if *since > 0 { row.set(at!(Role.beginDate), date_of(*since)) } else { row };
            let row = if n == 0 && person.has_profile() {
                row.text(at!(Role.userProfile), person.profile_id().as_str())
            } else {
                row
            };
            row.end()?;
        }
        Ok(())
    })?;
    sheet.finish()
}

/// Writes userProfiles.csv, where the version has it.
pub fn profiles(
    district: &District,
    story: &Story<'_>,
    options: &Options,
    package: &mut Package,
) -> anyhow::Result<()> {
    if !Kind::UserProfile.entity().csv.has(options.version()) {
        return Ok(());
    }
    let mut sheet = Sheet::new(package, Kind::UserProfile, options, &[]);
    people(district, story, Who::Staff, &mut |person| {
        if !person.has_profile() {
            return Ok(());
        }
        let row = sheet.row(person.profile_id().as_str()).text(at!(UserProfile.user), person.id.as_str());
        let row = row.text(at!(UserProfile.profileType), "gradebook").text(at!(UserProfile.vendorId), "example.net");
        let row = row.text(at!(UserProfile.applicationId), "gradebook-pro");
        let row = row.text(at!(UserProfile.description), "Account for grading, attendance and reports");
        let row = row.text(at!(UserProfile.type), "username").text(at!(UserProfile.username), &person.username());
        row.end()
    })?;
    sheet.finish()
}

/// Writes demographics.csv: the students.
pub fn demographics(
    district: &District,
    story: &Story<'_>,
    options: &Options,
    package: &mut Package,
) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Demographics, options, &[]);
    people(district, story, Who::Students, &mut |person| {
        let Some(birth) = person.birth() else { return Ok(()) };
        let row = sheet.row(person.id.as_str()).set(at!(Demographics.birthDate), birth);
        let row = row.text(at!(Demographics.sex), sex(person, options));
        let row = origins(row, person.key.with(31), person.culture.language);
        birthplace(row, person.key.with(32)).end()
    })?;
    sheet.finish()
}

fn sex(person: &Person, options: &Options) -> &'static str {
    if options.is_old() {
        return if person.is_female() { "Female" } else { "Male" };
    }
    let word = match person.key.with(30).below(300) {
        0 => "unspecified",
        1 => "other",
        _ if person.is_female() => "female",
        _ => "male",
    };
    // 1.1 has no word for the first two, and a blank is no claim (csv.md 6.4).
    let known = oneroster::model::vocabulary::SEX.allows(options.version(), word);
    if known { word } else { "" }
}

fn origins<'s, 'a>(row: Row<'s, 'a>, key: Key, language: &str) -> Row<'s, 'a> {
    let draw = key.below(100);
    let hispanic = language == "es" || key.with(1).chance(6_000);
    let asian = matches!(language, "zh" | "vi" | "hi" | "ko") || draw < 3;
    let black = language == "en" && (3..25).contains(&draw);
    let native = language == "en" && (25..31).contains(&draw);
    let pacific = language == "haw";
    let white = !(asian || black || native || pacific) || key.with(2).chance(5_000);
    let count = [asian, black, native, pacific, white].into_iter().filter(|&one| one).count();
    row.set(at!(Demographics.americanIndianOrAlaskaNative), native)
        .set(at!(Demographics.asian), asian)
        .set(at!(Demographics.blackOrAfricanAmerican), black)
        .set(at!(Demographics.nativeHawaiianOrOtherPacificIslander), pacific)
        .set(at!(Demographics.white), white)
        .set(at!(Demographics.demographicRaceTwoOrMoreRaces), count > 1)
        .set(at!(Demographics.hispanicOrLatinoEthnicity), hispanic)
}

fn birthplace<'s, 'a>(row: Row<'s, 'a>, key: Key) -> Row<'s, 'a> {
    const PLACES: [(&str, &str, &str); 10] = [
        ("US", "WA", "Spokane"),
        ("US", "WA", "Walla Walla"),
        ("US", "OR", "Portland"),
        ("US", "CA", "San José"),
        ("US", "NM", "Española"),
        ("US", "MO", "St. Louis"),
        ("US", "DC", "Washington, D.C."),
        ("MX", "", "Mérida"),
        ("VN", "", "Huế"),
        ("DE", "", "Köln"),
    ];
    let place = if key.chance(75_000) { 0..6 } else { 0..PLACES.len() };
    let (country, state, city) = key.with(1).pick(&PLACES[place]);
    row.text(at!(Demographics.countryOfBirthCode), country)
        .text(at!(Demographics.stateOfBirthAbbreviation), state)
        .text(at!(Demographics.cityOfBirth), city)
        .text(at!(Demographics.publicSchoolResidenceStatus), if key.with(2).chance(96_000) { "01652" } else { "01653" })
}
