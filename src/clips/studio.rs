//! New sound for prompts: recordings brought in from a studio, and missing clips rendered by a machine.
//!
//! ```text
//! studio.mp3 ─▶ decoded ─▶ 16 kHz, silence off, -18 dBFS ─▶ <lang>/recordings/<clip>.wav + <clip>.txt (words)
//! words      ─▶ text-to-speech command ─▶ the same       ─▶ <lang>/rendered/<clip>~<text hash>.wav
//! ```
//! Owns: these two folders; what is written beside and renamed, so that a running server reads whole files.
//! Never: which clip is wanted (`words::inventory`), the packs.

use crate::level::settle;
use crate::limits::{PACK_RATE_HZ, RECORDINGS_MAX, WORDS_A_MINUTE};
use crate::names::{NameError, NameVoice};
use crate::recording::{RecordingError, RecordingNote, import};
use crate::voice::{EXTENSIONS, RECORDINGS, sixteen_bit};
use audio::wav;
use ids::Lang;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use words::ClipSpec;

/// Folder of clips that a machine rendered here, within a language's folder.
pub(crate) const RENDERED: &str = "rendered";

/// Why a clip was not brought in or rendered; what was there stays.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The recording.
    #[error("{file} cannot be used", file = file.display())]
    Recording {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: RecordingError,
    },
    /// The text-to-speech command.
    #[error("'{id}' cannot be rendered")]
    Speech {
        /// Which clip.
        id: String,
        /// Why.
        #[source]
        source: NameError,
    },
    /// The disk.
    #[error("cannot write {path}: check the free space and who may write there", path = path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The sound.
    #[error("cannot write {path}", path = path.display())]
    Sound {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: wav::WriteError,
    },
}

/// A recording that was brought in.
#[derive(Clone, PartialEq, Debug)]
pub struct BroughtIn {
    /// Where it stands now.
    pub path: PathBuf,
    /// How long it plays, without the silence at its ends.
    pub ms: u32,
    /// What to tell whoever recorded it.
    pub notes: Vec<RecordingNote>,
    /// Earlier recordings of this clip in other formats, taken out.
    pub replaced: Vec<PathBuf>,
}

/// Brings a recording of a clip into a language's folder, with the words it says beside it.
///
/// # Errors
/// A file without usable sound, or a disk that does not take it.
pub fn bring_in(file: &Path, folder: &Path, spec: &ClipSpec) -> Result<BroughtIn, StudioError> {
    let recording =
        import(file).map_err(|source| StudioError::Recording { file: file.to_owned(), source })?;
    let ms = milliseconds(recording.samples.len());
    let mut notes = recording.notes;
    notes.extend(length_note(ms, &spec.text));
    let place = folder.join(RECORDINGS);
    let path = place.join(format!("{}.wav", spec.id));
    make(&place)?;
    write_wav(&path, &recording.samples)?;
    write_text(&place.join(format!("{}.txt", spec.id)), &spec.text)?;
    let mut replaced = Vec::new();
    for other in EXTENSIONS.iter().filter(|extension| **extension != "wav") {
        let other = place.join(format!("{}.{other}", spec.id));
        if other.is_file() && other != file {
            fs::remove_file(&other)
                .map_err(|source| StudioError::Write { path: other.clone(), source })?;
            replaced.push(other);
        }
    }
    Ok(BroughtIn { path, ms, notes, replaced })
}

/// Renders a clip; one that was rendered from the same words before is left as it is. True: it is new.
///
/// # Errors
/// A command that does not speak, or a disk that does not take the file.
pub fn render(
    speech: &NameVoice,
    lang: Lang,
    folder: &Path,
    spec: &ClipSpec,
) -> Result<bool, StudioError> {
    let place = folder.join(RENDERED);
    let path = place.join(format!("{}~{}.wav", spec.id, spec.text_hash));
    if path.is_file() {
        return Ok(false);
    }
    let mut samples = speech
        .speak_wide(lang, &spec.text)
        .map_err(|source| StudioError::Speech { id: spec.id.clone(), source })?;
    settle(&mut samples);
    make(&place)?;
    write_wav(&path, &samples)?;
    Ok(true)
}

/// Takes rendered clips out that no wanted clip needs any more: other words, or a pack or a recording that
/// has them. Says how many.
///
/// # Errors
/// A file that cannot be removed.
pub fn sweep(folder: &Path, needed: impl Fn(&str, &str) -> bool) -> Result<usize, StudioError> {
    let mut swept = 0;
    for (id, hash, path) in rendered(folder) {
        if !needed(&id, &hash) {
            fs::remove_file(&path).map_err(|source| StudioError::Write { path, source })?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Rendered clips in a language's folder: clip id, hash of the words, file.
pub fn rendered(folder: &Path) -> Vec<(String, String, PathBuf)> {
    let entries = fs::read_dir(folder.join(RENDERED)).into_iter().flatten().flatten();
    let named = |path: PathBuf| {
        let stem = path.file_stem()?.to_str()?;
        let (id, hash) = stem.rsplit_once('~')?;
        let sound = path.extension().is_some_and(|extension| extension == "wav");
        sound.then(|| (id.to_owned(), hash.to_owned(), path.clone()))
    };
    let mut found: Vec<_> =
        entries.filter_map(|entry| named(entry.path())).take(RECORDINGS_MAX).collect();
    found.sort();
    found
}

fn milliseconds(samples: usize) -> u32 {
    (samples as u64 * 1_000 / u64::from(PACK_RATE_HZ)) as u32
}

/// Twice as fast or half as fast as people are spoken to here is worth a second listen.
fn length_note(ms: u32, words: &str) -> Option<RecordingNote> {
    let words = words.split_whitespace().count() as u32;
    let expected_ms = words * 60_000 / WORDS_A_MINUTE;
    if words < 3 {
        return None; // a word or two may take any time
    }
    if ms < expected_ms / 2 {
        Some(RecordingNote::TooShort { ms, expected_ms })
    } else if ms > expected_ms * 2 {
        Some(RecordingNote::TooLong { ms, expected_ms })
    } else {
        None
    }
}

fn make(folder: &Path) -> Result<(), StudioError> {
    fs::create_dir_all(folder)
        .map_err(|source| StudioError::Write { path: folder.to_owned(), source })
}

fn write_wav(path: &Path, samples: &[f32]) -> Result<(), StudioError> {
    // No ending of ours: a server that looks now does not take it for a recording.
    let beside = path.with_extension("part");
    let sixteen: Vec<i16> = samples.iter().copied().map(sixteen_bit).collect();
    let written = wav::write(&beside, PACK_RATE_HZ, &[&sixteen])
        .map_err(|source| StudioError::Sound { path: path.to_owned(), source });
    let placed = written.and_then(|()| {
        fs::rename(&beside, path)
            .map_err(|source| StudioError::Write { path: path.to_owned(), source })
    });
    if placed.is_err() {
        // The first error counts; what is left beside is of no use.
        let _ = fs::remove_file(&beside);
    }
    placed
}

fn write_text(path: &Path, words: &str) -> Result<(), StudioError> {
    let beside = path.with_extension("part-txt");
    fs::write(&beside, format!("{words}\n"))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| StudioError::Write { path: path.to_owned(), source })
}
