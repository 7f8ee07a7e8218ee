//! The same reading done by rsipstack.

use super::{INVITE, READS, timed};
use rsipstack::sip::SipMessage;
use rsipstack::sip::prelude::*;
use std::hint::black_box;
use std::time::Duration;

/// Via, From, To, CSeq and Contact, typed.
pub fn read() -> Duration {
    timed(|| {
        for _ in 0..READS {
            let m = SipMessage::try_from(black_box(INVITE)).unwrap();
            let via = m.via_header().unwrap().typed().unwrap();
            let from = m.from_header().unwrap().typed().unwrap();
            let to = m.to_header().unwrap().typed().unwrap();
            let cseq = m.cseq_header().unwrap().typed().unwrap();
            let contact = m.contact_header().unwrap().typed().unwrap();
            black_box((via, from, to, cseq, contact));
        }
    })
}
