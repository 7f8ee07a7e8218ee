//! What the building is told before its first call.

use crate::hours::Hours;
use crate::paying::PaymentsConfig;
use crate::trunk::TrunkConfig;
use ids::Lang;
use ids::phone::{Home, normalise};
use jiff::tz::TimeZone;
use std::net::IpAddr;
use std::sync::Arc;

/// The settings that decisions about calls depend on.
#[derive(Clone)]
pub struct Config {
    /// Signalling: identity, timers and limits of the SIP core.
    pub sip: sip::Config,
    /// The firm's name as it is spoken.
    pub company: String,
    /// The number that callers are told to ring, digits.
    pub callback_number: String,
    /// When people are there.
    pub hours: Hours,
    /// The firm's time zone: what "today" is.
    pub zone: TimeZone,
    /// Spoken when neither the called number nor the case says otherwise.
    pub default_lang: Lang,
    /// Which flow answers which called number; the first that matches.
    pub numbers: Vec<Number>,
    /// The address that peers reach our media at, when it is not the one they signalled to.
    pub media_advertised: Option<IpAddr>,
    /// Calls at once.
    pub calls_max: usize,
    /// The ways to and from the telephone network.
    pub trunks: Vec<Arc<TrunkConfig>>,
    /// Detect in-band keys even where telephone-event was agreed.
    pub inband_always: bool,
    /// What lines without a trunk may speak; a trunk has its own.
    pub codecs: Arc<sdp::Capabilities>,
    /// Card payments; without them `pay` is left by `unavailable`.
    pub payments: Option<PaymentsConfig>,
}

/// One called number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    /// The user part of the called address, or `*` for any.
    pub called: String,
    /// The flow that answers.
    pub flow: String,
    /// The language that this number stands for, if it stands for one.
    pub lang: Option<Lang>,
}

impl Config {
    /// The entry for a called user part. Carriers write one number in many ways: with the country
    /// they serve (`home`) they are told to be the same.
    pub(crate) fn number(&self, called: &str, home: Option<&Home>) -> Option<&Number> {
        let whole = home.and_then(|home| normalise(called, home));
        let same_number = |n: &Number| {
            home.is_some_and(|home| whole.is_some() && normalise(&n.called, home) == whole)
        };
        let same = |n: &&Number| {
            n.called == "*" || n.called.eq_ignore_ascii_case(called) || same_number(n)
        };
        self.numbers.iter().find(same)
    }
}
