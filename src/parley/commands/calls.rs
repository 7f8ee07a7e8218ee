//! `parley calls`: calls on record, and what happened in one of them.

mod story;
pub mod trace;

use super::table::{Column, facts, render};
use super::{open_store, say, settings, wait_for};
use crate::Outcome;
use crate::causes::with_causes;
use crate::cli::{self, CallsCommand};
use crate::config::Config;
use ids::CallId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use records::{CallRecord, HungUp, MediaFigures, OneWay, RecordingNote, RecordingState};
use std::fmt::Write as _;
use std::process::ExitCode;
use store::KeptEvent;

/// Calls asked of the store at a time.
const PAGE: u32 = 500;

const COLUMNS: [Column; 7] = [
    Column::text("call", 21),
    Column::text("began", 16),
    Column::text("from", 16),
    Column::figure("lasted", 7),
    Column::figure("SIP", 3),
    Column::text("right party", 11),
    Column::text("ended by", 14),
];

/// Lists or shows calls.
pub fn run(args: cli::Calls) -> Outcome {
    let config = settings(args.config.as_deref())?;
    match args.command {
        CallsCommand::List { limit } => wait_for(list(&config, limit))?,
        CallsCommand::Show { id } => wait_for(show(&config, &id))?,
        CallsCommand::Trace { id } => export(&config, &id),
    }
}

async fn list(config: &Config, limit: u32) -> Outcome {
    let store = open_store(config, false).await?;
    let mut calls: Vec<CallRecord> = Vec::new();
    while calls.len() < limit as usize {
        let page = PAGE.min(limit - calls.len() as u32);
        let before = calls.last().map(|call| call.id);
        let more = store.calls(page, before).await.map_err(|error| with_causes(&error))?;
        let last = more.len() < page as usize;
        calls.extend(more);
        if last {
            break;
        }
    }
    store.close().await;
    say(&calls_page(&calls, &zone(config)))?;
    Ok(ExitCode::SUCCESS)
}

/// A call as a trace, to be replayed against a draft.
fn export(config: &Config, text: &str) -> Outcome {
    let id = named(text)?;
    let trace = trace::of_call(config, id)?.ok_or_else(|| not_there(id))?;
    say(&format!("{}\n", serde_json::to_string_pretty(&trace)?))?;
    Ok(ExitCode::SUCCESS)
}

fn named(text: &str) -> Result<CallId, String> {
    call_id(text).ok_or_else(|| {
        format!(
            "{text:?} is no call id; copy one, such as call-6434e1f2c4a1b, from: parley calls list"
        )
    })
}

fn not_there(id: CallId) -> String {
    format!("there is no {id} on record; look for it with: parley calls list")
}

async fn show(config: &Config, text: &str) -> Outcome {
    let id = named(text)?;
    let store = open_store(config, false).await?;
    let found = store.call(id).await.map_err(|error| with_causes(&error))?;
    store.close().await;
    let Some((record, events)) = found else {
        return Err(not_there(id).into());
    };
    say(&call_page(&record, &events, &zone(config)))?;
    Ok(ExitCode::SUCCESS)
}

/// The firm's time zone; a name that is none was refused when the server started, so here UTC will do.
pub(super) fn zone(config: &Config) -> TimeZone {
    TimeZone::get(&config.company.time_zone).unwrap_or(TimeZone::UTC)
}

pub(super) fn call_id(text: &str) -> Option<CallId> {
    let hexadecimal = text.trim().strip_prefix("call-").unwrap_or(text.trim());
    u64::from_str_radix(hexadecimal, 16).ok().map(CallId)
}

fn calls_page(calls: &[CallRecord], zone: &TimeZone) -> String {
    if calls.is_empty() {
        return "no calls on record yet; make one: parley call sip:hotline@127.0.0.1:5060\n"
            .to_owned();
    }
    let row = |call: &CallRecord| {
        vec![
            call.id.to_string(),
            at(call.created_us, zone, "%Y-%m-%d %H:%M"),
            caller(&call.from),
            lasted(call),
            call.sip_status.to_string(),
            if call.verified { "proved" } else { "–" }.to_owned(),
            format!("{}, {}", ended_by(call.hung_up), call.disposition),
        ]
    };
    render(&COLUMNS, &calls.iter().map(row).collect::<Vec<_>>())
}

