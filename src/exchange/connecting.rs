//! A call is connected with somebody: the second leg is a call of ours with a record of its own.
//!
//! ```text
//!   transfer ─▶ whom? ─ a user: where his phones registered ─┐                     answered
//!                      ─ a number: the trunks ───────────────┴▶ a second call ─────────────────▶ Bridge, both ways
//!   the caller meanwhile: the prompt, then ringback             └ busy, no answer, failed ──▶ the flow goes on
//! ```
//!
//! Owns: doing what `bridge` decides; what a call hears while it waits.
//! Never: which way a call takes (`placing` does); who may ask for one by REFER (`referring` does).

use crate::bridge::{Bridge, Deed, Missed, News, Ties};
use crate::call::{Call, End, State};
use crate::effect::{Effect, Now, Sound};
use crate::exchange::Exchange;
use crate::flows::Begun;
use crate::limits;
use crate::outbound::{FailReason, Outbound, OutboundNews, Permit, is_global};
use crate::trunk::{Candidate, Over};
use dialplan::{Progress, Reply, WalkEvent};
use ids::{CallId, LegId, PlayId, RequestId};
use media::command::{BridgedKeys, Command, Direction};
use records::{EventKind, HungUp};
use std::time::Duration;

/// What is told to a call once the turn at hand is over, so that no turn runs within another one.
#[derive(Debug)]
pub(crate) enum Next {
    News(CallId, News),
    /// Nobody is connected with it any more.
    LetGo(CallId),
    /// What its flow wanted was not to be.
    GoOn(CallId, Missed),
    /// It waits, and may hear nothing.
    Fill(CallId),
}

/// Who is to be on the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Whom {
    /// One of our own people, on whichever phone.
    User(String),
    /// Somebody in the telephone network, in E.164.
    Number(String),
}

/// Why nobody is even rung, for the flow and for people.
pub(crate) type Unmet = (Missed, String);

impl Exchange {
    /// A flow wants its caller connected.
    pub(crate) fn transfer(
        &mut self,
        now: Now,
        id: CallId,
        request: RequestId,
        (to, attended, ring): (&str, bool, Duration),
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.ties.errand = Some(request);
        let Some(plan) = &call.plan else { return };
        let permit = Permit::flow(plan);
        let begun = match (self.whom(to), attended) {
            (whom, false) => self.send_away(now, id, to, whom),
            (Some(whom), true) => self.ring(now, id, &whom, ring, permit).map(drop),
            (None, true) => Err((Missed::Failed, "no user of ours and no number".to_owned())),
        };
        if let Err((missed, why)) = begun {
            self.write(now, id, EventKind::TransferFailed { to: to.to_owned(), why });
            self.next.push_back(Next::GoOn(id, missed));
        }
    }

    /// Whom a flow means: `+48…`, a user's name, `sip:NAME@here` or with our realm as its host.
    pub(crate) fn whom(&self, to: &str) -> Option<Whom> {
        let rest = to.strip_prefix("sips:").or_else(|| to.strip_prefix("sip:"));
        let (name, host) = match rest {
            Some(rest) => rest.split_once('@')?,
            None => (to, "here"),
        };
        let realm = self.config.sip.phones.as_ref().map(|phones| phones.realm.as_str());
        let ours = host == "here" || realm.is_some_and(|realm| realm.eq_ignore_ascii_case(host));
        if ours && self.stack.has_user(name) {
            return Some(Whom::User(name.to_owned()));
        }
        (rest.is_none() && is_global(name)).then(|| Whom::Number(name.to_owned()))
    }

