//! What comes after an attempt of a call that failed: another target, the same one with fewer codecs,
//! or the truth.
//!
//! ```text
//!   nobody there (no path, no 100 in 2 s, 408, 500, 502, 503, 504) -> the next target, the next trunk
//!   488                                                          -> once more, narrow codecs
//!   the network knows the person (404, 480, 484, 486, 487, 6xx …) -> the end
//!   somebody was heard already (early media)                      -> the end
//!   a phone of a user is off, silent or unknown there            -> the user's next phone
//! ```
//!
//! Owns: the list of candidates of one call and the verdict on each attempt.
//! Never: a message; the caps of a trunk.

use sip::Path;
use std::collections::VecDeque;

/// One way a call may take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Candidate {
    /// What it leads over.
    pub(crate) over: Over,
    /// The next hop.
    pub(crate) path: Path,
}

/// What a way leads over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Over {
    /// A trunk, by its place in the list, and the host that the Request-URI names.
    Trunk(usize, String),
    /// A user's phone, where it has registered.
    Phone(String, Box<sip::Binding>),
}

impl Candidate {
    /// Which trunk, if it is one.
    pub(crate) fn trunk(&self) -> Option<usize> {
        match self.over {
            Over::Trunk(trunk, _) => Some(trunk),
            Over::Phone(..) => None,
        }
    }
}

/// How one attempt ended without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Outcome {
    /// The path failed.
    Unreachable,
    /// Nothing came back within 2 s, not even 100 Trying.
    NoTrying,
    /// The peer fell silent before a final answer.
    Silence,
    /// A final answer of the peer, 300–699.
    Refused(u16),
}

impl Outcome {
    /// What a failed session says. `local`: no peer said so.
    pub(crate) fn of(status: u16, local: bool) -> Outcome {
        match (status, local) {
            (408, true) => Outcome::Silence,
            (_, true) => Outcome::Unreachable,
            (status, false) => Outcome::Refused(status),
        }
    }

    /// The status that records show.
    pub(crate) fn status(self) -> u16 {
        match self {
            Outcome::Unreachable => 503,
            Outcome::NoTrying | Outcome::Silence => 408,
            Outcome::Refused(status) => status,
        }
    }

    /// What people read.
    pub(crate) fn told(self) -> String {
        match self {
            Outcome::Unreachable => "could not be reached".to_owned(),
            Outcome::NoTrying => "gave no sign within 2 s".to_owned(),
            Outcome::Silence => "fell silent".to_owned(),
            Outcome::Refused(status) => format!("answered {status}"),
        }
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Verdict {
    /// Try somebody else.
    Next,
    /// Try the same once more with the narrow list of codecs.
    Narrow,
    /// This is the result of the call.
    Final,
}

/// All ways of one call.
#[derive(Debug)]
pub(crate) struct Hunt {
    waiting: VecDeque<Candidate>,
    /// Attempts made.
    pub(crate) attempts: usize,
    /// Somebody was heard before the answer: from then on nobody else is tried.
    pub(crate) early_media: bool,
    narrowed: bool,
    /// The ways are phones of one user: what one says of itself says nothing of the others.
    phones: bool,
}

impl Hunt {
    pub(crate) fn new(candidates: Vec<Candidate>) -> Hunt {
        let phones = candidates.first().is_some_and(|way| way.trunk().is_none());
        let waiting = candidates.into_iter().take(crate::limits::ATTEMPTS_PER_CALL_MAX).collect();
        Hunt { waiting, attempts: 0, early_media: false, narrowed: false, phones }
    }

    /// The next way, if one is left.
    pub(crate) fn next(&mut self) -> Option<Candidate> {
        self.narrowed = false;
        self.waiting.pop_front()
    }

    /// The address that the first attempt would leave from.
    pub(crate) fn first(&self) -> Option<&Candidate> {
        self.waiting.front()
    }

    /// Whether the ways are phones of one user.
    pub(crate) fn is_for_phones(&self) -> bool {
        self.phones
    }

    /// Judges an attempt. `narrow`: its trunk has a narrow list.
    pub(crate) fn judge(&mut self, outcome: Outcome, narrow: bool) -> Verdict {
        if self.early_media {
            return Verdict::Final;
        }
        match outcome {
            Outcome::Unreachable | Outcome::NoTrying | Outcome::Silence => Verdict::Next,
            Outcome::Refused(408 | 500 | 502 | 503 | 504) => Verdict::Next,
            // A phone that knows no such user, or cannot do it, is not the person's word.
            Outcome::Refused(404 | 410 | 480 | 481 | 488) if self.phones => Verdict::Next,
            Outcome::Refused(488) if narrow && !self.narrowed => {
                self.narrowed = true;
                Verdict::Narrow
            }
            Outcome::Refused(_) => Verdict::Final,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunt() -> Hunt {
        Hunt::new(Vec::new())
    }

    #[test]
    fn only_who_cannot_say_anything_about_the_person_is_passed_over() {
        for status in 300..700 {
            let next = matches!(status, 408 | 500 | 502 | 503 | 504);
            let verdict = hunt().judge(Outcome::Refused(status), false);
            assert_eq!(verdict == Verdict::Next, next, "{status}");
            assert_ne!(verdict, Verdict::Narrow, "{status}");
        }
        for outcome in [Outcome::Unreachable, Outcome::NoTrying, Outcome::Silence] {
            assert_eq!(hunt().judge(outcome, true), Verdict::Next);
        }
    }

    #[test]
    fn a_488_is_asked_once_more_with_fewer_codecs_and_then_believed() {
        let mut hunt = hunt();
        assert_eq!(hunt.judge(Outcome::Refused(488), true), Verdict::Narrow);
        assert_eq!(hunt.judge(Outcome::Refused(488), true), Verdict::Final);
    }

    #[test]
    fn who_was_heard_is_not_replaced_by_somebody_else() {
        let mut hunt = hunt();
        hunt.early_media = true;
        assert_eq!(hunt.judge(Outcome::Refused(503), true), Verdict::Final);
        assert_eq!(hunt.judge(Outcome::Silence, true), Verdict::Final);
    }

    #[test]
    fn a_408_that_we_made_ourselves_is_silence_and_not_the_peers_word() {
        assert_eq!(Outcome::of(408, true), Outcome::Silence);
        assert_eq!(Outcome::of(503, true), Outcome::Unreachable);
        assert_eq!(Outcome::of(408, false), Outcome::Refused(408));
    }
}
