//! Whole calls of bare phones: over UDP, TCP, IPv4 and IPv6, with keys in three ways.

use super::ears;
use super::hotline::{Hotline, KeysBy, hear_out, press, prove_and_leave};
use acceptance::bare::phone::Line;
use std::net::UdpSocket;
use std::time::Duration;

#[test]
fn a_caller_is_answered_and_hears_an_even_stream_at_the_right_level() {
    let hotline = Hotline::start();
    let mut call = hotline.call();
    let packets = hear_out(&mut call);
    let samples = ears::samples(&packets);
    assert!(ears::seconds(&samples) > 2.0, "only {} s were heard", ears::seconds(&samples));
    let level = ears::speech_dbfs(&samples);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    ears::assert_one_stream(&packets);
    let spacing = ears::median_spacing(&packets);
    assert!(
        spacing > Duration::from_millis(19) && spacing < Duration::from_millis(21),
        "{spacing:?}"
    );
    assert_eq!(call.hang_up().unwrap().status(), 200);
}

#[test]
fn a_caller_proves_who_they_are_by_rtp_keys_and_hears_the_balance() {
    assert_verified(KeysBy::Rtp);
}

#[test]
fn a_caller_proves_who_they_are_by_sip_info_keys_and_hears_the_balance() {
    assert_verified(KeysBy::Info);
}

#[test]
fn a_caller_without_telephone_event_proves_who_they_are_by_tones_in_the_audio() {
    assert_verified(KeysBy::Inband);
}

fn assert_verified(by: KeysBy) {
    let hotline = Hotline::start();
    let mut call = hotline.phone(Line::udp(hotline.udp()).unwrap());
    let mut sdp = call.offer().unwrap();
    if by == KeysBy::Inband {
        sdp = sdp
            .replace("AVP 8 101", "AVP 8")
            .replace("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n", "");
    }
    assert_eq!(call.dial_with(&sdp).unwrap().status(), 200);
    let heard = prove_and_leave(&mut call, by);
    assert!(heard > 6.0, "after the birth date comes the balance; only {heard} s were heard");
    super::records::assert_last_call(&hotline, &["right party proved", "by flow: goodbye"]);
}

#[test]
fn a_call_over_tcp_is_heard_and_hung_up() {
    let hotline = Hotline::start();
    let mut call = hotline.phone(Line::tcp(hotline.server.tcp()).unwrap());
    assert_eq!(call.dial().unwrap().status(), 200);
    assert!(call.hear(Duration::from_secs(2)).unwrap().is_some());
    assert_eq!(call.hang_up().unwrap().status(), 200);
}

#[test]
fn a_call_over_ipv6_is_heard_and_hung_up() {
    let hotline = Hotline::start_on("[::1]:0");
    for line in [Line::udp(hotline.udp()).unwrap(), Line::tcp(hotline.server.tcp()).unwrap()] {
        let mut call = hotline.phone(line);
        assert_eq!(call.dial().unwrap().status(), 200);
        assert!(call.server_audio.is_some_and(|a| a.is_ipv6()), "{:?}", call.server_audio);
        assert!(call.hear(Duration::from_secs(2)).unwrap().is_some());
        assert_eq!(call.hang_up().unwrap().status(), 200);
    }
}

#[test]
fn a_key_stops_the_prompt_at_once() {
    let hotline = Hotline::start();
    let mut call = hotline.call();
    hear_out(&mut call);
    // one digit, then silence: the prompt that asks for the number comes again after the inter-digit time
    press(&mut call, "*", KeysBy::Rtp);
    assert!(call.hear(Duration::from_secs(5)).unwrap().is_some(), "* replays the question");
    press(&mut call, "1", KeysBy::Rtp);
    let after = call.listen(Duration::from_millis(400), true).unwrap();
    assert!(after.is_empty(), "{} packets of the old prompt came after the key", after.len());
    call.hang_up().unwrap();
}

#[test]
fn audio_from_a_wrong_source_changes_nothing() {
    let hotline = Hotline::start();
    let mut call = hotline.call();
    let attacker = UdpSocket::bind("127.0.0.1:0").unwrap();
    call.listen(Duration::from_millis(300), true).unwrap();
    for n in 0..200u8 {
        let random: Vec<u8> = (0..172u8).map(|b| b.wrapping_mul(n).wrapping_add(n)).collect();
        let mut forged = call.sender.clone().audio(0x55);
        forged[8] ^= 0xFF;
        for packet in [&forged[..], &random[..], &forged[..7], &[]] {
            // refused once the server's socket is connected to the caller: that is as good as dropped
            let _ = attacker.send_to(packet, call.server_audio.unwrap());
        }
    }
    let packets = call.listen(Duration::from_millis(600), true).unwrap();
    assert!(packets.len() > 20, "the caller goes on hearing the prompt: {} packets", packets.len());
    attacker.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(attacker.recv(&mut [0; 2000]).is_err(), "nothing is sent to the attacker");
    assert_eq!(call.hang_up().unwrap().status(), 200);
}
