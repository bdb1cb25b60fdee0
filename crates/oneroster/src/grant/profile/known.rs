//! The table of profiles. Each row says where it is known from.

use super::make::{ALL, How, Make, NEEDED, SOURCED_ID};
use super::needs::{Need, Rule};
use crate::at;
use crate::grant::GUARDIANS;
use crate::model::Kind;

/// A profile.
#[derive(Debug)]
pub struct Known {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The scopes that such an application asks for, by their short names.
    pub scopes: &'static [&'static str],
    /// What can be set.
    pub settings: &'static [Setting],
    /// What is made for it.
    pub makes: &'static [Make],
    /// The setting that says whether identifiers are spelled for URLs.
    pub(super) spells: Option<&'static str>,
    /// What would stop it.
    pub needs: &'static [Need],
    /// What is to be done at the other side, whatever the roster holds.
    pub advice: &'static [&'static str],
}

/// Something that can be set of a profile.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it decides.
    pub doc: &'static str,
    /// Its usual value.
    pub usual: &'static str,
    /// What else it may be.
    pub(super) accepts: Accepts,
}

/// What a setting may be.
#[derive(Debug)]
pub(super) enum Accepts {
    /// One of these fields of a person, or the sourcedId.
    Field(&'static [u8]),
    /// A domain.
    Domain,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Accepts {
    /// Says what there is if a value is none of it.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        match self {
            Accepts::Field(fields) => {
                let name = |at: &u8| Kind::User.entity().fields.get(usize::from(*at)).map(|field| field.name);
                let all: Vec<&str> = fields.iter().filter_map(name).chain([SOURCED_ID]).collect();
                if all.contains(&value) { Ok(()) } else { Err(format!("there are {}", all.join(", "))) }
            }
            Accepts::Word(words) if words.contains(&value) => Ok(()),
            Accepts::Word(words) => Err(format!("there are {}", words.join(", "))),
            Accepts::Domain => {
                let label = |label: &str| {
                    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                    (1..=63).contains(&label.len()) && label.bytes().all(fits)
                };
                let fits = value.len() <= 100 && value.contains('.') && value.split('.').all(label);
                if fits { Ok(()) } else { Err("write a domain in lower case, such as school.example".to_owned()) }
            }
        }
    }
}

/// Stands for a profile that is not in the table.
pub(super) static NOTHING: Known =
    Known { name: "", doc: "", scopes: &[], settings: &[], makes: &[], spells: None, needs: &[], advice: &[] };

/// Identifiers are spelled for URLs.
pub(super) const SPELLED: &str = "spelled";
/// Identifiers are shown as they are.
const OWN: &str = "own";

const READ: &[&str] = &["roster-core.readonly", "roster.readonly"];

/// Moodle's plugin enrol_oneroster at commit 41c0cae, run in Moodle 4.3 and 4.4.
const PLUGIN: &str = "enrol_oneroster 41c0cae, measured on Moodle 4.3 and 4.4.1";
/// How Google's conformance notebook and its guide for partners ask.
const GOOGLE: &str = "googleworkspace/oneroster-integration-conformance-tests; support.google.com/edu/classroom";
/// Microsoft's pages on School Data Sync.
const MICROSOFT: &str = "learn.microsoft.com/schooldatasync, data ingestion with OneRoster API and CSV v2.1";

/// Every profile.
pub static PROFILES: &[Known] = &[MOODLE, CLASSROOM, SDS];

