//! One call as a machine: from the first INVITE to its record.
//!
//! ```text
//!          INVITE          ports           200 sent         ACK            BYE / hang-up      figures
//!   (new) -------> Opening -----> Answering ----> (2xx waits) ----> Talking ---------> Closing -----> gone
//!   (ours) -> Opening -> Calling -------------------------> (answered) Talking
//!   (to one of our people) Opening -> Ringing -> (she answers) Answering -> ...
//!                     |  no port: 503                |  CANCEL, no ACK       |
//!                     +------------------------------+-----------------------+--> Closing
//! ```
//!
//! Owns: the state of one call, its dialplan walk, its offer/answer session, its history.
//! Never: another call; a socket; a clock.

use crate::answering::Answering;
use crate::bridge::Ties;
use crate::browsers::Encounter;
use crate::canary::{Fate, Side};
use crate::effect::Now;
use crate::flows::Begun;
use crate::limits;
use crate::placing::Placing;
use crate::recording::{Masking, Recording};
use crate::trunk::Way;
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
    /// None: it runs no flow.
    pub plan: Option<std::sync::Arc<dialplan::Plan>>,
    /// Whether that version was on trial when the call began.
    pub side: Side,
    /// A service or a prompt failed on the way.
    pub troubled: bool,
    pub sdp: Option<Box<sdp::Session>>,
    pub params: Option<Box<LegParams>>,
    /// Where keys come by DTLS.
    pub encounter: Option<Box<Encounter>>,
    pub local_ip: std::net::IpAddr,
    pub offer: Option<Vec<u8>>,
    /// The question it waits on; an answer to another one is too late.
    pub waiting: Option<RequestId>,
    /// Who has answered it.
    pub answering: Answering,
    /// What the timer heap was last told.
    pub scheduled: Moment,
    pub cases: Vec<Case>,
    /// The trunk whose line it takes, and which way.
    pub trunk: Option<(usize, Way)>,
    /// What a call of ours waits for until it is answered.
    pub outbound: Option<Box<Placing>>,
    pub recording: Recording,
    pub masking: Masking,
    /// What is being paid in it.
    pub paying: Option<vault_link::Session>,
    /// How often a gateway was asked to charge for it.
    pub attempts: u8,
    /// Keys came by SIP INFO: its telephone may send a card's by that way too.
    pub keys_by_info: bool,
    /// Until then late keys of a payment are nobody's.
    pub deaf_until: Moment,
    /// Whom it is connected to.
    pub ties: Ties,
    pub history: Box<History>,
}

/// A call of ours that has no INVITE under way: the SIP core counts its sessions from 1.
pub(crate) const NO_SESSION: SessionId = SessionId(0);

/// Where the call stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    /// Waiting for media ports.
    Opening,
    /// Our INVITE waits for an answer.
    Calling,
    /// Whom it dialled is rung; it is answered once they answer.
    Ringing,
    /// We sent 200 and wait for the ACK, and for keys where a handshake makes them.
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
    pub direction: Direction,
    pub trunk: Option<String>,
    /// Whose phone it is, by proof.
    pub user: Option<String>,
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
    pub recording: Option<records::RecordingNote>,
}

impl Call {
    /// A call that waits for its media ports; whoever makes it fills in which way it goes.
    pub fn opening(
        now: Now,
        id: CallId,
        leg: LegId,
        begun: Begun,
        local_ip: std::net::IpAddr,
        history: Box<History>,
    ) -> Call {
        Call {
            id,
            session: NO_SESSION,
            leg,
            state: State::Opening,
            deadline: now.mono + limits::PORTS_WAIT_MAX,
            walk: None,
            plan: begun.plan,
            side: begun.side,
            troubled: false,
            sdp: None,
            params: None,
            encounter: None,
            local_ip,
            offer: None,
            waiting: None,
            answering: Answering::default(),
            scheduled: Moment::NEVER,
            cases: Vec::new(),
            trunk: None,
            outbound: None,
            recording: Recording::Off,
            masking: Masking::default(),
            paying: None,
            attempts: 0,
            keys_by_info: false,
            deaf_until: Moment::NEVER,
            ties: Ties::default(),
            history,
        }
    }

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

