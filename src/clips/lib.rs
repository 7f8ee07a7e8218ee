//! Clips: the audio of the prompts, decoded, levelled and encoded before any call needs it.
//!
//! ```text
//! prompts/pl/synthetic.flac + .tsv ─┐                      ┌─ A-law bytes ─┐
//!                                   ├─ 16 kHz ─ low-pass ──┤               ├─ cache file ─ Library
//! prompts/pl/recordings/<id>.wav  ──┘  levelled   8 kHz    └─ µ-law bytes ─┘
//! ```
//! Owns: packs, recordings, their levels, the per-law bytes that all calls share, names spoken at run time.
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
mod voice;

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
