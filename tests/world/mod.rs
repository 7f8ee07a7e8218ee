//! The simulated telephone world: virtual time, a network that may lose, double and reorder, phones that speak real
//! SIP, ears that note what is said, cases on file, and the real exchange in the middle.
//!
//! ```text
//!   phones ──SIP──▶ network ──▶ ┌──────────┐ ──▶ Play, Start, Close ──▶ legs (keys, plays that end, figures)
//!     ▲                         │ exchange │ ──▶ FindCases, Verify  ──▶ cases on file
//!     └──────────── network ◀── └──────────┘ ──▶ events, records     ──▶ ledger (and its invariants)
//! ```
//!
//! Owns: the order of happenings, one clock for all of them.
//! Never: a second opinion about what a call should do.

mod answerers;
mod cases;
mod dice;
mod ledger;
mod legs;
mod network;
mod payments;
mod phone;
mod script;
mod script_payments;
mod script_trunks;
mod setting;
mod stage;
mod trunks;
mod vault;

pub use cases::{OnFile, Service};
pub use dice::Dice;
pub use ledger::Ledger;
pub use network::Weather;
pub use payments::Journal;
pub use phone::{Dialling, Duty, Phone, PhoneState};
pub use script::play;
pub use setting::{Setting, checked, hotline_plans};
pub use trunks::trunk;
pub use vault::{Card, Vault};

use exchange::{
    Effect, Exchange, NoPorts, Now, OpenPorts, RecorderNews, RecorderOrder, ServiceDown,
    VerifyAnswer,
};
use ids::{LegId, Moment, PlayId, RequestId};
use keypad::Key;
use legs::Legs;
use media::command::{Command, Event, KeySource};
use network::Network;
use records::{Case, PaymentGate};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Duration;

/// Where the server's SIP socket is.
pub const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 5060);
/// Turns in one step of time; more means that something turns in a circle.
const TURNS_MAX: usize = 200_000;

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A datagram arrives at the server from this phone.
    AtServer(usize, Vec<u8>),
    /// A datagram arrives at a phone.
    AtPhone(usize, Vec<u8>),
    /// The shell has bound ports, or has none.
    Ports(LegId, Result<OpenPorts, NoPorts>),
    /// The store answers.
    Found(RequestId, Result<Vec<Case>, ServiceDown>),
    /// The store answers.
    Checked(RequestId, Result<VerifyAnswer, ServiceDown>),
    /// A prompt's last packet has left.
    PlayOver(LegId, PlayId),
    /// A caller's finger.
    KeyDown(LegId),
    /// A caller's finger.
    KeyUp(LegId, Key, KeySource),
    /// Nothing was heard from the caller for long.
    Silence(LegId, bool),
    /// The leg's figures.
    Closed(LegId),
    /// The leg is on another media thread.
    Moved(LegId),
    /// Somebody has answered, and is heard.
    Answering(LegId, media::command::News),
    /// The recorder answers.
    Recorder(LegId, RecorderNews),
    /// DNS answers.
    Resolved(RequestId, Result<exchange::Answer, exchange::NoAnswer>),
    /// The store answers.
    Gate(RequestId, Result<PaymentGate, ServiceDown>),
    /// A step is on disk, or is not.
    Journalled(RequestId, Result<(), ServiceDown>),
    /// Somebody looks which payments are open.
    OpenPayments,
    /// The vault of this run says something.
    VaultSays(u64, vault_link::FromVault),
    /// The vault is started.
    VaultStarts,
}

