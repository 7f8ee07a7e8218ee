//! The language telecom admins edit: its checker and its interpreter.
//!
//! Owns: reading a flow file, the checks before it may be used, the walk of one call through it, the
//! tests written in it, the simulator, the drawing, the one layout, the reference page, what an editor asks.
//! Never: a socket, a codec, a SIP status, a database, a clock.

mod asking;
pub mod assist;
mod check;
mod condition;
mod condition_read;
mod diagnostic;
mod diff;
mod double;
#[cfg(test)]
mod emergency_tests;
mod errand;
#[cfg(test)]
mod errand_tests;
mod event;
mod explore;
mod fields;
pub mod graph;
mod keys;
mod layout;
mod library;
mod limits;
mod lines;
mod past;
mod plan;
mod read;
mod reference;
pub mod replay;
mod say;
mod services;
#[cfg(test)]
mod shipped_tests;
pub mod simulate;
mod source;
mod speech;
mod spoken;
mod step_reader;
mod talk;
#[cfg(test)]
mod tests;
mod texts;
mod trial;
mod trial_run;
#[cfg(test)]
mod verb_tests;
mod verbs;
mod version;
mod walk;
#[cfg(test)]
mod walk_tests;
mod ways;
mod written;

pub use check::Figures;
pub use condition::Literal;
pub use diagnostic::{Diagnostic, Hop, Severity};
pub use diff::{Aspect, Change, Difference, diff};
pub use errand::{Channel, Errand, Ground, Progress, Question, Reason, Recording, Reply};
pub use event::{
    Action, CaseFacts, Factor, Facts, FindBy, History, Past, Trace, VerifyAnswer, WalkEvent,
};
pub use explore::{Exploration, FoundFault, explore};
pub use ids::CheckDigit;
pub use layout::format;
pub use library::Library;
pub use plan::{Draft, Environment, Outcome, Plan};
pub use reference::reference;
pub use texts::{Catalogues, SoundFault, Texts};
pub use trial_run::{TestResult, run_tests};
pub use version::{UsedText, fingerprint};
pub use walk::Walk;
