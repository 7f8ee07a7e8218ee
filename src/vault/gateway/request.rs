//! One HTTP/1.1 request (RFC 9112), built in place: head and body in memory that the caller owns.

use crate::limits::HEAD_BYTES_MAX;

/// A request that is being built. What does not fit makes it unusable, never cut.
pub struct Request<'a> {
    head: &'a mut [u8],
    body: &'a mut [u8],
    head_length: usize,
    body_length: usize,
    content: &'static str,
    overflown: bool,
}

impl<'a> Request<'a> {
    /// In this memory: the first kilobyte is the head's.
    pub fn in_place(memory: &'a mut [u8]) -> Self {
        let (head, body) = memory.split_at_mut(HEAD_BYTES_MAX.min(memory.len()));
        let content = "application/x-www-form-urlencoded";
        Self { head, body, head_length: 0, body_length: 0, content, overflown: false }
    }

    /// Begins: method and target, then the fields that every request has. Without a key none is sent.
    pub fn begin(&mut self, method: &str, target: &[&str], host: &str, secret_key: &str) {
        self.head_text(method);
        self.head_text(" ");
        target.iter().for_each(|part| self.head_text(part));
        self.head_text(" HTTP/1.1\r\n");
        self.field("Host", &[host]);
        if !secret_key.is_empty() {
            self.field("Authorization", &["Bearer ", secret_key]);
        }
        self.field("Connection", &["close"]);
        self.field("Accept-Encoding", &["identity"]);
    }

    /// Adds a field to the head.
    pub fn field(&mut self, name: &str, value: &[&str]) {
        self.head_text(name);
        self.head_text(": ");
        value.iter().for_each(|part| self.head_text(part));
        self.head_text("\r\n");
    }

    /// Adds `name=value` to the body (application/x-www-form-urlencoded). Both are plain words of ours.
    pub fn pair(&mut self, name: &str, value: &str) {
        self.name(name);
        self.body_bytes(value.bytes());
    }

    /// Adds `name=` and digits (values 0–9), straight from where they lie.
    pub fn digits(&mut self, name: &str, digits: &[u8]) {
        self.name(name);
        self.body_bytes(digits.iter().map(|d| b'0' + d % 10));
    }

    /// Adds a piece of JSON to the body (application/json). Plain words of ours, quotes and brackets included.
    pub fn json(&mut self, text: &str) {
        self.content = "application/json";
        self.body_bytes(text.bytes());
    }

    /// Adds digits (values 0–9) to the JSON, straight from where they lie.
    pub fn json_digits(&mut self, digits: &[u8]) {
        self.body_bytes(digits.iter().map(|d| b'0' + d % 10));
    }

    /// Ends the head. The whole request, in two pieces; `None` if it did not fit.
    pub fn finish(mut self) -> Option<(&'a [u8], &'a [u8])> {
        if self.body_length > 0 {
            self.field("Content-Type", &[self.content]);
        }
        let length = self.body_length.to_string();
        self.field("Content-Length", &[&length]);
        self.head_text("\r\n");
        let (head, body): (&'a [u8], &'a [u8]) = (self.head, self.body);
        (!self.overflown).then(|| (&head[..self.head_length], &body[..self.body_length]))
    }

    /// `[` and `]` of a name are written as they are escaped.
    fn name(&mut self, name: &str) {
        if self.body_length > 0 {
            self.body_bytes([b'&']);
        }
        for b in name.bytes() {
            match b {
                b'[' => self.body_bytes(*b"%5B"),
                b']' => self.body_bytes(*b"%5D"),
                _ => self.body_bytes([b]),
            }
        }
        self.body_bytes([b'=']);
    }

    fn head_text(&mut self, text: &str) {
        for b in text.bytes() {
            // no value of ours has a line end; one that had would be another request
            let control = b.is_ascii_control() && text != "\r\n" && !text.ends_with("\r\n");
            match self.head.get_mut(self.head_length) {
                Some(slot) if !control => *slot = b,
                _ => self.overflown = true,
            }
            self.head_length += usize::from(!self.overflown);
        }
    }

    fn body_bytes(&mut self, bytes: impl IntoIterator<Item = u8>) {
        for b in bytes {
            match self.body.get_mut(self.body_length) {
                Some(slot) => *slot = b,
                None => self.overflown = true,
            }
            self.body_length += usize::from(!self.overflown);
        }
    }
}
