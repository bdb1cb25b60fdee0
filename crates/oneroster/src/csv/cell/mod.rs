//! The forms of cells: what a text must look like, and how it may be repaired.
//!
//! Reading a cell borrows from the row wherever nothing has to change (csv.md
//! section 4); both passes over a package read cells by these functions, so
//! that what is imported is what was judged.

mod clean;
mod form;
mod items;
mod repairs;
mod scalar;
#[cfg(test)]
mod tests;

pub use clean::{Cleaner, key};
pub use form::Form;
pub use repairs::{Repairs, blanked};
pub use scalar::{Cells, OWN_WORD, Value};
