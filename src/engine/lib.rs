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
pub mod limits;
mod ports;
mod sockets;
mod thread;

pub use counters::EngineCounters;
pub use ports::NoPort;

use crate::limits::{EVENTS_MAX, JOBS_MAX, THREADS_MAX};
use crate::ports::{Pair, Ports};
use crate::sockets::Sockets;
use crate::thread::{Job, MediaThread};
use counters::ThreadCounters;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use ids::{LegId, Moment};
use media::command::{Command, Event};
use media::{IdMap, Shard};
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::fd::OwnedFd;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

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
    /// From the operating system's randomness: SSRCs and first numbers come from it.
    pub seed: u64,
    /// The time.
    pub clock: Clock,
    /// Events are waiting.
    pub wake: Wake,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The range holds no even port followed by an odd one.
    #[error(
        "the media port range {0}-{1} holds no pair of ports; give at least an even port and the next"
    )]
    NoPorts(u16, u16),
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
}

/// All media threads. Its methods belong to the control thread; no packet waits for them.
pub struct Engine {
    lanes: Vec<Lane>,
    directory: Mutex<Directory>,
    ports: Arc<Mutex<Ports>>,
    events: Receiver<Event>,
}

impl Engine {
    /// Starts the media threads.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn start(config: EngineConfig) -> Result<Self, EngineError> {
        let ports = Ports::new(&config.ports);
        if ports.free() == 0 {
            return Err(EngineError::NoPorts(*config.ports.start(), *config.ports.end()));
        }
        let ports = Arc::new(Mutex::new(ports));
        let (told, events) = bounded(EVENTS_MAX);
        let threads = config.threads.clamp(1, THREADS_MAX);
        let lane = |n| start_lane(n, &config, &ports, &told).map_err(EngineError::System);
        let lanes = (0..threads).map(lane).collect::<Result<Vec<_>, _>>()?;
        let directory = Mutex::new(Directory { lane_of: IdMap::default(), load: vec![0; threads] });
        Ok(Self { lanes, directory, ports, events })
    }

    /// Opens a pair of ports on `ip` for a new leg, on the thread with the fewest legs. Datagrams that
    /// come before [`Command::Start`] are dropped and counted as strays.
    ///
    /// # Errors
    /// [`OpenError`]: the call is to be refused with 503.
    pub fn open(&self, leg: LegId, ip: IpAddr) -> Result<OpenPorts, OpenError> {
        let mut directory = lock(&self.directory);
        if directory.lane_of.contains_key(&leg) {
            return Err(OpenError::Twice(leg));
        }
        let least = directory.load.iter().enumerate().min_by_key(|(_, legs)| **legs);
        let lane = least.map_or(0, |(lane, _)| lane);
        let pair = lock(&self.ports).open(ip)?;
        let port = pair.port;
        self.hand_over(lane, leg, pair)?;
        directory.lane_of.insert(leg, lane);
        directory.load[lane] += 1;
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
        let leg = addressee(&command);
        let closing = matches!(command, Command::Close(_));
        let mut directory = lock(&self.directory);
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
        drop(directory);
        ring(&self.lanes[lane].bell);
        Ok(())
    }

    /// The next event, if one waits.
    pub fn try_event(&self) -> Option<Event> {
        self.events.try_recv().ok()
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
) -> std::io::Result<Lane> {
    let (jobs, queue) = bounded(JOBS_MAX);
    let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let counters = Arc::new(ThreadCounters::default());
    let seed = config.seed.wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let media_thread = MediaThread {
        shard: Shard::new(seed),
        sockets: Sockets::new(),
        epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
        bell: bell.clone(),
        jobs: queue,
        events: events.clone(),
        ports: ports.clone(),
        counters: counters.clone(),
        clock: config.clock.clone(),
        wake: config.wake.clone(),
        turns: 0,
        buffer: Box::new([0; limits::DATAGRAM_BYTES_MAX]),
    };
    media_thread.listen_for_jobs()?;
    let named = std::thread::Builder::new().name(format!("media-{number}"));
    let thread = named.spawn(move || media_thread.run())?;
    Ok(Lane { jobs, bell, counters, thread })
}

fn addressee(command: &Command) -> LegId {
    match command {
        Command::Start(leg, _)
        | Command::Update(leg, _)
        | Command::Play { leg, .. }
        | Command::Stop(leg, _)
        | Command::SendKeys(leg, _)
        | Command::Record(leg, _)
        | Command::InfoKey(leg, _, _)
        | Command::Close(leg) => *leg,
    }
}

/// A full counter rings as well.
fn ring(bell: &OwnedFd) {
    let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
