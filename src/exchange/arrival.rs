//! A call comes in: admission, ports, offer/answer, and the ACK that lets the dialplan speak.

use crate::call::{Call, End, History, State};
use crate::cause;
use crate::effect::{Effect, NoPorts, Now, OpenPorts};
use crate::exchange::Exchange;
use crate::limits;
use dialplan::{Facts, Plan, Walk};
use ids::{CallId, LegId, Moment, SessionId};
use media::command::{Codec, Command, Direction, LegParams};
use records::{EventKind, HungUp};
use std::sync::Arc;

impl Exchange {
    /// An INVITE outside any dialog.
    pub(crate) fn on_incoming(&mut self, now: Now, session: SessionId, invite: sip::Incoming) {
        let id = self.new_call_id(now);
        match self.admit(&invite) {
            Ok((plan, lang)) => self.open(now, id, session, invite, plan, lang),
            Err(refusal) => self.turn_away(now, id, session, &invite, refusal),
        }
    }

    /// Whether this call may come in, and which flow answers it.
    fn admit(
        &self,
        invite: &sip::Incoming,
    ) -> Result<(Arc<Plan>, Option<ids::Lang>), (u16, String)> {
        if self.draining {
            return Err((503, "Shutting down".into()));
        }
        if self.calls.len() >= self.config.calls_max {
            return Err((503, "All lines are busy".into()));
        }
        let called = called(invite);
        let Some(number) = self.config.number(&called) else {
            return Err((404, "No such number here".into()));
        };
        match self.plans.get(&number.flow) {
            Some(plan) => Ok((plan.clone(), number.lang)),
            None => Err((503, format!("Flow {} is not loaded", number.flow))),
        }
    }

    fn turn_away(
        &mut self,
        now: Now,
        id: CallId,
        session: SessionId,
        invite: &sip::Incoming,
        (status, why): (u16, String),
    ) {
        self.stack.refuse(now.mono, session, &refusal(status, &why));
        let mut history = self.history(now, invite, None);
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
        id: CallId,
        session: SessionId,
        invite: sip::Incoming,
        plan: Arc<Plan>,
        lang: Option<ids::Lang>,
    ) {
        self.made += 1;
        let leg = LegId(self.made);
        let call = Call {
            id,
            session,
            leg,
            state: State::Opening,
            deadline: now.mono + limits::PORTS_WAIT_MAX,
            walk: None,
            plan,
            sdp: None,
            params: None,
            local_ip: invite.path.local.ip(),
            history: self.history(now, &invite, lang),
            offer: invite.offer,
            waiting: None,
            scheduled: Moment::NEVER,
            cases: Vec::new(),
        };
        let ip = call.local_ip;
        let kind = came(&call.history);
        self.calls.insert(id, call);
        self.sessions.insert(session, id);
        self.legs.insert(leg, id);
        self.write(now, id, kind);
        self.effects.push_back(Effect::OpenPorts { leg, ip });
        self.schedule(id);
    }

