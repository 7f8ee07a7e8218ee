//! SDP text (RFC 8866) to the few facts that negotiation needs. `sdp-types` reads the lines.
//!
//! Owns: tolerance. Missing `s=`, `t=`, `o=`, numbers too large for us, other characters than UTF-8 in
//! lines we do not use: all of it comes from phones in the field and harms nobody.
//! Never: a choice.

use crate::crypto::CryptoLine;
use crate::dtls::Remote;
use crate::errors::ReadError;
use crate::limits::{BODY_BYTES_MAX, CRYPTO_LINES_MAX, FORMATS_MAX, MEDIA_LINES_MAX};
use crate::terms::{Direction, Format};
use std::net::IpAddr;

/// A description as read: its `m=` lines in order.
#[derive(Debug)]
pub(crate) struct Description {
    pub lines: Vec<Line>,
}

/// What every `m=` line has, and what only audio has.
#[derive(Debug)]
pub(crate) struct Line {
    pub shape: Shape,
    pub port: u16,
    /// Present on `m=audio`.
    pub audio: Option<Audio>,
}

/// The part of an `m=` line that an answer repeats when it refuses the stream (RFC 3264 section 6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    pub media: String,
    pub proto: String,
    pub first_format: String,
}

/// An audio stream.
#[derive(Debug)]
pub(crate) struct Audio {
    pub address: Address,
    pub rtcp: Option<(u16, Option<IpAddr>)>,
    pub rtcp_mux: bool,
    pub formats: Vec<Format>,
    pub direction: Direction,
    pub ptime_ms: Option<u32>,
    pub maxptime_ms: Option<u32>,
    /// Only those that could be kept.
    pub crypto: Vec<CryptoLine>,
    pub dtls: Remote,
}

/// What a `c=` line holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Address {
    Ip(IpAddr),
    Name(String),
}

impl Shape {
    /// Plain RTP (RFC 3551, RFC 4585).
    pub fn is_plain_rtp(&self) -> bool {
        self.is_one_of(["RTP/AVP", "RTP/AVPF"])
    }

    /// SRTP with keys in the description (RFC 3711, RFC 5124).
    pub fn is_srtp(&self) -> bool {
        self.is_one_of(["RTP/SAVP", "RTP/SAVPF"])
    }

    /// SRTP with keys from a DTLS handshake (RFC 5764 section 8).
    pub fn is_dtls(&self) -> bool {
        self.is_one_of(["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"])
    }

    fn is_one_of(&self, profiles: [&str; 2]) -> bool {
        profiles.iter().any(|profile| self.proto.eq_ignore_ascii_case(profile))
    }
}

/// The address that the first open audio stream of an offer asks for, to choose a socket of the same
/// IP version before there is a session. `None` when there is none or the body cannot be read.
pub fn audio_address(body: &[u8]) -> Option<IpAddr> {
    let read = read(body).ok()?;
    let mut open =
        read.lines.iter().filter(|l| l.port != 0 && (l.shape.is_plain_rtp() || l.shape.is_srtp()));
    open.find_map(|l| match &l.audio.as_ref()?.address {
        Address::Ip(ip) => Some(*ip),
        Address::Name(_) => None,
    })
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Description, ReadError> {
    let too_large = ReadError::TooLarge { bytes: BODY_BYTES_MAX, lines: MEDIA_LINES_MAX };
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    if body.len() > BODY_BYTES_MAX {
        return Err(too_large);
    }
    let text = lines_that_matter(body);
    let parsed = sdp_types::Session::parse(text.as_bytes())
        .map_err(|fault| ReadError::Malformed(fault.to_string().replace(['"', '\r', '\n'], "'")))?;
    if parsed.medias.len() > MEDIA_LINES_MAX {
        return Err(too_large);
    }
    let lines = parsed.medias.iter().enumerate().map(|(n, media)| read_line(n, media, &parsed));
    Ok(Description { lines: lines.collect::<Result<_, _>>()? })
}

/// Only `v= c= m= a=` lines decide anything. The others are blanked, so that line numbers in errors
/// stay true and a strange `s=` or an `o=` beyond 64 bits refuses no call.
fn lines_that_matter(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_end();
        let matters = ["v=", "c=", "m=", "a="].iter().any(|key| line.starts_with(key));
        let unknown = !line.is_empty() && line.as_bytes().get(1) != Some(&b'=');
        // `x=` is no type of RFC 8866: the reader skips it.
        match (matters, unknown) {
            (true, _) | (_, true) => kept.push_str(line),
            (false, false) => kept.push_str("x="),
        }
        kept.push_str("\r\n");
    }
    kept
}

