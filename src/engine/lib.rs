//! The media threads: sockets around shards.
//!
//! ```text
//!  control thread                          media threads
//!  open, send ──Job──► bounded queue, eventfd ──► shard + sockets ⇄ network
//!  try_event ◄─────────── one bounded queue, wake() ◄──┘
//! ```
//! Owns: UDP ports, media threads, epoll. The only media room that touches a socket.
//! Never: a clock (it is given one), a decision about a call, what is in a packet.

mod counters;
mod handshakes;
pub mod limits;
mod moves;
mod ports;
mod scheduling;
mod sockets;
mod tapes;
mod thread;
mod watch;

pub use browser::{Identity, IdentityError};
pub use counters::EngineCounters;
pub use ports::NoPort;
pub use scheduling::Scheduling;
pub use tapes::{TapeBlock, Tapes};

use crate::handshakes::{Greeting, Handshakes, Home};
use crate::limits::{EVENTS_MAX, JOBS_MAX, THREADS_MAX};
use crate::moves::Journey;
use crate::ports::{Pair, Ports};
use crate::sockets::Sockets;
use crate::tapes::{TapeFeed, tapes};
use crate::thread::{Job, MediaThread};
use browser::Desk;
use counters::ThreadCounters;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use ids::{LegId, Moment};
use media::command::{Command, Event};
use media::{IdMap, Shard};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// Tells the time; the same clock as the control plane's.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;
/// Called by a media thread after it queued events.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How to run.
pub struct EngineConfig {
    /// Media threads: one per core; 0 counts as 1.
    pub threads: usize,
    /// UDP ports for RTP and RTCP.
    pub ports: RangeInclusive<u16>,
    /// Who we are to browsers; without it no leg gets keys by DTLS.
    pub browsers: Option<Browsers>,
    /// From the operating system's randomness: SSRCs and first numbers come from it.
    pub seed: u64,
    /// What media threads ask of the system.
    pub scheduling: Scheduling,
    /// The time.
    pub clock: Clock,
    /// Events are waiting.
    pub wake: Wake,
}

/// What handshakes with browsers need.
pub struct Browsers {
    /// Our certificate.
    pub identity: Identity,
    /// When the clock's time began.
    pub origin: Instant,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The range holds no even port followed by an odd one.
    #[error(
        "the media port range {0}-{1} holds no pair of ports; give at least an even port and the next"
    )]
    NoPorts(u16, u16),
    /// The ciphers of DTLS fail against known answers.
    #[error("the ciphers of DTLS fail their own test on this machine; switch browsers off")]
    Ciphers,
    /// The system refused what a media thread needs.
    #[error("a media thread could not be set up; check the limits of open files and threads")]
    System(#[source] std::io::Error),
}

/// Why a leg got no ports.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// See [`NoPort`].
    #[error(transparent)]
    NoPort(#[from] NoPort),
    /// The media thread is behind by [`JOBS_MAX`] jobs.
    #[error("the media thread is overloaded; refuse the call with 503")]
    Busy,
    /// The id is in use.
    #[error("{0} is open already; use a new id for each leg")]
    Twice(LegId),
    /// The leg to be bridged with is not open (any more).
    #[error("{0} is not open; it has no thread to be on")]
    Alone(LegId),
}

/// The media thread's queue is full; the command comes back, to be sent again later.
#[derive(Debug, thiserror::Error)]
#[error("the media thread is overloaded; send the command again later")]
pub struct Full(pub Box<Command>);

/// Where a leg can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenPorts {
    /// For the SDP's `m=` line: an even port.
    pub rtp: SocketAddr,
    /// The next port.
    pub rtcp: SocketAddr,
}

struct Lane {
    jobs: Sender<Job>,
    bell: Arc<OwnedFd>,
    counters: Arc<ThreadCounters>,
    thread: JoinHandle<()>,
}

/// Which leg is on which thread, and how many each has.
struct Directory {
    lane_of: IdMap<LegId, usize>,
    load: Vec<usize>,
    /// Legs between two threads.
    moving: IdMap<LegId, Journey>,
    /// Events of this side, told before those of the threads.
    own: VecDeque<Event>,
}

/// All media threads. Its methods belong to the control thread; no packet waits for them.
pub struct Engine {
    lanes: Vec<Lane>,
    directory: Mutex<Directory>,
    ports: Arc<Mutex<Ports>>,
    events: Receiver<Event>,
    wake: Wake,
    greeter: Option<(Sender<Greeting>, JoinHandle<()>)>,
}

