//! The PaymentIntents dialect: Stripe's public API, which the sandbox speaks too, so that the connector
//! that is tested is the connector that is used.
//!
//! prepare: create without a card. screen: a payment method of the card, which tells its funding. authorise:
//! confirm, with the card or with that method, as a MOTO payment. query: read. void: refund. Idempotency
//! keys are the intent's name, never anything of the card.

use super::json::{number, text};
use super::name::{for_gateway, for_link};
use super::{Answer, Caps, CardGateway, Charged, Means, NotPrepared, Payment, Request, Screened};
use crate::card::{Part, digits_of};
use ids::{Currency, Money};
use vault_link::{
    Approval, AuthCode, Brand, Decline, Found, Funding, GatewayRef, LastFour, Outcome,
};
use zeroize::Zeroizing;

/// The connector with its account.
pub struct PaymentIntents {
    host: String,
    secret_key: Zeroizing<String>,
}

impl PaymentIntents {
    /// For this host, with the account's secret key.
    pub fn new(host: &str, secret_key: Zeroizing<String>) -> Self {
        Self { host: host.to_owned(), secret_key }
    }

    fn post(&self, request: &mut Request<'_>, target: &[&str], key: &[&str]) {
        request.begin("POST", target, &self.host, &self.secret_key);
        request.field("Idempotency-Key", key);
    }
}

impl CardGateway for PaymentIntents {
    fn caps(&self) -> Caps {
        Caps { funding_before_charge: true, moto: true }
    }

    fn prepare(&self, request: &mut Request<'_>, payment: &Payment) {
        let intent = payment.intent.to_string();
        self.post(request, &["/v1/payment_intents"], &[&intent]);
        request.pair("amount", &payment.amount.minor.to_string());
        request.pair("currency", &payment.amount.currency.code().to_ascii_lowercase());
        request.pair("payment_method_types[]", "card");
        request.pair("metadata[intent]", &intent);
    }

    fn prepared(&self, answer: &Answer, _payment: &Payment) -> Result<GatewayRef, NotPrepared> {
        match answer.status {
            200 => text(&answer.body, &["id"]).and_then(for_link).ok_or(NotPrepared::Trouble),
            401 | 403 => Err(NotPrepared::Credentials),
            _ => Err(NotPrepared::Trouble),
        }
    }

    fn screen(&self, request: &mut Request<'_>, payment: &Payment, card: &[u8]) {
        let (intent, attempt) = (payment.intent.to_string(), payment.attempt.to_string());
        self.post(request, &["/v1/payment_methods"], &[&intent, "-", &attempt, "-method"]);
        request.pair("type", "card");
        let names = ["card[number]", "card[exp_month]", "card[exp_year]", "card[cvc]"];
        write_card(request, names, card);
    }

    fn screened(&self, answer: &Answer) -> Screened {
        let body = &answer.body;
        match (answer.status, text(body, &["id"])) {
            (200, Some(method)) if is_name(method) => {
                let funding = funding_named(text(body, &["card", "funding"]));
                Screened::Funding(funding, method.to_owned())
            }
            (402, _) => Screened::Refused(refusal(body, "error")),
            _ => Screened::Refused(Outcome::Declined(Decline::NotSent)),
        }
    }

    fn authorise(
        &self,
        request: &mut Request<'_>,
        payment: &Payment,
        reference: &GatewayRef,
        means: Means<'_>,
    ) {
        let target = ["/v1/payment_intents/", &for_gateway(reference), "/confirm"];
        let (intent, attempt) = (payment.intent.to_string(), payment.attempt.to_string());
        self.post(request, &target, &[&intent, "-", &attempt]);
        match means {
            Means::Screened(method) => request.pair("payment_method", method),
            Means::Card(card) => {
                request.pair("payment_method_data[type]", "card");
                let names = [
                    "payment_method_data[card][number]",
                    "payment_method_data[card][exp_month]",
                    "payment_method_data[card][exp_year]",
                    "payment_method_data[card][cvc]",
                ];
                write_card(request, names, card);
            }
        }
        request.pair("payment_method_options[card][moto]", "true");
        request.pair("expand[]", "latest_charge");
    }

    fn authorised(&self, answer: &Answer, payment: &Payment) -> Charged {
        Charged::Told(match answer.status {
            200 => of_intent(&answer.body, Some(payment)),
            402 => refusal(&answer.body, "error"),
            // it was not looked at: the key, the permission, the rate
            401 | 403 | 429 => Outcome::Declined(Decline::NotSent),
            _ => Outcome::Unknown,
        })
    }

    fn settled(&self, answer: &Answer, payment: &Payment) -> Charged {
        self.authorised(answer, payment)
    }

    fn query(&self, request: &mut Request<'_>, reference: &GatewayRef) {
        let name = for_gateway(reference);
        let target = ["/v1/payment_intents/", &name, "?expand%5B%5D=latest_charge"];
        request.begin("GET", &target, &self.host, &self.secret_key);
    }

    fn void(&self, request: &mut Request<'_>, name: &str) {
        self.post(request, &["/v1/refunds"], &["void-", name]);
        request.pair("payment_intent", name);
    }

