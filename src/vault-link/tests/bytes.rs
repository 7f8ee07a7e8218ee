//! Messages come back as they went; truncated, padded and random bytes never do harm.

use super::walls::any_from_vault;
use crate::limits::{FROM_VAULT_BYTES_MAX, TO_VAULT_BYTES_MAX};
use crate::*;
use ids::{Currency, Lang, Money};
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{IpAddr, SocketAddr};

fn any_secured() -> impl Strategy<Value = Option<Secured>> {
    let one = (1..=5_u8, vec(any::<u8>(), 0..46))
        .prop_map(|(suite, key)| Secured { suite, key: MediaKey::new(&key).unwrap() });
    proptest::option::of(one)
}

fn any_negotiator() -> impl Strategy<Value = Option<NegotiatorLeg>> {
    let leg = (any::<SocketAddr>(), 0..128_u8, any_secured(), any_secured()).prop_map(
        |(remote, audio_payload, sending, far_key)| {
            let remote = SocketAddr::new(remote.ip(), remote.port());
            NegotiatorLeg { remote, codec: Codec::Alaw, audio_payload, sending, far_key }
        },
    );
    proptest::option::of(leg)
}

fn any_order() -> impl Strategy<Value = Order> {
    (any::<[u8; 16]>(), 0..=Money::MINOR_MAX, any_clips()).prop_map(
        |(intent, minor, amount_clips)| Order {
            intent: Intent(intent),
            amount: Money::new(minor, Currency::BRL),
            lang: Lang::PtBr,
            amount_clips,
            funding: FundingGate::NoCredit,
            attempts_before: 1,
        },
    )
}

fn any_clips() -> impl Strategy<Value = Vec<ClipName>> {
    vec("[a-z0-9][a-z0-9_.~-]{0,63}".prop_map(|t| ClipName::new(&t).unwrap()), 0..=32)
}

fn any_to_vault() -> impl Strategy<Value = ToVault> {
    let session = any::<u32>().prop_map(Session);
    let reference = "pi_[a-zA-Z]{1,20}".prop_map(|t| GatewayRef::new(&t).unwrap());
    prop_oneof![
        Just(ToVault::Hello),
        vec(any::<IpAddr>(), 0..=8).prop_map(ToVault::Gateway),
        (session.clone(), any_secured(), any::<bool>(), any_negotiator()).prop_map(
            |(session, sending, private, negotiator)| {
                ToVault::OpenMedia { session, sending, private, negotiator }
            }
        ),
        (session.clone(), any::<SocketAddr>(), 0..128_u8, any_secured()).prop_map(
            |(session, remote, payload, far_key)| {
                let remote = SocketAddr::new(remote.ip(), remote.port());
                let (codec, events_payload) = (Codec::Ulaw, Some(101));
                let agreed = Agreed {
                    remote,
                    codec,
                    audio_payload: payload,
                    events_payload,
                    in_band: false,
                    far_key,
                };
                ToVault::MediaAgreed(session, agreed)
            }
        ),
        (session.clone(), any_order()).prop_map(|(session, order)| ToVault::Arm(session, order)),
        (session.clone(), any_order()).prop_map(|(session, order)| ToVault::Guide(session, order)),
        (session.clone(), proptest::sample::select(Field::ALL))
            .prop_map(|(session, field)| ToVault::ArmField(session, field)),
        session.clone().prop_map(ToVault::Disarm),
        (session.clone(), 1..=3_u8).prop_map(|(s, n)| ToVault::IntentStored(s, n)),
        (session.clone(), 1..=3_u8).prop_map(|(s, n)| ToVault::Journalled(s, n)),
        (session.clone(), proptest::sample::select(AbortReason::ALL))
            .prop_map(|(s, why)| ToVault::Abort(s, why)),
        session.prop_map(ToVault::CloseMedia),
        (any::<u32>(), reference.clone()).prop_map(|(n, r)| ToVault::Query(Ask(n), r)),
        (any::<u32>(), reference).prop_map(|(n, r)| ToVault::Void(Ask(n), r)),
        any::<u32>().prop_map(ToVault::Ping),
    ]
}

proptest! {
    #[test]
    fn what_the_switch_says_is_read_as_it_was_meant(message in any_to_vault()) {
        let bytes = message.encode();
        prop_assert!(bytes.len() <= TO_VAULT_BYTES_MAX);
        prop_assert_eq!(ToVault::decode(&bytes), Ok(message));
    }

    #[test]
    fn what_the_vault_says_is_read_as_it_was_meant(message in any_from_vault()) {
        let bytes = message.encode();
        prop_assert!(bytes.len() <= FROM_VAULT_BYTES_MAX);
        prop_assert_eq!(FromVault::decode(&bytes), Ok(message));
    }

    #[test]
    fn a_message_that_was_cut_or_lengthened_is_none(
        to in any_to_vault(), from in any_from_vault(), more in any::<u8>(),
    ) {
        let bytes = to.encode();
        for cut in 0..bytes.len() {
            prop_assert!(ToVault::decode(&bytes[..cut]).is_err());
        }
        prop_assert!(ToVault::decode(&[bytes, vec![more]].concat()).is_err());
        let bytes = from.encode();
        for cut in 0..bytes.len() {
            prop_assert!(FromVault::decode(&bytes[..cut]).is_err());
        }
        prop_assert!(FromVault::decode(&[bytes, vec![more]].concat()).is_err());
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error_and_a_message_has_one_spelling(
        bytes in vec(any::<u8>(), 0..300),
    ) {
        if let Ok(message) = FromVault::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes.clone());
        }
        if let Ok(message) = ToVault::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut(
        messages in vec(vec(any::<u8>(), 1..200), 0..20), cuts in vec(1..40_usize, 1..50),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|m| frame_of(m)).collect();
        let (mut frames, mut seen, mut rest) = (Frames::new(200), Vec::new(), &stream[..]);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (head, tail) = rest.split_at((*cut).min(rest.len()));
            frames.read(head, |m| seen.push(m.to_vec())).unwrap();
            rest = tail;
        }
        prop_assert_eq!(seen, messages);
    }
}

#[test]
fn a_frame_that_promises_too_much_is_refused_before_it_is_waited_for() {
    assert_eq!(Frames::new(128).read(&[0, 129], |_| ()), Err(FrameError));
    assert_eq!(Frames::new(128).read(&[0, 0], |_| ()), Err(FrameError));
    assert_eq!(Frames::new(128).read(&[0, 128], |_| ()), Ok(()));
}
