//! Certificates: are they there, do they fit, how long are they good, who reads the key.

use super::Finding;
use crate::clock::Clock;
use crate::config::Config;
use crate::secrets;
use crate::tls::files::{Material, Standing, standing};
use crate::tls::{Tls, WARN_DAYS};
use std::path::Path;

/// Looks at what `[tls]` names.
pub fn look(config: &Config) -> Vec<Finding> {
    let listens = config.listens().unwrap_or_default();
    let secure = listens.iter().any(|l| l.transport.is_secure());
    let Some(certificate) = &config.tls.certificate else {
        return vec![match secure {
            true => Finding::bad(
                "a listener speaks TLS without a certificate",
                "set tls.certificate and tls.key, or run `parley certs init`",
            ),
            false => Finding::good("none are needed: no listener speaks TLS"),
        }];
    };
    let today = jiff::Timestamp::from_microsecond(Clock::start().unix_us()).unwrap_or_default();
    let mut findings = match Tls::open(&config.tls, &listens) {
        Ok(tls) => tls.look(|material| dates(certificate, material, today)),
        Err(error) => vec![Finding::bad("the certificates cannot be used", error.to_string())],
    };
    findings.extend(config.tls.key.as_deref().and_then(private));
    findings
}

fn dates(path: &Path, material: &Material, today: jiff::Timestamp) -> Vec<Finding> {
    let Some(own) = &material.own else { return Vec::new() };
    let (name, to) = (path.display(), own.to);
    let todo = "put a new one in its place, it is used without a restart";
    let finding = match standing(own, today) {
        Standing::Good { days_left } if days_left < WARN_DAYS => {
            Finding::look(format!("{name} ends on {to}, in {days_left} days"), todo)
        }
        Standing::Good { .. } => Finding::good(format!("{name} fits its key and is good to {to}")),
        Standing::NotYet => {
            let from = own.from;
            Finding::bad(format!("{name} is good only from {from}"), "look at the clock")
        }
        Standing::Expired => Finding::bad(format!("{name} ended on {to}"), todo),
    };
    let mut findings = vec![finding];
    if own.identities().is_empty() {
        findings.push(Finding::look(
            format!("{name} names no host or SIP domain"),
            "peers look for one in subjectAltName",
        ));
    }
    findings
}

fn private(key: &Path) -> Option<Finding> {
    let name = key.display();
    match secrets::is_open_to_others(key) {
        Ok(true) => {
            Some(Finding::bad(format!("{name} is open to others"), format!("chmod 600 {name}")))
        }
        Ok(false) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mark;
    use super::*;
    use crate::tls::authority::{make, write};

    #[test]
    fn a_certificate_is_told_good_soon_to_end_and_ended() {
        let dir = std::env::temp_dir().join(format!("parley-doctor-tls-{}", std::process::id()));
        let made: jiff::Timestamp = "2026-05-04T12:00:00Z".parse().unwrap();
        write(&dir, &make(&["localhost".to_owned()], made).unwrap()).unwrap();
        let mut config = Config::default();
        assert_eq!(look(&config)[0].mark, Mark::Good);
        config.sip.listen = vec!["tls:127.0.0.1:0".into()];
        assert_eq!(look(&config)[0].mark, Mark::Bad, "TLS without a certificate");
        config.tls.certificate = Some(dir.join("server.pem"));
        config.tls.key = Some(dir.join("server.key"));
        let listens = config.listens().unwrap();
        let tls = Tls::open(&config.tls, &listens).unwrap();
        let at = |day: &str| {
            let day = format!("{day}T12:00:00Z").parse().unwrap();
            tls.look(|material| dates(&dir.join("server.pem"), material, day)).remove(0).mark
        };
        assert_eq!(at("2026-06-01"), Mark::Good);
        assert_eq!(at("2027-05-20"), Mark::Look);
        assert_eq!(at("2027-06-20"), Mark::Bad);
        assert!(private(&dir.join("server.key")).is_none());
        assert_eq!(private(&dir.join("server.pem")).unwrap().mark, Mark::Bad);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
