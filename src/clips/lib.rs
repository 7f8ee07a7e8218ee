//! Clips: the audio of the prompts, decoded, levelled and encoded before any call needs it.
//!
//! ```text
//! prompts/pl/synthetic.flac + .tsv ─┐           ┌─ low-pass, 8 kHz ─ A-law, µ-law ─┐
//!                                   ├─ 16 kHz ──┤                                  ├─ cache file ─ Library
//! prompts/pl/recordings/<id>.wav  ──┘  levelled └─ G.722 ──────────────────────────┘
//! ```
//! Owns: packs, recordings, their levels, the bytes per coding that all calls share, names spoken at run time.
//! Never: calls, packets, clocks. Everything here blocks on files or on a child process: it belongs on a
//! worker thread; only [`Library::clip`] and [`Library::resolve`] are for the control thread.

mod cache;
mod decode;
mod level;
mod library;
mod limits;
mod names;
mod pack;
mod recording;
mod render;
mod resample;
mod resolve;
mod sound;
mod studio;
mod voice;

pub use audio::coding::Coding;
pub use audio::g711::Law;
pub use decode::DecodeError;
pub use level::{active_dbfs, peak_dbfs};
pub use library::{ClipState, ClipsError, Library, Source, Stray};
pub use limits::*;
pub use names::{NameError, NameVoice};
pub use pack::PackError;
pub use recording::{RecordingError, RecordingNote};
pub use render::{RenderError, Rendered, render_wav};
pub use resolve::{MissingClip, PlayPart, Resolved, Slice};
pub use studio::{BroughtIn, StudioError, bring_in, render, rendered, sweep};
