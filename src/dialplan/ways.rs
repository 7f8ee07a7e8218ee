//! From step to step: entering, leaving by an outcome, calling flows and coming back, ending.
//!
//! Owns: nothing of its own; it is the part of the walk that moves.
//! Never: a loop: each move is one turn of the walk, and turns are counted.

use crate::event::{Action, Trace};
use crate::limits::{CALL_DEPTH_MAX, STEPS_ENTERED_MAX};
use crate::plan::{Outcome, Step, Target};
use crate::speech::Speech;
use crate::spoken::Spoken;
use crate::walk::{Doing, Emergency, Walk};

impl Walk {
    pub(crate) fn enter(&mut self, step: usize) {
        self.entered += 1;
        if self.entered > STEPS_ENTERED_MAX {
            return self.give_up("too many steps");
        }
        self.at = step;
        let plan = self.plan.clone();
        let here = &plan.steps[step];
        self.trace(Trace::StepEntered {
            flow: plan.flows[here.flow].name.clone(),
            step: here.name.clone(),
            verb: here.verb.name(),
        });
        if !self.foreseen(here) {
            here.verb.enter(self);
        }
    }

    /// The step the call is in, with the plan kept alive.
    pub(crate) fn here<R>(&mut self, look: impl FnOnce(&mut Self, &Step) -> R) -> R {
        let plan = self.plan.clone();
        look(self, &plan.steps[self.at])
    }

    /// Leaves the step. An outcome without a way of its own takes the way of `error`.
    pub(crate) fn leave(&mut self, outcome: Outcome) {
        let plan = self.plan.clone();
        let here = &plan.steps[self.at];
        self.trace(Trace::StepLeft { step: here.name.clone(), outcome: outcome.to_string() });
        let way = here.exits.get(&outcome).or_else(|| here.exits.get(&Outcome::Error));
        match (way, self.callers.last()) {
            (Some(Target::Step(next)), _) => {
                let next = self.led_away(&here.name).unwrap_or(*next);
                self.doing = Doing::Entering(next);
            }
            (Some(Target::End), Some(caller)) => {
                self.at = *caller;
                self.callers.pop();
                self.doing = Doing::Saying(Outcome::Then);
            }
            (Some(Target::End), None) => self.doing = Doing::Closing("end".to_owned()),
            (None, _) => self.give_up("error"),
        }
    }

    /// The emergency step, if the switch wants this call there: no called flow is gone back to.
    fn led_away(&mut self, step: &str) -> Option<usize> {
        if self.emergency != Emergency::Wanted {
            return None;
        }
        let to = self.plan.emergency()?;
        self.emergency = Emergency::Taken;
        self.callers.clear();
        let because = "the emergency switch is on".to_owned();
        let known = Vec::new();
        self.trace(Trace::Branch { step: step.to_owned(), because, known });
        Some(to)
    }

    /// Says lines, then leaves.
    pub(crate) fn leave_when_said(&mut self, outcome: Outcome) {
        self.doing = Doing::Saying(outcome);
    }

    /// Says lines, then ends the call.
    pub(crate) fn close_when_said(&mut self, reason: &str) {
        self.doing = Doing::Closing(reason.to_owned());
    }

    /// Goes into another flow; its `end` leaves this step by `then`.
    pub(crate) fn call_flow(&mut self, entry: usize) {
        if self.callers.len() >= CALL_DEPTH_MAX {
            return self.leave(Outcome::Error);
        }
        self.callers.push(self.at);
        self.doing = Doing::Entering(entry);
    }

    pub(crate) fn give_up(&mut self, reason: &str) {
        let _said = self.say(&Spoken::built_in("tech_error"), false);
        self.close_when_said(reason);
    }

    pub(crate) fn hang_up(&mut self, reason: &str) {
        if self.over() {
            return;
        }
        if reason == "caller hung up" {
            let step = self.step().to_owned();
            self.trace(Trace::StepLeft { step, outcome: Outcome::Hangup.to_string() });
        }
        self.ahead.wipe();
        // What played ends with the call: nothing is waited for any more.
        self.speech = Speech::default();
        self.doing = Doing::Over;
        self.actions.push_back(Action::Hangup { reason: reason.to_owned() });
    }
}
