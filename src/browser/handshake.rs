//! One DTLS handshake, from the first flight to SRTP keys (RFC 5764 section 4; RFC 6347 under it, by `dimpl`).
//!
//! ```text
//!   begin ──► flights ⇄ peer ──► its certificate ── fingerprint differs ──► Failed
//!                                     └ fits ──► Finished ──► Keys, once
//! ```
//! Owns: the association, the proof that the peer is who its description says.
//! Never: whom datagrams come from or go to; a key before the proof; a clock: an origin is given, and times are
//! counted from there.

use crate::identity::{Identity, fingerprint};
use crate::limits::{
    DATAGRAM_BYTES_MAX, FLIGHT_RETRIES, FLIGHT_TIMEOUT, HANDSHAKE_MAX, MEETINGS_MAX,
};
use dimpl::{Config, Dtls, KeyingMaterial, Output, SrtpProfile};
use ids::Moment;
use media::command::{Fingerprint, FingerprintHash, MasterKey, SrtpKeys, Suite};
use ring::digest;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why a handshake gave no keys.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody else than the description announced.
    #[error("the peer's certificate is not the one that its description names")]
    WrongFingerprint,
    /// The peer broke the protocol, or gave up, or was silent. Holds what.
    #[error("the DTLS handshake failed: {0}")]
    Protocol(String),
    /// No profile of RFC 5764 that we know.
    #[error("the DTLS handshake agreed on no SRTP profile")]
    NoProfile,
    /// [`MEETINGS_MAX`] reached.
    #[error("more than {MEETINGS_MAX} handshakes at once")]
    TooMany,
}

/// What a handshake wants next.
#[derive(Debug)]
pub enum Step {
    /// Send this to the peer.
    Datagram(Box<[u8]>),
    /// The peer is proved and these are the keys.
    Keys(Box<SrtpKeys>),
    /// It is over without keys.
    Failed(Failure),
}

/// The machine.
pub struct Handshake {
    dtls: Dtls,
    origin: Instant,
    expected: Box<[Fingerprint]>,
    we_begin: bool,
    begun: bool,
    proved: bool,
    over: bool,
    due: Moment,
    steps: VecDeque<Step>,
}

/// What all handshakes share.
#[derive(Clone)]
pub(crate) struct Terms {
    identity: Identity,
    origin: Instant,
    with_cookie: Arc<Config>,
    without: Arc<Config>,
}

impl Terms {
    /// `None` when the ciphers fail their own test.
    pub fn new(identity: Identity, origin: Instant) -> Option<Self> {
        let config = |cookie| {
            let config = Config::builder()
                .mtu(DATAGRAM_BYTES_MAX)
                .use_server_cookie(cookie)
                .flight_start_rto(FLIGHT_TIMEOUT)
                .flight_retries(FLIGHT_RETRIES)
                .handshake_timeout(HANDSHAKE_MAX)
                .with_crypto_provider(crate::crypto::provider())
                .build();
            config.ok().map(Arc::new)
        };
        Some(Self { identity, origin, with_cookie: config(true)?, without: config(false)? })
    }
}

impl Handshake {
    /// A handshake that has not begun. A peer whose address ICE has proved needs no cookie (RFC 6347
    /// section 4.2.1 wants one from who may have forged his address).
    pub(crate) fn new(
        now: Moment,
        terms: &Terms,
        we_begin: bool,
        address_proved: bool,
        expected: &[Fingerprint],
    ) -> Self {
        let config = if address_proved { &terms.without } else { &terms.with_cookie };
        let at = instant(terms.origin, now);
        let mut dtls = Dtls::new_12(config.clone(), terms.identity.pair(), at);
        dtls.set_active(we_begin);
        Self {
            dtls,
            origin: terms.origin,
            expected: expected.into(),
            we_begin,
            begun: false,
            proved: false,
            over: false,
            due: Moment::NEVER,
            steps: VecDeque::new(),
        }
    }

    /// The way is open: whoever begins, begins now. Asked again, nothing happens.
    pub fn begin(&mut self, now: Moment) {
        if !self.begun {
            self.begun = true;
            self.handle_timeout(now);
        }
    }

