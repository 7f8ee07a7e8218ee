//! The recorder: one thread that takes what comes off the tapes and keeps it, sealed.
//!
//! ```text
//!   control thread ──orders──┐                                    ┌──news──► control thread
//!                            ├──► recorder: a Recording for a leg ─┤
//!   media threads ──blocks───┘                                    └──► files on the shelf
//! ```
//! It looks for work twenty times a second, so that no media thread ever has to wake it. A disk that is slow
//! holds it up and nobody else: blocks run out, and the tapes that find none end.
//!
//! Owns: files that are being written. Never: what is recorded or masked; a wait of another thread.

mod keeping;

pub use keeping::{Keeping, keep_shelf, write as write_about};

use crate::core::{Shared, turn};
use engine::{TapeBlock, Tapes};
use exchange::{RecorderNews, RecorderOrder};
use ids::{CallId, LegId};
use media::TapePart;
use recordings::{Facts, Fresh, Kept, Recording, Ring, Shelf};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Orders that may wait; the control thread never does. Far more than calls can begin while a disk hangs.
const ORDERS_MAX: usize = 16_384;
/// How often the thread looks for work.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Frames a second, as media and recordings agree.
const FRAMES_PER_MS: u64 = recordings::limits::RATE_HZ as u64 / 1_000;

/// What the control thread holds of the recorder.
pub struct Recorder {
    orders: crossbeam_channel::Sender<RecorderOrder>,
}

/// News for the exchange, leg by leg.
pub type News = mpsc::UnboundedReceiver<(LegId, RecorderNews)>;

impl Recorder {
    /// Starts the thread; it ends when this is dropped, with all files closed.
    pub fn start(shelf: Shelf, ring: Arc<Ring>, tapes: Tapes) -> io::Result<(Self, News)> {
        let (orders, ordered) = crossbeam_channel::bounded(ORDERS_MAX);
        let (news, told) = mpsc::unbounded_channel();
        let desk = Desk { shelf, ring, tapes, news, open: HashMap::new() };
        std::thread::Builder::new().name("recorder".into()).spawn(move || desk.run(&ordered))?;
        Ok((Self { orders }, told))
    }

    /// Hands an order over. A full queue means a disk that hangs: the order is dropped, with an alarm, and
    /// the call goes on.
    pub fn order(&self, order: RecorderOrder) {
        if self.orders.try_send(order).is_err() {
            tracing::error!(
                alarm = true,
                "the recorder takes no more orders; look at the disk under recordings.dir"
            );
        }
    }
}

/// Hands what the recorder says to the exchange.
pub async fn hear_recorder(core: Shared, mut news: News) {
    while let Some((leg, news)) = news.recv().await {
        turn(&core, |exchange, now| exchange.handle_recorder(now, leg, news));
    }
}

