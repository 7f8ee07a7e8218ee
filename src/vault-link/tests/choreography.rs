//! The switch's side as scripts: what the call asks, what the vault says, what comes out.

use crate::limits::*;
use crate::*;
use ids::{Currency, Lang, Moment, Money};
use std::time::Duration;

pub(super) const ONE: Session = Session(1);
pub(super) const AMOUNT: Money = Money::new(12_345, Currency::PLN);

pub(super) fn at(ms: u64) -> Moment {
    Moment::from_millis(ms)
}

pub(super) fn say(side: &mut SwitchSide, now: Moment, message: &FromVault) {
    side.handle_bytes(now, &frame_of(&message.encode()));
}

pub(super) fn hello() -> FromVault {
    FromVault::Hello(VaultHello {
        cannot_pay: CannotPay::Ready,
        capacity: 50,
        brand_table: 1,
        secret_memory: true,
    })
}

pub(super) fn reference() -> GatewayRef {
    GatewayRef::new("sbx-abc").unwrap()
}

pub(super) fn agreed() -> Agreed {
    Agreed {
        remote: "127.0.0.1:4000".parse().unwrap(),
        codec: Codec::Alaw,
        audio_payload: 8,
        events_payload: Some(101),
        in_band: false,
        far_key: None,
    }
}

pub(super) fn order() -> Order {
    Order {
        intent: Intent([7; 16]),
        amount: AMOUNT,
        lang: Lang::Pl,
        amount_clips: vec![],
        funding: FundingGate::Any,
        attempts_before: 0,
    }
}

pub(super) fn approval(amount: Money) -> Outcome {
    Outcome::Approved(Approval {
        amount,
        code: AuthCode::new("A1B2C3").unwrap(),
        brand: Brand::Visa,
        last_four: LastFour::new([4, 2, 4, 2]).unwrap(),
        funding: Funding::Debit,
    })
}

pub(super) fn consented(attempt: u8) -> FromVault {
    let last_four = LastFour::new([4, 2, 4, 2]).unwrap();
    FromVault::Consented { session: ONE, attempt, brand: Brand::Visa, last_four }
}

/// A link that has greeted, with its greeting taken out.
pub(super) fn ready() -> SwitchSide {
    let mut side = SwitchSide::new(at(0), vec![]);
    say(&mut side, at(0), &hello());
    assert!(matches!(side.poll_event(), Some(SwitchEvent::Ready(_))));
    side
}

/// A capture that was led to `Authorising`.
pub(super) fn authorising() -> SwitchSide {
    let mut side = ready();
    side.open_media(at(0), ONE, None, true).unwrap();
    let media = "127.0.0.1:9000".parse().unwrap();
    say(&mut side, at(1), &FromVault::MediaOpened(ONE, media, None));
    side.agree(at(2), ONE, agreed()).unwrap();
    side.arm(at(3), ONE, order()).unwrap();
    say(&mut side, at(4), &consented(1));
    side.intent_stored(at(5), ONE).unwrap();
    say(&mut side, at(6), &FromVault::Prepared(ONE, 1, reference()));
    side.journalled(at(7), ONE).unwrap();
    while side.poll_event().is_some() {}
    side
}

fn events(side: &mut SwitchSide) -> Vec<SwitchEvent> {
    std::iter::from_fn(|| side.poll_event()).collect()
}

fn sent(side: &mut SwitchSide) -> Vec<ToVault> {
    let frames = std::iter::from_fn(|| side.poll_write());
    frames.map(|f| ToVault::decode(&f[2..]).unwrap()).collect()
}

