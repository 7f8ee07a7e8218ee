//! The vault's link as the building sees it: bytes in, bytes out, time.
//!
//! Owns: the one connection, whether the vault takes cards.
//! Never: a socket; what a payment does next (`machine` decides).

use crate::effect::{Effect, Now, ServiceDown};
use crate::exchange::Exchange;
use ids::{Moment, RequestId};
use records::{OpenPayment, PaymentGate};
use std::net::IpAddr;
use vault_link::{CannotPay, DownReason, SwitchEvent, SwitchSide, VaultHello};

/// Everything about payments that is no single call's.
#[derive(Default)]
pub(crate) struct PayDesk {
    link: Option<SwitchSide>,
    /// What the vault has said of itself.
    vault: Option<VaultHello>,
}

impl PayDesk {
    /// When the link wants a turn.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.link.as_ref().map(SwitchSide::poll_timeout)
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
        _request: RequestId,
        _answer: Result<PaymentGate, ServiceDown>,
    ) {
        self.signalling(now);
    }

    /// The answer to [`Effect::Journal`]: it is on disk.
    pub fn journalled(&mut self, now: Now, _request: RequestId, _answer: Result<(), ServiceDown>) {
        self.signalling(now);
    }

    /// Payments that are not settled: all of them, at the start and every two seconds while there are any.
    pub fn payments_open(&mut self, now: Now, _open: Vec<OpenPayment>) {
        self.signalling(now);
    }

    /// Whether the vault takes cards now.
    pub fn takes_cards(&self) -> bool {
        let ready = self.paying.link.as_ref().is_some_and(SwitchSide::is_ready);
        ready && self.paying.vault.is_some_and(|it| it.cannot_pay == CannotPay::Ready)
    }

    fn vault_fell(&mut self, now: Now) {
        if let Some(link) = &mut self.paying.link {
            link.handle_closed();
            self.vault_turn(now);
        }
    }

    /// Time has come for the link.
    pub(crate) fn vault_timeout(&mut self, now: Now) {
        if let Some(link) = self.paying.link.as_mut().filter(|l| l.poll_timeout() <= now.mono) {
            link.handle_timeout(now.mono);
        }
    }

    /// What the vault said is heard; what it is to hear is written.
    pub(crate) fn vault_turn(&mut self, now: Now) {
        while let Some(event) = self.paying.link.as_mut().and_then(SwitchSide::poll_event) {
            self.on_vault(now, event);
        }
        let Self { paying, effects, .. } = self;
        let writes = std::iter::from_fn(|| paying.link.as_mut()?.poll_write());
        effects.extend(writes.map(Effect::VaultWrite));
    }

    fn on_vault(&mut self, _now: Now, event: SwitchEvent) {
        match event {
            SwitchEvent::Ready(hello) => self.vault_ready(hello),
            SwitchEvent::Said(_) | SwitchEvent::Lost(..) | SwitchEvent::AskLost(_) => {}
            SwitchEvent::Down(why) => self.vault_down(why),
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
}
