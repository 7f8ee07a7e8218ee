//! A call that talks: SIP events, media events and answers go to its walk, actions come out.

use crate::bridge::News;
use crate::call::{Call, End, State, figures, short};
use crate::cause;
use crate::connecting::Next;
use crate::effect::{Effect, Now, VerifyRequest};
use crate::exchange::Exchange;
use crate::limits;
use crate::trunk::Outcome;
use dialplan::{Action, Errand, Recording as RecordWhat, Trace, WalkEvent};
use ids::{CallId, RequestId, SessionId};
use media::command::{Command, Event as Media};
use records::{EventKind, Factor, HungUp};
use zeroize::Zeroize;

impl Exchange {
    /// What the SIP core reports.
    pub(crate) fn on_sip(&mut self, now: Now, event: sip::Event) {
        use sip::Event as E;
        let session = session_of(&event);
        if let E::Incoming { session, invite } = event {
            return self.on_incoming(now, session, *invite);
        }
        let Some(id) = self.sessions.get(&session).copied() else { return };
        self.current = Some(id);
        match event {
            E::Incoming { .. } => {}
            E::Cancelled { .. } => {
                self.close(
                    now,
                    id,
                    End::new(HungUp::Caller, "cancelled before the answer", 487, 16),
                );
            }
            E::Established { answer, .. } => self.on_established(now, id, answer),
            E::Offer { sdp, .. } if self.paying_offered(now, id, session, &sdp) => {}
            E::Offer { sdp, .. } => self.on_offer(now, id, session, &sdp),
            E::OfferWanted { .. } if self.paying_offer_wanted(now, id, true) => {}
            E::OfferWanted { .. } => self.on_offer_wanted(now, id, session),
            E::OfferAnswered { sdp, .. } if self.paying_answered(now, id, &sdp) => {}
            E::OfferAnswered { sdp, .. } => self.on_offer_answered(id, &sdp),
            E::Refer { refer, .. } => self.on_refer(now, id, session, &refer),
            E::ReferProgress { .. } => {}
            E::ReferDone { status, .. } => self.next.push_back(Next::News(id, News::Told(status))),
            E::OfferFailed { .. } if self.paying_offer_failed(now, id) => {}
            E::OfferFailed { .. } => self.on_offer_failed(id),
            E::RefreshWanted { .. } if self.paying_offer_wanted(now, id, false) => {}
            E::RefreshWanted { .. } => self.on_refresh_wanted(now, id, session),
            E::Info { content_type, mut body, .. } => {
                self.on_info(now, id, &content_type, &body);
                body.zeroize();
            }
            E::Ended { by, cause, .. } => self.on_ended(now, id, by, cause),
            E::Failed { status, local, retry_after_s, .. } if self.is_ours(id) => {
                let outcome = Outcome::of(status, local);
                self.on_attempt_failed(now, id, outcome, retry_after_s);
            }
            E::Failed { status, .. } => {
                self.close(
                    now,
                    id,
                    End::new(HungUp::System, "refused", status, cause::q850(status)),
                );
            }
            E::Progress { status, sdp, .. } => self.on_progress(now, id, status, sdp),
            E::Answered { sdp, .. } => self.on_answered(now, id, sdp),
            // Every call of ours carries an offer.
            E::NeedAnswer { .. } => self.stack.bye(now.mono, session, None),
        }
    }

