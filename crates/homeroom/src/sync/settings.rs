//! What can be set of a source: a row of the table each.

use super::schedule;
use crate::intake::{kind_named, words};
use crate::mail;
use oneroster::model::{Kind as OneRoster, Place, is_sourced_id};
use oneroster_client::vendor::{VENDORS, Vendor};

/// What a source is fetched from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A OneRoster provider, over REST.
    Oneroster,
    /// Packages: a file, a folder, an address, a folder on an SFTP server.
    Csv,
    /// A district at Clever, over Clever's own interface.
    Clever,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Oneroster, Kind::Csv, Kind::Clever];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Oneroster => "oneroster",
            Kind::Csv => "csv",
            Kind::Clever => "clever",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The form of a value.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Any text.
    Text,
    /// An address: `https://`, and what else is said.
    Url(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A share in percent.
    Percent,
    /// A number from 1 on.
    Count,
    /// A time such as `24h`.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, parted by commas.
    Words(&'static [&'static str]),
    /// A cron expression.
    Cron,
    /// A time zone of the IANA.
    Zone,
    /// Days and hours in which nothing is fetched.
    Pauses,
    /// Identifiers, parted by commas.
    Ids,
    /// Codes of repairs that are consented to.
    Codes,
    /// Widths of identifiers by their file, parted by commas.
    Widths,
    /// The name of a vendor whose habits are known.
    Vendor,
    /// The beginning of an identifier.
    Prefix,
    /// Addresses of mail, parted by commas.
    Addresses,
    /// Names of entities, parted by commas.
    Kinds,
    /// Names of collections that are read by themselves, parted by commas.
    Collections,
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// The kinds that have it.
    pub kinds: &'static [Kind],
    /// The form of its value.
    pub form: Form,
    /// What holds if it is not set; empty if nothing does.
    pub usual: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
}

const fn row(key: &'static str, kinds: &'static [Kind], form: Form, usual: &'static str, doc: &'static str) -> Setting {
    Setting { key, kinds, form, usual, doc }
}

const ALL: &[Kind] = &Kind::ALL;
const CSV: &[Kind] = &[Kind::Csv];
const REST: &[Kind] = &[Kind::Oneroster];
const FAR: &[Kind] = &[Kind::Oneroster, Kind::Clever];

/// The services of the standard, in the order of the model.
pub const SERVICES: &[&str] = &["rostering", "resources", "gradebook", "assessment"];

