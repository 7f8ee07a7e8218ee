//! One TCP or TLS connection from its first byte to its last.
//!
//! One task reads, decides and writes: while a peer does not read what we send, it is not read from.
//!
//! Owns: framing, keep-alives, the end. Never: more than one message and one read in memory.

use super::flows::Outbox;
use super::keep_alive::{Due, Vitals};
use super::limits::{READ_BYTES, WRITE_MAX};
use crate::core::{Shared, turn};
use sip::{Frame, Framer, Path};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep_until, timeout};

/// A keep-alive and its answer (RFC 5626 section 4.4.1).
const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// The peer closed it, or the network did.
    Gone,
    /// What it sent cannot be followed any more; what waits for it is still sent.
    Unreadable,
    /// It does not read, or says nothing.
    GivenUp,
}

/// Serves it to its end and tells the exchange that it is closed.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    core: &Shared,
    mut stream: S,
    path: Path,
    mut outbox: Outbox,
    vitals: Vitals,
) {
    let end = exchange_bytes(core, &mut stream, &path, &mut outbox, vitals).await;
    if let Some(id) = path.connection {
        core.borrow_mut().sockets.flows.close(id);
    }
    if end == End::Unreadable {
        while let Some(bytes) = outbox.waiting() {
            if write(&mut stream, &bytes).await.is_err() {
                break;
            }
        }
    }
    if end != End::GivenUp {
        let _ = timeout(WRITE_MAX, stream.shutdown()).await;
    }
    turn(core, |exchange, now| exchange.handle_transport_error(now, &path));
}

async fn exchange_bytes<S: AsyncRead + AsyncWrite + Unpin>(
    core: &Shared,
    stream: &mut S,
    path: &Path,
    outbox: &mut Outbox,
    mut vitals: Vitals,
) -> End {
    let clock = core.borrow().clock;
    let closing = outbox.closing.clone();
    let mut framer = Framer::new(sip::Limits::default().message_bytes_max);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let wake = tokio::time::Instant::from_std(clock.instant(vitals.deadline()));
        tokio::select! {
            got = stream.read(&mut buffer) => {
                let Ok(length @ 1..) = got else { return End::Gone };
                framer.handle_bytes(&buffer[..length]);
                if let Err(end) = frames(core, stream, path, &mut framer, &mut vitals).await {
                    return end;
                }
                vitals.heard(clock.moment(), !framer.is_between());
                tokio::task::yield_now().await;
            }
            Some(bytes) = outbox.next() => {
                let written = tokio::select! {
                    written = write(stream, &bytes) => written,
                    () = closing.notified() => Err(End::GivenUp),
                };
                if let Err(end) = written {
                    core.borrow_mut().sockets.counts.slow_peers += u64::from(end == End::GivenUp);
                    return end;
                }
            }
            () = closing.notified() => return End::GivenUp,
            () = sleep_until(wake) => match vitals.handle_timeout(clock.moment()) {
                Due::Nothing => {}
                Due::Ping => if let Err(end) = write(stream, PING).await { return end },
                Due::Close(_) => {
                    core.borrow_mut().sockets.counts.silent_peers += 1;
                    return End::GivenUp;
                }
            },
        }
    }
}

/// Takes all whole frames.
async fn frames<S: AsyncWrite + Unpin>(
    core: &Shared,
    stream: &mut S,
    path: &Path,
    framer: &mut Framer,
    vitals: &mut Vitals,
) -> Result<(), End> {
    loop {
        match framer.poll_frame() {
            Ok(Some(Frame::Message(message))) => {
                vitals.message();
                turn(core, |exchange, now| exchange.handle_sip(now, *path, &message));
            }
            // RFC 5626 section 4.4.1: a double CRLF is answered by a single one.
            Ok(Some(Frame::Ping)) => write(stream, PONG).await?,
            Ok(Some(Frame::Pong)) => vitals.pong(),
            // The stack answers 513 to the head alone; its body is never read.
            Ok(Some(Frame::TooLarge(head))) => {
                turn(core, |exchange, now| exchange.handle_sip(now, *path, &head));
                return Err(End::Unreadable);
            }
            Ok(None) => return Ok(()),
            // Where a stream lost its frame nothing after it can be trusted: close it.
            Err(_) => return Err(End::Unreadable),
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), End> {
    let written = timeout(WRITE_MAX, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::GivenUp),
    }
}