fn call_page(call: &CallRecord, events: &[KeptEvent], zone: &TimeZone) -> String {
    let mut pairs = vec![
        ("call", call.id.to_string()),
        ("began", at(call.created_us, zone, "%Y-%m-%d %H:%M:%S %Z")),
        ("trunk", call.trunk.clone().unwrap_or_else(|| "none".to_owned())),
        ("from", call.from.clone()),
        ("to", call.to.clone()),
        ("case", call.case.map_or("none found".to_owned(), |case| case.to_string())),
        ("right party", if call.verified { "proved" } else { "not proved" }.to_owned()),
        ("flow", call.flow.clone()),
        ("language", call.lang.clone()),
        ("lasted", lasted(call)),
        ("ended", format!("by {}: {}", ended_by(call.hung_up), call.disposition)),
        ("result", format!("SIP {}, Q.850 {}", call.sip_status, call.q850)),
        ("SIP Call-ID", call.sip_call_id.clone()),
    ];
    if let Some(user) = &call.user {
        pairs.insert(3, ("phone of", user.clone()));
    }
    pairs.extend(call.media.iter().flat_map(media));
    pairs.extend(call.recording.as_ref().map(|note| ("recording", recording(note))));
    pairs.extend(chain(events).map(|text| ("history", text)));
    let mut page = facts(&pairs);
    page.push('\n');
    for kept in events {
        page.push_str(&story::line(call.created_us, &kept.event));
    }
    page
}

