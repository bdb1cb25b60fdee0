//! What real providers do otherwise than the standard says, as a table.
//!
//! Each row is a [`Habit`]: what was seen, what the library makes of it, where
//! it is told of, and whether that is proven by a public document or recorded
//! traffic, or assumed. A reading that meets one notes it in the
//! [`Findings`](crate::Findings); nothing is repaired in silence.

/// How sure a fact about providers is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Standing {
    /// A public document or recorded traffic shows it.
    Proven,
    /// Likely, by similar systems or by the standard's own words.
    Assumed,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct HabitRow {
    /// Which one.
    pub habit: Habit,
    /// Its short name, which does not change: `P3`.
    pub code: &'static str,
    /// What was seen, and what was made of it.
    pub sentence: &'static str,
    /// Where it is told of.
    pub source: &'static str,
    /// How sure it is.
    pub standing: Standing,
}

macro_rules! habits {
    ($($(#[$doc:meta])* $name:ident $code:literal $standing:ident $source:literal $sentence:literal;)*) => {
        /// Something that providers do otherwise.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
        #[expect(missing_docs, reason = "each is described by its row of HABITS")]
        #[non_exhaustive]
        pub enum Habit { $($name,)* }

        /// Every row, in the order of the codes.
        pub static HABITS: &[HabitRow] = &[$(HabitRow {
            habit: Habit::$name, code: $code, sentence: $sentence, source: $source, standing: Standing::$standing,
        },)*];
    };
}

habits! {
    TokenWithoutScope "A1" Proven "rest.md C10; comments in Moodle's enrol_oneroster"
        "The token answer names no scope; those that were asked for are assumed.";
    TokenWithoutExpiry "A2" Proven "rest.md 5.3 (CHK)"
        "The token answer does not say how long the token lives; it is used until it is refused.";
    ExpiryAsText "A3" Assumed "rest.md 5.3"
        "The lifetime of the token is a text; it was read as the number in it.";
    ScopesRefused "A4" Assumed "rest.md 5.3 (CHK sends none)"
        "The scopes that were asked for were refused; a token was asked for without naming any.";
    CredentialsInBody "A5" Proven "PowerSchool Unified Classroom, help.powerschool.com ta-p/223"
        "The token endpoint wants the credentials in the body instead of the header.";
    CredentialsEncoded "A6" Proven "RFC 6749, 2.3.1; rest.md T2 (MDL)"
        "The token endpoint wants client id and secret form-encoded within the header.";
    TokenUrlDiscovered "A7" Assumed "RFC 8414; rest.md D1"
        "The token URL was taken from the provider's own documents.";
    TokenRefusedEarly "A8" Proven "rest.md C6"
        "A token was refused before its time; a new one was asked for.";

    NoTotal "P1" Proven "edfi-oneroster and others send none; ClassLink /applications, aistudio PR #1347"
        "No X-Total-Count comes with collections; whether a pull was complete cannot be proven by counting.";
    NoLink "P2" Proven "field.md section 4 (PS1, IC1, GH1)"
        "No Link header comes with collections; pages were asked for by offset.";
    LimitCapped "P3" Proven "PowerSchool's set-up page: the administrator sets the largest page"
        "Pages are smaller than asked for; the next page was asked for at the number of records that came.";
    LimitIgnored "P4" Assumed "vossenv/oneroster-python reads whole collections so"
        "Pages are larger than asked for.";
    OffsetIgnored "P5" Assumed "rest.md 3.1"
        "The second page is the first again: the offset is ignored; the first answer was taken for the whole.";
    TotalMoved "P6" Assumed "rest.md 3.1"
        "The total changed while the pages were read; the largest was held to.";
    FewerThanTotal "P7" Assumed "rest.md 3.1"
        "Fewer records came than the total said.";
    RecordTwice "P8" Proven "edfi-oneroster without a stable order"
        "A record came on two pages; the later one was passed over.";
    NextOnLastPage "P9" Proven "rest.md T47: a client loops on it"
        "An empty page names a next one; reading ended.";
    RelativeLink "P10" Proven "edfi-oneroster sends relative URLs"
        "The link to the next page is relative; it was completed.";
    ForeignLink "P11" Assumed "rest.md C5; servers behind a proxy name themselves"
        "The link to the next page names another server; its query was asked of the one that was given.";
    PageRepeated "P12" Assumed "field.md section 6 (chaos)"
        "A page came twice in a row; it was asked for once more.";
    RangeMoved "P13" Assumed "rest.md 3.1"
        "The first page was another one at the end of the reading than at its beginning.";
    LargePagesFail "P14" Assumed "Infinite Campus and Aeries ask consumers for small pages (IC1, AE1)"
        "A large page was too much for the provider, or for us; smaller ones were asked for.";

    OtherKey "E1" Proven "Moodle aeries.php: school for org; timeback-oneroster looks for terms"
        "The records stand under another name than that of their class.";
    BareList "E2" Assumed "rest.md D3"
        "The answer is a list without the object around it.";
    NullCollection "E3" Assumed "rest.md 2.1"
        "The collection is null; it was read as empty.";
    ByteOrderMark "E4" Assumed "files of the same systems begin with one"
        "The answer begins with a byte order mark.";
    WarningBeside "E5" Proven "rest.md C12 (RIC)"
        "The answer carries a warning beside the data.";
    StatusInSuccess "E6" Proven "rest.md D3: Moodle's client of 1.2 demands it"
        "Status info comes with every answer.";
    EmptyAnswer "E7" Assumed "rest.md 2.1"
        "An answer without a body or without the collection was read as empty, for its total is 0.";
    RevisionOfPermissions "E8" Proven "ClassLink x-perm-rev, code-dot-org PR #73879"
        "The provider numbers its permissions; when the number changes, what is shared has changed.";

    UnknownMember "M1" Proven "rest.md C13"
        "A member that the class does not have; it was left out.";
    NullMember "M2" Proven "rest.md C13"
        "A member is null; it was read as absent.";
    EmptyText "M3" Proven "support.imsglobal.org, FAQ; D23"
        "A text is empty; it was read as absent.";
    JsonBoolean "M4" Proven "support.imsglobal.org, FAQ: only \"true\" and \"false\" are valid; catalyst fixture users.csv"
        "A boolean is a JSON boolean, a number or in capitals.";
    BooleanWord "M5" Assumed "files of the same systems"
        "A boolean is a word such as yes or N; it was read as what it says.";
    NumberForText "M6" Proven "rest.md C13: schoolYear"
        "A number stands where a text belongs.";
    TextForNumber "M7" Assumed "rest.md section 8"
        "A number is a text; it was read as the number in it.";
    DateWithTime "M8" Proven "rest.md D22 (GGL)"
        "A date has a time of day, which was dropped.";
    DateForm "M9" Assumed "files of the same systems"
        "A date is written without hyphens or leading noughts; it was read as the same day.";
    InstantForm "M10" Proven "rest.md T41 (MDL)"
        "A time has another precision or zone than the standard's; it was brought to UTC.";
    InstantWithoutZone "M11" Assumed "rest.md 2.1"
        "A time names no zone; it was read as UTC.";
    ReferenceType "M12" Proven "rest.md D17"
        "A reference calls its type otherwise.";
    ReferenceAsText "M13" Proven "usechalk/chalk reads and writes them so"
        "A reference is a bare identifier.";
    ReferenceByHref "M14" Assumed "rest.md 2.1"
        "A reference has only an address; the identifier was taken from its end.";
    StatusWord "M15" Proven "rest.md C13: inactive of 1.0"
        "The status is a word such as inactive or deleted; it was read as tobedeleted, or as active in other case.";
    SingleForList "M16" Assumed "converters from XML do it"
        "One value stands where a list belongs.";
    ListForSingle "M17" Assumed "converters from XML do it"
        "A list of one stands where one value belongs.";
    MemberLeftOut "M18" Assumed "rest.md 2.1"
        "A member cannot be read with certainty; it was left out.";
    RecordUnreadable "M19" Assumed "rest.md 2.1"
        "A record has no identifier or status that can be read; it was passed over.";
    OtherVersion "M20" Assumed "Infinite Campus and others serve both from one source"
        "A member of the other version of OneRoster was read as such.";
    NameInOtherCase "M21" Proven "ClassLink tenant_id and TenantId, aistudio #1308"
        "A member's name is written in other case.";
    SchoolForOrg "M22" Proven "Moodle enrol_oneroster, services/aeries.php and org.php"
        "A member is called school that the class calls org.";
    WordInOtherCase "M23" Proven "Microsoft SDS: enumerations without regard to case"
        "A word of a vocabulary is written in other case.";
    WordUnknown "M24" Proven "ed.link/docs/providers/oneroster/details: departments, counselor"
        "A word is not of the vocabulary; it was kept as it is.";
    OldName "M25" Assumed "csv.md 6.2"
        "A member has the name or form that it had in 1.0.";
    PasswordSent "M26" Proven "ClassLink: records may include passwords, aistudio #1310"
        "Passwords are sent with people.";
    RoleBeyondView "M27" Proven "ClassLink: /students may hold teachers, aistudio #1308"
        "A view of one role holds people of another; they were passed over.";
    GradeCode "M28" Proven "support.imsglobal.org, FAQ; ed.link/docs/providers/oneroster/details"
        "A grade is none of the codes that the standard names, such as 9 or K; it was kept as it is.";

    DeletedAlready "W1" Proven "rest.md C18"
        "The record was gone before it was to be deleted.";
    WriteAnsweredOtherwise "W2" Proven "rest.md C17 (GGL)"
        "A write was answered by another status of success than the standard's.";

    FilterRefused "Q1" Proven "comments in Moodle's enrol_oneroster"
        "A filter was refused; the collection was read and compared here.";
    FilterIgnored "Q2" Proven "comments in Moodle's enrol_oneroster: class.sourcedId"
        "A filter was ignored: records came that it leaves out; they were left out here.";
    NestedReadMissing "Q3" Proven "Moodle services/aeries.php"
        "A nested read is not offered; the plain collection was asked instead.";
}

impl Habit {
    /// Its row.
    pub fn row(self) -> &'static HabitRow {
        // The table is made together with the enumeration, in one order.
        &HABITS[self as usize]
    }

    /// Its code: `P3`.
    pub fn code(self) -> &'static str {
        self.row().code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let mut number = 0;
        let mut letter = "";
        for (i, row) in HABITS.iter().enumerate() {
            assert_eq!(row.habit as usize, i);
            let (group, rest) = row.code.split_at(1);
            number = if group == letter { number + 1 } else { 1 };
            letter = group;
            assert_eq!(rest, number.to_string(), "{}", row.code);
            assert!(row.sentence.ends_with('.') && !row.source.is_empty(), "{}", row.code);
        }
    }
}
