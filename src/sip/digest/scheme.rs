//! Challenges and answers as they stand in header fields (RFC 7616 sections 3.3 and 3.4,
//! RFC 3261 section 20.7).
//!
//! Owns: quoted strings, lists, several challenges in one field. Never: a hash.

use super::Algorithm;
use crate::header::values;
use crate::limits::{DIGEST_BYTES_MAX, DIGEST_PARAMS_MAX};
use crate::parse::trim;

/// One challenge that we can answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    /// Whose users are asked for; as sent, escapes kept.
    pub realm: String,
    pub(crate) nonce: String,
    pub(crate) opaque: Option<String>,
    /// How to answer.
    pub algorithm: Algorithm,
    /// It named its algorithm; one that did not is answered without naming it (RFC 2617 peers).
    pub(crate) algorithm_named: bool,
    /// `qop` holds `auth`; without any `qop` it is a challenge of RFC 2069.
    pub(crate) counted: bool,
    /// The last answer was right, its nonce too old (RFC 7616 section 3.3).
    pub stale: bool,
}

impl Challenge {
    /// The challenges of one field that we can answer. Other schemes, unknown algorithms and
    /// `auth-int` alone are passed over, as RFC 8760 section 2.4 wants.
    pub fn read_all(field: &[u8]) -> Vec<Challenge> {
        blocks(field).iter().filter_map(Self::of).collect()
    }

    fn of(block: &Block<'_>) -> Option<Challenge> {
        let algorithm = block.get("algorithm");
        let counted = block
            .get("qop")
            .map(|list| values(list.as_bytes()).any(|qop| qop.eq_ignore_ascii_case(b"auth")));
        let algorithm_read = Algorithm::of(algorithm.unwrap_or("MD5"))?;
        // RFC 7616 section 3.4.2 makes `-sess` keys with a cnonce, which goes only with `qop`.
        if counted == Some(false) || (counted.is_none() && algorithm_read.session) {
            return None;
        }
        Some(Challenge {
            realm: block.get("realm")?.to_owned(),
            nonce: block.get("nonce")?.to_owned(),
            opaque: block.get("opaque").map(str::to_owned),
            algorithm: algorithm_read,
            algorithm_named: algorithm.is_some(),
            counted: counted.is_some(),
            stale: block.get("stale").is_some_and(|s| s.eq_ignore_ascii_case("true")),
        })
    }
}

/// The answer to a challenge, as somebody sent it: Authorization or Proxy-Authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The user's name, escapes resolved.
    pub user: String,
    /// The realm, as sent.
    pub realm: String,
    pub(crate) nonce: String,
    pub(crate) uri: String,
    pub(crate) response: String,
    /// `None` when it is one that we do not know.
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) qop: Option<String>,
    pub(crate) cnonce: String,
    pub(crate) count: Option<u32>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({:?} of {:?}, •)", self.user, self.realm)
    }
}

impl Answer {
    /// Reads one field; `None` when it is no digest or lacks what an answer must have.
    pub fn read(field: &[u8]) -> Option<Answer> {
        let blocks = blocks(field);
        let block = blocks.first()?;
        let count = block.get("nc").filter(|nc| nc.len() == 8);
        Some(Answer {
            user: unescape(block.get("username")?),
            realm: block.get("realm")?.to_owned(),
            nonce: block.get("nonce")?.to_owned(),
            uri: block.get("uri")?.to_owned(),
            response: block.get("response")?.to_owned(),
            algorithm: Algorithm::of(block.get("algorithm").unwrap_or("MD5")),
            qop: block.get("qop").map(str::to_owned),
            cnonce: block.get("cnonce").unwrap_or_default().to_owned(),
            count: count.and_then(|nc| u32::from_str_radix(nc, 16).ok()),
        })
    }
}

/// `Digest` and its parameters; quotes are off, escapes are kept.
struct Block<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Block<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }
}

/// Cuts a field into its `Digest` blocks. RFC 3261 section 7.3.1 wants one a field; HTTP folds
/// them with commas, and so do some servers.
fn blocks(field: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut ours = false;
    if field.len() > DIGEST_BYTES_MAX {
        return blocks;
    }
    for item in values(field).take(DIGEST_PARAMS_MAX) {
        let Ok(item) = std::str::from_utf8(item) else { continue };
        let name_end = item.find(['=', '"']).unwrap_or(item.len());
        let (name, value) = (item[..name_end].trim(), &item[name_end..]);
        // A name with a gap is the scheme of a new block before its first parameter.
        let (scheme, name) = match name.split_once(char::is_whitespace) {
            Some((scheme, name)) => (Some(scheme), name.trim()),
            None if value.is_empty() => (Some(name), ""),
            None => (None, name),
        };
        if let Some(scheme) = scheme {
            ours = scheme.eq_ignore_ascii_case("Digest");
            if ours {
                blocks.push(Block(Vec::new()));
            }
        }
        if let (true, Some(block), Some(value)) = (ours, blocks.last_mut(), value.strip_prefix('='))
        {
            block.0.push((name, unquoted(value)));
        }
    }
    blocks
}

fn unquoted(value: &str) -> &str {
    let value = std::str::from_utf8(trim(value.as_bytes())).unwrap_or_default();
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)
}

fn unescape(text: &str) -> String {
    let mut escaped = false;
    let keep = |&c: &char| {
        escaped = c == '\\' && !escaped;
        !escaped
    };
    text.chars().filter(keep).collect()
}

/// A text between quotes (RFC 3261 section 25.1, quoted-string).
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
