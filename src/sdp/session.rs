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

use crate::choose;
use crate::errors::{AnswerError, MediaError, OfferError};
use crate::print::{StatedAudio, StatedLine, Statement};
use crate::read::{self, Description, Shape};
use crate::terms::{Capabilities, Direction, LocalMedia, Negotiated};
use std::sync::Arc;

/// The dynamic payload type that every phone uses for telephone-events.
const TELEPHONE_EVENT_TYPE: u8 = 101;
/// First dynamic payload type (RFC 3551 section 6).
const DYNAMIC_FIRST: u8 = 96;

/// One session's negotiation, from the first offer to the BYE.
#[derive(Debug)]
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
        }
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
        let (taken, agreed) = match choose::stream(&offer, before, &self.caps, &self.local) {
            Ok((index, agreed)) => (Some(index), self.settle(agreed)),
            Err(why) => (None, self.closed(&offer, why)?),
        };
        let answer = self.answer(&offer, taken, &agreed);
        self.audio_at = taken.unwrap_or(self.audio_at);
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
    }

    /// Takes the peer's answer to our offer.
    ///
    /// # Errors
    /// The session stays as it was before the offer, and the offer is over.
    pub fn handle_answer(&mut self, body: &[u8]) -> Result<Negotiated, AnswerError> {
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
        let agreed = received_as_offered(self.settle(agreed), &offer.lines[self.audio_at]);
        self.agree(offer, agreed.clone());
        Ok(agreed)
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
    fn answer(&self, offer: &Description, taken: Option<usize>, agreed: &Negotiated) -> Statement {
        let lines = offer.lines.iter().enumerate().map(|(index, line)| match taken {
            Some(ours) if ours == index => StatedLine::Audio(StatedAudio {
                proto: line.shape.proto.clone(),
                codecs: vec![(
                    agreed.codec.payload_type,
                    agreed.codec.name.clone(),
                    agreed.codec.clock,
                )],
                telephone_event: agreed.telephone_event,
                ptime_ms: agreed.ptime_ms,
                direction: agreed.direction,
                rtcp_mux: agreed.rtcp_mux,
            }),
            _ => StatedLine::Closed(line.shape.clone()),
        });
        Statement { lines: lines.collect() }
    }

    fn offered_audio(&self) -> StatedAudio {
        let clock = self.caps.codecs.first().map_or(8000, |c| c.clock);
        let agreed = self.agreed.as_ref();
        let event = match agreed {
            Some(agreed) => agreed.telephone_event_received_as,
            None => self.caps.telephone_event.then_some(TELEPHONE_EVENT_TYPE),
        };
        StatedAudio {
            proto: self.lines.get(self.audio_at).map_or("RTP/AVP", |l| &l.proto).to_owned(),
            codecs: self.offered_codecs(event),
            telephone_event: event.map(|pt| (pt, clock)),
            ptime_ms: agreed.map_or(self.caps.ptime_ms, |a| a.ptime_ms),
            direction: self.wish,
            rtcp_mux: agreed.map_or(self.caps.rtcp_mux, |a| a.rtcp_mux),
        }
    }

    /// Our codecs with payload types: as agreed, static, or the next free dynamic one. The one in use
    /// comes first, so that a re-offer does not change it.
    fn offered_codecs(&self, event: Option<u8>) -> Vec<(u8, String, u32)> {
        let in_use = self.agreed.as_ref().map(|a| (a.codec_received_as, &a.codec));
        let taken = |pt: u8| event == Some(pt) || in_use.is_some_and(|(used, _)| used == pt);
        let mut dynamic = (DYNAMIC_FIRST..=127).filter(|pt| !taken(*pt));
        let mut codecs = Vec::with_capacity(self.caps.codecs.len());
        for cap in &self.caps.codecs {
            let used = in_use.filter(|(_, c)| c.name == cap.name && c.clock == cap.clock);
            let free_static = cap.static_pt.filter(|pt| !taken(*pt));
            let number = used.map(|(pt, _)| pt).or(free_static).or_else(|| dynamic.next());
            let Some(number) = number else { break };
            let entry = (number, cap.name.to_owned(), cap.clock);
            match used {
                Some(_) => codecs.insert(0, entry),
                None => codecs.push(entry),
            }
        }
        codecs
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
        self.agreed = Some(agreed);
    }
}

/// An answerer may number differently from our offer; what comes to us is numbered as we offered
/// (RFC 3264 section 5.1).
fn received_as_offered(mut agreed: Negotiated, offered: &StatedLine) -> Negotiated {
    if let StatedLine::Audio(ours) = offered {
        let same = |c: &&(u8, String, u32)| c.1 == agreed.codec.name && c.2 == agreed.codec.clock;
        if let Some((number, ..)) = ours.codecs.iter().find(same) {
            agreed.codec_received_as = *number;
        }
        let event = agreed.telephone_event.and(ours.telephone_event);
        agreed.telephone_event_received_as = event.map(|(number, _)| number);
    }
    agreed
}
