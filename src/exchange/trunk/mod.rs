//! Trunks: the ways between us and the telephone network.
//!
//! ```text
//!   DNS answers --->+--------+---> questions to DNS, OPTIONS, REGISTER, alarms
//!   SIP results --->| Trunks |
//!   time ---------->| a Line |---> where a call may go out, in which order
//!   a call ends --->|  each  |---> whose call one is that came in
//!                   +--------+
//! ```
//!
//! Owns: all lines, the order in which a call tries them, their timers.
//! Never: a call; whether somebody may call out at all (a [`crate::Permit`] says so).

mod caller_id;
mod caps;
mod config;
mod desk;
mod health;
mod hunt;
mod line;
mod order;
mod resolve;
mod status;
mod target;

pub use caller_id::{CallerId, NoCallerId, NumberFormat, UnknownFormat};
pub use caps::Full;
pub use config::{RegistrationConfig, Target, TargetError, TrunkConfig, TrunkFault, check_trunks};
pub use health::Health;
pub use line::{Standing, Totals};
pub use resolve::{Address, Answer, Naptr, NoAnswer, Question, Records, Srv};
pub use status::{TargetStatus, TrunkStatus};

pub(crate) use caller_id::shown;
pub(crate) use desk::Desk;
pub(crate) use hunt::{Candidate, Hunt, Outcome, Over, Verdict};
pub(crate) use line::{Line, uri};

use crate::effect::Effect;
use ids::{Moment, RequestId};
use order::shuffled;
use sip::{Dice, ErrandDone, Transport};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Which way a call runs over a trunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    In,
    Out,
}

/// Why no trunk takes a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoTrunk {
    /// None is configured for this number.
    NoRoute,
    /// Every one that would take it is down or not registered.
    Down,
    /// Every one that would take it is full.
    Full,
}

impl std::fmt::Display for NoTrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NoTrunk::NoRoute => "no trunk is configured for this number",
            NoTrunk::Down => "every trunk for this number is down",
            NoTrunk::Full => "every trunk for this number is full",
        })
    }
}

/// All trunks.
pub(crate) struct Trunks {
    lines: Vec<Line>,
    dice: Dice,
    listens: Vec<(Transport, SocketAddr)>,
    asked: u64,
    /// When the first of them wants a turn.
    due: Moment,
}

impl Trunks {
    pub(crate) fn new(configs: &[Arc<TrunkConfig>], seed: [u8; 32]) -> Trunks {
        let mut own = seed;
        // Another stream than the SIP core's.
        own[0] ^= 0x54;
        Trunks {
            lines: configs.iter().cloned().map(Line::new).collect(),
            dice: Dice::new(own),
            listens: Vec::new(),
            asked: 0,
            due: Moment::NEVER,
        }
    }

