//! Which sockets wake the thread: bridged ones at once, the others in company.
//!
//! ```text
//!   bridged RTP, bell ─────────────────────────► awake at once
//!   all others ─► first after a pause ─────────► awake at once ─┐ two or more, or within 1 ms of the last look:
//!        ▲            looked at again on the next ms ◄── resting ◄┘
//!        └── nothing came meanwhile ──────────────────┘
//! ```
//! A thread that serves a hundred prompts would wake for each packet of each caller: 5,000 times a second. What
//! callers of prompts say is for keys and figures, and those have a millisecond's time; what bridged ones say has not.
//!
//! The time comes by a timer that stays armed for the earliest moment asked for: a waiting time of its own for each
//! wait would have the kernel program its clock twice a packet, which costs more than to pass the packet on.
//!
//! Owns: both sets of sockets, whether the second one rests, the timer.
//! Never: a datagram.

use crate::limits::{READY_PER_TURN, WAIT_MAX};
use ids::Moment;
use media::limits::SEND_GRID;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::fd::{AsFd, OwnedFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

/// What the first set calls the second.
const EASED: u64 = u64::MAX - 1;
/// And the timer.
const TIMER: u64 = u64::MAX - 2;

/// Both sets.
pub(crate) struct Watch {
    prompt: OwnedFd,
    eased: OwnedFd,
    /// The second set has something.
    eased_ready: bool,
    /// The second set wakes nobody until then.
    rests_until: Option<Moment>,
    looked: Moment,
    timer: OwnedFd,
    /// When it goes off: never after the earliest moment asked for.
    armed: Moment,
}

/// How soon a socket's datagrams are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Haste {
    /// In the turn they come in.
    Prompt,
    /// Within a millisecond.
    Eased,
}

impl Watch {
    pub(crate) fn new() -> std::io::Result<Self> {
        let prompt = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let eased = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        epoll::add(&prompt, &eased, EventData::new_u64(EASED), EventFlags::IN)?;
        epoll::add(&prompt, &timer, EventData::new_u64(TIMER), EventFlags::IN)?;
        Ok(Self {
            prompt,
            eased,
            eased_ready: false,
            rests_until: None,
            looked: Moment::START,
            timer,
            armed: Moment::NEVER,
        })
    }

    /// Watches a socket; `token` is told when it has something.
    pub(crate) fn add(&self, socket: impl AsFd, token: u64, haste: Haste) -> std::io::Result<()> {
        Ok(epoll::add(self.set(haste), socket, EventData::new_u64(token), EventFlags::IN)?)
    }

    /// The socket is in more, or in less, of a hurry from now on.
    pub(crate) fn hurry(&self, socket: impl AsFd, token: u64, haste: Haste) -> std::io::Result<()> {
        let before = if haste == Haste::Prompt { Haste::Eased } else { Haste::Prompt };
        self.forget(socket.as_fd(), before);
        self.add(socket, token, haste)
    }

    /// The socket, open, is not watched any more. One that was not watched is not watched then either.
    pub(crate) fn forget(&self, socket: impl AsFd, haste: Haste) {
        let _ = epoll::delete(self.set(haste), socket);
    }

    fn set(&self, haste: Haste) -> &OwnedFd {
        match haste {
            Haste::Prompt => &self.prompt,
            Haste::Eased => &self.eased,
        }
    }

    /// Waits for the first set, for the end of the second one's rest, or until `due`.
    pub(crate) fn wait(&mut self, now: Moment, due: Moment, ready: &mut Vec<Event>) {
        let due = due.min(self.rests_until.unwrap_or(Moment::NEVER)).min(now + WAIT_MAX);
        let at_once = due <= now || !self.arm(now, due);
        poll(&self.prompt, at_once, ready);
        self.eased_ready = take(ready, EASED);
        if take(ready, TIMER) {
            // arming it again also takes back that it went off
            self.armed = Moment::NEVER;
        }
    }

    /// Sees to it that the timer goes off by `due`; early does no harm. False: nobody would be woken.
    fn arm(&mut self, now: Moment, due: Moment) -> bool {
        if self.armed <= due {
            return true;
        }
        let after = due.since(now);
        let it_value =
            Timespec { tv_sec: after.as_secs() as i64, tv_nsec: i64::from(after.subsec_nanos()) };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
        let armed = timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once).is_ok();
        self.armed = if armed { due } else { Moment::NEVER };
        armed
    }

    /// Whether the second set is to be looked at: it wakes, or has rested.
    pub(crate) fn is_time_for_eased(&self, now: Moment) -> bool {
        self.rests_until.map_or(self.eased_ready, |end| end <= now)
    }

    /// Who of the second set has something; it may rest afterwards.
    pub(crate) fn look(&mut self, now: Moment, ready: &mut Vec<Event>) {
        poll(&self.eased, true, ready);
        let busy = ready.len() > 1 || now.since(self.looked) < SEND_GRID;
        let rests_until = match ready.len() {
            0 => None,
            READY_PER_TURN.. => Some(now),
            _ if busy => Some(next_on_grid(now)),
            _ => None,
        };
        if !ready.is_empty() {
            self.looked = now;
        }
        if rests_until.is_some() != self.rests_until.is_some() {
            let wanted = if rests_until.is_some() { EventFlags::empty() } else { EventFlags::IN };
            // cannot fail for a set that is watched; if it did, it would be looked at too often or on its time
            let _ = epoll::modify(&self.prompt, &self.eased, EventData::new_u64(EASED), wanted);
        }
        self.rests_until = rests_until;
    }
}

