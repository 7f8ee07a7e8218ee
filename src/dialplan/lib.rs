//! The language telecom admins edit: its checker and its interpreter.
//!
//! Owns: reading a flow file, the checks before it may be used, the walk of one call through it, the
//! tests written in it, the simulator, the drawing, the one layout, the reference page.
//! Never: a socket, a codec, a SIP status, a database, a clock.

mod asking;
mod check;
mod condition;
mod condition_read;
mod diagnostic;
mod double;
mod event;
mod fields;
pub mod graph;
mod keys;
mod layout;
mod limits;
mod plan;
mod read;
mod reference;
mod say;
pub mod simulate;
mod source;
mod speech;
mod spoken;
mod step_reader;
#[cfg(test)]
mod tests;
mod texts;
mod trial;
mod trial_run;
#[cfg(test)]
mod verb_tests;
mod verbs;
mod walk;
#[cfg(test)]
mod walk_tests;
mod ways;

pub use diagnostic::{Diagnostic, Severity};
pub use event::{
    Action, CaseFacts, Factor, Facts, FindBy, History, Trace, VerifyAnswer, WalkEvent,
};
pub use ids::CheckDigit;
pub use layout::format;
pub use plan::{Environment, Outcome, Plan};
pub use reference::reference;
pub use texts::{Catalogues, Texts};
pub use trial_run::{TestResult, run_tests};
pub use walk::Walk;
