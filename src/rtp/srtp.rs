//! SRTP and SRTCP: packets encrypted and authenticated in place (RFC 3711, RFC 6188, RFC 7714).
//!
//! ```text
//!  SRTP   | header, CSRCs, extension | payload, encrypted | tag |
//!  SRTCP  | 8 bytes | the rest, encrypted | E + index | tag |        counter mode
//!         | 8 bytes | the rest, encrypted | tag | E + index |        Galois mode
//!           └──────── authenticated, with the roll-over counter ┘
//! ```
//! Master keys come from the offer/answer (RFC 4568) or from a DTLS handshake (RFC 5764). No MKI, key
//! derivation rate 0: nobody in telephony asks for more, and both are negotiated if at all.
//!
//! Owns: the four suites, key derivation, roll-over counters, replay windows.
//! Never: how keys are agreed; printing one.

mod cipher;
mod keys;
mod receiver;
mod replay;
mod sender;

pub use keys::MasterKey;
pub use receiver::SrtpReceiver;
pub use sender::SrtpSender;

/// Most bytes that protection adds to an RTP or RTCP packet: a 16-byte tag and the SRTCP index.
pub const OVERHEAD_BYTES_MAX: usize = 16 + 4;

/// How packets are protected (RFC 4568 section 6.2, RFC 7714 section 14.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Suite {
    /// AES-128 in Galois/counter mode, tag of 16 bytes.
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode, tag of 16 bytes.
    AeadAes256Gcm,
    /// AES-128 in counter mode, HMAC-SHA1 cut to 10 bytes.
    AesCm128HmacSha1_80,
    /// The same cut to 4 bytes for RTP; RTCP keeps 10.
    AesCm128HmacSha1_32,
}

impl Suite {
    /// All, the ones to prefer first.
    pub const ALL: [Suite; 4] = [
        Suite::AeadAes256Gcm,
        Suite::AeadAes128Gcm,
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
    ];

    /// Its name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// By its name in SDP, in any case.
    pub fn from_name(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of its master key.
    pub fn key_bytes(self) -> usize {
        match self {
            Suite::AeadAes256Gcm => 32,
            Suite::AeadAes128Gcm | Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 16,
        }
    }

    /// Bytes of its master salt (RFC 3711 section 8.2, RFC 7714 section 12).
    pub fn salt_bytes(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 14,
        }
    }

    /// Bytes of its tag on RTP.
    pub fn tag_bytes(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
            Suite::AesCm128HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 => 4,
        }
    }
}

/// Why a packet was not protected or not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SrtpError {
    /// Not RTP or RTCP, or no room for the tag.
    #[error("not a packet that SRTP could carry: drop it and count it")]
    Malformed,
    /// The tag does not fit: forged, damaged, or made with another key.
    #[error("the packet's tag does not fit its key: drop it and count it")]
    Forged,
    /// It was here before, or is too old to tell.
    #[error("the packet was here before: drop it and count it")]
    Replayed,
    /// 2^48 RTP or 2^31 RTCP packets were protected by this key (RFC 3711 section 9.2).
    #[error("this SRTP key has protected all the packets it may: agree on a new one")]
    KeyUsedUp,
    /// A master key of the wrong length for its suite.
    #[error("a master key of {got} bytes does not fit the suite, which needs {wanted}")]
    KeyLength {
        /// Bytes of key and salt.
        wanted: usize,
        /// Bytes that came.
        got: usize,
    },
}

/// Where an RTP packet's payload begins: after CSRC list and extension (RFC 3550 section 5.1).
fn rtp_payload_at(packet: &[u8]) -> Result<usize, SrtpError> {
    let [first, _, ..] = packet else { return Err(SrtpError::Malformed) };
    let mut at = 12 + 4 * usize::from(first & 0x0F);
    if first >> 6 != 2 || packet.len() < at {
        return Err(SrtpError::Malformed);
    }
    if first & 0x10 != 0 {
        let Some([_, _, high, low]) = packet.get(at..at + 4) else {
            return Err(SrtpError::Malformed);
        };
        at += 4 + 4 * usize::from(u16::from_be_bytes([*high, *low]));
    }
    if at > packet.len() { Err(SrtpError::Malformed) } else { Ok(at) }
}

/// Sequence number and SSRC of an RTP packet whose header is known to be whole.
fn rtp_names(packet: &[u8]) -> Result<(u16, u32), SrtpError> {
    match packet {
        [_, _, s1, s0, _, _, _, _, a, b, c, d, ..] => {
            Ok((u16::from_be_bytes([*s1, *s0]), u32::from_be_bytes([*a, *b, *c, *d])))
        }
        _ => Err(SrtpError::Malformed),
    }
}

/// The SSRC of an RTCP packet's first report.
fn rtcp_ssrc(packet: &[u8]) -> Result<u32, SrtpError> {
    match packet {
        [first, _, _, _, a, b, c, d, ..] if first >> 6 == 2 => {
            Ok(u32::from_be_bytes([*a, *b, *c, *d]))
        }
        _ => Err(SrtpError::Malformed),
    }
}

#[cfg(test)]
mod tests;
