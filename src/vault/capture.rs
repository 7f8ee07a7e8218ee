//! One caller who pays: sound, entry and gateway tied together, and every word of it told to the switch.
//!
//! ```text
//!  Open ─agreed→ Agreed ─arm→ Asking ─────────────────────────────────────────→ Over
//!                              │ money: see asking.rs
//! ```
//!
//! Owns: one socket, one secret slot, one payment at a time; the negotiator's leg where one stays.
//! Never: an authorisation before the switch has said `journalled`; a second one under the same key.

use crate::asking::{Asking, Money, Turn, alarm_of};
use crate::caller::{Caller, master_key};
use crate::card::Card;
use crate::clock::this_month;
use crate::entry::{Entry, Step};
use crate::furniture::Furniture;
use crate::limits::{NO_MEDIA, PROCESSING_AGAIN};
use crate::prompts::Line;
use crate::relay::Relay;
use crate::secret_page::Slot;
use crate::visit::Visit;
use ids::Moment;
use rtp::srtp::SrtpSender;
use std::net::{SocketAddr, UdpSocket};
use vault_link::{
    AbortReason, Agreed, Alarm, Decline, End, Field, FromVault, FundingGate, Order, Outcome,
    Secured, Session,
};

/// One capture.
pub struct Capture {
    session: Session,
    socket: UdpSocket,
    slot: Option<Slot>,
    sealing: Option<SrtpSender>,
    private: bool,
    caller: Option<Caller>,
    /// A negotiator is on the line.
    relay: Option<Relay>,
    asking: Option<Box<Asking>>,
    /// What was told as the end.
    ended: Option<End>,
}

/// The caller's socket, and the one to the negotiator.
pub type Sockets = (UdpSocket, Option<UdpSocket>);

/// What the capture says to the switch, in order.
pub type Said = Vec<FromVault>;

impl Capture {
    /// A socket and a slot for one caller, and the negotiator's leg.
    ///
    /// # Errors
    /// The sockets come back if the key does not fit its suite.
    pub fn open(
        session: Session,
        socket: UdpSocket,
        slot: Slot,
        sending: Option<&Secured>,
        private: bool,
        relay: Option<Relay>,
    ) -> Result<Self, Sockets> {
        let sealing = match sending.map(master_key).transpose() {
            Ok(key) => key.as_ref().map(SrtpSender::new),
            Err(_) => return Err((socket, relay.map(Relay::close))),
        };
        let slot = Some(slot);
        Ok(Self {
            session,
            socket,
            slot,
            sealing,
            private,
            caller: None,
            relay,
            asking: None,
            ended: None,
        })
    }

    /// The socket, to wait on.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// The visit to the gateway, to wait on.
    pub fn visit(&self) -> Option<&Visit> {
        self.asking.as_ref()?.visit()
    }

    /// The negotiator's leg, to wait on and to read.
    pub fn relay(&mut self) -> Option<&mut Relay> {
        self.relay.as_mut()
    }

    /// The negotiator's socket, to wait on.
    pub fn relay_socket(&self) -> Option<&UdpSocket> {
        self.relay.as_ref().map(Relay::socket)
    }

    /// Gives the sockets back; everything secret is wiped.
    pub fn close(self) -> Sockets {
        (self.socket, self.relay.map(Relay::close))
    }

    /// The far end sends here now; false if that cannot be.
    pub fn agree(&mut self, now: Moment, agreed: &Agreed, random: u64) -> bool {
        let protected = self.sealing.is_some() && agreed.far_key.is_some();
        if self.caller.is_some() || !(protected || self.private) {
            return false;
        }
        self.caller = Caller::new(now, agreed, self.sealing.take(), random).ok();
        self.caller.is_some()
    }

    /// Begins to ask; false if that cannot be.
    pub fn arm(&mut self, now: Moment, order: Order, room: &Furniture, said: &mut Said) -> bool {
        let (Some(_), Some(slot)) = (&self.caller, self.slot.take()) else { return false };
        let entry = Entry::begin(now, Card::new(slot), this_month(), order.attempts_before);
        self.ask(now, entry, order, room, said);
        true
    }

    /// Waits for the negotiator's commands; false if that cannot be.
    pub fn guide(&mut self, now: Moment, order: Order, room: &Furniture, said: &mut Said) -> bool {
        if self.relay.is_none() || self.caller.is_none() {
            return false;
        }
        let Some(slot) = self.slot.take() else { return false };
        let card = Card::new(slot);
        let entry = Entry::begin_guided(now, card, this_month(), order.attempts_before);
        self.ask(now, entry, order, room, said);
        true
    }

