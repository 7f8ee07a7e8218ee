//! Transfers as packet traces: REFER, NOTIFY (RFC 3515, RFC 4488) and Replaces (RFC 3891).

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Cause, EndedBy, Event, NameAddr, Referral, Replaces};
use wire::{Phone, Wire, value};

const TO: &str = "Refer-To: <sip:desk@192.0.2.5>\r\n";

fn desk() -> Referral {
    let to = NameAddr::parse(b"<sip:desk@192.0.2.5>").unwrap();
    Referral { to, replaces: None, by: None, report: true }
}

fn notify(phone: &mut Phone, state: &str, status: &str) -> String {
    let headers =
        format!("Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag\r\n");
    phone.request("NOTIFY", &headers, &format!("SIP/2.0 {status}\r\n"))
}

#[test]
fn a_refer_is_accepted_and_reported_on_until_its_last_word() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    let by = "Referred-By: <sip:anna@example.com>\r\n";
    w.receive(&phone.request("REFER", &format!("{TO}{by}"), ""));
    let Event::Refer { session, refer } = w.event() else { panic!() };
    assert_eq!(session, id);
    assert_eq!(refer.to.uri.as_str(), "sip:desk@192.0.2.5");
    assert_eq!(refer.by.unwrap().uri.as_str(), "sip:anna@example.com");
    w.receive(&phone.request("REFER", TO, ""));
    assert!(w.sent().starts_with("SIP/2.0 491"), "one at a time");
    w.stack.accept_refer(w.now, id);
    assert!(w.sent().starts_with("SIP/2.0 202 Accepted\r\n"));
    let first = w.sent();
    assert!(first.starts_with("NOTIFY sip:anna@192.0.2.9:5060 SIP/2.0\r\n"));
    assert!(first.contains("Event: refer\r\nSubscription-State: active;expires=180\r\n"));
    assert!(first.ends_with("\r\n\r\nSIP/2.0 100 Trying\r\n"));
    w.receive(&phone.respond(&first, 200, ""));
    w.stack.notify_refer(w.now, id, 180);
    let ringing = w.sent();
    assert!(ringing.ends_with("SIP/2.0 180 Ringing\r\n"));
    w.receive(&phone.respond(&ringing, 200, ""));
    w.stack.notify_refer(w.now, id, 200);
    let last = w.sent();
    assert!(last.contains("Subscription-State: terminated;reason=noresource\r\n"));
    w.stack.notify_refer(w.now, id, 486);
    w.receive(&phone.respond(&last, 481, ""));
    w.silent();
    w.receive(&phone.request("REFER", TO, ""));
    w.event();
    w.stack.accept_refer(w.now, id);
    w.sent();
    let cseq = phone.cseq;
    assert!(w.sent().contains(&format!("Event: refer;id={cseq}\r\n")), "the second says which");
}

#[test]
fn a_subscription_that_nobody_ends_ends_by_itself() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.receive(&phone.request("REFER", TO, ""));
    w.event();
    w.stack.accept_refer(w.now, id);
    w.sent();
    let first = w.sent();
    w.receive(&phone.respond(&first, 200, ""));
    let over = w.sending_times_ms(|m| m.contains("terminated;reason=timeout"), 180_000);
    assert_eq!(over, [180_000]);
}

#[test]
fn a_refer_is_refused_by_its_faults_and_by_us() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    for (headers, status) in [
        ("", "400"),
        ("Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>\r\n", "400"),
        ("Refer-To: <mailto:a@b.example>\r\n", "416"),
        ("r: <sip:a@b;method=BYE>\r\n", "403"),
        ("Refer-To: <sip:a@b?Replaces=x>\r\n", "400"),
    ] {
        w.receive(&phone.request("REFER", headers, ""));
        let sent = w.sent();
        assert!(sent.starts_with(&format!("SIP/2.0 {status}")), "{headers}: {sent}");
    }
    w.receive(&phone.request("REFER", TO, ""));
    w.event();
    w.stack.refuse_refer(w.now, id, 603, Some("No transfers here"));
    assert!(w.sent().starts_with("SIP/2.0 603 No transfers here\r\n"));
    w.receive(&Phone { call_id: "out".to_owned(), ..Phone::new() }.outside("REFER", TO));
    assert!(w.sent().starts_with("SIP/2.0 403"), "only within a call");
    w.silent();
}

