//! The door that phones log in at (RFC 3261 section 22.1, RFC 7616 section 3.3), without a memory of
//! those who only knock.
//!
//! ```text
//!   nonce = time ‖ HMAC(key, time ‖ realm ‖ source address)
//!   our own, young, right answer  -> Known, its count is noted
//!   our own no more, right answer -> Stale (the phone answers again by itself)
//!   anything else                 -> Refused: unknown user and wrong password look and cost the same
//! ```
//!
//! Owns: nonces, HA1s, the counts of nonces that served. Never: a password; state for a failure.

use super::{Algorithm, Answer, Asked, Hash, hex, same_secret};
use crate::limits::{NONCE_LIFE, NONCES_MAX};
use crate::uri::Uri;
use hmac::{Hmac, KeyInit, Mac};
use ids::Moment;
use sha2::Sha256;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use zeroize::{Zeroize, Zeroizing};

/// What is kept of a user's password: `H(user:realm:password)`, once a hash. Wiped when dropped.
#[derive(Clone, Default)]
pub struct Secrets {
    /// By [`Hash::Md5`], 32 hexadecimal digits.
    pub md5: Option<Zeroizing<String>>,
    /// By [`Hash::Sha256`], 64 hexadecimal digits.
    pub sha256: Option<Zeroizing<String>>,
}

impl Secrets {
    /// Of a password, which is not kept.
    pub fn of(user: &str, realm: &str, password: &str) -> Secrets {
        let ha1 = |hash: Hash| Some(hash.ha1(user, realm, password));
        Secrets { md5: ha1(Hash::Md5), sha256: ha1(Hash::Sha256) }
    }

    fn by(&self, hash: Hash) -> Option<&str> {
        match hash {
            Hash::Md5 => self.md5.as_ref().map(|s| s.as_str()),
            Hash::Sha256 => self.sha256.as_ref().map(|s| s.as_str()),
            Hash::Sha512 => None,
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(•)")
    }
}

/// What an answer is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is this user.
    Known(String),
    /// The right answer to a nonce that is too old, or whose count was used: challenge with `stale`.
    Stale,
    /// The user is unknown or the password is wrong. Nobody is told which.
    Refused,
}

/// Checks answers against the users of one realm.
pub struct Door {
    key: Zeroizing<[u8; 32]>,
    realm: String,
    offered: Vec<Hash>,
    users: HashMap<String, Secrets>,
    served: HashMap<[u8; 16], Served>,
    by_end: BTreeSet<(Moment, [u8; 16])>,
}

/// The counts that a nonce has served for.
#[derive(Clone, Copy)]
struct Served {
    highest: u32,
    /// Bit n: the count `highest - n` was used.
    window: u64,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Door({:?}, {} users, {} nonces)",
            self.realm,
            self.users.len(),
            self.served.len()
        )
    }
}

impl Door {
    /// Without users yet. `key` is secret; with a new one every nonce is stale.
    ///
    /// `offered`: what challenges ask for, the preferred first. [`Hash::Sha512`] is never offered.
    pub fn new(key: [u8; 32], realm: &str, offered: &[Hash]) -> Door {
        Door {
            key: Zeroizing::new(key),
            realm: realm.to_owned(),
            offered: offered.iter().copied().filter(|h| *h != Hash::Sha512).collect(),
            users: HashMap::new(),
            served: HashMap::new(),
            by_end: BTreeSet::new(),
        }
    }

    /// Replaces the users.
    pub fn set_users(&mut self, users: HashMap<String, Secrets>) {
        self.users = users;
    }

    /// Whether there is such a user.
    pub fn has(&self, user: &str) -> bool {
        self.users.contains_key(user)
    }

    /// Whose users these are.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Nonces in the table of counts; at most [`NONCES_MAX`].
    pub fn nonces(&self) -> usize {
        self.served.len()
    }

    /// The values of the WWW-Authenticate fields, the preferred first (RFC 8760 section 2.4).
    pub fn challenge(&self, now: Moment, source: IpAddr, stale: bool) -> Vec<String> {
        let mut time = [0; 6];
        time.copy_from_slice(&(now.micros() / 1_000).to_be_bytes()[2..]);
        let nonce = hex(&time) + &hex(&self.seal(&time, source));
        let stale = if stale { ", stale=true" } else { "" };
        let field = |hash: &Hash| {
            format!(
                "Digest realm=\"{}\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
                self.realm,
                Algorithm::plain(*hash).as_str()
            )
        };
        self.offered.iter().map(field).collect()
    }

