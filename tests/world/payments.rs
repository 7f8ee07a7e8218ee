//! The world's store of payments, and its vault's link: what is journalled, what is open, what must be so.
//!
//! Owns: which step may follow which, balances that payments reduce.
//! Never: a second opinion about what a call should do.

use super::cases::Service;
use super::vault::VAULT;
use super::{Happening, World};
use exchange::{Effect, ServiceDown};
use ids::RequestId;
use records::{OpenPayment, PaymentAsk, PaymentGate, PaymentState, PaymentStep};
use std::collections::BTreeMap;
use std::time::Duration;
use vault_link::FromVault;

/// What the world's store has of payments.
#[derive(Default)]
pub struct Journal {
    /// The newest step of each attempt.
    pub last: BTreeMap<(records::PaymentId, u8), PaymentStep>,
    /// Every step, in order.
    pub steps: Vec<PaymentStep>,
    /// It refuses this state.
    pub refuses: Option<PaymentState>,
    /// Somebody looks at what is open in two seconds.
    looking: bool,
}

/// Between two looks at what is open.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A vault that died is started again.
const RESTARTS_AFTER: Duration = Duration::from_secs(2);

impl Journal {
    fn open(&self) -> Vec<OpenPayment> {
        let open = self.last.values().filter(|step| step.state.is_open());
        open.map(|last| OpenPayment { last: last.clone(), void: None }).collect()
    }

    /// What was posted, in minor units.
    pub fn posted(&self) -> u64 {
        let posted = self.steps.iter().filter(|step| step.state == PaymentState::Posted);
        posted.map(|step| step.amount.minor).sum()
    }

    fn write(&mut self, step: &PaymentStep, owed: ids::Money) -> Result<(), ServiceDown> {
        if self.refuses == Some(step.state) {
            return Err(ServiceDown("the disk is full".into()));
        }
        let other = |last: &&PaymentStep| {
            last.case == step.case && last.payment != step.payment && last.state.is_open()
        };
        let locked = self.last.values().any(|last| other(&last));
        if step.state == PaymentState::Intent && (locked || step.amount.minor > owed.minor) {
            return Err(ServiceDown("the case is locked, or owes less".into()));
        }
        let key = (step.payment, step.attempt);
        let before = self.last.get(&key).map(|step| step.state);
        assert!(
            step.state.may_follow(before),
            "{}: {:?} after {before:?}: {:?}",
            step.payment,
            step.state,
            self.steps.iter().map(|s| s.state).collect::<Vec<_>>()
        );
        self.last.insert(key, step.clone());
        self.steps.push(step.clone());
        Ok(())
    }
}

impl World {
    /// Connects the vault, as the shell does at its start.
    pub fn start_vault(&mut self) {
        self.vault.come_back();
        let now = self.time();
        self.exchange.vault_connected(now, vec![VAULT.into()]);
        self.settle();
        self.pass(Duration::from_millis(50));
    }

    /// It is there again, by itself.
    pub(crate) fn start_vault_again(&mut self) {
        self.vault.come_back();
        let now = self.time();
        self.exchange.vault_connected(now, vec![VAULT.into()]);
    }

    /// The vault's process is gone; another one comes two seconds later.
    pub fn kill_vault(&mut self) {
        if self.vault.alive {
            self.vault.die();
            let now = self.time();
            self.exchange.vault_closed(now);
            self.settle();
            self.later(RESTARTS_AFTER, Happening::VaultStarts);
        }
    }

    pub(crate) fn pay(&mut self, effect: Effect) {
        match effect {
            Effect::PaymentGate { request, ask } => self.ask_gate(request, &ask),
            Effect::Journal { request, step } => self.journal(request, &step),
            Effect::VaultWrite(bytes) if self.vault.alive => {
                let will = self.vault.hear(&bytes);
                self.will(will);
            }
            Effect::VaultBroken(_) if self.vault.alive => {
                self.vault.die();
                self.later(RESTARTS_AFTER, Happening::VaultStarts);
            }
            _ => {}
        }
    }

    fn will(&mut self, will: Vec<(Duration, FromVault)>) {
        let run = self.vault.run;
        for (delay, word) in will {
            self.later(delay, Happening::VaultSays(run, word));
        }
    }

    /// The vault says what it was going to say, unless something came between.
    pub(crate) fn vault_says(&mut self, run: u64, word: FromVault) {
        if run != self.vault.run {
            return;
        }
        if let Some((word, then)) = self.vault.say(word) {
            self.will(then);
            let frame = vault_link::frame_of(&word.encode());
            let now = self.time();
            self.exchange.vault_heard(now, &frame);
        }
    }

    fn ask_gate(&mut self, request: RequestId, ask: &PaymentAsk) {
        let locked = self.journal.open().iter().any(|open| open.last.case == ask.case);
        let gate = match locked {
            true => PaymentGate::CaseLocked,
            false if ask.amount.minor > self.file.owed(ask.case).minor => PaymentGate::AmountWrong,
            false => PaymentGate::Open,
        };
        match self.file.service {
            Service::Up(delay) => self.later(delay, Happening::Gate(request, Ok(gate))),
            Service::Down => {
                let down = Err(ServiceDown("connection refused".into()));
                self.later(Duration::from_millis(1), Happening::Gate(request, down));
            }
            Service::Mute => {}
        }
    }

    fn journal(&mut self, request: RequestId, step: &PaymentStep) {
        let secrets = self.file.secrets();
        let text = format!("{step:?}");
        assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{text}");
        let (delay, written) = match self.file.service {
            Service::Up(delay) => (delay, self.journal.write(step, self.file.owed(step.case))),
            Service::Down => (Duration::from_millis(1), Err(ServiceDown("no disk".into()))),
            Service::Mute => return,
        };
        if written.is_ok() {
            self.vault.journalled.insert((step.payment.0, step.attempt), step.state);
            if step.state == PaymentState::Posted {
                self.file.reduce(step.case, step.amount);
            }
        }
        self.later(delay, Happening::Journalled(request, written));
        if !std::mem::replace(&mut self.journal.looking, true) {
            self.later(LOOK_EVERY, Happening::OpenPayments);
        }
    }

    /// The shell looks at what is open, every two seconds while anything is.
    pub(crate) fn look_at_open(&mut self) {
        let open = self.journal.open();
        self.journal.looking = !open.is_empty();
        if self.journal.looking {
            self.later(LOOK_EVERY, Happening::OpenPayments);
        }
        let now = self.time();
        self.exchange.payments_open(now, open);
    }

    /// What holds when nobody calls any more and an hour has passed for the resolver: the gateway and the ledger
    /// agree, nothing is open, no capture is left.
    pub fn assert_books_balance(&self) {
        let states: Vec<_> = self.journal.steps.iter().map(|s| (s.attempt, s.state)).collect();
        assert_eq!(self.vault.charged(), self.journal.posted(), "{states:?}");
        let open = self.journal.open();
        assert!(open.is_empty(), "{open:?}");
        assert_eq!(self.vault.captures(), 0, "each socket that was opened was closed");
        assert_eq!(self.exchange.census().payments, 0);
    }
}
