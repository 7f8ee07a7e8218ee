//! `parley call`, the test phone for people without one, against the hotline.

use super::ears;
use super::hotline::{BIRTH, CASE, Hotline, PIN};
use acceptance::program::parley;
use std::process::Command;

#[test]
fn parley_call_goes_through_the_hotline_and_records_what_it_heard() {
    let hotline = Hotline::start();
    for by in ["rtp", "info", "inband"] {
        let wav = hotline.server.dir().join(format!("{by}.wav"));
        let keys = format!("w{CASE}#w{PIN}#w{BIRTH}w#");
        let call = Command::new(parley())
            .args([
                "call",
                &hotline.server.text("sip"),
                "--keys-by",
                by,
                "--keys",
                &keys,
                "--record",
            ])
            .arg(&wav)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&call.stdout);
        assert!(call.status.success(), "{by}: {said}{}", String::from_utf8_lossy(&call.stderr));
        let sound = audio::wav::read(&wav).unwrap();
        let seconds = sound.channels[0].len() as f64 / f64::from(sound.rate_hz);
        assert!(seconds > 15.0, "{by}: only {seconds} s were recorded\n{said}");
        let level = ears::speech_dbfs(&sound.channels[0]);
        assert!((-22.0..=-14.0).contains(&level), "{by}: speech at {level} dBFS");
        super::records::assert_last_call(&hotline, &["right party proved", "by flow: goodbye"]);
    }
}