/// Every setting.
pub static SETTINGS: &[Setting] = &[
    row("path", CSV, Form::Text, "", "A package, or the folder into which packages are dropped."),
    row(
        "url",
        ALL,
        Form::Url(&["http", "sftp"]),
        "",
        "Where the provider, the package or the SFTP folder is: https://, sftp://USER@HOST/FOLDER; of Clever, if not the usual one.",
    ),
    row("insecure", ALL, Form::Flag, "false", "Whether plain http may be spoken with another machine."),
    row(
        "archive",
        CSV,
        Form::Text,
        "archive",
        "The folder below a drop folder into which packages are moved that were taken.",
    ),
    row("failed", CSV, Form::Text, "failed", "The same for packages that could not be taken."),
    row("settle", CSV, Form::Time, "30s", "How long a package in a drop folder must lie unchanged before it is taken."),
    row("host-key", CSV, Form::Text, "", "The fingerprint of the SFTP server's key, as SHA256:..."),
    row("token-url", REST, Form::Url(&["http"]), "", "Where the provider gives tokens."),
    row("client-id", ALL, Form::Text, "", "By which name the provider knows us."),
    row("auth", REST, Form::Word(&["oauth2", "oauth1", "bearer"]), "oauth2", "How we prove who we are."),
    row("scopes", REST, Form::Text, "", "The scopes to ask a token for, parted by spaces; without it, those that fit."),
    row(
        "organisation",
        REST,
        Form::Text,
        "",
        "Which organisation tokens are for, of a vendor whose tokens are for one (sims): the number that it has there.",
    ),
    row(
        "oneroster",
        REST,
        Form::Word(&["1.0", "1.1", "1.2"]),
        "1.2",
        "The version that the provider speaks; of 1.0 rostering only, which no provider at hand has proven.",
    ),
    row(
        "page",
        FAR,
        Form::Count,
        "",
        "How many records to ask for at once; without it, as many as the provider bears.",
    ),
    row(
        "prefix",
        ALL,
        Form::Prefix,
        "",
        "What stands before every identifier, so that several sources make one roster.",
    ),
    row(
        "prefix-except",
        ALL,
        Form::Kinds,
        "",
        "Entities whose identifiers go without it, such as orgs that two sources both send, parted by commas.",
    ),
    row("vendor", REST, Form::Vendor, "", "Whose program the provider is, so that its habits are reckoned with."),
    row(
        "leave-out",
        REST,
        Form::Collections,
        "",
        "Collections that are not asked for, such as demographics, parted by commas.",
    ),
    row(
        "services",
        REST,
        Form::Words(SERVICES),
        "rostering",
        "What is asked for: rostering, resources, gradebook, assessment (tests outside the gradebook, 1.2), parted by commas.",
    ),
    row(
        "grades",
        REST,
        Form::Word(&["home"]),
        "",
        "Whether what applications write of the gradebook goes there: home.",
    ),
    row(
        "full-every",
        REST,
        Form::Time,
        "24h",
        "How often everything is fetched, which alone can prove deletions; between, only changes are.",
    ),
    row(
        "overlap",
        REST,
        Form::Time,
        "10min",
        "How far behind the latest change seen the next question for changes begins.",
    ),
    row("at-once", REST, Form::Count, "2", "How many collections to read side by side, as far as the vendor bears it."),
    row("rate", REST, Form::Count, "", "How many requests to make in a second at most; without it, as they come."),
    row("tries", FAR, Form::Count, "5", "How often a request is made in all before it counts as failed."),
    row("patience", FAR, Form::Time, "5min", "How long to wait at most when a provider asks for patience."),
    row("resume", REST, Form::Time, "6h", "For how long a fetch that broke off can go on where it was."),
    row("assume", CSV, Form::Word(&["1.0", "1.1", "1.2"]), "", "The version of a package that does not say."),
    row("consent", CSV, Form::Codes, "", "Repairs that are done only by consent, by their codes."),
    row(
        "pad",
        CSV,
        Form::Widths,
        "",
        "How many digits the identifiers of a file have, where leading zeros are lost: users=8,classes=6.",
    ),
    row("strict", CSV, Form::Flag, "false", "Whether any error refuses a package whole."),
    row(
        "timezone",
        ALL,
        Form::Zone,
        "",
        "The time zone of the schedule, and of times without one; without it, the district's.",
    ),
    row(
        "approve",
        ALL,
        Form::Word(&["guarded", "never"]),
        "guarded",
        "Whether a scheduled fetch is written unless a guard holds it, or always waits for a yes.",
    ),
    row("max-removed", ALL, Form::Percent, "", "The share of a type that a scheduled fetch may remove."),
    row("schedule", ALL, Form::Cron, "", "When to fetch: a cron expression such as \"0 2 * * *\"."),
    row(
        "pause",
        ALL,
        Form::Pauses,
        "",
        "When not to: days of every year (06-20..08-10), days, or hours (07:00..16:00), parted by commas.",
    ),
    row(
        "notify-url",
        ALL,
        Form::Url(&["http"]),
        "",
        "Where the outcome of a scheduled fetch is posted, signed if there is a secret for it.",
    ),
    row(
        "mail-to",
        ALL,
        Form::Addresses,
        "",
        "Who gets a letter of the outcome of a scheduled fetch, parted by commas.",
    ),
    row("notify", ALL, Form::Word(&["all", "changes", "problems"]), "problems", "Which outcomes are told."),
];

