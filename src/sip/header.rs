//! Typed views of header values (RFC 3261 section 20): borrowed, made when asked for.
//!
//! Owns: lists, parameters, Via, CSeq, Reason. Never: an allocation where a view will do.

use crate::method::Method;
use crate::parse::{class, find, is_space, is_token, number, trim};
use std::net::{IpAddr, Ipv6Addr};

/// Splits a list at commas that stand outside quotes and angle brackets (RFC 3261 section 7.3.1).
pub fn values(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        loop {
            let now = rest?;
            let end = outside(now, b',');
            rest = end.map(|n| &now[n + 1..]);
            let value = trim(&now[..end.unwrap_or(now.len())]);
            if !value.is_empty() {
                return Some(value);
            }
        }
    })
}

/// True when nothing stands between two separators of a list or of its parameters, as in
/// `192.0.2.15;;,;,,`. [`values`] and [`Params`] go over such gaps; the grammar does not know them.
pub(crate) fn has_gaps(list: &[u8]) -> bool {
    let mut rest = list;
    loop {
        let end = outside(rest, b',');
        let one = &rest[..end.unwrap_or(rest.len())];
        if trim(one).is_empty() || has_empty_params(one) {
            return true;
        }
        let Some(end) = end else { return false };
        rest = &rest[end + 1..];
    }
}

fn has_empty_params(value: &[u8]) -> bool {
    let Some(first) = outside(value, b';') else { return false };
    let mut rest = &value[first + 1..];
    loop {
        let end = outside(rest, b';');
        if trim(&rest[..end.unwrap_or(rest.len())]).is_empty() {
            return true;
        }
        let Some(end) = end else { return false };
        rest = &rest[end + 1..];
    }
}

/// The first such byte outside quotes and angle brackets.
fn outside(bytes: &[u8], wanted: u8) -> Option<usize> {
    if find(bytes, b'"').is_none() && find(bytes, b'<').is_none() {
        return find(bytes, wanted);
    }
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (n, &b) in bytes.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' => angle = true,
            b'>' => angle = false,
            b if !angle && b == wanted => return Some(n),
            _ => {}
        }
    }
    None
}

/// Header parameters: `;name=value;flag;name="quoted"`, white space allowed around each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params<'a>(pub &'a [u8]);

impl<'a> Params<'a> {
    /// Name and value in order; a quoted value keeps its quotes.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut rest = Some(self.0);
        std::iter::from_fn(move || {
            loop {
                let now = rest?;
                let end = outside(now, b';');
                rest = end.map(|n| &now[n + 1..]);
                let one = trim(&now[..end.unwrap_or(now.len())]);
                if !one.is_empty() {
                    return Some(one);
                }
            }
        })
        .map(|one| match one.iter().position(|&b| b == b'=') {
            Some(n) => (trim(&one[..n]), Some(trim(&one[n + 1..]))),
            None => (one, None),
        })
    }

    /// The parameter of this name; `Some(None)` when it stands without a value.
    pub fn get(self, name: &str) -> Option<Option<&'a [u8]>> {
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v)
    }

    /// The parameter's value, if it has one.
    pub fn value(self, name: &str) -> Option<&'a [u8]> {
        self.get(name).flatten()
    }

    /// True when every name and every unquoted value is made of characters that may stand there.
    pub fn well_formed(self) -> bool {
        const VALUE: [bool; 256] = class(b"-.!%*_+`'~[]:/@&");
        let plain = |b: u8| VALUE[b as usize];
        self.iter().all(|(name, value)| {
            let quoted = |v: &[u8]| v.len() >= 2 && v[0] == b'"' && v[v.len() - 1] == b'"';
            let value_ok =
                value.is_none_or(|v| quoted(v) || (!v.is_empty() && v.iter().all(|&b| plain(b))));
            !name.is_empty() && name.iter().all(|&b| is_token(b)) && value_ok
        })
    }
}

/// One Via value: `SIP/2.0/UDP host:port;branch=...` (RFC 3261 section 20.42).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `2.0`, or another one in a message that [`crate::Stack`] answers with 505.
    pub version: &'a str,
    /// `UDP`, `TCP` … as sent.
    pub transport: &'a str,
    /// The sent-by host, IPv6 in brackets, as sent.
    pub host: &'a str,
    /// The sent-by port.
    pub port: Option<u16>,
    /// Everything after sent-by.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Reads one value of SIP 2.0 (see [`values`] for lists).
    pub fn parse(value: &'a [u8]) -> Option<Via<'a>> {
        Via::parse_any_version(value).filter(|via| via.version == "2.0")
    }

    /// Reads one value of any version of SIP: who speaks another one wants his own Via back.
    pub(crate) fn parse_any_version(value: &'a [u8]) -> Option<Via<'a>> {
        let semi = value.iter().position(|&b| b == b';').unwrap_or(value.len());
        let (head, params) = value.split_at(semi);
        let mut parts = head.splitn(3, |&b| b == b'/');
        let (name, version) = (trim(parts.next()?), trim(parts.next()?));
        if !name.eq_ignore_ascii_case(b"SIP") || !version.iter().all(|&b| is_token(b)) {
            return None;
        }
        let version = std::str::from_utf8(version).ok()?;
        let rest = trim(parts.next()?);
        let gap = rest.iter().position(|&b| is_space(b))?;
        let transport = std::str::from_utf8(&rest[..gap]).ok()?;
        let sent_by = std::str::from_utf8(trim(&rest[gap..])).ok()?;
        let (host, port) = split_port(sent_by)?;
        let params = Params(params);
        let clean = transport.bytes().all(is_token) && params.well_formed();
        clean.then_some(Via { version, transport, host, port, params })
    }

    /// The branch (RFC 3261 section 8.1.1.7).
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.params.value("branch")
    }

    /// The sent-by host as an address, if it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        host_ip(self.host)
    }
}

