//! TLS for signalling: which certificates are in use now, and newer ones when their files change.
//!
//! ```text
//!   files ── load, all of it or nothing ──▶ Material ──▶ new handshakes
//!     ▲ looked at every two seconds              connections that are up keep what they began with
//! ```
//!
//! Owns: the configurations of rustls, their change, the alarm when a new file is broken.
//! Never: a socket.

pub mod authority;
pub mod browsers;
pub mod certificate;
pub mod files;
mod verify;

use crate::config::{ClientCertificate, Listen, Tls as Settings};
use files::{Material, Standing, TlsError, load, standing};
use rustls::{ClientConfig, ServerConfig};
use std::cell::RefCell;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Days before its end from which a certificate is warned about.
pub const WARN_DAYS: i64 = 21;
/// How often the end of the certificate is thought of: twice a day.
const LOOKS_A_WARNING: u32 = 21_600;

/// The certificates in use.
pub struct Tls {
    settings: Settings,
    material: RefCell<Material>,
    seen: RefCell<Vec<Stamp>>,
}

/// What tells that a file was changed: inode, length, time of change.
type Stamp = Option<(u64, u64, i64, i64)>;

impl Tls {
    /// Reads the files, and sees that the listeners get what they need.
    pub fn open(settings: &Settings, listens: &[Listen]) -> Result<Rc<Tls>, TlsError> {
        let seen = RefCell::new(stamps(settings));
        let material = load(settings)?;
        let secure = listens.iter().filter(|l| l.transport.is_secure());
        for listen in secure {
            let servers = material.servers.as_ref().ok_or(TlsError::NoCertificate)?;
            if listen.clients != ClientCertificate::None && servers.asking.is_none() {
                return Err(TlsError::NoClientAuthority);
            }
        }
        Ok(Rc::new(Tls { settings: settings.clone(), material: RefCell::new(material), seen }))
    }

    /// For the next handshake of a listener.
    pub fn server(&self, clients: ClientCertificate) -> Option<Arc<ServerConfig>> {
        let material = self.material.borrow();
        let servers = material.servers.as_ref()?;
        match clients {
            ClientCertificate::None => Some(servers.silent.clone()),
            ClientCertificate::Optional => servers.asking.clone(),
            ClientCertificate::Required => servers.wanting.clone(),
        }
    }

    /// For the next connection that we open.
    pub fn client(&self) -> Arc<ClientConfig> {
        self.material.borrow().client.clone()
    }

    /// Lets somebody look at what is in use.
    pub fn look<T>(&self, with: impl FnOnce(&Material) -> T) -> T {
        with(&self.material.borrow())
    }

    /// What there is to say about the own certificate's dates.
    fn warn(&self, now: jiff::Timestamp) {
        let material = self.material.borrow();
        let (Some(own), Some(path)) = (&material.own, &self.settings.certificate) else { return };
        let path = path.display();
        match standing(own, now) {
            Standing::Good { days_left } if days_left >= WARN_DAYS => {}
            Standing::Good { days_left } => tracing::warn!(
                "the certificate {path} ends on {} ({days_left} days left); put a new one in its place",
                own.to
            ),
            Standing::NotYet => tracing::error!(
                alarm = true,
                "the certificate {path} is good only from {}; peers refuse it until then",
                own.from
            ),
            Standing::Expired => tracing::error!(
                alarm = true,
                "the certificate {path} ended on {}; peers refuse it: put a new one in its place",
                own.to
            ),
        }
    }
}

/// Looks again and again. New files are used for new handshakes; broken ones change nothing.
pub async fn keep_fresh(tls: Rc<Tls>, clock: crate::clock::Clock) {
    let now = || {
        jiff::Timestamp::from_microsecond(clock.unix_us()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    };
    let mut looks = 0;
    loop {
        if looks % LOOKS_A_WARNING == 0 {
            tls.warn(now());
        }
        looks += 1;
        tokio::time::sleep(LOOK_EVERY).await;
        let seen = stamps(&tls.settings);
        if seen == *tls.seen.borrow() {
            continue;
        }
        // Two files cannot be changed at once: what is half changed is read again when it rests.
        tokio::time::sleep(LOOK_EVERY / 4).await;
        if seen != stamps(&tls.settings) {
            continue;
        }
        *tls.seen.borrow_mut() = seen;
        let settings = tls.settings.clone();
        match tokio::task::spawn_blocking(move || load(&settings)).await {
            Ok(Ok(material)) => {
                *tls.material.borrow_mut() = material;
                tracing::info!("certificates changed; new connections use the new ones");
                tls.warn(now());
            }
            Ok(Err(error)) => tracing::error!(
                alarm = true,
                "the changed certificates are not used, the last good ones stay: {error}"
            ),
            Err(_) => return,
        }
    }
}

fn stamps(settings: &Settings) -> Vec<Stamp> {
    let files = [&settings.certificate, &settings.key, &settings.ca, &settings.client_ca];
    files.into_iter().flatten().map(|path| stamp(path)).collect()
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
}