impl Engine {
    /// Starts the media threads.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn start(config: EngineConfig) -> Result<Self, EngineError> {
        Self::start_fed(config, None)
    }

    /// The same with a recorder: recorded legs fill its blocks, [`limits::TAPE_BLOCKS`] in all.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn start_recorded(config: EngineConfig) -> Result<(Self, Tapes), EngineError> {
        let (feed, tapes) = tapes(limits::TAPE_BLOCKS);
        Ok((Self::start_fed(config, Some(feed))?, tapes))
    }

    fn start_fed(config: EngineConfig, feed: Option<TapeFeed>) -> Result<Self, EngineError> {
        let ports = Ports::shuffled(&config.ports);
        if ports.free() == 0 {
            return Err(EngineError::NoPorts(*config.ports.start(), *config.ports.end()));
        }
        let ports = Arc::new(Mutex::new(ports));
        let (told, events) = bounded(EVENTS_MAX);
        let threads = config.threads.clamp(1, THREADS_MAX);
        let desk = match &config.browsers {
            Some(browsers) => Some(
                Desk::new(browsers.identity.clone(), browsers.origin)
                    .ok_or(EngineError::Ciphers)?,
            ),
            None => None,
        };
        let (greet, greetings) = handshakes::queue();
        let greet = desk.is_some().then_some(greet);
        let lane = |n| start_lane(n, &config, &ports, &told, greet.clone(), feed.clone());
        let lanes = (0..threads).map(lane).collect::<Result<Vec<_>, _>>();
        let lanes = lanes.map_err(EngineError::System)?;
        let directory = Mutex::new(Directory {
            lane_of: IdMap::default(),
            load: vec![0; threads],
            moving: IdMap::default(),
            own: VecDeque::new(),
        });
        let greeter = match (desk, greet) {
            (Some(desk), Some(greet)) => {
                let thread = start_greeter(desk, greetings, &lanes, &config, told);
                Some((greet, thread.map_err(EngineError::System)?))
            }
            _ => None,
        };
        let wake = config.wake;
        Ok(Self { lanes, directory, ports, events, wake, greeter })
    }

    /// Opens a pair of ports on `ip` for a new leg, on the thread with the fewest legs. Datagrams that
    /// come before [`Command::Start`] are dropped and counted as strays.
    ///
    /// # Errors
    /// [`OpenError`]: the call is to be refused with 503.
    pub fn open(&self, leg: LegId, ip: IpAddr) -> Result<OpenPorts, OpenError> {
        let mut directory = lock(&self.directory);
        let least = directory.load.iter().enumerate().min_by_key(|(_, legs)| **legs);
        let lane = least.map_or(0, |(lane, _)| lane);
        self.open_on(&mut directory, lane, leg, ip)
    }

    /// As [`Engine::open`], on the thread of another leg: only there can the two be bridged. Beside itself an
    /// open leg gets fresh ports, in the place of those it has or had.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::Alone`] when the other leg is gone.
    pub fn open_beside(
        &self,
        leg: LegId,
        other: LegId,
        ip: IpAddr,
    ) -> Result<OpenPorts, OpenError> {
        let mut directory = lock(&self.directory);
        let lane = directory.lane(other).ok_or(OpenError::Alone(other))?;
        if leg == other {
            return self.open_for(lane, leg, ip);
        }
        self.open_on(&mut directory, lane, leg, ip)
    }

    fn open_on(
        &self,
        directory: &mut Directory,
        lane: usize,
        leg: LegId,
        ip: IpAddr,
    ) -> Result<OpenPorts, OpenError> {
        if directory.lane_of.contains_key(&leg) {
            return Err(OpenError::Twice(leg));
        }
        let ports = self.open_for(lane, leg, ip)?;
        directory.lane_of.insert(leg, lane);
        directory.load[lane] += 1;
        Ok(ports)
    }

    fn open_for(&self, lane: usize, leg: LegId, ip: IpAddr) -> Result<OpenPorts, OpenError> {
        let pair = lock(&self.ports).open(ip)?;
        let port = pair.port;
        self.hand_over(lane, leg, pair)?;
        Ok(OpenPorts { rtp: SocketAddr::new(ip, port), rtcp: SocketAddr::new(ip, port + 1) })
    }

    fn hand_over(&self, lane: usize, leg: LegId, pair: Pair) -> Result<(), OpenError> {
        let port = pair.port;
        self.lanes[lane].jobs.try_send(Job::Open(leg, pair)).map_err(|refused| {
            drop(refused);
            lock(&self.ports).give_back(port);
            OpenError::Busy
        })
    }

    /// Sends a command to the leg's thread. For a leg that is not open nothing happens. After
    /// [`Command::Close`] the leg's ports rest; the figures come as [`Event::Closed`].
    ///
    /// # Errors
    /// [`Full`] with the command.
    pub fn send(&self, command: Command) -> Result<(), Full> {
        let mut directory = lock(&self.directory);
        match command {
            Command::Move { leg, beside } => {
                self.begin_move(&mut directory, leg, beside);
                Ok(())
            }
            command => match directory.moving.get_mut(&command.leg()) {
                Some(journey) => journey.wait(command),
                None => self.tell(&mut directory, command),
            },
        }
    }

    /// To the thread where the leg is.
    fn tell(&self, directory: &mut Directory, command: Command) -> Result<(), Full> {
        let leg = command.leg();
        let closing = matches!(command, Command::Close(_));
        let Some(lane) = directory.lane_of.get(&leg).copied() else { return Ok(()) };
        match self.lanes[lane].jobs.try_send(Job::Command(command)) {
            Ok(()) => {}
            Err(TrySendError::Full(Job::Command(command))) => return Err(Full(Box::new(command))),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return Ok(()),
        }
        if closing {
            directory.lane_of.remove(&leg);
            directory.load[lane] -= 1;
        }
        ring(&self.lanes[lane].bell);
        Ok(())
    }

    /// The next event, if one waits.
    pub fn try_event(&self) -> Option<Event> {
        let mut directory = lock(&self.directory);
        let event = directory.own.pop_front().or_else(|| self.events.try_recv().ok())?;
        if let Event::Moved { leg, done } = event {
            self.end_move(&mut directory, leg, done);
        }
        Some(event)
    }

    /// Sums over all threads, at most a turn old.
    pub fn counters(&self) -> EngineCounters {
        let mut sum = EngineCounters::default();
        self.lanes.iter().for_each(|lane| lane.counters.add_to(&mut sum));
        sum
    }

    /// Pairs of ports that are free: as many more legs can be opened.
    pub fn ports_free(&self) -> usize {
        lock(&self.ports).free()
    }

    /// Says goodbye on every leg that is still open, ends the threads, and waits for them.
    pub fn stop(self) {
        for lane in &self.lanes {
            // a full queue empties: the thread is alive, or it is gone and there is no one to tell
            let _ = lane.jobs.send(Job::Stop);
            ring(&lane.bell);
        }
        if let Some((greet, thread)) = self.greeter {
            let _ = greet.send(Greeting::Stop);
            let _ = thread.join();
        }
        for lane in self.lanes {
            if lane.thread.join().is_err() {
                tracing::error!("a media thread had panicked");
            }
        }
    }
}

