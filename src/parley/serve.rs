//! `parley serve`: brings everything up in order, says so, and takes it down without dropping a call.

use crate::cli::{Announce, Serve};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::{Core, Shared, hear_media, keep_time, turn};
use crate::dns::{Dns, hear_dns};
use crate::lookups::{Lookups, hear_answers};
use crate::published::Canaries;
use crate::recorder::{Keeping, Recorder, hear_recorder, keep_shelf};
use crate::reload::{Flows, Place, complete, keep_flows_fresh};
use crate::sockets::Opened;
use crate::till::{Till, hear_till};
use crate::tls::{self, Tls};
use crate::users::keep_users_fresh;
use crate::voice::{Voice, play_ready};
use crate::{Outcome, secrets, texts, vault};
use engine::{Browsers, Engine, EngineConfig, Scheduling};
use exchange::Exchange;
use ids::{Lang, Moment};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// News of calls of ours that wait for a slow listener; it misses the oldest beyond.
const NEWS_MAX: usize = 256;
/// How often recordings are looked at for changes.
const RECORDINGS_LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long records may take to reach the store when the program stops; then they stay in the spool.
const WRITING_OUT_MAX: Duration = Duration::from_secs(10);
/// How long carriers may take to answer that we leave.
const FAREWELL_MAX: Duration = Duration::from_secs(2);
/// How long BYEs may take to be answered when calls are ended by a second signal.
const LAST_WORDS_MAX: Duration = Duration::from_secs(2);

/// Where a server can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub tls: Option<SocketAddr>,
    pub ws: Option<SocketAddr>,
    pub wss: Option<SocketAddr>,
}

impl Ready {
    /// The address to dial.
    pub fn sip(&self, user: &str) -> String {
        let ways = [
            (self.udp, "sip", ""),
            (self.tcp, "sip", ";transport=tcp"),
            (self.tls, "sips", ""),
            (self.wss, "sips", ";transport=ws"),
            (self.ws, "sip", ";transport=ws"),
        ];
        let first = ways.into_iter().find_map(|(address, scheme, param)| {
            Some(format!("{scheme}:{user}@{}{param}", address?))
        });
        first.unwrap_or_else(|| format!("sip:{user}@localhost"))
    }
}

/// Runs with a configuration file.
pub fn run(args: Serve) -> Outcome {
    let config = Config::read(&args.config)?;
    serve(config, |ready| announce(args.announce, ready))
}

fn announce(how: Announce, ready: Ready) {
    match how {
        Announce::Text => say(&format!("Parley is ready. Call {}", ready.sip("hotline"))),
        Announce::Json => say(&json(ready).to_string()),
    }
}

/// The facts of `--announce json` that every server has.
pub fn json(ready: Ready) -> serde_json::Value {
    serde_json::json!({
        "ready": true,
        "sip": ready.sip("hotline"),
        "sip_udp": ready.udp.map(|a| a.to_string()),
        "sip_tcp": ready.tcp.map(|a| a.to_string()),
        "sip_tls": ready.tls.map(|a| a.to_string()),
        "sip_ws": ready.ws.map(|a| a.to_string()),
        "sip_wss": ready.wss.map(|a| a.to_string()),
    })
}

/// One line to whoever started us.
#[allow(clippy::print_stdout)]
pub fn say(line: &str) {
    use std::io::Write;
    println!("{line}");
    // A closed pipe is no reason to stop serving.
    let _ = std::io::stdout().flush();
}

