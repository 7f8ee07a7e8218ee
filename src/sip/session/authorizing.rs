//! A request of ours is challenged: once more, with credentials (RFC 3261 section 22.2).
//!
//! ```text
//!   request, CSeq n  ---->
//!                    <---- 401 or 407      the transaction ends here (an INVITE's still sends its ACK)
//!   request, CSeq n+1, new branch, Authorization ---->      same body, same dialog
//! ```
//!
//! Owns: the second request, and what the session waits for from then on.
//! Never: a challenge to CANCEL or ACK; a third try with the same answer.

use super::{Cancel, Phase, Session, Talk, Turn};
use crate::dice::MAGIC_COOKIE;
use crate::digest::{Credentials, Login};
use crate::layer::{Challenged, Purpose, Report, TxId, What};
use crate::message::{Message, Name, Start};
use crate::print::Writer;

impl Session {
    /// Who we are in this session from now on.
    pub(crate) fn log_in(&mut self, credentials: Credentials) {
        self.dialog.login = Some(Box::new(Login::new(credentials)));
    }

    /// True when the response was a challenge and the request is on its way again.
    pub(super) fn authorize(
        &mut self,
        turn: &mut Turn<'_>,
        report: Report,
        response: Option<(&Message<'_>, u16)>,
    ) -> bool {
        let challenged = turn.layer.take_challenged();
        let (What::Message, Some(purpose), Some((response, status))) =
            (report.what, report.purpose, response)
        else {
            return false;
        };
        let waits = self.waits_for(report.tx, purpose);
        if status == 422 {
            let retry = challenged.filter(|_| waits);
            return retry.is_some_and(|c| self.ask_longer(turn, report, purpose, response, &c));
        }
        let (Some(login), true) = (&mut self.dialog.login, status >= 200) else { return false };
        let Some(challenged) = challenged else {
            login.accepted();
            return false;
        };
        if !waits {
            return false;
        }
        let cnonce = turn.layer.dice.roll();
        // The caller of the API hears why as the 401 or 407 itself.
        login.challenged(response, cnonce).is_ok()
            && self.send_again(turn, report, purpose, &challenged, None)
    }

    /// A request that nobody waits for any more, or that we are taking back, is not made again.
    fn waits_for(&self, tx: TxId, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Invite => {
                matches!(self.phase, Phase::Outgoing { tx: ours, cancel: Cancel::No, .. } if ours == tx)
            }
            Purpose::Reinvite | Purpose::Update => {
                matches!(self.talk, Talk::Out { tx: ours, .. } if ours == tx)
            }
            Purpose::Info
            | Purpose::Prack
            | Purpose::Refresh
            | Purpose::Refer
            | Purpose::Notify
            | Purpose::Bye => !matches!(self.phase, Phase::Over),
            Purpose::Cancel | Purpose::Options | Purpose::Register => false,
        }
    }

    /// The request with another branch and number: with our credentials, and with these lines of
    /// RFC 4028 in the place of its own.
    pub(super) fn send_again(
        &mut self,
        turn: &mut Turn<'_>,
        report: Report,
        purpose: Purpose,
        challenged: &Challenged,
        interval: Option<Writer>,
    ) -> bool {
        let Ok(request) = Message::parse(&challenged.bytes) else { return false };
        let login = self.dialog.login.as_deref_mut();
        self.dialog.local_cseq += 1;
        let (branch, cseq) = (turn.layer.dice.roll(), self.dialog.local_cseq);
        let Some(bytes) = rewritten(&request, branch, cseq, login, interval) else { return false };
        let path = challenged.path;
        let tx = turn.layer.request(turn.now, path, branch, purpose, self.id, bytes);
        self.moved(report.tx, tx, cseq);
        true
    }

    /// What was waited for under one transaction is waited for under another one.
    fn moved(&mut self, from: TxId, to: TxId, number: u32) {
        if let Phase::Outgoing { tx, cseq, heard, .. } = &mut self.phase
            && *tx == from
        {
            // Section 9.1: the new INVITE may be cancelled only after a provisional response of its own.
            (*tx, *cseq, *heard) = (to, number, false);
        }
        if let Talk::Out { tx, cseq, .. } = &mut self.talk
            && *tx == from
        {
            (*tx, *cseq) = (to, number);
        }
    }
}

/// The same request with another branch, another CSeq number and our answers (section 22.2:
/// "it MUST increment the CSeq header field value").
fn rewritten(
    request: &Message<'_>,
    branch: u64,
    cseq: u32,
    mut login: Option<&mut Login>,
    interval: Option<Writer>,
) -> Option<Vec<u8>> {
    let Start::Request { method, uri, .. } = request.start() else { return None };
    let uri = std::str::from_utf8(uri).ok()?;
    let mut writer = Writer::request(method.as_str(), uri);
    for (name, value) in request.fields() {
        match Name::of(name) {
            Name::Via => {
                let via = std::str::from_utf8(value).ok()?;
                let (head, rest) = via.split_once(";branch=")?;
                let tail = rest.find(';').map_or("", |n| &rest[n..]);
                let branch = format_args!("{head};branch={MAGIC_COOKIE}{branch:016x}{tail}");
                writer.field(Name::Via, branch);
            }
            Name::CSeq => {
                writer.field(Name::CSeq, format_args!("{cseq} {}", method.as_str()));
                for (name, value) in login.iter_mut().flat_map(|l| l.headers(method.as_str(), uri))
                {
                    writer.field(name, value);
                }
            }
            Name::Authorization | Name::ProxyAuthorization => {}
            Name::SessionExpires | Name::MinSe if interval.is_some() => {}
            Name::ContentLength | Name::ContentType => {}
            _ => writer.named(std::str::from_utf8(name).ok()?, String::from_utf8_lossy(value)),
        }
    }
    if let Some(lines) = interval {
        writer.raw(&lines.into_bytes());
    }
    let kind = request.header(Name::ContentType).unwrap_or_default();
    Some(writer.body(&String::from_utf8_lossy(kind), request.body()))
}
