//! One payment while the caller is asked: how far the money is, and the two steps at the gateway.
//!
//! ```text
//!  Idle ─consent→ Consented ─intent stored→ Preparing → Journalling ─journalled→ Authorising → Idle
//! ```

use crate::capture::Said;
use crate::card::Part;
use crate::entry::Entry;
use crate::furniture::Furniture;
use crate::gateway::{Answer, Conversation, Failed, Payment, Progress, Request};
use crate::limits::{JOURNAL, PLAIN_REQUEST_BYTES};
use ids::Moment;
use vault_link::{Alarm, Brand, FromVault, GatewayRef, LastFour, Order};

/// How far the money is.
pub enum Money {
    /// Nothing is under way.
    Idle,
    /// The switch is storing the intent.
    Consented(Payment, Moment),
    /// The gateway is told, without a card.
    Preparing(Payment, Box<Conversation>),
    /// The switch is storing the reference.
    Journalling(Payment, GatewayRef, Moment),
    /// Money may be moving.
    Authorising(Payment, GatewayRef, Box<Conversation>),
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

    /// When the money's step is late.
    pub fn money_due(&self) -> Moment {
        match &self.money {
            Money::Idle => Moment::NEVER,
            Money::Consented(_, due) | Money::Journalling(_, _, due) => *due,
            Money::Preparing(_, talk) | Money::Authorising(_, _, talk) => talk.deadline(),
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
    pub fn not_prepared(&mut self, alarm: Alarm, said: &mut Said) {
        said.push(FromVault::Alarm(alarm, 1));
        self.money = Money::Idle;
        self.entry.handle_gateway_down();
    }

    /// Tells the gateway, without a card.
    ///
    /// # Errors
    /// There is no answer; nothing was charged.
    pub fn prepare_on(
        &self,
        now: Moment,
        room: &Furniture,
        payment: Payment,
        talk: &mut Conversation,
    ) -> Result<Option<Answer>, Failed> {
        match talk.go_on(now)? {
            Progress::Working => Ok(None),
            Progress::Answered(answer) => Ok(Some(answer)),
            Progress::Greeted => {
                let mut memory = [0; PLAIN_REQUEST_BYTES];
                let mut request = Request::in_place(&mut memory);
                room.gateway.prepare(&mut request, &payment);
                let (head, body) = request.finish().ok_or(Failed::LateUnsent)?;
                talk.send(head, body).map(|()| None)
            }
        }
    }

    /// The only place where a card leaves: from the secret slot through TLS. The security code and the
    /// request are gone as soon as they are encrypted.
    ///
    /// # Errors
    /// There is no answer, or nothing was sent.
    pub fn authorise_on(
        &mut self,
        now: Moment,
        room: &Furniture,
        payment: &Payment,
        reference: &GatewayRef,
        talk: &mut Conversation,
    ) -> Result<Option<Answer>, Failed> {
        match talk.go_on(now)? {
            Progress::Working => return Ok(None),
            Progress::Answered(answer) => return Ok(Some(answer)),
            Progress::Greeted => {}
        }
        let card = self.entry.card_to_send().ok_or(Failed::LateUnsent)?;
        let sent = card.with_request(|card, memory| {
            let mut request = Request::in_place(memory);
            room.gateway.authorise(&mut request, payment, reference, card);
            let (head, body) = request.finish().ok_or(Failed::LateUnsent)?;
            talk.send(head, body)
        });
        card.wipe(Part::Code);
        sent.ok_or(Failed::LateUnsent)?.map(|()| None)
    }
}

/// Which alarm a conversation that failed raises.
pub fn alarm_of(why: Failed) -> Alarm {
    match why {
        Failed::Certificate => Alarm::GatewayCertificate,
        Failed::Unreachable | Failed::LateUnsent => Alarm::GatewayUnreachable,
        Failed::NoAnswer => Alarm::GatewayNonsense,
    }
}
