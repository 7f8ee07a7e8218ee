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

mod config;
mod link;

pub use config::{AmountClips, PaymentsConfig};

pub(crate) use link::PayDesk;
