//! Ports and addresses: can we listen, who else does, what do peers see.

use super::{Finding, addresses};
use crate::config::{Config, Listen};
use sip::Transport;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long a program that holds our port may take to say who it is.
const ANSWER_MAX: Duration = Duration::from_millis(500);
/// Ports of one call: RTP and RTCP.
const PORTS_A_CALL: usize = 2;

/// Looks at ports and addresses.
pub fn look(config: &Config) -> Vec<Finding> {
    let listens = config.listens().unwrap_or_default();
    let mut findings: Vec<Finding> = listens.iter().map(|listen| port(*listen)).collect();
    findings.push(ours());
    findings
        .extend(listens.iter().filter(|l| l.transport == Transport::Udp).map(|l| seen(config, *l)));
    if let Ok(range) = config.media_ports() {
        findings.push(media_range(&range, config.limits.calls));
        findings.extend(sip_inside(&range, &listens));
        findings.extend(outgoing_overlap(&range));
    }
    findings.extend(config.media.address.map(media_address));
    findings
}

fn port(listen: Listen) -> Finding {
    let Listen { transport, address, .. } = listen;
    let name = format!("SIP {} {address}", transport.as_str());
    let tried = match transport {
        Transport::Udp => UdpSocket::bind(address).map(drop),
        Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
            TcpListener::bind(address).map(drop)
        }
    };
    let Err(error) = tried else { return Finding::good(format!("{name} is free")) };
    match error.kind() {
        io::ErrorKind::AddrInUse => taken(&name, asked(listen)),
        io::ErrorKind::AddrNotAvailable => {
            let ours = joined(&addresses::all());
            Finding::bad(
                format!("{name} is no address of this machine"),
                format!("use one of {ours} in sip.listen"),
            )
        }
        io::ErrorKind::PermissionDenied => Finding::bad(
            format!("{name} may not be opened"),
            "ports below 1024 need a privilege; use 5060 in sip.listen",
        ),
        _ => Finding::bad(
            format!("{name} cannot be opened ({error})"),
            "choose another in sip.listen",
        ),
    }
}

fn taken(name: &str, server: Option<String>) -> Finding {
    match server {
        Some(server) if server.contains("Parley") => {
            Finding::good(format!("{name} is served by {server}, which answers"))
        }
        Some(server) => Finding::bad(
            format!("{name} is held by another SIP program ({server})"),
            "stop it, or choose another port in sip.listen",
        ),
        None => Finding::bad(
            format!("{name} is held by a program that does not answer SIP"),
            format!(
                "find it with `ss -lnp 'sport = :{}'`",
                name.rsplit(':').next().unwrap_or("5060")
            ),
        ),
    }
}

/// Asks whoever listens there who it is, by OPTIONS (RFC 3261 section 11); the Server header, or "SIP".
fn asked(listen: Listen) -> Option<String> {
    let ip = match listen.address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let remote = SocketAddr::new(ip, listen.address.port());
    let answer = match listen.transport {
        Transport::Udp => asked_udp(ip, remote),
        Transport::Tcp => asked_tcp(remote),
        Transport::Tls | Transport::Ws | Transport::Wss => return None,
    };
    server(&answer.ok()?)
}

