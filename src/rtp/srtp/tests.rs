//! Vectors of RFC 3711 appendix B, RFC 7714 sections 16 and 17; then roll-over, replay, forgery.

use super::cipher::{Cipher, seal};
use super::keys::SessionKeys;
use super::*;
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn key(suite: Suite) -> MasterKey {
    let bytes: Vec<u8> = (1..).take(MasterKey::bytes_of(suite)).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = hex("80 08 0000 00000abc 00000000");
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0xD5; 160]);
    packet
}

fn protected(sender: &mut SrtpSender, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + OVERHEAD_BYTES_MAX, 0);
    let length = sender.protect(&mut buffer, plain.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn opened(receiver: &mut SrtpReceiver, sealed: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = sealed.to_vec();
    let length = receiver.unprotect(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

#[test]
fn session_keys_follow_from_the_master_key_as_in_rfc_3711_b_3() {
    let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let keys = MasterKey::new(Suite::AesCm128HmacSha1_80, &master).unwrap().rtp();
    assert_eq!(keys.key[..16], hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(keys.salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(keys.auth[..], hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

#[test]
fn the_key_stream_is_that_of_rfc_3711_b_2() {
    let mut keys = SessionKeys { key: [0; 32], auth: [0; 20], salt: [0; 14] };
    keys.key[..16].copy_from_slice(&hex("2B7E151628AED2A6ABF7158809CF4F3C"));
    keys.salt.copy_from_slice(&hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
    let Cipher::Counter(counter, _) = Cipher::new(Suite::AesCm128HmacSha1_80, &keys, 10) else {
        panic!("not counter mode");
    };
    let mut stream = [0; 48];
    counter.apply(0, 0, &mut stream);
    let wanted = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB \
                  41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream[..], hex(wanted));
}

const QUID: &str = "517569642070726f2071756f";
const GALLIA: &str =
    "47616c6c696120657374206f6d6e6973206469766973612069 6e20706172746573207472 6573";

fn galois(suite: Suite) -> Cipher {
    let mut keys = SessionKeys { key: [0; 32], auth: [0; 20], salt: [0; 14] };
    (0..).zip(&mut keys.key).for_each(|(count, byte)| *byte = count);
    keys.salt[..12].copy_from_slice(&hex(QUID));
    Cipher::new(suite, &keys, 16)
}

#[test]
fn galois_mode_gives_the_packets_of_rfc_7714_section_16() {
    let wanted = [
        (
            Suite::AeadAes128Gcm,
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833 \
             899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            Suite::AeadAes256Gcm,
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b \
             7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ];
    for (suite, wanted) in wanted {
        let mut data = hex(GALLIA);
        let header = hex("8040f17b8041f8d35501a0b2");
        let tag = seal(&galois(suite), 0x5501_a0b2, 0xf17b, &header, &mut data).unwrap();
        data.extend(tag);
        assert_eq!(data, hex(wanted), "{}", suite.name());
    }
}

#[test]
fn galois_mode_gives_the_report_of_rfc_7714_section_17() {
    let plain = "4e5450314e5450325254502 00000042a0000e9304c756e61deadbeefdeadbeefdeadbeef\
                 deadbeefdeadbeef";
    let mut data = hex(plain);
    let associated = hex("81c8000d4d617273 800005d4");
    let tag =
        seal(&galois(Suite::AeadAes128Gcm), 0x4d61_7273, 0x5d4, &associated, &mut data).unwrap();
    data.extend(tag);
    let wanted = "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46\
                  86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade";
    assert_eq!(data, hex(wanted));
}

#[test]
fn what_one_side_protects_the_other_opens_in_every_suite() {
    for suite in Suite::ALL {
        let (mut sender, mut receiver) =
            (SrtpSender::new(&key(suite)), SrtpReceiver::new(&key(suite)));
        for sequence in [65_534, 65_535, 0, 1] {
            let plain = packet(sequence, 7);
            let sealed = protected(&mut sender, &plain);
            assert_eq!(sealed.len(), plain.len() + suite.tag_bytes());
            assert_ne!(sealed[12..172], plain[12..172]);
            assert_eq!(opened(&mut receiver, &sealed), Ok(plain), "{} {sequence}", suite.name());
        }
    }
}

#[test]
fn reports_are_opened_too_and_only_once() {
    for suite in Suite::ALL {
        let (mut sender, mut receiver) =
            (SrtpSender::new(&key(suite)), SrtpReceiver::new(&key(suite)));
        let plain = hex("80c90001 00000007 81ca0001 00000007");
        let mut buffer = [0; 64];
        buffer[..16].copy_from_slice(&plain);
        let length = sender.protect_rtcp(&mut buffer, 16).unwrap();
        let mut again = buffer;
        assert_eq!(receiver.unprotect_rtcp(&mut buffer[..length]), Ok(16));
        assert_eq!(buffer[..16], plain[..]);
        assert_eq!(receiver.unprotect_rtcp(&mut again[..length]), Err(SrtpError::Replayed));
        let mut second = [0; 64];
        second[..16].copy_from_slice(&plain);
        let length = sender.protect_rtcp(&mut second, 16).unwrap();
        second[9] ^= 1;
        assert_eq!(receiver.unprotect_rtcp(&mut second[..length]), Err(SrtpError::Forged));
    }
}

#[test]
fn a_packet_counts_once_and_a_changed_bit_anywhere_is_noticed() {
    for suite in Suite::ALL {
        let mut sender = SrtpSender::new(&key(suite));
        let mut receiver = SrtpReceiver::new(&key(suite));
        let sealed = protected(&mut sender, &packet(100, 7));
        for byte in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[byte] ^= 0x40;
            assert!(opened(&mut receiver, &forged).is_err(), "{} byte {byte}", suite.name());
        }
        assert!(opened(&mut receiver, &sealed).is_ok(), "a forgery changes nothing");
        assert_eq!(opened(&mut receiver, &sealed), Err(SrtpError::Replayed));
        let late = protected(&mut sender, &packet(101, 7));
        let later = protected(&mut sender, &packet(102, 7));
        assert!(opened(&mut receiver, &later).is_ok() && opened(&mut receiver, &late).is_ok());
    }
}

#[test]
fn a_late_packet_from_before_the_roll_over_is_still_read() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut sender, mut receiver) = (SrtpSender::new(&key(suite)), SrtpReceiver::new(&key(suite)));
    let first = protected(&mut sender, &packet(65_533, 7));
    let late = protected(&mut sender, &packet(65_535, 7));
    let after = protected(&mut sender, &packet(0, 7));
    assert!(opened(&mut receiver, &first).is_ok() && opened(&mut receiver, &after).is_ok());
    assert_eq!(opened(&mut receiver, &late), Ok(packet(65_535, 7)));
}

#[test]
fn strangers_without_the_key_grow_nothing_and_a_new_ssrc_with_it_is_heard() {
    let suite = Suite::AeadAes128Gcm;
    let mut receiver = SrtpReceiver::new(&key(suite));
    for ssrc in 0..10_000 {
        let forged = packet(1, ssrc);
        assert_eq!(opened(&mut receiver, &forged), Err(SrtpError::Forged));
    }
    for ssrc in 1..=10 {
        let mut sender = SrtpSender::new(&key(suite));
        let sealed = protected(&mut sender, &packet(9, ssrc));
        assert!(opened(&mut receiver, &sealed).is_ok(), "stream {ssrc}");
    }
}

#[test]
fn a_key_that_is_used_up_protects_nothing_more() {
    let mut sender = SrtpSender::new(&key(Suite::AesCm128HmacSha1_80));
    sender.resume(u32::MAX, 1 << 31);
    let mut buffer = packet(65_535, 7);
    buffer.resize(200, 0);
    assert!(sender.protect(&mut buffer, 172).is_ok());
    let mut buffer = packet(0, 7);
    buffer.resize(200, 0);
    assert_eq!(sender.protect(&mut buffer, 172), Err(SrtpError::KeyUsedUp));
    let mut report = hex("80c90001 00000007 00000000 00000000 00000000 00000000");
    assert_eq!(sender.protect_rtcp(&mut report, 8), Err(SrtpError::KeyUsedUp));
}

#[test]
fn keys_have_their_length_and_no_words() {
    let short = MasterKey::new(Suite::AeadAes256Gcm, &[7; 30]);
    assert_eq!(short, Err(SrtpError::KeyLength { wanted: 44, got: 30 }));
    assert_eq!(format!("{:?}", key(Suite::AeadAes128Gcm)), "AEAD_AES_128_GCM key •");
    assert!(Suite::ALL.iter().all(|s| Suite::from_name(&s.name().to_lowercase()) == Some(*s)));
}

proptest! {
    #[test]
    fn random_bytes_are_refused_without_a_panic(random in proptest::collection::vec(any::<u8>(), 0..120)) {
        for suite in Suite::ALL {
            let mut bytes = random.clone();
            let mut receiver = SrtpReceiver::new(&key(suite));
            prop_assert!(receiver.unprotect(&mut bytes).is_err());
            prop_assert!(receiver.unprotect_rtcp(&mut bytes).is_err());
            let mut sender = SrtpSender::new(&key(suite));
            let length = bytes.len() / 2;
            let _ = sender.protect(&mut bytes, length);
            let _ = sender.protect_rtcp(&mut bytes, length);
        }
    }
}
