//! A telephone: SIP by the room `sip`, offers by the room `sdp`, as a caller's side of the same machines.

use super::SERVER;
use super::answerers::Answerer;
use ids::{Moment, SessionId};
use sip::{Event, Invite, NameAddr, Path, Stack, Uri};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where its call stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PhoneState {
    /// On the hook.
    Idle,
    /// Dialled, no answer yet.
    Calling,
    /// Answered.
    Up,
    /// Refused with this status; whether a time to come again was named.
    Refused(u16, bool),
    /// Was up, is over: true when the server hung up.
    Over(bool),
}

/// What a phone does when it is called: a carrier, or whoever stands behind one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duty {
    /// Refuses with this status, and says when to come again.
    Refuse(u16, Option<u32>),
    /// Rings and answers.
    Answer,
    /// Answers with 488 what offers more than one codec.
    AnswerOneCodec,
    /// Rings until it is picked up by `pick_up`.
    AnswerLater,
    /// Rings for ever.
    Ring,
    /// Lets something be heard, then refuses with this status.
    Announce(u16),
}

/// How it dials.
#[derive(Clone, Debug)]
pub struct Dialling {
    /// The user part that is called.
    pub called: String,
    /// The user part that calls.
    pub from: String,
    /// The offer comes in the INVITE; else the server offers in its 200.
    pub offers: bool,
    /// The only codec it knows, when it is not ours.
    pub codec: Option<String>,
}

/// One telephone with at most one call.
pub struct Phone {
    /// Its name in scripts.
    pub name: String,
    /// Its address; no two phones share one.
    pub address: SocketAddr,
    /// Where its call stands.
    pub state: PhoneState,
    stack: Stack,
    /// What its registrar says, beside its stack.
    said: std::collections::VecDeque<Vec<u8>>,
    session: Option<SessionId>,
    /// A call that waits while another one is made.
    aside: Option<SessionId>,
    media: Option<sdp::Session>,
    /// Off the network: nothing leaves it any more.
    pub gone: bool,
    /// Prompts that the script has already waited for.
    pub(crate) heard: usize,
    /// The direction of the last answer to an offer of its own.
    pub held: Option<bool>,
    /// What it does when it is called.
    pub duty: Duty,
    /// What is heard on it then.
    pub answerer: Answerer,
    /// What it answers to REGISTER; without it the request goes to its stack.
    pub registrar: Option<u16>,
    /// For how many seconds the last REGISTER wanted us to know it.
    pub expires_s: Option<u32>,
    /// Empty lines that came and keep a NAT's way open.
    pub kept_open: usize,
    /// Whether its REGISTER was answered 200.
    pub registered: bool,
    waiting: Option<Vec<u8>>,
    login: Option<(String, sip::digest::Login)>,
    /// What became of the transfer that it asked for: the status of the last NOTIFY, or of the refusal.
    pub transferred: Option<u16>,
    /// What it does when it is asked to call somebody itself: the status that it tells.
    pub away: u16,
    /// What it answers to the server's next re-INVITEs: this status, so many times.
    pub refuses_offers: (u16, u32),
    /// Where it sends what is said and keyed into it.
    pub sends_to: Option<SocketAddr>,
    /// An offer of its own is not answered yet (RFC 3264 section 4: no second one until then).
    offering: bool,
}

impl Phone {
    /// The `number`th phone of a world.
    pub fn new(name: &str, number: usize) -> Self {
        let ip = Ipv4Addr::new(198, 51, (100 + number / 250) as u8, (1 + number % 250) as u8);
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
        Self {
            name: name.to_owned(),
            address: SocketAddr::new(IpAddr::V4(ip), 5060),
            state: PhoneState::Idle,
            stack: Stack::new(sip::Config::new(seed)),
            said: std::collections::VecDeque::new(),
            session: None,
            aside: None,
            media: None,
            gone: false,
            heard: 0,
            held: None,
            duty: Duty::Refuse(486, None),
            answerer: Answerer::default(),
            registrar: None,
            expires_s: None,
            kept_open: 0,
            registered: false,
            waiting: None,
            login: None,
            transferred: None,
            away: 603,
            refuses_offers: (0, 0),
            sends_to: None,
            offering: false,
        }
    }