    /// Rings somebody for a call that waits.
    ///
    /// # Errors
    /// [`Unmet`]: nobody is rung and nothing is left behind.
    pub(crate) fn ring(
        &mut self,
        now: Now,
        of: CallId,
        whom: &Whom,
        ring: Duration,
        permit: Permit,
    ) -> Result<CallId, Unmet> {
        if self.calls.len() >= self.config.calls_max {
            return Err((Missed::Untried, "all lines of this server are taken".to_owned()));
        }
        let (to, ways) = match whom {
            Whom::User(user) => (user.clone(), Ok(self.phones_of(now, user)?)),
            Whom::Number(number) => {
                let Exchange { trunks, stack, effects, .. } = self;
                let ways = trunks.candidates(now.mono, stack, effects, (number, None));
                (number.clone(), ways)
            }
        };
        let id = self.new_call_id(now);
        let unknown = || (Missed::Untried, "the call is over".to_owned());
        let call = self.calls.get_mut(&of).ok_or_else(unknown)?;
        let group = call.ties.group.unwrap_or(call.leg);
        let beside = Some(call.leg);
        let ties =
            Ties { of: Some(of), second: true, beside, group: Some(group), ..Ties::default() };
        // A phone of ours shows who of us it is; the network gets numbers alone, and nobody gets a hidden one.
        let user = call.history.user.clone().filter(|_| !call.history.from.is_empty());
        let name = user.filter(|_| matches!(whom, Whom::User(_)));
        let outbound = Outbound {
            to: to.clone(),
            caller_id: call.history.caller.clone().or(name),
            flow: String::new(),
            lang: Some(call.history.lang),
            case: call.history.case,
            trunk: None,
            ring_for: Some(ring),
            permit,
        };
        let begun = Begun { plan: call.plan.clone(), side: call.side };
        call.ties.whom.clone_from(&to);
        if call.ties.bridge.is_none() {
            call.ties.bridge = Some(Bridge::Ringing { to: id });
            call.deadline = call.deadline.max(now.mono + limits::BRIDGED_CALL_MAX);
        }
        self.write(now, of, EventKind::TransferBegun { to, call: id.to_string() });
        self.enter(now, id, outbound, begun, ways, ties);
        self.next.push_back(Next::Fill(of));
        Ok(id)
    }

    /// Where a user can be rung, the preferred phone first.
    fn phones_of(&self, now: Now, user: &str) -> Result<Vec<Candidate>, Unmet> {
        let phone = |phone: sip::Binding| Candidate {
            path: phone.path,
            over: Over::Phone(user.to_owned(), Box::new(phone)),
        };
        let phones: Vec<_> = self.reachable(now, user).into_iter().map(phone).collect();
        match phones.is_empty() {
            true => Err((Missed::Failed, "no phone of this user is registered".to_owned())),
            false => Ok(phones),
        }
    }

