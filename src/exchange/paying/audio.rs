//! The caller's audio goes to the vault and comes back, by re-INVITE (RFC 3261 section 14).
//!
//! ```text
//!   our leg, deaf ── offer: the vault's address and key ──▶ answer ──▶ our socket is closed
//!   a fresh port  ── offer: ours again, a new key ────────▶ answer ──▶ our leg, deaf for a second more
//! ```
//! While it is away an offer of the far end that changes nothing is agreed to; one that would is refused, and what
//! was agreed holds on (section 14.2): the vault is told once where its caller is.
//!
//! Owns: those two offers, and what their answers mean to the vault.
//! Never: what follows (`machine` decides).

use super::limits::BACK_AGAIN_AFTER;
use super::machine::{News, Stage};
use super::till::Owed;
use crate::effect::{Effect, NoPorts, Now, OpenPorts};
use crate::exchange::Exchange;
use crate::limits::PORTS_WAIT_MAX;
use ids::{CallId, Moment, SessionId};
use sdp::{Direction, LocalMedia, Negotiated};
use std::net::SocketAddr;
use std::sync::Arc;
use vault_link::{Agreed, Codec, MediaKey, Secured, Session};

/// What the vault protects with, and whether it may talk in the clear.
type VaultKey = (Option<Secured>, bool);

impl Exchange {
    /// Draws the vault's key. `Err`: protected, and in a way that the vault does not know.
    pub(super) fn vault_key(&mut self, session: Session) -> Result<VaultKey, ()> {
        self.keys_made += 1;
        let material = crate::srtp::material(&self.config.sip.seed, self.keys_made);
        let till = self.paying.tills.get_mut(&session).ok_or(())?;
        let call = self.calls.get(&till.bill.call).ok_or(())?;
        let sdp = call.sdp.as_ref().ok_or(())?;
        let key = sdp.key_elsewhere(&material);
        if sdp.agreed().is_none_or(|agreed| agreed.srtp.is_some() != key.is_some()) {
            return Err(());
        }
        till.audio.material = Some(material);
        let Some((suite, key)) = key else { return Ok((None, true)) };
        Ok((Some(secured(suite, &key).ok_or(())?), false))
    }

    /// The vault has a socket: the far end is asked to send there.
    pub(super) fn offer_vault(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        let Some(call) = self.calls.get_mut(&till.bill.call) else { return };
        let Some(sdp) = call.sdp.as_mut() else { return };
        if sdp.is_offering() {
            (till.audio.refreshing, till.audio.owed) = (true, Some(Owed::Vault));
            return;
        }
        let (Some(at), Some(material)) = (till.audio.vault, till.audio.material.take()) else {
            return;
        };
        let home = sdp.capabilities();
        // the vault speaks and hears G.711 alone
        let narrow = Arc::new(home.without("G722").without("opus"));
        till.audio.caps = Some(home);
        let at = advertised(self.config.media_advertised, at);
        // it reads no RTCP: what comes there is told apart and dropped (RFC 5761 section 4)
        let there = LocalMedia { rtp: at, rtcp: at };
        let offer = sdp.offer_elsewhere(there, narrow, material);
        self.stack.reinvite(now.mono, call.session, offer);
    }

    /// Ports for the way back, on the leg's own media thread.
    pub(super) fn open_home(&mut self, now: Now, session: Session) {
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        till.deadline = now.mono + PORTS_WAIT_MAX;
        let Some(call) = self.calls.get(&till.bill.call) else { return };
        let (leg, ip) = (call.leg, call.local_ip);
        self.effects.push_back(Effect::OpenPorts { leg, ip, beside: Some(leg) });
    }

    /// The ports are there, or not. False if no payment waits for them.
    pub(crate) fn home_opened(
        &mut self,
        now: Now,
        id: CallId,
        ports: Result<OpenPorts, NoPorts>,
    ) -> bool {
        let Some(session) = self.calls.get(&id).and_then(|call| call.paying) else { return false };
        let advertise = self.config.media_advertised;
        let Some(till) = self.paying.tills.get_mut(&session) else { return false };
        match ports {
            Ok(_) if !matches!(till.stage, Stage::Plugging { .. }) => {}
            Ok(open) => {
                let at = |addr| advertised(advertise, addr);
                till.audio.home = Some(LocalMedia { rtp: at(open.rtp), rtcp: at(open.rtcp) });
                till.deadline = Moment::NEVER;
                self.pay_news(now, session, News::Ports);
            }
            Err(NoPorts) => till.deadline = now.mono + BACK_AGAIN_AFTER,
        }
        true
    }

