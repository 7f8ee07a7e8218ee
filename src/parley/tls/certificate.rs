//! What we must know of a certificate: whom it names and how long it is good (RFC 5280 section 4.1).
//!
//! ```text
//!   Certificate ─ tbs ─ [0] version, serial, algorithm, issuer, validity, subject, key, … [3] extensions
//!                                                       └ notBefore, notAfter       └ subjectAltName
//! ```
//! The chain is verified by rustls; this reads what rustls does not tell.
//!
//! Owns: names and dates out of the bytes. Never: trust; more memory than the names take.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use std::net::IpAddr;

/// Names of one certificate that are kept; further ones are not looked at.
const NAMES_MAX: usize = 256;

/// What one certificate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// `dNSName`s, lower case.
    pub hosts: Vec<String>,
    /// The domains of `sip:` URIs without a user, lower case (RFC 5922 section 7.1).
    pub domains: Vec<String>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// Good from this instant.
    pub from: Timestamp,
    /// Good to this instant.
    pub to: Timestamp,
}

impl Facts {
    /// Reads one certificate; `None` when it is not one.
    pub fn read(der: &[u8]) -> Option<Facts> {
        let mut outer = Der(der);
        let mut tbs = Der(Der(outer.expect(SEQUENCE)?).expect(SEQUENCE)?);
        tbs.skip_if(VERSION);
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            tbs.expect(tag)?;
        }
        let mut validity = Der(tbs.expect(SEQUENCE)?);
        let (from, to) = (validity.time()?, validity.time()?);
        let mut facts =
            Facts { hosts: Vec::new(), domains: Vec::new(), addresses: Vec::new(), from, to };
        while let Some((tag, content)) = tbs.next() {
            if tag == EXTENSIONS {
                let mut all = Der(Der(content).expect(SEQUENCE)?);
                while let Some((SEQUENCE, extension)) = all.next() {
                    facts.extension(Der(extension));
                }
            }
        }
        Some(facts)
    }

    /// Whom it names to a SIP peer: `sip:` domains, or, when it has none, host names
    /// (RFC 5922 section 7.1).
    pub fn identities(&self) -> Vec<String> {
        if self.domains.is_empty() { self.hosts.clone() } else { self.domains.clone() }
    }

    fn extension(&mut self, mut extension: Der<'_>) -> Option<()> {
        const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
        if extension.expect(OID)? != SUBJECT_ALT_NAME {
            return None;
        }
        extension.skip_if(BOOLEAN);
        let mut names = Der(Der(extension.expect(OCTETS)?).expect(SEQUENCE)?);
        for _ in 0..NAMES_MAX {
            let (tag, name) = names.next()?;
            self.name(tag, name);
        }
        Some(())
    }

    fn name(&mut self, tag: u8, name: &[u8]) -> Option<()> {
        match tag {
            HOST => self.hosts.push(std::str::from_utf8(name).ok()?.to_ascii_lowercase()),
            URI => self.domains.push(domain(std::str::from_utf8(name).ok()?)?),
            ADDRESS => self.addresses.push(match name.len() {
                4 => IpAddr::from(<[u8; 4]>::try_from(name).ok()?),
                _ => IpAddr::from(<[u8; 16]>::try_from(name).ok()?),
            }),
            _ => {}
        }
        Some(())
    }
}

/// The domain of `sip:domain`; `None` for another scheme or a URI with a user (RFC 5922 section 7.1).
fn domain(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let plain = scheme.eq_ignore_ascii_case("sip") && !rest.contains('@');
    let host = rest.split([';', '?', ':']).next()?;
    (plain && !host.is_empty()).then(|| host.to_ascii_lowercase())
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// Tags of names in subjectAltName.
const HOST: u8 = 0x82;
const URI: u8 = 0x86;
const ADDRESS: u8 = 0x87;

/// A run of DER values (X.690 section 8.1): tag, length, content.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            ..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |n, &b| n << 8 | usize::from(b)), rest)
            }
            // Without an end, or longer than 16 MB.
            0x80 | 0x84.. => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }

    fn skip_if(&mut self, tag: u8) {
        if self.0.first() == Some(&tag) {
            self.next();
        }
    }

    /// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 section 4.1.2.5).
    fn time(&mut self) -> Option<Timestamp> {
        let (tag, text) = self.next()?;
        let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
        let (year, rest): (i16, &str) = match tag {
            UTC_TIME => {
                let (year, rest) = text.split_at_checked(2)?;
                let year: i16 = year.parse().ok()?;
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            GENERALIZED_TIME => {
                let (year, rest) = text.split_at_checked(4)?;
                (year.parse().ok()?, rest)
            }
            _ => return None,
        };
        let two = |n: usize| rest.get(2 * n..2 * n + 2)?.parse::<i8>().ok();
        let at = DateTime::new(year, two(0)?, two(1)?, two(2)?, two(3)?, two(4)?, 0).ok()?;
        TimeZone::UTC.to_timestamp(at).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType, date_time_ymd};

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["SBC.example".to_owned()]).unwrap();
        for uri in ["sip:carrier.example", "sip:anna@carrier.example", "https://x.example"] {
            params.subject_alt_names.push(SanType::URI(uri.try_into().unwrap()));
        }
        params.subject_alt_names.push(SanType::IpAddress("192.0.2.1".parse().unwrap()));
        params.subject_alt_names.push(SanType::IpAddress("2001:db8::1".parse().unwrap()));
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2055, 3, 4);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_shows_its_names_and_dates() {
        let facts = Facts::read(&certificate()).unwrap();
        assert_eq!(facts.hosts, ["sbc.example"]);
        assert_eq!(facts.domains, ["carrier.example"]);
        assert_eq!(facts.identities(), ["carrier.example"]);
        assert_eq!(facts.addresses.len(), 2);
        assert_eq!(facts.from.to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(facts.to.to_string(), "2055-03-04T00:00:00Z");
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_it_panic() {
        let der = certificate();
        for n in 0..der.len() {
            Facts::read(&der[..n]);
            for value in [0x00, 0x30, 0x7f, 0x81, 0x84, 0xff] {
                let mut changed = der.clone();
                changed[n] = value;
                Facts::read(&changed);
            }
        }
    }
}
