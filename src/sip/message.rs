//! One message as it came: the bytes stay where they are, an index says what is where.
//!
//! ```text
//! INVITE sip:hotline@parley.example SIP/2.0\r\n        start
//! Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n  field: line start, value, line end
//! Subject: folded\r\n
//!  over two lines\r\n
//! \r\n
//! v=0...                                               body, Content-Length bytes of it
//! ```
//!
//! Owns: the index. Never: a copy of the bytes; a judgement beyond what the index needs.
//! Lossless: the start line, the lines of all fields and the body together are the message.

use crate::method::Method;
use crate::parse::Fault;

/// A parsed message that borrows the bytes it came in (RFC 3261 section 7).
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) start: Start<'a>,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: (u32, u32),
    pub(crate) declared_length: Option<u64>,
    pub(crate) fault: Option<Fault>,
}

/// The first line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start<'a> {
    /// RFC 3261 section 7.1.
    Request {
        /// What we make of the method.
        method: Method,
        /// The method's token as sent.
        token: &'a [u8],
        /// The Request-URI as sent.
        uri: &'a [u8],
        /// True for `SIP/2.0`.
        version_2: bool,
    },
    /// RFC 3261 section 7.2.
    Response {
        /// 100–699.
        status: u16,
        /// The reason phrase, perhaps empty.
        reason: &'a [u8],
    },
}

/// Where one header field stands in the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(crate) name: Name,
    pub(crate) line: u32,
    pub(crate) name_end: u32,
    pub(crate) value: (u32, u32),
    pub(crate) line_end: u32,
}

macro_rules! names {
    ($($name:ident = $long:literal $(| $compact:literal)?;)*) => {
        /// A header field we know by name, in its long or its compact form (RFC 3261 section 7.3.3).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs)]
        pub enum Name { $($name,)* Other }

        impl Name {
            /// From the bytes before the colon; names ignore case (RFC 3261 section 7.3.1).
            pub fn of(bytes: &[u8]) -> Name {
                if bytes.len() == 1 {
                    $($(if bytes.eq_ignore_ascii_case($compact) { return Name::$name; })?)*
                    return Name::Other;
                }
                $(if bytes.len() == $long.len() && bytes.eq_ignore_ascii_case($long.as_bytes()) {
                    return Name::$name;
                })*
                Name::Other
            }

            /// The long form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Name::$name => $long,)* Name::Other => "header" }
            }
        }
    };
}

names! {
    Via = "Via" | b"v";
    From = "From" | b"f";
    To = "To" | b"t";
    CallId = "Call-ID" | b"i";
    CSeq = "CSeq";
    Contact = "Contact" | b"m";
    MaxForwards = "Max-Forwards";
    ContentLength = "Content-Length" | b"l";
    ContentType = "Content-Type" | b"c";
    Route = "Route";
    RecordRoute = "Record-Route";
    Accept = "Accept";
    Allow = "Allow";
    Supported = "Supported" | b"k";
    Require = "Require";
    ContentEncoding = "Content-Encoding" | b"e";
    ContentDisposition = "Content-Disposition";
    Reason = "Reason";
    RetryAfter = "Retry-After";
    AssertedIdentity = "P-Asserted-Identity";
    InfoPackage = "Info-Package";
    UserAgent = "User-Agent";
    Timestamp = "Timestamp";
    Authorization = "Authorization";
    ProxyAuthorization = "Proxy-Authorization";
    WwwAuthenticate = "WWW-Authenticate";
    ProxyAuthenticate = "Proxy-Authenticate";
    Expires = "Expires";
    MinExpires = "Min-Expires";
    Path = "Path";
    RSeq = "RSeq";
    RAck = "RAck";
    SessionExpires = "Session-Expires" | b"x";
    MinSe = "Min-SE";
    ReferTo = "Refer-To" | b"r";
    ReferredBy = "Referred-By" | b"b";
    ReferSub = "Refer-Sub";
    Replaces = "Replaces";
    Event = "Event" | b"o";
    SubscriptionState = "Subscription-State";
    Privacy = "Privacy";
    Diversion = "Diversion";
    HistoryInfo = "History-Info";
}

impl<'a> Message<'a> {
    /// All bytes, without anything before the start line or after the body.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The first line.
    pub fn start(&self) -> Start<'a> {
        self.start
    }

    /// What is wrong with it, if something is that leaves the rest readable.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The body: Content-Length bytes of what follows the blank line.
    pub fn body(&self) -> &'a [u8] {
        self.slice(self.body)
    }

    /// The first value of a header field, without the white space around it; folds stay inside.
    pub fn header(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of every field of this name, in order.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.fields.iter().filter(move |f| f.name == name).map(|f| self.slice(f.value))
    }

    /// Name as sent and value of every field, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + '_ {
        self.fields.iter().map(|f| (self.slice((f.line, f.name_end)), self.slice(f.value)))
    }

    /// Start line, field lines and body as sent, one after the other.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        let head = self.fields.first().map_or(self.body.0, |f| f.line);
        let lines = self.fields.iter().map(|f| self.slice((f.line, f.line_end)));
        let blank = self.fields.last().map_or(self.body.0, |f| f.line_end);
        let tail = [self.slice((blank, self.body.0)), self.body()];
        std::iter::once(self.slice((0, head))).chain(lines).chain(tail)
    }

    fn slice(&self, (start, end): (u32, u32)) -> &'a [u8] {
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}
