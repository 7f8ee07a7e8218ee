//! SIP over WebSocket (RFC 7118): one SIP message one WebSocket message, text or binary.
//!
//! ```text
//!   GET … Upgrade: websocket, Sec-WebSocket-Protocol: sip, Origin ──▶ 101, or 400, or 403
//!   text or binary ─▶ one message          CRLF CRLF ─▶ CRLF (RFC 5626 section 4.4.1)
//!   ping every 80–100 % of the period ─▶ pong within 10 s, or closed
//! ```
//!
//! Owns: the upgrade, the keep-alive, the close code and its reason. Never: a message over the limit.

use super::keep_alive::{Due, Silence, Vitals};
use super::limits::WRITE_MAX;
use crate::core::{Shared, turn};
use futures_util::{SinkExt, StreamExt};
use sip::Path;
use std::borrow::Cow;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// An upgraded connection.
pub type Web<S> = WebSocketStream<S>;

/// Answers the upgrade.
pub async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    core: &Shared,
    stream: S,
) -> io::Result<Web<S>> {
    let origins = core.borrow().sockets.rules.origins.clone();
    let max = sip::Limits::default().message_bytes_max;
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * max)
        .max_message_size(Some(max))
        .max_frame_size(Some(max));
    #[allow(clippy::result_large_err, reason = "the crate asks for this type")]
    let check = |request: &Request, mut response: Response| {
        let refusal = refusal(request.headers(), &origins);
        if let Some((status, why)) = refusal {
            let mut answer = ErrorResponse::new(Some(why.to_owned()));
            *answer.status_mut() = status;
            return Err(answer);
        }
        let sip = HeaderValue::from_static("sip");
        response.headers_mut().insert("Sec-WebSocket-Protocol", sip);
        Ok(response)
    };
    let upgraded = accept_hdr_async_with_config(stream, check, Some(config)).await;
    upgraded.map_err(|e| io::Error::other(e.to_string()))
}

/// Why an upgrade is refused (RFC 7118 section 4, RFC 6455 section 4.2.2).
fn refusal(headers: &HeaderMap, origins: &[String]) -> Option<(StatusCode, &'static str)> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let offered = headers.get_all("Sec-WebSocket-Protocol").iter();
    let mut offered = offered.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    if !offered.any(|p| p.trim() == "sip") {
        return Some((StatusCode::BAD_REQUEST, "ask for the WebSocket subprotocol sip"));
    }
    // No browser leaves it out; what is none may be let in.
    let origin = headers.get("Origin")?;
    let allowed = origin.to_str().is_ok_and(|origin| match origins.is_empty() {
        true => origin.split_once("://").is_some_and(|(_, host)| Some(host) == text("Host")),
        false => origins.iter().any(|o| o.eq_ignore_ascii_case(origin)),
    });
    (!allowed).then_some((StatusCode::FORBIDDEN, "this page may not call: name it in sip.origins"))
}

/// Serves it to its end and tells the exchange that it is closed.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(core: &Shared, mut web: Web<S>, path: Path) {
    let Some(id) = path.connection else { return };
    let (code, reason) = exchange_messages(core, &mut web, path, id).await;
    core.borrow_mut().sockets.flows.close(id);
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(WRITE_MAX, web.close(Some(frame))).await;
    turn(core, |exchange, now| exchange.handle_transport_error(now, &path));
}

