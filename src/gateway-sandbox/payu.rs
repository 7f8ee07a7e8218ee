//! PayU's REST API 2.1 as its public reference tells it: log-in, orders with a card in them, their states.
//! What the reference leaves open is played as strictly as it can be: a name is used once, an order needs
//! every field that is said to be needed, and its answer says that there is an order, not that it is paid.

use crate::acquirer::{Charge, Reply};
use crate::wire::{Asked, answer};
use serde_json::Value;
use std::collections::BTreeMap;

/// The account that is let in: client id and secret.
pub const ACCOUNT: (&str, &str) = ("300746", "2ee86a66e5d97e3fadc400c9f19b065d");

struct Order {
    id: String,
    amount: u64,
    currency: String,
    status: &'static str,
    /// What it becomes once it has been asked for.
    next: &'static str,
    charge: Option<usize>,
}

/// PayU.
#[derive(Default)]
pub(crate) struct PayU {
    orders: BTreeMap<String, Order>,
    tokens: Vec<String>,
}

/// What moves with an order.
pub(crate) struct Books<'a> {
    pub(crate) charges: &'a mut Vec<Charge>,
    pub(crate) cards_seen: &'a mut usize,
    pub(crate) repeats: &'a mut usize,
}

impl PayU {
    /// Answers one request; `None`: it is none of PayU's.
    pub(crate) fn ask(&mut self, asked: &Asked, books: &mut Books<'_>) -> Option<Reply> {
        let path: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        let (status, body) = match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["pl", "standard", "user", "oauth", "authorize"]) => self.log_in(asked),
            (_, ["api", "v2_1", ..]) if !self.is_let_in(asked) => said(401, "UNAUTHORIZED"),
            ("GET", ["api", "v2_1", "paymethods"]) => (200, r#"{"payByLinks":[]}"#.to_owned()),
            ("POST", ["api", "v2_1", "orders"]) => return Some(self.create(asked, books)),
            ("GET", ["api", "v2_1", "orders"]) => self.show(asked.query.get("extOrderId")),
            ("DELETE", ["api", "v2_1", "orders", id]) => self.cancel(id),
            (_, ["api", "v2_1", ..]) => said(404, "DATA_NOT_FOUND"),
            _ => return None,
        };
        Some(Reply::Bytes(answer(status, &body)))
    }

    fn log_in(&mut self, asked: &Asked) -> (u16, String) {
        let of = |name: &str| asked.form.get(name).map_or("", String::as_str);
        let known = (of("client_id"), of("client_secret")) == ACCOUNT;
        if !known || of("grant_type") != "client_credentials" {
            return (401, r#"{"error":"invalid_client"}"#.to_owned());
        }
        let token = format!("3e5cac39-7e38-4139-8fd6-{:012}", self.tokens.len());
        self.tokens.push(token.clone());
        let rest = r#""token_type":"bearer","expires_in":43199,"grant_type":"client_credentials""#;
        (200, format!(r#"{{"access_token":"{token}",{rest}}}"#))
    }

    fn is_let_in(&self, asked: &Asked) -> bool {
        let bearer = asked.fields.get("authorization").and_then(|a| a.strip_prefix("Bearer "));
        bearer.is_some_and(|token| self.tokens.iter().any(|t| t == token))
    }

    fn create(&mut self, asked: &Asked, books: &mut Books<'_>) -> Reply {
        let refuse = |status, word| {
            let (status, body) = said(status, word);
            Reply::Bytes(answer(status, &body))
        };
        let json = asked.fields.get("content-type").is_some_and(|t| t == "application/json");
        let Some(order) = serde_json::from_str::<Value>(&asked.body).ok().filter(|_| json) else {
            return refuse(400, "ERROR_SYNTAX");
        };
        let of = |at: &str| order.pointer(at).and_then(Value::as_str).unwrap_or("").to_owned();
        let needed = ["/customerIp", "/merchantPosId", "/description", "/currencyCode"];
        let of_product = ["/products/0/name", "/products/0/unitPrice", "/products/0/quantity"];
        if needed.iter().chain(&of_product).any(|at| of(at).is_empty()) {
            return refuse(400, "ERROR_VALUE_MISSING");
        }
        let number = of("/payMethods/payMethod/card/number");
        let Some(amount) = of("/totalAmount").parse::<u64>().ok().filter(|_| number.len() >= 12)
        else {
            return refuse(400, "ERROR_VALUE_INVALID");
        };
        *books.cards_seen += 1;
        let name = of("/extOrderId");
        if self.orders.contains_key(&name) {
            *books.repeats += 1;
            return refuse(400, "ERROR_ORDER_NOT_UNIQUE");
        }
        match amount % 100 {
            1 => return Reply::Silence,
            2 => return refuse(500, "ERROR_INTERNAL"),
            5 => {
                let moved = "HTTP/1.1 307 X\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n";
                return Reply::Bytes(moved.as_bytes().to_vec());
            }
            _ => {}
        }
        let id = format!("WZHF5{:07}140731GUEST000P01", self.orders.len());
        let (next, word) = match number.as_str() {
            "4000002500003155" => ("PENDING", "WARNING_CONTINUE_3DS"),
            "4000000000000002" | "4000000000009995" => ("CANCELED", "SUCCESS"),
            _ => ("COMPLETED", "SUCCESS"),
        };
        let charge = (next == "COMPLETED").then(|| {
            books.charges.push(Charge {
                reference: id.clone(),
                intent: of("/buyer/extCustomerId"),
                amount,
                currency: of("/currencyCode").to_ascii_lowercase(),
                last_four: number[number.len() - 4..].to_owned(),
                funding: "unknown",
                moto: of("/moto") == "PHONE",
                refunded: false,
            });
            books.charges.len() - 1
        });
        let currency = of("/currencyCode");
        let order = Order { id: id.clone(), amount, currency, status: "PENDING", next, charge };
        self.orders.insert(name.clone(), order);
        match amount % 100 {
            3 => refuse(500, "ERROR_INTERNAL"),
            4 => Reply::Break,
            _ => {
                let body = format!(
                    r#"{{"status":{{"statusCode":"{word}"}},"orderId":"{id}","extOrderId":"{name}"}}"#
                );
                Reply::Bytes(answer(201, &body))
            }
        }
    }

    fn show(&mut self, name: Option<&String>) -> (u16, String) {
        let order = name.and_then(|name| Some((name, self.orders.get_mut(name)?)));
        let Some((name, order)) = order else { return said(404, "DATA_NOT_FOUND") };
        let Order { id, amount, currency, status, next, .. } = order;
        let body = format!(
            r#"{{"orders":[{{"orderId":"{id}","extOrderId":"{name}","products":[{{"name":"Payment","unitPrice":"{amount}","quantity":"1"}}],"currencyCode":"{currency}","totalAmount":"{amount}","status":"{status}"}}],"status":{{"statusCode":"SUCCESS","statusDesc":"Request processing successful"}},"properties":[]}}"#
        );
        *status = next;
        (200, body)
    }

    fn cancel(&mut self, id: &str) -> (u16, String) {
        match self.orders.values_mut().find(|order| order.id == id) {
            None => said(404, "DATA_NOT_FOUND"),
            Some(order) if order.charge.is_some() => said(400, "ERROR_VALUE_INVALID"),
            Some(order) => {
                (order.status, order.next) = ("CANCELED", "CANCELED");
                said(200, "SUCCESS")
            }
        }
    }
}

fn said(status: u16, word: &str) -> (u16, String) {
    (status, format!(r#"{{"status":{{"statusCode":"{word}"}}}}"#))
}
