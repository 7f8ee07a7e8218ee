//! Payments that nobody knows the end of: the gateway is asked until it says, and never told again.
//!
//! ```text
//!  payments_open ─▶ Waiting ── 2 s, 10 s, 1 min, 10 min, 1 h after the step, then hourly ──▶ Asking (query, void)
//!                      ▲  no answer, vault away                                                │ found
//!                      └──────────── the store does not write ──────────── Writing ◀───────────┘
//! ```
//! "Never heard of it" is believed a minute after the step and no sooner: an authorisation may be on its way.
//!
//! Owns: when it is asked, what an answer means for the journal.
//! Never: an authorisation; a payment that a call still has in hand.

use super::limits::{
    INTENT_STALE_AFTER, JOURNAL_WAIT_MAX, NEVER_ASKED_AFTER, OPEN_PAYMENTS_MAX,
    RESOLVE_AGAIN_AFTER, RESOLVER_ASKS_MAX, RUNGS,
};
use super::naming::{card_end, word};
use crate::effect::Now;
use ids::Moment;
use records::{OpenPayment, PaymentId, PaymentState, PaymentStep};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use vault_link::{Ask, Found, GatewayRef, Outcome};

/// One attempt of one payment.
pub(crate) type Key = (PaymentId, u8);

/// What is to be done.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Deed {
    Query(Ask, GatewayRef),
    Void(Ask, GatewayRef),
    /// Write it down; answer with [`Resolver::written`].
    Journal(Key, Box<PaymentStep>),
    Alarm(String),
}

#[derive(Debug)]
enum Doing {
    Waiting,
    Asking,
    /// The first is on its way.
    Writing(VecDeque<PaymentStep>),
}

#[derive(Debug)]
struct Open {
    last: PaymentStep,
    void: Option<(String, String)>,
    due: Moment,
    doing: Doing,
    listed: bool,
    /// On how many lists it stood: the first one may have been made while a call still had it in hand.
    seen: u32,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Resolver {
    open: BTreeMap<Key, Open>,
    asks: BTreeMap<Ask, (Key, bool)>,
    last_ask: u32,
}

impl Resolver {
    /// What is open, from the store. `in_hand`: a call still works with it.
    pub fn handle_open(
        &mut self,
        now: Now,
        list: Vec<OpenPayment>,
        in_hand: impl Fn(PaymentId) -> bool,
    ) {
        self.open.values_mut().for_each(|open| open.listed = false);
        for OpenPayment { last, void } in list.into_iter().take(OPEN_PAYMENTS_MAX) {
            let key = (last.payment, last.attempt);
            if in_hand(last.payment) {
                continue;
            }
            let known = self.open.get_mut(&key);
            match known {
                Some(open) if !matches!(open.doing, Doing::Waiting) => open.listed = true,
                Some(open) if open.last.state == last.state && open.void == void => {
                    open.listed = true;
                    open.seen += 1;
                }
                _ => {
                    let due = first_due(now, &last, void.is_some());
                    let doing = Doing::Waiting;
                    let open = Open { last, void, due, doing, listed: true, seen: 1 };
                    self.open.insert(key, open);
                }
            }
        }
        self.open.retain(|_, open| open.listed || !matches!(open.doing, Doing::Waiting));
    }

    /// When it wants a turn.
    pub fn poll_timeout(&self) -> Option<Moment> {
        let timed = |open: &&Open| match open.doing {
            Doing::Waiting => open.seen > 1,
            Doing::Asking => false,
            Doing::Writing(_) => true,
        };
        self.open.values().filter(timed).map(|open| open.due).min()
    }

