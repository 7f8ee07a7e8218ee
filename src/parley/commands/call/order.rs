//! What the test phone is told on the command line, read before anything is sent.

use super::script::{Script, ScriptError};
use crate::cli;
use sip::{NameAddr, Scheme, Transport, Uri};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The longest call; it is ended with a BYE.
pub const CALL_MAX: Duration = Duration::from_secs(10 * 60);

/// What is wrong on the command line, and what to write.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("{text:?} cannot be called: {why}; write it like sip:hotline@127.0.0.1:5060")]
    Target { text: String, why: String },
    #[error("--from {text:?} is no caller; write a number like +48600100200 or a SIP address")]
    From { text: String },
    #[error("{option} {value} is no time; write seconds from 0 to {max}", max = CALL_MAX.as_secs())]
    Seconds { option: &'static str, value: f64 },
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error("cannot write {path}: {source}; name a file in a directory that is there", path = path.display())]
    Record { path: PathBuf, source: std::io::Error },
    #[error(
        "the host {host} is not found ({source}); write an IP address, or look at its spelling"
    )]
    Host { host: String, source: std::io::Error },
    #[error("the host {host} has no address; write an IP address")]
    NoAddress { host: String },
}

/// One call to make.
pub struct Order {
    pub target: Uri,
    pub transport: Transport,
    pub from: String,
    pub keys_by: cli::KeysBy,
    pub record: Option<PathBuf>,
    pub hang_up_after: Option<Duration>,
    pub late_offer: bool,
    /// Who may have issued the server's certificate; unset: the machine's authorities.
    pub ca: Option<PathBuf>,
}

impl Order {
    /// Reads the options; a recording's file is made now, because after the call it would be too late
    /// to say that it cannot be written.
    pub fn read(args: &cli::Call) -> Result<(Self, Script), OrderError> {
        let script = Script::parse(&args.keys, seconds("--keys-after", args.keys_after)?)?;
        let target = target(&args.target)?;
        let hang_up = args.hang_up_after.map(|s| seconds("--hang-up-after", s)).transpose()?;
        if let Some(path) = &args.record {
            let made = std::fs::File::create(path);
            made.map_err(|source| OrderError::Record { path: path.clone(), source })?;
        }
        let order = Self {
            transport: transport(&target).map_err(|why| faulty(&args.target, why))?,
            target,
            from: args.from.clone(),
            keys_by: args.keys_by,
            record: args.record.clone(),
            hang_up_after: hang_up,
            late_offer: args.late_offer,
            ca: args.ca.clone(),
        };
        order.from(IpAddr::from([127, 0, 0, 1]))?;
        Ok((order, script))
    }

    /// Who we say we are, at our address.
    pub fn from(&self, ip: IpAddr) -> Result<NameAddr, OrderError> {
        let bad = || OrderError::From { text: self.from.clone() };
        if self.from.contains(':') {
            return NameAddr::parse(self.from.as_bytes()).ok_or_else(bad);
        }
        let host = SocketAddr::new(ip, 0).to_string();
        let host = host.trim_end_matches(":0");
        let uri = Uri::parse(format!("sip:{}@{host}", self.from).as_bytes());
        Ok(NameAddr::new(uri.map_err(|_| bad())?))
    }

    /// Where the first message goes; IPv4 first, because `localhost` is often both and servers listen
    /// on one.
    pub async fn first_hop(&self) -> Result<SocketAddr, OrderError> {
        let port = self.target.port().unwrap_or(self.transport.default_port());
        if let Some(ip) = self.target.host_ip() {
            return Ok(SocketAddr::new(ip, port));
        }
        let host = self.target.host().to_owned();
        let found = tokio::net::lookup_host((host.as_str(), port)).await.map(Vec::from_iter);
        let found = match found {
            Ok(found) => found,
            Err(source) => return Err(OrderError::Host { host, source }),
        };
        let v4 = found.iter().find(|address| address.is_ipv4());
        v4.or(found.first()).copied().ok_or(OrderError::NoAddress { host })
    }
}

fn faulty(text: &str, why: impl ToString) -> OrderError {
    OrderError::Target { text: text.to_owned(), why: why.to_string() }
}

