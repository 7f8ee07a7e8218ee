//! What a REGISTER asks for (RFC 3261 section 10.2).
//!
//! Owns: Contact, Expires, Path, instance as values. Never: a binding.

use super::{Binding, Refused};
use crate::header::values;
use crate::inspect::Essentials;
use crate::limits::{BINDING_TEXT_MAX, CONTACTS_MAX, PATH_HOPS_MAX};
use crate::message::{Message, Name};
use crate::name_addr::AddrParts;
use crate::parse::{number, trim};
use crate::uri::{Scheme, Uri};

/// A REGISTER, read.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(super) contacts: Contacts,
    pub(super) expires_s: Option<u32>,
    pub(super) routes: Vec<Uri>,
    pub(super) call_id: Box<[u8]>,
    pub(super) cseq: u32,
    pub(super) user_agent: Option<String>,
    /// The peer understands GRUUs (RFC 5627 section 4.1).
    pub(crate) gruu: bool,
    /// It asks for an outbound flow, and we can give it (RFC 5626 section 6).
    pub(crate) outbound: bool,
}

#[derive(Debug)]
pub(super) enum Contacts {
    /// Only asks what is there (section 10.2.3).
    Query,
    /// `*` with Expires 0: forget all (section 10.2.2).
    All,
    Listed(Vec<Contact>),
}

/// One contact as the phone wants it.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) uri: Uri,
    pub(super) expires_s: Option<u32>,
    pub(super) q: u16,
    pub(super) instance: Option<String>,
    pub(super) reg_id: Option<u32>,
}

/// Option tags that a REGISTER may require (RFC 3327, 5626, 5627).
const OURS: [&str; 3] = ["path", "outbound", "gruu"];
const BAD_CONTACT: Refused = Refused::because(400, "Bad Contact header");

impl Wanted {
    /// Reads it, or says why it cannot be had.
    pub(crate) fn read(message: &Message<'_>, e: &Essentials<'_>) -> Result<Wanted, Refused> {
        let strange = message.all(Name::Require).flat_map(values);
        let strange: Vec<_> = strange
            .filter(|tag| !OURS.iter().any(|o| tag.eq_ignore_ascii_case(o.as_bytes())))
            .map(String::from_utf8_lossy)
            .collect();
        if !strange.is_empty() {
            let header = Some(("Unsupported", strange.join(", ")));
            return Err(Refused { status: 420, reason: None, header });
        }
        let expires_s = message.header(Name::Expires).map(seconds);
        let contacts = contacts(message, expires_s)?;
        let routes: Option<Vec<Uri>> = message
            .all(Name::Path)
            .flat_map(values)
            .take(PATH_HOPS_MAX + 1)
            .map(|v| Uri::parse(AddrParts::parse(v)?.uri).ok())
            .collect();
        let routes = routes.ok_or(Refused::because(400, "Bad Path header"))?;
        if routes.len() > PATH_HOPS_MAX {
            return Err(Refused::because(400, "Too many Path values"));
        }
        let supports = |tag: &[u8]| {
            message.all(Name::Supported).flat_map(values).any(|v| v.eq_ignore_ascii_case(tag))
        };
        // RFC 3327 section 5.3: a phone that does not know Path would not understand its calls.
        if !routes.is_empty() && !supports(b"path") {
            let header = Some((Name::Require.as_str(), "path".to_owned()));
            return Err(Refused { status: 421, reason: None, header });
        }
        let outbound = outbound(&contacts) && supports(b"outbound");
        let proxied = message.all(Name::Via).flat_map(values).nth(1).is_some();
        // RFC 5626 section 6: behind a proxy its Path must say that it keeps the flow.
        if outbound && proxied && routes.last().is_none_or(|r| r.param("ob").is_none()) {
            return Err(Refused::because(439, "First Hop Lacks Outbound Support"));
        }
        let text = |v: &[u8]| std::str::from_utf8(v).ok().map(|t| t.chars().take(128).collect());
        Ok(Wanted {
            contacts,
            expires_s,
            routes,
            call_id: e.call_id.into(),
            cseq: e.cseq,
            user_agent: message.header(Name::UserAgent).and_then(text),
            gruu: supports(b"gruu"),
            outbound,
        })
    }
}

