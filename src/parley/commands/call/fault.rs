//! How a test call goes wrong, each with what to do.

use super::order::OrderError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How long it may ring.
pub const RING_MAX: Duration = Duration::from_secs(120);

/// Why a call did not come about or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error("no answer from {0}: is the server running? `parley demo` starts one")]
    Silence(SocketAddr),
    #[error("nothing listens at {0}: is the server running? `parley demo` starts one")]
    NobodyListens(SocketAddr),
    #[error(
        "{remote} cannot be reached ({source}); look at the address, and at this machine's routes"
    )]
    Unreachable { remote: SocketAddr, source: io::Error },
    #[error(
        "cannot connect to {remote} over {over} ({source}): is the server running? `parley demo` starts one; over TLS, does --ca name who issued its certificate?"
    )]
    Connect { remote: SocketAddr, over: &'static str, source: io::Error },
    #[error(transparent)]
    Tls(#[from] crate::tls::files::TlsError),
    #[error("the network failed: {0}; look at this machine's interfaces and routes")]
    Network(#[from] io::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    #[error("{status} {reason}{}", retry(.retry_after_s))]
    Refused { status: u16, reason: String, retry_after_s: Option<u32> },
    #[error("it rang for {} s and nobody answered", RING_MAX.as_secs())]
    NobodyAnswered,
    #[error("given up before the answer")]
    GivenUp,
    #[error("answered, but no audio was agreed: {0}")]
    NoTerms(String),
    #[error("{0}")]
    Ended(String),
}

fn retry(after_s: &Option<u32>) -> String {
    after_s.map(|s| format!(" (try again in {s} s)")).unwrap_or_default()
}
