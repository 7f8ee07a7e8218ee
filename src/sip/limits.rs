//! Every limit of this room: unit, reason, and what the peer is told when it is reached.

use std::time::Duration;

/// Limits that a configuration may set. The defaults serve one machine with a few thousand calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Sessions at once, ringing or up. A new INVITE beyond it gets 503 with Retry-After.
    pub sessions_max: usize,
    /// Transactions at once: 32 s of 3,000 calls a second, two transactions each. A new request
    /// beyond it gets a stateless 503 with Retry-After.
    pub transactions_max: usize,
    /// Bytes of one message, start line to end of body. Larger: 513 Message Too Large.
    pub message_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions_max: 10_000, transactions_max: 200_000, message_bytes_max: 32 * 1024 }
    }
}

/// Header fields of one message. More: 400 Too many header fields.
pub const HEADERS_MAX: usize = 128;
/// Bytes of a URI. Longer: 414 for a Request-URI, 400 elsewhere.
pub const URI_BYTES_MAX: usize = 2_048;
/// Bytes of a header section on a stream before its blank line. Longer: the connection is closed,
/// because no message boundary can be found any more.
pub const STREAM_HEAD_BYTES_MAX: usize = 16 * 1024;
/// Values of one Via, Route or Record-Route list. More: 400.
pub const HOPS_MAX: usize = 70;
/// P-Asserted-Identity values kept (RFC 3325 section 9.1 allows one SIP and one tel). More are left out.
pub const IDENTITIES_MAX: usize = 2;
/// Diversion or History-Info entries kept of one INVITE. More are left out.
pub const DIVERSIONS_MAX: usize = 8;
/// Seconds for which a REFER is reported on. After them its subscription ends without an outcome.
pub const REFER_REPORT_S: u32 = 180;
/// Other branches of a forked INVITE that are acknowledged and ended. More 2xx are dropped.
pub const FORKS_MAX: usize = 8;
/// Reliable provisional responses that wait for the PRACK of the one before them. More are left
/// out: the final response says everything they would have said.
pub const PROVISIONALS_MAX: usize = 8;
/// Seconds of a session interval at least (RFC 4028 section 5). A peer that asks for less gets 422.
pub const SESSION_INTERVAL_MIN_S: u32 = 90;
/// Seconds of a session interval at most: a day. A peer that insists on more has its refusal taken.
pub const SESSION_INTERVAL_MAX_S: u32 = 86_400;
/// Seconds of Retry-After after which a re-offer is still made again. A longer one: it has failed.
pub const REOFFER_WAIT_MAX_S: u32 = 32;
/// Tries of one offer that meets glare (491). After them the offer has failed.
pub const GLARE_TRIES_MAX: u8 = 3;
/// Due timers served in one turn; the rest is due at once in the next turn.
pub const TIMERS_PER_TURN_MAX: usize = 10_000;
/// What a refused peer is told to wait when we are full, in seconds.
pub const FULL_RETRY_AFTER_S: u32 = 5;
/// What a refused peer is told to wait when we are shutting down, in seconds.
pub const DRAINING_RETRY_AFTER_S: u32 = 30;
/// Bytes of one challenge or answer of digest authentication. Longer: as if it were not there.
pub const DIGEST_BYTES_MAX: usize = 4_096;
/// Parameters read of one challenge or answer; the rest is not looked at.
pub const DIGEST_PARAMS_MAX: usize = 64;
/// Realms that we are logged in at in one dialog: the server and the proxies before it. More: the
/// 407 stands.
pub const LOGIN_REALMS_MAX: usize = 4;
/// Challenges in a row to one request: a first one, one a proxy, one for a stale nonce. More: the
/// 401 stands.
pub const LOGIN_ROUNDS_MAX: u8 = 4;
/// The longest registration that we ask for or believe, in seconds: a day.
pub const REGISTER_EXPIRES_MAX_S: u32 = 86_400;
/// Wait after the first failed registration (RFC 5626 section 4.5).
pub const REGISTER_BACKOFF_BASE: std::time::Duration = std::time::Duration::from_secs(30);
/// The longest wait after failures (RFC 5626 section 4.5).
pub const REGISTER_BACKOFF_MAX: std::time::Duration = std::time::Duration::from_secs(1_800);
/// Wait after a registrar refused us by name: carriers lock out who tries a password again and again.
pub const REGISTER_REFUSED_WAIT: std::time::Duration = std::time::Duration::from_secs(300);
/// How long a nonce of ours is good: a phone answers within a second, a stolen answer is worthless
/// after it. Older: `stale=true`, and the phone answers anew without asking anybody.
pub const NONCE_LIFE: Duration = Duration::from_secs(60);
/// Nonces whose counts are kept; only right answers enter. Full: the nonce counts as stale.
pub const NONCES_MAX: usize = 20_000;
/// Sources (an IPv4 address, an IPv6 /64) that have a bucket of their own: 120 bytes each. Full:
/// newcomers share one.
pub const SOURCES_MAX: usize = 65_536;
/// A source that was quiet this long and owes nothing is forgotten; its buckets are full again anyway.
pub const SOURCE_FORGOTTEN_AFTER: Duration = Duration::from_secs(60);
/// How often the table of sources is gone through.
pub const SWEEP_EVERY: Duration = Duration::from_secs(2);
/// How long a scanner, or a source with too many failures, hears nothing.
pub const QUARANTINE: Duration = Duration::from_secs(600);
/// Failures (wrong passwords, numbers that are not there, broken messages) before a quarantine.
pub const FAILURES_MAX: u32 = 30;
/// Failures older than this are forgotten.
pub const FAILURES_FORGOTTEN_AFTER: Duration = Duration::from_secs(300);
/// Wrong passwords for one user from one source before answers are no longer weighed for a while.
pub const PAIR_TRIES_FREE: u32 = 5;
/// Longest such while; it doubles from 2 s. Told: 403, whether the answer is right or not.
pub const PAIR_BACK_OFF_MAX: Duration = Duration::from_secs(300);
/// Pairs of source and user with failures. Full: the source's own count still works.
pub const PAIRS_MAX: usize = 16_384;
/// Bytes that a UDP source which has proved nothing may get before it sent any: one 200 with its
/// first repetition.
pub const UNVERIFIED_BYTES_FREE: u64 = 2_400;
/// Bytes that such a source may save up.
pub const UNVERIFIED_BYTES_MAX: u64 = 65_536;
/// How long a proof (a right password, an acknowledged call) holds for the source's address: a
/// little longer than the longest registration.
pub const VERIFIED_FOR: Duration = Duration::from_secs(3_900);
/// Mean lateness of our turns above which new calls get 503: a caller would notice it at every key.
pub const SHED_ABOVE: Duration = Duration::from_millis(100);
/// And below which they are taken again.
pub const SHED_BELOW: Duration = Duration::from_millis(30);
/// Without news of lateness for this long there is none.
pub const SHED_FORGETS_AFTER: Duration = Duration::from_secs(2);
/// Contacts of one user. More: the oldest one from the same address gives way, else 403.
pub const CONTACTS_MAX: usize = 10;
/// Users of the registrar. More: the users file is refused.
pub const USERS_MAX: usize = 10_000;
/// Bytes of an instance (RFC 5626 section 4.1) or Path value kept. Longer: 400.
pub const BINDING_TEXT_MAX: usize = 1_024;
/// Path values kept with a contact (RFC 3327). More: 400.
pub const PATH_HOPS_MAX: usize = 8;
/// Networks without rates. Each message is compared with all of them. More: the rates hold for it.
pub const TRUSTED_MAX: usize = 1_024;
/// Peers whose TCP port did not answer a large request and that are remembered; then all are tried anew.
pub const NO_TCP_MAX: usize = 256;
/// How long such a peer gets large requests by UDP at once, in seconds.
pub const NO_TCP_S: u64 = 600;
