//! A call that is connected to somebody else: who rings, who talks, and what comes of it.
//!
//! ```text
//!              answered               asks for T by REFER              T answers
//!  Ringing(B) ---------> Talking(B) ----------------------> Moving(B,T) --------> Talking(T)
//!     | busy, no answer,     | B hangs up                     | T fails: Talking(B) again
//!     | failed               |                                | B hangs up: Ringing(T)
//!     v                      v                                v  the call itself ends: all others are let go
//!   (none): the flow goes on with the outcome
//!  Away --NOTIFY: how the caller's own phone fared (RFC 3515)--> the flow goes on
//! ```
//! Owns: which calls belong together, in what order who is rung, connected, told and let go.
//! Never: a message, a leg, a flow; `connecting` does what is decided here.

use ids::{CallId, LegId, PlayId, RequestId};

/// Where a call stands with the ones it is connected to. It lives in the call that was there first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bridge {
    /// The other side rings.
    Ringing { to: CallId },
    /// Both talk.
    Talking { with: CallId },
    /// The one it talked with wants it to talk with somebody else, who rings.
    Moving { from: CallId, to: CallId },
    /// The peer was asked to call somebody by itself.
    Away,
}

/// Why nobody answered, as a flow tells it apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missed {
    Busy,
    NoAnswer,
    /// Refused, or there is no way to it.
    Failed,
    /// It could not be tried.
    Untried,
}

impl Missed {
    /// The status that whoever asked for it by REFER is told (RFC 3515 section 2.4.5).
    pub(crate) const fn status(self) -> u16 {
        match self {
            Missed::Busy => 486,
            Missed::NoAnswer => 480,
            Missed::Failed => 603,
            Missed::Untried => 503,
        }
    }

    /// What the final status of another one's call means to us.
    pub(crate) const fn of(status: u16) -> Missed {
        match status {
            486 | 600 => Missed::Busy,
            408 | 480 | 487 => Missed::NoAnswer,
            _ => Missed::Failed,
        }
    }
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    Rings(CallId),
    Answered(CallId),
    Missed(CallId, Missed),
    /// It was answered and is over, or never came to anything.
    Gone(CallId),
    /// Whom it talks with asks that it talk with this one.
    Move(CallId),
    /// The last word about the call that our peer makes by itself.
    Told(u16),
    /// The flow does not wait for it any more.
    Unwanted,
    /// The call itself is over.
    Over,
}

/// What is to be done, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// It and whoever hands it on hear that somebody is rung, until they hear something better.
    RingBack(CallId),
    /// Both hear each other.
    Connect(CallId),
    /// They do not any more.
    Part(CallId),
    /// The other one is not needed here: its own flow goes on, or it is ended.
    LetGo(CallId),
    /// It asked for what was done: it is ended.
    Dismiss(CallId),
    /// Whoever asked by REFER hears how it goes.
    Report(CallId, u16),
    /// The flow goes on: both have talked.
    Served,
    /// The flow goes on: it was not to be.
    GoOn(Missed),
}

impl Bridge {
    /// What follows from the news. News of calls that are no part of it changes nothing.
    pub(crate) fn handle(self, news: News) -> (Option<Bridge>, Vec<Deed>) {
        use Bridge as B;
        use Deed as D;
        use News as N;
        match (self, news) {
            (B::Ringing { to }, N::Answered(call)) if call == to => {
                (Some(B::Talking { with: to }), vec![D::Connect(to)])
            }
            (B::Ringing { to }, N::Rings(call)) if call == to => {
                (Some(self), vec![D::RingBack(to)])
            }
            (B::Ringing { to }, N::Missed(call, why)) if call == to => (None, vec![D::GoOn(why)]),
            (B::Ringing { to }, N::Gone(call)) if call == to => {
                (None, vec![D::GoOn(Missed::Failed)])
            }
            (B::Ringing { to }, N::Unwanted | N::Over) => (None, vec![D::LetGo(to)]),
            (B::Talking { with }, N::Gone(call)) if call == with => {
                (None, vec![D::Part(with), D::Served])
            }
            (B::Talking { with }, N::Unwanted | N::Over) => {
                (None, vec![D::Part(with), D::LetGo(with)])
            }
            (B::Talking { with: from }, N::Move(to)) => {
                (Some(B::Moving { from, to }), vec![D::Part(from), D::RingBack(from)])
            }
            (B::Moving { from, to }, news) => Bridge::moving(from, to, news),
            (B::Away, N::Told(200..300)) => (None, vec![D::Served]),
            (B::Away, N::Told(status)) => (None, vec![D::GoOn(Missed::of(status))]),
            (B::Away, N::Unwanted | N::Over) => (None, Vec::new()),
            (
                B::Ringing { .. } | B::Talking { .. } | B::Away,
                N::Rings(_) | N::Answered(_) | N::Missed(..) | N::Gone(_) | N::Move(_) | N::Told(_),
            ) => (Some(self), Vec::new()),
        }
    }

