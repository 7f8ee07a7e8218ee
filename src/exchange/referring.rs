//! Transfers that a phone asks for, and one that we ask a phone for (REFER, RFC 3515, RFC 3891).
//!
//! ```text
//!   a user's phone, in a bridged call:   REFER to a user, or to a number that he may call
//!                                        ─▶ 202, NOTIFY ─▶ Moving                    (blind)
//!                                        REFER, Replaces ─▶ his two calls are joined (attended)
//!   anybody else                         603
//! ```
//!
//! Owns: who may ask, and for what. Never: what follows (`bridge` decides).

use crate::bridge::{Bridge, Missed, News};
use crate::connecting::{Next, Unmet, Whom};
use crate::effect::Now;
use crate::exchange::Exchange;
use crate::gathering::Fetched;
use crate::limits;
use crate::outbound::Permit;
use crate::trunk::uri;
use ids::{CallId, SessionId};
use records::EventKind;
use sip::{NameAddr, Referral};

/// How a REFER is refused: the status, and why.
type Refused = (u16, &'static str);

impl Exchange {
    /// A caller who talks to a flow decides nothing about who is called next: whatever a REFER names,
    /// it would be our call and our bill (toll fraud). A user of ours who talks with somebody may hand him
    /// on to another user, or to a number that he may call himself.
    pub(crate) fn on_refer(&mut self, now: Now, id: CallId, session: SessionId, refer: &Referral) {
        let done = match self.may_refer(id) {
            Ok((user, kept)) => match &refer.replaces {
                Some(replaces) => self.join(now, id, kept, replaces),
                None => self.hand_on(now, id, kept, &user, refer),
            },
            Err(refused) => Err(refused),
        };
        let cut = |s: &str| s.chars().take(limits::ADDRESS_CHARS_MAX).collect::<String>();
        if let Err((status, why)) = done {
            self.stack.refuse_refer(now.mono, session, status, Some(why));
            let to = cut(refer.to.uri.as_str());
            self.write(now, id, EventKind::TransferRefused { to, why: why.to_owned() });
        }
    }

    /// Who asks, by proof, and the call that would go elsewhere.
    fn may_refer(&self, id: CallId) -> Result<(String, CallId), Refused> {
        let user = self.calls.get(&id).and_then(|call| call.ties.user.clone());
        let user = user.ok_or((603, "This line takes no transfers"))?;
        let kept = self.partner(id).ok_or((603, "This line takes no transfers"))?;
        Ok((user, kept))
    }

    /// Blind: the one it talks with hears ringback until the other user answers.
    fn hand_on(
        &mut self,
        now: Now,
        id: CallId,
        kept: CallId,
        user: &str,
        refer: &Referral,
    ) -> Result<(), Refused> {
        let here = self.calls.get(&id).ok_or((481, "No such call"))?.local_ip;
        let whom = self.reached(user, &refer.to.uri, here);
        let whom = whom.ok_or((603, "Only to users of this house and numbers you may call"))?;
        let session = self.calls.get(&id).map(|call| call.session).ok_or((481, "No such call"))?;
        self.lead(kept, id);
        let (to, by) = (refer.to.uri.as_str().to_owned(), user.to_owned());
        let to = to.chars().take(limits::ADDRESS_CHARS_MAX).collect();
        self.write(now, kept, EventKind::TransferAsked { to, by });
        let permit = Permit::user(user);
        let rung = self.ring(now, kept, &whom, limits::RING_DEFAULT, permit);
        let other = rung.map_err(|_| (480, "Nobody is there"))?;
        self.stack.accept_refer(now.mono, session);
        self.on_news(now, kept, News::Move(other));
        Ok(())
    }

    /// The bridge between two calls is kept by the first of them from now on.
    fn lead(&mut self, first: CallId, other: CallId) {
        for (id, bridge, of) in
            [(other, None, Some(first)), (first, Some(Bridge::Talking { with: other }), None)]
        {
            if let Some(call) = self.calls.get_mut(&id) {
                call.ties.bridge = bridge;
                call.ties.of = of;
            }
        }
    }

    /// Attended: the user's other call is named, and the ones he talks with in both talk with each other.
    fn join(
        &mut self,
        now: Now,
        id: CallId,
        kept: CallId,
        replaces: &sip::Replaces,
    ) -> Result<(), Refused> {
        let known = self.stack.session_named(replaces);
        let other = known.and_then(|session| self.sessions.get(&session).copied());
        let other = other.filter(|other| *other != id).ok_or((481, "No such call here"))?;
        let user = |id| self.calls.get(id).and_then(|call| call.ties.user.as_deref());
        if user(&id).is_none() || user(&id) != user(&other) {
            return Err((603, "That is not your call"));
        }
        let to = self.partner(other).ok_or((603, "Nobody talks there"))?;
        if self.calls.get(&kept).is_some_and(|call| call.ties.fetched.is_some()) {
            return Err((491, "Another transfer is under way"));
        }
        if self.group(kept) == self.group(to) {
            return self
                .join_now(now, (id, kept), other)
                .then_some(())
                .ok_or((481, "No such call"));
        }
        self.fetch(kept, to, Fetched::Join { by: id, other });
        Ok(())
    }

    /// All four are there, and the two that stay are on one thread.
    pub(crate) fn join_now(
        &mut self,
        now: Now,
        (id, kept): (CallId, CallId),
        other: CallId,
    ) -> bool {
        let session = self.calls.get(&id).map(|call| call.session);
        let (Some(session), Some(to)) = (session, self.partner(other)) else { return false };
        if self.group(kept) != self.group(to) {
            return false;
        }
        self.stack.accept_refer(now.mono, session);
        let by = self.calls.get(&id).and_then(|call| call.ties.user.clone()).unwrap_or_default();
        self.write(now, kept, EventKind::TransferAsked { to: to.to_string(), by });
        self.part(now, kept, id, "handed on");
        self.part(now, to, other, "handed on");
        self.lead(id, kept);
        self.lead(other, to);
        for gone in [id, other] {
            if let Some(call) = self.calls.get_mut(&gone) {
                call.ties.bridge = None;
                call.ties.errand = None;
            }
        }
        self.lead(kept, to);
        self.connect(now, kept, to);
        self.stack.notify_refer(now.mono, session, 200);
        self.dismiss(now, id);
        self.dismiss(now, other);
        true
    }

    /// The caller's own phone, or the carrier that brought the call, is asked to make the call itself.
    ///
    /// # Errors
    /// [`Unmet`]: there is nobody to ask.
    pub(crate) fn send_away(
        &mut self,
        now: Now,
        id: CallId,
        to: &str,
        whom: Option<Whom>,
    ) -> Result<(), Unmet> {
        let unmet = || (Missed::Failed, "it makes no SIP address".to_owned());
        let call = self.calls.get(&id).ok_or_else(unmet)?;
        let host = |address: &str| uri(address).map(|uri| uri.host().to_owned());
        let trunk = call.trunk.and_then(|(trunk, _)| self.trunks.line(trunk));
        let target = match whom {
            // The phone reaches our users where it has reached us.
            Some(Whom::User(name)) => uri(&call.history.to).and_then(|us| {
                let port = us.port().map(|port| format!(":{port}")).unwrap_or_default();
                uri(&format!("sip:{name}@{}{port}", us.host()))
            }),
            Some(Whom::Number(number)) => match trunk {
                Some(line) => {
                    let number = line.config.number_format.write(&number, &line.config.home);
                    uri(&format!("sip:{number}@{}", line.domain()))
                }
                None => host(&call.history.from).and_then(|h| uri(&format!("sip:{number}@{h}"))),
            },
            None => uri(to),
        };
        let session = call.session;
        let to_uri = target.ok_or_else(unmet)?;
        let referral =
            Referral { to: NameAddr::new(to_uri), replaces: None, by: None, report: true };
        let call = self.calls.get_mut(&id).ok_or_else(unmet)?;
        call.ties.bridge = Some(Bridge::Away);
        to.clone_into(&mut call.ties.whom);
        let (to, none) = (to.to_owned(), String::new());
        self.write(now, id, EventKind::TransferBegun { to, call: none });
        self.stack.refer(now.mono, session, &referral);
        self.next.push_back(Next::Fill(id));
        Ok(())
    }
}