    /// A datagram of the peer.
    pub fn handle_datagram(&mut self, now: Moment, datagram: &[u8]) {
        if self.over || (self.we_begin && !self.begun) {
            return;
        }
        let at = instant(self.origin, now);
        let told = self.dtls.handle_timeout(at).and_then(|()| self.dtls.handle_packet(datagram));
        self.drain(told);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        if self.over || !self.begun {
            return;
        }
        let told = self.dtls.handle_timeout(instant(self.origin, now));
        self.drain(told);
    }

    /// When a flight is to be sent again.
    pub fn poll_timeout(&self) -> Moment {
        if self.over { Moment::NEVER } else { self.due }
    }

    /// Whether something is to be done.
    pub fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn drain(&mut self, told: Result<(), dimpl::Error>) {
        let mut buffer = [0; crate::limits::CERTIFICATE_BYTES_MAX];
        while !self.over {
            match self.dtls.poll_output(&mut buffer) {
                Output::Timeout(at) => {
                    self.due = moment(self.origin, at);
                    break;
                }
                Output::Packet(packet) => self.steps.push_back(Step::Datagram(packet.into())),
                Output::PeerCert(certificate) => self.prove(&Box::from(certificate)),
                Output::KeyingMaterial(material, profile) => self.take_keys(&material, profile),
                Output::BufferTooSmall { needed } => {
                    self.fail(Failure::Protocol(format!("{needed} bytes in one piece")));
                }
                Output::CloseNotify => self.over = true,
                Output::Connected | Output::ApplicationData(_) => {}
                _ => {}
            }
        }
        if let (Err(error), false) = (told, self.over) {
            self.fail(Failure::Protocol(error.to_string()));
        }
    }

    /// RFC 8122 section 5: one of the fingerprints has to fit.
    fn prove(&mut self, certificate: &[u8]) {
        let fits = |expected: &Fingerprint| {
            let algorithm = match expected.hash {
                FingerprintHash::Sha256 => &digest::SHA256,
                FingerprintHash::Sha384 => &digest::SHA384,
                FingerprintHash::Sha512 => &digest::SHA512,
            };
            fingerprint(algorithm, certificate).eq_ignore_ascii_case(&expected.digest)
        };
        self.proved = self.expected.iter().any(fits);
        if !self.proved {
            self.fail(Failure::WrongFingerprint);
        }
    }

    fn take_keys(&mut self, material: &KeyingMaterial, profile: SrtpProfile) {
        if !self.proved {
            return self.fail(Failure::WrongFingerprint);
        }
        match keys(material, profile, self.we_begin) {
            Some(keys) => self.steps.push_back(Step::Keys(keys)),
            None => self.fail(Failure::NoProfile),
        }
    }

    fn fail(&mut self, why: Failure) {
        self.over = true;
        self.steps.clear();
        self.steps.push_back(Step::Failed(why));
    }
}

/// RFC 5764 section 4.2: the client's key, the server's key, the client's salt, the server's salt.
fn keys(material: &[u8], profile: SrtpProfile, we_are_client: bool) -> Option<Box<SrtpKeys>> {
    let suite = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        _ => return None,
    };
    let (keys, salts) = material.split_at_checked(2 * suite.key_bytes())?;
    let key = |which: usize| {
        let mut whole = keys.chunks(suite.key_bytes()).nth(which)?.to_vec();
        whole.extend_from_slice(salts.chunks(suite.salt_bytes()).nth(which)?);
        MasterKey::new(suite, &whole).ok()
    };
    let (client, server) = (key(0)?, key(1)?);
    let (send, receive) = if we_are_client { (client, server) } else { (server, client) };
    Some(Box::new(SrtpKeys { send, receive }))
}

fn instant(origin: Instant, at: Moment) -> Instant {
    origin + Duration::from_micros(at.micros())
}

fn moment(origin: Instant, at: Instant) -> Moment {
    Moment::from_micros(at.saturating_duration_since(origin).as_micros() as u64)
}
