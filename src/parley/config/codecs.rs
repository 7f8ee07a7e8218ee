//! What the configuration says about audio where it says nothing, and codecs by their names.

use super::{Config, ConfigError, Inband, Media};

impl Default for Media {
    fn default() -> Self {
        Self {
            address: None,
            advertised: None,
            ports: "16384-32767".into(),
            threads: 0,
            realtime: true,
            cores: Vec::new(),
            inband: Inband::Auto,
            codecs: ["PCMA", "PCMU", "G722", "opus"].map(str::to_owned).into(),
        }
    }
}

impl Config {
    /// What phones may speak.
    pub fn media_codecs(&self) -> Result<sdp::Capabilities, ConfigError> {
        named(&self.media.codecs).map_err(|problem| ConfigError::Value {
            key: "media.codecs",
            value: self.media.codecs.join(", "),
            problem,
        })
    }

    /// Whether any line may hear prompts in 16 kHz: in G.722, from which those in Opus are made as well.
    pub fn speaks_wide(&self) -> bool {
        let trunks = self.trunks.iter().flat_map(|trunk| &trunk.codecs);
        let wide = |name: &String| ["G722", "opus"].iter().any(|w| name.eq_ignore_ascii_case(w));
        self.media.codecs.iter().chain(trunks).any(wide)
    }
}

/// What a list of names allows, in its order.
///
/// # Errors
/// A sentence about the name that is none of ours.
pub(super) fn named(names: &[String]) -> Result<sdp::Capabilities, String> {
    let mut all = sdp::Capabilities::telephone();
    let find = |name: &String| {
        let found = all.codecs.iter().find(|c| c.name.eq_ignore_ascii_case(name)).cloned();
        found.ok_or_else(|| {
            let known: Vec<&str> = all.codecs.iter().map(|c| c.name).collect();
            format!("{name:?} is none of ours: {}", known.join(", "))
        })
    };
    let codecs: Vec<_> = names.iter().map(find).collect::<Result<_, _>>()?;
    match codecs.is_empty() {
        true => Err("name at least one codec".to_owned()),
        false => {
            all.codecs = codecs;
            Ok(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_may_speak_g722_and_opus_unless_the_list_says_otherwise() {
        let codecs = |text: &str| {
            let config = Config::parse(text).unwrap();
            let names =
                config.media_codecs().map(|all| all.codecs.iter().map(|c| c.name).collect());
            (names.map_err(|error| error.to_string()), config.speaks_wide())
        };
        assert_eq!(codecs(""), (Ok(vec!["PCMA", "PCMU", "G722", "opus"]), true));
        assert_eq!(codecs("[media]\ncodecs = [\"pcmu\"]"), (Ok(vec!["PCMU"]), false));
        let refused = codecs("[media]\ncodecs = [\"G729\"]").0.unwrap_err();
        assert!(refused.contains("none of ours: PCMA, PCMU, G722, opus"), "{refused}");
        assert!(codecs("[media]\ncodecs = []").0.is_err());
    }
}
