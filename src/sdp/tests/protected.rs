//! SRTP keys in offer and answer (RFC 4568, RFC 8643).
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

use sdp::{Capabilities, KeyMaterial, LocalMedia, Negotiated, OfferError, Protection, Session};

const PEER_KEY: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw";
const OTHER_KEY: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNk";

fn session(protection: Protection) -> Session {
    let at = |port| format!("192.0.2.1:{port}").parse().unwrap();
    let local = LocalMedia { rtp: at(40000), rtcp: at(40001) };
    let caps = Capabilities { protection, ..Capabilities::g711() };
    let mut random = [0; KeyMaterial::BYTES];
    (0..=255).cycle().zip(&mut random).for_each(|(n, byte)| *byte = n);
    Session::new(7, local, caps).with_keys(KeyMaterial::new(random))
}

fn offer(profile: &str, crypto: &[&str]) -> Vec<u8> {
    let lines: String = crypto.iter().map(|line| format!("a=crypto:{line}\r\n")).collect();
    format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n\
         m=audio 17418 {profile} 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\n{lines}"
    )
    .into_bytes()
}

fn sha1_80(tag: u32, key: &str) -> String {
    format!("{tag} AES_CM_128_HMAC_SHA1_80 inline:{key}")
}

fn crypto_lines(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("a=crypto:")).map(str::to_owned).collect()
}

fn keys(agreed: &Negotiated) -> (&'static str, Vec<u8>, Vec<u8>) {
    let srtp = agreed.srtp.as_ref().unwrap();
    (srtp.suite, srtp.send.reveal(<[u8]>::to_vec), srtp.receive.reveal(<[u8]>::to_vec))
}

#[test]
fn a_phone_with_srtp_gets_its_first_suite_of_ours_under_the_same_tag() {
    let lines = [
        "1 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw",
        &format!("{}|2^31 WSH=64", sha1_80(4, PEER_KEY)),
        &sha1_80(9, OTHER_KEY),
    ];
    let mut session = session(Protection::Allowed);
    let (answer, agreed) = session.handle_offer(&offer("RTP/SAVP", &lines)).unwrap();
    let (suite, send, receive) = keys(&agreed);
    assert_eq!(suite, "AES_CM_128_HMAC_SHA1_80");
    assert_eq!(receive, b"123456789012345678901234567890");
    assert_eq!(send.len(), 30);
    let said = crypto_lines(&answer);
    assert!(said[0].starts_with("4 AES_CM_128_HMAC_SHA1_80 inline:") && said.len() == 1);
    assert!(String::from_utf8(answer).unwrap().contains("m=audio 40000 RTP/SAVP 8 101\r\n"));
    assert!(!format!("{agreed:?}").contains("inline"), "an agreement prints no key");
    assert!(format!("{agreed:?}").contains("send: •, receive: •"));
}

#[test]
fn keys_within_plain_rtp_are_taken_as_an_offer_of_srtp() {
    let body = offer("RTP/AVP", &[&sha1_80(1, PEER_KEY)]);
    let (answer, agreed) = session(Protection::Allowed).handle_offer(&body).unwrap();
    assert!(agreed.srtp.is_some() && crypto_lines(&answer).len() == 1);
    let (answer, agreed) = session(Protection::Off).handle_offer(&body).unwrap();
    assert!(agreed.srtp.is_none() && crypto_lines(&answer).is_empty());
}

fn refusal(protection: Protection, body: &[u8]) -> String {
    let error: OfferError = session(protection).handle_offer(body).unwrap_err();
    format!("{} {error}", error.status())
}

#[test]
fn what_cannot_be_kept_is_refused_in_a_sentence() {
    let with_mki = format!("{}|2^20|1:4", sha1_80(1, PEER_KEY));
    let clear = format!("{} UNENCRYPTED_SRTP", sha1_80(1, PEER_KEY));
    let two_keys = format!("{};inline:{OTHER_KEY}", sha1_80(1, PEER_KEY));
    for line in [&with_mki, &clear, &two_keys, "1 AES_CM_128_HMAC_SHA1_80 inline:short", "x", ""] {
        let said = refusal(Protection::Allowed, &offer("RTP/SAVP", &[line]));
        assert!(
            said.starts_with("488 no common crypto suite; ours are AEAD_AES_256_GCM"),
            "{said}"
        );
    }
    let plain = offer("RTP/AVP", &[]);
    assert!(refusal(Protection::Required, &plain).contains("offer RTP/SAVP with a=crypto"));
    let keyed = offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)]);
    assert!(refusal(Protection::Off, &keyed).contains("RTP/SAVP is not spoken here"));
}

#[test]
fn a_repeated_offer_keeps_our_key_and_a_new_key_of_the_peer_is_taken() {
    let mut session = session(Protection::Allowed);
    let first = session.handle_offer(&offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)])).unwrap();
    let again = session.handle_offer(&offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)])).unwrap();
    assert_eq!(first, again, "same key, same version");
    let (_, changed) = session.handle_offer(&offer("RTP/SAVP", &[&sha1_80(1, OTHER_KEY)])).unwrap();
    let ((_, ours, _), (_, still_ours, theirs)) = (keys(&first.1), keys(&changed));
    assert_eq!(ours, still_ours);
    assert_eq!(theirs, b"abcdefghijklmnopqrstuvwxyzabcd");
}

