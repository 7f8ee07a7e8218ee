//! `when`: a branch by what is known.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::condition::Condition;
use crate::event::Trace;
use crate::fields::name_span;
use crate::plan::Outcome;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use kdl::KdlNode;
use std::ops::Range;

pub(crate) const SPEC: Spec = Spec {
    name: "when",
    does: "Goes one way or another by a condition in CEL. Values: case.found, case.lang, case.due, \
           case.due_date, case.days_overdue, case.creditor, caller.known, caller.number, \
           caller.verified, call.called, call.lang, hours.open, history.calls, \
           history.promises_broken, history.promises_kept, history.payments, history.late, \
           history.days_since_contact, case.promised, case.promise_date, case.instalment, segment, today, set.NAME. \
           A first-time late payer hears a kinder text than a broken promise: if \
           \"history.promises_broken > 0\" STEP; if \"history.late <= 1\" STEP. What only the right party may hear \
           may also decide a branch only behind the 'ok' of a 'verify'. A comparison with \
           something not known does not hold.",
    words: &[
        word("if", "if \"case.due > 0\" STEP", "the first that holds is taken; at most 20"),
        word("is", "is \"hours.open\"", "one condition, with the outcomes yes and no"),
    ],
    outcomes: &[
        way(Outcome::Yes, Need::Free, false, "the condition of 'is' holds"),
        way(Outcome::No, Need::Free, false, "it does not"),
        way(Outcome::Else, Need::Free, false, "no 'if' holds"),
    ],
    example: "when how-much {\n    if \"case.due == 0\" nothing\n    if \"case.due_date < today\" \
              overdue\n    else not-yet\n}",
    contract: Contract::SILENT,
};

const IFS_MAX: usize = 20;

pub(crate) struct When {
    pub(crate) branches: Vec<Branch>,
    /// The condition of `is`, with the outcomes yes and no.
    yes_no: bool,
}

pub(crate) struct Branch {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
    pub(crate) condition: Condition,
}

impl When {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let mut branches = Vec::new();
        let is = reader.line("is");
        let ifs = reader.lines("if");
        let yes_no = is.is_some();
        if is.is_some() != ifs.is_empty() || ifs.len() > IFS_MAX {
            let text = format!("a 'when' has one 'is', or 1 to {IFS_MAX} 'if' and an 'else'");
            let fault = reader.faults.error(name_span(reader.node), text);
            fault.help = Some("write is \"hours.open\"; yes STEP; no STEP".to_owned());
        }
        if let Some(line) = is {
            branches.extend(read_branch(reader, line, 1));
        }
        for line in ifs.into_iter().take(IFS_MAX) {
            let outcome = Outcome::If(branches.len() as u8);
            reader.exit(outcome, line, 1);
            let fallback = || Branch {
                text: String::new(),
                span: 0..0,
                condition: Condition::Value(crate::condition::Literal::Truth(false)),
            };
            branches.push(read_branch(reader, line, 2).unwrap_or_else(fallback));
        }
        Self { branches, yes_no }
    }

    pub(crate) fn ways(&self) -> Vec<(Outcome, Need)> {
        match self.yes_no {
            true => vec![(Outcome::Yes, Need::Bound), (Outcome::No, Need::Bound)],
            false => {
                let ifs = (0..self.branches.len()).map(|n| (Outcome::If(n as u8), Need::Free));
                ifs.chain([(Outcome::Else, Need::Bound)]).collect()
            }
        }
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let sight = walk.sight();
        let taken = self.branches.iter().position(|b| b.condition.holds(&sight));
        let because = match taken {
            Some(index) => self.branches[index].text.clone(),
            None if self.yes_no => {
                format!("not: {}", self.branches.first().map_or("", |b| &b.text))
            }
            None => "else".to_owned(),
        };
        // Behind the first that holds, none was looked at.
        let looked_at = taken.map_or(self.branches.len(), |index| index + 1);
        let mut known = Vec::new();
        self.branches[..looked_at].iter().for_each(|b| b.condition.tell(&sight, &mut known));
        let step = walk.step().to_owned();
        walk.trace(Trace::Branch { step, because, known });
        walk.leave(match (taken, self.yes_no) {
            (Some(_), true) => Outcome::Yes,
            (None, true) => Outcome::No,
            (Some(index), false) => Outcome::If(index as u8),
            (None, false) => Outcome::Else,
        });
    }
}

/// A condition on a line that has so many arguments.
fn read_branch<'n>(
    reader: &mut StepReader<'n, '_, '_>,
    line: &'n KdlNode,
    arguments: usize,
) -> Option<Branch> {
    let variables = reader.variables;
    let mut fields = reader.fields(line);
    let (text, span) = fields.word("a condition in double quotes")?;
    for _ in 1..arguments {
        fields.next();
    }
    fields.finish(&[]);
    match Condition::read(&text, variables) {
        Ok(condition) => Some(Branch { text, span, condition }),
        Err(wrong) => {
            reader.faults.error(span, wrong.message).help = wrong.help;
            None
        }
    }
}
