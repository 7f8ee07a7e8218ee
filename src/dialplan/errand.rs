//! What a walk has done elsewhere, and what it may be told of it: closed enums, no wire, no table.
//!
//! ```text
//!  step ──Action::Errand──▶ exchange ──▶ vault, store, queue, gateway …
//!   ▲                                            │
//!   └── WalkEvent::Done(reply) ── or ServiceFailed, or nothing within `longest` ──┘
//! ```
//! Owns: the list of errands, how long each may take, what can come of it.
//! Never: a card digit, a PIN; who does the errand.

use crate::condition::Literal;
use crate::limits;
use crate::plan::Outcome;
use ids::{CaseId, Money};
use jiff::civil::{Date, Time};
use std::time::Duration;

/// Something a walk has done elsewhere. Answer with `WalkEvent::Done` or `ServiceFailed`.
#[derive(Clone, PartialEq, Debug)]
pub enum Errand {
    /// Take a card payment in this call; the keys go to the vault until the answer comes.
    Pay {
        /// For which case.
        case: CaseId,
        /// How much.
        amount: Money,
    },
    /// Keep a promise to pay.
    Promise {
        /// For which case.
        case: CaseId,
        /// How much.
        amount: Money,
        /// By which day.
        by: Date,
    },
    /// Keep an instalment plan.
    Plan {
        /// For which case.
        case: CaseId,
        /// Due dates and amounts, in order; the amounts add up to what is owed.
        instalments: Vec<(Date, Money)>,
    },
    /// Keep why paying was difficult.
    Reason {
        /// For which case.
        case: CaseId,
        /// Why.
        reason: Reason,
    },
    /// Open a dispute; contact pauses while it is looked into.
    Dispute {
        /// For which case.
        case: CaseId,
        /// What is wrong.
        ground: Ground,
    },
    /// Pause contact: the person is going through a difficult time.
    Hardship {
        /// For which case.
        case: CaseId,
        /// Until this day, inclusive.
        until: Date,
    },
    /// Stop automated calls, or take that back.
    OptOut {
        /// The calling number, E.164; `None`: hidden, then the case's numbers are meant.
        number: Option<String>,
        /// The case, where one is known.
        case: Option<CaseId>,
        /// Take it back.
        undo: bool,
    },
    /// This number is not the person's: it leaves the case.
    WrongNumber {
        /// The number, E.164; `None`: hidden, then the one we called.
        number: Option<String>,
        /// The case, where one is known.
        case: Option<CaseId>,
    },
    /// Send a written message to the address on file.
    Send {
        /// Whose address.
        case: CaseId,
        /// By which way.
        channel: Channel,
        /// The text's id in the catalogue.
        template: String,
    },
    /// Let the caller wait for a negotiator and talk to one. Report `WalkEvent::Progress` meanwhile.
    Queue {
        /// Its name.
        queue: String,
        /// What the negotiator sees or hears first.
        whisper: Option<String>,
        /// Longest wait; then `NoAnswer`.
        max_wait: Duration,
        /// The right party is proved: the negotiator need not ask again.
        verified: bool,
    },
    /// Transfer the call.
    Transfer {
        /// A number or SIP URI.
        to: String,
        /// Speak with the other side first; else blind.
        attended: bool,
        /// Ring so long.
        ring: Duration,
    },
    /// Book a call back.
    Callback {
        /// The day.
        day: Date,
        /// From this time.
        from: Time,
        /// Until this time.
        until: Time,
        /// To this number, as keyed or E.164.
        number: String,
        /// About which case.
        case: Option<CaseId>,
    },
    /// Keep a caller's score.
    Survey {
        /// About which case.
        case: Option<CaseId>,
        /// Which question.
        question: Question,
        /// The score.
        score: u8,
    },
    /// Record.
    Record {
        /// What.
        what: Recording,
        /// At most so long.
        longest: Duration,
    },
    /// Wait for a machine's beep, so that a message can be left.
    Beep,
    /// Find out whether a person or a machine has answered.
    Detect {
        /// Decide within this time.
        within: Duration,
    },
    /// Ask a service of the firm over HTTP, JSON both ways.
    Http {
        /// Its name in the configuration.
        service: String,
        /// Fields of the request.
        send: Vec<(String, Literal)>,
        /// Fields of the answer that are wanted, as dotted paths.
        take: Vec<String>,
        /// Answer within this time.
        within: Duration,
    },
}

/// Why paying was difficult.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Reason {
    Forgot,
    Cannot,
    Disagree,
    Difficult,
}

/// What a dispute is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Ground {
    PaidAlready,
    WrongAmount,
    NotMine,
    Other,
}

/// A way of writing to somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Channel {
    Sms,
    Email,
}

/// A question of the survey.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// Satisfaction, 1–5.
    Csat,
    /// Effort, 1–7.
    Ces,
    /// Recommendation, 0–10.
    Nps,
}