fn next_on_grid(now: Moment) -> Moment {
    let grid = SEND_GRID.as_micros() as u64;
    Moment::from_micros((now.micros() / grid + 1) * grid)
}

/// Whether this token was among them; it is taken out.
fn take(ready: &mut Vec<Event>, token: u64) -> bool {
    let found = ready.iter().position(|event| event.data.u64() == token);
    found.map(|n| ready.swap_remove(n)).is_some()
}

fn poll(set: &OwnedFd, at_once: bool, ready: &mut Vec<Event>) {
    ready.clear();
    let timeout = at_once.then_some(Timespec { tv_sec: 0, tv_nsec: 0 });
    // an interrupted wait is an early wake-up
    let _ = epoll::wait(set, spare_capacity(ready), timeout.as_ref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, UdpSocket};

    fn pair() -> (UdpSocket, UdpSocket) {
        let here = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let there = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        there.connect(here.local_addr().unwrap()).unwrap();
        (here, there)
    }

    /// What wakes it within a millisecond; 0 is the second set.
    fn woken(watch: &mut Watch, now: Moment) -> Vec<u64> {
        let mut ready = Vec::with_capacity(READY_PER_TURN);
        watch.wait(now, now + SEND_GRID, &mut ready);
        let eased = watch.eased_ready.then_some(0);
        ready.iter().map(|event| event.data.u64()).chain(eased).collect()
    }

    #[test]
    fn a_bridged_socket_wakes_at_once_and_a_busy_other_one_only_on_the_next_millisecond() {
        let mut watch = Watch::new().unwrap();
        let ((bridged, a), (other, b)) = (pair(), pair());
        watch.add(&bridged, 1, Haste::Prompt).unwrap();
        watch.add(&other, 2, Haste::Eased).unwrap();
        let mut ready = Vec::with_capacity(READY_PER_TURN);
        let at = Moment::from_micros;
        b.send(b"x").unwrap();
        assert_eq!(woken(&mut watch, at(10_200)), [0], "the first after a pause wakes");
        watch.look(at(10_200), &mut ready);
        assert_eq!(ready.iter().map(|e| e.data.u64()).collect::<Vec<_>>(), [2]);
        // not read: the next look, so soon after, makes it rest
        watch.look(at(10_300), &mut ready);
        assert_eq!(watch.rests_until, Some(at(11_000)));
        assert!(woken(&mut watch, at(10_999)).is_empty(), "it rests");
        assert!(!watch.is_time_for_eased(at(10_999)) && watch.is_time_for_eased(at(11_000)));
        a.send(b"x").unwrap();
        assert_eq!(woken(&mut watch, at(10_400)), [1], "a bridged one wakes all the same");
        other.recv(&mut [0; 8]).unwrap();
        watch.look(at(11_000), &mut ready);
        assert!(ready.is_empty() && watch.rests_until.is_none());
        bridged.recv(&mut [0; 8]).unwrap();
        b.send(b"x").unwrap();
        assert_eq!(woken(&mut watch, at(12_000)), [0]);
        watch.hurry(&other, 3, Haste::Prompt).unwrap();
        assert_eq!(woken(&mut watch, at(12_000)), [3]);
    }

    #[test]
    fn the_timer_is_armed_once_for_the_earliest_moment_and_wakes_again_and_again() {
        let mut watch = Watch::new().unwrap();
        let mut ready = Vec::with_capacity(READY_PER_TURN);
        let at = Moment::from_millis;
        for n in 1..=5 {
            // nothing else could end this wait
            watch.wait(at(n), at(n + 1), &mut ready);
            assert!(ready.is_empty() && watch.armed == Moment::NEVER, "it went off");
        }
        let (here, there) = pair();
        watch.add(&here, 7, Haste::Prompt).unwrap();
        there.send(b"x").unwrap();
        watch.wait(at(10), at(500), &mut ready);
        assert_eq!((ready.len(), watch.armed), (1, at(500)));
        watch.wait(at(10), at(900), &mut ready);
        assert_eq!(watch.armed, at(500), "early does no harm");
        watch.wait(at(10), at(50), &mut ready);
        assert_eq!(watch.armed, at(50));
    }
}
