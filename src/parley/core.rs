//! The control thread's core: the one owner of the exchange, and the doer of its effects.
//!
//! ```text
//!  UDP, TCP tasks --+                                  +--> sockets
//!  media events ----+--> Exchange::handle_* --> effects +--> engine (commands, ports, playlists)
//!  store answers ---+        (no await inside)          +--> store (lookups, writer)
//!  timers ----------+                                  +--> log
//! ```
//!
//! Owns: the order input → decision → effects, on one thread.
//! Never: a decision about a call.

use crate::clock::Clock;
use crate::dns::Dns;
use crate::lookups::Lookups;
use crate::meanwhile::Meanwhile;
use crate::published::Canaries;
use crate::recorder::Recorder;
use crate::sockets::Sockets;
use crate::till::Till;
use crate::vault::Link;
use crate::voice::Voice;
use engine::Engine;
use exchange::{Effect, Exchange, NoPorts, Now, OpenPorts, OutboundNews, ServiceDown};
use ids::{CallId, LegId, Moment};
use media::command::Command;
use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use store::Writer;
use tokio::sync::{Notify, broadcast};

/// Everything the control thread works with.
pub struct Core {
    pub exchange: Exchange,
    pub clock: Clock,
    pub engine: Arc<Engine>,
    pub sockets: Sockets,
    pub voice: Voice,
    pub meanwhile: Meanwhile,
    pub lookups: Lookups,
    pub dns: Dns,
    /// Where recordings are configured.
    pub recorder: Option<Recorder>,
    /// What becomes of calls of ours, for whoever listens.
    pub news: broadcast::Sender<(CallId, OutboundNews)>,
    pub writer: Writer,
    pub canaries: Canaries,
    /// Where payments are configured.
    pub till: Option<Till>,
    /// The vault's link; closed where none is kept.
    pub vault: Link,
    pub media_address: Option<IpAddr>,
    /// The moment the timer task sleeps until; it is woken when an earlier one comes up.
    pub wakes_at: Moment,
    pub timer: Rc<Notify>,
    pub idle: Rc<Notify>,
}

/// The core as the tasks of the control thread share it. A borrow never crosses an await.
pub type Shared = Rc<RefCell<Core>>;

/// Lets `decide` tell the exchange something, then does everything that follows from it.
///
/// A panic means a bug: it ends the call whose turn it was, with an alarm, and nobody else's.
pub fn turn(core: &Shared, decide: impl FnOnce(&mut Exchange, Now)) {
    let mut core = core.borrow_mut();
    let now = core.clock.now();
    if survives(|| decide(&mut core.exchange, now)) && survives(|| core.settle()) {
        return;
    }
    tracing::error!(alarm = true, "a fault of ours ended one call; please report the lines above");
    let given_up = survives(|| core.exchange.abandon_current(now)) && survives(|| core.settle());
    if !given_up {
        tracing::error!(alarm = true, "the call could not be ended in order; its peer will notice");
    }
}

/// Runs it; false if it panicked.
fn survives(work: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_ok()
}

impl Core {
    /// Does all effects; some answer at once and bring new ones.
    fn settle(&mut self) {
        while let Some(effect) = self.exchange.poll_effect() {
            self.act(effect);
        }
        while let Some(sip::Presence { user, reachable }) = self.exchange.poll_presence() {
            tracing::info!(user, reachable, "phone");
        }
        if self.exchange.poll_timeout().unwrap_or(Moment::NEVER) < self.wakes_at {
            self.timer.notify_one();
        }
        let census = self.exchange.census();
        if census.calls + census.payments == 0 {
            self.idle.notify_one();
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Transmit(transmit) => self.sockets.send(transmit),
            Effect::OpenPorts { leg, ip, beside } => self.open_ports(leg, ip, beside),
            Effect::Media(Command::Close(leg)) => {
                self.voice.forget(leg);
                self.command(Command::Close(leg));
            }
            Effect::Media(command) => self.command(command),
            Effect::Play { leg, play, sentence, barge_in, codec } => {
                let ready = self.voice.prepare(leg, play, sentence, barge_in, codec);
                if let Some(command) = ready {
                    self.command(command);
                }
            }
            Effect::Sound { leg, play, sound, codec } => {
                // A sentence that waits for a name is not said any more: this came after it.
                self.voice.forget(leg);
                if let Some(command) = self.meanwhile.play(leg, play, sound, codec) {
                    self.command(command);
                }
            }
            Effect::FindCases { request, by } => self.lookups.find(request, by),
            Effect::Verify(request) => self.lookups.verify(request, self.clock.unix_us()),
            Effect::Resolve { request, question } => self.dns.ask(request, question),
            Effect::Recorder(order) => {
                if let Some(recorder) = &self.recorder {
                    recorder.order(order);
                }
            }
            Effect::Outbound { call, news } => {
                // Nobody need listen.
                let _ = self.news.send((call, news));
            }
            Effect::PaymentGate { request, ask } => match &self.till {
                Some(till) => till.ask_gate(request, ask),
                None => {
                    let now = self.clock.now();
                    self.exchange.payment_gate(now, request, Err(no_payments()));
                }
            },
            Effect::Journal { request, step } => match &self.till {
                Some(till) => till.journal(request, step),
                None => {
                    let now = self.clock.now();
                    self.exchange.journalled(now, request, Err(no_payments()));
                }
            },
            Effect::VaultWrite(bytes) => self.vault.write(bytes),
            Effect::VaultBroken(why) => self.vault.break_off(&why),
            Effect::WriteEvent(event) => self.writer.event(event),
            Effect::WriteCall(record) => {
                tracing::info!(call = %record.id, status = record.sip_status, why = %record.disposition, "call over");
                log_quality(&record);
                self.writer.call(*record);
            }
            Effect::StopCanary { flow, why } => self.canaries.stop(flow, why),
            Effect::Alarm(what) => tracing::warn!(alarm = true, "{what}"),
        }
    }

