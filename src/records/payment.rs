//! A card payment as it is journalled: one step after the other, each durable before what depends on it.
//!
//! ```text
//!                  ┌────────▶ Abandoned ◀──────┐ (found not to have been asked for)
//!  Intent ─▶ Prepared ─▶ Authorising ─▶ Approved ─▶ Posted ─▶ Voided │ Refunded
//!                            ├────────▶ Declined, NeedsCardholder
//!                            └────────▶ Unknown ─▶ Approved, Declined, NeedsCardholder, Voided, Abandoned
//! ```
//!
//! Owns: the states and what may follow what. Never: more of a card than its brand and last four digits.

use ids::{CallId, CaseId, Money};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names one intended payment for ever. Printed as 32 letters `a`–`p`: nobody can take one for a card number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentId(pub [u8; 16]);

impl PaymentId {
    /// The confirmation number that a caller is told: six digits of our own, which name the payment among those
    /// of its case. Nothing of a card is in it.
    pub fn confirmation(&self) -> String {
        let number = self.0.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }
}

/// A text that is not 32 letters from `a` to `p`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a payment's name has 32 letters from a to p; `parley payments list` shows them")]
pub struct NoPaymentId;

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |half: u8| char::from(b'a' + half);
        self.0.iter().try_for_each(|b| write!(f, "{}{}", letter(b >> 4), letter(b & 15)))
    }
}

impl fmt::Debug for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payment-{self}")
    }
}

impl FromStr for PaymentId {
    type Err = NoPaymentId;
    fn from_str(text: &str) -> Result<Self, NoPaymentId> {
        let half = |b: u8| if (b'a'..=b'p').contains(&b) { Ok(b - b'a') } else { Err(NoPaymentId) };
        let mut id = [0; 16];
        if text.len() != 32 {
            return Err(NoPaymentId);
        }
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = half(pair[0])? << 4 | half(pair[1])?;
        }
        Ok(PaymentId(id))
    }
}

/// Where one attempt of a payment stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentState {
    /// The caller has consented.
    Intent,
    /// The gateway has a place for it; it saw no card.
    Prepared,
    /// The gateway may have been asked from here on.
    Authorising,
    /// Money has moved.
    Approved,
    /// None has: the issuer said no.
    Declined,
    /// None has: the issuer wants the cardholder to prove himself where a telephone cannot.
    NeedsCardholder,
    /// Nobody knows yet: the gateway is asked, never told again. The case is locked meanwhile.
    Unknown,
    /// The case's balance has been reduced by it.
    Posted,
    /// Taken back before it was settled.
    Voided,
    /// Given back.
    Refunded,
    /// It ended before the gateway was asked to charge.
    Abandoned,
}

impl PaymentState {
    /// Every state, in the order above.
    pub const ALL: [PaymentState; 11] = [
        PaymentState::Intent,
        PaymentState::Prepared,
        PaymentState::Authorising,
        PaymentState::Approved,
        PaymentState::Declined,
        PaymentState::NeedsCardholder,
        PaymentState::Unknown,
        PaymentState::Posted,
        PaymentState::Voided,
        PaymentState::Refunded,
        PaymentState::Abandoned,
    ];

    /// Whether this may be journalled after `before`; `None`: as the first step of an attempt.
    pub const fn may_follow(self, before: Option<PaymentState>) -> bool {
        use PaymentState as S;
        match before {
            None => matches!(self, S::Intent),
            Some(S::Intent) => matches!(self, S::Prepared | S::Abandoned),
            Some(S::Prepared) => matches!(self, S::Authorising | S::Abandoned),
            Some(S::Authorising) => matches!(
                self,
                S::Approved
                    | S::Declined
                    | S::NeedsCardholder
                    | S::Unknown
                    | S::Voided
                    | S::Abandoned
            ),
            Some(S::Unknown) => {
                matches!(
                    self,
                    S::Approved | S::Declined | S::NeedsCardholder | S::Voided | S::Abandoned
                )
            }
            Some(S::Approved) => matches!(self, S::Posted | S::Voided),
            Some(S::Posted) => matches!(self, S::Voided | S::Refunded),
            Some(S::Declined | S::NeedsCardholder | S::Voided | S::Refunded | S::Abandoned) => {
                false
            }
        }
    }