#[test]
fn who_wants_no_report_gets_none() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    let quiet = "Require: norefersub\r\nRefer-Sub: false\r\n";
    w.receive(&phone.request("REFER", &format!("{TO}{quiet}"), ""));
    w.event();
    w.stack.accept_refer(w.now, id);
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 202") && sent.contains("Refer-Sub: false\r\n"));
    w.stack.notify_refer(w.now, id, 200);
    w.silent();
}

#[test]
fn our_refer_is_followed_to_its_end() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.refer(w.now, id, &desk());
    let refer = w.sent();
    assert!(refer.contains("Refer-To: <sip:desk@192.0.2.5>\r\n"));
    w.stack.refer(w.now, id, &desk());
    assert_eq!(w.event(), Event::ReferDone { session: id, status: 491 });
    // The first NOTIFY may overtake the 202.
    w.receive(&notify(&mut phone, "active;expires=60", "100 Trying"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    assert_eq!(w.event(), Event::ReferProgress { session: id, status: 100 });
    w.receive(&phone.respond(&refer, 202, ""));
    w.receive(&notify(&mut phone, "active", "180 Ringing"));
    w.sent();
    assert_eq!(w.event(), Event::ReferProgress { session: id, status: 180 });
    w.receive(&notify(&mut phone, "active", "200 OK"));
    w.sent();
    assert_eq!(w.event(), Event::ReferDone { session: id, status: 200 });
    w.receive(&notify(&mut phone, "terminated;reason=noresource", "200 OK"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    w.receive(&notify(&mut phone, "active", "200 OK"));
    assert!(w.sent().starts_with("SIP/2.0 481"), "no subscription any more");
    w.silent();
}

#[test]
fn our_refer_is_refused_falls_silent_or_is_not_reported_on() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.refer(w.now, id, &desk());
    let refer = w.sent();
    w.receive(&phone.respond(&refer, 603, ""));
    assert_eq!(w.event(), Event::ReferDone { session: id, status: 603 });
    w.stack.refer(w.now, id, &desk());
    let refer = w.sent();
    w.receive(&phone.respond(&refer, 202, ""));
    w.run_s(180);
    assert_eq!(w.event(), Event::ReferDone { session: id, status: 408 });
    w.stack.refer(w.now, id, &Referral { report: false, ..desk() });
    let refer = w.sent();
    assert!(refer.contains("Refer-Sub: false\r\n"));
    phone.extra = "Refer-Sub: false\r\n".to_owned();
    w.receive(&phone.respond(&refer, 202, ""));
    assert_eq!(w.event(), Event::ReferDone { session: id, status: 202 });
    w.receive(&phone.request("NOTIFY", "Event: presence\r\n", ""));
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 489") && sent.contains("Allow-Events: refer\r\n"));
}

#[test]
fn an_attended_transfer_names_the_other_dialog_in_refer_to() {
    let mut w = Wire::new();
    let (_, first) = w.up();
    let mut desk_phone = Phone { call_id: "consult".to_owned(), ..Phone::new() };
    desk_phone.tag = "desk".to_owned();
    w.receive(&desk_phone.invite(Some("offer")));
    let (second, _) = w.incoming();
    w.stack.answer(w.now, second, b"answer".to_vec());
    let ours = value(&w.sent(), "To").rsplit_once(";tag=").unwrap().1.to_owned();
    let (target, replaces) = w.stack.replaces(second).unwrap();
    assert_eq!(target.as_str(), "sip:anna@192.0.2.9:5060");
    assert_eq!(replaces.to_string(), format!("consult;to-tag=desk;from-tag={ours}"));
    let to = NameAddr::new(target);
    let by = None;
    w.stack.refer(
        w.now,
        first,
        &Referral { to, replaces: Some(replaces.clone()), by, report: true },
    );
    let refer = w.sent();
    let escaped = format!("?Replaces=consult%3Bto-tag%3Ddesk%3Bfrom-tag%3D{ours}>\r\n");
    assert!(value(&refer, "Refer-To").len() > 20 && refer.contains(&escaped), "{refer}");
    let read = NameAddr::parse(value(&refer, "Refer-To").as_bytes()).unwrap().uri;
    assert_eq!(Replaces::parse(read.header("replaces").unwrap().as_bytes()), Some(replaces));
}

/// An INVITE that wants to replace the dialog that this phone has with us.
fn replacing(w: &mut Wire, old: &Phone, more: &str) -> String {
    let ours = old.to.rsplit_once(";tag=").unwrap().1;
    let Phone { call_id, tag, .. } = old;
    let mut new = Phone { call_id: "new".to_owned(), ..Phone::new() };
    new.extra =
        format!("Require: replaces\r\nReplaces: {call_id};to-tag={ours};from-tag={tag}{more}\r\n");
    let invite = new.invite(Some("offer"));
    w.receive(&invite);
    invite
}

#[test]
fn a_call_that_replaces_another_ends_it_once_it_is_answered() {
    let mut w = Wire::new();
    let (phone, old) = w.up();
    replacing(&mut w, &phone, "");
    let (id, invite) = w.incoming();
    assert_eq!(invite.replaces, Some(old));
    w.silent();
    w.stack.answer(w.now, id, b"answer".to_vec());
    assert!(w.sent().starts_with("SIP/2.0 200 OK"));
    let bye = w.sent();
    assert!(bye.starts_with("BYE ") && bye.contains("Call-ID: call-1\r\n"));
    let cause = Cause::q850(16, "Replaced by another call");
    assert!(bye.contains(&format!("Reason: {cause}\r\n")));
    assert_eq!(w.event(), Event::Ended { session: old, by: EndedBy::Local, cause: None });
}

#[test]
fn a_call_that_may_not_replace_is_told_why() {
    let status = |act: &dyn Fn(&mut Wire) -> (Phone, &'static str)| {
        let mut w = Wire::new();
        let (phone, more) = act(&mut w);
        while w.stack.poll_transmit().is_some() {}
        replacing(&mut w, &phone, more);
        w.sent()[8..11].to_owned()
    };
    assert_eq!(status(&|w| (w.up().0, ";early-only")), "486");
    assert_eq!(status(&|w| (Phone { tag: "nobody".to_owned(), ..w.up().0 }, "")), "481");
    let left = |w: &mut Wire| {
        let (phone, id) = w.up();
        w.stack.bye(w.now, id, None);
        (phone, "")
    };
    assert_eq!(status(&left), "603");
    let ringing = |w: &mut Wire| {
        let mut phone = Phone::new();
        w.receive(&phone.invite(Some("offer")));
        let (id, _) = w.incoming();
        w.stack.progress(w.now, id, 180, None);
        phone.learn(&w.sent());
        (phone, "")
    };
    assert_eq!(status(&ringing), "481", "an early dialog that we did not begin");
    let mut w = Wire::new();
    let (mut phone, _) = w.up();
    w.receive(&phone.request(
        "INVITE",
        "Contact: <sip:a@b>\r\nReplaces: x;to-tag=1;from-tag=2\r\n",
        "o",
    ));
    assert!(w.sent().starts_with("SIP/2.0 400"));
}

#[test]
fn where_a_call_came_through_and_what_is_to_be_hidden_is_kept() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    phone.extra = "Privacy: id;critical\r\nReason: Q.850;cause=19\r\n\
        Diversion: <tel:+48221>;reason=no-answer, <sip:first@b>;reason=\"user-busy\"\r\n"
        .to_owned();
    w.receive(&phone.invite(Some("offer")));
    let origin = w.incoming().1.origin;
    assert!(origin.privacy.hidden && origin.privacy.critical);
    assert_eq!(origin.reason.unwrap().code, 19);
    let said: Vec<_> =
        origin.diverted.iter().map(|d| (d.by.uri.as_str(), d.why.as_deref().unwrap())).collect();
    assert_eq!(said, [("tel:+48221", "no-answer"), ("sip:first@b", "user-busy")]);
    let mut w = Wire::new();
    phone.extra = "History-Info: <sip:a@b?Reason=SIP%3Bcause%3D302>;index=1, \
        <sip:c@d;cause=486>;index=1.1, <sip:e@f>;index=1.2\r\n"
        .to_owned();
    w.receive(&phone.invite(Some("offer")));
    let origin = w.incoming().1.origin;
    let said: Vec<_> =
        origin.diverted.iter().map(|d| (d.by.uri.as_str(), d.why.as_deref().unwrap())).collect();
    assert_eq!(said, [("sip:c@d;cause=486", "486"), ("sip:a@b", "302")]);
    assert!(!origin.privacy.hidden);
}
