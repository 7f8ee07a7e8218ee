//! One language's clips, ready to play: built from its pack and its recordings.

use crate::level::settle;
use crate::library::{Source, Stray};
use crate::limits::{PACK_RATE_HZ, RECORDINGS_MAX};
use crate::pack::{self, PackError, Row};
use crate::recording::import;
use crate::resample::Resampler;
use crate::sound::Sound;
use crate::studio::rendered;
use audio::TELEPHONE_RATE_HZ;
use audio::coding::Coding;
use audio::g711::Law;
use audio::g722::Encoder;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folder of recordings within a language's folder; a file there is `<clip id>.<extension>`.
pub(crate) const RECORDINGS: &str = "recordings";
pub(crate) const EXTENSIONS: [&str; 4] = ["wav", "flac", "mp3", "ogg"];

/// One clip's place in the bytes of every coding, and where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Clip {
    pub start: u32,
    pub end: u32,
    pub source: Source,
    /// Hash of the words that were rendered (synthetic), as the inventory computes it.
    pub text_hash: Option<String>,
    /// The words that were recorded, if `<id>.txt` beside the recording says so.
    pub recorded_text: Option<String>,
}

/// All clips of one language.
#[derive(Default)]
pub(crate) struct Voice {
    pub clips: HashMap<Arc<str>, Clip>,
    /// Clip ids of names, by the name as it is written.
    pub names: HashMap<String, Arc<str>>,
    pub sound: Sound,
    pub strays: Vec<Stray>,
}

/// Recordings in a folder: clip id and file, in the order of their names.
pub(crate) fn recordings(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder.join(RECORDINGS)) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> =
        entries.flatten().filter_map(|e| recording_id(e.path())).take(RECORDINGS_MAX).collect();
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

fn recording_id(path: PathBuf) -> Option<(String, PathBuf)> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let id = path.file_stem()?.to_str()?.to_owned();
    EXTENSIONS.contains(&extension.as_str()).then_some((id, path))
}

/// Decodes, levels and encodes everything in a language's folder. Takes about a second.
pub(crate) fn build(folder: &Path) -> Result<Voice, PackError> {
    let mut making = Making::new();
    let rows = if folder.join(pack::TABLE).exists() { pack::table(folder)? } else { Vec::new() };
    let wide = if rows.is_empty() { Vec::new() } else { pack::sound(folder, &rows)? };
    for (id, path) in recordings(folder) {
        making.recording(id, &path);
    }
    for (id, hash, path) in rendered(folder) {
        making.rendered(&id, hash, &path);
    }
    for row in &rows {
        making.synthetic(row, &wide[row.start..row.start + row.length]);
    }
    if rows.is_empty() {
        making.voice.strays.push(Stray::no_pack(folder));
    }
    Ok(making.done())
}

struct Making {
    narrow: Resampler,
    alaw: Vec<u8>,
    ulaw: Vec<u8>,
    g722: Vec<u8>,
    voice: Voice,
}

impl Making {
    fn new() -> Making {
        let narrow = Resampler::new(PACK_RATE_HZ, TELEPHONE_RATE_HZ);
        let (alaw, ulaw, g722) = (Vec::new(), Vec::new(), Vec::new());
        Making { narrow, alaw, ulaw, g722, voice: Voice::default() }
    }

    fn recording(&mut self, id: String, path: &Path) {
        match import(path) {
            Ok(recording) => {
                let notes =
                    recording.notes.iter().map(|note| Stray::noted(path, &note.to_string()));
                self.voice.strays.extend(notes);
                let text = std::fs::read_to_string(path.with_extension("txt")).ok();
                let recorded_text = text.map(|t| t.trim().to_owned());
                let (start, end) = self.encode(&recording.samples);
                let source = Source::Recorded;
                let clip = Clip { start, end, source, text_hash: None, recorded_text };
                self.voice.clips.insert(id.into(), clip);
            }
            Err(error) => self.voice.strays.push(Stray::refused(path, &error)),
        }
    }

    /// Rendered here because the pack did not have these words: it goes before the pack's.
    fn rendered(&mut self, id: &str, text_hash: String, path: &Path) {
        if self.voice.clips.contains_key(id) {
            return; // a recording always wins
        }
        match import(path) {
            Ok(sound) => {
                let (start, end) = self.encode(&sound.samples);
                let (source, text_hash) = (Source::Synthetic, Some(text_hash));
                let clip = Clip { start, end, source, text_hash, recorded_text: None };
                self.voice.clips.insert(id.into(), clip);
            }
            Err(error) => self.voice.strays.push(Stray::refused(path, &error)),
        }
    }

    fn synthetic(&mut self, row: &Row, wide: &[f32]) {
        let id: Arc<str> = row.id.as_str().into();
        if id.starts_with("name.") {
            self.voice.names.insert(row.text.clone(), id.clone());
        }
        if self.voice.clips.contains_key(&id) {
            return; // a recording always wins, and what was rendered here for newer words
        }
        let (start, end) = self.encode(wide);
        let (source, text_hash) = (Source::Synthetic, Some(row.text_hash.clone()));
        self.voice.clips.insert(id, Clip { start, end, source, text_hash, recorded_text: None });
    }

    fn encode(&mut self, wide: &[f32]) -> (u32, u32) {
        let start = self.alaw.len() as u32;
        for sample in self.narrow.run(wide) {
            let sample = sixteen_bit(sample);
            self.alaw.push(Law::A.encode(sample));
            self.ulaw.push(Law::Mu.encode(sample));
        }
        self.g722.extend(wide_bytes(wide));
        (start, self.alaw.len() as u32)
    }

    fn done(self) -> Voice {
        Voice { sound: Sound::whole(self.alaw, self.ulaw, self.g722), ..self.voice }
    }
}

/// A sample in -1..1 as 16 bits.
pub(crate) fn sixteen_bit(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

/// Levelled sound at 16 kHz as G.722. Nobody knows behind which other clip it will be heard, so the coder
/// begins as after silence; [`crate::G722_SETTLES_MS`] of it are played before each clip.
fn wide_bytes(wide: &[f32]) -> impl Iterator<Item = u8> + '_ {
    let mut encoder = Encoder::settled();
    let sample = |pair: &[f32], n: usize| pair.get(n).map_or(0, |sample| sixteen_bit(*sample));
    wide.chunks(2).map(move |pair| encoder.encode(sample(pair, 0), sample(pair, 1)))
}

/// Sound at 16 kHz as one levelled clip in a coding's bytes.
pub(crate) fn coded_clip(wide: &mut [f32], coding: Coding) -> Vec<u8> {
    settle(wide);
    match coding {
        Coding::G722 => wide_bytes(wide).collect(),
        Coding::G711(law) => {
            let narrow = Resampler::new(PACK_RATE_HZ, TELEPHONE_RATE_HZ).run(wide);
            narrow.into_iter().map(|sample| law.encode(sixteen_bit(sample))).collect()
        }
    }
}
