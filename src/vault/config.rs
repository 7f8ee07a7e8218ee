//! How the vault is started: `--word value` pairs, nothing from the environment.

use crate::limits::CAPTURES_MAX;
use std::net::IpAddr;
use std::path::PathBuf;

/// The pairs.
pub const USAGE: &str = "vault: takes cards by telephone. Its standard input is the link to the switch.\n\
  --prompts FOLDER       sound that the switch encoded\n\
  --roots FILE           certificates (PEM) that the gateway's must be signed by\n\
  --credentials FILE     the gateway account's secret key; payu: client id and client secret, a line each\n\
  --gateway-name NAME    the name that the gateway must prove\n\
  --gateway-port PORT    default 443\n\
  --gateway-dialect WORD payment-intents (default; Stripe, sandbox) or payu\n\
  --keyed-cards WORD     payu alone: yes where PayU allows card data in orders by telephone; default no\n\
  --bind ADDRESS         where callers' sound arrives\n\
  --announce ADDRESS     how callers reach it; default: the same\n\
  --captures NUMBER      at once, 1 to 64; default 50\n\
  --user UID             who to become; needed where it is started as root\n";

/// How the gateway is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Stripe's public API; the sandbox speaks it too.
    PaymentIntents,
    /// PayU's REST API 2.1. True: the account takes keyed cards.
    PayU(bool),
}

/// Everything it is told.
pub struct Config {
    /// `--prompts`
    pub prompts: PathBuf,
    /// `--roots`
    pub roots: PathBuf,
    /// `--credentials`
    pub credentials: PathBuf,
    /// `--gateway-name`
    pub gateway_name: String,
    /// `--gateway-port`
    pub gateway_port: u16,
    /// `--gateway-dialect` and `--keyed-cards`
    pub dialect: Dialect,
    /// `--bind`
    pub bind: IpAddr,
    /// `--announce`
    pub announced: IpAddr,
    /// `--captures`
    pub captures: u16,
    /// `--user`
    pub user: Option<u32>,
}

/// Reads the pairs; `None` is answered with [`USAGE`].
pub fn read(arguments: impl Iterator<Item = String>) -> Option<Config> {
    let all: Vec<String> = arguments.collect();
    let (pairs, []) = all.as_chunks::<2>() else { return None };
    let of = |name: &str| pairs.iter().find(|[n, _]| n == name).map(|[_, value]| value.as_str());
    let known = ["prompts", "roots", "credentials", "gateway-name", "gateway-port", "bind"];
    let known = known.iter().chain(&["announce", "captures", "user"]);
    let known = known.chain(&["gateway-dialect", "keyed-cards"]);
    let known: Vec<String> = known.map(|name| format!("--{name}")).collect();
    if !pairs.iter().all(|[name, _]| known.contains(name)) {
        return None;
    }
    let bind = of("--bind")?.parse().ok()?;
    let dialect = match (of("--gateway-dialect"), of("--keyed-cards")) {
        (None | Some("payment-intents"), None) => Dialect::PaymentIntents,
        (Some("payu"), Some("yes")) => Dialect::PayU(true),
        (Some("payu"), None | Some("no")) => Dialect::PayU(false),
        _ => return None,
    };
    let captures = of("--captures").map_or(Some(50), |n| n.parse().ok())?;
    let user = match of("--user") {
        None => None,
        Some(uid) => Some(uid.parse().ok().filter(|uid| *uid != 0)?),
    };
    Some(Config {
        prompts: of("--prompts")?.into(),
        roots: of("--roots")?.into(),
        credentials: of("--credentials")?.into(),
        gateway_name: of("--gateway-name")?.to_owned(),
        gateway_port: of("--gateway-port").map_or(Some(443), |p| p.parse().ok())?,
        dialect,
        bind,
        announced: of("--announce").map_or(Some(bind), |a| a.parse().ok())?,
        captures: (1..=CAPTURES_MAX).contains(&captures).then_some(captures)?,
        user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "--prompts p --roots r --credentials c --gateway-name g --bind 127.0.0.1";

    fn of(more: &str) -> Option<Config> {
        read(format!("{WHOLE} {more}").split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_word_that_is_not_known_or_impossible_starts_nothing() {
        assert!(of("").is_some_and(|c| c.captures == 50 && c.gateway_port == 443));
        assert!(of("--gateway-dialect payu").is_some_and(|c| c.dialect == Dialect::PayU(false)));
        for bad in ["--gateway-dialect pay-you", "--keyed-cards yes"] {
            assert!(of(bad).is_none(), "{bad}");
        }
        for bad in
            ["--proxy x", "--captures 0", "--captures 65", "--user 0", "--bind", "--announce x"]
        {
            assert!(of(bad).is_none(), "{bad}");
        }
    }
}
