//! The users file: who may log in with a SIP phone, as hashes that digest authentication needs, and whom
//! each may call by the trunks.
//!
//! A hash of name, realm and password serves whoever has it as the password would, for this realm
//! alone: the file is readable by its owner only.
//!
//! Owns: reading it whole or not at all, writing it whole or not at all. Never: a password.

use crate::core::{Shared, turn};
use exchange::MayCall;
use serde::{Deserialize, Serialize};
use sip::digest::Secrets;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Bytes of the file: all users that the registrar takes, and room for comments.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// What stands at the top of the file.
const HEAD: &str = "# Phones that may log in; made by `parley phones`. Whoever has these hashes can log in with them.\n\n";

/// Everybody who may log in, by name.
#[derive(Clone, Default)]
pub struct Users(pub BTreeMap<String, User>);

/// One of them.
#[derive(Clone)]
pub struct User {
    pub realm: String,
    pub secrets: Secrets,
    /// Beginnings of the numbers that he may call by the trunks.
    pub calls: Vec<String>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    users: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Line {
    name: String,
    realm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ha1_md5: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ha1_sha256: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<String>,
}

/// Why the file cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    #[error("cannot read {path}: {source}; run parley as the user that owns it", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}: {source}; name a place that parley may write to: phones.users-file", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} is larger than {FILE_BYTES_MAX} bytes; that is no users file", path = path.display())]
    TooLarge { path: PathBuf },
    // The parser's own message quotes the line, and with it a hash.
    #[error("{path} cannot be read at line {line}; write it as `parley phones add` does", path = path.display())]
    Syntax { path: PathBuf, line: usize },
    #[error("{path}: user {name:?}: {problem}", path = path.display())]
    User { path: PathBuf, name: String, problem: &'static str },
    #[error("{path} has more than {max} users", path = path.display(), max = sip::limits::USERS_MAX)]
    TooMany { path: PathBuf },
}

impl Users {
    /// Reads the file; one that is not there has no users.
    ///
    /// # Errors
    /// [`UsersError`]; no message holds a hash.
    pub fn read(path: &Path) -> Result<Users, UsersError> {
        let failed = |source| UsersError::Read { path: path.to_owned(), source };
        let text = match std::fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Users::default()),
            Err(e) => return Err(failed(e)),
            Ok(about) if about.len() > FILE_BYTES_MAX => {
                return Err(UsersError::TooLarge { path: path.to_owned() });
            }
            Ok(_) => Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?),
        };
        let file: File = toml::from_str(&text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count() + 1;
            UsersError::Syntax { path: path.to_owned(), line }
        })?;
        if file.users.len() > sip::limits::USERS_MAX {
            return Err(UsersError::TooMany { path: path.to_owned() });
        }
        let mut users = BTreeMap::new();
        for line in file.users {
            let (name, problem) = (line.name.clone(), line.problem());
            let known = users.contains_key(&name);
            let problem = problem.or(known.then_some("stands twice; remove one"));
            if let Some(problem) = problem {
                return Err(UsersError::User { path: path.to_owned(), name, problem });
            }
            let secrets = Secrets { md5: line.ha1_md5, sha256: line.ha1_sha256 };
            users.insert(name, User { realm: line.realm, secrets, calls: line.calls });
        }
        Ok(Users(users))
    }

    /// Writes the file beside its place and moves it there; its owner alone may read it.
    ///
    /// # Errors
    /// [`UsersError::Write`]; the old file is then as it was.
    pub fn write(&self, path: &Path) -> Result<(), UsersError> {
        let failed = |source| UsersError::Write { path: path.to_owned(), source };
        let line = |(name, user): (&String, &User)| Line {
            name: name.clone(),
            realm: user.realm.clone(),
            ha1_md5: user.secrets.md5.clone(),
            ha1_sha256: user.secrets.sha256.clone(),
            calls: user.calls.clone(),
        };
        let file = File { users: self.0.iter().map(line).collect() };
        let text = toml::to_string(&file).map_err(|e| failed(io::Error::other(e)))?;
        let text = Zeroizing::new(text);
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".new-{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let written =
            private(&beside, &[HEAD, &text]).and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(failed)
    }

    /// The users of this realm, and the names of those who were hashed for another one.
    pub fn of_realm(&self, realm: &str) -> (HashMap<String, Secrets>, Vec<String>) {
        let (ours, others): (Vec<_>, Vec<_>) = self.0.iter().partition(|(_, u)| u.realm == realm);
        let secrets = ours.into_iter().map(|(name, u)| (name.clone(), u.secrets.clone()));
        (secrets.collect(), others.into_iter().map(|(name, _)| name.clone()).collect())
    }

    /// What the users of this realm may call by the trunks.
    pub fn may_call(&self, realm: &str) -> MayCall {
        let ours = self.0.iter().filter(|(_, user)| user.realm == realm);
        ours.map(|(name, user)| (name.clone(), user.calls.clone())).collect()
    }
}

