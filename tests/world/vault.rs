//! A vault, a gateway and a caller with a card, as the switch notices them: words of the link, in their time.
//!
//! ```text
//!   Arm ─▶ Speaking ─ 6 s ─▶ Consented ─▶ Prepared ─▶ Outcome ─▶ Ended
//!                     └ or whatever the caller does: leaves, is silent, has a card that is declined …
//! ```
//! Owns: what the gateway was asked and what it took, whatever became of the vault.
//! Never: a card.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use vault_link::{
    Approval, AuthCode, Brand, CannotPay, Decline, End, Field, FieldState, Found, Frames,
    FromVault, Funding, GatewayRef, LastFour, Order, Outcome, Session, ToVault, VaultHello,
};

/// What callers do, or what their cards are worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Card {
    /// The issuer says yes.
    Good,
    /// The first is declined, the second is good.
    SecondGood,
    /// All are declined.
    Bad,
    /// The issuer wants the cardholder to prove himself.
    Proof,
    /// The caller leaves before consenting.
    Leaves,
    /// The gateway says nothing; it has charged.
    LostAnswer,
    /// The gateway cannot be reached.
    GatewayDown,
}

/// What the gateway knows of one reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Charge {
    Prepared,
    Settled(Outcome),
    Voided,
}

/// How far one capture is.
struct Capture {
    order: Option<Order>,
    attempt: u8,
    reference: Option<GatewayRef>,
    /// A charge is under way: it is brought to its end.
    charging: bool,
    aborted: bool,
    ended: bool,
}

/// The vault, and the gateway behind it.
pub struct Vault {
    /// It answers.
    pub alive: bool,
    /// It has stopped in the middle of everything, and does not know.
    pub frozen: bool,
    /// What the next caller does.
    pub card: Card,
    /// How long callers need for a card.
    pub keying: Duration,
    /// Captures that were opened and not closed, and in all.
    pub opened: usize,
    /// Which run of it: words of a former one are not heard any more.
    pub(crate) run: u64,
    frames: Frames,
    captures: BTreeMap<Session, Capture>,
    gateway: BTreeMap<GatewayRef, Charge>,
    intents: BTreeMap<GatewayRef, [u8; 16]>,
    /// The state that the journal has of a payment's attempt, told before each word is heard.
    pub(crate) journalled: BTreeMap<([u8; 16], u8), records::PaymentState>,
}

impl Default for Vault {
    fn default() -> Self {
        Self {
            alive: true,
            frozen: false,
            card: Card::Good,
            keying: Duration::from_secs(6),
            opened: 0,
            run: 0,
            frames: Frames::new(vault_link::limits::TO_VAULT_BYTES_MAX),
            captures: BTreeMap::new(),
            gateway: BTreeMap::new(),
            intents: BTreeMap::new(),
            journalled: BTreeMap::new(),
        }
    }
}

/// Where the vault is.
pub const VAULT: std::net::Ipv4Addr = std::net::Ipv4Addr::new(192, 0, 2, 77);

/// Words that the vault will say, and when.
type Will = Vec<(Duration, FromVault)>;

const SOON: Duration = Duration::from_millis(5);
/// A gateway's usual time.
const GATEWAY: Duration = Duration::from_millis(800);
/// A sentence of the vault.
const SENTENCE: Duration = Duration::from_secs(2);

impl Vault {
    /// It dies: captures are gone, what the gateway took stays taken.
    pub(crate) fn die(&mut self) {
        self.alive = false;
        self.run += 1;
        self.captures.clear();
        self.frames = Frames::new(vault_link::limits::TO_VAULT_BYTES_MAX);
    }

    /// It is there again.
    pub(crate) fn come_back(&mut self) {
        (self.alive, self.frozen) = (true, false);
        self.run += 1;
        self.frames = Frames::new(vault_link::limits::TO_VAULT_BYTES_MAX);
    }

    /// What the gateway has charged, in minor units.
    pub fn charged(&self) -> u64 {
        let taken = |charge: &Charge| match charge {
            Charge::Settled(Outcome::Approved(it)) => it.amount.minor,
            _ => 0,
        };
        self.gateway.values().map(taken).sum()
    }

    /// How many captures are open.
    pub fn captures(&self) -> usize {
        self.captures.len()
    }

