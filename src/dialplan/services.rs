//! What a test, or somebody at the simulator, says of the services a call meets: `card declined`,
//! `agent none`, `sms fails`, `http limit=250`, `machine`, `closed`.
//!
//! Owns: the words, and which errands they speak of.
//! Never: a rule of its own: every word only chooses among the replies an errand has.

use crate::condition::Literal;
use crate::double::World;
use crate::errand::Reply;
use crate::fields::{Fields, did_you_mean};
use kdl::{KdlNode, KdlValue};

/// How errands of one verb go from now on.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Goes {
    Comes(Reply),
    Fails,
    /// No answer at all.
    Mute,
}

/// A word and what it says of which verbs.
type Says = (&'static str, &'static [(&'static str, Reply)]);

const CARD: &[Says] = &[
    ("approved", &[("pay", Reply::Paid(String::new()))]),
    ("declined", &[("pay", Reply::Declined)]),
    ("cancelled", &[("pay", Reply::Cancelled)]),
    ("unavailable", &[("pay", Reply::Unavailable)]),
    ("unknown", &[("pay", Reply::Unknown)]),
];
const AGENT: &[Says] = &[
    ("answers", &[("queue", Reply::Served), ("transfer", Reply::Answered)]),
    ("busy", &[("queue", Reply::NoAnswer), ("transfer", Reply::Busy)]),
    ("none", &[("queue", Reply::NoAnswer), ("transfer", Reply::NoAnswer)]),
    ("full", &[("queue", Reply::Full)]),
    ("closed", &[("queue", Reply::Closed)]),
    ("refused", &[("transfer", Reply::NotTransferred)]),
];
const WRITTEN: &[Says] = &[
    ("sent", &[("send", Reply::Sent(String::new()))]),
    ("not-allowed", &[("send", Reply::NotAllowed)]),
    ("no-address", &[("send", Reply::NoAddress)]),
    ("refused", &[("send", Reply::NotSent)]),
];
const HTTP: &[Says] = &[("not-found", &[("http", Reply::NotFound)])];
const RECORDING: &[Says] = &[
    ("kept", &[("record", Reply::Recorded)]),
    ("silent", &[("record", Reply::Silence)]),
    ("full", &[("record", Reply::Full)]),
];
const POLICY: &[Says] = &[
    ("allows", &[("promise", Reply::Noted), ("plan", Reply::Noted)]),
    ("refuses", &[("promise", Reply::Refused), ("plan", Reply::Refused)]),
];
const CALENDAR: &[Says] = &[
    ("free", &[("callback", Reply::Booked)]),
    ("already", &[("callback", Reply::Already)]),
    ("closed", &[("callback", Reply::Closed)]),
];

/// A service: its name in a test, its words, its verbs.
const SERVICES: [(&str, &[Says], &[&str]); 8] = [
    ("card", CARD, &["pay"]),
    ("agent", AGENT, &["queue", "transfer"]),
    ("sms", WRITTEN, &["send"]),
    ("email", WRITTEN, &["send"]),
    ("http", HTTP, &["http"]),
    ("recording", RECORDING, &["record"]),
    ("policy", POLICY, &["promise", "plan"]),
    ("calendar", CALENDAR, &["callback"]),
];
/// Words that stand alone.
const ALONE: [(&str, &[(&str, Reply)]); 6] = [
    ("human", &[("detect", Reply::Human)]),
    ("machine", &[("detect", Reply::Machine)]),
    ("unsure", &[("detect", Reply::Unsure)]),
    ("beep", &[("message", Reply::Beeped)]),
    ("no-beep", &[("message", Reply::NoBeep)]),
    ("closed", &[("queue", Reply::Closed), ("callback", Reply::Closed)]),
];

/// The lines of a test that speak of services.
pub(crate) fn lines() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(name, ..)| *name).chain(ALONE.iter().map(|(name, _)| *name))
}

/// The words that a service has; none for what stands alone or is no service.
pub(crate) fn words_of(name: &str) -> Vec<&'static str> {
    let service = SERVICES.iter().find(|(n, ..)| *n == name);
    let words = service.map(|(_, words, _)| words.iter().map(|(word, _)| *word));
    words.into_iter().flatten().chain(service.iter().flat_map(|_| ["fails", "slow"])).collect()
}

