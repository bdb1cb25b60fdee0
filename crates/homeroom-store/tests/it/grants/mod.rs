//! Bounded grants: what the store shows of a roster is what the definition
//! makes of its records (`oneroster::grant::Visible`).

mod deltas;
mod expected;
mod made;
mod past;
mod reading;
mod upkeep;

/// How many cases a property is tried on: `PROPTEST_CASES`, or else so many.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