    /// Takes bytes of the link; what it will say to them.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Will {
        if self.frozen {
            return vec![];
        }
        let mut heard = Vec::new();
        self.frames
            .read(bytes, |m| heard.push(ToVault::decode(m).expect("the switch says good words")))
            .expect("the switch sends good frames");
        heard.into_iter().flat_map(|word| self.answer(word)).collect()
    }

    fn answer(&mut self, word: ToVault) -> Will {
        match word {
            ToVault::Hello => {
                let (cannot_pay, capacity) = (CannotPay::Ready, 50);
                let hello =
                    VaultHello { cannot_pay, capacity, brand_table: 1, secret_memory: true };
                vec![(SOON, FromVault::Hello(hello))]
            }
            ToVault::Gateway(_) => vec![],
            ToVault::Ping(count) => vec![(SOON, FromVault::Pong(count))],
            ToVault::OpenMedia { session, .. } => {
                self.opened += 1;
                let capture = Capture {
                    order: None,
                    attempt: 0,
                    reference: None,
                    charging: false,
                    aborted: false,
                    ended: false,
                };
                let twice = self.captures.insert(session, capture);
                assert!(twice.is_none(), "{session:?} is opened twice");
                let at = SocketAddr::new(VAULT.into(), 30_000 + 2 * (session.0 % 1_000) as u16);
                vec![(SOON, FromVault::MediaOpened(session, at, None))]
            }
            ToVault::MediaAgreed(session, _) => {
                assert!(self.captures.contains_key(&session), "{session:?} was not opened");
                vec![]
            }
            ToVault::Arm(session, order) => self.arm(session, order),
            // no console guides a caller in this world
            ToVault::Guide(..) | ToVault::ArmField(..) | ToVault::Disarm(_) => vec![],
            ToVault::IntentStored(session, attempt) => self.prepare(session, attempt),
            ToVault::Journalled(session, attempt) => self.authorise(session, attempt),
            ToVault::Abort(session, _) => self.abort(session),
            ToVault::CloseMedia(session) => {
                self.captures.remove(&session);
                vec![]
            }
            ToVault::Query(ask, reference) => {
                vec![(GATEWAY, FromVault::Answer(ask, self.found(&reference)))]
            }
            ToVault::Void(ask, reference) => {
                if let Some(charge) = self.gateway.get_mut(&reference) {
                    *charge = Charge::Voided;
                }
                vec![(GATEWAY, FromVault::Answer(ask, self.found(&reference)))]
            }
        }
    }

    fn found(&self, reference: &GatewayRef) -> Found {
        match self.gateway.get(reference) {
            None => Found::NoSuchPayment,
            Some(Charge::Prepared) => Found::NotAuthorised,
            Some(Charge::Settled(outcome)) => Found::Outcome(*outcome),
            Some(Charge::Voided) => Found::Voided,
        }
    }

    fn arm(&mut self, session: Session, order: Order) -> Will {
        let attempt = order.attempts_before + 1;
        let capture = self.captures.get_mut(&session).expect("armed once opened");
        (capture.order, capture.attempt) = (Some(order), attempt);
        let mut will = vec![(SOON, FromVault::Speaking(session))];
        match self.card {
            Card::Leaves => {
                will.push((self.keying, FromVault::Ended(session, End::Left)));
            }
            _ => will.extend(self.keyed(session, attempt, self.keying)),
        }
        will
    }

    /// A caller keys a card and consents.
    fn keyed(&self, session: Session, attempt: u8, after: Duration) -> Will {
        let counts = (1..=16).map(|n| FromVault::Progress(session, Field::Number, n));
        let accepted = FromVault::Field(session, Field::Number, FieldState::Accepted);
        let (brand, last_four) = (Brand::Visa, four());
        let consented = FromVault::Consented { session, attempt, brand, last_four };
        counts.chain([accepted, consented]).map(|word| (after, word)).collect()
    }

    fn prepare(&mut self, session: Session, attempt: u8) -> Will {
        let capture = self.captures.get_mut(&session).expect("stored while it is open");
        let order = capture.order.as_ref().expect("armed before");
        let state = self.journalled.get(&(order.intent.0, attempt));
        assert_eq!(state, Some(&records::PaymentState::Intent), "the intent is on disk");
        if self.card == Card::GatewayDown {
            return vec![(GATEWAY, FromVault::Ended(session, End::GatewayDown))];
        }
        // the same key, the same place at the gateway; never a row of eight digits
        let name = order.intent.to_string();
        let reference = GatewayRef::new(&format!("ref-{}-{attempt}", &name[..20])).expect("fits");
        self.gateway.entry(reference.clone()).or_insert(Charge::Prepared);
        self.intents.insert(reference.clone(), order.intent.0);
        capture.reference = Some(reference.clone());
        vec![(GATEWAY, FromVault::Prepared(session, attempt, reference))]
    }

    /// The one step that charges.
    fn authorise(&mut self, session: Session, attempt: u8) -> Will {
        let card = self.card;
        let capture = self.captures.get_mut(&session).expect("journalled while it is open");
        let order = capture.order.clone().expect("armed before");
        let state = self.journalled.get(&(order.intent.0, attempt));
        let asking = Some(&records::PaymentState::Authorising);
        assert_eq!(state, asking, "nothing is charged before the journal has its reference");
        let reference = capture.reference.clone().expect("prepared before");
        let charge = self.gateway.get_mut(&reference).expect("prepared before");
        assert_eq!(*charge, Charge::Prepared, "nothing is charged twice");
        let approval = Approval {
            amount: order.amount,
            code: AuthCode::new("A1B2C3").expect("six letters"),
            brand: Brand::Visa,
            last_four: four(),
            funding: Funding::Debit,
        };
        let truth = match card {
            Card::Bad => Outcome::Declined(Decline::Funds),
            Card::SecondGood if attempt == 1 => Outcome::Declined(Decline::Funds),
            Card::Proof => Outcome::NeedsCardholder,
            _ => Outcome::Approved(approval),
        };
        *charge = Charge::Settled(truth);
        capture.charging = true;
        let told = if card == Card::LostAnswer { Outcome::Unknown } else { truth };
        vec![(GATEWAY, FromVault::Outcome(session, attempt, told))]
    }

    fn abort(&mut self, session: Session) -> Will {
        let Some(capture) = self.captures.get_mut(&session) else { return vec![] };
        capture.aborted = true;
        match capture.charging || capture.ended {
            true => vec![],
            false => vec![(SOON, FromVault::Ended(session, End::Aborted))],
        }
    }

    /// A word that was going to be said: none, if something else came before it; and what follows it.
    pub(crate) fn say(&mut self, word: FromVault) -> Option<(FromVault, Will)> {
        if self.frozen {
            return None;
        }
        let Some(session) = word.session() else { return Some((word, vec![])) };
        let card = self.card;
        let capture = self.captures.get_mut(&session)?;
        let last = matches!(word, FromVault::Ended(_, End::Aborted));
        let outcome = matches!(word, FromVault::Outcome(..));
        if capture.ended || (capture.aborted && !last && !outcome) {
            return None;
        }
        capture.ended = matches!(word, FromVault::Ended(..));
        let FromVault::Outcome(_, attempt, outcome) = word else { return Some((word, vec![])) };
        capture.charging = false;
        if capture.aborted {
            return Some((word, vec![(SOON, FromVault::Ended(session, End::Aborted))]));
        }
        let then = match outcome {
            Outcome::Approved(_) => vec![(SENTENCE, FromVault::Ended(session, End::Paid))],
            Outcome::NeedsCardholder => {
                vec![(SENTENCE, FromVault::Ended(session, End::NeedsCardholder))]
            }
            Outcome::Unknown => vec![(SENTENCE, FromVault::Ended(session, End::Unknown))],
            Outcome::Declined(_) if attempt >= 3 || card == Card::Proof => {
                vec![(SENTENCE, FromVault::Ended(session, End::Declined))]
            }
            Outcome::Declined(_) => {
                let armed = FromVault::Field(session, Field::Number, FieldState::Armed);
                let mut again = vec![(SENTENCE, armed)];
                again.extend(self.keyed(session, attempt + 1, self.keying + SENTENCE));
                again
            }
        };
        Some((word, then))
    }
}

fn four() -> LastFour {
    LastFour::new([4, 2, 4, 2]).expect("four digits")
}