/// The longest prefix: identifiers have 255 characters.
const LONGEST_PREFIX: usize = 40;

/// The settings by which what is fetched is another roster, or is read otherwise:
/// when one of them is changed, everything is fetched anew.
pub const IDENTITY: &[&str] = &[
    "url",
    "path",
    "oneroster",
    "client-id",
    "organisation",
    "leave-out",
    "services",
    "prefix",
    "prefix-except",
    "vendor",
    "assume",
    "consent",
    "pad",
    "strict",
];

/// The setting of a name, if a kind has it.
///
/// # Errors
/// A sentence for people, with what there is.
pub fn find(kind: Kind, key: &str) -> Result<&'static Setting, String> {
    let of_kind = || SETTINGS.iter().filter(|setting| setting.kinds.contains(&kind));
    of_kind().find(|setting| setting.key == key).ok_or_else(|| {
        let names: Vec<&str> = of_kind().map(|setting| setting.key).collect();
        format!("a {} source has no setting {key:?}; it has {}", kind.word(), names.join(", "))
    })
}

/// The row of a setting, whatever kind has it.
pub(super) fn usual(key: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|setting| setting.key == key).map(|setting| setting.usual).filter(|usual| !usual.is_empty())
}

impl Setting {
    /// Whether a value has the form.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let told = match self.form {
            Form::Text => Ok(()),
            Form::Url(schemes) => url(value, schemes),
            Form::Flag => word(value, &["true", "false"]),
            Form::Percent => words::percent(value).map(drop),
            Form::Count => match value.parse::<u32>() {
                Ok(1..) => Ok(()),
                _ => Err("it is a number from 1 on".to_owned()),
            },
            Form::Time => time(value).map(drop),
            Form::Word(words) => word(value, words),
            Form::Words(words) => value.split(',').try_for_each(|one| word(one.trim(), words)),
            Form::Cron => schedule::cron(value).map(drop),
            Form::Zone => words::zone(value).map(drop),
            Form::Pauses => schedule::pauses(value).map(drop),
            Form::Ids => Ok(()),
            Form::Addresses => mail::addresses(value).map(drop),
            Form::Kinds => kinds(value).map(drop),
            Form::Collections => value.split(',').try_for_each(|name| collection(name.trim())),
            Form::Vendor => vendor(value),
            Form::Prefix => match is_sourced_id(value) && value.len() <= LONGEST_PREFIX {
                true => Ok(()),
                false => Err(format!("it has 1 to {LONGEST_PREFIX} letters, digits and . - _ / @")),
            },
            Form::Widths => value.split(',').try_for_each(|width| words::pad(width).map(drop)),
            Form::Codes => value.split(',').try_for_each(|code| words::code(code).map(drop)),
        };
        let odd =
            value.trim() != value || value.is_empty() || value.len() > 4_000 || value.chars().any(char::is_control);
        let plain = if odd { Err("write it without spaces around it, and not empty".to_owned()) } else { Ok(()) };
        plain.and(told).map_err(|told| format!("{}: {told}", self.key))
    }
}

/// The entities of a list of their names.
///
/// # Errors
/// A sentence for people.
pub fn kinds(value: &str) -> Result<Vec<OneRoster>, String> {
    let named = |name: &str| {
        let name = name.trim();
        kind_named(name).ok_or_else(|| format!("{name:?} is not the name of a OneRoster file, such as orgs"))
    };
    value.split(',').map(named).collect()
}

/// A name that is none would leave nothing out, and nobody would see it.
fn collection(name: &str) -> Result<(), String> {
    let read = || OneRoster::all().map(OneRoster::entity).filter(|entity| entity.place == Place::Class);
    match read().any(|entity| entity.plural == name) {
        true => Ok(()),
        false => Err(format!(
            "{name:?} is not a collection that is asked for; these are: {}",
            read().map(|entity| entity.plural).collect::<Vec<_>>().join(", ")
        )),
    }
}

