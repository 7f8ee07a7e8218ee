//! What is sealed comes out as it went in, or is noticed; a disk that is full ends a recording in order.

#![allow(clippy::unwrap_used)] // a test may

use ids::CallId;
use proptest::prelude::*;
use recordings::{
    Facts, Fresh, Kept, MasterKey, Medium, Recording, Ring, UnsealError, Unsealed, unseal,
};
use std::io;

const FACTS: Facts = Facts { call: CallId(0x6_434e_1f2c_4a1b), began_us: 1_790_000_000_000_000 };
const CHUNK_FRAMES: u64 = 16_000;

/// A disk of so many bytes.
struct Disk<'d> {
    bytes: &'d mut Vec<u8>,
    room: usize,
}

impl Medium for Disk<'_> {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().min(self.room - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..fits]);
        match fits == bytes.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.bytes.truncate(length as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key(n: u8) -> MasterKey {
    MasterKey::new([n; 32])
}

fn ring() -> Ring {
    Ring::new(key(1), vec![key(2)])
}

/// Left counts up, right down, so that each frame tells its place.
fn frames(from: u64, count: u64) -> Vec<[i16; 2]> {
    (from..from + count).map(|n| [(n % 30_000) as i16 + 1, -((n % 30_000) as i16) - 1]).collect()
}

fn begin(bytes: &mut Vec<u8>, room: usize) -> Recording<Disk<'_>> {
    let fresh = Fresh::new(std::array::from_fn(|n| n as u8));
    Recording::begin(Disk { bytes, room }, &key(1), FACTS, &fresh).unwrap()
}

/// 1 s before the notice, 5 s of sound, 2 s of verification, 3 s of sound.
fn made(bytes: &mut Vec<u8>) -> Kept {
    let mut recording = begin(bytes, usize::MAX);
    recording.silence(8_000, "before-notice", "notice").unwrap();
    recording.sound(&frames(8_000, 40_000)).unwrap();
    recording.silence(16_000, "verification", "verify").unwrap();
    recording.sound(&frames(64_000, 24_000)).unwrap();
    recording.finish(88_000).unwrap()
}

fn read(bytes: &[u8]) -> (Result<Unsealed, UnsealError>, Vec<[i16; 2]>) {
    let mut heard = Vec::new();
    let unsealed = unseal(bytes, &ring(), |frames| heard.extend_from_slice(frames));
    (unsealed, heard)
}

#[test]
fn sound_stands_where_it_was_said_and_what_is_masked_is_silent() {
    let mut bytes = Vec::new();
    let kept = made(&mut bytes);
    let (unsealed, heard) = read(&bytes);
    let manifest = unsealed.unwrap().manifest.unwrap();
    assert_eq!(manifest, kept.manifest);
    assert!(manifest.adds_up() && manifest.frames == 88_000 && manifest.sound_frames == 64_000);
    assert_eq!(heard.len(), 88_000);
    assert_eq!(heard[8_000..48_000], frames(8_000, 40_000));
    assert_eq!(heard[64_000..], frames(64_000, 24_000));
    for span in &manifest.spans {
        let silent = &heard[span.from as usize..(span.from + span.frames) as usize];
        assert!(silent.iter().all(|frame| *frame == [0; 2]), "{span:?}");
    }
    let reasons: Vec<_> = manifest.spans.iter().map(|s| (s.reason.as_str(), s.frames)).collect();
    assert_eq!(reasons, [("before-notice", 8_000), ("verification", 16_000)]);
}

#[test]
fn nothing_of_the_sound_stands_in_the_file_in_the_clear() {
    let mut bytes = Vec::new();
    made(&mut bytes);
    let clear: Vec<u8> = frames(8_000, 20).iter().flatten().flat_map(|s| s.to_le_bytes()).collect();
    assert!(!bytes.windows(clear.len()).any(|window| window == clear));
    assert!(!bytes.windows(12).any(|window| window == b"verification"));
}

#[test]
fn an_older_key_still_opens_and_a_missing_one_is_named() {
    let mut bytes = Vec::new();
    made(&mut bytes);
    let later = Ring::new(key(9), vec![key(1)]);
    assert_eq!(unseal(&bytes[..], &later, |_| ()).unwrap().key, key(1).id());
    let wrong = unseal(&bytes[..], &Ring::new(key(9), vec![]), |_| ()).unwrap_err();
    assert!(wrong.to_string().contains(&key(1).id().to_string()), "{wrong}");
}

