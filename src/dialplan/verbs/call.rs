//! `call`: walks another flow, of this file or of another one in its directory, and comes back.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::plan::Outcome;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use std::ops::Range;

pub(crate) const SPEC: Spec = Spec {
    name: "call",
    does: "Walks another flow: of this file, or of another .kdl in its directory. Where that flow leads to 'end', the call comes back \
           here and goes on by 'then'. Flows call each other at most 8 deep, never in a circle.",
    words: &[word("flow", "flow NAME", "which flow")],
    outcomes: &[
        way(Outcome::Then, Need::Bound, false, "the other flow came to its end"),
        way(Outcome::Error, Need::Free, false, "it could not be walked"),
    ],
    example: "call our-terms {\n    flow privacy\n    then main\n}",
    contract: Contract::SILENT,
};

pub(crate) struct Call {
    pub(crate) flow: String,
    pub(crate) span: Range<usize>,
}

impl Call {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Option<Self> {
        let line = reader.needed("flow", "flow privacy")?;
        let mut fields = reader.fields(line);
        let (flow, span) = fields.word("the name of a flow")?;
        fields.finish(&[]);
        Some(Self { flow, span })
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let entry = walk.plan.flows.iter().find(|f| f.name == self.flow).map(|f| f.entry);
        match entry {
            Some(entry) => walk.call_flow(entry),
            None => walk.leave(Outcome::Error),
        }
    }
}
