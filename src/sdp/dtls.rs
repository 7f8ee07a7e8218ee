//! DTLS-SRTP in offer and answer (RFC 5763, RFC 8122, RFC 8842), and ICE around it (RFC 8839).
//!
//! ```text
//!  a=fingerprint:sha-256 AB:CD:…   whose certificate it will be
//!  a=setup:actpass                 who sends the first flight: the answerer says
//!  a=ice-ufrag, a=ice-pwd          what connectivity checks are signed with
//!  a=rtcp-mux, a=mid, a=group:BUNDLE   all of it on one port
//! ```
//! We are `active` wherever we may be (RFC 5763 section 5): the first flight then leaves with the answer to the
//! peer's first check. We are an ICE-lite agent with one host candidate. One association serves the whole
//! session: an offer that would begin a new one, or ICE anew, is refused, and what was agreed holds on.
//!
//! Owns: reading and printing these attributes, the roles.
//! Never: a handshake, a check, a certificate.

use crate::errors::MediaError;
use crate::limits::{FINGERPRINT_CHARS_MAX, FINGERPRINTS_MAX, ICE_CHARS_MAX};
use crate::read::Line;
use crate::terms::LocalMedia;
use sdp_types::{Attribute, Media};

/// Priority of a host candidate that is the only one (RFC 8445 section 5.1.2.1).
const HOST_PRIORITY: u32 = 126 << 24 | 65_535 << 8 | 255;

/// What our side needs for DTLS-SRTP: the same certificate in all sessions, the rest new for each.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalDtls {
    /// SHA-256 of our certificate: `AB:CD:…`.
    pub fingerprint: std::sync::Arc<str>,
    /// Our `a=ice-ufrag`: at least 4 letters, digits, `+`, `/`.
    pub ice_name: String,
    /// Our `a=ice-pwd`: at least 22 of them, 128 bits of chance.
    pub ice_password: String,
}

impl std::fmt::Debug for LocalDtls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} •", self.fingerprint, self.ice_name)
    }
}

/// What the two sides agreed about DTLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dtls {
    /// We send the first flight.
    pub we_begin: bool,
    /// Hash function and digest of the peer's certificate; one of them has to fit.
    pub fingerprints: Vec<(String, String)>,
    /// Ours.
    pub local: LocalDtls,
    /// The peer's `a=ice-ufrag`, where it does ICE.
    pub remote_ice_name: Option<String>,
}

/// Who begins (RFC 4145 section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Setup {
    /// The default of RFC 4145, where nothing is said.
    #[default]
    Active,
    Passive,
    ActPass,
    HoldConn,
}

impl Setup {
    fn read(text: &str) -> Option<Self> {
        [Setup::Active, Setup::Passive, Setup::ActPass, Setup::HoldConn]
            .into_iter()
            .find(|setup| setup.name().eq_ignore_ascii_case(text.trim()))
    }

    pub const fn name(self) -> &'static str {
        match self {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
            Setup::HoldConn => "holdconn",
        }
    }
}

/// What a description says about it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Remote {
    pub fingerprints: Vec<(String, String)>,
    pub setup: Setup,
    pub ice_name: Option<String>,
    pub mid: Option<String>,
    /// The line's mid stands in `a=group:BUNDLE`.
    pub bundled: bool,
}

impl Remote {
    /// The line's own attributes first, then the session's.
    pub fn read(media: &Media, session: &sdp_types::Session) -> Self {
        let all = || media.attributes.iter().chain(&session.attributes);
        let values = |name: &'static str| {
            let named = all().filter(move |a| a.attribute.eq_ignore_ascii_case(name));
            named.filter_map(|a| a.value.as_deref())
        };
        let own = |name: &str| {
            let of_line = media.attributes.iter().find(|a| a.attribute.eq_ignore_ascii_case(name));
            of_line.and_then(|a| a.value.as_deref()).filter(|value| is_token(value))
        };
        let mid = own("mid").map(str::to_owned);
        let in_group = |group: &str| {
            let mut words = group.split_ascii_whitespace();
            words.next() == Some("BUNDLE") && words.any(|word| Some(word) == mid.as_deref())
        };
        Self {
            fingerprints: values("fingerprint").filter_map(print).take(FINGERPRINTS_MAX).collect(),
            setup: values("setup").find_map(Setup::read).unwrap_or_default(),
            ice_name: values("ice-ufrag").find(|v| is_ice_name(v)).map(str::to_owned),
            bundled: values("group").any(in_group),
            mid,
        }
    }
}

