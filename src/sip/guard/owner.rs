//! The part of the address space that one source has for itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom an address belongs to: itself for IPv4, its /64 for IPv6, where a host picks the rest freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Owner(IpAddr);

impl Owner {
    pub(crate) fn of(address: IpAddr) -> Owner {
        match address.to_canonical() {
            IpAddr::V4(v4) => Owner(IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits()))),
            IpAddr::V6(v6) => {
                Owner(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))))
            }
        }
    }
}
