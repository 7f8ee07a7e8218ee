//! PayU's REST API 2.1 (Poland): one order a payment, with the card in it, marked `moto: PHONE`.
//!
//! ```text
//!  log in     POST /pl/standard/user/oauth/authorize      client credentials; the token is kept in memory
//!  prepare    GET  /api/v2_1/paymethods                   we are let in; PayU knows nothing of the payment yet
//!  authorise  POST /api/v2_1/orders                       the order, its card, and our name for it: extOrderId
//!  settle     GET  /api/v2_1/orders?extOrderId=…          until COMPLETED or CANCELED
//!  void       the same, then DELETE /api/v2_1/orders/{orderId}
//! ```
//! The reference is `extOrderId`: drawn by us, journalled before the charge, unique at PayU, so that a second
//! order under it is refused. It lets a lost answer be asked for; PayU's own `orderId` comes with that answer.
//!
//! What the public reference (developers.payu.com, REST API 2.1) leaves open, and what follows from it:
//! - Card data in text form and `moto` are documented each by itself, `moto` with a token that a browser
//!   makes. Whether both go together is a matter of the account: until PayU says so, `--keyed-cards` stays
//!   off, and no card is asked for.
//! - Orders are documented to be read by `orderId` alone. Reading by `extOrderId` is what integrators use;
//!   where an account refuses it, a lost answer stays unknown and a person has to look.
//! - An order does not tell the card's funding: an account without credit cards cannot take cards here.

use super::json::{Scalar, find, text};
use super::{Answer, Caps, CardGateway, Charged, Means, NotPrepared, Payment, Request, Screened};
use crate::card::{Part, digits_of};
use crate::limits::{ORDER_SECONDS, TOKEN_MARGIN};
use ids::{Currency, Moment, Money};
use std::cell::RefCell;
use std::time::Duration;
use vault_link::{
    Approval, AuthCode, Brand, Decline, Found, Funding, GatewayRef, LastFour, Outcome,
};
use zeroize::Zeroizing;

const ORDERS: &str = "/api/v2_1/orders";

/// A token that lets us in, and until when it is used.
struct Pass {
    token: Zeroizing<String>,
    until: Moment,
}

/// The connector with its account.
pub struct PayU {
    host: String,
    /// Also the point of sale.
    client_id: String,
    client_secret: Zeroizing<String>,
    keyed_cards: bool,
    pass: RefCell<Option<Pass>>,
}

impl PayU {
    /// For this host; `credentials`: client id and client secret, a line each.
    ///
    /// Returns `None` where they are not two plain words.
    pub fn new(host: &str, credentials: &str, keyed_cards: bool) -> Option<Self> {
        let mut lines = credentials.lines().map(str::trim);
        let (client_id, client_secret) = (lines.next()?, lines.next()?);
        let plain = |text: &str| is_word(text) && text.len() <= 64;
        (plain(client_id) && plain(client_secret)).then(|| Self {
            host: host.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Zeroizing::new(client_secret.to_owned()),
            keyed_cards,
            pass: RefCell::new(None),
        })
    }

    fn begin(&self, request: &mut Request<'_>, method: &str, target: &[&str]) {
        let pass = self.pass.borrow();
        let token = pass.as_ref().map_or("", |pass| pass.token.as_str());
        request.begin(method, target, &self.host, token);
    }

    /// 401: the token is not taken any more; the next step asks for a new one.
    fn is_let_in(&self, answer: &Answer) -> bool {
        if answer.status == 401 {
            self.pass.replace(None);
        }
        !matches!(answer.status, 401 | 403)
    }
}

impl CardGateway for PayU {
    fn caps(&self) -> Caps {
        Caps { funding_before_charge: false, moto: self.keyed_cards }
    }

    fn log_in(&self, now: Moment, request: &mut Request<'_>) -> bool {
        if self.pass.borrow().as_ref().is_some_and(|pass| now < pass.until) {
            return false;
        }
        request.begin("POST", &["/pl/standard/user/oauth/authorize"], &self.host, "");
        request.pair("grant_type", "client_credentials");
        request.pair("client_id", &self.client_id);
        request.pair("client_secret", &self.client_secret);
        true
    }

