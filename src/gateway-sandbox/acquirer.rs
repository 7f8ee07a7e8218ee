//! Intents, keys and charges: what an acquirer remembers.

use crate::payu::{Books, PayU};
use crate::wire::{Asked, answer};
use std::collections::BTreeMap;

/// Money that moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charge {
    /// The payment.
    pub reference: String,
    /// The intent that the payment was prepared for.
    pub intent: String,
    /// Minor units.
    pub amount: u64,
    /// Lower case.
    pub currency: String,
    /// The card's end.
    pub last_four: String,
    /// Where it came from, in the acquirer's word.
    pub funding: &'static str,
    /// It was marked as keyed on a telephone.
    pub moto: bool,
    /// It was taken back.
    pub refunded: bool,
}

/// Money that went back.
struct Refund {
    reference: String,
    amount: u64,
    /// What the client calls it.
    wish: String,
}

impl Refund {
    fn json(&self, nth: usize) -> String {
        let Refund { reference, amount, wish } = self;
        let id = format!("re_sandbox_{}", letters(nth));
        format!(
            r#"{{"id":"{id}","status":"succeeded","payment_intent":"{reference}","amount":{amount},"metadata":{{"wish":"{wish}"}}}}"#
        )
    }
}

struct Prepared {
    intent: String,
    amount: u64,
    currency: String,
    charge: Option<usize>,
    last_error: Option<&'static str>,
}

/// The acquirer.
#[derive(Default)]
pub(crate) struct Acquirer {
    prepared: BTreeMap<String, Prepared>,
    /// Cards that were told before they were charged, by the name that they were given.
    methods: BTreeMap<String, String>,
    answered: BTreeMap<String, (u16, String)>,
    refunds: Vec<Refund>,
    payu: PayU,
    pub(crate) charges: Vec<Charge>,
    /// Requests that carried a card.
    pub(crate) cards_seen: usize,
    /// Requests whose key had been used: answered from memory.
    pub(crate) repeats: usize,
}

/// What goes back over the wire.
pub(crate) enum Reply {
    Bytes(Vec<u8>),
    /// Nothing, ever.
    Silence,
    /// The connection ends.
    Break,
}

