//! One leg's stream: what it sends, whom it hears, which keys it gets (RFC 3550, RFC 4733).
//!
//! ```text
//!            ┌─ SourceLock ─ Incoming ─ KeyIntake ─► events, barge-in
//!  datagram ─┤                └ Liveness
//!            └─ Reports (RTCP)
//!  command ── Player / KeySender ── Outgoing ─► datagram
//! ```
//! Owns: the parts above and the order in which they act.
//! Never: SIP, dialplan words, sockets, the audio's bytes.

mod answering;
pub(crate) mod bridging;
mod conversion;
mod figures;
mod listening;
mod opus;
mod protection;
mod seat;
mod sending;
mod taping;

use self::answering::Detecting;
use self::bridging::{Bridge, Onward, Passing, PassingKey};
use self::conversion::Conversion;
use self::opus::{OpusSide, opus_side};
use self::protection::Protection;
use self::seat::RoomVoice;
use self::sending::Playing;
use crate::command::{Codec, Direction, Event, LegParams, Listening, RoomId};
use crate::incoming::Incoming;
use crate::key_intake::{KeyIntake, Pressed};
use crate::limits::OPUS_HEARD_BYTES_MAX;
use crate::liveness::{Change, Liveness};
use crate::outgoing::Outgoing;
use crate::relay::Relay;
use crate::reports::{Own, Reports};
use crate::source_lock::{Admission, SourceLock};
use crate::tape::{Side, Tape};
use crate::turn::{Stream, Turn};
use audio::coding::Ear;
use ids::{LegId, Moment};
use rtp::limits::RTCP_BYTES_MAX;
use rtp::srtp::SrtpError;
use rtp::{Arrival, KeySender, Packet};
use std::net::SocketAddr;

/// Comfort noise (RFC 3389): heard as a sign of life, not as sound.
const COMFORT_NOISE: u8 = 13;
/// The clock of a leg's sound within, in Hz; Opus has another one on the wire.
const AUDIO_CLOCK_HZ: u32 = 8_000;

/// The machine of one leg.
pub(crate) struct Leg {
    /// When the shard's timers wake it.
    pub(crate) armed: Moment,
    id: LegId,
    params: Box<LegParams>,
    /// Where the peer speaks Opus.
    opus: Option<Box<OpusSide>>,
    outgoing: Outgoing,
    incoming: Incoming,
    lock: SourceLock,
    keys: KeyIntake,
    key_sender: Option<KeySender>,
    playing: Option<Playing>,
    /// A play came to its end; the next one, if it comes before, goes on here on the same grid.
    grid: Option<Moment>,
    reports: Reports,
    rtcp_source: Option<SocketAddr>,
    liveness: Liveness,
    listening: Listening,
    protection: Option<Box<Protection>>,
    /// Where what the peer says goes on to.
    bridge: Option<Bridge>,
    /// The conversation it sits in.
    room: Option<RoomId>,
    /// What it hears and speaks with there.
    room_voice: Option<Box<RoomVoice>>,
    /// What another leg's peer says to this one's: as it is, or written anew.
    relay: Relay,
    /// Who has answered our call?
    detecting: Option<Box<Detecting>>,
    /// Both sides on one clock, while the leg is recorded.
    tape: Option<Box<Tape>>,
    /// What hears both for it: theirs, ours.
    tape_ears: Option<Box<[Ear; 2]>>,
    conversion: Option<Box<Conversion>>,
    passing_key: Option<PassingKey>,
    /// Packets that came too late to be written anew, in conversions that are over.
    came_late: u64,
    wrong_source: u64,
    malformed: u64,
    dropped_late: u64,
}

impl Leg {
    pub(crate) fn new(
        now: Moment,
        id: LegId,
        params: Box<LegParams>,
        random: &mut rtp::Random,
    ) -> Self {
        Self {
            armed: Moment::NEVER,
            id,
            opus: opus_side(params.codec),
            outgoing: Outgoing::new(now, random),
            incoming: Incoming::default(),
            lock: SourceLock::new(params.remote_rtp),
            keys: KeyIntake::new(&params),
            key_sender: params.telephone_event.map(|(_, rate_hz)| KeySender::new(rate_hz)),
            playing: None,
            grid: None,
            reports: Reports::new(now, params.cname.clone(), random),
            rtcp_source: None,
            liveness: Liveness::new(now, on_hold(&params)),
            listening: Listening::Open,
            protection: Protection::agree(None, params.srtp.as_deref()),
            bridge: None,
            room: None,
            room_voice: None,
            relay: Relay::default(),
            detecting: None,
            tape: None,
            tape_ears: None,
            conversion: None,
            passing_key: None,
            came_late: 0,
            wrong_source: 0,
            malformed: 0,
            dropped_late: 0,
            params,
        }
    }

