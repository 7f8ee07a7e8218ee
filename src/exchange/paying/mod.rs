//! Card payments in a call: the switch's part.
//!
//! ```text
//!  flow: pay ─▶ allowed? ─▶ store: gate ─▶ vault: socket ─▶ re-INVITE ─▶ the vault asks, the caller keys
//!                                                                            │ consent, prepare, authorise:
//!  flow goes on ◀── re-INVITE back to a fresh port ◀── the vault is done ◀───┘ each journalled before the next
//! ```
//!
//! Owns: the vault's link, what of a payment comes after what, its journal's steps.
//! Never: a digit of a card but its last four.

mod allowed;
mod asking;
mod audio;
mod config;
mod doing;
mod limits;
mod link;
mod machine;
#[cfg(test)]
mod machine_tests;
mod naming;
mod resolver;
#[cfg(test)]
mod resolver_tests;
mod till;

pub use config::{AmountClips, PaymentsConfig};

pub(crate) use audio::advertised;
pub(crate) use link::PayDesk;
