//! `[[trunks]]` of `parley.toml`: read, checked, and told to the exchange.

use super::codecs;
use super::{ConfigError, Inband};
use exchange::{CallerId, NumberFormat, RegistrationConfig, Target, TrunkConfig, check_trunks};
use ids::Network;
use ids::phone::Home;
use serde::Deserialize;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// One way to and from the telephone network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trunk {
    /// In records, commands and alarms.
    pub name: String,
    /// Where calls go out: `sip:carrier.example`, `sip:192.0.2.10:5060;transport=tcp`.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Networks that calls come in from, beside the targets themselves.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Names of which a caller's certificate must show one.
    #[serde(default)]
    pub certificate_names: Vec<String>,
    /// The host in From and in the Request-URI; without it the target's.
    #[serde(default)]
    pub domain: Option<String>,
    /// Ask targets by OPTIONS whether they live.
    #[serde(default = "yes")]
    pub options: bool,
    /// Our user at the carrier.
    #[serde(default)]
    pub user: Option<String>,
    /// A file with the secret of that user, its first line.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// An environment variable with the secret of that user.
    #[serde(default)]
    pub secret_env: Option<String>,
    /// Answer challenges of this realm alone.
    #[serde(default)]
    pub realm: Option<String>,
    /// Register with the carrier.
    #[serde(default)]
    pub register: bool,
    /// How long a registration is asked for.
    #[serde(default = "ten_minutes")]
    pub expires_s: u32,
    /// Codecs offered, the best first.
    #[serde(default)]
    pub codecs: Vec<String>,
    /// Offered once more where the carrier answers 488.
    #[serde(default)]
    pub narrow_codecs: Vec<String>,
    /// Numbers that we may show: `+48221234567`, or a range `+4822123*`.
    #[serde(default)]
    pub caller_ids: Vec<String>,
    /// `e164`, `national` or `00`.
    #[serde(default)]
    pub number_format: Option<String>,
    /// The country it serves; without it the firm's.
    #[serde(default)]
    pub country_code: Option<String>,
    /// Calls at once, both directions.
    #[serde(default = "calls")]
    pub calls: u32,
    /// Calls of ours begun in a second.
    #[serde(default = "calls_per_second")]
    pub calls_per_second: u32,
    /// Believe its P-Asserted-Identity and send ours (RFC 3325).
    #[serde(default)]
    pub private: bool,
    /// Lower is tried first.
    #[serde(default)]
    pub priority: u16,
    /// Share among trunks of one priority.
    #[serde(default = "one")]
    pub weight: u16,
    /// E.164 prefixes that go this way; none: every number.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// When tones in the audio count as keys.
    #[serde(default)]
    pub inband: Inband,
}

fn yes() -> bool {
    true
}
fn one() -> u16 {
    1
}
fn ten_minutes() -> u32 {
    600
}
fn calls() -> u32 {
    exchange::limits::TRUNK_CALLS_MAX_DEFAULT
}
fn calls_per_second() -> u32 {
    exchange::limits::TRUNK_CALLS_PER_SECOND_DEFAULT
}

/// The shortest registration that is worth asking for, in seconds.
const EXPIRES_MIN_S: u32 = 60;

/// All trunks as the exchange is told; their secrets are read here.
pub fn trunks(all: &[Trunk], country: &str) -> Result<Vec<Arc<TrunkConfig>>, ConfigError> {
    let read = |trunk: &Trunk| Ok(Arc::new(trunk.read(country)?));
    let trunks = all.iter().map(read).collect::<Result<Vec<_>, ConfigError>>()?;
    check_trunks(&trunks).map_err(|fault| ConfigError::Trunks(fault.to_string()))?;
    Ok(trunks)
}

