//! One step at the gateway: a log-in where it wants one, then the request and its answer.
//!
//! ```text
//!  Conversation ─greeted→ log-in? ─no──────────────────────────────▶ Greeted ─send─▶ Answered
//!                            └─yes─▶ answer ─▶ a second Conversation ──▲
//! ```
//! Both have to be done within the time of one: whoever waits for it counts once.

use crate::furniture::Furniture;
use crate::gateway::{Conversation, Failed, Progress, Request};
use crate::limits::PLAIN_REQUEST_BYTES;
use ids::Moment;
use rustix::event::PollFlags;
use std::os::fd::BorrowedFd;
use zeroize::Zeroize;

/// One step.
pub struct Visit {
    talk: Conversation,
    logs_in: bool,
}

impl Visit {
    /// Begins to connect.
    ///
    /// # Errors
    /// There is no address that could be tried.
    pub fn begin(now: Moment, room: &Furniture) -> Result<Self, Failed> {
        Ok(Self { talk: room.call_gateway(now)?, logs_in: true })
    }

    /// With another end than its own.
    pub fn until(mut self, deadline: Moment) -> Self {
        self.talk = self.talk.until(deadline);
        self
    }

    /// What to wait for.
    pub fn interest(&self) -> (BorrowedFd<'_>, PollFlags) {
        self.talk.interest()
    }

    /// When it is too late.
    pub fn deadline(&self) -> Moment {
        self.talk.deadline()
    }

    /// Goes on as far as it can; [`Progress::Greeted`] asks for the request itself.
    ///
    /// # Errors
    /// [`Failed`]: it is over. A log-in that failed has sent nothing of the request.
    pub fn go_on(&mut self, now: Moment, room: &Furniture) -> Result<Progress, Failed> {
        if !self.logs_in {
            return self.talk.go_on(now);
        }
        let unsent = |why| if why == Failed::NoAnswer { Failed::LateUnsent } else { why };
        match self.talk.go_on(now).map_err(unsent)? {
            Progress::Working => Ok(Progress::Working),
            Progress::Greeted => self.log_in(now, room),
            Progress::Answered(answer) => {
                room.gateway.logged_in(now, &answer).map_err(|_| Failed::Credentials)?;
                self.logs_in = false;
                self.talk = room.call_gateway(now)?.until(self.deadline());
                Ok(Progress::Working)
            }
        }
    }

    fn log_in(&mut self, now: Moment, room: &Furniture) -> Result<Progress, Failed> {
        let mut memory = [0; PLAIN_REQUEST_BYTES];
        let mut request = Request::in_place(&mut memory);
        self.logs_in = room.gateway.log_in(now, &mut request);
        if !self.logs_in {
            return Ok(Progress::Greeted);
        }
        let (head, body) = request.finish().ok_or(Failed::LateUnsent)?;
        let sent = self.talk.send(head, body);
        memory.zeroize();
        sent.map_err(|_| Failed::LateUnsent)?;
        Ok(Progress::Working)
    }

    /// Encrypts the request from where it lies. Only after [`Progress::Greeted`].
    ///
    /// # Errors
    /// [`Failed::NoAnswer`]: some of it may have left.
    pub fn send(&mut self, head: &[u8], body: &[u8]) -> Result<(), Failed> {
        self.talk.send(head, body)
    }
}
