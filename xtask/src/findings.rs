//! The page of every finding: a fold over the rule table.

use oneroster::validate::{Check, RULES, Rule, Severity};
use std::fmt::Write as _;

const HEAD: &str = "\
# Findings

What `homeroom validate`, `homeroom import` and `homeroom source pull` say of a package, by code: what must hold or was found, and what to do next. Written
by `cargo xtask gen` from the rule table (`crates/oneroster/src/validate/rules.rs`); do not edit it by hand.

How bad a finding is depends on how the package is judged, `--strict` or carefully, as without it:

| | |
|---|---|
| error | The row, the file or the package is rejected. Strictly, any error refuses the whole package. |
| warning | Taken as it is, but probably wrong. |
| repaired | Changed on the way in, by a repair that is safe; the package itself stays as it was. |
| info | Worth knowing. |
| - | Not looked at in this mode. |

A check may be milder than its row here where a repair applies. The headings are the sections of the CSV reference that this project
was written from.
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut section = "";
    for rule in RULES.iter().filter(|rule| is_told(rule)) {
        if rule.source != section {
            section = rule.source;
            // Memory takes whatever is written to it.
            let _ = write!(page, "\n## {section}\n\n| Code | Strict | Careful | What holds, or was found | Next |\n");
            page.push_str("|---|---|---|---|---|\n");
        }
        page.push_str(&row(rule));
    }
    page
}

/// Whether a rule is looked at by more than some imports.
fn is_told(rule: &Rule) -> bool {
    matches!(rule.check, Check::Now | Check::Rules | Check::Fetch)
}

fn row(rule: &Rule) -> String {
    let word = |severity: Option<Severity>| severity.map_or("-", Severity::word);
    let cells = [rule.code.label(), word(rule.strict), word(rule.careful), rule.sentence, rule.hint];
    format!("| {} |\n", cells.map(escaped).join(" | "))
}

/// Text that stays one cell, and is no markup.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn every_rule_that_is_looked_at_has_one_row_of_five_cells() {
        let page = page();
        for rule in RULES {
            let row = format!("| {} | ", rule.code.label());
            let rows = page.lines().filter(|line| line.starts_with(&row)).collect::<Vec<_>>();
            assert_eq!(rows.len(), usize::from(is_told(rule)), "{}", rule.code.label());
            for row in rows {
                assert_eq!(row.matches(" | ").count(), 4, "{row}");
                assert!(row.contains(&escaped(rule.hint)));
            }
        }
    }

    #[test]
    fn text_stays_within_its_cell() {
        assert_eq!(escaped("a|b <i> *c*"), "a\\|b &lt;i> \\*c\\*");
    }
}
