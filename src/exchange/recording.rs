//! A call that is recorded: from the moment its notice allows to its end, with what must not be kept masked.
//!
//! ```text
//!        what call                the file is open           the figures are there        the file is kept
//!   Off ──────────► Opening ───────────────────► Rolling ─────────────────────────► Ending ──────────► record
//!    └─ 2 pressed: Declined   └─ no room: Refused   └─ disk full, recorder behind: Stopped ─┘
//! ```
//! Masked are the steps that take secrets (`verify`, `pay`) and holds; what was before the notice is the first
//! span. A recorder that fails ends the recording, never the call.
//!
//! Owns: the state of one call's recording, the numbers of its masks.
//! Never: a file, a key; sound.

use crate::call::{Call, State};
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use crate::limits;
use dialplan::{Reply, WalkEvent};
use ids::{CallId, LegId, RequestId};
use media::command::{Command, Direction, Taping};
use records::{EventKind, RecordingNote, RecordingState};

/// What the recorder is told; it obeys in this order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecorderOrder {
    /// Make a file; answer with [`RecorderNews::Opened`] or [`RecorderNews::Refused`].
    Open {
        /// Whose tape.
        leg: LegId,
        /// Whose recording.
        call: CallId,
        /// Unix µs of the call's answer.
        began_us: i64,
    },
    /// The tape begins: so much of the call is over, and was not recorded.
    Roll {
        /// Whose tape.
        leg: LegId,
        /// µs since the answer.
        before_us: u64,
        /// In which step the notice ended.
        step: String,
    },
    /// What a mask of this number means.
    Mask {
        /// Whose tape.
        leg: LegId,
        /// As [`Taping::Mask`] names it.
        mask: u32,
        /// `verification`, `payment` or `hold`.
        reason: &'static str,
        /// The dialplan's step, where one is the reason.
        step: String,
    },
    /// Everything is on tape; answer with [`RecorderNews::Kept`] or [`RecorderNews::Lost`].
    End {
        /// Whose tape.
        leg: LegId,
        /// µs from the answer to the end of the call.
        call_us: u64,
        /// Why the tape ended before the call.
        stopped: Option<String>,
    },
}

/// What the recorder says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecorderNews {
    /// The file is there.
    Opened,
    /// No file can be made.
    Refused(String),
    /// The disk takes no more; what was kept so far stays.
    Failed(String),
    /// The file is whole.
    Kept {
        /// Its name on the shelf.
        file: String,
        /// Over the whole file, hexadecimal.
        sha256: String,
        /// From the answer to the end, masked spans included.
        ms: u64,
        /// Of these without sound.
        masked_ms: u64,
    },
    /// The file could not be finished.
    Lost(String),
}

/// Where a call's recording stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Recording {
    #[default]
    Off,
    Declined,
    /// The walk waits for the file.
    Opening(RequestId),
    Rolling,
    /// There is a file of what was before.
    Stopped(String),
    /// The file is being finished.
    Ending(Option<String>),
}

