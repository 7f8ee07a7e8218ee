//! Answers as gateways give them, whole, cut, chunked, and made up.

use super::answer::read_answer;
use super::json::{find, number, text};
use super::*;
use ids::Currency;
use vault_link::{Decline, Funding};
use zeroize::Zeroizing;

fn connector() -> PaymentIntents {
    PaymentIntents::new("gateway.test", Zeroizing::new("sk_test_x".to_owned()))
}

fn payment() -> Payment {
    Payment {
        intent: Intent([0x3f; 16]),
        attempt: 2,
        amount: Money::new(12_345, Currency::PLN),
        funding: FundingGate::Any,
        brand: Brand::Visa,
        last_four: LastFour::new([4, 2, 4, 2]).unwrap(),
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.as_bytes().to_vec() }
}

#[test]
fn the_charge_is_one_request_with_its_own_key_and_the_moto_mark() {
    let mut card = [0_u8; 64];
    card[..16].copy_from_slice(&[4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2]);
    card[19] = 16;
    card[20..25].copy_from_slice(&[1, 2, 3, 0, 4]);
    card[25..28].copy_from_slice(&[1, 2, 3]);
    card[29] = 3;
    let mut memory = vec![0; 4_096];
    let mut request = Request::in_place(&mut memory);
    let reference = GatewayRef::new("pi_x").unwrap();
    connector().authorise(&mut request, &payment(), &reference, Means::Card(&card));
    let (head, body) = request.finish().unwrap();
    let (head, body) = (std::str::from_utf8(head).unwrap(), std::str::from_utf8(body).unwrap());
    assert!(
        head.starts_with(
            "POST /v1/payment_intents/pi_x/confirm HTTP/1.1\r\nHost: gateway.test\r\n"
        )
    );
    assert!(head.contains("\r\nIdempotency-Key: dpdpdpdpdpdpdpdpdpdpdpdpdpdpdpdp-2\r\n"));
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())));
    assert!(head.ends_with("\r\n\r\n"));
    assert!(body.contains("card%5D%5Bnumber%5D=4242424242424242&"));
    assert!(body.contains("exp_month%5D=12&") && body.contains("exp_year%5D=30&"));
    assert!(body.contains("cvc%5D=123&") && body.contains("moto%5D=true"));
    assert!(!head.contains("4242"), "no card digit stands in the head");
}

#[test]
fn preparing_needs_no_card_and_is_keyed_by_the_intent() {
    let mut memory = vec![0; 2_048];
    let mut request = Request::in_place(&mut memory);
    connector().prepare(&mut request, &payment());
    let (head, body) = request.finish().unwrap();
    assert!(std::str::from_utf8(head).unwrap().contains("Idempotency-Key: dpdpdpdpdpdp"));
    assert!(body.starts_with(b"amount=12345&currency=pln&"));
}

#[test]
fn a_request_that_does_not_fit_is_not_sent_cut() {
    let mut memory = vec![0; 1_060];
    let mut request = Request::in_place(&mut memory);
    connector().prepare(&mut request, &payment());
    assert!(request.finish().is_none());
}

#[test]
fn an_approval_counts_only_over_the_amount_that_was_asked_for() {
    let body = |amount| {
        format!(
            r#"{{"id":"pi_x","status":"succeeded","amount_received":{amount},"currency":"pln",
            "latest_charge":{{"payment_method_details":{{"card":{{"funding":"debit",
            "authorization_code":"a1b2c3"}}}}}}}}"#
        )
    };
    let Charged::Told(Outcome::Approved(approval)) =
        connector().authorised(&answer(200, &body(12_345)), &payment())
    else {
        panic!("it is approved")
    };
    assert_eq!((approval.code.as_str(), approval.funding), ("A1B2C3", Funding::Debit));
    let other = connector().authorised(&answer(200, &body(12_346)), &payment());
    assert_eq!(other, Charged::Told(Outcome::Unknown));
}

#[test]
fn what_nobody_can_be_sure_of_is_unknown_and_never_a_decline() {
    for status in [100, 201, 204, 301, 302, 307, 400, 404, 408, 409, 500, 502, 503, 504] {
        let outcome = connector().authorised(&answer(status, "{}"), &payment());
        assert_eq!(outcome, Charged::Told(Outcome::Unknown), "{status}");
    }
    for body in ["", "{", "null", "[]", r#"{"status":"processing"}"#, r#"{"status":7}"#] {
        let outcome = connector().authorised(&answer(200, body), &payment());
        assert_eq!(outcome, Charged::Told(Outcome::Unknown));
    }
}