    /// The far end is asked to send here again.
    pub(super) fn offer_back(&mut self, now: Now, session: Session) {
        self.keys_made += 1;
        let material = crate::srtp::material(&self.config.sip.seed, self.keys_made);
        let Some(till) = self.paying.tills.get_mut(&session) else { return };
        till.deadline = Moment::NEVER;
        if till.audio.refreshing {
            till.audio.owed = Some(Owed::Back);
            return;
        }
        let (Some(home), Some(caps)) = (till.audio.home, till.audio.caps.clone()) else { return };
        let Some(call) = self.calls.get_mut(&till.bill.call) else { return };
        let Some(sdp) = call.sdp.as_mut() else { return };
        let offer = sdp.offer_elsewhere(home, caps, material);
        self.stack.reinvite(now.mono, call.session, offer);
    }

    /// An answer to an offer of ours, in a call that pays. False if none is paid in it.
    pub(crate) fn paying_answered(&mut self, now: Now, id: CallId, answer: &[u8]) -> bool {
        let Some((session, stage)) = self.paying_stage(id) else { return false };
        let Some(sdp) = self.calls.get_mut(&id).and_then(|call| call.sdp.as_mut()) else {
            return false;
        };
        let before = sdp.agreed().cloned();
        let agreed = sdp.handle_answer(answer).ok();
        if self.is_refreshing(session) {
            let same = agreed.is_some() && agreed == before;
            if let Some(agreed) = agreed.filter(|_| !stage.is_away()) {
                self.begin_media(id, agreed);
            }
            return self.refreshed(now, session, same || !stage.is_away());
        }
        let usable = match (stage, agreed) {
            (Stage::Moving | Stage::Withdrawing { .. }, Some(agreed)) => {
                self.keep_agreed(session, &agreed)
            }
            (Stage::Returning { .. }, Some(agreed)) => {
                self.begin_media(id, agreed);
                true
            }
            (_, Some(agreed)) => {
                self.begin_media(id, agreed);
                return true;
            }
            (_, None) => false,
        };
        let news = if usable { News::MoveTaken } else { News::MoveUnusable };
        self.pay_news(now, session, news);
        true
    }

    /// An offer of ours was refused. False if nothing is paid in this call.
    pub(crate) fn paying_offer_failed(&mut self, now: Now, id: CallId) -> bool {
        let Some((session, stage)) = self.paying_stage(id) else { return false };
        if let Some(sdp) = self.calls.get_mut(&id).and_then(|call| call.sdp.as_mut()) {
            sdp.abandon_offer();
        }
        if !stage.awaits_move() || self.is_refreshing(session) {
            return self.refreshed(now, session, true);
        }
        self.pay_news(now, session, News::MoveRefused);
        match self.paying.tills.get_mut(&session) {
            Some(till) if matches!(till.stage, Stage::Returning { .. }) => {
                till.deadline = now.mono + BACK_AGAIN_AFTER;
            }
            _ => {}
        }
        true
    }

    /// An offer that moved nothing is over; one that leads back may have waited for it.
    fn refreshed(&mut self, now: Now, session: Session, same: bool) -> bool {
        let Some(till) = self.paying.tills.get_mut(&session) else { return true };
        till.audio.refreshing = false;
        match (till.audio.owed.take(), till.stage) {
            (Some(Owed::Vault), Stage::Moving) => self.offer_vault(now, session),
            // it was never made
            (Some(Owed::Vault), _) => self.pay_news(now, session, News::MoveRefused),
            (Some(Owed::Back), _) => self.offer_back(now, session),
            (None, _) if !same => self.pay_news(now, session, News::MoveUnusable),
            (None, _) => {}
        }
        true
    }

    /// The far end offers anew while its audio is the vault's. False if it is not.
    pub(crate) fn paying_offered(
        &mut self,
        now: Now,
        id: CallId,
        session: SessionId,
        offer: &[u8],
    ) -> bool {
        let Some((_, stage)) =
            self.paying_stage(id).filter(|(_, s)| s.is_away() || s.awaits_move())
        else {
            return false;
        };
        let Some(sdp) = self.calls.get_mut(&id).and_then(|call| call.sdp.as_mut()) else {
            return false;
        };
        if stage.awaits_move() || sdp.is_offering() {
            // RFC 3261 section 14.2: ours is under way
            self.stack.refuse_offer(now.mono, session, 491);
            return true;
        }
        let mut trial = sdp.clone();
        match trial.handle_offer(offer) {
            Ok((answer, agreed)) if sdp.agreed() == Some(&agreed) => {
                *sdp = trial;
                self.stack.answer_offer(now.mono, session, answer);
            }
            _ => self.stack.refuse_offer(now.mono, session, 488),
        }
        true
    }

