//! Why a call came to us, and what may be shown of it: Privacy (RFC 3323, RFC 3325), Diversion
//! (RFC 5806), History-Info (RFC 7044), Reason (RFC 3326).
//!
//! Owns: reading them. Never: whom to believe.

use crate::header::{Cause, Params, values};
use crate::limits::DIVERSIONS_MAX;
use crate::message::{Message, Name};
use crate::name_addr::{AddrParts, NameAddr};

/// What an INVITE says about its origin besides From and P-Asserted-Identity.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// What the caller wants hidden.
    pub privacy: Privacy,
    /// Who sent the call on to us, the last one first.
    pub diverted: Vec<Diverted>,
    /// Reason of the INVITE (RFC 3326), if it has one.
    pub reason: Option<Cause>,
}

/// Privacy (RFC 3323 section 4.2, RFC 3325 section 9.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Privacy {
    /// `id`, `user` or `header`: the caller is not to be shown.
    pub hidden: bool,
    /// `critical`: refuse rather than show it.
    pub critical: bool,
}

/// One hop that sent the call on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diverted {
    /// Who did.
    pub by: NameAddr,
    /// Why, in the word or cause of the header: `no-answer`, `user-busy`, `302` …
    pub why: Option<String>,
}

impl Origin {
    pub(crate) fn of(message: &Message<'_>) -> Origin {
        Origin {
            privacy: Privacy::of(message),
            diverted: diverted(message),
            reason: message.header(Name::Reason).and_then(Cause::parse),
        }
    }
}

impl Privacy {
    fn of(message: &Message<'_>) -> Privacy {
        let words = message.all(Name::Privacy).flat_map(|v| v.split(|b| b";, ".contains(b)));
        let mut privacy = Privacy::default();
        for word in words {
            let is = |w: &str| word.eq_ignore_ascii_case(w.as_bytes());
            privacy.hidden |= is("id") || is("user") || is("header");
            privacy.critical |= is("critical");
        }
        privacy
    }
}

/// Diversion where there is one, else the entries of History-Info that gave a cause.
fn diverted(message: &Message<'_>) -> Vec<Diverted> {
    let one = |value: &[u8]| {
        let (parts, by) = (AddrParts::parse(value)?, NameAddr::parse(value)?);
        let why = parts.params.value("reason").map(plain);
        Some(Diverted { by, why })
    };
    let diversions = message.all(Name::Diversion).flat_map(values).take(DIVERSIONS_MAX);
    let found: Vec<Diverted> = diversions.filter_map(one).collect();
    if !found.is_empty() {
        return found;
    }
    let history = message.all(Name::HistoryInfo).flat_map(values).take(DIVERSIONS_MAX);
    let mut found: Vec<Diverted> = history.filter_map(retargeted).collect();
    found.reverse();
    found
}

/// RFC 7044 section 10.2: the URI of an entry that was left carries its reason in `?Reason=` or in
/// the `cause` parameter of RFC 4458.
fn retargeted(value: &[u8]) -> Option<Diverted> {
    let by = NameAddr::parse(value)?;
    let reason = by.uri.header("Reason").and_then(|r| {
        let semi = r.find(';')?;
        Params(&r.as_bytes()[semi..]).value("cause").map(plain)
    });
    let why = reason.or_else(|| by.uri.param("cause").map(str::to_owned))?;
    let uri = by.uri.bare();
    Some(Diverted { by: NameAddr { display: by.display, uri }, why: Some(why) })
}

fn plain(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_matches('"').to_owned()
}
