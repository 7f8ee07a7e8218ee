//! A call goes out: who may make one, what it says, what becomes of it.
//!
//! ```text
//!             ports            INVITE           18x            200
//!   Opening --------> Calling ---------> ... --------> ... ---------> Talking (as a call that came in)
//!      | no trunk, no port         |  see placing.rs
//!      +---------------------------+------> one honest result --> Closing
//! ```
//!
//! Owns: the permission, the order, the results of calls of ours.
//! Never: which trunk is up (`trunk` does); what follows an attempt (`placing` does).

use crate::bridge::Ties;
use crate::call::{Call, History};
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use crate::placing::Placing;
use crate::trunk::{Candidate, Hunt, NoTrunk};
use ids::{CallId, CaseId, Lang, LegId};
use records::{Direction, EventKind};
use std::time::Duration;

/// Leave to call out over a trunk. Only those who check that they may call can make one, so that
/// nobody who is not authenticated ever reaches a trunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit(By);

#[derive(Clone, PartialEq, Eq, Debug)]
enum By {
    Admin,
    Flow(String),
    User(String),
}

impl Permit {
    /// For a test call of the person who runs this server. Only the control socket makes it: whoever
    /// may open that socket may read the secrets of the trunks, too.
    pub const fn admin() -> Permit {
        Permit(By::Admin)
    }

    /// For a number that stands in a flow. A plan is made by the check alone, and what it calls was
    /// written there by whoever answers for the flow: no caller's wish gets in.
    pub(crate) fn flow(plan: &dialplan::Plan) -> Permit {
        Permit(By::Flow(plan.name.clone()))
    }

    /// For whom a user of ours wants on the line, the user proved by digest: another user, or a number
    /// that his line in the users file lets him call.
    pub(crate) fn user(name: &str) -> Permit {
        Permit(By::User(name.to_owned()))
    }

    /// By whose leave, in records.
    pub(crate) fn name(&self) -> String {
        match &self.0 {
            By::Admin => "admin".to_owned(),
            By::Flow(flow) => format!("flow {flow}"),
            By::User(user) => format!("user {user}"),
        }
    }
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Whom, in E.164: `+48600100200`.
    pub to: String,
    /// The number to show; a trunk that may not show it shows its own.
    pub caller_id: Option<String>,
    /// The flow that speaks once it is answered.
    pub flow: String,
    /// The language, where it is fixed.
    pub lang: Option<Lang>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// This trunk and no other.
    pub trunk: Option<String>,
    /// How long it rings; 25 s unless said, 15 s at least.
    pub ring_for: Option<Duration>,
    /// Leave to call.
    pub permit: Permit,
}

/// Why a call is not even tried, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutboundRefused {
    /// No number of the public network.
    #[error("{0:?} is no number to call; write it in E.164, like +48600100200")]
    NotANumber(String),
    /// No such flow.
    #[error("there is no flow {0:?}; look at the dialplans directory")]
    NoSuchFlow(String),
    /// No such trunk.
    #[error(
        "there is no trunk {0:?} to call out by; look at [[trunks]], or leave the choice to me"
    )]
    NoSuchTrunk(String),
    /// The server stops.
    #[error("the server is shutting down and makes no new calls")]
    Draining,
    /// Too many calls.
    #[error("all lines of this server are taken; see limits.calls")]
    Busy,
}

/// What becomes of a call of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutboundNews {
    /// It rings.
    Ringing,
    /// Somebody, or something, has answered.
    Answered,
    /// It is over and was not answered.
    Failed(OutboundFailed),
}

/// Why a call of ours was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutboundFailed {
    /// In our words.
    pub reason: FailReason,
    /// The SIP status that comes nearest.
    pub status: u16,
}

/// Why a call of ours was not answered, as far as it matters for what to do next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailReason {
    /// No trunk took it.
    NoTrunk(NoTrunk),
    /// Every way was tried, and nobody was there.
    Unreachable,
    /// The line is busy.
    Busy,
    /// It rang and nobody came.
    NoAnswer,
    /// There is no such number.
    NoSuchNumber,
    /// The network or the person refused it.
    Refused,
    /// We had no media port for it.
    NoMedia,
    /// We gave it up.
    GivenUp,
}

impl FailReason {
    pub(crate) fn of(status: u16) -> FailReason {
        match status {
            486 | 600 => FailReason::Busy,
            408 | 480 => FailReason::NoAnswer,
            404 | 410 | 484 | 485 | 604 => FailReason::NoSuchNumber,
            500 | 502 | 503 | 504 => FailReason::Unreachable,
            _ => FailReason::Refused,
        }
    }
}

