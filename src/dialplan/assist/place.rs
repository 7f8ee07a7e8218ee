//! Places as editors count them: lines and UTF-16 units from 0 (Language Server Protocol 3.17, "Position").

use std::ops::Range;

/// A place between two characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Line, from 0.
    pub line: u32,
    /// UTF-16 units from the line's beginning.
    pub unit: u32,
}

/// Where the lines of a text begin, in bytes.
#[derive(Debug)]
pub(super) struct Places(Vec<usize>);

impl Places {
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The place of a byte; one within a character counts as its beginning.
    pub(super) fn place(&self, text: &str, byte: usize) -> Place {
        let byte = text.floor_char_boundary(byte.min(text.len()));
        let line = self.0.partition_point(|start| *start <= byte).max(1) - 1;
        let units = text[self.0[line]..byte].encode_utf16().count();
        Place { line: count(line), unit: count(units) }
    }

    /// The byte of a place; one behind the end of its line is that end, as the protocol wants it.
    pub(super) fn byte(&self, text: &str, place: Place) -> usize {
        let Some(line) = self.line(text, place.line) else { return text.len() };
        let mut left = place.unit as usize;
        for (at, c) in text[line.clone()].char_indices() {
            if left < c.len_utf16() {
                return line.start + at;
            }
            left -= c.len_utf16();
        }
        line.end
    }

    /// The bytes of a line, without its break.
    fn line(&self, text: &str, line: u32) -> Option<Range<usize>> {
        let start = *self.0.get(line as usize)?;
        let end = self.0.get(line as usize + 1).map_or(text.len(), |next| next - 1);
        let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
