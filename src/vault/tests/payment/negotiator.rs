//! A negotiator stays on the line while a card is keyed: who hears what, through the real program.

use crate::bursts::{heard, tones};
use crate::stage::{Stage, now, order};
use audio::g711::Law;
use gateway_sandbox::Proof;
use rtp::srtp::{MasterKey, OVERHEAD_BYTES_MAX, SrtpReceiver, SrtpSender, Suite};
use rtp::{Header, Packet};
use std::net::{SocketAddr, UdpSocket};
use vault_link::{
    Codec, End, Field, FieldState, FromVault, MediaKey, NegotiatorLeg, Outcome, Secured, Session,
    SwitchEvent,
};

const ONE: Session = Session(1);
const FRAME: usize = 160;
/// 15 ms: what is left of a key before a detector has heard it.
const BURST: usize = 120;

/// The switch's end of the negotiator's leg.
struct Leg {
    socket: UdpSocket,
    to: SocketAddr,
    sequence: u16,
    /// Ours and the vault's, where the leg crosses a network.
    keys: Option<(SrtpSender, SrtpReceiver)>,
    heard: Vec<i16>,
}

/// An AES-CM key of this filling.
fn secured(fill: u8) -> Secured {
    Secured { suite: 1, key: MediaKey::new(&[fill; 30]).unwrap() }
}

fn master(secured: &Secured) -> MasterKey {
    secured.key.reveal(|bytes| MasterKey::new(Suite::AesCm128HmacSha1_80, bytes).unwrap())
}

impl Leg {
    fn take(&mut self) {
        let mut datagram = [0; 1_500];
        while let Ok((length, _)) = self.socket.recv_from(&mut datagram) {
            let length = match &mut self.keys {
                Some((_, opening)) => opening.unprotect(&mut datagram[..length]).unwrap(),
                None => length,
            };
            let packet = Packet::read(&datagram[..length]).unwrap();
            assert_eq!((packet.payload_type, packet.payload.len()), (8, FRAME));
            let table = Law::A.table();
            self.heard.extend(packet.payload.iter().map(|b| table[usize::from(*b)]));
        }
    }

    fn speak(&mut self, sample: i16) {
        let header = Header {
            payload_type: 8,
            marker: false,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * FRAME as u32,
            ssrc: 9,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = [0; 12 + FRAME + OVERHEAD_BYTES_MAX];
        let mut length = header.write(&[Law::A.encode(sample); FRAME], &mut packet);
        if let Some((sealing, _)) = &mut self.keys {
            length = sealing.protect(&mut packet, length).unwrap();
        }
        let _ = self.socket.send_to(&packet[..length], self.to);
    }
}

/// One frame of a caller's sound: a voice-like hum, and every fifth a burst of a key.
fn sound(frame: usize) -> Vec<i16> {
    let hum = |n: usize| {
        let at = (frame * FRAME + n) as f64 / 8_000.0 * std::f64::consts::TAU;
        (1..5).map(|h| (at * 140.0 * f64::from(h)).sin() * 120.0 / f64::from(h)).sum::<f64>()
    };
    let burst = if frame.is_multiple_of(5) { tones('5', BURST, 2_000.0) } else { vec![] };
    let burst = |n: usize| burst.get(n).copied().unwrap_or(0.0);
    (0..FRAME).map(|n| (hum(n) + burst(n)) as i16).collect()
}

impl Stage {
    /// A caller and a negotiator who talk by the vault.
    fn put_through(&mut self) -> Leg {
        self.put_through_by(None)
    }

    /// The same by a leg with the vault's key and ours.
    fn put_through_by(&mut self, keys: Option<(Secured, Secured)>) -> Leg {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let remote = socket.local_addr().unwrap();
        let codec = Codec::Alaw;
        let (sending, far_key) = keys.clone().unzip();
        let leg = NegotiatorLeg { remote, codec, audio_payload: 8, sending, far_key };
        self.side.open_media_beside(now(), ONE, None, true, Some(leg)).unwrap();
        let (at, to) = self.wait_said(|said| match said {
            FromVault::MediaOpened(_, at, Some(beside)) => Some((*at, *beside)),
            _ => None,
        });
        self.phone.call(at, None);
        let agreed = self.agreed(&self.phone, None);
        self.side.agree(now(), ONE, agreed).unwrap();
        let keys = keys.map(|(theirs, ours)| {
            (SrtpSender::new(&master(&ours)), SrtpReceiver::new(&master(&theirs)))
        });
        Leg { socket, to, sequence: 0, keys, heard: Vec::new() }
    }

    /// Both talk for so many frames of 20 ms.
    fn talk(&mut self, leg: &mut Leg, frames: usize) {
        for frame in 0..frames {
            self.phone.speak(&sound(frame));
            leg.speak(4_000);
            let next = now() + std::time::Duration::from_millis(20);
            while now() < next {
                self.pump();
                leg.take();
            }
        }
    }

    fn wait_field(&mut self, field: Field, state: FieldState) {
        self.wait_said(|said| (*said == FromVault::Field(ONE, field, state)).then_some(()));
    }

    /// The negotiator asks for a field; what was heard before it is of no matter any more.
    fn arm(&mut self, leg: &mut Leg, field: Field) {
        self.side.arm_field(ONE, field).unwrap();
        self.wait_field(field, FieldState::Armed);
        leg.take();
        leg.heard.clear();
    }