    fn open_ports(&mut self, leg: LegId, ip: IpAddr, beside: Option<LegId>) {
        let ip = self.media_address.unwrap_or(ip);
        let opened = match beside {
            Some(other) => self.engine.open_beside(leg, other, ip),
            None => self.engine.open(leg, ip),
        };
        let ports = match opened {
            Ok(open) => Ok(OpenPorts { rtp: open.rtp, rtcp: open.rtcp }),
            Err(error) => {
                tracing::warn!(%leg, %error, "no media ports");
                Err(NoPorts)
            }
        };
        let now = self.clock.now();
        self.exchange.ports_opened(now, leg, ports);
    }

    /// A full shard queue means a shard that does not run: the leg is given up, with an alarm.
    pub fn command(&mut self, command: Command) {
        let leg = command.leg();
        if self.engine.send(command).is_err() {
            tracing::error!(alarm = true, %leg, "the media shard takes no more commands; the call is ended");
            let now = self.clock.now();
            self.exchange.abandon_leg(now, leg);
        }
    }
}

/// Without a vault nobody asks, and nothing is paid.
fn no_payments() -> ServiceDown {
    ServiceDown("payments are not configured".to_owned())
}

/// How the call sounded, where there was sound; sound one way only is worth a look at the network.
fn log_quality(record: &records::CallRecord) {
    let Some(media) = &record.media else { return };
    let mos = |score: Option<records::Score>| score.map(|s| f32::from(s.mos_hundredths) / 100.0);
    let (heard, delivered) = (mos(media.heard), mos(media.delivered));
    let (lost, late, jitter_us) = (media.lost, media.late, media.jitter_us_max);
    tracing::info!(call = %record.id, heard, delivered, lost, late, jitter_us, "sound");
    if let Some(one_way) = media.one_way {
        tracing::warn!(alarm = true, call = %record.id, ?one_way, "sound went one way only: look for NAT or a firewall on the media ports");
    }
}

/// Sleeps until the exchange wants a turn, again and again.
pub async fn keep_time(core: Shared) {
    let timer = core.borrow().timer.clone();
    loop {
        let (due, clock) = {
            let mut core = core.borrow_mut();
            let due = core.exchange.poll_timeout().unwrap_or(Moment::NEVER);
            core.wakes_at = due;
            (due, core.clock)
        };
        if due == Moment::NEVER {
            timer.notified().await;
            continue;
        }
        let sleep = tokio::time::sleep_until(clock.instant(due).into());
        tokio::select! {
            () = sleep => turn(&core, |exchange, now| {
                exchange.handle_lag(now, now.mono.since(due));
                exchange.handle_timeout(now);
            }),
            () = timer.notified() => {}
        }
    }
}

/// Hands media events to the exchange whenever the engine says that there are some.
pub async fn hear_media(core: Shared, woken: Arc<Notify>) {
    let engine = core.borrow().engine.clone();
    loop {
        woken.notified().await;
        while let Some(event) = engine.try_event() {
            turn(&core, |exchange, now| exchange.handle_media(now, event));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_here_and_not_in_the_task_that_reads_the_socket() {
        assert!(survives(|| ()));
        assert!(!survives(|| panic!("a fault of ours")));
    }
}