    /// Whoever is due. `vault`: it can be asked.
    pub fn handle_timeout(&mut self, now: Now, vault: bool) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (key, open) in &mut self.open {
            if open.due > now.mono {
                continue;
            }
            match open.doing {
                Doing::Waiting if open.seen > 1 => {}
                Doing::Waiting | Doing::Asking => continue,
                // the store has not said whether it is on disk: written twice it is kept once
                Doing::Writing(_) => {
                    (open.doing, open.due) = (Doing::Waiting, now.mono + RESOLVE_AGAIN_AFTER);
                    continue;
                }
            }
            if let Some(steps) = open.without_asking(now) {
                deeds.extend(open.write(now, *key, steps));
                continue;
            }
            let reference = open.last.reference.as_deref().and_then(|r| GatewayRef::new(r).ok());
            let (Some(reference), true) = (reference, vault) else {
                open.due = now.mono + RESOLVE_AGAIN_AFTER;
                continue;
            };
            if self.asks.len() >= RESOLVER_ASKS_MAX {
                open.due = now.mono + RESOLVE_AGAIN_AFTER;
                continue;
            }
            self.last_ask = self.last_ask.wrapping_add(1);
            let ask = Ask(self.last_ask);
            let void = open.void.is_some() && took_money(open.last.state);
            self.asks.insert(ask, (*key, void));
            open.doing = Doing::Asking;
            deeds.push(if void { Deed::Void(ask, reference) } else { Deed::Query(ask, reference) });
        }
        deeds
    }

    /// The gateway's word; `None`: the question was lost.
    pub fn answered(&mut self, now: Now, ask: Ask, found: Option<Found>) -> Vec<Deed> {
        let Some((key, void)) = self.asks.remove(&ask) else { return Vec::new() };
        let Some(open) = self.open.get_mut(&key) else { return Vec::new() };
        open.doing = Doing::Waiting;
        let found = found.unwrap_or(Found::NoAnswer);
        let steps = if void { open.voided(now, found) } else { open.found(now, found) };
        match steps {
            Ok(steps) if !steps.is_empty() => open.write(now, key, steps).into_iter().collect(),
            Ok(_) => open.again(now).into_iter().collect(),
            Err(why) => {
                open.due = now.mono + RUNGS[RUNGS.len() - 1];
                vec![Deed::Alarm(format!("{}: {why}", key.0))]
            }
        }
    }

    /// The store's word about the step on its way.
    pub fn written(&mut self, now: Now, key: Key, ok: bool) -> Vec<Deed> {
        let Some(open) = self.open.get_mut(&key) else { return Vec::new() };
        let Doing::Writing(steps) = &mut open.doing else { return Vec::new() };
        if !ok {
            (open.doing, open.due) = (Doing::Waiting, now.mono + RESOLVE_AGAIN_AFTER);
            return Vec::new();
        }
        steps.pop_front();
        open.due = now.mono + JOURNAL_WAIT_MAX;
        match steps.front() {
            Some(next) => vec![Deed::Journal(key, Box::new(next.clone()))],
            None => {
                // if it is still open, the store's next list says so
                self.open.remove(&key);
                Vec::new()
            }
        }
    }

    /// How many it looks after.
    pub fn len(&self) -> usize {
        self.open.len()
    }
}

impl Open {
    fn age(&self, now: Now) -> Duration {
        age(now, &self.last)
    }

    /// What needs no gateway: an approval that is not posted, a consent that went no further.
    fn without_asking(&mut self, now: Now) -> Option<Vec<PaymentStep>> {
        match self.last.state {
            PaymentState::Approved if self.void.is_none() => {
                Some(vec![self.step(now, PaymentState::Posted)])
            }
            PaymentState::Intent if self.age(now) >= INTENT_STALE_AFTER => {
                Some(vec![self.step(now, PaymentState::Abandoned)])
            }
            _ => None,
        }
    }

    fn write(&mut self, now: Now, key: Key, steps: Vec<PaymentStep>) -> Option<Deed> {
        let first = steps.first().cloned();
        self.due = now.mono + JOURNAL_WAIT_MAX;
        self.doing = Doing::Writing(steps.into());
        first.map(|step| Deed::Journal(key, Box::new(step)))
    }

    fn step(&self, now: Now, state: PaymentState) -> PaymentStep {
        let by = "resolver".to_owned();
        let at_us = now.unix_us;
        PaymentStep { state, at_us, by, reason: None, code: None, ..self.last.clone() }
    }

    /// Steps up to this state: what the journal lacks in between is written first.
    fn steps_to(&self, now: Now, state: PaymentState) -> Vec<PaymentStep> {
        let asked = PaymentState::Authorising;
        let between = (self.last.state == PaymentState::Prepared
            && state != PaymentState::Abandoned)
            .then(|| self.step(now, asked));
        between.into_iter().chain([self.step(now, state)]).collect()
    }

