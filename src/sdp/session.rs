//! Offer/answer of one SIP session (RFC 3264).
//!
//! ```text
//!            offer()                handle_answer()
//!   Quiet ------------> Offered ----------------------> Quiet, agreed
//!     |  ^                 |  abandon_offer()
//!     |  +-----------------+  (refused: what was agreed before holds on)
//!     +--- handle_offer() ---> Quiet, agreed
//! ```
//!
//! Owns: the `o=` id and version, the number and order of `m=` lines, what is agreed.
//! Never: a port, a socket; a change of anything when an operation fails.

mod moving;

use self::moving::Before;
use crate::choose::{self, Means};
use crate::crypto::{CryptoLine, KeyMaterial, Keyring, Protection, Srtp};
use crate::dtls::{self, LocalDtls};
use crate::errors::{AnswerError, MediaError, OfferError};
use crate::print::{StatedAudio, StatedCodec, StatedLine, Statement};
use crate::read::{self, Description, Line, Shape};
use crate::terms::{Capabilities, CodecCap, Direction, LocalMedia, Negotiated};
use std::sync::Arc;

/// The dynamic payload type that every phone uses for telephone-events.
const TELEPHONE_EVENT_TYPE: u8 = 101;
/// First dynamic payload type (RFC 3551 section 6).
const DYNAMIC_FIRST: u8 = 96;

/// One session's negotiation, from the first offer to the BYE.
#[derive(Clone, Debug)]
pub struct Session {
    id: u64,
    version: u64,
    local: LocalMedia,
    caps: Arc<Capabilities>,
    wish: Direction,
    /// What we said last, whether it was accepted or not: it decides about the version.
    said: Option<Statement>,
    /// The lines as agreed, in order; empty before the first agreement.
    lines: Vec<Shape>,
    /// Which of them is our audio.
    audio_at: usize,
    agreed: Option<Negotiated>,
    offered: Option<Statement>,
    keyring: Option<Box<Keyring>>,
    dtls: Option<Box<LocalDtls>>,
    /// Our side of the association, as answered.
    association: Option<Box<dtls::Stated>>,
    /// What holds again if the move that is offered is refused.
    before: Option<Box<Before>>,
}

impl Session {
    /// A session that has said nothing yet. `session_id` should be random: peers tell sessions apart
    /// by it (RFC 8866 section 5.2); 63 bits of it are used (RFC 3264 section 5).
    pub fn new(session_id: u64, local: LocalMedia, caps: impl Into<Arc<Capabilities>>) -> Self {
        Self {
            id: session_id & (i64::MAX as u64),
            version: 0,
            local,
            caps: caps.into(),
            wish: Direction::SendRecv,
            said: None,
            lines: Vec::new(),
            audio_at: 0,
            agreed: None,
            offered: None,
            keyring: None,
            dtls: None,
            association: None,
            before: None,
        }
    }

    /// Lets this session protect its audio, as its [`Capabilities::protection`] says.
    #[must_use]
    pub fn with_keys(mut self, material: KeyMaterial) -> Self {
        self.keyring = Some(Box::new(Keyring::new(material)));
        self
    }

    /// Lets this session agree on keys by DTLS, where the peer offers that.
    #[must_use]
    pub fn with_dtls(mut self, local: Option<LocalDtls>) -> Self {
        self.dtls = local.map(Box::new);
        self
    }

    /// What is agreed now; `None` before the first completed exchange.
    pub const fn agreed(&self) -> Option<&Negotiated> {
        self.agreed.as_ref()
    }

    /// Which ways we want audio to flow from the next offer or answer on: `SendOnly` or `Inactive`
    /// puts the peer on hold (RFC 3264 section 8.4).
    pub const fn set_direction(&mut self, wish: Direction) {
        self.wish = wish;
    }

