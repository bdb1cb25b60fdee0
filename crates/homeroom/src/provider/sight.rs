//! The view that the grant of a caller is read through.

use super::answer::Refusal;
use super::below::Below;
use crate::days::Zones;
use homeroom_store::access::Caller;
use homeroom_store::{Roster, ViewId};
use http::Extensions;
use oneroster::time::Timestamp;

/// The name of a caller's view. An application has one view, whatever its grant
/// comes to be: so it learns what has left. One more is that of a school which
/// the path speaks of, and of a person for whom it reads.
pub(super) fn name(caller: &Caller, extensions: &Extensions) -> String {
    let school = extensions.get::<Below>().and_then(|below| below.school.as_deref());
    let parts = [("s", school), ("p", caller.bounds.person.as_deref())];
    let more = parts.into_iter().filter_map(|(part, id)| Some(format!("/{part}/{}", id?)));
    std::iter::once(caller.client_id.to_string()).chain(more).collect()
}

/// The view of a caller, if nothing has to be asked for it: `Some(None)` if it
/// sees everything.
pub(super) fn known(
    zones: &Zones,
    roster: &Roster,
    name: &str,
    caller: &Caller,
    now: Timestamp,
) -> Option<Option<ViewId>> {
    roster.known_view(name, &caller.bounds, zones.known(&caller.tenant, &caller.bounds, now)?)
}

/// The view of a caller, made if it is asked for the first time.
pub(super) fn find(
    zones: &Zones,
    roster: &Roster,
    name: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<Option<ViewId>, Box<Refusal>> {
    let today = zones.today(&caller.tenant, roster, &caller.bounds, now);
    today.and_then(|today| roster.view(name, &caller.bounds, now, today)).map_err(|e| Refusal::store(&e))
}
