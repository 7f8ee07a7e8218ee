//! Bytes to [`Message`] (RFC 3261 sections 7 and 25): one pass, one allocation.
//!
//! Owns: finding lines, names, values and the body. Never: what a value means.
//! A fault that leaves the rest readable is kept in the message, so that it can be answered 400
//! with a reason phrase that names it; only what is no SIP message at all is an error.

use crate::limits::HEADERS_MAX;
use crate::message::{Field, Message, Name, Start};
use crate::method::Method;

/// Why bytes are not a SIP message at all. There is nobody to answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// Only line ends: a keep-alive (RFC 5626 section 4.4.1).
    #[error("only line ends: a keep-alive, nothing to do")]
    Empty,
    /// The first line is neither a request line nor a status line.
    #[error("the first line is no SIP start line; drop it")]
    NotSip,
    /// Longer than an index can say (4 GiB).
    #[error("longer than any SIP message; drop it")]
    TooLong,
}

/// What is wrong with a message that can still be answered; printed as the 400's reason phrase.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A mandatory header is not there.
    #[error("Missing {} header", .0.as_str())]
    Missing(Name),
    /// A header cannot be read.
    #[error("Bad {} header", .0.as_str())]
    Bad(Name),
    /// A header that must stand alone stands twice.
    #[error("Repeated {} header", .0.as_str())]
    Repeated(Name),
    /// A line without a name and a colon.
    #[error("Bad header line")]
    BadLine,
    /// No blank line ends the header fields.
    #[error("Header section without end")]
    NoBlankLine,
    /// More than [`HEADERS_MAX`] fields.
    #[error("Too many header fields")]
    TooManyHeaders,
    /// The request line has spaces or brackets in its URI, or more than one space.
    #[error("Bad request line")]
    BadRequestLine,
    /// The Request-URI cannot be read.
    #[error("Bad Request-URI")]
    BadRequestUri,
    /// Content-Length says more than came (RFC 3261 section 18.3).
    #[error("Content-Length larger than body")]
    ShortBody,
    /// CSeq names another method than the request line (RFC 3261 section 8.1.1.5).
    #[error("CSeq method differs from request method")]
    CSeqMethod,
}

impl<'a> Message<'a> {
    /// Reads one datagram, or one message as a stream's [`crate::Framer`] cut it.
    pub fn parse(input: &'a [u8]) -> Result<Message<'a>, ParseError> {
        // RFC 3261 section 7.5: CRLF before the start line is ignored.
        let skip = input.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let bytes = &input[skip..];
        if bytes.is_empty() || bytes == [0] {
            return Err(ParseError::Empty);
        }
        if bytes.len() >= u32::MAX as usize {
            return Err(ParseError::TooLong);
        }
        let (line, mut at) = line_at(bytes, 0);
        let (start, mut fault) = start_line(line)?;
        let mut fields = Vec::with_capacity(20);
        let body = loop {
            if at >= bytes.len() {
                fault = fault.or(Some(Fault::NoBlankLine));
                break at;
            }
            let (line, next) = line_at(bytes, at);
            if line.is_empty() {
                break next;
            }
            let end = folded_end(bytes, next);
            match field(bytes, at, end) {
                Some(_) if fields.len() == HEADERS_MAX => {
                    fault = fault.or(Some(Fault::TooManyHeaders));
                }
                Some(f) => fields.push(f),
                None => fault = fault.or(Some(Fault::BadLine)),
            }
            at = end;
        };
        let mut message = Message {
            bytes,
            start,
            fields,
            body: (body as u32, bytes.len() as u32),
            declared_length: None,
            fault,
        };
        message.cut_body();
        Ok(message)
    }

    /// RFC 3261 section 18.3: bytes beyond Content-Length are discarded; too few are an error;
    /// without the header the body ends with the datagram.
    fn cut_body(&mut self) {
        let Some(value) = self.header(Name::ContentLength) else { return };
        let Some(length) = number(value) else {
            self.fault = self.fault.or(Some(Fault::Bad(Name::ContentLength)));
            return;
        };
        self.declared_length = Some(length);
        let there = u64::from(self.body.1 - self.body.0);
        if length > there {
            self.fault = self.fault.or(Some(Fault::ShortBody));
        } else {
            self.body.1 = self.body.0 + length as u32;
            self.bytes = &self.bytes[..self.body.1 as usize];
        }
    }
}

/// The line that starts at `at`, without its end, and where the next one starts.
fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &bytes[at..];
    match find(rest, b'\n') {
        Some(0) => (&rest[..0], at + 1),
        Some(n) if rest[n - 1] == b'\r' => (&rest[..n - 1], at + n + 1),
        Some(n) => (&rest[..n], at + n + 1),
        None => (rest, bytes.len()),
    }
}