/// The world.
pub struct World {
    /// Virtual time.
    pub now: Moment,
    began_us: i64,
    /// The real exchange.
    pub exchange: Exchange,
    /// Everybody who can call.
    pub phones: Vec<Phone>,
    /// What the store has, and how it feels today.
    pub file: OnFile,
    /// What was written down, with the rules that must hold for it.
    pub ledger: Ledger,
    /// The vault, and the gateway behind it.
    pub vault: Vault,
    /// What the store has of payments.
    pub journal: Journal,
    /// Media legs as callers notice them.
    pub(crate) legs: Legs,
    network: Network,
    coming: BinaryHeap<Reverse<(Moment, u64)>>,
    happenings: std::collections::HashMap<u64, Happening>,
    made: u64,
    /// How long the shell takes to bind ports.
    pub ports_after: Duration,
    /// Legs that may be open at once.
    pub ports_free: usize,
    /// No port is free for a leg that had one before.
    pub no_port_again: bool,
    /// Whether DNS answers.
    pub dns: bool,
    /// Our own people, and what proves them.
    users: std::collections::HashMap<String, sip::digest::Secrets>,
    /// What they may call in the telephone network.
    may_call: exchange::MayCall,
}

impl World {
    /// An idle world.
    pub fn new(setting: Setting) -> Self {
        Self {
            now: Moment::from_millis(1_000),
            began_us: setting.began_us,
            exchange: Exchange::new(setting.config, setting.plans),
            phones: Vec::new(),
            file: setting.file,
            ledger: Ledger::default(),
            vault: Vault::default(),
            journal: Journal::default(),
            legs: Legs::default(),
            network: Network::new(setting.weather),
            coming: BinaryHeap::new(),
            happenings: std::collections::HashMap::new(),
            made: 0,
            ports_after: Duration::from_micros(200),
            ports_free: 10_000,
            no_port_again: false,
            dns: true,
            users: std::collections::HashMap::new(),
            may_call: exchange::MayCall::new(),
        }
    }

    /// The two times of this turn.
    pub fn time(&self) -> Now {
        Now { mono: self.now, unix_us: self.began_us + self.now.micros() as i64 }
    }

    /// Lets time pass until `done` holds or `within` is over; whether it holds.
    pub fn run_until(&mut self, within: Duration, mut done: impl FnMut(&World) -> bool) -> bool {
        let end = self.now + within;
        for _ in 0..TURNS_MAX {
            self.settle();
            if done(self) {
                return true;
            }
            let next = self.next_moment();
            if next > end {
                self.now = self.now.max(end);
                return done(self);
            }
            self.now = self.now.max(next);
            self.legs.now = self.now;
            self.turn();
        }
        panic!("{TURNS_MAX} turns in {within:?} of virtual time: something turns in a circle");
    }