impl Line {
    fn problem(&self) -> Option<&'static str> {
        let hex = |text: &Option<Zeroizing<String>>, digits: usize| {
            text.as_ref().is_none_or(|t| {
                t.len() == digits && t.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            })
        };
        if !is_name(&self.name) {
            return Some(NAME_RULE);
        }
        if self.ha1_md5.is_none() && self.ha1_sha256.is_none() {
            return Some("has no hash; add it anew with parley phones add");
        }
        if !self.calls.iter().all(|start| is_start(start)) {
            return Some(START_RULE);
        }
        let fine = hex(&self.ha1_md5, 32) && hex(&self.ha1_sha256, 64);
        (!fine).then_some("has a hash that is none; add the user anew with parley phones add")
    }
}

/// How the numbers that a user may call are written.
pub const START_RULE: &str =
    "what a user may call begins with + and digits, like +48 or +48600; + alone is every number";

/// Whether numbers can begin so.
pub fn is_start(start: &str) -> bool {
    let digits = start.strip_prefix('+');
    digits.is_some_and(|d| d.len() <= 15 && d.bytes().all(|b| b.is_ascii_digit()))
}

/// How a user may be called.
pub const NAME_RULE: &str = "a name has 1 to 64 letters, digits, dots, dashes, underscores or +";

/// Whether a phone can be called by this name without escapes.
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(&b))
}

fn private(path: &Path, parts: &[&str]) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    for part in parts {
        file.write_all(part.as_bytes())?;
    }
    file.sync_all()
}

/// Reads the users now and whenever the file changes. A broken file keeps the last good users.
pub async fn keep_users_fresh(core: Shared, path: PathBuf, realm: String) {
    let mut seen: Option<Option<SystemTime>> = None;
    loop {
        let changed = std::fs::metadata(&path).and_then(|m| m.modified()).ok();
        if seen != Some(changed) {
            seen = Some(changed);
            renew(&core, &path, &realm);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn renew(core: &Shared, path: &Path, realm: &str) {
    match Users::read(path) {
        Ok(users) => {
            let (ours, others) = users.of_realm(realm);
            for name in others {
                tracing::warn!(
                    alarm = true,
                    "user {name} was made for another realm and cannot log in; add the user anew"
                );
            }
            if path.exists() {
                let open = crate::secrets::is_open_to_others(path).unwrap_or(false);
                if open {
                    tracing::warn!(
                        alarm = true,
                        "others may read {}; chmod 600 it",
                        path.display()
                    );
                }
                tracing::info!(users = ours.len(), "phones may log in");
            }
            let may_call = users.may_call(realm);
            turn(core, |exchange, _| {
                exchange.phones_changed(ours);
                exchange.may_call_changed(may_call);
            });
        }
        Err(error) => tracing::error!(alarm = true, "users stay as they are: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn place(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("parley-users-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        dir.join("users.toml")
    }

    #[test]
    fn what_is_written_is_read_by_its_owner_alone_and_holds_no_password() {
        let path = place("round");
        assert!(Users::read(&path).unwrap().0.is_empty(), "no file, no users");
        let secrets = Secrets::of("anna", "parley", "correct horse");
        let user = User { realm: "parley".into(), secrets, calls: vec!["+48".into()] };
        Users(BTreeMap::from([("anna".to_owned(), user)])).write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("horse") && text.contains("ha1-sha256"), "{text}");
        let users = Users::read(&path).unwrap();
        assert_eq!(users.of_realm("parley").0.len(), 1);
        assert_eq!(users.of_realm("other").1, ["anna"]);
        assert_eq!(users.may_call("parley")["anna"], ["+48"]);
        assert!(users.may_call("other").is_empty());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_broken_file_is_refused_without_quoting_a_hash() {
        let path = place("broken");
        let hash = "0123456789abcdef0123456789abcdef";
        let table = [
            (format!("[[users]]\nname = \"anna\"\nrealm = \"p\"\nha1-md5 = \"{hash}\n"), "line 4"),
            (
                format!("[[users]]\nname = \"a b\"\nrealm = \"p\"\nha1-md5 = \"{hash}\"\n"),
                "64 letters",
            ),
            ("[[users]]\nname = \"anna\"\nrealm = \"p\"\n".to_owned(), "no hash"),
            (
                format!(
                    "[[users]]\nname = \"anna\"\nrealm = \"p\"\nha1-md5 = \"{hash}\"\ncalls = [\"48\"]\n"
                ),
                "begins with +",
            ),
            (format!("[[users]]\nname = \"anna\"\nrealm = \"p\"\nha1-md5 = \"{hash}0\"\n"), "anew"),
            (
                format!("[[users]]\nname = \"anna\"\nrealm = \"p\"\nha1-md5 = \"{hash}\"\n")
                    .repeat(2),
                "twice",
            ),
        ];
        for (text, says) in table {
            std::fs::write(&path, &text).unwrap();
            let error = Users::read(&path).map(drop).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains(hash), "{error}");
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
