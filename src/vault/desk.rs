//! Where the switch's words arrive: each goes to its capture or is a question; a word out of turn ends the
//! vault, for a switch that does not keep to the order is not the switch.

use crate::brands::TABLE_VERSION;
use crate::capture::Capture;
use crate::furniture::Furniture;
use crate::questions::{Questions, Wish};
use crate::relay::Relay;
use ids::Moment;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use vault_link::{
    AbortReason, CannotPay, FromVault, NegotiatorLeg, Refusal, Secured, Session, ToVault,
    VaultHello,
};

/// The switch does not keep to the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfTurn;

/// All captures and questions of one link.
pub struct Desk {
    /// What they use.
    pub room: Furniture,
    captures: BTreeMap<Session, Capture>,
    questions: Questions,
    greeted: bool,
    said: Vec<FromVault>,
}

impl Desk {
    /// Nobody has called.
    pub fn new(room: Furniture) -> Self {
        let (captures, questions) = (BTreeMap::new(), Questions::default());
        Self { room, captures, questions, greeted: false, said: Vec::new() }
    }

    /// What is to be told the switch, in order.
    pub fn take_said(&mut self) -> Vec<FromVault> {
        std::mem::take(&mut self.said)
    }

    /// All captures.
    pub fn captures(&mut self) -> impl Iterator<Item = &mut Capture> {
        self.captures.values_mut()
    }

    /// All captures and questions, to wait on.
    pub fn waiting_on(&self) -> (impl Iterator<Item = &Capture>, &Questions) {
        (self.captures.values(), &self.questions)
    }

    /// One turn of everything.
    pub fn turn(&mut self, now: Moment) {
        for capture in self.captures.values_mut() {
            capture.turn(now, &self.room, &mut self.said);
        }
        self.questions.turn(now, &self.room, &mut self.said);
    }

    /// One word of the switch. `random` is fresh.
    ///
    /// # Errors
    /// [`OutOfTurn`].
    pub fn hear(&mut self, now: Moment, word: ToVault, random: u64) -> Result<(), OutOfTurn> {
        let greeting = matches!(word, ToVault::Hello);
        if greeting == self.greeted {
            return Err(OutOfTurn);
        }
        match word {
            ToVault::Hello => self.greet(),
            ToVault::Gateway(addresses) => self.room.gateway_at = addresses,
            ToVault::OpenMedia { session, sending, private, negotiator } => {
                return self.open(session, sending, private, negotiator, random);
            }
            ToVault::CloseMedia(session) => self.close(session),
            ToVault::Query(ask, reference) => {
                let question = (ask, Wish::Query, reference);
                self.questions.ask(now, &self.room, question, &mut self.said);
            }
            ToVault::Void(ask, reference) => {
                let question = (ask, Wish::Void, reference);
                self.questions.ask(now, &self.room, question, &mut self.said);
            }
            ToVault::Ping(count) => self.said.push(FromVault::Pong(count)),
            word => return self.hear_of_capture(now, word, random),
        }
        Ok(())
    }

    fn hear_of_capture(
        &mut self,
        now: Moment,
        word: ToVault,
        random: u64,
    ) -> Result<(), OutOfTurn> {
        let (captures, room, said) = (&mut self.captures, &self.room, &mut self.said);
        let in_turn = match word {
            ToVault::MediaAgreed(session, agreed) => {
                of(captures, session)?.agree(now, &agreed, random)
            }
            ToVault::Arm(session, order) => of(captures, session)?.arm(now, order, room, said),
            ToVault::Guide(session, order) => of(captures, session)?.guide(now, order, room, said),
            ToVault::ArmField(session, field) => {
                of(captures, session)?.command(now, Some(field), room, said)
            }
            ToVault::Disarm(session) => of(captures, session)?.command(now, None, room, said),
            ToVault::IntentStored(session, attempt) => {
                of(captures, session)?.intent_stored(now, attempt, room, said)
            }
            ToVault::Journalled(session, attempt) => {
                of(captures, session)?.journalled(now, attempt, room, said)
            }
            ToVault::Abort(session, why) => {
                // it may cross the end of the capture
                if let Some(capture) = captures.get_mut(&session) {
                    capture.abort(now, why, room, said);
                }
                true
            }
            _ => false,
        };
        if in_turn { Ok(()) } else { Err(OutOfTurn) }
    }

