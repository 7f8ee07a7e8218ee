//! Questions to the store, asked beside the control thread and answered on it.
//!
//! Owns: the bound on questions under way, the digests of what callers keyed.
//! Never: a wait on the control thread; a plain PIN towards the store.

use dialplan::FindBy;
use exchange::{ServiceDown, VerifyAnswer, VerifyRequest};
use ids::RequestId;
use records::{Case, Pepper};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, VerifyAttempt, VerifyOutcome};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

/// Questions under way at once. Full: the caller hears the honest sentence, not silence.
const UNDER_WAY_MAX: usize = 256;
/// How long the store may take; the dialplan gives up after 3 s and says so.
const ANSWER_MAX: Duration = Duration::from_millis(2_800);

/// What came back.
pub enum Answer {
    Cases(RequestId, Result<Vec<Case>, ServiceDown>),
    Verified(RequestId, Result<VerifyAnswer, ServiceDown>),
}

/// The asking half.
pub struct Lookups {
    store: Arc<dyn Store>,
    pepper: Pepper,
    runtime: Handle,
    places: Arc<Semaphore>,
    answers: mpsc::UnboundedSender<Answer>,
}

impl Lookups {
    /// Questions run on `runtime`; answers come out of the returned queue, whose length the number
    /// of questions under way bounds.
    pub fn new(
        store: Arc<dyn Store>,
        pepper: Pepper,
        runtime: Handle,
    ) -> (Self, mpsc::UnboundedReceiver<Answer>) {
        let (answers, answered) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        (Self { store, pepper, runtime, places, answers }, answered)
    }

    /// Looks for cases.
    pub fn find(&self, request: RequestId, by: FindBy) {
        let store = self.store.clone();
        let work = async move {
            match by {
                FindBy::CallerNumber(number) => store.cases_by_phone(&number).await,
                FindBy::CaseNumber(number) => {
                    store.case_by_number(&number).await.map(|case| case.into_iter().collect())
                }
            }
        };
        self.ask(work, move |found| Answer::Cases(request, found));
    }

    /// Checks what a caller keyed.
    pub fn verify(&self, request: VerifyRequest, at_us: i64) {
        let VerifyRequest { request, case, case_number, caller, answers } = request;
        let digest = |(factor, keys): &(records::Factor, keypad::Keys)| {
            (*factor, keys.reveal(|plain| self.pepper.digest(&case_number, *factor, plain)))
        };
        let digests = answers.iter().map(digest).collect();
        let attempt = VerifyAttempt { case, caller, digests, at_us };
        let store = self.store.clone();
        let work = async move { store.verify(&attempt).await };
        self.ask(work, move |outcome| {
            let answer = outcome.map(|outcome| match outcome {
                VerifyOutcome::Ok => VerifyAnswer::Ok,
                VerifyOutcome::Failed => VerifyAnswer::Failed,
                VerifyOutcome::Locked => VerifyAnswer::Locked,
            });
            Answer::Verified(request, answer)
        });
    }

    fn ask<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, store::StoreError>> + Send + 'static,
        answer: impl FnOnce(Result<T, ServiceDown>) -> Answer + Send + 'static,
    ) {
        let answers = self.answers.clone();
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let down = ServiceDown(format!("{UNDER_WAY_MAX} questions are under way already"));
            // The receiver lives as long as the control thread.
            let _ = answers.send(answer(Err(down)));
            return;
        };
        self.runtime.spawn(async move {
            let result = match tokio::time::timeout(ANSWER_MAX, work).await {
                Ok(result) => result.map_err(|error| ServiceDown(error.to_string())),
                Err(_) => Err(ServiceDown("no answer in time".into())),
            };
            let _ = answers.send(answer(result));
            drop(place);
        });
    }
}

/// Hands answers to the exchange.
pub async fn hear_answers(core: crate::core::Shared, mut answers: mpsc::UnboundedReceiver<Answer>) {
    while let Some(answer) = answers.recv().await {
        crate::core::turn(&core, |exchange, now| match answer {
            Answer::Cases(request, found) => exchange.cases_found(now, request, found),
            Answer::Verified(request, verified) => exchange.verified(now, request, verified),
        });
    }
}