/// One leg's file.
struct Open {
    call: CallId,
    recording: Recording<File>,
    /// Reason and step of each mask, by its number.
    masks: HashMap<u32, (&'static str, String)>,
    failed: bool,
}

struct Desk {
    shelf: Shelf,
    ring: Arc<Ring>,
    tapes: Tapes,
    news: mpsc::UnboundedSender<(LegId, RecorderNews)>,
    open: HashMap<LegId, Open>,
}

impl Desk {
    fn run(mut self, orders: &crossbeam_channel::Receiver<RecorderOrder>) {
        loop {
            let mut ends = Vec::new();
            let gone = loop {
                match orders.try_recv() {
                    Ok(RecorderOrder::End { leg, call_us, stopped }) => {
                        ends.push((leg, call_us, stopped));
                    }
                    Ok(order) => self.obey(order),
                    Err(error) => break error.is_disconnected(),
                }
            };
            // all of a tape is here before its end is ordered
            while let Some(block) = self.tapes.next() {
                self.take(&block);
                self.tapes.give_back(block);
            }
            for (leg, call_us, stopped) in ends {
                self.end(leg, call_us, stopped);
            }
            if gone {
                return self.close();
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    fn obey(&mut self, order: RecorderOrder) {
        match order {
            RecorderOrder::Open { leg, call, began_us } => {
                let news = match self.begin(call, began_us) {
                    Ok(recording) => {
                        let masks = HashMap::new();
                        self.open.insert(leg, Open { call, recording, masks, failed: false });
                        RecorderNews::Opened
                    }
                    Err(error) => RecorderNews::Refused(in_words(&error)),
                };
                self.tell(leg, news);
            }
            RecorderOrder::Roll { leg, before_us, step } => {
                let frames = before_us * FRAMES_PER_MS / 1_000;
                self.add(leg, |open| open.recording.silence(frames, "before-notice", &step));
            }
            RecorderOrder::Mask { leg, mask, reason, step } => {
                if let Some(open) = self.open.get_mut(&leg) {
                    open.masks.insert(mask, (reason, step));
                }
            }
            RecorderOrder::End { .. } => {}
        }
    }

    fn begin(&self, call: CallId, began_us: i64) -> io::Result<Recording<File>> {
        let mut random = [0; 44];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let file = self.shelf.create(call)?;
        Recording::begin(file, self.ring.newest(), Facts { call, began_us }, &Fresh::new(random))
    }

    fn take(&mut self, block: &TapeBlock) {
        self.add(block.leg(), |open| match block.part() {
            TapePart::Sound(frames) => open.recording.sound(frames),
            TapePart::Masked { mask, frames } => {
                // the order that names it came before the tape was masked
                let (reason, step) = open.masks.remove(&mask).unwrap_or(("masked", String::new()));
                open.recording.silence(frames, reason, &step)
            }
        });
    }

    fn add(&mut self, leg: LegId, act: impl FnOnce(&mut Open) -> io::Result<()>) {
        let Some(open) = self.open.get_mut(&leg).filter(|open| !open.failed) else { return };
        if let Err(error) = act(open) {
            open.failed = true;
            self.tell(leg, RecorderNews::Failed(in_words(&error)));
        }
    }

    fn end(&mut self, leg: LegId, call_us: u64, stopped: Option<String>) {
        let Some(mut open) = self.open.remove(&leg) else { return };
        if let Some(why) = stopped {
            open.recording.stop(&why);
        }
        let frames = call_us * FRAMES_PER_MS / 1_000;
        let call = open.call;
        let kept =
            open.recording.finish(frames).and_then(|kept| Ok((kept, self.shelf.finish(call)?)));
        let news = match kept {
            Ok((Kept { sha256, manifest }, path)) => {
                if let Some(why) = manifest.stopped.as_ref().filter(|_| !open.failed) {
                    tracing::warn!(%call, %why, "the recording is not whole");
                }
                RecorderNews::Kept {
                    file: path
                        .strip_prefix(self.shelf.dir())
                        .unwrap_or(&path)
                        .display()
                        .to_string(),
                    sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
                    ms: manifest.ms(manifest.frames),
                    masked_ms: manifest.ms(manifest.masked_frames()),
                }
            }
            Err(error) => RecorderNews::Lost(in_words(&error)),
        };
        self.tell(leg, news);
    }

    /// The program ends: what is open is closed in order.
    fn close(mut self) {
        let legs: Vec<LegId> = self.open.keys().copied().collect();
        for leg in legs {
            let frames = self.open.get(&leg).map_or(0, |open| open.recording.frames());
            self.end(
                leg,
                frames * 1_000 / FRAMES_PER_MS,
                Some("the program was stopped".to_owned()),
            );
        }
    }

    fn tell(&self, leg: LegId, news: RecorderNews) {
        // nobody listens any more when the program ends
        let _ = self.news.send((leg, news));
    }
}

/// The fault as a reader of alarms understands it, without a path.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::PermissionDenied => "the directory may not be written to".to_owned(),
        _ => error.to_string(),
    }
}
