//! A payment begins, is heard of, and ends: what the machine is told, and what the flow and the history hear.
//!
//! Owns: the till of each payment, from the flow's wish to its last step on disk.
//! Never: the order of things (`machine`), the audio's moves (`audio`).

use super::limits::{GATE_WAIT_MAX, LATE_KEYS, SILENCE_MAX};
use super::link::Asker;
use super::machine::{News, Stage};
use super::naming::word;
use super::till::{Bill, Till};
use crate::call::State;
use crate::effect::{Effect, Now, ServiceDown};
use crate::exchange::Exchange;
use dialplan::{Reply, WalkEvent};
use ids::{CallId, CaseId, Moment, Money, RequestId};
use media::command::{Command, Listening};
use records::{EventKind, PaymentAsk, PaymentGate, PaymentId};
use vault_link::{End, Outcome, Session};

/// What payments' names are derived for, so that no other use of the seed meets them.
const LABEL: &[u8] = b"payment";

impl Exchange {
    /// A flow wants its caller to pay by card.
    pub(crate) fn pay(
        &mut self,
        now: Now,
        id: CallId,
        request: RequestId,
        (case, amount): (CaseId, Money),
    ) {
        if let Err(why) = self.may_pay(id, case, amount) {
            self.write(now, id, EventKind::PaymentRefused { why: why.to_owned() });
            return self.answer_payment(now, id, request, Reply::Unavailable);
        }
        let Some(bill) = self.bill(id, case, amount) else { return };
        let session = self.paying.new_session();
        let asker = self.paying.ask(Asker::Gate(session));
        let ask = PaymentAsk { case, caller: bill.caller.clone(), amount, at_us: now.unix_us };
        self.effects.push_back(Effect::PaymentGate { request: asker, ask });
        let (deadline, sound) = (now.mono + GATE_WAIT_MAX, now.mono + SILENCE_MAX);
        self.paying.tills.insert(session, Till::new(bill, request, deadline, sound));
        if let Some(call) = self.calls.get_mut(&id) {
            call.paying = Some(session);
        }
    }

    fn bill(&mut self, id: CallId, case: CaseId, amount: Money) -> Option<Bill> {
        self.made += 1;
        let drawn = crate::srtp::derive(&self.config.sip.seed, LABEL, self.made, 0);
        let mut name = [0; 16];
        name.copy_from_slice(&drawn[..16]);
        let call = self.calls.get(&id)?;
        Some(Bill {
            payment: PaymentId(name),
            call: id,
            case,
            amount,
            lang: call.history.lang,
            caller: call.history.caller.clone(),
            gateway: self.config.payments.as_ref()?.gateway.clone(),
        })
    }

