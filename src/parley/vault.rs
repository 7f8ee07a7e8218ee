//! The vault as this program keeps it: its sound, its process, its link, the gateway's addresses.
//!
//! ```text
//!  sound ▶ start ▶ Hello … bytes both ways … ▶ its end ─┐      exchange ─ VaultWrite ─▶ link ─▶ vault
//!    ▲                                                   │               ◀ vault_heard ─      ◀─
//!    └──── 0.2 s, 0.4 s … 30 s (0.2 s after a good run) ◀┘      DNS ─ gateway_moved ─▶ exchange
//! ```
//! Calls do not end with it: the exchange is told that the link is closed, and knows what to say.
//!
//! Owns: when it is started again, the bytes of its link, when the gateway's name is asked again.
//! Never: what the bytes mean; a card.

mod child;
mod gateway;
pub mod place;
mod sound;

pub use child::{Orders, StartError};
pub use place::{NOBODY, open_dir, put_secret, user};
pub use sound::amount;

use crate::config::{Config, Gateway};
use crate::core::{Shared, turn};
use clips::Library;
use exchange::AmountClips;
use ids::Lang;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch};
use zeroize::Zeroizing;

/// Messages that may wait for the vault to read them. Full: it does not read, and is started anew.
const WAITING_MAX: usize = 1_024;
/// Bytes read at once; a message from the vault is far shorter.
const READ_BYTES: usize = 4_096;
/// The first pause before it is started again, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A vault that ran so long was a good one: the next pause is the first again.
const GOOD_RUN: Duration = Duration::from_secs(60);
/// How long it may take to end once its link is closed; then it is killed.
const ENDING_MAX: Duration = Duration::from_secs(1);
/// How long a trial may take: far more than a start does.
const TRIAL_MAX: Duration = Duration::from_secs(20);

/// The languages that the vault speaks now, for whoever asks how an amount is said.
pub type Spoken = Arc<RwLock<BTreeSet<&'static str>>>;

/// How an amount is said, in the languages that the vault speaks.
pub fn amount_clips(spoken: &Spoken) -> AmountClips {
    let spoken = spoken.clone();
    Arc::new(move |lang: Lang, money| {
        let speaks = spoken.read().is_ok_and(|all| all.contains(lang.catalogue()));
        if speaks { amount(lang, money) } else { None }
    })
}

/// The control thread's end of the link. Without a vault it swallows what is written.
#[derive(Clone, Default)]
pub struct Link(Rc<RefCell<Option<Open>>>);

struct Open {
    frames: mpsc::Sender<Zeroizing<Vec<u8>>>,
    broken: Rc<Notify>,
}

impl Link {
    /// Whole messages, in order. They may hold keys of streams and are wiped once written.
    pub fn write(&self, bytes: Vec<u8>) {
        let bytes = Zeroizing::new(bytes);
        if let Some(open) = &*self.0.borrow()
            && open.frames.try_send(bytes).is_err()
        {
            open.broken.notify_one();
        }
    }

    /// The exchange trusts it no more: it is closed, and the vault started anew.
    pub fn break_off(&self, why: &dyn std::fmt::Debug) {
        if let Some(open) = &*self.0.borrow() {
            tracing::error!(alarm = true, ?why, "the vault's link is given up");
            open.broken.notify_one();
        }
    }
}

/// What keeping the vault needs.
pub struct Keeping {
    pub orders: Orders,
    pub gateway: Gateway,
    pub spoken: Spoken,
    /// Where slow work is done.
    pub beside: Handle,
}

