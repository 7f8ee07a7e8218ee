//! A leg whose peer's keys and words are for somebody else, for a while: nobody here may hear them.
//!
//! ```text
//!  Open ── Deaf: wiped unread ──► Away: no socket ── new ports, Update ──► Deaf ──► Open
//! ```
//! Owns: what a leg forgets on the way. Never: why; how long.

use super::{Leg, on_hold};
use crate::command::Listening;
use crate::source_lock::SourceLock;
use crate::turn::Turn;
use ids::Moment;
use keypad::Key;

impl Leg {
    /// Listens or not from now on.
    pub(crate) fn listen(&mut self, now: Moment, how: Listening, turn: &mut Turn<'_>) {
        if self.listening == how {
            return;
        }
        if how == Listening::Away {
            self.stop_playing(turn);
            // the new sockets know nobody yet, and what the peer sent elsewhere was not lost
            self.lock = SourceLock::new(self.params.remote_rtp);
            self.rtcp_source = None;
            self.incoming.part();
        }
        if self.listening == Listening::Open {
            // a key that is down now is never reported
            self.keys.agree(&self.params);
        }
        self.listening = how;
        self.expect_packets(now);
    }

    /// A key by SIP INFO.
    pub(crate) fn info_key(&mut self, now: Moment, key: Key, held_ms: u16, turn: &mut Turn<'_>) {
        if self.listening == Listening::Open {
            self.keys.handle_info(now, key, held_ms);
            self.act_on_keys(turn);
        }
    }

    /// Whether silence means that the peer is gone.
    pub(super) fn expect_packets(&mut self, now: Moment) {
        let hold = on_hold(&self.params) || self.listening != Listening::Open;
        self.liveness.set_hold(now, hold);
    }
}
