//! The account at the gateway, without a card: what it knows of payments, and money given back. It speaks the
//! PaymentIntents dialect, as the vault's connector does.

use super::Failure;
use super::https::{Answer, Https, NoAnswer, Question, encoded};
use crate::config::{Dialect, Gateway};
use ids::{Currency, Money};
use serde::Deserialize;
use zeroize::Zeroizing;

/// Payments of one page.
const PAGE: usize = 100;
/// Pages that are asked for; beyond, a shorter time must be named.
const PAGES_MAX: usize = 100;

/// An account.
pub struct Account {
    https: Https,
    key: Zeroizing<String>,
}

/// A payment as the gateway has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booked {
    /// The gateway's name for it.
    pub reference: String,
    /// Ours, if it came from us.
    pub intent: Option<String>,
    /// The gateway's word: `succeeded`, `canceled` …
    pub status: String,
    /// What was taken; nothing before it was charged.
    pub taken: Option<Money>,
    /// Minor units of it that were given back.
    pub given_back: u64,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    #[serde(default)]
    amount_received: u64,
    currency: String,
    #[serde(default)]
    metadata: IntentData,
    #[serde(default)]
    latest_charge: Option<Charge>,
}

#[derive(Default, Deserialize)]
struct IntentData {
    intent: Option<String>,
}

/// Spelled out because it was asked for; a bare name is of no use.
#[derive(Deserialize)]
struct Charge {
    #[serde(default)]
    amount_refunded: u64,
}

#[derive(Deserialize)]
struct Refund {
    status: Option<String>,
    amount: u64,
    #[serde(default)]
    metadata: RefundData,
}

#[derive(Default, Deserialize)]
struct RefundData {
    wish: Option<String>,
}

impl Refund {
    fn is_made(&self) -> bool {
        matches!(self.status.as_deref(), Some("succeeded" | "pending"))
    }
}

impl Account {
    /// # Errors
    /// Another dialect, no key, no roots, no address.
    pub async fn at(gateway: &Gateway) -> Result<Self, Failure> {
        if gateway.dialect != Dialect::PaymentIntents {
            return Err(format!(
                "the gateway {} speaks a dialect in which the switch cannot ask yet; use the gateway's own pages",
                gateway.name
            )
            .into());
        }
        let path = gateway.secret_file.display();
        let text = std::fs::read_to_string(&gateway.secret_file);
        let text = text.map_err(|error| {
            format!(
                "cannot read payments.secret-file {path}: {error}; run parley as a user who may"
            )
        })?;
        let key = Zeroizing::new(text.trim().to_owned());
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                format!("payments.secret-file {path} holds no key; write it on one line").into()
            );
        }
        Ok(Self { https: Https::to(gateway).await?, key })
    }

    /// The payment of this name.
    pub async fn payment(&self, reference: &str) -> Result<Option<Booked>, Failure> {
        let target =
            format!("/v1/payment_intents/{}?expand%5B%5D=latest_charge", encoded(reference));
        let answer = self.get(&target).await?;
        match answer.status {
            404 => Ok(None),
            _ => booked(read(&answer)?).map(Some),
        }
    }

    /// All that were begun in this time, Unix seconds, the end not included.
    pub async fn payments(&self, since_s: i64, until_s: i64) -> Result<Vec<Booked>, Failure> {
        let mut all: Vec<Booked> = Vec::new();
        for _ in 0..PAGES_MAX {
            let after =
                all.last().map(|last| format!("&starting_after={}", encoded(&last.reference)));
            let target = format!(
                "/v1/payment_intents?limit={PAGE}&created%5Bgte%5D={since_s}&created%5Blt%5D={until_s}&expand%5B%5D=data.latest_charge{}",
                after.unwrap_or_default()
            );
            let page: Page<Intent> = read(&self.get(&target).await?)?;
            for intent in page.data {
                all.push(booked(intent)?);
            }
            if !page.has_more {
                return Ok(all);
            }
        }
        Err(format!(
            "the gateway has more than {} payments in that time; name fewer days with --since and --until",
            PAGE * PAGES_MAX
        )
        .into())
    }

    /// Gives money back, once for each `wish`: what was given back under that name is asked first, so that
    /// an answer that was lost costs nothing.
    ///
    /// # Errors
    /// It is not known to be given back.
    pub async fn give_back(
        &self,
        reference: &str,
        amount: Money,
        wish: &str,
    ) -> Result<(), Failure> {
        let target = format!("/v1/refunds?limit={PAGE}&payment_intent={}", encoded(reference));
        let made: Page<Refund> = read(&self.get(&target).await?)?;
        let ours = |refund: &&Refund| refund.metadata.wish.as_deref() == Some(wish);
        let before = made.data.iter().filter(ours).find(|refund| refund.is_made());
        if let Some(before) = before {
            return same_amount(before, amount);
        }
        let form = [
            ("payment_intent", reference.to_owned()),
            ("amount", amount.minor.to_string()),
            ("metadata[wish]", wish.to_owned()),
        ];
        let mut fields = self.fields();
        fields.push(("Idempotency-Key", wish.to_owned()));
        let question =
            Question { method: "POST", target: "/v1/refunds", fields: &fields, form: &form };
        let answer = self.https.ask(&question).await.map_err(again)?;
        let refund: Refund = read(&answer)?;
        match refund.is_made() {
            true => same_amount(&refund, amount),
            false => Err(format!(
                "the gateway did not give it back: '{}'; look at {reference} on the gateway's pages",
                refund.status.unwrap_or_default()
            )
            .into()),
        }
    }

    async fn get(&self, target: &str) -> Result<Answer, Failure> {
        let fields = self.fields();
        let question = Question { method: "GET", target, fields: &fields, form: &[] };
        Ok(self.https.ask(&question).await?)
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        vec![("Authorization", format!("Bearer {}", self.key.as_str()))]
    }
}

