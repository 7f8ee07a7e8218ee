//! Numbers, words and short texts as bytes: big-endian, lengths first, nothing optional left out.

use crate::bounded::{AuthCode, ClipName, GatewayRef, Intent, LastFour, MediaKey};
use crate::money_word::{Approval, Outcome};
use crate::{Brand, Decline, Funding};
use ids::{Currency, Lang, Money};
use std::net::{IpAddr, SocketAddr};

/// The bytes are no message of this version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a message of the vault's link: close the connection")]
pub struct Malformed;

/// Writes one message.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes.push(value);
        self
    }

    pub(crate) fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    fn short(&mut self, bytes: &[u8]) -> &mut Self {
        self.u8(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        self.bytes.extend(bytes);
        self
    }

    pub(crate) fn reference(&mut self, reference: &GatewayRef) -> &mut Self {
        self.short(reference.as_str().as_bytes())
    }

    pub(crate) fn clip(&mut self, clip: &ClipName) -> &mut Self {
        self.short(clip.as_str().as_bytes())
    }

    pub(crate) fn key(&mut self, key: &MediaKey) -> &mut Self {
        key.reveal(|bytes| {
            self.short(bytes);
        });
        self
    }

    pub(crate) fn intent(&mut self, intent: Intent) -> &mut Self {
        self.bytes.extend(intent.0);
        self
    }

    pub(crate) fn lang(&mut self, lang: Lang) -> &mut Self {
        self.u8(position(&Lang::ALL, lang))
    }

    pub(crate) fn money(&mut self, money: Money) -> &mut Self {
        self.bytes.extend(money.minor.to_be_bytes());
        self.u8(position(&Currency::ALL, money.currency))
    }

    pub(crate) fn last_four(&mut self, last: LastFour) -> &mut Self {
        self.bytes.extend(last.digits());
        self
    }

    pub(crate) fn address(&mut self, address: IpAddr) -> &mut Self {
        match address {
            IpAddr::V4(four) => self.short(&four.octets()),
            IpAddr::V6(six) => self.short(&six.octets()),
        }
    }

    pub(crate) fn socket(&mut self, socket: SocketAddr) -> &mut Self {
        self.address(socket.ip()).u16(socket.port())
    }

    pub(crate) fn outcome(&mut self, outcome: &Outcome) -> &mut Self {
        match outcome {
            Outcome::Approved(it) => {
                self.u8(1).money(it.amount);
                self.bytes.extend(it.code.bytes());
                self.u8(it.brand.byte()).last_four(it.last_four).u8(it.funding.byte())
            }
            Outcome::Declined(why) => self.u8(2).u8(why.byte()),
            Outcome::NeedsCardholder => self.u8(3),
            Outcome::Unknown => self.u8(4),
        }
    }
}

/// Its place in the list of all; lists of ids are short.
fn position<T: PartialEq>(all: &[T], one: T) -> u8 {
    all.iter().position(|x| *x == one).and_then(|n| u8::try_from(n).ok()).unwrap_or(u8::MAX)
}

/// Reads one message.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Nothing may be left over: room for more is room for something hidden.
    pub(crate) fn done<T>(&self, message: T) -> Result<T, Malformed> {
        if self.rest.is_empty() { Ok(message) } else { Err(Malformed) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// A word by its byte.
    pub(crate) fn word<T>(&mut self, from: impl Fn(u8) -> Option<T>) -> Result<T, Malformed> {
        from(self.u8()?).ok_or(Malformed)
    }

    fn short(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u8()?;
        self.take(count.into())
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.short()?).map_err(|_| Malformed)
    }

    pub(crate) fn reference(&mut self) -> Result<GatewayRef, Malformed> {
        GatewayRef::new(self.text()?).map_err(|_| Malformed)
    }

    pub(crate) fn clip(&mut self) -> Result<ClipName, Malformed> {
        ClipName::new(self.text()?).map_err(|_| Malformed)
    }

    pub(crate) fn key(&mut self) -> Result<MediaKey, Malformed> {
        MediaKey::new(self.short()?).map_err(|_| Malformed)
    }

    pub(crate) fn intent(&mut self) -> Result<Intent, Malformed> {
        self.array().map(Intent)
    }

    pub(crate) fn lang(&mut self) -> Result<Lang, Malformed> {
        Lang::ALL.get(usize::from(self.u8()?)).copied().ok_or(Malformed)
    }

    pub(crate) fn money(&mut self) -> Result<Money, Malformed> {
        let minor = u64::from_be_bytes(self.array()?);
        let currency = Currency::ALL.get(usize::from(self.u8()?)).copied().ok_or(Malformed)?;
        if minor <= Money::MINOR_MAX { Ok(Money::new(minor, currency)) } else { Err(Malformed) }
    }

    pub(crate) fn last_four(&mut self) -> Result<LastFour, Malformed> {
        LastFour::new(self.array()?).map_err(|_| Malformed)
    }

    pub(crate) fn address(&mut self) -> Result<IpAddr, Malformed> {
        let octets = self.short()?;
        match octets.len() {
            4 => <[u8; 4]>::try_from(octets).map(IpAddr::from).map_err(|_| Malformed),
            16 => <[u8; 16]>::try_from(octets).map(IpAddr::from).map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn socket(&mut self) -> Result<SocketAddr, Malformed> {
        Ok(SocketAddr::new(self.address()?, self.u16()?))
    }

    pub(crate) fn outcome(&mut self) -> Result<Outcome, Malformed> {
        Ok(match self.u8()? {
            1 => Outcome::Approved(self.approval()?),
            2 => Outcome::Declined(self.word(Decline::from_byte)?),
            3 => Outcome::NeedsCardholder,
            4 => Outcome::Unknown,
            _ => return Err(Malformed),
        })
    }

    fn approval(&mut self) -> Result<Approval, Malformed> {
        let amount = self.money()?;
        Ok(Approval {
            amount,
            code: self.auth_code()?,
            brand: self.word(Brand::from_byte)?,
            last_four: self.last_four()?,
            funding: self.word(Funding::from_byte)?,
        })
    }

    /// One code has one spelling: capitals, spaces at the end alone.
    fn auth_code(&mut self) -> Result<AuthCode, Malformed> {
        let bytes: [u8; 6] = self.array()?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Malformed)?;
        let code = AuthCode::new(text.trim_end_matches(' ')).map_err(|_| Malformed)?;
        if code.bytes() == bytes { Ok(code) } else { Err(Malformed) }
    }
}
