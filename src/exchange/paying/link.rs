//! The vault's link as the building sees it: bytes in, bytes out, time; whom its words are for.
//!
//! Owns: the one connection, whether the vault takes cards, who asked what.
//! Never: a socket; what a payment does next (`machine` decides).

use super::machine::News;
use super::naming::{card_end, word};
use super::resolver::{Deed, Key, Resolver};
use super::till::Till;
use crate::effect::{Effect, Now, ServiceDown};
use crate::exchange::Exchange;
use ids::{Moment, RequestId};
use records::{EventKind, OpenPayment, PaymentGate};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use vault_link::{
    CannotPay, DownReason, Field, FieldState, FromVault, Lost, Session, SwitchEvent, SwitchSide,
    VaultHello,
};

/// Questions about payments never have the number of another question.
const PAY_REQUESTS: u64 = 1 << 62;

/// Whose question to the store it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asker {
    Gate(Session),
    Step(Session),
    Resolver(Key),
}

/// Everything about payments that is no single call's.
#[derive(Default)]
pub(crate) struct PayDesk {
    pub(super) link: Option<SwitchSide>,
    /// What the vault has said of itself.
    vault: Option<VaultHello>,
    pub(super) tills: BTreeMap<Session, Till>,
    pub(super) requests: HashMap<RequestId, Asker>,
    resolver: Resolver,
    last_session: u32,
    asked: u64,
}

impl PayDesk {
    /// When anything of it wants a turn.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let link = self.link.as_ref().map(SwitchSide::poll_timeout);
        let tills = self.tills.values().map(Till::timeout).min();
        [link, tills, self.resolver.poll_timeout()].into_iter().flatten().min()
    }

    /// Payments that run.
    pub(crate) fn tills(&self) -> usize {
        self.tills.len()
    }

    /// How many the vault takes at once.
    pub(crate) fn capacity(&self) -> usize {
        self.vault.map_or(0, |hello| hello.capacity.into())
    }

    /// A number that no other capture of this run has.
    pub(super) fn new_session(&mut self) -> Session {
        self.last_session = self.last_session.wrapping_add(1);
        Session(self.last_session)
    }

    /// A question to the store.
    pub(super) fn ask(&mut self, asker: Asker) -> RequestId {
        self.asked += 1;
        let request = RequestId(PAY_REQUESTS | self.asked);
        self.requests.insert(request, asker);
        request
    }
}

impl Exchange {
    /// The link's socket is connected; the gateway's name has these addresses.
    pub fn vault_connected(&mut self, now: Now, gateway: Vec<IpAddr>) {
        self.vault_fell(now);
        self.paying.link = Some(SwitchSide::new(now.mono, gateway));
        self.signalling(now);
    }

    /// What the link's socket read.
    pub fn vault_heard(&mut self, now: Now, bytes: &[u8]) {
        if let Some(link) = &mut self.paying.link {
            link.handle_bytes(now.mono, bytes);
        }
        self.signalling(now);
    }

    /// The link's socket is closed or broken.
    pub fn vault_closed(&mut self, now: Now) {
        self.vault_fell(now);
        self.signalling(now);
    }

    /// The gateway's name has other addresses now.
    pub fn gateway_moved(&mut self, now: Now, gateway: Vec<IpAddr>) {
        if let Some(link) = &mut self.paying.link {
            link.gateway_moved(gateway);
        }
        self.signalling(now);
    }

    /// The answer to [`Effect::PaymentGate`].
    pub fn payment_gate(
        &mut self,
        now: Now,
        request: RequestId,
        answer: Result<PaymentGate, ServiceDown>,
    ) {
        if let Some(Asker::Gate(session)) = self.paying.requests.remove(&request) {
            self.gate_answered(now, session, answer);
        }
        self.signalling(now);
    }

