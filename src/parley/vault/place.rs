//! The vault's own directory and its own user.
//!
//! The vault changes its user before it opens a file, and is started in this directory: what it reads there it
//! names without a path, so no directory above has to be open to its user.
//!
//! Owns: who the vault becomes, whether that user can read what it must. Never: what is in the files.

use rustix::process::geteuid;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The user that is taken where there is one and none is named.
const USER: &str = "parley-vault";
/// `nobody`, on every Linux.
pub const NOBODY: u32 = 65_534;

/// Makes a directory that others may pass through and look into.
pub fn open_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(0o755))
}

/// Writes a file that others may read, all of it or nothing of it; one that is right is left alone.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    fs::rename(&beside, path)
}

/// Whom the vault becomes; `None`: we are not root, and it stays who we are.
///
/// # Errors
/// There is no such user, or it is root.
pub fn user(named: Option<&str>) -> Result<Option<u32>, String> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    match named {
        None => Ok(Some(number_of(&users, USER).unwrap_or(NOBODY))),
        Some(name) => match name.parse().ok().or_else(|| number_of(&users, name)) {
            Some(0) => Err("payments.user is root; name a user of the vault's own".to_owned()),
            Some(number) => Ok(Some(number)),
            None => Err(format!(
                "payments.user: there is no user {name:?}; make one: useradd --system {name}"
            )),
        },
    }
}

fn number_of(users: &str, name: &str) -> Option<u32> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

/// The first place on the way to a file that bars this user from reading it. It has a group of its number and no
/// other.
pub fn barred(path: &Path, user: u32) -> io::Result<Option<PathBuf>> {
    let path = path.canonicalize()?;
    for place in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
        if !may(&fs::metadata(place)?, user, 0o1) {
            return Ok(Some(place.to_owned()));
        }
    }
    Ok((!may(&fs::metadata(&path)?, user, 0o4)).then_some(path))
}

fn may(of: &fs::Metadata, user: u32, bit: u32) -> bool {
    let shift = match (of.uid() == user, of.gid() == user) {
        (true, _) => 6,
        (false, true) => 3,
        (false, false) => 0,
    };
    of.mode() >> shift & bit != 0
}

/// Writes a secret that the vault's user alone may read.
pub fn put_secret(path: &Path, secret: &[u8], user: Option<u32>) -> io::Result<()> {
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let open = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&beside);
    open?.write_all(secret)?;
    if let Some(user) = user {
        std::os::unix::fs::chown(&beside, Some(user), None)?;
    }
    fs::rename(&beside, path)
}

/// A new directory for a test.
#[cfg(test)]
pub fn test_dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("parley-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_or_a_number_and_never_root() {
        let users = "root:x:0:0::/root:/bin/sh\nparley-vault:x:998:998::/:/bin/false\n";
        assert_eq!(number_of(users, USER), Some(998));
        assert_eq!(number_of(users, "parley"), None);
        if geteuid().is_root() {
            assert!(user(Some("root")).is_err() && user(Some("0")).is_err());
            assert!(user(Some("no-such-user-here")).unwrap_err().contains("useradd"));
            assert_eq!(user(Some("1234")), Ok(Some(1234)));
        }
    }

    #[test]
    fn what_bars_a_user_from_a_file_is_named() {
        let dir = test_dir("vault-barred").canonicalize().unwrap();
        let file = dir.join("key");
        put(&file, b"k").unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        mode(&dir, 0o711);
        assert_eq!(barred(&file, 4_321).unwrap(), None);
        mode(&file, 0o600);
        assert_eq!(barred(&file, 4_321).unwrap(), Some(file.clone()));
        let owner = fs::metadata(&file).unwrap().uid();
        assert_eq!(barred(&file, owner).unwrap(), None);
        mode(&dir, 0o600);
        assert_eq!(barred(&file, 4_321).unwrap(), Some(dir.clone()));
        mode(&dir, 0o700);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_secret_is_read_by_its_user_alone() {
        let dir = test_dir("vault-secret");
        let file = dir.join("key");
        for _ in 0..2 {
            put_secret(&file, b"k", None).unwrap();
            assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o400);
        }
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_file_that_is_right_is_left_alone() {
        let dir = test_dir("vault-put");
        let file = dir.join("a");
        put(&file, b"one").unwrap();
        let inode = fs::metadata(&file).unwrap().ino();
        put(&file, b"one").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().ino(), inode);
        put(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        fs::remove_dir_all(dir).unwrap();
    }
}
