//! `http`: asks a service of the firm, JSON both ways; typed fields of its answer become variables.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::condition::{Literal, Type};
use crate::errand::{Errand, Reply};
use crate::fields::{did_you_mean, name_span};
use crate::limits::{HTTP_FIELDS_MAX, SERVICE_LONGEST};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;
use kdl::KdlNode;
use std::time::Duration;

pub(crate) const SPEC: Spec = Spec {
    name: "http",
    does: "Sends values to a service of the firm and takes fields of its JSON answer into variables \
           (set.NAME). The service's address stands in the server's configuration. After 1.5 s the \
           caller hears please_wait, after 3 s it has failed. Keys of a caller are never sent.",
    words: &[
        word("service", "service crm-offers", "the service's name in the configuration"),
        word("send", "send case=case.number lang=call.lang", "names and values of the request"),
        word(
            "take",
            "take offer \"best.amount\" as=number",
            "variable, path in the answer, kind: number, text, truth or date",
        ),
        word("within", "within \"3s\"", "answer within this time (500ms–3s)"),
    ],
    outcomes: &[
        way(Outcome::Ok, Need::Bound, false, "answered; every field taken has its kind"),
        way(Outcome::NotFound, Need::Bound, false, "the service knows nothing of it (404)"),
        way(Outcome::Timeout, Need::Bound, false, "no answer in time"),
        way(Outcome::Error, Need::Bound, false, "no service, no JSON, or a field of another kind"),
    ],
    example: "http offers {\n    service crm-offers; send case=case.number\n    take discount \
              \"best.percent\" as=number\n    ok offer; not-found main; timeout main; error main\n}",
    contract: Contract { ..Contract::ERRAND },
};

/// What may be sent; never a key, a PIN or a card.
const SOURCES: [&str; 7] = [
    "case.number",
    "case.due",
    "case.due-date",
    "caller.number",
    "call.called",
    "call.lang",
    "segment",
];

#[derive(Clone, Debug)]
pub(crate) struct Http {
    service: String,
    /// Name in the request, and where its value comes from: one of [`SOURCES`] or `set.NAME`.
    send: Vec<(String, String)>,
    take: Vec<Take>,
    pub(crate) within: Duration,
}

/// One field of the answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Take {
    variable: String,
    path: String,
    kind: Type,
}

#[derive(Debug)]
struct Fetching(Vec<Take>);

impl Http {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let service = reader.needed_word("service", "service crm-offers").unwrap_or_default().0;
        let send = read_send(reader);
        let lines = reader.lines("take");
        let mut take = Vec::new();
        for line in lines {
            match read_take(line) {
                Some(read) if take.len() < HTTP_FIELDS_MAX => take.push(read),
                Some(_) => {
                    let text = format!("one answer gives at most {HTTP_FIELDS_MAX} fields");
                    reader.faults.error(name_span(line), text).help =
                        Some("take fewer, or ask a second time".to_owned());
                }
                None => {
                    let text = "'take' needs a variable, a path and a kind";
                    reader.faults.error(name_span(line), text).help =
                        Some("write take offer \"best.amount\" as=number".to_owned());
                }
            }
        }
        let within = reader.time_line("within", Duration::from_millis(500)..=SERVICE_LONGEST);
        Self { service, send, take, within: within.unwrap_or(SERVICE_LONGEST) }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        vec![Spoken::built_in("please_wait")]
    }

    /// The values of a case that leave the house.
    pub(crate) fn sends(&self) -> impl Iterator<Item = &str> {
        self.send.iter().map(|(_, source)| source.as_str())
    }

    /// The variables that it sets.
    pub(crate) fn takes(&self) -> Vec<&str> {
        self.take.iter().map(|take| take.variable.as_str()).collect()
    }

    /// Variable, path and kind of every field that is taken.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str, Type)> {
        self.take.iter().map(|t| (t.variable.as_str(), t.path.as_str(), t.kind))
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let value = |source: &str| match source.strip_prefix("set.") {
            Some(own) => walk.set.iter().find(|(n, _)| n == own).map(|(_, v)| v.clone()),
            None => crate::condition::look(&source.replace("due-date", "due_date"), &walk.sight()),
        };
        // What only the right party may hear leaves the house only for the right party.
        let about_case = self.sends().any(|source| source.starts_with("case."));
        if about_case && !walk.verified() {
            return walk.leave(Outcome::Error);
        }
        let send = self.send.iter().filter_map(|(n, source)| Some((n.clone(), value(source)?)));
        let errand = Errand::Http {
            service: self.service.clone(),
            send: send.collect(),
            take: self.take.iter().map(|t| t.path.clone()).collect(),
            within: self.within,
        };
        walk.errand(errand, Fetching(self.take.clone()));
    }
}

