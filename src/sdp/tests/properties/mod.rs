//! What must hold for any body at all: fed by the stable tests with a corpus and seeded mutations, and
//! by cargo-fuzz for as long as somebody lets it (`tests/fuzz`).
#![allow(missing_docs, clippy::unwrap_used, reason = "a property fails by panicking")]

use sdp::{Capabilities, LocalMedia, Session};

fn session() -> Session {
    let at = |port| format!("192.0.2.1:{port}").parse().unwrap();
    let local = LocalMedia { rtp: at(40000), rtcp: at(40001) };
    Session::new(7, local, Capabilities { rtcp_mux: true, ..Capabilities::g711() })
}

/// As an offer it is answered by a body that we could read ourselves and that is not much longer, or it
/// is refused with a sentence that cannot break out of its header; as an answer it returns. True when
/// it was answered.
pub fn description(data: &[u8]) -> bool {
    let mut offering = session();
    offering.offer();
    let _ = offering.handle_answer(data);
    let _ = sdp::audio_address(data);
    match session().handle_offer(data) {
        Ok((answer, agreed)) => {
            assert!((10..=60).contains(&agreed.ptime_ms));
            assert!(answer.len() < 2 * data.len() + 512);
            let own = session().handle_offer(&answer);
            assert!(own.is_ok(), "our answer cannot be read: {own:?}");
            true
        }
        Err(why) => {
            assert!([400, 413, 488].contains(&why.status()));
            let text = why.to_string();
            assert!(!text.contains(['"', '\r', '\n']) && text.len() < 1500, "{text}");
            false
        }
    }
}
