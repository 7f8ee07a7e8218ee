//! SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966): the text as sent, and where its parts are.
//!
//! Owns: parts, comparison. Never: resolution of a host name.

use crate::header::{host_ip, split_port};
use crate::limits::URI_BYTES_MAX;
use crate::parse::{class, find};
use std::net::IpAddr;

/// The scheme of a URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Anything else; kept as text.
    Other,
}

/// A URI that keeps the text it was read from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Uri {
    text: Box<str>,
    marks: Marks,
}

/// Where the parts are, in bytes of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Marks {
    scheme: Scheme,
    user: Option<(u16, u16)>,
    host: (u16, u16),
    port: Option<u16>,
    params: (u16, u16),
    headers: (u16, u16),
}

/// Why a text is not a URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UriError {
    /// Longer than [`URI_BYTES_MAX`].
    #[error("the URI is longer than {URI_BYTES_MAX} bytes; shorten it")]
    TooLong,
    /// A character that must be escaped, or no scheme.
    #[error(
        "the URI has no scheme or a character that must be escaped; write it like sip:name@host"
    )]
    Malformed,
    /// The host or the port cannot be read.
    #[error("the host or port of the URI cannot be read; write it like sip:name@192.0.2.1:5060")]
    BadHost,
}

impl Uri {
    /// Reads a URI without angle brackets.
    pub fn parse(text: &[u8]) -> Result<Uri, UriError> {
        let (text, marks) = Marks::of(text)?;
        Ok(Uri { text: text.into(), marks })
    }

    /// True when the bytes are a URI; allocates nothing.
    pub fn check(text: &[u8]) -> Result<Scheme, UriError> {
        Marks::of(text).map(|(_, marks)| marks.scheme)
    }

    /// The text as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.marks.scheme
    }

    /// The user part as sent (with a password, if there is one), or the number of a `tel:` URI.
    pub fn user(&self) -> Option<&str> {
        self.marks.user.map(|range| self.slice(range))
    }

    /// The user part with `%41` escapes resolved.
    pub fn user_plain(&self) -> Option<String> {
        self.user().map(|u| String::from_utf8_lossy(&unescape(u.as_bytes())).into_owned())
    }

    /// The host, IPv6 in brackets; empty for `tel:`.
    pub fn host(&self) -> &str {
        self.slice(self.marks.host)
    }

    /// The host as an address, if it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        host_ip(self.host())
    }

    /// The port, if it is written.
    pub fn port(&self) -> Option<u16> {
        self.marks.port
    }

    /// The URI parameter of this name; `Some("")` when it stands without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        pairs(self.slice(self.marks.params), ';')
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// True for a loose router (RFC 3261 section 16.12.1).
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The header of this name after `?`, with its escapes resolved (RFC 3261 section 19.1.1).
    pub fn header(&self, name: &str) -> Option<String> {
        pairs(self.slice(self.marks.headers), '&')
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| String::from_utf8_lossy(&unescape(v.as_bytes())).into_owned())
    }

    /// The same URI without headers.
    pub fn bare(&self) -> Uri {
        Uri::parse(self.without_headers().as_bytes()).unwrap_or_else(|_| self.clone())
    }

    /// The same URI with this header alone. Too long to be a URI: without it.
    pub fn with_header(&self, name: &str, value: &str) -> Uri {
        let mut text = format!("{}?{name}=", self.without_headers());
        for b in value.bytes() {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(b));
                }
                _ => text.push_str(&format!("%{b:02X}")),
            }
        }
        Uri::parse(text.as_bytes()).unwrap_or_else(|_| self.bare())
    }

    /// The text without the headers after `?`, as it may stand in a Request-URI (RFC 3261 table 1).
    pub(crate) fn without_headers(&self) -> &str {
        let end = self.marks.headers.0 as usize;
        self.text[..end].trim_end_matches('?')
    }

    /// Comparison by RFC 3261 section 19.1.4: case, order and escapes do not matter where it says so.
    pub fn same_as(&self, other: &Uri) -> bool {
        let (a, b) = (self, other);
        if a.marks.scheme == Scheme::Other || a.marks.scheme != b.marks.scheme {
            return a.text == b.text;
        }
        let plain = |u: &Uri| u.user().map(|s| unescape(s.as_bytes()));
        plain(a) == plain(b)
            && a.host().eq_ignore_ascii_case(b.host())
            && a.marks.port == b.marks.port
            && a.params_match(b)
            && b.params_match(a)
            && a.headers_sorted() == b.headers_sorted()
    }

    /// A parameter in both must match, the first where a name stands twice; user, ttl, method, maddr and transport must be in both or none.
    fn params_match(&self, other: &Uri) -> bool {
        const IN_BOTH: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
        pairs(self.slice(self.marks.params), ';').all(|(name, _)| {
            match (self.param(name), other.param(name)) {
                (Some(ours), Some(theirs)) => theirs.eq_ignore_ascii_case(ours),
                _ => !IN_BOTH.iter().any(|n| n.eq_ignore_ascii_case(name)),
            }
        })
    }

    fn headers_sorted(&self) -> Vec<(String, Vec<u8>)> {
        let mut all: Vec<_> = pairs(self.slice(self.marks.headers), '&')
            .map(|(n, v)| (n.to_ascii_lowercase(), unescape(v.as_bytes())))
            .collect();
        all.sort();
        all
    }

    fn slice(&self, (start, end): (u16, u16)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Uri {
    type Err = UriError;
    fn from_str(text: &str) -> Result<Self, UriError> {
        Uri::parse(text.as_bytes())
    }
}

/// What may stand anywhere in a URI (RFC 3261 section 25.1: reserved, unreserved, escapes, brackets).
const URI_BYTE: [bool; 256] = class(b"-_.!~*'();/?:@&=+$,%[]#");

impl Marks {
    fn of(bytes: &[u8]) -> Result<(&str, Marks), UriError> {
        if bytes.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong);
        }
        if !bytes.iter().all(|&b| URI_BYTE[b as usize]) {
            return Err(UriError::Malformed);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| UriError::Malformed)?;
        let colon = find(bytes, b':').ok_or(UriError::Malformed)?;
        let scheme = match &text[..colon] {
            s if s.eq_ignore_ascii_case("sip") => Scheme::Sip,
            s if s.eq_ignore_ascii_case("sips") => Scheme::Sips,
            s if s.eq_ignore_ascii_case("tel") => Scheme::Tel,
            s if s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) =>
            {
                Scheme::Other
            }
            _ => return Err(UriError::Malformed),
        };
        let marks = match scheme {
            Scheme::Sip | Scheme::Sips => Self::sip(text, scheme, colon + 1)?,
            Scheme::Tel => Self::tel(text, colon + 1)?,
            Scheme::Other => Self::opaque(text),
        };
        Ok((text, marks))
    }

    fn opaque(text: &str) -> Marks {
        let end = (text.len() as u16, text.len() as u16);
        Marks {
            scheme: Scheme::Other,
            user: None,
            host: end,
            port: None,
            params: end,
            headers: end,
        }
    }

    fn tel(text: &str, from: usize) -> Result<Marks, UriError> {
        let end = text.len();
        let semi = find(&text.as_bytes()[from..], b';').map_or(end, |n| from + n);
        let digit = |b: u8| b.is_ascii_hexdigit() || b"+*#-.()".contains(&b);
        if from == semi || !text[from..semi].bytes().all(digit) {
            return Err(UriError::BadHost);
        }
        Ok(Marks {
            scheme: Scheme::Tel,
            user: Some((from as u16, semi as u16)),
            params: (semi as u16, end as u16),
            ..Self::opaque(text)
        })
    }

    fn sip(text: &str, scheme: Scheme, from: usize) -> Result<Marks, UriError> {
        let end = text.len();
        let bytes = text.as_bytes();
        let at = find(&bytes[from..], b'@').map(|n| from + n);
        let host = at.map_or(from, |n| n + 1);
        let question = find(&bytes[host..], b'?').map_or(end, |n| host + n);
        let semi = find(&bytes[host..question], b';').map_or(question, |n| host + n);
        let (name, port) = split_port(&text[host..semi]).ok_or(UriError::BadHost)?;
        if at == Some(from) {
            return Err(UriError::Malformed);
        }
        Ok(Marks {
            scheme,
            user: at.map(|n| (from as u16, n as u16)),
            host: (host as u16, (host + name.len()) as u16),
            port,
            params: (semi as u16, question as u16),
            headers: ((question + 1).min(end) as u16, end as u16),
        })
    }
}

