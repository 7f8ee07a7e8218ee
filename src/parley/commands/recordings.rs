//! `parley recordings`: the one way to hear, copy or remove what was recorded. Who and why is written into
//! the call's history before anything is heard.

use super::calls::call_id;
use super::table::{Column, render};
use super::{Failure, open_store, say, settings, wait_for};
use crate::Outcome;
use crate::causes::with_causes;
use crate::cli::{self, Reason, RecordingsCommand};
use crate::clock::Clock;
use crate::config::Config;
use crate::recorder::write_about;
use ids::CallId;
use recordings::{Entry, Manifest, Ring, Shelf, Span, Unsealed, unseal};
use records::EventKind;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, ExitCode};

const COLUMNS: [Column; 5] = [
    Column::text("call", 21),
    Column::figure("length", 8),
    Column::figure("masked", 8),
    Column::text("key", 16),
    Column::text("state", 40),
];

/// Lists, plays, exports or wipes.
pub fn run(args: cli::Recordings) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let shelf = config.recordings.shelf().ok_or(
        "no recordings are configured: set recordings.dir in the configuration and name it with --config",
    )?;
    let room = Room { ring: config.recordings.ring()?, shelf, config };
    match args.command {
        RecordingsCommand::List => room.list(),
        RecordingsCommand::Play { call, reason } => room.play(&call, &reason),
        RecordingsCommand::Export { call, to, reason } => room.export(&call, &to, &reason),
        RecordingsCommand::Wipe { call, reason } => room.wipe(&call, &reason),
    }
}

struct Room {
    config: Config,
    shelf: Shelf,
    ring: Ring,
}

/// A whole recording as sound: left the caller, right us.
type Sound = [Vec<i16>; 2];

