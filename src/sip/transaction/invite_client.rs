//! INVITE client transaction (RFC 3261 section 17.1.1, corrected by RFC 6026 section 7.2).
//!
//! ```text
//!   Calling --1xx--> Proceeding --2xx--> Accepted --M--> over
//!     | A: repeat        |               (every 2xx goes to the user, who sends the ACKs)
//!     '--B--> over       '--3xx-6xx, ACK--> Completed --D--> over
//! ```
//!
//! Owns: state, timers A, B, D, M. Never: a message; the ACK to a 2xx.

use super::{Act, Class, Send, Tell, Timers};
use ids::Moment;
use std::time::Duration;

/// Timer D is at least 32 s on unreliable transports (RFC 3261 section 17.1.1.2).
const TIMER_D: Duration = Duration::from_secs(32);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// `resend` is timer A with its interval, on unreliable transports; `give_up` is timer B.
    Calling {
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    },
    Proceeding,
    /// `over` is timer D.
    Completed {
        over: Moment,
    },
    /// `over` is timer M.
    Accepted {
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
pub(crate) struct InviteClient {
    pub(crate) state: State,
    pub(crate) reliable: bool,
    /// Its user is gone: without a final response until then it is over. The RFC lets a client
    /// wait for ever after a 1xx; we do not.
    pub(crate) abandoned: Option<Moment>,
}

impl InviteClient {
    /// The INVITE has just been sent.
    pub(crate) fn new(now: Moment, timers: &Timers, reliable: bool) -> Self {
        let resend = (!reliable).then_some((now + timers.t1, timers.t1));
        Self {
            state: State::Calling { resend, give_up: now + timers.give_up() },
            reliable,
            abandoned: None,
        }
    }

    pub(crate) fn deadline(&self) -> Moment {
        let abandoned = self.abandoned.unwrap_or(Moment::NEVER);
        match self.state {
            State::Calling { resend, give_up } => {
                resend.map_or(give_up, |(at, _)| at.min(give_up)).min(abandoned)
            }
            State::Completed { over } | State::Accepted { over } => over,
            State::Proceeding => abandoned,
            State::Terminated => Moment::NEVER,
        }
    }

    /// The user wants to hear no more of it.
    pub(crate) fn abandon(&mut self, now: Moment, timers: &Timers) {
        self.abandoned = Some(now + timers.give_up());
    }

    pub(crate) fn handle(&mut self, now: Moment, timers: &Timers, input: Input) -> Act {
        match (self.state, input) {
            (State::Calling { .. } | State::Proceeding, Input::Response(class)) => {
                self.answered(now, timers, class)
            }
            (State::Calling { .. } | State::Proceeding, Input::Timer)
                if self.abandoned.is_some_and(|at| at <= now) =>
            {
                self.state = State::Terminated;
                Act::TIMED_OUT
            }
            (State::Calling { resend, give_up }, Input::Timer) => {
                self.calling_timer(now, resend, give_up)
            }
            (
                State::Calling { .. } | State::Proceeding | State::Completed { .. },
                Input::Unreachable,
            ) => {
                self.state = State::Terminated;
                Act::UNREACHABLE
            }
            (State::Completed { .. }, Input::Response(Class::Failure)) => {
                Act { send: Send::Ack, tell: Tell::Nothing }
            }
            (State::Accepted { .. }, Input::Response(Class::Success)) => Act::TELL,
            (State::Completed { over } | State::Accepted { over }, Input::Timer) => {
                if over <= now {
                    self.state = State::Terminated;
                }
                Act::NONE
            }
            (State::Proceeding, Input::Timer)
            | (State::Completed { .. }, Input::Response(_))
            | (State::Accepted { .. }, Input::Response(_) | Input::Unreachable)
            | (State::Terminated, _) => Act::NONE,
        }
    }

    fn answered(&mut self, now: Moment, timers: &Timers, class: Class) -> Act {
        match class {
            Class::Provisional => {
                self.state = State::Proceeding;
                Act::TELL
            }
            Class::Success => {
                self.state = State::Accepted { over: now + timers.give_up() };
                Act::TELL
            }
            Class::Failure => {
                self.state = if self.reliable {
                    State::Terminated
                } else {
                    State::Completed { over: now + TIMER_D }
                };
                Act { send: Send::Ack, tell: Tell::Message }
            }
        }
    }

    fn calling_timer(
        &mut self,
        now: Moment,
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    ) -> Act {
        if give_up <= now {
            self.state = State::Terminated;
            return Act::TIMED_OUT;
        }
        match resend {
            Some((at, interval)) if at <= now => {
                let interval = interval * 2;
                self.state = State::Calling { resend: Some((now + interval, interval)), give_up };
                Act::SEND
            }
            _ => Act::NONE,
        }
    }
}
