//! Sets of files that other systems take in.
