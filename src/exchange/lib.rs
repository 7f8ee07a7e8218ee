//! Calls, legs and their dialplans: the whole building as one deterministic machine.
//!
//! Owns: admission, the life of every call, its offer/answer, its history and its record.
//! Never: any effect (a socket, a clock, a file, a database); a card digit.

mod answering;
mod arrival;
mod bridge;
mod browsers;
mod call;
pub mod canary;
mod cause;
mod config;
mod connecting;
mod dialled;
mod effect;
mod ending;
mod exchange;
mod flows;
mod gathering;
mod hours;
mod info;
mod inviting;
pub mod limits;
mod outbound;
mod paying;
mod phones;
mod placing;
mod recording;
mod referring;
mod srtp;
mod talk;
mod trunk;

pub use config::{Config, Number};
pub use dialled::MayCall;
pub use effect::{
    Effect, NoPorts, Now, OpenPorts, ServiceDown, Sound, VerifyAnswer, VerifyRequest,
};
pub use exchange::{Census, Exchange};
pub use flows::Flow;
pub use hours::{Hours, HoursError};
pub use outbound::{FailReason, Outbound, OutboundFailed, OutboundNews, OutboundRefused, Permit};
pub use paying::{AmountClips, PaymentsConfig};
pub use recording::{RecorderNews, RecorderOrder};
pub use trunk::{
    Address, Answer, CallerId, Full, Health, Naptr, NoAnswer, NoCallerId, NoTrunk, NumberFormat,
    Question, Records, RegistrationConfig, Srv, Standing, Target, TargetError, TargetStatus,
    Totals, TrunkConfig, TrunkFault, TrunkStatus, UnknownFormat, check_trunks,
};