impl std::fmt::Display for FailReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FailReason::NoTrunk(why) => why.fmt(f),
            FailReason::Unreachable => f.write_str("nobody could be reached on any trunk"),
            FailReason::Busy => f.write_str("busy"),
            FailReason::NoAnswer => f.write_str("no answer"),
            FailReason::NoSuchNumber => f.write_str("no such number"),
            FailReason::Refused => f.write_str("refused"),
            FailReason::NoMedia => f.write_str("no media port is free"),
            FailReason::GivenUp => f.write_str("given up"),
        }
    }
}

impl Exchange {
    /// Calls somebody. What becomes of it comes as [`Effect::Outbound`]; a record is left either way.
    ///
    /// # Errors
    /// [`OutboundRefused`]: nothing is tried and no record is left.
    pub fn originate(&mut self, now: Now, outbound: Outbound) -> Result<CallId, OutboundRefused> {
        if self.draining {
            return Err(OutboundRefused::Draining);
        }
        if self.calls.len() >= self.config.calls_max {
            return Err(OutboundRefused::Busy);
        }
        if !is_global(&outbound.to) {
            return Err(OutboundRefused::NotANumber(outbound.to));
        }
        let id = self.new_call_id(now);
        let Some(begun) = self.flows.begin(&outbound.flow, id) else {
            return Err(OutboundRefused::NoSuchFlow(outbound.flow));
        };
        let only = match &outbound.trunk {
            None => None,
            Some(name) => {
                let trunk = self.trunks.named(name);
                Some(trunk.ok_or_else(|| OutboundRefused::NoSuchTrunk(name.clone()))?)
            }
        };
        let routed = (outbound.to.as_str(), only);
        let Exchange { trunks, stack, effects, .. } = self;
        let ways = trunks.candidates(now.mono, stack, effects, routed);
        self.enter(now, id, outbound, begun, ways, Ties::default());
        self.signalling(now);
        Ok(id)
    }

    /// The call is on the books; its ports are asked for, or it fails at once.
    pub(crate) fn enter(
        &mut self,
        now: Now,
        id: CallId,
        outbound: Outbound,
        begun: crate::flows::Begun,
        ways: Result<Vec<Candidate>, NoTrunk>,
        ties: Ties,
    ) {
        self.made += 1;
        let leg = LegId(self.made);
        let (ways, fault) = match ways {
            Ok(ways) => (ways, None),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        let hunt = Hunt::new(one_family(ways));
        let ip = hunt.first().map(|candidate| candidate.path.local.ip());
        let placing = Placing::new(&outbound, hunt);
        let ip_or_any = ip.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
        let history = Box::new(self.history_of(now, &outbound));
        let mut call = Call::opening(now, id, leg, begun, ip_or_any, history);
        call.outbound = Some(Box::new(placing));
        let beside = ties.beside;
        call.ties = ties;
        self.calls.insert(id, call);
        self.legs.insert(leg, id);
        let to = outbound.to;
        let by = outbound.permit.name();
        self.write(now, id, EventKind::CallPlaced { to, by });
        match ip {
            Some(ip) => self.effects.push_back(Effect::OpenPorts { leg, ip, beside }),
            None => {
                let fault = fault.unwrap_or(NoTrunk::Down);
                self.outbound_failed(now, id, FailReason::NoTrunk(fault), 503);
            }
        }
        self.schedule(id);
    }

    fn history_of(&self, now: Now, outbound: &Outbound) -> History {
        History {
            seq: 0,
            sip_call_id: String::new(),
            direction: Direction::Outbound,
            trunk: None,
            user: None,
            from: outbound.caller_id.clone().unwrap_or_default(),
            caller: Some(outbound.to.clone()),
            to: outbound.to.clone(),
            called: outbound.caller_id.clone().unwrap_or_default(),
            transport: String::new(),
            lang: outbound.lang.unwrap_or(self.config.default_lang),
            lang_fixed: outbound.lang.is_some(),
            case: outbound.case,
            verified: false,
            created_us: now.unix_us,
            answered_us: None,
            figures: None,
            recording: None,
        }
    }
}

/// E.164 without the short numbers: those are a country's own, and some of them call the police.
pub(crate) fn is_global(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    (7..=15).contains(&digits.len()) && plain && !digits.starts_with('0')
}

/// Ports are bound once a call, in one address family: the first way decides in which.
fn one_family(ways: Vec<Candidate>) -> Vec<Candidate> {
    let first = ways.first().map(|way| way.path.local.is_ipv4());
    ways.into_iter().filter(|way| Some(way.path.local.is_ipv4()) == first).collect()
}
