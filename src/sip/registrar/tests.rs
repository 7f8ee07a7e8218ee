//! REGISTER against the registrar alone: a table of requests, and random walks.

use super::*;
use crate::Message;
use crate::header::Via;
use crate::inspect::{Essentials, top_via};
use proptest::prelude::*;

fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1_000)
}

fn flow(port: u16, connection: Option<u64>) -> Path {
    let remote = std::net::SocketAddr::new("192.0.2.9".parse().unwrap(), port);
    Path { connection, ..Path::udp("192.0.2.1:5060".parse().unwrap(), remote) }
}

fn wanted(call_id: &str, cseq: u32, headers: &str) -> Result<Wanted, Refused> {
    let text = format!(
        "REGISTER sip:parley SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
         From: <sip:anna@parley>;tag=1\r\nTo: <sip:anna@parley>\r\nCall-ID: {call_id}\r\n\
         CSeq: {cseq} REGISTER\r\n{headers}\r\n"
    );
    let message = Message::parse(text.as_bytes()).unwrap();
    let via: Via<'_> = top_via(&message).unwrap();
    let e = Essentials::read(&message, via, b"REGISTER").unwrap();
    Wanted::read(&message, &e)
}

struct Desk(Registrar);

impl Desk {
    fn new() -> Desk {
        Desk(Registrar::new(PhonesConfig::new("parley")))
    }

    /// One REGISTER over a flow of its own; the status, and the contacts afterwards.
    fn tell(&mut self, second: u64, call: (&str, u32), headers: &str) -> (u16, Vec<String>) {
        self.over(flow(5060, None), second, call, headers)
    }

    fn over(
        &mut self,
        path: Path,
        second: u64,
        (call_id, cseq): (&str, u32),
        headers: &str,
    ) -> (u16, Vec<String>) {
        let done = wanted(call_id, cseq, headers)
            .and_then(|w| self.0.register(at(second), "anna", &w, path));
        let status = done.map_or_else(|refused| refused.status, |()| 200);
        (status, self.0.contacts(at(second), "anna", true))
    }
}

#[test]
fn contacts_come_are_renewed_and_go() {
    let mut desk = Desk::new();
    let one = "<sip:anna@10.0.0.1>;expires=600".to_owned();
    let contact = "Contact: <sip:anna@10.0.0.1>\r\nExpires: 600\r\n";
    assert_eq!(desk.tell(0, ("a", 1), contact), (200, vec![one.clone()]));
    assert_eq!(desk.0.poll_change(), Some(Presence { user: "anna".into(), reachable: true }));
    assert_eq!(desk.tell(100, ("a", 2), ""), (200, vec!["<sip:anna@10.0.0.1>;expires=500".into()]));
    assert_eq!(desk.tell(200, ("a", 3), contact), (200, vec![one]), "renewed, not doubled");
    let second = "Contact: <sip:anna@10.0.0.2>;q=0.5;expires=99999\r\n";
    let (_, both) = desk.tell(200, ("b", 1), second);
    assert_eq!(both[1], "<sip:anna@10.0.0.2>;expires=3600;q=0.500", "cut to the longest term");
    let best = &desk.0.reachable(at(200), "anna")[0];
    assert_eq!(best.contact.as_str(), "sip:anna@10.0.0.1");
    let gone = "Contact: <sip:anna@10.0.0.1>;expires=0\r\n";
    assert_eq!(desk.tell(201, ("a", 4), gone).1.len(), 1);
    assert_eq!(desk.tell(202, ("c", 1), "Contact: *\r\nExpires: 0\r\n"), (200, vec![]));
    assert_eq!(desk.0.poll_change(), Some(Presence { user: "anna".into(), reachable: false }));
    assert_eq!(desk.0.poll_change(), None);
    assert_eq!(desk.0.poll_timeout(), None);
}

#[test]
fn what_cannot_be_had_is_refused_and_changes_nothing() {
    let mut desk = Desk::new();
    desk.tell(0, ("a", 5), "Contact: <sip:anna@10.0.0.1>\r\n");
    let table = [
        (("a", 5), "Contact: <sip:anna@10.0.0.1>\r\n", 500),
        (("a", 4), "Contact: *\r\nExpires: 0\r\n", 500),
        (("a", 6), "Contact: <sip:anna@10.0.0.2>;expires=5\r\n", 423),
        (("a", 6), "Contact: <sip:anna@10.0.0.9>, <sip:anna@10.0.0.2>;expires=5\r\n", 423),
        (("a", 6), "Contact: *\r\n", 400),
        (("a", 6), "Contact: *, <sip:anna@10.0.0.2>\r\nExpires: 0\r\n", 400),
        (("a", 6), "Contact: <tel:+4822>\r\n", 400),
        (("a", 6), "Contact: <sip:a@10.0.0.2>;reg-id=0;+sip.instance=\"<urn:x:1>\"\r\n", 400),
        (("a", 6), "Contact: <sip:a@10.0.0.2>;+sip.instance=\"urn\"\r\n", 400),
        (("a", 6), "Contact: <sip:a@10.0.0.2>\r\nPath: <sip:edge;lr>\r\n", 421),
        (("a", 6), "Contact: <sip:a@10.0.0.2>\r\nRequire: tomorrow\r\n", 420),
    ];
    for (call, headers, status) in table {
        let (got, contacts) = desk.tell(1, call, headers);
        assert_eq!((got, contacts.len()), (status, 1), "{headers}");
        assert!(contacts[0].starts_with("<sip:anna@10.0.0.1>"), "{contacts:?}");
    }
    let read = wanted("a", 7, "Contact: <sip:a@b>;expires=soon\r\n").unwrap();
    assert_eq!(desk.0.register(at(1), "anna", &read, flow(1, None)), Ok(()));
    assert!(
        desk.0.contacts(at(1), "anna", false)[1].contains("expires=3600"),
        "unreadable is 3600"
    );
}

