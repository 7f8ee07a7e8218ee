//! What a trunk works with for the length of one input.

use crate::effect::Effect;
use crate::trunk::resolve::Question;
use ids::{Moment, RequestId};
use sip::{Dice, Transport};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// The hands of a trunk.
pub(crate) struct Desk<'a> {
    pub(crate) now: Moment,
    pub(crate) stack: &'a mut sip::Stack,
    pub(crate) effects: &'a mut VecDeque<Effect>,
    pub(crate) dice: &'a mut Dice,
    pub(crate) listens: &'a [(Transport, SocketAddr)],
    pub(crate) asked: &'a mut u64,
}

/// Questions of trunks to DNS never have the number of a call's question.
const TRUNK_REQUESTS: u64 = 1 << 63;

impl Desk<'_> {
    /// Asks DNS; the answer names the request.
    pub(crate) fn ask(&mut self, question: Question) -> RequestId {
        *self.asked += 1;
        let request = RequestId(TRUNK_REQUESTS | *self.asked);
        self.effects.push_back(Effect::Resolve { request, question });
        request
    }

    pub(crate) fn alarm(&mut self, what: String) {
        self.effects.push_back(Effect::Alarm(what));
    }

    /// Our end of a path: the address that routes there, at the port where we listen.
    pub(crate) fn local(&self, transport: Transport, ip: IpAddr) -> SocketAddr {
        let fits = |at: &SocketAddr| at.is_ipv4() == ip.is_ipv4();
        let of = |t: Transport| {
            let own = || self.listens.iter().filter(move |(of, _)| *of == t).map(|(_, at)| *at);
            own().find(|at| at.ip() == ip).or_else(|| own().find(fits))
        };
        let plain = || [Transport::Udp, Transport::Tcp].into_iter().find_map(of);
        match of(transport).or_else(plain) {
            Some(at) if at.ip().is_unspecified() => SocketAddr::new(ip, at.port()),
            Some(at) => at,
            None => SocketAddr::new(ip, transport.default_port()),
        }
    }
}
