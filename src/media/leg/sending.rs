//! The sending half of a leg: plays and keys that leave as RTP.
//!
//! ```text
//!  Play ──► now, or on the grid of the play that just ended ──► every ptime ──► PlayEnded
//!                                        late by more than one: dropped, counted
//! ```
//! Owns: when the next packet is due.
//! Never: whom it is sent to (the source lock knows), what it says.

use super::{Leg, is_routable, opus};
use crate::command::{Codec, Direction, Event, Listening};
use crate::limits::{GLIDE, PTIME_MS, SEND_GRID};
use crate::player::{BYTES_PER_MS, Player};
use crate::tape::Side;
use crate::turn::{Stream, Turn};
use ids::{Moment, PlayId};
use keypad::Keys;
use rtp::limits::HEADER_BYTES;
use rtp::{EventCode, Header, KeySender};
use std::time::Duration;

/// A play under way.
pub(super) struct Playing {
    pub(super) player: Player,
    /// When its next packet leaves.
    pub(super) due: Moment,
}

impl Leg {
    /// Plays; the first packet leaves in this turn, unless it goes on behind a play that just ended.
    pub(crate) fn play(&mut self, now: Moment, player: Player, turn: &mut Turn<'_>) {
        let grid = self.grid.take().filter(|next| *next >= now);
        self.stop_playing(turn);
        if player.is_over() {
            self.grid = grid;
            return turn.tell(self.ended(player.play, true));
        }
        let due = match grid {
            Some(next) => next,
            None => {
                self.outgoing.fall_silent();
                // at once, but never more than one packet ahead of the wall clock
                self.outgoing.room_for(self.frame_bytes()).max(now)
            }
        };
        self.playing = Some(Playing { player, due });
        self.play_on(now, turn);
    }

    /// Stops this play if it runs.
    pub(crate) fn stop(&mut self, play: PlayId, turn: &mut Turn<'_>) {
        if self.playing.as_ref().is_some_and(|p| p.player.play == play) {
            self.stop_playing(turn);
        }
    }

    /// Sends keys, where telephone-event was agreed; more than fit in the queue are left out.
    pub(crate) fn send_keys(&mut self, now: Moment, keys: &Keys, turn: &mut Turn<'_>) {
        if let Some(sender) = &mut self.key_sender {
            let mut left = keys.clone();
            while let Some(key) = left.pop_front() {
                let _ = sender.push(EventCode(key.event()));
            }
            self.send_key_packet(now, turn);
        }
    }

    pub(super) fn play_on(&mut self, now: Moment, turn: &mut Turn<'_>) {
        let (ptime, frame) = (self.ptime(), self.frame_bytes());
        let Some(playing) = self.playing.as_mut().filter(|p| p.due <= now) else { return };
        if self.key_sender.as_ref().is_some_and(KeySender::is_busy) {
            // speech waits while we press keys (RFC 4733 section 2.5.1.1 lets us send either)
            playing.due = playing.due + ptime;
            return self.outgoing.fall_silent();
        }
        let late = (now - playing.due).as_micros() / ptime.as_micros();
        if late > 0 {
            let late = late.min(u128::from(u32::MAX / frame)) as u32;
            playing.player.skip(late * frame);
            playing.due = playing.due + ptime * late;
            self.outgoing.skip(late * frame);
            self.dropped_late += u64::from(late);
            turn.counters.dropped_late += u64::from(late);
        }
        let due = playing.due;
        playing.due = towards_grid(due + ptime);
        if playing.player.is_over() {
            return self.finish_playing(due, turn);
        }
        let payload = &mut turn.scratch[HEADER_BYTES..HEADER_BYTES + frame as usize];
        playing.player.fill(payload, self.params.codec.coding().silence());
        let over = playing.player.is_over();
        if self.may_send() {
            let header = self.outgoing.sound(due, self.params.payload_type, frame);
            self.send_rtp(header, frame as usize, turn);
        }
        if over {
            self.finish_playing(towards_grid(due + ptime), turn);
        }
    }