    /// Dials.
    pub fn dial(&mut self, now: Moment, how: &Dialling) {
        let uri =
            |text: String| Uri::parse(text.as_bytes()).expect("the world writes good addresses");
        let rtp = SocketAddr::new(self.address.ip(), 4000);
        let rtcp = SocketAddr::new(self.address.ip(), 4001);
        let mut media =
            sdp::Session::new(1, sdp::LocalMedia { rtp, rtcp }, sdp::Capabilities::g711());
        let offer = how.offers.then(|| match &how.codec {
            None => media.offer(),
            Some(codec) => strange_offer(rtp, codec),
        });
        let invite = Invite {
            target: uri(format!("sip:{}@{SERVER}", how.called)),
            path: Path::udp(self.address, SERVER),
            from: NameAddr::new(uri(match &self.login {
                Some((user, _)) => format!("sip:{user}@{}", super::setting::REALM),
                None => format!("sip:{}@{}", how.from, self.address),
            })),
            to: None,
            routes: Vec::new(),
            sdp: offer,
            headers: Vec::new(),
            credentials: self
                .login
                .as_ref()
                .map(|(user, _)| sip::digest::Credentials::new(user, super::setting::PASSWORD)),
        };
        self.media = Some(media);
        self.offering = false;
        self.state = PhoneState::Calling;
        self.session = Some(self.stack.invite(now, &invite));
        self.listen(now);
    }

    /// Registers as this user.
    pub fn register(&mut self, now: Moment, user: &str) {
        let credentials = sip::digest::Credentials::new(user, super::setting::PASSWORD);
        self.login = Some((user.to_owned(), sip::digest::Login::new(credentials)));
        self.send_register(now, 1);
    }

    fn send_register(&mut self, now: Moment, count: u32) {
        let Some((user, login)) = self.login.as_mut() else { return };
        let uri = |text: &str| Uri::parse(text.as_bytes()).expect("a user's name makes an address");
        let (realm, target) = (super::setting::REALM, format!("sip:{SERVER}"));
        let own = NameAddr::new(uri(&format!("sip:{user}@{realm}")));
        let proof = login.headers("REGISTER", &target).into_iter();
        let errand = sip::Errand {
            kind: sip::ErrandKind::Register,
            target: uri(&target),
            path: Path::udp(self.address, SERVER),
            from: own.clone(),
            to: own,
            order: Some((format!("register-{user}"), count)),
            contact_user: Some(user.clone()),
            headers: proof.map(|(name, value)| (name.as_str().to_owned(), value)).collect(),
        };
        self.stack.send_errand(now, &errand);
    }

    fn registering(&mut self, now: Moment, done: &sip::ErrandDone) {
        self.registered = done.status == 200;
        if let (401, Ok(answer)) = (done.status, sip::Message::parse(&done.response)) {
            let login = self.login.as_mut().map(|(_, login)| login.challenged(&answer, 5));
            if login.is_some_and(|done| done.is_ok()) {
                self.send_register(now, 2);
            }
        }
    }

    /// Picks up what rings.
    pub fn pick_up(&mut self, now: Moment) {
        if let (Some(session), Some(answer)) = (self.session, self.waiting.take()) {
            self.stack.answer(now, session, answer);
        }
    }

    /// Asks the server to connect whom it talks with to this user.
    pub fn refer(&mut self, now: Moment, user: &str) {
        let Some(session) = self.session else { return };
        let to = Uri::parse(format!("sip:{user}@{}", SERVER.ip()).as_bytes());
        let to = NameAddr::new(to.expect("a user's name makes an address"));
        self.transferred = None;
        self.stack.refer(
            now,
            session,
            &sip::Referral { to, replaces: None, by: None, report: true },
        );
    }

    /// Lets its call wait, to make or take another one.
    pub fn set_aside(&mut self) {
        self.aside = self.session.take();
        self.state = PhoneState::Idle;
    }

    /// Asks the server to connect whom it talks with to whom it let wait (RFC 3891).
    pub fn join(&mut self, now: Moment) {
        let named = self.aside.and_then(|aside| self.stack.replaces(aside));
        let (Some(session), Some((to, replaces))) = (self.session, named) else { return };
        self.transferred = None;
        let (to, replaces) = (NameAddr::new(to), Some(replaces));
        self.stack.refer(now, session, &sip::Referral { to, replaces, by: None, report: true });
    }

