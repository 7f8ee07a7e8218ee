//! What is in a recording and what is not: every frame of the call is sound, or stands in a span with a reason.

use crate::limits::RATE_HZ;
use ids::CallId;
use serde::{Deserialize, Serialize};

/// Frames that hold no sound, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Span {
    /// The first frame, from the call's answer on.
    pub from: u64,
    /// How many.
    pub frames: u64,
    /// `before-notice`, `verification`, `payment`, `hold`, `wiped`, `stopped`.
    pub reason: String,
    /// The dialplan's step, where one was the reason.
    pub step: String,
}

/// The last chunk of every recording.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this description: 1.
    pub version: u32,
    /// The call, as records name it.
    pub call: String,
    /// The call's answer: Unix time in µs.
    pub began_us: i64,
    /// Frames a second.
    pub rate_hz: u32,
    /// Who is on which channel, left first.
    pub channels: [String; 2],
    /// Frames from the answer to the end of the call.
    pub frames: u64,
    /// Frames of these that hold sound.
    pub sound_frames: u64,
    /// All others, in their order.
    pub spans: Vec<Span>,
    /// Why recording ended before the call did; then the last span reaches to the call's end and its
    /// silence is not in the file.
    pub stopped: Option<String>,
}

impl Manifest {
    pub(crate) fn new(call: CallId, began_us: i64) -> Self {
        Self {
            version: 1,
            call: call.to_string(),
            began_us,
            rate_hz: RATE_HZ,
            channels: ["caller".to_owned(), "us".to_owned()],
            frames: 0,
            sound_frames: 0,
            spans: Vec::new(),
            stopped: None,
        }
    }

    /// Frames without sound.
    pub fn masked_frames(&self) -> u64 {
        self.spans.iter().map(|span| span.frames).sum()
    }

    /// Whether sound and spans make up the call, span after span, none over another.
    pub fn adds_up(&self) -> bool {
        let behind = |at: u64, span: &Span| (span.from >= at).then(|| span.from + span.frames);
        let end = self.spans.iter().try_fold(0, behind);
        end.is_some_and(|end| end <= self.frames)
            && self.sound_frames + self.masked_frames() == self.frames
    }

    /// Frames as milliseconds.
    pub fn ms(&self, frames: u64) -> u64 {
        frames * 1_000 / u64::from(self.rate_hz.max(1))
    }
}
