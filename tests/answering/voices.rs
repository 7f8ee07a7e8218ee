//! Speech as samples: from the speech engine of the test machine, and from the shipped prompt packs.

use crate::house;
use std::io;
use std::process::{Command, Stdio};

/// Samples a second everywhere here.
const RATE: &str = "8000";

/// A sentence in a voice, without the silence around it.
///
/// # Errors
/// When espeak-ng or sox cannot be run.
pub(super) fn spoken(
    accent: &str,
    speaker: &str,
    pace: u32,
    pitch: u32,
    text: &str,
) -> io::Result<Vec<i16>> {
    let mut engine = Command::new("espeak-ng")
        .args(["-v", &format!("{accent}+{speaker}"), "-s", &pace.to_string()])
        .args(["-p", &pitch.to_string(), "--stdout", text])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| {
            io::Error::other(format!("espeak-ng cannot be started ({e}); install espeak-ng"))
        })?;
    let wav = engine.stdout.take().ok_or_else(|| io::Error::other("espeak-ng says nothing"))?;
    let samples = telephone(Command::new("sox").args(["-t", "wav", "-"]).stdin(wav), &[])?;
    engine.wait()?;
    if samples.len() < 800 {
        return Err(io::Error::other(format!("espeak-ng has no voice {accent}+{speaker}")));
    }
    Ok(samples)
}

/// Sentences of 3 to 12 s from a language's prompt pack: another engine and another voice.
///
/// # Errors
/// When the pack or sox is missing.
pub(super) fn shipped(lang: &str, most: usize) -> io::Result<Vec<Vec<i16>>> {
    let dir = house::top().join("prompts").join(lang);
    let index = std::fs::read_to_string(dir.join("synthetic.tsv"))?;
    let long: Vec<(u64, u64)> = index
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('\t').skip(1);
            let (start, length) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
            (48_000..192_000).contains(&length).then_some((start, length))
        })
        .collect();
    let step = (long.len() / most).max(1);
    let some = long.iter().step_by(step).take(most);
    let pack = dir.join("synthetic.flac");
    some.map(|(start, length)| {
        let trim = ["trim".to_owned(), format!("{start}s"), format!("{length}s")];
        telephone(Command::new("sox").arg(&pack), &trim)
    })
    .collect()
}

/// What sox makes of it at 8,000 samples a second.
fn telephone(sox: &mut Command, effects: &[String]) -> io::Result<Vec<i16>> {
    let out = sox
        // no dither: the same samples in every run
        .args(["-D", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", RATE, "-"])
        .args(effects)
        .args(["rate", RATE])
        .stderr(Stdio::null())
        .output()
        .map_err(|e| io::Error::other(format!("sox cannot be started ({e}); install sox")))?;
    let samples: Vec<i16> =
        out.stdout.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    Ok(trimmed(&samples))
}

/// Without what is 45 dB under the loudest sample at either end.
fn trimmed(samples: &[i16]) -> Vec<i16> {
    let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
    let heard = |s: &i16| s.unsigned_abs() > peak / 180;
    let from = samples.iter().position(heard).unwrap_or(0);
    let to = samples.iter().rposition(heard).map_or(0, |at| at + 1);
    samples[from.min(to)..to].to_vec()
}
