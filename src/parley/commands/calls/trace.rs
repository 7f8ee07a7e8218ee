//! A call's history as a file that can be replayed: steps, branches, timings and counts of keys; no numbers
//! of callers, no case, no secret, no audio.

use super::super::{Failure, open_store, wait_for};
use crate::causes::with_causes;
use crate::config::Config;
use dialplan::replay::{Recorded, RecordedStep};
use ids::CallId;
use records::{CallRecord, EventKind};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;
use store::KeptEvent;

/// What the first line of every trace says.
const FORMAT: &str = "parley trace 1";
/// Bytes of one trace file; a longer one is refused.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Calls looked through for the last ones of a flow.
const LOOKED_THROUGH_MAX: usize = 20_000;
/// Calls asked of the store at a time.
const PAGE: u32 = 500;

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceFile {
    pub format: String,
    pub call: String,
    /// `flow@version`.
    pub flow: String,
    /// Language tag at the end.
    pub lang: String,
    /// Why it ended.
    pub end: String,
    pub events: Vec<TraceEvent>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// Since the call came.
    pub at_ms: i64,
    #[serde(flatten)]
    pub kind: EventKind,
}

impl TraceFile {
    /// From a call on record.
    pub fn of(record: &CallRecord, events: &[KeptEvent]) -> Self {
        // a trace may leave the house: neither numbers nor money go with it
        let told = |kept: &&KeptEvent| {
            use EventKind as K;
            let kept_in = matches!(
                kept.event.kind,
                K::CallCame { .. } | K::PaymentStep(_) | K::Receipt { .. } | K::PaymentWish { .. }
            );
            !kept_in
        };
        let event = |kept: &KeptEvent| TraceEvent {
            at_ms: (kept.event.at_us - record.created_us) / 1_000,
            kind: kept.event.kind.clone(),
        };
        Self {
            format: FORMAT.to_owned(),
            call: record.id.to_string(),
            flow: record.flow.clone(),
            lang: record.lang.clone(),
            end: record.disposition.clone(),
            events: events.iter().filter(told).map(event).collect(),
        }
    }

    /// As the interpreter's room wants it.
    pub fn recorded(&self) -> Recorded {
        let mut steps: Vec<RecordedStep> = Vec::new();
        for event in &self.events {
            match &event.kind {
                EventKind::StepEntered { flow, step, verb, .. } => steps.push(RecordedStep {
                    flow: flow.clone(),
                    step: step.clone(),
                    verb: verb.clone(),
                    outcome: None,
                    because: None,
                }),
                EventKind::BranchTaken { step, because } => {
                    if let Some(last) = last(&mut steps, step) {
                        last.because = Some(because.clone());
                    }
                }
                EventKind::StepLeft { step, outcome } => {
                    if let Some(last) = last(&mut steps, step) {
                        last.outcome = Some(outcome.clone());
                    }
                }
                _ => {}
            }
        }
        Recorded {
            call: self.call.clone(),
            lang: self.lang.parse().ok(),
            steps,
            end: self.end.clone(),
        }
    }
}

/// The last visit of this step. A called flow's steps may stand behind it.
fn last<'s>(steps: &'s mut [RecordedStep], name: &str) -> Option<&'s mut RecordedStep> {
    steps.iter_mut().rev().find(|step| step.step == name && step.outcome.is_none())
}

/// One call of the store.
pub fn of_call(config: &Config, id: CallId) -> Result<Option<TraceFile>, Failure> {
    wait_for(async {
        let store = open_store(config, false).await?;
        let found = store.call(id).await.map_err(|error| with_causes(&error))?;
        store.close().await;
        Ok::<_, Failure>(found.map(|(record, events)| TraceFile::of(&record, &events)))
    })?
}

