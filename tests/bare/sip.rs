//! SIP as text: one call's requests (RFC 3261 section 24.2 shows the same ones) and what is needed from a response.

use std::net::SocketAddr;

/// One call of a bare phone: the numbers its requests carry.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Our own address, as it stands in Via and Contact.
    pub local: SocketAddr,
    /// `UDP` or `TCP`.
    pub transport: &'static str,
    /// Whom we call.
    pub uri: String,
    /// From, without the tag.
    pub from: String,
    /// The Call-ID.
    pub call_id: String,
    /// The peer's tag, once known.
    pub to_tag: Option<String>,
    /// Where requests within the call go: the peer's Contact.
    pub target: String,
    /// The last CSeq number.
    pub cseq: u32,
}

impl Dialog {
    /// A call from `local` to `uri`; `number` tells calls of one phone apart.
    pub fn new(
        local: SocketAddr,
        transport: &'static str,
        uri: &str,
        from: &str,
        number: u64,
    ) -> Self {
        let call_id = format!("{number}-{}@bare", local.port());
        let from = format!("<sip:{from}@{local}>;tag=f{number}");
        Self {
            local,
            transport,
            uri: uri.into(),
            from,
            call_id,
            to_tag: None,
            target: uri.into(),
            cseq: 1,
        }
    }

    /// A request with this method, extra header lines (each ending in CRLF) and body.
    pub fn request(&self, method: &str, cseq: u32, extra: &str, body: &str) -> String {
        let Self { local, transport, uri, from, call_id, target, .. } = self;
        let to_tag = self.to_tag.as_ref().map(|t| format!(";tag={t}")).unwrap_or_default();
        let branch = format!("z9hG4bK{call_id}{cseq}{method}");
        // ACK to a 2xx is a transaction of its own (RFC 3261 section 13.2.2.4); a CANCEL carries its INVITE's branch (9.1)
        let branch = if method == "CANCEL" { branch.replace("CANCEL", "INVITE") } else { branch };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/{transport} {local};rport;branch={branch}\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: <{uri}>{to_tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:bare@{local};transport={}>\r\n{extra}{kind}Content-Length: {}\r\n\r\n{body}",
            transport.to_lowercase(),
            body.len()
        )
    }

    /// The INVITE, with an offer or (empty) without one.
    pub fn invite(&self, offer: &str) -> String {
        self.request("INVITE", self.cseq, "", offer)
    }

    /// The ACK to a 2xx.
    pub fn ack(&self) -> String {
        self.request("ACK", self.cseq, "", "")
    }

    /// The next request within the call.
    pub fn next(&mut self, method: &str, extra: &str, body: &str) -> String {
        self.cseq += 1;
        self.request(method, self.cseq, extra, body)
    }

    /// Learns the peer's tag and Contact from its response.
    pub fn learn(&mut self, response: &Response) {
        self.to_tag =
            response.header("To").and_then(|to| to.split(";tag=").nth(1)).map(str::to_owned);
        let contact = response.header("Contact").and_then(|c| c.split_once('<')?.1.split_once('>'));
        if let Some((target, _)) = contact {
            self.target = target.to_owned();
        }
    }
}

/// A response, or a request of the peer, as text.
#[derive(Clone, Debug)]
pub struct Response {
    text: String,
}

impl Response {
    /// From the bytes of one message.
    pub fn new(bytes: &[u8]) -> Self {
        Self { text: String::from_utf8_lossy(bytes).into_owned() }
    }

    /// The first line.
    pub fn start_line(&self) -> &str {
        self.text.lines().next().unwrap_or("")
    }

    /// The status, or 0 when it is a request.
    pub fn status(&self) -> u16 {
        let rest = self.text.strip_prefix("SIP/2.0 ");
        rest.and_then(|r| r.get(..3)?.parse().ok()).unwrap_or(0)
    }