#[test]
fn a_device_keeps_one_place_a_flow_and_its_gruu() {
    let mut desk = Desk::new();
    let contact = |port: u32, reg_id: &str| {
        format!(
            "Supported: outbound, gruu\r\nContact: <sip:anna@10.0.0.1:{port}>;+sip.instance=\"<urn:uuid:1>\"{reg_id}\r\n"
        )
    };
    desk.over(flow(1, Some(1)), 0, ("a", 1), &contact(1, ";reg-id=1"));
    desk.over(flow(2, Some(2)), 1, ("b", 1), &contact(2, ";reg-id=2"));
    let (_, all) = desk.over(flow(3, Some(3)), 2, ("c", 1), &contact(3, ";reg-id=1"));
    assert_eq!(all.len(), 2, "a new flow takes the place of the old one with its number: {all:?}");
    let gruu = ";reg-id=1;pub-gruu=\"sip:anna@parley;gr=urn:uuid:1\"";
    assert!(all[1].ends_with(gruu), "{all:?}");
    let reachable = desk.0.reachable(at(2), "anna");
    assert_eq!(reachable.len(), 1, "of two flows of one device the newest is used");
    assert_eq!(reachable[0].path.connection, Some(3));
    assert!(desk.0.is_flow_of("anna", &flow(3, Some(3))));
    desk.0.connection_closed(3);
    assert_eq!(desk.0.reachable(at(2), "anna")[0].path.connection, Some(2), "the other flow");
    desk.0.connection_closed(2);
    assert!(desk.0.reachable(at(2), "anna").is_empty());
}

#[test]
fn an_eleventh_contact_takes_the_oldest_of_its_own_address_and_else_gets_403() {
    let mut desk = Desk::new();
    for n in 0..10u64 {
        let call = format!("c{n}");
        assert_eq!(desk.tell(n, (&call, 1), &format!("Contact: <sip:a@10.0.0.{n}>\r\n")).0, 200);
    }
    let (status, all) = desk.tell(20, ("x", 1), "Contact: <sip:a@10.0.1.1>\r\n");
    assert_eq!((status, all.len()), (200, CONTACTS_MAX));
    assert!(all[0].starts_with("<sip:a@10.0.0.1>"), "{all:?}");
    let elsewhere =
        Path::udp("192.0.2.1:5060".parse().unwrap(), "198.51.100.1:5060".parse().unwrap());
    let (status, all) = desk.over(elsewhere, 21, ("y", 1), "Contact: <sip:a@10.0.1.2>\r\n");
    assert_eq!((status, all.len()), (403, CONTACTS_MAX));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_registered_the_limits_hold_and_the_expired_is_gone(
        steps in prop::collection::vec((0u8..8, 0u8..14, 0u32..40, 0u64..900), 1..120)
    ) {
        let mut desk = Desk::new();
        let (mut second, mut reachable) = (0, std::collections::BTreeMap::new());
        for (user, place, cseq, pass) in steps {
            second += pass;
            let user = format!("user{}", user % 3);
            match place {
                13 => desk.0.connection_closed(u64::from(cseq) % 5),
                12 => desk.0.handle_timeout(at(second)),
                _ => {
                    let term = [0, 5, 60, 700, 99_999][cseq as usize % 5];
                    let headers = match place {
                        11 => "Contact: *\r\nExpires: 0\r\n".to_owned(),
                        _ => format!("Contact: <sip:u@10.0.0.{place}>;expires={term}\r\n"),
                    };
                    let path = flow(u16::from(place), Some(u64::from(cseq) % 5));
                    if let Ok(wanted) = wanted(&format!("c{}", place % 4), cseq, &headers) {
                        let _ = desk.0.register(at(second), &user, &wanted, path);
                    }
                }
            }
            for user in ["user0", "user1", "user2"] {
                let live = desk.0.reachable(at(second), user);
                prop_assert!(live.len() <= CONTACTS_MAX);
                prop_assert!(live.iter().all(|b| b.ends > at(second)));
            }
            prop_assert!(desk.0.bindings() <= 3 * CONTACTS_MAX);
            prop_assert!(desk.0.ends.len() <= desk.0.bindings(), "no timer without a binding");
            while let Some(change) = desk.0.poll_change() {
                let before = reachable.insert(change.user, change.reachable).unwrap_or(false);
                prop_assert_ne!(before, change.reachable, "news is a change");
            }
        }
        desk.0.handle_timeout(at(second + 100_000));
        prop_assert_eq!((desk.0.bindings(), desk.0.poll_timeout()), (0, None));
    }
}
