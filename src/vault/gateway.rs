//! Who takes the money: what a connector must be able to say and to understand.
//!
//! A connector turns a step into the bytes of one HTTP request and an answer into one of our words. It
//! owns no socket. `authorise` and `screen` alone see a card; their requests are built in place in the
//! secret slot.

mod answer;
mod conversation;
mod json;
mod name;
mod payment_intents;
mod payu;
mod request;
#[cfg(test)]
#[path = "tests/gateway.rs"]
mod tests;

pub use answer::Answer;
pub use conversation::{Conversation, Failed, Progress};
pub use name::for_gateway;
pub use payment_intents::PaymentIntents;
pub use payu::PayU;
pub use request::Request;

use ids::{Moment, Money};
use vault_link::{Brand, Found, Funding, FundingGate, GatewayRef, Intent, LastFour, Outcome};

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

/// What an answer to a charge, or to the question about it, says.
#[derive(PartialEq, Eq, Debug)]
pub enum Charged {
    /// What it came to.
    Told(Outcome),
    /// The gateway has it and does not know yet.
    AskAgain,
}

/// What the gateway says of a card before money moves.
#[derive(PartialEq, Eq, Debug)]
pub enum Screened {
    /// Where its money comes from, and the gateway's name for it, to be charged by.
    Funding(Funding, String),
    /// It is not taken.
    Refused(Outcome),
}

/// What is charged.
#[derive(Clone, Copy)]
pub enum Means<'a> {
    /// The card bytes of the slot.
    Card(&'a [u8]),
    /// The gateway's own name for a card that it was told before.
    Screened(&'a str),
}

/// A connector.
pub trait CardGateway {
    /// What it can do.
    fn caps(&self) -> Caps;
    /// Writes what has to be asked before any other request can be made; false: nothing has.
    fn log_in(&self, _now: Moment, _request: &mut Request<'_>) -> bool {
        false
    }
    /// Understands the answer to it.
    ///
    /// # Errors
    /// We are not let in.
    fn logged_in(&self, _now: Moment, _answer: &Answer) -> Result<(), NotPrepared> {
        Ok(())
    }
    /// A place for a payment. No card.
    fn prepare(&self, request: &mut Request<'_>, payment: &Payment);
    /// Understands the answer to `prepare`.
    ///
    /// # Errors
    /// There is no place; nothing was charged.
    fn prepared(&self, answer: &Answer, payment: &Payment) -> Result<GatewayRef, NotPrepared>;
    /// Tells the card to learn its funding; no money moves. Only where [`Caps::funding_before_charge`].
    fn screen(&self, request: &mut Request<'_>, payment: &Payment, card: &[u8]);
    /// Understands the answer to `screen`.
    fn screened(&self, answer: &Answer) -> Screened;
    /// The charge.
    fn authorise(
        &self,
        request: &mut Request<'_>,
        payment: &Payment,
        reference: &GatewayRef,
        means: Means<'_>,
    );
    /// Understands the answer to `authorise`; what cannot be understood is `Unknown`.
    fn authorised(&self, answer: &Answer, payment: &Payment) -> Charged;
    /// Understands the answer to `query` about a charge that had to be asked for again.
    fn settled(&self, answer: &Answer, payment: &Payment) -> Charged;
    /// What became of it? No card.
    fn query(&self, request: &mut Request<'_>, reference: &GatewayRef);
    /// A void needs the gateway's own name, which the answer to `query` tells.
    fn void_needs_name(&self) -> bool {
        false
    }
    /// That name.
    ///
    /// # Errors
    /// There is nothing to take back, or not this way: what was found.
    fn name_to_void(&self, _answer: &Answer) -> Result<String, Found> {
        Err(Found::NoAnswer)
    }
    /// Take it back. No card.
    fn void(&self, request: &mut Request<'_>, name: &str);
    /// Understands the answer to `query`.
    fn found(&self, answer: &Answer) -> Found;
    /// Understands the answer to `void`.
    fn voided(&self, answer: &Answer) -> Found;
}
