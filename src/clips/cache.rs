//! What was built from a language's files, kept on disk so that the next start reads instead of decoding.
//!
//! ```text
//! parley clips 4 <stamp>\n
//! clip \t id \t start \t end \t r|s \t hash \t recorded text \n  …
//! name \t text \t id \n  …
//! stray \t path \t problem \t refused|noted \n  …
//! bytes \t <length of one coding> \n
//! A-law bytes, µ-law bytes, G.722 bytes
//! ```
//! A file that is not exactly this is as good as none: everything is built again.

use crate::library::{Source, Stray};
use crate::pack;
use crate::sound::Sound;
use crate::studio::rendered;
use crate::voice::{Clip, RECORDINGS, Voice};
use audio::coding::Coding;
use audio::g711::Law;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// In this order; all are of one length.
const CODINGS: [Coding; 3] = [Coding::G711(Law::A), Coding::G711(Law::Mu), Coding::G722];
const MAGIC: &str = "parley clips 5";

/// Names the state of a language's files: names, lengths and times of change. Cheap: nothing is read.
pub(crate) fn stamp(folder: &Path) -> String {
    let mut files = vec![folder.join(pack::TABLE), folder.join(pack::SOUND)];
    let entries = std::fs::read_dir(folder.join(RECORDINGS)).into_iter().flatten().flatten();
    files.extend(entries.map(|entry| entry.path()));
    files.extend(rendered(folder).into_iter().map(|(_, _, path)| path));
    files.sort();
    let mut hash = Sha256::new();
    hash.update(MAGIC);
    for file in files {
        let Ok(about) = std::fs::metadata(&file) else { continue };
        let changed = about.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let nanos = changed.map_or(0, |t| t.as_nanos());
        hash.update(format!("{}\t{}\t{nanos}\n", file.display(), about.len()));
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

fn file(cache_dir: &Path, language: &str) -> PathBuf {
    cache_dir.join(format!("{language}.clips"))
}

/// What was kept for this stamp, if it is whole.
pub(crate) fn load(cache_dir: &Path, language: &str, stamp: &str) -> Option<Voice> {
    let mut kept = BufReader::new(File::open(file(cache_dir, language)).ok()?);
    let mut voice = Voice::default();
    let first = next_line(&mut kept)?;
    if first != format!("{MAGIC} {stamp}") {
        return None;
    }
    let length = loop {
        let line = next_line(&mut kept)?;
        match line.split_once('\t')? {
            ("bytes", number) => break number.parse::<u32>().ok()?,
            (kind, rest) => read_line(&mut voice, kind, rest)?,
        }
    };
    let (at, whole) = (kept.stream_position().ok()?, kept.get_ref().metadata().ok()?.len());
    if whole != at + u64::from(length) * CODINGS.len() as u64 {
        return None;
    }
    let alaw = read_shared(&mut kept, length as usize)?;
    voice.sound = Sound::kept(alaw, kept, at + u64::from(length));
    let inside = |clip: &Clip| clip.start <= clip.end && clip.end <= length;
    voice.clips.values().all(inside).then_some(voice)
}

/// One line without its end; none when it is longer than any that is written.
fn next_line(kept: &mut BufReader<File>) -> Option<String> {
    let mut line = String::new();
    kept.take(4_096).read_line(&mut line).ok()?;
    line.strip_suffix('\n').map(str::to_owned)
}

/// Reads straight into the bytes that calls will share: no second copy of tens of megabytes.
pub(crate) fn read_shared(kept: &mut BufReader<File>, length: usize) -> Option<Arc<[u8]>> {
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
    kept.read_exact(Arc::get_mut(&mut bytes)?).ok()?;
    Some(bytes)
}

fn read_line(voice: &mut Voice, kind: &str, rest: &str) -> Option<()> {
    let cells: Vec<&str> = rest.split('\t').collect();
    match (kind, &cells[..]) {
        ("clip", [id, start, end, source, hash, recorded]) => {
            let source = if *source == "r" { Source::Recorded } else { Source::Synthetic };
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let (start, end) = (start.parse().ok()?, end.parse().ok()?);
            let (text_hash, recorded_text) = (some(hash), some(recorded));
            let clip = Clip { start, end, source, text_hash, recorded_text };
            voice.clips.insert(Arc::from(*id), clip);
        }
        ("name", [text, id]) => {
            voice.names.insert((*text).to_owned(), Arc::from(*id));
        }
        ("stray", [path, problem, refused]) => voice.strays.push(Stray {
            path: PathBuf::from(path),
            problem: (*problem).to_owned(),
            refused: *refused == "refused",
        }),
        _ => return None,
    }
    Some(())
}

/// Keeps a voice for the next start: written beside and renamed, so that no half file is ever read.
pub(crate) fn store(
    cache_dir: &Path,
    language: &str,
    stamp: &str,
    voice: &Voice,
) -> std::io::Result<()> {
    std::fs::create_dir_all(cache_dir)?;
    let (target, beside) = (file(cache_dir, language), beside(cache_dir, language));
    let mut out = File::create(&beside)?;
    out.write_all(head(stamp, voice).as_bytes())?;
    for coding in CODINGS {
        out.write_all(voice.sound.bytes(coding))?;
    }
    drop(out);
    std::fs::rename(beside, target)
}

/// Two programs with one cache folder do not write into each other's file.
fn beside(cache_dir: &Path, language: &str) -> PathBuf {
    cache_dir.join(format!("{language}.clips.{}", std::process::id()))
}

fn head(stamp: &str, voice: &Voice) -> String {
    let mut out = format!("{MAGIC} {stamp}\n");
    for (id, clip) in &voice.clips {
        let source = if clip.source == Source::Recorded { "r" } else { "s" };
        let hash = clip.text_hash.as_deref().unwrap_or_default();
        let recorded = clip.recorded_text.as_deref().map(flat).unwrap_or_default();
        let (start, end) = (clip.start, clip.end);
        let line = format!("clip\t{id}\t{start}\t{end}\t{source}\t{hash}\t{recorded}\n");
        out.push_str(&line);
    }
    for (text, id) in &voice.names {
        out.push_str(&format!("name\t{}\t{id}\n", flat(text)));
    }
    for stray in &voice.strays {
        let end = if stray.refused { "refused" } else { "noted" };
        let path = stray.path.display().to_string();
        out.push_str(&format!("stray\t{}\t{}\t{end}\n", flat(&path), flat(&stray.problem)));
    }
    out.push_str(&format!("bytes\t{}\n", voice.sound.bytes(CODINGS[0]).len()));
    out
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
