//! A telephone: SIP by the room `sip`, offers by the room `sdp`, as a caller's side of the same machines.

use super::SERVER;
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
    session: Option<SessionId>,
    media: Option<sdp::Session>,
    /// Off the network: nothing leaves it any more.
    pub gone: bool,
    /// Prompts that the script has already waited for.
    pub(crate) heard: usize,
    /// The direction of the last answer to an offer of its own.
    pub held: Option<bool>,
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
            session: None,
            media: None,
            gone: false,
            heard: 0,
            held: None,
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
            from: NameAddr::new(uri(format!("sip:{}@{}", how.from, self.address))),
            to: None,
            routes: Vec::new(),
            sdp: offer,
            headers: Vec::new(),
        };
        self.media = Some(media);
        self.offering = false;
        self.state = PhoneState::Calling;
        self.session = Some(self.stack.invite(now, &invite));
        self.listen(now);
    }

    /// Hangs up, or gives up calling.
    pub fn hang_up(&mut self, now: Moment) {
        let Some(session) = self.session else { return };
        match self.state {
            PhoneState::Calling => self.stack.cancel(now, session),
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
        loop {
            let transmit = self.stack.poll_transmit()?;
            if !self.gone {
                return Some(transmit.bytes);
            }
        }
    }

    fn listen(&mut self, now: Moment) {
        while let Some(event) = self.stack.poll_event() {
            self.take(now, event);
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
            Event::Ended { .. } => {
                if self.state == PhoneState::Up {
                    self.state = PhoneState::Over(true);
                }
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
            Event::Offer { session, .. } => self.stack.refuse_offer(now, session, 488),
            Event::OfferWanted { session } => self.stack.refuse_offer(now, session, 488),
            Event::Incoming { session, .. } => {
                self.stack.refuse(now, session, &sip::Refusal::new(486))
            }
            Event::Cancelled { .. } => self.state = PhoneState::Refused(487, false),
            Event::Progress { .. } | Event::Established { .. } | Event::Info { .. } => {}
        }
    }
}

fn strange_offer(rtp: SocketAddr, codec: &str) -> Vec<u8> {
    let (ip, port) = (rtp.ip(), rtp.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 97\r\na=rtpmap:97 {codec}/16000\r\n"
    )
    .into_bytes()
}