    fn greet(&mut self) {
        self.greeted = true;
        self.said.push(FromVault::Hello(VaultHello {
            cannot_pay: CannotPay::Ready,
            capacity: self.room.capacity,
            brand_table: TABLE_VERSION,
            secret_memory: true,
        }));
    }

    fn open(
        &mut self,
        session: Session,
        sending: Option<Secured>,
        private: bool,
        negotiator: Option<NegotiatorLeg>,
        random: u64,
    ) -> Result<(), OutOfTurn> {
        if self.captures.contains_key(&session) {
            return Err(OutOfTurn);
        }
        let said = match self.try_open(session, sending, private, negotiator, random) {
            Ok((at, second)) => FromVault::MediaOpened(session, at, second),
            Err(why) => FromVault::MediaRefused(session, why),
        };
        self.said.push(said);
        Ok(())
    }

    fn try_open(
        &mut self,
        session: Session,
        sending: Option<Secured>,
        private: bool,
        negotiator: Option<NegotiatorLeg>,
        random: u64,
    ) -> Result<(SocketAddr, Option<SocketAddr>), Refusal> {
        if sending.is_none() && !private {
            return Err(Refusal::NotProtected);
        }
        if self.room.gateway_at.is_empty() {
            return Err(Refusal::NoGateway);
        }
        let slot = self.room.secrets.lend().ok_or(Refusal::Full)?;
        let (socket, port) = self.take_socket()?;
        let (relay, second) = match negotiator.map(|leg| self.open_relay(&leg, random)).transpose()
        {
            Ok(opened) => opened.unzip(),
            Err(why) => {
                self.room.sockets.push(socket);
                return Err(why);
            }
        };
        match Capture::open(session, socket, slot, sending.as_ref(), private, relay) {
            Ok(capture) => self.captures.insert(session, capture),
            Err((socket, beside)) => {
                self.room.sockets.extend([socket].into_iter().chain(beside));
                return Err(Refusal::NotProtected);
            }
        };
        let at = |port| SocketAddr::new(self.room.announced, port);
        Ok((at(port), second.map(at)))
    }

    fn open_relay(&mut self, leg: &NegotiatorLeg, random: u64) -> Result<(Relay, u16), Refusal> {
        let (socket, port) = self.take_socket()?;
        let opened = Relay::open(socket, leg, random).map_err(|socket| {
            self.room.sockets.push(socket);
            Refusal::NotProtected
        });
        Ok((opened?, port))
    }

    /// A socket of the pool with its port, and with nothing of its last capture in it.
    fn take_socket(&mut self) -> Result<(UdpSocket, u16), Refusal> {
        let socket = self.room.sockets.pop().ok_or(Refusal::Full)?;
        let port = socket.local_addr().map_err(|_| Refusal::Full)?.port();
        drain(&socket);
        Ok((socket, port))
    }

    fn close(&mut self, session: Session) {
        if let Some(capture) = self.captures.remove(&session) {
            let (socket, beside) = capture.close();
            self.room.sockets.extend([socket].into_iter().chain(beside));
        }
    }

    /// The link is gone: nothing that has not begun begins.
    pub fn abort_all(&mut self, now: Moment) {
        for capture in self.captures.values_mut() {
            capture.abort(now, AbortReason::Shutdown, &self.room, &mut self.said);
        }
    }
}

fn of(
    captures: &mut BTreeMap<Session, Capture>,
    session: Session,
) -> Result<&mut Capture, OutOfTurn> {
    captures.get_mut(&session).ok_or(OutOfTurn)
}

/// What the last caller's far end still sent is nobody's.
fn drain(socket: &UdpSocket) {
    let mut scratch = [0; 1];
    for _ in 0..1_000 {
        if socket.recv_from(&mut scratch).is_err() {
            return;
        }
    }
}
