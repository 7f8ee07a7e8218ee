//! Media legs as callers notice them: what plays, until when, which key stops it. No packets: those are media's.

use exchange::{NoPorts, OpenPorts};
use ids::{CallId, LegId, Moment, PlayId};
use media::command::{Event, Listening};
use records::EventKind;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use words::{Piece, Sentence};

/// A spoken word, at 150 words a minute.
const WORD: Duration = Duration::from_millis(400);

/// The longest wait for a first key is 10 s (dialplan.md, a case number); a caller who hears nothing for longer was
/// forgotten.
const QUIET_MAX: Duration = Duration::from_secs(11);

/// Between the flow and the vault, before and after.
const LED_QUIET_MAX: Duration = Duration::from_secs(2);

/// A prompt that somebody heard the beginning of.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) prompt: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct Leg {
    phone: Option<usize>,
    playing: Option<(PlayId, bool)>,
    sound: Option<(PlayId, bool)>,
    call: Option<CallId>,
    /// Since when nothing plays and no key moves; `None` before the first prompt.
    quiet_since: Option<Moment>,
    /// Which leg hears what is said here.
    heard_on: Option<LegId>,
    /// The media thread that it is on.
    thread: u32,
    /// Whether keys and sound of its phone are looked at.
    listening: Option<Listening>,
    /// The port that its phone is to send to.
    port: u16,
}

/// All legs that are open, and what was heard on them.
#[derive(Default)]
pub(crate) struct Legs {
    open: HashMap<LegId, Leg>,
    heard: HashMap<usize, Vec<Heard>>,
    calls: HashMap<CallId, usize>,
    last_play: Option<(LegId, String)>,
    ports: u16,
    /// Media threads so far: as many as there are legs that needed none beside them.
    threads: u32,
    /// Legs that were bridged with one that has closed, until they are told.
    bridged_with_gone: Vec<LegId>,
    /// The world's time, told before each turn.
    pub(crate) now: Moment,
}