    /// Answers the peer's offer.
    ///
    /// The answer holds one codec and telephone-events, so that the peer cannot change codecs
    /// mid-stream; payload types are the peer's.
    ///
    /// # Errors
    /// [`OfferError::status`] is what the request gets; the session stays as it was.
    pub fn handle_offer(&mut self, body: &[u8]) -> Result<(Vec<u8>, Negotiated), OfferError> {
        if self.offered.is_some() {
            return Err(OfferError::Glare);
        }
        let offer = read::read(body)?;
        let before = self.agreed.as_ref().map(|_| self.audio_at);
        let caps = self.caps_for_offer();
        let chosen = choose::stream(&offer, before, &caps, &self.local, self.means());
        let (taken, agreed, tag) = match chosen {
            Ok((index, agreed, tag)) => (Some(index), self.settle(agreed), tag),
            Err(why) => (None, self.closed(&offer, why)?, None),
        };
        let answer = self.answer(&offer, taken, &agreed, tag);
        self.audio_at = taken.unwrap_or(self.audio_at);
        if let Some(StatedLine::Audio(audio)) = answer.lines.get(self.audio_at) {
            self.association = audio.dtls.clone().map(Box::new);
        }
        let body = self.say(answer.clone());
        self.agree(answer, agreed.clone());
        Ok((body, agreed))
    }

    /// Our offer: all our codecs, or after an agreement the same lines in the same order with the
    /// payload types as agreed (RFC 3264 sections 8 and 8.3.2). Asked again it says the same again.
    pub fn offer(&mut self) -> Vec<u8> {
        let mut lines: Vec<_> = self.lines.iter().cloned().map(StatedLine::Closed).collect();
        let audio = StatedLine::Audio(self.offered_audio());
        match lines.get_mut(self.audio_at) {
            Some(line) => *line = audio,
            None => lines.push(audio),
        }
        let offer = Statement { lines };
        self.offered = Some(offer.clone());
        self.say(offer)
    }

    /// Our offer was refused or withdrawn: what was agreed before holds on (RFC 3264 section 8).
    pub fn abandon_offer(&mut self) {
        self.offered = None;
        self.stay();
    }

    /// Takes the peer's answer to our offer.
    ///
    /// # Errors
    /// The session stays as it was before the offer, and the offer is over.
    pub fn handle_answer(&mut self, body: &[u8]) -> Result<Negotiated, AnswerError> {
        let result = self.take_answer(body);
        match result {
            Ok(_) => self.before = None,
            Err(_) => self.stay(),
        }
        result
    }

    fn take_answer(&mut self, body: &[u8]) -> Result<Negotiated, AnswerError> {
        let offer = self.offered.take().ok_or(AnswerError::NoOffer)?;
        let answer = read::read(body)?;
        if answer.lines.len() != offer.lines.len() {
            let (offered, answered) = (offer.lines.len(), answer.lines.len());
            return Err(AnswerError::LineCount { offered, answered });
        }
        let line = &answer.lines[self.audio_at];
        if line.port == 0 {
            return Err(AnswerError::Refused);
        }
        let agreed = choose::agree(line, &self.caps, &self.local)?;
        let srtp = self.answered_keys(&offer.lines[self.audio_at], line);
        let agreed = choose::answered_keys(line, agreed, &self.caps, srtp, self.means())?;
        let agreed = received_as_offered(self.settle(agreed), &offer.lines[self.audio_at]);
        self.agree(offer, agreed.clone());
        Ok(agreed)
    }

    /// A call that began without the last resort has no need of it later.
    fn caps_for_offer(&self) -> Arc<Capabilities> {
        let in_use = self.agreed.as_ref().and_then(|agreed| self.caps.find(&agreed.codec));
        match in_use {
            Some(cap) if !cap.last_resort => Arc::new(self.caps.without_last_resort()),
            _ => self.caps.clone(),
        }
    }

