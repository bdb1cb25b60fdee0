//! What Moodle takes as a username, an address and a name; pure rules.
//!
//! Usernames: lower case, `a-z0-9._@-` and nothing else, at most 100. Names:
//! at most 100, no tags, kept as they are with the spaces around them, so these
//! are taken off. Addresses: compared without case, at most 100.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest username, name or address.
const LONGEST: usize = 100;

/// A username, or why there is none.
pub(super) fn username(text: &str, replace: bool) -> Result<String, String> {
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return Err("has no username".to_owned());
    }
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._@-".contains(c);
    let name = match lower.chars().find(|c| !legal(*c)) {
        None => lower,
        Some(_) if replace => {
            let plain = lower.nfkd().filter(|c| !is_combining_mark(*c));
            let name: String = plain.map(|c| if legal(c) { c } else { '-' }).collect();
            if name.chars().all(|c| c == '-') {
                return Err("has a username of which Moodle takes no letter".to_owned());
            }
            name
        }
        Some(' ') => return Err("has a username with a space; Moodle takes a-z, 0-9 and . _ @ - only".to_owned()),
        // The character alone says nothing of whom it is.
        Some(c) => return Err(format!("has a username with {c:?}; Moodle takes a-z, 0-9 and . _ @ - only")),
    };
    if name.len() > LONGEST {
        return Err(format!("has a username of more than {LONGEST} characters"));
    }
    Ok(name)
}

/// An address in the form in which it is compared, if it is one.
pub(super) fn email(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let (local, domain) = lower.split_once('@')?;
    let local_fits = !local.is_empty()
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let domain_fits = domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    (local_fits && domain_fits && lower.len() <= LONGEST && local.len() <= 64).then_some(lower)
}

/// The address that stands in for none: never another person's, for it is made
/// of a digest of the sourcedId wherever that is not plain.
pub(super) fn stand_in(sourced_id: &str, domain: &str) -> String {
    let lower = sourced_id.to_lowercase();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !lower.is_empty() && lower.len() <= 40 && lower == sourced_id && lower.bytes().all(plain) {
        return format!("{lower}@{domain}");
    }
    format!("id.{:016x}@{domain}", oneroster::record::id_digest(sourced_id))
}

/// A name or title as Moodle takes it: trimmed, without what looks like a tag,
/// and not longer than it may be. A sign at its end begins a tag, too.
pub(super) fn title(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect::<Vec<_>>().into_iter().peekable();
    while let Some(c) = letters.next() {
        out.push(c);
        // A space after it makes it a sign again.
        if c == '<' && letters.peek().is_some_and(|next| *next != ' ') {
            out.push(' ');
        }
    }
    out.chars().filter(|c| !c.is_control()).take(longest).collect::<String>().trim_end_matches([' ', '<']).to_owned()
}

/// The same of a part of a person's name.
pub(super) fn name(text: &str) -> String {
    title(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_made_legal_or_refused() {
        assert_eq!(username(" Ann.B_1@x-y ", false).unwrap(), "ann.b_1@x-y");
        for (text, why) in
            [("", "no username"), ("  ", "no username"), ("ann b", "a space"), ("zoë", "'ë'"), ("a+b", "'+'")]
        {
            assert!(username(text, false).unwrap_err().contains(why), "{text}");
        }
        assert_eq!(username("Zoë Ångström+1", true).unwrap(), "zoe-angstrom-1");
        assert!(username("李雷", true).unwrap_err().contains("no letter"));
        assert!(username(&"a".repeat(101), false).is_err() && username(&"a".repeat(100), false).is_ok());
    }

    #[test]
    fn addresses_are_lower_case_or_none() {
        assert_eq!(email(" Ann@School.Test ").as_deref(), Some("ann@school.test"));
        for bad in ["", "ann", "@x.y", "a@b", "a b@x.y", "a@x..y", "a@-x.y", ".a@x.y", "a..b@x.y", "é@x.y", "a@b@c.d"]
        {
            assert_eq!(email(bad), None, "{bad}");
        }
    }

    #[test]
    fn stand_ins_are_addresses_and_never_the_same() {
        let ids = ["u1", "U1", "u 1", "ü", "", "a.b", &"x".repeat(41)];
        let all: std::collections::BTreeSet<String> = ids.iter().map(|id| stand_in(id, "noemail.invalid")).collect();
        assert_eq!(all.len(), ids.len());
        assert!(all.iter().all(|address| email(address).as_deref() == Some(address)), "{all:?}");
        assert!(all.contains("u1@noemail.invalid"));
    }

    #[test]
    fn titles_hold_no_tags() {
        assert_eq!(title("  Math  \"1\" & <b>more</b> < 2 ", 100), "Math \"1\" & < b>more< /b> < 2");
        assert_eq!(title("abc def", 4), "abc");
        assert_eq!([title("I <3 Math <", 100), title("a < b", 3), title("<", 9)], ["I < 3 Math", "a", ""]);
        assert_eq!(title("🎓 Übung", 10), "🎓 Übung");
    }
}
