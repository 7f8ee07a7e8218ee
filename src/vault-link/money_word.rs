//! The words of the link about cards and money.

use crate::bounded::{AuthCode, LastFour};
use crate::link_word::words;
use ids::Money;

words! {
    /// Who issued the network's cards.
    Brand {
        /// Visa.
        Visa = 1,
        /// Mastercard.
        Mastercard = 2,
        /// American Express.
        Amex = 3,
        /// Diners Club.
        Diners = 4,
        /// Discover.
        Discover = 5,
        /// JCB.
        Jcb = 6,
        /// UnionPay.
        UnionPay = 7,
        /// Maestro.
        Maestro = 8,
        /// Elo.
        Elo = 9,
        /// Hipercard.
        Hipercard = 10,
        /// One that our table does not know; only a gateway speaks of it.
        Other = 11,
    }

    /// Where a card's money comes from.
    Funding {
        /// The holder's account.
        Debit = 1,
        /// Credit: some schemes forbid it for debts.
        Credit = 2,
        /// Loaded before.
        Prepaid = 3,
        /// The gateway does not say.
        Unknown = 4,
    }

    /// Which funding the account takes.
    FundingGate {
        /// Any.
        Any = 1,
        /// Everything but credit.
        NoCredit = 2,
    }

    /// Why an issuer says no, in classes that lead to different sentences.
    Decline {
        /// No reason that we may act on.
        Generic = 1,
        /// Not enough money.
        Funds = 2,
        /// The expiry is wrong or over: asked again, that field alone.
        Expiry = 3,
        /// The security code is wrong: asked again, that field alone.
        Code = 4,
        /// This card is not for this: another one may be.
        Card = 5,
        /// No try with this card may follow (stolen, restricted).
        Final = 6,
        /// Credit where credit may not be taken.
        Funding = 7,
        /// The gateway sees a payment with this key already.
        Duplicate = 8,
        /// The gateway never had it: it was not reached, or refused to look at it.
        NotSent = 9,
    }
}

/// Money has moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Approval {
    /// What was taken: exactly what was asked for.
    pub amount: Money,
    /// The issuer's code.
    pub code: AuthCode,
    /// The card's network.
    pub brand: Brand,
    /// Its end.
    pub last_four: LastFour,
    /// Where the money came from.
    pub funding: Funding,
}

/// What an authorisation came to. `Unknown` is no decline: ask, never send again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Money has moved.
    Approved(Approval),
    /// None has.
    Declined(Decline),
    /// None has: the issuer wants the holder to prove himself where a telephone cannot.
    NeedsCardholder,
    /// Nobody knows yet.
    Unknown,
}