    /// The store's word.
    pub(super) fn gate_answered(
        &mut self,
        now: Now,
        session: Session,
        answer: Result<PaymentGate, ServiceDown>,
    ) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let refused = match answer {
            Ok(PaymentGate::Open) => return self.pay_news(now, session, News::Allowed),
            Ok(PaymentGate::CaseLocked) => CASE_LOCKED.to_owned(),
            Ok(PaymentGate::Limit(limit)) => format!("limit-{}", limit.name()),
            Ok(PaymentGate::AmountWrong) => "amount".to_owned(),
            Err(ServiceDown(_)) => "no-journal".to_owned(),
        };
        till.refused = Some(refused.clone());
        self.pay_event(now, session, EventKind::PaymentRefused { why: refused });
        self.pay_news(now, session, News::NotAllowed);
    }

    /// The caller has heard brand, last four and amount, and wants it.
    pub(super) fn consented(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get(&session) else { return };
        let (payment, attempt) = (till.bill.payment.to_string(), till.attempt);
        let (id, card) = (till.bill.call, till.card.clone());
        if let Some(call) = self.calls.get_mut(&id) {
            call.attempts = attempt;
        }
        if let Some(records::CardEnd { brand, last_four }) = card {
            let kind = EventKind::PaymentConsented { payment, attempt, brand, last_four };
            self.pay_event(now, session, kind);
        }
        self.pay_news(now, session, News::Consented);
    }

    /// What an authorisation came to.
    pub(super) fn outcome(&mut self, now: Now, session: Session, outcome: &Outcome) {
        let Some(till) = self.paying.tills.get(&session) else { return };
        let (payment, attempt) = (till.bill.payment.to_string(), till.attempt);
        let (outcome, reason) = match outcome {
            Outcome::Approved(_) => ("approved", None),
            Outcome::Declined(why) => ("declined", Some(word(why))),
            Outcome::NeedsCardholder => ("needs-cardholder", None),
            Outcome::Unknown => ("unknown", None),
        };
        let outcome = outcome.to_owned();
        let kind = EventKind::PaymentOutcome { payment, attempt, outcome, reason };
        self.pay_event(now, session, kind);
        self.pay_news(now, session, News::Outcome);
    }

    /// A key came by SIP INFO while the keys are the vault's.
    pub(crate) fn stray_digit(&mut self, now: Now, id: CallId) {
        if let Some(session) = self.calls.get(&id).and_then(|call| call.paying) {
            self.pay_news(now, session, News::StrayDigit);
        }
    }

    /// The flow waits for its payment no longer.
    pub(crate) fn payment_unwanted(&mut self, now: Now, id: CallId, request: RequestId) {
        let Some(session) = self.calls.get(&id).and_then(|call| call.paying) else { return };
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if till.request.take_if(|wanted| *wanted == request).is_some() {
            self.pay_news(now, session, News::Unwanted);
        }
    }

    /// The call is over.
    pub(crate) fn payment_hung_up(&mut self, now: Now, id: CallId) {
        let Some(session) = self.calls.get_mut(&id).and_then(|call| call.paying.take()) else {
            return;
        };
        if let Some(till) = self.paying.tills.get_mut(&session) {
            till.request = None;
        }
        self.pay_news(now, session, News::HungUp);
    }

    /// A till's own time has come.
    pub(super) fn till_due(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if till.sound_at <= now.mono {
            till.sound_at = Moment::NEVER;
            till.sounds = till.stage.is_before();
            let id = till.bill.call;
            self.fill_silence(id);
        }
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if let Some(request) = till.journal.late(now.mono) {
            self.paying.requests.remove(&request);
            self.step_answered(now, session, request, false);
        }
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if till.deadline <= now.mono {
            till.deadline = Moment::NEVER;
            self.pay_news(now, session, News::Late);
        }
    }

    /// Whether this call waits for its payment and is owed a sound.
    pub(crate) fn waits_to_pay(&self, id: CallId) -> bool {
        let till = self.calls.get(&id).and_then(|call| self.paying.tills.get(&call.paying?));
        till.is_some_and(|till| till.sounds && till.stage.is_before())
    }

    /// The machine is told, and what it wants is done.
    pub(super) fn pay_news(&mut self, now: Now, session: Session, news: News) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let (next, deeds) = till.stage.handle(news);
        if next != till.stage && next.awaits_move() | (next == Stage::Opening) {
            till.deadline = Moment::NEVER;
        }
        till.stage = next;
        let id = till.bill.call;
        self.current = Some(id);
        for deed in deeds {
            self.pay_deed(now, session, deed);
        }
        self.hush_payment(session);
        self.forget_payment(session);
    }

    /// Whoever hears the vault, or the flow again, need not hear that something goes on.
    fn hush_payment(&mut self, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        if !till.sounds || till.stage.is_before() {
            return;
        }
        till.sounds = false;
        let Some(call) = self.calls.get_mut(&till.bill.call) else { return };
        if let Some((play, _)) = call.ties.sound.take() {
            self.effects.push_back(Effect::Media(Command::Stop(call.leg, play)));
        }
    }

    /// Nothing is left of it: the desk is clear.
    pub(super) fn forget_payment(&mut self, session: Session) {
        if self.paying.tills.get(&session).is_some_and(Till::is_over) {
            self.paying.tills.remove(&session);
            self.paying.requests.retain(|_, asker| *asker != Asker::Gate(session));
        }
    }

    /// What came of it goes to the flow.
    pub(super) fn reply_payment(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let (reply, result) = till.verdict();
        let (id, request) = (till.bill.call, till.request.take());
        let payment = till.bill.payment.to_string();
        self.pay_event(now, session, EventKind::PaymentEnded { payment, result });
        if let Some(call) = self.calls.get_mut(&id) {
            call.paying = None;
        }
        if let Some(request) = request {
            self.walk(now, id, WalkEvent::Done(request, reply));
        }
    }

    /// Keys are the caller's own again, a moment from now.
    pub(super) fn quarantine(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.deaf_until = now.mono + LATE_KEYS;
        self.schedule(id);
    }

    /// The moment is over.
    pub(crate) fn listen_again(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.deaf_until <= now.mono {
            call.deaf_until = Moment::NEVER;
            if call.paying.is_none() {
                let open = Command::Listen(call.leg, Listening::Open);
                self.effects.push_back(Effect::Media(open));
            }
        }
    }

    /// An event of the call's history, while there is a call.
    pub(super) fn pay_event(&mut self, now: Now, session: Session, kind: EventKind) {
        let Some(till) = self.paying.tills.get(&session) else { return };
        let id = till.bill.call;
        if self.calls.get(&id).is_some_and(|call| call.state == State::Talking) {
            self.write(now, id, kind);
        }
    }

    /// An answer in the turn of its question: whoever drains the walk goes on with it.
    fn answer_payment(&mut self, now: Now, id: CallId, request: RequestId, reply: Reply) {
        let local = self.local(now);
        if let Some(walk) = self.calls.get_mut(&id).and_then(|c| c.walk.as_mut()) {
            walk.handle(now.mono, local, WalkEvent::Done(request, reply));
        }
    }
}

/// Another payment of the case is not settled: whoever pays again may pay twice.
const CASE_LOCKED: &str = "case-locked";

impl Till {
    /// What the flow is told, and the word for it in the history.
    fn verdict(&self) -> (Reply, String) {
        if let Some(Outcome::Approved(_)) = self.outcome {
            return (Reply::Paid(self.bill.payment.confirmation()), "paid".to_owned());
        }
        if self.maybe_charged || self.outcome == Some(Outcome::Unknown) {
            return (Reply::Unknown, "unknown".to_owned());
        }
        let end = self.end.filter(|end| *end != End::Aborted).map(word);
        let stopped = self.stopped.map(word);
        let why = self.refused.clone().or(end).or(stopped).unwrap_or_else(|| "late".to_owned());
        let reply = match (why.as_str(), self.end) {
            (CASE_LOCKED, _) => Reply::Unknown,
            (_, _) if self.refused.is_some() => Reply::Unavailable,
            (_, Some(End::Declined)) => Reply::Declined,
            (_, Some(End::Unknown)) => Reply::Unknown,
            (_, Some(End::Left | End::Silent | End::TriesSpent | End::TooLong)) => Reply::Cancelled,
            (
                _,
                Some(
                    End::Paid
                    | End::NeedsCardholder
                    | End::GatewayDown
                    | End::Aborted
                    | End::FundingRefused
                    | End::NoMedia
                    | End::NoPrompts,
                )
                | None,
            ) => Reply::Unavailable,
        };
        (reply, why)
    }
}
