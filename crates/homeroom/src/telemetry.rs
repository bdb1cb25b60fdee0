//! What is logged: lines on standard error, for people or as JSON.
//!
//! Only our own crates are heard: what others log may hold headers or queries,
//! and no line may carry a name, an identifier, a token or a secret.

use tracing::Level;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// The form of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What writes the log of our own crates, from a level on.
pub fn subscriber<W>(format: LogFormat, level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours = ["homeroom", "homeroom_store", "oneroster"].map(|name| (name, level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_target(false).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(Targets::new().with_targets(ours)))
}

/// Begins to log to standard error, and tells panics to the log by their place
/// only, since what they say may hold data.
pub fn start(format: LogFormat, level: Level) {
    // A second start in one process changes nothing.
    let _ = tracing::subscriber::set_global_default(subscriber(format, level, std::io::stderr));
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        tracing::error!(place, "a bug: this part of the program panicked; please report it with this place");
    }));
}
