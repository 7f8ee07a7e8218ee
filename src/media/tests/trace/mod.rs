//! A shard in virtual time: a test reads like a packet trace.

#![allow(dead_code)] // each test file uses its part

use ids::{LegId, Moment, PlayId};
use keypad::Key;
use media::command::{Codec, Command, Direction, Event, LegParams, LegStats, Part, Playlist};
use media::{Frame, Shard, Stream, TapePart, Wire};
use rtp::{EventBlock, EventCode, Header, Packet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

pub const LEG: LegId = LegId(1);
pub const PHONE: &str = "10.0.0.1:4000";
pub const PHONE_RTCP: &str = "10.0.0.1:4001";

pub fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

pub fn params() -> LegParams {
    LegParams {
        remote_rtp: at(PHONE),
        remote_rtcp: at(PHONE_RTCP),
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

/// A packet that the shard sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Moment,
    pub stream: Stream,
    pub to: SocketAddr,
    pub datagram: Vec<u8>,
}

impl Sent {
    pub fn packet(&self) -> Packet<'_> {
        Packet::read(&self.datagram).unwrap()
    }

    pub fn ms(&self) -> f64 {
        self.at.micros() as f64 / 1_000.0
    }
}

#[derive(Default)]
struct Tape {
    now: Moment,
    sent: Vec<Sent>,
    latches: Vec<Option<SocketAddr>>,
    /// Everything that came off the tape, masked frames as silence.
    taped: Vec<Frame>,
    /// Number and length of masks.
    masks: Vec<(u32, u64)>,
    recorder_full: bool,
}

impl Wire for Tape {
    fn send(&mut self, _: LegId, stream: Stream, to: SocketAddr, datagram: &[u8]) {
        self.sent.push(Sent { at: self.now, stream, to, datagram: datagram.to_vec() });
    }

    fn latch(&mut self, _: LegId, source: Option<SocketAddr>) {
        self.latches.push(source);
    }

    fn tape(&mut self, _: LegId, part: TapePart<'_>) -> bool {
        match part {
            _ if self.recorder_full => return false,
            TapePart::Sound(frames) => self.taped.extend_from_slice(frames),
            TapePart::Masked { mask, frames } => {
                self.masks.push((mask, frames));
                self.taped.extend(std::iter::repeat_n([0; 2], frames as usize));
            }
        }
        true
    }
}

/// One shard, its phone, and everything that happened.
pub struct World {
    pub shard: Shard,
    tape: Tape,
    told: String,
    pub sequence: u16,
    closed: Option<LegStats>,
}

impl World {
    pub fn new() -> Self {
        let tape = Tape::default();
        Self { shard: Shard::new(1), tape, told: String::new(), sequence: 0, closed: None }
    }

    pub fn with(params: LegParams) -> Self {
        let mut world = Self::new();
        world.command(Command::Start(LEG, Box::new(params)));
        world
    }

    pub fn now(&self) -> Moment {
        self.tape.now
    }

    /// Lets time pass up to `ms`, with every timer on time.
    pub fn until(&mut self, ms: u64) -> &mut Self {
        self.until_us(ms * 1_000)
    }

    pub fn until_us(&mut self, us: u64) -> &mut Self {
        let end = Moment::from_micros(us);
        while self.shard.poll_timeout() <= end {
            self.tape.now = self.shard.poll_timeout().max(self.tape.now);
            self.shard.handle_timeout(self.tape.now, &mut self.tape);
            self.take_events();
        }
        self.tape.now = end;
        self
    }

    /// The thread was held up: time passes, timers are late.
    pub fn stall_until(&mut self, ms: u64) -> &mut Self {
        self.tape.now = Moment::from_millis(ms);
        self.shard.handle_timeout(self.tape.now, &mut self.tape);
        self.take_events();
        self
    }

    pub fn command(&mut self, command: Command) -> &mut Self {
        self.shard.handle_command(self.tape.now, command, &mut self.tape);
        self.take_events();
        self
    }

    pub fn datagram(&mut self, stream: Stream, from: &str, datagram: &[u8]) -> &mut Self {
        let now = self.tape.now;
        let mut datagram = datagram.to_vec();
        self.shard.handle_datagram(now, LEG, stream, at(from), &mut datagram, &mut self.tape);
        self.take_events();
        self
    }

    pub fn rtp(&mut self, from: &str, pt: u8, timestamp: u32, payload: &[u8]) -> &mut Self {
        let mut out = [0; 1_000];
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let header = Header { payload_type: pt, marker: false, sequence, timestamp, ssrc: 0xCA11 };
        let length = header.write(payload, &mut out);
        self.datagram(Stream::Rtp, from, &out[..length])
    }

    pub fn audio(&mut self, payload: &[u8]) -> &mut Self {
        let timestamp = (self.tape.now.micros() / 125) as u32;
        self.rtp(PHONE, 8, timestamp, payload)
    }

    /// `duration` in ticks.
    pub fn event(&mut self, event: u8, timestamp: u32, duration: u16, end: bool) -> &mut Self {
        let block = EventBlock { event: EventCode(event), end, volume: 10, duration };
        self.rtp(PHONE, 101, timestamp, &block.bytes())
    }

    /// A whole key of 80 ms as a good phone sends it, beginning now.
    pub fn key(&mut self, event: u8) -> &mut Self {
        let begin = self.tape.now.micros();
        let timestamp = (begin / 125) as u32;
        for n in 1..=4_u64 {
            self.event(event, timestamp, n as u16 * 160, false);
            self.until_us(begin + n * 20_000);
        }
        for _ in 0..3 {
            self.event(event, timestamp, 640, true);
        }
        self
    }

    pub fn play(&mut self, play: u64, bytes: usize, barge_in: bool) -> &mut Self {
        self.play_bytes(play, vec![play as u8; bytes], barge_in)
    }

    pub fn play_bytes(&mut self, play: u64, bytes: Vec<u8>, barge_in: bool) -> &mut Self {
        let end = bytes.len() as u32;
        let parts = vec![Part::Audio { bytes: bytes.into(), start: 0, end }];
        self.play_list(play, Playlist { parts }, barge_in, false)
    }

    pub fn play_list(
        &mut self,
        play: u64,
        list: Playlist,
        barge_in: bool,
        repeat: bool,
    ) -> &mut Self {
        let (play, list) = (PlayId(play), Arc::new(list));
        self.command(Command::Play { leg: LEG, play, list, barge_in, repeat })
    }

    fn take_events(&mut self) {
        let ms = self.tape.now.micros() as f64 / 1_000.0;
        while let Some(event) = self.shard.poll_event() {
            let line = match event {
                Event::KeyDown { stopped: Some(play), .. } => format!("down, stopped {play}"),
                Event::KeyDown { stopped: None, .. } => "down".to_owned(),
                Event::KeyUp { key, held_ms, source, .. } => {
                    format!("up {} after {held_ms} ms by {source:?}", name(key))
                }
                Event::KeyVoid(_) => "void".to_owned(),
                Event::PlayEnded { play, completed: true, .. } => format!("{play} completed"),
                Event::PlayEnded { play, completed: false, .. } => format!("{play} cut off"),
                // the engine's: no shard tells these
                Event::Secured { .. } | Event::NotSecured { .. } => "meets".to_owned(),
                Event::Answering { news, .. } => format!("{news:?}"),
                Event::Moved { done, .. } => format!("moved: {done}"),
                Event::Silent(_) => "silent".to_owned(),
                Event::Heard(_) => "heard".to_owned(),
                Event::Dead(_) => "dead".to_owned(),
                Event::TapeFull(_) => "tape full".to_owned(),
                Event::Closed(_, stats) => {
                    self.closed = Some(*stats);
                    "closed".to_owned()
                }
            };
            writeln!(self.told, "{ms} {line}").unwrap();
        }
    }

    /// Everything told since the last call, one line each.
    pub fn told(&mut self) -> String {
        std::mem::take(&mut self.told)
    }

    /// Every RTP packet sent since the last call.
    pub fn sent(&mut self) -> Vec<Sent> {
        let sent = std::mem::take(&mut self.tape.sent);
        sent.into_iter().filter(|s| !rtp::is_rtcp(&s.datagram)).collect()
    }

    /// Every RTCP packet sent since the last call.
    pub fn reports(&mut self) -> Vec<Sent> {
        let sent = std::mem::take(&mut self.tape.sent);
        sent.into_iter().filter(|s| rtp::is_rtcp(&s.datagram)).collect()
    }

    pub fn latches(&mut self) -> Vec<Option<SocketAddr>> {
        std::mem::take(&mut self.tape.latches)
    }

    /// One side of the tape so far: 0 the peer's, 1 ours.
    pub fn taped(&self, side: usize) -> Vec<i16> {
        self.tape.taped.iter().map(|frame| frame[side]).collect()
    }

    pub fn masks(&self) -> &[(u32, u64)] {
        &self.tape.masks
    }

    /// The recorder takes no more.
    pub fn fill_recorder(&mut self) -> &mut Self {
        self.tape.recorder_full = true;
        self
    }

    pub fn close(&mut self) -> LegStats {
        self.command(Command::Close(LEG));
        self.closed.take().expect("a closed leg reports its figures")
    }
}

fn name(key: Key) -> char {
    "0123456789*#ABCD".chars().nth(key.event().into()).unwrap()
}

/// `ms` of a tone of the keypad, or of silence, as A-law packets of 20 ms.
pub fn tone_packets(event: Option<u8>, ms: u32) -> Vec<Vec<u8>> {
    let samples = match event {
        Some(event) => audio::tone::key_tone(event, ms, -16.0).unwrap(),
        None => vec![0; ms as usize * 8],
    };
    let encode = |frame: &[i16]| frame.iter().map(|s| audio::g711::alaw_encode(*s)).collect();
    samples.chunks(160).map(encode).collect()
}
