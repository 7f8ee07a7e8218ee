//! A graceful stop: no new calls, running calls finish; a second signal ends them with BYE.

use super::hotline::Hotline;
use acceptance::bare::phone::Line;
use std::time::Duration;

#[test]
fn a_stop_lets_running_calls_finish_and_refuses_new_ones() {
    let mut hotline = Hotline::start();
    let mut running = hotline.call();
    hotline.server.ask_to_stop().unwrap();
    assert_eq!(refused_status(&hotline), 503);
    assert!(
        running.listen(Duration::from_millis(500), true).unwrap().len() > 10,
        "the running call goes on"
    );
    assert_eq!(running.hang_up().unwrap().status(), 200);
    let ended = hotline.server.wait_end(Duration::from_secs(15)).unwrap();
    assert!(
        ended.is_some_and(|s| s.success()),
        "the program ends well after its last call: {ended:?}"
    );
}

#[test]
fn a_second_signal_ends_running_calls_with_bye() {
    let mut hotline = Hotline::start();
    let mut running = hotline.call();
    hotline.server.ask_to_stop().unwrap();
    assert_eq!(refused_status(&hotline), 503);
    hotline.server.ask_to_stop().unwrap();
    let bye = running.wait_request("BYE", Duration::from_secs(10)).unwrap();
    assert!(bye.is_some(), "a BYE comes");
    let ended = hotline.server.wait_end(Duration::from_secs(15)).unwrap();
    assert!(ended.is_some_and(|s| s.success()), "{ended:?}");
}

/// The status of new calls once the server has seen the signal: it may still take the first one.
fn refused_status(hotline: &Hotline) -> u16 {
    for _ in 0..20 {
        let mut late = hotline.phone(Line::udp(hotline.udp()).unwrap());
        let response = late.dial().unwrap();
        if response.status() != 200 {
            assert!(response.header("Retry-After").is_some(), "{response:?}");
            return response.status();
        }
        late.hang_up().unwrap();
    }
    200
}
