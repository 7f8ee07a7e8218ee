//! Bodies that nobody meant: seeded mutations of real offers. Nothing may panic, grow or inject a line.
#![allow(clippy::unwrap_used)]

use sdp::{Capabilities, LocalMedia, Session};

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

fn session() -> Session {
    let at = |port| format!("192.0.2.1:{port}").parse().unwrap();
    let local = LocalMedia { rtp: at(40000), rtcp: at(40001) };
    Session::new(7, local, Capabilities { rtcp_mux: true, ..Capabilities::g711() })
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
        match session().handle_offer(&body) {
            Ok((answer, agreed)) => {
                answered += 1;
                assert!((10..=60).contains(&agreed.ptime_ms));
                assert!(answer.len() < 2 * body.len() + 512);
                let own = session().handle_offer(&answer);
                assert!(own.is_ok(), "our answer cannot be read: {own:?}");
            }
            Err(why) => {
                refused += 1;
                assert!([400, 413, 488].contains(&why.status()));
                let text = why.to_string();
                assert!(!text.contains(['"', '\r', '\n']) && text.len() < 1500, "{text}");
            }
        }
        let mut offering = session();
        offering.offer();
        let _ = offering.handle_answer(&body);
    }
    assert!(answered > 1000 && refused > 1000, "{answered} answered, {refused} refused");
}
