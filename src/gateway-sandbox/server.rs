//! The sandbox on the wire: TLS by an authority of its own, one thread a connection.

use crate::acquirer::{Acquirer, Charge, Reply};
use crate::wire::Asked;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_quiet::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls_quiet::{ServerConfig, ServerConnection, StreamOwned};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What the sandbox can prove of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// Its name, `gateway.test`, by the root that it hands out.
    Good,
    /// Another name.
    WrongName,
    /// The right name, by a root that it does not hand out.
    WrongRoot,
    /// The right name, but only until the year 2001.
    Expired,
}

/// A running acquirer.
pub struct Sandbox {
    address: SocketAddr,
    root_pem: String,
    acquirer: Arc<Mutex<Acquirer>>,
    changes: Receiver<()>,
}

impl Sandbox {
    /// The name that it proves.
    pub const NAME: &'static str = "gateway.test";

    /// Listens at this address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be had, or no certificate be made.
    pub fn start(address: &str, proof: Proof) -> Result<Self, Box<dyn Error>> {
        let (config, root_pem) = prove(proof)?;
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let acquirer = Arc::new(Mutex::new(Acquirer::default()));
        let (changed, changes) = channel();
        let shared = Arc::clone(&acquirer);
        thread::spawn(move || listen(&listener, &config, &shared, &changed));
        Ok(Self { address, root_pem, acquirer, changes })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root that its certificate is said to be signed by.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// All money that moved.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.acquirer).charges.clone()
    }

    /// How many requests carried a card.
    pub fn cards_seen(&self) -> usize {
        lock(&self.acquirer).cards_seen
    }

    /// How many requests came again under a used key.
    pub fn repeats(&self) -> usize {
        lock(&self.acquirer).repeats
    }

    /// Tells the ledger after every request, for as long as the program lives.
    pub fn serve_for_ever(&self, mut tell: impl FnMut(&str)) {
        while self.changes.recv().is_ok() {
            tell(&lock(&self.acquirer).ledger());
        }
    }
}

fn lock(acquirer: &Mutex<Acquirer>) -> MutexGuard<'_, Acquirer> {
    acquirer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prove(proof: Proof) -> Result<(Arc<ServerConfig>, String), Box<dyn Error>> {
    let shown = root()?;
    let other = root()?;
    let signing = if proof == Proof::WrongRoot { &other } else { &shown };
    let name = if proof == Proof::WrongName { "other.test" } else { Sandbox::NAME };
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    if proof == Proof::Expired {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, signing)?;
    let provider = Arc::new(rustls_quiet::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = builder
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((Arc::new(config), shown.pem()))
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn root() -> Result<Issuer, rcgen::Error> {
    let mut params = CertificateParams::new(vec![])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "gateway sandbox");
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn listen(
    listener: &TcpListener,
    config: &Arc<ServerConfig>,
    acquirer: &Arc<Mutex<Acquirer>>,
    changed: &Sender<()>,
) {
    for stream in listener.incoming().flatten() {
        let (config, acquirer) = (Arc::clone(config), Arc::clone(acquirer));
        let changed = changed.clone();
        thread::spawn(move || {
            // a client that breaks off is its own affair
            let _ = serve(stream, config, &acquirer);
            let _ = changed.send(());
        });
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    acquirer: &Mutex<Acquirer>,
) -> Result<(), Box<dyn Error>> {
    let mut stream = StreamOwned::new(ServerConnection::new(config)?, stream);
    let asked = Asked::read(&mut stream)?;
    let reply = lock(acquirer).ask(&asked);
    match reply {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes)?;
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        Reply::Silence => {
            // until the client gives up
            let mut scratch = [0; 1];
            let _ = stream.read(&mut scratch);
        }
        Reply::Break => {}
    }
    Ok(())
}
