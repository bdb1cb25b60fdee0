//! The configuration file: what a process needs to start, said once instead of
//! by flags and variables.
//!
//! Its members are the flags of `serve`, by their names: there is no second list
//! of them. What was typed comes first, then the environment, then the file.

use crate::admin::config::told;
use crate::mail::MailSettings;
use crate::output::Failure;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What no flag says.
const BESIDE_FLAGS: [&str; 3] = ["key-file", "sources", "mail"];
/// Flags that say how one command runs, not how the process is set up.
const OF_ONE_RUN: [&str; 3] = ["config", "json", "help"];
/// Commands that serve, and so take what `serve` takes by the same names.
const SERVING: [&str; 2] = ["serve", "demo"];

/// A configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    /// The file of the installation key.
    pub(super) key_file: Option<PathBuf>,
    /// The folder in which sources keep what they fetch.
    pub(super) sources: Option<PathBuf>,
    /// The mail server.
    pub(super) mail: Option<MailSettings>,
    /// Flags by their names.
    #[serde(flatten)]
    flags: BTreeMap<String, Value>,
}

impl File {
    /// Reads a file; `command` is the whole of the command line, built.
    ///
    /// # Errors
    /// `unreadable` if it is not there, `usage` with what in it cannot be meant.
    pub(super) fn read(path: &Path, command: &Command) -> Result<File, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Failure::unreadable(format!("the configuration file {} cannot be read: {e}", path.display()))
        })?;
        File::parse(&text, command)
            .map_err(|failure| Failure { message: format!("{}: {}", path.display(), failure.message), ..failure })
    }

    fn parse(text: &str, command: &Command) -> Result<File, Failure> {
        // A file that is empty, or all remarks, says nothing.
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(File::default());
        }
        // `off` is a word, as it is on the command line.
        let options = serde_saphyr::options! { strict_booleans: true };
        let file: File = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| Failure::usage(told(&error)).hint("see what may stand there in docs/operations.md"))?;
        for (name, value) in &file.flags {
            let Some(flag) = flags(command).find(|flag| flag.get_long() == Some(name)) else {
                let known: Vec<&str> = flags(command).filter_map(Arg::get_long).chain(BESIDE_FLAGS).collect();
                return Err(Failure::usage(format!("there is nothing called {name:?} in a configuration file"))
                    .hint(format!("it may say {}", known.join(", "))));
            };
            values(flag, name, value)?;
        }
        Ok(file)
    }

    /// The values that it gives a flag; of a switch `true` or `false`.
    pub(super) fn says(&self, flag: &Arg) -> Vec<String> {
        let said = flag.get_long().and_then(|name| self.flags.get_key_value(name));
        said.and_then(|(name, value)| values(flag, name, value).ok()).unwrap_or_default()
    }

    /// The arguments of a command, with what the file says and they leave open.
    pub(super) fn complete(&self, arguments: &[OsString], command: &Command, matches: &ArgMatches) -> Vec<OsString> {
        let (name, leaf, matches) = innermost(command, matches);
        let open = |arg: &Arg| {
            let source = matches.value_source(arg.get_id().as_str());
            !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
        };
        let said = flags(command).filter(|flag| {
            let taken = |arg: &Arg| {
                let same = arg.get_env().is_some() && arg.get_env() == flag.get_env();
                arg.get_long() == flag.get_long() && (same || arg.is_global_set() || SERVING.contains(&name))
            };
            leaf.get_arguments().any(|arg| taken(arg) && open(arg))
        });
        let said: Vec<OsString> = said.flat_map(|flag| typed(flag, self.says(flag))).collect();
        // Behind `--` everything is taken for what it is.
        let end = arguments.iter().position(|arg| arg == "--").unwrap_or(arguments.len());
        [&arguments[..end], &said, &arguments[end..]].concat()
    }
}

/// The flags that a file may say.
pub(super) fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let serve = command.find_subcommand(SERVING[0]).into_iter().flat_map(Command::get_arguments);
    serve.filter(|flag| flag.get_long().is_some_and(|name| !OF_ONE_RUN.contains(&name)))
}

/// The command that was meant, and what was said to it.
fn innermost<'a>(mut command: &'a Command, mut matches: &'a ArgMatches) -> (&'a str, &'a Command, &'a ArgMatches) {
    while let Some((name, below)) = matches.subcommand()
        && let Some(found) = command.find_subcommand(name)
    {
        (command, matches) = (found, below);
    }
    (command.get_name(), command, matches)
}