/// A host as an address, if it is one.
pub(crate) fn host_ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => ipv6(rest.strip_suffix(']')?).map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

/// The grammar of RFC 3261 allows three colons before an IPv4 part; they mean two
/// (RFC 5118 section 4.10).
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let lenient = || text.replacen(":::", "::", 1).parse().ok();
    text.parse().ok().or_else(lenient)
}

/// `host`, `host:port`, `[v6]:port`, with white space allowed around the colon in a Via.
pub(crate) fn split_port(sent_by: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match sent_by.strip_prefix('[') {
        Some(rest) => {
            let close = rest.find(']')? + 2;
            let (host, after) = sent_by.split_at(close);
            ipv6(&host[1..close - 1])?;
            (host, after.trim_start().strip_prefix(':').or(after.is_empty().then_some("")))
        }
        None => match sent_by.split_once(':') {
            Some((host, port)) => (host.trim_end(), Some(port)),
            None => (sent_by, Some("")),
        },
    };
    let port = port?.trim();
    let named = sent_by.len() > host.len();
    let port = if named { Some(port.parse().ok()?) } else { None };
    const HOST: [bool; 256] = class(b".-_");
    let ok = |b: u8| HOST[b as usize];
    let clean = host.starts_with('[') || (!host.is_empty() && host.bytes().all(ok));
    clean.then_some((host, port))
}

/// CSeq (RFC 3261 section 20.16).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CSeq {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    pub number: u32,
    /// What we make of its method.
    pub method: Method,
}

impl CSeq {
    /// Reads the value.
    pub fn parse(value: &[u8]) -> Option<CSeq> {
        let (number, token) = Self::split(value)?;
        Some(CSeq { number, method: Method::of(token) })
    }

    /// The number and the method's token.
    pub(crate) fn split(value: &[u8]) -> Option<(u32, &[u8])> {
        let gap = value.iter().position(|&b| is_space(b))?;
        let n = number(&value[..gap]).filter(|&n| n < 1 << 31)?;
        let token = trim(&value[gap..]);
        (!token.is_empty() && token.iter().all(|&b| is_token(b))).then_some((n as u32, token))
    }
}

/// RAck (RFC 3262 section 7.2): which reliable provisional response a PRACK acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RAck {
    /// The RSeq of that response.
    pub rseq: u32,
    /// The CSeq of the request that it answers.
    pub cseq: CSeq,
}

impl RAck {
    /// Reads the value: `776656 1 INVITE`.
    pub fn parse(value: &[u8]) -> Option<RAck> {
        let value = trim(value);
        let gap = value.iter().position(|&b| is_space(b))?;
        let rseq = rseq(&value[..gap])?;
        Some(RAck { rseq, cseq: CSeq::parse(trim(&value[gap..]))? })
    }
}

/// RSeq (RFC 3262 section 7.1): a number from 1 to 2^32 - 1.
pub(crate) fn rseq(value: &[u8]) -> Option<u32> {
    number(trim(value)).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0)
}

/// Why a call ended (RFC 3326): the Reason header of a BYE or CANCEL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Whose code.
    pub protocol: CauseProtocol,
    /// The code: Q.850 0–127 or a SIP status.
    pub code: u16,
    /// The text, without quotes.
    pub text: Option<String>,
}

/// Whose code a [`Cause`] carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CauseProtocol {
    /// ITU-T Q.850.
    Q850,
    /// A SIP status.
    Sip,
}

impl Cause {
    /// A Q.850 cause, such as 16 for normal clearing.
    pub fn q850(code: u16, text: &str) -> Cause {
        Cause { protocol: CauseProtocol::Q850, code, text: Some(text.to_owned()) }
    }

    /// The first readable value of a Reason header, Q.850 before SIP.
    pub fn parse(list: &[u8]) -> Option<Cause> {
        let mut causes: Vec<Cause> = values(list).take(8).filter_map(Self::one).collect();
        causes.sort_by_key(|c| c.protocol == CauseProtocol::Sip);
        causes.into_iter().next()
    }

    fn one(value: &[u8]) -> Option<Cause> {
        let semi = value.iter().position(|&b| b == b';')?;
        let protocol = match trim(&value[..semi]) {
            p if p.eq_ignore_ascii_case(b"Q.850") => CauseProtocol::Q850,
            p if p.eq_ignore_ascii_case(b"SIP") => CauseProtocol::Sip,
            _ => return None,
        };
        let params = Params(&value[semi..]);
        let code = number(params.value("cause")?).filter(|&n| n < 1_000)? as u16;
        let text = params.value("text").and_then(|t| std::str::from_utf8(t).ok());
        Some(Cause { protocol, code, text: text.map(|t| t.trim_matches('"').to_owned()) })
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let protocol = match self.protocol {
            CauseProtocol::Q850 => "Q.850",
            CauseProtocol::Sip => "SIP",
        };
        write!(f, "{protocol};cause={}", self.code)?;
        match &self.text {
            Some(text) => write!(f, ";text=\"{}\"", text.replace(['"', '\\'], "'")),
            None => Ok(()),
        }
    }
}