    /// The answer to [`Effect::Journal`]: it is on disk, or it is not.
    pub fn journalled(&mut self, now: Now, request: RequestId, answer: Result<(), ServiceDown>) {
        let asker = self.paying.requests.remove(&request);
        if let Err(ServiceDown(why)) = &answer {
            self.effects.push_back(Effect::Alarm(format!(
                "a payment's step was not written: {why}; no card is charged until the journal writes again"
            )));
        }
        match asker {
            Some(Asker::Step(session)) => {
                self.step_answered(now, session, request, answer.is_ok());
            }
            Some(Asker::Resolver(key)) => {
                let deeds = self.paying.resolver.written(now, key, answer.is_ok());
                self.resolve(now, deeds);
            }
            Some(Asker::Gate(_)) | None => {}
        }
        self.signalling(now);
    }

    /// Payments that are not settled: all of them, at the start and every two seconds while there are any.
    pub fn payments_open(&mut self, now: Now, open: Vec<OpenPayment>) {
        let Self { paying: PayDesk { tills, resolver, .. }, .. } = self;
        let in_hand = |payment| tills.values().any(|till| till.bill.payment == payment);
        resolver.handle_open(now, open, in_hand);
        self.signalling(now);
    }

    /// Whether the vault takes cards now.
    pub fn takes_cards(&self) -> bool {
        let ready = self.paying.link.as_ref().is_some_and(SwitchSide::is_ready);
        ready && self.paying.vault.is_some_and(|it| it.cannot_pay == CannotPay::Ready)
    }

    /// Payments that the resolver looks after.
    pub fn payments_unsettled(&self) -> usize {
        self.paying.resolver.len()
    }

    fn vault_fell(&mut self, now: Now) {
        if let Some(link) = &mut self.paying.link {
            link.handle_closed();
            self.vault_turn(now);
        }
    }

    /// Time has come for the link, for payments, for the resolver.
    pub(crate) fn paying_timeout(&mut self, now: Now) {
        if let Some(link) = self.paying.link.as_mut().filter(|l| l.poll_timeout() <= now.mono) {
            link.handle_timeout(now.mono);
        }
        let due = |(_, till): &(&Session, &Till)| till.timeout() <= now.mono;
        let due: Vec<Session> =
            self.paying.tills.iter().filter(due).map(|(session, _)| *session).collect();
        for session in due {
            self.till_due(now, session);
        }
        let vault = self.takes_cards();
        let deeds = self.paying.resolver.handle_timeout(now, vault);
        self.resolve(now, deeds);
    }

    /// What the vault said is heard. True if it said anything.
    pub(crate) fn vault_turn(&mut self, now: Now) -> bool {
        let mut heard = false;
        while let Some(event) = self.paying.link.as_mut().and_then(SwitchSide::poll_event) {
            self.on_vault(now, event);
            heard = true;
        }
        heard
    }

    /// What it is to hear is written.
    pub(crate) fn tell_vault(&mut self) {
        let Self { paying, effects, .. } = self;
        let writes = std::iter::from_fn(|| paying.link.as_mut()?.poll_write());
        effects.extend(writes.map(Effect::VaultWrite));
    }

    fn on_vault(&mut self, now: Now, event: SwitchEvent) {
        match event {
            SwitchEvent::Ready(hello) => self.vault_ready(hello),
            SwitchEvent::Said(said) => self.vault_said(now, said),
            SwitchEvent::Lost(session, lost) => {
                let news = match lost {
                    Lost::NothingCharged => News::LostUncharged,
                    Lost::MaybeCharged(_) => News::LostMaybeCharged,
                };
                if let Some(till) = self.paying.tills.get_mut(&session) {
                    till.maybe_charged |= news == News::LostMaybeCharged;
                    till.refused.get_or_insert_with(|| "vault-lost".to_owned());
                }
                self.pay_news(now, session, news);
            }
            SwitchEvent::AskLost(ask) => {
                let deeds = self.paying.resolver.answered(now, ask, None);
                self.resolve(now, deeds);
            }
            SwitchEvent::Down(why) => self.vault_down(why),
        }
    }

