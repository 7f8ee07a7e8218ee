//! Option tags (RFC 3261 section 19.2): what we can do beyond the core, and what a peer asks for.
//!
//! Owns: the list of what we support. Never: what an extension does.

use crate::event::{Config, Reliability};
use crate::header::values;
use crate::message::{Message, Name};

/// Reliable provisional responses (RFC 3262).
pub(crate) const RELIABLE: &str = "100rel";

/// Session timers (RFC 4028).
pub(crate) const TIMER: &str = "timer";

/// A new call in the place of another (RFC 3891).
pub(crate) const REPLACES: &str = "replaces";

/// REFER without a subscription (RFC 4488).
pub(crate) const NO_SUBSCRIPTION: &str = "norefersub";

/// The option tags we support under this configuration.
fn ours(config: &Config) -> impl Iterator<Item = &'static str> {
    let reliable = config.reliable != Reliability::Never;
    let timer = config.session_timer.is_some();
    let always = [(true, REPLACES), (true, NO_SUBSCRIPTION)];
    [(reliable, RELIABLE), (timer, TIMER)]
        .into_iter()
        .chain(always)
        .filter_map(|(on, tag)| on.then_some(tag))
}

/// The value of our Supported header.
pub(crate) fn supported(config: &Config) -> String {
    ours(config).collect::<Vec<_>>().join(", ")
}

/// True when a Supported or Require header lists the tag.
pub(crate) fn lists(message: &Message<'_>, name: Name, tag: &str) -> bool {
    message.all(name).flat_map(values).any(|v| v.eq_ignore_ascii_case(tag.as_bytes()))
}

/// True when the peer can do it: it requires it, or says that it supports it.
pub(crate) fn peer_can(message: &Message<'_>, tag: &str) -> bool {
    lists(message, Name::Require, tag) || lists(message, Name::Supported, tag)
}

/// What a request requires and we cannot do (RFC 3261 section 8.2.2.3): the value of Unsupported.
pub(crate) fn unsupported(message: &Message<'_>, config: &Config) -> Option<String> {
    let known = |v: &[u8]| ours(config).any(|tag| v.eq_ignore_ascii_case(tag.as_bytes()));
    let all = message.all(Name::Require).flat_map(values).filter(|v| !known(v));
    let tags: Vec<_> = all.map(String::from_utf8_lossy).collect();
    (!tags.is_empty()).then(|| tags.join(", "))
}

/// True when we insist on something that the caller cannot do (RFC 3262 section 3).
pub(crate) fn lacks_required(message: &Message<'_>, config: &Config) -> bool {
    config.reliable == Reliability::Require && !peer_can(message, RELIABLE)
}
