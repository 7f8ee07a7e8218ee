//! Memory for cards that neither another process nor the kernel's own map can read (memfd_secret(2)).
//!
//! It is mapped once at the start and cut into slots; a slot is lent to one capture and wiped when it
//! comes back. An island of unsafe code: each block says why it holds.
#![allow(unsafe_code)]

use crate::limits::SLOT_BYTES;
use rustix::fs::ftruncate;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap};
use std::cell::RefCell;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr::null_mut;
use std::rc::Rc;
use zeroize::Zeroize;

type Bytes = &'static mut [u8; SLOT_BYTES];

/// All slots that are not lent.
#[derive(Clone)]
pub struct SecretPage {
    free: Rc<RefCell<Vec<Bytes>>>,
}

impl SecretPage {
    /// Maps room for `slots` captures.
    ///
    /// # Errors
    /// The kernel has no secret memory, or not enough.
    pub fn map(slots: u16) -> Result<Self, Errno> {
        let bytes = SLOT_BYTES * usize::from(slots);
        let file = secret_file()?;
        ftruncate(&file, bytes as u64)?;
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice aliases nothing.
        let start = unsafe { mmap(null_mut(), bytes, access, flags, &file, 0) }?;
        // SAFETY: `bytes` bytes from `start` were just mapped, readable and writable, zero-filled, for
        // nobody else, and are never unmapped: they live as long as the process.
        let all: &'static mut [u8] =
            unsafe { std::slice::from_raw_parts_mut(start.cast::<u8>(), bytes) };
        let (slots, _) = all.as_chunks_mut::<SLOT_BYTES>();
        Ok(Self { free: Rc::new(RefCell::new(slots.iter_mut().collect())) })
    }

    /// Lends a slot; `None` when all are lent.
    pub fn lend(&self) -> Option<Slot> {
        let bytes = self.free.borrow_mut().pop()?;
        Some(Slot { bytes: Some(bytes), home: Rc::clone(&self.free) })
    }
}

fn secret_file() -> Result<OwnedFd, Errno> {
    // SAFETY: memfd_secret takes one flags argument and touches no memory of ours.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC) };
    match i32::try_from(fd) {
        // SAFETY: the kernel has just opened this descriptor for us and nobody else owns it.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(Errno::NOSYS),
    }
}

/// Secret bytes for one capture. Wiped when dropped; there is no way to print or copy it.
pub struct Slot {
    bytes: Option<Bytes>,
    home: Rc<RefCell<Vec<Bytes>>>,
}

impl Slot {
    /// The bytes, to look at in place.
    pub fn bytes(&self) -> &[u8; SLOT_BYTES] {
        const NONE: &[u8; SLOT_BYTES] = &[0; SLOT_BYTES];
        self.bytes.as_deref().unwrap_or(NONE)
    }

    /// The bytes, to fill in place; `None` only while the slot is dropped.
    pub fn bytes_mut(&mut self) -> Option<&mut [u8; SLOT_BYTES]> {
        self.bytes.as_deref_mut()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(bytes) = self.bytes.take() {
            bytes.zeroize();
            self.home.borrow_mut().push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_back_wiped_and_no_more_are_lent_than_there_are() {
        let page = SecretPage::map(2).unwrap();
        let mut one = page.lend().unwrap();
        one.bytes_mut().unwrap().fill(7);
        let two = page.lend().unwrap();
        assert!(page.lend().is_none());
        drop(one);
        assert!(page.lend().unwrap().bytes().iter().all(|b| *b == 0));
        drop(two);
    }
}
