//! A call comes in: admission, ports, offer/answer, and the ACK that lets the dialplan speak.

use crate::bridge::Ties;
use crate::browsers::Waiting;
use crate::call::{Call, End, History, State};
use crate::cause;
use crate::connecting::Whom;
use crate::dialled::Held;
use crate::effect::{Effect, NoPorts, Now, OpenPorts};
use crate::exchange::Exchange;
use crate::flows::Begun;
use crate::limits;
use crate::outbound::FailReason;
use crate::paying::advertised;
use crate::srtp;
use crate::trunk::{TrunkConfig, Way};
use dialplan::{Facts, Walk};
use ids::{CallId, LegId, SessionId};
use media::command::{Codec, Command, Direction, LegParams};
use records::{EventKind, HungUp};
use std::sync::Arc;

/// What answers a call that may come in.
struct Admitted {
    begun: Begun,
    lang: Option<ids::Lang>,
    /// A person instead of a flow.
    whom: Option<Whom>,
}

impl Exchange {
    /// An INVITE outside any dialog.
    pub(crate) fn on_incoming(&mut self, now: Now, session: SessionId, invite: sip::Incoming) {
        let id = self.new_call_id(now);
        let trunk = self.trunks.of_source(invite.path.remote.ip(), &invite.peer_names);
        match self.admit(id, &invite, trunk) {
            Ok(admitted) => self.open(now, (id, session), invite, trunk, admitted),
            Err(refusal) => self.turn_away(now, (id, session), &invite, trunk, refusal),
        }
    }

    /// Whether this call may come in, and which flow answers it.
    fn admit(
        &self,
        id: CallId,
        invite: &sip::Incoming,
        trunk: Option<usize>,
    ) -> Result<Admitted, (u16, String)> {
        if self.draining {
            return Err((503, "Shutting down".into()));
        }
        if self.calls.len() >= self.config.calls_max {
            return Err((503, "All lines are busy".into()));
        }
        // RFC 3891 section 3: who takes over a call must have proved who it is.
        if invite.replaces.is_some() && !may_replace(invite) {
            return Err((603, "This call may not be taken over".into()));
        }
        let trunk = self.trunk_config(trunk);
        let called = called(invite, trunk);
        let number = self.config.number(&called, trunk.map(|t| &t.home));
        if let Some(whom) = self.dialled(invite, number) {
            return Ok(Admitted { begun: Begun::UNSCRIPTED, lang: None, whom: Some(whom) });
        }
        let Some(number) = number else { return Err((404, "No such number here".into())) };
        match self.flows.begin(&number.flow, id) {
            Some(begun) => Ok(Admitted { begun, lang: number.lang, whom: None }),
            None => Err((503, format!("Flow {} is not loaded", number.flow))),
        }
    }

    fn turn_away(
        &mut self,
        now: Now,
        (id, session): (CallId, SessionId),
        invite: &sip::Incoming,
        trunk: Option<usize>,
        (status, why): (u16, String),
    ) {
        self.stack.refuse(now.mono, session, &refusal(status, &why));
        let mut history = self.history(now, invite, trunk, None);
        let mut end = End::new(HungUp::System, why.clone(), status, cause::q850(status));
        end.at_us = now.unix_us;
        let kinds = [came(&history), EventKind::CallRefused { status, why }];
        for kind in kinds {
            let (call, seq) = (id, history.seq);
            history.seq += 1;
            let event = records::Event { call, seq, case: None, at_us: now.unix_us, kind };
            self.effects.push_back(Effect::WriteEvent(event));
        }
        let record = history.record(id, String::new(), &end);
        self.effects.push_back(Effect::WriteCall(Box::new(record)));
    }

