//! The bytes of one language in both laws. Most lines use one law: the other is read from the cache when
//! the first call asks for it, or ahead by [`crate::Library::preload`], so that a start is quick.

use crate::cache::read_shared;
use audio::g711::Law;
use std::fs::File;
use std::io::BufReader;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

#[derive(Default)]
pub(crate) struct Sound {
    alaw: Arc<[u8]>,
    ulaw: OnceLock<Arc<[u8]>>,
    /// The open cache file, standing before the µ-law bytes: open, so that a newer file of the same name
    /// does not matter.
    later: Mutex<Option<BufReader<File>>>,
}

impl Sound {
    /// Both laws at hand.
    pub fn whole(alaw: Vec<u8>, ulaw: Vec<u8>) -> Sound {
        let ulaw = OnceLock::from(Arc::from(ulaw));
        Sound { alaw: alaw.into(), ulaw, later: Mutex::default() }
    }

    /// A-law at hand, µ-law next in the open file.
    pub fn kept(alaw: Arc<[u8]>, later: BufReader<File>) -> Sound {
        Sound { alaw, ulaw: OnceLock::new(), later: Mutex::new(Some(later)) }
    }

    pub fn bytes(&self, law: Law) -> &Arc<[u8]> {
        match law {
            Law::A => &self.alaw,
            Law::Mu => self.ulaw.get_or_init(|| self.read_later()),
        }
    }

    fn read_later(&self) -> Arc<[u8]> {
        let later = self.later.lock().unwrap_or_else(PoisonError::into_inner).take();
        let read = later.and_then(|mut file| read_shared(&mut file, self.alaw.len()));
        // a disk that fails now must not silence a caller: the same sound, a little coarser
        read.unwrap_or_else(|| self.alaw.iter().map(|byte| coarser(*byte)).collect())
    }
}

fn coarser(alaw: u8) -> u8 {
    Law::Mu.encode(Law::A.table()[usize::from(alaw)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_cannot_be_read_any_more_still_gives_sound() {
        let alaw: Arc<[u8]> = (0..=255).collect();
        let nothing = BufReader::new(File::open("/dev/null").unwrap());
        let sound = Sound::kept(alaw.clone(), nothing);
        let ulaw = sound.bytes(Law::Mu);
        for (a, mu) in alaw.iter().zip(ulaw.iter()) {
            let (a, mu) = (Law::A.table()[*a as usize], Law::Mu.table()[*mu as usize]);
            assert!((i32::from(a) - i32::from(mu)).abs() <= 1_024, "{a} became {mu}");
        }
    }
}
