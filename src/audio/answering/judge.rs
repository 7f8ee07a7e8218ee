//! Who has answered our call: a person or a machine? From what the line sounds like, step by step.
//!
//! ```text
//!            speech begins                  a pause
//!  Waiting ────────────────► First utterance ─────────► Human
//!     │                         │          │              │
//!     │ 1.8 s of nothing        │ time     │ too long     │ a beep
//!     ▼                         ▼          ▼              │
//!  Unknown ◄─────────────────── ┘       Machine ◄─────────┘
//!     └───── a beep, or it talks on ───────▲
//! ```
//! A person answers shortly and waits; a machine talks on. Silence is never a machine, and in doubt it
//! is a person. A verdict of "machine" may still follow one of "human" or "unknown": when a beep is
//! heard, or when the first utterance simply goes on.
//!
//! Owns: utterances, pauses, the verdict, the silence after a machine's speech.
//! Never: samples (that is `ear`), a clock: its time is the sound it was given.

use super::beep::Beep;
use super::ear::Sound;
use super::marks::Marks;
use super::voice::Voice;
use super::{News, Verdict, Who};

/// Milliseconds of one step.
const STEP_MS: u32 = 10;
/// Silence after which our own sentence may begin (defaults.md).
const MAY_SPEAK_MS: u32 = 500;
/// Who has said nothing until then is asked (defaults.md).
const NOTHING_SAID_MS: u32 = 1_800;
/// Silence after a machine's words that stands for a beep (defaults.md).
const MACHINE_SILENT_MS: u32 = 2_000;
/// Then nothing more is listened for (defaults.md).
const LISTEN_MS: u32 = 20_000;
/// How much of a beginning was over when it was noticed.
const NOTICED_AFTER_MS: u32 = 80;
/// Weight of one step in the mean of the contrast: half a second counts.
const CONTRAST_WEIGHT: f32 = 0.02;
/// By how much the memory of the loudest moment fades in a step: 10 dB a second.
const FADES_DB: f32 = 0.1;
/// Somebody so much louder than all before is another one, nearer to the telephone.
const NEARER_DB: f32 = 8.0;

/// Speech with no pause in it that would end it.
#[derive(Clone, Copy, Debug)]
struct Utterance {
    began_ms: u32,
    heard_ms: u32,
    /// How far the voice stands over the noise.
    contrast_db: f32,
    /// The loudest of it lately, over the noise.
    peak_db: f32,
    /// Nothing was said before it.
    first: bool,
}

impl Utterance {
    fn length_ms(self) -> u32 {
        self.heard_ms - self.began_ms
    }

    /// Goes on with a step that is so far over the noise; false when that is too little beside the rest.
    fn goes_on(&mut self, now_ms: u32, over_db: f32, marks: &Marks) -> bool {
        self.peak_db -= FADES_DB;
        if over_db < self.peak_db - marks.under_peak_db {
            return false;
        }
        if over_db > self.peak_db + NEARER_DB {
            self.began_ms = now_ms.saturating_sub(NOTICED_AFTER_MS).max(self.began_ms);
            self.contrast_db = over_db;
        }
        self.peak_db = self.peak_db.max(over_db);
        self.heard_ms = now_ms;
        self.contrast_db += CONTRAST_WEIGHT * (over_db - self.contrast_db);
        true
    }
}

/// The machine that decides.
pub struct Judge {
    marks: Marks,
    within_ms: u32,
    now_ms: u32,
    voice: Voice,
    beep: Beep,
    utterance: Option<Utterance>,
    /// When a voice was heard last, if one was.
    heard_ms: Option<u32>,
    verdict: Option<Who>,
    may_speak: bool,
    silence_told: bool,
}

impl Judge {
    /// A verdict is wanted within this time of the answer.
    pub fn new(marks: Marks, within_ms: u32) -> Self {
        Self {
            marks,
            within_ms,
            now_ms: 0,
            voice: Voice::default(),
            beep: Beep::default(),
            utterance: None,
            heard_ms: None,
            verdict: None,
            may_speak: false,
            silence_told: false,
        }
    }

    /// True once 20 s were heard: nothing will be told any more.
    pub fn is_over(&self) -> bool {
        self.now_ms >= LISTEN_MS
    }

