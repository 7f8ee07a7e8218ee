//! Bodies that nobody meant: seeded mutations of real offers. Nothing may panic, grow or inject a line.
#![allow(clippy::unwrap_used)]

mod properties;

const OFFER: &str = "v=0\r\no=- 1822461223 1822461223 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\na=sendrecv\r\nm=audio 17418 RTP/AVPF 9 0 8 101\r\nc=IN IP4 198.51.100.8\r\nb=AS:64\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=rtcp:53020 IN IP4 198.51.100.7\r\na=ptime:20\r\na=maxptime:140\r\na=rtcp-mux\r\nm=video 9078 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n";

/// xorshift64*: the same walk on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }
}

fn mutate(body: &mut Vec<u8>, dice: &mut Dice) {
    const PIECES: [&[u8]; 9] = [
        b"\r\n",
        b"=",
        b" ",
        b"/",
        b"99999999999999999999",
        b"\0",
        b"\xff",
        b"m=audio 1 RTP/AVP 8\r\n",
        b"-1",
    ];
    let at = dice.roll(body.len().max(1)).min(body.len());
    match dice.roll(4) {
        0 if at < body.len() => body[at] = dice.roll(256) as u8,
        1 => body.truncate(at),
        2 => {
            let end = (at + dice.roll(20)).min(body.len());
            body.drain(at..end);
        }
        _ => {
            let piece = PIECES[dice.roll(PIECES.len())];
            body.splice(at..at, piece.iter().copied());
        }
    }
}

#[test]
fn mutated_offers_are_answered_well_or_refused_well() {
    let mut dice = Dice(0x5EED);
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..30_000 {
        let mut body = OFFER.as_bytes().to_vec();
        for _ in 0..=dice.roll(6) {
            mutate(&mut body, &mut dice);
        }
        match properties::description(&body) {
            true => answered += 1,
            false => refused += 1,
        }
    }
    assert!(answered > 1000 && refused > 1000, "{answered} answered, {refused} refused");
}

#[test]
fn the_committed_corpus_and_its_mutations_are_answered_well_or_refused_well() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/sdp");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut dice = Dice(0xC0FFEE);
    assert!(paths.len() >= 8, "{} seeds", paths.len());
    for path in paths {
        let seed = std::fs::read(path).unwrap();
        properties::description(&seed);
        for _ in 0..1_500 {
            let mut body = seed.clone();
            for _ in 0..=dice.roll(6) {
                mutate(&mut body, &mut dice);
            }
            properties::description(&body);
        }
    }
}
