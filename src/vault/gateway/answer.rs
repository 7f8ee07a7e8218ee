//! An HTTP/1.1 answer, read with bounds: a status, and a body by its length, its chunks or the end.

use crate::limits::ANSWER_BYTES_MAX;

/// Lines of the head that are looked at.
const FIELDS_MAX: usize = 128;

/// A whole answer.
#[derive(PartialEq, Eq, Debug)]
pub struct Answer {
    /// 200, 402 …
    pub status: u16,
    /// What it says.
    pub body: Vec<u8>,
}

/// The bytes are no answer that we can follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nonsense;

/// Reads what has come so far: `None` means that more must come. `ended`: nothing more will.
///
/// # Errors
/// [`Nonsense`].
pub fn read_answer(bytes: &[u8], ended: bool) -> Result<Option<Answer>, Nonsense> {
    if bytes.len() > ANSWER_BYTES_MAX {
        return Err(Nonsense);
    }
    let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
        return if ended { Err(Nonsense) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..at]).map_err(|_| Nonsense)?;
    let rest = &bytes[at + 4..];
    let (status, length) = read_head(head)?;
    let body = match length {
        Length::Counted(count) if rest.len() >= count => Some(rest[..count].to_vec()),
        Length::Chunked => read_chunks(rest)?,
        Length::ToTheEnd if ended => Some(rest.to_vec()),
        Length::Counted(_) | Length::ToTheEnd => None,
    };
    match body {
        Some(body) => Ok(Some(Answer { status, body })),
        None if ended => Err(Nonsense),
        None => Ok(None),
    }
}

enum Length {
    Counted(usize),
    Chunked,
    ToTheEnd,
}

fn read_head(head: &str) -> Result<(u16, Length), Nonsense> {
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or("");
    let status = status_line.strip_prefix("HTTP/1.1 ").or(status_line.strip_prefix("HTTP/1.0 "));
    let status = status.and_then(|s| s.get(..3)).and_then(|s| s.parse().ok()).ok_or(Nonsense)?;
    let mut length = Length::ToTheEnd;
    for (n, line) in lines.enumerate() {
        let (name, value) = line.split_once(':').ok_or(Nonsense)?;
        let value = value.trim();
        if n >= FIELDS_MAX {
            return Err(Nonsense);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            // RFC 9112 section 6.3: it counts before any length
            length = if value.eq_ignore_ascii_case("chunked") {
                Length::Chunked
            } else {
                return Err(Nonsense);
            };
        } else if name.eq_ignore_ascii_case("content-length") && !matches!(length, Length::Chunked)
        {
            length = Length::Counted(value.parse().map_err(|_| Nonsense)?);
        }
    }
    Ok((status, length))
}

/// RFC 9112 section 7.1; trailers are not looked at.
fn read_chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>, Nonsense> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|w| w == b"\r\n") else { return Ok(None) };
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| Nonsense)?;
        let size = line.split(';').next().unwrap_or("").trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| Nonsense)?;
        if size == 0 {
            return Ok(Some(body));
        }
        if size > ANSWER_BYTES_MAX {
            return Err(Nonsense);
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return Ok(None) };
        body.extend(chunk);
        match rest.get(end + 2 + size..end + 4 + size) {
            None => return Ok(None),
            Some(b"\r\n") => rest = &rest[end + 4 + size..],
            Some(_) => return Err(Nonsense),
        }
    }
}
