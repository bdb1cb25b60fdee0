//! Where the table takes another side than the fixtures, and the entry of
//! docs/QUIRKS.md that says why.

/// A difference as the tests print it, and the number of its entry.
pub type Decided = (&'static str, u32);

/// Differences of JSON classes.
pub const CLASSES: &[Decided] = &[
    ("1.2 UserProfile.profileId type: string:uri -> string", 2),
    ("1.2 UserProfile.credentials multiplicity: 0..* -> 1..*", 3),
];

/// Differences of CSV files.
pub const FILES: &[Decided] = &[
    ("1.1 demographics.csv sourcedId type: guidRef -> guid", 1),
    ("1.1 demographics.csv sourcedId target: users.csv -> ", 1),
    ("1.2 demographics.csv sourcedId type: guidRef -> guid", 1),
    ("1.2 demographics.csv sourcedId target: users.csv -> ", 1),
];
