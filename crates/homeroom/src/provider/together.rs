//! What the nodes of one database count together: how often an application asks,
//! and who sent wrong secrets.
//!
//! Each decides by itself, at once; and each tells the others through the
//! database, twice a second and whenever much came, so that all know in that time
//! what came to each.

use super::State;
use super::guesses::{self, FORGET_AFTER};
use super::rate::{Untold, Who, each};
use hashbrown::HashMap;
use homeroom_store::access::{Spent, Tag, Told};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The others hear within this time.
const BEAT: Duration = Duration::from_millis(500);
/// And not more often than this.
const BREATH: Duration = Duration::from_millis(20);

/// Tells and hears for as long as it is let; at once done where nobody else
/// counts.
pub(super) async fn keep(state: Arc<State>) {
    let (mut since, mut failed) = (0, false);
    loop {
        let worker = state.clone();
        let settled = tokio::task::spawn_blocking(move || settle(&worker, since)).await;
        match settled {
            Ok(Ok(Some(at))) => {
                if std::mem::take(&mut failed) {
                    tracing::info!("limits count for all nodes together again");
                }
                since = at;
            }
            Ok(Ok(None)) => return,
            Ok(Err(e)) if !failed => {
                failed = true;
                tracing::warn!("limits count for each node alone until the database answers: {e}");
            }
            Ok(Err(_)) => {}
            Err(e) => {
                tracing::error!("limits count for each node alone: {e}");
                return;
            }
        }
        let beat = tokio::time::sleep(BEAT);
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            () = beat => {}
            () = state.hurry.notified() => {}
        }
    }
}

/// Tells what came, and hears; until when, or `None` where nobody else counts.
/// Blocks.
fn settle(state: &State, since: i64) -> homeroom_store::Result<Option<i64>> {
    let (asked, guessed) = (state.limits.take_untold(), state.guesses.take_untold());
    let now = Instant::now();
    let by_tag: HashMap<Tag, &(Who, Untold)> = asked.iter().map(|one| (tag(&one.0), one)).collect();
    let spent = by_tag.iter().map(|(tag, one)| spent(&one.0, &one.1, *tag, now)).collect();
    let told = Told { spent, guessed, since, forget_after: FORGET_AFTER };
    match state.access.count_together(&told) {
        Ok(None) => Ok(None),
        Ok(Some(heard)) => {
            let now = Instant::now();
            for (tag, ahead) in heard.spent {
                if let Some((who, _)) = by_tag.get(&tag) {
                    state.limits.hear(who, ahead, now);
                }
            }
            state.guesses.hear(&heard.guessed, now);
            Ok(Some(heard.at))
        }
        Err(e) => {
            asked.iter().for_each(|(who, untold)| state.limits.keep_untold(who, *untold));
            state.guesses.keep_untold(&told.guessed);
            Err(e)
        }
    }
}

fn spent(who: &Who, untold: &Untold, what: Tag, now: Instant) -> Spent {
    let took = each(who.rate).saturating_mul(untold.requests);
    Spent { what, took, ago: now.saturating_duration_since(untold.since) }
}

/// Another rate is another count.
fn tag(who: &Who) -> Tag {
    guesses::tag(&format!("{} {}", who.rate, who.name))
}
