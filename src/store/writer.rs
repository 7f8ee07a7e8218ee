//! The way of records from the control thread to the store: never waiting there, never out of order.
//!
//! ```text
//!                 append fails for now                     waits, then one spooled batch a turn
//!   Direct ─────────────────────────────> Spooling ───────────────────────────────────────────┐
//!     ^  every batch to the store            every new batch behind the others in the spool    │
//!     └──────────────── the spool is empty <───────────────────────────────────────────────────┘
//! ```
//!
//! Owns: the queue, the spool, the pauses between tries.
//! Never: a wait of the caller; a batch before an older one; a record dropped in silence.

use crate::contract::Store;
use crate::errors::{SpoolError, StoreError};
use crate::limits::{
    APPEND_TIMEOUT, RETRY_PAUSE, SPOOL_BYTES_MAX, WRITER_QUEUE, WRITER_RECORDS, WRITER_REST,
};
use crate::spool::{Batch, Spool};
use records::{CallRecord, Event};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Sleep, sleep};

/// What can be set, for tests and small machines.
#[derive(Clone, Copy, Debug)]
pub struct WriterTuning {
    /// Records that may wait.
    pub queue: usize,
    /// Bytes of the spool.
    pub spool_bytes_max: u64,
    /// First and longest pause between tries.
    pub pause: (Duration, Duration),
    /// How long one transaction may take.
    pub append_timeout: Duration,
    /// How long the writer gathers records after a transaction.
    pub rest: Duration,
}

impl Default for WriterTuning {
    fn default() -> Self {
        Self {
            queue: WRITER_QUEUE,
            spool_bytes_max: SPOOL_BYTES_MAX,
            pause: RETRY_PAUSE,
            append_timeout: APPEND_TIMEOUT,
            rest: WRITER_REST,
        }
    }
}

/// How the writing goes; for alarms and for admission: with `lost` growing no call should be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WriterState {
    /// The database is gone; records go to the spool.
    pub spooling: bool,
    /// Bytes that wait in the spool.
    pub spooled_bytes: u64,
    /// Records that found neither queue nor spool.
    pub lost: u64,
    /// Records that the store refused for good; they are kept in `<spool>.refused`.
    pub refused: u64,
}

/// The handle that records are given to. Clones share one queue; when the last one is dropped, the
/// rest is written and the task ends.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Entry>,
    /// Somebody waits: no more rest.
    hurry: Arc<Notify>,
    state: Arc<watch::Sender<WriterState>>,
}

#[derive(Debug)]
enum Entry {
    Event(Event),
    Call(Box<CallRecord>),
    Flush(oneshot::Sender<()>),
}

impl Writer {
    /// Opens the spool and starts to write on `runtime`; what an earlier run left in the spool comes
    /// first.
    pub fn start(
        runtime: &Handle,
        store: Arc<dyn Store>,
        spool: &Path,
    ) -> Result<Self, SpoolError> {
        Self::start_with(runtime, store, spool, WriterTuning::default())
    }

    /// [`start`](Writer::start) with other than the usual settings.
    pub fn start_with(
        runtime: &Handle,
        store: Arc<dyn Store>,
        spool: &Path,
        tuning: WriterTuning,
    ) -> Result<Self, SpoolError> {
        let spool = Spool::open(spool, tuning.spool_bytes_max)?;
        let (queue, entries) = mpsc::channel(tuning.queue);
        let waiting = spool.waiting_bytes();
        let state =
            WriterState { spooling: waiting > 0, spooled_bytes: waiting, ..WriterState::default() };
        let state = Arc::new(watch::Sender::new(state));
        let hurry = Arc::new(Notify::new());
        let (spool, hurried) = (Arc::new(Mutex::new(spool)), hurry.clone());
        let task = Task { store, spool, tuning, state: state.clone(), hurry: hurried };
        runtime.spawn(task.run(entries));
        Ok(Self { queue, hurry, state })
    }

    /// Hands over an event; returns at once.
    pub fn event(&self, event: Event) {
        self.hand_over(Entry::Event(event));
    }

    /// Hands over a call's record; returns at once.
    pub fn call(&self, call: CallRecord) {
        self.hand_over(Entry::Call(Box::new(call)));
    }

