//! Offers as phones in the field make them, and what we answer.
#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};
use sdp::{Capabilities, LocalMedia, OfferError, Session};

fn local() -> LocalMedia {
    let at = |port| format!("192.0.2.1:{port}").parse().unwrap();
    LocalMedia { rtp: at(40000), rtcp: at(40001) }
}

/// The body with `\r\n` line ends.
fn wire(text: &str) -> Vec<u8> {
    text.trim_start().replace('\n', "\r\n").into_bytes()
}

fn told(outcome: Result<(Vec<u8>, sdp::Negotiated), OfferError>) -> String {
    match outcome {
        Err(error) => format!("{} {:?} {error}\n", error.status(), error.warning()),
        Ok((answer, n)) => {
            let answer = String::from_utf8(answer).unwrap().replace("\r\n", "\n");
            format!(
                "{answer}-- {}/{} rtp {} rtcp {} keys {:?} {} ms {:?}{}\n",
                n.codec.payload_type,
                n.codec.name,
                n.remote_rtp,
                n.remote_rtcp,
                n.telephone_event,
                n.ptime_ms,
                n.direction,
                if n.held { " held" } else { "" },
            )
        }
    }
}

fn check(offer: &str, expected: Expect) {
    let caps = Capabilities { rtcp_mux: true, ..Capabilities::g711() };
    expected.assert_eq(&told(Session::new(7, local(), caps).handle_offer(&wire(offer))));
}

#[test]
fn asterisk_gets_its_first_codec_of_ours() {
    check(
        "
v=0
o=- 1822461223 1822461223 IN IP4 198.51.100.7
s=Asterisk
c=IN IP4 198.51.100.7
t=0 0
m=audio 17418 RTP/AVP 9 0 8 101
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=maxptime:140
a=sendrecv
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 0 101
            a=rtpmap:0 PCMU/8000
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=ptime:20
            a=sendrecv
            -- 0/PCMU rtp 198.51.100.7:17418 rtcp 198.51.100.7:17419 keys Some((101, 8000)) 20 ms SendRecv
        "#]],
    );
}

#[test]
fn freeswitch_gets_keys_in_the_codecs_clock_and_rtcp_where_it_says() {
    check(
        "
v=0
o=FreeSWITCH 1699999999 1700000000 IN IP4 203.0.113.20
s=FreeSWITCH
c=IN IP4 203.0.113.20
t=0 0
m=audio 27184 RTP/AVP 102 9 8 0 103 101
a=rtpmap:102 opus/48000/2
a=fmtp:102 useinbandfec=1; maxaveragebitrate=30000
a=rtpmap:9 G722/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:103 telephone-event/48000
a=fmtp:103 0-15
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtcp:27999 IN IP4 203.0.113.21
a=ptime:30
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 8 101
            a=rtpmap:8 PCMA/8000
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=ptime:30
            a=sendrecv
            -- 8/PCMA rtp 203.0.113.20:27184 rtcp 203.0.113.21:27999 keys Some((101, 8000)) 30 ms SendRecv
        "#]],
    );
}

#[test]
fn a_cisco_gateway_may_number_static_types_without_rtpmap() {
    check(
        "
v=0
o=CiscoSystemsSIP-GW-UserAgent 9340 5138 IN IP4 198.51.100.30
s=SIP Call
c=IN IP4 198.51.100.30
t=0 0
m=audio 18002 RTP/AVP 18 8 0 100
c=IN IP4 198.51.100.31
a=fmtp:18 annexb=no
a=rtpmap:100 telephone-event/8000
a=fmtp:100 0-15
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 8 100
            a=rtpmap:8 PCMA/8000
            a=rtpmap:100 telephone-event/8000
            a=fmtp:100 0-15
            a=ptime:20
            a=sendrecv
            -- 8/PCMA rtp 198.51.100.31:18002 rtcp 198.51.100.31:18003 keys Some((100, 8000)) 20 ms SendRecv
        "#]],
    );
}

