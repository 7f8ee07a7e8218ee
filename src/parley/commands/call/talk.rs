//! The answered call of the test phone: what it hears, says and presses, as a machine.
//!
//! Owns: ear, mouth and script of one call, and what they noticed.
//! Never: a socket, a clock, SIP.

use super::ear::{self, Ear, Heard};
use super::mouth::{Agreed, Mouth};
use super::script::{Act, Script};
use crate::cli::KeysBy;
use audio::g711::Law;
use ids::Moment;
use keypad::Key;
use rtp::Sequence;
use std::collections::VecDeque;
use std::time::Duration;

/// The most samples of one packet that are looked at: 60 ms.
const PACKET_SAMPLES_MAX: usize = 480;

/// What there is to tell or to do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Note {
    FirstAudio,
    PromptOver {
        speech: Duration,
        dbfs: f32,
    },
    Pressed,
    /// The key is to be sent by SIP INFO.
    Inform(Key),
    /// The key could not be sent: the other side takes no telephone-events.
    NotPressed,
    /// `w` waited in vain.
    NoPrompt,
}

/// What a call came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    pub received: u64,
    pub lost: u64,
}

/// The talk of one call.
pub struct Talk {
    answered: Moment,
    agreed: Agreed,
    sends: bool,
    keys_by: KeysBy,
    ear: Ear,
    mouth: Mouth,
    script: Script,
    sequence: Option<(u32, Sequence)>,
    figures: Figures,
    notes: VecDeque<Note>,
}

impl Talk {
    /// Begins with the answer; `seed` makes the numbers of our stream.
    pub fn begin(now: Moment, agreed: Agreed, script: Script, keys_by: KeysBy, seed: u64) -> Self {
        Self {
            answered: now,
            agreed,
            sends: true,
            keys_by,
            ear: Ear::default(),
            mouth: Mouth::new(agreed, now.micros(), seed),
            script,
            sequence: None,
            figures: Figures::default(),
            notes: VecDeque::new(),
        }
    }

    /// A new offer and answer; `sends` is false while the other side holds the call.
    pub fn agree(&mut self, agreed: Agreed, sends: bool) {
        self.agreed = agreed;
        self.sends = sends;
        self.mouth.agree(agreed);
    }

    /// How long the call has been up.
    pub fn lasted(&self, now: Moment) -> Duration {
        now - self.answered
    }

    /// A datagram on the RTP port. What is no packet of the agreed codec is not looked at.
    pub fn handle_datagram(&mut self, now: Moment, datagram: &[u8]) {
        let Ok(packet) = rtp::Packet::read(datagram) else { return };
        let Some(law) = self.law_of(packet.payload_type) else { return };
        self.count(packet.ssrc, packet.sequence);
        let mut samples = [0; PACKET_SAMPLES_MAX];
        let length = law.decode_into(packet.payload, &mut samples);
        let (ssrc, timestamp) = (packet.ssrc, packet.timestamp);
        let packet = ear::Packet { ssrc, timestamp, samples: &samples[..length] };
        let heard = self.ear.hear(self.lasted(now), &packet);
        self.note_heard(heard);
    }

    /// When [`Talk::handle_timeout`] wants to be called: every 20 ms, and for keys.
    pub fn poll_timeout(&self) -> Moment {
        Moment::from_micros(self.mouth.poll_timeout())
    }

    /// Sends what is due and looks at the script.
    pub fn handle_timeout(&mut self, now: Moment, send: &mut impl FnMut(&[u8])) {
        let lasted = self.lasted(now);
        let heard = self.ear.tick(lasted);
        self.note_heard(heard);
        while let Some(act) = self.script.poll(lasted, self.ear.hearing()) {
            let note = self.act(act);
            self.notes.push_back(note);
        }
        let sends = self.sends;
        self.mouth.handle_timeout(now.micros(), &mut |packet: &[u8]| {
            if sends {
                send(packet);
            }
        });
    }

    /// What there is to tell or to do, in order.
    pub fn poll(&mut self) -> Option<Note> {
        self.notes.pop_front()
    }

    /// The call is over: its recording, a prompt that it cut off, its figures.
    pub fn finish(mut self, now: Moment) -> (Vec<i16>, Option<Note>, Figures) {
        self.close_sequence();
        let cut_off = self.ear.end_speech();
        self.note_heard(cut_off);
        let lasted = now - self.answered;
        (self.ear.into_recording(lasted), self.notes.pop_back(), self.figures)
    }

    fn act(&mut self, act: Act) -> Note {
        match (act, self.keys_by) {
            (Act::NoPrompt, _) => Note::NoPrompt,
            (Act::Press(key), KeysBy::Info) => Note::Inform(key),
            (Act::Press(key), KeysBy::Rtp) if self.mouth.press(key) => Note::Pressed,
            (Act::Press(key), KeysBy::Inband) if self.mouth.press_as_tone(key) => Note::Pressed,
            (Act::Press(_), KeysBy::Rtp | KeysBy::Inband) => Note::NotPressed,
        }
    }

