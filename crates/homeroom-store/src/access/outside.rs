//! What the store takes from the world around it.

use oneroster::time::Timestamp;

/// Time and chance: the caller gives them, so that tests can choose them.
pub trait Outside: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Fills `bytes` with chance that nobody can guess.
    ///
    /// # Errors
    /// If the operating system gives none.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}
