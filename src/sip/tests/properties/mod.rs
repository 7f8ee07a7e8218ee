//! What must hold for any bytes at all, one function a subject: fed by the stable tests with a corpus
//! and seeded mutations, and by cargo-fuzz for as long as somebody lets it (`tests/fuzz`).
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "a property fails by panicking")]

mod stack;

use sip::{
    AddrParts, CSeq, Cause, Fault, Frame, Framer, FramingError, Message, Name, NameAddr, Params,
    Start, Uri, Via, values,
};

pub use stack::stack;

/// What the pieces say is what came, and read again they say the same.
pub fn message(data: &[u8]) {
    let Ok(m) = Message::parse(data) else { return };
    assert!(data.windows(m.bytes().len().max(1)).any(|w| w == m.bytes()) || m.bytes().is_empty());
    let lines_are_kept = !matches!(m.fault(), Some(Fault::BadLine | Fault::TooManyHeaders));
    let printed = m.pieces().collect::<Vec<_>>().concat();
    assert!(printed.len() <= m.bytes().len());
    // A first fault hides a second one: then a line may be missing all the same.
    if m.fault().is_none() {
        assert!(lines_are_kept && printed == m.bytes(), "a message without fault is lossless");
    }
    let again = Message::parse(m.bytes()).unwrap();
    assert_eq!((again.start(), again.body()), (m.start(), m.body()));
    assert!(again.fields().eq(m.fields()) && again.bytes() == m.bytes());
    for (_, value) in m.fields() {
        header(value);
    }
    if let Start::Request { uri: text, .. } = m.start() {
        uri(text);
    }
}

/// A URI keeps its text, is the same as itself, and its parts lie inside it.
pub fn uri(data: &[u8]) {
    let Ok(u) = Uri::parse(data) else {
        assert!(Uri::check(data).is_err());
        return;
    };
    assert_eq!(u.as_str().as_bytes(), data);
    assert_eq!(u.to_string().parse(), Ok(u.clone()));
    assert!(u.same_as(&u), "{u}");
    let parts = [u.user(), Some(u.host()), u.param("transport"), u.param("lr")];
    assert!(parts.into_iter().flatten().all(|part| u.as_str().contains(part)));
    assert!(u.user_plain().is_none_or(|plain| plain.len() <= 3 * data.len()));
    let _ = (u.host_ip(), u.port(), u.scheme(), u.is_loose_router());
}

/// Every typed view of a header value returns, and what it prints it reads as the same.
pub fn header(data: &[u8]) {
    assert!(values(data).map(<[u8]>::len).sum::<usize>() <= data.len());
    for one in values(data) {
        if let Some(via) = Via::parse(one) {
            assert!(via.branch().is_none_or(|b| b.len() < one.len()) && !via.host.is_empty());
            let _ = via.host_ip();
        }
        if let Some(cseq) = CSeq::parse(one) {
            assert!(cseq.number < 1 << 31);
        }
        if let Some(parts) = AddrParts::parse(one) {
            assert!(parts.display.len() + parts.uri.len() + parts.params.0.len() <= one.len());
            uri(parts.uri);
        }
        if let Some(name) = NameAddr::parse(one) {
            let printed = name.to_string();
            // U+FFFD is three bytes for one, an escape two for one.
            assert!(printed.len() <= 4 * one.len() + 8 && !printed.contains(['\r', '\n']));
            let again = NameAddr::parse(printed.as_bytes()).unwrap();
            assert_eq!(again.to_string(), printed, "printing is a fixed point");
        }
        if let Some(cause) = Cause::parse(one) {
            let printed = cause.to_string();
            assert!(printed.len() <= 4 * one.len() + 32);
            let again = Cause::parse(printed.as_bytes()).unwrap();
            assert_eq!(again.to_string(), printed, "printing is a fixed point");
        }
        assert!(Params(one).iter().count() <= one.len());
    }
}

const MESSAGE_BYTES_MAX: usize = 4_000;

/// However a stream is cut, the same messages come out of it, and each is exactly what the parser
/// takes for one message. The first byte seeds the cuts.
pub fn framing(data: &[u8]) {
    let Some((&seed, bytes)) = data.split_first() else { return };
    let whole = frames(bytes, |_| usize::MAX);
    let mut state = u64::from(seed) + 1;
    let cut = |most: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) as usize % most
    };
    assert_eq!(whole, frames(bytes, cut), "cuts make a difference");
    for frame in whole.0 {
        let Frame::Message(one) = frame else { continue };
        assert!(one.len() <= MESSAGE_BYTES_MAX);
        if let Ok(m) = Message::parse(&one) {
            assert_eq!(m.bytes(), one, "the parser ends the message elsewhere");
            assert_ne!(m.fault(), Some(Fault::ShortBody));
            let length = m.header(Name::ContentLength).is_some();
            assert!(length || m.body().is_empty());
        }
    }
}

/// All frames but keep-alives (one that comes in two pieces is two pongs), and how it ended.
fn frames(bytes: &[u8], mut cut: impl FnMut(usize) -> usize) -> (Vec<Frame>, Option<FramingError>) {
    let mut framer = Framer::new(MESSAGE_BYTES_MAX);
    let (mut found, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cut(40).min(rest.len()));
        rest = after;
        framer.handle_bytes(piece);
        loop {
            match framer.poll_frame() {
                Ok(Some(Frame::Ping | Frame::Pong)) => {}
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}