fn start_lane(
    number: usize,
    config: &EngineConfig,
    ports: &Arc<Mutex<Ports>>,
    events: &Sender<Event>,
    greet: Option<Sender<Greeting>>,
    feed: Option<TapeFeed>,
) -> std::io::Result<Lane> {
    let (jobs, queue) = bounded(JOBS_MAX);
    let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let counters = Arc::new(ThreadCounters::default());
    let seed = config.seed.wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let media_thread = MediaThread {
        shard: Shard::new(seed),
        sockets: Sockets::new(feed),
        watch: watch::Watch::new()?,
        bell: bell.clone(),
        jobs: queue,
        events: events.clone(),
        ports: ports.clone(),
        counters: counters.clone(),
        clock: config.clock.clone(),
        wake: config.wake.clone(),
        handshakes: greet.map(|greet| (greet, number)),
        turns: 0,
        gate_dropped: 0,
        buffer: Box::new([0; limits::DATAGRAM_BYTES_MAX]),
    };
    media_thread.listen_for_jobs()?;
    let named = std::thread::Builder::new().name(format!("media-{number}"));
    let scheduling = config.scheduling.clone();
    let thread = named.spawn(move || {
        scheduling.take_effect(number);
        media_thread.run();
    })?;
    Ok(Lane { jobs, bell, counters, thread })
}

fn start_greeter(
    desk: Desk,
    greetings: Receiver<Greeting>,
    lanes: &[Lane],
    config: &EngineConfig,
    events: Sender<Event>,
) -> std::io::Result<JoinHandle<()>> {
    let home = |lane: &Lane| Home { jobs: lane.jobs.clone(), bell: lane.bell.clone() };
    let handshakes = Handshakes {
        desk,
        greetings,
        homes: lanes.iter().map(home).collect(),
        events,
        clock: config.clock.clone(),
        wake: config.wake.clone(),
    };
    let named = std::thread::Builder::new().name("handshakes".to_owned());
    named.spawn(move || handshakes.run())
}

/// A full counter rings as well.
fn ring(bell: &OwnedFd) {
    let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
