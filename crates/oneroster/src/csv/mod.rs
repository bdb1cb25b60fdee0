//! CSV packages: opening, scanning, reading and writing.
