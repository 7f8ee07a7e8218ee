//! Which of the peer's streams, codecs, payload types and packet times we take (RFC 3264 section 6.1).

use crate::crypto::{Keyring, Protection, Srtp};
use crate::dtls::{self, LocalDtls};
use crate::errors::MediaError;
use crate::limits::{CODECS_NAMED_MAX, NAME_CHARS_MAX, PTIME_MS};
use crate::read::{Address, Audio, Description, Line};
use crate::terms::{Capabilities, Direction, Format, LocalMedia, Negotiated};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What our side brings to protect the audio, and what was agreed before.
#[derive(Clone, Copy)]
pub(crate) struct Means<'s> {
    pub keyring: Option<&'s Keyring>,
    pub dtls: Option<&'s LocalDtls>,
    pub before: Option<&'s Negotiated>,
}

impl Means<'_> {
    /// By DTLS: with the association that there is, or at the very beginning a new one.
    fn dtls(&self, line: &Line, agreed: Negotiated) -> Result<Negotiated, MediaError> {
        let before = self.before.and_then(|before| before.dtls.as_ref());
        let dtls = dtls::agree(line, self.dtls, before, self.before.is_none())?;
        let remote_rtcp = agreed.remote_rtp;
        Ok(Negotiated { dtls: Some(dtls), rtcp_mux: true, remote_rtcp, ..agreed })
    }

    fn had_dtls(&self) -> bool {
        self.before.is_some_and(|before| before.dtls.is_some())
    }
}

