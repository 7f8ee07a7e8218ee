//! The one loop: wait for the link, the callers, the gateway or the time; let everybody have a turn.

use crate::clock;
use crate::desk::Desk;
use crate::limits::{DATAGRAM_BYTES, DATAGRAMS_PER_TURN, LINK_WAITING_BYTES_MAX};
use ids::Moment;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use std::os::fd::{AsFd, BorrowedFd};
use vault_link::limits::TO_VAULT_BYTES_MAX;
use vault_link::{Frames, ToVault, frame_of};
use zeroize::Zeroize;

/// Why the vault stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The switch is gone.
    LinkClosed,
    /// The switch does not speak our language, or out of turn.
    LinkBroken,
    /// The kernel gives us nothing any more.
    System,
}

/// Serves one switch until it is gone.
pub fn serve(link: BorrowedFd<'_>, mut desk: Desk) -> Stop {
    let mut frames = Frames::new(TO_VAULT_BYTES_MAX);
    let mut out = Vec::new();
    loop {
        let now = clock::now();
        desk.turn(now);
        for word in desk.take_said() {
            out.extend(frame_of(&word.encode()));
        }
        if out.len() > LINK_WAITING_BYTES_MAX || write_some(link, &mut out).is_err() {
            desk.abort_all(now);
            return Stop::LinkClosed;
        }
        if wait(link, &mut desk, now, !out.is_empty()).is_err() {
            return Stop::System;
        }
        let now = clock::now();
        if let Err(stop) = read_link(link, &mut desk, &mut frames, now) {
            desk.abort_all(now);
            return stop;
        }
        read_callers(&mut desk, now);
    }
}

fn wait(link: BorrowedFd<'_>, desk: &mut Desk, now: Moment, writing: bool) -> Result<(), Errno> {
    let due = desk.captures().map(|capture| capture.poll_timeout());
    let due = due.fold(now + std::time::Duration::from_secs(1), Moment::min);
    let (captures, questions) = desk.waiting_on();
    let link_flags = if writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut fds = vec![PollFd::from_borrowed_fd(link, link_flags)];
    let mut visits: Vec<_> = questions.visits().collect();
    for capture in captures {
        fds.push(PollFd::from_borrowed_fd(capture.socket().as_fd(), PollFlags::IN));
        let beside = capture.relay_socket().map(AsFd::as_fd);
        fds.extend(beside.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        visits.extend(capture.visit());
    }
    for visit in visits {
        let (fd, flags) = visit.interest();
        fds.push(PollFd::from_borrowed_fd(fd, flags));
    }
    let left = due - now;
    let timeout =
        Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(e) => Err(e),
    }
}

fn write_some(link: BorrowedFd<'_>, out: &mut Vec<u8>) -> Result<(), Errno> {
    while !out.is_empty() {
        match rustix::io::write(link, out) {
            Ok(count) => drop(out.drain(..count)),
            Err(Errno::AGAIN) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn read_link(
    link: BorrowedFd<'_>,
    desk: &mut Desk,
    frames: &mut Frames,
    now: Moment,
) -> Result<(), Stop> {
    let mut chunk = [0; TO_VAULT_BYTES_MAX];
    let count = match rustix::io::read(link, &mut chunk) {
        Ok(0) => return Err(Stop::LinkClosed),
        Ok(count) => count,
        Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
        Err(_) => return Err(Stop::LinkClosed),
    };
    let mut words = Vec::new();
    let framed = frames.read(&chunk[..count], |message| words.push(ToVault::decode(message)));
    // it may have carried a stream's key
    chunk.zeroize();
    for word in words {
        let word = word.map_err(|_| Stop::LinkBroken)?;
        desk.hear(now, word, random()?).map_err(|_| Stop::LinkBroken)?;
    }
    framed.map_err(|_| Stop::LinkBroken)
}

fn random() -> Result<u64, Stop> {
    let mut bytes = [0; 8];
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(8) => Ok(u64::from_ne_bytes(bytes)),
        Ok(_) | Err(_) => Err(Stop::System),
    }
}

fn read_callers(desk: &mut Desk, now: Moment) {
    let mut datagram = [0; DATAGRAM_BYTES];
    for capture in desk.captures() {
        for _ in 0..DATAGRAMS_PER_TURN {
            let Ok((length, from)) = capture.socket().recv_from(&mut datagram) else { break };
            capture.handle_datagram(now, from, &mut datagram[..length]);
        }
        let Some(relay) = capture.relay() else { continue };
        for _ in 0..DATAGRAMS_PER_TURN {
            let Ok((length, from)) = relay.socket().recv_from(&mut datagram) else { break };
            relay.handle_datagram(from, &mut datagram[..length]);
        }
    }
    datagram.zeroize();
}
