//! An acquirer to play with: it speaks the PaymentIntents dialect and PayU's REST API 2.1 over TLS, decides
//! by test cards and by amount, and keeps a ledger that a test can read. No money, no real card.
//!
//! | card | answer |
//! |---|---|
//! | 4242 4242 4242 4242, and any that is not below | approved |
//! | 4000 0000 0000 0002 | declined without a reason |
//! | 4000 0000 0000 9995 | not enough money |
//! | 4000 0000 0000 0069 | expired |
//! | 4000 0000 0000 0127 | wrong security code |
//! | 4000 0000 0000 9979 | stolen |
//! | 5555 5555 5555 4444 | approved; a credit card (all others are debit cards) |
//! | 4000 0025 0000 3155 | the issuer wants the holder to prove himself (3-D Secure) |
//!
//! PayU tells no reasons: there the first two declines cancel the order, and the next three are approved.
//!
//! | amount ends in | what happens at `confirm`, or to an order |
//! |---|---|
//! | 01 | no answer, nothing charged |
//! | 02 | 500, nothing charged |
//! | 03 | charged, then 500 |
//! | 04 | charged, then the connection breaks |
//! | 05 | a redirect to another host |
//! | 06 | an answer that makes no sense, nothing charged |
//!
//! A refund that names an amount which ends in 02 or 03 is answered 500, with 03 after it was made. Lists
//! hold everything: there is no clock here.
//!
//! Owns: the ledger, its own certificate authority.
//! Never: a whole card number in the ledger; a part in the product.

mod acquirer;
mod payu;
mod server;
mod wire;

pub use acquirer::Charge;
pub use payu::ACCOUNT as PAYU_ACCOUNT;
pub use server::{Proof, Sandbox};
