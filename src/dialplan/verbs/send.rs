//! `send`: a written message to the address on file, never to one that a caller names.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::errand::{Channel, Errand, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;
use std::ops::Range;
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "send",
    does: "Sends a text of the catalogue by SMS or e-mail to the address on file, if the contact \
           rules allow it; says so. Texts about money go only to the right party.",
    words: &[
        word("by", "by sms|email", "which way (habit: sms)"),
        word("text", "text sms_payment_link", "the text's id in the catalogue"),
    ],
    outcomes: &[
        way(Outcome::Sent, Need::Bound, false, "handed to the gateway"),
        way(Outcome::Failed, Need::Bound, false, "the gateway refused it"),
        way(Outcome::NotAllowed, Need::Bound, false, "the contact rules forbid it now"),
        way(Outcome::NoAddress, Need::Bound, false, "there is no address on file"),
        way(Outcome::Error, Need::Bound, false, "nobody answered within 3 s"),
    ],
    example: "send link {\n    by sms; text sms_payment_link\n    sent main; failed person; \
              not-allowed main; no-address person; error trouble\n}",
    contract: Contract { verified: true, ledger: true, ..Contract::ERRAND },
};

/// Texts that say nothing of money or of a case.
const NEUTRAL: [&str; 4] = ["sms_missed_call", "sms_callback", "sms_stop_ack", "sms_survey"];

#[derive(Clone, Debug)]
pub(crate) struct Send {
    channel: Channel,
    pub(crate) template: String,
    pub(crate) span: Range<usize>,
}

#[derive(Debug)]
struct Sending(Channel);

impl Send {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let known = [("sms", Channel::Sms), ("email", Channel::Email)];
        let channel = reader.one_of("by", &known).unwrap_or(Channel::Sms);
        let text = reader.needed_word("text", "text sms_payment_link");
        let (template, span) = text.unwrap_or_default();
        Self { channel, template, span }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let said = match self.channel {
            Channel::Email => Spoken::built_in("email_sent"),
            Channel::Sms => Spoken::built_in("message_sent").filled(&["phone_last3_digits"]),
        };
        vec![said, Spoken::built_in("please_wait")]
    }

    /// True for a text that only the right party may get.
    pub(crate) fn confidential(&self) -> bool {
        !NEUTRAL.contains(&self.template.as_str())
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if self.confidential() && !walk.verified() {
            return walk.leave(Outcome::Error);
        }
        let Some(case) = walk.case.as_ref().map(|c| c.id) else {
            return walk.leave(Outcome::NoAddress);
        };
        let (channel, template) = (self.channel, self.template.clone());
        walk.errand(Errand::Send { case, channel, template }, Sending(channel));
    }
}

/// What is said of it: never the address itself, of a number its last digits.
fn said(channel: Channel, digits: String) -> Option<Spoken> {
    match channel {
        Channel::Email => Some(Spoken::built_in("email_sent")),
        Channel::Sms if digits.is_empty() => None,
        Channel::Sms => {
            let said = Spoken::built_in("message_sent");
            Some(said.with("phone_last3_digits", Value::Digits(digits)))
        }
    }
}

impl talk::Talk for Sending {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Sent(digits) => match said(self.0, digits) {
                Some(words) => walk.say_then(&[words], Outcome::Sent),
                None => walk.leave(Outcome::Sent),
            },
            Reply::NotAllowed => walk.leave(Outcome::NotAllowed),
            Reply::NoAddress => walk.leave(Outcome::NoAddress),
            Reply::NotSent => walk.leave(Outcome::Failed),
            _ => walk.leave(Outcome::Error),
        }
    }
}
