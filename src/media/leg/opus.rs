//! A leg that speaks Opus (RFC 7587): Opus on the wire alone, G.722 for the rest of the shard.
//!
//! ```text
//!   wire, clock of 48 kHz          within, clock of 8 kHz
//!   packet ─► Decoder ─► 16 kHz ─► bytes ─► keys in the audio, detector, tape, mix, another leg
//!   packet ◄─ Encoder ◄─ 16 kHz ◄─ bytes ◄─ prompts, mix, another leg
//! ```
//! So prompts are shared with all other legs, and what holds, masks, mixes or converts sound knows nothing of
//! Opus. Between two legs of Opus packets go on as they are. A packet is decoded only while somebody listens.
//!
//! Owns: coder and decoder of both ways, made with the leg; lost packets told by the next one; the wire's clock.
//! Never: what is sent to whom.

use super::{AUDIO_CLOCK_HZ, Leg};
use crate::command::Codec;
use crate::limits::{OPUS_HEARD_BYTES_MAX, OPUS_LOST_MAX, PACKET_BYTES_MAX};
use crate::tape::Side;
use crate::turn::Turn;
use ::opus::{Decoder, Encoder, RATE_HZ, SAMPLES_MAX};
use audio::coding::BYTES_PER_MS;
use audio::g722;
use ids::Moment;
use rtp::limits::HEADER_BYTES;
use rtp::srtp::OVERHEAD_BYTES_MAX;
use rtp::{Arrival, Header, Packet, ReportBlock};

/// The clock of Opus in RTP, whatever it carries (RFC 7587 section 4.1), over the one within.
const CLOCKS: u32 = 6;
/// Samples for one byte within.
const SAMPLES_PER_BYTE: usize = (RATE_HZ / 1_000 / BYTES_PER_MS) as usize;

/// Both ways of one leg.
pub(super) struct OpusSide {
    decoder: Decoder,
    inward: g722::Encoder,
    outward: g722::Decoder,
    encoder: Encoder,
    clock: Narrowed,
    /// SSRC and sequence number of the packet decoded last.
    last: Option<(u32, u16)>,
    samples: Box<[i16; SAMPLES_MAX]>,
}

impl OpusSide {
    /// At rest.
    pub(super) fn new() -> Option<Box<Self>> {
        Some(Box::new(Self {
            decoder: Decoder::new()?,
            inward: g722::Encoder::default(),
            outward: g722::Decoder::default(),
            encoder: Encoder::new()?,
            clock: Narrowed::default(),
            last: None,
            samples: Box::new([0; SAMPLES_MAX]),
        }))
    }

    /// A packet's timestamp in the clock within.
    pub(super) fn narrow(&mut self, timestamp: u32) -> u32 {
        self.clock.narrow(timestamp)
    }