impl Trunk {
    fn read(&self, country: &str) -> Result<TrunkConfig, ConfigError> {
        let home = Home::of(self.country_code.as_deref().unwrap_or(country));
        let format = self.number_format.as_deref();
        if self.register && self.user.is_none() {
            return Err(self.bad("register", "needs `user`: the name that the carrier gave us"));
        }
        if self.register && self.expires_s < EXPIRES_MIN_S {
            return Err(self.bad("expires-s", "is shorter than 60 s; carriers refuse that"));
        }
        let registered = self.user.clone().filter(|_| self.register);
        let expires = Duration::from_secs(u64::from(self.expires_s));
        for prefix in &self.prefixes {
            let digits = prefix.strip_prefix('+').unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(self.bad("prefixes", &format!("{prefix:?} is none; write +48")));
            }
        }
        Ok(TrunkConfig {
            sources: self.list::<Network>("sources", &self.sources)?,
            certificate_names: self.certificate_names.clone(),
            domain: self.domain.clone(),
            options: self.options,
            registration: registered.map(|user| RegistrationConfig { user, expires }),
            credentials: self.credentials()?,
            codecs: Arc::new(self.codecs("codecs", &self.codecs)?),
            narrow: match self.narrow_codecs.is_empty() {
                true => None,
                false => Some(Arc::new(self.codecs("narrow-codecs", &self.narrow_codecs)?)),
            },
            caller_ids: self.list::<CallerId>("caller-ids", &self.caller_ids)?,
            number_format: match format {
                Some(text) => self.one::<NumberFormat>("number-format", text)?,
                None => NumberFormat::E164,
            },
            home,
            calls_max: self.calls,
            calls_per_second: self.calls_per_second,
            private: self.private,
            priority: self.priority,
            weight: self.weight,
            prefixes: self.prefixes.clone(),
            inband_always: self.inband == Inband::Always,
            ..TrunkConfig::new(&self.name, self.list::<Target>("targets", &self.targets)?)
        })
    }

    fn credentials(&self) -> Result<Option<sip::digest::Credentials>, ConfigError> {
        let Some(user) = &self.user else { return Ok(None) };
        let secret = match (&self.secret_file, &self.secret_env) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(self.bad("secret-file", "stands beside secret-env; keep one of them"));
            }
            (Some(path), None) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    self.bad("secret-file", &format!("{}: {error}", path.display()))
                })?;
                text.lines().next().unwrap_or_default().trim().to_owned()
            }
            (None, Some(name)) => std::env::var(name)
                .map_err(|_| self.bad("secret-env", &format!("no variable {name:?} is set")))?,
        };
        if secret.is_empty() {
            return Err(self.bad("secret-file", "the secret is empty"));
        }
        let credentials = sip::digest::Credentials::new(user, &secret);
        Ok(Some(match &self.realm {
            Some(realm) => credentials.for_realm(realm),
            None => credentials,
        }))
    }

    /// Codecs by their names; none named: those that every carrier has.
    fn codecs(
        &self,
        key: &'static str,
        names: &[String],
    ) -> Result<sdp::Capabilities, ConfigError> {
        if names.is_empty() {
            return Ok(sdp::Capabilities::g711());
        }
        codecs::named(names).map_err(|problem| self.bad(key, &problem))
    }

    fn list<T>(&self, key: &'static str, texts: &[String]) -> Result<Vec<T>, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        texts.iter().map(|text| self.one(key, text)).collect()
    }

    fn one<T>(&self, key: &'static str, text: &str) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse().map_err(|error: T::Err| self.bad(key, &error.to_string()))
    }

    fn bad(&self, key: &'static str, problem: &str) -> ConfigError {
        ConfigError::Trunks(format!("trunk {:?}: {key}: {problem}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(text: &str) -> Result<Vec<Arc<TrunkConfig>>, String> {
        let config = Config::parse(text)?;
        trunks(&config.trunks, "48").map_err(|error| error.to_string())
    }

    #[test]
    fn a_trunk_is_a_name_and_a_target_and_defaults_for_the_rest() {
        let trunks =
            read("[[trunks]]\nname = \"c\"\ntargets = [\"sip:carrier.example\"]\n").unwrap();
        assert_eq!((trunks[0].calls_max, trunks[0].calls_per_second), (30, 10));
        assert!(trunks[0].options && !trunks[0].private && trunks[0].registration.is_none());
        assert_eq!(trunks[0].codecs.codecs.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_trunk_and_its_key() {
        let start = "[[trunks]]\nname = \"c\"\ntargets = [\"sip:carrier.example\"]\n";
        for (line, sentence) in [
            ("sources = [\"192.0.2.7/24\"]", "sources: \"192.0.2.7/24\" has bits set"),
            ("codecs = [\"G729\"]", "codecs: \"G729\" is none of ours: PCMA, PCMU, G722, opus"),
            ("register = true", "register: needs `user`"),
            ("number-format = \"E.164\"", "write e164, national or 00"),
            ("caller-ids = [\"221234567\"]", "write it in E.164"),
            ("user = \"u\"\nsecret-env = \"NO_SUCH_VARIABLE_HERE\"", "no variable"),
            ("prefixes = [\"48\"]", "write +48"),
            ("call-per-second = 3", "did you mean `calls-per-second`?"),
        ] {
            let error = read(&format!("{start}{line}\n")).unwrap_err();
            assert!(error.contains(sentence), "{line}: {error}");
        }
    }

    #[test]
    fn a_secret_comes_from_its_file_and_is_never_printed() {
        let path = std::env::temp_dir().join(format!("parley-secret-{}", std::process::id()));
        std::fs::write(&path, "hush-hush\n").unwrap();
        let text = format!(
            "[[trunks]]\nname = \"c\"\ntargets = [\"sip:c.example\"]\nuser = \"firm\"\nsecret-file = {path:?}\nregister = true\n"
        );
        let trunks = read(&text).unwrap();
        assert!(trunks[0].credentials.is_some());
        assert!(!format!("{trunks:?}").contains("hush-hush"));
        std::fs::remove_file(path).unwrap();
    }
}
