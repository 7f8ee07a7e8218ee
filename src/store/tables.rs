//! The one implementation of [`Store`], over either database. Each method's work stands in the file of
//! its trade: `cases.rs`, `verify.rs`, `history.rs`, `payments/`, `import.rs`.

use crate::contract::{
    ChainReport, JournalReport, KeptEvent, PaymentFilter, PaymentWish, Staging, Store,
    VerifyAttempt, VerifyOutcome, WishWord,
};
use crate::database::Database;
use crate::errors::StoreError;
use crate::{cases, history, import, payments, verify};
use async_trait::async_trait;
use ids::phone::{Home, normalise};
use ids::{CallId, CaseId};
use records::{
    CallRecord, Case, Event, Factor, OpenPayment, PaymentAsk, PaymentGate, PaymentId, PaymentStep,
};

/// The tables of one database.
pub(crate) struct Tables<D> {
    pub database: D,
    pub home: Home,
}

impl<D> Tables<D> {
    /// A caller that is no phone number (`anonymous`, a name) says nothing about who it is.
    fn number(&self, caller: Option<&str>) -> Option<String> {
        caller.and_then(|number| normalise(number, &self.home))
    }
}

#[async_trait]
impl<D: Database> Store for Tables<D> {
    async fn cases_by_phone(&self, phone: &str) -> Result<Vec<Case>, StoreError> {
        match normalise(phone, &self.home) {
            Some(phone) => cases::by_phone(&self.database, &phone).await,
            None => Ok(Vec::new()),
        }
    }

    async fn case_by_number(&self, number: &str) -> Result<Option<Case>, StoreError> {
        cases::by_number(&self.database, number).await
    }

    async fn factors(&self, case: CaseId) -> Result<Vec<Factor>, StoreError> {
        cases::factors(&self.database, case).await
    }

    async fn cases(&self, limit: u32, after: Option<CaseId>) -> Result<Vec<Case>, StoreError> {
        cases::list(&self.database, limit, after).await
    }

    async fn verify(&self, attempt: &VerifyAttempt) -> Result<VerifyOutcome, StoreError> {
        let caller = self.number(attempt.caller.as_deref());
        verify::verify(&self.database, attempt, caller).await
    }

    async fn append(&self, events: &[Event], calls: &[CallRecord]) -> Result<(), StoreError> {
        history::append(&self.database, events, calls).await
    }

    async fn calls(
        &self,
        limit: u32,
        before: Option<CallId>,
    ) -> Result<Vec<CallRecord>, StoreError> {
        history::calls(&self.database, limit, before).await
    }

    async fn call(&self, id: CallId) -> Result<Option<(CallRecord, Vec<KeptEvent>)>, StoreError> {
        history::call(&self.database, id).await
    }

    async fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        history::verify_chain(&self.database).await
    }

    async fn journal_payment(&self, step: &PaymentStep) -> Result<(), StoreError> {
        let caller = self.number(step.caller.as_deref());
        payments::journal(&self.database, step, caller).await
    }

    async fn payment_gate(&self, ask: &PaymentAsk) -> Result<PaymentGate, StoreError> {
        let caller = self.number(ask.caller.as_deref());
        payments::gate(&self.database, ask, caller).await
    }

    async fn open_payments(&self) -> Result<Vec<OpenPayment>, StoreError> {
        payments::open(&self.database).await
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        limit: u32,
    ) -> Result<Vec<PaymentStep>, StoreError> {
        payments::list(&self.database, filter, limit).await
    }

    async fn payment(&self, id: PaymentId) -> Result<Vec<PaymentStep>, StoreError> {
        payments::steps(&self.database, id).await
    }

    async fn payment_wishes(&self, id: PaymentId) -> Result<Vec<PaymentWish>, StoreError> {
        payments::wishes(&self.database, id).await
    }

    async fn ask_payment_back(&self, word: &WishWord<'_>) -> Result<PaymentWish, StoreError> {
        payments::ask_back(&self.database, word).await
    }

    async fn approve_payment_back(&self, word: &WishWord<'_>) -> Result<PaymentWish, StoreError> {
        payments::approve_back(&self.database, word).await
    }

    async fn verify_payments(&self) -> Result<JournalReport, StoreError> {
        payments::verify(&self.database).await
    }

    async fn stage(&self) -> Result<Box<dyn Staging + '_>, StoreError> {
        import::begin(&self.database).await
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn close(&self) {
        self.database.close().await;
    }
}
