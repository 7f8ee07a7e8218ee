//! Messages out of a stream (RFC 3261 section 18.3) and the keep-alives between them
//! (RFC 5626 section 4.4.1).
//!
//! ```text
//!   \r\n\r\n            a ping: answer \r\n
//!   \r\n                a pong, or harmless
//!   head blank line body a message, body as long as Content-Length says
//! ```
//!
//! Owns: finding where a message ends, within bounds. Never: the meaning of a message.

use crate::limits::{HEADERS_MAX, STREAM_HEAD_BYTES_MAX};
use crate::message::{Message, Name};
use crate::parse::{find, number};

/// What the next bytes of a stream are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// One whole message, for [`crate::Stack::handle_message`].
    Message(Vec<u8>),
    /// A keep-alive that wants `\r\n` back.
    Ping,
    /// The answer to a keep-alive of ours.
    Pong,
    /// The head of a message whose body is over the limit: hand it to the stack, which answers 513,
    /// then close the connection, because the body will not be read.
    TooLarge(Vec<u8>),
}

/// Why no further message can be found in a stream. Close the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FramingError {
    /// No blank line within the limit.
    #[error("no end of headers within {STREAM_HEAD_BYTES_MAX} bytes; close the connection")]
    HeadTooLong,
    /// Content-Length cannot be read, stands twice with different values, or may stand behind the
    /// last field that is looked at.
    #[error(
        "the Content-Length cannot be read, so no message end can be found; close the connection"
    )]
    BadLength,
    /// A message over the limit has been handed out before.
    #[error("the stream was given up after a message over the limit; close the connection")]
    GivenUp,
}

/// Cuts one stream into messages. Holds at most one message and what follows it in one read.
pub struct Framer {
    buffer: Vec<u8>,
    /// Up to here the buffer holds no end of a head: a peer that sends single bytes costs no more.
    searched: usize,
    message_bytes_max: usize,
    given_up: bool,
}

impl Framer {
    /// For one connection.
    pub fn new(message_bytes_max: usize) -> Framer {
        Framer { buffer: Vec::new(), searched: 0, message_bytes_max, given_up: false }
    }

