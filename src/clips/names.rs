//! Names and other free text, spoken at run time by espeak-ng: a robot's voice, but at once.
//!
//! Owns: the child process, its time-out, the names already spoken.
//! Never: the call path. A call that cannot wait uses the wording without the name.

use crate::level::trim;
use crate::limits::{
    NAME_LETTERS_MAX, NAME_SECONDS_MAX, NAME_TIMEOUT_MS, NAMES_KEPT_MAX, PACK_RATE_HZ,
    RECORDING_SECONDS_MAX, RENDERED_LETTERS_MAX, RENDERED_TIMEOUT_MS,
};
use crate::resample::Resampler;
use crate::resolve::Slice;
use crate::voice::coded_clip;
use audio::coding::Coding;
use ids::Lang;
use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Why a name was not spoken. The answer is always the wording without it.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// The engine does not start.
    #[error("{command} does not start: install espeak-ng, or set `names.command`")]
    Start {
        /// The configured command.
        command: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Too slow.
    #[error("the names engine took longer than {0} ms and was stopped")]
    TimedOut(u64),
    /// No sound, or not the sound that was asked for.
    #[error("the names engine gave no sound: try it by hand with --stdout")]
    NoSound,
    /// Nothing to say, or too much.
    #[error("what is spoken has 1 to {most} letters; this has {letters}")]
    Length {
        /// How many there are.
        letters: usize,
        /// How many there may be.
        most: usize,
    },
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    voice: String,
    text: String,
    coding: Coding,
}

#[derive(Default)]
struct Kept {
    spoken: HashMap<Key, (Slice, u64)>,
    uses: u64,
}

/// The names engine and what it said before.
pub struct NameVoice {
    command: PathBuf,
    voices: HashMap<Lang, String>,
    kept: Mutex<Kept>,
    patience: Patience,
}

/// How much it may be asked to say, and how long that may take.
#[derive(Clone, Copy)]
struct Patience {
    letters_max: usize,
    timeout_ms: u64,
    seconds_max: u32,
}

/// During a call.
const NAMES: Patience = Patience {
    letters_max: NAME_LETTERS_MAX,
    timeout_ms: NAME_TIMEOUT_MS,
    seconds_max: NAME_SECONDS_MAX,
};
/// At a desk.
const PROMPTS: Patience = Patience {
    letters_max: RENDERED_LETTERS_MAX,
    timeout_ms: RENDERED_TIMEOUT_MS,
    seconds_max: RECORDING_SECONDS_MAX,
};

impl NameVoice {
    /// An engine that is called like espeak-ng: `COMMAND -v VOICE --stdout -- TEXT`, WAV on its output.
    pub fn new(command: impl Into<PathBuf>) -> NameVoice {
        let voices = Lang::ALL.into_iter().map(|lang| (lang, default_voice(lang).to_owned()));
        let (voices, kept) = (voices.collect(), Mutex::default());
        NameVoice { command: command.into(), voices, kept, patience: NAMES }
    }

    /// The same for whole prompts at a desk: longer texts, more time.
    pub fn for_prompts(command: impl Into<PathBuf>) -> NameVoice {
        NameVoice { patience: PROMPTS, ..NameVoice::new(command) }
    }

    /// Uses another of the engine's voices for a language.
    pub fn with_voice(mut self, lang: Lang, voice: &str) -> NameVoice {
        self.voices.insert(lang, voice.to_owned());
        self
    }

    /// Speaks a name, or finds it among those spoken before. Blocks up to the time-out.
    ///
    /// # Errors
    /// No engine, too slow, no sound, or a text of the wrong length: use the wording without the name.
    pub fn speak(
        &self,
        lang: Lang,
        text: &str,
        coding: impl Into<Coding>,
    ) -> Result<Slice, NameError> {
        let voice = self.voices.get(&lang).cloned().unwrap_or_default();
        let key = Key { voice, text: text.trim().to_owned(), coding: coding.into() };
        if let Some(slice) = self.known(&key) {
            return Ok(slice);
        }
        let mut wide = self.wide(&key.voice, &key.text)?;
        let bytes = coded_clip(&mut wide, key.coding);
        let slice = Slice { end: bytes.len() as u32, bytes: bytes.into(), start: 0 };
        self.keep(key, slice.clone());
        Ok(slice)
    }

    /// The name, if it was spoken before; never blocks on the engine.
    pub fn cached(&self, lang: Lang, text: &str, coding: impl Into<Coding>) -> Option<Slice> {
        let voice = self.voices.get(&lang).cloned().unwrap_or_default();
        self.known(&Key { voice, text: text.trim().to_owned(), coding: coding.into() })
    }

    /// The same at 16 kHz, neither levelled nor kept: for files.
    pub(crate) fn speak_wide(&self, lang: Lang, text: &str) -> Result<Vec<f32>, NameError> {
        let voice = self.voices.get(&lang).cloned().unwrap_or_default();
        self.wide(&voice, text.trim())
    }

    fn wide(&self, voice: &str, text: &str) -> Result<Vec<f32>, NameError> {
        let letters = text.chars().count();
        if letters == 0 || letters > self.patience.letters_max {
            return Err(NameError::Length { letters, most: self.patience.letters_max });
        }
        let (rate_hz, samples) = wav(&self.run(voice, text)?).ok_or(NameError::NoSound)?;
        let wide = Resampler::new(rate_hz, PACK_RATE_HZ).run(&samples);
        match trim(&wide) {
            [] => Err(NameError::NoSound),
            speech => Ok(speech.to_vec()),
        }
    }