    /// The word that it is kept under.
    pub const fn name(self) -> &'static str {
        match self {
            PaymentState::Intent => "intent",
            PaymentState::Prepared => "prepared",
            PaymentState::Authorising => "authorising",
            PaymentState::Approved => "approved",
            PaymentState::Declined => "declined",
            PaymentState::NeedsCardholder => "needs-cardholder",
            PaymentState::Unknown => "unknown",
            PaymentState::Posted => "posted",
            PaymentState::Voided => "voided",
            PaymentState::Refunded => "refunded",
            PaymentState::Abandoned => "abandoned",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// It ended and no money moved: the caller may consent once more.
    pub const fn came_to_nothing(self) -> bool {
        use PaymentState as S;
        matches!(self, S::Declined | S::NeedsCardholder | S::Abandoned)
    }

    /// Something is still to be done or found out: the case takes no other payment.
    pub const fn is_open(self) -> bool {
        use PaymentState as S;
        matches!(self, S::Intent | S::Prepared | S::Authorising | S::Approved | S::Unknown)
    }
}

impl fmt::Display for PaymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The most that is known of a card: its brand's name and its last four digits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CardEnd {
    pub brand: String,
    pub last_four: String,
}

/// One step of one attempt. `(payment, attempt, state)` names it: written twice it is kept once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentStep {
    /// Which payment.
    pub payment: PaymentId,
    /// 1, 2 or 3: how often the caller has consented in this payment.
    pub attempt: u8,
    /// Where it stands now.
    pub state: PaymentState,
    /// Unix time in µs.
    pub at_us: i64,
    /// In which call.
    pub call: CallId,
    /// For which case.
    pub case: CaseId,
    /// How much.
    pub amount: Money,
    /// Who called, as in the call's record.
    pub caller: Option<String>,
    /// Which gateway, by the name it has in the config.
    pub gateway: String,
    /// How the gateway names it; from `Prepared` on.
    pub reference: Option<String>,
    /// Brand and last four, which the caller was told before consenting.
    pub card: Option<CardEnd>,
    /// A word of the closed list of declines or ends, where there is one.
    pub reason: Option<String>,
    /// The issuer's code of an approval.
    pub code: Option<String>,
    /// Where the card's money comes from: `debit`, `credit`, `prepaid`.
    pub funding: Option<String>,
    /// Who did it: `caller`, `resolver`, or a user's name.
    pub by: String,
}

impl PaymentStep {
    /// The reason of a decline that no issuer gave, because none was asked: it counts against nobody.
    pub const NOT_SENT: &'static str = "not-sent";
}

/// A step as it stands in the one history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentNote {
    /// [`PaymentStep::payment`].
    pub payment: String,
    /// [`PaymentStep::attempt`].
    pub attempt: u8,
    /// [`PaymentStep::state`].
    pub state: PaymentState,
    /// Like `12.34 PLN`.
    pub amount: String,
    /// [`PaymentStep::gateway`].
    pub gateway: String,
    /// [`PaymentStep::reference`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// [`PaymentStep::card`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardEnd>,
    /// [`PaymentStep::reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// [`PaymentStep::code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// [`PaymentStep::funding`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<String>,
    /// [`PaymentStep::by`].
    pub by: String,
    /// The version of the program that wrote it.
    pub program: String,
}

