//! A card as it could lie about: its number, and expiry with code, in every way that a program may hold digits.
//! Also included by the tests of whole calls (`tests/wire/canary.rs`), which search other processes for it.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

/// A card that stands nowhere else.
#[derive(Clone)]
pub struct Card {
    pub number: String,
    pub expiry: String,
    pub code: String,
}

/// One way in which it may be written, and its name.
pub type Needle = (&'static str, Vec<u8>);

/// All memory of the process that whoever is root can read through /proc.
pub fn readable_memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|l| !l.contains("[vvar") && !l.contains("[vsyscall]")) {
        let (from, rest) = line.split_once('-').unwrap();
        let (to, access) = rest.split_once(' ').unwrap();
        let [from, to] = [from, to].map(|n| u64::from_str_radix(n, 16).unwrap());
        if !access.starts_with('r') {
            continue;
        }
        let (at, length) = (all.len(), (to - from) as usize);
        all.resize(at + length, 0);
        if memory.read_exact_at(&mut all[at..], from).is_err() {
            all.truncate(at);
        }
        drop_empty_pages(&mut all, at);
    }
    all
}

/// Pages without a single bit hold no needle; most of a process's room is such.
fn drop_empty_pages(all: &mut Vec<u8>, from: usize) {
    const PAGE: usize = 4_096;
    let mut kept = from;
    for at in (from..all.len()).step_by(PAGE) {
        let end = (at + PAGE).min(all.len());
        if all[at..end] != [0; PAGE][..end - at] {
            all.copy_within(at..end, kept);
            kept += end - at;
        }
    }
    all.truncate(kept);
}

/// The first of these that is in there.
pub fn first_in(memory: &[u8], needles: &[Needle]) -> Option<&'static str> {
    let mut begins = vec![false; 1 << 16];
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    needles.iter().for_each(|(_, needle)| begins[pair(needle)] = true);
    // written out: iterators cost ten times as much where nothing is optimised
    let mut at = 0;
    while at + 1 < memory.len() {
        if begins[usize::from(memory[at]) << 8 | usize::from(memory[at + 1])] {
            let here = &memory[at..];
            if let Some((name, _)) = needles.iter().find(|(_, needle)| here.starts_with(needle)) {
                return Some(name);
            }
        }
        at += 1;
    }
    None
}

impl Card {
    /// Every way. Shorter ones than five bytes would be found where nobody put them.
    pub fn needles(&self) -> Vec<Needle> {
        let tail = format!("{}{}", self.expiry, self.code);
        let number = self.number.as_str();
        let (first, last) = (&number[..12], &number[number.len() - 10..]);
        let mut all = Vec::new();
        for digits in [number, first, last, &tail] {
            all.extend(written(digits));
        }
        all.extend(grouped(number));
        all.extend(integers(number));
        all.extend(hashed(number));
        all.retain(|(_, needle)| needle.len() >= 5);
        all
    }
}

