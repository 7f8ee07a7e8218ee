//! The language telecom admins edit: its checker and its interpreter.
//!
//! Owns: reading a flow file, the checks before it may be used, the walk of one call through it, the
//! tests written in it, the simulator, the drawing, the reference page.
//! Never: a socket, a codec, a SIP status, a database, a clock.

mod diagnostic;
mod event;
mod plan;
mod texts;
mod walk;

pub use diagnostic::{Diagnostic, Severity};
pub use event::{
    Action, CaseFacts, Factor, Facts, FindBy, History, Trace, VerifyAnswer, WalkEvent,
};
pub use plan::{CheckDigit, Environment, Plan};
pub use texts::{Texts, Value};
pub use walk::Walk;