    /// It wants an offer of ours, or the session wants a sign of life: what is agreed, said again. False if
    /// nothing is paid in this call.
    pub(crate) fn paying_offer_wanted(&mut self, now: Now, id: CallId, theirs: bool) -> bool {
        let Some((pays, stage)) =
            self.paying_stage(id).filter(|(_, s)| s.is_away() || s.awaits_move())
        else {
            return false;
        };
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Some(sdp) = call.sdp.as_mut() else { return false };
        let busy = stage.awaits_move() || sdp.is_offering();
        match (busy, theirs) {
            (true, true) => self.stack.refuse_offer(now.mono, call.session, 491),
            // a move is a sign of life (RFC 4028 section 7.4)
            (true, false) => {}
            (false, theirs) => {
                let offer = sdp.offer();
                if let Some(till) = self.paying.tills.get_mut(&pays) {
                    till.audio.refreshing = true;
                }
                match theirs {
                    true => self.stack.answer_offer(now.mono, call.session, offer),
                    false => self.stack.reinvite(now.mono, call.session, offer),
                }
            }
        }
        true
    }

    fn is_refreshing(&self, session: Session) -> bool {
        self.paying.tills.get(&session).is_some_and(|till| till.audio.refreshing)
    }

    fn paying_stage(&self, id: CallId) -> Option<(Session, Stage)> {
        let session = self.calls.get(&id)?.paying?;
        Some((session, self.paying.tills.get(&session)?.stage))
    }

    /// What the vault is to know of the far end; false if it could not work with it.
    fn keep_agreed(&mut self, session: Session, agreed: &Negotiated) -> bool {
        let Some(till) = self.paying.tills.get(&session) else { return false };
        let call = self.calls.get(&till.bill.call);
        let trunk = call.and_then(|call| self.trunks.line(call.trunk?.0));
        let in_band = self.config.inband_always || trunk.is_some_and(|t| t.config.inband_always);
        let was_protected =
            call.and_then(|call| call.params.as_ref()).is_some_and(|params| params.srtp.is_some());
        let fitting = for_vault(agreed, in_band).filter(|it| it.far_key.is_some() == was_protected);
        let usable = fitting.is_some();
        if let Some(till) = self.paying.tills.get_mut(&session) {
            till.audio.agreed = fitting;
        }
        usable
    }
}

/// An agreement in the vault's words; `None`: one that it could not keep.
fn for_vault(agreed: &Negotiated, in_band: bool) -> Option<Agreed> {
    let codec = match agreed.codec.name.as_str() {
        "PCMA" => Codec::Alaw,
        "PCMU" => Codec::Ulaw,
        _ => return None,
    };
    let payload_type = agreed.codec.payload_type;
    let events = agreed.telephone_event_received_as;
    let keys = events.is_some() || in_band;
    let far_key = match &agreed.srtp {
        Some(srtp) => Some(secured(srtp.suite, &srtp.receive)?),
        None => None,
    };
    let fits = keys && agreed.codec_received_as == payload_type;
    let open = agreed.direction == Direction::SendRecv && agreed.dtls.is_none();
    (fits && open).then_some(Agreed {
        remote: agreed.remote_rtp,
        codec,
        audio_payload: payload_type,
        events_payload: events,
        in_band,
        far_key,
    })
}

/// A key in the link's words.
fn secured(suite: &str, key: &sdp::KeyAndSalt) -> Option<Secured> {
    let suite = match suite {
        "AES_CM_128_HMAC_SHA1_80" => 1,
        "AES_CM_128_HMAC_SHA1_32" => 2,
        "AEAD_AES_128_GCM" => 4,
        "AEAD_AES_256_GCM" => 5,
        _ => return None,
    };
    let key = key.reveal(MediaKey::new).ok()?;
    Some(Secured { suite, key })
}

/// The address as peers see it.
pub(crate) fn advertised(ip: Option<std::net::IpAddr>, at: SocketAddr) -> SocketAddr {
    ip.map_or(at, |ip| SocketAddr::new(ip, at.port()))
}
