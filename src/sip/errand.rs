//! Requests of ours outside any dialog (RFC 3261 section 8.1): OPTIONS that ask whether somebody is
//! there, REGISTER that says where we are.
//!
//! ```text
//!   Errand --send--> Asked --final response, silence, failed path--> ErrandDone
//!                      |  recall: no result any more
//! ```
//!
//! Owns: what such a request says, and what its one result is.
//! Never: when to send one; what the result means.

use crate::dialog::write_via;
use crate::inspect;
use crate::layer::{Layer, Purpose, Report, TxId, What};
use crate::message::{Message, Name, Start};
use crate::method::ALLOW;
use crate::name_addr::NameAddr;
use crate::path::Path;
use crate::print::{Writer, reason_phrase};
use crate::uri::{Scheme, Uri};
use ids::{Moment, SessionId};

/// Names one errand of a stack; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ErrandId(pub(crate) SessionId);

/// What an errand is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ErrandKind {
    /// OPTIONS (RFC 3261 section 11).
    Options,
    /// REGISTER (RFC 3261 section 10.2).
    Register,
}

impl ErrandKind {
    const fn purpose(self) -> Purpose {
        match self {
            ErrandKind::Options => Purpose::Options,
            ErrandKind::Register => Purpose::Register,
        }
    }
}

/// A request outside any dialog.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What for.
    pub kind: ErrandKind,
    /// The Request-URI.
    pub target: Uri,
    /// The next hop, already resolved.
    pub path: Path,
    /// From.
    pub from: NameAddr,
    /// To.
    pub to: NameAddr,
    /// Call-ID and CSeq number, where several requests belong together (RFC 3261 section 10.2);
    /// otherwise both are made up.
    pub order: Option<(String, u32)>,
    /// The user part of our Contact; `None` sends the stack's own.
    pub contact_user: Option<String>,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
}

/// The one result of an [`Errand`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrandDone {
    /// Which.
    pub id: ErrandId,
    /// 200–699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Retry-After, in seconds.
    pub retry_after_s: Option<u32>,
    /// True when no peer said so: 408 for silence, 503 for a path that failed or for our own limit.
    pub local: bool,
    /// The whole response, for [`Message::parse`]; empty when `local`.
    pub response: Vec<u8>,
}

/// One that waits for its response.
pub(crate) struct Asked {
    tx: TxId,
}

impl Asked {
    pub(crate) fn send(layer: &mut Layer, now: Moment, id: ErrandId, errand: &Errand) -> Asked {
        let purpose = errand.kind.purpose();
        let method = purpose.method().as_str();
        let branch = layer.dice.roll();
        let mut writer = Writer::request(method, errand.target.without_headers());
        write_via(&mut writer, layer, errand.path, branch);
        writer.field(Name::MaxForwards, 70);
        let tag = layer.dice.roll();
        writer.tagged(Name::From, errand.from.to_string().as_bytes(), tag);
        writer.field(Name::To, &errand.to);
        match &errand.order {
            Some((call_id, cseq)) => {
                writer.field(Name::CallId, call_id);
                writer.field(Name::CSeq, format_args!("{cseq} {method}"));
            }
            None => {
                let (a, b) = (layer.dice.roll(), layer.dice.roll());
                writer.field(Name::CallId, format_args!("{a:016x}{b:016x}"));
                writer.field(Name::CSeq, format_args!("1 {method}"));
            }
        }
        writer.field(Name::Contact, contact(layer, errand));
        match errand.kind {
            ErrandKind::Options => writer.named("Accept", "application/sdp"),
            ErrandKind::Register => writer.field(Name::Allow, ALLOW),
        }
        for (name, value) in &errand.headers {
            writer.named(name, value);
        }
        writer.field(Name::UserAgent, layer.config.user_agent.clone());
        let bytes = writer.end();
        Asked { tx: layer.request(now, errand.path, branch, purpose, id.0, bytes) }
    }

    /// Nobody waits for the result any more.
    pub(crate) fn recall(self, layer: &mut Layer) {
        layer.forget(self.tx);
    }
}

impl ErrandDone {
    /// Our own limit is reached: nothing was sent.
    pub(crate) fn full(id: ErrandId, retry_after_s: u32) -> ErrandDone {
        let reason = "Too many transactions".to_owned();
        let retry_after_s = Some(retry_after_s);
        ErrandDone { id, status: 503, reason, retry_after_s, local: true, response: Vec::new() }
    }

    /// What news of its transaction means; `None` while it goes on.
    pub(crate) fn of(
        id: ErrandId,
        report: Report,
        response: Option<(&Message<'_>, u16)>,
    ) -> Option<ErrandDone> {
        match (report.what, response) {
            (What::Message, Some((_, ..200))) => None,
            (What::Message, Some((message, status))) => Some(ErrandDone {
                id,
                status,
                reason: match message.start() {
                    Start::Response { reason, .. } => String::from_utf8_lossy(reason).into_owned(),
                    Start::Request { .. } => String::new(),
                },
                retry_after_s: inspect::retry_after(message),
                local: false,
                response: message.bytes().to_vec(),
            }),
            // RFC 3261 section 8.1.3.1: silence counts as 408, a failed path as 503.
            (What::Unreachable, _) => Some(Self::local(id, 503)),
            (What::TimedOut, _) => Some(Self::local(id, 408)),
            (What::Message | What::Gone, _) => None,
        }
    }

    fn local(id: ErrandId, status: u16) -> ErrandDone {
        let reason = reason_phrase(status).to_owned();
        ErrandDone { id, status, reason, retry_after_s: None, local: true, response: Vec::new() }
    }
}

fn contact(layer: &Layer, errand: &Errand) -> String {
    let sips = errand.target.scheme() == Scheme::Sips && errand.path.transport.is_secure();
    let ours = layer.contact(errand.path, sips);
    match &errand.contact_user {
        Some(user) => {
            ours.replacen(&format!(":{}@", layer.config.contact_user), &format!(":{user}@"), 1)
        }
        None => ours,
    }
}
