//! The small words every room shares: a newtype per kind of id, and the units of time, money, language, telephone numbers and networks.
//!
//! Owns: ids that print with their kind (`leg-2f`), [`Moment`], [`Money`], [`Lang`].
//! Never: a conversion from one kind of id to another; a clock.

pub mod check_digit;
mod kinds;
mod lang;
mod moment;
mod money;
mod network;
pub mod phone;

pub use check_digit::{CheckDigit, UnknownCheckDigit};
pub use kinds::{CallId, CaseId, LegId, PlayId, RequestId, SessionId};
pub use lang::{Lang, UnknownLang};
pub use moment::Moment;
pub use money::{Currency, Money, MoneyError};
pub use network::{Network, NetworkError};
