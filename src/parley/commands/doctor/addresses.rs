//! This machine's addresses, and which of them a peer sees.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// An address outside that stands for "the internet" (RFC 5737 section 3). Nothing is sent to it.
const OUTSIDE_V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);
/// The same for IPv6 (RFC 3849).
const OUTSIDE_V6: SocketAddr =
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 5060);

/// Every address of this machine, IPv4 first, loopback last.
pub fn all() -> Vec<IpAddr> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let v4 = local_v4(&read("/proc/net/fib_trie")).into_iter().map(IpAddr::V4);
    let v6 = local_v6(&read("/proc/net/if_inet6")).into_iter().map(IpAddr::V6);
    let mut all: Vec<IpAddr> = v4.chain(v6).collect();
    all.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    all.dedup();
    all
}

/// The address of ours that packets to the outside carry.
pub fn towards_outside(v6: bool) -> Option<IpAddr> {
    towards(if v6 { OUTSIDE_V6 } else { OUTSIDE_V4 })
}

/// Asks the routing table by connecting a UDP socket, which sends nothing.
fn towards(remote: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(remote).ok()?;
    socket.local_addr().ok().map(|local| local.ip())
}

/// Leaves of the kernel's routing trie that are this machine itself: a `/32 host LOCAL` line below
/// the address's own.
fn local_v4(trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut leaf: Option<Ipv4Addr> = None;
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(leaf);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Lines of 32 hexadecimal digits; link-local addresses (scope 20) need an interface and are left out.
fn local_v6(table: &str) -> Vec<Ipv6Addr> {
    let address = |line: &str| {
        let mut fields = line.split_whitespace();
        let bits = u128::from_str_radix(fields.next()?, 16).ok()?;
        let scope = fields.nth(2)?;
        (scope != "20").then(|| Ipv6Addr::from(bits))
    };
    table.lines().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_ipv4_addresses_are_the_host_leaves_of_the_trie() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
                    Local:\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.0.2.10\n        \
                    /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\n";
        let expected: [Ipv4Addr; 2] = ["127.0.0.1".parse().unwrap(), "192.0.2.10".parse().unwrap()];
        assert_eq!(local_v4(trie), expected);
    }

    #[test]
    fn link_local_ipv6_addresses_are_left_out() {
        let table = "00000000000000000000000000000001 01 80 10 80       lo\n\
                     fe80000000000000021122fffe334455 02 40 20 80     eth0\n\
                     20010db8000000000000000000000007 02 40 00 80     eth0\n";
        let expected: [Ipv6Addr; 2] = ["::1".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        assert_eq!(local_v6(table), expected);
        assert!(local_v6("nonsense\n\n").is_empty());
    }

    #[test]
    fn this_machine_has_an_address_of_its_own() {
        assert!(all().iter().any(IpAddr::is_loopback));
    }
}