fn read_line(
    index: usize,
    media: &sdp_types::Media,
    session: &sdp_types::Session,
) -> Result<Line, ReadError> {
    let mut formats = media.fmt.split_ascii_whitespace();
    let shape = Shape {
        media: media.media.clone(),
        proto: media.proto.clone(),
        first_format: formats.next().unwrap_or("0").to_owned(),
    };
    let is_audio = media.media.eq_ignore_ascii_case("audio");
    let connection = media.connections.first().or(session.connection.as_ref());
    let audio = match connection {
        _ if !is_audio || media.port == 0 => None,
        None => return Err(ReadError::NoConnection(index + 1)),
        Some(connection) => Some(read_audio(media, session, connection)),
    };
    Ok(Line { shape, port: media.port, audio })
}

fn read_audio(
    media: &sdp_types::Media,
    session: &sdp_types::Session,
    connection: &sdp_types::Connection,
) -> Audio {
    let numbers = |name: &str| value(media, name).and_then(milliseconds);
    let attributes = media.attributes.iter().chain(&session.attributes);
    Audio {
        address: address(&connection.connection_address),
        rtcp: value(media, "rtcp").and_then(rtcp),
        rtcp_mux: media.has_attribute("rtcp-mux"),
        formats: formats(media),
        // RFC 8866 section 6.7: the media level wins over the session level, sendrecv is the default.
        direction: attributes
            .into_iter()
            .find_map(|a| Direction::from_attribute(&a.attribute))
            .unwrap_or_default(),
        ptime_ms: numbers("ptime"),
        maxptime_ms: numbers("maxptime"),
        crypto: crypto(media),
        dtls: Remote::read(media, session),
    }
}

fn crypto(media: &sdp_types::Media) -> Vec<CryptoLine> {
    let lines = media.attributes.iter().filter(|a| a.attribute.eq_ignore_ascii_case("crypto"));
    let values = lines.filter_map(|a| a.value.as_deref()).take(CRYPTO_LINES_MAX);
    values.filter_map(CryptoLine::read).collect()
}

fn value<'m>(media: &'m sdp_types::Media, name: &str) -> Option<&'m str> {
    let found = media.attributes.iter().find(|a| a.attribute.eq_ignore_ascii_case(name))?;
    found.value.as_deref()
}

/// The address of a `c=` line without time-to-live and count (RFC 8866 section 5.7).
fn address(text: &str) -> Address {
    let bare = text.split('/').next().unwrap_or(text);
    let unbracketed = bare.trim_start_matches('[').trim_end_matches(']');
    unbracketed.parse().map_or_else(|_| Address::Name(bare.to_owned()), Address::Ip)
}

/// `20`, `20.0`, `20 ` → 20; nonsense → none.
fn milliseconds(text: &str) -> Option<u32> {
    let digits = text.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// `53020` or `53020 IN IP4 126.16.64.4` (RFC 3605 section 2.1).
fn rtcp(text: &str) -> Option<(u16, Option<IpAddr>)> {
    let mut words = text.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    Some((port, words.nth(2).and_then(|address| address.parse().ok())))
}

/// The formats of an `m=` line in the peer's order, each with its `rtpmap` or its static meaning.
fn formats(media: &sdp_types::Media) -> Vec<Format> {
    let types = media.fmt.split_ascii_whitespace().take(FORMATS_MAX);
    types.filter_map(|t| t.parse().ok()).filter_map(|pt| format(media, pt)).collect()
}

fn format(media: &sdp_types::Media, payload_type: u8) -> Option<Format> {
    if payload_type > 127 {
        return None;
    }
    let mapped = mapped(media, "rtpmap", payload_type);
    let (name, clock, channels) = match mapped {
        Some(map) => rtpmap(map)?,
        None => static_type(payload_type)?,
    };
    let fmtp = self::mapped(media, "fmtp", payload_type).map(str::to_owned);
    Some(Format { payload_type, name, clock, channels, fmtp })
}

/// The value of `a=<name>:<payload type> <value>`.
fn mapped<'m>(media: &'m sdp_types::Media, name: &str, payload_type: u8) -> Option<&'m str> {
    let of_name = media.attributes.iter().filter(|a| a.attribute.eq_ignore_ascii_case(name));
    of_name.filter_map(|a| a.value.as_deref()).find_map(|value| {
        let (number, rest) = value.trim_start().split_once(' ')?;
        (number.parse() == Ok(payload_type)).then_some(rest.trim())
    })
}

/// `PCMA/8000`, `opus/48000/2` (RFC 8866 section 6.6).
fn rtpmap(text: &str) -> Option<(String, u32, u8)> {
    let mut parts = text.split('/').map(str::trim);
    let name = parts.next()?.to_owned();
    let clock = parts.next()?.parse().ok()?;
    let channels = parts.next().map_or(Some(1), |c| c.parse().ok())?;
    Some((name, clock, channels))
}

/// The static payload types that telephones still send without `rtpmap` (RFC 3551 section 6).
fn static_type(payload_type: u8) -> Option<(String, u32, u8)> {
    let name = match payload_type {
        0 => "PCMU",
        3 => "GSM",
        4 => "G723",
        8 => "PCMA",
        9 => "G722",
        15 => "G728",
        18 => "G729",
        _ => return None,
    };
    Some((name.to_owned(), 8000, 1))
}
