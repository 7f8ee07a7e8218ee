//! Does what the machine of a payment decides.
//!
//! Owns: the words to the vault, to the store and to the leg. Never: a decision.

use super::link::Asker;
use super::machine::{Deed, Entry, News};
use super::naming::word;
use super::till::Till;
use crate::call::End;
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use media::command::{Command, Listening};
use records::{EventKind, HungUp, PaymentState};
use vault_link::{AbortReason, Intent, Order, Outcome, Session, SwitchSide};

impl Exchange {
    pub(super) fn pay_deed(&mut self, now: Now, session: Session, deed: Deed) {
        match deed {
            Deed::Open => self.open_vault(now, session),
            Deed::OfferVault => self.offer_vault(now, session),
            Deed::Unplug => self.leg_listens(session, Listening::Away),
            Deed::Arm => self.arm(now, session),
            Deed::Journal(entry) => self.journal(now, session, entry),
            Deed::TellStored => {
                let told = self.with_link(|link| link.intent_stored(now.mono, session).is_ok());
                if !told {
                    self.pay_news(now, session, News::LostUncharged);
                }
            }
            Deed::TellJournalled => {
                let told = self.with_link(|link| link.journalled(now.mono, session).is_ok());
                if !told {
                    // it was never said; the resolver finds that out
                    self.pay_news(now, session, News::LostMaybeCharged);
                }
            }
            Deed::Abort(why) => self.abort(now, session, why),
            Deed::OpenPorts => self.open_home(now, session),
            Deed::OfferBack => self.offer_back(now, session),
            Deed::Back => {
                self.leg_listens(session, Listening::Deaf);
                self.pay_event(now, session, EventKind::PaymentMovedBack);
                self.quarantine_of(now, session);
            }
            Deed::Stay => self.quarantine_of(now, session),
            Deed::CloseMedia => {
                let _ = self.with_link(|link| link.close(session).is_ok());
            }
            Deed::Reply => self.reply_payment(now, session),
            Deed::HangUp => self.cannot_come_back(now, session),
        }
    }

    /// False without a link.
    pub(super) fn with_link(&mut self, tell: impl FnOnce(&mut SwitchSide) -> bool) -> bool {
        self.paying.link.as_mut().is_some_and(tell)
    }

    /// From here on nothing that the caller keys or says is looked at here.
    fn open_vault(&mut self, now: Now, session: Session) {
        self.leg_listens(session, Listening::Deaf);
        let Some(till) = self.paying.tills.get(&session) else { return };
        let (payment, amount) = (till.bill.payment.to_string(), till.bill.amount.to_string());
        self.pay_event(now, session, EventKind::PaymentBegun { payment, amount });
        let sending = self.vault_key(session);
        let opened = match sending {
            Ok((sending, private)) => {
                self.with_link(|link| link.open_media(now.mono, session, sending, private).is_ok())
            }
            Err(()) => false,
        };
        if !opened {
            self.refuse_payment(session, "no-vault");
            self.pay_news(now, session, News::NotOpened);
        }
    }

    fn refuse_payment(&mut self, session: Session, why: &str) {
        if let Some(till) = self.paying.tills.get_mut(&session) {
            till.refused.get_or_insert_with(|| why.to_owned());
        }
    }

    pub(super) fn leg_listens(&mut self, session: Session, how: Listening) {
        let Some(till) = self.paying.tills.get(&session) else { return };
        if let Some(call) = self.calls.get(&till.bill.call) {
            self.effects.push_back(Effect::Media(Command::Listen(call.leg, how)));
        }
    }

    fn quarantine_of(&mut self, now: Now, session: Session) {
        if let Some(id) = self.paying.tills.get(&session).map(|till| till.bill.call) {
            self.quarantine(now, id);
        }
    }

    fn arm(&mut self, now: Now, session: Session) {
        let order = self.order(session);
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let agreed = till.audio.agreed.take();
        let armed = match (order, agreed) {
            (Some(order), Some(agreed)) => self.with_link(|link| {
                link.agree(now.mono, session, agreed).is_ok()
                    && link.arm(now.mono, session, order).is_ok()
            }),
            (_, _) => false,
        };
        self.pay_event(now, session, EventKind::PaymentMoved);
        if !armed {
            self.refuse_payment(session, "not-armed");
            self.pay_news(now, session, News::MoveUnusable);
        }
    }

