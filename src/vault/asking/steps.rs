//! The steps at the gateway, one after the other: prepare; screen, where credit may not be taken;
//! authorise; and ask again where the gateway answers before it knows.

use super::{Asking, Money};
use crate::capture::Said;
use crate::card::Part;
use crate::furniture::Furniture;
use crate::gateway::{Answer, Charged, Failed, Means, NotPrepared, Payment, Progress};
use crate::gateway::{Request, Screened};
use crate::limits::{ASK_AGAIN, GATEWAY, JOURNAL, PLAIN_REQUEST_BYTES};
use crate::visit::Visit;
use ids::Moment;
use vault_link::{Alarm, Decline, FromVault, Funding, FundingGate, GatewayRef, Outcome, Session};

/// A payment whose reference is durable.
pub struct Charge {
    /// What is charged.
    pub payment: Payment,
    /// How the gateway knows it.
    pub reference: GatewayRef,
    /// The gateway's name of the card, where it was screened.
    pub method: Option<String>,
    /// When all its steps must be done: the switch waits no longer.
    pub until: Moment,
}

/// What a step at the gateway is done with.
pub struct Turn<'a> {
    /// Now.
    pub now: Moment,
    /// The gateway.
    pub room: &'a Furniture,
    /// Which capture.
    pub session: Session,
    /// What is said to the switch.
    pub said: &'a mut Said,
}

impl Asking {
    /// Goes on as far as the gateway lets it.
    pub fn go_on(&mut self, turn: &mut Turn<'_>) {
        self.money = match std::mem::replace(&mut self.money, Money::Idle) {
            Money::Preparing(payment, visit) => self.prepare(turn, payment, visit),
            Money::Screening(charge, visit) => self.screen(turn, charge, visit),
            Money::Authorising(charge, visit) => self.authorise(turn, charge, visit),
            Money::Settling(charge, at, visit) => self.settle(turn, charge, at, visit),
            waits @ (Money::Idle | Money::Consented(..) | Money::Journalling(..)) => waits,
        };
    }

    /// The reference is durable: money may move. Where credit may not be taken the card is screened before.
    pub fn charge(&mut self, turn: &mut Turn<'_>, payment: Payment, reference: GatewayRef) {
        let until = turn.now + GATEWAY;
        let charge = Charge { payment, reference, method: None, until };
        self.money = match Visit::begin(turn.now, turn.room) {
            Ok(visit) if payment.funding == FundingGate::NoCredit => {
                Money::Screening(charge, Box::new(visit))
            }
            Ok(visit) => Money::Authorising(charge, Box::new(visit)),
            Err(why) => self.without_answer(turn, why, payment.attempt),
        };
    }

    /// Tells the gateway, without a card.
    fn prepare(&mut self, turn: &mut Turn<'_>, payment: Payment, mut visit: Box<Visit>) -> Money {
        let gateway = &turn.room.gateway;
        let answer = plain(turn, &mut visit, |request| gateway.prepare(request, &payment));
        match answer.map(|answer| answer.map(|answer| gateway.prepared(&answer, &payment))) {
            Ok(None) => Money::Preparing(payment, visit),
            Ok(Some(Ok(reference))) => {
                let told = reference.clone();
                turn.said.push(FromVault::Prepared(turn.session, payment.attempt, told));
                Money::Journalling(payment, reference, turn.now + JOURNAL)
            }
            Ok(Some(Err(NotPrepared::Credentials))) => {
                self.not_prepared(Alarm::GatewayCredentials, turn.said)
            }
            Ok(Some(Err(NotPrepared::Trouble))) => {
                self.not_prepared(Alarm::GatewayNonsense, turn.said)
            }
            Err(why) => self.not_prepared(alarm_of(why), turn.said),
        }
    }

    /// The card goes to the gateway, which tells its funding and moves no money.
    fn screen(&mut self, turn: &mut Turn<'_>, mut charge: Charge, mut visit: Box<Visit>) -> Money {
        let attempt = charge.payment.attempt;
        let gateway = &turn.room.gateway;
        let answer = self.with_card(turn, &mut visit, |request, card| {
            gateway.screen(request, &charge.payment, card);
        });
        match answer.map(|answer| answer.map(|answer| gateway.screened(&answer))) {
            Ok(None) => return Money::Screening(charge, visit),
            Ok(Some(Screened::Funding(Funding::Debit | Funding::Prepaid, method))) => {
                charge.method = Some(method);
            }
            // nobody says that it is not credit
            Ok(Some(Screened::Funding(Funding::Credit | Funding::Unknown, _))) => {
                return self.tell_outcome(turn, attempt, &Outcome::Declined(Decline::Funding));
            }
            Ok(Some(Screened::Refused(outcome))) => {
                return self.tell_outcome(turn, attempt, &outcome);
            }
            // no money was asked for yet, so none has moved
            Err(_) => return self.without_answer(turn, Failed::LateUnsent, attempt),
        }
        match Visit::begin(turn.now, turn.room) {
            Ok(visit) => {
                let visit = visit.until(charge.until);
                Money::Authorising(charge, Box::new(visit))
            }
            Err(why) => self.without_answer(turn, why, attempt),
        }
    }

