//! One payment while the caller is asked: how far the money is.
//!
//! ```text
//!  Idle ─consent→ Consented ─intent stored→ Preparing → Journalling ─journalled→ ┬→ Authorising → Idle
//!                                                                    no credit:  └→ Screening ─┘  ▲
//!                                          the gateway does not know yet: Authorising → Settling ─┘
//! ```
//!
//! Owns: the step at the gateway.
//! Never: a step that charges before the switch has said `journalled`; what the caller is asked.

mod steps;

use crate::capture::Said;
use crate::entry::Entry;
use crate::gateway::Payment;
use crate::limits::JOURNAL;
use crate::visit::Visit;
use ids::Moment;
pub use steps::{Charge, Turn, alarm_of};
use vault_link::{Alarm, Brand, FromVault, GatewayRef, LastFour, Order};

/// How far the money is.
pub enum Money {
    /// Nothing is under way.
    Idle,
    /// The switch is storing the intent.
    Consented(Payment, Moment),
    /// The gateway is told, without a card.
    Preparing(Payment, Box<Visit>),
    /// The switch is storing the reference.
    Journalling(Payment, GatewayRef, Moment),
    /// The gateway is asked for the card's funding; no money moves.
    Screening(Charge, Box<Visit>),
    /// Money may be moving.
    Authorising(Charge, Box<Visit>),
    /// It has been asked for, and the gateway does not know yet: when it is asked again.
    Settling(Charge, Moment, Option<Box<Visit>>),
}

/// One caller's payment while it is asked for.
pub struct Asking {
    /// What the caller is asked.
    pub entry: Entry,
    /// The payment as the case fixed it.
    pub order: Order,
    /// How far it is.
    pub money: Money,
    /// The first packet of the first prompt has left: keys count.
    pub speaking_told: bool,
    /// Something was being said at the last turn.
    pub was_speaking: bool,
    /// When the caller is told again that the gateway works.
    pub again: Moment,
    /// The caller is gone; the payment that runs is brought to its end.
    pub aborted: bool,
}

impl Asking {
    /// No payment is under way.
    pub fn is_idle(&self) -> bool {
        matches!(self.money, Money::Idle)
    }

    /// The switch has said `journalled` and waits for an outcome.
    pub fn is_charging(&self) -> bool {
        matches!(self.money, Money::Screening(..) | Money::Authorising(..) | Money::Settling(..))
    }

    /// The visit to the gateway, to wait on.
    pub fn visit(&self) -> Option<&Visit> {
        match &self.money {
            Money::Preparing(_, visit)
            | Money::Screening(_, visit)
            | Money::Authorising(_, visit)
            | Money::Settling(.., Some(visit)) => Some(visit),
            Money::Idle
            | Money::Consented(..)
            | Money::Journalling(..)
            | Money::Settling(.., None) => None,
        }
    }

    /// The caller wants to pay: the switch stores the intent.
    pub fn consent(&mut self, now: Moment, attempt: u8, brand: Brand, last_four: LastFour) {
        let payment = Payment {
            intent: self.order.intent,
            attempt,
            amount: self.order.amount,
            funding: self.order.funding,
            brand,
            last_four,
        };
        self.money = Money::Consented(payment, now + JOURNAL);
    }

    /// When the money's step is late, or due again.
    pub fn money_due(&self) -> Moment {
        match &self.money {
            Money::Idle => Moment::NEVER,
            Money::Consented(_, due) | Money::Journalling(_, _, due) => *due,
            Money::Settling(charge, at, None) => charge.until.min(*at),
            Money::Settling(charge, _, Some(_)) => charge.until,
            Money::Preparing(_, visit)
            | Money::Screening(_, visit)
            | Money::Authorising(_, visit) => visit.deadline(),
        }
    }

    /// The switch has not written down what it was told: nothing was charged, nothing will be.
    pub fn too_late(&mut self, now: Moment) {
        let waits = matches!(self.money, Money::Consented(..) | Money::Journalling(..));
        if waits && now >= self.money_due() {
            self.money = Money::Idle;
            self.entry.handle_gateway_down();
        }
    }

    /// Nothing was charged: the gateway cannot be told.
    pub fn not_prepared(&mut self, alarm: Alarm, said: &mut Said) -> Money {
        said.push(FromVault::Alarm(alarm, 1));
        self.entry.handle_gateway_down();
        Money::Idle
    }
}
