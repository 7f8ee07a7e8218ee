//! Session timers (RFC 4028): who proves from time to time that the session lives, and what
//! happens when nobody does.
//!
//! ```text
//!   2xx, Session-Expires: 1800;refresher=...
//!    |            we refresh: UPDATE, or re-INVITE by the exchange     min(32 s, 1/3) before the end
//!    +-------------------- 900 s ------------------------------------- 1768 s ----> BYE
//!    '<--------------------- 2xx to a refresh, either side's ---------'
//! ```
//!
//! Owns: the interval asked for and agreed, the refresher, Min-SE. Never: an offer; a BYE.

use super::{Phase, Session, Talk, Turn};
use crate::event::{Config, EndedBy, Event};
use crate::extension::{TIMER, peer_can};
use crate::header::{Cause, Params, values};
use crate::layer::{Purpose, Report};
use crate::limits::{SESSION_INTERVAL_MAX_S, SESSION_INTERVAL_MIN_S};
use crate::message::{Message, Name};
use crate::method::Method;
use crate::parse::{number, trim};
use crate::print::Writer;
use ids::Moment;
use std::time::Duration;

/// Who refreshes, from the sight of one request and its response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answers it.
    Uas,
}

/// A Session-Expires value (section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Expires {
    interval_s: u32,
    refresher: Option<Refresher>,
}

impl Expires {
    fn of(message: &Message<'_>) -> Option<Expires> {
        let value = message.header(Name::SessionExpires)?;
        let semi = value.iter().position(|&b| b == b';').unwrap_or(value.len());
        let interval_s = number(trim(&value[..semi]))?.min(u64::from(SESSION_INTERVAL_MAX_S));
        let refresher = match Params(&value[semi..]).value("refresher") {
            Some(v) if v.eq_ignore_ascii_case(b"uac") => Some(Refresher::Uac),
            Some(v) if v.eq_ignore_ascii_case(b"uas") => Some(Refresher::Uas),
            _ => None,
        };
        Some(Expires { interval_s: interval_s as u32, refresher })
    }
}

/// The Min-SE of a message, in seconds (section 5).
fn min_se(message: &Message<'_>) -> Option<u32> {
    let value = message.header(Name::MinSe)?;
    let semi = value.iter().position(|&b| b == b';').unwrap_or(value.len());
    number(trim(&value[..semi])).and_then(|n| u32::try_from(n).ok())
}

/// True when a request asks for less than we take: 422. Section 9: only a caller who knows session
/// timers can be told so.
pub(crate) fn too_small(message: &Message<'_>, config: &Config) -> bool {
    let Some(timer) = config.session_timer else { return false };
    let asked = Expires::of(message).map(|e| e.interval_s);
    peer_can(message, TIMER) && asked.is_some_and(|n| n < timer.min_s())
}

