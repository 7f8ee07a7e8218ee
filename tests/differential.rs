//! Our SIP parser beside two that others wrote, on every torture message and the fuzzers' corpus.
//! Where they differ, `differential/known.txt` says who is right and where the RFC says so; a
//! disagreement that is not in it fails, and so does a row that no longer is one.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files must fail")]

use acceptance::house::top;
use std::collections::BTreeMap;

/// What one parser says about one message: field and value, or that it refuses the whole.
type Facts = BTreeMap<&'static str, String>;

const FIELDS: [&str; 9] =
    ["start", "request-uri", "branch", "from-tag", "to-tag", "call-id", "cseq", "body", "fields"];

fn refused() -> Facts {
    Facts::from([("whole", "refused".to_owned())])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ours(bytes: &[u8]) -> Facts {
    use sip::{AddrParts, CSeq, Message, Name, Start, Via, values};
    let Some(m) = Message::parse(bytes).ok().filter(|m| m.fault().is_none()) else {
        return refused();
    };
    let (start, uri) = match m.start() {
        Start::Request { token, uri, .. } => (text(token), Some(text(uri))),
        Start::Response { status, .. } => (status.to_string(), None),
    };
    let tag = |name| {
        let value = m.header(name)?;
        Some(AddrParts::parse(value).map(|p| p.tag().map(text).unwrap_or_default()))
    };
    let via = m.header(Name::Via).and_then(|v| values(v).next()).map(Via::parse);
    let cseq = m.header(Name::CSeq).map(|v| {
        let token = text(v).split_whitespace().next_back().unwrap_or_default().to_owned();
        CSeq::parse(v).map(|c| format!("{} {token}", c.number))
    });
    facts([
        Some(Some(start)),
        uri.map(Some),
        via.map(|v| v.map(|v| v.branch().map(text).unwrap_or_default())),
        tag(Name::From),
        tag(Name::To),
        m.header(Name::CallId).map(|v| Some(text(v))),
        cseq,
        Some(Some(format!("{} bytes", m.body().len()))),
        Some(Some(m.fields().count().to_string())),
    ])
}

/// `None`: not there. `Some(None)`: there and unreadable.
fn facts(values: [Option<Option<String>>; 9]) -> Facts {
    let named = FIELDS.into_iter().zip(values);
    named.filter_map(|(f, v)| Some((f, v?.unwrap_or_else(|| "unreadable".to_owned())))).collect()
}

macro_rules! witness {
    ($name:ident, $($root:ident)::+) => {
        fn $name(bytes: &[u8]) -> Facts {
            use $($root)::+::prelude::*;
            use $($root)::+::SipMessage;
            let Ok(m) = SipMessage::try_from(bytes) else { return refused() };
            let (start, uri, body) = match &m {
                SipMessage::Request(r) => {
                    (r.method.to_string(), Some(r.uri.to_string()), r.body.len())
                }
                SipMessage::Response(r) => (r.status_code.code().to_string(), None, r.body.len()),
            };
            let branch = m.via_header().ok().map(|v| {
                let typed = v.typed().ok()?;
                Some(typed.branch().map(|b| b.value().to_owned()).unwrap_or_default())
            });
            let from = m.from_header().ok().map(|v| {
                let typed = v.typed().ok()?;
                Some(typed.tag().map(|t| t.value().to_owned()).unwrap_or_default())
            });
            let to = m.to_header().ok().map(|v| {
                let typed = v.typed().ok()?;
                Some(typed.tag().map(|t| t.value().to_owned()).unwrap_or_default())
            });
            let cseq = m.cseq_header().ok().map(|v| {
                let typed = v.typed().ok()?;
                Some(format!("{} {}", typed.seq, typed.method))
            });
            facts([
                Some(Some(start)),
                uri.map(Some),
                branch,
                from,
                to,
                m.call_id_header().ok().map(|v| Some(v.value().to_owned())),
                cseq,
                Some(Some(format!("{body} bytes"))),
                Some(Some(m.headers().iter().count().to_string())),
            ])
        }
    };
}

witness!(rsip_says, rsip);
witness!(rsipstack_says, rsipstack::sip);

/// The archive of RFC 5118 has bare line feeds and lengths that fit neither them nor CRLF.
fn on_the_wire(archived: &[u8]) -> Vec<u8> {
    let text = text(archived).replace('\n', "\r\n");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.trim_end(), ""));
    let lines = head.lines().map(|line| match line.starts_with("Content-Length:") {
        true => format!("Content-Length: {}\r\n", body.len()),
        false => format!("{line}\r\n"),
    });
    format!("{}\r\n{body}", lines.collect::<String>()).into_bytes()
}

fn messages() -> Vec<(String, Vec<u8>)> {
    let folders = [
        "src/sip/tests/torture/rfc4475",
        "src/sip/tests/torture/rfc5118",
        "tests/fuzz/corpus/message",
    ];
    let mut all = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(top().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = std::fs::read(path).unwrap();
            let archived = folder.ends_with("rfc5118");
            all.push((name, if archived { on_the_wire(&bytes) } else { bytes }));
        }
    }
    all.sort();
    all
}

fn disagreements() -> Vec<[String; 5]> {
    let mut found = Vec::new();
    for (name, bytes) in messages() {
        let own = ours(&bytes);
        for (witness, theirs) in
            [("rsip", rsip_says(&bytes)), ("rsipstack", rsipstack_says(&bytes))]
        {
            let whole = own.contains_key("whole") != theirs.contains_key("whole");
            let fields: &[&str] = if whole { &["whole"] } else { &FIELDS };
            for field in fields {
                let say = |facts: &Facts| {
                    let value =
                        facts.get(field).map_or(if whole { "read" } else { "absent" }, |v| v);
                    value
                        .replace('|', "/")
                        .escape_debug()
                        .to_string()
                        .chars()
                        .take(60)
                        .collect::<String>()
                };
                let (a, b) = (say(&own), say(&theirs));
                if a != b {
                    found.push([witness.to_owned(), name.clone(), (*field).to_owned(), a, b]);
                }
            }
        }
    }
    found
}

#[test]
fn every_disagreement_with_other_parsers_is_known_and_judged() {
    let table = std::fs::read_to_string(top().join("tests/differential/known.txt")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let found = disagreements();
    let is_known = |one: &[String; 5]| rows.iter().any(|row| row.len() == 7 && row[..5] == one[..]);
    let news: Vec<String> = found.iter().filter(|f| !is_known(f)).map(|f| f.join(" | ")).collect();
    assert!(news.is_empty(), "say who is right and why, in known.txt:\n{}", news.join("\n"));
    let is_stale = |row: &&Vec<&str>| !found.iter().any(|f| row[..5] == f[..]);
    let stale: Vec<String> = rows.iter().filter(is_stale).map(|row| row.join(" | ")).collect();
    assert!(stale.is_empty(), "these disagreements are gone, take them out:\n{}", stale.join("\n"));
    assert!(rows.iter().all(|row| matches!(row[5], "we" | "they" | "either")), "who is right?");
}