const MOODLE: Known = Known {
    name: "moodle-plugin",
    doc: "Moodle's own plugin enrol_oneroster",
    scopes: READ,
    settings: &[
        Setting {
            name: "identifier",
            doc: "the member that Moodle's username is made from",
            usual: "username",
            accepts: Accepts::Field(&[
                at!(User.username),
                at!(User.identifier),
                at!(User.email),
                at!(User.userMasterIdentifier),
            ]),
        },
        Setting {
            name: "told-apart",
            doc: "whose username ends in a code made of the sourcedId: of those whose name lost letters, or of all, so \
                  that no two are alike",
            usual: NEEDED,
            accepts: Accepts::Word(&[NEEDED, ALL]),
        },
        Setting {
            name: "sourced-ids",
            doc: "how identifiers are shown: spelled so that they stand in an address as they are (a space as _x20), or \
                  their own",
            usual: SPELLED,
            accepts: Accepts::Word(&[SPELLED, OWN]),
        },
        Setting {
            name: "email-domain",
            doc: "where addresses of people without one end",
            usual: "nobody.invalid",
            accepts: Accepts::Domain,
        },
    ],
    makes: &[
        Make {
            kind: Kind::User,
            field: at!(User.identifier),
            how: How::SignIn("identifier", "told-apart"),
            doc: "a name that Moodle takes as username",
            source: PLUGIN,
        },
        Make {
            kind: Kind::User,
            field: at!(User.email),
            how: How::Address("email-domain"),
            doc: "an address that reaches nobody, where there is none",
            source: PLUGIN,
        },
    ],
    spells: Some("sourced-ids"),
    needs: &[
        Need {
            kind: Kind::User,
            rule: Rule::UrlSafe,
            of: &[],
            told: "the sourcedId has a character that the plugin puts into addresses as it is",
            next: "let them be spelled for it with --profile-set sourced-ids=spelled, or give them other identifiers in \
                   the source, or with homeroom import --rekey",
            source: PLUGIN,
        },
        Need {
            kind: Kind::Class,
            rule: Rule::UrlSafe,
            of: &[],
            told: "the sourcedId has a character that the plugin puts into addresses as it is",
            next: "let them be spelled for it with --profile-set sourced-ids=spelled, or give them other identifiers in \
                   the source, or with homeroom import --rekey",
            source: PLUGIN,
        },
        Need {
            kind: Kind::Org,
            rule: Rule::UrlSafe,
            of: &[],
            told: "the sourcedId has a character that the plugin puts into addresses as it is",
            next: "let them be spelled for it with --profile-set sourced-ids=spelled, or give them other identifiers in \
                   the source, or with homeroom import --rekey",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Unique(at!(User.identifier)),
            of: &[],
            told: "several people come to one username in Moodle",
            next: "choose another member with --profile-set identifier=sourcedId, let a code tell all usernames apart with \
                   --profile-set told-apart=all (before the first run: it renames everyone), or mend it in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Given(at!(User.identifier)),
            of: &[],
            told: "the identifier is hidden, and Moodle takes it as username",
            next: "show it again: homeroom app edit NAME --hide none",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Given(at!(User.email)),
            of: &[],
            told: "the e-mail address is hidden, and Moodle has no people without one",
            next: "show it again: homeroom app edit NAME --hide none",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Longest(at!(User.givenName), 100),
            of: &[],
            told: "the first name is longer than 100 characters",
            next: "shorten it in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Longest(at!(User.familyName), 100),
            of: &[],
            told: "the last name is longer than 100 characters",
            next: "shorten it in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Longest(at!(User.email), 100),
            of: &[],
            told: "the e-mail address is longer than 100 characters",
            next: "shorten it in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::Class,
            rule: Rule::Longest(at!(Class.title), 254),
            of: &[],
            told: "the title is longer than 254 characters",
            next: "shorten it in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::Org,
            rule: Rule::Known(at!(Org.type)),
            of: &[],
            told: "the type is a word of the district's own, which the plugin does not know",
            next: "give it a type of the standard in the source",
            source: PLUGIN,
        },
        Need {
            kind: Kind::AcademicSession,
            rule: Rule::Known(at!(AcademicSession.type)),
            of: &[],
            told: "the type is a word of the district's own, which the plugin does not know",
            next: "give it a type of the standard in the source",
            source: PLUGIN,
        },
    ],
    advice: &[
        "Homeroom gives no passwords, and Moodle's password policy refuses people without one, whatever their way to \
         sign in: in Moodle, switch Site administration > Security > Site security settings > Password policy \
         (passwordpolicy) off before the first run, or the run ends at the first new person.",
        "The plugin reads OneRoster 1.1: its root URL is the server's own address, without a path.",
    ],
};

const CLASSROOM: Known = Known {
    name: "google-classroom",
    doc: "Google Classroom: rosters in, grades out",
    scopes: &[
        "roster-core.readonly",
        "roster.readonly",
        "gradebook.readonly",
        "gradebook.createput",
        "gradebook.delete",
    ],
    settings: &[],
    makes: &[],
    spells: None,
    needs: &[
        Need {
            kind: Kind::User,
            rule: Rule::Given(at!(User.email)),
            of: &["teacher"],
            told: "a teacher without an e-mail address: Google finds teachers by it",
            next: "give the address of the Google account in the source",
            source: GOOGLE,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Given(at!(User.email)),
            of: &["student"],
            told: "a student without an e-mail address: Google matches students by it, and makes no accounts",
            next: "give the address of the Google account in the source",
            source: GOOGLE,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Unique(at!(User.email)),
            of: &["teacher", "student"],
            told: "several people share one e-mail address",
            next: "give each their own in the source",
            source: GOOGLE,
        },
        Need {
            kind: Kind::Class,
            rule: Rule::Given(at!(Class.title)),
            of: &[],
            told: "a class without a title",
            next: "give it one in the source",
            source: GOOGLE,
        },
    ],
    advice: &[
        "Google reads OneRoster 1.2; its base URL ends in /ims/oneroster.",
        "Before a district can be linked, Google asks for the result of its conformance notebook and for a \
         certificate of 1EdTech.",
    ],
};

const SDS: Known = Known {
    name: "sds",
    doc: "Microsoft School Data Sync",
    scopes: READ,
    settings: &[],
    makes: &[Make {
        kind: Kind::User,
        field: at!(User.username),
        how: How::Domain,
        doc: "the e-mail address, where the username has no domain",
        source: MICROSOFT,
    }],
    spells: None,
    needs: &[
        Need {
            kind: Kind::User,
            rule: Rule::Domain(at!(User.username)),
            of: &["student", "teacher"],
            told: "neither a username with a domain nor an e-mail address",
            next: "give the Microsoft sign-in name in the source, as username or e-mail address",
            source: MICROSOFT,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Unique(at!(User.username)),
            of: &["student", "teacher"],
            told: "several people come to one username",
            next: "give each their own in the source",
            source: MICROSOFT,
        },
        Need {
            kind: Kind::User,
            rule: Rule::Given(at!(User.email)),
            of: &GUARDIANS,
            told: "a guardian without an e-mail address",
            next: "give the address in the source",
            source: MICROSOFT,
        },
    ],
    advice: &["School Data Sync reads OneRoster 1.1, and asks by dateLastModified and status in pages of 5000."],
};
