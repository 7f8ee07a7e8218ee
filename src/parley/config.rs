//! `parley.toml`: read whole, checked whole, unknown keys refused with the nearest right one named.

mod codecs;
mod listen;
mod payments;
mod phones;
mod recordings;
mod trunks;

pub use self::recordings::Recordings;
pub use payments::{Dialect, Funding, Gateway, Payments};
pub use phones::{Guard, Phones, UnknownCallers};

use exchange::Hours;
use ids::Lang;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

pub use listen::{ClientCertificate, Listen, Tls};

/// The whole file. Every key is optional; the defaults serve a firm in Poland on one machine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    pub company: Company,
    pub sip: Sip,
    pub phones: Phones,
    pub guard: Guard,
    pub tls: Tls,
    pub media: Media,
    pub store: StoreConfig,
    pub recordings: Recordings,
    pub payments: Payments,
    pub dialplans: Dialplans,
    pub prompts: Prompts,
    pub limits: Limits,
    pub numbers: Vec<Number>,
    pub trunks: Vec<trunks::Trunk>,
    pub dns: Dns,
    pub control: Control,
}

/// Who we are to the caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Company {
    /// As it is spoken.
    pub name: String,
    /// As callers are told to dial it, digits.
    pub callback_number: String,
    /// When people are there, local time; empty means always.
    pub hours: Vec<String>,
    /// IANA name.
    pub time_zone: String,
    /// Spoken when nothing else decides.
    pub default_language: String,
    /// Check digit of case numbers: `none`, `luhn` or `damm`.
    pub case_check_digit: String,
    /// Country calling code that completes national numbers.
    pub country_code: String,
}

/// Signalling.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sip {
    /// `TRANSPORT:ADDRESS:PORT`; the transport is udp, tcp, tls, ws or wss.
    pub listen: Vec<String>,
    /// The address that peers reach us at, when it is not the one we listen on (NAT).
    pub advertised: Option<IpAddr>,
    /// In User-Agent and Server headers.
    pub user_agent: String,
    /// Seconds after which a silent peer counts as gone (RFC 4028), 90 to 86400; 0: not watched.
    pub session_timer: u32,
    /// The shortest such time that we take from a peer, seconds.
    pub session_timer_min: u32,
    /// Whether ringing and early media are acknowledged (100rel, RFC 3262).
    pub reliable: Reliable,
    /// Callers who are neither a trunk nor a user.
    pub unknown_callers: UnknownCallers,
    /// Web pages whose scripts may open a WebSocket, like `https://console.example`; empty: those of
    /// the same host. A client that is no browser names none and is let in.
    pub origins: Vec<String>,
    /// Longer requests go by TCP instead of UDP, back to UDP where a peer has none.
    pub datagram_bytes: usize,
    /// Connections that we opened and WebSockets are kept alive this often, in seconds.
    pub keep_alive_s: u64,
}

/// When provisional responses are acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reliable {
    /// Callers who cannot are refused with 421.
    Require,
    /// With everybody who can.
    #[default]
    WhenSupported,
    /// Callers who insist are refused with 420.
    Never,
}

/// Audio on the wire.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Media {
    /// Where RTP is bound; unset: the address the call came in on.
    pub address: Option<IpAddr>,
    /// What peers are told, when it is not that (NAT).
    pub advertised: Option<IpAddr>,
    /// `FIRST-LAST`, two ports a leg.
    pub ports: String,
    /// Media threads; 0: one a core.
    pub threads: usize,
    /// Media threads in the real-time class, where the system permits it.
    pub realtime: bool,
    /// Cores that media threads stay on; none: where the system puts them.
    pub cores: Vec<usize>,
    /// Listen for tones in the audio even where telephone-event was agreed.
    pub inband: Inband,
    /// Codecs that phones may use, in the order in which they are offered; trunks have lists of their own.
    pub codecs: Vec<String>,
}