#[test]
fn a_suite_that_was_left_is_never_taken_again() {
    let gcm = "2 AEAD_AES_128_GCM inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3OA==";
    let mut session = session(Protection::Allowed);
    let (_, first) = session.handle_offer(&offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)])).unwrap();
    let both = [gcm, &sha1_80(1, PEER_KEY)];
    let (_, kept) = session.handle_offer(&offer("RTP/SAVP", &both)).unwrap();
    assert_eq!(keys(&kept), keys(&first), "the suite in use stays, whatever comes first");
    let (_, second) = session.handle_offer(&offer("RTP/SAVP", &[gcm])).unwrap();
    assert_eq!(keys(&second).0, "AEAD_AES_128_GCM");
    assert_ne!(keys(&second).1, keys(&first).1[..28], "each suite has its own key");
    let back = session.handle_offer(&offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)]));
    assert_eq!(back.unwrap_err().status(), 488);
    assert_eq!(session.agreed(), Some(&second), "what was agreed holds on");
}

#[test]
fn two_of_us_agree_on_the_best_suite_and_on_each_others_keys() {
    for ours in [Protection::Opportunistic, Protection::Required] {
        let mut caller = session(ours);
        let mut callee = Session::new(
            9,
            LocalMedia {
                rtp: "198.51.100.7:4000".parse().unwrap(),
                rtcp: "198.51.100.7:4001".parse().unwrap(),
            },
            Capabilities::g711(),
        )
        .with_keys(KeyMaterial::new([0xAB; KeyMaterial::BYTES]));
        let offer = caller.offer();
        let profile = if ours == Protection::Required { "RTP/SAVP " } else { "RTP/AVP " };
        assert!(String::from_utf8(offer.clone()).unwrap().contains(profile));
        let (answer, theirs) = callee.handle_offer(&offer).unwrap();
        let agreed = caller.handle_answer(&answer).unwrap();
        let ((suite, send, receive), (_, their_send, their_receive)) =
            (keys(&agreed), keys(&theirs));
        assert_eq!((suite, send, receive), ("AEAD_AES_256_GCM", their_receive, their_send));
        assert_eq!(crypto_lines(&caller.offer()).len(), 1, "a later offer keeps the suite");
    }
}

#[test]
fn a_peer_without_srtp_may_talk_in_the_clear_only_where_we_allow_it() {
    let plain = |profile: &str| offer(profile, &[]);
    let mut relaxed = session(Protection::Opportunistic);
    relaxed.offer();
    assert_eq!(relaxed.handle_answer(&plain("RTP/AVP")).unwrap().srtp, None);
    let mut strict = session(Protection::Required);
    strict.offer();
    assert!(strict.handle_answer(&plain("RTP/AVP")).is_err());
    let mut strict = session(Protection::Required);
    strict.offer();
    assert!(strict.handle_answer(&plain("RTP/SAVP")).is_err(), "protected, but by which key?");
    let mut strict = session(Protection::Required);
    strict.offer();
    let foreign_tag = offer("RTP/SAVP", &[&sha1_80(77, PEER_KEY)]);
    assert!(strict.handle_answer(&foreign_tag).is_err());
}

fn elsewhere(session: &mut Session, port: u16) -> (Vec<u8>, Vec<u8>) {
    let material = KeyMaterial::new([port as u8; KeyMaterial::BYTES]);
    let (_, key) = session.key_elsewhere(&material).unwrap();
    let at = LocalMedia {
        rtp: format!("192.0.2.9:{port}").parse().unwrap(),
        rtcp: format!("192.0.2.9:{port}").parse().unwrap(),
    };
    let caps = Capabilities::g711();
    (session.offer_elsewhere(at, caps.into(), material), key.reveal(<[u8]>::to_vec))
}

#[test]
fn audio_that_moves_is_offered_elsewhere_under_another_key_and_comes_back_under_a_third() {
    let mut session = session(Protection::Allowed);
    let first = offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)]);
    let (_, before) = session.handle_offer(&first).unwrap();
    let mut sent = vec![keys(&before).1];
    for port in [9_000, 9_002] {
        let (body, key) = elsewhere(&mut session, port);
        let text = String::from_utf8(body.clone()).unwrap();
        assert!(text.contains(&format!("m=audio {port} RTP/SAVP 8")), "{text}");
        assert!(text.contains("c=IN IP4 192.0.2.9") && crypto_lines(&body).len() == 1, "{text}");
        let agreed = session.handle_answer(&first).unwrap();
        assert_eq!(keys(&agreed), ("AES_CM_128_HMAC_SHA1_80", key.clone(), keys(&before).2));
        sent.push(key);
    }
    sent.dedup();
    assert_eq!(sent.len(), 3, "no two ends protect with one key");
}

#[test]
fn a_move_that_is_refused_or_answered_with_nonsense_leaves_everything_as_it_was() {
    let mut session = session(Protection::Allowed);
    let first = offer("RTP/SAVP", &[&sha1_80(1, PEER_KEY)]);
    let (_, before) = session.handle_offer(&first).unwrap();
    for nonsense in [false, true] {
        elsewhere(&mut session, 9_000);
        assert!(session.is_offering());
        match nonsense {
            true => assert!(session.handle_answer(b"v=0\r\n").is_err()),
            false => session.abandon_offer(),
        }
        assert_eq!(session.agreed(), Some(&before));
        assert!(!session.is_offering());
        let said = String::from_utf8(session.offer()).unwrap();
        assert!(said.contains("m=audio 40000 RTP/SAVP 8"), "{said}");
        assert_eq!(session.handle_answer(&first).unwrap(), before, "the same key as ever");
    }
}
