//! The library from outside: what a folder of prompts becomes, whatever people put into it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use audio::coding::{Coding, Ear};
use audio::g711::Law;
use clips::{Library, PlayPart, Source, active_dbfs, peak_dbfs};
use ids::Lang;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use words::{Piece, Sentence};

/// A folder of its own for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("clips-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("prompts/it/recordings")).unwrap();
        Folder(path)
    }

    fn prompts(&self) -> PathBuf {
        self.0.join("prompts")
    }

    fn recording(&self, file: &str) -> PathBuf {
        self.prompts().join("it/recordings").join(file)
    }

    fn open(&self) -> Library {
        Library::open(&self.prompts(), &self.0.join("cache"), &[Lang::It]).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Something like speech: a buzz that swells and falls, with silence around it.
fn buzz(rate_hz: u32, seconds: f32, gain: f32) -> Vec<i16> {
    let n = (rate_hz as f32 * seconds) as usize;
    let quiet = vec![0; rate_hz as usize / 4];
    let sample = |i: usize| {
        let t = i as f32 / rate_hz as f32;
        let swell = (t * 12.0).sin().abs();
        ((t * 1_400.0).sin() * swell * gain * 32_767.0) as i16
    };
    [quiet.clone(), (0..n).map(sample).collect(), quiet].concat()
}

fn write(path: &Path, rate_hz: u32, samples: &[i16]) {
    audio::wav::write(path, rate_hz, &[samples]).unwrap();
}

fn linear(bytes: &[u8], law: Law) -> Vec<f32> {
    bytes.iter().map(|b| f32::from(law.table()[*b as usize]) / 32_768.0).collect()
}

fn sentence(id: &str) -> Sentence {
    let clip = |id: &str| Piece::Clip { id: Arc::from(id), text: Arc::from("prego") };
    let pieces = vec![clip(id), Piece::Pause(300), clip("nowhere"), Piece::Name("Rossi".into())];
    Sentence { lang: Lang::It, pieces }
}

#[test]
fn a_recording_of_any_level_and_rate_is_levelled_and_its_silence_is_trimmed() {
    let folder = Folder::new("levels");
    for (n, (rate_hz, gain)) in
        [(8_000, 0.05), (16_000, 0.3), (44_100, 0.9), (48_000, 0.01)].into_iter().enumerate()
    {
        write(&folder.recording(&format!("r{n}.wav")), rate_hz, &buzz(rate_hz, 1.0, gain));
    }
    let library = folder.open();
    for n in 0..4 {
        let slice = library.clip(Lang::It, &format!("r{n}"), Law::A).unwrap();
        assert!((900..1_100).contains(&slice.ms()), "{} ms", slice.ms());
        let wide = linear(slice.audio(), Law::A);
        // measured at 8 kHz the frames are twice as long, which moves the figure a little
        assert!((active_dbfs(&wide) + 18.0).abs() < 2.0, "{}", active_dbfs(&wide));
        assert!(peak_dbfs(&wide) < -2.8, "{}", peak_dbfs(&wide));
    }
}

#[test]
fn both_laws_say_the_same() {
    let folder = Folder::new("laws");
    write(&folder.recording("ciao.wav"), 16_000, &buzz(16_000, 0.5, 0.3));
    let library = folder.open();
    let [a, mu] = [Law::A, Law::Mu].map(|law| {
        let slice = library.clip(Lang::It, "ciao", law).unwrap();
        linear(slice.audio(), law)
    });
    assert_eq!(a.len(), mu.len());
    let furthest = a.iter().zip(&mu).map(|(a, mu)| (a - mu).abs()).fold(0.0, f32::max);
    assert!(furthest < 0.03, "{furthest}");
}

#[test]
fn g722_says_the_same_in_as_many_bytes() {
    let folder = Folder::new("g722");
    write(&folder.recording("ciao.wav"), 16_000, &buzz(16_000, 0.5, 0.3));
    for library in [folder.open(), folder.open()] {
        let narrow = library.clip(Lang::It, "ciao", Law::A).unwrap();
        let wide = library.clip(Lang::It, "ciao", Coding::G722).unwrap();
        assert_eq!((wide.start, wide.end, wide.ms()), (narrow.start, narrow.end, narrow.ms()));
        let mut heard = vec![0; wide.audio().len()];
        Ear::new(Coding::G722).hear_into(wide.audio(), &mut heard);
        let level = |samples: &[i16]| {
            let samples: Vec<_> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
            active_dbfs(&samples)
        };
        let apart = level(&heard) - active_dbfs(&linear(narrow.audio(), Law::A));
        assert!(apart.abs() < 0.5, "built, then read from the cache: {apart} dB");
    }
}

#[test]
fn in_g722_some_silence_stands_before_every_clip_so_that_it_can_settle() {
    let folder = Folder::new("settling");
    write(&folder.recording("ciao.wav"), 16_000, &buzz(16_000, 0.5, 0.3));
    let library = folder.open();
    let silences = |coding: Coding, pieces: &[(&str, u16)]| -> Vec<u16> {
        let piece = |(id, pause): &(&str, u16)| {
            [Piece::Pause(*pause), Piece::Clip { id: Arc::from(*id), text: Arc::from("ciao") }]
        };
        let pieces = pieces.iter().flat_map(piece).collect();
        let parts = library.resolve(&Sentence { lang: Lang::It, pieces }, coding).parts;
        parts.iter().map(|p| if let PlayPart::Silence(ms) = p { *ms } else { 0 }).collect()
    };
    let pieces = [("ciao", 0), ("ciao", 0), ("ciao", 15), ("ciao", 300)];
    assert_eq!(silences(Coding::G722, &pieces), [40, 0, 40, 0, 15, 25, 0, 300, 0]);
    assert_eq!(silences(Law::A.into(), &pieces), [0, 0, 15, 0, 300, 0]);
}

#[test]
fn a_broken_recording_is_refused_with_a_sentence_and_the_others_are_used() {
    let folder = Folder::new("broken");
    write(&folder.recording("good.wav"), 16_000, &buzz(16_000, 0.5, 0.3));
    write(&folder.recording("silent.wav"), 16_000, &[0; 16_000]);
    write(&folder.recording("empty.wav"), 16_000, &[]);
    fs::write(folder.recording("text.wav"), "not audio at all").unwrap();
    let whole = fs::read(folder.recording("good.wav")).unwrap();
    fs::write(folder.recording("cut.wav"), &whole[..whole.len() / 2]).unwrap();
    let library = folder.open();
    assert!(library.clip(Lang::It, "good", Law::A).is_some());
    for id in ["silent", "empty", "text", "cut"] {
        assert!(library.clip(Lang::It, id, Law::A).is_none(), "{id}");
        let stray = library
            .strays()
            .find(|(_, stray)| stray.path == folder.recording(&format!("{id}.wav")))
            .unwrap_or_else(|| panic!("{id} is not reported"));
        assert!(stray.1.refused);
        assert!(
            stray.1.problem.contains("again") || stray.1.problem.contains("save it"),
            "{stray:?}"
        );
    }
}

#[test]
fn a_clipped_or_faint_recording_is_used_and_noted() {
    let folder = Folder::new("noted");
    let hot = buzz(16_000, 0.5, 3.0);
    write(&folder.recording("hot.wav"), 16_000, &hot);
    write(&folder.recording("faint.wav"), 16_000, &buzz(16_000, 0.5, 0.008));
    let library = folder.open();
    let notes: Vec<String> = library.strays().map(|(_, stray)| stray.problem.clone()).collect();
    assert!(notes.iter().any(|n| n.contains("less gain")), "{notes:?}");
    assert!(notes.iter().any(|n| n.contains("closer")), "{notes:?}");
    assert!(library.clip(Lang::It, "hot", Law::A).is_some());
    assert!(library.clip(Lang::It, "faint", Law::A).is_some());
}

#[test]
fn a_recording_dropped_in_is_used_at_the_next_refresh_and_old_calls_keep_their_bytes() {
    let folder = Folder::new("refresh");
    write(&folder.recording("uno.wav"), 16_000, &buzz(16_000, 0.3, 0.3));
    let library = folder.open();
    let before = library.clip(Lang::It, "uno", Law::A).unwrap();
    assert!(library.refresh().unwrap().is_none(), "nothing changed");
    write(&folder.recording("due.wav"), 16_000, &buzz(16_000, 0.4, 0.3));
    let newer = library.refresh().unwrap().expect("a file was added");
    assert!(library.clip(Lang::It, "due", Law::A).is_none());
    assert!(newer.clip(Lang::It, "due", Law::A).is_some());
    assert_eq!(newer.clip(Lang::It, "uno", Law::A).unwrap().audio(), before.audio());
}

#[test]
fn a_sentence_is_looked_up_piece_by_piece_and_says_what_is_missing() {
    let folder = Folder::new("resolve");
    write(&folder.recording("uno.wav"), 16_000, &buzz(16_000, 0.3, 0.3));
    let resolved = folder.open().resolve(&sentence("uno"), Law::Mu);
    assert!(matches!(
        &resolved.parts[..],
        [PlayPart::Slice(_), PlayPart::Silence(300), PlayPart::Missing(_), PlayPart::Name(_)]
    ));
    assert_eq!(resolved.missing.len(), 1);
    assert_eq!(&*resolved.missing[0].id, "nowhere");
    assert!(resolved.ms() > 500);
}

#[test]
fn a_cache_is_read_back_as_it_was_and_a_bent_one_is_built_again() {
    let folder = Folder::new("cache");
    write(&folder.recording("uno.wav"), 16_000, &buzz(16_000, 0.3, 3.0));
    let first = folder.open();
    let bytes = first.clip(Lang::It, "uno", Law::A).unwrap().audio().to_vec();
    let strays: Vec<_> = first.strays().map(|(_, stray)| stray.clone()).collect();
    let again = folder.open();
    assert_eq!(again.clip(Lang::It, "uno", Law::A).unwrap().audio(), bytes);
    assert_eq!(again.strays().map(|(_, stray)| stray.clone()).collect::<Vec<_>>(), strays);

    let file = folder.0.join("cache/it.clips");
    let whole = fs::read(&file).unwrap();
    for end in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..end]).unwrap();
        assert_eq!(folder.open().clip(Lang::It, "uno", Law::A).unwrap().audio(), bytes);
    }
    for place in (0..whole.len().min(200)).step_by(7) {
        let mut bent = whole.clone();
        bent[place] ^= 0x15;
        fs::write(&file, bent).unwrap();
        let _ = folder.open(); // whatever it reads, it neither fails nor panics
    }
}

#[test]
fn a_changed_text_without_a_new_recording_is_reported() {
    let folder = Folder::new("stale");
    for id in ["same", "other", "unknown"] {
        write(&folder.recording(&format!("{id}.wav")), 16_000, &buzz(16_000, 0.3, 0.3));
    }
    fs::write(folder.recording("same.txt"), "Buongiorno.\n").unwrap();
    fs::write(folder.recording("other.txt"), "Buonasera.\n").unwrap();
    let spec = |id: &str| words::ClipSpec {
        id: id.into(),
        text: "Buongiorno.".into(),
        kind: words::ClipKind::Segment { prompt: id.into(), index: 0 },
        carrier: None,
        text_hash: String::new(),
    };
    let wanted = ["same", "other", "unknown", "absent"].map(spec);
    let status = folder.open().status(Lang::It, &wanted);
    let seen: Vec<_> = status.iter().map(|s| (s.source, s.stale)).collect();
    let recorded = Some(Source::Recorded);
    assert_eq!(seen, [(recorded, false), (recorded, true), (recorded, false), (None, false)]);
}
