//! Replaces (RFC 3891): a new call takes the place of a dialog that it names.
//!
//! Owns: the header's value and its place in a Refer-To URI. Never: whether the caller may do it.

use crate::header::Params;
use crate::parse::trim;

/// Which dialog is to be replaced, in the eyes of whoever receives the INVITE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaces {
    /// Call-ID of that dialog.
    pub call_id: String,
    /// The receiver's own tag in it.
    pub to_tag: String,
    /// The other side's tag in it.
    pub from_tag: String,
    /// Only while it is not answered yet.
    pub early_only: bool,
}

impl Replaces {
    /// Reads one value: `call-id;to-tag=…;from-tag=…[;early-only]` (section 6.1).
    pub fn parse(value: &[u8]) -> Option<Replaces> {
        let semi = value.iter().position(|&b| b == b';')?;
        let text = |v: &[u8]| std::str::from_utf8(v).ok().map(str::to_owned);
        let params = Params(&value[semi..]);
        let call_id = trim(&value[..semi]);
        let clean = !call_id.is_empty() && call_id.iter().all(u8::is_ascii_graphic);
        if !clean || !params.well_formed() {
            return None;
        }
        Some(Replaces {
            call_id: text(call_id)?,
            to_tag: text(params.value("to-tag")?)?,
            from_tag: text(params.value("from-tag")?)?,
            early_only: params.get("early-only").is_some(),
        })
    }
}

impl Replaces {
    /// The header fields of an INVITE that replaces, for [`crate::Invite::headers`] (section 4).
    pub fn headers(&self) -> [(String, String); 2] {
        let require = crate::extension::REPLACES.to_owned();
        [("Replaces".to_owned(), self.to_string()), ("Require".to_owned(), require)]
    }
}

impl std::fmt::Display for Replaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Replaces { call_id, to_tag, from_tag, early_only } = self;
        let early = if *early_only { ";early-only" } else { "" };
        write!(f, "{call_id};to-tag={to_tag};from-tag={from_tag}{early}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3891 section 6.1.
    #[test]
    fn a_dialog_is_named_by_its_three_parts() {
        let one = Replaces::parse(b"98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff");
        let one = one.unwrap();
        assert_eq!((one.to_tag.as_str(), one.from_tag.as_str()), ("ff87ff", "r33th4x0r"));
        assert!(!one.early_only);
        let text = "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only";
        assert_eq!(Replaces::parse(text.as_bytes()).unwrap().to_string(), text);
        for bad in ["", "a", "a;to-tag=1", ";to-tag=1;from-tag=2", "a b;to-tag=1;from-tag=2"] {
            assert_eq!(Replaces::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