    /// The next 10 ms of the line.
    pub fn hear(&mut self, sound: Sound, mut news: impl FnMut(News)) {
        if self.is_over() {
            return;
        }
        self.now_ms += STEP_MS;
        let over_db = self.voice.hear(sound, self.beep.is_tone(), &self.marks);
        let speech = self.follow(over_db, &mut news);
        if self.beep.hear(sound, speech) {
            news(News::Beep);
            self.decide(Who::Machine, self.marks.sure.beep, &mut news);
        }
        self.talks_on(&mut news);
        self.falls_silent(&mut news);
        self.time_passes(&mut news);
        if self.is_over() {
            news(News::Over);
        }
    }

    /// Begins an utterance, goes on with it, or ends it; true while one is heard.
    fn follow(&mut self, over_db: Option<f32>, news: &mut impl FnMut(News)) -> bool {
        let (now_ms, marks) = (self.now_ms, &self.marks);
        let heard = match (&mut self.utterance, over_db) {
            (Some(utterance), Some(over_db)) => utterance.goes_on(now_ms, over_db, marks),
            (None, Some(over_db)) if self.voice.begins(marks) => {
                let first = self.heard_ms.is_none();
                if first {
                    news(News::SpeechBegan);
                }
                let began_ms = now_ms.saturating_sub(NOTICED_AFTER_MS);
                let (heard_ms, contrast_db, peak_db) = (now_ms, over_db, over_db);
                self.utterance =
                    Some(Utterance { began_ms, heard_ms, contrast_db, peak_db, first });
                true
            }
            _ => false,
        };
        if heard {
            self.heard_ms = Some(now_ms);
            self.silence_told = false;
        } else {
            self.pauses(news);
        }
        heard
    }

    /// Whoever says something and then waits is a person.
    fn pauses(&mut self, news: &mut impl FnMut(News)) {
        let Some(utterance) = self.utterance else { return };
        let (pause_ms, sure) = match utterance.length_ms() <= self.marks.short_ms {
            true => (self.marks.short_pause_ms, self.marks.sure.short),
            false => (self.marks.long_pause_ms, self.marks.sure.long),
        };
        if self.now_ms - utterance.heard_ms >= pause_ms {
            self.utterance = None;
            if self.verdict.is_none() {
                self.decide(Who::Human, sure, news);
            }
        }
    }

    /// Whoever does not pause is a machine, unless it is the room that does not.
    fn talks_on(&mut self, news: &mut impl FnMut(News)) {
        let Some(utterance) = self.utterance.filter(|u| u.first) else { return };
        if utterance.length_ms() > self.marks.machine_ms
            && utterance.contrast_db >= self.marks.machine_contrast_db
        {
            self.decide(Who::Machine, self.marks.sure.talk, news);
        }
    }

    fn falls_silent(&mut self, news: &mut impl FnMut(News)) {
        let Some(heard_ms) = self.heard_ms else { return };
        let silent_ms = self.now_ms - heard_ms;
        if silent_ms >= MAY_SPEAK_MS && !self.may_speak {
            self.may_speak = true;
            news(News::MaySpeak);
        }
        let machine = self.verdict == Some(Who::Machine);
        if machine && silent_ms >= MACHINE_SILENT_MS && !self.silence_told {
            self.silence_told = true;
            news(News::SilentAfterMachine);
        }
    }

    fn time_passes(&mut self, news: &mut impl FnMut(News)) {
        let nothing_said = self.heard_ms.is_none() && self.now_ms >= NOTHING_SAID_MS;
        if nothing_said && !self.may_speak {
            self.may_speak = true;
            news(News::MaySpeak);
        }
        if self.verdict.is_none() && (nothing_said || self.now_ms >= self.within_ms) {
            self.decide(Who::Unknown, 0, news);
        }
    }

    /// Tells a verdict once; only "machine" may still follow another one.
    fn decide(&mut self, who: Who, sure_percent: u8, news: &mut impl FnMut(News)) {
        if self.verdict == Some(Who::Machine) {
            return;
        }
        self.verdict = Some(who);
        news(News::Verdict(Verdict { who, sure_percent, after_ms: self.now_ms }));
    }
}