    /// What the answer to a query means; nothing: ask again later.
    fn found(&self, now: Now, found: Found) -> Result<Vec<PaymentStep>, String> {
        use PaymentState as S;
        let late = self.age(now) >= NEVER_ASKED_AFTER;
        Ok(match found {
            Found::Outcome(Outcome::Approved(it)) => {
                if it.amount != self.last.amount {
                    return Err(format!(
                        "the gateway has approved {} where {} was asked for; nothing was posted, look at it there",
                        it.amount, self.last.amount
                    ));
                }
                let mut steps = self.steps_to(now, S::Approved);
                if let Some(approved) = steps.last_mut() {
                    approved.code = Some(it.code.as_str().to_owned());
                    approved.funding = Some(word(it.funding));
                    approved.card.get_or_insert(card_end(it.brand, it.last_four));
                }
                steps.push(self.step(now, S::Posted));
                steps
            }
            Found::Outcome(Outcome::Declined(why)) => {
                let mut steps = self.steps_to(now, S::Declined);
                if let Some(declined) = steps.last_mut() {
                    declined.reason = Some(word(why));
                }
                steps
            }
            Found::Outcome(Outcome::NeedsCardholder) => self.steps_to(now, S::NeedsCardholder),
            Found::Voided => self.steps_to(now, S::Voided),
            Found::NotAuthorised | Found::NoSuchPayment if late => self.steps_to(now, S::Abandoned),
            // the attempt is older than the vault waits: whatever it was, nobody here knows
            Found::Outcome(Outcome::Unknown) | Found::NoAnswer
                if late && self.last.state == S::Authorising =>
            {
                self.steps_to(now, S::Unknown)
            }
            Found::Outcome(Outcome::Unknown)
            | Found::NoAnswer
            | Found::NotAuthorised
            | Found::NoSuchPayment => Vec::new(),
        })
    }

    /// What the answer to a void means.
    fn voided(&self, now: Now, found: Found) -> Result<Vec<PaymentStep>, String> {
        match found {
            Found::Voided => {
                let mut step = self.step(now, PaymentState::Voided);
                step.by = self.void.as_ref().map_or(step.by, |(who, _)| who.clone());
                Ok(vec![step])
            }
            Found::NoAnswer | Found::Outcome(Outcome::Unknown) => Ok(Vec::new()),
            Found::Outcome(_) | Found::NotAuthorised | Found::NoSuchPayment => Err(format!(
                "the gateway does not take it back ({}); refund it there",
                word(found).split(['(', '{', ' ']).next().unwrap_or_default()
            )),
        }
    }

    /// Later, once more; people hear of it when that has gone on for an hour.
    fn again(&mut self, now: Now) -> Option<Deed> {
        let age = self.age(now);
        let next = RUNGS.into_iter().find(|rung| *rung > age);
        self.due = now.mono + next.map_or(RUNGS[RUNGS.len() - 1], |rung| rung - age);
        if next.is_some() {
            return None;
        }
        Some(Deed::Alarm(format!(
            "{}: nobody knows what became of this payment of {}; the gateway has not said for {} min. Its case takes \
             no other payment; look at the gateway's own pages (`parley payments show`)",
            self.last.payment,
            self.last.amount,
            age.as_secs() / 60
        )))
    }
}

/// There is something to take back.
const fn took_money(state: PaymentState) -> bool {
    matches!(state, PaymentState::Approved | PaymentState::Posted)
}

/// When it is looked at first.
fn first_due(now: Now, last: &PaymentStep, void: bool) -> Moment {
    let age = age(now, last);
    let after = match last.state {
        _ if void => Duration::ZERO,
        PaymentState::Intent => INTENT_STALE_AFTER,
        PaymentState::Approved => RUNGS[0],
        _ => RUNGS[0],
    };
    now.mono + after.saturating_sub(age)
}

fn age(now: Now, step: &PaymentStep) -> Duration {
    Duration::from_micros(u64::try_from(now.unix_us.saturating_sub(step.at_us)).unwrap_or(0))
}
