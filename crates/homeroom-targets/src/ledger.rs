//! What we made at a target, and what of it we sent last.
