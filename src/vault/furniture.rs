//! Everything that is opened before the doors are locked: prompts, roots, credentials, sockets, secret memory.

use crate::config::{Config, Dialect};
use crate::gateway::{CardGateway, Conversation, Failed, PayU, PaymentIntents};
use crate::prompts::Prompts;
use crate::secret_page::SecretPage;
use ids::Moment;
use rustls_quiet::client::Resumption;
use rustls_quiet::pki_types::pem::PemObject;
use rustls_quiet::pki_types::{CertificateDer, ServerName};
use rustls_quiet::{ClientConfig, RootCertStore};
use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Which piece is missing. Its word is all that is said of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The kernel has no secret memory.
    SecretMemory,
    /// The prompts.
    Prompts,
    /// The gateway's root certificates.
    Roots,
    /// The gateway's name.
    GatewayName,
    /// The account's secret key.
    Credentials,
    /// A socket for sound.
    Sockets,
}

/// All of it.
pub struct Furniture {
    /// What can be said.
    pub prompts: Prompts,
    /// Where cards lie.
    pub secrets: SecretPage,
    /// Who takes the money.
    pub gateway: Box<dyn CardGateway>,
    /// Sockets that no capture has.
    pub sockets: Vec<UdpSocket>,
    /// How callers reach the sockets.
    pub announced: IpAddr,
    /// Captures at once.
    pub capacity: u16,
    /// The gateway's addresses, as the switch found them.
    pub gateway_at: Vec<IpAddr>,
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
    port: u16,
}

impl Furniture {
    /// Opens everything.
    ///
    /// # Errors
    /// The first piece that is missing.
    pub fn open(config: &Config) -> Result<Self, Missing> {
        let name = ServerName::try_from(config.gateway_name.clone());
        let secret_key = fs::read_to_string(&config.credentials).map(Zeroizing::new);
        let secret_key = secret_key.map_err(|_| Missing::Credentials)?;
        Ok(Self {
            secrets: SecretPage::map(config.captures).map_err(|_| Missing::SecretMemory)?,
            prompts: Prompts::read(&config.prompts).map_err(|_| Missing::Prompts)?,
            gateway: gateway(config, &secret_key).ok_or(Missing::Credentials)?,
            sockets: open_sockets(config).ok_or(Missing::Sockets)?,
            announced: config.announced,
            capacity: config.captures,
            gateway_at: Vec::new(),
            tls: tls(config)?,
            name: name.map_err(|_| Missing::GatewayName)?,
            port: config.gateway_port,
        })
    }

    /// Begins to talk to the gateway.
    ///
    /// # Errors
    /// There is no address that could be tried.
    pub fn call_gateway(&self, now: Moment) -> Result<Conversation, Failed> {
        let addresses = self.gateway_at.iter().map(|ip| SocketAddr::new(*ip, self.port));
        Conversation::begin(now, &self.tls, &self.name, addresses)
    }
}

fn gateway(config: &Config, credentials: &str) -> Option<Box<dyn CardGateway>> {
    let (name, credentials) = (&config.gateway_name, credentials.trim());
    match config.dialect {
        Dialect::PaymentIntents => {
            let secret_key = Zeroizing::new(credentials.to_owned());
            Some(Box::new(PaymentIntents::new(name, secret_key)))
        }
        Dialect::PayU(keyed_cards) => {
            PayU::new(name, credentials, keyed_cards).map(|it| Box::new(it) as Box<dyn CardGateway>)
        }
    }
}

fn open_sockets(config: &Config) -> Option<Vec<UdpSocket>> {
    let open = |_| {
        let socket = UdpSocket::bind((config.bind, 0)).ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(socket)
    };
    // a caller's and, where one stays on the line, the negotiator's
    (0..2 * config.captures).map(open).collect()
}

/// TLS with these roots alone: no machine-wide ones, no resumption, no client that could be lured elsewhere.
fn tls(config: &Config) -> Result<Arc<ClientConfig>, Missing> {
    let pem = fs::read(&config.roots).map_err(|_| Missing::Roots)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let added = certificate.map(|c| roots.add(c));
        added.map_err(|_| Missing::Roots)?.map_err(|_| Missing::Roots)?;
    }
    if roots.is_empty() {
        return Err(Missing::Roots);
    }
    let provider = Arc::new(rustls_quiet::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| Missing::Roots)?;
    let mut tls = builder.with_root_certificates(roots).with_no_client_auth();
    tls.resumption = Resumption::disabled();
    Ok(Arc::new(tls))
}
