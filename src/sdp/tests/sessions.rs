//! Several offers and answers of one session: versions, holds, order of lines, both roles.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sdp::{AnswerError, Capabilities, CodecCap, Direction, LocalMedia, OfferError, Session};

fn local(port: u16) -> LocalMedia {
    let at = |port| format!("192.0.2.1:{port}").parse().unwrap();
    LocalMedia { rtp: at(port), rtcp: at(port + 1) }
}

fn session() -> Session {
    Session::new(7, local(40000), Capabilities::g711())
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

fn version(body: &str) -> u64 {
    let origin = body.lines().find(|l| l.starts_with("o=")).unwrap();
    origin.split(' ').nth(2).unwrap().parse().unwrap()
}

/// One audio stream at this address with these attributes.
fn audio(address: &str, attributes: &str) -> Vec<u8> {
    format!("v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n{attributes}").into_bytes()
}

#[test]
fn the_version_grows_by_one_only_when_something_changed() {
    let mut session = session();
    let mut versions = Vec::new();
    for attributes in
        ["", "a=sendrecv\r\n", "a=sendonly\r\n", "a=sendonly\r\n", "", "a=inactive\r\n"]
    {
        let (answer, _) = session.handle_offer(&audio("198.51.100.9", attributes)).unwrap();
        versions.push(version(&text(answer)));
    }
    assert_eq!(versions, [1, 1, 2, 2, 3, 4]);
}

#[test]
fn g722_is_taken_from_a_peer_that_prefers_it_and_g711_otherwise() {
    for (formats, codec) in
        [("9 8 0 101", "G722"), ("8 9 101", "PCMA"), ("0 9", "PCMU"), ("9", "G722")]
    {
        let offer = text(audio("198.51.100.9", "")).replace("8 101", formats);
        let mut session = Session::new(7, local(40000), Capabilities::telephone());
        let (answer, agreed) = session.handle_offer(offer.as_bytes()).unwrap();
        assert_eq!(agreed.codec.name, codec, "{formats}");
        // RFC 3551 section 4.5.2: written with the clock of 8,000 that it has in RTP
        assert!(text(answer).contains(&format!("{codec}/8000\r\n")));
        assert_eq!(agreed.telephone_event.is_some(), formats.contains("101"));
    }
    let offered = text(Session::new(7, local(40000), Capabilities::telephone()).offer());
    assert!(offered.contains("RTP/AVP 8 0 9 101\r\n"), "G.711 first: {offered}");
}

/// RFC 7587 section 7: a clock of 48,000 and two channels whatever it carries, and keys in that clock.
#[test]
fn opus_is_answered_where_nothing_else_is_common_and_then_alone_offered() {
    let offer = |formats: &str| {
        let lines = "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
                     a=rtpmap:110 telephone-event/48000\r\na=rtpmap:97 opus/48000\r\n";
        text(audio("198.51.100.9", lines)).replace("8 101", formats).into_bytes()
    };
    let phone = || Session::new(7, local(40000), Capabilities::telephone());
    for (formats, codec) in [("111 8 101 110", "PCMA"), ("111 110 0", "PCMU"), ("111 9", "G722")] {
        assert_eq!(phone().handle_offer(&offer(formats)).unwrap().1.codec.name, codec, "{formats}");
    }
    let mut session = phone();
    let (answer, agreed) = session.handle_offer(&offer("111 110 101")).unwrap();
    assert_eq!((agreed.codec.name.as_str(), agreed.codec.payload_type), ("opus", 111));
    assert_eq!(agreed.telephone_event, Some((110, 48_000)));
    let lines = "RTP/AVP 111 110\r\na=rtpmap:111 opus/48000/2\r\n\
        a=fmtp:111 maxplaybackrate=16000;sprop-maxcapturerate=16000;minptime=10;useinbandfec=1\r\n\
        a=rtpmap:110 telephone-event/48000\r\n";
    let (answer, again) = (text(answer), text(session.offer()));
    assert!(answer.contains(lines), "{answer}");
    assert!(again.contains(lines), "a hold of ours keeps it: {again}");
    session.abandon_offer();
    assert_eq!(session.handle_offer(&offer("111 8 101")).unwrap().1.codec.name, "PCMA", "better");
    assert_eq!(session.handle_offer(&offer("111 110")).unwrap_err().status(), 488, "not back");
    assert_eq!(phone().handle_offer(&offer("97 101")).unwrap_err().status(), 488, "one channel");
    assert!(!text(phone().offer()).contains("opus"), "never offered first");
    let alone = Capabilities { codecs: vec![CodecCap::opus()], ..Capabilities::g711() };
    let offered = text(Session::new(7, local(40000), alone).offer());
    assert!(offered.contains("opus/48000/2") && offered.contains("telephone-event/48000"));
}

#[test]
fn hold_in_each_of_its_spellings_keeps_the_address_and_ends_again() {
    let mut session = session();
    let talk = session.handle_offer(&audio("198.51.100.9", "")).unwrap().1;
    assert_eq!((talk.direction, talk.held), (Direction::SendRecv, false));
    for (address, attribute, ours, held) in [
        ("198.51.100.9", "sendonly", Direction::RecvOnly, true),
        ("198.51.100.9", "inactive", Direction::Inactive, true),
        ("198.51.100.9", "recvonly", Direction::SendOnly, false),
        ("0.0.0.0", "sendrecv", Direction::RecvOnly, true),
        ("0.0.0.0", "inactive", Direction::Inactive, true),
        ("198.51.100.9", "sendrecv", Direction::SendRecv, false),
    ] {
        let offer = audio(address, &format!("a={attribute}\r\n"));
        let (answer, agreed) = session.handle_offer(&offer).unwrap();
        assert_eq!((agreed.direction, agreed.held), (ours, held), "{address} {attribute}");
        assert_eq!(agreed.remote_rtp, talk.remote_rtp, "{address} {attribute}");
        assert!(text(answer).contains(&format!("a={}\r\n", ours.attribute())));
    }
}

#[test]
fn a_hold_at_session_level_counts_unless_the_stream_says_otherwise() {
    let offer = |line: &str| {
        format!("v=0\r\nc=IN IP4 198.51.100.9\r\na=sendonly\r\nm=audio 5000 RTP/AVP 8\r\n{line}")
    };
    let ours = |body: String| session().handle_offer(body.as_bytes()).unwrap().1.direction;
    assert_eq!(ours(offer("")), Direction::RecvOnly);
    assert_eq!(ours(offer("a=inactive\r\n")), Direction::Inactive);
}

#[test]
fn a_stream_closed_by_port_zero_is_a_hold_and_can_be_opened_again() {
    let mut session = session();
    let before = session.handle_offer(&audio("198.51.100.9", "")).unwrap().1;
    let closed = "v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 0 RTP/AVP 8\r\n";
    let (answer, agreed) = session.handle_offer(closed.as_bytes()).unwrap();
    assert!(text(answer).contains("m=audio 0 RTP/AVP 8\r\n"));
    assert_eq!((agreed.direction, agreed.held), (Direction::Inactive, true));
    assert_eq!(agreed.codec, before.codec);
    let again = session.handle_offer(&audio("198.51.100.9", "")).unwrap().1;
    assert_eq!(again, before);
}

#[test]
fn a_refused_offer_changes_nothing() {
    let mut session = session();
    let agreed = session.handle_offer(&audio("198.51.100.9", "")).unwrap().1;
    let foreign = "v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 5000 RTP/AVP 18\r\n";
    assert_eq!(session.handle_offer(foreign.as_bytes()).unwrap_err().status(), 488);
    assert_eq!(session.handle_offer(b"\xff\xfe").unwrap_err().status(), 400);
    assert_eq!(session.agreed(), Some(&agreed));
    let (answer, _) = session.handle_offer(&audio("198.51.100.9", "")).unwrap();
    assert_eq!(version(&text(answer)), 1);
}

#[test]
fn our_offer_after_an_answer_keeps_lines_types_and_codec() {
    let mut session = session();
    let offer = "v=0\r\nc=IN IP4 198.51.100.9\r\nm=video 6000 RTP/AVP 96\r\nm=audio 5000 RTP/AVP 0 8 99\r\na=rtpmap:99 telephone-event/8000\r\n";
    session.handle_offer(offer.as_bytes()).unwrap();
    session.set_direction(Direction::SendOnly);
    let ours = text(session.offer());
    let lines: Vec<_> = ours.lines().filter(|l| l.starts_with("m=")).collect();
    assert_eq!(lines, ["m=video 0 RTP/AVP 96", "m=audio 40000 RTP/AVP 0 8 99"]);
    assert!(ours.contains("a=sendonly\r\n"));
    assert_eq!(version(&ours), 2);
    assert_eq!(version(&text(session.offer())), 2, "said again, it is the same");
}

#[test]
fn while_our_offer_waits_the_peers_is_glare_until_ours_is_over() {
    let mut session = session();
    session.offer();
    let theirs = audio("198.51.100.9", "");
    assert_eq!(session.handle_offer(&theirs), Err(OfferError::Glare));
    assert_eq!(OfferError::Glare.status(), 491);
    session.abandon_offer();
    assert!(session.handle_offer(&theirs).is_ok());
}

#[test]
fn an_answer_is_held_to_our_offer() {
    let answer = |body: &[u8]| {
        let mut session = session();
        session.offer();
        session.handle_answer(body)
    };
    assert_eq!(session().handle_answer(b"v=0\r\n"), Err(AnswerError::NoOffer));
    assert_eq!(
        answer(b"v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 0 RTP/AVP 8\r\n"),
        Err(AnswerError::Refused)
    );
    assert_eq!(
        answer(b"v=0\r\nc=IN IP4 198.51.100.9\r\n"),
        Err(AnswerError::LineCount { offered: 1, answered: 0 })
    );
    assert!(matches!(
        answer(b"v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 5000 RTP/AVP 18\r\n"),
        Err(AnswerError::NotAcceptable(_))
    ));
    assert!(matches!(answer(b""), Err(AnswerError::Unreadable(_))));
}

#[test]
fn an_answerer_that_renumbers_is_sent_its_numbers_and_heard_in_ours() {
    let mut session = session();
    session.offer();
    let answer = "v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 5000 RTP/AVP 97 96\r\na=rtpmap:97 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n";
    let agreed = session.handle_answer(answer.as_bytes()).unwrap();
    assert_eq!((agreed.codec.payload_type, agreed.codec_received_as), (97, 0));
    assert_eq!(agreed.telephone_event, Some((96, 8000)));
    assert_eq!(agreed.telephone_event_received_as, Some(101));
}

#[test]
fn an_answer_takes_the_peers_first_codec_of_ours() {
    let mut session = session();
    session.offer();
    let answer = "v=0\r\nc=IN IP4 198.51.100.9\r\nm=audio 5000 RTP/AVP 0 8\r\n";
    let agreed = session.handle_answer(answer.as_bytes()).unwrap();
    assert_eq!((agreed.codec.name.as_str(), agreed.telephone_event), ("PCMU", None));
}

#[test]
fn packet_times_are_cut_to_what_leaves_on_our_grid() {
    for (attributes, ms) in [
        ("", 20),
        ("a=ptime:40\r\n", 40),
        ("a=ptime:0\r\n", 20),
        ("a=ptime:5\r\n", 10),
        ("a=ptime:25\r\n", 20),
        ("a=ptime:4000000000\r\n", 60),
        ("a=ptime:99999999999999999999\r\n", 20),
        ("a=ptime:none\r\n", 20),
        ("a=maxptime:10\r\n", 10),
        ("a=ptime:60\r\na=maxptime:30\r\n", 30),
    ] {
        let agreed = session().handle_offer(&audio("198.51.100.9", attributes)).unwrap().1;
        assert_eq!(agreed.ptime_ms, ms, "{attributes}");
    }
}

fn some_caps() -> impl Strategy<Value = Capabilities> {
    let all = vec![
        CodecCap::of_telephones("PCMA", 8),
        CodecCap::of_telephones("PCMU", 0),
        CodecCap::of_telephones("G722", 9),
        CodecCap { static_pt: None, ..CodecCap::of_telephones("L16", 0) },
        CodecCap::opus(),
    ];
    let codecs = proptest::sample::subsequence(all, 1..=5).prop_shuffle();
    (codecs, any::<bool>(), 1u8..=6, any::<bool>()).prop_map(|(codecs, keys, tens, rtcp_mux)| {
        Capabilities {
            codecs,
            telephone_event: keys,
            ptime_ms: tens * 10,
            rtcp_mux,
            ..Capabilities::g711()
        }
    })
}

proptest! {
    #[test]
    fn two_of_us_agree_on_the_same_codec_or_both_on_none(ours in some_caps(), theirs in some_caps()) {
        let mut caller = Session::new(1, local(40000), ours.clone());
        let mut called = Session::new(2, local(50000), theirs.clone());
        match called.handle_offer(&caller.offer()) {
            Ok((answer, there)) => {
                let here = caller.handle_answer(&answer).unwrap();
                prop_assert_eq!(&here.codec, &there.codec);
                prop_assert_eq!(here.telephone_event, there.telephone_event);
                prop_assert_eq!(here.telephone_event.is_some(), ours.telephone_event && theirs.telephone_event);
                prop_assert_eq!(here.rtcp_mux, there.rtcp_mux);
                prop_assert_eq!(here.ptime_ms, there.ptime_ms);
                prop_assert_eq!(here.remote_rtp, local(50000).rtp);
                prop_assert_eq!(there.remote_rtp, local(40000).rtp);
                // and once more, the other way round: nothing changes
                let (answer, again) = caller.handle_offer(&called.offer()).unwrap();
                prop_assert_eq!(&again.codec, &here.codec);
                prop_assert_eq!(&called.handle_answer(&answer).unwrap().codec, &there.codec);
            }
            Err(refused) => {
                prop_assert_eq!(refused.status(), 488);
                prop_assert!(!ours.codecs.iter().any(|c| !c.last_resort && theirs.codecs.contains(c)));
            }
        }
    }

    #[test]
    fn an_answer_has_the_offers_lines_in_the_offers_order(kinds in proptest::collection::vec(0usize..5, 1..12)) {
        let lines = ["m=audio 5000 RTP/AVP 8", "m=video 6000 RTP/AVP 96", "m=audio 0 RTP/AVP 0",
            "m=image 7000 udptl t38", "m=audio 5004 RTP/SAVP 8"];
        let body = kinds.iter().map(|k| lines[*k]).collect::<Vec<_>>().join("\r\n");
        let body = format!("v=0\r\nc=IN IP4 198.51.100.9\r\n{body}\r\n");
        match session().handle_offer(body.as_bytes()) {
            Ok((answer, _)) => {
                let media = |l: &str| l.split([' ', '=']).nth(1).map(str::to_owned);
                let answer = text(answer);
                let answered: Vec<_> = answer.lines().filter(|l| l.starts_with("m=")).collect();
                let kinds_of = |all: &[&str]| all.iter().map(|l| media(l)).collect::<Vec<_>>();
                let offered: Vec<_> = kinds.iter().map(|k| lines[*k]).collect();
                prop_assert_eq!(kinds_of(&answered), kinds_of(&offered));
                prop_assert_eq!(answered.iter().filter(|l| !l.contains(" 0 ")).count(), 1);
            }
            Err(refused) => {
                prop_assert_eq!(refused.status(), 488);
                prop_assert!(!kinds.contains(&0));
            }
        }
    }
}
