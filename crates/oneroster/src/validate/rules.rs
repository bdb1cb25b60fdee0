//! The rule table: every rule of csv.md section 5, one row each.
//!
//! `code` is the id of csv.md; a D row is a repair or a treatment of dirty
//! data, a U row is about bringing 1.0 up to 1.1. The two severities say what a finding is in a strict run and in a
//! careful one (the default); a check may be milder than its row where csv.md
//! says so, for example when a repair applies. The `H` rows are our own.

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// A row, a file or the package is rejected.
    Error,
    /// Taken as it is, but probably wrong.
    Warning,
    /// Changed by a named repair; the original stays in the package.
    Repaired,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Every severity, the most harmful first.
    pub const ALL: [Severity; 4] = [Severity::Error, Severity::Warning, Severity::Repaired, Severity::Info];

    /// As JSON and tables write it.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Repaired => "repaired",
            Severity::Info => "info",
        }
    }
}

/// Whether a rule is looked at already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Yes.
    Now,
    /// It needs what is stored: the import looks at it, not the check of a
    /// package by itself.
    Import,
    /// It tells what a rule of the district did on the way in.
    Rules,
    /// It tells what a provider was seen to do while it was fetched.
    Fetch,
    /// It comes with a later release.
    Later,
}

/// One row of the table.
#[derive(Debug)]
pub struct Rule {
    /// The id of csv.md.
    pub code: Code,
    /// What a breach is in a strict run; `None` if it is not looked at there.
    pub strict: Option<Severity>,
    /// What a breach is in a careful run.
    pub careful: Option<Severity>,
    /// Whether it is looked at already.
    pub check: Check,
    /// What must hold, or what was found, in one sentence.
    pub sentence: &'static str,
    /// What a data manager does next.
    pub hint: &'static str,
    /// The section of csv.md.
    pub source: &'static str,
}

macro_rules! severity {
    (E) => {
        Some(Severity::Error)
    };
    (W) => {
        Some(Severity::Warning)
    };
    (R) => {
        Some(Severity::Repaired)
    };
    (I) => {
        Some(Severity::Info)
    };
    (no) => {
        None
    };
}

macro_rules! rules {
    ($($source:literal { $($code:ident $strict:ident $careful:ident $check:ident, $sentence:literal, $hint:literal;)* })*) => {
        /// The id of a rule.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
        #[expect(missing_docs, reason = "each is described by its row of RULES")]
        #[repr(u8)]
        pub enum Code { $($($code,)*)* }

        impl Code {
            /// As csv.md and findings write it.
            pub const fn label(self) -> &'static str {
                match self { $($(Code::$code => stringify!($code),)*)* }
            }
        }

        /// Every rule, at the position of its [`Code`].
        pub static RULES: &[Rule] = &[$($(Rule {
            code: Code::$code,
            strict: severity!($strict),
            careful: severity!($careful),
            check: Check::$check,
            sentence: $sentence,
            hint: $hint,
            source: $source,
        },)*)*];
    };
}

/// Treatments that are done only by consent.
pub const CONSENTS: [Code; 8] = [Code::D3, Code::D10, Code::D28, Code::D39, Code::D50, Code::D55, Code::D58, Code::U3];

impl Code {
    /// The row of the table.
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }

    /// The code that a label names.
    pub fn from_label(label: &str) -> Option<Code> {
        RULES.iter().map(|r| r.code).find(|c| c.label() == label)
    }
}

