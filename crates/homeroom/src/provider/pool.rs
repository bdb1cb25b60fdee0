//! Buffers for bodies that are used again: a page of a thousand records is
//! large enough that getting fresh memory for each costs more than writing it.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

const MOST_KEPT: usize = 64;
const LARGEST_KEPT: usize = 4 << 20;
const FIRST: usize = 64 << 10;

/// Buffers that wait to be used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// An empty buffer.
    pub(super) fn take(&self) -> Vec<u8> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.unwrap_or_else(|| Vec::with_capacity(FIRST))
    }

    /// The buffer as a body; it comes back when the body is sent.
    pub(super) fn body(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, pool: self.clone() })
    }

    fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT && buffer.capacity() <= LARGEST_KEPT {
            kept.push(buffer);
        }
    }
}

struct Lent {
    buffer: Vec<u8>,
    pool: Pool,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sent_body_is_used_again_unless_it_is_huge() {
        let pool = Pool::default();
        let mut buffer = pool.take();
        buffer.extend_from_slice(&[b'x'; 100_000]);
        let body = pool.body(buffer);
        assert_eq!(body.len(), 100_000);
        drop(body);
        let buffer = pool.take();
        assert!(buffer.is_empty() && buffer.capacity() >= 100_000);
        drop(pool.body(Vec::with_capacity(LARGEST_KEPT + 1)));
        assert_eq!(pool.take().capacity(), FIRST);
    }
}