/// What these words say; `Err`: what could be said instead.
pub(crate) fn said(name: &str, word: Option<&str>) -> Result<Vec<(&'static str, Goes)>, String> {
    let comes = |verbs: &[(&'static str, Reply)]| {
        verbs.iter().map(|(verb, reply)| (*verb, Goes::Comes(reply.clone()))).collect()
    };
    if let (Some((_, verbs)), None) = (ALONE.iter().find(|(n, _)| *n == name), word) {
        return Ok(comes(verbs));
    }
    let Some((_, words, verbs)) = SERVICES.iter().find(|(n, ..)| *n == name) else {
        return Err(format!("there are {}", lines().collect::<Vec<_>>().join(", ")));
    };
    let all = |goes: Goes| verbs.iter().map(|verb| (*verb, goes.clone())).collect();
    let found = words.iter().find(|(n, _)| Some(*n) == word);
    match (word, found) {
        (_, Some((_, verbs))) => Ok(comes(verbs)),
        (Some("fails"), None) => Ok(all(Goes::Fails)),
        (Some("slow"), None) => Ok(all(Goes::Mute)),
        _ => {
            let known = words.iter().map(|(n, _)| *n).chain(["fails", "slow"]);
            let near = word.and_then(|word| did_you_mean(word, known.clone()));
            let list = known.map(|word| format!("{name} {word}")).collect::<Vec<_>>().join(", ");
            Err(near.unwrap_or_else(|| format!("write {list}")))
        }
    }
}

/// Every way in which errands of a verb can go, as lines of a test; what the store keeps fails with it too.
pub(crate) fn ways_of(verb: &str) -> Vec<String> {
    if matches!(verb, "find-case" | "verify") {
        return vec!["fail store".to_owned(), "stall store".to_owned()];
    }
    let service = SERVICES.iter().find(|(_, _, verbs)| verbs.contains(&verb));
    let says = |verbs: &[(&str, Reply)]| verbs.iter().any(|(known, _)| *known == verb);
    let words = service.map_or(&[][..], |(_, words, _)| words);
    let own = words.iter().filter(|(_, verbs)| says(verbs));
    let own = own.filter_map(|(word, _)| Some(format!("{} {word}", service?.0)));
    let alone = ALONE.iter().filter(|(_, verbs)| service.is_none() && says(verbs));
    let name = service.map_or(verb, |(name, ..)| name);
    let broken = [format!("fail {name}"), format!("stall {name}")];
    own.chain(alone.map(|(word, _)| (*word).to_owned())).chain(broken).collect()
}

/// Reads such a line of a test. `http limit=250 "a.b"="x"` gives the fields of the answer.
pub(crate) fn read(
    node: &KdlNode,
    fields: &mut Fields<'_, '_, '_>,
) -> Option<Vec<(&'static str, Goes)>> {
    let name = node.name().value();
    let given = fields.other_properties();
    if name == "http" && !given.is_empty() {
        let field = |entry: &&kdl::KdlEntry| {
            Some((entry.name()?.value().to_owned(), literal(entry.value())?))
        };
        let answer = given.iter().filter_map(field).collect();
        return Some(vec![("http", Goes::Comes(Reply::Fields(answer)))]);
    }
    let word = fields.next().and_then(|entry| entry.value().as_string());
    match said(name, word) {
        Ok(goes) => Some(goes),
        Err(help) => {
            let text = format!("'{name}' does not go like this");
            fields.faults.error(crate::fields::name_span(node), text).help = Some(help);
            None
        }
    }
}

fn literal(value: &KdlValue) -> Option<Literal> {
    match value {
        KdlValue::String(text) => Some(Literal::Text(text.clone())),
        KdlValue::Bool(truth) => Some(Literal::Truth(*truth)),
        KdlValue::Integer(n) => i64::try_from(*n).ok()?.checked_mul(100).map(Literal::Number),
        KdlValue::Float(f) if f.abs() < 1e12 => Some(Literal::Number((f * 100.0).round() as i64)),
        KdlValue::Float(_) | KdlValue::Null => None,
    }
}

/// The verbs whose errands a service does, for `fail` and `mend`; a verb may be named itself.
pub(crate) fn verbs_of(name: &str) -> Option<Vec<&'static str>> {
    let service = SERVICES.iter().find(|(n, ..)| *n == name).map(|(_, _, verbs)| verbs.to_vec());
    service.or_else(|| {
        let spec =
            crate::verbs::ALL.iter().find(|spec| spec.name == name && spec.contract.errand)?;
        Some(vec![spec.name])
    })
}

