//! A trial that the exchange stopped is stopped in the alias too, beside the control thread.

use super::shelf::Shelf;
use crate::clock::Clock;
use tokio::runtime::Handle;

/// Moves aliases back.
#[derive(Clone)]
pub struct Canaries {
    /// None where flows are not published but read from a directory.
    shelf: Option<Shelf>,
    beside: Handle,
}

impl Canaries {
    /// Aliases on this shelf are moved on `beside`.
    pub fn new(shelf: Option<Shelf>, beside: Handle) -> Self {
        Self { shelf, beside }
    }

    /// New calls run on the current version already; now the alias says so as well, so that a restart
    /// does not begin the trial anew.
    pub fn stop(&self, flow: String, why: String) {
        let Some(shelf) = self.shelf.clone() else { return };
        self.beside.spawn_blocking(move || {
            let at = Clock::start().stamp();
            let moved = shelf.change(&flow, |alias| {
                let version = alias.stop_canary()?;
                alias.note(&at, "parley", format!("stopped the trial of {version}: {why}"));
                Ok(())
            });
            if let Err(error) = moved {
                tracing::error!(
                    alarm = true,
                    "the trial of {flow} is stopped until the next start, but its alias could not be moved: {error}"
                );
            }
        });
    }
}
