//! Is the server that we called the one that we meant? (RFC 5922 section 7, over rustls's own check.)
//!
//! Owns: `sip:` URIs of a certificate as names, beside host names and addresses.
//! Never: a server whose chain does not end at a root of ours.

use super::certificate::Facts;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

/// rustls's verifier, and one more kind of name.
#[derive(Debug)]
pub struct SipServers {
    inner: Arc<WebPkiServerVerifier>,
}

impl SipServers {
    pub fn new(inner: Arc<WebPkiServerVerifier>) -> Self {
        Self { inner }
    }
}

impl ServerCertVerifier for SipServers {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        // The name is looked at last: with this error everything else is in order.
        let only_the_name = matches!(
            verdict,
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            ))
        );
        if only_the_name && names_domain(end_entity, server_name) {
            return Ok(ServerCertVerified::assertion());
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn names_domain(end_entity: &CertificateDer<'_>, wanted: &ServerName<'_>) -> bool {
    let ServerName::DnsName(wanted) = wanted else { return false };
    let wanted = wanted.as_ref();
    Facts::read(end_entity)
        .is_some_and(|facts| facts.domains.iter().any(|d| d.eq_ignore_ascii_case(wanted)))
}
