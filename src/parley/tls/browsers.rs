//! Who we are to browsers' audio: a certificate of its own, made at each start and kept in memory alone. Nobody
//! checks who signed it: its fingerprint stands in each description (RFC 8122), which came by TLS.

use engine::Identity;
use rcgen::{CertificateParams, DnType, KeyPair};

/// Days that it is good: longer than any start lasts. Peers look at the fingerprint alone.
const DAYS: i64 = 3_650;

/// Makes it.
///
/// # Errors
/// Where the machine gives no randomness.
pub fn identity(today: jiff::Timestamp) -> Result<Identity, Box<dyn std::error::Error>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "parley");
    super::authority::good_for(&mut params, today, DAYS);
    // P-256 with SHA-256: what every browser takes (RFC 8827 section 6.5)
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Identity::new(certificate.der().to_vec(), key.serialize_der())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_has_another_certificate() {
        let [one, two] = [0, 1].map(|_| identity(jiff::Timestamp::UNIX_EPOCH).unwrap());
        assert_ne!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.fingerprint().len(), 32 * 3 - 1);
    }
}
