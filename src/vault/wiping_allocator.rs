//! The heap, wiped whenever something is given back: the second layer behind the secret page.
//!
//! An island of unsafe code: [`GlobalAlloc`] is an unsafe trait.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{Ordering, compiler_fence};

/// The system's allocator; what is freed, or left behind by growing, is zeroed first.
pub struct WipingAllocator;

// SAFETY: every call goes to the system's allocator with the caller's own layout; `realloc` is the
// trait's default (allocate, copy, deallocate), so what is left behind is wiped by `dealloc` too.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a valid layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        for at in 0..layout.size() {
            // SAFETY: the caller gives back `layout.size()` bytes from `block`, still allocated here.
            unsafe { block.add(at).write_volatile(0) };
        }
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the caller promises that `block` came from `alloc` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