fn pairs(text: &str, separator: char) -> impl Iterator<Item = (&str, &str)> {
    text.split(separator).filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")))
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let hex = |b: &u8| char::from(*b).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        match (b, bytes.get(at + 1).and_then(hex), bytes.get(at + 2).and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(b);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn a_uri_shows_its_parts() {
        let u = uri("sips:anna%40home:pw@[2001:db8::1]:5061;transport=TCP;lr?subject=a&to=b");
        assert_eq!(u.scheme(), Scheme::Sips);
        assert_eq!(u.user(), Some("anna%40home:pw"));
        assert_eq!(u.user_plain().unwrap(), "anna@home:pw");
        assert_eq!(u.host_ip(), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(
            (u.port(), u.param("transport"), u.is_loose_router()),
            (Some(5061), Some("TCP"), true)
        );
        assert!(u.without_headers().ends_with(";lr"));
        let t = uri("tel:+48-22-100;phone-context=example.com");
        assert_eq!((t.user(), t.param("phone-context")), (Some("+48-22-100"), Some("example.com")));
        assert_eq!(uri("sip:host").user(), None);
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for bad in [
            "",
            "sip",
            "sip:",
            "sip:@host",
            "sip:a b@host",
            "sip:a@host:x",
            "sip:a@host:99999",
            "sip:a@[::1",
            "sip:a@[::zz]",
            "<sip:a@b>",
            "tel:",
            "tel:abc xyz",
            "sip:a@ho/st",
            "1x:y",
        ] {
            assert!(Uri::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(Uri::parse(&[b'a'; 3000]), Err(UriError::TooLong));
    }

    /// The examples of RFC 3261 section 19.1.4.
    #[test]
    fn uris_compare_as_the_rfc_says() {
        let same = [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
        ];
        for (a, b) in same {
            assert!(uri(a).same_as(&uri(b)) && uri(b).same_as(&uri(a)), "{a} {b}");
        }
        let differ = [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ];
        for (a, b) in differ {
            assert!(!uri(a).same_as(&uri(b)), "{a} {b}");
        }
    }
}