fn read_send(reader: &mut StepReader<'_, '_, '_>) -> Vec<(String, String)> {
    let mut send = Vec::new();
    let Some(line) = reader.line("send") else { return send };
    let variables = reader.variables;
    let mut fields = reader.fields(line);
    for entry in fields.other_properties() {
        let name = entry.name().map(|n| n.value().to_owned()).unwrap_or_default();
        let Some((source, span)) = fields.text(entry, "a value such as case.number") else {
            continue;
        };
        let own = source.strip_prefix("set.");
        let known = own.is_some_and(|own| variables.iter().any(|(n, _)| n == own));
        if !known && !SOURCES.contains(&source.as_str()) {
            let fault = fields.faults.error(span, format!("there is no value '{source}' to send"));
            fault.help = did_you_mean(&source, SOURCES)
                .or_else(|| Some(format!("there are {} and set.NAME", SOURCES.join(", "))));
            continue;
        }
        send.push((name, source));
    }
    fields.finish(&[]);
    if send.len() > HTTP_FIELDS_MAX {
        let text = format!("one request has at most {HTTP_FIELDS_MAX} fields");
        reader.faults.error(name_span(line), text).help = Some("send fewer".to_owned());
    }
    send
}

/// `take offer "best.amount" as=number`
pub(crate) fn read_take(line: &KdlNode) -> Option<Take> {
    let mut words = line.entries().iter().filter(|e| e.name().is_none());
    let variable = words.next()?.value().as_string()?.to_owned();
    let path = words.next()?.value().as_string()?.to_owned();
    let kind = line.get("as")?.as_string()?;
    let kind = Type::NAMED.iter().find(|(name, _)| *name == kind)?.1;
    let plain = variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && words.next().is_none() && line.entries().len() == 3 && !path.is_empty())
        .then_some(Take { variable, path, kind })
}

/// The variable a `take` line makes.
pub(crate) fn variable(line: &KdlNode) -> Option<(String, Type)> {
    read_take(line).map(|take| (take.variable, take.kind))
}

impl talk::Talk for Fetching {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        let fields = match reply {
            Reply::Fields(fields) => fields,
            Reply::NotFound => return walk.leave(Outcome::NotFound),
            _ => return walk.leave(Outcome::Error),
        };
        let mut taken = Vec::new();
        for take in &self.0 {
            let found = fields.iter().find(|(path, _)| *path == take.path);
            match found.and_then(|(_, value)| take.kind.fit(value.clone())) {
                Some(value) => taken.push((take.variable.clone(), value)),
                None => return walk.leave(Outcome::Error),
            }
        }
        for (name, value) in taken {
            walk.remember(name, value);
        }
        walk.leave(Outcome::Ok);
    }
}

/// A date comes as a text in JSON.
impl Type {
    fn fit(self, value: Literal) -> Option<Literal> {
        match (self, value) {
            (Type::Day, Literal::Text(text)) => text.parse().ok().map(Literal::Day),
            (kind, value) => (value.kind() == kind).then_some(value),
        }
    }
}