    /// Returns when all that was handed over before is on disk: in the store or in the spool.
    pub async fn flush(&self) {
        let (done, kept) = oneshot::channel();
        if self.queue.send(Entry::Flush(done)).await.is_ok() {
            self.hurry.notify_one();
            // An error means that the task has ended, and it ends only with everything written.
            let _ = kept.await;
        }
    }

    /// How the writing goes.
    pub fn state(&self) -> WriterState {
        *self.state.borrow()
    }

    /// To wait for a change of [`state`](Writer::state).
    pub fn watch(&self) -> watch::Receiver<WriterState> {
        self.state.subscribe()
    }

    fn hand_over(&self, entry: Entry) {
        if self.queue.try_send(entry).is_err() {
            self.state.send_modify(|state| state.lost += 1);
            let lost = self.state.borrow().lost;
            // Said once, twice, four times …: an alarm must not fill the log.
            if lost.is_power_of_two() {
                tracing::error!(
                    alarm = true,
                    lost,
                    "records are lost: the queue to the store is full"
                );
            }
        }
    }
}

struct Task {
    store: Arc<dyn Store>,
    spool: Arc<Mutex<Spool>>,
    tuning: WriterTuning,
    state: Arc<watch::Sender<WriterState>>,
    hurry: Arc<Notify>,
}

/// The pause before the next try to replay.
struct Pause {
    next: Duration,
    timer: Pin<Box<Sleep>>,
    over: bool,
}

impl Pause {
    fn new(first: Duration) -> Self {
        Self { next: first, timer: Box::pin(sleep(Duration::ZERO)), over: true }
    }

    fn longer(&mut self, longest: Duration) {
        self.timer = Box::pin(sleep(self.next));
        self.over = false;
        self.next = (self.next * 2).min(longest);
    }
}

impl Task {
    async fn run(self, mut queue: mpsc::Receiver<Entry>) {
        let mut pause = Pause::new(self.tuning.pause.0);
        let mut entries = Vec::with_capacity(WRITER_RECORDS);
        let mut rest = Box::pin(sleep(Duration::ZERO));
        loop {
            let spooling = self.state.borrow().spooling;
            tokio::select! {
                biased;
                () = &mut pause.timer, if spooling && !pause.over => pause.over = true,
                count = queue.recv_many(&mut entries, WRITER_RECORDS) => {
                    if count == 0 {
                        return;
                    }
                    self.gather(&mut queue, &mut entries, rest.as_mut()).await;
                    let full = entries.len() >= WRITER_RECORDS;
                    self.keep(entries.drain(..), &mut pause).await;
                    rest = Box::pin(sleep(if full { Duration::ZERO } else { self.tuning.rest }));
                }
                () = std::future::ready(()), if spooling && pause.over => {}
            }
            if self.state.borrow().spooling && pause.over {
                self.replay_one(&mut pause).await;
            }
        }
    }

    /// Lets the rest pass and takes what came meanwhile. The queue is not waited on: each record would
    /// wake this task.
    async fn gather(
        &self,
        queue: &mut mpsc::Receiver<Entry>,
        entries: &mut Vec<Entry>,
        rest: Pin<&mut Sleep>,
    ) {
        if entries.iter().any(|entry| matches!(entry, Entry::Flush(_))) {
            return;
        }
        tokio::select! {
            () = rest => {}
            () = self.hurry.notified() => {}
        }
        while entries.len() < WRITER_RECORDS
            && let Ok(entry) = queue.try_recv()
        {
            entries.push(entry);
        }
    }

