//! What the switch and the vault say to each other while a caller pays by card, and nothing else.
//!
//! ```text
//!  switch                                                            vault
//!    │ Hello ────────────────────────────────────────────────────────▶ │  once a connection, both ways
//!    │ ◀──────────────────────────────────────────────────────── Hello │
//!    │ Gateway{addresses} ───────────────────────────────────────────▶ │  the vault has no DNS
//!    │                                                                 │
//!    │ OpenMedia{session, our SRTP key, negotiator?} ────────────────▶ │  the caller has consented
//!    │ ◀───────────────────── MediaOpened{address and port, second if} │  a negotiator stays on the line
//!    │ (re-INVITE to that address; the far end answers)                │
//!    │ MediaAgreed{codec, payload types, the far end's address, key} ▶ │
//!    │ Arm{intent, amount, language, clips, funding} ────────────────▶ │  from here on keys count
//!    │ (or Guide{the same}, then ArmField{field} and Disarm, each by the negotiator's command)
//!    │ ◀──────────────────────── Speaking, Progress*, CardSeen, Field* │
//!    │ ◀────────────────────────────────── Consented{brand, last four} │  "pay this": key 1
//!    │ (INTENT is written durably)                                     │
//!    │ IntentStored ─────────────────────────────────────────────────▶ │
//!    │ ◀─────────────────────────────────────── Prepared{gateway_ref}  │  no card was sent yet
//!    │ (the reference is written durably)                              │
//!    │ Journalled ───────────────────────────────────────────────────▶ │  the one step that charges
//!    │ ◀────────────────────────────────────────────── Outcome{result} │
//!    │     (declined: the caller may try again: Consented{attempt + 1})│
//!    │ ◀────────────────────────────────────────────────── Ended{why}  │  the vault speaks no more
//!    │ (re-INVITE back to a fresh port)                                │
//!    │ CloseMedia ───────────────────────────────────────────────────▶ │
//!    │                                                                 │
//!    │ Query{gateway_ref}, Void{gateway_ref} ────────────────────────▶ │  any time; no card, no session
//!    │ ◀──────────────────────────────────────────────── Answer{found} │
//!    │ Ping ─────────────────────────────────────────────────────────▶ │  every 500 ms
//!    │ ◀────────────────────────────────────────────────────────  Pong │
//! ```
//!
//! How the switch uses it: make one [`SwitchSide`] a connection; give it what the socket read
//! ([`SwitchSide::handle_bytes`]), what the call wants ([`SwitchSide::open_media`], [`SwitchSide::arm`] …)
//! and the time; take from it what the socket shall write ([`SwitchSide::poll_write`]) and what happened
//! ([`SwitchSide::poll_event`]). A message out of turn, an echo of a session that is not ours, an amount
//! that is not the one we asked for: the link is down ([`SwitchEvent::Down`]) and each open session says
//! what that means for the money ([`SwitchEvent::Lost`]).
//!
//! What can be said from the vault to the switch is meant to hold no card: whole numbers have at most 32
//! bits (a card number needs 40 and more), amounts are those the switch named, text is the gateway's
//! reference alone and may have no run of [`limits::DIGIT_RUN_MAX`] digits, and there is no byte string.
//! The switch draws the SRTP keys, so that not even a key field points its way.
//!
//! Owns: the messages, their bytes, the switch's side as a machine.
//! Never: a field that could hold a card number, an expiry or a security code; a socket; a clock.

mod bounded;
mod frame;
mod from_vault;
pub mod limits;
mod link_word;
mod money_word;
mod session_line;
mod switch_side;
mod to_vault;
mod wire;

#[cfg(test)]
mod tests;

pub use bounded::{AuthCode, ClipName, GatewayRef, Intent, LastFour, MediaKey, NotBounded};
pub use frame::{FrameError, Frames, frame_of};
pub use from_vault::{Found, FromVault, VaultHello};
pub use link_word::{AbortReason, Alarm, CannotPay, Codec, End, Field, FieldState, Refusal};
pub use money_word::{Approval, Brand, Decline, Funding, FundingGate, Outcome};
pub use session_line::{Lost, Phase};
pub use switch_side::{DownReason, OutOfTurn, SwitchEvent, SwitchSide};
pub use to_vault::{Agreed, NegotiatorLeg, Order, Secured, ToVault};
pub use wire::Malformed;

/// One capture on one call, numbered by the switch. 32 bits: too short for a card number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(pub u32);

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "capture-{:x}", self.0)
    }
}

/// One question that has no session: a query or a void.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask(pub u32);

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ask-{:x}", self.0)
    }
}
