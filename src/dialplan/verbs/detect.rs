//! `detect`: a person, or an answering machine?

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::errand::{Errand, Reply};
use crate::limits::{DETECT_GRACE, DETECT_LONGEST};
use crate::plan::Outcome;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;
use std::time::Duration;

pub(crate) const SPEC: Spec = Spec {
    name: "detect",
    does: "Finds out whether a person or a machine has answered our call. When in doubt it is a \
           person: 'unknown' should lead where 'human' leads. Silence is never a machine.",
    words: &[word("within", "within \"2s\"", "decide within this time (500ms–5s, habit 2s)")],
    outcomes: &[
        way(Outcome::Human, Need::Bound, false, "a person"),
        way(Outcome::Machine, Need::Bound, false, "a machine"),
        way(Outcome::Unknown, Need::Bound, false, "not sure in time"),
        way(Outcome::Error, Need::Free, false, "nobody listened; unbound, the flow's 'error'"),
    ],
    example: "detect who {\n    within \"2s\"\n    human ask-name; machine leave-word; unknown ask-name\n}",
    contract: Contract {
        waits: DETECT_LONGEST.saturating_add(DETECT_GRACE),
        speaks: false,
        live: true,
        ..Contract::ERRAND
    },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Detect {
    within: Duration,
}

#[derive(Debug)]
struct Listening;

impl Detect {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let within = reader.time_line("within", Duration::from_millis(500)..=DETECT_LONGEST);
        Self { within: within.unwrap_or(Duration::from_secs(2)) }
    }

    pub(crate) fn enter(self, walk: &mut Walk) {
        walk.errand(Errand::Detect { within: self.within }, Listening);
    }
}

impl talk::Talk for Listening {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        walk.leave(match reply {
            Reply::Human => Outcome::Human,
            Reply::Machine => Outcome::Machine,
            Reply::Unsure => Outcome::Unknown,
            _ => Outcome::Error,
        });
    }
}