    /// Brings these to disk, in the store or in the spool.
    async fn keep(&self, entries: impl Iterator<Item = Entry>, pause: &mut Pause) {
        let mut batch = Batch::default();
        let mut flushes = Vec::new();
        for entry in entries {
            match entry {
                Entry::Event(event) => batch.events.push(event),
                Entry::Call(call) => batch.calls.push(*call),
                Entry::Flush(done) => flushes.push(done),
            }
        }
        if !batch.is_empty() {
            self.keep_batch(batch, pause).await;
        }
        for done in flushes {
            // Who asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    async fn keep_batch(&self, batch: Batch, pause: &mut Pause) {
        if self.state.borrow().spooling {
            return self.spool(batch).await;
        }
        match self.append(&batch).await {
            Ok(()) => {}
            Err(failure) => {
                tracing::warn!(alarm = true, error = %failure, "the store does not take records; they are spooled and follow later");
                self.spool(batch).await;
                self.state.send_modify(|state| state.spooling = true);
                pause.longer(self.tuning.pause.1);
                if matches!(failure, Failure::ForGood(_)) {
                    pause.over = true;
                }
            }
        }
    }

    async fn spool(&self, batch: Batch) {
        let records = (batch.events.len() + batch.calls.len()) as u64;
        if let Err(error) = self.on_disk(move |spool| spool.append(&batch)).await {
            tracing::error!(alarm = true, records, %error, "records are lost");
            self.state.send_modify(|state| state.lost += records);
        }
        self.note_spooled().await;
    }

    /// Writes the oldest spooled batch, or finds that there is none left.
    async fn replay_one(&self, pause: &mut Pause) {
        match self.on_disk(Spool::first).await {
            Ok(None) => {
                tracing::info!("the store takes records again; the spool is empty");
                *pause = Pause::new(self.tuning.pause.0);
                self.state.send_modify(|state| state.spooling = false);
            }
            Ok(Some(batch)) => self.replay(batch, pause).await,
            Err(error) => {
                tracing::error!(alarm = true, %error, "the spool cannot be replayed");
                pause.longer(self.tuning.pause.1);
            }
        }
        self.note_spooled().await;
    }

    async fn replay(&self, batch: Batch, pause: &mut Pause) {
        let outcome = match self.append(&batch).await {
            Ok(()) => self.on_disk(Spool::done).await,
            Err(Failure::ForNow(_)) => return pause.longer(self.tuning.pause.1),
            Err(Failure::ForGood(error)) => self.one_by_one(batch, &error, pause).await,
        };
        match outcome {
            Ok(()) => pause.next = self.tuning.pause.0,
            Err(error) => {
                tracing::error!(alarm = true, %error, "the spool cannot be replayed");
                pause.longer(self.tuning.pause.1);
            }
        }
    }

    /// One record of this batch is refused for good: the others go in one by one, and the whole batch
    /// is kept aside for a person to look at.
    async fn one_by_one(
        &self,
        batch: Batch,
        error: &StoreError,
        pause: &mut Pause,
    ) -> Result<(), SpoolError> {
        let mut refused = 0;
        for single in singles(batch) {
            match self.append(&single).await {
                Ok(()) => {}
                Err(Failure::ForNow(_)) => {
                    pause.longer(self.tuning.pause.1);
                    return Ok(());
                }
                Err(Failure::ForGood(_)) => refused += 1,
            }
        }
        tracing::error!(alarm = true, refused, %error, "the store refuses records; they are kept beside the spool as .refused");
        self.state.send_modify(|state| state.refused += refused);
        self.on_disk(Spool::set_aside).await
    }

    async fn append(&self, batch: &Batch) -> Result<(), Failure> {
        let work = self.store.append(&batch.events, &batch.calls);
        match tokio::time::timeout(self.tuning.append_timeout, work).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.is_temporary() => Err(Failure::ForNow(Some(error))),
            Ok(Err(error)) => Err(Failure::ForGood(error)),
            Err(_) => Err(Failure::ForNow(None)),
        }
    }

    async fn note_spooled(&self) {
        if let Ok(bytes) = self.on_disk(|spool| Ok(spool.waiting_bytes())).await {
            self.state.send_modify(|state| state.spooled_bytes = bytes);
        }
    }

    /// Files block: beside the runtime's own threads.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Spool) -> Result<T, SpoolError> + Send + 'static,
    ) -> Result<T, SpoolError> {
        let spool = self.spool.clone();
        let work = move || work(&mut spool.lock().unwrap_or_else(PoisonError::into_inner));
        let outcome = tokio::task::spawn_blocking(work).await;
        outcome.unwrap_or_else(|gone| {
            let source = std::io::Error::other(gone);
            Err(SpoolError::Disk { path: "spool".into(), what: "used", source })
        })
    }
}

/// Why a batch is not in the store.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It may be taken later; without an error it took too long.
    #[error("{}", .0.as_ref().map_or("it took too long".to_owned(), ToString::to_string))]
    ForNow(Option<StoreError>),
    /// It never will be.
    #[error(transparent)]
    ForGood(StoreError),
}

fn singles(batch: Batch) -> impl Iterator<Item = Batch> {
    let events = batch.events.into_iter().map(|event| Batch { events: vec![event], calls: vec![] });
    let calls = batch.calls.into_iter().map(|call| Batch { events: vec![], calls: vec![call] });
    events.chain(calls)
}
