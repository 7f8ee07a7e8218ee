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

/// How long a call waits for its media ports: the shell answers within the same turn.
pub const PORTS_WAIT_MAX: Duration = Duration::from_secs(2);

/// Actions of one dialplan drained in one turn; more means a flow that turns in a circle without
/// waiting. Full: the call ends with an alarm.
pub const ACTIONS_PER_TURN_MAX: usize = 256;

/// Events written for one call. Full: further steps are not written, the end is, with an alarm.
pub const EVENTS_PER_CALL_MAX: u32 = 10_000;

/// Characters kept of a peer's address in records.
pub const ADDRESS_CHARS_MAX: usize = 256;
