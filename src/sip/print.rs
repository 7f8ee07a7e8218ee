//! Messages of ours to bytes (RFC 3261 section 7).
//!
//! Owns: line ends, Content-Length, keeping line breaks out of values. Never: which headers to send.

use crate::message::Name;
use std::fmt::{Display, Write as _};

/// Writes one message front to back.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// `METHOD uri SIP/2.0`
    pub(crate) fn request(method: &str, uri: &str) -> Writer {
        let mut writer = Writer(Vec::with_capacity(1_024));
        writer.raw(method.as_bytes());
        writer.raw(b" ");
        writer.clean(uri.as_bytes());
        writer.raw(b" SIP/2.0\r\n");
        writer
    }

    /// `SIP/2.0 status reason`; without a reason the customary one.
    pub(crate) fn response(status: u16, reason: Option<&str>) -> Writer {
        let mut writer = Writer(Vec::with_capacity(1_024));
        let reason = reason.unwrap_or(reason_phrase(status));
        let _ = write!(Text(&mut writer.0), "SIP/2.0 {status} {reason}");
        writer.raw(b"\r\n");
        writer
    }

    /// A header field; line breaks in the value become spaces.
    pub(crate) fn field(&mut self, name: Name, value: impl Display) {
        self.named(name.as_str(), value);
    }

    /// A header field by any name.
    pub(crate) fn named(&mut self, name: &str, value: impl Display) {
        self.clean(name.as_bytes());
        self.raw(b": ");
        let _ = write!(Text(&mut self.0), "{value}");
        self.raw(b"\r\n");
    }

    /// A header field whose value is bytes of a peer, kept as they are except for folds.
    pub(crate) fn bytes(&mut self, name: Name, value: &[u8]) {
        self.raw(name.as_str().as_bytes());
        self.raw(b": ");
        self.clean(value);
        self.raw(b"\r\n");
    }

    /// Nothing yet.
    pub(crate) fn empty() -> Writer {
        Writer(Vec::with_capacity(512))
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes so far, as they are.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Text inside a line.
    pub(crate) fn text(&mut self, text: impl Display) {
        let _ = write!(Text(&mut self.0), "{text}");
    }

    /// From or To with a tag of ours behind the value.
    pub(crate) fn tagged(&mut self, name: Name, value: &[u8], tag: u64) {
        self.raw(name.as_str().as_bytes());
        self.raw(b": ");
        self.clean(value);
        self.text(format_args!(";tag={tag:016x}"));
        self.raw(b"\r\n");
    }

    /// Lines that are complete already.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Bytes without line breaks.
    pub(crate) fn clean(&mut self, bytes: &[u8]) {
        self.0.extend(bytes.iter().map(|&b| if matches!(b, b'\r' | b'\n') { b' ' } else { b }));
    }

    /// Ends the message: Content-Length always, Content-Type with a body.
    pub(crate) fn body(mut self, content_type: &str, body: &[u8]) -> Vec<u8> {
        if !body.is_empty() {
            self.field(Name::ContentType, content_type);
        }
        self.field(Name::ContentLength, body.len());
        self.raw(b"\r\n");
        self.raw(body);
        self.0
    }

    /// Ends the message without a body.
    pub(crate) fn end(self) -> Vec<u8> {
        self.body("", &[])
    }
}

/// Text into bytes; control characters become spaces.
struct Text<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.0.extend(s.bytes().map(|b| if b < 0x20 || b == 0x7f { b' ' } else { b }));
        Ok(())
    }
}

/// The phrase that customarily goes with a status (RFC 3261 section 21 and later ones).
pub(crate) const fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        423 => "Interval Too Brief",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        489 => "Bad Event",
        469 => "Bad Info Package",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => match status / 100 {
            0 | 1 => "Progress",
            2 => "OK",
            3 => "Redirected",
            4 => "Refused",
            5 => "Server Failure",
            _ => "Declined",
        },
    }
}