#[test]
fn linphone_offers_video_and_avpf_and_loses_the_video_in_place() {
    check(
        "
v=0
o=anna 3821 1204 IN IP4 198.51.100.44
s=Talk
c=IN IP4 198.51.100.44
t=0 0
a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
m=video 9078 RTP/AVPF 96
a=rtpmap:96 VP8/90000
a=rtcp-fb:* ccm tmmbr
m=audio 7078 RTP/AVPF 96 97 0 8 98 99
a=rtpmap:96 opus/48000/2
a=rtpmap:97 speex/16000
a=rtpmap:98 telephone-event/48000
a=rtpmap:99 telephone-event/8000
a=rtcp-mux
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=video 0 RTP/AVPF 96
            m=audio 40000 RTP/AVPF 0 99
            a=rtpmap:0 PCMU/8000
            a=rtpmap:99 telephone-event/8000
            a=fmtp:99 0-15
            a=ptime:20
            a=sendrecv
            a=rtcp-mux
            -- 0/PCMU rtp 198.51.100.44:7078 rtcp 198.51.100.44:7078 keys Some((99, 8000)) 20 ms SendRecv
        "#]],
    );
}

#[test]
fn baresip_may_limit_the_packet_time() {
    check(
        "
v=0
o=- 2459123456 1234567890 IN IP4 10.0.0.5
s=-
c=IN IP4 10.0.0.5
t=0 0
a=tool:baresip 1.0.0
m=audio 24610 RTP/AVP 8 0 101
b=AS:128
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtcp:24611
a=sendrecv
a=label:1
a=rtcp-rsize
a=minptime:10
a=ptime:20
a=maxptime:10
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 8 101
            a=rtpmap:8 PCMA/8000
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=ptime:10
            a=sendrecv
            -- 8/PCMA rtp 10.0.0.5:24610 rtcp 10.0.0.5:24611 keys Some((101, 8000)) 10 ms SendRecv
        "#]],
    );
}

#[test]
fn sipp_has_no_keys_and_no_attributes() {
    check(
        "
v=0
o=user1 53655765 2353687637 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 0
            a=rtpmap:0 PCMU/8000
            a=ptime:20
            a=sendrecv
            -- 0/PCMU rtp 127.0.0.1:6000 rtcp 127.0.0.1:6001 keys None 20 ms SendRecv
        "#]],
    );
}