    /// A packet of sound in its order as the rest of the shard has it, laid into `heard`; its timestamp is narrow
    /// already. Where it tells of the packet before, which was lost, it begins with that.
    pub(super) fn hear<'d>(
        &mut self,
        packet: &Packet<'_>,
        heard: &'d mut [u8; OPUS_HEARD_BYTES_MAX],
    ) -> Option<Packet<'d>> {
        let before = self.bridge_gap(packet, heard);
        let count = self.decoder.decode(packet.payload, &mut self.samples[..]);
        let length = before + self.bytes_of(count, &mut heard[before..]);
        let timestamp = packet.timestamp.wrapping_sub(before as u32);
        let Packet { payload_type, marker, sequence, ssrc, .. } = *packet;
        let payload = heard.get(..length).filter(|_| count > 0)?;
        Some(Packet { payload_type, marker, sequence, timestamp, ssrc, payload })
    }

    /// The decoder goes on over what was lost; how many bytes of it could be told.
    fn bridge_gap(&mut self, packet: &Packet<'_>, heard: &mut [u8]) -> usize {
        let now = (packet.ssrc, packet.sequence);
        let last = self.last.replace(now).filter(|(ssrc, _)| *ssrc == packet.ssrc);
        // nobody listened for a whole round of numbers: the same one again is no packet lost
        let step = last.map_or(1, |(_, sequence)| packet.sequence.wrapping_sub(sequence));
        let lost = step.saturating_sub(1);
        let length = ::opus::samples_in(packet.payload).unwrap_or(0);
        if lost == 0 || lost > OPUS_LOST_MAX || length == 0 || length > SAMPLES_MAX / 2 {
            return 0;
        }
        for _ in 1..lost {
            self.decoder.conceal(&mut self.samples[..length]);
        }
        if ::opus::says_before(packet.payload) {
            let count = self.decoder.recover(packet.payload, &mut self.samples[..length]);
            return self.bytes_of(count, heard);
        }
        // whoever listens fills the gap by itself: without a second telling there is nothing better
        self.decoder.conceal(&mut self.samples[..length]);
        0
    }

    fn bytes_of(&mut self, count: usize, bytes: &mut [u8]) -> usize {
        self.inward.encode_into(&self.samples[..count], bytes)
    }

    /// Sound of ours, `length` bytes of it at the front of `payload`, becomes a packet there; its length.
    pub(super) fn say(&mut self, payload: &mut [u8], length: usize) -> usize {
        let count = self.outward.decode_into(&payload[..length], &mut self.samples[..]);
        self.encoder.encode(&self.samples[..count], payload)
    }
}

impl Leg {
    /// Sound in Opus as the rest of the shard has it; `None` where nobody listens, or where it comes too late to
    /// be decoded: its place was filled when the next packet came.
    pub(super) fn hear_opus<'d>(
        &mut self,
        came: &Packet<'d>,
        arrival: Arrival,
        heard: &'d mut [u8; OPUS_HEARD_BYTES_MAX],
    ) -> Option<Packet<'d>> {
        let wanted = self.bridge.is_some()
            || self.room.is_some()
            || self.tape.is_some()
            || self.detecting.is_some()
            || self.keys.listens();
        let in_order = matches!(arrival, Arrival::InOrder | Arrival::Restarted);
        self.opus.as_mut().filter(|_| wanted && in_order)?.hear(came, heard)
    }

    /// Jitter is told in the clock of the wire (RFC 3550 section 6.4.1).
    pub(super) fn report_block(&mut self) -> Option<ReportBlock> {
        let block = self.incoming.report_block()?;
        let jitter = match self.opus {
            Some(_) => widened_count(block.jitter),
            None => block.jitter,
        };
        Some(ReportBlock { jitter, ..block })
    }

    /// A timestamp of ours as it is written.
    pub(super) fn on_wire(&self, timestamp: u32) -> u32 {
        if self.opus.is_some() { widened(timestamp) } else { timestamp }
    }

    /// The highest jitter that the peer reported, in µs.
    pub(super) fn remote_jitter_us(&self) -> Option<u32> {
        let ticks = self.reports.remote_jitter?;
        let ticks = if self.opus.is_some() { narrowed(ticks) } else { ticks };
        Some(ticks.saturating_mul(125))
    }

    /// Sound of ours, written within, leaves as Opus.
    pub(super) fn send_opus(&mut self, header: Header, length: usize, turn: &mut Turn<'_>) {
        let Some(opus) = &mut self.opus else { return };
        // room for the header before it and the tag behind it
        let room = HEADER_BYTES..PACKET_BYTES_MAX - OVERHEAD_BYTES_MAX;
        let bytes = opus.say(&mut turn.scratch[room], length);
        if bytes > 0 {
            self.outgoing.weighed(length, bytes);
            let timestamp = widened(header.timestamp);
            self.send_packet(Header { timestamp, ..header }, bytes, turn);
        }
    }

    /// A packet of another leg's peer that speaks Opus as well goes on as it is; `within` is what it says.
    pub(super) fn pass_opus(
        &mut self,
        now: Moment,
        came: &Packet<'_>,
        within: &Packet<'_>,
        arrival: Arrival,
        turn: &mut Turn<'_>,
    ) {
        let ticks = ::opus::samples_in(came.payload).unwrap_or(0) / SAMPLES_PER_BYTE;
        if turn.lay_out(came.payload).is_none() {
            return turn.counters.malformed += 1;
        }
        let (payload_type, restarted) = (self.params.payload_type, arrival == Arrival::Restarted);
        let outgoing = &mut self.outgoing;
        let header = self.relay.header(now, came, payload_type, restarted, ticks as u32, outgoing);
        let behind = came.timestamp.wrapping_sub(within.timestamp);
        let source = (header.ssrc, header.timestamp.wrapping_sub(behind));
        self.lay_on_tape(now, Side::Ours, source, within.payload);
        let timestamp = widened(header.timestamp);
        self.send_packet(Header { timestamp, ..header }, came.payload.len(), turn);
    }

    /// What the clock of telephone-event shows: in Opus it is the clock of the sound (RFC 4733 section 2.1).
    pub(super) fn key_timestamp(&self, now: Moment, rate_hz: u32) -> u32 {
        match self.opus {
            Some(_) => widened(self.outgoing.key_timestamp(now, AUDIO_CLOCK_HZ)),
            None => self.outgoing.key_timestamp(now, rate_hz),
        }
    }
}

