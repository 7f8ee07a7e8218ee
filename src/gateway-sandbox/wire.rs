//! Just enough HTTP to be an acquirer: one request a connection, forms in, JSON out.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result};

/// Bytes of a request that are read.
const REQUEST_BYTES_MAX: usize = 16_384;

/// One request.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// Reads one request.
    pub(crate) fn read(stream: &mut impl Read) -> Result<Asked> {
        let nonsense = || Error::from(ErrorKind::InvalidData);
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            read_more(stream, &mut bytes)?;
        };
        let head = String::from_utf8(bytes[..head_end].to_vec()).map_err(|_| nonsense())?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next().unwrap_or("").split(' ');
        let method = first.next().unwrap_or("").to_owned();
        let target = first.next().unwrap_or("");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), read_form(query));
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let fields: BTreeMap<String, String> = lines.filter_map(field).collect();
        let length = fields.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
        while bytes.len() < head_end + 4 + length {
            read_more(stream, &mut bytes)?;
        }
        let body = String::from_utf8(bytes[head_end + 4..].to_vec()).map_err(|_| nonsense())?;
        Ok(Asked { method, path, fields, query, form: read_form(&body), body })
    }
}

fn read_more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> Result<()> {
    let mut chunk = [0; 2_048];
    match stream.read(&mut chunk)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ if bytes.len() > REQUEST_BYTES_MAX => Err(ErrorKind::InvalidData.into()),
        count => {
            bytes.extend(&chunk[..count]);
            Ok(())
        }
    }
}

fn read_form(body: &str) -> BTreeMap<String, String> {
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    let plain = |text: &str| text.replace("%5B", "[").replace("%5D", "]");
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}

/// An answer with a JSON body.
pub(crate) fn answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}