    /// Whether a call was made for another one.
    pub(crate) fn is_second(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| call.ties.second)
    }

    /// What becomes of a call that was made for another one, until it is answered.
    pub(crate) fn second_news(&mut self, of: CallId, call: CallId, news: OutboundNews) {
        let news = match news {
            OutboundNews::Ringing => News::Rings(call),
            OutboundNews::Answered => return,
            OutboundNews::Failed(failed) => News::Missed(
                call,
                match failed.reason {
                    FailReason::Busy => Missed::Busy,
                    FailReason::NoAnswer => Missed::NoAnswer,
                    FailReason::NoMedia => Missed::Untried,
                    _ => Missed::Failed,
                },
            ),
        };
        self.next.push_back(Next::News(of, news));
    }

    /// A call that was made for another one is answered.
    pub(crate) fn begin_second(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = State::Talking;
        call.deadline = now.mono + limits::BRIDGED_CALL_MAX;
        self.next.push_back(match call.ties.of {
            Some(of) => Next::News(of, News::Answered(id)),
            None => Next::LetGo(id),
        });
        self.schedule(id);
    }

    /// A call is over: whoever is connected with it hears of it.
    pub(crate) fn untie(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.ties.errand = None;
        let (bridge, of) = (call.ties.bridge.take(), call.ties.of.take());
        for deed in bridge.map(|bridge| bridge.handle(News::Over).1).unwrap_or_default() {
            match deed {
                Deed::Part(other) => self.part(now, id, other, "it hung up"),
                Deed::LetGo(other) => self.next.push_back(Next::LetGo(other)),
                _ => {}
            }
        }
        self.next.extend(of.map(|of| Next::News(of, News::Gone(id))));
    }

    /// One thing that waited for the turn before it.
    pub(crate) fn go_on(&mut self, now: Now, next: Next) {
        match next {
            Next::News(id, news) => self.on_news(now, id, news),
            Next::LetGo(id) => self.let_go(now, id),
            Next::GoOn(id, missed) => self.missed(now, id, missed),
            Next::Fill(id) => self.fill_silence(id),
        }
    }

    pub(crate) fn on_news(&mut self, now: Now, id: CallId, news: News) {
        self.current = Some(id);
        let bridge = self.calls.get(&id).and_then(|call| call.ties.bridge);
        let (next, deeds) = bridge.map_or((None, Vec::new()), |bridge| bridge.handle(news));
        if let Some(call) = self.calls.get_mut(&id) {
            call.ties.bridge = next;
        }
        if let News::Answered(other) = news
            && next != Some(Bridge::Talking { with: other })
        {
            self.next.push_back(Next::LetGo(other));
        }
        for deed in deeds {
            self.carry_out(now, id, deed);
        }
        self.schedule(id);
    }

    fn carry_out(&mut self, now: Now, id: CallId, deed: Deed) {
        match deed {
            Deed::RingBack(other) => {
                if let Some(session) = self.unanswered(id) {
                    self.stack.progress(now.mono, session, 180, None);
                }
                self.fill_silence(id);
                self.fill_silence(other);
            }
            Deed::Connect(_) if self.unanswered(id).is_some() => self.answer_dialled(now, id),
            Deed::Connect(other) => self.connect(now, id, other),
            Deed::Part(other) => self.part(now, id, other, "the talk is over"),
            Deed::LetGo(other) => self.let_go(now, other),
            Deed::Dismiss(other) => self.dismiss(now, other),
            Deed::Report(other, status) => {
                if let Some(call) = self.calls.get(&other) {
                    self.stack.notify_refer(now.mono, call.session, status);
                }
            }
            Deed::Served => self.flow_goes_on(now, id, Ok(Reply::Answered)),
            Deed::GoOn(missed) => {
                let to = self.calls.get(&id).map(|call| call.ties.whom.clone());
                let why = format!("{missed:?}").to_lowercase();
                self.write(now, id, EventKind::TransferFailed { to: to.unwrap_or_default(), why });
                self.missed(now, id, missed);
            }
        }
    }

    /// Both hear each other from now on; what either of them heard meanwhile is over.
    pub(crate) fn connect(&mut self, now: Now, id: CallId, other: CallId) {
        let (Some(one), Some(two)) = (self.calls.get(&id), self.calls.get(&other)) else { return };
        let (one, two) = (one.leg, two.leg);
        for (call, with, leg, to) in [(id, other, one, two), (other, id, two, one)] {
            self.hush(call);
            let keys = BridgedKeys::ToPeer;
            self.effects.push_back(Effect::Media(Command::Bridge { leg, to, keys }));
            if let Some(call) = self.calls.get_mut(&call) {
                call.deadline = now.mono + limits::BRIDGED_CALL_MAX;
                call.ties.served = true;
            }
            self.write(now, call, EventKind::Bridged { with: with.to_string() });
            if let Some(request) = self.calls.get(&call).and_then(|call| call.ties.errand) {
                self.walk(now, call, WalkEvent::Progress(request, Progress::Connected));
            }
            self.schedule(call);
        }
        self.holds_or_not(id);
        self.holds_or_not(other);
    }

    /// Neither hears the other any more.
    pub(crate) fn part(&mut self, now: Now, id: CallId, other: CallId, why: &str) {
        for (call, with) in [(id, other), (other, id)] {
            let Some(Call { leg, state, .. }) = self.calls.get(&call) else { continue };
            let (leg, over) = (*leg, matches!(state, State::Closing(_)));
            if !over {
                self.effects.push_back(Effect::Media(Command::Unbridge(leg)));
                let (with, why) = (with.to_string(), why.to_owned());
                self.write(now, call, EventKind::Unbridged { with, why });
            }
        }
    }

    /// Nobody is connected with it any more: its flow goes on, or without one it is over.
    fn let_go(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.ties.of = None;
        self.flow_goes_on(now, id, Ok(Reply::Answered));
    }

    /// It asked for what was done, and is not needed any more.
    pub(crate) fn dismiss(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.ties.of = None;
        self.hang_up(now, id, End::new(HungUp::System, "transferred", 200, 16));
    }

    fn missed(&mut self, now: Now, id: CallId, missed: Missed) {
        if self.unanswered(id).is_some() {
            return self.refuse_dialled(now, id, missed);
        }
        let reply = match missed {
            Missed::Busy => Ok(Reply::Busy),
            Missed::NoAnswer => Ok(Reply::NoAnswer),
            Missed::Failed => Ok(Reply::NotTransferred),
            Missed::Untried => Err(()),
        };
        self.flow_goes_on(now, id, reply);
    }

    fn flow_goes_on(&mut self, now: Now, id: CallId, reply: Result<Reply, ()>) {
        self.hush(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(request) = call.ties.errand.take() else {
            let end = End::new(HungUp::System, "the other side hung up", 200, 16);
            return self.hang_up(now, id, end);
        };
        call.deadline = now.mono + limits::IVR_CALL_MAX;
        let event = match reply {
            Ok(reply) => WalkEvent::Done(request, reply),
            Err(()) => WalkEvent::ServiceFailed(request),
        };
        self.walk(now, id, event);
    }

    /// The call that this one talks with.
    pub(crate) fn partner(&self, id: CallId) -> Option<CallId> {
        let call = self.calls.get(&id)?;
        let with = |call: &Call| match call.ties.bridge {
            Some(Bridge::Talking { with }) => Some(with),
            _ => None,
        };
        let of = || call.ties.of.filter(|of| self.calls.get(of).and_then(with) == Some(id));
        with(call).or_else(of)
    }

    // ---- what is heard meanwhile ----

    /// A prompt or a sound is over.
    pub(crate) fn sound_ended(&mut self, id: CallId, play: Option<PlayId>) {
        let (Some(call), Some(play)) = (self.calls.get_mut(&id), play) else { return };
        call.ties.saying.take_if(|saying| *saying == play);
        call.ties.sound.take_if(|(sound, _)| *sound == play);
    }

    /// Who waits and hears no prompt hears that something goes on.
    pub(crate) fn fill_silence(&mut self, id: CallId) {
        let due = self.due_sound(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (Some(params), Some(sound)) = (&call.params, due) else { return };
        if call.ties.saying.is_some() || call.ties.sound.is_some() || call.state != State::Talking {
            return;
        }
        self.made += 1;
        let play = PlayId(self.made << crate::arrival::IDS_PER_CALL_BITS);
        call.ties.sound = Some((play, sound));
        let (leg, codec) = (call.leg, params.codec);
        self.effects.push_back(Effect::Sound { leg, play, sound, codec });
    }

    fn due_sound(&self, id: CallId) -> Option<Sound> {
        let ties = &self.calls.get(&id)?.ties;
        let of = ties.of.and_then(|of| self.calls.get(&of)?.ties.bridge);
        let handing_on = matches!(of, Some(Bridge::Moving { from, .. }) if from == id);
        if handing_on || ties.bridge.is_some_and(Bridge::waits) {
            return Some(Sound::Ringback);
        }
        if self.waits_to_pay(id) {
            return Some(Sound::Hold);
        }
        let partner = self.calls.get(&self.partner(id)?)?;
        // Who holds may send music of its own (RFC 3264 section 8.4) and mostly sends nothing: ours is sure.
        let holds = partner.params.as_ref()?.direction != Direction::SendRecv;
        holds.then_some(Sound::Hold)
    }

    /// An offer may have put the other side on hold, or taken it back.
    pub(crate) fn holds_or_not(&mut self, id: CallId) {
        let Some(other) = self.partner(id) else { return };
        match self.due_sound(other) {
            Some(_) => self.fill_silence(other),
            None => self.hush(other),
        }
    }

    /// Stops what plays for want of a person.
    fn hush(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let leg = call.leg;
        let plays = [call.ties.saying.take(), call.ties.sound.take().map(|(play, _)| play)];
        for play in plays.into_iter().flatten() {
            self.effects.push_back(Effect::Media(Command::Stop(leg, play)));
        }
    }

    /// A live leg of a user's other call, and the first of its media thread: his calls can be joined only
    /// there.
    pub(crate) fn beside_another_of(&self, user: &str) -> Option<(LegId, LegId)> {
        let his =
            |call: &&Call| call.state == State::Talking && call.ties.user.as_deref() == Some(user);
        let call = self.calls.values().filter(his).min_by_key(|call| call.id)?;
        Some((call.leg, call.ties.group.unwrap_or(call.leg)))
    }
}