/// What a session knows of its interval.
#[derive(Default)]
pub(super) struct Interval {
    /// Of their request under way, until our 2xx.
    asked: Option<Asked>,
    running: Option<Running>,
    /// The least that somebody on the way to the peer takes, from its 422; 0 when unknown.
    min_s: u32,
    /// The peer's Allow lists UPDATE.
    update: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Asked {
    expires: Option<Expires>,
    min_s: u32,
    can: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Running {
    interval_s: u32,
    ours: bool,
    refresh_at: Moment,
    over_at: Moment,
}

impl Running {
    fn new(now: Moment, interval_s: u32, ours: bool) -> Running {
        // A peer may name less than the RFC's minimum; it does not get us to refresh faster.
        let interval_s = interval_s.clamp(SESSION_INTERVAL_MIN_S, SESSION_INTERVAL_MAX_S);
        let s = |n: u32| Duration::from_secs(n.into());
        // Section 10: refresh at half of it; BYE comes min(32 s, a third) before its end.
        let refresh_at = if ours { now + s(interval_s / 2) } else { Moment::NEVER };
        let over_at = now + s(interval_s - (interval_s / 3).min(32));
        Running { interval_s, ours, refresh_at, over_at }
    }
}

impl Interval {
    pub(super) fn deadline(&self) -> Moment {
        self.running.map_or(Moment::NEVER, |r| r.refresh_at.min(r.over_at))
    }

    /// Takes over what their INVITE or UPDATE asks for.
    pub(super) fn hear(&mut self, message: &Message<'_>) {
        self.learn_allow(message);
        self.asked = Some(Asked {
            expires: Expires::of(message),
            min_s: min_se(message).unwrap_or(0),
            can: peer_can(message, TIMER),
        });
    }

    fn learn_allow(&mut self, message: &Message<'_>) {
        if message.header(Name::Allow).is_some() {
            let listed = |v: &[u8]| v == Method::Update.as_str().as_bytes();
            self.update = message.all(Name::Allow).flat_map(values).any(listed);
        }
    }

    /// Our 2xx to what was heard last (section 9 and its table 2): the header lines, and from now
    /// on the interval runs.
    pub(super) fn accept(&mut self, now: Moment, config: &Config, writer: &mut Writer) {
        let Some(asked) = self.asked.take() else { return };
        self.running = None;
        let Some((interval_s, by)) = terms(asked, config) else { return };
        let who = if by == Refresher::Uac { "uac" } else { "uas" };
        writer.field(Name::SessionExpires, format_args!("{interval_s};refresher={who}"));
        if by == Refresher::Uac {
            writer.field(Name::Require, TIMER);
        }
        self.running = Some(Running::new(now, interval_s, by == Refresher::Uas));
    }

    /// What an INVITE or UPDATE of ours asks for (sections 7.1 and 7.4).
    pub(super) fn ask(&self, config: &Config, writer: &mut Writer) {
        let Some(timer) = config.session_timer else { return };
        let wanted = self.running.map_or(timer.interval_s(), |r| r.interval_s).max(self.min_s);
        match self.running.map(|r| r.ours) {
            None => writer.field(Name::SessionExpires, wanted),
            Some(true) => {
                writer.field(Name::SessionExpires, format_args!("{wanted};refresher=uac"));
            }
            Some(false) => {
                writer.field(Name::SessionExpires, format_args!("{wanted};refresher=uas"));
            }
        }
        let min_s = self.min_s.max(timer.min_s());
        if min_s > SESSION_INTERVAL_MIN_S {
            writer.field(Name::MinSe, min_s);
        }
    }

    /// Their 2xx to ours (section 7.2). Without Session-Expires nobody watches over the session.
    pub(super) fn agreed(&mut self, now: Moment, config: &Config, message: &Message<'_>) {
        self.learn_allow(message);
        let on = config.session_timer.is_some();
        self.running = Expires::of(message).filter(|_| on).map(|expires| {
            let ours = match expires.refresher {
                Some(by) => by == Refresher::Uac,
                // Mandatory in a 2xx; who leaves it out is not trusted to refresh.
                None => true,
            };
            Running::new(now, expires.interval_s, ours)
        });
    }

    /// The refresh cannot be made now.
    fn postpone(&mut self, now: Moment, wait: Duration) {
        if let Some(running) = &mut self.running {
            running.refresh_at = now + wait;
        }
    }

    /// Their 422: how long we ask for from now on, if that is within reason (section 7.3).
    pub(super) fn enlarge(&mut self, config: &Config, message: &Message<'_>) -> bool {
        let least = min_se(message).filter(|&n| n <= SESSION_INTERVAL_MAX_S);
        let Some(least) = least.filter(|&n| n > self.min_s) else { return false };
        let asked = config.session_timer.map_or(0, |t| t.interval_s());
        self.min_s = least;
        asked.max(least) <= SESSION_INTERVAL_MAX_S
    }
}

/// The interval and the refresher of our 2xx (section 9).
fn terms(asked: Asked, config: &Config) -> Option<(u32, Refresher)> {
    let timer = config.session_timer?;
    // An answer may shorten what was asked for, but never below Min-SE.
    let ours = timer.interval_s().max(asked.min_s).max(timer.min_s());
    match (asked.expires, asked.can) {
        (None, false) => None,
        (None, true) => Some((ours, Refresher::Uas)),
        // A proxy asked for it; its caller knows nothing of refreshing.
        (Some(expires), false) => Some((expires.interval_s.min(ours), Refresher::Uas)),
        (Some(expires), true) => {
            Some((expires.interval_s.min(ours), expires.refresher.unwrap_or(Refresher::Uas)))
        }
    }
}

impl Session {
    pub(super) fn interval_timer(&mut self, turn: &mut Turn<'_>) {
        let (Phase::Up, Some(running)) = (&self.phase, self.interval.running) else { return };
        if running.over_at <= turn.now {
            let cause = Cause::q850(102, "Session timer expired");
            return self.leave(turn, Some(cause), EndedBy::TimedOut);
        }
        if running.refresh_at <= turn.now {
            // Should this one fail without a word, the next try comes well before the end.
            self.interval.postpone(turn.now, retry_after(running));
            self.refresh(turn);
        }
    }

    /// Section 7.4: UPDATE without an offer where the peer takes it; else a re-INVITE that says
    /// what was said before, which the exchange knows.
    fn refresh(&mut self, turn: &mut Turn<'_>) {
        if !self.interval.update {
            if matches!(self.talk, Talk::Idle) && self.retry.is_none() {
                turn.events.push_back(Event::RefreshWanted { session: self.id });
            }
            return;
        }
        let mut begun = self.dialog.begin(turn.layer, Method::Update, None);
        self.interval.ask(&turn.layer.config, &mut begun.writer);
        self.request(turn, begun, Purpose::Refresh, "", &[]);
    }

    pub(super) fn refresh_answered(
        &mut self,
        turn: &mut Turn<'_>,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        if !matches!(self.phase, Phase::Up) || status < 200 {
            return;
        }
        match (status, message) {
            (200..300, Some(message)) => {
                self.dialog.refresh(message);
                self.interval.agreed(turn.now, &turn.layer.config, message);
            }
            (405 | 501, _) => {
                self.interval.update = false;
                self.interval.postpone(turn.now, Duration::ZERO);
            }
            (491, _) => {
                let wait = self.glare_wait(turn);
                self.interval.postpone(turn.now, wait);
            }
            // Section 10: 481 and silence end the session; all else is tried again until its end.
            _ => drop(self.dialog_lost(turn, status, message.is_none())),
        }
    }

    /// Their 422 to a request of ours: the same with a longer interval (section 7.3).
    pub(super) fn ask_longer(
        &mut self,
        turn: &mut Turn<'_>,
        report: Report,
        purpose: Purpose,
        response: &Message<'_>,
        challenged: &crate::layer::Challenged,
    ) -> bool {
        let timed = matches!(
            purpose,
            Purpose::Invite | Purpose::Reinvite | Purpose::Update | Purpose::Refresh
        );
        if !timed || !self.interval.enlarge(&turn.layer.config, response) {
            return false;
        }
        let mut lines = Writer::empty();
        self.interval.ask(&turn.layer.config, &mut lines);
        self.send_again(turn, report, purpose, challenged, Some(lines))
    }
}

/// Between two tries of one refresh: an eighth of the interval.
fn retry_after(running: Running) -> Duration {
    Duration::from_secs(u64::from(running.interval_s / 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SessionTimer;

    /// Table 2 of section 9, and the lengths around it.
    #[test]
    fn the_answer_names_the_refresher_and_never_lengthens() {
        use Refresher::{Uac, Uas};
        let config = Config::new([0; 32]);
        let asked = |interval: Option<u32>, refresher, can, min_s| Asked {
            expires: interval.map(|interval_s| Expires { interval_s, refresher }),
            min_s,
            can,
        };
        for (asked, expected) in [
            (asked(None, None, false, 0), None),
            (asked(None, None, true, 0), Some((1_800, Uas))),
            (asked(None, None, true, 3_600), Some((3_600, Uas))),
            (asked(Some(600), None, false, 0), Some((600, Uas))),
            (asked(Some(600), None, true, 0), Some((600, Uas))),
            (asked(Some(600), Some(Uac), true, 0), Some((600, Uac))),
            (asked(Some(600), Some(Uas), true, 0), Some((600, Uas))),
            (asked(Some(7_200), Some(Uac), true, 0), Some((1_800, Uac))),
            (asked(Some(7_200), None, true, 3_600), Some((3_600, Uas))),
        ] {
            assert_eq!(terms(asked, &config), expected, "{asked:?}");
        }
        let off = Config { session_timer: None, ..config };
        assert_eq!(terms(asked(Some(600), Some(Uac), true, 0), &off), None);
    }

    #[test]
    fn a_configured_interval_stays_within_the_rfc_and_a_day() {
        let timer = |interval_s, min_s| SessionTimer::new(interval_s, min_s);
        assert_eq!((timer(10, 10).interval_s(), timer(10, 10).min_s()), (90, 90));
        assert_eq!(timer(600, 900).interval_s(), 900, "not below the least it takes itself");
        assert_eq!(timer(u32::MAX, 90).interval_s(), SESSION_INTERVAL_MAX_S);
    }
}
