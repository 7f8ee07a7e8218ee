//! `parley phones`: who may log in with a SIP phone.

use super::table::{Column, render};
use super::{Failure, say, settings};
use crate::Outcome;
use crate::cli::{self, PhonesCommand};
use crate::users::{NAME_RULE, START_RULE, User, Users, is_name, is_start};
use sip::digest::Secrets;
use std::io::BufRead;
use std::path::Path;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Letters of a password that is read off one screen and typed into another: nothing looks alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345679";
/// 20 letters of 5 bits: nobody guesses 100 bits, by the hash neither.
const PASSWORD_LETTERS: usize = 20;
/// Shortest password that is taken from somebody.
const PASSWORD_CHARS_MIN: usize = 12;

const COLUMNS: [Column; 4] = [
    Column::text("name", 30),
    Column::text("realm", 24),
    Column::text("hashes", 12),
    Column::text("may call", 26),
];

/// Adds, lists or removes users.
pub fn run(args: cli::Phones) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let file = args.file.unwrap_or(config.phones.users_file);
    let realm = config.phones.realm;
    match args.command {
        PhonesCommand::Add { name, password_stdin } => add(&file, &realm, &name, password_stdin)?,
        PhonesCommand::Allow { name, numbers } => allow(&file, &name, numbers)?,
        PhonesCommand::List => list(&file)?,
        PhonesCommand::Remove { name } => remove(&file, &name)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(file: &Path, realm: &str, name: &str, from_stdin: bool) -> Result<(), Failure> {
    if !is_name(name) {
        return Err(format!("{name:?} is no name for a phone: {NAME_RULE}").into());
    }
    let mut users = Users::read(file)?;
    let password = if from_stdin { given()? } else { random()? };
    let secrets = Secrets::of(name, realm, &password);
    let calls = users.0.get(name).map(|user| user.calls.clone()).unwrap_or_default();
    let old = users.0.insert(name.to_owned(), User { realm: realm.to_owned(), secrets, calls });
    users.write(file)?;
    let what = if old.is_some() { "has a new password" } else { "may log in" };
    say(&format!("{name} {what}: user {name}, realm {realm}\n"))?;
    if !from_stdin {
        say(&format!("password {} (shown once; it is kept nowhere)\n", password.as_str()))?;
    }
    Ok(())
}

fn allow(file: &Path, name: &str, numbers: Vec<String>) -> Result<(), Failure> {
    if let Some(wrong) = numbers.iter().find(|start| !is_start(start)) {
        return Err(format!("{wrong:?}: {START_RULE}").into());
    }
    let mut users = Users::read(file)?;
    let Some(user) = users.0.get_mut(name) else {
        return Err(missing(file, name));
    };
    let what = match numbers.is_empty() {
        true => "colleagues and the hotline alone".to_owned(),
        false => format!("numbers that begin with {}", numbers.join(", ")),
    };
    user.calls = numbers;
    users.write(file)?;
    Ok(say(&format!("{name} may call {what}; a running server notices within seconds\n"))?)
}

fn missing(file: &Path, name: &str) -> Failure {
    format!("there is no {name} in {}; see: parley phones list", file.display()).into()
}

fn list(file: &Path) -> Result<(), Failure> {
    let users = Users::read(file)?;
    if users.0.is_empty() {
        say(&format!("no phones in {}; add one: parley phones add NAME\n", file.display()))?;
        return Ok(());
    }
    let hashes = |s: &Secrets| match (&s.md5, &s.sha256) {
        (Some(_), Some(_)) => "MD5, SHA-256",
        (Some(_), None) => "MD5",
        (None, Some(_)) => "SHA-256",
        (None, None) => "-",
    };
    let row = |(name, user): (&String, &User)| {
        let calls = if user.calls.is_empty() { "-".to_owned() } else { user.calls.join(" ") };
        vec![name.clone(), user.realm.clone(), hashes(&user.secrets).to_owned(), calls]
    };
    let rows: Vec<_> = users.0.iter().map(row).collect();
    Ok(say(&render(&COLUMNS, &rows))?)
}

fn remove(file: &Path, name: &str) -> Result<(), Failure> {
    let mut users = Users::read(file)?;
    if users.0.remove(name).is_none() {
        return Err(missing(file, name));
    }
    users.write(file)?;
    Ok(say(&format!("{name} may no longer log in; a running server notices within seconds\n"))?)
}

fn given() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    let password = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!("the password is shorter than {PASSWORD_CHARS_MIN} characters").into());
    }
    Ok(password)
}

fn random() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; PASSWORD_LETTERS]);
    getrandom::fill(&mut bytes[..]).map_err(|e| {
        format!("this system gives no random bytes: {e}; look at its kernel's getrandom")
    })?;
    let letter = |b: &u8| char::from(LETTERS[usize::from(b % 32)]);
    Ok(Zeroizing::new(bytes.iter().map(letter).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_added_once_listed_and_removed() {
        let dir = std::env::temp_dir().join(format!("parley-phones-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("users.toml");
        add(&file, "parley", "anna", false).unwrap();
        allow(&file, "anna", vec!["+48".to_owned()]).unwrap();
        let wrong = allow(&file, "anna", vec!["0048".to_owned()]).unwrap_err().to_string();
        assert!(wrong.contains("begins with +"), "{wrong}");
        add(&file, "parley", "anna", false).unwrap();
        assert_eq!(Users::read(&file).unwrap().0["anna"].calls, ["+48"], "a new password keeps it");
        assert_eq!(Users::read(&file).unwrap().0.len(), 1);
        assert!(add(&file, "parley", "an na", false).unwrap_err().to_string().contains("letters"));
        remove(&file, "anna").unwrap();
        assert!(remove(&file, "anna").unwrap_err().to_string().contains("phones list"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn two_passwords_differ_and_have_twenty_letters() {
        let (one, two) = (random().unwrap(), random().unwrap());
        assert_eq!(one.len(), PASSWORD_LETTERS);
        assert_ne!(one, two);
    }
}
