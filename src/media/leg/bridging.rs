//! A leg in a bridge: what its peer says goes on to another leg in the same turn.
//!
//! ```text
//!   leg A: datagram ─ lock, order ─► Passing ──► leg B: Relay ─► datagram      (no queue, no copy but one)
//!                                                └─► leg B: Conversion, where codec or packet time differ
//! ```
//! Owns: what may go on, and how it leaves. Never: which legs belong together.

use super::Leg;
use super::conversion::{Conversion, Step};
use crate::command::{BridgedKeys, Codec, RoomId};
use crate::turn::Turn;
use audio::coding::Coding;
use ids::{LegId, Moment};
use rtp::limits::RTCP_BYTES_MAX;
use rtp::{Arrival, EventBlock, Packet, Report, RtcpSummary, SenderInfo};

/// Where a leg's packets go on to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bridge {
    pub(super) to: LegId,
    pub(super) keys: BridgedKeys,
}

/// A key of the other leg's peer that is told in this leg's times.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassingKey {
    /// Its SSRC and timestamp there.
    theirs: (u32, u32),
    /// Its timestamp here.
    ours: u32,
}

/// Where to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Onward {
    Leg(LegId),
    Room(RoomId),
}

/// What is handed to the other leg.
pub(crate) enum Passing<'d> {
    /// Sound of this codec, as it is written within.
    Audio(Packet<'d>, Codec, Arrival),
    /// Sound in Opus: the packet that came, and what it says.
    Opus(Packet<'d>, Packet<'d>, Arrival),
    /// Comfort noise (RFC 3389).
    Noise(Packet<'d>, Arrival),
    /// A packet of a key, and its clock in Hz.
    Event(Packet<'d>, u32, Arrival),
    /// What the peer reports.
    Report(RtcpSummary),
}

impl Leg {
    /// From now on what this leg's peer says goes to `to`.
    pub(crate) fn bridge(&mut self, to: LegId, keys: BridgedKeys) {
        self.bridge = Some(Bridge { to, keys });
    }

    /// Another leg's peer is heard here from now on, or again: what was not relayed meanwhile is no loss.
    pub(crate) fn begin_relay(&mut self) {
        self.relay.begin_anew();
        self.end_conversion();
    }

    /// What the peer says stays here again.
    pub(crate) fn unbridge(&mut self) {
        self.bridge = None;
    }

    /// Whether keys stay with us: always outside a bridge.
    pub(super) fn takes_keys(&self) -> bool {
        self.room.is_some() || self.bridge.is_none_or(|bridge| bridge.keys == BridgedKeys::ToUs)
    }

    /// The other leg and what it gets of an accepted packet that came, and as it is written within.
    pub(super) fn passing<'d>(
        &self,
        came: Packet<'d>,
        packet: Packet<'d>,
        arrival: Arrival,
    ) -> Option<(Onward, Passing<'d>)> {
        let onward = match (self.bridge, self.room) {
            (_, Some(room)) => Onward::Room(room),
            (Some(bridge), None) => Onward::Leg(bridge.to),
            (None, None) => return None,
        };
        let passing = match packet.payload_type {
            _ if matches!(arrival, Arrival::Duplicate | Arrival::Astray) => return None,
            pt if self.is_audio(pt) && self.opus.is_some() => Passing::Opus(came, packet, arrival),
            pt if self.is_audio(pt) => Passing::Audio(packet, self.params.codec, arrival),
            pt if self.is_event(pt) && !self.takes_keys() => {
                let clock_hz = self.params.telephone_event.map_or(0, |(_, rate_hz)| rate_hz);
                Passing::Event(packet, clock_hz, arrival)
            }
            pt if self.is_event(pt) => return None,
            _ => Passing::Noise(packet, arrival),
        };
        Some((onward, passing))
    }

    /// The other leg's peer said this.
    pub(crate) fn pass(&mut self, now: Moment, passing: &Passing<'_>, turn: &mut Turn<'_>) {
        match passing {
            Passing::Report(summary) => self.pass_report(now, summary, turn),
            // an announcement to this leg alone, or keys of ours: the talk waits
            _ if !self.may_send() || self.playing.is_some() || self.presses_keys() => {}
            Passing::Audio(packet, codec, arrival) => {
                self.pass_audio(now, packet, *codec, *arrival, turn);
            }
            Passing::Opus(came, within, arrival) if self.opus.is_some() => {
                self.pass_opus(now, came, within, *arrival, turn);
            }
            Passing::Opus(_, within, arrival) => {
                self.pass_audio(now, within, Codec::Opus, *arrival, turn);
            }
            Passing::Noise(..) if self.opus.is_some() => {}
            Passing::Noise(packet, arrival) => {
                if turn.lay_out(packet.payload).is_none() {
                    return turn.counters.malformed += 1;
                }
                self.relay_packet(now, packet, packet.payload_type, *arrival, 0, turn);
            }
            Passing::Event(packet, clock_hz, arrival) => {
                self.pass_event(now, packet, *clock_hz, *arrival, turn);
            }
        }
    }

    /// Sound goes on in the same turn where both legs write it alike, in packets as this leg's peer wants
    /// them; else it is written anew.
    fn pass_audio(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        codec: Codec,
        arrival: Arrival,
        turn: &mut Turn<'_>,
    ) {
        let (ours, ptime_ms) = (self.params.codec, self.ptime_ms());
        let alike = match (codec.coding(), ours.coding()) {
            (Coding::G711(_), Coding::G711(_)) => true,
            (Coding::G722, Coding::G722) => codec == ours,
            (Coding::G711(_), Coding::G722) | (Coding::G722, Coding::G711(_)) => false,
        };
        let serves = self.conversion.as_ref().is_some_and(|c| c.serves(codec, ours, ptime_ms));
        if alike && !serves && packet.payload.len() == self.frame_bytes() as usize {
            self.end_conversion();
            return self.pass_straight(now, packet, codec, arrival, turn);
        }
        if !serves {
            self.end_conversion();
            self.conversion = Some(Box::new(Conversion::new(codec, ours, ptime_ms)));
        }
        if let Some(conversion) = &mut self.conversion {
            conversion.put(now, packet, arrival == Arrival::Restarted);
        }
    }

    fn end_conversion(&mut self) {
        self.came_late += self.conversion.take().map_or(0, |conversion| conversion.late());
    }

    fn pass_straight(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        codec: Codec,
        arrival: Arrival,
        turn: &mut Turn<'_>,
    ) {
        let Some(room) = turn.lay_out(packet.payload) else {
            return turn.counters.malformed += 1;
        };
        if let (Coding::G711(from), Coding::G711(to)) = (codec.coding(), self.params.codec.coding())
        {
            // both laws have one byte a sample: no state, no delay
            from.recode(to, room);
        }
        let (payload_type, ticks) = (self.params.payload_type, packet.payload.len() as u32);
        self.relay_packet(now, packet, payload_type, arrival, ticks, turn);
    }

    /// Sends what of the other leg's sound has its turn, written anew.
    pub(super) fn convert_on(&mut self, now: Moment, turn: &mut Turn<'_>) {
        while let Some(step) = self.conversion.as_mut().and_then(|c| c.step(now)) {
            match step {
                Step::Going => {}
                Step::Silent | Step::Skipped => self.outgoing.fall_silent(),
                Step::Full(begins) => self.say_converted(begins, turn),
            }
        }
    }

    fn say_converted(&mut self, begins: Moment, turn: &mut Turn<'_>) {
        // an announcement to this leg alone, or keys of ours: the talk waits
        let waits = !self.may_send() || self.playing.is_some() || self.presses_keys();
        let Some(conversion) = self.conversion.as_ref().filter(|_| !waits) else { return };
        let bytes = conversion.payload().len();
        if turn.lay_out(conversion.payload()).is_some() {
            let payload_type = self.params.payload_type;
            let header = self.outgoing.sound(begins, payload_type, bytes as u32);
            self.send_rtp(header, bytes, turn);
        }
    }

    /// A key goes on packet by packet: as it is where both legs have one clock for it and one stream, else with
    /// its times told in this leg's.
    fn pass_event(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        clock_hz: u32,
        arrival: Arrival,
        turn: &mut Turn<'_>,
    ) {
        let Some(agreed) = self.params.telephone_event else { return };
        if agreed.1 != clock_hz || self.conversion.is_some() || self.opus.is_some() {
            return self.rewrite_event(now, packet, clock_hz, agreed, turn);
        }
        if turn.lay_out(packet.payload).is_some() {
            self.relay_packet(now, packet, agreed.0, arrival, 0, turn);
        }
    }

    /// RFC 4733 section 2.3.5: a duration counts in the clock of its payload type. One that is too long for this
    /// leg's clock stands still at the most that can be said.
    fn rewrite_event(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        clock_hz: u32,
        (payload_type, rate_hz): (u8, u32),
        turn: &mut Turn<'_>,
    ) {
        let Ok(mut block) = EventBlock::read(packet.payload) else {
            return turn.counters.malformed += 1;
        };
        let theirs = (packet.ssrc, packet.timestamp);
        let known = self.passing_key.filter(|key| key.theirs == theirs);
        let key =
            known.unwrap_or_else(|| PassingKey { theirs, ours: self.key_timestamp(now, rate_hz) });
        self.passing_key = Some(key);
        let scaled = u64::from(block.duration) * u64::from(rate_hz) / u64::from(clock_hz.max(1));
        block.duration = scaled.min(u64::from(u16::MAX)) as u16;
        if turn.lay_out(&block.bytes()).is_some() {
            let header = self.outgoing.key(payload_type, packet.marker, key.ours);
            self.send_rtp(header, block.bytes().len(), turn);
        }
    }

    fn relay_packet(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        payload_type: u8,
        arrival: Arrival,
        ticks: u32,
        turn: &mut Turn<'_>,
    ) {
        let (restarted, outgoing) = (arrival == Arrival::Restarted, &mut self.outgoing);
        let header = self.relay.header(now, packet, payload_type, restarted, ticks, outgoing);
        self.send_rtp(header, packet.payload.len(), turn);
    }

    /// RFC 3550 section 7.2: a translator passes reports on in the numbers of the side they go to.
    fn pass_report(&mut self, now: Moment, summary: &RtcpSummary, turn: &mut Turn<'_>) {
        let sender = self.relay.sender(summary).map(|sender| SenderInfo {
            rtp_timestamp: self.on_wire(sender.rtp_timestamp),
            ..sender
        });
        let block = summary.about_us;
        if sender.is_none() && block.is_none() {
            return;
        }
        self.reports.passed_on(now);
        let ssrc = self.outgoing.ssrc;
        let cname = self.reports.cname.clone();
        let report = Report { ssrc, sender, block, cname: &cname, bye: false };
        let length = rtp::write_rtcp(&report, &mut turn.scratch[..RTCP_BYTES_MAX]);
        self.send_rtcp(length, turn);
    }

    /// The peer's report, its word about our stream told in the numbers of the stream behind it.
    pub(super) fn report_passing(
        &mut self,
        summary: RtcpSummary,
    ) -> Option<(Onward, Passing<'static>)> {
        let to = self.bridge.filter(|_| self.room.is_none())?.to;
        let block = summary.about_us.map(|block| self.reports.without_our_echo(block));
        let about = block.and_then(|block| self.relay.block(&block));
        Some((Onward::Leg(to), Passing::Report(RtcpSummary { about_us: about, ..summary })))
    }

    pub(super) fn presses_keys(&self) -> bool {
        self.key_sender.as_ref().is_some_and(rtp::KeySender::is_busy)
    }
}
