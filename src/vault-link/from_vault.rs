//! What the vault says to the switch: what happened, in words and small numbers.

use crate::bounded::{GatewayRef, LastFour};
use crate::limits::VERSION;
use crate::link_word::{Alarm, CannotPay, End, Field, FieldState, Refusal};
use crate::money_word::{Brand, Outcome};
use crate::wire::{Malformed, Reader, Writer};
use crate::{Ask, Session};
use std::net::SocketAddr;

/// Who the vault is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VaultHello {
    /// Whether it takes cards, or why not.
    pub cannot_pay: CannotPay,
    /// Captures at once.
    pub capacity: u16,
    /// The version of its brand table, for the audit.
    pub brand_table: u16,
    /// Card bytes lie in memory that even the kernel cannot read; `false`: in locked memory only.
    pub secret_memory: bool,
}

/// What a query or a void found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// As after an authorisation.
    Outcome(Outcome),
    /// The gateway has it prepared and never saw a card: nothing was charged.
    NotAuthorised,
    /// It was taken back.
    Voided,
    /// The gateway knows no such payment.
    NoSuchPayment,
    /// The gateway gave no answer; ask again later.
    NoAnswer,
}

/// One message from the vault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FromVault {
    /// First on every connection.
    Hello(VaultHello),
    /// Here the far end shall send; and here the switch shall send the negotiator, if one stays.
    MediaOpened(Session, SocketAddr, Option<SocketAddr>),
    /// It shall not.
    MediaRefused(Session, Refusal),
    /// The first packet of the vault's first prompt has left: from now on keys are digits.
    Speaking(Session),
    /// So many keys are in the field: a count.
    Progress(Session, Field, u8),
    /// What became of a field.
    Field(Session, Field, FieldState),
    /// A number that may be one.
    CardSeen(Session, Brand, LastFour),
    /// The caller wants to pay: store the intent with this.
    Consented {
        /// Which capture.
        session: Session,
        /// 1, 2 or 3.
        attempt: u8,
        /// Told to the caller before.
        brand: Brand,
        /// Told to the caller before.
        last_four: LastFour,
    },
    /// The gateway has a place for the payment; no card was sent. Journal it.
    Prepared(Session, u8, GatewayRef),
    /// What the authorisation came to.
    Outcome(Session, u8, Outcome),
    /// The vault asks and says no more; card data of this capture is wiped.
    Ended(Session, End),
    /// To a query or a void.
    Answer(Ask, Found),
    /// Still here.
    Pong(u32),
    /// Look here. The count since the start.
    Alarm(Alarm, u16),
}

