//! Our INVITE while it rings: the branches of a forked call, each with its To-tag, and the PRACKs
//! to their reliable responses (RFC 3261 section 12.1.2, RFC 3262 section 4).
//!
//! ```text
//!   1xx tag=a ---> branch a   RSeq 1 --PRACK 1--> RSeq 2 --PRACK 2--> ...
//!   1xx tag=b ---> branch b   a repeated or overtaking RSeq is not acknowledged
//!   2xx tag=b ---> b is the session's dialog; every other 2xx gets ACK and BYE
//! ```
//!
//! Owns: the early dialogs, which of them is the session's own now, their RSeq and their answers.
//! Never: the INVITE transaction; the choice between two answers: the first 2xx wins.

use super::{Cancel, Deal, Phase, Session, Turn};
use crate::dialog::Dialog;
use crate::event::{Event, Reliability};
use crate::extension::{RELIABLE, lists};
use crate::header::{CSeq, rseq};
use crate::inspect::Body;
use crate::layer::{Purpose, TxId};
use crate::limits::FORKS_MAX;
use crate::message::{Message, Name};
use crate::method::Method;
use crate::name_addr::AddrParts;
use crate::path::Path;

/// What is known before the answer.
pub(super) struct Early {
    /// The branch whose dialog is the session's own.
    pub(super) now: Branch,
    others: Vec<(Dialog, Branch)>,
}

/// One early dialog.
pub(super) struct Branch {
    pub(super) deal: Deal,
    /// RSeq of the last reliable response that was taken.
    rseq: Option<u32>,
    /// The last SDP that may be its answer.
    pub(super) answer: Vec<u8>,
    /// The RSeq of a response with an offer: its PRACK waits for our answer.
    answer_due: Option<u32>,
}

/// Another branch that answered too; its ACK is kept for when its 2xx comes again.
pub(super) struct Fork {
    tx: TxId,
    tag: Box<[u8]>,
    path: Path,
    ack: Vec<u8>,
}

impl Early {
    pub(super) fn new(deal: Deal) -> Early {
        Early { now: Branch::new(deal), others: Vec::new() }
    }

    /// True when one of the other branches has this tag.
    pub(super) fn knows(&self, tag: Option<&[u8]>) -> bool {
        tag.is_some() && self.others.iter().any(|(d, _)| d.remote_tag.as_deref() == tag)
    }
}

impl Branch {
    fn new(deal: Deal) -> Branch {
        Branch { deal, rseq: None, answer: Vec::new(), answer_due: None }
    }

    /// RFC 3262 section 4: the first RSeq may be any, then each is one more. A repeated one is
    /// dropped, and so is one that overtook another; it will come again.
    fn takes(&mut self, number: u32) -> bool {
        let next = self.rseq.is_none_or(|last| last.checked_add(1) == Some(number));
        let ready = next && self.answer_due.is_none();
        if ready {
            self.rseq = Some(number);
        }
        ready
    }
}

/// The tag that names a branch.
fn tag_of<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    message.header(Name::To).and_then(AddrParts::parse)?.tag()
}

impl Session {
    /// Makes the early dialog of this tag the session's own, if it is known.
    pub(crate) fn select(&mut self, tag: Option<&[u8]>) -> bool {
        if self.dialog.remote_tag.is_none() || self.dialog.remote_tag.as_deref() == tag {
            return true;
        }
        let Phase::Outgoing { early, .. } = &mut self.phase else { return false };
        let found = early.others.iter_mut().find(|(d, _)| d.remote_tag.as_deref() == tag);
        let Some((dialog, branch)) = found else { return false };
        std::mem::swap(dialog, &mut self.dialog);
        std::mem::swap(branch, &mut early.now);
        true
    }

    /// The same, or a new early dialog. False when there are too many, or the tag is missing.
    pub(super) fn select_or_fork(&mut self, message: &Message<'_>) -> bool {
        let Some(tag) = tag_of(message) else { return false };
        if self.select(Some(tag)) {
            return true;
        }
        let Phase::Outgoing { cseq, offered, early, .. } = &mut self.phase else { return false };
        if early.others.len() >= FORKS_MAX {
            return false;
        }
        let mut dialog = self.dialog.fork(message);
        // Each branch counts on from the INVITE (RFC 3261 section 12.2.1.1).
        dialog.local_cseq = *cseq;
        let branch = Branch::new(Deal::of_ours(*offered));
        let old = std::mem::replace(&mut self.dialog, dialog);
        early.others.push((old, std::mem::replace(&mut early.now, branch)));
        true
    }