/// The last answered calls of a flow, whatever version they ran on.
pub fn last_of(config: &Config, flow: &str, many: u32) -> Result<Vec<TraceFile>, Failure> {
    wait_for(async {
        let store = open_store(config, false).await?;
        let (mut found, mut before, mut seen) = (Vec::new(), None, 0);
        while found.len() < many as usize && seen < LOOKED_THROUGH_MAX {
            let page = store.calls(PAGE, before).await.map_err(|error| with_causes(&error))?;
            let Some(last) = page.last() else { break };
            (before, seen) = (Some(last.id), seen + page.len());
            let of_flow = |call: &&CallRecord| {
                let name = call.flow.split_once('@').map(|(name, _)| name);
                call.answered_us.is_some() && name == Some(flow)
            };
            for call in page.iter().filter(of_flow).take(many as usize - found.len()) {
                let kept = store.call(call.id).await.map_err(|error| with_causes(&error))?;
                found.extend(kept.map(|(record, events)| TraceFile::of(&record, &events)));
            }
        }
        store.close().await;
        Ok::<_, Failure>(found)
    })?
}

/// The traces in a file, `-` for the input: one or more JSON documents, one behind the other.
pub fn read(path: &Path) -> Result<Vec<TraceFile>, Failure> {
    let mut text = String::new();
    let failed = |why: String| {
        format!("{}: {why}; make it with: parley calls trace CALL > call.json", path.display())
    };
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(path).map_err(|error| failed(error.to_string()))?),
    };
    input
        .take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| failed(error.to_string()))?;
    let mut traces = Vec::new();
    for trace in serde_json::Deserializer::from_str(&text).into_iter::<TraceFile>() {
        let trace = trace.map_err(|error| failed(error.to_string()))?;
        if trace.format != FORMAT {
            return Err(failed(format!("it is '{}', not '{FORMAT}'", trace.format)).into());
        }
        traces.push(trace);
    }
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at_ms: i64, kind: EventKind) -> TraceEvent {
        TraceEvent { at_ms, kind }
    }

    fn entered(step: &str, verb: &str) -> EventKind {
        let (flow, version) = ("hotline".to_owned(), "3f2a".to_owned());
        EventKind::StepEntered { flow, version, step: step.into(), verb: verb.into() }
    }

    fn left(step: &str, outcome: &str) -> EventKind {
        EventKind::StepLeft { step: step.into(), outcome: outcome.into() }
    }

    fn trace() -> TraceFile {
        TraceFile {
            format: FORMAT.into(),
            call: "call-1".into(),
            flow: "hotline@3f2a5c9b01de".into(),
            lang: "pl".into(),
            end: "goodbye".into(),
            events: vec![
                event(20, EventKind::CallAnswered),
                event(30, entered("verify", "verify")),
                event(9_000, EventKind::KeysEntered { count: 6 }),
                event(20_000, left("verify", "ok")),
                event(20_000, entered("how-much", "when")),
                event(
                    20_000,
                    EventKind::BranchTaken { step: "how-much".into(), because: "else".into() },
                ),
                event(20_000, left("how-much", "else")),
                event(20_001, entered("goodbye", "hangup")),
            ],
        }
    }

    #[test]
    fn a_trace_is_read_as_it_was_written_and_tells_how_each_step_was_left() {
        let dir = std::env::temp_dir().join(format!("parley-trace-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("call.json");
        let text = serde_json::to_string_pretty(&trace()).unwrap();
        std::fs::write(&path, format!("{text}\n{text}")).unwrap();
        assert_eq!(read(&path).unwrap(), [trace(), trace()]);
        std::fs::write(&path, "{}").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("parley calls trace"));
        std::fs::remove_dir_all(dir).unwrap();

        let steps = trace().recorded().steps;
        let told: Vec<_> = steps.iter().map(|s| (s.step.as_str(), s.outcome.as_deref())).collect();
        assert_eq!(told, [("verify", Some("ok")), ("how-much", Some("else")), ("goodbye", None)]);
        assert_eq!(steps[1].because.as_deref(), Some("else"));
    }

    #[test]
    fn what_would_tell_who_called_stays_out() {
        let kind = EventKind::CallCame {
            from: "sip:+48600100200@example.com".into(),
            to: "hotline".into(),
            transport: "UDP".into(),
        };
        let event = records::Event { call: CallId(1), seq: 0, case: None, at_us: 0, kind };
        let kept = [KeptEvent { event, position: 1, hash: records::ChainHash::default() }];
        let record = super::super::tests::record();
        let text = serde_json::to_string(&TraceFile::of(&record, &kept)).unwrap();
        assert!(!text.contains("600100200"), "{text}");
    }
}