impl PaymentStep {
    /// The step for the history, written by this version of the program.
    pub fn note(&self, program: &str) -> PaymentNote {
        PaymentNote {
            payment: self.payment.to_string(),
            attempt: self.attempt,
            state: self.state,
            amount: self.amount.to_string(),
            gateway: self.gateway.clone(),
            reference: self.reference.clone(),
            card: self.card.clone(),
            reason: self.reason.clone(),
            code: self.code.clone(),
            funding: self.funding.clone(),
            by: self.by.clone(),
            program: program.to_owned(),
        }
    }
}

/// Asked before a card is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentAsk {
    /// For which case.
    pub case: CaseId,
    /// Who calls, if shown.
    pub caller: Option<String>,
    /// How much.
    pub amount: Money,
    /// Unix time in µs.
    pub at_us: i64,
}

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentGate {
    /// Go on.
    Open,
    /// Another payment of this case is not settled yet.
    CaseLocked,
    /// Too many declines or cards of late: of the case, of the number, or of everybody.
    Limit(PaymentLimit),
    /// The case is closed, owes less, or owes in another currency.
    AmountWrong,
}

/// Which limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentLimit {
    /// Five declines of the case in 24 hours.
    CaseDeclines,
    /// Five declines of the caller's number in 24 hours.
    CallerDeclines,
    /// Three cards for the case in 24 hours.
    CaseCards,
    /// Declines outweigh approvals over all cases: somebody tries cards out.
    Breaker,
}

impl PaymentLimit {
    /// The word that it is kept and told under.
    pub const fn name(self) -> &'static str {
        match self {
            PaymentLimit::CaseDeclines => "case-declines",
            PaymentLimit::CallerDeclines => "caller-declines",
            PaymentLimit::CaseCards => "case-cards",
            PaymentLimit::Breaker => "breaker",
        }
    }
}

/// A payment that the resolver has work with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPayment {
    /// Its newest step.
    pub last: PaymentStep,
    /// It shall be taken back: who asked for it, who approved.
    pub void: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_holds_no_digit() {
        let id = PaymentId([0x00, 0x1f, 0xa5, 0xff, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert!(id.to_string().starts_with("aabpkfpp"));
        assert!(id.to_string().bytes().all(|b| b.is_ascii_lowercase()));
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "aabpkfpp", &"q".repeat(32), &"4".repeat(32)] {
            assert_eq!(wrong.parse::<PaymentId>(), Err(NoPaymentId), "{wrong}");
        }
    }

    #[test]
    fn a_state_is_read_by_the_name_that_it_is_kept_under() {
        for state in PaymentState::ALL {
            assert_eq!(PaymentState::named(state.name()), Some(state));
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{state}\""));
        }
        assert_eq!(PaymentState::named("paid"), None);
    }

    #[test]
    fn a_confirmation_number_has_six_digits_and_is_always_the_same() {
        let id = PaymentId([0; 16]);
        assert_eq!(id.confirmation(), "000000");
        let id = PaymentId([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(id.confirmation(), "382856");
    }

    #[test]
    fn money_that_may_have_moved_is_never_abandoned_without_an_answer_nor_asked_for_twice() {
        use PaymentState as S;
        // whatever the gateway may have charged leads on through what it says
        assert!(S::Unknown.may_follow(Some(S::Authorising)));
        assert!(!S::Intent.may_follow(Some(S::Unknown)));
        assert!(!S::Authorising.may_follow(Some(S::Unknown)));
        assert!(!S::Authorising.may_follow(Some(S::Authorising)));
        assert!(!S::Abandoned.may_follow(Some(S::Approved)));
        // what is settled stays so
        for state in S::ALL {
            for over in [S::Declined, S::NeedsCardholder, S::Voided, S::Refunded, S::Abandoned] {
                assert!(!state.may_follow(Some(over)), "{state:?} after {over:?}");
                assert!(!over.is_open());
            }
            assert_eq!(state.may_follow(None), state == S::Intent);
        }
        assert!(!S::Posted.is_open() && S::Approved.is_open());
    }
}
