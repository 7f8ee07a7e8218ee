//! `[phones]` and `[guard]`: who may log in, who is heard, how often.

use super::{Config, ConfigError};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// SIP phones of the firm's own people.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phones {
    /// Part of every stored hash: with another one no password fits any more.
    pub realm: String,
    /// What challenges ask for, the preferred first. Some old phones (baresip 1.0) give up on a
    /// challenge that offers anything but MD5, though RFC 2617 wants them to pass it over.
    pub algorithms: Vec<Algorithm>,
    /// Who may log in; written by `parley phones add`, read again when it changes.
    pub users_file: PathBuf,
    /// Shortest registration, in seconds.
    pub expires_min: u64,
    /// Longest one, in seconds.
    pub expires_max: u64,
}

/// A hash of digest authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "SHA-256")]
    Sha256,
    #[serde(rename = "MD5")]
    Md5,
}

/// What sources may do that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownCallers {
    /// Their calls are answered by the flows of `[[numbers]]`.
    #[default]
    Answer,
    /// 403.
    Refuse,
    /// No byte goes back.
    Drop,
}

/// Rates by source: an IPv4 address, an IPv6 /64.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guard {
    /// Addresses and networks without rates.
    pub trusted: Vec<String>,
    /// New calls a second, and at once.
    pub calls_per_second: u32,
    pub calls_at_once: u32,
    /// Registrations and other requests a second, and at once.
    pub requests_per_second: u32,
    pub requests_at_once: u32,
    /// Parts of User-Agent values whose senders hear nothing for ten minutes.
    pub scanners: Vec<String>,
}

impl Default for Phones {
    fn default() -> Self {
        Self {
            realm: "parley".into(),
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            users_file: "users.toml".into(),
            expires_min: 60,
            expires_max: 3_600,
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        let sip::GuardConfig { invites, requests, scanners, .. } = sip::GuardConfig::default();
        Self {
            trusted: vec!["127.0.0.0/8".into(), "::1".into()],
            calls_per_second: invites.per_s,
            calls_at_once: invites.burst,
            requests_per_second: requests.per_s,
            requests_at_once: requests.burst,
            scanners,
        }
    }
}

impl Config {
    /// The terms of registration.
    pub(super) fn phones_config(&self) -> Result<sip::PhonesConfig, ConfigError> {
        let bad = |key, value: String, problem: &str| ConfigError::Value {
            key,
            value,
            problem: problem.into(),
        };
        let Phones { realm, expires_min, expires_max, .. } = &self.phones;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if realm.is_empty() || realm.len() > 128 || !realm.chars().all(plain) {
            let problem =
                "write a name of letters, digits, dots and dashes, like \"phones.example.pl\"";
            return Err(bad("phones.realm", realm.clone(), problem));
        }
        if self.phones.algorithms.is_empty() {
            let problem = "name at least one of \"SHA-256\" and \"MD5\"";
            return Err(bad("phones.algorithms", "[]".to_owned(), problem));
        }
        let hash = |a: &Algorithm| match a {
            Algorithm::Sha256 => sip::digest::Hash::Sha256,
            Algorithm::Md5 => sip::digest::Hash::Md5,
        };
        // RFC 3261 section 10.3: a registrar must not refuse an hour as too short.
        if *expires_min == 0
            || *expires_min > 3_600
            || expires_max < expires_min
            || *expires_max > 86_400
        {
            let value = format!("{expires_min} to {expires_max}");
            let problem = "expires-min is 1 to 3600 seconds, expires-max from there to 86400";
            return Err(bad("phones.expires-min, phones.expires-max", value, problem));
        }
        Ok(sip::PhonesConfig {
            offered: self.phones.algorithms.iter().map(hash).collect(),
            expires_min: Duration::from_secs(*expires_min),
            expires_max: Duration::from_secs(*expires_max),
            ..sip::PhonesConfig::new(realm)
        })
    }

    /// Rates, and what strangers may do.
    pub(super) fn guard_config(&self) -> Result<sip::GuardConfig, ConfigError> {
        let network = |text: &String| {
            text.parse::<ids::Network>().map_err(|e| ConfigError::Value {
                key: "guard.trusted",
                value: text.clone(),
                problem: e.to_string(),
            })
        };
        let guard = &self.guard;
        Ok(sip::GuardConfig {
            invites: sip::Rate { per_s: guard.calls_per_second, burst: guard.calls_at_once },
            requests: sip::Rate { per_s: guard.requests_per_second, burst: guard.requests_at_once },
            trusted: guard
                .trusted
                .iter()
                .chain(self.trunks.iter().flat_map(|trunk| &trunk.sources))
                .map(network)
                .collect::<Result<_, _>>()?,
            strangers: match self.sip.unknown_callers {
                UnknownCallers::Answer => sip::Strangers::Answer,
                UnknownCallers::Refuse => sip::Strangers::Refuse,
                UnknownCallers::Drop => sip::Strangers::Drop,
            },
            scanners: guard.scanners.iter().map(|s| s.to_ascii_lowercase()).collect(),
            ..sip::GuardConfig::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_realms_terms_and_networks_say_how_to_write_them() {
        let table = [
            ("[phones]\nrealm = \"a b\"\n", "phones.example.pl"),
            ("[phones]\nexpires-min = 7200\n", "3600"),
            ("[phones]\nalgorithms = []\n", "SHA-256"),
            ("[guard]\ntrusted = [\"office\"]\n", "192.0.2.0/24"),
        ];
        for (text, advice) in table {
            let error = Config::parse(text).unwrap().exchange([0; 32]).map(drop).unwrap_err();
            assert!(error.to_string().contains(advice), "{error}");
        }
        assert!(Config::parse("[sip]\nunknown-callers = \"maybe\"\n").is_err());
    }
}
