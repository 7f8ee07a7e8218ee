//! What stands before a browser's leg: each datagram is told apart by its first byte (RFC 7983 section 7).
//!
//! ```text
//!   0–3      STUN  answered here
//!   20–63    DTLS  handed on, from proved sources and within a number; else dropped
//!   128–191  RTP, RTCP  for the leg: its SRTP keys decide who is heard
//!   others   dropped
//! ```
//! Owns: that order, the number of handshake datagrams that are left.
//! Never: a packet of media; a reason to send anything that nobody asked for.

use crate::ice::Ice;
use crate::limits::HANDSHAKE_DATAGRAMS_MAX;
use media::command::Meeting;
use std::net::{IpAddr, SocketAddr};

/// What becomes of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is the leg's.
    Media,
    /// It belongs to the handshake.
    Handshake,
    /// Send back this many bytes of the buffer.
    Answer {
        /// Bytes of the answer.
        length: usize,
        /// The peer chose this source: the handshake goes there from now on.
        chosen: bool,
    },
    /// Nobody's.
    Drop,
}

/// One leg's gate.
pub struct Gate {
    ice: Option<Ice>,
    /// Without ICE: the host that the description named. Behind a NAT the peer is another one to us.
    host: IpAddr,
    handshake_left: u16,
    /// Of these, as many may come from other hosts than that.
    strangers_left: u16,
}

impl Gate {
    /// Opened when offer and answer are done, before the leg has keys.
    pub fn new(meeting: &Meeting) -> Self {
        Self {
            ice: meeting.ice.as_ref().map(Ice::new),
            host: meeting.remote.ip(),
            handshake_left: HANDSHAKE_DATAGRAMS_MAX,
            strangers_left: HANDSHAKE_DATAGRAMS_MAX / 2,
        }
    }

    /// Looks at one datagram; an answer is written to the front of `out`, which should hold
    /// [`crate::limits::ANSWER_BYTES_MAX`] bytes.
    pub fn handle_datagram(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut [u8],
    ) -> Verdict {
        match datagram.first() {
            Some(128..=191) => Verdict::Media,
            Some(0..=3) => self.check(from, datagram, out),
            Some(20..=63) if self.may_shake_hands(from) => Verdict::Handshake,
            _ => Verdict::Drop,
        }
    }

    fn check(&mut self, from: SocketAddr, datagram: &[u8], out: &mut [u8]) -> Verdict {
        let Some(ice) = &mut self.ice else { return Verdict::Drop };
        let checked = ice.handle_check(from, datagram, out);
        match checked.answer {
            0 => Verdict::Drop,
            length => Verdict::Answer { length, chosen: checked.chosen },
        }
    }

    /// Counts it if so. A stranger proves himself by his certificate or not at all.
    fn may_shake_hands(&mut self, from: SocketAddr) -> bool {
        let known = match &self.ice {
            Some(ice) => ice.is_proved(from),
            None if from.ip() == self.host => true,
            None if self.strangers_left > 0 => {
                self.strangers_left -= 1;
                true
            }
            None => false,
        };
        let may = known && self.handshake_left > 0;
        self.handshake_left -= u16::from(may);
        may
    }
}