/// When tones in the audio count as keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inband {
    /// Where telephone-event was not agreed.
    #[default]
    Auto,
    /// Always.
    Always,
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StoreConfig {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: String,
    /// 32 random bytes that key the digests of PINs; made at the first start. Keep it apart from the database.
    pub key_file: PathBuf,
    /// Where records wait while the database is away.
    pub spool: PathBuf,
}

/// Flows.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dialplans {
    /// Directory of `*.kdl`, read again when a file changes.
    pub dir: PathBuf,
    /// Where published versions stand; when set, calls run on those and never on drafts in `dir`.
    pub published: Option<PathBuf>,
}

/// Texts and voices.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prompts {
    /// Directory with `pl`, `en`, `it`, `pt`.
    pub dir: PathBuf,
    /// Where pre-encoded audio is kept between starts.
    pub cache: PathBuf,
    /// Command that renders missing clips: called like `names-command`, at `parley prompts build` alone.
    pub build_command: String,
    /// Command that speaks free names: it gets `-v LANG -w FILE TEXT`; empty: names are left out.
    pub names_command: String,
}

/// Where names are asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dns {
    /// Servers, `ADDRESS:PORT`; none: the system's own.
    pub servers: Vec<SocketAddr>,
}

/// How commands reach the running server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// A socket file that only the server's own user may open; unset: parley.sock beside the key file.
    pub socket: Option<PathBuf>,
}

/// What there may be at most.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Calls at once; the next gets 503 with Retry-After.
    pub calls: usize,
}

/// A called number and its flow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Number {
    /// User part of the called address, or `*`.
    pub called: String,
    /// Name of a flow.
    pub flow: String,
    /// The language this number stands for.
    pub language: Option<String>,
}

impl Default for Company {
    fn default() -> Self {
        Self {
            name: "Parley".into(),
            callback_number: "221234567".into(),
            hours: Vec::new(),
            time_zone: "Europe/Warsaw".into(),
            default_language: "pl".into(),
            case_check_digit: "none".into(),
            country_code: "48".into(),
        }
    }
}

impl Default for Sip {
    fn default() -> Self {
        let listen = vec!["udp:127.0.0.1:5060".into(), "tcp:127.0.0.1:5060".into()];
        Self {
            listen,
            advertised: None,
            user_agent: format!("Parley/{}", env!("CARGO_PKG_VERSION")),
            session_timer: 1_800,
            session_timer_min: 90,
            reliable: Reliable::WhenSupported,
            unknown_callers: UnknownCallers::Answer,
            origins: Vec::new(),
            datagram_bytes: 1_300,
            keep_alive_s: 120,
        }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:parley.db".into(),
            key_file: "parley.key".into(),
            spool: "parley.spool".into(),
        }
    }
}

impl Default for Dialplans {
    fn default() -> Self {
        Self { dir: "dialplans".into(), published: None }
    }
}

