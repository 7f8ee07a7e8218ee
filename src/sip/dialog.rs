//! A dialog (RFC 3261 section 12): who talks with whom, in which order, over which hops.
//!
//! ```text
//!   route set   from Record-Route: in order for the called side, reversed for the calling side
//!   target      the peer's Contact, refreshed by INVITE and UPDATE and their 2xx
//!   next hop    first route, else target; see next_hop for peers behind a NAT
//! ```
//!
//! Owns: tags, sequence numbers, route set, target. Never: a transaction; what a request is for.

use crate::dice::MAGIC_COOKIE;
use crate::digest::Login;
use crate::header::values;
use crate::inspect::{self, Essentials};
use crate::layer::Layer;
use crate::limits::HOPS_MAX;
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::name_addr::AddrParts;
use crate::path::Path;
use crate::print::Writer;
use crate::replaces::Replaces;
use crate::uri::{Scheme, Uri};

/// One side of a dialog, ours.
pub(crate) struct Dialog {
    pub(crate) call_id: Box<[u8]>,
    pub(crate) local_tag: u64,
    pub(crate) remote_tag: Option<Box<[u8]>>,
    /// Our From value, without the tag.
    local: Box<[u8]>,
    /// The peer's To value as we send it, with its tag once known.
    remote: Box<[u8]>,
    target: Uri,
    routes: Box<[Uri]>,
    pub(crate) local_cseq: u32,
    remote_cseq: Option<u32>,
    /// How the peer was last reached, or last reached us.
    pub(crate) path: Path,
    /// The peer itself sent the INVITE to us, no proxy did: one Via only.
    direct: bool,
    calling: bool,
    /// It was asked for by a `sips:` URI, and its way is one that can keep that promise.
    sips: bool,
    /// Who we are to servers that challenge us, and the nonces that they gave.
    pub(crate) login: Option<Box<Login>>,
}

/// A request of ours, begun; the caller adds what it is about.
pub(crate) struct Begun {
    pub(crate) writer: Writer,
    pub(crate) path: Path,
    pub(crate) branch: u64,
    pub(crate) cseq: u32,
}

impl Dialog {
    /// The called side (RFC 3261 section 12.1.1).
    pub(crate) fn called(
        invite: &Message<'_>,
        e: &Essentials<'_>,
        path: Path,
        target: Uri,
        local_tag: u64,
    ) -> Dialog {
        let routes = recorded(invite);
        // RFC 3261 section 12.1.1: the Request-URI, and the top Record-Route or else the Contact.
        let asked = match invite.start() {
            Start::Request { uri, .. } => Uri::parse(uri).is_ok_and(|uri| is_sips(&uri)),
            Start::Response { .. } => false,
        };
        let asked = asked || is_sips(routes.first().unwrap_or(&target));
        Dialog {
            sips: asked && path.transport.is_secure(),
            call_id: e.call_id.into(),
            local_tag,
            remote_tag: e.from.tag().map(Into::into),
            local: invite.header(Name::To).unwrap_or_default().into(),
            remote: invite.header(Name::From).unwrap_or_default().into(),
            target,
            routes,
            local_cseq: 0,
            remote_cseq: Some(e.cseq),
            path,
            direct: invite.all(Name::Via).flat_map(values).nth(1).is_none(),
            calling: false,
            login: None,
        }
    }

    /// The calling side, before any response.
    pub(crate) fn calling(layer: &mut Layer, invite: &crate::event::Invite) -> Dialog {
        let to = match &invite.to {
            Some(to) => to.to_string(),
            None => format!("<{}>", invite.target),
        };
        let call_id = format!("{:016x}{:016x}", layer.dice.roll(), layer.dice.roll());
        // RFC 3261 section 8.1.1.8: the Request-URI or the top Route.
        let asked = is_sips(&invite.target) || invite.routes.first().is_some_and(is_sips);
        Dialog {
            sips: asked && invite.path.transport.is_secure(),
            call_id: call_id.into_bytes().into(),
            local_tag: layer.dice.roll(),
            remote_tag: None,
            local: invite.from.to_string().into_bytes().into(),
            remote: to.into_bytes().into(),
            target: invite.target.clone(),
            routes: invite.routes.clone().into(),
            local_cseq: 0,
            remote_cseq: None,
            path: invite.path,
            direct: false,
            calling: true,
            login: invite.credentials.clone().map(|c| Box::new(Login::new(c))),
        }
    }

    /// The dialog with another branch of a forked INVITE of ours.
    pub(crate) fn fork(&self, response: &Message<'_>) -> Dialog {
        let mut fork = Dialog {
            call_id: self.call_id.clone(),
            remote_tag: None,
            local: self.local.clone(),
            remote: self.remote.clone(),
            target: self.target.clone(),
            routes: Box::default(),
            login: self.login.clone(),
            ..*self
        };
        fork.learn(response);
        fork
    }

