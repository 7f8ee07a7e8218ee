//! Every limit of this room: unit, reason, and what the other side is told.

use std::time::Duration;

/// The version of the messages. A peer with another one is told ours and the connection ends.
pub const VERSION: u16 = 2;
/// Bytes of a message from the switch: an order with all its clips. A longer one ends the connection.
pub const TO_VAULT_BYTES_MAX: usize = 4_096;
/// Bytes of a message from the vault: a gateway's reference and a few numbers. A longer one ends it.
pub const FROM_VAULT_BYTES_MAX: usize = 128;
/// Characters of a gateway's reference; a longer one is no reference and the attempt is not authorised.
pub const REFERENCE_CHARS_MAX: usize = 64;
/// A reference with so many digits in a row (separators not counted) is refused: a card number begins
/// with eight digits that name its issuer.
pub const DIGIT_RUN_MAX: usize = 8;
/// Characters of a clip's name.
pub const CLIP_CHARS_MAX: usize = 64;
/// Clips of one sentence: the longest amount has eleven, a name a few more. Longer: not armed.
pub const CLIPS_MAX: usize = 32;
/// Addresses of one gateway that are kept; more are not sent.
pub const GATEWAY_ADDRESSES_MAX: usize = 8;
/// Captures at once over one link; one more is refused before the audio is moved.
pub const SESSIONS_MAX: usize = 64;
/// Queries and voids that wait for an answer; one more is refused to whoever asked.
pub const ASKS_MAX: usize = 64;
/// Authorisations in one capture; then the caller is led elsewhere.
pub const ATTEMPTS_MAX: u8 = 3;

/// Between two pings: with [`SILENCE_MAX`] a dead vault is noticed well before the caller's five seconds.
pub const PING_EVERY: Duration = Duration::from_millis(500);
/// No byte from the vault for so long: the link is down.
pub const SILENCE_MAX: Duration = Duration::from_secs(2);
/// From the connection to the vault's hello.
pub const HELLO_MAX: Duration = Duration::from_secs(2);
/// From OpenMedia to MediaOpened: the vault only takes a socket from its pool.
pub const OPEN_MAX: Duration = Duration::from_secs(2);
/// From Arm to the end or to consent: the vault's own 180 s, and a little.
pub const CAPTURE_MAX: Duration = Duration::from_secs(185);
/// The same where a negotiator guides the caller field by field: the vault's own 900 s, and a little.
pub const GUIDED_CAPTURE_MAX: Duration = Duration::from_secs(905);
/// From IntentStored to Prepared: the vault's own 30 s, and a little.
pub const PREPARE_MAX: Duration = Duration::from_secs(35);
/// From Journalled to the outcome; then it is unknown and the link down.
pub const AUTHORISE_MAX: Duration = Duration::from_secs(35);
/// From Abort or the last outcome to Ended.
pub const END_MAX: Duration = Duration::from_secs(20);
/// For a query or a void.
pub const ASK_MAX: Duration = Duration::from_secs(35);
/// Keys of the longest field, a card number; a higher count ends the link.
pub const FIELD_KEYS_MAX: u8 = 19;
