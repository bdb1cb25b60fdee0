//! A plan and its end, in words.

use super::{Effect, Ended, Request};
use homeroom_store::RunState;
use homeroom_store::intake::Plan;
use oneroster::validate::Options;
use std::fmt::Write as _;
use std::path::Path;

/// The plan as a table: a line per kind.
pub fn plan_table(plan: &Plan) -> String {
    let mut table = String::new();
    let heads = ["", "added", "changed", "removed", "unchanged", "rejected"];
    line(&mut table, heads[0], heads[1..].iter().map(ToString::to_string));
    for (kind, tally) in plan.kinds() {
        let cells = [tally.added, tally.changed, tally.removed, tally.unchanged, tally.rejected];
        line(&mut table, kind.entity().plural, cells.iter().map(ToString::to_string));
    }
    table
}

fn line(table: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    let _ = write!(table, "{name:<18}");
    for cell in cells {
        let _ = write!(table, "{cell:>11}");
    }
    table.push('\n');
}

/// What the rules of the source did, a line each; nothing if there are none.
pub fn effects_table(effects: &[Effect]) -> String {
    let mut table = String::new();
    for effect in effects {
        let _ = writeln!(table, "{:<5}{}: {}", effect.code, effect.rule, effect.words());
    }
    table
}

/// The command that shows every finding of a package, judged alike.
pub fn look(request: &Request) -> String {
    let command = command("validate", &request.package, &request.options);
    if request.options.values { command + " --show-values" } else { command }
}

/// The command that does something with a package, judged by these options.
pub fn command(verb: &str, package: &Path, options: &Options) -> String {
    let package = package.display().to_string();
    let quote = if package.contains(char::is_whitespace) { "\"" } else { "" };
    let mut command = format!("homeroom {verb} {quote}{package}{quote}");
    if options.strict {
        command.push_str(" --strict");
    }
    if let Some(version) = options.assume {
        let _ = write!(command, " --assume {version}");
    }
    if !options.consent.is_empty() {
        let codes: Vec<&str> = options.consent.iter().map(|code| code.label()).collect();
        let _ = write!(command, " --consent {}", codes.join(","));
    }
    if let Some(zone) = options.zone.iana_name().filter(|zone| *zone != "UTC") {
        let _ = write!(command, " --timezone {zone}");
    }
    command
}

/// What an import came to, in a sentence or two.
pub fn sentence(ended: &Ended, dry_run: bool) -> String {
    let run = ended.run.map(|run| format!("Run {run}: ")).unwrap_or_default();
    let reason = ended.reason.as_deref().unwrap_or_default().trim_end_matches('.');
    match ended.state {
        RunState::Applied if ended.published.is_none() => format!("{run}applied; nothing had changed."),
        RunState::Applied => {
            let sum =
                |of: fn(&homeroom_store::intake::Tally) -> u64| ended.plan.kinds().map(|(_, t)| of(&t)).sum::<u64>();
            format!(
                "{run}applied; {} added, {} changed, {} removed.",
                sum(|t| t.added),
                sum(|t| t.changed),
                sum(|t| t.removed)
            )
        }
        RunState::Planned if dry_run => "Dry run: nothing was written.".to_owned(),
        RunState::Held if dry_run => format!("Dry run: nothing was written. It would be held: {reason}."),
        state => {
            let next = ended.run.map_or_else(String::new, |run| next(state, run));
            format!("{run}{}, nothing was written: {reason}.{next}", state.word())
        }
    }
}

/// What a person does about a run that stands so, in one sentence.
pub fn next(state: RunState, run: i64) -> String {
    match state {
        RunState::Planned => format!(" Or write it with: homeroom runs approve {run}."),
        RunState::Held => format!(
            " Look at it with: homeroom runs show {run}; then write it with: homeroom runs approve {run}, or drop it \
             with: homeroom runs reject {run}."
        ),
        RunState::Applied => format!(" Take it back with: homeroom runs undo {run}."),
        _ => String::new(),
    }
}