/// What is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recording {
    /// The call, from now on; answered at once.
    Call,
    /// A message of the caller, after a tone, until `#` or silence.
    Message,
}

/// What came of an errand.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// Kept, and durable: promise, plan, reason, dispute, hardship, opt-out, survey.
    Noted,
    /// The firm's rules do not allow it: promise, plan.
    Refused,
    /// Paid, with the digits of its confirmation.
    Paid(String),
    /// The bank said no; nothing was charged.
    Declined,
    /// The caller stopped it.
    Cancelled,
    /// No card can be taken now.
    Unavailable,
    /// Nobody knows yet whether it was charged.
    Unknown,
    /// Sent; the last digits of the number, empty for e-mail.
    Sent(String),
    /// The contact rules forbid it.
    NotAllowed,
    /// No address on file.
    NoAddress,
    /// The gateway refused it.
    NotSent,
    /// A negotiator and the caller have talked; that talk is over.
    Served,
    /// The queue is full.
    Full,
    /// Nobody works now.
    Closed,
    /// Nobody answered in time.
    NoAnswer,
    /// The other side has answered and has the call.
    Answered,
    /// The other side is busy.
    Busy,
    /// The transfer failed.
    NotTransferred,
    /// The call back is booked.
    Booked,
    /// One was booked before.
    Already,
    /// The recording runs, or the message is kept.
    Recorded,
    /// Nothing was said.
    Silence,
    /// The beep has sounded: speak.
    Beeped,
    /// None came within 20 s.
    NoBeep,
    /// A person.
    Human,
    /// A machine.
    Machine,
    /// Neither is sure; treated as a person.
    Unsure,
    /// The fields of the answer, by their paths; missing ones left out.
    Fields(Vec<(String, Literal)>),
    /// The service knows nothing of it (404).
    NotFound,
}

/// News while an errand goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The place in the queue, from 1, and the minutes that are expected.
    Place {
        /// From 1.
        position: u32,
        /// Rounded up.
        minutes: u32,
    },
    /// Caller and negotiator talk.
    Connected,
}

