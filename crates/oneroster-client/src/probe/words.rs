//! A report in words, for people who set a source up.

use super::{Changes, Collection, Outcome, ProbeReport};

/// One line after the other.
pub(super) fn lines(report: &ProbeReport) -> Vec<String> {
    let mut lines = vec![format!("OneRoster {} at {} (vendor: {}).", report.edition, report.origin, report.vendor)];
    lines.push(sign_in(report));
    lines.extend(paging(report));
    lines.extend(report.collections.iter().map(collection));
    lines.extend(report.collections.iter().flat_map(missing));
    lines.extend(report.collections.iter().flat_map(odd_words));
    lines.extend(report.collections.iter().filter_map(filled));
    lines.extend(report.collections.iter().flat_map(vocabularies));
    lines.extend(report.tries.iter().filter_map(|tried| outcome(&tried.what, &tried.outcome)));
    lines.push(changes(report));
    for finding in &report.findings {
        let row = finding.habit.row();
        let of = match (&finding.kind, finding.member.as_str()) {
            (Some(kind), "") => format!(" ({})", kind.entity().plural),
            (Some(kind), member) => format!(" ({}: {member})", kind.entity().plural),
            (None, _) => String::new(),
        };
        let times = if finding.count == 1 { "once".to_owned() } else { format!("{} times", finding.count) };
        lines.push(format!("{} {}{of} Met {times}.", row.code, row.sentence));
    }
    lines
}

fn sign_in(report: &ProbeReport) -> String {
    let Some(sign_in) = &report.sign_in else { return "No token is asked for.".to_owned() };
    let life = sign_in.lifetime.map_or_else(|| "of unknown life".to_owned(), |s| format!("good for {s} seconds"));
    let scopes = sign_in.scopes.as_ref().map_or_else(
        || "scopes not said".to_owned(),
        |scopes| {
            let short: Vec<&str> = scopes.iter().map(|scope| scope.rsplit('/').next().unwrap_or(scope)).collect();
            format!("scopes {}", short.join(", "))
        },
    );
    format!("Signed in: a token {life}; {scopes}.")
}

fn paging(report: &ProbeReport) -> Vec<String> {
    let paging = &report.paging;
    let mut lines = Vec::new();
    if let Some(cap) = paging.cap {
        lines.push(format!("A page has at most {cap} records."));
    }
    lines.push(match (paging.totals, paging.links) {
        (true, true) => "Totals and links to the next page are given.".to_owned(),
        (true, false) => "Totals are given, links to the next page are not.".to_owned(),
        (false, true) => "Links to the next page are given, totals are not: completeness cannot be counted.".to_owned(),
        (false, false) => "Neither totals nor links were seen: completeness cannot be counted.".to_owned(),
    });
    lines
}

fn collection(collection: &Collection) -> String {
    match (&collection.failure, collection.total) {
        (Some(failure), _) => format!("{}: cannot be read. {failure}", collection.path),
        (None, Some(total)) => format!("{}: {total} records.", collection.path),
        (None, None) => format!("{}: at least {} records.", collection.path, collection.sample),
    }
}

/// Members that the version demands and that are not always there.
fn missing(collection: &Collection) -> Vec<String> {
    let sample = collection.sample;
    let short = collection.filled.iter().filter(|filled| filled.demanded && filled.records < sample);
    short
        .map(|filled| {
            format!(
                "{}: {} is there in {} of {sample} records, though it is mandatory.",
                collection.path, filled.member, filled.records
            )
        })
        .collect()
}

fn odd_words(collection: &Collection) -> Vec<String> {
    let odd = collection.words.iter().flat_map(|words| {
        words
            .words
            .iter()
            .filter(|(_, _, known)| !known)
            .map(move |(word, count, _)| (words.member.as_str(), word, count))
    });
    odd.map(|(member, word, count)| {
        format!("{}: {member} is \"{word}\" {count} times, a word that the standard lacks.", collection.path)
    })
    .collect()
}

/// How often members that may be left out are there, those that always are left out.
fn filled(collection: &Collection) -> Option<String> {
    let sample = collection.sample;
    let some = collection.filled.iter().filter(|filled| !filled.demanded);
    let (always, partly): (Vec<_>, Vec<_>) = some.partition(|filled| filled.records >= sample);
    let always: Vec<&str> = always.into_iter().map(|filled| filled.member).collect();
    let partly: Vec<String> =
        partly.into_iter().map(|filled| format!("{} in {}", filled.member, filled.records)).collect();
    let said = match (always.is_empty(), partly.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("{} in all", always.join(", ")),
        (true, false) => partly.join(", "),
        (false, false) => format!("{} in all, {}", always.join(", "), partly.join(", ")),
    };
    Some(format!("{}: of {sample} records looked at, {said}.", collection.path))
}

/// So many words of a vocabulary are told.
const TOLD: usize = 12;

fn vocabularies(collection: &Collection) -> Vec<String> {
    let told = collection.words.iter().filter(|words| !words.words.is_empty());
    told.map(|words| {
        let mut all: Vec<String> =
            words.words.iter().take(TOLD).map(|(word, count, _)| format!("{word} ({count})")).collect();
        if words.words.len() > TOLD {
            all.push(format!("and {} more", words.words.len() - TOLD));
        }
        format!("{}: {} is {}.", collection.path, words.member, all.join(", "))
    })
    .collect()
}

fn outcome(what: &str, outcome: &Outcome) -> Option<String> {
    Some(match outcome {
        Outcome::Works => format!("Works: {what}."),
        Outcome::Ignored => format!("Ignored: {what}."),
        Outcome::Refused(why) => format!("Refused: {what}. {why}"),
        Outcome::Untried => return None,
    })
}

fn changes(report: &ProbeReport) -> String {
    let said = match report.changes {
        Changes::Honest => "Changes since an instant can be asked for.",
        Changes::OneInstant => {
            "All records bear one instant, as after a first load, so changes since then may be everything: pull whole. Test again once something has changed."
        }
        Changes::NoFilter => "Changes since an instant cannot be asked for: pull whole.",
        Changes::NoInstants => "Most records lack dateLastModified: pull whole.",
        Changes::Untried => {
            "There were too few records to see whether changes can be asked for: pull whole, and test again once there are more."
        }
    };
    match report.tombstones {
        Some(0) | None => format!("{said} No deleted record was shown."),
        Some(count) => format!("{said} Deleted records are shown ({count})."),
    }
}
