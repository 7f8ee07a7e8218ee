//! The properties on the committed corpus, the torture messages and seeded mutations of both: the same
//! runs on every machine, in seconds. `tests/fuzz` runs the same functions with cargo-fuzz.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its corpus must fail")]

mod properties;

use std::path::{Path, PathBuf};

/// xorshift64*: the same walk on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below.max(1)
    }
}

const PIECES: [&[u8]; 28] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\r\n ",
    b"\t",
    b" ",
    b",",
    b";",
    b":",
    b"\"",
    b"<",
    b">",
    b"@",
    b"%00",
    b"\0",
    b"\xff",
    b"[",
    b"]",
    b":::",
    b"4294967296",
    b"-1",
    b";tag=",
    b";branch=z9hG4bK",
    b"l:5\r\n",
    b"Content-Length: 3\r\n",
    b"\x1e0",
    b"\x1e6\x00",
];

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The committed corpus of a subject.
fn corpus(subject: &str) -> Vec<Vec<u8>> {
    let seeds =
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(subject));
    assert!(!seeds.is_empty(), "{subject} has no corpus");
    seeds
}

fn torture() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    ["rfc4475", "rfc5118"].iter().flat_map(|name| files(&folder.join(name))).collect()
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.roll(bytes.len() + 1);
    match dice.roll(7) {
        0 if at < bytes.len() => bytes[at] = dice.roll(256) as u8,
        1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
        2 => bytes.truncate(at.max(bytes.len() / 2)),
        3 => drop(bytes.drain(at..(at + dice.roll(40)).min(bytes.len()))),
        4 => {
            let copy = bytes[at..(at + dice.roll(80)).min(bytes.len())].to_vec();
            let to = dice.roll(bytes.len() + 1);
            drop(bytes.splice(to..to, copy));
        }
        5 => {
            let other = &seeds[dice.roll(seeds.len())];
            let from = dice.roll(other.len() + 1);
            let piece = other[from..(from + dice.roll(200)).min(other.len())].to_vec();
            drop(bytes.splice(at..at, piece));
        }
        _ => drop(bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].iter().copied())),
    }
    bytes.truncate(20_000);
}

/// Every seed as it is, then mutations of seeds.
fn run(seeds: &[Vec<u8>], mutations: usize, property: impl Fn(&[u8])) {
    seeds.iter().for_each(|seed| property(seed));
    let dice = &mut Dice(0x5EED);
    for _ in 0..mutations {
        let mut bytes = seeds[dice.roll(seeds.len())].clone();
        for _ in 0..=dice.roll(5) {
            mutate(&mut bytes, seeds, dice);
        }
        property(&bytes);
    }
}

#[test]
fn any_message_is_lossless_or_faulty_and_reads_the_same_again() {
    run(&[corpus("message"), torture()].concat(), 40_000, properties::message);
}

#[test]
fn any_uri_keeps_its_text() {
    run(&corpus("uri"), 100_000, properties::uri);
}

#[test]
fn any_header_value_prints_what_it_reads() {
    run(&corpus("header"), 100_000, properties::header);
}

#[test]
fn any_stream_gives_the_same_messages_however_it_is_cut() {
    let torture = torture().into_iter().map(|bytes| [b"7".to_vec(), bytes].concat());
    let seeds: Vec<_> = corpus("framing").into_iter().chain(torture).collect();
    run(&seeds, 20_000, properties::framing);
}

#[test]
fn any_sequence_of_datagrams_leaves_a_stack_within_its_bounds() {
    let torture = torture().into_iter().map(|bytes| [b"0".to_vec(), bytes].concat());
    let seeds: Vec<_> = corpus("stack").into_iter().chain(torture).collect();
    run(&seeds, 15_000, properties::stack);
}
