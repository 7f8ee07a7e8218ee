//! Keys by SIP INFO, in the two shapes that phones use.
//!
//! There is no RFC for either: `application/dtmf-relay` carries lines `Signal=5` and `Duration=160`,
//! `application/dtmf` the bare key.

use keypad::Key;

/// A key and its length in ms, or `None` when the body is something else.
pub(crate) fn key(content_type: &str, body: &[u8]) -> Option<(Key, u16)> {
    let text = std::str::from_utf8(body).ok()?;
    let media_type = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/dtmf-relay" => relay(text),
        "application/dtmf" => Some((one(text)?, DEFAULT_MS)),
        _ => None,
    }
}

/// What a key without a length counts for: the 100 ms that phones send.
const DEFAULT_MS: u16 = 100;

fn relay(text: &str) -> Option<(Key, u16)> {
    let value = |name: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    let ms = value("Duration").and_then(|d| d.parse().ok()).unwrap_or(DEFAULT_MS);
    Some((one(value("Signal")?)?, ms))
}

/// One key, by its character or by its event number (some phones send 10 and 11 for `*` and `#`).
fn one(text: &str) -> Option<Key> {
    match text.trim() {
        "10" => Some(Key::STAR),
        "11" => Some(Key::HASH),
        text => {
            let mut chars = text.chars();
            let key = Key::from_char(chars.next()?)?;
            chars.next().is_none().then_some(key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_give_the_key_and_its_length() {
        let relay = b"Signal= 5\r\nDuration= 160\r\n";
        assert!(key("application/dtmf-relay", relay) == Some((Key::from_event(5).unwrap(), 160)));
        assert!(key("Application/DTMF; charset=utf-8", b"#\r\n") == Some((Key::HASH, 100)));
        assert!(key("application/dtmf-relay", b"Signal=10") == Some((Key::STAR, 100)));
    }

    #[test]
    fn anything_else_is_no_key() {
        assert!(key("application/dtmf-relay", b"Duration=160").is_none());
        assert!(key("application/dtmf", b"55").is_none());
        assert!(key("text/plain", b"5").is_none());
        assert!(key("application/dtmf", &[0xff, 0xfe]).is_none());
    }
}