    /// The first header line with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or("");
        let lines = head.lines().skip(1).filter_map(|l| l.split_once(':'));
        lines.into_iter().find(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    }

    /// The method of its CSeq.
    pub fn method(&self) -> &str {
        self.header("CSeq").and_then(|c| c.split_whitespace().nth(1)).unwrap_or("")
    }

    /// The body.
    pub fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// Where the peer's description wants RTP: the first `m=audio` port at the first `c=` address.
    pub fn media(&self) -> Option<SocketAddr> {
        let line = |start: &str| {
            self.body().lines().find_map(|l| l.strip_prefix(start)).map(str::to_owned)
        };
        let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        let address = line("c=IN IP4 ").or_else(|| line("c=IN IP6 "))?;
        Some(SocketAddr::new(address.trim().parse().ok()?, port))
    }

    /// The 200 to an INVITE of the peer, with an answer, from this address.
    pub fn accept(&self, contact: SocketAddr, answer: &str) -> String {
        let ok = self.ok();
        let (head, _) = ok.split_once("Content-Length").unwrap_or((&ok, ""));
        let to = self.header("To").unwrap_or("");
        let head = head.replacen(&format!("To: {to}\r\n"), &format!("To: {to};tag=bare\r\n"), 1);
        format!(
            "{head}Contact: <sip:bare@{contact}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
    }

    /// The 200 to a request of the peer.
    pub fn ok(&self) -> String {
        let copied = ["Via", "From", "To", "Call-ID", "CSeq"];
        let lines = copied.iter().filter_map(|n| Some(format!("{n}: {}\r\n", self.header(n)?)));
        format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", lines.collect::<String>())
    }
}

/// An offer of A-law and telephone-event at this address.
pub fn offer(rtp: SocketAddr, rtcp_port: u16) -> String {
    let (ip, port) = (rtp.ip(), rtp.port());
    let net = if ip.is_ipv6() { "IP6" } else { "IP4" };
    format!(
        "v=0\r\no=bare 1 1 IN {net} {ip}\r\ns=-\r\nc=IN {net} {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp:{rtcp_port}\r\na=ptime:20\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog() -> Dialog {
        let local = "127.0.0.1:40000".parse().unwrap();
        Dialog::new(local, "UDP", "sip:hotline@127.0.0.1:5060", "bare", 3)
    }

    #[test]
    fn what_the_bare_phone_writes_is_read_by_our_own_parser() {
        let mut dialog = dialog();
        let offer = offer("127.0.0.1:4000".parse().unwrap(), 4001);
        let texts = [dialog.invite(&offer), dialog.ack(), dialog.next("BYE", "", "")];
        for text in texts {
            assert!(sip::Message::parse(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_cancel_carries_the_branch_of_its_invite() {
        let branch = |text: &str| {
            let via = Response::new(text.as_bytes()).header("Via").unwrap().to_owned();
            via.split("branch=").nth(1).unwrap().to_owned()
        };
        let dialog = dialog();
        assert_eq!(branch(&dialog.request("CANCEL", 1, "", "")), branch(&dialog.invite("")));
        assert_ne!(branch(&dialog.ack()), branch(&dialog.invite("")));
    }

    #[test]
    fn a_200_teaches_tag_contact_and_media_address() {
        let text = "SIP/2.0 200 OK\r\nTo: <sip:h@a>;tag=t9\r\nContact: <sip:parley@127.0.0.1:5070>\r\n\
                    CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\nv=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 20002 RTP/AVP 8\r\n";
        let response = Response::new(text.as_bytes());
        let mut dialog = dialog();
        dialog.learn(&response);
        assert_eq!((response.status(), response.method()), (200, "INVITE"));
        assert_eq!(response.media(), Some("127.0.0.1:20002".parse().unwrap()));
        assert!(dialog.ack().starts_with("ACK sip:parley@127.0.0.1:5070 SIP/2.0\r\n"));
        assert!(dialog.ack().contains(";tag=t9"));
    }
}