#[test]
fn a_payment_goes_through_its_steps_in_order() {
    let mut side = authorising();
    say(&mut side, at(8), &FromVault::Outcome(ONE, 1, approval(AMOUNT)));
    say(&mut side, at(9), &FromVault::Ended(ONE, End::Paid));
    side.close(ONE).unwrap();
    assert_eq!(events(&mut side).len(), 2);
    let kinds: Vec<u8> = sent(&mut side).iter().map(|m| m.encode()[0]).collect();
    assert_eq!(kinds, [1, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(side.phase(ONE), None);
}

#[test]
fn authorise_is_said_only_of_what_was_prepared_and_journalled() {
    let mut side = ready();
    side.open_media(at(0), ONE, None, true).unwrap();
    assert_eq!(side.journalled(at(1), ONE), Err(OutOfTurn::Phase));
    assert_eq!(side.intent_stored(at(1), ONE), Err(OutOfTurn::Phase));
    assert_eq!(side.arm(at(1), ONE, order()), Err(OutOfTurn::Phase));
    assert_eq!(side.close(ONE), Err(OutOfTurn::Phase));
}

#[test]
fn an_approval_over_another_amount_is_not_believed() {
    let mut side = authorising();
    let other = Money::new(99_999, Currency::PLN);
    say(&mut side, at(8), &FromVault::Outcome(ONE, 1, approval(other)));
    assert_eq!(
        events(&mut side),
        [
            SwitchEvent::Lost(ONE, Lost::MaybeCharged(reference())),
            SwitchEvent::Down(DownReason::OutOfTurn)
        ]
    );
}

#[test]
fn a_vault_that_dies_while_money_may_move_leaves_a_question_and_no_answer() {
    let mut side = authorising();
    side.handle_closed();
    assert_eq!(
        events(&mut side),
        [
            SwitchEvent::Lost(ONE, Lost::MaybeCharged(reference())),
            SwitchEvent::Down(DownReason::Closed)
        ]
    );
    assert_eq!(side.open_media(at(9), Session(2), None, true), Err(OutOfTurn::NotReady));
}

#[test]
fn a_silent_vault_is_noticed_within_two_seconds_and_pinged_before() {
    let mut side = authorising();
    sent(&mut side);
    let mut now = at(10);
    while side.is_ready() {
        now = side.poll_timeout();
        side.handle_timeout(now);
    }
    assert!(now <= at(6) + SILENCE_MAX, "{now:?}");
    assert!(matches!(events(&mut side).last(), Some(SwitchEvent::Down(DownReason::Silent))));
}

#[test]
fn a_vault_that_answers_pings_but_not_the_authorisation_makes_it_unknown() {
    let mut side = authorising();
    let mut now = at(10);
    let mut pings = 0;
    while side.phase(ONE) != Some(&Phase::Gone) {
        now = side.poll_timeout();
        side.handle_timeout(now);
        for message in sent(&mut side) {
            if let ToVault::Ping(count) = message {
                pings = count;
                say(&mut side, now, &FromVault::Pong(count));
            }
        }
    }
    assert!(pings > 60);
    assert!(now >= at(7) + AUTHORISE_MAX);
    assert_eq!(events(&mut side), [SwitchEvent::Lost(ONE, Lost::MaybeCharged(reference()))]);
    say(&mut side, now, &FromVault::Outcome(ONE, 1, approval(AMOUNT)));
    say(&mut side, now, &FromVault::Ended(ONE, End::Unknown));
    assert_eq!(events(&mut side), [], "what comes too late is asked of the gateway instead");
    assert_eq!(side.phase(ONE), None);
}

#[test]
fn a_hang_up_during_authorise_waits_for_the_outcome() {
    let mut side = authorising();
    side.abort(at(8), ONE, AbortReason::HungUp).unwrap();
    assert_eq!(side.phase(ONE), Some(&Phase::Authorising(reference())));
    say(&mut side, at(9), &FromVault::Outcome(ONE, 1, approval(AMOUNT)));
    say(&mut side, at(9), &FromVault::Ended(ONE, End::Aborted));
    assert_eq!(events(&mut side).len(), 2);
}

#[test]
fn an_end_that_crosses_journalled_is_followed_by_its_outcome() {
    let mut side = authorising();
    say(&mut side, at(8), &FromVault::Ended(ONE, End::GatewayDown));
    assert_eq!(events(&mut side), []);
    let unsent = Outcome::Declined(Decline::NotSent);
    say(&mut side, at(9), &FromVault::Outcome(ONE, 1, unsent));
    say(&mut side, at(9), &FromVault::Ended(ONE, End::GatewayDown));
    assert_eq!(events(&mut side).len(), 2);
    assert_eq!(side.phase(ONE), Some(&Phase::Ended));
}

#[test]
fn a_count_of_keys_that_could_spell_a_key_ends_the_link() {
    for counts in [&[2][..], &[1, 3], &[1, 2, 2], &[1, 0]] {
        let mut side = ready();
        side.open_media(at(0), ONE, None, true).unwrap();
        say(
            &mut side,
            at(1),
            &FromVault::MediaOpened(ONE, "127.0.0.1:9000".parse().unwrap(), None),
        );
        side.agree(at(2), ONE, agreed()).unwrap();
        side.arm(at(3), ONE, order()).unwrap();
        for keys in counts {
            assert!(side.is_ready());
            say(&mut side, at(4), &FromVault::Progress(ONE, Field::Number, *keys));
        }
        assert!(!side.is_ready(), "{counts:?}");
    }
}

#[test]
fn what_crosses_an_abort_is_not_heard() {
    let mut side = ready();
    side.open_media(at(0), ONE, None, true).unwrap();
    say(&mut side, at(1), &FromVault::MediaOpened(ONE, "127.0.0.1:9000".parse().unwrap(), None));
    side.agree(at(2), ONE, agreed()).unwrap();
    side.arm(at(3), ONE, order()).unwrap();
    events(&mut side);
    side.abort(at(4), ONE, AbortReason::StrayDigit).unwrap();
    say(&mut side, at(5), &FromVault::Progress(ONE, Field::Number, 3));
    say(&mut side, at(5), &consented(1));
    assert_eq!(events(&mut side), []);
    say(&mut side, at(6), &FromVault::Ended(ONE, End::Aborted));
    assert_eq!(events(&mut side).len(), 1);
}

#[test]
fn a_session_that_is_not_ours_an_answer_nobody_asked_for_and_a_second_hello_end_the_link() {
    let strangers = [
        FromVault::Speaking(Session(77)),
        FromVault::Answer(Ask(4), Found::NoAnswer),
        FromVault::Pong(4_242),
        hello(),
    ];
    for stranger in strangers {
        let mut side = ready();
        say(&mut side, at(1), &stranger);
        assert_eq!(events(&mut side), [SwitchEvent::Down(DownReason::OutOfTurn)], "{stranger:?}");
    }
}

#[test]
fn a_question_is_answered_once_or_lost() {
    let mut side = ready();
    side.query(at(1), Ask(1), &reference()).unwrap();
    side.void(at(1), Ask(2), &reference()).unwrap();
    assert_eq!(side.query(at(1), Ask(1), &reference()), Err(OutOfTurn::Phase));
    say(&mut side, at(2), &FromVault::Answer(Ask(1), Found::NotAuthorised));
    assert_eq!(events(&mut side).len(), 1);
    side.handle_closed();
    assert_eq!(events(&mut side)[0], SwitchEvent::AskLost(Ask(2)));
}

#[test]
fn no_more_captures_than_allowed_are_opened() {
    let mut side = ready();
    for n in 0..SESSIONS_MAX as u32 {
        side.open_media(at(1), Session(n), None, true).unwrap();
    }
    let more = side.open_media(at(1), Session(9_999), None, true);
    assert_eq!(more, Err(OutOfTurn::Full));
}

#[test]
fn a_vault_that_never_greets_is_given_up() {
    let mut side = SwitchSide::new(at(0), vec![]);
    assert_eq!(side.open_media(at(0), ONE, None, true), Err(OutOfTurn::NotReady));
    let due = side.poll_timeout();
    assert_eq!(due, at(0) + Duration::from_secs(2));
    side.handle_timeout(due);
    assert_eq!(events(&mut side), [SwitchEvent::Down(DownReason::Silent)]);
}

fn beside() -> NegotiatorLeg {
    NegotiatorLeg {
        remote: "127.0.0.1:5000".parse().unwrap(),
        codec: Codec::Alaw,
        audio_payload: 8,
        sending: None,
        far_key: None,
    }
}

/// A guided capture that waits for the negotiator's commands.
fn guided() -> SwitchSide {
    let mut side = ready();
    side.open_media_beside(at(0), ONE, None, true, Some(beside())).unwrap();
    let media = "127.0.0.1:9000".parse().unwrap();
    say(&mut side, at(1), &FromVault::MediaOpened(ONE, media, Some(media)));
    side.agree(at(2), ONE, agreed()).unwrap();
    side.guide(at(3), ONE, order()).unwrap();
    sent(&mut side);
    side
}

#[test]
fn a_negotiator_commands_one_field_after_the_other_while_keys_are_waited_for() {
    let mut side = guided();
    assert_eq!(side.arm_field(ONE, Field::GetCard), Err(OutOfTurn::Phase));
    side.arm_field(ONE, Field::Number).unwrap();
    side.disarm(ONE).unwrap();
    let words = [ToVault::ArmField(ONE, Field::Number), ToVault::Disarm(ONE)];
    assert_eq!(sent(&mut side), words);
    say(&mut side, at(4), &consented(1));
    assert_eq!(side.arm_field(ONE, Field::Code), Err(OutOfTurn::Phase));
    assert_eq!(side.disarm(ONE), Err(OutOfTurn::Phase));
}

#[test]
fn nobody_is_guided_without_a_negotiator_and_nobody_is_commanded_who_is_not_guided() {
    let mut side = ready();
    side.open_media(at(0), ONE, None, true).unwrap();
    say(&mut side, at(1), &FromVault::MediaOpened(ONE, "127.0.0.1:9000".parse().unwrap(), None));
    side.agree(at(2), ONE, agreed()).unwrap();
    assert_eq!(side.guide(at(3), ONE, order()), Err(OutOfTurn::Phase));
    side.arm(at(3), ONE, order()).unwrap();
    assert_eq!(side.arm_field(ONE, Field::Number), Err(OutOfTurn::Phase));
}

#[test]
fn a_guided_capture_has_more_time_and_not_for_ever() {
    let mut side = guided();
    let alive = |side: &mut SwitchSide, from: u64, to: u64| {
        for second in from..to {
            let now = at(3) + Duration::from_secs(second);
            side.handle_timeout(now);
            say(side, now, &FromVault::Alarm(Alarm::KeyStorm, 0));
        }
        events(side).iter().any(|e| matches!(e, SwitchEvent::Lost(..)))
    };
    assert!(!alive(&mut side, 1, 900));
    assert!(alive(&mut side, 900, 910));
}

#[test]
fn a_vault_that_opens_one_socket_too_few_is_none_of_ours() {
    let mut side = ready();
    side.open_media_beside(at(0), ONE, None, true, Some(beside())).unwrap();
    say(&mut side, at(1), &FromVault::MediaOpened(ONE, "127.0.0.1:9000".parse().unwrap(), None));
    assert!(events(&mut side).contains(&SwitchEvent::Down(DownReason::OutOfTurn)));
}