    fn logged_in(&self, now: Moment, answer: &Answer) -> Result<(), NotPrepared> {
        let token = text(&answer.body, &["access_token"]).filter(|token| is_word(token));
        let seconds = super::json::number(&answer.body, &["expires_in"]).unwrap_or(0);
        match (answer.status, token) {
            (200, Some(token)) => {
                let lasts = Duration::from_secs(seconds.min(86_400)).saturating_sub(TOKEN_MARGIN);
                let token = Zeroizing::new(token.to_owned());
                self.pass.replace(Some(Pass { token, until: now + lasts }));
                Ok(())
            }
            (400 | 401 | 403, _) => Err(NotPrepared::Credentials),
            _ => Err(NotPrepared::Trouble),
        }
    }

    fn prepare(&self, request: &mut Request<'_>, _payment: &Payment) {
        self.begin(request, "GET", &["/api/v2_1/paymethods"]);
    }

    fn prepared(&self, answer: &Answer, payment: &Payment) -> Result<GatewayRef, NotPrepared> {
        if !self.is_let_in(answer) {
            return Err(NotPrepared::Credentials);
        }
        let name = format!("{}-{}", payment.intent, payment.attempt);
        match answer.status {
            200 => GatewayRef::new(&name).map_err(|_| NotPrepared::Trouble),
            _ => Err(NotPrepared::Trouble),
        }
    }

    fn screen(&self, _request: &mut Request<'_>, _payment: &Payment, _card: &[u8]) {}

    fn screened(&self, _answer: &Answer) -> Screened {
        Screened::Refused(Outcome::Declined(Decline::Funding))
    }

    fn authorise(
        &self,
        request: &mut Request<'_>,
        payment: &Payment,
        reference: &GatewayRef,
        means: Means<'_>,
    ) {
        // nothing but a card is ever charged here; a body without one is refused
        let Means::Card(card) = means else { return };
        self.begin(request, "POST", &[ORDERS]);
        let (amount, intent) = (payment.amount.minor.to_string(), payment.intent.to_string());
        let part = |request: &mut Request<'_>, text: &[&str]| {
            text.iter().for_each(|text| request.json(text));
        };
        // PayU's own example of an order by telephone names this address: there is no other
        part(request, &["{\"customerIp\":\"127.0.0.1\",\"merchantPosId\":\"", &self.client_id]);
        part(request, &["\",\"moto\":\"PHONE\",\"description\":\"Payment by telephone\""]);
        part(request, &[",\"currencyCode\":\"", payment.amount.currency.code()]);
        part(request, &["\",\"totalAmount\":\"", &amount, "\",\"validityTime\":\"", ORDER_SECONDS]);
        part(request, &["\",\"extOrderId\":\"", reference.as_str()]);
        part(request, &["\",\"buyer\":{\"extCustomerId\":\"", &intent]);
        part(request, &["\"},\"products\":[{\"name\":\"Payment\",\"unitPrice\":\"", &amount]);
        part(request, &["\",\"quantity\":\"1\"}],\"payMethods\":{\"payMethod\":{\"card\":{"]);
        write_card(request, card);
        part(request, &["}}}}"]);
    }

    fn authorised(&self, answer: &Answer, _payment: &Payment) -> Charged {
        if !self.is_let_in(answer) {
            return Charged::Told(Outcome::Declined(Decline::NotSent));
        }
        match (answer.status, text(&answer.body, &["status", "statusCode"])) {
            (
                200..=302,
                Some("WARNING_CONTINUE_3DS" | "WARNING_CONTINUE_CVV" | "WARNING_CONTINUE_REDIRECT"),
            ) => Charged::Told(Outcome::NeedsCardholder),
            (400, Some("ERROR_SYNTAX" | "ERROR_VALUE_INVALID" | "ERROR_VALUE_MISSING")) => {
                Charged::Told(Outcome::Declined(Decline::Card))
            }
            // SUCCESS says that there is an order, not that it is paid; NOT_UNIQUE says so too; and where
            // PayU stumbles the order tells whether it is there
            _ => Charged::AskAgain,
        }
    }

