//! What the gate knows of each verb: its contract, as far as a proof needs it.

use crate::asking::Patience;
use crate::limits::{CARD_FETCHED, FIRST_KEY_DIGITS, INTER_KEY, MISSES_MAX};
use crate::plan::Outcome;
use crate::verbs::Verb;

/// Keys of an answer that is keyed digit by digit: more than anybody counts as near.
const MANY_KEYS: u32 = 4;

impl Verb {
    /// It asks the caller something: somewhere in it a key is awaited.
    pub(super) fn asks(&self) -> bool {
        self.contract().questions > 0
    }

    /// It brings a person, now or later.
    pub(super) fn brings_a_person(&self) -> bool {
        self.contract().person || self.name() == "callback"
    }

    /// It puts the caller into a queue of people.
    pub(super) fn queues(&self) -> bool {
        self.name() == "queue"
    }

    /// It records the caller's voice.
    pub(super) fn records(&self) -> bool {
        self.contract().notice
    }

    /// It asks a service whose answer may not come.
    pub(super) fn looks_up(&self) -> bool {
        self.contract().lookup
    }

    /// It may take secrets: a PIN, a one-time code, a card.
    pub(super) fn takes_secrets(&self) -> bool {
        self.contract().secrets
    }

    /// The variables that it sets.
    pub(super) fn makes(&self) -> Vec<&str> {
        match self {
            Verb::Set(set) => set.names(),
            Verb::Ask(ask) => ask.variable().into_iter().collect(),
            Verb::Http(http) => http.takes(),
            _ => Vec::new(),
        }
    }

    /// A look-up that found nothing is done once more with what is keyed next.
    pub(super) fn looks_up_again(&self) -> bool {
        matches!(self, Verb::Ask(_) | Verb::Verify(_))
    }

    /// How long its questions wait, and how often they are asked.
    pub(super) fn patience(&self) -> Patience {
        let habit = Patience { first: FIRST_KEY_DIGITS, inter: INTER_KEY, tries: MISSES_MAX };
        match self {
            Verb::Menu(menu) => menu.patience(),
            Verb::Ask(ask) => ask.patience(),
            // Time to fetch the card.
            Verb::Pay(_) => Patience { first: CARD_FETCHED, ..habit },
            _ => habit,
        }
    }

    /// Most keys of one entry into it.
    pub(super) fn most_keys(&self) -> u32 {
        self.contract().keys.into()
    }

    /// Fewest keys by which a caller can choose to leave it so; a silence waited out counts as one. `None`:
    /// not for the caller to choose.
    pub(super) fn fewest_keys(&self, outcome: Outcome) -> Option<u32> {
        Some(match outcome {
            Outcome::Error | Outcome::Hangup => return None,
            Outcome::NoInput => 1,
            Outcome::Back => 2,
            Outcome::Found | Outcome::None | Outcome::Ok | Outcome::Failed | Outcome::Locked
                if self.by_key(outcome) =>
            {
                MANY_KEYS
            }
            Outcome::NoMatch => MANY_KEYS,
            _ => u32::from(self.by_key(outcome)),
        })
    }
}
