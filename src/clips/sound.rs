//! The bytes of one language in every coding. Most lines use one: the others are read from the cache when
//! the first call asks for them, or ahead by [`crate::Library::preload`], so that a start is quick.

use crate::cache::read_shared;
use audio::coding::Coding;
use audio::g711::Law;
use audio::g722::Encoder;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

#[derive(Default)]
pub(crate) struct Sound {
    alaw: Arc<[u8]>,
    ulaw: OnceLock<Arc<[u8]>>,
    g722: OnceLock<Arc<[u8]>>,
    /// The open cache file and where its A-law bytes end: open, so that a newer file of the same name does
    /// not matter.
    later: Mutex<Option<(BufReader<File>, u64)>>,
}

impl Sound {
    /// Every coding at hand.
    pub fn whole(alaw: Vec<u8>, ulaw: Vec<u8>, g722: Vec<u8>) -> Sound {
        let kept = |bytes: Vec<u8>| OnceLock::from(Arc::from(bytes));
        let (ulaw, g722) = (kept(ulaw), kept(g722));
        Sound { alaw: alaw.into(), ulaw, g722, later: Mutex::default() }
    }

    /// A-law at hand, µ-law and G.722 in the open file behind this place.
    pub fn kept(alaw: Arc<[u8]>, later: BufReader<File>, behind: u64) -> Sound {
        let (ulaw, g722) = (OnceLock::new(), OnceLock::new());
        Sound { alaw, ulaw, g722, later: Mutex::new(Some((later, behind))) }
    }

    pub fn bytes(&self, coding: Coding) -> &Arc<[u8]> {
        // a disk that fails now must not silence a caller: the same sound, a little coarser
        match coding {
            Coding::G711(Law::A) => &self.alaw,
            Coding::G711(Law::Mu) => self.ulaw.get_or_init(|| {
                self.read_later(0).unwrap_or_else(|| self.alaw.iter().map(coarser).collect())
            }),
            Coding::G722 => {
                self.g722.get_or_init(|| self.read_later(1).unwrap_or_else(|| widened(&self.alaw)))
            }
        }
    }

    /// The `nth` coding behind A-law; all are of one length.
    fn read_later(&self, nth: u64) -> Option<Arc<[u8]>> {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, behind) = later.as_mut()?;
        let place = *behind + nth * self.alaw.len() as u64;
        file.seek(SeekFrom::Start(place)).ok()?;
        read_shared(file, self.alaw.len())
    }
}

fn coarser(alaw: &u8) -> u8 {
    Law::Mu.encode(Law::A.table()[usize::from(*alaw)])
}

/// Each sample said twice.
fn widened(alaw: &[u8]) -> Arc<[u8]> {
    let mut encoder = Encoder::default();
    let sample = |byte: &u8| Law::A.table()[usize::from(*byte)];
    alaw.iter().map(sample).map(|sample| encoder.encode(sample, sample)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_cannot_be_read_any_more_still_gives_sound() {
        let alaw: Arc<[u8]> = (0..=255).collect();
        let nothing = BufReader::new(File::open("/dev/null").unwrap());
        let sound = Sound::kept(alaw.clone(), nothing, 0);
        let ulaw = sound.bytes(Law::Mu.into());
        for (a, mu) in alaw.iter().zip(ulaw.iter()) {
            let (a, mu) = (Law::A.table()[*a as usize], Law::Mu.table()[*mu as usize]);
            assert!((i32::from(a) - i32::from(mu)).abs() <= 1_024, "{a} became {mu}");
        }
        assert_eq!(sound.bytes(Coding::G722).len(), alaw.len());
    }
}
