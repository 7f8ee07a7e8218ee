//! The audio in `prompts/`: there for every clip, of today's text, at one level, joined without clicks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use audio::coding::Coding;
use audio::g711::Law;
use audio::g722::{Decoder, SILENCE};
use audio::level::rms_dbfs;
use clips::{G722_SETTLES_MS, Library, PlayPart, Source, active_dbfs, peak_dbfs};
use ids::Lang;
use std::path::PathBuf;
use std::sync::LazyLock;
use words::{Catalogue, ClipKind, ClipSpec, inventory, speak};

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clips-cache");
    Library::open(&prompts(), &cache, &Lang::VOICES).unwrap()
});

fn prompts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../prompts")
}

fn wanted(lang: Lang) -> Vec<ClipSpec> {
    let path = prompts().join(lang.catalogue()).join("catalogue.ftl");
    let catalogue = Catalogue::parse(lang, &std::fs::read_to_string(path).unwrap()).unwrap();
    inventory(lang, &catalogue)
}

fn linear(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|b| f32::from(Law::A.table()[*b as usize]) / 32_768.0).collect()
}

#[test]
fn every_clip_of_every_language_has_audio_of_todays_text() {
    for lang in Lang::VOICES {
        let status = LIBRARY.status(lang, &wanted(lang));
        let late: Vec<_> = status
            .iter()
            .filter(|s| s.source.is_none() || s.stale)
            .map(|s| s.id.as_str())
            .collect();
        assert!(
            late.is_empty(),
            "{lang}: {} clips need `python3 prompts/render/render.py {}`, first {:?}",
            late.len(),
            lang.catalogue(),
            &late[..late.len().min(5)]
        );
    }
}

#[test]
fn every_shipped_clip_is_marked_as_synthetic_or_is_a_recording() {
    for lang in Lang::VOICES {
        let states = LIBRARY.status(lang, &wanted(lang));
        assert!(
            states.iter().all(|s| matches!(s.source, Some(Source::Synthetic | Source::Recorded)))
        );
    }
}

#[test]
fn the_prompts_stand_at_one_level() {
    for lang in Lang::VOICES {
        for spec in wanted(lang) {
            if !matches!(spec.kind, ClipKind::Segment { .. }) {
                continue;
            }
            let clip = LIBRARY.clip(lang, &spec.id, Law::A).unwrap();
            let samples = linear(clip.audio());
            let (level, peak) = (active_dbfs(&samples), peak_dbfs(&samples));
            assert!((-20.0..=-16.0).contains(&level), "{lang} {}: {level:.1} dBFS", spec.id);
            // the low-pass and A-law's steps may lift a single sample a little over -3
            assert!(peak <= -2.0, "{lang} {}: peak {peak:.1} dBFS", spec.id);
        }
    }
}

#[test]
fn amounts_are_joined_without_clicks() {
    let mut state = 0x2545_F491_4F6C_DD17_u64;
    for round in 0..400 {
        // xorshift: the same amounts in every run
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let lang = Lang::VOICES[round % 4];
        let cents = (state % 10_000_000) as i64;
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let sentence = speak(lang, "amount", &[&amount, "PLN"]).unwrap();
        let resolved = LIBRARY.resolve(&sentence, Law::A);
        assert!(resolved.missing.is_empty(), "{lang} {amount}: {:?}", resolved.missing);
        for part in &resolved.parts {
            let PlayPart::Slice(slice) = part else { continue };
            let samples = linear(slice.audio());
            let ends = [samples.first(), samples.last()].map(|s| s.copied().unwrap_or(0.0).abs());
            assert!(
                ends[0] < 0.02 && ends[1] < 0.02,
                "{lang} {amount}: jumps by {ends:?} at a join"
            );
        }
    }
}

#[test]
fn the_names_of_the_demo_have_clips() {
    for (lang, name) in [
        (Lang::Pl, "Przykładowa Energia"),
        (Lang::EnGb, "Sample Energy"),
        (Lang::It, "Energia Esempio"),
        (Lang::PtBr, "Energia Exemplo"),
    ] {
        assert!(LIBRARY.name(lang, name, Law::A).is_some(), "{lang} {name}");
        assert!(LIBRARY.name(lang, "Parley", Law::Mu).is_some(), "{lang} Parley");
    }
}

#[test]
fn an_amount_becomes_a_file_that_can_be_listened_to() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("amount.wav");
    let names = clips::NameVoice::new("espeak-ng");
    let sentence = speak(Lang::Pl, "amount", &["1234.56", "PLN"]).unwrap();
    let rendered = clips::render_wav(&LIBRARY, &names, &sentence, &path).unwrap();
    assert!(rendered.missing.is_empty());
    let sound = audio::wav::read(&path).unwrap();
    assert_eq!((sound.rate_hz, sound.channels.len()), (16_000, 1));
    assert_eq!(sound.channels[0].len(), rendered.samples);
    assert!((1.5..12.0).contains(&(rendered.samples as f32 / 16_000.0)));
}

/// A line's decoder comes to each clip with the memory of the one before and of the silence between them.
#[test]
fn clips_in_g722_join_without_the_voice_of_the_clip_before() {
    let mut apart = Vec::new();
    for lang in Lang::VOICES {
        let mut line = Decoder::default();
        let mut heard = vec![0; 2 * 8_000 * 180];
        for spec in wanted(lang).iter().take(300) {
            let clip = LIBRARY.clip(lang, &spec.id, Coding::G722).unwrap();
            let opening = clip.audio().len().min(800);
            let mut settled = Decoder::default();
            settled.decode_into(&[SILENCE; 8_000], &mut heard);
            let mut alone = vec![0; 2 * opening];
            settled.decode_into(&clip.audio()[..opening], &mut alone);
            line.decode_into(&[SILENCE; G722_SETTLES_MS as usize * 8], &mut heard);
            line.decode_into(clip.audio(), &mut heard);
            let error: Vec<_> =
                heard.iter().zip(&alone).map(|(a, b)| a.saturating_sub(*b)).collect();
            apart.push(rms_dbfs(&error));
        }
    }
    apart.sort_by(f32::total_cmp);
    let at = |percent: usize| apart[(apart.len() - 1) * percent / 100];
    println!("first 100 ms, joined against alone: median {} dBFS, p90 {}", at(50), at(90));
    assert!(at(50) < -40.0 && at(90) < -28.0, "speech has -18 dBFS: {} {}", at(50), at(90));
}
