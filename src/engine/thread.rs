//! One media thread: waits for sockets, jobs and time, and gives each to its shard.
//!
//! ```text
//!   epoll (level-triggered) ─► one datagram a ready socket ─► shard      (bridged: at once; else see `watch`)
//!   eventfd ─► jobs ─────────────────────────────────────────► shard
//!   time ────────────────────────────────────────────────────► shard ─► sockets, events
//! ```
//! Whatever arrives, due packets leave in between: the time is looked at after each datagram.
//!
//! Owns: the shard and its sockets, on its own thread.
//! Never: a decision about a call.

use crate::counters::{EngineCounters, ThreadCounters};
use crate::handshakes::{Greeting, Home};
use crate::limits::{DATAGRAM_BYTES_MAX, JOBS_PER_TURN, READY_PER_TURN};
use crate::ports::{Pair, Ports};
use crate::sockets::{Place, Sockets, Token};
use crate::watch::{Haste, Watch};
use crate::{Clock, Wake, ring};
use browser::limits::ANSWER_BYTES_MAX;
use browser::{Gate, Verdict};
use crossbeam_channel::{Receiver, Sender, TrySendError};
use ids::{LegId, Moment};
use media::command::{Command, Event, Listening, Meeting};
use media::{Moving, Shard, Stream, Wire};
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The token of the eventfd that announces jobs.
const JOBS: u64 = u64::MAX;

/// What a media thread is told.
pub(crate) enum Job {
    /// These sockets belong to this leg.
    Open(LegId, Pair),
    /// For the shard.
    Command(Command),
    /// Send this datagram of a handshake from the leg's RTP port.
    Post(LegId, SocketAddr, Box<[u8]>),
    /// This leg goes to another thread.
    Leave(LegId, Home),
    /// One comes from another thread.
    Arrive(Box<Guest>),
    /// Say goodbye on every leg and end.
    Stop,
}

/// A leg between two threads.
pub(crate) struct Guest {
    leg: LegId,
    place: Place,
    machine: Moving,
}

/// All that a media thread has.
pub(crate) struct MediaThread {
    pub(crate) shard: Shard,
    pub(crate) sockets: Sockets,
    pub(crate) watch: Watch,
    pub(crate) bell: Arc<OwnedFd>,
    pub(crate) jobs: Receiver<Job>,
    pub(crate) events: Sender<Event>,
    pub(crate) ports: Arc<Mutex<Ports>>,
    pub(crate) counters: Arc<ThreadCounters>,
    pub(crate) clock: Clock,
    pub(crate) wake: Wake,
    /// Where handshakes are made, and which thread this is to it.
    pub(crate) handshakes: Option<(Sender<Greeting>, usize)>,
    pub(crate) turns: u64,
    pub(crate) gate_dropped: u64,
    pub(crate) buffer: Box<[u8; DATAGRAM_BYTES_MAX]>,
}

/// Whether to go on.
#[derive(PartialEq)]
enum Next {
    Wait,
    /// Jobs are left: do not wait.
    Again,
    Stop,
}

impl MediaThread {
    /// Listens for jobs from now on.
    pub(crate) fn listen_for_jobs(&self) -> std::io::Result<()> {
        self.watch.add(&self.bell, JOBS, Haste::Prompt)
    }

    /// Runs until it is told to stop.
    pub(crate) fn run(mut self) {
        let mut ready = Vec::with_capacity(READY_PER_TURN);
        let mut next = Next::Wait;
        while next != Next::Stop {
            self.wait(&next, &mut ready);
            next = self.turn(&mut ready, next == Next::Again);
        }
        self.say_goodbye();
    }

    fn wait(&mut self, next: &Next, ready: &mut Vec<epoll::Event>) {
        let now = (self.clock)();
        let due = if *next == Next::Wait { self.shard.poll_timeout() } else { now };
        self.watch.wait(now, due, ready);
    }

    fn turn(&mut self, ready: &mut Vec<epoll::Event>, again: bool) -> Next {
        self.turns += 1;
        let mut next = Next::Wait;
        let mut rung = again;
        for event in ready.iter() {
            match event.data.u64() {
                JOBS => rung = true,
                token => self.receive(Token::from_u64(token)),
            }
        }
        if rung {
            next = self.do_jobs();
        }
        let now = (self.clock)();
        self.send_due(now);
        if self.watch.is_time_for_eased(now) {
            self.watch.look(now, ready);
            for event in ready.iter() {
                self.receive(Token::from_u64(event.data.u64()));
            }
        }
        self.report();
        next
    }

    fn receive(&mut self, token: Token) {
        let buffer = &mut self.buffer[..];
        let Some((leg, stream, from, length)) = self.sockets.receive(token, buffer) else {
            return;
        };
        if self.sockets.gate(token).is_some() && !self.passes_gate(token, leg, from, length) {
            return;
        }
        let now = (self.clock)();
        let datagram = &mut self.buffer[..length];
        self.shard.handle_datagram(now, leg, stream, from, datagram, &mut self.sockets);
        if self.shard.poll_timeout() <= now {
            self.send_due(now);
        }
    }

    /// Whether what came for a browser's leg is media; what is not is dealt with here.
    fn passes_gate(&mut self, token: Token, leg: LegId, from: SocketAddr, length: usize) -> bool {
        let Some(gate) = self.sockets.gate(token) else { return true };
        let (datagram, mut answer) = (&self.buffer[..length], [0; ANSWER_BYTES_MAX]);
        match gate.handle_datagram(from, datagram, &mut answer) {
            Verdict::Media => return true,
            Verdict::Handshake => self.greet(Greeting::Datagram(leg, from, datagram.into())),
            Verdict::Answer { length, chosen } => {
                self.sockets.send(leg, Stream::Rtp, from, &answer[..length]);
                if chosen {
                    self.greet(Greeting::Chosen(leg, from));
                }
            }
            Verdict::Drop => self.gate_dropped += 1,
        }
        false
    }

