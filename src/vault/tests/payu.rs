//! Orders as PayU wants them, and its answers, whole and odd.

use super::*;
use vault_link::{FundingGate, Intent};

fn connector() -> PayU {
    PayU::new("secure.payu.test", "300746\n2ee86a66\n", true).unwrap()
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

fn order(status: &str, amount: &str) -> Answer {
    let body = format!(
        r#"{{"orders":[{{"orderId":"WZHF512345140731GUEST000P01","products":[{{"name":"x"}}],
        "currencyCode":"PLN","totalAmount":"{amount}","status":"{status}"}}],
        "status":{{"statusCode":"SUCCESS"}}}}"#
    );
    answer(200, &body)
}

fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1_000)
}

fn written(build: impl FnOnce(&mut Request<'_>)) -> (String, String) {
    let mut memory = vec![0; 4_096];
    let mut request = Request::in_place(&mut memory);
    build(&mut request);
    let (head, body) = request.finish().unwrap();
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().to_owned();
    (text(head), text(body))
}

fn let_in(connector: &PayU, now: Moment) {
    let token = answer(200, r#"{"access_token":"3e5cac39-7e38","expires_in":43199}"#);
    connector.logged_in(now, &token).unwrap();
}

#[test]
fn an_order_is_one_request_with_the_card_the_mark_of_the_telephone_and_our_name() {
    let mut card = [0_u8; 64];
    card[..16].copy_from_slice(&[4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2]);
    card[19] = 16;
    card[20..25].copy_from_slice(&[1, 2, 3, 0, 4]);
    card[25..28].copy_from_slice(&[1, 2, 3]);
    card[29] = 3;
    let connector = connector();
    let_in(&connector, at(0));
    let reference = connector.prepared(&answer(200, "{}"), &payment()).unwrap();
    let (head, body) = written(|request| {
        connector.authorise(request, &payment(), &reference, Means::Card(&card));
    });
    assert!(head.starts_with("POST /api/v2_1/orders HTTP/1.1\r\nHost: secure.payu.test\r\n"));
    assert!(head.contains("\r\nAuthorization: Bearer 3e5cac39-7e38\r\n"));
    assert!(head.contains("\r\nContent-Type: application/json\r\n"));
    assert!(!head.contains("4242"), "no card digit stands in the head");
    let name = "dpdpdpdpdpdpdpdpdpdpdpdpdpdpdpdp";
    let whole = format!(
        r#"{{"customerIp":"127.0.0.1","merchantPosId":"300746","moto":"PHONE","description":"Payment by telephone","currencyCode":"PLN","totalAmount":"12345","validityTime":"300","extOrderId":"{name}-2","buyer":{{"extCustomerId":"{name}"}},"products":[{{"name":"Payment","unitPrice":"12345","quantity":"1"}}],"payMethods":{{"payMethod":{{"card":{{"number":"4242424242424242","expirationMonth":"12","expirationYear":"2030","cvv":"123"}}}}}}}}"#
    );
    assert_eq!(body, whole);
}

#[test]
fn it_logs_in_once_until_the_pass_is_nearly_over_or_not_taken_any_more() {
    let connector = connector();
    let asks = |now| {
        let mut memory = vec![0; 2_048];
        connector.log_in(now, &mut Request::in_place(&mut memory))
    };
    assert!(asks(at(0)));
    let (_, body) = written(|request| assert!(connector.log_in(at(0), request)));
    assert_eq!(body, "grant_type=client_credentials&client_id=300746&client_secret=2ee86a66");
    let_in(&connector, at(0));
    assert!(!asks(at(1)) && !asks(at(43_138)));
    assert!(asks(at(43_140)));
    assert_eq!(connector.prepared(&answer(401, "{}"), &payment()), Err(NotPrepared::Credentials));
    assert!(asks(at(1)), "a pass that was refused is not used again");
}

#[test]
fn a_log_in_that_makes_no_sense_lets_nobody_in() {
    let refused = [
        (401, r#"{"error":"invalid_client"}"#, NotPrepared::Credentials),
        (200, "{}", NotPrepared::Trouble),
        (200, r#"{"access_token":"x\r\ny","expires_in":9}"#, NotPrepared::Trouble),
        (500, r#"{"access_token":"x","expires_in":9}"#, NotPrepared::Trouble),
    ];
    for (status, body, why) in refused {
        assert_eq!(connector().logged_in(at(0), &answer(status, body)), Err(why), "{body}");
    }
}

#[test]
fn an_order_that_was_made_is_not_yet_paid() {
    let authorised = |status, word: &str| {
        let body = format!(r#"{{"status":{{"statusCode":"{word}"}},"orderId":"X"}}"#);
        connector().authorised(&answer(status, &body), &payment())
    };
    for status in [200, 201, 302, 307, 400, 404, 408, 409, 500, 503] {
        assert_eq!(authorised(status, "SUCCESS"), Charged::AskAgain, "{status}");
    }
    assert_eq!(authorised(400, "ERROR_ORDER_NOT_UNIQUE"), Charged::AskAgain);
    let needs = Charged::Told(Outcome::NeedsCardholder);
    assert_eq!(authorised(201, "WARNING_CONTINUE_3DS"), needs);
    let unsent = Charged::Told(Outcome::Declined(Decline::NotSent));
    assert_eq!(authorised(401, "UNAUTHORIZED"), unsent);
    let card = Charged::Told(Outcome::Declined(Decline::Card));
    assert_eq!(authorised(400, "ERROR_VALUE_INVALID"), card);
}

#[test]
fn an_order_is_paid_when_it_is_completed_over_the_amount_that_was_asked_for() {
    let settled = |answer: &Answer| connector().settled(answer, &payment());
    let Charged::Told(Outcome::Approved(approval)) = settled(&order("COMPLETED", "12345")) else {
        panic!("it is paid")
    };
    assert_eq!((approval.amount, approval.brand), (payment().amount, Brand::Visa));
    let unknown = Charged::Told(Outcome::Unknown);
    assert_eq!(settled(&order("COMPLETED", "12346")), unknown);
    assert_eq!(settled(&order("COMPLETED", "x")), unknown);
    let declined = Charged::Told(Outcome::Declined(Decline::Generic));
    assert_eq!(settled(&order("CANCELED", "12345")), declined);
    for status in ["NEW", "PENDING", "WAITING_FOR_CONFIRMATION", "completed", ""] {
        assert_eq!(settled(&order(status, "12345")), Charged::AskAgain, "{status}");
    }
    for (status, body) in [(200, "{}"), (404, "{}"), (500, ""), (200, r#"{"orders":[]}"#)] {
        assert_eq!(settled(&answer(status, body)), Charged::AskAgain, "{status} {body}");
    }
}

#[test]
fn only_an_order_that_is_not_paid_can_be_cancelled() {
    let connector = connector();
    let name = connector.name_to_void(&order("PENDING", "12345"));
    assert_eq!(name, Ok("WZHF512345140731GUEST000P01".to_owned()));
    let (head, _) = written(|request| connector.void(request, "WZHF5"));
    assert!(head.starts_with("DELETE /api/v2_1/orders/WZHF5 HTTP/1.1\r\n"));
    let paid = connector.name_to_void(&order("COMPLETED", "12345"));
    assert!(matches!(paid, Err(Found::Outcome(Outcome::Approved(_)))), "it has to be refunded");
    assert_eq!(connector.name_to_void(&answer(404, "{}")), Err(Found::NoSuchPayment));
    assert_eq!(connector.name_to_void(&answer(500, "{}")), Err(Found::NoAnswer));
    let nasty = r#"{"orders":[{"orderId":"X/../Y","status":"PENDING"}]}"#;
    assert_eq!(connector.name_to_void(&answer(200, nasty)), Err(Found::NoAnswer));
}

#[test]
fn credentials_are_two_plain_words() {
    for bad in ["", "300746", "300746\n", "300 746\nx", "300746\nx\u{7}y"] {
        assert!(PayU::new("h", bad, true).is_none(), "{bad:?}");
    }
    assert!(!PayU::new("h", "a\nb", false).unwrap().caps().moto, "off until PayU allows it");
}