async fn exchange_messages<S: AsyncRead + AsyncWrite + Unpin>(
    core: &Shared,
    web: &mut Web<S>,
    path: Path,
    id: u64,
) -> (CloseCode, &'static str) {
    let clock = core.borrow().clock;
    let now = clock.moment();
    let period = core.borrow().sockets.rules.keep_alive;
    let mut vitals = Vitals::accepted(now).pinging(now, period, id.wrapping_mul(617), true);
    let mut outbox = core.borrow_mut().sockets.flows.open(id, None);
    let closing = outbox.closing.clone();
    loop {
        let wake = tokio::time::Instant::from_std(clock.instant(vitals.deadline()));
        let reply = tokio::select! {
            got = web.next() => {
                vitals.heard(clock.moment(), false);
                let bytes: Cow<'_, [u8]> = match &got {
                    Some(Ok(Message::Text(text))) => text.as_bytes().into(),
                    Some(Ok(Message::Binary(bytes))) => bytes.as_ref().into(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                    Some(Ok(Message::Close(_))) | None => return (CloseCode::Normal, ""),
                    Some(Err(error)) => return close_code(error),
                };
                match bytes.as_ref() {
                    b"\r\n\r\n" => Some(Message::text("\r\n")),
                    b"\r\n" | b"" => None,
                    message => {
                        vitals.message();
                        turn(core, |exchange, now| exchange.handle_sip(now, path, message));
                        tokio::task::yield_now().await;
                        None
                    }
                }
            }
            Some(bytes) = outbox.next() => Some(framed(bytes)),
            () = closing.notified() => return (CloseCode::Policy, "messages are not read"),
            () = sleep_until(wake) => match vitals.handle_timeout(clock.moment()) {
                Due::Nothing => None,
                Due::Ping => Some(Message::Ping(Vec::new().into())),
                Due::Close(why) => {
                    core.borrow_mut().sockets.counts.silent_peers += 1;
                    return (CloseCode::Policy, silence(why));
                }
            },
        };
        let Some(message) = reply else { continue };
        match timeout(WRITE_MAX, web.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return (CloseCode::Normal, ""),
            Err(_) => {
                core.borrow_mut().sockets.counts.slow_peers += 1;
                return (CloseCode::Policy, "messages are not read");
            }
        }
    }
}

/// Text where it is text, which some browsers' SIP stacks insist on.
fn framed(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(error) => Message::binary(error.into_bytes()),
    }
}

fn close_code(error: &Error) -> (CloseCode, &'static str) {
    match error {
        Error::Capacity(_) => (CloseCode::Size, "the message is too large"),
        Error::Protocol(_) => (CloseCode::Protocol, "this is no WebSocket frame"),
        Error::Utf8(_) => (CloseCode::Invalid, "the text is no UTF-8"),
        _ => (CloseCode::Normal, ""),
    }
}

fn silence(why: Silence) -> &'static str {
    match why {
        Silence::NoMessage | Silence::HalfMessage => "no SIP message came",
        Silence::NoPong => "a ping was not answered",
        Silence::Idle => "nothing was said for too long",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(headers: &[(&'static str, &'static str)], origins: &[&str]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let origins: Vec<String> = origins.iter().map(|o| (*o).to_owned()).collect();
        refusal(&map, &origins).map_or(101, |(status, _)| status.as_u16())
    }

    #[test]
    fn an_upgrade_needs_the_subprotocol_and_an_allowed_page() {
        const SIP: (&str, &str) = ("sec-websocket-protocol", "msrp, sip");
        const HOST: (&str, &str) = ("host", "pbx.example:8443");
        const OWN: (&str, &str) = ("origin", "https://pbx.example:8443");
        const OTHER: (&str, &str) = ("origin", "https://console.example");
        assert_eq!(verdict(&[HOST], &[]), 400);
        assert_eq!(verdict(&[("sec-websocket-protocol", "sips"), HOST], &[]), 400);
        assert_eq!(verdict(&[SIP, HOST], &[]), 101, "no browser, no origin");
        assert_eq!(verdict(&[SIP, HOST, OWN], &[]), 101);
        assert_eq!(verdict(&[SIP, HOST, OTHER], &[]), 403);
        assert_eq!(verdict(&[SIP, HOST, OTHER], &["https://console.example"]), 101);
        assert_eq!(verdict(&[SIP, HOST, OWN], &["https://console.example"]), 403);
    }
}
