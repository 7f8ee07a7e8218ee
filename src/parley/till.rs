//! Payments' questions to the store: the gate, the journal, what is not settled.
//!
//! ```text
//!  exchange ─ PaymentGate ─▶ a task each ───────────▶ store      ◀─ every 2 s while something is open,
//!           ─ Journal ─────▶ one after the other ───▶ store         else every 10 s: payments_open
//! ```
//! Steps are written in the order in which they were decided: a step that overtook another would be refused.
//!
//! Owns: the order, the bounds, how long an answer may take. Never: a wait on the control thread.

use crate::core::{Shared, turn};
use exchange::ServiceDown;
use ids::RequestId;
use records::{OpenPayment, PaymentAsk, PaymentGate, PaymentStep};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};

/// Steps and questions that wait. Full: nobody is charged, and the caller is told that it does not work now.
const WAITING_MAX: usize = 256;
/// How long the gate may take: the caller waits for it.
const GATE_MAX: Duration = Duration::from_millis(2_800);
/// How long one step may take. The vault gives a payment up after 20 s without `journalled`.
const STEP_MAX: Duration = Duration::from_secs(8);
/// Between two looks at what is not settled, while something is, and while nothing is: somebody may wish
/// that a payment is taken back.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const LOOK_IDLE: Duration = Duration::from_secs(10);

/// What came back.
pub enum Answer {
    Gate(RequestId, Result<PaymentGate, ServiceDown>),
    Journalled(RequestId, Result<(), ServiceDown>),
    Open(Vec<OpenPayment>),
}

enum Asked {
    Gate(RequestId, PaymentAsk),
    Step(RequestId, Box<PaymentStep>),
}

/// The asking half.
pub struct Till {
    asked: mpsc::Sender<Asked>,
    answers: mpsc::Sender<Answer>,
}

impl Till {
    /// Work runs on `runtime` for as long as this lives; answers come out of the returned queue.
    pub fn open(store: Arc<dyn Store>, runtime: &Handle) -> (Self, mpsc::Receiver<Answer>) {
        let (asked, waiting) = mpsc::channel(WAITING_MAX);
        let (answers, answered) = mpsc::channel(WAITING_MAX);
        let stepped = Arc::new(Notify::new());
        runtime.spawn(work(store.clone(), waiting, stepped.clone(), answers.clone()));
        runtime.spawn(look(store, stepped, answers.clone()));
        (Self { asked, answers }, answered)
    }

    /// Whether a card may be asked for.
    pub fn ask_gate(&self, request: RequestId, ask: PaymentAsk) {
        if self.asked.try_send(Asked::Gate(request, ask)).is_err() {
            self.refuse(Answer::Gate(request, Err(full())));
        }
    }

    /// Writes a step durably.
    pub fn journal(&self, request: RequestId, step: Box<PaymentStep>) {
        if self.asked.try_send(Asked::Step(request, step)).is_err() {
            self.refuse(Answer::Journalled(request, Err(full())));
        }
    }

    /// An answer that finds no room either is as good as none: whoever asked has a time-out.
    fn refuse(&self, answer: Answer) {
        if self.answers.try_send(answer).is_err() {
            tracing::error!(alarm = true, "the store answers no payment; look at the database");
        }
    }
}

fn full() -> ServiceDown {
    ServiceDown(format!("{WAITING_MAX} steps of payments wait for the database already"))
}

async fn work(
    store: Arc<dyn Store>,
    mut waiting: mpsc::Receiver<Asked>,
    stepped: Arc<Notify>,
    answers: mpsc::Sender<Answer>,
) {
    while let Some(asked) = waiting.recv().await {
        match asked {
            Asked::Gate(request, ask) => {
                let (store, answers) = (store.clone(), answers.clone());
                tokio::spawn(async move {
                    let answer = within(GATE_MAX, store.payment_gate(&ask)).await;
                    let _ = answers.send(Answer::Gate(request, answer)).await;
                });
            }
            Asked::Step(request, step) => {
                let answer = within(STEP_MAX, store.journal_payment(&step)).await;
                stepped.notify_one();
                if let Err(ServiceDown(why)) = &answer {
                    let (payment, state) = (step.payment, step.state);
                    tracing::error!(
                        alarm = true,
                        ?payment,
                        ?state,
                        "a step is not journalled: {why}"
                    );
                }
                let _ = answers.send(Answer::Journalled(request, answer)).await;
            }
        }
    }
}

async fn within<T>(
    longest: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, ServiceDown> {
    match tokio::time::timeout(longest, work).await {
        Ok(done) => done.map_err(|error| ServiceDown(error.to_string())),
        Err(_) => Err(ServiceDown("no answer in time".into())),
    }
}

/// Tells what is not settled, again and again, until nobody listens.
async fn look(store: Arc<dyn Store>, stepped: Arc<Notify>, answers: mpsc::Sender<Answer>) {
    loop {
        let idle = match within(STEP_MAX, store.open_payments()).await {
            Ok(open) => {
                let idle = open.is_empty();
                if answers.send(Answer::Open(open)).await.is_err() {
                    return;
                }
                idle
            }
            Err(ServiceDown(why)) => {
                tracing::error!(alarm = true, "open payments cannot be looked at: {why}");
                true
            }
        };
        if idle {
            tokio::select! {
                () = tokio::time::sleep(LOOK_IDLE) => {}
                () = stepped.notified() => {}
                () = answers.closed() => return,
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Hands answers to the exchange.
pub async fn hear_till(core: Shared, mut answers: mpsc::Receiver<Answer>) {
    while let Some(answer) = answers.recv().await {
        turn(&core, |exchange, now| match answer {
            Answer::Gate(request, gate) => exchange.payment_gate(now, request, gate),
            Answer::Journalled(request, done) => exchange.journalled(now, request, done),
            Answer::Open(open) => exchange.payments_open(now, open),
        });
    }
}