    /// Lets this much time pass.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.run_until(time, |_| false);
        self.now = end;
    }

    fn next_moment(&self) -> Moment {
        let coming = self.coming.peek().map(|Reverse((at, _))| *at);
        let phones = self.phones.iter().filter_map(Phone::poll_timeout);
        coming
            .into_iter()
            .chain(self.exchange.poll_timeout())
            .chain(phones)
            .min()
            .unwrap_or(Moment::NEVER)
    }

    /// Everything that is due now, one thing after the other.
    fn turn(&mut self) {
        if let Some(Reverse((at, n))) = self.coming.peek().copied()
            && at <= self.now
        {
            self.coming.pop();
            if let Some(happening) = self.happenings.remove(&n) {
                self.happen(happening);
            }
        } else if self.exchange.poll_timeout().is_some_and(|at| at <= self.now) {
            self.exchange.handle_timeout(self.time());
        } else {
            let now = self.now;
            self.phones.iter_mut().for_each(|p| p.handle_timeout(now));
        }
    }

    /// Drains the exchange and the phones until both are quiet, then looks whether all rules hold.
    pub(crate) fn settle(&mut self) {
        for _ in 0..TURNS_MAX {
            let mut quiet = true;
            while let Some(effect) = self.exchange.poll_effect() {
                quiet = false;
                self.act(effect);
            }
            for n in 0..self.phones.len() {
                while let Some(bytes) = self.phones[n].poll_transmit(self.now) {
                    quiet = false;
                    for delay in self.network.carry() {
                        self.later(delay, Happening::AtServer(n, bytes.clone()));
                    }
                }
            }
            if quiet {
                self.legs.assert_nobody_forgotten();
                return self.ledger.assert_census(&self.exchange.census(), self.legs.open());
            }
        }
        panic!("the exchange never stops wanting something");
    }

    pub(crate) fn later(&mut self, delay: Duration, happening: Happening) {
        self.made += 1;
        self.coming.push(Reverse((self.now + delay, self.made)));
        self.happenings.insert(self.made, happening);
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.time();
        match happening {
            Happening::AtServer(n, bytes) => {
                let path = sip::Path::udp(SERVER, self.phones[n].address);
                self.exchange.handle_sip(now, path, &bytes);
            }
            Happening::AtPhone(n, bytes) => self.phones[n].handle_message(self.now, &bytes),
            Happening::Ports(leg, ports) => self.exchange.ports_opened(now, leg, ports),
            Happening::Found(request, cases) => self.exchange.cases_found(now, request, cases),
            Happening::Checked(request, answer) => self.exchange.verified(now, request, answer),
            Happening::PlayOver(leg, play) => {
                if self.legs.end_play(leg, play) {
                    let event = Event::PlayEnded { leg, play, completed: true };
                    self.exchange.handle_media(now, event);
                }
            }
            Happening::Gate(request, gate) => self.exchange.payment_gate(now, request, gate),
            Happening::Journalled(request, written) => {
                self.exchange.journalled(now, request, written);
            }
            Happening::OpenPayments => self.look_at_open(),
            Happening::VaultSays(run, word) => self.vault_says(run, word),
            Happening::VaultStarts => self.start_vault_again(),
            Happening::KeyDown(leg) => {
                if let Some(event) = self.legs.key_down(leg) {
                    self.exchange.handle_media(now, event);
                }
            }
            Happening::KeyUp(leg, key, source) => {
                if self.legs.hears(leg) {
                    let event = Event::KeyUp { leg, key, held_ms: 100, source };
                    self.exchange.handle_media(now, event);
                }
            }
            Happening::Silence(leg, dead) => {
                if self.legs.is_up(leg) {
                    let event = if dead { Event::Dead(leg) } else { Event::Silent(leg) };
                    self.exchange.handle_media(now, event);
                }
            }
            Happening::Answering(leg, news) => {
                if self.legs.is_up(leg) {
                    self.exchange.handle_media(now, Event::Answering { leg, news });
                }
            }
            Happening::Resolved(request, answer) => self.exchange.resolved(now, request, answer),
            Happening::Moved(leg) => {
                self.exchange.handle_media(now, Event::Moved { leg, done: self.legs.is_up(leg) });
            }
            Happening::Recorder(leg, news) => self.exchange.handle_recorder(now, leg, news),
            Happening::Closed(leg) => {
                let figures = Box::default();
                self.exchange.handle_media(now, Event::Closed(leg, figures));
            }
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Transmit(transmit) => self.transmit(transmit),
            Effect::OpenPorts { leg, ip, beside } => {
                let alone = beside.is_some_and(|other| !self.legs.is_up(other));
                assert!(!alone, "{leg} is opened beside {beside:?}, which is gone");
                let none = self.no_port_again && beside == Some(leg);
                let most = if none { 0 } else { self.ports_free };
                let ports = self.legs.open_ports(leg, ip, most, beside);
                self.later(self.ports_after, Happening::Ports(leg, ports));
            }
            Effect::Media(command) => self.media(command),
            Effect::Play { leg, play, sentence, barge_in, .. } => {
                let over = self.legs.play(leg, play, &sentence, barge_in);
                self.later(over, Happening::PlayOver(leg, play));
            }
            Effect::Sound { leg, play, .. } => self.legs.sound(leg, play),
            Effect::FindCases { request, by } => {
                if let Some((delay, found)) = self.file.find(&by) {
                    self.later(delay, Happening::Found(request, found));
                }
            }
            Effect::Verify(request) => {
                if let Some((delay, answer)) = self.file.verify(&request) {
                    self.later(delay, Happening::Checked(request.request, answer));
                }
            }
            Effect::Resolve { request, question } => self.resolve(request, &question),
            Effect::Recorder(order) => self.recorder(order),
            Effect::Outbound { news, .. } => self.ledger.news.push(news),
            effect @ (Effect::PaymentGate { .. }
            | Effect::Journal { .. }
            | Effect::VaultWrite(_)
            | Effect::VaultBroken(_)) => self.pay(effect),
            Effect::WriteEvent(event) => {
                self.legs.note(&event);
                self.ledger.event(event, &self.file.secrets());
            }
            Effect::WriteCall(record) => self.ledger.call(*record),
            Effect::StopCanary { flow, .. } => self.ledger.canaries_stopped.push(flow),
            Effect::Alarm(text) => self.ledger.alarms.push(text),
        }
    }

    /// A recorder that is always there, and whose disk is never full.
    fn recorder(&mut self, order: RecorderOrder) {
        let (leg, news) = match order {
            RecorderOrder::Open { leg, .. } => (leg, RecorderNews::Opened),
            RecorderOrder::End { leg, call_us, .. } => {
                let (file, sha256, ms) = ("a.plr".to_owned(), "ab".to_owned(), call_us / 1_000);
                (leg, RecorderNews::Kept { file, sha256, ms, masked_ms: 0 })
            }
            RecorderOrder::Roll { .. } | RecorderOrder::Mask { .. } => return,
        };
        self.later(Duration::from_millis(3), Happening::Recorder(leg, news));
    }

    fn transmit(&mut self, transmit: sip::Transmit) {
        let to = self.phones.iter().position(|p| p.address == transmit.path.remote);
        let Some(to) = to else { return };
        for delay in self.network.carry() {
            self.later(delay, Happening::AtPhone(to, transmit.bytes.clone()));
        }
    }

    fn media(&mut self, command: Command) {
        match command {
            Command::Start(leg, params) | Command::Update(leg, params) => {
                let owner =
                    self.phones.iter().position(|p| p.address.ip() == params.remote_rtp.ip());
                self.legs.start(leg, owner);
            }
            Command::Stop(leg, play) => {
                if self.legs.end_play(leg, play) {
                    let event = Event::PlayEnded { leg, play, completed: false };
                    self.exchange.handle_media(self.time(), event);
                }
            }
            Command::InfoKey(leg, key, _) if self.legs.hears(leg) => {
                self.later(Duration::ZERO, Happening::KeyDown(leg));
                self.later(Duration::ZERO, Happening::KeyUp(leg, key, KeySource::Info));
            }
            Command::Close(leg) => {
                self.legs.close(leg);
                self.later(Duration::from_millis(1), Happening::Closed(leg));
            }
            Command::Bridge { leg, to, .. } => self.legs.bridge(leg, Some(to)),
            Command::Unbridge(leg) => self.legs.bridge(leg, None),
            Command::Move { leg, beside } => {
                let delay = Duration::from_micros(self.legs.move_to(leg, beside));
                self.later(delay, Happening::Moved(leg));
            }
            // this building plays sentences, and neither sends keys nor records yet
            Command::Play { .. }
            // no phone of this world offers DTLS
            | Command::Meet(..)
            | Command::Sit { .. }
            | Command::Rise(..)
            | Command::SendKeys(..)
            // its leg is deaf
            | Command::InfoKey(..)
            | Command::Record(..) => {}
            Command::Listen(leg, how) => {
                if let Some(play) = self.legs.listen(leg, how) {
                    let event = Event::PlayEnded { leg, play, completed: false };
                    self.exchange.handle_media(self.time(), event);
                }
            }
            Command::Detect(leg, within) => self.detect(leg, within),
        }
    }
}
