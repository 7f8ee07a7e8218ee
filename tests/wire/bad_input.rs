//! Malformed and unwelcome requests: a status and a Reason phrase that names the fault, or silence where the RFC
//! wants it; never a server that is gone afterwards.

use super::hotline::Hotline;
use acceptance::bare::phone::Line;
use acceptance::bare::sip::{Dialog, offer};
use std::time::Duration;

/// One request and what comes back: `0` is silence.
struct Case {
    what: &'static str,
    request: String,
    status: u16,
    phrase: &'static str,
}

fn cases(dialog: &Dialog) -> Vec<Case> {
    let sdp = offer("127.0.0.1:4000".parse().unwrap(), 4001);
    let invite = dialog.invite(&sdp);
    let options = dialog.request("OPTIONS", 7, "", "");
    let without = |text: &str, name: &str| {
        let lines: Vec<_> = text.split("\r\n").filter(|l| !l.starts_with(name)).collect();
        lines.join("\r\n")
    };
    let case = |what, request: String, status, phrase| Case { what, request, status, phrase };
    vec![
        case("OPTIONS is answered", options.clone(), 200, ""),
        case("no CSeq", without(&options, "CSeq"), 400, "CSeq"),
        case("no Call-ID", without(&options, "Call-ID"), 400, "Call-ID"),
        case("no From", without(&options, "From"), 400, "From"),
        case("no To", without(&options, "To"), 400, "To"),
        case("CSeq names another method", options.replace("7 OPTIONS", "7 INVITE"), 400, "CSeq"),
        case(
            "a body longer than the datagram",
            options.replace("Content-Length: 0", "Content-Length: 9999"),
            400,
            "",
        ),
        case(
            "SIP of another version",
            options.replacen(" SIP/2.0\r\n", " SIP/7.0\r\n", 1),
            505,
            "",
        ),
        case("an unknown method", dialog.request("DANCE", 7, "", ""), 405, ""),
        case(
            "an unknown extension is required",
            dialog.request("OPTIONS", 7, "Require: nothing-we-know\r\n", ""),
            420,
            "",
        ),
        case(
            "BYE for no call",
            dialog.request("BYE", 7, "", "").replace(
                &format!("To: <{}>", dialog.uri),
                &format!("To: <{}>;tag=none", dialog.uri),
            ),
            481,
            "",
        ),
        case("CANCEL for no INVITE", dialog.request("CANCEL", 7, "", ""), 481, ""),
        case("a body that is no SDP", invite.replace("application/sdp", "text/html"), 415, ""),
        case("SDP that is none", dialog.invite("this is no description\r\n"), 400, ""),
        case(
            "a URI scheme that is none of ours",
            options.replacen("OPTIONS sip:", "OPTIONS gopher:", 1),
            416,
            "",
        ),
        case(
            "no codec of ours",
            dialog.invite(
                &sdp.replace("AVP 8 101", "AVP 97").replace("rtpmap:8 PCMA", "rtpmap:97 speex"),
            ),
            488,
            "",
        ),
        case("an ACK for nothing", dialog.request("ACK", 7, "", ""), 0, ""),
        case(
            "a response to nothing",
            options.replacen("OPTIONS", "SIP/2.0 200 OK\r\nX:", 1),
            0,
            "",
        ),
        case("not SIP at all", "GET / HTTP/1.1\r\n\r\n".into(), 0, ""),
        case("keep-alive", "\r\n\r\n".into(), 0, ""),
        case("bytes", String::from_utf8_lossy(&[0xFF; 900]).into_owned(), 0, ""),
    ]
}

#[test]
fn malformed_and_unwelcome_requests_get_the_status_that_names_the_fault() {
    let hotline = Hotline::start();
    let mut faults = Vec::new();
    let count = cases(&dialog(&hotline, &Line::udp(hotline.udp()).unwrap(), 0)).len();
    for n in 0..count {
        let mut line = Line::udp(hotline.udp()).unwrap();
        let case = cases(&dialog(&hotline, &line, n as u64)).swap_remove(n);
        line.send(&case.request).unwrap();
        let wait =
            if case.status == 0 { Duration::from_millis(200) } else { Duration::from_secs(5) };
        let mut answer = line.receive(wait).unwrap();
        while answer.as_ref().is_some_and(|a| a.status() / 100 == 1) {
            answer = line.receive(wait).unwrap();
        }
        let (status, start) = answer.as_ref().map_or((0, ""), |a| (a.status(), a.start_line()));
        if status != case.status || !start.contains(case.phrase) {
            faults.push(format!(
                "{}: wanted {} '{}', got '{start}'",
                case.what, case.status, case.phrase
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut call = hotline.call();
    assert_eq!(call.hang_up().unwrap().status(), 200, "the server goes on");
}

fn dialog(hotline: &Hotline, line: &Line, number: u64) -> Dialog {
    let uri = format!("sip:hotline@{}", hotline.udp());
    Dialog::new(line.local().unwrap(), "UDP", &uri, "bad", 5000 + number)
}

#[test]
fn a_response_goes_back_to_where_the_request_came_from() {
    // RFC 3581: Via names an address that is not ours; rport asks for the one the datagram came from
    let hotline = Hotline::start();
    let mut line = Line::udp(hotline.udp()).unwrap();
    let local = line.local().unwrap();
    let options = dialog(&hotline, &line, 90).request("OPTIONS", 1, "", "");
    line.send(options.replace(&format!("UDP {local}"), "UDP 192.0.2.77:9999")).unwrap();
    let answer =
        line.receive(Duration::from_secs(5)).unwrap().expect("an answer at the real source");
    let via = answer.header("Via").unwrap().to_owned();
    assert!(via.contains("received=127.0.0.1"), "{via}");
    assert!(via.contains(&format!("rport={}", local.port())), "{via}");
}

#[test]
fn a_call_that_is_one_too_many_gets_503_with_retry_after() {
    let server = acceptance::program::Server::serve_with(
        &super::hotline::config("127.0.0.1:0").replace("calls = 500", "calls = 2"),
        |_| Ok(()),
    );
    let hotline = Hotline { server: server.unwrap() };
    let mut first = hotline.call();
    let mut second = hotline.call();
    let mut third = hotline.phone(Line::udp(hotline.udp()).unwrap());
    let refused = third.dial().unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.header("Retry-After").is_some_and(|s| s.parse::<u32>().is_ok()));
    assert_eq!(first.hang_up().unwrap().status(), 200);
    assert_eq!(second.hang_up().unwrap().status(), 200);
}
