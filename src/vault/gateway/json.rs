//! Looks one value up in a JSON text (RFC 8259) without building a tree: bounded in depth and in time.

use crate::limits::JSON_DEPTH_MAX;

/// A value that is not an object or array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalar<'a> {
    /// Without its quotes; one with an escape is not told, none of ours has one.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// `true`, `false`, `null`, a fraction, an escaped text.
    Other,
}

/// The value at this path of names (`[]`: the first of an array); `None` if it is not there or the text is broken before it.
pub fn find<'a>(json: &'a [u8], path: &[&str]) -> Option<Scalar<'a>> {
    let mut scan = Scan { rest: json };
    scan.find(path)
}

/// The text at this path.
pub fn text<'a>(json: &'a [u8], path: &[&str]) -> Option<&'a str> {
    match find(json, path)? {
        Scalar::Text(text) => Some(text),
        Scalar::Number(_) | Scalar::Other => None,
    }
}

/// The whole number at this path.
pub fn number(json: &[u8], path: &[&str]) -> Option<u64> {
    match find(json, path)? {
        Scalar::Number(number) => Some(number),
        Scalar::Text(_) | Scalar::Other => None,
    }
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn find(&mut self, path: &[&str]) -> Option<Scalar<'a>> {
        let Some((name, deeper)) = path.split_first() else { return self.scalar() };
        if *name == "[]" {
            self.expect(b'[')?;
            return self.find(deeper);
        }
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            return None;
        }
        loop {
            let found = self.string()? == name.as_bytes();
            self.expect(b':')?;
            if found {
                return self.find(deeper);
            }
            self.skip(0)?;
            match self.next()? {
                b',' => {}
                _ => return None,
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
        let skip = self.rest.iter().position(|b| !blank(b)).unwrap_or(self.rest.len());
        self.rest = &self.rest[skip..];
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.rest = &self.rest[1..];
        Some(byte)
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    /// The bytes between the quotes, escapes as they stand.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let mut at = 0;
        loop {
            match *self.rest.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        let (inner, rest) = self.rest.split_at_checked(at)?;
        self.rest = &rest[1..];
        Some(inner)
    }

    fn word(&mut self) -> &'a [u8] {
        let of_word = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
        let end = self.rest.iter().position(|b| !of_word(b)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.peek()? {
            b'"' => {
                let inner = self.string()?;
                let plain = !inner.contains(&b'\\');
                let text = std::str::from_utf8(inner).ok().filter(|_| plain);
                Some(text.map_or(Scalar::Other, Scalar::Text))
            }
            b'{' | b'[' => None,
            _ => {
                let word = std::str::from_utf8(self.word()).ok()?;
                Some(word.parse().map_or(Scalar::Other, Scalar::Number))
            }
        }
    }

    fn skip(&mut self, depth: u32) -> Option<()> {
        if depth > JSON_DEPTH_MAX {
            return None;
        }
        let close = match self.peek()? {
            b'"' => return self.string().map(drop),
            b'{' => b'}',
            b'[' => b']',
            _ => return (!self.word().is_empty()).then_some(()),
        };
        self.next()?;
        if self.peek()? == close {
            return self.next().map(drop);
        }
        loop {
            if close == b'}' {
                self.string()?;
                self.expect(b':')?;
            }
            self.skip(depth + 1)?;
            match self.next()? {
                b',' => {}
                b if b == close => return Some(()),
                _ => return None,
            }
        }
    }
}