#[test]
fn a_browser_is_told_that_its_profile_is_not_spoken() {
    check(
        "
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Gq3s
a=setup:actpass
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
",
        expect![[r#"
            488 Some(302) the media profile UDP/TLS/RTP/SAVPF is not spoken here; offer RTP/AVP or RTP/SAVP
        "#]],
    );
}

#[test]
fn encrypted_audio_beside_plain_audio_is_refused_alone() {
    check(
        "
v=0
o=- 1 1 IN IP4 198.51.100.9
s=-
c=IN IP4 198.51.100.9
t=0 0
m=audio 5000 RTP/SAVP 8
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj
m=audio 5002 RTP/AVP 8
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 0 RTP/SAVP 8
            m=audio 40000 RTP/AVP 8
            a=rtpmap:8 PCMA/8000
            a=ptime:20
            a=sendrecv
            -- 8/PCMA rtp 198.51.100.9:5002 rtcp 198.51.100.9:5003 keys None 20 ms SendRecv
        "#]],
    );
}

#[test]
fn a_sloppy_phone_without_origin_name_and_time_is_served() {
    check(
        "
v=0
o=\u{141}\u{f3}d\u{17a} 99999999999999999999999999 1 IN IP4 x
c=IN IP4 198.51.100.9
m=audio 5000 RTP/AVP 96 97
a=rtpmap:96 pcma/8000/1
a=rtpmap:97 TELEPHONE-EVENT/8000
a=ptime:20.0
",
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 40000 RTP/AVP 96 97
            a=rtpmap:96 PCMA/8000
            a=rtpmap:97 telephone-event/8000
            a=fmtp:97 0-15
            a=ptime:20
            a=sendrecv
            -- 96/PCMA rtp 198.51.100.9:5000 rtcp 198.51.100.9:5001 keys Some((97, 8000)) 20 ms SendRecv
        "#]],
    );
}

#[test]
fn a_codec_of_somebody_else_is_named_in_the_refusal() {
    check(
        "
v=0
o=- 1 1 IN IP4 198.51.100.9
s=-
c=IN IP4 198.51.100.9
t=0 0
m=audio 5000 RTP/AVP 18 96 101
a=rtpmap:96 opus/48000/2
a=rtpmap:101 telephone-event/8000
",
        expect![[r#"
            488 Some(305) no common codec: theirs are G729/8000, opus/48000; ours are PCMA/8000, PCMU/8000
        "#]],
    );
}

#[test]
fn unusable_addresses_and_bodies_are_refused_with_what_to_do() {
    let with = |c: &str| format!("v=0\n{c}\nm=audio 5000 RTP/AVP 8\n");
    let mut all = String::new();
    for body in [
        with("c=IN IP4 phone.example.net"),
        with("c=IN IP6 2001:db8::5"),
        with("c=IN IP4 224.2.1.1/127"),
        with("t=0 0"),
        "v=0\nc=IN IP4 198.51.100.9\nm=audio 0 RTP/AVP 8\n".to_owned(),
        "v=0\nc=IN IP4 198.51.100.9\nm=audio 70000 RTP/AVP 8\n".to_owned(),
        "v=0\nc=IN IP4 198.51.100.9\n".to_owned(),
        "\n\n".to_owned(),
        "GET / HTTP/1.1\n".to_owned(),
        format!("v=0\na={}\n", "x".repeat(40_000)),
    ] {
        all += &told(Session::new(7, local(), Capabilities::g711()).handle_offer(&wire(&body)));
    }
    expect![[r#"
        488 Some(301) the media address phone.example.net is a host name; send an IP address in c=
        488 Some(301) the media address 2001:db8::5 is of the other IP version than this call's media
        488 Some(330) the media address 224.2.1.1 is multicast; send a unicast address
        400 None m= line 1 has no c= line and the session has none either; add one
        488 Some(304) no audio stream is offered; this is a telephone: offer m=audio with a port
        400 None the session description is malformed: Invalid field formatting in line 3 at Media port
        488 Some(304) no audio stream is offered; this is a telephone: offer m=audio with a port
        400 None the session description is empty; send at least v=, c= and one m= line
        400 None the session description is malformed: Invalid formatted line 1: 'Line not in key=value format'
        413 None the session description is too large; at most 32768 bytes and 32 m= lines are read
    "#]]
    .assert_eq(&all);
}

#[test]
fn ipv6_media_is_answered_with_ipv6() {
    let at = |port| format!("[2001:db8::1]:{port}").parse().unwrap();
    let local = LocalMedia { rtp: at(40000), rtcp: at(40005) };
    let offer = "
v=0
o=- 1 1 IN IP6 2001:db8::5
s=-
c=IN IP6 2001:db8::5
t=0 0
m=audio 5000 RTP/AVP 8
";
    let outcome = Session::new(7, local, Capabilities::g711()).handle_offer(&wire(offer));
    expect![[r#"
        v=0
        o=- 7 1 IN IP6 2001:db8::1
        s=-
        c=IN IP6 2001:db8::1
        t=0 0
        m=audio 40000 RTP/AVP 8
        a=rtpmap:8 PCMA/8000
        a=ptime:20
        a=sendrecv
        a=rtcp:40005
        -- 8/PCMA rtp [2001:db8::5]:5000 rtcp [2001:db8::5]:5001 keys None 20 ms SendRecv
    "#]]
    .assert_eq(&told(outcome));
    assert_eq!(sdp::audio_address(&wire(offer)), Some("2001:db8::5".parse().unwrap()));
}