/// `127.0.0.1`, `hotline@host:5060` and `sip:…` are all meant the same way.
fn target(text: &str) -> Result<Uri, OrderError> {
    let bare = text.trim();
    let known = ["sip:", "sips:", "tel:"];
    let has_scheme = known.iter().any(|s| bare.to_ascii_lowercase().starts_with(s));
    let full = if has_scheme { bare.to_owned() } else { format!("sip:{bare}") };
    let uri = Uri::parse(full.as_bytes()).map_err(|error| faulty(text, error))?;
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips => Ok(uri),
        Scheme::Tel | Scheme::Other => {
            Err(faulty(text, "a number alone does not say which server"))
        }
    }
}

fn transport(target: &Uri) -> Result<Transport, &'static str> {
    Transport::of_uri(target)
        .ok_or("its transport is none of udp, tcp, tls, ws; sips: makes them secure")
}

fn seconds(option: &'static str, value: f64) -> Result<Duration, OrderError> {
    let time = Duration::try_from_secs_f64(value).ok().filter(|time| *time <= CALL_MAX);
    time.ok_or(OrderError::Seconds { option, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn order(line: &str) -> Result<Order, String> {
        match Cli::try_parse_from(line.split_whitespace()).unwrap().command {
            Command::Call(args) => {
                Order::read(&args).map(|(order, _)| order).map_err(|e| e.to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_may_be_written_short() {
        for text in
            ["sip:hotline@127.0.0.1:5070", "hotline@127.0.0.1:5070", "SIP:hotline@127.0.0.1:5070"]
        {
            let order = order(&format!("parley call {text}")).unwrap();
            assert_eq!(order.target.user(), Some("hotline"), "{text}");
            assert_eq!(order.target.port(), Some(5070), "{text}");
            assert_eq!(order.transport, Transport::Udp);
        }
        let tcp = order("parley call sip:hotline@[::1];transport=TCP").unwrap();
        assert_eq!(tcp.transport, Transport::Tcp);
        let tls = order("parley call sips:hotline@[::1]").unwrap();
        assert_eq!(tls.transport, Transport::Tls);
        let wss = order("parley call sips:hotline@[::1];transport=ws").unwrap();
        assert_eq!(wss.transport, Transport::Wss);
    }

    #[test]
    fn what_cannot_be_called_is_refused_with_an_example() {
        for bad in [
            "tel:+48221234567",
            "sips:a@b;transport=udp",
            "sip:a@b;transport=sctp",
            "sip:a b@c",
            "sip:x@h:99999",
        ] {
            let args = ["parley", "call", bad];
            let Command::Call(args) = Cli::try_parse_from(args).unwrap().command else { panic!() };
            let error = Order::read(&args).map(drop).unwrap_err().to_string();
            assert!(error.contains("sip:hotline@127.0.0.1:5060"), "{bad}: {error}");
        }
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for bad in ["--keys-after NaN", "--hang-up-after inf", "--hang-up-after 601"] {
            let error = order(&format!("parley call sip:a@127.0.0.1 {bad}")).map(drop).unwrap_err();
            assert!(error.contains("from 0 to 600"), "{error}");
        }
    }

    #[test]
    fn the_caller_is_a_number_at_our_address_or_an_address() {
        let from = |text: &str, ip: &str| {
            let order = order(&format!("parley call sip:a@127.0.0.1 --from {text}")).unwrap();
            order.from(ip.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(from("+48600100200", "127.0.0.1"), "<sip:+48600100200@127.0.0.1>");
        assert_eq!(from("100", "::1"), "<sip:100@[::1]>");
        assert_eq!(from("sip:anna@example.com", "::1"), "<sip:anna@example.com>");
        assert!(
            order("parley call sip:a@127.0.0.1 --from <>")
                .map(drop)
                .unwrap_err()
                .contains("--from")
        );
    }

    #[test]
    fn a_recording_that_cannot_be_written_is_told_before_the_call() {
        let error =
            order("parley call sip:a@127.0.0.1 --record /proc/none/a.wav").map(drop).unwrap_err();
        assert!(error.contains("/proc/none/a.wav"), "{error}");
    }
}
