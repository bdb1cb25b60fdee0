//! Faults, one after the other, by a seed: the same ones at every run.

use super::super::operations::TOTAL;
use super::asks::set;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body as HttpBody, Frame};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// One request in so many has a fault. The next one never has, nor has the same one
/// when it comes again, so that whoever asks again gets on, also beside others.
const ONE_IN: u64 = 4;
/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(2);
/// The largest answer that is cut, in bytes.
const LARGEST: usize = 64 << 20;

/// Where the faults come from.
#[derive(Debug)]
pub struct Chaos {
    seed: u64,
    faults: Vec<Fault>,
    asked: AtomicU64,
    /// What has had a fault and was not asked again yet.
    owed: Mutex<HashSet<String>>,
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// 429, to be asked again after a second.
    TooMany,
    /// 500.
    Broken,
    /// 401, as if the token had ended.
    Expired,
    /// Half of the answer, then the connection ends.
    Cut,
    /// The page before the one that was asked for.
    Repeated,
    /// Fewer records in all than there are.
    Shrunk,
    /// An answer that takes its time.
    Slow,
}

const FAULTS: [Fault; 7] =
    [Fault::TooMany, Fault::Broken, Fault::Expired, Fault::Cut, Fault::Repeated, Fault::Shrunk, Fault::Slow];

impl Fault {
    /// Its word in commands.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Fault::TooMany => "429",
            Fault::Broken => "500",
            Fault::Expired => "expired",
            Fault::Cut => "cut",
            Fault::Repeated => "repeated",
            Fault::Shrunk => "shrunk",
            Fault::Slow => "slow",
        }
    }
}

impl Chaos {
    /// The words of the faults.
    pub fn words() -> [&'static str; FAULTS.len()] {
        FAULTS.map(Fault::word)
    }

    /// By a seed: every fault, or those alone that are named.
    pub fn new(seed: u64, only: &[String]) -> Chaos {
        let mut faults = FAULTS.to_vec();
        faults.retain(|fault| only.is_empty() || only.iter().any(|word| word == fault.word()));
        Chaos { seed, faults, asked: AtomicU64::new(0), owed: Mutex::default() }
    }

    /// The fault of the next request, if it has one.
    pub(super) fn next(&self, asked: &str) -> Option<Fault> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        if owed.remove(asked) {
            return None;
        }
        let fault = self.of(number).filter(|_| number == 0 || self.of(number - 1).is_none())?;
        owed.insert(asked.to_owned());
        Some(fault)
    }

    fn of(&self, number: u64) -> Option<Fault> {
        let mixed = mixed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let at = usize::try_from((mixed >> 32) % self.faults.len().max(1) as u64).unwrap_or_default();
        mixed.is_multiple_of(ONE_IN).then(|| self.faults.get(at).copied()).flatten()
    }
}

/// The finaliser of splitmix64.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// What a fault does before the request is answered.
pub(super) async fn before<B>(fault: Option<Fault>, request: &mut Request<B>) -> Result<(), Box<Response<Body>>> {
    match fault {
        Some(Fault::TooMany) => {
            let wait = (header::RETRY_AFTER, HeaderValue::from_static("1"));
            Err(refused(StatusCode::TOO_MANY_REQUESTS, Some(wait)))
        }
        Some(Fault::Broken) => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, None)),
        Some(Fault::Expired) => {
            let told = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            Err(refused(StatusCode::UNAUTHORIZED, Some((header::WWW_AUTHENTICATE, told))))
        }
        Some(Fault::Repeated) => {
            repeated(request);
            Ok(())
        }
        Some(Fault::Slow) => {
            tokio::time::sleep(SLOW).await;
            Ok(())
        }
        Some(Fault::Cut | Fault::Shrunk) | None => Ok(()),
    }
}

fn refused(status: StatusCode, more: Option<(HeaderName, HeaderValue)>) -> Box<Response<Body>> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().extend(more);
    Box::new(response)
}

/// Asks for the page before.
fn repeated<B>(request: &mut Request<B>) {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        value.parse::<u64>().ok()
    };
    let (limit, offset) = (number("limit").unwrap_or(100), number("offset").unwrap_or_default());
    let Some(before) = offset.checked_sub(limit) else { return };
    let own = ["offset=", "cursor="];
    let mut pairs: Vec<&str> = query.split('&').filter(|p| !own.iter().any(|name| p.starts_with(name))).collect();
    let offset = format!("offset={before}");
    pairs.push(&offset);
    let path = request.uri().path().to_owned();
    set(request, &path, Some(&pairs.join("&")));
}

/// What a fault does with the answer.
pub(super) async fn after(fault: Option<Fault>, mut response: Response<Body>) -> Response<Body> {
    match fault {
        Some(Fault::Shrunk) => {
            let total = response.headers().get(TOTAL).and_then(|total| total.to_str().ok()?.parse::<u64>().ok());
            if let Some(total) = total {
                response.headers_mut().insert(TOTAL, HeaderValue::from(total - total.div_ceil(10)));
            }
            response
        }
        Some(Fault::Cut) => {
            let (mut head, body) = response.into_parts();
            let Ok(whole) = axum::body::to_bytes(body, LARGEST).await else {
                return Response::from_parts(head, Body::empty());
            };
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
            let half = whole.slice(..whole.len() / 2);
            Response::from_parts(head, Body::new(Cut(Some(half))))
        }
        _ => response,
    }
}

/// A body that ends before its end.
struct Cut(Option<Bytes>);

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(std::io::ErrorKind::ConnectionAborted.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_its_faults_and_never_two_in_a_row() {
        let faults = |seed| {
            let chaos = Chaos::new(seed, &[]);
            (0..2_000).map(|number| chaos.next(&number.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
        assert!(faults(7).windows(2).all(|pair| pair[0].is_none() || pair[1].is_none()));
        // What had a fault has none when it comes again, however much lies between.
        let chaos = Chaos::new(7, &[]);
        let first: Vec<_> = (0..50).map(|number| chaos.next(&number.to_string())).collect();
        let again = (0..50).filter(|number| first[*number].is_some()).map(|number| chaos.next(&number.to_string()));
        assert_eq!(again.collect::<Vec<_>>(), vec![None; first.iter().flatten().count()]);
        for fault in FAULTS {
            assert!(faults(7).contains(&Some(fault)), "{fault:?}");
            let alone = Chaos::new(7, &[fault.word().to_owned()]);
            let given: Vec<_> = (0..200).filter_map(|number| alone.next(&number.to_string())).collect();
            assert!(given.len() > 20 && given.iter().all(|one| *one == fault), "{fault:?}");
        }
    }

    #[test]
    fn the_page_before_is_asked_for() {
        let asked = |uri: &str| {
            let mut request = Request::builder().uri(uri).body(()).unwrap();
            repeated(&mut request);
            request.uri().to_string()
        };
        assert_eq!(asked("/x?limit=10&offset=30&cursor=abc&sort=a"), "/x?limit=10&sort=a&offset=20");
        assert_eq!(asked("/x?limit=10"), "/x?limit=10");
        assert_eq!(asked("/x"), "/x");
    }
}
