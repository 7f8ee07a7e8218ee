//! Memory that need not stay in memory: prompts are no secret, and locked memory is scarce.
//!
//! All memory of the vault is locked, what it will map later too. A service or a person has 8 MB to lock where
//! nobody says otherwise; the prompts of four languages are more than that by themselves.
//!
//! An island of unsafe code: the block says why it holds.
#![allow(unsafe_code)]

use rustix::mm::munlock;
use rustix::param::page_size;

/// Lets the whole pages of this sound be paged out; pages that it shares with other memory stay locked.
pub fn unlock(sound: &mut [u8]) {
    let start = sound.as_ptr().align_offset(page_size());
    let Some(whole) = sound.get_mut(start..) else { return };
    let bytes = whole.len() - whole.len() % page_size();
    // SAFETY: the pages are ours, lent mutably, and stay mapped; being paged out changes no byte of them.
    // A refusal leaves them locked, which is as good.
    let _ = unsafe { munlock(whole.as_mut_ptr().cast(), bytes) };
}