    /// Weighs an answer that came from this address with a request of this method and Request-URI.
    pub fn check(
        &mut self,
        now: Moment,
        source: IpAddr,
        (method, uri): (&str, &str),
        answer: &Answer,
    ) -> Verdict {
        let hash = match answer.algorithm {
            Some(Algorithm { hash, session: false }) if self.offered.contains(&hash) => hash,
            Some(_) | None => return Verdict::Refused,
        };
        // We ask for qop=auth; "If a client receives a qop … it MUST send the qop" (RFC 3261
        // section 22.4). Without a count an answer could be sent twice.
        let auth = answer.qop.as_deref().is_some_and(|qop| qop.eq_ignore_ascii_case("auth"));
        let (Some(count), true, true) = (answer.count, auth, answer.realm == self.realm) else {
            return Verdict::Refused;
        };
        let decoy = self.decoy(hash, &answer.user);
        let secret = self.users.get(&answer.user).and_then(|s| s.by(hash));
        let asked = Asked {
            algorithm: Algorithm::plain(hash),
            nonce: &answer.nonce,
            counted: Some((&answer.cnonce, count)),
            method,
            uri: &answer.uri,
        };
        let expected = asked.response(secret.unwrap_or(&decoy));
        let given = Zeroizing::new(answer.response.to_ascii_lowercase());
        let right = same_secret(expected.as_bytes(), given.as_bytes());
        if !right || secret.is_none() || !same_uri(&answer.uri, uri) {
            return Verdict::Refused;
        }
        let fresh = self.age(now, source, &answer.nonce).filter(|(end, _)| *end > now);
        match fresh {
            Some((end, nonce)) if self.count(now, nonce, end, count) => {
                Verdict::Known(answer.user.clone())
            }
            Some(_) | None => Verdict::Stale,
        }
    }

    /// A secret for a user who is not there, so that the work is the same.
    fn decoy(&self, hash: Hash, user: &str) -> Zeroizing<String> {
        hash.of(&[user, &self.realm, "nobody"])
    }

    /// When a nonce of ours for this source ends, and its name; `None` for one that is not ours.
    fn age(&self, now: Moment, source: IpAddr, nonce: &str) -> Option<(Moment, [u8; 16])> {
        let bytes = unhex::<22>(nonce)?;
        let (time, seal) = bytes.split_at(6);
        if !same_secret(&self.seal(time, source), seal) {
            return None;
        }
        let ms = time.iter().fold(0, |n, &b| n << 8 | u64::from(b));
        let made = Moment::from_millis(ms);
        (made <= now).then_some((made + NONCE_LIFE, seal.try_into().ok()?))
    }

    fn seal(&self, time: &[u8], source: IpAddr) -> [u8; 16] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key[..]) else { return [0; 16] };
        mac.update(time);
        mac.update(self.realm.as_bytes());
        match source.to_canonical() {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            IpAddr::V6(v6) => mac.update(&v6.octets()),
        }
        let mut whole: [u8; 32] = mac.finalize().into_bytes().into();
        let seal = std::array::from_fn(|n| whole[n]);
        whole.zeroize();
        seal
    }

    /// Notes a count; false when it was used or cannot be noted: then the nonce counts as stale.
    fn count(&mut self, now: Moment, nonce: [u8; 16], end: Moment, count: u32) -> bool {
        while let Some(&(over, old)) = self.by_end.first().filter(|(over, _)| *over <= now) {
            self.by_end.remove(&(over, old));
            self.served.remove(&old);
        }
        if let Some(served) = self.served.get_mut(&nonce) {
            return served.take(count);
        }
        if self.served.len() >= NONCES_MAX {
            return false;
        }
        self.by_end.insert((end, nonce));
        self.served.insert(nonce, Served { highest: count, window: 1 });
        true
    }
}

impl Served {
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.window = if ahead < 64 { self.window << ahead | 1 } else { 1 };
            self.highest = count;
            return true;
        }
        let bit = 1u64.checked_shl(self.highest - count).unwrap_or(0);
        let fresh = bit != 0 && self.window & bit == 0;
        self.window |= bit;
        fresh
    }
}

