//! Who takes the money: what a connector must be able to say and to understand.
//!
//! A connector turns a step into the bytes of one HTTP request and an answer into one of our words. It
//! owns no socket. `authorise` is the only call that sees a card; its request is built in place in the
//! secret slot.

mod answer;
mod conversation;
mod json;
mod payment_intents;
mod request;
#[cfg(test)]
#[path = "tests/gateway.rs"]
mod tests;

pub use answer::Answer;
pub use conversation::{Conversation, Failed, Progress};
pub use payment_intents::PaymentIntents;
pub use request::Request;

use ids::Money;
use vault_link::{Brand, Found, FundingGate, GatewayRef, Intent, LastFour, Outcome};

/// What a gateway can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caps {
    /// It tells a card's funding before money moves, so that credit can be refused in time.
    pub funding_before_charge: bool,
    /// The account may send orders keyed on a telephone (`moto_ivr_allowed`).
    pub moto: bool,
}

/// One intended payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payment {
    /// The root of its idempotency keys.
    pub intent: Intent,
    /// Which authorisation.
    pub attempt: u8,
    /// How much.
    pub amount: Money,
    /// Which funding may be taken.
    pub funding: FundingGate,
    /// As it was told to the caller.
    pub brand: Brand,
    /// As it was told to the caller.
    pub last_four: LastFour,
}

/// Why a preparation gave no reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotPrepared {
    /// Our credentials are not taken.
    Credentials,
    /// The gateway has trouble, or its answer makes no sense. Nothing was charged.
    Trouble,
}

/// A connector.
pub trait CardGateway {
    /// What it can do.
    fn caps(&self) -> Caps;
    /// A place for a payment. No card.
    fn prepare(&self, request: &mut Request<'_>, payment: &Payment);
    /// Understands the answer to `prepare`.
    ///
    /// # Errors
    /// There is no place; nothing was charged.
    fn prepared(&self, answer: &Answer) -> Result<GatewayRef, NotPrepared>;
    /// The charge. `card`: the card bytes of the slot.
    fn authorise(
        &self,
        request: &mut Request<'_>,
        payment: &Payment,
        reference: &GatewayRef,
        card: &[u8],
    );
    /// Understands the answer to `authorise`; what cannot be understood is `Unknown`.
    fn authorised(&self, answer: &Answer, payment: &Payment) -> Outcome;
    /// What became of it? No card.
    fn query(&self, request: &mut Request<'_>, reference: &GatewayRef);
    /// Take it back. No card.
    fn void(&self, request: &mut Request<'_>, reference: &GatewayRef);
    /// Understands the answer to `query`.
    fn found(&self, answer: &Answer) -> Found;
    /// Understands the answer to `void`.
    fn voided(&self, answer: &Answer) -> Found;
}