    /// Adds what was read. Drain [`Framer::poll_frame`] before the next read: what is held is then
    /// less than one message of the largest size.
    pub fn handle_bytes(&mut self, bytes: &[u8]) {
        if !self.given_up {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// True when no message has begun that is not whole yet.
    pub fn is_between(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The next frame, if it is whole.
    pub fn poll_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        if self.given_up {
            return Err(FramingError::GivenUp);
        }
        if let Some(keep_alive) = self.keep_alive() {
            return Ok(keep_alive);
        }
        let head = match self.head_end() {
            Some(head) if head <= STREAM_HEAD_BYTES_MAX => head,
            None if self.buffer.len() <= STREAM_HEAD_BYTES_MAX => return Ok(None),
            _ => return Err(self.give_up(FramingError::HeadTooLong)),
        };
        let Some(body) = content_length(&self.buffer[..head]) else {
            return Err(self.give_up(FramingError::BadLength));
        };
        let whole = body.saturating_add(head as u64);
        if whole > self.message_bytes_max as u64 {
            self.give_up(FramingError::GivenUp);
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.truncate(head);
            return Ok(Some(Frame::TooLarge(buffer)));
        }
        if (self.buffer.len() as u64) < whole {
            return Ok(None);
        }
        self.searched = 0;
        let rest = self.buffer.split_off(whole as usize);
        Ok(Some(Frame::Message(std::mem::replace(&mut self.buffer, rest))))
    }

    /// Behind the first blank line. Its line ends may be bare line feeds, because the parser takes
    /// those as well: both must see the same end, or a body could pass for a message.
    fn head_end(&mut self) -> Option<usize> {
        loop {
            let at = self.searched + find(&self.buffer[self.searched..], b'\n')?;
            match &self.buffer[at + 1..] {
                [b'\n', ..] => return Some(at + 2),
                [b'\r', b'\n', ..] => return Some(at + 3),
                [] | [b'\r'] => {
                    self.searched = at;
                    return None;
                }
                _ => self.searched = at + 1,
            }
        }
    }

    fn give_up(&mut self, why: FramingError) -> FramingError {
        self.given_up = true;
        why
    }

    /// Line ends before a message; `Some(None)` when more must be read to know.
    fn keep_alive(&mut self) -> Option<Option<Frame>> {
        let ends = self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if self.buffer.is_empty() {
            return Some(None);
        }
        if ends == 0 {
            return None;
        }
        let frame = match &self.buffer[..ends.min(4)] {
            b"\r\n\r\n" => (4, Frame::Ping),
            // One CRLF and then a message or nothing yet: it is a pong. A ping that arrives in two
            // pieces is then seen as two pongs, and the peer pings again.
            b"\r" => return Some(None),
            s if s.starts_with(b"\r\n") => (2, Frame::Pong),
            _ => (1, Frame::Pong),
        };
        self.buffer.drain(..frame.0);
        Some(Some(frame.1))
    }
}

/// The body length that a head declares, read as the parser reads it; 0 when there is none (the stack
/// then answers 400) and when the head is no SIP at all (the stack then drops it). `None` when no
/// length or more than one can be made out.
fn content_length(head: &[u8]) -> Option<u64> {
    let Ok(message) = Message::parse(head) else { return Some(0) };
    if message.fields().count() == HEADERS_MAX && message.header(Name::ContentLength).is_none() {
        return None;
    }
    let mut declared = message.all(Name::ContentLength).map(number);
    let first = declared.next().unwrap_or(Some(0))?;
    declared.all(|other| other == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nl: 3\r\n\r\nabc";

    fn frames(framer: &mut Framer) -> Vec<Frame> {
        std::iter::from_fn(|| framer.poll_frame().unwrap()).collect()
    }

    #[test]
    fn a_stream_cut_anywhere_gives_the_same_messages() {
        let stream = [OPTIONS, b"\r\n\r\n", OPTIONS].concat();
        for cut in 0..stream.len() {
            let mut framer = Framer::new(1_000);
            framer.handle_bytes(&stream[..cut]);
            let mut all = frames(&mut framer);
            framer.handle_bytes(&stream[cut..]);
            all.extend(frames(&mut framer));
            all.retain(|f| matches!(f, Frame::Message(_)));
            assert_eq!(all, vec![Frame::Message(OPTIONS.to_vec()); 2], "cut at {cut}");
        }
    }

    #[test]
    fn a_double_line_end_is_a_ping_and_a_single_one_a_pong() {
        let mut framer = Framer::new(1_000);
        framer.handle_bytes(b"\r\n\r\n\r\n");
        assert_eq!(frames(&mut framer), [Frame::Ping, Frame::Pong]);
    }

    #[test]
    fn a_body_over_the_limit_gives_its_head_and_then_nothing() {
        let mut framer = Framer::new(1_000);
        framer.handle_bytes(b"INFO sip:a SIP/2.0\r\nContent-Length: 99999999999\r\n\r\nabc");
        assert!(
            matches!(framer.poll_frame(), Ok(Some(Frame::TooLarge(h))) if h.ends_with(b"\r\n\r\n"))
        );
        assert_eq!(framer.poll_frame(), Err(FramingError::GivenUp));
    }

    #[test]
    fn what_has_no_end_is_given_up() {
        let mut framer = Framer::new(1_000);
        framer.handle_bytes(&vec![b'a'; STREAM_HEAD_BYTES_MAX + 1]);
        assert_eq!(framer.poll_frame(), Err(FramingError::HeadTooLong));
        for length in ["x", "-1", "", "3\r\nl: 4"] {
            let mut framer = Framer::new(1_000);
            framer.handle_bytes(
                format!("A b SIP/2.0\r\nContent-Length: {length}\r\n\r\n").as_bytes(),
            );
            assert_eq!(framer.poll_frame(), Err(FramingError::BadLength), "{length}");
        }
    }
}
