//! `parley doctor`: looks at everything that a server needs, and says what to do about each.

mod addresses;
mod certificates;
mod keeping;
mod machine;
mod network;
mod paying;
mod voices;

use super::{say, settings, table};
use crate::Outcome;
use crate::cli;
use crate::config::{Config, ConfigError};
use std::process::ExitCode;

/// How a finding stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    /// All right.
    Good,
    /// Works; somebody should look at it.
    Look,
    /// Does not work.
    Bad,
}

/// One line of the doctor's page.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Finding {
    mark: Mark,
    what: String,
    todo: Option<String>,
}

impl Finding {
    fn good(what: impl Into<String>) -> Self {
        Self { mark: Mark::Good, what: what.into(), todo: None }
    }

    fn look(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { mark: Mark::Look, what: what.into(), todo: Some(todo.into()) }
    }

    fn bad(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { mark: Mark::Bad, what: what.into(), todo: Some(todo.into()) }
    }

    fn line(&self) -> String {
        let sign = match self.mark {
            Mark::Good => "✓",
            Mark::Look => "!",
            Mark::Bad => "✗",
        };
        let text = match &self.todo {
            Some(todo) => format!("{}: {todo}", self.what),
            None => self.what.clone(),
        };
        format!("{sign} {}\n", table::printable(&text))
    }
}

/// Looks, tells, and fails when something does not work.
pub fn run(args: cli::Doctor) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let mut all = Vec::new();
    for (title, look) in SECTIONS {
        let findings = look(&config);
        let lines: String = findings.iter().map(Finding::line).collect();
        say(&format!("{title}\n{lines}"))?;
        all.extend(findings);
    }
    say(&verdict(&all))?;
    Ok(if all.iter().any(|f| f.mark == Mark::Bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

type Look = fn(&Config) -> Vec<Finding>;

/// Each section is printed as soon as it is looked at: some take seconds.
const SECTIONS: [(&str, Look); 9] = [
    ("configuration", configuration),
    ("network", network::look),
    ("certificates", certificates::look),
    ("voices", voices::look),
    ("dialplans", voices::look_at_dialplans),
    ("store", keeping::look),
    ("payments", paying::look),
    ("limits", machine::look_at_limits),
    ("machine", machine::look),
];

fn configuration(config: &Config) -> Vec<Finding> {
    let checks: [Result<(), ConfigError>; 4] = [
        config.listens().map(drop),
        config.media_ports().map(drop),
        config.exchange([0; 32]).map(drop),
        config.check_digit().map(drop),
    ];
    let faults: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if faults.is_empty() {
        return vec![Finding::good("every value can be used")];
    }
    faults.iter().map(|fault| Finding::bad("a value cannot be used", fault.to_string())).collect()
}

fn verdict(findings: &[Finding]) -> String {
    let count = |mark| findings.iter().filter(|f| f.mark == mark).count();
    match (count(Mark::Bad), count(Mark::Look)) {
        (0, 0) => "\nall is well\n".to_owned(),
        (0, look) => format!("\nparley can run; {look} to look at\n"),
        (bad, look) => {
            format!("\n{bad} to mend before parley can run as configured, {look} to look at\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_says_what_to_do() {
        assert_eq!(Finding::good("port free").line(), "✓ port free\n");
        assert_eq!(Finding::look("clock", "install chrony").line(), "! clock: install chrony\n");
        assert_eq!(Finding::bad("a\nb", "stop it").line().lines().count(), 1);
    }

    #[test]
    fn the_last_line_counts_what_is_to_do() {
        let good = Finding::good("a");
        let look = Finding::look("b", "c");
        let bad = Finding::bad("d", "e");
        assert_eq!(verdict(std::slice::from_ref(&good)), "\nall is well\n");
        assert_eq!(verdict(&[good, look.clone()]), "\nparley can run; 1 to look at\n");
        assert!(verdict(&[bad, look]).starts_with("\n1 to mend"));
    }

    #[test]
    fn a_wrong_value_of_the_configuration_is_a_finding() {
        let mut config = Config::default();
        assert_eq!(configuration(&config)[0].mark, Mark::Good);
        config.media.ports = "9000".into();
        config.company.time_zone = "Europe/Nowhere".into();
        let findings = configuration(&config);
        assert_eq!(findings.len(), 2);
        assert!(findings.iter().all(|f| f.mark == Mark::Bad));
    }
}