/// `sha-256 AB:CD:…`; older hashes prove nothing (RFC 8122 section 5).
fn print(value: &str) -> Option<(String, String)> {
    let (hash, digest) = value.trim().split_once(' ')?;
    let hash = hash.to_ascii_lowercase();
    let digest = digest.trim();
    let plain = digest.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    let known = ["sha-256", "sha-384", "sha-512"].contains(&hash.as_str());
    (known && plain && digest.len() <= FINGERPRINT_CHARS_MAX).then(|| (hash, digest.to_owned()))
}

/// RFC 8839 section 5.4.
fn is_ice_name(value: &str) -> bool {
    let ice_char = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    (4..=ICE_CHARS_MAX).contains(&value.len()) && value.bytes().all(ice_char)
}

/// RFC 8866 section 9.
fn is_token(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]".contains(&b);
    !value.is_empty() && value.len() <= ICE_CHARS_MAX && value.bytes().all(plain)
}

/// What an offered or answered line of the peer agrees to with ours.
pub(crate) fn agree(
    line: &Line,
    local: Option<&LocalDtls>,
    before: Option<&Dtls>,
    first: bool,
) -> Result<Dtls, MediaError> {
    let (Some(local), Some(audio)) = (local, &line.audio) else {
        return Err(MediaError::Transport(crate::choose::shortened(&line.shape.proto)));
    };
    let remote = &audio.dtls;
    if remote.fingerprints.is_empty() {
        return Err(MediaError::NoFingerprint);
    }
    if !audio.rtcp_mux {
        return Err(MediaError::NoMux);
    }
    let we_begin = match (remote.setup, before) {
        (Setup::HoldConn, _) => return Err(MediaError::NewAssociation),
        // RFC 8842 section 5.3: an association that goes on keeps its roles
        (Setup::ActPass, Some(before)) => before.we_begin,
        (Setup::ActPass | Setup::Passive, _) => true,
        (Setup::Active, _) => false,
    };
    let agreed = Dtls {
        we_begin,
        fingerprints: remote.fingerprints.clone(),
        local: local.clone(),
        remote_ice_name: remote.ice_name.clone(),
    };
    match before {
        None if first => Ok(agreed),
        Some(before) if *before == agreed => Ok(agreed),
        None | Some(_) => Err(MediaError::NewAssociation),
    }
}

/// Our side of it on one `m=` line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stated {
    pub local: LocalDtls,
    pub setup: Setup,
    pub with_ice: bool,
    pub mid: Option<String>,
    pub bundled: bool,
}

impl Stated {
    /// Our answer to a line.
    pub fn answer(agreed: &Dtls, remote: &Remote) -> Self {
        Self {
            local: agreed.local.clone(),
            setup: if agreed.we_begin { Setup::Active } else { Setup::Passive },
            with_ice: agreed.remote_ice_name.is_some(),
            mid: remote.mid.clone(),
            bundled: remote.bundled,
        }
    }

    /// The same as an offer of ours within the session (RFC 8842 section 5.2).
    pub fn offered(&self) -> Self {
        Self { setup: Setup::ActPass, ..self.clone() }
    }

    /// What goes for the whole session: `a=ice-lite` (RFC 8839 section 5.3) and the bundle.
    pub fn add_to_session(&self, session: &mut sdp_types::Session) {
        let mut add = |attribute| session.attributes.push(attribute);
        if self.with_ice {
            add(Attribute::new("ice-lite"));
        }
        if let (true, Some(mid)) = (self.bundled, &self.mid) {
            add(Attribute::with_value("group", format!("BUNDLE {mid}")));
        }
    }

    /// What goes for the line.
    pub fn add_to_line(&self, media: &mut Media, local: &LocalMedia) {
        let mut add = |name: &str, value: String| {
            media.add_attribute(Attribute::with_value(name, value));
        };
        if let Some(mid) = &self.mid {
            add("mid", mid.clone());
        }
        if self.with_ice {
            let (ip, port) = (local.rtp.ip(), local.rtp.port());
            add("ice-ufrag", self.local.ice_name.clone());
            add("ice-pwd", self.local.ice_password.clone());
            add("candidate", format!("1 1 UDP {HOST_PRIORITY} {ip} {port} typ host"));
        }
        add("fingerprint", format!("sha-256 {}", self.local.fingerprint));
        add("setup", self.setup.name().to_owned());
        if self.with_ice {
            media.add_attribute(Attribute::new("end-of-candidates"));
        }
    }
}