/// Whether it was done is not known: asked again, the gateway is asked what it knows first.
fn again(error: NoAnswer) -> Failure {
    format!("{error}; run the same command again: the gateway is asked first whether it was done")
        .into()
}

fn same_amount(refund: &Refund, amount: Money) -> Result<(), Failure> {
    match refund.amount == amount.minor {
        true => Ok(()),
        false => Err(
            "the gateway gave back another amount under that name; run: parley payments reconcile"
                .into(),
        ),
    }
}

fn booked(intent: Intent) -> Result<Booked, Failure> {
    let taken = (intent.status == "succeeded").then_some(intent.amount_received);
    let currency =
        || intent.currency.parse::<Currency>().map_err(|error| format!("{}: {error}", intent.id));
    Ok(Booked {
        taken: taken.map(|minor| Ok::<_, String>(Money::new(minor, currency()?))).transpose()?,
        reference: intent.id.clone(),
        intent: intent.metadata.intent.clone(),
        status: intent.status.clone(),
        given_back: intent.latest_charge.as_ref().map_or(0, |charge| charge.amount_refunded),
    })
}

/// The answer's JSON, or its refusal in words. What it says is not repeated: it is somebody else's text.
fn read<T: for<'d> Deserialize<'d>>(answer: &Answer) -> Result<T, Failure> {
    match answer.status {
        200 => serde_json::from_slice(&answer.body)
            .map_err(|error| format!("the gateway's answer cannot be read: {error}").into()),
        401 | 403 => Err("the gateway does not take the key: see payments.secret-file".into()),
        429 => Err("the gateway is asked too often; wait a minute and run it again".into()),
        500.. => Err(format!(
            "the gateway has trouble ({}); run the same command again later",
            answer.status
        )
        .into()),
        status => Err(format!(
            "the gateway refuses ({status}, {}); look at the payment on the gateway's pages",
            refusal(&answer.body)
        )
        .into()),
    }
}

/// The closed word of a refusal: letters and underscores.
fn refusal(body: &[u8]) -> String {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let code =
        value.as_ref().and_then(|value| value["error"]["code"].as_str()).unwrap_or("no reason");
    code.chars().filter(|c| c.is_ascii_lowercase() || " _".contains(*c)).take(60).collect()
}