impl Acquirer {
    /// Answers one request.
    pub(crate) fn ask(&mut self, asked: &Asked) -> Reply {
        let (charges, cards_seen) = (&mut self.charges, &mut self.cards_seen);
        let books = &mut Books { charges, cards_seen, repeats: &mut self.repeats };
        if let Some(reply) = self.payu.ask(asked, books) {
            return reply;
        }
        let bearer = asked.fields.get("authorization").map_or("", String::as_str);
        if !bearer.starts_with("Bearer sk_test_") {
            return Reply::Bytes(answer(401, r#"{"error":{"type":"authentication"}}"#));
        }
        let key = asked.fields.get("idempotency-key").cloned().unwrap_or_default();
        if let Some((status, body)) = self.answered.get(&key).filter(|_| !key.is_empty()) {
            self.repeats += 1;
            return Reply::Bytes(answer(*status, body));
        }
        let path: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        let (status, body) = match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["v1", "payment_intents"]) => self.prepare(asked),
            ("POST", ["v1", "payment_methods"]) => self.name_card(asked),
            ("POST", ["v1", "payment_intents", id, "confirm"]) => {
                return self.confirm(id, asked, &key);
            }
            ("GET", ["v1", "payment_intents", id]) => self.show(id),
            ("GET", ["v1", "payment_intents"]) => self.list(asked),
            ("GET", ["v1", "refunds"]) => self.list_refunds(asked),
            ("POST", ["v1", "refunds"]) => self.refund(asked),
            _ => (404, r#"{"error":{"code":"resource_missing"}}"#.to_owned()),
        };
        self.remember(&key, status, &body);
        Reply::Bytes(answer(status, &body))
    }

    fn remember(&mut self, key: &str, status: u16, body: &str) {
        if !key.is_empty() {
            self.answered.insert(key.to_owned(), (status, body.to_owned()));
        }
    }

    fn prepare(&mut self, asked: &Asked) -> (u16, String) {
        let of = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
        let Ok(amount) = of("amount").parse() else {
            return (400, r#"{"error":{"code":"parameter_invalid_integer"}}"#.to_owned());
        };
        let id = format!("pi_sandbox_{}", letters(self.prepared.len()));
        let (intent, currency) = (of("metadata[intent]"), of("currency"));
        let prepared = Prepared { intent, amount, currency, charge: None, last_error: None };
        self.prepared.insert(id.clone(), prepared);
        self.show(&id)
    }

    /// A card that is told before it is charged: its funding is what the answer is for.
    fn name_card(&mut self, asked: &Asked) -> (u16, String) {
        let Some(number) = asked.form.get("card[number]").cloned() else {
            return (400, r#"{"error":{"code":"parameter_missing"}}"#.to_owned());
        };
        self.cards_seen += 1;
        let name = format!("pm_sandbox_{}", letters(self.methods.len()));
        let funding = funding(&number);
        self.methods.insert(name.clone(), number);
        (200, format!(r#"{{"id":"{name}","type":"card","card":{{"funding":"{funding}"}}}}"#))
    }

    fn confirm(&mut self, id: &str, asked: &Asked, key: &str) -> Reply {
        let keyed = asked.form.get("payment_method_data[card][number]").cloned();
        let named = asked.form.get("payment_method").and_then(|name| self.methods.get(name));
        self.cards_seen += usize::from(keyed.is_some());
        let Some(number) = keyed.or(named.cloned()) else {
            return Reply::Bytes(answer(400, r#"{"error":{"code":"parameter_missing"}}"#));
        };
        let Some(prepared) = self.prepared.get_mut(id) else {
            return Reply::Bytes(answer(404, r#"{"error":{"code":"resource_missing"}}"#));
        };
        if prepared.charge.is_some() {
            let body = r#"{"error":{"code":"payment_intent_unexpected_state"}}"#;
            return Reply::Bytes(answer(400, body));
        }
        match prepared.amount % 100 {
            1 => return Reply::Silence,
            2 => return Reply::Bytes(answer(500, "{}")),
            5 => {
                let moved = "HTTP/1.1 307 X\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n";
                return Reply::Bytes(moved.as_bytes().to_vec());
            }
            6 => {
                return Reply::Bytes(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>ok!".to_vec(),
                );
            }
            _ => {}
        }
        if let Some((error, body)) = refusal(&number) {
            prepared.last_error = Some(error);
            self.remember(key, 402, body);
            return Reply::Bytes(answer(402, body));
        }
        if number == "4000002500003155" {
            let body = r#"{"status":"requires_action"}"#;
            self.remember(key, 200, body);
            return Reply::Bytes(answer(200, body));
        }
        let ends = prepared.amount % 100;
        self.charge(id, &number, asked);
        let (status, body) = self.show(id);
        self.remember(key, status, &body);
        match ends {
            3 => Reply::Bytes(answer(500, "{}")),
            4 => Reply::Break,
            _ => Reply::Bytes(answer(status, &body)),
        }
    }

    fn charge(&mut self, id: &str, number: &str, asked: &Asked) {
        let Some(prepared) = self.prepared.get_mut(id) else { return };
        prepared.charge = Some(self.charges.len());
        let moto = asked.form.get("payment_method_options[card][moto]");
        self.charges.push(Charge {
            reference: id.to_owned(),
            intent: prepared.intent.clone(),
            amount: prepared.amount,
            currency: prepared.currency.clone(),
            last_four: number[number.len().saturating_sub(4)..].to_owned(),
            funding: funding(number),
            moto: moto.is_some_and(|m| m == "true"),
            refunded: false,
        });
    }

    fn show(&self, id: &str) -> (u16, String) {
        let Some(prepared) = self.prepared.get(id) else {
            return (404, r#"{"error":{"code":"resource_missing"}}"#.to_owned());
        };
        let Prepared { intent, amount, currency, .. } = prepared;
        let body = match prepared.charge.and_then(|n| self.charges.get(n)) {
            Some(charge) => {
                let refunded = self.given_back(id);
                let (last_four, funding) = (&charge.last_four, charge.funding);
                format!(
                    r#"{{"id":"{id}","metadata":{{"intent":"{intent}"}},"status":"succeeded","amount":{amount},"amount_received":{amount},"currency":"{currency}","latest_charge":{{"amount_refunded":{refunded},"payment_method_details":{{"card":{{"brand":"visa","last4":"{last_four}","funding":"{funding}","authorization_code":"SBX001"}}}}}}}}"#
                )
            }
            None => {
                let error = prepared
                    .last_error
                    .map_or("null".to_owned(), |code| format!(r#"{{"code":"{code}"}}"#));
                format!(
                    r#"{{"id":"{id}","metadata":{{"intent":"{intent}"}},"status":"requires_payment_method","amount":{amount},"amount_received":0,"currency":"{currency}","last_payment_error":{error},"latest_charge":null}}"#
                )
            }
        };
        (200, body)
    }

    fn given_back(&self, id: &str) -> u64 {
        self.refunds.iter().filter(|refund| refund.reference == id).map(|r| r.amount).sum()
    }

    /// A page of all payments; times are not kept, so `created` is not looked at.
    fn list(&self, asked: &Asked) -> (u16, String) {
        let limit = asked.query.get("limit").and_then(|n| n.parse().ok()).unwrap_or(10);
        let after = asked.query.get("starting_after");
        let mut rest = self.prepared.keys().rev();
        if let Some(after) = after {
            rest.by_ref().take_while(|id| *id != after).for_each(drop);
        }
        let page: Vec<String> = rest.by_ref().take(limit).map(|id| self.show(id).1).collect();
        (200, page_of(&page, rest.next().is_some()))
    }

    fn list_refunds(&self, asked: &Asked) -> (u16, String) {
        let of = asked.query.get("payment_intent").cloned().unwrap_or_default();
        let all = self.refunds.iter().enumerate().filter(|(_, refund)| refund.reference == of);
        let all: Vec<String> = all.map(|(nth, refund)| refund.json(nth)).collect();
        (200, page_of(&all, false))
    }

    /// All that is left, unless an amount is named; one that ends in 02 or 03 is answered as a charge is.
    fn refund(&mut self, asked: &Asked) -> (u16, String) {
        let reference = asked.form.get("payment_intent").cloned().unwrap_or_default();
        let given_back = self.given_back(&reference);
        let charge = self.charges.iter_mut().find(|charge| charge.reference == reference);
        let Some(charge) = charge else {
            return (404, r#"{"error":{"code":"resource_missing"}}"#.to_owned());
        };
        let left = charge.amount - given_back;
        let named = asked.form.get("amount").and_then(|n| n.parse::<u64>().ok());
        let amount = named.unwrap_or(left);
        match named.map(|amount| amount % 100) {
            _ if left == 0 => {
                return (400, r#"{"error":{"code":"charge_already_refunded"}}"#.to_owned());
            }
            _ if amount == 0 || amount > left => {
                return (400, r#"{"error":{"code":"amount_too_large"}}"#.to_owned());
            }
            Some(2) => return (500, "{}".to_owned()),
            _ => {}
        }
        charge.refunded = amount == left;
        let wish = asked.form.get("metadata[wish]").cloned().unwrap_or_default();
        self.refunds.push(Refund { reference, amount, wish });
        match named.map(|amount| amount % 100) {
            Some(3) => (500, "{}".to_owned()),
            _ => {
                (200, self.refunds.last().map_or(String::new(), |r| r.json(self.refunds.len() - 1)))
            }
        }
    }

    /// One line a charge.
    pub(crate) fn ledger(&self) -> String {
        let line = |c: &Charge| {
            let state = if c.refunded { "refunded" } else { "charged" };
            format!("{state} {} {} {} {}\n", c.reference, c.amount, c.currency, c.last_four)
        };
        self.charges.iter().map(line).collect()
    }
}

fn page_of(items: &[String], has_more: bool) -> String {
    format!(r#"{{"object":"list","data":[{}],"has_more":{has_more}}}"#, items.join(","))
}

fn funding(number: &str) -> &'static str {
    if number == "5555555555554444" { "credit" } else { "debit" }
}

fn refusal(number: &str) -> Option<(&'static str, &'static str)> {
    Some(match number {
        "4000000000000002" => (
            "card_declined",
            r#"{"error":{"code":"card_declined","decline_code":"generic_decline"}}"#,
        ),
        "4000000000009995" => (
            "card_declined",
            r#"{"error":{"code":"card_declined","decline_code":"insufficient_funds"}}"#,
        ),
        "4000000000000069" => {
            ("expired_card", r#"{"error":{"code":"expired_card","decline_code":"expired_card"}}"#)
        }
        "4000000000000127" => (
            "incorrect_cvc",
            r#"{"error":{"code":"incorrect_cvc","decline_code":"incorrect_cvc"}}"#,
        ),
        "4000000000009979" => {
            ("card_declined", r#"{"error":{"code":"card_declined","decline_code":"stolen_card"}}"#)
        }
        _ => return None,
    })
}

/// A number in letters, so that no reference looks like a card.
fn letters(mut n: usize) -> String {
    let mut text = String::new();
    for _ in 0..6 {
        text.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    text
}
