//! The table of checks: what is proven, and who says that it must hold.
//!
//! Rows of rest.md 6 keep their numbers (T1 to T60). The others are numbered
//! within what they are about: A authentication, E refusals, F filters,
//! G gradebook, P paging, R records, S sort and selection, D deltas, W writes
//! (rest.md 7).

mod after;
mod asking;
mod changes;
mod choosing;
mod conditions;
mod consumers;
mod paging;
mod reading;
mod refusing;
mod sets;
mod way_in;
mod writing;
mod written;

use super::look::Look;
use super::{Ask, Check, Needs, Step};
use oneroster::model::{Kind, Route, Service, Shape, Span};

/// The classes that every provider has (rest.md 1.6).
const CORE: &[Kind] = &[Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User, Kind::Enrollment];

/// A name that no class has a member of.
const NO_FIELD: &str = "shoeSize";

const fn once(
    id: &'static str,
    service: Option<Service>,
    sentence: &'static str,
    source: &'static str,
    ask: fn(&mut Look<'_, '_>) -> Step,
) -> Check {
    Check { id, versions: Span::ALL, service, sentence, source, needs: Needs::Nothing, ask: Ask::Once(ask) }
}

const fn each(
    id: &'static str,
    service: Service,
    sentence: &'static str,
    source: &'static str,
    chosen: fn(&Route) -> bool,
    ask: fn(&mut Look<'_, '_>, &'static Route) -> Step,
) -> Check {
    let service = Some(service);
    Check { id, versions: Span::ALL, service, sentence, source, needs: Needs::Nothing, ask: Ask::Each(chosen, ask) }
}

impl Check {
    const fn only(mut self, versions: Span) -> Check {
        self.versions = versions;
        self
    }

    const fn needs(mut self, needs: Needs) -> Check {
        self.needs = needs;
        self
    }
}

use Service::{Assessment, Gradebook, Resources, Rostering};

const WAY_IN: Option<Service> = None;
const ROSTER: Option<Service> = Some(Rostering);
const GRADES: Option<Service> = Some(Gradebook);

fn in_row(row: &'static str, route: &Route) -> bool {
    reading::row(route) == Some(row)
}

fn reads(service: Service, route: &Route) -> bool {
    route.service == service && matches!(route.shape, Shape::Collection | Shape::Single)
}

/// Every check, in the order in which they are made.
#[rustfmt::skip]
pub static CHECKS: &[Check] = &[
    once("T1", WAY_IN, "A token is given for several scopes by HTTP Basic.", "Google", way_in::token).needs(Needs::OAuth2),
    once("T2", WAY_IN, "A token is given when id and secret are form-encoded before base64.", "RFC 6749 2.3.1, Moodle", way_in::encoded_client).needs(Needs::OAuth2),
    once("T3", WAY_IN, "A token is given, with all registered scopes, when none is asked for.", "consumers", way_in::no_scope).needs(Needs::OAuth2),
    once("T4", WAY_IN, "A new token leaves the earlier ones valid.", "Canvas", way_in::earlier_tokens).needs(Needs::OAuth2),
    once("T5", WAY_IN, "A token answer says expires_in, token_type and scope.", "RFC 6749 5.1, Moodle", way_in::token_members).needs(Needs::OAuth2),
    once("A1", WAY_IN, "A token answer is not to be kept by caches.", "RFC 6749 5.1", way_in::not_cached).needs(Needs::OAuth2),
    once("A2", WAY_IN, "Wrong secrets, other grant types and none are refused in the words of OAuth.", "RFC 6749 5.2", way_in::refused_tokens).needs(Needs::OAuth2),
    once("T56", WAY_IN, "Who sends no credentials is refused with 401, WWW-Authenticate and status info.", "OpenAPI documents, RFC 6750", way_in::nobody),
    once("A3", WAY_IN, "Tokens that were never given out are refused with 401, WWW-Authenticate and status info.", "OpenAPI documents, RFC 6750", way_in::forged),
    once("A4", WAY_IN, "A token opens no more than its scopes: core rostering opens neither nested reads nor demographics.", "OpenAPI documents", way_in::scopes).needs(Needs::OAuth2),
    once("T6", WAY_IN, "The scope roster.readonly alone opens the plain reads, too.", "Google", way_in::roster_opens_all).needs(Needs::OAuth2),
    once("T28", WAY_IN, "Signatures of OAuth 1.0a hold over values with spaces and odd signs.", "RFC 5849, Moodle", way_in::signed_filter).needs(Needs::OAuth1).only(Span::V1P1),
    once("T45", WAY_IN, "Signatures of OAuth 1.0a are taken without oauth_version, and by HMAC-SHA1 as well as HMAC-SHA256.", "ClassLink", way_in::signatures).needs(Needs::OAuth1).only(Span::V1P1),
    once("T58", WAY_IN, "A signature of a few minutes ago is taken, one of more than ten minutes refused.", "Canvas", way_in::ages).needs(Needs::OAuth1).only(Span::V1P1),
    once("A5", WAY_IN, "Wrong signatures, unknown keys and used nonces are refused.", "RFC 5849 3.2", way_in::bad_signatures).needs(Needs::OAuth1).only(Span::V1P1),

    each("T29", Rostering, "Each collection of rostering answers with records of its class under the key of the class.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T29", r), reading::answers),
    each("T30", Rostering, "Each record is found by its sourcedId, under the singular key of the class.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T30", r), reading::answers),
    each("T31", Rostering, "What belongs to a school is found below it.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T31", r), reading::answers),
    each("T32", Rostering, "The classes of a person and of a course are found below them.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T32", r), reading::answers),
    each("T33", Rostering, "The people of a class are found below it.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T33", r), reading::answers),
    each("T34", Rostering, "People and enrollments of a class are found below its school.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T34", r), reading::answers),
    each("T35", Rostering, "Classes and grading periods are found below a term.", "1.1 tables, OpenAPI documents, Moodle", |r| in_row("T35", r), reading::answers),
    once("R1", ROSTER, "A record alone is the same as in its collection.", "OpenAPI documents", reading::the_one_asked_for),
    once("T41", ROSTER, "Every dateLastModified has seconds, a fraction of three digits and Z.", "developer FAQ, Moodle", reading::stamps),
    once("T44", ROSTER, "No success carries a status info that speaks of failure.", "Moodle", reading::no_failure_in_success).only(Span::V1P1),
    once("T46", ROSTER, "The collection is the first member of the body.", "ClassLink", reading::data_first),
    once("T48", ROSTER, "A slash between path and query changes nothing.", "ClassLink", reading::slash),
    once("T49", ROSTER, "GET /orgs?limit=1 serves as a test of the connection.", "consumers", reading::connection),
    once("R2", ROSTER, "Unknown parameters are passed over.", "our rule", reading::unknown_parameters),
    once("R3", ROSTER, "Where records come with an ETag, who names it with If-None-Match is answered with 304.", "RFC 9110 13.1.2", conditions::known),
    once("R4", ROSTER, "HEAD is answered as GET is, without a body.", "RFC 9110 9.3.2", reading::head),

    once("T42", ROSTER, "Pages by offset hold every record once; only the last is short.", "Moodle", paging::offsets),
    once("T47", ROSTER, "Links of the relation next lead through all pages and end.", "ClassLink, RFC 8288", paging::links),
    once("T52", ROSTER, "Small pages are the large one, cut.", "Ed-Fi", paging::same_as_one),
    once("P1", ROSTER, "X-Total-Count is the number of records.", "OpenAPI documents", paging::totals),
    once("P2", ROSTER, "Links keep filter, order and fields, and lead to the first, the previous and the last page, too.", "OpenAPI documents, RFC 8288", paging::links_keep_the_question),
    once("P3", ROSTER, "The order is total and stable, also where the sort field ties.", "our rule", paging::stable),
    once("P4", ROSTER, "Without a limit a page holds 100 records.", "OpenAPI documents", paging::usual_limit),
    once("T51", ROSTER, "A huge limit is no error.", "Ed-Fi", paging::huge_limit),

    once("F1", ROSTER, "= finds the one record, != all the others.", "1.1 and 1.2 filter rules", asking::equal),
    once("F2", ROSTER, "<, <=, > and >= part a collection at one place.", "1.1 and 1.2 filter rules", asking::order),
    once("F3", ROSTER, "Times compare as times.", "developer FAQ", asking::times),
    once("F4", ROSTER, "~ finds what contains a text.", "1.1 and 1.2 filter rules", asking::contains),
    once("F5", ROSTER, "AND and OR join two clauses.", "1.1 and 1.2 filter rules", asking::logic),
    once("F6", ROSTER, "What stands in quotes is data, whatever it looks like.", "1.1 and 1.2 filter rules", asking::quotes),
    once("F7", ROSTER, "Values may hold spaces, apostrophes and letters beyond ASCII.", "RFC 3986, consumers", asking::odd_values),
    once("F8", ROSTER, "A space may come as + and as %20.", "ClassLink", asking::spaces),
    once("F9", ROSTER, "Members of members can be asked for, also through lists.", "Moodle, 1.1 filter rules", asking::nested),
    once("F10", ROSTER, "On lists, = asks for all the items and ~ for any.", "1.1 filter rules", asking::lists),
    once("F11", ROSTER, "A word that the vocabulary lacks matches nothing, and is no error.", "1.1 providers", asking::unknown_words),
    once("F12", ROSTER, "An empty filter is none.", "Ed-Fi", asking::empty),
    once("T7", ROSTER, "Quotes and signs of a filter may come as they are.", "Google", consumers::raw_quotes),
    once("T36", ROSTER, "A person is found by e-mail address.", "Moodle", consumers::by_email),
    once("T40", ROSTER, "Two clauses, one of them with a dotted path, are understood.", "Moodle", changes::two_clauses),
    once("T12", ROSTER, "A class is found by its identifier, with its terms.", "Google", consumers::one_class).only(Span::V1P1),
    once("T8", ROSTER, "The active classes of a teacher name school and term.", "Google", consumers::taught),
    once("T9", ROSTER, "The students of a class come in one page.", "Google", consumers::students),
    once("T13", ROSTER, "The grading periods below whatever a class lists as its term are whole.", "Google", consumers::grading_periods),

    once("T37", ROSTER, "Records are sorted by sourcedId, up and down.", "Moodle, OpenAPI documents", choosing::by_id),
    once("S1", ROSTER, "Records are sorted by time of change, up and down.", "OpenAPI documents", choosing::by_time),
    once("S2", ROSTER, "Texts are sorted in Unicode order.", "OpenAPI documents", choosing::by_text).only(Span::V1P2),
    once("S3", ROSTER, "orderBy alone sorts by sourcedId.", "Ed-Fi", choosing::order_alone),
    once("S4", ROSTER, "An unknown sort field gives the default order, in 1.1 with a warning.", "1.1 rules", choosing::unknown_sort),
    once("S5", ROSTER, "An orderBy that is neither asc nor desc is refused.", "our rule", choosing::bad_order),
    once("T38", ROSTER, "A selection of fields gives these members only.", "Moodle, OpenAPI documents", choosing::selection),
    once("S6", ROSTER, "A single record, too, is cut to the fields that were asked for.", "OpenAPI documents", choosing::selection_of_one),
    once("S7", ROSTER, "The list of fields may be parted by commas or repeated.", "OpenAPI documents", choosing::repeated_fields),
    once("T54", ROSTER, "An unknown field is refused in 1.2; 1.1 shows everything and warns.", "OpenAPI documents, 1.1 rules", choosing::unknown_field),
    once("S8", ROSTER, "A blank list of fields is refused.", "1.1 rules", choosing::blank_fields),

    once("T26", ROSTER, "Active records come up to 5000 in one page.", "School Data Sync", changes::active),
    once("T27", ROSTER, "A delta holds only what changed later.", "School Data Sync", changes::later),
    once("T39", ROSTER, "A day alone is its midnight in UTC, and offsets are understood.", "Moodle", changes::days),
    once("D1", ROSTER, "A poll with the greatest time holds that record and nothing older.", "School Data Sync", changes::polls),
    once("D2", ROSTER, "Before and since part the active records in two.", "School Data Sync", changes::halves),
    once("D3", ROSTER, "A record has one time of change, alone, in lists and in filters.", "developer FAQ", changes::found_again),

    once("T50", ROSTER, "Limits and offsets that are no whole numbers, and repeated ones, are refused.", "Ed-Fi", refusing::bad_numbers),
    once("T53", ROSTER, "An unknown field in a filter is refused by name.", "OpenAPI documents, 1.1 rules", refusing::unknown_filter_field),
    once("E1", ROSTER, "Filters that cannot be read are refused.", "1.1 and 1.2 filter rules", refusing::malformed_filters),
    each("T55", Rostering, "An identifier that no record has is refused with 404.", "OpenAPI documents, 1.1 rules", |r| r.shape == Shape::Single, refusing::unknown_record),
    each("E2", Rostering, "An unknown record before the last segment is refused with 404.", "1.1 rules, OpenAPI documents", |r| r.shape == Shape::Collection && !r.parents.is_empty(), refusing::unknown_parent),
    once("T43", ROSTER, "Refusals carry status info in the form of their version.", "OpenAPI documents, developer FAQ", refusing::forms),
    once("E3", ROSTER, "Rostering takes no writes.", "OpenAPI documents", refusing::read_only),

    each("G1", Gradebook, "Each read of the gradebook answers with records of its class.", "1.1 tables, OpenAPI documents", |r| reads(Gradebook, r), reading::answers),
    each("G2", Assessment, "Each read of assessment results answers with records of its class.", "OpenAPI documents", |r| reads(Assessment, r), reading::answers).only(Span::V1P2),
    each("G3", Resources, "Each read of resources answers with records of its class.", "1.1 tables, OpenAPI documents", |r| reads(Resources, r), reading::answers),
    once("T10", GRADES, "A form sent along with a GET is passed over.", "Google", consumers::get_with_body).only(Span::V1P2),
    once("T11", GRADES, "Categories are found, all of them or those of a class.", "Google", consumers::categories).only(Span::V1P1),
    each("W1", Gradebook, "Each class that is written comes back as it was sent, is replaced, deleted, and gone.", "OpenAPI documents, Google", writing::puts, writing::whole_life).needs(Needs::Write),
    once("T14", GRADES, "A new line item is taken without status and dateLastModified, its references without href and type.", "Google", writing::line_item).needs(Needs::Write).only(Span::V1P2),
    once("T15", GRADES, "A new line item is taken without status, category, school and grading period.", "Google", writing::line_item).needs(Needs::Write).only(Span::V1P1),
    once("T16", GRADES, "A line item is in its class at once.", "Google", writing::listed).needs(Needs::Write),
    once("T17", GRADES, "A title of 112 characters comes back whole.", "Google", writing::long_title).needs(Needs::Write),
    once("W17", GRADES, "A title of 255 characters comes back whole.", "our rule", writing::longest_title).needs(Needs::Write),
    once("T18", GRADES, "The category of a line item is the one that was sent.", "Google", writing::category_kept).needs(Needs::Write),
    once("T19", GRADES, "A result is taken with an empty comment, and with a date-time for its date.", "Google", writing::result).needs(Needs::Write),
    once("T20", GRADES, "A result is below its line item at once.", "Google", writing::result_listed).needs(Needs::Write),
    once("T21", GRADES, "A score above the greatest one is kept as it is.", "Google", writing::above).needs(Needs::Write),
    once("W16", GRADES, "Scores come back as they were sent, with their decimals, and below the least one, too.", "1.1 and 1.2 write rules", writing::exact).needs(Needs::Write),
    once("T22", GRADES, "The score status exempt is kept.", "Google", writing::exempt).needs(Needs::Write),
    once("T23", GRADES, "A result is deleted with 204 or 200.", "Google", writing::result_deleted).needs(Needs::Write),
    once("T24", GRADES, "A deleted result is in no list.", "Google", writing::result_gone).needs(Needs::Write),
    once("T25", GRADES, "A deleted line item is in no list, nor are its results.", "Google", writing::item_gone).needs(Needs::Write),
    once("T57", GRADES, "A token for reading the gradebook writes nothing.", "OpenAPI documents", writing::reading_scope).needs(Needs::WriteByToken),
    each("T59", Gradebook, "Sets are created whole or not at all, and their new identifiers told in pairs.", "OpenAPI documents", sets::posts, sets::sets).needs(Needs::Write).only(Span::V1P2),
    once("W2", GRADES, "A replacement replaces: members that are left out disappear.", "1.1 and 1.2 write rules", writing::replaced).needs(Needs::Write),
    once("W3", GRADES, "Bodies that are wrong in form or meaning are refused.", "OpenAPI documents", writing::wrong_bodies).needs(Needs::Write),
    once("W4", GRADES, "What is not there cannot be deleted, nor can anything be deleted twice.", "OpenAPI documents", writing::deleted_twice).needs(Needs::Write),
    once("W5", GRADES, "The time of change of a written record is the provider's own.", "developer FAQ", writing::own_time).needs(Needs::Write),
    once("W6", GRADES, "What was deleted can be created again.", "our rule", writing::created_again).needs(Needs::Write),
    once("W7", GRADES, "A body without sourcedId is of the record that the path names.", "our rule", writing::path_names).needs(Needs::Write),
    each("W8", Gradebook, "A write that comes twice changes nothing the second time, but perhaps the time of change.", "RFC 9110 9.2.2, Google", writing::puts, after::repeated).needs(Needs::Write),
    once("W10", GRADES, "What is written with status tobedeleted is deleted, and comes back when it is written again.", "our rule", after::buried).needs(Needs::Write),
    each("W11", Gradebook, "Of a set that is refused for one of its objects nothing is stored.", "our rule", sets::posts, sets::whole_or_nothing).needs(Needs::Write).only(Span::V1P2),
    each("W15", Gradebook, "A set is refused if an object of it names another record than the path.", "our rule", sets::posts, sets::as_the_path).needs(Needs::Write).only(Span::V1P2),
    once("W12", GRADES, "A category that a line item names is not deleted (deletefailure), or the line item names it no more.", "OpenAPI documents, our rule", after::in_use).needs(Needs::Write),
    once("W13", GRADES, "Where records come with an ETag, If-Match keeps who has not seen the last change from writing and deleting.", "RFC 9110 13.1.1", conditions::guarded).needs(Needs::Write),
    once("W14", GRADES, "Where records come with an ETag, If-None-Match: * keeps a new record from replacing another.", "RFC 9110 13.1.2", conditions::only_new).needs(Needs::Write),
    once("D4", GRADES, "What was deleted comes once, as tobedeleted, in the delta since its last change.", "School Data Sync", after::tombstones).needs(Needs::Write),
    once("W9", GRADES, "All that these checks wrote can be deleted, and is gone.", "OpenAPI documents", writing::tidied).needs(Needs::Write),

    once("T60", ROSTER, "Each service describes itself in an OpenAPI 3 document at its place of discovery.", "1.2 binding, conformance guide", consumers::discovery).only(Span::V1P2),
];

/// Deletes what the checks wrote, as far as it is still there.
pub(super) fn take_back(look: &mut Look<'_, '_>) {
    // What cannot be deleted was told by the checks.
    let _ = written::take_back(look);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_check_has_a_number_and_a_sentence_of_its_own() {
        let mut ids = HashSet::new();
        let mut sentences = HashSet::new();
        for check in CHECKS {
            assert!(ids.insert(check.id) && sentences.insert(check.sentence), "{}", check.id);
            assert!(check.sentence.ends_with('.') && !check.source.is_empty(), "{}", check.id);
        }
    }

    #[test]
    fn every_operation_is_asked() {
        for route in oneroster::model::ROUTES.iter().filter(|r| matches!(r.shape, Shape::Collection | Shape::Single)) {
            let asked = CHECKS.iter().any(|check| matches!(check.ask, Ask::Each(chosen, ask) if chosen(route) && std::ptr::fn_addr_eq(ask, reading::answers as fn(&mut Look<'_, '_>, &'static Route) -> Step)));
            assert!(asked, "{}", route.operation);
        }
    }
}
