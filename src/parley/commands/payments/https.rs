//! One question to the gateway over HTTPS and one answer: its name proved by the roots that are given, no
//! redirect, no proxy, nothing kept open.
//!
//! RFC 9112: an answer is as long as it says (section 6), in chunks (section 7.1), or until the end.

use super::Failure;
use crate::config::Gateway;
use crate::tls::files;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Seconds for one question with its answer, beyond which the answer counts as lost.
const ANSWER_S_MAX: u64 = 40;
/// Bytes of an answer: a page of a hundred payments has less than a megabyte. Beyond, it is nonsense.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A gateway and how it proves who it is.
pub struct Https {
    host: String,
    port: u16,
    addresses: Vec<SocketAddr>,
    connector: TlsConnector,
}

/// A question.
pub struct Question<'a> {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// With what follows a `?`.
    pub target: &'a str,
    /// Beside those that every question has.
    pub fields: &'a [(&'static str, String)],
    /// The form; none with `GET`.
    pub form: &'a [(&'static str, String)],
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// 200, 402 …
    pub status: u16,
    /// What it says.
    pub body: Vec<u8>,
}

/// Why there is none. What was asked may have been done all the same.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error(
        "the gateway {host} cannot be reached: {why}; look at payments.url, payments.addresses and the network"
    )]
    Unreached { host: String, why: String },
    #[error("the gateway {host} gave no answer: {why}")]
    Lost { host: String, why: String },
}

impl Https {
    pub async fn to(gateway: &Gateway) -> Result<Self, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(files::roots_of(&gateway.roots_file)?)
            .with_no_client_auth();
        let at = |ip: &std::net::IpAddr| SocketAddr::new(*ip, gateway.port);
        let mut addresses: Vec<SocketAddr> = gateway.addresses.iter().map(at).collect();
        if addresses.is_empty() {
            let host = (gateway.host.as_str(), gateway.port);
            let found = tokio::net::lookup_host(host).await;
            let why = |error: std::io::Error| NoAnswer::Unreached {
                host: gateway.host.clone(),
                why: error.to_string(),
            };
            addresses.extend(found.map_err(why)?);
        }
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Self { host: gateway.host.clone(), port: gateway.port, addresses, connector })
    }

    /// Asks once; never again by itself.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answer, NoAnswer> {
        let lost = |why: String| NoAnswer::Lost { host: self.host.clone(), why };
        let limit = Duration::from_secs(ANSWER_S_MAX);
        match tokio::time::timeout(limit, self.talk(question)).await {
            Ok(answer) => answer,
            Err(_) => Err(lost(format!("none came within {ANSWER_S_MAX} s"))),
        }
    }

    async fn talk(&self, question: &Question<'_>) -> Result<Answer, NoAnswer> {
        let unreached = |why: String| NoAnswer::Unreached { host: self.host.clone(), why };
        let lost = |why: String| NoAnswer::Lost { host: self.host.clone(), why };
        let stream = TcpStream::connect(&*self.addresses).await;
        let stream = stream.map_err(|error| unreached(error.to_string()))?;
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| unreached(error.to_string()))?;
        // nothing is written before the name is proved
        let stream = self.connector.connect(name, stream).await;
        let mut stream = stream.map_err(|error| unreached(error.to_string()))?;
        let asked = self.written(question);
        stream.write_all(asked.as_bytes()).await.map_err(|error| lost(error.to_string()))?;
        stream.flush().await.map_err(|error| lost(error.to_string()))?;
        let mut bytes = Vec::new();
        loop {
            let mut chunk = [0; 16_384];
            let read = stream.read(&mut chunk).await;
            let count = read.map_err(|error| lost(error.to_string()))?;
            bytes.extend(&chunk[..count]);
            match read_answer(&bytes, count == 0) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(Nonsense) => return Err(lost("its answer makes no sense".to_owned())),
            }
        }
    }

    fn written(&self, question: &Question<'_>) -> String {
        let Question { method, target, .. } = question;
        let host = match self.port {
            443 => self.host.clone(),
            port => format!("{}:{port}", self.host),
        };
        let form = question.form.iter();
        let pairs = form.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut text =
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in question.fields {
            text += &format!("{name}: {value}\r\n");
        }
        if *method == "POST" {
            let length = body.len();
            text += &format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
            );
        }
        text + "\r\n" + &body
    }
}

