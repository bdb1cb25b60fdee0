//! The flags that say how an application proves who it is, and how often it
//! may ask.

use crate::intake::words;
use homeroom_store::access::{NewApp, Rotation};

const HEADING: &str = "How it proves who it is";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct NewSecretFlags {
    /// Let it sign its requests with key and secret (OAuth 1.0a, OneRoster 1.1
    /// only), as ClassLink's clients and Moodle do, beside asking for tokens
    #[arg(long, help_heading = HEADING)]
    oauth1: bool,
    /// End its secret after this time, such as 90d; without it, the secret is
    /// good until it is rotated
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = HEADING)]
    secret_expires: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RotateFlags {
    #[command(flatten)]
    new: NewSecretFlags,
    /// Take the right to sign requests away: tokens only from now on
    #[arg(long, conflicts_with = "oauth1", help_heading = HEADING)]
    oauth2: bool,
    /// Keep the old secret and its tokens good for this time beside the new
    /// one, such as 24h, so that both sides need not change at once
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = HEADING)]
    keep_old: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RateFlag {
    /// How many requests a second it may make; `off` for any number, `default`
    /// for what the server allows
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<Rate>,
}

/// What was said of a rate; the inner `None` is the server's.
#[derive(Clone, Copy, Debug)]
struct Rate(Option<u32>);

impl NewSecretFlags {
    pub(super) fn applied(&self, new: NewApp) -> NewApp {
        NewApp { signs: self.oauth1 || new.signs, secret_for: self.secret_expires, ..new }
    }
}

impl RotateFlags {
    pub(super) fn rotation(&self) -> Rotation {
        let signs = (self.new.oauth1 || self.oauth2).then_some(self.new.oauth1);
        Rotation { keep_old: self.keep_old, secret_for: self.new.secret_expires, signs }
    }
}

impl RateFlag {
    pub(super) fn rate(&self) -> Option<Option<u32>> {
        self.rate.map(|rate| rate.0)
    }
}

/// A time such as `24h` or `90d`, in milliseconds.
fn time(text: &str) -> Result<i64, String> {
    let time = words::time(text).filter(|time| *time > 0);
    time.ok_or_else(|| "write a time such as 30min, 24h or 90d, of ten years at most".to_owned())
}

fn rate(text: &str) -> Result<Rate, String> {
    match text {
        "default" => Ok(Rate(None)),
        "off" => Ok(Rate(Some(0))),
        _ => match text.parse() {
            Ok(number @ 1..=1_000_000) => Ok(Rate(Some(number))),
            _ => Err("write a number of requests a second from 1 to 1000000, off or default".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_are_read() {
        let times = [("30min", 1_800_000), ("24h", 86_400_000), ("90d", 7_776_000_000), ("1w", 604_800_000)];
        for (text, wanted) in times {
            assert_eq!(time(text), Ok(wanted), "{text}");
        }
        for bad in ["", "24", "-1h", "0s", "soon", "11y", "99999999999999d"] {
            assert!(time(bad).is_err(), "{bad}");
        }
        assert_eq!(["5", "off", "default"].map(|text| rate(text).unwrap().0), [Some(5), Some(0), None]);
        assert!(["0", "-1", "x", "1000001"].iter().all(|bad| rate(bad).is_err()));
    }
}