rules! {
"5.1 Package and manifest" {
P1 E E Now, "The archive can be read, is not encrypted and keeps the limits.", "Export or copy the package again.";
P2 E E Now, "Every file lies at the top level of the archive.", "Pack the files themselves, not a folder of them.";
P3 E E Now, "No file is in the package twice, not even in another spelling of its name.", "Remove the file that does not belong.";
P4 E W Now, "Only files of the standard are in the package.", "Leave the file out, or check its name against the standard's list.";
P5 E E Now, "manifest.csv is in the package.", "Export with a manifest, or accept the package as it is with --assume VERSION --consent D3.";
P6 E E Now, "manifest.csv has the header propertyName,value and two cells in every row.", "Have the manifest written again.";
P7 E E Now, "The manifest names each property of its version exactly once.", "Add the missing row to manifest.csv, or remove the second one.";
P8 E E Now, "manifest.version is 1.0.", "Set manifest.version to 1.0.";
P9 E E Now, "oneroster.version is a version that is read: 1.1 or 1.2.", "Set oneroster.version to the version of the files.";
P10 E E Now, "The mode of each file is absent, bulk or delta.", "Correct the mode in manifest.csv.";
P11 E W Now, "The manifest has no properties that the standard does not know.", "Remove the row from manifest.csv.";
P12 E E Now, "A file that the manifest declares is in the package.", "Add the file, or declare it absent.";
P13 E E Now, "A file that the manifest declares absent is not in the package.", "Declare the file bulk, or leave it out.";
P14 E E Now, "A bulk file comes together with every file that its rows must refer to.", "Export the missing file, too; bulk packages are complete.";
P15 E E Now, "A 1.0 package holds its seven files and no others.", "Export all seven files, or use OneRoster 1.1 or 1.2.";
P16 W W Now, "In 1.2, users.csv comes together with roles.csv.", "Export roles.csv: without a role a person belongs to no school.";
P17 I I Now, "A package of only a manifest, every file absent, is valid and changes nothing.", "Nothing to do.";
}
"5.2 Text and table" {
T1 E E Now, "The file is UTF-8 text.", "Export as UTF-8 (in Excel: CSV UTF-8).";
T2 E E Now, "The file begins with a header row.", "Export the file with its column names.";
T3 E E Now, "The header has every column of the standard, in its order and spelling.", "Add the column; optional cells may be blank.";
T4 E E Now, "The names in the header are not blank and not repeated.", "Give each column its own name.";
T5 E W Now, "Further columns begin with metadata. in their names.", "Rename the column to metadata.NAME, or leave it out; it is not imported.";
T6 E W Now, "Metadata columns stand to the right of all columns of the standard.", "Move the column to the end.";
T7 E E Now, "The file has at least one row of data.", "Export the rows, or declare the file absent.";
T8 E E Now, "Each row has as many cells as the header.", "Look for a comma or a quote in the row that is not enclosed in quotes.";
T9 E E Now, "Cells are quoted by RFC 4180, lines end by a line feed.", "Have cells with quotes or commas enclosed in quotes, quotes in them doubled.";
T10 E E Now, "No cell holds a line break.", "Remove the line break in the source system.";
}
"5.3 Values" {
V1 E E Now, "Required cells are filled.", "Fill the value in the source system.";
V2 E E Now, "Identifiers have 1 to 255 characters: letters, digits and . - _ / @", "Have the export write identifiers of these characters.";
V3 E E Now, "Dates are real days, written YYYY-MM-DD.", "Correct the date, or the date format of the export.";
V4 E E Now, "Times are written YYYY-MM-DDTHH:MM:SS.sssZ.", "Correct the time format of the export.";
V5 E E Now, "A school year is the four-digit year in which it ends.", "Write the year in which the school year ends, such as 2027.";
V6 E E Now, "Yes-or-no values are true or false.", "Write true or false.";
V7 E E Now, "Words come from the list of the standard.", "Map the value to a word of the list in the export.";
V8 E E Now, "Lists have no empty items.", "Remove the extra comma.";
V9 E E Now, "Numbers are plain decimal numbers.", "Write digits, without units.";
V10 E E Now, "Identifiers of other systems are written {type:id}.", "Write each as {type:id}, separated by commas.";
V11 E W Now, "subjects and subjectCodes have equally many items.", "Give each subject its code.";
V12 E no Now, "subjects and subjectCodes are filled together.", "Fill both, or none.";
V13 E W Now, "CASE identifiers have the form urn:uuid:...", "Write the identifier as a UUID URN.";
V14 no I Now, "A text is longer than 255 characters, which some systems cut off.", "Shorten it if a receiving system shows it cut off.";
V15 no W Now, "A weight lies between 0 and 100.", "Correct the weight.";
V16 no W Now, "An e-mail address looks like one.", "Correct the address in the source system.";
V17 no W Now, "Grade levels are codes of the list that 1.1 uses (KG, 01 to 12, PS ...).", "Map the grade levels in the export.";
}
"5.4 Lifecycle" {
L1 E R Now, "In a bulk file status and dateLastModified are blank.", "Leave both blank, or send the file as delta.";
L2 E E Now, "In a delta file status and dateLastModified are filled.", "Fill both in every row.";
L3 E E Now, "status is active or tobedeleted.", "Leave status blank in bulk files.";
L4 no W Now, "dateLastModified lies in the future.", "Check the clock of the source system.";
L5 no I Now, "The row is older than what is stored.", "Nothing to do; the row was passed over.";
L6 no I Now, "A record is to be deleted that is not known.", "Nothing to do.";
L7 no W Now, "A deleted record is still referred to.", "Delete what refers to it, too.";
L8 no E Import, "More records would be removed than the guard allows.", "Check that the export is complete.";
}
"5.5 Keys and references" {
R1 E E Now, "A sourcedId stands once in its file.", "Give each record an identifier of its own.";
R2 E E Now, "A reference names a record that is in the package and was not rejected.", "Export the record that is missing, or correct the one that was rejected.";
R3 E E Now, "The file that a filled reference points into is in the package and readable.", "Export the missing file, or correct it, or leave the column blank.";
R4 E E Now, "The sourcedId of demographics is that of a user.", "Export the user, too, or use the user's sourcedId.";
R5 no W Now, "Two identifiers differ only by upper and lower case.", "Check whether both mean the same record.";
R6 no W Now, "A person is not their own agent.", "Remove the person from their own agents.";
R7 no E Now, "The chain of parents does not come back to its start.", "Correct the parents in the source system.";
}
"5.6 Rostering semantics" {
S1 E W Now, "The school of a class is an org of type school.", "Assign the class to a school.";
S2 E W Now, "The school of an enrollment is an org of type school.", "Write the school of the class.";
S3 E W Now, "The school year of a course is a session of type schoolYear.", "Refer to the school year, not to a part of it.";
S4 E W Now, "A person has at most one primary role in an org.", "Make the other roles secondary.";
S5 E W Now, "A person has a role in their primary org.", "Add the role, or correct primaryOrgSourcedId.";
S6 E E Now, "The account of a role belongs to the person of the role.", "Correct userProfileSourcedId.";
S7 no W Now, "Each person has at least one role.", "Export the person's role, or leave the person out.";
S8 no W Now, "Each person has a primary role somewhere.", "Mark one role of the person as primary.";
S9 no W Now, "The school of an enrollment is that of its class.", "Write the school of the class.";
S10 no W Now, "A person belongs to the school in which they are enrolled, or to its district.", "Add the person to the school.";
S11 no W Now, "The role in a class agrees with what the person is.", "Check the role of the enrollment.";
S12 no W Now, "Only teachers are primary, and at most one of a class at a time.", "Mark the one lead teacher.";
S13 no W Now, "The dates of an enrollment lie within the terms of its class.", "Check the dates.";
S14 no W Now, "A begin date lies before its end date.", "Check the dates.";
S15 no W Now, "A person is enrolled in a class once in the same role at a time.", "Remove the double enrollment.";
S16 no E Now, "A session starts before it ends.", "Correct the dates of the session.";
S17 no W Now, "A session lies within the dates of the session around it.", "Check the dates of both.";
S18 no W Now, "Sessions lie in one another in the order school year, semester, term, grading period.", "Check types and parents.";
S19 no W Now, "A session counts to the school year of its parent; a school year to the year in which it ends.", "Check schoolYear.";
S20 no I Now, "A class runs for a whole school year instead of its terms.", "Nothing to do if that is meant.";
S21 no W Now, "The terms of a class lie in the school year of its course.", "Check the course of the class.";
S22 no W Now, "The org of a course is the school of the class or stands above it.", "Check the org of the course.";
S23 no W Now, "Orgs lie in one another in the order national, state, local, district, school, department.", "Check types and parents.";
S24 no I Now, "The package has one org at the top.", "Check whether an org lost its parent.";
S25 no W Now, "A username belongs to one person, whatever its case.", "Give each person a username of their own.";
S26 no W Now, "An e-mail address belongs to one person, whatever its case.", "Check the addresses; people are never merged.";
S27 no W Now, "Identifiers of other systems belong to one person.", "Check the identifiers.";
S28 no I Now, "The agents of a student are parents, guardians or relatives, and name the student back.", "Check the role and the students of the agent.";
S29 no I Now, "Demographics describe a person who is not a student.", "Leave them out if no one needs them.";
S30 no I Now, "A class has a teacher, a student an enrollment, a course a class.", "Check whether enrollments are missing.";
S31 no I Now, "A person is enrolled whose sign-in is switched off.", "Nothing to do if that is meant.";
S32 no I Now, "The username is an e-mail address, but another one than in email.", "Check which address is right.";
}
"5.7 Gradebook semantics" {
G1 W W Now, "The least score is not above the greatest.", "Correct the bounds.";
G2 W W Now, "A score lies within the bounds of its line item.", "Check the score; extra credit is possible.";
G3 W E Now, "The class of a result is that of its line item.", "Correct the class of the result.";
G4 W W Now, "The student of a result is enrolled in the class.", "Check the enrollment.";
G5 W W Now, "A line item counts in a part of the school year.", "Refer to a grading period or term.";
G6 W W Now, "The school of a line item is that of its class.", "Write the school of the class.";
G7 E E Now, "Score scale values are written {left:right}.", "Write each as {left:right}, separated by commas.";
G8 no W Now, "A line item is due after it is assigned.", "Check the dates.";
G9 no W Now, "A student has one result of a line item.", "Remove the double result.";
G10 no W Now, "The student of a result holds the role student.", "Check the person.";
G11 no W Now, "A fully graded result has a score.", "Fill score or textScore.";
G12 no W Now, "A text score is a value of its scale.", "Check the score scale.";
G13 no I Now, "Flags of a result contradict each other.", "Check the flags.";
G14 no W Now, "The class, course and org of a score scale belong together.", "Check the three references.";
}
"5.8 Resources semantics" {
X1 W W Now, "The org of a person's resource is the school of its class.", "Check the org.";
X2 W W Now, "The person of a resource is enrolled in its class.", "Check the enrollment.";
X3 W W Now, "The person of a resource holds one of its roles.", "Check the roles of the resource.";
X4 no W Now, "A resource is assigned once.", "Remove the double row.";
X5 no W Now, "vendorId and vendorResourceId name one resource.", "Give each resource an identifier of its own.";
}
"5.9 Dirty data from real systems" {
D1 E R Now, "The files lay inside one folder of the zip.", "Pack the files themselves, not the folder.";
D2 E E Now, "The zip holds nothing but another zip.", "Unpack the outer zip and give the one inside.";
D3 E W Now, "There is no manifest: the files were taken as bulk by consent, and nothing is removed in this run.", "Have the export write manifest.csv.";
D4 E R Now, "The manifest does not name a file that was not sent; taken as absent.", "Have the manifest name every file of its version.";
D5 E R Now, "A word of the manifest was read without regard to case and spaces.", "Write it as the standard does.";
D6 E R Now, "The version of a correction level was read as the version itself.", "Write 1.1 or 1.2.";
D7 E R Now, "The name of a file was read without regard to case and spaces.", "Name the file as the standard does.";
D8 no no Now, "A byte order mark was skipped, as the standard says.", "Nothing to do.";
D9 E R Now, "The file is UTF-16; it was read as such.", "Export as UTF-8.";
D10 E E Now, "The file is in an older encoding than UTF-8.", "Export as UTF-8 (in Excel: CSV UTF-8), or accept Windows-1252 with --consent D10; each changed row is then listed.";
D11 no W Now, "The text looks as if it had been encoded twice, or lost letters.", "Check the encoding of the export.";
D12 E R Now, "Lines end by a carriage return alone.", "Have lines end by CR LF.";
D13 E R Now, "A line break inside a text was replaced by a space.", "Remove the line break in the source system.";
D14 E R Now, "Quotes that were not doubled were taken as they stand.", "Have the export double quotes inside of cells.";
D15 E E Now, "A quote is never closed; what follows it cannot be trusted.", "Close the quote in that row, and export again.";
D16 E R Now, "The cells are separated by another sign than a comma; it was read so.", "Export with commas.";
D17 E R Now, "A row without any value was skipped.", "Remove blank lines from the export.";
D18 E R Now, "Blank cells beyond the last column were cut off.", "Remove the trailing commas from the export.";
D19 E R Now, "A short row was filled up with blank cells.", "Have every row written in full width.";
D20 E R Now, "Columns were recognised by other names or in another order.", "Write the header as the standard does.";
D21 E R Now, "An optional column is missing; what is stored of it stays.", "Add the column, blank if need be.";
D22 E R Now, "status or dateLastModified is filled in a bulk file; the date and active were ignored, a tobedeleted row counts as not there.", "Leave both blank in bulk files.";
D23 E R Now, "The status inactive of 1.0: a person was kept with sign-in switched off, another record counts as not there.", "Write active or tobedeleted.";
D24 E R Now, "A word was read without regard to its case.", "Write the word as the standard does.";
D25 E R Now, "Another spelling of a yes-or-no value or sex was translated.", "Write the word of the standard.";
D26 E R Now, "White space around a value was removed.", "Remove it in the source system.";
D27 E R Now, "A list was read without its spaces, empty items or other separators.", "Separate items by a comma alone.";
D28 E R Now, "A date of another form, which can be read only one way, was translated.", "Write dates as YYYY-MM-DD; --consent D28 reads the day numbers of spreadsheets.";
D29 E R Now, "A time of another form was translated.", "Write times as YYYY-MM-DDTHH:MM:SS.sssZ; times without a zone are read by --timezone TZ.";
D30 E E Now, "An identifier or a grade level seems to have lost its leading zeros.", "Export identifiers and codes as text, or have identifiers filled up to their width: --pad users=8, say, where those of people have 8 digits.";
D31 E E Now, "An identifier was turned into a number by a spreadsheet.", "Export identifiers as text.";
D32 no W Now, "A code was turned into a date by a spreadsheet; the cell was left blank.", "Export the column as text.";
D33 no R Now, "A placeholder such as NULL stands for no value; the cell was left blank.", "Leave the cell blank.";
D34 E E Now, "An identifier ends in .0, as spreadsheets write numbers.", "Export identifiers as text.";
D35 E E Now, "An identifier holds typographic quotes or dashes.", "Export identifiers as text.";
D36 E R Now, "A row stood in the file more than once, always the same; one was kept.", "Remove the repeated rows.";
D36b E R Now, "A person stood in the file once per school; the orgs were joined.", "List all orgs of a person in one row.";
D36c E E Now, "A sourcedId stands in the file more than once with different content; none of the rows is imported.", "Decide which row is right; the stored record stays as it is until then.";
D37 no W Now, "Several people share an e-mail address.", "Check the addresses.";
D38 no W Now, "Several people have the same username.", "Give each their own.";
D39 no E Import, "A sourcedId seems to have passed to another person: both names and the birth date are others; what is stored stays.", "Have the new person given an identifier of its own; if it is the same person all the same, take the row with --consent D39.";
D40 no E Import, "All identifiers of a type have changed.", "Give a table of old and new identifiers.";
D41 no W Now, "Enrollments refer to people or classes that were not exported.", "Check the filters of the export.";
D42 no I Now, "An enrollment has ended.", "Nothing to do.";
D43 no W Now, "One person seems to be several users: they share an identifier.", "Check the people in the source system; people are never merged.";
D44 no W Now, "A district stands where a school is meant.", "Write the school.";
D45 no W Now, "Sessions of classes are missing.", "Export academicSessions.csv with all terms.";
D46 no W Now, "An enrollment is repeated.", "Remove the double enrollment.";
D47 E E Now, "One person stands in the file with several roles, which 1.1 cannot say; none of the rows is imported.", "Use 1.2, or send one row.";
D48 E R Now, "An identifier of another system was read without its braces or its type.", "Write each as {type:id}.";
D49 no W Now, "A cell holds several addresses or numbers; it is kept, but not used for mail.", "Write one.";
D50 W W Now, "Passwords are in the file; they were left out.", "Leave the column blank; --consent D50 stores passwords.";
D51 no I Now, "Names are written in capitals, or last and first name share a cell.", "Nothing to do.";
D52 no W Now, "Two usernames differ only in how their letters are encoded.", "Check the usernames.";
D53 no R Now, "Control characters were removed from a value.", "Remove them in the source system.";
D54 no I Now, "A value begins with a sign that spreadsheets take for a formula.", "Nothing to do.";
D55 no W Now, "A person seems to be a placeholder, such as a vacant post.", "Leave placeholders out of the export, or leave them out here with --consent D55.";
D56 E R Now, "A school year written as a range was read as the year in which it ends.", "Write the year in which the school year ends.";
D57 no I Now, "A session seems to end on its last day; the standard means the day after.", "Check the end dates.";
D58 E E Now, "An identifier holds characters that the standard does not allow.", "Have the export write identifiers of letters, digits and . - _ / @, or keep them as they are with --consent D58.";
D59 E R Now, "A known misspelling of a file or property name was understood.", "Write the name as the standard does.";
D60 E R Now, "The header is that of the 1.2 text of 2022, with resourceSourcedIds; each was read as a row of userResources.csv.", "Write the header of 1.2.1.";
}
"Homeroom" {
H2 no W Now, "Two people have the same name and the same day of birth.", "Check whether they are one person; people are never merged.";
H3 no W Now, "A student or a teacher belongs to no school.", "Give the person a role in a school.";
}
"Rules of the source" {
C1 I I Rules, "A rule of the source removed spaces.", "Nothing to do; the rules are shown by: homeroom config export.";
C2 I I Rules, "A rule of the source changed the case of letters.", "Nothing to do; the rules are shown by: homeroom config export.";
C3 I I Rules, "A rule of the source replaced part of a value.", "Nothing to do; the rules are shown by: homeroom config export.";
C4 I I Rules, "A rule of the source made a value of others.", "Nothing to do; the rules are shown by: homeroom config export.";
C5 I I Rules, "A rule of the source put another word in the place of one.", "Nothing to do; the rules are shown by: homeroom config export.";
C6 I I Rules, "A rule of the source set a value.", "Nothing to do; the rules are shown by: homeroom config export.";
C7 I I Rules, "A rule of the source left the record out.", "Nothing to do; the rules are shown by: homeroom config export.";
C8 I I Rules, "The record belongs to none of the schools that are chosen for the source.", "Choose the school if it is wanted.";
C9 I I Rules, "The record lies outside of the days that are chosen for the source.", "Widen the days if it is wanted.";
C10 I I Rules, "The record names one that was left out, and was left out with it.", "Nothing to do if that one is not wanted.";
C11 W W Rules, "A value could not be made, for what it is made of is missing; it stayed as it was.", "Fill the fields that the rule names, or change the rule.";
C12 W W Rules, "A value that must be unique belongs to another record already; it was made anew or left as it was.", "Check both records, or let the rule number the second one.";
C13 W W Rules, "A rule of the source has no word for this value; it stayed as it was.", "Add the value to the rule.";
C15 I I Rules, "A reference to a record that was left out was taken away.", "Nothing to do if that one is not wanted.";
C14 I I Rules, "No record met a rule of the source.", "Check the rule, or take it away.";
}
"Fetched from a provider" {
F1 R R Fetch, "A value has another form than the standard's; it was read as what it means.", "Nothing to do; its maker may like to know.";
F2 W W Fetch, "A value cannot be read with certainty; it was left out.", "Correct the value in the source system.";
F3 E E Fetch, "A record cannot be read; it was passed over, and nothing is removed by this fetch.", "Correct the record in the source system.";
F4 I I Fetch, "The provider sends what the standard does not know; it was left out.", "Nothing to do if it is not wanted.";
F5 I I Fetch, "A word is none of the standard's; it was kept as it is.", "Give the word of the standard by a rule of the source, if others stumble over it.";
F6 I I Fetch, "The provider answers otherwise than the standard says; it was understood.", "Nothing to do; its maker may like to know.";
F7 W W Fetch, "What the provider says of how many records it has cannot be relied upon.", "Look at it with: homeroom source test.";
}
"6.2 From 1.0 to 1.1" {
U1 I I Now, "What 1.0 does not say was derived.", "Check it, or export OneRoster 1.1 or 1.2.";
U2 I I Now, "A value of 1.0 was written in the form of 1.1.", "Check it, or export OneRoster 1.1 or 1.2.";
U3 W W Now, "What 1.0 says here has no place in 1.1; the row is left out.", "Export OneRoster 1.1 or 1.2 if these records are wanted; aides can be taken for further teachers of their classes with --consent U3.";
}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_code_and_written_out() {
        for (i, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.code as usize, i);
            assert_eq!(Code::from_label(rule.code.label()), Some(rule.code), "codes are unique");
            assert!(rule.sentence.len() > 10 && rule.hint.len() > 5, "{}", rule.code.label());
            assert!(rule.sentence.ends_with(['.', '@']), "{}", rule.code.label());
        }
        let of = |letter: &str| RULES.iter().filter(|r| r.code.label().starts_with(letter)).count();
        let counts = ["P", "T", "V", "L", "R", "S", "G", "X", "D"].map(of);
        assert_eq!(counts, [17, 10, 17, 8, 7, 32, 14, 5, 62]);
    }
}