impl Errand {
    /// The verb whose errand this is.
    pub fn verb(&self) -> &'static str {
        match self {
            Errand::Pay { .. } => "pay",
            Errand::Promise { .. } => "promise",
            Errand::Plan { .. } => "plan",
            Errand::Reason { .. } => "reason",
            Errand::Dispute { .. } => "dispute",
            Errand::Hardship { .. } => "hardship",
            Errand::OptOut { .. } => "opt-out",
            Errand::WrongNumber { .. } => "wrong-number",
            Errand::Send { .. } => "send",
            Errand::Queue { .. } => "queue",
            Errand::Transfer { .. } => "transfer",
            Errand::Callback { .. } => "callback",
            Errand::Survey { .. } => "survey",
            Errand::Record { .. } => "record",
            Errand::Beep => "message",
            Errand::Detect { .. } => "detect",
            Errand::Http { .. } => "http",
        }
    }

    /// How long the walk waits for an answer; then the errand has failed and is cancelled.
    pub fn longest(&self) -> Duration {
        match self {
            Errand::Pay { .. } => limits::PAY_LONGEST,
            Errand::Queue { max_wait, .. } => *max_wait + limits::QUEUE_GRACE,
            Errand::Transfer { ring, .. } => *ring + limits::QUEUE_GRACE,
            Errand::Record { longest, .. } => *longest + limits::RECORD_GRACE,
            Errand::Beep => limits::BEEP_LONGEST,
            Errand::Detect { within } => *within + limits::DETECT_GRACE,
            Errand::Http { within, .. } => *within,
            Errand::Promise { .. }
            | Errand::Plan { .. }
            | Errand::Reason { .. }
            | Errand::Dispute { .. }
            | Errand::Hardship { .. }
            | Errand::OptOut { .. }
            | Errand::WrongNumber { .. }
            | Errand::Send { .. }
            | Errand::Callback { .. }
            | Errand::Survey { .. } => limits::SERVICE_LONGEST,
        }
    }

    /// A silence that is nobody's fault is filled with `please_wait`; where something is heard
    /// meanwhile, or must not be, it is not.
    pub(crate) fn filled(&self) -> bool {
        !matches!(
            self,
            Errand::Pay { .. }
                | Errand::Queue { .. }
                | Errand::Transfer { .. }
                | Errand::Record { .. }
                | Errand::Beep
                | Errand::Detect { .. }
        )
    }

    /// Every kind of answer there can be, the hoped-for one first.
    pub fn replies(&self) -> Vec<Reply> {
        use Reply as R;
        match self {
            Errand::Pay { .. } => vec![
                R::Paid("20261120".to_owned()),
                R::Declined,
                R::Cancelled,
                R::Unavailable,
                R::Unknown,
            ],
            Errand::Promise { .. } | Errand::Plan { .. } => vec![R::Noted, R::Refused],
            Errand::Reason { .. }
            | Errand::Dispute { .. }
            | Errand::Hardship { .. }
            | Errand::OptOut { .. }
            | Errand::WrongNumber { .. }
            | Errand::Survey { .. } => vec![R::Noted],
            Errand::Send { channel, .. } => {
                let digits = if *channel == Channel::Sms { "200" } else { "" };
                vec![R::Sent(digits.to_owned()), R::NotAllowed, R::NoAddress, R::NotSent]
            }
            Errand::Queue { .. } => vec![R::Served, R::Full, R::Closed, R::NoAnswer],
            Errand::Transfer { .. } => vec![R::Answered, R::Busy, R::NoAnswer, R::NotTransferred],
            Errand::Callback { .. } => vec![R::Booked, R::Already, R::Closed],
            Errand::Record { .. } => vec![R::Recorded, R::Silence, R::Full],
            Errand::Beep => vec![R::Beeped, R::NoBeep],
            Errand::Detect { .. } => vec![R::Human, R::Machine, R::Unsure],
            Errand::Http { .. } => vec![R::Fields(Vec::new()), R::NotFound],
        }
    }

    /// How a step is left when no answer came in time.
    pub(crate) fn late(&self) -> Outcome {
        match self {
            Errand::Http { .. } => Outcome::Timeout,
            // Silence is never a machine.
            Errand::Detect { .. } => Outcome::Unknown,
            Errand::Beep => Outcome::NoBeep,
            Errand::Pay { .. } => Outcome::Unknown,
            Errand::Queue { .. } | Errand::Transfer { .. } => Outcome::NoAnswer,
            _ => Outcome::Error,
        }
    }

    /// What a test may compare and the simulator shows: names and plain values.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let text = |name, value: &str| vec![(name, value.to_owned())];
        match self {
            Errand::Pay { amount, .. } => vec![("amount", amount.to_string())],
            Errand::Promise { amount, by, .. } => {
                vec![("amount", amount.to_string()), ("by", by.to_string())]
            }
            Errand::Plan { instalments, .. } => {
                let first = instalments.first();
                let last = instalments.last();
                let each = first.map(|(_, m)| ("each", m.to_string()));
                let from = first.map(|(day, _)| ("from", day.to_string()));
                let until = last.map(|(day, _)| ("until", day.to_string()));
                let last = last.map(|(_, m)| ("last", m.to_string()));
                let count = ("count", instalments.len().to_string());
                [Some(count), each, last, from, until].into_iter().flatten().collect()
            }
            Errand::Reason { reason, .. } => text("reason", reason.name()),
            Errand::Dispute { ground, .. } => text("ground", ground.name()),
            Errand::Hardship { until, .. } => vec![("until", until.to_string())],
            Errand::OptOut { undo, .. } => vec![("undo", undo.to_string())],
            Errand::Send { channel, template, .. } => {
                vec![("by", channel.name().to_owned()), ("template", template.clone())]
            }
            Errand::Queue { queue, verified, .. } => {
                vec![("to", queue.clone()), ("verified", verified.to_string())]
            }
            Errand::Transfer { to, .. } => text("to", to),
            Errand::Callback { day, from, until, number, .. } => vec![
                ("day", day.to_string()),
                ("from", clock(*from)),
                ("until", clock(*until)),
                ("number", number.clone()),
            ],
            Errand::Survey { question, score, .. } => {
                vec![("question", question.name().to_owned()), ("score", score.to_string())]
            }
            Errand::Record { what, .. } => text("what", what.name()),
            Errand::Beep | Errand::Detect { .. } | Errand::WrongNumber { .. } => Vec::new(),
            Errand::Http { service, send, .. } => {
                let sent = send.iter().map(|(name, value)| format!("{name}={value}"));
                let sent = sent.collect::<Vec<_>>().join(" ");
                vec![("service", service.clone()), ("send", sent)]
            }
        }
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

impl Reason {
    /// As it stands in a flow file.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Forgot => "forgot",
            Reason::Cannot => "cannot",
            Reason::Disagree => "disagree",
            Reason::Difficult => "difficult",
        }
    }
}

impl Ground {
    /// A word for records.
    pub const fn name(self) -> &'static str {
        match self {
            Ground::PaidAlready => "paid-already",
            Ground::WrongAmount => "wrong-amount",
            Ground::NotMine => "not-mine",
            Ground::Other => "other",
        }
    }
}

impl Channel {
    /// As it stands in a flow file.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }
}

impl Question {
    /// As it stands in a flow file.
    pub const fn name(self) -> &'static str {
        match self {
            Question::Csat => "csat",
            Question::Ces => "ces",
            Question::Nps => "nps",
        }
    }
}

impl Recording {
    /// As it stands in a flow file.
    pub const fn name(self) -> &'static str {
        match self {
            Recording::Call => "call",
            Recording::Message => "message",
        }
    }
}