/// Starts the vault, and starts it again whenever it ends.
pub async fn keep(core: Shared, keeping: Keeping) {
    let (tell, mut found) = watch::channel(keeping.gateway.addresses.clone());
    if keeping.gateway.addresses.is_empty() {
        let host = keeping.gateway.host.clone();
        tokio::task::spawn_local(gateway::keep_found(core.clone(), host, tell));
    }
    let mut pause = PAUSE_MIN;
    loop {
        let began = core.borrow().clock.moment();
        let why = run(&core, &keeping, &mut found).await;
        let lived = core.borrow().clock.moment() - began;
        pause = if lived >= GOOD_RUN { PAUSE_MIN } else { pause };
        let ms = pause.as_millis();
        tracing::error!(
            alarm = true,
            "no card can be taken, in {ms} ms the vault is started again: {why}"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// One life of the vault; why it is over.
async fn run(core: &Shared, keeping: &Keeping, found: &mut watch::Receiver<Vec<IpAddr>>) -> String {
    let library = core.borrow().voice.library();
    let orders = keeping.orders.clone();
    let prepared = keeping.beside.spawn_blocking(move || prepare(&orders, &library)).await;
    let spoken = match prepared {
        Ok(Ok(written)) => written.languages,
        Ok(Err(error)) => return error.to_string(),
        Err(_) => return "a fault of ours; please report the lines above".to_owned(),
    };
    if let Ok(mut languages) = keeping.spoken.write() {
        *languages = spoken;
    }
    let (mut child, stream) = match start(&keeping.orders) {
        Ok(started) => started,
        Err(error) => return error.to_string(),
    };
    serve(core, stream, found).await;
    end(&mut child).await
}

fn start(orders: &Orders) -> Result<(Child, UnixStream), StartError> {
    let (child, link) = orders.start()?;
    let stream = link.set_nonblocking(true).and_then(|()| UnixStream::from_std(link));
    Ok((child, stream.map_err(StartError::Spawn)?))
}

/// Carries bytes both ways until the link is over.
async fn serve(core: &Shared, stream: UnixStream, found: &mut watch::Receiver<Vec<IpAddr>>) {
    let (mut reader, writer) = stream.into_split();
    let (frames, waiting) = mpsc::channel(WAITING_MAX);
    let broken = Rc::new(Notify::new());
    let link = core.borrow().vault.clone();
    *link.0.borrow_mut() = Some(Open { frames, broken: broken.clone() });
    let writing = tokio::task::spawn_local(write(writer, waiting));
    let addresses = found.borrow_and_update().clone();
    turn(core, |exchange, now| exchange.vault_connected(now, addresses));
    tokio::select! {
        () = hear(core, &mut reader) => {}
        () = told_addresses(core, found) => {}
        () = broken.notified() => {}
    }
    *link.0.borrow_mut() = None;
    // it holds the other half of the socket
    writing.abort();
    turn(core, |exchange, now| exchange.vault_closed(now));
}

async fn write(mut writer: OwnedWriteHalf, mut waiting: mpsc::Receiver<Zeroizing<Vec<u8>>>) {
    while let Some(frame) = waiting.recv().await {
        if writer.write_all(&frame).await.is_err() {
            // the reading half sees the end, too
            return;
        }
    }
}

async fn hear(core: &Shared, reader: &mut OwnedReadHalf) {
    let mut bytes = [0; READ_BYTES];
    loop {
        match reader.read(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(count) => turn(core, |exchange, now| exchange.vault_heard(now, &bytes[..count])),
        }
    }
}

/// Never over by itself: whoever asks DNS may be gone, the vault goes on with the last addresses.
async fn told_addresses(core: &Shared, found: &mut watch::Receiver<Vec<IpAddr>>) {
    while found.changed().await.is_ok() {
        let addresses = found.borrow_and_update().clone();
        turn(core, |exchange, now| exchange.gateway_moved(now, addresses));
    }
    std::future::pending().await
}

/// Waits for the end of a vault whose link is closed; what it says about it.
async fn end(child: &mut Child) -> String {
    let ended = tokio::time::timeout(ENDING_MAX, child.wait()).await;
    let status = match ended {
        Ok(status) => status,
        Err(_) => {
            // nothing is lost by it: what was asked of the gateway is asked after, never again
            let _ = child.start_kill();
            child.wait().await
        }
    };
    match status {
        Ok(status) => child::last_word(status, &child::said(child.stderr.take())),
        Err(error) => format!("its end cannot be seen: {error}"),
    }
}

/// Everything that it reads is in place.
fn prepare(orders: &Orders, library: &Library) -> Result<sound::Written, StartError> {
    let written = sound::write(library, &orders.dir, &Lang::VOICES)?;
    for why in &written.left_out {
        tracing::warn!(alarm = true, "no card can be taken in this language: {why}");
    }
    Ok(written)
}

/// Starts the vault for a moment, without a caller: every lock, file and address is tried. How many bytes of
/// prompts it holds.
///
/// # Errors
/// What is wrong, and what to do.
pub async fn trial(config: &Config, gateway: &Gateway) -> Result<u64, String> {
    let orders = Orders::read(config, gateway).map_err(|e| e.to_string())?;
    let library = Library::open(&config.prompts.dir, &config.prompts.cache, &Lang::VOICES);
    let library = library.map_err(|e| crate::causes::with_causes(&e))?;
    let written = prepare(&orders, &library).map_err(|e| e.to_string())?;
    let (mut child, link) = orders.start().map_err(|e| e.to_string())?;
    drop(link);
    match tokio::time::timeout(TRIAL_MAX, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(written.bytes),
        Ok(Ok(status)) => Err(child::last_word(status, &child::said(child.stderr.take()))),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it neither serves nor ends; please report this".to_owned()),
    }
}
