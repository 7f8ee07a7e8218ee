//! One call as a machine: from the first INVITE to its record.
//!
//! ```text
//!          INVITE          ports           200 sent         ACK            BYE / hang-up      figures
//!   (new) -------> Opening -----> Answering ----> (2xx waits) ----> Talking ---------> Closing -----> gone
//!                     |  no port: 503                |  CANCEL, no ACK       |
//!                     +------------------------------+-----------------------+--> Closing
//! ```
//!
//! Owns: the state of one call, its dialplan walk, its offer/answer session, its history.
//! Never: another call; a socket; a clock.

use crate::effect::Now;
use crate::limits;
use dialplan::Walk;
use ids::{CallId, CaseId, LegId, Moment, RequestId, SessionId};
use media::command::{Codec, LegParams};
use records::{Case, Direction, Event, EventKind, HungUp, MediaFigures};

/// One call and everything that belongs to it alone.
pub(crate) struct Call {
    pub id: CallId,
    pub session: SessionId,
    pub leg: LegId,
    pub state: State,
    pub deadline: Moment,
    pub walk: Option<Box<Walk>>,
    pub plan: std::sync::Arc<dialplan::Plan>,
    pub sdp: Option<Box<sdp::Session>>,
    pub params: Option<Box<LegParams>>,
    pub local_ip: std::net::IpAddr,
    pub offer: Option<Vec<u8>>,
    /// The question it waits on; an answer to another one is too late.
    pub waiting: Option<RequestId>,
    /// What the timer heap was last told.
    pub scheduled: Moment,
    pub cases: Vec<Case>,
    pub history: Box<History>,
}

/// Where the call stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    /// Waiting for media ports.
    Opening,
    /// We sent 200 and wait for the ACK.
    Answering,
    /// The dialplan runs.
    Talking,
    /// Signalling is over; the media figures are awaited.
    Closing(Box<End>),
}

/// How a call ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct End {
    pub hung_up: HungUp,
    pub why: String,
    pub sip_status: u16,
    pub q850: u8,
    pub at_us: i64,
}

impl End {
    pub(crate) fn new(hung_up: HungUp, why: impl Into<String>, sip_status: u16, q850: u8) -> Self {
        Self { hung_up, why: why.into(), sip_status, q850, at_us: 0 }
    }
}

/// What is written about the call.
pub(crate) struct History {
    pub seq: u32,
    pub sip_call_id: String,
    pub from: String,
    pub caller: Option<String>,
    pub to: String,
    pub called: String,
    pub transport: String,
    pub lang: ids::Lang,
    pub lang_fixed: bool,
    pub case: Option<CaseId>,
    pub verified: bool,
    pub created_us: i64,
    pub answered_us: Option<i64>,
    pub figures: Option<MediaFigures>,
}

impl Call {
    /// The next event of this call, or `None` beyond the limit (the end is always written).
    pub fn event(&mut self, now: Now, kind: EventKind) -> Option<Event> {
        let last = matches!(kind, EventKind::CallEnded { .. } | EventKind::CallRefused { .. });
        if self.history.seq >= limits::EVENTS_PER_CALL_MAX && !last {
            return None;
        }
        let seq = self.history.seq;
        self.history.seq += 1;
        Some(Event { call: self.id, seq, case: self.history.case, at_us: now.unix_us, kind })
    }

    /// `flow@version` as records name it.
    pub fn flow(&self) -> String {
        format!("{}@{}", self.plan.name, short(&self.plan.version))
    }

    /// The earliest moment at which this call wants a turn.
    pub fn timeout(&self) -> Moment {
        let walk = self.walk.as_ref().and_then(|w| w.timeout()).unwrap_or(Moment::NEVER);
        match self.state {
            State::Talking => walk.min(self.deadline),
            State::Opening | State::Answering | State::Closing(_) => self.deadline,
        }
    }
}

impl History {
    /// The record, once the call is over.
    pub fn record(&self, id: CallId, flow: String, end: &End) -> records::CallRecord {
        records::CallRecord {
            id,
            sip_call_id: self.sip_call_id.clone(),
            direction: Direction::Inbound,
            case: self.case,
            verified: self.verified,
            from: self.from.clone(),
            to: self.to.clone(),
            flow,
            lang: self.lang.tag().to_owned(),
            created_us: self.created_us,
            answered_us: self.answered_us,
            ended_us: end.at_us,
            hung_up: end.hung_up,
            disposition: end.why.clone(),
            sip_status: end.sip_status,
            q850: end.q850,
            media: self.figures.clone(),
        }
    }
}

/// The first twelve characters of a version hash, enough to tell versions apart.
pub(crate) fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

/// Media figures in the record's shape.
pub(crate) fn figures(codec: Option<Codec>, stats: &media::command::LegStats) -> MediaFigures {
    MediaFigures {
        codec: match codec {
            Some(Codec::Pcma) => "PCMA".to_owned(),
            Some(Codec::Pcmu) => "PCMU".to_owned(),
            None => String::new(),
        },
        sent: stats.sent,
        received: stats.received,
        lost: stats.lost,
        reordered: stats.reordered,
        duplicates: stats.duplicates,
        wrong_source: stats.wrong_source,
        malformed: stats.malformed,
        dropped_late: stats.dropped_late,
        jitter_us_max: stats.jitter_us_max,
        remote_lost: stats.remote_lost,
        round_trip_us: stats.round_trip_us,
        keys: stats.keys,
        key_anomalies: stats.key_anomalies,
    }
}
