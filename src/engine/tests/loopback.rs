//! The engine on real sockets of the loopback interface: nothing here sleeps, each wait is for a packet
//! or an event, with a deadline of seconds that only a failure reaches.

#![allow(clippy::unwrap_used)] // a test may

use engine::{Engine, EngineConfig, OpenPorts, Scheduling};
use ids::{LegId, Moment, PlayId};
use keypad::{Key, Keys};
use media::command::{
    BridgedKeys, Codec, Command, Direction, Event, KeySource, LegParams, LegStats, Listening, Part,
    Playlist,
};
use rtp::{EventBlock, EventCode, Header, Packet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PATIENCE: Duration = Duration::from_secs(5);

struct Bench {
    engine: Engine,
    woken: Receiver<()>,
}

impl Bench {
    fn start(ports: RangeInclusive<u16>) -> Self {
        let (wake, woken) = channel();
        let clock = Arc::new(|| {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            Moment::from_micros(now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000)
        });
        let wake = Arc::new(move || wake.send(()).unwrap_or(()));
        let config = EngineConfig {
            threads: 2,
            ports,
            browsers: None,
            seed: 7,
            scheduling: Scheduling::default(),
            clock,
            wake,
        };
        Self { engine: Engine::start(config).unwrap(), woken }
    }

    fn event(&self) -> Event {
        loop {
            if let Some(event) = self.engine.try_event() {
                return event;
            }
            self.woken.recv_timeout(PATIENCE).expect("an event comes");
        }
    }

    fn send(&self, command: Command) {
        self.engine.send(command).unwrap();
    }

    fn begin(&self, leg: u64, phone: &Phone) -> OpenPorts {
        let ports = self.engine.open(LegId(leg), phone.rtp.local_addr().unwrap().ip()).unwrap();
        self.send(Command::Start(LegId(leg), Box::new(phone.params())));
        ports
    }

    fn close(&self, leg: u64) -> LegStats {
        self.send(Command::Close(LegId(leg)));
        loop {
            if let Event::Closed(closed, stats) = self.event() {
                assert_eq!(closed, LegId(leg));
                return *stats;
            }
        }
    }
}

struct Phone {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    sequence: u16,
}

impl Phone {
    fn new(ip: IpAddr) -> Self {
        let socket = || {
            let socket = UdpSocket::bind((ip, 0)).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        Self { rtp: socket(), rtcp: socket(), sequence: 0 }
    }

    fn params(&self) -> LegParams {
        LegParams {
            remote_rtp: self.rtp.local_addr().unwrap(),
            remote_rtcp: self.rtcp.local_addr().unwrap(),
            codec: Codec::Pcma,
            payload_type: 8,
            telephone_event: Some((101, 8_000)),
            received_as: None,
            inband_always: false,
            ptime_ms: 20,
            direction: Direction::SendRecv,
            srtp: None,
            cname: "test@parley.example".into(),
        }
    }

    fn hear(&self) -> (Vec<u8>, SocketAddr) {
        let mut buffer = [0; 1_500];
        let (length, from) = self.rtp.recv_from(&mut buffer).expect("a packet comes");
        (buffer[..length].to_vec(), from)
    }

    fn say(&mut self, to: SocketAddr, payload_type: u8, timestamp: u32, payload: &[u8]) {
        say_from(&self.rtp, to, self.sequence, payload_type, timestamp, payload);
        self.sequence += 1;
    }

    fn press(&mut self, to: SocketAddr, event: u8, timestamp: u32, duration: u16, end: bool) {
        let block = EventBlock { event: EventCode(event), end, volume: 10, duration };
        self.say(to, 101, timestamp, &block.bytes());
    }
}

fn say_from(socket: &UdpSocket, to: SocketAddr, sequence: u16, pt: u8, ts: u32, payload: &[u8]) {
    let mut out = [0; 200];
    let header = Header { payload_type: pt, marker: false, sequence, timestamp: ts, ssrc: 0xCA11 };
    let length = header.write(payload, &mut out);
    socket.send_to(&out[..length], to).unwrap();
}

fn prompt(bytes: Vec<u8>) -> Arc<Playlist> {
    let end = bytes.len() as u32;
    Arc::new(Playlist { parts: vec![Part::Audio { bytes: bytes.into(), start: 0, end }] })
}

fn play(leg: u64, play: u64, list: &Arc<Playlist>) -> Command {
    let (leg, play, list) = (LegId(leg), PlayId(play), list.clone());
    Command::Play { leg, play, list, barge_in: true, repeat: false }
}

fn plays_a_prompt(ip: IpAddr, ports: RangeInclusive<u16>) {
    let bench = Bench::start(ports);
    let phone = Phone::new(ip);
    let open = bench.begin(1, &phone);
    let audio: Vec<u8> = (0..400_u32).map(|n| (n % 251) as u8).collect();
    bench.send(play(1, 9, &prompt(audio.clone())));
    let (mut heard, mut numbers) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (datagram, from) = phone.hear();
        assert_eq!(from, open.rtp);
        let packet = Packet::read(&datagram).unwrap();
        assert_eq!((packet.payload_type, packet.marker), (8, numbers.is_empty()));
        numbers.push((packet.sequence, packet.timestamp));
        heard.extend_from_slice(packet.payload);
    }
    assert_eq!(heard[..400], audio);
    assert_eq!(heard[400..], [0xD5; 80]);
    assert!(
        numbers.is_sorted_by(|a, b| b.0 == a.0.wrapping_add(1) && b.1 == a.1.wrapping_add(160))
    );
    let ended = Event::PlayEnded { leg: LegId(1), play: PlayId(9), completed: true };
    assert_eq!(bench.event(), ended);
    assert_eq!(bench.close(1).sent, 3);
    bench.engine.stop();
}

#[test]
fn a_prompt_reaches_a_phone_that_never_said_a_word() {
    plays_a_prompt(V4, 32_000..=32_009);
}

#[test]
fn and_over_ipv6() {
    plays_a_prompt(IpAddr::V6(Ipv6Addr::LOCALHOST), 32_010..=32_019);
}

#[test]
fn a_key_stops_the_prompt_and_is_told_when_it_ends() {
    let bench = Bench::start(32_020..=32_029);
    let mut phone = Phone::new(V4);
    let open = bench.begin(1, &phone);
    bench.send(play(1, 9, &prompt(vec![1; 80_000])));
    phone.hear();
    phone.press(open.rtp, 5, 1_000, 160, false);
    assert_eq!(bench.event(), Event::KeyDown { leg: LegId(1), stopped: Some(PlayId(9)) });
    let ended = Event::PlayEnded { leg: LegId(1), play: PlayId(9), completed: false };
    assert_eq!(bench.event(), ended);
    phone.press(open.rtp, 5, 1_000, 800, true);
    let key = Key::from_char('5').unwrap();
    let up = Event::KeyUp { leg: LegId(1), key, held_ms: 100, source: KeySource::Rtp };
    assert_eq!(bench.event(), up);
    bench.send(play(1, 10, &prompt(vec![2; 160])));
    while phone.hear().0[12] != 2 {}
    let stats = bench.close(1);
    assert_eq!((stats.received, stats.keys, stats.lost), (2, [1, 0, 0], 0));
    bench.engine.stop();
}

#[test]
fn we_follow_the_callers_real_port_and_other_ports_are_not_heard() {
    let bench = Bench::start(32_030..=32_039);
    let mut phone = Phone::new(V4);
    let elsewhere = UdpSocket::bind((V4, 0)).unwrap();
    let mut params = phone.params();
    params.remote_rtp = elsewhere.local_addr().unwrap();
    let open = bench.engine.open(LegId(1), V4).unwrap();
    bench.send(Command::Start(LegId(1), Box::new(params)));
    phone.press(open.rtp, 1, 1_000, 800, true);
    assert!(matches!(bench.event(), Event::KeyDown { .. }));
    assert!(matches!(bench.event(), Event::KeyUp { .. }));
    // connected by now: the kernel drops the intruder's key, so the next event is the phone's
    let intruder = UdpSocket::bind((V4, 0)).unwrap();
    let block = EventBlock { event: EventCode(9), end: true, volume: 0, duration: 800 };
    say_from(&intruder, open.rtp, 1, 101, 5_000, &block.bytes());
    phone.press(open.rtp, 2, 9_000, 800, true);
    assert!(matches!(bench.event(), Event::KeyDown { .. }));
    let key = Key::from_char('2').unwrap();
    assert!(matches!(bench.event(), Event::KeyUp { key: got, .. } if got == key));
    bench.send(play(1, 1, &prompt(vec![7; 160])));
    assert_eq!(phone.hear().0[12..], [7; 160]);
    bench.engine.stop();
}

#[test]
fn a_new_address_in_the_sdp_dissolves_the_connection_and_is_obeyed_at_once() {
    let bench = Bench::start(32_040..=32_049);
    let (mut first, mut second) = (Phone::new(V4), Phone::new(V4));
    let open = bench.begin(1, &first);
    first.press(open.rtp, 1, 1_000, 800, true);
    assert!(matches!(bench.event(), Event::KeyDown { .. }));
    assert!(matches!(bench.event(), Event::KeyUp { .. }));
    bench.send(Command::Update(LegId(1), Box::new(second.params())));
    bench.send(play(1, 1, &prompt(vec![7; 160])));
    let (datagram, from) = second.hear();
    assert_eq!((datagram[12], from), (7, open.rtp));
    assert!(matches!(bench.event(), Event::PlayEnded { .. }));
    second.sequence = 1;
    second.press(open.rtp, 2, 9_000, 800, true);
    assert!(matches!(bench.event(), Event::KeyDown { .. }));
    bench.engine.stop();
}

#[test]
fn a_phone_whose_port_is_closed_for_a_moment_misses_no_more_than_that() {
    let bench = Bench::start(32_050..=32_059);
    let mut phone = Phone::new(V4);
    let open = bench.begin(1, &phone);
    phone.press(open.rtp, 1, 1_000, 800, true);
    assert!(matches!(bench.event(), Event::KeyDown { .. }));
    assert!(matches!(bench.event(), Event::KeyUp { .. }));
    let address = phone.rtp.local_addr().unwrap();
    drop(phone);
    // these meet a closed port: the kernel answers with ICMP, which is reported at the next send
    bench.send(play(1, 1, &prompt(vec![7; 480])));
    assert!(matches!(bench.event(), Event::PlayEnded { completed: true, .. }));
    let back = UdpSocket::bind(address).unwrap();
    back.set_read_timeout(Some(PATIENCE)).unwrap();
    bench.send(play(1, 2, &prompt(vec![8; 160])));
    let mut buffer = [0; 200];
    back.recv(&mut buffer).expect("the first packet after the port is open again");
    assert_eq!(buffer[12], 8);
    bench.engine.stop();
}

#[test]
fn keys_that_we_send_are_heard_by_a_leg_of_ours() {
    let bench = Bench::start(32_060..=32_069);
    let phone = Phone::new(V4);
    let ours = bench.engine.open(LegId(1), V4).unwrap();
    let theirs = bench.engine.open(LegId(2), V4).unwrap();
    for (leg, remote) in [(1, theirs), (2, ours)] {
        let (remote_rtp, remote_rtcp) = (remote.rtp, remote.rtcp);
        let params = LegParams { remote_rtp, remote_rtcp, ..phone.params() };
        bench.send(Command::Start(LegId(leg), Box::new(params)));
    }
    bench.send(Command::SendKeys(LegId(1), Keys::from_text("4711#").unwrap()));
    let mut heard = Keys::new();
    while heard.len() < 5 {
        if let Event::KeyUp { leg: LegId(2), key, held_ms: 100, source: KeySource::Rtp } =
            bench.event()
        {
            assert!(heard.push(key));
        }
    }
    assert_eq!(heard, Keys::from_text("4711#").unwrap());
    bench.engine.stop();
}

#[test]
fn two_phones_talk_over_a_bridge_on_one_thread() {
    let bench = Bench::start(32_090..=32_099);
    let (mut caller, mut agent) = (Phone::new(V4), Phone::new(V4));
    let ours = bench.begin(1, &caller);
    let gone = bench.engine.open_beside(LegId(2), LegId(9), V4).unwrap_err();
    assert!(gone.to_string().contains("leg-9"), "{gone}");
    let theirs = bench.engine.open_beside(LegId(2), LegId(1), V4).unwrap();
    bench.send(Command::Start(LegId(2), Box::new(agent.params())));
    for (leg, to) in [(1, 2), (2, 1)] {
        let keys = BridgedKeys::ToPeer;
        bench.send(Command::Bridge { leg: LegId(leg), to: LegId(to), keys });
    }
    for n in 0..3 {
        caller.say(ours.rtp, 8, n * 160, &[11; 160]);
        let (heard, from) = agent.hear();
        assert_eq!((heard[12], from), (11, theirs.rtp));
        agent.say(theirs.rtp, 8, n * 160, &[22; 160]);
        let (heard, from) = caller.hear();
        assert_eq!((heard[12], from), (22, ours.rtp));
    }
    bench.engine.stop();
}

#[test]
fn a_leg_moves_to_the_thread_of_another_with_its_port_and_what_it_plays() {
    let bench = Bench::start(32_100..=32_109);
    let (mut caller, mut agent) = (Phone::new(V4), Phone::new(V4));
    // each is opened on the thread with the fewest legs
    let (ours, theirs) = (bench.begin(1, &caller), bench.begin(2, &agent));
    bench.send(play(1, 1, &prompt(vec![7; 160 * 50])));
    caller.hear();
    let (leg, beside) = (LegId(1), LegId(2));
    bench.send(Command::Move { leg, beside });
    // what is said to it while it is under way follows it
    for (leg, to) in [(1, 2), (2, 1)] {
        let keys = BridgedKeys::ToPeer;
        bench.send(Command::Bridge { leg: LegId(leg), to: LegId(to), keys });
    }
    assert_eq!(bench.event(), Event::Moved { leg, done: true });
    bench.send(Command::Bridge { leg: beside, to: leg, keys: BridgedKeys::ToPeer });
    let (packet, from) = caller.hear();
    assert_eq!((packet[12], from), (7, ours.rtp), "the play goes on from the same port");
    bench.send(Command::Stop(leg, PlayId(1)));
    assert!(matches!(bench.event(), Event::PlayEnded { completed: false, .. }));
    caller.say(ours.rtp, 8, 160, &[11; 160]);
    let (heard, from) = agent.hear();
    assert_eq!((heard[12], from), (11, theirs.rtp));
    agent.say(theirs.rtp, 8, 160, &[22; 160]);
    let mut heard = caller.hear();
    while heard.0[12] == 7 {
        heard = caller.hear();
    }
    assert_eq!((heard.0[12], heard.1), (22, ours.rtp));
    for (beside, done) in [(LegId(2), true), (LegId(9), false)] {
        bench.send(Command::Move { leg, beside });
        assert_eq!(bench.event(), Event::Moved { leg, done });
    }
    assert!(bench.close(1).sent > 1);
    bench.engine.stop();
}

#[test]
fn a_closed_leg_says_goodbye_by_rtcp_and_its_ports_come_back() {
    let bench = Bench::start(32_070..=32_073);
    let phone = Phone::new(V4);
    bench.begin(1, &phone);
    bench.begin(2, &phone);
    let refusal = bench.engine.open(LegId(3), V4).unwrap_err();
    assert!(refusal.to_string().contains("503"), "{refusal}");
    bench.send(play(1, 1, &prompt(vec![7; 160])));
    phone.hear();
    assert_eq!(bench.close(1).sent, 1);
    let mut buffer = [0; 500];
    let length = phone.rtcp.recv(&mut buffer).expect("RTCP comes");
    assert!(rtp::read_rtcp(&buffer[..length], 0).unwrap().bye);
    bench.begin(3, &phone);
    assert_eq!(bench.close(3), LegStats::default());
    bench.engine.stop();
}

#[test]
fn stopping_closes_every_leg_with_a_goodbye() {
    let bench = Bench::start(32_080..=32_089);
    let phone = Phone::new(V4);
    bench.begin(1, &phone);
    bench.send(play(1, 1, &prompt(vec![7; 80_000])));
    phone.hear();
    let counters = bench.engine.counters();
    assert!(counters.shards.sent <= 2 && counters.legs <= 1);
    bench.engine.stop();
    let mut buffer = [0; 500];
    let length = phone.rtcp.recv(&mut buffer).expect("RTCP comes");
    assert!(rtp::read_rtcp(&buffer[..length], 0).unwrap().bye);
}

#[test]
fn an_empty_port_range_is_refused_with_a_sentence() {
    let (clock, wake) = (Arc::new(|| Moment::START), Arc::new(|| {}));
    let config = EngineConfig {
        threads: 1,
        ports: 4_001..=4_001,
        browsers: None,
        seed: 0,
        scheduling: Scheduling::default(),
        clock,
        wake,
    };
    let refusal = Engine::start(config).err().unwrap().to_string();
    assert!(refusal.contains("4001-4001"), "{refusal}");
}

#[test]
fn a_leg_that_is_away_has_no_socket_and_comes_back_on_other_ports() {
    let bench = Bench::start(32_140..=32_149);
    let mut phone = Phone::new(V4);
    let before = bench.begin(1, &phone);
    let free = bench.engine.ports_free();
    bench.send(Command::Listen(LegId(1), Listening::Away));
    // loopback says at once that nobody is at a port
    let prober = UdpSocket::bind((V4, 0)).unwrap();
    prober.connect(before.rtp).unwrap();
    prober.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let refused = |n: u32| {
        let sent = prober.send(&[n as u8]).and_then(|_| prober.recv(&mut [0; 8]));
        sent.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused)
    };
    assert!((0..500).any(refused), "the leg's socket is closed");
    let after = bench.engine.open_beside(LegId(1), LegId(1), V4).unwrap();
    assert_ne!(after.rtp, before.rtp);
    assert_eq!(bench.engine.ports_free(), free, "one pair was given back, one taken");
    bench.send(Command::Update(LegId(1), Box::new(phone.params())));
    bench.send(Command::Listen(LegId(1), Listening::Open));
    bench.send(play(1, 1, &prompt(vec![7; 160])));
    let (packet, from) = phone.hear();
    assert_eq!((&packet[12..], from), (&[7; 160][..], after.rtp));
    phone.press(after.rtp, 5, 1_000, 800, true);
    let mut key = bench.event();
    while !matches!(key, Event::KeyUp { .. }) {
        key = bench.event();
    }
    bench.close(1);
    bench.engine.stop();
}
