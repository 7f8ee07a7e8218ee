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

/// How one way of the leg sounded, by the E-model (ITU-T G.107).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Score {
    /// Transmission rating R, 0 to 100.
    pub r: u8,
    /// Predicted mean opinion in hundredths, 100 to 450.
    pub mos_hundredths: u16,
}

/// Which way carried nothing although it should have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OneWay {
    /// Nothing came from them.
    WeHearNothing,
    /// They report that nothing comes from us.
    TheyHearNothing,
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
    /// Came too late to be played.
    #[serde(default)]
    pub late: u64,
    #[serde(default)]
    pub loss_runs: u64,
    pub jitter_us_max: u32,
    pub remote_lost: Option<u32>,
    pub round_trip_us: Option<u32>,
    #[serde(default)]
    pub remote_jitter_us: Option<u32>,
    /// How what they said sounded here.
    #[serde(default)]
    pub heard: Option<Score>,
    /// How what we said sounded there, by their reports.
    #[serde(default)]
    pub delivered: Option<Score>,
    #[serde(default)]
    pub one_way: Option<OneWay>,
    /// Keys by RFC 4733, in-band tones, SIP INFO.
    pub keys: [u32; 3],
    /// Too short, missing end, over two sources.
    pub key_anomalies: [u32; 3],
}

/// What became of a call's recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingState {
    /// From the notice to the end.
    Whole,
    /// It ended before the call.
    Stopped,
    /// The caller did not want it.
    Declined,
    /// There was no room for it.
    Refused,
    /// The recorder has not said.
    Unknown,
}

/// The recording of a call, without its sound.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecordingNote {
    /// What became of it.
    pub state: RecordingState,
    /// Its name on the shelf of recordings.
    pub file: Option<String>,
    /// SHA-256 over the file, hexadecimal.
    pub sha256: Option<String>,
    /// From the answer to the end of the call.
    pub ms: u64,
    /// Of these without sound: before the notice, secrets, holds.
    pub masked_ms: u64,
    /// Why it is not whole.
    pub why: Option<String>,
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
    /// The trunk it ran over, if it ran over one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunk: Option<String>,
    /// The user of ours whose phone it was: proved by a password or a registration, not by what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
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
    /// Its recording, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingNote>,
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