impl FromVault {
    /// The bytes of the message, without the frame's length.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        match self {
            FromVault::Hello(it) => {
                w.u8(1).u16(VERSION).u8(it.cannot_pay.byte());
                w.u16(it.capacity).u16(it.brand_table).flag(it.secret_memory)
            }
            FromVault::MediaOpened(session, socket, negotiator) => {
                w.u8(2).u32(session.0).socket(*socket).flag(negotiator.is_some());
                negotiator.iter().fold(&mut w, |w, socket| w.socket(*socket))
            }
            FromVault::MediaRefused(session, why) => w.u8(3).u32(session.0).u8(why.byte()),
            FromVault::Speaking(session) => w.u8(4).u32(session.0),
            FromVault::Progress(session, field, keys) => {
                w.u8(5).u32(session.0).u8(field.byte()).u8(*keys)
            }
            FromVault::Field(session, field, state) => {
                w.u8(6).u32(session.0).u8(field.byte()).u8(state.byte())
            }
            FromVault::CardSeen(session, brand, last_four) => {
                w.u8(7).u32(session.0).u8(brand.byte()).last_four(*last_four)
            }
            FromVault::Consented { session, attempt, brand, last_four } => {
                w.u8(8).u32(session.0).u8(*attempt).u8(brand.byte()).last_four(*last_four)
            }
            FromVault::Prepared(session, attempt, reference) => {
                w.u8(9).u32(session.0).u8(*attempt).reference(reference)
            }
            FromVault::Outcome(session, attempt, outcome) => {
                w.u8(10).u32(session.0).u8(*attempt).outcome(outcome)
            }
            FromVault::Ended(session, end) => w.u8(11).u32(session.0).u8(end.byte()),
            FromVault::Answer(ask, found) => write_found(w.u8(12).u32(ask.0), found),
            FromVault::Pong(count) => w.u8(13).u32(*count),
            FromVault::Alarm(alarm, count) => w.u8(14).u8(alarm.byte()).u16(*count),
        };
        w.bytes
    }

    /// Reads one message.
    ///
    /// # Errors
    /// Another version, an unknown word, a wrong length, bytes left over.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        let message = match r.u8()? {
            1 if r.u16()? == VERSION => FromVault::Hello(read_hello(&mut r)?),
            2 => FromVault::MediaOpened(Session(r.u32()?), r.socket()?, read_second(&mut r)?),
            3 => FromVault::MediaRefused(Session(r.u32()?), r.word(Refusal::from_byte)?),
            4 => FromVault::Speaking(Session(r.u32()?)),
            5 => FromVault::Progress(Session(r.u32()?), r.word(Field::from_byte)?, r.u8()?),
            6 => FromVault::Field(
                Session(r.u32()?),
                r.word(Field::from_byte)?,
                r.word(FieldState::from_byte)?,
            ),
            7 => FromVault::CardSeen(Session(r.u32()?), r.word(Brand::from_byte)?, r.last_four()?),
            8 => FromVault::Consented {
                session: Session(r.u32()?),
                attempt: r.u8()?,
                brand: r.word(Brand::from_byte)?,
                last_four: r.last_four()?,
            },
            9 => FromVault::Prepared(Session(r.u32()?), r.u8()?, r.reference()?),
            10 => FromVault::Outcome(Session(r.u32()?), r.u8()?, r.outcome()?),
            11 => FromVault::Ended(Session(r.u32()?), r.word(End::from_byte)?),
            12 => FromVault::Answer(Ask(r.u32()?), read_found(&mut r)?),
            13 => FromVault::Pong(r.u32()?),
            14 => FromVault::Alarm(r.word(Alarm::from_byte)?, r.u16()?),
            _ => return Err(Malformed),
        };
        r.done(message)
    }

    /// Of which capture it speaks.
    pub fn session(&self) -> Option<Session> {
        match self {
            FromVault::MediaOpened(session, ..)
            | FromVault::MediaRefused(session, _)
            | FromVault::Speaking(session)
            | FromVault::Progress(session, ..)
            | FromVault::Field(session, ..)
            | FromVault::CardSeen(session, ..)
            | FromVault::Consented { session, .. }
            | FromVault::Prepared(session, ..)
            | FromVault::Outcome(session, ..)
            | FromVault::Ended(session, _) => Some(*session),
            FromVault::Hello(_)
            | FromVault::Answer(..)
            | FromVault::Pong(_)
            | FromVault::Alarm(..) => None,
        }
    }
}

fn read_hello(r: &mut Reader<'_>) -> Result<VaultHello, Malformed> {
    Ok(VaultHello {
        cannot_pay: r.word(CannotPay::from_byte)?,
        capacity: r.u16()?,
        brand_table: r.u16()?,
        secret_memory: r.flag()?,
    })
}

fn read_second(r: &mut Reader<'_>) -> Result<Option<SocketAddr>, Malformed> {
    if r.flag()? { r.socket().map(Some) } else { Ok(None) }
}

fn write_found<'w>(w: &'w mut Writer, found: &Found) -> &'w mut Writer {
    match found {
        Found::Outcome(outcome) => w.u8(1).outcome(outcome),
        Found::NotAuthorised => w.u8(2),
        Found::Voided => w.u8(3),
        Found::NoSuchPayment => w.u8(4),
        Found::NoAnswer => w.u8(5),
    }
}

fn read_found(r: &mut Reader<'_>) -> Result<Found, Malformed> {
    Ok(match r.u8()? {
        1 => Found::Outcome(r.outcome()?),
        2 => Found::NotAuthorised,
        3 => Found::Voided,
        4 => Found::NoSuchPayment,
        5 => Found::NoAnswer,
        _ => return Err(Malformed),
    })
}