/// Serves until told to stop; `ready` is called once, when calls are accepted.
pub fn serve(config: Config, ready: impl FnOnce(Ready)) -> Outcome {
    // The store works beside the control thread, so that a slow disk never delays a key.
    let beside = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("parley-store")
        .enable_all()
        .build()?;
    let control = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    let outcome = tasks.block_on(&control, live(&beside, config, ready));
    beside.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn live(beside: &Runtime, config: Config, ready: impl FnOnce(Ready)) -> Outcome {
    let clock = Clock::start();
    let mut stop = Stop::listen()?;
    let texts = texts::load(&config.prompts.dir)?;
    let place = Place::of(&config.dialplans);
    let canaries = Canaries::new(place.shelf(), beside.handle().clone());
    let mut flows = Flows::new(place, texts, config.check_digit()?);
    let plans = flows.look()?.unwrap_or_default();
    let seed = secrets::seed()?;
    let media_seed = u64::from_le_bytes(std::array::from_fn(|i| seed[24 + i]));
    let mut settings = config.exchange(seed)?;
    let keeping = kept_vault(&config, &mut settings, beside)?;
    complete(&plans, &settings.numbers, &config.dialplans)?;

    let pepper = secrets::pepper(&config.store.key_file)?;
    let (url, options) = (config.store.url.clone(), config.store_options());
    let store = beside.spawn(async move { store::open_with(&url, options).await }).await??;
    let writer = store::Writer::start(beside.handle(), store.clone(), &config.store.spool)?;
    let (dns, resolved) = Dns::new(&config.dns.servers, beside.handle().clone());
    let kept = store.clone();
    let till = keeping.as_ref().map(|_| Till::open(store.clone(), beside.handle()));
    let (till, told) = till.unzip();
    let (lookups, answers) = Lookups::new(store, pepper, beside.handle().clone());
    if !config.prompts.cache.is_dir() {
        tracing::info!(
            "the first start encodes the voices, which takes some seconds; later ones do not"
        );
    }
    let library = clips::Library::open(&config.prompts.dir, &config.prompts.cache, &Lang::VOICES)?;
    // The first caller in µ-law or G.722 must not wait for the disk.
    let (ahead, wide) = (library.clone(), config.speaks_wide());
    beside.spawn_blocking(move || {
        ahead.preload(clips::Law::Mu);
        if wide {
            ahead.preload(clips::Coding::G722);
        }
    });
    let names = Arc::new(clips::NameVoice::new(&config.prompts.names_command));
    let (voice, readied) = Voice::new(Arc::new(library), names, beside.handle().clone());

    let identity = tls::browsers::identity(clock.timestamp())?;
    let fingerprint = identity.fingerprint().to_owned();
    let woken = Arc::new(Notify::new());
    let wake = woken.clone();
    let engine_config = EngineConfig {
        threads: media_threads(config.media.threads),
        ports: config.media_ports()?,
        browsers: Some(Browsers { identity, origin: clock.instant(Moment::START) }),
        seed: media_seed,
        scheduling: Scheduling {
            realtime: config.media.realtime,
            cores: config.media.cores.clone(),
        },
        clock: Arc::new(move || clock.moment()),
        wake: Arc::new(move || wake.notify_one()),
    };
    let (engine, recorder) = match config.recordings.shelf() {
        None => (Engine::start(engine_config)?, None),
        Some(shelf) => {
            let (engine, tapes) = Engine::start_recorded(engine_config)?;
            let ring = Arc::new(config.recordings.ring()?);
            let keep_days = config.recordings.keep_days;
            beside.spawn(keep_shelf(Keeping {
                shelf: shelf.clone(),
                keep_days,
                store: kept,
                clock,
            }));
            (engine, Some(Recorder::start(shelf, ring, tapes)?))
        }
    };
    let (recorder, recorded) = recorder.unzip();
    let listens = config.listens()?;
    let tls = Tls::open(&config.tls, &listens)?;
    let opened = Opened::bind(&listens)?;
    let reachable = Ready {
        udp: opened.address(sip::Transport::Udp),
        tcp: opened.address(sip::Transport::Tcp),
        tls: opened.address(sip::Transport::Tls),
        ws: opened.address(sip::Transport::Ws),
        wss: opened.address(sip::Transport::Wss),
    };
    let core: Shared = Rc::new(RefCell::new(Core {
        exchange: opened_exchange(settings, plans, &fingerprint),
        clock,
        engine: Arc::new(engine),
        sockets: opened.sockets(tls.clone(), config.socket_rules()),
        voice,
        meanwhile: crate::meanwhile::Meanwhile::new(),
        lookups,
        dns,
        recorder,
        news: tokio::sync::broadcast::channel(NEWS_MAX).0,
        writer,
        canaries,
        till,
        vault: vault::Link::default(),
        media_address: config.media.address,
        wakes_at: Moment::NEVER,
        timer: Rc::new(Notify::new()),
        idle: Rc::new(Notify::new()),
    }));
    if let Some(recorded) = recorded {
        core.borrow_mut().exchange.record_calls();
        tokio::task::spawn_local(hear_recorder(core.clone(), recorded));
    }
    if let Some(told) = told {
        tokio::task::spawn_local(hear_till(core.clone(), told));
    }
    tokio::task::spawn_local(keep_time(core.clone()));
    tokio::task::spawn_local(hear_media(core.clone(), woken));
    tokio::task::spawn_local(hear_answers(core.clone(), answers));
    tokio::task::spawn_local(hear_dns(core.clone(), resolved));
    tokio::task::spawn_local(play_ready(core.clone(), readied));
    let (users, realm) = (config.phones.users_file.clone(), config.phones.realm.clone());
    tokio::task::spawn_local(keep_users_fresh(core.clone(), users, realm));
    tokio::task::spawn_local(keep_flows_fresh(core.clone(), flows));
    tokio::task::spawn_local(keep_recordings_fresh(core.clone(), beside.handle().clone()));
    let listens = sip::Transport::ALL.map(|t| opened.address(t).map(|at| (t, at)));
    tokio::task::spawn_local(tls::keep_fresh(tls, clock));
    if let Some(keeping) = keeping {
        tokio::task::spawn_local(vault::keep(core.clone(), keeping));
    }
    opened.run(&core);
    crate::control::serve(&core, crate::control::socket(&config));
    turn(&core, |exchange, now| {
        exchange.start_trunks(now, listens.into_iter().flatten().collect());
    });
    ready(reachable);
    stop.wait(&core).await;
    if tokio::time::timeout(FAREWELL_MAX, unregistered(&core)).await.is_err() {
        tracing::warn!("a carrier did not answer that we leave; its registration lapses by itself");
    }
    write_out(&core).await;
    Ok(ExitCode::SUCCESS)
}

/// What keeping the vault needs, where cards are taken; the exchange learns how the vault says amounts.
fn kept_vault(
    config: &Config,
    settings: &mut exchange::Config,
    beside: &Runtime,
) -> Result<Option<vault::Keeping>, Box<dyn std::error::Error>> {
    let (Some(paying), Some(gateway)) = (&mut settings.payments, config.payments.by_card()?) else {
        if config.payments.vault.is_some() {
            tracing::warn!("no card is taken: payments.moto-ivr-allowed is false");
        }
        return Ok(None);
    };
    let spoken = vault::Spoken::default();
    paying.clips = vault::amount_clips(&spoken);
    let orders = vault::Orders::read(config, &gateway)?;
    let beside = beside.handle().clone();
    Ok(Some(vault::Keeping { orders, gateway, spoken, beside }))
}

/// A building that knows its flows, those on trial and in an emergency too.
fn opened_exchange(
    settings: exchange::Config,
    flows: Vec<exchange::Flow>,
    fingerprint: &str,
) -> Exchange {
    let mut exchange = Exchange::new(settings, Vec::new());
    exchange.meet_browsers(fingerprint);
    exchange.flows_changed(flows);
    exchange
}

/// The two signals that stop us: the first drains, the second hangs up.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    async fn wait(&mut self, core: &Shared) {
        self.next().await;
        turn(core, |exchange, now| {
            exchange.drain();
            exchange.leave_trunks(now);
        });
        let calls = core.borrow().exchange.census().calls;
        tracing::info!(calls, "no new calls; a second signal ends the running ones");
        tokio::select! {
            () = empty(core) => return,
            () = self.next() => {}
        }
        turn(core, |exchange, now| exchange.hang_up_all(now, "the server is shutting down"));
        let _ = tokio::time::timeout(LAST_WORDS_MAX, empty(core)).await;
    }
}

