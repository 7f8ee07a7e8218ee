//! The parser: lossless, tolerant where the RFC is, agreeing with a parser that others wrote.

#![allow(clippy::unwrap_used)]

mod wire;

use proptest::prelude::*;
use sip::{
    AddrParts, CSeq, Cause, CauseProtocol, Fault, Message, Name, Params, ParseError, Start, Via,
    values,
};
use wire::Phone;

/// In the spirit of RFC 4475 section 3.1.1.1: valid and as odd as allowed.
const ODD: &[u8] = b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
    TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
    from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
    MaX-fOrWaRdS: 0068\r\nCall-ID: odd.0ha0isndaksdj@10.0.0.1\r\n\
    cseq: 0009\r\n  INVITE\r\n\
    Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
    s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
    UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nX-Bytes: \xff\xfe \xc3\r\n\
    Content-Type: application/sdp\r\nRoute:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
    v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
    SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
    m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\
    l: 3\r\n\r\nv=0";

#[test]
fn odd_but_valid_white_space_folds_and_compact_forms_are_read() {
    let m = Message::parse(ODD).unwrap();
    assert_eq!(m.fault(), None);
    let to = AddrParts::parse(m.header(Name::To).unwrap()).unwrap();
    assert_eq!(to.tag(), Some(&b"1918181833n"[..]));
    let from = AddrParts::parse(m.header(Name::From).unwrap()).unwrap();
    assert_eq!((from.uri, from.tag()), (&b"sip:jdrosen@example.com"[..], Some(&b"98asjd8"[..])));
    let cseq = CSeq::parse(m.header(Name::CSeq).unwrap()).unwrap();
    assert_eq!(cseq.number, 9);
    let vias: Vec<_> = m.all(Name::Via).flat_map(values).map(|v| Via::parse(v).unwrap()).collect();
    let hosts: Vec<_> = vias.iter().map(|v| (v.transport, v.host)).collect();
    assert_eq!(
        hosts,
        [("UDP", "192.0.2.2"), ("TCP", "spindle.example.com"), ("UDP", "192.168.255.111")]
    );
    assert_eq!(vias[1].branch(), Some(&b"z9hG4bK9ikj8"[..]));
    let contact = AddrParts::parse(m.header(Name::Contact).unwrap()).unwrap();
    assert_eq!(contact.params.value("newparam"), Some(&b"newvalue"[..]));
    let raw = m.fields().find(|(name, _)| *name == b"X-Bytes").unwrap().1;
    assert_eq!(raw, b"\xff\xfe \xc3", "bytes that are no UTF-8 are kept");
    assert_eq!(m.body(), b"v=0");
}

#[test]
fn start_line_fields_and_body_together_are_the_message() {
    let samples: [&[u8]; 4] = [
        ODD,
        b"SIP/2.0 200 OK\r\nl:0\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\nTo: x\n\nbody without length",
        b"BYE sip:a SIP/2.0\r\nbroken line\r\nTo: x",
    ];
    for bytes in samples {
        let m = Message::parse(bytes).unwrap();
        if m.fault() != Some(Fault::BadLine) {
            assert_eq!(m.pieces().collect::<Vec<_>>().concat(), bytes);
        }
        assert_eq!(m.bytes(), bytes);
    }
}

#[test]
fn the_body_ends_where_content_length_says() {
    let m = Message::parse(b"A b SIP/2.0\r\nContent-Length: 2\r\n\r\nabcdef").unwrap();
    assert_eq!((m.body(), m.fault()), (&b"ab"[..], None));
    let m = Message::parse(b"A b SIP/2.0\r\nContent-Length: 9\r\n\r\nabcdef").unwrap();
    assert_eq!(m.fault(), Some(Fault::ShortBody));
    let m = Message::parse(b"\r\n\r\nA b SIP/2.0\r\n\r\nabcdef").unwrap();
    assert_eq!((m.body(), m.fault()), (&b"abcdef"[..], None));
    assert_eq!(Message::parse(b"\r\n\r\n").unwrap_err(), ParseError::Empty);
}

#[test]
fn status_lines_are_read_with_and_without_a_phrase() {
    let start = |b: &'static [u8]| Message::parse(b).map(|m| m.start());
    assert_eq!(start(b"SIP/2.0 200 \r\n\r\n"), Ok(Start::Response { status: 200, reason: b"" }));
    assert_eq!(
        start(b"sip/2.0 100 T\xffo\r\n\r\n"),
        Ok(Start::Response { status: 100, reason: b"T\xffo" })
    );
    for bad in [
        &b"SIP/2.0 99 x\r\n\r\n"[..],
        b"SIP/2.0 700 x\r\n\r\n",
        b"SIP/2.0 2000\r\n\r\n",
        b"SIP/2.0 \r\n\r\n",
    ] {
        assert_eq!(Message::parse(bad).map(|m| m.start()), Err(ParseError::NotSip));
    }
}