    fn means(&self) -> Means<'_> {
        Means {
            keyring: self.keyring.as_deref(),
            dtls: self.dtls.as_deref(),
            before: self.agreed.as_ref(),
        }
    }

    /// The keys that the peer's answer completes, if it took one of ours.
    fn answered_keys(&self, offered: &StatedLine, answer: &Line) -> Option<Srtp> {
        let (StatedLine::Audio(ours), Some(theirs)) = (offered, &answer.audio) else { return None };
        self.keyring.as_ref()?.accept(&self.caps.suites, &ours.crypto, &theirs.crypto)
    }

    /// Joins what the peer asked with what we want and know: our wish for the direction, and for an
    /// old-style hold the address that we know from before.
    fn settle(&self, mut agreed: Negotiated) -> Negotiated {
        if let (true, Some(before)) = (agreed.remote_rtp.ip().is_unspecified(), &self.agreed) {
            agreed.remote_rtp = before.remote_rtp;
            agreed.remote_rtcp = before.remote_rtcp;
        }
        agreed.direction = agreed.direction.and(self.wish);
        agreed
    }

    /// An offer that closes the audio of a running session (port 0, RFC 3264 section 8.2) is answered
    /// with port 0 and is a kind of hold; any other offer without usable audio is refused.
    fn closed(&self, offer: &Description, why: MediaError) -> Result<Negotiated, MediaError> {
        let closes = offer.lines.get(self.audio_at).is_some_and(|line| line.port == 0);
        match &self.agreed {
            Some(before) if closes && why == MediaError::NoAudio => {
                Ok(Negotiated { direction: Direction::Inactive, held: true, ..before.clone() })
            }
            _ => Err(why),
        }
    }

    /// One line for each of the offer's, in its order: ours at `taken`, all others closed (RFC 3264
    /// section 6).
    fn answer(
        &self,
        offer: &Description,
        taken: Option<usize>,
        agreed: &Negotiated,
        tag: Option<u32>,
    ) -> Statement {
        let lines = offer.lines.iter().enumerate().map(|(index, line)| match taken {
            Some(ours) if ours == index => StatedLine::Audio(StatedAudio {
                proto: line.shape.proto.clone(),
                codecs: self.answered_codec(agreed).into_iter().collect(),
                telephone_event: agreed.telephone_event,
                ptime_ms: agreed.ptime_ms,
                direction: agreed.direction,
                rtcp_mux: agreed.rtcp_mux,
                crypto: answered_line(agreed, tag).into_iter().collect(),
                dtls: agreed
                    .dtls
                    .as_ref()
                    .zip(line.audio.as_ref())
                    .map(|(agreed, audio)| dtls::Stated::answer(agreed, &audio.dtls)),
            }),
            _ => StatedLine::Closed(line.shape.clone()),
        });
        Statement { lines: lines.collect() }
    }

    fn answered_codec(&self, agreed: &Negotiated) -> Option<StatedCodec> {
        let cap = self.caps.find(&agreed.codec)?;
        Some(StatedCodec::of(cap, agreed.codec.payload_type))
    }

    fn offered_audio(&self) -> StatedAudio {
        let agreed = self.agreed.as_ref();
        let event = match agreed {
            Some(agreed) => agreed.telephone_event_received_as,
            None => self.caps.telephone_event.then_some(TELEPHONE_EVENT_TYPE),
        };
        let codecs = self.offered_codecs(event);
        let clock = codecs.first().map_or(8000, |codec| codec.clock);
        StatedAudio {
            proto: self.offered_profile(),
            codecs,
            telephone_event: event.map(|pt| (pt, clock)),
            ptime_ms: agreed.map_or(self.caps.ptime_ms, |a| a.ptime_ms),
            direction: self.wish,
            rtcp_mux: agreed.map_or(self.caps.rtcp_mux, |a| a.rtcp_mux),
            crypto: self.offered_keys(),
            dtls: self.association.as_deref().map(dtls::Stated::offered),
        }
    }

    /// As agreed; at first RTP/SAVP where we require keys.
    fn offered_profile(&self) -> String {
        let first = match self.caps.protection {
            Protection::Required => "RTP/SAVP",
            Protection::Off | Protection::Allowed | Protection::Opportunistic => "RTP/AVP",
        };
        self.lines.get(self.audio_at).map_or(first, |line| &line.proto).to_owned()
    }

    /// After an agreement with keys the same suite again; at first where our side wants them.
    fn offered_keys(&self) -> Vec<CryptoLine> {
        let Some(keyring) = &self.keyring else { return Vec::new() };
        let wanted = match &self.agreed {
            Some(agreed) => agreed.srtp.is_some(),
            None => {
                matches!(self.caps.protection, Protection::Opportunistic | Protection::Required)
            }
        };
        if wanted { keyring.offers(&self.caps.suites) } else { Vec::new() }
    }

    /// Our codecs with payload types: as agreed, static, or the next free dynamic one. The one in use
    /// comes first, so that a re-offer does not change it; all have one clock, which is that of the events.
    fn offered_codecs(&self, event: Option<u8>) -> Vec<StatedCodec> {
        let in_use = self.agreed.as_ref().map(|a| (a.codec_received_as, &a.codec));
        let taken = |pt: u8| event == Some(pt) || in_use.is_some_and(|(used, _)| used == pt);
        let mut dynamic = (DYNAMIC_FIRST..=127).filter(|pt| !taken(*pt));
        let mut codecs = Vec::with_capacity(self.caps.codecs.len());
        for cap in self.offered_caps() {
            let used = in_use.filter(|(_, c)| c.name == cap.name && c.clock == cap.clock);
            let free_static = cap.static_pt.filter(|pt| !taken(*pt));
            let number = used.map(|(pt, _)| pt).or(free_static).or_else(|| dynamic.next());
            let Some(number) = number else { break };
            let entry = StatedCodec::of(cap, number);
            match used {
                Some(_) => codecs.insert(0, entry),
                None => codecs.push(entry),
            }
        }
        codecs
    }

    /// Those that are no last resort; such a one alone while it is in use, or where there is nothing else.
    fn offered_caps(&self) -> impl Iterator<Item = &CodecCap> {
        let in_use = self.agreed.as_ref().and_then(|agreed| self.caps.find(&agreed.codec));
        let first = self.caps.codecs.iter().find(|cap| !cap.last_resort);
        let alone = in_use.filter(|cap| cap.last_resort).or(match first {
            Some(_) => None,
            None => self.caps.codecs.first(),
        });
        let offered = move |cap: &&CodecCap| match alone {
            Some(alone) => *cap == alone,
            None => !cap.last_resort,
        };
        self.caps.codecs.iter().filter(offered)
    }

    /// Prints a statement; the version grows by one when it differs from the last one (RFC 3264
    /// section 8).
    fn say(&mut self, statement: Statement) -> Vec<u8> {
        if self.said.as_ref() != Some(&statement) {
            self.version += 1;
        }
        let body = statement.print(self.id, self.version, &self.local);
        self.said = Some(statement);
        body
    }

    fn agree(&mut self, ours: Statement, agreed: Negotiated) {
        self.lines = ours.lines.iter().map(StatedLine::shape).collect();
        if let Some(keyring) = &mut self.keyring {
            keyring.agreed(&self.caps.suites, agreed.srtp.as_ref());
        }
        self.agreed = Some(agreed);
    }
}

/// Our key line in an answer.
fn answered_line(agreed: &Negotiated, tag: Option<u32>) -> Option<CryptoLine> {
    let srtp = agreed.srtp.as_ref()?;
    Some(CryptoLine { tag: tag?, suite: srtp.suite.to_owned(), key: srtp.send.clone() })
}

/// An answerer may number differently from our offer; what comes to us is numbered as we offered
/// (RFC 3264 section 5.1).
fn received_as_offered(mut agreed: Negotiated, offered: &StatedLine) -> Negotiated {
    if let StatedLine::Audio(ours) = offered {
        let same = |c: &&StatedCodec| c.name == agreed.codec.name && c.clock == agreed.codec.clock;
        if let Some(codec) = ours.codecs.iter().find(same) {
            agreed.codec_received_as = codec.payload_type;
        }
        let event = agreed.telephone_event.and(ours.telephone_event);
        agreed.telephone_event_received_as = event.map(|(number, _)| number);
    }
    agreed
}