    /// This dialog as the peer must name it to replace it (RFC 3891 section 4), and where the peer is.
    pub(crate) fn as_replaces(&self) -> Option<(Uri, Replaces)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let replaces = Replaces {
            call_id: text(&self.call_id),
            to_tag: text(self.remote_tag.as_deref()?),
            from_tag: format!("{:016x}", self.local_tag),
            early_only: false,
        };
        Some((self.target.clone(), replaces))
    }

    /// Our Contact value in this dialog.
    pub(crate) fn contact(&self, layer: &Layer, path: Path) -> String {
        layer.contact(path, self.sips && path.transport.is_secure())
    }

    /// True when no proxy stands between.
    pub(crate) fn is_direct(&self) -> bool {
        self.direct && self.routes.is_empty()
    }

    /// True when we made the Call-ID.
    pub(crate) fn owns_call_id(&self) -> bool {
        self.calling
    }

    /// Takes over what a response to our INVITE says (RFC 3261 sections 12.1.2 and 13.2.2.4): the
    /// tag, the route set reversed, the target. The last response to do so wins, a 2xx for good.
    pub(crate) fn learn(&mut self, response: &Message<'_>) {
        let Some(to) = response.header(Name::To) else { return };
        let Some(tag) = AddrParts::parse(to).and_then(|p| p.tag()) else { return };
        self.remote_tag = Some(tag.into());
        self.remote = to.into();
        let mut routes = recorded(response);
        routes.reverse();
        self.routes = routes;
        self.refresh(response);
    }

    /// A new Contact of the peer (RFC 3261 section 12.2).
    pub(crate) fn refresh(&mut self, message: &Message<'_>) {
        if let Ok(target) = inspect::contact(message) {
            self.target = target;
        }
    }

    /// True when the message carries this dialog's remote tag and Call-ID.
    pub(crate) fn owns(&self, call_id: &[u8], remote_tag: Option<&[u8]>) -> bool {
        let known = self.remote_tag.is_some();
        *self.call_id == *call_id && (!known || self.remote_tag.as_deref() == remote_tag)
    }

    /// False for a request that is older than the last one: 500 (RFC 3261 section 12.2.2).
    pub(crate) fn in_order(&mut self, cseq: u32) -> bool {
        let fresh = self.remote_cseq.is_none_or(|last| cseq > last);
        if fresh {
            self.remote_cseq = Some(cseq);
        }
        fresh
    }

    /// Begins the next request. ACK takes the number of its INVITE instead (section 13.2.2.4).
    pub(crate) fn begin(
        &mut self,
        layer: &mut Layer,
        method: Method,
        ack_of: Option<u32>,
    ) -> Begun {
        let cseq = ack_of.unwrap_or_else(|| {
            self.local_cseq += 1;
            self.local_cseq
        });
        let branch = layer.dice.roll();
        let path = self.next_hop();
        let strict = self.routes.first().filter(|r| !r.is_loose_router());
        // RFC 3261 section 12.2.1.1: a strict router wants itself in the Request-URI and the
        // target at the end of the Route list.
        let uri = strict.unwrap_or(&self.target).without_headers();
        let mut writer = Writer::request(method.as_str(), uri);
        write_via(&mut writer, layer, path, branch);
        writer.field(Name::MaxForwards, 70);
        let skip = usize::from(strict.is_some());
        for route in self.routes.iter().skip(skip).chain(strict.map(|_| &self.target)) {
            writer.field(Name::Route, format_args!("<{route}>"));
        }
        writer.tagged(Name::From, &self.local, self.local_tag);
        writer.bytes(Name::To, &self.remote);
        writer.bytes(Name::CallId, &self.call_id);
        writer.field(Name::CSeq, format_args!("{cseq} {}", method.as_str()));
        if let Some(login) = &mut self.login {
            match ack_of {
                Some(_) => write_login(&mut writer, login.headers_of_ack()),
                None => write_login(&mut writer, &login.headers(method.as_str(), uri)),
            }
        }
        Begun { writer, path, branch, cseq }
    }

    /// Where the next request goes. Section 12.2.1.1 says: to the first route or to the target.
    /// A peer that called us itself, and whose Contact is not where its packets come from, is
    /// behind a NAT and is reached where its packets come from. An open connection is used again.
    fn next_hop(&self) -> Path {
        let uri = self.routes.first().unwrap_or(&self.target);
        let Some(there) = self.path.toward(uri) else { return self.path };
        let same_ip = there.remote.ip() == self.path.remote.ip();
        let open = self.path.connection.is_some();
        let behind_nat = self.is_direct() && !same_ip;
        if (open && same_ip) || behind_nat { self.path } else { there }
    }
}

/// Our Via (RFC 3261 section 8.1.1.7, with rport of RFC 3581).
pub(crate) fn write_via(writer: &mut Writer, layer: &Layer, path: Path, branch: u64) {
    let (transport, at) = (path.transport.as_str(), layer.advertised(path));
    writer.field(
        Name::Via,
        format_args!("SIP/2.0/{transport} {at};branch={MAGIC_COOKIE}{branch:016x};rport"),
    );
}

fn write_login(writer: &mut Writer, headers: &[(Name, String)]) {
    for (name, value) in headers {
        writer.field(*name, value);
    }
}

fn is_sips(uri: &Uri) -> bool {
    uri.scheme() == Scheme::Sips
}

fn recorded(message: &Message<'_>) -> Box<[Uri]> {
    let all = message.all(Name::RecordRoute).flat_map(values).take(HOPS_MAX);
    all.filter_map(|v| Uri::parse(AddrParts::parse(v)?.uri).ok()).collect()
}