fn media(figures: &MediaFigures) -> [(&'static str, String); 4] {
    let MediaFigures { codec, sent, received, lost, jitter_us_max, .. } = figures;
    let jitter_ms = f64::from(*jitter_us_max) / 1_000.0;
    let mut sound = format!(
        "{codec}, {sent} packets sent, {received} received, {lost} lost, jitter up to {jitter_ms:.1} ms"
    );
    if let Some(round_trip_us) = figures.round_trip_us {
        let _ = write!(sound, ", round trip {:.1} ms", f64::from(round_trip_us) / 1_000.0);
    }
    let [events, tones, info] = figures.keys;
    let [short, endless, doubled] = figures.key_anomalies;
    [
        ("audio", sound),
        ("quality", quality(figures)),
        ("keys", format!("{events} as telephone-events, {tones} as tones, {info} by INFO")),
        ("odd keys", format!("{short} too short, {endless} without end, {doubled} over two roads")),
    ]
}

/// What became of the recording.
fn recording(note: &RecordingNote) -> String {
    let state = match note.state {
        RecordingState::Whole => "whole",
        RecordingState::Stopped => "ended before the call",
        RecordingState::Declined => "declined by the caller",
        RecordingState::Refused => "there was no room",
        RecordingState::Unknown => "not known",
    };
    let seconds = |ms: u64| ms as f64 / 1_000.0;
    let mut text = state.to_owned();
    if let Some(why) = &note.why {
        let _ = write!(text, ": {why}");
    }
    if let (Some(file), Some(sha256)) = (&note.file, &note.sha256) {
        let (length, masked) = (seconds(note.ms), seconds(note.masked_ms));
        let _ = write!(text, ", {file}, {length:.1} s, {masked:.1} s masked, SHA-256 {sha256}");
    }
    text
}

/// MOS and R both ways, and what was wrong.
fn quality(figures: &MediaFigures) -> String {
    let score = |score: Option<records::Score>| match score {
        Some(records::Score { r, mos_hundredths }) => {
            format!("MOS {}.{:02} (R {r})", mos_hundredths / 100, mos_hundredths % 100)
        }
        None => "not known".to_owned(),
    };
    let mut text = format!(
        "heard here {}, there {}; {} packets too late, losses in {} runs",
        score(figures.heard),
        score(figures.delivered),
        figures.late,
        figures.loss_runs
    );
    if let Some(lost) = figures.remote_lost {
        let _ = write!(text, "; {lost} lost on the way to them");
    }
    match figures.one_way {
        Some(OneWay::WeHearNothing) => text.push_str("; ONE-WAY: nothing came from them"),
        Some(OneWay::TheyHearNothing) => {
            text.push_str("; ONE-WAY: they report that nothing comes from us");
        }
        None => {}
    }
    text
}

/// Where these events stand in the one history, and how to have it verified.
fn chain(events: &[KeptEvent]) -> Option<String> {
    let (first, last) = (events.first()?, events.last()?);
    let hash = last.hash.to_string();
    Some(format!(
        "events {}–{}, last hash {}…; `parley audit verify` verifies the whole chain",
        first.position,
        last.position,
        hash.get(..12).unwrap_or(&hash)
    ))
}

/// The number or name in a SIP address, for a narrow column.
fn caller(from: &str) -> String {
    let bare = from.trim_start_matches('<').trim_start_matches("sip:");
    let user = bare.split(['@', '>', ';']).next().unwrap_or(bare);
    if user.is_empty() { "withheld" } else { user }.to_owned()
}

pub(super) fn at(unix_us: i64, zone: &TimeZone, format: &str) -> String {
    match Timestamp::from_microsecond(unix_us) {
        Ok(time) => time.to_zoned(zone.clone()).strftime(format).to_string(),
        Err(_) => "?".to_owned(),
    }
}

/// Minutes and seconds from the answer on; a call without one lasted nothing.
fn lasted(call: &CallRecord) -> String {
    let Some(answered_us) = call.answered_us else { return "–".to_owned() };
    let seconds = (call.ended_us - answered_us).max(0) / 1_000_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

const fn ended_by(who: HungUp) -> &'static str {
    match who {
        HungUp::Caller => "caller",
        HungUp::Flow => "flow",
        HungUp::System => "system",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ids::CaseId;
    use records::{ChainHash, Direction, Event, EventKind};

    pub(crate) fn record() -> CallRecord {
        CallRecord {
            id: CallId(0x6_434e_1f2c_4a1b),
            sip_call_id: "a84b4c76e66710".into(),
            direction: Direction::Inbound,
            trunk: None,
            user: None,
            case: Some(CaseId(1)),
            verified: true,
            from: "+48600100200".into(),
            to: "hotline".into(),
            flow: "hotline@3fa9".into(),
            lang: "pl".into(),
            created_us: 1_790_000_000_000_000,
            answered_us: Some(1_790_000_000_020_000),
            ended_us: 1_790_000_083_000_000,
            hung_up: HungUp::Flow,
            disposition: "goodbye".into(),
            sip_status: 200,
            q850: 16,
            media: Some(MediaFigures {
                codec: "PCMA".into(),
                sent: 4_100,
                keys: [17, 0, 0],
                ..MediaFigures::default()
            }),
            recording: None,
        }
    }

    fn event(seq: u32, after_us: i64, kind: EventKind) -> KeptEvent {
        let at_us = record().created_us + after_us;
        let event = Event { call: record().id, seq, case: None, at_us, kind };
        KeptEvent { event, position: 45 + i64::from(seq), hash: ChainHash([0xab; 32]) }
    }

    #[test]
    fn the_list_fits_a_page_and_shows_local_time() {
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        let long = CallRecord {
            id: CallId(u64::MAX),
            from: "sip:somebody.with.a.long.name@example.com".into(),
            verified: false,
            answered_us: None,
            disposition: "no media for 60 s".into(),
            ..record()
        };
        assert_eq!(
            calls_page(&[record(), long], &zone),
            "call                   began             from              lasted  SIP  right party  ended by\n\
             call-6434e1f2c4a1b     2026-09-21 16:13  +48600100200        1:22  200  proved       flow, goodbye\n\
             call-ffffffffffffffff  2026-09-21 16:13  somebody.with.a…       –  200  –            flow, no medi…\n"
        );
    }

    #[test]
    fn one_call_is_its_record_and_its_story() {
        let kind = EventKind::CallCame {
            from: "+48600100200".into(),
            to: "hotline".into(),
            transport: "UDP".into(),
        };
        let events = [event(0, 0, kind), event(1, 20_000, EventKind::CallAnswered)];
        let page = call_page(&record(), &events, &TimeZone::UTC);
        for part in [
            "call         call-6434e1f2c4a1b\n",
            "right party  proved\n",
            "ended        by flow: goodbye\n",
            "audio        PCMA, 4100 packets sent, 0 received, 0 lost, jitter up to 0.0 ms\n",
            "keys         17 as telephone-events, 0 as tones, 0 by INFO\n",
            "history      events 45–46, last hash abababababab…; `parley audit verify` verifies the whole chain\n",
            "\n   0.020 s  answered\n",
        ] {
            assert!(page.contains(part), "{part:?} is not in\n{page}");
        }
    }

    #[test]
    fn an_id_is_read_with_and_without_its_kind() {
        assert_eq!(call_id("call-6434e1f2c4a1b"), Some(CallId(0x6_434e_1f2c_4a1b)));
        assert_eq!(call_id(" 2f "), Some(CallId(47)));
        assert_eq!(call_id("leg-2f"), None);
        assert_eq!(call_id(""), None);
    }

    #[test]
    fn a_call_without_an_answer_lasted_nothing_and_a_withheld_caller_is_named_so() {
        assert_eq!(lasted(&CallRecord { answered_us: None, ..record() }), "–");
        assert_eq!(caller("<sip:+48600100200@example.com>"), "+48600100200");
        assert_eq!(caller(""), "withheld");
    }
}