    /// A call that we place and that is not answered yet.
    fn is_ours(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| call.outbound.is_some())
    }

    fn on_offer(&mut self, now: Now, id: CallId, session: SessionId, offer: &[u8]) {
        let Some(sdp) = self.calls.get_mut(&id).and_then(|c| c.sdp.as_mut()) else { return };
        match sdp.handle_offer(offer) {
            Ok((answer, agreed)) => {
                self.begin_media(id, agreed);
                self.stack.answer_offer(now.mono, session, answer);
            }
            // RFC 3261 section 14.2: a refused re-INVITE leaves the session as it was.
            Err(error) => self.stack.refuse_offer(now.mono, session, error.status()),
        }
    }

    fn on_offer_wanted(&mut self, now: Now, id: CallId, session: SessionId) {
        let Some(sdp) = self.calls.get_mut(&id).and_then(|c| c.sdp.as_mut()) else { return };
        let offer = sdp.offer();
        self.stack.answer_offer(now.mono, session, offer);
    }

    /// RFC 4028 section 7.4: what was offered before, unchanged, so that nothing changes in the media.
    fn on_refresh_wanted(&mut self, now: Now, id: CallId, session: SessionId) {
        let Some(sdp) = self.calls.get_mut(&id).and_then(|c| c.sdp.as_mut()) else { return };
        let offer = sdp.offer();
        self.stack.reinvite(now.mono, session, offer);
    }

    /// What was agreed before holds.
    fn on_offer_failed(&mut self, id: CallId) {
        if let Some(sdp) = self.calls.get_mut(&id).and_then(|c| c.sdp.as_mut()) {
            sdp.abandon_offer();
        }
    }

    fn on_offer_answered(&mut self, id: CallId, answer: &[u8]) {
        let Some(sdp) = self.calls.get_mut(&id).and_then(|c| c.sdp.as_mut()) else { return };
        match sdp.handle_answer(answer) {
            Ok(agreed) => self.begin_media(id, agreed),
            Err(error) => self.effects.push_back(Effect::Alarm(format!("{id}: {error}"))),
        }
    }

    /// A key by SIP INFO, in the two shapes that phones use: `application/dtmf-relay` with
    /// `Signal=` and `Duration=`, and `application/dtmf` with the bare key. While keys are the vault's, it is
    /// told that one went astray, and the key goes nowhere.
    fn on_info(&mut self, now: Now, id: CallId, content_type: &str, body: &[u8]) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some((key, ms)) = crate::info::key(content_type, body) {
            call.keys_by_info = true;
            if call.paying.is_some() {
                return self.stray_digit(now, id);
            }
            self.effects.push_back(Effect::Media(Command::InfoKey(call.leg, key, ms)));
        }
    }

    fn on_ended(&mut self, now: Now, id: CallId, by: sip::EndedBy, reason: Option<sip::Cause>) {
        if self.is_ours(id) {
            // The other side hung up before it answered (RFC 3261 section 15: it may).
            return self.on_attempt_failed(now, id, Outcome::Refused(480), None);
        }
        let cause = reason.map_or(cause::NORMAL, |c| cause::of(&c));
        let end = match by {
            sip::EndedBy::Peer => End::new(HungUp::Caller, "caller hung up", 200, cause),
            sip::EndedBy::Local => End::new(HungUp::System, "ended", 200, 16),
            sip::EndedBy::TimedOut => End::new(HungUp::System, "no ACK for 32 s", 408, 102),
            sip::EndedBy::TransportError => {
                End::new(HungUp::System, "the peer could not be reached", 503, 41)
            }
        };
        self.close(now, id, end);
    }

    /// What a media shard reports.
    pub(crate) fn on_media(&mut self, now: Now, event: Media) {
        let leg = event.leg();
        let Some(id) = self.legs.get(&leg).copied() else { return };
        self.current = Some(id);
        match event {
            Media::Secured { remote, keys, .. } => self.on_secured(now, id, remote, keys),
            Media::NotSecured { why, .. } => self.on_not_secured(now, id, &why),
            Media::KeyDown { stopped, .. } => {
                self.sound_ended(id, stopped);
                self.walk(now, id, WalkEvent::KeyDown { stopped: stopped.is_some() });
                self.fill_silence(id);
            }
            Media::KeyUp { key, .. } => self.walk(now, id, WalkEvent::KeyUp(key)),
            Media::KeyVoid(_) => self.walk(now, id, WalkEvent::KeyVoid),
            Media::PlayEnded { play, .. } => {
                self.sound_ended(id, Some(play));
                self.walk(now, id, WalkEvent::PlayEnded(play));
                self.fill_silence(id);
            }
            Media::Answering { news, .. } => self.on_answering(now, id, news),
            Media::Moved { done, .. } => self.on_moved(now, id, done),
            Media::Silent(_) => self.write(now, id, EventKind::LegSilent),
            Media::Heard(_) => self.write(now, id, EventKind::LegHeard),
            Media::TapeFull(_) => {
                self.stop_recording(now, id, "the recorder fell behind".to_owned());
            }
            Media::Dead(_) => {
                let end = End::new(HungUp::System, "no media from the caller", 200, 102);
                self.hang_up(now, id, end);
            }
            Media::Closed(_, stats) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    let codec = call.params.as_ref().map(|p| p.codec);
                    call.history.figures = Some(figures(codec, &stats));
                }
                if !self.finish_recording(now, id) {
                    self.finish(now, id);
                }
            }
        }
    }

    /// Tells the walk, and does what it then wants.
    pub(crate) fn walk(&mut self, now: Now, id: CallId, event: WalkEvent) {
        let local = self.local(now);
        self.current = Some(id);
        let Some(walk) = self.calls.get_mut(&id).and_then(|c| c.walk.as_mut()) else { return };
        walk.handle(now.mono, local, event);
        self.drain_walk(now, id);
        self.schedule(id);
    }

    /// A call's own time has come.
    pub(crate) fn on_timer(&mut self, now: Now, id: CallId) {
        let local = self.local(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.state {
            State::Opening if call.deadline <= now.mono => {
                self.refuse(now, id, 503, "No media port in time");
            }
            State::Talking if call.deadline <= now.mono => {
                self.hang_up(
                    now,
                    id,
                    End::new(HungUp::System, "the call reached its limit", 200, 102),
                );
            }
            State::Talking => {
                self.listen_again(now, id);
                let Some(call) = self.calls.get_mut(&id) else { return };
                let due = |w: &dialplan::Walk| w.timeout().is_some_and(|t| t <= now.mono);
                if let Some(walk) = call.walk.as_mut().filter(|w| due(w)) {
                    walk.handle_timeout(now.mono, local);
                    self.drain_walk(now, id);
                }
            }
            State::Calling => self.on_calling_timer(now, id),
            State::Ringing if call.deadline <= now.mono => {
                self.refuse(now, id, 480, "Nobody answered")
            }
            State::Answering if call.deadline <= now.mono => self.on_keys_overdue(now, id),
            State::Closing(_) if call.deadline <= now.mono => self.finish(now, id),
            State::Opening | State::Ringing | State::Answering | State::Closing(_) => {}
        }
    }

    /// Does what the walk wants, in its order.
    pub(crate) fn drain_walk(&mut self, now: Now, id: CallId) {
        for _ in 0..limits::ACTIONS_PER_TURN_MAX {
            let Some(call) = self.calls.get_mut(&id) else { return };
            let Some(action) = call.walk.as_mut().and_then(|w| w.poll()) else { return };
            self.act(now, id, action);
        }
        let end = End::new(HungUp::System, "the flow turned in a circle", 500, 41);
        self.effects.push_back(Effect::Alarm(format!(
            "{id}: the flow made {} actions in one turn; check it for a circle without a wait",
            limits::ACTIONS_PER_TURN_MAX
        )));
        self.hang_up(now, id, end);
    }

    fn act(&mut self, now: Now, id: CallId, action: Action) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match action {
            Action::Play { play, prompt, sentence, barge_in } => {
                let (leg, lang) = (call.leg, sentence.lang.tag().to_owned());
                if let Some(codec) = call.params.as_ref().map(|p| p.codec) {
                    let effect = Effect::Play { leg, play, sentence, barge_in, codec };
                    self.effects.push_back(effect);
                    call.ties.saying = Some(play);
                    call.ties.sound = None;
                }
                self.write(now, id, EventKind::PromptStarted { prompt, lang });
            }
            Action::StopPlay(play) => {
                self.effects.push_back(Effect::Media(Command::Stop(call.leg, play)));
            }
            Action::FindCase { request, by } => {
                self.ask(id, request);
                self.effects.push_back(Effect::FindCases { request, by });
            }
            Action::Verify { request, case, answers } => self.verify(id, request, case, answers),
            Action::Errand { request, errand } => match errand {
                Errand::Detect { within } => self.detect(now, id, request, within),
                Errand::Record { what: RecordWhat::Call, .. } => {
                    self.begin_recording(now, id, request);
                }
                Errand::Beep => self.await_beep(now, id, request),
                Errand::Transfer { to, attended, ring } => {
                    self.transfer(now, id, request, (&to, attended, ring));
                }
                Errand::Pay { case, amount } => self.pay(now, id, request, (case, amount)),
                errand => self.cannot(now, id, request, &errand),
            },
            Action::Cancel(request) => {
                if call.ties.errand == Some(request) {
                    call.ties.errand = None;
                    self.next.push_back(Next::News(id, News::Unwanted));
                }
                self.requests.remove(&request);
                self.forget_errand(id, request);
                self.payment_unwanted(now, id, request);
            }
            Action::SetLanguage(lang) => call.history.lang = lang,
            Action::Trace(trace) => self.trace(now, id, trace),
            Action::Hangup { reason } => {
                self.hang_up(now, id, End::new(HungUp::Flow, reason, 200, 16));
            }
        }
    }

    /// An errand that this server cannot do yet: the step is left by its error at once, and loudly.
    fn cannot(&mut self, now: Now, id: CallId, request: RequestId, errand: &Errand) {
        let local = self.local(now);
        let verb = errand.verb();
        self.effects.push_back(Effect::Alarm(format!(
            "{id}: the flow wants '{verb}', which this server cannot do yet; take the step out of the flow"
        )));
        if let Some(walk) = self.calls.get_mut(&id).and_then(|c| c.walk.as_mut()) {
            walk.handle(now.mono, local, WalkEvent::ServiceFailed(request));
        }
    }

    pub(crate) fn ask(&mut self, id: CallId, request: RequestId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some(late) = call.waiting.replace(request) {
            self.requests.remove(&late);
        }
        self.requests.insert(request, id);
    }

    fn verify(
        &mut self,
        id: CallId,
        request: RequestId,
        case: ids::CaseId,
        answers: Vec<(dialplan::Factor, keypad::Keys)>,
    ) {
        self.ask(id, request);
        let Some(call) = self.calls.get(&id) else { return };
        let number = call.cases.iter().find(|c| c.id == case).map(|c| c.number.clone());
        let answers = answers.into_iter().map(|(f, keys)| (factor(f), keys)).collect();
        self.effects.push_back(Effect::Verify(VerifyRequest {
            request,
            case,
            case_number: number.unwrap_or_default(),
            caller: call.history.caller.clone(),
            answers,
        }));
    }

    fn trace(&mut self, now: Now, id: CallId, trace: Trace) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.troubled |= matches!(
            trace,
            Trace::ServiceFailed { .. } | Trace::PromptMissing { .. } | Trace::Withheld { .. }
        );
        let call_declined = match &trace {
            Trace::StepLeft { step, outcome } => {
                outcome == "declined"
                    && call.plan.as_ref().is_some_and(|plan| plan.records_call(step))
            }
            _ => false,
        };
        let kind = match trace {
            Trace::StepEntered { flow, step, verb } => {
                let version = call.plan.as_ref().map_or("", |plan| short(&plan.version));
                let (version, verb) = (version.to_owned(), verb.to_owned());
                self.mask_step(id, &step, &verb);
                EventKind::StepEntered { flow, version, step, verb }
            }
            Trace::StepLeft { step, outcome } => {
                self.mask_step(id, &step, "");
                if call_declined {
                    self.recording_declined(now, id);
                }
                EventKind::StepLeft { step, outcome }
            }
            Trace::Branch { step, because, .. } => EventKind::BranchTaken { step, because },
            Trace::KeysEntered { count } => EventKind::KeysEntered { count },
            Trace::CaseFound { case, by } => {
                call.history.case = Some(case);
                EventKind::CaseFound { by: by.to_owned() }
            }
            Trace::CaseNotFound { by } => EventKind::CaseNotFound { by: by.to_owned() },
            Trace::Verified { factors } => {
                call.history.verified = true;
                let factors = factors.iter().map(|f| f.name().to_owned()).collect();
                EventKind::Verified { factors }
            }
            Trace::VerifyFailed { tries } => EventKind::VerifyFailed { tries },
            Trace::VerifyLocked => EventKind::VerifyLocked,
            Trace::ServiceFailed { service, why } => {
                EventKind::ServiceFailed { service: service.to_owned(), why: why.to_owned() }
            }
            Trace::PromptMissing { prompt, lang, why } => {
                self.effects.push_back(Effect::Alarm(format!("prompt {prompt} ({lang}): {why}")));
                EventKind::ServiceFailed { service: format!("prompt {prompt}"), why }
            }
            Trace::Withheld { step, prompt } => {
                let why = "case data before verification".to_owned();
                self.effects.push_back(Effect::Alarm(format!(
                    "{id}: step {step} wanted to say {prompt} to an unverified caller; it was not said"
                )));
                EventKind::ServiceFailed { service: format!("prompt {prompt}"), why }
            }
        };
        self.write(now, id, kind);
    }

    /// Writes one event of the call's history.
    pub(crate) fn write(&mut self, now: Now, id: CallId, kind: EventKind) {
        let event = self.calls.get_mut(&id).and_then(|c: &mut Call| c.event(now, kind));
        self.effects.extend(event.map(Effect::WriteEvent));
    }
}

fn session_of(event: &sip::Event) -> SessionId {
    use sip::Event as E;
    match event {
        E::Incoming { session, .. }
        | E::Cancelled { session }
        | E::Established { session, .. }
        | E::Progress { session, .. }
        | E::NeedAnswer { session, .. }
        | E::Answered { session, .. }
        | E::Failed { session, .. }
        | E::Offer { session, .. }
        | E::OfferWanted { session }
        | E::OfferAnswered { session, .. }
        | E::OfferFailed { session, .. }
        | E::RefreshWanted { session }
        | E::Refer { session, .. }
        | E::ReferProgress { session, .. }
        | E::ReferDone { session, .. }
        | E::Info { session, .. }
        | E::Ended { session, .. } => *session,
    }
}

fn factor(factor: dialplan::Factor) -> Factor {
    match factor {
        dialplan::Factor::Pin => Factor::Pin,
        dialplan::Factor::BirthDate => Factor::BirthDate,
        dialplan::Factor::IdLast4 => Factor::IdLast4,
    }
}
