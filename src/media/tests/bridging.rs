//! Two legs bridged in one shard: what one peer says reaches the other in the same turn.
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use ids::{LegId, Moment, PlayId};
use media::command::{
    BridgedKeys, Codec, Command, Event, LegParams, MasterKey, Part, Playlist, SrtpKeys, Suite,
};
use media::{Shard, Stream, Wire};
use rtp::srtp::{SrtpReceiver, SrtpSender};
use rtp::{EventBlock, EventCode, Header, Packet, Report, ReportBlock, SenderInfo};
use std::net::SocketAddr;
use std::sync::Arc;
use trace::{at, params};

const CALLER: LegId = LegId(1);
const AGENT: LegId = LegId(2);
const CALLER_AT: &str = "10.0.0.1:4000";
const AGENT_AT: &str = "10.0.0.2:5000";
/// The caller's SSRC.
const SSRC: u32 = 0xCA11;

#[derive(Default)]
struct Tape(Vec<(LegId, Stream, SocketAddr, Vec<u8>)>);

impl Wire for Tape {
    fn send(&mut self, leg: LegId, stream: Stream, to: SocketAddr, datagram: &[u8]) {
        self.0.push((leg, stream, to, datagram.to_vec()));
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

struct Two {
    shard: Shard,
    tape: Tape,
    now: Moment,
}

impl Two {
    fn bridged(caller: LegParams, agent: LegParams, keys: BridgedKeys) -> Self {
        let mut two = Self { shard: Shard::new(1), tape: Tape::default(), now: Moment::START };
        two.command(Command::Start(CALLER, Box::new(caller)));
        two.command(Command::Start(AGENT, Box::new(agent)));
        two.command(Command::Bridge { leg: CALLER, to: AGENT, keys });
        two.command(Command::Bridge { leg: AGENT, to: CALLER, keys: BridgedKeys::ToPeer });
        two
    }

    fn plain() -> Self {
        Self::bridged(params_of(CALLER_AT), params_of(AGENT_AT), BridgedKeys::ToPeer)
    }

    fn command(&mut self, command: Command) {
        self.shard.handle_command(self.now, command, &mut self.tape);
    }

    fn pass_until(&mut self, ms: u64) {
        let end = Moment::from_millis(ms);
        while self.shard.poll_timeout() <= end {
            self.now = self.shard.poll_timeout().max(self.now);
            self.shard.handle_timeout(self.now, &mut self.tape);
        }
        self.now = end;
    }

    fn datagram(&mut self, leg: LegId, stream: Stream, from: &str, datagram: &[u8]) {
        let mut datagram = datagram.to_vec();
        let (now, tape) = (self.now, &mut self.tape);
        self.shard.handle_datagram(now, leg, stream, at(from), &mut datagram, tape);
    }

    /// The caller's packet number `n`, 20 ms of `byte`.
    fn caller_says(&mut self, n: u16, byte: u8) {
        let packet = rtp_packet(8, n, u32::from(n) * 160, &[byte; 160]);
        self.datagram(CALLER, Stream::Rtp, CALLER_AT, &packet);
    }

    /// RTP that left on a leg since the last call.
    fn heard(&mut self, leg: LegId) -> Vec<Vec<u8>> {
        let all = std::mem::take(&mut self.tape.0).into_iter();
        let mine = all.filter(|(l, stream, ..)| *l == leg && *stream == Stream::Rtp);
        mine.map(|(.., datagram)| datagram).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.shard.poll_event()).collect()
    }
}

fn params_of(address: &str) -> LegParams {
    let rtp = at(address);
    LegParams {
        remote_rtp: rtp,
        remote_rtcp: SocketAddr::new(rtp.ip(), rtp.port() + 1),
        ..params()
    }
}

fn rtp_packet(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let header = Header { payload_type, marker: false, sequence, timestamp, ssrc: SSRC };
    let mut out = vec![0; 12 + payload.len()];
    assert_eq!(header.write(payload, &mut out), out.len());
    out
}

fn numbers(heard: &[Vec<u8>]) -> Vec<(u16, u32)> {
    let packets: Vec<_> = heard.iter().map(|d| Packet::read(d).unwrap()).collect();
    let first = (packets[0].sequence, packets[0].timestamp);
    let from_first =
        |p: &Packet<'_>| (p.sequence.wrapping_sub(first.0), p.timestamp.wrapping_sub(first.1));
    packets.iter().map(from_first).collect()
}

#[test]
fn a_packet_leaves_in_the_turn_it_came_in_with_our_numbers_and_the_gaps_kept() {
    let mut two = Two::plain();
    for n in [1, 2, 2, 5, 4, 6] {
        two.caller_says(n, n as u8);
    }
    let heard = two.heard(AGENT);
    assert_eq!(numbers(&heard), [(0, 0), (1, 160), (4, 640), (3, 480), (5, 800)]);
    let first = Packet::read(&heard[0]).unwrap();
    assert!(first.marker && first.ssrc != SSRC);
    assert_eq!(first.payload, [1; 160]);
}

#[test]
fn the_sum_of_the_two_laws_is_heard_in_each_ones_own() {
    let agent = LegParams { codec: Codec::Pcmu, payload_type: 0, ..params_of(AGENT_AT) };
    let mut two = Two::bridged(params_of(CALLER_AT), agent, BridgedKeys::ToPeer);
    two.caller_says(1, 0xD5);
    let heard = two.heard(AGENT);
    let packet = Packet::read(&heard[0]).unwrap();
    assert_eq!((packet.payload_type, packet.payload[0]), (0, 0xFE), "quiet in µ-law");
}

fn key_packets(event: u8, first: u16, timestamp: u32) -> Vec<Vec<u8>> {
    let packet = |n: u16| {
        let duration = (n + 1) * 160;
        let block = EventBlock { event: EventCode(event), end: n >= 4, volume: 10, duration };
        rtp_packet(101, first + n, timestamp, &block.bytes())
    };
    (0..7).map(packet).collect()
}

#[test]
fn keys_go_on_unreported_or_are_reported_and_do_not_go_on() {
    let mut through = Two::plain();
    through.caller_says(1, 7);
    for packet in key_packets(5, 2, 320) {
        through.datagram(CALLER, Stream::Rtp, CALLER_AT, &packet);
    }
    let events = through.heard(AGENT);
    let keys: Vec<_> =
        events.iter().map(|d| Packet::read(d).unwrap()).filter(|p| p.payload_type == 101).collect();
    assert_eq!(keys.len(), 7);
    assert!(keys.iter().all(|k| k.timestamp == keys[0].timestamp && k.payload[0] == 5));
    assert_eq!(through.events(), [], "nobody here is told");

    let (caller, agent) = (params_of(CALLER_AT), params_of(AGENT_AT));
    let mut here = Two::bridged(caller, agent, BridgedKeys::ToUs);
    here.caller_says(1, 7);
    for packet in key_packets(5, 2, 320) {
        here.datagram(CALLER, Stream::Rtp, CALLER_AT, &packet);
    }
    assert_eq!(here.heard(AGENT).len(), 1, "the audio alone");
    assert!(matches!(here.events()[..], [Event::KeyDown { .. }, Event::KeyUp { .. }]));
}

#[test]
fn a_leg_with_another_clock_for_keys_gets_them_in_its_own() {
    let agent = LegParams { telephone_event: Some((96, 16_000)), ..params_of(AGENT_AT) };
    let mut two = Two::bridged(params_of(CALLER_AT), agent, BridgedKeys::ToPeer);
    let mut packets = key_packets(9, 1, 160);
    packets[0][1] |= 0x80;
    for packet in packets {
        two.datagram(CALLER, Stream::Rtp, CALLER_AT, &packet);
    }
    two.pass_until(400);
    let heard = two.heard(AGENT);
    let keys: Vec<_> = heard.iter().map(|d| Packet::read(d).unwrap()).collect();
    assert!(keys.len() >= 6 && keys.iter().all(|k| k.payload_type == 96 && k.payload[0] == 9));
}

#[test]
fn an_announcement_is_heard_by_one_leg_alone_and_the_talk_goes_on_behind_it() {
    let mut two = Two::plain();
    two.caller_says(1, 7);
    let bytes: Arc<[u8]> = vec![0x55; 160 * 2].into();
    let list = Arc::new(Playlist { parts: vec![Part::Audio { bytes, start: 0, end: 320 }] });
    let play = PlayId(3);
    two.now = Moment::from_millis(20);
    two.command(Command::Play { leg: AGENT, play, list, barge_in: false, repeat: false });
    two.caller_says(2, 7);
    two.pass_until(60);
    two.caller_says(4, 7);
    let heard = two.heard(AGENT);
    let payloads: Vec<u8> = heard.iter().map(|d| Packet::read(d).unwrap().payload[0]).collect();
    assert_eq!(payloads, [7, 0x55, 0x55, 7]);
    assert_eq!(numbers(&heard), [(0, 0), (1, 160), (2, 320), (3, 480)], "one stream, no gap");
}

#[test]
fn an_unbridged_leg_is_heard_by_nobody() {
    let mut two = Two::plain();
    two.command(Command::Unbridge(CALLER));
    two.caller_says(1, 7);
    assert!(two.heard(AGENT).is_empty());
    two.command(Command::Bridge { leg: CALLER, to: LegId(99), keys: BridgedKeys::ToUs });
    two.caller_says(2, 7);
    assert_eq!(two.shard.counters().strays, 2, "the other leg is gone: counted, nothing else");
}

#[test]
fn what_was_said_between_two_bridges_is_no_loss_to_the_far_end() {
    let mut two = Two::plain();
    two.caller_says(1, 7);
    two.command(Command::Unbridge(CALLER));
    (2..40).for_each(|n| two.caller_says(n, 7));
    two.command(Command::Bridge { leg: CALLER, to: AGENT, keys: BridgedKeys::ToPeer });
    two.pass_until(800);
    two.caller_says(40, 7);
    let heard = two.heard(AGENT);
    assert_eq!(numbers(&heard)[1].0, 1, "the next number, though 38 packets stayed here");
    assert!(Packet::read(&heard[1]).unwrap().marker);
}

#[test]
fn reports_are_told_in_the_numbers_of_the_far_end() {
    let mut two = Two::plain();
    for n in [100, 101, 103] {
        two.caller_says(n, 7);
    }
    let heard = two.heard(AGENT);
    let last = Packet::read(heard.last().unwrap()).unwrap();
    let mut out = [0; 200];
    let sender = SenderInfo {
        ntp: 0x0001_2345_6789_0000,
        rtp_timestamp: 103 * 160,
        packets: 3,
        octets: 480,
    };
    let report =
        Report { ssrc: SSRC, sender: Some(sender), block: None, cname: "caller", bye: false };
    let length = rtp::write_rtcp(&report, &mut out);
    two.datagram(CALLER, Stream::Rtcp, "10.0.0.1:4001", &out[..length]);
    let told = two.tape.0.pop().unwrap();
    assert_eq!((told.0, told.1), (AGENT, Stream::Rtcp));
    let summary = rtp::read_rtcp(&told.3, 0).unwrap();
    let passed = summary.sender.unwrap();
    assert_eq!((summary.ssrc, passed.ntp), (last.ssrc, sender.ntp));
    assert_eq!(passed.rtp_timestamp, last.timestamp);

    let block = |lost, highest: u16| ReportBlock {
        ssrc: last.ssrc,
        cumulative_lost: lost,
        extended_highest: highest.into(),
        jitter: 42,
        last_sr: 0x2345_6789,
        delay_since_last_sr: 77,
        ..ReportBlock::default()
    };
    for lost in [2, 3] {
        let block = Some(block(lost, last.sequence));
        let report = Report { ssrc: 9, sender: None, block, cname: "agent", bye: false };
        let length = rtp::write_rtcp(&report, &mut out);
        two.datagram(AGENT, Stream::Rtcp, "10.0.0.2:5001", &out[..length]);
    }
    let told = two.tape.0.pop().unwrap();
    assert_eq!((told.0, told.1), (CALLER, Stream::Rtcp));
    let about = rtp::read_rtcp(&told.3, SSRC).unwrap().about_us.unwrap();
    assert_eq!((about.cumulative_lost, about.jitter), (1, 42));
    assert_eq!(about.extended_highest as u16, 103);
    assert_eq!(
        (about.last_sr, about.delay_since_last_sr),
        (0x2345_6789, 77),
        "their own round trip"
    );
}

fn key(first: u8) -> MasterKey {
    let suite = Suite::AesCm128HmacSha1_80;
    let bytes: Vec<u8> = (first..).take(MasterKey::bytes_of(suite)).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

#[test]
fn one_leg_may_be_protected_and_the_other_plain() {
    let keys = SrtpKeys { send: key(1), receive: key(101) };
    let caller = LegParams { srtp: Some(Box::new(keys)), ..params_of(CALLER_AT) };
    let mut two = Two::bridged(caller, params_of(AGENT_AT), BridgedKeys::ToPeer);
    let mut phone = SrtpSender::new(&key(101));
    let mut sealed = rtp_packet(8, 1, 160, &[7; 160]);
    sealed.resize(200, 0);
    let length = phone.protect(&mut sealed, 172).unwrap();
    two.datagram(CALLER, Stream::Rtp, CALLER_AT, &sealed[..length]);
    assert_eq!(Packet::read(&two.heard(AGENT)[0]).unwrap().payload, [7; 160]);
    two.datagram(AGENT, Stream::Rtp, AGENT_AT, &rtp_packet(8, 9, 9, &[3; 160]));
    let mut back = two.heard(CALLER).remove(0);
    let plain = SrtpReceiver::new(&key(1)).unprotect(&mut back).unwrap();
    assert_eq!(Packet::read(&back[..plain]).unwrap().payload, [3; 160]);
}

#[test]
fn a_packet_larger_than_a_frame_is_dropped_and_counted() {
    let mut two = Two::plain();
    // comfort noise (RFC 3389) has a dozen bytes
    two.datagram(CALLER, Stream::Rtp, CALLER_AT, &rtp_packet(13, 1, 1, &[7; 1_460]));
    assert!(two.heard(AGENT).is_empty());
    assert_eq!(two.shard.counters().malformed, 1);
}