/// As a form wants it.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The bytes are no answer that can be followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Nonsense;

/// Reads what has come so far: `None` means that more must come. `ended`: nothing more will.
fn read_answer(bytes: &[u8], ended: bool) -> Result<Option<Answer>, Nonsense> {
    if bytes.len() > ANSWER_BYTES_MAX {
        return Err(Nonsense);
    }
    let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
        return if ended { Err(Nonsense) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..at]).map_err(|_| Nonsense)?;
    let rest = &bytes[at + 4..];
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3));
    let status = status.and_then(|status| status.parse().ok()).ok_or(Nonsense)?;
    let field = |wanted: &str| {
        let mut fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let body = match (field("transfer-encoding"), field("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => unchunked(rest)?,
        (Some(_), _) => return Err(Nonsense),
        (None, Some(length)) => {
            let length: usize = length.parse().map_err(|_| Nonsense)?;
            rest.get(..length).map(<[u8]>::to_vec)
        }
        (None, None) => ended.then(|| rest.to_vec()),
    };
    match body {
        Some(body) => Ok(Some(Answer { status, body })),
        None if ended => Err(Nonsense),
        None => Ok(None),
    }
}

/// Trailers are not looked at.
fn unchunked(mut rest: &[u8]) -> Result<Option<Vec<u8>>, Nonsense> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|w| w == b"\r\n") else { return Ok(None) };
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| Nonsense)?;
        let size = line.split(';').next().unwrap_or("").trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| Nonsense)?;
        if size == 0 {
            return Ok(Some(body));
        }
        if size > ANSWER_BYTES_MAX {
            return Err(Nonsense);
        }
        let Some(chunk) = rest.get(end + 2..end + 4 + size) else { return Ok(None) };
        let (chunk, line_end) = chunk.split_at(size);
        if line_end != b"\r\n" {
            return Err(Nonsense);
        }
        body.extend(chunk);
        rest = &rest[end + 4 + size..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let whole = |text: &str, ended| {
            read_answer(text.as_bytes(), ended)
                .map(|answer| answer.map(|a| (a.status, String::from_utf8(a.body).unwrap())))
        };
        let answer = |body: &str| Ok(Some((200, body.to_owned())));
        let counted = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        assert_eq!(whole(&format!("{counted}abcdef"), false), answer("abcd"));
        assert_eq!(whole(&format!("{counted}abc"), false), Ok(None));
        assert_eq!(whole(&format!("{counted}abc"), true), Err(Nonsense), "cut off");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            whole(&format!("{chunked}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), false),
            answer("abcde")
        );
        assert_eq!(whole(&format!("{chunked}3\r\nabc\r\n2"), false), Ok(None));
        for wrong in ["g\r\n", "3\r\nabcde", "ffffffffffffffff\r\n", "fffffff\r\n"] {
            assert_eq!(whole(&format!("{chunked}{wrong}"), true), Err(Nonsense), "{wrong}");
        }
        let endless = "HTTP/1.1 200 OK\r\n\r\nabc";
        assert_eq!(whole(endless, false), Ok(None));
        assert_eq!(whole(endless, true), answer("abc"));
        for wrong in
            ["", "HTTP/1.1 20", "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
        {
            assert_eq!(whole(wrong, true), Err(Nonsense), "{wrong}");
        }
    }

    #[test]
    fn a_form_is_written_so_that_nothing_in_it_ends_it() {
        assert_eq!(encoded("metadata[wish]"), "metadata%5Bwish%5D");
        assert_eq!(encoded("a&b=c\r\n"), "a%26b%3Dc%0D%0A");
    }
}