    /// Hangs up, or gives up calling.
    pub fn hang_up(&mut self, now: Moment) {
        let Some(session) = self.session else { return };
        match self.state {
            PhoneState::Calling if self.waiting.take().is_some() => {
                self.stack.refuse(now, session, &sip::Refusal::new(603));
                self.state = PhoneState::Idle;
            }
            PhoneState::Calling => self.stack.bye(now, session, None),
            PhoneState::Up => {
                self.stack.bye(now, session, None);
                self.state = PhoneState::Over(false);
            }
            PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) => {}
        }
        self.listen(now);
    }

    /// Puts the server on hold, or takes it back, by re-INVITE.
    pub fn hold(&mut self, now: Moment, hold: bool) {
        let (Some(session), Some(media), false) =
            (self.session, self.media.as_mut(), self.offering)
        else {
            return;
        };
        self.offering = true;
        media.set_direction(if hold { sdp::Direction::SendOnly } else { sdp::Direction::SendRecv });
        let offer = media.offer();
        self.held = None;
        self.stack.reinvite(now, session, offer);
    }

    /// Sends a key by SIP INFO.
    pub fn info_key(&mut self, now: Moment, key: char) {
        if let Some(session) = self.session {
            let body = format!("Signal={key}\r\nDuration=120\r\n");
            self.stack.info(now, session, "application/dtmf-relay", body.as_bytes());
        }
    }

    /// Whether the call is over, or never was.
    pub fn is_done(&self) -> bool {
        !matches!(self.state, PhoneState::Calling | PhoneState::Up)
    }

    pub(crate) fn handle_message(&mut self, now: Moment, bytes: &[u8]) {
        self.kept_open += usize::from(bytes == b"\r\n\r\n");
        if let (Some(status), true) = (self.registrar, bytes.starts_with(b"REGISTER")) {
            let text = String::from_utf8_lossy(bytes);
            let expires = text.lines().find_map(|line| line.strip_prefix("Expires: "));
            self.expires_s = expires.and_then(|s| s.parse().ok());
            self.said.extend((!self.gone).then(|| registrar_answer(status, bytes)));
            return;
        }
        if !self.gone {
            self.stack.handle_message(now, Path::udp(self.address, SERVER), bytes);
            self.listen(now);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        self.stack.handle_timeout(now);
        self.listen(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.stack.poll_timeout()
    }

    pub(crate) fn poll_transmit(&mut self, _now: Moment) -> Option<Vec<u8>> {
        if let Some(answer) = self.said.pop_front() {
            return Some(answer);
        }
        loop {
            let transmit = self.stack.poll_transmit()?;
            if !self.gone {
                return Some(transmit.bytes);
            }
        }
    }

    /// Somebody calls this phone.
    fn called(&mut self, now: Moment, session: SessionId, invite: &sip::Incoming) {
        let offer = invite.offer.as_deref().unwrap_or_default();
        if !self.is_done() {
            return self.stack.refuse(now, session, &sip::Refusal::new(486));
        }
        let many = String::from_utf8_lossy(offer).contains("AVP 8 0");
        match self.duty {
            Duty::Refuse(status, retry_after_s) => {
                let refusal = sip::Refusal { retry_after_s, ..sip::Refusal::new(status) };
                self.stack.refuse(now, session, &refusal);
            }
            Duty::AnswerOneCodec if many => {
                self.stack.refuse(now, session, &sip::Refusal::new(488));
            }
            Duty::AnswerLater => {
                let answer = self.agree(offer);
                self.session = Some(session);
                self.state = PhoneState::Calling;
                self.waiting = Some(answer);
                self.stack.progress(now, session, 180, None);
            }
            Duty::Ring => {
                self.session = Some(session);
                self.state = PhoneState::Calling;
                self.stack.progress(now, session, 180, None);
            }
            Duty::Announce(status) => {
                let answer = self.agree(offer);
                self.stack.progress(now, session, 183, Some(answer));
                self.stack.refuse(now, session, &sip::Refusal::new(status));
            }
            Duty::Answer | Duty::AnswerOneCodec => {
                let answer = self.agree(offer);
                self.session = Some(session);
                self.state = PhoneState::Calling;
                self.stack.progress(now, session, 180, None);
                self.stack.answer(now, session, answer);
            }
        }
    }

    fn agree(&mut self, offer: &[u8]) -> Vec<u8> {
        let rtp = SocketAddr::new(self.address.ip(), 4000);
        let rtcp = SocketAddr::new(self.address.ip(), 4001);
        let local = sdp::LocalMedia { rtp, rtcp };
        let mut media = sdp::Session::new(2, local, sdp::Capabilities::g711());
        let (answer, _) = media.handle_offer(offer).expect("the server offers what we have");
        self.media = Some(media);
        answer
    }

    fn listen(&mut self, now: Moment) {
        while let Some(event) = self.stack.poll_event() {
            self.take(now, event);
        }
        while let Some(done) = self.stack.poll_errand() {
            self.registering(now, &done);
        }
    }

    fn take(&mut self, now: Moment, event: Event) {
        match event {
            Event::NeedAnswer { session, offer } => {
                let media = self.media.as_mut().expect("a phone that dialled has media");
                let (answer, _) =
                    media.handle_offer(&offer).expect("the server offers what we have");
                self.stack.answer(now, session, answer);
            }
            Event::Answered { sdp, .. } => {
                let media = self.media.as_mut().expect("a phone that dialled has media");
                if !sdp.is_empty() {
                    media.handle_answer(&sdp).expect("the server answers what was offered");
                }
                if self.state == PhoneState::Calling {
                    self.state = PhoneState::Up;
                }
            }
            Event::Failed { status, retry_after_s, .. } => {
                self.state = PhoneState::Refused(status, retry_after_s.is_some());
            }
            Event::Ended { session, .. } if self.session == Some(session) => {
                self.state = match self.state {
                    PhoneState::Up => PhoneState::Over(true),
                    PhoneState::Calling => PhoneState::Idle,
                    _ => return,
                };
            }
            Event::OfferAnswered { sdp, .. } => {
                self.offering = false;
                let media = self.media.as_mut().expect("a phone that offered has media");
                let agreed =
                    media.handle_answer(&sdp).expect("the server answers what was offered");
                self.held = Some(!agreed.direction.receives());
            }
            Event::OfferFailed { .. } => {
                self.offering = false;
                if let Some(media) = self.media.as_mut() {
                    media.abandon_offer();
                }
            }
            Event::Offer { session, .. } if self.refuses_offers.1 > 0 => {
                self.refuses_offers.1 -= 1;
                self.stack.refuse_offer(now, session, self.refuses_offers.0);
            }
            Event::Offer { session, sdp, .. } => {
                let answer = self.media.as_mut().map(|media| media.handle_offer(&sdp));
                match answer {
                    Some(Ok((answer, agreed))) => {
                        self.sends_to = Some(agreed.remote_rtp);
                        self.stack.answer_offer(now, session, answer);
                    }
                    Some(Err(error)) => self.stack.refuse_offer(now, session, error.status()),
                    None => self.stack.refuse_offer(now, session, 488),
                }
            }
            Event::OfferWanted { session } => self.stack.refuse_offer(now, session, 488),
            Event::Incoming { session, invite } => self.called(now, session, &invite),
            Event::Cancelled { .. } => self.state = PhoneState::Refused(487, false),
            Event::Established { .. } => self.state = PhoneState::Up,
            Event::RefreshWanted { session } => {
                if let Some(media) = self.media.as_mut() {
                    let offer = media.offer();
                    self.stack.reinvite(now, session, offer);
                }
            }
            Event::Refer { session, .. } if self.away == 603 => {
                self.stack.refuse_refer(now, session, self.away, None);
            }
            Event::Refer { session, .. } => {
                self.stack.accept_refer(now, session);
                self.stack.notify_refer(now, session, self.away);
            }
            Event::ReferProgress { status, .. } | Event::ReferDone { status, .. } => {
                self.transferred = Some(status);
            }
            Event::Progress { .. } | Event::Info { .. } | Event::Ended { .. } => {}
        }
    }
}

/// What a registrar answers: the head of the request, and half an hour.
fn registrar_answer(status: u16, request: &[u8]) -> Vec<u8> {
    let request = String::from_utf8_lossy(request);
    let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:"];
    let head = request.lines().filter(|l| kept.iter().any(|name| l.starts_with(name)));
    let head = head.collect::<Vec<_>>().join("\r\n");
    format!("SIP/2.0 {status} So\r\n{head}\r\nExpires: 1800\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

fn strange_offer(rtp: SocketAddr, codec: &str) -> Vec<u8> {
    let (ip, port) = (rtp.ip(), rtp.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 97\r\na=rtpmap:97 {codec}/16000\r\n"
    )
    .into_bytes()
}
