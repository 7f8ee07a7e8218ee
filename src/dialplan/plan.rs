//! A checked dialplan: immutable, shared by the calls that began with it.

use crate::check::{self, Figures};
use crate::diagnostic::Diagnostic;
use crate::graph::{self, Sketch};
use crate::library::Library;
use crate::texts::Texts;
use crate::trial::Trial;
use crate::verbs::Verb;
use crate::version::LABEL_DIGITS;
use crate::written::StepLine;
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
    Paid,
    Declined,
    Cancelled,
    Unavailable,
    Unknown,
    Limit,
    Made,
    TooLate,
    Refused,
    Agreed,
    NotOffered,
    Sent,
    NotAllowed,
    NoAddress,
    Served,
    Full,
    Closed,
    NoAnswer,
    Left,
    Callback,
    Answered,
    Busy,
    Booked,
    Already,
    Done,
    Skipped,
    NoBeep,
    Human,
    Machine,
    NotFound,
    Timeout,
    Stopped,
    Kept,
    Opened,
    Noted,
    Person,
    Forgot,
    Cannot,
    Disagree,
    Difficult,
    /// The n-th `if` of a `when`, from 0.
    If(u8),
    Else,
    /// A key of a menu.
    Key(char),
}

impl Outcome {
    /// The outcomes that have a word of their own in a flow file.
    pub(crate) const NAMED: [(&'static str, Outcome); 56] = [
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
        ("paid", Outcome::Paid),
        ("declined", Outcome::Declined),
        ("cancelled", Outcome::Cancelled),
        ("unavailable", Outcome::Unavailable),
        ("unknown", Outcome::Unknown),
        ("limit", Outcome::Limit),
        ("made", Outcome::Made),
        ("too-late", Outcome::TooLate),
        ("refused", Outcome::Refused),
        ("agreed", Outcome::Agreed),
        ("not-offered", Outcome::NotOffered),
        ("sent", Outcome::Sent),
        ("not-allowed", Outcome::NotAllowed),
        ("no-address", Outcome::NoAddress),
        ("served", Outcome::Served),
        ("full", Outcome::Full),
        ("closed", Outcome::Closed),
        ("no-answer", Outcome::NoAnswer),
        ("left", Outcome::Left),
        ("callback", Outcome::Callback),
        ("answered", Outcome::Answered),
        ("busy", Outcome::Busy),
        ("booked", Outcome::Booked),
        ("already", Outcome::Already),
        ("done", Outcome::Done),
        ("skipped", Outcome::Skipped),
        ("no-beep", Outcome::NoBeep),
        ("human", Outcome::Human),
        ("machine", Outcome::Machine),
        ("not-found", Outcome::NotFound),
        ("timeout", Outcome::Timeout),
        ("stopped", Outcome::Stopped),
        ("kept", Outcome::Kept),
        ("opened", Outcome::Opened),
        ("noted", Outcome::Noted),
        ("person", Outcome::Person),
        ("forgot", Outcome::Forgot),
        ("cannot", Outcome::Cannot),
        ("disagree", Outcome::Disagree),
        ("difficult", Outcome::Difficult),
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
    /// Its block as it was written, for comparing versions.
    pub(crate) lines: Vec<StepLine>,
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
    /// Calls through it are placed by us, not taken.
    pub(crate) outbound: bool,
    pub(crate) entry: usize,
    /// Where calls go between two steps while the emergency switch is on.
    pub(crate) emergency: Option<usize>,
}

/// A checked dialplan.
pub struct Plan {
    /// The name of its first flow.
    pub name: String,
    /// SHA-256 of its canonical source, its texts and its environment (`version.rs`), lower-case hex.
    pub version: String,
    /// The languages it declares; the first is the default.
    pub languages: Vec<Lang>,
    /// What should be looked at, though the plan can be used.
    pub warnings: Vec<Diagnostic>,
    /// How long its calls can be and how many keys they can take, a flow each.
    pub figures: Vec<Figures>,
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
        Self::check_among(source, file, texts, environment, &Library::default())
    }

    /// As [`Plan::check`], where `call` reaches the flows of the files around it too.
    ///
    /// # Errors
    /// Every fault of the file and of the flows that it calls, each with the place in its own file.
    pub fn check_among(
        source: &[u8],
        file: &str,
        texts: &Arc<dyn Texts>,
        environment: &Environment,
        library: &Library,
    ) -> Result<Arc<Plan>, Vec<Diagnostic>> {
        let checked = check::check(source, file, texts, environment, library);
        checked.map(Arc::new).map_err(|refused| refused.faults)
    }

    /// `flow@version` for records, the version shortened to 12 digits.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version.get(..LABEL_DIGITS).unwrap_or(&self.version))
    }

