//! `parley certs`: certificates of one's own.

use super::say;
use crate::Outcome;
use crate::cli::{Certs, CertsCommand};
use crate::clock::Clock;
use crate::tls::authority::{FILES, make, write};
use std::process::ExitCode;

/// Makes them, and says what to do with them.
pub fn run(args: Certs) -> Outcome {
    let CertsCommand::Init { dir, names } = args.command;
    let today = jiff::Timestamp::from_microsecond(Clock::start().unix_us())?;
    write(&dir, &make(&names, today)?)?;
    let place = |file: &str| dir.join(file).display().to_string();
    let [authority, authority_key, server, key] = FILES.map(place);
    say(&format!(
        "made for {}:\n  {server} and {key}: put them under tls.certificate and tls.key\n  \
         {authority}: phones and trunks that call this server must trust it\n  \
         {authority_key}: signs further certificates; keep it away from the server\n",
        names.join(", ")
    ))?;
    Ok(ExitCode::SUCCESS)
}