/// Waits until no call is left, and no payment of one that has hung up.
async fn empty(core: &Shared) {
    let idle = core.borrow().idle.clone();
    let left = || {
        let census = core.borrow().exchange.census();
        census.calls + census.payments
    };
    while left() > 0 {
        idle.notified().await;
    }
}

/// Waits until every carrier knows that we leave.
async fn unregistered(core: &Shared) {
    let idle = core.borrow().idle.clone();
    while core.borrow().exchange.trunks_leaving() > 0 {
        idle.notified().await;
    }
}

/// Hands the last records to the store or the spool.
async fn write_out(core: &Shared) {
    let writer = core.borrow().writer.clone();
    if tokio::time::timeout(WRITING_OUT_MAX, writer.flush()).await.is_err() {
        tracing::error!(
            alarm = true,
            "records could not all be written in time; they are in the spool and follow at the next start"
        );
    }
}

/// A recording dropped into place is heard from the next sentence on.
async fn keep_recordings_fresh(core: Shared, beside: tokio::runtime::Handle) {
    loop {
        tokio::time::sleep(RECORDINGS_LOOK_EVERY).await;
        let library = core.borrow().voice.library();
        match beside.spawn_blocking(move || library.refresh()).await {
            Ok(Ok(Some(newer))) => {
                tracing::info!("recordings changed; the new ones are heard from now on");
                core.borrow_mut().voice.renew(newer);
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(alarm = true, "recordings stay as they are: {error}"),
            Err(_) => return,
        }
    }
}

/// As configured; 0 means one a core.
fn media_threads(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
