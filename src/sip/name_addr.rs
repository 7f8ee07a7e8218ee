//! From, To, Contact, Route: a URI with a name before it and parameters behind it
//! (RFC 3261 sections 20.10, 20.20, 20.34, 20.39).

use crate::header::Params;
use crate::parse::{find, is_space, is_token, trim};
use crate::uri::Uri;

/// The parts of one value, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddrParts<'a> {
    /// The name as sent, quotes included; empty when there is none.
    pub display: &'a [u8],
    /// The URI without brackets.
    pub uri: &'a [u8],
    /// The header parameters.
    pub params: Params<'a>,
}

impl<'a> AddrParts<'a> {
    /// Cuts one value (see [`crate::header::values`] for lists) and checks its URI and parameters.
    pub fn parse(value: &'a [u8]) -> Option<AddrParts<'a>> {
        let parts = Self::cut(value)?;
        (Uri::check(parts.uri).is_ok() && parts.params.well_formed()).then_some(parts)
    }

    /// The tag (RFC 3261 section 19.3).
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.value("tag")
    }

    fn cut(value: &'a [u8]) -> Option<AddrParts<'a>> {
        let value = trim(value);
        let name_end = if value.first() == Some(&b'"') { quoted_end(value)? } else { 0 };
        let Some(open) = find(&value[name_end..], b'<') else {
            return (name_end == 0).then(|| Self::bare(value)).flatten();
        };
        let open = name_end + open;
        let between = trim(&value[name_end..open]);
        let plain = |&b: &u8| is_token(b) || is_space(b) || b >= 0x80;
        let named_badly =
            if name_end > 0 { !between.is_empty() } else { !between.iter().all(plain) };
        if named_badly {
            return None;
        }
        let close = open + find(&value[open..], b'>')?;
        let rest = trim(&value[close + 1..]);
        if !matches!(rest.first(), None | Some(b';')) {
            return None;
        }
        let display = trim(&value[..open]);
        Some(AddrParts { display, uri: &value[open + 1..close], params: Params(rest) })
    }

    /// Without brackets what follows a semicolon belongs to the header (RFC 3261 section 20).
    fn bare(value: &'a [u8]) -> Option<AddrParts<'a>> {
        let end = value.iter().position(|&b| b == b';' || is_space(b)).unwrap_or(value.len());
        let (uri, rest) = (&value[..end], trim(&value[end..]));
        let ambiguous = uri.iter().any(|b| b",?".contains(b));
        let clean = !ambiguous && matches!(rest.first(), None | Some(b';'));
        clean.then_some(AddrParts { display: &[], uri, params: Params(rest) })
    }
}

fn quoted_end(value: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (n, &b) in value.iter().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(n + 1),
            _ => {}
        }
    }
    None
}

/// A name and a URI, owned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameAddr {
    /// The name without quotes and escapes; bytes that are no UTF-8 become U+FFFD.
    pub display: Option<String>,
    /// The URI.
    pub uri: Uri,
}

impl NameAddr {
    /// A URI without a name.
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr { display: None, uri }
    }

    /// Reads one header value; its parameters are left out.
    pub fn parse(value: &[u8]) -> Option<NameAddr> {
        let parts = AddrParts::cut(value).filter(|p| p.params.well_formed())?;
        let uri = Uri::parse(parts.uri).ok()?;
        let display = (!parts.display.is_empty()).then(|| unquote(parts.display));
        Some(NameAddr { display: display.filter(|d| !d.is_empty()), uri })
    }
}

impl std::fmt::Display for NameAddr {
    /// `"Anna \"A\" Nowak" <sip:anna@192.0.2.1>`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = &self.display {
            let clean = name.replace(['\r', '\n'], " ").replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "\"{clean}\" ")?;
        }
        write!(f, "<{}>", self.uri)
    }
}

fn unquote(display: &[u8]) -> String {
    let text = String::from_utf8_lossy(display);
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let mut escaped = false;
    inner
        .chars()
        .filter(|&c| {
            let drop = c == '\\' && !escaped;
            escaped = drop;
            !drop
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_uris_and_parameters_part_where_the_rfc_says() {
        let parts = AddrParts::parse(b"\"A. \\\"G.\\\" <Bell>\" <sip:a@b;x=1> ; tag = 88").unwrap();
        assert_eq!(parts.uri, b"sip:a@b;x=1");
        assert_eq!(parts.tag(), Some(&b"88"[..]));
        let bare = AddrParts::parse(b"sip:a@b;tag=7").unwrap();
        assert_eq!((bare.uri, bare.tag()), (&b"sip:a@b"[..], Some(&b"7"[..])));
        let tokens = NameAddr::parse(b"Anna\t Nowak<tel:+4822>").unwrap();
        assert_eq!(tokens.display.as_deref(), Some("Anna Nowak"));
        let named = NameAddr::parse(b"\"A \\\"x\\\\\" <sip:a@b>").unwrap();
        assert_eq!(named.display.as_deref(), Some("A \"x\\"));
        assert_eq!(NameAddr::parse(named.to_string().as_bytes()), Some(named));
    }

    #[test]
    fn a_broken_name_addr_is_refused() {
        for bad in [
            "\"open <sip:a@b>",
            "<sip:a@b",
            "\"a\" b <sip:a@b>",
            "<sip:a@b> x",
            "sip:a@b?x=1",
            "a,b <sip:a@b>",
            "",
            "<>",
        ] {
            assert_eq!(AddrParts::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
