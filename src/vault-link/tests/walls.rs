//! An attacker's view of the schema: where could a card number hide?

use crate::*;
use ids::{Currency, Money};
use proptest::prelude::*;
use std::net::SocketAddr;

pub(super) fn any_from_vault() -> impl Strategy<Value = FromVault> {
    let session = any::<u32>().prop_map(Session);
    let word = |n| 0..n;
    let field = proptest::sample::select(Field::ALL);
    let brand = proptest::sample::select(Brand::ALL);
    let last_four = [0..10_u8, 0..10, 0..10, 0..10].prop_map(|d| LastFour::new(d).unwrap());
    let reference = "[a-zA-Z]{1,9}[0-9]{0,7}[a-zA-Z_.-]{0,3}[a-z]{0,30}";
    let reference = reference.prop_map(|t| GatewayRef::new(&t).unwrap());
    prop_oneof![
        (word(4_usize), any::<(u16, u16, bool)>()).prop_map(|(why, (capacity, table, secret))| {
            FromVault::Hello(VaultHello {
                cannot_pay: CannotPay::ALL[why],
                capacity,
                brand_table: table,
                secret_memory: secret,
            })
        }),
        (session.clone(), any::<SocketAddr>(), any::<bool>()).prop_map(|(session, at, two)| {
            let at = SocketAddr::new(at.ip(), at.port());
            FromVault::MediaOpened(session, at, two.then_some(at))
        }),
        (session.clone(), proptest::sample::select(Refusal::ALL))
            .prop_map(|(s, why)| FromVault::MediaRefused(s, why)),
        session.clone().prop_map(FromVault::Speaking),
        (session.clone(), field.clone(), any::<u8>())
            .prop_map(|(s, f, n)| FromVault::Progress(s, f, n)),
        (session.clone(), field, proptest::sample::select(FieldState::ALL))
            .prop_map(|(s, f, state)| FromVault::Field(s, f, state)),
        (session.clone(), brand.clone(), last_four.clone())
            .prop_map(|(s, b, l)| FromVault::CardSeen(s, b, l)),
        (session.clone(), 1..=3_u8, brand, last_four).prop_map(|(session, attempt, b, l)| {
            FromVault::Consented { session, attempt, brand: b, last_four: l }
        }),
        (session.clone(), 1..=3_u8, reference).prop_map(|(s, n, r)| FromVault::Prepared(s, n, r)),
        (session.clone(), 1..=3_u8, any_outcome())
            .prop_map(|(s, n, o)| FromVault::Outcome(s, n, o)),
        (session, proptest::sample::select(End::ALL)).prop_map(|(s, e)| FromVault::Ended(s, e)),
        (any::<u32>(), any_outcome())
            .prop_map(|(n, o)| FromVault::Answer(Ask(n), Found::Outcome(o))),
        any::<u32>().prop_map(FromVault::Pong),
        (proptest::sample::select(Alarm::ALL), any::<u16>())
            .prop_map(|(a, n)| FromVault::Alarm(a, n)),
    ]
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let approved = (0..=Money::MINOR_MAX, "[A-Z0-9]{0,6}").prop_map(|(minor, code)| {
        Outcome::Approved(Approval {
            amount: Money::new(minor, Currency::PLN),
            code: AuthCode::new(&code).unwrap(),
            brand: Brand::Visa,
            last_four: LastFour::new([4, 2, 4, 2]).unwrap(),
            funding: Funding::Debit,
        })
    });
    prop_oneof![
        approved,
        proptest::sample::select(Decline::ALL).prop_map(Outcome::Declined),
        Just(Outcome::NeedsCardholder),
        Just(Outcome::Unknown),
    ]
}

/// Digits of a card in a row, in text as it would be written.
fn longest_run(bytes: &[u8]) -> usize {
    let runs = bytes.split(|b| !b.is_ascii_digit());
    runs.map(<[u8]>::len).max().unwrap_or(0)
}

#[test]
fn a_reference_takes_what_gateways_write_and_no_card_number() {
    for good in ["pi_3MtwBwLkdIwHu7ix28a3tqPa", "sbx-kdmaf", "WZHF5FFDRJ140731GUEST000P01"] {
        assert!(GatewayRef::new(good).is_ok(), "{good}");
    }
    let cards = [
        "4242424242424242",
        "4242-4242-4242-4242",
        "4.2.4.2.4.2.4.2.4.2",
        "pi_42424242",
        "x4242_4242x4242_4242",
        "378282246310005",
        "4242 4242",
        "",
        "pi/../x",
        "żółw",
    ];
    for bad in cards {
        assert_eq!(GatewayRef::new(bad), Err(NotBounded), "{bad}");
    }
    assert_eq!(GatewayRef::new(&"a".repeat(65)), Err(NotBounded));
}

#[test]
fn no_whole_number_of_the_vault_is_long_enough_for_a_card_number() {
    // the shortest card number has twelve digits; amounts end below that and are checked besides
    assert!(Money::MINOR_MAX < 10_u64.pow(11));
    assert!(u64::from(u32::MAX) < 10_u64.pow(11));
}

#[test]
fn an_intent_is_written_without_a_digit() {
    let written = Intent([0x42; 16]).to_string();
    assert_eq!(written.len(), 32);
    assert!(written.bytes().all(|b| b.is_ascii_lowercase()));
}

#[test]
fn keys_of_the_stream_are_dots_when_printed() {
    let key = MediaKey::new(&[7; 30]).unwrap();
    assert_eq!(format!("{key:?}"), "•");
    assert!(MediaKey::new(&[7; 47]).is_err());
}

proptest! {
    /// Eight digits name an issuer. Longer than the run a reference may have, none gets through in any
    /// message that may follow a key press: sixteen keys as text are at most an address (which comes
    /// before the first key) away from it.
    #[test]
    fn no_message_after_a_key_press_shows_eight_digits_in_a_row(message in any_from_vault()) {
        let before_keys = matches!(message, FromVault::MediaOpened(..) | FromVault::Hello(_));
        let numbers = matches!(message, FromVault::Pong(_) | FromVault::Answer(..));
        let mut bytes = message.encode();
        if message.session().is_some() {
            // the switch drew the session's number
            bytes.drain(1..5);
        }
        prop_assert!(before_keys || numbers || longest_run(&bytes) < 8);
    }
}