fn asked_udp(ip: IpAddr, remote: SocketAddr) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::new(ip, 0))?;
    socket.connect(remote)?;
    socket.set_read_timeout(Some(ANSWER_MAX))?;
    socket.send(options("UDP", socket.local_addr()?, remote).as_bytes())?;
    let mut buffer = vec![0; 4_096];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn asked_tcp(remote: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&remote, ANSWER_MAX)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.write_all(options("TCP", stream.local_addr()?, remote).as_bytes())?;
    let mut buffer = vec![0; 4_096];
    let length = stream.read(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn options(transport: &str, local: SocketAddr, remote: SocketAddr) -> String {
    let mark = local.port();
    format!(
        "OPTIONS sip:{remote} SIP/2.0\r\nVia: SIP/2.0/{transport} {local};rport;branch=z9hG4bKdoctor{mark}\r\n\
         Max-Forwards: 0\r\nFrom: <sip:doctor@{local}>;tag=d{mark}\r\nTo: <sip:{remote}>\r\n\
         Call-ID: doctor-{mark}@{local}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

fn server(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let mut lines = text.lines();
    lines.next().filter(|first| first.starts_with("SIP/2.0 "))?;
    let named = lines.filter_map(|line| line.split_once(':')).find(|(name, _)| {
        name.trim().eq_ignore_ascii_case("server") || name.trim().eq_ignore_ascii_case("user-agent")
    });
    Some(named.map_or_else(|| "SIP".to_owned(), |(_, value)| value.trim().to_owned()))
}

fn ours() -> Finding {
    let all = addresses::all();
    if all.iter().any(|ip| !ip.is_loopback()) {
        return Finding::good(format!("this machine's addresses: {}", joined(&all)));
    }
    Finding::look(
        format!("this machine has only {}", joined(&all)),
        "calls can come from this machine alone; look at its network if that is not meant",
    )
}

/// What a peer is told to send to.
fn seen(config: &Config, listen: Listen) -> Finding {
    let ip = listen.address.ip();
    let port = listen.address.port();
    if let Some(advertised) = config.sip.advertised {
        return Finding::good(format!("peers are told {}", SocketAddr::new(advertised, port)));
    }
    let outside = addresses::towards_outside(ip.is_ipv6()).filter(|ip| !ip.is_loopback());
    match (ip.is_loopback(), ip.is_unspecified(), outside) {
        (true, _, Some(outside)) => Finding::look(
            format!("{} is reached from this machine only", listen.address),
            format!(
                "for other phones use sip.listen = [\"udp:{}\"]",
                SocketAddr::new(outside, port)
            ),
        ),
        (true, _, None) => {
            Finding::good(format!("{} is reached from this machine only", listen.address))
        }
        (_, true, Some(outside)) => Finding::good(format!(
            "a peer outside sees {}, one nearer the address on its own network",
            SocketAddr::new(outside, port)
        )),
        (_, true, None) => Finding::look(
            format!("{} has no route to the outside", listen.address),
            "peers on this network can call; set a default route for others",
        ),
        (false, false, _) => Finding::good(format!("a peer sees {}", listen.address)),
    }
}

fn media_range(range: &RangeInclusive<u16>, calls: usize) -> Finding {
    // A pair begins on an even port (RFC 3550 section 11).
    let first_even = usize::from(*range.start()).next_multiple_of(2);
    let room = (usize::from(*range.end()) + 1).saturating_sub(first_even) / PORTS_A_CALL;
    let name = format!("media ports {}-{}", range.start(), range.end());
    if room >= calls {
        return Finding::good(format!(
            "{name} are enough for {room} calls, limits.calls is {calls}"
        ));
    }
    Finding::bad(
        format!("{name} are enough for {room} calls only, limits.calls is {calls}"),
        "widen media.ports or lower limits.calls",
    )
}

fn sip_inside(range: &RangeInclusive<u16>, listens: &[Listen]) -> Option<Finding> {
    let inside = listens
        .iter()
        .find(|l| l.transport == Transport::Udp && range.contains(&l.address.port()))?;
    Some(Finding::bad(
        format!("SIP port {} lies within media.ports", inside.address.port()),
        "move one of them away",
    ))
}

/// Ports that the system gives to outgoing sockets may be taken when a call wants them.
fn outgoing_overlap(range: &RangeInclusive<u16>) -> Option<Finding> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    overlap(range, &text)
}

fn overlap(range: &RangeInclusive<u16>, outgoing: &str) -> Option<Finding> {
    let mut ends = outgoing.split_whitespace().map(str::parse::<u16>);
    let (Some(Ok(first)), Some(Ok(last))) = (ends.next(), ends.next()) else { return None };
    if *range.end() < first || *range.start() > last {
        return None;
    }
    Some(Finding::look(
        format!("media.ports overlap the system's outgoing ports {first}-{last}"),
        "end the range below, or other programs take ports that calls want",
    ))
}

fn media_address(ip: IpAddr) -> Finding {
    match UdpSocket::bind(SocketAddr::new(ip, 0)) {
        Ok(_) => Finding::good(format!("media address {ip} can be used")),
        Err(error) => Finding::bad(
            format!("media address {ip} cannot be used ({error})"),
            format!("use one of {} in media.address", joined(&addresses::all())),
        ),
    }
}

fn joined(addresses: &[IpAddr]) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    fn udp(address: SocketAddr) -> Listen {
        Listen { transport: Transport::Udp, address, clients: Default::default(), private: false }
    }

    use super::super::Mark;
    use super::*;

    #[test]
    fn a_port_that_a_mute_program_holds_is_bad_and_a_free_one_is_good() {
        let held = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        let finding = port(udp(address));
        assert_eq!(finding.mark, Mark::Bad);
        assert!(finding.todo.unwrap().contains(&format!(":{}", address.port())));
        drop(held);
        assert_eq!(port(udp(address)).mark, Mark::Good);
    }

    #[test]
    fn who_answers_is_read_from_its_server_header() {
        assert_eq!(
            server(b"SIP/2.0 200 OK\r\nServer: Parley/0.1.0\r\n\r\n"),
            Some("Parley/0.1.0".into())
        );
        assert_eq!(server(b"SIP/2.0 483 Too Many Hops\r\n\r\n"), Some("SIP".into()));
        assert_eq!(server(b"HTTP/1.1 400 Bad Request\r\n\r\n"), None);
        assert_eq!(taken("SIP UDP 127.0.0.1:5060", Some("Parley/0.1.0".into())).mark, Mark::Good);
        assert_eq!(taken("SIP UDP 127.0.0.1:5060", Some("sipp".into())).mark, Mark::Bad);
    }

    #[test]
    fn a_media_range_holds_one_even_and_one_odd_port_a_call() {
        assert_eq!(media_range(&(16_384..=32_767), 2_000).mark, Mark::Good);
        let tight = media_range(&(10_001..=10_010), 5);
        assert!(tight.what.contains("enough for 4 calls only"), "{}", tight.what);
    }

    #[test]
    fn overlaps_are_named() {
        assert!(overlap(&(16_384..=32_767), "32768\t60999\n").is_none());
        assert!(overlap(&(30_000..=40_000), "32768\t60999\n").is_some());
        let address = "127.0.0.1:20000".parse().unwrap();
        assert!(sip_inside(&(16_384..=32_767), &[udp(address)]).is_some());
    }
}
