//! Our side: a challenge is answered once for a request, and its nonce serves the requests after it.
//!
//! ```text
//!   Fresh --401/407--> Held(nonce, nc=0) --request, nc=1--> accepted --request, nc=2--> ...
//!                        ^                    | 401 again: the password is wrong
//!                        +-- 401 stale, or a nonce that had been accepted before
//! ```
//!
//! Owns: which challenge is answered, the nonce and its count. Never: sending; a password in `Debug`.

use super::scheme::quoted;
use super::{Asked, Challenge};
use crate::limits::{LOGIN_REALMS_MAX, LOGIN_ROUNDS_MAX};
use crate::message::{Message, Name};
use zeroize::Zeroizing;

/// Who we are to a server. Wiped when dropped.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: Zeroizing<String>,
    realm: Option<String>,
}

impl Credentials {
    /// For any realm that asks.
    pub fn new(user: &str, password: &str) -> Credentials {
        let password = Zeroizing::new(password.to_owned());
        Credentials { user: user.to_owned(), password, realm: None }
    }

    /// For this realm alone: a challenge of another one is not answered.
    pub fn for_realm(self, realm: &str) -> Credentials {
        Credentials { realm: Some(realm.to_owned()), ..self }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(•)")
    }
}

/// Why a challenge is not answered; the 401 or 407 then stands as the outcome of the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoginError {
    /// Nothing in it that we can answer.
    #[error(
        "the server asks for another realm or for a scheme other than Digest; look at user and realm"
    )]
    NotForUs,
    /// Our answer to this very challenge was refused.
    #[error("the server refuses user or password; mend them in the configuration")]
    WrongPassword,
    /// It challenges every answer anew.
    #[error("the server challenges every answer anew; report it to its operator")]
    Endless,
}

/// Our log-in at the servers of one dialog, or of one registration.
#[derive(Clone)]
pub struct Login {
    credentials: Credentials,
    held: Vec<Held>,
    rounds: u8,
    /// What the last INVITE carried: its ACK repeats it (RFC 3261 section 22.1).
    invite: Vec<(Name, String)>,
}

#[derive(Clone)]
struct Held {
    /// Where the answer goes: Proxy-Authorization to a 407, Authorization to a 401.
    name: Name,
    challenge: Challenge,
    ha1: Zeroizing<String>,
    cnonce: String,
    uses: u32,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(•)")
    }
}

impl Login {
    /// Not challenged yet.
    pub fn new(credentials: Credentials) -> Login {
        Login { credentials, held: Vec::new(), rounds: 0, invite: Vec::new() }
    }

    /// Takes in a 401 or 407 to a request that carried all of [`Login::headers`]. `Ok`: send the
    /// request again, with a higher CSeq and new headers. `cnonce` is random.
    ///
    /// # Errors
    /// [`LoginError`]: the response stands.
    pub fn challenged(&mut self, response: &Message<'_>, cnonce: u64) -> Result<(), LoginError> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > LOGIN_ROUNDS_MAX {
            return Err(LoginError::Endless);
        }
        let fields = [
            (Name::WwwAuthenticate, Name::Authorization),
            (Name::ProxyAuthenticate, Name::ProxyAuthorization),
        ];
        let mut taken = 0;
        for (asked, answered) in fields {
            let all: Vec<Challenge> = response.all(asked).flat_map(Challenge::read_all).collect();
            for challenge in strongest(all) {
                if self.credentials.realm.as_ref().is_none_or(|r| *r == challenge.realm) {
                    self.hold(answered, challenge, cnonce)?;
                    taken += 1;
                }
            }
        }
        if taken == 0 { Err(LoginError::NotForUs) } else { Ok(()) }
    }

    fn hold(&mut self, name: Name, challenge: Challenge, cnonce: u64) -> Result<(), LoginError> {
        let same = |h: &Held| h.name == name && h.challenge.realm == challenge.realm;
        if let Some(at) = self.held.iter().position(same) {
            // A nonce used once was answered for this very request. One that served before has
            // run out, whether the server says `stale` or not.
            if self.held[at].uses == 1 && !challenge.stale {
                return Err(LoginError::WrongPassword);
            }
            self.held.remove(at);
        }
        if self.held.len() >= LOGIN_REALMS_MAX {
            return Err(LoginError::Endless);
        }
        let Credentials { user, password, .. } = &self.credentials;
        let ha1 = challenge.algorithm.hash.ha1(user, &challenge.realm, password);
        self.held.push(Held { name, challenge, ha1, cnonce: format!("{cnonce:016x}"), uses: 0 });
        Ok(())
    }

    /// A request was answered by anything but a challenge.
    pub fn accepted(&mut self) {
        self.rounds = 0;
    }

    /// What the next request of this method to this Request-URI carries; the nonce counts up.
    pub fn headers(&mut self, method: &str, uri: &str) -> Vec<(Name, String)> {
        let user = &self.credentials.user;
        let headers: Vec<_> =
            self.held.iter_mut().map(|h| (h.name, h.answer(user, method, uri))).collect();
        if method == "INVITE" {
            self.invite.clone_from(&headers);
        }
        headers
    }

    /// What the ACK of the last INVITE carries.
    pub(crate) fn headers_of_ack(&self) -> &[(Name, String)] {
        &self.invite
    }
}

impl Held {
    fn answer(&mut self, user: &str, method: &str, uri: &str) -> String {
        self.uses += 1;
        let Challenge { realm, nonce, opaque, algorithm, algorithm_named, counted, .. } =
            &self.challenge;
        let count = counted.then_some((self.cnonce.as_str(), self.uses));
        let asked = Asked { algorithm: *algorithm, nonce, counted: count, method, uri };
        let response = asked.response(&self.ha1);
        let mut text = format!(
            "Digest username={}, realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{}\"",
            quoted(user),
            response.as_str()
        );
        if *algorithm_named {
            text += &format!(", algorithm={}", algorithm.as_str());
        }
        if let Some((cnonce, uses)) = count {
            text += &format!(", cnonce=\"{cnonce}\", qop=auth, nc={uses:08x}");
        }
        if let Some(opaque) = opaque {
            text += &format!(", opaque=\"{opaque}\"");
        }
        text
    }
}

/// One challenge a realm, the strongest. RFC 8760 section 2.4 takes the topmost "unless local
/// policy dictates otherwise": ours does, so that an order cannot talk us down to MD5.
fn strongest(all: Vec<Challenge>) -> Vec<Challenge> {
    let mut best: Vec<Challenge> = Vec::new();
    for challenge in all {
        match best.iter_mut().find(|b| b.realm == challenge.realm) {
            Some(other) if other.algorithm < challenge.algorithm => *other = challenge,
            Some(_) => {}
            None => best.push(challenge),
        }
    }
    best
}
