//! The record that every call leaves.

use ids::{CallId, CaseId};
use serde::{Deserialize, Serialize};

/// Which way the call was set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// They called us.
    Inbound,
    /// We called them.
    Outbound,
}

/// Who ended the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HungUp {
    /// The caller hung up or cancelled.
    Caller,
    /// The dialplan came to its end.
    Flow,
    /// We ended or refused it: limit, dead media, shutdown, error.
    System,
}

/// Media figures of the leg, in the units of RFC 3550.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MediaFigures {
    pub codec: String,
    pub sent: u64,
    pub received: u64,
    pub lost: u64,
    pub reordered: u64,
    pub duplicates: u64,
    pub wrong_source: u64,
    pub malformed: u64,
    pub dropped_late: u64,
    pub jitter_us_max: u32,
    pub remote_lost: Option<u32>,
    pub round_trip_us: Option<u32>,
    /// Keys by RFC 4733, in-band tones, SIP INFO.
    pub keys: [u32; 3],
    /// Too short, missing end, over two sources.
    pub key_anomalies: [u32; 3],
}

/// One call as it is kept: written once when it is over; written again it changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallRecord {
    /// The call's id.
    #[serde(with = "call_id")]
    pub id: CallId,
    /// The SIP Call-ID of its first leg.
    pub sip_call_id: String,
    /// Which way.
    pub direction: Direction,
    /// The case it was about, once known.
    #[serde(with = "case_id")]
    pub case: Option<CaseId>,
    /// Whether the right party was verified.
    pub verified: bool,
    /// Calling number or address, as given.
    pub from: String,
    /// Called address.
    pub to: String,
    /// `flow@version` it ran on.
    pub flow: String,
    /// Language tag at the end.
    pub lang: String,
    /// Unix µs.
    pub created_us: i64,
    /// Unix µs, if answered.
    pub answered_us: Option<i64>,
    /// Unix µs.
    pub ended_us: i64,
    /// Who ended it.
    pub hung_up: HungUp,
    /// Why, in one word or sentence: `goodbye`, `caller hung up`, `no media for 60 s` …
    pub disposition: String,
    /// The final SIP status, 200 when answered.
    pub sip_status: u16,
    /// Q.850 cause (16 normal clearing).
    pub q850: u8,
    /// Media figures, if there was media.
    pub media: Option<MediaFigures>,
}

mod call_id {
    use ids::CallId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub fn serialize<S: Serializer>(id: &CallId, s: S) -> Result<S::Ok, S::Error> {
        id.0.serialize(s)
    }
    pub fn deserialize<'d, D: Deserializer<'d>>(d: D) -> Result<CallId, D::Error> {
        u64::deserialize(d).map(CallId)
    }
}

mod case_id {
    use ids::CaseId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub fn serialize<S: Serializer>(id: &Option<CaseId>, s: S) -> Result<S::Ok, S::Error> {
        id.map(|i| i.0).serialize(s)
    }
    pub fn deserialize<'d, D: Deserializer<'d>>(d: D) -> Result<Option<CaseId>, D::Error> {
        Ok(Option::<u64>::deserialize(d)?.map(CaseId))
    }
}