    fn note_heard(&mut self, heard: Option<Heard>) {
        self.notes.extend(heard.map(|heard| match heard {
            Heard::First => Note::FirstAudio,
            Heard::Ended { speech, dbfs } => Note::PromptOver { speech, dbfs },
        }));
    }

    /// The codec of a payload type: the agreed one, and its sister by its static number, because an
    /// offer of both allows both (RFC 3264 section 5.1).
    fn law_of(&self, payload_type: u8) -> Option<Law> {
        match payload_type {
            agreed if agreed == self.agreed.received_as => Some(self.agreed.law),
            8 => Some(Law::A),
            0 => Some(Law::Mu),
            _ => None,
        }
    }

    fn count(&mut self, ssrc: u32, sequence: u16) {
        self.figures.received += 1;
        match &mut self.sequence {
            Some((known, counted)) if *known == ssrc => {
                counted.arrive(sequence);
            }
            _ => {
                self.close_sequence();
                self.sequence = Some((ssrc, Sequence::begin(sequence)));
            }
        }
    }

    fn close_sequence(&mut self) {
        if let Some((_, counted)) = self.sequence.take() {
            self.figures.lost += counted.lost();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtp::Header;

    const AGREED: Agreed =
        Agreed { law: Law::A, payload_type: 8, received_as: 8, events: Some(101) };

    fn packet(sequence: u16, loud: bool) -> Vec<u8> {
        let timestamp = u32::from(sequence) * 160;
        let header = Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: 1 };
        let mut out = vec![0; 172];
        header.write(&[if loud { 0x20 } else { 0xD5 }; 160], &mut out);
        out
    }

    /// A prompt of one second from 0.2 s on; packet 10 is lost.
    fn talk(keys: &str, keys_by: KeysBy, agreed: Agreed) -> (Talk, Vec<(u64, Note)>) {
        let script = Script::parse(keys, Duration::ZERO).unwrap();
        let mut talk = Talk::begin(Moment::START, agreed, script, keys_by, 1);
        let mut notes = Vec::new();
        for now_ms in (0..4_000).step_by(20) {
            let now = Moment::from_millis(now_ms);
            if (200..1_200).contains(&now_ms) && now_ms != 400 {
                talk.handle_datagram(now, &packet((now_ms / 20) as u16, true));
            }
            talk.handle_timeout(now, &mut |_: &[u8]| ());
            notes.extend(std::iter::from_fn(|| talk.poll()).map(|n| (now_ms, n)));
        }
        (talk, notes)
    }

    #[test]
    fn a_call_tells_its_first_audio_its_prompt_and_its_keys_in_order() {
        let (talk, notes) = talk("w5", KeysBy::Rtp, AGREED);
        assert_eq!(notes[0], (200, Note::FirstAudio));
        let (1_780, Note::PromptOver { speech, dbfs }) = notes[1] else { panic!("{notes:?}") };
        assert_eq!(speech.as_millis(), 1_000);
        assert!(dbfs > -20.0);
        assert_eq!(notes[2], (1_780, Note::Pressed));
        let (recording, cut_off, figures) = talk.finish(Moment::from_millis(4_000));
        assert_eq!((recording.len(), cut_off), (32_000, None));
        assert_eq!(figures, Figures { received: 49, lost: 1 });
    }

    #[test]
    fn keys_by_info_are_handed_out_and_keys_without_events_are_told() {
        let key = Key::from_char('5').unwrap();
        let (_, notes) = talk("5", KeysBy::Info, AGREED);
        assert_eq!(notes[0], (0, Note::Inform(key)));
        let no_events = Agreed { events: None, ..AGREED };
        assert_eq!(talk_first("5", KeysBy::Rtp, no_events), Note::NotPressed);
        assert_eq!(talk_first("5", KeysBy::Inband, no_events), Note::Pressed);
    }

    fn talk_first(keys: &str, keys_by: KeysBy, agreed: Agreed) -> Note {
        talk(keys, keys_by, agreed).1[0].1
    }

    #[test]
    fn what_is_no_sound_of_ours_is_not_heard() {
        let script = Script::parse("", Duration::ZERO).unwrap();
        let mut talk = Talk::begin(Moment::START, AGREED, script, KeysBy::Rtp, 1);
        let mut event = packet(1, true);
        event[1] = 101;
        talk.handle_datagram(Moment::START, &event);
        talk.handle_datagram(Moment::START, b"not a packet");
        assert_eq!(talk.poll(), None);
        assert_eq!(talk.finish(Moment::START).2, Figures::default());
    }
}
