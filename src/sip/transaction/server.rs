//! Non-INVITE server transaction (RFC 3261 section 17.2.2).
//!
//! ```text
//!   Trying --1xx--> Proceeding --2xx-6xx--> Completed --J--> over
//!      '----------------2xx-6xx----------------^
//! ```
//!
//! Owns: state and timer J. Never: a message.

use super::{Act, Class, Timers};
use ids::Moment;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Trying,
    Proceeding,
    /// `over` is timer J.
    Completed {
        over: Moment,
    },
    Terminated,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// The same request again.
    Request,
    /// A response from the user.
    Respond(Class),
    Unreachable,
    Timer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Server {
    pub(crate) state: State,
    pub(crate) reliable: bool,
}

impl Server {
    pub(crate) fn new(reliable: bool) -> Self {
        Self { state: State::Trying, reliable }
    }

    pub(crate) fn deadline(&self) -> Moment {
        match self.state {
            State::Completed { over } => over,
            State::Trying | State::Proceeding | State::Terminated => Moment::NEVER,
        }
    }

    pub(crate) fn handle(&mut self, now: Moment, timers: &Timers, input: Input) -> Act {
        match (self.state, input) {
            (State::Trying | State::Proceeding, Input::Respond(Class::Provisional)) => {
                self.state = State::Proceeding;
                Act::SEND
            }
            (
                State::Trying | State::Proceeding,
                Input::Respond(Class::Success | Class::Failure),
            ) => {
                self.state = if self.reliable {
                    State::Terminated
                } else {
                    State::Completed { over: now + timers.give_up() }
                };
                Act::SEND
            }
            (State::Proceeding | State::Completed { .. }, Input::Request) => Act::SEND,
            (State::Proceeding | State::Completed { .. }, Input::Unreachable) => {
                self.state = State::Terminated;
                Act::UNREACHABLE
            }
            (State::Completed { over }, Input::Timer) => {
                if over <= now {
                    self.state = State::Terminated;
                }
                Act::NONE
            }
            (State::Trying, Input::Request | Input::Unreachable | Input::Timer)
            | (State::Proceeding, Input::Timer)
            | (State::Completed { .. }, Input::Respond(_))
            | (State::Terminated, _) => Act::NONE,
        }
    }
}