    fn settled(&self, answer: &Answer, payment: &Payment) -> Charged {
        let (200, Some(order)) = (answer.status, Order::read(&answer.body)) else {
            return Charged::AskAgain;
        };
        match order.status {
            "COMPLETED" if order.amount == Some(payment.amount) => {
                let (brand, last_four) = (payment.brand, payment.last_four);
                Charged::Told(approved(payment.amount, brand, last_four))
            }
            // over another amount: for a person to look at
            "COMPLETED" => Charged::Told(Outcome::Unknown),
            "CANCELED" => Charged::Told(Outcome::Declined(Decline::Generic)),
            _ => Charged::AskAgain,
        }
    }

    fn query(&self, request: &mut Request<'_>, reference: &GatewayRef) {
        self.begin(request, "GET", &[ORDERS, "?extOrderId=", reference.as_str()]);
    }

    fn found(&self, answer: &Answer) -> Found {
        if !self.is_let_in(answer) {
            return Found::NoAnswer;
        }
        match (answer.status, Order::read(&answer.body)) {
            (200, Some(order)) => order.found(),
            (404, _) => Found::NoSuchPayment,
            _ => Found::NoAnswer,
        }
    }

    fn void_needs_name(&self) -> bool {
        true
    }

    fn name_to_void(&self, answer: &Answer) -> Result<String, Found> {
        let order = Order::read(&answer.body).filter(|_| answer.status == 200);
        match (order, self.found(answer)) {
            (_, found @ (Found::Outcome(_) | Found::NoSuchPayment)) => Err(found),
            (Some(order), _) => Ok(order.id.to_owned()),
            (None, found) => Err(found),
        }
    }

    fn void(&self, request: &mut Request<'_>, name: &str) {
        self.begin(request, "DELETE", &[ORDERS, "/", name]);
    }

    fn voided(&self, answer: &Answer) -> Found {
        match (answer.status, text(&answer.body, &["status", "statusCode"])) {
            (200, Some("SUCCESS")) => Found::Voided,
            (404, _) => Found::NoSuchPayment,
            _ => Found::NoAnswer,
        }
    }
}

/// The first order of an answer: there is one at most under one name.
struct Order<'a> {
    id: &'a str,
    status: &'a str,
    amount: Option<Money>,
}

impl<'a> Order<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        let of = |name| text(body, &["orders", "[]", name]);
        let minor = match find(body, &["orders", "[]", "totalAmount"]) {
            Some(Scalar::Text(text)) => text.parse().ok(),
            Some(Scalar::Number(number)) => Some(number),
            Some(Scalar::Other) | None => None,
        };
        let minor = minor.filter(|minor| *minor <= Money::MINOR_MAX);
        let currency: Option<Currency> = of("currencyCode").and_then(|code| code.parse().ok());
        let amount = minor.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
        let id = of("orderId").filter(|id| is_word(id))?;
        Some(Self { id, status: of("status")?, amount })
    }

    fn found(&self) -> Found {
        match (self.status, self.amount) {
            ("COMPLETED", Some(amount)) => {
                // an order does not tell its card: the switch has brand and last four from the consent
                let last_four = LastFour::new([0; 4]);
                last_four.map_or(Found::NoAnswer, |last_four| {
                    Found::Outcome(approved(amount, Brand::Other, last_four))
                })
            }
            ("CANCELED", _) => Found::Outcome(Outcome::Declined(Decline::Generic)),
            // it may still be paid
            _ => Found::NoAnswer,
        }
    }
}

fn approved(amount: Money, brand: Brand, last_four: LastFour) -> Outcome {
    let (code, funding) = (AuthCode::NONE, Funding::Unknown);
    Outcome::Approved(Approval { amount, code, brand, last_four, funding })
}

fn write_card(request: &mut Request<'_>, card: &[u8]) {
    let (month, year) = match digits_of(card, Part::Expiry) {
        [m1, m2, y1, y2] => ([*m1, *m2], [2, 0, *y1, *y2]),
        _ => ([0; 2], [0; 4]),
    };
    request.json("\"number\":\"");
    request.json_digits(digits_of(card, Part::Number));
    request.json("\",\"expirationMonth\":\"");
    request.json_digits(&month);
    request.json("\",\"expirationYear\":\"");
    request.json_digits(&year);
    let code = digits_of(card, Part::Code);
    if !code.is_empty() {
        request.json("\",\"cvv\":\"");
        request.json_digits(code);
    }
    request.json("\"");
}

/// What may stand in a request as it is.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=512).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
#[path = "../tests/payu.rs"]
mod tests;
