//! Published versions of flows: immutable folders, and for each flow one alias that says which are in use.
//!
//! ```text
//! DIR/hotline/alias.toml                       current, previous, canary, emergency, the last moves
//! DIR/hotline/3f2a5c9b01de/flow.kdl            the flow in its one layout
//!                          pl.ftl en.ftl …     the texts it can say, as they were
//!                          about.toml          who, when, why, and a hash of each file
//! ```
//! Everything is written beside, brought to the disk and renamed: a full disk leaves all as it was.
//!
//! Owns: these files, who may write them at a time, reading a version back as a plan.
//! Never: whether a draft is good (the gate says so), which call takes which version (`exchange`).

mod alias;
mod canaries;
mod disk;
mod shelf;
mod version;

pub use alias::Alias;
pub use canaries::Canaries;
pub use disk::replace;
pub use shelf::{Shelf, ShelfError, short};
pub use version::{About, Draft};