#[test]
fn a_via_is_read_with_ipv6_and_spaces_around_its_port() {
    let via = Via::parse(b"SIP/2.0/UDP [2001:db8::9]:5062;rport;received=[2001:db8::1];branch=z")
        .unwrap();
    assert_eq!((via.host_ip(), via.port), (Some("2001:db8::9".parse().unwrap()), Some(5062)));
    let via = Via::parse(b"SIP / 2.0 / UDP first.example.com : 4000 ;ttl=16").unwrap();
    assert_eq!((via.host, via.port), ("first.example.com", Some(4000)));
    for bad in [
        &b"SIP/2.0/UDP"[..],
        b"SIP/3.0/UDP a",
        b"SIP/2.0/UDP a:x",
        b"SIP/2.0/UDP [::1",
        b"SIP/2.0/UDP ;branch=1",
        b"",
    ] {
        assert_eq!(Via::parse(bad), None);
    }
}

#[test]
fn reasons_prefer_q850_and_survive_printing() {
    let cause =
        Cause::parse(b"SIP ;cause=600;text=\"Busy, really\", Q.850 ;cause=16 ;text=\"Terminated\"")
            .unwrap();
    assert_eq!((cause.protocol, cause.code), (CauseProtocol::Q850, 16));
    assert_eq!(Cause::parse(cause.to_string().as_bytes()), Some(cause));
    assert_eq!(Cause::parse(b"X;cause=1"), None);
    assert_eq!(Params(b";a;b=\"x;y\";c=").value("b"), Some(&b"\"x;y\""[..]));
}

/// `rsip` reads the same from well-formed messages.
#[test]
fn another_parser_reads_the_same() {
    use rsip::prelude::*;
    let mut phone = Phone::new();
    phone.extra = "Route: <sip:p1.example;lr>\r\nX-Thing: a, b;c\r\n".to_owned();
    let mut texts = vec![phone.invite(Some("v=0\r\n")), phone.ack(None)];
    for method in ["BYE", "OPTIONS", "CANCEL", "INFO", "UPDATE"] {
        texts.push(phone.request(method, "Reason: Q.850;cause=16\r\n", "x=1"));
    }
    for status in [100, 180, 200, 404, 503, 603] {
        let request = texts[0].clone();
        texts.push(phone.respond(&request, status, "v=0"));
    }
    for text in texts {
        let ours = Message::parse(text.as_bytes()).unwrap();
        let theirs = rsip::SipMessage::try_from(text.as_bytes()).unwrap();
        let via = Via::parse(ours.header(Name::Via).unwrap()).unwrap();
        let their_via = theirs.via_header().unwrap().typed().unwrap();
        assert_eq!(via.branch().unwrap(), their_via.branch().unwrap().value().as_bytes());
        let from = AddrParts::parse(ours.header(Name::From).unwrap()).unwrap();
        let their_from = theirs.from_header().unwrap().typed().unwrap();
        assert_eq!(from.tag().unwrap(), their_from.tag().unwrap().value().as_bytes());
        assert_eq!(from.uri, their_from.uri.to_string().as_bytes());
        let cseq = CSeq::parse(ours.header(Name::CSeq).unwrap()).unwrap();
        let their_cseq = theirs.cseq_header().unwrap().typed().unwrap();
        assert_eq!(cseq.number, their_cseq.seq);
        assert_eq!(cseq.method.as_str(), their_cseq.method.to_string());
        assert_eq!(
            ours.header(Name::CallId).unwrap(),
            theirs.call_id_header().unwrap().value().as_bytes()
        );
        assert_eq!(ours.body(), &theirs.body()[..]);
        assert_eq!(ours.fields().count(), theirs.headers().iter().count());
    }
}

proptest! {
    /// Anything that parses is lossless, and every view of it returns instead of panicking.
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        look_at_everything(&bytes);
    }

    #[test]
    fn no_text_made_of_sip_pieces_makes_the_parser_panic(
        parts in proptest::collection::vec(proptest::sample::select(&[
            "INVITE ", "sip:a@b", " SIP/2.0", "\r\n", "\n", " ", "\t", "Via: ", "v:", "SIP/2.0/UDP ", "[::1]", ":5060",
            ";branch=", "z9hG4bK", ",", "<", ">", "\"", "\\", "From", "To:", ";tag=", "CSeq: 1 ", "Content-Length: ",
            "l:", "99999999999999999999", "0", "3", "\r\n\r\n", "tel:+48", "?", "@", "%4", "=", "\u{fffd}",
        ][..]), 0..60)
    ) {
        look_at_everything(parts.concat().as_bytes());
    }
}

fn look_at_everything(bytes: &[u8]) {
    let Ok(m) = Message::parse(bytes) else { return };
    assert!(bytes.len() >= m.bytes().len());
    for (_, value) in m.fields() {
        for one in values(value) {
            let _ = (Via::parse(one), CSeq::parse(one), Cause::parse(one), sip::Uri::parse(one));
            if let Some(name) = sip::NameAddr::parse(one) {
                assert!(sip::NameAddr::parse(name.to_string().as_bytes()).is_some(), "{name}");
            }
            let _ = AddrParts::parse(one).map(|p| p.params.iter().count());
        }
    }
}
