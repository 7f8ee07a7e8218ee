//! What the switch says to the vault.

use crate::bounded::{ClipName, GatewayRef, Intent, MediaKey};
use crate::limits::{CLIPS_MAX, GATEWAY_ADDRESSES_MAX, VERSION};
use crate::link_word::{AbortReason, Codec, Field};
use crate::money_word::FundingGate;
use crate::wire::{Malformed, Reader, Writer};
use crate::{Ask, Session};
use ids::{Lang, Money};
use std::net::{IpAddr, SocketAddr};

/// An SRTP suite by its name's place in RFC 4568 section 6.2 and followers, and one direction's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Secured {
    /// 1 AES_CM_128_HMAC_SHA1_80, 2 AES_CM_128_HMAC_SHA1_32, 3 AES_256_CM_HMAC_SHA1_80,
    /// 4 AEAD_AES_128_GCM, 5 AEAD_AES_256_GCM.
    pub suite: u8,
    /// Key and salt.
    pub key: MediaKey,
}

/// What the far end answered to the move of its audio.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreed {
    /// Where the far end says it receives; its packets may come from elsewhere (symmetric RTP).
    pub remote: SocketAddr,
    /// The codec, with the payload type of the answer.
    pub codec: Codec,
    /// Payload type of the codec, 0–127.
    pub audio_payload: u8,
    /// Payload type of telephone-event, 0–127; `None`: keys are heard in the sound, if that is allowed.
    pub events_payload: Option<u8>,
    /// Without telephone-events the trunk allows keys to be heard in the sound.
    pub in_band: bool,
    /// What the far end protects its packets with; `None` on a private trunk.
    pub far_key: Option<Secured>,
}

/// The leg between switch and vault on which a negotiator stays with the caller: G.711, 20 ms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NegotiatorLeg {
    /// Where the switch receives, and what it sends from.
    pub remote: SocketAddr,
    /// The codec both ways.
    pub codec: Codec,
    /// Its payload type both ways, 0–127.
    pub audio_payload: u8,
    /// What the vault protects its packets with; without both keys the switch must be on the same host.
    pub sending: Option<Secured>,
    /// What the switch protects its packets with.
    pub far_key: Option<Secured>,
}

/// One payment as the case fixed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Names it for ever.
    pub intent: Intent,
    /// How much: checked by the switch, said by the vault, asked of the gateway.
    pub amount: Money,
    /// In which language the caller hears the vault.
    pub lang: Lang,
    /// The clips that say the amount, in order.
    pub amount_clips: Vec<ClipName>,
    /// Which funding the account takes.
    pub funding: FundingGate,
    /// How often the gateway was already asked for this call, so that three are three.
    pub attempts_before: u8,
}

/// One message to the vault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ToVault {
    /// First on every connection.
    Hello,
    /// Where the gateway is; its name the vault knows and TLS proves.
    Gateway(Vec<IpAddr>),
    /// A socket for one caller. `sending`: what the vault protects its own packets with.
    OpenMedia {
        /// Which capture.
        session: Session,
        /// `None` is only taken with `private`.
        sending: Option<Secured>,
        /// The trunk is marked private: plain RTP is allowed.
        private: bool,
        /// A negotiator stays on the line.
        negotiator: Option<NegotiatorLeg>,
    },
    /// The far end's audio comes to the vault.
    MediaAgreed(Session, Agreed),
    /// Begin to ask, field after field.
    Arm(Session, Order),
    /// The same with a negotiator who says what is asked: nothing is listened for before [`ToVault::ArmField`].
    Guide(Session, Order),
    /// The negotiator asks for this field now; the caller's sound goes to the vault alone.
    ArmField(Session, Field),
    /// The negotiator takes it back: the open field is cleared, and both talk again.
    Disarm(Session),
    /// The intent is durable: prepare. The attempt that was consented to.
    IntentStored(Session, u8),
    /// The gateway's reference is durable: authorise.
    Journalled(Session, u8),
    /// End it. While an authorisation runs it completes and tells its outcome first.
    Abort(Session, AbortReason),
    /// The audio is back at the switch: the socket may serve another caller.
    CloseMedia(Session),
    /// What became of a payment? No card is needed.
    Query(Ask, GatewayRef),
    /// Take a payment back, all of it. Idempotent by the reference.
    Void(Ask, GatewayRef),
    /// Are you there?
    Ping(u32),
}

