//! Accounts of people: what they shall be like, and who is skipped.

use super::names;
use super::scene::{Person, Scene};
use super::settings::{Password, Settings};
use super::wish::Wish;
use oneroster::at;
use oneroster::record::{Record, id_digest};

/// The longest number for people.
const ID_NUMBER: usize = 255;
/// Names that Moodle has for itself.
const RESERVED: [&str; 2] = ["guest", "admin"];

/// What is held of a person.
pub(super) fn person(user: &Record, settings: &Settings) -> Person {
    let digest = |text: Option<String>| text.map_or(0, |text| id_digest(&text));
    Person {
        id: user.sourced_id.as_str().into(),
        enabled: user.get(at!(User.enabledUser)) != Some("false"),
        username: digest(username(user, settings).ok()),
        email: digest(user.get(at!(User.email)).and_then(names::email)),
        username_taken: false,
        email_taken: false,
    }
}

/// The username by the rule.
fn username(user: &Record, settings: &Settings) -> Result<String, String> {
    let text = match settings.username.as_str() {
        "identifier" => user.get(at!(User.identifier)),
        "email" => user.get(at!(User.email)),
        "sourcedId" => Some(user.sourced_id.as_str()),
        _ => user.get(at!(User.username)),
    };
    let name = names::username(text.unwrap_or_default(), settings.replace_usernames).map_err(|why| match text {
        None => format!("has no {} to make a username of", settings.username),
        Some(_) => why,
    })?;
    if RESERVED.contains(&name.as_str()) {
        return Err(format!("has the username {name}, which Moodle has for itself"));
    }
    Ok(name)
}

/// The address: the own one, a stand-in, or why there is none.
fn email(user: &Record, person: &Person, settings: &Settings) -> Result<String, String> {
    let own = user.get(at!(User.email)).and_then(names::email);
    let taken = person.email_taken && settings.shared_email != "keep";
    match (own, &settings.missing_email) {
        (Some(own), _) if !taken => Ok(own),
        (Some(_), _) if settings.shared_email == "skip" => {
            Err("has an e-mail address that another person has; shared-email=replace gives a stand-in".to_owned())
        }
        (_, Some(domain)) => Ok(names::stand_in(&user.sourced_id, domain)),
        (_, None) => {
            Err("has no e-mail address, which Moodle demands; missing-email=DOMAIN gives a stand-in".to_owned())
        }
    }
}

/// What the account of a person shall be like, or why there is to be none.
pub(super) fn wish(user: &Record, person: &Person, settings: &Settings) -> Result<Wish, String> {
    let text = |field| names::name(user.get(field).unwrap_or_default());
    if user.sourced_id.len() > ID_NUMBER {
        return Err(format!("has a sourcedId of more than {ID_NUMBER} characters"));
    }
    if person.username_taken {
        return Err("has a username that another person has".to_owned());
    }
    let preferred =
        Some(text(at!(User.preferredFirstName))).filter(|name| settings.preferred_names && !name.is_empty());
    let (first, last) = (preferred.unwrap_or_else(|| text(at!(User.givenName))), text(at!(User.familyName)));
    if first.is_empty() || last.is_empty() {
        return Err("has no first or no last name, and Moodle demands both".to_owned());
    }
    Ok(Wish::default()
        .text("username", username(user, settings)?)
        .text("firstname", first)
        .text("lastname", last)
        .text("email", email(user, person, settings)?)
        .text("idnumber", &user.sourced_id)
        .text("suspended", if person.enabled { "0" } else { "1" }))
}

/// What a new account is told besides.
pub(super) fn credentials(user: &Record, settings: &Settings, chance: &[u8; 16]) -> Wish {
    let wish = Wish::default().text("auth", &settings.auth);
    // Long, and of every sort of character that a policy asks for.
    let random = || {
        let digits: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("Hr-{digits}-9Z")
    };
    match settings.password {
        Password::None => wish,
        Password::Mail => wish.text("createpassword", "1"),
        Password::Random => wish.text("password", random()),
        Password::Sis => {
            let own = user.get(at!(User.password)).filter(|password| !password.is_empty());
            wish.text("password", own.map_or_else(random, str::to_owned))
        }
    }
}

/// Finds who shares a username or an address. Whoever has an account keeps
/// theirs; of the others, the first sourcedId.
pub(super) fn claims(scene: &mut Scene, has_account: &dyn Fn(&str) -> bool) {
    let mut order: Vec<usize> = (0..scene.people.len()).collect();
    order.sort_by_cached_key(|at| (!has_account(&scene.people[*at].id), scene.people[*at].id.clone()));
    let (mut usernames, mut emails) = (hashbrown::HashSet::new(), hashbrown::HashSet::new());
    for at in order {
        let person = &mut scene.people[at];
        person.username_taken = person.username != 0 && !usernames.insert(person.username);
        person.email_taken = person.email != 0 && !emails.insert(person.email);
    }
}
