//! Our description to text: what offer and answer have in common.

use crate::crypto::CryptoLine;
use crate::dtls::Stated;
use crate::read::Shape;
use crate::terms::{CodecCap, Direction, LocalMedia};
use sdp_types::{Attribute, Connection, Media, Origin};

/// The keys we can hear: 0–9, `*`, `#`, A–D (RFC 4733 section 3.2).
const TELEPHONE_EVENTS: &str = "0-15";

/// What we say about ourselves, apart from the version that counts its changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    pub lines: Vec<StatedLine>,
}

/// One `m=` line of ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum StatedLine {
    /// Refused or closed: port 0 (RFC 3264 section 6).
    Closed(Shape),
    /// Our audio.
    Audio(StatedAudio),
}

/// Our audio line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StatedAudio {
    pub proto: String,
    /// In order of preference.
    pub codecs: Vec<StatedCodec>,
    /// Payload type and clock in Hz.
    pub telephone_event: Option<(u8, u32)>,
    pub ptime_ms: u8,
    pub direction: Direction,
    pub rtcp_mux: bool,
    /// Keys that we offer, or the one of our answer.
    pub crypto: Vec<CryptoLine>,
    /// Instead of keys: how they are agreed.
    pub dtls: Option<Stated>,
}

/// One codec of that line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StatedCodec {
    pub payload_type: u8,
    pub name: String,
    /// In Hz.
    pub clock: u32,
    pub channels: u8,
    /// Our parameters.
    pub fmtp: Option<&'static str>,
}

impl StatedCodec {
    /// One of ours under this payload type.
    pub fn of(cap: &CodecCap, payload_type: u8) -> Self {
        let CodecCap { name, clock, channels, fmtp, .. } = *cap;
        Self { payload_type, name: name.to_owned(), clock, channels, fmtp }
    }

    fn add_to(&self, media: &mut Media) {
        let Self { payload_type, name, clock, .. } = self;
        // RFC 8866 section 6.6: a single channel is not written
        let channels =
            if self.channels > 1 { format!("/{}", self.channels) } else { String::new() };
        let map = format!("{payload_type} {name}/{clock}{channels}");
        media.add_attribute(Attribute::with_value("rtpmap", map));
        if let Some(fmtp) = self.fmtp {
            media.add_attribute(Attribute::with_value("fmtp", format!("{payload_type} {fmtp}")));
        }
    }
}

impl Statement {
    /// The body, with `\r\n` line ends.
    pub fn print(&self, session_id: u64, version: u64, local: &LocalMedia) -> Vec<u8> {
        let origin = Origin::with_ip_addr(session_id, version, local.rtp.ip());
        // RFC 3264 section 5: an s= line must be there and should be a single character.
        let mut session = sdp_types::Session::new(origin, "-");
        session.set_connection(local.rtp.ip());
        for line in &self.lines {
            if let StatedLine::Audio(StatedAudio { dtls: Some(dtls), .. }) = line {
                dtls.add_to_session(&mut session);
            }
        }
        session.medias = self.lines.iter().map(|line| line.media(local)).collect();
        session.to_string().into_bytes()
    }
}

impl StatedLine {
    fn media(&self, local: &LocalMedia) -> Media {
        match self {
            StatedLine::Closed(shape) => media(&shape.media, 0, &shape.proto, &shape.first_format),
            StatedLine::Audio(audio) => audio.media(local),
        }
    }

    /// Its shape, for a later offer that must keep the line in its place.
    pub fn shape(&self) -> Shape {
        match self {
            StatedLine::Closed(shape) => shape.clone(),
            StatedLine::Audio(audio) => Shape {
                media: "audio".to_owned(),
                proto: audio.proto.clone(),
                first_format: audio.codecs.first().map_or(0, |c| c.payload_type).to_string(),
            },
        }
    }
}

impl StatedAudio {
    fn media(&self, local: &LocalMedia) -> Media {
        let events = self.telephone_event.into_iter().map(|(pt, _)| pt);
        let types = self.codecs.iter().map(|c| c.payload_type).chain(events);
        let types: Vec<_> = types.map(|pt| pt.to_string()).collect();
        let mut media = media("audio", local.rtp.port(), &self.proto, &types.join(" "));
        self.codecs.iter().for_each(|codec| codec.add_to(&mut media));
        if let Some((pt, clock)) = self.telephone_event {
            let map = format!("{pt} telephone-event/{clock}");
            media.add_attribute(Attribute::with_value("rtpmap", map));
            media.add_attribute(Attribute::with_value("fmtp", format!("{pt} {TELEPHONE_EVENTS}")));
        }
        media.add_attribute(Attribute::with_value("ptime", self.ptime_ms));
        media.add_attribute(Attribute::new(self.direction.attribute()));
        self.add_rtcp(&mut media, local);
        for line in &self.crypto {
            media.add_attribute(Attribute::with_value("crypto", line.value()));
        }
        if let Some(dtls) = &self.dtls {
            dtls.add_to_line(&mut media, local);
        }
        media
    }

    /// `a=rtcp` where RTCP is not on the next port (RFC 3605), `a=rtcp-mux` where it may share.
    fn add_rtcp(&self, media: &mut Media, local: &LocalMedia) {
        let next_port = local.rtp.port().checked_add(1) == Some(local.rtcp.port());
        let same_host = local.rtp.ip() == local.rtcp.ip();
        if !(next_port && same_host) {
            let address = Connection::from_ip_addr(local.rtcp.ip());
            let port = local.rtcp.port();
            let value = match same_host {
                true => port.to_string(),
                false => {
                    let (kind, host) = (&address.addrtype, &address.connection_address);
                    format!("{port} IN {} {host}", kind.as_str())
                }
            };
            media.add_attribute(Attribute::with_value("rtcp", value));
        }
        if self.rtcp_mux {
            media.add_attribute(Attribute::new("rtcp-mux"));
        }
    }
}

fn media(name: &str, port: u16, proto: &str, formats: &str) -> Media {
    Media {
        media: name.to_owned(),
        port,
        num_ports: None,
        proto: proto.to_owned(),
        fmt: formats.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}
