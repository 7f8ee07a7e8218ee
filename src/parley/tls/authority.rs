//! `parley certs init`: an authority of one's own, and a server certificate that it signed.
//!
//! Owns: four files, private ones 0600, none ever written over.
//! Never: a key anywhere else.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Days that the authority is good.
const AUTHORITY_DAYS: i64 = 3_650;
/// Days that a server or client certificate is good: what browsers still take from a private authority.
const LEAF_DAYS: i64 = 397;
/// Names of one certificate.
const NAMES_MAX: usize = 100;

/// Certificate and key of the authority, then of the server.
pub const FILES: [&str; 4] = ["authority.pem", "authority.key", "server.pem", "server.key"];

/// Why there are no certificates, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("{path} is there already and is never written over; move it away, or name another --dir", path = path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {path}: {source}; name a directory that you may write to with --dir", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("'{0}' is no host name, address or sip: domain")]
    Name(String),
    #[error("name at most {NAMES_MAX} hosts")]
    TooMany,
    #[error("the certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// What goes into files: PEM texts in the order of [`FILES`].
pub struct Made {
    pub authority: String,
    pub authority_key: String,
    pub server: String,
    pub server_key: String,
}

/// Makes an authority and a certificate for these names: hosts, addresses, or `sip:domain`.
pub fn make(names: &[String], today: jiff::Timestamp) -> Result<Made, AuthorityError> {
    if names.len() > NAMES_MAX {
        return Err(AuthorityError::TooMany);
    }
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "Parley local authority");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    good_for(&mut root, today, AUTHORITY_DAYS);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;

    let mut leaf = CertificateParams::default();
    for name in names {
        leaf.subject_alt_names.push(san(name)?);
    }
    let first = names.first().map_or("parley", String::as_str);
    leaf.distinguished_name.push(DnType::CommonName, first);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // One certificate serves both ways: a trunk may ask us for one.
    leaf.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    leaf.use_authority_key_identifier_extension = true;
    good_for(&mut leaf, today, LEAF_DAYS);
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &root)?;
    Ok(Made {
        authority: root.pem(),
        authority_key: root.key().serialize_pem(),
        server: leaf.pem(),
        server_key: key.serialize_pem(),
    })
}

/// Writes all four files into `dir`, or none when one is there already.
pub fn write(dir: &Path, made: &Made) -> Result<(), AuthorityError> {
    let texts = [&made.authority, &made.authority_key, &made.server, &made.server_key];
    if let Some(there) = FILES.iter().map(|f| dir.join(f)).find(|p| p.symlink_metadata().is_ok()) {
        return Err(AuthorityError::Exists { path: there });
    }
    std::fs::create_dir_all(dir)
        .map_err(|source| AuthorityError::Write { path: dir.to_owned(), source })?;
    for (file, text) in FILES.iter().zip(texts) {
        let path = dir.join(file);
        let mode = if file.ends_with(".key") { 0o600 } else { 0o644 };
        write_new(&path, text, mode).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => AuthorityError::Exists { path: path.clone() },
            _ => AuthorityError::Write { path, source },
        })?;
    }
    Ok(())
}

fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn san(name: &str) -> Result<SanType, AuthorityError> {
    let bad = || AuthorityError::Name(name.to_owned());
    if let Ok(ip) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(ip));
    }
    let host = name.strip_prefix("sip:").unwrap_or(name);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._*".contains(&b);
    if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
        return Err(bad());
    }
    let text = name.try_into().map_err(|_| bad())?;
    Ok(if host.len() < name.len() { SanType::URI(text) } else { SanType::DnsName(text) })
}

/// From a day ago, so that a peer whose clock is behind takes it too.
pub(super) fn good_for(params: &mut CertificateParams, today: jiff::Timestamp, days: i64) {
    let day = |n: i64| {
        let at = jiff::Timestamp::from_second(today.as_second() + n * 86_400).unwrap_or(today);
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8)
    };
    params.not_before = day(-1);
    params.not_after = day(days);
}

#[cfg(test)]
mod tests {
    use super::super::files::{Standing, load, standing};
    use super::*;
    use crate::config::Tls;
    use std::os::unix::fs::PermissionsExt;

    fn today() -> jiff::Timestamp {
        "2026-05-04T12:00:00Z".parse().unwrap()
    }

    fn place(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("parley-certs-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        dir
    }

    fn settings(dir: &Path) -> Tls {
        Tls {
            certificate: Some(dir.join(FILES[2])),
            key: Some(dir.join(FILES[3])),
            ca: Some(dir.join(FILES[0])),
            client_ca: Some(dir.join(FILES[0])),
        }
    }

    #[test]
    fn what_is_made_can_be_used_and_its_keys_are_its_owners_alone() {
        let dir = place("made");
        let names = ["pbx.example".to_owned(), "192.0.2.7".to_owned(), "sip:example".to_owned()];
        write(&dir, &make(&names, today()).unwrap()).unwrap();
        let material = load(&settings(&dir)).unwrap();
        let own = material.own.unwrap();
        assert_eq!(
            (own.hosts.as_slice(), own.domains.as_slice()),
            (&["pbx.example".to_owned()][..], &["example".to_owned()][..])
        );
        assert_eq!(own.addresses, ["192.0.2.7".parse::<IpAddr>().unwrap()]);
        let at = |text: &str| standing(&own, text.parse().unwrap());
        assert_eq!(at("2026-05-04T12:00:00Z"), Standing::Good { days_left: 396 });
        assert_eq!(at("2026-05-01T12:00:00Z"), Standing::NotYet);
        assert_eq!(at("2027-12-01T12:00:00Z"), Standing::Expired);
        for (file, mode) in FILES.iter().zip([0o644, 0o600, 0o644, 0o600]) {
            let got = std::fs::metadata(dir.join(file)).unwrap().permissions().mode() & 0o777;
            assert_eq!(got & 0o177, mode & 0o177 & got, "{file} {got:o}");
            assert_eq!(got & 0o077 != 0, mode == 0o644, "{file} {got:o}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn nothing_is_written_over() {
        let dir = place("again");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("server.key"), "mine").unwrap();
        let made = make(&["a.example".to_owned()], today()).unwrap();
        let error = write(&dir, &made).unwrap_err().to_string();
        assert!(error.contains("never written over"), "{error}");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn files_that_do_not_fit_are_told_apart() {
        let dir = place("pairs");
        write(&dir, &make(&["a.example".to_owned()], today()).unwrap()).unwrap();
        let fault = |t: Tls| load(&t).map(drop).unwrap_err().to_string();
        let good = settings(&dir);
        let mut tls = good.clone();
        tls.key = Some(dir.join("authority.key"));
        assert!(fault(tls).contains("does not belong to the certificate"));
        let mut tls = good.clone();
        tls.key = Some(dir.join("server.pem"));
        assert!(fault(tls).contains("BEGIN PRIVATE KEY"));
        let mut tls = good.clone();
        tls.certificate = Some(dir.join("nowhere.pem"));
        assert!(fault(tls).contains("parley certs init"));
        let mut tls = good;
        tls.key = None;
        assert!(fault(tls).contains("tls.certificate and tls.key"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for bad in ["", "a b", "sip:", "http://x/", "ä.example"] {
            assert!(make(&[bad.to_owned()], today()).is_err(), "{bad}");
        }
    }
}