/// Goes over lines that begin with white space: they continue the field (RFC 3261 section 7.3.1).
fn folded_end(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at = line_at(bytes, at).1;
    }
    at
}

fn field(bytes: &[u8], line: usize, line_end: usize) -> Option<Field> {
    let whole = &bytes[line..line_end];
    let colon = find(whole, b':')?;
    let name = trim_end(&whole[..colon]);
    if name.is_empty() || !name.iter().all(|&b| is_token(b)) {
        return None;
    }
    let value = trim(&whole[colon + 1..]);
    let start = value.as_ptr() as usize - bytes.as_ptr() as usize;
    Some(Field {
        name: Name::of(name),
        line: line as u32,
        name_end: (line + name.len()) as u32,
        value: (start as u32, (start + value.len()) as u32),
        line_end: line_end as u32,
    })
}

fn start_line(line: &[u8]) -> Result<(Start<'_>, Option<Fault>), ParseError> {
    if let Some(rest) = strip_version(line) {
        return status_line(rest).map(|s| (s, None));
    }
    let first = line.iter().position(|&b| b == b' ').ok_or(ParseError::NotSip)?;
    let trimmed = trim_end(line);
    let last = trimmed.iter().rposition(|&b| b == b' ').ok_or(ParseError::NotSip)?;
    let (token, version) = (&line[..first], &trimmed[last + 1..]);
    let is_sip = version.len() > 4 && version[..4].eq_ignore_ascii_case(b"SIP/");
    if !is_sip || token.is_empty() || !token.iter().all(|&b| is_token(b)) {
        return Err(ParseError::NotSip);
    }
    let uri = if last > first { &line[first + 1..last] } else { &line[..0] };
    let odd = uri.is_empty() || uri.iter().any(|b| b" \t<>\"".contains(b)) || trimmed != line;
    let version_2 = version.eq_ignore_ascii_case(b"SIP/2.0");
    let start = Start::Request { method: Method::of(token), token, uri, version_2 };
    Ok((start, odd.then_some(Fault::BadRequestLine)))
}

fn strip_version(line: &[u8]) -> Option<&[u8]> {
    let (version, rest) = line.split_at_checked(8)?;
    version.eq_ignore_ascii_case(b"SIP/2.0 ").then_some(rest)
}

fn status_line(rest: &[u8]) -> Result<Start<'_>, ParseError> {
    let (code, reason) = rest.split_at_checked(3).ok_or(ParseError::NotSip)?;
    let status = number(code).filter(|n| (100..700).contains(n)).ok_or(ParseError::NotSip)?;
    match reason.first() {
        None => Ok(Start::Response { status: status as u16, reason }),
        Some(b' ') => Ok(Start::Response { status: status as u16, reason: &reason[1..] }),
        Some(_) => Err(ParseError::NotSip),
    }
}

/// Digits only, up to what fits.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |n, b| match b {
        b'0'..=b'9' => n.checked_mul(10)?.checked_add(u64::from(b - b'0')),
        _ => None,
    })
}

/// A token character (RFC 3261 section 25.1).
pub(crate) const fn is_token(b: u8) -> bool {
    TOKEN[b as usize]
}

const TOKEN: [bool; 256] = class(b"-.!%*_+`'~");

/// Letters, digits and these: a table, because every byte of a message is asked.
pub(crate) const fn class(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut n = 0;
    while n < 256 {
        table[n] = (n as u8).is_ascii_alphanumeric();
        n += 1;
    }
    let mut n = 0;
    while n < others.len() {
        table[others[n] as usize] = true;
        n += 1;
    }
    table
}

/// The first place of a byte, eight bytes at a time.
pub(crate) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let pattern = LOW * u64::from(wanted);
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let zeros = u64::from_le_bytes(*word) ^ pattern;
        let hit = zeros.wrapping_sub(LOW) & !zeros & HIGH;
        if hit != 0 {
            return Some(n * 8 + hit.trailing_zeros() as usize / 8);
        }
    }
    let tail = rest.iter().position(|&b| b == wanted)?;
    Some(words.len() * 8 + tail)
}

/// White space of a header value; line ends are inside it where the value is folded.
pub(crate) const fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&b| !is_space(b)).unwrap_or(bytes.len());
    trim_end(&bytes[start..])
}

pub(crate) fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&b| !is_space(b)).map_or(0, |n| n + 1);
    &bytes[..end]
}
