//! The command line: one file per command.

mod app;
mod ask;
mod audit;
mod config;
mod conformance;
mod database;
mod demo;
mod disclosures;
mod export;
mod file;
mod find;
mod forget;
mod generate;
mod get;
mod given;
mod grades;
mod import;
mod issuer;
mod key;
mod people;
mod planned;
mod report;
mod runs;
mod secret;
mod serve;
mod setting;
mod source;
mod target;
mod tenant;
mod turn;
mod validate;

use crate::output::{Failure, Output, Status};
use clap::{ArgMatches, CommandFactory, FromArgMatches as _, Parser, Subcommand};
use file::File;
use setting::Global;
pub use setting::Setting;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// The open roster hub for schools: OneRoster in, checked and planned; a
/// conformant OneRoster 1.1 and 1.2 provider out.
#[derive(Debug, Parser)]
#[command(name = "homeroom", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Generate(generate::Generate),
    Import(import::Import),
    Export(export::Export),
    Validate(validate::Validate),
    Get(get::Get),
    Find(find::Find),
    Forget(forget::Forget),
    Disclosures(disclosures::Disclosures),
    #[command(subcommand)]
    Report(report::Report),
    #[command(subcommand)]
    Runs(runs::Runs),
    #[command(subcommand)]
    People(people::People),
    #[command(subcommand)]
    Source(source::Source),
    #[command(subcommand)]
    App(app::App),
    Audit(audit::Audit),
    #[command(subcommand)]
    Config(config::Config),
    #[command(subcommand)]
    Issuer(issuer::Issuer),
    Conformance(conformance::Conformance),
    #[command(subcommand)]
    Grades(grades::Grades),
    #[command(subcommand)]
    Target(target::Target),
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Database(database::Database),
}

impl Command {
    fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Command::Demo(command) => command.run(setting),
            Command::Serve(command) => command.run(setting),
            Command::Generate(command) => command.run(setting),
            Command::Import(command) => command.run(setting),
            Command::Export(command) => command.run(setting),
            Command::Validate(command) => command.run(setting),
            Command::Get(command) => command.run(setting),
            Command::Find(command) => command.run(setting),
            Command::Forget(command) => command.run(setting),
            Command::Disclosures(command) => command.run(setting),
            Command::Report(command) => command.run(setting),
            Command::Runs(command) => command.run(setting),
            Command::People(command) => command.run(setting),
            Command::Source(command) => command.run(setting),
            Command::App(command) => command.run(setting),
            Command::Audit(command) => command.run(setting),
            Command::Config(command) => command.run(setting),
            Command::Issuer(command) => command.run(setting),
            Command::Conformance(command) => command.run(setting),
            Command::Grades(command) => command.run(setting),
            Command::Target(command) => command.run(setting),
            Command::Tenant(command) => command.run(setting),
            Command::Key(command) => command.run(setting),
            Command::Database(command) => command.run(setting),
        }
    }
}

/// Runs the command that the process was started with; the exit status is 0
/// done, 1 not done, 2 usage or unreadable input.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let matches = match Cli::command().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // What the environment gives is no part of what was typed, nor of how it is used.
            let plain = || typed(Cli::command()).try_get_matches_from(&arguments).err();
            let error = if error.use_stderr() { plain().unwrap_or(error) } else { error };
            return unparsed(&error, arguments.iter().any(|a| a == "--json"));
        }
    };
    let output = Output { json: matches.get_flag("json") };
    let done = configured(&arguments, matches)
        .and_then(|(cli, file)| Setting::new(&cli.global, file).map(|setting| (cli, setting)))
        .and_then(|(cli, setting)| cli.command.run(&setting));
    match done {
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::NotDone) => ExitCode::from(1),
        Ok(Status::Refused) => ExitCode::from(2),
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.status)
        }
    }
}

/// The command line with all that every command takes.
fn whole() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// The command as it was typed, completed by the configuration file that it
/// names.
fn configured(arguments: &[OsString], matches: ArgMatches) -> Result<(Cli, File), Failure> {
    let plain = |error: clap::Error| misused(&error.render().to_string());
    let Some(path) = matches.get_one::<PathBuf>("config") else {
        return Ok((Cli::from_arg_matches(&matches).map_err(plain)?, File::default()));
    };
    let command = whole();
    let file = File::read(path, &command)?;
    let complete = file.complete(arguments, &command, &matches);
    let cli = Cli::try_parse_from(complete).map_err(|error| {
        // What was typed was good, so it is the file.
        let failure = plain(error);
        let hint = "homeroom serve --help tells what each of its members may say";
        Failure { message: format!("{}: {}", path.display(), failure.message), ..failure }.hint(hint)
    })?;
    Ok((cli, file))
}

/// A command that heeds nothing but what is typed.
fn typed(command: clap::Command) -> clap::Command {
    let deaf = |arg: clap::Arg| arg.env(clap::builder::Resettable::Reset);
    command.mut_args(deaf).mut_subcommands(typed)
}

/// Help and version are no errors; the rest is usage, in JSON if that was
/// asked for.
fn unparsed(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() || !json {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    Output { json }.failure(&misused(&error.render().to_string()));
    ExitCode::from(2)
}

/// What the parser says, in the form of our failures: the first paragraph is
/// what is wrong, the usage what to do next.
fn misused(text: &str) -> Failure {
    let first: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let message = first.join(" ");
    let usage = text.lines().find(|line| line.starts_with("Usage: "));
    let hint = usage.unwrap_or("homeroom COMMAND --help tells what each command takes");
    Failure::usage(message.strip_prefix("error: ").unwrap_or(&message)).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn misuse_is_told_in_full() {
        let error = Cli::try_parse_from(["homeroom", "import"]).unwrap_err();
        let failure = misused(&error.render().to_string());
        assert_eq!(failure.message, "the following required arguments were not provided: <PACKAGE>");
        assert_eq!(failure.hint.as_deref(), Some("Usage: homeroom import <PACKAGE>"));
    }

    #[test]
    fn global_flags_stand_anywhere() {
        for line in ["homeroom --json app list", "homeroom app list --json", "homeroom app --json list"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.global.json, "{line}");
        }
    }
}
