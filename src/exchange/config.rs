//! What the building is told before its first call.

use crate::hours::Hours;
use ids::Lang;
use jiff::tz::TimeZone;
use std::net::IpAddr;

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
    /// Detect in-band keys even where telephone-event was agreed.
    pub inband_always: bool,
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
    /// The entry for a called user part.
    pub(crate) fn number(&self, called: &str) -> Option<&Number> {
        let same = |n: &&Number| n.called == "*" || n.called.eq_ignore_ascii_case(called);
        self.numbers.iter().find(same)
    }
}
