//! Cards in calls: whether the vault can be started here as it is configured.

use super::Finding;
use crate::commands::wait_for;
use crate::config::{Config, Gateway};
use crate::vault;
use std::path::Path;

/// Locked memory of a vault that serves nobody (measured: 6.7 MB), and of each caller who pays (a generous guess).
const VAULT_BYTES: u64 = 7 << 20;
const CAPTURE_BYTES: u64 = 160 << 10;

/// Looks at all of it; the vault is started for a moment, so that every lock of the kernel is tried.
pub fn look(config: &Config) -> Vec<Finding> {
    let gateway = match config.payments.gateway() {
        Ok(Some(gateway)) => gateway,
        Ok(None) => return vec![Finding::good("no card is taken: payments are not configured")],
        Err(error) => {
            return vec![Finding::bad("payments are not whole", error.to_string())];
        }
    };
    let mut findings = vec![open_to_others(&gateway.secret_file), allowed(config)];
    if config.payments.vault.is_some() {
        findings.push(user(config.payments.user.as_deref()));
        findings.push(memory(config.payments.captures));
        findings.push(started(config, &gateway));
    }
    findings
}

fn allowed(config: &Config) -> Finding {
    match (config.payments.vault.is_some(), config.payments.moto_ivr_allowed) {
        (true, true) => Finding::good("cards are taken in calls"),
        (true, false) => Finding::look(
            "no card is taken in calls",
            "set payments.moto-ivr-allowed once the acquirer permits orders keyed on a telephone",
        ),
        (false, _) => Finding::look("no card is taken in calls", "name payments.vault"),
    }
}

fn open_to_others(secret: &Path) -> Finding {
    let name = secret.display();
    match crate::secrets::is_open_to_others(secret) {
        Ok(false) => Finding::good(format!("the gateway's key {name} is its owner's alone")),
        Ok(true) => Finding::bad(
            format!("the gateway's key {name} is open to others"),
            format!("chmod 400 {name}"),
        ),
        Err(error) => Finding::bad(
            format!("the gateway's key {name} cannot be looked at ({error})"),
            "name it under payments.secret-file",
        ),
    }
}

/// A user that runs other programs, too, is no user of its own.
fn user(named: Option<&str>) -> Finding {
    let is_root = rustix::process::geteuid().is_root();
    match vault::user(named) {
        Ok(Some(vault::NOBODY)) => Finding::look(
            "the vault becomes nobody unless payments.user says otherwise",
            "make it a user of its own: useradd --system --shell /usr/sbin/nologin parley-vault",
        ),
        Ok(Some(user)) => Finding::good(format!("the vault becomes user {user}")),
        Ok(None) if !is_root => Finding::look(
            "the vault runs as the user of this program",
            "start parley as root where it shall become a user of its own",
        ),
        Ok(None) => Finding::good("the vault stays who it is"),
        Err(why) => Finding::bad("the vault has no user", why),
    }
}

/// A conversation with the gateway takes memory that is locked, too.
fn memory(captures: u16) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Memlock).maximum;
    let needed = VAULT_BYTES + CAPTURE_BYTES * u64::from(captures);
    match limit {
        Some(limit) if limit < needed => Finding::look(
            format!(
                "{} kB of memory may be locked, enough for {} of payments.captures = {captures}",
                limit >> 10,
                limit.saturating_sub(VAULT_BYTES) / CAPTURE_BYTES
            ),
            format!("set LimitMEMLOCK={}M in the service", (needed >> 20) + 1),
        ),
        _ => Finding::good(format!("enough memory may be locked for {captures} captures")),
    }
}

fn started(config: &Config, gateway: &Gateway) -> Finding {
    match wait_for(vault::trial(config, gateway)) {
        Ok(Ok(bytes)) => Finding::good(format!(
            "the vault starts here and closes every lock; it has {} MB of prompts",
            (bytes >> 20) + 1
        )),
        Ok(Err(why)) => Finding::bad("the vault does not start here", why),
        Err(error) => Finding::bad(format!("the vault cannot be tried ({error})"), "start again"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mark;
    use super::*;

    #[test]
    fn nothing_configured_is_nothing_to_mend_and_half_of_it_is() {
        assert_eq!(look(&Config::default())[0].mark, Mark::Good);
        let half =
            Config::parse("[payments]\nvault = \"vault\"\nurl = \"https://g.test\"\n").unwrap();
        let findings = look(&half);
        assert_eq!(findings[0].mark, Mark::Bad);
        assert!(findings[0].todo.as_ref().unwrap().contains("payments.secret-file"));
    }

    #[test]
    fn a_vault_that_is_not_there_is_told_with_how_to_build_it() {
        let dir = vault::place::test_dir("doctor-vault");
        std::fs::write(dir.join("key"), "sk_test").unwrap();
        let d = dir.display();
        let text = format!(
            "[payments]\nvault = \"{d}/none\"\nurl = \"https://g.test\"\nsecret-file = \"{d}/key\"\n\
             roots-file = \"{d}/roots\"\nmoto-ivr-allowed = true\ndir = \"{d}/vault\"\n"
        );
        let findings = look(&Config::parse(&text).unwrap());
        let last = findings.last().unwrap();
        assert_eq!(last.mark, Mark::Bad);
        assert!(last.todo.as_ref().unwrap().contains("cargo build --profile vault"), "{last:?}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
