//! One recording being made: sound and silences in their order, until the call is over or the disk is full.
//!
//! ```text
//!   Running ──the disk says no, or told so──► Stopped (the last chunk gives way to the manifest)
//!      └──────────── finish ─────────────────────┴──► Kept: sound + spans = the call
//! ```
//! Owns: the manifest as it grows. Never: when sound is masked, or why; what a full disk means for a call.

use crate::keys::MasterKey;
use crate::limits::{
    CHUNK_BYTES, FRAME_BYTES, FRAMES_MAX, MANIFEST_BYTES_MAX, SPANS_MAX, WORD_CHARS_MAX,
};
use crate::manifest::{Manifest, Span};
use crate::sealed::{Facts, Fresh, Medium, Sealer};
use std::io;

/// What was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// SHA-256 over the whole file.
    pub sha256: [u8; 32],
    /// What is in it.
    pub manifest: Manifest,
}

/// A recording under way.
pub struct Recording<M> {
    sealer: Sealer<M>,
    /// Frames that make no chunk yet.
    waiting: Vec<u8>,
    manifest: Manifest,
    /// Frames given up by chunks that are sealed.
    sealed_frames: u64,
}

impl<M: Medium> Recording<M> {
    /// Writes the header.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin(medium: M, master: &MasterKey, facts: Facts, fresh: &Fresh) -> io::Result<Self> {
        Ok(Self {
            sealer: Sealer::begin(medium, master, facts, fresh)?,
            waiting: Vec::with_capacity(CHUNK_BYTES),
            manifest: Manifest::new(facts.call, facts.began_us),
            sealed_frames: 0,
        })
    }

    /// Frames so far, silent ones too.
    pub fn frames(&self) -> u64 {
        self.manifest.frames
    }

    /// Adds sound. After the recording stopped nothing is added.
    ///
    /// # Errors
    /// The disk's, once; the recording has then stopped.
    pub fn sound(&mut self, frames: &[[i16; 2]]) -> io::Result<()> {
        if self.has_stopped() {
            return Ok(());
        }
        self.manifest.sound_frames += frames.len() as u64;
        self.add(frames.iter().copied())
    }

    /// Adds silence in place of what must not be kept.
    ///
    /// # Errors
    /// The disk's, once; the recording has then stopped.
    pub fn silence(&mut self, frames: u64, reason: &str, step: &str) -> io::Result<()> {
        if self.has_stopped() || frames == 0 {
            return Ok(());
        }
        let cut = |text: &str| text.chars().take(WORD_CHARS_MAX).collect::<String>();
        let (from, reason, step) = (self.manifest.frames, cut(reason), cut(step));
        let full = self.manifest.spans.len() >= SPANS_MAX;
        match self.manifest.spans.last_mut() {
            Some(s) if s.from + s.frames == from && (&s.reason, &s.step) == (&reason, &step) => {
                s.frames += frames;
            }
            _ if full => {
                self.stop("too many masked spans");
                return Err(io::Error::other("too many masked spans in one recording"));
            }
            _ => self.manifest.spans.push(Span { from, frames, reason, step }),
        }
        self.add(std::iter::repeat_n([0; 2], frames.min(FRAMES_MAX) as usize))
    }

    /// Ends the recording before the call ends: what follows is one span. The last seconds on disk give
    /// way to the manifest, so that it fits on a disk that is full.
    pub fn stop(&mut self, why: &str) {
        if self.has_stopped() {
            return;
        }
        let gave_up = self.sealer.give_up_last().unwrap_or(false);
        let kept =
            self.sealed_frames - if gave_up { (CHUNK_BYTES / FRAME_BYTES) as u64 } else { 0 };
        self.manifest.stopped = Some(why.chars().take(WORD_CHARS_MAX).collect());
        self.manifest.frames = kept;
        self.manifest.spans.retain_mut(|span| {
            span.frames = span.frames.min(kept.saturating_sub(span.from));
            span.frames > 0
        });
        self.manifest.sound_frames = kept - self.manifest.masked_frames();
        self.waiting = Vec::new();
    }

    /// The call is over after so many frames; a recording that stopped has its last span up to there.
    ///
    /// # Errors
    /// The disk's: the file then stays without its manifest.
    pub fn finish(mut self, call_frames: u64) -> io::Result<Kept> {
        if !self.has_stopped() {
            let flushed = self.flush();
            if flushed.is_err() {
                self.stop("the disk is full");
            }
        }
        if let Some(why) = &self.manifest.stopped {
            let from = self.manifest.frames;
            let frames = call_frames.saturating_sub(from);
            let span = Span { from, frames, reason: "stopped".to_owned(), step: why.clone() };
            self.manifest.frames += frames;
            self.manifest.spans.push(span);
        }
        let text = serde_json::to_vec(&self.manifest).map_err(io::Error::other)?;
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(io::Error::other("the manifest is too long"));
        }
        match self.sealer.finish(&text) {
            Ok(sha256) => Ok(Kept { sha256, manifest: self.manifest }),
            Err(error) => Err(error),
        }
    }

    fn has_stopped(&self) -> bool {
        self.manifest.stopped.is_some()
    }

    fn add(&mut self, frames: impl Iterator<Item = [i16; 2]>) -> io::Result<()> {
        for [left, right] in frames {
            self.manifest.frames += 1;
            self.waiting.extend_from_slice(&left.to_le_bytes());
            self.waiting.extend_from_slice(&right.to_le_bytes());
            if self.waiting.len() >= CHUNK_BYTES
                && let Err(error) = self.flush()
            {
                self.stop("the disk is full");
                return Err(error);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.sealer.sound(&self.waiting)?;
        self.sealed_frames += (self.waiting.len() / FRAME_BYTES) as u64;
        self.waiting.clear();
        Ok(())
    }
}