    /// A full queue drops: the peer sends again.
    fn greet(&self, greeting: Greeting) {
        if let Some((greetings, _)) = &self.handshakes {
            let _ = greetings.try_send(greeting);
        }
    }

    fn meet(&mut self, leg: LegId, meeting: Box<Meeting>) {
        match self.handshakes.as_ref().map(|(_, lane)| *lane) {
            Some(lane) if self.sockets.set_gate(leg, Gate::new(&meeting)) => {
                self.greet(Greeting::Begin(leg, lane, meeting));
            }
            Some(_) => {}
            None => {
                let why = "this server has no certificate for DTLS".to_owned();
                if self.events.try_send(Event::NotSecured { leg, why }).is_ok() {
                    (self.wake)();
                }
            }
        }
    }

    fn send_due(&mut self, now: Moment) {
        self.shard.handle_timeout(now, &mut self.sockets);
    }

    fn do_jobs(&mut self) -> Next {
        // silence the bell first: one rung after this is heard again
        let _ = rustix::io::read(&*self.bell, &mut [0; 8]);
        for _ in 0..JOBS_PER_TURN {
            match self.jobs.try_recv() {
                Ok(Job::Open(leg, pair)) => self.open(leg, pair),
                Ok(Job::Command(Command::Meet(leg, meeting))) => self.meet(leg, meeting),
                Ok(Job::Command(command)) => self.obey(command),
                Ok(Job::Post(leg, to, bytes)) => self.sockets.send(leg, Stream::Rtp, to, &bytes),
                Ok(Job::Leave(leg, home)) => self.leave(leg, &home),
                Ok(Job::Arrive(guest)) => self.arrive(*guest, true),
                Ok(Job::Stop) => return Next::Stop,
                Err(_) => return Next::Wait,
            }
        }
        Next::Again
    }

    fn open(&mut self, leg: LegId, pair: Pair) {
        let port = pair.port;
        // ports that it had before are not its own any more
        if let Some(former) = self.sockets.remove(leg) {
            self.give_back(former);
        }
        if let Err(error) = self.sockets.insert(&self.watch, leg, pair) {
            tracing::error!(%leg, %error, "the leg's sockets cannot be watched; it stays deaf");
            self.give_back(port);
        }
    }

    /// A leg is handed over whole, so that no other thread ever touches it.
    fn leave(&mut self, leg: LegId, home: &Home) {
        let Some(machine) = self.shard.let_go(leg) else {
            return self.shard.tell_moved(leg, false);
        };
        let Some(place) = self.sockets.hand_out(&self.watch, leg) else {
            return self.shard.take_in((self.clock)(), leg, machine, false);
        };
        let guest = Box::new(Guest { leg, place, machine });
        match home.jobs.try_send(Job::Arrive(guest)) {
            Ok(()) => ring(&home.bell),
            Err(
                TrySendError::Full(Job::Arrive(guest))
                | TrySendError::Disconnected(Job::Arrive(guest)),
            ) => {
                self.arrive(*guest, false);
            }
            Err(_) => {}
        }
    }

    fn arrive(&mut self, Guest { leg, place, machine }: Guest, done: bool) {
        if let Err(error) = self.sockets.put(&self.watch, place) {
            tracing::error!(%leg, %error, "the leg's sockets cannot be watched; it stays deaf");
        }
        self.shard.take_in((self.clock)(), leg, machine, done);
    }

    fn obey(&mut self, command: Command) {
        let closing = match &command {
            Command::Close(leg) | Command::Listen(leg, Listening::Away) => Some(*leg),
            _ => None,
        };
        match &command {
            Command::Bridge { leg, .. } => self.hurry(*leg, Haste::Prompt),
            Command::Unbridge(leg) => self.hurry(*leg, Haste::Eased),
            _ => {}
        }
        if let Some(leg) = closing.filter(|leg| self.sockets.has_gate(*leg)) {
            self.greet(Greeting::End(leg));
        }
        self.shard.handle_command((self.clock)(), command, &mut self.sockets);
        if let Some(port) = closing.and_then(|leg| self.sockets.remove(leg)) {
            self.give_back(port);
        }
    }

    fn hurry(&mut self, leg: LegId, haste: Haste) {
        if let Err(error) = self.sockets.hurry(&self.watch, leg, haste) {
            tracing::error!(%leg, %error, "the leg's RTP socket cannot be watched; it stays deaf");
        }
    }

    fn give_back(&self, port: u16) {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner).give_back(port);
    }

    /// Hands events to the control plane; what it cannot take waits in the shard.
    fn report(&mut self) {
        let mut told = false;
        while let Some(event) = self.shard.poll_event() {
            match self.events.try_send(event) {
                Ok(()) => told = true,
                Err(TrySendError::Full(event)) => {
                    self.shard.unpoll_event(event);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => break,
            }
        }
        if told {
            (self.wake)();
        }
        self.counters.publish(&EngineCounters {
            shards: self.shard.counters(),
            turns: self.turns,
            send_failed: self.sockets.send_failed,
            legs: self.sockets.len() as u64,
            gate_dropped: self.gate_dropped,
        });
    }

    fn say_goodbye(&mut self) {
        let legs: Vec<LegId> = self.sockets.legs().collect();
        for leg in legs {
            self.obey(Command::Close(leg));
        }
        self.report();
    }
}
