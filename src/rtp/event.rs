//! The payload of a telephone-event packet (RFC 4733 section 2.3).
//!
//! ```text
//!  0                   1                   2                   3
//! |     event     |E|R| volume    |          duration             |
//! ```

use std::fmt;

/// An event code. Codes 0–15 are keys, so its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventCode(pub u8);

impl EventCode {
    /// True for the sixteen keys (RFC 4733 section 3.2, table 3).
    pub const fn is_key(self) -> bool {
        self.0 < 16
    }
}

impl fmt::Debug for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

/// One event as one packet tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventBlock {
    /// Which.
    pub event: EventCode,
    /// The end bit: it is over.
    pub end: bool,
    /// 0 (loud) to 63: power below 0 dBm0, in dB.
    pub volume: u8,
    /// How long so far, in ticks of the event clock.
    pub duration: u16,
}

/// The payload is shorter than one event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a telephone-event: drop it and count it")]
pub struct NotAnEvent;

impl EventBlock {
    /// Reads the first event of a payload. Further ones in the same packet (allowed by RFC 4733 for
    /// short signals, not used for keys by anyone) are not looked at.
    ///
    /// # Errors
    /// Fewer than four bytes.
    pub fn read(payload: &[u8]) -> Result<Self, NotAnEvent> {
        let [event, flags, high, low, ..] = *payload else { return Err(NotAnEvent) };
        Ok(Self {
            event: EventCode(event),
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The four bytes; the reserved bit is zero.
    pub fn bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event.0, u8::from(self.end) << 7 | self.volume & 0x3F, high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let block = EventBlock { event: EventCode(11), end: true, volume: 10, duration: 800 };
        assert_eq!(block.bytes(), [11, 0x8A, 0x03, 0x20]);
        assert_eq!(EventBlock::read(&block.bytes()), Ok(block));
    }

    #[test]
    fn the_reserved_bit_is_ignored_and_three_bytes_are_no_event() {
        assert_eq!(EventBlock::read(&[1, 0x4A, 0, 1]).unwrap().volume, 10);
        assert_eq!(EventBlock::read(&[1, 2, 3]), Err(NotAnEvent));
    }

    #[test]
    fn an_event_does_not_print_the_key() {
        assert_eq!(format!("{:?}", EventCode(5)), "•");
    }
}
