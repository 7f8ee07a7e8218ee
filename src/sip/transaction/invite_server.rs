//! INVITE server transaction (RFC 3261 section 17.2.1, corrected by RFC 6026 section 7.1).
//!
//! ```text
//!                INVITE
//!                  v
//!             Proceeding --2xx from user--> Accepted --L--> over
//!                  |                        (INVITE absorbed; the user repeats its 2xx)
//!              3xx-6xx from user
//!                  v
//!             Completed --ACK--> Confirmed --I--> over
//!                  |  G: repeat
//!                  '--H--> over, no ACK came
//! ```
//!
//! Owns: state, timers G, H, I, L and the 200 ms before 100 Trying. Never: a message; the 2xx's
//! retransmission, which is the session's (RFC 6026 section 8.1).

use super::{Act, Class, Send, Tell, Timers};
use ids::Moment;
use std::time::Duration;

/// The user has this long to answer before the transaction says 100 (RFC 3261 section 17.2.1).
const TRYING_AFTER: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// `trying_at` until something was sent.
    Proceeding {
        trying_at: Option<Moment>,
    },
    /// `resend` is timer G with its interval, on unreliable transports; `give_up` is timer H.
    Completed {
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    },
    /// `over` is timer I.
    Confirmed {
        over: Moment,
    },
    /// `over` is timer L.
    Accepted {
        over: Moment,
    },
    Terminated,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// The same INVITE again.
    Invite,
    Ack,
    /// A response from the user.
    Respond(Class),
    Unreachable,
    /// Any timer; which one the time tells.
    Timer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InviteServer {
    pub(crate) state: State,
    pub(crate) reliable: bool,
}

impl InviteServer {
    pub(crate) fn new(now: Moment, reliable: bool) -> Self {
        Self { state: State::Proceeding { trying_at: Some(now + TRYING_AFTER) }, reliable }
    }

    pub(crate) fn deadline(&self) -> Moment {
        match self.state {
            State::Proceeding { trying_at } => trying_at.unwrap_or(Moment::NEVER),
            State::Completed { resend, give_up } => {
                resend.map_or(give_up, |(at, _)| at.min(give_up))
            }
            State::Confirmed { over } | State::Accepted { over } => over,
            State::Terminated => Moment::NEVER,
        }
    }

    pub(crate) fn handle(&mut self, now: Moment, timers: &Timers, input: Input) -> Act {
        match (self.state, input) {
            (State::Proceeding { .. }, Input::Respond(class)) => self.respond(now, timers, class),
            (State::Proceeding { trying_at }, Input::Timer) => match trying_at {
                Some(at) if at <= now => {
                    self.state = State::Proceeding { trying_at: None };
                    Act { send: Send::Trying, tell: Tell::Nothing }
                }
                _ => Act::NONE,
            },
            // The kept provisional response again; nothing is kept before the first one.
            (State::Proceeding { .. }, Input::Invite) => Act::SEND,
            (State::Proceeding { .. } | State::Completed { .. }, Input::Unreachable) => {
                self.state = State::Terminated;
                Act::UNREACHABLE
            }
            (State::Completed { .. }, Input::Invite) => Act::SEND,
            (State::Completed { .. }, Input::Ack) => {
                let wait = if self.reliable { Duration::ZERO } else { timers.t4 };
                self.state = if self.reliable {
                    State::Terminated
                } else {
                    State::Confirmed { over: now + wait }
                };
                Act::NONE
            }
            (State::Completed { resend, give_up }, Input::Timer) => {
                self.completed_timer(now, timers, resend, give_up)
            }
            (State::Confirmed { over } | State::Accepted { over }, Input::Timer) => {
                if over <= now {
                    self.state = State::Terminated;
                }
                Act::NONE
            }
            (State::Accepted { .. }, Input::Respond(Class::Success)) => Act::SEND,
            (State::Accepted { .. }, Input::Ack) => Act::TELL,
            // RFC 6026 section 7.1: the user is told but the transaction stays.
            // Section 17.2.4: the user hears of a response that could not be sent.
            (State::Accepted { .. }, Input::Unreachable) => Act::UNREACHABLE,
            (State::Accepted { .. }, Input::Invite | Input::Respond(_))
            | (State::Proceeding { .. }, Input::Ack)
            | (State::Completed { .. }, Input::Respond(_))
            | (State::Confirmed { .. }, _)
            | (State::Terminated, _) => Act::NONE,
        }
    }

    fn respond(&mut self, now: Moment, timers: &Timers, class: Class) -> Act {
        self.state = match class {
            Class::Provisional => State::Proceeding { trying_at: None },
            Class::Success => State::Accepted { over: now + timers.give_up() },
            Class::Failure => State::Completed {
                resend: (!self.reliable).then_some((now + timers.t1, timers.t1)),
                give_up: now + timers.give_up(),
            },
        };
        Act::SEND
    }

    fn completed_timer(
        &mut self,
        now: Moment,
        timers: &Timers,
        resend: Option<(Moment, Duration)>,
        give_up: Moment,
    ) -> Act {
        if give_up <= now {
            self.state = State::Terminated;
            return Act::TIMED_OUT;
        }
        match resend {
            Some((at, interval)) if at <= now => {
                let interval = (interval * 2).min(timers.t2);
                self.state = State::Completed { resend: Some((now + interval, interval)), give_up };
                Act::SEND
            }
            _ => Act::NONE,
        }
    }
}
