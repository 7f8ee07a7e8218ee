//! A checked dialplan: immutable, shared by the calls that began with it.

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::texts::Texts;
use crate::trial::Trial;
use crate::verbs::Verb;
use ids::{CheckDigit, Lang};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The firm's choices that a plan is checked and walked with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Environment {
    /// How the last digit of a case number guards against slips.
    pub check_digit: CheckDigit,
}

/// How a step can end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum Outcome {
    Then,
    Found,
    None,
    Many,
    Ok,
    Failed,
    Locked,
    Empty,
    NoInput,
    NoMatch,
    Error,
    Back,
    Hangup,
    Yes,
    No,
    /// The n-th `if` of a `when`, from 0.
    If(u8),
    Else,
    /// A key of a menu.
    Key(char),
}

impl Outcome {
    /// The outcomes that have a word of their own in a flow file.
    pub(crate) const NAMED: [(&'static str, Outcome); 16] = [
        ("then", Outcome::Then),
        ("found", Outcome::Found),
        ("none", Outcome::None),
        ("many", Outcome::Many),
        ("ok", Outcome::Ok),
        ("failed", Outcome::Failed),
        ("locked", Outcome::Locked),
        ("empty", Outcome::Empty),
        ("no-input", Outcome::NoInput),
        ("no-match", Outcome::NoMatch),
        ("error", Outcome::Error),
        ("back", Outcome::Back),
        ("hangup", Outcome::Hangup),
        ("yes", Outcome::Yes),
        ("no", Outcome::No),
        ("else", Outcome::Else),
    ];

    /// The outcome with this word.
    pub(crate) fn named(word: &str) -> Option<Outcome> {
        Self::NAMED.iter().find(|(name, _)| *name == word).map(|(_, outcome)| *outcome)
    }
}

impl fmt::Display for Outcome {
    /// As it stands in a flow file: `no-input`, `key 3`; the second `if` is `if 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Key(key) => write!(f, "key {key}"),
            Outcome::If(index) => write!(f, "if {}", index + 1),
            named => {
                let name = Self::NAMED.iter().find(|(_, o)| o == named).map(|(name, _)| *name);
                f.write_str(name.unwrap_or("?"))
            }
        }
    }
}

/// Where an outcome leads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Target {
    /// To the step with this index in [`Plan::steps`].
    Step(usize),
    /// The call ends; a called flow returns.
    End,
}

/// One step.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    /// Index of its flow.
    pub(crate) flow: usize,
    pub(crate) verb: Verb,
    /// Every bound outcome, those of the flow's `on` line included.
    pub(crate) exits: BTreeMap<Outcome, Target>,
}

impl Step {
    /// The ways that its verb's contract knows: what is drawn and proved.
    pub(crate) fn ways_out(&self) -> impl Iterator<Item = (Outcome, Target)> + '_ {
        let fails = self.verb.ways().iter().any(|(outcome, _)| *outcome == Outcome::Error);
        let known = move |outcome: Outcome| outcome != Outcome::Error || fails;
        self.exits.iter().map(|(o, t)| (*o, *t)).filter(move |(outcome, _)| known(*outcome))
    }
}

/// One flow of the file.
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) entry: usize,
}

/// A checked dialplan.
pub struct Plan {
    /// The name of its first flow.
    pub name: String,
    /// SHA-256 of its canonical source, lower-case hex.
    pub version: String,
    /// The languages it declares; the first is the default.
    pub languages: Vec<Lang>,
    /// What should be looked at, though the plan can be used.
    pub warnings: Vec<Diagnostic>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) steps: Vec<Step>,
    pub(crate) trials: Vec<Trial>,
    pub(crate) environment: Environment,
    pub(crate) texts: Arc<dyn Texts>,
}

impl Plan {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Every fault of the file (up to 100) in its order, each with place, sentence and proposal.
    pub fn check(
        source: &[u8],
        file: &str,
        texts: &Arc<dyn Texts>,
        environment: &Environment,
    ) -> Result<Arc<Plan>, Vec<Diagnostic>> {
        check::check(source, file, texts, environment).map(Arc::new)
    }

    /// `flow@version` for records, the version shortened to 12 digits.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version.get(..12).unwrap_or(&self.version))
    }

    /// The texts its prompts come from.
    pub fn texts(&self) -> &Arc<dyn Texts> {
        &self.texts
    }

    /// The names of its tests, in the order of the file.
    pub fn test_names(&self) -> Vec<&str> {
        self.trials.iter().map(|t| t.name.as_str()).collect()
    }

    pub(crate) fn entry(&self) -> usize {
        self.flows.first().map_or(0, |f| f.entry)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.label())
    }
}
