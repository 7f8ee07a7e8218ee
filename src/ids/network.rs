//! An address or a network of addresses, as people name those they trust (RFC 4632, RFC 4291 section 2.3).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NetworkError {
    /// No address before the slash.
    #[error("{0:?} is no address; write it like 192.0.2.7 or 192.0.2.0/24")]
    NoAddress(String),
    /// A length that the family does not have.
    #[error("{0:?} has a length that its address does not have; IPv4 has 0–32, IPv6 0–128")]
    Length(String),
    /// Bits behind the length.
    #[error("{0:?} has bits set behind its length; did you mean {1}?")]
    HostBits(String, Network),
}

impl Network {
    /// One address alone.
    pub fn of(address: IpAddr) -> Network {
        let address = address.to_canonical();
        Network { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Whether an address belongs to it. An IPv4 address in IPv6's clothes counts as what it is.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.address.is_ipv4() == ip.is_ipv4() && masked(ip, self.bits) == self.address
    }

    /// Whether an address could belong to both.
    pub fn overlaps(&self, other: &Network) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }
}

fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let address: IpAddr =
            address.trim().parse().map_err(|_| NetworkError::NoAddress(text.to_owned()))?;
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match length {
            None => most,
            Some(length) => {
                let read = length.trim().parse().ok().filter(|bits| *bits <= most);
                read.ok_or_else(|| NetworkError::Length(text.to_owned()))?
            }
        };
        let clean = Network { address: masked(address, bits), bits };
        if clean.address != address {
            return Err(NetworkError::HostBits(text.to_owned(), clean));
        }
        Ok(clean)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        match self.bits == whole {
            true => write!(f, "{}", self.address),
            false => write!(f, "{}/{}", self.address, self.bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_belongs_to_the_networks_that_hold_it() {
        for (network, ip, belongs) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/0", "2001:db8::1", true),
        ] {
            assert_eq!(net(network).contains(ip.parse().unwrap()), belongs, "{network} {ip}");
        }
        assert!(net("192.0.2.0/24").overlaps(&net("192.0.2.128/25")));
        assert_eq!(Network::of("::ffff:192.0.2.7".parse().unwrap()), net("192.0.2.7"));
        assert!(!net("192.0.2.0/25").overlaps(&net("192.0.2.128/25")));
    }

    #[test]
    fn a_slip_is_named_with_what_was_meant() {
        let say = |text: &str| text.parse::<Network>().unwrap_err().to_string();
        assert!(say("192.0.2.7/24").contains("did you mean 192.0.2.0/24"));
        assert!(say("192.0.2.0/33").contains("0–32"));
        assert!(say("carrier").contains("192.0.2.0/24"));
    }
}
