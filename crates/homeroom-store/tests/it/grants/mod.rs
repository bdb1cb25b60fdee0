//! Bounded grants: what the store shows of a roster is what the definition
//! makes of its records (`oneroster::grant::Visible`).

mod deltas;
mod expected;
mod made;
mod reading;
mod upkeep;
