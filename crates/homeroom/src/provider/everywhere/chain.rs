//! One district after the other: the order of the store, of changes, or of
//! identifiers, in which those of a district stand together.

use super::District;
use super::cursor::{Cursor, Place};
use super::page::{Page, Pull};
use crate::provider::answer::Refusal;

/// Writes a page that begins so many records behind a place; where it ends.
pub(super) fn give(pull: &Pull, begun: &Cursor, mut skip: u64, page: &mut Page) -> Result<Place, Box<Refusal>> {
    let (from, mut inner) = match &begun.place {
        Place::Begin => (None, None),
        Place::In(name, inner) => (Some(name.as_str()), inner.clone()),
        Place::End => return Ok(Place::End),
        Place::After(..) => return Err(Refusal::cursor()),
    };
    let descending = pull.query.sort.as_ref().is_some_and(|sort| sort.descending);
    let mut order: Vec<&District> = pull.all.iter().collect();
    if descending {
        order.reverse();
    }
    for there in order.into_iter().filter(|there| from.is_none_or(|from| is_from(there, from, descending))) {
        let name = there.name.as_deref().unwrap_or_default();
        let here = inner.take().filter(|_| from == Some(name));
        let left = pull.query.limit - page.given;
        if left == 0 {
            let more = begun.offset + u64::from(page.given) < begun.total || pull.stand(there)?.1 > 0;
            if more {
                return Ok(Place::In(name.to_owned(), None));
            }
            continue;
        }
        if skip > 0 {
            let (_, total) = pull.stand(there)?;
            if total <= skip {
                skip -= total;
                continue;
            }
        }
        let Some((roster, mut job)) = pull.open(there, left)? else { continue };
        (job.query.cursor, job.query.offset) = (here, std::mem::take(&mut skip));
        if let Some(next) = page.take(&roster, &job, begun.until)?.next {
            return Ok(Place::In(name.to_owned(), Some(next)));
        }
    }
    Ok(Place::End)
}

/// Whether a district is the one of this name, or follows it. One that has
/// withdrawn is passed over.
fn is_from(there: &District, from: &str, descending: bool) -> bool {
    let from = oneroster::grant::Naming::of_district(from, false);
    let order = there.naming.before().cmp(from.before());
    if descending { order.is_le() } else { order.is_ge() }
}