    fn run(&self, voice: &str, text: &str) -> Result<Vec<u8>, NameError> {
        let mut child = Command::new(&self.command)
            .args(["-v", voice, "--stdout", "--", text])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| NameError::Start { command: self.command.clone(), source })?;
        let output = read_in_time(&mut child, self.patience);
        // reaped in any case, so that no dead process stays behind
        let _ = child.kill();
        let _ = child.wait();
        output
    }

    fn known(&self, key: &Key) -> Option<Slice> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        let (slice, last) = kept.spoken.get_mut(key)?;
        *last = uses;
        Some(slice.clone())
    }

    fn keep(&self, key: Key, slice: Slice) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.spoken.len() >= NAMES_KEPT_MAX {
            let oldest = kept.spoken.iter().min_by_key(|(_, (_, last))| *last);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                kept.spoken.remove(&oldest);
            }
        }
        let uses = kept.uses;
        kept.spoken.insert(key, (slice, uses));
    }
}

const fn default_voice(lang: Lang) -> &'static str {
    match lang {
        Lang::Pl => "pl+f3",
        Lang::EnGb => "en-gb+f3",
        Lang::EnUs => "en-us+f3",
        Lang::It => "it+f3",
        Lang::PtBr => "pt-br+f3",
        Lang::PtPt => "pt+f3",
    }
}

fn read_in_time(child: &mut Child, patience: Patience) -> Result<Vec<u8>, NameError> {
    let Some(stdout) = child.stdout.take() else { return Err(NameError::NoSound) };
    let most = u64::from(patience.seconds_max) * 48_000 * 2;
    let (done, heard) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(most).read_to_end(&mut bytes);
        let _ = done.send(read.map(|_| bytes)); // nobody waits after the time-out
    });
    match heard.recv_timeout(Duration::from_millis(patience.timeout_ms)) {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(NameError::NoSound),
        Err(RecvTimeoutError::Timeout) => Err(NameError::TimedOut(patience.timeout_ms)),
    }
}

/// Rate and samples of a mono 16-bit WAV whose lengths cannot be trusted (it was written to a pipe).
fn wav(bytes: &[u8]) -> Option<(u32, Vec<f32>)> {
    let head = bytes.get(..12)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return None;
    }
    let (mut at, mut rate_hz) = (12, 0);
    loop {
        let name = bytes.get(at..at + 4)?;
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        let body = &bytes[at + 8..];
        match name {
            b"fmt " => {
                let (kind, bits) = (body.get(..4)?, body.get(14..16)?);
                if kind != [1, 0, 1, 0] || bits != [16, 0] {
                    return None;
                }
                rate_hz = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?);
            }
            b"data" if (8_000..=48_000).contains(&rate_hz) => {
                let pairs = body[..length.min(body.len())].chunks_exact(2);
                let sample =
                    |pair: &[u8]| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0;
                return Some((rate_hz, pairs.map(sample).collect()));
            }
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(length)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::g711::Law;

    fn pipe_wav(rate_hz: u32, samples: &[i16]) -> Vec<u8> {
        let mut out = b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(rate_hz.to_le_bytes());
        out.extend((rate_hz * 2).to_le_bytes());
        out.extend(b"\x02\0\x10\0data\xff\xff\xff\x7f");
        samples.iter().for_each(|s| out.extend(s.to_le_bytes()));
        out
    }

    #[test]
    fn a_wav_from_a_pipe_is_read_to_its_end_whatever_its_header_promises() {
        let (rate_hz, samples) = wav(&pipe_wav(22_050, &[0, 16_384, -16_384])).unwrap();
        assert_eq!((rate_hz, samples), (22_050, vec![0.0, 0.5, -0.5]));
    }

    #[test]
    fn no_prefix_of_a_wav_and_no_other_bytes_make_it_panic() {
        let whole = pipe_wav(22_050, &[1, 2, 3]);
        for end in 0..whole.len() {
            let _ = wav(&whole[..end]);
        }
        for place in 0..44 {
            let mut bent = whole.clone();
            bent[place] ^= 0xFF;
            let _ = wav(&bent);
        }
    }

    #[test]
    fn a_missing_engine_is_an_error_that_says_what_to_install() {
        let names = NameVoice::new("/nowhere/espeak-ng");
        let error = names.speak(Lang::Pl, "Anna", Law::A).unwrap_err();
        assert!(error.to_string().contains("install espeak-ng"), "{error}");
    }

    #[test]
    fn a_name_of_no_letters_or_too_many_is_refused() {
        let names = NameVoice::new("espeak-ng");
        assert!(matches!(
            names.speak(Lang::It, "  ", Law::A),
            Err(NameError::Length { letters: 0, .. })
        ));
        let long = "a".repeat(NAME_LETTERS_MAX + 1);
        assert!(matches!(names.speak(Lang::It, &long, Law::A), Err(NameError::Length { .. })));
    }

    #[test]
    fn an_engine_that_says_nothing_sensible_is_no_sound() {
        let names = NameVoice::new("echo");
        assert!(matches!(names.speak(Lang::EnGb, "Anna", Law::A), Err(NameError::NoSound)));
    }

    #[test]
    fn the_name_unused_for_longest_goes_when_the_memory_is_full() {
        let names = NameVoice::new("echo");
        let slice = Slice { bytes: vec![0].into(), start: 0, end: 1 };
        let key = |n: usize| Key { voice: "pl".into(), text: n.to_string(), coding: Law::A.into() };
        for n in 0..NAMES_KEPT_MAX {
            names.known(&key(n));
            names.keep(key(n), slice.clone());
        }
        assert!(names.known(&key(0)).is_some());
        names.keep(key(NAMES_KEPT_MAX), slice);
        assert!(names.known(&key(0)).is_some(), "used a moment ago");
        assert!(names.known(&key(1)).is_none(), "unused for longest");
    }
}