/// What must not be kept now, and under which number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Masking {
    /// The step that takes secrets, and its reason.
    secret: Option<(&'static str, String)>,
    /// What the tape was told.
    told: Option<(&'static str, String)>,
    last: u32,
}

impl Exchange {
    /// The recorder is there: flows may record calls.
    pub fn record_calls(&mut self) {
        self.recorder = true;
    }

    /// The caller was told and did not decline.
    pub(crate) fn begin_recording(&mut self, now: Now, id: CallId, request: RequestId) {
        let recorder = self.recorder;
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !matches!(call.recording, Recording::Off | Recording::Declined) {
            // it runs already, or ran: a second notice changes nothing
            return self.tell_walk(now, id, WalkEvent::Done(request, Reply::Recorded));
        }
        let Some(began_us) = call.history.answered_us.filter(|_| recorder) else {
            self.effects.push_back(Effect::Alarm(format!(
                "{id}: the flow wants to record, and there is no place for recordings: set recordings.dir"
            )));
            return self.tell_walk(now, id, WalkEvent::ServiceFailed(request));
        };
        call.recording = Recording::Opening(request);
        let leg = call.leg;
        self.ask(id, request);
        self.effects.push_back(Effect::Recorder(RecorderOrder::Open { leg, call: id, began_us }));
    }

    /// What the recorder says about a leg.
    pub fn handle_recorder(&mut self, now: Now, leg: LegId, news: RecorderNews) {
        let Some(id) = self.legs.get(&leg).copied() else {
            if news == RecorderNews::Opened {
                let stopped = Some("the call was over".to_owned());
                let order = RecorderOrder::End { leg, call_us: 0, stopped };
                self.effects.push_back(Effect::Recorder(order));
            }
            return;
        };
        self.current = Some(id);
        match news {
            RecorderNews::Opened => self.roll(now, id),
            RecorderNews::Refused(why) => self.recording_refused(now, id, why),
            RecorderNews::Failed(why) => {
                self.effects.push_back(Effect::Media(Command::Record(leg, Taping::End)));
                self.stop_recording(now, id, why);
            }
            RecorderNews::Kept { file, sha256, ms, masked_ms } => {
                let kind = EventKind::RecordingKept {
                    file: file.clone(),
                    sha256: sha256.clone(),
                    ms,
                    masked_ms,
                };
                self.write(now, id, kind);
                self.recording_done(now, id, |note| RecordingNote {
                    file: Some(file),
                    sha256: Some(sha256),
                    ms,
                    masked_ms,
                    ..note
                });
            }
            RecorderNews::Lost(why) => {
                self.alarm_recording(id, &why);
                self.recording_done(now, id, |note| RecordingNote { why: Some(why), ..note });
            }
        }
        self.drain_walk(now, id);
        self.schedule(id);
        self.signalling(now);
    }

    /// The file is open: the tape begins, and the flow goes on.
    fn roll(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (leg, Recording::Opening(request)) = (call.leg, &call.recording) else { return };
        let request = *request;
        if call.state != State::Talking || !self.requests.contains_key(&request) {
            // the caller hung up meanwhile, or the flow waited no longer
            return self.end_recording(now, id, Some("the call was over".to_owned()));
        }
        call.recording = Recording::Rolling;
        let answered_us = call.history.answered_us.unwrap_or(now.unix_us);
        let before_us = now.unix_us.saturating_sub(answered_us).max(0) as u64;
        let step = call.walk.as_ref().map(|walk| walk.step().to_owned()).unwrap_or_default();
        self.effects.push_back(Effect::Recorder(RecorderOrder::Roll { leg, before_us, step }));
        self.effects.push_back(Effect::Media(Command::Record(leg, Taping::Begin)));
        self.write(now, id, EventKind::RecordingBegan);
        self.mask(id);
        self.tell_walk(now, id, WalkEvent::Done(request, Reply::Recorded));
    }

    fn recording_refused(&mut self, now: Now, id: CallId, why: String) {
        self.alarm_recording(id, &why);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Recording::Opening(request) = call.recording else { return };
        call.recording = Recording::Off;
        call.history.recording = Some(note(RecordingState::Refused, Some(why.clone())));
        self.write(now, id, EventKind::RecordingStopped { why });
        self.tell_walk(now, id, WalkEvent::Done(request, Reply::Full));
        if self.calls.get(&id).is_some_and(|call| call.history.figures.is_some()) {
            self.finish(now, id);
        }
    }

    /// The tape has ended before the call; the call goes on.
    pub(crate) fn stop_recording(&mut self, now: Now, id: CallId, why: String) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match &mut call.recording {
            Recording::Rolling => call.recording = Recording::Stopped(why.clone()),
            // the last of it did not fit: the file says so
            Recording::Ending(stopped) => *stopped = Some(why.clone()),
            _ => return,
        }
        self.alarm_recording(id, &why);
        self.write(now, id, EventKind::RecordingStopped { why });
    }

    /// The caller pressed 2.
    pub(crate) fn recording_declined(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.recording == Recording::Off {
            call.recording = Recording::Declined;
            call.history.recording = Some(note(RecordingState::Declined, None));
            self.write(now, id, EventKind::RecordingDeclined);
        }
    }

    /// A step began: what takes secrets is masked from its first word to its end.
    pub(crate) fn mask_step(&mut self, id: CallId, step: &str, verb: &str) {
        let reason = match verb {
            "verify" => Some("verification"),
            "pay" => Some("payment"),
            _ => None,
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.masking.secret = reason.map(|reason| (reason, step.to_owned()));
        }
        self.mask(id);
    }

    /// Tells the tape what must not be kept now, where that changed.
    pub(crate) fn mask(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.recording != Recording::Rolling {
            return;
        }
        let held = call.params.as_ref().is_some_and(|p| p.direction != Direction::SendRecv);
        let hold = held.then(|| ("hold", String::new()));
        let wanted = call.masking.secret.clone().or(hold);
        if wanted == call.masking.told {
            return;
        }
        let leg = call.leg;
        call.masking.told = wanted.clone();
        let Some((reason, step)) = wanted else {
            return self.effects.push_back(Effect::Media(Command::Record(leg, Taping::Unmask)));
        };
        call.masking.last += 1;
        let mask = call.masking.last;
        let order = RecorderOrder::Mask { leg, mask, reason, step };
        self.effects.push_back(Effect::Recorder(order));
        self.effects.push_back(Effect::Media(Command::Record(leg, Taping::Mask(mask))));
    }

    /// The leg's figures are there, so all of its tape is: the file is finished. False when there is none
    /// to wait for.
    pub(crate) fn finish_recording(&mut self, now: Now, id: CallId) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        match &call.recording {
            Recording::Rolling => self.end_recording(now, id, None),
            Recording::Stopped(why) => {
                let why = Some(why.clone());
                self.end_recording(now, id, why);
            }
            // its answer ends it
            Recording::Opening(_) | Recording::Ending(_) => {}
            Recording::Off | Recording::Declined => return false,
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.deadline = now.mono + limits::RECORDING_WAIT_MAX;
        }
        self.schedule(id);
        true
    }

    /// The call waits no longer; whatever is on tape is kept all the same.
    pub(crate) fn leave_recording(&mut self, now: Now, id: CallId) {
        let state = self.calls.get(&id).map(|call| call.recording.clone());
        match state {
            Some(Recording::Rolling) => self.end_recording(now, id, None),
            Some(Recording::Stopped(why)) => self.end_recording(now, id, Some(why)),
            _ => {}
        }
    }

    fn end_recording(&mut self, now: Now, id: CallId, stopped: Option<String>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let ended_us = match &call.state {
            State::Closing(end) => end.at_us,
            _ => now.unix_us,
        };
        let answered_us = call.history.answered_us.unwrap_or(ended_us);
        let call_us = ended_us.saturating_sub(answered_us).max(0) as u64;
        let why = Some("the recorder did not answer in time".to_owned());
        call.history.recording = Some(note(RecordingState::Unknown, why));
        call.recording = Recording::Ending(stopped.clone());
        let order = RecorderOrder::End { leg: call.leg, call_us, stopped };
        self.effects.push_back(Effect::Recorder(order));
    }

    fn recording_done(
        &mut self,
        now: Now,
        id: CallId,
        fill: impl FnOnce(RecordingNote) -> RecordingNote,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Recording::Ending(stopped) = std::mem::take(&mut call.recording) else { return };
        let state = match stopped {
            None => RecordingState::Whole,
            Some(_) => RecordingState::Stopped,
        };
        call.history.recording = Some(fill(note(state, stopped)));
        if call.history.figures.is_some() {
            self.finish(now, id);
        }
    }

    fn alarm_recording(&mut self, id: CallId, why: &str) {
        self.effects.push_back(Effect::Alarm(format!(
            "{id}: its recording has a fault, the call goes on: {why}; look at the disk under recordings.dir"
        )));
    }

    fn tell_walk(&mut self, now: Now, id: CallId, event: WalkEvent) {
        let local = self.local(now);
        if let WalkEvent::Done(request, _) | WalkEvent::ServiceFailed(request) = &event {
            self.answered(*request);
        }
        if let Some(walk) = self.calls.get_mut(&id).and_then(|call: &mut Call| call.walk.as_mut()) {
            walk.handle(now.mono, local, event);
        }
    }
}

fn note(state: RecordingState, why: Option<String>) -> RecordingNote {
    RecordingNote { state, file: None, sha256: None, ms: 0, masked_ms: 0, why }
}
