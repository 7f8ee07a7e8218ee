//! What is written down and kept: cases, call records, and the one history of events. Plain data.
//!
//! Owns: the shapes, their canonical bytes, the hash chain, the keyed digest of a verification secret.
//! Never: a decision, a table, a plain PIN.

mod call;
mod case;
mod event;
mod payment;
mod secret;

pub use call::{
    CallRecord, Direction, HungUp, MediaFigures, OneWay, RecordingNote, RecordingState, Score,
};
pub use case::Case;
pub use event::{ChainHash, Event, EventKind};
pub use payment::{
    CardEnd, NoPaymentId, OpenPayment, PaymentAsk, PaymentGate, PaymentId, PaymentLimit,
    PaymentNote, PaymentState, PaymentStep,
};
pub use secret::{Digest, Factor, Pepper};
