//! Every limit of this room: unit, reason, and what the admin or the caller is told.

use std::time::Duration;

/// Bytes of a flow file. A larger one is refused with a sentence; 1 MB already parses for half a second.
pub(crate) const SOURCE_BYTES_MAX: usize = 1_000_000;
/// Braces within braces. Deeper files are refused with a sentence; the parser is recursive.
pub(crate) const NESTING_MAX: usize = 64;
/// Diagnostics shown for one file; a last one says that there are more.
pub(crate) const DIAGNOSTICS_MAX: usize = 100;
/// Steps in all flows of a file; a diagnostic asks to split it.
pub(crate) const STEPS_MAX: usize = 2_000;
/// Flows of a file; a diagnostic asks to split it. The ways back from a called flow grow with its callers.
pub(crate) const FLOWS_MAX: usize = 200;
/// Characters of one condition; a diagnostic asks to split it over several `if` lines.
pub(crate) const CONDITION_CHARS_MAX: usize = 500;
/// Flows that call flows that call flows; the walk leaves the step by `error`.
pub(crate) const CALL_DEPTH_MAX: usize = 8;
/// Steps one call may enter; then it hears `tech_error` and ends: nobody keys for so long.
pub(crate) const STEPS_ENTERED_MAX: u32 = 500;
/// Changes of state within one turn, without a prompt or a wait between them; then as above.
pub(crate) const TURNS_MAX: u32 = 64;
/// Lines waiting to be spoken; the next is left out and traced as missing.
pub(crate) const LINES_MAX: usize = 16;
/// A play that nobody ends is taken as ended after this: nobody is left in silence.
pub(crate) const PLAY_LONGEST: Duration = Duration::from_secs(180);
/// `*` in one question; further ones count as wrong answers.
pub(crate) const WIPES_MAX: u8 = 10;
/// No answer, wrong answer, and both together, in one question; then its outcome.
pub(crate) const MISSES_MAX: u8 = 3;
/// See [`MISSES_MAX`].
pub(crate) const MISSES_TOGETHER_MAX: u8 = 5;
/// Wait for the first key of a menu, from the prompt's end.
pub(crate) const FIRST_KEY_MENU: Duration = Duration::from_secs(5);
/// Wait for the first key of a number, from the prompt's end.
pub(crate) const FIRST_KEY_DIGITS: Duration = Duration::from_secs(10);
/// Wait between two keys of one entry.
pub(crate) const INTER_KEY: Duration = Duration::from_secs(3);
/// Wait for the `#` behind the last possible digit of a number of several lengths.
pub(crate) const LAST_HASH_WAIT: Duration = Duration::from_secs(1);
/// A key held longer than this no longer stops the clock of its question.
pub(crate) const KEY_HELD_LONGEST: Duration = Duration::from_secs(10);
/// A service that answers later is filled with `please_wait`, once.
pub(crate) const FILLER_AFTER: Duration = Duration::from_millis(1_500);
/// A service that answers later has failed: the step leaves by `error`.
pub(crate) const SERVICE_LONGEST: Duration = Duration::from_secs(3);
/// Actions of one replayed call; a draft that makes more turns in a circle and cannot be told.
pub(crate) const REPLAYED_ACTIONS_MAX: usize = 10_000;
/// Tests in one file; a diagnostic asks to split it.
pub(crate) const TRIALS_MAX: usize = 1_000;
/// Virtual time of one test; then it fails with a sentence.
pub(crate) const TRIAL_LONGEST: Duration = Duration::from_secs(3_600);
/// The right party stays proved for so long on one leg; then case data is withheld.
pub(crate) const VERIFIED_LONGEST: Duration = Duration::from_secs(900);
/// A card payment, card at hand to the bank's answer; then its result counts as unknown.
pub(crate) const PAY_LONGEST: Duration = Duration::from_secs(600);
/// Wait for a key before a card payment: the card may lie in another room.
pub(crate) const CARD_FETCHED: Duration = Duration::from_secs(60);
/// Card payments begun in one call; then `pay` is left by `limit`.
pub(crate) const PAYS_MAX: u8 = 3;
/// Beyond the wait of a queue or a ring, before its silence counts as no answer.
pub(crate) const QUEUE_GRACE: Duration = Duration::from_secs(35);
/// A talk between caller and negotiator, or a transfer that was answered; then the step goes on.
pub(crate) const BRIDGED_LONGEST: Duration = Duration::from_secs(7_200);
/// Beyond the longest recording, before its silence counts as a failure.
pub(crate) const RECORD_GRACE: Duration = Duration::from_secs(5);
/// Wait for a machine's beep.
pub(crate) const BEEP_LONGEST: Duration = Duration::from_secs(20);
/// Finding out whether a person or a machine answered; unsure is a person.
pub(crate) const DETECT_LONGEST: Duration = Duration::from_secs(5);
/// The detector itself answers when the time is over; the walk gives up so much later.
pub(crate) const DETECT_GRACE: Duration = Duration::from_millis(500);
/// Days until a promise may be due, and the habit where a step says nothing.
pub(crate) const PROMISE_DAYS: (u16, u16) = (90, 30);
/// Instalments of one plan.
pub(crate) const INSTALMENTS_MAX: u8 = 60;
/// Days a contact pause lasts at most.
pub(crate) const PAUSE_DAYS_MAX: u16 = 180;
/// Fields sent to, and taken from, one HTTP service.
pub(crate) const HTTP_FIELDS_MAX: usize = 20;
/// Changes of mind (another date, another number) in one step; then it is left by `no-match`.
pub(crate) const CHANGES_MAX: u8 = 5;
/// Calls in which key storms are tried while a plan is explored: enough to reach every kind of question.
pub(crate) const EXPLORE_STORMS: usize = 300;
/// Worlds that are explored besides the usual one; the conditions behind those are left to tests.
pub(crate) const EXPLORE_WORLDS_MAX: usize = 60;
/// Different ways for one condition to hold that are looked for; the first ones are tried.
pub(crate) const EXPLORE_HOLDS_MAX: usize = 4;
/// Different faults that an exploration reports; the first ones explain most of the others.
pub(crate) const EXPLORE_FAULTS_MAX: usize = 20;
/// Calls spent on cutting one counter-example down; then it is shown as long as it is.
pub(crate) const EXPLORE_SHRINKS_MAX: usize = 2_000;
