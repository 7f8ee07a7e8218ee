//! What one handshake costs: `time cargo run --release -p browser --example cost 1000`.
//!
//! Times mean something on a quiet machine alone; the processor's time of the whole run is less disturbed.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for the one who measures")]
#![allow(clippy::disallowed_methods, reason = "any instant will do as the beginning of time")]

use browser::{Desk, Identity, Output};
use ids::{LegId, Moment};
use media::command::{Fingerprint, FingerprintHash, Meeting};
use std::time::Instant;

fn main() {
    let count = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000);
    let sides = [(); 2].map(|()| {
        let made = rcgen::generate_simple_self_signed(vec!["parley".to_owned()]).unwrap();
        Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der()).unwrap()
    });
    let prints = sides.each_ref().map(|side| side.fingerprint().to_owned());
    let mut desks = sides.map(|side| Desk::new(side, Instant::now()).unwrap());
    let began = Instant::now();
    let mut longest = 0;
    for n in 0..count {
        longest = longest.max(shake(LegId(n), &mut desks, &prints));
    }
    let took = began.elapsed().as_micros();
    println!(
        "{count} handshakes, {} us each, both ends; longest step {longest} us",
        took / u128::from(count.max(1))
    );
}

/// One handshake; the longest time that one datagram took, in µs.
fn shake(leg: LegId, desks: &mut [Desk; 2], prints: &[String; 2]) -> u128 {
    let (now, mut keys, mut longest) = (Moment::from_millis(1_000), 0, 0);
    for (side, desk) in desks.iter_mut().enumerate() {
        let remote = "192.0.2.1:4000".parse().unwrap();
        let digest = prints[1 - side].clone();
        let fingerprints = vec![Fingerprint { hash: FingerprintHash::Sha256, digest }];
        desk.begin(now, leg, 0, &Meeting { remote, ice: None, we_begin: side == 0, fingerprints });
    }
    while keys < 2 {
        for side in 0..2 {
            while let Some(output) = desks[side].poll() {
                match output {
                    Output::Datagram { to, bytes, .. } => {
                        let before = Instant::now();
                        desks[1 - side].handle_datagram(now, leg, to, &bytes);
                        longest = longest.max(before.elapsed().as_micros());
                    }
                    Output::Secured { .. } => keys += 1,
                    Output::Failed { why, .. } => panic!("{why}"),
                }
            }
        }
    }
    desks.iter_mut().for_each(|desk| desk.end(leg));
    longest
}
