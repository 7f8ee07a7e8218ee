//! Non-INVITE client transaction (RFC 3261 section 17.1.2).
//!
//! ```text
//!   Trying --1xx--> Proceeding --2xx-6xx--> Completed --K--> over
//!     | E: repeat      | E: repeat every T2
//!     '-------F--------'----> over, no answer
//! ```
//!
//! Section 17.1.2.2: E doubles up to T2, F ends it; section 17.1.4: a failed path ends it at once.
//!
//! Owns: state, timers E, F, K. Never: a message.

use super::{Act, Class, Timers};
use ids::Moment;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// `resend` is timer E with its interval, on unreliable transports; `give_up` is timer F.
    Trying {
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    },
    /// The same timers; E is T2 now.
    Proceeding {
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    },
    /// `over` is timer K.
    Completed {
        over: Moment,
    },
    Terminated,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Response(Class),
    Unreachable,
    Timer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Client {
    pub(crate) state: State,
    pub(crate) reliable: bool,
}

impl Client {
    /// The request has just been sent.
    pub(crate) fn new(now: Moment, timers: &Timers, reliable: bool) -> Self {
        let resend = (!reliable).then_some((now + timers.t1, timers.t1));
        Self { state: State::Trying { resend, give_up: now + timers.give_up() }, reliable }
    }

    pub(crate) fn deadline(&self) -> Moment {
        match self.state {
            State::Trying { resend, give_up } | State::Proceeding { resend, give_up } => {
                resend.map_or(give_up, |(at, _)| at.min(give_up))
            }
            State::Completed { over } => over,
            State::Terminated => Moment::NEVER,
        }
    }

    pub(crate) fn handle(&mut self, now: Moment, timers: &Timers, input: Input) -> Act {
        match (self.state, input) {
            (
                State::Trying { resend, give_up } | State::Proceeding { resend, give_up },
                Input::Response(Class::Provisional),
            ) => {
                let resend = resend.map(|(at, _)| (at, timers.t2));
                self.state = State::Proceeding { resend, give_up };
                Act::TELL
            }
            (State::Trying { .. } | State::Proceeding { .. }, Input::Response(_)) => {
                self.state = if self.reliable {
                    State::Terminated
                } else {
                    State::Completed { over: now + timers.t4 }
                };
                Act::TELL
            }
            (State::Trying { .. } | State::Proceeding { .. }, Input::Unreachable) => {
                self.state = State::Terminated;
                Act::UNREACHABLE
            }
            (State::Trying { .. } | State::Proceeding { .. }, Input::Timer) => {
                self.waiting_timer(now, timers)
            }
            (State::Completed { over }, Input::Timer) => {
                if over <= now {
                    self.state = State::Terminated;
                }
                Act::NONE
            }
            (State::Completed { .. }, Input::Response(_) | Input::Unreachable)
            | (State::Terminated, _) => Act::NONE,
        }
    }

    fn waiting_timer(&mut self, now: Moment, timers: &Timers) -> Act {
        let (State::Trying { resend, give_up } | State::Proceeding { resend, give_up }) =
            &mut self.state
        else {
            return Act::NONE;
        };
        if *give_up <= now {
            self.state = State::Terminated;
            return Act::TIMED_OUT;
        }
        match resend {
            Some((at, interval)) if *at <= now => {
                *interval = (*interval * 2).min(timers.t2);
                *at = now + *interval;
                Act::SEND
            }
            _ => Act::NONE,
        }
    }
}
