//! Whether a card may be asked for on this leg, by this caller, for this case: what the building itself knows.
//! The store is asked after that.
//!
//! Owns: the refusals and their words. Never: a limit over several calls (the store has those).

use super::limits::{ATTEMPTS_PER_CALL_MAX, TILLS_MAX};
use crate::call::Call;
use crate::exchange::Exchange;
use ids::{CallId, CaseId, Money};
use media::command::{Codec, Direction};

/// Why no card is asked for, as the history names it.
pub(crate) type Refused = &'static str;

impl Exchange {
    /// What speaks against it, if anything does.
    pub(crate) fn may_pay(&self, id: CallId, case: CaseId, amount: Money) -> Result<(), Refused> {
        let payments = self.config.payments.as_ref().ok_or("not-configured")?;
        let call = self.calls.get(&id).ok_or("no-call")?;
        if !call.history.verified {
            return Err("not-verified");
        }
        let case = call.cases.iter().find(|c| c.id == case).ok_or("no-such-case")?;
        let (least, owed) = (Money::new(1, amount.currency), case.outstanding);
        if owed.currency != amount.currency || !(least.minor..=owed.minor).contains(&amount.minor) {
            return Err("amount");
        }
        self.may_key(call, &payments.private)?;
        if call.paying.is_some() || call.ties.bridge.is_some() {
            return Err("busy");
        }
        if call.attempts >= ATTEMPTS_PER_CALL_MAX {
            return Err("attempts");
        }
        if !self.takes_cards() {
            return Err("no-vault");
        }
        match self.paying.tills() {
            n if n >= TILLS_MAX.min(self.paying.capacity()) => Err("vault-full"),
            _ => Ok(()),
        }
    }

    /// Whether the caller's keys would reach the vault, and nobody else.
    fn may_key(&self, call: &Call, private: &[std::net::IpAddr]) -> Result<(), Refused> {
        let params = call.params.as_ref().ok_or("no-audio")?;
        let trunk = call.trunk.and_then(|(trunk, _)| self.trunks.line(trunk));
        let in_band = self.config.inband_always || trunk.is_some_and(|t| t.config.inband_always);
        let private = match trunk {
            Some(line) => line.config.private,
            None => private.contains(&call.local_ip),
        };
        // the vault makes no DTLS handshake
        if call.encounter.is_some() {
            return Err("browser");
        }
        if call.keys_by_info {
            return Err("keys-by-info");
        }
        if params.telephone_event.is_none() && !in_band {
            return Err("no-telephone-event");
        }
        if params.srtp.is_none() && !private {
            return Err("not-protected");
        }
        // a caller who has nothing but Opus cannot be heard by the vault
        if params.codec == Codec::Opus {
            return Err("codec");
        }
        if params.direction != Direction::SendRecv {
            return Err("on-hold");
        }
        Ok(())
    }
}