impl Goes {
    /// What `fail`, `stall` or `mend` does to a service.
    pub(crate) fn named(how: &str) -> Goes {
        match how {
            "fail" => Goes::Fails,
            "stall" => Goes::Mute,
            // As if nothing had been said of it.
            _ => Goes::Comes(Reply::Paid(String::new())),
        }
    }
}

impl World {
    /// Errands go like this from now on.
    pub(crate) fn let_go(&mut self, goes: &[(&'static str, Goes)]) {
        for (verb, goes) in goes {
            self.failing.remove(verb);
            self.mute.remove(verb);
            self.replies.remove(verb);
            match goes {
                Goes::Fails => drop(self.failing.insert(verb)),
                Goes::Mute => drop(self.mute.insert(verb)),
                // The hoped-for reply with its digits is what comes when nothing is said.
                Goes::Comes(Reply::Paid(_) | Reply::Sent(_)) => {}
                Goes::Comes(reply) => drop(self.replies.insert(verb, reply.clone())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errand::{Channel, Errand, Ground, Question, Reason, Recording};
    use crate::trial::{Line, What};
    use ids::{CaseId, Currency, Money};
    use jiff::civil::{date, time};
    use std::time::Duration;

    /// One errand of every kind.
    fn errands() -> Vec<Errand> {
        let (case, amount) = (CaseId(1), Money::new(100, Currency::PLN));
        let (by, ring) = (date(2026, 12, 1), Duration::from_secs(20));
        let nine = time(9, 0, 0, 0);
        vec![
            Errand::Pay { case, amount },
            Errand::Promise { case, amount, by },
            Errand::Plan { case, instalments: vec![(by, amount)] },
            Errand::Reason { case, reason: Reason::Forgot },
            Errand::Dispute { case, ground: Ground::Other },
            Errand::Hardship { case, until: by },
            Errand::OptOut { number: None, case: None, undo: false },
            Errand::Send { case, channel: Channel::Sms, template: "t".into() },
            Errand::Send { case, channel: Channel::Email, template: "t".into() },
            Errand::Queue { queue: "q".into(), whisper: None, max_wait: ring, verified: true },
            Errand::Transfer { to: "1".into(), attended: false, ring },
            Errand::Callback { day: by, from: nine, until: nine, number: "1".into(), case: None },
            Errand::Survey { case: None, question: Question::Nps, score: 1 },
            Errand::Record { what: Recording::Message, longest: ring },
            Errand::Beep,
            Errand::Detect { within: ring },
            Errand::Http { service: "s".into(), send: vec![], take: vec![], within: ring },
        ]
    }

    #[test]
    fn every_reply_of_every_errand_its_failure_and_its_silence_have_a_line_in_tests() {
        for errand in errands() {
            let verb = errand.verb();
            let mut world = World::default();
            let mut seen = Vec::new();
            for text in ways_of(verb) {
                let Some(Line { what: What::Services(goes), .. }) = Line::written(&text) else {
                    panic!("'{text}' is no line of a test");
                };
                world.let_go(&goes);
                seen.push(world.replies.get(verb).cloned());
                assert!(!text.starts_with("fail") || world.failing.contains(verb), "{text}");
                assert!(!text.starts_with("stall") || world.mute.contains(verb), "{text}");
            }
            // The first is what comes by itself.
            for reply in errand.replies().into_iter().skip(1) {
                assert!(seen.contains(&Some(reply.clone())), "{verb}: no line gives {reply:?}");
            }
        }
    }
}