    fn open(
        &mut self,
        now: Now,
        (id, session): (CallId, SessionId),
        invite: sip::Incoming,
        trunk: Option<usize>,
        Admitted { begun, lang, whom }: Admitted,
    ) {
        self.made += 1;
        let leg = LegId(self.made);
        let history = self.history(now, &invite, trunk, lang);
        let mut call = Call::opening(now, id, leg, begun, invite.path.local.ip(), history);
        call.session = session;
        call.offer = invite.offer;
        let beside = match invite.caller {
            sip::Caller::User(user) => {
                let (beside, group) = self.beside_another_of(&user).unzip();
                call.ties =
                    Ties { user: Some(user), beside, group, dialled: whom, ..Ties::default() };
                beside
            }
            sip::Caller::Stranger => None,
        };
        call.trunk = trunk.map(|trunk| (trunk, Way::In));
        if let Some(trunk) = trunk {
            // Counted and never refused: a cap is for calls of ours.
            let _ = self.trunks.begin(now.mono, trunk, Way::In);
        }
        let ip = call.local_ip;
        let kind = came(&call.history);
        self.calls.insert(id, call);
        self.sessions.insert(session, id);
        self.legs.insert(leg, id);
        self.write(now, id, kind);
        for hop in invite.origin.diverted {
            let by = hop.by.uri.as_str().chars().take(limits::ADDRESS_CHARS_MAX).collect();
            self.write(now, id, EventKind::CallDiverted { by, why: hop.why });
        }
        self.effects.push_back(Effect::OpenPorts { leg, ip, beside });
        self.schedule(id);
    }

    fn trunk_config(&self, trunk: Option<usize>) -> Option<&TrunkConfig> {
        Some(&*self.trunks.line(trunk?)?.config)
    }

    fn history(
        &self,
        now: Now,
        invite: &sip::Incoming,
        trunk: Option<usize>,
        lang: Option<ids::Lang>,
    ) -> Box<History> {
        let trunk = self.trunk_config(trunk);
        let cut = |s: String| s.chars().take(limits::ADDRESS_CHARS_MAX).collect::<String>();
        let caller = caller_number(invite, trunk);
        let from = match invite.origin.privacy.hidden {
            // RFC 3323: who wants to be hidden is not written down either.
            true => String::new(),
            false => invite.from.uri.as_str().to_owned(),
        };
        Box::new(History {
            seq: 0,
            direction: records::Direction::Inbound,
            trunk: trunk.map(|t| t.name.clone()),
            user: match &invite.caller {
                sip::Caller::User(name) => Some(cut(name.clone())),
                sip::Caller::Stranger => None,
            },
            sip_call_id: cut(invite.call_id.clone()),
            from: cut(from),
            caller,
            to: cut(invite.request_uri.as_str().to_owned()),
            called: cut(called(invite, trunk)),
            transport: invite.path.transport.as_str().to_owned(),
            lang: lang.unwrap_or(self.config.default_lang),
            lang_fixed: lang.is_some(),
            case: None,
            verified: false,
            created_us: now.unix_us,
            answered_us: None,
            figures: None,
            recording: None,
        })
    }