    fn order(&self, session: Session) -> Option<Order> {
        let payments = self.config.payments.as_ref()?;
        let bill = &self.paying.tills.get(&session)?.bill;
        Some(Order {
            intent: Intent(bill.payment.0),
            amount: bill.amount,
            lang: bill.lang,
            amount_clips: (payments.clips)(bill.lang, bill.amount)?,
            funding: payments.funding,
            attempts_before: self.calls.get(&bill.call)?.attempts,
        })
    }

    fn abort(&mut self, now: Now, session: Session, why: AbortReason) {
        if let Some(till) = self.paying.tills.get_mut(&session) {
            till.stopped = Some(why);
            if why != AbortReason::HungUp && why != AbortReason::Stopped {
                till.refused.get_or_insert_with(|| word(why));
            }
        }
        let _ = self.with_link(|link| link.abort(now.mono, session, why).is_ok());
    }

    /// The audio stays away for ever: better no call than one in silence.
    fn cannot_come_back(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let (id, payment) = (till.bill.call, till.bill.payment.to_string());
        till.request = None;
        let result = "not-taken-back".to_owned();
        self.pay_event(now, session, EventKind::PaymentEnded { payment, result });
        let why = "the audio could not be taken back after a payment";
        self.effects.push_back(Effect::Alarm(format!(
            "{id}: {why}; look at the free media ports and at what its line answers to re-INVITE"
        )));
        self.hang_up(now, id, End::new(HungUp::System, why, 200, 41));
    }

    // ---- the journal ----

    fn journal(&mut self, now: Now, session: Session, entry: Entry) {
        use PaymentState as S;
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        match entry {
            Entry::Intent => till.write(now, &[S::Intent]),
            Entry::Reference => till.write(now, &[S::Prepared, S::Authorising]),
            Entry::Unknown => till.write(now, &[S::Unknown]),
            Entry::Abandoned => {
                if till.journal.abandon() {
                    till.write(now, &[S::Abandoned]);
                }
            }
            Entry::Outcome => till.write_outcome(now),
        }
        self.write_on(now, session);
    }

    fn write_on(&mut self, now: Now, session: Session) {
        let request = self.paying.ask(Asker::Step(session));
        let till = self.paying.tills.get_mut(&session);
        match till.and_then(|till| till.journal.next(now.mono, request)) {
            Some(step) => {
                self.effects.push_back(Effect::Journal { request, step: Box::new(step) });
            }
            None => {
                self.paying.requests.remove(&request);
            }
        }
    }

    /// The store's word about the step on its way; for its silence: not written.
    pub(super) fn step_answered(
        &mut self,
        now: Now,
        session: Session,
        request: ids::RequestId,
        written: bool,
    ) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if !till.journal.answered(request, written) {
            return;
        }
        if !written {
            return self.pay_news(now, session, News::NotWritten);
        }
        self.write_on(now, session);
        match self.paying.tills.get(&session) {
            Some(till) if till.journal.is_idle() => self.pay_news(now, session, News::Written),
            _ => {}
        }
    }
}

impl Till {
    fn write(&mut self, now: Now, states: &[PaymentState]) {
        for state in states {
            let step = self.step(now, *state);
            self.journal.push(step);
        }
    }

    fn write_outcome(&mut self, now: Now) {
        use PaymentState as S;
        let Some(outcome) = self.outcome else { return };
        match outcome {
            Outcome::Approved(it) => {
                let mut step = self.step(now, S::Approved);
                step.code = Some(it.code.as_str().to_owned());
                step.funding = Some(word(it.funding));
                self.journal.push(step);
                self.write(now, &[S::Posted]);
            }
            Outcome::Declined(why) => {
                let mut step = self.step(now, S::Declined);
                step.reason = Some(word(why));
                self.journal.push(step);
            }
            Outcome::NeedsCardholder => self.write(now, &[S::NeedsCardholder]),
            Outcome::Unknown => self.write(now, &[S::Unknown]),
        }
    }
}
