//! One debt on file.

use ids::{CaseId, Lang, Money};
use jiff::civil::Date;

/// What the building knows about one debt and the person who owes it. Secrets are not in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Row in the store.
    pub id: CaseId,
    /// The number in our letters, digits only.
    pub number: String,
    /// The person's name as it is spoken.
    pub name: String,
    /// E.164 numbers (`+48600100200`) by which the person calls or is called.
    pub phones: Vec<String>,
    /// The language the person speaks.
    pub lang: Lang,
    /// To whom the money is owed, as it is spoken.
    pub creditor: String,
    /// What is still to pay.
    pub outstanding: Money,
    /// When it is or was due.
    pub due_date: Date,
}
