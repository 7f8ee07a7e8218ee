//! The cases on file and how the store answers: it is the world's database, given by the script.

use dialplan::FindBy;
use exchange::{ServiceDown, VerifyAnswer, VerifyRequest};
use ids::CaseId;
use records::{Case, Factor};
use std::collections::HashMap;
use std::time::Duration;

/// How the store feels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Service {
    /// It answers after this long.
    Up(Duration),
    /// It says that it is down.
    Down,
    /// It never answers.
    Mute,
}

/// A case with what its person can prove.
struct Filed {
    case: Case,
    pin: String,
    birth: String,
}

/// Everything on file.
pub struct OnFile {
    filed: Vec<Filed>,
    failures: HashMap<CaseId, u32>,
    /// How the store feels now.
    pub service: Service,
    /// Failed tries on one case until it is locked, over all calls.
    pub lock_after: u32,
}

impl Default for OnFile {
    fn default() -> Self {
        let service = Service::Up(Duration::from_millis(10));
        Self { filed: Vec::new(), failures: HashMap::new(), service, lock_after: 5 }
    }
}

/// An answer and when it comes; `None` when it never comes.
type Answer<T> = Option<(Duration, Result<T, ServiceDown>)>;

impl OnFile {
    /// Files a case.
    pub fn add(&mut self, case: Case, pin: &str, birth: &str) {
        self.filed.push(Filed { case, pin: pin.into(), birth: birth.into() });
    }

    /// How many there are; the next one's row.
    pub fn next_id(&self) -> CaseId {
        CaseId(self.filed.len() as u64 + 1)
    }

    /// What must never be written anywhere.
    pub fn secrets(&self) -> Vec<String> {
        self.filed.iter().flat_map(|f| [f.pin.clone(), f.birth.clone()]).collect()
    }

    /// What the case owes now.
    pub(crate) fn owed(&self, case: CaseId) -> ids::Money {
        let filed = self.filed.iter().find(|filed| filed.case.id == case);
        filed.expect("payments are for cases on file").case.outstanding
    }

    /// A payment was posted.
    pub(crate) fn reduce(&mut self, case: CaseId, paid: ids::Money) {
        for filed in self.filed.iter_mut().filter(|filed| filed.case.id == case) {
            let owed = &mut filed.case.outstanding;
            assert!(paid.minor <= owed.minor, "nobody pays more than is owed");
            owed.minor -= paid.minor;
        }
    }

    pub(crate) fn find(&self, by: &FindBy) -> Answer<Vec<Case>> {
        let same = |case: &Case| match by {
            FindBy::CallerNumber(number) => case.phones.contains(number),
            FindBy::CaseNumber(number) => case.number == *number,
        };
        let found = self.filed.iter().map(|f| &f.case).filter(|c| same(c)).cloned();
        self.answer(found.collect())
    }

    pub(crate) fn verify(&mut self, request: &VerifyRequest) -> Answer<VerifyAnswer> {
        if let Service::Down | Service::Mute = self.service {
            return self.answer(VerifyAnswer::Failed);
        }
        let failures = self.failures.entry(request.case).or_default();
        if *failures >= self.lock_after {
            return self.answer(VerifyAnswer::Locked);
        }
        let filed = self.filed.iter().find(|f| f.case.id == request.case);
        let right = filed.is_some_and(|f| {
            let matches = |(factor, keys): &(Factor, keypad::Keys)| {
                keys.reveal(|typed| match factor {
                    Factor::Pin => typed == f.pin,
                    Factor::BirthDate => typed == f.birth,
                    Factor::IdLast4 => false,
                })
            };
            !request.answers.is_empty() && request.answers.iter().all(matches)
        });
        *failures = if right { 0 } else { *failures + 1 };
        self.answer(if right { VerifyAnswer::Ok } else { VerifyAnswer::Failed })
    }

    fn answer<T>(&self, answer: T) -> Answer<T> {
        match self.service {
            Service::Up(delay) => Some((delay, Ok(answer))),
            Service::Down => {
                Some((Duration::from_millis(1), Err(ServiceDown("connection refused".into()))))
            }
            Service::Mute => None,
        }
    }
}