    /// A later offer/answer.
    pub(crate) fn update(&mut self, now: Moment, params: Box<LegParams>, turn: &mut Turn<'_>) {
        if self.lock.expect(params.remote_rtp) {
            self.rtcp_source = None;
            turn.wire.latch(self.id, None);
        }
        let same_keys = params.telephone_event == self.params.telephone_event
            && params.inband_always == self.params.inband_always;
        if params.codec != self.params.codec {
            // what plays is encoded for the old codec
            self.stop_playing(turn);
            self.detect_as(params.codec);
            self.tape_as(params.codec);
            self.speak_there_as(params.codec);
            if (params.codec == Codec::Opus) != self.opus.is_some() {
                // RFC 7160 section 4.1: another clock is another stream
                self.opus = opus_side(params.codec);
                self.outgoing.begin_stream();
            }
        }
        if !same_keys || params.codec != self.params.codec {
            self.keys.agree(&params);
            self.key_sender = params.telephone_event.map(|(_, rate_hz)| KeySender::new(rate_hz));
        }
        self.protection = Protection::agree(self.protection.take(), params.srtp.as_deref());
        self.params = params;
        self.expect_packets(now);
    }

    /// A datagram on either port.
    pub(crate) fn handle_datagram<'d>(
        &mut self,
        now: Moment,
        stream: Stream,
        from: SocketAddr,
        datagram: &'d mut [u8],
        heard: &'d mut [u8; OPUS_HEARD_BYTES_MAX],
        turn: &mut Turn<'_>,
    ) -> Option<(Onward, Passing<'d>)> {
        if self.listening != Listening::Open {
            // not even opened: what lies behind a seal may be a digit of a card
            datagram.fill(0);
            return None;
        }
        let is_rtcp = stream == Stream::Rtcp || rtp::is_rtcp(datagram);
        let datagram = self.open(is_rtcp, datagram, turn)?;
        // RTCP may share the RTP port (RFC 5761); RTP on the RTCP port is nothing
        if is_rtcp {
            return self.handle_rtcp(now, from, datagram, turn);
        }
        match Packet::read(datagram) {
            Ok(packet) if self.knows(packet.payload_type) => {
                self.handle_rtp(now, from, packet, heard, turn)
            }
            Ok(_) | Err(_) => {
                self.count_malformed(turn);
                None
            }
        }
    }

    fn knows(&self, payload_type: u8) -> bool {
        // Opus has comfort noise of its own (RFC 6716 section 2.1.9)
        let is_noise = payload_type == COMFORT_NOISE && self.opus.is_none();
        self.is_audio(payload_type) || is_noise || self.is_event(payload_type)
    }

    fn is_audio(&self, payload_type: u8) -> bool {
        let audio = self.params.received_as.map_or(self.params.payload_type, |(audio, _)| audio);
        payload_type == audio
    }

    fn is_event(&self, payload_type: u8) -> bool {
        let sent_as = self.params.telephone_event.map(|(agreed, _)| agreed);
        let events = self.params.received_as.map_or(sent_as, |(_, events)| events);
        events == Some(payload_type)
    }

    fn handle_rtp<'d>(
        &mut self,
        now: Moment,
        from: SocketAddr,
        mut packet: Packet<'d>,
        heard: &'d mut [u8; OPUS_HEARD_BYTES_MAX],
        turn: &mut Turn<'_>,
    ) -> Option<(Onward, Passing<'d>)> {
        match self.lock.admit(now, from, packet.ssrc, packet.sequence) {
            Admission::Accept => {}
            Admission::AcceptAndLock => turn.wire.latch(self.id, Some(from)),
            Admission::Probation => return None,
            Admission::Reject => {
                self.count_wrong_source(turn);
                return None;
            }
        }
        self.hear(now, turn);
        let is_event = self.is_event(packet.payload_type);
        if let Some(opus) = self.opus.as_mut().filter(|_| !is_event) {
            packet.timestamp = opus.narrow(packet.timestamp);
        }
        let arrival = self.incoming.arrive(now, &packet, (!is_event).then_some(AUDIO_CLOCK_HZ));
        // RFC 3264 section 5.1: what comes although we do not receive is not heard
        let listens = matches!(self.params.direction, Direction::SendRecv | Direction::RecvOnly);
        if !listens || arrival == Arrival::Duplicate {
            return None;
        }
        let came = packet;
        if !is_event && self.opus.is_some() {
            packet = self.hear_opus(&came, arrival, heard)?;
        }
        let in_order = matches!(arrival, Arrival::InOrder | Arrival::Restarted);
        let is_audio = self.is_audio(packet.payload_type);
        if in_order && is_audio {
            self.detect_in(now, packet.payload, turn);
        }
        if is_audio {
            let source = (packet.ssrc, packet.timestamp);
            self.lay_on_tape(now, Side::Theirs, source, packet.payload);
        }
        if self.takes_keys() {
            self.take_keys(now, &packet, is_event, in_order && is_audio, turn);
        }
        self.passing(came, packet, arrival)
    }

    fn take_keys(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        is_event: bool,
        is_sound: bool,
        turn: &mut Turn<'_>,
    ) {
        if is_event && !self.keys.handle_event(now, packet) {
            self.count_malformed(turn);
        }
        if is_sound {
            self.keys.handle_audio(now, packet.payload);
        }
        self.act_on_keys(turn);
    }

    fn handle_rtcp(
        &mut self,
        now: Moment,
        from: SocketAddr,
        datagram: &[u8],
        turn: &mut Turn<'_>,
    ) -> Option<(Onward, Passing<'static>)> {
        let friends = [self.lock.destination().ip(), self.params.remote_rtcp.ip()];
        if !friends.contains(&from.ip()) {
            self.count_wrong_source(turn);
            return None;
        }
        let Ok(mut summary) = rtp::read_rtcp(datagram, self.outgoing.ssrc) else {
            self.count_malformed(turn);
            return None;
        };
        self.rtcp_source = Some(from);
        self.reports.hear(now, &summary, self.outgoing.packets);
        self.hear(now, turn);
        if let (Some(opus), Some(sender)) = (&mut self.opus, &mut summary.sender) {
            sender.rtp_timestamp = opus.narrow(sender.rtp_timestamp);
        }
        self.report_passing(summary)
    }

    fn hear(&mut self, now: Moment, turn: &mut Turn<'_>) {
        if let Some(change) = self.liveness.hear(now) {
            self.tell_change(change, turn);
        }
    }

    /// Barge-in happens here, in the turn of the key's first packet.
    fn act_on_keys(&mut self, turn: &mut Turn<'_>) {
        let leg = self.id;
        while let Some(pressed) = self.keys.poll() {
            match pressed {
                Pressed::Down => {
                    let barged = self.playing.as_ref().filter(|p| p.player.barge_in);
                    let stopped = barged.map(|p| p.player.play);
                    turn.tell(Event::KeyDown { leg, stopped });
                    if stopped.is_some() {
                        self.stop_playing(turn);
                    }
                }
                Pressed::Up { key, held_ms, source } => {
                    turn.tell(Event::KeyUp { leg, key, held_ms, source });
                }
                Pressed::Void => turn.tell(Event::KeyVoid(leg)),
            }
        }
    }

    /// The earliest moment at which something is to be done.
    pub(crate) fn poll_timeout(&self) -> Moment {
        let playing = self.playing.as_ref().map(|p| p.due);
        let key_sender = self.key_sender.as_ref().and_then(KeySender::poll_timeout);
        [
            playing,
            self.conversion.as_ref().and_then(|conversion| conversion.poll_timeout()),
            key_sender.map(Moment::from_micros),
            self.keys.poll_timeout(),
            self.lock.poll_timeout(),
            self.liveness.poll_timeout(),
            self.detecting.as_ref().and_then(|d| d.poll_timeout()),
            self.tape.as_ref().and_then(|tape| tape.poll_timeout()),
        ]
        .into_iter()
        .flatten()
        .fold(self.reports.poll_timeout(), Moment::min)
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Moment, turn: &mut Turn<'_>) {
        self.play_on(now, turn);
        self.convert_on(now, turn);
        self.send_key_packet(now, turn);
        self.keys.handle_timeout(now);
        self.act_on_keys(turn);
        self.detect_silence(now, turn);
        if self.lock.handle_timeout(now) {
            turn.wire.latch(self.id, None);
        }
        if let Some(change) = self.liveness.handle_timeout(now) {
            self.tell_change(change, turn);
        }
        if self.reports.poll_timeout() <= now {
            self.send_report(now, turn);
        }
        self.run_tape(now, turn);
    }

    /// The leg is over: goodbye to the peer, figures to the control plane.
    pub(crate) fn close(&mut self, now: Moment, turn: &mut Turn<'_>) {
        self.stop_playing(turn);
        self.end_tape(now, turn);
        let (block, own) = (self.report_block(), self.own(now));
        let report = &mut turn.scratch[..RTCP_BYTES_MAX];
        let length = self.reports.write_bye(now, &own, block, report);
        self.send_rtcp(length, turn);
        turn.tell(Event::Closed(self.id, Box::new(self.stats())));
    }

    /// The plain datagram; `None` when it is not protected by the peer's key.
    fn open<'d>(
        &mut self,
        is_rtcp: bool,
        datagram: &'d mut [u8],
        turn: &mut Turn<'_>,
    ) -> Option<&'d [u8]> {
        let Some(protection) = &mut self.protection else { return Some(datagram) };
        match protection.open(is_rtcp, datagram) {
            Ok(length) => datagram.get(..length),
            Err(SrtpError::Replayed) => {
                turn.counters.replayed += 1;
                None
            }
            Err(SrtpError::Forged) => {
                turn.counters.forged += 1;
                None
            }
            Err(_) => {
                self.count_malformed(turn);
                None
            }
        }
    }

    fn send_report(&mut self, now: Moment, turn: &mut Turn<'_>) {
        if self.bridge.is_some() && self.room.is_none() && self.reports.leave_to_the_bridged(now) {
            return;
        }
        let (block, own) = (self.report_block(), self.own(now));
        let length = self.reports.write(now, &own, block, &mut turn.scratch[..RTCP_BYTES_MAX]);
        self.send_rtcp(length, turn);
    }

    fn send_rtcp(&mut self, length: usize, turn: &mut Turn<'_>) {
        let (stream, to) = self.rtcp_destination();
        let length = match &mut self.protection {
            Some(protection) => protection.seal_report(turn.scratch, length),
            None => length,
        };
        if length > 0 && is_routable(to) && self.listening != Listening::Away {
            turn.wire.send(self.id, stream, to, &turn.scratch[..length]);
        }
    }

    fn rtcp_destination(&self) -> (Stream, SocketAddr) {
        let (rtp, said) = (self.lock.destination(), self.params.remote_rtcp);
        if said == self.params.remote_rtp {
            return (Stream::Rtp, rtp);
        }
        let behind_nat = rtp.ip() != self.params.remote_rtp.ip();
        let guess = SocketAddr::new(rtp.ip(), rtp.port().wrapping_add(1));
        let to = self.rtcp_source.unwrap_or(if behind_nat { guess } else { said });
        (Stream::Rtcp, to)
    }

    fn own(&self, now: Moment) -> Own {
        Own {
            ssrc: self.outgoing.ssrc,
            rtp_timestamp: self.on_wire(self.outgoing.timestamp_at(now)),
            packets: self.outgoing.packets,
            octets: self.outgoing.octets,
        }
    }

    fn tell_change(&self, change: Change, turn: &mut Turn<'_>) {
        turn.tell(match change {
            Change::Silent => Event::Silent(self.id),
            Change::Heard => Event::Heard(self.id),
            Change::Dead => Event::Dead(self.id),
        });
    }

    fn count_malformed(&mut self, turn: &mut Turn<'_>) {
        self.malformed += 1;
        turn.counters.malformed += 1;
    }

    fn count_wrong_source(&mut self, turn: &mut Turn<'_>) {
        self.wrong_source += 1;
        turn.counters.wrong_source += 1;
    }
}

fn on_hold(params: &LegParams) -> bool {
    params.direction != Direction::SendRecv
}

/// An address of an old-style hold (0.0.0.0) or a refused stream (port 0) gets nothing.
fn is_routable(to: SocketAddr) -> bool {
    to.port() != 0 && !to.ip().is_unspecified()
}
