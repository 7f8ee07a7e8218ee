//! What the publish gate may rely on about a verb, whatever stands in its step.

use std::time::Duration;

/// A verb's promise to the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Contract {
    /// The caller hears something.
    pub(crate) speaks: bool,
    /// Longest time without a prompt and without a question: services, rings, card entry.
    pub(crate) waits: Duration,
    /// Questions one after the other at most; each is as patient as its step says, else 3 times.
    pub(crate) questions: u8,
    /// Keys that the longest way through them needs.
    pub(crate) keys: u8,
    /// The call can end here.
    pub(crate) ends: bool,
    /// A person is on the line, or the caller gets one.
    pub(crate) person: bool,
    /// Only for the right party: L05.
    pub(crate) verified: bool,
    /// Reaches out to somebody: the contact ledger is asked first, L09.
    pub(crate) ledger: bool,
    /// Is recorded: a notice comes before it, L10.
    pub(crate) notice: bool,
    /// Its `done` means that the caller was told of the recording and did not decline it.
    pub(crate) gives_notice: bool,
    /// Asks a service that may not answer: has a time-out and an outcome for it, L12.
    pub(crate) lookup: bool,
    /// Takes secrets from the keys, which go nowhere else: L06.
    pub(crate) secrets: bool,
    /// What it does is done elsewhere, and comes back as a reply.
    pub(crate) errand: bool,
    /// Its machinery exists in this server.
    pub(crate) live: bool,
}

impl Contract {
    /// Says nothing, asks nothing, works here and now.
    pub(crate) const SILENT: Contract = Contract {
        speaks: false,
        waits: Duration::ZERO,
        questions: 0,
        keys: 0,
        ends: false,
        person: false,
        verified: false,
        ledger: false,
        notice: false,
        gives_notice: false,
        lookup: false,
        secrets: false,
        errand: false,
        live: true,
    };
    /// Speaks and works.
    pub(crate) const SPEAKS: Contract = Contract { speaks: true, ..Contract::SILENT };
    /// Asks a service besides; its machinery comes later.
    pub(crate) const ERRAND: Contract = Contract {
        waits: crate::limits::SERVICE_LONGEST,
        lookup: true,
        errand: true,
        live: false,
        ..Contract::SPEAKS
    };

    /// In words, for the reference page; empty when there is nothing to say.
    pub(crate) fn words(&self) -> String {
        let says = [
            (self.verified, "only for the right party (behind 'ok' of a 'verify')".to_owned()),
            (self.ledger, "asks the contact ledger first".to_owned()),
            (self.notice, "needs a recording notice before it".to_owned()),
            (self.gives_notice, "'what call' is itself the recording notice".to_owned()),
            (self.secrets, "takes secrets: its keys are kept nowhere".to_owned()),
            (self.person, "leads to a person".to_owned()),
            (self.ends, "can end the call".to_owned()),
            (self.lookup, format!("waits for a service at most {} s", self.waits.as_secs())),
            (
                self.questions > 0,
                format!("asks at most {} questions, {} keys", self.questions, self.keys),
            ),
            (!self.speaks, "silent".to_owned()),
        ];
        let said: Vec<String> = says.into_iter().filter(|(yes, _)| *yes).map(|(_, t)| t).collect();
        said.join("; ")
    }
}