    /// Keys by telephone-events while the same sound goes on beside them.
    fn key_while_talking(&mut self, leg: &mut Leg, keys: &str) {
        for key in keys.chars() {
            self.phone.press(key);
            self.talk(leg, 8);
        }
    }
}

#[test]
fn while_a_field_is_armed_a_negotiator_hears_one_beep_a_key_and_no_trace_of_which() {
    let mut stage = Stage::set("negotiator", Proof::Good);
    let mut leg = stage.put_through();
    until_a_burst_is_heard(&mut stage, &mut leg);
    stage.side.guide(now(), ONE, order(1_700)).unwrap();
    let number = "4000056655665556#";
    stage.arm(&mut leg, Field::Number);
    // what the vault asks is heard first, and then keys count
    stage.wait_said(|said| matches!(said, FromVault::Speaking(_)).then_some(()));
    stage.key_while_talking(&mut leg, number);
    stage.wait_field(Field::Number, FieldState::Accepted);
    let (caller, beeps) = (heard_of_the_caller(&leg.heard), beeps(&leg.heard));
    assert_eq!((caller, beeps), (vec![], number.len()), "{} samples", leg.heard.len());
    let counts = |e: &&SwitchEvent| matches!(e, SwitchEvent::Said(FromVault::Progress(..)));
    assert_eq!(stage.events.iter().filter(counts).count(), 16, "each digit is counted once");
    leg.heard.clear();
    until_a_burst_is_heard(&mut stage, &mut leg);
}

#[test]
fn a_caller_hears_the_negotiator_while_a_field_is_armed_and_pays_by_his_own_key() {
    let mut stage = Stage::set("guided", Proof::Good);
    let mut leg = stage.put_through();
    stage.side.guide(now(), ONE, order(1_800)).unwrap();
    let fields =
        [(Field::Number, "4000056655665556#"), (Field::Expiry, "1230"), (Field::Code, "737")];
    for (field, keys) in fields {
        stage.arm(&mut leg, field);
        stage.phone.loud = 0;
        stage.talk(&mut leg, 10);
        while stage.phone.loud < 10 {
            stage.talk(&mut leg, 5);
        }
        stage.key_while_talking(&mut leg, keys);
        stage.wait_field(field, FieldState::Accepted);
    }
    stage.arm(&mut leg, Field::Confirm);
    stage.press("1");
    assert!(matches!(stage.authorise(ONE), Outcome::Approved(_)));
    assert_eq!(stage.end(ONE), End::Paid);
    assert_eq!(stage.sandbox.charges().len(), 1);
}

#[test]
fn a_protected_leg_carries_both_voices_and_a_forged_packet_is_not_heard() {
    let mut stage = Stage::set("beside", Proof::Good);
    let mut leg = stage.put_through_by(Some((secured(3), secured(4))));
    until_a_burst_is_heard(&mut stage, &mut leg);
    while stage.phone.loud < 10 {
        stage.talk(&mut leg, 5);
    }
    // the same voice without its proof
    leg.keys = Some((SrtpSender::new(&master(&secured(5))), leg.keys.take().unwrap().1));
    stage.talk(&mut leg, 20);
    stage.phone.loud = 0;
    stage.talk(&mut leg, 50);
    assert_eq!(stage.phone.loud, 0);
}

/// The planted control: what passes is found. Without it no silence would prove anything.
fn until_a_burst_is_heard(stage: &mut Stage, leg: &mut Leg) {
    let until = now() + std::time::Duration::from_secs(60);
    while !heard(&leg.heard).contains(&'5') {
        assert!(now() < until, "the planted bursts are not heard while both talk");
        stage.talk(leg, 25);
    }
}

/// Keys named in what is neither noise nor the one beep.
fn heard_of_the_caller(samples: &[i16]) -> Vec<char> {
    let (frames, _) = samples.as_chunks::<FRAME>();
    let unknown = frames.iter().filter(|frame| !is_quiet(*frame) && !is_beep(*frame));
    let foreign: Vec<i16> = unknown.flatten().copied().collect();
    assert!(foreign.is_empty(), "{} samples are neither noise nor a beep", foreign.len());
    let mut quiet = samples.to_vec();
    let (frames, _) = quiet.as_chunks_mut::<FRAME>();
    frames.iter_mut().filter(|frame| is_beep(*frame)).for_each(|frame| frame.fill(0));
    heard(&quiet)
}

fn is_quiet(frame: &[i16]) -> bool {
    frame.iter().all(|s| s.unsigned_abs() <= 32)
}

/// 440 Hz and nothing else: the energy that a single tone of that pitch leaves is rounding.
fn is_beep(frame: &[i16]) -> bool {
    let step = 440.0 / 8_000.0 * std::f64::consts::TAU;
    // a single tone obeys x[n] = 2 cos(w) x[n-1] - x[n-2]
    let off = |w: &[i16]| {
        let [a, b, c] = [w[0], w[1], w[2]].map(f64::from);
        (c - 2.0 * step.cos() * b + a).powi(2)
    };
    let left: f64 = frame.windows(3).map(off).sum();
    let energy: f64 = frame.iter().map(|s| f64::from(*s).powi(2)).sum();
    energy > 1e6 && left < energy * 0.01
}

/// Beeps, told apart by the noise between them.
fn beeps(samples: &[i16]) -> usize {
    let (frames, _) = samples.as_chunks::<FRAME>();
    let sounding: Vec<bool> = frames.iter().map(|frame| is_beep(frame)).collect();
    sounding.split(|beep| !beep).filter(|run| !run.is_empty()).count()
}
