//! `[payments]` of `parley.toml`: the vault, the gateway that takes the money, what the account may do.

use super::{Config, ConfigError, Listen};
use exchange::PaymentsConfig;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vault_link::FundingGate;

/// Captures at once that one vault serves (`vault --captures`).
const CAPTURES_MAX: u16 = 64;
/// The port of `https`.
const HTTPS_PORT: u16 = 443;

/// Without a vault no card is taken, and callers are told so.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Payments {
    /// The vault's program; a bare name is looked for beside this one.
    pub vault: Option<PathBuf>,
    /// The gateway's name in journals and commands.
    pub gateway: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// Where it is, `https://HOST[:PORT]`. Its certificate must prove the host's name.
    pub url: String,
    /// Its addresses, where DNS is not to be asked.
    pub addresses: Vec<IpAddr>,
    /// A file with the account's secret key. Only the vault's user and ours may read it.
    pub secret_file: Option<PathBuf>,
    /// Certificates (PEM) of authorities that may have issued the gateway's.
    pub roots_file: Option<PathBuf>,
    /// The account may send orders that were keyed on a telephone.
    pub moto_ivr_allowed: bool,
    /// Which cards the account may take for debts.
    pub funding: Funding,
    /// Callers who key a card at once.
    pub captures: u16,
    /// Where callers' sound reaches the vault; unset: `media.address`, else that of the first listener.
    pub address: Option<IpAddr>,
    /// Whom the vault becomes where we are root: a user's name or number.
    pub user: Option<String>,
    /// Our directory for what the vault reads; unset: `vault` beside the key file.
    pub dir: Option<PathBuf>,
}

/// What a gateway speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Stripe's, and the sandbox's.
    #[default]
    PaymentIntents,
    /// PayU's REST API 2.1.
    #[serde(rename = "payu")]
    PayU,
}

/// Which cards may be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Funding {
    /// Any.
    Any,
    /// No credit cards.
    #[default]
    NoCredit,
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            vault: None,
            gateway: "gateway".into(),
            dialect: Dialect::default(),
            url: String::new(),
            addresses: Vec::new(),
            secret_file: None,
            roots_file: None,
            moto_ivr_allowed: false,
            funding: Funding::default(),
            captures: 50,
            address: None,
            user: None,
            dir: None,
        }
    }
}

/// A gateway as everybody who talks to it needs it.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// In journals and commands.
    pub name: String,
    /// The name that its certificate must prove.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it speaks.
    pub dialect: Dialect,
    /// Its addresses; none: ask DNS.
    pub addresses: Vec<IpAddr>,
    /// The account's secret key.
    pub secret_file: PathBuf,
    /// Who may have issued its certificate.
    pub roots_file: PathBuf,
}

impl Payments {
    /// The gateway; `None` where no payments are configured.
    ///
    /// # Errors
    /// A value that is missing or cannot be one.
    pub fn gateway(&self) -> Result<Option<Gateway>, ConfigError> {
        if self.url.is_empty() && self.vault.is_none() {
            return Ok(None);
        }
        let (host, port) = self.host_and_port()?;
        let (secret, roots) = (self.secret_file.as_deref(), self.roots_file.as_deref());
        Ok(Some(Gateway {
            name: self.name()?,
            host,
            port,
            dialect: self.dialect,
            addresses: self.addresses.clone(),
            secret_file: needed("payments.secret-file", secret, SECRET)?,
            roots_file: needed("payments.roots-file", roots, ROOTS)?,
        }))
    }

    /// The gateway, if cards may be taken in calls: there is a vault, and the account permits it.
    ///
    /// # Errors
    /// As [`Payments::gateway`], or too many captures.
    pub fn by_card(&self) -> Result<Option<Gateway>, ConfigError> {
        if self.captures == 0 || self.captures > CAPTURES_MAX {
            let problem = "write how many callers may key a card at once, 1 to 64";
            return Err(bad("payments.captures", &self.captures.to_string(), problem));
        }
        let gateway = self.gateway()?;
        Ok(gateway.filter(|_| self.vault.is_some() && self.moto_ivr_allowed))
    }

    fn name(&self) -> Result<String, ConfigError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if (1..=32).contains(&self.gateway.len()) && self.gateway.chars().all(allowed) {
            return Ok(self.gateway.clone());
        }
        let problem = "write a short name of letters, digits and hyphens, like \"stripe\"";
        Err(bad("payments.gateway", &self.gateway, problem))
    }

    fn host_and_port(&self) -> Result<(String, u16), ConfigError> {
        let wrong = || bad("payments.url", &self.url, "write it like \"https://api.stripe.com\"");
        let rest = self.url.strip_prefix("https://").ok_or_else(wrong)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|p| *p > 0)),
            None => (rest, Some(HTTPS_PORT)),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        match port {
            Some(port) if !host.is_empty() && host.chars().all(allowed) => {
                Ok((host.to_ascii_lowercase(), port))
            }
            _ => Err(wrong()),
        }
    }
}

impl Config {
    /// Our directory for what the vault reads.
    pub fn vault_dir(&self) -> PathBuf {
        let beside = || self.store.key_file.with_file_name("vault");
        self.payments.dir.clone().unwrap_or_else(beside)
    }

    /// What the exchange is told of payments; how an amount is said is filled in where the vault is kept.
    ///
    /// # Errors
    /// As [`Payments::by_card`], or a private listener without an address of its own.
    pub fn paying(&self) -> Result<Option<PaymentsConfig>, ConfigError> {
        let private = self.private_addresses()?;
        let Some(gateway) = self.payments.by_card()? else { return Ok(None) };
        self.vault_addresses()?;
        Ok(Some(PaymentsConfig {
            gateway: gateway.name,
            funding: match self.payments.funding {
                Funding::Any => FundingGate::Any,
                Funding::NoCredit => FundingGate::NoCredit,
            },
            clips: Arc::new(|_, _| None),
            private,
        }))
    }