    fn moving(from: CallId, to: CallId, news: News) -> (Option<Bridge>, Vec<Deed>) {
        use Deed as D;
        let again = |status| {
            let back = vec![D::Report(from, status), D::Connect(from)];
            (Some(Bridge::Talking { with: from }), back)
        };
        match news {
            News::Rings(call) if call == to => {
                (Some(Bridge::Moving { from, to }), vec![D::Report(from, 180)])
            }
            News::Answered(call) if call == to => {
                let deeds = vec![D::Report(from, 200), D::Connect(to), D::Dismiss(from)];
                (Some(Bridge::Talking { with: to }), deeds)
            }
            News::Missed(call, why) if call == to => again(why.status()),
            News::Gone(call) if call == to => again(Missed::Failed.status()),
            // Phones hang up as soon as their REFER is taken on; the ringing goes on.
            News::Gone(call) if call == from => (Some(Bridge::Ringing { to }), Vec::new()),
            News::Unwanted | News::Over => (None, vec![D::LetGo(to), D::LetGo(from)]),
            News::Rings(_)
            | News::Answered(_)
            | News::Missed(..)
            | News::Gone(_)
            | News::Move(_)
            | News::Told(_) => (Some(Bridge::Moving { from, to }), Vec::new()),
        }
    }

    /// Whether it hears nobody and is owed a sound.
    pub(crate) fn waits(self) -> bool {
        !matches!(self, Bridge::Talking { .. })
    }
}

/// What a call knows of its bridge, besides where that stands.
#[derive(Default, Debug)]
pub(crate) struct Ties {
    /// In the call that was there first.
    pub bridge: Option<Bridge>,
    /// In every other one: the call that was there first.
    pub of: Option<CallId>,
    /// It was made for another call, and runs no flow of its own.
    pub second: bool,
    /// What its flow waits for meanwhile.
    pub errand: Option<RequestId>,
    /// Whose phone it is, by proof.
    pub user: Option<String>,
    /// The prompt that plays.
    pub saying: Option<PlayId>,
    /// The sound that plays in the place of a prompt.
    pub sound: Option<(PlayId, crate::effect::Sound)>,
    /// The leg on whose media thread its own is opened.
    pub beside: Option<LegId>,
    /// The first leg of those on one media thread, if it is another one: only they can be bridged.
    pub group: Option<LegId>,
    /// What its leg is on the way for, and to whose thread.
    pub fetched: Option<(crate::gathering::Fetched, LegId)>,
    /// Whom it dialled, until they are rung, and what it is answered then.
    pub dialled: Option<crate::connecting::Whom>,
    pub held: Option<Box<crate::dialled::Held>>,
    /// Who was to be on the line, last.
    pub whom: String,
    /// It has talked with somebody.
    pub served: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect_file;
    use std::fmt::Write;

    const FIRST: CallId = CallId(1);
    const SECOND: CallId = CallId(2);
    const STRANGER: CallId = CallId(9);

    #[test]
    fn every_state_answers_every_news_as_the_table_says() {
        let states = [
            Bridge::Ringing { to: FIRST },
            Bridge::Talking { with: FIRST },
            Bridge::Moving { from: FIRST, to: SECOND },
            Bridge::Away,
        ];
        let of = |call| {
            let missed = [Missed::Busy, Missed::NoAnswer, Missed::Failed, Missed::Untried];
            let missed = missed.map(|why| News::Missed(call, why));
            [News::Rings(call), News::Answered(call), News::Gone(call), News::Move(call)]
                .into_iter()
                .chain(missed)
        };
        let told = [200, 202, 408, 486, 603].map(News::Told);
        let all = of(FIRST).chain(of(SECOND)).chain(told).chain([News::Unwanted, News::Over]);
        let all: Vec<News> = all.collect();
        let mut table = String::new();
        for state in states {
            for news in &all {
                let (next, deeds) = state.handle(*news);
                let next = next.map_or("none".to_owned(), |next| format!("{next:?}"));
                let _ = writeln!(table, "{state:?} × {news:?} -> {next} {deeds:?}");
            }
        }
        expect_file!["tests/bridge.txt"].assert_eq(&table);
    }

    #[test]
    fn news_of_strangers_changes_nothing() {
        let states = [
            Bridge::Ringing { to: FIRST },
            Bridge::Talking { with: FIRST },
            Bridge::Moving { from: FIRST, to: SECOND },
        ];
        for state in states {
            for news in [News::Rings(STRANGER), News::Answered(STRANGER), News::Gone(STRANGER)] {
                assert_eq!(state.handle(news), (Some(state), Vec::new()));
            }
        }
    }

    /// However a call ends, nobody whom it held is forgotten.
    #[test]
    fn the_end_of_a_call_lets_go_of_everybody_it_held() {
        let held = |state: Bridge| match state {
            Bridge::Ringing { to } => vec![to],
            Bridge::Talking { with } => vec![with],
            Bridge::Moving { from, to } => vec![to, from],
            Bridge::Away => Vec::new(),
        };
        let states = [
            Bridge::Ringing { to: FIRST },
            Bridge::Talking { with: FIRST },
            Bridge::Moving { from: FIRST, to: SECOND },
            Bridge::Away,
        ];
        for state in states {
            let (next, deeds) = state.handle(News::Over);
            let let_go = deeds.iter().filter_map(|deed| match deed {
                Deed::LetGo(call) => Some(*call),
                _ => None,
            });
            assert_eq!((next, let_go.collect::<Vec<_>>()), (None, held(state)));
        }
    }
}
