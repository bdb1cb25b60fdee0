//! The way back: grades that applications write go to the system that keeps them.
//!
//! One source may be the home of grades ([`home`]). What is accepted is queued
//! with the write itself (`homeroom_store`'s `forwards`); [`post`] carries it
//! there, parents first, and notes what came of each record; [`beside`] does so
//! beside a server. [`moodle`] reads the grades of a Moodle as a run of its own,
//! which takes the same road.

pub mod beside;
pub mod home;
pub mod moodle;
pub mod package;
pub mod post;
pub mod show;

pub use beside::Beside;
pub use post::{Carried, Post};
