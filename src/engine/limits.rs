//! Every limit of this room: unit, reason, and what happens when it is reached.

use std::time::Duration;

/// Media threads; more are cut to this.
pub const THREADS_MAX: usize = 64;
/// Jobs waiting for one media thread; when full, the command comes back to whoever sent it.
pub const JOBS_MAX: usize = 8_192;
/// Datagrams of handshakes that wait for their thread: a hundred calls at once. Beyond, they are dropped, and
/// come again.
pub const GREETINGS_MAX: usize = 1_024;
/// Commands that wait for one leg while it is between two threads, some milliseconds; one more comes back.
pub const WAITING_FOR_A_LEG: usize = 256;
/// Events waiting for the control plane, over all threads; when full they wait in their shard.
pub const EVENTS_MAX: usize = 8_192;
/// Jobs done in one turn of a media thread; the rest waits one turn, so that sending keeps its time.
pub const JOBS_PER_TURN: usize = 64;
/// Ready sockets looked at in one turn, one datagram each: a flood on one leg takes one place of these.
pub const READY_PER_TURN: usize = 64;
/// Largest datagram taken in; longer ones are cut and then refused as malformed.
pub const DATAGRAM_BYTES_MAX: usize = 2_048;
/// Kernel buffer of each socket, in bytes: half a second of a flood at ten times the packet rate. What
/// does not fit is lost on that leg alone.
pub const RECEIVE_BUFFER_BYTES: usize = 64 * 1_024;
/// Pairs of ports tried before giving up: another program may hold some, a second server of ours many.
/// A try that fails takes about a microsecond.
pub const PORT_TRIES: usize = 1_000;
/// Blocks of 0.2 s that recorded sound goes round in, over all legs: 26 MB, made only where recordings
/// are configured; 2.6 s of 300 recorded calls. When none is empty the recorder is behind, and the tape that finds none ends.
pub const TAPE_BLOCKS: usize = 4_000;
/// The longest a media thread waits without looking around.
pub const WAIT_MAX: Duration = Duration::from_secs(1);
/// Place within the real-time class (1–99): before ordinary threads, behind the kernel's own.
pub const REALTIME_PRIORITY: u8 = 10;
/// DSCP EF (RFC 3246, RFC 4594 section 4.1) in the upper six bits of the traffic class.
pub const TRAFFIC_CLASS: u8 = 46 << 2;
