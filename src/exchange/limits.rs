//! All limits of the building, with unit, reason, and what the peer is told.

use std::time::Duration;

/// Calls at once, unless configured: memory and ports stay bounded. Full: `503` with `Retry-After`.
pub const CALLS_MAX_DEFAULT: usize = 2_000;

/// Seconds in `Retry-After` of a refusal for being full or shutting down: long enough to try a
/// neighbour, short enough that a person redials into a free line.
pub const RETRY_AFTER_S: u32 = 10;

/// Absolute length of a call in the IVR (defaults.md): then the call ends with BYE.
pub const IVR_CALL_MAX: Duration = Duration::from_secs(60 * 60);

/// How long an ended call waits for its media figures before its record is written without them.
pub const FIGURES_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long an ended call waits for its recording to be on disk before its record is written without it.
pub const RECORDING_WAIT_MAX: Duration = Duration::from_secs(10);

/// How long a call waits for its media ports: the shell answers within the same turn.
pub const PORTS_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long after the ACK a call waits for keys by DTLS; then it ends, for it must not talk in the clear.
pub const KEYS_WAIT_MAX: Duration = Duration::from_secs(10);

/// Calls at once whose sound is Opus: each takes 0.5 MB and, while it is spoken to, 0.7 % of a core, where one
/// in G.711 takes next to nothing. Full: what offers nothing else gets `488`, as if Opus were none of ours.
pub const OPUS_CALLS_MAX: usize = 64;

/// Actions of one dialplan drained in one turn; more means a flow that turns in a circle without
/// waiting. Full: the call ends with an alarm.
pub const ACTIONS_PER_TURN_MAX: usize = 256;

/// Events written for one call. Full: further steps are not written, the end is, with an alarm.
pub const EVENTS_PER_CALL_MAX: u32 = 10_000;

/// Characters kept of a peer's address in records.
pub const ADDRESS_CHARS_MAX: usize = 256;

/// Trunks. More is refused at the start: each is watched all the time.
pub const TRUNKS_MAX: usize = 64;

/// Addresses that one target may resolve to. More are left out: nobody waits for the seventeenth.
pub const TARGETS_MAX: usize = 16;

/// Calls on one trunk at once, unless configured: a usual primary-rate bundle of a carrier.
pub const TRUNK_CALLS_MAX_DEFAULT: u32 = 30;

/// Calls of ours that begin on one trunk in a second, unless configured: what carriers commonly allow.
pub const TRUNK_CALLS_PER_SECOND_DEFAULT: u32 = 10;

/// Ways tried for one call. More would keep whoever waits for it waiting: the call then fails.
pub const ATTEMPTS_PER_CALL_MAX: usize = 8;

/// OPTIONS to each target this often, ± 10 % (defaults.md), so that targets are not asked in step.
pub const PROBE_EVERY: Duration = Duration::from_secs(30);

/// What keeps a NAT's way open towards a registrar by UDP leaves this often (RFC 5626 section 4.4.1: at
/// most every 29 s, by 80 to 100 % of it, so that not all of them leave at once).
pub const HOLE_EVERY_MAX: Duration = Duration::from_secs(29);
/// The shortest such pause.
pub const HOLE_EVERY_MIN: Duration = Duration::from_millis(23_200);

/// OPTIONS without an answer for this long is a failure (defaults.md).
pub const PROBE_WAIT_MAX: Duration = Duration::from_secs(3);

/// Failures in a row after which a target is down (defaults.md).
pub const DOWN_AFTER_FAILURES: u8 = 3;

/// Answers in a row after which a target that was down is up (defaults.md).
pub const UP_AFTER_ANSWERS: u8 = 2;

/// An INVITE to which not even 100 Trying came within this time goes to somebody else (defaults.md).
pub const TRYING_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long a telephone rings, unless asked otherwise (defaults.md).
pub const RING_DEFAULT: Duration = Duration::from_secs(25);

/// It never rings shorter: people need the time to reach it (defaults.md).
pub const RING_MIN: Duration = Duration::from_secs(15);

/// Nor longer: a carrier's own limit is three minutes (RFC 3261 section 16.8).
pub const RING_MAX: Duration = Duration::from_secs(120);

/// The longest that a Retry-After of a carrier is believed: then it is asked again.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// Questions of one walk through DNS. More: what was found until then is used.
pub const DNS_QUESTIONS_MAX: usize = 32;

/// Records of one DNS answer that are looked at. More are left out.
pub const DNS_RECORDS_MAX: usize = 16;

/// Answers of DNS are used at least this long, however short their time to live.
pub const DNS_TTL_MIN: Duration = Duration::from_secs(5);

/// And at most this long, however long it is: a carrier that moves is found again within the hour.
pub const DNS_TTL_MAX: Duration = Duration::from_secs(3_600);

/// DNS that failed, or knew nobody, is asked again after this time.
pub const DNS_RETRY_AFTER: Duration = Duration::from_secs(30);

/// DNS that is silent for this long has failed.
pub const DNS_WAIT_MAX: Duration = Duration::from_secs(10);

/// Two people who talk, or somebody who is rung meanwhile (defaults.md): then both are ended. A talk of two
/// hours is a handset that lies beside its telephone.
pub const BRIDGED_CALL_MAX: Duration = Duration::from_secs(120 * 60);
