//! A leg with SRTP: what leaves is sealed, what comes must be, and a wrong packet harms nobody.
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use media::Stream;
use media::command::{Command, LegParams, MasterKey, SrtpKeys, Suite};
use rtp::Header;
use rtp::srtp::{SrtpReceiver, SrtpSender};
use trace::{LEG, PHONE, PHONE_RTCP, World, params};

fn key(suite: Suite, first: u8) -> MasterKey {
    let bytes: Vec<u8> = (first..).take(MasterKey::bytes_of(suite)).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn keys(suite: Suite) -> SrtpKeys {
    SrtpKeys { send: key(suite, 1), receive: key(suite, 101) }
}

fn protected(keys: SrtpKeys) -> LegParams {
    LegParams { srtp: Some(Box::new(keys)), ..params() }
}

fn sealed(sender: &mut SrtpSender, sequence: u16) -> Vec<u8> {
    let mut out = vec![0; 300];
    let timestamp = u32::from(sequence) * 160;
    let header = Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: 0xCA11 };
    let plain = header.write(&[0xD5; 160], &mut out);
    let length = sender.protect(&mut out, plain).unwrap();
    out.truncate(length);
    out
}

#[test]
fn speech_leaves_sealed_and_the_phone_can_open_it() {
    for suite in Suite::ALL {
        let mut world = World::with(protected(keys(suite)));
        world.play(1, 160 * 5, false).until(100);
        let mut phone = SrtpReceiver::new(&key(suite, 1));
        let sent: Vec<_> = world.sent();
        assert!(sent.len() >= 5, "{} packets", sent.len());
        for sent in sent {
            let mut datagram = sent.datagram.clone();
            assert_eq!(datagram.len(), 12 + 160 + suite.tag_bytes());
            let plain = phone.unprotect(&mut datagram).unwrap();
            assert_ne!(datagram[12..plain], sent.datagram[12..plain]);
        }
    }
}

#[test]
fn only_what_the_phone_sealed_is_heard_and_nobody_else_can_take_the_stream() {
    let suite = Suite::AesCm128HmacSha1_80;
    let mut world = World::with(protected(keys(suite)));
    let mut phone = SrtpSender::new(&key(suite, 101));
    let mut stranger = SrtpSender::new(&key(suite, 55));
    for n in 0..20 {
        world.datagram(Stream::Rtp, "10.6.6.6:666", &sealed(&mut stranger, n));
    }
    let first = sealed(&mut phone, 1);
    world.datagram(Stream::Rtp, PHONE, &first).datagram(Stream::Rtp, PHONE, &first);
    for n in 2..12 {
        world.datagram(Stream::Rtp, PHONE, &sealed(&mut phone, n));
    }
    let stats = world.close();
    assert_eq!((stats.received, stats.forged, stats.replayed), (11, 20, 1));
    assert_eq!(stats.wrong_source, 0, "a stranger never comes as far as the source lock");
}

#[test]
fn a_plain_packet_on_a_protected_leg_is_dropped() {
    let mut world = World::with(protected(keys(Suite::AeadAes128Gcm)));
    for n in 0..5 {
        world.rtp(PHONE, 8, n * 160, &[0xD5; 160]);
    }
    let stats = world.close();
    assert_eq!((stats.received, stats.forged), (0, 5));
}

#[test]
fn reports_are_sealed_too() {
    let suite = Suite::AesCm128HmacSha1_32;
    let mut world = World::with(protected(keys(suite)));
    let mut phone = SrtpSender::new(&key(suite, 101));
    world.datagram(Stream::Rtp, PHONE, &sealed(&mut phone, 1)).until(20_000);
    let mut receiver = SrtpReceiver::new(&key(suite, 1));
    let reports = world.reports();
    assert!(!reports.is_empty());
    for mut report in reports {
        let plain = receiver.unprotect_rtcp(&mut report.datagram).unwrap();
        assert!(rtp::read_rtcp(&report.datagram[..plain], 0).is_ok());
    }
    world.datagram(Stream::Rtcp, PHONE_RTCP, b"\x80\xC9\x00\x01\x00\x00\xCA\x11");
    let stats = world.close();
    assert_eq!(stats.malformed + stats.forged, 1, "a plain report is not believed");
}

#[test]
fn a_new_key_of_the_peer_is_used_from_the_re_invite_on_and_ours_goes_on_counting() {
    let suite = Suite::AesCm128HmacSha1_80;
    let mut world = World::with(protected(keys(suite)));
    let mut phone = SrtpSender::new(&key(suite, 101));
    world.datagram(Stream::Rtp, PHONE, &sealed(&mut phone, 1));
    let changed = SrtpKeys { receive: key(suite, 77), ..keys(suite) };
    world.command(Command::Update(LEG, Box::new(protected(changed))));
    world.datagram(Stream::Rtp, PHONE, &sealed(&mut phone, 2));
    let mut renewed = SrtpSender::new(&key(suite, 77));
    world.datagram(Stream::Rtp, PHONE, &sealed(&mut renewed, 3));
    let stats = world.close();
    assert_eq!((stats.received, stats.forged), (2, 1));
}