/// A flag with its values, as it would be typed.
fn typed(flag: &Arg, values: Vec<String>) -> impl Iterator<Item = OsString> {
    let name = flag.get_long().unwrap_or_default().to_owned();
    let switch = matches!(flag.get_action(), ArgAction::SetTrue);
    values.into_iter().filter_map(move |value| match (switch, value.as_str()) {
        (true, "true") => Some(format!("--{name}").into()),
        (true, _) => None,
        (false, value) => Some(format!("--{name}={value}").into()),
    })
}

/// The values that a member of the file gives a flag.
fn values(flag: &Arg, name: &str, value: &Value) -> Result<Vec<String>, Failure> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (values, wanted) = match (flag.get_action(), value) {
        (_, Value::Null) => (Some(Vec::new()), ""),
        (ArgAction::SetTrue, value) => (value.as_bool().map(|said| vec![said.to_string()]), "true or false"),
        (ArgAction::Append, Value::Array(all)) => (all.iter().map(one).collect(), "a value or a list of values"),
        (_, value) => (one(value).map(|value| vec![value]), "one value"),
    };
    values.ok_or_else(|| {
        Failure::usage(format!("{name} wants {wanted}")).hint("homeroom serve --help tells what it means")
    })
}

#[cfg(test)]
mod tests {
    use super::super::whole;
    use super::*;
    use crate::mail::Safety;

    fn parse(text: &str) -> Result<File, Failure> {
        File::parse(text, &whole())
    }

    fn completed(text: &str, line: &str) -> String {
        let (command, arguments): (_, Vec<OsString>) = (whole(), line.split(' ').map(OsString::from).collect());
        let matches = command.clone().try_get_matches_from(&arguments).unwrap();
        let complete = parse(text).unwrap().complete(&arguments, &command, &matches);
        complete.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn what_is_not_typed_is_taken_from_the_file() {
        let text = "database: sqlite:x.db\nlisten: 127.0.0.1:90\nrate: off\ninsecure-http: true\nno-schedules: false\n\
                    trust-proxy: [10.0.0.0/8, 127.0.0.1]\npublic-url: https://r.example.org\n";
        for (line, more) in [
            (
                "homeroom serve --listen [::1]:0",
                " --public-url=https://r.example.org --insecure-http --trust-proxy=10.0.0.0/8 --trust-proxy=127.0.0.1 \
                 --rate=off --database=sqlite:x.db",
            ),
            (
                "homeroom demo --database sqlite:y.db",
                " --listen=127.0.0.1:90 --public-url=https://r.example.org --insecure-http",
            ),
            ("homeroom app add x", " --public-url=https://r.example.org --database=sqlite:x.db"),
            // A rate of one application is another thing than that of the server.
            ("homeroom app edit x --rate 5", " --database=sqlite:x.db"),
            ("homeroom --database sqlite:z.db app list", ""),
        ] {
            assert_eq!(completed(text, line), format!("{line}{more}"));
        }
        assert_eq!(completed("tenant: north\n", "homeroom find -- -x"), "homeroom find --tenant=north -- -x");
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (text, told) in [
            ("listen_on: x", "listen_on"),
            ("json: true", "json"),
            ("rate: [1, 2]", "one value"),
            ("insecure-http: perhaps", "true or false"),
            ("mail:\n  host: h\n", "from"),
            ("mail:\n  host: h\n  from: a@b.org\n  password: x\n", "password"),
            ("mail:\n  host: h\n  from: a@b.org\n  tls: some\n", "some"),
            ("mail: [", "line 1"),
            ("- listen\n", "line 1"),
        ] {
            let failure = parse(text).unwrap_err();
            assert!(failure.message.contains(told) && failure.status == 2 && failure.hint.is_some(), "{failure:?}");
        }
    }

    #[test]
    fn a_file_says_as_much_as_it_must() {
        for text in ["", "# nothing yet\n\n", "listen:\n"] {
            let file = parse(text).unwrap();
            assert!(file.mail.is_none() && flags(&whole()).all(|flag| file.says(flag).is_empty()), "{text}");
        }
        let mail = parse("mail:\n  host: h\n  from: a@b.org\n").unwrap().mail.unwrap();
        assert_eq!((mail.tls, mail.port, mail.user), (Safety::Starttls, None, None));
    }
}
