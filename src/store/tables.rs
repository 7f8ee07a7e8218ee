//! The one implementation of [`Store`], over either database. Each method's work stands in the file of
//! its trade: `cases.rs`, `verify.rs`, `history.rs`, `import.rs`.

use crate::contract::{ChainReport, KeptEvent, Staging, Store, VerifyAttempt, VerifyOutcome};
use crate::database::Database;
use crate::errors::StoreError;
use crate::{cases, history, import, verify};
use async_trait::async_trait;
use ids::phone::{Home, normalise};
use ids::{CallId, CaseId};
use records::{CallRecord, Case, Event, Factor};

/// The tables of one database.
pub(crate) struct Tables<D> {
    pub database: D,
    pub home: Home,
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
        let caller = attempt.caller.as_deref();
        // A caller that is no phone number (`anonymous`, a name) says nothing about who it is.
        let caller = caller.and_then(|number| normalise(number, &self.home));
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