/// RFC 7616 section 3.4.6: the answer must be about the resource that the request names.
fn same_uri(answered: &str, asked: &str) -> bool {
    let read = |text: &str| Uri::parse(text.as_bytes()).ok();
    answered == asked
        || matches!((read(answered), read(asked)), (Some(a), Some(b)) if a.same_as(&b))
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Challenge, Credentials, Login};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9));
    const AT: (&str, &str) = ("REGISTER", "sip:parley.example");

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1_000)
    }

    fn door() -> Door {
        let mut door = Door::new([3; 32], "parley.example", &[Hash::Sha256, Hash::Md5]);
        let secrets = Secrets::of("anna", "parley.example", "right");
        door.set_users(HashMap::from([("anna".to_owned(), secrets)]));
        door
    }

    /// A phone that was challenged at 10 s by the challenge of this place in the list.
    fn phone(door: &Door, user: &str, password: &str, nth: usize) -> Login {
        let mut login = Login::new(Credentials::new(user, password));
        let text = format!(
            "SIP/2.0 401 U\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nWWW-Authenticate: {}\r\n\r\n",
            door.challenge(at(10), HERE, false)[nth]
        );
        login.challenged(&crate::Message::parse(text.as_bytes()).unwrap(), 1).unwrap();
        login
    }

    fn answer(login: &mut Login) -> Answer {
        Answer::read(login.headers(AT.0, AT.1)[0].1.as_bytes()).unwrap()
    }

    #[test]
    fn the_right_password_opens_by_either_hash_and_each_count_once() {
        for nth in [0, 1] {
            let mut door = door();
            let mut login = phone(&door, "anna", "right", nth);
            let known = Verdict::Known("anna".to_owned());
            let (first, second, third) =
                (answer(&mut login), answer(&mut login), answer(&mut login));
            assert_eq!(door.check(at(11), HERE, AT, &first), known);
            assert_eq!(door.check(at(11), HERE, AT, &first), Verdict::Stale, "sent twice");
            assert_eq!(door.check(at(12), HERE, AT, &third), known);
            assert_eq!(door.check(at(12), HERE, AT, &second), known, "overtaken on its way");
            assert_eq!(door.check(at(12), HERE, AT, &second), Verdict::Stale);
        }
    }

    #[test]
    fn an_unknown_user_and_a_wrong_password_are_refused_alike() {
        let mut door = door();
        for (user, password) in [("anna", "wrong"), ("nobody", "right")] {
            let mut login = phone(&door, user, password, 0);
            assert_eq!(door.check(at(11), HERE, AT, &answer(&mut login)), Verdict::Refused);
            assert_eq!(door.check(at(99), HERE, AT, &answer(&mut login)), Verdict::Refused);
        }
        assert_eq!(door.nonces(), 0, "a failure leaves nothing behind");
    }

    #[test]
    fn what_is_not_offered_is_not_taken() {
        let mut door = door();
        let mut login = phone(&door, "anna", "right", 1);
        door.offered = vec![Hash::Sha256];
        assert_eq!(door.challenge(at(10), HERE, false).len(), 1);
        assert_eq!(door.check(at(11), HERE, AT, &answer(&mut login)), Verdict::Refused);
    }

    #[test]
    fn a_nonce_that_is_old_or_was_given_to_another_address_is_stale() {
        let mut door = door();
        let mut login = phone(&door, "anna", "right", 0);
        let elsewhere = "192.0.2.77".parse().unwrap();
        assert_eq!(door.check(at(11), elsewhere, AT, &answer(&mut login)), Verdict::Stale);
        assert_eq!(door.check(at(71), HERE, AT, &answer(&mut login)), Verdict::Stale);
        let mut renewed = Door::new([4; 32], "parley.example", &[Hash::Sha256]);
        renewed.set_users(std::mem::take(&mut door.users));
        assert_eq!(renewed.check(at(11), HERE, AT, &answer(&mut login)), Verdict::Stale);
    }

    #[test]
    fn an_answer_for_another_method_uri_or_quality_is_refused() {
        let mut door = door();
        let mut login = phone(&door, "anna", "right", 0);
        let fine = answer(&mut login);
        let other = |method, uri, answer: &Answer, door: &mut Door| {
            door.check(at(11), HERE, (method, uri), answer)
        };
        assert_eq!(other("INVITE", AT.1, &fine, &mut door), Verdict::Refused);
        assert_eq!(other("REGISTER", "sip:elsewhere", &fine, &mut door), Verdict::Refused);
        let int = Answer { qop: Some("auth-int".to_owned()), ..fine.clone() };
        assert_eq!(other(AT.0, AT.1, &int, &mut door), Verdict::Refused);
        let uncounted = Answer { count: None, ..fine.clone() };
        assert_eq!(other(AT.0, AT.1, &uncounted, &mut door), Verdict::Refused);
        assert_eq!(other(AT.0, AT.1, &fine, &mut door), Verdict::Known("anna".to_owned()));
    }

    #[test]
    fn the_table_of_counts_forgets_nonces_that_are_over() {
        let mut door = door();
        for second in 10..200 {
            let text = door.challenge(at(second), HERE, false)[0].clone();
            let challenge = &Challenge::read_all(text.as_bytes())[0];
            let end = at(second) + NONCE_LIFE;
            let name = door.age(at(second), HERE, &challenge.nonce).unwrap().1;
            assert!(door.count(at(second), name, end, 1));
        }
        assert!(door.nonces() <= 61, "{}", door.nonces());
    }
}
