//! Every limit of this room: unit, reason, and what happens when it is reached.

use std::time::Duration;

/// Bytes of the longest answer to a connectivity check: header, an IPv6 address, integrity, fingerprint; or an
/// error that names the attributes which are not known.
pub const ANSWER_BYTES_MAX: usize = 128;
/// Attributes of one connectivity check that are looked at: browsers send eight. Beyond: no answer.
pub const ATTRIBUTES_MAX: usize = 32;
/// Attributes named in a 420. The rest is not named.
pub const UNKNOWN_NAMED_MAX: usize = 4;
/// Sources of one leg that proved to know its password, the oldest makes room: a browser has a few interfaces.
pub const SOURCES_MAX: usize = 4;
/// DTLS datagrams of one leg, from first to last: a handshake has six, and each may come again a few times.
/// Beyond, they are dropped.
pub const HANDSHAKE_DATAGRAMS_MAX: u16 = 128;
/// Handshakes at once, those just done included. The next one fails at once.
pub const MEETINGS_MAX: usize = 4_096;
/// A meeting is forgotten this long after its begin or its end: until then a lost last flight is sent again
/// (RFC 6347 section 4.2.4). It is longer than the exchange waits.
pub const MEETING_KEPT: Duration = Duration::from_secs(45);
/// A flight without an answer is sent again after this, then after twice as long. RFC 6347 section 4.2.4.1
/// advises a second where nothing is known; a caller waits here, and ICE has just shown the way to be open.
pub const FLIGHT_TIMEOUT: Duration = Duration::from_millis(250);
/// Times that a flight is sent again: the last after some 8 s.
pub const FLIGHT_RETRIES: usize = 5;
/// The longest that one handshake takes.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(15);
/// Bytes of the largest datagram of ours: fits every path that carries RTP.
pub const DATAGRAM_BYTES_MAX: usize = 1_200;
/// Bytes of a peer's certificate that is looked at. Browsers' have 300. Beyond, the handshake fails.
pub const CERTIFICATE_BYTES_MAX: usize = 8_192;
/// Outputs that wait for the shell. Beyond, datagrams are dropped: flights come again.
pub const OUTPUTS_MAX: usize = 16_384;