impl Default for Prompts {
    fn default() -> Self {
        Self {
            dir: "prompts".into(),
            cache: ".cache/parley".into(),
            build_command: "espeak-ng".into(),
            names_command: "espeak-ng".into(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: exchange::limits::CALLS_MAX_DEFAULT }
    }
}

/// Why a configuration is refused, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}; name an existing file with --config, or start from src/parley/parley.example.toml", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}", path = path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{key} = {value:?}: {problem}")]
    Value { key: &'static str, value: String, problem: String },
    #[error("[[trunks]]: {0}")]
    Trunks(String),
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|message| ConfigError::Syntax { path: path.to_owned(), message })
    }

    /// Reads a text; the error names line, key and the nearest right key.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| explain(&e.to_string()))
    }

    /// The sockets to open.
    pub fn listens(&self) -> Result<Vec<Listen>, ConfigError> {
        self.sip.listen.iter().map(|text| listen::listen(text)).collect()
    }

    /// The RTP port range.
    pub fn media_ports(&self) -> Result<RangeInclusive<u16>, ConfigError> {
        let bad = || ConfigError::Value {
            key: "media.ports",
            value: self.media.ports.clone(),
            problem: "write a range of at least two ports, like \"16384-32767\"".into(),
        };
        let (first, last) = self.media.ports.split_once('-').ok_or_else(bad)?;
        let (first, last): (u16, u16) =
            (first.trim().parse().map_err(|_| bad())?, last.trim().parse().map_err(|_| bad())?);
        if first == 0 || last <= first { Err(bad()) } else { Ok(first..=last) }
    }

    /// What the exchange is told.
    pub fn exchange(&self, seed: [u8; 32]) -> Result<exchange::Config, ConfigError> {
        let language = |key, value: &str| {
            value.parse::<Lang>().map_err(|e| ConfigError::Value {
                key,
                value: value.into(),
                problem: e.to_string(),
            })
        };
        let numbers = if self.numbers.is_empty() {
            default_numbers()
        } else {
            let number = |n: &Number| -> Result<exchange::Number, ConfigError> {
                let lang = n.language.as_deref().map(|l| language("numbers.language", l));
                let (called, flow) = (n.called.clone(), n.flow.clone());
                Ok(exchange::Number { called, flow, lang: lang.transpose()? })
            };
            self.numbers.iter().map(number).collect::<Result<_, _>>()?
        };
        Ok(exchange::Config {
            sip: sip::Config {
                user_agent: self.sip.user_agent.clone(),
                advertised: self.sip.advertised,
                session_timer: self.session_timer()?,
                reliable: match self.sip.reliable {
                    Reliable::Require => sip::Reliability::Require,
                    Reliable::WhenSupported => sip::Reliability::WhenSupported,
                    Reliable::Never => sip::Reliability::Never,
                },
                phones: Some(self.phones_config()?),
                guard: Some(self.guard_config()?),
                request_datagram_bytes_max: self.sip.datagram_bytes,
                ..sip::Config::new(seed)
            },
            company: self.company.name.clone(),
            callback_number: self.company.callback_number.clone(),
            hours: self.hours()?,
            zone: TimeZone::get(&self.company.time_zone).map_err(|e| ConfigError::Value {
                key: "company.time-zone",
                value: self.company.time_zone.clone(),
                problem: format!("{e}; use an IANA name like Europe/Warsaw"),
            })?,
            default_lang: language("company.default-language", &self.company.default_language)?,
            numbers,
            media_advertised: self.media.advertised,
            calls_max: self.limits.calls,
            trunks: trunks::trunks(&self.trunks, &self.company.country_code)?,
            inband_always: self.media.inband == Inband::Always,
            codecs: self.media_codecs()?.into(),
            payments: self.paying()?,
        })
    }

    /// The check digit of case numbers.
    pub fn check_digit(&self) -> Result<ids::CheckDigit, ConfigError> {
        let value = &self.company.case_check_digit;
        value.parse().map_err(|e: ids::UnknownCheckDigit| ConfigError::Value {
            key: "company.case-check-digit",
            value: value.clone(),
            problem: e.to_string(),
        })
    }

    /// How the store reads phone numbers.
    pub fn store_options(&self) -> store::Options {
        let home = store::Home::of(&self.company.country_code);
        store::Options { home, ..store::Options::default() }
    }

    fn session_timer(&self) -> Result<Option<sip::SessionTimer>, ConfigError> {
        let (interval, min) = (self.sip.session_timer, self.sip.session_timer_min);
        if interval == 0 {
            return Ok(None);
        }
        let timer = sip::SessionTimer::new(interval, min);
        let bad = |key, value: u32, problem: &str| ConfigError::Value {
            key,
            value: value.to_string(),
            problem: problem.into(),
        };
        if timer.min_s() != min {
            let problem = "write seconds from 90 to 86400";
            return Err(bad("sip.session-timer-min", min, problem));
        }
        if timer.interval_s() != interval {
            let problem =
                "write seconds from session-timer-min to 86400, or 0 to watch over nobody";
            return Err(bad("sip.session-timer", interval, problem));
        }
        Ok(Some(timer))
    }

    fn hours(&self) -> Result<Hours, ConfigError> {
        if self.company.hours.is_empty() {
            return Ok(Hours::always());
        }
        Hours::parse(&self.company.hours).map_err(|e| ConfigError::Value {
            key: "company.hours",
            value: self.company.hours.join(", "),
            problem: e.to_string(),
        })
    }
}

