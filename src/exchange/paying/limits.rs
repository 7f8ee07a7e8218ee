//! Limits of payments, with unit, reason, and what happens when they are reached.

use std::time::Duration;

/// Authorisations in one call: a caller with three declines needs another way to pay, and who tries cards out
/// needs more. Reached: `unavailable`.
pub(crate) const ATTEMPTS_PER_CALL_MAX: u8 = vault_link::limits::ATTEMPTS_MAX;

/// Payments at once. Full: `unavailable`.
pub(crate) const TILLS_MAX: usize = vault_link::limits::SESSIONS_MAX;

/// For the store's word whether a card may be asked for; then none is.
pub(crate) const GATE_WAIT_MAX: Duration = Duration::from_secs(5);

/// For one step to be on disk. The vault waits 20 s by itself; then the step counts as not written, and the
/// resolver looks what became of it.
pub(crate) const JOURNAL_WAIT_MAX: Duration = Duration::from_secs(25);

/// A caller who hears nothing for so long hears that something goes on.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(1);

/// Between two tries to bring the audio back: long enough for a glare to be over.
pub(crate) const BACK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Keys that come so soon after the audio was taken back were meant for the vault: nobody hears them.
pub(crate) const LATE_KEYS: Duration = Duration::from_secs(1);

/// Events of fields written for one payment: three tries of three cards and their fields have room. Full: further
/// ones are not written.
pub(crate) const FIELD_EVENTS_MAX: u32 = 80;

/// Payments that the resolver looks after at once; more wait for the next list.
pub(crate) const OPEN_PAYMENTS_MAX: usize = 1_000;

/// Questions of the resolver to the gateway at once.
pub(crate) const RESOLVER_ASKS_MAX: usize = 16;

/// The gateway is asked this long after the step; then every hour, with an alarm for people.
pub(crate) const RUNGS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3_600),
];

/// "Never heard of it" is believed this long after the step: until then the words may still be on their way.
pub(crate) const NEVER_ASKED_AFTER: Duration = Duration::from_secs(60);

/// A consent without anything behind it, of a payment that runs nowhere, is over after this time.
pub(crate) const INTENT_STALE_AFTER: Duration = Duration::from_secs(600);

/// A store that does not write, or a vault that is away: the resolver comes again.
pub(crate) const RESOLVE_AGAIN_AFTER: Duration = Duration::from_secs(10);
