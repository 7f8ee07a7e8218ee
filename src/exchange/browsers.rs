//! Calls whose keys come from a DTLS handshake (RFC 5763): browsers'. They talk once the peer is proved.
//!
//! ```text
//!   answer ── Meet ──► engine: checks, handshake ──► Secured ─┐
//!   200 ─────────────────────────────────────► ACK ───────────┴─► Start(keys), the flow begins
//!                                                └ 10 s without keys, or NotSecured: BYE, a record with the reason
//! ```
//! Owns: what such a call waits for, our ICE names, when it has waited long enough.
//! Never: a leg that starts without keys; a handshake.

use crate::call::{Call, End, State};
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use crate::limits;
use ids::CallId;
use media::command::{Command, Fingerprint, FingerprintHash, IceTerms, Meeting, SrtpKeys};
use records::HungUp;
use sdp::{Dtls, LocalDtls, Negotiated};
use std::net::SocketAddr;
use std::sync::Arc;

/// What ICE names are derived for, so that no other use of the seed meets them.
const LABEL: &[u8] = b"ICE credentials";
/// The characters of RFC 8839 section 5.4, one for each six bits.
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Characters of a name, then of a password: 48 bits tell legs apart, 144 bits are guessed by nobody.
const NAME_CHARS: usize = 8;
const PASSWORD_CHARS: usize = 24;

/// What a call by DTLS waits for and gets.
pub(crate) struct Encounter {
    /// The newest agreement, which the leg starts with.
    agreed: Negotiated,
    /// The peer is proved: where it is, and its keys.
    met: Option<(SocketAddr, Box<SrtpKeys>)>,
    /// The ACK was here.
    acknowledged: bool,
}

impl Exchange {
    /// From now on offers of DTLS-SRTP are answered, with the certificate that has this SHA-256 fingerprint
    /// (`AB:CD:…`).
    pub fn meet_browsers(&mut self, fingerprint: &str) {
        self.fingerprint = Some(fingerprint.into());
    }

    /// Our side of DTLS for a session that has this number among all.
    pub(crate) fn local_dtls(&self, count: u64) -> Option<LocalDtls> {
        let fingerprint: Arc<str> = self.fingerprint.clone()?;
        let bytes = crate::srtp::derive(&self.config.sip.seed, LABEL, count, 0);
        let char = |byte: &u8| char::from(ICE_CHARS[usize::from(byte & 63)]);
        let mut chars = bytes.iter().map(char);
        let ice_name = chars.by_ref().take(NAME_CHARS).collect();
        let ice_password = chars.take(PASSWORD_CHARS).collect();
        Some(LocalDtls { fingerprint, ice_name, ice_password })
    }

    /// Where keys come by DTLS: asks for them once, and gives them and the peer's address once they are there.
    /// `Err`: they are not there yet, and the leg must not start.
    pub(crate) fn keys_by_dtls(
        &mut self,
        id: CallId,
        agreed: &Negotiated,
        dtls: &Dtls,
    ) -> Result<(SocketAddr, Box<SrtpKeys>), Waiting> {
        let Some(call) = self.calls.get_mut(&id) else { return Err(Waiting) };
        if let Some(encounter) = &mut call.encounter {
            encounter.agreed = agreed.clone();
            return encounter.met.clone().ok_or(Waiting);
        }
        let (agreed, met) = (agreed.clone(), None);
        let command = Command::Meet(call.leg, Box::new(meeting(&agreed, dtls)));
        call.encounter = Some(Box::new(Encounter { agreed, met, acknowledged: false }));
        self.effects.push_back(Effect::Media(command));
        Err(Waiting)
    }

    /// The ACK came: true when the call has to wait for its keys.
    pub(crate) fn awaits_keys(&mut self, now: Now, id: CallId) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Some(encounter) = call.encounter.as_mut().filter(|e| e.met.is_none()) else {
            return false;
        };
        encounter.acknowledged = true;
        call.deadline = now.mono + limits::KEYS_WAIT_MAX;
        self.schedule(id);
        true
    }

    /// The peer is who its description says.
    pub(crate) fn on_secured(
        &mut self,
        now: Now,
        id: CallId,
        remote: SocketAddr,
        keys: Box<SrtpKeys>,
    ) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| is_up(call)) else { return };
        let Some(encounter) = call.encounter.as_mut().filter(|e| e.met.is_none()) else { return };
        encounter.met = Some((remote, keys));
        let (agreed, talks) = (encounter.agreed.clone(), encounter.acknowledged);
        self.begin_media(id, agreed);
        if talks {
            self.begin_talking(now, id);
        }
    }

    /// It is not, or there was no handshake: never in the clear.
    pub(crate) fn on_not_secured(&mut self, now: Now, id: CallId, why: &str) {
        if self.calls.get(&id).is_some_and(is_up) {
            self.hang_up(now, id, End::new(HungUp::System, why, 488, 88));
        }
    }

    /// Nobody shook hands in time.
    pub(crate) fn on_keys_overdue(&mut self, now: Now, id: CallId) {
        let why = "no DTLS handshake in time";
        self.hang_up(now, id, End::new(HungUp::System, why, 408, 102));
    }
}

/// The leg must not start.
pub(crate) struct Waiting;

fn is_up(call: &Call) -> bool {
    matches!(call.state, State::Answering | State::Talking)
}

fn meeting(agreed: &Negotiated, dtls: &Dtls) -> Meeting {
    let print = |(hash, digest): &(String, String)| {
        let hash = match hash.as_str() {
            "sha-256" => FingerprintHash::Sha256,
            "sha-384" => FingerprintHash::Sha384,
            "sha-512" => FingerprintHash::Sha512,
            _ => return None,
        };
        Some(Fingerprint { hash, digest: digest.clone() })
    };
    Meeting {
        remote: agreed.remote_rtp,
        ice: dtls.remote_ice_name.clone().map(|remote_name| IceTerms {
            local_name: dtls.local.ice_name.clone(),
            local_password: dtls.local.ice_password.clone(),
            remote_name,
        }),
        we_begin: dtls.we_begin,
        fingerprints: dtls.fingerprints.iter().filter_map(print).collect(),
    }
}
