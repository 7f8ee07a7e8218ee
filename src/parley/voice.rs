//! From a sentence to a playlist: clips from the library, names and missing clips from the names engine.
//!
//! Owns: which audio says a sentence; sentences that wait for a name.
//! Never: a file read or a subprocess on the control thread.

use clips::{Coding, Library, NameVoice, PlayPart, Slice};
use ids::{Lang, LegId, PlayId};
use media::command::{Codec, Command, Part, Playlist};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use words::Sentence;

/// Alarms about the same missing clip are raised once; beyond this many different ones, no more.
const ALARMS_MAX: usize = 1_000;

/// A sentence whose names are ready now.
pub struct Ready {
    leg: LegId,
    play: PlayId,
    list: Playlist,
    barge_in: bool,
}

/// The voice of the control thread.
pub struct Voice {
    library: Arc<Library>,
    names: Arc<NameVoice>,
    runtime: Handle,
    waiting: HashMap<LegId, PlayId>,
    alarmed: HashSet<String>,
    ready: mpsc::UnboundedSender<Ready>,
}

impl Voice {
    /// The engine for names runs on `runtime`; finished sentences come out of the returned queue,
    /// at most one for each leg.
    pub fn new(
        library: Arc<Library>,
        names: Arc<NameVoice>,
        runtime: Handle,
    ) -> (Self, mpsc::UnboundedReceiver<Ready>) {
        let (ready, readied) = mpsc::unbounded_channel();
        let (waiting, alarmed) = (HashMap::new(), HashSet::new());
        (Self { library, names, runtime, waiting, alarmed, ready }, readied)
    }

    /// The command that plays the sentence, or `None` while a name is being made for it.
    pub fn prepare(
        &mut self,
        leg: LegId,
        play: PlayId,
        sentence: Sentence,
        barge_in: bool,
        codec: Codec,
    ) -> Option<Command> {
        self.waiting.remove(&leg);
        let coding = codec.coding();
        let parts = self.library.resolve(&sentence, coding).parts;
        self.alarm(sentence.lang, &parts);
        let unsaid = |p: &PlayPart| match p {
            PlayPart::Name(text) => self.names.cached(sentence.lang, text, coding).is_none(),
            PlayPart::Missing(clip) => {
                self.names.cached(sentence.lang, &clip.text, coding).is_none()
            }
            PlayPart::Slice(_) | PlayPart::Silence(_) => false,
        };
        if !parts.iter().any(unsaid) {
            let list = playlist(&self.names, sentence.lang, coding, parts, Say::Cached);
            return Some(play_command(Ready { leg, play, list, barge_in }));
        }
        self.waiting.insert(leg, play);
        let (names, ready, lang) = (self.names.clone(), self.ready.clone(), sentence.lang);
        self.runtime.spawn_blocking(move || {
            let list = playlist(&names, lang, coding, parts, Say::Make);
            let _ = ready.send(Ready { leg, play, list, barge_in });
        });
        None
    }

    /// The leg is over: what still waits for it is not played.
    pub fn forget(&mut self, leg: LegId) {
        self.waiting.remove(&leg);
    }

    /// Newer recordings are there.
    pub fn renew(&mut self, library: Arc<Library>) {
        self.library = library;
        self.alarmed.clear();
    }

    /// The library as it is now.
    pub fn library(&self) -> Arc<Library> {
        self.library.clone()
    }

    fn still_wanted(&mut self, ready: &Ready) -> bool {
        let wanted = self.waiting.get(&ready.leg) == Some(&ready.play);
        if wanted {
            self.waiting.remove(&ready.leg);
        }
        wanted
    }

    fn alarm(&mut self, lang: Lang, parts: &[PlayPart]) {
        for part in parts {
            let PlayPart::Missing(clips::MissingClip { id, text }) = part else { continue };
            let name = format!("{lang} {id}");
            if self.alarmed.len() < ALARMS_MAX && self.alarmed.insert(name) {
                tracing::error!(alarm = true, %lang, clip = %id, "no audio says \"{text}\"; the names engine says it meanwhile: render it or put a recording in place");
            }
        }
    }
}

/// Plays sentences whose names have become ready.
pub async fn play_ready(core: crate::core::Shared, mut readied: mpsc::UnboundedReceiver<Ready>) {
    while let Some(ready) = readied.recv().await {
        let mut core = core.borrow_mut();
        if core.voice.still_wanted(&ready) {
            core.command(play_command(ready));
        }
    }
}

/// Whether a name that is not in the cache may be made now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Say {
    Cached,
    Make,
}

fn playlist(
    names: &NameVoice,
    lang: Lang,
    coding: Coding,
    parts: Vec<PlayPart>,
    say: Say,
) -> Playlist {
    let spoken = |text: &str| match say {
        Say::Cached => names.cached(lang, text, coding),
        Say::Make => names
            .speak(lang, text, coding)
            .inspect_err(|error| tracing::warn!(alarm = true, "a name is left out: {error}"))
            .ok(),
    };
    let part = |part: PlayPart| match part {
        PlayPart::Slice(slice) => Some(audio(slice)),
        PlayPart::Silence(ms) => Some(Part::Silence(ms)),
        PlayPart::Name(text) => spoken(&text).map(audio),
        PlayPart::Missing(clip) => spoken(&clip.text).map(audio),
    };
    Playlist { parts: parts.into_iter().filter_map(part).collect() }
}

fn audio(slice: Slice) -> Part {
    Part::Audio { bytes: slice.bytes, start: slice.start, end: slice.end }
}

fn play_command(Ready { leg, play, list, barge_in }: Ready) -> Command {
    Command::Play { leg, play, list: Arc::new(list), barge_in, repeat: false }
}