#[test]
fn chunks_in_another_order_or_of_another_file_are_noticed() {
    let mut bytes = Vec::new();
    made(&mut bytes);
    let chunk = 4 + 64_000 + 16;
    let mut swapped = bytes.clone();
    swapped[92..92 + chunk].copy_from_slice(&bytes[92 + chunk..92 + 2 * chunk]);
    swapped[92 + chunk..92 + 2 * chunk].copy_from_slice(&bytes[92..92 + chunk]);
    assert!(matches!(read(&swapped).0, Err(UnsealError::Tampered { chunk: 0 })));
    let mut left_out = bytes.clone();
    left_out.drain(92 + chunk..92 + 2 * chunk);
    assert!(matches!(read(&left_out).0, Err(UnsealError::Tampered { chunk: 1 })));
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(read(&longer).0, Err(UnsealError::Tampered { .. })));
}

#[test]
fn a_file_that_was_cut_off_says_so_and_gives_what_is_there() {
    let mut bytes = Vec::new();
    made(&mut bytes);
    let chunk = 4 + 64_000 + 16;
    let cuts = [(92, 0), (92 + chunk, 1), (92 + chunk + 1_000, 1), (92 + 3 * chunk - 1, 2)];
    for (length, chunks) in cuts {
        let (unsealed, heard) = read(&bytes[..length]);
        assert_eq!(unsealed.unwrap().manifest, None, "cut to {length}");
        assert_eq!(heard.len() as u64, chunks * CHUNK_FRAMES);
    }
    assert!(matches!(read(&bytes[..91]).0, Err(UnsealError::Foreign)));
}

#[test]
fn on_a_full_disk_the_manifest_takes_the_place_of_the_last_seconds() {
    for room in [300_000, 263_000, 150_000, 128_200] {
        let mut bytes = Vec::new();
        let mut recording = begin(&mut bytes, room);
        let mut refused = 0;
        for n in 0..50 {
            refused += u32::from(recording.sound(&frames(n * 8_000, 8_000)).is_err());
        }
        assert_eq!(refused, 1, "the disk is asked no more once it was full");
        let kept = recording.finish(400_000).unwrap();
        assert!(bytes.len() <= room);
        let (unsealed, heard) = read(&bytes);
        let manifest = unsealed.unwrap().manifest.unwrap();
        assert_eq!(manifest, kept.manifest);
        assert!(manifest.adds_up(), "{manifest:?}");
        assert_eq!((manifest.frames, manifest.sound_frames), (400_000, heard.len() as u64));
        assert_eq!(heard, frames(0, heard.len() as u64));
        assert_eq!(manifest.stopped.as_deref(), Some("the disk is full"));
    }
}

#[test]
fn a_disk_without_any_room_has_no_recording_and_says_so() {
    let mut bytes = Vec::new();
    let fresh = Fresh::new([7; 44]);
    let disk = Disk { bytes: &mut bytes, room: 40 };
    assert!(Recording::begin(disk, &key(1), FACTS, &fresh).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_bent_bit_is_noticed_wherever_it_is(at in 0_usize..400_000, bit in 0_u8..8) {
        let mut bytes = Vec::new();
        made(&mut bytes);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        // a length that reaches beyond the end looks like a file that was cut off
        let whole = read(&bytes).0.is_ok_and(|unsealed| unsealed.manifest.is_some());
        prop_assert!(!whole, "bit {bit} of byte {at}");
    }

    #[test]
    fn however_sound_and_silence_follow_each_other_they_add_up(
        parts in proptest::collection::vec((any::<bool>(), 1_u64..9_000, 0_u8..3), 0..40),
        room in 100_000_usize..2_000_000,
        more in 0_u64..50_000,
    ) {
        let mut bytes = Vec::new();
        let mut recording = begin(&mut bytes, room);
        let mut total = 0;
        for (is_sound, count, step) in parts {
            let _ = match is_sound {
                true => recording.sound(&frames(total, count)),
                false => recording.silence(count, "hold", &format!("step-{step}")),
            };
            total += count;
        }
        recording.stop("the recorder fell behind");
        let kept = recording.finish(total + more).unwrap();
        prop_assert!(kept.manifest.adds_up(), "{:?}", kept.manifest);
        prop_assert_eq!(kept.manifest.frames, total + more);
        prop_assert!(read(&bytes).0.unwrap().manifest.is_some());
    }

    #[test]
    fn random_bytes_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut dressed = b"PARLEYR1".to_vec();
        dressed.extend_from_slice(&key(1).id().0);
        dressed.extend_from_slice(&bytes);
        prop_assert!(read(&bytes).0.is_err());
        prop_assert!(read(&dressed).0.is_err());
    }
}