    fn ask(
        &mut self,
        now: Moment,
        mut entry: Entry,
        order: Order,
        room: &Furniture,
        said: &mut Said,
    ) {
        let gated = order.funding == FundingGate::NoCredit;
        let caps = room.gateway.caps();
        if !caps.moto || (gated && !caps.funding_before_charge) {
            entry.handle_refused_account();
        } else if !room.prompts.speaks(order.lang) {
            entry.stop(End::NoPrompts);
        }
        self.asking = Some(Box::new(Asking {
            entry,
            order,
            money: Money::Idle,
            speaking_told: false,
            was_speaking: false,
            again: Moment::NEVER,
            aborted: false,
        }));
        self.follow(now, room, said);
    }

    /// A command of the negotiator: this field, or none. False without a guided capture.
    pub fn command(
        &mut self,
        now: Moment,
        field: Option<Field>,
        room: &Furniture,
        said: &mut Said,
    ) -> bool {
        let guided = self.asking.as_mut().filter(|asking| asking.entry.is_guided());
        let Some(asking) = guided else { return false };
        match field {
            Some(field) => asking.entry.arm_field(field),
            None => asking.entry.disarm(),
        }
        self.follow(now, room, said);
        true
    }

    /// The intent is durable: the gateway may be told, without a card.
    pub fn intent_stored(
        &mut self,
        now: Moment,
        attempt: u8,
        room: &Furniture,
        said: &mut Said,
    ) -> bool {
        let Some(asking) = &mut self.asking else { return false };
        let payment = match asking.money {
            Money::Consented(payment, _) if payment.attempt == attempt => payment,
            // the switch took too long and the caller was told that it was stopped: the words crossed
            Money::Idle => return true,
            _ => return false,
        };
        asking.money = match Visit::begin(now, room) {
            Ok(visit) => Money::Preparing(payment, Box::new(visit)),
            Err(why) => asking.not_prepared(alarm_of(why), said),
        };
        self.follow(now, room, said);
        true
    }

    /// The reference is durable: money may move.
    pub fn journalled(
        &mut self,
        now: Moment,
        attempt: u8,
        room: &Furniture,
        said: &mut Said,
    ) -> bool {
        let Some(asking) = &mut self.asking else { return false };
        let (payment, reference) = match std::mem::replace(&mut asking.money, Money::Idle) {
            Money::Journalling(payment, reference, _) if payment.attempt == attempt => {
                (payment, reference)
            }
            // the switch took too long: the words crossed, and it waits for an outcome
            Money::Idle => {
                let unsent = Outcome::Declined(Decline::NotSent);
                said.push(FromVault::Outcome(self.session, attempt, unsent));
                said.extend(self.ended.map(|end| FromVault::Ended(self.session, end)));
                return true;
            }
            _ => return false,
        };
        let mut turn = Turn { now, room, session: self.session, said };
        asking.charge(&mut turn, payment, reference);
        self.follow(now, room, said);
        true
    }

    /// The switch ends it. A payment that runs is brought to its end first.
    pub fn abort(&mut self, now: Moment, _why: AbortReason, room: &Furniture, said: &mut Said) {
        let Some(asking) = &mut self.asking else {
            if self.ended.is_none() {
                self.ended = Some(End::Aborted);
                said.push(FromVault::Ended(self.session, End::Aborted));
            }
            return;
        };
        asking.aborted = true;
        if let Some(caller) = &mut self.caller {
            caller.hush();
        }
        if !asking.is_charging() {
            asking.money = Money::Idle;
            asking.entry.stop(End::Aborted);
        }
        self.follow(now, room, said);
    }

    /// One datagram came.
    pub fn handle_datagram(&mut self, now: Moment, from: SocketAddr, datagram: &mut [u8]) {
        self.mask(now);
        if let Some(caller) = &mut self.caller {
            caller.handle_datagram(now, from, datagram, self.relay.as_mut());
        }
    }

    /// While keys are listened for the negotiator hears nothing of the caller.
    fn mask(&mut self, now: Moment) {
        let masks = self.asking.as_ref().is_some_and(|asking| asking.entry.masks());
        if let Some(relay) = self.relay.as_mut().filter(|_| masks) {
            relay.mask(now);
        }
    }

    /// When [`Capture::turn`] wants to be called at the latest.
    pub fn poll_timeout(&mut self) -> Moment {
        let Some(caller) = &mut self.caller else { return Moment::NEVER };
        let mut due = caller.next_frame().min(caller.keys().poll_timeout());
        if let Some(asking) = &self.asking {
            due = due.min(asking.entry.poll_timeout()).min(asking.money_due());
        }
        due
    }

