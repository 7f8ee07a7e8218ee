//! Certificates and keys out of files, checked before anybody meets them.
//!
//! Owns: reading, the check that key and certificate belong together, the words when they do not.
//! Never: a private key in a message or a log.

use super::certificate::Facts;
use super::verify::SipServers;
use crate::config::Tls as Settings;
use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of one file of certificates; a larger one is no such file.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Why TLS cannot be set up, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path}: {source}; name an existing file under [tls], or make certificates with `parley certs init`", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is larger than {FILE_BYTES_MAX} bytes; name a PEM file of certificates", path = path.display())]
    TooLarge { path: PathBuf },
    #[error("{path} holds no {what} in PEM; it must have a line -----BEGIN {what}-----", path = path.display())]
    Empty { path: PathBuf, what: &'static str },
    #[error("{path} is not a PEM file: {source}", path = path.display())]
    Pem { path: PathBuf, source: PemError },
    #[error("{path} has a certificate that cannot be read; export it again as PEM", path = path.display())]
    Certificate { path: PathBuf },
    #[error("the key in {key} does not belong to the certificate in {certificate}; name the pair that was made together", key = key.display(), certificate = certificate.display())]
    NotAPair { certificate: PathBuf, key: PathBuf },
    #[error("the key in {key} cannot be used ({source}); use RSA from 2048 bits, P-256, P-384 or Ed25519", key = key.display())]
    Key { key: PathBuf, source: rustls::Error },
    #[error("tls.client-ca {path} cannot be used: {problem}", path = path.display())]
    Clients { path: PathBuf, problem: String },
    #[error(
        "this machine has no certificate authorities; install the package ca-certificates, or name a file under tls.ca"
    )]
    NoRoots,
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
    #[error(
        "a listener asks for client certificates, but tls.client-ca names no authority that may issue them"
    )]
    NoClientAuthority,
    #[error(
        "a listener speaks TLS, but tls.certificate and tls.key name no files; make them with `parley certs init`"
    )]
    NoCertificate,
}

/// What one look at the files gave.
pub struct Material {
    /// For listeners without client certificates, that take one, and that want one.
    pub servers: Option<Servers>,
    pub client: Arc<ClientConfig>,
    /// What our own certificate says.
    pub own: Option<Facts>,
}

/// One configuration a way of asking for client certificates.
pub struct Servers {
    pub silent: Arc<ServerConfig>,
    pub asking: Option<Arc<ServerConfig>>,
    pub wanting: Option<Arc<ServerConfig>>,
}

/// Reads everything that `[tls]` names.
pub fn load(settings: &Settings) -> Result<Material, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pair = match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => Some(Pair::read(certificate, key)?),
        (None, None) => None,
        _ => return Err(TlsError::NoCertificate),
    };
    let servers = match &pair {
        Some(pair) => Some(servers(&provider, pair, settings.client_ca.as_deref())?),
        None => None,
    };
    let client = client(&provider, pair.as_ref(), settings.ca.as_deref())?;
    Ok(Material { servers, client, own: pair.map(|p| p.facts) })
}

struct Pair {
    certificate: PathBuf,
    key_file: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    facts: Facts,
}

impl Pair {
    fn read(certificate: &Path, key_file: &Path) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let facts = chain.first().and_then(|c| Facts::read(c));
        let facts = facts.ok_or_else(|| TlsError::Certificate { path: certificate.to_owned() })?;
        let key = match PrivateKeyDer::from_pem_slice(&bytes(key_file)?) {
            Ok(key) => key,
            Err(PemError::NoItemsFound) => {
                return Err(TlsError::Empty { path: key_file.to_owned(), what: "PRIVATE KEY" });
            }
            Err(source) => return Err(TlsError::Pem { path: key_file.to_owned(), source }),
        };
        Ok(Self {
            certificate: certificate.to_owned(),
            key_file: key_file.to_owned(),
            chain,
            key,
            facts,
        })
    }

    fn fault(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(_) => TlsError::NotAPair {
                certificate: self.certificate.clone(),
                key: self.key_file.clone(),
            },
            source => TlsError::Key { key: self.key_file.clone(), source },
        }
    }
}

/// All certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = bytes(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let all = all.map_err(|source| TlsError::Pem { path: path.to_owned(), source })?;
    match all.is_empty() {
        true => Err(TlsError::Empty { path: path.to_owned(), what: "CERTIFICATE" }),
        false => Ok(all),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(TlsError::TooLarge { path: path.to_owned() });
    }
    std::fs::read(path).map_err(failed)
}

fn servers(
    provider: &Arc<CryptoProvider>,
    pair: &Pair,
    client_ca: Option<&Path>,
) -> Result<Servers, TlsError> {
    let builder = || {
        let builder = ServerConfig::builder_with_provider(provider.clone());
        builder.with_protocol_versions(&[&TLS13, &TLS12])
    };
    let silent = builder()?
        .with_no_client_auth()
        .with_single_cert(pair.chain.clone(), pair.key.clone_key())
        .map_err(|e| pair.fault(e))?;
    let mut servers = Servers { silent: Arc::new(silent), asking: None, wanting: None };
    let Some(path) = client_ca else { return Ok(servers) };
    let roots = Arc::new(roots_of(path)?);
    for wanted in [false, true] {
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
        let verifier = if wanted { verifier } else { verifier.allow_unauthenticated() };
        let verifier = verifier
            .build()
            .map_err(|e| TlsError::Clients { path: path.to_owned(), problem: e.to_string() })?;
        let config = builder()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(pair.chain.clone(), pair.key.clone_key())
            .map_err(|e| pair.fault(e))?;
        *(if wanted { &mut servers.wanting } else { &mut servers.asking }) = Some(Arc::new(config));
    }
    Ok(servers)
}

/// For connections that we open; ours is the certificate that peers may ask for.
fn client(
    provider: &Arc<CryptoProvider>,
    pair: Option<&Pair>,
    ca: Option<&Path>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let roots = match ca {
        Some(path) => roots_of(path)?,
        None => system_roots(),
    };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13, &TLS12])?;
    let builder = if roots.is_empty() {
        // Nothing can be verified: every connection that we open fails with that word.
        builder.with_root_certificates(roots)
    } else {
        let inner =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        let inner = inner.map_err(|_| TlsError::NoRoots)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(SipServers::new(inner)))
    };
    let config = match pair {
        Some(pair) => builder
            .with_client_auth_cert(pair.chain.clone(), pair.key.clone_key())
            .map_err(|e| pair.fault(e))?,
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

/// Every certificate of a PEM file as an authority.
pub fn roots_of(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let fault = TlsError::Certificate { path: path.to_owned() };
        roots.add(certificate).map_err(|_| fault)?;
    }
    Ok(roots)
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// How a certificate stands today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    Good { days_left: i64 },
    NotYet,
    Expired,
}

/// Whether it is good now.
pub fn standing(facts: &Facts, now: Timestamp) -> Standing {
    let left = facts.to.as_second() - now.as_second();
    match (now < facts.from, left) {
        (true, _) => Standing::NotYet,
        (false, ..=0) => Standing::Expired,
        (false, _) => Standing::Good { days_left: left / 86_400 },
    }
}