#[test]
fn reasons_of_issuers_fall_into_their_classes() {
    let cases = [
        ("card_declined", "insufficient_funds", Decline::Funds),
        ("card_declined", "stolen_card", Decline::Final),
        ("card_declined", "do_not_honor", Decline::Generic),
        ("expired_card", "expired_card", Decline::Expiry),
        ("incorrect_cvc", "incorrect_cvc", Decline::Code),
        ("incorrect_number", "", Decline::Card),
    ];
    for (code, reason, class) in cases {
        let body = format!(r#"{{"error":{{"code":"{code}","decline_code":"{reason}"}}}}"#);
        let outcome = connector().authorised(&answer(402, &body), &payment());
        assert_eq!(outcome, Charged::Told(Outcome::Declined(class)), "{code} {reason}");
    }
}

#[test]
fn a_query_tells_prepared_from_declined_from_charged_from_taken_back() {
    let found = |status, body| connector().found(&answer(status, body));
    let prepared = r#"{"status":"requires_payment_method","last_payment_error":null}"#;
    assert_eq!(found(200, prepared), Found::NotAuthorised);
    let declined =
        r#"{"status":"requires_payment_method","last_payment_error":{"code":"expired_card"}}"#;
    assert_eq!(found(200, declined), Found::Outcome(Outcome::Declined(Decline::Expiry)));
    let back = r#"{"status":"succeeded","latest_charge":{"amount_refunded":5}}"#;
    assert_eq!(found(200, back), Found::Voided);
    assert_eq!(found(404, "{}"), Found::NoSuchPayment);
    assert_eq!(found(500, "{}"), Found::NoAnswer);
}

#[test]
fn an_answer_is_whole_by_its_length_its_chunks_or_its_end() {
    let counted = b"HTTP/1.1 402 Payment Required\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(read_answer(counted, false), Ok(Some(answer(402, "{}"))));
    assert_eq!(read_answer(&counted[..50], false), Ok(None));
    assert!(read_answer(&counted[..counted.len() - 1], true).is_err());
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x\r\n\":1}\r\n0\r\n\r\n";
    assert_eq!(read_answer(chunked, false), Ok(Some(answer(200, "{\"a\":1}"))));
    let open = b"HTTP/1.1 200 OK\r\n\r\n{}";
    assert_eq!(read_answer(open, false), Ok(None));
    assert_eq!(read_answer(open, true), Ok(Some(answer(200, "{}"))));
    for nonsense in ["FTP\r\n\r\n", "HTTP/1.1 2\r\n\r\n", "HTTP/1.1 200 OK\r\nx\r\n\r\n"] {
        assert!(read_answer(nonsense.as_bytes(), false).is_err(), "{nonsense}");
    }
}

#[test]
fn a_value_is_found_by_its_path_and_broken_text_finds_nothing() {
    let json =
        br#" { "a" : [1,{"b":"no"}], "c":{"b":"yes","n":12,"x":1.5,"e":"\u0041"}, "b":"top" } "#;
    assert_eq!(text(json, &["c", "b"]), Some("yes"));
    assert_eq!(text(json, &["b"]), Some("top"));
    assert_eq!(number(json, &["c", "n"]), Some(12));
    assert_eq!((number(json, &["c", "x"]), text(json, &["c", "e"])), (None, None));
    assert_eq!(find(json, &["a", "b"]), None);
    assert_eq!(number(json, &["a", "[]"]), Some(1));
    assert_eq!(find(json, &["c", "[]"]), None);
    let deep = format!(r#"{{"a":{}1{},"b":"c"}}"#, "[".repeat(500_000), "]".repeat(500_000));
    assert_eq!(text(deep.as_bytes(), &["b"]), None);
    for cut in 0..json.len() {
        find(&json[..cut], &["c", "e"]);
    }
}

#[test]
fn answers_that_were_cut_bent_and_joined_do_no_harm() {
    let whole: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
        b"HTTP/1.1 402 X\r\nContent-Length: 36\r\n\r\n{\"error\":{\"code\":\"x\\\"y\",\"n\":[1,{}]}}",
        br#"{"status":"succeeded","amount_received":12345,"currency":"pln","latest_charge":{}}"#,
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..20_000 {
        let mut bytes = whole[next(3)].to_vec();
        for _ in 0..next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = next(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"{}[]\":,\\\r\n0f"[next(12)]),
                _ => bytes.extend_from_within(at..),
            }
        }
        let outcome =
            connector().authorised(&Answer { status: 200, body: bytes.clone() }, &payment());
        assert!(!matches!(outcome, Charged::Told(Outcome::NeedsCardholder)));
        let _ = read_answer(&bytes, next(2) == 0);
        let _ = find(&bytes, &["error", "code"]);
    }
}
