//! Pairs of UDP ports: even for RTP, the next for RTCP (RFC 3550 section 11).
//!
//! Owns: which pairs are free. A pair that comes back goes to the end of the row, so that it rests as
//! long as possible: late packets of the old call find nobody.
//! Never: packets.

use crate::limits::{PORT_TRIES, RECEIVE_BUFFER_BYTES, TRAFFIC_CLASS};
use rustix::net::sockopt;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

/// A pair in use.
pub(crate) struct Pair {
    /// The even port.
    pub(crate) port: u16,
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
}

/// Why there is no pair.
#[derive(Debug, thiserror::Error)]
pub enum NoPort {
    /// All are in use.
    #[error("no media port is free; refuse the call with 503, or widen the port range")]
    AllInUse,
    /// The system refuses.
    #[error("no media port could be opened on {ip}; check the address and the limit of open files")]
    System {
        /// Where.
        ip: IpAddr,
        /// What the system said last.
        #[source]
        source: std::io::Error,
    },
}

/// The pairs that are free.
pub(crate) struct Ports {
    free: VecDeque<u16>,
}

impl Ports {
    /// All whole pairs within `range`.
    pub(crate) fn new(range: &RangeInclusive<u16>) -> Self {
        let pairs = range.clone().filter(|port| port % 2 == 0 && *port != 0 && port < range.end());
        Self { free: pairs.collect() }
    }

    /// The same pairs from an unforeseeable one on: a stranger cannot guess the next (RFC 6056), and two
    /// programs with one range do not both begin at its start.
    pub(crate) fn shuffled(range: &RangeInclusive<u16>) -> Self {
        let mut ports = Self::new(range);
        let drawn = RandomState::new().build_hasher().finish() as usize;
        let begin = drawn % ports.free.len().max(1);
        ports.free.rotate_left(begin);
        ports
    }

    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }

    /// Opens the pair that has rested longest. One that another program holds is passed over.
    pub(crate) fn open(&mut self, ip: IpAddr) -> Result<Pair, NoPort> {
        let mut last = NoPort::AllInUse;
        for _ in 0..PORT_TRIES.min(self.free.len()) {
            let Some(port) = self.free.pop_front() else { break };
            match bind_pair(ip, port) {
                Ok(pair) => return Ok(pair),
                Err(source) => {
                    self.free.push_back(port);
                    let held_by_another = source.kind() == ErrorKind::AddrInUse;
                    last = NoPort::System { ip, source };
                    if !held_by_another {
                        break;
                    }
                }
            }
        }
        Err(last)
    }

    /// A pair is no longer used.
    pub(crate) fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }
}

fn bind_pair(ip: IpAddr, port: u16) -> std::io::Result<Pair> {
    Ok(Pair {
        port,
        rtp: bind(SocketAddr::new(ip, port))?,
        rtcp: bind(SocketAddr::new(ip, port + 1))?,
    })
}

fn bind(at: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(at)?;
    socket.set_nonblocking(true)?;
    sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER_BYTES)?;
    // a network or a sandbox may not allow marking; calls work without
    let _ = match at {
        SocketAddr::V4(_) => sockopt::set_ip_tos(&socket, TRAFFIC_CLASS),
        SocketAddr::V6(_) => sockopt::set_ipv6_tclass(&socket, u32::from(TRAFFIC_CLASS)),
    };
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn pairs_are_even_and_whole() {
        assert_eq!(Ports::new(&(10_001..=10_006)).free, [10_002, 10_004]);
        assert_eq!(Ports::new(&(10_000..=10_001)).free, [10_000]);
        assert_eq!(Ports::new(&(65_534..=65_535)).free, [65_534]);
        assert_eq!(Ports::new(&(0..=1)).free(), 0);
    }

    #[test]
    fn a_pair_that_comes_back_rests_longest() {
        let mut ports = Ports::new(&(31_000..=31_005));
        let first = ports.open(HERE).unwrap();
        ports.give_back(first.port);
        let second = ports.open(HERE).unwrap();
        assert_eq!((first.port, second.port, ports.free()), (31_000, 31_002, 2));
        assert_eq!(second.rtcp.local_addr().unwrap().port(), 31_003);
    }

    #[test]
    fn a_port_held_by_another_program_is_passed_over() {
        let held = UdpSocket::bind((HERE, 0)).unwrap();
        let port = held.local_addr().unwrap().port() & !1;
        let mut ports = Ports { free: VecDeque::from([port, 31_010]) };
        assert_eq!(ports.open(HERE).unwrap().port, 31_010);
        assert_eq!(ports.free, [port]);
    }

    #[test]
    fn a_start_takes_nothing_from_the_range() {
        let range = 31_100..=31_199;
        let mut ports: Vec<u16> = Ports::shuffled(&range).free.into();
        ports.sort_unstable();
        assert_eq!(ports, Vec::from(Ports::new(&range).free));
        assert_eq!(Ports::shuffled(&(0..=1)).free(), 0);
    }

    #[test]
    fn an_address_that_is_not_ours_is_tried_once() {
        let elsewhere: IpAddr = "198.51.100.77".parse().unwrap();
        let mut ports = Ports::new(&(31_200..=31_299));
        assert!(matches!(ports.open(elsewhere), Err(NoPort::System { .. })));
        assert_eq!(ports.free.back(), Some(&31_200), "one try, and nothing is lost");
        assert_eq!(ports.free(), 50);
    }

    #[test]
    fn when_all_are_in_use_the_error_says_what_to_do() {
        let mut ports = Ports::new(&(31_020..=31_021));
        let _held = ports.open(HERE).unwrap();
        let refusal = ports.open(HERE).err().unwrap();
        assert!(refusal.to_string().contains("503"), "{refusal}");
    }
}