fn outbound(contacts: &Contacts) -> bool {
    match contacts {
        Contacts::Query | Contacts::All => false,
        Contacts::Listed(list) => list.iter().any(|c| c.instance.is_some() && c.reg_id.is_some()),
    }
}

fn contacts(message: &Message<'_>, expires_s: Option<u32>) -> Result<Contacts, Refused> {
    let all: Vec<&[u8]> =
        message.all(Name::Contact).flat_map(values).take(CONTACTS_MAX + 1).collect();
    if all.is_empty() {
        return Ok(Contacts::Query);
    }
    if all.contains(&&b"*"[..]) {
        // Section 10.3, step 6: `*` stands alone, with an Expires of 0.
        let fine = all.len() == 1 && expires_s == Some(0);
        return if fine { Ok(Contacts::All) } else { Err(BAD_CONTACT) };
    }
    if all.len() > CONTACTS_MAX {
        return Err(Refused::because(403, "Too many contacts"));
    }
    let list: Option<Vec<Contact>> = all.into_iter().map(Contact::read).collect();
    list.map(Contacts::Listed).ok_or(BAD_CONTACT)
}

impl Contact {
    fn read(value: &[u8]) -> Option<Contact> {
        let parts = AddrParts::parse(value)?;
        let uri = Uri::parse(parts.uri).ok()?;
        if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
            return None;
        }
        let instance = match parts.params.value("+sip.instance") {
            Some(text) => Some(instance(text)?),
            None => None,
        };
        let reg_id = parts.params.value("reg-id").map(number);
        let reg_id = match reg_id {
            Some(Some(n @ 1..=0x7fff_ffff)) => Some(n as u32),
            Some(_) => return None,
            None => None,
        };
        Some(Contact {
            uri,
            expires_s: parts.params.value("expires").map(seconds),
            q: parts.params.value("q").map_or(Some(1_000), q)?,
            instance,
            reg_id,
        })
    }

    /// Whether this contact takes the place of a binding: the same flow of the same device
    /// (RFC 5626 section 6), else the same URI (RFC 3261 section 10.3).
    pub(super) fn replaces(&self, binding: &Binding) -> bool {
        match (&self.instance, self.reg_id) {
            (Some(instance), Some(_)) => {
                binding.instance.as_ref() == Some(instance) && binding.reg_id == self.reg_id
            }
            // A device without flows has one place at a time, whatever address it gives.
            (Some(instance), None) => {
                (binding.instance.as_ref() == Some(instance) && binding.reg_id.is_none())
                    || self.uri.same_as(&binding.contact)
            }
            (None, _) => self.uri.same_as(&binding.contact),
        }
    }
}

/// `"<urn:uuid:…>"` without quotes and brackets.
fn instance(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(trim(text)).ok()?.trim_matches('"');
    let urn = text.strip_prefix('<')?.strip_suffix('>')?;
    let clean = urn.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\;,?@".contains(&b));
    (!urn.is_empty() && urn.len() <= BINDING_TEXT_MAX && clean).then(|| urn.to_owned())
}

/// Seconds; what cannot be read counts as an hour (RFC 3261 section 10.2.1.1: "Malformed values
/// SHOULD be treated as equivalent to 3600").
fn seconds(text: &[u8]) -> u32 {
    number(text).map_or(3_600, |n| n.min(u64::from(u32::MAX)) as u32)
}

/// `0.7` in thousandths (RFC 3261 section 25.1, qvalue).
fn q(text: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|b| b.is_ascii_digit());
    let thousandths: u16 = format!("{rest:0<3}").parse().ok().filter(|_| digits)?;
    match (whole, thousandths) {
        ("0", n) => Some(n),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}