    /// `flow@version` as records name it; nothing for a call without a flow.
    pub fn flow(&self) -> String {
        let named = |plan: &std::sync::Arc<dialplan::Plan>| {
            format!("{}@{}", plan.name, short(&plan.version))
        };
        self.plan.as_ref().map(named).unwrap_or_default()
    }

    /// How it ended, for trials of versions; `None`: it was never answered, or we ended it for reasons
    /// that are no version's.
    pub fn fate(&self, end: &End) -> Option<Fate> {
        self.history.answered_us?;
        // Somebody else's half of a call runs no flow.
        if self.ties.second || self.plan.is_none() {
            return None;
        }
        let proved = self.history.verified;
        match end.hung_up {
            _ if self.troubled || end.sip_status == 500 => Some(Fate::Trouble),
            HungUp::Flow if GAVE_UP.contains(&end.why.as_str()) => Some(Fate::Trouble),
            HungUp::Flow | HungUp::Caller if self.ties.served => Some(Fate::Served),
            HungUp::Flow if proved => Some(Fate::Served),
            HungUp::Flow => Some(Fate::Unproved),
            HungUp::Caller if proved => Some(Fate::LeftProved),
            HungUp::Caller => Some(Fate::LeftEarly),
            HungUp::System => None,
        }
    }

    /// The earliest moment at which this call wants a turn.
    pub fn timeout(&self) -> Moment {
        let walk = self.walk.as_ref().and_then(|w| w.timeout()).unwrap_or(Moment::NEVER);
        match self.state {
            State::Talking => walk.min(self.deadline).min(self.deaf_until),
            State::Calling => self.outbound.as_ref().map_or(Moment::NEVER, |p| p.timeout()),
            State::Opening | State::Ringing | State::Answering | State::Closing(_) => self.deadline,
        }
    }
}

impl History {
    /// The record, once the call is over.
    pub fn record(&self, id: CallId, flow: String, end: &End) -> records::CallRecord {
        records::CallRecord {
            id,
            sip_call_id: self.sip_call_id.clone(),
            direction: self.direction,
            trunk: self.trunk.clone(),
            user: self.user.clone(),
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
            recording: self.recording.clone(),
        }
    }
}

/// Reasons with which a walk ends that could not go on.
const GAVE_UP: [&str; 3] = ["error", "too many steps", "the dialplan turned in a circle"];

/// The first twelve characters of a version hash, enough to tell versions apart.
pub(crate) fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

/// Media figures in the record's shape.
pub(crate) fn figures(codec: Option<Codec>, stats: &media::command::LegStats) -> MediaFigures {
    MediaFigures {
        codec: codec.map_or("", Codec::name).to_owned(),
        sent: stats.sent,
        received: stats.received,
        lost: stats.lost,
        reordered: stats.reordered,
        duplicates: stats.duplicates,
        wrong_source: stats.wrong_source,
        malformed: stats.malformed,
        dropped_late: stats.dropped_late,
        late: stats.late,
        loss_runs: stats.loss_runs,
        jitter_us_max: stats.jitter_us_max,
        remote_lost: stats.remote_lost,
        round_trip_us: stats.round_trip_us,
        remote_jitter_us: stats.remote_jitter_us,
        heard: stats.heard.map(score),
        delivered: stats.delivered.map(score),
        one_way: stats.one_way.map(|one_way| match one_way {
            media::command::OneWay::WeHearNothing => records::OneWay::WeHearNothing,
            media::command::OneWay::TheyHearNothing => records::OneWay::TheyHearNothing,
        }),
        keys: stats.keys,
        key_anomalies: stats.key_anomalies,
    }
}

fn score(score: media::command::Score) -> records::Score {
    records::Score { r: score.r, mos_hundredths: score.mos_hundredths }
}
