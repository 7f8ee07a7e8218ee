//! What every request must have before anybody acts on it (RFC 3261 sections 8.1.1 and 8.2).

use crate::header::{CSeq, Params, Via, has_gaps, values};
use crate::limits::HOPS_MAX;
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::name_addr::AddrParts;
use crate::parse::{Fault, number, trim};
use crate::uri::{Scheme, Uri};

/// The mandatory headers, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Essentials<'a> {
    pub(crate) via: Via<'a>,
    pub(crate) from: AddrParts<'a>,
    pub(crate) to: AddrParts<'a>,
    pub(crate) call_id: &'a [u8],
    pub(crate) cseq: u32,
}

/// The topmost Via, without which there is nobody to answer.
pub(crate) fn top_via<'a>(message: &Message<'a>) -> Option<Via<'a>> {
    Via::parse(values(message.header(Name::Via)?).next()?)
}

/// The same of a request of any version, for the 505 (RFC 3261 section 21.5.6).
pub(crate) fn top_via_of_any_version<'a>(message: &Message<'a>) -> Option<Via<'a>> {
    Via::parse_any_version(values(message.header(Name::Via)?).next()?)
}

impl<'a> Essentials<'a> {
    /// Reads them, or names the first fault.
    pub(crate) fn read(message: &Message<'a>, via: Via<'a>, token: &[u8]) -> Result<Self, Fault> {
        if let Some(fault) = message.fault() {
            return Err(fault);
        }
        if message.all(Name::Via).any(has_gaps) {
            return Err(Fault::Bad(Name::Via));
        }
        let one = |name| {
            let mut all = message.all(name);
            let first = all.next().ok_or(Fault::Missing(name))?;
            if all.next().is_some() { Err(Fault::Repeated(name)) } else { Ok(first) }
        };
        let address = |name| AddrParts::parse(one(name)?).ok_or(Fault::Bad(name));
        let (from, to) = (address(Name::From)?, address(Name::To)?);
        let call_id = one(Name::CallId)?;
        if call_id.is_empty() || call_id.iter().any(u8::is_ascii_whitespace) {
            return Err(Fault::Bad(Name::CallId));
        }
        let cseq = CSeq::split(one(Name::CSeq)?).ok_or(Fault::Bad(Name::CSeq))?;
        if cseq.1 != token {
            return Err(Fault::CSeqMethod);
        }
        check_counts(message)?;
        Ok(Essentials { via, from, to, call_id, cseq: cseq.0 })
    }
}

fn check_counts(message: &Message<'_>) -> Result<(), Fault> {
    for name in [Name::MaxForwards, Name::ContentLength, Name::ContentType] {
        if message.all(name).nth(1).is_some() {
            return Err(Fault::Repeated(name));
        }
    }
    // RFC 3261 section 8.1.1.6 wants it, RFC 2543 does not know it: absent is accepted. Its value
    // does not bind the last hop: a server that answers itself does so even at 0 (section 16.3).
    if message.header(Name::MaxForwards).is_some_and(|v| number(v).is_none_or(|n| n > 255)) {
        return Err(Fault::Bad(Name::MaxForwards));
    }
    for name in [Name::Via, Name::RecordRoute, Name::Route] {
        if message.all(name).flat_map(values).nth(HOPS_MAX).is_some() {
            return Err(Fault::TooManyHeaders);
        }
    }
    let readable = |v: &[u8]| AddrParts::parse(v).is_some();
    if !message.all(Name::RecordRoute).flat_map(values).all(readable) {
        return Err(Fault::Bad(Name::RecordRoute));
    }
    Ok(())
}

/// The one Contact URI of a request or response that makes or refreshes a dialog
/// (RFC 3261 section 8.1.1.8).
pub(crate) fn contact(message: &Message<'_>) -> Result<Uri, Fault> {
    let mut all = message.all(Name::Contact).flat_map(values);
    let first = all.next().ok_or(Fault::Missing(Name::Contact))?;
    if all.next().is_some() {
        return Err(Fault::Repeated(Name::Contact));
    }
    let parts = AddrParts::parse(first).ok_or(Fault::Bad(Name::Contact))?;
    let uri = Uri::parse(parts.uri).map_err(|_| Fault::Bad(Name::Contact))?;
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips => Ok(uri),
        Scheme::Tel | Scheme::Other => Err(Fault::Bad(Name::Contact)),
    }
}

/// Where requests of a new dialog go: the Contact. A caller of RFC 2543, whose branch has no cookie,
/// may do without one and is then reached at its From (RFC 4475 section 3.4.1).
pub(crate) fn target(message: &Message<'_>, e: &Essentials<'_>) -> Result<Uri, Fault> {
    match contact(message) {
        Err(Fault::Missing(_)) if !has_cookie(&e.via) => {
            let uri = Uri::parse(e.from.uri).map_err(|_| Fault::Bad(Name::From))?;
            match uri.scheme() {
                Scheme::Sip | Scheme::Sips => Ok(uri),
                Scheme::Tel | Scheme::Other => Err(Fault::Missing(Name::Contact)),
            }
        }
        other => other,
    }
}