/// What a leg of this codec has for it.
pub(super) fn opus_side(codec: Codec) -> Option<Box<OpusSide>> {
    if codec == Codec::Opus { OpusSide::new() } else { None }
}

/// Opus has frames of 10, 20, 40 and 60 ms (and shorter ones, which we do not send).
pub(super) const fn whole_ptime_ms(ptime_ms: u8) -> u8 {
    match ptime_ms {
        0..=19 => 10,
        20..=39 => 20,
        40..=59 => 40,
        60.. => 60,
    }
}

/// A timestamp within, as the wire says it.
const fn widened(timestamp: u32) -> u32 {
    timestamp.wrapping_mul(CLOCKS)
}

/// A count of the wire's clock as one of the clock within.
const fn narrowed(ticks: u32) -> u32 {
    ticks / CLOCKS
}

/// A count of the clock within as one of the wire's.
const fn widened_count(ticks: u32) -> u32 {
    ticks.saturating_mul(CLOCKS)
}

/// The wire's clock divided: it goes around six times while the clock within goes around once.
#[derive(Clone, Copy, Default, Debug)]
struct Narrowed {
    last: u32,
    whole: i64,
}

impl Narrowed {
    fn narrow(&mut self, timestamp: u32) -> u32 {
        self.whole += i64::from(timestamp.wrapping_sub(self.last) as i32);
        self.last = timestamp;
        self.whole.div_euclid(i64::from(CLOCKS)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_within_goes_on_evenly_when_the_wires_goes_around() {
        let mut clock = Narrowed::default();
        let start = u32::MAX - 2_000;
        let first = clock.narrow(start);
        for n in 1..2_000_000_u32 {
            let narrow = clock.narrow(start.wrapping_add(n * 960));
            assert_eq!(narrow.wrapping_sub(first), n.wrapping_mul(160), "packet {n}");
        }
        let behind = clock.narrow(start.wrapping_add(1_999_998 * 960));
        assert_eq!(behind.wrapping_sub(first), 1_999_998_u32.wrapping_mul(160), "a late packet");
    }

    #[test]
    fn what_is_narrow_comes_back_wide_wherever_it_wraps() {
        for narrow in [0, 1, 159, u32::MAX / 6, u32::MAX / 6 + 1, u32::MAX] {
            let step = widened(narrow.wrapping_add(160)).wrapping_sub(widened(narrow));
            assert_eq!(step, 960);
        }
    }
}