impl Legs {
    /// How many legs have ports.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn open_ports(
        &mut self,
        leg: LegId,
        ip: IpAddr,
        most: usize,
        beside: Option<LegId>,
    ) -> Result<OpenPorts, NoPorts> {
        let others = self.open.len() - usize::from(self.open.contains_key(&leg));
        if others >= most {
            return Err(NoPorts);
        }
        self.ports = self.ports % 10_000 + 2;
        let port = 20_000 + self.ports;
        let thread = beside.and_then(|other| self.open.get(&other)).map(|other| other.thread);
        self.threads += 1;
        let state = self.open.entry(leg).or_default();
        let again = state.port != 0;
        assert_eq!(again, state.listening == Some(Listening::Away), "{leg} has ports already");
        state.port = port;
        state.thread = thread.unwrap_or(self.threads);
        Ok(OpenPorts { rtp: SocketAddr::new(ip, port), rtcp: SocketAddr::new(ip, port + 1) })
    }

    pub(crate) fn start(&mut self, leg: LegId, phone: Option<usize>) {
        let leg = self.open.get_mut(&leg).expect("a leg is started once it has ports");
        leg.phone = phone.or(leg.phone);
    }

    /// A leg goes to the thread of another one; how many µs that takes.
    pub(crate) fn move_to(&mut self, leg: LegId, beside: LegId) -> u64 {
        let thread = self.open.get(&beside).map(|other| other.thread);
        if let (Some(state), Some(thread)) = (self.open.get_mut(&leg), thread) {
            state.thread = thread;
        }
        200
    }

    /// Listens or not from now on; what is cut off by that.
    pub(crate) fn listen(&mut self, leg: LegId, how: Listening) -> Option<PlayId> {
        let state = self.open.get_mut(&leg)?;
        let back = state.listening == Some(Listening::Away) && how != Listening::Away;
        state.listening = Some(how);
        if back || how == Listening::Deaf {
            state.quiet_since = Some(self.now);
        }
        if how != Listening::Away {
            return None;
        }
        state.quiet_since = None;
        state.playing.take().map(|(play, _)| play)
    }

    /// Whether keys and sound of its phone are looked at.
    pub(crate) fn hears(&self, leg: LegId) -> bool {
        self.open.get(&leg).is_some_and(|l| l.listening.is_none_or(|how| how == Listening::Open))
    }

    /// Whether the leg of this phone has no socket.
    pub(crate) fn is_away(&self, phone: usize) -> bool {
        let leg = self.leg_of(phone).and_then(|leg| self.open.get(&leg));
        leg.is_some_and(|leg| leg.listening == Some(Listening::Away))
    }

    /// The port of this phone's leg.
    pub(crate) fn port_of(&self, phone: usize) -> Option<u16> {
        self.leg_of(phone).and_then(|leg| self.open.get(&leg)).map(|leg| leg.port)
    }

    /// A sentence begins; how long it takes.
    pub(crate) fn play(
        &mut self,
        leg: LegId,
        play: PlayId,
        sentence: &Sentence,
        barge_in: bool,
    ) -> Duration {
        let text = sentence.text();
        let pauses = sentence.pieces.iter().map(|p| match p {
            Piece::Pause(ms) => Duration::from_millis(u64::from(*ms)),
            Piece::Clip { .. } | Piece::Name(_) => Duration::ZERO,
        });
        let time = WORD * text.split_whitespace().count() as u32 + pauses.sum::<Duration>();
        let state = self.open.get_mut(&leg).expect("a leg that plays has ports");
        state.playing = Some((play, barge_in));
        self.last_play = Some((leg, text));
        time
    }

    /// A sound begins that goes on until something else plays.
    pub(crate) fn sound(&mut self, leg: LegId, play: PlayId) {
        let state = self.open.get_mut(&leg).expect("a leg that plays has ports");
        state.playing = Some((play, false));
        state.sound = state.playing;
    }

    /// Whether this phone hears a sound that goes on.
    pub(crate) fn hears_a_sound(&self, phone: usize) -> bool {
        let leg = self.leg_of(phone).and_then(|leg| self.open.get(&leg));
        leg.is_some_and(|leg| leg.playing.is_some() && leg.playing == leg.sound)
    }

    /// What is said on a leg is heard on another one, or on none.
    pub(crate) fn bridge(&mut self, leg: LegId, to: Option<LegId>) {
        if let Some(to) = to {
            assert!(self.open.contains_key(&to), "{leg} is bridged with {to}, which is gone");
            let thread = |leg| self.open.get(leg).map(|leg| leg.thread);
            let apart = thread(&leg).is_some_and(|one| Some(one) != thread(&to));
            assert!(!apart, "{leg} is bridged with {to}, which is on another thread");
        }
        if let Some(state) = self.open.get_mut(&leg) {
            state.heard_on = to;
            state.quiet_since = Some(self.now);
        }
    }

    /// Whether these two phones hear each other, and nothing else.
    pub(crate) fn talk(&self, one: usize, two: usize) -> bool {
        let hears = |from: LegId, on: LegId| {
            let other = self.open.get(&on).is_some_and(|leg| leg.playing.is_none());
            self.open.get(&from).is_some_and(|leg| leg.heard_on == Some(on)) && other
        };
        let legs = self.leg_of(one).zip(self.leg_of(two));
        legs.is_some_and(|(a, b)| hears(a, b) && hears(b, a))
    }

    /// The prompt's name comes with the event that follows its play.
    pub(crate) fn note(&mut self, event: &records::Event) {
        let EventKind::PromptStarted { prompt, .. } = &event.kind else { return };
        let Some((leg, text)) = self.last_play.take() else { return };
        let Some(state) = self.open.get_mut(&leg) else { return };
        state.call = Some(event.call);
        if let Some(phone) = state.phone {
            self.calls.insert(event.call, phone);
            self.heard.entry(phone).or_default().push(Heard { prompt: prompt.clone(), text });
        }
    }

    /// What this phone heard so far.
    pub(crate) fn heard_by(&self, phone: usize) -> &[Heard] {
        self.heard.get(&phone).map_or(&[], Vec::as_slice)
    }

    /// Whether this play still ran.
    pub(crate) fn end_play(&mut self, leg: LegId, play: PlayId) -> bool {
        let Some(state) = self.open.get_mut(&leg) else { return false };
        let runs = state.playing.is_some_and(|(p, _)| p == play);
        if runs {
            state.playing = None;
            state.quiet_since = Some(self.now);
        }
        runs
    }

    pub(crate) fn key_down(&mut self, leg: LegId) -> Option<Event> {
        if !self.hears(leg) {
            return None;
        }
        let state = self.open.get_mut(&leg)?;
        state.quiet_since = Some(self.now);
        let stopped = state.playing.take_if(|(_, barge_in)| *barge_in).map(|(play, _)| play);
        Some(Event::KeyDown { leg, stopped })
    }

    pub(crate) fn is_up(&self, leg: LegId) -> bool {
        self.open.contains_key(&leg)
    }

    /// Whether anything plays on this phone's leg.
    pub(crate) fn is_speaking_to(&self, phone: usize) -> bool {
        self.leg_of(phone).and_then(|leg| self.open.get(&leg)).is_some_and(|l| l.playing.is_some())
    }

    /// Whose telephone this leg leads to.
    pub(crate) fn phone_of(&self, leg: LegId) -> Option<usize> {
        self.open.get(&leg).and_then(|l| l.phone)
    }

    pub(crate) fn leg_of(&self, phone: usize) -> Option<LegId> {
        let mut legs: Vec<_> =
            self.open.iter().filter(|(_, l)| l.phone == Some(phone)).map(|(id, _)| *id).collect();
        legs.sort_unstable();
        legs.pop()
    }

    /// Nobody talks to a leg that is gone, and no caller is left in silence.
    pub(crate) fn assert_nobody_forgotten(&mut self) {
        for leg in std::mem::take(&mut self.bridged_with_gone) {
            let to = self.open.get(&leg).and_then(|leg| leg.heard_on);
            assert!(to.is_none_or(|to| self.open.contains_key(&to)), "{leg} talks to nobody");
        }
        for (id, leg) in &self.open {
            let talks = self.open.values().any(|other| other.heard_on == Some(*id));
            let owed = leg.quiet_since.filter(|_| leg.playing.is_none() && !talks);
            let quiet = owed.map(|at| self.now - at);
            // who is led to the vault or back hears something within two seconds
            let deaf = leg.listening == Some(Listening::Deaf);
            let most = if deaf { LED_QUIET_MAX } else { QUIET_MAX };
            assert!(quiet.is_none_or(|q| q <= most), "{id} hears nothing for {quiet:?}");
        }
    }

    pub(crate) fn close(&mut self, leg: LegId) {
        self.open.remove(&leg);
        for (id, other) in &self.open {
            let bridged = other.heard_on == Some(leg);
            self.bridged_with_gone.extend(bridged.then_some(*id));
        }
    }
}
