//! What every response to one request repeats (RFC 3261 section 8.2.6), copied once.

use crate::header::{Via, values};
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::name_addr::AddrParts;
use crate::path::{Path, host};
use crate::print::Writer;
use std::net::SocketAddr;

/// The copied head of all responses to one request, and where they go.
pub(crate) struct Reply {
    /// Via lines, Record-Route lines, then From, To, Call-ID and CSeq.
    head: Box<[u8]>,
    /// Where the Record-Route lines stand in it.
    routes: (u32, u32),
    timestamp: Option<Box<[u8]>>,
    pub(crate) path: Path,
    /// Where a response goes when its connection is closed: the source at the port of the sent-by
    /// (RFC 3261 section 18.2.2); nowhere when the peer does not know its own address, as behind a NAT.
    pub(crate) sent_by: Option<SocketAddr>,
}

impl Reply {
    /// For a request that came by `path`. A To without a tag gets `tag` (section 8.2.6.2).
    pub(crate) fn of(request: &Message<'_>, path: Path, via: &Via<'_>, tag: u64) -> Reply {
        let mut head = Writer::empty();
        write_vias(&mut head, request, path, via);
        let start = head.len();
        for value in request.all(Name::RecordRoute) {
            head.bytes(Name::RecordRoute, value);
        }
        let end = head.len();
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
            let Some(value) = request.header(name) else { continue };
            let tagless = |v| AddrParts::parse(v).is_some_and(|p| p.tag().is_none());
            if name == Name::To && tagless(value) {
                head.tagged(name, value, tag);
            } else {
                head.bytes(name, value);
            }
        }
        Reply {
            head: head.into_bytes().into_boxed_slice(),
            routes: (start as u32, end as u32),
            timestamp: request.header(Name::Timestamp).map(Into::into),
            path: path.for_response(via),
            sent_by: path.sent_by(via),
        }
    }

    /// Begins a response. Record-Route goes into those that make a dialog (section 12.1.1).
    pub(crate) fn begin(&self, status: u16, reason: Option<&str>, with_routes: bool) -> Writer {
        let mut writer = Writer::response(status, reason);
        let (start, end) = (self.routes.0 as usize, self.routes.1 as usize);
        writer.raw(&self.head[..if with_routes { end } else { start }]);
        writer.raw(&self.head[end..]);
        // RFC 3261 section 8.2.6.1.
        if let Some(timestamp) = self.timestamp.as_deref().filter(|_| status == 100) {
            writer.bytes(Name::Timestamp, timestamp);
        }
        writer
    }
}

/// Seconds between keep-alives that we advise on a flow: the longest that RFC 5626 section 4.4 has for
/// STUN over datagrams, and for CRLF over streams.
const KEEP_DATAGRAM_S: u32 = 29;
const KEEP_STREAM_S: u32 = 120;

/// What `keep` gets where the sender offers to keep its flow alive, which it may with INVITE and REGISTER
/// (RFC 6223 sections 4.2 and 4.3). We answer STUN and CRLF on every flow.
fn keep_advised(request: &Message<'_>, path: Path) -> Option<u32> {
    let Start::Request { method, .. } = request.start() else { return None };
    matches!(method, Method::Invite | Method::Register).then_some(
        match path.transport.is_reliable() {
            true => KEEP_STREAM_S,
            false => KEEP_DATAGRAM_S,
        },
    )
}

/// The Via lines in order; the first value with `received` and `rport` (section 18.2.1, RFC 3581).
fn write_vias(head: &mut Writer, request: &Message<'_>, path: Path, top: &Via<'_>) {
    for (n, line) in request.all(Name::Via).enumerate() {
        if n > 0 {
            head.bytes(Name::Via, line);
            continue;
        }
        head.raw(b"Via: SIP/");
        head.raw(top.version.as_bytes());
        head.raw(b"/");
        head.raw(top.transport.as_bytes());
        head.raw(b" ");
        head.raw(top.host.as_bytes());
        if let Some(port) = top.port {
            head.text(format_args!(":{port}"));
        }
        for (name, value) in top.params.iter() {
            write_param(head, name, value, path, keep_advised(request, path));
        }
        let asked = top.params.get("rport").is_some();
        if asked || top.host_ip() != Some(path.remote.ip()) {
            let ip = host(path.remote.ip());
            head.text(format_args!(";received={}", ip.trim_matches(['[', ']'])));
        }
        for value in values(line).skip(1) {
            head.raw(b", ");
            head.clean(value);
        }
        head.raw(b"\r\n");
    }
}

fn write_param(
    head: &mut Writer,
    name: &[u8],
    value: Option<&[u8]>,
    path: Path,
    keep: Option<u32>,
) {
    if name.eq_ignore_ascii_case(b"received") {
        return;
    }
    head.raw(b";");
    head.clean(name);
    if name.eq_ignore_ascii_case(b"rport") {
        head.text(format_args!("={}", path.remote.port()));
    } else if let (true, None, Some(seconds)) = (name.eq_ignore_ascii_case(b"keep"), value, keep) {
        head.text(format_args!("={seconds}"));
    } else if let Some(value) = value {
        head.raw(b"=");
        head.clean(value);
    }
}