    /// The ports are there (or not): answer the INVITE.
    pub(crate) fn answer(&mut self, now: Now, id: CallId, ports: Result<OpenPorts, NoPorts>) {
        self.current = Some(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.state != State::Opening {
            return;
        }
        let Ok(ports) = ports else {
            let ours = call.outbound.is_some();
            let why = "No media port is free";
            self.effects.push_back(Effect::Alarm(format!("{why}: widen media.ports")));
            return match ours {
                true => self.outbound_failed(now, id, FailReason::NoMedia, 503),
                false => self.refuse(now, id, 503, why),
            };
        };
        let ip = |addr| advertised(self.config.media_advertised, addr);
        let local = sdp::LocalMedia { rtp: ip(ports.rtp), rtcp: ip(ports.rtcp) };
        if call.outbound.is_some() {
            return self.place(now, id, local);
        }
        let trunk = call.trunk.and_then(|(trunk, _)| self.trunks.line(trunk));
        let codecs = match trunk {
            Some(line) => line.config.codecs.clone(),
            // every browser has G.711 (RFC 7874 section 3)
            None if call.history.transport.starts_with("WS") => {
                Arc::new(self.config.codecs.without("G722"))
            }
            None => self.config.codecs.clone(),
        };
        // the calls are counted for those alone who might add one
        let may_be_opus = call.offer.as_deref().is_some_and(names_opus);
        let codecs = match may_be_opus && !self.has_room_for_opus() {
            false => codecs,
            true => Arc::new(codecs.without_last_resort()),
        };
        let mut session = self.media_session(id.0, local, codecs);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let held = match call.offer.take() {
            Some(offer) => match session.handle_offer(&offer) {
                Ok((body, agreed)) => Held { body, agreed: Some(agreed) },
                Err(error) => return self.refuse(now, id, error.status(), &error.to_string()),
            },
            None => Held { body: session.offer(), agreed: None },
        };
        call.sdp = Some(Box::new(session));
        match call.ties.dialled.take() {
            Some(whom) => self.ring_dialled(now, id, &whom, held),
            None => self.pick_up(now, id, held),
        }
    }

    fn has_room_for_opus(&self) -> bool {
        let opus = |call: &&Call| {
            let agreed = call.sdp.as_ref().and_then(|session| session.agreed());
            agreed.is_some_and(|agreed| agreed.codec.name == Codec::Opus.name())
        };
        self.calls.values().filter(opus).count() < limits::OPUS_CALLS_MAX
    }

    /// What offer and answer agreed goes to the leg: at first to start it, later to change it.
    pub(crate) fn begin_media(&mut self, id: CallId, agreed: sdp::Negotiated) {
        let met = match &agreed.dtls {
            None => None,
            Some(dtls) => match self.keys_by_dtls(id, &agreed, dtls) {
                Ok(met) => Some(met),
                Err(Waiting) => return,
            },
        };
        let (remote_rtp, remote_rtcp, keys) = match met {
            Some((remote, keys)) => (remote, remote, Some(Some(keys))),
            None => {
                let keys = agreed.srtp.as_ref().map(srtp::keys);
                (agreed.remote_rtp, agreed.remote_rtcp, keys)
            }
        };
        let unprotected = matches!(keys, Some(None));
        if unprotected {
            let what = "SRTP was agreed in a suite that media does not speak: the leg stays still";
            self.effects.push_back(Effect::Alarm(what.to_owned()));
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let trunk = call.trunk.and_then(|(trunk, _)| self.trunks.line(trunk));
        let inband_always =
            self.config.inband_always || trunk.is_some_and(|line| line.config.inband_always);
        let params = Box::new(LegParams {
            remote_rtp,
            remote_rtcp,
            codec: Codec::of_name(&agreed.codec.name).unwrap_or(Codec::Pcma),
            payload_type: agreed.codec.payload_type,
            telephone_event: agreed.telephone_event,
            received_as: Some((agreed.codec_received_as, agreed.telephone_event_received_as)),
            inband_always,
            ptime_ms: agreed.ptime_ms,
            direction: if unprotected { Direction::Inactive } else { direction(agreed.direction) },
            srtp: keys.flatten(),
            cname: cname(id),
        });
        // A session refresh repeats what is agreed (RFC 4028 section 7.4): the media is not touched.
        if call.params.as_ref() == Some(&params) {
            return;
        }
        let command = match call.params.replace(params.clone()) {
            None => Command::Start(call.leg, params),
            Some(_) => Command::Update(call.leg, params),
        };
        self.effects.push_back(Effect::Media(command));
        self.mask(id);
        self.holds_or_not(id);
    }

    /// The ACK came: the caller hears us from now on.
    pub(crate) fn on_established(&mut self, now: Now, id: CallId, answer: Option<Vec<u8>>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.state != State::Answering || self.awaits_keys(now, id) {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.params.is_none() {
            let agreed = match (call.sdp.as_mut(), answer) {
                (Some(session), Some(answer)) => {
                    session.handle_answer(&answer).map_err(|e| e.to_string())
                }
                _ => Err("the ACK carries no answer to our offer".to_owned()),
            };
            match agreed {
                Ok(agreed) => self.begin_media(id, agreed),
                Err(why) => return self.hang_up(now, id, End::new(HungUp::System, why, 488, 88)),
            }
        }
        self.begin_talking(now, id);
    }

    /// The call is up, whoever made it: the flow begins.
    pub(crate) fn begin_talking(&mut self, now: Now, id: CallId) {
        if self.is_second(id) {
            return self.begin_second(now, id);
        }
        let open = self.config.hours.open_at(self.local(now));
        let local = self.local(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(plan) = call.plan.clone() else { return self.begin_dialled(now, id) };
        let facts = Facts {
            caller: call.history.caller.clone(),
            called: call.history.called.clone(),
            lang: call.history.lang_fixed.then_some(call.history.lang),
            company: self.config.company.clone(),
            callback_number: self.config.callback_number.clone(),
            hours_open: open,
            emergency: self.flows.emergency(&plan.name),
            ids_from: call.leg.0 << IDS_PER_CALL_BITS,
            ..Facts::default()
        };
        call.state = State::Talking;
        call.deadline = now.mono + limits::IVR_CALL_MAX;
        call.walk = Some(Box::new(Walk::begin(plan, facts, now.mono, local)));
        self.drain_walk(now, id);
        self.schedule(id);
    }

    /// Refuses the INVITE of a call that is already on the books.
    pub(crate) fn refuse(&mut self, now: Now, id: CallId, status: u16, why: &str) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.outbound.is_some() {
            return self.outbound_failed(now, id, FailReason::NoMedia, status);
        }
        self.stack.refuse(now.mono, call.session, &refusal(status, why));
        self.write(now, id, EventKind::CallRefused { status, why: why.to_owned() });
        self.close(now, id, End::new(HungUp::System, why, status, cause::q850(status)));
    }
}

/// A walk makes at most 2^20 plays and requests; ids of two walks never meet.
pub(crate) const IDS_PER_CALL_BITS: u32 = 20;

fn came(history: &History) -> EventKind {
    EventKind::CallCame {
        from: history.from.clone(),
        to: history.to.clone(),
        transport: history.transport.clone(),
    }
}

/// The number or name that was called.
///
/// A carrier that we registered with calls our Contact; whom it means then stands in To.
fn called(invite: &sip::Incoming, trunk: Option<&TrunkConfig>) -> String {
    let user = invite.request_uri.user_plain().unwrap_or_default();
    let contact = trunk.and_then(|t| t.registration.as_ref()).map(|r| r.user.as_str());
    match invite.to.uri.user_plain() {
        Some(meant) if contact == Some(user.as_str()) => meant,
        Some(_) | None => user,
    }
}

/// Who may take over a running call by Replaces.
fn may_replace(invite: &sip::Incoming) -> bool {
    matches!(invite.caller, sip::Caller::User(_))
}

/// The calling number, where the network or the phone gave one. It routes, it never proves.
///
/// P-Asserted-Identity counts from a trunk within the trust domain alone (RFC 3325 section 8).
fn caller_number(invite: &sip::Incoming, trunk: Option<&TrunkConfig>) -> Option<String> {
    // RFC 3325 section 9.3: a number that is to be hidden is not used.
    if invite.origin.privacy.hidden {
        return None;
    }
    let trusted = trunk.is_some_and(|t| t.private);
    let asserted = invite.asserted.iter().filter(|_| trusted);
    let users = asserted.chain([&invite.from]).filter_map(|claim| claim.uri.user_plain());
    users.into_iter().find_map(|user| match trunk {
        Some(trunk) => ids::phone::normalise(&user, &trunk.home),
        None => is_number(&user).then_some(user),
    })
}

fn is_number(user: &str) -> bool {
    let digits = user.strip_prefix('+').unwrap_or(user);
    (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

fn refusal(status: u16, why: &str) -> sip::Refusal {
    sip::Refusal {
        reason: Some(why.to_owned()),
        retry_after_s: (status == 503).then_some(limits::RETRY_AFTER_S),
        ..sip::Refusal::new(status)
    }
}

fn direction(agreed: sdp::Direction) -> Direction {
    match agreed {
        sdp::Direction::SendRecv => Direction::SendRecv,
        sdp::Direction::SendOnly => Direction::SendOnly,
        sdp::Direction::RecvOnly => Direction::RecvOnly,
        sdp::Direction::Inactive => Direction::Inactive,
    }
}

/// An RTCP name that says nothing about people or machines (RFC 7022 section 4.2).
fn cname(id: CallId) -> Arc<str> {
    format!("{:x}@parley", id.0).into()
}

/// Whether an offer has the word in it, as a codec's name or as anything else.
fn names_opus(offer: &[u8]) -> bool {
    offer.windows(4).any(|word| word.eq_ignore_ascii_case(b"opus"))
}
