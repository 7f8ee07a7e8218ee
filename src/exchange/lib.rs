//! Calls, legs and their dialplans: the whole building as one deterministic machine.
//!
//! Owns: admission, the life of every call, its offer/answer, its history and its record.
//! Never: any effect (a socket, a clock, a file, a database); a card digit.

mod arrival;
mod call;
mod cause;
mod config;
mod effect;
mod ending;
mod exchange;
mod hours;
mod info;
pub mod limits;
mod talk;

pub use config::{Config, Number};
pub use effect::{Effect, NoPorts, Now, OpenPorts, ServiceDown, VerifyAnswer, VerifyRequest};
pub use exchange::{Census, Exchange};
pub use hours::{Hours, HoursError};
