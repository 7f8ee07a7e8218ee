//! Who has answered our call: a person, or an answering machine? And when does it beep?
//!
//! ```text
//!  samples ─► Ear ─► 10 ms: level, voicing, tone ─► Judge (Voice, Beep) ─► News
//! ```
//! Three results, with how sure and how soon; "unknown" is to be treated as a person. The thresholds
//! stand in `marks`; where they come from, and how well they do, is in tests/answering of the whole.
//!
//! Owns: nothing but its two parts.
//! Never: packets, calls, what is said to whom.

mod beep;
mod ear;
mod judge;
mod marks;
mod tones;
mod voice;

pub use ear::{Ear, STEP, Sound};
pub use judge::Judge;
pub use marks::{MARKS, Marks, Sure};

/// Who it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Who {
    /// A person.
    Human,
    /// An answering machine.
    Machine,
    /// Not sure in time: to be treated as a person.
    Unknown,
}

/// One verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Who.
    pub who: Who,
    /// How often such a verdict is right, in percent; 0 for [`Who::Unknown`].
    pub sure_percent: u8,
    /// Milliseconds of sound since the answer.
    pub after_ms: u32,
}

/// What is told while listening.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// The first word.
    SpeechBegan,
    /// The first silence of 500 ms after words, or 1.8 s without any: say who is calling.
    MaySpeak,
    /// Who it is. A machine may still follow a person or unknown; then this is told again.
    Verdict(Verdict),
    /// A beep, and 200 ms of silence after it: leave your message.
    Beep,
    /// A machine has been silent for 2 s: it may record without a beep.
    SilentAfterMachine,
    /// 20 s were listened to; nothing follows.
    Over,
}

/// Both parts together, for one answered call.
pub struct Answering {
    ear: Ear,
    judge: Judge,
}

impl Answering {
    /// Listens from the answer on; a verdict is wanted within this time.
    pub fn new(within_ms: u32) -> Self {
        Self { ear: Ear::default(), judge: Judge::new(MARKS, within_ms) }
    }

    /// Takes samples in pieces of any size, and tells what they mean.
    pub fn listen(&mut self, samples: &[i16], mut news: impl FnMut(News)) {
        let Self { ear, judge } = self;
        ear.listen(samples, |sound| judge.hear(sound, &mut news));
    }

    /// True once 20 s were heard.
    pub fn is_over(&self) -> bool {
        self.judge.is_over()
    }
}