/// Text, digit values, packed decimal, hexadecimal, lists, base64: also backwards.
fn written(digits: &str) -> Vec<Needle> {
    let ascii = digits.as_bytes().to_vec();
    let values: Vec<u8> = ascii.iter().map(|b| b - b'0').collect();
    let wide = |bytes: usize, last: bool| -> Vec<u8> {
        let spread = |b: &u8| {
            let mut unit = vec![0; bytes];
            unit[if last { bytes - 1 } else { 0 }] = *b;
            unit
        };
        ascii.iter().flat_map(spread).collect()
    };
    let backwards = |v: &[u8]| v.iter().rev().copied().collect::<Vec<u8>>();
    let list = |separator: &str| {
        let texts: Vec<String> = values.iter().map(u8::to_string).collect();
        texts.join(separator).into_bytes()
    };
    let codes: Vec<String> = ascii.iter().map(u8::to_string).collect();
    let packed = |v: &[u8]| v.chunks_exact(2).map(|p| p[0] << 4 | p[1]).collect::<Vec<u8>>();
    let odd = |v: &[u8]| packed(v.get(1..).unwrap_or_default());
    let hex = |upper: bool| -> Vec<u8> {
        let one = |b: &u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
        ascii.iter().map(one).collect::<String>().into_bytes()
    };
    let words32 = values.iter().flat_map(|v| u32::from(*v).to_le_bytes()).collect();
    let words64 = values.iter().flat_map(|v| u64::from(*v).to_le_bytes()).collect();
    vec![
        ("text backwards", backwards(&ascii)),
        ("values backwards", backwards(&values)),
        ("UTF-16 LE", wide(2, false)),
        ("UTF-16 BE", wide(2, true)),
        ("UTF-32 LE", wide(4, false)),
        ("UTF-32 BE", wide(4, true)),
        ("values of 32 bits", words32),
        ("values of 64 bits", words64),
        ("packed decimal", packed(&values)),
        ("packed decimal, shifted", odd(&values)),
        ("packed decimal backwards", packed(&backwards(&values))),
        ("hexadecimal", hex(false)),
        ("HEXADECIMAL", hex(true)),
        ("a printed list", list(", ")),
        ("a dense list", list(",")),
        ("digits with spaces", list(" ")),
        ("a printed list of characters", codes.join(", ").into_bytes()),
        ("base64", base64_inside(&ascii, 0)),
        ("base64 behind one byte", base64_inside(&ascii, 1)),
        ("base64 behind two bytes", base64_inside(&ascii, 2)),
        ("text", ascii),
        ("values", values),
    ]
}

/// In fours, as people write it.
fn grouped(number: &str) -> Vec<Needle> {
    let fours: Vec<&str> =
        (0..number.len()).step_by(4).filter_map(|n| number.get(n..n + 4)).collect();
    [
        (" ", "groups"),
        ("-", "groups with hyphens"),
        (".", "groups with dots"),
        ("+", "groups in a form"),
    ]
    .map(|(separator, name)| (name, fours.join(separator).into_bytes()))
    .into()
}

fn integers(number: &str) -> Vec<Needle> {
    let n: u64 = number.parse().unwrap();
    let hex = format!("{n:x}").into_bytes();
    let float = (n as f64).to_le_bytes().to_vec();
    vec![
        ("an integer, little end", n.to_le_bytes().to_vec()),
        ("an integer, big end", n.to_be_bytes().to_vec()),
        ("an integer in hexadecimal", hex),
        ("a floating number", float),
    ]
}

/// A hash without a key is a number that can be looked up: there are few card numbers.
fn hashed(number: &str) -> Vec<Needle> {
    let hash = |program: &str, name: &'static str, raw: &'static str| {
        let mut child =
            Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(number.as_bytes()).unwrap();
        let said = child.wait_with_output().unwrap().stdout;
        let hex: Vec<u8> = said.iter().copied().take_while(u8::is_ascii_hexdigit).collect();
        let value = |b: u8| char::from(b).to_digit(16).unwrap() as u8;
        let bytes = hex.chunks_exact(2).map(|p| value(p[0]) << 4 | value(p[1])).collect();
        [(name, hex), (raw, bytes)]
    };
    let md5 = hash("md5sum", "MD5", "MD5, raw");
    let sha1 = hash("sha1sum", "SHA-1", "SHA-1, raw");
    let sha256 = hash("sha256sum", "SHA-256", "SHA-256, raw");
    [md5, sha1, sha256].concat()
}

/// What of base64 depends on these bytes alone, where `before` other bytes stand before them.
fn base64_inside(bytes: &[u8], before: usize) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = bytes.get((3 - before) % 3..).unwrap_or_default();
    let letters = |three: &[u8]| {
        let n = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        [18, 12, 6, 0].map(|shift| LETTERS[(n >> shift & 63) as usize])
    };
    whole.chunks_exact(3).flat_map(letters).collect()
}
