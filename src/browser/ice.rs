//! The ICE-lite agent of one leg (RFC 8445 sections 2.5 and 7.3): it has one host candidate, asks nothing and
//! answers whoever knows its password. So consent (RFC 7675) is given for as long as the leg lives.
//!
//! ```text
//!   check ─► not ours: 400, 401, 420, 487 or nothing
//!         └► from the peer: success, its source is proved; with USE-CANDIDATE it is chosen
//! ```
//! Owns: our name and password, the sources that know it, the one that the peer chose.
//! Never: a check of its own, a socket.

use crate::limits::SOURCES_MAX;
use crate::stun::{Answer, Request};
use media::command::IceTerms;
use ring::hmac;
use std::net::SocketAddr;

/// What a check led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Checked {
    /// Bytes of the answer; 0: none.
    pub answer: usize,
    /// The peer chose this source now, and had chosen another one, or none, before.
    pub chosen: bool,
}

/// One leg's agent.
pub(crate) struct Ice {
    /// `ours:theirs` as the peer's checks carry it (RFC 8445 section 7.2.2).
    username: Box<str>,
    password: hmac::Key,
    proved: [Option<SocketAddr>; SOURCES_MAX],
    next: usize,
    chosen: Option<SocketAddr>,
}

impl Ice {
    pub fn new(terms: &IceTerms) -> Self {
        let key = terms.local_password.as_bytes();
        Self {
            username: format!("{}:{}", terms.local_name, terms.remote_name).into(),
            password: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key),
            proved: [None; SOURCES_MAX],
            next: 0,
            chosen: None,
        }
    }

    /// Answers a check into `out`. Anything else that begins like STUN gets nothing.
    pub fn handle_check(&mut self, from: SocketAddr, datagram: &[u8], out: &mut [u8]) -> Checked {
        let Some(request) = Request::read(datagram) else {
            return Checked { answer: 0, chosen: false };
        };
        let known = request.username == Some(self.username.as_bytes());
        let answer = match () {
            // RFC 8489 section 9.1.3
            () if request.username.is_none() || !request.is_signed() => {
                Answer::error(&request.id, 400, &[])
            }
            () if !known || !request.is_signed_by(&self.password) => {
                Answer::error(&request.id, 401, &[])
            }
            () if !request.unknown().is_empty() => {
                Answer::error(&request.id, 420, request.unknown()).signed(&self.password)
            }
            // RFC 8445 section 7.3.1.1: a lite agent is never the controlling one towards a full one
            () if request.controlled => Answer::error(&request.id, 487, &[]).signed(&self.password),
            () => {
                let chosen = self.prove(from, request.use_candidate);
                let answer = Answer::success(&request.id, from).signed(&self.password);
                return Checked { answer: answer.write(out), chosen };
            }
        };
        Checked { answer: answer.write(out), chosen: false }
    }

    /// Whether this source has answered for itself with our password.
    pub fn is_proved(&self, from: SocketAddr) -> bool {
        self.proved.contains(&Some(from))
    }

    fn prove(&mut self, from: SocketAddr, use_candidate: bool) -> bool {
        if !self.is_proved(from) {
            self.proved[self.next] = Some(from);
            self.next = (self.next + 1) % SOURCES_MAX;
        }
        let chosen = use_candidate && self.chosen != Some(from);
        if chosen {
            self.chosen = Some(from);
        }
        chosen
    }
}