/// The stream we take of an offer: where we were before if that still serves, else the first that
/// serves. When none does, the first audio line's refusal is the most telling one.
pub(crate) fn stream(
    offer: &Description,
    before: Option<usize>,
    caps: &Capabilities,
    local: &LocalMedia,
    means: Means<'_>,
) -> Result<(usize, Negotiated, Option<u32>), MediaError> {
    let order = before.into_iter().chain(0..offer.lines.len());
    let mut refusal = None;
    for index in order.filter(|i| *i < offer.lines.len()) {
        let line = &offer.lines[index];
        let keyed = agree(line, caps, local).and_then(|agreed| keyed(line, agreed, caps, means));
        match keyed {
            Ok((agreed, tag)) => return Ok((index, agreed, tag)),
            Err(MediaError::NoAudio) => {}
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    Err(refusal.unwrap_or(MediaError::NoAudio))
}

/// Adds the keys to what an offered line agreed to; the tag is the one that the answer repeats.
fn keyed(
    line: &Line,
    agreed: Negotiated,
    caps: &Capabilities,
    means: Means<'_>,
) -> Result<(Negotiated, Option<u32>), MediaError> {
    if line.shape.is_dtls() && caps.protection != Protection::Off {
        return Ok((means.dtls(line, agreed)?, None));
    }
    if means.had_dtls() {
        return Err(MediaError::NewAssociation);
    }
    let keyring = means.keyring;
    let theirs = line.audio.as_ref().map_or(&[][..], |audio| &audio.crypto);
    let wanted = keyring.filter(|_| caps.protection != Protection::Off);
    // RFC 8643 section 3.1: keys within plain RTP are an offer of SRTP, too
    let chosen = wanted.and_then(|keyring| keyring.choose(&caps.suites, theirs));
    match chosen {
        Some((tag, srtp)) => Ok((Negotiated { srtp: Some(srtp), ..agreed }, Some(tag))),
        None => {
            must_be_plain(line, caps, wanted.is_some())?;
            Ok((agreed, None))
        }
    }
}

/// Without keys: is that what the line says and what we may do?
fn must_be_plain(line: &Line, caps: &Capabilities, have_keys: bool) -> Result<(), MediaError> {
    match (line.shape.is_srtp(), caps.protection) {
        _ if line.shape.is_dtls() => Err(MediaError::Transport(shortened(&line.shape.proto))),
        (true, _) if have_keys => Err(MediaError::NoCommonSuite(caps.named_suites())),
        (true, _) => Err(MediaError::Transport(shortened(&line.shape.proto))),
        (false, Protection::Required) => Err(MediaError::PlainRefused),
        (false, _) => Ok(()),
    }
}

/// Adds the keys to what an answer agreed to.
pub(crate) fn answered_keys(
    line: &Line,
    agreed: Negotiated,
    caps: &Capabilities,
    srtp: Option<Srtp>,
    means: Means<'_>,
) -> Result<Negotiated, MediaError> {
    if means.had_dtls() && line.shape.is_dtls() {
        return means.dtls(line, agreed);
    }
    if means.had_dtls() {
        return Err(MediaError::NewAssociation);
    }
    if srtp.is_none() {
        must_be_plain(line, caps, true)?;
    }
    Ok(Negotiated { srtp, ..agreed })
}

/// What one `m=` line of the peer and our capabilities agree to; payload types are the peer's.
pub(crate) fn agree(
    line: &Line,
    caps: &Capabilities,
    local: &LocalMedia,
) -> Result<Negotiated, MediaError> {
    let Some(audio) = &line.audio else { return Err(MediaError::NoAudio) };
    if !line.shape.is_plain_rtp() && !line.shape.is_srtp() && !line.shape.is_dtls() {
        return Err(MediaError::Transport(shortened(&line.shape.proto)));
    }
    let by_ice = line.shape.is_dtls() && audio.dtls.ice_name.is_some();
    let address = match usable_address(&audio.address, local) {
        Ok(address) => address,
        // RFC 8839 section 4.3.1: where ICE finds the way, the default address need not be one
        Err(_) if by_ice => unspecified(local),
        Err(why) => return Err(why),
    };
    let remote_rtp = SocketAddr::new(address, line.port);
    let codec = codec(&audio.formats, caps)?;
    let rtcp_mux = caps.rtcp_mux && audio.rtcp_mux;
    let telephone_event = telephone_event(&audio.formats, caps, codec.clock);
    let direction = match by_ice {
        true => audio.direction.reversed(),
        false => our_direction(audio.direction, address),
    };
    Ok(Negotiated {
        remote_rtp,
        remote_rtcp: remote_rtcp(audio, remote_rtp, rtcp_mux),
        rtcp_mux,
        codec_received_as: codec.payload_type,
        codec,
        telephone_event_received_as: telephone_event.map(|(pt, _)| pt),
        telephone_event,
        ptime_ms: ptime(audio, caps),
        direction,
        srtp: None,
        dtls: None,
        held: !direction.sends(),
    })
}

fn usable_address(address: &Address, local: &LocalMedia) -> Result<IpAddr, MediaError> {
    match address {
        Address::Name(name) => Err(MediaError::Hostname(shortened(name))),
        Address::Ip(ip) if ip.is_multicast() => Err(MediaError::Multicast(*ip)),
        // An old-style hold says 0.0.0.0 even in an IPv6 call: it is no destination.
        Address::Ip(ip) if ip.is_unspecified() => Ok(*ip),
        Address::Ip(ip) if ip.is_ipv4() != local.rtp.is_ipv4() => {
            Err(MediaError::OtherIpVersion(*ip))
        }
        Address::Ip(ip) => Ok(*ip),
    }
}

fn unspecified(local: &LocalMedia) -> IpAddr {
    match local.rtp.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// The first format in the peer's order that is ours: the order is its preference, and an answerer
/// should keep to it (RFC 3264 sections 5.1 and 6.1). What we take as a last resort comes behind all others.
fn codec(formats: &[Format], caps: &Capabilities) -> Result<Format, MediaError> {
    let common = || formats.iter().filter_map(|format| Some((format, caps.find(format)?)));
    let chosen = common().find(|(_, cap)| !cap.last_resort).or_else(|| common().next());
    match chosen {
        Some((format, cap)) => Ok(Format { name: cap.name.to_owned(), ..format.clone() }),
        None => Err(MediaError::NoCommonCodec { theirs: named(formats), ours: caps.named() }),
    }
}

fn named(formats: &[Format]) -> String {
    let audio = formats.iter().filter(|f| !is_telephone_event(f)).take(CODECS_NAMED_MAX);
    let names: Vec<_> = audio.map(|f| format!("{}/{}", shortened(&f.name), f.clock)).collect();
    match names.is_empty() {
        true => "unknown".to_owned(),
        false => names.join(", "),
    }
}

/// Words of the peer that go back to it in a header: short, and nothing that ends a quoted string.
pub(crate) fn shortened(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    text.chars().filter(plain).take(NAME_CHARS_MAX).collect()
}

fn is_telephone_event(format: &Format) -> bool {
    format.name.eq_ignore_ascii_case("telephone-event")
}

/// Telephone-events with the codec's clock: both share the stream's timestamps (RFC 4733 section 2.1),
/// so another clock is not taken.
fn telephone_event(formats: &[Format], caps: &Capabilities, clock: u32) -> Option<(u8, u32)> {
    let mut events = formats.iter().filter(|f| is_telephone_event(f) && f.clock == clock);
    let found = events.find(|_| caps.telephone_event)?;
    Some((found.payload_type, found.clock))
}

/// Ours is the peer's reversed; an old-style hold (RFC 3264 section 8.4: `c=0.0.0.0`) means that it
/// takes nothing, whatever its attribute says.
fn our_direction(peers: Direction, address: IpAddr) -> Direction {
    let ours = peers.reversed();
    match address.is_unspecified() {
        true => Direction::of(false, ours.receives()),
        false => ours,
    }
}

fn remote_rtcp(audio: &Audio, rtp: SocketAddr, mux: bool) -> SocketAddr {
    match audio.rtcp {
        _ if mux => rtp,
        // A different IP version could not be reached from this leg's socket: keep to the port alone.
        Some((port, ip)) => {
            let same_version = ip.filter(|ip| ip.is_ipv4() == rtp.is_ipv4());
            SocketAddr::new(same_version.unwrap_or(rtp.ip()), port)
        }
        None => SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)),
    }
}

/// The peer's `ptime` is how it wants to receive (RFC 3264 section 6.1); `maxptime` caps it. In tens,
/// because that is the grid on which packets leave.
fn ptime(audio: &Audio, caps: &Capabilities) -> u8 {
    let wish = audio.ptime_ms.filter(|ms| *ms > 0).unwrap_or(u32::from(caps.ptime_ms));
    let cap = audio.maxptime_ms.filter(|ms| *ms > 0).unwrap_or(u32::MAX);
    let tens = wish.min(cap).clamp(*PTIME_MS.start(), *PTIME_MS.end()) / 10 * 10;
    tens as u8
}