    /// One turn: keys in, gateway on, sound out.
    pub fn turn(&mut self, now: Moment, room: &Furniture, said: &mut Said) {
        self.take_keys(now);
        self.go_on_with_gateway(now, room, said);
        if let Some(asking) = &mut self.asking {
            asking.entry.handle_timeout(now);
            asking.too_late(now);
        }
        self.follow(now, room, said);
        self.speak(now, room, said);
        self.listen_for_silence(now, said);
        self.follow(now, room, said);
    }

    fn take_keys(&mut self, now: Moment) {
        let Some(caller) = &mut self.caller else { return };
        caller.keys().handle_timeout(now);
        while let Some(key) = caller.keys().poll() {
            if let Some(relay) = &mut self.relay {
                relay.beep(now);
            }
            // what was keyed before the first prompt was meant for somebody else
            if let Some(asking) = self.asking.as_mut().filter(|a| a.speaking_told) {
                asking.entry.handle_key(now, key);
            }
        }
    }

    fn speak(&mut self, now: Moment, room: &Furniture, said: &mut Said) {
        self.mask(now);
        let Some(caller) = &mut self.caller else { return };
        while let Some((packet, length, remote)) = caller.frame(now, self.relay.as_mut()) {
            let _ = self.socket.send_to(&packet[..length], remote);
            if let Some(relay) = &mut self.relay {
                relay.send(now);
            }
        }
        let Some(asking) = &mut self.asking else { return };
        let speaks = caller.is_speaking();
        if asking.was_speaking && !asking.speaking_told {
            asking.speaking_told = true;
            said.push(FromVault::Speaking(self.session));
        }
        if asking.was_speaking && !speaks {
            asking.entry.handle_spoken(now);
            asking.again = now + PROCESSING_AGAIN;
        }
        asking.was_speaking = speaks;
        if !speaks && !matches!(asking.money, Money::Idle) && now >= asking.again {
            let (sounds, _) =
                room.prompts.sounds(Line::Processing, &[], asking.order.lang, caller.law());
            caller.say(sounds);
            asking.was_speaking = true;
        }
    }

    fn listen_for_silence(&mut self, now: Moment, said: &mut Said) {
        let Some(caller) = &mut self.caller else { return };
        let (forged, strangers) = caller.take_suspicious();
        let storms = caller.keys().take_storms();
        let alarms = [
            (Alarm::MediaForged, forged),
            (Alarm::MediaStranger, strangers),
            (Alarm::KeyStorm, storms),
        ];
        said.extend(
            alarms.into_iter().filter(|(_, n)| *n > 0).map(|(word, n)| FromVault::Alarm(word, n)),
        );
        if let Some(asking) = self.asking.as_mut().filter(|_| storms > 0) {
            asking.entry.handle_storm();
        }
        let silent = caller.is_silent_for(now, NO_MEDIA);
        if let Some(asking) = self.asking.as_mut().filter(|a| silent && a.is_idle()) {
            asking.entry.stop(End::NoMedia);
        }
    }

    /// Does what the entry wants.
    fn follow(&mut self, now: Moment, room: &Furniture, said: &mut Said) {
        let (Some(asking), Some(caller)) = (&mut self.asking, &mut self.caller) else { return };
        while let Some(step) = asking.entry.poll() {
            match step {
                Step::Hush => caller.hush(),
                Step::Say(line) => {
                    let (clips, lang) = (&asking.order.amount_clips, asking.order.lang);
                    let (sounds, whole) = room.prompts.sounds(line, clips, lang, caller.law());
                    if !whole {
                        said.push(FromVault::Alarm(Alarm::ClipMissing, 1));
                    }
                    caller.say(sounds);
                    asking.was_speaking = true;
                }
                Step::Progress(field, keys) => {
                    said.push(FromVault::Progress(self.session, field, keys));
                }
                Step::Field(field, state) => {
                    said.push(FromVault::Field(self.session, field, state));
                }
                Step::Seen(brand, last_four) => {
                    said.push(FromVault::CardSeen(self.session, brand, last_four));
                }
                Step::Consent(attempt, brand, last_four) => {
                    asking.consent(now, attempt, brand, last_four);
                    let session = self.session;
                    said.push(FromVault::Consented { session, attempt, brand, last_four });
                }
                Step::Over(end) if self.ended.is_none() => {
                    self.ended = Some(end);
                    said.push(FromVault::Ended(self.session, end));
                }
                Step::Over(_) => {}
            }
        }
    }

    fn go_on_with_gateway(&mut self, now: Moment, room: &Furniture, said: &mut Said) {
        if let Some(asking) = &mut self.asking {
            asking.go_on(&mut Turn { now, room, session: self.session, said });
        }
    }
}
