//! A leg's SRTP: packets opened before anything else looks at them, sealed as the last thing.
//!
//! ```text
//!   agreed keys ── same as before: counters go on; a new one: that direction begins anew
//! ```
//! Owns: the two directions and what was refused. Never: which keys; who may be heard.

use crate::command::SrtpKeys;
use rtp::srtp::{SrtpError, SrtpReceiver, SrtpSender};

pub(super) struct Protection {
    keys: SrtpKeys,
    sender: SrtpSender,
    receiver: SrtpReceiver,
    pub(super) forged: u64,
    pub(super) replayed: u64,
}

impl Protection {
    /// What a leg has after an agreement, from what it had. A direction whose key stays keeps its
    /// roll-over counter and replay window (RFC 3711 section 3.3.1: the counter is part of the nonce).
    pub(super) fn agree(before: Option<Box<Self>>, keys: Option<&SrtpKeys>) -> Option<Box<Self>> {
        let keys = keys?.clone();
        let Some(mut kept) = before else {
            let sender = SrtpSender::new(&keys.send);
            let receiver = SrtpReceiver::new(&keys.receive);
            return Some(Box::new(Self { keys, sender, receiver, forged: 0, replayed: 0 }));
        };
        if kept.keys.send != keys.send {
            kept.sender = SrtpSender::new(&keys.send);
        }
        if kept.keys.receive != keys.receive {
            kept.receiver = SrtpReceiver::new(&keys.receive);
        }
        kept.keys = keys;
        Some(kept)
    }

    /// Opens in place; the length of the plain packet.
    pub(super) fn open(&mut self, is_rtcp: bool, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let opened = match is_rtcp {
            true => self.receiver.unprotect_rtcp(datagram),
            false => self.receiver.unprotect(datagram),
        };
        match opened {
            Err(SrtpError::Forged) => self.forged += 1,
            Err(SrtpError::Replayed) => self.replayed += 1,
            _ => {}
        }
        opened
    }

    /// Seals the packet at the front of `buffer`; 0 when it must not be sent.
    pub(super) fn seal(&mut self, buffer: &mut [u8], plain: usize) -> usize {
        if plain == 0 { 0 } else { self.sender.protect(buffer, plain).unwrap_or(0) }
    }

    /// The same for a report.
    pub(super) fn seal_report(&mut self, buffer: &mut [u8], plain: usize) -> usize {
        if plain == 0 { 0 } else { self.sender.protect_rtcp(buffer, plain).unwrap_or(0) }
    }
}
