//! What reading costs in allocations: it is counted, so it is the same on every machine.

#![allow(clippy::unwrap_used, reason = "a message that cannot be read must fail the test")]

use allocation_counter::measure;
use sip::{AddrParts, CSeq, Message, Name, NameAddr, Uri, Via, values};
use std::hint::black_box;

/// An INVITE of 1.1 kB as a trunk sends it.
const INVITE: &[u8] = include_bytes!("messages/invite.sip");

#[test]
fn an_invite_and_five_typed_headers_take_at_most_ten_allocations() {
    assert!((1_050..1_200).contains(&INVITE.len()), "{} bytes", INVITE.len());
    let views = measure(|| {
        let m = Message::parse(black_box(INVITE)).unwrap();
        let via = Via::parse(values(m.header(Name::Via).unwrap()).next().unwrap()).unwrap();
        let from = AddrParts::parse(m.header(Name::From).unwrap()).unwrap();
        let to = AddrParts::parse(m.header(Name::To).unwrap()).unwrap();
        let cseq = CSeq::parse(m.header(Name::CSeq).unwrap()).unwrap();
        let contact = AddrParts::parse(m.header(Name::Contact).unwrap()).unwrap();
        black_box((via, from, to, cseq, contact));
    });
    assert!(views.count_total <= 2, "borrowed views: {}", views.count_total);
    let owned = measure(|| {
        let m = Message::parse(black_box(INVITE)).unwrap();
        let via = Via::parse(values(m.header(Name::Via).unwrap()).next().unwrap()).unwrap();
        let from = NameAddr::parse(m.header(Name::From).unwrap()).unwrap();
        let to = NameAddr::parse(m.header(Name::To).unwrap()).unwrap();
        let cseq = CSeq::parse(m.header(Name::CSeq).unwrap()).unwrap();
        let contact = AddrParts::parse(m.header(Name::Contact).unwrap()).unwrap();
        black_box((via, from, to, cseq, Uri::parse(contact.uri).unwrap()));
    });
    assert!(owned.count_total <= 10, "owned values: {}", owned.count_total);
}