    /// The one step that charges.
    fn authorise(&mut self, turn: &mut Turn<'_>, charge: Charge, mut visit: Box<Visit>) -> Money {
        let (gateway, payment) = (&turn.room.gateway, charge.payment);
        let answer = match &charge.method {
            Some(method) => plain(turn, &mut visit, |request| {
                gateway.authorise(request, &payment, &charge.reference, Means::Screened(method));
            }),
            None => self.with_card(turn, &mut visit, |request, card| {
                gateway.authorise(request, &payment, &charge.reference, Means::Card(card));
            }),
        };
        match answer {
            Ok(None) => Money::Authorising(charge, visit),
            Ok(Some(answer)) => match gateway.authorised(&answer, &payment) {
                Charged::Told(outcome) => self.tell_outcome(turn, payment.attempt, &outcome),
                Charged::AskAgain => Money::Settling(charge, turn.now + ASK_AGAIN, None),
            },
            Err(why) => self.without_answer(turn, why, payment.attempt),
        }
    }

    /// The gateway took the card and does not know yet: it is asked once a second, without a card.
    fn settle(
        &mut self,
        turn: &mut Turn<'_>,
        charge: Charge,
        at: Moment,
        visit: Option<Box<Visit>>,
    ) -> Money {
        let attempt = charge.payment.attempt;
        if turn.now >= charge.until {
            return self.tell_outcome(turn, attempt, &Outcome::Unknown);
        }
        let begun = match visit {
            Some(visit) => Some(visit),
            None if turn.now < at => return Money::Settling(charge, at, None),
            None => {
                Visit::begin(turn.now, turn.room).ok().map(|it| Box::new(it.until(charge.until)))
            }
        };
        let later = turn.now + ASK_AGAIN;
        let Some(mut visit) = begun else { return Money::Settling(charge, later, None) };
        let gateway = &turn.room.gateway;
        let answer = plain(turn, &mut visit, |request| gateway.query(request, &charge.reference));
        match answer.map(|answer| answer.map(|it| gateway.settled(&it, &charge.payment))) {
            Ok(None) => Money::Settling(charge, at, Some(visit)),
            Ok(Some(Charged::Told(outcome))) => self.tell_outcome(turn, attempt, &outcome),
            Ok(Some(Charged::AskAgain)) | Err(_) => Money::Settling(charge, later, None),
        }
    }

    /// The only place where a card leaves: from the secret slot through TLS. The security code and the
    /// request are gone as soon as they are encrypted.
    fn with_card(
        &mut self,
        turn: &Turn<'_>,
        visit: &mut Visit,
        build: impl FnOnce(&mut Request<'_>, &[u8]),
    ) -> Result<Option<Answer>, Failed> {
        match visit.go_on(turn.now, turn.room)? {
            Progress::Working => return Ok(None),
            Progress::Answered(answer) => return Ok(Some(answer)),
            Progress::Greeted => {}
        }
        let card = self.entry.card_to_send().ok_or(Failed::LateUnsent)?;
        let sent = card.with_request(|card, memory| {
            let mut request = Request::in_place(memory);
            build(&mut request, card);
            let (head, body) = request.finish().ok_or(Failed::LateUnsent)?;
            visit.send(head, body)
        });
        card.wipe(Part::Code);
        sent.ok_or(Failed::LateUnsent)?.map(|()| None)
    }

    pub(super) fn without_answer(
        &mut self,
        turn: &mut Turn<'_>,
        why: Failed,
        attempt: u8,
    ) -> Money {
        turn.said.push(FromVault::Alarm(alarm_of(why), 1));
        let unsent = Outcome::Declined(Decline::NotSent);
        let outcome = if why.is_unsent() { unsent } else { Outcome::Unknown };
        self.tell_outcome(turn, attempt, &outcome)
    }

    fn tell_outcome(&mut self, turn: &mut Turn<'_>, attempt: u8, outcome: &Outcome) -> Money {
        self.entry.handle_outcome(turn.now, outcome);
        turn.said.push(FromVault::Outcome(turn.session, attempt, *outcome));
        if self.aborted {
            self.entry.stop(vault_link::End::Aborted);
        }
        Money::Idle
    }
}

/// A request without a card.
fn plain(
    turn: &Turn<'_>,
    visit: &mut Visit,
    build: impl FnOnce(&mut Request<'_>),
) -> Result<Option<Answer>, Failed> {
    match visit.go_on(turn.now, turn.room)? {
        Progress::Working => return Ok(None),
        Progress::Answered(answer) => return Ok(Some(answer)),
        Progress::Greeted => {}
    }
    let mut memory = [0; PLAIN_REQUEST_BYTES];
    let mut request = Request::in_place(&mut memory);
    build(&mut request);
    let (head, body) = request.finish().ok_or(Failed::LateUnsent)?;
    visit.send(head, body).map(|()| None)
}

/// Which alarm a step that failed raises.
pub fn alarm_of(why: Failed) -> Alarm {
    match why {
        Failed::Certificate => Alarm::GatewayCertificate,
        Failed::Credentials => Alarm::GatewayCredentials,
        Failed::Unreachable | Failed::LateUnsent => Alarm::GatewayUnreachable,
        Failed::NoAnswer => Alarm::GatewayNonsense,
    }
}
