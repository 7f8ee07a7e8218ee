//! `parley call`: a small test phone for people without one. Real SIP, real RTP; prints what happens and when.

mod ear;
mod fault;
mod line;
mod mouth;
mod order;
mod phone;
mod script;
mod talk;
mod terms;
mod timeline;

use super::{say, wait_for};
use crate::Outcome;
use crate::cli;
use crate::clock::Clock;
use fault::CallError;
use order::Order;
use phone::{Phone, Remains};
use script::Script;
use std::path::Path;
use std::process::ExitCode;

/// Makes one call; succeeds when it was answered and ended normally.
pub fn run(args: cli::Call) -> Outcome {
    let (order, script) = Order::read(&args)?;
    let made = wait_for(make(&order, script))?;
    let (remains, verdict) = match made {
        Ok((remains, verdict)) => (remains, verdict),
        Err(error) => (None, Err(error)),
    };
    if let Some(path) = &order.record {
        keep(path, remains)?;
    }
    verdict.map(|()| ExitCode::SUCCESS).map_err(Into::into)
}

async fn make(
    order: &Order,
    script: Script,
) -> Result<(Option<Remains>, Result<(), CallError>), CallError> {
    Phone::dial(order, script, Clock::start()).await?.run().await
}

/// Writes the recording; a call that was not answered leaves no empty file behind.
fn keep(path: &Path, remains: Option<Remains>) -> Result<(), Box<dyn std::error::Error>> {
    let Some(Remains { recording }) = remains else {
        if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
            std::fs::remove_file(path)?;
        }
        return Ok(());
    };
    audio::wav::write(path, audio::TELEPHONE_RATE_HZ, &[&recording])?;
    let seconds = recording.len() as f64 / f64::from(audio::TELEPHONE_RATE_HZ);
    Ok(say(&format!("            recorded {seconds:.1} s in {}\n", path.display()))?)
}