impl Room {
    fn list(&self) -> Outcome {
        let rows: Vec<_> = self.shelf.list()?.iter().map(|entry| self.row(entry)).collect();
        match rows.is_empty() {
            true => say("no recordings yet; a flow records with: record NAME { what call; … }\n")?,
            false => say(&render(&COLUMNS, &rows))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Every tag is looked at, so that a list is also a check.
    fn row(&self, entry: &Entry) -> Vec<String> {
        let read = File::open(&entry.path)
            .map_err(recordings::UnsealError::from)
            .and_then(|file| unseal(BufReader::new(file), &self.ring, |_| ()));
        let (length, masked, key, state) = match read {
            Ok(Unsealed { manifest: Some(manifest), key, .. }) => {
                let state = match &manifest.stopped {
                    _ if !manifest.adds_up() => "its spans do not add up".to_owned(),
                    Some(why) => format!("stopped: {why}"),
                    None => "whole".to_owned(),
                };
                (
                    seconds(&manifest, manifest.frames),
                    seconds(&manifest, manifest.masked_frames()),
                    key.to_string(),
                    state,
                )
            }
            Ok(Unsealed { key, .. }) => {
                let state = match entry.finished {
                    true => "cut off: its end is missing".to_owned(),
                    false => "being written, or cut off by a crash".to_owned(),
                };
                (String::new(), String::new(), key.to_string(), state)
            }
            Err(error) => (String::new(), String::new(), String::new(), error.to_string()),
        };
        vec![entry.call.to_string(), length, masked, key, state]
    }

    fn play(&self, call: &str, reason: &Reason) -> Outcome {
        let (entry, manifest, sound) = self.read(call)?;
        self.note(
            entry.call,
            |by, why| EventKind::RecordingHeard { by, why, how: "play".into() },
            reason,
        )?;
        let path = std::env::temp_dir().join(format!("parley-play-{}.wav", std::process::id()));
        // made by us alone, before anything of the call is in it
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let written = write_wav(&path, &sound);
        let played =
            written.and_then(|()| Ok(Command::new("aplay").arg("-q").arg(&path).status()?));
        std::fs::remove_file(&path)?;
        say(&spans(&manifest))?;
        if !played.is_ok_and(|status| status.success()) {
            return Err(
                "this machine does not play sound (aplay); use: parley recordings export".into()
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    fn export(&self, call: &str, to: &Path, reason: &Reason) -> Outcome {
        let (entry, manifest, sound) = self.read(call)?;
        self.note(
            entry.call,
            |by, why| EventKind::RecordingHeard { by, why, how: "export".into() },
            reason,
        )?;
        write_wav(to, &sound)?;
        if let Some(manifest) = &manifest {
            let text = serde_json::to_string_pretty(manifest)?;
            std::fs::write(to.with_extension("json"), text)?;
        }
        say(&format!("{}: {:.1} s\n", to.display(), sound[0].len() as f64 / 8_000.0))?;
        say(&spans(&manifest))?;
        Ok(ExitCode::SUCCESS)
    }

    fn wipe(&self, call: &str, reason: &Reason) -> Outcome {
        let entry = self.entry(call)?;
        self.note(entry.call, |by, why| EventKind::RecordingRemoved { by, why }, reason)?;
        self.shelf.remove(&entry)?;
        say(&format!("the recording of {} is gone\n", entry.call))?;
        Ok(ExitCode::SUCCESS)
    }

    fn entry(&self, text: &str) -> Result<Entry, Failure> {
        let call = call_id(text).ok_or_else(|| {
            format!("{text:?} is no call id; copy one from: parley recordings list")
        })?;
        let found = self.shelf.find(call);
        found.ok_or_else(|| {
            format!("there is no recording of {call}; look for it with: parley recordings list")
                .into()
        })
    }

    /// What a recording that stopped lacks at its end is silence, so that it is as long as its call.
    fn read(&self, call: &str) -> Result<(Entry, Option<Manifest>, Sound), Failure> {
        let entry = self.entry(call)?;
        let mut sound: Sound = [Vec::new(), Vec::new()];
        let file = BufReader::new(File::open(&entry.path)?);
        let unsealed = unseal(file, &self.ring, |frames| {
            for [left, right] in frames {
                sound[0].push(*left);
                sound[1].push(*right);
            }
        });
        let unsealed = unsealed.map_err(|error| with_causes(&error))?;
        if unsealed.facts.call != entry.call {
            return Err(format!(
                "the file holds another call, {}: somebody renamed it",
                unsealed.facts.call
            )
            .into());
        }
        match &unsealed.manifest {
            Some(manifest) => {
                let length = manifest.frames.min(recordings::limits::FRAMES_MAX) as usize;
                sound.iter_mut().for_each(|side| side.resize(length, 0));
            }
            None => say("its end is missing: this is what was on disk when it was cut off\n")?,
        }
        Ok((entry, unsealed.manifest, sound))
    }

    /// First the word, then the sound.
    fn note(
        &self,
        call: CallId,
        kind: impl FnOnce(String, String) -> EventKind,
        reason: &Reason,
    ) -> Result<(), Failure> {
        let user = || format!("user {}", rustix::process::getuid().as_raw());
        let by = reason.by.clone().unwrap_or_else(user);
        let kind = kind(cut(&by), cut(&reason.why));
        wait_for(async {
            let store = open_store(&self.config, false).await?;
            let written = write_about(&*store, call, Clock::start().unix_us(), kind).await;
            store.close().await;
            written.map_err(Failure::from)
        })?
    }
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

fn write_wav(path: &Path, [left, right]: &Sound) -> Result<(), Failure> {
    audio::wav::write(path, 8_000, &[left, right]).map_err(|error| with_causes(&error).into())
}

fn seconds(manifest: &Manifest, frames: u64) -> String {
    let ms = manifest.ms(frames);
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

fn spans(manifest: &Option<Manifest>) -> String {
    let Some(manifest) = manifest else { return String::new() };
    let line = |span: &Span| {
        let (from, to) = (manifest.ms(span.from), manifest.ms(span.from + span.frames));
        let step = if span.step.is_empty() { String::new() } else { format!(" ({})", span.step) };
        format!(
            "{:9.1} – {:.1} s  silent: {}{step}\n",
            from as f64 / 1e3,
            to as f64 / 1e3,
            span.reason
        )
    };
    manifest.spans.iter().map(line).collect()
}