fn vendor(value: &str) -> Result<(), String> {
    match Vendor::named(value) {
        Some(_) => Ok(()),
        None => {
            Err(format!("it is one of {}", VENDORS.iter().map(|vendor| vendor.name).collect::<Vec<_>>().join(", ")))
        }
    }
}

fn word(value: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&value) { Ok(()) } else { Err(format!("it is one of {}", words.join(", "))) }
}

fn url(value: &str, schemes: &[&str]) -> Result<(), String> {
    let Some((scheme, rest)) = value.split_once("://") else {
        return Err("write the whole address, for example https://sis.example.org".to_owned());
    };
    if scheme != "https" && !schemes.contains(&scheme) {
        return Err(format!("an address here begins with https:// or {}://", schemes.join(":// or ")));
    }
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("write the whole address, without spaces".to_owned());
    }
    if scheme != "sftp" && host.contains('@') {
        return Err("write no name or password into the address; give them by client-id and --secret-file".to_owned());
    }
    if scheme == "sftp" && host.split('@').next().is_some_and(|user| user.contains(':')) {
        return Err("write no password into the address; give it by --secret-file".to_owned());
    }
    Ok(())
}

/// A time such as `24h`, in milliseconds.
///
/// # Errors
/// A sentence for people.
pub fn time(text: &str) -> Result<i64, String> {
    words::time(text).ok_or_else(|| "write a time such as 30s, 10min, 24h or 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_has_the_form_of_its_setting() {
        for setting in SETTINGS {
            assert!(setting.usual.is_empty() || setting.check(setting.usual).is_ok(), "{}", setting.key);
            assert!(!setting.kinds.is_empty() && setting.doc.ends_with(['.', '"', '.']), "{}", setting.key);
        }
        for (at, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS[at + 1..].iter().all(|other| other.key != setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn values_of_another_form_are_told_apart() {
        let bad = [
            (Kind::Csv, "url", "ftp://x/y"),
            (Kind::Csv, "url", "https://"),
            (Kind::Csv, "url", "https://me:secret@x/y"),
            (Kind::Csv, "url", "sftp://me:secret@x/y"),
            (Kind::Oneroster, "page", "0"),
            (Kind::Oneroster, "auth", "basic"),
            (Kind::Oneroster, "vendor", "nobody"),
            (Kind::Oneroster, "prefix", "a b"),
            (Kind::Csv, "prefix-except", "orgs,people"),
            (Kind::Csv, "settle", "soon"),
            (Kind::Oneroster, "leave-out", "demographics, enrolments"),
            (Kind::Csv, "schedule", "0 2 30 2 *"),
            (Kind::Csv, "schedule", "every night"),
            (Kind::Csv, "timezone", "Mars/Olympus"),
            (Kind::Csv, "pause", "07:00"),
            (Kind::Csv, "consent", "D1"),
            (Kind::Csv, "pad", "people=8"),
            (Kind::Csv, "path", ""),
        ];
        for (kind, key, value) in bad {
            let told = find(kind, key).unwrap().check(value).unwrap_err();
            assert!(told.starts_with(&format!("{key}: ")) && !told.contains("secret@"), "{told}");
        }
        let good = [
            (Kind::Csv, "url", "sftp://me@x:22/in"),
            (Kind::Csv, "settle", "0s"),
            (Kind::Csv, "prefix", "n-"),
            (Kind::Csv, "pad", "users=8,classes=6"),
            (Kind::Csv, "prefix-except", "orgs, academicSessions"),
            (Kind::Oneroster, "full-every", "7d"),
        ];
        for (kind, key, value) in good {
            assert_eq!(find(kind, key).unwrap().check(value), Ok(()), "{key}");
        }
        assert!(find(Kind::Csv, "page").unwrap_err().contains("it has path, url"));
    }
}
