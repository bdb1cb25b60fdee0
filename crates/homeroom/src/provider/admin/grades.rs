//! Calls about grades on their way home.

use super::{Answer, Asked, Done};
use crate::grades::show;
use crate::output::Failure;
use homeroom_store::{Forwards, Stand};
use serde_json::json;

/// So many are listed unless more are asked for.
const LISTED: u32 = 100;

pub(super) fn list(asked: &Asked) -> Done {
    let words = || Stand::ALL.map(Stand::word).join(", ");
    let stand =
        asked.given("state", |word| Stand::from_word(word).ok_or_else(|| format!("it is one of {}", words())))?;
    let sourced_id = asked.query.get("id").map(String::as_str);
    let which = Forwards { stand, sourced_id, kind: None };
    Ok(Answer::ok(show::document(&asked.roster, &which, asked.number("last", LISTED)?.into())?.0))
}

pub(super) fn retry(asked: &Asked) -> Done {
    let which = Forwards { stand: Some(Stand::Refused), sourced_id: Some(&asked.id), kind: None };
    let count = asked.roster.retry_forwards(&which)?;
    if count == 0 {
        let told = format!("nothing of the sourcedId {} is refused", asked.id);
        return Err(Failure { code: "not_found", ..Failure::refused(told) });
    }
    asked.access.audit().note(&asked.name(), "grades retry", &asked.id, &format!("{count} records"))?;
    Ok(Answer::ok(json!({ "waiting": count })))
}