    /// A provisional response above 100.
    pub(super) fn branch_progress(
        &mut self,
        turn: &mut Turn<'_>,
        status: u16,
        message: &Message<'_>,
    ) {
        let session = self.id;
        let mut sdp = Body::of(message).sdp();
        let known = self.select_or_fork(message);
        let Phase::Outgoing { early, cancel, .. } = &mut self.phase else { return };
        let told = *cancel == Cancel::No && status != 199;
        if !known {
            // Without a tag it makes no dialog, but it may ring.
            if told && tag_of(message).is_none() {
                turn.events.push_back(Event::Progress { session, status, sdp: None });
            }
            return;
        }
        let number = reliable_number(turn, message);
        if number.is_some_and(|n| !early.now.takes(n)) {
            return;
        }
        let branch = &mut early.now;
        let mut offer = None;
        match (number, branch.deal, &sdp) {
            (Some(n), Deal::Unmade, Some(_)) => {
                branch.deal = Deal::Theirs;
                branch.answer_due = Some(n);
                offer = sdp.take();
            }
            (Some(_), Deal::Ours, Some(answer)) => {
                branch.deal = Deal::Done;
                branch.answer.clone_from(answer);
            }
            (None, Deal::Ours, Some(answer)) => branch.answer.clone_from(answer),
            // RFC 3262 section 5: after offer and answer are done, SDP in a response is neither.
            (_, Deal::Done | Deal::Theirs | Deal::Unmade, Some(_)) => sdp = None,
            (_, _, None) => {}
        }
        let due = branch.answer_due.is_some();
        self.dialog.learn(message);
        if let Some(n) = number.filter(|_| !due) {
            self.send_prack(turn, n, &[]);
        }
        if told {
            turn.events.push_back(Event::Progress { session, status, sdp });
            turn.events.extend(offer.map(|offer| Event::NeedAnswer { session, offer }));
        }
    }

    /// Our answer to an offer in a reliable response goes with its PRACK (RFC 3262 section 5).
    pub(super) fn answer_in_prack(&mut self, turn: &mut Turn<'_>, sdp: &[u8]) {
        let Phase::Outgoing { early, .. } = &mut self.phase else { return };
        if early.now.answer_due.is_none() {
            let due = early.others.iter().find(|(_, b)| b.answer_due.is_some());
            let tag = due.and_then(|(d, _)| d.remote_tag.clone());
            self.select(tag.as_deref());
        }
        let Phase::Outgoing { early, .. } = &mut self.phase else { return };
        if let Some(number) = early.now.answer_due.take() {
            early.now.deal = Deal::Done;
            self.send_prack(turn, number, sdp);
        }
    }

    fn send_prack(&mut self, turn: &mut Turn<'_>, number: u32, sdp: &[u8]) {
        let Phase::Outgoing { cseq: invite, .. } = self.phase else { return };
        let mut begun = self.dialog.begin(turn.layer, Method::Prack, None);
        begun.writer.field(Name::RAck, format_args!("{number} {invite} INVITE"));
        self.request(turn, begun, Purpose::Prack, "application/sdp", sdp);
    }

    /// RFC 3261 section 13.2.2.4: every 2xx makes a dialog; those we do not want get ACK and BYE.
    pub(super) fn end_fork(&mut self, turn: &mut Turn<'_>, tx: TxId, message: &Message<'_>) {
        let Some(tag) = tag_of(message) else { return };
        if let Some(fork) = self.forks.iter().find(|f| *f.tag == *tag && f.tx == tx) {
            return turn.layer.send(fork.path, fork.ack.clone());
        }
        let Some(cseq) = message.header(Name::CSeq).and_then(CSeq::parse) else { return };
        if self.forks.len() >= FORKS_MAX {
            return;
        }
        let mut dialog = self.dialog.fork(message);
        dialog.local_cseq = dialog.local_cseq.max(cseq.number);
        let ack = dialog.begin(turn.layer, Method::Ack, Some(cseq.number));
        let (path, ack) = (ack.path, ack.writer.end());
        turn.layer.send(path, ack.clone());
        self.forks.push(Fork { tx, tag: tag.into(), path, ack });
        let bye = dialog.begin(turn.layer, Method::Bye, None);
        turn.layer.request_apart(turn.now, bye.path, bye.branch, bye.writer.end());
    }

    pub(super) fn forget_forks(&mut self, tx: TxId) {
        if !self.forks.is_empty() {
            self.forks.retain(|f| f.tx != tx);
            self.forks.shrink_to_fit();
        }
    }
}

/// The RSeq of a response that wants a PRACK.
fn reliable_number(turn: &Turn<'_>, message: &Message<'_>) -> Option<u32> {
    let on = turn.layer.config.reliable != Reliability::Never;
    let wanted = on && lists(message, Name::Require, RELIABLE);
    message.header(Name::RSeq).filter(|_| wanted).and_then(rseq)
}