    fn found(&self, answer: &Answer) -> Found {
        let body = &answer.body;
        match (answer.status, text(body, &["status"])) {
            (404, _) => Found::NoSuchPayment,
            (200, Some("canceled")) => Found::Voided,
            (200, Some("succeeded")) if is_refunded(body) => Found::Voided,
            (200, Some("requires_confirmation")) => Found::NotAuthorised,
            (200, Some("requires_payment_method"))
                if text(body, &["last_payment_error", "code"]).is_none() =>
            {
                Found::NotAuthorised
            }
            (200, Some(_)) => Found::Outcome(of_intent(body, None)),
            _ => Found::NoAnswer,
        }
    }

    fn voided(&self, answer: &Answer) -> Found {
        match (answer.status, text(&answer.body, &["error", "code"])) {
            (200, _) | (400, Some("charge_already_refunded")) => Found::Voided,
            (404, _) => Found::NoSuchPayment,
            _ => Found::NoAnswer,
        }
    }
}

/// Number, month, year and code under these names, straight from where they lie.
fn write_card(request: &mut Request<'_>, names: [&str; 4], card: &[u8]) {
    let expiry = digits_of(card, Part::Expiry);
    let (month, year) = expiry.split_at(expiry.len().min(2));
    request.digits(names[0], digits_of(card, Part::Number));
    request.digits(names[1], month);
    request.digits(names[2], year);
    let code = digits_of(card, Part::Code);
    if !code.is_empty() {
        request.digits(names[3], code);
    }
}

/// A name that may stand in a form as it is.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn funding_named(name: Option<&str>) -> Funding {
    match name {
        Some("debit") => Funding::Debit,
        Some("credit") => Funding::Credit,
        Some("prepaid") => Funding::Prepaid,
        _ => Funding::Unknown,
    }
}

fn is_refunded(body: &[u8]) -> bool {
    number(body, &["latest_charge", "amount_refunded"]).is_some_and(|refunded| refunded > 0)
}

/// What a PaymentIntent's status says.
fn of_intent(body: &[u8], payment: Option<&Payment>) -> Outcome {
    match text(body, &["status"]) {
        Some("succeeded") => approval(body, payment).map_or(Outcome::Unknown, Outcome::Approved),
        Some("requires_action" | "requires_source_action") => Outcome::NeedsCardholder,
        Some("requires_payment_method") => refusal(body, "last_payment_error"),
        _ => Outcome::Unknown,
    }
}

/// Money moved, over the amount that was asked for; anything else is for a person to look at.
fn approval(body: &[u8], payment: Option<&Payment>) -> Option<Approval> {
    let minor = number(body, &["amount_received"])?;
    let currency: Currency = text(body, &["currency"])?.parse().ok()?;
    let amount = Money::new(minor, currency);
    if minor > Money::MINOR_MAX || payment.is_some_and(|p| p.amount != amount) {
        return None;
    }
    let of_card = |name| text(body, &["latest_charge", "payment_method_details", "card", name]);
    let code = of_card("authorization_code").and_then(|c| AuthCode::new(c).ok());
    let (brand, last_four) = match payment {
        Some(payment) => (payment.brand, payment.last_four),
        None => (brand_named(of_card("brand")?), last_four(of_card("last4")?)?),
    };
    let funding = funding_named(of_card("funding"));
    Some(Approval { amount, code: code.unwrap_or(AuthCode::NONE), brand, last_four, funding })
}

fn last_four(digits: &str) -> Option<LastFour> {
    let four: [u8; 4] = digits.as_bytes().try_into().ok()?;
    LastFour::new(four.map(|b| b.wrapping_sub(b'0'))).ok()
}

fn brand_named(name: &str) -> Brand {
    match name {
        "visa" => Brand::Visa,
        "mastercard" => Brand::Mastercard,
        "amex" => Brand::Amex,
        "diners" => Brand::Diners,
        "discover" => Brand::Discover,
        "jcb" => Brand::Jcb,
        "unionpay" => Brand::UnionPay,
        "maestro" => Brand::Maestro,
        "elo" => Brand::Elo,
        "hipercard" => Brand::Hipercard,
        _ => Brand::Other,
    }
}

/// The classes of the issuer's reasons; a reason that is not known here is a plain no.
fn refusal(body: &[u8], at: &str) -> Outcome {
    let code = text(body, &[at, "code"]).unwrap_or("");
    let reason = text(body, &[at, "decline_code"]).unwrap_or("");
    Outcome::Declined(match (code, reason) {
        ("authentication_required", _) | (_, "authentication_required") => {
            return Outcome::NeedsCardholder;
        }
        (_, "insufficient_funds" | "withdrawal_count_limit_exceeded") => Decline::Funds,
        ("expired_card" | "invalid_expiry_month" | "invalid_expiry_year", _) => Decline::Expiry,
        ("incorrect_cvc" | "invalid_cvc", _) => Decline::Code,
        ("incorrect_number" | "invalid_number", _) => Decline::Card,
        (_, "card_not_supported" | "currency_not_supported") => Decline::Card,
        (_, "stolen_card" | "lost_card" | "pickup_card" | "restricted_card" | "fraudulent") => {
            Decline::Final
        }
        (_, "duplicate_transaction") => Decline::Duplicate,
        _ => Decline::Generic,
    })
}