impl ToVault {
    /// The bytes of the message, without the frame's length.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        match self {
            ToVault::Hello => w.u8(1).u16(VERSION),
            ToVault::Gateway(addresses) => {
                let kept = &addresses[..addresses.len().min(GATEWAY_ADDRESSES_MAX)];
                w.u8(2).u8(kept.len() as u8);
                kept.iter().fold(&mut w, |w, a| w.address(*a))
            }
            ToVault::OpenMedia { session, sending, private, negotiator } => {
                write_secured(w.u8(3).u32(session.0), sending.as_ref()).flag(*private);
                write_negotiator(&mut w, negotiator.as_ref())
            }
            ToVault::MediaAgreed(session, agreed) => write_agreed(w.u8(4).u32(session.0), agreed),
            ToVault::Arm(session, order) => write_order(w.u8(5).u32(session.0), order),
            ToVault::IntentStored(session, attempt) => w.u8(6).u32(session.0).u8(*attempt),
            ToVault::Journalled(session, attempt) => w.u8(7).u32(session.0).u8(*attempt),
            ToVault::Abort(session, why) => w.u8(8).u32(session.0).u8(why.byte()),
            ToVault::CloseMedia(session) => w.u8(9).u32(session.0),
            ToVault::Query(ask, reference) => w.u8(10).u32(ask.0).reference(reference),
            ToVault::Void(ask, reference) => w.u8(11).u32(ask.0).reference(reference),
            ToVault::Ping(count) => w.u8(12).u32(*count),
            ToVault::Guide(session, order) => write_order(w.u8(13).u32(session.0), order),
            ToVault::ArmField(session, field) => w.u8(14).u32(session.0).u8(field.byte()),
            ToVault::Disarm(session) => w.u8(15).u32(session.0),
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
            1 if r.u16()? == VERSION => ToVault::Hello,
            2 => ToVault::Gateway(read_addresses(&mut r)?),
            3 => ToVault::OpenMedia {
                session: Session(r.u32()?),
                sending: read_secured(&mut r)?,
                private: r.flag()?,
                negotiator: read_negotiator(&mut r)?,
            },
            4 => ToVault::MediaAgreed(Session(r.u32()?), read_agreed(&mut r)?),
            5 => ToVault::Arm(Session(r.u32()?), read_order(&mut r)?),
            6 => ToVault::IntentStored(Session(r.u32()?), r.u8()?),
            7 => ToVault::Journalled(Session(r.u32()?), r.u8()?),
            8 => ToVault::Abort(Session(r.u32()?), r.word(AbortReason::from_byte)?),
            9 => ToVault::CloseMedia(Session(r.u32()?)),
            10 => ToVault::Query(Ask(r.u32()?), r.reference()?),
            11 => ToVault::Void(Ask(r.u32()?), r.reference()?),
            12 => ToVault::Ping(r.u32()?),
            13 => ToVault::Guide(Session(r.u32()?), read_order(&mut r)?),
            14 => ToVault::ArmField(Session(r.u32()?), r.word(Field::from_byte)?),
            15 => ToVault::Disarm(Session(r.u32()?)),
            _ => return Err(Malformed),
        };
        r.done(message)
    }
}

fn write_secured<'w>(w: &'w mut Writer, secured: Option<&Secured>) -> &'w mut Writer {
    match secured {
        None => w.u8(0),
        Some(it) => w.u8(it.suite).key(&it.key),
    }
}

fn read_secured(r: &mut Reader<'_>) -> Result<Option<Secured>, Malformed> {
    match r.u8()? {
        0 => Ok(None),
        suite @ 1..=5 => Ok(Some(Secured { suite, key: r.key()? })),
        _ => Err(Malformed),
    }
}

fn write_agreed<'w>(w: &'w mut Writer, it: &Agreed) -> &'w mut Writer {
    // 255 is no payload type
    w.socket(it.remote).u8(it.codec.byte()).u8(it.audio_payload);
    w.u8(it.events_payload.unwrap_or(u8::MAX)).flag(it.in_band);
    write_secured(w, it.far_key.as_ref())
}

fn read_agreed(r: &mut Reader<'_>) -> Result<Agreed, Malformed> {
    let (remote, codec) = (r.socket()?, r.word(Codec::from_byte)?);
    let audio_payload = read_payload_type(r)?.ok_or(Malformed)?;
    let events_payload = read_payload_type(r)?;
    let (in_band, far_key) = (r.flag()?, read_secured(r)?);
    Ok(Agreed { remote, codec, audio_payload, events_payload, in_band, far_key })
}

fn write_negotiator<'w>(w: &'w mut Writer, leg: Option<&NegotiatorLeg>) -> &'w mut Writer {
    let Some(it) = leg else { return w.flag(false) };
    w.flag(true).socket(it.remote).u8(it.codec.byte()).u8(it.audio_payload);
    write_secured(write_secured(w, it.sending.as_ref()), it.far_key.as_ref())
}

fn read_negotiator(r: &mut Reader<'_>) -> Result<Option<NegotiatorLeg>, Malformed> {
    if !r.flag()? {
        return Ok(None);
    }
    let (remote, codec) = (r.socket()?, r.word(Codec::from_byte)?);
    let audio_payload = read_payload_type(r)?.ok_or(Malformed)?;
    let (sending, far_key) = (read_secured(r)?, read_secured(r)?);
    Ok(Some(NegotiatorLeg { remote, codec, audio_payload, sending, far_key }))
}

fn read_payload_type(r: &mut Reader<'_>) -> Result<Option<u8>, Malformed> {
    match r.u8()? {
        u8::MAX => Ok(None),
        payload_type @ 0..=127 => Ok(Some(payload_type)),
        _ => Err(Malformed),
    }
}

fn write_order<'w>(w: &'w mut Writer, it: &Order) -> &'w mut Writer {
    let clips = &it.amount_clips[..it.amount_clips.len().min(CLIPS_MAX)];
    w.intent(it.intent).money(it.amount).lang(it.lang).u8(it.funding.byte());
    w.u8(it.attempts_before).u8(clips.len() as u8);
    clips.iter().fold(w, |w, clip| w.clip(clip))
}

fn read_order(r: &mut Reader<'_>) -> Result<Order, Malformed> {
    let (intent, amount, lang) = (r.intent()?, r.money()?, r.lang()?);
    let (funding, attempts_before) = (r.word(FundingGate::from_byte)?, r.u8()?);
    let count = usize::from(r.u8()?);
    if count > CLIPS_MAX {
        return Err(Malformed);
    }
    let amount_clips = (0..count).map(|_| r.clip()).collect::<Result<_, _>>()?;
    Ok(Order { intent, amount, lang, amount_clips, funding, attempts_before })
}

fn read_addresses(r: &mut Reader<'_>) -> Result<Vec<IpAddr>, Malformed> {
    let count = usize::from(r.u8()?);
    if count > GATEWAY_ADDRESSES_MAX {
        return Err(Malformed);
    }
    (0..count).map(|_| r.address()).collect()
}