    fn vault_said(&mut self, now: Now, said: FromVault) {
        let session = said.session();
        let till = session.and_then(|session| self.paying.tills.get_mut(&session));
        match (said, till) {
            (FromVault::Answer(ask, found), _) => {
                let deeds = self.paying.resolver.answered(now, ask, Some(found));
                self.resolve(now, deeds);
            }
            (FromVault::Alarm(alarm, count), _) => {
                let what = word(alarm);
                self.effects.push_back(Effect::Alarm(format!("the vault says: {what} ({count})")));
            }
            (FromVault::MediaOpened(session, address, _), Some(till)) => {
                till.audio.vault = Some(address);
                self.pay_news(now, session, News::Opened);
            }
            (FromVault::MediaRefused(session, why), Some(till)) => {
                till.refused = Some(word(why));
                self.pay_news(now, session, News::NotOpened);
            }
            (FromVault::Progress(_, _, keys), Some(till)) => till.keys = keys,
            (FromVault::Field(session, field, state), Some(_)) => {
                self.field(now, session, field, state);
            }
            (FromVault::Consented { session, attempt, brand, last_four }, Some(till)) => {
                till.attempt = attempt;
                till.reference = None;
                till.card = Some(card_end(brand, last_four));
                self.consented(now, session);
            }
            (FromVault::Prepared(session, _, reference), Some(till)) => {
                till.reference = Some(reference);
                self.pay_news(now, session, News::Prepared);
            }
            (FromVault::Outcome(session, _, outcome), Some(till)) => {
                till.outcome = Some(outcome);
                self.outcome(now, session, &outcome);
            }
            (FromVault::Ended(session, end), Some(till)) => {
                till.end = Some(end);
                self.pay_news(now, session, News::Ended);
            }
            (_, None) | (FromVault::Hello(_) | FromVault::Pong(_), _) => {}
            (FromVault::Speaking(_) | FromVault::CardSeen(..), _) => {}
        }
    }

    /// A field of the card entry, for the history: how far the caller came, in counts.
    fn field(&mut self, now: Now, session: Session, field: Field, state: FieldState) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let keys = std::mem::take(&mut till.keys);
        till.told += 1;
        if till.told <= super::limits::FIELD_EVENTS_MAX {
            let (field, state) = (word(field), word(state));
            self.pay_event(now, session, EventKind::PaymentField { field, state, keys });
        }
    }

    fn vault_ready(&mut self, hello: VaultHello) {
        self.paying.vault = Some(hello);
        let why = match hello.cannot_pay {
            CannotPay::Ready => return,
            CannotPay::Kernel => "its kernel lacks a control it needs: Linux 6.7 or newer",
            CannotPay::Unfurnished => "roots, credentials or prompts are missing; see [payments]",
            CannotPay::Closing => "it is closing down",
        };
        self.effects.push_back(Effect::Alarm(format!("the vault takes no cards: {why}")));
    }

    fn vault_down(&mut self, why: DownReason) {
        (self.paying.link, self.paying.vault) = (None, None);
        self.effects.push_back(Effect::Alarm(format!(
            "the vault's link is over ({why:?}); callers are offered other ways to pay until it is back"
        )));
        self.effects.push_back(Effect::VaultBroken(why));
    }

    fn resolve(&mut self, now: Now, deeds: Vec<Deed>) {
        for deed in deeds {
            let asked = match (deed, self.paying.link.as_mut()) {
                (Deed::Query(ask, of), Some(link)) => {
                    link.query(now.mono, ask, &of).map_err(|_| ask)
                }
                (Deed::Void(ask, of), Some(link)) => link.void(now.mono, ask, &of).map_err(|_| ask),
                (Deed::Query(ask, _) | Deed::Void(ask, _), None) => Err(ask),
                (Deed::Journal(key, step), _) => {
                    let request = self.paying.ask(Asker::Resolver(key));
                    self.effects.push_back(Effect::Journal { request, step });
                    Ok(())
                }
                (Deed::Alarm(what), _) => {
                    self.effects.push_back(Effect::Alarm(what));
                    Ok(())
                }
            };
            if let Err(ask) = asked {
                // asked again in its time
                let _ = self.paying.resolver.answered(now, ask, None);
            }
        }
    }
}
