//! Who answers the server's calls, as the media shard would hear it: a person, a machine, or nobody who speaks.

use super::{Happening, World};
use ids::LegId;
use media::command::{News, Verdict, Who};
use std::time::Duration;

/// What is heard on a telephone that is called.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Answerer {
    /// "Hello?", and then silence.
    #[default]
    Person,
    /// A greeting of 6 s, then a beep.
    Machine,
    /// A greeting of 6 s, then nothing.
    MachineWithoutBeep,
    /// A beep at once, without a greeting.
    BeepAlone,
    /// Nothing at all.
    Silence,
}

const MACHINE: Verdict = Verdict { who: Who::Machine, sure_percent: 97, after_ms: 1_900 };

impl Answerer {
    /// What is told, and how many milliseconds after it was asked.
    fn news(self) -> Vec<(u64, News)> {
        let person = Verdict { who: Who::Human, sure_percent: 90, after_ms: 1_000 };
        let nobody = Verdict { who: Who::Unknown, sure_percent: 0, after_ms: 1_800 };
        match self {
            Self::Person => vec![(400, News::SpeechBegan), (1_000, News::Verdict(person))],
            Self::Machine => vec![
                (300, News::SpeechBegan),
                (1_900, News::Verdict(MACHINE)),
                (7_000, News::Beep),
                (9_000, News::SilentAfterMachine),
            ],
            Self::MachineWithoutBeep => {
                vec![(1_900, News::Verdict(MACHINE)), (8_300, News::SilentAfterMachine)]
            }
            Self::BeepAlone => vec![(900, News::Beep), (900, News::Verdict(MACHINE))],
            Self::Silence => vec![(1_800, News::MaySpeak), (1_800, News::Verdict(nobody))],
        }
    }
}

impl World {
    /// The server listens to who has answered.
    pub(crate) fn detect(&mut self, leg: LegId, within: Option<Duration>) {
        let answerer = self.legs.phone_of(leg).map(|phone| self.phones[phone].answerer);
        let (Some(_), Some(answerer)) = (within, answerer) else { return };
        for (after_ms, news) in answerer.news() {
            self.later(Duration::from_millis(after_ms), Happening::Answering(leg, news));
        }
        self.later(Duration::from_secs(20), Happening::Answering(leg, News::Over));
    }
}