/// One number for each language, and every other number in the default language.
fn default_numbers() -> Vec<exchange::Number> {
    let number = |called: &str, lang| exchange::Number {
        called: called.into(),
        flow: "hotline".into(),
        lang,
    };
    let mut numbers: Vec<_> = [Lang::Pl, Lang::EnGb, Lang::It, Lang::PtBr]
        .map(|l| number(&format!("hotline-{}", l.catalogue()), Some(l)))
        .into();
    numbers.push(number("*", None));
    numbers
}

/// Adds "did you mean" to serde's message about an unknown key.
fn explain(message: &str) -> String {
    let Some((_, rest)) = message.split_once("unknown field `") else { return message.to_owned() };
    let Some((wrong, rest)) = rest.split_once('`') else { return message.to_owned() };
    let nearest =
        rest.split('`').skip(1).step_by(2).max_by(|a, b| {
            strsim::jaro_winkler(a, wrong).total_cmp(&strsim::jaro_winkler(b, wrong))
        });
    match nearest {
        Some(right) => format!("{}\nhelp: did you mean `{right}`?", message.trim_end()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_and_the_nearest_right_one_named() {
        let error = Config::parse("[sip]\nlisten-on = []\n").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        assert!(error.contains("did you mean `listen`?"), "{error}");
    }

    #[test]
    fn the_commented_example_is_a_valid_configuration_that_equals_the_defaults() {
        let example = Config::parse(include_str!("parley.example.toml")).unwrap();
        let built_in = Config::default();
        assert_eq!(format!("{:?}", example.sip), format!("{:?}", built_in.sip));
        assert_eq!(format!("{:?}", example.phones), format!("{:?}", built_in.phones));
        assert_eq!(format!("{:?}", example.guard), format!("{:?}", built_in.guard));
        assert_eq!(format!("{:?}", example.media), format!("{:?}", built_in.media));
        assert_eq!(format!("{:?}", example.store), format!("{:?}", built_in.store));
        assert_eq!(format!("{:?}", example.recordings), format!("{:?}", built_in.recordings));
        assert_eq!(format!("{:?}", example.payments), format!("{:?}", built_in.payments));
        assert_eq!(format!("{:?}", example.limits), format!("{:?}", built_in.limits));
        assert!(example.exchange([0; 32]).is_ok());
    }

    #[test]
    fn a_wrong_value_says_how_to_write_it() {
        let config = Config::parse("[sip]\nlisten = [\"udp:localhost\"]\n").unwrap();
        assert!(config.listens().unwrap_err().to_string().contains("192.0.2.10:5060"));
        let config = Config::parse("[sip]\nsession-timer = 30\n").unwrap();
        let error = config.exchange([0; 32]).map(drop).unwrap_err().to_string();
        assert!(error.contains("or 0 to watch over nobody"), "{error}");
        let config = Config::parse("[sip]\nsession-timer = 0\nreliable = \"never\"\n").unwrap();
        assert_eq!(config.exchange([0; 32]).unwrap().sip.session_timer, None);
        let config = Config::parse("[media]\nports = \"9000\"\n").unwrap();
        assert!(config.media_ports().unwrap_err().to_string().contains("16384-32767"));
        let config = Config::parse("[company]\ntime-zone = \"Europe/Warszawa\"\n").unwrap();
        assert!(config.exchange([0; 32]).map(drop).unwrap_err().to_string().contains("IANA"));
    }
}