    /// Addresses on which every listener is private.
    fn private_addresses(&self) -> Result<Vec<IpAddr>, ConfigError> {
        let listens = self.listens()?;
        if let Some(all) = listens.iter().find(|l| l.private && l.address.ip().is_unspecified()) {
            let problem = "a private listener names the one address that it listens on";
            return Err(bad("sip.listen", &all.address.to_string(), problem));
        }
        let (private, open): (Vec<&Listen>, Vec<&Listen>) = listens.iter().partition(|l| l.private);
        let is_open = |ip: &IpAddr| open.iter().any(|l| l.address.ip() == *ip);
        Ok(private.iter().map(|l| l.address.ip()).filter(|ip| !is_open(ip)).collect())
    }

    /// Where the vault binds its sockets, and what callers are told.
    ///
    /// # Errors
    /// No single address is named anywhere.
    pub fn vault_addresses(&self) -> Result<(IpAddr, IpAddr), ConfigError> {
        let named = self.payments.address.or(self.media.address);
        let first = || Ok(self.listens()?.first().map(|listen| listen.address.ip()));
        let bind = named.map_or_else(first, |ip| Ok(Some(ip)))?;
        let problem = "name the one address that callers' sound comes to; sip.listen names all";
        match (bind, self.media.advertised) {
            (Some(bind), Some(told)) => Ok((bind, told)),
            (Some(bind), None) if !bind.is_unspecified() => Ok((bind, bind)),
            _ => Err(bad("payments.address", "", problem)),
        }
    }
}

const SECRET: &str =
    "name the file with the account's secret key; payments need it wherever payments.url is set";
const ROOTS: &str = "name the certificates that the gateway's is issued by, like \
                     /etc/ssl/certs/ca-certificates.crt";

fn needed(key: &'static str, path: Option<&Path>, problem: &str) -> Result<PathBuf, ConfigError> {
    path.map(Path::to_owned).ok_or_else(|| bad(key, "", problem))
}

fn bad(key: &'static str, value: &str, problem: &str) -> ConfigError {
    ConfigError::Value { key, value: value.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "[payments]\nvault = \"vault\"\ngateway = \"sandbox\"\n\
        url = \"https://Gateway.test:8443/\"\nsecret-file = \"key\"\nroots-file = \"roots.pem\"\n";

    fn read(text: &str) -> Config {
        Config::parse(text).unwrap()
    }

    #[test]
    fn nothing_configured_is_nobody_paying_by_card() {
        assert!(Config::default().payments.by_card().unwrap().is_none());
    }

    #[test]
    fn a_gateway_is_its_name_its_host_and_its_port() {
        let gateway = read(WHOLE).payments.gateway().unwrap().unwrap();
        assert_eq!((gateway.host.as_str(), gateway.port), ("gateway.test", 8443));
        let plain = WHOLE.replace(":8443/", "");
        assert_eq!(read(&plain).payments.gateway().unwrap().unwrap().port, HTTPS_PORT);
    }

    #[test]
    fn an_account_that_may_not_take_cards_by_telephone_takes_none() {
        assert!(read(WHOLE).payments.by_card().unwrap().is_none());
        let allowed = format!("{WHOLE}moto-ivr-allowed = true\n");
        assert!(read(&allowed).payments.by_card().unwrap().is_some());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_with_its_key_and_what_to_do() {
        for (from, to, sentence) in [
            ("https://", "http://", "payments.url"),
            ("Gateway.test", "user@host", "like \"https://api.stripe.com\""),
            (":8443", ":0", "payments.url"),
            ("secret-file = \"key\"\n", "", "payments.secret-file"),
            ("roots-file = \"roots.pem\"\n", "", "ca-certificates.crt"),
            ("\"sandbox\"", "\"our bank\"", "letters, digits and hyphens"),
            ("vault = \"vault\"\n", "vault = \"vault\"\ncaptures = 65\n", "1 to 64"),
        ] {
            let error = read(&WHOLE.replace(from, to)).payments.by_card().unwrap_err().to_string();
            assert!(error.contains(sentence), "{from}: {error}");
        }
        let error = Config::parse("[payments]\nsecret = \"sk\"\n").unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("did you mean `secret-file`"),
            "{error}"
        );
    }

    #[test]
    fn an_address_is_private_where_all_its_listeners_are() {
        let private = |listen: &str| {
            let config = read(&format!("[sip]\nlisten = [{listen}]\n"));
            config.private_addresses().map(|all| all.len()).map_err(|e| e.to_string())
        };
        let (udp, tcp) = ("\"udp:127.0.0.1:5060;private\"", "\"tcp:127.0.0.1:5060\"");
        assert_eq!(private(udp), Ok(1));
        assert_eq!(private(&format!("{udp}, {tcp}")), Ok(0));
        assert!(private("\"udp:0.0.0.0:5060;private\"").unwrap_err().contains("sip.listen"));
    }

    #[test]
    fn callers_reach_the_vault_where_they_reach_the_server() {
        let at = |text: &str| read(text).vault_addresses().map_err(|e| e.to_string());
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(at(""), Ok((ip("127.0.0.1"), ip("127.0.0.1"))));
        let behind =
            "[sip]\nlisten = [\"udp:0.0.0.0:5060\"]\n[media]\nadvertised = \"203.0.113.7\"\n";
        assert_eq!(at(behind), Ok((ip("0.0.0.0"), ip("203.0.113.7"))));
        let nowhere = at("[sip]\nlisten = [\"udp:0.0.0.0:5060\"]\n").unwrap_err();
        assert!(nowhere.contains("payments.address"), "{nowhere}");
    }
}
