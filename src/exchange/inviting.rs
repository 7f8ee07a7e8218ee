//! What a call of ours says when it asks: to a carrier by a trunk, to a phone of our own people.
//!
//! Owns: the INVITE of one attempt, which number it shows, which codecs it offers first.
//! Never: who may call; which way is tried next (`placing` does).

use crate::exchange::Exchange;
use crate::trunk::{Candidate, Line, Over, shown, uri};
use ids::CallId;
use sip::NameAddr;

impl Exchange {
    /// What is offered on this way; first the codec of whoever it will be bridged with.
    pub(crate) fn codecs_for(
        &self,
        id: CallId,
        candidate: &Candidate,
        narrow: bool,
    ) -> Option<Codecs> {
        let call = self.calls.get(&id)?;
        let codecs = match self.trunk_of(candidate) {
            Some(Line { config, .. }) if narrow => config.narrow.as_ref().unwrap_or(&config.codecs),
            Some(line) => &line.config.codecs,
            None => &self.config.codecs,
        };
        let other = call.ties.of.and_then(|of| self.calls.get(&of)?.sdp.as_ref()?.agreed());
        let named = |a: &sdp::Negotiated| codecs.codecs.iter().position(|c| c.name == a.codec.name);
        let first = other.and_then(named);
        Some(match first {
            None | Some(0) => codecs.clone(),
            Some(first) => {
                let mut ordered = sdp::Capabilities::clone(codecs);
                ordered.codecs[..=first].rotate_right(1);
                Codecs::new(ordered)
            }
        })
    }

    /// The INVITE of one attempt, without its offer, and the number it shows.
    pub(crate) fn invite(
        &self,
        id: CallId,
        candidate: &Candidate,
    ) -> Option<(sip::Invite, Option<String>)> {
        let placing = self.calls.get(&id)?.outbound.as_deref()?;
        let wanted = placing.caller_id.as_deref();
        match &candidate.over {
            Over::Trunk(..) => {
                let line = self.trunk_of(candidate)?;
                let shown = shown(&line.config.caller_ids, wanted);
                let invite = trunk_invite(line, candidate, &placing.number, shown.as_deref())?;
                Some((invite, shown))
            }
            Over::Phone(user, phone) => {
                let realm = &self.config.sip.phones.as_ref()?.realm;
                let invite = phone_invite((user, realm), phone, wanted)?;
                Some((invite, wanted.map(str::to_owned)))
            }
        }
    }
}

/// An INVITE to a carrier.
fn trunk_invite(
    line: &Line,
    candidate: &Candidate,
    number: &str,
    caller_id: Option<&str>,
) -> Option<sip::Invite> {
    let (trunk, domain) = (&*line.config, line.domain());
    let Over::Trunk(_, host) = &candidate.over else { return None };
    let written = |number: &str| trunk.number_format.write(number, &trunk.home);
    let registered = trunk.registration.as_ref().map(|r| r.user.as_str());
    let from = match (caller_id, registered) {
        (Some(number), _) => format!("sip:{}@{domain}", written(number)),
        (None, Some(user)) => format!("sip:{user}@{domain}"),
        (None, None) => ANONYMOUS.to_owned(),
    };
    let target = uri(&format!("sip:{}@{host}", written(number)))?;
    let mut headers = Vec::new();
    if let Some(number) = caller_id.filter(|_| trunk.private) {
        // RFC 3325 section 9.1, within the trust domain only.
        let identity = format!("<sip:{}@{domain}>", written(number));
        headers.push(("P-Asserted-Identity".to_owned(), identity));
    }
    // A domain that is an address of its own must not be taken for the next hop.
    let elsewhere = target.host_ip().is_some_and(|ip| ip != candidate.path.remote.ip());
    let route = elsewhere.then(|| {
        let transport = candidate.path.transport.uri_param();
        let transport = transport.map(|t| format!(";transport={t}")).unwrap_or_default();
        uri(&format!("sip:{}{transport};lr", candidate.path.remote))
    });
    Some(sip::Invite {
        target,
        path: candidate.path,
        from: NameAddr::new(uri(&from)?),
        to: None,
        routes: route.flatten().into_iter().collect(),
        sdp: None,
        headers,
        credentials: trunk.credentials.clone(),
    })
}

/// An INVITE to a phone of ours: to its Contact, by the way its REGISTER came (RFC 3327, RFC 5626).
fn phone_invite(
    (user, realm): (&str, &str),
    phone: &sip::Binding,
    caller: Option<&str>,
) -> Option<sip::Invite> {
    let number = caller.map(|number| uri(&format!("sip:{number}@{realm}")));
    Some(sip::Invite {
        target: phone.contact.clone(),
        path: phone.path,
        from: NameAddr::new(number.flatten().or_else(|| uri(ANONYMOUS))?),
        to: Some(NameAddr::new(uri(&format!("sip:{user}@{realm}"))?)),
        routes: phone.routes.clone(),
        sdp: None,
        headers: Vec::new(),
        credentials: None,
    })
}

/// RFC 3323 section 4.1.1.3.
const ANONYMOUS: &str = "sip:anonymous@anonymous.invalid";

type Codecs = std::sync::Arc<sdp::Capabilities>;
