//! What people do in the world, one deed each: used by scripts and by random walks alike.

use super::phone::{Dialling, Phone};
use super::setting::{PASSWORD, REALM};
use super::{Happening, World};
use ids::Moment;
use keypad::Key;
use media::command::KeySource;
use std::time::Duration;

/// A finger on a key, and between two keys.
const KEY: Duration = Duration::from_millis(100);
const BETWEEN_KEYS: Duration = Duration::from_millis(150);
/// When media notices that nothing comes from a caller any more (defaults.md, dead calls).
const SILENT_AFTER: Duration = Duration::from_secs(30);
const DEAD_AFTER: Duration = Duration::from_secs(60);

impl World {
    /// The phone with this name, made if there is none.
    pub fn phone(&mut self, name: &str) -> usize {
        if let Some(known) = self.phones.iter().position(|p| p.name == name) {
            return known;
        }
        self.phones.push(Phone::new(name, self.phones.len()));
        self.phones.len() - 1
    }

    /// Somebody dials.
    pub fn dial(&mut self, phone: usize, how: &Dialling) {
        let now = self.now;
        self.phones[phone].dial(now, how);
        self.settle();
    }

    /// One of our own people's phones registers under its own name.
    pub fn register(&mut self, phone: usize) {
        let name = self.phones[phone].name.clone();
        let secret = sip::digest::Secrets::of(&name, REALM, PASSWORD);
        self.users.insert(name.clone(), secret);
        self.exchange.phones_changed(self.users.clone());
        let now = self.now;
        self.phones[phone].register(now, &name);
        self.settle();
    }

    /// One of our own people may call numbers that begin so.
    pub fn allow(&mut self, user: &str, start: &str) {
        self.may_call.entry(user.to_owned()).or_default().push(start.to_owned());
        self.exchange.may_call_changed(self.may_call.clone());
    }

    /// Somebody asks the server to connect whom he talks with to this user.
    pub fn refer(&mut self, phone: usize, user: &str) {
        let now = self.now;
        self.phones[phone].refer(now, user);
        self.settle();
    }

    /// Somebody joins the one he talks with and the one who waits.
    pub fn join(&mut self, phone: usize) {
        let now = self.now;
        self.phones[phone].join(now);
        self.settle();
    }

    /// Somebody picks up what rings.
    pub fn pick_up(&mut self, phone: usize) {
        let now = self.now;
        self.phones[phone].pick_up(now);
        self.settle();
    }

    /// Whether these two hear each other.
    pub fn talk(&self, one: usize, two: usize) -> bool {
        self.legs.talk(one, two)
    }

    /// Somebody hangs up, or gives up.
    pub fn hang_up(&mut self, phone: usize) {
        let now = self.now;
        self.phones[phone].hang_up(now);
        self.settle();
    }

    /// Somebody presses keys, one after the other, as RTP events or tones.
    pub fn press(&mut self, phone: usize, keys: &str, source: KeySource) {
        let mut at = Duration::ZERO;
        let Some(leg) = self.legs.leg_of(phone) else { return };
        for key in keys.chars().filter_map(Key::from_char) {
            self.later(at, Happening::KeyDown(leg));
            self.later(at + KEY, Happening::KeyUp(leg, key, source));
            at += KEY + BETWEEN_KEYS;
        }
        self.pass(at);
    }

    /// Somebody presses keys on a phone that sends them by SIP INFO.
    pub fn press_by_info(&mut self, phone: usize, keys: &str) {
        for key in keys.chars() {
            let now = self.now;
            self.phones[phone].info_key(now, key);
            self.pass(KEY + BETWEEN_KEYS);
        }
    }

    /// A phone vanishes without a word: nothing leaves or reaches it any more.
    pub fn vanish(&mut self, phone: usize) {
        self.phones[phone].gone = true;
        if let Some(leg) = self.legs.leg_of(phone) {
            self.later(SILENT_AFTER, Happening::Silence(leg, false));
            self.later(DEAD_AFTER, Happening::Silence(leg, true));
        }
    }

    /// Somebody puts the server on hold, or takes it back.
    pub fn hold(&mut self, phone: usize, hold: bool) {
        let now = self.now;
        self.phones[phone].hold(now, hold);
        self.settle();
    }

    /// The server takes no new calls from now on and leaves its registrars.
    pub fn drain(&mut self) {
        let now = self.time();
        self.exchange.drain();
        self.exchange.leave_trunks(now);
        self.settle();
    }

    /// The server ends every call.
    pub fn stop(&mut self) {
        let now = self.time();
        self.exchange.hang_up_all(now, "shutdown");
        self.settle();
    }

    /// Everybody hangs up, time passes, and nothing may be left but records.
    pub fn end(&mut self) {
        for phone in 0..self.phones.len() {
            self.hang_up(phone);
        }
        self.pass(Duration::from_secs(300));
        self.ledger.assert_all_gone(&self.exchange.census(), self.legs.open());
    }

    /// Waits until this phone hears this prompt with this text in it; what it heard instead if it does not.
    pub fn wait_heard(
        &mut self,
        phone: usize,
        prompt: &str,
        text: &str,
        within: Duration,
    ) -> Result<(), String> {
        let from = self.phones[phone].heard;
        let find = |w: &World| {
            let new = w.legs.heard_by(phone).iter().enumerate().skip(from);
            new.into_iter()
                .find(|(_, h)| h.prompt == prompt && h.text.contains(text))
                .map(|(n, _)| n)
        };
        if self.run_until(within, |w| find(w).is_some()) {
            self.phones[phone].heard = find(self).map_or(from, |n| n + 1);
            return Ok(());
        }
        let heard = self.legs.heard_by(phone).iter().skip(from);
        let heard: Vec<_> = heard.map(|h| format!("{}: {}", h.prompt, h.text)).collect();
        Err(format!(
            "did not hear {prompt} '{text}' within {within:?}, but:\n    {}",
            heard.join("\n    ")
        ))
    }

    /// Waits until nothing is said to this phone.
    pub fn wait_quiet(&mut self, phone: usize, within: Duration) -> bool {
        self.run_until(within, |w| !w.legs.is_speaking_to(phone))
    }

    /// Virtual time since the world began.
    pub fn age(&self) -> Duration {
        self.now - Moment::from_millis(1_000)
    }
}