    /// The texts its prompts come from.
    pub fn texts(&self) -> &Arc<dyn Texts> {
        &self.texts
    }

    /// The names of its tests, in the order of the file.
    pub fn test_names(&self) -> Vec<&str> {
        self.trials.iter().map(|t| t.name.as_str()).collect()
    }

    /// The steps whose verbs this server cannot do yet, with the verbs: `flow.step`.
    pub fn not_live(&self) -> Vec<(String, &'static str)> {
        let later = self.steps.iter().filter(|step| !step.verb.contract().live);
        let name = |step: &Step| format!("{}.{}", self.flows[step.flow].name, step.name);
        later.map(|step| (name(step), step.verb.name())).collect()
    }

    /// Whether this step records the call: its `declined` is the caller's word about that.
    pub fn records_call(&self, step: &str) -> bool {
        let named = |s: &&Step| s.name == step && s.verb.name() == "record";
        self.steps.iter().find(named).is_some_and(|s| s.verb.contract().gives_notice)
    }

    /// The step that calls go to while the emergency switch is on, if the file names one.
    pub fn emergency_step(&self) -> Option<&str> {
        self.emergency().map(|step| self.steps[step].name.as_str())
    }

    pub(crate) fn emergency(&self) -> Option<usize> {
        self.flows.first().and_then(|flow| flow.emergency)
    }

    /// Its calls are placed by us.
    pub(crate) fn outbound(&self) -> bool {
        self.flows.first().is_some_and(|flow| flow.outbound)
    }

    pub(crate) fn entry(&self) -> usize {
        self.flows.first().map_or(0, |f| f.entry)
    }
}

/// A file that was looked at, sound or not: what is wrong with it, and a drawing that shows where.
pub struct Draft {
    /// Every fault and every warning, in the order of the file.
    pub faults: Vec<Diagnostic>,
    /// The plan, when nothing stops it.
    pub plan: Option<Arc<Plan>>,
    label: String,
    flows: Vec<Flow>,
    steps: Vec<Step>,
}

impl Draft {
    /// Reads and checks a file as [`Plan::check_among`] does.
    pub fn read(
        source: &[u8],
        file: &str,
        texts: &Arc<dyn Texts>,
        environment: &Environment,
        library: &Library,
    ) -> Draft {
        let label = file.to_owned();
        match check::check(source, file, texts, environment, library) {
            Ok(plan) => Draft {
                faults: plan.warnings.clone(),
                label: plan.label(),
                plan: Some(Arc::new(plan)),
                flows: Vec::new(),
                steps: Vec::new(),
            },
            Err(refused) => {
                let (flows, steps) = refused.bound.map_or_else(Default::default, |bound| *bound);
                Draft { faults: refused.faults, plan: None, label, flows, steps }
            }
        }
    }

    fn sketch(&self) -> Sketch<'_> {
        match &self.plan {
            Some(plan) => Sketch::of(plan),
            None => Sketch::marked(self.label.clone(), &self.flows, &self.steps, &self.faults),
        }
    }

    /// As [`crate::graph::svg`], with the ways to its faults in red; without steps when it cannot be read.
    pub fn svg(&self) -> String {
        graph::draw_svg(&self.sketch())
    }

    /// As [`crate::graph::text`], with the ways to its faults marked.
    pub fn text(&self) -> String {
        graph::draw_text(&self.sketch())
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.label())
    }
}