    fn history(&self, now: Now, invite: &sip::Incoming, lang: Option<ids::Lang>) -> Box<History> {
        let cut = |s: String| s.chars().take(limits::ADDRESS_CHARS_MAX).collect::<String>();
        let caller = caller(invite);
        Box::new(History {
            seq: 0,
            sip_call_id: cut(invite.call_id.clone()),
            from: cut(invite.from.uri.as_str().to_owned()),
            caller,
            to: cut(invite.request_uri.as_str().to_owned()),
            called: cut(called(invite)),
            transport: invite.path.transport.as_str().to_owned(),
            lang: lang.unwrap_or(self.config.default_lang),
            lang_fixed: lang.is_some(),
            case: None,
            verified: false,
            created_us: now.unix_us,
            answered_us: None,
            figures: None,
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
            let why = "No media port is free";
            self.effects.push_back(Effect::Alarm(format!("{why}: widen media.ports")));
            return self.refuse(now, id, 503, why);
        };
        let ip = |addr: std::net::SocketAddr| match self.config.media_advertised {
            Some(ip) => std::net::SocketAddr::new(ip, addr.port()),
            None => addr,
        };
        let local = sdp::LocalMedia { rtp: ip(ports.rtp), rtcp: ip(ports.rtcp) };
        let mut session = sdp::Session::new(id.0, local, self.capabilities.clone());
        let body = match call.offer.take() {
            Some(offer) => match session.handle_offer(&offer) {
                Ok((answer, agreed)) => {
                    call.sdp = Some(Box::new(session));
                    self.begin_media(id, agreed);
                    answer
                }
                Err(error) => return self.refuse(now, id, error.status(), &error.to_string()),
            },
            None => {
                let offer = session.offer();
                call.sdp = Some(Box::new(session));
                offer
            }
        };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = State::Answering;
        call.deadline = Moment::NEVER;
        call.history.answered_us = Some(now.unix_us);
        self.stack.answer(now.mono, call.session, body);
        self.write(now, id, EventKind::CallAnswered);
    }

    /// What offer and answer agreed goes to the leg: at first to start it, later to change it.
    pub(crate) fn begin_media(&mut self, id: CallId, agreed: sdp::Negotiated) {
        let inband_always = self.config.inband_always;
        let Some(call) = self.calls.get_mut(&id) else { return };
        let params = Box::new(LegParams {
            remote_rtp: agreed.remote_rtp,
            remote_rtcp: agreed.remote_rtcp,
            codec: codec(&agreed.codec.name),
            payload_type: agreed.codec.payload_type,
            telephone_event: agreed.telephone_event,
            received_as: Some((agreed.codec_received_as, agreed.telephone_event_received_as)),
            inband_always,
            ptime_ms: agreed.ptime_ms,
            direction: direction(agreed.direction),
            cname: cname(id),
        });
        let command = match call.params.replace(params.clone()) {
            None => Command::Start(call.leg, params),
            Some(_) => Command::Update(call.leg, params),
        };
        self.effects.push_back(Effect::Media(command));
    }

    /// The ACK came: the caller hears us from now on.
    pub(crate) fn on_established(&mut self, now: Now, id: CallId, answer: Option<Vec<u8>>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.state != State::Answering {
            return;
        }
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
        let open = self.config.hours.open_at(self.local(now));
        let (local, made) = (self.local(now), self.made);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let facts = Facts {
            caller: call.history.caller.clone(),
            called: call.history.called.clone(),
            lang: call.history.lang_fixed.then_some(call.history.lang),
            company: self.config.company.clone(),
            callback_number: self.config.callback_number.clone(),
            hours_open: open,
            ids_from: made << IDS_PER_CALL_BITS,
            ..Facts::default()
        };
        call.state = State::Talking;
        call.deadline = now.mono + limits::IVR_CALL_MAX;
        call.walk = Some(Box::new(Walk::begin(call.plan.clone(), facts, now.mono, local)));
        self.drain_walk(now, id);
        self.schedule(id);
    }

    /// Refuses the INVITE of a call that is already on the books.
    pub(crate) fn refuse(&mut self, now: Now, id: CallId, status: u16, why: &str) {
        let Some(call) = self.calls.get(&id) else { return };
        self.stack.refuse(now.mono, call.session, &refusal(status, why));
        self.write(now, id, EventKind::CallRefused { status, why: why.to_owned() });
        self.close(now, id, End::new(HungUp::System, why, status, cause::q850(status)));
    }
}

/// A walk makes at most 2^20 plays and requests; ids of two walks never meet.
const IDS_PER_CALL_BITS: u32 = 20;

fn came(history: &History) -> EventKind {
    EventKind::CallCame {
        from: history.from.clone(),
        to: history.to.clone(),
        transport: history.transport.clone(),
    }
}

/// The number or name that was called.
fn called(invite: &sip::Incoming) -> String {
    invite.request_uri.user_plain().unwrap_or_default()
}

/// The calling number, where the network or the phone gave one. It routes, it never proves.
fn caller(invite: &sip::Incoming) -> Option<String> {
    let claims = invite.asserted.iter().chain([&invite.from]);
    claims.filter_map(|claim| claim.uri.user_plain()).find(|user| is_number(user))
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

fn codec(name: &str) -> Codec {
    if name.eq_ignore_ascii_case("PCMU") { Codec::Pcmu } else { Codec::Pcma }
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