    /// From now on they are at work: `listens` is where we can be reached.
    pub(crate) fn start(&mut self, listens: Vec<(Transport, SocketAddr)>) {
        self.listens = listens;
        self.due = Moment::START;
    }

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        (self.due != Moment::NEVER && !self.lines.is_empty()).then_some(self.due)
    }

    /// Lets all lines act; each knows whether it is its time.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
    ) {
        if self.due <= now {
            self.each(now, stack, effects, |line, desk| {
                line.handle_timeout(desk);
                false
            });
        }
    }

    /// An answer of DNS.
    pub(crate) fn resolved(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
        (request, answer): (RequestId, Result<Answer, NoAnswer>),
    ) {
        self.each(now, stack, effects, |line, desk| line.resolved(desk, request, &answer));
    }

    /// The result of an OPTIONS or a REGISTER.
    pub(crate) fn errand_done(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
        done: &ErrandDone,
    ) {
        self.each(now, stack, effects, |line, desk| line.errand_done(desk, done));
    }

    /// We stop: carriers that we are registered with are told.
    pub(crate) fn leave(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
    ) {
        self.each(now, stack, effects, |line, desk| {
            line.leave(desk);
            false
        });
    }

    /// How many of them have not answered yet.
    pub(crate) fn leaving(&self) -> usize {
        self.lines.iter().filter(|line| line.is_leaving()).count()
    }

    /// One line after the other until one says that it was meant.
    fn each(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
        mut act: impl FnMut(&mut Line, &mut Desk<'_>) -> bool,
    ) {
        let Trunks { lines, dice, listens, asked, due } = self;
        let mut desk = Desk { now, stack, effects, dice, listens, asked };
        for line in lines.iter_mut() {
            if act(line, &mut desk) {
                break;
            }
        }
        *due = lines.iter().map(Line::poll_timeout).min().unwrap_or(Moment::NEVER);
    }

    /// The trunk that a message came in by; `names`: what the peer's certificate shows.
    pub(crate) fn of_source(&self, ip: IpAddr, names: &sip::PeerNames) -> Option<usize> {
        self.lines.iter().position(|line| line.takes(ip, names))
    }

    pub(crate) fn line(&self, trunk: usize) -> Option<&Line> {
        self.lines.get(trunk)
    }

    /// How numbers are written where the first trunk is at home.
    pub(crate) fn home(&self) -> Option<&ids::phone::Home> {
        self.lines.first().map(|line| &line.config.home)
    }

    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.config.name == name)
    }

    /// Every way for a call to this number now, in the order to be tried. `only`: this trunk and no
    /// other.
    ///
    /// # Errors
    /// [`NoTrunk`] when there is none.
    pub(crate) fn candidates(
        &mut self,
        now: Moment,
        stack: &mut sip::Stack,
        effects: &mut VecDeque<Effect>,
        (number, only): (&str, Option<usize>),
    ) -> Result<Vec<Candidate>, NoTrunk> {
        let Trunks { lines, dice, listens, asked, .. } = self;
        let meant = |n: usize, line: &Line| {
            let out = !line.config.targets.is_empty();
            only.map_or_else(|| out && line.config.routes(number), |only| out && only == n)
        };
        let routed: Vec<_> = (0..lines.len())
            .filter(|n| meant(*n, &lines[*n]))
            .map(|n| (u32::from(lines[n].config.priority), lines[n].config.weight, n))
            .collect();
        if routed.is_empty() {
            return Err(NoTrunk::NoRoute);
        }
        let ordered = shuffled(routed, dice);
        let mut desk = Desk { now, stack, effects, dice, listens, asked };
        let (mut candidates, mut full) = (Vec::new(), false);
        for n in ordered {
            let ways = lines[n].candidates(&mut desk, n);
            if !ways.is_empty() && lines[n].caps.full(now).is_some() {
                full = true;
                continue;
            }
            candidates.extend(ways);
        }
        match (candidates.is_empty(), full) {
            (false, _) => Ok(candidates),
            (true, true) => Err(NoTrunk::Full),
            (true, false) => Err(NoTrunk::Down),
        }
    }

    /// A call takes a line. One that came in is always counted, never refused.
    ///
    /// # Errors
    /// The cap that holds a call of ours back.
    pub(crate) fn begin(&mut self, now: Moment, trunk: usize, way: Way) -> Result<(), Full> {
        let Some(line) = self.lines.get_mut(trunk) else { return Ok(()) };
        match way {
            Way::In => {
                line.caps.inbound += 1;
                line.totals.inbound += 1;
                Ok(())
            }
            Way::Out => {
                line.caps.begin(now)?;
                line.totals.attempts += 1;
                Ok(())
            }
        }
    }

    /// A call leaves its line.
    pub(crate) fn end(&mut self, trunk: usize, way: Way) {
        let Some(line) = self.lines.get_mut(trunk) else { return };
        let count = match way {
            Way::In => &mut line.caps.inbound,
            Way::Out => &mut line.caps.outbound,
        };
        *count = count.saturating_sub(1);
    }

    pub(crate) fn answered(&mut self, trunk: usize) {
        if let Some(line) = self.lines.get_mut(trunk) {
            line.totals.answered += 1;
        }
    }

    /// What an attempt showed about its target.
    pub(crate) fn attempt_failed(
        &mut self,
        now: Moment,
        candidate: &Candidate,
        outcome: Outcome,
        retry_after_s: Option<u32>,
    ) {
        let line = candidate.trunk().and_then(|trunk| self.lines.get_mut(trunk));
        let Some(line) = line else { return };
        let remote = candidate.path.remote;
        line.last_error = Some(format!("{remote} {}", outcome.told()));
        let Some(target) = line.target_on(&candidate.path) else { return };
        match outcome {
            Outcome::Unreachable | Outcome::NoTrying | Outcome::Silence => target.suspect(now),
            Outcome::Refused(503) => {
                if let Some(wait_s) = retry_after_s {
                    target.bar(now, Duration::from_secs(u64::from(wait_s)));
                }
            }
            Outcome::Refused(_) => {}
        }
        self.due = self.due.min(now);
    }

    /// How every trunk stands, for people.
    pub(crate) fn status(&self, now: Moment) -> Vec<TrunkStatus> {
        self.lines.iter().map(|line| status::of(line, now)).collect()
    }
}
