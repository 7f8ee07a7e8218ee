//! What the test phone offers, and what came out, in the words of its talk.

use super::line::MediaPorts;
use super::mouth::Agreed;
use super::order::Order;
use crate::cli::KeysBy;
use audio::g711::Law;
use sdp::{Capabilities, LocalMedia, Negotiated};
use std::io;

/// G.711 both ways; telephone-events unless keys are to go as tones.
pub fn terms(order: &Order, id: u64, ports: &MediaPorts) -> io::Result<sdp::Session> {
    let local = LocalMedia { rtp: ports.rtp.local_addr()?, rtcp: ports.rtcp.local_addr()? };
    let telephone_event = order.keys_by != KeysBy::Inband;
    Ok(sdp::Session::new(id, local, Capabilities { telephone_event, ..Capabilities::g711() }))
}

/// The agreement as ear and mouth need it.
pub fn agreed(negotiated: &Negotiated) -> Agreed {
    let law = if negotiated.codec.name.eq_ignore_ascii_case("PCMU") { Law::Mu } else { Law::A };
    Agreed {
        law,
        payload_type: negotiated.codec.payload_type,
        received_as: negotiated.codec_received_as,
        events: negotiated.telephone_event.map(|(payload_type, _)| payload_type),
    }
}