/// True for a branch that names a transaction by itself (RFC 3261 section 8.1.1.7). The bare cookie
/// names none: it is then as good as absent (RFC 4475 section 3.2.1).
fn has_cookie(via: &Via<'_>) -> bool {
    let cookie = crate::dice::MAGIC_COOKIE.as_bytes();
    via.branch().is_some_and(|b| b.len() > cookie.len() && b.starts_with(cookie))
}

/// False when the caller lists the bodies it takes and SDP is not among them: no answer could be
/// given (RFC 3261 section 21.4.7). An empty list takes none (section 20.1).
pub(crate) fn takes_sdp(message: &Message<'_>) -> bool {
    let mut listed = message.all(Name::Accept).peekable();
    if listed.peek().is_none() {
        return true;
    }
    listed.flat_map(values).any(|range| {
        matches!(media_type(range).as_str(), "application/sdp" | "application/*" | "*/*")
    })
}

/// What a body is to an offer/answer exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Body<'a> {
    /// No body, or one that may be ignored (`handling=optional`, RFC 3261 section 20.11).
    None,
    /// `application/sdp`.
    Sdp(&'a [u8]),
    /// Something we cannot read: 415.
    Foreign,
    /// A body without Content-Type: 400.
    Untyped,
}

impl<'a> Body<'a> {
    /// RFC 3261 section 8.2.3.
    pub(crate) fn of(message: &Message<'a>) -> Body<'a> {
        let body = message.body();
        if body.is_empty() {
            return Body::None;
        }
        let Some(kind) = message.header(Name::ContentType) else { return Body::Untyped };
        let plain = message
            .all(Name::ContentEncoding)
            .all(|v| v.is_empty() || v.eq_ignore_ascii_case(b"identity"));
        if plain && media_type(kind) == "application/sdp" {
            return Body::Sdp(body);
        }
        let handling = message.header(Name::ContentDisposition).and_then(|v| {
            let semi = v.iter().position(|&b| b == b';')?;
            Params(&v[semi..]).value("handling")
        });
        let optional = handling.is_some_and(|h| h.eq_ignore_ascii_case(b"optional"));
        if optional { Body::None } else { Body::Foreign }
    }

    /// The SDP, if it is one.
    pub(crate) fn sdp(self) -> Option<Vec<u8>> {
        match self {
            Body::Sdp(sdp) => Some(sdp.to_vec()),
            Body::None | Body::Foreign | Body::Untyped => None,
        }
    }
}

/// `type/subtype` in lower case, without parameters and white space.
pub(crate) fn media_type(value: &[u8]) -> String {
    let semi = value.iter().position(|&b| b == b';').unwrap_or(value.len());
    let text = String::from_utf8_lossy(trim(&value[..semi])).to_ascii_lowercase();
    text.split_whitespace().collect()
}

/// Seconds of a Retry-After header (RFC 3261 section 20.33).
pub(crate) fn retry_after(message: &Message<'_>) -> Option<u32> {
    let value = message.header(Name::RetryAfter)?;
    let end = value.iter().position(|b| !b.is_ascii_digit()).unwrap_or(value.len());
    number(&value[..end]).map(|n| n.min(u64::from(u32::MAX)) as u32)
}

/// How a request names its server transaction (RFC 3261 section 17.2.3). ACK names the INVITE's.
pub(crate) fn transaction_key(
    message: &Message<'_>,
    e: &Essentials<'_>,
    method: Method,
) -> Box<[u8]> {
    let Start::Request { token, uri, .. } = message.start() else { return Box::default() };
    let token = if method == Method::Ack { b"INVITE" } else { token };
    let port = e.via.port.unwrap_or(0).to_be_bytes();
    let branch = e.via.branch().filter(|_| has_cookie(&e.via));
    let parts: [&[u8]; 6] = match branch {
        Some(branch) => [token, branch, e.via.host.as_bytes(), &port, b"", b""],
        // RFC 2543 peers: no unique branch, so everything that stays the same is the name.
        None => {
            let tag = e.from.tag().unwrap_or_default();
            let via = e.via.params.0;
            [token, uri, tag, e.call_id, &e.cseq.to_be_bytes(), via]
        }
    };
    let mut key = Vec::with_capacity(parts.iter().map(|p| p.len() + 1).sum());
    for part in parts {
        key.extend_from_slice(part);
        key.push(0);
    }
    key.into_boxed_slice()
}
