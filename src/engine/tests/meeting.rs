//! A leg that gets its keys from its peer, on real sockets: the peer is a second desk of handshakes.

#![allow(clippy::unwrap_used)] // a test may

use browser::{Desk, Output};
use engine::{Browsers, Engine, EngineConfig, Identity, Scheduling};
use ids::{LegId, Moment, PlayId};
use media::command::{
    Codec, Command, Direction, Event, Fingerprint, FingerprintHash, LegParams, Meeting, Part,
    Playlist, SrtpKeys,
};
use rtp::Packet;
use rtp::srtp::SrtpReceiver;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LEG: LegId = LegId(1);
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the peer listens before it looks whether a flight is to be sent again.
const LISTEN: Duration = Duration::from_millis(20);

fn now() -> Moment {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Moment::from_micros(now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000)
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(vec!["parley".to_owned()]).unwrap();
    Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der()).unwrap()
}

/// Any instant will do as the beginning of time.
#[allow(clippy::disallowed_methods)]
fn origin() -> Instant {
    Instant::now()
}

fn print(digest: &str) -> Vec<Fingerprint> {
    vec![Fingerprint { hash: FingerprintHash::Sha256, digest: digest.to_owned() }]
}

/// An engine with one leg open, and whom it is to meet.
struct Bench {
    engine: Engine,
    woken: Receiver<()>,
    ours: String,
    at: SocketAddr,
    peer: UdpSocket,
    desk: Desk,
    theirs: String,
}

impl Bench {
    fn start(ports: std::ops::RangeInclusive<u16>) -> Self {
        let (wake, woken) = channel();
        let (us, them) = (identity(), identity());
        let (ours, theirs) = (us.fingerprint().to_owned(), them.fingerprint().to_owned());
        let engine = Engine::start(EngineConfig {
            threads: 1,
            ports,
            browsers: Some(Browsers { identity: us, origin: origin() }),
            seed: 7,
            scheduling: Scheduling::default(),
            clock: Arc::new(now),
            wake: Arc::new(move || wake.send(()).unwrap_or(())),
        });
        let engine = engine.unwrap();
        let at = engine.open(LEG, HERE).unwrap().rtp;
        let peer = UdpSocket::bind((HERE, 0)).unwrap();
        peer.set_read_timeout(Some(LISTEN)).unwrap();
        Self { engine, woken, ours, at, peer, desk: Desk::new(them, origin()).unwrap(), theirs }
    }

    fn meet(&mut self, expected: &str) {
        let remote = self.peer.local_addr().unwrap();
        let fingerprints = print(expected);
        let meeting = Meeting { remote, ice: None, we_begin: true, fingerprints };
        self.engine.send(Command::Meet(LEG, Box::new(meeting))).unwrap();
        let fingerprints = print(&self.ours);
        let meeting = Meeting { remote: self.at, ice: None, we_begin: false, fingerprints };
        self.desk.begin(now(), LEG, 0, &meeting);
    }

    /// The peer talks until the engine has told what became of it; that, and the peer's keys.
    fn shake_hands(&mut self) -> (Event, Option<Box<SrtpKeys>>) {
        let (late, mut keys, mut told) = (now() + PATIENCE, None, None);
        let mut buffer = [0; 2_048];
        while now() < late && (told.is_none() || (keys.is_none() && is_secured(&told))) {
            if let Ok((length, from)) = self.peer.recv_from(&mut buffer) {
                self.desk.handle_datagram(now(), LEG, from, &buffer[..length]);
            }
            self.desk.handle_timeout(now());
            while let Some(output) = self.desk.poll() {
                match output {
                    Output::Datagram { to, bytes, .. } => drop(self.peer.send_to(&bytes, to)),
                    Output::Secured { keys: agreed, .. } => keys = Some(agreed),
                    Output::Failed { .. } => {}
                }
            }
            told = told.or_else(|| self.engine.try_event());
        }
        (told.expect("the engine tells"), keys)
    }
}

fn is_secured(told: &Option<Event>) -> bool {
    matches!(told, Some(Event::Secured { .. }))
}

#[test]
fn a_leg_meets_its_peer_and_is_heard_by_it_alone_whatever_strangers_send_before() {
    let mut bench = Bench::start(33_000..=33_099);
    let stranger = UdpSocket::bind((HERE, 0)).unwrap();
    let theirs = bench.theirs.clone();
    bench.meet(&theirs);
    for n in 0..400_u32 {
        // a check of nobody, a record of nobody, media without keys, noise
        let first = [0, 22, 0x80, 0xF0][n as usize % 4];
        let mut junk = [n as u8; 60];
        junk[0] = first;
        stranger.send_to(&junk, bench.at).unwrap();
    }
    let (told, keys) = bench.shake_hands();
    let Event::Secured { leg: LEG, remote, keys: ours } = told else { panic!("{told:?}") };
    let theirs = keys.unwrap();
    assert_eq!(remote, bench.peer.local_addr().unwrap());
    assert!(ours.send == theirs.receive && ours.receive == theirs.send);
    let counters = bench.engine.counters();
    assert!(counters.gate_dropped > 0 && counters.shards.sent == 0, "{counters:?}");

    let params = LegParams {
        remote_rtp: remote,
        remote_rtcp: remote,
        codec: Codec::Pcmu,
        payload_type: 0,
        telephone_event: None,
        received_as: None,
        inband_always: false,
        ptime_ms: 20,
        direction: Direction::SendRecv,
        srtp: Some(ours),
        cname: "test@parley.example".into(),
    };
    bench.engine.send(Command::Start(LEG, Box::new(params))).unwrap();
    let parts = vec![Part::Audio { bytes: vec![0x2A; 1_600].into(), start: 0, end: 1_600 }];
    let (play, list) = (PlayId(1), Arc::new(Playlist { parts }));
    bench
        .engine
        .send(Command::Play { leg: LEG, play, list, barge_in: false, repeat: false })
        .unwrap();
    let mut receiver = SrtpReceiver::new(&theirs.receive);
    bench.peer.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = [0; 2_048];
    // what is left of the handshake may come first
    let length = loop {
        let (length, _) = bench.peer.recv_from(&mut buffer).unwrap();
        if (128..192).contains(&buffer[0]) {
            break length;
        }
    };
    let plain = receiver.unprotect(&mut buffer[..length]).unwrap();
    assert_eq!(Packet::read(&buffer[..plain]).unwrap().payload, [0x2A; 160]);
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv_from(&mut buffer).is_err(), "a stranger is sent nothing");
    bench.engine.stop();
}

#[test]
fn a_peer_with_another_certificate_is_told_of_and_nothing_else_happens() {
    let mut bench = Bench::start(33_100..=33_199);
    let wrong = bench.ours.clone();
    bench.meet(&wrong);
    let (told, keys) = bench.shake_hands();
    let Event::NotSecured { leg: LEG, why } = told else { panic!("{told:?}") };
    assert!(why.contains("certificate") && keys.is_none(), "{why}");
    assert!(bench.woken.try_recv().is_ok(), "the control thread is woken for it");
    bench.engine.stop();
}
