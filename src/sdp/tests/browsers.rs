//! Offers of browsers: DTLS-SRTP within ICE, on one port, as Chromium and JsSIP make them.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use sdp::{Capabilities, LocalDtls, LocalMedia, MediaError, OfferError, Protection, Session};

const PRINT: &str = "22:44:66:88:AA:CC:EE:00:11:33:55:77:99:BB:DD:FF:\
22:44:66:88:AA:CC:EE:00:11:33:55:77:99:BB:DD:FF";

/// What Chromium 156 offers for audio, shortened by nothing that matters.
fn offer(with: &str) -> String {
    format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
         a=group:BUNDLE 0\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n\
         a=rtcp:9 IN IP4 0.0.0.0\r\n\
         a=candidate:1 1 udp 2113937151 a2b9.local 51472 typ host generation 0\r\n\
         a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg12\r\na=ice-options:trickle\r\n\
         a=fingerprint:sha-256 {PRINT}\r\na=mid:0\r\na=rtcp-mux\r\na=rtcp-rsize\r\n{with}\
         a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n\
         a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n\
         a=ssrc:1510613869 cname:x\r\n"
    )
}

fn session_with(caps: Capabilities) -> Session {
    let at = |port| format!("192.0.2.9:{port}").parse().unwrap();
    let local = LocalMedia { rtp: at(20_000), rtcp: at(20_001) };
    let dtls = LocalDtls {
        fingerprint: "AB:CD".into(),
        ice_name: "oursOURS".to_owned(),
        ice_password: "0123456789abcdefghijklmn".to_owned(),
    };
    Session::new(7, local, caps).with_dtls(Some(dtls))
}

fn session() -> Session {
    session_with(Capabilities::g711())
}

fn refusal(session: &mut Session, offer: &str) -> MediaError {
    match session.handle_offer(offer.as_bytes()) {
        Err(OfferError::NotAcceptable(why)) => why,
        other => panic!("refused as media, not {other:?}"),
    }
}

#[test]
fn chromium_is_answered_on_one_port_by_an_ice_lite_agent_that_begins_the_handshake() {
    let (answer, agreed) =
        session().handle_offer(offer("a=setup:actpass\r\na=sendrecv\r\n").as_bytes()).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let expected = "a=ice-lite\r\na=group:BUNDLE 0\r\n\
        m=audio 20000 UDP/TLS/RTP/SAVPF 0 126\r\n\
        a=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:126 telephone-event/8000\r\n\
        a=fmtp:126 0-15\r\n\
        a=ptime:20\r\n\
        a=sendrecv\r\n\
        a=rtcp-mux\r\n\
        a=mid:0\r\n\
        a=ice-ufrag:oursOURS\r\n\
        a=ice-pwd:0123456789abcdefghijklmn\r\n\
        a=candidate:1 1 UDP 2130706431 192.0.2.9 20000 typ host\r\n\
        a=fingerprint:sha-256 AB:CD\r\n\
        a=setup:active\r\n\
        a=end-of-candidates\r\n";
    assert!(answer.ends_with(expected), "{answer}");
    let dtls = agreed.dtls.unwrap();
    assert!(dtls.we_begin && agreed.rtcp_mux && agreed.srtp.is_none());
    assert_eq!(dtls.fingerprints, [("sha-256".to_owned(), PRINT.to_owned())]);
    assert_eq!(dtls.remote_ice_name.as_deref(), Some("8hhY"));
    // 0.0.0.0 is no hold where ICE finds the way
    assert_eq!(agreed.direction, sdp::Direction::SendRecv);
    assert!(!agreed.held);
}

#[test]
fn whoever_is_active_begins() {
    for (theirs, ours, we_begin) in
        [("actpass", "active", true), ("passive", "active", true), ("active", "passive", false)]
    {
        let offer = offer(&format!("a=setup:{theirs}\r\n"));
        let (answer, agreed) = session().handle_offer(offer.as_bytes()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!("a=setup:{ours}\r\n")), "{theirs}: {answer}");
        assert_eq!(agreed.dtls.unwrap().we_begin, we_begin, "{theirs}");
    }
}

#[test]
fn a_telephone_without_ice_is_met_where_it_says() {
    let offer = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 4000 UDP/TLS/RTP/SAVP 8\r\na=rtcp-mux\r\na=setup:actpass\r\n\
         a=fingerprint:SHA-256 {PRINT}\r\n"
    );
    let (answer, agreed) = session().handle_offer(offer.as_bytes()).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(!answer.contains("ice") && !answer.contains("candidate"), "{answer}");
    assert_eq!(agreed.remote_rtp, "192.0.2.1:4000".parse().unwrap());
    assert_eq!(agreed.remote_rtcp, agreed.remote_rtp);
}

#[test]
fn what_cannot_be_proved_or_kept_is_refused() {
    let whole = offer("a=setup:actpass\r\n");
    let sha1 = whole.replace("sha-256", "sha-1");
    assert_eq!(refusal(&mut session(), &sha1), MediaError::NoFingerprint);
    let two_ports = whole.replace("a=rtcp-mux\r\n", "");
    assert_eq!(refusal(&mut session(), &two_ports), MediaError::NoMux);
    let later = whole.replace("actpass", "holdconn");
    assert_eq!(refusal(&mut session(), &later), MediaError::NewAssociation);
    let mut off =
        session_with(Capabilities { protection: Protection::Off, ..Capabilities::g711() });
    assert!(matches!(refusal(&mut off, &whole), MediaError::Transport(_)));
    let mut without = session().with_dtls(None);
    assert!(matches!(refusal(&mut without, &whole), MediaError::Transport(_)));
}

#[test]
fn a_hold_keeps_the_association_and_nothing_less_than_it_is_taken_again() {
    let mut session = session();
    let whole = offer("a=setup:actpass\r\na=sendrecv\r\n");
    let (_, first) = session.handle_offer(whole.as_bytes()).unwrap();
    let hold = whole.replace("a=sendrecv", "a=sendonly");
    let (answer, held) = session.handle_offer(hold.as_bytes()).unwrap();
    assert!(String::from_utf8(answer).unwrap().contains("a=recvonly\r\n"));
    assert_eq!((held.dtls.as_ref(), held.held), (first.dtls.as_ref(), true));
    let restart = whole.replace("8hhY", "9iiZ");
    let other = whole.replace("22:44", "23:45");
    let plain = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                 m=audio 4000 RTP/AVP 8\r\n";
    for less in [restart.as_str(), other.as_str(), plain] {
        assert_eq!(refusal(&mut session, less), MediaError::NewAssociation);
    }
    assert_eq!(session.agreed().unwrap().dtls, first.dtls);
}

#[test]
fn an_offer_of_ours_within_the_session_repeats_it_and_takes_no_other_answer() {
    let mut session = session();
    let whole = offer("a=setup:actpass\r\na=sendrecv\r\n");
    let (_, first) = session.handle_offer(whole.as_bytes()).unwrap();
    let offered = String::from_utf8(session.offer()).unwrap();
    for same in
        ["UDP/TLS/RTP/SAVPF", "a=setup:actpass", "a=ice-ufrag:oursOURS", "a=mid:0", "BUNDLE 0"]
    {
        assert!(offered.contains(same), "{same} in {offered}");
    }
    let other = whole.replace("actpass", "passive").replace("22:44", "23:45");
    assert!(session.handle_answer(other.as_bytes()).is_err());
    session.offer();
    let answer = whole.replace("actpass", "passive");
    assert_eq!(session.handle_answer(answer.as_bytes()).unwrap().dtls, first.dtls);
}