    fn finish_playing(&mut self, grid: Moment, turn: &mut Turn<'_>) {
        if let Some(playing) = self.playing.take() {
            self.grid = Some(grid);
            turn.tell(self.ended(playing.player.play, true));
        }
    }

    pub(super) fn stop_playing(&mut self, turn: &mut Turn<'_>) {
        if let Some(playing) = self.playing.take() {
            self.grid = None;
            self.outgoing.fall_silent();
            turn.tell(self.ended(playing.player.play, false));
        }
    }

    fn ended(&self, play: PlayId, completed: bool) -> Event {
        Event::PlayEnded { leg: self.id, play, completed }
    }

    pub(super) fn send_key_packet(&mut self, now: Moment, turn: &mut Turn<'_>) {
        let Some((payload_type, rate_hz)) = self.params.telephone_event else { return };
        let timestamp = self.key_timestamp(now, rate_hz);
        let Some(sender) = &mut self.key_sender else { return };
        if let Some(packet) = sender.handle_timeout(now.micros(), timestamp)
            && self.may_send()
        {
            let header = self.outgoing.key(payload_type, packet.marker, packet.timestamp);
            turn.scratch[HEADER_BYTES..HEADER_BYTES + 4].copy_from_slice(&packet.block.bytes());
            self.send_rtp(header, 4, turn);
        }
    }

    /// Sends `payload` bytes of the scratch; those of sound are in the leg's coding.
    pub(super) fn send_rtp(&mut self, header: Header, payload: usize, turn: &mut Turn<'_>) {
        if self.listening == Listening::Away {
            return;
        }
        let is_sound = header.payload_type == self.params.payload_type;
        if is_sound && self.tape.is_some() {
            let said = &turn.scratch[HEADER_BYTES..HEADER_BYTES + payload];
            self.lay_on_tape(turn.now, Side::Ours, (header.ssrc, header.timestamp), said);
        }
        match is_sound && self.params.codec == Codec::Opus {
            true => self.send_opus(header, payload, turn),
            false => self.send_packet(header, payload, turn),
        }
    }

    /// Sends what lies in the scratch as it is.
    pub(super) fn send_packet(&mut self, header: Header, payload: usize, turn: &mut Turn<'_>) {
        let to = self.lock.destination();
        let plain = header.write_before(payload, turn.scratch);
        let length = match &mut self.protection {
            Some(protection) => protection.seal(turn.scratch, plain),
            None => plain,
        };
        if length > 0 && is_routable(to) {
            turn.counters.sent += 1;
            turn.wire.send(self.id, Stream::Rtp, to, &turn.scratch[..length]);
        }
    }

    pub(super) fn may_send(&self) -> bool {
        self.listening != Listening::Away
            && matches!(self.params.direction, Direction::SendRecv | Direction::SendOnly)
    }

    pub(super) fn ptime_ms(&self) -> u8 {
        let ptime_ms = self.params.ptime_ms.clamp(*PTIME_MS.start(), *PTIME_MS.end());
        match self.params.codec {
            Codec::Opus => opus::whole_ptime_ms(ptime_ms),
            Codec::Pcma | Codec::Pcmu | Codec::G722 => ptime_ms,
        }
    }

    fn ptime(&self) -> Duration {
        Duration::from_millis(u64::from(self.ptime_ms()))
    }

    /// Bytes, and ticks, of one packet.
    pub(super) fn frame_bytes(&self) -> u32 {
        u32::from(self.ptime_ms()) * BYTES_PER_MS
    }
}

/// This moment, or up to [`GLIDE`] from it, nearer to the next or last point of the grid.
fn towards_grid(at: Moment) -> Moment {
    let (at, grid) = (at.micros(), SEND_GRID.as_micros() as u64);
    let (past, glide) = (at % grid, GLIDE.as_micros() as u64);
    Moment::from_micros(match past <= grid / 2 {
        true => at - past.min(glide),
        false => at + (grid - past).min(glide),
    })
}
