//! `transfer`: the call goes to somebody: a number, or one of our own people on whichever phone.

use super::contract::Contract;
use super::queue::connecting;
use super::{Need, Spec, way, word};
use crate::errand::{Errand, Progress, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;
use std::time::Duration;

pub(crate) const SPEC: Spec = Spec {
    name: "transfer",
    does: "Connects the caller with a number or one of our own people: attended (the other side is rung, \
           the caller hears ringback until it answers, and 'answered' comes when they have talked), or \
           blind (the caller's own phone is asked to call). Where it fails the caller is back in the \
           dialplan.",
    words: &[
        word("to", "to \"+48221234567\"", "a number in E.164, a user's name, or \"sip:name@here\""),
        word("way", "way blind|attended", "habit: attended"),
        word("ring", "ring \"25s\"", "how long it rings (5s–120s)"),
    ],
    outcomes: &[
        way(Outcome::Answered, Need::Bound, false, "both have talked, and the other side hung up"),
        way(Outcome::Busy, Need::Bound, false, "it is busy"),
        way(Outcome::NoAnswer, Need::Bound, false, "nobody answered"),
        way(Outcome::Failed, Need::Bound, false, "it was refused, or there is no way to it"),
        way(Outcome::Error, Need::Bound, false, "it could not be tried"),
    ],
    example: "transfer front-desk {\n    to \"+48221234567\"; way attended; ring \"25s\"\n    answered \
              end; busy call-back; no-answer call-back; failed call-back; error trouble\n}",
    contract: Contract {
        waits: Duration::from_secs(155),
        person: true,
        ledger: true,
        live: true,
        ..Contract::ERRAND
    },
};

#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    to: String,
    attended: bool,
    pub(crate) ring: Duration,
}

#[derive(Debug)]
struct Transferring {
    talking: bool,
}

impl Transfer {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let (to, span) = reader.needed_word("to", "to \"+48221234567\"").unwrap_or_default();
        let number = to.strip_prefix('+').unwrap_or(&to);
        let digits = number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit());
        let name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let user = to.starts_with(|c: char| c.is_ascii_lowercase()) && to.chars().all(name);
        let uri = to.strip_prefix("sips:").or_else(|| to.strip_prefix("sip:"));
        let uri = uri.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
        if !to.is_empty() && !digits && !uri && !user {
            let fault = reader.faults.error(span, format!("nobody can be reached at '{to}'"));
            fault.help =
                Some("write to \"+48221234567\", to anna or to \"sip:anna@here\"".to_owned());
        }
        let attended = reader.one_of("way", &[("blind", false), ("attended", true)]);
        let range = Duration::from_secs(5)..=Duration::from_secs(120);
        let ring = reader.time_line("ring", range).unwrap_or(Duration::from_secs(25));
        Self { to, attended: attended.unwrap_or(true), ring }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        ["transfer_connecting", "transfer_connecting_unverified"].map(Spoken::built_in).to_vec()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.say(&connecting(walk), true) {
            return walk.leave(Outcome::Error);
        }
        let Transfer { to, attended, ring } = self.clone();
        let errand = Errand::Transfer { to, attended, ring };
        walk.errand(errand, Transferring { talking: false });
    }
}

impl talk::Talk for Transferring {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        walk.leave(match reply {
            Reply::Answered => Outcome::Answered,
            Reply::Busy => Outcome::Busy,
            Reply::NoAnswer => Outcome::NoAnswer,
            Reply::NotTransferred => Outcome::Failed,
            _ => Outcome::Error,
        });
    }

    fn late(self: Box<Self>, walk: &mut Walk, outcome: Outcome) {
        walk.leave(if self.talking { Outcome::Answered } else { outcome });
    }

    fn progress(&mut self, progress: Progress) -> Option<Spoken> {
        self.talking |= progress == Progress::Connected;
        None
    }
}
